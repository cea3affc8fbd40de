/* EventBridge over a shard on a store in memory: what reaches a queue. Expected texts from the
 * EventBridge API Reference and User Guide. */
#include <criterion/criterion.h>

#include "services/events/internal.h"
#include "services/shape.h"

#define QUEUE "arn:aws:sqs:us-east-1:000000000000:q"

struct bus_test {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
};

static int64_t now(void *world)
{
    return ((const struct bus_test *)world)->now_ms;
}

static void open_all(struct bus_test *t)
{
    *t = (struct bus_test){ .now_ms = 1700000000123, .store = store_open_memory() };
    arena_init(&t->arena);
    struct shard_options options = {
        .store = t->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .endpoint = STR("http://127.0.0.1:8083"),
        .now_ms = now,
        .world = t,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    t->shard = shard_new(&options);
    shard_sync(t->shard);
}

static void close_all(struct bus_test *t)
{
    shard_free(t->shard);
    store_close(t->store);
    arena_close(&t->arena);
}

static str with_quotes(struct bus_test *t, const char *text)
{
    str source = str_from(text);
    char *copy = arena_alloc(&t->arena, source.len);
    for (size_t i = 0; i < source.len; i++)
        copy[i] = text[i] == '\'' ? '"' : text[i] == '`' ? '\'' : text[i];
    return (str){ copy, source.len };
}

static json parse(struct bus_test *t, str text)
{
    json value;
    struct error err = { 0 };
    cr_assert(json_parse(text, &t->arena, &value, &err), "%.*s: %s", STR_ARGS(text), err.message);
    return value;
}

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

/* The answer's text, or "NAME: message". Single quotes stand for double ones. */
static str call(struct bus_test *t, const struct service *service, const char *operation,
                const char *params)
{
    struct request request = { .complete = complete };
    bool done = false;
    request.owner = &done;
    request.operation = service_operation(service, str_from(operation));
    cr_assert_not_null(request.operation, "%s", operation);
    arena_init(&request.arena);
    buf_init(&request.reply, &request.arena);
    request.params = parse(t, with_quotes(t, params));
    if (!shape_check(request.operation->input, request.params, &request.arena, &request.error)) {
        done = true;
    } else if (request.operation->read) {
        struct reader reader;
        shard_read_begin(t->shard, &reader, &request.arena);
        (void)request.operation->read(&reader, &request, &request.error);
        shard_read_end(&reader);
        done = true;
    } else {
        shard_submit(t->shard, &request);
        while (shard_step(t->shard) > 0)
            continue;
        shard_sync(t->shard);
    }
    cr_assert(done, "%s has not been answered", operation);
    str answer = arena_str(&t->arena, buf_str(&request.reply));
    if (request.error.code != ERROR_NONE)
        answer = arena_printf(&t->arena, "%.*s: %.*s", STR_ARGS(error_name(request.error.code)),
                              STR_ARGS(error_text(&request.error)));
    arena_close(&request.arena);
    return answer;
}

static void expect_error(struct bus_test *t, const char *operation, const char *params,
                         const char *expected)
{
    str answer = call(t, &events_service, operation, params);
    cr_assert(str_eq(answer, str_from(expected)), "%.*s is not %s", STR_ARGS(answer), expected);
}

static void must(struct bus_test *t, const struct service *service, const char *operation,
                 const char *params)
{
    str answer = call(t, service, operation, params);
    cr_assert(answer.len == 0 || answer.ptr[0] == '{', "%s: %.*s", operation, STR_ARGS(answer));
}

/* The bodies of the queue's messages, one a line. */
static str bodies(struct bus_test *t)
{
    struct buf out;
    buf_init(&out, &t->arena);
    str answer = call(t, &sqs_service, "ReceiveMessage",
                      "{'QueueUrl':'" QUEUE "','MaxNumberOfMessages':10}");
    const json *messages = json_find(parse(t, answer), STR("Messages"));
    for (size_t i = 0; messages && i < json_count(*messages); i++) {
        buf_add(&out, json_str_or(json_at(*messages, i), STR("Body"), STR("")));
        buf_add_char(&out, '\n');
    }
    return buf_str(&out);
}

static void expect_bodies(struct bus_test *t, const char *expected)
{
    str found = bodies(t);
    str wanted = with_quotes(t, expected);
    cr_assert(str_eq(found, wanted), "%.*s is not %.*s", STR_ARGS(found), STR_ARGS(wanted));
}

static void open_with_rule(struct bus_test *t, const char *target)
{
    open_all(t);
    must(t, &sqs_service, "CreateQueue", "{'QueueName':'q'}");
    must(t, &events_service, "PutRule",
         "{'Name':'r','EventPattern':'{\\'source\\':[\\'shop\\'],\\'detail\\':{\\'n\\':[{\\'numeric"
         "\\':[\\'>\\',1]}]}}'}");
    str targets =
        arena_printf(&t->arena, "{'Rule':'r','Targets':[{'Id':'1','Arn':'" QUEUE "'%s}]}", target);
    must(t, &events_service, "PutTargets", arena_cstr(&t->arena, targets));
}

static void put(struct bus_test *t, const char *detail)
{
    str params = arena_printf(
        &t->arena, "{'Entries':[{'Source':'shop','DetailType':'sale','Detail':'%s'}]}", detail);
    must(t, &events_service, "PutEvents", arena_cstr(&t->arena, params));
}

Test(events, reach_the_targets_of_the_rules_that_they_match)
{
    struct bus_test t;
    open_with_rule(&t, ",'InputPath':'$.detail'");
    put(&t, "{\\'n\\':1}");
    put(&t, "{\\'n\\':2}");
    expect_bodies(&t, "{'n':2}\n");
    must(&t, &events_service, "DisableRule", "{'Name':'r'}");
    put(&t, "{\\'n\\':3}");
    must(&t, &events_service, "EnableRule", "{'Name':'r'}");
    put(&t, "{\\'n\\':4}");
    expect_bodies(&t, "{'n':4}\n");
    close_all(&t);
}

Test(events, have_the_envelope_of_eventbridge)
{
    struct bus_test t;
    open_with_rule(&t, "");
    put(&t, "{\\'n\\':2}");
    json event = parse(&t, str_trim(bodies(&t)));
    cr_expect(str_eq(json_str_or(event, STR("version"), STR("")), STR("0")));
    cr_expect(str_eq(json_str_or(event, STR("detail-type"), STR("")), STR("sale")));
    cr_expect(str_eq(json_str_or(event, STR("source"), STR("")), STR("shop")));
    cr_expect(str_eq(json_str_or(event, STR("account"), STR("")), STR("000000000000")));
    cr_expect(str_eq(json_str_or(event, STR("region"), STR("")), STR("us-east-1")));
    cr_expect(str_eq(json_str_or(event, STR("time"), STR("")), STR("2023-11-14T22:13:20Z")));
    cr_expect_eq(json_str_or(event, STR("id"), STR("")).len, 36);
    close_all(&t);
}

/* The examples of the User Guide's page on input transformation, by their form. */
Test(events, are_transformed)
{
    struct bus_test t;
    open_with_rule(&t, ",'InputTransformer':{'InputPathsMap':{'n':'$.detail.n','who':'$.detail.who'"
                       "},'InputTemplate':'{\\'n\\':<n>,\\'all\\':<who>,\\'text\\':\\'<who> has "
                       "<n>\\',\\'none\\':<other>,\\'rule\\':\\'<aws.events.rule-name>\\'}'}");
    put(&t, "{\\'n\\':2,\\'who\\':\\'A\\\\\\'B\\'}");
    expect_bodies(&t, "{'n':2,'all':'A\\'B','text':'A\\'B has 2','none':null,'rule':'r'}\n");
    close_all(&t);
}

Test(events, a_quoted_template_is_a_text)
{
    struct bus_test t;
    open_with_rule(&t, ",'InputTransformer':{'InputPathsMap':{'n':'$.detail.n'},"
                       "'InputTemplate':'\\'total <n>\\''}");
    put(&t, "{\\'n\\':20}");
    expect_bodies(&t, "total 20\n");
    close_all(&t);
}

Test(events, entries_that_are_no_events_fail_alone)
{
    struct bus_test t;
    open_with_rule(&t, ",'InputPath':'$.detail.n'");
    str answer = call(&t, &events_service, "PutEvents",
                      "{'Entries':[{'Source':'shop','DetailType':'s','Detail':'{'},"
                      "{'DetailType':'s','Detail':'{}'},"
                      "{'Source':'shop','DetailType':'s','Detail':'{\\'n\\':9}'}]}");
    json value = parse(&t, answer);
    cr_expect_eq(json_i64_or(value, STR("FailedEntryCount"), 0), 2);
    const json *entries = json_find(value, STR("Entries"));
    cr_assert(entries && json_count(*entries) == 3);
    cr_expect(str_eq(json_str_or(json_at(*entries, 0), STR("ErrorCode"), STR("")),
                     STR("MalformedDetail")));
    cr_expect(str_eq(json_str_or(json_at(*entries, 1), STR("ErrorCode"), STR("")),
                     STR("InvalidArgument")));
    expect_bodies(&t, "9\n");
    close_all(&t);
}

Test(events, go_from_bus_to_bus_and_not_round_for_ever)
{
    struct bus_test t;
    open_with_rule(&t, ",'InputPath':'$.detail.n'},{'Id':'2','Arn':'arn:aws:events:us-east-1:"
                       "000000000000:event-bus/default'");
    put(&t, "{\\'n\\':5}");
    expect_bodies(&t, "5\n5\n5\n5\n5\n5\n");
    close_all(&t);
}

Test(events, that_cannot_be_delivered_go_to_the_dead_letter_queue)
{
    struct bus_test t;
    open_all(&t);
    must(&t, &sqs_service, "CreateQueue", "{'QueueName':'q'}");
    must(&t, &events_service, "PutRule",
         "{'Name':'r','EventPattern':'{\\'source\\':[\\'shop\\']}'}");
    must(&t, &events_service, "PutTargets",
         "{'Rule':'r','Targets':[{'Id':'1','Arn':'arn:aws:sqs:us-east-1:000000000000:gone',"
         "'DeadLetterConfig':{'Arn':'" QUEUE "'}}]}");
    put(&t, "{}");
    json event = parse(&t, str_trim(bodies(&t)));
    cr_expect(str_eq(json_str_or(event, STR("source"), STR("")), STR("shop")));
    close_all(&t);
}

Test(events, refuse_what_is_wrong)
{
    struct bus_test t;
    open_with_rule(&t, "");
    expect_error(&t, "DescribeRule", "{'Name':'x'}",
                 "ResourceNotFoundException: Rule x does not exist on EventBus default.");
    expect_error(&t, "PutRule", "{'Name':'x','EventBusName':'b','EventPattern':'{}'}",
                 "ResourceNotFoundException: Event bus b does not exist.");
    expect_error(&t, "DeleteRule", "{'Name':'r'}",
                 "ValidationException: Rule can't be deleted since it has targets.");
    expect_error(&t, "CreateEventBus", "{'Name':'default'}",
                 "ResourceAlreadyExistsException: Event bus default already exists.");
    close_all(&t);
}

Test(events, connections_keep_their_secrets)
{
    struct bus_test t;
    open_all(&t);
    str made = call(&t, &events_service, "CreateConnection",
                    "{'Name':'c','AuthorizationType':'BASIC','AuthParameters':{"
                    "'BasicAuthParameters':{'Username':'u','Password':'secret'}}}");
    str arn = json_str_or(parse(&t, made), STR("ConnectionArn"), STR(""));
    str shown = call(&t, &events_service, "DescribeConnection", "{'Name':'c'}");
    cr_expect_eq(str_find(shown, STR("secret"), 0), shown.len, "%.*s", STR_ARGS(shown));
    cr_expect_lt(str_find(shown, STR("\"Username\":\"u\""), 0), shown.len);
    struct reader reader;
    struct request request = { .params = json_null() };
    json connection;
    arena_init(&request.arena);
    shard_read_begin(t.shard, &reader, &request.arena);
    struct source source = source_from_reader(&reader, &request);
    cr_assert(events_connection(&source, arn, &connection));
    str text = json_text(&t.arena, connection);
    cr_expect_lt(str_find(text, STR("secret"), 0), text.len, "whoever calls needs it");
    cr_expect_not(
        events_connection(&source, STR("arn:aws:events:us-east-1:0:connection/x/y"), &connection));
    shard_read_end(&reader);
    arena_close(&request.arena);
    close_all(&t);
}
