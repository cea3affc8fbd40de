/* What a service is to the layers above: a table of operations, reached in AWS's protocols, and
 * what it does for the shard. */
#ifndef SERVICES_SERVICE_H
#define SERVICES_SERVICE_H

#include "shard/shard.h"

struct query_protocol; /* protocol/query.h: how its calls look as forms and its answers as XML */
struct rest_route;     /* below */
struct http_request;

/* One path of a REST-JSON service (Lambda). */
struct rest_route {
    str method; /* "POST" */
    /* Segments in braces are members of the input: "/2015-03-31/functions/{FunctionName}/aliases".
     * They take one segment, percent-decoded. Query parameters become members of their own name. */
    str path;
    str query;     /* a parameter that the request must have ("mode=import"); empty: none */
    str operation; /* "CreateAlias" */
    str payload;   /* the member that is the whole body, as text (Invoke's Payload); empty: the body
                      is a JSON object of members */
    int status;    /* of a success without a status of its own */
};

/* Addresses of a service's own, apart from AWS's protocols: the request goes to the operation as it
 * came (request->http), and the answer leaves as it is (request->head, ->reply). An error is
 * {"error":NAME,"message":TEXT} with its code's status. */
struct web_route {
    str prefix; /* "/callbacks": this path, and those below it */
    str domain; /* instead: hosts that have this label behind their first one ("execute-api"
                   in "abc.execute-api.us-east-1.amazonaws.com"); empty: any host */
    /* The operation that carries the request out, by its method and path; NULL: the request is not
     * for this service after all. */
    const struct operation *(*operation)(const struct http_request *http);
};

struct service {
    str name;          /* as in credentials and in --endpoint: "sqs" */
    str sdk_name;      /* in aws-sdk:NAME:ACTION: "sqs", "sfn", "eventbridge" */
    str exception;     /* what stands before the dot in a Task's error: "Sqs" of
                          "Sqs.OverLimitException"     for aws-sdk integrations */
    str target_prefix; /* of X-Amz-Target, without the dot: "AWSStepFunctions"; empty if it does not
                          speak AWS JSON */
    str json_version;  /* "1.0", "1.1" */
    str error_prefix;  /* of __type: "com.amazonaws.sqs#"; empty if none */
    str query_version; /* the Version parameter of the Query protocol; empty if it does not speak it
                        */
    bool has_plain_errors; /* REST-JSON: the body of an error is {"message":TEXT} */
    const struct rest_route *rest_routes;
    size_t rest_route_count;
    const struct web_route *web_routes;
    size_t web_route_count;
    /* Those that its web routes name, for the figures by operation. */
    const struct operation *const *web_operations;
    size_t web_operation_count;
    const struct operation *operations;
    size_t operation_count;
    const struct integration *integrations; /* Task resources that it carries out */
    size_t integration_count;
    const struct effect_handler *effect_handlers; /* origins of effects that it plans */
    size_t effect_handler_count;
    const struct callback_handlers *callbacks; /* the one that keeps the records of callbacks */
    /* Submits the background tasks that the records ask for (shard_submit_own). Called once, when
     * the shard has been made. NULL: none. */
    void (*start)(struct shard *shard);
    /* Appends its own figures as Prometheus text; NULL: none. On the I/O thread. */
    void (*metrics)(const struct reader *reader, struct buf *out);
};

extern const struct service states_service;       /* Step Functions */
extern const struct service sqs_service;          /* queues */
extern const struct service sns_service;          /* topics */
extern const struct service lambda_service;       /* functions */
extern const struct service dynamodb_service;     /* tables */
extern const struct service events_service;       /* EventBridge: buses, rules, connections */
extern const struct service callbacks_service;    /* Baton's own: links, keys, mailbox, routes */
extern const struct service apigateway_service;   /* API Gateway: REST APIs */
extern const struct service apigatewayv2_service; /* API Gateway: HTTP APIs */
extern const struct service logs_service;         /* CloudWatch Logs */
extern const struct service tagging_service;      /* Resource Groups Tagging */
extern const struct service sts_service;          /* who the caller is */

/* All services, for routing. */
const struct service *const *services_all(size_t *count);

/* The operation of a service, or NULL. */
const struct operation *service_operation(const struct service *service, str name);

/* The operation that an X-Amz-Target header names ("AWSStepFunctions.StartExecution"), or NULL. */
const struct operation *services_find(str target, const struct service **service);

/* The integrations and effect handlers of all services as one table each, in the arena, for
 * shard_options. */
void services_register(struct shard_options *options, struct arena *arena);
/* Calls `start` of all services. */
void services_start(struct shard *shard);
/* Calls `metrics` of all services. `arena` is for what they read. */
void services_metrics(struct shard *shard, struct arena *arena, struct buf *out);

/* One service calls another inside a transaction, by its API: the shape of the operation is checked
 * and its handler runs, reads included (they see the transaction's writes). True: *reply is the
 * answer, in the transaction's arena. False: nothing of the call has been written. An operation
 * that would have to wait, or that leaves the process (Invoke), is ERROR_UNSUPPORTED_OPERATION
 * here. `params` are named as in the API. Queues may be named by their ARN where the API has a URL.
 */
MUST_CHECK bool service_call(struct txn *txn, const struct service *service, str operation,
                             json params, json *reply, struct error *err);

#endif
