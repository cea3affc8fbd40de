/* Carries a call out: inside the transaction, by the service's own API, or, where the server has
 * been told of an endpoint for the service, as an effect in AWS's protocol. The outcome has the
 * same form either way. */
#include "services/integrations/call.h"

/* PutEvents succeeds where entries have failed; the optimised integration does not. */
static bool has_failed_entries(const struct call *call, json answer)
{
    return call->callee == &callee_events && call->style == STYLE_OPTIMIZED &&
           json_i64_or(answer, STR("FailedEntryCount"), 0) > 0;
}

static void succeed_optimized(struct call *call, json answer, const struct header *headers,
                              size_t count, int status)
{
    struct arena *arena = call->arena;
    if (has_failed_entries(call, answer)) {
        str cause = json_text(arena, sdk_sorted_members(arena, answer));
        call_fail(call, STR("EventBridge.FailedEntry"), cause);
        return;
    }
    if (call->callee == &callee_events) /* as recorded: without the headers */
        call_succeed(call, sdk_sorted_members(arena, answer));
    else
        call_succeed(call, answer_with_metadata(arena, answer, headers, count, status));
}

/* The code on the wire: the Query protocol has its own for parameters that do not fit. */
static str wire_code(const struct callee *callee, const struct error *err)
{
    if (callee->protocol == PROTOCOL_QUERY && err->code == ERROR_VALIDATION)
        return STR("ValidationError");
    return error_name(err->code);
}

void integration_invoke(struct call *call, str operation, json params)
{
    const struct callee *callee = call->callee;
    struct shard *shard = call->source.shard;
    str endpoint = shard_service_endpoint(shard, callee->name);
    struct error err = { 0 };
    json answer, request;
    if (endpoint.len) {
        if (!remote_request(call->arena, callee, endpoint, shard_region(shard), operation, params,
                            &request)) {
            call_not_served(call);
            return;
        }
        call_leave(call, STR("http"), request, json_null());
        return;
    }
    if (!service_call(call->txn, callee->service, operation, params, &answer, &err)) {
        call_failed(call, wire_code(callee, &err), error_http_status(err.code), error_text(&err),
                    call_request_id(call));
        return;
    }
    if (call->style == STYLE_SDK) {
        call_succeed(call, sdk_answer(call->arena, callee, answer));
        return;
    }
    const struct header *headers;
    size_t count = answer_callee_headers(call, call_request_id(call), answer, &headers);
    succeed_optimized(call, answer, headers, count, 200);
}

void integration_finish(struct call *call, const struct effect_result *result)
{
    struct remote_answer answer;
    if (!result->ok) {
        call_unreachable(call, result->cause);
        return;
    }
    remote_answer_read(call->arena, call->callee, result, &answer);
    if (!answer.ok)
        call_failed(call, answer.code, answer.status, answer.message, answer.request_id);
    else if (call->style == STYLE_SDK)
        call_succeed(call, sdk_answer(call->arena, call->callee, answer.value));
    else
        succeed_optimized(call, answer.value, answer.headers, answer.header_count, answer.status);
}

void finish_service(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                    const struct effect_record *record, const struct effect_result *result,
                    struct call_outcome *outcome)
{
    const struct callee *callee = callee_find(op->task->service);
    ASSERT(callee);
    struct call call = call_begin(txn, caller, op, callee, outcome);
    (void)record;
    integration_finish(&call, result);
}
