/* PutItem, UpdateItem, DeleteItem. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/writes.h"

/* Appends "Attributes" with what ReturnValues asks for. */
static void reply_attributes(const struct source *source, struct buf *out, json params,
                             const struct write_plan *plan, struct item_change *change)
{
    str values = json_str_or(params, STR("ReturnValues"), STR("NONE"));
    bool old = str_ends_with(values, STR("_OLD"));
    json item = old ? change->old.value : change->item;
    if (str_eq(values, STR("NONE")) || (old && !change->old.exists)) return;
    if (str_eq(values, STR("ALL_OLD"))) {
        reply_name(out, "Attributes");
        buf_add(out, change->old.text);
        return;
    }
    if (!json_is_object(item)) return; /* an update that made nothing */
    if (str_starts_with(values, STR("UPDATED_"))) {
        item = update_project(plan->update, source->arena, item);
        if (json_count(item) == 0) return;
    }
    reply_json(out, "Attributes", item);
}

static enum handled write_item(struct txn *txn, struct request *request, enum write_kind kind,
                               const struct members *members, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    struct write_plan plan;
    struct table table;
    struct item_change change = { .table = &table };
    struct capacity capacity = { 0 };
    if (!members_check(members, params, source.arena, err)) return HANDLED_FAILED;
    if (!write_plan_read(source.arena, params, kind, true, &plan, err)) {
        (void)members_envelope(source.arena, err);
        return HANDLED_FAILED;
    }
    if (!table_load(&source, plan.table, &table, err) ||
        !write_plan_place(&source, &table, &plan, kind == WRITE_PUT ? PLACE_OF_ITEM : PLACE_OF_KEY,
                          &change.place, err) ||
        !write_plan_evaluate(&source, &plan, &change, err))
        return HANDLED_FAILED;
    item_change_apply(txn, &source, &change, &capacity);
    table_flush(txn, &source, &table);
    struct buf *out = reply_begin(request);
    reply_attributes(&source, out, params, &plan, &change);
    capacity_reply(out, params, &table, &capacity);
    if (metrics_wanted(params, &table)) {
        reply_name(out, "ItemCollectionMetrics");
        write_metrics(out, &table, plan.map);
    }
    reply_close(out);
    return HANDLED;
}

enum handled handle_put_item(struct txn *txn, struct request *request, struct error *err)
{
    return write_item(txn, request, WRITE_PUT, &request_put_item, err);
}

enum handled handle_update_item(struct txn *txn, struct request *request, struct error *err)
{
    return write_item(txn, request, WRITE_UPDATE, &request_update_item, err);
}

enum handled handle_delete_item(struct txn *txn, struct request *request, struct error *err)
{
    return write_item(txn, request, WRITE_DELETE, &request_delete_item, err);
}
