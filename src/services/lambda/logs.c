/* GetFunctionLog, an operation of Baton's own: what a function has printed, for `baton logs`.
 *
 *   {"FunctionName","After":n,"Limit":n} -> {"Events":[{"id","timestamp","stream","message"}],
 *                                            "Next":n}; `Next` is `After` of the next call */
#include "services/lambda/lambda_private.h"

enum { LOG_EVENTS_DEFAULT = 1000 };

str log_group_of(const struct source *source, str function, json settings)
{
    const json *logging = param(settings, "LoggingConfig");
    str group = arena_printf(source->arena, "/aws/lambda/%.*s", STR_ARGS(function));
    return logging ? json_str_or(*logging, STR("LogGroup"), group) : group;
}

enum handled handle_get_function_log(const struct reader *reader, struct request *request,
                                     struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct effects *effects = carrier_effects(source.shard);
    struct function_ref ref;
    struct function_target target;
    int64_t after = json_i64_or(request->params, STR("After"), 0);
    int64_t limit = json_i64_or(request->params, STR("Limit"), LOG_EVENTS_DEFAULT);
    uint64_t next = after > 0 ? (uint64_t)after : 0;
    if (!ref_params(&source, request->params, &ref, err) ||
        !target_find(&source, &ref, &target, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Events");
    buf_add_char(out, '[');
    str group = log_group_of(&source, ref.name, target.config.settings);
    if (effects) functions_log_read(effects, group, next, (size_t)limit, out, &next);
    buf_add_char(out, ']');
    reply_i64(out, "Next", (int64_t)next);
    reply_close(out);
    return HANDLED;
}

json lambda_log_groups(const struct source *source)
{
    struct key from, to;
    str key, value, name;
    struct key_reader reader;
    struct json_list groups;
    json_list_init(&groups, source->arena);
    key_begin(&from, source->number, KEY_FUNCTION);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        struct function_record function;
        /* The record without a name holds what all functions amount to. */
        if (!key_read_begin(&reader, key) || !key_read_text(&reader, &name)) continue;
        name = arena_str(source->arena, name);
        if (name.len > 0 && function_load(source, name, &function))
            json_list_add(&groups,
                          json_string(log_group_of(source, name, function.latest.settings)));
    }
    store_cursor_close(cursor);
    return json_list_done(&groups);
}
