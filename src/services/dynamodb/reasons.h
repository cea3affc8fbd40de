/* Why a transaction is cancelled: one reason for each action, in their order. */
#ifndef SERVICES_DYNAMODB_REASONS_H
#define SERVICES_DYNAMODB_REASONS_H

#include "base/base.h"

struct reasons {
    struct arena *arena;
    struct buf codes; /* "None, ConditionalCheckFailed" */
    struct buf list;  /* JSON objects with commas between them */
    bool cancelled;
};

void reasons_init(struct reasons *reasons, struct arena *arena);
/* The next action would succeed. */
void reasons_add_none(struct reasons *reasons);
/* It would fail with that. */
void reasons_add(struct reasons *reasons, const struct error *fault);
/* True if no action would fail; else ERROR_DYNAMODB_TRANSACTION_CANCELED with all reasons. */
MUST_CHECK bool reasons_finish(const struct reasons *reasons, struct error *err);

#endif
