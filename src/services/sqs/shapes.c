/* The fields of every operation of SQS, from its service model (botocore's sqs/2012-11-05). Nothing
 * is required and nothing bounded here: SQS has texts of its own for what is missing or wrong, so
 * the handlers check it; what is here are the types. */
#include "services/sqs/shapes.h"

static const struct shape_field shape_add_permission_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Label"), .kind = SHAPE_STRING },
    { .name = STR_INIT("AWSAccountIds"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Actions"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_add_permission = {
    .fields = shape_add_permission_fields,
    .field_count = sizeof shape_add_permission_fields / sizeof *shape_add_permission_fields,
    .name = "AddPermission",
};

static const struct shape_field shape_cancel_message_move_task_fields[] = {
    { .name = STR_INIT("TaskHandle"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_cancel_message_move_task = {
    .fields = shape_cancel_message_move_task_fields,
    .field_count = sizeof shape_cancel_message_move_task_fields /
                   sizeof *shape_cancel_message_move_task_fields,
    .name = "CancelMessageMoveTask",
};

static const struct shape_field shape_change_message_visibility_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("ReceiptHandle"), .kind = SHAPE_STRING },
    { .name = STR_INIT("VisibilityTimeout"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
const struct shape sqs_shape_change_message_visibility = {
    .fields = shape_change_message_visibility_fields,
    .field_count = sizeof shape_change_message_visibility_fields /
                   sizeof *shape_change_message_visibility_fields,
    .name = "ChangeMessageVisibility",
};

static const struct shape_field change_message_visibility_batch_request_entry_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING },
    { .name = STR_INIT("ReceiptHandle"), .kind = SHAPE_STRING },
    { .name = STR_INIT("VisibilityTimeout"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
static const struct shape change_message_visibility_batch_request_entry = {
    .fields = change_message_visibility_batch_request_entry_fields,
    .field_count = sizeof change_message_visibility_batch_request_entry_fields /
                   sizeof *change_message_visibility_batch_request_entry_fields,
    .name = "ChangeMessageVisibilityBatchRequestEntry",
};

static const struct shape_field shape_change_message_visibility_batch_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &change_message_visibility_batch_request_entry },
};
const struct shape sqs_shape_change_message_visibility_batch = {
    .fields = shape_change_message_visibility_batch_fields,
    .field_count = sizeof shape_change_message_visibility_batch_fields /
                   sizeof *shape_change_message_visibility_batch_fields,
    .name = "ChangeMessageVisibilityBatch",
};

static const struct shape_field shape_create_queue_fields[] = {
    { .name = STR_INIT("QueueName"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("tags"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_create_queue = {
    .fields = shape_create_queue_fields,
    .field_count = sizeof shape_create_queue_fields / sizeof *shape_create_queue_fields,
    .name = "CreateQueue",
};

static const struct shape_field shape_delete_message_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("ReceiptHandle"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_delete_message = {
    .fields = shape_delete_message_fields,
    .field_count = sizeof shape_delete_message_fields / sizeof *shape_delete_message_fields,
    .name = "DeleteMessage",
};

static const struct shape_field delete_message_batch_request_entry_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING },
    { .name = STR_INIT("ReceiptHandle"), .kind = SHAPE_STRING },
};
static const struct shape delete_message_batch_request_entry = {
    .fields = delete_message_batch_request_entry_fields,
    .field_count = sizeof delete_message_batch_request_entry_fields /
                   sizeof *delete_message_batch_request_entry_fields,
    .name = "DeleteMessageBatchRequestEntry",
};

static const struct shape_field shape_delete_message_batch_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &delete_message_batch_request_entry },
};
const struct shape sqs_shape_delete_message_batch = {
    .fields = shape_delete_message_batch_fields,
    .field_count =
        sizeof shape_delete_message_batch_fields / sizeof *shape_delete_message_batch_fields,
    .name = "DeleteMessageBatch",
};

static const struct shape_field shape_get_queue_attributes_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("AttributeNames"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_get_queue_attributes = {
    .fields = shape_get_queue_attributes_fields,
    .field_count =
        sizeof shape_get_queue_attributes_fields / sizeof *shape_get_queue_attributes_fields,
    .name = "GetQueueAttributes",
};

static const struct shape_field shape_get_queue_url_fields[] = {
    { .name = STR_INIT("QueueName"), .kind = SHAPE_STRING },
    { .name = STR_INIT("QueueOwnerAWSAccountId"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_get_queue_url = {
    .fields = shape_get_queue_url_fields,
    .field_count = sizeof shape_get_queue_url_fields / sizeof *shape_get_queue_url_fields,
    .name = "GetQueueUrl",
};

static const struct shape_field shape_list_dead_letter_source_queues_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxResults"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
const struct shape sqs_shape_list_dead_letter_source_queues = {
    .fields = shape_list_dead_letter_source_queues_fields,
    .field_count = sizeof shape_list_dead_letter_source_queues_fields /
                   sizeof *shape_list_dead_letter_source_queues_fields,
    .name = "ListDeadLetterSourceQueues",
};

static const struct shape_field shape_list_message_move_tasks_fields[] = {
    { .name = STR_INIT("SourceArn"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxResults"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
const struct shape sqs_shape_list_message_move_tasks = {
    .fields = shape_list_message_move_tasks_fields,
    .field_count =
        sizeof shape_list_message_move_tasks_fields / sizeof *shape_list_message_move_tasks_fields,
    .name = "ListMessageMoveTasks",
};

static const struct shape_field shape_list_queues_fields[] = {
    { .name = STR_INIT("QueueNamePrefix"), .kind = SHAPE_STRING },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxResults"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
const struct shape sqs_shape_list_queues = {
    .fields = shape_list_queues_fields,
    .field_count = sizeof shape_list_queues_fields / sizeof *shape_list_queues_fields,
    .name = "ListQueues",
};

static const struct shape_field shape_receive_message_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("AttributeNames"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("MessageSystemAttributeNames"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRING },
    { .name = STR_INIT("MessageAttributeNames"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("MaxNumberOfMessages"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("VisibilityTimeout"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("WaitTimeSeconds"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("ReceiveRequestAttemptId"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_receive_message = {
    .fields = shape_receive_message_fields,
    .field_count = sizeof shape_receive_message_fields / sizeof *shape_receive_message_fields,
    .name = "ReceiveMessage",
};

static const struct shape_field shape_remove_permission_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Label"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_remove_permission = {
    .fields = shape_remove_permission_fields,
    .field_count = sizeof shape_remove_permission_fields / sizeof *shape_remove_permission_fields,
    .name = "RemovePermission",
};

static const struct shape_field message_attribute_value_fields[] = {
    { .name = STR_INIT("StringValue"), .kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryValue"), .kind = SHAPE_BLOB },
    { .name = STR_INIT("StringListValues"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryListValues"), .kind = SHAPE_LIST, .item_kind = SHAPE_BLOB },
    { .name = STR_INIT("DataType"), .kind = SHAPE_STRING },
};
static const struct shape message_attribute_value = {
    .fields = message_attribute_value_fields,
    .field_count = sizeof message_attribute_value_fields / sizeof *message_attribute_value_fields,
    .name = "MessageAttributeValue",
};

static const struct shape_field message_system_attribute_value_fields[] = {
    { .name = STR_INIT("StringValue"), .kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryValue"), .kind = SHAPE_BLOB },
    { .name = STR_INIT("StringListValues"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryListValues"), .kind = SHAPE_LIST, .item_kind = SHAPE_BLOB },
    { .name = STR_INIT("DataType"), .kind = SHAPE_STRING },
};
static const struct shape message_system_attribute_value = {
    .fields = message_system_attribute_value_fields,
    .field_count = sizeof message_system_attribute_value_fields /
                   sizeof *message_system_attribute_value_fields,
    .name = "MessageSystemAttributeValue",
};

static const struct shape_field shape_send_message_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageBody"), .kind = SHAPE_STRING },
    { .name = STR_INIT("DelaySeconds"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &message_attribute_value },
    { .name = STR_INIT("MessageSystemAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &message_system_attribute_value },
    { .name = STR_INIT("MessageDeduplicationId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageGroupId"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_send_message = {
    .fields = shape_send_message_fields,
    .field_count = sizeof shape_send_message_fields / sizeof *shape_send_message_fields,
    .name = "SendMessage",
};

static const struct shape_field send_message_batch_request_entry_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageBody"), .kind = SHAPE_STRING },
    { .name = STR_INIT("DelaySeconds"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &message_attribute_value },
    { .name = STR_INIT("MessageSystemAttributes"),
      .kind = SHAPE_MAP,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &message_system_attribute_value },
    { .name = STR_INIT("MessageDeduplicationId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageGroupId"), .kind = SHAPE_STRING },
};
static const struct shape send_message_batch_request_entry = {
    .fields = send_message_batch_request_entry_fields,
    .field_count = sizeof send_message_batch_request_entry_fields /
                   sizeof *send_message_batch_request_entry_fields,
    .name = "SendMessageBatchRequestEntry",
};

static const struct shape_field shape_send_message_batch_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &send_message_batch_request_entry },
};
const struct shape sqs_shape_send_message_batch = {
    .fields = shape_send_message_batch_fields,
    .field_count = sizeof shape_send_message_batch_fields / sizeof *shape_send_message_batch_fields,
    .name = "SendMessageBatch",
};

static const struct shape_field shape_set_queue_attributes_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_set_queue_attributes = {
    .fields = shape_set_queue_attributes_fields,
    .field_count =
        sizeof shape_set_queue_attributes_fields / sizeof *shape_set_queue_attributes_fields,
    .name = "SetQueueAttributes",
};

static const struct shape_field shape_start_message_move_task_fields[] = {
    { .name = STR_INIT("SourceArn"), .kind = SHAPE_STRING },
    { .name = STR_INIT("DestinationArn"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MaxNumberOfMessagesPerSecond"), .kind = SHAPE_INTEGER, .min = INT64_MIN },
};
const struct shape sqs_shape_start_message_move_task = {
    .fields = shape_start_message_move_task_fields,
    .field_count =
        sizeof shape_start_message_move_task_fields / sizeof *shape_start_message_move_task_fields,
    .name = "StartMessageMoveTask",
};

static const struct shape_field shape_tag_queue_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Tags"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_tag_queue = {
    .fields = shape_tag_queue_fields,
    .field_count = sizeof shape_tag_queue_fields / sizeof *shape_tag_queue_fields,
    .name = "TagQueue",
};

static const struct shape_field shape_untag_queue_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
    { .name = STR_INIT("TagKeys"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRING },
};
const struct shape sqs_shape_untag_queue = {
    .fields = shape_untag_queue_fields,
    .field_count = sizeof shape_untag_queue_fields / sizeof *shape_untag_queue_fields,
    .name = "UntagQueue",
};

/* Operations that take nothing but a queue. */
static const struct shape_field shape_queue_url_fields[] = {
    { .name = STR_INIT("QueueUrl"), .kind = SHAPE_STRING },
};
const struct shape sqs_shape_queue_url = {
    .fields = shape_queue_url_fields,
    .field_count = sizeof shape_queue_url_fields / sizeof *shape_queue_url_fields,
    .name = "QueueUrl",
};
