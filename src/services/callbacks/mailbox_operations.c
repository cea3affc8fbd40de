/* ListMailbox, RekeyMailbox, ReplayMailbox, DropMailbox: answers that are kept because nobody has
 * waited for them yet. An entry is named by name, key and order. */
#include "services/callbacks/operations.h"

/* ---- names that have entries ---- */

/* The first name behind `after` (NULL: of all) that has an entry; false if there is none. Answers
 * by link that came between two attempts have an empty one. */
static bool next_name(const struct source *source, const str *after, str *out)
{
    struct key from, to;
    struct key_reader fields;
    str key, value;
    key_begin(&to, source->number, KEY_MAILBOX);
    from = to;
    key_range_end(&to);
    if (after) {
        key_add_text(&from, *after);
        key_range_end(&from);
    }
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, out))
            fatal("the key of a mailbox entry does not decode");
        *out = arena_str(source->arena, *out);
    }
    store_cursor_close(cursor);
    return found;
}

/* ---- ListMailbox ---- */

/* Where a page begins: behind this entry. In a page token: name, key and order, a line each (none
 * of them holds a line's end). */
struct place {
    str name;
    struct mailbox_position position;
};

static str place_text(const struct source *source, const struct mailbox_entry *entry)
{
    return arena_printf(source->arena, "%.*s\n%.*s\n%llu", STR_ARGS(entry->name),
                        STR_ARGS(entry->key), (unsigned long long)entry->order);
}

static void place_read(str text, struct place *out)
{
    size_t first = str_find_char(text, '\n', 0);
    size_t second = str_find_char(text, '\n', first + 1);
    int64_t order;
    if (!str_to_i64(str_skip(text, second + 1), &order))
        fatal("a page token of our own does not decode");
    out->name = str_slice(text, 0, first);
    out->position.key = str_slice(text, first + 1, second);
    out->position.order = (uint64_t)order;
}

/* Fills `out` with entries of one name or, with an empty one, of all. */
static size_t collect(const struct source *source, str name, str key_prefix, str position,
                      struct mailbox_entry *out, size_t max)
{
    struct place place = { .name = name };
    const struct mailbox_position *after = NULL;
    size_t count = 0;
    if (position.len > 0) {
        place_read(position, &place);
        after = &place.position;
    } else if (name.len == 0 && !next_name(source, NULL, &place.name)) {
        return 0;
    }
    for (;;) {
        count += mailbox_list(source, place.name, key_prefix, after, out + count, max - count);
        after = NULL;
        if (count == max || name.len > 0) return count;
        if (!next_name(source, &place.name, &place.name)) return count;
    }
}

static void write_entry(const struct source *source, const struct mailbox_entry *entry,
                        struct buf *out)
{
    reply_str(out, "name", entry->name);
    reply_str(out, "key", entry->key);
    reply_str(out, "order", arena_printf(source->arena, "%llu", (unsigned long long)entry->order));
    reply_time(out, "at", entry->at_ms);
    reply_time(out, "until", entry->until_ms);
    reply_i64(out, "bytes", (int64_t)entry->bytes);
}

enum handled handle_list_mailbox(const struct reader *reader, struct request *request,
                                 struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    str name = json_str_or(request->params, STR("name"), STR(""));
    str prefix = json_str_or(request->params, STR("keyPrefix"), STR(""));
    str scope =
        arena_printf(source.arena, "ListMailbox %.*s %.*s", STR_ARGS(name), STR_ARGS(prefix));
    if (!page_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct mailbox_entry *entries = arena_array(source.arena, page.limit + 1, sizeof *entries);
    size_t count = collect(&source, name, prefix, page.position, entries, page.limit + 1);
    struct buf *out = reply_begin(request);
    reply_name(out, "entries");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count && i < page.limit; i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        write_entry(&source, &entries[i], out);
        reply_json(out, "answer", shown_entry(&source, entries[i].answer, true));
        reply_close(out);
    }
    buf_add_char(out, ']');
    if (name.len > 0) reply_json(out, "strays", strays_list(&source, name));
    if (count > page.limit)
        page_next(&source, &page, out, place_text(&source, &entries[page.limit - 1]));
    reply_close(out);
    return HANDLED;
}

/* ---- changing ---- */

/* The entries that the parameters name, at most CALLBACK_CHANGES_MAX of them. */
static bool find_entries(const struct source *source, json params, struct mailbox_entry *out,
                         size_t *count, struct error *err)
{
    int64_t order = 0;
    str name = json_str_or(params, STR("name"), STR(""));
    str key = json_str_or(params, STR("key"), STR(""));
    str order_text = json_str_or(params, STR("order"), STR(""));
    str prefix = json_str_or(params, STR("keyPrefix"), key);
    if (order_text.len > 0 && (!str_to_i64(order_text, &order) || order < 0))
        return error_set(err, ERROR_VALIDATION, "order must be that of an entry.");
    size_t found = collect(source, name, prefix, STR(""), out, CALLBACK_CHANGES_MAX);
    *count = 0;
    for (size_t i = 0; i < found; i++) {
        if (key.len > 0 && !str_eq(out[i].key, key)) continue;
        if (order_text.len > 0 && out[i].order != (uint64_t)order) continue;
        out[(*count)++] = out[i];
    }
    if (*count > 0) return true;
    return error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no such entry.");
}

typedef bool (*entry_change)(struct txn *txn, const struct mailbox_entry *entry, json params,
                             struct verdict *verdict);

static enum handled run(struct txn *txn, struct request *request, entry_change change,
                        struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct mailbox_entry *entries =
        arena_array(source.arena, CALLBACK_CHANGES_MAX, sizeof *entries);
    size_t count = 0;
    if (!find_entries(&source, request->params, entries, &count, err)) return HANDLED_FAILED;
    bool dry = json_bool_or(request->params, STR("dryRun"), false);
    struct buf *out = reply_begin(request);
    reply_name(out, "entries");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        struct verdict verdict = { .kind = VERDICT_ACCEPTED, .detail = json_null() };
        bool good = dry || change(txn, &entries[i], request->params, &verdict);
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        write_entry(&source, &entries[i], out);
        reply_str(out, good && verdict_status(&verdict) < 300 ? "status" : "error",
                  dry ? STR("matched") : verdict_name(&verdict));
        reply_str_unless_empty(out, "message",
                               json_str_or(verdict.detail, STR("message"), STR("")));
        reply_close(out);
    }
    buf_add_char(out, ']');
    reply_close(out);
    return HANDLED;
}

static bool rekey(struct txn *txn, const struct mailbox_entry *entry, json params,
                  struct verdict *verdict)
{
    return mailbox_rekey(txn, entry->name, entry->key, entry->order,
                         json_str_or(params, STR("newKey"), STR("")), verdict);
}

enum handled handle_rekey_mailbox(struct txn *txn, struct request *request, struct error *err)
{
    if (!callback_key_is_good(json_str_or(request->params, STR("newKey"), STR("")))) {
        error_set(err, ERROR_VALIDATION, "newKey must be 1 to %d bytes without control characters.",
                  CALLBACK_KEY_BYTES_MAX);
        return HANDLED_FAILED;
    }
    return run(txn, request, rekey, err);
}

static bool replay(struct txn *txn, const struct mailbox_entry *entry, json params,
                   struct verdict *verdict)
{
    (void)params;
    return mailbox_replay(txn, entry->name, entry->key, entry->order, verdict);
}

enum handled handle_replay_mailbox(struct txn *txn, struct request *request, struct error *err)
{
    return run(txn, request, replay, err);
}

static bool drop(struct txn *txn, const struct mailbox_entry *entry, json params,
                 struct verdict *verdict)
{
    (void)params;
    (void)verdict;
    return mailbox_drop(txn, entry->name, entry->key, entry->order);
}

enum handled handle_drop_mailbox(struct txn *txn, struct request *request, struct error *err)
{
    return run(txn, request, drop, err);
}
