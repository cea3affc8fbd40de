/* AWS JSON 1.0: how an API call looks on the wire, apart from HTTP.
 *
 *     protocol_decode -> (protocol_read | shard_submit) -> protocol_answer
 *
 * A call names its operation in X-Amz-Target and carries a JSON object; what it may contain is
 * checked against the operation's shape before anything runs. An error answer is
 * {"__type": name, "message": text}. Authorization (SigV4) is not looked at: the server listens on
 * loopback addresses only. */
#ifndef PROTOCOL_PROTOCOL_H
#define PROTOCOL_PROTOCOL_H

#include "shard/shard.h"

/* The parts of an HTTP request that matter. */
struct protocol_call {
    str target;       /* X-Amz-Target; empty if there is none */
    str content_type; /* empty if there is none */
    str body;         /* must live as long as the request: its parameters point into it */
};

/* Fills request->operation and ->params, and makes ->reply an empty buffer in the request's arena.
 * False if the call cannot be carried out; ->operation is then set if at least that is known. */
MUST_CHECK bool protocol_decode(const struct protocol_call *call, struct request *request,
                                struct error *err);

/* Carries out a READ now; request->reply or ->error has the outcome. */
void protocol_read(struct shard *shard, struct request *request);

/* A finished call as the parts of an HTTP answer, in the request's arena. */
struct protocol_answer {
    int status;
    str content_type;
    str headers; /* lines with CR LF: x-amzn-RequestId, and x-amzn-ErrorType of an error */
    str body;
};
void protocol_answer(struct request *request, struct protocol_answer *out);

#endif
