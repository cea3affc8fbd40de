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

/* code, name on the wire (AWS's shape name), HTTP status. The names are those of the service model
 * of the Step Functions API; the first group is Baton's own and never leaves as such. */
#define ERROR_LIST(X)                                                                              \
    X(ERROR_SYNTAX, "SerializationException", 400)                                                 \
    X(ERROR_TOO_DEEP, "SerializationException", 400)                                               \
    X(ERROR_TOO_LARGE, "SerializationException", 413)                                              \
    X(ERROR_IO, "InternalFailure", 500)                                                            \
    X(ERROR_USAGE, "InternalFailure", 500)                                                         \
    X(ERROR_INTERNAL, "InternalFailure", 500)                                                      \
    X(ERROR_OVERLOADED, "ServiceUnavailable", 503)                                                 \
    X(ERROR_UNKNOWN_OPERATION, "UnknownOperationException", 400)                                   \
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
    X(ERROR_TOO_MANY_TAGS, "TooManyTags", 400)

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
