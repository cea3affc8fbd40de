/* The table of integrations. */
#include "services/integrations/call.h"

#define ROW(service_name, action_name, handler, finisher)                                          \
    {                                                                                              \
        .service = STR_INIT(service_name), .action = STR_INIT(action_name), .call = (handler),     \
        .finish = (finisher)                                                                       \
    }
#define SDK(service_name)                                                                          \
    {                                                                                              \
        .service = STR_INIT(service_name), .action = STR_INIT("*"), .sdk = true,                   \
        .call = integrate_sdk, .finish = finish_sdk                                                \
    }

const struct integration integrations_table[] = {
    ROW("states", "startExecution", integrate_start_execution, NULL),
    ROW("lambda", "", integrate_function, finish_function),
    ROW("lambda", "invoke", integrate_lambda_invoke, finish_function),
    ROW("sqs", "sendMessage", integrate_sqs, finish_service),
    ROW("sns", "publish", integrate_sns, finish_service),
    ROW("events", "putEvents", integrate_events, finish_service),
    ROW("dynamodb", "getItem", integrate_dynamodb, finish_service),
    ROW("dynamodb", "putItem", integrate_dynamodb, finish_service),
    ROW("dynamodb", "updateItem", integrate_dynamodb, finish_service),
    ROW("dynamodb", "deleteItem", integrate_dynamodb, finish_service),
    ROW("http", "invoke", integrate_http, finish_http),
    SDK("sfn"),
    SDK("sqs"),
    SDK("sns"),
    SDK("lambda"),
    SDK("dynamodb"),
    SDK("eventbridge"),
};
const size_t integrations_count = sizeof integrations_table / sizeof *integrations_table;
