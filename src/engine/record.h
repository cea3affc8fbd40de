/* Records of executions: structs to JSON text and back. One place for field names.
 *
 * KEY_EXECUTION  {"v":1,"name","machine","revision","versionArn","aliasArn","role","type","start",
 *                 "trace","parent":[serial,frame,task],"input":<text as given>}; absent: default
 * KEY_END        {"v":1,"status","stop","output":<text>,"error","cause","events":how many,
 *                 "atRest":1 if the frames are kept}
 * KEY_FRAME      {"v":1, ...}: see record.c
 * A record that does not decode is fatal: the store is damaged or from another program. */
#ifndef ENGINE_RECORD_H
#define ENGINE_RECORD_H

#include "engine/engine.h"

/* Texts made here live in `arena`. */
str record_identity_encode(struct arena *arena, const struct execution_identity *id);
/* Everything but what the key says (serial) and what the caller knows (arn, machine_arn). */
void record_identity_decode(struct arena *arena, str text, struct execution_identity *id);

str record_end_encode(struct arena *arena, struct execution *execution);
struct execution_end {
    enum execution_status status;
    int64_t stop_ms;
    str output; /* JSON text; ptr NULL if none */
    str error, cause;
    uint32_t events; /* of the history */
    bool at_rest;    /* it has kept its frames, for a redrive */
};
void record_end_decode(struct arena *arena, str text, struct execution_end *end);

/* The root frame's record also carries the execution's counters. A frame that waits for children
 * has its input apart (`data`), because it is large and does not change; *data is empty otherwise.
 */
str record_frame_encode(struct arena *arena, struct execution *execution, struct frame *frame);
str record_frame_data_encode(struct arena *arena, struct frame *frame);
void record_frame_data_decode(struct arena *arena, str text, struct frame *frame);

/* Decodes frame `number`; for 0 also the counters of `execution`. */
struct frame *record_frame_decode(struct execution *execution, uint32_t number, str text);

/* What a frame that waits for its task says of it; for lists, without the machine. */
struct frame_peek {
    bool waits;       /* for a token */
    bool retries;     /* it is between two attempts */
    int64_t retry_ms; /* when the next one begins */
    str state;
    uint32_t entered, task_event;
    int64_t since_ms;
};
void record_frame_peek(struct arena *arena, str text, struct frame_peek *out);

#endif
