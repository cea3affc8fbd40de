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
 * KEY_END           serial (u64)                        how it ended: status, output, error, cause
 * KEY_FRAME         serial (u64), frame (u32)           a frame between turns; frame 0 also holds
 *                                                       the counters of the execution
 * KEY_FRAME_DATA    serial (u64), frame (u32)           the large, unchanging part of a frame that
 *                                                       waits for children
 * KEY_HISTORY       serial (u64), first event id (u32)  one chunk per turn: a JSON array of events
 * KEY_NAME          machine name, execution name        serial, as decimal text
 * KEY_LIST          machine name, status (u8), ~serial  what ListExecutions shows
 * KEY_TIMER         due_ms (u64), serial, frame, kind (u8)   empty, or what the kind needs
 * KEY_WAITING       since_ms (u64), serial, frame       an open task token, for `baton waiting`
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
    KEY_FRAME = 'f',
    KEY_FRAME_DATA = 'd',
    KEY_HISTORY = 'h',
    KEY_NAME = 'n',
    KEY_LIST = 'l',
    KEY_TIMER = 't',
    KEY_WAITING = 'w',
};

/* A key under construction; big enough for any of ours. */
struct key {
    uint16_t len;
    char bytes[718]; /* two names of 80 code points of 4 bytes, and integers */
};

/* Starts a key of that kind on that shard. */
void key_begin(struct key *key, uint16_t shard, enum key_tag tag);
void key_add_u8(struct key *key, uint8_t value);
void key_add_u32(struct key *key, uint32_t value);
void key_add_u64(struct key *key, uint64_t value);
/* The text and its NUL. The text must not contain a NUL and must fit (both asserted). */
void key_add_text(struct key *key, str text);

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
void key_frame(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame);
void key_frame_data(struct key *key, uint16_t shard, uint64_t serial, uint32_t frame);
void key_history(struct key *key, uint16_t shard, uint64_t serial, uint32_t first_event_id);
void key_name(struct key *key, uint16_t shard, str machine, str execution);
void key_list(struct key *key, uint16_t shard, str machine, uint8_t status, uint64_t serial);
void key_timer(struct key *key, uint16_t shard, int64_t due_ms, uint64_t serial, uint32_t frame,
               uint8_t kind);
void key_waiting(struct key *key, uint16_t shard, int64_t since_ms, uint64_t serial,
                 uint32_t frame);

#endif
