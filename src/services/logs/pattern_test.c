/* Filter patterns, by the examples of "Filter pattern syntax for metric filters, subscription
 * filters, filter log events" in the CloudWatch Logs guide. */
#include <criterion/criterion.h>

#include "services/logs/logs.h"

static bool matches(const char *pattern, const char *message)
{
    struct arena arena;
    struct error err = { 0 };
    const struct log_pattern *compiled;
    arena_init(&arena);
    cr_assert(log_pattern_compile(str_from(pattern), &arena, &compiled, &err), "%s: %s", pattern,
              err.message);
    bool answer = log_pattern_matches(compiled, str_from(message), &arena);
    arena_close(&arena);
    return answer;
}

Test(log_pattern, takes_terms)
{
    static const char bad[] = "[ERROR 400] BAD REQUEST",
                      auth[] = "[ERROR 401] UNAUTHORIZED REQUEST",
                      server[] = "[ERROR 419] MISSING ARGUMENTS";
    cr_expect(matches("ERROR", bad));
    cr_expect(!matches("error", bad));
    cr_expect(matches("ERROR ARGUMENTS", server) && !matches("ERROR ARGUMENTS", bad));
    cr_expect(matches("\"BAD REQUEST\"", bad) && !matches("\"BAD REQUEST\"", auth));
    cr_expect(matches("?400 ?401", bad) && matches("?400 ?401", auth));
    cr_expect(!matches("?400 ?401", server));
    cr_expect(matches("ERROR -419", bad) && !matches("ERROR -419", server));
    cr_expect(matches("ERROR ?nothing", bad), "? beside other terms is left out of account");
    cr_expect(matches("-\"a b\"", "ab") && !matches("-\"a b\"", "a b"));
    cr_expect(matches("\"say \\\"hi\\\"\"", "to say \"hi\" to"));
}

Test(log_pattern, looks_into_json)
{
    static const char event[] =
        "{\"eventType\":\"UpdateTrail\",\"sourceIPAddress\":\"111.111.111.111\",\"arrayKey\":"
        "[\"value\",\"another\"],\"objectList\":[{\"name\":\"a\",\"id\":1},{\"name\":\"b\",\"id\":"
        "2}],\"SomeObject\":null,\"cluster.name\":\"c\",\"ok\":true,\"text\":\"10\"}";
    cr_expect(matches("{ $.eventType = \"UpdateTrail\" }", event));
    cr_expect(matches("{$.eventType=UpdateTrail}", event));
    cr_expect(matches("{ $.sourceIPAddress != 123.123.* }", event));
    cr_expect(matches("{ $.arrayKey[0] = \"value\" }", event));
    cr_expect(matches("{ $.objectList[1].id = 2 }", event));
    cr_expect(!matches("{ $.objectList[2].id = 2 }", event));
    cr_expect(matches("{ $.SomeObject IS NULL }", event));
    cr_expect(matches("{ $.SomeOtherObject NOT EXISTS }", event));
    cr_expect(!matches("{ $.eventType NOT EXISTS }", event));
    cr_expect(matches("{ $.ok IS TRUE }", event) && !matches("{ $.ok IS FALSE }", event));
    cr_expect(matches("{ $.['cluster.name'] = \"c\" }", event));
    cr_expect(matches("{ ($.objectList[0].id >= 1 && $.ok IS TRUE) || $.none = 1 }", event));
    cr_expect(matches("{ $.none = 1 || $.objectList[0].id <= 1 && $.eventType = Up* }", event));
    cr_expect(!matches("{ $.eventType = \"UpdateTrail\" }", "no JSON"));
    cr_expect(!matches("{ $.none != 1 }", event), "what is not there differs from nothing");
}

Test(log_pattern, refuses_what_is_no_pattern)
{
    static const char *const patterns[] = {
        "{ $.a = }",
        "{ $.a 1 }",
        "{ a = 1 }",
        "{ $.a = 1",
        "{ $.a = 1 } x",
        "{ $.a = \"x }",
        "{ ($.a = 1 }",
        "{ $.a IS 1 }",
        "{ $.a NOT 1 }",
        "{ $. = 1 }",
        "{ $.a[x] = 1 }",
        "{ $.a = %x% }",
        "[a, b]",
        "%x%",
        "\"open",
        "?",
        "-",
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        const struct log_pattern *compiled;
        struct error err = { 0 };
        cr_expect(!log_pattern_compile(str_from(patterns[i]), &arena, &compiled, &err), "%s",
                  patterns[i]);
        cr_expect_eq(err.code, ERROR_LOGS_INVALID_PARAMETER, "%s", patterns[i]);
    }
    arena_close(&arena);
}
