/* The Task resources of Step Functions over Baton's services: how a Task's parameters become a call
 * and the call's answer becomes the task's output. Source: "Integrating services" in the Step
 * Functions Developer Guide, and AWS's recorded histories.
 *
 *   call.h              what the files of this folder share
 *   call.c callee.c     a call and its outcome; how errors of each service are named and worded
 *   parameters.c        the fields that an optimised integration takes
 *   names.c metadata.c  names and answers as the AWS SDK for Java has them
 *   invoke.c            carries a call out here, or at an endpoint outside
 *   messages.c tables.c functions.c    SQS, SNS, EventBridge; DynamoDB; Lambda
 *   start_execution.c   states:startExecution
 *   sdk.c dynamodb_members.c           aws-sdk:SERVICE:ACTION
 *   http_task.c http_request.c http_answer.c form.c    http:invoke
 *   connection.c token.c               connections of EventBridge and their OAuth tokens
 *   remote.c query.c xml.c             AWS's protocols, for endpoints outside
 *
 * Calls to Baton's own services run inside the transaction of the execution that calls, so that
 * the pause and the message are one step (promise 3). What leaves the process is an effect. */
#ifndef SERVICES_INTEGRATIONS_INTEGRATIONS_H
#define SERVICES_INTEGRATIONS_INTEGRATIONS_H

#include "services/service.h"

/* For shard_options. */
extern const struct integration integrations_table[];
extern const size_t integrations_count;

#endif
