/* A document to schemas. Each subschema is made once, however many references lead to it, and
 * compiled from a queue: neither nesting nor references take stack. */
#include <stdlib.h>

#include "schema/internal.h"

/* A subschema: known by where its members lie. All empty objects are the same schema anyway. */
struct known {
    json value;
    json document; /* which "#" in it means */
    struct schema *schema;
};

struct compiler {
    struct arena *arena;
    const struct schema_resolver *resolver;
    struct error *err;
    struct known *known; /* in order of discovery; those at and behind `done` wait */
    size_t known_count, known_capacity;
    uint32_t *table; /* places in `known` plus 1, by members; open addressing */
    size_t table_size;
    struct {
        str reference;
        json document;
    } documents[SCHEMA_DOCUMENTS_MAX];
    size_t document_count;
};

/* ---- known subschemas ---- */

static bool is_same(json a, json b)
{
    return a.members == b.members && a.count == b.count;
}

static size_t slot_of(const struct compiler *c, json value)
{
    uint64_t hash = (uint64_t)(uintptr_t)value.members * UINT64_C(0x9E3779B97F4A7C15);
    size_t slot = (size_t)(hash >> 32) & (c->table_size - 1);
    while (c->table[slot] != 0 && !is_same(c->known[c->table[slot] - 1].value, value))
        slot = (slot + 1) & (c->table_size - 1);
    return slot;
}

static void grow_known(struct compiler *c)
{
    size_t capacity = c->known_capacity ? c->known_capacity * 2 : 64;
    struct known *known = arena_array(c->arena, capacity, sizeof *known);
    if (c->known_count > 0) memcpy(known, c->known, c->known_count * sizeof *known);
    c->known = known;
    c->known_capacity = capacity;
    c->table_size = capacity * 2;
    c->table = arena_zalloc(c->arena, c->table_size * sizeof *c->table);
    for (size_t i = 0; i < c->known_count; i++)
        c->table[slot_of(c, known[i].value)] = (uint32_t)i + 1;
}

/* The schema of `value`, now or later compiled; false if it is no object or there are too many. */
static bool subschema(struct compiler *c, json value, json document, const char *keyword,
                      const struct schema **out)
{
    if (!json_is_object(value))
        return error_set(c->err, ERROR_VALIDATION, "%s: a schema must be an object", keyword);
    if (c->known_count == c->known_capacity) grow_known(c);
    size_t slot = slot_of(c, value);
    if (c->table[slot] != 0) {
        *out = c->known[c->table[slot] - 1].schema;
        return true;
    }
    if (c->known_count >= SCHEMA_NODES_MAX)
        return error_set(c->err, ERROR_VALIDATION, "a schema has at most %d parts",
                         SCHEMA_NODES_MAX);
    struct schema *schema = ARENA_NEW(c->arena, struct schema);
    c->known[c->known_count++] =
        (struct known){ .value = value, .document = document, .schema = schema };
    c->table[slot] = (uint32_t)c->known_count;
    *out = schema;
    return true;
}

/* ---- references ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* One part of a pointer in a URL's fragment: %XX, then ~1 and ~0. */
static str pointer_part(struct compiler *c, str part)
{
    struct buf buf;
    buf_init(&buf, c->arena);
    for (size_t i = 0; i < part.len; i++) {
        int high = hex_digit(str_at(part, i + 1)), low = hex_digit(str_at(part, i + 2));
        bool escaped = part.ptr[i] == '%' && high >= 0 && low >= 0;
        if (escaped)
            buf_add_char(&buf, (char)(unsigned char)(high * 16 + low));
        else
            buf_add_char(&buf, part.ptr[i]);
        if (escaped) i += 2;
    }
    str decoded = buf_str(&buf);
    struct buf out;
    buf_init(&out, c->arena);
    for (size_t i = 0; i < decoded.len; i++) {
        char next = str_at(decoded, i + 1);
        bool escaped = decoded.ptr[i] == '~' && (next == '0' || next == '1');
        if (!escaped)
            buf_add_char(&out, decoded.ptr[i]);
        else
            buf_add(&out, next == '0' ? STR("~") : STR("/"));
        if (escaped) i++;
    }
    return buf_str(&out);
}

static const json *step_into(json value, str part)
{
    if (json_is_object(value)) return json_find(value, part);
    int64_t index;
    if (!json_is_array(value) || !str_to_i64(part, &index)) return NULL;
    if (index < 0 || (uint64_t)index >= json_count(value)) return NULL;
    return &value.items[index];
}

static bool follow_pointer(struct compiler *c, json document, str fragment, json *out)
{
    *out = document;
    if (fragment.len == 0) return true;
    if (fragment.ptr[0] != '/') return false;
    for (size_t at = 0; at < fragment.len;) {
        size_t end = str_find_char(fragment, '/', at + 1);
        const json *next = step_into(*out, pointer_part(c, str_slice(fragment, at + 1, end)));
        if (!next) return false;
        *out = *next;
        at = end;
    }
    return true;
}

static bool find_document(struct compiler *c, str reference, json *out)
{
    for (size_t i = 0; i < c->document_count; i++) {
        if (!str_eq(c->documents[i].reference, reference)) continue;
        *out = c->documents[i].document;
        return true;
    }
    if (c->document_count == SCHEMA_DOCUMENTS_MAX)
        return error_set(c->err, ERROR_VALIDATION, "$ref: more than %d other documents",
                         SCHEMA_DOCUMENTS_MAX);
    if (!c->resolver || !c->resolver->find(c->resolver->context, reference, out))
        return error_set(c->err, ERROR_VALIDATION, "$ref: there is no model \"%.*s\"",
                         STR_ARGS(reference));
    c->documents[c->document_count].reference = reference;
    c->documents[c->document_count++].document = *out;
    return true;
}

static bool compile_reference(struct compiler *c, json value, json document, struct schema *schema)
{
    str reference = json_str(value);
    size_t hash = str_find_char(reference, '#', 0);
    str base = str_slice(reference, 0, hash);
    str fragment = hash < reference.len ? str_skip(reference, hash + 1) : STR("");
    if (base.len > 0 && !find_document(c, base, &document)) return false;
    json target;
    if (!follow_pointer(c, document, fragment, &target))
        return error_set(c->err, ERROR_VALIDATION, "$ref: \"%.*s\" leads nowhere",
                         STR_ARGS(reference));
    return subschema(c, target, document, "$ref", &schema->reference);
}

/* ---- keywords; each gets its value and says what is wrong with it ---- */

struct place {
    struct compiler *c;
    json document;
    struct schema *schema;
    str keyword;
};

static bool bad(const struct place *place, const char *what)
{
    return error_set(place->c->err, ERROR_VALIDATION, "%.*s: %s", STR_ARGS(place->keyword), what);
}

static bool child(const struct place *place, json value, const struct schema **out)
{
    const char *keyword = arena_cstr(place->c->arena, place->keyword);
    return subschema(place->c, value, place->document, keyword, out);
}

static bool read_children(const struct place *place, json value, struct schema_list *out)
{
    out->count = json_count(value);
    out->items = arena_array(place->c->arena, out->count, sizeof *out->items);
    for (size_t i = 0; i < out->count; i++)
        if (!child(place, json_at(value, i), &out->items[i])) return false;
    return true;
}

static bool read_alternatives(const struct place *place, json value, struct schema_list *out)
{
    if (!json_is_array(value) || json_count(value) == 0)
        return bad(place, "must be an array of at least one schema");
    return read_children(place, value, out);
}

static bool read_size(const struct place *place, json value, int64_t *out)
{
    if (!json_is_number(value) || !json_to_i64(value, out) || *out < 0)
        return bad(place, "must be an integer of 0 or more");
    return true;
}

static bool read_bool(const struct place *place, json value, bool *out)
{
    if (!json_is_bool(value)) return bad(place, "must be true or false");
    *out = value.boolean;
    return true;
}

static bool read_number(const struct place *place, json value, const json **out)
{
    if (!json_is_number(value)) return bad(place, "must be a number");
    json *copy = ARENA_NEW(place->c->arena, json);
    *copy = value;
    *out = copy;
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

static bool read_names(const struct place *place, json value, struct schema_names *out)
{
    if (!json_is_array(value) || json_count(value) == 0)
        return bad(place, "must be an array of at least one string");
    str *names = arena_array(place->c->arena, json_count(value), sizeof *names);
    for (size_t i = 0; i < json_count(value); i++) {
        if (!json_is_string(json_at(value, i))) return bad(place, "must be an array of strings");
        names[i] = json_str(json_at(value, i));
    }
    qsort(names, json_count(value), sizeof *names, compare_names);
    for (size_t i = 1; i < json_count(value); i++)
        if (str_eq(names[i - 1], names[i])) return bad(place, "must not have a string twice");
    *out = (struct schema_names){ names, json_count(value) };
    return true;
}

static bool add_type(const struct place *place, json name)
{
    unsigned type = json_is_string(name) ? schema_type_of_name(json_str(name)) : 0;
    if (type == 0) return bad(place, "is not one of JSON's types");
    place->schema->types |= type == TYPE_NUMBER ? TYPE_NUMBER | TYPE_INTEGER : type;
    return true;
}

static bool read_type(const struct place *place, json value)
{
    if (json_is_string(value)) return add_type(place, value);
    if (!json_is_array(value) || json_count(value) == 0)
        return bad(place, "must be a string or an array of strings");
    for (size_t i = 0; i < json_count(value); i++)
        if (!add_type(place, json_at(value, i))) return false;
    return true;
}

static bool read_choices(const struct place *place, json value)
{
    if (!json_is_array(value) || json_count(value) == 0)
        return bad(place, "must be an array of at least one value");
    json *copy = ARENA_NEW(place->c->arena, json);
    *copy = value;
    place->schema->choices = copy;
    return true;
}

static bool compile_pattern(const struct place *place, str text, struct schema_pattern *out)
{
    out->text = text;
    out->code = schema_pattern_compile(text, place->c->arena);
    return out->code ? true : bad(place, "is not a valid regular expression");
}

static bool read_pattern(const struct place *place, json value)
{
    if (!json_is_string(value)) return bad(place, "must be a string");
    struct schema_pattern *pattern = ARENA_NEW(place->c->arena, struct schema_pattern);
    place->schema->pattern = pattern;
    return compile_pattern(place, json_str(value), pattern);
}

static bool read_items(const struct place *place, json value)
{
    if (!json_is_array(value)) return child(place, value, &place->schema->item);
    place->schema->has_items = true;
    return read_children(place, value, &place->schema->items);
}

/* additionalItems, additionalProperties: a boolean or a schema. */
static bool read_additional(const struct place *place, json value, const struct schema **schema,
                            bool *refused)
{
    if (!json_is_bool(value)) return child(place, value, schema);
    *refused = !value.boolean;
    return true;
}

static int compare_properties(const void *a, const void *b)
{
    const struct schema_property *left = a, *right = b;
    return str_compare(left->name, right->name);
}

static bool read_properties(const struct place *place, json value)
{
    if (!json_is_object(value)) return bad(place, "must be an object");
    size_t count = json_count(value);
    struct schema_property *properties = arena_array(place->c->arena, count, sizeof *properties);
    for (size_t i = 0; i < count; i++) {
        properties[i].name = json_key_at(value, i);
        if (!child(place, json_value_at(value, i), &properties[i].schema)) return false;
    }
    qsort(properties, count, sizeof *properties, compare_properties);
    place->schema->properties = properties;
    place->schema->property_count = count;
    return true;
}

static bool read_pattern_properties(const struct place *place, json value)
{
    if (!json_is_object(value)) return bad(place, "must be an object");
    size_t count = json_count(value);
    struct schema_pattern *patterns = arena_array(place->c->arena, count, sizeof *patterns);
    for (size_t i = 0; i < count; i++) {
        if (!compile_pattern(place, json_key_at(value, i), &patterns[i])) return false;
        if (!child(place, json_value_at(value, i), &patterns[i].schema)) return false;
    }
    place->schema->pattern_properties = patterns;
    place->schema->pattern_property_count = count;
    return true;
}

static int compare_dependencies(const void *a, const void *b)
{
    const struct schema_dependency *left = a, *right = b;
    return str_compare(left->name, right->name);
}

static bool read_dependencies(const struct place *place, json value)
{
    if (!json_is_object(value)) return bad(place, "must be an object");
    size_t count = json_count(value);
    struct schema_dependency *all = arena_zalloc(place->c->arena, count * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        json needed = json_value_at(value, i);
        all[i].name = json_key_at(value, i);
        bool ok = json_is_array(needed) ? read_names(place, needed, &all[i].names)
                                        : child(place, needed, &all[i].schema);
        if (!ok) return false;
    }
    qsort(all, count, sizeof *all, compare_dependencies);
    place->schema->dependencies = all;
    place->schema->dependency_count = count;
    return true;
}

static bool read_divisor(const struct place *place, json value)
{
    if (!read_number(place, value, &place->schema->multiple_of)) return false;
    if (json_number(value) > 0) return true;
    return bad(place, "must be greater than 0");
}

/* definitions, title, format and all that is not known mean nothing here. */
static bool read_keyword(const struct place *p, json value)
{
    struct schema *s = p->schema;
    str key = p->keyword;
    if (str_eq(key, STR("type"))) return read_type(p, value);
    if (str_eq(key, STR("enum"))) return read_choices(p, value);
    if (str_eq(key, STR("properties"))) return read_properties(p, value);
    if (str_eq(key, STR("required"))) return read_names(p, value, &s->required);
    if (str_eq(key, STR("items"))) return read_items(p, value);
    if (str_eq(key, STR("minimum"))) return read_number(p, value, &s->minimum);
    if (str_eq(key, STR("maximum"))) return read_number(p, value, &s->maximum);
    if (str_eq(key, STR("multipleOf"))) return read_divisor(p, value);
    if (str_eq(key, STR("exclusiveMinimum"))) return read_bool(p, value, &s->minimum_exclusive);
    if (str_eq(key, STR("exclusiveMaximum"))) return read_bool(p, value, &s->maximum_exclusive);
    if (str_eq(key, STR("minLength"))) return read_size(p, value, &s->length_min);
    if (str_eq(key, STR("maxLength"))) return read_size(p, value, &s->length_max);
    if (str_eq(key, STR("minItems"))) return read_size(p, value, &s->items_min);
    if (str_eq(key, STR("maxItems"))) return read_size(p, value, &s->items_max);
    if (str_eq(key, STR("minProperties"))) return read_size(p, value, &s->properties_min);
    if (str_eq(key, STR("maxProperties"))) return read_size(p, value, &s->properties_max);
    if (str_eq(key, STR("uniqueItems"))) return read_bool(p, value, &s->unique_items);
    if (str_eq(key, STR("pattern"))) return read_pattern(p, value);
    if (str_eq(key, STR("patternProperties"))) return read_pattern_properties(p, value);
    if (str_eq(key, STR("dependencies"))) return read_dependencies(p, value);
    if (str_eq(key, STR("allOf"))) return read_alternatives(p, value, &s->all_of);
    if (str_eq(key, STR("anyOf"))) return read_alternatives(p, value, &s->any_of);
    if (str_eq(key, STR("oneOf"))) return read_alternatives(p, value, &s->one_of);
    if (str_eq(key, STR("not"))) return child(p, value, &s->not_allowed);
    if (str_eq(key, STR("additionalItems")))
        return read_additional(p, value, &s->additional_items, &s->additional_items_refused);
    if (str_eq(key, STR("additionalProperties")))
        return read_additional(p, value, &s->additional_properties,
                               &s->additional_properties_refused);
    return true;
}

static bool compile_one(struct compiler *c, struct known known)
{
    struct schema *s = known.schema;
    s->items_min = s->items_max = s->length_min = s->length_max = -1;
    s->properties_min = s->properties_max = -1;
    const json *reference = json_find(known.value, STR("$ref"));
    if (reference && json_is_string(*reference))
        return compile_reference(c, *reference, known.document, s);
    struct place place = { .c = c, .document = known.document, .schema = s };
    for (size_t i = 0; i < json_count(known.value); i++) {
        place.keyword = json_key_at(known.value, i);
        if (!read_keyword(&place, json_value_at(known.value, i))) return false;
    }
    return true;
}

/* A reference names what it leads to in the end; one that leads to itself names nothing. */
static bool shorten_references(struct compiler *c)
{
    for (size_t i = 0; i < c->known_count; i++) {
        struct schema *schema = c->known[i].schema;
        for (int hops = 0; schema->reference && schema->reference->reference; hops++) {
            if (hops == SCHEMA_REFERENCES_MAX)
                return error_set(c->err, ERROR_VALIDATION, "$ref: references lead in a circle");
            schema->reference = schema->reference->reference;
        }
    }
    return true;
}

bool schema_compile(json document, const struct schema_resolver *resolver, struct arena *arena,
                    const struct schema **out, struct error *err)
{
    struct compiler c = { .arena = arena, .resolver = resolver, .err = err };
    const struct schema *root = NULL;
    if (!subschema(&c, document, document, "model", &root)) return false;
    for (size_t done = 0; done < c.known_count; done++)
        if (!compile_one(&c, c.known[done])) return false;
    if (!shorten_references(&c)) return false;
    *out = root;
    return true;
}
