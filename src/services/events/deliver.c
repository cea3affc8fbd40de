/* Delivery of an event to a target, in the transaction of PutEvents. A queue, a topic, a state
 * machine have it when the transaction is over; a function is invoked by a stored effect. */
#include "base/log.h"
#include "services/events/internal.h"
#include "services/lambda/lambda.h"

/* The fourth part of "arn:aws:sqs:REGION:ACCOUNT:rest", and the rest. */
static str arn_service(str arn, str *rest)
{
    str parts[6];
    for (int i = 0; i < 5; i++) {
        size_t colon = str_find_char(arn, ':', 0);
        if (colon == arn.len) return STR("");
        parts[i] = str_slice(arn, 0, colon);
        arn = str_skip(arn, colon + 1);
    }
    *rest = arn;
    return parts[2];
}

bool target_is_served(str arn)
{
    str rest, service = arn_service(arn, &rest);
    if (str_eq(service, STR("sqs")) || str_eq(service, STR("sns"))) return rest.len > 0;
    if (str_eq(service, STR("lambda"))) return str_starts_with(rest, STR("function:"));
    if (str_eq(service, STR("states"))) return str_starts_with(rest, STR("stateMachine:"));
    return str_eq(service, STR("events")) && str_starts_with(rest, STR("event-bus/"));
}

static json fields_of(struct arena *arena, str first, str first_value, str second, str second_value)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, first, json_string(first_value));
    json_fields_add(&fields, second, json_string(second_value));
    return json_fields_done(&fields);
}

static bool send_to_queue(struct txn *txn, json target, str arn, str input, struct error *err)
{
    struct arena *arena = txn_arena(txn);
    json reply, params = fields_of(arena, STR("QueueUrl"), arn, STR("MessageBody"), input);
    const json *settings = json_find(target, STR("SqsParameters"));
    const json *group = settings ? json_find(*settings, STR("MessageGroupId")) : NULL;
    if (group) params = object_with(arena, params, STR("MessageGroupId"), group);
    return service_call(txn, &sqs_service, STR("SendMessage"), params, &reply, err);
}

static bool send(struct txn *txn, json target, str input, json event, int depth, struct error *err)
{
    struct arena *arena = txn_arena(txn);
    str arn = json_str_or(target, STR("Arn"), STR("")), rest = STR("");
    str service = arn_service(arn, &rest);
    json reply;
    if (str_eq(service, STR("sqs"))) return send_to_queue(txn, target, arn, input, err);
    if (str_eq(service, STR("sns")))
        return service_call(txn, &sns_service, STR("Publish"),
                            fields_of(arena, STR("TopicArn"), arn, STR("Message"), input), &reply,
                            err);
    if (str_eq(service, STR("lambda"))) return lambda_invoke_async(txn, arn, STR(""), input, err);
    if (str_eq(service, STR("states")))
        return service_call(txn, &states_service, STR("StartExecution"),
                            fields_of(arena, STR("stateMachineArn"), arn, STR("input"), input),
                            &reply, err);
    struct source source = source_from_txn(txn, arena);
    str bus = str_skip(rest, STR("event-bus/").len);
    if (!bus_expect(&source, bus, err)) return false;
    if (depth < EVENTS_BUS_DEPTH_MAX) put_on_bus(txn, bus, event, depth + 1);
    return true;
}

/* The event as it was, with what went wrong in the attributes, as AWS does. */
static void give_to_dead_letters(struct txn *txn, json target, json event, str rule,
                                 const struct error *why)
{
    struct arena *arena = txn_arena(txn);
    const json *config = json_find(target, STR("DeadLetterConfig"));
    str queue, name = error_name(why->code), text = error_text(why);
    if (!config || !json_find_str(*config, STR("Arn"), &queue)) return;
    const struct {
        str name, value;
    } attributes[] = {
        { STR("RULE_ARN"), rule },
        { STR("TARGET_ARN"), json_str_or(target, STR("Arn"), STR("")) },
        { STR("ERROR_CODE"), name },
        { STR("ERROR_MESSAGE"), text.len ? text : name },
        { STR("RETRY_ATTEMPTS"), STR("0") },
    };
    struct json_fields all;
    json_fields_init(&all, arena);
    for (size_t i = 0; i < sizeof attributes / sizeof *attributes; i++)
        json_fields_add(&all, attributes[i].name,
                        fields_of(arena, STR("DataType"), STR("String"), STR("StringValue"),
                                  arena_str(arena, attributes[i].value)));
    json values = json_fields_done(&all), reply;
    json params =
        fields_of(arena, STR("QueueUrl"), queue, STR("MessageBody"), json_text(arena, event));
    struct error err = { 0 };
    params = object_with(arena, params, STR("MessageAttributes"), &values);
    if (!service_call(txn, &sqs_service, STR("SendMessage"), params, &reply, &err))
        log_line(LOG_WARN, "an event is lost: its dead-letter queue does not take it",
                 "rule=%.*s error=%.*s", STR_ARGS(rule), STR_ARGS(error_name(err.code)));
}

void deliver(struct txn *txn, json target, json event, str bus, str rule, int depth)
{
    struct source source = source_from_txn(txn, txn_arena(txn));
    str arn = rule_arn(&source, bus, rule);
    struct error err = { 0 };
    str input = target_input(source.arena, target, event, arn, rule);
    if (send(txn, target, input, event, depth, &err)) return;
    log_line(LOG_WARN, "an event cannot be delivered", "rule=%.*s error=%.*s", STR_ARGS(arn),
             STR_ARGS(error_name(err.code)));
    give_to_dead_letters(txn, target, event, arn, &err);
}
