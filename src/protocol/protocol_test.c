/* Tests of which requests are calls, of which service and operation, and of how answers look. Error
 * names are those of the service models and of AWS's front ends. */
#include "protocol/protocol.h"

#include <criterion/criterion.h>

#define STATES "AWSStepFunctions."
#define JSON_1_0 "application/x-amz-json-1.0"
#define FORM "application/x-www-form-urlencoded; charset=utf-8"
#define SCOPE(service)                                                                             \
    "AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/" service "/aws4_request, Signature=0"

/* A request as a test writes it; NULL: not there. */
struct sent {
    const char *method, *path, *query;
    const char *target, *content_type, *authorization, *host;
    const char *body;
};

struct received {
    struct http_header headers[4];
    struct http_request http;
    struct request request;
    struct protocol protocol;
};

static void add_header(struct received *received, const char *name, const char *value)
{
    if (!value) return;
    struct http_header *header = &received->headers[received->http.header_count++];
    *header = (struct http_header){ str_from(name), str_from(value) };
}

static void receive(const struct sent *sent, struct received *received)
{
    *received = (struct received){ 0 };
    received->http = (struct http_request){
        .method = str_from(sent->method ? sent->method : "POST"),
        .path = str_from(sent->path ? sent->path : "/"),
        .query = str_from(sent->query),
        .headers = received->headers,
        .body = str_from(sent->body),
    };
    add_header(received, "x-amz-target", sent->target);
    add_header(received, "content-type", sent->content_type);
    add_header(received, "authorization", sent->authorization);
    add_header(received, "host", sent->host);
    received->request.id = STR("11111111-2222-4333-8444-555555555555");
    arena_init(&received->request.arena);
}

static bool decode(struct received *received)
{
    return protocol_decode(&received->protocol, &received->http, &received->request,
                           &received->request.error);
}

/* ---- AWS JSON ---- */

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
    { NULL, JSON_1_0, "{}", ERROR_UNKNOWN_OPERATION },
};

Test(protocol, aws_json_calls)
{
    for (size_t i = 0; i < sizeof decodings / sizeof decodings[0]; i++) {
        const struct decoding *d = &decodings[i];
        struct received received;
        receive(
            &(struct sent){ .target = d->target, .content_type = d->content_type, .body = d->body },
            &received);
        cr_assert(protocol_recognise(&received.http, &received.protocol));
        bool good = decode(&received);
        cr_expect_eq(received.request.error.code, d->code, "%s %s: %s", d->target, d->body,
                     received.request.error.message);
        cr_expect_eq(good, d->code == ERROR_NONE);
        if (good) cr_expect(received.request.operation && json_is_object(received.request.params));
        arena_close(&received.request.arena);
    }
}

/* ---- which service and operation ---- */

struct routing {
    struct sent sent;
    const char *service, *operation; /* operation NULL: refused; service NULL: no call at all */
    const char *params;              /* NULL: not looked at */
};

static const struct routing routings[] = {
    /* AWS JSON, also at a queue's own URL */
    { { .target = "AmazonSQS.ListQueues", .body = "{}" }, "sqs", "ListQueues", "{}" },
    { { .target = "DynamoDB_20120810.ListTables", .body = "{}" }, "dynamodb", "ListTables", "{}" },
    { { .target = "AWSEvents.ListRules", .body = "{}" }, "events", "ListRules", NULL },
    { { .path = "/000000000000/q", .target = "AmazonSQS.ListQueues", .body = "{}" },
      "sqs",
      "ListQueues",
      "{}" },
    /* Query: by version, scope, host, members, operation */
    { { .content_type = FORM, .body = "Action=ListQueues&Version=2012-11-05" },
      "sqs",
      "ListQueues",
      "{}" },
    { { .content_type = FORM, .body = "Action=ListTopics&Version=2010-03-31" },
      "sns",
      "ListTopics",
      "{}" },
    { { .content_type = FORM,
        .body = "Action=RemovePermission&Version=2010-03-31&TopicArn=a&Label=l" },
      "sns",
      "RemovePermission",
      "{\"Label\":\"l\",\"TopicArn\":\"a\"}" },
    { { .content_type = FORM,
        .authorization = SCOPE("sqs"),
        .body = "Action=RemovePermission&QueueUrl=u&Label=l" },
      "sqs",
      "RemovePermission",
      "{\"Label\":\"l\",\"QueueUrl\":\"u\"}" },
    { { .content_type = FORM,
        .host = "sns.us-east-1.amazonaws.com",
        .body = "Action=RemovePermission&TopicArn=a&Label=l" },
      "sns",
      "RemovePermission",
      NULL },
    { { .content_type = FORM,
        .host = "us-east-1.queue.amazonaws.com:8083",
        .body = "Action=RemovePermission&QueueUrl=u&Label=l" },
      "sqs",
      "RemovePermission",
      NULL },
    { { .content_type = FORM, .body = "Action=RemovePermission&TopicArn=a&Label=l" },
      "sns",
      "RemovePermission",
      NULL },
    { { .content_type = FORM, .body = "Action=ListTopics" }, "sns", "ListTopics", "{}" },
    { { .method = "GET", .query = "Action=ListTopics" }, "sns", "ListTopics", "{}" },
    { { .content_type = FORM, .query = "Action=ListQueues", .body = "QueueNamePrefix=a" },
      "sqs",
      "ListQueues",
      "{\"QueueNamePrefix\":\"a\"}" },
    /* at a queue's URL, which then need not be said */
    { { .path = "/000000000000/q",
        .host = "127.0.0.1:8083",
        .content_type = FORM,
        .body = "Action=PurgeQueue" },
      "sqs",
      "PurgeQueue",
      "{\"QueueUrl\":\"http://127.0.0.1:8083/000000000000/q\"}" },
    { { .method = "GET", .path = "/000000000000/q/", .host = "h", .query = "Action=PurgeQueue" },
      "sqs",
      "PurgeQueue",
      "{\"QueueUrl\":\"http://h/000000000000/q\"}" },
    { { .path = "/000000000000/q", .content_type = FORM, .body = "Action=PurgeQueue&QueueUrl=u" },
      "sqs",
      "PurgeQueue",
      "{\"QueueUrl\":\"u\"}" },
    { { .content_type = FORM, .body = "Action=Nothing&Version=2012-11-05" }, "sqs", NULL, NULL },
    /* REST */
    { { .method = "GET", .path = "/2015-03-31/functions" }, "lambda", "ListFunctions", "{}" },
    { { .method = "GET", .path = "/2015-03-31/functions/", .query = "MaxItems=2&Marker=a%20b" },
      "lambda",
      "ListFunctions",
      "{\"MaxItems\":2,\"Marker\":\"a b\"}" },
    { { .method = "GET", .path = "/2015-03-31/functions/f" },
      "lambda",
      "GetFunction",
      "{\"FunctionName\":\"f\"}" },
    { { .method = "DELETE", .path = "/2015-03-31/functions/f", .query = "Qualifier=1" },
      "lambda",
      "DeleteFunction",
      "{\"Qualifier\":\"1\",\"FunctionName\":\"f\"}" },
    { { .path = "/2015-03-31/functions/"
                "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af/invocations",
        .content_type = "application/x-www-form-urlencoded",
        .body = "{\"a\":1}" },
      "lambda",
      "Invoke",
      "{\"Payload\":\"{\\\"a\\\":1}\",\"FunctionName\":\"arn:aws:lambda:us-east-1:000000000000:"
      "function:f\"}" },
    { { .path = "/2015-03-31/functions/f/invocations" },
      "lambda",
      "Invoke",
      "{\"FunctionName\":\"f\"}" },
    { { .method = "POST",
        .path = "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
        .body = "{\"Tags\":{\"k\":\"v\"},\"Resource\":\"x\"}" },
      "lambda",
      "TagResource",
      "{\"Tags\":{\"k\":\"v\"},\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:"
      "f\"}" },
    { { .method = "DELETE",
        .path = "/2017-03-31/tags/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Af",
        .query = "tagKeys=a&tagKeys=b" },
      "lambda",
      "UntagResource",
      NULL },
    { { .method = "PATCH", .path = "/2015-03-31/functions/f" }, "lambda", NULL, NULL },
    { { .method = "GET", .path = "/2015-03-31/functions//versions" }, "lambda", NULL, NULL },
    { { .method = "GET", .path = "/2015-03-31/functions/%zz" }, "lambda", NULL, NULL },
    { { .method = "GET", .path = "/2015-03-31/nothing" }, "lambda", NULL, NULL },
    /* no calls */
    { { .method = "GET", .path = "/" }, NULL, NULL, NULL },
    { { .method = "GET", .path = "/", .query = "NoAction=x" }, NULL, NULL, NULL },
    { { .method = "GET", .path = "/healthz", .query = "Action=ListTopics" }, NULL, NULL, NULL },
    { { .method = "GET", .path = "/000000000000/q" }, NULL, NULL, NULL },
    { { .method = "PUT", .path = "/", .query = "Action=ListTopics" }, NULL, NULL, NULL },
    { { .method = "POST", .path = "/metrics", .target = "AmazonSQS.ListQueues" },
      NULL,
      NULL,
      NULL },
    { { .method = "OPTIONS", .path = "*" }, NULL, NULL, NULL },
};

static void check_routing(const struct routing *r)
{
    struct received received;
    receive(&r->sent, &received);
    const char *what = r->sent.body ? r->sent.body : r->sent.path;
    bool is_call = protocol_recognise(&received.http, &received.protocol);
    cr_expect_eq(is_call, r->service != NULL, "%s", what);
    if (is_call && r->service) {
        bool good = decode(&received);
        struct request *request = &received.request;
        cr_expect_eq(good, r->operation != NULL, "%s: %s", what, request->error.message);
        cr_assert(received.protocol.service, "%s", what);
        cr_expect(str_eq(received.protocol.service->name, str_from(r->service)), "%s", what);
        if (r->operation && good)
            cr_expect(str_eq(request->operation->name, str_from(r->operation)), "%s: %.*s", what,
                      STR_ARGS(request->operation->name));
        if (r->params && good) {
            str params = json_text(&request->arena, request->params);
            cr_expect(str_eq(params, str_from(r->params)), "%s: %.*s", what, STR_ARGS(params));
        }
    }
    arena_close(&received.request.arena);
}

Test(protocol, calls_find_their_service)
{
    for (size_t i = 0; i < sizeof routings / sizeof *routings; i++)
        check_routing(&routings[i]);
}

Test(protocol, only_code_may_be_large)
{
    enum { BYTES = HTTP_CALL_BYTES_MAX + 1 };
    static const struct {
        const char *path, *target, *content_type;
        enum error_code code;
    } calls[] = {
        { "/", STATES "ListStateMachines", NULL, ERROR_REQUEST_ENTITY_TOO_LARGE },
        { "/", NULL, FORM, ERROR_REQUEST_ENTITY_TOO_LARGE },
        { "/2015-03-31/functions/f/invocations", NULL, NULL, ERROR_REQUEST_ENTITY_TOO_LARGE },
        { "/2015-03-31/functions", NULL, NULL, ERROR_VALIDATION }, /* CreateFunction */
    };
    char *body = malloc(BYTES + 1);
    memset(body, ' ', BYTES);
    body[BYTES] = '\0';
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        struct received received;
        receive(&(struct sent){ .path = calls[i].path,
                                .target = calls[i].target,
                                .content_type = calls[i].content_type,
                                .body = body },
                &received);
        cr_assert(protocol_recognise(&received.http, &received.protocol));
        cr_expect_not(decode(&received));
        cr_expect_eq(received.request.error.code, calls[i].code, "%s: %s", calls[i].path,
                     received.request.error.message);
        arena_close(&received.request.arena);
    }
    free(body);
}

/* ---- answers ---- */

#define ID "x-amzn-RequestId: 11111111-2222-4333-8444-555555555555\r\n"

static struct protocol_answer answer(struct received *received)
{
    struct protocol_answer out;
    protocol_answer(&received->protocol, &received->request, &out);
    return out;
}

static void expect_str(str given, const char *wanted)
{
    cr_expect(str_eq(given, str_from(wanted)), "%.*s instead of %s", STR_ARGS(given), wanted);
}

Test(protocol, a_good_json_answer_is_the_reply)
{
    static const struct {
        const struct service *service;
        const char *type;
    } types[] = {
        { &states_service, "application/x-amz-json-1.0" },
        { &events_service, "application/x-amz-json-1.1" },
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        struct received received;
        receive(&(struct sent){ 0 }, &received);
        received.protocol = (struct protocol){ PROTOCOL_JSON, types[i].service, NULL, NULL };
        buf_init(&received.request.reply, &received.request.arena);
        buf_add(&received.request.reply, STR("{\"a\":1}"));
        struct protocol_answer out = answer(&received);
        cr_expect_eq(out.status, 200);
        expect_str(out.content_type, types[i].type);
        expect_str(out.body, "{\"a\":1}");
        expect_str(out.headers, ID);
        arena_close(&received.request.arena);
    }
}

struct failure {
    enum protocol_kind kind;
    const struct service *service;
    enum error_code code;
    const char *details;
    int status;
    const char *headers, *body; /* the message is: a "b" */
};

static const struct failure failures[] = {
    { PROTOCOL_JSON, &states_service, ERROR_INVALID_ARN, "", 400,
      "x-amzn-ErrorType: InvalidArn\r\n",
      "{\"__type\":\"InvalidArn\",\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_JSON, &states_service, ERROR_SYNTAX, "", 400,
      "x-amzn-ErrorType: SerializationException\r\n",
      "{\"__type\":\"SerializationException\",\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_JSON, NULL, ERROR_UNKNOWN_OPERATION, "", 400,
      "x-amzn-ErrorType: UnknownOperationException\r\n",
      "{\"__type\":\"UnknownOperationException\",\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_JSON, &states_service, ERROR_OVERLOADED, "", 503,
      "x-amzn-ErrorType: ServiceUnavailable\r\n",
      "{\"__type\":\"ServiceUnavailable\",\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_JSON, &dynamodb_service, ERROR_DYNAMODB_CONDITIONAL_CHECK_FAILED,
      ",\"Item\":{\"a\":{\"S\":\"x\"}}", 400,
      "x-amzn-ErrorType: ConditionalCheckFailedException\r\n",
      "{\"__type\":\"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException\","
      "\"message\":"
      "\"a \\\"b\\\"\",\"Item\":{\"a\":{\"S\":\"x\"}}}" },
    { PROTOCOL_JSON, &dynamodb_service, ERROR_VALIDATION, "", 400,
      "x-amzn-ErrorType: ValidationException\r\n",
      "{\"__type\":\"com.amazon.coral.validate#ValidationException\",\"message\":\"a "
      "\\\"b\\\"\"}" },
    { PROTOCOL_JSON, &dynamodb_service, ERROR_SERIALIZATION, "", 400,
      "x-amzn-ErrorType: SerializationException\r\n",
      "{\"__type\":\"com.amazon.coral.service#SerializationException\",\"Message\":\"a "
      "\\\"b\\\"\"}" },
    { PROTOCOL_JSON, &sqs_service, ERROR_SQS_QUEUE_DOES_NOT_EXIST, "", 400,
      "x-amzn-ErrorType: QueueDoesNotExist\r\n"
      "x-amzn-query-error: AWS.SimpleQueueService.NonExistentQueue;Sender\r\n",
      "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_JSON, &sqs_service, ERROR_SQS_INVALID_PARAMETER_VALUE, "", 400,
      "x-amzn-ErrorType: InvalidParameterValue\r\n"
      "x-amzn-query-error: InvalidParameterValue;Sender\r\n",
      "{\"__type\":\"com.amazon.coral.service#InvalidParameterValueException\",\"message\":\"a "
      "\\\"b\\\"\"}" },
    { PROTOCOL_REST, &lambda_service, ERROR_LAMBDA_RESOURCE_NOT_FOUND, "", 404,
      "x-amzn-ErrorType: ResourceNotFoundException\r\n",
      "{\"Type\":\"User\",\"Message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_REST, &lambda_service, ERROR_LAMBDA_SERVICE, "", 500,
      "x-amzn-ErrorType: ServiceException\r\n",
      "{\"Type\":\"Service\",\"Message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_REST, &lambda_service, ERROR_VALIDATION, "", 400,
      "x-amzn-ErrorType: ValidationException\r\n", "{\"message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_REST, &lambda_service, ERROR_UNKNOWN_OPERATION, "", 404,
      "x-amzn-ErrorType: UnknownOperationException\r\n",
      "{\"Type\":\"User\",\"Message\":\"a \\\"b\\\"\"}" },
    { PROTOCOL_QUERY, &sns_service, ERROR_SNS_NOT_FOUND, "", 404, "",
      "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender"
      "</Type><Code>NotFound</Code><Message>a &quot;b&quot;</Message></Error><RequestId>"
      "11111111-2222-4333-8444-555555555555</RequestId></ErrorResponse>" },
};

Test(protocol, errors_look_as_the_service_has_them)
{
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        struct received received;
        receive(&(struct sent){ 0 }, &received);
        received.protocol = (struct protocol){ failures[i].kind, failures[i].service, NULL, NULL };
        buf_init(&received.request.reply, &received.request.arena);
        buf_add(&received.request.reply, STR("{\"half\":"));
        error_set(&received.request.error, failures[i].code, "a \"b\"");
        received.request.error.details = str_from(failures[i].details);
        struct protocol_answer out = answer(&received);
        cr_expect_eq(out.status, failures[i].status, "%s", failures[i].body);
        expect_str(out.body, failures[i].body);
        expect_str(out.headers,
                   arena_printf(&received.request.arena, ID "%s", failures[i].headers).ptr);
        arena_close(&received.request.arena);
    }
}

/* The parts of a REST answer that a handler may set, and what the route says. */
Test(protocol, heads_of_rest_answers)
{
    static const struct rest_route created = { .status = 201 }, gone = { .status = 204 };
    struct reply_head head = {
        .status = 202,
        .headers = STR("X-Amz-Executed-Version: 1\r\n"),
        .content_type = STR("text/plain"),
    };
    const struct {
        const struct rest_route *route;
        struct reply_head *head;
        const char *reply;
        int status;
        const char *type, *headers, *body;
    } answers[] = {
        { &created, NULL, "{}", 201, "application/json", ID, "{}" },
        { &created, &head, "x", 202, "text/plain", ID "X-Amz-Executed-Version: 1\r\n", "x" },
        { &created, &head, "", 202, "", ID "X-Amz-Executed-Version: 1\r\n", "" },
        { &gone, NULL, "{}", 204, "", ID, "" },
        { NULL, NULL, "{}", 200, "application/json", ID, "{}" },
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct received received;
        receive(&(struct sent){ 0 }, &received);
        received.protocol =
            (struct protocol){ PROTOCOL_REST, &lambda_service, answers[i].route, NULL };
        received.request.head = answers[i].head;
        buf_init(&received.request.reply, &received.request.arena);
        buf_add(&received.request.reply, str_from(answers[i].reply));
        struct protocol_answer out = answer(&received);
        cr_expect_eq(out.status, answers[i].status);
        expect_str(out.content_type, answers[i].type);
        expect_str(out.headers, answers[i].headers);
        expect_str(out.body, answers[i].body);
        arena_close(&received.request.arena);
    }
}

/* ---- the tables of all services ---- */

Test(services, operations_are_found_by_target)
{
    size_t count;
    const struct service *service = NULL;
    const struct service *const *all = services_all(&count);
    cr_expect_eq(all[0], &states_service);
    cr_expect_eq(states_service.operation_count, 38); /* the model's 37 and ListWaitingTasks */
    cr_expect_not_null(services_find(STR("AWSStepFunctions.StartExecution"), &service));
    cr_expect_eq(service, &states_service);
    cr_expect_null(services_find(STR("AWSStepFunctions.startExecution"), &service));
    cr_expect_null(services_find(STR("AWSStepFunctions."), &service));
    cr_expect_null(services_find(STR("AmazonSQS.StartExecution"), &service));
    cr_expect_null(services_find(STR("StartExecution"), &service));
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < all[i]->operation_count; k++) {
            const struct operation *operation = &all[i]->operations[k];
            cr_expect_not_null(operation->input);
            cr_expect((operation->read != NULL) != (operation->write != NULL));
            cr_expect(!operation->prepare || operation->write);
            cr_expect_eq(service_operation(all[i], operation->name), operation);
        }
    }
}

Test(services, every_rest_route_has_its_operation)
{
    size_t count;
    const struct service *const *all = services_all(&count);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < all[i]->rest_route_count; k++)
            cr_expect_not_null(service_operation(all[i], all[i]->rest_routes[k].operation), "%.*s",
                               STR_ARGS(all[i]->rest_routes[k].path));
}
