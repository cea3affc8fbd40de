/* The HTTP headers of an answer, which optimised integrations show beside it: SdkHttpMetadata and
 * SdkResponseMetadata.
 *
 * Which headers each service sends, and how they are written, is as recorded from AWS; an answer of
 * Baton's own services gets the ones that AWS's would have had, one from outside its own. */
#include <time.h>

#include "base/prng.h"
#include "services/integrations/call.h"

enum { HEADERS_MAX = 100 };

/* By letters, large and small alike: the order in which the SDK keeps headers. */
static int compare_names(str a, str b)
{
    for (size_t i = 0; i < a.len && i < b.len; i++) {
        int difference = integration_lower(a.ptr[i]) - integration_lower(b.ptr[i]);
        if (difference != 0) return difference;
    }
    return a.len < b.len ? -1 : a.len > b.len;
}

str answer_headers_find(const struct header *headers, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (compare_names(headers[i].name, name) == 0) return headers[i].value;
    return STR("");
}

size_t answer_headers_parse(struct arena *arena, str lines, const struct header **out)
{
    struct header *headers = arena_array(arena, HEADERS_MAX, sizeof *headers);
    size_t count = 0, at = 0;
    while (at < lines.len && count < HEADERS_MAX) {
        size_t end = str_find_char(lines, '\n', at);
        str line = str_trim(str_slice(lines, at, end));
        size_t colon = str_find_char(line, ':', 0);
        at = end + 1;
        if (colon == 0 || colon == line.len) continue; /* the status line, or nothing */
        headers[count++] =
            (struct header){ str_slice(line, 0, colon), str_trim(str_skip(line, colon + 1)) };
    }
    *out = headers;
    return count;
}

json answer_header_lists(struct arena *arena, const struct header *headers, size_t count)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < count; i++) {
        struct json_list list;
        json_list_init(&list, arena);
        for (size_t k = 0; k < count; k++)
            if (compare_names(headers[k].name, headers[i].name) == 0)
                json_list_add(&list, json_string(headers[k].value));
        json_fields_add(&fields, headers[i].name, json_list_done(&list));
    }
    return json_fields_done(&fields);
}

/* The last of each name, in the order of the names. */
static json header_texts(struct arena *arena, const struct header *headers, size_t count)
{
    struct header *sorted = arena_array(arena, count, sizeof *sorted);
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < count; i++) {
        size_t k = i;
        while (k > 0 && compare_names(sorted[k - 1].name, headers[i].name) > 0) {
            sorted[k] = sorted[k - 1];
            k--;
        }
        sorted[k] = headers[i];
    }
    for (size_t i = 0; i < count; i++)
        json_fields_add(&fields, sorted[i].name, json_string(sorted[i].value));
    return json_fields_done(&fields);
}

json answer_metadata(struct arena *arena, const struct header *headers, size_t count, int status)
{
    struct json_fields metadata;
    json_fields_init(&metadata, arena);
    json_fields_add(&metadata, STR("AllHttpHeaders"), answer_header_lists(arena, headers, count));
    json_fields_add(&metadata, STR("HttpHeaders"), header_texts(arena, headers, count));
    json_fields_add(&metadata, STR("HttpStatusCode"), json_i64(arena, status));
    return json_fields_done(&metadata);
}

json answer_with_metadata(struct arena *arena, json answer, const struct header *headers,
                          size_t count, int status)
{
    struct json_fields fields, response;
    json_fields_from(&fields, arena, answer);
    json_fields_init(&response, arena);
    json_fields_add(&response, STR("RequestId"),
                    json_string(answer_headers_find(headers, count, STR("x-amzn-RequestId"))));
    json_fields_add(&fields, STR("SdkHttpMetadata"),
                    answer_metadata(arena, headers, count, status));
    json_fields_add(&fields, STR("SdkResponseMetadata"), json_fields_done(&response));
    return sdk_sorted_members(arena, json_fields_done(&fields));
}

/* ---- what AWS's answer would have had ---- */

str answer_date(struct arena *arena, int64_t now_ms)
{
    time_t seconds = (time_t)(now_ms / 1000);
    struct tm parts;
    char text[64];
    if (!gmtime_r(&seconds, &parts)) return STR("");
    size_t len = strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return arena_str(arena, (str){ text, len });
}

/* CRC-32 (ISO 3309), which DynamoDB sends of its answers. */
static uint32_t crc32_of(str bytes)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < bytes.len; i++) {
        crc ^= (unsigned char)bytes.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1)));
    }
    return ~crc;
}

struct head {
    struct arena *arena;
    struct header *headers;
    size_t count;
};

static void add(struct head *head, str name, str value)
{
    ASSERT_CMP(head->count, <, HEADERS_MAX);
    head->headers[head->count++] = (struct header){ name, value };
}

static void add_length(struct head *head, size_t bytes)
{
    add(head, STR("Content-Length"), arena_printf(head->arena, "%zu", bytes));
}

static str trace_id(struct call *call)
{
    struct prng *prng = txn_prng(call->txn);
    return arena_printf(call->arena, "Root=1-%08llx-%016llx%08llx;Sampled=0",
                        (unsigned long long)(call->source.now_ms / 1000),
                        (unsigned long long)prng_next(prng),
                        (unsigned long long)(prng_next(prng) >> 32));
}

/* Publish in the Query protocol; other operations of SNS have no optimised integration. */
static size_t publish_answer_bytes(json answer, str request_id)
{
    size_t bytes =
        sizeof "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\n"
               "  <PublishResult>\n  </PublishResult>\n  <ResponseMetadata>\n"
               "    <RequestId></RequestId>\n  </ResponseMetadata>\n</PublishResponse>\n" -
        1 + request_id.len;
    for (size_t i = 0; i < json_count(answer); i++) {
        json value = json_value_at(answer, i);
        bytes += sizeof "    <></>\n" - 1 + 2 * json_key_at(answer, i).len;
        if (json_is_string(value)) bytes += json_str(value).len;
    }
    return bytes;
}

size_t answer_callee_headers(struct call *call, str request_id, json answer,
                             const struct header **headers)
{
    struct arena *arena = call->arena;
    const struct callee *callee = call->callee;
    struct head head = { arena, arena_array(arena, HEADERS_MAX, sizeof(struct header)), 0 };
    json shown = answer;
    if (callee == &callee_lambda) {
        const json *payload = json_find(answer, STR("Payload"));
        ASSERT(payload);
        str version = json_str_or(answer, STR("ExecutedVersion"), STR(""));
        if (version.len) add(&head, STR("X-Amz-Executed-Version"), version);
        add(&head, STR("x-amzn-Remapped-Content-Length"), STR("0"));
        answer = *payload;
    }
    bool silent = callee == &callee_lambda && json_i64_or(shown, STR("StatusCode"), 200) != 200;
    str body = silent ? STR("") : json_text(arena, answer),
        date = answer_date(arena, call->source.now_ms);
    size_t bytes = callee == &callee_sns ? publish_answer_bytes(answer, request_id) : body.len;
    if (callee == &callee_dynamodb) add(&head, STR("Server"), STR("Server"));
    bool large = callee == &callee_lambda || callee == &callee_dynamodb;
    if (large) add(&head, STR("Connection"), STR("keep-alive"));
    add(&head, STR("x-amzn-RequestId"), request_id);
    if (!large) add(&head, STR("connection"), STR("keep-alive"));
    if (callee == &callee_dynamodb)
        add(&head, STR("x-amz-crc32"), arena_printf(arena, "%u", crc32_of(body)));
    add_length(&head, bytes);
    add(&head, STR("Date"), date);
    if (callee == &callee_lambda) add(&head, STR("X-Amzn-Trace-Id"), trace_id(call));
    add(&head, STR("Content-Type"),
        callee == &callee_sns      ? STR("text/xml")
        : callee == &callee_lambda ? STR("application/json")
        : callee == &callee_events ? STR("application/x-amz-json-1.1")
                                   : STR("application/x-amz-json-1.0"));
    *headers = head.headers;
    return head.count;
}
