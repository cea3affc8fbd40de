/* Verifiers against the published vectors: Standard Webhooks' (its libraries' test vector),
 * GitHub's ("Validating webhook deliveries"), Slack's ("Verifying requests from Slack"), Stripe's
 * header format ("Verify webhook signatures manually"), RFC 7617's; other MACs made with Python's
 * hmac. */
#include "services/callbacks/verifier.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { HEADERS_MAX = 8 };

static struct arena arena;

static json parse(const char *text)
{
    json value;
    struct error err = { 0 };
    str source = arena_str(&arena, str_from(text));
    char *bytes = arena_alloc(&arena, source.len);
    for (size_t i = 0; i < source.len; i++)
        bytes[i] = source.ptr[i] == '\'' ? '"' : source.ptr[i];
    cr_assert(json_parse((str){ bytes, source.len }, &arena, &value, &err), "%s: %s", text,
              err.message);
    return value;
}

/* `headers`: "Name: value" lines. */
static struct http_request make_request(const char *headers, const char *body)
{
    static struct http_header list[HEADERS_MAX];
    struct http_request http = { .method = STR("POST"), .path = STR("/hooks/a") };
    str rest = str_from(headers);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '\n', 0);
        str line = str_slice(rest, 0, end);
        size_t colon = str_find_char(line, ':', 0);
        cr_assert(colon < line.len && http.header_count < HEADERS_MAX);
        list[http.header_count++] = (struct http_header){
            .name = str_slice(line, 0, colon),
            .value = str_trim(str_skip(line, colon + 1)),
        };
        rest = str_skip(rest, end < rest.len ? end + 1 : end);
    }
    http.headers = list;
    http.body = str_from(body);
    return http;
}

static struct verifier_result check_at(const char *verifier, const struct http_request *http,
                                       int64_t now_s)
{
    struct verifier_result result;
    struct error err = { 0 };
    json settings = parse(verifier);
    cr_assert(verifier_valid(settings, &err), "%s: %s", verifier, err.message);
    bool is_good = verifier_check(settings, http, now_s * 1000 + 999, &arena, &result);
    cr_assert_eq(is_good, result.is_good);
    return result;
}

static struct verifier_result expect_good(const char *verifier, const char *headers,
                                          const char *body, int64_t now_s)
{
    struct http_request http = make_request(headers, body);
    struct verifier_result result = check_at(verifier, &http, now_s);
    cr_assert(result.is_good, "%s: %s", verifier, result.reason);
    return result;
}

static void expect_bad(const char *verifier, const char *headers, const char *body, int64_t now_s,
                       const char *reason)
{
    struct http_request http = make_request(headers, body);
    struct verifier_result result = check_at(verifier, &http, now_s);
    cr_assert(!result.is_good, "%s: %s", verifier, headers);
    cr_assert_str_eq(result.reason, reason);
}

static void setup(void)
{
    arena_init(&arena);
}

static void teardown(void)
{
    arena_close(&arena);
}

TestSuite(verifier, .init = setup, .fini = teardown);

/* ---- Standard Webhooks ---- */

#define SW_VERIFIER "{'type':'standard-webhooks','secret':'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}"
#define SW_ID "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\n"
#define SW_TIME "webhook-timestamp: 1614265330\n"
#define SW_GOOD "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
#define SW_OTHER "v1,lvXIl+uXeTDa+pEiTZIuJaA2nNjGlxg722u944nAW6Y="
#define SW_BODY "{\"test\": 2432232314}"
enum { SW_S = 1614265330 };

Test(verifier, standard_webhooks_published_vector)
{
    struct verifier_result result =
        expect_good(SW_VERIFIER, SW_ID SW_TIME "webhook-signature: " SW_GOOD, SW_BODY, SW_S);
    cr_assert(str_eq(result.message_id, STR("msg_p5jXN8AQM9LWM0D4loKWxJek")));
    expect_good("{'type':'standard-webhooks','secret':'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'}",
                SW_ID SW_TIME "webhook-signature: " SW_GOOD, SW_BODY, SW_S);
}

Test(verifier, standard_webhooks_several_signatures)
{
    expect_good(SW_VERIFIER,
                SW_ID SW_TIME "webhook-signature: v1,bm90LXRoaXMtb25l v1a,x " SW_GOOD " v2,y",
                SW_BODY, SW_S);
    expect_bad(SW_VERIFIER, SW_ID SW_TIME "webhook-signature: v1,bm90LXRoaXMtb25l v1a,x", SW_BODY,
               SW_S, "no signature fits");
    /* The version is part of a signature: one of another scheme does not count. */
    expect_bad(SW_VERIFIER,
               SW_ID SW_TIME "webhook-signature: v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
               SW_BODY, SW_S, "no signature fits");
}

Test(verifier, standard_webhooks_rotation)
{
    static const char both[] = "{'type':'standard-webhooks','secrets':["
                               "'whsec_c2VjcmV0LW9mLWEtcm90YXRlZC1lbmRwb2ludA==',"
                               "'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']}";
    expect_good(both, SW_ID SW_TIME "webhook-signature: " SW_GOOD, SW_BODY, SW_S);
    expect_good(both, SW_ID SW_TIME "webhook-signature: " SW_OTHER, SW_BODY, SW_S);
    expect_bad(SW_VERIFIER, SW_ID SW_TIME "webhook-signature: " SW_OTHER, SW_BODY, SW_S,
               "no signature fits");
}

Test(verifier, standard_webhooks_tolerance)
{
    static const char headers[] = SW_ID SW_TIME "webhook-signature: " SW_GOOD;
    expect_good(SW_VERIFIER, headers, SW_BODY, SW_S + 300);
    expect_bad(SW_VERIFIER, headers, SW_BODY, SW_S + 301, "the timestamp is too old");
    expect_good(SW_VERIFIER, headers, SW_BODY, SW_S - 300);
    expect_bad(SW_VERIFIER, headers, SW_BODY, SW_S - 301, "the timestamp lies in the future");
    expect_good("{'type':'standard-webhooks','secret':'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',"
                "'toleranceSeconds':3600}",
                headers, SW_BODY, SW_S + 3600);
}

Test(verifier, standard_webhooks_forgeries)
{
    expect_bad(SW_VERIFIER, SW_ID SW_TIME "webhook-signature: " SW_GOOD, "{\"test\": 2432232315}",
               SW_S, "no signature fits");
    expect_bad(SW_VERIFIER, "webhook-id: msg_other\n" SW_TIME "webhook-signature: " SW_GOOD,
               SW_BODY, SW_S, "no signature fits");
    expect_bad(SW_VERIFIER, SW_TIME "webhook-signature: " SW_GOOD, SW_BODY, SW_S,
               "there is not exactly one header with the message's id");
    expect_bad(SW_VERIFIER, SW_ID "webhook-signature: " SW_GOOD, SW_BODY, SW_S,
               "there is not exactly one timestamp");
    expect_bad(SW_VERIFIER, SW_ID SW_TIME, SW_BODY, SW_S,
               "there is not exactly one header with the signature");
    expect_bad(SW_VERIFIER, SW_ID SW_TIME SW_TIME "webhook-signature: " SW_GOOD, SW_BODY, SW_S,
               "there is not exactly one timestamp");
    expect_bad(SW_VERIFIER, SW_ID "webhook-timestamp: soon\nwebhook-signature: " SW_GOOD, SW_BODY,
               SW_S, "the timestamp is not a number of seconds");
    expect_bad(SW_VERIFIER,
               SW_ID "webhook-timestamp: 9223372036854775807\nwebhook-signature: " SW_GOOD, SW_BODY,
               SW_S, "the timestamp is not a number of seconds");
}

Test(verifier, standard_webhooks_other_header_names)
{
    expect_good("{'type':'standard-webhooks','secret':'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',"
                "'headerPrefix':'svix'}",
                "svix-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nsvix-timestamp: 1614265330\n"
                "svix-signature: " SW_GOOD,
                SW_BODY, SW_S);
}

/* ---- GitHub ---- */

#define GITHUB_VERIFIER "{'type':'github','secret':'It\\u0027s a Secret to Everybody'}"
#define GITHUB_DIGITS "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

Test(verifier, github_published_vector)
{
    struct verifier_result result =
        expect_good(GITHUB_VERIFIER,
                    "X-Hub-Signature-256: sha256=" GITHUB_DIGITS
                    "\nX-GitHub-Delivery: 72d3162e-cc78-11e3-81ab-4c9367dc0958",
                    "Hello, World!", 0);
    cr_assert(str_eq(result.message_id, STR("72d3162e-cc78-11e3-81ab-4c9367dc0958")));
    expect_good(GITHUB_VERIFIER, "x-hub-signature-256: sha256=" GITHUB_DIGITS, "Hello, World!", 0);
}

Test(verifier, github_forgeries)
{
    expect_bad(GITHUB_VERIFIER, "X-Hub-Signature-256: sha256=" GITHUB_DIGITS, "Hello, World?", 0,
               "no signature fits");
    expect_bad(GITHUB_VERIFIER, "X-Hub-Signature-256: " GITHUB_DIGITS, "Hello, World!", 0,
               "no signature fits");
    expect_bad(GITHUB_VERIFIER, "X-Hub-Signature-256: sha256=", "Hello, World!", 0,
               "no signature fits");
    expect_bad(GITHUB_VERIFIER, "X-Hub-Signature: sha1=00", "Hello, World!", 0,
               "there is not exactly one header with the signature");
}

/* ---- Stripe ---- */

#define STRIPE_VERIFIER "{'type':'stripe','secret':'whsec_test_secret'}"
#define STRIPE_V1 "v1=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543"
#define STRIPE_OLD_V1 "v1=6ff3bb574686a5e06ed372dd22beab15e045c7d15c6c1b70f8ccbf8d3f230fe8"
#define STRIPE_V0 "v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"
#define STRIPE_BODY "{\"id\":\"evt_1\",\"object\":\"event\"}"
enum { STRIPE_S = 1492774577 };

Test(verifier, stripe_documented_header)
{
    expect_good(STRIPE_VERIFIER, "Stripe-Signature: t=1492774577," STRIPE_V1 "," STRIPE_V0,
                STRIPE_BODY, STRIPE_S);
    expect_good(STRIPE_VERIFIER,
                "Stripe-Signature: t=1492774577, " STRIPE_OLD_V1 ", " STRIPE_V1 "," STRIPE_V0,
                STRIPE_BODY, STRIPE_S + 300);
    expect_good("{'type':'stripe','secrets':['whsec_new','whsec_old_secret']}",
                "Stripe-Signature: t=1492774577," STRIPE_OLD_V1, STRIPE_BODY, STRIPE_S);
}

Test(verifier, stripe_forgeries)
{
    expect_bad(STRIPE_VERIFIER, "Stripe-Signature: t=1492774577," STRIPE_V1, STRIPE_BODY,
               STRIPE_S + 301, "the timestamp is too old");
    expect_bad(STRIPE_VERIFIER, "Stripe-Signature: t=1492774578," STRIPE_V1, STRIPE_BODY, STRIPE_S,
               "no signature fits");
    expect_bad(STRIPE_VERIFIER, "Stripe-Signature: " STRIPE_V1, STRIPE_BODY, STRIPE_S,
               "there is not exactly one timestamp");
    expect_bad(STRIPE_VERIFIER, "Stripe-Signature: t=1492774577,t=1," STRIPE_V1, STRIPE_BODY,
               STRIPE_S, "there is not exactly one timestamp");
    /* Downgrade: the scheme for tests never counts. */
    expect_bad(STRIPE_VERIFIER,
               "Stripe-Signature: t=1492774577,"
               "v0=654b43d3508ecadb3f8cefc4bc7d3d2bdc5ba9e03bf2c89b2d0657a8e24e4543",
               STRIPE_BODY, STRIPE_S, "no signature fits");
}

Test(verifier, signatures_beyond_the_bound_are_not_looked_at)
{
    struct buf header;
    buf_init(&header, &arena);
    buf_add(&header, STR("Stripe-Signature: t=1492774577"));
    for (int i = 0; i < VERIFIER_SIGNATURES_MAX - 2; i++)
        buf_add(&header, STR(",v1=00"));
    str before = arena_str(&arena, buf_str(&header));
    str last = arena_printf(&arena, "%.*s,%s", STR_ARGS(before), STRIPE_V1);
    str beyond = arena_printf(&arena, "%.*s,v1=00,%s", STR_ARGS(before), STRIPE_V1);
    expect_good(STRIPE_VERIFIER, last.ptr, STRIPE_BODY, STRIPE_S);
    expect_bad(STRIPE_VERIFIER, beyond.ptr, STRIPE_BODY, STRIPE_S, "no signature fits");
}

/* ---- Slack ---- */

#define SLACK_VERIFIER "{'type':'slack','secret':'8f742231b10e8888abcd99yyyzzz85a5'}"
#define SLACK_HEADERS                                                                              \
    "X-Slack-Request-Timestamp: 1531420618\n"                                                      \
    "X-Slack-Signature: "                                                                          \
    "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
enum { SLACK_S = 1531420618 };
static const char slack_body[] =
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    "803a0bc887a14d10d2c447fce8b6703c";

Test(verifier, slack_published_vector)
{
    struct verifier_result result = expect_good(SLACK_VERIFIER, SLACK_HEADERS, slack_body, SLACK_S);
    cr_assert_eq(result.challenge.len, 0);
    expect_bad(SLACK_VERIFIER, SLACK_HEADERS, slack_body, SLACK_S + 301,
               "the timestamp is too old");
    expect_bad("{'type':'slack','secret':'8f742231b10e8888abcd99yyyzzz85a6'}", SLACK_HEADERS,
               slack_body, SLACK_S, "no signature fits");
}

Test(verifier, slack_challenge_only_when_signed)
{
    static const char body[] =
        "{\"token\":\"Jhj5dZrVaK7ZwHHjRyZWjbDl\","
        "\"challenge\":\"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P\","
        "\"type\":\"url_verification\"}";
    struct verifier_result result =
        expect_good(SLACK_VERIFIER,
                    "X-Slack-Request-Timestamp: 1531420618\nX-Slack-Signature: "
                    "v0=f9bd80929259f3f6d5fe3a3186c453c89cd1ad4862815a15837584f31c993652",
                    body, SLACK_S);
    cr_assert(
        str_eq(result.challenge, STR("3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P")));
    expect_bad(SLACK_VERIFIER, SLACK_HEADERS, body, SLACK_S, "no signature fits");
}

/* ---- HMAC ---- */

Test(verifier, hmac_encodings_and_algorithms)
{
    expect_good("{'type':'hmac','secret':'k','header':'X-Sig','algorithm':'sha1'}",
                "X-Sig: 231F99C5BD508736C530FA6FE97885DBBD045B79", "Hello, World!", 0);
    expect_good("{'type':'hmac','secret':'k','header':'X-Sig','algorithm':'sha512',"
                "'encoding':'base64','prefix':'s='}",
                "X-Sig: s=bL+01rTCtNdDuCU+WqapOgDONEHjlTLI+BFHu3+ThrxOyFMUesoszps/aejpbr8jp9oo9JNM"
                "452scI4mh7eBgA==",
                "Hello, World!", 0);
    expect_good("{'type':'hmac','secret':'k','header':'X-Sig','encoding':'base64url',"
                "'timestampHeader':'X-Time'}",
                "X-Time: 1700000000\nX-Sig: ZfldwBl9oaN0Okf1ryLCag2VTH9uktpBS0oE64iG1Dg",
                "Hello, World!", 1700000000);
    expect_good("{'type':'hmac','secret':'00ff10','secretEncoding':'hex','header':'X-Sig'}",
                "X-Sig: 3ab5cb4c0d2f406a26c709507a0f83bb3aee1ac0eb8c612334fc1f727c6eec0f",
                "Hello, World!", 0);
}

Test(verifier, hmac_over_parts_of_the_request)
{
    static const char verifier[] =
        "{'type':'hmac','secret':'k','header':'X-Sig','timestampHeader':'X-Time','idHeader':'X-Id',"
        "'toleranceSeconds':60,'content':'{method} {path} {id} {timestamp} {body}'}";
    static const char headers[] =
        "X-Time: 1700000000\nX-Id: m-1\n"
        "X-Sig: 2809a6624205cded0e603a9afbe061dad864008e3ce5e6a1abc2100c7a29bf24";
    struct http_request http = make_request(headers, "Hello, World!");
    http.query = STR("b=c");
    struct verifier_result result = check_at(verifier, &http, 1700000060);
    cr_assert(result.is_good, "%s", result.reason);
    cr_assert(str_eq(result.message_id, STR("m-1")));
    http.query = STR("b=d");
    cr_assert(!check_at(verifier, &http, 1700000060).is_good);
    expect_bad(verifier, headers, "Hello, World!", 1700000061, "the timestamp is too old");
}

/* ---- bearer, basic, none ---- */

Test(verifier, bearer)
{
    static const char verifier[] = "{'type':'bearer','secrets':['one','two']}";
    expect_good(verifier, "Authorization: Bearer one", "", 0);
    expect_good(verifier, "authorization: bearer two", "", 0);
    expect_bad(verifier, "Authorization: Bearer three", "", 0, "the secret is another one");
    expect_bad(verifier, "Authorization: Bearer ", "", 0, "the header has another prefix");
    expect_bad(verifier, "Authorization: one", "", 0, "the header has another prefix");
    expect_bad(verifier, "", "", 0, "there is not exactly one header with the secret");
    expect_bad(verifier, "Authorization: Bearer one\nAuthorization: Bearer one", "", 0,
               "there is not exactly one header with the secret");
    expect_good("{'type':'bearer','secret':'t','header':'X-Gitlab-Token'}", "X-GitLab-Token: t", "",
                0);
}

Test(verifier, basic_of_rfc_7617)
{
    static const char verifier[] = "{'type':'basic','username':'Aladdin','secret':'open sesame'}";
    expect_good(verifier, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "", 0);
    expect_good(verifier, "Authorization: basic QWxhZGRpbjpvcGVuIHNlc2FtZQ", "", 0);
    expect_bad(verifier, "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZT==", "", 0,
               "the user name or the secret is another one");
    expect_bad(verifier, "Authorization: Bearer x", "", 0, "the header has another prefix");
    /* All bytes of a secret count, whatever they are: this is "Aladdin:". */
    expect_bad("{'type':'basic','username':'Aladdin','secret':'\\u0000x'}",
               "Authorization: Basic QWxhZGRpbjo=", "", 0,
               "the user name or the secret is another one");
}

Test(verifier, none_says_so_in_plain_words)
{
    expect_good("{'type':'none','anybodyWhoKnowsTheKeyMayAnswer':true}", "", "", 0);
}

/* ---- settings ---- */

static void refuse(const char *verifier, const char *message)
{
    struct error err = { 0 };
    cr_assert(!verifier_valid(parse(verifier), &err), "%s", verifier);
    cr_assert_eq(err.code, ERROR_VALIDATION);
    cr_assert_str_eq(err.message, message);
}

Test(verifier, settings_are_checked)
{
    refuse("[]", "verifier: must be an object");
    refuse("{}", "verifier: 'type' must be one of none, bearer, basic, hmac, standard-webhooks, "
                 "github, stripe, slack");
    refuse("{'type':'none'}", "verifier: a none verifier needs 'anybodyWhoKnowsTheKeyMayAnswer'");
    refuse("{'type':'none','anybodyWhoKnowsTheKeyMayAnswer':false}",
           "verifier: type 'none' needs \"anybodyWhoKnowsTheKeyMayAnswer\": true, as nothing else "
           "keeps anybody out");
    refuse("{'type':'github'}", "verifier: a github verifier needs either 'secret' or 'secrets'");
    refuse("{'type':'github','secret':'a','secrets':['b']}",
           "verifier: a github verifier needs either 'secret' or 'secrets'");
    refuse("{'type':'github','secret':''}", "verifier: a secret must be a text");
    refuse("{'type':'github','secret':'***'}",
           "verifier: a secret is '***', which is what is shown instead of one");
    refuse("{'type':'github','secrets':[]}", "verifier: 'secrets' must be a list of 1 to 8");
    refuse("{'type':'github','secret':'a','header':'b'}",
           "verifier: a github verifier has no 'header'");
    refuse("{'type':'standard-webhooks','secret':'whsec_no base64'}",
           "verifier: a secret is not in base64 behind whsec_");
    refuse("{'type':'stripe','secret':'a','toleranceSeconds':0}",
           "verifier: 'toleranceSeconds' must be a whole number from 1 to 86400");
    refuse("{'type':'basic','username':'a:b','secret':'c'}",
           "verifier: 'username' must not have a colon");
    refuse("{'type':'hmac','secret':'a'}", "verifier: a hmac verifier needs 'header'");
    refuse("{'type':'hmac','secret':'a','header':'a b'}",
           "verifier: 'header' must be the name of a header");
    refuse("{'type':'hmac','secret':'a','header':'b','algorithm':'md5'}",
           "verifier: 'algorithm' must be one of sha1, sha256, sha512");
    refuse("{'type':'hmac','secret':'a','header':'b','content':'{body}{bode}'}",
           "verifier: 'content' has {bode}; it knows {body}, {timestamp}, {id}, {method} and "
           "{path}");
    refuse("{'type':'hmac','secret':'a','header':'b','content':'{path}'}",
           "verifier: 'content' must have {body}");
    refuse("{'type':'hmac','secret':'a','header':'b','timestampHeader':'t','content':'{body}'}",
           "verifier: 'content' must have {timestamp}: else anybody could write a new one");
    refuse("{'type':'hmac','secret':'a','header':'b','toleranceSeconds':5}",
           "verifier: 'toleranceSeconds' needs a 'timestampHeader'");
}

Test(verifier, bounds_at_and_beyond)
{
    struct error err = { 0 };
    char text[VERIFIER_SECRET_BYTES_MAX + 2];
    memset(text, 'x', sizeof text);
    for (int over = 0; over <= 1; over++) {
        str secret = { text, VERIFIER_SECRET_BYTES_MAX + (size_t)over };
        str settings = arena_printf(&arena, "{'type':'github','secret':'%.*s'}", STR_ARGS(secret));
        cr_assert_eq(verifier_valid(parse(settings.ptr), &err), over == 0);
    }
    for (int over = 0; over <= 1; over++) {
        struct buf list;
        buf_init(&list, &arena);
        for (int i = 0; i < VERIFIER_SECRETS_MAX + over; i++)
            buf_printf(&list, "%s'%d'", i > 0 ? "," : "", i);
        str settings =
            arena_printf(&arena, "{'type':'github','secrets':[%.*s]}", STR_ARGS(buf_str(&list)));
        cr_assert_eq(verifier_valid(parse(settings.ptr), &err), over == 0);
    }
}

static void expect_text(json value, const char *wanted)
{
    cr_assert(json_equal(value, parse(wanted)), "%.*s", STR_ARGS(json_text(&arena, value)));
}

Test(verifier, secrets_are_not_shown_and_survive_being_put_again)
{
    json stored = parse("{'type':'stripe','secrets':['a','b'],'toleranceSeconds':9}");
    json shown = verifier_redacted(&arena, stored);
    expect_text(shown, "{'type':'stripe','secrets':['***','***'],'toleranceSeconds':9}");
    cr_assert(json_equal(verifier_keep_secrets(&arena, shown, stored), stored));
    json changed = parse("{'type':'stripe','secrets':['***','c','***']}");
    expect_text(verifier_keep_secrets(&arena, changed, stored),
                "{'type':'stripe','secrets':['a','c','***']}");
    json other = parse("{'type':'github','secret':'***'}");
    cr_assert(json_equal(verifier_keep_secrets(&arena, other, stored), other));
    cr_assert(json_equal(verifier_keep_secrets(&arena, shown, json_null()), shown));
    expect_text(verifier_redacted(&arena, parse("{'type':'github','secret':'x'}")),
                "{'type':'github','secret':'***'}");
}

Test(verifier, headers_with_secrets_are_known)
{
    json verifier = parse("{'type':'bearer','header':'X-Pass','secret':'a'}");
    cr_assert(verifier_hides(verifier, STR("authorization")));
    cr_assert(verifier_hides(verifier, STR("COOKIE")));
    cr_assert(verifier_hides(verifier, STR("x-pass")));
    cr_assert(!verifier_hides(verifier, STR("Stripe-Signature")));
    cr_assert(!verifier_hides(verifier, STR("")));
}
