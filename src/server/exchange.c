/* Life of an exchange, and the pool that keeps a few of them warm. */
#include "server/exchange.h"

#include <stdlib.h>

#include "server/core.h"

enum {
    EXCHANGE_POOL_MAX = 256,
    EXCHANGE_POOL_ARENA_BYTES_MAX = 16 << 10, /* a larger arena is not worth keeping warm */
};

void exchange_move(struct exchange *exchange, enum exchange_state to)
{
    static const bool allowed[4][4] = {
        [EXCHANGE_READING] = { [EXCHANGE_WAITING] = true,
                               [EXCHANGE_RUNNING] = true,
                               [EXCHANGE_DONE] = true },
        [EXCHANGE_WAITING] = { [EXCHANGE_RUNNING] = true, [EXCHANGE_DONE] = true },
        [EXCHANGE_RUNNING] = { [EXCHANGE_DONE] = true },
    };
    ASSERT(allowed[exchange->state][to]);
    exchange->state = to;
}

struct exchange *exchange_new(struct server *server, struct connection *connection)
{
    struct exchange *exchange = server->pool;
    struct arena arena;
    if (exchange) {
        server->pool = exchange->next;
        server->pooled--;
        arena = exchange->call.arena;
    } else {
        exchange = malloc(sizeof *exchange);
        if (!exchange) fatal("out of memory");
        arena_init(&arena);
    }
    *exchange = (struct exchange){ .server = server, .connection = connection };
    exchange->call.arena = arena;
    exchange->call.owner = exchange;
    http_decoder_init(&exchange->decoder, &server->http_limits, &exchange->call.arena);
    return exchange;
}

void exchange_free(struct exchange *exchange)
{
    struct server *server = exchange->server;
    struct arena *arena = &exchange->call.arena;
    ASSERT(server->held_bytes >= exchange->held_bytes);
    server->held_bytes -= exchange->held_bytes;
    if (server->pooled >= EXCHANGE_POOL_MAX || arena->used_bytes > EXCHANGE_POOL_ARENA_BYTES_MAX) {
        arena_close(arena);
        free(exchange);
        return;
    }
    arena_reset(arena);
    exchange->next = server->pool;
    server->pool = exchange;
    server->pooled++;
}
