/* What queues are called, and the errors that many operations share. Texts are AWS's as recorded
 * (LocalStack's snapshots of AWS, issues that quote AWS). */
#include "services/sqs/internal.h"

/* ---- names ---- */

bool sqs_queue_name_is_good(str name, bool is_fifo)
{
    if (name.len == 0 || name.len > SQS_NAME_CHARS_MAX) return false;
    if (is_fifo != str_ends_with(name, STR(".fifo"))) return false;
    size_t end = is_fifo ? name.len - 5 : name.len;
    if (end == 0) return false;
    for (size_t i = 0; i < end; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-';
        if (!good) return false;
    }
    return true;
}

static bool is_any_name(str name)
{
    return sqs_queue_name_is_good(name, str_ends_with(name, STR(".fifo")));
}

/* arn:PARTITION:sqs:REGION:ACCOUNT:NAME */
static bool name_from_arn(const struct source *source, str arn, str *name)
{
    str parts[6];
    str rest = arn;
    for (size_t i = 0; i < 5; i++) {
        size_t colon = str_find_char(rest, ':', 0);
        if (colon == rest.len) return false;
        parts[i] = str_slice(rest, 0, colon);
        rest = str_skip(rest, colon + 1);
    }
    *name = rest;
    return str_eq(parts[2], STR("sqs")) && str_eq(parts[3], shard_region(source->shard)) &&
           str_eq(parts[4], shard_account(source->shard));
}

static size_t last_slash(str text)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '/')
        at--;
    return at; /* behind the slash; 0: none */
}

static bool name_from_url(const struct source *source, str url, str *name)
{
    size_t at = last_slash(url);
    if (at == 0) return false;
    str before = str_slice(url, 0, at - 1);
    str owner = str_skip(before, last_slash(before));
    *name = str_skip(url, at);
    return str_eq(owner, shard_account(source->shard)) || str_eq(owner, STR("queue"));
}

bool sqs_queue_name(const struct source *source, str address, str *name)
{
    bool ours = str_starts_with(address, STR("arn:")) ? name_from_arn(source, address, name)
                                                      : name_from_url(source, address, name);
    return ours && is_any_name(*name);
}

str sqs_topic(struct arena *arena, str queue_name)
{
    return arena_printf(arena, "sqs:%.*s", STR_ARGS(queue_name));
}

str sqs_queue_arn(const struct source *source, str name)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:sqs:%.*s:%.*s:%.*s", STR_ARGS(region),
                        STR_ARGS(account), STR_ARGS(name));
}

str sqs_queue_url(const struct source *source, const struct request *request, str name)
{
    str account = shard_account(source->shard);
    if (request->host.len > 0)
        return arena_printf(source->arena, "http://%.*s/%.*s/%.*s", STR_ARGS(request->host),
                            STR_ARGS(account), STR_ARGS(name));
    str endpoint = shard_endpoint(source->shard);
    return arena_printf(source->arena, "%.*s/%.*s/%.*s", STR_ARGS(endpoint), STR_ARGS(account),
                        STR_ARGS(name));
}

/* ---- errors ---- */

bool sqs_fail_value(const struct source *source, struct error *err, str value, const char *name,
                    const char *reason)
{
    return error_set_long(err, source->arena, ERROR_SQS_INVALID_PARAMETER_VALUE,
                          "Value %.*s for parameter %s is invalid. Reason: %s", STR_ARGS(value),
                          name, reason);
}

bool sqs_fail_number(const struct source *source, struct error *err, int64_t value,
                     const char *name, const char *reason)
{
    return error_set_long(err, source->arena, ERROR_SQS_INVALID_PARAMETER_VALUE,
                          "Value %lld for parameter %s is invalid. Reason: %s", (long long)value,
                          name, reason);
}

bool sqs_fail_missing(const struct source *source, struct error *err, str name)
{
    return error_set_long(err, source->arena, ERROR_SQS_MISSING_PARAMETER,
                          "The request must contain the parameter %.*s.", STR_ARGS(name));
}

bool sqs_fail_no_queue(struct error *err)
{
    return error_set(err, ERROR_SQS_QUEUE_DOES_NOT_EXIST, "The specified queue does not exist.");
}

bool sqs_param_text(const struct source *source, json params, str name, str *out, struct error *err)
{
    if (json_find_str(params, name, out) && out->len > 0) return true;
    return sqs_fail_missing(source, err, name);
}

/* ---- records ---- */

struct arena *sqs_work_arena(const struct source *source)
{
    return source->txn ? txn_arena(source->txn) : source->arena;
}

/* source_parse without its copy of the text: a message may be long. */
json sqs_record_parse(const struct source *source, str text)
{
    json value;
    struct error err = { 0 };
    if (!json_parse(text, sqs_work_arena(source), &value, &err))
        fatal("a record of SQS does not decode: %.*s: the store is damaged",
              STR_ARGS(error_text(&err)));
    if (json_i64_or(value, STR("v"), 0) != 1)
        fatal("a record of SQS was written by a newer version");
    return value;
}
