/* Built-in functions with picture strings, and dates: values in and out of picture_*.c. */
#include "expr/jsonata/pictures.h"
#include "expr/jsonata/value.h"

#include <math.h>

static json fail_picture(struct ev *ev, const struct picture_error *err)
{
    return fail_with(ev, err->code, 0, &(struct error_parts){ .value = err->value });
}

/* An optional string argument: NULL if it is undefined. */
static const str *optional_text(struct ev *ev, json v, str *text)
{
    if (v.kind != JSON_STRING) return NULL;
    *text = well_formed(ev, json_str(v));
    return text;
}

/* An argument that should be a string, and is empty if it is not there. */
static str text_of(struct ev *ev, json v)
{
    return v.kind == JSON_STRING ? well_formed(ev, json_str(v)) : STR("");
}

/* Pays for texts, whose length is what a call costs. */
static bool spend_texts(struct ev *ev, json a, json b)
{
    uint64_t bytes =
        (uint64_t)(a.kind == JSON_STRING ? a.count : 0) + (b.kind == JSON_STRING ? b.count : 0);
    return spend(ev, 8 + bytes) && ev_can_alloc(ev, 4096 + bytes * 64);
}

/* What the pictures take for granted: a number that is one. */
static bool is_finite(struct ev *ev, json v)
{
    if (isfinite(number_of(v))) return true;
    fail_value(ev, "D1001", 0, v);
    return false;
}

json builtin_format_number(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json v = call_argument(call, 0), picture = call_argument(call, 1);
    json options = call_argument(call, 2);
    if (is_undefined(v)) return v;
    if (!spend_texts(ev, picture, undefined()) || !is_finite(ev, v)) return failed();
    str text = text_of(ev, picture), out;
    struct picture_error err;
    options = options.kind == JSON_OBJECT ? value_export(ev, options) : json_null();
    if (is_failed(options)) return options;
    if (!picture_format_number(number_of(v), text, options, ev->arena, &out, &err)) {
        return fail_picture(ev, &err);
    }
    return json_string(out);
}

json builtin_format_base(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json v = call_argument(call, 0), radix = call_argument(call, 1);
    if (is_undefined(v)) return v;
    if (!spend(ev, 50) || !ev_can_alloc(ev, 4096)) return failed();
    if (!isfinite(number_of(v))) return json_string(number_text(ev, number_of(v)));
    str out;
    struct picture_error err;
    double base = is_undefined(radix) ? 10 : number_of(radix);
    if (picture_format_base(number_of(v), base, ev->arena, &out, &err)) return json_string(out);
    return fail_picture(ev, &err);
}

json builtin_format_integer(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json v = call_argument(call, 0), picture = call_argument(call, 1);
    if (is_undefined(v)) return v;
    if (!spend_texts(ev, picture, undefined()) || !is_finite(ev, v)) return failed();
    str text = text_of(ev, picture), out;
    struct picture_error err;
    if (picture_format_integer(number_of(v), text, ev->arena, &out, &err)) return json_string(out);
    return fail_picture(ev, &err);
}

json builtin_parse_integer(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json v = call_argument(call, 0), picture = call_argument(call, 1);
    if (is_undefined(v)) return v;
    if (!spend_texts(ev, v, picture)) return failed();
    str text = text_of(ev, picture);
    double out;
    struct picture_error err;
    if (picture_parse_integer(text_of(ev, v), text, ev->arena, &out, &err)) return json_double(out);
    return fail_picture(ev, &err);
}

static json format_date(struct jsonata_call *call, double ms, json picture, json zone)
{
    struct ev *ev = call->ev;
    str picture_text, zone_text, out;
    struct picture_error err;
    if (!spend_texts(ev, picture, zone)) return failed();
    if (picture_from_millis(ms, optional_text(ev, picture, &picture_text),
                            optional_text(ev, zone, &zone_text), ev->arena, &out, &err)) {
        return json_string(out);
    }
    return fail_picture(ev, &err);
}

json builtin_from_millis(struct jsonata_call *call)
{
    json v = call_argument(call, 0);
    if (is_undefined(v)) return v;
    if (!is_finite(call->ev, v)) return failed();
    return format_date(call, number_of(v), call_argument(call, 1), call_argument(call, 2));
}

json builtin_to_millis(struct jsonata_call *call)
{
    struct ev *ev = call->ev;
    json v = call_argument(call, 0), picture = call_argument(call, 1);
    if (is_undefined(v)) return v;
    str text;
    bool defined;
    double out;
    struct picture_error err;
    if (!spend_texts(ev, v, picture)) return failed();
    if (!picture_to_millis(text_of(ev, v), optional_text(ev, picture, &text), ev->env->now_ms,
                           ev->arena, &defined, &out, &err)) {
        return fail_picture(ev, &err);
    }
    return defined ? json_double(out) : undefined();
}

json builtin_now(struct jsonata_call *call)
{
    return format_date(call, (double)call->ev->env->now_ms, call_argument(call, 0),
                       call_argument(call, 1));
}

json builtin_millis(struct jsonata_call *call)
{
    return json_double((double)call->ev->env->now_ms);
}
