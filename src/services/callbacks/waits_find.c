/* Finding waiting tasks: one by its token, key or link, or those that fit a filter.
 *
 * Where name and beginning of the key are given the walk goes over the keys (KEY_CALLBACK_KEY), in
 * their order. Else it goes over KEY_WAITING, oldest first ({"state","resource","task":event id,
 * "until":ms,"machine","execution"}, written by engine/ and shard/), and looks at the records of
 * those tasks that the other fields of the filter let through. */
#include "services/callbacks/operations.h"
#include "services/callbacks/record.h"

enum { POSITION_PARTS = 3 /* since_ms, serial, frame of the last task looked at */ };

/* ---- filters ---- */

/* The name in "arn:aws:states:REGION:ACCOUNT:stateMachine:NAME[:VERSION]", or what is no ARN. */
static bool machine_name(const struct source *source, str text, str *out, struct error *err)
{
    static const str mark = STR_INIT(":stateMachine:");
    *out = text;
    if (str_find_char(text, ':', 0) == text.len) return true;
    size_t at = str_find(text, mark, 0);
    if (at == text.len) return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ", text);
    str name = str_skip(text, at + mark.len);
    *out = str_slice(name, 0, str_find_char(name, ':', 0));
    if (out->len == 0) return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ", text);
    return true;
}

/* A filter that is mistyped, or made from a variable that is empty, must not fit every wait. */
static bool check_filter(json filter, struct error *err)
{
    static const char *const known[] = { "stateMachineArn", "stateName", "name", "keyPrefix",
                                         "olderThanSeconds" };
    for (size_t i = 0; i < json_count(filter); i++) {
        str name = json_key_at(filter, i);
        json value = json_value_at(filter, i);
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known && !found; k++)
            found = str_eq(name, str_from(known[k]));
        if (!found)
            return error_set(err, ERROR_VALIDATION, "filter: there is no '%.*s'.",
                             (int)(name.len < 64 ? name.len : 64), name.ptr);
        if (json_is_string(value) && json_str(value).len == 0)
            return error_set(err, ERROR_VALIDATION, "filter: '%.*s' is empty.", STR_ARGS(name));
    }
    return true;
}

bool wait_filter_read(const struct source *source, json params, struct wait_filter *out,
                      struct error *err)
{
    const json *filter = json_find(params, STR("filter"));
    *out = (struct wait_filter){ 0 };
    if (!filter) return true;
    if (!check_filter(*filter, err)) return false;
    out->state = json_str_or(*filter, STR("stateName"), STR(""));
    out->name = json_str_or(*filter, STR("name"), STR(""));
    out->key_prefix = json_str_or(*filter, STR("keyPrefix"), STR(""));
    out->older_s = json_i64_or(*filter, STR("olderThanSeconds"), 0);
    return machine_name(source, json_str_or(*filter, STR("stateMachineArn"), STR("")),
                        &out->machine, err);
}

/* ---- the walk ---- */

struct entry {
    uint64_t since_ms, serial;
    uint32_t frame;
    json value;
};

static bool next(const struct source *source, struct store_cursor *cursor, struct entry *out)
{
    str key, value;
    struct key_reader fields;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &out->since_ms) ||
        !key_read_u64(&fields, &out->serial) || !key_read_u32(&fields, &out->frame))
        fatal("the key of a waiting task does not decode");
    out->value = source_parse(source, value);
    return true;
}

static void range_of(const struct source *source, str position, struct key *from, struct key *to)
{
    int64_t parts[POSITION_PARTS];
    key_begin(from, source->number, KEY_WAITING);
    *to = *from;
    key_range_end(to);
    if (position.len == 0) return;
    for (size_t i = 0; i < POSITION_PARTS; i++) {
        size_t end = str_find_char(position, ' ', 0);
        if (!str_to_i64(str_slice(position, 0, end), &parts[i]))
            fatal("a page token of our own does not decode");
        position = str_skip(position, end < position.len ? end + 1 : end);
    }
    key_waiting(from, source->number, parts[0], (uint64_t)parts[1], (uint32_t)parts[2]);
    key_add_u8(from, 0);
}

static void task_of(const struct source *source, const struct entry *entry,
                    struct waiting_task *out)
{
    *out = (struct waiting_task){
        .token = { .shard = source->number,
                   .serial = entry->serial,
                   .frame = entry->frame,
                   .task_event = (uint32_t)json_i64_or(entry->value, STR("task"), 0) },
        .machine = json_str_or(entry->value, STR("machine"), STR("")),
        .execution = json_str_or(entry->value, STR("execution"), STR("")),
        .state = json_str_or(entry->value, STR("state"), STR("")),
        .resource = json_str_or(entry->value, STR("resource"), STR("")),
        .since_ms = (int64_t)entry->since_ms,
        .until_ms = json_i64_or(entry->value, STR("until"), 0),
    };
}

static bool fits(const struct source *source, const struct wait_filter *filter,
                 struct waiting_task *task)
{
    struct wait_view view;
    if (filter->machine.len > 0 && !str_eq(filter->machine, task->machine)) return false;
    if (filter->state.len > 0 && !str_eq(filter->state, task->state)) return false;
    if (wait_find_by_token(source, task->token, &view)) {
        task->name = view.name;
        task->key = view.key;
        task->title = view.title;
        task->until_ms = view.until_ms;
    }
    if (filter->name.len > 0 && !str_eq(filter->name, task->name)) return false;
    return str_starts_with(task->key, filter->key_prefix);
}

static bool is_young(const struct source *source, const struct wait_filter *filter,
                     uint64_t since_ms)
{
    return filter->older_s > 0 && source->now_ms - (int64_t)since_ms < filter->older_s * 1000;
}

static size_t walk_by_age(const struct source *source, const struct wait_filter *filter,
                          const struct page *page, struct waiting_task *out, str *position)
{
    struct key from, to;
    struct entry entry, last = { 0 };
    size_t count = 0, looked_at = 0;
    bool more = false;
    range_of(source, page->position, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (next(source, cursor, &entry)) {
        if (is_young(source, filter, entry.since_ms)) break; /* the others are younger, too */
        more = count == page->limit || looked_at == CALLBACK_LOOKED_AT_MAX;
        if (more) break;
        looked_at++;
        last = entry;
        task_of(source, &entry, &out[count]);
        if (fits(source, filter, &out[count])) count++;
    }
    store_cursor_close(cursor);
    *position = STR("");
    if (more)
        *position = arena_printf(source->arena, "%llu %llu %u", (unsigned long long)last.since_ms,
                                 (unsigned long long)last.serial, last.frame);
    return count;
}

/* ---- the walk over keys ---- */

/* Where it stands: a key, and how many of its waits are done with. */
struct key_position {
    str key;
    int64_t done;
};

static struct key_position key_position_read(str position)
{
    struct key_position out = { 0 };
    size_t end = str_find_char(position, ' ', 0);
    if (position.len == 0) return out;
    if (!str_to_i64(str_slice(position, 0, end), &out.done))
        fatal("a page token of our own does not decode");
    out.key = str_skip(position, end + 1);
    return out;
}

static bool open_entry(const struct source *source, json id, struct entry *out)
{
    struct wait wait;
    struct key key;
    if (!wait_load_id(source, id, &wait) || !wait_is_open(&wait)) return false;
    *out = (struct entry){ (uint64_t)wait_get_i64(&wait, "since"), wait.serial, wait.frame,
                           json_null() };
    key_waiting(&key, source->number, (int64_t)out->since_ms, out->serial, out->frame);
    return source_find(source, &key, &out->value);
}

static size_t walk_by_key(const struct source *source, const struct wait_filter *filter,
                          const struct page *page, struct waiting_task *out, str *position)
{
    struct key from, to;
    struct entry entry;
    str key, value, name, callback_key;
    struct key_position at = key_position_read(page->position);
    size_t count = 0, looked_at = 0;
    key_callback_key_prefix(&to, source->number, filter->name, filter->key_prefix);
    key_range_end(&to);
    key_callback_key_prefix(&from, source->number, filter->name,
                            at.key.len > 0 ? at.key : filter->key_prefix);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    *position = STR("");
    while (position->len == 0 && store_cursor_next(cursor, &key, &value)) {
        struct key_reader fields;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name) ||
            !key_read_bytes(&fields, source->arena, &callback_key))
            fatal("the key of a callback key does not decode");
        const json *waits = json_find(source_parse(source, value), STR("waits"));
        int64_t i = str_eq(callback_key, at.key) ? at.done : 0;
        for (; waits && i < (int64_t)json_count(*waits); i++) {
            if (count == page->limit || looked_at++ == CALLBACK_LOOKED_AT_MAX) {
                *position =
                    arena_printf(source->arena, "%lld %.*s", (long long)i, STR_ARGS(callback_key));
                break;
            }
            if (!open_entry(source, json_at(*waits, (size_t)i), &entry)) continue;
            task_of(source, &entry, &out[count]);
            if (!is_young(source, filter, entry.since_ms) && fits(source, filter, &out[count]))
                count++;
        }
    }
    store_cursor_close(cursor);
    return count;
}

size_t wait_filter_walk(const struct source *source, const struct wait_filter *filter,
                        const struct page *page, struct waiting_task *out, str *position)
{
    bool has_key = filter->name.len > 0 && filter->key_prefix.len > 0;
    return has_key ? walk_by_key(source, filter, page, out, position)
                   : walk_by_age(source, filter, page, out, position);
}

/* ---- one ---- */

static bool not_found(struct error *err)
{
    return error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no such wait.");
}

/* A URL, its path, or what stands behind "/c/". */
static bool find_link(const struct source *source, str text, struct wait_view *view,
                      struct error *err)
{
    struct link link;
    size_t at = str_find(text, STR("/c/"), 0);
    str rest = at < text.len ? str_skip(text, at + 3) : text;
    rest = str_slice(rest, 0, str_find_char(rest, '/', 0));
    if (link_decode(shard_link_keys(source->shard), rest, &link) == LINK_FORGED)
        return error_set(err, ERROR_INVALID_TOKEN, "That is no link of ours.");
    return wait_find_by_link(source, &link, view) || not_found(err);
}

static bool find_token(const struct source *source, str text, token *to, struct wait_view *view,
                       bool *known, struct error *err)
{
    if (!token_decode(shard_token_key(source->shard), text, to) || to->shard != source->number)
        return error_set(err, ERROR_INVALID_TOKEN, "Invalid Token: 'Invalid token'");
    *known = wait_find_by_token(source, *to, view);
    return true;
}

bool wait_find_named(const struct source *source, json params, token *to, struct wait_view *view,
                     bool *known, struct error *err)
{
    str text, key;
    *known = true;
    *view = (struct wait_view){ 0 };
    if (json_find_str(params, STR("taskToken"), &text))
        return find_token(source, text, to, view, known, err);
    if (json_find_str(params, STR("link"), &text)) {
        if (!find_link(source, text, view, err)) return false;
    } else if (json_find_str(params, STR("name"), &text) &&
               json_find_str(params, STR("key"), &key)) {
        if (!name_is_callback_name(text) || !callback_key_is_good(key) ||
            !wait_find_by_key(source, text, key, view))
            return not_found(err);
    } else {
        return error_set(err, ERROR_VALIDATION,
                         "A wait is named by taskToken, by name and key, or by link.");
    }
    *to = view->token;
    return true;
}
