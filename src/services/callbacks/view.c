/* What a page or a list shows of a wait: from its record, or, of one that leaves none, from the
 * frame that waits. */
#include "base/timestamp.h"
#include "engine/record.h"
#include "services/callbacks/internal.h"

/* The deadline stands in the list of waiting tasks, which moves with it. */
static int64_t find_until(const struct source *source, uint64_t serial, uint32_t frame,
                          int64_t since_ms)
{
    struct key key;
    json entry;
    key_waiting(&key, source->number, since_ms, serial, frame);
    return source_find(source, &key, &entry) ? json_i64_or(entry, STR("until"), 0) : 0;
}

json shown_entry(const struct source *source, json entry, bool with_peers)
{
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(entry); i++) {
        str name = json_key_at(entry, i);
        json value = json_value_at(entry, i);
        if (str_eq(name, STR("digest")) || str_eq(name, STR("v"))) continue;
        if (str_eq(name, STR("peer")) && !with_peers) continue;
        if (str_eq(name, STR("at")) || str_eq(name, STR("until")))
            value = json_string(timestamp_text(source->arena, json_i64_or(entry, name, 0)));
        json_fields_add(&fields, name, value);
    }
    return json_fields_done(&fields);
}

json shown_list(const struct source *source, json list, bool with_peers)
{
    struct json_list out;
    json_list_init(&out, source->arena);
    for (size_t i = 0; i < json_count(list); i++)
        json_list_add(&out, shown_entry(source, json_at(list, i), with_peers));
    return json_list_done(&out);
}

/* Within one millisecond: what only an open wait is told came before its decision. */
static bool came_before(json attempt)
{
    static const char *const open[] = { "recorded",       "WrongCode",    "Locked",
                                        "CommentMissing", "NotAnOutcome", "IdentityMissing",
                                        "accepted" };
    str verdict = json_str_or(attempt, STR("verdict"), STR(""));
    for (size_t i = 0; i < sizeof open / sizeof *open; i++)
        if (str_eq(verdict, str_from(open[i]))) return true;
    return json_find(attempt, STR("hook")) != NULL;
}

/* The attempts with the decision among them, in the order of time. */
static json all_attempts(const struct source *source, const struct wait *wait)
{
    static const char *const copied[] = { "at", "via", "by", "peer", "outcome", "messageId" };
    json attempts = wait_get(wait, "attempts"), decided = wait_get(wait, "decided");
    struct json_fields fields;
    struct json_list list;
    if (!json_is_object(decided)) return attempts;
    json_fields_init(&fields, source->arena);
    add_str(&fields, "verdict", STR("accepted"));
    for (size_t i = 0; i < sizeof copied / sizeof *copied; i++) {
        const json *value = json_find(decided, str_from(copied[i]));
        if (value) json_fields_add(&fields, str_from(copied[i]), *value);
    }
    int64_t at_ms = json_i64_or(decided, STR("at"), 0);
    size_t i = 0;
    json_list_init(&list, source->arena);
    for (; i < json_count(attempts); i++) {
        json one = json_at(attempts, i);
        if (json_i64_or(one, STR("at"), 0) >= at_ms && !came_before(one)) break;
        json_list_add(&list, one);
    }
    json_list_add(&list, json_fields_done(&fields));
    for (; i < json_count(attempts); i++)
        json_list_add(&list, json_at(attempts, i));
    return json_list_done(&list);
}

static enum comment_rule comment_of(const struct wait *wait)
{
    str comment = wait_get_str(wait, "comment");
    if (str_eq(comment, STR("REQUIRED"))) return COMMENT_REQUIRED;
    return str_eq(comment, STR("NONE")) ? COMMENT_NONE : COMMENT_OPTIONAL;
}

static bool is_any_locked(const struct wait *wait)
{
    for (size_t i = 0; i <= json_count(wait_get(wait, "responders")); i++)
        if (wait_code_tries(wait, (uint8_t)i) >= CALLBACK_CODE_TRIES_MAX) return true;
    return false;
}

static void view_outcomes(const struct source *source, const struct wait *wait,
                          struct wait_view *out)
{
    size_t count = wait_outcome_count(wait);
    struct outcome *outcomes = arena_array(source->arena, count + 1, sizeof *outcomes);
    for (size_t i = 0; i < count; i++)
        outcomes[i] = wait_outcome_at(wait, i);
    out->outcomes = outcomes;
    out->outcome_count = count;
}

/* As attempt_is_between says it, of what is stored. */
static bool find_next_attempt(const struct source *source, const struct wait *wait, int64_t *at_ms)
{
    struct frame_peek peek;
    struct key key;
    str text;
    key_end(&key, source->number, wait->serial);
    if (source_get(source, &key, &text)) return false;
    key_frame(&key, source->number, wait->serial, wait->frame);
    if (!source_get(source, &key, &text)) return false;
    record_frame_peek(source->arena, arena_str(source->arena, text), &peek);
    *at_ms = peek.retry_ms;
    return peek.retries && peek.entered == wait->entered;
}

static void view_of_record(const struct source *source, const struct wait *wait,
                           struct wait_view *out)
{
    json decided = wait_get(wait, "decided");
    *out = (struct wait_view){
        .serial = wait->serial,
        .frame = wait->frame,
        .entered = wait->entered,
        .open = wait_is_open(wait),
        .token = wait_token(source, wait),
        .execution_arn = wait_execution_arn(source, wait),
        .machine = wait_get_str(wait, "machine"),
        .execution = wait_get_str(wait, "execution"),
        .state = wait_get_str(wait, "state"),
        .name = wait_get_str(wait, "name"),
        .key = wait_get_str(wait, "key"),
        .title = wait_get_str(wait, "title"),
        .show = wait_get(wait, "show"),
        .since_ms = wait_get_i64(wait, "opened"),
        .comment = comment_of(wait),
        .needs_code = wait_get_str(wait, "code").len > 0,
        .code_locked = is_any_locked(wait),
        .identity_header = wait_get_str(wait, "identity"),
        .closed = wait_get_str(wait, "closed"),
        .decided = json_is_object(decided) ? decided_detail(source, decided) : json_null(),
        .attempts = shown_list(source, all_attempts(source, wait), true),
        .answers = shown_list(source, wait_get(wait, "answers"), false),
        .responders = wait_get(wait, "responders"),
        .quorum = (uint32_t)wait_get_i64(wait, "approve"),
        .quorum_veto = wait_get(wait, "veto"),
    };
    view_outcomes(source, wait, out);
    out->between = !out->open && find_next_attempt(source, wait, &out->again_ms);
    if (out->open)
        out->until_ms = find_until(source, wait->serial, wait->frame, wait_get_i64(wait, "since"));
}

/* An open task without a record. */
static bool view_of_frame(const struct source *source, uint64_t serial, uint32_t frame,
                          struct frame_peek *peek, struct wait_view *out)
{
    struct execution_identity id = { 0 };
    struct wait wait;
    struct key key;
    str text;
    key_frame(&key, source->number, serial, frame);
    if (!source_get(source, &key, &text)) return false;
    record_frame_peek(source->arena, arena_str(source->arena, text), peek);
    key_execution(&key, source->number, serial);
    if (!peek->waits || !source_get(source, &key, &text)) return false;
    record_identity_decode(source->arena, arena_str(source->arena, text), &id);
    wait_new(source, serial, frame, peek->entered, &wait);
    wait_set_str(&wait, "machine", id.machine);
    wait_set_str(&wait, "execution", id.name);
    wait_set_str(&wait, "state", peek->state);
    wait_set_i64(&wait, "task", peek->task_event);
    wait_set_i64(&wait, "opened", peek->since_ms);
    wait_set_i64(&wait, "since", peek->since_ms);
    wait_set(&wait, "open", json_bool(true));
    view_of_record(source, &wait, out);
    return true;
}

bool wait_find_by_link(const struct source *source, const struct link *link, struct wait_view *out)
{
    struct wait wait;
    struct frame_peek peek;
    if (link->shard != source->number) return false;
    if (wait_load(source, link->serial, link->frame, link->entered, &wait)) {
        view_of_record(source, &wait, out);
        out->code_locked = wait_code_tries(&wait, link->responder) >= CALLBACK_CODE_TRIES_MAX;
        return true;
    }
    return view_of_frame(source, link->serial, link->frame, &peek, out) &&
           peek.entered == link->entered;
}

bool wait_find_by_token(const struct source *source, token to, struct wait_view *out)
{
    struct wait wait;
    struct frame_peek peek;
    if (to.shard != source->number) return false;
    if (wait_load_by_token(source, to, &wait)) {
        view_of_record(source, &wait, out);
        return true;
    }
    return view_of_frame(source, to.serial, to.frame, &peek, out) &&
           peek.task_event == to.task_event;
}

bool wait_find_by_key(const struct source *source, str name, str key, struct wait_view *out)
{
    struct key_record record;
    struct wait wait;
    if (!name_is_callback_name(name) || !callback_key_is_good(key)) return false;
    key_load(source, name, key, &record);
    size_t count = json_count(record.waits);
    if (count == 0) return false;
    if (!key_oldest(source, &record, &wait) &&
        !wait_load_id(source, json_at(record.waits, count - 1), &wait))
        return false;
    view_of_record(source, &wait, out);
    return true;
}
