/* Functions, as other services and the server's start see them. */
#ifndef SERVICES_LAMBDA_LAMBDA_H
#define SERVICES_LAMBDA_LAMBDA_H

#include "effects/effects.h"
#include "services/service.h"
#include "services/source.h"

/* Carries out the effects "function" and "http": looks up functions in the shard's records and
 * hands over to `effects`. Borrowed: both outlive it. */
struct lambda_carrier;
struct lambda_carrier *lambda_carrier_new(struct effects *effects);
/* What becomes of the values of functions' environments before a process gets them; before the
 * first effect. Without it they stay as they are. */
void lambda_carrier_rewrite(struct lambda_carrier *carrier,
                            str (*rewrite)(const struct source *source, str value));
/* The shard that the carrier reads from; before the first effect. */
void lambda_carrier_attach(struct lambda_carrier *carrier, struct shard *shard);
struct carrier lambda_carrier(struct lambda_carrier *carrier); /* for shard_options */
void lambda_carrier_free(struct lambda_carrier *carrier);

/* The request of an effect of kind "function": invoke `function` (a name, a partial or a full ARN,
 * with or without qualifier; `qualifier` may be empty) with `payload` (JSON text). Its result is
 * the one of functions_invoke. False with ERROR_LAMBDA_RESOURCE_NOT_FOUND and so on if there is no
 * such function or the name is malformed. */
MUST_CHECK bool lambda_invocation(const struct source *source, str function, str qualifier,
                                  str payload, json *request, struct error *err);

/* An asynchronous invocation, as InvocationType Event: stored with the transaction, tried up to
 * three times, then given to the function's failure destination or dead-letter queue. */
MUST_CHECK bool lambda_invoke_async(struct txn *txn, str function, str qualifier, str payload,
                                    struct error *err);

/* What keeps functions' logs and all others; NULL in a shard without effects. Borrowed. */
struct effects *carrier_effects(struct shard *shard);
/* The log groups of all functions, an array of strings in the source's arena; a group that several
 * functions share is there several times. */
json lambda_log_groups(const struct source *source);

#endif
