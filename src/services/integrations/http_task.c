/* http:invoke: a request to an HTTP API, with the credentials of a connection of EventBridge.
 *
 *   call --(OAuth, no token kept)--> effect: token --finish--> effect: request --finish--> output
 *        \------------------------> effect: request --finish--> output
 *                                        ^--(401 with a kept token, once)-- effect: token
 *
 * The effects' context has the Task's parameters as long as a further effect may need them. */
#include "services/integrations/call.h"

static void connection_failed(struct call *call, const char *name, const char *what, str arn)
{
    call_fail(call, arena_printf(call->arena, "Events.ConnectionResource.%s", name),
              arena_printf(call->arena, "The connection '%.*s' %s", STR_ARGS(arn), what));
}

static bool find_connection(struct call *call, str arn, struct connection *out)
{
    switch (connection_find(&call->source, arn, out)) {
    case CONNECTION_AUTHORIZED: return true;
    case CONNECTION_MISSING:
        connection_failed(call, "ResourceNotFound", "does not exist.", arn);
        return false;
    case CONNECTION_UNAUTHORIZED:
        connection_failed(call, "InvalidConnectionState", "is not authorized.", arn);
        return false;
    }
    fatal("no such state of a connection");
}

/* `given`: the parameters, for a further attempt with another token; null if there is none. */
static void send_request(struct call *call, const struct http_task *task,
                         const struct connection *connection, str credential, json given)
{
    struct shard *shard = call->source.shard;
    struct json_fields context;
    json request;
    str why;
    if (!http_task_request(call->arena, task, connection, credential, shard_region(shard),
                           shard_payload_bytes_max(shard), &request, &why)) {
        call_fail(call, STR("States.Runtime"), why);
        return;
    }
    json_fields_init(&context, call->arena);
    json_fields_add(&context, STR("step"), json_string(STR("request")));
    if (!json_is_null(given)) json_fields_add(&context, STR("parameters"), given);
    call_leave(call, STR("http"), request, json_fields_done(&context));
}

static void send_token_request(struct call *call, const struct connection *connection, json given)
{
    struct json_fields context;
    json_fields_init(&context, call->arena);
    json_fields_add(&context, STR("step"), json_string(STR("token")));
    json_fields_add(&context, STR("parameters"), given);
    call_leave(call, STR("http"),
               oauth_token_request(call->arena, connection, shard_region(call->source.shard)),
               json_fields_done(&context));
}

void integrate_http(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                    struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, NULL, outcome);
    struct connection connection;
    struct http_task task;
    str why, credential = STR("");
    if (!call_fits(&call)) return;
    if (!http_task_read(call.arena, op->value, &task, &why)) {
        call_refuse(&call, why);
        return;
    }
    if (!find_connection(&call, task.connection, &connection)) return;
    if (connection.auth != CONNECTION_OAUTH)
        send_request(&call, &task, &connection, credential, json_null());
    else if (oauth_token_find(&call.source, &connection, &credential))
        send_request(&call, &task, &connection, credential, op->value);
    else
        send_token_request(&call, &connection, op->value);
}

/* ---- what comes back ---- */

/* The task and its connection once more; both may have been refused meanwhile. */
static bool read_again(struct call *call, json given, struct http_task *task,
                       struct connection *connection)
{
    str why;
    if (!http_task_read(call->arena, given, task, &why)) {
        call_fail(call, STR("States.Runtime"), why);
        return false;
    }
    return find_connection(call, task->connection, connection);
}

static void finish_token(struct call *call, json given, const struct effect_result *result)
{
    struct connection connection;
    struct http_task task;
    str credential;
    if (!read_again(call, given, &task, &connection)) return;
    if (oauth_token_take(call->txn, &call->source, &connection, result, &credential))
        send_request(call, &task, &connection, credential, json_null());
    else
        connection_failed(call, "InvalidConnectionState", "has not been given an access token.",
                          connection.arn);
}

static void finish_request(struct call *call, json given, const struct effect_result *result)
{
    struct connection connection;
    struct http_task task;
    json output;
    str why;
    if (!result->ok) {
        call_fail(call, arena_str(call->arena, result->error),
                  arena_str(call->arena, result->cause));
    } else if (result->status == 401 && !json_is_null(given)) {
        if (!read_again(call, given, &task, &connection)) return;
        oauth_token_forget(call->txn, &call->source, connection.arn);
        send_token_request(call, &connection, given);
    } else if (!http_task_output(call->arena, result, &output, &why)) {
        call_fail(call, STR("States.Runtime"), why);
    } else if (result->status < 200 || result->status >= 300) {
        call_fail(call, arena_printf(call->arena, "States.Http.StatusCode.%d", result->status),
                  arena_str(call->arena, result->body));
    } else {
        call_succeed(call, output);
    }
}

void finish_http(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                 const struct effect_record *record, const struct effect_result *result,
                 struct call_outcome *outcome)
{
    struct call call = call_begin(txn, caller, op, NULL, outcome);
    const json *found = json_find(record->context, STR("parameters"));
    json given = found ? *found : json_null();
    if (str_eq(json_str_or(record->context, STR("step"), STR("")), STR("token")))
        finish_token(&call, given, result);
    else
        finish_request(&call, given, result);
}
