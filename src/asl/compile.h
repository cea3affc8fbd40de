/* What the files of asl/ share while one definition is compiled. Private to the module.
 *
 * A `place` says where in the definition we are, as a chain of stack records up to the root, so
 * that nothing is built as text unless there is something to report. A `site` is one object of the
 * definition (a state, a choice rule, a retrier ...) together with what its fields are read with.
 */
#ifndef ASL_COMPILE_H
#define ASL_COMPILE_H

#include "asl/asl.h"

struct place {
    const struct place *parent; /* NULL at the root */
    str key;                    /* member name; empty with is_index */
    size_t index;
    bool is_index;
};

static inline struct place place_key(const struct place *parent, str key)
{
    return (struct place){ .parent = parent, .key = key };
}

static inline struct place place_index(const struct place *parent, size_t index)
{
    return (struct place){ .parent = parent, .index = index, .is_index = true };
}

/* ---- names.c: names to positions, also for many and hostile names ---- */

struct asl_names {
    struct arena *arena;
    str *names;
    size_t count, capacity;
    uint32_t *slots; /* position + 1, or 0; slot_count is a power of two */
    size_t slot_count;
};

void names_init(struct asl_names *names, struct arena *arena);

/* False if the name was there. Its position is the number of names added before. */
bool names_add(struct asl_names *names, str name);

bool names_find(const struct asl_names *names, str name, size_t *position);

/* ---- the compilation as a whole ---- */

struct diagnostic_list {
    struct asl_diagnostic *items;
    size_t count, capacity;
    size_t dropped; /* beyond ASL_DIAGNOSTICS_MAX */
};

/* Where asl_compile_state puts the state; AWS shows this place to users of TestState. */
#define SINGLE_STATE_NAME "StateName"
#define SINGLE_STATE_POINTER "/States/" SINGLE_STATE_NAME

struct compiler {
    struct arena *arena;
    str text;          /* our copy of the definition */
    bool single_state; /* the definition is one state, compiled as SINGLE_STATE_POINTER */
    enum asl_machine_type type;
    enum expr_language language;
    int64_t timeout_s; /* of the machine; 0 means none */
    struct diagnostic_list errors, warnings;
    size_t schema_error_count;             /* errors other than missing transition targets */
    bool has_end_state;                    /* at the top level */
    const struct asl_state *token_as_text; /* the last state with that warning */
    struct asl_names state_names;          /* of all scopes */
    struct asl_names labels;
    const struct asl_scope **scopes;
    size_t scope_count, scope_capacity;
    struct asl_variable_reference *references;
    size_t reference_count, reference_capacity;
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Room for one more item: the array itself, or a larger copy. */
void *array_grow(struct arena *arena, void *items, size_t count, size_t *capacity,
                 size_t item_bytes);

/* ---- diagnostics.c ---- */

/* Reports an error; `code` is a literal. */
void report(struct compiler *c, const char *code, const struct place *place, const char *format,
            ...) PRINTF_LIKE(4, 5);
void report_warning(struct compiler *c, const char *code, const struct place *place,
                    const char *format, ...) PRINTF_LIKE(4, 5);

/* Reports what expr/ found in `value`, the value at `place`. */
void report_problems(struct compiler *c, const struct place *place, json value,
                     enum expr_language language, struct expr_compiler *expr);

/* The place of a text that is no JSON is the parser's, not a path. */
void report_syntax(struct compiler *c, const struct error *err);

/* Hands what was found to the caller: errors first. */
void diagnostics_finish(struct compiler *c, struct asl_diagnostics *out);

/* ---- fields.c: reading the fields of one object ---- */

struct site {
    struct compiler *c;
    const struct place *place;
    json object; /* only members that may be here: see site_check_fields */
    enum expr_language language;
    struct expr_compiler *expr;    /* of the state that it belongs to */
    const struct asl_scope *scope; /* where its Next leads */
    struct asl_state *state;
    uint32_t depth; /* of the scope */
};

enum {
    FIELD_JSONPATH = 1,
    FIELD_JSONATA = 2,
    FIELD_BOTH = FIELD_JSONPATH | FIELD_JSONATA,
    FIELD_ANY_TYPE = 0xffff,
};

struct field_rule {
    str name;
    uint16_t types;    /* 1 << enum asl_state_type, or FIELD_ANY_TYPE */
    uint8_t languages; /* FIELD_... */
};

/* Reports every member that no rule allows, and takes it out of site->object. `language_known` is
 * false where the state's QueryLanguage itself was refused: that is then the whole answer. */
void site_check_fields(struct site *site, const struct field_rule *rules, size_t rule_count,
                       enum asl_state_type type, bool language_known);

/* The object below `name`, with the same surroundings; false if absent or not an object (which is
 * then reported). `place` is the caller's and must outlive `out`. */
bool site_object(const struct site *site, str name, struct place *place, struct site *out);

/* The same for item `index` of `array`, which lies at `array_place`. */
bool site_item(const struct site *site, const struct place *array_place, json array, size_t index,
               struct place *place, struct site *out);

bool site_has(const struct site *site, str name);
void site_error(const struct site *site, const char *format, ...) PRINTF_LIKE(2, 3);
void site_field_error(const struct site *site, str field, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Reports those of the `count` names that are missing, in one message. True if none is. */
bool site_require(const struct site *site, const str *names, size_t count);

/* Exactly one (or, if `optional`, at most one) of the names must be there. */
bool site_one_of(const struct site *site, const str *names, size_t count, bool optional);

/* Each is false if the field is absent, or of another kind (which is then reported). */
bool site_string(const struct site *site, str name, str *out);
bool site_bool(const struct site *site, str name, bool *out);
bool site_array(const struct site *site, str name, bool may_be_empty, json *out);
bool site_integer(const struct site *site, str name, int64_t min, int64_t max, int64_t *out);
bool site_decimal(const struct site *site, str name, double min, double *out);
bool site_enum(const struct site *site, str name, const str *values, size_t count, size_t *out);

/* `name` (a number, or JSONata) or `path_name` (JSONPath). */
void site_number(const struct site *site, str name, str path_name, int64_t min, int64_t max,
                 bool integer, struct asl_number *out);

/* `name` (a text, or JSONata) or `path_name`, which may be what `allow` says. */
void site_text(const struct site *site, str name, str path_name, unsigned allow,
               struct asl_text *out);

void site_path(const struct site *site, str name, unsigned allow, bool null_allowed,
               struct asl_path *out);
bool site_expr(const struct site *site, str name, unsigned allow, const struct expr **out);

/* A payload template, or NULL if absent or wrong. */
const struct expr_template *site_template(const struct site *site, str name);

/* The state that the field names, or NULL if absent or wrong. */
const struct asl_state *site_target(const struct site *site, str name);

/* "Assign": a template whose keys are variable names. */
const struct expr_template *site_assign(const struct site *site);

/* ---- the state types ---- */

void compile_task(struct site *site);
void compile_choice(struct site *site);
void compile_parallel(struct site *site);
void compile_map(struct site *site);
void compile_retry(struct site *site);
void compile_catch(struct site *site);
void compile_callback(const struct site *site, struct asl_task *task);

/* state.c. `state` has its name and scope. */
void compile_state(struct compiler *c, const struct place *place, json object,
                   struct asl_scope *scope, struct asl_state *state, uint32_t depth);

/* asl.c. `site` is the scope's object with unknown fields taken out. NULL if it has no states. */
const struct asl_scope *compile_scope(const struct site *site, const struct asl_state *owner,
                                      uint32_t depth);

/* ---- resource.c ---- */

enum resource_fault {
    RESOURCE_OK,
    RESOURCE_NO_ARN,    /* not an ARN of something that a task can run */
    RESOURCE_NOT_KNOWN, /* an integration, action or pattern that does not exist */
};

enum resource_fault resource_parse(str arn, struct asl_task *task);

/* True for the request fields without which AWS refuses the definition; `index` counts from 0. */
bool resource_required_field(const struct asl_task *task, size_t index, str *field);

/* ---- graph.c ---- */

/* A machine without an end; states that nothing leads to. */
void check_graph(struct compiler *c, const struct place *root, const struct asl_scope *top);

/* ---- lint.c ---- */

void lint_task(const struct site *site);
void lint_template(const struct site *site, str field, json value);
void lint_pass_result(const struct site *site, json result);
void lint_text(const struct site *site, str field, str value);

/* ---- timestamp.c ---- */

/* RFC 3339 as AWS checks it in a definition: seconds, T and a zone are required, any fraction. */
bool timestamp_is_rfc3339(str text);

#endif
