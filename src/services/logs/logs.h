/* Private to services/logs/: CloudWatch Logs over the logs that the server keeps in files.
 *
 *   logs.c     the table of operations          shapes.c   their fields
 *   groups.c   log groups, retention            streams.c  log streams
 *   tags.c     tags of groups                   events.c   writing and reading events
 *   lines.c    a group's lines                  pattern.c  filter patterns
 *
 * Events are lines of files (effects/effects.h), bounded per group and not part of transactions.
 * Records say what the files cannot:
 *
 * KEY_LOG_GROUP  {"v":1,"created":ms,"retention":days?,"class"?,"tags":{}}
 * KEY_LOG_STREAM {"v":1,"created":ms}; of CreateLogStream. Other streams are there as soon as a
 *                line names them.
 *
 * The group of a function is there as soon as the function has printed something. */
#ifndef SERVICES_LOGS_LOGS_H
#define SERVICES_LOGS_LOGS_H

#include "effects/effects.h"
#include "services/service.h"
#include "services/shape.h"
#include "services/source.h"

/* ---- groups.c ---- */

struct log_group_record {
    str name;
    json record;       /* an object; empty if the group has no record of its own */
    int64_t retention; /* days; 0: for ever */
};

/* The group that a call names (logGroupName, or logGroupIdentifier: a name or an ARN). False with
 * ResourceNotFoundException. */
MUST_CHECK bool log_group_expect(const struct source *source, json params,
                                 struct log_group_record *out, struct error *err);
/* The group of that name, with or without a record; false if there is none. */
bool log_group_find(const struct source *source, str name, struct log_group_record *out);
/* The group's record with `name` set to `value` (null: removed); made if there is none. */
void log_group_put(struct txn *txn, const struct source *source,
                   const struct log_group_record *group, const char *name, json value);
str log_group_arn(const struct source *source, str name);
/* The name in "arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*", with or without ":*"; any other text
 * is a name itself. */
str log_group_name_of(str identifier);
/* What keeps the lines; NULL in a shard without effects (tests): nothing is kept. */
struct effects *log_effects(const struct source *source);

/* ---- lines.c ---- */

/* One event. The texts are JSON strings as they stand in the file, with their quotes. */
struct log_line {
    uint64_t id;
    int64_t timestamp;
    str stream, message;
};
struct log_lines {
    struct log_line *items; /* by time, then by id */
    size_t count;
};

/* All lines of a group that its retention has not outlived. */
struct log_lines log_lines_read(const struct source *source, const struct log_group_record *group);

/* ---- pattern.c ---- */

struct log_pattern;

/* Compiles a filter pattern ("Filter pattern syntax for metric filters" in the CloudWatch Logs
 * guide): terms, "phrases", ?any -none; { $.field = value && ... }. `text` must live as long as the
 * arena. False with InvalidParameterException. */
MUST_CHECK bool log_pattern_compile(str text, struct arena *arena, const struct log_pattern **out,
                                    struct error *err);
/* True if the message matches. `arena` is for the message read as JSON. */
bool log_pattern_matches(const struct log_pattern *pattern, str message, struct arena *arena);

/* ---- the handlers ---- */

enum handled handle_create_log_group(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_log_group(struct txn *txn, struct request *request, struct error *err);
enum handled handle_put_retention_policy(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_delete_retention_policy(struct txn *txn, struct request *request,
                                            struct error *err);
enum handled handle_describe_log_groups(const struct reader *reader, struct request *request,
                                        struct error *err);
enum handled handle_create_log_stream(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_log_stream(struct txn *txn, struct request *request, struct error *err);
enum handled handle_describe_log_streams(const struct reader *reader, struct request *request,
                                         struct error *err);
enum handled handle_put_log_events(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_get_log_events(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_filter_log_events(const struct reader *reader, struct request *request,
                                      struct error *err);
/* {"logGroupName","After":n,"Limit":n} -> {"Events":[{"id","timestamp","stream","message"}],
 * "Next":n}; `Next` is `After` of the next call. */
enum handled handle_read_log_group(const struct reader *reader, struct request *request,
                                   struct error *err);
enum handled handle_tag_log_group(struct txn *txn, struct request *request, struct error *err);
enum handled handle_untag_log_group(struct txn *txn, struct request *request, struct error *err);
enum handled handle_list_tags_log_group(const struct reader *reader, struct request *request,
                                        struct error *err);

/* True if the stream has a record or a line. */
bool log_stream_exists(const struct source *source, const struct log_group_record *group,
                       str stream);
bool log_stream_missing(struct error *err);

/* ---- shapes.c ---- */

extern const struct shape shape_logs_create_group;
extern const struct shape shape_logs_group;
extern const struct shape shape_logs_put_retention;
extern const struct shape shape_logs_describe_groups;
extern const struct shape shape_logs_stream;
extern const struct shape shape_logs_describe_streams;
extern const struct shape shape_logs_put_events;
extern const struct shape shape_logs_get_events;
extern const struct shape shape_logs_filter_events;
extern const struct shape shape_logs_read_group;
extern const struct shape shape_logs_tag_resource;
extern const struct shape shape_logs_untag_resource;
extern const struct shape shape_logs_resource;
extern const struct shape shape_logs_tag_group;
extern const struct shape shape_logs_untag_group;

#endif
