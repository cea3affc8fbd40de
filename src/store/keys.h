/* All key layouts, in one place.
 *
 * A key is a tuple in an order-preserving encoding: one tag byte, then its fields. Integers are
 * big-endian and of fixed width, so that they sort by value; `~x` marks one that is stored
 * complemented, so that the newest sorts first; texts end with a NUL (none of ours contains one:
 * names are checked at the border). Every key begins with the shard's number, so that shards can
 * share a store. Values are JSON texts unless said otherwise; fields are documented where they are
 * written (engine/record.c, services/states/machine.c ...).
 *
 * tag               fields                              value
 * KEY_META          name                                per name: "schema", "serials" ...
 * KEY_MACHINE       machine name                        the machine: current revision, tags, status
 * KEY_REVISION      machine name, revision (u32)        definition, role, configuration; immutable
 * KEY_VERSION       machine name, ~version (u32)        description, revision, creation date
 * KEY_ALIAS         machine name, alias name            routing, description, dates
 * KEY_ACTIVITY      activity name                       creation date, tags
 * KEY_ACTIVITY_TASK activity name, since_ms (u64), serial (u64), frame (u32)   a task no worker
 *                                                       has taken yet; value: its event id and the
 *                                                          first id of its history chunk
 * KEY_EXECUTION     serial (u64)                        what never changes of an execution
 * KEY_END           serial (u64)                        how it ended: status, output, error, cause;
 *                                                       gone while it runs once more
 * KEY_REDRIVE       serial (u64)                        how often and when it was redriven
 * KEY_FRAME         serial (u64), frame (u32)           a frame between turns, or at rest after the
 *                                                       end; frame 0 also holds the counters of
 *                                                       the execution
 * KEY_FRAME_DATA    serial (u64), frame (u32)           the large, unchanging part of a frame that
 *                                                       waits for children
 * KEY_HISTORY       serial (u64), first event id (u32)  one chunk per turn: a JSON array of events
 * KEY_NAME          machine name, execution name        serial, as decimal text
 * KEY_LIST          machine name, status (u8), ~serial  what ListExecutions shows
 * KEY_TIMER         due_ms (u64), serial, frame, kind (u8)   empty, or what the kind needs
 * KEY_WAITING       since_ms (u64), serial, frame       an open task token, for `baton waiting`
 * KEY_EVENT_BUS     bus name                            an event bus (the default one needs none)
 * KEY_EVENT_RULE    bus name, rule name                 its pattern and its targets
 * KEY_CONNECTION    connection name                     how http:invoke authorises itself
 * KEY_EFFECT        lane (u32), id (u64)                what has to leave the process (shard)
 * KEY_TABLE         table name                          a DynamoDB table: keys, indexes, settings
 * KEY_TABLE_COUNTS  table (u64)                         items and bytes of it and of its indexes
 * KEY_ITEM          table (u64), partition (u32), hash value, range value (bytes)   an item; the
 *                                                       partition is a hash of the hash value
 * KEY_INDEX_ENTRY   table (u64), index (u32), partition (u32), the index's hash and range value and
 *                                                       the item's (bytes)   the projected item
 * KEY_EXPIRY        due_s (u64), table (u64), hash value, range value (bytes)   table name
 * KEY_TABLE_NOTE    kind (u8), at (u64), subject (bytes)   services/dynamodb/notes.h
 * KEY_FUNCTION      function name                       a function and its $LATEST
 *                                                       (services/lambda/)
 * KEY_FUNCTION_VERSION  function name, version (u32)    a published version
 * KEY_FUNCTION_ALIAS    function name, alias name       routing, description
 * KEY_FUNCTION_SETTING  function name, kind (u8), qualifier   permissions, event invoke config
 * KEY_FUNCTION_CODE     sha256 in hexadecimal           how many versions use the unpacked code
 * KEY_FUNCTION_MAPPING  uuid, part (u8)                 an event source mapping; what it is at
 * KEY_QUEUE         queue name, part (u8)               part 0: a queue's settings; 1: policy, tags
 * KEY_QUEUE_NOTE    queue (u64), section (u8), number (u64), text   small records of a queue:
 *                                                       enum queue_note in services/sqs/internal.h
 * KEY_QUEUE_GROUP   queue (u64), group, sent_ms (u64), serial (u64)   a FIFO group in its order
 * KEY_MESSAGE       queue (u64), sent_ms (u64), serial   what never changes of a message
 * KEY_MESSAGE_STATE queue (u64), sent_ms (u64), serial   receives of a message
 * KEY_QUEUE_ORDER   queue (u64), visible_ms (u64), sent_ms (u64), serial   what is received next;
 *                                                       of a FIFO queue: the first of each group
 * KEY_QUEUE_HIDDEN  as KEY_QUEUE_ORDER                  a FIFO message in flight or delayed
 * KEY_TOPIC         topic name                          an SNS topic (services/sns/records.c)
 * KEY_SUBSCRIPTION  topic name, subscription            a subscription, by its uuid
 * KEY_SUBSCRIBED    topic name, protocol, endpoint (bytes)   the subscription's uuid, as text
 * KEY_PUBLISHED     topic (u64), window (u32), id (bytes)   a FIFO topic's message; the
 *                                                       windows are SNS_DEDUPLICATION_MS long
 * KEY_OUTBOX        ~id (u64)                           a mail or short message that SNS would send
 * KEY_WAIT          serial (u64), frame (u32), entered event (u32)   a callback wait, also when it
 *                                                       is over (services/callbacks/record.h)
 * KEY_CALLBACK_KEY  name, key (bytes)                   the waits that the key leads to
 * KEY_CALLBACK_NAME name                                settings of a name
 * KEY_MAILBOX       name, key (bytes), order (u64)      an answer that came before its wait
 * KEY_CALLBACK_NOTE section (u8), number (u64), name, id (bytes)   small records: enum
 *                                                       callback_note (callbacks/record.h)
 * KEY_ROUTE         section (u8), name, number (u64), id (bytes)   inbound routes:
 *                                                 enum route_section (callbacks/route_records.h)
 * KEY_GATEWAY       owner, kind (u8), id                what an HTTP API is made of: enum
 *                                                       gateway_kind, services/gateway/internal.h
 * KEY_LOG_GROUP     log group name                      retention, tags (services/logs/)
 * KEY_LOG_STREAM    log group name, stream name         a stream made by CreateLogStream
 */
#ifndef STORE_KEYS_H
#define STORE_KEYS_H

#include "base/base.h"

enum key_tag {
    KEY_META = 'M',
    KEY_MACHINE = 'm',
    KEY_REVISION = 'r',
    KEY_VERSION = 'v',
    KEY_ALIAS = 'a',
    KEY_ACTIVITY = 'c',
    KEY_ACTIVITY_TASK = 'q',
    KEY_EXECUTION = 'x',
    KEY_END = 'e',
    KEY_REDRIVE = 'R',
    KEY_FRAME = 'f',
    KEY_FRAME_DATA = 'd',
    KEY_HISTORY = 'h',
    KEY_NAME = 'n',
    KEY_LIST = 'l',
    KEY_TIMER = 't',
    KEY_WAITING = 'w',
    KEY_EFFECT = 'F',
    KEY_EVENT_BUS = 'E',
    KEY_EVENT_RULE = 'u',
    KEY_CONNECTION = 'V',
    KEY_TABLE = 'B',
    KEY_TABLE_COUNTS = 'b',
    KEY_ITEM = 'D',
    KEY_INDEX_ENTRY = 'y',
    KEY_EXPIRY = 'Y',
    KEY_TABLE_NOTE = 'z',
    KEY_FUNCTION = 'L',
    KEY_FUNCTION_VERSION = 'i',
    KEY_FUNCTION_ALIAS = 'I',
    KEY_FUNCTION_SETTING = 'p',
    KEY_FUNCTION_CODE = 'P',
    KEY_FUNCTION_MAPPING = 'U',
    KEY_QUEUE = 'Q',
    KEY_QUEUE_NOTE = 'g',
    KEY_QUEUE_GROUP = 'G',
    KEY_MESSAGE = 'K',
    KEY_MESSAGE_STATE = 'k',
    KEY_QUEUE_ORDER = 'j',
    KEY_QUEUE_HIDDEN = 'J',
    KEY_TOPIC = 'T',
    KEY_SUBSCRIPTION = 's',
    KEY_SUBSCRIBED = 'S',
    KEY_PUBLISHED = 'O',
    KEY_OUTBOX = 'o',
    KEY_WAIT = 'W',
    KEY_CALLBACK_KEY = 'A',
    KEY_CALLBACK_NAME = 'N',
    KEY_MAILBOX = 'X',
    KEY_CALLBACK_NOTE = 'C',
    KEY_ROUTE = 'Z',
    KEY_GATEWAY = 'H',
    KEY_LOG_GROUP = '1',
    KEY_LOG_STREAM = '2',
};

/* An entry of a table's index: four key values (2,048 + 1,024 bytes, twice), each byte of which may
 * be a NUL that takes two. */
enum { KEY_BYTES_MAX = 12800 };

/* A key under construction; big enough for any of ours. Never zeroed as a whole: it is large. */
struct key {
    uint16_t len;
    char bytes[KEY_BYTES_MAX];
};

/* Starts a key of that kind on that shard. */
void key_begin(struct key *key, uint16_t shard, enum key_tag tag);
void key_add_u8(struct key *key, uint8_t value);
void key_add_u32(struct key *key, uint32_t value);
void key_add_u64(struct key *key, uint64_t value);
/* The text and its NUL. The text must not contain a NUL and must fit (both asserted). */
void key_add_text(struct key *key, str text);
/* Any bytes, so that they sort as memcmp sorts them, a prefix first: each NUL as 00 FF, the end as
 * 00 00. They must fit (asserted). */
void key_add_bytes(struct key *key, str bytes);

static inline str key_str(const struct key *key)
{
    return (str){ key->bytes, key->len };
}

/* The key behind every key that begins with `key`: the end of its range. */
void key_range_end(struct key *key);

/* Reading a key back: a cursor over its fields, after the shard and the tag. Each returns false at
 * the end of the key or if the field is cut short. */
struct key_reader {
    str rest;
    uint16_t shard;
    enum key_tag tag;
};
MUST_CHECK bool key_read_begin(struct key_reader *reader, str key);
MUST_CHECK bool key_read_u8(struct key_reader *reader, uint8_t *out);
MUST_CHECK bool key_read_u32(struct key_reader *reader, uint32_t *out);
MUST_CHECK bool key_read_u64(struct key_reader *reader, uint64_t *out);
MUST_CHECK bool key_read_text(struct key_reader *reader, str *out);
/* The bytes, copied into the arena. */
MUST_CHECK bool key_read_bytes(struct key_reader *reader, struct arena *arena, str *out);

/* The key in words, e.g. `execution(serial=12)`, for `baton dump`. */
str key_describe(str key, struct arena *arena);

/* ---- one function per layout ---- */
void key_meta(struct key *key, uint16_t shard, str name);
void key_machine(struct key *key, uint16_t shard, str machine);
void key_revision(struct key *key, uint16_t shard, str machine, uint32_t revision);
void key_version(struct key *key, uint16_t shard, str machine, uint32_t version);
void key_alias(struct key *key, uint16_t shard, str machine, str alias);
void key_activity(struct key *key, uint16_t shard, str activity);
void key_activity_task(struct key *key, uint16_t shard, str activity, int64_t since_ms,
                       uint64_t serial, uint32_t frame);
void key_execution(struct key *key, uint16_t shard, uint64_t serial);
void key_end(struct key *key, uint16_t shard, uint64_t serial);
void key_redrive(struct key *key, uint16_t shard, uint64_t serial);
void key_frame(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame);
void key_frame_data(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame);
void key_history(struct key *key, uint16_t shard, uint64_t serial, uint32_t first_event_id);
void key_name(struct key *key, uint16_t shard, str machine, str execution);
void key_list(struct key *key, uint16_t shard, str machine, uint8_t status, uint64_t serial);
void key_timer(struct key *key, uint16_t shard, int64_t due_ms, uint64_t serial, uint32_t frame,
               uint8_t kind);
void key_waiting(struct key *key, uint16_t shard, int64_t since_ms, uint64_t serial,
                 uint32_t frame);
void key_effect(struct key *key, uint16_t shard, uint32_t lane, uint64_t id);
void key_event_bus(struct key *key, uint16_t shard, str bus);
void key_event_rule(struct key *key, uint16_t shard, str bus, str rule);
void key_connection(struct key *key, uint16_t shard, str connection);
void key_table(struct key *key, uint16_t shard, str table);
void key_table_counts(struct key *key, uint16_t shard, uint64_t table);
/* Those of KEY_ITEM and KEY_INDEX_ENTRY up to the number of the table or of the index: the fields
 * behind them are added by services/dynamodb/place.c. */
void key_item_prefix(struct key *key, uint16_t shard, uint64_t table);
void key_index_prefix(struct key *key, uint16_t shard, uint64_t table, uint32_t index);
void key_expiry(struct key *key, uint16_t shard, int64_t due_s, uint64_t table, str hash,
                str range);
void key_table_note(struct key *key, uint16_t shard, uint8_t kind, int64_t at, str subject);
void key_function(struct key *key, uint16_t shard, str function);
void key_function_version(struct key *key, uint16_t shard, str function, uint32_t version);
void key_function_alias(struct key *key, uint16_t shard, str function, str alias);
void key_function_setting(struct key *key, uint16_t shard, str function, uint8_t kind,
                          str qualifier);
void key_function_code(struct key *key, uint16_t shard, str sha256);
void key_function_mapping(struct key *key, uint16_t shard, str uuid, uint8_t part);

/* SQS. Those that end in _prefix begin ranges; what follows is added with key_add_*. */
void key_queue(struct key *key, uint16_t shard, str queue, uint8_t part);
void key_queue_note(struct key *key, uint16_t shard, uint64_t queue, uint8_t section,
                    uint64_t number, str text);
void key_queue_group_prefix(struct key *key, uint16_t shard, uint64_t queue, str group);
/* tag: KEY_MESSAGE, KEY_MESSAGE_STATE */
void key_message(struct key *key, uint16_t shard, enum key_tag tag, uint64_t queue, int64_t sent_ms,
                 uint64_t serial);
/* tag: KEY_QUEUE_ORDER, KEY_QUEUE_HIDDEN */
void key_queue_place(struct key *key, uint16_t shard, enum key_tag tag, uint64_t queue,
                     int64_t visible_ms, int64_t sent_ms, uint64_t serial);

/* SNS. `id`, `protocol` empty: the prefix of a range. */
void key_topic(struct key *key, uint16_t shard, str topic);
void key_subscription(struct key *key, uint16_t shard, str topic, str id);
void key_subscribed(struct key *key, uint16_t shard, str topic, str protocol, str endpoint);
void key_published(struct key *key, uint16_t shard, uint64_t topic, uint32_t window, str id);
void key_outbox(struct key *key, uint16_t shard, uint64_t id);

/* Callbacks. Those that end in _prefix begin ranges. */
void key_wait(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame, uint32_t entered);
/* The waits of one frame. */
void key_wait_prefix(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame);
void key_callback_key(struct key *key, uint16_t shard, str name, str callback_key);
/* The keys of a name that begin with `beginning`. */
void key_callback_key_prefix(struct key *key, uint16_t shard, str name, str beginning);
void key_callback_name(struct key *key, uint16_t shard, str name);
void key_mailbox(struct key *key, uint16_t shard, str name, str callback_key, uint64_t order);
void key_mailbox_prefix(struct key *key, uint16_t shard, str name, str callback_key);
void key_callback_note(struct key *key, uint16_t shard, uint8_t section, uint64_t number, str name,
                       str id);
/* Inbound routes; `section`: enum route_section. */
void key_route(struct key *key, uint16_t shard, uint8_t section, str name, uint64_t number, str id);
/* API Gateway. `owner`: the id of an API, of a plan ..., empty for what stands alone. `id` empty:
 * the prefix of a range. */
void key_gateway(struct key *key, uint16_t shard, str owner, uint8_t kind, str id);

#endif
