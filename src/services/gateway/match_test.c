/* Which route fits, and which paths may be routes. Expected: "Routing API requests" in the
 * Developer Guide. */
#include <criterion/criterion.h>

#include "services/gateway/internal.h"

/* "GET /a|ANY /{x}|..." as a table's routes. */
static json routes_of(struct arena *arena, str text)
{
    struct json_list list;
    json_list_init(&list, arena);
    while (text.len > 0) {
        size_t end = str_find_char(text, '|', 0), space = str_find_char(text, ' ', 0);
        str method = str_slice(text, 0, space), path = str_slice(text, space + 1, end);
        json route = json_with(arena, json_empty(), STR("m"), json_string(method));
        json_list_add(&list, json_with(arena, route, STR("p"), json_string(path)));
        text = str_skip(text, end < text.len ? end + 1 : end);
    }
    return json_list_done(&list);
}

static const struct {
    const char *routes, *method, *path;
    int found;
    const char *params;
} cases[] = {
    { "GET /pets", "GET", "/pets", 0, "{}" },
    { "GET /pets", "GET", "/pets/", 0, "{}" },
    { "GET /pets/", "GET", "/pets", 0, "{}" },
    { "GET /", "GET", "/", 0, "{}" },
    { "GET /pets", "POST", "/pets", -1, NULL },
    { "GET /pets", "GET", "/pets/1", -1, NULL },
    { "GET /pets", "GET", "/Pets", -1, NULL },
    { "GET /pets/{id}", "GET", "/pets/1", 0, "{\"id\":\"1\"}" },
    { "GET /pets/{id}", "GET", "/pets/", -1, NULL },
    { "GET /pets/{id}", "GET", "/pets/a%2Fb%20c", 0, "{\"id\":\"a/b c\"}" },
    { "GET /pets/{id}", "GET", "/pets/%zz", 0, "{\"id\":\"%zz\"}" },
    { "GET /{p+}", "GET", "/a/b/", 0, "{\"p\":\"a/b/\"}" },
    { "GET /{p+}", "GET", "/", -1, NULL },
    { "GET /x/{p+}", "GET", "/x", -1, NULL },
    /* the table of the guide */
    { "GET /pets/dog/1|GET /pets/dog/{id}|GET /pets/{proxy+}|ANY /{proxy+}|ANY $default", "GET",
      "/pets/dog/1", 0, "{}" },
    { "GET /pets/dog/1|GET /pets/dog/{id}|GET /pets/{proxy+}|ANY /{proxy+}|ANY $default", "GET",
      "/pets/dog/2", 1, "{\"id\":\"2\"}" },
    { "GET /pets/dog/1|GET /pets/dog/{id}|GET /pets/{proxy+}|ANY /{proxy+}|ANY $default", "GET",
      "/pets/cat/1", 2, "{\"proxy\":\"cat/1\"}" },
    { "GET /pets/dog/1|GET /pets/dog/{id}|GET /pets/{proxy+}|ANY /{proxy+}|ANY $default", "POST",
      "/test/5", 3, "{\"proxy\":\"test/5\"}" },
    { "GET /pets|ANY $default", "GET", "/", 1, "{}" },
    /* order in the table does not matter */
    { "ANY /{proxy+}|GET /a/{b}|GET /a/c", "GET", "/a/c", 2, "{}" },
    { "ANY /a|GET /a", "GET", "/a", 1, "{}" },
    { "GET /a|ANY /a", "GET", "/a", 0, "{}" },
    { "ANY $default|ANY /a", "GET", "/a", 1, "{}" },
    { "GET /{x}/b|GET /a/{y}", "GET", "/a/b", 1, "{\"y\":\"b\"}" },
};

Test(gateway_match, the_most_specific_route_wins)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json params = json_null();
        json routes = routes_of(&arena, str_from(cases[i].routes));
        int found = match_route(routes, str_from(cases[i].method), str_from(cases[i].path), &arena,
                                &params);
        cr_expect_eq(found, cases[i].found, "%s %s in %s: %d", cases[i].method, cases[i].path,
                     cases[i].routes, found);
        if (found < 0 || !cases[i].params) continue;
        str text = json_text(&arena, params);
        cr_expect(str_eq(text, str_from(cases[i].params)), "%s: %.*s", cases[i].path,
                  STR_ARGS(text));
    }
    arena_close(&arena);
}

Test(gateway_match, templates_are_checked)
{
    static const char *const good[] = {
        "/", "/a", "/a/", "/a/{b}/c/{d+}", "/{proxy+}", "/a.b-c_d"
    };
    static const char *const bad[] = { "",     "a",     "/a//b", "/{a}/{a}", "/{a+}/b", "/{}",
                                       "/{+}", "/a{b}", "/{b}a", "/a}",      "/{a}{b}" };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        cr_expect(match_is_template(str_from(good[i])), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        cr_expect_not(match_is_template(str_from(bad[i])), "%s", bad[i]);
}

Test(gateway_match, uris_of_integrations)
{
    static const struct {
        const char *uri, *function;
    } rows[] = {
        { "arn:aws:lambda:us-east-1:1:function:f", "arn:aws:lambda:us-east-1:1:function:f" },
        { "arn:aws:lambda:us-east-1:1:function:f:live",
          "arn:aws:lambda:us-east-1:1:function:f:live" },
        { "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
          "arn:aws:lambda:us-east-1:1:function:f/invocations",
          "arn:aws:lambda:us-east-1:1:function:f" },
        { "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions//invocations", "" },
        { "arn:aws:apigateway:us-east-1:states:action/StartExecution", "" },
        { "https://example.com", "" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        str found = uri_function(str_from(rows[i].uri));
        cr_expect(str_eq(found, str_from(rows[i].function)), "%s: %.*s", rows[i].uri,
                  STR_ARGS(found));
    }
    struct aws_uri uri;
    cr_assert(aws_uri_read(STR("arn:aws:apigateway:eu-west-1:states:action/StartExecution"), &uri));
    cr_expect(str_eq(uri.service, STR("states")) && str_eq(uri.action, STR("StartExecution")));
    cr_expect(uri_operation(&uri) != NULL);
    cr_assert(aws_uri_read(STR("arn:aws:apigateway:eu-west-1:sqs:path/1/q"), &uri));
    cr_expect(str_eq(uri.path, STR("1/q")) && uri_operation(&uri) != NULL);
    cr_assert(aws_uri_read(STR("arn:aws:apigateway:eu-west-1:s3:path/b/k"), &uri));
    cr_expect_null(uri_operation(&uri));
    cr_expect_not(aws_uri_read(STR("arn:aws:states:eu-west-1:1:stateMachine:m"), &uri));
}
