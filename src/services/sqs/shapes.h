/* The input shapes of SQS, one per operation. Private to services/sqs/. */
#ifndef SERVICES_SQS_SHAPES_H
#define SERVICES_SQS_SHAPES_H

#include "services/shape.h"

extern const struct shape sqs_shape_add_permission;
extern const struct shape sqs_shape_cancel_message_move_task;
extern const struct shape sqs_shape_change_message_visibility;
extern const struct shape sqs_shape_change_message_visibility_batch;
extern const struct shape sqs_shape_create_queue;
extern const struct shape sqs_shape_delete_message;
extern const struct shape sqs_shape_delete_message_batch;
extern const struct shape sqs_shape_get_queue_attributes;
extern const struct shape sqs_shape_get_queue_url;
extern const struct shape sqs_shape_list_dead_letter_source_queues;
extern const struct shape sqs_shape_list_message_move_tasks;
extern const struct shape sqs_shape_list_queues;
extern const struct shape sqs_shape_queue_url;
extern const struct shape sqs_shape_receive_message;
extern const struct shape sqs_shape_remove_permission;
extern const struct shape sqs_shape_send_message;
extern const struct shape sqs_shape_send_message_batch;
extern const struct shape sqs_shape_set_queue_attributes;
extern const struct shape sqs_shape_start_message_move_task;
extern const struct shape sqs_shape_tag_queue;
extern const struct shape sqs_shape_untag_queue;

#endif
