/* What inbound routes keep. All under KEY_ROUTE (section, name, number, id).
 *
 * section        name      number    id                value
 * ROUTE_SETTINGS route     0         ""    {"v":1,"created":ms,"updated":ms,"fromFile":bool,
 *                                           "settings":{...}} with the secrets
 * ROUTE_INDEX    ""        0         ""    {"v":1,"routes":[[route, path, methods] ...]} in the
 * order
 *                                           in which paths are tried
 * ROUTE_STATE    route     0         ""    {"v":1,"count":n,"bytes":n,"oldest":number,"total":n,
 *                                           "unusable":n}: the deliveries that are kept
 * ROUTE_REFUSED  route     0         ""    {"v":1,"count":n,"recent":[{"at","peer","reason"} ...]},
 *                                           newest first
 * ROUTE_DELIVERY route     serial    ""    a request and what became of it (delivery.c)
 * ROUTE_STARTED  callback  0         key   {"v":1,"execution":arn,"due":ms,
 *                                           "ids":[{"id","at","execution"} ...]}: what has been
 *                                           started for a key, newest first
 * ROUTE_DUE      ""        due ms    callback "/" key   when to forget such a record */
#ifndef SERVICES_CALLBACKS_ROUTE_RECORDS_H
#define SERVICES_CALLBACKS_ROUTE_RECORDS_H

#include "services/callbacks/routes.h"

enum route_section {
    ROUTE_SETTINGS = 1,
    ROUTE_INDEX,
    ROUTE_STATE,
    ROUTE_REFUSED,
    ROUTE_DELIVERY,
    ROUTE_STARTED,
    ROUTE_DUE,
};

/* ---- routes (route_records.c) ---- */

struct route_record {
    str name;
    json settings;
    int64_t created_ms, updated_ms;
    bool is_from_file; /* put by `baton serve --config`, which also takes it away */
};

bool route_load(const struct source *source, str name, struct route_record *out);
void route_store(struct txn *txn, const struct source *source, const struct route_record *record);
void route_remove(struct txn *txn, const struct source *source, str name);

/* Routes in the order of their names behind `after`; returns how many. */
size_t route_list(const struct source *source, str after, struct route_record *out, size_t max);

struct route_found {
    str name;    /* empty: no route has such a path and method */
    str methods; /* of the routes with such a path, for Allow: "POST, PUT"; empty: there is none */
};
/* The route for a request. */
void route_find(const struct source *source, const struct http_request *http,
                struct route_found *out);

/* True if another route than `name` fits the same paths with one of the methods; *other says which.
 * *count: routes that there are beside `name`. */
bool route_path_taken(const struct source *source, str name, str path, json methods, str *other,
                      size_t *count);

/* ---- deliveries (delivery.c) ---- */

struct delivery_state {
    int64_t count, bytes, total, unusable;
    uint64_t oldest; /* no kept delivery has a smaller number */
};
void delivery_state_load(const struct source *source, str route, struct delivery_state *out);

/* A delivery as it is kept. */
struct delivery_record {
    uint64_t number;
    struct delivery delivery;
    str verdict;
    int status;
    str key;
    str answer; /* JSON text */
    str execution;
    int64_t replays, replayed_ms;
    size_t bytes;
};

/* A body that is no UTF-8, as text. */
str delivery_body_base64(struct arena *arena, str body);

/* Keeps a new delivery, which gets a number, and removes the oldest beyond what the route keeps. */
void delivery_store(struct txn *txn, const struct source *source, const struct route *route,
                    struct delivery_record *record);
/* Writes one that is there again, after a replay. */
void delivery_update(struct txn *txn, const struct source *source, str route,
                     const struct delivery_record *record);
/* Removes at most `max` of those that came before; returns how many. */
size_t delivery_expire(struct txn *txn, const struct source *source, str route, int64_t before_ms,
                       size_t max);
bool delivery_load(const struct source *source, str route, uint64_t number,
                   struct delivery_record *out);

/* A walk over the deliveries of a route with numbers in [from, to), newest first if `reverse`. */
struct store_cursor *delivery_scan(const struct source *source, str route, uint64_t from,
                                   uint64_t to, bool reverse);
/* The next one, in the source's arena; out->bytes is what it takes in the store. */
bool delivery_next(const struct source *source, struct store_cursor *cursor,
                   struct delivery_record *out);

/* When the oldest delivery came that is kept; INT64_MAX: there is none. */
int64_t delivery_oldest(const struct source *source, str route);

/* The next route behind `after` that has had deliveries, also if the route itself is gone. */
bool delivery_next_route(const struct source *source, str after, str *route);

struct refusal {
    str peer;
    const char *reason;
};
void refusal_note(struct txn *txn, const struct source *source, str route,
                  const struct refusal *refusal);
/* {"count":n,"recent":[...]}; null: there was none. */
json refusals_load(const struct source *source, str route);

#endif
