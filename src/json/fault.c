/* What is wrong with a text, in the words of Jackson, the parser behind AWS's API: users know these
 * sentences, and clients compare them. err->offset is where Jackson's reader stands, behind the
 * character or token that it refuses; its "column" is that offset in characters plus 1. */
#include "json/private.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    TOKEN_CHARS_SHOWN_MAX = 256,
    SOURCE_CHARS_SHOWN_MAX = 500,
    CHAR_TEXT_BYTES_MAX = 48,
    POSITION_TEXT_BYTES_MAX = 48,
};

#define EXPECTED_VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"

/* The code point at `at`, which is before the end of the text, and its bytes. False if the bytes
 * are no UTF-8. */
static bool point_at(str text, const char *at, uint32_t *point, size_t *bytes)
{
    unsigned char lead = (unsigned char)*at;
    *bytes = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (*bytes > (size_t)(text.ptr + text.len - at)) return false;
    str sequence = { at, *bytes };
    size_t count;
    if (!str_utf8_count(sequence, &count) || count != 1) return false;
    size_t from = 0;
    *point = str_utf8_next(sequence, &from);
    return true;
}

static bool set_at(struct error *err, str text, const char *behind, const char *message)
{
    error_set(err, ERROR_SYNTAX, "%s", message);
    err->offset = (uint32_t)(behind - text.ptr);
    return false;
}

/* Describes a character as in "'x' (code 120)"; returns the byte behind it. */
static const char *describe(str text, const char *at, char out[CHAR_TEXT_BYTES_MAX])
{
    uint32_t point = 0;
    size_t bytes = 0;
    if (!point_at(text, at, &point, &bytes)) return NULL;
    if (point < 0x20 || (point >= 0x7F && point <= 0x9F)) {
        snprintf(out, CHAR_TEXT_BYTES_MAX, "(CTRL-CHAR, code %" PRIu32 ")", point);
    } else if (point > 255) {
        snprintf(out, CHAR_TEXT_BYTES_MAX, "'%.*s' (code %" PRIu32 " / 0x%" PRIx32 ")", (int)bytes,
                 at, point, point);
    } else {
        snprintf(out, CHAR_TEXT_BYTES_MAX, "'%.*s' (code %" PRIu32 ")", (int)bytes, at, point);
    }
    return at + bytes;
}

/* One sentence around the description of the character at `at`. */
static bool fault_around(struct error *err, str text, const char *at, const char *before,
                         const char *after)
{
    char description[CHAR_TEXT_BYTES_MAX];
    const char *behind = describe(text, at, description);
    if (!behind) return json_fault_utf8(err, text, at);
    char message[ERROR_MESSAGE_BYTES_MAX];
    snprintf(message, sizeof message, "%s%s%s", before, description, after);
    return set_at(err, text, behind, message);
}

static bool is_space_fault(char c)
{
    return (unsigned char)c < 0x20 && c != '\n' && c != '\r' && c != '\t';
}

bool json_fault_char(struct error *err, str text, const char *at, const char *comment)
{
    char after[128];
    snprintf(after, sizeof after, "): %s", comment);
    return fault_around(err, text, at, "Unexpected character (", after);
}

/* A token is awaited: a control character there is Jackson's "illegal character". */
bool json_fault_token(struct error *err, str text, const char *at, const char *comment)
{
    if (is_space_fault(*at))
        return fault_around(
            err, text, at, "Illegal character (",
            "): only regular white space (\\r, \\n, \\t) is allowed between tokens");
    return json_fault_char(err, text, at, comment);
}

bool json_fault_number_char(struct error *err, str text, const char *at, const char *comment)
{
    char after[128];
    snprintf(after, sizeof after, ") in numeric value: %s", comment);
    return fault_around(err, text, at, "Unexpected character (", after);
}

bool json_fault_number(struct error *err, str text, const char *behind, const char *comment)
{
    char message[ERROR_MESSAGE_BYTES_MAX];
    snprintf(message, sizeof message, "Invalid numeric value: %s", comment);
    return set_at(err, text, behind, message);
}

bool json_fault_unquoted(struct error *err, str text, const char *at, enum json_string_role role)
{
    return fault_around(
        err, text, at, "Illegal unquoted character (",
        role == JSON_STRING_NAME
            ? "): has to be escaped using backslash to be included in name"
            : "): has to be escaped using backslash to be included in string value");
}

bool json_fault_escape(struct error *err, str text, const char *at)
{
    return fault_around(err, text, at, "Unrecognized character escape ", "");
}

bool json_fault_surrogate(struct error *err, str text, const char *at, uint32_t unit)
{
    char message[ERROR_MESSAGE_BYTES_MAX];
    snprintf(message, sizeof message,
             "Incomplete surrogate pair: \\u%04" PRIX32 " has no other half", unit);
    return set_at(err, text, at + 1, message);
}

bool json_fault_utf8(struct error *err, str text, const char *at)
{
    unsigned char lead = (unsigned char)*at;
    const char *end = text.ptr + text.len;
    char message[ERROR_MESSAGE_BYTES_MAX];
    if (lead < 0xC2 || lead > 0xF4) {
        snprintf(message, sizeof message, "Invalid UTF-8 start byte 0x%02x", lead);
        return set_at(err, text, at + 1, message);
    }
    if (at + 1 == end) return json_fault_end(err, text, " in a UTF-8 sequence");
    const char *middle = at + 1;
    while (middle + 1 < end && ((unsigned char)*middle & 0xC0) == 0x80 && middle < at + 3)
        middle++;
    snprintf(message, sizeof message, "Invalid UTF-8 middle byte 0x%02x", (unsigned char)*middle);
    return set_at(err, text, middle + 1, message);
}

/* Java's identifiers as far as ASCII goes; beyond it, everything but punctuation and symbols. */
static bool is_identifier_part(uint32_t point)
{
    if (point < 0x80)
        return (point >= '0' && point <= '9') || point == '_' || point == '$' ||
               ((point | 0x20) >= 'a' && (point | 0x20) <= 'z');
    bool is_symbol = (point >= 0x2000 && point <= 0x2BFF) || (point >= 0x3000 && point <= 0x3004) ||
                     (point >= 0x3008 && point <= 0x3020) || point == 0xFEFF ||
                     (point >= 0x1F000 && point <= 0x1FAFF);
    return point >= 0xAA && !is_symbol;
}

bool json_fault_value(struct error *err, str text, const char *at)
{
    const char *end = text.ptr + text.len;
    const char *behind = at;
    for (int chars = 0; behind < end && chars < TOKEN_CHARS_SHOWN_MAX; chars++) {
        uint32_t point = 0;
        size_t bytes = 0;
        if (!point_at(text, behind, &point, &bytes) || !is_identifier_part(point)) break;
        behind += bytes;
    }
    if (behind == at)
        return json_fault_token(err, text, at, "expected a valid value " EXPECTED_VALUES);
    str token = { at, (size_t)(behind - at) };
    if (str_eq(token, STR("NaN")) || str_eq(token, STR("Infinity"))) {
        char refused[ERROR_MESSAGE_BYTES_MAX];
        snprintf(
            refused, sizeof refused,
            "Non-standard token '%.*s': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to "
            "allow",
            STR_ARGS(token));
        return set_at(err, text, behind, refused);
    }
    bool cut = behind < end && behind - at >= TOKEN_CHARS_SHOWN_MAX;
    char message[ERROR_MESSAGE_BYTES_MAX * 4];
    snprintf(message, sizeof message, "Unrecognized token '%.*s%s': was expecting " EXPECTED_VALUES,
             (int)(behind - at), at, cut ? "..." : "");
    return set_at(err, text, behind, message);
}

bool json_fault_end(struct error *err, str text, const char *where)
{
    char message[ERROR_MESSAGE_BYTES_MAX];
    snprintf(message, sizeof message, "Unexpected end-of-input%s", where);
    return set_at(err, text, text.ptr + text.len, message);
}

bool json_fault_no_content(struct error *err, str text)
{
    return set_at(err, text, text.ptr + text.len, "No content to map due to end-of-input");
}

bool json_fault_depth(struct error *err, str text, const char *at)
{
    error_set(err, ERROR_TOO_DEEP,
              "Document nesting depth (%d) exceeds the maximum allowed (%d, from "
              "`StreamReadConstraints.getMaxNestingDepth()`)",
              JSON_DEPTH_MAX + 1, JSON_DEPTH_MAX);
    err->offset = (uint32_t)(at + 1 - text.ptr);
    return false;
}

/* ---- positions ---- */

void json_position(str text, size_t offset, uint32_t *line, uint32_t *column)
{
    ASSERT(offset <= text.len);
    *line = 1;
    *column = 1;
    for (size_t i = 0; i < offset; i++) {
        bool ends_line = text.ptr[i] == '\n' ||
                         (text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n'));
        if (ends_line) {
            ++*line;
            *column = 1;
        } else if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) {
            ++*column;
        }
    }
}

str json_source_location(struct arena *arena, str text, size_t offset)
{
    uint32_t line;
    uint32_t column;
    json_position(text, offset, &line, &column);
    size_t shown = 0;
    size_t rest = 0;
    size_t chars = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xC0) != 0x80) chars++;
        if (chars <= SOURCE_CHARS_SHOWN_MAX) shown = i + 1;
    }
    if (chars > SOURCE_CHARS_SHOWN_MAX) rest = chars - SOURCE_CHARS_SHOWN_MAX;
    char cut[POSITION_TEXT_BYTES_MAX] = "";
    if (rest > 0) snprintf(cut, sizeof cut, "[truncated %zu chars]", rest);
    return arena_printf(arena,
                        "[Source: (String)\"%.*s\"%s; line: %" PRIu32 ", column: %" PRIu32 "]",
                        (int)shown, text.ptr ? text.ptr : "", cut, line, column);
}

bool json_fault_unclosed(struct error *err, struct arena *arena, str text, bool is_object,
                         size_t start)
{
    str where = json_source_location(arena, text, start);
    error_set_long(err, arena, ERROR_SYNTAX,
                   "Unexpected end-of-input: expected close marker for %s (start marker at %.*s)",
                   is_object ? "Object" : "Array", STR_ARGS(where));
    err->offset = (uint32_t)text.len;
    return false;
}

bool json_fault_close(struct error *err, struct arena *arena, str text, const char *at,
                      const char *kind, size_t start)
{
    str where = json_source_location(arena, text, start);
    error_set_long(err, arena, ERROR_SYNTAX,
                   "Unexpected close marker '%c': expected '%c' (for %s starting at %.*s)", *at,
                   *at == ']' ? '}' : ']', kind, STR_ARGS(where));
    err->offset = (uint32_t)(at + 1 - text.ptr);
    return false;
}
