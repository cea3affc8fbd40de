/* Limits that are too far away to be reached by calls, and calls from inside a transaction. */
#include <criterion/criterion.h>

#include "services/shape.h"
#include "services/sqs/support_test.h"

static struct api api;

static void open(void)
{
    api_open(&api);
    queue_create(&api, "q", "{}");
    queue_create(&api, "f.fifo", "{'FifoQueue':'true','ContentBasedDeduplication':'true'}");
}

static void close(void)
{
    api_close(&api);
}

TestSuite(limits, .init = open, .fini = close);

static const struct shape any = { .name = "Any" };

/* Runs a handler of the test's own on the writer. */
static str run(write_handler handler)
{
    struct operation operation = { .name = STR("Test"), .input = &any, .write = handler };
    struct request *request = api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo'}");
    api_run(&api);
    bool done = false;
    struct request again = {
        .operation = &operation,
        .params = { .kind = JSON_OBJECT },
        .complete = request->complete,
        .owner = &done,
    };
    arena_init(&again.arena);
    buf_init(&again.reply, &again.arena);
    shard_submit(api.shard, &again);
    api_run(&api);
    cr_assert(done);
    str answer = api_answer(&api, &again);
    arena_close(&again.arena);
    arena_close(&request->arena);
    return answer;
}

/* As if as many were in flight as may be. */
static enum handled fill(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    struct source source = source_from_txn(txn, &request->arena);
    static const char *const names[] = { "q", "f.fifo" };
    for (size_t i = 0; i < 2; i++) {
        struct queue queue;
        cr_assert(sqs_queue_load(&source, str_from(names[i]), &queue));
        queue.state.total += SQS_IN_FLIGHT_MAX;
        queue.state.in_flight += SQS_IN_FLIGHT_MAX;
        sqs_queue_save_state(&source, &queue);
    }
    return HANDLED;
}

Test(limits, messages_in_flight)
{
    queue_send(&api, "q", "a", "");
    queue_send(&api, "f.fifo", "a", ",'MessageGroupId':'g'");
    cr_assert_eq(run(fill).len, 0);
    api_expect_error(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q'}",
                     "OverLimit: Too many messages have been received without being deleted. "
                     "Please delete your received messages or let them timeout before receiving "
                     "more.");
    /* No error to long polls, and none of a FIFO queue (developer guide). */
    struct request *poll =
        api_send(&api, "ReceiveMessage", "{'QueueUrl':'" URL "q','WaitTimeSeconds':1}");
    api_run(&api);
    api_advance(&api, 1000);
    cr_assert(str_eq(api_answer(&api, poll), STR("{}")));
    arena_close(&poll->arena);
    api_expect_exactly(&api, "ReceiveMessage", "{'QueueUrl':'" URL "f.fifo'}", "{}");
    queue_send(&api, "q", "b", "");
}

/* ---- calls inside a transaction ---- */

static json params_of(struct arena *arena, str text)
{
    json params;
    struct error err;
    cr_assert(json_parse(text, arena, &params, &err));
    return params;
}

static enum handled send_and_receive(struct txn *txn, struct request *request, struct error *err)
{
    json reply;
    struct arena *arena = txn_arena(txn);
    if (!service_call(txn, &sqs_service, STR("SendMessage"),
                      params_of(arena, STR("{\"QueueUrl\":\"" ARN "q\",\"MessageBody\":\"in\"}")),
                      &reply, err) ||
        !service_call(txn, &sqs_service, STR("ReceiveMessage"),
                      params_of(arena, STR("{\"QueueUrl\":\"" ARN "q\"}")), &reply, err))
        return HANDLED_FAILED;
    json_write(&request->reply,
               *json_find(json_at(*json_find(reply, STR("Messages")), 0), STR("Body")));
    return HANDLED;
}

static enum handled receive_nothing(struct txn *txn, struct request *request, struct error *err)
{
    json reply;
    if (!service_call(
            txn, &sqs_service, STR("ReceiveMessage"),
            params_of(txn_arena(txn), STR("{\"QueueUrl\":\"" ARN "q\",\"WaitTimeSeconds\":20}")),
            &reply, err))
        return HANDLED_FAILED;
    json_write(&request->reply, reply);
    return HANDLED;
}

static enum handled fail_to_send(struct txn *txn, struct request *request, struct error *err)
{
    json reply;
    (void)request;
    if (service_call(txn, &sqs_service, STR("SendMessage"),
                     params_of(txn_arena(txn), STR("{\"QueueUrl\":\"" ARN "q\"}")), &reply, err))
        return HANDLED;
    return HANDLED_FAILED;
}

Test(limits, calls_inside_a_transaction)
{
    cr_assert(str_eq(run(send_and_receive), STR("\"in\"")));
    queue_expect_counts(&api, "q", 0, 1, 0);
    cr_assert(str_eq(run(receive_nothing), STR("{}"))); /* it cannot wait there */
    cr_assert(str_eq(run(fail_to_send), STR("MissingParameter: The request must contain the "
                                            "parameter MessageBody.")));
}
