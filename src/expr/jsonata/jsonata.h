/* JSONata 2.x: a compiler and an evaluator on `json` values and arenas.
 *
 * Order of calls: jsonata_compile once (the result is immutable, lives in the compiler's arena and
 * may be shared between threads), then jsonata_eval as often as needed, each time with an
 * environment. No I/O, no clock, no globals: time, randomness and variables are in the environment.
 *
 * What always holds: an evaluation ends. Depth, steps and allocated bytes are bounded by a budget,
 * regular expressions by a match limit; what runs out fails with a JSONata error code. Results may
 * point into the input, the bindings and the compiled expression, and live as long as these and the
 * environment's arena.
 *
 * Behaviour and error codes are those of the reference (jsonata.org, version 2); where they differ
 * on purpose, differences.md beside this file says why. */
#ifndef EXPR_JSONATA_JSONATA_H
#define EXPR_JSONATA_JSONATA_H

#include "base/base.h"
#include "base/prng.h"
#include "json/json.h"

struct jsonata; /* a compiled expression */

/* A failure of either phase. The strings are in the arena of the call that failed. */
struct jsonata_error {
    char code[8];      /* "S0201", "T2001", "D3030" ..., NUL-terminated */
    uint32_t position; /* UTF-16 units from the start of the expression, as the reference counts */
    str token;         /* the operator or function it is about; may be empty */
    str message;       /* the reference's text for the code, filled in */
};

/* ---- compiling ---- */

/* Compiles one expression (without `{% %}`). `source` must, like the arena, outlive the result.
 * False with `err` filled if it is not valid JSONata, or no UTF-8. */
MUST_CHECK bool jsonata_compile(str source, struct arena *arena, const struct jsonata **out,
                                struct jsonata_error *err);

/* ---- what an expression uses, for the language around it ---- */

enum jsonata_use_kind {
    JSONATA_USE_VARIABLE, /* $name that is bound nowhere in the expression and is no built-in */
    JSONATA_USE_BUILTIN,  /* $name of a built-in function that the expression does not rebind */
    JSONATA_USE_CONTEXT,  /* `$` where it means the evaluation's input; the name is empty */
    JSONATA_USE_ROOT,     /* `$$`; the name is "$" */
    JSONATA_USE_FIELD,    /* a field name, `*` or `**` looked up in the evaluation's input */
};

struct jsonata_use {
    enum jsonata_use_kind kind;
    str name; /* without the `$` */
    uint32_t
        position; /* of its first use, UTF-16 units, behind the name, as the reference counts */
};

/* Number of uses: each kind and name once, in the order of first appearance. $eval appears as the
 * built-in "eval"; what the text given to it uses is not known here. */
size_t jsonata_use_count(const struct jsonata *compiled);
struct jsonata_use jsonata_use_at(const struct jsonata *compiled, size_t index);

/* The text it was compiled from. */
str jsonata_source(const struct jsonata *compiled);

/* ---- evaluating ---- */

struct jsonata_call; /* one call of a host function; private */

/* A function of the host. Arguments have passed the signature. True with `out` set (use
 * jsonata_undefined() for no value), or false after jsonata_call_fail. */
typedef bool (*jsonata_native_fn)(struct jsonata_call *call, json *out);

/* A function that the host adds, or puts in the place of a built-in of the same name. */
struct jsonata_native {
    str name;      /* without the `$` */
    str signature; /* JSONata's notation, e.g. "<a<n>n?:n>"; empty for no check */
    jsonata_native_fn call;
    uint8_t arity; /* parameters it takes, for higher-order functions that ask */
};

struct jsonata_binding {
    str name; /* without the `$` */
    json value;
};

/* What one evaluation may use; 0 stands for the default from base/limits.h. */
struct jsonata_budget {
    uint32_t depth; /* expressions inside each other, function calls included */
    uint64_t steps; /* expressions evaluated, and items made or looked at in bulk */
    size_t bytes;   /* taken from the arena */
};

struct jsonata_env {
    const struct jsonata_binding *bindings; /* borrowed; may be NULL */
    size_t binding_count;
    /* Asked once per evaluation for each free variable that is not in `bindings`; may be NULL.
     * False: not known. */
    bool (*lookup)(void *context, str name, json *out);
    const struct jsonata_native *natives; /* borrowed; may be NULL */
    size_t native_count;
    void *context;     /* handed to `lookup` and to the natives */
    struct prng *prng; /* $random, $shuffle; NULL: both fail with D1014 */
    int64_t now_ms;    /* $now, $millis, and what $toMillis adds to incomplete dates */
    bool refuse_eval;  /* $eval fails with D1015 */
    struct jsonata_budget budget;
    struct arena *arena; /* the result lives here, as does everything in between */
};

/* Evaluates with `input` as `$` and `$$`. True: *defined says whether there is a result, `out` is
 * it (untouched if not). Functions inside the result become "", as $string does. False: `err`. */
MUST_CHECK bool jsonata_eval(const struct jsonata *compiled, json input,
                             const struct jsonata_env *env, bool *defined, json *out,
                             struct jsonata_error *err);

/* ---- for host functions ---- */

json jsonata_undefined(void);
bool jsonata_is_undefined(json value);
/* A function value; it can only be handed on. */
bool jsonata_is_function(json value);

size_t jsonata_call_count(const struct jsonata_call *call);
/* Argument `index`, undefined beyond the last. Arrays and objects among them are plain values: the
 * functions of json.h apply. */
json jsonata_call_argument(const struct jsonata_call *call, size_t index);
void *jsonata_call_context(const struct jsonata_call *call);
struct arena *jsonata_call_arena(const struct jsonata_call *call);
const struct jsonata_env *jsonata_call_env(const struct jsonata_call *call);

/* Takes `count` from the step budget, for work in proportion to the arguments. False if spent: the
 * failure is recorded and the function must return false. */
MUST_CHECK bool jsonata_call_spend(struct jsonata_call *call, uint64_t count);

/* Records a failure with any code ("D3030", or the host's own) and text, and returns false. */
bool jsonata_call_fail(struct jsonata_call *call, const char *code, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Names of the built-in functions, for documentation and completion; NULL-terminated. */
const char *const *jsonata_builtin_names(void);

#endif
