/* RedrivePolicy, RedriveAllowPolicy, and the list of a dead-letter queue's sources. */
#include "services/sqs/internal.h"

static bool fail_policy(const struct source *source, struct error *err, str text,
                        const char *reason)
{
    return sqs_fail_value(source, err, text, "RedrivePolicy", reason);
}

static bool parse_map(const struct source *source, str text, json *out)
{
    struct error bad;
    return text.len <= SQS_POLICY_BYTES_MAX &&
           json_parse(text, sqs_work_arena(source), out, &bad) && json_is_object(*out);
}

/* A number, or a text that is one. */
static bool read_count(json policy, int64_t *out)
{
    const json *count = json_find(policy, STR("maxReceiveCount"));
    if (json_is_string(*count)) return str_to_i64(json_str(*count), out);
    return json_is_number(*count) && json_to_i64(*count, out);
}

static bool is_arn(str text)
{
    size_t colons = 0;
    for (size_t i = 0; i < text.len; i++)
        colons += text.ptr[i] == ':';
    return str_starts_with(text, STR("arn:")) && colons == 5;
}

/* What the dead-letter queue says about who may use it. */
static bool is_allowed(const struct source *source, const struct queue *dead_letters,
                       str queue_name)
{
    str text;
    json policy;
    if (!json_find_str(dead_letters->attributes, STR("RedriveAllowPolicy"), &text)) return true;
    if (!parse_map(source, text, &policy)) fatal("a redrive allow policy does not decode");
    str permission = json_str_or(policy, STR("redrivePermission"), STR("allowAll"));
    if (!str_eq(permission, STR("byQueue"))) return !str_eq(permission, STR("denyAll"));
    const json *arns = json_find(policy, STR("sourceQueueArns"));
    str own = sqs_queue_arn(source, queue_name);
    for (size_t i = 0; arns && i < json_count(*arns); i++)
        if (str_eq(json_str(json_at(*arns, i)), own)) return true;
    return false;
}

static bool check_target(const struct source *source, str queue_name, str text, str arn,
                         struct error *err)
{
    struct queue dead_letters;
    str name;
    if (!is_arn(arn))
        return fail_policy(source, err, text, "Invalid value for deadLetterTargetArn.");
    if (str_find(arn, STR(":sqs:"), 0) == arn.len)
        return fail_policy(source, err, text,
                           "Only SQS queues are valid resources for deadLetterTargetArn.");
    if (!sqs_queue_name(source, arn, &name) || !sqs_queue_load(source, name, &dead_letters))
        return fail_policy(source, err, text, "Dead letter target does not exist.");
    if (dead_letters.is_fifo != str_ends_with(queue_name, STR(".fifo")))
        return fail_policy(source, err, text,
                           "Dead-letter queue must be same type of queue as the source.");
    if (!is_allowed(source, &dead_letters, queue_name))
        return fail_policy(source, err, text,
                           "The redrive allow policy of the dead-letter queue does not allow this "
                           "source queue.");
    return true;
}

bool sqs_redrive_policy_read(const struct source *source, str queue_name, str text, str *normal,
                             struct error *err)
{
    json policy;
    str arn;
    int64_t count;
    *normal = STR("");
    if (text.len == 0) return true;
    if (!parse_map(source, text, &policy))
        return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                         "Invalid value for the parameter RedrivePolicy. Reason: Redrive policy is "
                         "not a valid JSON map.");
    if (!json_find(policy, STR("maxReceiveCount")))
        return fail_policy(source, err, text,
                           "Redrive policy does not contain mandatory attribute: maxReceiveCount.");
    if (!json_find_str(policy, STR("deadLetterTargetArn"), &arn))
        return fail_policy(
            source, err, text,
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
    if (!read_count(policy, &count) || count < 1 || count > SQS_RECEIVES_MAX) {
        str given = json_text(sqs_work_arena(source), *json_find(policy, STR("maxReceiveCount")));
        str reason = arena_printf(sqs_work_arena(source),
                                  "Invalid value for maxReceiveCount: %.*s, valid values are from "
                                  "1 to 1000 both inclusive.",
                                  STR_ARGS(given));
        return fail_policy(source, err, text, arena_cstr(sqs_work_arena(source), reason));
    }
    if (json_count(policy) > 2)
        return fail_policy(source, err, text,
                           "Only following attributes are supported: [deadLetterTargetArn, "
                           "maxReceiveCount].");
    if (!check_target(source, queue_name, text, arn, err)) return false;
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_str(&out, "deadLetterTargetArn", arn);
    reply_i64(&out, "maxReceiveCount", count);
    reply_close(&out);
    *normal = buf_str(&out);
    return true;
}

/* ---- the allow policy ---- */

static bool fail_format(struct error *err)
{
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE,
                     "Invalid value for the parameter RedriveAllowPolicy. Reason: Amazon SQS can't "
                     "create the redrive allow policy, as it’s in an unsupported format.");
}

static bool check_sources(const struct source *source, str text, str permission, const json *arns,
                          struct error *err)
{
    const char *reason = NULL;
    bool by_queue = str_eq(permission, STR("byQueue"));
    if (arns && !by_queue)
        reason = "Amazon SQS can't create the redrive allow policy. To specify one or more source "
                 "queue ARNs, you must set redrivePermission to byQueue.";
    else if (by_queue && (!arns || json_count(*arns) == 0))
        reason = "Amazon SQS can't create the redrive allow policy. When you specify the byQueue "
                 "permission type, you must also specify one or more sourceQueueArns values.";
    else if (arns && json_count(*arns) > SQS_SOURCE_QUEUES_MAX)
        reason = "Amazon SQS can't create the redrive allow policy. The maximum number of source "
                 "queue ARNs you can specify is 10.";
    return !reason || sqs_fail_value(source, err, text, "RedriveAllowPolicy", reason);
}

bool sqs_redrive_allow_policy_read(const struct source *source, str text, str *normal,
                                   struct error *err)
{
    json policy;
    str permission;
    *normal = STR("");
    if (text.len == 0) return true;
    if (!parse_map(source, text, &policy) ||
        !json_find_str(policy, STR("redrivePermission"), &permission))
        return fail_format(err);
    const json *arns = json_find(policy, STR("sourceQueueArns"));
    bool known = str_eq(permission, STR("allowAll")) || str_eq(permission, STR("denyAll")) ||
                 str_eq(permission, STR("byQueue"));
    if (!known || json_count(policy) > (arns ? 2u : 1u) || (arns && !json_is_array(*arns)))
        return fail_format(err);
    for (size_t i = 0; arns && i < json_count(*arns); i++)
        if (!json_is_string(json_at(*arns, i))) return fail_format(err);
    if (!check_sources(source, text, permission, arns, err)) return false;
    *normal = json_text(sqs_work_arena(source), policy);
    return true;
}

/* ---- the list of sources ---- */

static void source_key(const struct source *source, str dead_letters, str queue_name,
                       struct key *key)
{
    str text = arena_printf(sqs_work_arena(source), "%.*s/%.*s", STR_ARGS(dead_letters),
                            STR_ARGS(queue_name));
    key_queue_note(key, source->number, 0, NOTE_SOURCE, 0, text);
}

void sqs_redrive_link(const struct source *source, str dead_letters, str queue_name, bool add)
{
    struct key key;
    source_key(source, dead_letters, queue_name, &key);
    if (add)
        txn_put(source->txn, &key, STR("{\"v\":1}"));
    else
        txn_delete(source->txn, &key);
}

struct store_cursor *sqs_redrive_sources(const struct source *source, str dead_letters, str after)
{
    struct key from, to;
    source_key(source, dead_letters, after, &from);
    if (after.len > 0) key_range_end(&from);
    source_key(source, dead_letters, STR(""), &to);
    to.len--; /* without the NUL: all that begins so */
    key_range_end(&to);
    return source_scan(source, &from, &to, false);
}

str sqs_redrive_source(str key)
{
    struct key_reader fields;
    uint64_t queue, number;
    uint8_t section;
    str text;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &queue) ||
        !key_read_u8(&fields, &section) || !key_read_u64(&fields, &number) ||
        !key_read_text(&fields, &text))
        fatal("the key of a source queue does not decode");
    return str_skip(text, str_find_char(text, '/', 0) + 1);
}
