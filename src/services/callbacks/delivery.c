/* Requests as they are kept: what a mapping sees, and the records.
 *
 * ROUTE_DELIVERY  {"v":1,"at":ms,"id":of the
 * request,"method","path","query","headers":{...},"peer",
 *                  "body":text | "bodyBase64":text, "messageId", "verdict","status","key",
 *                  "answer":text, "execution", "replays":n,"replayed":ms}
 *
 * Members that would be empty are left out. */
#include <openssl/evp.h>

#include "services/callbacks/route_records.h"

/* ---- from HTTP ---- */

static str lower_case(struct arena *arena, str text)
{
    char *copy = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i];
        if (copy[i] >= 'A' && copy[i] <= 'Z') copy[i] = (char)(unsigned char)(copy[i] - 'A' + 'a');
    }
    return (str){ copy, text.len };
}

/* Header values may be any bytes; records and expressions are UTF-8. */
static str well_formed(struct arena *arena, str text)
{
    size_t chars;
    if (str_utf8_count(text, &chars)) return text;
    char *copy = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i];
        if ((unsigned char)copy[i] >= 0x80) copy[i] = '?';
    }
    return (str){ copy, text.len };
}

static json read_headers(const struct http_request *http, json verifier, struct arena *arena)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < http->header_count; i++) {
        str name = well_formed(arena, lower_case(arena, http->headers[i].name));
        str value = well_formed(arena, http->headers[i].value);
        if (verifier_hides(verifier, name)) value = STR("***");
        for (size_t k = 0; k < fields.count; k++) {
            str key = { fields.members[k].key, fields.members[k].key_bytes };
            if (str_eq(key, name))
                value = arena_printf(arena, "%.*s, %.*s",
                                     STR_ARGS(json_str(fields.members[k].value)), STR_ARGS(value));
        }
        json_fields_add(&fields, name, json_string(value));
    }
    return json_fields_done(&fields);
}

/* What the sender calls the message: signed, where the scheme signs it; or by a usual header. */
static str find_message_id(const struct http_request *http, const struct verifier_result *verified,
                           struct arena *arena)
{
    static const str names[] = { STR_INIT("Idempotency-Key"), STR_INIT("webhook-id"),
                                 STR_INIT("X-Message-Id") };
    str id = verified->message_id;
    for (size_t i = 0; id.len == 0 && i < sizeof names / sizeof *names; i++)
        (void)http_find_header(http, names[i], &id);
    return well_formed(arena, id);
}

void delivery_from_http(const struct http_request *http, const struct route *route,
                        const struct verifier_result *verified, str id, str peer, int64_t now_ms,
                        struct arena *arena, struct delivery *out)
{
    *out = (struct delivery){
        .at_ms = now_ms,
        .id = id,
        .method = http->method,
        .path = well_formed(arena, http->path),
        .query = well_formed(arena, http->query),
        .peer = peer,
        .headers = read_headers(http, route->verifier, arena),
        .body = http->body,
        .message_id = find_message_id(http, verified, arena),
    };
}

/* ---- records ---- */

str delivery_body_base64(struct arena *arena, str body)
{
    unsigned char *text = arena_alloc(arena, (body.len + 2) / 3 * 4 + 1);
    int len = EVP_EncodeBlock(text, (const unsigned char *)body.ptr, (int)body.len);
    return (str){ (const char *)text, (size_t)len };
}

static void write_body(struct buf *out, struct arena *arena, str body)
{
    size_t chars;
    if (body.len == 0) return;
    if (str_utf8_count(body, &chars))
        reply_str(out, "body", body);
    else
        reply_str(out, "bodyBase64", delivery_body_base64(arena, body));
}

static str read_body(json record, struct arena *arena)
{
    str text = json_str_or(record, STR("bodyBase64"), STR(""));
    if (text.len == 0) return json_str_or(record, STR("body"), STR(""));
    unsigned char *bytes = arena_alloc(arena, text.len);
    int len = EVP_DecodeBlock(bytes, (const unsigned char *)text.ptr, (int)text.len);
    if (len < 0) fatal("the body of a delivery does not decode");
    for (size_t i = text.len; i > 0 && text.ptr[i - 1] == '='; i--)
        len--;
    return (str){ (const char *)bytes, (size_t)len };
}

static str encode(const struct source *source, const struct delivery_record *record)
{
    const struct delivery *delivery = &record->delivery;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", delivery->at_ms);
    reply_str(&out, "id", delivery->id);
    reply_str(&out, "method", delivery->method);
    reply_str(&out, "path", delivery->path);
    reply_str_unless_empty(&out, "query", delivery->query);
    reply_json(&out, "headers", delivery->headers);
    reply_str_unless_empty(&out, "peer", delivery->peer);
    write_body(&out, source->arena, delivery->body);
    reply_str_unless_empty(&out, "messageId", delivery->message_id);
    reply_str(&out, "verdict", record->verdict);
    reply_i64(&out, "status", record->status);
    reply_str_unless_empty(&out, "key", record->key);
    reply_str_unless_empty(&out, "answer", record->answer);
    reply_str_unless_empty(&out, "execution", record->execution);
    if (record->replays > 0) {
        reply_i64(&out, "replays", record->replays);
        reply_i64(&out, "replayed", record->replayed_ms);
    }
    reply_close(&out);
    return buf_str(&out);
}

static void decode(const struct source *source, uint64_t number, json value,
                   struct delivery_record *out)
{
    const json *headers = json_find(value, STR("headers"));
    struct arena *arena = source->arena;
    *out = (struct delivery_record){
        .number = number,
        .delivery = {
            .at_ms = json_i64_or(value, STR("at"), 0),
            .id = json_str_or(value, STR("id"), STR("")),
            .method = json_str_or(value, STR("method"), STR("")),
            .path = json_str_or(value, STR("path"), STR("")),
            .query = json_str_or(value, STR("query"), STR("")),
            .peer = json_str_or(value, STR("peer"), STR("")),
            .headers = headers ? *headers : (json){ .kind = JSON_OBJECT },
            .body = read_body(value, arena),
            .message_id = json_str_or(value, STR("messageId"), STR("")),
        },
        .verdict = json_str_or(value, STR("verdict"), STR("")),
        .status = (int)json_i64_or(value, STR("status"), 0),
        .key = json_str_or(value, STR("key"), STR("")),
        .answer = json_str_or(value, STR("answer"), STR("")),
        .execution = json_str_or(value, STR("execution"), STR("")),
        .replays = json_i64_or(value, STR("replays"), 0),
        .replayed_ms = json_i64_or(value, STR("replayed"), 0),
    };
}

bool delivery_load(const struct source *source, str route, uint64_t number,
                   struct delivery_record *out)
{
    struct key key;
    json value;
    key_route(&key, source->number, ROUTE_DELIVERY, route, number, STR(""));
    if (!source_find(source, &key, &value)) return false;
    decode(source, number, value, out);
    return true;
}

void delivery_update(struct txn *txn, const struct source *source, str route,
                     const struct delivery_record *record)
{
    struct key key;
    key_route(&key, source->number, ROUTE_DELIVERY, route, record->number, STR(""));
    txn_put(txn, &key, encode(source, record));
}

struct store_cursor *delivery_scan(const struct source *source, str route, uint64_t from,
                                   uint64_t to, bool reverse)
{
    struct key first, end;
    key_route(&first, source->number, ROUTE_DELIVERY, route, from, STR(""));
    key_route(&end, source->number, ROUTE_DELIVERY, route, to, STR(""));
    return source_scan(source, &first, &end, reverse);
}

static uint64_t key_number(str bytes)
{
    struct key_reader reader;
    uint8_t section;
    str name;
    uint64_t number;
    if (!key_read_begin(&reader, bytes) || !key_read_u8(&reader, &section) ||
        !key_read_text(&reader, &name) || !key_read_u64(&reader, &number))
        fatal("the key of a delivery does not decode");
    return number;
}

bool delivery_next(const struct source *source, struct store_cursor *cursor,
                   struct delivery_record *out)
{
    str key, value;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    uint64_t number = key_number(key);
    size_t bytes = value.len;
    decode(source, number, source_parse(source, value), out);
    out->bytes = bytes;
    return true;
}

/* ---- what a route keeps ---- */

void delivery_state_load(const struct source *source, str route, struct delivery_state *out)
{
    struct key key;
    json value;
    *out = (struct delivery_state){ 0 };
    key_route(&key, source->number, ROUTE_STATE, route, 0, STR(""));
    if (!source_find(source, &key, &value)) return;
    *out = (struct delivery_state){
        .count = json_i64_or(value, STR("count"), 0),
        .bytes = json_i64_or(value, STR("bytes"), 0),
        .total = json_i64_or(value, STR("total"), 0),
        .unusable = json_i64_or(value, STR("unusable"), 0),
        .oldest = (uint64_t)json_i64_or(value, STR("oldest"), 0),
    };
}

static void state_store(struct txn *txn, const struct source *source, str route,
                        const struct delivery_state *state)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "count", state->count);
    reply_i64(&out, "bytes", state->bytes);
    reply_i64(&out, "oldest", (int64_t)state->oldest);
    reply_i64(&out, "total", state->total);
    reply_i64(&out, "unusable", state->unusable);
    reply_close(&out);
    key_route(&key, source->number, ROUTE_STATE, route, 0, STR(""));
    txn_put(txn, &key, buf_str(&out));
}

/* The time that a delivery came, without decoding all of it: "at" is the second member. */
static int64_t time_of(str value)
{
    static const str before = STR_INIT("{\"v\":1,\"at\":");
    int64_t at = 0;
    size_t end = str_find_char(value, ',', before.len);
    bool is_good = str_starts_with(value, before) && end < value.len &&
                   str_to_i64(str_slice(value, before.len, end), &at);
    if (!is_good) fatal("a delivery does not decode: the store is damaged");
    return at;
}

/* What makes a delivery too old to be kept. */
struct retention {
    int64_t count_max, bytes_max;
    int64_t before_ms; /* those that came earlier */
};

/* Removes the oldest deliveries beyond the retention, at most `max`. Returns how many. The walk
 * begins at state->oldest, as deleted keys before it would cost time. */
static size_t trim(struct txn *txn, const struct source *source, str route,
                   const struct retention *keep, size_t max, struct delivery_state *state)
{
    struct key from, to;
    str bytes, value;
    size_t removed = 0;
    key_route(&from, source->number, ROUTE_DELIVERY, route, state->oldest, STR(""));
    key_route(&to, source->number, ROUTE_DELIVERY, route, UINT64_MAX, STR(""));
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &bytes, &value)) {
        bool is_over = state->count > keep->count_max || state->bytes > keep->bytes_max ||
                       time_of(value) < keep->before_ms;
        state->oldest = key_number(bytes);
        if (!is_over || removed >= max) break;
        struct key key;
        key_route(&key, source->number, ROUTE_DELIVERY, route, state->oldest, STR(""));
        state->count--;
        state->bytes -= (int64_t)value.len;
        txn_delete(txn, &key);
        removed++;
    }
    store_cursor_close(cursor);
    return removed;
}

void delivery_store(struct txn *txn, const struct source *source, const struct route *route,
                    struct delivery_record *record)
{
    struct delivery_state state;
    struct key key;
    delivery_state_load(source, route->name, &state);
    record->number = txn_serial(txn);
    str text = encode(source, record);
    key_route(&key, source->number, ROUTE_DELIVERY, route->name, record->number, STR(""));
    txn_put(txn, &key, text);
    if (state.count == 0) {
        state.oldest = record->number;
        txn_notify(txn, str_from(routes_sweep_topic), 1);
    }
    state.count++;
    state.bytes += (int64_t)text.len;
    state.total++;
    state.unusable += str_eq(record->verdict, STR("unusable"));
    struct retention keep = {
        .count_max = route->keep_count,
        .bytes_max = ROUTE_DELIVERIES_BYTES_MAX,
        .before_ms = source->now_ms - route->keep_s * 1000,
    };
    (void)trim(txn, source, route->name, &keep, ROUTE_TRIM_MAX, &state);
    state_store(txn, source, route->name, &state);
}

int64_t delivery_oldest(const struct source *source, str route)
{
    struct delivery_state state;
    str bytes, value;
    delivery_state_load(source, route, &state);
    struct store_cursor *cursor = delivery_scan(source, route, state.oldest, UINT64_MAX, false);
    int64_t at_ms = store_cursor_next(cursor, &bytes, &value) ? time_of(value) : INT64_MAX;
    store_cursor_close(cursor);
    return at_ms;
}

bool delivery_next_route(const struct source *source, str after, str *route)
{
    struct key from, to;
    str bytes, value;
    key_begin(&from, source->number, KEY_ROUTE);
    key_add_u8(&from, ROUTE_STATE);
    to = from;
    key_range_end(&to);
    if (after.len > 0) {
        key_add_text(&from, after);
        key_range_end(&from);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &bytes, &value);
    if (found) {
        struct key_reader reader;
        uint8_t section;
        str text;
        if (!key_read_begin(&reader, bytes) || !key_read_u8(&reader, &section) ||
            !key_read_text(&reader, &text))
            fatal("the key of a route's state does not decode");
        *route = arena_str(source->arena, text);
    }
    store_cursor_close(cursor);
    return found;
}

size_t delivery_expire(struct txn *txn, const struct source *source, str route, int64_t before_ms,
                       size_t max)
{
    struct delivery_state state;
    struct retention keep = { INT64_MAX, INT64_MAX, before_ms };
    delivery_state_load(source, route, &state);
    size_t removed = trim(txn, source, route, &keep, max, &state);
    if (removed > 0) state_store(txn, source, route, &state);
    return removed;
}

/* ---- requests that the verifier has refused ---- */

json refusals_load(const struct source *source, str route)
{
    struct key key;
    json value;
    key_route(&key, source->number, ROUTE_REFUSED, route, 0, STR(""));
    return source_find(source, &key, &value) ? value : json_null();
}

void refusal_note(struct txn *txn, const struct source *source, str route,
                  const struct refusal *refusal)
{
    struct key key;
    struct buf out;
    json old = refusals_load(source, route);
    const json *recent = json_find(old, STR("recent"));
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "count", json_i64_or(old, STR("count"), 0) + 1);
    reply_name(&out, "recent");
    buf_add(&out, STR("[{"));
    reply_i64(&out, "at", source->now_ms);
    reply_str(&out, "peer", refusal->peer);
    reply_str(&out, "reason", str_from(refusal->reason));
    buf_add_char(&out, '}');
    for (size_t i = 0; recent && i < json_count(*recent) && i + 1 < ROUTE_REFUSALS_MAX; i++) {
        buf_add_char(&out, ',');
        json_write(&out, json_at(*recent, i));
    }
    buf_add(&out, STR("]}"));
    key_route(&key, source->number, ROUTE_REFUSED, route, 0, STR(""));
    txn_put(txn, &key, buf_str(&out));
}
