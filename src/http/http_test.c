/* Tests of the request decoder: what RFC 9112 demands, and every leniency that smuggling needs.
 * Each input is fed whole, byte by byte, in two parts at every place, and flush against an
 * unreadable page. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "http/http.h"

#define HOST "Host: a\r\n"

static const struct http_limits limits = {
    .header_bytes_max = 512,
    .headers_max = 5,
    .body_bytes_max = 64,
};

struct outcome {
    enum http_step step;
    int status;
    size_t used;
    char summary[256]; /* method|path|query|body|keep-alive */
};

static void summarise(const struct http_decoder *decoder, struct outcome *out)
{
    const struct http_request *r = &decoder->request;
    snprintf(out->summary, sizeof out->summary, "%.*s|%.*s|%.*s|%.*s|%s", STR_ARGS(r->method),
             STR_ARGS(r->path), STR_ARGS(r->query), STR_ARGS(r->body),
             r->keep_alive ? "keep" : "close");
}

/* Feeds `text` in portions of `first`, then `rest` bytes each. */
static struct outcome decode(str text, size_t first, size_t rest)
{
    struct arena arena;
    arena_init(&arena);
    struct http_decoder decoder;
    http_decoder_init(&decoder, &limits, &arena);
    struct outcome out = { .step = HTTP_MORE };
    size_t at = 0;
    while (at < text.len && out.step == HTTP_MORE) {
        size_t portion = at == 0 ? first : rest;
        if (portion > text.len - at) portion = text.len - at;
        size_t used = 0;
        out.step = http_decoder_feed(&decoder, str_slice(text, at, at + portion), &used);
        out.used += used;
        at += portion;
        if (out.step == HTTP_MORE) cr_assert_eq(used, portion);
    }
    out.status = decoder.status;
    if (out.step == HTTP_DONE) summarise(&decoder, &out);
    if (out.step == HTTP_REFUSED) cr_assert(decoder.reason && decoder.status >= 400);
    arena_close(&arena);
    return out;
}

/* The same bytes at the end of a page that is followed by one that cannot be read. */
static struct outcome decode_at_page_end(str text)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t pages = text.len / page + 1;
    char *map =
        mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    cr_assert(map != MAP_FAILED);
    cr_assert_eq(mprotect(map + pages * page, page, PROT_NONE), 0);
    char *start = map + pages * page - text.len;
    memcpy(start, text.ptr, text.len);
    struct outcome out = decode((str){ start, text.len }, text.len, text.len);
    munmap(map, (pages + 1) * page);
    return out;
}

static void check_same(const char *input, const struct outcome *a, const struct outcome *b)
{
    cr_assert_eq(a->step, b->step, "%s: step differs when split", input);
    cr_assert_eq(a->status, b->status, "%s: status differs when split", input);
    if (a->step == HTTP_DONE) cr_assert_eq(a->used, b->used, "%s: length differs", input);
    cr_assert_str_eq(a->summary, b->summary, "%s", input);
}

static struct outcome decode_all_ways(const char *input)
{
    str text = str_from(input);
    struct outcome whole = decode(text, text.len, text.len);
    struct outcome bytes = decode(text, 1, 1);
    check_same(input, &whole, &bytes);
    for (size_t first = 1; first < text.len; first++) {
        struct outcome split = decode(text, first, text.len);
        check_same(input, &whole, &split);
    }
    struct outcome page = decode_at_page_end(text);
    check_same(input, &whole, &page);
    return whole;
}

struct accepted {
    const char *input;
    const char *summary;
    size_t left; /* bytes that belong to the next request */
};

static const struct accepted accepted[] = {
    { "GET /healthz HTTP/1.1\r\n" HOST "\r\n", "GET|/healthz|||keep", 0 },
    { "GET /a?b=c&d HTTP/1.1\r\n" HOST "\r\n", "GET|/a|b=c&d||keep", 0 },
    { "GET http://a:80/x?y HTTP/1.1\r\n" HOST "\r\n", "GET|/x|y||keep", 0 },
    { "GET http://a HTTP/1.1\r\n" HOST "\r\n", "GET|/|||keep", 0 },
    { "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS|*|||keep", 0 },
    { "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "GET|/|||keep", 0 },
    { "GET / HTTP/1.1\r\nhOsT:a\r\n\r\n", "GET|/|||keep", 0 },
    { "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET|/|||keep", 0 },
    { "GET / HTTP/1.1\r\nHost: [::1]:8083\r\n\r\n", "GET|/|||keep", 0 },
    { "GET / HTTP/1.0\r\n\r\n", "GET|/|||close", 0 },
    { "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET|/|||keep", 0 },
    { "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "GET|/|||close", 0 },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabcGET", "POST|/||abc|keep", 3 },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\nX", "POST|/|||keep", 1 },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 003\r\n\r\nabc", "POST|/||abc|keep", 0 },
    { "POST / HTTP/1.1\r\n" HOST "\r\nX", "POST|/|||keep", 1 },
    { "POST / HTTP/1.1\r\n" HOST "X: \t v \t\r\nContent-Length: 1\r\n\r\na", "POST|/||a|keep", 0 },
    { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\nNEXT",
      "POST|/||abc0123456789|keep", 4 },
    { "POST / HTTP/1.1\r\n" HOST "transfer-encoding: CHUNKED\r\n\r\n0\r\n\r\n", "POST|/|||keep",
      0 },
    { "POST / HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABk\r\nContent-Length: 2\r\n\r\nab",
      "POST|/||ab|keep", 0 },
    { "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", "GET|/|||keep", 0 },
};

Test(http, accepts)
{
    for (size_t i = 0; i < sizeof accepted / sizeof accepted[0]; i++) {
        struct outcome got = decode_all_ways(accepted[i].input);
        cr_assert_eq(got.step, HTTP_DONE, "%s: status %d", accepted[i].input, got.status);
        cr_assert_str_eq(got.summary, accepted[i].summary, "%s", accepted[i].input);
        cr_assert_eq(strlen(accepted[i].input) - got.used, accepted[i].left, "%s",
                     accepted[i].input);
    }
}

struct refused {
    const char *input;
    int status;
};

#define POST "POST / HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static const struct refused refused[] = {
    /* line ends */
    { "GET / HTTP/1.1\nHost: a\n\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a\r\n\n", 400 },
    { "\nGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "\rGET / HTTP/1.1\r\n" HOST "\r\n", 400 },
    /* request line */
    { "GET  / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET /  HTTP/1.1\r\n" HOST "\r\n", 400 },
    { " GET / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET / HTTP/1.1 \r\n" HOST "\r\n", 400 },
    { "GET /\r\n" HOST "\r\n", 400 },
    { "get / HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET / http/1.1\r\n" HOST "\r\n", 400 },
    { "GET / HTTP/1.2\r\n" HOST "\r\n", 505 },
    { "GET / HTTP/2.0\r\n" HOST "\r\n", 505 },
    { "GET / HTTP/0.9\r\n" HOST "\r\n", 505 },
    { "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400 },
    { "GET x HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "GET /\x80 HTTP/1.1\r\n" HOST "\r\n", 400 },
    { "CONNECT a:1 HTTP/1.1\r\n" HOST "\r\n", 405 },
    { "\x16\x03\x01\x02", 400 },
    /* header lines */
    { "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "\tfolded\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "X Y: a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST ": a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "no colon\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "X(: a\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "X: a\x01\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST "X: a\x7F\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n\xC3\xA9: a\r\n" HOST "\r\n", 400 },
    /* Host */
    { "GET / HTTP/1.1\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400 },
    { "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", 400 },
    /* Content-Length */
    { POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400 },
    { POST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400 },
    { POST "Content-Length: 3, 3\r\n\r\nabc", 400 },
    { POST "Content-Length: +3\r\n\r\nabc", 400 },
    { POST "Content-Length: -3\r\n\r\nabc", 400 },
    { POST "Content-Length: 0x3\r\n\r\nabc", 400 },
    { POST "Content-Length: 3 4\r\n\r\nabc", 400 },
    { POST "Content-Length:\r\n\r\nabc", 400 },
    { POST "Content-Length: 18446744073709551619\r\n\r\nabc", 400 },
    { POST "Content-Length : 3\r\n\r\nabc", 400 },
    { POST "Content-Length: 65\r\n\r\nabc", 413 },
    /* Transfer-Encoding */
    { POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
    { POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 400 },
    { POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501 },
    { POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501 },
    { POST "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400 },
    { POST "Transfer-Encoding: identity\r\n\r\n", 400 },
    { POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400 },
    { POST "Transfer-Encoding:\r\n\r\n0\r\n\r\n", 400 },
    { POST "Transfer-Encoding: \x0b"
           "chunked\r\n\r\n0\r\n\r\n",
      400 },
    { POST "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n", 400 },
    { "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
    /* chunks */
    { CHUNKED "\r\n", 400 },
    { CHUNKED "3\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "3;a=b\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "3 \r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED " 3\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "0x3\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "+3\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "-3\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "g\r\n", 400 },
    { CHUNKED "3\r\nabcXX0\r\n\r\n", 400 },
    { CHUNKED "3\r\nabc\n0\r\n\r\n", 400 },
    { CHUNKED "3\r\nabcd\r\n0\r\n\r\n", 400 },
    { CHUNKED "3\rXabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "000000003\r\nabc\r\n0\r\n\r\n", 400 },
    { CHUNKED "0\r\nX: trailer\r\n\r\n", 400 },
    { CHUNKED "0\r\n\n", 400 },
    { CHUNKED "FFFFFFFF\r\n", 413 },
    { CHUNKED "41\r\n", 413 },
    { CHUNKED "20\r\n01234567890123456789012345678901\r\n21\r\n", 413 },
    /* others */
    { POST "Expect: 200-maybe\r\n\r\n", 417 },
    { "GET / HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\n\r\n", 431 },
};

Test(http, refuses)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        struct outcome got = decode_all_ways(refused[i].input);
        cr_assert_eq(got.step, HTTP_REFUSED, "%s", refused[i].input);
        cr_assert_eq(got.status, refused[i].status, "%s: %d", refused[i].input, got.status);
    }
}

/* Every limit at n and at n + 1. */
Test(http, limits_are_exact)
{
    char head[600];
    static const char begin[] = "GET / HTTP/1.1\r\n" HOST "X: ";
    for (size_t extra = 0; extra < 2; extra++) {
        size_t total = limits.header_bytes_max + extra;
        memcpy(head, begin, sizeof begin - 1);
        memset(head + sizeof begin - 1, 'x', total - sizeof begin + 1 - 4);
        memcpy(head + total - 4, "\r\n\r\n", 5);
        struct outcome got = decode_all_ways(head);
        cr_assert_eq(got.step, extra ? HTTP_REFUSED : HTTP_DONE);
        cr_assert_eq(got.status, extra ? 431 : 0);
    }
    struct outcome four = decode_all_ways("GET / HTTP/1.1\r\n" HOST "A:\r\nB:\r\nC:\r\nD:\r\n\r\n");
    cr_assert_eq(four.step, HTTP_DONE);
    static const char body[] =
        POST "Content-Length: 64\r\n\r\n"
             "0123456789012345678901234567890123456789012345678901234567890123";
    cr_assert_eq(decode_all_ways(body).step, HTTP_DONE);
    static const char chunked[] =
        CHUNKED "40\r\n"
                "0123456789012345678901234567890123456789012345678901234567890123\r\n0\r\n\r\n";
    cr_assert_eq(decode_all_ways(chunked).step, HTTP_DONE);
}

Test(http, headers_are_found_in_any_case)
{
    struct arena arena;
    arena_init(&arena);
    struct http_decoder decoder;
    http_decoder_init(&decoder, &limits, &arena);
    size_t used;
    str text = STR("POST / HTTP/1.1\r\nHost: a\r\nx-aMz-target:  A.B \r\nExpect: 100-Continue\r\n"
                   "Content-Length: 1\r\n\r\n");
    cr_assert_eq(http_decoder_feed(&decoder, text, &used), HTTP_MORE);
    str value;
    cr_assert(http_find_header(&decoder.request, STR("X-Amz-Target"), &value));
    cr_assert(str_eq(value, STR("A.B")));
    cr_assert_not(http_find_header(&decoder.request, STR("X-Amz-Targe"), &value));
    cr_assert(decoder.request.expects_continue);
    cr_assert_not(http_name_eq(STR("@"), STR("`")));
    arena_close(&arena);
}
