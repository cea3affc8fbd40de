/* GetItem, BatchGetItem, TransactGetItems. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/reads.h"
#include "services/dynamodb/reasons.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/writes.h"

/* ---- GetItem ---- */

enum handled handle_get_item(const struct reader *reader, struct request *request,
                             struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params, key;
    const struct projection *projection;
    struct table table;
    struct item_place place;
    struct stored_item item;
    struct capacity capacity = { 0 };
    if (!members_check(&request_get_item, params, source.arena, err) ||
        !read_key(source.arena, *member_find(params, "Key"), &key, err) ||
        !read_projection(source.arena, params, true, &projection, err) ||
        !table_load(&source, json_str(*member_find(params, "TableName")), &table, err) ||
        !read_key_place(source.arena, &table, key, &place, err) ||
        !table_check_paths(&table, NULL, projection, NULL, err))
        return HANDLED_FAILED;
    item_read(&source, &table, &place, &item);
    struct buf *out = reply_begin(request);
    if (item.exists) {
        reply_name(out, "Item");
        read_write(out, source.arena, projection, &item);
    }
    bool consistent = json_bool_or(params, STR("ConsistentRead"), false);
    capacity.table = capacity_of_read(item.bytes, consistent);
    capacity_reply(out, params, &table, &capacity);
    reply_close(out);
    return HANDLED;
}

/* ---- BatchGetItem ---- */

/* The part of a BatchGetItem that concerns one table. */
struct batch_part {
    str name; /* as the request has it */
    json wire;
    const struct projection *projection;
    bool consistent;
    json *keys; /* normal */
    struct item_place *places;
    size_t count, done; /* keys; those that have been answered */
    struct table table;
    struct capacity capacity;
};

static bool read_part(struct arena *arena, str name, json wire, struct batch_part *out,
                      struct error *err)
{
    json keys = *member_find(wire, "Keys");
    *out = (struct batch_part){
        .name = name,
        .wire = wire,
        .consistent = json_bool_or(wire, STR("ConsistentRead"), false),
        .count = json_count(keys),
    };
    out->keys = arena_array(arena, out->count, sizeof *out->keys);
    out->places = arena_array(arena, out->count, sizeof *out->places);
    for (size_t i = 0; i < out->count; i++)
        if (!read_key(arena, json_at(keys, i), &out->keys[i], err)) return false;
    return read_projection(arena, wire, true, &out->projection, err);
}

static bool place_part(const struct source *source, struct batch_part *part, struct error *err)
{
    if (!table_load(source, part->name, &part->table, err) ||
        !table_check_paths(&part->table, NULL, part->projection, NULL, err))
        return false;
    for (size_t i = 0; i < part->count; i++) {
        if (!read_key_place(source->arena, &part->table, part->keys[i], &part->places[i], err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (place_equal(&part->places[i], &part->places[j]))
                return error_set(err, ERROR_VALIDATION,
                                 "Provided list of item keys contains duplicates");
    }
    return true;
}

static bool read_parts(const struct source *source, json items, struct batch_part *parts,
                       struct error *err)
{
    size_t total = 0;
    bool expressions = false, legacy = false;
    for (size_t i = 0; i < json_count(items); i++) {
        json wire = json_value_at(items, i);
        if (!read_part(source->arena, json_key_at(items, i), wire, &parts[i], err)) return false;
        total += parts[i].count;
        expressions = expressions || member_find(wire, "ProjectionExpression");
        legacy = legacy || member_find(wire, "AttributesToGet");
    }
    if (total > DYNAMODB_BATCH_GET_MAX)
        return error_set(err, ERROR_VALIDATION,
                         "Too many items requested for the BatchGetItem call");
    if (expressions && legacy)
        return error_set(err, ERROR_VALIDATION,
                         "Can not use both expression and non-expression parameters in the same "
                         "request: Non-expression parameters: {AttributesToGet} Expression "
                         "parameters: {ProjectionExpression}");
    for (size_t i = 0; i < json_count(items); i++)
        if (!place_part(source, &parts[i], err)) return false;
    return true;
}

/* Appends the items of one table, as long as the answer has room for them. */
static void answer_part(const struct source *source, struct batch_part *part, size_t *room,
                        struct buf *out)
{
    bool first = true;
    json_write_str(out, part->name);
    buf_add(out, STR(":["));
    for (; part->done < part->count; part->done++) {
        struct stored_item item;
        item_read(source, &part->table, &part->places[part->done], &item);
        if (item.bytes > *room) {
            *room = 0; /* what comes behind is not looked at */
            break;
        }
        *room -= item.bytes;
        part->capacity.table += capacity_of_read(item.bytes, part->consistent);
        if (!item.exists) continue;
        if (!first) buf_add_char(out, ',');
        first = false;
        read_write(out, source->arena, part->projection, &item);
    }
    buf_add_char(out, ']');
}

/* Appends what has not been answered, as it was asked for. */
static void answer_unprocessed(struct arena *arena, const struct batch_part *part, struct buf *out)
{
    struct json_fields fields;
    json keys = *member_find(part->wire, "Keys");
    struct json_list rest;
    json_list_init(&rest, arena);
    for (size_t i = part->done; i < part->count; i++)
        json_list_add(&rest, json_at(keys, i));
    json_fields_from(&fields, arena, part->wire);
    json_fields_add(&fields, STR("Keys"), json_list_done(&rest));
    json_write_str(out, part->name);
    buf_add_char(out, ':');
    json_write(out, json_fields_done(&fields));
}

static void answer_batch(const struct source *source, json params, struct batch_part *parts,
                         size_t count, struct buf *out)
{
    size_t room = DYNAMODB_BATCH_GET_BYTES_MAX;
    reply_name(out, "Responses");
    reply_open(out);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(out, ',');
        answer_part(source, &parts[i], &room, out);
    }
    reply_close(out);
    reply_name(out, "UnprocessedKeys");
    reply_open(out);
    for (size_t i = 0, shown = 0; i < count; i++) {
        if (parts[i].done == parts[i].count) continue;
        if (shown++ > 0) buf_add_char(out, ',');
        answer_unprocessed(source->arena, &parts[i], out);
    }
    reply_close(out);
    if (!capacity_wanted(params)) return;
    reply_name(out, "ConsumedCapacity");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(out, ',');
        capacity_write(out, params, &parts[i].table, &parts[i].capacity, CAPACITY_PLAIN);
    }
    buf_add_char(out, ']');
}

enum handled handle_batch_get_item(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    if (!members_check(&request_batch_get_item, params, source.arena, err)) return HANDLED_FAILED;
    json items = *member_find(params, "RequestItems");
    size_t count = json_count(items);
    if (count > DYNAMODB_BATCH_GET_MAX) {
        error_set(err, ERROR_VALIDATION, "Too many items requested for the BatchGetItem call");
        return HANDLED_FAILED;
    }
    struct batch_part *parts = arena_array(source.arena, count, sizeof *parts);
    if (!read_parts(&source, items, parts, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    answer_batch(&source, params, parts, count, out);
    reply_close(out);
    return HANDLED;
}

/* ---- TransactGetItems ---- */

struct transact_get {
    json key;
    const struct projection *projection;
    struct table *table;
    struct item_place place;
    struct stored_item item;
};

static bool read_gets(const struct source *source, json actions, struct table_set *set,
                      struct transact_get *gets, struct error *err)
{
    for (size_t i = 0; i < json_count(actions); i++) {
        json get = *member_find(json_at(actions, i), "Get");
        if (!read_key(source->arena, *member_find(get, "Key"), &gets[i].key, err) ||
            !read_projection(source->arena, get, false, &gets[i].projection, err))
            return false;
    }
    for (size_t i = 0; i < json_count(actions); i++) {
        json get = *member_find(json_at(actions, i), "Get");
        if (!table_set_load(set, source, json_str(*member_find(get, "TableName")), &gets[i].table,
                            err) ||
            !place_check_values(&gets[i].table->schema, gets[i].key, err))
            return false;
    }
    return true;
}

static bool place_gets(const struct source *source, struct transact_get *gets, size_t count,
                       struct error *err)
{
    struct reasons reasons;
    reasons_init(&reasons, source->arena);
    for (size_t i = 0; i < count; i++) {
        struct error fault = { 0 };
        if (read_key_place(source->arena, gets[i].table, gets[i].key, &gets[i].place, &fault) &&
            table_check_paths(gets[i].table, NULL, gets[i].projection, NULL, &fault))
            reasons_add_none(&reasons);
        else
            reasons_add(&reasons, &fault);
    }
    if (!reasons_finish(&reasons, err)) return false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            if (gets[i].table == gets[j].table && place_equal(&gets[i].place, &gets[j].place))
                return error_set(err, ERROR_VALIDATION,
                                 "Transaction request cannot include multiple operations on one "
                                 "item");
    return true;
}

static void answer_capacities(json params, struct table_set *set, const struct transact_get *gets,
                              size_t count, struct buf *out)
{
    reply_name(out, "ConsumedCapacity");
    buf_add_char(out, '[');
    for (size_t t = 0; t < set->count; t++) {
        struct capacity capacity = { 0 };
        for (size_t i = 0; i < count; i++)
            if (gets[i].table == set->tables[t])
                capacity.table += capacity_of_read(gets[i].item.bytes, true);
        if (t > 0) buf_add_char(out, ',');
        capacity_write(out, params, set->tables[t], &capacity, CAPACITY_READ);
    }
    buf_add_char(out, ']');
}

static bool read_items(const struct source *source, struct transact_get *gets, size_t count,
                       struct error *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        item_read(source, gets[i].table, &gets[i].place, &gets[i].item);
        bytes += gets[i].item.bytes;
    }
    if (bytes <= DYNAMODB_TRANSACT_BYTES_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     "The aggregate size of the items in the transaction cannot exceed 4 MB");
}

enum handled handle_transact_get_items(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    struct table_set set;
    if (!members_check(&request_transact_get_items, params, source.arena, err))
        return HANDLED_FAILED;
    json actions = *member_find(params, "TransactItems");
    size_t count = json_count(actions);
    struct transact_get *gets = arena_array(source.arena, count, sizeof *gets);
    table_set_init(&set, source.arena);
    if (!read_gets(&source, actions, &set, gets, err) || !place_gets(&source, gets, count, err) ||
        !read_items(&source, gets, count, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Responses");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(out, ',');
        buf_add(out, gets[i].item.exists ? STR("{\"Item\":") : STR("{"));
        if (gets[i].item.exists) read_write(out, source.arena, gets[i].projection, &gets[i].item);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
    if (capacity_wanted(params)) answer_capacities(params, &set, gets, count, out);
    reply_close(out);
    return HANDLED;
}
