/* Paths and headers of requests to callback addresses. */
#include <criterion/criterion.h>

#include "services/callbacks/address.h"

static struct address parse(struct arena *arena, const char *path)
{
    struct address address;
    callback_address_parse(str_from(path), arena, &address);
    return address;
}

Test(address, links)
{
    struct arena arena;
    arena_init(&arena);
    struct address plain = parse(&arena, "/c/abc"), part = parse(&arena, "/c/abc/approve");
    cr_expect_eq(plain.kind, ADDRESS_LINK);
    cr_expect(str_eq(plain.link, STR("abc")));
    cr_expect(str_is_empty(plain.part));
    cr_expect_eq(part.kind, ADDRESS_LINK);
    cr_expect(str_eq(part.link, STR("abc")));
    cr_expect(str_eq(part.part, STR("approve")));
    arena_close(&arena);
}

Test(address, keys_are_decoded_segment_by_segment)
{
    struct arena arena;
    arena_init(&arena);
    struct address key = parse(&arena, "/callbacks/valuation/a%2Fb%20c+d/success");
    cr_expect_eq(key.kind, ADDRESS_KEY);
    cr_expect(str_eq(key.name, STR("valuation")));
    cr_expect(str_eq(key.key, STR("a/b c+d")), "%.*s", STR_ARGS(key.key));
    cr_expect(str_eq(key.part, STR("success")));
    arena_close(&arena);
}

Test(address, what_is_no_address)
{
    static const char *const paths[] = {
        "/c",
        "/c/",
        "/c//approve",
        "/c/abc/",
        "/c/abc/a/b",
        "/cabc",
        "/callbacks",
        "/callbacks/name",
        "/callbacks/name/",
        "/callbacks//key",
        "/callbacks/na me/key",
        "/callbacks/name/%",
        "/callbacks/name/%zz",
        "/callbacks/name/%00",
        "/callbacks/name/%ff",
        "/callbacks/name/key/",
        "/callbacks/name/key/a/b",
        "/",
        "",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        cr_expect_eq(parse(&arena, paths[i]).kind, ADDRESS_NONE, "%s", paths[i]);
    arena_close(&arena);
}

static struct http_request with_header(struct http_header *header, const char *name,
                                       const char *value)
{
    *header = (struct http_header){ str_from(name), str_from(value) };
    return (struct http_request){ .headers = header, .header_count = 1 };
}

/* Accept headers that browsers and programs send (RFC 9110, 12.5.1). */
Test(address, negotiation)
{
    static const struct {
        const char *accept;
        bool page_by_default, json_by_default;
    } rows[] = {
        { "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", true,
          true },
        { "*/*", true, false },
        { "application/json", false, false },
        { "application/json, text/plain, */*", false, false },
        { "text/html;q=0.5, application/json", false, false },
        { "application/json;q=0.5, text/html;q=0.8", true, true },
        { "application/json;q=0.9;v=1, TEXT/HTML ; q=0.95", true, true },
        { "text/html, application/json", true, false },
        { "text/html;q=0", true, true },
        { ",;,q=,;;", true, false },
        { "", true, false },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct http_header header;
        struct http_request http = with_header(&header, "accept", rows[i].accept);
        cr_expect_eq(callback_wants_page(&http, true), rows[i].page_by_default, "%s",
                     rows[i].accept);
        cr_expect_eq(callback_wants_page(&http, false), rows[i].json_by_default, "%s",
                     rows[i].accept);
    }
}

Test(address, forms_and_json_that_is_called_a_form)
{
    struct http_header header;
    struct http_request http =
        with_header(&header, "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
    http.body = STR("outcome=approve");
    cr_expect(callback_has_form(&http));
    http.body = STR(" {\"a\":1}"); /* curl -d '{"a":1}' */
    cr_expect_not(callback_has_form(&http));
    http = with_header(&header, "Content-Type", "application/json");
    http.body = STR("outcome=approve");
    cr_expect_not(callback_has_form(&http));
}

Test(address, message_ids)
{
    static const char *const names[] = { "idempotency-key", "Webhook-Id", "X-Message-Id" };
    char text[CALLBACK_MESSAGE_ID_BYTES_MAX + 2];
    struct http_header header;
    struct http_request http;
    str id;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        http = with_header(&header, names[i], "m-1");
        cr_assert(callback_message_id(&http, &id));
        cr_expect(str_eq(id, STR("m-1")), "%s", names[i]);
    }
    http = with_header(&header, "Other", "m-1");
    cr_assert(callback_message_id(&http, &id));
    cr_expect(str_is_empty(id));
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    http = with_header(&header, names[0], text);
    cr_expect_not(callback_message_id(&http, &id));
    http = with_header(&header, names[0], "\xff");
    cr_expect_not(callback_message_id(&http, &id));
}
