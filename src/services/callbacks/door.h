/* The door through which every answer to a waiting task comes, whoever brings it: a link, a key, a
 * route, an operator. One wait, two faces: the AWS API keeps AWS's errors, this one is idempotent.
 * The first answer wins whatever its way (promise 2); the same again is told the first result; a
 * different or a late one is told what happened, and by whom.
 *
 *   wait     one logical wait of a Task state: (serial, frame, entered event). The same across
 *            retries and redrive; its task token changes with each attempt.
 *   record   KEY_WAIT (services/callbacks/record.h): made in the commit of the wait if the state
 *            has the field `Callback` or reads $$.Task.CallbackUrl; it outlives the wait.
 *   mailbox  answers by key that no wait takes yet; they are delivered, in order, in the commit
 *            that opens the wait.
 *
 * Order of calls for a request: on the I/O thread (operation.prepare) the link's MAC is verified
 * (link_decode with shard_link_keys), the body parsed and answer_digest taken; on the writer the
 * answer_by_... functions do the rest inside the transaction. They always answer: a verdict is no
 * error, and what it writes (an attempt in the record, a kept answer) is to be committed: the
 * handler returns HANDLED with verdict_status and verdict_write. */
#ifndef SERVICES_CALLBACKS_DOOR_H
#define SERVICES_CALLBACKS_DOOR_H

#include "engine/link.h"
#include "services/source.h"

/* ---- answers ---- */

enum answer_kind { ANSWER_SUCCESS, ANSWER_FAILURE, ANSWER_HEARTBEAT, ANSWER_OUTCOME };

/* ANSWER_DIGEST_CHARS: of answer_digest, as text. */
enum { ANSWER_DIGEST_CHARS = 32 };

struct mailbox_entry;

/* What somebody says. Texts are borrowed and must outlive the transaction (the request's arena
 * will do); all of them must be well-formed UTF-8. */
struct answer {
    enum answer_kind kind;
    json output;     /* SUCCESS: the output; OUTCOME: the body, JSON_NULL if there is none */
    str output_text; /* the same as text; may be empty: it is then made when needed */
    str error;       /* FAILURE; ptr NULL: absent */
    str cause;       /* FAILURE; ptr NULL: absent */
    str outcome;     /* OUTCOME: its name. SUCCESS and FAILURE are those without a name */
    str message_id;  /* at most CALLBACK_MESSAGE_ID_BYTES_MAX; empty: none, the digest then tells a
                        repetition */
    str digest;      /* of answer_digest; empty: made on the writer */
    str by;          /* who: the identity header's value, "operator"; empty: unknown. At most
                        CALLBACK_BY_BYTES_MAX. A responder link says by itself who it is */
    str responder;   /* whose vote a kept answer is; empty: the link or `by` says it */
    str via;         /* "link", "key", "route NAME", "command line", "token" */
    str peer;        /* the client's address */
    str comment;     /* of a person; empty: none. At most CALLBACK_COMMENT_BYTES_MAX */
    str code;        /* what a person has typed; ptr NULL: nothing */
    bool is_form;    /* a person's decision on the page: the state's Comment and Code rules hold */
    /* Where it was kept: if it is kept once more, for another key, then as if it had come for that
     * one. NULL: it comes now. */
    const struct mailbox_entry *kept;
    const struct http_request *http; /* what it came with, for the header of the state's Identity,
                                        whose value is then "by"; NULL: nothing */
};

/* 128 bits of a hash over what the answer says (kind, outcome, output, error, cause, comment), as
 * ANSWER_DIGEST_CHARS hexadecimal digits in the arena. For the I/O thread. */
str answer_digest(const struct answer *answer, struct arena *arena);

enum verdict_kind {
    VERDICT_ACCEPTED,         /* 200: it has decided the wait, or is a heartbeat */
    VERDICT_RECORDED,         /* 200: a vote of a quorum that is not decided yet */
    VERDICT_DUPLICATE,        /* 200: the same again; detail is the first result */
    VERDICT_DIFFERENT,        /* 409 AlreadyDecided */
    VERDICT_TAKEN,            /* 409 KeyTaken: key_bind with REJECT; detail says who holds it */
    VERDICT_TIMED_OUT,        /* 410 TimedOut */
    VERDICT_STOPPED,          /* 410 Stopped: by StopExecution */
    VERDICT_CLOSED,           /* 410 Closed: its call failed, another branch failed ... */
    VERDICT_REVOKED,          /* 410 Revoked */
    VERDICT_EXPIRED,          /* 410 Expired: LinkExpirySeconds */
    VERDICT_UNKNOWN,          /* 404 NotFound: nobody waits, and nothing is kept for that name */
    VERDICT_KEPT,             /* 202: in the mailbox until somebody waits */
    VERDICT_FULL,             /* 429 MailboxFull, with Retry-After */
    VERDICT_WRONG_CODE,       /* 403 WrongCode */
    VERDICT_LOCKED,           /* 403 Locked: too many wrong codes */
    VERDICT_COMMENT_MISSING,  /* 400 CommentMissing */
    VERDICT_IDENTITY_MISSING, /* 403 IdentityMissing */
    VERDICT_NOT_AN_OUTCOME,   /* 404 NotAnOutcome of this state; 403 if the link has another */
    VERDICT_TOO_LARGE,        /* 413 TooLarge: output beyond the payload limit, or a text beyond
                                 its own */
};

struct verdict {
    enum verdict_kind kind;
    json detail;     /* an object for the reply: "message", "decided" {...}, "id", "until" ... */
    bool first_time; /* this answer has changed something: accepted, recorded or kept just now */
    int status;      /* HTTP status; 0: that of the kind */
};

/* An answer by an authentic link. Where the link has an outcome the answer must be ANSWER_OUTCOME
 * of that name, or ANSWER_SUCCESS, which then stands for it with its output as the body; another
 * one is VERDICT_NOT_AN_OUTCOME with status 403. A link with a responder counts as that responder's
 * vote. A link of another shard: VERDICT_UNKNOWN. */
void answer_by_link(struct txn *txn, const struct link *link, const struct answer *answer,
                    struct verdict *out);

/* An answer to whoever waits for the key; kept in the mailbox if nobody does. `name` and `key` as
 * name_is_callback_name and callback_key_is_good allow; otherwise VERDICT_UNKNOWN. */
void answer_by_key(struct txn *txn, str name, str key, const struct answer *answer,
                   struct verdict *out);

/* An answer of an operator who has the task's token, on the idempotent face. */
void answer_by_token(struct txn *txn, token to, const struct answer *answer, struct verdict *out);

/* SendTaskSuccess or SendTaskFailure was refused on AWS's face: noted in the record of the wait,
 * which is made if there is none. Lets the transaction keep it (txn_keep_on_failure). */
void answer_refused(struct txn *txn, token to, bool failure);

/* Somebody waits for the key now (for resume-or-start). */
bool waits_by_key(struct txn *txn, str name, str key);

/* PUT: binds a key to an open task by its token, which is the right to do so. `on_duplicate`:
 * "REJECT", "FIRST", "ALL"; empty: REJECT. Kept answers for the key are delivered in the same
 * transaction. True: bound (VERDICT_ACCEPTED); else VERDICT_TAKEN, or the task's end. */
bool key_bind(struct txn *txn, str name, str key, token to, str on_duplicate, str peer,
              struct verdict *out);

int verdict_status(const struct verdict *verdict); /* HTTP status */
/* "accepted", "heartbeat", "recorded", "kept" of a success, "AlreadyDecided" ... of a refusal. */
str verdict_name(const struct verdict *verdict);
/* {"status":NAME, ...detail} or {"error":NAME, ...detail}; "duplicate": true for a repetition. */
void verdict_write(const struct verdict *verdict, struct buf *out);

/* ---- what a page or a list shows of a wait ---- */

enum comment_rule { COMMENT_OPTIONAL, COMMENT_REQUIRED, COMMENT_NONE };

struct outcome {
    str name, label;
    bool fails;
};

/* Everything lives in the source's arena. */
struct wait_view {
    uint64_t serial;
    uint32_t frame, entered;
    bool open;
    bool between; /* two attempts: it asks again, and an answer by link or key is kept till then */
    int64_t again_ms; /* when the next attempt begins */
    token token;      /* of the newest attempt */
    str execution_arn, machine, execution, state;
    str name, key; /* empty: none */
    str title;     /* empty: none */
    json show;     /* object; null: nothing */
    const struct outcome *outcomes;
    size_t outcome_count;
    int64_t since_ms, until_ms; /* until: 0 if there is no deadline */
    enum comment_rule comment;
    bool needs_code;
    bool code_locked;    /* for the link that it was found by; without one: for any */
    str identity_header; /* empty: none */
    str closed;          /* why it is over without an answer: "timed out", "stopped" ...; empty */
    json decided;        /* {"outcome","at","by","via","comment"...}; null */
    json attempts;       /* array of {"at","verdict","via","by","peer","outcome","messageId"} */
    json answers;     /* a quorum's votes: array of {"responder","outcome","by","at","comment"} */
    json responders;  /* a quorum's names: array; null if there is no quorum */
    uint32_t quorum;  /* approvals that it takes */
    json quorum_veto; /* boolean; null without a quorum */
};

/* By a transaction or a snapshot. False: there is no such wait, or nothing is known of it. */
bool wait_find_by_link(const struct source *source, const struct link *link, struct wait_view *out);
bool wait_find_by_token(const struct source *source, token to, struct wait_view *out);
/* The oldest open wait of the key, else the last one that was. */
bool wait_find_by_key(const struct source *source, str name, str key, struct wait_view *out);

/* What the link is for a person: false with the verdict (revoked, expired) if it is void. */
bool link_is_valid(const struct source *source, const struct link *link,
                   const struct wait_view *wait, struct verdict *out);

/* Something is kept for the next attempt of a wait between two: an answer by link, of the responder
 * if there is a quorum. */
bool wait_has_kept_answer(const struct source *source, const struct wait_view *wait, str responder);

/* The link's full URL, from the address that the server is known by (shard_public_url). */
str wait_link_url(const struct source *source, const struct link *link);

/* What is stored of an answer or an attempt, for people and programs: times as ISO 8601 texts,
 * nothing that is only ours. */
json shown_entry(const struct source *source, json entry, bool with_peers);
json shown_list(const struct source *source, json list, bool with_peers);

/* ---- what operators do ---- */

/* Moves the wait's deadline to `until_ms` (later or earlier; not in the past). */
bool wait_extend(struct txn *txn, token to, int64_t until_ms, struct verdict *out);

/* Carries the task's call out once more for the same wait and with the same token. False for an
 * activity (VERDICT_NOT_AN_OUTCOME) and for a wait that is over. A failure of the repeated call
 * does not end the wait. */
bool wait_resend(struct txn *txn, token to, struct verdict *out);

/* Voids links of the wait: those of one outcome (its name) or of one responder, or all (both
 * empty). Links are made from the wait alone, so a later attempt of the same wait gives out the
 * same ones, void as well. The key and the token still answer. False if the wait is over or has no
 * such outcome or responder. */
bool wait_revoke(struct txn *txn, token to, str outcome, str responder, struct verdict *out);

/* ---- names and their mailbox ---- */

/* [A-Za-z0-9._-]{1,64} */
bool name_is_callback_name(str name);
/* 1 to CALLBACK_KEY_BYTES_MAX bytes of UTF-8 without control characters. */
bool callback_key_is_good(str key);

/* KEY_CALLBACK_NAME. A name needs no settings to be used in states; without them nobody reaches it
 * at /callbacks/. */
struct callback_name {
    str name;
    int64_t ttl_s;       /* of the mailbox; 0: nothing is kept */
    int64_t entries_max; /* of the mailbox */
    int64_t bytes_max;
    json verifier; /* object as given; null: none, so that /callbacks/NAME is refused */
    int64_t created_ms, updated_ms;
};
/* The settings, or the defaults; true if there are settings of its own. */
bool callback_name_load(const struct source *source, str name, struct callback_name *out);
void callback_name_store(struct txn *txn, const struct callback_name *settings);
/* False if there are none. Its mailbox stays until it expires. */
bool callback_name_delete(struct txn *txn, str name);
/* Settings in the order of names, behind `after`. Returns how many. */
size_t callback_name_list(const struct source *source, str after, struct callback_name *out,
                          size_t max);

/* An answer that is kept. */
struct mailbox_entry {
    str name, key;
    uint64_t order; /* grows with arrival; its handle within (name, key) */
    int64_t at_ms, until_ms;
    size_t bytes;
    json answer; /* {"kind","output","error","cause","outcome","messageId","by","via","peer"} */
};
/* Entries of a name by key and arrival, from `after` on (key, order; NULL: from the start), of keys
 * that begin with `key_prefix`. Returns how many; expired ones are left out. */
struct mailbox_position {
    str key;
    uint64_t order;
};
size_t mailbox_list(const struct source *source, str name, str key_prefix,
                    const struct mailbox_position *after, struct mailbox_entry *out, size_t max);
/* False: there is no such entry. */
bool mailbox_drop(struct txn *txn, str name, str key, uint64_t order);
/* Takes the entry out and gives its answer to `new_key`. If nobody waits for that it is kept there,
 * in its place by arrival and until its time is over, as if it had come for that key. */
bool mailbox_rekey(struct txn *txn, str name, str key, uint64_t order, str new_key,
                   struct verdict *out);
/* The same with its own key: for one that a wait did not take when it opened. */
bool mailbox_replay(struct txn *txn, str name, str key, uint64_t order, struct verdict *out);

struct mailbox_counts {
    int64_t entries, bytes; /* held now */
    int64_t dropped;        /* expired ones so far */
    int64_t unknown;        /* answers for unknown keys that were not kept */
};
void mailbox_count(const struct source *source, str name, struct mailbox_counts *out);
/* Answers that nobody waited for and that were not kept, newest first: array of
 * {"key","at","via","peer","messageId"}; at most CALLBACK_STRAYS_MAX. */
json strays_list(const struct source *source, str name);

#endif
