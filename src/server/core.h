/* The server's inside: the loop, its connections and its timeouts. Private to server/.
 *
 * The split: core.c owns the loop, the listener, the completion queue and the shutdown;
 * connection.c what happens on one connection; route.c what requests mean. */
#ifndef SERVER_CORE_H
#define SERVER_CORE_H

#include <stdatomic.h>
#include <uv.h>

#include "server/exchange.h"
#include "server/server.h"

/* A connection is in one of these lists. All that stand in a list have the same time to
 * go, so the first one is the next to be over: no timer per connection. */
enum timeout_class {
    TIMEOUT_NONE,    /* requests are running: the shard answers for their time */
    TIMEOUT_IDLE,    /* no request has begun */
    TIMEOUT_REQUEST, /* the request is not complete */
    TIMEOUT_WRITE,   /* the client does not take its answers */
    TIMEOUT_LINGER,  /* the last answer is sent; what still comes in is thrown away */
    TIMEOUT_CLASSES,
};

/* Kept small: an idle connection is this and what the kernel holds. */
struct connection {
    uv_tcp_t tcp;                       /* first, so that the handle is the connection */
    struct server *server;              /* borrowed */
    struct connection *previous, *next; /* in the list of timeout_class */
    struct connection *touched_next;    /* in the list of those with new answers */
    uint64_t since_ms;                  /* when it entered the list; uv_now */
    struct exchange *first, *last;      /* owned: complete requests, in order */
    struct exchange *incoming;          /* owned: the request that is being read */
    struct buf *unread;                 /* owned: bytes behind requests that have to wait */
    uint8_t timeout_class;
    bool is_touched;
    bool is_writing;        /* the kernel did not take an answer at once */
    bool is_closing;        /* uv_close has been called */
    bool is_reading;        /* uv_read_start is in force */
    bool has_ended;         /* the client will send no more */
    bool takes_no_more;     /* what the client sends is ignored: refused, or to be closed */
    uint8_t exchange_count; /* from first to last */
    uint8_t running_count;
};

static_assert(sizeof(struct connection) <= 350, "an idle connection is to stay this small");
static_assert(HTTP_PIPELINE_MAX < UINT8_MAX, "exchange_count must fit");

struct connection_list {
    struct connection *first, *last;
};

struct server_counters {
    uint64_t accepted, refused_full, timed_out;
    uint64_t requests, refused_requests;
    uint64_t bytes_in, bytes_out;
};

struct server {
    uv_loop_t loop;
    uv_tcp_t listener;
    uv_async_t wake_up;
    uv_timer_t sweep;
    uv_signal_t signals[2];
    struct server_handler handler;
    struct server_limits limits;
    struct http_limits http_limits;
    char url[64];
    _Atomic(struct exchange *) completed; /* a stack that any thread pushes onto */
    atomic_bool stop_wanted;
    bool handles_signals;
    bool is_stopping;
    uint64_t stop_deadline_ms;
    size_t open_count;    /* connections that are not yet freed */
    size_t running_count; /* exchanges that somebody still has to complete */
    struct connection_list timeouts[TIMEOUT_CLASSES];
    size_t held_bytes; /* the bodies of all exchanges */
    struct exchange *pool;
    size_t pooled;
    struct buf heads; /* scratch: heads of the answers of one write */
    int64_t date_second;
    char date[ANSWER_DATE_BYTES];
    struct server_counters counters;
    char read_buffer[64 << 10]; /* every read lands here and is copied where it belongs */
};

/* server_open with another handler than the routes. */
MUST_CHECK bool server_open_with(const struct server_options *options,
                                 const struct server_handler *handler, struct server **out,
                                 struct error *err);

/* The answer of an exchange is ready. Any thread. */
void server_complete(struct exchange *exchange);

/* A connection has been freed. */
void server_connection_closed(struct server *server);

/* ---- connection.c ---- */

/* Takes the next connection from the listener. */
void connection_accept(struct server *server);
/* Writes what is ready and goes on with what has waited for it. */
void connection_advance(struct connection *connection);
/* The time of its list is over. */
void connection_time_out(struct connection *connection);
/* Takes no more input and closes once its requests are answered; at once if there are none. */
void connection_finish(struct connection *connection);
/* Closes at once; running requests are cancelled. */
void connection_close(struct connection *connection);
/* The client's address without its port ("127.0.0.1"), in the arena; empty if it has gone. */
str connection_peer(const struct connection *connection, struct arena *arena);
/* Takes back an exchange that server_complete was called for. Returns the connection that now has
 * something to write, NULL if the client has gone. */
struct connection *connection_take_back(struct exchange *exchange);

#endif
