/* Reading the fields of one object of a definition: presence, kind, range, language.
 *
 * A fault is reported where it is found, and reading goes on, so that one answer names all of them.
 * The sentences are AWS's, as recorded or as others have measured them. */
#include "asl/compile.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const SCHEMA = "SCHEMA_VALIDATION_FAILED";

/* "[A, B]" */
static str name_list(struct arena *arena, const str *names, size_t count)
{
    struct buf buf;
    buf_init(&buf, arena);
    buf_add_char(&buf, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add(&buf, STR(", "));
        buf_add(&buf, names[i]);
    }
    buf_add_char(&buf, ']');
    return buf_str(&buf);
}

PRINTF_LIKE(2, 0)
static str format_text(struct arena *arena, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    ASSERT(length >= 0);
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return (str){ text, (size_t)length };
}

void site_error(const struct site *site, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = format_text(site->c->arena, format, args);
    va_end(args);
    report(site->c, SCHEMA, site->place, "%.*s", STR_ARGS(text));
}

void site_field_error(const struct site *site, str field, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    str text = format_text(site->c->arena, format, args);
    va_end(args);
    struct place place = place_key(site->place, field);
    report(site->c, SCHEMA, &place, "%.*s", STR_ARGS(text));
}

/* ---- which fields may be there ---- */

static const struct field_rule *find_rule(const struct field_rule *rules, size_t count, str name,
                                          enum asl_state_type type)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(rules[i].name, name)) {
            return rules[i].types & (1u << type) ? &rules[i] : NULL;
        }
    }
    return NULL;
}

/* True if the member may stay. */
static bool check_member(const struct site *site, const struct field_rule *rule, str name,
                         bool language_known)
{
    if (!rule) {
        site_error(site, "Field '%.*s' is not supported", STR_ARGS(name));
        return false;
    }
    bool jsonata = site->language == EXPR_JSONATA;
    if (rule->languages & (jsonata ? FIELD_JSONATA : FIELD_JSONPATH)) return true;
    if (language_known) {
        site_error(site,
                   "The QueryLanguage is set to '%s', but field '%.*s' is only supported for the "
                   "'%s' QueryLanguage",
                   jsonata ? "JSONata" : "JSONPath", STR_ARGS(name),
                   jsonata ? "JSONPath" : "JSONata");
    }
    return false;
}

void site_check_fields(struct site *site, const struct field_rule *rules, size_t rule_count,
                       enum asl_state_type type, bool language_known)
{
    struct json_fields kept;
    json_fields_init(&kept, site->c->arena);
    for (size_t i = 0; i < json_count(site->object); i++) {
        str name = json_key_at(site->object, i);
        const struct field_rule *rule = find_rule(rules, rule_count, name, type);
        if (!check_member(site, rule, name, language_known)) continue;
        json_fields_add(&kept, name, json_value_at(site->object, i));
    }
    if (kept.count < json_count(site->object)) site->object = json_fields_done(&kept);
}

bool site_has(const struct site *site, str name)
{
    return json_find(site->object, name) != NULL;
}

bool site_require(const struct site *site, const str *names, size_t count)
{
    str missing[8];
    size_t missing_count = 0;
    ASSERT_CMP(count, <=, 8);
    for (size_t i = 0; i < count; i++) {
        if (!site_has(site, names[i])) missing[missing_count++] = names[i];
    }
    if (missing_count == 0) return true;
    str list = name_list(site->c->arena, missing, missing_count);
    site_error(site, "These fields are required: %.*s", STR_ARGS(list));
    return false;
}

bool site_one_of(const struct site *site, const str *names, size_t count, bool optional)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        found += site_has(site, names[i]);
    if (found == 1 || (found == 0 && optional)) return true;
    str list = name_list(site->c->arena, names, count);
    site_error(site,
               found ? "There should only be one of the following fields: %.*s"
                     : "This object should have only one of the following fields: %.*s",
               STR_ARGS(list));
    return false;
}

/* ---- simple kinds ---- */

static bool get(const struct site *site, str name, json *out)
{
    const json *value = json_find(site->object, name);
    if (!value) return false;
    *out = *value;
    return true;
}

/* The value if it is of that kind; `kind_name` is Jackson's name of it, which AWS shows. */
static bool get_kind(const struct site *site, str name, enum json_kind kind, const char *kind_name,
                     json *out)
{
    if (!get(site, name, out)) return false;
    if (out->kind == kind) return true;
    site_field_error(site, name, "Expected value of type [%s]", kind_name);
    return false;
}

static struct site site_below(const struct site *site, const struct place *place, json object)
{
    struct site below = *site;
    below.place = place;
    below.object = object;
    return below;
}

bool site_object(const struct site *site, str name, struct place *place, struct site *out)
{
    json value;
    if (!get_kind(site, name, JSON_OBJECT, "OBJECT", &value)) return false;
    *place = place_key(site->place, name);
    *out = site_below(site, place, value);
    return true;
}

bool site_item(const struct site *site, const struct place *array_place, json array, size_t index,
               struct place *place, struct site *out)
{
    *place = place_index(array_place, index);
    *out = site_below(site, place, json_at(array, index));
    if (json_is_object(out->object)) return true;
    site_error(out, "Expected value of type [OBJECT]");
    return false;
}

bool site_string(const struct site *site, str name, str *out)
{
    json value;
    if (!get_kind(site, name, JSON_STRING, "STRING", &value)) return false;
    *out = json_str(value);
    return true;
}

bool site_bool(const struct site *site, str name, bool *out)
{
    json value;
    if (!get_kind(site, name, JSON_BOOL, "BOOLEAN", &value)) return false;
    *out = value.boolean;
    return true;
}

bool site_array(const struct site *site, str name, bool may_be_empty, json *out)
{
    if (!get_kind(site, name, JSON_ARRAY, "ARRAY", out)) return false;
    if (may_be_empty || json_count(*out) > 0) return true;
    site_field_error(site, name, "Value cannot be empty");
    return false;
}

bool site_enum(const struct site *site, str name, const str *values, size_t count, size_t *out)
{
    str text;
    if (!site_string(site, name, &text)) return false;
    for (size_t i = 0; i < count; i++) {
        if (!str_eq(text, values[i])) continue;
        *out = i;
        return true;
    }
    str list = name_list(site->c->arena, values, count);
    site_field_error(site, name, "Value should be one of the following: %.*s", STR_ARGS(list));
    return false;
}

/* ---- numbers ---- */

static bool check_range(const struct site *site, str name, json value, int64_t min, int64_t max)
{
    double number = json_number(value);
    if (number < (double)min) {
        site_field_error(site, name, "Minimum value is %lld", (long long)min);
        return false;
    }
    if (number > (double)max) {
        site_field_error(site, name, "Maximum value is %lld", (long long)max);
        return false;
    }
    return true;
}

static bool check_number(const struct site *site, str name, json value, int64_t min, int64_t max,
                         bool integer)
{
    if (!json_is_number(value) || (integer && json_number(value) != trunc(json_number(value)))) {
        site_field_error(site, name, "Expected value of type %s", integer ? "Integer" : "Number");
        return false;
    }
    return check_range(site, name, value, min, max);
}

bool site_integer(const struct site *site, str name, int64_t min, int64_t max, int64_t *out)
{
    json value;
    if (!get(site, name, &value)) return false;
    if (!check_number(site, name, value, min, max, true)) return false;
    *out = (int64_t)json_number(value);
    return true;
}

bool site_decimal(const struct site *site, str name, double min, double *out)
{
    json value;
    if (!get(site, name, &value)) return false;
    if (!json_is_number(value)) {
        site_field_error(site, name, "Expected value of type Number");
        return false;
    }
    if (json_number(value) < min) {
        site_field_error(site, name, "Minimum value is %g", min);
        return false;
    }
    *out = json_number(value);
    return true;
}

/* ---- expressions ---- */

/* A string in delimiters, of a JSONata site. */
static bool compile_jsonata(const struct site *site, str name, json value, const struct expr **out)
{
    struct place place = place_key(site->place, name);
    if (expr_compile_jsonata(site->expr, json_str(value), out)) return true;
    report_problems(site->c, &place, value, EXPR_JSONATA, site->expr);
    return false;
}

static bool is_jsonata(const struct site *site, json value)
{
    return site->language == EXPR_JSONATA && json_is_string(value) &&
           expr_is_jsonata(json_str(value));
}

static void report_path(const struct site *site, str name, str text, unsigned allow)
{
    str message = site->expr->problem_count > 0 ? site->expr->problems[0].message : STR("");
    site->expr->problem_count = 0;
    if (allow & EXPR_ALLOW_INTRINSIC) {
        site_field_error(site, name,
                         "Value must be a valid JSONPath or a valid intrinsic function call");
    } else if (!(allow & EXPR_REFERENCE_ONLY)) {
        site_field_error(site, name, "Value must be a valid JSONPath.");
    } else if (!str_starts_with(text, STR("$"))) {
        site_field_error(site, name,
                         "Value is not a Reference Path: Reference path didn't start with '$'");
    } else {
        /* What is wrong stands behind the colon of "Invalid path '...': ...". */
        size_t at = str_find(message, STR(": "), 0);
        str detail = str_skip(message, at);
        site_field_error(site, name, "Value is not a Reference Path%.*s", STR_ARGS(detail));
    }
}

bool site_expr(const struct site *site, str name, unsigned allow, const struct expr **out)
{
    str text;
    if (!site_string(site, name, &text)) return false;
    if (expr_compile_path(site->expr, text, allow, out)) return true;
    report_path(site, name, text, allow);
    return false;
}

void site_path(const struct site *site, str name, unsigned allow, bool null_allowed,
               struct asl_path *out)
{
    json value;
    *out = (struct asl_path){ .kind = ASL_PATH_DEFAULT };
    if (!get(site, name, &value)) return;
    if (json_is_null(value) && null_allowed) {
        out->kind = ASL_PATH_NULL;
    } else if (site_expr(site, name, allow, &out->expr)) {
        out->kind = ASL_PATH_EXPR;
    }
}

void site_number(const struct site *site, str name, str path_name, int64_t min, int64_t max,
                 bool integer, struct asl_number *out)
{
    const str names[] = { name, path_name };
    json value;
    *out = (struct asl_number){ 0 };
    site_one_of(site, names, 2, true);
    if (get(site, name, &value)) {
        out->present = true;
        out->field = name;
        if (is_jsonata(site, value)) {
            if (!compile_jsonata(site, name, value, &out->expr)) return;
        } else if (check_number(site, name, value, min, max, integer)) {
            out->value = json_number(value);
        }
    } else if (site_has(site, path_name)) {
        out->present = true;
        out->field = path_name;
        (void)site_expr(site, path_name, EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_REFERENCE_ONLY,
                        &out->expr);
    }
}

/* Reports strings that begin as a JSONata expression and do not end as one. */
static void check_delimiters(const struct site *site, const struct place *place, json value,
                             uint32_t depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX);
    if (json_is_string(value)) {
        str text = json_str(value);
        if (str_starts_with(text, STR("{%")) && !expr_is_jsonata(text)) {
            report(site->c, SCHEMA, place, "JSONata string must start with {%% and end with %%}");
        }
        return;
    }
    for (size_t i = 0; i < json_count(value); i++) {
        bool object = json_is_object(value);
        struct place at = object ? place_key(place, json_key_at(value, i)) : place_index(place, i);
        check_delimiters(site, &at, object ? json_value_at(value, i) : json_at(value, i),
                         depth + 1);
    }
}

void site_text(const struct site *site, str name, str path_name, unsigned allow,
               struct asl_text *out)
{
    const str names[] = { name, path_name };
    json value;
    *out = (struct asl_text){ 0 };
    site_one_of(site, names, 2, true);
    if (get(site, name, &value)) {
        out->present = true;
        out->field = name;
        if (is_jsonata(site, value)) {
            (void)compile_jsonata(site, name, value, &out->expr);
        } else if (site_string(site, name, &out->value)) {
            struct place place = place_key(site->place, name);
            if (site->language == EXPR_JSONATA) check_delimiters(site, &place, value, 0);
            lint_text(site, name, out->value);
        }
    } else if (site_has(site, path_name)) {
        out->present = true;
        out->field = path_name;
        (void)site_expr(site, path_name, allow, &out->expr);
    }
}

const struct expr_template *site_template(const struct site *site, str name)
{
    json value;
    const struct expr_template *template = NULL;
    if (!get(site, name, &value)) return NULL;
    struct place place = place_key(site->place, name);
    if (site->language == EXPR_JSONATA) check_delimiters(site, &place, value, 0);
    if (!expr_compile_template(site->expr, value, site->language, &template)) {
        report_problems(site->c, &place, value, site->language, site->expr);
        return NULL;
    }
    lint_template(site, name, value);
    return template;
}

/* ---- transitions and variables ---- */

/* A state that is only a name, for a state that is compiled without its machine. */
static const struct asl_state *outside_state(const struct site *site, str name)
{
    struct asl_state *state = ARENA_NEW(site->c->arena, struct asl_state);
    state->name = name;
    state->type = ASL_SUCCEED;
    state->language = site->c->language;
    state->scope = site->scope;
    return state;
}

const struct asl_state *site_target(const struct site *site, str name)
{
    str target;
    size_t position;
    if (!site_string(site, name, &target)) return NULL;
    if (names_find(site->scope->names, target, &position)) return &site->scope->states[position];
    if (site->c->single_state && site->depth == 0) return outside_state(site, target);
    /* AWS says 'Next' for StartAt and Default too. */
    struct place place = place_key(site->place, name);
    report(site->c, "MISSING_TRANSITION_TARGET", &place, "Missing 'Next' target: %.*s",
           STR_ARGS(target));
    return NULL;
}

/* A letter, then letters, digits and underscores. What Unicode calls a letter beyond ASCII is not
 * looked up: everything there passes. */
static bool is_variable_name(str name)
{
    if (str_is_empty(name)) return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c >= 0x80;
        bool later = i > 0 && ((c >= '0' && c <= '9') || c == '_');
        if (!letter && !later) return false;
    }
    return true;
}

static void check_variable(const struct site *site, const struct place *place, str name)
{
    size_t chars;
    if (str_eq(name, STR("states"))) {
        report(site->c, "RESERVED_VARIABLE_NAME", place,
               "Cannot assign to reserved variable '$states'.");
    } else if (!is_variable_name(name)) {
        report(site->c, "INVALID_VARIABLE_NAME", place,
               "Invalid variable name '%.*s': the variable name contains invalid characters.",
               STR_ARGS(name));
    } else if (str_utf8_count(name, &chars) && chars > EXPR_VARIABLE_NAME_CHARS_MAX) {
        report(site->c, "INVALID_VARIABLE_NAME", place,
               "Invalid variable name '%.*s': the variable name is longer than %d characters.",
               STR_ARGS(name), EXPR_VARIABLE_NAME_CHARS_MAX);
    }
}

const struct expr_template *site_assign(const struct site *site)
{
    str field = STR("Assign");
    json value;
    if (!get_kind(site, field, JSON_OBJECT, "OBJECT", &value)) return NULL;
    struct place place = place_key(site->place, field);
    for (size_t i = 0; i < json_count(value); i++) {
        str name = json_key_at(value, i);
        if (site->language == EXPR_JSONPATH && str_ends_with(name, STR(".$"))) {
            name = str_slice(name, 0, name.len - 2);
        }
        check_variable(site, &place, name);
    }
    return site_template(site, field);
}
