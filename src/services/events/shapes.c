/* The fields of every operation of EventBridge that is served, from its service model (botocore's
 * events/2015-10-07/service-2.json); of a target those that the served targets have. */
#include "services/events/shapes.h"

static const char *const rule_state[] = { "ENABLED", "DISABLED", NULL };
static const char *const connection_authorization_type[] = { "BASIC", "OAUTH_CLIENT_CREDENTIALS",
                                                             "API_KEY", NULL };
static const char *const connection_oauth_http_method[] = { "GET", "POST", "PUT", NULL };
static const char *const connection_state[] = { "CREATING",      "UPDATING",
                                                "DELETING",      "AUTHORIZED",
                                                "DEAUTHORIZED",  "AUTHORIZING",
                                                "DEAUTHORIZING", NULL };

static const struct shape_field tag_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 128 },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING, .required = true, .max = 256 },
};
static const struct shape tag = {
    .fields = tag_fields,
    .field_count = sizeof tag_fields / sizeof *tag_fields,
    .name = "Tag",
};

static const struct shape_field shape_create_event_bus_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 256 },
    { .name = STR_INIT("EventSourceName"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("Tags"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRUCTURE, .shape = &tag },
};
const struct shape shape_events_create_event_bus = {
    .fields = shape_create_event_bus_fields,
    .field_count = sizeof shape_create_event_bus_fields / sizeof *shape_create_event_bus_fields,
    .name = "CreateEventBus",
};

static const struct shape_field shape_delete_event_bus_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 256 },
};
const struct shape shape_events_delete_event_bus = {
    .fields = shape_delete_event_bus_fields,
    .field_count = sizeof shape_delete_event_bus_fields / sizeof *shape_delete_event_bus_fields,
    .name = "DeleteEventBus",
};

static const struct shape_field shape_describe_event_bus_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
const struct shape shape_events_describe_event_bus = {
    .fields = shape_describe_event_bus_fields,
    .field_count = sizeof shape_describe_event_bus_fields / sizeof *shape_describe_event_bus_fields,
    .name = "DescribeEventBus",
};

static const struct shape_field shape_list_event_buses_fields[] = {
    { .name = STR_INIT("NamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 256 },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 100 },
};
const struct shape shape_events_list_event_buses = {
    .fields = shape_list_event_buses_fields,
    .field_count = sizeof shape_list_event_buses_fields / sizeof *shape_list_event_buses_fields,
    .name = "ListEventBuses",
};

static const struct shape_field shape_put_rule_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("ScheduleExpression"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("EventPattern"), .kind = SHAPE_STRING, .max = 4096 },
    { .name = STR_INIT("State"), .kind = SHAPE_STRING, .values = rule_state },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("RoleArn"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("Tags"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRUCTURE, .shape = &tag },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
const struct shape shape_events_put_rule = {
    .fields = shape_put_rule_fields,
    .field_count = sizeof shape_put_rule_fields / sizeof *shape_put_rule_fields,
    .name = "PutRule",
};

static const struct shape_field shape_describe_rule_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
const struct shape shape_events_describe_rule = {
    .fields = shape_describe_rule_fields,
    .field_count = sizeof shape_describe_rule_fields / sizeof *shape_describe_rule_fields,
    .name = "DescribeRule",
};

static const struct shape_field shape_delete_rule_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("Force"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_events_delete_rule = {
    .fields = shape_delete_rule_fields,
    .field_count = sizeof shape_delete_rule_fields / sizeof *shape_delete_rule_fields,
    .name = "DeleteRule",
};

static const struct shape_field shape_list_rules_fields[] = {
    { .name = STR_INIT("NamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 100 },
};
const struct shape shape_events_list_rules = {
    .fields = shape_list_rules_fields,
    .field_count = sizeof shape_list_rules_fields / sizeof *shape_list_rules_fields,
    .name = "ListRules",
};

static const struct shape_field shape_enable_rule_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
const struct shape shape_events_enable_rule = {
    .fields = shape_enable_rule_fields,
    .field_count = sizeof shape_enable_rule_fields / sizeof *shape_enable_rule_fields,
    .name = "EnableRule",
};

static const struct shape_field shape_disable_rule_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
const struct shape shape_events_disable_rule = {
    .fields = shape_disable_rule_fields,
    .field_count = sizeof shape_disable_rule_fields / sizeof *shape_disable_rule_fields,
    .name = "DisableRule",
};

static const struct shape_field input_transformer_fields[] = {
    { .name = STR_INIT("InputPathsMap"),
      .kind = SHAPE_MAP,
      .max = 100,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
    { .name = STR_INIT("InputTemplate"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 8192 },
};
static const struct shape input_transformer = {
    .fields = input_transformer_fields,
    .field_count = sizeof input_transformer_fields / sizeof *input_transformer_fields,
    .name = "InputTransformer",
};

static const struct shape_field sqs_parameters_fields[] = {
    { .name = STR_INIT("MessageGroupId"), .kind = SHAPE_STRING, .max = 100 },
};
static const struct shape sqs_parameters = {
    .fields = sqs_parameters_fields,
    .field_count = sizeof sqs_parameters_fields / sizeof *sqs_parameters_fields,
    .name = "SqsParameters",
};

static const struct shape_field dead_letter_config_fields[] = {
    { .name = STR_INIT("Arn"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
};
static const struct shape dead_letter_config = {
    .fields = dead_letter_config_fields,
    .field_count = sizeof dead_letter_config_fields / sizeof *dead_letter_config_fields,
    .name = "DeadLetterConfig",
};

static const struct shape_field retry_policy_fields[] = {
    { .name = STR_INIT("MaximumRetryAttempts"), .kind = SHAPE_INTEGER, .max = 185 },
    { .name = STR_INIT("MaximumEventAgeInSeconds"),
      .kind = SHAPE_INTEGER,
      .min = 60,
      .max = 86400 },
};
static const struct shape retry_policy = {
    .fields = retry_policy_fields,
    .field_count = sizeof retry_policy_fields / sizeof *retry_policy_fields,
    .name = "RetryPolicy",
};

static const struct shape_field target_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("Arn"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 1600 },
    { .name = STR_INIT("RoleArn"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("Input"), .kind = SHAPE_STRING, .max = 8192 },
    { .name = STR_INIT("InputPath"), .kind = SHAPE_STRING, .max = 256 },
    { .name = STR_INIT("InputTransformer"), .kind = SHAPE_STRUCTURE, .shape = &input_transformer },
    { .name = STR_INIT("SqsParameters"), .kind = SHAPE_STRUCTURE, .shape = &sqs_parameters },
    { .name = STR_INIT("DeadLetterConfig"), .kind = SHAPE_STRUCTURE, .shape = &dead_letter_config },
    { .name = STR_INIT("RetryPolicy"), .kind = SHAPE_STRUCTURE, .shape = &retry_policy },
};
static const struct shape target = {
    .fields = target_fields,
    .field_count = sizeof target_fields / sizeof *target_fields,
    .name = "Target",
};

static const struct shape_field shape_put_targets_fields[] = {
    { .name = STR_INIT("Rule"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("Targets"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 100,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &target },
};
const struct shape shape_events_put_targets = {
    .fields = shape_put_targets_fields,
    .field_count = sizeof shape_put_targets_fields / sizeof *shape_put_targets_fields,
    .name = "PutTargets",
};

static const struct shape_field shape_remove_targets_fields[] = {
    { .name = STR_INIT("Rule"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("Ids"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 100,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 64 },
    { .name = STR_INIT("Force"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_events_remove_targets = {
    .fields = shape_remove_targets_fields,
    .field_count = sizeof shape_remove_targets_fields / sizeof *shape_remove_targets_fields,
    .name = "RemoveTargets",
};

static const struct shape_field shape_list_targets_by_rule_fields[] = {
    { .name = STR_INIT("Rule"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 100 },
};
const struct shape shape_events_list_targets_by_rule = {
    .fields = shape_list_targets_by_rule_fields,
    .field_count =
        sizeof shape_list_targets_by_rule_fields / sizeof *shape_list_targets_by_rule_fields,
    .name = "ListTargetsByRule",
};

static const struct shape_field shape_list_rule_names_by_target_fields[] = {
    { .name = STR_INIT("TargetArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1600 },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 100 },
};
const struct shape shape_events_list_rule_names_by_target = {
    .fields = shape_list_rule_names_by_target_fields,
    .field_count = sizeof shape_list_rule_names_by_target_fields /
                   sizeof *shape_list_rule_names_by_target_fields,
    .name = "ListRuleNamesByTarget",
};

static const struct shape_field put_events_request_entry_fields[] = {
    { .name = STR_INIT("Time"), .kind = SHAPE_TIMESTAMP },
    { .name = STR_INIT("Source"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Resources"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING,
      .item_max = 2048 },
    { .name = STR_INIT("DetailType"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Detail"), .kind = SHAPE_STRING },
    { .name = STR_INIT("EventBusName"), .kind = SHAPE_STRING, .min = 1, .max = 1600 },
    { .name = STR_INIT("TraceHeader"), .kind = SHAPE_STRING, .min = 1, .max = 500 },
};
static const struct shape put_events_request_entry = {
    .fields = put_events_request_entry_fields,
    .field_count = sizeof put_events_request_entry_fields / sizeof *put_events_request_entry_fields,
    .name = "PutEventsRequestEntry",
};

static const struct shape_field shape_put_events_fields[] = {
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 10,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &put_events_request_entry },
    { .name = STR_INIT("EndpointId"), .kind = SHAPE_STRING, .min = 1, .max = 50 },
};
const struct shape shape_events_put_events = {
    .fields = shape_put_events_fields,
    .field_count = sizeof shape_put_events_fields / sizeof *shape_put_events_fields,
    .name = "PutEvents",
};

static const struct shape_field shape_test_event_pattern_fields[] = {
    { .name = STR_INIT("EventPattern"), .kind = SHAPE_STRING, .required = true, .max = 4096 },
    { .name = STR_INIT("Event"), .kind = SHAPE_STRING, .required = true },
};
const struct shape shape_events_test_event_pattern = {
    .fields = shape_test_event_pattern_fields,
    .field_count = sizeof shape_test_event_pattern_fields / sizeof *shape_test_event_pattern_fields,
    .name = "TestEventPattern",
};

static const struct shape_field shape_tag_resource_fields[] = {
    { .name = STR_INIT("ResourceARN"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1600 },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &tag },
};
const struct shape shape_events_tag_resource = {
    .fields = shape_tag_resource_fields,
    .field_count = sizeof shape_tag_resource_fields / sizeof *shape_tag_resource_fields,
    .name = "TagResource",
};

static const struct shape_field shape_untag_resource_fields[] = {
    { .name = STR_INIT("ResourceARN"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1600 },
    { .name = STR_INIT("TagKeys"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_events_untag_resource = {
    .fields = shape_untag_resource_fields,
    .field_count = sizeof shape_untag_resource_fields / sizeof *shape_untag_resource_fields,
    .name = "UntagResource",
};

static const struct shape_field shape_list_tags_for_resource_fields[] = {
    { .name = STR_INIT("ResourceARN"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1600 },
};
const struct shape shape_events_list_tags_for_resource = {
    .fields = shape_list_tags_for_resource_fields,
    .field_count =
        sizeof shape_list_tags_for_resource_fields / sizeof *shape_list_tags_for_resource_fields,
    .name = "ListTagsForResource",
};

static const struct shape_field create_connection_basic_auth_request_parameters_fields[] = {
    { .name = STR_INIT("Username"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 512 },
    { .name = STR_INIT("Password"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 512 },
};
static const struct shape create_connection_basic_auth_request_parameters = {
    .fields = create_connection_basic_auth_request_parameters_fields,
    .field_count = sizeof create_connection_basic_auth_request_parameters_fields /
                   sizeof *create_connection_basic_auth_request_parameters_fields,
    .name = "CreateConnectionBasicAuthRequestParameters",
};

static const struct shape_field create_connection_oauth_client_request_parameters_fields[] = {
    { .name = STR_INIT("ClientID"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 512 },
    { .name = STR_INIT("ClientSecret"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512 },
};
static const struct shape create_connection_oauth_client_request_parameters = {
    .fields = create_connection_oauth_client_request_parameters_fields,
    .field_count = sizeof create_connection_oauth_client_request_parameters_fields /
                   sizeof *create_connection_oauth_client_request_parameters_fields,
    .name = "CreateConnectionOAuthClientRequestParameters",
};

static const struct shape_field connection_header_parameter_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("IsValueSecret"), .kind = SHAPE_BOOLEAN },
};
static const struct shape connection_header_parameter = {
    .fields = connection_header_parameter_fields,
    .field_count =
        sizeof connection_header_parameter_fields / sizeof *connection_header_parameter_fields,
    .name = "ConnectionHeaderParameter",
};

static const struct shape_field connection_query_string_parameter_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("IsValueSecret"), .kind = SHAPE_BOOLEAN },
};
static const struct shape connection_query_string_parameter = {
    .fields = connection_query_string_parameter_fields,
    .field_count = sizeof connection_query_string_parameter_fields /
                   sizeof *connection_query_string_parameter_fields,
    .name = "ConnectionQueryStringParameter",
};

static const struct shape_field connection_body_parameter_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING },
    { .name = STR_INIT("IsValueSecret"), .kind = SHAPE_BOOLEAN },
};
static const struct shape connection_body_parameter = {
    .fields = connection_body_parameter_fields,
    .field_count =
        sizeof connection_body_parameter_fields / sizeof *connection_body_parameter_fields,
    .name = "ConnectionBodyParameter",
};

static const struct shape_field connection_http_parameters_fields[] = {
    { .name = STR_INIT("HeaderParameters"),
      .kind = SHAPE_LIST,
      .max = 100,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &connection_header_parameter },
    { .name = STR_INIT("QueryStringParameters"),
      .kind = SHAPE_LIST,
      .max = 100,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &connection_query_string_parameter },
    { .name = STR_INIT("BodyParameters"),
      .kind = SHAPE_LIST,
      .max = 100,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &connection_body_parameter },
};
static const struct shape connection_http_parameters = {
    .fields = connection_http_parameters_fields,
    .field_count =
        sizeof connection_http_parameters_fields / sizeof *connection_http_parameters_fields,
    .name = "ConnectionHttpParameters",
};

static const struct shape_field create_connection_oauth_request_parameters_fields[] = {
    { .name = STR_INIT("ClientParameters"),
      .kind = SHAPE_STRUCTURE,
      .required = true,
      .shape = &create_connection_oauth_client_request_parameters },
    { .name = STR_INIT("AuthorizationEndpoint"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 2048 },
    { .name = STR_INIT("HttpMethod"),
      .kind = SHAPE_STRING,
      .required = true,
      .values = connection_oauth_http_method },
    { .name = STR_INIT("OAuthHttpParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &connection_http_parameters },
};
static const struct shape create_connection_oauth_request_parameters = {
    .fields = create_connection_oauth_request_parameters_fields,
    .field_count = sizeof create_connection_oauth_request_parameters_fields /
                   sizeof *create_connection_oauth_request_parameters_fields,
    .name = "CreateConnectionOAuthRequestParameters",
};

static const struct shape_field create_connection_api_key_auth_request_parameters_fields[] = {
    { .name = STR_INIT("ApiKeyName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512 },
    { .name = STR_INIT("ApiKeyValue"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512 },
};
static const struct shape create_connection_api_key_auth_request_parameters = {
    .fields = create_connection_api_key_auth_request_parameters_fields,
    .field_count = sizeof create_connection_api_key_auth_request_parameters_fields /
                   sizeof *create_connection_api_key_auth_request_parameters_fields,
    .name = "CreateConnectionApiKeyAuthRequestParameters",
};

static const struct shape_field create_connection_auth_request_parameters_fields[] = {
    { .name = STR_INIT("BasicAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &create_connection_basic_auth_request_parameters },
    { .name = STR_INIT("OAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &create_connection_oauth_request_parameters },
    { .name = STR_INIT("ApiKeyAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &create_connection_api_key_auth_request_parameters },
    { .name = STR_INIT("InvocationHttpParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &connection_http_parameters },
};
static const struct shape create_connection_auth_request_parameters = {
    .fields = create_connection_auth_request_parameters_fields,
    .field_count = sizeof create_connection_auth_request_parameters_fields /
                   sizeof *create_connection_auth_request_parameters_fields,
    .name = "CreateConnectionAuthRequestParameters",
};

static const struct shape_field shape_create_connection_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("AuthorizationType"),
      .kind = SHAPE_STRING,
      .required = true,
      .values = connection_authorization_type },
    { .name = STR_INIT("AuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .required = true,
      .shape = &create_connection_auth_request_parameters },
};
const struct shape shape_events_create_connection = {
    .fields = shape_create_connection_fields,
    .field_count = sizeof shape_create_connection_fields / sizeof *shape_create_connection_fields,
    .name = "CreateConnection",
};

static const struct shape_field update_connection_basic_auth_request_parameters_fields[] = {
    { .name = STR_INIT("Username"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("Password"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
};
static const struct shape update_connection_basic_auth_request_parameters = {
    .fields = update_connection_basic_auth_request_parameters_fields,
    .field_count = sizeof update_connection_basic_auth_request_parameters_fields /
                   sizeof *update_connection_basic_auth_request_parameters_fields,
    .name = "UpdateConnectionBasicAuthRequestParameters",
};

static const struct shape_field update_connection_oauth_client_request_parameters_fields[] = {
    { .name = STR_INIT("ClientID"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("ClientSecret"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
};
static const struct shape update_connection_oauth_client_request_parameters = {
    .fields = update_connection_oauth_client_request_parameters_fields,
    .field_count = sizeof update_connection_oauth_client_request_parameters_fields /
                   sizeof *update_connection_oauth_client_request_parameters_fields,
    .name = "UpdateConnectionOAuthClientRequestParameters",
};

static const struct shape_field update_connection_oauth_request_parameters_fields[] = {
    { .name = STR_INIT("ClientParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &update_connection_oauth_client_request_parameters },
    { .name = STR_INIT("AuthorizationEndpoint"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("HttpMethod"),
      .kind = SHAPE_STRING,
      .values = connection_oauth_http_method },
    { .name = STR_INIT("OAuthHttpParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &connection_http_parameters },
};
static const struct shape update_connection_oauth_request_parameters = {
    .fields = update_connection_oauth_request_parameters_fields,
    .field_count = sizeof update_connection_oauth_request_parameters_fields /
                   sizeof *update_connection_oauth_request_parameters_fields,
    .name = "UpdateConnectionOAuthRequestParameters",
};

static const struct shape_field update_connection_api_key_auth_request_parameters_fields[] = {
    { .name = STR_INIT("ApiKeyName"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("ApiKeyValue"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
};
static const struct shape update_connection_api_key_auth_request_parameters = {
    .fields = update_connection_api_key_auth_request_parameters_fields,
    .field_count = sizeof update_connection_api_key_auth_request_parameters_fields /
                   sizeof *update_connection_api_key_auth_request_parameters_fields,
    .name = "UpdateConnectionApiKeyAuthRequestParameters",
};

static const struct shape_field update_connection_auth_request_parameters_fields[] = {
    { .name = STR_INIT("BasicAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &update_connection_basic_auth_request_parameters },
    { .name = STR_INIT("OAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &update_connection_oauth_request_parameters },
    { .name = STR_INIT("ApiKeyAuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &update_connection_api_key_auth_request_parameters },
    { .name = STR_INIT("InvocationHttpParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &connection_http_parameters },
};
static const struct shape update_connection_auth_request_parameters = {
    .fields = update_connection_auth_request_parameters_fields,
    .field_count = sizeof update_connection_auth_request_parameters_fields /
                   sizeof *update_connection_auth_request_parameters_fields,
    .name = "UpdateConnectionAuthRequestParameters",
};

static const struct shape_field shape_update_connection_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
    { .name = STR_INIT("Description"), .kind = SHAPE_STRING, .max = 512 },
    { .name = STR_INIT("AuthorizationType"),
      .kind = SHAPE_STRING,
      .values = connection_authorization_type },
    { .name = STR_INIT("AuthParameters"),
      .kind = SHAPE_STRUCTURE,
      .shape = &update_connection_auth_request_parameters },
};
const struct shape shape_events_update_connection = {
    .fields = shape_update_connection_fields,
    .field_count = sizeof shape_update_connection_fields / sizeof *shape_update_connection_fields,
    .name = "UpdateConnection",
};

static const struct shape_field shape_describe_connection_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
};
const struct shape shape_events_describe_connection = {
    .fields = shape_describe_connection_fields,
    .field_count =
        sizeof shape_describe_connection_fields / sizeof *shape_describe_connection_fields,
    .name = "DescribeConnection",
};

static const struct shape_field shape_delete_connection_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
};
const struct shape shape_events_delete_connection = {
    .fields = shape_delete_connection_fields,
    .field_count = sizeof shape_delete_connection_fields / sizeof *shape_delete_connection_fields,
    .name = "DeleteConnection",
};

static const struct shape_field shape_list_connections_fields[] = {
    { .name = STR_INIT("NamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 64 },
    { .name = STR_INIT("ConnectionState"), .kind = SHAPE_STRING, .values = connection_state },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 100 },
};
const struct shape shape_events_list_connections = {
    .fields = shape_list_connections_fields,
    .field_count = sizeof shape_list_connections_fields / sizeof *shape_list_connections_fields,
    .name = "ListConnections",
};

static const struct shape_field shape_deauthorize_connection_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 64 },
};
const struct shape shape_events_deauthorize_connection = {
    .fields = shape_deauthorize_connection_fields,
    .field_count =
        sizeof shape_deauthorize_connection_fields / sizeof *shape_deauthorize_connection_fields,
    .name = "DeauthorizeConnection",
};
