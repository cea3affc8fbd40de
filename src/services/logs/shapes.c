/* The fields of the served operations of CloudWatch Logs, from its service model (botocore's
 * logs/2014-03-28/service-2.json). */
#include "services/logs/logs.h"

static bool is_group_name(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '-' && c != '_' && c != '/' && c != '#') return false;
    }
    return value.len > 0;
}

/* A NUL cannot stand in a key. */
static bool is_stream_name(str value)
{
    return str_find_char(value, ':', 0) == value.len && str_find_char(value, '*', 0) == value.len &&
           str_find_char(value, '\0', 0) == value.len;
}

static const struct shape_pattern group_name_pattern = { "[\\.\\-_/#A-Za-z0-9]+", is_group_name };
static const struct shape_pattern stream_name_pattern = { "[^:*]*", is_stream_name };
static const char *const stream_order[] = { "LogStreamName", "LastEventTime", NULL };

static const struct shape_field input_event_fields[] = {
    { .name = STR_INIT("timestamp"), .kind = SHAPE_INTEGER, .required = true, .min = 0 },
    { .name = STR_INIT("message"), .kind = SHAPE_STRING, .required = true, .min = 1 },
};
static const struct shape input_event = {
    .fields = input_event_fields,
    .field_count = sizeof input_event_fields / sizeof *input_event_fields,
    .name = "InputLogEvent",
};

static const struct shape_field create_group_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("kmsKeyId"), .kind = SHAPE_STRING, .min = 0, .max = 256 },
    { .name = STR_INIT("tags"),
      .kind = SHAPE_MAP,
      .min = 1,
      .max = 50,
      .item_kind = SHAPE_STRING,
      .item_max = 256,
      .key_min = 1,
      .key_max = 128 },
    { .name = STR_INIT("logGroupClass"), .kind = SHAPE_STRING, .min = 0, .max = 0 },
};
const struct shape shape_logs_create_group = {
    .fields = create_group_fields,
    .field_count = sizeof create_group_fields / sizeof *create_group_fields,
    .name = "CreateLogGroupRequest",
};

static const struct shape_field group_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
};
const struct shape shape_logs_group = {
    .fields = group_fields,
    .field_count = sizeof group_fields / sizeof *group_fields,
    .name = "DeleteLogGroupRequest",
};

static const struct shape_field put_retention_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("retentionInDays"),
      .kind = SHAPE_INTEGER,
      .required = true,
      .min = INT64_MIN,
      .max = 0 },
};
const struct shape shape_logs_put_retention = {
    .fields = put_retention_fields,
    .field_count = sizeof put_retention_fields / sizeof *put_retention_fields,
    .name = "PutRetentionPolicyRequest",
};

static const struct shape_field describe_groups_fields[] = {
    { .name = STR_INIT("logGroupNamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("logGroupNamePattern"), .kind = SHAPE_STRING, .min = 0, .max = 512 },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
    { .name = STR_INIT("limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 50 },
};
const struct shape shape_logs_describe_groups = {
    .fields = describe_groups_fields,
    .field_count = sizeof describe_groups_fields / sizeof *describe_groups_fields,
    .name = "DescribeLogGroupsRequest",
};

static const struct shape_field stream_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("logStreamName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &stream_name_pattern },
};
const struct shape shape_logs_stream = {
    .fields = stream_fields,
    .field_count = sizeof stream_fields / sizeof *stream_fields,
    .name = "CreateLogStreamRequest",
};

static const struct shape_field describe_streams_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("logGroupIdentifier"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("logStreamNamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("orderBy"), .kind = SHAPE_STRING, .values = stream_order },
    { .name = STR_INIT("descending"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
    { .name = STR_INIT("limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 50 },
};
const struct shape shape_logs_describe_streams = {
    .fields = describe_streams_fields,
    .field_count = sizeof describe_streams_fields / sizeof *describe_streams_fields,
    .name = "DescribeLogStreamsRequest",
};

static const struct shape_field put_events_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("logStreamName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &stream_name_pattern },
    { .name = STR_INIT("logEvents"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 10000,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &input_event },
    { .name = STR_INIT("sequenceToken"), .kind = SHAPE_STRING, .min = 1, .max = 0 },
};
const struct shape shape_logs_put_events = {
    .fields = put_events_fields,
    .field_count = sizeof put_events_fields / sizeof *put_events_fields,
    .name = "PutLogEventsRequest",
};

static const struct shape_field get_events_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("logGroupIdentifier"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("logStreamName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &stream_name_pattern },
    { .name = STR_INIT("startTime"), .kind = SHAPE_INTEGER, .min = 0, .max = 0 },
    { .name = STR_INIT("endTime"), .kind = SHAPE_INTEGER, .min = 0, .max = 0 },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
    { .name = STR_INIT("limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
    { .name = STR_INIT("startFromHead"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_logs_get_events = {
    .fields = get_events_fields,
    .field_count = sizeof get_events_fields / sizeof *get_events_fields,
    .name = "GetLogEventsRequest",
};

static const struct shape_field filter_events_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("logGroupIdentifier"), .kind = SHAPE_STRING, .min = 1, .max = 2048 },
    { .name = STR_INIT("logStreamNames"),
      .kind = SHAPE_LIST,
      .min = 1,
      .max = 100,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 512 },
    { .name = STR_INIT("logStreamNamePrefix"), .kind = SHAPE_STRING, .min = 1, .max = 512 },
    { .name = STR_INIT("startTime"), .kind = SHAPE_INTEGER, .min = 0, .max = 0 },
    { .name = STR_INIT("endTime"), .kind = SHAPE_INTEGER, .min = 0, .max = 0 },
    { .name = STR_INIT("filterPattern"), .kind = SHAPE_STRING, .min = 0, .max = 1024 },
    { .name = STR_INIT("nextToken"),
      .kind = SHAPE_STRING,
      .min = 1,
      .max = STATES_PAGE_TOKEN_CHARS_MAX },
    { .name = STR_INIT("limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
    { .name = STR_INIT("interleaved"), .kind = SHAPE_BOOLEAN },
};
const struct shape shape_logs_filter_events = {
    .fields = filter_events_fields,
    .field_count = sizeof filter_events_fields / sizeof *filter_events_fields,
    .name = "FilterLogEventsRequest",
};

static const struct shape_field tag_resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
    { .name = STR_INIT("tags"),
      .kind = SHAPE_MAP,
      .required = true,
      .min = 1,
      .max = 50,
      .item_kind = SHAPE_STRING,
      .item_max = 256,
      .key_min = 1,
      .key_max = 128 },
};
const struct shape shape_logs_tag_resource = {
    .fields = tag_resource_fields,
    .field_count = sizeof tag_resource_fields / sizeof *tag_resource_fields,
    .name = "TagResourceRequest",
};

static const struct shape_field untag_resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
    { .name = STR_INIT("tagKeys"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 0,
      .max = 50,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_logs_untag_resource = {
    .fields = untag_resource_fields,
    .field_count = sizeof untag_resource_fields / sizeof *untag_resource_fields,
    .name = "UntagResourceRequest",
};

static const struct shape_field resource_fields[] = {
    { .name = STR_INIT("resourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
};
const struct shape shape_logs_resource = {
    .fields = resource_fields,
    .field_count = sizeof resource_fields / sizeof *resource_fields,
    .name = "ListTagsForResourceRequest",
};

static const struct shape_field tag_group_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("tags"),
      .kind = SHAPE_MAP,
      .required = true,
      .min = 1,
      .max = 50,
      .item_kind = SHAPE_STRING,
      .item_max = 256,
      .key_min = 1,
      .key_max = 128 },
};
const struct shape shape_logs_tag_group = {
    .fields = tag_group_fields,
    .field_count = sizeof tag_group_fields / sizeof *tag_group_fields,
    .name = "TagLogGroupRequest",
};

static const struct shape_field untag_group_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("tags"),
      .kind = SHAPE_LIST,
      .required = true,
      .min = 1,
      .max = 50,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_logs_untag_group = {
    .fields = untag_group_fields,
    .field_count = sizeof untag_group_fields / sizeof *untag_group_fields,
    .name = "UntagLogGroupRequest",
};

static const struct shape_field read_group_fields[] = {
    { .name = STR_INIT("logGroupName"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 512,
      .pattern = &group_name_pattern },
    { .name = STR_INIT("After"), .kind = SHAPE_INTEGER, .min = 0 },
    { .name = STR_INIT("Limit"), .kind = SHAPE_INTEGER, .min = 1, .max = 10000 },
};
const struct shape shape_logs_read_group = {
    .fields = read_group_fields,
    .field_count = sizeof read_group_fields / sizeof *read_group_fields,
    .name = "ReadLogGroup",
};
