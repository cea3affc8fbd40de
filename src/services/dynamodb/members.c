/* Checks requests against their tables of members; see members.h. */
#include "services/dynamodb/members.h"

enum {
    MEMBERS_DEPTH_MAX = 8,   /* structures inside each other; the deepest of ours are 5 */
    MEMBERS_FAULTS_MAX = 10, /* that DynamoDB reports at once */
    MEMBERS_SHOWN_BYTES_MAX = 16384,
    TABLE_NAME_MIN = 3,
    TABLE_NAME_MAX = 255,
    TABLE_ARN_MAX = 1024,
};

static const char envelope[] = "1 validation error detected: ";

struct check {
    struct arena *arena;
    struct error *err;
    struct buf faults;
    size_t fault_count;
};

/* A path like "transactItems.1.member.put.tableName", of parts on the stack of the recursion. */
struct place {
    const struct place *outer;
    str name;
    size_t index; /* from 1: an item of a list; 0: a member, or the key of a map */
    bool key;
};

const json *member_find(json params, const char *name)
{
    const json *value = json_find(params, str_from(name));
    return value && !json_is_null(*value) ? value : NULL;
}

static void add_name(struct buf *out, str name, bool bare)
{
    if (!bare && name.len > 0 && name.ptr[0] >= 'A' && name.ptr[0] <= 'Z') {
        buf_add_char(out, (char)(name.ptr[0] - 'A' + 'a'));
        name = str_skip(name, 1);
    }
    buf_add(out, name);
}

static void add_place(struct buf *out, const struct place *place, bool bare)
{
    const struct place *path[MEMBERS_DEPTH_MAX * 2];
    size_t count = 0;
    for (; place; place = place->outer) {
        ASSERT_CMP(count, <, sizeof path / sizeof *path);
        path[count++] = place;
    }
    while (count > 0) {
        const struct place *part = path[--count];
        if (part->outer) buf_add_char(out, '.');
        if (part->index > 0)
            buf_printf(out, "%zu.member", part->index);
        else if (part->key) {
            buf_add(out, part->name);
            buf_add(out, STR(".member"));
        } else
            add_name(out, part->name, bare);
    }
}

/* ---- values in texts ---- */

static void show_structure(struct buf *out, const struct members *members, json value);

static void show_list(struct buf *out, const struct member *member, json value)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < json_count(value) && out->len < MEMBERS_SHOWN_BYTES_MAX; i++) {
        json item = json_at(value, i);
        if (i > 0) buf_add(out, STR(", "));
        if (member->of && json_is_object(item))
            show_structure(out, member->of, item);
        else if (json_is_string(item))
            buf_add(out, json_str(item));
        else
            json_write(out, item);
    }
    buf_add_char(out, ']');
}

void members_show(struct buf *out, const struct member *member, json value)
{
    if (json_is_string(value))
        buf_add(out, json_str(value));
    else if (json_is_array(value))
        show_list(out, member, value);
    else if (member->kind == MEMBER_STRUCTURE && json_is_object(value))
        show_structure(out, member->of, value);
    else
        json_write(out, value);
}

static void show_structure(struct buf *out, const struct members *members, json value)
{
    bool first = true;
    buf_add(out, str_from(members->name));
    buf_add_char(out, '(');
    for (size_t i = 0; i < members->count && out->len < MEMBERS_SHOWN_BYTES_MAX; i++) {
        const struct member *member = &members->items[i];
        const json *found = json_find(value, member->name);
        if (!found || json_is_null(*found)) continue;
        if (!first) buf_add(out, STR(", "));
        first = false;
        add_name(out, member->name, false);
        buf_add_char(out, '=');
        members_show(out, member, *found);
    }
    buf_add_char(out, ')');
}

static void add_shown(struct check *check, const struct member *member, json value)
{
    struct buf shown;
    buf_init(&shown, check->arena);
    members_show(&shown, member, value);
    str text = buf_str(&shown);
    if (text.len > MEMBERS_SHOWN_BYTES_MAX) {
        size_t end = MEMBERS_SHOWN_BYTES_MAX;
        while (end > 0 && ((unsigned char)text.ptr[end] & 0xC0) == 0x80)
            end--; /* not inside a character */
        text = str_slice(text, 0, end);
    }
    buf_add(&check->faults, text);
}

/* ---- faults ---- */

static void fault_begin(struct check *check, const struct place *place, const struct member *member,
                        json value)
{
    struct buf *out = &check->faults;
    bool bare = member->bare && !json_is_null(value);
    if (check->fault_count++ > 0) buf_add(out, STR("; "));
    if (bare) {
        buf_add(out, STR("Value "));
    } else if (json_is_null(value)) {
        buf_add(out, STR("Value null "));
    } else {
        buf_add(out, STR("Value '"));
        add_shown(check, member, value);
        buf_add(out, STR("' "));
    }
    buf_add(out, STR("at '"));
    add_place(out, place, bare);
    buf_add(out, STR("' failed to satisfy constraint: "));
}

static void check_range(struct check *check, const struct place *place, const struct member *member,
                        json value, int64_t size, int64_t min, int64_t max)
{
    const char *what = json_is_number(value) ? "value" : "length";
    bool low = size < min;
    if (check->fault_count >= MEMBERS_FAULTS_MAX || (!low && (max == 0 || size <= max))) return;
    fault_begin(check, place, member, value);
    buf_printf(&check->faults, "Member must have %s %s than or equal to %lld", what,
               low ? "greater" : "less", (long long)(low ? min : max));
}

static void check_values(struct check *check, const struct place *place,
                         const struct member *member, json value)
{
    for (const char *const *v = member->values; *v; v++)
        if (str_eq(str_from(*v), json_str(value))) return;
    fault_begin(check, place, member, value);
    buf_add(&check->faults, STR("Member must satisfy enum value set: ["));
    for (const char *const *v = member->values; *v; v++) {
        if (v != member->values) buf_add(&check->faults, STR(", "));
        buf_add(&check->faults, str_from(*v));
    }
    buf_add_char(&check->faults, ']');
}

static bool is_name(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && c != '_' && c != '.' && c != '-') return false;
    }
    return true;
}

static void check_string(struct check *check, const struct place *place,
                         const struct member *member, json value, int64_t min, int64_t max)
{
    size_t chars = 0;
    bool well_formed = str_utf8_count(json_str(value), &chars);
    bool name = member->kind == MEMBER_NAME || member->kind == MEMBER_TABLE;
    ASSERT(well_formed); /* json_parse sees to it */
    if (member->kind == MEMBER_TABLE) {
        bool arn = str_starts_with(json_str(value), STR("arn:"));
        min = chars == 0 ? 1 : TABLE_NAME_MIN;
        max = arn ? TABLE_ARN_MAX : TABLE_NAME_MAX;
        name = !arn;
    }
    if (name && !is_name(json_str(value))) {
        fault_begin(check, place, member, value);
        buf_add(&check->faults,
                STR("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
    }
    check_range(check, place, member, value, (int64_t)chars, min, max);
    if (check->fault_count < MEMBERS_FAULTS_MAX && member->values)
        check_values(check, place, member, value);
}

/* ---- types ---- */

static bool wrong_type(struct check *check, enum member_kind wanted, json value)
{
    static const char *const names[] = {
        [MEMBER_STRING] = "String",   [MEMBER_NAME] = "String",     [MEMBER_TABLE] = "String",
        [MEMBER_INTEGER] = "Integer", [MEMBER_BOOLEAN] = "Boolean",
    };
    bool scalar = wanted <= MEMBER_BOOLEAN;
    if (json_is_object(value))
        return error_set(check->err, ERROR_SERIALIZATION,
                         "Start of structure or map found where not expected");
    if (json_is_array(value) && scalar)
        return error_set(check->err, ERROR_SERIALIZATION,
                         "Unrecognized collection type class java.lang.%s", names[wanted]);
    if (json_is_array(value))
        return error_set(check->err, ERROR_SERIALIZATION, "Start of list found where not expected");
    if (!scalar) return error_set(check->err, ERROR_SERIALIZATION, "Unexpected field type");
    const char *given = json_is_string(value)                ? "STRING_VALUE"
                        : json_is_number(value)              ? "NUMBER_VALUE"
                        : json_equal(value, json_bool(true)) ? "TRUE_VALUE"
                                                             : "FALSE_VALUE";
    return error_set(check->err, ERROR_SERIALIZATION, "%s cannot be converted to %s", given,
                     names[wanted]);
}

static bool fits_kind(enum member_kind kind, json value)
{
    switch (kind) {
    case MEMBER_STRING:
    case MEMBER_NAME:
    case MEMBER_TABLE: return json_is_string(value);
    case MEMBER_INTEGER: return json_is_number(value);
    case MEMBER_BOOLEAN: return json_is_bool(value);
    case MEMBER_STRUCTURE:
    case MEMBER_MAP:
    case MEMBER_ITEM:
    case MEMBER_VALUE: return json_is_object(value);
    case MEMBER_LIST:
    case MEMBER_VALUES: return json_is_array(value);
    }
    fatal("no such kind of member: %d", (int)kind);
}

static bool check_structure(struct check *check, const struct members *members, json value,
                            const struct place *outer, int depth);

/* An item of a list or map. */
static bool check_item(struct check *check, const struct member *member, json item,
                       const struct place *place, int depth)
{
    enum member_kind kind =
        member->of && member->item != MEMBER_LIST ? MEMBER_STRUCTURE : member->item;
    if (json_is_null(item)) {
        fault_begin(check, place, member, item);
        buf_add(&check->faults, STR("Member must not be null"));
        return true;
    }
    if (!fits_kind(kind, item)) return wrong_type(check, kind, item);
    if (kind == MEMBER_STRUCTURE) return check_structure(check, member->of, item, place, depth + 1);
    if (kind == MEMBER_LIST) {
        /* A list of structures in a map: BatchWriteItem's RequestItems. */
        struct member list = { .name = member->name, .kind = MEMBER_LIST, .of = member->of };
        for (size_t i = 0; i < json_count(item); i++) {
            struct place inner = { .outer = place, .index = i + 1 };
            if (check->fault_count >= MEMBERS_FAULTS_MAX) return true;
            if (!check_item(check, &list, json_at(item, i), &inner, depth)) return false;
        }
        return true;
    }
    if (json_is_string(item))
        check_string(check, place, member, item, member->item_min, member->item_max);
    return true;
}

/* All names are checked at once, and told of once. */
static void check_tables(struct check *check, const struct member *member, json map,
                         const struct place *place)
{
    for (size_t i = 0; i < json_count(map); i++) {
        str name = json_key_at(map, i);
        bool arn = str_starts_with(name, STR("arn:")) && name.len <= TABLE_ARN_MAX;
        if (arn || (name.len >= TABLE_NAME_MIN && name.len <= TABLE_NAME_MAX && is_name(name)))
            continue;
        struct member shown = *member;
        shown.bare = false;
        fault_begin(check, place, &shown, map);
        buf_printf(&check->faults,
                   "Map keys must satisfy constraint: [Member must have length less than or equal "
                   "to %d, Member must have length greater than or equal to %d, Member must "
                   "satisfy regular expression pattern: [a-zA-Z0-9_.-]+]",
                   TABLE_NAME_MAX, TABLE_NAME_MIN);
        return;
    }
}

static bool check_items(struct check *check, const struct member *member, json value,
                        const struct place *outer, int depth)
{
    bool map = json_is_object(value);
    if (map && member->of_tables) check_tables(check, member, value, outer);
    for (size_t i = 0; i < json_count(value); i++) {
        struct place place = { .outer = outer, .index = map ? 0 : i + 1, .key = map };
        if (map) place.name = json_key_at(value, i);
        json item = map ? json_value_at(value, i) : json_at(value, i);
        if (check->fault_count >= MEMBERS_FAULTS_MAX) return true;
        if (!check_item(check, member, item, &place, depth)) return false;
    }
    return true;
}

static bool check_value(struct check *check, const struct member *member, json value,
                        const struct place *place, int depth)
{
    int64_t number = 0;
    if (!fits_kind(member->kind, value)) return wrong_type(check, member->kind, value);
    switch (member->kind) {
    case MEMBER_STRING:
    case MEMBER_NAME:
    case MEMBER_TABLE:
        check_string(check, place, member, value, member->min, member->max);
        return true;
    case MEMBER_INTEGER:
        if (!json_to_i64(value, &number)) return wrong_type(check, member->kind, value);
        check_range(check, place, member, value, number, member->min, member->max);
        return true;
    case MEMBER_STRUCTURE: return check_structure(check, member->of, value, place, depth + 1);
    case MEMBER_LIST:
    case MEMBER_MAP:
        check_range(check, place, member, value, (int64_t)json_count(value), member->min,
                    member->max);
        return check_items(check, member, value, place, depth);
    case MEMBER_BOOLEAN:
    case MEMBER_ITEM:
    case MEMBER_VALUE:
    case MEMBER_VALUES: return true;
    }
    fatal("no such kind of member: %d", (int)member->kind);
}

static bool check_structure(struct check *check, const struct members *members, json value,
                            const struct place *outer, int depth)
{
    ASSERT_CMP(depth, <, MEMBERS_DEPTH_MAX);
    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = &members->items[i];
        struct place place = { .outer = outer, .name = member->name };
        const json *found = json_find(value, member->name);
        if (check->fault_count >= MEMBERS_FAULTS_MAX) return true;
        if (found && !json_is_null(*found)) {
            if (!check_value(check, member, *found, &place, depth)) return false;
        } else if (member->required) {
            fault_begin(check, &place, member, json_null());
            buf_add(&check->faults, STR("Member must not be null"));
        }
    }
    return true;
}

static bool finish(struct check *check)
{
    if (check->fault_count == 0) return true;
    struct buf text;
    buf_init(&text, check->arena);
    buf_printf(&text, "%zu validation error%s detected: ", check->fault_count,
               check->fault_count == 1 ? "" : "s");
    buf_add(&text, buf_str(&check->faults));
    error_set(check->err, ERROR_VALIDATION, "%s", "");
    check->err->long_message = buf_str(&text);
    return false;
}

bool members_check(const struct members *members, json params, struct arena *arena,
                   struct error *err)
{
    struct check check = { .arena = arena, .err = err };
    buf_init(&check.faults, arena);
    return check_structure(&check, members, params, NULL, 0) && finish(&check);
}

bool members_check_tables(const struct member *member, json map, struct arena *arena,
                          struct error *err)
{
    struct check check = { .arena = arena, .err = err };
    struct place place = { .name = member->name };
    buf_init(&check.faults, arena);
    check_tables(&check, member, map, &place);
    return finish(&check);
}

bool members_envelope(struct arena *arena, struct error *err)
{
    str text = error_text(err);
    str start = { envelope, sizeof envelope - 1 };
    if (err->code != ERROR_VALIDATION) return false;
    if (str_find(text, STR(" detected: "), 0) < sizeof envelope + 4) return false;
    struct buf longer;
    buf_init(&longer, arena);
    buf_add(&longer, start);
    buf_add(&longer, text);
    err->long_message = buf_str(&longer);
    return false;
}
