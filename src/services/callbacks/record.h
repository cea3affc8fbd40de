/* The records of callbacks. Private to services/callbacks/ but for what door.h shows of them.
 *
 * KEY_WAIT {"v":1,
 *   "machine","execution","state"   of which execution
 *   "task","first"                  event ids of the newest and of the first attempt: its tokens
 *   "opened","since"                when the wait began, and its newest attempt; ms
 *   "open"                          it can be answered now
 *   "closed","closedAt"             why it is over without an answer: enum wait_end's name
 *   "decided"                       {"outcome","at","by","via","peer","comment","digest",
 *                                    "messageId","responder","undo"}
 *   "name","key","duplicates","title","show","comment","identity","outcomes","responders",
 *   "approve","veto","undo","linkExpiry"     as engine/callback.c says, "key" once it is
 *                                   registered; "outcomes": true for the default ones
 *   "code","codeTries"              hash of the typed code; wrong tries so far
 *   "responderTries"                the same by responder's own links: {NAME: tries}
 *   "answers"                       a quorum's votes: [{"responder","outcome","approves","at","by",
 *                                    "comment","output","digest","messageId"} ...]
 *   "remind"                        as there, each with "next": when it is due, ms; 0: no more
 *   "remindAt"                      the timer that stands for them; 0: none
 *   "revoked"                       [[outcome, responder] ...]: links that are void; 0: any
 *   "late"                          true: of a task that left no record until somebody came late;
 *                                   it stands under its task's event
 *   "attempts","attemptsLeftOut"    [{"at","verdict","via","by","peer","outcome","messageId",
 *                                    "responder"} ...], the first and the newest; the decision
 *                                   itself is among them only once there is another attempt}
 * Absent: none, false, 0. Written with each change of what it says; a heartbeat changes nothing.
 *
 * KEY_CALLBACK_KEY {"v":1,"waits":[[serial,frame,entered] ...],"kept":n}: who waits for the key,
 *   oldest first, and how many answers are kept for it. A wait that is over stays there until
 *   another one registers, so that its end writes nothing here: whether it is open, its own record
 *   says. The last is who has waited last. Removed when there is neither.
 * KEY_MAILBOX {"v":1,"at":ms,"until":ms,"kind","output","error","cause","outcome","messageId",
 *   "digest","by","via","peer","comment"}. The name "" is that of waits between two attempts, whose
 *   links are good for the next one; its keys are "serial.frame.entered".
 * KEY_CALLBACK_NAME: settings.c. KEY_CALLBACK_NOTE: enum callback_note. */
#ifndef SERVICES_CALLBACKS_RECORD_H
#define SERVICES_CALLBACKS_RECORD_H

#include "services/callbacks/door.h"

enum callback_note {
    NOTE_EXPIRY = 0, /* number: until_ms; id: the kept answer's key and order; value: "" */
    NOTE_ID = 1,     /* number: window; id: key, NUL, message id; value: wait_text, or "kept" */
    NOTE_COUNTS = 2, /* number 0; value: struct mailbox_counts as JSON */
    NOTE_STRAY = 3,  /* number: place; value: an answer that nobody waited for */
};

/* ---- waits ---- */

struct wait {
    uint64_t serial;
    uint32_t frame, entered;
    bool found;                /* the record is there */
    struct json_fields fields; /* of it; change with wait_set */
};

void wait_new(const struct source *source, uint64_t serial, uint32_t frame, uint32_t entered,
              struct wait *out);
/* False if there is no record; `out` is then a new one without fields. */
bool wait_load(const struct source *source, uint64_t serial, uint32_t frame, uint32_t entered,
               struct wait *out);
/* The wait that one of whose attempts had that token. */
bool wait_load_by_token(const struct source *source, token to, struct wait *out);
/* Null values are left out. */
void wait_store(struct txn *txn, struct wait *wait);

json wait_record(const struct wait *wait);
void wait_set(struct wait *wait, const char *field, json value);
void wait_set_i64(struct wait *wait, const char *field, int64_t value);
void wait_set_str(struct wait *wait, const char *field, str value);
/* Null if absent. */
json wait_get(const struct wait *wait, const char *field);
str wait_get_str(const struct wait *wait, const char *field);
int64_t wait_get_i64(const struct wait *wait, const char *field);
/* Wrong codes so far by links of the responder: its place, from 1; 0: by links of nobody's own. */
int64_t wait_code_tries(const struct wait *wait, uint8_t responder);
void wait_count_code_try(struct wait *wait, uint8_t responder);
bool wait_is_open(const struct wait *wait);
token wait_token(const struct source *source, const struct wait *wait);
str wait_execution_arn(const struct source *source, const struct wait *wait);
/* Index of the outcome of that name, or SIZE_MAX. */
size_t wait_outcome(const struct wait *wait, str name);
size_t wait_outcome_count(const struct wait *wait);
struct outcome wait_outcome_at(const struct wait *wait, size_t index);
/* Notes an attempt; `note` has what it needs beside "at". */
void wait_note(const struct source *source, struct wait *wait, struct json_fields *note);

/* [serial,frame,entered] */
json wait_id(struct arena *arena, const struct wait *wait);
bool wait_id_read(json id, uint64_t *serial, uint32_t *frame, uint32_t *entered);
/* "serial.frame.entered" */
str wait_text(struct arena *arena, const struct wait *wait);

/* ---- keys ---- */

struct key_record {
    str name, key;
    json waits; /* array of wait ids */
    int64_t kept;
    bool changed; /* by key_oldest, which has left out what is over */
};
void key_load(const struct source *source, str name, str key, struct key_record *out);
void key_store(struct txn *txn, const struct key_record *record);
/* The oldest wait that is open; false if none is. Those before it are taken out of `record`. */
bool key_oldest(const struct source *source, struct key_record *record, struct wait *out);
bool wait_load_id(const struct source *source, json id, struct wait *out);
/* Why a key cannot be had. */
struct key_holder {
    struct wait oldest;
    bool full; /* CALLBACK_WAITERS_PER_KEY_MAX wait for the key */
};
/* False if it is held by others and `policy` does not allow a second one, or there are too many:
 * *holder says so. */
bool key_register(struct txn *txn, const struct wait *wait, str name, str key, str policy,
                  struct key_holder *holder);
void key_unregister(struct txn *txn, const struct wait *wait, str name, str key);

/* "The key 'K' of 'NAME' is taken by ...", or has as many waits as it may have. */
str key_taken_text(const struct source *source, str name, str key, const struct key_holder *holder);

/* ---- small helpers ---- */

struct source callbacks_source(struct txn *txn);
void add_str(struct json_fields *fields, const char *name, str value); /* unless empty */
void add_i64(struct json_fields *fields, const char *name, int64_t value);
/* SHA-256 of the parts, each with its length, as 2 * bytes hexadecimal digits. */
str hash_hex(struct arena *arena, const str *parts, size_t count, size_t bytes);

#endif
