/* The Query protocol on arbitrary bytes: forms must decode to well-formed values or be refused with
 * their one error, whatever the order of the parameters is, and every answer and error must be XML
 * that another reader (libxml2) takes. Paths and query strings of REST-JSON go the same way. */
#include <libxml/parser.h>

#include "protocol/query.h"
#include "protocol/rest.h"
#include "protocol/select.h"

static const struct shape_field item_fields[] = {
    { .name = STR_INIT("Id"), .kind = SHAPE_STRING },
    { .name = STR_INIT("D"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("MessageAttributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_INTEGER },
};
static const struct shape item = { item_fields, 3, "Item" };

static const struct shape_field fields[] = {
    { .name = STR_INIT("A"), .kind = SHAPE_STRING },
    { .name = STR_INIT("N"), .kind = SHAPE_INTEGER },
    { .name = STR_INIT("B"), .kind = SHAPE_BOOLEAN },
    { .name = STR_INIT("Tags"), .kind = SHAPE_LIST, .item_kind = SHAPE_STRUCTURE, .shape = &item },
    { .name = STR_INIT("tags"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Attributes"), .kind = SHAPE_MAP, .item_kind = SHAPE_STRING },
    { .name = STR_INIT("Entries"),
      .kind = SHAPE_LIST,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &item },
};
static const struct shape shape = { fields, sizeof fields / sizeof *fields, "Input" };

static const struct operation operation = { .name = STR_INIT("SendMessageBatch"), .input = &shape };

static void check_xml(const struct buf *out)
{
    ASSERT(out->len < INT32_MAX);
    int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_HUGE;
    xmlDocPtr document = xmlReadMemory(out->ptr, (int)out->len, NULL, "UTF-8", options);
    ASSERT(document);
    xmlFreeDoc(document);
}

static void check_answer(const struct query_protocol *protocol, json reply, struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    query_encode(protocol, operation.name, reply, STR("r"), &out);
    check_xml(&out);
}

static void check_error(const struct query_protocol *protocol, const struct error *err,
                        struct arena *arena)
{
    struct buf out;
    buf_init(&out, arena);
    ASSERT(err->code == ERROR_MALFORMED_INPUT);
    query_encode_error(protocol, err, STR("r"), &out);
    /* A short message is cut at a byte, which may be inside a character. */
    size_t chars;
    if (str_utf8_count(error_text(err), &chars)) check_xml(&out);
}

/* Decodes; the parameters' text is the same when the pairs come in the other order, unless a name
 * is there twice, when the first one counts. */
static void check_form(const struct query_protocol *protocol, str text, struct arena *arena)
{
    struct error err = { 0 };
    struct form form = { 0 };
    json params, again;
    if (!form_parse(text, arena, &form, &err) ||
        !query_decode(protocol, &operation, &form, arena, &params, &err)) {
        check_error(protocol, &err, arena);
        return;
    }
    str written = json_text(arena, params);
    bool good = json_parse(written, arena, &again, &err);
    ASSERT(good && json_equal(params, again));
    check_answer(protocol, params, arena);
    bool is_unique = true;
    struct form reversed = { arena_array(arena, form.count, sizeof *form.pairs), form.count, 0 };
    for (size_t i = 0; i < form.count; i++) {
        reversed.pairs[i] = form.pairs[form.count - 1 - i];
        if (form_find(&form, form.pairs[i].name) != &form.pairs[i].value) is_unique = false;
    }
    good = query_decode(protocol, &operation, &reversed, arena, &again, &err);
    ASSERT(good || !is_unique);
    if (is_unique) ASSERT(json_equal(params, again));
}

static void check_reply(const struct query_protocol *protocol, str text, struct arena *arena)
{
    struct error err;
    json reply;
    if (json_parse(text, arena, &reply, &err) && json_is_object(reply))
        check_answer(protocol, reply, arena);
}

/* "PATH\nQUERY\nBODY" */
static void check_rest(str text, struct arena *arena)
{
    static const struct rest_route routes[] = {
        { .method = STR_INIT("POST"), .path = STR_INIT("/a/{A}/b/{N}") },
        { .method = STR_INIT("POST"), .path = STR_INIT("/a/{A}"), .payload = STR_INIT("P") },
        { .method = STR_INIT("POST"), .path = STR_INIT("/a/") },
        { .method = STR_INIT("POST"), .path = STR_INIT("/a/c") },
    };
    static const struct service service = { .rest_routes = routes, .rest_route_count = 4 };
    size_t first = str_find_char(text, '\n', 0);
    if (first == text.len || text.ptr[0] != '/') return;
    size_t second = str_find_char(text, '\n', first + 1);
    struct http_request http = {
        .method = STR("POST"),
        .path = str_slice(text, 0, first),
        .query = str_slice(text, first + 1, second),
        .body = second < text.len ? str_skip(text, second + 1) : (str){ 0 },
    };
    const struct rest_route *route = rest_find(&service, &http);
    struct error err = { 0 };
    json params, again;
    if (!route || !rest_decode(route, &operation, &http, arena, &params, &err)) return;
    ASSERT(json_is_object(params));
    bool good = json_parse(json_text(arena, params), arena, &again, &err);
    ASSERT(good && json_equal(params, again));
    ASSERT(route != &routes[0] || (json_find(params, STR("A")) && json_find(params, STR("N"))));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct service services[] = { { .name = STR_INIT("sqs") },
                                               { .name = STR_INIT("sns") } };
    if (size == 0 || size > 4096) return 0;
    const struct query_protocol *protocol = query_protocol_of(&services[data[0] & 1]);
    str text = { (const char *)data + 1, size - 1 };
    struct arena arena;
    arena_init(&arena);
    if (data[0] & 4)
        check_rest(text, &arena);
    else if (data[0] & 2)
        check_reply(protocol, text, &arena);
    else
        check_form(protocol, text, &arena);
    (void)select_is_queue_path(text);
    (void)select_scope_service(text);
    arena_close(&arena);
    return 0;
}
