/* `baton functions`, `queues`, `topics`, `tables`, `apis`: what is there, and one of them in full;
 * `baton logs` and `baton outbox`: what functions have printed, and mail that would have been sent.
 */
#include <stdio.h>
#include <time.h>

#include "base/timestamp.h"
#include "cli/commands.h"
#include "cli/session.h"
#include "cli/table.h"

enum { COLUMNS_MAX = 6, FOLLOW_INTERVAL_MS = 500 };

/* ---- lists ---- */

struct column {
    const char *head;
    str field; /* of the object that describes one; "A.B": a field of a field */
};

/* One kind of resource: which calls list it and describe one. */
struct kind {
    const char *usage, *description, *empty;
    str list;      /* operation */
    str items;     /* the answer's field with the list */
    str name;      /* the field of an item that names it; empty: the item is a text */
    str token;     /* the answer's field that is given back for the next page ... */
    str token_as;  /* ... under this name */
    str describe;  /* operation; its answer is what is shown */
    str parameter; /* what it wants the name as */
    json (*more)(struct arena *arena, json params); /* further parameters of `describe`; or NULL */
    str (*full_name)(struct session *session, str typed); /* of what people type; or NULL */
    struct column columns[COLUMNS_MAX];
};

static json find_field(json value, str path)
{
    size_t dot = str_find_char(path, '.', 0);
    const json *found = json_find(value, str_slice(path, 0, dot));
    if (!found) return json_null();
    return dot == path.len ? *found : find_field(*found, str_skip(path, dot + 1));
}

static str cell(struct arena *arena, json value)
{
    if (json_is_null(value)) return STR("-");
    return json_is_string(value) ? json_str(value) : json_text(arena, value);
}

static json describe(struct session *session, const struct kind *kind, str name)
{
    struct json_fields params;
    json_fields_init(&params, &session->arena);
    json_fields_add(&params, kind->parameter, json_string(name));
    json all = json_fields_done(&params);
    if (kind->more) all = kind->more(&session->arena, all);
    return client_must(&session->client, kind->describe, all);
}

static void print_item(struct session *session, const struct kind *kind,
                       struct libscols_table *table, json item)
{
    struct arena *arena = &session->arena;
    str name = json_is_string(item) ? json_str(item) : json_str_or(item, kind->name, STR(""));
    json shown = describe(session, kind, name);
    if (!table) {
        printf("%.*s\n", STR_ARGS(json_text(arena, shown)));
        return;
    }
    str cells[COLUMNS_MAX];
    size_t count = 0;
    for (; count < COLUMNS_MAX && kind->columns[count].head; count++) {
        str field = kind->columns[count].field;
        cells[count] = field.len ? cell(arena, find_field(shown, field)) : name;
    }
    table_row(table, arena, cells, count, NULL);
}

static void list(struct session *session, const struct kind *kind, bool as_json)
{
    struct arena *arena = &session->arena;
    const char *heads[COLUMNS_MAX + 1] = { NULL };
    for (size_t i = 0; i < COLUMNS_MAX; i++)
        heads[i] = kind->columns[i].head;
    struct libscols_table *table = as_json ? NULL : table_new(heads);
    str next = STR("");
    do {
        struct json_fields params;
        json_fields_init(&params, arena);
        if (next.len) json_fields_add(&params, kind->token_as, json_string(next));
        json page = client_must(&session->client, kind->list, json_fields_done(&params));
        const json *items = json_find(page, kind->items);
        for (size_t i = 0; items && i < json_count(*items); i++)
            print_item(session, kind, table, json_at(*items, i));
        next = json_str_or(page, kind->token, STR(""));
    } while (next.len);
    if (table) table_print(table, kind->empty);
}

static int run(const struct kind *kind, int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = kind->usage,
        .description = kind->description,
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    bool as_json = option_given(&line, "json");
    if (line.operand_count == 0) {
        list(&session, kind, as_json);
    } else {
        struct buf text;
        buf_init(&text, &session.arena);
        str typed = line.operands[0];
        json shown =
            describe(&session, kind, kind->full_name ? kind->full_name(&session, typed) : typed);
        if (as_json)
            json_write(&text, shown);
        else
            json_write_pretty(&text, shown);
        printf("%.*s\n", STR_ARGS(buf_str(&text)));
    }
    return session_close(&session, 0);
}

int command_functions(int argc, char **argv)
{
    static const struct kind kind = {
        .usage = "baton functions [NAME] [OPTIONS]",
        .description = "Lists the functions, or shows the configuration of one.",
        .empty = "There are no functions.",
        .list = STR_INIT("Lambda.ListFunctions"),
        .items = STR_INIT("Functions"),
        .name = STR_INIT("FunctionName"),
        .token = STR_INIT("NextMarker"),
        .token_as = STR_INIT("Marker"),
        .describe = STR_INIT("Lambda.GetFunctionConfiguration"),
        .parameter = STR_INIT("FunctionName"),
        .columns = { { "FUNCTION", STR_INIT("FunctionName") },
                     { "RUNTIME", STR_INIT("Runtime") },
                     { "HANDLER", STR_INIT("Handler") },
                     { "TIMEOUT", STR_INIT("Timeout") },
                     { "MEMORY", STR_INIT("MemorySize") },
                     { "MODIFIED", STR_INIT("LastModified") } },
    };
    return run(&kind, argc, argv);
}

static json all_attributes(struct arena *arena, json params)
{
    struct json_fields fields;
    json *names = ARENA_NEW(arena, json);
    *names = json_string(STR("All"));
    json_fields_from(&fields, arena, params);
    json_fields_add(&fields, STR("AttributeNames"), json_array(names, 1));
    return json_fields_done(&fields);
}

/* A queue's name becomes its URL; a URL or an ARN stays. */
static str queue_url(struct session *session, str typed)
{
    struct json_fields params;
    if (str_find_char(typed, ':', 0) < typed.len) return typed;
    json_fields_init(&params, &session->arena);
    json_fields_add(&params, STR("QueueName"), json_string(typed));
    json answer =
        client_must(&session->client, STR("AmazonSQS.GetQueueUrl"), json_fields_done(&params));
    return json_str_or(answer, STR("QueueUrl"), typed);
}

static str topic_arn(struct session *session, str typed)
{
    return client_arn(&session->client, "sns", "", typed);
}

int command_queues(int argc, char **argv)
{
    static const struct kind kind = {
        .usage = "baton queues [NAME|URL|ARN] [OPTIONS]",
        .description = "Lists the queues, or shows the attributes of one.",
        .empty = "There are no queues.",
        .list = STR_INIT("AmazonSQS.ListQueues"),
        .items = STR_INIT("QueueUrls"),
        .token = STR_INIT("NextToken"),
        .token_as = STR_INIT("NextToken"),
        .describe = STR_INIT("AmazonSQS.GetQueueAttributes"),
        .parameter = STR_INIT("QueueUrl"),
        .more = all_attributes,
        .full_name = queue_url,
        .columns = { { "QUEUE", STR_INIT("") },
                     { "VISIBLE", STR_INIT("Attributes.ApproximateNumberOfMessages") },
                     { "IN FLIGHT", STR_INIT("Attributes.ApproximateNumberOfMessagesNotVisible") },
                     { "DELAYED", STR_INIT("Attributes.ApproximateNumberOfMessagesDelayed") },
                     { "DEAD LETTERS", STR_INIT("Attributes.RedrivePolicy") } },
    };
    return run(&kind, argc, argv);
}

int command_topics(int argc, char **argv)
{
    static const struct kind kind = {
        .usage = "baton topics [NAME|ARN] [OPTIONS]",
        .description = "Lists the topics, or shows the attributes of one.",
        .empty = "There are no topics.",
        .list = STR_INIT("SNS.ListTopics"),
        .items = STR_INIT("Topics"),
        .name = STR_INIT("TopicArn"),
        .token = STR_INIT("NextToken"),
        .token_as = STR_INIT("NextToken"),
        .describe = STR_INIT("SNS.GetTopicAttributes"),
        .parameter = STR_INIT("TopicArn"),
        .full_name = topic_arn,
        .columns = { { "TOPIC", STR_INIT("Attributes.TopicArn") },
                     { "CONFIRMED", STR_INIT("Attributes.SubscriptionsConfirmed") },
                     { "PENDING", STR_INIT("Attributes.SubscriptionsPending") },
                     { "NAME SHOWN", STR_INIT("Attributes.DisplayName") } },
    };
    return run(&kind, argc, argv);
}

int command_tables(int argc, char **argv)
{
    static const struct kind kind = {
        .usage = "baton tables [NAME] [OPTIONS]",
        .description = "Lists the tables, or shows the description of one.",
        .empty = "There are no tables.",
        .list = STR_INIT("DynamoDB_20120810.ListTables"),
        .items = STR_INIT("TableNames"),
        .token = STR_INIT("LastEvaluatedTableName"),
        .token_as = STR_INIT("ExclusiveStartTableName"),
        .describe = STR_INIT("DynamoDB_20120810.DescribeTable"),
        .parameter = STR_INIT("TableName"),
        .columns = { { "TABLE", STR_INIT("Table.TableName") },
                     { "STATUS", STR_INIT("Table.TableStatus") },
                     { "ITEMS", STR_INIT("Table.ItemCount") },
                     { "BYTES", STR_INIT("Table.TableSizeBytes") },
                     { "KEY", STR_INIT("Table.KeySchema") } },
    };
    return run(&kind, argc, argv);
}

int command_apis(int argc, char **argv)
{
    static const struct kind kind = {
        .usage = "baton apis [ID] [OPTIONS]",
        .description = "Lists the HTTP APIs with their addresses, or shows the routes of one.",
        .empty = "There are no APIs.",
        .list = STR_INIT("ApiGatewayV2.ListAddresses"),
        .items = STR_INIT("items"),
        .token = STR_INIT("nextToken"),
        .token_as = STR_INIT("nextToken"),
        .describe = STR_INIT("ApiGatewayV2.DescribeAddress"),
        .parameter = STR_INIT("apiId"),
        .columns = { { "API", STR_INIT("apiId") },
                     { "KIND", STR_INIT("kind") },
                     { "NAME", STR_INIT("name") },
                     { "ADDRESS", STR_INIT("address") } },
    };
    return run(&kind, argc, argv);
}

/* ---- logs ---- */

static void sleep_ms(int64_t ms)
{
    struct timespec time = { .tv_sec = (time_t)(ms / 1000),
                             .tv_nsec = (long)(ms % 1000 * 1000000) };
    nanosleep(&time, NULL);
}

/* A name with a slash is a log group's: functions' names have none. */
static bool is_log_group(str name)
{
    return str_find_char(name, '/', 0) < name.len;
}

static size_t print_log(struct session *session, str name, json *after)
{
    struct json_fields params;
    json_fields_init(&params, &session->arena);
    bool group = is_log_group(name);
    json_fields_add(&params, group ? STR("logGroupName") : STR("FunctionName"), json_string(name));
    json_fields_add(&params, STR("After"), *after);
    json page = client_must(
        &session->client, group ? STR("Logs_20140328.ReadLogGroup") : STR("Lambda.GetFunctionLog"),
        json_fields_done(&params));
    const json *events = json_find(page, STR("Events"));
    size_t count = events ? json_count(*events) : 0;
    for (size_t i = 0; i < count; i++) {
        json event = json_at(*events, i);
        str time = timestamp_text(&session->arena, json_i64_or(event, STR("timestamp"), 0));
        printf("%.*s %.*s\n", STR_ARGS(time),
               STR_ARGS(json_str_or(event, STR("message"), STR(""))));
    }
    *after = json_i64(&session->arena, json_i64_or(page, STR("Next"), 0));
    return count;
}

int command_logs(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "follow", .letter = 'f', .help = "go on as more is printed (-f)" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton logs FUNCTION|LOG-GROUP [-f] [OPTIONS]",
        .description = "Prints what a function has printed, or the events of a log group (a name\n"
                       "with a slash: /aws/vendedlogs/states/m), oldest first, as far as they are\n"
                       "kept.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
        .operands_min = 1,
        .operands_max = 1,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    json after = json_i64(&session.arena, 0);
    for (;;) {
        size_t count = print_log(&session, line.operands[0], &after);
        fflush(stdout);
        if (count > 0) continue;
        if (!option_given(&line, "follow")) break;
        sleep_ms(FOLLOW_INTERVAL_MS);
    }
    return session_close(&session, 0);
}

/* ---- outbox ---- */

static void print_letter(struct arena *arena, json letter)
{
    str url = json_str_or(letter, STR("url"), STR(""));
    printf("To: %.*s\nSubject: %.*s\n\n%.*s\n",
           STR_ARGS(cell(arena, find_field(letter, STR("endpoint")))),
           STR_ARGS(cell(arena, find_field(letter, STR("subject")))),
           STR_ARGS(cell(arena, find_field(letter, STR("body")))));
    if (url.len) printf("\n%.*s\n", STR_ARGS(url));
}

int command_outbox(int argc, char **argv)
{
    struct option_row options[] = {
        { .name = "topic", .argument = "ARN", .help = "only mail of this topic" },
        { .name = "limit", .argument = "N", .help = "at most N letters (default 20)" },
        { .name = "json", .help = "one JSON object a line" },
        endpoint_row,
    };
    struct command_line line = {
        .usage = "baton outbox [OPTIONS]",
        .description =
            "Shows e-mail and text messages of topics, newest first: they are kept, not sent.",
        .options = options,
        .option_count = sizeof options / sizeof *options,
    };
    struct session session;
    session_open(&session, &line, argc, argv);
    struct arena *arena = &session.arena;
    struct json_fields params;
    json_fields_init(&params, arena);
    json_fields_add(&params, STR("maxResults"),
                    json_i64(arena, option_i64(&line, "limit", 20, 1, 100)));
    if (option_given(&line, "topic"))
        json_fields_add(&params, STR("topicArn"), json_string(option_or(&line, "topic", STR(""))));
    json page = client_must(&session.client, STR("SNS.ListOutbox"), json_fields_done(&params));
    const json *letters = json_find(page, STR("messages"));
    for (size_t i = 0; letters && i < json_count(*letters); i++) {
        json letter = json_at(*letters, i);
        if (option_given(&line, "json")) {
            printf("%.*s\n", STR_ARGS(json_text(arena, letter)));
            continue;
        }
        print_letter(arena, letter);
        if (i + 1 < json_count(*letters)) puts("----");
    }
    if (!letters || json_count(*letters) == 0) puts("The outbox is empty.");
    return session_close(&session, 0);
}
