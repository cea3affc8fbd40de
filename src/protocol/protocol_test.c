/* Tests of AWS JSON 1.0: which calls are understood, and how answers look. Error names are those of
 * the service model and of AWS's front end. */
#include <criterion/criterion.h>

#include "protocol/protocol.h"

#define STATES "AWSStepFunctions."
#define JSON_1_0 "application/x-amz-json-1.0"

struct decoding {
    const char *target, *content_type, *body;
    enum error_code code; /* ERROR_NONE: understood */
};

static const struct decoding decodings[] = {
    { STATES "ListStateMachines", JSON_1_0, "{}", ERROR_NONE },
    { STATES "ListStateMachines", JSON_1_0, "", ERROR_NONE },
    { STATES "ListStateMachines", JSON_1_0, " \r\n\t", ERROR_NONE },
    { STATES "ListStateMachines", JSON_1_0, " {\"maxResults\": 1} \n", ERROR_NONE },
    { STATES "ListStateMachines", JSON_1_0, "{\"unknownField\":[1,2]}", ERROR_NONE },
    { STATES "ListStateMachines", JSON_1_0 "; charset=utf-8", "{}", ERROR_NONE },
    { STATES "ListStateMachines", "Application/X-Amz-Json-1.0", "{}", ERROR_NONE },
    { STATES "ListStateMachines", "application/x-amz-json-1.1", "{}", ERROR_NONE },
    { STATES "ListStateMachines", "application/json", "{}", ERROR_NONE },
    { STATES "ListStateMachines", "", "{}", ERROR_NONE },
    { STATES "ListStateMachines", "text/plain", "{}", ERROR_SERIALIZATION },
    { STATES "ListStateMachines", "application/x-www-form-urlencoded", "{}", ERROR_SERIALIZATION },
    { STATES "ListStateMachines", JSON_1_0, "[]", ERROR_SERIALIZATION },
    { STATES "ListStateMachines", JSON_1_0, "null", ERROR_SERIALIZATION },
    { STATES "ListStateMachines", JSON_1_0, "{", ERROR_SYNTAX },
    { STATES "ListStateMachines", JSON_1_0, "{} {}", ERROR_SYNTAX },
    { STATES "ListStateMachines", JSON_1_0, "{\"a\":\"\xFF\"}", ERROR_SYNTAX },
    { STATES "ListStateMachines", JSON_1_0, "{\"maxResults\":1001}", ERROR_VALIDATION },
    { STATES "DescribeStateMachine", JSON_1_0, "{}", ERROR_VALIDATION },
    { STATES "ListEverything", JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
    { STATES, JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
    { "AWSStepFunctions", JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
    { "ListStateMachines", JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
    { "DynamoDB_20120810.NoSuchOperation", JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
    { "", JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
};

static void begin(struct request *request)
{
    *request = (struct request){ .id = STR("11111111-2222-4333-8444-555555555555") };
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
}

Test(protocol, decodes)
{
    for (size_t i = 0; i < sizeof decodings / sizeof decodings[0]; i++) {
        const struct decoding *d = &decodings[i];
        struct request request;
        begin(&request);
        struct protocol_call call = { str_from(d->target), str_from(d->content_type),
                                      str_from(d->body) };
        bool good = protocol_decode(&call, &request, &request.error);
        cr_assert_eq(request.error.code, d->code, "%s %s: %s", d->target, d->body,
                     request.error.message);
        cr_assert_eq(good, d->code == ERROR_NONE);
        if (good) cr_assert(request.operation && json_is_object(request.params));
        arena_close(&request.arena);
    }
}

Test(protocol, a_good_answer_is_the_reply)
{
    struct request request;
    begin(&request);
    buf_add(&request.reply, STR("{\"a\":1}"));
    struct protocol_answer answer;
    protocol_answer(&request, &answer);
    cr_assert_eq(answer.status, 200);
    cr_assert(str_eq(answer.content_type, STR("application/x-amz-json-1.0")));
    cr_assert(str_eq(answer.body, STR("{\"a\":1}")));
    cr_assert(
        str_eq(answer.headers, STR("x-amzn-RequestId: 11111111-2222-4333-8444-555555555555\r\n")));
    arena_close(&request.arena);
}

static const struct {
    enum error_code code;
    const char *name;
    int status;
} errors[] = {
    { ERROR_INVALID_ARN, "InvalidArn", 400 },
    { ERROR_SYNTAX, "SerializationException", 400 },
    { ERROR_UNKNOWN_OPERATION, "UnknownOperationException", 400 },
    { ERROR_CONFLICT, "ConflictException", 409 },
    { ERROR_SERVICE_QUOTA_EXCEEDED, "ServiceQuotaExceededException", 402 },
    { ERROR_OVERLOADED, "ServiceUnavailable", 503 },
};

Test(protocol, an_error_answer_has_its_name_in_body_and_header)
{
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        struct request request;
        begin(&request);
        buf_add(&request.reply, STR("{\"half\":"));
        error_set(&request.error, errors[i].code, "with \"quotes\" and \n");
        struct protocol_answer answer;
        protocol_answer(&request, &answer);
        cr_assert_eq(answer.status, errors[i].status);
        str expected = arena_printf(&request.arena,
                                    "{\"__type\":\"%s\",\"message\":\"with \\\"quotes\\\" and "
                                    "\\n\"}",
                                    errors[i].name);
        cr_assert(str_eq(answer.body, expected), "%.*s", STR_ARGS(answer.body));
        str line = arena_printf(&request.arena, "x-amzn-ErrorType: %s\r\n", errors[i].name);
        cr_assert(str_ends_with(answer.headers, line));
        arena_close(&request.arena);
    }
}
