/* Headers of answers as tasks show them. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

/* Of services/sqs_task_service.send_message as recorded. */
static const struct header recorded[] = {
    { STR_INIT("x-amzn-RequestId"), STR_INIT("id") },
    { STR_INIT("connection"), STR_INIT("keep-alive") },
    { STR_INIT("Content-Length"), STR_INIT("106") },
    { STR_INIT("Date"), STR_INIT("d") },
    { STR_INIT("Content-Type"), STR_INIT("application/x-amz-json-1.0") },
};

Test(metadata, headers_are_shown_twice_as_recorded)
{
    struct arena arena;
    arena_init(&arena);
    test_same(&arena, answer_metadata(&arena, recorded, 5, 200),
              "{'AllHttpHeaders':{'x-amzn-RequestId':['id'],'connection':['keep-alive'],"
              "'Content-Length':['106'],'Date':['d'],"
              "'Content-Type':['application/x-amz-json-1.0']},"
              "'HttpHeaders':{'connection':'keep-alive','Content-Length':'106',"
              "'Content-Type':'application/x-amz-json-1.0','Date':'d','x-amzn-RequestId':'id'},"
              "'HttpStatusCode':200}");
    arena_close(&arena);
}

Test(metadata, answers_are_in_order_of_their_names)
{
    struct arena arena;
    arena_init(&arena);
    json answer = test_json(&arena, "{'SequenceNumber':'1','MessageId':'m'}");
    json full = answer_with_metadata(&arena, answer, recorded, 5, 200);
    cr_assert_eq(json_count(full), 4);
    test_text(json_key_at(full, 0), "MessageId");
    test_text(json_key_at(full, 1), "SdkHttpMetadata");
    test_text(json_key_at(full, 2), "SdkResponseMetadata");
    test_text(json_key_at(full, 3), "SequenceNumber");
    test_same(&arena, json_value_at(full, 2), "{'RequestId':'id'}");
    arena_close(&arena);
}

Test(metadata, header_lines_are_read_in_any_letter_case)
{
    struct arena arena;
    const struct header *headers;
    arena_init(&arena);
    size_t count =
        answer_headers_parse(&arena,
                             STR("HTTP/1.1 200 OK\r\nContent-Type:  text/plain \r\nX-A: 1\r\n"
                                 "x-a: 2:3\r\n: none\r\n\r\n"),
                             &headers);
    cr_assert_eq(count, 3);
    test_text(answer_headers_find(headers, count, STR("content-type")), "text/plain");
    test_text(answer_headers_find(headers, count, STR("missing")), "");
    test_same(&arena, answer_header_lists(&arena, headers, count),
              "{'Content-Type':['text/plain'],'X-A':['1','2:3'],'x-a':['1','2:3']}");
    cr_expect_eq(answer_headers_parse(&arena, STR(""), &headers), 0);
    arena_close(&arena);
}

Test(metadata, dates_are_those_of_http)
{
    struct arena arena;
    arena_init(&arena);
    test_text(answer_date(&arena, 1700000000123), "Tue, 14 Nov 2023 22:13:20 GMT");
    arena_close(&arena);
}
