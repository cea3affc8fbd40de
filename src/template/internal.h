/* Inside template/: the syntax tree, the values of a running template, and who does what.
 *
 * A run fails as a whole (a limit, a JSONPath that is none): every function that can fail so gives
 * false and has filled run->err. What is merely not there is a value, VALUE_NONE. */
#ifndef TEMPLATE_INTERNAL_H
#define TEMPLATE_INTERNAL_H

#include "expr/path.h"
#include "template/vtl.h"

/* ---- the syntax tree; immutable, in an arena ---- */

struct block {
    const struct node *nodes;
    size_t count;
};

enum step_kind { STEP_PROPERTY, STEP_METHOD, STEP_INDEX };

/* .name, .name(arguments), [arguments[0]] */
struct step {
    enum step_kind kind;
    str name;
    const struct expression *arguments;
    size_t count;
};

struct reference {
    str source; /* as it is written, without the backslashes in front */
    str name;
    bool quiet; /* $!x */
    const struct step *steps;
    size_t count;
};

enum expression_kind {
    EXPRESSION_CONSTANT,
    EXPRESSION_TEXT, /* a string with references in it */
    EXPRESSION_REFERENCE,
    EXPRESSION_LIST,
    EXPRESSION_MAP,   /* parts: key, value, key, value ... */
    EXPRESSION_RANGE, /* parts: first, last */
    EXPRESSION_NOT,
    EXPRESSION_BINARY, /* parts: left, right */
};

enum operation {
    OPERATION_OR,
    OPERATION_AND,
    OPERATION_EQUAL,
    OPERATION_NOT_EQUAL,
    OPERATION_LESS,
    OPERATION_LESS_OR_EQUAL,
    OPERATION_GREATER,
    OPERATION_GREATER_OR_EQUAL,
    OPERATION_ADD,
    OPERATION_SUBTRACT,
    OPERATION_MULTIPLY,
    OPERATION_DIVIDE,
    OPERATION_REMAINDER,
};

struct expression {
    enum expression_kind kind;
    enum operation operation; /* BINARY */
    json constant;            /* CONSTANT: a string, number or boolean */
    struct block text;        /* TEXT */
    struct reference reference;
    const struct expression *parts;
    size_t count;
};

enum node_kind {
    NODE_TEXT,
    NODE_REFERENCE,
    NODE_SET,
    NODE_IF,
    NODE_FOREACH,
    NODE_BREAK,
    NODE_STOP
};

/* One of #if, #elseif, #else. */
struct branch {
    const struct expression *condition; /* NULL: #else */
    struct block block;
};

struct node {
    enum node_kind kind;
    str text;                   /* TEXT; FOREACH: the name of the loop's variable */
    size_t backslashes;         /* REFERENCE: in front of it */
    struct reference reference; /* REFERENCE; SET: what is set */
    struct expression value;    /* SET; FOREACH: what it goes over */
    const struct branch *branches;
    size_t count;
    struct block block; /* FOREACH */
};

/* parse.c. False as vtl_check. The tree points into `text`. */
MUST_CHECK bool template_parse(str text, struct arena *arena, struct block *out, struct error *err);

/* ---- the parser's parts ---- */

struct parser {
    str text;
    size_t at;
    str whole; /* the template: for line and column of an error */
    struct arena *arena;
    struct error *err;
    int depth;  /* blocks, brackets, strings inside each other */
    int blocks; /* that wait for their #end */
    bool in_loop;
};

/* Fills the error, with the place; always false. */
bool vtl_parser_fail(struct parser *p, const char *what);
/* One level deeper; false beyond TEMPLATE_DEPTH_MAX. Whoever went in subtracts 1 from p->depth. */
MUST_CHECK bool vtl_parser_enter(struct parser *p);
void vtl_parser_skip_space(struct parser *p);
bool vtl_parser_take(struct parser *p, char c);
/* [A-Za-z_][A-Za-z0-9_-]*; empty if there is none. */
str vtl_parser_identifier(struct parser *p);

/* A block in another text (a string with references), up to its end. */
MUST_CHECK bool vtl_parse_inner(struct parser *p, str text, struct block *out);

/* parse_expression.c */
MUST_CHECK bool vtl_parse_expression(struct parser *p, struct expression *out);

/* parse_reference.c: at a `$`. *found is false, and nothing is taken, where it begins none. */
MUST_CHECK bool vtl_parse_reference(struct parser *p, struct reference *out, bool *found);

/* ---- values ---- */

enum value_kind {
    VALUE_NONE,  /* null, or not there: renders as it is written */
    VALUE_BLANK, /* AWS's variables that have no value now: renders as nothing, counts as false */
    VALUE_BOOLEAN,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP,
    VALUE_ENTRY, /* of a map, in #foreach ($e in $map.entrySet()) */
    VALUE_LOOP,  /* $foreach */
    VALUE_INPUT, /* $input */
    VALUE_UTIL,  /* $util */
};

struct value {
    enum value_kind kind;
    union {
        bool boolean;
        json number;
        str text;
        struct list *list;
        struct map *map;
        const struct entry *entry;
        const struct loop *loop;
    };
};

/* Lists and maps come from JSON as it is and take their items only when somebody looks inside. */
struct list {
    json source;
    bool is_open;
    struct value *items;
    size_t count, capacity;
};

struct entry {
    str key;
    struct value value;
};

struct map {
    json source;
    bool is_open;
    bool is_blank; /* what is not there is VALUE_BLANK */
    struct entry *entries;
    size_t count, capacity;
};

struct loop {
    const struct loop *outer;
    size_t index, count;
};

enum flow { FLOW_ON, FLOW_BREAK, FLOW_STOP };

struct run {
    struct arena *arena;
    const struct vtl_input *input;
    struct error *err;
    struct buf *out;
    struct map variables;
    struct value context, stage_variables, input_params;
    const struct loop *loop;
    size_t steps_left;
    size_t memory_bytes_max; /* of arena->used_bytes */
    int depth;
    enum flow flow;
};

/* ---- value.c ---- */

static inline struct value vtl_value_none(void)
{
    return (struct value){ .kind = VALUE_NONE };
}
static inline struct value vtl_value_string(str text)
{
    return (struct value){ .kind = VALUE_STRING, .text = text };
}
static inline struct value vtl_value_boolean(bool boolean)
{
    return (struct value){ .kind = VALUE_BOOLEAN, .boolean = boolean };
}
struct value vtl_value_integer(struct run *run, int64_t integer);
struct value vtl_value_json(struct run *run, json source);
struct value vtl_value_list(struct run *run);
struct value vtl_value_map(struct run *run);

/* Takes `count` steps; false once they, or the memory, are used up. */
MUST_CHECK bool vtl_run_step(struct run *run, size_t count);
bool vtl_run_fail(struct run *run, enum error_code code, const char *what);

size_t vtl_list_count(const struct list *list);
MUST_CHECK bool vtl_list_at(struct run *run, struct list *list, size_t index, struct value *out);
MUST_CHECK bool vtl_list_add(struct run *run, struct list *list, struct value value);
/* Makes all items values of their own, for changes. */
MUST_CHECK bool vtl_list_open(struct run *run, struct list *list);

size_t vtl_map_count(const struct map *map);
MUST_CHECK bool vtl_map_open(struct run *run, struct map *map);
/* VALUE_NONE (or VALUE_BLANK) if there is none. */
MUST_CHECK bool vtl_map_find(struct run *run, struct map *map, str key, struct value *out);
MUST_CHECK bool vtl_map_put(struct run *run, struct map *map, str key, struct value value);
MUST_CHECK bool vtl_map_remove(struct run *run, struct map *map, str key, struct value *out);

/* Appends what the value shows as: Java's toString. */
MUST_CHECK bool vtl_value_write(struct run *run, struct buf *buf, struct value value);
MUST_CHECK bool vtl_value_text(struct run *run, struct value value, str *out);
MUST_CHECK bool vtl_value_equals(struct run *run, struct value a, struct value b, bool *out);
bool vtl_value_is_true(struct value value);
/* A copy as JSON, for what leaves the template. */
MUST_CHECK bool vtl_value_to_text_map(struct run *run, struct value value, json *out);

/* ---- evaluate.c, reference.c, render.c ---- */

MUST_CHECK bool vtl_evaluate(struct run *run, const struct expression *expression,
                             struct value *out);
MUST_CHECK bool vtl_resolve(struct run *run, const struct reference *reference, struct value *out);
MUST_CHECK bool vtl_assign(struct run *run, const struct reference *reference, struct value value);
MUST_CHECK bool vtl_render_block(struct run *run, const struct block *block);
/* A reference in the text, with the backslashes in front of it. */
MUST_CHECK bool vtl_render_reference(struct run *run, const struct reference *reference,
                                     size_t backslashes);

/* ---- methods ---- */

struct call {
    struct run *run;
    struct value self;
    const struct value *arguments;
    size_t count;
};

struct method {
    str name;
    size_t min, max; /* arguments */
    bool (*call)(const struct call *call, struct value *out);
};

struct method_table {
    const struct method *methods;
    size_t count;
};

/* Argument `index` as text. */
MUST_CHECK bool vtl_call_text(const struct call *call, size_t index, str *out);
/* Argument `index` as an index; false in *is if it is none. Never fails. */
bool vtl_call_index(const struct call *call, size_t index, int64_t *out);

struct method_table vtl_string_methods(void);
struct method_table vtl_list_methods(void);
struct method_table vtl_map_methods(void);
struct method_table vtl_entry_methods(void);
struct method_table vtl_scalar_methods(void); /* numbers and booleans */
struct method_table vtl_input_methods(void);
struct method_table vtl_util_methods(void);

/* ---- text.c ---- */

/* Java counts UTF-16 units. `text` is well-formed UTF-8. */
size_t vtl_text_units(str text);
/* The byte at which unit `index` begins; text.len for the end. */
size_t vtl_text_unit_offset(str text, size_t index);
/* With U+FFFD for what is not UTF-8, as Java decodes bytes. */
str vtl_text_well_formed(struct arena *arena, str bytes);
str vtl_text_lower(struct arena *arena, str text);
str vtl_text_upper(struct arena *arena, str text);
void vtl_text_escape_javascript(struct buf *buf, str text);
void vtl_text_url_encode(struct buf *buf, str text);
MUST_CHECK bool vtl_text_url_decode(struct arena *arena, str text, str *out);
str vtl_text_base64(struct arena *arena, str bytes);
MUST_CHECK bool vtl_text_base64_decode(struct arena *arena, str text, str *out);

/* ---- regex.c: Java's regular expressions, run by PCRE2 ---- */

/* False if the pattern is none. */
MUST_CHECK bool vtl_regex_replace(struct run *run, str text, str pattern, str replacement, bool all,
                                  str *out);
MUST_CHECK bool vtl_regex_matches(struct run *run, str text, str pattern, bool *out);
MUST_CHECK bool vtl_regex_split(struct run *run, str text, str pattern, int64_t limit,
                                struct list *out);

#endif
