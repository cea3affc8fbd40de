/* The fields of every operation, from the service model (botocore's sns/2010-03-31/service-2.json)
 * as far as handlers look at them. Scalars that the model calls booleans may come as texts, as
 * forms have no types: they are not checked here. */
#include "services/sns/internal.h"

#define FIELDS(array) .fields = (array), .field_count = sizeof(array) / sizeof *(array)

static const struct shape_field any_fields[] = {
    { .name = STR_INIT("NextToken"), .kind = SHAPE_ANY },
};
const struct shape shape_sns_anything = { FIELDS(any_fields), .name = "Input" };

static const struct shape_field tag_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 128 },
    { .name = STR_INIT("Value"), .kind = SHAPE_STRING, .required = true, .max = 256 },
};
static const struct shape tag = { FIELDS(tag_fields), .name = "Tag" };

static const struct shape_field create_topic_fields[] = {
    { .name = STR_INIT("Name"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Tags"), .kind = SHAPE_LIST, .shape = &tag, .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_sns_create_topic = { FIELDS(create_topic_fields),
                                              .name = "CreateTopicInput" };

static const struct shape_field topic_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
};
const struct shape shape_sns_topic = { FIELDS(topic_fields), .name = "TopicInput" };

static const struct shape_field list_fields[] = {
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_list = { FIELDS(list_fields), .name = "ListInput" };

static const struct shape_field list_by_topic_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("NextToken"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_list_by_topic = { FIELDS(list_by_topic_fields),
                                               .name = "ListSubscriptionsByTopicInput" };

static const struct shape_field set_topic_attributes_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AttributeName"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AttributeValue"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_set_topic_attributes = { FIELDS(set_topic_attributes_fields),
                                                      .name = "SetTopicAttributesInput" };

static const struct shape_field add_permission_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Label"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AWSAccountId"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING },
    { .name = STR_INIT("ActionName"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING },
};
const struct shape shape_sns_add_permission = { FIELDS(add_permission_fields),
                                                .name = "AddPermissionInput" };

static const struct shape_field remove_permission_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Label"), .kind = SHAPE_STRING, .required = true },
};
const struct shape shape_sns_remove_permission = { FIELDS(remove_permission_fields),
                                                   .name = "RemovePermissionInput" };

static const struct shape_field subscribe_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Protocol"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Endpoint"), .kind = SHAPE_STRING },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("ReturnSubscriptionArn"), .kind = SHAPE_ANY },
};
const struct shape shape_sns_subscribe = { FIELDS(subscribe_fields), .name = "SubscribeInput" };

static const struct shape_field subscription_fields[] = {
    { .name = STR_INIT("SubscriptionArn"), .kind = SHAPE_STRING, .required = true },
};
const struct shape shape_sns_subscription = { FIELDS(subscription_fields),
                                              .name = "SubscriptionInput" };

static const struct shape_field confirm_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Token"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AuthenticateOnUnsubscribe"), .kind = SHAPE_ANY },
};
const struct shape shape_sns_confirm = { FIELDS(confirm_fields),
                                         .name = "ConfirmSubscriptionInput" };

static const struct shape_field set_subscription_attributes_fields[] = {
    { .name = STR_INIT("SubscriptionArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AttributeName"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("AttributeValue"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_set_subscription_attributes = {
    FIELDS(set_subscription_attributes_fields),
    .name = "SetSubscriptionAttributesInput",
};

static const struct shape_field attribute_fields[] = {
    { .name = STR_INIT("DataType"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("StringValue"), .kind = SHAPE_STRING },
    { .name = STR_INIT("BinaryValue"), .kind = SHAPE_STRING },
};
static const struct shape attribute = { FIELDS(attribute_fields), .name = "MessageAttributeValue" };

static const struct shape_field publish_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING },
    { .name = STR_INIT("TargetArn"), .kind = SHAPE_STRING },
    { .name = STR_INIT("PhoneNumber"), .kind = SHAPE_STRING, .sensitive = true },
    { .name = STR_INIT("Message"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Subject"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageStructure"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .shape = &attribute,
      .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("MessageDeduplicationId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageGroupId"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_publish = { FIELDS(publish_fields), .name = "PublishInput" };

static const struct shape_field entry_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Message"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("Subject"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageStructure"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageAttributes"),
      .kind = SHAPE_MAP,
      .shape = &attribute,
      .item_kind = SHAPE_STRUCTURE },
    { .name = STR_INIT("MessageDeduplicationId"), .kind = SHAPE_STRING },
    { .name = STR_INIT("MessageGroupId"), .kind = SHAPE_STRING },
};
static const struct shape entry = { FIELDS(entry_fields), .name = "PublishBatchRequestEntry" };

static const struct shape_field publish_batch_fields[] = {
    { .name = STR_INIT("TopicArn"), .kind = SHAPE_STRING, .required = true },
    { .name = STR_INIT("PublishBatchRequestEntries"),
      .kind = SHAPE_LIST,
      .required = true,
      .shape = &entry,
      .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_sns_publish_batch = { FIELDS(publish_batch_fields),
                                               .name = "PublishBatchInput" };

static const struct shape_field tag_resource_fields[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
    { .name = STR_INIT("Tags"),
      .kind = SHAPE_LIST,
      .required = true,
      .shape = &tag,
      .item_kind = SHAPE_STRUCTURE },
};
const struct shape shape_sns_tag = { FIELDS(tag_resource_fields), .name = "TagResourceRequest" };

static const struct shape_field untag_resource_fields[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
    { .name = STR_INIT("TagKeys"),
      .kind = SHAPE_LIST,
      .required = true,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 128 },
};
const struct shape shape_sns_untag = { FIELDS(untag_resource_fields),
                                       .name = "UntagResourceRequest" };

static const struct shape_field resource_fields[] = {
    { .name = STR_INIT("ResourceArn"),
      .kind = SHAPE_STRING,
      .required = true,
      .min = 1,
      .max = 1011 },
};
const struct shape shape_sns_resource = { FIELDS(resource_fields),
                                          .name = "ListTagsForResourceRequest" };

static const struct shape_field list_outbox_fields[] = {
    { .name = STR_INIT("maxResults"), .kind = SHAPE_ANY },
    { .name = STR_INIT("nextToken"), .kind = SHAPE_STRING },
    { .name = STR_INIT("topicArn"), .kind = SHAPE_STRING },
};
const struct shape shape_sns_list_outbox = { FIELDS(list_outbox_fields),
                                             .name = "ListOutboxInput" };
