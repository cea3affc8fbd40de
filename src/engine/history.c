/* History events, written straight in the form in which GetExecutionHistory answers them, so that a
 * read is a splice. Types, field names and their order of appearance are those of AWS's recorded
 * histories (API reference "HistoryEvent"). */
#include "engine/internal.h"

/* Whether the events are wanted as text. An Express execution has no history, but may have a log.
 */
static bool stores_history(const struct turn *turn)
{
    return turn->x->id.type == ASL_STANDARD || turn->x->log != NULL;
}

/* Epoch seconds with milliseconds, as the AWS JSON protocol writes timestamps. */
static void add_timestamp(struct buf *out, int64_t ms)
{
    if (ms < 0) ms = 0;
    int64_t rest = ms % 1000;
    buf_add_i64(out, ms / 1000);
    char fraction[4] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                         (char)('0' + rest % 10) };
    buf_add(out, (str){ fraction, 4 });
}

static void add_event(struct turn *turn, str type, uint32_t previous, uint32_t id)
{
    struct buf *out = &turn->x->history;
    if (turn->x->history_first == 0) turn->x->history_first = id;
    if (out->len > 0) buf_add_char(out, ',');
    buf_add(out, STR("{\"timestamp\":"));
    add_timestamp(out, turn->engine->now_ms);
    buf_add(out, STR(",\"type\":\""));
    buf_add(out, type);
    buf_add(out, STR("\",\"id\":"));
    buf_add_u64(out, id);
    buf_add(out, STR(",\"previousEventId\":"));
    buf_add_u64(out, previous);
}

/* The last event is kept free for the end of the execution. */
bool history_begin(struct turn *turn, str type, uint32_t previous, uint32_t *id)
{
    struct execution *x = turn->x;
    ASSERT_CMP(previous, <=, x->last_event);
    if (x->id.type == ASL_STANDARD && x->last_event + 1 >= turn->engine->history_events_max) {
        turn->history_full = true;
        return false;
    }
    *id = ++x->last_event;
    if (stores_history(turn)) add_event(turn, type, previous, *id);
    return true;
}

void history_end(struct turn *turn)
{
    if (stores_history(turn)) buf_add_char(&turn->x->history, '}');
}

void history_open_details(struct turn *turn, str name)
{
    if (!stores_history(turn)) return;
    struct buf *out = &turn->x->history;
    buf_add(out, STR(",\""));
    buf_add(out, name);
    buf_add(out, STR("\":{"));
}

static void add_name(struct turn *turn, str name)
{
    struct buf *out = &turn->x->history;
    ASSERT(out->len > 0);
    if (out->ptr[out->len - 1] != '{') buf_add_char(out, ',');
    buf_add_char(out, '"');
    buf_add(out, name);
    buf_add(out, STR("\":"));
}

void history_str(struct turn *turn, str name, str value)
{
    if (!stores_history(turn)) return;
    add_name(turn, name);
    json_write_str(&turn->x->history, value);
}

void history_i64(struct turn *turn, str name, int64_t value)
{
    if (!stores_history(turn)) return;
    add_name(turn, name);
    buf_add_i64(&turn->x->history, value);
}

void history_document(struct turn *turn, str name, struct document *document)
{
    if (!stores_history(turn)) return;
    struct buf *out = &turn->x->history;
    add_name(turn, name);
    buf_add(out, document_quoted(document, turn->arena));
    buf_add(out, STR(",\""));
    buf_add(out, name);
    buf_add(out, STR("Details\":{\"truncated\":false}"));
}

void history_variables(struct turn *turn, json assigned)
{
    if (!stores_history(turn) || json_count(assigned) == 0) return;
    struct buf *out = &turn->x->history;
    add_name(turn, STR("assignedVariables"));
    buf_add_char(out, '{');
    for (size_t i = 0; i < json_count(assigned); i++) {
        if (i > 0) buf_add_char(out, ',');
        json_write_str(out, json_key_at(assigned, i));
        buf_add_char(out, ':');
        json_write_str(out, json_text(turn->arena, json_value_at(assigned, i)));
    }
    buf_add(out, STR("},\"assignedVariablesDetails\":{\"truncated\":false}"));
}

void history_close_details(struct turn *turn)
{
    if (stores_history(turn)) buf_add_char(&turn->x->history, '}');
}

uint32_t history_plain(struct turn *turn, str type, uint32_t previous)
{
    uint32_t id;
    if (!history_begin(turn, type, previous, &id)) return previous;
    history_end(turn);
    return id;
}

static void add_failure_details(struct turn *turn, str details, str error, str cause)
{
    history_open_details(turn, details);
    if (error.ptr) history_str(turn, STR("error"), error);
    if (cause.ptr) history_str(turn, STR("cause"), cause);
    history_close_details(turn);
}

uint32_t history_failure(struct turn *turn, str type, str details, uint32_t previous, str error,
                         str cause)
{
    uint32_t id;
    if (!history_begin(turn, type, previous, &id)) return previous;
    add_failure_details(turn, details, error, cause);
    history_end(turn);
    return id;
}

void history_execution_started(struct turn *turn)
{
    struct execution *x = turn->x;
    uint32_t id;
    if (!history_begin(turn, STR("ExecutionStarted"), 0, &id)) return;
    ASSERT_CMP(id, ==, 1);
    history_open_details(turn, STR("executionStartedEventDetails"));
    history_str(turn, STR("input"), x->id.input);
    if (stores_history(turn)) buf_add(&x->history, STR(",\"inputDetails\":{\"truncated\":false}"));
    history_str(turn, STR("roleArn"), x->id.role_arn);
    if (x->id.alias_arn.len) history_str(turn, STR("stateMachineAliasArn"), x->id.alias_arn);
    if (x->id.version_arn.len) history_str(turn, STR("stateMachineVersionArn"), x->id.version_arn);
    history_close_details(turn);
    history_end(turn);
}

void history_execution_redriven(struct turn *turn)
{
    struct execution *x = turn->x;
    uint32_t id;
    if (!history_begin(turn, STR("ExecutionRedriven"), x->last_event, &id)) return;
    history_open_details(turn, STR("executionRedrivenEventDetails"));
    history_i64(turn, STR("redriveCount"), x->redrive_count);
    history_close_details(turn);
    history_end(turn);
}

/* The one event that may be the last of a full history. */
void history_execution_ended(struct turn *turn, uint32_t previous)
{
    static const struct {
        str type, details;
    } names[] = {
        [EXECUTION_RUNNING] = { STR_INIT(""), STR_INIT("") },
        [EXECUTION_SUCCEEDED] = { STR_INIT("ExecutionSucceeded"),
                                  STR_INIT("executionSucceededEventDetails") },
        [EXECUTION_FAILED] = { STR_INIT("ExecutionFailed"),
                               STR_INIT("executionFailedEventDetails") },
        [EXECUTION_TIMED_OUT] = { STR_INIT("ExecutionTimedOut"),
                                  STR_INIT("executionTimedOutEventDetails") },
        [EXECUTION_ABORTED] = { STR_INIT("ExecutionAborted"),
                                STR_INIT("executionAbortedEventDetails") },
    };
    struct execution *x = turn->x;
    ASSERT(x->status != EXECUTION_RUNNING);
    uint32_t id = ++x->last_event;
    if (!stores_history(turn)) return;
    add_event(turn, names[x->status].type, previous, id);
    if (x->status == EXECUTION_SUCCEEDED) {
        history_open_details(turn, names[x->status].details);
        history_document(turn, STR("output"), x->output);
        history_close_details(turn);
    } else if (x->status == EXECUTION_TIMED_OUT) {
        /* The API answers no error; it stands only here. */
        add_failure_details(turn, names[x->status].details, STR("States.Timeout"), (str){ 0 });
    } else {
        add_failure_details(turn, names[x->status].details, x->error, x->cause);
    }
    history_end(turn);
}
