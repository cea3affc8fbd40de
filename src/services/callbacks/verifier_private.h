/* What the two files of the verifiers share. */
#ifndef SERVICES_CALLBACKS_VERIFIER_PRIVATE_H
#define SERVICES_CALLBACKS_VERIFIER_PRIVATE_H

#include <stdio.h>

#include "services/callbacks/verifier.h"

enum verifier_type {
    VERIFIER_NONE,
    VERIFIER_BEARER,
    VERIFIER_BASIC,
    VERIFIER_HMAC,
    VERIFIER_STANDARD,
    VERIFIER_GITHUB,
    VERIFIER_STRIPE,
    VERIFIER_SLACK,
};

/* False: its "type" is none of them. */
bool verifier_type_find(json verifier, enum verifier_type *out);

/* The bytes that a secret stands for: decoded where its scheme says so. False if it cannot be. */
bool verifier_secret_key(enum verifier_type type, json verifier, str secret,
                         unsigned char key[VERIFIER_SECRET_BYTES_MAX], size_t *key_bytes);

/* Whether the "content" of an hmac verifier covers what it must. */
MUST_CHECK bool verifier_content_valid(json verifier, struct error *err);

#endif
