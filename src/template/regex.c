/* replaceAll, replaceFirst, matches, split: Java's regular expressions, run by PCRE2 with a match
 * limit and a heap limit. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "template/internal.h"

enum { GROUPS_MAX = 100 };

struct regex {
    pcre2_code *code;
    pcre2_match_data *data;
    pcre2_match_context *limits;
    size_t groups; /* of the last match, with group 0; those behind have not taken part */
};

static void *allocate(PCRE2_SIZE bytes, void *arena)
{
    return arena_alloc(arena, bytes);
}

static void release(void *block, void *arena)
{
    (void)block;
    (void)arena;
}

static bool compile(struct run *run, str pattern, uint32_t options, struct regex *out)
{
    if (pattern.len > TEMPLATE_PATTERN_BYTES_MAX)
        return vtl_run_fail(run, ERROR_TOO_LARGE,
                            "a regular expression of the template is too long");
    pcre2_general_context *memory = pcre2_general_context_create(allocate, release, run->arena);
    ASSERT(memory != NULL);
    pcre2_compile_context *context = pcre2_compile_context_create(memory);
    ASSERT(context != NULL);
    int code = 0;
    PCRE2_SIZE offset = 0;
    const char *bytes = pattern.ptr ? pattern.ptr : "";
    out->code =
        pcre2_compile((PCRE2_SPTR)bytes, pattern.len, options | PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C,
                      &code, &offset, context);
    if (!out->code)
        return vtl_run_fail(run, ERROR_SYNTAX, "a regular expression of the template is not valid");
    out->data = pcre2_match_data_create(GROUPS_MAX, memory);
    out->limits = pcre2_match_context_create(memory);
    ASSERT(out->data != NULL && out->limits != NULL);
    pcre2_set_match_limit(out->limits, TEMPLATE_MATCHES_MAX);
    pcre2_set_heap_limit(out->limits, EXPR_REGEX_HEAP_KIB_MAX);
    return true;
}

enum found { FOUND_NOTHING, FOUND_MATCH, FOUND_LIMIT };

static enum found find(struct regex *regex, str text, size_t from)
{
    const char *bytes = text.ptr ? text.ptr : "";
    int groups = pcre2_match(regex->code, (PCRE2_SPTR)bytes, text.len, from, PCRE2_NO_UTF_CHECK,
                             regex->data, regex->limits);
    regex->groups = groups > 0 ? (size_t)groups : 0;
    if (groups >= 0) return FOUND_MATCH;
    return groups == PCRE2_ERROR_NOMATCH ? FOUND_NOTHING : FOUND_LIMIT;
}

static bool fail_limit(struct run *run)
{
    return vtl_run_fail(run, ERROR_TOO_LARGE,
                        "a regular expression of the template takes too long");
}

static str group_text(const struct regex *regex, str text, size_t group)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->data);
    if (group >= regex->groups) return STR("");
    if (ends[2 * group] == PCRE2_UNSET || ends[2 * group] > ends[2 * group + 1]) return STR("");
    return str_slice(text, ends[2 * group], ends[2 * group + 1]);
}

/* Java's replacements: $1 is a group, \c the character c. */
static void add_replacement(struct buf *buf, const struct regex *regex, str text, str replacement)
{
    for (size_t i = 0; i < replacement.len; i++) {
        char c = replacement.ptr[i], next = str_at(replacement, i + 1);
        if (c == '$' && next >= '0' && next <= '9') {
            buf_add(buf, group_text(regex, text, (size_t)(next - '0')));
            i++;
        } else if (c == '\\' && i + 1 < replacement.len) {
            buf_add_char(buf, next);
            i++;
        } else {
            buf_add_char(buf, c);
        }
    }
}

static size_t next_character(str text, size_t at)
{
    if (at < text.len) (void)str_utf8_next(text, &at);
    return at;
}

bool vtl_regex_replace(struct run *run, str text, str pattern, str replacement, bool all, str *out)
{
    struct regex regex = { 0 };
    if (!compile(run, pattern, 0, &regex)) return false;
    struct buf buf;
    buf_init(&buf, run->arena);
    size_t copied = 0, from = 0;
    bool more = true;
    while (more && from <= text.len) {
        enum found found = find(&regex, text, from);
        if (found == FOUND_LIMIT) return fail_limit(run);
        if (found == FOUND_NOTHING) break;
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex.data);
        size_t begin = ends[0], end = ends[1];
        if (begin < copied || end < begin) break; /* \K in a lookaround */
        buf_add(&buf, str_slice(text, copied, begin));
        add_replacement(&buf, &regex, text, replacement);
        copied = end;
        from = end > begin ? end : next_character(text, end);
        more = all && !(end == begin && end == text.len);
        if (!vtl_run_step(run, 1)) return false;
        if (buf.len > TEMPLATE_OUTPUT_BYTES_MAX)
            return vtl_run_fail(run, ERROR_TOO_LARGE,
                                "the template makes a text that is too large");
    }
    buf_add(&buf, str_skip(text, copied));
    *out = buf.len > 0 ? buf_str(&buf) : STR("");
    return true;
}

bool vtl_regex_matches(struct run *run, str text, str pattern, bool *out)
{
    struct regex regex = { 0 };
    if (!compile(run, pattern, PCRE2_ANCHORED | PCRE2_ENDANCHORED, &regex)) return false;
    enum found found = find(&regex, text, 0);
    *out = found == FOUND_MATCH;
    return found != FOUND_LIMIT ? true : fail_limit(run);
}

static bool add_piece(struct run *run, struct list *list, str text, size_t from, size_t to)
{
    return vtl_list_add(run, list, vtl_value_string(str_slice(text, from, to)));
}

/* As Java's: no empty piece before a match of nothing at the start; without a limit no empty pieces
 * at the end. */
bool vtl_regex_split(struct run *run, str text, str pattern, int64_t limit, struct list *out)
{
    struct regex regex = { 0 };
    if (!compile(run, pattern, 0, &regex)) return false;
    size_t copied = 0, from = 0;
    while (from <= text.len && (limit <= 0 || out->count + 1 < (uint64_t)limit)) {
        enum found found = find(&regex, text, from);
        if (found == FOUND_LIMIT) return fail_limit(run);
        if (found == FOUND_NOTHING) break;
        const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex.data);
        size_t begin = ends[0], end = ends[1];
        if (begin < copied || end < begin) break;
        bool nothing = end == begin && (begin == 0 || begin == text.len);
        if (!nothing) {
            if (!add_piece(run, out, text, copied, begin)) return false;
            copied = end;
        }
        if (begin == text.len) break;
        from = end > begin ? end : next_character(text, end);
    }
    if (!add_piece(run, out, text, copied, text.len)) return false;
    if (limit != 0 || out->count == 1) return true;
    while (out->count > 0 && str_is_empty(out->items[out->count - 1].text))
        out->count--;
    return true;
}
