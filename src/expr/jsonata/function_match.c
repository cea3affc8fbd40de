/* $match, $contains, $replace and $split: strings and matchers.
 *
 * A matcher is a function from a string to an object {match, start, end, groups, next}. Regular
 * expressions are matchers that these functions run directly; functions of the user's are called.
 */
#include "expr/jsonata/value.h"

#include <math.h>

/* One match, wherever it comes from. */
struct found {
    bool exists;
    size_t start, end; /* byte offsets in the subject */
    json match;        /* the matched text, as the matcher gave it */
    json groups;       /* array */
    json next;         /* function, of a user's matcher */
};

struct matching {
    struct ev *ev;
    struct frame *frame;
    json matcher;
    const struct regex *regex; /* NULL: a user's function */
    str subject;
    bool started;
    size_t counted; /* bytes of the subject that are `units` UTF-16 units */
    uint32_t units;
};

/* UTF-16 units before a byte offset; matches come in order, so the count goes on where it was. */
static json units_at(struct matching *m, size_t offset)
{
    if (offset < m->counted) m->counted = m->units = 0;
    m->units += error_units(str_skip(m->subject, m->counted), offset - m->counted);
    m->counted = offset;
    return json_double(m->units);
}

static void start_matching(struct matching *m, struct jsonata_call *call, json matcher, str subject)
{
    const struct function *f = function_of(matcher);
    *m = (struct matching){
        .ev = call->ev, .frame = call->frame, .matcher = matcher, .subject = subject
    };
    if (f->type == FUNCTION_REGEX) m->regex = f->node->regex;
}

/* Byte offset of UTF-16 unit `units`. */
static size_t offset_of_units(str s, double units)
{
    size_t at = 0;
    double seen = 0;
    while (at < s.len && seen < units) {
        unsigned char c = (unsigned char)s.ptr[at];
        seen += c >= 0xF0 ? 2 : 1;
        at++;
        while (at < s.len && ((unsigned char)s.ptr[at] & 0xC0) == 0x80)
            at++;
    }
    return at;
}

static bool from_object(struct matching *m, json v, struct found *out)
{
    if (is_undefined(v)) {
        out->exists = false;
        return true;
    }
    json start = undefined(), end = undefined(), groups = undefined(), next = undefined();
    json match = undefined();
    if (v.kind == JSON_OBJECT) {
        start = member_of(v, STR("start"));
        end = member_of(v, STR("end"));
        groups = member_of(v, STR("groups"));
        next = member_of(v, STR("next"));
        match = member_of(v, STR("match"));
    }
    if (start.kind != JSON_NUMBER && end.kind != JSON_NUMBER && groups.kind != JSON_ARRAY &&
        !is_function(next)) {
        fail(m->ev, "T1010", 0);
        return false;
    }
    *out = (struct found){ .exists = true, .match = match, .groups = groups, .next = next };
    double from = start.kind == JSON_NUMBER ? number_of(start) : 0;
    double to = end.kind == JSON_NUMBER ? number_of(end) : from;
    out->start = offset_of_units(m->subject, from);
    out->end = offset_of_units(m->subject, to);
    if (out->end < out->start) out->end = out->start;
    return true;
}

static bool run_regex(struct matching *m, size_t at, struct found *out)
{
    struct regex_match match;
    int result = regex_match(m->ev, m->regex, m->subject, at, &match);
    if (result < 0) return false;
    out->exists = result > 0;
    if (!out->exists) return true;
    if (m->started && match.start == match.end) {
        fail(m->ev, "D1004", 0);
        return false;
    }
    json *groups = ev_alloc(m->ev, ((uint64_t)match.group_count + 1) * sizeof *groups);
    if (!groups) return false;
    for (uint32_t i = 0; i < match.group_count; i++) {
        groups[i] = match.groups[i].ptr ? json_string(match.groups[i]) : undefined();
    }
    out->start = match.start;
    out->end = match.end;
    out->match = json_string(str_slice(m->subject, match.start, match.end));
    out->groups = array_value(groups, match.group_count, 0);
    return true;
}

/* The first match, then the one behind `out`. False after a failure. */
static bool next_match(struct matching *m, struct found *out)
{
    if (!spend(m->ev, 1)) return false;
    if (m->regex) {
        size_t at = m->started ? out->end : 0;
        if (m->started && at >= m->subject.len) {
            out->exists = false;
            return true;
        }
        bool ok = run_regex(m, at, out);
        m->started = true;
        return ok;
    }
    json v;
    if (!m->started) {
        json subject = json_string(m->subject);
        v = call_function(m->ev, m->matcher, &subject, 1, json_null(), m->frame);
    } else if (is_function(out->next)) {
        v = call_function(m->ev, out->next, NULL, 0, json_null(), m->frame);
    } else {
        v = fail(m->ev, "T1010", 0);
    }
    m->started = true;
    return !is_failed(v) && from_object(m, v, out);
}

/* ---- $contains ---- */

json builtin_contains(struct jsonata_call *call)
{
    json v = call_argument(call, 0), token = call_argument(call, 1);
    if (is_undefined(v) || is_undefined(token)) return undefined();
    str s = json_str(v);
    if (!spend(call->ev, s.len / 32)) return failed();
    if (token.kind == JSON_STRING) {
        str wanted = json_str(token);
        return json_bool(wanted.len == 0 || str_find(s, wanted, 0) < s.len);
    }
    struct matching m;
    struct found found = { 0 };
    start_matching(&m, call, token, s);
    return next_match(&m, &found) ? json_bool(found.exists) : failed();
}

/* ---- $match ---- */

static json fail_limit(struct jsonata_call *call, const char *code, json limit)
{
    return fail_value(call->ev, code, 0, limit);
}

/* An optional count; infinite if it is not given. */
static double limit_of(json v)
{
    return is_undefined(v) ? INFINITY : number_of(v);
}

static json match_object(struct matching *m, const struct found *found)
{
    struct json_fields fields;
    json_fields_init(&fields, m->ev->arena);
    if (!is_undefined(found->match)) json_fields_add(&fields, STR("match"), found->match);
    json_fields_add(&fields, STR("index"), units_at(m, found->start));
    if (!is_undefined(found->groups)) json_fields_add(&fields, STR("groups"), found->groups);
    return json_fields_done(&fields);
}

json builtin_match(struct jsonata_call *call)
{
    json v = call_argument(call, 0), limit_value = call_argument(call, 2);
    if (is_undefined(v)) return v;
    double limit = limit_of(limit_value);
    if (limit < 0) return fail_limit(call, "D3040", limit_value);
    struct ev *ev = call->ev;
    struct matching m;
    struct found found = { 0 };
    size_t base = ev->stack_count;
    if (limit > 0) {
        start_matching(&m, call, call_argument(call, 1), json_str(v));
        if (!next_match(&m, &found)) return failed();
        for (uint64_t count = 0; found.exists && (double)count < limit; count++) {
            if (!ev_can_alloc(ev, 512)) return failed();
            if (!ev_push(ev, match_object(&m, &found)) || !next_match(&m, &found)) return failed();
        }
    }
    return ev_take(ev, base, IS_SEQUENCE);
}

/* ---- $split ---- */

/* JavaScript splits by '' into UTF-16 units; halves of pairs are kept in three bytes each. */
static bool push_units(struct ev *ev, str s, double limit)
{
    uint64_t count = 0;
    for (size_t at = 0; at < s.len && (double)count < limit;) {
        size_t start = at;
        uint32_t point = utf8_next(s, &at);
        if (point < 0x10000) {
            if (!ev_push(ev, json_string(str_slice(s, start, at)))) return false;
            count++;
            continue;
        }
        uint32_t halves[2] = { 0xD7C0 + (point >> 10), 0xDC00 + (point & 0x3FF) };
        for (int h = 0; h < 2 && (double)count < limit; h++, count++) {
            char *text = ev_alloc(ev, 3);
            if (!text) return false;
            text[0] = (char)0xED;
            text[1] = (char)(0x80 | ((halves[h] >> 6) & 0x3F));
            text[2] = (char)(0x80 | (halves[h] & 0x3F));
            ev->surrogates = true;
            if (!ev_push(ev, json_string((str){ text, 3 }))) return false;
        }
    }
    return true;
}

static bool push_parts(struct ev *ev, str s, str separator, double limit)
{
    if (!spend(ev, s.len / 8)) return false;
    if (separator.len == 0) return push_units(ev, s, limit);
    size_t from = 0;
    for (uint64_t count = 0; (double)count < limit; count++) {
        size_t at = str_find(s, separator, from);
        if (!ev_push(ev, json_string(str_slice(s, from, at)))) return false;
        if (at == s.len) return true;
        from = at + separator.len;
    }
    return true;
}

static bool push_between(struct matching *m, double limit)
{
    struct ev *ev = m->ev;
    struct found found = { 0 };
    size_t from = 0;
    uint64_t count = 0;
    if (!next_match(m, &found)) return false;
    for (; found.exists && (double)count < limit; count++) {
        size_t to = found.start < from ? from : found.start;
        if (!ev_push(ev, json_string(str_slice(m->subject, from, to)))) return false;
        from = found.end < from ? from : found.end;
        if (!next_match(m, &found)) return false;
    }
    return (double)count >= limit || ev_push(ev, json_string(str_skip(m->subject, from)));
}

json builtin_split(struct jsonata_call *call)
{
    json v = call_argument(call, 0), separator = call_argument(call, 1);
    json limit_value = call_argument(call, 2);
    if (is_undefined(v)) return v;
    double limit = limit_of(limit_value);
    if (limit < 0) return fail_limit(call, "D3020", limit_value);
    struct ev *ev = call->ev;
    size_t base = ev->stack_count;
    str s = json_str(v);
    if (separator.kind == JSON_STRING) {
        if (isfinite(limit)) limit = floor(limit);
        if (!push_parts(ev, s, json_str(separator), limit)) return failed();
    } else if (is_undefined(separator)) {
        if (limit >= 1 && !ev_push(ev, v)) return failed();
    } else if (limit > 0) {
        struct matching m;
        start_matching(&m, call, separator, s);
        if (!push_between(&m, limit)) return failed();
    }
    return ev_take(ev, base, 0);
}

/* ---- $replace ---- */

struct replacing {
    struct matching m;
    json replacement;
    struct buf out;
};

/* Digits at text.ptr[at], at most `most`: their value, or -1 if there is none; *used of them. */
static int64_t read_digits(str text, size_t at, size_t most, size_t *used)
{
    int64_t value = 0;
    *used = 0;
    while (*used < most && at + *used < text.len) {
        char c = text.ptr[at + *used];
        if (c < '0' || c > '9') break;
        value = value * 10 + (c - '0');
        ++*used;
    }
    return *used > 0 ? value : -1;
}

static size_t decimal_digits(int64_t n)
{
    size_t digits = 1;
    for (; n >= 10; n /= 10)
        digits++;
    return digits;
}

/* Writes what `$n` at text.ptr[at] (behind the dollar) stands for; returns where to go on. */
static size_t add_group(struct buf *out, str text, size_t at, const struct found *found)
{
    uint32_t count = found->groups.kind == JSON_ARRAY ? found->groups.count : 0;
    size_t most = count == 0 ? 1 : decimal_digits(count), used;
    int64_t index = read_digits(text, at, most, &used);
    if (most > 1 && index > (int64_t)count) index = read_digits(text, at, most - 1, &used);
    if (index < 0) {
        buf_add_char(out, '$');
        return at;
    }
    if (index >= 1 && index <= (int64_t)count) {
        json group = item_at(found->groups, (uint32_t)index - 1);
        if (group.kind == JSON_STRING) buf_add(out, json_str(group));
    }
    return at + decimal_digits(index);
}

static void add_substitute(struct buf *out, str text, const struct found *found)
{
    size_t at = 0;
    while (at < text.len) {
        size_t dollar = str_find_char(text, '$', at);
        buf_add(out, str_slice(text, at, dollar));
        if (dollar == text.len) return;
        at = dollar + 1;
        char c = str_at(text, at);
        if (c == '$') {
            buf_add_char(out, '$');
            at++;
        } else if (c == '0') {
            if (found->match.kind == JSON_STRING) buf_add(out, json_str(found->match));
            at++;
        } else {
            at = add_group(out, text, at, found);
        }
    }
}

/* What a replacement function is given. */
static json replacer_argument(struct matching *m, const struct found *found)
{
    struct json_fields fields;
    json_fields_init(&fields, m->ev->arena);
    if (!is_undefined(found->match)) json_fields_add(&fields, STR("match"), found->match);
    json_fields_add(&fields, STR("start"), units_at(m, found->start));
    json_fields_add(&fields, STR("end"), units_at(m, found->end));
    if (!is_undefined(found->groups)) json_fields_add(&fields, STR("groups"), found->groups);
    return json_fields_done(&fields);
}

static bool add_replacement(struct replacing *r, const struct found *found)
{
    struct ev *ev = r->m.ev;
    if (r->replacement.kind == JSON_STRING) {
        uint64_t bytes = (uint64_t)r->replacement.count * 8 + r->m.subject.len;
        if (!ev_can_alloc(ev, bytes)) return false;
        add_substitute(&r->out, json_str(r->replacement), found);
        return true;
    }
    json argument = replacer_argument(&r->m, found);
    json v = call_function(ev, r->replacement, &argument, 1, json_null(), r->m.frame);
    if (is_failed(v)) return false;
    if (v.kind != JSON_STRING) {
        fail_value(ev, "D3012", 0, v);
        return false;
    }
    if (!ev_can_alloc(ev, v.count)) return false;
    buf_add(&r->out, json_str(v));
    return true;
}

static bool replace_matches(struct replacing *r, double limit)
{
    struct found found = { 0 };
    size_t position = 0;
    if (!next_match(&r->m, &found)) return false;
    for (uint64_t count = 0; found.exists && (double)count < limit; count++) {
        size_t start = found.start < position ? position : found.start;
        buf_add(&r->out, str_slice(r->m.subject, position, start));
        if (!add_replacement(r, &found)) return false;
        size_t bytes = found.match.kind == JSON_STRING ? found.match.count : 0;
        position = found.start + bytes;
        if (position > r->m.subject.len) position = r->m.subject.len;
        if (!next_match(&r->m, &found)) return false;
    }
    buf_add(&r->out, str_skip(r->m.subject, position));
    return true;
}

static bool replace_nothing(struct replacing *r)
{
    buf_add(&r->out, r->m.subject);
    return true;
}

/* A plain pattern and its replacement are taken literally. */
static bool replace_text(struct replacing *r, str pattern, double limit)
{
    struct ev *ev = r->m.ev;
    str s = r->m.subject;
    if (r->replacement.kind != JSON_STRING) {
        if (str_find(s, pattern, 0) == s.len) return replace_nothing(r);
        fail_value(ev, "D3012", 0, r->replacement);
        return false;
    }
    str with = json_str(r->replacement);
    size_t position = 0;
    if (!spend(ev, s.len / 16)) return false;
    for (uint64_t count = 0; (double)count < limit; count++) {
        size_t at = str_find(s, pattern, position);
        if (at == s.len) break;
        if (!ev_can_alloc(ev, (uint64_t)with.len + (at - position) + 64) || !spend(ev, 1)) {
            return false;
        }
        buf_add(&r->out, str_slice(s, position, at));
        buf_add(&r->out, with);
        position = at + pattern.len;
    }
    buf_add(&r->out, str_skip(s, position));
    return true;
}

json builtin_replace(struct jsonata_call *call)
{
    json v = call_argument(call, 0), pattern = call_argument(call, 1);
    json limit_value = call_argument(call, 3);
    if (is_undefined(v)) return v;
    if (pattern.kind == JSON_STRING && pattern.count == 0) {
        return fail_value(call->ev, "D3010", 0, pattern);
    }
    double limit = limit_of(limit_value);
    if (limit < 0) return fail_limit(call, "D3011", limit_value);
    struct replacing r = { .replacement = call_argument(call, 2) };
    if (!(limit > 0) || is_undefined(pattern)) return v;
    if (is_undefined(r.replacement)) r.replacement = json_string(STR("undefined"));
    buf_init(&r.out, call->ev->arena);
    bool ok;
    if (pattern.kind == JSON_STRING) {
        r.m = (struct matching){ .ev = call->ev, .frame = call->frame, .subject = json_str(v) };
        ok = replace_text(&r, json_str(pattern), limit);
    } else {
        start_matching(&r.m, call, pattern, json_str(v));
        ok = replace_matches(&r, limit);
    }
    return ok ? json_string(buf_str(&r.out)) : failed();
}
