/* The compiled form of a JSONPath filter, `[?(...)]`. Private to filter.c and filter_eval.c. */
#ifndef EXPR_FILTER_H
#define EXPR_FILTER_H

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "expr/path.h"

enum filter_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_EXISTS, FILTER_COMPARE };

enum filter_operator {
    FILTER_EQ,
    FILTER_NE,
    FILTER_SAME,     /* === */
    FILTER_NOT_SAME, /* !== */
    FILTER_LT,
    FILTER_LE,
    FILTER_GT,
    FILTER_GE,
    FILTER_MATCHES, /* =~ */
    FILTER_IN,
    FILTER_NIN,
    FILTER_ALL,
    FILTER_CONTAINS,
    FILTER_SIZE,
    FILTER_EMPTY,
    FILTER_SUBSET_OF,
    FILTER_ANY_OF,
    FILTER_NONE_OF,
};

enum operand_kind {
    OPERAND_UNDEFINED, /* a path that found nothing; only while evaluating */
    OPERAND_VALUE,
    OPERAND_PATTERN,
    OPERAND_PATH,
};

struct operand {
    enum operand_kind kind;
    union {
        json value;
        const pcre2_code *pattern; /* anchored at both ends; in the arena */
        struct path *path;
    };
};

struct filter {
    enum filter_kind kind;
    const struct filter *const *parts; /* AND, OR: two or more; NOT: one */
    size_t part_count;
    enum filter_operator op;
    bool expected;        /* EXISTS: false for !@.a */
    struct operand left;  /* EXISTS, COMPARE */
    struct operand right; /* COMPARE */
};

/* PCRE2's memory comes from `arena` and goes with it. */
pcre2_general_context *filter_regex_memory(struct arena *arena);

#endif
