/* What a delivery means by its route: the key, the answer, what to start, what to reply. */
#include <stdarg.h>
#include <stdio.h>

#include "base/prng.h"
#include "http/form.h"
#include "services/callbacks/routes.h"

struct mapping {
    const struct route *route;
    const struct delivery *delivery;
    struct arena *arena;
    struct mapped *out;
    struct expr_env env;
    struct expr_scope scope;
    struct prng prng;
    json body;
};

/* ---- what is wrong ---- */

static bool unusable(struct mapping *m, int status, str error, const char *format, ...)
    PRINTF_LIKE(4, 5);

static bool unusable(struct mapping *m, int status, str error, const char *format, ...)
{
    char text[ROUTE_REASON_BYTES_MAX + 1];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    str reason =
        arena_str(m->arena, (str){ text, len < (int)sizeof text ? (size_t)len : sizeof text - 1 });
    size_t chars;
    while (!str_utf8_count(reason, &chars)) /* a character may have been cut */
        reason.len--;
    *m->out = (struct mapped){
        .kind = MAPPED_UNUSABLE,
        .status = status,
        .error = error,
        .reason = reason,
        .response = m->out->response,
        .response_body = m->out->response_body,
        .response_is_good = m->out->response_is_good,
    };
    return false;
}

static bool mapping_failed(struct mapping *m, str field, const struct expr_failure *failure)
{
    return unusable(m, 422, STR("MappingFailed"), "The route's '%.*s': %.*s", STR_ARGS(field),
                    STR_ARGS(failure->cause));
}

/* ---- the request as a value ---- */

static json pairs_object(struct arena *arena, str text, bool *is_good)
{
    struct form form = { 0 };
    struct json_fields fields;
    struct error err;
    json_fields_init(&fields, arena);
    *is_good = form_parse(text, arena, &form, &err);
    for (size_t i = 0; *is_good && i < form.count; i++)
        json_fields_add(&fields, form.pairs[i].name, json_string(form.pairs[i].value));
    return json_fields_done(&fields);
}

/* "application/json" of "Application/JSON; charset=utf-8". */
static bool is_type(str type, str wanted)
{
    str media = str_trim(str_slice(type, 0, str_find_char(type, ';', 0)));
    return http_name_eq(media, wanted);
}

static bool says_json(str type)
{
    str media = str_trim(str_slice(type, 0, str_find_char(type, ';', 0)));
    return is_type(type, STR("application/json")) || is_type(type, STR("text/json")) ||
           (media.len > 5 && http_name_eq(str_skip(media, media.len - 5), STR("+json")));
}

/* JSON where it is said or looks like it, else a form's fields, else the text. */
static bool read_body(struct mapping *m)
{
    str body = m->delivery->body,
        type = json_str_or(m->delivery->headers, STR("content-type"), STR(""));
    struct error err;
    size_t chars;
    bool is_good;
    m->body = json_null();
    if (str_trim(body).len == 0) return true;
    if (!str_utf8_count(body, &chars))
        return unusable(m, 400, STR("InvalidBody"), "The body is not UTF-8.");
    if (is_type(type, STR("application/x-www-form-urlencoded"))) {
        m->body = pairs_object(m->arena, body, &is_good);
        return is_good || unusable(m, 400, STR("InvalidBody"), "The body is no form.");
    }
    if (json_parse(body, m->arena, &m->body, &err)) return true;
    if (says_json(type)) {
        str why = error_text(&err);
        return unusable(m, 400, STR("InvalidBody"), "The body is no JSON: %.*s", STR_ARGS(why));
    }
    m->body = json_string(body);
    return true;
}

/* FNV-1a: the same delivery gives the same "random" values, also when it is replayed. */
static uint64_t seed_of(str id)
{
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < id.len; i++)
        hash = (hash ^ (unsigned char)id.ptr[i]) * 1099511628211u;
    return hash;
}

static bool begin(struct mapping *m)
{
    const struct delivery *delivery = m->delivery;
    struct json_fields fields;
    json path;
    bool is_good;
    if (!route_path_match(m->route->path, delivery->path, m->arena, &path))
        return unusable(m, 422, STR("MappingFailed"), "The route's path is another one now.");
    if (!read_body(m)) return false;
    json query = pairs_object(m->arena, delivery->query, &is_good);
    if (!is_good) return unusable(m, 400, STR("InvalidQuery"), "The query string is no form.");
    json_fields_init(&fields, m->arena);
    json_fields_add(&fields, STR("body"), m->body);
    json_fields_add(&fields, STR("headers"), delivery->headers);
    json_fields_add(&fields, STR("query"), query);
    json_fields_add(&fields, STR("path"), path);
    json_fields_add(&fields, STR("method"), json_string(delivery->method));
    json input = json_fields_done(&fields);
    prng_seed(&m->prng, seed_of(delivery->id));
    m->scope = (struct expr_scope){ .variables = input };
    m->env = (struct expr_env){
        .input = input,
        .scope = &m->scope,
        .prng = &m->prng,
        .now_ms = delivery->at_ms,
        .arena = m->arena,
    };
    return true;
}

/* ---- values ---- */

enum got { GOT_VALUE, GOT_NOTHING, GOT_FAILURE };

static enum got get_value(struct mapping *m, const struct route_value *value, json *out)
{
    struct expr_failure failure;
    if (value->kind == ROUTE_NO_VALUE) return GOT_NOTHING;
    if (value->kind == ROUTE_CONSTANT) {
        *out = value->constant;
        return GOT_VALUE;
    }
    switch (expr_find(value->expr, &m->env, out, &failure)) {
    case EXPR_FOUND: return json_is_null(*out) ? GOT_NOTHING : GOT_VALUE;
    case EXPR_ABSENT: return GOT_NOTHING;
    case EXPR_FAILED: break;
    }
    (void)mapping_failed(m, value->field, &failure);
    return GOT_FAILURE;
}

/* A string, or a number or boolean as text. */
static bool as_text(struct arena *arena, json value, str *out)
{
    if (json_is_array(value) || json_is_object(value) || json_is_null(value)) return false;
    *out = json_is_string(value) ? json_str(value) : json_text(arena, value);
    return true;
}

/* Empty if the route does not say, or the expression gives nothing. */
static bool get_text(struct mapping *m, const struct route_value *value, size_t bytes_max, str *out)
{
    json found;
    *out = (str){ 0 };
    enum got got = get_value(m, value, &found);
    if (got == GOT_FAILURE) return false;
    if (got == GOT_NOTHING) return true;
    if (!as_text(m->arena, found, out))
        return unusable(m, 422, STR("MappingFailed"),
                        "The route's '%.*s' gives an array or an object, not a text.",
                        STR_ARGS(value->field));
    if (out->len <= bytes_max) return true;
    return unusable(m, 422, STR("MappingFailed"), "The route's '%.*s' gives more than %zu bytes.",
                    STR_ARGS(value->field), bytes_max);
}

static bool get_template(struct mapping *m, const struct route_template *template, json *out)
{
    struct expr_failure failure;
    if (!expr_template_eval(template->template, &m->env, template->field, out, &failure))
        return mapping_failed(m, template->field, &failure);
    if (template->is_path) *out = *json_find(*out, STR("value"));
    return true;
}

/* ---- the parts of a mapping ---- */

static bool is_wanted(struct mapping *m, bool *wanted)
{
    json value;
    enum got got = get_value(m, &m->route->when, &value);
    *wanted = m->route->when.kind == ROUTE_NO_VALUE ||
              (got == GOT_VALUE && json_is_bool(value) && value.boolean);
    return got != GOT_FAILURE;
}

static bool check_schema(struct mapping *m)
{
    str violations;
    if (!m->route->schema || schema_validate(m->route->schema, m->body, m->arena, &violations))
        return true;
    return unusable(m, 400, STR("InvalidBody"), "The body does not fit the route's schema: %.*s",
                    STR_ARGS(violations));
}

static bool find_key(struct mapping *m)
{
    if (!get_text(m, &m->route->key, CALLBACK_KEY_BYTES_MAX, &m->out->key)) return false;
    if (m->out->key.len == 0)
        return unusable(m, 422, STR("NoKey"), "The route's 'key' finds nothing in this request.");
    if (callback_key_is_good(m->out->key)) return true;
    return unusable(m, 422, STR("NoKey"), "The route's 'key' gives control characters.");
}

static bool find_message_id(struct mapping *m, str *out)
{
    if (!get_text(m, &m->route->message_id, CALLBACK_MESSAGE_ID_BYTES_MAX, out)) return false;
    if (out->len > 0) return true;
    *out = m->delivery->message_id;
    /* Of a longer one the body's digest stands in, which is as good. */
    if (out->len > CALLBACK_MESSAGE_ID_BYTES_MAX) *out = STR("");
    return true;
}

static bool contains(json values, json value)
{
    for (size_t i = 0; i < json_count(values); i++) {
        if (json_equal(json_at(values, i), value)) return true;
    }
    return false;
}

static bool no_outcome(struct mapping *m, json value)
{
    str text = json_text_bytes(value) <= 200 ? json_text(m->arena, value) : STR("a long value");
    return unusable(m, 422, STR("UnknownOutcome"),
                    "The route's 'outcome.value' is %.*s, which is in none of its lists.",
                    STR_ARGS(text));
}

/* A value that is in no list is refused: guessing what an unknown state of the other side means
 * would decide somebody's workflow. */
static bool find_outcome(struct mapping *m, json *value, bool *is_ignored)
{
    const struct route *route = m->route;
    struct answer *answer = &m->out->answer;
    str text;
    *value = json_null();
    *is_ignored = false;
    answer->kind = ANSWER_SUCCESS;
    if (route->value.kind == ROUTE_NO_VALUE) return true;
    if (get_value(m, &route->value, value) == GOT_FAILURE) return false;
    const json *named = as_text(m->arena, *value, &text) ? json_find(route->outcomes, text) : NULL;
    if (contains(route->success, *value)) return true;
    if (contains(route->failure, *value)) {
        answer->kind = ANSWER_FAILURE;
    } else if (contains(route->heartbeat, *value)) {
        answer->kind = ANSWER_HEARTBEAT;
    } else if (contains(route->ignore, *value)) {
        *is_ignored = true;
    } else if (named) {
        answer->kind = ANSWER_OUTCOME;
        answer->outcome = json_str(*named);
    } else {
        return no_outcome(m, *value);
    }
    return true;
}

/* At most `max` bytes, and no part of a character. */
static str cut(str text, size_t max)
{
    size_t chars;
    if (text.len <= max) return text;
    text.len = max;
    while (!str_utf8_count(text, &chars))
        text.len--;
    return text;
}

static bool fill_failure(struct mapping *m, json value)
{
    struct answer *answer = &m->out->answer;
    str text;
    if (!get_text(m, &m->route->error, SIZE_MAX, &answer->error) ||
        !get_text(m, &m->route->cause, SIZE_MAX, &answer->cause))
        return false;
    if (answer->error.len == 0 && as_text(m->arena, value, &text)) answer->error = text;
    if (answer->cause.len == 0) answer->cause = json_text(m->arena, m->body);
    answer->error = cut(answer->error, ROUTE_ERROR_BYTES_MAX);
    answer->cause = cut(answer->cause, ROUTE_CAUSE_BYTES_MAX);
    return true;
}

static bool fill_answer(struct mapping *m, json value)
{
    struct answer *answer = &m->out->answer;
    answer->via = arena_printf(m->arena, "route %.*s", STR_ARGS(m->route->name));
    answer->peer = m->delivery->peer;
    if (answer->kind == ANSWER_FAILURE && !fill_failure(m, value)) return false;
    if (answer->kind == ANSWER_SUCCESS || answer->kind == ANSWER_OUTCOME) {
        answer->output = m->body;
        if (m->route->output.template && !get_template(m, &m->route->output, &answer->output))
            return false;
    }
    answer->digest = answer_digest(answer, m->arena);
    return true;
}

static bool fill_start(struct mapping *m)
{
    json input = m->body;
    if (m->route->start_machine.len == 0) return true;
    if (m->route->start_input.template && !get_template(m, &m->route->start_input, &input))
        return false;
    m->out->start_input = json_text(m->arena, input);
    return get_text(m, &m->route->start_name, (size_t)STATES_NAME_CHARS_MAX * 4,
                    &m->out->start_name);
}

/* ---- the response ---- */

/* False if it cannot be a header's value; *text without ptr: the header is left out. */
static bool header_value(struct mapping *m, const struct route_value *value, str *text)
{
    struct expr_failure failure;
    json found;
    *text = (str){ 0 };
    if (value->kind == ROUTE_CONSTANT) {
        *text = json_str(value->constant);
        return true;
    }
    if (!m->env.arena) return false; /* the request could not be read */
    enum expr_found result = expr_find(value->expr, &m->env, &found, &failure);
    if (result == EXPR_ABSENT) return true;
    return result == EXPR_FOUND && as_text(m->arena, found, text) &&
           route_is_header_text(*text, false);
}

static bool fill_headers(struct mapping *m)
{
    struct reply_head *head = &m->out->response;
    struct buf out;
    str value;
    buf_init(&out, m->arena);
    for (size_t i = 0; i < m->route->response_header_count; i++) {
        const struct route_header *header = &m->route->response_headers[i];
        if (!header_value(m, &header->value, &value)) return false;
        if (!value.ptr) continue;
        if (http_name_eq(header->name, STR("Content-Type"))) {
            head->content_type = value;
            continue;
        }
        buf_add(&out, header->name);
        buf_add(&out, STR(": "));
        buf_add(&out, value);
        buf_add(&out, STR("\r\n"));
    }
    head->headers = buf_str(&out);
    return true;
}

/* A text is itself where no JSON is promised. */
static bool fill_body(struct mapping *m)
{
    const struct route_template *body = &m->route->response_body;
    struct expr_failure failure;
    json value;
    if (!body->template) return true;
    if (!m->env.arena ||
        !expr_template_eval(body->template, &m->env, body->field, &value, &failure))
        return false;
    if (body->is_path) value = *json_find(value, STR("value"));
    if (!json_fits(value, ROUTE_RESPONSE_BYTES_MAX)) return false;
    bool is_text =
        json_is_string(value) && !is_type(m->out->response.content_type, STR("application/json"));
    m->out->response_body = is_text ? json_str(value) : json_text(m->arena, value);
    return true;
}

/* A response that cannot be made does not undo what the delivery has done: the usual answer is
 * given then. */
static void fill_response(struct mapping *m)
{
    if (m->route->response_status == 0) return;
    m->out->response.status = m->route->response_status;
    m->out->response.content_type = STR("application/json");
    m->out->response_is_good = fill_headers(m) && fill_body(m);
}

void route_map(const struct route *route, const struct delivery *delivery, struct arena *arena,
               struct mapped *out)
{
    struct mapping m = { .route = route, .delivery = delivery, .arena = arena, .out = out };
    bool wanted, is_ignored;
    json value;
    *out = (struct mapped){ .kind = MAPPED_ANSWER };
    bool has_begun = begin(&m);
    fill_response(&m);
    if (!has_begun || !is_wanted(&m, &wanted)) return;
    if (!wanted) {
        out->kind = MAPPED_IGNORED;
        return;
    }
    if (!check_schema(&m) || !find_key(&m) || !find_message_id(&m, &out->answer.message_id) ||
        !find_outcome(&m, &value, &is_ignored))
        return;
    if (is_ignored) {
        out->kind = MAPPED_IGNORED;
        return;
    }
    if (!fill_answer(&m, value)) return;
    (void)fill_start(&m);
}
