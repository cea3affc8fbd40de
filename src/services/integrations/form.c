/* Percent-encoding and application/x-www-form-urlencoded, as http:invoke applies it to a request's
 * body. Source: "Applying URL-encoding on request body" in the Developer Guide. */
#include "services/integrations/call.h"

static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static void encode(struct buf *out, str text, bool plus)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (is_unreserved(c)) {
            buf_add_char(out, c);
        } else if (plus && c == ' ') {
            buf_add_char(out, '+');
        } else {
            buf_add_char(out, '%');
            buf_add_char(out, digits[(unsigned char)c >> 4]);
            buf_add_char(out, digits[(unsigned char)c & 15]);
        }
    }
}

void integration_url_encode(struct buf *out, str text)
{
    encode(out, text, false);
}

void integration_form_text(struct buf *out, str text)
{
    encode(out, text, true);
}

/* A name like "a[b][0]", made of parts on the stack of the recursion. */
struct part {
    const struct part *outer;
    str text;      /* a member's name, encoded here */
    bool brackets; /* "[]" or "[0]": `text` is between them; else the whole name */
};

struct form {
    struct buf *out;
    enum array_format format;
    bool first;
};

static void add_name(struct buf *out, const struct part *part)
{
    if (!part) return;
    add_name(out, part->outer);
    if (part->brackets) buf_add_char(out, '[');
    integration_form_text(out, part->text);
    if (part->brackets) buf_add_char(out, ']');
}

static void add_scalar(struct buf *out, json value)
{
    if (json_is_string(value))
        integration_form_text(out, json_str(value));
    else if (!json_is_null(value))
        integration_form_text(out, json_text(out->arena, value));
}

static void begin_pair(struct form *form, const struct part *part)
{
    if (!form->first) buf_add_char(form->out, '&');
    form->first = false;
    add_name(form->out, part);
    buf_add_char(form->out, '=');
}

static bool is_scalar(json value)
{
    return !json_is_object(value) && !json_is_array(value);
}

static bool all_scalars(json array)
{
    for (size_t i = 0; i < json_count(array); i++)
        if (!is_scalar(json_at(array, i))) return false;
    return true;
}

static void add_commas(struct form *form, const struct part *part, json array)
{
    begin_pair(form, part);
    for (size_t i = 0; i < json_count(array); i++) {
        if (i > 0) buf_add_char(form->out, ',');
        add_scalar(form->out, json_at(array, i));
    }
}

static void add_value(struct form *form, const struct part *part, json value, int depth);

static void add_array(struct form *form, const struct part *part, json array, int depth)
{
    if (form->format == ARRAY_COMMAS && all_scalars(array)) {
        add_commas(form, part, array);
        return;
    }
    for (size_t i = 0; i < json_count(array); i++) {
        /* Objects in it need an index in every format, or their members would mix. */
        bool index = form->format == ARRAY_INDICES || (part && !is_scalar(json_at(array, i)));
        struct part item = { .outer = part, .brackets = true };
        if (index) item.text = arena_printf(form->out->arena, "%zu", i);
        bool named = index || form->format == ARRAY_BRACKETS;
        add_value(form, named ? &item : part, json_at(array, i), depth + 1);
    }
}

static void add_value(struct form *form, const struct part *part, json value, int depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX + 1); /* call_fits has looked */
    if (json_is_array(value)) {
        add_array(form, part, value, depth);
    } else if (json_is_object(value)) {
        for (size_t i = 0; i < json_count(value); i++) {
            struct part member = { part, json_key_at(value, i), part != NULL };
            add_value(form, &member, json_value_at(value, i), depth + 1);
        }
    } else {
        begin_pair(form, part);
        add_scalar(form->out, value);
    }
}

str integration_form(struct arena *arena, json value, enum array_format format)
{
    struct buf out;
    buf_init(&out, arena);
    struct form form = { &out, format, true };
    if (is_scalar(value))
        add_scalar(&out, value); /* no name: the text itself */
    else
        add_value(&form, NULL, value, 0);
    return buf_str(&out);
}
