/* The Query protocol of SQS and SNS: calls are forms, answers are XML.
 *
 * A member's name is a path: "MessageAttribute.1.Value.StringValue". SQS writes lists and maps flat
 * ("AttributeName.1", "Attribute.1.Name" and ".Value") under names of their own, SNS does not
 * ("Tags.member.1.Key", "Attributes.entry.1.key"). The names are those of the services' Query
 * models (botocore 1.29's sqs/2012-11-05 and sns/2010-03-31); inside, everything is named as in the
 * models of today, so that one handler serves all protocols. */
#ifndef PROTOCOL_QUERY_H
#define PROTOCOL_QUERY_H

#include "http/form.h"
#include "services/service.h"
#include "services/shape.h"

/* A list or map that does not look in Query as it does in JSON. */
struct query_collection {
    str member; /* in JSON: "Attributes" */
    str wire; /* of each item: "Attribute"; "+RequestEntry": with the operation's name before it */
    str key;  /* of a map: what its key and its value are called; empty: a list */
    str value;
    bool is_answers; /* only in answers; in a call the name means something else */
};

/* How a service speaks Query. */
struct query_protocol {
    str service;     /* its name: "sqs" */
    str xmlns;       /* "http://queue.amazonaws.com/doc/2012-11-05/" */
    bool is_flat;    /* items stand side by side, without "member" and "entry" */
    str preamble;    /* before the root element */
    str error_extra; /* behind an error's message */
    const struct query_collection *collections;
    size_t collection_count;
    const str *without_result; /* operations whose answer has no ...Result element */
    size_t without_result_count;
};

/* NULL if the service does not speak Query. */
const struct query_protocol *query_protocol_of(const struct service *service);

/* The collection by its name in JSON, or by that on the wire of a call; NULL if there is none.
 * `operation` is what a leading '+' stands for. Several may have the same wire name (SQS has "Tags"
 * and "tags"): the one that is a field of `shape`, which may be NULL, comes first. */
const struct query_collection *query_by_member(const struct query_protocol *protocol, str member);
const struct query_collection *query_by_wire(const struct query_protocol *protocol, str operation,
                                             str wire, const struct shape *shape);

/* Turns a call's pairs into its parameters. Numbers and booleans become such where the operation's
 * shape says so, everything else is text. Gaps in the numbering of items do not matter. False with
 * ERROR_MALFORMED_INPUT. */
MUST_CHECK bool query_decode(const struct query_protocol *protocol,
                             const struct operation *operation, const struct form *form,
                             struct arena *arena, json *params, struct error *err);

/* Appends the answer to `operation`: `reply` is what the handler has answered. */
void query_encode(const struct query_protocol *protocol, str operation, json reply, str request_id,
                  struct buf *out);

/* Appends the answer that tells an error. `protocol` NULL: of no particular service. */
void query_encode_error(const struct query_protocol *protocol, const struct error *error,
                        str request_id, struct buf *out);

/* What an error is called in Query: "AWS.SimpleQueueService.NonExistentQueue". In the arena or
 * static. */
str query_error_code(enum error_code code);

#endif
