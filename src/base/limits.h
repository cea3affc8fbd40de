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
    JSON_TEXT_BYTES_MAX = 64 << 20, /* one JSON text; larger than any request body */

    /* HTTP */
    HTTP_HEADER_BYTES_MAX = 64 << 10,  /* request line and headers of one request */
    HTTP_HEADERS_MAX = 100,            /* header lines of one request */
    HTTP_BODY_BYTES_MAX = 8 << 20,     /* a definition of 1 MiB, escaped and with room to spare */
    HTTP_CONNECTIONS_MAX = 20000,      /* open connections; the next one is closed at once */
    HTTP_IDLE_MS_MAX = 300 * 1000,     /* a connection without a request */
    HTTP_REQUEST_MS_MAX = 30 * 1000,   /* from the first byte of a request to its last */
    HTTP_WRITE_MS_MAX = 60 * 1000,     /* for the client to take the answers that are ready */
    HTTP_LINGER_MS_MAX = 2 * 1000,     /* for the client to read a refusal before the close */
    HTTP_PIPELINE_MAX = 64,            /* requests of one connection that are not answered yet */
    HTTP_UNREAD_BYTES_MAX = 256 << 10, /* bytes taken in behind them; then the client waits */
    HTTP_HELD_BYTES_MAX = 256 << 20,   /* bodies of all requests; then large ones get 503 */
    HTTP_ANSWERS_BYTES_MAX = 1 << 20,  /* answers gathered for one connection before one write */

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
    SHARD_CLOCK_STEP_BACK_MS_MAX = 60 * 1000, /* held back; beyond it the clock was wrong before */

    /* The store */
    STORE_FREE_BYTES_MIN = 16 << 20, /* free disk space below which the store does not start */
    STORE_MEMTABLE_BYTES = 32 << 20, /* recent writes held in memory before they become a file */
    STORE_MEMTABLES_MAX = 3,         /* one being written, two on their way to disk */
    STORE_CACHE_BYTES = 32 << 20,    /* blocks of files, their indexes and filters */
    STORE_OPEN_FILES_MAX = 256,      /* file descriptors that the store may hold */

    /* Task tokens (DESIGN: about 40 characters) */
    TOKEN_CHARS_MAX = 48,
    TOKEN_KEY_BYTES = 32,
};

static_assert(ASL_DEFINITION_BYTES_MAX * 6 < HTTP_BODY_BYTES_MAX,
              "a definition whose every byte is escaped as \\u00XX fits into a request");
static_assert(HTTP_BODY_BYTES_MAX <= JSON_TEXT_BYTES_MAX, "every body can be parsed");
static_assert(EXPR_INTRINSIC_DEPTH_MAX < JSON_DEPTH_MAX, "expressions are flatter than documents");
static_assert(ENGINE_PAYLOAD_BYTES_MAX * 6 < HTTP_BODY_BYTES_MAX, "an escaped payload fits too");
static_assert(TOKEN_CHARS_MAX <= STATES_TASK_TOKEN_CHARS_MAX, "our tokens pass our own checks");

#endif
