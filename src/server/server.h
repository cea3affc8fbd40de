/* The server: one thread, one event loop, HTTP/1.1 on a loopback address.
 *
 *     server_open -> server_run (returns when told to stop) -> server_close
 *
 * The loop decodes requests, runs reads against a snapshot and hands writes to the shard; answers
 * come back from the shard's sync thread through a queue with one wake-up for many. A parked
 * request (a long poll) costs memory only. Requests that a client sends without waiting
 * (pipelining) are answered in order; writes among them share a sync, a read waits for the writes
 * before it. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "base/base.h"

struct server;
struct shard;

/* 0 in any field: the default of base/limits.h. */
struct server_limits {
    size_t header_bytes_max, headers_max, body_bytes_max, held_bytes_max, connections_max;
    uint64_t idle_ms_max, request_ms_max, write_ms_max, linger_ms_max;
};

struct server_options {
    str listen;          /* HOST:PORT; HOST a loopback address; port 0: a free one */
    struct shard *shard; /* borrowed, started; server_run stops it before it returns */
    /* Stops the shard and whatever else completes requests (functions), in the right order; all
     * requests must be completed when it returns. NULL: shard_stop alone. */
    void (*stop)(void *context);
    void *stop_context;
    struct server_limits limits;
    bool handle_signals; /* SIGTERM and SIGINT stop the server; a second one ends the process */
};

/* Listens. False if the address is not a loopback address, malformed, or in use. */
MUST_CHECK bool server_open(const struct server_options *options, struct server **out,
                            struct error *err);

/* Where it listens: "http://127.0.0.1:8083". Valid until server_close. */
str server_url(const struct server *server);

/* Serves until server_stop or a signal; then accepts nothing more, lets the shard finish what it
 * has, sends the answers, and returns. */
void server_run(struct server *server);

/* Makes server_run return soon. Any thread; before, while or after it runs, until server_close. */
void server_stop(struct server *server);

void server_close(struct server *server);

#endif
