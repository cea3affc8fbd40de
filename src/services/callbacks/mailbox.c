/* The mailbox: answers by key that came before their wait. Bounded per name and per key; an entry
 * leaves it by delivery, by an operator, or when its time is over, and then it is counted. */
#include "base/timestamp.h"
#include "services/callbacks/internal.h"

static const char *const KINDS[] = { "success", "failure", "heartbeat", "outcome" };

/* ---- counts and strays ---- */

static void counts_key(struct key *key, uint16_t number, str name)
{
    key_callback_note(key, number, NOTE_COUNTS, 0, name, STR(""));
}

void counts_load(const struct source *source, str name, struct mailbox_counts *out)
{
    struct key key;
    json record;
    *out = (struct mailbox_counts){ 0 };
    counts_key(&key, source->number, name);
    if (!source_find(source, &key, &record)) return;
    out->entries = json_i64_or(record, STR("entries"), 0);
    out->bytes = json_i64_or(record, STR("bytes"), 0);
    out->dropped = json_i64_or(record, STR("dropped"), 0);
    out->unknown = json_i64_or(record, STR("unknown"), 0);
}

void counts_store(struct txn *txn, str name, const struct mailbox_counts *counts)
{
    struct json_fields fields;
    struct key key;
    json_fields_init(&fields, txn_arena(txn));
    add_i64(&fields, "v", 1);
    add_i64(&fields, "entries", counts->entries);
    add_i64(&fields, "bytes", counts->bytes);
    add_i64(&fields, "dropped", counts->dropped);
    add_i64(&fields, "unknown", counts->unknown);
    counts_key(&key, shard_number(txn_shard(txn)), name);
    txn_put(txn, &key, json_text(txn_arena(txn), json_fields_done(&fields)));
}

void mailbox_count(const struct source *source, str name, struct mailbox_counts *out)
{
    counts_load(source, name, out);
}

void stray_note(struct txn *txn, str name, str key, const struct answer *answer)
{
    struct source source = callbacks_source(txn);
    struct mailbox_counts counts;
    struct json_fields fields;
    struct key at;
    counts_load(&source, name, &counts);
    json_fields_init(&fields, source.arena);
    add_str(&fields, "key", key);
    add_i64(&fields, "at", source.now_ms);
    add_str(&fields, "via", answer->via);
    add_str(&fields, "peer", answer->peer);
    add_str(&fields, "messageId", answer->message_id);
    key_callback_note(&at, source.number, NOTE_STRAY,
                      (uint64_t)counts.unknown % CALLBACK_STRAYS_MAX, name, STR(""));
    txn_put(txn, &at, json_text(source.arena, json_fields_done(&fields)));
    counts.unknown++;
    counts_store(txn, name, &counts);
}

json strays_list(const struct source *source, str name)
{
    struct mailbox_counts counts;
    struct json_list list;
    struct key at;
    json stray;
    counts_load(source, name, &counts);
    json_list_init(&list, source->arena);
    for (int64_t i = 1; i <= CALLBACK_STRAYS_MAX && i <= counts.unknown; i++) {
        key_callback_note(&at, source->number, NOTE_STRAY,
                          (uint64_t)(counts.unknown - i) % CALLBACK_STRAYS_MAX, name, STR(""));
        if (source_find(source, &at, &stray))
            json_list_add(&list, shown_entry(source, stray, true));
    }
    return json_list_done(&list);
}

/* ---- entries ---- */

static str order_text(struct arena *arena, uint64_t order)
{
    return arena_printf(arena, "%llu", (unsigned long long)order);
}

/* Sorted by time in NOTE_EXPIRY; its id leads back to the entry. */
static void expiry_key(struct key *key, uint16_t number, struct arena *arena,
                       const struct mailbox_entry *entry)
{
    str id = arena_printf(arena, "%.*s\n%.*s", STR_ARGS(entry->key),
                          STR_ARGS(order_text(arena, entry->order)));
    key_callback_note(key, number, NOTE_EXPIRY, (uint64_t)entry->until_ms, entry->name, id);
}

static void read_entry(const struct source *source, str name, str key, uint64_t order, str value,
                       struct mailbox_entry *out)
{
    json entry = source_parse(source, value);
    *out = (struct mailbox_entry){
        .name = name,
        .key = key,
        .order = order,
        .at_ms = json_i64_or(entry, STR("at"), 0),
        .until_ms = json_i64_or(entry, STR("until"), 0),
        .bytes = value.len,
        .answer = entry,
    };
}

bool mailbox_find(const struct source *source, str name, str key, uint64_t order,
                  struct mailbox_entry *out)
{
    struct key at;
    str value;
    key_mailbox(&at, source->number, name, key, order);
    if (!source_get(source, &at, &value)) return false;
    read_entry(source, name, key, order, value, out);
    return true;
}

static uint64_t order_of_key(str key)
{
    struct key_reader fields;
    str name, rest;
    struct arena arena;
    uint64_t order;
    arena_init(&arena);
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name) ||
        !key_read_bytes(&fields, &arena, &rest) || !key_read_u64(&fields, &order))
        fatal("the key of a kept answer does not decode");
    arena_close(&arena);
    return order;
}

/* The first entry of the key from `order` on. */
static bool next_entry(const struct source *source, str name, str key, uint64_t order,
                       struct mailbox_entry *out)
{
    struct key from, to;
    str at, value;
    key_mailbox(&from, source->number, name, key, order);
    key_mailbox_prefix(&to, source->number, name, key);
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &at, &value);
    if (found) read_entry(source, name, key, order_of_key(at), value, out);
    store_cursor_close(cursor);
    return found;
}

void mailbox_answer(const struct source *source, json entry, struct answer *out)
{
    str kind = json_str_or(entry, STR("kind"), STR("success"));
    const json *output = json_find(entry, STR("output"));
    (void)source;
    *out = (struct answer){
        .output = output ? *output : json_null(),
        .error = json_str_or(entry, STR("error"), (str){ NULL, 0 }),
        .cause = json_str_or(entry, STR("cause"), (str){ NULL, 0 }),
        .outcome = json_str_or(entry, STR("outcome"), STR("")),
        .message_id = json_str_or(entry, STR("messageId"), STR("")),
        .digest = json_str_or(entry, STR("digest"), STR("")),
        .by = json_str_or(entry, STR("by"), STR("")),
        .responder = json_str_or(entry, STR("responder"), STR("")),
        .via = json_str_or(entry, STR("via"), STR("")),
        .peer = json_str_or(entry, STR("peer"), STR("")),
        .comment = json_str_or(entry, STR("comment"), STR("")),
    };
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (str_eq(kind, str_from(KINDS[i]))) out->kind = (enum answer_kind)i;
}

static str entry_text(const struct source *source, const struct answer *answer, str digest,
                      const struct mailbox_entry *entry)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    add_i64(&fields, "v", 1);
    answer_describe(source, answer, digest, &fields);
    add_i64(&fields, "at", entry->at_ms);
    add_i64(&fields, "until", entry->until_ms);
    add_str(&fields, "kind", str_from(KINDS[answer->kind]));
    if (answer->kind != ANSWER_FAILURE) json_fields_add(&fields, STR("output"), answer->output);
    if (answer->error.ptr) json_fields_add(&fields, STR("error"), json_string(answer->error));
    if (answer->cause.ptr) json_fields_add(&fields, STR("cause"), json_string(answer->cause));
    add_str(&fields, "outcome", answer->outcome);
    add_str(&fields, "responder", answer->responder);
    return json_text(source->arena, json_fields_done(&fields));
}

/* ---- keeping ---- */

static void tell_kept(const struct source *source, enum verdict_kind kind,
                      const struct mailbox_entry *entry, struct verdict *out)
{
    struct json_fields detail;
    json_fields_init(&detail, source->arena);
    if (kind == VERDICT_DUPLICATE) add_str(&detail, "status", STR("kept"));
    add_str(&detail, "id", order_text(source->arena, entry->order));
    add_str(&detail, "until", timestamp_text(source->arena, entry->until_ms));
    verdict_set(out, kind, json_fields_done(&detail));
}

/* The same answer is kept already. */
static bool find_kept(const struct source *source, const struct key_record *record,
                      const struct answer *answer, str digest, struct mailbox_entry *entry)
{
    if (record->kept <= 0) return false;
    uint64_t order = 0;
    while (next_entry(source, record->name, record->key, order, entry)) {
        if (answer_repeats(answer, digest, entry->answer)) return true;
        order = entry->order + 1;
    }
    return false;
}

bool mailbox_repeats(const struct source *source, const struct key_record *record,
                     const struct answer *answer, str digest, struct verdict *out)
{
    struct mailbox_entry entry;
    if (!find_kept(source, record, answer, digest, &entry)) return false;
    tell_kept(source, VERDICT_DUPLICATE, &entry, out);
    return true;
}

bool wait_has_kept_answer(const struct source *source, const struct wait_view *view, str responder)
{
    struct wait wait;
    struct mailbox_entry entry;
    uint64_t order = 0;
    wait_new(source, view->serial, view->frame, view->entered, &wait);
    str key = wait_text(source->arena, &wait);
    while (next_entry(source, STR(""), key, order, &entry)) {
        str whose = json_str_or(entry.answer, STR("responder"), STR(""));
        if (entry.until_ms > source->now_ms && str_eq(whose, responder)) return true;
        order = entry.order + 1;
    }
    return false;
}

/* What moves from one key to another takes no more of the name's space. */
static bool is_full(const struct callback_name *settings, const struct key_record *record,
                    const struct mailbox_counts *counts, size_t bytes, bool moves)
{
    if (moves) return record->kept >= CALLBACK_MAILBOX_PER_KEY_MAX;
    return counts->entries >= settings->entries_max ||
           counts->bytes + (int64_t)bytes > settings->bytes_max ||
           record->kept >= CALLBACK_MAILBOX_PER_KEY_MAX;
}

/* What was kept already stays what it is: when it came, its order, until when. */
static struct mailbox_entry new_entry(const struct source *source,
                                      const struct callback_name *settings,
                                      const struct key_record *record, const struct answer *answer)
{
    struct mailbox_entry entry = {
        .at_ms = source->now_ms,
        .until_ms = source->now_ms + settings->ttl_s * 1000,
    };
    if (answer->kept) entry = *answer->kept;
    entry.name = record->name;
    entry.key = record->key;
    return entry;
}

void mailbox_keep(struct txn *txn, const struct callback_name *settings, struct key_record *record,
                  const struct answer *answer, str digest, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct mailbox_counts counts;
    struct mailbox_entry entry;
    struct key at;
    if (mailbox_repeats(&source, record, answer, digest, out)) return;
    entry = new_entry(&source, settings, record, answer);
    str text = entry_text(&source, answer, digest, &entry);
    counts_load(&source, record->name, &counts);
    if (text.len > 2 * shard_payload_bytes_max(source.shard)) {
        verdict_message(&source, out, VERDICT_TOO_LARGE, STR("The answer is too large."));
        return;
    }
    if (is_full(settings, record, &counts, text.len, answer->kept != NULL)) {
        verdict_message(&source, out, VERDICT_FULL, STR("The mailbox is full."));
        return;
    }
    if (!answer->kept) entry.order = txn_serial(txn);
    key_mailbox(&at, source.number, record->name, record->key, entry.order);
    txn_put(txn, &at, text);
    expiry_key(&at, source.number, source.arena, &entry);
    txn_put(txn, &at, STR(""));
    record->kept++;
    key_store(txn, record);
    counts.entries++;
    counts.bytes += (int64_t)text.len;
    counts_store(txn, record->name, &counts);
    txn_notify(txn, str_from(callbacks_expiry_topic), 1);
    tell_kept(&source, VERDICT_KEPT, &entry, out);
}

void mailbox_remove(struct txn *txn, const struct mailbox_entry *entry, bool expired)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    struct mailbox_counts counts;
    struct key at;
    key_mailbox(&at, source.number, entry->name, entry->key, entry->order);
    txn_delete(txn, &at);
    expiry_key(&at, source.number, source.arena, entry);
    txn_delete(txn, &at);
    key_load(&source, entry->name, entry->key, &record);
    record.kept--;
    key_store(txn, &record);
    counts_load(&source, entry->name, &counts);
    counts.entries--;
    counts.bytes -= (int64_t)entry->bytes;
    if (expired) counts.dropped++;
    counts_store(txn, entry->name, &counts);
    /* It has come to nothing: whoever sends it once more is heard. */
    str id = json_str_or(entry->answer, STR("messageId"), STR(""));
    if (expired && id.len) message_id_forget(txn, entry->name, entry->key, id, entry->at_ms);
}

/* ---- delivering ---- */

static bool wait_still_open(struct txn *txn, const struct wait *wait)
{
    struct execution *execution = txn_execution_load(txn, wait->serial);
    const struct frame *frame = execution ? txn_frame(txn, execution, wait->frame) : NULL;
    return frame && frame->status == FRAME_WAIT_TASK && frame->entered_event == wait->entered;
}

/* False: the wait does not take it; it stays, and is shown as what nobody took. */
static bool deliver_entry(struct txn *txn, const struct wait *wait,
                          const struct mailbox_entry *entry)
{
    struct answer answer;
    struct verdict verdict;
    struct attempt a = {
        .txn = txn,
        .source = callbacks_source(txn),
        .answer = &answer,
        .out = &verdict,
    };
    mailbox_answer(&a.source, entry->answer, &answer);
    (void)wait_load(&a.source, wait->serial, wait->frame, wait->entered, &a.wait);
    attempt_run(&a);
    bool counts = verdict.kind == VERDICT_ACCEPTED || verdict.kind == VERDICT_RECORDED;
    if (counts && entry->name.len && answer.message_id.len)
        message_id_delivered(txn, entry->name, entry->key, answer.message_id, wait);
    return counts || verdict.kind == VERDICT_DUPLICATE;
}

void mailbox_deliver(struct txn *txn, const struct wait *wait, str name, str key)
{
    struct source source = callbacks_source(txn);
    struct key_record record;
    struct mailbox_entry entry;
    uint64_t order = 0;
    key_load(&source, name, key, &record);
    if (record.kept <= 0) return;
    while (wait_still_open(txn, wait) && next_entry(&source, name, key, order, &entry)) {
        order = entry.order + 1;
        bool expired = entry.until_ms <= source.now_ms;
        if (expired || deliver_entry(txn, wait, &entry)) mailbox_remove(txn, &entry, expired);
    }
}

/* ---- operators ---- */

/* Entries of one name from the position on, with keys that begin with the prefix. */
size_t mailbox_list(const struct source *source, str name, str key_prefix,
                    const struct mailbox_position *after, struct mailbox_entry *out, size_t max)
{
    struct key from, to;
    str at, value, read_name, key;
    struct key_reader fields;
    uint64_t order;
    size_t count = 0;
    key_mailbox_prefix(&from, source->number, name, key_prefix);
    from.len = (uint16_t)(from.len - 2); /* without the end of the key: any that begins so */
    to = from;
    key_range_end(&to);
    if (after) {
        key_mailbox(&from, source->number, name, after->key, after->order);
        key_add_u8(&from, 0);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < max && store_cursor_next(cursor, &at, &value)) {
        if (!key_read_begin(&fields, at) || !key_read_text(&fields, &read_name) ||
            !key_read_bytes(&fields, source->arena, &key) || !key_read_u64(&fields, &order))
            fatal("the key of a kept answer does not decode");
        read_entry(source, name, key, order, value, &out[count]);
        if (out[count].until_ms > source->now_ms) count++;
    }
    store_cursor_close(cursor);
    return count;
}

bool mailbox_drop(struct txn *txn, str name, str key, uint64_t order)
{
    struct source source = callbacks_source(txn);
    struct mailbox_entry entry;
    if (!callback_key_is_good(key) || !mailbox_find(&source, name, key, order, &entry))
        return false;
    mailbox_remove(txn, &entry, false);
    return true;
}

static bool find_for_operator(struct txn *txn, str name, str key, uint64_t order,
                              struct mailbox_entry *entry, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    if (callback_key_is_good(key) && mailbox_find(&source, name, key, order, entry)) return true;
    verdict_message(&source, out, VERDICT_UNKNOWN, STR("There is no such kept answer."));
    return false;
}

/* It leaves the mailbox only when somebody has taken it. */
static void remove_if_taken(struct txn *txn, const struct mailbox_entry *entry,
                            const struct verdict *verdict)
{
    if (verdict_status(verdict) < 300) mailbox_remove(txn, entry, false);
}

bool mailbox_rekey(struct txn *txn, str name, str key, uint64_t order, str new_key,
                   struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct mailbox_entry entry;
    struct answer answer;
    if (str_eq(key, new_key)) return mailbox_replay(txn, name, key, order, out);
    if (!find_for_operator(txn, name, key, order, &entry, out)) return false;
    mailbox_answer(&source, entry.answer, &answer);
    answer.kept = &entry;
    answer_by_key(txn, name, new_key, &answer, out);
    remove_if_taken(txn, &entry, out);
    return true;
}

/* Without its message id, which is remembered already. */
bool mailbox_replay(struct txn *txn, str name, str key, uint64_t order, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct mailbox_entry entry;
    struct answer answer;
    if (!find_for_operator(txn, name, key, order, &entry, out)) return false;
    mailbox_answer(&source, entry.answer, &answer);
    answer.message_id = STR("");
    if (!waits_by_key(txn, name, key)) {
        tell_kept(&source, VERDICT_KEPT, &entry, out);
        out->first_time = false;
        return true;
    }
    answer_by_key(txn, name, key, &answer, out);
    remove_if_taken(txn, &entry, out);
    return true;
}
