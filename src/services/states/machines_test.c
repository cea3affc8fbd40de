/* State machines, versions, aliases and tags. Answers and errors as in AWS's recorded ones. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

#define ROLE "'roleArn':'arn:aws:iam::000000000000:role/r'"
#define PASS                                                                                       \
    "'{\\'StartAt\\':\\'A\\',\\'States\\':{\\'A\\':{\\'Type\\':\\'Pass\\',\\'End\\':true}}}'"
#define PASS_2                                                                                     \
    "'{\\'StartAt\\':\\'B\\',\\'States\\':{\\'B\\':{\\'Type\\':\\'Pass\\',\\'End\\':true}}}'"

Test(machines, are_described_as_they_were_created)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateStateMachine", "{'name':'m'," ROLE ",'definition':" PASS "}",
               "{'stateMachineArn':'" MACHINE "m','creationDate':1700000000.123}");
    api_expect(&api, "DescribeStateMachine", "{'stateMachineArn':'" MACHINE "m'}",
               "{'stateMachineArn':'" MACHINE "m','name':'m','status':'ACTIVE','type':'STANDARD',"
               "'definition':" PASS "," ROLE ",'creationDate':1700000000.123,"
               "'loggingConfiguration':{'level':'OFF','includeExecutionData':false},"
               "'tracingConfiguration':{'enabled':false},"
               "'encryptionConfiguration':{'type':'AWS_OWNED_KEY'}}");
    str metadata = api_call(&api, "DescribeStateMachine",
                            "{'stateMachineArn':'" MACHINE "m','includedData':'METADATA_ONLY'}");
    cr_expect_eq(str_find(metadata, STR("definition"), 0), metadata.len);
    api_close(&api);
}

Test(machines, creation_is_idempotent)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api.now_ms += 5000;
    /* Another role is no difference; another definition or type is. */
    api_expect(&api, "CreateStateMachine",
               "{'name':'m','roleArn':'arn:aws:iam::1:role/other','definition':" PASS "}",
               "{'creationDate':1700000000.123}");
    const char *exists = "StateMachineAlreadyExists: State Machine Already Exists: '" MACHINE "m'";
    api_expect_error(&api, "CreateStateMachine", "{'name':'m'," ROLE ",'definition':" PASS_2 "}",
                     exists);
    api_expect_error(&api, "CreateStateMachine",
                     "{'name':'m'," ROLE ",'definition':" PASS ",'type':'EXPRESS'}", exists);
    api_expect_error(&api, "CreateStateMachine",
                     "{'name':'m'," ROLE ",'definition':" PASS
                     ",'tracingConfiguration':{'enabled':true}}",
                     exists);
    api_close(&api);
}

Test(machines, bad_calls_change_nothing)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "{'name':'a b'," ROLE ",'definition':" PASS "}", "InvalidName: Invalid Name: 'a b'" },
        { "{'name':'m','roleArn':'role','definition':" PASS "}",
          "InvalidArn: Invalid Role Arn: 'role'" },
        { "{'name':'m'," ROLE ",'definition':'{}'}",
          "InvalidDefinition: Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: These "
          "fields are required: [StartAt, States] at /'" },
        { "{'name':'m'," ROLE ",'definition':" PASS ",'loggingConfiguration':{'level':'ALL'}}",
          "InvalidLoggingConfiguration: Invalid Logging Configuration: Must specify exactly one "
          "Log "
          "Destination." },
        { "{'name':'m'," ROLE ",'definition':" PASS ",'versionDescription':'d'}",
          "ValidationException: Version description can only be set when publish is true" },
    };
    struct api api;
    api_open(&api);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (i != 2) /* the words are asl's, and tested there */
            api_expect_error(&api, "CreateStateMachine", cases[i].params, cases[i].error);
    str invalid = api_call(&api, "CreateStateMachine", cases[2].params);
    cr_expect(str_starts_with(invalid, STR("InvalidDefinition: Invalid State Machine Definition: '"
                                           "SCHEMA_VALIDATION_FAILED: ")));
    api_expect(&api, "ListStateMachines", "{}", "{'stateMachines':[]}");
    api_close(&api);
}

#define LOG_TO(level)                                                                              \
    "{'name':'m'," ROLE ",'definition':" PASS ",'loggingConfiguration':{'level':'" level           \
    "','includeExecutionData':true,'destinations':[{'cloudWatchLogsLogGroup':{'logGroupArn':"      \
    "'arn:aws:logs:us-east-1:000000000000:log-group:g:*'}}]}}"

Test(machines, logging_is_kept)
{
    struct api api;
    api_open(&api);
    api_call(&api, "CreateStateMachine", LOG_TO("OFF"));
    api_expect(&api, "DescribeStateMachine", "{'stateMachineArn':'" MACHINE "m'}",
               "{'loggingConfiguration':{'level':'OFF','includeExecutionData':true,"
               "'destinations':[{'cloudWatchLogsLogGroup':{'logGroupArn':"
               "'arn:aws:logs:us-east-1:000000000000:log-group:g:*'}}]}}");
    api_call(&api, "UpdateStateMachine",
             "{'stateMachineArn':'" MACHINE "m','loggingConfiguration':{'level':'ALL',"
             "'destinations':[{'cloudWatchLogsLogGroup':{'logGroupArn':"
             "'arn:aws:logs:us-east-1:000000000000:log-group:g:*'}}]}}");
    api_expect(&api, "DescribeStateMachine", "{'stateMachineArn':'" MACHINE "m'}",
               "{'loggingConfiguration':{'level':'ALL','includeExecutionData':false,"
               "'destinations':[{'cloudWatchLogsLogGroup':{'logGroupArn':"
               "'arn:aws:logs:us-east-1:000000000000:log-group:g:*'}}]}}");
    api_close(&api);
}

Test(machines, updates_make_revisions_and_running_executions_keep_theirs)
{
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    api_expect(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'e'}", "{}");
    str updated = api_call(&api, "UpdateStateMachine",
                           "{'stateMachineArn':'" MACHINE "m','definition':" PASS_2 "}");
    str id = api_field(&api, updated, "revisionId");
    cr_expect_eq(id.len, 36);
    str now = api_call(&api, "DescribeStateMachine", "{'stateMachineArn':'" MACHINE "m'}");
    cr_expect(str_eq(api_field(&api, now, "revisionId"), id));
    str then =
        api_call(&api, "DescribeStateMachineForExecution", "{'executionArn':'" EXECUTION "m:e'}");
    cr_expect_eq(str_find(then, STR("revisionId"), 0), then.len, "the first has none");
    cr_expect_neq(str_find(then, STR("activity:work"), 0), then.len);
    api_expect_error(&api, "UpdateStateMachine", "{'stateMachineArn':'" MACHINE "m'}",
                     "MissingRequiredParameter: Either the definition, the role ARN, the "
                     "LoggingConfiguration, the TracingConfiguration, or the "
                     "EncryptionConfiguration must be specified");
    api_close(&api);
}

Test(machines, deletion_waits_for_running_executions)
{
    static const char described[] = "{'stateMachineArn':'" MACHINE "m'}";
    static const char gone[] =
        "StateMachineDoesNotExist: State Machine Does Not Exist: '" MACHINE "m'";
    struct api api;
    api_open(&api);
    api_create_waiting(&api, "m");
    api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'e'}");
    api_expect(&api, "DeleteStateMachine", described, "{}");
    api_expect(&api, "DescribeStateMachine", described, "{'status':'DELETING'}");
    api_expect_error(&api, "StartExecution", described,
                     "StateMachineDeleting: State Machine is being deleted: '" MACHINE "m'");
    api_expect(&api, "StopExecution", "{'executionArn':'" EXECUTION "m:e'}", "{}");
    api_expect_error(&api, "DescribeStateMachine", described, gone);
    api_expect(&api, "DeleteStateMachine", described, "{}");
    /* The name comes back as another machine, with executions of its own. */
    api.now_ms += 1000;
    api_create(&api, "m", "STANDARD");
    api_expect(&api, "ListExecutions", described, "{'executions':[]}");
    api_expect(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'e'}", "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'status':'SUCCEEDED'}");
    api_close(&api);
}

Test(machines, are_listed_by_name_and_page)
{
    struct api api;
    api_open(&api);
    api_create(&api, "c", "STANDARD");
    api_create(&api, "a", "EXPRESS");
    api_create(&api, "b", "STANDARD");
    str page = api_call(&api, "ListStateMachines", "{'maxResults':2}");
    cr_expect(str_eq(api_field(&api, page, "stateMachines.0.name"), STR("a")));
    cr_expect(str_eq(api_field(&api, page, "stateMachines.1.name"), STR("b")));
    str next = api_field(&api, page, "nextToken");
    str params = arena_printf(&api.arena, "{'nextToken':'%.*s'}", STR_ARGS(next));
    api_expect(&api, "ListStateMachines", arena_cstr(&api.arena, params),
               "{'stateMachines':[{'name':'c','type':'STANDARD'}]}");
    api_expect_error(&api, "ListStateMachines", "{'nextToken':'InvalidToken'}",
                     "InvalidToken: Invalid Token: 'Invalid token'");
    api_close(&api);
}

/* ---- versions ---- */

Test(versions, are_numbered_and_never_reused)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateStateMachine",
               "{'name':'m'," ROLE ",'definition':" PASS ",'publish':true,'versionDescription':"
               "'first'}",
               "{'stateMachineVersionArn':'" MACHINE "m:1'}");
    api_expect(&api, "PublishStateMachineVersion", "{'stateMachineArn':'" MACHINE "m'}",
               "{'stateMachineVersionArn':'" MACHINE "m:1'}");
    api_expect(&api, "UpdateStateMachine",
               "{'stateMachineArn':'" MACHINE "m','definition':" PASS_2 ",'publish':true}",
               "{'stateMachineVersionArn':'" MACHINE "m:2'}");
    api_expect(&api, "ListStateMachineVersions", "{'stateMachineArn':'" MACHINE "m'}",
               "{'stateMachineVersions':[{'stateMachineVersionArn':'" MACHINE
               "m:2'},{'stateMachineVersionArn':'" MACHINE "m:1'}]}");
    api_expect(&api, "DescribeStateMachine", "{'stateMachineArn':'" MACHINE "m:1'}",
               "{'description':'first','definition':" PASS "}");
    api_expect(&api, "DeleteStateMachineVersion", "{'stateMachineVersionArn':'" MACHINE "m:2'}",
               "{}");
    api_expect(&api, "PublishStateMachineVersion", "{'stateMachineArn':'" MACHINE "m'}",
               "{'stateMachineVersionArn':'" MACHINE "m:3'}");
    api_expect_error(&api, "UpdateStateMachine",
                     "{'stateMachineArn':'" MACHINE "m:3','definition':" PASS "}",
                     "StateMachineDoesNotExist: State Machine Does Not Exist: '" MACHINE "m:3'");
    api_close(&api);
}

Test(versions, first_revision_is_called_initial)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_expect_error(
        &api, "PublishStateMachineVersion", "{'stateMachineArn':'" MACHINE "m','revisionId':'x'}",
        "ConflictException: Failed to publish the State Machine version for revision x. The "
        "current State Machine revision is INITIAL.");
    api_expect(&api, "PublishStateMachineVersion",
               "{'stateMachineArn':'" MACHINE "m','revisionId':'INITIAL'}",
               "{'stateMachineVersionArn':'" MACHINE "m:1'}");
    api_close(&api);
}

/* ---- aliases ---- */

#define ROUTE(version, weight)                                                                     \
    "{'stateMachineVersionArn':'" MACHINE "m:" version "','weight':" weight "}"

static void create_two_versions(struct api *api)
{
    api_call(api, "CreateStateMachine",
             "{'name':'m'," ROLE ",'definition':" PASS ",'publish':true}");
    api_call(api, "UpdateStateMachine",
             "{'stateMachineArn':'" MACHINE "m','definition':" PASS_2 ",'publish':true}");
}

Test(aliases, lead_to_versions)
{
    struct api api;
    api_open(&api);
    create_two_versions(&api);
    static const char create[] =
        "{'name':'PROD','description':'d','routingConfiguration':[" ROUTE("1", "100") "]}";
    api_expect(&api, "CreateStateMachineAlias", create,
               "{'stateMachineAliasArn':'" MACHINE "m:PROD'}");
    api_expect(&api, "CreateStateMachineAlias", create, "{'creationDate':1700000000.123}");
    api_expect_error(
        &api, "CreateStateMachineAlias",
        "{'name':'PROD','routingConfiguration':[" ROUTE("2", "100") "]}",
        "ConflictException: Failed to create alias because an alias with the same name and a "
        "different routing configuration already exists.");
    api_expect(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m:PROD','name':'e'}", "{}");
    api_expect(&api, "DescribeExecution", "{'executionArn':'" EXECUTION "m:e'}",
               "{'stateMachineArn':'" MACHINE "m','stateMachineVersionArn':'" MACHINE
               "m:1','stateMachineAliasArn':'" MACHINE "m:PROD'}");
    api_expect_error(&api, "DeleteStateMachineVersion",
                     "{'stateMachineVersionArn':'" MACHINE "m:1'}",
                     "ConflictException: Version to be deleted must not be referenced by an alias. "
                     "Current list of aliases referencing this version: [PROD]");
    api_expect(&api, "ListStateMachineAliases", "{'stateMachineArn':'" MACHINE "m:2'}",
               "{'stateMachineAliases':[]}");
    api_expect(&api, "UpdateStateMachineAlias",
               "{'stateMachineAliasArn':'" MACHINE
               "m:PROD','routingConfiguration':[" ROUTE("1", "50") "," ROUTE("2", "50") "]}",
               "{'updateDate':1700000000.123}");
    api_expect(&api, "DescribeStateMachineAlias", "{'stateMachineAliasArn':'" MACHINE "m:PROD'}",
               "{'name':'PROD','description':'d','routingConfiguration':[" ROUTE(
                   "1", "50") "," ROUTE("2", "50") "]}");
    api_expect(&api, "ListStateMachineAliases", "{'stateMachineArn':'" MACHINE "m:2'}",
               "{'stateMachineAliases':[{'stateMachineAliasArn':'" MACHINE "m:PROD'}]}");
    api_expect(&api, "DeleteStateMachineAlias", "{'stateMachineAliasArn':'" MACHINE "m:PROD'}",
               "{}");
    api_expect(&api, "DeleteStateMachineAlias", "{'stateMachineAliasArn':'" MACHINE "m:PROD'}",
               "{}");
    api_expect_error(&api, "UpdateStateMachineAlias",
                     "{'stateMachineAliasArn':'" MACHINE "m:PROD','description':'x'}",
                     "ResourceNotFound: Request references a resource that does not exist.");
    api_close(&api);
}

Test(aliases, routing_is_checked)
{
    static const struct {
        const char *routing, *error;
    } cases[] = {
        { ROUTE("1", "60") "," ROUTE("2", "50"),
          "ValidationException: Sum of routing configuration weights must equal 100. Received: "
          "[60, 50]" },
        { ROUTE("1", "50") "," ROUTE("1", "50"),
          "ValidationException: Routing configuration must contain distinct state machine version "
          "ARNs. Received: [" MACHINE "m:1, " MACHINE "m:1]" },
        { ROUTE("PROD", "100"),
          "ValidationException: Routing configuration must contain state machine version ARNs. "
          "Received: [" MACHINE "m:PROD]" },
        { ROUTE("9", "100"),
          "ResourceNotFound: Request references a resource that does not exist." },
    };
    struct api api;
    api_open(&api);
    create_two_versions(&api);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params =
            arena_printf(&api.arena, "{'name':'a','routingConfiguration':[%s]}", cases[i].routing);
        api_expect_error(&api, "CreateStateMachineAlias", arena_cstr(&api.arena, params),
                         cases[i].error);
    }
    api_close(&api);
}

Test(aliases, share_executions_by_weight)
{
    struct api api;
    api_open(&api);
    create_two_versions(&api);
    api_call(&api, "CreateStateMachineAlias",
             "{'name':'PROD','routingConfiguration':[" ROUTE("1", "80") "," ROUTE("2", "20") "]}");
    for (int i = 0; i < 500; i++)
        api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m:PROD'}");
    str first =
        api_call(&api, "ListExecutions", "{'stateMachineArn':'" MACHINE "m:1','maxResults':1000}");
    str second =
        api_call(&api, "ListExecutions", "{'stateMachineArn':'" MACHINE "m:2','maxResults':1000}");
    json a, b;
    struct error err;
    cr_assert(json_parse(first, &api.arena, &a, &err));
    cr_assert(json_parse(second, &api.arena, &b, &err));
    size_t count_a = json_count(*json_find(a, STR("executions")));
    size_t count_b = json_count(*json_find(b, STR("executions")));
    cr_expect_eq(count_a + count_b, 500);
    cr_expect(count_b > 60 && count_b < 140, "%zu of 500 with weight 20", count_b); /* 4.5 sigma */
    api_close(&api);
}

/* ---- tags ---- */

Test(tags, are_added_replaced_and_removed)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_call(&api, "CreateActivity", "{'name':'w','tags':[{'key':'k','value':'v'}]}");
    api_expect(&api, "ListTagsForResource", "{'resourceArn':'" ACTIVITY "w'}",
               "{'tags':[{'key':'k','value':'v'}]}");
    api_expect(&api, "TagResource",
               "{'resourceArn':'" MACHINE "m','tags':[{'key':'a','value':'1'},{'key':'b','value':"
               "'2'},{'key':'a','value':'3'}]}",
               "{}");
    api_expect(&api, "ListTagsForResource", "{'resourceArn':'" MACHINE "m'}",
               "{'tags':[{'key':'a','value':'3'},{'key':'b','value':'2'}]}");
    api_expect(&api, "UntagResource", "{'resourceArn':'" MACHINE "m','tagKeys':['a','z']}", "{}");
    api_expect(&api, "ListTagsForResource", "{'resourceArn':'" MACHINE "m'}",
               "{'tags':[{'key':'b','value':'2'}]}");
    api_expect_error(&api, "TagResource", "{'resourceArn':'" MACHINE "m:1','tags':[]}",
                     "ResourceNotFound: Resource not found: '" MACHINE "m:1'");
    api_close(&api);
}

Test(tags, end_at_fifty)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    for (int i = 0; i < STATES_TAGS_MAX; i++) {
        str params =
            arena_printf(&api.arena, "{'resourceArn':'" MACHINE "m','tags':[{'key':'%d'}]}", i);
        api_expect(&api, "TagResource", arena_cstr(&api.arena, params), "{}");
    }
    api_expect_error(&api, "TagResource", "{'resourceArn':'" MACHINE "m','tags':[{'key':'x'}]}",
                     "TooManyTags: Too Many Tags: '" MACHINE "m'");
    api_close(&api);
}
