/* Which parameters may come together; names and values, and that all of them are used. */
#include <stdlib.h>

#include "services/dynamodb/expression.h"

/* ---- parameters ---- */

static bool is_given(json input, str name)
{
    const json *value = json_find(input, name);
    return value && !json_is_null(*value);
}

/* KeyConditions goes with other expressions, but not with its own successor. */
static bool is_conflicting(json input, str legacy)
{
    if (!is_given(input, legacy)) return false;
    return !str_eq(legacy, STR("KeyConditions")) || is_given(input, STR("KeyConditionExpression"));
}

static size_t add_given(struct buf *text, json input, const str *names, size_t count,
                        bool (*chosen)(json, str))
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (!chosen(input, names[i])) continue;
        if (found++ > 0) buf_add(text, STR(", "));
        buf_add(text, names[i]);
    }
    return found;
}

/* A projection has no values. */
static bool has_values(str expression)
{
    return !str_eq(expression, STR("ProjectionExpression"));
}

static bool check_values_given(struct arena *arena, json input, const str *expressions,
                               size_t count, struct error *err)
{
    struct buf names;
    size_t listed = 0;
    if (!is_given(input, STR("ExpressionAttributeValues"))) return true;
    buf_init(&names, arena);
    for (size_t i = 0; i < count; i++) {
        if (!has_values(expressions[i])) continue;
        if (is_given(input, expressions[i])) return true;
        if (listed++ > 0) buf_add(&names, STR(" and "));
        buf_add(&names, expressions[i]);
    }
    if (listed == 0) return true;
    return error_set(err, ERROR_VALIDATION,
                     "ExpressionAttributeValues can only be specified when using expressions: "
                     "%.*s %s null",
                     STR_ARGS(buf_str(&names)), listed > 1 ? "are" : "is");
}

bool expression_check_params(struct arena *arena, json input, const str *expressions,
                             size_t expression_count, const str *legacy, size_t legacy_count,
                             struct error *err)
{
    struct buf new_names;
    struct buf old_names;
    buf_init(&new_names, arena);
    buf_init(&old_names, arena);
    size_t new_count = add_given(&new_names, input, expressions, expression_count, is_given);
    size_t old_count = add_given(&old_names, input, legacy, legacy_count, is_conflicting);
    if (new_count > 0 && old_count > 0)
        return error_set(err, ERROR_VALIDATION,
                         "Can not use both expression and non-expression parameters in the same "
                         "request: Non-expression parameters: {%.*s} Expression parameters: "
                         "{%.*s}",
                         STR_ARGS(buf_str(&old_names)), STR_ARGS(buf_str(&new_names)));
    if (new_count == 0 && is_given(input, STR("ExpressionAttributeNames")))
        return error_set(err, ERROR_VALIDATION,
                         "ExpressionAttributeNames can only be specified when using expressions");
    return check_values_given(arena, input, expressions, expression_count, err);
}

/* ---- names and values ---- */

struct maker {
    struct arena *arena;
    const char *parameter; /* "ExpressionAttributeNames" */
    char prefix;           /* '#' or ':' */
    struct error *err;
    size_t bytes; /* so far, of keys and what they stand for */
};

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static bool is_key(str key, char prefix)
{
    if (key.len < 2 || key.ptr[0] != prefix) return false;
    for (size_t i = 1; i < key.len; i++)
        if (!is_key_char(key.ptr[i])) return false;
    return true;
}

static bool check_keys(struct maker *maker, json map)
{
    for (size_t i = 0; i < json_count(map); i++) {
        str key = json_key_at(map, i);
        if (!is_key(key, maker->prefix))
            return error_set_long(maker->err, maker->arena, ERROR_VALIDATION,
                                  "%s contains invalid key: Syntax error; key: \"%.*s\"",
                                  maker->parameter, STR_ARGS(key));
        if (key.len > DYNAMODB_EXPRESSION_KEY_BYTES_MAX)
            return error_set(maker->err, ERROR_VALIDATION,
                             "The expression attribute map contains a key that is too long");
    }
    return true;
}

static bool invalid_value(struct maker *maker, str key, str why)
{
    return error_set_long(maker->err, maker->arena, ERROR_VALIDATION,
                          "%s contains invalid value: %.*s for key %.*s", maker->parameter,
                          STR_ARGS(why), STR_ARGS(key));
}

static bool make_name(struct maker *maker, str key, json wire, json *out)
{
    if (!json_is_string(wire))
        return error_set(maker->err, ERROR_SERIALIZATION, "Unexpected field type");
    str name = json_str(wire);
    if (name.len == 0) return invalid_value(maker, key, STR("Empty attribute name"));
    if (name.len > DYNAMODB_NAME_BYTES_MAX)
        return invalid_value(maker, key,
                             STR("Attribute name is too large, must be less than 65536 bytes"));
    *out = wire;
    maker->bytes += key.len + name.len;
    return true;
}

static bool make_value(struct maker *maker, str key, json wire, json *out)
{
    struct error inner = { 0 };
    if (value_normalise(maker->arena, wire, out, &inner)) {
        maker->bytes += key.len + value_bytes(*out);
        return true;
    }
    if (inner.code == ERROR_VALIDATION) return invalid_value(maker, key, error_text(&inner));
    *maker->err = inner;
    return false;
}

static int compare_keys(const void *a, const void *b)
{
    const struct expression_placeholder *left = a;
    const struct expression_placeholder *right = b;
    return str_compare(left->key, right->key);
}

static bool make_all(struct maker *maker, const json *map, struct expression_placeholders *out)
{
    bool (*make)(struct maker *, str, json, json *) = maker->prefix == '#' ? make_name : make_value;
    *out = (struct expression_placeholders){ 0 };
    if (!map || json_is_null(*map)) return true;
    if (!json_is_object(*map))
        return error_set(maker->err, ERROR_SERIALIZATION, "Unexpected field type");
    size_t count = json_count(*map);
    if (count == 0)
        return error_set(maker->err, ERROR_VALIDATION, "%s must not be empty", maker->parameter);
    if (!check_keys(maker, *map)) return false;
    out->items = arena_array(maker->arena, count, sizeof *out->items);
    for (size_t i = 0; i < count; i++) {
        struct expression_placeholder item = { .key = json_key_at(*map, i), .rank = i };
        if (!make(maker, item.key, json_value_at(*map, i), &item.value)) return false;
        out->items[i] = item;
    }
    out->count = count;
    if (maker->bytes > DYNAMODB_EXPRESSION_VARIABLES_BYTES_MAX)
        return error_set(maker->err, ERROR_VALIDATION, "%s exceeds max size", maker->parameter);
    qsort(out->items, count, sizeof *out->items, compare_keys);
    return true;
}

static int compare_name_pointers(const void *a, const void *b)
{
    const struct expression_placeholder *const *left = a;
    const struct expression_placeholder *const *right = b;
    return str_compare(json_str((*left)->value), json_str((*right)->value));
}

/* Gives equal names one place in memory. Names may be long and paths many; comparing paths with
 * each other is then a matter of pointers. */
static void share_names(struct arena *arena, struct expression_placeholders *names)
{
    struct expression_placeholder **sorted = arena_array(arena, names->count, sizeof(void *));
    for (size_t i = 0; i < names->count; i++)
        sorted[i] = &names->items[i];
    if (names->count > 1) qsort(sorted, names->count, sizeof *sorted, compare_name_pointers);
    for (size_t i = 1; i < names->count; i++)
        if (str_eq(json_str(sorted[i - 1]->value), json_str(sorted[i]->value)))
            sorted[i]->value = sorted[i - 1]->value;
}

bool expression_context_init(struct expression_context *context, struct arena *arena,
                             const json *names, const json *values, struct error *err)
{
    struct maker maker = { arena, "ExpressionAttributeNames", '#', err, 0 };
    context->arena = arena;
    if (!make_all(&maker, names, &context->names)) return false;
    size_t name_bytes = maker.bytes;
    share_names(arena, &context->names);
    maker = (struct maker){ arena, "ExpressionAttributeValues", ':', err, 0 };
    if (!make_all(&maker, values, &context->values)) return false;
    if (name_bytes + maker.bytes <= DYNAMODB_EXPRESSION_VARIABLES_BYTES_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     "Combined size of ExpressionAttributeNames and ExpressionAttributeValues "
                     "exceeds max size");
}

/* ---- use ---- */

static bool check_used(const struct expression_context *context,
                       const struct expression_placeholders *all, const char *parameter,
                       struct error *err)
{
    struct buf text;
    str *unused = arena_array(context->arena, all->count, sizeof *unused);
    bool found = false;
    memset(unused, 0, all->count * sizeof *unused);
    for (size_t i = 0; i < all->count; i++) {
        if (all->items[i].is_used) continue;
        unused[all->items[i].rank] = all->items[i].key;
        found = true;
    }
    if (!found) return true;
    buf_init(&text, context->arena);
    for (size_t i = 0; i < all->count; i++) {
        if (unused[i].len == 0) continue;
        if (text.len > 0) buf_add(&text, STR(", "));
        buf_add(&text, unused[i]);
    }
    return error_set_long(err, context->arena, ERROR_VALIDATION,
                          "Value provided in %s unused in expressions: keys: {%.*s}", parameter,
                          STR_ARGS(buf_str(&text)));
}

bool expression_context_finish(const struct expression_context *context, struct error *err)
{
    return check_used(context, &context->names, "ExpressionAttributeNames", err) &&
           check_used(context, &context->values, "ExpressionAttributeValues", err);
}
