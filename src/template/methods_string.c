/* Methods of strings, numbers and booleans: those of Java's classes that mapping templates use. */
#include "template/internal.h"

bool vtl_call_text(const struct call *call, size_t index, str *out)
{
    return vtl_value_text(call->run, call->arguments[index], out);
}

bool vtl_call_index(const struct call *call, size_t index, int64_t *out)
{
    struct value value = call->arguments[index];
    return value.kind == VALUE_NUMBER && json_to_i64(value.number, out);
}

static bool give_index(const struct call *call, size_t at, struct value *out)
{
    str text = call->self.text;
    int64_t units = at == text.len ? -1 : (int64_t)vtl_text_units(str_slice(text, 0, at));
    *out = vtl_value_integer(call->run, units);
    return true;
}

static bool give_bool(bool boolean, struct value *out)
{
    *out = vtl_value_boolean(boolean);
    return true;
}

/* ---- strings ---- */

static bool string_length(const struct call *call, struct value *out)
{
    *out = vtl_value_integer(call->run, (int64_t)vtl_text_units(call->self.text));
    return true;
}

static bool string_is_empty(const struct call *call, struct value *out)
{
    return give_bool(call->self.text.len == 0, out);
}

static bool string_lower(const struct call *call, struct value *out)
{
    *out = vtl_value_string(vtl_text_lower(call->run->arena, call->self.text));
    return true;
}

static bool string_upper(const struct call *call, struct value *out)
{
    *out = vtl_value_string(vtl_text_upper(call->run->arena, call->self.text));
    return true;
}

static bool string_trim(const struct call *call, struct value *out)
{
    str text = call->self.text;
    size_t from = 0, to = text.len;
    while (from < to && (unsigned char)text.ptr[from] <= ' ')
        from++;
    while (to > from && (unsigned char)text.ptr[to - 1] <= ' ')
        to--;
    *out = vtl_value_string(str_slice(text, from, to));
    return true;
}

/* Out of bounds is an exception in Java: null here. */
static bool string_substring(const struct call *call, struct value *out)
{
    int64_t units = (int64_t)vtl_text_units(call->self.text), from, to = units;
    *out = vtl_value_none();
    if (!vtl_call_index(call, 0, &from)) return true;
    if (call->count > 1 && !vtl_call_index(call, 1, &to)) return true;
    if (from < 0 || from > to || to > units) return true;
    size_t begin = vtl_text_unit_offset(call->self.text, (size_t)from);
    size_t end = vtl_text_unit_offset(call->self.text, (size_t)to);
    *out = vtl_value_string(str_slice(call->self.text, begin, end));
    return true;
}

static bool string_char_at(const struct call *call, struct value *out)
{
    int64_t at;
    *out = vtl_value_none();
    if (!vtl_call_index(call, 0, &at) || at < 0) return true;
    if (at >= (int64_t)vtl_text_units(call->self.text)) return true;
    size_t begin = vtl_text_unit_offset(call->self.text, (size_t)at), end = begin;
    (void)str_utf8_next(call->self.text, &end);
    *out = vtl_value_string(str_slice(call->self.text, begin, end));
    return true;
}

static bool string_contains(const struct call *call, struct value *out)
{
    str text;
    if (!vtl_call_text(call, 0, &text)) return false;
    str self = call->self.text;
    return give_bool(text.len == 0 || str_find(self, text, 0) < self.len, out);
}

static bool string_starts_with(const struct call *call, struct value *out)
{
    str text;
    return vtl_call_text(call, 0, &text) && give_bool(str_starts_with(call->self.text, text), out);
}

static bool string_ends_with(const struct call *call, struct value *out)
{
    str text;
    return vtl_call_text(call, 0, &text) && give_bool(str_ends_with(call->self.text, text), out);
}

static bool string_index_of(const struct call *call, struct value *out)
{
    str text;
    int64_t from = 0;
    if (!vtl_call_text(call, 0, &text)) return false;
    if (call->count > 1 && (!vtl_call_index(call, 1, &from) || from < 0)) from = 0;
    size_t start = vtl_text_unit_offset(call->self.text, (size_t)from);
    if (text.len == 0) {
        *out = vtl_value_integer(call->run,
                                 (int64_t)vtl_text_units(str_slice(call->self.text, 0, start)));
        return true;
    }
    return give_index(call, str_find(call->self.text, text, start), out);
}

static bool string_last_index_of(const struct call *call, struct value *out)
{
    str text, self = call->self.text;
    if (!vtl_call_text(call, 0, &text)) return false;
    for (size_t at = self.len - text.len + 1; text.len <= self.len && at-- > 0;) {
        if (memcmp(self.ptr + at, text.ptr, text.len) != 0) continue;
        *out = vtl_value_integer(call->run, (int64_t)vtl_text_units(str_slice(self, 0, at)));
        return true;
    }
    *out = vtl_value_integer(call->run, -1);
    return true;
}

/* Only a string equals a string. */
static bool string_equals(const struct call *call, struct value *out)
{
    struct value other = call->arguments[0];
    bool is_string = other.kind == VALUE_STRING || other.kind == VALUE_BLANK;
    str text = other.kind == VALUE_STRING ? other.text : STR("");
    return give_bool(is_string && str_eq(call->self.text, text), out);
}

static bool string_equals_ignore_case(const struct call *call, struct value *out)
{
    str text;
    struct arena *arena = call->run->arena;
    if (!vtl_call_text(call, 0, &text)) return false;
    bool is_there = call->arguments[0].kind != VALUE_NONE;
    return give_bool(
        is_there && str_eq(vtl_text_lower(arena, call->self.text), vtl_text_lower(arena, text)),
        out);
}

static bool string_compare_to(const struct call *call, struct value *out)
{
    str text;
    if (!vtl_call_text(call, 0, &text)) return false;
    *out = vtl_value_integer(call->run, str_compare(call->self.text, text));
    return true;
}

static bool string_concat(const struct call *call, struct value *out)
{
    struct buf buf;
    buf_init(&buf, call->run->arena);
    buf_add(&buf, call->self.text);
    if (!vtl_value_write(call->run, &buf, call->arguments[0])) return false;
    *out = vtl_value_string(buf.len > 0 ? buf_str(&buf) : STR(""));
    return true;
}

/* replace(): every occurrence of a text. */
static bool string_replace(const struct call *call, struct value *out)
{
    str old, new, self = call->self.text;
    if (!vtl_call_text(call, 0, &old) || !vtl_call_text(call, 1, &new)) return false;
    *out = call->self;
    if (old.len == 0) return true;
    struct buf buf;
    buf_init(&buf, call->run->arena);
    size_t from = 0;
    for (size_t at; (at = str_find(self, old, from)) < self.len; from = at + old.len) {
        buf_add(&buf, str_slice(self, from, at));
        buf_add(&buf, new);
        if (buf.len > TEMPLATE_OUTPUT_BYTES_MAX)
            return vtl_run_fail(call->run, ERROR_TOO_LARGE,
                                "the template makes a text that is too large");
    }
    buf_add(&buf, str_skip(self, from));
    *out = vtl_value_string(buf.len > 0 ? buf_str(&buf) : STR(""));
    return true;
}

static bool replace_pattern(const struct call *call, bool all, struct value *out)
{
    str pattern, replacement, result;
    if (!vtl_call_text(call, 0, &pattern) || !vtl_call_text(call, 1, &replacement)) return false;
    if (!vtl_regex_replace(call->run, call->self.text, pattern, replacement, all, &result))
        return false;
    *out = vtl_value_string(result);
    return true;
}

static bool string_replace_all(const struct call *call, struct value *out)
{
    return replace_pattern(call, true, out);
}

static bool string_replace_first(const struct call *call, struct value *out)
{
    return replace_pattern(call, false, out);
}

static bool string_matches(const struct call *call, struct value *out)
{
    str pattern;
    bool matches;
    if (!vtl_call_text(call, 0, &pattern)) return false;
    return vtl_regex_matches(call->run, call->self.text, pattern, &matches) &&
           give_bool(matches, out);
}

static bool string_split(const struct call *call, struct value *out)
{
    str pattern;
    int64_t limit = 0;
    if (!vtl_call_text(call, 0, &pattern)) return false;
    if (call->count > 1 && !vtl_call_index(call, 1, &limit)) limit = 0;
    *out = vtl_value_list(call->run);
    return vtl_regex_split(call->run, call->self.text, pattern, limit, out->list);
}

static bool string_to_string(const struct call *call, struct value *out)
{
    *out = call->self;
    return true;
}

struct method_table vtl_string_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("length"), 0, 0, string_length },
        { STR_INIT("isEmpty"), 0, 0, string_is_empty },
        { STR_INIT("toLowerCase"), 0, 0, string_lower },
        { STR_INIT("toUpperCase"), 0, 0, string_upper },
        { STR_INIT("trim"), 0, 0, string_trim },
        { STR_INIT("strip"), 0, 0, string_trim },
        { STR_INIT("substring"), 1, 2, string_substring },
        { STR_INIT("charAt"), 1, 1, string_char_at },
        { STR_INIT("contains"), 1, 1, string_contains },
        { STR_INIT("startsWith"), 1, 1, string_starts_with },
        { STR_INIT("endsWith"), 1, 1, string_ends_with },
        { STR_INIT("indexOf"), 1, 2, string_index_of },
        { STR_INIT("lastIndexOf"), 1, 1, string_last_index_of },
        { STR_INIT("equals"), 1, 1, string_equals },
        { STR_INIT("equalsIgnoreCase"), 1, 1, string_equals_ignore_case },
        { STR_INIT("compareTo"), 1, 1, string_compare_to },
        { STR_INIT("concat"), 1, 1, string_concat },
        { STR_INIT("replace"), 2, 2, string_replace },
        { STR_INIT("replaceAll"), 2, 2, string_replace_all },
        { STR_INIT("replaceFirst"), 2, 2, string_replace_first },
        { STR_INIT("matches"), 1, 1, string_matches },
        { STR_INIT("split"), 1, 2, string_split },
        { STR_INIT("toString"), 0, 0, string_to_string },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}

/* ---- numbers and booleans ---- */

static bool scalar_to_string(const struct call *call, struct value *out)
{
    str text;
    if (!vtl_value_text(call->run, call->self, &text)) return false;
    *out = vtl_value_string(text);
    return true;
}

static bool scalar_equals(const struct call *call, struct value *out)
{
    bool equal = false;
    if (call->arguments[0].kind == call->self.kind &&
        !vtl_value_equals(call->run, call->self, call->arguments[0], &equal))
        return false;
    return give_bool(equal, out);
}

static bool scalar_to_integer(const struct call *call, struct value *out)
{
    *out = call->self;
    if (call->self.kind != VALUE_NUMBER) return true;
    double number = json_number(call->self.number);
    int64_t whole;
    if (json_to_i64(call->self.number, &whole)) {
        *out = vtl_value_integer(call->run, whole);
    } else if (number > -9e18 && number < 9e18) {
        *out = vtl_value_integer(call->run, (int64_t)number);
    }
    return true;
}

static bool scalar_self(const struct call *call, struct value *out)
{
    *out = call->self;
    return true;
}

/* $zero.parseInt("12"): templates reach Integer's statics through any integer. */
static bool scalar_parse(const struct call *call, struct value *out)
{
    str text;
    json number = json_null();
    *out = vtl_value_none();
    if (!vtl_call_text(call, 0, &text)) return false;
    int64_t whole;
    if (str_to_i64(text, &whole))
        *out = vtl_value_integer(call->run, whole);
    else if (text_number(call->run->arena, text, &number))
        *out = (struct value){ .kind = VALUE_NUMBER, .number = number };
    return true;
}

static bool scalar_compare_to(const struct call *call, struct value *out)
{
    struct value other = call->arguments[0];
    *out = vtl_value_none();
    if (call->self.kind != VALUE_NUMBER || other.kind != VALUE_NUMBER) return true;
    int order = json_number_compare(call->self.number, other.number);
    *out = vtl_value_integer(call->run, (order > 0) - (order < 0));
    return true;
}

struct method_table vtl_scalar_methods(void)
{
    static const struct method methods[] = {
        { STR_INIT("toString"), 0, 0, scalar_to_string },
        { STR_INIT("equals"), 1, 1, scalar_equals },
        { STR_INIT("compareTo"), 1, 1, scalar_compare_to },
        { STR_INIT("intValue"), 0, 0, scalar_to_integer },
        { STR_INIT("longValue"), 0, 0, scalar_to_integer },
        { STR_INIT("doubleValue"), 0, 0, scalar_self },
        { STR_INIT("booleanValue"), 0, 0, scalar_self },
        { STR_INIT("parseInt"), 1, 1, scalar_parse },
        { STR_INIT("parseLong"), 1, 1, scalar_parse },
        { STR_INIT("parseDouble"), 1, 1, scalar_parse },
        { STR_INIT("valueOf"), 1, 1, scalar_parse },
    };
    return (struct method_table){ methods, sizeof methods / sizeof methods[0] };
}
