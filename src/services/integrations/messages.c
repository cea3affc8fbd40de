/* sqs:sendMessage, sns:publish and events:putEvents.
 *
 * Source: "Call Amazon SQS / Amazon SNS / EventBridge" in the Developer Guide for the fields; the
 * recorded histories for what becomes text and for what fails. A message that is no text is sent as
 * its JSON text, as is the detail of an event. */
#include "services/integrations/call.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct parameter attribute_value[] = {
    { .name = STR_INIT("BinaryListValues"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("BinaryValue"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("DataType"), .kind = PARAMETER_STRING },
    { .name = STR_INIT("StringListValues"), .kind = PARAMETER_LIST },
    { .name = STR_INIT("StringValue"), .kind = PARAMETER_STRING },
};
static const struct parameters attribute = { attribute_value, COUNT(attribute_value) };

/* Calls `operation` with the parameters as `known` has them. */
static bool checked(struct call *call, const struct parameters *known, json *params)
{
    str why;
    if (!call_fits(call)) return false;
    if (parameters_check(call->arena, known, call->op->value, params, &why)) return true;
    call_refuse(call, why);
    return false;
}

/* ---- SQS ---- */

bool queue_is_elsewhere(struct call *call, json params)
{
    str url = json_str_or(params, STR("QueueUrl"), STR(""));
    size_t scheme = str_find(url, STR("://"), 0);
    if (scheme == url.len) return false;
    str host = str_skip(url, scheme + 3);
    if (str_find_char(host, '/', 0) != host.len || host.len == 0) return false;
    call_unreachable(call,
                     arena_printf(call->arena, "%.*s: Name or service not known", STR_ARGS(host)));
    return true;
}

void integrate_sqs(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome)
{
    static const struct parameter items[] = {
        { .name = STR_INIT("DelaySeconds"), .kind = PARAMETER_NUMBER },
        { .name = STR_INIT("MessageAttributes"), .kind = PARAMETER_MAP, .of = &attribute },
        { .name = STR_INIT("MessageBody"), .kind = PARAMETER_TEXT, .required = true },
        { .name = STR_INIT("MessageDeduplicationId"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("MessageGroupId"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("MessageSystemAttributes"), .kind = PARAMETER_MAP, .of = &attribute },
        { .name = STR_INIT("QueueUrl"), .kind = PARAMETER_STRING, .required = true },
    };
    static const struct parameters known = { items, COUNT(items) };
    struct call call = call_begin(txn, caller, op, &callee_sqs, outcome);
    json params;
    if (!checked(&call, &known, &params) || queue_is_elsewhere(&call, params)) return;
    integration_invoke(&call, STR("SendMessage"), params);
}

/* ---- SNS ---- */

void integrate_sns(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                   struct call_outcome *outcome)
{
    static const struct parameter items[] = {
        { .name = STR_INIT("Message"), .kind = PARAMETER_TEXT, .required = true },
        { .name = STR_INIT("MessageAttributes"), .kind = PARAMETER_MAP, .of = &attribute },
        { .name = STR_INIT("MessageDeduplicationId"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("MessageGroupId"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("MessageStructure"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("PhoneNumber"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("Subject"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("TargetArn"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("TopicArn"), .kind = PARAMETER_STRING },
    };
    static const struct parameters known = { items, COUNT(items) };
    struct call call = call_begin(txn, caller, op, &callee_sns, outcome);
    json params;
    if (!checked(&call, &known, &params)) return;
    integration_invoke(&call, STR("Publish"), params);
}

/* ---- EventBridge ---- */

/* Each entry with the ARNs of the machine and of the execution behind its own resources. */
json events_entries(struct arena *arena, json entries, str machine_arn, str execution_arn)
{
    struct json_list out;
    json_list_init(&out, arena);
    for (size_t i = 0; i < json_count(entries); i++) {
        json entry = json_at(entries, i);
        const json *given = json_find(entry, STR("Resources"));
        struct json_list resources;
        struct json_fields fields;
        json_list_init(&resources, arena);
        for (size_t k = 0; given && k < json_count(*given); k++)
            json_list_add(&resources, json_at(*given, k));
        json_list_add(&resources, json_string(machine_arn));
        json_list_add(&resources, json_string(execution_arn));
        json_fields_from(&fields, arena, entry);
        json_fields_add(&fields, STR("Resources"), json_list_done(&resources));
        json_list_add(&out, json_fields_done(&fields));
    }
    return json_list_done(&out);
}

void integrate_events(struct txn *txn, const struct execution *caller, const struct engine_op *op,
                      struct call_outcome *outcome)
{
    static const struct parameter entry_items[] = {
        { .name = STR_INIT("Detail"), .kind = PARAMETER_TEXT },
        { .name = STR_INIT("DetailType"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("EventBusName"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("Resources"), .kind = PARAMETER_LIST },
        { .name = STR_INIT("Source"), .kind = PARAMETER_STRING },
        { .name = STR_INIT("Time"), .kind = PARAMETER_ANY },
        { .name = STR_INIT("TraceHeader"), .kind = PARAMETER_STRING },
    };
    static const struct parameters entry = { entry_items, COUNT(entry_items) };
    static const struct parameter items[] = {
        { .name = STR_INIT("Entries"), .kind = PARAMETER_LIST, .required = true, .of = &entry },
    };
    static const struct parameters known = { items, COUNT(items) };
    struct call call = call_begin(txn, caller, op, &callee_events, outcome);
    json params;
    if (!checked(&call, &known, &params)) return;
    const json *entries = json_find(params, STR("Entries"));
    if (entries) {
        struct json_fields fields;
        json_fields_init(&fields, call.arena);
        json_fields_add(
            &fields, STR("Entries"),
            events_entries(call.arena, *entries, caller->id.machine_arn, caller->id.arn));
        params = json_fields_done(&fields);
    }
    integration_invoke(&call, STR("PutEvents"), params);
}
