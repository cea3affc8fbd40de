/* The poller of an event source mapping: a request of our own that lives as long as the mapping's
 * record. Each time it runs, in a transaction of its own, it looks at one reason after another to
 * wait, and if there is none takes a batch from the queue and gives it to the function:
 *
 *     the mapping is disabled           until it is changed
 *     it has been throttled             until the pause is over
 *     the function is not there         half a minute
 *     enough batches are on their way   until one is back (mapping_done.c)
 *     the queue has nothing             until it has
 *     the batching window is open       until it is over or there is enough
 *
 * Receiving the messages, planning the effect "lambda.mapping" and counting the batch are one
 * transaction. Messages that no filter lets through are deleted, as AWS does. */
#include "base/log.h"
#include "services/lambda/lambda_private.h"
#include "services/pattern.h"
#include "services/shape.h"
#include "services/sqs/sqs.h"

enum {
    POLL_MS_MAX = 20 * 1000,      /* sqs.h: how long one may wait for a queue at a time */
    POLL_FAR_MS = 60 * 60 * 1000, /* somebody else wakes the poller */
    POLL_AGAIN_MS = 1000,         /* the queue had something, and then had nothing */
    POLL_MESSAGES_MAX = 10,       /* AWS: of one ReceiveMessage */
};

struct poll {
    struct txn *txn;
    struct source source;
    struct mapping_record mapping;
    struct mapping_state state;
    str queue;
    json filters[LAMBDA_MAPPING_FILTERS_MAX]; /* checked patterns */
    size_t filter_count;
    /* the batch so far */
    struct buf records;    /* of the event, without its brackets */
    struct json_list kept; /* {"id","receipt"} */
    struct json_list unwanted;
};

/* ---- one message ---- */

/* "StringValue" as "stringValue": the names of an event's members begin with small letters. */
static str decapitalised(struct arena *arena, str name)
{
    char *copy = arena_alloc(arena, name.len + 1);
    if (name.len > 0) memcpy(copy, name.ptr, name.len);
    if (name.len > 0 && copy[0] >= 'A' && copy[0] <= 'Z') copy[0] = (char)(copy[0] + 'a' - 'A');
    return (str){ copy, name.len };
}

static json attributes_of(struct arena *arena, json given)
{
    struct json_fields all;
    json_fields_init(&all, arena);
    for (size_t i = 0; i < json_count(given); i++) {
        struct json_fields one;
        json attribute = json_value_at(given, i);
        json_fields_init(&one, arena);
        for (size_t k = 0; k < json_count(attribute); k++)
            json_fields_add(&one, decapitalised(arena, json_key_at(attribute, k)),
                            json_value_at(attribute, k));
        json_fields_add(&one, STR("stringListValues"), json_array(NULL, 0));
        json_fields_add(&one, STR("binaryListValues"), json_array(NULL, 0));
        json_fields_add(&all, json_key_at(given, i), json_fields_done(&one));
    }
    return json_fields_done(&all);
}

/* A message as functions get it; Lambda guide, "Example Amazon SQS message event". */
static json record_of(const struct poll *poll, json message)
{
    struct json_fields fields;
    struct arena *arena = poll->source.arena;
    const json *attributes = param(message, "Attributes");
    const json *given = param(message, "MessageAttributes");
    str digest = param_str(message, "MD5OfMessageAttributes");
    json none = { .kind = JSON_OBJECT };
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("messageId"), json_string(param_str(message, "MessageId")));
    json_fields_add(&fields, STR("receiptHandle"),
                    json_string(param_str(message, "ReceiptHandle")));
    json_fields_add(&fields, STR("body"), json_string(param_str(message, "Body")));
    json_fields_add(&fields, STR("attributes"), attributes ? *attributes : none);
    json_fields_add(&fields, STR("messageAttributes"), given ? attributes_of(arena, *given) : none);
    if (digest.len > 0)
        json_fields_add(&fields, STR("md5OfMessageAttributes"), json_string(digest));
    json_fields_add(&fields, STR("md5OfBody"), json_string(param_str(message, "MD5OfBody")));
    json_fields_add(&fields, STR("eventSource"), json_string(STR("aws:sqs")));
    json_fields_add(&fields, STR("eventSourceARN"), json_string(poll->mapping.source_arn));
    json_fields_add(&fields, STR("awsRegion"), json_string(shard_region(poll->source.shard)));
    return json_fields_done(&fields);
}

/* Filters look into a body that is a JSON object; any other is a text to them. */
static bool is_let_through(const struct poll *poll, json record)
{
    json body;
    struct json_fields fields;
    struct error ignored = { 0 };
    if (poll->filter_count == 0) return true;
    json_fields_from(&fields, poll->source.arena, record);
    if (json_parse(param_str(record, "body"), poll->source.arena, &body, &ignored) &&
        json_is_object(body))
        json_fields_add(&fields, STR("body"), body);
    json event = json_fields_done(&fields);
    for (size_t i = 0; i < poll->filter_count; i++)
        if (pattern_matches(poll->filters[i], PATTERN_EVENT, event)) return true;
    return false;
}

static json receipt_of(struct arena *arena, json message)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("id"), json_string(param_str(message, "MessageId")));
    json_fields_add(&fields, STR("receipt"), json_string(param_str(message, "ReceiptHandle")));
    return json_fields_done(&fields);
}

/* ---- batches ---- */

static json context_of(struct poll *poll)
{
    struct json_fields fields;
    struct arena *arena = poll->source.arena;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("v"), json_i64(arena, 1));
    json_fields_add(&fields, STR("mapping"), json_string(poll->mapping.uuid));
    json_fields_add(&fields, STR("queue"), json_string(poll->mapping.source_arn));
    json_fields_add(&fields, STR("reports"), json_bool(poll->mapping.reports));
    json_fields_add(&fields, STR("messages"), json_list_done(&poll->kept));
    return json_fields_done(&fields);
}

static void batch_begin(struct poll *poll)
{
    buf_init(&poll->records, poll->source.arena);
    json_list_init(&poll->kept, poll->source.arena);
}

/* Gives the batch to the function. That it is there has been looked at. */
static void batch_send(struct poll *poll)
{
    struct buf event;
    json request;
    struct error err = { 0 };
    if (poll->kept.count == 0) return;
    buf_init(&event, poll->source.arena);
    buf_add(&event, STR("{\"Records\":["));
    buf_add(&event, buf_str(&poll->records));
    buf_add(&event, STR("]}"));
    if (!lambda_invocation(&poll->source, poll->mapping.function, poll->mapping.qualifier,
                           buf_str(&event), &request, &err))
        fatal("a function has gone in the middle of a transaction");
    struct effect_plan plan = {
        .kind = STR("function"),
        .request = invocation_that_queues(poll->source.arena, request),
        .origin = STR("lambda.mapping"),
        .context = context_of(poll),
    };
    txn_effect(poll->txn, false, &plan, 0);
    poll->state.in_flight++;
    batch_begin(poll);
}

static void batch_add(struct poll *poll, json message)
{
    json record = record_of(poll, message);
    if (!is_let_through(poll, record)) {
        json_list_add(&poll->unwanted, receipt_of(poll->source.arena, message));
        return;
    }
    str text = json_text(poll->source.arena, record);
    if (poll->records.len + text.len + 64 > LAMBDA_PAYLOAD_BYTES_MAX) batch_send(poll);
    if (poll->records.len > 0) buf_add_char(&poll->records, ',');
    buf_add(&poll->records, text);
    json_list_add(&poll->kept, receipt_of(poll->source.arena, message));
}

/* Receives once more; the number of messages. */
static size_t receive(struct poll *poll, int64_t wanted)
{
    json reply;
    char quoted[LOG_QUOTED_BYTES_MAX];
    struct error err = { 0 };
    struct json_fields fields;
    struct json_list all;
    struct arena *arena = poll->source.arena;
    json_list_init(&all, arena);
    json_list_add(&all, json_string(STR("All")));
    json names = json_list_done(&all);
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("QueueUrl"), json_string(poll->mapping.source_arn));
    json_fields_add(&fields, STR("MaxNumberOfMessages"), json_i64(arena, wanted));
    json_fields_add(&fields, STR("WaitTimeSeconds"), json_i64(arena, 0));
    json_fields_add(&fields, STR("MessageSystemAttributeNames"), names);
    json_fields_add(&fields, STR("MessageAttributeNames"), names);
    if (!service_call(poll->txn, &sqs_service, STR("ReceiveMessage"), json_fields_done(&fields),
                      &reply, &err)) {
        log_line(LOG_WARN, "an event source mapping cannot read its queue", "cause=%s",
                 log_quote(error_text(&err), quoted));
        return 0;
    }
    const json *messages = param(reply, "Messages");
    for (size_t i = 0; messages && i < json_count(*messages); i++)
        batch_add(poll, json_at(*messages, i));
    return messages ? json_count(*messages) : 0;
}

/* Takes up to a batch from the queue; the number of messages. */
static int64_t take_batch(struct poll *poll)
{
    int64_t size = poll->mapping.batch_size, taken = 0;
    if (size > LAMBDA_MAPPING_BATCH_MAX) size = LAMBDA_MAPPING_BATCH_MAX;
    batch_begin(poll);
    json_list_init(&poll->unwanted, poll->source.arena);
    while (taken < size) {
        int64_t rest = size - taken;
        size_t count = receive(poll, rest < POLL_MESSAGES_MAX ? rest : POLL_MESSAGES_MAX);
        if (count == 0) break;
        taken += (int64_t)count;
    }
    batch_send(poll);
    mapping_messages_delete(poll->txn, &poll->source, poll->mapping.source_arn,
                            json_list_done(&poll->unwanted));
    return taken;
}

/* ---- reasons to wait ---- */

static bool function_is_there(const struct poll *poll)
{
    struct function_ref ref = { poll->mapping.function, poll->mapping.qualifier };
    struct function_target target;
    struct error ignored = { 0 };
    return target_find(&poll->source, &ref, &target, &ignored);
}

static int64_t visible_messages(const struct poll *poll)
{
    json reply;
    int64_t count = 0;
    struct error ignored = { 0 };
    struct json_fields fields;
    struct json_list names;
    json_list_init(&names, poll->source.arena);
    json_list_add(&names, json_string(STR("ApproximateNumberOfMessages")));
    json_fields_init(&fields, poll->source.arena);
    json_fields_add(&fields, STR("QueueUrl"), json_string(poll->mapping.source_arn));
    json_fields_add(&fields, STR("AttributeNames"), json_list_done(&names));
    if (!service_call(poll->txn, &sqs_service, STR("GetQueueAttributes"), json_fields_done(&fields),
                      &reply, &ignored))
        return 0;
    const json *attributes = param(reply, "Attributes");
    str text = attributes ? param_str(*attributes, "ApproximateNumberOfMessages") : STR("");
    return str_to_i64(text, &count) ? count : 0;
}

/* The window opens when the queue first has something. */
static bool window_is_open(const struct poll *poll, struct request *request)
{
    int64_t now_ms = poll->source.now_ms;
    if (poll->mapping.window_s == 0) return false;
    if (request->deadline_ms == 0) request->deadline_ms = now_ms + poll->mapping.window_s * 1000;
    if (now_ms < request->deadline_ms && visible_messages(poll) < poll->mapping.batch_size)
        return true;
    request->deadline_ms = 0;
    return false;
}

static bool compile_filters(struct poll *poll)
{
    struct error err = { 0 };
    struct pattern_size size;
    json filters = poll->mapping.filters;
    ASSERT_CMP(json_count(filters), <=, LAMBDA_MAPPING_FILTERS_MAX);
    for (size_t i = 0; i < json_count(filters); i++)
        if (!pattern_check(json_str(json_at(filters, i)), PATTERN_EVENT, poll->source.arena,
                           &poll->filters[poll->filter_count++], &size, &err))
            fatal("the filter of an event source mapping does not decode");
    return true;
}

/* Waits for the mapping. Whoever else waits for the queue gets the message that this poller may
 * have been woken for and does not take. */
static enum handled wait_aside(struct poll *poll, struct request *request, int64_t wake_ms,
                               struct error *err)
{
    request->deadline_ms = 0;
    if (sqs_next_visible_ms(&poll->source, poll->queue) <= poll->source.now_ms)
        txn_notify(poll->txn, sqs_topic(poll->source.arena, poll->queue), 1);
    return txn_wait(poll->txn, request, mapping_topic(poll->source.arena, poll->mapping.uuid),
                    wake_ms, err);
}

static enum handled wait_for_queue(struct poll *poll, struct request *request, int64_t wake_ms,
                                   struct error *err)
{
    int64_t last_ms = poll->source.now_ms + POLL_MS_MAX;
    return txn_wait(poll->txn, request, sqs_topic(poll->source.arena, poll->queue),
                    wake_ms < last_ms ? wake_ms : last_ms, err);
}

/* ---- the poller ---- */

static enum handled poll_once(struct poll *poll, struct request *request, struct error *err)
{
    int64_t now_ms = poll->source.now_ms;
    int64_t limit =
        poll->mapping.concurrency > 0 ? poll->mapping.concurrency : LAMBDA_MAPPING_BATCHES_MAX;
    if (!poll->mapping.enabled || poll->state.in_flight >= limit)
        return wait_aside(poll, request, now_ms + POLL_FAR_MS, err);
    if (poll->state.paused_until_ms > now_ms)
        return wait_aside(poll, request, poll->state.paused_until_ms, err);
    if (!function_is_there(poll))
        return wait_aside(poll, request, now_ms + LAMBDA_MAPPING_CHECK_MS, err);
    int64_t next_ms = sqs_next_visible_ms(&poll->source, poll->queue);
    if (next_ms > now_ms) {
        request->deadline_ms = 0;
        return wait_for_queue(poll, request, next_ms, err);
    }
    if (window_is_open(poll, request))
        return wait_for_queue(poll, request, request->deadline_ms, err);
    compile_filters(poll);
    if (take_batch(poll) == 0) return wait_for_queue(poll, request, now_ms + POLL_AGAIN_MS, err);
    mapping_state_store(poll->txn, &poll->source, poll->mapping.uuid, &poll->state);
    /* Others have their turn before the next batch. */
    return txn_wait(poll->txn, request, mapping_topic(poll->source.arena, poll->mapping.uuid),
                    now_ms, err);
}

static enum handled handle_poll(struct txn *txn, struct request *request, struct error *err)
{
    struct poll poll = { .txn = txn, .source = source_from_txn(txn, txn_arena(txn)) };
    str uuid = param_str(request->params, "UUID");
    if (!mapping_load(&poll.source, uuid, &poll.mapping)) return HANDLED; /* it has been deleted */
    poll.state = mapping_state_load(&poll.source, uuid);
    /* A server that has got another region or account since has none of the old one's queues. */
    bool known = sqs_queue_name(&poll.source, poll.mapping.source_arn, &poll.queue);
    enum handled handled = known ? poll_once(&poll, request, err)
                                 : txn_wait(txn, request, mapping_topic(poll.source.arena, uuid),
                                            poll.source.now_ms + POLL_FAR_MS, err);
    if (handled == HANDLED_FAILED) {
        char quoted[LOG_QUOTED_BYTES_MAX];
        log_line(LOG_ERROR, "an event source mapping rests until the server starts again",
                 "mapping=%.*s cause=%s", STR_ARGS(uuid), log_quote(error_text(err), quoted));
    }
    return handled;
}

static const struct shape_field poll_fields[] = {
    { .name = STR_INIT("UUID"), .kind = SHAPE_STRING, .required = true, .min = 36, .max = 36 },
};
static const struct shape poll_shape = {
    .fields = poll_fields,
    .field_count = sizeof poll_fields / sizeof *poll_fields,
    .name = "PollEventSource",
};
static const struct operation poll_operation = {
    .name = STR_INIT("PollEventSource"),
    .input = &poll_shape,
    .write = handle_poll,
};

void mapping_start(struct shard *shard, str uuid)
{
    struct arena arena;
    struct json_fields fields;
    arena_init(&arena);
    json_fields_init(&fields, &arena);
    json_fields_add(&fields, STR("UUID"), json_string(uuid));
    shard_submit_own(shard, &poll_operation, json_fields_done(&fields));
    arena_close(&arena);
}

void mappings_start(struct shard *shard)
{
    struct arena arena;
    struct reader reader;
    struct mapping_record mapping;
    arena_init(&arena);
    shard_read_begin(shard, &reader, &arena);
    struct source source = {
        .reader = &reader,
        .shard = shard,
        .arena = &arena,
        .now_ms = reader.now_ms,
        .number = shard_number(shard),
    };
    struct store_cursor *cursor = mappings_scan(&source, STR(""));
    while (mappings_next(&source, cursor, &mapping))
        mapping_start(shard, mapping.uuid);
    store_cursor_close(cursor);
    shard_read_end(&reader);
    arena_close(&arena);
}
