/* Requests to callback addresses and the pages behind them on arbitrary bytes: paths and headers
 * must decode or be refused, a decoded key must be a good one, and whatever a workflow or a person
 * says must stay text on the page: it adds no element and ends no attribute. */
#include "http/form.h"
#include "services/callbacks/address.h"
#include "services/callbacks/page.h"

static void check_address(str path, struct arena *arena)
{
    struct address address;
    size_t chars;
    callback_address_parse(path, arena, &address);
    if (address.kind == ADDRESS_NONE) return;
    ASSERT(str_utf8_count(address.part, &chars));
    if (address.kind == ADDRESS_LINK) {
        ASSERT(address.link.len > 0);
        return;
    }
    ASSERT(name_is_callback_name(address.name));
    ASSERT(callback_key_is_good(address.key));
}

static void check_headers(str text)
{
    struct http_header headers[] = {
        { STR("Accept"), text },
        { STR("Content-Type"), text },
        { STR("Idempotency-Key"), text },
    };
    struct http_request http = { .headers = headers, .header_count = 3, .body = text };
    str id;
    (void)callback_wants_page(&http, true);
    (void)callback_has_form(&http);
    if (callback_message_id(&http, &id)) ASSERT(id.len <= CALLBACK_MESSAGE_ID_BYTES_MAX);
}

/* How many of the page's bytes can begin or end an element or an attribute. */
static size_t count_marks(str text, json show, struct arena *arena)
{
    struct outcome outcome = { .name = text, .label = text };
    struct wait_view wait = {
        .open = true,
        .machine = text,
        .state = text,
        .title = text,
        .show = show,
        .outcomes = &outcome,
        .outcome_count = 1,
        .needs_code = true,
        .decided = json_null(),
        .answers = json_null(),
        .responders = json_null(),
    };
    struct page_content content = {
        .wait = &wait, .comment = text, .identity = text, .answer = json_null()
    };
    struct buf out;
    size_t count = 0;
    buf_init(&out, arena);
    page_write(&out, arena, &content);
    for (size_t i = 0; i < out.len; i++)
        count += out.ptr[i] == '<' || out.ptr[i] == '>' || out.ptr[i] == '"' || out.ptr[i] == '\'';
    return count;
}

static void check_page(str text, struct arena *arena)
{
    json show;
    struct error err;
    size_t chars;
    if (text.len == 0 || !str_utf8_count(text, &chars)) return;
    ASSERT(count_marks(text, json_null(), arena) == count_marks(STR("x"), json_null(), arena));
    if (json_parse(text, arena, &show, &err)) (void)count_marks(STR("x"), show, arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    str text = { (const char *)data, size };
    arena_init(&arena);
    check_address(text, &arena);
    check_headers(text);
    check_page(text, &arena);
    arena_close(&arena);
    return 0;
}
