/* Shared by the tests of services/callbacks/: all services over a shard on a store in memory,
 * driven by hand, and the door as an operation. In texts single quotes stand for double ones. */
#ifndef SERVICES_CALLBACKS_SUPPORT_TEST_H
#define SERVICES_CALLBACKS_SUPPORT_TEST_H

#include "services/callbacks/internal.h"

#define ARN "arn:aws:states:us-east-1:000000000000:"

struct world {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
    struct buf sent; /* HTTP requests that left: "URL BODY\n" */
    int http_status; /* what they are answered */
};

void world_open(struct world *w);
/* As after a crash: what is not synced is lost, the same store, another shard. */
void world_crash(struct world *w);
void world_close(struct world *w);
/* Moves time and lets everything that is due happen. */
void world_pass(struct world *w, int64_t ms);

/* A call of a service: its answer as JSON text, or "NAME: message". */
str world_call(struct world *w, const struct service *service, const char *operation,
               const char *params);
/* A machine of one Task state `T` (sqs:sendMessage to the queue q, its body `message`, a member of
 * a JSONPath template such as 'MessageBody.$':'$$.Task.Token') with these further fields. Also
 * makes the queue. */
void world_machine(struct world *w, const char *name, const char *message, const char *fields);
/* Starts an execution of the machine; its ARN is ARN "execution:MACHINE:NAME". */
void world_start(struct world *w, const char *machine, const char *name, const char *input);
/* "RUNNING", "SUCCEEDED {...output}", "FAILED Error: cause" */
str world_status(struct world *w, const char *machine, const char *name);
/* The body of the next message of the queue q, taken out; "" if there is none. */
str world_message(struct world *w);
/* "ExecutionStarted TaskStateEntered ..." */
str world_history(struct world *w, const char *machine, const char *name);

/* The door. `how` is {'door':'link'|'key'|'token'|'bind'|..., 'link','name','key','token',
 * 'kind':'success'|'failure'|'heartbeat'|'outcome','output','error','cause','outcome','messageId',
 * 'by','comment','code','form':true, ...}: "STATUS {...}". */
str world_door(struct world *w, const char *how);
/* The answer must begin with `expected`, quotes as above. */
void world_expect(struct world *w, const char *how, const char *expected);
/* arena_printf with the quotes kept; for parameters with values in them. */
const char *world_text(struct world *w, const char *format, ...) PRINTF_LIKE(2, 3);
/* {'link':..., rest}: the path of a URL or of a path. */
const char *world_link(struct world *w, str url, const char *rest);

#endif
