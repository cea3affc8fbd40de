/* Log streams: those that were made, and those that lines name. */
#include <stdlib.h>

#include "services/logs/logs.h"

enum { STREAMS_PAGE_MAX = 50 };

static void stream_key(struct key *key, const struct source *source, str group, str stream)
{
    key_begin(key, source->number, KEY_LOG_STREAM);
    key_add_text(key, group);
    if (stream.len > 0) key_add_text(key, stream);
}

static str quoted(const struct source *source, str text)
{
    struct buf buf;
    buf_init(&buf, source->arena);
    json_write_str(&buf, text);
    return buf_str(&buf);
}

bool log_stream_missing(struct error *err)
{
    return error_set(err, ERROR_LOGS_RESOURCE_NOT_FOUND,
                     "The specified log stream does not exist.");
}

static bool has_record(const struct source *source, str group, str stream)
{
    struct key key;
    str value;
    stream_key(&key, source, group, stream);
    return source_get(source, &key, &value);
}

bool log_stream_exists(const struct source *source, const struct log_group_record *group,
                       str stream)
{
    if (has_record(source, group->name, stream)) return true;
    struct log_lines lines = log_lines_read(source, group);
    str name = quoted(source, stream);
    for (size_t i = 0; i < lines.count; i++)
        if (str_eq(lines.items[i].stream, name)) return true;
    return false;
}

static size_t count_records(const struct source *source, str group)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    stream_key(&from, source, group, STR(""));
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

enum handled handle_create_log_stream(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    struct key key;
    str stream = json_str_or(request->params, STR("logStreamName"), STR(""));
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    if (has_record(&source, group.name, stream)) {
        error_set(err, ERROR_LOGS_RESOURCE_ALREADY_EXISTS,
                  "The specified log stream already exists");
        return HANDLED_FAILED;
    }
    if (count_records(&source, group.name) >= LOG_STREAMS_MAX) {
        error_set(err, ERROR_LOGS_LIMIT_EXCEEDED, "Resource limit exceeded.");
        return HANDLED_FAILED;
    }
    stream_key(&key, &source, group.name, stream);
    txn_put(txn, &key,
            arena_printf(txn_arena(txn), "{\"v\":1,\"created\":%lld}", (long long)source.now_ms));
    return HANDLED;
}

/* The lines of a stream go with those of its group. */
enum handled handle_delete_log_stream(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct log_group_record group = { 0 };
    struct key key;
    str stream = json_str_or(request->params, STR("logStreamName"), STR(""));
    if (!log_group_expect(&source, request->params, &group, err)) return HANDLED_FAILED;
    if (!log_stream_exists(&source, &group, stream)) {
        log_stream_missing(err);
        return HANDLED_FAILED;
    }
    stream_key(&key, &source, group.name, stream);
    txn_delete(txn, &key);
    return HANDLED;
}

/* ---- listing ---- */

struct stream {
    str name; /* a JSON string with its quotes */
    int64_t created_ms, first_ms, last_ms;
    bool has_lines;
};
struct streams {
    struct stream *items;
    size_t count, capacity;
};

static void add(const struct source *source, struct streams *streams, struct stream stream)
{
    if (streams->count == streams->capacity) {
        size_t capacity = streams->capacity ? streams->capacity * 2 : 64;
        struct stream *items = arena_array(source->arena, capacity, sizeof *items);
        if (streams->count > 0) memcpy(items, streams->items, streams->count * sizeof *items);
        streams->items = items;
        streams->capacity = capacity;
    }
    streams->items[streams->count++] = stream;
}

static void add_records(const struct source *source, str group, struct streams *streams)
{
    struct key from, to;
    str key, value, name;
    struct key_reader reader;
    stream_key(&from, source, group, STR(""));
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&reader, key) || !key_read_text(&reader, &name) ||
            !key_read_text(&reader, &name))
            continue;
        json record = source_parse(source, value);
        add(source, streams,
            (struct stream){ .name = quoted(source, name),
                             .created_ms = json_i64_or(record, STR("created"), 0) });
    }
    store_cursor_close(cursor);
}

/* One entry for each run of lines of one stream. */
static void add_lines(const struct source *source, const struct log_lines *lines,
                      struct streams *streams)
{
    size_t begin = streams->count;
    for (size_t i = 0; i < lines->count; i++) {
        const struct log_line *line = &lines->items[i];
        struct stream *last = streams->count > begin ? &streams->items[streams->count - 1] : NULL;
        if (last && str_eq(last->name, line->stream)) {
            last->last_ms = line->timestamp;
            continue;
        }
        add(source, streams,
            (struct stream){ .name = line->stream,
                             .created_ms = line->timestamp,
                             .first_ms = line->timestamp,
                             .last_ms = line->timestamp,
                             .has_lines = true });
    }
}

static int by_name(const void *a, const void *b)
{
    const struct stream *left = a, *right = b;
    return str_compare(left->name, right->name);
}

static int by_time(const void *a, const void *b)
{
    const struct stream *left = a, *right = b;
    if (left->last_ms != right->last_ms) return left->last_ms < right->last_ms ? -1 : 1;
    return by_name(a, b);
}

static void join(struct stream *into, const struct stream *other)
{
    if (other->created_ms < into->created_ms) into->created_ms = other->created_ms;
    if (!other->has_lines) return;
    if (!into->has_lines || other->first_ms < into->first_ms) into->first_ms = other->first_ms;
    if (!into->has_lines || other->last_ms > into->last_ms) into->last_ms = other->last_ms;
    into->has_lines = true;
}

/* Each stream once, by name. */
static void merge(struct streams *streams)
{
    size_t count = 0;
    if (streams->count > 1) qsort(streams->items, streams->count, sizeof *streams->items, by_name);
    for (size_t i = 0; i < streams->count; i++) {
        if (count > 0 && str_eq(streams->items[count - 1].name, streams->items[i].name))
            join(&streams->items[count - 1], &streams->items[i]);
        else
            streams->items[count++] = streams->items[i];
    }
    streams->count = count;
}

static void reply_stream(struct buf *out, const struct source *source, str group,
                         const struct stream *stream)
{
    json name = json_null();
    struct error err;
    bool parsed = json_parse(stream->name, source->arena, &name, &err);
    ASSERT(parsed && json_is_string(name));
    str arn = log_group_arn(source, group);
    reply_open(out);
    reply_str(out, "logStreamName", json_str(name));
    reply_i64(out, "creationTime", stream->created_ms);
    if (stream->has_lines) {
        reply_i64(out, "firstEventTimestamp", stream->first_ms);
        reply_i64(out, "lastEventTimestamp", stream->last_ms);
        reply_i64(out, "lastIngestionTime", stream->last_ms);
    }
    reply_str(out, "arn",
              arena_printf(source->arena, "%.*s:log-stream:%.*s", STR_ARGS(arn),
                           STR_ARGS(json_str(name))));
    reply_i64(out, "storedBytes", 0);
    reply_close(out);
}

/* Where the page begins: the token counts the streams that have been shown. */
static bool read_offset(const struct source *source, json params, str scope, size_t *out,
                        struct error *err)
{
    str given, position;
    int64_t offset = 0;
    *out = 0;
    if (!json_find_str(params, STR("nextToken"), &given)) return true;
    if (!page_token_decode(source, scope, given, &position, err) || !str_to_i64(position, &offset))
        return error_set(err, ERROR_LOGS_INVALID_PARAMETER, "The specified nextToken is invalid.");
    *out = (size_t)offset;
    return true;
}

static bool has_prefix(const struct source *source, const struct stream *stream, str prefix)
{
    str wanted = quoted(source, prefix);
    return str_starts_with(stream->name, str_slice(wanted, 0, wanted.len - 1));
}

enum handled handle_describe_log_streams(const struct reader *reader, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    struct log_group_record group = { 0 };
    struct streams streams = { 0 };
    size_t offset, shown = 0, limit = (size_t)json_i64_or(params, STR("limit"), STREAMS_PAGE_MAX);
    str prefix = json_str_or(params, STR("logStreamNamePrefix"), STR(""));
    bool timely = str_eq(json_str_or(params, STR("orderBy"), STR("")), STR("LastEventTime"));
    bool descending = json_bool_or(params, STR("descending"), false);
    if (!log_group_expect(&source, params, &group, err)) return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "page DescribeLogStreams %.*s %d %d %.*s",
                             STR_ARGS(group.name), timely, descending, STR_ARGS(prefix));
    if (!read_offset(&source, params, scope, &offset, err)) return HANDLED_FAILED;
    struct log_lines lines = log_lines_read(&source, &group);
    add_records(&source, group.name, &streams);
    add_lines(&source, &lines, &streams);
    merge(&streams);
    if (timely && streams.count > 1)
        qsort(streams.items, streams.count, sizeof *streams.items, by_time);
    struct buf *out = reply_begin(request);
    reply_name(out, "logStreams");
    buf_add_char(out, '[');
    size_t i = offset;
    for (; i < streams.count && shown < limit; i++) {
        const struct stream *stream = &streams.items[descending ? streams.count - 1 - i : i];
        if (!has_prefix(&source, stream, prefix)) continue;
        if (shown++ > 0) buf_add_char(out, ',');
        reply_stream(out, &source, group.name, stream);
    }
    buf_add_char(out, ']');
    if (i < streams.count)
        reply_str(out, "nextToken",
                  page_token_encode(&source, scope, arena_printf(source.arena, "%zu", i)));
    reply_close(out);
    return HANDLED;
}
