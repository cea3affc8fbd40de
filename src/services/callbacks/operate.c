/* What operators do with a wait: move its deadline, send its request once more, void its links; and
 * what is noted of answers that AWS's face refuses. */
#include "base/timestamp.h"
#include "engine/record.h"
#include "services/callbacks/internal.h"

/* The open task of a token. */
static bool find_open(struct txn *txn, token to, struct execution **execution, struct frame **frame,
                      struct verdict *out)
{
    struct source source = callbacks_source(txn);
    *execution = txn_execution_load(txn, to.serial);
    *frame = *execution ? txn_frame(txn, *execution, to.frame) : NULL;
    if (*frame && (*frame)->status == FRAME_WAIT_TASK && (*frame)->has_token &&
        (*frame)->task_event == to.task_event)
        return true;
    verdict_message(&source, out, VERDICT_CLOSED, STR("Nobody waits for this any more."));
    return false;
}

static void note(struct txn *txn, const struct frame *frame, uint64_t serial, str what)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    struct json_fields fields;
    if (!wait_load(&source, serial, frame->number, frame->entered_event, &wait)) return;
    json_fields_init(&fields, source.arena);
    add_str(&fields, "verdict", what);
    add_str(&fields, "by", STR("operator"));
    wait_note(&source, &wait, &fields);
    wait_store(txn, &wait);
}

bool wait_extend(struct txn *txn, token to, int64_t until_ms, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct execution *execution;
    struct frame *frame;
    struct json_fields detail;
    if (!find_open(txn, to, &execution, &frame, out)) return false;
    if (until_ms <= source.now_ms) until_ms = source.now_ms + 1;
    note(txn, frame, to.serial, STR("extended"));
    struct engine_event event = {
        .kind = ENGINE_TASK_EXTENDED,
        .frame = to.frame,
        .task_event = to.task_event,
        .value = json_null(),
        .due_ms = until_ms,
    };
    bool open = txn_execution_turn(txn, execution, &event);
    ASSERT(open);
    json_fields_init(&detail, source.arena);
    add_str(&detail, "status", STR("extended"));
    add_str(&detail, "until", timestamp_text(source.arena, until_ms));
    verdict_set(out, VERDICT_ACCEPTED, json_fields_done(&detail));
    return true;
}

bool wait_resend(struct txn *txn, token to, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct execution *execution;
    struct frame *frame;
    struct json_fields detail;
    if (!find_open(txn, to, &execution, &frame, out)) return false;
    struct engine_event event = {
        .kind = ENGINE_TASK_RESEND,
        .frame = to.frame,
        .task_event = to.task_event,
        .value = json_null(),
    };
    note(txn, frame, to.serial, STR("resent"));
    if (!txn_execution_turn(txn, execution, &event)) {
        verdict_message(&source, out, VERDICT_NOT_AN_OUTCOME,
                        STR("The request of an activity cannot be sent again: its worker has it."));
        return false;
    }
    json_fields_init(&detail, source.arena);
    add_str(&detail, "status", STR("resent"));
    verdict_set(out, VERDICT_ACCEPTED, json_fields_done(&detail));
    return true;
}

/* 1 + the place of the name, 0 for an empty one; false if it is not there. */
static bool find_outcome(const struct wait *wait, str name, int64_t *out)
{
    size_t index = name.len ? wait_outcome(wait, name) : 0;
    *out = name.len ? (int64_t)index + 1 : 0;
    return name.len == 0 || index != SIZE_MAX;
}

static bool find_responder(const struct wait *wait, str name, int64_t *out)
{
    json names = wait_get(wait, "responders");
    *out = 0;
    if (name.len == 0) return true;
    for (size_t i = 0; i < json_count(names); i++) {
        *out = (int64_t)i + 1;
        if (str_eq(json_str(json_at(names, i)), name)) return true;
    }
    return false;
}

bool wait_revoke(struct txn *txn, token to, str outcome, str responder, struct verdict *out)
{
    struct source source = callbacks_source(txn);
    struct execution *execution;
    struct frame *frame;
    struct wait wait;
    struct json_list rows, row;
    int64_t outcome_place, responder_place;
    if (!find_open(txn, to, &execution, &frame, out)) return false;
    if (!wait_load(&source, to.serial, to.frame, frame->entered_event, &wait))
        wait_watch(txn, execution, frame, &wait);
    if (!find_outcome(&wait, outcome, &outcome_place) ||
        !find_responder(&wait, responder, &responder_place)) {
        verdict_message(&source, out, VERDICT_NOT_AN_OUTCOME,
                        STR("This state has no such outcome or responder."));
        return false;
    }
    json before = wait_get(&wait, "revoked");
    json_list_init(&rows, source.arena);
    json_list_init(&row, source.arena);
    json_list_add(&row, json_i64(source.arena, outcome_place));
    json_list_add(&row, json_i64(source.arena, responder_place));
    json added = json_list_done(&row);
    for (size_t i = 0; i < json_count(before); i++)
        if (!json_equal(json_at(before, i), added)) json_list_add(&rows, json_at(before, i));
    json_list_add(&rows, added);
    wait_set(&wait, "revoked", json_list_done(&rows));
    wait_store(txn, &wait);
    note(txn, frame, to.serial, STR("revoked"));
    struct json_fields detail;
    json_fields_init(&detail, source.arena);
    add_str(&detail, "status", STR("revoked"));
    verdict_set(out, VERDICT_ACCEPTED, json_fields_done(&detail));
    return true;
}

/* ---- AWS's face ---- */

static bool begin_late(const struct source *source, token to, struct wait *wait)
{
    struct execution_identity id = { 0 };
    struct key key;
    str text;
    key_execution(&key, source->number, to.serial);
    if (!source_get(source, &key, &text)) return false;
    record_identity_decode(source->arena, text, &id);
    wait_new(source, to.serial, to.frame, to.task_event, wait);
    wait_set_str(wait, "machine", id.machine);
    wait_set_str(wait, "execution", id.name);
    wait_set_i64(wait, "task", to.task_event);
    wait_set_i64(wait, "first", to.task_event);
    wait_set(wait, "late", json_bool(true));
    return true;
}

void answer_refused(struct txn *txn, token to, bool failure)
{
    struct source source = callbacks_source(txn);
    struct wait wait;
    struct json_fields fields;
    if (!wait_load_by_token(&source, to, &wait) && !begin_late(&source, to, &wait)) return;
    json_fields_init(&fields, source.arena);
    add_str(&fields, "verdict", STR("TaskTimedOut"));
    add_str(&fields, "via", STR("token"));
    add_str(&fields, "outcome", failure ? STR("failure") : STR("success"));
    wait_note(&source, &wait, &fields);
    wait_store(txn, &wait);
    txn_keep_on_failure(txn);
}
