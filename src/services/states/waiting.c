/* ListWaitingTasks, Baton's own: who waits for what, since when, until when.
 *
 *   request   {"maxResults": n, "nextToken": "...", "stateMachineArn": "..."}, all optional
 *   answer    {"waitingTasks": [{"taskToken", "executionArn", "stateMachineArn", "stateName",
 *              "resource", "since", "until"}], "nextToken"}
 *
 * Oldest first. `since` and `until` are timestamps; `until`, the earliest of timeout and heartbeat
 * deadline when the wait began, is absent if there is none. The token is made anew from the
 * record's key and may be given to SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat.
 *
 * KEY_WAITING {"state","resource","task":event id,"until":ms,"machine","execution"}, written by
 * engine/ and shard/. */
#include "services/states/states.h"

enum {
    WAITING_LOOKED_AT_MAX = 10000, /* records looked at for one page, because of the filter */
    WAITING_POSITION_PARTS = 3,    /* since_ms, serial, frame of the last record looked at */
};

struct waiting {
    uint64_t since_ms;
    uint64_t serial;
    uint32_t frame;
    json entry;
};

static bool next(const struct source *source, struct store_cursor *cursor, struct waiting *out)
{
    str key, value;
    struct key_reader fields;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &out->since_ms) ||
        !key_read_u64(&fields, &out->serial) || !key_read_u32(&fields, &out->frame))
        fatal("the key of a waiting task does not decode");
    out->entry = source_parse(source, value);
    return true;
}

static void reply_entry(const struct source *source, const struct waiting *waiting, struct buf *out)
{
    str machine = json_str_or(waiting->entry, STR("machine"), STR(""));
    str execution = json_str_or(waiting->entry, STR("execution"), STR(""));
    int64_t until_ms = json_i64_or(waiting->entry, STR("until"), 0);
    token text = {
        .shard = source->number,
        .serial = waiting->serial,
        .frame = waiting->frame,
        .task_event = (uint32_t)json_i64_or(waiting->entry, STR("task"), 0),
    };
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "taskToken", token_encode(shard_token_key(source->shard), text, source->arena));
    reply_str(out, "executionArn", arn_execution_text(source, machine, execution));
    reply_str(out, "stateMachineArn", arn_machine(source, machine));
    reply_str(out, "stateName", json_str_or(waiting->entry, STR("state"), STR("")));
    reply_str(out, "resource", json_str_or(waiting->entry, STR("resource"), STR("")));
    reply_time(out, "since", (int64_t)waiting->since_ms);
    if (until_ms > 0) reply_time(out, "until", until_ms);
    reply_close(out);
}

/* Where the page begins: behind the record that the position names. */
static void range_of(const struct source *source, const struct page *page, struct key *from,
                     struct key *to)
{
    int64_t parts[WAITING_POSITION_PARTS];
    key_begin(from, source->number, KEY_WAITING);
    *to = *from;
    key_range_end(to);
    if (page->position.len == 0) return;
    str rest = page->position;
    for (size_t i = 0; i < WAITING_POSITION_PARTS; i++) {
        size_t end = str_find_char(rest, ' ', 0);
        if (!str_to_i64(str_slice(rest, 0, end), &parts[i]))
            fatal("a page token of our own does not decode");
        rest = end < rest.len ? str_skip(rest, end + 1) : str_skip(rest, end);
    }
    key_waiting(from, source->number, parts[0], (uint64_t)parts[1], (uint32_t)parts[2]);
    key_add_u8(from, 0);
}

static void reply_entries(const struct source *source, const struct page *page, str machine,
                          struct buf *out)
{
    struct key from, to;
    struct waiting waiting, last = { 0 };
    size_t shown = 0, looked_at = 0;
    bool more = false;
    range_of(source, page, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (next(source, cursor, &waiting)) {
        more = shown == page->limit || looked_at == WAITING_LOOKED_AT_MAX;
        if (more) break;
        looked_at++;
        last = waiting;
        if (machine.len > 0 &&
            !str_eq(machine, json_str_or(waiting.entry, STR("machine"), STR(""))))
            continue;
        reply_entry(source, &waiting, out);
        shown++;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more)
        page_next(source, page, out,
                  arena_printf(source->arena, "%llu %llu %u", (unsigned long long)last.since_ms,
                               (unsigned long long)last.serial, last.frame));
}

enum handled handle_list_waiting_tasks(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct target target = { 0 };
    struct page page;
    str arn = STR("");
    if (json_find_str(request->params, STR("stateMachineArn"), &arn) &&
        !target_machine(&source, arn, &target, err))
        return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "ListWaitingTasks %.*s", STR_ARGS(arn));
    if (!page_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "waitingTasks");
    buf_add_char(out, '[');
    reply_entries(&source, &page, target.machine.name, out);
    reply_close(out);
    return HANDLED;
}
