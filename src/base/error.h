/* The one error convention.
 *
 * A function that can fail returns bool, takes `struct error *err` last and is MUST_CHECK. True:
 * `err` untouched. False: `err` filled once, by the function that found the fault, and nothing else
 * changed. Layers above may prefix the message, never change the code. A workflow's own failures
 * (States.Timeout and the like) are values of a turn and never travel in here. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/str.h"

/* code, name on the wire (AWS's shape name), HTTP status. The names are those of the service
 * models; the first group is Baton's own and never leaves as such, the codes with a service's name
 * in them are that service's, the others those of Step Functions or of every service. */
#define ERROR_LIST(X)                                                                              \
    X(ERROR_SYNTAX, "SerializationException", 400)                                                 \
    X(ERROR_TOO_DEEP, "SerializationException", 400)                                               \
    X(ERROR_TOO_LARGE, "SerializationException", 413)                                              \
    X(ERROR_IO, "InternalFailure", 500)                                                            \
    X(ERROR_USAGE, "InternalFailure", 500)                                                         \
    X(ERROR_INTERNAL, "InternalFailure", 500)                                                      \
    X(ERROR_OVERLOADED, "ServiceUnavailable", 503)                                                 \
    X(ERROR_UNKNOWN_OPERATION, "UnknownOperationException", 400)                                   \
    X(ERROR_INVALID_ACTION, "InvalidAction", 400)                                                  \
    X(ERROR_MISSING_ACTION, "MissingAction", 400)                                                  \
    X(ERROR_MALFORMED_INPUT, "MalformedInput", 400)                                                \
    X(ERROR_REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLarge", 413)                                \
    X(ERROR_UNSUPPORTED_OPERATION, "UnsupportedOperation", 501)                                    \
    X(ERROR_SERIALIZATION, "SerializationException", 400)                                          \
    X(ERROR_VALIDATION, "ValidationException", 400)                                                \
    X(ERROR_ACTIVITY_ALREADY_EXISTS, "ActivityAlreadyExists", 400)                                 \
    X(ERROR_ACTIVITY_DOES_NOT_EXIST, "ActivityDoesNotExist", 400)                                  \
    X(ERROR_ACTIVITY_LIMIT_EXCEEDED, "ActivityLimitExceeded", 400)                                 \
    X(ERROR_ACTIVITY_WORKER_LIMIT_EXCEEDED, "ActivityWorkerLimitExceeded", 400)                    \
    X(ERROR_CONFLICT, "ConflictException", 409)                                                    \
    X(ERROR_EXECUTION_ALREADY_EXISTS, "ExecutionAlreadyExists", 400)                               \
    X(ERROR_EXECUTION_DOES_NOT_EXIST, "ExecutionDoesNotExist", 400)                                \
    X(ERROR_EXECUTION_LIMIT_EXCEEDED, "ExecutionLimitExceeded", 400)                               \
    X(ERROR_EXECUTION_NOT_REDRIVABLE, "ExecutionNotRedrivable", 400)                               \
    X(ERROR_INVALID_ARN, "InvalidArn", 400)                                                        \
    X(ERROR_INVALID_DEFINITION, "InvalidDefinition", 400)                                          \
    X(ERROR_INVALID_ENCRYPTION_CONFIGURATION, "InvalidEncryptionConfiguration", 400)               \
    X(ERROR_INVALID_EXECUTION_INPUT, "InvalidExecutionInput", 400)                                 \
    X(ERROR_INVALID_LOGGING_CONFIGURATION, "InvalidLoggingConfiguration", 400)                     \
    X(ERROR_INVALID_NAME, "InvalidName", 400)                                                      \
    X(ERROR_INVALID_OUTPUT, "InvalidOutput", 400)                                                  \
    X(ERROR_INVALID_TOKEN, "InvalidToken", 400)                                                    \
    X(ERROR_INVALID_TRACING_CONFIGURATION, "InvalidTracingConfiguration", 400)                     \
    X(ERROR_MISSING_REQUIRED_PARAMETER, "MissingRequiredParameter", 400)                           \
    X(ERROR_RESOURCE_NOT_FOUND, "ResourceNotFound", 400)                                           \
    X(ERROR_SERVICE_QUOTA_EXCEEDED, "ServiceQuotaExceededException", 402)                          \
    X(ERROR_STATE_MACHINE_ALREADY_EXISTS, "StateMachineAlreadyExists", 400)                        \
    X(ERROR_STATE_MACHINE_DELETING, "StateMachineDeleting", 400)                                   \
    X(ERROR_STATE_MACHINE_DOES_NOT_EXIST, "StateMachineDoesNotExist", 400)                         \
    X(ERROR_STATE_MACHINE_LIMIT_EXCEEDED, "StateMachineLimitExceeded", 400)                        \
    X(ERROR_STATE_MACHINE_TYPE_NOT_SUPPORTED, "StateMachineTypeNotSupported", 400)                 \
    X(ERROR_TASK_DOES_NOT_EXIST, "TaskDoesNotExist", 400)                                          \
    X(ERROR_TASK_TIMED_OUT, "TaskTimedOut", 400)                                                   \
    X(ERROR_TOO_MANY_TAGS, "TooManyTags", 400)                                                     \
    X(ERROR_SQS_BATCH_ENTRY_IDS_NOT_DISTINCT, "BatchEntryIdsNotDistinct", 400)                     \
    X(ERROR_SQS_BATCH_REQUEST_TOO_LONG, "BatchRequestTooLong", 400)                                \
    X(ERROR_SQS_EMPTY_BATCH_REQUEST, "EmptyBatchRequest", 400)                                     \
    X(ERROR_SQS_INVALID_ATTRIBUTE_NAME, "InvalidAttributeName", 400)                               \
    X(ERROR_SQS_INVALID_ATTRIBUTE_VALUE, "InvalidAttributeValue", 400)                             \
    X(ERROR_SQS_INVALID_BATCH_ENTRY_ID, "InvalidBatchEntryId", 400)                                \
    X(ERROR_SQS_INVALID_MESSAGE_CONTENTS, "InvalidMessageContents", 400)                           \
    X(ERROR_SQS_MESSAGE_NOT_INFLIGHT, "MessageNotInflight", 400)                                   \
    X(ERROR_SQS_OVER_LIMIT, "OverLimit", 403)                                                      \
    X(ERROR_SQS_PURGE_QUEUE_IN_PROGRESS, "PurgeQueueInProgress", 403)                              \
    X(ERROR_SQS_QUEUE_DELETED_RECENTLY, "QueueDeletedRecently", 400)                               \
    X(ERROR_SQS_QUEUE_DOES_NOT_EXIST, "QueueDoesNotExist", 400)                                    \
    X(ERROR_SQS_QUEUE_NAME_EXISTS, "QueueNameExists", 400)                                         \
    X(ERROR_SQS_RECEIPT_HANDLE_IS_INVALID, "ReceiptHandleIsInvalid", 400)                          \
    X(ERROR_SQS_RESOURCE_NOT_FOUND, "ResourceNotFoundException", 404)                              \
    X(ERROR_SQS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST, "TooManyEntriesInBatchRequest", 400)            \
    X(ERROR_SQS_INVALID_PARAMETER_VALUE, "InvalidParameterValue", 400)                             \
    X(ERROR_SQS_MISSING_PARAMETER, "MissingParameter", 400)                                        \
    X(ERROR_SQS_UNSUPPORTED_OPERATION, "UnsupportedOperation", 400)                                \
    X(ERROR_SQS_INVALID_ADDRESS, "InvalidAddress", 404)                                            \
    X(ERROR_SNS_BATCH_ENTRY_IDS_NOT_DISTINCT, "BatchEntryIdsNotDistinct", 400)                     \
    X(ERROR_SNS_BATCH_REQUEST_TOO_LONG, "BatchRequestTooLong", 400)                                \
    X(ERROR_SNS_EMPTY_BATCH_REQUEST, "EmptyBatchRequest", 400)                                     \
    X(ERROR_SNS_FILTER_POLICY_LIMIT_EXCEEDED, "FilterPolicyLimitExceeded", 403)                    \
    X(ERROR_SNS_INVALID_BATCH_ENTRY_ID, "InvalidBatchEntryId", 400)                                \
    X(ERROR_SNS_INVALID_PARAMETER, "InvalidParameter", 400)                                        \
    X(ERROR_SNS_PARAMETER_VALUE_INVALID, "ParameterValueInvalid", 400)                             \
    X(ERROR_SNS_NOT_FOUND, "NotFound", 404)                                                        \
    X(ERROR_SNS_RESOURCE_NOT_FOUND, "ResourceNotFound", 404)                                       \
    X(ERROR_SNS_SUBSCRIPTION_LIMIT_EXCEEDED, "SubscriptionLimitExceeded", 403)                     \
    X(ERROR_SNS_TAG_LIMIT_EXCEEDED, "TagLimitExceeded", 400)                                       \
    X(ERROR_SNS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST, "TooManyEntriesInBatchRequest", 400)            \
    X(ERROR_SNS_TOPIC_LIMIT_EXCEEDED, "TopicLimitExceeded", 403)                                   \
    X(ERROR_LAMBDA_CODE_STORAGE_EXCEEDED, "CodeStorageExceededException", 400)                     \
    X(ERROR_LAMBDA_INVALID_PARAMETER_VALUE, "InvalidParameterValueException", 400)                 \
    X(ERROR_LAMBDA_INVALID_REQUEST_CONTENT, "InvalidRequestContentException", 400)                 \
    X(ERROR_LAMBDA_INVALID_RUNTIME, "InvalidRuntimeException", 502)                                \
    X(ERROR_LAMBDA_INVALID_ZIP_FILE, "InvalidZipFileException", 502)                               \
    X(ERROR_LAMBDA_PRECONDITION_FAILED, "PreconditionFailedException", 412)                        \
    X(ERROR_LAMBDA_ACCESS_DENIED, "AccessDeniedException", 403)                                    \
    X(ERROR_LAMBDA_POLICY_LENGTH_EXCEEDED, "PolicyLengthExceededException", 400)                   \
    X(ERROR_LAMBDA_REQUEST_ENTITY_TOO_LARGE, "RequestEntityTooLargeException", 413)                \
    X(ERROR_LAMBDA_REQUEST_TOO_LARGE, "RequestTooLargeException", 413)                             \
    X(ERROR_LAMBDA_RESOURCE_CONFLICT, "ResourceConflictException", 409)                            \
    X(ERROR_LAMBDA_RESOURCE_IN_USE, "ResourceInUseException", 400)                                 \
    X(ERROR_LAMBDA_RESOURCE_NOT_FOUND, "ResourceNotFoundException", 404)                           \
    X(ERROR_LAMBDA_SERVICE, "ServiceException", 500)                                               \
    X(ERROR_LAMBDA_TOO_MANY_REQUESTS, "TooManyRequestsException", 429)                             \
    X(ERROR_LAMBDA_UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaTypeException", 415)                   \
    X(ERROR_DYNAMODB_CONDITIONAL_CHECK_FAILED, "ConditionalCheckFailedException", 400)             \
    X(ERROR_DYNAMODB_IDEMPOTENT_PARAMETER_MISMATCH, "IdempotentParameterMismatchException", 400)   \
    X(ERROR_DYNAMODB_LIMIT_EXCEEDED, "LimitExceededException", 400)                                \
    X(ERROR_DYNAMODB_RESOURCE_IN_USE, "ResourceInUseException", 400)                               \
    X(ERROR_DYNAMODB_RESOURCE_NOT_FOUND, "ResourceNotFoundException", 400)                         \
    X(ERROR_DYNAMODB_TRANSACTION_CANCELED, "TransactionCanceledException", 400)                    \
    X(ERROR_DYNAMODB_TRANSACTION_CONFLICT, "TransactionConflictException", 400)                    \
    X(ERROR_DYNAMODB_ITEM_COLLECTION_SIZE_LIMIT_EXCEEDED,                                          \
      "ItemCollectionSizeLimitExceededException", 400)                                             \
    X(ERROR_EVENTS_RESOURCE_NOT_FOUND, "ResourceNotFoundException", 400)                           \
    X(ERROR_EVENTS_RESOURCE_ALREADY_EXISTS, "ResourceAlreadyExistsException", 400)                 \
    X(ERROR_EVENTS_INVALID_EVENT_PATTERN, "InvalidEventPatternException", 400)                     \
    X(ERROR_EVENTS_LIMIT_EXCEEDED, "LimitExceededException", 400)                                  \
    X(ERROR_EVENTS_INVALID_STATE, "InvalidStateException", 400)                                    \
    X(ERROR_GATEWAY_BAD_REQUEST, "BadRequestException", 400)                                       \
    X(ERROR_GATEWAY_LIMIT_EXCEEDED, "LimitExceededException", 429)                                 \
    X(ERROR_GATEWAY_NOT_FOUND, "NotFoundException", 404)                                           \
    X(ERROR_LOGS_INVALID_PARAMETER, "InvalidParameterException", 400)                              \
    X(ERROR_LOGS_RESOURCE_NOT_FOUND, "ResourceNotFoundException", 400)                             \
    X(ERROR_LOGS_RESOURCE_ALREADY_EXISTS, "ResourceAlreadyExistsException", 400)                   \
    X(ERROR_LOGS_LIMIT_EXCEEDED, "LimitExceededException", 400)                                    \
    X(ERROR_TAGGING_PAGINATION_TOKEN_EXPIRED, "PaginationTokenExpiredException", 400)

enum error_code {
    ERROR_NONE = 0,
#define X(code, name, status) code,
    ERROR_LIST(X)
#undef X
};

enum { ERROR_MESSAGE_BYTES_MAX = 512 };

struct error {
    enum error_code code;
    uint32_t offset;  /* byte offset in the text that was read, where that makes sense */
    str long_message; /* used instead of `message` when not empty; in some caller's arena */
    str details;      /* further members of the answer's body, as JSON text that begins with a comma
                         (",\"Item\":{...}"); empty if none; in some caller's arena */
    char message[ERROR_MESSAGE_BYTES_MAX]; /* NUL-terminated, cut if it does not fit */
};

/* Fills err and returns false, so that a caller can `return error_set(...)`. */
bool error_set(struct error *err, enum error_code code, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same for texts of any length; the text is put into the arena. */
bool error_set_long(struct error *err, struct arena *arena, enum error_code code,
                    const char *format, ...) PRINTF_LIKE(4, 5);

/* Puts "prefix: " before the message and returns false. */
bool error_wrap(struct error *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* The message, wherever it is kept; valid as long as err and its arena. */
str error_text(const struct error *err);

/* AWS's name of the error, for `__type`. */
str error_name(enum error_code code);

int error_http_status(enum error_code code);

#endif
