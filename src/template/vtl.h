/* Mapping templates of API Gateway: the Velocity Template Language over one request.
 *
 * What a template may use: references ($x, ${x.y}, $!x, .method(), [index]), #set, #if/#elseif/
 * #else, #foreach, #break, #stop, #end, comments, string, number, list, range and map literals,
 * operators, the methods of Java's String, List and Map that mapping templates use, and AWS's own
 * variables $input, $context, $stageVariables and $util. #macro, #parse, #include, #evaluate and
 * #define are not there (AWS lists none of them either): they are refused by vtl_check.
 *
 * What does not resolve is written as it stands in the template ($!x writes nothing), as Velocity
 * does. A method that is not known does not resolve.
 *
 * Nothing here does I/O or reads a clock. Work, output, values and nesting are bounded by
 * TEMPLATE_* of base/limits.h: templates and requests may be hostile.
 *
 * Sources: "Apache Velocity 1.7 User Guide" and "VTL Reference"; Amazon API Gateway Developer
 * Guide, "Variables for data transformations" and "Override your API's request and response
 * parameters and status codes". */
#ifndef TEMPLATE_VTL_H
#define TEMPLATE_VTL_H

#include "base/base.h"
#include "json/json.h"

/* What the template sees. Borrowed; every member of kind null counts as an empty object. */
struct vtl_input {
    str body;       /* $input.body: as it came */
    json body_json; /* what $input.path and $input.json look at; null when the body is no JSON */
    bool is_json;   /* body_json is the body parsed: a body `null` is JSON too */
    json path_params, query_params, headers; /* objects of strings: $input.params() */
    json context;                            /* $context: an object */
    json stage_variables;                    /* $stageVariables: an object of strings */
    int64_t now_ms; /* $context.requestTimeEpoch where the context has none */
};

/* What it made; `text` and the objects are in the arena of the call, or point into its input. */
struct vtl_result {
    str text;
    bool status_overridden; /* $context.responseOverride.status was set to an integer */
    int status;             /* that integer, 100..599 */
    json header_overrides;  /* $context.responseOverride.header: an object of strings */
    json request_overrides; /* $context.requestOverride: {"path":..,"querystring":..,"header":..},
                               objects of strings; those not set are absent */
};

/* The syntax of a template, when it is put. False (ERROR_SYNTAX, with line and column in the text)
 * if it does not parse, uses a directive that is not there, or is beyond a limit (ERROR_TOO_LARGE,
 * ERROR_TOO_DEEP). */
MUST_CHECK bool vtl_check(str template, struct error *err);

/* Renders `template`. False if it does not parse (as vtl_check), or if rendering fails: a
 * JSONPath that is none (ERROR_SYNTAX), text that is no base64 where base64 is decoded
 * (ERROR_SYNTAX), or work or output beyond a limit (ERROR_TOO_LARGE). AWS answers such a request
 * with its 500. */
MUST_CHECK bool vtl_render(str template, const struct vtl_input *input, struct arena *arena,
                           struct vtl_result *out, struct error *err);

#endif
