/* BatchWriteItem. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/writes.h"

/* The part of a BatchWriteItem that concerns one table. */
struct batch_part {
    str name; /* as the request has it */
    struct write_plan *plans;
    struct item_change *changes;
    size_t count;
    struct table *table;
    struct capacity capacity;
};

static const struct member *items_member(void)
{
    for (size_t i = 0; i < request_batch_write_item.count; i++)
        if (str_eq(request_batch_write_item.items[i].name, STR("RequestItems")))
            return &request_batch_write_item.items[i];
    fatal("BatchWriteItem has no RequestItems");
}

/* The checks of the request's map that come after those of its members. */
static bool check_items(struct arena *arena, json items, struct error *err)
{
    size_t total = 0;
    if (json_count(items) == 0)
        return error_set(err, ERROR_VALIDATION,
                         "The requestItems parameter is required for BatchWriteItem");
    if (!members_check_tables(items_member(), items, arena, err)) return false;
    for (size_t i = 0; i < json_count(items); i++) {
        json requests = json_value_at(items, i);
        size_t count = json_count(requests);
        total += count;
        if (count > 0 && count <= DYNAMODB_BATCH_WRITE_MAX) continue;
        struct buf shown;
        buf_init(&shown, arena);
        members_show(&shown, items_member(), requests);
        return error_set_long(
            err, arena, ERROR_VALIDATION,
            "1 validation error detected: Value '{%.*s=%.*s}' at 'requestItems' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must have length less than or "
            "equal to 25, Member must have length greater than or equal to 1]",
            STR_ARGS(json_key_at(items, i)), STR_ARGS(buf_str(&shown)));
    }
    if (total <= DYNAMODB_BATCH_WRITE_MAX) return true;
    return error_set(err, ERROR_VALIDATION, "Too many items requested for the BatchWriteItem call");
}

static bool read_plan(struct arena *arena, json wire, struct write_plan *out, struct error *err)
{
    const json *put = member_find(wire, "PutRequest");
    const json *delete = member_find(wire, "DeleteRequest");
    if (!put == !delete)
        return error_set(err, ERROR_VALIDATION,
                         "Supplied AttributeValue has more than one datatypes set, must contain "
                         "exactly one of the supported datatypes");
    *out = (struct write_plan){ .kind = put ? WRITE_PUT : WRITE_DELETE };
    const json *map = put ? member_find(*put, "Item") : member_find(*delete, "Key");
    if (!value_normalise_item(arena, *map, &out->map, err)) return false;
    if (!put) return true;
    out->bytes = value_item_bytes(out->map);
    return value_check_item_size(out->map, false, err);
}

static bool read_parts(struct arena *arena, json items, struct batch_part *parts, struct error *err)
{
    for (size_t i = 0; i < json_count(items); i++) {
        struct batch_part *part = &parts[i];
        json requests = json_value_at(items, i);
        *part = (struct batch_part){ .name = json_key_at(items, i), .count = json_count(requests) };
        part->plans = arena_array(arena, part->count, sizeof *part->plans);
        part->changes = arena_array(arena, part->count, sizeof *part->changes);
        for (size_t j = 0; j < part->count; j++)
            if (!read_plan(arena, json_at(requests, j), &part->plans[j], err)) return false;
    }
    return true;
}

static bool place_part(const struct source *source, struct table_set *set, struct batch_part *part,
                       struct error *err)
{
    if (!table_set_load(set, source, part->name, &part->table, err)) return false;
    for (size_t i = 0; i < part->count; i++) {
        struct item_change *change = &part->changes[i];
        *change = (struct item_change){ .table = part->table };
        if (!write_plan_place(source, part->table, &part->plans[i], PLACE_OF_KEY, &change->place,
                              err))
            return false;
        for (size_t j = 0; j < i; j++)
            if (place_equal(&change->place, &part->changes[j].place))
                return error_set(err, ERROR_VALIDATION,
                                 "Provided list of item keys contains duplicates");
    }
    return true;
}

static void apply_part(struct txn *txn, const struct source *source, struct batch_part *part)
{
    for (size_t i = 0; i < part->count; i++) {
        struct error err = { 0 };
        bool fine = write_plan_evaluate(source, &part->plans[i], &part->changes[i], &err);
        ASSERT(fine); /* it has no condition and is no update */
        item_change_apply(txn, source, &part->changes[i], &part->capacity);
    }
}

static void answer_metrics(json params, const struct batch_part *parts, size_t count,
                           struct buf *out)
{
    bool first = true;
    if (str_eq(json_str_or(params, STR("ReturnItemCollectionMetrics"), STR("NONE")), STR("NONE")))
        return;
    reply_name(out, "ItemCollectionMetrics");
    reply_open(out);
    for (size_t i = 0; i < count; i++) {
        if (!metrics_wanted(params, parts[i].table)) continue;
        if (!first) buf_add_char(out, ',');
        first = false;
        json_write_str(out, parts[i].name);
        buf_add(out, STR(":["));
        for (size_t j = 0; j < parts[i].count; j++) {
            if (j > 0) buf_add_char(out, ',');
            write_metrics(out, parts[i].table, parts[i].plans[j].map);
        }
        buf_add_char(out, ']');
    }
    reply_close(out);
}

static void answer(json params, const struct batch_part *parts, size_t count, struct buf *out)
{
    reply_name(out, "UnprocessedItems");
    buf_add(out, STR("{}"));
    answer_metrics(params, parts, count, out);
    if (!capacity_wanted(params)) return;
    reply_name(out, "ConsumedCapacity");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(out, ',');
        capacity_write(out, params, parts[i].table, &parts[i].capacity, CAPACITY_PLAIN);
    }
    buf_add_char(out, ']');
}

enum handled handle_batch_write_item(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    struct table_set set;
    if (!members_check(&request_batch_write_item, params, source.arena, err)) return HANDLED_FAILED;
    json items = *member_find(params, "RequestItems");
    if (!check_items(source.arena, items, err)) return HANDLED_FAILED;
    size_t count = json_count(items);
    struct batch_part *parts = arena_array(source.arena, count, sizeof *parts);
    table_set_init(&set, source.arena);
    if (!read_parts(source.arena, items, parts, err)) return HANDLED_FAILED;
    for (size_t i = 0; i < count; i++)
        if (!place_part(&source, &set, &parts[i], err)) return HANDLED_FAILED;
    for (size_t i = 0; i < count; i++)
        apply_part(txn, &source, &parts[i]);
    table_set_flush(&set, txn, &source);
    struct buf *out = reply_begin(request);
    answer(params, parts, count, out);
    reply_close(out);
    return HANDLED;
}
