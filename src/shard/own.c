/* Calls of our own: background tasks of services, which live from shard_submit_own until their
 * handler says HANDLED. One that waits (txn_wait) runs anew each time it is woken, with a fresh
 * arena, so that a task that waits for years does not grow. */
#include <stdlib.h>

#include "shard/shard_private.h"

struct own {
    struct request request;
    size_t params_bytes;
    char params[]; /* JSON text */
};

static void complete(struct request *request)
{
    arena_close(&request->arena);
    free(request); /* the first member of struct own */
}

void own_renew(struct request *request)
{
    struct own *own = request->owner;
    struct error err;
    arena_reset(&request->arena);
    buf_init(&request->reply, &request->arena);
    str text = arena_str(&request->arena, (str){ own->params, own->params_bytes });
    if (!json_parse(text, &request->arena, &request->params, &err))
        fatal("the parameters of a call of our own do not decode");
}

void shard_submit_own(struct shard *shard, const struct operation *operation, json params)
{
    ASSERT(operation->write != NULL);
    struct arena arena;
    arena_init(&arena);
    str text = json_text(&arena, params);
    struct own *own = calloc(1, sizeof *own + text.len);
    if (!own) fatal("out of memory");
    memcpy(own->params, text.ptr, text.len);
    own->params_bytes = text.len;
    arena_close(&arena);
    arena_init(&own->request.arena);
    own->request.operation = operation;
    own->request.complete = complete;
    own->request.owner = own;
    own->request.is_own = true;
    own_renew(&own->request);
    if (!inbox_put_always(&shard->inbox, &own->request)) complete(&own->request);
}
