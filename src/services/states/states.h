/* Private to services/states/: what the parts of the Step Functions API share.
 *
 *   states.c          the table of operations
 *   shapes.c shape_patterns.c   the fields of every operation, from the service model
 *   arn.c             names
 *   machine_record.c  the records of machines and revisions, and what an ARN stands for
 *   configuration.c   logging, tracing, encryption, tags, names
 *   machines.c machine_reads.c versions.c aliases.c tags.c validate.c
 *   executions.c execution_reads.c history.c redrive.c
 *   activities.c tasks.c waiting.c
 *
 * Texts of errors are AWS's as recorded, where they are; everything a handler makes lives in the
 * request's arena. */
#ifndef SERVICES_STATES_STATES_H
#define SERVICES_STATES_STATES_H

#include "engine/record.h"
#include "services/service.h"
#include "services/shape.h"
#include "services/source.h"
#include "services/states/shapes.h"

/* ---- ARNs ---- */

enum arn_kind {
    ARN_STATE_MACHINE, /* stateMachine:NAME[:QUALIFIER] */
    ARN_EXECUTION,     /* execution:MACHINE:NAME */
    ARN_EXPRESS,       /* express:MACHINE:NAME:UUID */
    ARN_ACTIVITY,      /* activity:NAME */
    ARN_MAP_RUN,       /* mapRun:MACHINE/LABEL:UUID */
};
struct arn {
    enum arn_kind kind;
    str text;
    str region, account;
    str type;      /* "stateMachine" ... */
    str name;      /* of the machine or activity */
    str label;     /* behind a slash in the machine's name; empty if none */
    str qualifier; /* version or alias; empty if none */
    str execution; /* name */
};

/* False with ERROR_INVALID_ARN if text is none of the above. Slices of text. */
MUST_CHECK bool arn_parse(const struct source *source, str text, struct arn *out,
                          struct error *err);
/* Like arn_parse, and the kind must be `kind`. */
MUST_CHECK bool arn_expect(const struct source *source, str text, enum arn_kind kind,
                           struct arn *out, struct error *err);
/* The text may stand for a key, and region and account are ours. */
bool arn_is_ours(const struct source *source, const struct arn *arn);
/* The version number that a qualifier says; false if it is an alias. */
bool arn_version(str qualifier, uint32_t *version);
str arn_machine(const struct source *source, str machine);
str arn_version_text(const struct source *source, str machine, uint32_t version);
str arn_alias_text(const struct source *source, str machine, str alias);
str arn_activity_text(const struct source *source, str activity);
str arn_execution_text(const struct source *source, str machine, str execution);

/* 1-80 characters, none of those that AWS excludes. */
bool name_is_valid(str name);
MUST_CHECK bool name_check(const struct source *source, str name, struct error *err);

/* ---- records ---- */

enum machine_status { MACHINE_ACTIVE, MACHINE_DELETING, MACHINE_DELETED };

/* KEY_MACHINE {"v":1,"status","type","created":ms,"revision":n,"roleArn","lastVersion":n,
 *              "versions":n,"aliases":n,"tags":[{"key","value"}]}
 * roleArn is the current revision's, so that a start need not read the definition.
 * A deleted machine leaves its record, so that revision numbers go on when the name comes back. */
struct machine_record {
    str name;
    enum machine_status status;
    enum asl_machine_type type;
    int64_t created_ms;
    uint32_t revision;     /* current */
    str role_arn;          /* of the current revision */
    uint32_t version_last; /* highest number given out */
    uint32_t version_count;
    uint32_t alias_count;
    json tags; /* array */
};

/* KEY_REVISION {"v":1,"definition","type","roleArn","revisionId","created":ms,"logging":{},
 *               "tracing":bool,"encryption":{},"references":{}}; revisionId is absent in the first
 * revision, references where no state uses variables. */
struct revision_record {
    str definition;
    enum asl_machine_type type;
    str role_arn;
    str revision_id; /* empty: the first */
    int64_t created_ms;
    json logging, encryption; /* objects as the API shows them */
    bool tracing;
    json references; /* object or null */
};

/* KEY_VERSION {"v":1,"revision":n,"roleArn","description","created":ms} */
struct version_record {
    uint32_t version;
    uint32_t revision;
    str role_arn;
    str description; /* empty if none */
    int64_t created_ms;
};

/* KEY_ALIAS {"v":1,"description","routing":[{"version":n,"weight":n}],"created":ms,"updated":ms} */
enum { ALIAS_ROUTES_MAX = 2 };
struct alias_route {
    uint32_t version;
    uint32_t weight;
};
struct alias_record {
    str name;
    str description;
    struct alias_route routes[ALIAS_ROUTES_MAX];
    size_t route_count;
    int64_t created_ms, updated_ms;
};

str machine_type_name(enum asl_machine_type type);
enum asl_machine_type machine_type_parse(str name);
str machine_status_name(enum machine_status status);

/* False if there has never been a machine of that name. A machine that is being deleted counts as
 * deleted as soon as none of its executions runs. */
bool machine_load(const struct source *source, str name, struct machine_record *out);
void machine_decode(const struct source *source, str name, str text, struct machine_record *out);
void machine_store(struct txn *txn, const struct source *source,
                   const struct machine_record *machine);
bool machine_has_running(const struct source *source, str name);
void revision_load(const struct source *source, str machine, uint32_t revision,
                   struct revision_record *out);
void revision_store(struct txn *txn, const struct source *source, str machine, uint32_t revision,
                    const struct revision_record *record);

bool version_load(const struct source *source, str machine, uint32_t version,
                  struct version_record *out);
/* The newest version that is there. */
bool version_load_newest(const struct source *source, str machine, struct version_record *out);
/* Makes the current revision a version unless it is one already; changes *machine, which the caller
 * stores. */
MUST_CHECK bool version_publish(struct txn *txn, const struct source *source,
                                struct machine_record *machine, str description,
                                struct version_record *out, struct error *err);
bool alias_load(const struct source *source, str machine, str alias, struct alias_record *out);
void alias_decode(const struct source *source, str alias, str text, struct alias_record *out);
/* Forgets versions and aliases of a machine that is deleted. */
void versions_delete_all(struct txn *txn, const struct source *source, str machine);
void aliases_delete_all(struct txn *txn, const struct source *source, str machine);

/* What a state machine ARN stands for. */
struct target {
    struct arn arn;
    struct machine_record machine;
    uint32_t revision;
    str role_arn; /* of that revision */
    bool has_version, has_alias;
    struct version_record version; /* has_version: named by the ARN, or chosen by the alias */
    struct alias_record alias;     /* has_alias */
};

/* Unqualified ARN of a machine that is there; anything else is ERROR_STATE_MACHINE_DOES_NOT_EXIST.
 */
MUST_CHECK bool target_machine(const struct source *source, str arn, struct target *out,
                               struct error *err);
/* Also versions and aliases. An alias leads to one of its versions: by weight with `prng`, else to
 * the first. */
MUST_CHECK bool target_resolve(const struct source *source, str arn, struct prng *prng,
                               struct target *out, struct error *err);

/* ---- configuration ---- */

MUST_CHECK bool logging_read(const struct source *source, json params, json *out,
                             struct error *err);
/* Before a revision with that configuration is stored: its log group is there behind this. */
MUST_CHECK bool logging_prepare(struct txn *txn, json logging, struct error *err);
json logging_default(const struct source *source);
bool tracing_read(json params, bool fallback);
MUST_CHECK bool encryption_read(const struct source *source, json params, json *out,
                                struct error *err);
json encryption_default(const struct source *source);
/* `current` (an array) with the tags of params added; ERROR_TOO_MANY_TAGS beyond STATES_TAGS_MAX.
 */
MUST_CHECK bool tags_merge(const struct source *source, str resource, json current, json added,
                           json *out, struct error *err);
MUST_CHECK bool role_check(const struct source *source, str role_arn, struct error *err);
/* Compiles; the revision's `references` on success. */
MUST_CHECK bool definition_check(const struct source *source, str definition,
                                 enum asl_machine_type type, json *references, struct error *err);

/* ---- activities ---- */

/* KEY_ACTIVITY {"v":1,"created":ms,"encryption":{},"tags":[]} */
struct activity_record {
    int64_t created_ms;
    json encryption;
    json tags;
};
bool activity_load(const struct source *source, str name, struct activity_record *out);
void activity_decode(const struct source *source, str text, struct activity_record *out);
void activity_store(struct txn *txn, const struct source *source, str name,
                    const struct activity_record *record);

/* ---- executions ---- */

/* KEY_REDRIVE {"v":1,"count":n,"date":ms,"tokens":[{"token","date":ms}]}; tokens: the clients' that
 * have redriven it last, oldest first. */
struct redrive_record {
    uint32_t count;
    int64_t date_ms; /* of the last one */
    json tokens;     /* array */
};

struct execution_view {
    uint64_t serial;
    struct execution_identity id;
    bool ended;
    struct execution_end end; /* ended */
    struct redrive_record redrive;
};
/* By the ARN of a Standard execution; ERROR_EXECUTION_DOES_NOT_EXIST, ERROR_INVALID_ARN. */
MUST_CHECK bool execution_view_load(const struct source *source, str arn,
                                    struct execution_view *out, struct error *err);

/* All zero if the execution has never been redriven. */
void redrive_load(const struct source *source, uint64_t serial, struct redrive_record *out);
/* Why the execution cannot be redriven now, in AWS's words; empty if it can. */
str redrive_obstacle(const struct source *source, const struct execution_view *view);

/* Who waits for an execution that a Task starts. */
struct execution_parent {
    uint64_t serial;
    uint32_t frame, task;
};
/* StartExecution. `parent` NULL: nobody waits. False with the API's errors. */
MUST_CHECK bool execution_start(struct txn *txn, const struct source *source, json params,
                                const struct execution_parent *parent, uint64_t *serial, str *arn,
                                int64_t *start_ms, struct error *err);
MUST_CHECK bool execution_describe(const struct source *source, json params, struct buf *out,
                                   struct error *err);
MUST_CHECK bool execution_stop(struct txn *txn, const struct source *source, json params,
                               int64_t *stop_ms, struct error *err);
MUST_CHECK bool task_success(struct txn *txn, const struct source *source, json params,
                             struct error *err);
MUST_CHECK bool task_failure(struct txn *txn, const struct source *source, json params,
                             struct error *err);
MUST_CHECK bool task_heartbeat(struct txn *txn, const struct source *source, json params,
                               struct error *err);

/* ---- handlers, by file ---- */

enum handled handle_describe_state_machine(const struct reader *reader, struct request *request,
                                           struct error *err);
enum handled handle_describe_state_machine_for_execution(const struct reader *reader,
                                                         struct request *request,
                                                         struct error *err);
enum handled handle_list_state_machines(const struct reader *reader, struct request *request,
                                        struct error *err);
enum handled handle_list_state_machine_versions(const struct reader *reader,
                                                struct request *request, struct error *err);
enum handled handle_describe_state_machine_alias(const struct reader *reader,
                                                 struct request *request, struct error *err);
enum handled handle_list_state_machine_aliases(const struct reader *reader, struct request *request,
                                               struct error *err);
enum handled handle_list_tags_for_resource(const struct reader *reader, struct request *request,
                                           struct error *err);
enum handled handle_describe_execution(const struct reader *reader, struct request *request,
                                       struct error *err);
enum handled handle_list_executions(const struct reader *reader, struct request *request,
                                    struct error *err);
enum handled handle_get_execution_history(const struct reader *reader, struct request *request,
                                          struct error *err);
enum handled handle_describe_activity(const struct reader *reader, struct request *request,
                                      struct error *err);
enum handled handle_list_activities(const struct reader *reader, struct request *request,
                                    struct error *err);
enum handled handle_validate_state_machine_definition(const struct reader *reader,
                                                      struct request *request, struct error *err);
enum handled handle_list_waiting_tasks(const struct reader *reader, struct request *request,
                                       struct error *err);
enum handled handle_create_state_machine(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_update_state_machine(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_delete_state_machine(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_publish_state_machine_version(struct txn *txn, struct request *request,
                                                  struct error *err);
enum handled handle_delete_state_machine_version(struct txn *txn, struct request *request,
                                                 struct error *err);
enum handled handle_create_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err);
enum handled handle_update_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err);
enum handled handle_delete_state_machine_alias(struct txn *txn, struct request *request,
                                               struct error *err);
enum handled handle_tag_resource(struct txn *txn, struct request *request, struct error *err);
enum handled handle_untag_resource(struct txn *txn, struct request *request, struct error *err);
enum handled handle_start_execution(struct txn *txn, struct request *request, struct error *err);
enum handled handle_start_sync_execution(struct txn *txn, struct request *request,
                                         struct error *err);
enum handled handle_redrive_execution(struct txn *txn, struct request *request, struct error *err);
enum handled handle_stop_execution(struct txn *txn, struct request *request, struct error *err);
enum handled handle_create_activity(struct txn *txn, struct request *request, struct error *err);
enum handled handle_delete_activity(struct txn *txn, struct request *request, struct error *err);
enum handled handle_get_activity_task(struct txn *txn, struct request *request, struct error *err);
enum handled handle_send_task_success(struct txn *txn, struct request *request, struct error *err);
enum handled handle_send_task_failure(struct txn *txn, struct request *request, struct error *err);
enum handled handle_send_task_heartbeat(struct txn *txn, struct request *request,
                                        struct error *err);

#endif
