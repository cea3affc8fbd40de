/* A hash table of requests by the serial of the execution they wait for; see parked.h. */
#include "shard/parked.h"

struct parked_end {
    struct request *request;
    uint64_t serial;
    parked_reply reply;
    struct parked_end *next;
};

static struct parked_end **bucket_of(struct parked_ends *ends, uint64_t serial)
{
    return &ends->buckets[serial % PARKED_BUCKETS]; /* serials are dense */
}

static struct request *take_out(struct parked_ends *ends, struct parked_end **at)
{
    struct request *request = (*at)->request;
    *at = (*at)->next;
    ASSERT_CMP(ends->count, >, 0);
    ends->count--;
    return request;
}

void parked_add(struct parked_ends *ends, struct request *request, uint64_t serial,
                parked_reply reply)
{
    struct parked_end *parked = ARENA_NEW(&request->arena, struct parked_end);
    struct parked_end **bucket = bucket_of(ends, serial);
    *parked = (struct parked_end){ request, serial, reply, *bucket };
    *bucket = parked;
    request->parked_serial = serial;
    if (request->deadline_ms > 0 && (ends->due_ms == 0 || request->deadline_ms < ends->due_ms))
        ends->due_ms = request->deadline_ms;
    ends->count++;
}

struct request *parked_end_reached(struct parked_ends *ends, const struct execution *execution)
{
    ASSERT(execution->status != EXECUTION_RUNNING);
    if (ends->count == 0) return NULL;
    struct request *list = NULL;
    struct parked_end **at = bucket_of(ends, execution->id.serial);
    while (*at) {
        if ((*at)->serial != execution->id.serial) {
            at = &(*at)->next;
            continue;
        }
        parked_reply reply = (*at)->reply;
        struct request *request = take_out(ends, at);
        reply(request, execution);
        request->next = list;
        list = request;
    }
    return list;
}

struct request *parked_late(struct parked_ends *ends, int64_t now_ms)
{
    struct request *list = NULL;
    if (ends->due_ms == 0 || ends->due_ms > now_ms) return NULL;
    ends->due_ms = 0;
    for (size_t i = 0; i < PARKED_BUCKETS; i++) {
        struct parked_end **at = &ends->buckets[i];
        while (*at) {
            int64_t deadline_ms = (*at)->request->deadline_ms;
            if (deadline_ms > 0 && deadline_ms <= now_ms) {
                struct request *request = take_out(ends, at);
                request->is_late = true;
                (void)error_set(&request->error, ERROR_OVERLOADED,
                                "The execution has not ended in time.");
                request->next = list;
                list = request;
                continue;
            }
            if (deadline_ms > 0 && (ends->due_ms == 0 || deadline_ms < ends->due_ms))
                ends->due_ms = deadline_ms;
            at = &(*at)->next;
        }
    }
    return list;
}

struct request *parked_give_up(struct parked_ends *ends, bool all)
{
    struct request *list = NULL;
    for (size_t i = 0; i < PARKED_BUCKETS && ends->count > 0; i++) {
        struct parked_end **at = &ends->buckets[i];
        while (*at) {
            if (!all && !__atomic_load_n(&(*at)->request->cancelled, __ATOMIC_ACQUIRE)) {
                at = &(*at)->next;
                continue;
            }
            struct request *request = take_out(ends, at);
            (void)error_set(&request->error, ERROR_OVERLOADED,
                            "The server stops before the execution has ended.");
            request->next = list;
            list = request;
        }
    }
    return list;
}
