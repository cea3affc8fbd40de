/* Expressions of both query languages behind one seam.
 *
 * Order of calls: compile when a definition is compiled (the result lives in that arena and is
 * immutable and shared between threads), evaluate as often as needed with an environment. Nothing
 * here does I/O or reads a clock; randomness and time are in the environment.
 *
 * What can go wrong at compile time is reported as diagnostics with the place in the definition;
 * what goes wrong in a running workflow is a value (struct expr_failure), never a struct error.
 *
 * Sources: "Amazon States Language" (states-language.net), AWS Step Functions Developer Guide
 * ("Processing input and output", "Intrinsic functions", "Passing data between states with
 * variables", "Transforming data with JSONata"), and AWS's recorded answers. JSONPath has the
 * semantics of the Jayway library, which AWS runs. */
#ifndef EXPR_EXPR_H
#define EXPR_EXPR_H

#include "base/base.h"
#include "base/prng.h"
#include "json/json.h"

enum expr_language { EXPR_JSONPATH, EXPR_JSONATA };

struct expr;          /* one compiled expression */
struct expr_template; /* a compiled payload template: Parameters, ResultSelector, Assign, Arguments
                         ... */

/* ---- compiling ---- */

/* One fault found in a definition. `pointer` is relative to the compiled value ("" for itself,
 * "/a/b" below it), `message` is AWS's text without the place. Both in the compiler's arena. */
struct expr_problem {
    str pointer;
    str message;
    str code; /* SCHEMA_VALIDATION_FAILED, INVALID_JSONATA_EXPRESSION,
                 UNSUPPORTED_JSONATA_EXPRESSION */
};

/* What a compilation collects. Zero-initialise, set `arena`; one may be used for many expressions.
 */
struct expr_compiler {
    struct arena *arena; /* results, problems and names live here */
    struct expr_problem *problems;
    size_t problem_count, problem_capacity;
    str *variables; /* names of the variables used, without $, each once, in order of appearance */
    size_t variable_count, variable_capacity;
};

/* Adds a problem with the code SCHEMA_VALIDATION_FAILED. */
void expr_report(struct expr_compiler *c, str pointer, str message);
void expr_report_code(struct expr_compiler *c, str code, str pointer, str message);

/* What an expression text may be, in JSONPath mode. */
enum expr_allow {
    EXPR_ALLOW_PATH = 1,      /* $.a[*].b and $var.x */
    EXPR_ALLOW_CONTEXT = 2,   /* $$.Execution.Id */
    EXPR_ALLOW_INTRINSIC = 4, /* States.Format(...) */
    EXPR_REFERENCE_ONLY = 8,  /* a Reference Path: one node, no operators @ , : ? * .. */
};

/* Compiles a JSONPath or intrinsic text. False (and one problem at pointer "") if it is not valid;
 * the message is what AWS says after the field, e.g. "Invalid path '$.': ...". */
MUST_CHECK bool expr_compile_path(struct expr_compiler *c, str text, unsigned allow,
                                  const struct expr **out);

/* Compiles one JSONata string `{% ... %}` (the delimiters included). False and one problem if it is
 * not valid. */
MUST_CHECK bool expr_compile_jsonata(struct expr_compiler *c, str text, const struct expr **out);

/* Compiles a payload template. JSONPath: members whose key ends in ".$" are expressions. JSONata:
 * every string `{% ... %}` is one. False if there was a problem anywhere (all are reported). A
 * template without any expression evaluates to the value itself at no cost. */
MUST_CHECK bool expr_compile_template(struct expr_compiler *c, json value,
                                      enum expr_language language,
                                      const struct expr_template **out);

/* True if the text begins with "{%" and ends with "%}". */
bool expr_is_jsonata(str text);

/* True if some expression inside can read the context object's Task.Token. For warnings. */
bool expr_reads_task_token(const struct expr *expr);
bool expr_template_reads_task_token(const struct expr_template *template);

/* The text it was compiled from (JSONata: without the delimiters, trimmed). */
str expr_source(const struct expr *expr);

/* The same for a template that is one expression string ("{% $items %}"); empty for any other. */
str expr_template_source(const struct expr_template *template);

/* ---- evaluating ---- */

/* Variables: an object per scope, inner to outer. */
struct expr_scope {
    const struct expr_scope *outer; /* NULL at the top */
    json variables;                 /* JSON_OBJECT */
};

struct expr_env {
    json input;                     /* `$`; `$states.input` */
    const json *context;            /* `$$`; `$states.context`. An object */
    const json *result;             /* `$states.result`, NULL where there is none */
    const json *error_output;       /* `$states.errorOutput`, NULL outside a Catch */
    const struct expr_scope *scope; /* NULL: no variables */
    struct prng *prng;              /* States.UUID, States.MathRandom, $uuid, $random */
    int64_t now_ms;                 /* $now, $millis */
    struct arena *arena; /* results live here, or point into input, context, definition */
};

/* Why an evaluation failed, as AWS words it, without the leading "An error occurred while executing
 * the state ..." (the engine knows the state). In the environment's arena. */
struct expr_failure {
    str error; /* States.Runtime, States.ParameterPathFailure, States.IntrinsicFailure,
                  States.QueryEvaluationError, ... */
    str cause;
    str location; /* JSONata: the field, e.g. "Output/a/b"; empty otherwise */
};

/* A JSONPath that finds nothing is a failure here; use expr_find where absence is allowed (Choice's
 * IsPresent). `field` names the field of the state for the failure's texts ("InputPath",
 * "TimeoutSeconds"). */
MUST_CHECK bool expr_eval(const struct expr *expr, const struct expr_env *env, str field, json *out,
                          struct expr_failure *failure);

enum expr_found { EXPR_FOUND, EXPR_ABSENT, EXPR_FAILED };
enum expr_found expr_find(const struct expr *expr, const struct expr_env *env, json *out,
                          struct expr_failure *failure);

MUST_CHECK bool expr_template_eval(const struct expr_template *template, const struct expr_env *env,
                                   str field, json *out, struct expr_failure *failure);

/* ResultPath: `root` with `value` put at the place that the reference path names, making objects on
 * the way and replacing what is there. Failure (States.ResultPathMatchFailure) if the path leads
 * through something that is no object, or to an array index that is not there. */
MUST_CHECK bool expr_put(const struct expr *reference, const struct expr_env *env, json root,
                         json value, json *out, struct expr_failure *failure);

#endif
