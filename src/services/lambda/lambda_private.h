/* Private to services/lambda/: what the parts of the Lambda API share.
 *
 *   lambda.c          the tables: operations, paths, effect handlers, start
 *   shapes_*.c shape_patterns.c   the fields of every operation, from the service model
 *   names.c           names and ARNs of functions
 *   records.c         the records of functions, versions and aliases; pages of lists
 *   configuration.c   what a function is configured with: read from a call, shown in an answer
 *   zip.c files.c code.c   unpacking code, directories, and who uses them
 *   create.c delete.c reads.c versions.c aliases.c concurrency.c policy.c tags.c
 *   event_config.c    how asynchronous invocations are retried, and where their outcomes go
 *   invoke.c carrier.c async.c destinations.c
 *   mapping.c mapping_poll.c mapping_done.c   event source mappings
 *
 * A function is one record (KEY_FUNCTION: its $LATEST, tags, counters) and one record for each
 * published version. Code is a directory named by the SHA-256 of the zip it came from; its record
 * (KEY_FUNCTION_CODE) counts the versions that use it. Texts of errors are AWS's as recorded, where
 * they are; everything a handler makes lives in the request's arena. */
#ifndef SERVICES_LAMBDA_LAMBDA_PRIVATE_H
#define SERVICES_LAMBDA_LAMBDA_PRIVATE_H

#include "services/lambda/lambda.h"
#include "services/lambda/shapes.h"

/* ---- names.c ---- */

/* What a function's name, partial ARN or ARN consists of; empty what is not there. */
struct name_parts {
    str region, account, name, qualifier;
};
/* False if the text is none of them. A dot in the name passes, as AWS lets it. */
bool name_split(str text, struct name_parts *out);
bool name_is_region(str text);

/* A function that a call names. */
struct function_ref {
    str name;
    str qualifier; /* version, "$LATEST" or alias; empty if none was given */
};
/* From a name and a qualifier of its own (may be empty). False with ERROR_VALIDATION if the name
 * is malformed, ERROR_LAMBDA_INVALID_PARAMETER_VALUE if both qualify it differently, and so on if
 * it is of another region or account. */
MUST_CHECK bool ref_read(const struct source *source, str text, str qualifier,
                         struct function_ref *out, struct error *err);
/* The same from the members FunctionName and Qualifier. */
MUST_CHECK bool ref_params(const struct source *source, json params, struct function_ref *out,
                           struct error *err);

static const str LATEST = STR_INIT("$LATEST");

/* True if the qualifier is a version's number. */
bool qualifier_version(str qualifier, uint32_t *version);
/* True if it can be an alias: neither empty, nor a number, nor $LATEST. */
bool qualifier_is_alias(str qualifier);
/* Unqualified if `qualifier` is empty. */
str function_arn(const struct source *source, str name, str qualifier);

/* ---- records.c ---- */

/* Where the code of a version is. */
struct function_code {
    str kind;   /* "zip", "directory" or "url"; the latter two are Baton's own */
    str place;  /* of a zip the SHA-256 in hexadecimal, which names its directory; an absolute path;
                   a URL */
    str sha256; /* base64, as AWS shows it */
    int64_t bytes; /* of the zip; 0 for the others */
};

/* A version of a function, or its $LATEST. */
struct function_config {
    str version;   /* "$LATEST" or a number */
    json settings; /* object: members of AWS's FunctionConfiguration, as they are shown */
    struct function_code code;
    str revision_id;
    int64_t modified_ms;
    uint64_t build; /* changes whenever settings or code do; never the same for two */
};

struct function_record {
    str name;
    struct function_config latest;
    uint32_t version_last; /* highest number given out so far */
    uint32_t version_count, alias_count;
    int64_t reserved; /* concurrency; -1: not reserved */
    json tags;        /* object of strings */
};

struct alias_record {
    str name, description;
    str version;
    json weights; /* object: at most one other version, and its share of the invocations */
    str revision_id;
};

/* What all functions amount to; kept so that no list has to be walked for it. */
struct function_totals {
    int64_t functions, code_bytes, reserved, mappings;
};

bool function_load(const struct source *source, str name, struct function_record *out);
void function_store(struct txn *txn, const struct source *source,
                    const struct function_record *function);
/* function_load, or ERROR_LAMBDA_RESOURCE_NOT_FOUND that shows `qualifier` too. */
MUST_CHECK bool function_find(const struct source *source, str name, str qualifier,
                              struct function_record *out, struct error *err);
bool function_version_load(const struct source *source, str name, uint32_t version,
                           struct function_config *out);
void version_store(struct txn *txn, const struct source *source, str name,
                   const struct function_config *config);
bool function_alias_load(const struct source *source, str name, str alias,
                         struct alias_record *out);
void alias_store(struct txn *txn, const struct source *source, str name,
                 const struct alias_record *alias);
struct function_totals totals_load(const struct source *source);
void totals_store(struct txn *txn, const struct source *source,
                  const struct function_totals *totals);

/* A function with the version that a qualifier stands for. */
struct function_target {
    struct function_record function;
    struct function_config config;
    bool is_alias;
    struct alias_record alias; /* is_alias */
    str arn;                   /* as the call qualified it */
};
/* False with ERROR_LAMBDA_RESOURCE_NOT_FOUND. For an alias: the version it points to first. */
MUST_CHECK bool target_find(const struct source *source, const struct function_ref *ref,
                            struct function_target *out, struct error *err);

/* A version 4 UUID from the transaction's randomness, in its arena. */
str new_uuid(struct txn *txn);

/* The text of a member, or "" if it is not there or no text. */
str param_str(json params, const char *name);
/* The value of a member; NULL if it is not there or null. */
const json *param(json params, const char *name);

MUST_CHECK bool revision_check(json params, str revision_id, struct error *err);

/* Lists: pages by Marker and MaxItems. */
MUST_CHECK bool list_begin(const struct source *source, json params, str scope, struct page *page,
                           struct error *err);
/* Adds NextMarker. */
void list_next(const struct source *source, const struct page *page, struct buf *out, str position);

/* The answer has no body, and this status. */
enum handled reply_empty(struct request *request, int status);

/* ---- configuration.c ---- */

/* The settings of a new function (`old` is null), or those of `old` with what the call changes. */
MUST_CHECK bool settings_read(const struct source *source, json params, str name, json old,
                              json *out, struct error *err);
/* Appends AWS's FunctionConfiguration, without its braces. In lists AWS leaves out the states. */
void reply_configuration(struct buf *out, const struct source *source, str name,
                         const struct function_config *config, str arn, bool listed);
/* The same as the whole answer. */
void reply_function(struct request *request, const struct source *source, str name,
                    const struct function_config *config, str arn);

/* ---- zip.c ---- */

struct zip_limits {
    uint64_t bytes;   /* of all files together, counted as they are inflated */
    uint64_t entries; /* files, directories and links */
};

/* Unpacks an archive into an existing, empty directory. Nothing is written outside of it: names
 * that are absolute, lead upwards or through a link are refused, as are links that point outside.
 * False with ERROR_LAMBDA_INVALID_PARAMETER_VALUE; some files may have been written then. */
MUST_CHECK bool zip_unpack(str archive, str directory, const struct zip_limits *limits,
                           struct arena *arena, struct error *err);

/* ---- files.c ---- */

/* Removes a directory with all that is in it, at most `*budget` files and directories, which it
 * counts down. True if it is gone (or was never there). Links are removed, not followed. */
bool files_remove(str directory, size_t *budget, struct arena *arena);

/* ---- code.c ---- */

/* Of CreateFunction and UpdateFunctionCode: unpacks a zip (once per content) and puts what the
 * handler needs in the place of the bytes. Reads no records; any thread. */
MUST_CHECK bool code_prepare(const struct source *source, struct request *request,
                             struct error *err);
/* What code_prepare has found out. False with ERROR_UNSUPPORTED_OPERATION if it has not run, and
 * with ERROR_LAMBDA_SERVICE if the directory has gone since. */
MUST_CHECK bool code_prepared(const struct source *source, json params, struct function_code *out,
                              struct error *err);
/* A version begins or ceases to use the code. When nobody does any more, an effect removes it. */
void code_use(struct txn *txn, const struct source *source, const struct function_code *code);
void code_release(struct txn *txn, const struct source *source, const struct function_code *code);
/* A call that came with this code fails: removes it if nobody uses it. On the writer thread. */
void code_abandon(const struct source *source, const struct function_code *code);
/* Where the code of a version is: for a zip its directory, else `place`. */
str code_path(const struct source *source, const struct function_code *code);
/* Removes what no record refers to: leftovers of a crash. Before the first call. */
void code_collect(struct shard *shard);
void code_removed(struct txn *txn, const struct effect_record *record,
                  const struct effect_result *result);

/* Base64 of RFC 4648, with padding. */
str base64_text(struct arena *arena, str bytes);
MUST_CHECK bool code_base64_bytes(struct arena *arena, str text, str *out);

/* ---- upload.c ---- */

/* CreateFunction and UpdateFunctionCode as they come from outside: the code is taken first, then
 * the call goes on as the write of create.c. */
enum handled handle_upload_new(const struct reader *reader, struct request *request,
                               struct error *err);
enum handled handle_upload_changed(const struct reader *reader, struct request *request,
                                   struct error *err);

/* ---- create.c ---- */

/* The checks of CreateFunction and of the updates that need no writer, so that they can be made
 * before anything is unpacked. */
MUST_CHECK bool create_check(const struct source *source, json params, str *name, json *settings,
                             struct error *err);
MUST_CHECK bool update_check(const struct source *source, json params,
                             struct function_record *function, struct error *err);
/* Ends the function's idle processes. */
void forget_processes(const struct source *source, str name);

/* ---- versions.c ---- */

/* Publishes $LATEST unless the newest version is the same. The function is not stored. */
MUST_CHECK bool function_version_publish(struct txn *txn, const struct source *source,
                                         struct function_record *function, const json *description,
                                         struct function_config *out, struct error *err);
/* False, with the error, if there is no room for another version. */
MUST_CHECK bool version_room(const struct function_record *function, struct error *err);
void versions_delete(struct txn *txn, const struct source *source, str name,
                     struct function_totals *totals);
/* A cursor over the versions of a function, behind `after`. */
struct store_cursor *versions_scan(const struct source *source, str name, uint32_t after);
bool versions_next(const struct source *source, struct store_cursor *cursor,
                   struct function_config *out);

/* ---- aliases.c ---- */

void aliases_delete(struct txn *txn, const struct source *source, str name);
/* The names of those that point to a version, as AWS lists them: "[a, b]". Empty if there are
 * none. */
str aliases_of_version(const struct source *source, str name, str version);
/* Which version an invocation through the alias runs; `chance` in [0, 1) decides. */
str alias_choose(const struct alias_record *alias, double chance);

/* ---- event_config.c, policy.c: KEY_FUNCTION_SETTING ---- */

enum setting_kind { SETTING_POLICY = 1, SETTING_EVENT_CONFIG = 2 };
void settings_delete(struct txn *txn, const struct source *source, str name, str qualifier);
void settings_delete_all(struct txn *txn, const struct source *source, str name);

/* How the asynchronous invocations of a function, version or alias go. */
struct event_config {
    int64_t retries; /* after the first attempt */
    int64_t age_s;
    str on_success, on_failure; /* ARNs; empty if none */
};
struct event_config event_config_of(const struct source *source, str name, str qualifier);

/* ---- invoke.c ---- */

struct function_invocation {
    struct function_target target;
    str payload, request_id, client_context;
    bool queues; /* waits when the function's reserved concurrency is used up */
};
/* The request of an effect "function" nobody waits for: it is not throttled, but waits. */
json invocation_that_queues(struct arena *arena, json request);
/* What a request of an effect "function" says, with the version that is to run. False with
 * ERROR_LAMBDA_RESOURCE_NOT_FOUND if the function has gone. */
MUST_CHECK bool invocation_read(const struct source *source, json request,
                                struct function_invocation *out, struct error *err);

/* ---- async.c ---- */

/* Stores an asynchronous invocation; `request` is that of an effect "function". */
void async_start(struct txn *txn, json request);
void async_done(struct txn *txn, const struct effect_record *record,
                const struct effect_result *result);

/* ---- destinations.c ---- */

/* Gives a text to a queue, topic, function or event bus; a failure is logged. */
struct delivery {
    str target;      /* ARN */
    str body;        /* JSON text */
    str source_arn;  /* the function's */
    bool success;    /* for the detail type of an event */
    json attributes; /* MessageAttributes of a message; null if none */
};
void destination_send(struct txn *txn, const struct source *source,
                      const struct delivery *delivery);

/* ---- mapping.c ---- */

/* An event source mapping: what the API shows, and what the poller needs. */
struct mapping_record {
    str uuid;
    str source_arn; /* the queue's */
    str function, qualifier;
    bool enabled;
    int64_t batch_size, window_s;
    int64_t concurrency; /* 0: LAMBDA_MAPPING_BATCHES_MAX */
    bool reports;        /* ReportBatchItemFailures */
    json filters;        /* list of patterns' texts; empty: everything passes */
    json tags;
    int64_t modified_ms;
};
/* What a mapping is at; apart from the record above, as it changes with every batch. */
struct mapping_state {
    int64_t in_flight;       /* batches */
    int64_t throttled;       /* in a row */
    int64_t paused_until_ms; /* after having been throttled */
};
bool mapping_load(const struct source *source, str uuid, struct mapping_record *out);
void mapping_store(struct txn *txn, const struct source *source,
                   const struct mapping_record *mapping);
struct mapping_state mapping_state_load(const struct source *source, str uuid);
void mapping_state_store(struct txn *txn, const struct source *source, str uuid,
                         const struct mapping_state *state);
/* A cursor over all mappings, behind `after`. */
struct store_cursor *mappings_scan(const struct source *source, str after);
bool mappings_next(const struct source *source, struct store_cursor *cursor,
                   struct mapping_record *out);
/* "lambda:mapping:UUID" */
str mapping_topic(struct arena *arena, str uuid);

/* ---- mapping_poll.c, mapping_done.c ---- */

/* Submits the background request of a mapping, which lives until the mapping's record has gone. */
void mapping_start(struct shard *shard, str uuid);
void mappings_start(struct shard *shard);
/* Deletes messages of a queue: objects with a member "receipt". */
void mapping_messages_delete(struct txn *txn, const struct source *source, str queue,
                             json messages);
void mapping_done(struct txn *txn, const struct effect_record *record,
                  const struct effect_result *result);

/* ---- carrier.c ---- */

/* Where a function's output goes: "/aws/lambda/NAME" unless its LoggingConfig says another. */
str log_group_of(const struct source *source, str function, json settings);

/* ---- handlers ---- */

typedef enum handled lambda_read(const struct reader *reader, struct request *request,
                                 struct error *err);
typedef enum handled lambda_write(struct txn *txn, struct request *request, struct error *err);

lambda_read handle_get_function_log, handle_get_function, handle_get_function_configuration,
    handle_list_functions, handle_get_account_settings, handle_invoke, handle_invoke_async,
    handle_list_versions_by_function, handle_get_alias, handle_list_aliases,
    handle_get_function_concurrency, handle_get_function_event_invoke_config,
    handle_list_function_event_invoke_configs, handle_get_policy, handle_list_tags,
    handle_get_event_source_mapping, handle_list_event_source_mappings;
lambda_write handle_create_function, handle_update_function_code,
    handle_update_function_configuration, handle_delete_function, handle_publish_version,
    handle_create_alias, handle_update_alias, handle_delete_alias, handle_put_function_concurrency,
    handle_delete_function_concurrency, handle_put_function_event_invoke_config,
    handle_update_function_event_invoke_config, handle_delete_function_event_invoke_config,
    handle_add_permission, handle_remove_permission, handle_lambda_tag_resource,
    handle_lambda_untag_resource, handle_create_event_source_mapping,
    handle_update_event_source_mapping, handle_delete_event_source_mapping;

#endif
