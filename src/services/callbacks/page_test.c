/* The pages of links as text: what they say of each kind of wait, and that nothing which comes from
 * outside gets out of its place. tests/javascript/page_test.mjs looks at them in a browser. */
#include <criterion/criterion.h>
#include <openssl/evp.h>

#include "services/callbacks/page.h"

static const struct outcome outcomes[] = {
    { STR_INIT("approve"), STR_INIT("Approve"), false },
    { STR_INIT("reject"), STR_INIT("Reject <it>"), true },
};

struct fixture {
    struct arena arena;
    struct wait_view wait;
    struct page_content content;
};

static json parse(struct fixture *f, const char *text)
{
    json value;
    struct error err;
    cr_assert(json_parse(str_from(text), &f->arena, &value, &err), "%s", text);
    return value;
}

static void open_fixture(struct fixture *f)
{
    *f = (struct fixture){ 0 };
    arena_init(&f->arena);
    f->wait = (struct wait_view){
        .open = true,
        .machine = STR("loan"),
        .state = STR("Ask"),
        .outcomes = outcomes,
        .outcome_count = 2,
        .since_ms = 1700000000000,
        .show = json_null(),
        .decided = json_null(),
        .answers = json_null(),
        .attempts = json_null(),
        .responders = json_null(),
    };
    f->content = (struct page_content){ .wait = &f->wait,
                                        .kind = PAGE_OPEN,
                                        .answer = json_null(),
                                        .now_ms = 1700000000000 + 7200000 };
}

static str render(struct fixture *f)
{
    struct buf out;
    buf_init(&out, &f->arena);
    page_write(&out, &f->arena, &f->content);
    return buf_str(&out);
}

static bool has(str page, const char *text)
{
    return str_find(page, str_from(text), 0) < page.len;
}

static void expect(struct fixture *f, const char *text)
{
    str page = render(f);
    cr_expect(has(page, text), "lacks %s: %.*s", text, STR_ARGS(page));
}

static void expect_not(struct fixture *f, const char *text)
{
    str page = render(f);
    cr_expect_not(has(page, text), "has %s: %.*s", text, STR_ARGS(page));
}

Test(page, the_question)
{
    struct fixture f;
    open_fixture(&f);
    f.wait.title = STR("Lend 210,000?");
    f.wait.until_ms = f.content.now_ms + 3 * 86400000LL;
    expect(&f, "<title>Lend 210,000?</title>");
    expect(&f, "<strong>loan</strong>, step <strong>Ask</strong>");
    expect(&f, "14 November 2023 at 22:13 UTC</time> (2 hours)");
    expect(&f, "18 November 2023 at 00:13 UTC</time> (in 3 days)");
    expect(&f, "<form method=\"post\"");
    expect(&f, "<button name=\"outcome\" value=\"approve\">Approve</button>");
    expect(&f, "<button class=\"no\" name=\"outcome\" value=\"reject\">Reject &lt;it&gt;</button>");
    expect(&f, "<textarea id=\"comment\"");
    expect_not(&f, "name=\"code\"");
    expect_not(&f, "<script");
    arena_close(&f.arena);
}

Test(page, a_wait_without_title_or_deadline)
{
    struct fixture f;
    open_fixture(&f);
    expect(&f, "<h1 dir=\"auto\">Your answer is needed</h1>");
    expect_not(&f, "Please answer until");
    arena_close(&f.arena);
}

Test(page, a_link_of_one_outcome_has_one_button)
{
    struct fixture f;
    open_fixture(&f);
    f.content.outcome = 2;
    expect(&f, "value=\"reject\"");
    expect_not(&f, "value=\"approve\"");
    arena_close(&f.arena);
}

/* The first button of a form is what the Enter key presses. */
Test(page, enter_in_a_field_presses_a_button_that_does_nothing)
{
    struct fixture f;
    open_fixture(&f);
    str page = render(&f);
    size_t dead = str_find(page, STR("<button type=\"submit\" disabled hidden>"), 0);
    cr_assert_lt(dead, str_find(page, STR("<button name=\"outcome\""), 0));
    arena_close(&f.arena);
}

Test(page, a_quorum_says_who_is_asked)
{
    struct fixture f;
    open_fixture(&f);
    expect_not(&f, "must approve");
    f.wait.responders = parse(&f, "[\"cfo\",\"<ops>\"]");
    f.wait.answers = parse(&f, "[{\"responder\":\"cfo\"}]");
    f.wait.quorum = 2;
    expect(&f, "2 of 2 must approve (cfo, &lt;ops&gt;); answers so far: 1.");
    arena_close(&f.arena);
}

Test(page, rules_for_comment_and_code)
{
    struct fixture f;
    open_fixture(&f);
    f.wait.comment = COMMENT_REQUIRED;
    f.wait.needs_code = true;
    f.content.comment = STR("</textarea><script>");
    f.content.problem = "That code is not right.";
    expect(&f, " required>\n&lt;/textarea&gt;&lt;script&gt;</textarea>");
    expect(&f, "<label for=\"code\">");
    expect(&f, "role=\"alert\">That code is not right.</p>");
    f.wait.comment = COMMENT_NONE;
    expect_not(&f, "<textarea");
    arena_close(&f.arena);
}

Test(page, fields_are_shown_for_people_and_escaped)
{
    struct fixture f;
    open_fixture(&f);
    f.wait.show = parse(&f, "{\"<b>\":\"\\\"&'<i>\",\"list\":[1,\"two\",null],\"on\":true,"
                            "\"home\":{\"city\":\"X\",\"in\":{\"a\":1}},\"none\":null,\"n\":1.50}");
    expect(&f, "<dt dir=\"auto\">&lt;b&gt;</dt><dd dir=\"auto\">&quot;&amp;&#39;&lt;i&gt;</dd>");
    expect(&f, "<dd dir=\"auto\">1, two, \xE2\x80\x93</dd>");
    expect(&f, "<dd dir=\"auto\">yes</dd>");
    expect(&f, "<dd dir=\"auto\">city: X\nin: {&quot;a&quot;:1}</dd>");
    expect(&f, "<dd dir=\"auto\">1.50</dd>");
    arena_close(&f.arena);
}

Test(page, who_decided_what_and_when)
{
    struct fixture f;
    open_fixture(&f);
    f.wait.open = false;
    f.content.kind = PAGE_DECIDED;
    f.wait.decided = parse(&f, "{\"outcome\":\"reject\",\"by\":\"ann <a@b>\",\"via\":\"link\","
                               "\"at\":\"2023-11-14T22:15:00.000Z\",\"comment\":\"too & much\"}");
    expect(&f, "<dd dir=\"auto\">Reject &lt;it&gt;</dd>");
    expect(&f, "<dd dir=\"auto\">ann &lt;a@b&gt;</dd>");
    expect(&f, "14 November 2023 at 22:15 UTC");
    expect(&f, "<dd dir=\"auto\">too &amp; much</dd>");
    expect_not(&f, "<button");
    expect_not(&f, "<form");
    arena_close(&f.arena);
}

/* Who holds a void or a forged link learns nothing. */
Test(page, pages_without_a_wait)
{
    static const enum page_kind kinds[] = { PAGE_REVOKED, PAGE_EXPIRED, PAGE_UNKNOWN,
                                            PAGE_NOT_YOURS, PAGE_BAD_REQUEST };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct fixture f;
        open_fixture(&f);
        f.content.kind = kinds[i];
        f.content.wait = NULL;
        expect_not(&f, "loan");
        expect_not(&f, "<button");
        expect(&f, "<p role=\"status\">");
        arena_close(&f.arena);
    }
}

Test(page, between_two_attempts_it_still_asks)
{
    struct fixture f;
    open_fixture(&f);
    f.wait.between = true;
    f.wait.again_ms = f.content.now_ms + 60000;
    expect(&f, "The last attempt is over; it asks again at <time datetime=\"");
    expect(&f, "<button name=\"outcome\" value=\"approve\"");
    f.content.kind = PAGE_KEPT;
    expect(&f, "An answer is recorded.");
    expect_not(&f, "<button");
    arena_close(&f.arena);
}

Test(page, ends_without_a_decision)
{
    static const enum page_kind kinds[] = { PAGE_TIMED_OUT, PAGE_STOPPED, PAGE_CLOSED,
                                            PAGE_LOCKED };
    static const char *const said[] = { "in time", "was stopped", "does not wait", "wrong codes" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct fixture f;
        open_fixture(&f);
        f.content.kind = kinds[i];
        expect(&f, said[i]);
        expect_not(&f, "<button");
        arena_close(&f.arena);
    }
}

Test(page, durations)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(str_eq(page_duration(&arena, -5), STR("less than a minute")));
    cr_expect(str_eq(page_duration(&arena, 59999), STR("less than a minute")));
    cr_expect(str_eq(page_duration(&arena, 60000), STR("1 minute")));
    cr_expect(str_eq(page_duration(&arena, 3600000), STR("1 hour")));
    cr_expect(str_eq(page_duration(&arena, 86400000LL * 30), STR("30 days")));
    arena_close(&arena);
}

/* The policy lets through exactly the style sheet that the page has. */
Test(page, the_policy_knows_the_style)
{
    struct fixture f;
    unsigned char digest[EVP_MAX_MD_SIZE], text[EVP_ENCODE_LENGTH(EVP_MAX_MD_SIZE)];
    open_fixture(&f);
    str page = render(&f);
    size_t from = str_find(page, STR("<style>"), 0) + 7;
    size_t to = str_find(page, STR("</style>"), from);
    cr_assert_eq(EVP_Digest(page.ptr + from, to - from, digest, NULL, EVP_sha256(), NULL), 1);
    EVP_EncodeBlock(text, digest, 32);
    str policy = arena_printf(&f.arena, "style-src 'sha256-%s'", (const char *)text);
    str headers = page_headers(&f.arena);
    cr_expect_lt(str_find(headers, policy, 0), headers.len, "%.*s", STR_ARGS(headers));
    cr_expect_lt(str_find(headers, STR("default-src 'none'"), 0), headers.len);
    cr_expect_lt(str_find(headers, STR("frame-ancestors 'none'"), 0), headers.len);
    cr_expect_lt(str_find(headers, STR("Cache-Control: no-store\r\n"), 0), headers.len);
    cr_expect_lt(str_find(headers, STR("Referrer-Policy: no-referrer\r\n"), 0), headers.len);
    arena_close(&f.arena);
}
