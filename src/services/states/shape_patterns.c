/* The regular expressions of the Step Functions API's service model, as functions. */
#include "services/states/shapes.h"

static bool is_letter_or_mark(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-' || c == '.';
}

static bool is_alias_name(str value)
{
    bool letter = false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (is_letter_or_mark(c))
            letter = true;
        else if (c < '0' || c > '9')
            return false;
    }
    return letter;
}

static bool is_printable(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] < '!' || value.ptr[i] > '~') return false;
    return value.len > 0;
}

static bool is_ascii(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if ((unsigned char)value.ptr[i] > 0x7F) return false;
    return true;
}

const struct shape_pattern alias_name_pattern = {
    "^(?=.*[a-zA-Z_\\-\\.])[a-zA-Z0-9_\\-\\.]+$",
    is_alias_name,
};
const struct shape_pattern printable_pattern = { "[!-~]+", is_printable };
const struct shape_pattern ascii_pattern = { "\\p{ASCII}*", is_ascii };
