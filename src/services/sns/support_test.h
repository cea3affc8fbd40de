/* Shared by the tests of services/sns/: the API over a shard on a store in memory, driven by hand,
 * with the real queues and functions beside it. */
#ifndef SERVICES_SNS_SUPPORT_TEST_H
#define SERVICES_SNS_SUPPORT_TEST_H

#include "services/sns/internal.h"

#define TOPIC "arn:aws:sns:us-east-1:000000000000:"
#define QUEUE "arn:aws:sqs:us-east-1:000000000000:"
#define FUNCTION "arn:aws:lambda:us-east-1:000000000000:function:"
#define ENDPOINT "http://127.0.0.1:8083"

enum { API_EFFECTS_MAX = 256 };

struct api {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
    size_t request_count;
    /* Effects that have been carried out and not answered yet. */
    struct effect *effects[API_EFFECTS_MAX];
    size_t effect_count;
};

void api_open(struct api *api);
/* As after a crash: the same store, another shard. Effects on their way are lost. */
void api_reopen(struct api *api);
void api_close(struct api *api);
/* Single quotes as double ones. */
str api_quoted(struct api *api, const char *text);
json api_parse(struct api *api, str text);

/* Sends a call as the server does: shape, preparation, then the handler; runs what is due. The
 * answer, or "NAME: message" of the error. `operation` may begin with "sqs." for a queue's. */
str api_call(struct api *api, const char *operation, const char *params);
str api_call_json(struct api *api, const char *operation, json params);
/* Due timers, commands and effects, then a sync. */
void api_run(struct api *api);

/* The answer has every field of `expected` (single quotes again); lists have the same items. */
void api_expect(struct api *api, const char *operation, const char *params, const char *expected);
void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected);
/* The value at a path like "Topics.0.TopicArn"; texts without their quotes. */
str api_field(struct api *api, str answer, const char *path);

/* CreateTopic, CreateQueue: the ARN, the URL. Names that end in ".fifo" are FIFO's. */
str api_topic(struct api *api, const char *name);
str api_queue(struct api *api, const char *name);
/* Subscribe; the subscription's ARN. `attributes`: an object as JSON, single quotes. */
str api_subscribe(struct api *api, const char *topic, const char *protocol, const char *endpoint,
                  const char *attributes);
/* Takes a message off a queue: the message as JSON; empty if there is none. */
str api_receive(struct api *api, const char *queue);
size_t api_receive_count(struct api *api, const char *queue);

/* The request of the first unanswered HTTP effect, as JSON. */
str api_http_request(struct api *api);
/* Answers it; status 0: no connection. */
void api_http_answer(struct api *api, int status);

#endif
