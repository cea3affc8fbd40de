/* Talking to a running server over the public API (BATON_ENDPOINT), as any SDK would. */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include "base/base.h"
#include "json/json.h"

struct client {
    struct arena *arena; /* borrowed: requests and answers live here */
    str endpoint;        /* "http://127.0.0.1:8083" */
    void *handle;        /* owned; the connection, kept between calls */
    str region, account; /* of the server; empty until client_identify */
};

/* `endpoint` empty: $BATON_ENDPOINT, or the default. */
void client_open(struct client *client, struct arena *arena, str endpoint);
void client_close(struct client *client);

/* What the server answered. */
struct answer {
    bool good;
    json value;        /* good: the answer, an object */
    str name, message; /* otherwise: AWS's name of the error, and its text */
};

/* Calls one operation: of the Step Functions API by its name alone, of another service with the
 * prefix of its X-Amz-Target ("AmazonSQS.ListQueues"). False if no server answers (err says so). */
MUST_CHECK bool client_call(struct client *client, str operation, json params,
                            struct answer *answer, struct error *err);

/* The same; an error of the API or of the connection is printed and ends the program with 1. */
json client_must(struct client *client, str operation, json params);

/* ARNs from what people type: an ARN as it is, else a name ("Orders"; for executions
 * "Orders/order-17"). Ends the program with 1 if the server cannot be reached. */
/* `kind` is what stands before the name: "stateMachine:", or nothing. */
str client_arn(struct client *client, const char *service, const char *kind, str typed);
str client_machine_arn(struct client *client, str typed);
str client_execution_arn(struct client *client, str typed);

#endif
