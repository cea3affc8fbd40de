/* Names and texts of errors, as recorded from AWS. */
#include <criterion/criterion.h>

#include "services/integrations/support_test.h"

Test(callee, errors_are_named_as_recorded)
{
    static const struct {
        const struct callee *callee;
        enum style style;
        const char *code, *error;
    } cases[] = {
        { &callee_sqs, STYLE_OPTIMIZED, "MissingParameter", "SQS.AmazonSQSException" },
        { &callee_sqs, STYLE_OPTIMIZED, "QueueDoesNotExist", "SQS.QueueDoesNotExistException" },
        { &callee_sqs, STYLE_SDK, "QueueDoesNotExist", "Sqs.QueueDoesNotExistException" },
        { &callee_sqs, STYLE_SDK, "InvalidParameterValue", "Sqs.SqsException" },
        { &callee_sns, STYLE_OPTIMIZED, "NotFound", "SNS.NotFoundException" },
        { &callee_sns, STYLE_OPTIMIZED, "ParameterValueInvalid",
          "SNS.InvalidParameterValueException" },
        { &callee_sns, STYLE_SDK, "KMSDisabled", "Sns.KmsDisabledException" },
        { &callee_dynamodb, STYLE_OPTIMIZED, "ValidationException",
          "DynamoDB.AmazonDynamoDBException" },
        { &callee_dynamodb, STYLE_SDK, "ValidationException", "DynamoDb.DynamoDbException" },
        { &callee_dynamodb, STYLE_OPTIMIZED, "ConditionalCheckFailedException",
          "DynamoDB.ConditionalCheckFailedException" },
        { &callee_dynamodb, STYLE_SDK, "ConditionalCheckFailedException",
          "DynamoDb.ConditionalCheckFailedException" },
        { &callee_lambda, STYLE_OPTIMIZED, "ResourceNotFoundException",
          "Lambda.ResourceNotFoundException" },
        { &callee_lambda, STYLE_OPTIMIZED, "AccessDeniedException", "Lambda.AWSLambdaException" },
        { &callee_lambda, STYLE_OPTIMIZED, "TooManyRequestsException",
          "Lambda.TooManyRequestsException" },
        { &callee_states, STYLE_SDK, "InvalidToken", "Sfn.InvalidTokenException" },
        { &callee_states, STYLE_OPTIMIZED, "ExecutionAlreadyExists",
          "StepFunctions.ExecutionAlreadyExistsException" },
        { &callee_events, STYLE_SDK, "ResourceNotFoundException",
          "EventBridge.ResourceNotFoundException" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_text(callee_error(&arena, cases[i].callee, cases[i].style, str_from(cases[i].code)),
                  cases[i].error);
    arena_close(&arena);
}

Test(callee, causes_are_worded_as_recorded)
{
    static const struct {
        const struct callee *callee;
        enum style style;
        const char *code, *message;
        int status;
        const char *cause;
    } cases[] = {
        { &callee_sqs, STYLE_OPTIMIZED, "MissingParameter",
          "The request must contain the parameter MessageBody.", 400,
          "The request must contain the parameter MessageBody. (Service: AmazonSQS; Status Code: "
          "400; Error Code: MissingParameter; Request ID: ID; Proxy: null)" },
        { &callee_sqs, STYLE_OPTIMIZED, "QueueDoesNotExist", "m", 400,
          "m (Service: AmazonSQS; Status Code: 400; Error Code: "
          "AWS.SimpleQueueService.NonExistentQueue; Request ID: ID; Proxy: null)" },
        { &callee_sns, STYLE_OPTIMIZED, "NotFound", "Topic does not exist", 404,
          "Topic does not exist (Service: AmazonSNS; Status Code: 404; Error Code: NotFound; "
          "Request ID: ID; Proxy: null)" },
        { &callee_dynamodb, STYLE_SDK, "ValidationException",
          "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member "
          "must not be null",
          400,
          "1 validation error detected: Value null at 'item' failed to satisfy constraint: Member "
          "must not be null (Service: DynamoDb, Status Code: 400, Request ID: ID)" },
        { &callee_states, STYLE_SDK, "InvalidToken", "Invalid Token: 'Invalid token'", 400,
          "Invalid Token: 'Invalid token' (Service: Sfn, Status Code: 400, Request ID: ID) (SDK "
          "Attempt Count: 1)" },
        { &callee_lambda, STYLE_OPTIMIZED, "ResourceNotFoundException", "Function not found: a",
          404,
          "Function not found: a (Service: AWSLambda; Status Code: 404; Error Code: "
          "ResourceNotFoundException; Request ID: ID; Proxy: null)" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        test_text(callee_cause(&arena, cases[i].callee, cases[i].style, str_from(cases[i].code),
                               cases[i].status, str_from(cases[i].message), STR("ID")),
                  cases[i].cause);
    arena_close(&arena);
}

Test(callee, services_are_found_by_either_name)
{
    cr_expect_eq(callee_find_sdk(STR("eventbridge")), &callee_events);
    cr_expect_eq(callee_find(STR("events")), &callee_events);
    cr_expect_eq(callee_find_sdk(STR("sfn")), &callee_states);
    cr_expect_null(callee_find_sdk(STR("s3")));
    cr_expect_null(callee_find(STR("sfn")));
}
