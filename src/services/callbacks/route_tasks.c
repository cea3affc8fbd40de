/* Removing what is old: deliveries beyond their time, those of routes that are gone, and what keys
 * have started. One request of our own, parked until the next look; each run does a piece in a
 * transaction of its own. */
#include "services/callbacks/route_records.h"

static enum handled sweep(struct txn *txn, struct request *request, struct error *err);

static const struct operation sweep_operation = {
    .name = STR_INIT("SweepRoutes"),
    .write = sweep,
};

void routes_start(struct shard *shard)
{
    shard_submit_own(shard, &sweep_operation, (json){ .kind = JSON_OBJECT });
}

static int64_t keep_s(json settings)
{
    const json *keep = json_find(settings, STR("keep"));
    return keep ? json_i64_or(*keep, STR("seconds"), ROUTE_DELIVERIES_S_DEFAULT)
                : ROUTE_DELIVERIES_S_DEFAULT;
}

/* Returns how many it has removed. */
static size_t sweep_route(struct txn *txn, const struct source *source, str name, size_t max)
{
    struct route_record record;
    struct delivery_state state;
    struct key key;
    if (route_load(source, name, &record))
        return delivery_expire(txn, source, name, source->now_ms - keep_s(record.settings) * 1000,
                               max);
    size_t removed = delivery_expire(txn, source, name, INT64_MAX, max);
    delivery_state_load(source, name, &state);
    if (state.count > 0) return removed;
    key_route(&key, source->number, ROUTE_STATE, name, 0, STR(""));
    txn_delete(txn, &key);
    return removed;
}

static enum handled sweep(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = STR("");
    size_t left = ROUTE_SWEEP_RECORDS_MAX;
    left -= started_expire(txn, &source, left);
    while (left > 0 && delivery_next_route(&source, name, &name))
        left -= sweep_route(txn, &source, name, left);
    int64_t pause_ms = left > 0 ? ROUTE_SWEEP_MS : 1;
    return txn_wait(txn, request, STR("callbacks:sweep"), source.now_ms + pause_ms, err);
}
