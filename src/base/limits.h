/* Every limit: name, default, reason, and AWS's quota where one exists ("Service quotas for Step
 * Functions" and the service model). docs/limits.md is generated from this file: each line here is
 * one row there. What cannot be changed at run time is an enum; what an option can raise is the
 * default of that option. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <assert.h>

enum {
    /* JSON */
    JSON_DEPTH_MAX = 1000, /* nesting of arrays and objects; Jackson's bound, which AWS shows */
    JSON_TEXT_BYTES_MAX = 72 << 20, /* one JSON text; larger than any request body */

    /* HTTP */
    HTTP_HEADER_BYTES_MAX = 64 << 10,  /* request line and headers of one request */
    HTTP_HEADERS_MAX = 100,            /* header lines of one request */
    HTTP_BODY_BYTES_MAX = 72 << 20,    /* AWS: a function's code of 50 MB, as base64 */
    HTTP_CALL_BYTES_MAX = 17 << 20,    /* any other call; AWS: BatchWriteItem takes 16 MB */
    HTTP_CONNECTIONS_MAX = 20000,      /* open connections; the next one is closed at once */
    HTTP_IDLE_MS_MAX = 300 * 1000,     /* a connection without a request */
    HTTP_REQUEST_MS_MAX = 30 * 1000,   /* from the first byte of a request to its last */
    HTTP_WRITE_MS_MAX = 60 * 1000,     /* for the client to take the answers that are ready */
    HTTP_LINGER_MS_MAX = 2 * 1000,     /* for the client to read a refusal before the close */
    HTTP_PIPELINE_MAX = 64,            /* requests of one connection that are not answered yet */
    HTTP_UNREAD_BYTES_MAX = 256 << 10, /* bytes taken in behind them; then the client waits */
    HTTP_HELD_BYTES_MAX = 256 << 20,   /* bodies of all requests; then large ones get 503 */
    HTTP_ANSWERS_BYTES_MAX = 1 << 20,  /* answers gathered for one connection before one write */

    /* The Query protocol: forms */
    PROTOCOL_FORM_PAIRS_MAX = 10000, /* parameters of one call; a batch of messages has hundreds */
    PROTOCOL_FORM_DEPTH_MAX = 10, /* parts of a parameter's name, between its dots; AWS needs 7 */

    /* Definitions (AWS: 1 MB) */
    ASL_DEFINITION_BYTES_MAX = 1 << 20,
    ASL_DEFINITION_CHARS_MAX = 1048576, /* the service model's length of `definition` */
    ASL_STATE_NAME_CHARS_MAX = 80,
    ASL_SCOPE_DEPTH_MAX = 100,  /* Parallel and Map inside each other */
    ASL_CHOICE_DEPTH_MAX = 100, /* And, Or, Not inside each other */
    ASL_DIAGNOSTICS_MAX = 100,  /* ValidateStateMachineDefinition's maxResults */

    /* Expressions */
    EXPR_INTRINSIC_DEPTH_MAX = 10, /* AWS: intrinsics nest up to 10 deep */
    EXPR_PATH_TEXT_BYTES_MAX = 64 << 10,
    EXPR_PATH_STEPS_MAX = 256,         /* steps of one JSONPath; bounds the stack */
    EXPR_PATH_VISITS_MAX = 2000000,    /* nodes that one JSONPath may look at: $..*..*..* */
    EXPR_REGEX_MATCHES_MAX = 1000000,  /* PCRE2's match limit for one =~, against backtracking */
    EXPR_REGEX_HEAP_KIB_MAX = 8 << 10, /* PCRE2's heap limit for one =~ */
    EXPR_PATH_FILTER_DEPTH_MAX = 32,   /* parentheses and sub-filters in one JSONPath */
    EXPR_RESULT_BYTES_MAX = 64 << 20,  /* what one evaluation may allocate */
    EXPR_ARRAY_ITEMS_MAX = 1000,       /* AWS: States.ArrayRange gives at most 1,000 items */
    EXPR_HASH_CHARS_MAX = 10000,       /* AWS: States.Hash takes at most 10,000 characters */
    EXPR_BASE64_CHARS_MAX = 10000,     /* AWS: Base64Encode/Decode likewise */
    EXPR_JSONATA_TEXT_BYTES_MAX = 1 << 20, /* one expression; no longer than a definition */
    EXPR_JSONATA_HEIGHT_MAX = 500,     /* operators and brackets inside each other in one text */
    EXPR_JSONATA_DEPTH_MAX = 3000,     /* expressions inside each other; 3 MB of stack */
    EXPR_JSONATA_STEPS_MAX = 10 << 20, /* expressions and items one evaluation may look at */
    EXPR_JSONATA_RANGE_MAX = 10000000, /* items of a range; the reference's 1e7 */
    EXPR_JSONATA_MATCH_MAX = 1000000,  /* PCRE2's match limit for one match */
    EXPR_PICTURE_BYTES_MAX = 4096,     /* a picture string of $formatNumber, $toMillis ... */
    EXPR_PICTURE_DIGITS_MAX = 10000,   /* to which a picture may pad, or numerals grow */
    EXPR_PICTURE_CELLS_MAX = 1 << 20,  /* parts of a picture times characters to read by it */
    EXPR_VARIABLE_NAME_CHARS_MAX = 80,
    EXPR_VARIABLE_BYTES_MAX = 256 << 10, /* AWS: one variable, and one Assign */
    EXPR_VARIABLES_BYTES_MAX = 10 << 20, /* AWS: all variables of an execution */

    /* Executions */
    ENGINE_PAYLOAD_BYTES_MAX = 256 << 10, /* AWS: input or output of a state; an option raises it */
    ENGINE_HISTORY_EVENTS_MAX = 25000,    /* AWS: events of one execution; an option raises it */
    ENGINE_TURN_STEPS_MAX = 2000,         /* transitions before an execution yields to others */
    ENGINE_MAP_CONCURRENCY_DEFAULT = 40,  /* AWS: inline Map with MaxConcurrency 0 */
    ENGINE_TASK_TIMEOUT_S_DEFAULT = 99999999, /* AWS: TimeoutSeconds of a task that gives none */
    ENGINE_EXPRESS_MS_MAX = 5 * 60 * 1000,    /* AWS: an Express execution's longest life */
    ENGINE_NESTING_DEPTH_MAX = 32,            /* executions that start each other in one turn */

    /* Models and mapping templates of HTTP routes */
    SCHEMA_NODES_MAX = 100000,              /* parts of one model with those it refers to */
    SCHEMA_DOCUMENTS_MAX = 100,             /* other models that one model refers to */
    SCHEMA_REFERENCES_MAX = 100,            /* $ref to $ref to $ref */
    SCHEMA_PATTERN_BYTES_MAX = 4096,        /* a regular expression */
    SCHEMA_PATTERN_MATCHES_MAX = 100000,    /* PCRE2's match limit, against backtracking */
    SCHEMA_PATTERN_HEAP_KIB_MAX = 4 << 10,  /* PCRE2's heap limit */
    SCHEMA_DEPTH_MAX = 1500,                /* schemas inside each other while validating; stack */
    SCHEMA_STEPS_MAX = 5000000,             /* values and comparisons of one validation */
    SCHEMA_VIOLATION_BYTES_MAX = 1024,      /* one violation's text */
    SCHEMA_VIOLATIONS_BYTES_MAX = 16 << 10, /* all of them */
    TEMPLATE_PATTERN_BYTES_MAX = 4096,      /* a regular expression of replaceAll, split ... */
    TEMPLATE_MATCHES_MAX = 100000,          /* PCRE2's match limit for one match */
    TEMPLATE_BYTES_MAX = 300 << 10,         /* AWS: a mapping template has at most 300 KB */
    TEMPLATE_DEPTH_MAX = 100,               /* directives, brackets and lists inside each other */
    TEMPLATE_STEPS_MAX = 1000000,           /* parts of a template rendered, also in its loops */
    TEMPLATE_LOOPS_MAX = 1000,              /* AWS: iterations of one #foreach */
    TEMPLATE_OUTPUT_BYTES_MAX = 10 << 20,   /* AWS: a payload has at most 10 MB */
    TEMPLATE_MEMORY_BYTES_MAX = 128 << 20,  /* what one rendering may allocate */

    /* The Step Functions API (service model) */
    STATES_NAME_CHARS_MAX = 80,
    STATES_PAGE_RESULTS_MAX = 1000,
    STATES_PAGE_RESULTS_DEFAULT = 100,
    STATES_PAGE_TOKEN_CHARS_MAX = 1024,
    STATES_PAGE_TOKEN_LONG_CHARS_MAX = 3096,
    STATES_TASK_TOKEN_CHARS_MAX = 2048,
    STATES_TAGS_MAX = 50,
    STATES_VERSIONS_MAX = 1000,         /* AWS: versions of one state machine */
    STATES_ALIASES_MAX = 100,           /* AWS: aliases of one state machine */
    STATES_ACTIVITY_POLLERS_MAX = 1000, /* per activity */
    STATES_ACTIVITY_POLL_MS = 60 * 1000,
    STATES_REDRIVE_DAYS = 14,          /* AWS: after its end an execution can be redriven so long */
    STATES_EXECUTION_DAYS_MAX = 365,   /* AWS: an older execution cannot be redriven */
    STATES_REDRIVE_TOKENS_MAX = 10,    /* AWS: client tokens remembered per execution ... */
    STATES_REDRIVE_TOKEN_MINUTES = 15, /* ... and for how long */

    /* The shard */
    SHARD_STACK_BYTES =
        16 << 20,               /* of the writer: the deepest expression takes 3 MB, 6 under ASan */
    SHARD_INBOX_MAX = 100000,   /* commands waiting for the writer; then 503 */
    SHARD_SERIAL_BLOCK = 65536, /* serials reserved by one durable record */
    SHARD_MACHINE_CACHE_MAX = 1000, /* compiled definitions held in memory */
    SHARD_TXN_STARTS_MAX = 256,     /* executions that one transaction starts; more get their own */
    SHARD_PASS_COMMANDS_MAX = 1000, /* commands before the writer looks at timers again */
    SHARD_PASS_TIMERS_MAX = 500,    /* timers before the writer looks at commands again */
    SHARD_ACTIVITIES_MAX = 10000,   /* activities without a worker remembered in memory */
    SHARD_WAITING_REQUESTS_MAX = 25000, /* long polls and background tasks that wait at a time */
    SHARD_HAND_OVERS_MAX = 16,     /* long polls answered in the transaction that they wait for */
    SHARD_LANE_EFFECTS_MAX = 200,  /* of them to one function or one host */
    SHARD_EFFECTS_HELD_MAX = 2000, /* effects on their way; those behind wait in the store */
    SHARD_CLOCK_STEP_BACK_MS_MAX = 60 * 1000, /* held back; beyond it the clock was wrong before */

    /* DynamoDB's values and expressions (AWS: "Quotas in Amazon DynamoDB") */
    DYNAMODB_ITEM_BYTES_MAX = 400 << 10, /* AWS: an item with its attribute names */
    DYNAMODB_VALUE_DEPTH_MAX = 32,       /* AWS: lists and maps inside each other */
    DYNAMODB_NAME_BYTES_MAX = 65535,     /* AWS: the name of an attribute that is no key */
    DYNAMODB_EXPRESSION_BYTES_MAX = 4096,
    DYNAMODB_EXPRESSION_KEY_BYTES_MAX = 255,   /* AWS: "#name" or ":value" */
    DYNAMODB_EXPRESSION_OPERATORS_MAX = 300,   /* AWS: operators and functions of one */
    DYNAMODB_EXPRESSION_DEPTH_MAX = 1024,      /* parentheses; bounds the stack */
    DYNAMODB_LEGACY_CONDITIONS_MAX = 1000,     /* of one Expected or filter; AWS names no bound */
    DYNAMODB_EXPRESSION_IN_OPERANDS_MAX = 100, /* AWS: values of one IN */
    DYNAMODB_EXPRESSION_VARIABLES_BYTES_MAX = 2 << 20, /* AWS: all names and values */

    /* EventBridge (AWS: quotas of "Amazon EventBridge") */
    EVENTS_ENTRY_BYTES_MAX = 256 << 10, /* of one event */
    EVENTS_RULES_MAX = 300,             /* of one bus; each PutEvents looks at all of them */
    EVENTS_TARGETS_MAX = 5,             /* of one rule */
    EVENTS_BUSES_MAX = 100,
    EVENTS_CONNECTIONS_MAX = 3000,
    EVENTS_BUS_DEPTH_MAX = 5, /* buses that are targets of each other: further ones get nothing */
    EVENTS_TEMPLATE_PATHS_MAX = 100, /* AWS: InputPathsMap of one target */

    /* Tasks that call services and HTTP APIs outside */
    INTEGRATION_TIMEOUT_MS = 60 * 1000, /* AWS: an HTTP task's request ends after 60 s */
    INTEGRATION_WAIT_MS = 330 * 1000,   /* a call of this server that waits; Express: 5 minutes */
    INTEGRATION_ANSWER_BYTES_MAX = 1 << 20, /* one answer of a service at an --endpoint */
    INTEGRATION_TOKEN_BYTES_MAX = 64 << 10, /* the answer to a request for an OAuth token */
    INTEGRATION_URL_BYTES_MAX = 8 << 10,    /* of an HTTP task, with its query parameters */

    /* Functions and outgoing requests */
    FUNCTION_PROCESSES_MAX = 64,      /* processes in all; an option changes it */
    FUNCTION_SPARE_SHARE = 8,         /* one in so many processes is for functions that have none */
    FUNCTION_LOG_BYTES_MAX = 4 << 20, /* kept of what one function has printed */
    LOG_GROUP_BYTES_MAX = 16 << 20,   /* kept of any other log group */
    LOG_GROUPS_MAX = 10000,           /* log groups with a record of their own */
    LOG_STREAMS_MAX = 10000,          /* made by CreateLogStream, of one group */
    LOG_PATTERN_DEPTH_MAX = 32,       /* parentheses of a filter pattern */
    LOG_PAGE_BYTES_MAX = 1 << 20,     /* AWS: events of one answer */
    FUNCTION_IDLE_MS_MAX = 5 * 60 * 1000,  /* a process without work; then it is ended */
    FUNCTION_QUEUE_MAX = 10000,            /* invocations that wait for a process; then refused */
    FUNCTION_QUEUE_BYTES_MAX = 256 << 20,  /* their events together; likewise */
    FUNCTION_RESPONSE_BYTES_MAX = 6291556, /* AWS: an answer, 6 MB and some for its envelope */
    FUNCTION_INIT_MS_MAX = 10 * 1000,      /* AWS: of a start that is not counted as run time */
    FUNCTION_START_DELAY_MS_MAX = 1000,    /* between starts of a function that dies at each */
    FUNCTION_END_MS_MAX = 2000,          /* for a process's wrapper to end all that it has begun */
    FUNCTION_CONNECTIONS_MAX = 8,        /* of one process to its Runtime API */
    FUNCTION_MEMORY_SLACK_MB = 64,       /* beyond MemorySize: the interpreter itself */
    FUNCTION_SAMPLE_MS = 250,            /* between looks at the memory of busy processes */
    FUNCTION_TASKS_MAX = 1024,           /* AWS: processes and threads of one function process */
    FUNCTION_OPEN_FILES_MAX = 1024,      /* AWS: file descriptors of one process */
    FUNCTION_FILE_BYTES_MAX = 512 << 20, /* AWS: /tmp by default; here of each file */
    FUNCTION_ENVIRONMENT_BYTES_MAX = 1 << 20, /* arguments and environment of one process */
    FUNCTION_LOG_TAIL_BYTES = 4 << 10,        /* AWS: LogType Tail */
    FUNCTION_LOG_LINE_BYTES_MAX = 64 << 10,   /* a longer line is cut into several */
    FUNCTION_LOG_GROUPS_HELD_MAX = 1000,      /* logs remembered in memory; others are reopened */
    HTTP_CLIENT_CONNECTIONS_MAX = 200,        /* outgoing, at a time; further requests wait */
    HTTP_CLIENT_HOST_CONNECTIONS_MAX = 32,    /* of these to one host */
    HTTP_CLIENT_REQUESTS_MAX = 5000,          /* outgoing requests under way or waiting */
    HTTP_CLIENT_TIMEOUT_MS = 60 * 1000,       /* AWS: an HTTP Task, of one request */
    HTTP_CLIENT_TIMEOUT_MS_MAX = 15 * 60 * 1000,
    HTTP_CLIENT_CONNECT_MS_MAX = 10 * 1000,
    HTTP_CLIENT_BODY_BYTES_MAX = 6 << 20,    /* of an answer, if the request does not say */
    HTTP_CLIENT_HEADER_BYTES_MAX = 64 << 10, /* of an answer */
    HTTP_CLIENT_HEADERS_MAX = 200,           /* of a request */

    /* Tables (DynamoDB; AWS's quotas unless it says otherwise) */
    DYNAMODB_HASH_KEY_BYTES_MAX = 2048,
    DYNAMODB_RANGE_KEY_BYTES_MAX = 1024,
    DYNAMODB_LOCAL_INDEXES_MAX = 5,
    DYNAMODB_GLOBAL_INDEXES_MAX = 20,
    DYNAMODB_PROJECTED_NAMES_MAX = 100, /* NonKeyAttributes of all indexes of a table */
    DYNAMODB_TABLES_MAX = 2500,
    DYNAMODB_TAGS_MAX = 50,            /* per table */
    DYNAMODB_LIST_MAX = 100,           /* names on a page of ListTables */
    DYNAMODB_PAGE_BYTES_MAX = 1 << 20, /* items that one Query or Scan looks at */
    DYNAMODB_BATCH_GET_MAX = 100,      /* keys of a BatchGetItem */
    DYNAMODB_BATCH_GET_BYTES_MAX = 16 << 20,
    DYNAMODB_BATCH_WRITE_MAX = 25,         /* requests of a BatchWriteItem */
    DYNAMODB_TRANSACT_MAX = 100,           /* actions of a transaction */
    DYNAMODB_TRANSACT_BYTES_MAX = 4 << 20, /* their items */
    DYNAMODB_TOKEN_MS = 10 * 60 * 1000,    /* how long a ClientRequestToken is remembered */
    DYNAMODB_EXPIRY_AGE_S_MAX = 5 * 366 * 24 * 3600, /* older times to live are mistakes */
    DYNAMODB_PIECE_ITEMS_MAX = 200,     /* of a background task, in one transaction; ours */
    DYNAMODB_PIECE_BYTES_MAX = 1 << 20, /* likewise */

    /* Functions' code and the Lambda API (AWS: "Lambda quotas") */
    LAMBDA_NAME_CHARS_MAX = 64,              /* AWS: a function's name */
    LAMBDA_CODE_ZIPPED_BYTES_MAX = 50 << 20, /* AWS: a zip in the request, before base64 */
    LAMBDA_CODE_BYTES_MAX = 250 << 20,       /* AWS: the same unpacked; 262,144,000 */
    LAMBDA_CODE_ENTRIES_MAX = 65535, /* files and directories of one zip; the old format's bound */
    LAMBDA_CODE_PATH_BYTES_MAX = 1024, /* of one file below the function's directory */
    LAMBDA_CODE_DEPTH_MAX = 64,        /* directories inside each other; bounds a removal's stack */
    LAMBDA_CODE_LINGER_MS =
        15 * 60 * 1000,                  /* before unused code is removed: the longest invocation */
    LAMBDA_CODE_REMOVE_STEP = 200,       /* files removed in one transaction */
    LAMBDA_ENVIRONMENT_BYTES_MAX = 4096, /* AWS: all variables, as JSON */
    LAMBDA_TIMEOUT_S_DEFAULT = 3,        /* AWS */
    LAMBDA_MEMORY_MB_DEFAULT = 128,      /* AWS */
    LAMBDA_STORAGE_MB_DEFAULT = 512,     /* AWS: /tmp */
    LAMBDA_PAYLOAD_BYTES_MAX = 6 << 20,  /* AWS: a synchronous invocation */
    LAMBDA_EVENT_BYTES_MAX = 1 << 20,    /* AWS: an asynchronous one */
    LAMBDA_LOG_TAIL_BYTES_MAX = 4096,    /* AWS: X-Amz-Log-Result, before base64 */
    LAMBDA_PAGE_ITEMS_MAX = 50,          /* AWS: items of a page, whatever MaxItems asks for */
    LAMBDA_TAGS_MAX = 50,                /* AWS */
    LAMBDA_POLICY_BYTES_MAX = 20 << 10, /* AWS: the permissions of one function, version or alias */
    LAMBDA_CONCURRENCY_MAX = 1000,      /* AWS: of an account, in one region */
    LAMBDA_CONCURRENCY_UNRESERVED_MIN = 100, /* AWS: what reservations must leave */
    LAMBDA_VERSIONS_MAX = 1000,           /* of one function: a deletion takes them all at once */
    LAMBDA_ALIASES_MAX = 1000,            /* the same */
    LAMBDA_RETRIES_MAX = 2,               /* AWS: of an asynchronous invocation that failed */
    LAMBDA_RETRY_MS = 60 * 1000,          /* AWS: before the first; twice that before the second */
    LAMBDA_EVENT_AGE_S_MAX = 6 * 60 * 60, /* AWS: how long throttled events are tried again */
    LAMBDA_THROTTLED_MS_MAX = 5 * 60 * 1000, /* AWS: the longest pause between those tries */
    LAMBDA_ERROR_MESSAGE_BYTES_MAX = 1024,   /* AWS: ErrorMessage on a dead-letter queue */
    LAMBDA_MAPPINGS_MAX = 1000,              /* event source mappings; each is a waiting request */
    LAMBDA_MAPPING_BATCHES_MAX = 32,         /* of one mapping on their way at a time */
    LAMBDA_MAPPING_BATCH_MAX = 1000,         /* messages of a batch, whatever BatchSize asks for */
    LAMBDA_MAPPING_FILTERS_MAX = 5,          /* AWS: filters of one mapping */
    LAMBDA_MAPPING_CHECK_MS = 30 * 1000,     /* how soon a mapping sees that its function is back */

    /* Topics (SNS; AWS's quotas unless it says otherwise) and patterns (EventBridge's, too) */
    PATTERN_DEPTH_MAX = 100,       /* objects of a pattern inside each other; ours */
    PATTERN_NAME_BYTES_MAX = 1024, /* one field name of a pattern; ours */
    PATTERN_KEY_BYTES_MAX = 4096,  /* names joined by dots, as they may stand in an event; ours */
    PATTERN_STEPS_MAX = 1000000,   /* comparisons of one pattern with one event; ours */
    SNS_FILTER_BYTES_MAX = 256 << 10, /* a filter policy */
    SNS_FILTER_KEYS_MAX = 5,
    SNS_FILTER_COMBINATIONS_MAX = 150,
    SNS_FILTER_WILDCARDS_MAX = 3, /* stars in one pattern */
    SNS_FILTER_WILDCARD_POINTS_MAX = 100,
    SNS_FILTERS_PER_TOPIC_MAX = 200,
    SNS_TOPIC_NAME_CHARS_MAX = 256,
    SNS_SUBSCRIPTIONS_PER_TOPIC_MAX = 100000, /* AWS: 12,500,000 */
    SNS_SUBSCRIPTIONS_PER_FIFO_TOPIC_MAX = 100,
    SNS_TAGS_MAX = 50,                 /* per topic */
    SNS_LIST_MAX = 100,                /* topics or subscriptions on a page */
    SNS_MESSAGE_BYTES_MAX = 256 << 10, /* a message with its attributes, and a whole batch */
    SNS_BATCH_MAX = 10,
    SNS_BATCH_ID_CHARS_MAX = 80,
    SNS_SUBJECT_CHARS_MAX = 100,
    SNS_ATTRIBUTE_NAME_BYTES_MAX = 256,
    SNS_GROUP_ID_CHARS_MAX = 128,
    SNS_ENDPOINT_BYTES_MAX = 2048,   /* ours */
    SNS_POLICY_BYTES_MAX = 30 << 10, /* a topic's access policy */
    SNS_DEDUPLICATION_MS = 5 * 60 * 1000,
    SNS_CONFIRMATION_MS = 3 * 24 * 3600 * 1000, /* how long a token confirms */
    SNS_DELIVERIES_PER_TXN_MAX =
        100,                         /* of one message in one transaction; the rest follows; ours */
    SNS_CLEANUPS_PER_TXN_MAX = 200,  /* records of a deleted topic in one transaction; ours */
    SNS_HTTP_TIMEOUT_MS = 15 * 1000, /* AWS: an endpoint answers within 15 seconds */
    SNS_HTTP_RETRIES_MAX = 100,
    SNS_HTTP_RETRY_S_MAX = 3600, /* all retries of one delivery together */
    SNS_OUTBOX_MAX = 1000,       /* mails and short messages kept; the oldest go first; ours */
    SNS_OUTBOX_PAGE_MAX = 100,   /* ours */

    /* Queues (SQS; AWS's quotas unless it says otherwise) */
    SQS_NAME_CHARS_MAX = 80,
    SQS_MESSAGE_BYTES_MAX = 1 << 20, /* body and attributes; also of a batch as a whole */
    SQS_MESSAGE_BYTES_MIN = 1024,    /* the lowest MaximumMessageSize */
    SQS_BATCH_MAX = 10,              /* entries of a batch, messages of a receive */
    SQS_MESSAGE_ATTRIBUTES_MAX = 10,
    SQS_ATTRIBUTE_NAME_BYTES_MAX = 256, /* of a message attribute, and of its type */
    SQS_ID_CHARS_MAX = 128,             /* MessageGroupId and others; our keys rely on it */
    SQS_IN_FLIGHT_MAX = 120000,         /* messages of one queue */
    SQS_VISIBILITY_S_MAX = 12 * 3600,
    SQS_DELAY_S_MAX = 900,
    SQS_WAIT_S_MAX = 20, /* of a long poll */
    SQS_RETENTION_S_MIN = 60,
    SQS_RETENTION_S_MAX = 14 * 24 * 3600,
    SQS_ONCE_MS = 5 * 60 * 1000, /* in which a repeated MessageDeduplicationId is no new message */
    SQS_RECEIVES_MAX = 1000,     /* the highest maxReceiveCount */
    SQS_LIST_MAX = 1000,         /* queues on a page of a list */
    SQS_TAGS_MAX = 50,
    SQS_POLICY_BYTES_MAX = 64 << 10, /* Policy, RedriveAllowPolicy; ours */
    SQS_STATEMENTS_MAX = 20,         /* of a policy that AddPermission builds */
    SQS_STATEMENT_ACTIONS_MAX = 7,
    SQS_SOURCE_QUEUES_MAX = 10,    /* sourceQueueArns of a RedriveAllowPolicy */
    SQS_MOVE_TASKS_MAX = 10,       /* that ListMessageMoveTasks remembers for one queue */
    SQS_MOVE_RATE_MAX = 500,       /* messages of a move task in one second */
    SQS_PIECE_RECORDS_MAX = 200,   /* of a background task, in one transaction; ours */
    SQS_PIECE_BYTES_MAX = 4 << 20, /* likewise */
    SQS_DROPS_MAX = 100,        /* expired or exhausted messages that one receive removes; ours */
    SQS_RIPEN_MAX = 16,         /* messages that a call counts as visible again; ours */
    SQS_RIPEN_READ_MAX = 10000, /* that GetQueueAttributes counts as visible again; ours */

    /* Inbound routes of the callback front door */
    VERIFIER_SECRETS_MAX = 8,                /* of one verifier: enough for any change of secrets */
    VERIFIER_SECRET_BYTES_MAX = 512,         /* of one secret */
    VERIFIER_SIGNATURES_MAX = 16,            /* items of one signature header that are looked at */
    VERIFIER_TOLERANCE_S_DEFAULT = 300,      /* Standard Webhooks, Stripe and Slack: five minutes */
    VERIFIER_TOLERANCE_S_MAX = 24 * 60 * 60, /* how old a signature may at most be allowed to be */
    ROUTES_MAX = 500,                    /* each request looks through the list of their paths */
    ROUTE_SETTINGS_BYTES_MAX = 64 << 10, /* of one route, as JSON */
    ROUTE_PATH_BYTES_MAX = 512,
    ROUTE_SEGMENTS_MAX = 16, /* of a path */
    ROUTE_SEGMENT_BYTES_MAX = 64,
    ROUTE_VALUES_MAX = 64,               /* of one kind of outcome */
    ROUTE_HEADERS_MAX = 16,              /* of a response */
    ROUTE_BODY_BYTES_MAX = 1 << 20,      /* of a delivery; more is refused with 413 */
    ROUTE_RESPONSE_BYTES_MAX = 64 << 10, /* of a response's body */
    ROUTE_REASON_BYTES_MAX = 1024,   /* why a delivery could not be used, as far as it is kept */
    ROUTE_CAUSE_BYTES_MAX = 32768,   /* AWS: the cause of a failure */
    ROUTE_ERROR_BYTES_MAX = 256,     /* AWS: the error of a failure */
    ROUTE_DELIVERIES_DEFAULT = 1000, /* kept of one route; a setting changes it */
    ROUTE_DELIVERIES_MAX = 100000,
    ROUTE_DELIVERIES_BYTES_MAX = 256 << 20,     /* kept of one route, whatever their number */
    ROUTE_DELIVERIES_S_DEFAULT = 7 * 24 * 3600, /* how long they are kept; a setting changes it */
    ROUTE_DELIVERIES_S_MAX = 90 * 24 * 3600,
    ROUTE_REFUSALS_MAX = 32, /* requests without a good signature that a route remembers */
    ROUTE_TRIM_MAX = 16,     /* old deliveries that a new one removes in its transaction */
    ROUTE_REPLAY_MAX = 100,  /* deliveries of one ReplayDeliveries */
    ROUTE_LIST_MAX = 100,    /* deliveries or routes on a page */
    ROUTE_STARTS_MAX = 32,   /* messages remembered of a key that has started executions ... */
    ROUTE_STARTS_S = 7 * 24 * 3600,    /* ... and how long behind the last one */
    ROUTE_SWEEP_MS = 24 * 3600 * 1000, /* the longest pause between looks for what is old */
    ROUTE_SWEEP_RECORDS_MAX = 200,     /* removed in one transaction */

    /* YAML: the configuration file, OpenAPI documents */
    YAML_BYTES_MAX = 6 << 20, /* AWS: an OpenAPI document has at most 6 MB */
    YAML_DEPTH_MAX = 100,     /* mappings and lists inside each other */
    YAML_ANCHORS_MAX = 256,
    YAML_VALUES_MAX = 500000, /* aliases written out */
    /* API Gateway */
    GATEWAY_APIS_MAX = 600,            /* AWS: REST APIs, and HTTP APIs, of an account and region */
    GATEWAY_RESOURCES_MAX = 300,       /* AWS: of a REST API */
    GATEWAY_ROUTES_MAX = 300,          /* AWS: of an HTTP API; also its integrations */
    GATEWAY_STAGES_MAX = 10,           /* AWS: of an API */
    GATEWAY_MODELS_MAX = 60,           /* AWS's default; also request validators */
    GATEWAY_DEPLOYMENTS_MAX = 300,     /* AWS's default: of an API; later ones replace none */
    GATEWAY_KEYS_MAX = 10000,          /* AWS: API keys of an account and region */
    GATEWAY_PLANS_MAX = 300,           /* AWS: usage plans of an account and region */
    GATEWAY_PAGE_ITEMS_DEFAULT = 25,   /* AWS: items of a page of the first API */
    GATEWAY_PAGE_ITEMS_MAX = 500,      /* AWS */
    GATEWAY_BODY_BYTES_MAX = 10 << 20, /* AWS: of a request to an API */
    GATEWAY_DOCUMENT_BYTES_MAX = 6 << 20, /* AWS: an OpenAPI document */
    GATEWAY_OPERATION_PARTS_MAX = 500,    /* parameters, responses, headers of an operation; ours */
    GATEWAY_TAGS_MAX = 50,                /* AWS */
    GATEWAY_PATH_SEGMENTS_MAX = 64,       /* of a route's path; bounds its matching */
    GATEWAY_TEMPLATE_BYTES_MAX = 300 << 10, /* AWS: a mapping template */
    GATEWAY_REST_TIMEOUT_MS = 29 * 1000,    /* AWS: the longest, and the default, of a REST API */
    GATEWAY_HTTP_TIMEOUT_MS = 30 * 1000,    /* AWS: likewise of an HTTP API */
    GATEWAY_TIMEOUT_MS_MIN = 50,            /* AWS */

    /* The store */
    STORE_FREE_BYTES_MIN = 16 << 20, /* free disk space below which the store does not start */
    STORE_MEMTABLE_BYTES = 32 << 20, /* recent writes held in memory before they become a file */
    STORE_MEMTABLES_MAX = 3,         /* one being written, two on their way to disk */
    STORE_CACHE_BYTES = 32 << 20,    /* blocks of files, their indexes and filters */
    STORE_OPEN_FILES_MAX = 256,      /* file descriptors that the store may hold */

    /* Task tokens (DESIGN: about 40 characters) */
    TOKEN_CHARS_MAX = 48,
    TOKEN_KEY_BYTES = 32,

    /* Callbacks (ours: AWS has none of this) */
    LINK_CHARS_MAX = 64, /* path of a callback link; the data of a button in Telegram */
    LINK_KEY_BYTES = 32,
    LINK_KEYS_MAX = 8, /* keys of links that are known at a time; the link has 4 bits */
    CALLBACK_NAME_CHARS_MAX = 64,
    CALLBACK_KEY_BYTES_MAX = 512,
    CALLBACK_OUTCOMES_MAX = 16,      /* of one state */
    CALLBACK_OUTCOME_CHARS_MAX = 32, /* an outcome's name */
    CALLBACK_LABEL_CHARS_MAX = 80,   /* what stands on its button */
    CALLBACK_RESPONDERS_MAX = 64,    /* of one quorum */
    CALLBACK_RESPONDER_CHARS_MAX = 64,
    CALLBACK_REMINDERS_MAX = 8, /* of one state */
    CALLBACK_TITLE_BYTES_MAX = 1024,
    CALLBACK_SHOW_BYTES_MAX = 16 << 10,    /* what a state shows on its page, as JSON */
    CALLBACK_MESSAGE_BYTES_MAX = 64 << 10, /* of a reminder or an undo hook */
    CALLBACK_CODE_BYTES_MAX = 128,         /* a typed code */
    CALLBACK_CODE_TRIES_MAX = 5,           /* wrong ones; then the wait takes no more codes */
    CALLBACK_COMMENT_BYTES_MAX = 4096,
    CALLBACK_BY_BYTES_MAX = 256, /* who has answered */
    CALLBACK_MESSAGE_ID_BYTES_MAX = 256,
    CALLBACK_WAITERS_PER_KEY_MAX = 1000, /* with OnDuplicateKey FIRST or ALL */
    CALLBACK_ATTEMPTS_FIRST = 8,         /* of one wait that its record keeps ... */
    CALLBACK_ATTEMPTS_LAST = 24,         /* ... and the newest */
    CALLBACK_STRAYS_MAX = 256,           /* answers for unknown keys remembered per name */
    CALLBACK_MAILBOX_TTL_S_DEFAULT = 24 * 3600,
    CALLBACK_MAILBOX_TTL_S_MAX = 90 * 24 * 3600,
    CALLBACK_MAILBOX_ENTRIES_DEFAULT = 100000, /* of one name; a setting changes it */
    CALLBACK_MAILBOX_ENTRIES_MAX = 10000000,
    CALLBACK_MAILBOX_BYTES_DEFAULT = 1 << 30, /* of one name; a setting changes it */
    CALLBACK_MAILBOX_PER_KEY_MAX = 100,       /* for one key */
    CALLBACK_CHANGES_MAX = 100,     /* waits or kept answers that one call of an operator changes */
    CALLBACK_LOOKED_AT_MAX = 10000, /* waits looked at for one page, because of the filter */
    CALLBACK_FIGURES_MAX = 1000,    /* names whose mailbox is among the figures */
    CALLBACK_SECONDS_MAX = 99999999,  /* what AWS takes as a timeout: three years and two months */
    CALLBACK_PIECE_RECORDS_MAX = 200, /* of a background task, in one transaction */
};

static_assert(ASL_DEFINITION_BYTES_MAX * 6 < HTTP_CALL_BYTES_MAX,
              "a definition whose every byte is escaped as \\u00XX fits into a request");
static_assert(HTTP_BODY_BYTES_MAX <= JSON_TEXT_BYTES_MAX, "every body can be parsed");
static_assert(EXPR_INTRINSIC_DEPTH_MAX < JSON_DEPTH_MAX, "expressions are flatter than documents");
static_assert(ENGINE_PAYLOAD_BYTES_MAX * 6 < HTTP_CALL_BYTES_MAX, "an escaped payload fits too");
static_assert(TOKEN_CHARS_MAX <= STATES_TASK_TOKEN_CHARS_MAX, "our tokens pass our own checks");

#endif
