/* Records of waits and of the keys that lead to them; record.h says what is in them. */
#include "services/callbacks/record.h"

#include <openssl/evp.h>

#include "base/timestamp.h"

struct source callbacks_source(struct txn *txn)
{
    return source_from_txn(txn, txn_arena(txn));
}

void add_str(struct json_fields *fields, const char *name, str value)
{
    if (value.len) json_fields_add(fields, str_from(name), json_string(value));
}

void add_i64(struct json_fields *fields, const char *name, int64_t value)
{
    json_fields_add(fields, str_from(name), json_i64(fields->arena, value));
}

str hash_hex(struct arena *arena, const str *parts, size_t count, size_t bytes)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1;
    for (size_t i = 0; good && i < count; i++) {
        uint64_t part_bytes = parts[i].ptr ? parts[i].len : UINT64_MAX;
        good = EVP_DigestUpdate(context, &part_bytes, sizeof part_bytes) == 1 &&
               EVP_DigestUpdate(context, parts[i].ptr ? parts[i].ptr : "", parts[i].len) == 1;
    }
    good = good && EVP_DigestFinal_ex(context, digest, &len) == 1;
    EVP_MD_CTX_free(context);
    if (!good) fatal("SHA-256 does not work");
    ASSERT_CMP(bytes, <=, len);
    char *text = arena_alloc(arena, 2 * bytes);
    for (size_t i = 0; i < bytes; i++) {
        text[2 * i] = digits[digest[i] >> 4];
        text[2 * i + 1] = digits[digest[i] & 15];
    }
    return (str){ text, 2 * bytes };
}

/* ---- waits ---- */

void wait_new(const struct source *source, uint64_t serial, uint32_t frame, uint32_t entered,
              struct wait *out)
{
    *out = (struct wait){ .serial = serial, .frame = frame, .entered = entered };
    json_fields_init(&out->fields, source->arena);
}

bool wait_load(const struct source *source, uint64_t serial, uint32_t frame, uint32_t entered,
               struct wait *out)
{
    struct key key;
    json record;
    wait_new(source, serial, frame, entered, out);
    key_wait(&key, source->number, serial, frame, entered);
    if (!source_find(source, &key, &record)) return false;
    json_fields_from(&out->fields, source->arena, record);
    out->found = true;
    return true;
}

static uint32_t entered_of_key(str key)
{
    struct key_reader fields;
    uint64_t serial;
    uint32_t frame, entered;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &serial) ||
        !key_read_u32(&fields, &frame) || !key_read_u32(&fields, &entered))
        fatal("the key of a wait does not decode");
    return entered;
}

/* A frame passes through its states one after the other: the record is the last one that begins
 * before the token's event, or one of the few before it. */
bool wait_load_by_token(const struct source *source, token to, struct wait *out)
{
    enum { LOOKED_AT_MAX = 8 };
    struct key from, end;
    str key, value;
    bool found = false;
    key_wait_prefix(&from, source->number, to.serial, to.frame);
    key_wait(&end, source->number, to.serial, to.frame, to.task_event);
    key_add_u8(&end, 0);
    wait_new(source, to.serial, to.frame, to.task_event, out);
    struct store_cursor *cursor = source_scan(source, &from, &end, true);
    for (int i = 0; i < LOOKED_AT_MAX && !found && store_cursor_next(cursor, &key, &value); i++) {
        json record = source_parse(source, value);
        if (json_i64_or(record, STR("first"), 0) > to.task_event ||
            json_i64_or(record, STR("task"), 0) < to.task_event)
            continue;
        out->entered = entered_of_key(key);
        json_fields_from(&out->fields, source->arena, record);
        out->found = found = true;
    }
    store_cursor_close(cursor);
    return found;
}

void wait_store(struct txn *txn, struct wait *wait)
{
    struct key key;
    struct buf out;
    buf_init(&out, txn_arena(txn));
    buf_add(&out, STR("{\"v\":1"));
    for (size_t i = 0; i < wait->fields.count; i++) {
        const struct json_member *member = &wait->fields.members[i];
        str name = { member->key, member->key_bytes };
        if (json_is_null(member->value) || str_eq(name, STR("v"))) continue;
        buf_add_char(&out, ',');
        json_write_str(&out, name);
        buf_add_char(&out, ':');
        json_write(&out, member->value);
    }
    buf_add_char(&out, '}');
    key_wait(&key, shard_number(txn_shard(txn)), wait->serial, wait->frame, wait->entered);
    txn_put(txn, &key, buf_str(&out));
    wait->found = true;
}

json wait_record(const struct wait *wait)
{
    struct json_fields fields = wait->fields;
    return json_fields_done(&fields);
}

void wait_set(struct wait *wait, const char *field, json value)
{
    json_fields_add(&wait->fields, str_from(field), value);
}

void wait_set_i64(struct wait *wait, const char *field, int64_t value)
{
    wait_set(wait, field, value ? json_i64(wait->fields.arena, value) : json_null());
}

void wait_set_str(struct wait *wait, const char *field, str value)
{
    wait_set(wait, field, value.len ? json_string(value) : json_null());
}

json wait_get(const struct wait *wait, const char *field)
{
    const json *value = json_find(wait_record(wait), str_from(field));
    return value ? *value : json_null();
}

str wait_get_str(const struct wait *wait, const char *field)
{
    return json_str_or(wait_record(wait), str_from(field), STR(""));
}

int64_t wait_get_i64(const struct wait *wait, const char *field)
{
    return json_i64_or(wait_record(wait), str_from(field), 0);
}

bool wait_is_open(const struct wait *wait)
{
    return json_bool_or(wait_record(wait), STR("open"), false);
}

token wait_token(const struct source *source, const struct wait *wait)
{
    return (token){
        .shard = source->number,
        .serial = wait->serial,
        .frame = wait->frame,
        .task_event = (uint32_t)wait_get_i64(wait, "task"),
    };
}

str wait_execution_arn(const struct source *source, const struct wait *wait)
{
    return arena_printf(
        source->arena, "arn:aws:states:%.*s:%.*s:execution:%.*s:%.*s",
        STR_ARGS(shard_region(source->shard)), STR_ARGS(shard_account(source->shard)),
        STR_ARGS(wait_get_str(wait, "machine")), STR_ARGS(wait_get_str(wait, "execution")));
}

size_t wait_outcome_count(const struct wait *wait)
{
    return json_count(wait_get(wait, "outcomes"));
}

struct outcome wait_outcome_at(const struct wait *wait, size_t index)
{
    json row = json_at(wait_get(wait, "outcomes"), index);
    return (struct outcome){
        .name = json_str(json_at(row, 0)),
        .label = json_str(json_at(row, 1)),
        .fails = json_at(row, 2).boolean,
    };
}

size_t wait_outcome(const struct wait *wait, str name)
{
    for (size_t i = 0; i < wait_outcome_count(wait); i++)
        if (str_eq(wait_outcome_at(wait, i).name, name)) return i;
    return SIZE_MAX;
}

/* The first ones tell how it began, the newest what goes on; what is between them is counted. */
void wait_note(const struct source *source, struct wait *wait, struct json_fields *note)
{
    json attempts = wait_get(wait, "attempts");
    size_t count = json_count(attempts);
    struct json_list list;
    bool full = count >= CALLBACK_ATTEMPTS_FIRST + CALLBACK_ATTEMPTS_LAST;
    add_i64(note, "at", source->now_ms);
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < count; i++)
        if (!full || i != CALLBACK_ATTEMPTS_FIRST) json_list_add(&list, json_at(attempts, i));
    json_list_add(&list, json_fields_done(note));
    wait_set(wait, "attempts", json_list_done(&list));
    if (full) wait_set_i64(wait, "attemptsLeftOut", wait_get_i64(wait, "attemptsLeftOut") + 1);
}

json wait_id(struct arena *arena, const struct wait *wait)
{
    struct json_list id;
    json_list_init(&id, arena);
    json_list_add(&id, json_i64(arena, (int64_t)wait->serial));
    json_list_add(&id, json_i64(arena, wait->frame));
    json_list_add(&id, json_i64(arena, wait->entered));
    return json_list_done(&id);
}

bool wait_id_read(json id, uint64_t *serial, uint32_t *frame, uint32_t *entered)
{
    int64_t parts[3];
    if (!json_is_array(id)) return false;
    if (json_count(id) != 3) fatal("the id of a wait does not decode: the store is damaged");
    for (size_t i = 0; i < 3; i++)
        if (!json_to_i64(json_at(id, i), &parts[i]) || parts[i] < 0)
            fatal("the id of a wait does not decode: the store is damaged");
    *serial = (uint64_t)parts[0];
    *frame = (uint32_t)parts[1];
    *entered = (uint32_t)parts[2];
    return true;
}

str wait_text(struct arena *arena, const struct wait *wait)
{
    return arena_printf(arena, "%llu.%u.%u", (unsigned long long)wait->serial, wait->frame,
                        wait->entered);
}

/* ---- keys ---- */

void key_load(const struct source *source, str name, str key, struct key_record *out)
{
    struct key at;
    json record;
    *out = (struct key_record){ .name = name, .key = key };
    out->open = json_array(NULL, 0);
    out->last = json_null();
    key_callback_key(&at, source->number, name, key);
    if (!source_find(source, &at, &record)) return;
    const json *open = json_find(record, STR("open")), *last = json_find(record, STR("last"));
    if (open) out->open = *open;
    if (last) out->last = *last;
    out->kept = json_i64_or(record, STR("kept"), 0);
}

void key_store(struct txn *txn, const struct key_record *record)
{
    struct key at;
    struct buf out;
    key_callback_key(&at, shard_number(txn_shard(txn)), record->name, record->key);
    if (json_count(record->open) == 0 && !json_is_array(record->last) && record->kept <= 0) {
        txn_delete(txn, &at);
        return;
    }
    buf_init(&out, txn_arena(txn));
    buf_add(&out, STR("{\"v\":1"));
    if (json_count(record->open) > 0) {
        buf_add(&out, STR(",\"open\":"));
        json_write(&out, record->open);
    }
    if (json_is_array(record->last)) {
        buf_add(&out, STR(",\"last\":"));
        json_write(&out, record->last);
    }
    if (record->kept > 0) {
        buf_add(&out, STR(",\"kept\":"));
        buf_add_i64(&out, record->kept);
    }
    buf_add_char(&out, '}');
    txn_put(txn, &at, buf_str(&out));
}

static bool is_same_wait(json id, const struct wait *wait)
{
    uint64_t serial;
    uint32_t frame, entered;
    return wait_id_read(id, &serial, &frame, &entered) && serial == wait->serial &&
           frame == wait->frame && entered == wait->entered;
}

static json without(struct arena *arena, json open, const struct wait *wait)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(open); i++)
        if (!is_same_wait(json_at(open, i), wait)) json_list_add(&list, json_at(open, i));
    return json_list_done(&list);
}

bool key_register(struct txn *txn, const struct wait *wait, str name, str key, str policy,
                  struct wait *holder)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    struct json_list open;
    uint64_t serial;
    uint32_t frame, entered;
    key_load(&source, name, key, &record);
    json others = without(source.arena, record.open, wait);
    size_t count = json_count(others);
    bool alone = policy.len == 0 || str_eq(policy, STR("REJECT"));
    if ((count > 0 && alone) || count >= CALLBACK_WAITERS_PER_KEY_MAX) {
        bool read = wait_id_read(json_at(others, 0), &serial, &frame, &entered);
        ASSERT(read);
        (void)wait_load(&source, serial, frame, entered, holder);
        return false;
    }
    json_list_init(&open, source.arena);
    for (size_t i = 0; i < count; i++)
        json_list_add(&open, json_at(others, i));
    json_list_add(&open, wait_id(source.arena, wait));
    record.open = json_list_done(&open);
    key_store(txn, &record);
    return true;
}

void key_unregister(struct txn *txn, const struct wait *wait, str name, str key)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    key_load(&source, name, key, &record);
    record.open = without(source.arena, record.open, wait);
    record.last = wait_id(source.arena, wait);
    key_store(txn, &record);
}

str key_taken_text(const struct source *source, str name, str key, const struct wait *holder)
{
    return arena_printf(
        source->arena, "The key '%.*s' of '%.*s' is taken by the state '%.*s' of %.*s, since %.*s.",
        STR_ARGS(key), STR_ARGS(name), STR_ARGS(wait_get_str(holder, "state")),
        STR_ARGS(wait_execution_arn(source, holder)),
        STR_ARGS(timestamp_text(source->arena, wait_get_i64(holder, "since"))));
}
