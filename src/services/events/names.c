/* Names of buses and rules, their ARNs, and lists by name. */
#include "services/events/internal.h"

enum { LIST_LIMIT = 100 };

str bus_name(json params, str field)
{
    str name = json_str_or(params, field, STR(DEFAULT_BUS));
    size_t at = str_find(name, STR(":event-bus/"), 0);
    if (str_starts_with(name, STR("arn:")) && at < name.len)
        return str_skip(name, at + STR(":event-bus/").len);
    return name;
}

bool bus_exists(const struct source *source, str bus)
{
    struct key key;
    str text;
    if (str_eq(bus, STR(DEFAULT_BUS))) return true;
    if (bus.len > 256 || str_find_char(bus, '\0', 0) < bus.len) return false;
    key_event_bus(&key, source->number, bus);
    return source_get(source, &key, &text);
}

bool bus_expect(const struct source *source, str bus, struct error *err)
{
    if (bus_exists(source, bus)) return true;
    return error_set_long(err, source->arena, ERROR_EVENTS_RESOURCE_NOT_FOUND,
                          "Event bus %.*s does not exist.", STR_ARGS(bus));
}

str bus_arn(const struct source *source, str bus)
{
    return arena_printf(source->arena, "arn:aws:events:%.*s:%.*s:event-bus/%.*s",
                        STR_ARGS(shard_region(source->shard)),
                        STR_ARGS(shard_account(source->shard)), STR_ARGS(bus));
}

str rule_arn(const struct source *source, str bus, str rule)
{
    bool is_default = str_eq(bus, STR(DEFAULT_BUS));
    return arena_printf(source->arena, "arn:aws:events:%.*s:%.*s:rule/%.*s%s%.*s",
                        STR_ARGS(shard_region(source->shard)),
                        STR_ARGS(shard_account(source->shard)), is_default ? 0 : (int)bus.len,
                        bus.ptr, is_default ? "" : "/", STR_ARGS(rule));
}

bool event_name_check(str name, const char *field, bool slash_allowed, struct error *err)
{
    bool good = name.len > 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        good &= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                c == '.' || c == '-' || c == '_' || (slash_allowed && c == '/');
    }
    if (good) return true;
    return error_set(err, ERROR_VALIDATION,
                     "1 validation error detected: Value at '%s' failed to satisfy constraint: "
                     "Member must satisfy regular expression pattern: %s",
                     field, slash_allowed ? "[/\\.\\-_A-Za-z0-9]+" : "[\\.\\-_A-Za-z0-9]+");
}

/* ---- lists ---- */

bool room_expect(const struct source *source, const struct key *from, size_t max, struct error *err)
{
    struct key to = *from;
    str key, value;
    size_t count = 0;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, from, &to, false);
    while (count < max && store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count < max || error_set(err, ERROR_EVENTS_LIMIT_EXCEEDED,
                                    "The requested resource exceeds the maximum number allowed.");
}

bool listing_begin(const struct source *source, json params, str scope, struct key *from,
                   struct listing *out, struct error *err)
{
    str text, position = STR("");
    struct key to = *from;
    *out = (struct listing){
        .source = source,
        .scope = scope,
        .prefix = json_str_or(params, STR("NamePrefix"), STR("")),
        .limit = (size_t)json_i64_or(params, STR("Limit"), LIST_LIMIT),
    };
    if (json_find_str(params, STR("NextToken"), &text) &&
        !page_token_decode(source, scope, text, &position, err))
        return error_set(err, ERROR_VALIDATION, "The NextToken is not valid.");
    key_range_end(&to);
    if (position.len > 0) {
        key_add_text(from, position);
        key_range_end(from);
    }
    out->cursor = source_scan(source, from, &to, false);
    return true;
}

/* The last text of a key. */
static str last_text(str key)
{
    struct key_reader reader;
    str name = STR(""), text;
    if (!key_read_begin(&reader, key)) return name;
    while (key_read_text(&reader, &text))
        name = text;
    return name;
}

bool listing_next(struct listing *listing, str *name, json *record)
{
    str key, value;
    if (listing->count == listing->limit) return false;
    while (store_cursor_next(listing->cursor, &key, &value)) {
        *name = arena_str(listing->source->arena, last_text(key));
        if (!str_starts_with(*name, listing->prefix)) continue;
        *record = source_parse(listing->source, value);
        listing->last = *name;
        listing->count++;
        return true;
    }
    return false;
}

void listing_end(struct listing *listing, struct buf *out)
{
    str key, value;
    if (listing->count == listing->limit && listing->count > 0 &&
        store_cursor_next(listing->cursor, &key, &value))
        reply_str(out, "NextToken",
                  page_token_encode(listing->source, listing->scope, listing->last));
    store_cursor_close(listing->cursor);
}
