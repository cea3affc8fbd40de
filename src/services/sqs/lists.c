/* ListQueues, ListDeadLetterSourceQueues: by name, in pages. */
#include "services/sqs/internal.h"

struct list_page {
    str scope;
    str after; /* the last name shown; empty: from the start */
    size_t limit;
    size_t count;
    str last;
    bool more;
};

static bool begin(const struct source *source, json params, str scope, struct list_page *page,
                  struct error *err)
{
    const json *given = json_find(params, STR("MaxResults"));
    int64_t limit = SQS_LIST_MAX;
    str text;
    struct error bad;
    *page = (struct list_page){ .scope = scope };
    if (given && !json_is_null(*given) &&
        (!json_to_i64(*given, &limit) || limit < 1 || limit > SQS_LIST_MAX))
        return sqs_fail_number(source, err, limit, "MaxResults",
                               "Must be between 1 and 1000, if provided.");
    page->limit = (size_t)limit;
    if (!json_find_str(params, STR("NextToken"), &text) || text.len == 0) return true;
    if (page_token_decode(source, scope, text, &page->after, &bad)) return true;
    return error_set(err, ERROR_SQS_INVALID_PARAMETER_VALUE, "Invalid or expired next token.");
}

/* False: the page is full. */
static bool add(const struct source *source, const struct request *request, struct list_page *page,
                str name, struct buf *out)
{
    page->more = page->count == page->limit;
    if (page->more) return false;
    if (page->count++ > 0) buf_add_char(out, ',');
    page->last = arena_str(source->arena, name);
    json_write_str(out, sqs_queue_url(source, request, page->last));
    return true;
}

static void end(const struct source *source, const struct list_page *page, struct buf *out)
{
    if (page->more) reply_str(out, "NextToken", page_token_encode(source, page->scope, page->last));
    reply_close(out);
}

/* ---- all queues ---- */

/* Names that begin with `prefix`, behind the page's position. */
static struct store_cursor *scan_queues(const struct source *source, const struct list_page *page,
                                        str prefix)
{
    struct key from, to;
    key_begin(&from, source->number, KEY_QUEUE);
    key_add_text(&from, prefix);
    from.len--; /* without the NUL: all that begins so */
    to = from;
    key_range_end(&to);
    if (page->after.len > 0) {
        key_begin(&from, source->number, KEY_QUEUE);
        key_add_text(&from, page->after);
        key_range_end(&from);
    }
    return source_scan(source, &from, &to, false);
}

static bool read_queue_key(str key, str *name, uint8_t *part)
{
    struct key_reader fields;
    return key_read_begin(&fields, key) && key_read_text(&fields, name) &&
           key_read_u8(&fields, part);
}

enum handled sqs_handle_list_queues(const struct reader *reader, struct request *request,
                                    struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str prefix = json_str_or(request->params, STR("QueueNamePrefix"), STR(""));
    struct list_page page;
    str key, value, name;
    uint8_t part;
    if (prefix.len > SQS_NAME_CHARS_MAX || str_find_char(prefix, '\0', 0) < prefix.len) {
        reply_close(reply_begin(request)); /* no name begins like that */
        return HANDLED;
    }
    str scope = arena_printf(source.arena, "ListQueues %.*s", STR_ARGS(prefix));
    if (!begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request), names;
    buf_init(&names, source.arena);
    struct store_cursor *cursor = scan_queues(&source, &page, prefix);
    while (store_cursor_next(cursor, &key, &value)) {
        if (!read_queue_key(key, &name, &part)) fatal("the key of a queue does not decode");
        if (part == QUEUE_SETTINGS && !add(&source, request, &page, name, &names)) break;
    }
    store_cursor_close(cursor);
    if (page.count > 0) { /* AWS leaves an empty list out */
        reply_name(out, "QueueUrls");
        buf_add_char(out, '[');
        buf_add(out, buf_str(&names));
        buf_add_char(out, ']');
    }
    end(&source, &page, out);
    return HANDLED;
}

/* ---- the sources of a dead-letter queue ---- */

enum handled sqs_handle_list_dead_letter_source_queues(const struct reader *reader,
                                                       struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct queue queue;
    struct list_page page;
    str key, value;
    if (!sqs_queue_open(&source, request->params, &queue, err)) return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "ListDeadLetterSourceQueues %.*s", STR_ARGS(queue.name));
    if (!begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "queueUrls"); /* so it is called in the model */
    buf_add_char(out, '[');
    struct store_cursor *cursor = sqs_redrive_sources(&source, queue.name, page.after);
    while (store_cursor_next(cursor, &key, &value))
        if (!add(&source, request, &page, sqs_redrive_source(key), out)) break;
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    end(&source, &page, out);
    return HANDLED;
}
