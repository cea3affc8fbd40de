/* GetExecutionHistory.
 *
 * The records hold events exactly as the API shows them, a chunk per turn, keyed by the first
 * event's id. A page begins at the chunk that holds its first event, whatever the length of the
 * history, and splices the texts of events without reading them. Only includeExecutionData=false
 * takes them apart. */
#include "services/states/states.h"

enum {
    /* A page ends when it is this large, also before maxResults: 1,000 events of 256 KiB would be
     * too much for anybody. */
    HISTORY_PAGE_BYTES_MAX = 4 << 20,
};

/* ---- the events of a chunk ---- */

/* Where the string that begins behind the quote at `at` ends: behind its closing quote. */
static size_t skip_string(str text, size_t at)
{
    while (at < text.len && text.ptr[at] != '"')
        at += text.ptr[at] == '\\' ? 2 : 1;
    return at + 1;
}

/* Takes the next event from a chunk: `at` stands before it, or at the closing bracket. */
static bool next_event(str chunk, size_t *at, str *event)
{
    size_t i = *at, depth = 0;
    if (i < chunk.len && (chunk.ptr[i] == '[' || chunk.ptr[i] == ',')) i++;
    size_t begin = i;
    while (i < chunk.len) {
        char c = chunk.ptr[i++];
        if (c == '"')
            i = skip_string(chunk, i);
        else if (c == '{' || c == '[')
            depth++;
        else if (c == ']' && depth == 0)
            return false;
        else if ((c == '}' || c == ']') && --depth == 0)
            break;
    }
    if (depth != 0 || i > chunk.len || i == begin)
        fatal("a chunk of a history does not decode: the store is damaged");
    *at = i;
    *event = str_slice(chunk, begin, i);
    return true;
}

static uint32_t chunk_first_id(str key)
{
    struct key_reader fields;
    uint64_t serial;
    uint32_t first;
    if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &serial) ||
        !key_read_u32(&fields, &first))
        fatal("the key of a chunk of a history does not decode");
    return first;
}

/* ---- without the data ---- */

static bool is_data(str key)
{
    static const str names[] = {
        STR_INIT("input"),
        STR_INIT("inputDetails"),
        STR_INIT("output"),
        STR_INIT("outputDetails"),
        STR_INIT("parameters"),
        STR_INIT("assignedVariables"),
        STR_INIT("assignedVariablesDetails"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(names[i], key)) return true;
    return false;
}

static json without_data(struct arena *arena, json details)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(details); i++)
        if (!is_data(json_key_at(details, i)))
            json_fields_add(&fields, json_key_at(details, i), json_value_at(details, i));
    return json_fields_done(&fields);
}

static void add_event_without_data(const struct source *source, str text, struct buf *out)
{
    json event = source_parse(source, text);
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    for (size_t i = 0; i < json_count(event); i++) {
        json value = json_value_at(event, i);
        if (json_is_object(value)) value = without_data(source->arena, value);
        json_fields_add(&fields, json_key_at(event, i), value);
    }
    json_write(out, json_fields_done(&fields));
}

/* ---- pages ---- */

struct history_page {
    const struct source *source;
    struct buf *out;
    bool data;
    size_t limit;
    size_t shown;
};

static bool page_is_full(const struct history_page *page)
{
    return page->shown == page->limit || page->out->len >= HISTORY_PAGE_BYTES_MAX;
}

static void page_add(struct history_page *page, str event)
{
    if (page->shown++ > 0) buf_add_char(page->out, ',');
    if (page->data)
        buf_add(page->out, event);
    else
        add_event_without_data(page->source, event, page->out);
}

static void history_range(const struct source *source, uint64_t serial, struct key *from,
                          struct key *to)
{
    key_begin(from, source->number, KEY_HISTORY);
    key_add_u64(from, serial);
    *to = *from;
    key_range_end(to);
}

/* First id of the chunk that holds event `id`; 0 if the history is empty. */
static uint32_t find_chunk(const struct source *source, uint64_t serial, uint32_t id)
{
    struct key from, to;
    str key, value;
    uint32_t first = 0;
    history_range(source, serial, &from, &to);
    if (id < UINT32_MAX) key_history(&to, source->number, serial, id + 1);
    struct store_cursor *cursor = source_scan(source, &from, &to, true);
    if (store_cursor_next(cursor, &key, &value)) first = chunk_first_id(key);
    store_cursor_close(cursor);
    return first;
}

/* Events from `id` on. Returns the id of the first one that is not shown; 0 if there is none. */
static uint32_t add_forward(struct history_page *page, uint64_t serial, uint32_t id)
{
    struct key from, to;
    str key, chunk, event;
    uint32_t first = find_chunk(page->source, serial, id);
    if (first == 0) return 0;
    history_range(page->source, serial, &from, &to);
    key_history(&from, page->source->number, serial, first);
    struct store_cursor *cursor = source_scan(page->source, &from, &to, false);
    uint32_t next = 0;
    while (next == 0 && store_cursor_next(cursor, &key, &chunk)) {
        uint32_t at_id = chunk_first_id(key);
        for (size_t at = 0; next_event(chunk, &at, &event); at_id++) {
            if (at_id < id) continue;
            if (page_is_full(page)) {
                next = at_id;
                break;
            }
            page_add(page, event);
        }
    }
    store_cursor_close(cursor);
    return next;
}

/* The events of a chunk from `last` down. Returns the id of the first one that is not shown; 0 if
 * all are. */
static uint32_t add_chunk_backward(struct history_page *page, str chunk, uint32_t first,
                                   uint32_t last)
{
    size_t count = 0, capacity = 64;
    str *events = arena_array(page->source->arena, capacity, sizeof *events);
    str event;
    for (size_t at = 0; first + count <= last && next_event(chunk, &at, &event); count++) {
        if (count == capacity) {
            str *grown = arena_array(page->source->arena, capacity * 2, sizeof *events);
            memcpy(grown, events, capacity * sizeof *events);
            events = grown;
            capacity *= 2;
        }
        events[count] = event;
    }
    while (count > 0) {
        if (page_is_full(page)) return first + (uint32_t)count - 1;
        page_add(page, events[--count]);
    }
    return 0;
}

static uint32_t add_backward(struct history_page *page, uint64_t serial, uint32_t id)
{
    struct key from, to;
    str key, chunk;
    history_range(page->source, serial, &from, &to);
    if (id < UINT32_MAX) key_history(&to, page->source->number, serial, id + 1);
    struct store_cursor *cursor = source_scan(page->source, &from, &to, true);
    uint32_t next = 0;
    while (next == 0 && store_cursor_next(cursor, &key, &chunk))
        next = add_chunk_backward(page, chunk, chunk_first_id(key), id);
    store_cursor_close(cursor);
    return next;
}

/* ---- the operation ---- */

static uint32_t first_id(const struct page *page, bool reverse)
{
    int64_t id = reverse ? UINT32_MAX : 1;
    if (page->position.len > 0 && !str_to_i64(page->position, &id))
        fatal("a page token of our own does not decode");
    ASSERT(id > 0 && id <= UINT32_MAX);
    return (uint32_t)id;
}

enum handled handle_get_execution_history(const struct reader *reader, struct request *request,
                                          struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct execution_view view;
    struct page page;
    json params = request->params;
    bool reverse = json_bool_or(params, STR("reverseOrder"), false);
    if (!execution_view_load(&source, json_str_or(params, STR("executionArn"), STR("")), &view,
                             err))
        return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "GetExecutionHistory %llu %d",
                             (unsigned long long)view.serial, reverse);
    if (!page_begin(&source, params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    struct history_page events = {
        .source = &source,
        .out = out,
        .data = json_bool_or(params, STR("includeExecutionData"), true),
        .limit = page.limit,
    };
    reply_name(out, "events");
    buf_add_char(out, '[');
    uint32_t begin = first_id(&page, reverse);
    uint32_t next = reverse ? add_backward(&events, view.serial, begin)
                            : add_forward(&events, view.serial, begin);
    buf_add_char(out, ']');
    if (next > 0) page_next(&source, &page, out, arena_printf(source.arena, "%u", next));
    reply_close(out);
    return HANDLED;
}
