/* Removing what is old: deliveries beyond their time, those of routes that are gone, and what keys
 * have started. One request of our own, parked until the next look; each run does a piece in a
 * transaction of its own. */
#include "services/callbacks/route_records.h"

const char routes_sweep_topic[] = "callbacks:sweep";

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

/* When the oldest delivery that is kept has had its time. */
static int64_t route_due(const struct source *source, str name, json settings)
{
    int64_t oldest_ms = delivery_oldest(source, name);
    return oldest_ms == INT64_MAX ? INT64_MAX : oldest_ms + keep_s(settings) * 1000 + 1;
}

/* Returns how many it has removed; *due_ms becomes earlier if something will be due before. */
static size_t sweep_route(struct txn *txn, const struct source *source, str name, size_t max,
                          int64_t *due_ms)
{
    struct route_record record;
    struct delivery_state state;
    struct key key;
    if (route_load(source, name, &record)) {
        int64_t before_ms = source->now_ms - keep_s(record.settings) * 1000;
        size_t expired = delivery_expire(txn, source, name, before_ms, max);
        int64_t next_ms = route_due(source, name, record.settings);
        if (next_ms < *due_ms) *due_ms = next_ms;
        return expired;
    }
    size_t removed = delivery_expire(txn, source, name, INT64_MAX, max);
    delivery_state_load(source, name, &state);
    if (state.count > 0) return removed;
    key_route(&key, source->number, ROUTE_STATE, name, 0, STR(""));
    txn_delete(txn, &key);
    return removed;
}

/* Sleeps until the next record is due. Whoever writes the first delivery of a route or changes a
 * route wakes it; what is due before that all the same waits for ROUTE_SWEEP_MS at most. */
static enum handled sweep(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = STR("");
    size_t left = ROUTE_SWEEP_RECORDS_MAX;
    int64_t due_ms = INT64_MAX;
    left -= started_expire(txn, &source, left, &due_ms);
    /* One that still runs has been put off. */
    bool is_idle = due_ms == INT64_MAX && left == ROUTE_SWEEP_RECORDS_MAX;
    while (left > 0 && delivery_next_route(&source, name, &name)) {
        left -= sweep_route(txn, &source, name, left, &due_ms);
        is_idle = false;
    }
    if (left == 0) due_ms = source.now_ms + 1;
    int64_t latest_ms = is_idle ? INT64_MAX : source.now_ms + ROUTE_SWEEP_MS;
    return txn_wait(txn, request, str_from(routes_sweep_topic),
                    due_ms < latest_ms ? due_ms : latest_ms, err);
}
