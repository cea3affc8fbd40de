/* TransactWriteItems. */
#include "services/dynamodb/members.h"
#include "services/dynamodb/operations.h"
#include "services/dynamodb/reasons.h"
#include "services/dynamodb/requests.h"
#include "services/dynamodb/tokens.h"
#include "services/dynamodb/writes.h"

/* One action. */
struct action {
    struct write_plan plan;
    struct item_change change;
};

struct transaction {
    struct source source;
    json params;
    struct action *actions;
    size_t count;
    struct table_set tables;
};

/* ---- the request ---- */

static bool read_action(struct arena *arena, json wire, struct action *out, struct error *err)
{
    static const struct {
        const char *name;
        enum write_kind kind;
    } kinds[] = {
        { "ConditionCheck", WRITE_CHECK },
        { "Put", WRITE_PUT },
        { "Delete", WRITE_DELETE },
        { "Update", WRITE_UPDATE },
    };
    const json *found = NULL;
    enum write_kind kind = WRITE_CHECK;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const json *action = member_find(wire, kinds[i].name);
        if (!action) continue;
        if (found)
            return error_set(err, ERROR_VALIDATION,
                             "TransactItems can only contain one of Check, Put, Update or Delete");
        found = action;
        kind = kinds[i].kind;
    }
    if (!found)
        return error_set(err, ERROR_VALIDATION,
                         "Invalid Request: TransactWriteRequest should contain Delete or Put or "
                         "Update request");
    *out = (struct action){ 0 };
    return write_plan_read(arena, *found, kind, false, &out->plan, err);
}

static bool read_actions(struct transaction *transaction, struct error *err)
{
    struct arena *arena = transaction->source.arena;
    json list = *member_find(transaction->params, "TransactItems");
    transaction->count = json_count(list);
    transaction->actions = arena_array(arena, transaction->count, sizeof *transaction->actions);
    for (size_t i = 0; i < transaction->count; i++)
        if (!read_action(arena, json_at(list, i), &transaction->actions[i], err)) return false;
    return true;
}

/* ---- the tables ---- */

static bool load_tables(struct transaction *transaction, struct error *err)
{
    table_set_init(&transaction->tables, transaction->source.arena);
    for (size_t i = 0; i < transaction->count; i++) {
        struct action *action = &transaction->actions[i];
        struct table **table = &action->change.table;
        if (!table_set_load(&transaction->tables, &transaction->source, action->plan.table, table,
                            err) ||
            !place_check_values(&(*table)->schema, action->plan.map, err))
            return false;
    }
    return true;
}

static bool same_item(const struct item_change *a, const struct item_change *b)
{
    return a->table == b->table && place_equal(&a->place, &b->place);
}

static bool place_actions(struct transaction *transaction, struct error *err)
{
    struct reasons reasons;
    reasons_init(&reasons, transaction->source.arena);
    for (size_t i = 0; i < transaction->count; i++) {
        struct action *action = &transaction->actions[i];
        struct error fault = { 0 };
        if (write_plan_place(&transaction->source, action->change.table, &action->plan,
                             action->plan.kind == WRITE_PUT ? PLACE_OF_ITEM : PLACE_OF_KEY,
                             &action->change.place, &fault))
            reasons_add_none(&reasons);
        else
            reasons_add(&reasons, &fault);
    }
    if (!reasons_finish(&reasons, err)) return false;
    for (size_t i = 0; i < transaction->count; i++)
        for (size_t j = 0; j < i; j++)
            if (same_item(&transaction->actions[i].change, &transaction->actions[j].change))
                return error_set(err, ERROR_VALIDATION,
                                 "Transaction request cannot include multiple operations on one "
                                 "item");
    return true;
}

/* ---- the items ---- */

static bool evaluate(struct transaction *transaction, struct error *err)
{
    struct reasons reasons;
    size_t bytes = 0;
    reasons_init(&reasons, transaction->source.arena);
    for (size_t i = 0; i < transaction->count; i++) {
        struct action *action = &transaction->actions[i];
        struct error fault = { 0 };
        if (write_plan_evaluate(&transaction->source, &action->plan, &action->change, &fault))
            reasons_add_none(&reasons);
        else
            reasons_add(&reasons, &fault);
        bytes +=
            json_is_object(action->change.item) ? action->change.bytes : action->change.old.bytes;
    }
    if (!reasons_finish(&reasons, err)) return false;
    if (bytes <= DYNAMODB_TRANSACT_BYTES_MAX) return true;
    return error_set(err, ERROR_VALIDATION,
                     "The aggregate size of the items in the transaction cannot exceed 4 MB");
}

/* Carries all actions out; capacities are in the order of the tables. */
static void apply(struct transaction *transaction, struct txn *txn, struct capacity *capacities)
{
    struct table_set *tables = &transaction->tables;
    for (size_t i = 0; i < transaction->count; i++) {
        struct action *action = &transaction->actions[i];
        size_t t = 0;
        while (tables->tables[t] != action->change.table)
            t++;
        if (action->plan.kind == WRITE_CHECK)
            capacities[t].table += capacity_of_write(action->change.old.bytes);
        else
            item_change_apply(txn, &transaction->source, &action->change, &capacities[t]);
    }
    table_set_flush(tables, txn, &transaction->source);
}

/* A repetition changes nothing and consumes what reading its items does. */
static void read_again(struct transaction *transaction, struct capacity *capacities)
{
    struct table_set *tables = &transaction->tables;
    for (size_t i = 0; i < transaction->count; i++) {
        struct item_change *change = &transaction->actions[i].change;
        size_t t = 0;
        while (tables->tables[t] != change->table)
            t++;
        item_read(&transaction->source, change->table, &change->place, &change->old);
        capacities[t].table += capacity_of_read(change->old.bytes, true);
    }
}

/* ---- the answer ---- */

static void answer_metrics(struct transaction *transaction, struct buf *out)
{
    bool first = true;
    json params = transaction->params;
    struct table_set *tables = &transaction->tables;
    if (str_eq(json_str_or(params, STR("ReturnItemCollectionMetrics"), STR("NONE")), STR("NONE")))
        return;
    reply_name(out, "ItemCollectionMetrics");
    reply_open(out);
    for (size_t t = 0; t < tables->count; t++) {
        bool open = false;
        if (!metrics_wanted(params, tables->tables[t])) continue;
        if (!first) buf_add_char(out, ',');
        first = false;
        json_write_str(out, tables->tables[t]->name);
        buf_add(out, STR(":["));
        for (size_t i = 0; i < transaction->count; i++) {
            struct action *action = &transaction->actions[i];
            if (action->change.table != tables->tables[t] || action->plan.kind == WRITE_CHECK)
                continue;
            if (open) buf_add_char(out, ',');
            open = true;
            write_metrics(out, tables->tables[t], action->plan.map);
        }
        buf_add_char(out, ']');
    }
    reply_close(out);
}

static void answer(struct transaction *transaction, struct request *request,
                   const struct capacity *capacities, enum capacity_kind kind)
{
    struct buf *out = reply_begin(request);
    struct table_set *tables = &transaction->tables;
    if (capacity_wanted(transaction->params)) {
        reply_name(out, "ConsumedCapacity");
        buf_add_char(out, '[');
        for (size_t t = 0; t < tables->count; t++) {
            if (t > 0) buf_add_char(out, ',');
            capacity_write(out, transaction->params, tables->tables[t], &capacities[t], kind);
        }
        buf_add_char(out, ']');
    }
    answer_metrics(transaction, out);
    reply_close(out);
}

static enum handled run(struct transaction *transaction, struct txn *txn, struct request *request,
                        struct error *err)
{
    const struct source *source = &transaction->source;
    const json *client_token = member_find(transaction->params, "ClientRequestToken");
    struct capacity *capacities =
        arena_zalloc(source->arena, transaction->tables.count * sizeof *capacities);
    enum client_token_state state =
        client_token ? client_token_look(source, json_str(*client_token), transaction->params)
                     : TOKEN_NEW;
    if (state == TOKEN_OF_ANOTHER) {
        error_set(
            err, ERROR_DYNAMODB_IDEMPOTENT_PARAMETER_MISMATCH,
            "The request uses the same client token as a previous, but non-identical request.");
        return HANDLED_FAILED;
    }
    if (state == TOKEN_REPEATED) {
        read_again(transaction, capacities);
        answer(transaction, request, capacities, CAPACITY_READ);
        return HANDLED;
    }
    if (!evaluate(transaction, err)) return HANDLED_FAILED;
    apply(transaction, txn, capacities);
    if (client_token) client_token_keep(txn, source, json_str(*client_token), transaction->params);
    answer(transaction, request, capacities, CAPACITY_WRITE);
    return HANDLED;
}

enum handled handle_transact_write_items(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct transaction transaction = {
        .source = source_from_txn(txn, &request->arena),
        .params = request->params,
    };
    if (!members_check(&request_transact_write_items, request->params, &request->arena, err) ||
        !read_actions(&transaction, err) || !load_tables(&transaction, err) ||
        !place_actions(&transaction, err))
        return HANDLED_FAILED;
    return run(&transaction, txn, request, err);
}
