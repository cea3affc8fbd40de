/* The Resource of a Task: which ARN it is, which integration and pattern it asks for.
 *
 * The tables are those of "Integrating services" in the Developer Guide. AWS refuses a definition
 * that names an integration, an action or a pattern that is not there; of AWS SDK actions only the
 * form is checked, since their list is AWS's whole API. */
#include "asl/compile.h"

enum {
    PATTERN_SYNC = 1,
    PATTERN_SYNC_2 = 2,
    PATTERN_TOKEN = 4,
};

struct action_rule {
    str service;
    str action;
    uint8_t patterns; /* besides request-response */
};

#define ACTION(service, action, patterns)                                                          \
    {                                                                                              \
        STR_INIT(service), STR_INIT(action), (patterns)                                            \
    }
static const struct action_rule ACTIONS[] = {
    ACTION("lambda", "invoke", PATTERN_TOKEN),
    ACTION("sqs", "sendMessage", PATTERN_TOKEN),
    ACTION("sns", "publish", PATTERN_TOKEN),
    ACTION("events", "putEvents", PATTERN_TOKEN),
    ACTION("apigateway", "invoke", PATTERN_TOKEN),
    ACTION("http", "invoke", 0),
    ACTION("states", "startExecution", PATTERN_SYNC | PATTERN_SYNC_2 | PATTERN_TOKEN),
    ACTION("dynamodb", "getItem", 0),
    ACTION("dynamodb", "putItem", 0),
    ACTION("dynamodb", "updateItem", 0),
    ACTION("dynamodb", "deleteItem", 0),
    ACTION("ecs", "runTask", PATTERN_SYNC | PATTERN_TOKEN),
    ACTION("batch", "submitJob", PATTERN_SYNC),
    ACTION("glue", "startJobRun", PATTERN_SYNC),
    ACTION("databrew", "startJobRun", PATTERN_SYNC),
    ACTION("mediaconvert", "createJob", PATTERN_SYNC),
    ACTION("bedrock", "invokeModel", PATTERN_TOKEN),
    ACTION("bedrock", "createModelCustomizationJob", PATTERN_SYNC),
    ACTION("athena", "startQueryExecution", PATTERN_SYNC),
    ACTION("athena", "stopQueryExecution", 0),
    ACTION("athena", "getQueryExecution", 0),
    ACTION("athena", "getQueryResults", 0),
    ACTION("codebuild", "startBuild", PATTERN_SYNC),
    ACTION("codebuild", "stopBuild", 0),
    ACTION("codebuild", "batchDeleteBuilds", 0),
    ACTION("codebuild", "batchGetReports", 0),
    ACTION("codebuild", "startBuildBatch", PATTERN_SYNC),
    ACTION("codebuild", "stopBuildBatch", 0),
    ACTION("codebuild", "retryBuildBatch", PATTERN_SYNC),
    ACTION("codebuild", "deleteBuildBatch", 0),
    ACTION("eks", "createCluster", PATTERN_SYNC),
    ACTION("eks", "deleteCluster", PATTERN_SYNC),
    ACTION("eks", "createFargateProfile", PATTERN_SYNC),
    ACTION("eks", "deleteFargateProfile", PATTERN_SYNC),
    ACTION("eks", "createNodegroup", PATTERN_SYNC),
    ACTION("eks", "deleteNodegroup", PATTERN_SYNC),
    ACTION("eks", "runJob", PATTERN_SYNC | PATTERN_TOKEN),
    ACTION("eks", "call", 0),
    ACTION("elasticmapreduce", "createCluster", PATTERN_SYNC),
    ACTION("elasticmapreduce", "terminateCluster", PATTERN_SYNC),
    ACTION("elasticmapreduce", "addStep", PATTERN_SYNC),
    ACTION("elasticmapreduce", "cancelStep", 0),
    ACTION("elasticmapreduce", "setClusterTerminationProtection", 0),
    ACTION("elasticmapreduce", "modifyInstanceFleetByName", 0),
    ACTION("elasticmapreduce", "modifyInstanceGroupByName", 0),
    ACTION("emr-containers", "createVirtualCluster", 0),
    ACTION("emr-containers", "deleteVirtualCluster", PATTERN_SYNC),
    ACTION("emr-containers", "startJobRun", PATTERN_SYNC),
    ACTION("emr-serverless", "createApplication", PATTERN_SYNC),
    ACTION("emr-serverless", "startApplication", PATTERN_SYNC),
    ACTION("emr-serverless", "stopApplication", PATTERN_SYNC),
    ACTION("emr-serverless", "deleteApplication", PATTERN_SYNC),
    ACTION("emr-serverless", "startJobRun", PATTERN_SYNC),
    ACTION("emr-serverless", "cancelJobRun", PATTERN_SYNC),
    ACTION("sagemaker", "createEndpoint", 0),
    ACTION("sagemaker", "createEndpointConfig", 0),
    ACTION("sagemaker", "createHyperParameterTuningJob", PATTERN_SYNC),
    ACTION("sagemaker", "createLabelingJob", PATTERN_SYNC),
    ACTION("sagemaker", "createModel", 0),
    ACTION("sagemaker", "createProcessingJob", PATTERN_SYNC),
    ACTION("sagemaker", "createTrainingJob", PATTERN_SYNC),
    ACTION("sagemaker", "createTransformJob", PATTERN_SYNC),
    ACTION("sagemaker", "updateEndpoint", 0),
};
#undef ACTION

struct required_rule {
    str service;
    str action;
    str field;
};

#define REQUIRED(service, action, field)                                                           \
    {                                                                                              \
        STR_INIT(service), STR_INIT(action), STR_INIT(field)                                       \
    }
static const struct required_rule REQUIRED_FIELDS[] = {
    REQUIRED("lambda", "invoke", "FunctionName"),
    REQUIRED("sqs", "sendMessage", "QueueUrl"),
    REQUIRED("sqs", "sendMessage", "MessageBody"),
    REQUIRED("sns", "publish", "Message"),
    REQUIRED("dynamodb", "putItem", "TableName"),
    REQUIRED("dynamodb", "putItem", "Item"),
    REQUIRED("dynamodb", "getItem", "TableName"),
    REQUIRED("dynamodb", "getItem", "Key"),
    REQUIRED("states", "startExecution", "StateMachineArn"),
    REQUIRED("events", "putEvents", "Entries"),
    REQUIRED("ecs", "runTask", "TaskDefinition"),
    REQUIRED("glue", "startJobRun", "JobName"),
};
#undef REQUIRED

/* What comes before the next `separator`; the rest is left in `text`. False if there is none. */
static bool cut(str *text, char separator, str *out)
{
    size_t at = str_find_char(*text, separator, 0);
    if (at == text->len) return false;
    ASSERT(text->ptr);
    *out = str_slice(*text, 0, at);
    *text = str_skip(*text, at + 1);
    return true;
}

static bool is_partition(str text)
{
    return str_eq(text, STR("aws")) || str_eq(text, STR("aws-cn")) ||
           str_eq(text, STR("aws-us-gov"));
}

/* Takes ".sync", ".sync:2" or ".waitForTaskToken" off the end of an action. */
static enum asl_pattern cut_pattern(str *action)
{
    static const struct {
        str suffix;
        enum asl_pattern pattern;
    } suffixes[] = {
        { STR_INIT(".sync"), ASL_SYNC },
        { STR_INIT(".sync:2"), ASL_SYNC_2 },
        { STR_INIT(".waitForTaskToken"), ASL_WAIT_FOR_TASK_TOKEN },
    };
    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        if (!str_ends_with(*action, suffixes[i].suffix)) continue;
        *action = str_slice(*action, 0, action->len - suffixes[i].suffix.len);
        return suffixes[i].pattern;
    }
    return ASL_REQUEST_RESPONSE;
}

static bool pattern_allowed(uint8_t patterns, enum asl_pattern pattern)
{
    switch (pattern) {
    case ASL_REQUEST_RESPONSE: return true;
    case ASL_SYNC: return patterns & PATTERN_SYNC;
    case ASL_SYNC_2: return patterns & PATTERN_SYNC_2;
    case ASL_WAIT_FOR_TASK_TOKEN: return patterns & PATTERN_TOKEN;
    }
    return false;
}

static bool is_word(str text, bool upper_allowed)
{
    if (str_is_empty(text) || text.ptr[0] < 'a' || text.ptr[0] > 'z') return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool lower = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!lower && !(upper_allowed && c >= 'A' && c <= 'Z')) return false;
    }
    return true;
}

/* `rest` is what follows "arn:PARTITION:states:::". */
static enum resource_fault parse_integration(str rest, struct asl_task *task)
{
    str sdk = STR("aws-sdk:");
    bool is_sdk = str_starts_with(rest, sdk);
    str tail = is_sdk ? str_skip(rest, sdk.len) : rest;
    if (!cut(&tail, ':', &task->service)) return RESOURCE_NO_ARN;
    task->kind = is_sdk ? ASL_RESOURCE_SDK : ASL_RESOURCE_SERVICE;
    task->resource_type = str_slice(rest, 0, rest.len - tail.len - 1);
    task->resource_name = tail;
    task->action = tail;
    task->pattern = cut_pattern(&task->action);
    if (is_sdk) {
        bool known = is_word(task->service, false) && is_word(task->action, true) &&
                     pattern_allowed(PATTERN_TOKEN, task->pattern);
        return known ? RESOURCE_OK : RESOURCE_NOT_KNOWN;
    }
    for (size_t i = 0; i < COUNT_OF(ACTIONS); i++) {
        const struct action_rule *rule = &ACTIONS[i];
        if (!str_eq(rule->service, task->service) || !str_eq(rule->action, task->action)) continue;
        return pattern_allowed(rule->patterns, task->pattern) ? RESOURCE_OK : RESOURCE_NOT_KNOWN;
    }
    return RESOURCE_NOT_KNOWN;
}

/* function:NAME or function:NAME:QUALIFIER */
static bool is_function(str rest)
{
    str prefix = STR("function:");
    if (!str_starts_with(rest, prefix)) return false;
    str name = str_skip(rest, prefix.len), qualifier = name;
    if (cut(&qualifier, ':', &name) && str_is_empty(qualifier)) return false;
    return !str_is_empty(name) && str_find_char(qualifier, ':', 0) == qualifier.len;
}

enum resource_fault resource_parse(str arn, struct asl_task *task)
{
    str rest = arn, prefix, partition, service, region, account;
    task->resource = arn;
    if (!cut(&rest, ':', &prefix) || !cut(&rest, ':', &partition) || !cut(&rest, ':', &service) ||
        !cut(&rest, ':', &region) || !cut(&rest, ':', &account)) {
        return RESOURCE_NO_ARN;
    }
    if (!str_eq(prefix, STR("arn")) || !is_partition(partition)) return RESOURCE_NO_ARN;
    bool states = str_eq(service, STR("states"));
    if (states && str_is_empty(region) && str_is_empty(account)) {
        return parse_integration(rest, task);
    }
    if (str_is_empty(region) || str_is_empty(account)) return RESOURCE_NO_ARN;
    task->pattern = ASL_REQUEST_RESPONSE;
    task->resource_name = arn;
    task->service = task->resource_type = states ? STR("activity") : STR("lambda");
    task->kind = states ? ASL_RESOURCE_ACTIVITY : ASL_RESOURCE_LAMBDA;
    str activity = STR("activity:");
    bool known = states ? str_starts_with(rest, activity) && rest.len > activity.len
                        : str_eq(service, STR("lambda")) && is_function(rest);
    return known ? RESOURCE_OK : RESOURCE_NO_ARN;
}

bool resource_required_field(const struct asl_task *task, size_t index, str *field)
{
    if (task->kind != ASL_RESOURCE_SERVICE) return false;
    for (size_t i = 0; i < COUNT_OF(REQUIRED_FIELDS); i++) {
        const struct required_rule *rule = &REQUIRED_FIELDS[i];
        if (!str_eq(rule->service, task->service) || !str_eq(rule->action, task->action)) continue;
        if (index-- > 0) continue;
        *field = rule->field;
        return true;
    }
    return false;
}
