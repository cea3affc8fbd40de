/* An exchange: one request and its answer, from the first byte in to the last byte out.
 *
 *   READING --complete--> RUNNING --answered--> DONE --written--> freed
 *      |  |                  ^                   ^ ^
 *      |  |        must wait | for those before  | |
 *      |  +--------------> WAITING --answered----+ |
 *      +--answered at once, refused----------------+
 *
 * Private to server/. Exchanges live on the loop thread; only the push onto the completion queue
 * happens elsewhere. */
#ifndef SERVER_EXCHANGE_H
#define SERVER_EXCHANGE_H

#include "http/http.h"
#include "protocol/protocol.h"
#include "server/answer.h"
#include "shard/request.h"

struct connection;
struct server;

enum exchange_state { EXCHANGE_READING, EXCHANGE_WAITING, EXCHANGE_RUNNING, EXCHANGE_DONE };

struct exchange {
    enum exchange_state state;
    bool is_decoded;               /* the handler's: it has been here before and said HANDLE_WAIT */
    struct server *server;         /* borrowed */
    struct connection *connection; /* borrowed; NULL once the client has gone */
    struct exchange *next;         /* the next request of the connection; or of the pool */
    struct exchange *completed_next;
    size_t held_bytes;        /* its part of the server's held_bytes */
    int64_t begun_us;         /* when the request was complete; clock_monotonic_us */
    struct request call;      /* its arena is the exchange's arena */
    struct protocol protocol; /* the handler's: in what way this is a call */
    struct http_decoder decoder;
    struct http_answer answer;
};

/* What a handler says about a complete request. */
enum handle_result {
    HANDLE_ANSWERED, /* exchange->answer is set */
    HANDLE_LATER,    /* server_complete will be called with the exchange, on any thread, once */
    HANDLE_WAIT,     /* nothing was done: ask again when the requests before it are answered */
};

/* What gives the answers: the routes (route.h), or a test's. All functions run on the loop thread.
 */
struct server_handler {
    /* `is_alone`: no earlier request of the connection is still running. HANDLE_WAIT only if not.
     */
    enum handle_result (*handle)(void *context, struct exchange *exchange, bool is_alone);
    /* After server_complete: sets exchange->answer. Also called when the client has gone. */
    void (*finish)(void *context, struct exchange *exchange);
    /* The client of a running exchange has gone; server_complete must still be called: soon, or
     * when the function ends that the request has invoked. */
    void (*cancel)(void *context, struct exchange *exchange);
    /* The server stops: every running exchange must be completed before this returns. */
    void (*stop)(void *context);
    /* The server is closed; the context is no longer used. May be NULL. */
    void (*close)(void *context);
    void *context;
};

static inline struct arena *exchange_arena(struct exchange *exchange)
{
    return &exchange->call.arena;
}

/* Moves along the arrows above; any other move is a bug. */
void exchange_move(struct exchange *exchange, enum exchange_state to);

/* A fresh exchange in READING, from the server's pool. */
struct exchange *exchange_new(struct server *server, struct connection *connection);
void exchange_free(struct exchange *exchange);

#endif
