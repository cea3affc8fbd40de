/* Checks a call's fields against its shape.
 *
 * AWS collects all constraints that a call breaks into one ValidationException. A value of the
 * wrong JSON type is another matter: the call cannot be read at all, and the first such value is a
 * SerializationException. Items that are no structures are judged together: one fault for a list,
 * one for the keys and one for the values of a map, which name all that is asked of them. */
#include "services/shape.h"

#include "services/shape_text.h"

enum { SHAPE_FAULTS_MAX = 100 /* faults that are named in one answer */ };

struct check {
    struct arena *arena;
    struct error *err;
    struct buf faults;
    size_t fault_count;
};

/* What can be asked of a value apart from its type. */
struct rules {
    enum shape_kind kind;
    int64_t min, max;
    const char *const *values;
    const struct shape_pattern *pattern;
};

static bool is_full(const struct check *check)
{
    return check->fault_count >= SHAPE_FAULTS_MAX;
}

static void fault_begin(struct check *check, const struct shape_place *place,
                        const struct shape_field *field, json value)
{
    struct buf *out = &check->faults;
    if (check->fault_count++ > 0) buf_add(out, STR("; "));
    buf_add(out, STR("Value "));
    if (json_is_null(value)) {
        buf_add(out, STR("null "));
    } else if (!field->sensitive) {
        buf_add_char(out, '\'');
        shape_text_value(out, field, value);
        buf_add(out, STR("' "));
    }
    buf_add(out, STR("at '"));
    shape_text_place(out, place);
    buf_add(out, STR("' failed to satisfy constraint: "));
}

/* ---- rules ---- */

static bool in_values(const char *const *values, str text)
{
    for (const char *const *v = values; *v; v++)
        if (str_eq(str_from(*v), text)) return true;
    return false;
}

static bool is_base64_char(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* The bytes that a text in base64 stands for; false if it is none. */
static bool base64_size(str text, int64_t *bytes)
{
    size_t end = text.len;
    if (text.len % 4 != 0) return false;
    while (end > 0 && text.len - end < 2 && text.ptr[end - 1] == '=')
        end--;
    for (size_t i = 0; i < end; i++)
        if (!is_base64_char(text.ptr[i])) return false;
    *bytes = (int64_t)(text.len / 4 * 3 - (text.len - end));
    return true;
}

/* What min and max are about: characters, items, bytes, or the value itself. The value has the type
 * that is asked for. */
static int64_t size_of(enum shape_kind kind, json value)
{
    size_t chars = 0;
    int64_t number = 0;
    bool known = true;
    if (kind == SHAPE_INTEGER)
        known = json_to_i64(value, &number);
    else if (kind == SHAPE_BLOB)
        known = base64_size(json_str(value), &number);
    else if (kind == SHAPE_STRING && (known = str_utf8_count(json_str(value), &chars)))
        number = (int64_t)chars;
    else if (kind == SHAPE_LIST || kind == SHAPE_MAP)
        number = (int64_t)json_count(value);
    ASSERT(known);
    return number;
}

static bool is_bounded(enum shape_kind kind)
{
    return kind == SHAPE_STRING || kind == SHAPE_INTEGER || kind == SHAPE_LIST ||
           kind == SHAPE_MAP || kind == SHAPE_BLOB;
}

static void add_bound(struct buf *out, enum shape_kind kind, const char *what, int64_t bound)
{
    buf_printf(out, "Member must have %s %s than or equal to %lld",
               kind == SHAPE_INTEGER ? "value" : "length", what, (long long)bound);
}

static void add_enum(struct buf *out, const char *const *values)
{
    buf_add(out, STR("Member must satisfy enum value set: "));
    shape_text_values(out, values);
}

static void add_pattern(struct buf *out, const struct shape_pattern *pattern)
{
    buf_add(out, STR("Member must satisfy regular expression pattern: "));
    buf_add(out, str_from(pattern->text));
}

static bool satisfies(const struct rules *rules, json value)
{
    if (is_bounded(rules->kind)) {
        int64_t size = size_of(rules->kind, value);
        if (size < rules->min || (rules->max > 0 && size > rules->max)) return false;
    }
    if (rules->kind != SHAPE_STRING) return true;
    return (!rules->values || in_values(rules->values, json_str(value))) &&
           (!rules->pattern || rules->pattern->matches(json_str(value)));
}

/* A value of its own: each rule that it breaks is a fault. */
static void check_rules(struct check *check, const struct shape_place *place,
                        const struct shape_field *field, json value)
{
    int64_t size = is_bounded(field->kind) ? size_of(field->kind, value) : 0;
    if (is_bounded(field->kind) && size < field->min) {
        fault_begin(check, place, field, value);
        add_bound(&check->faults, field->kind, "greater", field->min);
    } else if (is_bounded(field->kind) && field->max > 0 && size > field->max) {
        fault_begin(check, place, field, value);
        add_bound(&check->faults, field->kind, "less", field->max);
    }
    if (field->kind != SHAPE_STRING || is_full(check)) return;
    if (field->values && !in_values(field->values, json_str(value))) {
        fault_begin(check, place, field, value);
        add_enum(&check->faults, field->values);
    }
    if (field->pattern && !field->pattern->matches(json_str(value))) {
        fault_begin(check, place, field, value);
        add_pattern(&check->faults, field->pattern);
    }
}

/* All rules, for values that are judged together. */
static void add_rules(struct check *check, const struct rules *rules)
{
    struct buf *out = &check->faults;
    size_t begin = out->len;
    if (rules->max > 0) add_bound(out, rules->kind, "less", rules->max);
    if (rules->max > 0 || rules->min > 0) {
        if (out->len > begin) buf_add(out, STR(", "));
        add_bound(out, rules->kind, "greater", rules->min);
    }
    if (rules->values) {
        if (out->len > begin) buf_add(out, STR(", "));
        add_enum(out, rules->values);
    }
    if (rules->pattern) {
        if (out->len > begin) buf_add(out, STR(", "));
        add_pattern(out, rules->pattern);
    }
    if (out->len == begin) buf_add(out, STR("Member must not be null"));
}

static void fault_together(struct check *check, const struct shape_place *place,
                           const struct shape_field *field, json value, const char *whose,
                           const struct rules *rules)
{
    fault_begin(check, place, field, value);
    buf_printf(&check->faults, "%s must satisfy constraint: [", whose);
    add_rules(check, rules);
    buf_add_char(&check->faults, ']');
}

/* ---- types ---- */

/* Whether the value can be read as what is wanted; null is up to the caller. */
static bool check_type(struct check *check, enum shape_kind kind, json value)
{
    int64_t number;
    bool fits = true;
    switch (kind) {
    case SHAPE_STRING: fits = json_is_string(value); break;
    case SHAPE_INTEGER: fits = json_is_number(value) && json_to_i64(value, &number); break;
    case SHAPE_BOOLEAN: fits = json_is_bool(value); break;
    case SHAPE_STRUCTURE:
    case SHAPE_MAP: fits = json_is_object(value); break;
    case SHAPE_LIST: fits = json_is_array(value); break;
    case SHAPE_NUMBER: fits = json_is_number(value); break;
    case SHAPE_TIMESTAMP: fits = json_is_number(value) || json_is_string(value); break;
    case SHAPE_BLOB:
        fits = json_is_string(value);
        if (fits && json_str(value).len % 4 != 0)
            return error_set(check->err, ERROR_SERIALIZATION,
                             "Base64 encoded length is expected a multiple of 4 bytes but found: "
                             "%zu",
                             json_str(value).len);
        if (fits && !base64_size(json_str(value), &number))
            return error_set(check->err, ERROR_SERIALIZATION,
                             "Invalid last non-pad Base64 character dectected"); /* sic */
        break;
    case SHAPE_ANY: break;
    }
    return fits || shape_text_wrong_type(kind, value, check->err);
}

static bool check_structure(struct check *check, const struct shape *shape, json value,
                            const struct shape_place *outer, int depth);

/* ---- lists and maps ---- */

static struct rules item_rules(const struct shape_field *field)
{
    bool is_text = field->item_kind == SHAPE_STRING;
    bool is_unbounded =
        field->item_kind == SHAPE_INTEGER && field->item_min == 0 && field->item_max == 0;
    return (struct rules){
        .kind = field->item_kind,
        .min = is_unbounded ? INT64_MIN : field->item_min,
        .max = field->item_max,
        .values = is_text && field->kind == SHAPE_LIST ? field->values : NULL,
        .pattern = is_text ? field->pattern : NULL,
    };
}

/* Structures are looked into. The others are judged together: `broken` is set if this one breaks a
 * rule. */
static bool check_item(struct check *check, const struct shape_field *field,
                       const struct rules *rules, json value, const struct shape_place *place,
                       int depth, bool *broken)
{
    if (json_is_null(value) && rules->kind == SHAPE_STRUCTURE) {
        fault_begin(check, place, field, value);
        buf_add(&check->faults, STR("Member must not be null"));
        return true;
    }
    if (json_is_null(value)) {
        *broken |= rules->kind != SHAPE_ANY;
        return true;
    }
    if (!check_type(check, rules->kind, value)) return false;
    if (rules->kind == SHAPE_STRUCTURE)
        return check_structure(check, field->shape, value, place, depth + 1);
    *broken |= !satisfies(rules, value);
    return true;
}

static bool check_items(struct check *check, const struct shape_field *field, json list,
                        const struct shape_place *outer, int depth)
{
    const struct rules rules = item_rules(field);
    bool broken = false;
    for (size_t i = 0; i < json_count(list) && !is_full(check); i++) {
        struct shape_place place = { .outer = outer, .index = i + 1 };
        if (!check_item(check, field, &rules, json_at(list, i), &place, depth, &broken))
            return false;
    }
    if (broken && !is_full(check)) fault_together(check, outer, field, list, "Member", &rules);
    return true;
}

static bool keys_fit(const struct rules *rules, json map)
{
    for (size_t i = 0; i < json_count(map); i++)
        if (!satisfies(rules, json_string(json_key_at(map, i)))) return false;
    return true;
}

static bool check_entries(struct check *check, const struct shape_field *field, json map,
                          const struct shape_place *outer, int depth)
{
    const struct rules keys = { .kind = SHAPE_STRING,
                                .min = field->key_min,
                                .max = field->key_max,
                                .pattern = field->key_pattern };
    const struct rules rules = item_rules(field);
    bool broken = false;
    if (!keys_fit(&keys, map)) fault_together(check, outer, field, map, "Map keys", &keys);
    for (size_t i = 0; i < json_count(map) && !is_full(check); i++) {
        struct shape_place place = { .outer = outer,
                                     .name = json_key_at(map, i),
                                     .is_entry = true };
        if (!check_item(check, field, &rules, json_value_at(map, i), &place, depth, &broken))
            return false;
    }
    if (broken && !is_full(check)) fault_together(check, outer, field, map, "Map value", &rules);
    return true;
}

/* ---- values ---- */

static bool check_value(struct check *check, const struct shape_field *field, json value,
                        const struct shape_place *place, int depth)
{
    if (!check_type(check, field->kind, value)) return false;
    check_rules(check, place, field, value);
    if (is_full(check)) return true;
    if (depth >= SHAPE_DEPTH_MAX) /* only a shape that contains itself */
        return error_set(check->err, ERROR_TOO_DEEP, "The call is nested too deeply.");
    if (field->kind == SHAPE_STRUCTURE)
        return check_structure(check, field->shape, value, place, depth + 1);
    if (field->kind == SHAPE_LIST) return check_items(check, field, value, place, depth);
    if (field->kind == SHAPE_MAP) return check_entries(check, field, value, place, depth);
    return true;
}

static bool check_structure(struct check *check, const struct shape *shape, json value,
                            const struct shape_place *outer, int depth)
{
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        struct shape_place place = { .outer = outer, .name = field->name };
        const json *member = json_find(value, field->name);
        if (is_full(check)) return true;
        if (member && !json_is_null(*member)) {
            if (!check_value(check, field, *member, &place, depth)) return false;
        } else if (field->required) {
            fault_begin(check, &place, field, json_null());
            buf_add(&check->faults, STR("Member must not be null"));
        }
    }
    return true;
}

bool shape_check(const struct shape *shape, json params, struct arena *arena, struct error *err)
{
    struct check check = { .arena = arena, .err = err };
    buf_init(&check.faults, arena);
    if (!json_is_object(params))
        return error_set(err, ERROR_SERIALIZATION,
                         "Start of structure or map expected but not found.");
    if (!check_structure(&check, shape, params, NULL, 0)) return false;
    if (check.fault_count == 0) return true;
    struct buf text;
    buf_init(&text, arena);
    buf_printf(&text, "%zu validation error%s detected: ", check.fault_count,
               check.fault_count == 1 ? "" : "s");
    buf_add(&text, buf_str(&check.faults));
    error_set(err, ERROR_VALIDATION, "%s", "");
    err->long_message = buf_str(&text);
    return false;
}

const struct shape_field *shape_field_find(const struct shape *shape, str name)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (str_eq(shape->fields[i].name, name)) return &shape->fields[i];
    return NULL;
}
