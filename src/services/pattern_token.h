/* Private to the checker of patterns: the tokens of a well-formed JSON text, each with the place
 * where Jackson's reader stands when it has handed it out. AWS shows these places to users. */
#ifndef SERVICES_PATTERN_TOKEN_H
#define SERVICES_PATTERN_TOKEN_H

#include "json/json.h"

enum token_kind {
    TOKEN_FIELD, /* the name of a member; Jackson has then read its colon, too */
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_OBJECT_BEGIN,
    TOKEN_OBJECT_END,
    TOKEN_ARRAY_BEGIN,
    TOKEN_ARRAY_END,
    TOKEN_END,
};

struct token {
    enum token_kind kind;
    str text;     /* of a string or name: decoded, else as it is written */
    size_t place; /* behind it; of a string, behind its opening quote: it is read when needed */
    size_t end;   /* behind it, read */
};

struct tokens {
    str source; /* well-formed JSON */
    size_t at;
    struct arena *arena; /* for decoded strings */
};

/* The next token. At the end of the text TOKEN_END, again and again. */
struct token token_next(struct tokens *tokens);

/* True if the name that has just been read has a value that is the operator $or (pattern_is_or). */
bool token_value_is_or(const struct tokens *tokens);

#endif
