/* The settings of a route: checked as a whole, expressions compiled, before anything uses them. */
#include <stdarg.h>
#include <stdio.h>

#include "services/callbacks/routes.h"

/* What a compilation goes by: the members of one object, as a table. */
struct compiling {
    struct arena *arena;
    struct error *err;
    struct route *route;
};

static bool fail(struct compiling *c, const char *format, ...) PRINTF_LIKE(2, 3);

static bool fail(struct compiling *c, const char *format, ...)
{
    char text[ERROR_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(c->err, ERROR_VALIDATION, "route: %s", text);
}

/* ---- expressions ---- */

static const char *const variables[] = { "body", "headers", "query", "path", "method", NULL };

static bool is_variable(str name)
{
    for (const char *const *at = variables; *at; at++) {
        if (str_eq(str_from(*at), name)) return true;
    }
    return false;
}

static bool compiled(struct compiling *c, str field, const struct expr_compiler *compiler,
                     bool is_good)
{
    if (!is_good) {
        const struct expr_problem *problem = &compiler->problems[0];
        return fail(c, "'%.*s%s%.*s' is no expression: %.*s", STR_ARGS(field),
                    problem->pointer.len > 0 ? " at " : "", STR_ARGS(problem->pointer),
                    STR_ARGS(problem->message));
    }
    for (size_t i = 0; i < compiler->variable_count; i++) {
        if (!is_variable(compiler->variables[i]))
            return fail(c,
                        "'%.*s' uses $%.*s; there are $body, $headers, $query, $path and $method",
                        STR_ARGS(field), STR_ARGS(compiler->variables[i]));
    }
    return true;
}

static bool is_path(str text)
{
    return str_starts_with(text, STR("$")) || str_starts_with(text, STR("States."));
}

static bool compile_value(struct compiling *c, json settings, const char *member, const char *field,
                          struct route_value *out)
{
    const json *value = json_find(settings, str_from(member));
    *out = (struct route_value){ .field = str_from(field) };
    if (!value || json_is_null(*value)) return true;
    struct expr_compiler compiler = { .arena = c->arena };
    str text = json_is_string(*value) ? json_str(*value) : STR("");
    if (expr_is_jsonata(text)) {
        out->kind = ROUTE_EXPRESSION;
        return compiled(c, out->field, &compiler,
                        expr_compile_jsonata(&compiler, text, &out->expr));
    }
    if (is_path(text)) {
        unsigned allow = EXPR_ALLOW_PATH | EXPR_ALLOW_INTRINSIC;
        out->kind = ROUTE_EXPRESSION;
        return compiled(c, out->field, &compiler,
                        expr_compile_path(&compiler, text, allow, &out->expr));
    }
    if (json_is_array(*value) || json_is_object(*value))
        return fail(c, "'%s' must be an expression or one value", field);
    out->kind = ROUTE_CONSTANT;
    out->constant = *value;
    return true;
}

static bool has_jsonata(json value, int depth)
{
    if (json_is_string(value)) return expr_is_jsonata(json_str(value));
    if (depth == 0) return false;
    for (size_t i = 0; i < json_count(value); i++) {
        if (has_jsonata(json_is_array(value) ? json_at(value, i) : json_value_at(value, i),
                        depth - 1))
            return true;
    }
    return false;
}

enum { SEARCH_DEPTH_MAX = 100 };

/* A text that is a path stands for its value, so that "$.body" needs no member around it. */
static bool compile_template(struct compiling *c, json settings, const char *member,
                             const char *field, struct route_template *out)
{
    const json *value = json_find(settings, str_from(member));
    *out = (struct route_template){ .field = str_from(field) };
    if (!value) return true;
    struct expr_compiler compiler = { .arena = c->arena };
    json template = *value;
    enum expr_language language = EXPR_JSONPATH;
    if (has_jsonata(template, SEARCH_DEPTH_MAX)) {
        language = EXPR_JSONATA;
    } else if (json_is_string(template) && is_path(json_str(template))) {
        struct json_fields fields;
        json_fields_init(&fields, c->arena);
        json_fields_add(&fields, STR("value.$"), template);
        template = json_fields_done(&fields);
        out->is_path = true;
    }
    return compiled(c, out->field, &compiler,
                    expr_compile_template(&compiler, template, language, &out->template));
}

/* ---- members ---- */

static bool known_members(struct compiling *c, json object, const char *where,
                          const char *const *names)
{
    for (size_t i = 0; i < json_count(object); i++) {
        const char *const *at = names;
        str key = json_key_at(object, i);
        while (*at && !str_eq(str_from(*at), key))
            at++;
        if (!*at)
            return fail(c, "there is no setting '%s%s%.*s'", where, where[0] ? "." : "",
                        STR_ARGS(key));
    }
    return true;
}

/* An object, or null if it is not there. */
static bool find_object(struct compiling *c, json settings, const char *name, json *out)
{
    const json *value = json_find(settings, str_from(name));
    *out = value ? *value : json_null();
    if (!value || json_is_object(*value)) return true;
    return fail(c, "'%s' must be an object", name);
}

static bool read_integer(struct compiling *c, json object, const char *member, const char *field,
                         int64_t min, int64_t max, int64_t *out)
{
    const json *value = json_find(object, str_from(member));
    int64_t number;
    if (!value) return true;
    if (!json_is_number(*value) || !json_to_i64(*value, &number) || number < min || number > max)
        return fail(c, "'%s' must be a whole number from %lld to %lld", field, (long long)min,
                    (long long)max);
    *out = number;
    return true;
}

static bool read_methods(struct compiling *c, json settings)
{
    static const char *const known[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };
    const json *value = json_find(settings, STR("methods"));
    if (!value) {
        json *post = ARENA_NEW(c->arena, json);
        *post = json_string(STR("POST"));
        c->route->methods = json_array(post, 1);
        return true;
    }
    bool is_good = json_is_array(*value) && json_count(*value) > 0 && json_count(*value) <= 5;
    for (size_t i = 0; is_good && i < json_count(*value); i++) {
        const char *const *at = known;
        json method = json_at(*value, i);
        while (*at && !(json_is_string(method) && str_eq(str_from(*at), json_str(method))))
            at++;
        is_good = *at != NULL;
    }
    c->route->methods = *value;
    return is_good || fail(c, "'methods' must be a list of GET, POST, PUT, PATCH and DELETE");
}

static bool read_address(struct compiling *c, json settings)
{
    struct route *route = c->route;
    const json *verifier = json_find(settings, STR("verifier"));
    if (!json_find_str(settings, STR("path"), &route->path))
        return fail(c, "'path' is missing: a text such as /hooks/orders/{id}");
    if (!route_path_valid(route->path, c->err) || !read_methods(c, settings)) return false;
    if (!verifier)
        return fail(c, "'verifier' is missing: who may send? {\"type\": \"none\", "
                       "\"anybodyWhoKnowsTheKeyMayAnswer\": true} lets anybody");
    if (!verifier_valid(*verifier, c->err)) return error_wrap(c->err, "route");
    route->verifier = *verifier;
    return true;
}

/* ---- outcomes ---- */

static bool read_values(struct compiling *c, json outcome, const char *name, json *out)
{
    const json *values = json_find(outcome, str_from(name));
    *out = json_null();
    if (!values) return true;
    bool is_good = json_is_array(*values) && json_count(*values) > 0 &&
                   json_count(*values) <= ROUTE_VALUES_MAX;
    for (size_t i = 0; is_good && i < json_count(*values); i++)
        is_good = !json_is_array(json_at(*values, i)) && !json_is_object(json_at(*values, i));
    *out = *values;
    return is_good ||
           fail(c, "'outcome.%s' must be a list of 1 to %d values", name, ROUTE_VALUES_MAX);
}

static bool contains(json values, json value)
{
    for (size_t i = 0; i < json_count(values); i++) {
        if (json_equal(json_at(values, i), value)) return true;
    }
    return false;
}

/* A value that means two things means none. */
static bool check_distinct(struct compiling *c)
{
    const json lists[] = { c->route->success, c->route->failure, c->route->heartbeat,
                           c->route->ignore };
    enum { LISTS = sizeof lists / sizeof *lists };
    for (size_t i = 0; i < LISTS; i++) {
        for (size_t k = 0; k < json_count(lists[i]); k++) {
            json value = json_at(lists[i], k);
            bool again = json_is_string(value) && json_find(c->route->outcomes, json_str(value));
            for (size_t other = i + 1; other < LISTS; other++)
                again |= contains(lists[other], value);
            if (again)
                return fail(c, "'outcome' has the value %.*s twice",
                            STR_ARGS(json_text(c->arena, value)));
        }
    }
    return true;
}

static bool read_outcomes(struct compiling *c, json outcome)
{
    json outcomes;
    const json *value = json_find(outcome, STR("outcomes"));
    c->route->outcomes = json_null();
    if (!value) return true;
    outcomes = *value;
    bool is_good = json_is_object(outcomes) && json_count(outcomes) <= ROUTE_VALUES_MAX;
    for (size_t i = 0; is_good && i < json_count(outcomes); i++)
        is_good = json_is_string(json_value_at(outcomes, i)) &&
                  json_value_at(outcomes, i).count > 0 &&
                  json_value_at(outcomes, i).count <= CALLBACK_OUTCOME_CHARS_MAX;
    c->route->outcomes = outcomes;
    return is_good ||
           fail(c, "'outcome.outcomes' must be an object of value and name of an outcome");
}

static bool read_outcome(struct compiling *c, json settings)
{
    static const char *const names[] = { "value",    "success", "failure", "heartbeat", "ignore",
                                         "outcomes", "output",  "error",   "cause",     NULL };
    struct route *route = c->route;
    json outcome;
    if (!find_object(c, settings, "outcome", &outcome) ||
        !known_members(c, outcome, "outcome", names) ||
        !compile_value(c, outcome, "value", "outcome.value", &route->value) ||
        !read_values(c, outcome, "success", &route->success) ||
        !read_values(c, outcome, "failure", &route->failure) ||
        !read_values(c, outcome, "heartbeat", &route->heartbeat) ||
        !read_values(c, outcome, "ignore", &route->ignore) || !read_outcomes(c, outcome) ||
        !compile_template(c, outcome, "output", "outcome.output", &route->output) ||
        !compile_value(c, outcome, "error", "outcome.error", &route->error) ||
        !compile_value(c, outcome, "cause", "outcome.cause", &route->cause))
        return false;
    bool has_lists = !json_is_null(route->success) || !json_is_null(route->failure) ||
                     !json_is_null(route->heartbeat) || !json_is_null(route->ignore) ||
                     !json_is_null(route->outcomes);
    if (has_lists != (route->value.kind != ROUTE_NO_VALUE))
        return fail(c, has_lists ? "'outcome' says what values mean; 'outcome.value' must say which"
                                 : "'outcome.value' needs 'success', 'failure' or 'outcomes' to "
                                   "say what it means");
    return check_distinct(c);
}

/* ---- the rest ---- */

static bool read_schema(struct compiling *c, json settings)
{
    const json *schema = json_find(settings, STR("schema"));
    if (!schema) return true;
    if (schema_compile(*schema, NULL, c->arena, &c->route->schema, c->err)) return true;
    return error_wrap(c->err, "route: 'schema'");
}

/* Those that say how long the answer is are ours. */
static bool is_ours(str name)
{
    static const str ours[] = { STR_INIT("Content-Length"), STR_INIT("Transfer-Encoding"),
                                STR_INIT("Connection"),     STR_INIT("Date"),
                                STR_INIT("Upgrade"),        STR_INIT("Trailer") };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (http_name_eq(ours[i], name)) return true;
    }
    return false;
}

static bool read_header(struct compiling *c, json headers, size_t index, struct route_header *out)
{
    str name = json_key_at(headers, index), text;
    const char *member = arena_cstr(c->arena, name);
    str field = arena_printf(c->arena, "response.headers.%s", member);
    if (!route_is_header_text(name, true) || is_ours(name))
        return fail(c, "'%.*s' is no header that a response may have", STR_ARGS(field));
    out->name = name;
    if (!compile_value(c, headers, member, arena_cstr(c->arena, field), &out->value)) return false;
    if (out->value.kind == ROUTE_EXPRESSION) return true;
    text = json_is_string(out->value.constant) ? json_str(out->value.constant) : STR("\n");
    if (out->value.kind == ROUTE_CONSTANT && route_is_header_text(text, false)) return true;
    return fail(c, "'%.*s' must be a text of printable characters or an expression",
                STR_ARGS(field));
}

static bool read_headers(struct compiling *c, json response)
{
    const json *headers = json_find(response, STR("headers"));
    if (!headers) return true;
    size_t count = json_count(*headers);
    if (!json_is_object(*headers) || count > ROUTE_HEADERS_MAX)
        return fail(c, "'response.headers' must be an object of at most %d headers",
                    ROUTE_HEADERS_MAX);
    c->route->response_headers = arena_array(c->arena, count, sizeof(struct route_header));
    c->route->response_header_count = count;
    for (size_t i = 0; i < count; i++) {
        if (!read_header(c, *headers, i, &c->route->response_headers[i])) return false;
    }
    return true;
}

static bool read_response(struct compiling *c, json settings)
{
    static const char *const names[] = { "status", "headers", "body", "for", NULL };
    json response;
    int64_t status = 0;
    if (!find_object(c, settings, "response", &response) ||
        !known_members(c, response, "response", names) ||
        !read_integer(c, response, "status", "response.status", 200, 299, &status) ||
        !read_headers(c, response) ||
        !compile_template(c, response, "body", "response.body", &c->route->response_body))
        return false;
    str reach = json_str_or(response, STR("for"), STR("accepted"));
    if (!str_eq(reach, STR("accepted")) && !str_eq(reach, STR("all")))
        return fail(c, "'response.for' must be accepted or all");
    c->route->responds_always = str_eq(reach, STR("all"));
    c->route->response_status = (int)status;
    if (status == 0 && !json_is_null(response)) c->route->response_status = 200;
    return true;
}

static bool read_start(struct compiling *c, json settings)
{
    static const char *const names[] = { "stateMachine", "input", "name", NULL };
    json start;
    if (!find_object(c, settings, "start", &start) || !known_members(c, start, "start", names) ||
        !compile_template(c, start, "input", "start.input", &c->route->start_input) ||
        !compile_value(c, start, "name", "start.name", &c->route->start_name))
        return false;
    c->route->start_machine = json_str_or(start, STR("stateMachine"), STR(""));
    if (!json_is_null(start) && c->route->start_machine.len == 0)
        return fail(c, "'start.stateMachine' is missing: the name or the ARN of a state machine");
    return true;
}

static bool read_keep(struct compiling *c, json settings)
{
    static const char *const names[] = { "seconds", "count", NULL };
    json keep;
    c->route->keep_s = ROUTE_DELIVERIES_S_DEFAULT;
    c->route->keep_count = ROUTE_DELIVERIES_DEFAULT;
    return find_object(c, settings, "keep", &keep) && known_members(c, keep, "keep", names) &&
           read_integer(c, keep, "seconds", "keep.seconds", 60, ROUTE_DELIVERIES_S_MAX,
                        &c->route->keep_s) &&
           read_integer(c, keep, "count", "keep.count", 1, ROUTE_DELIVERIES_MAX,
                        &c->route->keep_count);
}

bool route_compile(str name, json settings, struct arena *arena, struct route *out,
                   struct error *err)
{
    static const char *const names[] = { "path",  "methods",   "verifier",    "when",   "name",
                                         "key",   "messageId", "outcome",     "schema", "response",
                                         "start", "keep",      "description", NULL };
    *out = (struct route){ .name = name, .settings = settings };
    struct compiling c = { .arena = arena, .err = err, .route = out };
    if (!name_is_callback_name(name))
        return fail(&c, "the route's name '%.*s' is not 1 to %d of A-Z a-z 0-9 . _ -",
                    (int)(name.len < 100 ? name.len : 100), name.ptr, CALLBACK_NAME_CHARS_MAX);
    if (!json_is_object(settings)) return fail(&c, "the settings must be an object");
    if (!json_fits(settings, ROUTE_SETTINGS_BYTES_MAX))
        return fail(&c, "the settings have more than %d bytes", ROUTE_SETTINGS_BYTES_MAX);
    if (!known_members(&c, settings, "", names) || !read_address(&c, settings)) return false;
    if (!json_find_str(settings, STR("name"), &out->callback) ||
        !name_is_callback_name(out->callback))
        return fail(&c,
                    "'name' must be the callback name that states wait with: 1 to %d of A-Z a-z "
                    "0-9 . _ -",
                    CALLBACK_NAME_CHARS_MAX);
    if (!compile_value(&c, settings, "key", "key", &out->key) ||
        !compile_value(&c, settings, "messageId", "messageId", &out->message_id) ||
        !compile_value(&c, settings, "when", "when", &out->when))
        return false;
    if (out->key.kind == ROUTE_NO_VALUE)
        return fail(&c, "'key' is missing: an expression such as {%% $body.id %%}");
    return read_outcome(&c, settings) && read_schema(&c, settings) && read_response(&c, settings) &&
           read_start(&c, settings) && read_keep(&c, settings);
}

bool route_is_header_text(str text, bool is_name)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < ' ' || byte > '~' || (is_name && strchr(" \"(),/:;<=>?@[\\]{}", byte)))
            return false;
    }
    return !is_name || text.len > 0;
}

json route_redacted(struct arena *arena, json settings)
{
    struct json_fields fields;
    const json *verifier = json_find(settings, STR("verifier"));
    json_fields_from(&fields, arena, settings);
    if (verifier) json_fields_add(&fields, STR("verifier"), verifier_redacted(arena, *verifier));
    return json_fields_done(&fields);
}
