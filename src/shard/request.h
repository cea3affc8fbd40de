/* An API call on its way: decoded by the outer layers, carried out by a service, answered.
 *
 * Life of a request: the server makes it and decodes the call; a READ runs on the I/O thread
 * against a snapshot of durable state, a WRITE goes through the shard's inbox to the writer thread;
 * when `complete` is called the answer (reply or error) is final and, for a write, durable.
 * `complete` may be called on any thread, exactly once. */
#ifndef SHARD_REQUEST_H
#define SHARD_REQUEST_H

#include "base/base.h"
#include "json/json.h"

struct shard;
struct txn;
struct request;

/* Names of the shapes' constraints, checked before a handler runs (services/shape.h). */
struct shape;
struct view;

/* What a READ handler may use. */
struct reader {
    struct shard *shard;
    struct store *store;
    const struct store_snapshot *snapshot;
    struct arena *arena; /* the request's */
    int64_t now_ms;
    struct view *view; /* the shard's: what shard_read_end gives back */
};

enum handled {
    HANDLED,        /* request->reply holds the answer (a JSON object; empty: no body) */
    HANDLED_FAILED, /* *err holds it; what the handler wrote is dropped */
    HANDLED_LATER,  /* the request is parked; somebody calls request_reply later */
};

typedef enum handled (*read_handler)(const struct reader *reader, struct request *request,
                                     struct error *err);
typedef enum handled (*write_handler)(struct txn *txn, struct request *request, struct error *err);

/* One operation of an API: a row of a service's table. Exactly one handler is set. */
struct operation {
    str name;                  /* "StartExecution" */
    const struct shape *input; /* checked before the handler runs */
    read_handler read;
    write_handler write;
};

struct request {
    struct arena arena;                /* owned: the call and its answer live here */
    const struct operation *operation; /* borrowed from the service's table */
    json params;                       /* JSON_OBJECT */
    str id;                            /* x-amzn-RequestId */
    struct buf reply;                  /* in `arena`: the answer's JSON text */
    struct error error;                /* code ERROR_NONE: success */
    void (*complete)(struct request *request);
    void *owner; /* for `complete` */

    /* the shard's */
    struct request *next;
    int64_t submitted_us;
    uint64_t parked_serial; /* which execution or poll it waits for */
    int64_t parked_until_ms;
    bool cancelled; /* the client has gone; set with shard_cancel (atomically) */
};

#endif
