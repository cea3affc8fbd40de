/* The constraints of the services' own tables. The texts of the first group are recorded from AWS;
 * the others have the same form (Coral, the framework that AWS's services are made with). */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/service.h"
#include "services/shape.h"

static const struct shape *shape_of(const char *operation)
{
    char target[100];
    snprintf(target, sizeof target, "AWSStepFunctions.%s", operation);
    const struct service *service;
    const struct operation *found = services_find(str_from(target), &service);
    cr_assert_not_null(found, "%s", operation);
    return found->input;
}

static str check(struct arena *arena, const char *operation, str text)
{
    json params;
    struct error err = { 0 };
    cr_assert(json_parse(text, arena, &params, &err), "%.*s", STR_ARGS(text));
    if (shape_check(shape_of(operation), params, arena, &err)) return STR("ok");
    str name = error_name(err.code), message = error_text(&err);
    return arena_printf(arena, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(message));
}

static const struct {
    const char *operation, *params, *result;
} cases[] = {
    { "ListExecutions", "{\"stateMachineArn\":\"x\",\"maxResults\":1000}", "ok" },
    { "ListExecutions", "{\"stateMachineArn\":\"x\",\"maxResults\":1001}",
      "ValidationException: 1 validation error detected: Value '1001' at 'maxResults' failed to "
      "satisfy constraint: Member must have value less than or equal to 1000" },
    { "ListExecutions", "{\"stateMachineArn\":\"x\",\"statusFilter\":\"succeeded\"}",
      "ValidationException: 1 validation error detected: Value 'succeeded' at 'statusFilter' "
      "failed to satisfy constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, "
      "PENDING_REDRIVE, ABORTED, FAILED, RUNNING]" },
    /* unknown fields and null */
    { "ListExecutions", "{\"stateMachineArn\":null,\"somethingNew\":{\"a\":[1]}}", "ok" },
    { "DescribeActivity", "{\"activityArn\":null}",
      "ValidationException: 1 validation error detected: Value null at 'activityArn' failed to "
      "satisfy constraint: Member must not be null" },
    { "DescribeActivity", "{\"activityArn\":\"\"}",
      "ValidationException: 1 validation error detected: Value '' at 'activityArn' failed to "
      "satisfy constraint: Member must have length greater than or equal to 1" },
    { "ListExecutions", "{\"maxResults\":-1}",
      "ValidationException: 1 validation error detected: Value '-1' at 'maxResults' failed to "
      "satisfy constraint: Member must have value greater than or equal to 0" },
    /* several faults, in the order of the model */
    { "CreateStateMachine", "{\"name\":\"\",\"type\":\"FAST\",\"roleArn\":\"r\"}",
      "ValidationException: 3 validation errors detected: Value '' at 'name' failed to satisfy "
      "constraint: Member must have length greater than or equal to 1; Value null at 'definition' "
      "failed to satisfy constraint: Member must not be null; Value 'FAST' at 'type' failed to "
      "satisfy constraint: Member must satisfy enum value set: [STANDARD, EXPRESS]" },
    /* inside structures and lists */
    { "TagResource", "{\"resourceArn\":\"x\",\"tags\":[{\"key\":\"a\"},{\"key\":\"\"}]}",
      "ValidationException: 1 validation error detected: Value '' at 'tags.2.member.key' failed "
      "to satisfy constraint: Member must have length greater than or equal to 1" },
    { "UntagResource", "{\"resourceArn\":\"x\",\"tagKeys\":[\"a\",\"\"]}",
      "ValidationException: 1 validation error detected: Value '[a, ]' at 'tagKeys' failed to "
      "satisfy constraint: Member must satisfy constraint: [Member must have length less than or "
      "equal to 128, Member must have length greater than or equal to 1]" },
    { "CreateStateMachineAlias",
      "{\"name\":\"a\",\"routingConfiguration\":[{\"stateMachineVersionArn\":\"v\",\"weight\":101}]"
      "}",
      "ValidationException: 1 validation error detected: Value '101' at "
      "'routingConfiguration.1.member.weight' failed to satisfy constraint: Member must have value "
      "less than or equal to 100" },
    { "CreateStateMachineAlias", "{\"name\":\"a\",\"routingConfiguration\":[]}",
      "ValidationException: 1 validation error detected: Value '[]' at 'routingConfiguration' "
      "failed to satisfy constraint: Member must have length greater than or equal to 1" },
    { "UpdateStateMachineAlias",
      "{\"stateMachineAliasArn\":\"a\",\"routingConfiguration\":[{\"stateMachineVersionArn\":\"v\","
      "\"weight\":1},{\"stateMachineVersionArn\":\"w\",\"weight\":2},{\"stateMachineVersionArn\":"
      "\"x\",\"weight\":3}]}",
      "ValidationException: 1 validation error detected: Value "
      "'[RoutingConfigurationListItem(stateMachineVersionArn=v, weight=1), "
      "RoutingConfigurationListItem(stateMachineVersionArn=w, weight=2), "
      "RoutingConfigurationListItem(stateMachineVersionArn=x, weight=3)]' at "
      "'routingConfiguration' failed to satisfy constraint: Member must have length less than or "
      "equal to 2" },
    /* a pattern */
    { "CreateStateMachineAlias",
      "{\"name\":\"12\",\"routingConfiguration\":[{\"stateMachineVersionArn\":\"v\",\"weight\":1}]"
      "}",
      "ValidationException: 1 validation error detected: Value '12' at 'name' failed to satisfy "
      "constraint: Member must satisfy regular expression pattern: "
      "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$" },
    /* the model's sensitive fields are not repeated */
    { "CreateStateMachine", "{\"name\":\"a\",\"definition\":\"\",\"roleArn\":\"r\"}",
      "ValidationException: 1 validation error detected: Value at 'definition' failed to satisfy "
      "constraint: Member must have length greater than or equal to 1" },
    /* wrong types */
    { "ListExecutions", "{\"maxResults\":\"5\"}",
      "SerializationException: STRING_VALUE can not be converted to an Integer" },
    { "ListExecutions", "{\"maxResults\":1.5}",
      "SerializationException: NUMBER_VALUE can not be converted to an Integer" },
    { "DescribeActivity", "{\"activityArn\":1}",
      "SerializationException: NUMBER_VALUE can not be converted to a String" },
    { "DescribeActivity", "{\"activityArn\":true}",
      "SerializationException: TRUE_VALUE can not be converted to a String" },
    { "DescribeActivity", "{\"activityArn\":{}}",
      "SerializationException: Start of structure or map found where not expected." },
    { "TagResource", "{\"resourceArn\":\"x\",\"tags\":\"a\"}",
      "SerializationException: STRING_VALUE can not be converted to a List" },
};

Test(constraints, faults_are_named_as_aws_names_them)
{
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        arena_init(&arena);
        str result = check(&arena, cases[i].operation, str_from(cases[i].params));
        cr_expect(str_eq(result, str_from(cases[i].result)), "%s %s: %.*s", cases[i].operation,
                  cases[i].params, STR_ARGS(result));
        arena_close(&arena);
    }
}

/* Each limit at n and at n + 1. */
static const struct {
    const char *operation, *field;
    size_t max;
} limits[] = {
    { "ListExecutions", "nextToken", 3096 },    { "ListStateMachines", "nextToken", 1024 },
    { "SendTaskHeartbeat", "taskToken", 2048 }, { "DescribeExecution", "executionArn", 256 },
    { "CreateActivity", "name", 80 },
};

Test(constraints, lengths_end_where_the_model_says)
{
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        struct arena arena;
        arena_init(&arena);
        for (size_t more = 0; more < 2; more++) {
            struct buf text, wanted;
            size_t count = limits[i].max + more;
            buf_init(&text, &arena);
            buf_printf(&text, "{\"%s\":\"", limits[i].field);
            for (size_t j = 0; j < count; j++)
                buf_add(&text, STR("\xC3\xA9")); /* characters count, not bytes */
            buf_add(&text, STR("\"}"));
            buf_init(&wanted, &arena);
            buf_printf(&wanted, "Member must have length less than or equal to %zu", limits[i].max);
            str result = check(&arena, limits[i].operation, buf_str(&text));
            if (more)
                cr_expect(str_ends_with(result, buf_str(&wanted)), "%s", limits[i].operation);
            else
                cr_expect(str_eq(result, STR("ok")), "%s", limits[i].operation);
        }
        arena_close(&arena);
    }
}
