/* The services that Tasks call: how the SDKs that AWS built its integrations with name and word
 * their errors.
 *
 * Optimised integrations use version 1 of the SDK for Java, aws-sdk integrations version 2. Both
 * make an exception class of each error of the service's model; all others become one class per
 * service. Sources: the recorded histories for the forms, the service models (botocore) for the
 * lists. */
#include "services/integrations/call.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const str states_exceptions[] = {
    STR_INIT("ActivityAlreadyExists"),
    STR_INIT("ActivityDoesNotExist"),
    STR_INIT("ActivityLimitExceeded"),
    STR_INIT("ActivityWorkerLimitExceeded"),
    STR_INIT("ConflictException"),
    STR_INIT("ExecutionAlreadyExists"),
    STR_INIT("ExecutionDoesNotExist"),
    STR_INIT("ExecutionLimitExceeded"),
    STR_INIT("ExecutionNotRedrivable"),
    STR_INIT("InvalidArn"),
    STR_INIT("InvalidDefinition"),
    STR_INIT("InvalidEncryptionConfiguration"),
    STR_INIT("InvalidExecutionInput"),
    STR_INIT("InvalidLoggingConfiguration"),
    STR_INIT("InvalidName"),
    STR_INIT("InvalidOutput"),
    STR_INIT("InvalidToken"),
    STR_INIT("InvalidTracingConfiguration"),
    STR_INIT("KmsAccessDeniedException"),
    STR_INIT("KmsInvalidStateException"),
    STR_INIT("KmsThrottlingException"),
    STR_INIT("MissingRequiredParameter"),
    STR_INIT("ResourceNotFound"),
    STR_INIT("ServiceQuotaExceededException"),
    STR_INIT("StateMachineAlreadyExists"),
    STR_INIT("StateMachineDeleting"),
    STR_INIT("StateMachineDoesNotExist"),
    STR_INIT("StateMachineLimitExceeded"),
    STR_INIT("StateMachineTypeNotSupported"),
    STR_INIT("TaskDoesNotExist"),
    STR_INIT("TaskTimedOut"),
    STR_INIT("TooManyTags"),
    STR_INIT("ValidationException"),
};

static const str sqs_exceptions[] = {
    STR_INIT("BatchEntryIdsNotDistinct"),
    STR_INIT("BatchRequestTooLong"),
    STR_INIT("EmptyBatchRequest"),
    STR_INIT("InvalidAddress"),
    STR_INIT("InvalidAttributeName"),
    STR_INIT("InvalidAttributeValue"),
    STR_INIT("InvalidBatchEntryId"),
    STR_INIT("InvalidIdFormat"),
    STR_INIT("InvalidMessageContents"),
    STR_INIT("InvalidSecurity"),
    STR_INIT("KmsAccessDenied"),
    STR_INIT("KmsDisabled"),
    STR_INIT("KmsInvalidKeyUsage"),
    STR_INIT("KmsInvalidState"),
    STR_INIT("KmsNotFound"),
    STR_INIT("KmsOptInRequired"),
    STR_INIT("KmsThrottled"),
    STR_INIT("MessageNotInflight"),
    STR_INIT("OverLimit"),
    STR_INIT("PurgeQueueInProgress"),
    STR_INIT("QueueDeletedRecently"),
    STR_INIT("QueueDoesNotExist"),
    STR_INIT("QueueNameExists"),
    STR_INIT("ReceiptHandleIsInvalid"),
    STR_INIT("RequestThrottled"),
    STR_INIT("ResourceNotFoundException"),
    STR_INIT("TooManyEntriesInBatchRequest"),
    STR_INIT("UnsupportedOperation"),
};

/* As on the wire: the shapes' names with "Exception" are the classes. */
static const str sns_exceptions[] = {
    STR_INIT("AuthorizationError"),
    STR_INIT("BatchEntryIdsNotDistinct"),
    STR_INIT("BatchRequestTooLong"),
    STR_INIT("ConcurrentAccess"),
    STR_INIT("EmptyBatchRequest"),
    STR_INIT("EndpointDisabled"),
    STR_INIT("FilterPolicyLimitExceeded"),
    STR_INIT("InternalError"),
    STR_INIT("InvalidBatchEntryId"),
    STR_INIT("InvalidParameter"),
    STR_INIT("ParameterValueInvalid"),
    STR_INIT("InvalidSecurity"),
    STR_INIT("InvalidState"),
    STR_INIT("KMSAccessDenied"),
    STR_INIT("KMSDisabled"),
    STR_INIT("KMSInvalidState"),
    STR_INIT("KMSNotFound"),
    STR_INIT("KMSOptInRequired"),
    STR_INIT("KMSThrottling"),
    STR_INIT("NotFound"),
    STR_INIT("OptedOut"),
    STR_INIT("PlatformApplicationDisabled"),
    STR_INIT("ReplayLimitExceeded"),
    STR_INIT("ResourceNotFound"),
    STR_INIT("StaleTag"),
    STR_INIT("SubscriptionLimitExceeded"),
    STR_INIT("TagLimitExceeded"),
    STR_INIT("TagPolicy"),
    STR_INIT("Throttled"),
    STR_INIT("TooManyEntriesInBatchRequest"),
    STR_INIT("TopicLimitExceeded"),
    STR_INIT("UserError"),
    STR_INIT("ValidationException"),
    STR_INIT("Verification"),
};

static const str lambda_exceptions[] = {
    STR_INIT("AliasLimitExceededException"),
    STR_INIT("CallbackTimeoutException"),
    STR_INIT("CapacityProviderLimitExceededException"),
    STR_INIT("CodeArtifactUserDeletedException"),
    STR_INIT("CodeArtifactUserFailedException"),
    STR_INIT("CodeArtifactUserPendingException"),
    STR_INIT("CodeSigningConfigNotFoundException"),
    STR_INIT("CodeStorageExceededException"),
    STR_INIT("CodeVerificationFailedException"),
    STR_INIT("DurableExecutionAlreadyStartedException"),
    STR_INIT("EC2AccessDeniedException"),
    STR_INIT("EC2ThrottledException"),
    STR_INIT("EC2UnexpectedException"),
    STR_INIT("EFSIOException"),
    STR_INIT("EFSMountConnectivityException"),
    STR_INIT("EFSMountFailureException"),
    STR_INIT("EFSMountTimeoutException"),
    STR_INIT("ENILimitReachedException"),
    STR_INIT("ENINotReadyException"),
    STR_INIT("FunctionVersionsPerCapacityProviderLimitExceededException"),
    STR_INIT("InvalidCodeSignatureException"),
    STR_INIT("InvalidParameterValueException"),
    STR_INIT("InvalidRequestContentException"),
    STR_INIT("InvalidRuntimeException"),
    STR_INIT("InvalidSecurityGroupIDException"),
    STR_INIT("InvalidSubnetIDException"),
    STR_INIT("InvalidZipFileException"),
    STR_INIT("KMSAccessDeniedException"),
    STR_INIT("KMSDisabledException"),
    STR_INIT("KMSInvalidStateException"),
    STR_INIT("KMSNotFoundException"),
    STR_INIT("ModeNotSupportedException"),
    STR_INIT("NoPublishedVersionException"),
    STR_INIT("PolicyLengthExceededException"),
    STR_INIT("PreconditionFailedException"),
    STR_INIT("ProvisionedConcurrencyConfigNotFoundException"),
    STR_INIT("PublicPolicyException"),
    STR_INIT("RecursiveInvocationException"),
    STR_INIT("RequestTooLargeException"),
    STR_INIT("ResourceConflictException"),
    STR_INIT("ResourceInUseException"),
    STR_INIT("ResourceNotFoundException"),
    STR_INIT("ResourceNotReadyException"),
    STR_INIT("S3FilesMountConnectivityException"),
    STR_INIT("S3FilesMountFailureException"),
    STR_INIT("S3FilesMountTimeoutException"),
    STR_INIT("SerializedRequestEntityTooLargeException"),
    STR_INIT("ServiceException"),
    STR_INIT("ServiceQuotaExceededException"),
    STR_INIT("SnapStartException"),
    STR_INIT("SnapStartNotReadyException"),
    STR_INIT("SnapStartRegenerationFailureException"),
    STR_INIT("SnapStartTimeoutException"),
    STR_INIT("SubnetIPAddressLimitReachedException"),
    STR_INIT("TooManyRequestsException"),
    STR_INIT("UnsupportedMediaTypeException"),
};

static const str dynamodb_exceptions[] = {
    STR_INIT("BackupInUseException"),
    STR_INIT("BackupNotFoundException"),
    STR_INIT("ConditionalCheckFailedException"),
    STR_INIT("ContinuousBackupsUnavailableException"),
    STR_INIT("DuplicateItemException"),
    STR_INIT("ExportConflictException"),
    STR_INIT("ExportNotFoundException"),
    STR_INIT("GlobalTableAlreadyExistsException"),
    STR_INIT("GlobalTableNotFoundException"),
    STR_INIT("IdempotentParameterMismatchException"),
    STR_INIT("ImportConflictException"),
    STR_INIT("ImportNotFoundException"),
    STR_INIT("IndexNotFoundException"),
    STR_INIT("InternalServerError"),
    STR_INIT("InvalidExportTimeException"),
    STR_INIT("InvalidRestoreTimeException"),
    STR_INIT("ItemCollectionSizeLimitExceededException"),
    STR_INIT("LimitExceededException"),
    STR_INIT("PointInTimeRecoveryUnavailableException"),
    STR_INIT("PolicyNotFoundException"),
    STR_INIT("ProvisionedThroughputExceededException"),
    STR_INIT("ReplicaAlreadyExistsException"),
    STR_INIT("ReplicaNotFoundException"),
    STR_INIT("ReplicatedWriteConflictException"),
    STR_INIT("RequestLimitExceeded"),
    STR_INIT("ResourceInUseException"),
    STR_INIT("ResourceNotFoundException"),
    STR_INIT("TableAlreadyExistsException"),
    STR_INIT("TableInUseException"),
    STR_INIT("TableNotFoundException"),
    STR_INIT("ThrottlingException"),
    STR_INIT("TransactionCanceledException"),
    STR_INIT("TransactionConflictException"),
    STR_INIT("TransactionInProgressException"),
};

static const str events_exceptions[] = {
    STR_INIT("AccessDeniedException"),
    STR_INIT("ConcurrentModificationException"),
    STR_INIT("IllegalStatusException"),
    STR_INIT("InternalException"),
    STR_INIT("InvalidEventPatternException"),
    STR_INIT("InvalidStateException"),
    STR_INIT("LimitExceededException"),
    STR_INIT("ManagedRuleException"),
    STR_INIT("OperationDisabledException"),
    STR_INIT("PolicyLengthExceededException"),
    STR_INIT("ResourceAlreadyExistsException"),
    STR_INIT("ResourceNotFoundException"),
    STR_INIT("ThrottlingException"),
};

/* Members whose keys are the user's own, so that they keep their letters. */
static const str states_maps[] = { STR_INIT("assignedVariables"), STR_INIT("variableReferences") };
static const str sqs_maps[] = { STR_INIT("Attributes"), STR_INIT("MessageAttributes"),
                                STR_INIT("MessageSystemAttributes"), STR_INIT("Tags"),
                                STR_INIT("tags") };
static const str sns_maps[] = { STR_INIT("Attributes"), STR_INIT("attributes"),
                                STR_INIT("MessageAttributes") };
static const str lambda_maps[] = { STR_INIT("AdditionalVersionWeights"), STR_INIT("Endpoints"),
                                   STR_INIT("ExplicitTags"), STR_INIT("Tags"),
                                   STR_INIT("Variables") };
static const str dynamodb_maps[] = {
    STR_INIT("Attributes"),
    STR_INIT("ExpressionAttributeNames"),
    STR_INIT("Item"),
    STR_INIT("ItemCollectionKey"),
    STR_INIT("Items"),
    STR_INIT("ItemCollectionMetrics"),
    STR_INIT("Key"),
    STR_INIT("Keys"),
    STR_INIT("LastEvaluatedKey"),
    STR_INIT("Responses"),
    STR_INIT("UnprocessedItems"),
    STR_INIT("UnprocessedKeys"),
};

static const str states_times[] = { STR_INIT("Date"), STR_INIT("timestamp") };
static const str sns_times[] = { STR_INIT("CreatedAt") };
static const str lambda_times[] = { STR_INIT("LastModified"), STR_INIT("Timestamp") };
static const str dynamodb_times[] = { STR_INIT("DateTime"),  STR_INIT("EndTime"),
                                      STR_INIT("StartTime"), STR_INIT("FromTime"),
                                      STR_INIT("ToTime"),    STR_INIT("ExportTime") };
static const str events_times[] = { STR_INIT("Time") };

#define TABLES(name) .exceptions = name##_exceptions, .exception_count = COUNT(name##_exceptions)

const struct callee callee_states = {
    .service = &states_service,
    .name = STR_INIT("states"),
    .sdk_name = STR_INIT("sfn"),
    .prefix = { STR_INIT("StepFunctions"), STR_INIT("Sfn") },
    .title = { STR_INIT("AWSStepFunctions"), STR_INIT("Sfn") },
    .fallback = { STR_INIT("AWSStepFunctionsException"), STR_INIT("SfnException") },
    TABLES(states),
    .maps = states_maps,
    .map_count = COUNT(states_maps),
    .times = states_times,
    .time_count = COUNT(states_times),
    .protocol = PROTOCOL_JSON,
    .counts_attempts = true,
};

const struct callee callee_sqs = {
    .service = &sqs_service,
    .name = STR_INIT("sqs"),
    .sdk_name = STR_INIT("sqs"),
    .prefix = { STR_INIT("SQS"), STR_INIT("Sqs") },
    .title = { STR_INIT("AmazonSQS"), STR_INIT("Sqs") },
    .fallback = { STR_INIT("AmazonSQSException"), STR_INIT("SqsException") },
    TABLES(sqs),
    .maps = sqs_maps,
    .map_count = COUNT(sqs_maps),
    .protocol = PROTOCOL_JSON,
    .counts_attempts = true,
};

const struct callee callee_sns = {
    .service = &sns_service,
    .name = STR_INIT("sns"),
    .sdk_name = STR_INIT("sns"),
    .prefix = { STR_INIT("SNS"), STR_INIT("Sns") },
    .title = { STR_INIT("AmazonSNS"), STR_INIT("Sns") },
    .fallback = { STR_INIT("AmazonSNSException"), STR_INIT("SnsException") },
    TABLES(sns),
    .maps = sns_maps,
    .map_count = COUNT(sns_maps),
    .times = sns_times,
    .time_count = COUNT(sns_times),
    .protocol = PROTOCOL_QUERY,
    .counts_attempts = true,
};

const struct callee callee_lambda = {
    .service = &lambda_service,
    .name = STR_INIT("lambda"),
    .sdk_name = STR_INIT("lambda"),
    .prefix = { STR_INIT("Lambda"), STR_INIT("Lambda") },
    .title = { STR_INIT("AWSLambda"), STR_INIT("Lambda") },
    .fallback = { STR_INIT("AWSLambdaException"), STR_INIT("LambdaException") },
    TABLES(lambda),
    .maps = lambda_maps,
    .map_count = COUNT(lambda_maps),
    .times = lambda_times,
    .time_count = COUNT(lambda_times),
    .protocol = PROTOCOL_REST,
    .counts_attempts = true,
};

/* Its recordings are from before the SDK counted attempts; they decide. */
const struct callee callee_dynamodb = {
    .service = &dynamodb_service,
    .name = STR_INIT("dynamodb"),
    .sdk_name = STR_INIT("dynamodb"),
    .prefix = { STR_INIT("DynamoDB"), STR_INIT("DynamoDb") },
    .title = { STR_INIT("AmazonDynamoDBv2"), STR_INIT("DynamoDb") },
    .fallback = { STR_INIT("AmazonDynamoDBException"), STR_INIT("DynamoDbException") },
    TABLES(dynamodb),
    .maps = dynamodb_maps,
    .map_count = COUNT(dynamodb_maps),
    .times = dynamodb_times,
    .time_count = COUNT(dynamodb_times),
    .protocol = PROTOCOL_JSON,
    .long_ids = true,
};

const struct callee callee_events = {
    .service = &events_service,
    .name = STR_INIT("events"),
    .sdk_name = STR_INIT("eventbridge"),
    .prefix = { STR_INIT("EventBridge"), STR_INIT("EventBridge") },
    .title = { STR_INIT("AmazonEventBridge"), STR_INIT("EventBridge") },
    .fallback = { STR_INIT("AmazonEventBridgeException"), STR_INIT("EventBridgeException") },
    TABLES(events),
    .times = events_times,
    .time_count = COUNT(events_times),
    .protocol = PROTOCOL_JSON,
    .counts_attempts = true,
};

static const struct callee *const callees[] = { &callee_states, &callee_sqs,      &callee_sns,
                                                &callee_lambda, &callee_dynamodb, &callee_events };

const struct callee *callee_find_sdk(str name)
{
    for (size_t i = 0; i < COUNT(callees); i++)
        if (str_eq(callees[i]->sdk_name, name)) return callees[i];
    return NULL;
}

const struct callee *callee_find(str name)
{
    for (size_t i = 0; i < COUNT(callees); i++)
        if (str_eq(callees[i]->name, name)) return callees[i];
    return NULL;
}

/* ---- errors ---- */

bool callee_names(const struct callee *callee, str code)
{
    for (size_t i = 0; i < callee->exception_count; i++)
        if (str_eq(callee->exceptions[i], code)) return true;
    return false;
}

str callee_error(struct arena *arena, const struct callee *callee, enum style style, str code)
{
    str prefix = callee->prefix[style];
    if (!callee_names(callee, code))
        return arena_printf(arena, "%.*s.%.*s", STR_ARGS(prefix),
                            STR_ARGS(callee->fallback[style]));
    /* The one shape of SNS that is not called as its code. */
    if (str_eq(code, STR("ParameterValueInvalid"))) code = STR("InvalidParameterValue");
    if (style == STYLE_SDK) code = sdk_member_name(arena, code);
    bool suffixed = str_ends_with(code, STR("Exception"));
    return arena_printf(arena, "%.*s.%.*s%s", STR_ARGS(prefix), STR_ARGS(code),
                        suffixed ? "" : "Exception");
}

/* SQS speaks JSON, and gives version 1 of the SDK the codes of its older protocol. */
static str query_code(const struct callee *callee, str code)
{
    static const struct {
        str code, query;
    } rows[] = {
        { STR_INIT("BatchEntryIdsNotDistinct"),
          STR_INIT("AWS.SimpleQueueService.BatchEntryIdsNotDistinct") },
        { STR_INIT("BatchRequestTooLong"), STR_INIT("AWS.SimpleQueueService.BatchRequestTooLong") },
        { STR_INIT("EmptyBatchRequest"), STR_INIT("AWS.SimpleQueueService.EmptyBatchRequest") },
        { STR_INIT("InvalidBatchEntryId"), STR_INIT("AWS.SimpleQueueService.InvalidBatchEntryId") },
        { STR_INIT("MessageNotInflight"), STR_INIT("AWS.SimpleQueueService.MessageNotInflight") },
        { STR_INIT("PurgeQueueInProgress"),
          STR_INIT("AWS.SimpleQueueService.PurgeQueueInProgress") },
        { STR_INIT("QueueDeletedRecently"),
          STR_INIT("AWS.SimpleQueueService.QueueDeletedRecently") },
        { STR_INIT("QueueDoesNotExist"), STR_INIT("AWS.SimpleQueueService.NonExistentQueue") },
        { STR_INIT("QueueNameExists"), STR_INIT("QueueAlreadyExists") },
        { STR_INIT("TooManyEntriesInBatchRequest"),
          STR_INIT("AWS.SimpleQueueService.TooManyEntriesInBatchRequest") },
        { STR_INIT("UnsupportedOperation"),
          STR_INIT("AWS.SimpleQueueService.UnsupportedOperation") },
    };
    for (size_t i = 0; callee == &callee_sqs && i < COUNT(rows); i++)
        if (str_eq(rows[i].code, code)) return rows[i].query;
    return code;
}

str callee_cause(struct arena *arena, const struct callee *callee, enum style style, str code,
                 int status, str message, str request_id)
{
    str title = callee->title[style], wire = query_code(callee, code);
    if (style == STYLE_OPTIMIZED)
        return arena_printf(arena,
                            "%.*s (Service: %.*s; Status Code: %d; Error Code: %.*s; Request ID: "
                            "%.*s; Proxy: null)",
                            STR_ARGS(message), STR_ARGS(title), status, STR_ARGS(wire),
                            STR_ARGS(request_id));
    return arena_printf(arena, "%.*s (Service: %.*s, Status Code: %d, Request ID: %.*s)%s",
                        STR_ARGS(message), STR_ARGS(title), status, STR_ARGS(request_id),
                        callee->counts_attempts ? " (SDK Attempt Count: 1)" : "");
}
