/* Warnings: definitions that AWS accepts and that do not do what was meant.
 *
 * NO_DOLLAR, NO_PATH and PASS_RESULT_IS_STATIC are AWS's. The others are about callbacks, where a
 * mistake shows only when nobody answers: NO_TIMEOUT, NO_HEARTBEAT, TASK_TOKEN_NOT_PASSED,
 * TASK_TOKEN_AS_TEXT. Every message says the fix. */
#include "asl/compile.h"

enum { LONG_TIMEOUT_S = 24 * 60 * 60 };

/* Texts that are meant as the task token: $$.Task.Token, $.Task.Token, $states.context.Task.Token,
 * with or without JSONata's delimiters. */
static bool mentions_token(str text)
{
    bool expression = str_starts_with(text, STR("$")) || str_starts_with(text, STR("{%"));
    return expression && str_find(text, STR("Task.Token"), 0) < text.len;
}

/* Texts that are meant as a path or an intrinsic function. */
static bool looks_dynamic(str text)
{
    if (str_starts_with(text, STR("$.")) || str_starts_with(text, STR("$["))) return true;
    if (str_starts_with(text, STR("$$."))) return true;
    return str_starts_with(text, STR("States.")) && str_ends_with(text, STR(")"));
}

static void warn_token_text(const struct site *site, const struct place *place, const char *why,
                            str key, str text, str fix)
{
    site->c->token_as_text = site->state;
    report_warning(site->c, "TASK_TOKEN_AS_TEXT", place, "'%.*s': '%.*s' %s. Write %.*s.",
                   STR_ARGS(key), STR_ARGS(text), why, STR_ARGS(fix));
}

static str jsonpath_fix(const struct site *site, str name)
{
    return arena_printf(site->c->arena,
                        "'%.*s.$': '$$.Task.Token' (in the CDK: %.*s: JsonPath.taskToken)",
                        STR_ARGS(name), STR_ARGS(name));
}

/* One member of a JSONPath template whose value is a text. */
static void lint_jsonpath_text(const struct site *site, const struct place *place, str key,
                               str text)
{
    bool dynamic = str_ends_with(key, STR(".$"));
    str name = dynamic ? str_slice(key, 0, key.len - 2) : key;
    bool twice = dynamic && str_ends_with(name, STR(".$"));
    if (mentions_token(text)) {
        if (twice) name = str_slice(name, 0, name.len - 2);
        str fix = jsonpath_fix(site, name);
        if (twice) {
            warn_token_text(site, place,
                            "ends with '.$' twice, so the task gets a field whose "
                            "name ends with '.$'",
                            key, text, fix);
        } else if (!dynamic) {
            warn_token_text(site, place,
                            "passes this text, not the task token: the key does not "
                            "end with '.$'",
                            key, text, fix);
        } else if (str_eq(text, STR("$.Task.Token"))) {
            warn_token_text(site, place, "reads the input of the state, not the context object",
                            key, text, fix);
        }
    } else if (!dynamic && looks_dynamic(text)) {
        report_warning(site->c, "NO_DOLLAR", place,
                       "'%.*s' passes the text '%.*s' as it is. To evaluate it, name the field "
                       "'%.*s.$'.",
                       STR_ARGS(key), STR_ARGS(text), STR_ARGS(key));
    }
}

static void lint_jsonata_text(const struct site *site, const struct place *place, str key, str text)
{
    if (expr_is_jsonata(text) || !mentions_token(text)) return;
    warn_token_text(site, place,
                    "passes this text, not the task token: it is no JSONata expression", key, text,
                    STR("'{% $states.context.Task.Token %}'"));
}

static void lint_value(const struct site *site, const struct place *place, json value,
                       uint32_t depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX);
    bool object = json_is_object(value);
    if (json_is_string(value) && site->language == EXPR_JSONATA) {
        lint_jsonata_text(site, place, place->key, json_str(value));
    } else if (json_is_string(value) && !place->is_index && depth > 0) {
        lint_jsonpath_text(site, place, place->key, json_str(value));
    }
    for (size_t i = 0; i < json_count(value); i++) {
        struct place at = object ? place_key(place, json_key_at(value, i)) : place_index(place, i);
        lint_value(site, &at, object ? json_value_at(value, i) : json_at(value, i), depth + 1);
    }
}

void lint_template(const struct site *site, str field, json value)
{
    struct place place = place_key(site->place, field);
    lint_value(site, &place, value, 0);
}

static bool is_meant_dynamic(json value, uint32_t depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX);
    if (json_is_string(value)) return looks_dynamic(json_str(value));
    for (size_t i = 0; i < json_count(value); i++) {
        bool object = json_is_object(value);
        if (object && str_ends_with(json_key_at(value, i), STR(".$"))) return true;
        json item = object ? json_value_at(value, i) : json_at(value, i);
        if (is_meant_dynamic(item, depth + 1)) return true;
    }
    return false;
}

void lint_pass_result(const struct site *site, json result)
{
    if (!is_meant_dynamic(result, 0)) return;
    struct place place = place_key(site->place, STR("Result"));
    report_warning(site->c, "PASS_RESULT_IS_STATIC", &place,
                   "The Result of a Pass state is passed on as it is; paths in it are not "
                   "evaluated. Use 'Parameters' instead.");
}

void lint_text(const struct site *site, str field, str value)
{
    if (site->language == EXPR_JSONATA || !looks_dynamic(value)) return;
    struct place place = place_key(site->place, field);
    report_warning(site->c, "NO_PATH", &place,
                   "'%.*s' is this text as it is. To evaluate it, name the field '%.*sPath'.",
                   STR_ARGS(field), STR_ARGS(field));
}

/* Whoever is asked may answer by the key. */
static bool callback_has_key(const struct asl_task *task)
{
    return task->callback && asl_value_is_present(&task->callback->key);
}

static void lint_timeouts(const struct site *site, const struct asl_task *task)
{
    const struct asl_number *timeout = &task->timeout_s;
    bool heartbeat = task->heartbeat_s.present;
    if (!timeout->present && !heartbeat && site->c->timeout_s == 0) {
        report_warning(site->c, "NO_TIMEOUT", site->place,
                       "This state waits for an answer and has no timeout: if none comes, the "
                       "execution stays open for up to a year. Set 'TimeoutSeconds'.");
    } else if (timeout->present && !timeout->expr && timeout->value >= LONG_TIMEOUT_S &&
               !heartbeat) {
        report_warning(site->c, "NO_HEARTBEAT", site->place,
                       "A lost worker is noticed only after %.0f seconds. If the worker can send "
                       "heartbeats (SendTaskHeartbeat), set 'HeartbeatSeconds'.",
                       timeout->value);
    }
}

void lint_task(const struct site *site)
{
    const struct asl_state *state = site->state;
    bool callback = state->task.pattern == ASL_WAIT_FOR_TASK_TOKEN;
    if (!callback && state->task.kind != ASL_RESOURCE_ACTIVITY) return;
    lint_timeouts(site, &state->task);
    if (!callback || !state->parameters || site->c->token_as_text == state) return;
    if (expr_template_reads_task_token(state->parameters)) return;
    if (state->task.reads_links || callback_has_key(&state->task)) return;
    bool jsonata = site->language == EXPR_JSONATA;
    struct place place = place_key(site->place, state->parameters_field);
    report_warning(site->c, "TASK_TOKEN_NOT_PASSED", &place,
                   "The request does not contain the task token, so nobody can answer. Pass %s.",
                   jsonata ? "'{% $states.context.Task.Token %}' in some field"
                           : "'$$.Task.Token' in some field whose name ends with '.$'");
}
