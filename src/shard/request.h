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
struct http_request;

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
    struct txn *txn;   /* set when a transaction asks (service_call): reads go there, not to the
                          snapshot; services/source.h does that by itself */
};

enum handled {
    HANDLED,         /* request->reply holds the answer (a JSON object; empty: no body) */
    HANDLED_FAILED,  /* *err holds it; what the handler wrote is dropped */
    HANDLED_LATER,   /* a write: the request is parked (txn_wait and others in txn.h);
                        a read: somebody calls request->complete later, on any thread */
    HANDLED_ALREADY, /* the `prepare` of a web route's operation: request->reply and ->head hold the
                        whole answer, so that a forged link, say, never reaches the writer */
};

typedef enum handled (*read_handler)(const struct reader *reader, struct request *request,
                                     struct error *err);
typedef enum handled (*write_handler)(struct txn *txn, struct request *request, struct error *err);

/* One operation of an API: a row of a service's table. Exactly one of read and write is set. */
struct operation {
    str name;                  /* "StartExecution" */
    const struct shape *input; /* checked before the handler runs; NULL: of a web route */
    read_handler read;
    write_handler write;
    read_handler prepare; /* of a write, may be NULL: work for the I/O thread before the writer gets
                             the request (unpacking code); may replace params, set `prepared` */
    bool waits;           /* its answer may have to wait for others (GetActivityTask): it cannot be
                             called inside a transaction */
};

/* What an answer has beyond status 200 and a JSON body. In the request's arena. */
struct reply_head {
    int status;       /* 0: 200 */
    str headers;      /* lines with CR LF */
    str content_type; /* empty: the protocol's */
};

struct request {
    struct arena arena;                /* owned: the call and its answer live here */
    const struct operation *operation; /* borrowed from the service's table */
    json params;                       /* JSON_OBJECT */
    str id;                            /* x-amzn-RequestId */
    str host;                          /* the Host header; empty: none (a call of our own) */
    const struct http_request *http;   /* as it came, borrowed for the request's life; NULL: a call
                                          of our own */
    str peer;                          /* the client's address: "127.0.0.1"; empty: unknown */
    const void *prepared;    /* in `arena`: what the operation's `prepare` has made for its `write`;
                             NULL: nothing */
    struct buf reply;        /* in `arena`: the answer's JSON text */
    struct reply_head *head; /* what else the answer has; NULL: nothing */
    struct error error;      /* code ERROR_NONE: success */
    void (*complete)(struct request *request);
    void *owner; /* for `complete` */
    /* A request that waits (txn_wait) and cannot wait on, as its client has gone or the shard
     * stops: fills the reply or the error. NULL: ERROR_OVERLOADED. */
    void (*give_up)(struct request *request);
    int64_t deadline_ms; /* the handler's own: until when it is to wait; 0 at first. Of one that
                            waits for the end of an execution: when it is given up; 0: never */
    bool is_late;        /* it has been given up for that */

    /* the shard's */
    struct request *next;
    int64_t submitted_us;
    uint64_t parked_serial; /* which execution or poll it waits for */
    int64_t parked_until_ms;
    str woken_by;   /* the topic that has ended its wait; empty: time */
    bool is_own;    /* nobody outside waits for it (shard_submit_own, effects) */
    bool cancelled; /* the client has gone; set with shard_cancel (atomically) */
};

#endif
