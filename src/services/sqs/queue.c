/* The records of a queue: its settings, what changes with every message, policy and tags. */
#include "services/sqs/internal.h"

/* ---- the state ---- */

struct queue_state sqs_queue_state_new(int64_t now_ms)
{
    return (struct queue_state){
        .head = { .visible_ms = INT64_MAX },
        .ripe = { .visible_ms = now_ms },
        .ripen_ms = INT64_MAX,
        .oldest = { .sent_ms = INT64_MAX },
    };
}

static void add_numbers(struct buf *out, const char *name, const int64_t *numbers, size_t count)
{
    reply_name(out, name);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, i == 0 ? '[' : ',');
        buf_add_i64(out, numbers[i]);
    }
    buf_add_char(out, ']');
}

static void add_place(struct buf *out, const char *name, const struct place *place)
{
    int64_t numbers[] = { place->visible_ms, place->sent_ms, (int64_t)place->serial };
    add_numbers(out, name, numbers, 3);
}

static int64_t number_at(json list, size_t index)
{
    int64_t value;
    if (index >= json_count(list) || !json_to_i64(json_at(list, index), &value))
        fatal("the state of a queue does not decode");
    return value;
}

static json list_of(json record, str name)
{
    const json *list = json_find(record, name);
    if (!list || !json_is_array(*list)) fatal("the state of a queue does not decode");
    return *list;
}

static struct place read_place(json record, str name)
{
    json list = list_of(record, name);
    return (struct place){ number_at(list, 0), number_at(list, 1), (uint64_t)number_at(list, 2) };
}

static void load_state(const struct source *source, struct queue *queue)
{
    struct key key;
    str text;
    key_queue_note(&key, source->number, queue->id, NOTE_STATE, 0, STR(""));
    if (!source_get(source, &key, &text)) fatal("a queue has no state");
    json record = sqs_record_parse(source, text);
    json ahead = list_of(record, STR("w")), expiry = list_of(record, STR("e"));
    queue->state = (struct queue_state){
        .total = json_i64_or(record, STR("n"), 0),
        .in_flight = json_i64_or(record, STR("i"), 0),
        .delayed = json_i64_or(record, STR("d"), 0),
        .head = read_place(record, STR("h")),
        .ripe = read_place(record, STR("r")),
        .ripen_ms = json_i64_or(record, STR("x"), 0),
        .ahead = number_at(ahead, 0),
        .ahead_ms = number_at(ahead, 1),
        .oldest = read_place(record, STR("o")),
        .expiry_ms = number_at(expiry, 0),
        .expiry_job = (uint64_t)number_at(expiry, 1),
        .once_piece = json_i64_or(record, STR("b"), 0),
    };
}

void sqs_queue_save_state(const struct source *source, const struct queue *queue)
{
    const struct queue_state *state = &queue->state;
    struct buf out;
    struct key key;
    ASSERT(state->in_flight >= 0 && state->delayed >= 0);
    ASSERT_CMP(state->in_flight + state->delayed, <=, state->total);
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "n", state->total);
    reply_i64(&out, "i", state->in_flight);
    reply_i64(&out, "d", state->delayed);
    add_place(&out, "h", &state->head);
    add_place(&out, "r", &state->ripe);
    reply_i64(&out, "x", state->ripen_ms);
    add_numbers(&out, "w", (int64_t[]){ state->ahead, state->ahead_ms }, 2);
    add_place(&out, "o", &state->oldest);
    add_numbers(&out, "e", (int64_t[]){ state->expiry_ms, (int64_t)state->expiry_job }, 2);
    reply_i64(&out, "b", state->once_piece);
    reply_close(&out);
    key_queue_note(&key, source->number, queue->id, NOTE_STATE, 0, STR(""));
    txn_put(source->txn, &key, buf_str(&out));
}

/* ---- the settings ---- */

static int64_t setting(json attributes, str name, int64_t fallback)
{
    str text;
    int64_t value;
    return json_find_str(attributes, name, &text) && str_to_i64(text, &value) ? value : fallback;
}

static bool setting_is(json attributes, str name, str wanted)
{
    return str_eq(json_str_or(attributes, name, STR("")), wanted);
}

static void derive_redrive(const struct source *source, struct queue *queue)
{
    str text;
    queue->dead_letters = STR("");
    if (!json_find_str(queue->attributes, STR("RedrivePolicy"), &text)) return;
    json policy;
    struct error err;
    if (!json_parse(text, sqs_work_arena(source), &policy, &err))
        fatal("the redrive policy of a queue does not decode");
    queue->receives_max = json_i64_or(policy, STR("maxReceiveCount"), SQS_RECEIVES_MAX);
    str arn = json_str_or(policy, STR("deadLetterTargetArn"), STR(""));
    if (!sqs_queue_name(source, arn, &queue->dead_letters)) queue->dead_letters = STR("");
}

void sqs_queue_derive(const struct source *source, struct queue *queue)
{
    json attributes = queue->attributes;
    queue->is_fifo = str_ends_with(queue->name, STR(".fifo"));
    queue->once_by_content = setting_is(attributes, STR("ContentBasedDeduplication"), STR("true"));
    queue->once_by_group = setting_is(attributes, STR("DeduplicationScope"), STR("messageGroup"));
    queue->visibility_ms = 1000 * setting(attributes, STR("VisibilityTimeout"), 30);
    queue->delay_ms = 1000 * setting(attributes, STR("DelaySeconds"), 0);
    queue->retention_ms = 1000 * setting(attributes, STR("MessageRetentionPeriod"), 345600);
    queue->wait_ms = 1000 * setting(attributes, STR("ReceiveMessageWaitTimeSeconds"), 0);
    queue->message_bytes_max =
        setting(attributes, STR("MaximumMessageSize"), SQS_MESSAGE_BYTES_MAX);
    derive_redrive(source, queue);
}

bool sqs_queue_load(const struct source *source, str name, struct queue *out)
{
    struct key key;
    str text;
    key_queue(&key, source->number, name, QUEUE_SETTINGS);
    if (!source_get(source, &key, &text)) return false;
    json record = sqs_record_parse(source, text);
    const json *attributes = json_find(record, STR("attributes"));
    if (!attributes) fatal("the record of a queue does not decode");
    *out = (struct queue){
        .name = arena_str(sqs_work_arena(source), name),
        .id = (uint64_t)json_i64_or(record, STR("id"), 0),
        .first = (uint64_t)json_i64_or(record, STR("first"), 0),
        .created_ms = json_i64_or(record, STR("created"), 0),
        .modified_ms = json_i64_or(record, STR("modified"), 0),
        .attributes = *attributes,
    };
    sqs_queue_derive(source, out);
    load_state(source, out);
    return true;
}

bool sqs_queue_open(const struct source *source, json params, struct queue *out, struct error *err)
{
    str address, name;
    if (!sqs_param_text(source, params, STR("QueueUrl"), &address, err)) return false;
    if (sqs_queue_name(source, address, &name) && sqs_queue_load(source, name, out)) return true;
    if (str_find_char(address, '/', 0) < address.len || str_starts_with(address, STR("arn:")))
        return sqs_fail_no_queue(err);
    return error_set_long(err, source->arena, ERROR_SQS_INVALID_ADDRESS,
                          "The address %.*s is not valid for this endpoint.", STR_ARGS(address));
}

void sqs_queue_save(const struct source *source, const struct queue *queue)
{
    struct buf out;
    struct key key;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "id", (int64_t)queue->id);
    reply_i64(&out, "first", (int64_t)queue->first);
    reply_i64(&out, "created", queue->created_ms);
    reply_i64(&out, "modified", queue->modified_ms);
    reply_json(&out, "attributes", queue->attributes);
    reply_close(&out);
    key_queue(&key, source->number, queue->name, QUEUE_SETTINGS);
    txn_put(source->txn, &key, buf_str(&out));
}

/* ---- policy and tags ---- */

void sqs_queue_load_extra(const struct source *source, str name, str *policy, json *tags)
{
    struct key key;
    str text;
    *policy = STR("");
    *tags = (json){ .kind = JSON_OBJECT };
    key_queue(&key, source->number, name, QUEUE_EXTRA);
    if (!source_get(source, &key, &text)) return;
    json record = sqs_record_parse(source, text);
    *policy = json_str_or(record, STR("policy"), STR(""));
    const json *stored = json_find(record, STR("tags"));
    if (stored) *tags = *stored;
}

void sqs_queue_save_extra(const struct source *source, str name, str policy, json tags)
{
    struct buf out;
    struct key key;
    key_queue(&key, source->number, name, QUEUE_EXTRA);
    if (policy.len == 0 && json_count(tags) == 0) {
        txn_delete(source->txn, &key);
        return;
    }
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "policy", policy);
    reply_json(&out, "tags", tags);
    reply_close(&out);
    txn_put(source->txn, &key, buf_str(&out));
}

/* ---- what others wait for ---- */

void sqs_queue_announce(const struct source *source, const struct queue *queue, int64_t visible_ms,
                        size_t count)
{
    if (visible_ms - source->now_ms > (int64_t)SQS_WAIT_S_MAX * 1000)
        return; /* nobody waits that long */
    txn_notify(source->txn, sqs_topic(sqs_work_arena(source), queue->name), count);
}

void sqs_queue_expect_expiry(const struct source *source, struct queue *queue, int64_t sent_ms)
{
    struct queue_state *state = &queue->state;
    int64_t due_ms = sent_ms + queue->retention_ms;
    if (state->expiry_ms != 0 && state->expiry_ms <= due_ms) return;
    if (state->expiry_ms != 0) sqs_job_delete(source, state->expiry_ms, state->expiry_job);
    state->expiry_ms = due_ms;
    state->expiry_job = sqs_job_expire(source, due_ms, queue);
}

int64_t sqs_next_visible_ms(const struct source *source, str queue_name)
{
    struct queue queue;
    if (!sqs_queue_load(source, queue_name, &queue)) return INT64_MAX;
    int64_t next_ms = sqs_order_next_ms(source, &queue);
    bool full = queue.state.in_flight >= SQS_IN_FLIGHT_MAX;
    return full && next_ms <= source->now_ms ? source->now_ms + 1000 : next_ms;
}
