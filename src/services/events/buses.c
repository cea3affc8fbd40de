/* Event buses.
 *
 * KEY_EVENT_BUS {"v":1,"created":ms,"description"?,"tags":[{"Key","Value"}]} */
#include "services/events/internal.h"

static void reply_bus(const struct source *source, struct buf *out, str bus, json record)
{
    reply_str(out, "Name", bus);
    reply_str(out, "Arn", bus_arn(source, bus));
    reply_str_unless_empty(out, "Description", json_str_or(record, STR("description"), STR("")));
    int64_t created_ms = json_i64_or(record, STR("created"), 0);
    if (created_ms == 0) return;
    reply_time(out, "CreationTime", created_ms);
    reply_time(out, "LastModifiedTime", created_ms);
}

static json empty_object(void)
{
    return (json){ .kind = JSON_OBJECT };
}

enum handled events_create_event_bus(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    struct key key;
    struct json_fields fields;
    if (!event_name_check(name, "name", true, err)) return HANDLED_FAILED;
    if (bus_exists(&source, name)) {
        error_set_long(err, source.arena, ERROR_EVENTS_RESOURCE_ALREADY_EXISTS,
                       "Event bus %.*s already exists.", STR_ARGS(name));
        return HANDLED_FAILED;
    }
    key_begin(&key, source.number, KEY_EVENT_BUS);
    if (!room_expect(&source, &key, EVENTS_BUSES_MAX, err)) return HANDLED_FAILED;
    json_fields_init(&fields, source.arena);
    json_fields_add(&fields, STR("v"), json_i64(source.arena, 1));
    json_fields_add(&fields, STR("created"), json_i64(source.arena, source.now_ms));
    const json *description = json_find(request->params, STR("Description"));
    if (description) json_fields_add(&fields, STR("description"), *description);
    const json *tags = json_find(request->params, STR("Tags"));
    if (tags) json_fields_add(&fields, STR("tags"), *tags);
    key_event_bus(&key, source.number, name);
    txn_put(txn, &key, json_text(txn_arena(txn), json_fields_done(&fields)));
    struct buf *out = reply_begin(request);
    reply_str(out, "EventBusArn", bus_arn(&source, name));
    reply_close(out);
    return HANDLED;
}

static bool has_rules(const struct source *source, str bus)
{
    struct key from, to;
    str key, value;
    key_begin(&from, source->number, KEY_EVENT_RULE);
    key_add_text(&from, bus);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    store_cursor_close(cursor);
    return found;
}

enum handled events_delete_event_bus(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = bus_name(request->params, STR("Name"));
    struct key key;
    if (str_eq(name, STR(DEFAULT_BUS))) {
        error_set(err, ERROR_VALIDATION, "Cannot delete event bus default.");
        return HANDLED_FAILED;
    }
    if (bus_exists(&source, name) && has_rules(&source, name)) {
        error_set(err, ERROR_VALIDATION, "Event bus can't be deleted since it has rules.");
        return HANDLED_FAILED;
    }
    if (bus_exists(&source, name)) {
        key_event_bus(&key, source.number, name);
        txn_delete(txn, &key);
    }
    return HANDLED;
}

enum handled events_describe_event_bus(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str name = bus_name(request->params, STR("Name"));
    struct key key;
    json record = empty_object();
    if (!bus_expect(&source, name, err)) return HANDLED_FAILED;
    key_event_bus(&key, source.number, name);
    (void)source_find(&source, &key, &record);
    struct buf *out = reply_begin(request);
    reply_bus(&source, out, name, record);
    reply_close(out);
    return HANDLED;
}

enum handled events_list_event_buses(const struct reader *reader, struct request *request,
                                     struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct listing listing;
    struct key from;
    str name;
    json record;
    key_begin(&from, source.number, KEY_EVENT_BUS);
    if (!listing_begin(&source, request->params, STR("ListEventBuses"), &from, &listing, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "EventBuses");
    buf_add_char(out, '[');
    /* The default bus has no record and comes first. */
    bool first = true;
    if (!json_find(request->params, STR("NextToken")) &&
        str_starts_with(STR(DEFAULT_BUS), listing.prefix)) {
        reply_open(out);
        reply_bus(&source, out, STR(DEFAULT_BUS), empty_object());
        reply_close(out);
        first = false;
    }
    while (listing_next(&listing, &name, &record)) {
        if (!first) buf_add_char(out, ',');
        first = false;
        reply_open(out);
        reply_bus(&source, out, name, record);
        reply_close(out);
    }
    buf_add_char(out, ']');
    listing_end(&listing, out);
    reply_close(out);
    return HANDLED;
}
