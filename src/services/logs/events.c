/* PutLogEvents, GetLogEvents, FilterLogEvents. */
#include "services/logs/logs.h"

enum {
    EVENTS_LIMIT_DEFAULT = 10000,
    READ_LIMIT_DEFAULT = 1000,
    PAST_MS_MAX = 14 * 86400 * 1000, /* AWS: older events are rejected */
    FUTURE_MS_MAX = 2 * 3600 * 1000, /* and later ones, too */
    EVENT_OVERHEAD_BYTES = 26,       /* AWS counts so much for each event beside its message */
};

/* ---- writing ---- */

static json event_at(json events, size_t index, int64_t *timestamp)
{
    *timestamp = json_i64_or(json_at(events, index), STR("timestamp"), 0);
    return json_at(events, index);
}

static bool check_batch(json events, struct error *err)
{
    int64_t last = INT64_MIN, timestamp;
    size_t bytes = 0;
    for (size_t i = 0; i < json_count(events); i++) {
        json event = event_at(events, i, &timestamp);
        bytes += json_str_or(event, STR("message"), STR("")).len + EVENT_OVERHEAD_BYTES;
        if (timestamp < last)
            return error_set(err, ERROR_LOGS_INVALID_PARAMETER,
                             "Log events in a single PutLogEvents request must be in "
                             "chronological order.");
        last = timestamp;
    }
    if (bytes <= LOG_PAGE_BYTES_MAX) return true;
    return error_set(err, ERROR_LOGS_INVALID_PARAMETER,
                     "Upload too large: %zu bytes exceeds limit "
                     "of %d",
                     bytes, LOG_PAGE_BYTES_MAX);
}

/* What was too old or too new: indexes as AWS counts them. */
struct rejected {
    int64_t old_end, expired_end, new_start; /* -1: none */
};

static void reply_rejected(struct request *request, const struct rejected *rejected)
{
    struct buf *out = reply_begin(request);
    reply_str(out, "nextSequenceToken", STR("0"));
    if (rejected->old_end >= 0 || rejected->expired_end >= 0 || rejected->new_start >= 0) {
        reply_name(out, "rejectedLogEventsInfo");
        reply_open(out);
        if (rejected->new_start >= 0)
            reply_i64(out, "tooNewLogEventStartIndex", rejected->new_start);
        if (rejected->old_end >= 0) reply_i64(out, "tooOldLogEventEndIndex", rejected->old_end);
        if (rejected->expired_end >= 0)
            reply_i64(out, "expiredLogEventEndIndex", rejected->expired_end);
        reply_close(out);
    }
    reply_close(out);
}

static void add_events(const struct source *source, const struct log_group_record *group,
                       str stream, json events, struct rejected *rejected)
{
    struct effects *effects = log_effects(source);
    int64_t now = source->now_ms, timestamp;
    int64_t expired = INT64_MIN;
    if (group->retention > 0) expired = now - group->retention * 86400 * 1000;
    for (size_t i = 0; i < json_count(events); i++) {
        json event = event_at(events, i, &timestamp);
        if (timestamp < now - PAST_MS_MAX) {
            rejected->old_end = (int64_t)i + 1;
        } else if (timestamp < expired) {
            rejected->expired_end = (int64_t)i + 1;
        } else if (timestamp > now + FUTURE_MS_MAX) {
            if (rejected->new_start < 0) rejected->new_start = (int64_t)i;
        } else if (effects) {
            effects_log_add(effects, group->name, stream, timestamp,
                            json_str_or(event, STR("message"), STR("")));
        }
    }
    if (effects) effects_log_flush(effects);
}

enum handled handle_put_log_events(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct log_group_record group = { 0 };
    json events = *json_find(request->params, STR("logEvents"));
    str stream = json_str_or(request->params, STR("logStreamName"), STR(""));
    if (!log_group_expect(&source, request->params, &group, err) || !check_batch(events, err))
        return HANDLED_FAILED;
    if (!log_stream_exists(&source, &group, stream)) {
        log_stream_missing(err);
        return HANDLED_FAILED;
    }
    struct rejected rejected = { -1, -1, -1 };
    add_events(&source, &group, stream, events, &rejected);
    reply_rejected(request, &rejected);
    return HANDLED;
}

/* ---- what both readers share ---- */

struct window {
    int64_t from, to; /* of times: from <= t <= to */
};

/* GetLogEvents shows no event of endTime itself, FilterLogEvents does. */
static struct window window_of(json params, bool end_included)
{
    int64_t to = json_i64_or(params, STR("endTime"), INT64_MAX);
    if (to < INT64_MAX && !end_included) to--;
    return (struct window){ json_i64_or(params, STR("startTime"), INT64_MIN), to };
}

static bool is_inside(const struct window *window, const struct log_line *line)
{
    return line->timestamp >= window->from && line->timestamp <= window->to;
}

/* A place between lines: behind the line of that time and id. */
struct place {
    int64_t timestamp;
    uint64_t id;
};

static int compare_place(const struct log_line *line, struct place place)
{
    if (line->timestamp != place.timestamp) return line->timestamp < place.timestamp ? -1 : 1;
    return (line->id > place.id) - (line->id < place.id);
}

static str place_text(const struct source *source, char kind, struct place place)
{
    return arena_printf(source->arena, "%c/%lld/%llu", kind, (long long)place.timestamp,
                        (unsigned long long)place.id);
}

/* "f/TIME/ID". */
static bool read_place(const struct source *source, str scope, str given, char *kind,
                       struct place *out, struct error *err)
{
    str text;
    int64_t id;
    if (!page_token_decode(source, scope, given, &text, err) || text.len < 4)
        return error_set(err, ERROR_LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
    size_t slash = str_find_char(text, '/', 2);
    if (slash == text.len || !str_to_i64(str_slice(text, 2, slash), &out->timestamp) ||
        !str_to_i64(str_skip(text, slash + 1), &id))
        return error_set(err, ERROR_LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
    *kind = text.ptr[0];
    out->id = (uint64_t)id;
    return true;
}

static void reply_raw(struct buf *out, const char *name, str json_text)
{
    reply_name(out, name);
    buf_add(out, json_text);
}

static void reply_event(struct buf *out, const struct log_line *line)
{
    reply_open(out);
    reply_i64(out, "timestamp", line->timestamp);
    reply_raw(out, "message", line->message);
    reply_i64(out, "ingestionTime", line->timestamp);
}

static str quoted(const struct source *source, str text)
{
    struct buf buf;
    buf_init(&buf, source->arena);
    json_write_str(&buf, text);
    return buf_str(&buf);
}

/* ---- GetLogEvents ---- */

/* The lines of one stream that the call is about. */
static struct log_lines select_stream(struct log_lines lines, str stream,
                                      const struct window *window)
{
    size_t count = 0;
    for (size_t i = 0; i < lines.count; i++)
        if (str_eq(lines.items[i].stream, stream) && is_inside(window, &lines.items[i]))
            lines.items[count++] = lines.items[i];
    lines.count = count;
    return lines;
}

/* At most `limit` lines and LOG_PAGE_BYTES_MAX bytes from `from` on. */
static size_t page_forward(const struct log_lines *lines, size_t from, size_t limit)
{
    size_t bytes = 0, to = from;
    while (to < lines->count && to - from < limit) {
        bytes += lines->items[to].message.len + EVENT_OVERHEAD_BYTES;
        if (bytes > LOG_PAGE_BYTES_MAX && to > from) break;
        to++;
    }
    return to;
}

static size_t page_backward(const struct log_lines *lines, size_t to, size_t limit)
{
    size_t bytes = 0, from = to;
    while (from > 0 && to - from < limit) {
        bytes += lines->items[from - 1].message.len + EVENT_OVERHEAD_BYTES;
        if (bytes > LOG_PAGE_BYTES_MAX && from < to) break;
        from--;
    }
    return from;
}

/* The lines [*from, *to) of the page. A forward token goes on behind its place, a backward one
 * before it. */
static bool choose_page(const struct source *source, json params, str scope,
                        const struct log_lines *lines, size_t *from, size_t *to, struct error *err)
{
    size_t limit = (size_t)json_i64_or(params, STR("limit"), EVENTS_LIMIT_DEFAULT);
    str given;
    char kind = json_bool_or(params, STR("startFromHead"), false) ? 'f' : 'b';
    *from = 0;
    *to = lines->count;
    if (json_find_str(params, STR("nextToken"), &given)) {
        struct place place = { 0 };
        if (!read_place(source, scope, given, &kind, &place, err)) return false;
        size_t at = 0;
        int side = kind == 'f' ? 0 : -1;
        while (at < lines->count && compare_place(&lines->items[at], place) <= side)
            at++;
        if (kind == 'f')
            *from = at;
        else
            *to = at;
    }
    if (kind == 'f')
        *to = page_forward(lines, *from, limit);
    else
        *from = page_backward(lines, *to, limit);
    return true;
}

/* Behind the last line of the page, or where an empty page stands. */
static struct place forward_place(const struct log_lines *lines, size_t to)
{
    if (to == 0) return (struct place){ INT64_MIN + 1, 0 };
    return (struct place){ lines->items[to - 1].timestamp, lines->items[to - 1].id };
}

static struct place backward_place(const struct log_lines *lines, size_t from)
{
    if (from == lines->count) return (struct place){ INT64_MAX, INT64_MAX };
    return (struct place){ lines->items[from].timestamp, lines->items[from].id };
}

enum handled handle_get_log_events(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    struct log_group_record group = { 0 };
    str stream = json_str_or(params, STR("logStreamName"), STR(""));
    if (!log_group_expect(&source, params, &group, err)) return HANDLED_FAILED;
    if (!log_stream_exists(&source, &group, stream)) {
        log_stream_missing(err);
        return HANDLED_FAILED;
    }
    struct window window = window_of(params, false);
    struct log_lines lines =
        select_stream(log_lines_read(&source, &group), quoted(&source, stream), &window);
    str scope = arena_printf(source.arena, "page GetLogEvents %.*s %.*s", STR_ARGS(group.name),
                             STR_ARGS(stream));
    size_t from, to;
    if (!choose_page(&source, params, scope, &lines, &from, &to, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "events");
    buf_add_char(out, '[');
    for (size_t i = from; i < to; i++) {
        if (i > from) buf_add_char(out, ',');
        reply_event(out, &lines.items[i]);
        reply_close(out);
    }
    buf_add_char(out, ']');
    str forward = place_text(&source, 'f', forward_place(&lines, to));
    str backward = place_text(&source, 'b', backward_place(&lines, from));
    reply_str(out, "nextForwardToken", page_token_encode(&source, scope, forward));
    reply_str(out, "nextBackwardToken", page_token_encode(&source, scope, backward));
    reply_close(out);
    return HANDLED;
}

/* ---- FilterLogEvents ---- */

struct filter {
    const struct source *source;
    struct window window;
    json streams;                      /* array of names, or null: all */
    str prefix;                        /* of the stream's name, as it stands in the file */
    const struct log_pattern *pattern; /* NULL: all */
    struct arena scratch;              /* for one message */
};

static bool takes_stream(const struct filter *filter, str stream)
{
    if (json_is_null(filter->streams)) return str_starts_with(stream, filter->prefix);
    for (size_t i = 0; i < json_count(filter->streams); i++)
        if (str_eq(stream, json_str(json_at(filter->streams, i)))) return true;
    return false;
}

static bool takes(struct filter *filter, const struct log_line *line)
{
    if (!is_inside(&filter->window, line) || !takes_stream(filter, line->stream)) return false;
    if (!filter->pattern) return true;
    json message = json_null();
    struct error err;
    arena_reset(&filter->scratch);
    if (!json_parse(line->message, &filter->scratch, &message, &err)) return false;
    return json_is_string(message) &&
           log_pattern_matches(filter->pattern, json_str(message), &filter->scratch);
}

static bool filter_begin(const struct source *source, json params, struct filter *out,
                         struct error *err)
{
    const json *streams = json_find(params, STR("logStreamNames"));
    str prefix = json_str_or(params, STR("logStreamNamePrefix"), STR(""));
    str pattern = json_str_or(params, STR("filterPattern"), STR(""));
    *out = (struct filter){ .source = source, .window = window_of(params, true) };
    if (streams && prefix.len > 0)
        return error_set(err, ERROR_LOGS_INVALID_PARAMETER,
                         "logStreamNames and logStreamNamePrefix cannot both be given.");
    out->prefix = quoted(source, prefix);
    out->prefix.len--;
    if (streams) {
        struct json_list names;
        json_list_init(&names, source->arena);
        for (size_t i = 0; i < json_count(*streams); i++)
            json_list_add(&names, json_string(quoted(source, json_str(json_at(*streams, i)))));
        out->streams = json_list_done(&names);
    }
    if (str_trim(pattern).len == 0) return true;
    return log_pattern_compile(pattern, source->arena, &out->pattern, err);
}

static void reply_filtered(struct buf *out, const struct log_line *line)
{
    reply_event(out, line);
    reply_raw(out, "logStreamName", line->stream);
    reply_name(out, "eventId");
    buf_printf(out, "\"%020lld%036llu\"", (long long)line->timestamp, (unsigned long long)line->id);
    reply_close(out);
}

/* Writes the events from `from` on; the answer is the line at which the page ends, or the count. */
static size_t write_page(struct filter *filter, const struct log_lines *lines, size_t from,
                         size_t limit, struct buf *out)
{
    size_t shown = 0, begin = out->len;
    for (size_t i = from; i < lines->count; i++) {
        if (!takes(filter, &lines->items[i])) continue;
        if (shown == limit || out->len - begin > LOG_PAGE_BYTES_MAX) return i;
        if (shown++ > 0) buf_add_char(out, ',');
        reply_filtered(out, &lines->items[i]);
    }
    return lines->count;
}

enum handled handle_filter_log_events(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    struct log_group_record group = { 0 };
    struct filter filter;
    str given, pattern = json_str_or(params, STR("filterPattern"), STR(""));
    if (!log_group_expect(&source, params, &group, err) ||
        !filter_begin(&source, params, &filter, err))
        return HANDLED_FAILED;
    struct place place = { INT64_MIN, 0 };
    char kind;
    str scope = arena_printf(source.arena, "page FilterLogEvents %.*s %.*s", STR_ARGS(group.name),
                             STR_ARGS(pattern));
    if (json_find_str(params, STR("nextToken"), &given) &&
        !read_place(&source, scope, given, &kind, &place, err))
        return HANDLED_FAILED;
    struct log_lines lines = log_lines_read(&source, &group);
    size_t from = 0;
    while (from < lines.count && compare_place(&lines.items[from], place) <= 0)
        from++;
    struct buf *out = reply_begin(request);
    reply_name(out, "events");
    buf_add_char(out, '[');
    arena_init(&filter.scratch);
    size_t end = write_page(&filter, &lines, from,
                            (size_t)json_i64_or(params, STR("limit"), EVENTS_LIMIT_DEFAULT), out);
    arena_close(&filter.scratch);
    buf_add(out, STR("],\"searchedLogStreams\":[]"));
    if (end < lines.count) {
        str next = place_text(&source, 'f', forward_place(&lines, end));
        reply_str(out, "nextToken", page_token_encode(&source, scope, next));
    }
    reply_close(out);
    return HANDLED;
}

/* ---- ReadLogGroup ---- */

enum handled handle_read_log_group(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct effects *effects = log_effects(&source);
    struct log_group_record group = { 0 };
    int64_t after = json_i64_or(request->params, STR("After"), 0);
    int64_t limit = json_i64_or(request->params, STR("Limit"), READ_LIMIT_DEFAULT);
    uint64_t next = after > 0 ? (uint64_t)after : 0;
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Events");
    buf_add_char(out, '[');
    if (effects) functions_log_read(effects, group.name, next, (size_t)limit, out, &next);
    buf_add_char(out, ']');
    reply_i64(out, "Next", (int64_t)next);
    reply_close(out);
    return HANDLED;
}
