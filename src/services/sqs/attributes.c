/* The attributes of a queue: GetQueueAttributes, SetQueueAttributes, and what CreateQueue takes.
 * Names, ranges and defaults are those of the service model's documentation. */
#include "services/sqs/internal.h"

enum attribute_kind {
    ATTRIBUTE_SHOWN,  /* cannot be set */
    ATTRIBUTE_NUMBER, /* min to max */
    ATTRIBUTE_CHOICE, /* one of two */
    ATTRIBUTE_TEXT,   /* any; an empty one removes it */
    ATTRIBUTE_POLICY, /* a JSON object of its own; likewise */
};

struct attribute {
    const char *name;
    enum attribute_kind kind;
    bool fifo; /* only of FIFO queues */
    int64_t min, max;
    const char *choices[2];
    const char *standard; /* the default; NULL: not shown unless set */
};

/* In the order in which they are shown. */
static const struct attribute attributes_known[] = {
    { "QueueArn", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "ApproximateNumberOfMessages", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "ApproximateNumberOfMessagesNotVisible", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "ApproximateNumberOfMessagesDelayed", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "CreatedTimestamp", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "LastModifiedTimestamp", ATTRIBUTE_SHOWN, false, 0, 0, { 0 }, NULL },
    { "VisibilityTimeout", ATTRIBUTE_NUMBER, false, 0, SQS_VISIBILITY_S_MAX, { 0 }, "30" },
    { "MaximumMessageSize",
      ATTRIBUTE_NUMBER,
      false,
      SQS_MESSAGE_BYTES_MIN,
      SQS_MESSAGE_BYTES_MAX,
      { 0 },
      "1048576" },
    { "MessageRetentionPeriod",
      ATTRIBUTE_NUMBER,
      false,
      SQS_RETENTION_S_MIN,
      SQS_RETENTION_S_MAX,
      { 0 },
      "345600" },
    { "DelaySeconds", ATTRIBUTE_NUMBER, false, 0, SQS_DELAY_S_MAX, { 0 }, "0" },
    { "Policy", ATTRIBUTE_POLICY, false, 0, 0, { 0 }, NULL },
    { "RedrivePolicy", ATTRIBUTE_POLICY, false, 0, 0, { 0 }, NULL },
    { "ReceiveMessageWaitTimeSeconds", ATTRIBUTE_NUMBER, false, 0, SQS_WAIT_S_MAX, { 0 }, "0" },
    { "FifoQueue", ATTRIBUTE_SHOWN, true, 0, 0, { 0 }, "true" },
    { "DeduplicationScope", ATTRIBUTE_CHOICE, true, 0, 0, { "queue", "messageGroup" }, "queue" },
    { "FifoThroughputLimit",
      ATTRIBUTE_CHOICE,
      true,
      0,
      0,
      { "perQueue", "perMessageGroupId" },
      "perQueue" },
    { "ContentBasedDeduplication", ATTRIBUTE_CHOICE, true, 0, 0, { "true", "false" }, "false" },
    { "KmsMasterKeyId", ATTRIBUTE_TEXT, false, 0, 0, { 0 }, NULL },
    { "KmsDataKeyReusePeriodSeconds", ATTRIBUTE_NUMBER, false, 60, 86400, { 0 }, NULL },
    { "RedriveAllowPolicy", ATTRIBUTE_POLICY, false, 0, 0, { 0 }, NULL },
    { "SqsManagedSseEnabled", ATTRIBUTE_CHOICE, false, 0, 0, { "true", "false" }, "true" },
};
enum { ATTRIBUTES = sizeof attributes_known / sizeof *attributes_known };

const char *sqs_attribute_name(size_t index)
{
    return index < ATTRIBUTES ? attributes_known[index].name : NULL;
}

static const struct attribute *find(str name)
{
    for (size_t i = 0; i < ATTRIBUTES; i++)
        if (str_eq(name, str_from(attributes_known[i].name))) return &attributes_known[i];
    return NULL;
}

/* ---- checks ---- */

static bool fail_unknown(const struct source *source, struct error *err, str name)
{
    return error_set_long(err, source->arena, ERROR_SQS_INVALID_ATTRIBUTE_NAME,
                          "Unknown Attribute %.*s.", STR_ARGS(name));
}

static bool fail_attribute(struct error *err, const struct attribute *attribute)
{
    return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_VALUE, "Invalid value for the parameter %s.",
                     attribute->name);
}

/* FifoQueue can be said when a FIFO queue is made; later it can only be repeated. */
static bool check_fifo(const struct source *source, bool is_fifo, bool is_new, str value,
                       struct error *err)
{
    bool said = str_eq(value, STR("true"));
    if (is_fifo && said) return true;
    if (is_new || !is_fifo) return fail_unknown(source, err, STR("FifoQueue"));
    return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_VALUE,
                     "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is "
                     "not supported.");
}

static bool fail_not_fifo(struct error *err, const struct attribute *attribute, bool is_new)
{
    if (is_new || str_eq(str_from(attribute->name), STR("ContentBasedDeduplication")))
        return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_NAME, "Unknown Attribute %s.",
                         attribute->name);
    return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_NAME,
                     "You can specify the %s only when FifoQueue is set to true.", attribute->name);
}

static bool check_policy(str text, const struct source *source, const struct attribute *attribute,
                         struct error *err)
{
    json policy;
    struct error bad;
    if (text.len == 0) return true;
    if (text.len <= SQS_POLICY_BYTES_MAX &&
        json_parse(text, sqs_work_arena(source), &policy, &bad) && json_is_object(policy) &&
        json_find(policy, STR("Statement")))
        return true;
    return fail_attribute(err, attribute);
}

/* Checks a value and gives its normal form. */
static bool read_value(const struct source *source, str queue_name,
                       const struct attribute *attribute, str value, str *normal, struct error *err)
{
    int64_t number;
    *normal = value;
    switch (attribute->kind) {
    case ATTRIBUTE_SHOWN: return fail_unknown(source, err, str_from(attribute->name));
    case ATTRIBUTE_NUMBER:
        if (!str_to_i64(value, &number) || number < attribute->min || number > attribute->max)
            return fail_attribute(err, attribute);
        *normal = arena_printf(sqs_work_arena(source), "%lld", (long long)number);
        return true;
    case ATTRIBUTE_CHOICE:
        return str_eq(value, str_from(attribute->choices[0])) ||
               str_eq(value, str_from(attribute->choices[1])) || fail_attribute(err, attribute);
    case ATTRIBUTE_TEXT: return value.len <= SQS_POLICY_BYTES_MAX || fail_attribute(err, attribute);
    case ATTRIBUTE_POLICY:
        if (str_eq(str_from(attribute->name), STR("RedrivePolicy")))
            return sqs_redrive_policy_read(source, queue_name, value, normal, err);
        if (str_eq(str_from(attribute->name), STR("RedriveAllowPolicy")))
            return sqs_redrive_allow_policy_read(source, value, normal, err);
        return check_policy(value, source, attribute, err);
    }
    fatal("no such kind of attribute: %d", (int)attribute->kind);
}

/* What attributes mean to each other. */
static bool check_together(json wanted, json merged, struct error *err)
{
    bool managed = str_eq(json_str_or(wanted, STR("SqsManagedSseEnabled"), STR("")), STR("true"));
    if (managed && json_str_or(merged, STR("KmsMasterKeyId"), STR("")).len > 0)
        return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_NAME,
                         "You can use one type of server-side encryption (SSE) at one time. You "
                         "can either enable KMS SSE or SQS SSE.");
    if (str_eq(json_str_or(merged, STR("FifoThroughputLimit"), STR("")),
               STR("perMessageGroupId")) &&
        !str_eq(json_str_or(merged, STR("DeduplicationScope"), STR("")), STR("messageGroup")))
        return error_set(err, ERROR_SQS_INVALID_ATTRIBUTE_VALUE,
                         "The perMessageGroupId value is allowed only when the value for "
                         "DeduplicationScope is messageGroup.");
    return true;
}

/* One attribute into `merged`. */
static bool merge_one(const struct source *source, str queue_name, bool is_new, str name,
                      json value, struct json_fields *merged, str *policy, struct error *err)
{
    const struct attribute *attribute = find(name);
    bool is_fifo = str_ends_with(queue_name, STR(".fifo"));
    str normal;
    if (json_is_null(value)) return true;
    if (str_eq(name, STR("FifoQueue")))
        return check_fifo(source, is_fifo, is_new, json_str(value), err);
    if (!attribute) return fail_unknown(source, err, name);
    if (attribute->fifo && !is_fifo) return fail_not_fifo(err, attribute, is_new);
    if (!read_value(source, queue_name, attribute, json_str(value), &normal, err)) return false;
    if (str_eq(name, STR("Policy")))
        *policy = normal;
    else
        json_fields_add(merged, str_from(attribute->name), json_string(normal));
    return true;
}

/* Without those that an empty text removes. */
static json without_empty(const struct source *source, json attributes)
{
    struct json_fields left;
    json_fields_init(&left, sqs_work_arena(source));
    for (size_t i = 0; i < json_count(attributes); i++)
        if (json_str(json_value_at(attributes, i)).len > 0)
            json_fields_add(&left, json_key_at(attributes, i), json_value_at(attributes, i));
    return json_fields_done(&left);
}

bool sqs_attributes_merge(const struct source *source, str queue_name, bool is_new, json wanted,
                          json *attributes, str *policy, struct error *err)
{
    struct json_fields merged;
    json_fields_from(&merged, sqs_work_arena(source), *attributes);
    for (size_t i = 0; i < json_count(wanted); i++)
        if (!merge_one(source, queue_name, is_new, json_key_at(wanted, i), json_value_at(wanted, i),
                       &merged, policy, err))
            return false;
    json all = without_empty(source, json_fields_done(&merged));
    if (!check_together(wanted, all, err)) return false;
    if (json_str_or(wanted, STR("KmsMasterKeyId"), STR("")).len > 0) {
        json_fields_from(&merged, sqs_work_arena(source), all);
        json_fields_add(&merged, STR("SqsManagedSseEnabled"), json_string(STR("false")));
        all = json_fields_done(&merged);
    }
    *attributes = all;
    return true;
}

/* ---- showing ---- */

static str number_text(const struct source *source, int64_t number)
{
    return arena_printf(sqs_work_arena(source), "%lld", (long long)number);
}

static str show_computed(const struct source *source, const struct queue *queue, const char *name)
{
    const struct queue_state *state = &queue->state;
    if (strcmp(name, "QueueArn") == 0) return sqs_queue_arn(source, queue->name);
    if (strcmp(name, "ApproximateNumberOfMessages") == 0)
        return number_text(source, state->total - state->in_flight - state->delayed);
    if (strcmp(name, "ApproximateNumberOfMessagesNotVisible") == 0)
        return number_text(source, state->in_flight);
    if (strcmp(name, "ApproximateNumberOfMessagesDelayed") == 0)
        return number_text(source, state->delayed);
    if (strcmp(name, "CreatedTimestamp") == 0) return number_text(source, queue->created_ms / 1000);
    if (strcmp(name, "LastModifiedTimestamp") == 0)
        return number_text(source, queue->modified_ms / 1000);
    return STR("");
}

bool sqs_attribute_show(const struct source *source, const struct queue *queue, str policy,
                        str name, str *out)
{
    const struct attribute *attribute = find(name);
    if (!attribute || (attribute->fifo && !queue->is_fifo)) return false;
    *out = show_computed(source, queue, attribute->name);
    if (out->len > 0) return true;
    if (str_eq(name, STR("Policy"))) {
        *out = policy;
        return policy.len > 0;
    }
    if (json_find_str(queue->attributes, name, out)) return true;
    *out = str_from(attribute->standard);
    if (str_eq(name, STR("KmsDataKeyReusePeriodSeconds")) &&
        json_find(queue->attributes, STR("KmsMasterKeyId")))
        *out = STR("300");
    return out->len > 0;
}

str sqs_attributes_difference(const struct source *source, const struct queue *queue, str policy,
                              json wanted)
{
    for (size_t i = 0; i < json_count(wanted); i++) {
        str name = json_key_at(wanted, i), has = STR("");
        if (!sqs_attribute_show(source, queue, policy, name, &has)) has = STR("");
        if (!str_eq(has, json_str(json_value_at(wanted, i)))) return name;
    }
    return STR("");
}

/* ---- the operations ---- */

static bool check_shown_names(const struct source *source, json names, struct error *err)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str name = json_str(json_at(names, i));
        if (!str_eq(name, STR("All")) && !find(name)) return fail_unknown(source, err, name);
    }
    return true;
}

static bool is_named(json names, const char *name)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str wanted = json_str(json_at(names, i));
        if (str_eq(wanted, STR("All")) || str_eq(wanted, str_from(name))) return true;
    }
    return false;
}

enum handled sqs_handle_get_queue_attributes(const struct reader *reader, struct request *request,
                                             struct error *err)
{
    struct source source = source_from_reader(reader, request);
    const json *given = json_find(request->params, STR("AttributeNames"));
    json names = given && json_is_array(*given) ? *given : json_array(NULL, 0), tags;
    struct queue queue;
    str policy, value;
    if (!sqs_queue_open(&source, request->params, &queue, err) ||
        !check_shown_names(&source, names, err))
        return HANDLED_FAILED;
    sqs_queue_load_extra(&source, queue.name, &policy, &tags);
    sqs_order_ripen(&source, &queue, SQS_RIPEN_READ_MAX, true);
    struct buf *out = reply_begin(request);
    if (json_count(names) > 0) {
        reply_name(out, "Attributes");
        reply_open(out);
        for (size_t i = 0; i < ATTRIBUTES; i++) {
            const char *name = attributes_known[i].name;
            if (is_named(names, name) &&
                sqs_attribute_show(&source, &queue, policy, str_from(name), &value))
                reply_str(out, name, value);
        }
        reply_close(out);
    }
    reply_close(out);
    return HANDLED;
}

/* A shorter time to keep messages concerns those that are there. */
static void expire_again(const struct source *source, struct queue *queue)
{
    struct queue_state *state = &queue->state;
    if (state->expiry_ms != 0) sqs_job_delete(source, state->expiry_ms, state->expiry_job);
    state->expiry_ms = 0;
    if (state->total == 0) return;
    state->expiry_ms = source->now_ms;
    state->expiry_job = sqs_job_expire(source, source->now_ms, queue);
}

enum handled sqs_handle_set_queue_attributes(struct txn *txn, struct request *request,
                                             struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    const json *wanted = json_find(request->params, STR("Attributes"));
    struct queue queue;
    str policy;
    json tags;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    if (!wanted || json_is_null(*wanted)) {
        sqs_fail_missing(&source, err, STR("Attribute.Name"));
        return HANDLED_FAILED;
    }
    sqs_queue_load_extra(&source, queue.name, &policy, &tags);
    if (!sqs_attributes_merge(&source, queue.name, false, *wanted, &queue.attributes, &policy, err))
        return HANDLED_FAILED;
    str dead_letters = queue.dead_letters;
    int64_t retention_ms = queue.retention_ms;
    queue.modified_ms = source.now_ms;
    sqs_queue_derive(&source, &queue);
    if (!str_eq(dead_letters, queue.dead_letters)) {
        if (dead_letters.len > 0) sqs_redrive_link(&source, dead_letters, queue.name, false);
        if (queue.dead_letters.len > 0)
            sqs_redrive_link(&source, queue.dead_letters, queue.name, true);
    }
    if (retention_ms != queue.retention_ms) expire_again(&source, &queue);
    sqs_queue_save(&source, &queue);
    sqs_queue_save_state(&source, &queue);
    sqs_queue_save_extra(&source, queue.name, policy, tags);
    reply_close(reply_begin(request));
    return HANDLED;
}
