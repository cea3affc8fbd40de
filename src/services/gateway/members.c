/* Members of calls: what may be set of a thing, of what kind it must be; and JSON patches of it. */
#include "base/limits.h"
#include "services/gateway/internal.h"

static bool bad_member(struct error *err, str name, const char *what)
{
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid value for %.*s: %s",
                     (int)(name.len < 100 ? name.len : 100), name.ptr, what);
}

static bool is_value(const struct member *member, str text)
{
    for (size_t i = 0; member->values && member->values[i]; i++)
        if (str_eq(text, str_from(member->values[i]))) return true;
    return member->values == NULL;
}

static bool texts_fit(const struct member *member, json list)
{
    for (size_t i = 0; i < json_count(list); i++) {
        json item = json_at(list, i);
        if (!json_is_string(item) || !is_value(member, json_str(item))) return false;
    }
    return true;
}

static bool objects_fit(json list)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (!json_is_object(json_at(list, i))) return false;
    return true;
}

static bool fits(const struct member *member, json value, struct error *err)
{
    int64_t number;
    if (json_count(value) > GATEWAY_OPERATION_PARTS_MAX)
        return bad_member(err, member->name, "it has too many entries.");
    switch (member->kind) {
    case MEMBER_TEXT:
        if (json_is_string(value) && is_value(member, json_str(value))) return true;
        return bad_member(err, member->name,
                          json_is_string(value) ? "it is none of the known values." : "no text.");
    case MEMBER_BOOL: return json_is_bool(value) || bad_member(err, member->name, "no boolean.");
    case MEMBER_INTEGER:
        return (json_is_number(value) && json_to_i64(value, &number)) ||
               bad_member(err, member->name, "no integer.");
    case MEMBER_NUMBER: return json_is_number(value) || bad_member(err, member->name, "no number.");
    case MEMBER_OBJECT: return json_is_object(value) || bad_member(err, member->name, "no object.");
    case MEMBER_TEXTS:
        return (json_is_array(value) && texts_fit(member, value)) ||
               bad_member(err, member->name, "no list of known texts.");
    case MEMBER_ITEMS:
        return (json_is_array(value) && objects_fit(value)) ||
               bad_member(err, member->name, "no list of objects.");
    }
    fatal("no such kind of member");
}

static json fallback_of(const struct member *member, struct arena *arena)
{
    json value;
    struct error err = { 0 };
    if (!json_parse(str_from(member->fallback), arena, &value, &err))
        fatal("the fallback of %.*s is no JSON", STR_ARGS(member->name));
    return value;
}

bool members_take(const struct source *source, const struct members *members, json params, json old,
                  json *out, struct error *err)
{
    struct json_fields fields;
    bool is_new = !json_is_object(old);
    json_fields_from(&fields, source->arena, is_new ? json_empty() : old);
    for (size_t i = 0; i < members->count; i++) {
        const struct member *member = &members->items[i];
        const json *given = json_find(params, member->name);
        if (given && !json_is_null(*given)) {
            if (!fits(member, *given, err)) return false;
            json_fields_add(&fields, member->name, *given);
        } else if (is_new && member->is_required) {
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "%.*s is required.",
                             STR_ARGS(member->name));
        } else if (is_new && member->fallback) {
            json_fields_add(&fields, member->name, fallback_of(member, source->arena));
        }
    }
    *out = json_fields_done(&fields);
    return true;
}

/* ---- patches ---- */

enum { PATCH_DEPTH_MAX = 16, PATCH_OPERATIONS_MAX = 200 };

struct patch {
    struct arena *arena;
    bool is_remove;
    json value;
};

/* The next segment of a JSON pointer; ~1 is a slash, ~0 a tilde. */
static str take_segment(struct arena *arena, str *path)
{
    size_t end = str_find_char(*path, '/', 1);
    str raw = str_slice(*path, 1, end);
    struct buf out;
    *path = str_skip(*path, end);
    if (str_find_char(raw, '~', 0) == raw.len) return raw;
    buf_init(&out, arena);
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i], next = str_at(raw, i + 1);
        if (c == '~' && (next == '0' || next == '1')) {
            buf_add_char(&out, next == '0' ? '~' : '/');
            i++;
        } else {
            buf_add_char(&out, c);
        }
    }
    return buf_str(&out);
}

/* Lists have their items as names: add appends, remove takes out. */
static json patch_list(const struct patch *patch, json list, str item)
{
    struct json_list out;
    bool is_there = false;
    json_list_init(&out, patch->arena);
    for (size_t i = 0; i < json_count(list); i++) {
        json value = json_at(list, i);
        bool is_it = json_is_string(value) && str_eq(json_str(value), item);
        is_there |= is_it;
        if (!is_it || !patch->is_remove) json_list_add(&out, value);
    }
    if (!is_there && !patch->is_remove) json_list_add(&out, json_string(item));
    return json_list_done(&out);
}

static json patch_at(const struct patch *patch, json target, str path, int depth)
{
    if (path.len == 0 || depth == PATCH_DEPTH_MAX) return patch->value;
    str name = take_segment(patch->arena, &path);
    if (json_is_array(target)) return patch_list(patch, target, name);
    json object = json_is_object(target) ? target : json_empty();
    if (path.len == 0 && patch->is_remove) return json_without(patch->arena, object, name);
    json below = patch_at(patch, json_member_of(object, name), path, depth + 1);
    return json_with(patch->arena, object, name, below);
}

/* Values are texts: true, false and numbers where the member is of that kind. */
static json typed(struct arena *arena, const struct member *member, str text, bool is_whole)
{
    int64_t number;
    enum member_kind kind = member->kind;
    if (is_whole && kind == MEMBER_BOOL) return json_bool(str_eq(text, STR("true")));
    if (is_whole && kind == MEMBER_INTEGER && str_to_i64(text, &number))
        return json_i64(arena, number);
    if (!is_whole && kind == MEMBER_OBJECT &&
        (str_eq(text, STR("true")) || str_eq(text, STR("false"))) &&
        (str_eq(member->name, STR("requestParameters")) ||
         str_eq(member->name, STR("responseParameters"))))
        return json_bool(str_eq(text, STR("true")));
    return json_string(text);
}

static bool is_op(str op, const char *name)
{
    return str_eq(op, str_from(name));
}

static bool apply(const struct source *source, const struct members *members, json operation,
                  json *record, struct error *err)
{
    str op = json_text_of(operation, STR("op")), path = json_text_of(operation, STR("path"));
    str rest = path, text = json_text_of(operation, STR("value"));
    if (!is_op(op, "add") && !is_op(op, "replace") && !is_op(op, "remove"))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid patch operation specified");
    const struct member *member = NULL;
    if (str_starts_with(path, STR("/"))) {
        str name = take_segment(source->arena, &rest);
        for (size_t i = 0; i < members->count; i++)
            if (str_eq(members->items[i].name, name)) member = &members->items[i];
    }
    if (!member)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid patch path  '%.*s' specified",
                         (int)(path.len < 200 ? path.len : 200), path.ptr);
    struct patch patch = { source->arena, is_op(op, "remove"),
                           typed(source->arena, member, text, rest.len == 0) };
    if (member->kind == MEMBER_TEXTS && rest.len > 0 && !json_find(*record, member->name))
        *record = json_with(source->arena, *record, member->name, json_array(NULL, 0));
    json changed = patch_at(&patch, *record, path, 0);
    json value = json_member_of(changed, member->name);
    if (!json_is_null(value) && !fits(member, value, err)) return false;
    *record = changed;
    return true;
}

bool members_patch(const struct source *source, const struct members *members, json operations,
                   json old, json *out, struct error *err)
{
    if (json_count(operations) > PATCH_OPERATIONS_MAX)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "There are too many patch operations.");
    *out = old;
    for (size_t i = 0; i < json_count(operations); i++)
        if (!apply(source, members, json_at(operations, i), out, err)) return false;
    return true;
}
