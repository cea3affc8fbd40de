/* Which route a request is for. The more specific path wins, segment by segment: a literal before a
 * parameter before a greedy one; then the method that is named before ANY. Source: "Routing API
 * requests" in the Developer Guide. */
#include "base/limits.h"
#include "http/form.h"
#include "services/gateway/internal.h"

enum segment_kind { SEGMENT_GREEDY, SEGMENT_PARAMETER, SEGMENT_LITERAL };

/* The next segment of what is left of a path that begins with a slash; false at its end. */
static bool take_segment(str *path, str *segment)
{
    if (path->len == 0) return false;
    size_t end = str_find_char(*path, '/', 1);
    *segment = str_slice(*path, 1, end);
    *path = str_skip(*path, end);
    return true;
}

static str without_slash(str path)
{
    return str_ends_with(path, STR("/")) ? str_slice(path, 0, path.len - 1) : path;
}

static enum segment_kind kind_of(str segment)
{
    if (!str_starts_with(segment, STR("{")) || !str_ends_with(segment, STR("}")))
        return SEGMENT_LITERAL;
    return str_ends_with(segment, STR("+}")) ? SEGMENT_GREEDY : SEGMENT_PARAMETER;
}

static str name_of(str segment)
{
    size_t end = segment.len - (kind_of(segment) == SEGMENT_GREEDY ? 2 : 1);
    return str_slice(segment, 1, end);
}

bool match_is_template(str path)
{
    str segment, names[GATEWAY_PATH_SEGMENTS_MAX];
    size_t segments = 0, count = 0, chars;
    bool is_over = false;
    if (!str_starts_with(path, STR("/")) || !str_utf8_count(path, &chars)) return false;
    path = without_slash(path);
    while (take_segment(&path, &segment)) {
        enum segment_kind kind = kind_of(segment);
        if (is_over || segment.len == 0 || ++segments > GATEWAY_PATH_SEGMENTS_MAX) return false;
        is_over = kind == SEGMENT_GREEDY;
        if (kind == SEGMENT_LITERAL) {
            if (str_find_char(segment, '{', 0) < segment.len ||
                str_find_char(segment, '}', 0) < segment.len)
                return false;
            continue;
        }
        str name = name_of(segment);
        if (name.len == 0 || str_find_char(name, '{', 0) < name.len ||
            str_find_char(name, '}', 0) < name.len)
            return false;
        for (size_t i = 0; i < count; i++)
            if (str_eq(names[i], name)) return false;
        names[count++] = name;
    }
    return true;
}

static bool fits(str template, str path)
{
    str want, have;
    template = without_slash(template);
    while (take_segment(&template, &want)) {
        enum segment_kind kind = kind_of(want);
        if (kind == SEGMENT_GREEDY) return path.len > 1;
        if (!take_segment(&path, &have)) return false;
        if (kind == SEGMENT_LITERAL ? !str_eq(want, have) : have.len == 0) return false;
    }
    return path.len == 0;
}

/* Positive if `a` is the more specific of two templates that fit the same path. */
static int compare_templates(str a, str b)
{
    str in_a, in_b;
    a = without_slash(a);
    b = without_slash(b);
    while (take_segment(&a, &in_a) && take_segment(&b, &in_b)) {
        int difference = (int)kind_of(in_a) - (int)kind_of(in_b);
        if (difference != 0) return difference;
    }
    return 0;
}

static bool is_default(str template)
{
    return str_eq(template, STR("$default"));
}

static bool is_better(json candidate, json best)
{
    str new_path = json_text_of(candidate, STR("p")), old_path = json_text_of(best, STR("p"));
    if (is_default(new_path)) return false;
    if (is_default(old_path)) return true;
    int difference = compare_templates(new_path, old_path);
    if (difference != 0) return difference > 0;
    return str_eq(json_text_of(best, STR("m")), STR("ANY"));
}

static json params_of(str template, str path, struct arena *arena)
{
    struct json_fields params;
    struct error ignored = { 0 };
    str want, have = { 0 }, text;
    json_fields_init(&params, arena);
    if (is_default(template)) return json_fields_done(&params);
    template = without_slash(template);
    while (take_segment(&template, &want)) {
        enum segment_kind kind = kind_of(want);
        if (kind == SEGMENT_GREEDY)
            have = str_skip(path, 1);
        else if (!take_segment(&path, &have))
            break;
        if (kind == SEGMENT_LITERAL) continue;
        if (!form_decode(have, false, arena, &text, &ignored)) text = have;
        json_fields_add(&params, name_of(want), json_string(text));
    }
    return json_fields_done(&params);
}

int match_route(json routes, str method, str path, struct arena *arena, json *params)
{
    int best = -1;
    str bare = without_slash(path);
    for (size_t i = 0; i < json_count(routes); i++) {
        json route = json_at(routes, i);
        str template = json_text_of(route, STR("p")), of = json_text_of(route, STR("m"));
        if (!str_eq(of, STR("ANY")) && !str_eq(of, method)) continue;
        if (!is_default(template) && !fits(template, bare)) continue;
        if (best >= 0 && !is_better(route, json_at(routes, (size_t)best))) continue;
        best = (int)i;
    }
    if (best >= 0)
        *params = params_of(json_text_of(json_at(routes, (size_t)best), STR("p")), path, arena);
    return best;
}
