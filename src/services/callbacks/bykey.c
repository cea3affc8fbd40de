/* Answers by key: to whoever waits for it, to the mailbox if nobody does. Message ids are
 * remembered beyond delivery, so that a repetition never reaches the next wait of the same key;
 * they stand in windows of CALLBACKS_ID_WINDOW_MS, of which the old ones are dropped as a whole
 * (expire.c). */
#include "services/callbacks/internal.h"

struct by_key {
    struct txn *txn;
    struct source source;
    str name, key;
    const struct answer *answer;
    str digest;
    struct key_record record;
    struct verdict *out;
};

/* ---- message ids ---- */

static str note_id(struct arena *arena, str key, str message_id)
{
    struct buf id;
    buf_init(&id, arena);
    buf_add(&id, key);
    buf_add_char(&id, '\0');
    buf_add(&id, message_id);
    return buf_str(&id);
}

static uint64_t window_of(int64_t ms)
{
    return ms > 0 ? (uint64_t)(ms / CALLBACKS_ID_WINDOW_MS) : 0;
}

/* How many windows back an answer may still be in the mailbox. */
static uint64_t windows_back(const struct by_key *k)
{
    struct callback_name settings;
    (void)callback_name_load(&k->source, k->name, &settings);
    return 1 + (uint64_t)(settings.ttl_s * 1000 / CALLBACKS_ID_WINDOW_MS);
}

static bool find_id(const struct by_key *k, str *value)
{
    struct key key;
    str id = note_id(k->source.arena, k->key, k->answer->message_id);
    uint64_t window = window_of(k->source.now_ms), back = windows_back(k);
    for (uint64_t i = 0; i <= back && i <= window; i++) {
        key_callback_note(&key, k->source.number, NOTE_ID, window - i, k->name, id);
        if (source_get(&k->source, &key, value)) return true;
    }
    return false;
}

static void remember_id(const struct by_key *k, str value)
{
    struct key key;
    int64_t at_ms = k->answer->kept ? k->answer->kept->at_ms : k->source.now_ms;
    key_callback_note(&key, k->source.number, NOTE_ID, window_of(at_ms), k->name,
                      note_id(k->source.arena, k->key, k->answer->message_id));
    txn_put(k->txn, &key, value);
}

void message_id_delivered(struct txn *txn, str name, str key, str message_id,
                          const struct wait *wait)
{
    struct source source = callbacks_source(txn);
    struct key at;
    key_callback_note(&at, source.number, NOTE_ID, window_of(source.now_ms), name,
                      note_id(source.arena, key, message_id));
    txn_put(txn, &at, json_text(source.arena, wait_id(source.arena, wait)));
}

void message_id_forget(struct txn *txn, str name, str key, str message_id, int64_t at_ms)
{
    struct source source = callbacks_source(txn);
    struct key at;
    key_callback_note(&at, source.number, NOTE_ID, window_of(at_ms), name,
                      note_id(source.arena, key, message_id));
    txn_delete(txn, &at);
}

/* ---- waits of a key ---- */

static bool give_to(struct by_key *k, json id, struct verdict *out)
{
    struct attempt a = {
        .txn = k->txn,
        .source = k->source,
        .answer = k->answer,
        .out = out,
    };
    if (!wait_load_id(&k->source, id, &a.wait)) return false;
    attempt_run(&a);
    return true;
}

static void remember(struct by_key *k, json id)
{
    bool counts = k->out->kind == VERDICT_ACCEPTED || k->out->kind == VERDICT_RECORDED;
    if (k->answer->message_id.len == 0 || !counts || k->answer->kind == ANSWER_HEARTBEAT) return;
    remember_id(k, json_text(k->source.arena, id));
}

/* The oldest gets it; all do if the oldest says so. */
static void answer_waiters(struct by_key *k, const struct wait *oldest)
{
    bool all = str_eq(wait_get_str(oldest, "duplicates"), STR("ALL"));
    struct verdict ignored;
    json id = wait_id(k->source.arena, oldest);
    if (k->record.changed) key_store(k->txn, &k->record);
    (void)give_to(k, id, k->out);
    remember(k, id);
    for (size_t i = 0; all && i < json_count(k->record.waits); i++) {
        struct wait other;
        json other_id = json_at(k->record.waits, i);
        if (!json_equal(other_id, id) && wait_load_id(&k->source, other_id, &other) &&
            wait_is_open(&other))
            (void)give_to(k, other_id, &ignored);
    }
}

static void keep(struct by_key *k)
{
    struct callback_name settings;
    (void)callback_name_load(&k->source, k->name, &settings);
    if (settings.ttl_s <= 0 || k->answer->kind == ANSWER_HEARTBEAT) {
        verdict_message(&k->source, k->out, VERDICT_UNKNOWN, STR("Nobody waits for this key."));
        stray_note(k->txn, k->name, k->key, k->answer);
        return;
    }
    mailbox_keep(k->txn, &settings, &k->record, k->answer, k->digest, k->out);
    if (k->out->kind == VERDICT_KEPT && k->answer->message_id.len) remember_id(k, STR("kept"));
}

/* It is early: the state of the last wait is about to ask again; or its execution still runs and
 * may wait for the key again, and the message says by its own id that it is another one. */
static bool may_be_early(struct by_key *k, struct attempt *last)
{
    if (k->answer->kind == ANSWER_HEARTBEAT) return false;
    json decided = wait_get(&last->wait, "decided");
    if (json_is_object(decided) && answer_repeats(k->answer, k->digest, decided)) return false;
    if (attempt_is_between(last)) return true;
    return json_is_object(decided) && k->answer->message_id.len &&
           txn_execution_load(k->txn, last->wait.serial) != NULL;
}

static void answer_last(struct by_key *k)
{
    struct attempt a = {
        .txn = k->txn,
        .source = k->source,
        .answer = k->answer,
        .out = k->out,
    };
    json last = json_at(k->record.waits, json_count(k->record.waits) - 1);
    if (!wait_load_id(&k->source, last, &a.wait) || may_be_early(k, &a)) {
        keep(k);
        return;
    }
    attempt_run(&a);
}

/* The same message, whatever has become of the key since. */
static bool tell_repeated(struct by_key *k)
{
    str value;
    json id;
    struct error err = { 0 };
    if (k->answer->message_id.len == 0 || k->answer->kind == ANSWER_HEARTBEAT) return false;
    if (!find_id(k, &value)) return false;
    struct attempt a = {
        .txn = k->txn,
        .source = k->source,
        .answer = k->answer,
        .digest = k->digest,
        .out = k->out,
    };
    bool delivered = json_count(k->record.waits) > 0;
    if (str_eq(value, STR("kept")) &&
        mailbox_repeats(&k->source, &k->record, k->answer, k->digest, k->out))
        return true;
    if (!str_eq(value, STR("kept")) && json_parse(value, k->source.arena, &id, &err) &&
        wait_load_id(&k->source, id, &a.wait) && !wait_is_open(&a.wait)) {
        attempt_run(&a);
        if (k->out->kind == VERDICT_DUPLICATE || k->out->kind == VERDICT_DIFFERENT) {
            k->out->kind = VERDICT_DUPLICATE;
            return true;
        }
    }
    struct json_fields detail;
    json_fields_init(&detail, k->source.arena);
    add_str(&detail, "status",
            str_eq(value, STR("kept")) && !delivered ? STR("kept") : STR("accepted"));
    verdict_set(k->out, VERDICT_DUPLICATE, json_fields_done(&detail));
    return true;
}

void answer_by_key(struct txn *txn, str name, str key, const struct answer *answer,
                   struct verdict *out)
{
    struct by_key k = {
        .txn = txn,
        .source = callbacks_source(txn),
        .name = name,
        .key = key,
        .answer = answer,
        .out = out,
    };
    if (!name_is_callback_name(name) || !callback_key_is_good(key)) {
        verdict_message(&k.source, out, VERDICT_UNKNOWN, STR("This is no callback key."));
        return;
    }
    if (answer->message_id.len > CALLBACK_MESSAGE_ID_BYTES_MAX) {
        verdict_message(&k.source, out, VERDICT_TOO_LARGE, STR("The message id is too long."));
        return;
    }
    k.digest = answer->digest.len ? answer->digest : answer_digest(answer, k.source.arena);
    key_load(&k.source, name, key, &k.record);
    if (tell_repeated(&k)) return;
    struct wait oldest;
    if (key_oldest(&k.source, &k.record, &oldest))
        answer_waiters(&k, &oldest);
    else if (json_count(k.record.waits) > 0)
        answer_last(&k);
    else
        keep(&k);
}

bool waits_by_key(struct txn *txn, str name, str key)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    if (!name_is_callback_name(name) || !callback_key_is_good(key)) return false;
    struct wait oldest;
    key_load(&source, name, key, &record);
    return key_oldest(&source, &record, &oldest);
}

/* ---- binding ---- */

static bool is_policy(str text)
{
    return text.len == 0 || str_eq(text, STR("REJECT")) || str_eq(text, STR("FIRST")) ||
           str_eq(text, STR("ALL"));
}

static void tell_taken(const struct source *source, str name, str key,
                       const struct key_holder *holder, struct verdict *out)
{
    struct json_fields detail;
    json_fields_init(&detail, source->arena);
    add_str(&detail, "message", key_taken_text(source, name, key, holder));
    add_str(&detail, "executionArn", wait_execution_arn(source, &holder->oldest));
    add_str(&detail, "stateName", wait_get_str(&holder->oldest, "state"));
    verdict_set(out, VERDICT_TAKEN, json_fields_done(&detail));
}

/* A wait has one key: a new one replaces it. */
static bool bind(struct txn *txn, const struct source *source, struct wait *wait, str name, str key,
                 str policy, struct verdict *out)
{
    struct key_holder holder;
    struct json_fields detail;
    if (!key_register(txn, wait, name, key, policy, &holder)) {
        tell_taken(source, name, key, &holder, out);
        return false;
    }
    str old_name = wait_get_str(wait, "name"), old_key = wait_get_str(wait, "key");
    bool same = str_eq(old_name, name) && str_eq(old_key, key);
    if (old_key.len && !same) key_unregister(txn, wait, old_name, old_key);
    wait_set_str(wait, "name", name);
    wait_set_str(wait, "key", key);
    wait_set_str(wait, "duplicates", policy);
    wait_store(txn, wait);
    json_fields_init(&detail, source->arena);
    add_str(&detail, "status", STR("bound"));
    verdict_set(out, VERDICT_ACCEPTED, json_fields_done(&detail));
    mailbox_deliver(txn, wait, name, key);
    return true;
}

/* Why the task of that token cannot get a key: it is answered, or over otherwise. A heartbeat is
 * what leaves no trace. */
static void tell_over(struct txn *txn, token to, struct verdict *out)
{
    const struct answer nothing = { .kind = ANSWER_HEARTBEAT };
    struct attempt a = {
        .txn = txn,
        .source = callbacks_source(txn),
        .answer = &nothing,
        .out = out,
    };
    bool known = wait_load_by_token(&a.source, to, &a.wait) && !wait_is_open(&a.wait);
    if (known && wait_get_i64(&a.wait, "task") == to.task_event)
        attempt_run(&a);
    else
        verdict_message(&a.source, out, VERDICT_CLOSED,
                        STR("The task of this token does not wait any more."));
}

bool key_bind(struct txn *txn, str name, str key, token to, str on_duplicate, str peer,
              struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    (void)peer;
    if (!name_is_callback_name(name) || !callback_key_is_good(key) || !is_policy(on_duplicate)) {
        verdict_message(&source, out, VERDICT_UNKNOWN, STR("This is no callback key."));
        return false;
    }
    struct execution *execution = txn_execution_load(txn, to.serial);
    struct frame *frame = execution ? txn_frame(txn, execution, to.frame) : NULL;
    if (!frame || frame->status != FRAME_WAIT_TASK || frame->task_event != to.task_event ||
        !frame->has_token) {
        tell_over(txn, to, out);
        return false;
    }
    if (!wait_load(&source, to.serial, to.frame, frame->entered_event, &wait) ||
        !wait_is_open(&wait))
        wait_watch(txn, execution, frame, &wait);
    return bind(txn, &source, &wait, name, key, on_duplicate, out);
}
