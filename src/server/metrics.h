/* The server's own figures for /metrics; private to server/. Written on the loop thread only. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "shard/request.h"

struct server;

/* Answers of one operation by error code; ERROR_NONE counts the successful ones. */
struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* `operation` NULL: the call named none that is known. */
void metrics_count_call(struct metrics *metrics, const struct operation *operation,
                        enum error_code code, int64_t duration_us);

/* Appends Prometheus text: calls by operation and code, their durations, and what the server counts
 * about its connections. */
void metrics_write(const struct metrics *metrics, const struct server *server, struct buf *out);

#endif
