/* Private to services/sqs/: what the parts of SQS share.
 *
 *   sqs.c         the table of operations, start
 *   shapes.c      the fields of every operation, from the service model
 *   address.c     names, URLs, ARNs, errors that several operations have
 *   queue.c       the records of a queue, its counters
 *   attributes.c redrive.c   the attributes of a queue, read, checked, shown
 *   queues.c lists.c policy.c tags.c   operations on queues
 *   content.c     a message as it is sent: checks, digests, its record
 *   order.c group.c   where a message stands in its queue
 *   message.c     adding, hiding, moving and removing messages
 *   send.c receive.c take.c receipt.c change.c batch.c   operations on messages
 *   jobs.c expire.c move.c   what is done in the background
 *   encoding.c    base64, digests
 *
 * A message is known by its queue's number, when it was sent and a serial. Its body stands in one
 * record that is written once (KEY_MESSAGE); a receive rewrites only its state
 * (KEY_MESSAGE_STATE) and its place in the order (KEY_QUEUE_ORDER). A standard queue's order has
 * one entry per message, at the time that it is or becomes visible. A FIFO queue's order has one
 * entry per group that has messages, at the time that the group's first message may be received
 * and none of its messages is in flight.
 *
 * Deleted entries at the head of a range make walks long (store.h), so the queue's state keeps
 * where the order begins, and how many entries were deleted ahead of the present.
 *
 * Replies and errors live in the request's arena (source->arena), everything else in that of the
 * transaction, as a waiting request may run often. */
#ifndef SERVICES_SQS_INTERNAL_H
#define SERVICES_SQS_INTERNAL_H

#include "services/service.h"
#include "services/shape.h"
#include "services/source.h"
#include "services/sqs/sqs.h"
#include "store/keys.h"

/* Sections of KEY_QUEUE_NOTE. */
enum queue_note {
    NOTE_STATE = 0,   /* number 0: struct queue_state */
    NOTE_ONCE = 1,    /* number: when, in pieces of SQS_ONCE_MS; text: deduplication id */
    NOTE_GROUP = 2,   /* number 0; text: FIFO group: its place in the order */
    NOTE_ATTEMPT = 3, /* like NOTE_ONCE; text: ReceiveRequestAttemptId */
    NOTE_SOURCE = 4,  /* queue 0; text: dead-letter queue, slash, source queue */
    NOTE_JOB = 5,     /* queue 0; number: when it is due; text: a serial */
};

/* Parts of KEY_QUEUE. */
enum queue_part {
    QUEUE_SETTINGS = 0, /* struct queue */
    QUEUE_EXTRA = 1,    /* {"v":1,"policy":text,"tags":{name:text}} */
    QUEUE_TASKS = 2,    /* move.c */
};

/* A place in the order of a queue; sorts as its key does. */
struct place {
    int64_t visible_ms, sent_ms;
    uint64_t serial;
};

/* What the order says of a message. Those that have been received, and they only, have a record of
 * their state. */
enum presence {
    PRESENCE_NEW,       /* visible, never received */
    PRESENCE_DELAYED,   /* not yet visible, never received */
    PRESENCE_IN_FLIGHT, /* received, hidden until then */
    PRESENCE_RETURNED,  /* visible, received before */
};
bool sqs_presence_is_hidden(enum presence presence);

/* What changes with every message; {"v":1,"n":total,"i":in flight,"d":delayed,"h":head,"r":ripe,
 * "x":ripen_ms,"w":[ahead,ahead_ms],"o":oldest,"e":[expiry due, its job],"b":piece}. */
struct queue_state {
    int64_t total;              /* messages, of all kinds */
    int64_t in_flight, delayed; /* of those at or behind `ripe` */
    struct place head;          /* the order has nothing before it */
    struct place ripe;          /* what stands before it has been counted as visible */
    int64_t ripen_ms;           /* when to count again; INT64_MAX: nothing is hidden */
    int64_t ahead, ahead_ms;    /* entries deleted before their time, and the latest such time */
    struct place oldest;        /* no message has been sent before it (visible_ms is 0) */
    int64_t expiry_ms;          /* when the retention job is due; 0: there is none */
    uint64_t expiry_job;
    int64_t once_piece; /* the newest for which a job will clean NOTE_ONCE and NOTE_ATTEMPT */
};

/* QUEUE_SETTINGS: {"v":1,"id":number,"first":number,"created":ms,"modified":ms,
 * "attributes":{name:text}}. */
struct queue {
    str name;
    uint64_t id;    /* of its messages' keys; PurgeQueue gives another */
    uint64_t first; /* the first that it had */
    int64_t created_ms, modified_ms;
    json attributes; /* as they were set, in a normal form; without Policy */
    /* from the attributes */
    bool is_fifo, once_by_content, once_by_group;
    int64_t visibility_ms, delay_ms, retention_ms, wait_ms, message_bytes_max;
    str dead_letters; /* name of the queue; empty: none */
    int64_t receives_max;
    struct queue_state state;
};

/* ---- address.c ---- */

bool sqs_queue_name_is_good(str name, bool is_fifo);
str sqs_queue_arn(const struct source *source, str name);
str sqs_queue_url(const struct source *source, const struct request *request, str name);

/* "Value VALUE for parameter NAME is invalid. Reason: REASON" */
bool sqs_fail_value(const struct source *source, struct error *err, str value, const char *name,
                    const char *reason);
bool sqs_fail_number(const struct source *source, struct error *err, int64_t value,
                     const char *name, const char *reason);
/* "The request must contain the parameter NAME." */
bool sqs_fail_missing(const struct source *source, struct error *err, str name);
bool sqs_fail_no_queue(struct error *err);
/* A text that must be there and not be empty. */
MUST_CHECK bool sqs_param_text(const struct source *source, json params, str name, str *out,
                               struct error *err);
/* The value as a JSON record, with its strings where `text` lies; fatal if it does not decode. */
json sqs_record_parse(const struct source *source, str text);
/* The arena for what outlives no transaction. */
struct arena *sqs_work_arena(const struct source *source);

/* ---- queue.c ---- */

/* False if there is no such queue. The state is loaded too. */
bool sqs_queue_load(const struct source *source, str name, struct queue *out);
/* The queue of the parameter QueueUrl. */
MUST_CHECK bool sqs_queue_open(const struct source *source, json params, struct queue *out,
                               struct error *err);
/* From queue->attributes. */
void sqs_queue_derive(const struct source *source, struct queue *queue);
/* QUEUE_SETTINGS. */
void sqs_queue_save(const struct source *source, const struct queue *queue);
void sqs_queue_save_state(const struct source *source, const struct queue *queue);
/* The state of a queue without messages. */
struct queue_state sqs_queue_state_new(int64_t now_ms);
/* QUEUE_EXTRA: policy (a text, or empty) and tags. */
void sqs_queue_load_extra(const struct source *source, str name, str *policy, json *tags);
void sqs_queue_save_extra(const struct source *source, str name, str policy, json tags);
/* Wakes those that wait for messages, if one that becomes visible at visible_ms concerns them. */
void sqs_queue_announce(const struct source *source, const struct queue *queue, int64_t visible_ms,
                        size_t count);
/* Sees to it that the retention job runs when a message that was sent at sent_ms expires. */
void sqs_queue_expect_expiry(const struct source *source, struct queue *queue, int64_t sent_ms);

/* ---- order.c ---- */

int sqs_place_compare(const struct place *a, const struct place *b);
void sqs_place_key(const struct source *source, enum key_tag tag, uint64_t queue,
                   const struct place *place, struct key *key);
struct place sqs_place_of_key(str key);
/* Counters of a message that comes to or leaves a place. */
void sqs_order_count_in(struct queue *queue, const struct place *place, enum presence presence);
void sqs_order_count_out(struct queue *queue, const struct place *place, enum presence presence);
/* Entries of KEY_QUEUE_ORDER. */
void sqs_order_put(const struct source *source, struct queue *queue, const struct place *place,
                   str value);
void sqs_order_delete(const struct source *source, struct queue *queue, const struct place *place);
/* The record of an entry of a standard queue, and of KEY_QUEUE_HIDDEN. */
str sqs_order_value(enum presence presence);
enum presence sqs_order_presence(str value);
/* Counts what has become visible: at most `max` messages; not before ripen_ms unless `now`. Changes
 * queue->state only. */
void sqs_order_ripen(const struct source *source, struct queue *queue, size_t max, bool now);
/* The first entry at or behind *from that is visible now, with its value in the work arena. */
size_t sqs_order_visible(const struct source *source, const struct queue *queue,
                         const struct place *from, struct place *places, str *values, size_t max);
/* See sqs_next_visible_ms. */
int64_t sqs_order_next_ms(const struct source *source, const struct queue *queue);

/* ---- encoding.c ---- */

enum { MD5_BYTES = 16, SHA256_BYTES = 32 };
void sqs_digest_md5(str bytes, unsigned char out[MD5_BYTES]);
str sqs_digest_md5_hex(struct arena *arena, str bytes);
str sqs_digest_sha256_hex(struct arena *arena, str bytes);
str sqs_hex_text(struct arena *arena, const unsigned char *bytes, size_t count);
/* False if it is no text of hexadecimal digits. */
MUST_CHECK bool sqs_hex_decode(struct arena *arena, str text, str *out);
/* Standard alphabet, with padding. */
str sqs_base64_text(struct arena *arena, str bytes);
/* Strict: the one spelling that sqs_base64_text gives, padding included. */
MUST_CHECK bool sqs_base64_bytes(struct arena *arena, str text, str *out);

/* ---- content.c ---- */

/* A message as it was sent. KEY_MESSAGE: {"v":1,"id":uuid,"at":visible_ms,"d":delayed,"md5":text,
 * "attributes":{},"trace":text,"group":text,"once":text,"from":ARN,"body":text}, those that are
 * empty left out. */
struct content {
    str id;             /* of MessageId */
    int64_t visible_ms; /* at first */
    bool delayed;
    str body, body_md5;
    json attributes; /* MessageAttributes as in the API */
    str trace;       /* AWSTraceHeader */
    str group;       /* MessageGroupId */
    str once;        /* MessageDeduplicationId; of a FIFO queue: never empty */
    str from;        /* ARN of the queue whose dead letter it is */
    /* not stored */
    str attributes_md5, system_md5; /* empty: there are none */
    int64_t delay_ms;
};

/* Reads and checks one message of a call. `place` stands before names in messages about what is
 * missing ("SendMessageBatchRequestEntry.1." in a batch). */
MUST_CHECK bool sqs_content_read(const struct source *source, const struct queue *queue, json entry,
                                 str place, struct content *out, struct error *err);
/* Bytes that count for the limits. */
size_t sqs_content_bytes(json entry);
/* Does on the I/O thread what needs no queue: returns the entry with the digest of its body, which
 * sqs_content_read then believes. */
json sqs_content_prepare(struct arena *arena, json entry);
/* MD5OfMessageAttributes as 32 hexadecimal digits; empty if there are none. Values that are no
 * base64 have been refused before. */
str sqs_content_attributes_md5(const struct source *source, json attributes);
str sqs_content_encode(const struct source *source, const struct content *content);
void sqs_content_decode(const struct source *source, str text, struct content *out);

/* ---- message.c ---- */

/* KEY_MESSAGE_STATE: {"v":1,"at":visible_ms,"n":receives,"f":first_ms,"r":received_ms,"h":hidden,
 * "g":group}. There is none before the first receive. */
struct message {
    int64_t sent_ms;
    uint64_t serial;
    int64_t visible_ms;
    int64_t receives;
    int64_t first_ms, received_ms; /* of the first and of the last receive */
    bool hidden;                   /* was hidden when it got its place */
    str group;                     /* of a FIFO queue */
};

/* The state of that message, if it has been received; else false. */
bool sqs_message_find(const struct source *source, const struct queue *queue, int64_t sent_ms,
                      uint64_t serial, struct message *out);
/* The record KEY_MESSAGE; fatal if there is none. */
void sqs_message_content(const struct source *source, const struct queue *queue,
                         const struct message *message, struct content *out);
/* A new message; *out is where it stands. Returns its MessageId. */
str sqs_message_add(const struct source *source, struct queue *queue, const struct content *content,
                    struct message *out);
/* Gives a message another time; its receives are stored as they are in *message. */
void sqs_message_place(const struct source *source, struct queue *queue, struct message *message,
                       int64_t visible_ms, bool hidden);
/* Takes it out of the order, as the first half of sqs_message_place. */
void sqs_message_unplace(const struct source *source, struct queue *queue,
                         const struct message *message);
void sqs_message_replace(const struct source *source, struct queue *queue, struct message *message,
                         int64_t visible_ms, bool hidden);
/* Of a FIFO queue, the group is to be refreshed. */
void sqs_message_remove(const struct source *source, struct queue *queue,
                        const struct message *message);
/* To its dead-letter queue: it keeps its MessageId. Returns the bytes that were copied. Of a FIFO
 * queue the group is to be refreshed. */
size_t sqs_message_bury(const struct source *source, struct queue *queue,
                        const struct message *message, struct queue *dead_letters);
bool sqs_message_is_expired(const struct source *source, const struct queue *queue,
                            int64_t sent_ms);

/* ---- group.c: FIFO ---- */

/* The places of a group's first messages, oldest first; at most `max`. */
size_t sqs_group_first(const struct source *source, const struct queue *queue, str group,
                       struct message *messages, size_t max);
void sqs_group_append(const struct source *source, struct queue *queue,
                      const struct message *message);
void sqs_group_remove(const struct source *source, const struct queue *queue,
                      const struct message *message);
/* Puts the group where its messages belong in the order. To be called after each change of theirs.
 */
void sqs_group_refresh(const struct source *source, struct queue *queue, str group);

/* ---- send.c ---- */

/* What a send is answered with; for a repetition, of the first. */
struct sent {
    str id, number; /* SequenceNumber; empty if the queue is not FIFO */
};
void sqs_send_one(const struct source *source, struct queue *queue, const struct content *content,
                  struct sent *out);
/* Sees to it that what is noted now for SQS_ONCE_MS is removed afterwards. */
void sqs_once_clean_later(const struct source *source, struct queue *queue);
str sqs_sequence_number(struct arena *arena, uint64_t serial);

/* ---- take.c ---- */

struct taken {
    struct message messages[SQS_BATCH_MAX];
    size_t count;
    bool unfinished; /* so much had to be removed that the rest is for another transaction */
    bool changed;    /* the transaction has written something */
};
/* Takes at most `max` messages and hides them until hidden_until_ms. */
void sqs_take_messages(const struct source *source, struct queue *queue, size_t max,
                       int64_t hidden_until_ms, struct taken *out);

/* ---- receipt.c ---- */

struct receipt {
    uint64_t queue;
    int64_t sent_ms;
    uint64_t serial;
    uint32_t receive; /* the how-manieth */
};
str sqs_receipt_text(struct arena *arena, const struct receipt *receipt);
/* ERROR_SQS_RECEIPT_HANDLE_IS_INVALID if it is none of this queue. */
MUST_CHECK bool sqs_receipt_read(const struct source *source, const struct queue *queue, str text,
                                 struct receipt *out, struct error *err);

/* ---- batch.c ---- */

struct batch {
    json entries;
    struct buf good, bad; /* the items of Successful and Failed */
};
/* Checks what concerns the whole: how many, their ids. `entry` is the name of their shape. */
MUST_CHECK bool sqs_batch_begin(const struct source *source, json params, const char *entry,
                                struct batch *batch, struct error *err);
str sqs_batch_id(const struct batch *batch, size_t index);
/* Begins the item of an entry that succeeded; the caller adds fields and closes it. */
struct buf *sqs_batch_good(struct batch *batch, size_t index);
void sqs_batch_bad(struct batch *batch, size_t index, const struct error *err);
void sqs_batch_reply(struct batch *batch, struct request *request);

/* ---- attributes.c, redrive.c ---- */

/* Checks and merges `wanted` (names to texts) into `attributes`; Policy goes to *policy. */
MUST_CHECK bool sqs_attributes_merge(const struct source *source, str queue_name, bool is_new,
                                     json wanted, json *attributes, str *policy, struct error *err);
/* The attribute as GetQueueAttributes shows it, in the work arena; false if the queue has none. */
bool sqs_attribute_show(const struct source *source, const struct queue *queue, str policy,
                        str name, str *out);
/* Names that GetQueueAttributes knows, in its order; NULL behind the last. */
const char *sqs_attribute_name(size_t index);
/* The name of the first attribute of `wanted` whose value the queue does not have; empty if none.
 */
str sqs_attributes_difference(const struct source *source, const struct queue *queue, str policy,
                              json wanted);
MUST_CHECK bool sqs_redrive_policy_read(const struct source *source, str queue_name, str text,
                                        str *normal, struct error *err);
MUST_CHECK bool sqs_redrive_allow_policy_read(const struct source *source, str text, str *normal,
                                              struct error *err);
/* Keeps the list of a dead-letter queue's sources (NOTE_SOURCE). */
void sqs_redrive_link(const struct source *source, str dead_letters, str queue_name, bool add);
/* A walk over the sources of a dead-letter queue behind the name `after`. */
struct store_cursor *sqs_redrive_sources(const struct source *source, str dead_letters, str after);
/* The name that an entry of that walk stands for; a slice of `key`. */
str sqs_redrive_source(str key);

/* ---- jobs.c ---- */

/* {"v":1,"job":"expire","queue":name,"id":number}, or "move" with a task's number, or "clean" with
 * key ranges ("ranges") and how far it has come ("from"), both in hexadecimal. */
void sqs_job_delete(const struct source *source, int64_t due_ms, uint64_t serial);
uint64_t sqs_job_expire(const struct source *source, int64_t due_ms, const struct queue *queue);
void sqs_job_move(const struct source *source, int64_t due_ms, str queue_name, uint64_t task);
/* Removes all that begins with those keys, piece by piece, from due_ms on. */
void sqs_job_clean(const struct source *source, int64_t due_ms, const struct key *prefixes,
                   size_t count);
/* All that a queue's number stands for. */
void sqs_job_clean_queue(const struct source *source, uint64_t id);
extern const struct operation sqs_jobs_operation;
void sqs_jobs_start(struct shard *shard);
void sqs_expire_piece(const struct source *source, json job);
void sqs_move_piece(const struct source *source, json job);

/* ---- handlers ---- */

enum handled sqs_handle_create_queue(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_delete_queue(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_purge_queue(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_get_queue_url(const struct reader *reader, struct request *request,
                                      struct error *err);
enum handled sqs_handle_list_queues(const struct reader *reader, struct request *request,
                                    struct error *err);
enum handled sqs_handle_list_dead_letter_source_queues(const struct reader *reader,
                                                       struct request *request, struct error *err);
enum handled sqs_handle_get_queue_attributes(const struct reader *reader, struct request *request,
                                             struct error *err);
enum handled sqs_handle_set_queue_attributes(struct txn *txn, struct request *request,
                                             struct error *err);
enum handled sqs_handle_add_permission(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_remove_permission(struct txn *txn, struct request *request,
                                          struct error *err);
enum handled sqs_handle_tag_queue(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_untag_queue(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_list_queue_tags(const struct reader *reader, struct request *request,
                                        struct error *err);
enum handled sqs_prepare_send_message(const struct reader *reader, struct request *request,
                                      struct error *err);
enum handled sqs_prepare_send_message_batch(const struct reader *reader, struct request *request,
                                            struct error *err);
enum handled sqs_handle_send_message(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_send_message_batch(struct txn *txn, struct request *request,
                                           struct error *err);
enum handled sqs_handle_receive_message(struct txn *txn, struct request *request,
                                        struct error *err);
enum handled sqs_handle_delete_message(struct txn *txn, struct request *request, struct error *err);
enum handled sqs_handle_delete_message_batch(struct txn *txn, struct request *request,
                                             struct error *err);
enum handled sqs_handle_change_message_visibility(struct txn *txn, struct request *request,
                                                  struct error *err);
enum handled sqs_handle_change_message_visibility_batch(struct txn *txn, struct request *request,
                                                        struct error *err);
enum handled sqs_handle_start_message_move_task(struct txn *txn, struct request *request,
                                                struct error *err);
enum handled sqs_handle_cancel_message_move_task(struct txn *txn, struct request *request,
                                                 struct error *err);
enum handled sqs_handle_list_message_move_tasks(const struct reader *reader,
                                                struct request *request, struct error *err);

#endif
