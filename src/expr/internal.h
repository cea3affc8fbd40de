/* What the files of expr/ share: compiled expressions, paths with their roots, intrinsic calls, and
 * how failures are worded. */
#ifndef EXPR_INTERNAL_H
#define EXPR_INTERNAL_H

#include "expr/expr.h"
#include "expr/path.h"

struct jsonata;

/* ---- paths and what their `$` is (reference.c) ---- */

enum reference_root { REFERENCE_INPUT, REFERENCE_CONTEXT, REFERENCE_VARIABLE };

struct reference {
    enum reference_root root;
    str variable; /* REFERENCE_VARIABLE: its name, without $ */
    str text;     /* as written */
    struct path path;
};

/* `text` must live as long as the result. */
MUST_CHECK bool reference_compile(str text, struct arena *arena, struct reference *out,
                                  struct error *err);

enum path_status reference_evaluate(const struct reference *reference, const struct expr_env *env,
                                    json *out, struct path_problem *problem);

/* True if the reference can reach Task.Token of the context object. */
bool reference_reads_task_token(const struct reference *reference);

/* The value of a variable, or NULL. */
const json *scope_find(const struct expr_scope *scope, str name);

/* ---- intrinsic functions (intrinsic.c, intrinsic_call.c, intrinsic_text.c) ---- */

enum intrinsic_function {
    INTRINSIC_FORMAT,
    INTRINSIC_STRING_TO_JSON,
    INTRINSIC_JSON_TO_STRING,
    INTRINSIC_ARRAY,
    INTRINSIC_ARRAY_PARTITION,
    INTRINSIC_ARRAY_CONTAINS,
    INTRINSIC_ARRAY_RANGE,
    INTRINSIC_ARRAY_GET_ITEM,
    INTRINSIC_ARRAY_LENGTH,
    INTRINSIC_ARRAY_UNIQUE,
    INTRINSIC_BASE64_ENCODE,
    INTRINSIC_BASE64_DECODE,
    INTRINSIC_HASH,
    INTRINSIC_JSON_MERGE,
    INTRINSIC_MATH_RANDOM,
    INTRINSIC_MATH_ADD,
    INTRINSIC_STRING_SPLIT,
    INTRINSIC_UUID,
};

enum argument_kind { ARGUMENT_LITERAL, ARGUMENT_REFERENCE, ARGUMENT_CALL };

struct intrinsic_argument {
    enum argument_kind kind;
    union {
        struct {
            json value;
            str raw; /* a string's text with its escapes: States.Format tells \{ from { */
        } literal;
        const struct reference *reference;
        const struct intrinsic_call *call;
    };
};

struct intrinsic_call {
    enum intrinsic_function function;
    const struct intrinsic_argument *arguments;
    size_t count;
    bool reads_task_token;
};

bool intrinsic_begins(str text);
/* Names of variables go to the compiler. `text` must live as long as the result. */
MUST_CHECK bool intrinsic_compile(struct expr_compiler *c, str text, bool allow_context,
                                  const struct intrinsic_call **out);

/* One evaluation of an outermost call. */
struct intrinsic_eval {
    const struct expr_env *env;
    str source;             /* the whole text, for failures */
    size_t arena_bytes_max; /* of env->arena->used_bytes */
    struct expr_failure *failure;
};

MUST_CHECK bool intrinsic_evaluate(const struct intrinsic_call *call, struct intrinsic_eval *eval,
                                   json *out);

/* Fills the failure (States.IntrinsicFailure) and returns false. */
bool intrinsic_fail(struct intrinsic_eval *eval, const char *format, ...) PRINTF_LIKE(2, 3);

/* A function with its arguments' values. `raw` is the first literal's text, empty if it is none. */
struct intrinsic_values {
    const json *items;
    size_t count;
    bool first_is_literal;
    str first_raw;
};

/* intrinsic_array.c */
bool intrinsic_array_function(enum intrinsic_function function, const struct intrinsic_values *v,
                              struct intrinsic_eval *eval, json *out);
/* intrinsic_text.c */
bool intrinsic_text_function(enum intrinsic_function function, const struct intrinsic_values *v,
                             struct intrinsic_eval *eval, json *out);

/* A number rounded to the nearest integer, within 32 bits as AWS wants it. */
MUST_CHECK bool intrinsic_integer(const struct intrinsic_values *v, size_t index,
                                  struct intrinsic_eval *eval, int64_t *out);

/* Lower-case hexadecimal digest; false if the algorithm is none of MD5, SHA-1, SHA-256, SHA-384,
 * SHA-512. Shared with $hash. */
MUST_CHECK bool intrinsic_digest(struct arena *arena, str algorithm, str data, str *out);

/* ---- java.util.Random, which AWS's seeded functions show (java_random.c) ---- */

struct java_random {
    uint64_t state;
};
void java_random_seed(struct java_random *random, int64_t seed);
/* Uniform in [0, bound), bound > 0. */
uint64_t java_random_below(struct java_random *random, uint64_t bound);
double java_random_double(struct java_random *random);

/* ---- expressions (expr.c) ---- */

enum expr_kind { EXPR_KIND_PATH, EXPR_KIND_CALL, EXPR_KIND_JSONATA };

struct expr {
    enum expr_kind kind;
    bool reads_task_token;
    str source; /* JSONata: without the delimiters, trimmed */
    union {
        struct reference path;
        const struct intrinsic_call *call;
        const struct jsonata *query;
    };
};

void expr_add_variable(struct expr_compiler *c, str name);

/* Compiles without reporting. `text` must live as long as the result. */
MUST_CHECK bool expr_build_path(struct expr_compiler *c, str text, unsigned allow, struct expr *out,
                                struct error *err);

/* Where a value stands, from the inside out: Output, then /a, then [3]. */
struct expr_place {
    const struct expr_place *outer; /* NULL: `key` is the field itself, or empty */
    str key;
    size_t index;
    bool is_index;
};
/* AWS's form: Output/a[3]. */
str expr_place_text(const struct expr_place *place, struct arena *arena);
/* A JSON pointer below the outermost place: /a/3. */
str expr_place_pointer(const struct expr_place *place, struct arena *arena);

/* Evaluation inside a template: the wording of what is not found differs from a field's, an index
 * beyond its array is null, and all expressions share one budget. */
MUST_CHECK bool expr_eval_member(const struct expr *expr, const struct expr_env *env,
                                 const struct expr_place *place, size_t arena_bytes_max, json *out,
                                 struct expr_failure *failure);

/* ---- jsonata_seam.c ---- */

/* Like expr_compile_jsonata, for a text that lives as long as the result and a place that is known.
 */
MUST_CHECK bool seam_compile(struct expr_compiler *c, str text, const struct expr_place *place,
                             struct expr *out);
MUST_CHECK bool seam_evaluate(const struct expr *expr, const struct expr_env *env,
                              const struct expr_place *place, bool *defined, json *out,
                              struct expr_failure *failure);
/* The failure of an expression that gives nothing. Returns false. */
bool seam_fail_undefined(const struct expr *expr, const struct expr_env *env,
                         const struct expr_place *place, struct expr_failure *failure);

#endif
