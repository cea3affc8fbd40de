/* What a target gets of an event. Source: EventBridge User Guide, "Amazon EventBridge input
 * transformation". */
#include "expr/expr.h"
#include "services/events/internal.h"

/* ---- paths ---- */

static bool compile(struct arena *arena, str path, const struct expr **out)
{
    struct expr_compiler compiler = { .arena = arena };
    return expr_compile_path(&compiler, path, EXPR_ALLOW_PATH, out);
}

/* False if the path finds nothing. */
static bool look_up(struct arena *arena, str path, json event, json *out)
{
    const struct expr *expr;
    struct expr_failure failure;
    struct expr_env env = { .input = event, .arena = arena };
    return compile(arena, path, &expr) && expr_find(expr, &env, out, &failure) == EXPR_FOUND;
}

/* ---- templates ---- */

struct filling {
    struct arena *arena;
    json event, paths;
    str rule_arn, rule_name;
};

/* The value of <name>; null if its path finds nothing, as AWS has it. */
static json value_of(const struct filling *filling, str name)
{
    str path;
    json value;
    if (str_eq(name, STR("aws.events.rule-arn"))) return json_string(filling->rule_arn);
    if (str_eq(name, STR("aws.events.rule-name"))) return json_string(filling->rule_name);
    if (str_eq(name, STR("aws.events.event.ingestion-time"))) {
        str time = json_str_or(filling->event, STR("time"), STR(""));
        return json_string(time);
    }
    if (str_eq(name, STR("aws.events.event")) || str_eq(name, STR("aws.events.event.json")))
        return filling->event;
    if (!json_find_str(filling->paths, name, &path)) return json_null();
    return look_up(filling->arena, path, filling->event, &value) ? value : json_null();
}

/* Inside a string a value stands without quotes of its own; elsewhere it stands as JSON. */
static void add_value(struct buf *out, struct arena *arena, json value, bool in_string)
{
    if (!in_string) {
        json_write(out, value);
        return;
    }
    str text = json_is_string(value) ? json_str(value) : json_text(arena, value);
    struct buf quoted;
    buf_init(&quoted, arena);
    json_write_str(&quoted, text);
    buf_add(out, str_slice(buf_str(&quoted), 1, quoted.len - 1));
}

/* The end of <name> at `at`, or 0 if no placeholder begins there. */
static size_t placeholder_end(str text, size_t at)
{
    for (size_t i = at + 1; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '>') return i > at + 1 ? i : 0;
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '.';
        if (!good) return 0;
    }
    return 0;
}

static str fill(const struct filling *filling, str template)
{
    struct buf out;
    bool in_string = false;
    buf_init(&out, filling->arena);
    for (size_t i = 0; i < template.len; i++) {
        char c = template.ptr[i];
        size_t end = c == '<' ? placeholder_end(template, i) : 0;
        if (end > 0) {
            json value = value_of(filling, str_slice(template, i + 1, end));
            add_value(&out, filling->arena, value, in_string);
            i = end;
            continue;
        }
        if (c == '\\' && in_string && i + 1 < template.len) buf_add_char(&out, template.ptr[i++]);
        if (c == '"') in_string = !in_string;
        buf_add_char(&out, template.ptr[i]);
    }
    return buf_str(&out);
}

/* A template that is one quoted text gives the text itself. */
static str unquoted(struct arena *arena, str text)
{
    json value;
    struct error err;
    str trimmed = str_trim(text);
    if (!str_starts_with(trimmed, STR("\""))) return text;
    if (!json_parse(trimmed, arena, &value, &err) || !json_is_string(value)) return text;
    return json_str(value);
}

str target_input(struct arena *arena, json target, json event, str arn, str name)
{
    str text;
    json value;
    if (json_find_str(target, STR("Input"), &text)) return text;
    if (json_find_str(target, STR("InputPath"), &text))
        return look_up(arena, text, event, &value) ? json_text(arena, value) : STR("null");
    const json *transformer = json_find(target, STR("InputTransformer"));
    if (!transformer) return json_text(arena, event);
    const json *paths = json_find(*transformer, STR("InputPathsMap"));
    struct filling filling = { arena, event, paths ? *paths : json_null(), arn, name };
    return unquoted(arena,
                    fill(&filling, json_str_or(*transformer, STR("InputTemplate"), STR(""))));
}

/* ---- checking ---- */

static bool check_path(struct arena *arena, str path, struct error *err)
{
    const struct expr *expr;
    return compile(arena, path, &expr) ||
           error_set(err, ERROR_VALIDATION, "Invalid InputPath for target : %.*s.",
                     (int)(path.len < 200 ? path.len : 200), path.ptr);
}

bool target_check_input(struct arena *arena, json target, struct error *err)
{
    str path;
    const json *transformer = json_find(target, STR("InputTransformer"));
    int given = (json_find(target, STR("Input")) != NULL) +
                (json_find(target, STR("InputPath")) != NULL) + (transformer != NULL);
    if (given > 1)
        return error_set(err, ERROR_VALIDATION,
                         "Only one of Input, InputPath, or InputTransformer must be provided for "
                         "target %.*s.",
                         STR_ARGS(json_str_or(target, STR("Id"), STR(""))));
    if (json_find_str(target, STR("InputPath"), &path) && !check_path(arena, path, err))
        return false;
    const json *paths = transformer ? json_find(*transformer, STR("InputPathsMap")) : NULL;
    for (size_t i = 0; paths && i < json_count(*paths); i++) {
        if (i == EVENTS_TEMPLATE_PATHS_MAX)
            return error_set(err, ERROR_VALIDATION, "InputPathsMap has too many entries.");
        json value = json_value_at(*paths, i);
        if (json_is_string(value) && !check_path(arena, json_str(value), err)) return false;
    }
    return true;
}
