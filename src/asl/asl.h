/* Amazon States Language: definition text -> validated, compiled machine; diagnostics.
 *
 * A compiled machine is immutable, lives in one arena together with copies of all it needs from the
 * text, and is shared between threads. Everything the engine asks at run time is resolved here:
 * names of next states to pointers, resource names to kinds, expressions to their compiled form.
 * The same text always gives the same machine, scope numbers included: running executions refer to
 * scopes by number and to states by name. */
#ifndef ASL_ASL_H
#define ASL_ASL_H

#include "base/base.h"
#include "expr/expr.h"
#include "json/json.h"

enum asl_machine_type { ASL_STANDARD, ASL_EXPRESS };

enum asl_state_type {
    ASL_PASS,
    ASL_TASK,
    ASL_CHOICE,
    ASL_WAIT,
    ASL_SUCCEED,
    ASL_FAIL,
    ASL_PARALLEL,
    ASL_MAP,
};

/* A field that may be a constant, a path (`...Path`) or a JSONata string. */
struct asl_number {
    bool present;
    const struct expr *expr; /* NULL: `value` */
    double value;
    str field; /* as written: "TimeoutSeconds" or "TimeoutSecondsPath" */
};
struct asl_text {
    bool present;
    const struct expr *expr; /* NULL: `value` */
    str value;
    str field;
};

/* InputPath, OutputPath, ResultPath, ItemsPath: absent, null, or a path. */
enum asl_path_kind { ASL_PATH_DEFAULT, ASL_PATH_NULL, ASL_PATH_EXPR };
struct asl_path {
    enum asl_path_kind kind;
    const struct expr *expr; /* ASL_PATH_EXPR */
};

struct asl_retrier {
    const str *errors; /* ErrorEquals */
    size_t error_count;
    double interval_s;    /* IntervalSeconds, 1 */
    int64_t max_attempts; /* MaxAttempts, 3; 0 never */
    double backoff_rate;  /* BackoffRate, 2.0 */
    int64_t max_delay_s;  /* MaxDelaySeconds; 0 means none */
    bool full_jitter;     /* JitterStrategy FULL */
};

struct asl_catcher {
    const str *errors;
    size_t error_count;
    const struct asl_state *next;
    struct asl_path result_path;        /* JSONPath */
    const struct expr_template *output; /* JSONata, or NULL */
    const struct expr_template *assign; /* or NULL */
};

enum asl_choice_op {
    ASL_CHOICE_AND,
    ASL_CHOICE_OR,
    ASL_CHOICE_NOT,
    ASL_CHOICE_CONDITION, /* JSONata */
    ASL_CHOICE_COMPARE,   /* JSONPath */
};

enum asl_comparison_type {
    ASL_COMPARE_STRING,
    ASL_COMPARE_NUMERIC,
    ASL_COMPARE_BOOLEAN,
    ASL_COMPARE_TIMESTAMP,
    ASL_COMPARE_STRING_MATCHES,
    ASL_COMPARE_IS
};
enum asl_comparison { ASL_EQUAL, ASL_LESS, ASL_LESS_EQUAL, ASL_GREATER, ASL_GREATER_EQUAL };
enum asl_is {
    ASL_IS_NULL,
    ASL_IS_PRESENT,
    ASL_IS_NUMERIC,
    ASL_IS_STRING,
    ASL_IS_BOOLEAN,
    ASL_IS_TIMESTAMP
};

struct asl_choice_rule {
    enum asl_choice_op op;
    const struct asl_choice_rule *operands; /* AND, OR: operand_count; NOT: 1 */
    size_t operand_count;
    const struct expr *variable;    /* COMPARE: Variable; CONDITION: the expression or NULL */
    bool condition_constant;        /* CONDITION without an expression: true or false */
    enum asl_comparison_type type;  /* COMPARE */
    enum asl_comparison comparison; /* COMPARE, all types but IS and STRING_MATCHES */
    enum asl_is is;                 /* COMPARE_IS; the expected answer is `value` (a bool) */
    json value;                     /* COMPARE: the constant to compare with ... */
    const struct expr *value_path;  /* ... or the path, for the `...Path` operators */
    str operator_name;              /* as written: "StringEqualsPath" */
    /* Top-level rules of a Choice only: */
    const struct asl_state *next;
    const struct expr_template *assign; /* or NULL */
    const struct expr_template *output; /* JSONata, or NULL */
};

enum asl_resource_kind {
    ASL_RESOURCE_ACTIVITY, /* arn:aws:states:REGION:ACCOUNT:activity:NAME */
    ASL_RESOURCE_LAMBDA,   /* arn:aws:lambda:REGION:ACCOUNT:function:NAME */
    ASL_RESOURCE_SERVICE,  /* arn:aws:states:::SERVICE:ACTION[.PATTERN] */
    ASL_RESOURCE_SDK,      /* arn:aws:states:::aws-sdk:SERVICE:ACTION[.PATTERN] */
};
enum asl_pattern { ASL_REQUEST_RESPONSE, ASL_SYNC, ASL_SYNC_2, ASL_WAIT_FOR_TASK_TOKEN };

/* A field that may be a constant, a JSONata string, or a path or intrinsic (`NAME.$`). */
struct asl_value {
    const struct expr_template *template; /* NULL: `expr`, or absent */
    const struct expr *expr;              /* JSONPath's `NAME.$` */
    str field;                            /* as written: "Key", "Key.$" */
};
static inline bool asl_value_is_present(const struct asl_value *value)
{
    return value->template || value->expr;
}

/* ---- the field `Callback` of a Task that waits for its token; Baton's own ---- */

struct asl_outcome {
    str name;
    str label;
    bool fails;
    struct asl_value output; /* of a success; absent: the answer itself */
    str error;               /* of a failure */
    struct asl_value cause;
};

/* Where a reminder or an undo hook goes. */
enum asl_hook_target { ASL_HOOK_TOPIC, ASL_HOOK_QUEUE, ASL_HOOK_FUNCTION, ASL_HOOK_URL };
struct asl_hook {
    enum asl_hook_target target;
    struct asl_value address; /* an ARN, or a URL */
    struct asl_value message; /* absent: what the service makes of it */
    int64_t after_s;          /* a reminder: after the task is scheduled; undo: 0 */
    int64_t every_s;          /* a reminder: again and again; 0: once */
};

enum asl_duplicate_key { ASL_DUPLICATE_REJECT, ASL_DUPLICATE_FIRST, ASL_DUPLICATE_ALL };
enum asl_comment { ASL_COMMENT_OPTIONAL, ASL_COMMENT_REQUIRED, ASL_COMMENT_NONE };

struct asl_quorum {
    bool present;
    int64_t approve;     /* approvals that it takes */
    bool veto;           /* one rejection decides */
    struct asl_value of; /* the responders' names */
};

struct asl_callback {
    str name; /* empty: none */
    struct asl_value key;
    bool key_reads_response; /* it refers to Task.Response: evaluated when that is there */
    enum asl_duplicate_key duplicates;
    bool has_outcomes; /* the field is there; else the two default ones */
    const struct asl_outcome *outcomes;
    size_t outcome_count;
    int64_t link_expiry_s; /* 0: none */
    struct asl_value title, show, code;
    enum asl_comment comment;
    str identity_header; /* empty: none */
    struct asl_quorum quorum;
    const struct asl_hook *reminders;
    size_t reminder_count;
    const struct asl_hook *undo; /* or NULL */
};

struct asl_task {
    str resource; /* as written */
    enum asl_resource_kind kind;
    str resource_type; /* history's resourceType: "states", "sqs", "aws-sdk:sfn" */
    str resource_name; /* history's resource: "startExecution.sync:2", "sendMessage" */
    str service;       /* "states", "sqs", "sfn" */
    str action;        /* "startExecution", without the pattern */
    enum asl_pattern pattern;
    struct asl_number timeout_s; /* TimeoutSeconds[Path] */
    struct asl_number heartbeat_s;
    const struct expr_template *credentials; /* or NULL */
    json credentials_source;                 /* as written, when credentials is not NULL */
    const struct asl_callback *callback;     /* or NULL */
    bool reads_links; /* some text of the state names CallbackUrl, CallbackUrls or Responders of the
                         context object's Task; for others they are not there */
};

enum asl_wait_kind { ASL_WAIT_SECONDS, ASL_WAIT_TIMESTAMP };
struct asl_wait {
    enum asl_wait_kind kind;
    struct asl_number seconds;
    struct asl_text timestamp;
};

struct asl_fail {
    struct asl_text error;
    struct asl_text cause;
};

struct asl_scope;

struct asl_parallel {
    const struct asl_scope *const *branches;
    size_t branch_count;
};

struct asl_map {
    const struct asl_scope *processor;
    bool distributed;                  /* ProcessorConfig.Mode */
    struct asl_path items_path;        /* ItemsPath (JSONPath) */
    const struct expr_template *items; /* Items (JSONata): an array, or an expression; or NULL */
    const struct expr_template *item_selector; /* ItemSelector, or the older Parameters; or NULL */
    str item_selector_field;                   /* "ItemSelector" or "Parameters" */
    struct asl_number max_concurrency;
    struct asl_number tolerated_failure_count;
    struct asl_number tolerated_failure_percentage;
    str label;
    str processor_field; /* "ItemProcessor", or the older "Iterator" */
    json item_reader;    /* ItemReader, ItemBatcher, ResultWriter as written and */
    json item_batcher;   /* checked; null if absent */
    json result_writer;
};

struct asl_state {
    str name;
    enum asl_state_type type;
    enum expr_language language;
    const struct asl_scope *scope; /* the graph that holds it */
    const struct asl_state *next;  /* NULL: End (or Choice, Succeed, Fail) */
    struct asl_path input_path;
    struct asl_path output_path;
    struct asl_path result_path;
    const struct expr_template
        *parameters;      /* Parameters or Arguments, or NULL (Map's: see there) */
    str parameters_field; /* "Parameters" or "Arguments" */
    const struct expr_template *result_selector; /* or NULL */
    const struct expr_template *output;          /* JSONata Output, or NULL */
    const struct expr_template *assign;          /* or NULL */
    const struct asl_retrier *retriers;
    size_t retrier_count;
    const struct asl_catcher *catchers;
    size_t catcher_count;
    union {
        struct {
            bool has_result;
            json result;
        } pass;
        struct asl_task task;
        struct {
            const struct asl_choice_rule *rules;
            size_t rule_count;
            const struct asl_state *default_next; /* or NULL */
        } choice;
        struct asl_wait wait;
        struct asl_fail fail;
        struct asl_parallel parallel;
        struct asl_map map;
    };
};

/* A graph of states: the top level, a Parallel branch, a Map's processor. */
struct asl_names;

struct asl_scope {
    uint32_t number;               /* index in machine->scopes; 0 is the top level */
    const struct asl_state *owner; /* the Parallel or Map that it belongs to; NULL at the top */
    const struct asl_state *start;
    const struct asl_state *states;
    size_t state_count;
    const struct asl_names *names; /* for asl_find_state */
};

/* Which variables the states refer to, for DescribeStateMachine's variableReferences. */
struct asl_variable_reference {
    str state;
    const str *variables;
    size_t variable_count;
};

struct asl_machine {
    enum asl_machine_type type;
    enum expr_language language; /* top-level QueryLanguage */
    str comment;
    int64_t timeout_s; /* top-level TimeoutSeconds; 0 means none */
    const struct asl_scope *const *scopes;
    size_t scope_count;
    const struct asl_variable_reference *references;
    size_t reference_count;
};

enum asl_severity { ASL_ERROR, ASL_WARNING };

/* Locations are JSON pointers in AWS's form: "/States/X/Next"; "/" is the whole text. */
struct asl_diagnostic {
    enum asl_severity severity;
    str code; /* "SCHEMA_VALIDATION_FAILED", "INVALID_JSON_DESCRIPTION", or a warning's name */
    str message;
    str location;
    uint32_t line, column; /* from 1; 0 if unknown */
};

struct asl_diagnostics {
    struct asl_diagnostic *items; /* in the arena given to asl_compile; errors first */
    size_t count, capacity;
    size_t error_count;
    bool truncated; /* there was more than ASL_DIAGNOSTICS_MAX holds */
};

/* Compiles `definition`, which is borrowed for the call only. Results live in `arena`. False if
 * there is any error among the diagnostics (all are collected, up to ASL_DIAGNOSTICS_MAX); `out` is
 * then untouched. Warnings do not make it fail. `diagnostics` must be zero-initialised. */
MUST_CHECK bool asl_compile(str definition, enum asl_machine_type type, struct arena *arena,
                            const struct asl_machine **out, struct asl_diagnostics *diagnostics);

/* The same for one state without a machine around it, as TestState takes it: it is compiled as the
 * state "StateName" of a machine. The states that it leads to exist in name only. */
MUST_CHECK bool asl_compile_state(str definition, struct arena *arena,
                                  const struct asl_machine **out,
                                  struct asl_diagnostics *diagnostics);

/* AWS's message of InvalidDefinition: "SCHEMA_VALIDATION_FAILED: ... at /States/X, ..." with every
 * error, in `arena`. */
str asl_diagnostics_text(const struct asl_diagnostics *diagnostics, struct arena *arena);

/* The state of that name in a scope, or NULL. */
const struct asl_state *asl_find_state(const struct asl_scope *scope, str name);

/* ISO-8601 timestamps as AWS accepts them for Wait and Choice ("2016-03-14T01:59:00Z", fractions
 * and offsets allowed). False if it is not one; the result is milliseconds since the epoch. */
MUST_CHECK bool asl_parse_timestamp(str text, int64_t *out_ms);

#endif
