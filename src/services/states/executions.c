/* StartExecution, StartSyncExecution, StopExecution. */
#include "base/prng.h"
#include "services/states/states.h"

/* ---- what an ARN of an execution stands for ---- */

static bool execution_missing(const struct source *source, str arn, struct error *err)
{
    return fail_quoted(source, err, ERROR_EXECUTION_DOES_NOT_EXIST,
                       "Execution Does Not Exist: ", arn);
}

static bool find_serial(const struct source *source, str machine, str name, uint64_t *serial)
{
    struct key key;
    str text;
    int64_t number;
    key_name(&key, source->number, machine, name);
    if (!source_get(source, &key, &text)) return false;
    if (!str_to_i64(text, &number) || number <= 0)
        fatal("the name of an execution does not lead to a serial: the store is damaged");
    *serial = (uint64_t)number;
    return true;
}

static void load_view(const struct source *source, uint64_t serial, struct execution_view *out)
{
    struct key key;
    str text;
    key_execution(&key, source->number, serial);
    if (!source_get(source, &key, &text))
        fatal("execution %llu has a name but no record: the store is damaged",
              (unsigned long long)serial);
    *out = (struct execution_view){ .serial = serial };
    record_identity_decode(source->arena, text, &out->id);
    out->id.serial = serial;
    out->id.machine_arn = arn_machine(source, out->id.machine);
    out->id.arn = arn_execution_text(source, out->id.machine, out->id.name);
    key_end(&key, source->number, serial);
    out->ended = source_get(source, &key, &text);
    if (out->ended) record_end_decode(source->arena, text, &out->end);
    redrive_load(source, serial, &out->redrive);
}

bool execution_view_load(const struct source *source, str text, struct execution_view *out,
                         struct error *err)
{
    struct arn arn;
    uint64_t serial;
    if (!arn_expect(source, text, ARN_EXECUTION, &arn, err)) return false;
    if (!arn_is_ours(source, &arn) || arn.label.len > 0 ||
        !find_serial(source, arn.name, arn.execution, &serial))
        return execution_missing(source, text, err);
    load_view(source, serial, out);
    return true;
}

/* ---- what a start is given ---- */

static bool input_fails(const struct source *source, struct error *err, str why)
{
    return fail_quoted(source, err, ERROR_INVALID_EXECUTION_INPUT,
                       "Invalid State Machine Execution Input: ", why);
}

static bool read_input(const struct source *source, json params, struct execution_start *start,
                       struct error *err)
{
    struct error parsing = { 0 };
    str text = STR("{}");
    size_t bytes_max = shard_payload_bytes_max(source->shard);
    text = json_str_or(params, STR("input"), text);
    if (text.len > bytes_max)
        return error_set(err, ERROR_VALIDATION,
                         "1 validation error detected: Value at 'input' failed to satisfy "
                         "constraint: Member must have length less than or equal to %zu",
                         bytes_max);
    if (str_trim(text).len == 0) return input_fails(source, err, STR("Invalid execution input."));
    if (!json_parse(text, source->arena, &start->input_value, &parsing))
        return input_fails(source, err, error_text(&parsing));
    start->input = text;
    return true;
}

/* *made: nobody can have used the name. */
static bool read_name(struct txn *txn, const struct source *source, json params,
                      struct execution_start *start, bool *made, struct error *err)
{
    *made = !json_find_str(params, STR("name"), &start->name);
    if (!*made) return name_check(source, start->name, err);
    char *uuid = arena_alloc(source->arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), uuid);
    start->name = (str){ uuid, PRNG_UUID_CHARS };
    return true;
}

static bool read_target(struct txn *txn, const struct source *source, json params,
                        struct target *target, struct execution_start *start, struct error *err)
{
    str arn = json_str_or(params, STR("stateMachineArn"), STR(""));
    if (!target_resolve(source, arn, txn_prng(txn), target, err)) return false;
    const struct machine_record *machine = &target->machine;
    if (machine->status == MACHINE_DELETING)
        return fail_quoted(source, err, ERROR_STATE_MACHINE_DELETING,
                           "State Machine is being deleted: ", arn);
    start->machine = machine->name;
    start->revision = target->revision;
    start->type = machine->type;
    start->role_arn = target->role_arn;
    if (target->has_version)
        start->version_arn = arn_version_text(source, machine->name, target->version.version);
    if (target->has_alias)
        start->alias_arn = arn_alias_text(source, machine->name, target->alias.name);
    start->trace_header = json_str_or(params, STR("traceHeader"), STR(""));
    return true;
}

/* ---- StartExecution ---- */

/* An execution of that name is there already. API reference: the same input while it runs is
 * answered like the first time, anything else is refused. Executions of a deleted machine of the
 * same name do not count. */
static bool is_taken(const struct source *source, const struct target *target,
                     const struct execution_start *start, struct execution_view *view)
{
    uint64_t serial;
    if (start->type == ASL_EXPRESS || !find_serial(source, start->machine, start->name, &serial))
        return false;
    load_view(source, serial, view);
    return !view->ended || view->id.start_ms >= target->machine.created_ms;
}

static void set_parent(struct execution_start *start, const struct execution_parent *parent)
{
    if (!parent) return;
    start->parent_serial = parent->serial;
    start->parent_frame = parent->frame;
    start->parent_task = parent->task;
}

bool execution_start(struct txn *txn, const struct source *source, json params,
                     const struct execution_parent *parent, uint64_t *serial, str *arn,
                     int64_t *start_ms, struct error *err)
{
    struct execution_start start = { 0 };
    struct target target;
    struct execution_view view;
    bool made;
    if (!read_target(txn, source, params, &target, &start, err) ||
        !read_name(txn, source, params, &start, &made, err) ||
        !read_input(source, params, &start, err))
        return false;
    if (!made && is_taken(source, &target, &start, &view)) {
        *serial = view.serial;
        *arn = view.id.arn;
        *start_ms = view.id.start_ms;
        if (!parent && !view.ended && str_eq(view.id.input, start.input)) return true;
        return fail_quoted(source, err, ERROR_EXECUTION_ALREADY_EXISTS,
                           "Execution Already Exists: ", view.id.arn);
    }
    set_parent(&start, parent);
    const struct execution *execution = txn_execution_start(txn, &start);
    *serial = execution->id.serial;
    *arn = execution->id.arn;
    *start_ms = execution->id.start_ms;
    return true;
}

enum handled handle_start_execution(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    uint64_t serial;
    str arn;
    int64_t start_ms;
    if (!execution_start(txn, &source, request->params, NULL, &serial, &arn, &start_ms, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_str(out, "executionArn", arn);
    reply_time(out, "startDate", start_ms);
    reply_close(out);
    return HANDLED;
}

/* ---- StartSyncExecution ---- */

enum {
    BILLED_MEMORY_MB = 64, /* the smallest that AWS bills */
    BILLED_STEP_MS = 100,  /* durations are rounded up to these */
};

static void reply_billing(struct buf *out, int64_t duration_ms)
{
    int64_t steps = (duration_ms + BILLED_STEP_MS - 1) / BILLED_STEP_MS;
    reply_name(out, "billingDetails");
    reply_open(out);
    reply_i64(out, "billedMemoryUsedInMB", BILLED_MEMORY_MB);
    reply_i64(out, "billedDurationInMilliseconds", (steps > 0 ? steps : 1) * BILLED_STEP_MS);
    reply_close(out);
}

static void reply_sync(struct request *request, const struct execution *execution)
{
    const struct execution_identity *id = &execution->id;
    bool data =
        !str_eq(json_str_or(request->params, STR("includedData"), STR("")), STR("METADATA_ONLY"));
    struct buf *out = reply_begin(request);
    reply_str(out, "executionArn", id->arn);
    reply_str(out, "stateMachineArn", id->machine_arn);
    reply_str(out, "name", id->name);
    reply_time(out, "startDate", id->start_ms);
    reply_time(out, "stopDate", execution->stop_ms);
    reply_str(out, "status", execution_status_name(execution->status));
    if (execution->error.ptr) reply_str(out, "error", execution->error);
    if (execution->cause.ptr) reply_str(out, "cause", execution->cause);
    if (data) reply_str(out, "input", id->input);
    reply_included(out, "inputDetails", data);
    if (data && execution->output) {
        reply_name(out, "output");
        buf_add(out, document_quoted(execution->output, execution->arena));
    }
    reply_included(out, "outputDetails", data);
    reply_str_unless_empty(out, "traceHeader", id->trace_header);
    reply_billing(out, execution->stop_ms - id->start_ms);
    reply_close(out);
}

enum handled handle_start_sync_execution(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct execution_start start = { 0 };
    struct target target;
    json params = request->params;
    bool made;
    if (!read_target(txn, &source, params, &target, &start, err)) return HANDLED_FAILED;
    if (start.type != ASL_EXPRESS) {
        error_set(err, ERROR_STATE_MACHINE_TYPE_NOT_SUPPORTED,
                  "This operation is not supported by this type of state machine");
        return HANDLED_FAILED;
    }
    if (!read_name(txn, &source, params, &start, &made, err) ||
        !read_input(&source, params, &start, err))
        return HANDLED_FAILED;
    const struct execution *execution = txn_execution_start(txn, &start);
    if (execution->status == EXECUTION_RUNNING) {
        txn_park_until_end(txn, request, execution->id.serial, reply_sync);
        return HANDLED_LATER;
    }
    reply_sync(request, execution);
    return HANDLED;
}

/* ---- StopExecution ---- */

static str find_text(json params, const char *name)
{
    const json *value = json_find(params, str_from(name));
    return value && json_is_string(*value) ? json_str(*value) : (str){ NULL, 0 };
}

bool execution_stop(struct txn *txn, const struct source *source, json params, int64_t *stop_ms,
                    struct error *err)
{
    struct execution_view view = { 0 };
    if (!execution_view_load(source, json_str_or(params, STR("executionArn"), STR("")), &view, err))
        return false;
    struct execution *execution = view.ended ? NULL : txn_execution_load(txn, view.serial);
    *stop_ms = view.ended ? view.end.stop_ms : source->now_ms;
    if (!execution) return true; /* stopping what has ended is no error */
    struct engine_event event = {
        .kind = ENGINE_STOP,
        .error = find_text(params, "error"),
        .cause = find_text(params, "cause"),
    };
    if (txn_execution_turn(txn, execution, &event)) *stop_ms = execution->stop_ms;
    return true;
}

enum handled handle_stop_execution(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    int64_t stop_ms;
    if (!execution_stop(txn, &source, request->params, &stop_ms, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_time(out, "stopDate", stop_ms);
    reply_close(out);
    return HANDLED;
}
