/* What becomes of a delivery: an answer through the door, or the start of an execution.
 *
 * Resume-or-start is one decision in one transaction. A key that has started an execution remembers
 * it and the messages that came for it (ROUTE_STARTED), because a sender who repeats a message must
 * not start twice, nor must the repetition of a start become the answer of the wait that the
 * execution opens:
 *
 *     the message has started an execution           -> that execution again, "duplicate"
 *     the message has been given as an answer before,
 *     somebody waits for the key, or the execution
 *     that the key has started still runs            -> answer_by_key (mailbox included)
 *     otherwise                                      -> StartExecution */
#include "services/callbacks/route_records.h"

/* ---- verdicts as texts ---- */

static const char *verdict_word(const struct verdict *verdict)
{
    switch (verdict->kind) {
    case VERDICT_ACCEPTED: return "accepted";
    case VERDICT_RECORDED: return "recorded";
    case VERDICT_DUPLICATE: return "duplicate";
    case VERDICT_DIFFERENT: return "different";
    case VERDICT_TAKEN: return "taken";
    case VERDICT_TIMED_OUT:
    case VERDICT_STOPPED:
    case VERDICT_CLOSED:
    case VERDICT_REVOKED:
    case VERDICT_EXPIRED: return "late";
    case VERDICT_UNKNOWN: return "unknown";
    case VERDICT_KEPT: return "kept";
    case VERDICT_FULL: return "mailbox full";
    case VERDICT_WRONG_CODE:
    case VERDICT_LOCKED:
    case VERDICT_COMMENT_MISSING:
    case VERDICT_IDENTITY_MISSING: return "refused";
    case VERDICT_NOT_AN_OUTCOME: return "no such outcome";
    case VERDICT_TOO_LARGE: return "too large";
    }
    return "refused";
}

static void give_answer(struct txn *txn, const struct source *source, const struct route *route,
                        const struct mapped *mapped, struct applied *out)
{
    struct verdict verdict = { 0 };
    struct buf body;
    answer_by_key(txn, route->callback, mapped->key, &mapped->answer, &verdict);
    buf_init(&body, source->arena);
    verdict_write(&verdict, &body);
    *out = (struct applied){
        .verdict = str_from(verdict_word(&verdict)),
        .status = verdict_status(&verdict),
        .body = buf_str(&body),
    };
    out->is_good = out->status < 300;
}

/* ---- what a key has started ---- */

struct started {
    bool exists;
    str execution; /* the newest */
    int64_t due_ms;
    json ids;
};

static void started_key(const struct source *source, struct key *key, str callback, str id)
{
    key_route(key, source->number, ROUTE_STARTED, callback, 0, id);
}

static void due_key(const struct source *source, struct key *key, int64_t due_ms, str callback,
                    str id)
{
    str text = arena_printf(source->arena, "%.*s/%.*s", STR_ARGS(callback), STR_ARGS(id));
    key_route(key, source->number, ROUTE_DUE, STR(""), (uint64_t)due_ms, text);
}

static void started_load(const struct source *source, str callback, str id, struct started *out)
{
    struct key key;
    json value;
    *out = (struct started){ 0 };
    started_key(source, &key, callback, id);
    out->exists = source_find(source, &key, &value);
    if (!out->exists) return;
    const json *ids = json_find(value, STR("ids"));
    out->execution = json_str_or(value, STR("execution"), STR(""));
    out->due_ms = json_i64_or(value, STR("due"), 0);
    out->ids = ids ? *ids : json_null();
}

static void started_write(struct txn *txn, const struct source *source, str callback, str key_text,
                          struct started *started)
{
    struct key key;
    struct buf out;
    if (started->exists) {
        due_key(source, &key, started->due_ms, callback, key_text);
        txn_delete(txn, &key);
    }
    started->due_ms = source->now_ms + (int64_t)ROUTE_STARTS_S * 1000;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "execution", started->execution);
    reply_i64(&out, "due", started->due_ms);
    reply_json(&out, "ids", started->ids);
    reply_close(&out);
    started_key(source, &key, callback, key_text);
    txn_put(txn, &key, buf_str(&out));
    due_key(source, &key, started->due_ms, callback, key_text);
    txn_put(txn, &key, STR("1"));
}

/* Notes a message; `execution` empty: it has been given as an answer. */
static void started_note(struct txn *txn, const struct source *source, str callback, str key_text,
                         struct started *started, str message, str execution)
{
    struct json_fields fields;
    struct json_list ids;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("id"), json_string(message));
    json_fields_add(&fields, STR("at"), json_i64(source->arena, source->now_ms));
    if (execution.len > 0) json_fields_add(&fields, STR("execution"), json_string(execution));
    json_list_init(&ids, source->arena);
    json_list_add(&ids, json_fields_done(&fields));
    for (size_t i = 0; i < json_count(started->ids) && i + 1 < ROUTE_STARTS_MAX; i++)
        json_list_add(&ids, json_at(started->ids, i));
    started->ids = json_list_done(&ids);
    started_write(txn, source, callback, key_text, started);
}

static bool find_message(const struct started *started, str message, json *out)
{
    for (size_t i = 0; i < json_count(started->ids); i++) {
        *out = json_at(started->ids, i);
        if (str_eq(json_str_or(*out, STR("id"), STR("")), message)) return true;
    }
    return false;
}

/* Of "arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME"; false for one of an Express machine,
 * which has no name that leads to it and cannot wait. */
static bool find_serial(const struct source *source, str arn, uint64_t *serial)
{
    struct key key;
    str text;
    int64_t number;
    size_t name = arn.len, machine;
    while (name > 0 && arn.ptr[name - 1] != ':')
        name--;
    machine = name > 0 ? name - 1 : 0;
    while (machine > 0 && arn.ptr[machine - 1] != ':')
        machine--;
    if (machine == 0) return false;
    key_name(&key, source->number, str_slice(arn, machine, name - 1), str_skip(arn, name));
    if (!source_get(source, &key, &text) || !str_to_i64(text, &number)) return false;
    *serial = (uint64_t)number;
    return true;
}

static bool is_running(const struct source *source, const struct started *started)
{
    struct key key;
    str text;
    uint64_t serial;
    if (!find_serial(source, started->execution, &serial)) return false;
    key_end(&key, source->number, serial);
    return !source_get(source, &key, &text);
}

/* ---- starting ---- */

static str machine_arn(const struct source *source, str machine)
{
    if (str_starts_with(machine, STR("arn:"))) return machine;
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s",
                        STR_ARGS(region), STR_ARGS(account), STR_ARGS(machine));
}

static void start_failed(const struct source *source, const struct error *err, struct applied *out)
{
    struct buf body;
    buf_init(&body, source->arena);
    reply_open(&body);
    reply_str(&body, "error", error_name(err->code));
    reply_str(&body, "message", error_text(err));
    reply_close(&body);
    *out = (struct applied){
        .verdict = STR("not started"),
        .status = err->code == ERROR_EXECUTION_ALREADY_EXISTS ? 409 : 422,
        .body = buf_str(&body),
    };
}

static void started_answer(const struct source *source, str execution, bool is_duplicate,
                           struct applied *out)
{
    struct buf body;
    buf_init(&body, source->arena);
    reply_open(&body);
    reply_str(&body, "status", STR("started"));
    reply_str(&body, "executionArn", execution);
    if (is_duplicate) reply_bool(&body, "duplicate", true);
    reply_close(&body);
    *out = (struct applied){
        .verdict = is_duplicate ? STR("duplicate") : STR("started"),
        .status = 200,
        .body = buf_str(&body),
        .is_good = true,
        .execution = execution,
    };
}

static bool start(struct txn *txn, const struct source *source, const struct route *route,
                  const struct mapped *mapped, struct started *started, struct applied *out)
{
    struct json_fields fields;
    struct error err = { 0 };
    json reply;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("stateMachineArn"),
                    json_string(machine_arn(source, route->start_machine)));
    json_fields_add(&fields, STR("input"), json_string(mapped->start_input));
    if (mapped->start_name.len > 0)
        json_fields_add(&fields, STR("name"), json_string(mapped->start_name));
    if (!service_call(txn, &states_service, STR("StartExecution"), json_fields_done(&fields),
                      &reply, &err)) {
        start_failed(source, &err, out);
        return false;
    }
    started->execution = json_str_or(reply, STR("executionArn"), STR(""));
    started_answer(source, started->execution, false, out);
    return true;
}

/* A sender without message ids repeats the body. */
static str message_of(const struct mapped *mapped)
{
    return mapped->answer.message_id.len > 0 ? mapped->answer.message_id : mapped->answer.digest;
}

static void resume_or_start(struct txn *txn, const struct source *source, const struct route *route,
                            const struct mapped *mapped, struct applied *out)
{
    struct started started;
    json known;
    str message = message_of(mapped);
    started_load(source, route->callback, mapped->key, &started);
    bool before = find_message(&started, message, &known);
    str execution = before ? json_str_or(known, STR("execution"), STR("")) : STR("");
    if (execution.len > 0) {
        started_answer(source, execution, true, out);
        return;
    }
    if (before || is_running(source, &started) || waits_by_key(txn, route->callback, mapped->key)) {
        give_answer(txn, source, route, mapped, out);
        if (!before)
            started_note(txn, source, route->callback, mapped->key, &started, message, STR(""));
        return;
    }
    if (start(txn, source, route, mapped, &started, out))
        started_note(txn, source, route->callback, mapped->key, &started, message,
                     started.execution);
}

/* ---- the whole ---- */

static void unusable(const struct source *source, const struct mapped *mapped, struct applied *out)
{
    struct buf body;
    buf_init(&body, source->arena);
    reply_open(&body);
    reply_str(&body, "error", mapped->error);
    reply_str(&body, "message", mapped->reason);
    reply_close(&body);
    *out = (struct applied){
        .verdict = STR("unusable"),
        .status = mapped->status,
        .body = buf_str(&body),
    };
}

void route_apply(struct txn *txn, const struct source *source, const struct route *route,
                 const struct mapped *mapped, struct applied *out)
{
    switch (mapped->kind) {
    case MAPPED_UNUSABLE: unusable(source, mapped, out); return;
    case MAPPED_IGNORED:
        *out = (struct applied){
            .verdict = STR("ignored"),
            .status = 200,
            .body = STR("{\"status\":\"ignored\"}"),
            .is_good = true,
        };
        return;
    case MAPPED_ANSWER: break;
    }
    if (route->start_machine.len > 0)
        resume_or_start(txn, source, route, mapped, out);
    else
        give_answer(txn, source, route, mapped, out);
}

/* ---- forgetting ---- */

/* Forgets one record whose time has come; later, if what it has started still runs. */
static void forget(struct txn *txn, const struct source *source, uint64_t due, str id)
{
    struct key key;
    struct started started;
    size_t slash = str_find_char(id, '/', 0);
    if (slash == id.len) fatal("the key of a started execution does not decode");
    str callback = str_slice(id, 0, slash), text = str_skip(id, slash + 1);
    started_load(source, callback, text, &started);
    if (is_running(source, &started)) {
        started_write(txn, source, callback, text, &started);
        return;
    }
    key_route(&key, source->number, ROUTE_DUE, STR(""), due, id);
    txn_delete(txn, &key);
    started_key(source, &key, callback, text);
    txn_delete(txn, &key);
}

size_t started_expire(struct txn *txn, const struct source *source, size_t max, int64_t *due_ms)
{
    struct key from, to;
    str bytes, value;
    size_t count = 0;
    uint64_t *dues = arena_array(source->arena, max, sizeof *dues);
    str *ids = arena_array(source->arena, max, sizeof *ids);
    key_route(&from, source->number, ROUTE_DUE, STR(""), 0, STR(""));
    key_route(&to, source->number, ROUTE_DUE, STR(""), UINT64_MAX, STR(""));
    *due_ms = INT64_MAX;
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < max && store_cursor_next(cursor, &bytes, &value)) {
        struct key_reader reader;
        uint8_t section;
        str name;
        if (!key_read_begin(&reader, bytes) || !key_read_u8(&reader, &section) ||
            !key_read_text(&reader, &name) || !key_read_u64(&reader, &dues[count]) ||
            !key_read_bytes(&reader, source->arena, &ids[count]))
            fatal("the key of a started execution does not decode");
        if (dues[count] > (uint64_t)source->now_ms) {
            *due_ms = (int64_t)dues[count];
            break;
        }
        count++;
    }
    store_cursor_close(cursor);
    for (size_t i = 0; i < count; i++)
        forget(txn, source, dues[i], ids[i]);
    return count;
}
