/* What becomes of a batch when the function is done with it.
 *
 *     answered well            the messages are deleted, but for those in batchItemFailures
 *     answered with an error   they stay away until their visibility timeout is over
 *     throttled                they come back at once, and the poller pauses: 1 s, 2 s, 4 s ... 5
 * min could not be run         as an error
 *
 * Source: Lambda guide, "Using Lambda with Amazon SQS", "Implementing partial batch responses". */
#include "base/log.h"
#include "services/lambda/lambda_private.h"

enum { SQS_ENTRIES_MAX = 10 /* AWS: of one DeleteMessageBatch or ChangeMessageVisibilityBatch */ };

/* ---- the queue ---- */

static json entry_of(struct arena *arena, size_t index, json message, bool visible)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("Id"), json_string(arena_printf(arena, "%zu", index)));
    json_fields_add(&fields, STR("ReceiptHandle"), json_string(param_str(message, "receipt")));
    if (visible) json_fields_add(&fields, STR("VisibilityTimeout"), json_i64(arena, 0));
    return json_fields_done(&fields);
}

/* Calls DeleteMessageBatch, or makes the messages visible. Entries that fail (an expired receipt
 * handle) have been received by somebody else meanwhile. */
static void call_queue(struct txn *txn, const struct source *source, str queue, json messages,
                       bool visible)
{
    struct arena *arena = source->arena;
    for (size_t from = 0; from < json_count(messages); from += SQS_ENTRIES_MAX) {
        json reply;
        char quoted[LOG_QUOTED_BYTES_MAX];
        struct error err = { 0 };
        struct json_fields fields;
        struct json_list entries;
        json_list_init(&entries, arena);
        for (size_t i = from; i < json_count(messages) && i < from + SQS_ENTRIES_MAX; i++)
            json_list_add(&entries, entry_of(arena, i - from, json_at(messages, i), visible));
        json_fields_init(&fields, arena);
        json_fields_add(&fields, STR("QueueUrl"), json_string(queue));
        json_fields_add(&fields, STR("Entries"), json_list_done(&entries));
        if (!service_call(txn, &sqs_service,
                          visible ? STR("ChangeMessageVisibilityBatch") : STR("DeleteMessageBatch"),
                          json_fields_done(&fields), &reply, &err))
            log_line(LOG_WARN, "the messages of a batch could not be given back", "cause=%s",
                     log_quote(error_text(&err), quoted));
    }
}

void mapping_messages_delete(struct txn *txn, const struct source *source, str queue, json messages)
{
    call_queue(txn, source, queue, messages, false);
}

/* ---- partial batch responses ---- */

static const json *message_find(json messages, str id)
{
    for (size_t i = 0; i < json_count(messages); i++)
        if (str_eq(param_str(json_at(messages, i), "id"), id)) return &messages.items[i];
    return NULL;
}

static bool is_named(json failures, str id)
{
    for (size_t i = 0; i < json_count(failures); i++)
        if (str_eq(param_str(json_at(failures, i), "itemIdentifier"), id)) return true;
    return false;
}

/* The messages that are done with. False: none is, because the answer names something that is no
 * message of the batch, or is no such answer. */
static bool done_with(struct arena *arena, json messages, str body, json *out)
{
    json answer;
    struct error ignored = { 0 };
    struct json_list list;
    *out = messages;
    if (body.len == 0) return true;
    if (!json_parse(body, arena, &answer, &ignored)) return false;
    const json *failures = param(answer, "batchItemFailures");
    if (!failures) return true;
    if (!json_is_array(*failures)) return false;
    for (size_t i = 0; i < json_count(*failures); i++)
        if (!message_find(messages, param_str(json_at(*failures, i), "itemIdentifier")))
            return false;
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(messages); i++)
        if (!is_named(*failures, param_str(json_at(messages, i), "id")))
            json_list_add(&list, json_at(messages, i));
    *out = json_list_done(&list);
    return true;
}

/* ---- the outcome ---- */

static void count_back(struct txn *txn, const struct source *source, str uuid, bool throttled)
{
    struct mapping_record mapping;
    int64_t pause_ms = 1000;
    if (!mapping_load(source, uuid, &mapping)) return; /* it has been deleted */
    struct mapping_state state = mapping_state_load(source, uuid);
    if (state.in_flight > 0) state.in_flight--;
    for (int64_t i = 0; i < state.throttled && pause_ms < LAMBDA_THROTTLED_MS_MAX; i++)
        pause_ms *= 2;
    if (pause_ms > LAMBDA_THROTTLED_MS_MAX) pause_ms = LAMBDA_THROTTLED_MS_MAX;
    state.throttled = throttled ? state.throttled + 1 : 0;
    state.paused_until_ms = throttled ? source->now_ms + pause_ms : 0;
    mapping_state_store(txn, source, uuid, &state);
    txn_notify(txn, mapping_topic(source->arena, uuid), 1);
}

void mapping_done(struct txn *txn, const struct effect_record *record,
                  const struct effect_result *result)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    json context = record->context, done;
    const json *messages = json_find(context, STR("messages"));
    ASSERT(messages != NULL);
    str queue = param_str(context, "queue");
    bool reports = json_bool_or(context, STR("reports"), false);
    bool throttled = !result->ok && str_eq(result->error, STR("Lambda.TooManyRequestsException"));
    if (result->ok && result->error.len == 0) {
        if (!reports)
            call_queue(txn, &source, queue, *messages, false);
        else if (done_with(source.arena, *messages, result->body, &done))
            call_queue(txn, &source, queue, done, false);
    }
    if (throttled) call_queue(txn, &source, queue, *messages, true);
    count_back(txn, &source, param_str(context, "mapping"), throttled);
}
