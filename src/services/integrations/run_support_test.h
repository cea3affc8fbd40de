/* Whole runs for the tests of services/integrations/: a shard on a store in memory, whose effects
 * the test answers. */
#ifndef SERVICES_INTEGRATIONS_RUN_SUPPORT_TEST_H
#define SERVICES_INTEGRATIONS_RUN_SUPPORT_TEST_H

#include "services/integrations/support_test.h"

#define MACHINE "arn:aws:states:us-east-1:000000000000:stateMachine:"
#define EXECUTION "arn:aws:states:us-east-1:000000000000:execution:"

enum { RUN_EFFECTS_MAX = 8 };

struct run {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
    struct effect *effects[RUN_EFFECTS_MAX]; /* in the order in which they left */
    size_t effect_count;
};

/* `endpoints`: of services outside, e.g. "{'sqs':'http://sqs.test'}"; single quotes for double. */
void run_open(struct run *run, const char *endpoints);
void run_close(struct run *run);
/* A call of the Step Functions API: the answer, or "NAME: message". */
str run_call(struct run *run, const char *operation, json params);
str run_call_of(struct run *run, const struct service *service, const char *operation, json params);
/* A machine "p" with one Task, and an execution "e" of it. */
void run_task(struct run *run, const char *resource, const char *parameters);
/* Another execution of "p". */
void run_start(struct run *run, const char *name);
/* A machine "m" of one Pass state. */
void run_create_child(struct run *run);
/* What has become of "e". */
json run_describe(struct run *run);
json run_describe_of(struct run *run, const char *name);
/* The request of the effect `index`. */
json run_request(struct run *run, size_t index);
/* The effect is over. Texts are borrowed for the call. */
void run_answer(struct run *run, size_t index, const struct effect_result *result);
/* The text at `path` ("output.Payload.x"; JSON texts on the way are read). */
str run_field(struct run *run, json value, const char *path);
void run_expect(struct run *run, const char *path, const char *wanted);

#endif
