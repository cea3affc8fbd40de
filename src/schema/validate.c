/* A value against a schema. The texts are those of the library that AWS runs (java-json-tools'
 * json-schema-validator), and so is their order: what is wrong with a value itself by the names of
 * the keywords, then what is wrong with its parts. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "schema/internal.h"

struct run {
    struct arena *arena;
    struct buf *report; /* NULL: only the answer is wanted */
    size_t steps_left;
    int depth;
    bool exhausted; /* steps or depth: the answer is no, and no more is looked at */
    struct schema_matcher matcher;
};

static bool fits(struct run *run, const struct schema *schema, json value);

/* Always false. */
static bool violate(struct run *run, const char *format, ...) PRINTF_LIKE(2, 3);

static bool violate(struct run *run, const char *format, ...)
{
    struct buf *report = run->report;
    if (!report || report->len >= SCHEMA_VIOLATIONS_BYTES_MAX) return false;
    if (report->len > 0) buf_add(report, STR(", "));
    char text[SCHEMA_VIOLATION_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ASSERT(bytes >= 0);
    size_t kept = (size_t)bytes < sizeof text ? (size_t)bytes : sizeof text - 1;
    while (kept < (size_t)bytes && kept > 0 && ((unsigned char)text[kept] & 0xC0) == 0x80)
        kept--; /* not in the middle of a character */
    buf_add(report, (str){ text, kept });
    return false;
}

static bool take(struct run *run, size_t steps)
{
    if (run->steps_left < steps) {
        run->steps_left = 0;
        run->exhausted = true;
        return false;
    }
    run->steps_left -= steps;
    return true;
}

/* As JSON, for a text; nothing when nobody reads it. */
static str shown(struct run *run, json value)
{
    if (!run->report) return STR("");
    if (!json_fits(value, SCHEMA_VIOLATION_BYTES_MAX)) return STR("...");
    return json_text(run->arena, value);
}

static str shown_names(struct run *run, struct schema_names names)
{
    struct json_list list;
    json_list_init(&list, run->arena);
    for (size_t i = 0; i < names.count; i++)
        json_list_add(&list, json_string(names.items[i]));
    return shown(run, json_list_done(&list));
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const str *)a, *(const str *)b);
}

/* True if it fits, without a report. */
static bool fits_quietly(struct run *run, const struct schema *schema, json value)
{
    struct buf *report = run->report;
    run->report = NULL;
    bool ok = fits(run, schema, value);
    run->report = report;
    return ok;
}

static size_t count_fitting(struct run *run, struct schema_list schemas, json value)
{
    size_t count = 0;
    for (size_t i = 0; i < schemas.count && !run->exhausted; i++)
        count += fits_quietly(run, schemas.items[i], value);
    return count;
}

/* ---- keywords of any value ---- */

static bool check_all_of(struct run *run, const struct schema *schema, json value)
{
    if (schema->all_of.count == 0) return true;
    size_t count = count_fitting(run, schema->all_of, value);
    if (count == schema->all_of.count) return true;
    return violate(run,
                   "instance failed to match all required schemas (matched only %zu out of %zu)",
                   count, schema->all_of.count);
}

static bool check_any_of(struct run *run, const struct schema *schema, json value)
{
    if (schema->any_of.count == 0) return true;
    for (size_t i = 0; i < schema->any_of.count && !run->exhausted; i++)
        if (fits_quietly(run, schema->any_of.items[i], value)) return true;
    return violate(run, "instance failed to match at least one required schema among %zu",
                   schema->any_of.count);
}

static bool check_one_of(struct run *run, const struct schema *schema, json value)
{
    if (schema->one_of.count == 0) return true;
    size_t count = count_fitting(run, schema->one_of, value);
    if (count == 1 && !run->exhausted) return true;
    return violate(run, "instance failed to match exactly one schema (matched %zu out of %zu)",
                   count, schema->one_of.count);
}

static bool check_not(struct run *run, const struct schema *schema, json value)
{
    if (!schema->not_allowed || !fits_quietly(run, schema->not_allowed, value)) return true;
    return violate(run, "instance matched a schema which it should not have");
}

static bool check_choices(struct run *run, const struct schema *schema, json value)
{
    if (!schema->choices) return true;
    for (size_t i = 0; i < json_count(*schema->choices); i++) {
        if (!take(run, 1)) return false;
        if (json_equal(json_at(*schema->choices, i), value)) return true;
    }
    return violate(run, "instance value (%.*s) not found in enum (possible values: %.*s)",
                   STR_ARGS(shown(run, value)), STR_ARGS(shown(run, *schema->choices)));
}

static str shown_types(struct run *run, unsigned types)
{
    struct json_list list;
    json_list_init(&list, run->arena);
    for (unsigned bit = 1; bit <= TYPE_STRING; bit *= 2)
        if (types & bit) json_list_add(&list, json_string(schema_type_name(bit)));
    return shown(run, json_list_done(&list));
}

static bool check_type(struct run *run, const struct schema *schema, json value)
{
    unsigned type = schema_type_of(value);
    if (schema->types == 0 || (schema->types & type)) return true;
    str name = schema_type_name(type);
    return violate(run,
                   "instance type (%.*s) does not match any allowed primitive type (allowed: %.*s)",
                   STR_ARGS(name), STR_ARGS(shown_types(run, schema->types)));
}

/* ---- numbers ---- */

static bool check_maximum(struct run *run, const struct schema *schema, json value)
{
    if (!schema->maximum) return true;
    int order = json_number_compare(value, *schema->maximum);
    if (order < 0 || (order == 0 && !schema->maximum_exclusive)) return true;
    str maximum = shown(run, *schema->maximum);
    if (order == 0)
        return violate(run, "numeric instance is not strictly lower than the required maximum %.*s",
                       STR_ARGS(maximum));
    return violate(
        run, "numeric instance is greater than the required maximum (maximum: %.*s, found: %.*s)",
        STR_ARGS(maximum), STR_ARGS(shown(run, value)));
}

static bool check_minimum(struct run *run, const struct schema *schema, json value)
{
    if (!schema->minimum) return true;
    int order = json_number_compare(value, *schema->minimum);
    if (order > 0 || (order == 0 && !schema->minimum_exclusive)) return true;
    str minimum = shown(run, *schema->minimum);
    if (order == 0)
        return violate(run,
                       "numeric instance is not strictly greater than the required minimum %.*s",
                       STR_ARGS(minimum));
    return violate(
        run, "numeric instance is lower than the required minimum (minimum: %.*s, found: %.*s)",
        STR_ARGS(minimum), STR_ARGS(shown(run, value)));
}

static bool check_multiple(struct run *run, const struct schema *schema, json value)
{
    if (!schema->multiple_of || schema_is_multiple(value, *schema->multiple_of, run->arena))
        return true;
    return violate(run, "remainder of division is not zero (%.*s / %.*s)",
                   STR_ARGS(shown(run, value)), STR_ARGS(shown(run, *schema->multiple_of)));
}

static bool check_number(struct run *run, const struct schema *schema, json value)
{
    bool ok = check_maximum(run, schema, value);
    ok &= check_minimum(run, schema, value);
    ok &= check_multiple(run, schema, value);
    return ok;
}

/* ---- strings ---- */

static bool check_length(struct run *run, const struct schema *schema, str text)
{
    if (schema->length_min < 0 && schema->length_max < 0) return true;
    size_t chars = text.len;
    if (!str_utf8_count(text, &chars)) return violate(run, "string is not well-formed UTF-8");
    if (schema->length_max >= 0 && chars > (uint64_t)schema->length_max)
        return violate(run, "string \"%.*s\" is too long (length: %zu, maximum allowed: %lld)",
                       STR_ARGS(text), chars, (long long)schema->length_max);
    if (schema->length_min >= 0 && chars < (uint64_t)schema->length_min)
        return violate(run, "string \"%.*s\" is too short (length: %zu, required minimum: %lld)",
                       STR_ARGS(text), chars, (long long)schema->length_min);
    return true;
}

static bool check_pattern(struct run *run, const struct schema *schema, str text)
{
    if (!schema->pattern) return true;
    if (!take(run, 1 + text.len / 64)) return false;
    if (schema_pattern_matches(&run->matcher, schema->pattern->code, text, run->arena)) return true;
    return violate(run, "ECMA 262 regex \"%.*s\" does not match input string \"%.*s\"",
                   STR_ARGS(schema->pattern->text), STR_ARGS(text));
}

static bool check_string(struct run *run, const struct schema *schema, json value)
{
    bool ok = check_length(run, schema, json_str(value));
    ok &= check_pattern(run, schema, json_str(value));
    return ok;
}

/* ---- arrays ---- */

struct hashed {
    uint64_t hash;
    size_t index;
};

static int compare_hashes(const void *a, const void *b)
{
    const struct hashed *left = a, *right = b;
    return (left->hash > right->hash) - (left->hash < right->hash);
}

static bool are_unique(struct run *run, json value)
{
    size_t count = json_count(value);
    if (!take(run, count)) return false;
    struct hashed *items = arena_array(run->arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct hashed){ schema_hash(json_at(value, i)), i };
    qsort(items, count, sizeof *items, compare_hashes);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count && items[k].hash == items[i].hash; k++) {
            if (!take(run, 1)) return false;
            if (json_equal(json_at(value, items[i].index), json_at(value, items[k].index)))
                return false;
        }
    }
    return true;
}

static bool check_array(struct run *run, const struct schema *schema, json value)
{
    size_t count = json_count(value);
    bool ok = true;
    if (schema->has_items && schema->additional_items_refused && count > schema->items.count)
        ok = violate(run, "schema only allows %zu elements in array but instance has %zu elements",
                     schema->items.count, count);
    if (schema->items_max >= 0 && count > (uint64_t)schema->items_max)
        ok = violate(
            run, "array is too long: must have at most %lld elements but instance has %zu elements",
            (long long)schema->items_max, count);
    if (schema->items_min >= 0 && count < (uint64_t)schema->items_min)
        ok = violate(
            run,
            "array is too short: must have at least %lld elements but instance has %zu elements",
            (long long)schema->items_min, count);
    if (schema->unique_items && !are_unique(run, value))
        ok = violate(run, "array must not contain duplicate elements");
    return ok;
}

static const struct schema *item_schema(const struct schema *schema, size_t index)
{
    if (!schema->has_items) return schema->item;
    return index < schema->items.count ? schema->items.items[index] : schema->additional_items;
}

static bool check_items(struct run *run, const struct schema *schema, json value)
{
    bool ok = true;
    for (size_t i = 0; i < json_count(value) && !run->exhausted; i++) {
        const struct schema *item = item_schema(schema, i);
        if (item) ok &= fits(run, item, json_at(value, i));
        if (!ok && !run->report) return false;
    }
    return ok;
}

/* ---- objects ---- */

/* Searching a member looks at all of them. */
static bool has_member(struct run *run, json value, str name)
{
    return take(run, 1 + json_count(value) / 8) && json_find(value, name) != NULL;
}

static struct schema_names missing_names(struct run *run, json value, struct schema_names wanted)
{
    struct schema_names missing = { 0 };
    str *names = arena_array(run->arena, wanted.count, sizeof *names);
    for (size_t i = 0; i < wanted.count; i++)
        if (!has_member(run, value, wanted.items[i])) names[missing.count++] = wanted.items[i];
    missing.items = names;
    return missing;
}

static bool matches_pattern(struct run *run, const struct schema_pattern *pattern, str name)
{
    return take(run, 1 + name.len / 64) &&
           schema_pattern_matches(&run->matcher, pattern->code, name, run->arena);
}

static bool is_additional(struct run *run, const struct schema *schema, str name)
{
    if (schema_find_property(schema, name)) return false;
    for (size_t i = 0; i < schema->pattern_property_count; i++)
        if (matches_pattern(run, &schema->pattern_properties[i], name)) return false;
    return true;
}

static bool check_additional(struct run *run, const struct schema *schema, json value)
{
    if (!schema->additional_properties_refused) return true;
    struct schema_names unwanted = { 0 };
    str *names = arena_array(run->arena, json_count(value), sizeof *names);
    for (size_t i = 0; i < json_count(value) && !run->exhausted; i++)
        if (is_additional(run, schema, json_key_at(value, i)))
            names[unwanted.count++] = json_key_at(value, i);
    if (unwanted.count == 0) return true;
    qsort(names, unwanted.count, sizeof *names, compare_names);
    unwanted.items = names;
    return violate(run, "object instance has properties which are not allowed by the schema: %.*s",
                   STR_ARGS(shown_names(run, unwanted)));
}

static bool check_dependency(struct run *run, const struct schema_dependency *dependency,
                             json value)
{
    if (!has_member(run, value, dependency->name)) return true;
    if (dependency->schema) return fits(run, dependency->schema, value);
    struct schema_names missing = missing_names(run, value, dependency->names);
    if (missing.count == 0) return true;
    return violate(run,
                   "property \"%.*s\" of object has missing property dependencies (schema requires "
                   "%.*s; missing: %.*s)",
                   STR_ARGS(dependency->name), STR_ARGS(shown_names(run, dependency->names)),
                   STR_ARGS(shown_names(run, missing)));
}

static bool check_counts(struct run *run, const struct schema *schema, size_t count)
{
    if (schema->properties_max >= 0 && count > (uint64_t)schema->properties_max)
        return violate(
            run, "object has too many properties (found %zu but schema requires at most %lld)",
            count, (long long)schema->properties_max);
    if (schema->properties_min >= 0 && count < (uint64_t)schema->properties_min)
        return violate(
            run, "object has too few properties (found %zu but schema requires at least %lld)",
            count, (long long)schema->properties_min);
    return true;
}

static bool check_dependencies(struct run *run, const struct schema *schema, json value)
{
    bool ok = true;
    for (size_t i = 0; i < schema->dependency_count && !run->exhausted; i++)
        ok &= check_dependency(run, &schema->dependencies[i], value);
    return ok;
}

static bool check_required(struct run *run, const struct schema *schema, json value)
{
    struct schema_names missing = missing_names(run, value, schema->required);
    if (missing.count == 0) return true;
    return violate(run, "object has missing required properties (%.*s)",
                   STR_ARGS(shown_names(run, missing)));
}

static bool check_member(struct run *run, const struct schema *schema, str name, json value)
{
    const struct schema *property = schema_find_property(schema, name);
    bool known = property != NULL;
    bool ok = !property || fits(run, property, value);
    for (size_t i = 0; i < schema->pattern_property_count; i++) {
        if (!matches_pattern(run, &schema->pattern_properties[i], name)) continue;
        known = true;
        ok &= fits(run, schema->pattern_properties[i].schema, value);
    }
    if (!known && schema->additional_properties)
        ok &= fits(run, schema->additional_properties, value);
    return ok;
}

static bool check_members(struct run *run, const struct schema *schema, json value)
{
    bool ok = true;
    for (size_t i = 0; i < json_count(value) && !run->exhausted; i++) {
        ok &= check_member(run, schema, json_key_at(value, i), json_value_at(value, i));
        if (!ok && !run->report) return false;
    }
    return ok;
}

/* ---- all together, in the order of the keywords' names ---- */

static bool check_value(struct run *run, const struct schema *schema, json value)
{
    bool ok = true;
    if (json_is_object(value)) ok &= check_additional(run, schema, value);
    ok &= check_all_of(run, schema, value);
    ok &= check_any_of(run, schema, value);
    if (json_is_object(value)) ok &= check_dependencies(run, schema, value);
    ok &= check_choices(run, schema, value);
    if (json_is_array(value)) ok &= check_array(run, schema, value);
    if (json_is_object(value)) ok &= check_counts(run, schema, json_count(value));
    if (json_is_number(value)) ok &= check_number(run, schema, value);
    ok &= check_not(run, schema, value);
    ok &= check_one_of(run, schema, value);
    if (json_is_string(value)) ok &= check_string(run, schema, value);
    if (json_is_object(value)) ok &= check_required(run, schema, value);
    ok &= check_type(run, schema, value);
    if (!ok && !run->report) return false;
    if (json_is_array(value)) ok &= check_items(run, schema, value);
    if (json_is_object(value)) ok &= check_members(run, schema, value);
    return ok;
}

static bool fits(struct run *run, const struct schema *schema, json value)
{
    if (run->exhausted || !take(run, 1)) return false;
    if (run->depth == SCHEMA_DEPTH_MAX) {
        run->exhausted = true;
        return false;
    }
    run->depth++;
    bool ok = check_value(run, schema->reference ? schema->reference : schema, value);
    run->depth--;
    return ok && !run->exhausted;
}

bool schema_validate(const struct schema *schema, json value, struct arena *arena, str *violations)
{
    struct buf report;
    buf_init(&report, arena);
    struct run run = { .arena = arena, .report = &report, .steps_left = SCHEMA_STEPS_MAX };
    *violations = STR("");
    if (fits(&run, schema, value)) return true;
    if (run.exhausted) violate(&run, "instance takes too much work to validate");
    *violations = arena_printf(arena, "[%.*s]", STR_ARGS(buf_str(&report)));
    return false;
}
