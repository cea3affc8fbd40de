/* SQS: queues, standard and FIFO, with long polls, dead-letter queues and move tasks.
 *
 * The operations are those of the API and are reached through the table `sqs_service`; other
 * services use it with service_call. What they need beyond the API is here.
 *
 * Whoever waits for messages of a queue waits (txn_wait) for the topic "sqs:NAME" until
 * sqs_next_visible_ms, at most SQS_WAIT_S_MAX seconds at a time, then receives. The topic is
 * notified once for each message that can be received within that time and for each change that
 * makes one visible sooner; a waiter that takes nothing although there is something notifies the
 * next (txn_notify(topic, 1)). When the queue is deleted, all are woken. */
#ifndef SERVICES_SQS_SQS_H
#define SERVICES_SQS_SQS_H

#include "services/service.h"
#include "services/source.h"

/* The name of one of our queues from its URL ("http://HOST/ACCOUNT/NAME", or the old form
 * "http://HOST/queue/NAME"; whatever the host) or its ARN; a slice of `address`. False if it is
 * neither, or of another account or region. Does not look whether the queue exists. */
bool sqs_queue_name(const struct source *source, str address, str *name);

/* When the queue next has a message to receive: a time up to now if there is one, a little before
 * the time that one becomes visible, INT64_MAX if there is none or no such queue. One short walk.
 */
int64_t sqs_next_visible_ms(const struct source *source, str queue_name);

/* "sqs:NAME", in the arena. */
str sqs_topic(struct arena *arena, str queue_name);

#endif
