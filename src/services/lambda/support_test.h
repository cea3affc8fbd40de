/* Shared by the tests of services/lambda/: the API over a shard on a store in memory, driven by
 * hand, with a carrier that answers at once what the test has told it. */
#ifndef SERVICES_LAMBDA_SUPPORT_TEST_H
#define SERVICES_LAMBDA_SUPPORT_TEST_H

#include <criterion/criterion.h>

#include "services/lambda/lambda_private.h"

/* Start of ARNs in the tests. */
#define FUNCTION "arn:aws:lambda:us-east-1:000000000000:function:"
#define QUEUE "arn:aws:sqs:us-east-1:000000000000:"
#define ROLE "arn:aws:iam::000000000000:role/r"

struct api {
    struct arena arena;
    struct store *store;
    struct shard *shard;
    int64_t now_ms;
    char files[64]; /* the server's directory */
    /* the carrier */
    struct effect_result answer; /* what every invocation comes to */
    str last_kind;               /* of the last effect that was carried out */
    json last_request;
    size_t carried; /* their number */
    bool holds;     /* keeps them (`held`) instead of answering */
    struct effect *held;
};

void api_open(struct api *api);
/* As after a restart: the same store and files, another shard. */
void api_reopen(struct api *api);
void api_close(struct api *api);

/* Sends a call; in `params` single quotes stand for double ones. Checks its shape and prepares it
 * first, as the server does. */
struct request *api_send(struct api *api, const char *operation, const char *params);
/* Due timers and commands until nothing is left to do now, and syncs. */
void api_run(struct api *api);
void api_advance(struct api *api, int64_t ms);
/* "" until it is answered. Then the answer, or "NAME: message" of the error. */
str api_answer(struct api *api, const struct request *request);
/* api_send, api_run, api_answer. A name like "sqs:SendMessage" is of another service. */
str api_call(struct api *api, const char *operation, const char *params);

/* The call is answered with `expected` (single quotes again): every field there must be in the
 * answer, and a list must have the same items. */
void api_expect(struct api *api, const char *operation, const char *params, const char *expected);
/* The call fails with `expected`: "NAME: message", as it is. */
void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected);
/* The text at a path like "Functions.0.FunctionName" of an answer. */
str api_field(struct api *api, str answer, const char *path);

/* The function answers so from now on: `error` is "" or "Unhandled". */
void api_answers(struct api *api, const char *error, const char *body);
/* It cannot be run: "Lambda.TooManyRequestsException" ... */
void api_refuses(struct api *api, const char *error);
/* Answers the effect that is held. */
void api_release(struct api *api);

/* A zip with one file, as base64. */
const char *api_zip(struct api *api, const char *name, const char *content);
/* A function made of such a zip. */
void api_create(struct api *api, const char *name);
/* Records of a kind. */
size_t api_count(struct api *api, enum key_tag tag);
/* Entries of the directory of unpacked code. */
size_t api_code_count(struct api *api);

/* A zip archive in memory, for zip_test.c. */
struct zip_entry {
    const char *name;
    const char *content; /* NULL: a directory */
    unsigned mode;       /* with the type of the file; 0: not made on Unix */
};
str zip_of(struct arena *arena, const struct zip_entry *entries, size_t count);

#endif
