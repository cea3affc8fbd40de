/* Private to services/callbacks/: what the files of the core share.
 *
 *   door.h      the contract with links, keys, routes, operators   verdict.c  as HTTP answers
 *   record.c    waits and keys as records                          answer.c   an answer meets one
 *   bykey.c     answers by key, message ids, binding a key         quorum.c   more than one answer
 *   mailbox.c   answers that came early                            settings.c names
 *   opened.c    what the engine tells: a wait begins, ends         notify.c   reminders, undo hooks
 *   operate.c   extend, resend, revoke                             view.c     what lists show
 *   expire.c    what is too old */
#ifndef SERVICES_CALLBACKS_INTERNAL_H
#define SERVICES_CALLBACKS_INTERNAL_H

#include "services/callbacks/record.h"
#include "services/service.h"

/* ---- answer.c ---- */

/* An answer on its way to a wait. */
struct attempt {
    struct txn *txn;
    struct source source;
    struct wait wait;
    const struct answer *answer;
    str digest;
    const struct link *link;     /* NULL: not by a link */
    bool is_operator;            /* by token: decides a quorum at once */
    struct execution *execution; /* while the wait is open */
    struct frame *frame;
    struct verdict *out;
};

enum { OUTCOME_SUCCESS = -1, OUTCOME_FAILURE = -2 }; /* answers without a named outcome */

/* Answers a.wait, open or not. The record is stored with what has become of it. */
void attempt_run(struct attempt *a);
/* True while the wait can be answered; sets execution and frame. */
bool attempt_is_open(struct attempt *a);
/* The wait is over for now, and its state is about to try again. */
bool attempt_is_between(struct attempt *a);
void attempt_note(struct attempt *a, str verdict);
/* A verdict with a message; noted and stored if the wait has a record. */
void attempt_refuse(struct attempt *a, enum verdict_kind kind, str message);
/* Ends the wait by an outcome (its place, or OUTCOME_...); `value` is the answer object of a named
 * one. `undo`: the wait's undo hook is called. */
void attempt_decide(struct attempt *a, int outcome, json value, bool undo);
/* {"outcome","output","by","comment"} */
json attempt_value(const struct attempt *a, str outcome);
str outcome_name(const struct wait *wait, int outcome);
bool outcome_fails(const struct wait *wait, int outcome);
/* True if `entry` (a decision, a vote, a kept answer) says the same as the answer. */
bool answer_repeats(const struct answer *answer, str digest, json entry);
/* What an entry of that kind says of the answer; for wait_set and the mailbox. */
void answer_describe(const struct source *source, const struct answer *answer, str digest,
                     struct json_fields *out);
/* {"outcome","at","by","via","comment"} of a decision, for verdicts and views. */
json decided_detail(const struct source *source, json decided);
void verdict_set(struct verdict *out, enum verdict_kind kind, json detail);
void verdict_message(const struct source *source, struct verdict *out, enum verdict_kind kind,
                     str message);
/* Makes the record of an open wait that has none, and has the engine tell of its end. */
void wait_watch(struct txn *txn, struct execution *execution, struct frame *frame,
                struct wait *wait);

/* ---- bykey.c ---- */
/* A kept message has reached the wait: its repetitions are told what has become of it. */
void message_id_delivered(struct txn *txn, str name, str key, str message_id,
                          const struct wait *wait);
/* A message that was kept at `at_ms` and dropped. */
void message_id_forget(struct txn *txn, str name, str key, str message_id, int64_t at_ms);

/* ---- quorum.c ---- */
bool wait_has_quorum(const struct wait *wait);
/* Counts the vote of `responder` (its name) and decides if that is enough. */
void quorum_vote(struct attempt *a, str responder, int outcome);

/* ---- mailbox.c ---- */
/* Keeps the answer; `record` is the key's, changed and stored. VERDICT_KEPT, _DUPLICATE, _FULL. */
void mailbox_keep(struct txn *txn, const struct callback_name *settings, struct key_record *record,
                  const struct answer *answer, str digest, struct verdict *out);
/* The same answer is kept for the key already: says so. */
bool mailbox_repeats(const struct source *source, const struct key_record *record,
                     const struct answer *answer, str digest, struct verdict *out);
/* Gives what is kept for the key to the wait, oldest first, until it is decided. */
void mailbox_deliver(struct txn *txn, const struct wait *wait, str name, str key);
void counts_load(const struct source *source, str name, struct mailbox_counts *out);
void counts_store(struct txn *txn, str name, const struct mailbox_counts *counts);
void stray_note(struct txn *txn, str name, str key, const struct answer *answer);
void mailbox_remove(struct txn *txn, const struct mailbox_entry *entry, bool expired);
bool mailbox_find(const struct source *source, str name, str key, uint64_t order,
                  struct mailbox_entry *out);
/* The answer that an entry holds; texts in the source's arena. */
void mailbox_answer(const struct source *source, json entry, struct answer *out);

/* ---- notify.c ---- */
/* Sets the reminders' first times; the record is stored by the caller. */
void reminders_begin(struct txn *txn, struct wait *wait);
void reminders_end(struct txn *txn, struct wait *wait);
void reminders_fire(struct txn *txn, struct wait *wait);
/* Calls the undo hook, if there is one. */
void undo_call(struct txn *txn, struct wait *wait, str reason);
void hook_done(struct txn *txn, const struct effect_record *record,
               const struct effect_result *result);

/* ---- figures.c ---- */
/* baton_mailbox_entries, _bytes, _dropped_total and baton_callbacks_unknown_keys_total, by name; of
 * the first CALLBACK_FIGURES_MAX names. */
void callbacks_metrics(const struct reader *reader, struct buf *out);

/* ---- opened.c ---- */
extern const struct callback_handlers callbacks_handlers;

/* ---- expire.c ---- */
extern const char callbacks_expiry_topic[];
void callbacks_expiry_start(struct shard *shard);
enum { CALLBACKS_ID_WINDOW_MS = 7 * 24 * 3600 * 1000 };

#endif
