/* What clients of the queue do: send, receive with and without waiting, delete, let go. */
#include "sim.h"

#include <stdio.h>

static void must_succeed(const struct world *world, const struct call *call, const char *operation)
{
    if (call->request.error.code != ERROR_NONE)
        world_fail(world, "%s: %.*s", operation, STR_ARGS(error_name(call->request.error.code)));
}

/* ---- send ---- */

static void send_answered(struct world *world, struct call *call)
{
    must_succeed(world, call, "SendMessage");
    struct message *message = &world->model.messages[call->message];
    json answer = world_answer(world, call, &call->request.arena);
    str id = json_str_or(answer, STR("MessageId"), STR(""));
    if (message->received && !str_eq(id, str_from(message->id)))
        world_fail(world, "message %u was received under another id", call->message);
    snprintf(message->id, sizeof message->id, "%.*s", STR_ARGS(id));
    message->acknowledged = true;
    if (call->seconds > 0) message->hidden_until_ms = call->ran_ms + 1000 * call->seconds;
}

void queue_act_send(struct world *world)
{
    uint32_t message = ledger_add_message(&world->model, false, 0);
    int64_t delay_s = world_pick(world, 4) == 0 ? (int64_t)world_pick(world, 40) : 0;
    char params[256];
    snprintf(params, sizeof params,
             "{\"QueueUrl\":\"" SIM_QUEUE "\",\"MessageBody\":\"{\\\"plain\\\":%u}\","
             "\"DelaySeconds\":%lld}",
             message, (long long)delay_s);
    struct call *call = world_call(world, "AmazonSQS.SendMessage", str_from(params), send_answered);
    call->message = message;
    call->seconds = delay_s;
    world_send(world, call);
}

/* ---- receive ---- */

static void receive_one(struct world *world, json item, int64_t ran_ms, int64_t visibility_s,
                        struct arena *arena)
{
    json body;
    str text;
    uint32_t number =
        ledger_message_of(world, json_str_or(item, STR("Body"), STR("")), arena, &body);
    ledger_receive(world, number, json_str_or(item, STR("MessageId"), STR("")),
                   json_str_or(item, STR("ReceiptHandle"), STR("")), ran_ms,
                   ran_ms + 1000 * visibility_s);
    const struct message *message = &world->model.messages[number];
    if (!message->of_run) return;
    if (!json_find_str(body, STR("token"), &text))
        world_fail(world, "message %u has no token", number);
    struct task task = { message->run, message->life, ANY_ATTEMPT };
    model_add_token(&world->model, task, text);
}

size_t queue_received(struct world *world, json answer, int64_t ran_ms, int64_t visibility_s)
{
    const json *list = json_find(answer, STR("Messages"));
    size_t count = list ? json_count(*list) : 0;
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < count; i++)
        receive_one(world, json_at(*list, i), ran_ms, visibility_s, &arena);
    arena_close(&arena);
    return count;
}

static void receive_answered(struct world *world, struct call *call)
{
    must_succeed(world, call, "ReceiveMessage");
    (void)queue_received(world, world_answer(world, call, &call->request.arena), call->ran_ms,
                         call->seconds);
}

void queue_act_receive(struct world *world)
{
    static const int64_t timeouts_s[] = { 0, 5, 30, 60 };
    int64_t visibility_s = timeouts_s[world_pick(world, 4)];
    int64_t wait_s = world_pick(world, 2) ? (int64_t)world_pick(world, 21) : 0;
    char params[256];
    snprintf(params, sizeof params,
             "{\"QueueUrl\":\"" SIM_QUEUE
             "\",\"MaxNumberOfMessages\":%d,\"VisibilityTimeout\":%lld,"
             "\"WaitTimeSeconds\":%lld}",
             1 + (int)world_pick(world, 3), (long long)visibility_s, (long long)wait_s);
    struct call *call =
        world_call(world, "AmazonSQS.ReceiveMessage", str_from(params), receive_answered);
    call->seconds = visibility_s;
    call->is_poll = wait_s > 0;
    world_send(world, call);
}

/* ---- delete, let go ---- */

/* A message that somebody has received; false if the one that chance picks has not been. */
static bool pick_received(struct world *world, uint32_t *out)
{
    const struct model *model = &world->model;
    if (model->message_count == 0) return false;
    *out = (uint32_t)world_pick(world, model->message_count);
    return model->messages[*out].received;
}

static void delete_answered(struct world *world, struct call *call)
{
    must_succeed(world, call, "DeleteMessage");
    world->model.messages[call->message].deleted = true;
}

void queue_act_delete(struct world *world)
{
    uint32_t number;
    if (!pick_received(world, &number)) return;
    struct message *message = &world->model.messages[number];
    char params[256];
    snprintf(params, sizeof params, "{\"QueueUrl\":\"" SIM_QUEUE "\",\"ReceiptHandle\":\"%s\"}",
             message->receipt);
    struct call *call =
        world_call(world, "AmazonSQS.DeleteMessage", str_from(params), delete_answered);
    call->message = number;
    message->delete_sent = true;
    world_send(world, call);
}

/* Refused if the message is gone, or another receive has been later. */
static void change_answered(struct world *world, struct call *call)
{
    struct message *message = &world->model.messages[call->message];
    enum error_code code = call->request.error.code;
    message->changes_open--;
    if (code == ERROR_NONE)
        message->hidden_until_ms = call->ran_ms + 1000 * call->seconds;
    else if (code != ERROR_SQS_INVALID_PARAMETER_VALUE)
        world_fail(world, "ChangeMessageVisibility: %.*s", STR_ARGS(error_name(code)));
}

void queue_act_change(struct world *world)
{
    uint32_t number;
    if (!pick_received(world, &number)) return;
    struct message *message = &world->model.messages[number];
    int64_t seconds = world_pick(world, 2) ? (int64_t)world_pick(world, 60) : 0;
    char params[256];
    snprintf(params, sizeof params,
             "{\"QueueUrl\":\"" SIM_QUEUE "\",\"ReceiptHandle\":\"%s\",\"VisibilityTimeout\":%lld}",
             message->receipt, (long long)seconds);
    struct call *call =
        world_call(world, "AmazonSQS.ChangeMessageVisibility", str_from(params), change_answered);
    call->message = number;
    call->seconds = seconds;
    message->changes_open++;
    world_send(world, call);
}
