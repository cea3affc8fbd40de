/* Calls of functions, services and addresses, whose outcome comes on another thread. */
#include "base/limits.h"
#include "services/gateway/run.h"
#include "services/lambda/lambda.h"
#include "services/shape.h"

static enum handled fail_now(struct call *call, str cause, backend_done done)
{
    struct backend_result result = { .end = BACKEND_FAILED, .cause = cause };
    done(call, &result);
    return HANDLED;
}

/* ---- effects: functions and addresses ---- */

/* Lives in the effect, which may outlive the request. */
struct pending {
    struct call *call; /* NULL once it has been answered */
};

static void answer_pending(struct pending *pending, const struct backend_result *result)
{
    struct call *call = pending->call;
    struct request *request = call->request;
    pending->call = NULL;
    call->done(call, result);
    request->complete(request);
}

/* The time of the integration is over; the effect goes on by itself. */
static void effect_late(struct effect *effect)
{
    struct pending *pending = effect->owner;
    struct backend_result result = { .end = BACKEND_LATE };
    if (pending->call) answer_pending(pending, &result);
}

static void effect_over(struct effect *effect)
{
    struct pending *pending = effect->owner;
    const struct effect_result *outcome = &effect->result;
    if (pending->call) {
        struct arena *arena = pending->call->in.arena;
        bool is_timeout = !outcome->ok && str_eq(outcome->cause, STR("The request timed out."));
        struct backend_result result = {
            .end = outcome->ok  ? BACKEND_ANSWERED
                   : is_timeout ? BACKEND_LATE
                                : BACKEND_FAILED,
            .cause = arena_str(arena, outcome->cause),
            .body = arena_str(arena, outcome->body),
            .threw = outcome->error.len > 0,
            .status = outcome->status,
            .headers = arena_str(arena, outcome->headers),
        };
        answer_pending(pending, &result);
    }
    effect_free(effect);
}

static enum handled send(struct call *call, str kind, json request, backend_done done)
{
    const struct carrier *carrier = shard_carrier(call->source.shard);
    if (!carrier->carry) return fail_now(call, STR("This server runs no functions."), done);
    struct effect *effect = effect_new();
    struct pending *pending = ARENA_NEW(&effect->arena, struct pending);
    call->done = done;
    pending->call = call;
    effect->kind = kind;
    effect->request = json_copy(&effect->arena, request);
    effect->done = effect_over;
    effect->late = effect_late;
    effect->late_ms = call->timeout_ms;
    effect->owner = pending;
    carrier->carry(carrier->context, effect);
    return HANDLED_LATER; /* from here on the request is another thread's */
}

enum handled backend_function(struct call *call, str arn, str payload, backend_done done)
{
    json request;
    struct error err = { 0 };
    if (payload.len > LAMBDA_PAYLOAD_BYTES_MAX)
        return fail_now(call, STR("The event is larger than a function takes."), done);
    if (!lambda_invocation(&call->source, arn, STR(""), payload, &request, &err))
        return fail_now(call, arena_str(call->in.arena, error_text(&err)), done);
    return send(call, STR("function"), request, done);
}

enum handled backend_http(struct call *call, json request, backend_done done)
{
    return send(call, STR("http"), request, done);
}

/* ---- operations of services ---- */

static str error_body(struct arena *arena, const struct error *err)
{
    struct buf body;
    buf_init(&body, arena);
    buf_add(&body, STR("{\"__type\":"));
    json_write_str(&body, error_name(err->code));
    buf_add(&body, STR(",\"message\":"));
    json_write_str(&body, error_text(err));
    buf_add_char(&body, '}');
    return buf_str(&body);
}

/* The request is the gateway's again, and has its outcome. */
static void operation_over(struct call *call)
{
    struct request *request = call->request;
    struct arena *arena = call->in.arena;
    struct backend_result result = { .status = 200 };
    request->operation = call->operation;
    request->complete = call->complete;
    request->owner = call->owner;
    if (request->error.code != ERROR_NONE) {
        result.status = error_http_status(request->error.code);
        result.body = error_body(arena, &request->error);
    } else {
        result.body = arena_str(arena, buf_str(&request->reply));
        if (result.body.len == 0) result.body = STR("{}");
    }
    if (request->is_late) result.end = BACKEND_LATE;
    request->error = (struct error){ 0 };
    request->head = NULL;
    buf_init(&request->reply, arena);
    call->done(call, &result);
}

static void operation_complete(struct request *request)
{
    operation_over(request->owner);
    request->complete(request);
}

enum handled backend_operation(struct call *call, const struct operation *operation, json params,
                               backend_done done)
{
    struct request *request = call->request;
    struct error *err = &request->error;
    const struct reader *reader = call->reader;
    enum handled handled = HANDLED;
    call->done = done;
    call->operation = request->operation;
    call->complete = request->complete;
    call->owner = request->owner;
    request->operation = operation;
    request->params = params;
    request->complete = operation_complete;
    request->owner = call;
    /* The others answer at once, or have a time of their own (ReceiveMessage). */
    if (str_eq(operation->name, STR("StartSyncExecution")))
        request->deadline_ms = reader->now_ms + call->timeout_ms;
    buf_init(&request->reply, &request->arena);
    bool good = shape_check(operation->input, params, &request->arena, err);
    if (good && operation->prepare) good = operation->prepare(reader, request, err) == HANDLED;
    if (good && operation->write) {
        shard_submit(reader->shard, request);
        return HANDLED_LATER;
    }
    if (good) handled = operation->read(reader, request, err);
    if (handled == HANDLED_LATER) return handled;
    operation_over(call);
    return HANDLED;
}

enum handled backend_function_event(struct call *call, str arn, str payload, backend_done done)
{
    struct arena *arena = call->in.arena;
    json params = json_with(arena, json_empty(), STR("FunctionName"), json_string(arn));
    params = json_with(arena, params, STR("InvocationType"), json_string(STR("Event")));
    params = json_with(arena, params, STR("Payload"), json_string(payload));
    return backend_operation(call, service_operation(&lambda_service, STR("Invoke")), params, done);
}
