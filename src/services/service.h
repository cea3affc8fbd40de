/* What a service is to the layers above: a table of operations under a target prefix. */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "shard/shard.h"

struct service {
    str target_prefix; /* of X-Amz-Target, without the dot: "AWSStepFunctions" */
    const struct operation *operations;
    size_t operation_count;
    const struct integration *integrations; /* Task resources that it carries out */
    size_t integration_count;
};

/* Step Functions itself (services/states/). */
extern const struct service states_service;

/* All services, for routing and for the shard's integrations. */
const struct service *const *services_all(size_t *count);

/* The operation that an X-Amz-Target header names ("AWSStepFunctions.StartExecution"), or NULL. */
const struct operation *services_find(str target);

#endif
