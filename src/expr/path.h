/* JSONPath inside expr/: compiled paths and their evaluation, with the semantics of the Jayway
 * library (RFC 9535 differs in many places; AWS runs Jayway).
 *
 * A path is a root and a list of steps. A path without an indefinite step names at most one node;
 * any other gives an array. Compiled paths are immutable and may be shared between threads. */
#ifndef EXPR_PATH_H
#define EXPR_PATH_H

#include "base/base.h"
#include "json/json.h"

struct filter;

enum path_root {
    PATH_ROOT_DOCUMENT, /* `$`: what the evaluation starts from */
    PATH_ROOT_ITEM,     /* `@`: the item that a filter looks at */
};

enum path_step_kind {
    PATH_MEMBER,   /* .name */
    PATH_MEMBERS,  /* ['a','b'] */
    PATH_INDEX,    /* [n] */
    PATH_INDEXES,  /* [n,m] */
    PATH_SLICE,    /* [a:b] */
    PATH_WILDCARD, /* .* [*] */
    PATH_SCAN,     /* .. : the step behind it is tried at every container below */
    PATH_FILTER,   /* [?(...)] */
    PATH_FUNCTION, /* .length() */
};

enum path_function {
    PATH_FN_MIN,
    PATH_FN_MAX,
    PATH_FN_AVG,
    PATH_FN_SUM,
    PATH_FN_STDDEV,
    PATH_FN_LENGTH,
    PATH_FN_KEYS,
    PATH_FN_CONCAT,
    PATH_FN_APPEND,
    PATH_FN_FIRST,
    PATH_FN_LAST,
    PATH_FN_INDEX_OF,
};

/* An argument of a function: a constant, or a path from the document's root. */
struct path_argument {
    const struct path *path; /* NULL: `value` */
    json value;
};

struct path_step {
    enum path_step_kind kind;
    str text; /* as Jayway prints it in its errors: "['a']", "[0]" */
    union {
        str member;
        struct {
            const str *names;
            size_t count;
        } members;
        int32_t index;
        struct {
            const int32_t *items;
            size_t count;
        } indexes;
        struct {
            int32_t from, to;
            bool has_from, has_to; /* at least one */
        } slice;
        const struct filter *filter;
        struct {
            enum path_function function;
            const struct path_argument *arguments;
            size_t count;
        } call;
    };
};

struct path {
    enum path_root root;
    bool definite; /* at most one node */
    bool plain;    /* only members and single indexes: walked without allocation */
    size_t folded; /* 1 + the place of a function that takes all nodes found before it; 0: none */
    const struct path_step *steps;
    size_t count;
};

/* Compiles `$...` or `@...`. All of it lives in `arena`; `text` must live as long. False if it is
 * not a path (ERROR_SYNTAX, Jayway's wording). `depth` is the nesting of filters so far. */
MUST_CHECK bool path_compile(str text, struct arena *arena, int depth, struct path *out,
                             struct error *err);

enum path_status {
    PATH_FOUND,
    PATH_NOT_FOUND,
    PATH_OUT_OF_RANGE, /* the last step is an index beyond the array: AWS answers null in templates
                        */
    PATH_INVALID,      /* the path does not fit the document, or a budget is used up */
};

/* What one evaluation may use, and what it needs only once; shared with the paths inside its
 * filters. */
struct path_budget {
    size_t visits_left;
    size_t arena_bytes_max; /* of arena->used_bytes */
    void *regex;            /* NULL, or PCRE2's match data in the arena (filter_eval.c) */
    void *regex_limits;
};

/* One evaluation. */
struct path_eval {
    struct arena *arena; /* results */
    json document;       /* `$` */
    json item;           /* `@` */
    bool strict; /* a missing member fails also behind an indefinite step (filters' existence) */
    struct path_budget *budget;
};

enum path_fault {
    PATH_NO_RESULTS,
    PATH_MISSING_PROPERTY,
    PATH_NOT_AN_OBJECT,
    PATH_IS_NULL,
    PATH_NOT_AN_ARRAY,
    PATH_NOT_FILTERABLE,
    PATH_FUNCTION_FAILED,
    PATH_BUDGET_USED_UP,
    PATH_NULL_DOCUMENT, /* AWS does not even ask Jayway */
};

/* Why nothing came back; only written when the status is not PATH_FOUND. */
struct path_problem {
    const struct path *path;
    enum path_fault fault;
    size_t step; /* that failed */
    json model;  /* what the step was applied to */
};

void path_budget_init(struct path_budget *budget, const struct arena *arena);

/* Takes `count` visits. False once the budget is used up, and ever after. */
MUST_CHECK bool path_budget_take(const struct path_eval *eval, size_t count);

enum path_status path_evaluate(const struct path *path, const struct path_eval *eval, json *out,
                               struct path_problem *problem);

/* "No results for path: $['a']" and the like. */
str path_problem_text(const struct path_problem *problem, struct arena *arena);

/* The value as Java's toString shows it: {a=1, b=[x, y]}. For States.Format and Jayway's errors. */
void path_java_text(struct buf *buf, json value);

/* ---- path_function.c ---- */

bool path_function_find(str name, enum path_function *out);

/* Applies a function to `model`; `nodes` says that model is the list of the nodes that a scan
 * found. False where Jayway throws. */
MUST_CHECK bool path_function_call(const struct path_step *step, const struct path_eval *eval,
                                   json model, bool nodes, json *out);

/* ---- filter.c, filter_eval.c ---- */

/* Compiles what stands between `[?(` and `)]`. */
MUST_CHECK bool filter_compile(str text, struct arena *arena, int depth, const struct filter **out,
                               struct error *err);
bool filter_accepts(const struct filter *filter, const struct path_eval *eval, json item);

/* ---- text.c: scanning helpers that paths and filters share ---- */

/* Index of the bracket that closes the one at `from`, or text.len; strings and /regular
 * expressions/ are skipped. */
size_t text_matching(str text, size_t from, char open, char close, bool skip_regex);

/* Index of the next `c` at or after `from` that has no backslash before it, or text.len. */
size_t text_unescaped(str text, size_t from, char c);

size_t text_skip_space(str text, size_t from);

/* What was written to buf, never with a NULL pointer: such strings become JSON values. */
str text_of(const struct buf *buf);

/* Backslash escapes of a quoted string, in the arena: all of Java's for filters' literals, only the
 * backslash and the quote itself for member names. */
str text_unescape(struct arena *arena, str text, char quote, bool all);

/* A decimal number as Java's BigDecimal reads it ("042", ".5", "1e3") turned into RFC 8259 form. */
MUST_CHECK bool text_number(struct arena *arena, str text, json *out);

#endif
