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

/* The record that this transaction has read or written last: an answer and the end of the wait that
 * it causes read the same one. */
struct memo {
    uint64_t serial;
    uint32_t frame, entered;
    json record;
};

static bool find_memo(const struct source *source, const struct wait *wait, json *record)
{
    const struct memo *memo = source->txn ? *txn_memo(source->txn) : NULL;
    if (!memo || memo->serial != wait->serial || memo->frame != wait->frame ||
        memo->entered != wait->entered)
        return false;
    *record = memo->record;
    return true;
}

/* `record` is not changed any more. */
static void keep_memo(struct txn *txn, const struct wait *wait, json record)
{
    struct memo *memo = ARENA_NEW(txn_arena(txn), struct memo);
    *memo = (struct memo){ wait->serial, wait->frame, wait->entered, record };
    *txn_memo(txn) = memo;
}

bool wait_load(const struct source *source, uint64_t serial, uint32_t frame, uint32_t entered,
               struct wait *out)
{
    struct key key;
    json record;
    wait_new(source, serial, frame, entered, out);
    if (!find_memo(source, out, &record)) {
        key_wait(&key, source->number, serial, frame, entered);
        if (!source_find(source, &key, &record)) return false;
        if (source->txn) keep_memo(source->txn, out, record);
    }
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
    struct json_fields copy;
    json_fields_from(&copy, txn_arena(txn), wait_record(wait));
    keep_memo(txn, wait, json_fields_done(&copy));
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

/* Its name; empty if it is nobody's. */
static str name_of_responder(const struct wait *wait, uint8_t responder)
{
    json names = wait_get(wait, "responders");
    if (responder == 0 || responder > json_count(names)) return STR("");
    return json_str(json_at(names, responder - 1u));
}

int64_t wait_code_tries(const struct wait *wait, uint8_t responder)
{
    str name = name_of_responder(wait, responder);
    if (name.len == 0) return wait_get_i64(wait, "codeTries");
    return json_i64_or(wait_get(wait, "responderTries"), name, 0);
}

void wait_count_code_try(struct wait *wait, uint8_t responder)
{
    struct json_fields tries;
    str name = name_of_responder(wait, responder);
    int64_t count = wait_code_tries(wait, responder) + 1;
    if (name.len == 0) {
        wait_set_i64(wait, "codeTries", count);
        return;
    }
    json before = wait_get(wait, "responderTries");
    json_fields_init(&tries, wait->fields.arena);
    if (json_is_object(before)) json_fields_from(&tries, wait->fields.arena, before);
    json_fields_add(&tries, name, json_i64(wait->fields.arena, count));
    wait_set(wait, "responderTries", json_fields_done(&tries));
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

static const struct outcome default_outcomes[] = {
    { .name = STR_INIT("approve"), .label = STR_INIT("Approve") },
    { .name = STR_INIT("reject"), .label = STR_INIT("Reject"), .fails = true },
};

size_t wait_outcome_count(const struct wait *wait)
{
    json outcomes = wait_get(wait, "outcomes");
    return json_is_bool(outcomes) ? 2 : json_count(outcomes);
}

struct outcome wait_outcome_at(const struct wait *wait, size_t index)
{
    json outcomes = wait_get(wait, "outcomes");
    if (json_is_bool(outcomes)) return default_outcomes[index];
    json row = json_at(outcomes, index);
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
    /* The decision is one of the first: it stands for itself. */
    size_t first = CALLBACK_ATTEMPTS_FIRST - json_is_object(wait_get(wait, "decided"));
    bool full = count >= first + CALLBACK_ATTEMPTS_LAST;
    if (!json_find(json_fields_done(note), STR("at"))) add_i64(note, "at", source->now_ms);
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < count; i++)
        if (!full || i != first) json_list_add(&list, json_at(attempts, i));
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
    out->waits = json_array(NULL, 0);
    key_callback_key(&at, source->number, name, key);
    if (!source_find(source, &at, &record)) return;
    const json *waits = json_find(record, STR("waits"));
    if (waits) out->waits = *waits;
    out->kept = json_i64_or(record, STR("kept"), 0);
}

void key_store(struct txn *txn, const struct key_record *record)
{
    struct key at;
    struct buf out;
    key_callback_key(&at, shard_number(txn_shard(txn)), record->name, record->key);
    if (json_count(record->waits) == 0 && record->kept <= 0) {
        txn_delete(txn, &at);
        return;
    }
    buf_init(&out, txn_arena(txn));
    buf_add(&out, STR("{\"v\":1"));
    if (json_count(record->waits) > 0) {
        buf_add(&out, STR(",\"waits\":"));
        json_write(&out, record->waits);
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

bool wait_load_id(const struct source *source, json id, struct wait *out)
{
    uint64_t serial;
    uint32_t frame, entered;
    return wait_id_read(id, &serial, &frame, &entered) &&
           wait_load(source, serial, frame, entered, out);
}

static json from_index(struct arena *arena, json waits, size_t first)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = first; i < json_count(waits); i++)
        json_list_add(&list, json_at(waits, i));
    return json_list_done(&list);
}

bool key_oldest(const struct source *source, struct key_record *record, struct wait *out)
{
    size_t count = json_count(record->waits);
    for (size_t i = 0; i < count; i++) {
        if (!wait_load_id(source, json_at(record->waits, i), out) || !wait_is_open(out)) continue;
        record->changed = i > 0;
        if (i > 0) record->waits = from_index(source->arena, record->waits, i);
        return true;
    }
    return false;
}

/* It can be answered now, or when its state tries again: its key is not free for others. */
static bool holds_key(const struct source *source, const struct wait *wait)
{
    if (wait_is_open(wait)) return true;
    struct execution *execution = txn_execution_load(source->txn, wait->serial);
    const struct frame *frame = execution ? txn_frame(source->txn, execution, wait->frame) : NULL;
    return frame && frame->status == FRAME_WAIT_RETRY && frame->entered_event == wait->entered;
}

/* The others, from the oldest on that holds the key; those behind it are looked at only if
 * `all`. */
static json others_of(const struct source *source, json waits, const struct wait *wait, bool all)
{
    struct json_list list;
    struct wait other;
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < json_count(waits); i++) {
        json id = json_at(waits, i);
        if (is_same_wait(id, wait)) continue;
        bool look = all || list.count == 0;
        if (!look || (wait_load_id(source, id, &other) && holds_key(source, &other)))
            json_list_add(&list, id);
    }
    return json_list_done(&list);
}

bool key_register(struct txn *txn, const struct wait *wait, str name, str key, str policy,
                  struct key_holder *holder)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    struct json_list waits;
    key_load(&source, name, key, &record);
    size_t known = json_count(record.waits);
    if (known == 1 && is_same_wait(json_at(record.waits, 0), wait)) return true;
    json others = others_of(&source, record.waits, wait, known >= CALLBACK_WAITERS_PER_KEY_MAX);
    size_t count = json_count(others);
    bool alone = policy.len == 0 || str_eq(policy, STR("REJECT"));
    if ((count > 0 && alone) || count >= CALLBACK_WAITERS_PER_KEY_MAX) {
        bool found = wait_load_id(&source, json_at(others, 0), &holder->oldest);
        ASSERT(found);
        holder->full = count >= CALLBACK_WAITERS_PER_KEY_MAX;
        return false;
    }
    json_list_init(&waits, source.arena);
    for (size_t i = 0; i < count; i++)
        json_list_add(&waits, json_at(others, i));
    json_list_add(&waits, wait_id(source.arena, wait));
    record.waits = json_list_done(&waits);
    key_store(txn, &record);
    return true;
}

void key_unregister(struct txn *txn, const struct wait *wait, str name, str key)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    key_load(&source, name, key, &record);
    record.waits = others_of(&source, record.waits, wait, false);
    key_store(txn, &record);
}

str key_taken_text(const struct source *source, str name, str key, const struct key_holder *holder)
{
    str held = STR("is taken by");
    if (holder->full)
        held = arena_printf(source->arena, "has %d waits, the most that it may have: the oldest is",
                            CALLBACK_WAITERS_PER_KEY_MAX);
    return arena_printf(
        source->arena, "The key '%.*s' of '%.*s' %.*s the state '%.*s' of %.*s, since %.*s.",
        STR_ARGS(key), STR_ARGS(name), STR_ARGS(held),
        STR_ARGS(wait_get_str(&holder->oldest, "state")),
        STR_ARGS(wait_execution_arn(source, &holder->oldest)),
        STR_ARGS(timestamp_text(source->arena, wait_get_i64(&holder->oldest, "since"))));
}
