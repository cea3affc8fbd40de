/* A group's lines as values, without copying what they say. */
#include <stdlib.h>

#include "services/logs/logs.h"

static bool take(str line, size_t *at, str text)
{
    if (!str_starts_with(str_skip(line, *at), text)) return false;
    *at += text.len;
    return true;
}

static bool take_number(str line, size_t *at, int64_t *out)
{
    size_t from = *at;
    while ((str_at(line, *at) >= '0' && str_at(line, *at) <= '9') || str_at(line, *at) == '-')
        (*at)++;
    return str_to_i64(str_slice(line, from, *at), out);
}

/* A JSON string with its quotes. */
static bool take_string(str line, size_t *at, str *out)
{
    size_t from = *at;
    if (str_at(line, from) != '"') return false;
    for (size_t i = from + 1; i < line.len; i++) {
        if (line.ptr[i] == '\\') {
            i++;
        } else if (line.ptr[i] == '"') {
            *at = i + 1;
            *out = str_slice(line, from, *at);
            return true;
        }
    }
    return false;
}

/* As effects/logs.c writes it. A line of other make (a damaged file) is passed over. */
static bool read_line(str line, struct log_line *out)
{
    size_t at = 0;
    int64_t id;
    if (!take(line, &at, STR("{\"id\":")) || !take_number(line, &at, &id)) return false;
    if (!take(line, &at, STR(",\"timestamp\":")) || !take_number(line, &at, &out->timestamp))
        return false;
    if (!take(line, &at, STR(",\"stream\":")) || !take_string(line, &at, &out->stream))
        return false;
    if (!take(line, &at, STR(",\"message\":")) || !take_string(line, &at, &out->message))
        return false;
    out->id = (uint64_t)id;
    return true;
}

static int compare_lines(const void *a, const void *b)
{
    const struct log_line *left = a, *right = b;
    if (left->timestamp != right->timestamp) return left->timestamp < right->timestamp ? -1 : 1;
    return (left->id > right->id) - (left->id < right->id);
}

static bool are_sorted(const struct log_lines *lines)
{
    for (size_t i = 1; i < lines->count; i++)
        if (lines->items[i].timestamp < lines->items[i - 1].timestamp) return false;
    return true;
}

struct log_lines log_lines_read(const struct source *source, const struct log_group_record *group)
{
    struct effects *effects = log_effects(source);
    struct log_lines lines = { 0 };
    if (!effects) return lines;
    str text = effects_log_text(effects, group->name, source->arena);
    int64_t oldest = INT64_MIN;
    if (group->retention > 0) oldest = source->now_ms - group->retention * 86400 * 1000;
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    lines.items = arena_array(source->arena, count, sizeof *lines.items);
    for (size_t at = 0; at < text.len;) {
        size_t end = str_find_char(text, '\n', at);
        struct log_line *line = &lines.items[lines.count];
        if (end < text.len && read_line(str_slice(text, at, end), line) &&
            line->timestamp >= oldest)
            lines.count++;
        at = end + 1;
    }
    if (!are_sorted(&lines)) qsort(lines.items, lines.count, sizeof *lines.items, compare_lines);
    return lines;
}
