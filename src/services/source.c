/* Reading records, in a transaction or from a snapshot; and the errors that quote what was asked.
 */
#include "services/source.h"

struct source source_from_txn(struct txn *txn, struct arena *arena)
{
    struct shard *shard = txn_shard(txn);
    return (struct source){
        .txn = txn,
        .shard = shard,
        .arena = arena,
        .now_ms = txn_now_ms(txn),
        .number = shard_number(shard),
    };
}

struct source source_from_reader(const struct reader *reader, struct request *request)
{
    if (reader->txn) return source_from_txn(reader->txn, &request->arena);
    return (struct source){
        .reader = reader,
        .shard = reader->shard,
        .arena = &request->arena,
        .now_ms = reader->now_ms,
        .number = shard_number(reader->shard),
    };
}

bool source_get(const struct source *source, const struct key *key, str *out)
{
    if (source->txn) return txn_get(source->txn, key, out);
    return store_get(source->reader->store, source->reader->snapshot, key_str(key), source->arena,
                     out);
}

struct store_cursor *source_scan(const struct source *source, const struct key *from,
                                 const struct key *to, bool reverse)
{
    if (source->txn) return txn_scan(source->txn, key_str(from), key_str(to), reverse);
    return store_scan(source->reader->store, source->reader->snapshot, key_str(from), key_str(to),
                      reverse);
}

json source_parse(const struct source *source, str text)
{
    json value;
    struct error err = { 0 };
    if (!json_parse(arena_str(source->arena, text), source->arena, &value, &err))
        fatal("a record does not decode: %.*s: the store is damaged", STR_ARGS(error_text(&err)));
    if (json_i64_or(value, STR("v"), 1) > 1) fatal("a record was written by a newer version");
    return value;
}

bool source_find(const struct source *source, const struct key *key, json *out)
{
    str text;
    if (!source_get(source, key, &text)) return false;
    *out = source_parse(source, text);
    return true;
}

/* Built by hand and not with printf, because a name may hold a NUL (AWS repeats that, too). */
bool fail_quoted(const struct source *source, struct error *err, enum error_code code,
                 const char *prefix, str value)
{
    struct buf text;
    buf_init(&text, source->arena);
    buf_add(&text, str_from(prefix));
    buf_add_char(&text, '\'');
    buf_add(&text, value);
    buf_add_char(&text, '\'');
    error_set(err, code, "%s", prefix);
    err->long_message = buf_str(&text);
    return false;
}
