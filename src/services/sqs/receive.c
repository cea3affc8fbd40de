/* ReceiveMessage: parameters, waiting, the answer. */
#include "services/sqs/internal.h"

enum {
    CATCH_UP_MS = 1000,    /* how often a receive that finds nothing may shorten later walks */
    CATCH_UP_COUNT = 1000, /* messages that it counts as visible then */
    FULL_AGAIN_MS = 1000,  /* when a poll looks again that found too many in flight */
};

struct wanted {
    int64_t max, visibility_ms, wait_ms;
    json names, old_names; /* MessageSystemAttributeNames, AttributeNames */
    json attributes;       /* MessageAttributeNames */
    str attempt;           /* ReceiveRequestAttemptId; empty: none */
};

/* ---- parameters ---- */

/* False if the parameter is there and not in [min, max]. */
static bool read_number(const struct source *source, json params, const char *name, int64_t min,
                        int64_t max, const char *reason, int64_t *out, struct error *err)
{
    const json *given = json_find(params, str_from(name));
    int64_t value;
    if (!given || json_is_null(*given)) return true;
    if (!json_to_i64(*given, &value)) value = -1; /* the shape sees to it */
    if (value < min || value > max) return sqs_fail_number(source, err, value, name, reason);
    *out = value;
    return true;
}

static json list_or_empty(json params, str name)
{
    const json *list = json_find(params, name);
    return list && json_is_array(*list) ? *list : json_array(NULL, 0);
}

static const char *const system_names[] = {
    "All",
    "SenderId",
    "SentTimestamp",
    "ApproximateReceiveCount",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
};

static bool check_names(const struct source *source, json names, struct error *err)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str name = json_str(json_at(names, i));
        bool known = false;
        for (size_t j = 0; j < sizeof system_names / sizeof *system_names; j++)
            known = known || str_eq(name, str_from(system_names[j]));
        for (size_t j = 0; !known && sqs_attribute_name(j); j++)
            known = str_eq(name, str_from(sqs_attribute_name(j))); /* the model's type of them */
        if (!known)
            return error_set_long(err, source->arena, ERROR_SQS_INVALID_ATTRIBUTE_NAME,
                                  "Unknown Attribute %.*s.", STR_ARGS(name));
    }
    return true;
}

static bool read_attempt(const struct source *source, const struct queue *queue, json params,
                         struct wanted *out, struct error *err)
{
    if (!json_find_str(params, STR("ReceiveRequestAttemptId"), &out->attempt)) return true;
    bool good = out->attempt.len > 0 && out->attempt.len <= SQS_ID_CHARS_MAX;
    for (size_t i = 0; good && i < out->attempt.len; i++)
        good = out->attempt.ptr[i] > ' ' && out->attempt.ptr[i] <= '~';
    if (!queue->is_fifo)
        return sqs_fail_value(
            source, err, out->attempt, "ReceiveRequestAttemptId",
            "The request include parameter that is not valid for this queue type.");
    if (good) return true;
    return sqs_fail_value(source, err, out->attempt, "ReceiveRequestAttemptId",
                          "ReceiveRequestAttemptId can only include alphanumeric and punctuation "
                          "characters. 1 to 128 in length.");
}

static bool read_wanted(const struct source *source, const struct queue *queue, json params,
                        struct wanted *out, struct error *err)
{
    int64_t visibility_s = queue->visibility_ms / 1000, wait_s = queue->wait_ms / 1000;
    *out = (struct wanted){
        .max = 1,
        .names = list_or_empty(params, STR("MessageSystemAttributeNames")),
        .old_names = list_or_empty(params, STR("AttributeNames")),
        .attributes = list_or_empty(params, STR("MessageAttributeNames")),
    };
    if (!read_number(source, params, "MaxNumberOfMessages", 1, SQS_BATCH_MAX,
                     "Must be between 1 and 10, if provided.", &out->max, err) ||
        !read_number(source, params, "WaitTimeSeconds", 0, SQS_WAIT_S_MAX,
                     "Must be >= 0 and <= 20, if provided.", &wait_s, err) ||
        !read_number(source, params, "VisibilityTimeout", 0, SQS_VISIBILITY_S_MAX,
                     "Must be >= 0 and <= 43200, if provided.", &visibility_s, err) ||
        !check_names(source, out->names, err) || !check_names(source, out->old_names, err) ||
        !read_attempt(source, queue, params, out, err))
        return false;
    out->visibility_ms = 1000 * visibility_s;
    out->wait_ms = 1000 * wait_s;
    return true;
}

/* ---- the answer ---- */

static bool lists(json names, str name)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str wanted = json_str(json_at(names, i));
        if (str_eq(wanted, name) || str_eq(wanted, STR("All"))) return true;
    }
    return false;
}

/* "All", ".*", a name, or the beginning of one with ".*" behind it. */
static bool wants_attribute(json names, str name)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str wanted = json_str(json_at(names, i));
        if (str_eq(wanted, name) || str_eq(wanted, STR("All"))) return true;
        if (str_ends_with(wanted, STR(".*")) &&
            str_starts_with(name, str_slice(wanted, 0, wanted.len - 2)))
            return true;
    }
    return false;
}

struct system_attributes {
    struct buf *out;
    const struct wanted *wanted;
    bool begun;
};

static void add_system(struct system_attributes *list, const char *name, str value)
{
    if (value.len == 0) return;
    if (!lists(list->wanted->names, str_from(name)) &&
        !lists(list->wanted->old_names, str_from(name)))
        return;
    if (!list->begun) {
        reply_name(list->out, "Attributes");
        reply_open(list->out);
        list->begun = true;
    }
    reply_str(list->out, name, value);
}

static void add_system_number(const struct source *source, struct system_attributes *list,
                              const char *name, int64_t value)
{
    add_system(list, name, arena_printf(sqs_work_arena(source), "%lld", (long long)value));
}

static void add_system_attributes(const struct source *source, const struct queue *queue,
                                  const struct wanted *wanted, const struct message *message,
                                  const struct content *content, struct buf *out)
{
    struct system_attributes list = { .out = out, .wanted = wanted };
    add_system(&list, "SenderId", shard_account(source->shard));
    add_system_number(source, &list, "SentTimestamp", message->sent_ms);
    add_system_number(source, &list, "ApproximateReceiveCount", message->receives);
    add_system_number(source, &list, "ApproximateFirstReceiveTimestamp", message->first_ms);
    if (queue->is_fifo)
        add_system(&list, "SequenceNumber",
                   sqs_sequence_number(sqs_work_arena(source), message->serial));
    add_system(&list, "MessageDeduplicationId", content->once);
    add_system(&list, "MessageGroupId", content->group);
    add_system(&list, "AWSTraceHeader", content->trace);
    add_system(&list, "DeadLetterQueueSourceArn", content->from);
    if (list.begun) reply_close(out);
}

static void add_attributes(const struct source *source, const struct wanted *wanted,
                           const struct content *content, struct buf *out)
{
    struct json_fields fields;
    json_fields_init(&fields, sqs_work_arena(source));
    for (size_t i = 0; i < json_count(content->attributes); i++)
        if (wants_attribute(wanted->attributes, json_key_at(content->attributes, i)))
            json_fields_add(&fields, json_key_at(content->attributes, i),
                            json_value_at(content->attributes, i));
    json chosen = json_fields_done(&fields);
    if (json_count(chosen) == 0) return;
    reply_str(out, "MD5OfMessageAttributes", sqs_content_attributes_md5(source, chosen));
    reply_json(out, "MessageAttributes", chosen);
}

static void add_message(const struct source *source, const struct queue *queue,
                        const struct wanted *wanted, const struct message *message, struct buf *out)
{
    struct content content;
    struct receipt receipt = { queue->id, message->sent_ms, message->serial,
                               (uint32_t)message->receives };
    sqs_message_content(source, queue, message, &content);
    reply_open(out);
    reply_str(out, "MessageId", content.id);
    reply_str(out, "ReceiptHandle", sqs_receipt_text(sqs_work_arena(source), &receipt));
    reply_str(out, "MD5OfBody", content.body_md5);
    reply_str(out, "Body", content.body);
    add_system_attributes(source, queue, wanted, message, &content, out);
    add_attributes(source, wanted, &content, out);
    reply_close(out);
}

/* AWS leaves Messages out if there are none. */
static enum handled reply_none(struct request *request)
{
    reply_close(reply_begin(request));
    return HANDLED;
}

static void give_up(struct request *request)
{
    (void)reply_none(request);
}

static void reply_messages(const struct source *source, const struct queue *queue,
                           const struct wanted *wanted, const struct taken *taken,
                           struct request *request)
{
    struct buf *out = reply_begin(request);
    reply_name(out, "Messages");
    buf_add_char(out, '[');
    for (size_t i = 0; i < taken->count; i++) {
        if (i > 0) buf_add_char(out, ',');
        add_message(source, queue, wanted, &taken->messages[i], out);
    }
    buf_add_char(out, ']');
    reply_close(out);
}

/* ---- the same attempt again ---- */

/* NOTE_ATTEMPT: {"v":1,"until":ms,"taken":[[sent_ms,serial,receives], ...]}; FIFO only. */
static void remember_attempt(const struct source *source, struct queue *queue, str attempt,
                             const struct taken *taken)
{
    struct key key;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "until", source->now_ms + SQS_ONCE_MS);
    reply_name(&out, "taken");
    for (size_t i = 0; i < taken->count; i++) {
        const struct message *message = &taken->messages[i];
        buf_printf(&out, "%s[%lld,%llu,%lld]", i == 0 ? "[" : ",", (long long)message->sent_ms,
                   (unsigned long long)message->serial, (long long)message->receives);
    }
    buf_add_char(&out, ']');
    reply_close(&out);
    key_queue_note(&key, source->number, queue->id, NOTE_ATTEMPT,
                   (uint64_t)(source->now_ms / SQS_ONCE_MS), attempt);
    txn_put(source->txn, &key, buf_str(&out));
    sqs_once_clean_later(source, queue);
}

static bool find_attempt(const struct source *source, const struct queue *queue, str attempt,
                         json *out)
{
    int64_t piece = source->now_ms / SQS_ONCE_MS;
    for (int64_t at = piece; at >= 0 && at >= piece - 1; at--) {
        struct key key;
        str text;
        key_queue_note(&key, source->number, queue->id, NOTE_ATTEMPT, (uint64_t)at, attempt);
        if (!source_get(source, &key, &text)) continue;
        json record = sqs_record_parse(source, text);
        if (json_i64_or(record, STR("until"), 0) <= source->now_ms) continue;
        *out = *json_find(record, STR("taken"));
        return true;
    }
    return false;
}

static int64_t number_at(json list, size_t index)
{
    int64_t value;
    if (!json_to_i64(json_at(list, index), &value)) fatal("an attempt does not decode");
    return value;
}

/* Documented: the same messages with the same handles, hidden anew; unless one of them has been
 * deleted, received by others or become visible since. */
static bool repeat_attempt(const struct source *source, struct queue *queue,
                           const struct wanted *wanted, struct taken *out)
{
    json list;
    *out = (struct taken){ 0 };
    if (wanted->attempt.len == 0 || !find_attempt(source, queue, wanted->attempt, &list))
        return false;
    for (size_t i = 0; i < json_count(list); i++) {
        struct message *message = &out->messages[i];
        json item = json_at(list, i);
        if (!sqs_message_find(source, queue, number_at(item, 0), (uint64_t)number_at(item, 1),
                              message) ||
            message->receives != number_at(item, 2) || message->visible_ms <= source->now_ms)
            return false;
    }
    out->count = json_count(list);
    for (size_t i = 0; i < out->count; i++) {
        sqs_message_place(source, queue, &out->messages[i], source->now_ms + wanted->visibility_ms,
                          wanted->visibility_ms > 0);
        sqs_group_refresh(source, queue, out->messages[i].group);
    }
    return true;
}

/* ---- the operation ---- */

static bool is_full(const struct source *source, struct queue *queue)
{
    if (queue->state.in_flight < SQS_IN_FLIGHT_MAX) return false;
    sqs_order_ripen(source, queue, CATCH_UP_COUNT, true);
    return queue->state.in_flight >= SQS_IN_FLIGHT_MAX;
}

/* A receive that finds nothing writes nothing, but once a second if messages have been deleted
 * since: so that the next does not walk over them. */
static void catch_up(const struct source *source, struct queue *queue)
{
    struct queue_state *state = &queue->state;
    struct place now = { source->now_ms + 1, 0, 0 };
    if (state->ahead == 0 || source->now_ms - state->ripe.visible_ms < CATCH_UP_MS) return;
    sqs_order_ripen(source, queue, CATCH_UP_COUNT, true);
    if (sqs_place_compare(&state->head, &now) < 0) state->head = now;
    if (state->ahead_ms <= source->now_ms) state->ahead = 0;
    sqs_queue_save_state(source, queue);
}

/* Others may wait, and know nothing of what is left or of when what is hidden comes back. */
static void pass_on(const struct source *source, const struct queue *queue, int64_t hidden_until_ms)
{
    const struct queue_state *state = &queue->state;
    bool some = state->total > state->in_flight + state->delayed;
    sqs_queue_announce(source, queue, some ? source->now_ms : hidden_until_ms, 1);
}

static enum handled wait_or_end(const struct source *source, const struct queue *queue,
                                struct request *request, bool has_waited, int64_t next_ms,
                                struct error *err)
{
    if (source->now_ms >= request->deadline_ms) {
        if (has_waited && next_ms != INT64_MAX) sqs_queue_announce(source, queue, next_ms, 1);
        return reply_none(request);
    }
    request->give_up = give_up;
    enum handled handled =
        txn_wait(source->txn, request, sqs_topic(sqs_work_arena(source), queue->name),
                 next_ms < request->deadline_ms ? next_ms : request->deadline_ms, err);
    if (handled == HANDLED_LATER || err->code != ERROR_UNSUPPORTED_OPERATION) return handled;
    *err = (struct error){ 0 }; /* a call inside a transaction: it has seen all that there is */
    return reply_none(request);
}

enum handled sqs_handle_receive_message(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct queue queue;
    struct wanted wanted;
    struct taken taken = { 0 };
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !read_wanted(&source, &queue, request->params, &wanted, err))
        return HANDLED_FAILED;
    if (request->deadline_ms == 0) request->deadline_ms = source.now_ms + wanted.wait_ms;
    bool full = false;
    if (!repeat_attempt(&source, &queue, &wanted, &taken)) {
        full = is_full(&source, &queue);
        if (full && !queue.is_fifo && wanted.wait_ms == 0) { /* not to long polls, says the guide */
            error_set(err, ERROR_SQS_OVER_LIMIT,
                      "Too many messages have been received without being deleted. Please delete "
                      "your received messages or let them timeout before receiving more.");
            return HANDLED_FAILED;
        }
        if (!full)
            sqs_take_messages(&source, &queue, (size_t)wanted.max,
                              source.now_ms + wanted.visibility_ms, &taken);
    }
    if (taken.count == 0) {
        if (taken.changed)
            sqs_queue_save_state(&source, &queue);
        else if (!full)
            catch_up(&source, &queue);
        int64_t next_ms = full               ? source.now_ms + FULL_AGAIN_MS
                          : taken.unfinished ? source.now_ms
                                             : sqs_order_next_ms(&source, &queue);
        return wait_or_end(&source, &queue, request, wanted.wait_ms > 0, next_ms, err);
    }
    if (wanted.attempt.len > 0) remember_attempt(&source, &queue, wanted.attempt, &taken);
    sqs_queue_save_state(&source, &queue);
    pass_on(&source, &queue, source.now_ms + wanted.visibility_ms);
    reply_messages(&source, &queue, &wanted, &taken, request);
    return HANDLED;
}
