/* Answers of the Query protocol. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

Test(xml, an_answer_is_an_object_and_its_request)
{
    struct arena arena;
    struct remote_answer answer = { 0 };
    arena_init(&arena);
    cr_assert(
        remote_xml_answer(&arena,
                          STR("<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                              "\n  <PublishResult>\n    <MessageId>567910cd</MessageId>\n"
                              "  </PublishResult>\n  <ResponseMetadata>\n    <RequestId>d74b8436"
                              "</RequestId>\n  </ResponseMetadata>\n</PublishResponse>\n"),
                          &answer));
    cr_expect(answer.ok);
    test_same(&arena, answer.value, "{'MessageId':'567910cd'}");
    test_text(answer.request_id, "d74b8436");
    arena_close(&arena);
}

Test(xml, an_error_has_code_and_message)
{
    struct arena arena;
    struct remote_answer answer = { .ok = true };
    arena_init(&arena);
    cr_assert(
        remote_xml_answer(&arena,
                          STR("<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">"
                              "<Error><Type>Sender</Type><Code>NotFound</Code>"
                              "<Message>Topic does not exist &amp; more</Message></Error>"
                              "<RequestId>9dd01905</RequestId></ErrorResponse>"),
                          &answer));
    cr_expect(!answer.ok);
    test_text(answer.code, "NotFound");
    test_text(answer.message, "Topic does not exist & more");
    test_text(answer.request_id, "9dd01905");
    arena_close(&arena);
}

Test(xml, lists_maps_and_booleans)
{
    static const struct {
        const char *xml, *value;
    } cases[] = {
        { "<ListTopicsResponse><ListTopicsResult><Topics><member><TopicArn>a</TopicArn></member>"
          "<member><TopicArn>b</TopicArn></member></Topics></ListTopicsResult>"
          "</ListTopicsResponse>",
          "{'Topics':[{'TopicArn':'a'},{'TopicArn':'b'}]}" },
        { "<R><GetResult><Attributes><entry><key>Owner</key><value>1</value></entry>"
          "<entry><key>Policy</key><value>{&quot;a&quot;:1}</value></entry></Attributes>"
          "</GetResult></R>",
          "{'Attributes':{'Owner':'1','Policy':'{\\\"a\\\":1}'}}" },
        { "<R><XResult><Topics/><Attributes/><NextToken/></XResult></R>",
          "{'Topics':[],'Attributes':{},'NextToken':''}" },
        { "<R><XResult><isOptedOut>true</isOptedOut></XResult></R>", "{'isOptedOut':true}" },
        { "<R><XResult><Message><![CDATA[<b> ]]>x</Message></XResult></R>", "{'Message':'<b> x'}" },
        { "<DeleteTopicResponse><ResponseMetadata/></DeleteTopicResponse>", "{}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct remote_answer answer = { 0 };
        cr_assert(remote_xml_answer(&arena, str_from(cases[i].xml), &answer), "%s", cases[i].xml);
        test_same(&arena, answer.value, cases[i].value);
    }
    arena_close(&arena);
}

Test(xml, what_is_not_an_answer_is_refused)
{
    static const char *const cases[] = {
        "",
        "not xml",
        "<R><XResult></R>",
        "<R><XResult>&undefined;</XResult></R>",
        "<!DOCTYPE R [<!ENTITY a \"aaaa\">]><R><XResult><A>&a;</A></XResult></R>",
        "<!DOCTYPE R SYSTEM \"file:///etc/passwd\"><R/>",
        "<ErrorResponse><RequestId>x</RequestId></ErrorResponse>",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct remote_answer answer = { 0 };
        cr_expect(!remote_xml_answer(&arena, str_from(cases[i]), &answer), "%s", cases[i]);
    }
    arena_close(&arena);
}

/* <R><XResult><a>...<a/>...</a></XResult></R> with so many of them inside each other. */
static bool nested(struct arena *arena, size_t depth)
{
    struct buf text;
    struct remote_answer answer = { 0 };
    buf_init(&text, arena);
    buf_add(&text, STR("<R><XResult>"));
    for (size_t i = 0; i < depth; i++)
        buf_add(&text, STR("<a>"));
    for (size_t i = 0; i < depth; i++)
        buf_add(&text, STR("</a>"));
    buf_add(&text, STR("</XResult></R>"));
    return remote_xml_answer(arena, buf_str(&text), &answer);
}

Test(xml, depth_is_bounded)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(nested(&arena, 32));
    cr_expect(!nested(&arena, 33));
    cr_expect(!nested(&arena, 5000));
    arena_close(&arena);
}
