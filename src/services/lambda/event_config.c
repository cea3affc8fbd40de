/* The operations on event invoke configurations: how the asynchronous invocations of a function,
 * version or alias are retried, and where their outcomes go.
 *
 * KEY_FUNCTION_SETTING, SETTING_EVENT_CONFIG: {"v":1,"retries":n,"age":s,"destinations":{...},
 * "modified":ms}, under the qualifier, which is "$LATEST" for the function itself; what is not
 * configured is not there. */
#include "services/lambda/lambda_private.h"

/* ---- records ---- */

struct record {
    str qualifier;
    int64_t retries, age_s; /* -1: not configured */
    json destinations;      /* AWS's DestinationConfig; null: not configured */
    int64_t modified_ms;
};

static struct record decode(str qualifier, json record)
{
    const json *destinations = json_find(record, STR("destinations"));
    return (struct record){
        .qualifier = qualifier,
        .retries = json_i64_or(record, STR("retries"), -1),
        .age_s = json_i64_or(record, STR("age"), -1),
        .destinations = destinations ? *destinations : json_null(),
        .modified_ms = json_i64_or(record, STR("modified"), 0),
    };
}

static str kept_under(str qualifier)
{
    return qualifier.len > 0 ? qualifier : LATEST;
}

static bool load(const struct source *source, str name, str qualifier, struct record *out)
{
    struct key key;
    json record;
    key_function_setting(&key, source->number, name, SETTING_EVENT_CONFIG, kept_under(qualifier));
    if (!source_find(source, &key, &record)) return false;
    *out = decode(kept_under(qualifier), record);
    return true;
}

static void store(struct txn *txn, const struct source *source, str name,
                  const struct record *record)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "retries", record->retries);
    reply_i64(&out, "age", record->age_s);
    if (!json_is_null(record->destinations)) reply_json(&out, "destinations", record->destinations);
    reply_i64(&out, "modified", record->modified_ms);
    reply_close(&out);
    key_function_setting(&key, source->number, name, SETTING_EVENT_CONFIG, record->qualifier);
    txn_put(txn, &key, buf_str(&out));
}

static str destination(json destinations, const char *outcome)
{
    const json *member = param(destinations, outcome);
    return member ? param_str(*member, "Destination") : STR("");
}

struct event_config event_config_of(const struct source *source, str name, str qualifier)
{
    struct record record = { .retries = -1, .age_s = -1, .destinations = json_null() };
    (void)load(source, name, qualifier, &record);
    return (struct event_config){
        .retries = record.retries >= 0 ? record.retries : LAMBDA_RETRIES_MAX,
        .age_s = record.age_s >= 0 ? record.age_s : LAMBDA_EVENT_AGE_S_MAX,
        .on_success = destination(record.destinations, "OnSuccess"),
        .on_failure = destination(record.destinations, "OnFailure"),
    };
}

void settings_delete(struct txn *txn, const struct source *source, str name, str qualifier)
{
    struct key key;
    key_function_setting(&key, source->number, name, SETTING_POLICY, qualifier);
    txn_delete(txn, &key);
    key_function_setting(&key, source->number, name, SETTING_EVENT_CONFIG, qualifier);
    txn_delete(txn, &key);
}

static struct store_cursor *scan(const struct source *source, str name, str after)
{
    struct key from, to;
    key_function_setting(&from, source->number, name, SETTING_EVENT_CONFIG, after);
    if (after.len > 0) key_range_end(&from);
    key_begin(&to, source->number, KEY_FUNCTION_SETTING);
    key_add_text(&to, name);
    key_add_u8(&to, SETTING_EVENT_CONFIG + 1);
    return source_scan(source, &from, &to, false);
}

/* At most one of each kind for the function, its versions and its aliases. */
void settings_delete_all(struct txn *txn, const struct source *source, str name)
{
    struct key from, to, found;
    str key, value;
    key_begin(&from, source->number, KEY_FUNCTION_SETTING);
    key_add_text(&from, name);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        ASSERT_CMP(key.len, <=, sizeof found.bytes);
        memcpy(found.bytes, key.ptr, key.len);
        found.len = (uint16_t)key.len;
        txn_delete(txn, &found);
    }
    store_cursor_close(cursor);
}

/* ---- checks ---- */

static bool destination_fails(const struct source *source, json destinations, struct error *err)
{
    static const char *const outcomes[] = { "OnSuccess", "OnFailure" };
    str shown[2];
    for (size_t i = 0; i < 2; i++) {
        str arn = destination(destinations, outcomes[i]);
        shown[i] = arn.len == 0 ? STR("null")
                                : arena_printf(source->arena, "%s(destination=%.*s)", outcomes[i],
                                               STR_ARGS(arn));
    }
    return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                          "The provided destination config DestinationConfig(onSuccess=%.*s, "
                          "onFailure=%.*s) is invalid.",
                          STR_ARGS(shown[0]), STR_ARGS(shown[1]));
}

static bool destination_check(const struct source *source, str function, json destinations, str arn,
                              struct error *err)
{
    struct function_ref ref = { 0 };
    struct function_target target;
    struct error ignored = { 0 };
    static const char *const services[] = { ":sqs:", ":sns:", ":events:" };
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        if (str_find(arn, str_from(services[i]), 0) < arn.len) return true;
    if (arn.len == 0) return true;
    if (str_find(arn, STR(":lambda:"), 0) == arn.len)
        return destination_fails(source, destinations, err);
    if (!ref_read(source, arn, STR(""), &ref, &ignored) ||
        !target_find(source, &ref, &target, &ignored))
        return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                              "The destination ARN %.*s is invalid.", STR_ARGS(arn));
    return !str_eq(ref.name, function) ||
           error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "You can't specify the function as a destination for itself.");
}

/* What the call gives, over what there is. */
static bool apply(const struct source *source, str name, json params, struct record *record,
                  struct error *err)
{
    const json *given = param(params, "DestinationConfig");
    record->retries = json_i64_or(params, STR("MaximumRetryAttempts"), record->retries);
    record->age_s = json_i64_or(params, STR("MaximumEventAgeInSeconds"), record->age_s);
    record->modified_ms = source->now_ms;
    if (!given) return true;
    record->destinations = *given;
    return destination_check(source, name, *given, destination(*given, "OnFailure"), err) &&
           destination_check(source, name, *given, destination(*given, "OnSuccess"), err);
}

/* ---- operations ---- */

static void add_config(struct buf *out, const struct source *source, str name,
                       const struct record *record)
{
    static const char *const outcomes[] = { "OnSuccess", "OnFailure" };
    reply_time(out, "LastModified", record->modified_ms);
    reply_str(out, "FunctionArn", function_arn(source, name, record->qualifier));
    if (record->retries >= 0) reply_i64(out, "MaximumRetryAttempts", record->retries);
    if (record->age_s >= 0) reply_i64(out, "MaximumEventAgeInSeconds", record->age_s);
    reply_name(out, "DestinationConfig");
    reply_open(out);
    for (size_t i = 0; i < 2; i++) {
        reply_name(out, outcomes[i]);
        reply_open(out);
        reply_str_unless_empty(out, "Destination", destination(record->destinations, outcomes[i]));
        reply_close(out);
    }
    reply_close(out);
}

static enum handled reply_config(struct request *request, const struct source *source, str name,
                                 const struct record *record)
{
    struct buf *out = reply_begin(request);
    add_config(out, source, name, record);
    reply_close(out);
    return HANDLED;
}

static bool find_function(const struct source *source, json params, struct function_ref *ref,
                          struct error *err)
{
    struct function_target target;
    struct error ignored = { 0 };
    if (!ref_params(source, params, ref, err)) return false;
    return target_find(source, ref, &target, &ignored) ||
           error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND, "The function doesn't exist.");
}

static bool find_config(const struct source *source, const struct function_ref *ref,
                        struct record *out, struct error *err)
{
    return load(source, ref->name, ref->qualifier, out) ||
           error_set_long(err, source->arena, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                          "The function %.*s doesn't have an EventInvokeConfig",
                          STR_ARGS(function_arn(source, ref->name, kept_under(ref->qualifier))));
}

static bool gives_something(json params, struct error *err)
{
    return param(params, "MaximumRetryAttempts") || param(params, "MaximumEventAgeInSeconds") ||
           param(params, "DestinationConfig") ||
           error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "You must specify at least one of error handling or destination setting.");
}

enum handled handle_put_function_event_invoke_config(struct txn *txn, struct request *request,
                                                     struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref = { 0 };
    struct record record = { .retries = -1, .age_s = -1, .destinations = json_null() };
    if (!gives_something(request->params, err) ||
        !find_function(&source, request->params, &ref, err) ||
        !apply(&source, ref.name, request->params, &record, err))
        return HANDLED_FAILED;
    record.qualifier = kept_under(ref.qualifier);
    store(txn, &source, ref.name, &record);
    return reply_config(request, &source, ref.name, &record);
}

enum handled handle_update_function_event_invoke_config(struct txn *txn, struct request *request,
                                                        struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref = { 0 };
    struct record record = { 0 };
    if (!gives_something(request->params, err) ||
        !find_function(&source, request->params, &ref, err) ||
        !find_config(&source, &ref, &record, err) ||
        !apply(&source, ref.name, request->params, &record, err))
        return HANDLED_FAILED;
    store(txn, &source, ref.name, &record);
    return reply_config(request, &source, ref.name, &record);
}

enum handled handle_get_function_event_invoke_config(const struct reader *reader,
                                                     struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref = { 0 };
    struct record record = { 0 };
    if (!ref_params(&source, request->params, &ref, err) ||
        !find_config(&source, &ref, &record, err))
        return HANDLED_FAILED;
    return reply_config(request, &source, ref.name, &record);
}

enum handled handle_delete_function_event_invoke_config(struct txn *txn, struct request *request,
                                                        struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct function_ref ref = { 0 };
    struct record record = { 0 };
    struct key key;
    if (!ref_params(&source, request->params, &ref, err) ||
        !find_config(&source, &ref, &record, err))
        return HANDLED_FAILED;
    key_function_setting(&key, source.number, ref.name, SETTING_EVENT_CONFIG, record.qualifier);
    txn_delete(txn, &key);
    return reply_empty(request, 204);
}

static bool next(const struct source *source, struct store_cursor *cursor, struct record *out)
{
    str key, value, text;
    struct key_reader fields;
    uint8_t kind;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &text) ||
        !key_read_u8(&fields, &kind) || !key_read_text(&fields, &text))
        fatal("the key of an event invoke config does not decode");
    *out = decode(arena_str(source->arena, text), source_parse(source, value));
    return true;
}

enum handled handle_list_function_event_invoke_configs(const struct reader *reader,
                                                       struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct function_ref ref = { 0 };
    struct record record = { 0 };
    struct page page;
    size_t count = 0;
    bool more = false;
    str last = STR("");
    if (!find_function(&source, request->params, &ref, err)) return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "EventInvokeConfigs %.*s", STR_ARGS(ref.name));
    if (!list_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "FunctionEventInvokeConfigs");
    buf_add_char(out, '[');
    struct store_cursor *cursor = scan(&source, ref.name, page.position);
    while (next(&source, cursor, &record)) {
        more = count == page.limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        add_config(out, &source, ref.name, &record);
        reply_close(out);
        last = record.qualifier;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) list_next(&source, &page, out, last);
    reply_close(out);
    return HANDLED;
}
