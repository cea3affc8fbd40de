/* The compiled form of an expression: a tree of nodes with interned names.
 *
 * The parser makes nodes close to the text, process.c turns them into the form that the evaluator
 * walks (paths as lists of steps, predicates and groups attached to the step they belong to),
 * compile.c numbers the variables and marks the cases that the evaluator has short cuts for. After
 * that nothing changes any more. Private to this folder. */
#ifndef EXPR_JSONATA_AST_H
#define EXPR_JSONATA_AST_H

#include "expr/jsonata/jsonata.h"

enum node_type {
    /* From the parser only; process.c leaves none of these behind. */
    NODE_NAME,
    NODE_OPERATOR, /* `and`, `or`, `in` where a value is expected, `?` among arguments */
    NODE_END,      /* the end of the text where a value is expected */
    /* Both. NODE_NAME stays as a step of a path. */
    NODE_STRING,
    NODE_NUMBER,
    NODE_VALUE, /* true, false, null */
    NODE_REGEX,
    NODE_VARIABLE,
    NODE_WILDCARD,
    NODE_DESCENDANT,
    NODE_PARENT,
    NODE_BINARY,
    NODE_NEGATE,
    NODE_ARRAY,
    NODE_OBJECT,
    NODE_BLOCK,
    NODE_CONDITION,
    NODE_ELVIS,    /* a ?: b */
    NODE_COALESCE, /* a ?? b */
    NODE_FUNCTION,
    NODE_PARTIAL,
    NODE_LAMBDA,
    NODE_TRANSFORM,
    /* From process.c. */
    NODE_PATH,
    NODE_BIND,
    NODE_APPLY,
    NODE_SORT,
    NODE_TERM, /* one term of a sort: lhs; op TOKEN_GREATER if it is descending */
};

/* Tokens and operators share one enumeration: a binary node's operator is its token. */
enum token_type {
    TOKEN_END,
    TOKEN_NAME,
    TOKEN_VARIABLE,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_VALUE,
    TOKEN_REGEX,
    TOKEN_DOT,
    TOKEN_BRACKET_OPEN,
    TOKEN_BRACKET_CLOSE,
    TOKEN_BRACE_OPEN,
    TOKEN_BRACE_CLOSE,
    TOKEN_PAREN_OPEN,
    TOKEN_PAREN_CLOSE,
    TOKEN_COMMA,
    TOKEN_AT,
    TOKEN_HASH,
    TOKEN_SEMICOLON,
    TOKEN_COLON,
    TOKEN_QUESTION,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_STAR,
    TOKEN_SLASH,
    TOKEN_PERCENT,
    TOKEN_PIPE,
    TOKEN_EQUAL,
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_CARET,
    TOKEN_STAR_STAR,
    TOKEN_RANGE,
    TOKEN_ASSIGN,
    TOKEN_NOT_EQUAL,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER_EQUAL,
    TOKEN_APPLY,
    TOKEN_ELVIS,
    TOKEN_COALESCE,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_IN,
    TOKEN_AMPERSAND,
    TOKEN_BANG,
    TOKEN_TILDE,
    TOKEN_COUNT,
};

/* Flags of a node. */
enum {
    NODE_KEEP_ARRAY = 1,     /* `[]` was written behind it */
    NODE_KEEP_SINGLETON = 2, /* a path with such a step */
    NODE_CONS_ARRAY = 4,     /* an array constructor that is a step: its result is one value */
    NODE_TUPLE = 8,          /* a step that makes or passes on tuples (`@`, `#`, `%`) */
    NODE_TAIL = 16,          /* a call in tail position of a lambda */
    NODE_SCOPE = 32,         /* a block that needs a frame of its own */
    NODE_PLAIN_NAMES = 64,   /* a path of names only, the first may be a variable */
    NODE_STATIC_KEYS = 128,  /* an object constructor with distinct literal keys */
    NODE_GLOBAL = 256,       /* a variable that the expression binds nowhere */
};

static const uint32_t SYMBOL_NONE = UINT32_MAX;

struct node;
struct regex;
struct signature;

struct node_list {
    struct node **items;
    uint32_t count, capacity;
};

/* Where a `%` finds its value: the step that binds it keeps a pointer to the slot. */
struct slot {
    uint32_t label; /* symbol under which the ancestor is bound */
    uint32_t level; /* steps still to go up; 0 when found */
};

struct slot_list {
    struct slot **items;
    uint32_t count, capacity;
};

/* One `[...]` or `#$i` of a step, in order. */
struct stage {
    struct node *filter; /* NULL: an index stage */
    uint32_t index;      /* symbol, for an index stage */
};

struct stage_list {
    struct stage *items;
    uint32_t count, capacity;
};

/* What few nodes have. */
struct node_extra {
    struct stage_list predicates; /* of a node that is no step */
    struct stage_list stages;     /* of a step */
    struct node *group;           /* `{...}` behind it: a NODE_OBJECT */
    uint32_t focus;               /* symbol of `@$x` */
    uint32_t index;               /* symbol of `#$i` */
    struct slot *ancestor;        /* binds its input for a `%` further on */
    struct slot_list seeking;     /* slots of `%` inside that have not found their step */
    bool has_seeking;
};

struct node {
    uint8_t type; /* enum node_type */
    uint8_t op;   /* enum token_type, of NODE_BINARY and NODE_OPERATOR */
    uint16_t flags;
    uint32_t position; /* byte offset behind the token */
    uint32_t height;   /* of the tree below, for the bound on recursion */
    uint32_t symbol;   /* NODE_VARIABLE, NODE_BIND, NODE_PARENT; a called name's, for T1005 */
    union {
        json value; /* literals; the name of NODE_NAME and NODE_VARIABLE as a string */
        struct {
            struct node *lhs; /* left operand, condition, called function, pattern, body */
            struct node *rhs; /* right operand, then, update */
        };
    };
    union {
        struct node *third;                /* else, delete */
        struct slot *slot;                 /* NODE_PARENT */
        const struct signature *signature; /* NODE_LAMBDA, or NULL */
        const struct regex *regex;         /* NODE_REGEX */
        const struct json_member *keys;    /* NODE_STATIC_KEYS: one per pair, with their hash */
    };
    struct node_list list;    /* steps, arguments, parameters, items, key-value pairs, terms */
    struct node_extra *extra; /* NULL if there is nothing */
};

/* A name that stands for a variable somewhere in the text. */
struct symbol {
    str name;
    bool is_bound;                  /* by `:=`, a parameter, `@`, `#` or `%` */
    const struct function *builtin; /* the built-in function of that name, or NULL */
};

struct symbol_table {
    struct arena *arena;
    struct symbol *items;
    uint32_t count, capacity;
    uint32_t *index; /* hash table of positions plus one */
    uint32_t index_capacity;
};

struct jsonata {
    str source;
    struct node *root;
    struct symbol_table symbols;
    struct jsonata_use *uses;
    uint32_t use_count, use_capacity;
    uint32_t scope_binds; /* bindings that the outermost scope may hold */
    bool uses_eval;       /* $eval may bind any name in any scope */
    bool has_escapes;     /* some string may hold half a surrogate pair */
};

/* ---- lexer.c ---- */

struct token {
    uint8_t type; /* enum token_type */
    uint32_t position;
    json value; /* name, variable, string, number, value; the pattern of a regex */
    str flags;  /* of a regex */
};

struct lexer {
    str source;
    size_t at;
    struct arena *arena;
    struct jsonata_error *err;
};

/* The next token. `infix`: a `/` is the division operator, not the start of a regex. */
MUST_CHECK bool lexer_next(struct lexer *lexer, bool infix, struct token *out);

/* The text of an operator token. */
str token_text(enum token_type type);

/* ---- parser.c ---- */

struct parser {
    struct lexer lexer;
    struct token token;
    struct arena *arena;
    struct symbol_table *symbols;
    struct jsonata_error *err;
    uint32_t depth;
    uint32_t labels; /* of `%`, handed out so far */
};

MUST_CHECK bool parser_parse(struct parser *p, struct node **out);
struct node *node_new(struct arena *arena, enum node_type type, uint32_t position);
struct node_extra *node_extra(struct arena *arena, struct node *node);
void node_list_add(struct arena *arena, struct node_list *list, struct node *node);
/* For messages: the token or name that the node was made from. */
str node_token(const struct node *node);

/* ---- process.c ---- */

/* Turns a parsed tree into the form that is evaluated. */
MUST_CHECK bool process_tree(struct parser *p, struct node *parsed, struct node **out);

/* ---- compile.c ---- */

uint32_t symbol_intern(struct symbol_table *table, str name);
/* SYMBOL_NONE if there is no such name. */
uint32_t symbol_find(const struct symbol_table *table, str name);

/* Compiles with the symbols of an enclosing expression, for $eval: names that are in the table
 * already keep their numbers. */
MUST_CHECK bool compile_with_symbols(str source, struct arena *arena, struct symbol_table *symbols,
                                     struct jsonata **out, struct jsonata_error *err);

/* ---- signature.c ---- */

/* False with code, offset (err->position) and message filled. */
MUST_CHECK bool signature_parse(str text, struct arena *arena, const struct signature **out,
                                struct jsonata_error *err);

/* ---- regex.c ---- */

MUST_CHECK bool regex_compile(str pattern, str flags, struct arena *arena, const struct regex **out,
                              str *message);

/* ---- errors.c ---- */

/* What a message's placeholders are filled with. Strings are JSON text where the reference writes
 * JSON text. */
struct error_parts {
    str token, value, value2, index, type, exp, message, function_name;
    bool has_text; /* `message` is the whole text already */
};

/* Fills code, position (a byte offset for now), token and message; returns false. */
bool error_fill(struct jsonata_error *err, struct arena *arena, const char *code, uint32_t position,
                const struct error_parts *parts);
/* `text` as a JSON string, for error_parts. */
str error_quote(struct arena *arena, str text);
/* UTF-16 units before byte `offset` of source. */
uint32_t error_units(str source, size_t offset);

#endif
