/* ARNs and names. The forms are those of the API reference; errors as AWS words them. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

struct arn_case {
    const char *text;
    enum arn_kind kind;
    const char *name, *label, *qualifier, *execution;
};

static const struct arn_case arns[] = {
    { MACHINE "a", ARN_STATE_MACHINE, "a", "", "", "" },
    { MACHINE "a.b_c-1", ARN_STATE_MACHINE, "a.b_c-1", "", "", "" },
    { MACHINE "a:3", ARN_STATE_MACHINE, "a", "", "3", "" },
    { MACHINE "a:PROD", ARN_STATE_MACHINE, "a", "", "PROD", "" },
    { MACHINE "a/label", ARN_STATE_MACHINE, "a", "label", "", "" },
    { EXECUTION "a:e", ARN_EXECUTION, "a", "", "", "e" },
    { EXECUTION "a/label:e", ARN_EXECUTION, "a", "label", "", "e" },
    { ACTIVITY "w", ARN_ACTIVITY, "w", "", "", "" },
    { "arn:aws:states:us-east-1:000000000000:express:a:e:u", ARN_EXPRESS, "a", "", "u", "e" },
    { "arn:aws:states:us-east-1:000000000000:mapRun:a/l:u", ARN_MAP_RUN, "a", "l", "u", "" },
    { "arn:aws-cn:states:cn-north-1:1:activity:w", ARN_ACTIVITY, "w", "", "", "" },
};

static const struct {
    const char *text, *message;
} bad_arns[] = {
    { "invalid_arn", "Invalid Arn: 'Invalid ARN prefix: invalid_arn'" },
    { "", "Invalid Arn: 'Invalid ARN prefix: '" },
    { "arn", "Invalid Arn: 'Invalid ARN prefix: arn'" },
    { "arn:aws:states:us-east-1:000000000000:queue:q",
      "Invalid Arn: 'Resource type not valid in this context: queue'" },
    { "arn:aws:sqs:us-east-1:000000000000:q",
      "Invalid Arn: 'arn:aws:sqs:us-east-1:000000000000:q'" },
    { MACHINE, "Invalid Arn: '" MACHINE "'" },
    { MACHINE "a:1:2", "Invalid Arn: '" MACHINE "a:1:2'" },
    { MACHINE "a b", "Invalid Arn: '" MACHINE "a b'" },
    { EXECUTION "a", "Invalid Arn: '" EXECUTION "a'" },
    { "arn:aws:states::000000000000:activity:w",
      "Invalid Arn: 'arn:aws:states::000000000000:activity:w'" },
};

Test(arn, is_taken_apart)
{
    struct arena arena;
    arena_init(&arena);
    struct source source = { .arena = &arena };
    for (size_t i = 0; i < sizeof arns / sizeof *arns; i++) {
        struct arn arn;
        struct error err = { 0 };
        const struct arn_case *c = &arns[i];
        cr_assert(arn_parse(&source, str_from(c->text), &arn, &err), "%s", c->text);
        cr_expect_eq(arn.kind, c->kind, "%s", c->text);
        cr_expect(str_eq(arn.name, str_from(c->name)), "%s", c->text);
        cr_expect(str_eq(arn.label, str_from(c->label)), "%s", c->text);
        cr_expect(str_eq(arn.qualifier, str_from(c->qualifier)), "%s", c->text);
        cr_expect(str_eq(arn.execution, str_from(c->execution)), "%s", c->text);
    }
    arena_close(&arena);
}

Test(arn, is_refused_with_a_reason)
{
    struct arena arena;
    arena_init(&arena);
    struct source source = { .arena = &arena };
    for (size_t i = 0; i < sizeof bad_arns / sizeof *bad_arns; i++) {
        struct arn arn;
        struct error err = { 0 };
        cr_assert_not(arn_parse(&source, str_from(bad_arns[i].text), &arn, &err), "%s",
                      bad_arns[i].text);
        cr_expect_eq(err.code, ERROR_INVALID_ARN);
        str text = error_text(&err);
        cr_expect(str_eq(text, str_from(bad_arns[i].message)), "%.*s", STR_ARGS(text));
    }
    arena_close(&arena);
}

Test(arn, version_is_a_number_from_one)
{
    static const struct {
        const char *text;
        uint32_t version; /* 0: none */
    } cases[] = {
        { "1", 1 },          { "42", 42 },  { "4294967295", 4294967295 },
        { "4294967296", 0 }, { "0", 0 },    { "01", 0 },
        { "-1", 0 },         { "PROD", 0 }, { "1a", 0 },
        { "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t version = 0;
        bool is_version = arn_version(str_from(cases[i].text), &version);
        cr_expect_eq(is_version, cases[i].version != 0, "%s", cases[i].text);
        cr_expect_eq(version, cases[i].version, "%s", cases[i].text);
    }
}

Test(arn, names_have_1_to_80_of_the_allowed_characters)
{
    static const char excluded[] = " \t\n<>{}[]?*\"#%\\^|~`$&,;:/\x01\x1F\x7F";
    char name[82];
    memset(name, 'a', sizeof name);
    cr_expect_not(name_is_valid((str){ name, 0 }));
    cr_expect(name_is_valid((str){ name, 1 }));
    cr_expect(name_is_valid((str){ name, 80 }));
    cr_expect_not(name_is_valid((str){ name, 81 }));
    cr_expect(name_is_valid(STR("\xC3\xA4\xC3\xB6-_.+=@()'!")));
    for (size_t i = 0; i < sizeof excluded; i++) { /* the last is the NUL */
        name[1] = excluded[i];
        cr_expect_not(name_is_valid((str){ name, 3 }), "0x%02X", excluded[i]);
    }
    cr_expect_not(name_is_valid(STR("a\xC2\x85")));     /* U+0085 */
    cr_expect_not(name_is_valid(STR("a\xEF\xBF\xBE"))); /* U+FFFE */
    cr_expect_not(name_is_valid(STR("a\xE3\x80\x80"))); /* U+3000 */
}
