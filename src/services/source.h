/* What the handlers of every service share: where records come from, answers, page tokens. */
#ifndef SERVICES_SOURCE_H
#define SERVICES_SOURCE_H

#include "shard/shard.h"

/* ---- where records come from: a transaction, or a snapshot ---- */

struct source {
    struct txn *txn;             /* or NULL */
    const struct reader *reader; /* or NULL */
    struct shard *shard;
    struct arena *arena; /* of the request: errors and answers live here */
    int64_t now_ms;
    uint16_t number; /* the shard's */
};

struct source source_from_txn(struct txn *txn, struct arena *arena);
/* If the reader stands for a transaction (service_call), the source does, too. */
struct source source_from_reader(const struct reader *reader, struct request *request);
bool source_get(const struct source *source, const struct key *key, str *out);
/* [from, to) upwards, or downwards; a transaction's own writes included. Values are valid until the
 * next call of the cursor. */
struct store_cursor *source_scan(const struct source *source, const struct key *from,
                                 const struct key *to, bool reverse);
/* The value of a record as JSON, copied; a record that does not decode is fatal. */
json source_parse(const struct source *source, str text);
/* source_get and source_parse in one; false if there is none. */
bool source_find(const struct source *source, const struct key *key, json *out);

/* ---- errors ---- */

/* "PREFIX'VALUE'", whatever bytes the value has. Returns false. */
bool fail_quoted(const struct source *source, struct error *err, enum error_code code,
                 const char *prefix, str value);

/* ---- answers, written straight as JSON text ---- */

void reply_open(struct buf *out);  /* { */
void reply_close(struct buf *out); /* } */
/* Names are ours and need no escaping. */
void reply_name(struct buf *out, const char *name);
void reply_str(struct buf *out, const char *name, str value);
void reply_str_unless_empty(struct buf *out, const char *name, str value);
void reply_i64(struct buf *out, const char *name, int64_t value);
void reply_bool(struct buf *out, const char *name, bool value);
void reply_json(struct buf *out, const char *name, json value);
/* Epoch seconds with milliseconds, as the AWS JSON protocol writes timestamps. */
void reply_time(struct buf *out, const char *name, int64_t ms);
/* {"included":true} */
void reply_included(struct buf *out, const char *name, bool included);
/* Starts request->reply. */
struct buf *reply_begin(struct request *request);
/* ISO 8601 in UTC with milliseconds, in the arena. */
str iso_time(struct arena *arena, int64_t ms);

/* ---- pages ---- */

/* Page tokens: opaque, bounded, and only valid for the list they were made for. `scope` says which
 * (operation and arguments); `position` (at most 700 bytes) is where the next page begins. */
str page_token_encode(const struct source *source, str scope, str position);
/* ERROR_INVALID_TOKEN. */
MUST_CHECK bool page_token_decode(const struct source *source, str scope, str text, str *position,
                                  struct error *err);
struct page {
    str scope;
    str position; /* of nextToken; empty for the first page */
    size_t limit;
};
/* Reads maxResults and nextToken, as the Step Functions API calls them. */
MUST_CHECK bool page_begin(const struct source *source, json params, str scope, struct page *page,
                           struct error *err);
/* Opens a walk over the records of a kind that are keyed by one name, behind the page's position
 * (which is then the last name shown). */
struct store_cursor *page_scan_names(const struct source *source, const struct page *page,
                                     enum key_tag tag);
/* Adds nextToken to the answer. */
void page_next(const struct source *source, const struct page *page, struct buf *out, str position);

#endif
