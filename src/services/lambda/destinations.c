/* Giving what became of an invocation to a queue, a topic, a function or an event bus of Baton's
 * own, in the same transaction. */
#include "base/log.h"
#include "services/lambda/lambda_private.h"

static json one_item(struct arena *arena, json item)
{
    json *items = arena_array(arena, 1, sizeof *items);
    items[0] = item;
    return json_array(items, 1);
}

/* Lambda guide, "Capturing records of Lambda asynchronous invocations": the event on a bus. */
static json event_of(struct arena *arena, const struct delivery *delivery)
{
    struct json_fields event, fields;
    json *resources = arena_array(arena, 2, sizeof *resources);
    resources[0] = json_string(delivery->target);
    resources[1] = json_string(delivery->source_arn);
    json_fields_init(&event, arena);
    json_fields_add(&event, STR("EventBusName"), json_string(delivery->target));
    json_fields_add(&event, STR("Source"), json_string(STR("lambda")));
    json_fields_add(&event, STR("DetailType"),
                    json_string(delivery->success
                                    ? STR("Lambda Function Invocation Result - Success")
                                    : STR("Lambda Function Invocation Result - Failure")));
    json_fields_add(&event, STR("Detail"), json_string(delivery->body));
    json_fields_add(&event, STR("Resources"), json_array(resources, 2));
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("Entries"), one_item(arena, json_fields_done(&event)));
    return json_fields_done(&fields);
}

static json message_of(struct arena *arena, const struct delivery *delivery, const char *target,
                       const char *body)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, str_from(target), json_string(delivery->target));
    json_fields_add(&fields, str_from(body), json_string(delivery->body));
    if (!json_is_null(delivery->attributes))
        json_fields_add(&fields, STR("MessageAttributes"), delivery->attributes);
    return json_fields_done(&fields);
}

static bool is_of(str arn, const char *service)
{
    str rest = arn;
    for (int i = 0; i < 2; i++) {
        size_t colon = str_find_char(rest, ':', 0);
        if (colon == rest.len) return false;
        rest = str_skip(rest, colon + 1);
    }
    return str_eq(str_slice(rest, 0, str_find_char(rest, ':', 0)), str_from(service));
}

static bool send(struct txn *txn, const struct source *source, const struct delivery *delivery,
                 struct error *err)
{
    json reply;
    str target = delivery->target;
    struct arena *arena = source->arena;
    if (is_of(target, "sqs"))
        return service_call(txn, &sqs_service, STR("SendMessage"),
                            message_of(arena, delivery, "QueueUrl", "MessageBody"), &reply, err);
    if (is_of(target, "sns"))
        return service_call(txn, &sns_service, STR("Publish"),
                            message_of(arena, delivery, "TopicArn", "Message"), &reply, err);
    if (is_of(target, "lambda"))
        return lambda_invoke_async(txn, target, STR(""), delivery->body, err);
    if (is_of(target, "events"))
        return service_call(txn, &events_service, STR("PutEvents"), event_of(arena, delivery),
                            &reply, err);
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE, "no such destination");
}

void destination_send(struct txn *txn, const struct source *source, const struct delivery *delivery)
{
    char target[LOG_QUOTED_BYTES_MAX], cause[LOG_QUOTED_BYTES_MAX];
    struct error err = { 0 };
    if (send(txn, source, delivery, &err)) return;
    log_line(LOG_WARN, "an invocation's outcome could not be delivered", "target=%s cause=%s",
             log_quote(delivery->target, target), log_quote(error_text(&err), cause));
}
