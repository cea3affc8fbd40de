/* What SQS, SNS and STS call things in the Query protocol. */
#include "protocol/query.h"

/* ---- SQS ---- */

static const struct query_collection sqs_collections[] = {
    { STR_INIT("AttributeNames"), STR_INIT("AttributeName"), { 0 }, { 0 }, false },
    { STR_INIT("MessageSystemAttributeNames"),
      STR_INIT("MessageSystemAttributeName"),
      { 0 },
      { 0 },
      false },
    { STR_INIT("MessageAttributeNames"), STR_INIT("MessageAttributeName"), { 0 }, { 0 }, false },
    { STR_INIT("Attributes"), STR_INIT("Attribute"), STR_INIT("Name"), STR_INIT("Value"), false },
    { STR_INIT("MessageAttributes"), STR_INIT("MessageAttribute"), STR_INIT("Name"),
      STR_INIT("Value"), false },
    { STR_INIT("MessageSystemAttributes"), STR_INIT("MessageSystemAttribute"), STR_INIT("Name"),
      STR_INIT("Value"), false },
    { STR_INIT("StringListValues"), STR_INIT("StringListValue"), { 0 }, { 0 }, false },
    { STR_INIT("BinaryListValues"), STR_INIT("BinaryListValue"), { 0 }, { 0 }, false },
    { STR_INIT("Tags"), STR_INIT("Tag"), STR_INIT("Key"), STR_INIT("Value"), false },
    { STR_INIT("tags"), STR_INIT("Tag"), STR_INIT("Key"), STR_INIT("Value"), false },
    { STR_INIT("TagKeys"), STR_INIT("TagKey"), { 0 }, { 0 }, false },
    { STR_INIT("AWSAccountIds"), STR_INIT("AWSAccountId"), { 0 }, { 0 }, false },
    { STR_INIT("Actions"), STR_INIT("ActionName"), { 0 }, { 0 }, false },
    { STR_INIT("Entries"), STR_INIT("+RequestEntry"), { 0 }, { 0 }, false },
    { STR_INIT("Messages"), STR_INIT("Message"), { 0 }, { 0 }, true },
    { STR_INIT("QueueUrls"), STR_INIT("QueueUrl"), { 0 }, { 0 }, true },
    { STR_INIT("queueUrls"), STR_INIT("QueueUrl"), { 0 }, { 0 }, true },
    { STR_INIT("Successful"), STR_INIT("+ResultEntry"), { 0 }, { 0 }, true },
    { STR_INIT("Failed"), STR_INIT("BatchResultErrorEntry"), { 0 }, { 0 }, true },
    { STR_INIT("Results"), STR_INIT("+ResultEntry"), { 0 }, { 0 }, true },
};

static const str sqs_without_result[] = {
    STR_INIT("AddPermission"),      STR_INIT("ChangeMessageVisibility"),
    STR_INIT("DeleteMessage"),      STR_INIT("DeleteQueue"),
    STR_INIT("PurgeQueue"),         STR_INIT("RemovePermission"),
    STR_INIT("SetQueueAttributes"), STR_INIT("TagQueue"),
    STR_INIT("UntagQueue"),
};

/* ---- SNS: only the maps, as lists have the names of their members ---- */

static const struct query_collection sns_collections[] = {
    { STR_INIT("Attributes"), STR_INIT("Attributes"), STR_INIT("key"), STR_INIT("value"), false },
    { STR_INIT("MessageAttributes"), STR_INIT("MessageAttributes"), STR_INIT("Name"),
      STR_INIT("Value"), false },
};

static const str sns_without_result[] = {
    STR_INIT("AddPermission"),
    STR_INIT("DeleteTopic"),
    STR_INIT("PutDataProtectionPolicy"),
    STR_INIT("RemovePermission"),
    STR_INIT("SetSubscriptionAttributes"),
    STR_INIT("SetTopicAttributes"),
    STR_INIT("Unsubscribe"),
};

static const struct query_protocol protocols[] = {
    {
        .service = STR_INIT("sqs"),
        .xmlns = STR_INIT("http://queue.amazonaws.com/doc/2012-11-05/"),
        .is_flat = true,
        .preamble = STR_INIT("<?xml version=\"1.0\"?>"),
        .error_extra = STR_INIT("<Detail/>"),
        .collections = sqs_collections,
        .collection_count = sizeof sqs_collections / sizeof *sqs_collections,
        .without_result = sqs_without_result,
        .without_result_count = sizeof sqs_without_result / sizeof *sqs_without_result,
    },
    {
        .service = STR_INIT("sns"),
        .xmlns = STR_INIT("http://sns.amazonaws.com/doc/2010-03-31/"),
        .collections = sns_collections,
        .collection_count = sizeof sns_collections / sizeof *sns_collections,
        .without_result = sns_without_result,
        .without_result_count = sizeof sns_without_result / sizeof *sns_without_result,
    },
    {
        .service = STR_INIT("sts"),
        .xmlns = STR_INIT("https://sts.amazonaws.com/doc/2011-06-15/"),
    },
};

const struct query_protocol *query_protocol_of(const struct service *service)
{
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (str_eq(protocols[i].service, service->name)) return &protocols[i];
    return NULL;
}

const struct query_collection *query_by_member(const struct query_protocol *protocol, str member)
{
    for (size_t i = 0; i < protocol->collection_count; i++)
        if (str_eq(protocol->collections[i].member, member)) return &protocol->collections[i];
    return NULL;
}

static bool is_wire(str pattern, str operation, str wire)
{
    if (str_at(pattern, 0) != '+') return str_eq(pattern, wire);
    return str_starts_with(wire, operation) &&
           str_eq(str_skip(wire, operation.len), str_skip(pattern, 1));
}

const struct query_collection *query_by_wire(const struct query_protocol *protocol, str operation,
                                             str wire, const struct shape *shape)
{
    const struct query_collection *found = NULL;
    for (size_t i = 0; i < protocol->collection_count; i++) {
        const struct query_collection *collection = &protocol->collections[i];
        if (collection->is_answers || !is_wire(collection->wire, operation, wire)) continue;
        if (!found) found = collection;
        if (shape && shape_field_find(shape, collection->member)) return collection;
    }
    return found;
}

/* The codes of the errors that are called otherwise in JSON; the others have one name. */
static const struct {
    enum error_code code;
    str name;
} error_codes[] = {
    { ERROR_SYNTAX, STR_INIT("MalformedInput") },
    { ERROR_TOO_DEEP, STR_INIT("MalformedInput") },
    { ERROR_TOO_LARGE, STR_INIT("MalformedInput") },
    { ERROR_SERIALIZATION, STR_INIT("MalformedInput") },
    { ERROR_VALIDATION, STR_INIT("ValidationError") },
    { ERROR_UNKNOWN_OPERATION, STR_INIT("InvalidAction") },
    { ERROR_SQS_BATCH_ENTRY_IDS_NOT_DISTINCT,
      STR_INIT("AWS.SimpleQueueService.BatchEntryIdsNotDistinct") },
    { ERROR_SQS_BATCH_REQUEST_TOO_LONG, STR_INIT("AWS.SimpleQueueService.BatchRequestTooLong") },
    { ERROR_SQS_EMPTY_BATCH_REQUEST, STR_INIT("AWS.SimpleQueueService.EmptyBatchRequest") },
    { ERROR_SQS_INVALID_BATCH_ENTRY_ID, STR_INIT("AWS.SimpleQueueService.InvalidBatchEntryId") },
    { ERROR_SQS_MESSAGE_NOT_INFLIGHT, STR_INIT("AWS.SimpleQueueService.MessageNotInflight") },
    { ERROR_SQS_PURGE_QUEUE_IN_PROGRESS, STR_INIT("AWS.SimpleQueueService.PurgeQueueInProgress") },
    { ERROR_SQS_QUEUE_DELETED_RECENTLY, STR_INIT("AWS.SimpleQueueService.QueueDeletedRecently") },
    { ERROR_SQS_QUEUE_DOES_NOT_EXIST, STR_INIT("AWS.SimpleQueueService.NonExistentQueue") },
    { ERROR_SQS_QUEUE_NAME_EXISTS, STR_INIT("QueueAlreadyExists") },
    { ERROR_SQS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
      STR_INIT("AWS.SimpleQueueService.TooManyEntriesInBatchRequest") },
    { ERROR_SQS_UNSUPPORTED_OPERATION, STR_INIT("AWS.SimpleQueueService.UnsupportedOperation") },
};

str query_error_code(enum error_code code)
{
    for (size_t i = 0; i < sizeof error_codes / sizeof *error_codes; i++)
        if (error_codes[i].code == code) return error_codes[i].name;
    return error_name(code);
}
