/* Verifiers: how a request to a callback address proves that it comes from who may send it.
 *
 * A verifier is a JSON object as it stands in the settings of a route or of a callback name;
 * secrets are in it in clear, so what is shown goes through verifier_redacted. Pure but for
 * OpenSSL's HMAC; runs on the I/O thread.
 *
 *     {"type": "none", "anybodyWhoKnowsTheKeyMayAnswer": true}
 *     {"type": "bearer", "secret": S, "header": "Authorization", "prefix": "Bearer "}
 *     {"type": "basic", "username": U, "secret": S}
 *     {"type": "hmac", "secret": S, "header": H, "prefix": "sha256=",
 *      "encoding": "hex" | "base64" | "base64url", "algorithm": "sha1" | "sha256" | "sha512",
 *      "timestampHeader": T, "toleranceSeconds": 300, "idHeader": I,
 *      "content": "{timestamp}.{body}", "secretEncoding": "text" | "base64" | "hex"}
 *     {"type": "standard-webhooks", "secret": "whsec_...", "toleranceSeconds": 300,
 *      "headerPrefix": "webhook"}
 *     {"type": "github", "secret": S}
 *     {"type": "stripe", "secret": "whsec_...", "toleranceSeconds": 300}
 *     {"type": "slack", "secret": S, "toleranceSeconds": 300}
 *
 * Instead of "secret" there may be "secrets": several, each good, while one takes the place of
 * another. Secrets and signatures are compared in a time that depends on their lengths only.
 *
 * Sources: Standard Webhooks (standard-webhooks/spec), GitHub "Validating webhook deliveries",
 * Stripe "Verify webhook signatures manually", Slack "Verifying requests from Slack", RFC 6750,
 * RFC 7617. */
#ifndef SERVICES_CALLBACKS_VERIFIER_H
#define SERVICES_CALLBACKS_VERIFIER_H

#include "http/http.h"
#include "json/json.h"

struct verifier_result {
    bool is_good;
    const char *reason; /* why it is not good, for the operator: static, without a secret */
    str message_id;     /* the sender's id of the message; empty: the scheme has none */
    str challenge;      /* a good request that only asks whether somebody is here (Slack's
                           url_verification) wants this text back; empty: it is a message */
};

/* True if `verifier` is one of the forms above. False: ERROR_VALIDATION, the message names the
 * member and what it may be. */
MUST_CHECK bool verifier_valid(json verifier, struct error *err);

/* Checks the request as it came; `verifier` is valid. Fills *out and returns out->is_good. The
 * result's texts point into `http` or are in the arena. */
bool verifier_check(json verifier, const struct http_request *http, int64_t now_ms,
                    struct arena *arena, struct verifier_result *out);

/* The same verifier with "***" for each secret: what lists and answers show. */
json verifier_redacted(struct arena *arena, json verifier);

/* `verifier` with the secrets of `stored` where it has "***", so that settings that have been shown
 * can be put again. Left alone where `stored` (null: nothing) is of another type or has fewer. */
json verifier_keep_secrets(struct arena *arena, json verifier, json stored);

/* True if a header of that name holds a secret in a request for this verifier, and must not be kept
 * or shown. */
bool verifier_hides(json verifier, str header);

#endif
