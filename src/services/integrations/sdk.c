/* aws-sdk:SERVICE:ACTION: any operation that Baton serves, as the API has it.
 *
 * The parameters are those of the API in the SDK's spelling (names.c), the answer likewise. A
 * transaction holds the writer and cannot wait: what waits is asked of this server by HTTP, as any
 * client would. */
#include "services/integrations/call.h"

static str operation_name(struct arena *arena, str action)
{
    if (action.len == 0) return action;
    char *name = arena_alloc(arena, action.len);
    memcpy(name, action.ptr, action.len);
    if (name[0] >= 'a' && name[0] <= 'z') name[0] = (char)(name[0] & ~0x20);
    return (str){ name, action.len };
}

/* The operations whose answer may be long in coming. */
static bool may_wait(const struct call *call, str operation, json params)
{
    if (call->callee == &callee_sqs && str_eq(operation, STR("ReceiveMessage")))
        return json_i64_or(params, STR("WaitTimeSeconds"), 0) > 0;
    return call->callee == &callee_states && (str_eq(operation, STR("GetActivityTask")) ||
                                              str_eq(operation, STR("StartSyncExecution")));
}

/* An execution becomes records when the transaction ends: whoever reads one, and be it itself, or
 * wants one that has ended does so in the next. */
static bool needs_records(const struct call *call, const struct operation *operation)
{
    if (call->callee != &callee_states || !operation) return false;
    return operation->read || str_eq(operation->name, STR("RedriveExecution"));
}

/* The answer comes to finish_sdk as that of an endpoint outside. */
static void ask_this_server(struct call *call, str operation, json params)
{
    struct shard *shard = call->source.shard;
    json request;
    if (remote_request(call->arena, call->callee, shard_endpoint(shard), STR(""), operation, params,
                       &request))
        call_leave(call, STR("http"), request, json_null());
    else
        call_not_served(call);
}

/* Invoke, whose Payload is bytes: a text goes as it is. */
static void sdk_invoke(struct call *call)
{
    static const struct parameter items[] = {
        { .name = STR_INIT("ClientContext"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("FunctionName"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("InvocationType"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("LogType"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("Payload"), .kind = PARAMETER_TEXT },
        { .name = STR_INIT("Qualifier"), .kind = PARAMETER_STRING },
    };
    static const struct parameters known = { items, sizeof items / sizeof *items };
    json params;
    str why;
    if (parameters_check(call->arena, &known, call->op->value, &params, &why))
        function_invoke(call, params);
    else
        call_refuse(call, why);
}

void integrate_sdk(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome)
{
    const struct callee *callee = callee_find_sdk(op->task->service);
    ASSERT(callee); /* the table of integrations has these services */
    struct call call = call_begin(txn, caller, op, callee, outcome);
    str name = operation_name(call.arena, op->task->action), why;
    const struct operation *operation = service_operation(callee->service, name);
    bool outside = shard_service_endpoint(call.source.shard, callee->name).len > 0;
    json params;
    if (!call_fits(&call)) return;
    if (callee == &callee_lambda && str_eq(name, STR("Invoke"))) {
        sdk_invoke(&call);
        return;
    }
    if (!operation && !outside) {
        call_not_served(&call);
        return;
    }
    if (!sdk_parameters(call.arena, callee, operation ? operation->input : NULL, name, op->value,
                        &params, &why)) {
        call_refuse(&call, why);
        return;
    }
    if (callee == &callee_sqs && queue_is_elsewhere(&call, params)) return;
    if (!outside && needs_records(&call, operation))
        call_leave(&call, STR("later"), params, json_string(name));
    else if (!outside && may_wait(&call, name, params))
        ask_this_server(&call, name, params);
    else
        integration_invoke(&call, name, params);
}

void finish_sdk(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                const struct effect_record *record, const struct effect_result *result,
                struct call_outcome *outcome)
{
    const struct callee *callee = callee_find_sdk(op->task->service);
    ASSERT(callee);
    if (callee == &callee_lambda && str_eq(op->task->action, STR("invoke"))) {
        finish_function(txn, caller, op, record, result, outcome);
        return;
    }
    struct call call = call_begin(txn, caller, op, callee, outcome);
    if (str_eq(record->kind, STR("later")))
        integration_invoke(&call, json_str(record->context), record->request);
    else
        integration_finish(&call, result);
}
