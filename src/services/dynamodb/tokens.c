/* Tokens of transactions; see tokens.h. */
#include "services/dynamodb/tokens.h"

#include <openssl/evp.h>

#include "services/dynamodb/housekeeping.h"
#include "services/dynamodb/notes.h"

enum { DIGEST_BYTES = 32, DIGEST_DIGITS = 64 };

static str digest_of(struct arena *arena, json params)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    str text = json_text(arena, params);
    int done = EVP_Digest(text.ptr, text.len, digest, &bytes, EVP_sha256(), NULL);
    ASSERT(done == 1 && bytes == DIGEST_BYTES);
    char *out = arena_alloc(arena, DIGEST_DIGITS);
    for (size_t i = 0; i < DIGEST_BYTES; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    return (str){ out, DIGEST_DIGITS };
}

enum client_token_state client_token_look(const struct source *source, str client_token,
                                          json params)
{
    struct key key;
    json record;
    key_table_note(&key, source->number, NOTE_TOKEN, 0, client_token);
    if (!source_find(source, &key, &record) ||
        json_i64_or(record, STR("at"), 0) + DYNAMODB_TOKEN_MS <= source->now_ms)
        return TOKEN_NEW;
    str digest = json_str_or(record, STR("digest"), STR(""));
    return str_eq(digest, digest_of(source->arena, params)) ? TOKEN_REPEATED : TOKEN_OF_ANOTHER;
}

static bool first_end(const struct source *source, int64_t *at_ms);

void client_token_keep(struct txn *txn, const struct source *source, str client_token, json params)
{
    struct key key;
    int64_t first_ms = 0;
    str record =
        arena_printf(txn_arena(txn), "{\"v\":1,\"at\":%lld,\"digest\":\"%.*s\"}",
                     (long long)source->now_ms, STR_ARGS(digest_of(source->arena, params)));
    if (!first_end(source, &first_ms)) housekeeping_wake(txn);
    key_table_note(&key, source->number, NOTE_TOKEN, 0, client_token);
    txn_put(txn, &key, record);
    key_table_note(&key, source->number, NOTE_TOKEN_END, source->now_ms + DYNAMODB_TOKEN_MS,
                   client_token);
    txn_put(txn, &key, STR(""));
}

/* ---- forgetting ---- */

static struct store_cursor *scan_ends(const struct source *source)
{
    struct key from, to;
    key_begin(&from, source->number, KEY_TABLE_NOTE);
    key_add_u8(&from, NOTE_TOKEN_END);
    key_begin(&to, source->number, KEY_TABLE_NOTE);
    key_add_u8(&to, NOTE_TOKEN_END + 1);
    return source_scan(source, &from, &to, false);
}

static int64_t read_end(struct arena *arena, str key, str *client_token)
{
    struct key_reader reader;
    uint8_t kind = 0;
    uint64_t at = 0;
    if (!key_read_begin(&reader, key) || !key_read_u8(&reader, &kind) ||
        !key_read_u64(&reader, &at) || !key_read_bytes(&reader, arena, client_token))
        fatal("the key of a transaction's token does not decode: the store is damaged");
    return (int64_t)at;
}

static bool first_end(const struct source *source, int64_t *at_ms)
{
    str key, value, client_token;
    struct store_cursor *cursor = scan_ends(source);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) *at_ms = read_end(source->arena, key, &client_token);
    store_cursor_close(cursor);
    return found;
}

static void forget(struct txn *txn, const struct source *source, int64_t at, str client_token)
{
    struct key key;
    json record;
    key_table_note(&key, source->number, NOTE_TOKEN_END, at, client_token);
    txn_delete(txn, &key);
    key_table_note(&key, source->number, NOTE_TOKEN, 0, client_token);
    /* It may have been used again since, and then has another end. */
    if (source_find(source, &key, &record) &&
        json_i64_or(record, STR("at"), 0) + DYNAMODB_TOKEN_MS <= at)
        txn_delete(txn, &key);
}

bool client_tokens_forget(struct txn *txn, const struct source *source, int64_t *next_ms)
{
    int64_t *ends = arena_array(source->arena, DYNAMODB_PIECE_ITEMS_MAX, sizeof *ends);
    str *tokens = arena_array(source->arena, DYNAMODB_PIECE_ITEMS_MAX, sizeof *tokens);
    size_t count = 0;
    str key, value;
    struct store_cursor *cursor = scan_ends(source);
    *next_ms = INT64_MAX;
    while (count < DYNAMODB_PIECE_ITEMS_MAX && store_cursor_next(cursor, &key, &value)) {
        int64_t at = read_end(source->arena, key, &tokens[count]);
        if (at > source->now_ms) {
            *next_ms = at;
            break;
        }
        ends[count++] = at;
    }
    store_cursor_close(cursor);
    for (size_t i = 0; i < count; i++)
        forget(txn, source, ends[i], tokens[i]);
    return count > 0;
}
