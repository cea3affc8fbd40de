/* What the parts of the expression compiler share: the lexer, the tree, the checks. Private to the
 * files expression*.c, update*.c and legacy*.c.
 *
 * An expression becomes a tree of nodes as it stands in the text; names and values are looked up
 * and errors are found in passes over it, because AWS's order of errors is that of its passes, not
 * that of the text. What the evaluator walks is the same tree. */
#ifndef SERVICES_DYNAMODB_EXPRESSION_TREE_H
#define SERVICES_DYNAMODB_EXPRESSION_TREE_H

#include "services/dynamodb/expression.h"

/* ---- paths ---- */

struct path_step {
    str name; /* as in the text ("#n" too) until it is resolved */
    uint32_t index;
    bool is_index; /* [index], otherwise .name */
};

struct path {
    struct path_step *steps; /* at most DYNAMODB_VALUE_DEPTH_MAX */
    size_t count;            /* at least 1; the first step is a name */
};

/* The value at the path; false if there is none. `item` may be JSON_NULL. */
MUST_CHECK bool path_find(const struct path *path, json item, json *out);

/* "[a, b, [1]]", as AWS shows paths. */
str path_text(struct arena *arena, const struct path *path);

/* Paths as a tree: each step once, children ordered by index or name. */
struct path_tree {
    struct path_step step;
    const struct path *first; /* the first path that went through here */
    bool is_leaf;             /* a path ends here */
    const void *data;         /* of a leaf: whatever belongs to its path */
    struct path_tree **children;
    size_t count, capacity;
};

/* Paths that cannot come together; NULL if none were met. */
struct path_clash {
    const struct path *overlap[2];  /* one contains the other */
    const struct path *conflict[2]; /* a map for one, a list for the other */
};

/* Adds the path. The first clash of each kind is noted; the tree is then of no more use. */
void path_tree_add(struct arena *arena, struct path_tree *root, const struct path *path,
                   const void *data, struct path_clash *clash);

/* The child with that name, or NULL; logarithmic. */
const struct path_tree *path_tree_child(const struct path_tree *tree, str name);

/* The parts of an item that the tree's paths name: projection_apply. */
json path_tree_project(const struct path_tree *root, struct arena *arena, json item);

/* ---- the lexer ---- */

enum token_kind {
    TOKEN_END,
    TOKEN_WORD,  /* letters, digits, underscores; begins with a letter */
    TOKEN_NAME,  /* #n */
    TOKEN_VALUE, /* :v */
    TOKEN_DIGITS,
    TOKEN_SYMBOL,
    TOKEN_OTHER, /* what belongs nowhere */
};

struct token {
    enum token_kind kind;
    str text;
};

struct lexer {
    str text;
    size_t at;
    struct token previous, current, next;
};

void lexer_init(struct lexer *lexer, str text);
void lexer_advance(struct lexer *lexer);

/* ---- the tree ---- */

enum node_kind {
    NODE_PATH,
    NODE_VALUE,
    NODE_CALL,
    NODE_COMPARE,
    NODE_BETWEEN,
    NODE_IN,
    NODE_AND,
    NODE_OR,
    NODE_NOT,
    NODE_PLUS,
    NODE_MINUS,
};

enum function {
    FUNCTION_UNKNOWN,
    FUNCTION_ATTRIBUTE_EXISTS,
    FUNCTION_ATTRIBUTE_NOT_EXISTS,
    FUNCTION_ATTRIBUTE_TYPE,
    FUNCTION_BEGINS_WITH,
    FUNCTION_CONTAINS,
    FUNCTION_SIZE,
    FUNCTION_IF_NOT_EXISTS, /* from here on for updates */
    FUNCTION_LIST_APPEND,
    FUNCTION_NOT_CONTAINS, /* only made by legacy conditions */
};

enum comparator {
    COMPARE_EQ,
    COMPARE_NE,
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
};

struct node {
    enum node_kind kind;
    enum function function;     /* NODE_CALL */
    enum comparator comparator; /* NODE_COMPARE */
    bool in_parentheses;
    str text;               /* the function's or operator's name, or ":v" */
    struct path path;       /* NODE_PATH */
    json value;             /* NODE_VALUE, once resolved */
    enum value_type type;   /* attribute_type's operand: what it names */
    struct node *children;  /* operands, in the order of the text */
    struct node *last;      /* of them */
    size_t count;           /* of them */
    struct node *next;      /* the next child of the same node */
    struct node *next_path; /* NODE_PATH: the next path of the expression */
};

/* What a KeyConditionExpression or KeyConditions says about one attribute. */
struct key_clause {
    str name;
    enum key_operator op;
    bool not_indexable; /* a legacy operator that is good for filters only */
    json values[2];
};

struct condition {
    const struct node *root;    /* NULL: true */
    const struct node *paths;   /* all paths, linked by next_path */
    struct key_clause *clauses; /* of key conditions */
    size_t clause_count;
};

struct projection {
    struct path_tree *tree;
};

struct node *condition_node_new(struct arena *arena, enum node_kind kind);
void node_add(struct node *parent, struct node *child);

/* The type of an operand that is known before there is an item; false for a path. */
bool node_type(const struct node *node, enum value_type *out);

/* ---- the parser ---- */

struct expression_parser {
    struct expression_context *context;
    struct arena *arena; /* the context's */
    enum expression_kind kind;
    struct lexer lexer;
    struct error *err;
    size_t operators;   /* and functions, so far */
    size_t depth;       /* of parentheses, calls and NOTs around the current token */
    bool redundant;     /* parentheses directly in parentheses were met */
    struct node *paths; /* all paths in the order of the text */
    struct node *last_path;
};

/* Checks the text's size and starts the lexer. */
MUST_CHECK bool parser_init(struct expression_parser *parser, struct expression_context *context,
                            enum expression_kind kind, str text, struct error *err);

/* "Invalid ConditionExpression: ..."; returns false. */
bool parser_fail(struct expression_parser *parser, const char *format, ...) PRINTF_LIKE(2, 3);

/* "Syntax error; token: ..." at the current token. */
bool parser_syntax_error(struct expression_parser *parser);

/* True if the current token is that symbol, or that word in any case. */
bool parser_at(const struct expression_parser *parser, const char *text);

/* Passes the symbol, or fails. */
MUST_CHECK bool parser_expect(struct expression_parser *parser, const char *symbol);

/* Counts one operator or function; fails beyond the limit. */
MUST_CHECK bool parser_count_operator(struct expression_parser *parser);

MUST_CHECK bool parser_enter(struct expression_parser *parser);
void parser_leave(struct expression_parser *parser);

/* A document path. */
MUST_CHECK bool parser_path(struct expression_parser *parser, struct node **out);

/* More steps behind a path in parentheses: "(a.b).c". */
MUST_CHECK bool parser_path_rest(struct expression_parser *parser, struct node *path);

/* A call, a path or a value, perhaps in parentheses. */
MUST_CHECK bool parser_operand(struct expression_parser *parser, struct node **out);

/* The same without parentheses. */
MUST_CHECK bool parser_atom(struct expression_parser *parser, struct node **out);

/* ---- checks ---- */

/* No path has a name that is reserved. */
MUST_CHECK bool check_reserved(struct expression_parser *parser);

/* Looks the path's names up; the value. */
MUST_CHECK bool resolve_path(struct expression_parser *parser, struct path *path);
MUST_CHECK bool resolve_value(struct expression_parser *parser, struct node *value);

/* "Two document paths overlap ...", "... conflict ..." */
MUST_CHECK bool check_clash(struct expression_parser *parser, const struct path_clash *clash);

bool fail_operand_count(struct expression_parser *parser, str name, size_t count);
bool fail_operand_type(struct expression_parser *parser, str name, enum value_type type);
bool fail_needs_path(struct expression_parser *parser, str name);
bool fail_misused(struct expression_parser *parser, str name);

/* The function of that name; FUNCTION_UNKNOWN if there is none. */
enum function function_from_name(str name);

/* How many operands it takes. */
size_t function_operands(enum function function);

/* AWS's list of reserved words, in any case. */
bool is_reserved_word(str word);

/* What a condition of a KeyConditionExpression says, clause by clause. */
MUST_CHECK bool key_clauses_read(struct expression_parser *parser, struct condition *condition);

enum path_use paths_use(const struct node *paths, str name);

/* "ConditionExpression" ... */
const char *expression_kind_name(enum expression_kind kind);

#endif
