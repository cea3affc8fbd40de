/* Patterns against the examples of AWS's guides ("Amazon SNS subscription filter policies",
 * "Comparison operators for use in event patterns") and the refusals recorded from SNS. */
#include "services/pattern.h"

#include <criterion/criterion.h>
#include <stdio.h>

/* Single quotes stand for double ones. */
static str quoted(struct arena *arena, const char *text)
{
    str source = arena_str(arena, str_from(text));
    char *copy = arena_alloc(arena, source.len + 1);
    for (size_t i = 0; i < source.len; i++)
        copy[i] = source.ptr[i] == '\'' ? '"' : source.ptr[i];
    return (str){ copy, source.len };
}

struct pair {
    const char *pattern, *event;
    bool matches;
    enum pattern_dialect dialect;
};

static void check_pairs(const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena;
        struct error err = { 0 };
        struct pattern_size size;
        json pattern, event;
        arena_init(&arena);
        cr_assert(pattern_check(quoted(&arena, pairs[i].pattern), pairs[i].dialect, &arena,
                                &pattern, &size, &err),
                  "%s: %.*s", pairs[i].pattern, STR_ARGS(error_text(&err)));
        cr_assert(json_parse(quoted(&arena, pairs[i].event), &arena, &event, &err));
        cr_expect_eq(pattern_matches(pattern, pairs[i].dialect, event), pairs[i].matches,
                     "%s against %s", pairs[i].pattern, pairs[i].event);
        arena_close(&arena);
    }
}

#define A PATTERN_ATTRIBUTES
#define B PATTERN_BODY
#define E PATTERN_EVENT

Test(pattern, exact_values)
{
    static const struct pair pairs[] = {
        { "{'k':['a','b']}", "{'k':'b'}", true, A },
        { "{'k':['a','b']}", "{'k':'B'}", false, A },
        { "{'k':['a']}", "{'other':'a'}", false, A },
        { "{'k':['a'],'l':['b']}", "{'k':'a'}", false, A },
        { "{'k':['a'],'l':['b']}", "{'k':'a','l':'b','m':1}", true, A },
        { "{'k':[301.5]}", "{'k':301.50}", true, A },
        { "{'k':[3.015e2]}", "{'k':301.5}", true, B },
        { "{'k':['1']}", "{'k':1}", false, B },
        { "{'k':[1]}", "{'k':'1'}", false, B },
        { "{'k':[true]}", "{'k':true}", true, B },
        { "{'k':[true]}", "{'k':'true'}", false, B },
        { "{'k':[null]}", "{'k':null}", true, B },
        { "{'k':[null]}", "{}", false, B },
        { "{'k':[null]}", "{'k':''}", false, B },
        { "{'k':['']}", "{'k':''}", true, E },
        { "{'k':[{'exactly':'x'}]}", "{'k':'x'}", true, E },
        { "{'k':[null,{'anything-but':'whatever'}]}", "{}", true, A }, /* recorded */
        { "{'k':[{'anything-but':'whatever'}]}", "{}", false, A },
        { "{'k':['a']}", "['a']", false, B },
    };
    check_pairs(pairs, sizeof pairs / sizeof *pairs);
}

Test(pattern, texts)
{
    static const struct pair pairs[] = {
        { "{'k':[{'prefix':'bas'}]}", "{'k':'baseball'}", true, A },
        { "{'k':[{'prefix':'bas'}]}", "{'k':'rugby'}", false, A },
        { "{'k':[{'prefix':'bas'}]}", "{'k':'ba'}", false, A },
        { "{'k':[{'prefix':''}]}", "{'k':''}", true, A },
        { "{'k':[{'prefix':{'equals-ignore-case':'EventB'}}]}", "{'k':'eventbridge'}", true, E },
        { "{'k':[{'suffix':'ball'}]}", "{'k':'volleyball'}", true, A },
        { "{'k':[{'suffix':'ball'}]}", "{'k':'ballet'}", false, A },
        { "{'k':[{'suffix':{'equals-ignore-case':'.PNG'}}]}", "{'k':'a.png'}", true, E },
        { "{'k':[{'equals-ignore-case':'tennis'}]}", "{'k':'TENnis'}", true, A },
        { "{'k':[{'equals-ignore-case':'tennis'}]}", "{'k':'tenni'}", false, A },
        { "{'k':[{'wildcard':'*ball'}]}", "{'k':'baseball'}", true, A },
        { "{'k':[{'wildcard':'dir/*.png'}]}", "{'k':'dir/a/b.png'}", true, A },
        { "{'k':[{'wildcard':'dir/*.png'}]}", "{'k':'dir/a.gif'}", false, A },
        { "{'k':[{'wildcard':'*a*b'}]}", "{'k':'xaaabab'}", true, A },
        { "{'k':[{'wildcard':'*a*b'}]}", "{'k':'xaaaba'}", false, A },
        { "{'k':[{'wildcard':'*'}]}", "{'k':''}", true, A },
        { "{'k':[{'wildcard':'a'}]}", "{'k':''}", false, A },
        { "{'k':[{'wildcard':'a\\\\*c'}]}", "{'k':'a*c'}", true, A },
        { "{'k':[{'wildcard':'a\\\\*c'}]}", "{'k':'abc'}", false, A },
        { "{'k':[{'wildcard':'a\\\\\\\\*'}]}", "{'k':'a\\\\bc'}", true, A },
        { "{'k':[{'prefix':'1'}]}", "{'k':12}", false, B },
        { "{'k':[{'cidr':'10.0.0.0/24'}]}", "{'k':'10.0.0.255'}", true, A },
        { "{'k':[{'cidr':'10.0.0.0/24'}]}", "{'k':'10.1.1.0'}", false, A },
        { "{'k':[{'cidr':'10.0.0.0/24'}]}", "{'k':'ten'}", false, A },
        { "{'k':[{'cidr':'10.0.0.128/25'}]}", "{'k':'10.0.0.127'}", false, A },
        { "{'k':[{'cidr':'2001:db8:1234:1a00::/64'}]}", "{'k':'2001:db8:1234:1a00::1'}", true, A },
        { "{'k':[{'cidr':'2001:db8:1234:1a00::/64'}]}", "{'k':'2001:db8:1234:1a01::1'}", false, A },
    };
    check_pairs(pairs, sizeof pairs / sizeof *pairs);
}

Test(pattern, anything_but)
{
    static const struct pair pairs[] = {
        { "{'k':[{'anything-but':['rugby','tennis']}]}", "{'k':'baseball'}", true, A },
        { "{'k':[{'anything-but':['rugby','tennis']}]}", "{'k':'rugby'}", false, A },
        { "{'k':[{'anything-but':['rugby','tennis']}]}", "{'k':['rugby','baseball']}", true, A },
        { "{'k':[{'anything-but':['rugby','tennis']}]}", "{'k':['rugby','tennis']}", false, A },
        { "{'k':[{'anything-but':'rugby'}]}", "{'k':1}", true, B },
        { "{'k':[{'anything-but':[100,500]}]}", "{'k':101}", true, A },
        { "{'k':[{'anything-but':[100,500]}]}", "{'k':100.0}", false, A },
        { "{'k':[{'anything-but':{'prefix':'order-'}}]}", "{'k':'data-entry'}", true, A },
        { "{'k':[{'anything-but':{'prefix':'order-'}}]}", "{'k':'order-number'}", false, A },
        { "{'k':[{'anything-but':{'prefix':['a','b']}}]}", "{'k':'bc'}", false, E },
        { "{'k':[{'anything-but':{'suffix':'ball'}}]}", "{'k':'baseball'}", false, A },
        { "{'k':[{'anything-but':{'suffix':['.txt','.rtf']}}]}", "{'k':'a.png'}", true, E },
        { "{'k':[{'anything-but':{'wildcard':'*/lib/*'}}]}", "{'k':'a/lib/b'}", false, E },
        { "{'k':[{'anything-but':{'wildcard':['*/lib/*','*/bin/*']}}]}", "{'k':'a/b'}", true, E },
        { "{'k':[{'anything-but':{'equals-ignore-case':['initializing']}}]}",
          "{'k':'Initializing'}", false, E },
        { "{'k':[{'anything-but':{'equals-ignore-case':'initializing'}}]}", "{'k':'done'}", true,
          E },
    };
    check_pairs(pairs, sizeof pairs / sizeof *pairs);
}

Test(pattern, numbers_and_presence)
{
    static const struct pair pairs[] = {
        { "{'k':[{'numeric':['=',301.5]}]}", "{'k':301.5}", true, A },
        { "{'k':[{'numeric':['=',301.5]}]}", "{'k':3.015e2}", true, A },
        { "{'k':[{'numeric':['<',0]}]}", "{'k':-1}", true, A },
        { "{'k':[{'numeric':['>',0,'<=',150]}]}", "{'k':150}", true, A },
        { "{'k':[{'numeric':['>',0,'<=',150]}]}", "{'k':150.00001}", false, A },
        { "{'k':[{'numeric':['>',0,'<=',150]}]}", "{'k':0}", false, A },
        { "{'k':[{'numeric':['>=',0,'<',150]}]}", "{'k':0}", true, A },
        { "{'k':[{'numeric':['>',0]}]}", "{'k':'1'}", false, A },
        { "{'k':[{'exists':true}]}", "{'k':'x'}", true, A },
        { "{'k':[{'exists':true}]}", "{}", false, A },
        { "{'k':[{'exists':false}]}", "{'l':1}", true, A },
        { "{'k':[{'exists':false}]}", "{'k':''}", false, A },
        { "{'k':[{'exists':true}]}", "{'k':{'l':1}}", false, E }, /* leaves only */
        { "{'k':[{'exists':false}]}", "{'k':{'l':1}}", true, E },
        { "{'k':[{'exists':true}]}", "{'k':null}", true, E },
        { "{'k':{'l':[{'exists':false}]}}", "{}", true, B },
        { "{'k':{'l':[{'exists':false}]}}", "{'k':{'m':1}}", true, B },
        { "{'k':{'l':[{'exists':false}]}}", "{'k':5}", true, B },
        { "{'k':{'l':[{'exists':false}]}}", "{'k':[{'l':1},{'m':2}]}", false, B },
        { "{'k':{'l':[{'exists':false}],'m':[1]}}", "{'k':{'m':1}}", true, B },
        { "{'k':[{'exists':false},'a']}", "{'k':'a'}", true, B },
    };
    check_pairs(pairs, sizeof pairs / sizeof *pairs);
}

/* The S3 event is the example of AWS's announcement of payload-based filtering, shortened. */
Test(pattern, nested_arrays_dots_and_or)
{
#define S3                                                                                         \
    "{'Records':{'s3':{'object':{'key':[{'prefix':'auto-'}]}},"                                    \
    "'eventName':[{'prefix':'ObjectCreated:'}]}}"
    static const struct pair pairs[] = {
        { S3, "{'Records':[{'eventName':'ObjectCreated:Put','s3':{'object':{'key':'auto-1'}}}]}",
          true, B },
        { S3,
          "{'Records':[{'eventName':'ObjectRemoved:X','s3':{'object':{'key':'auto-1'}}},"
          "{'eventName':'ObjectCreated:Put','s3':{'object':{'key':'home-1'}}}]}",
          false, B },
        { S3,
          "{'Records':[{'eventName':'ObjectRemoved:X','s3':{'object':{'key':'auto-1'}}},"
          "{'eventName':'ObjectCreated:Put','s3':{'object':{'key':'auto-2'}}}]}",
          true, B },
        { "{'h':{'route-to':['q2']}}", "{'h':{'route-to':['q1','q2']}}", true, B },
        { "{'h':{'route-to':['q2']}}", "{'h':{'route-to':[['q1'],['q2']]}}", true, B },
        { "{'h':{'route-to':['q2']}}", "{'h':{'route-to':[]}}", false, B },
        { "{'object':{'nested':['v']}}", "{'object.nested':'v'}", true, B }, /* recorded */
        { "{'object':{'nested':{'test':['v']}}}", "{'object.nested':{'test':'v'}}", true, B },
        { "{'object':{'nested':{'test':['v']}}}", "{'object':{'nested.test':'v'}}", true, B },
        { "{'object':{'nested':{'test':['v']}}}", "{'object.nested.test':'v'}", true, B },
        { "{'object.nested':['v']}", "{'object':{'nested':'v'}}", true, B },
        { "{'object.nested':['v']}", "{'object':{'nested':'w'}}", false, B },
        { "{'source':['cw'],'$or':[{'m':['a']},{'n':[1],'o':['x']}]}", "{'source':'cw','m':'a'}",
          true, A },
        { "{'source':['cw'],'$or':[{'m':['a']},{'n':[1],'o':['x']}]}",
          "{'source':'cw','n':1,'o':'x'}", true, A },
        { "{'source':['cw'],'$or':[{'m':['a']},{'n':[1],'o':['x']}]}", "{'source':'cw','n':1}",
          false, A },
        { "{'d':{'$or':[{'a':[1]},{'$or':[{'b':[2]},{'c':[3]}]}]}}", "{'d':{'c':3}}", true, B },
    };
    check_pairs(pairs, sizeof pairs / sizeof *pairs);
}

/* A pattern whose work grows with the event gives up instead of holding the writer. */
Test(pattern, work_is_bounded)
{
    struct arena arena;
    struct buf event;
    struct error err;
    struct pattern_size size;
    json pattern, value;
    arena_init(&arena);
    buf_init(&event, &arena);
    buf_add(&event, STR("{\"k\":["));
    for (size_t i = 0; i < 2000; i++)
        buf_add(&event, STR("\"x\","));
    buf_add(&event, STR("\"a\"]}"));
    cr_assert(json_parse(buf_str(&event), &arena, &value, &err));
    cr_assert(pattern_check(STR("{\"k\":[\"a\"]}"), B, &arena, &pattern, &size, &err));
    cr_expect(pattern_matches(pattern, B, value));

    struct buf many;
    buf_init(&many, &arena);
    buf_add(&many, STR("{\"k\":["));
    for (size_t i = 0; i < 1000; i++)
        buf_add(&many, STR("\"z\","));
    buf_add(&many, STR("\"a\"]}"));
    cr_assert(pattern_check(buf_str(&many), B, &arena, &pattern, &size, &err));
    cr_expect_not(pattern_matches(pattern, B, value), "2,000,000 comparisons are too many");
    arena_close(&arena);
}

/* ---- refusals ---- */

struct refusal {
    const char *pattern, *text;
    uint32_t column;
};

/* Text and column as recorded from SNS. */
static const struct refusal refusals[] = {
    { "{'key':[['value']]}", "Match value must be String, number, true, false, or null", 10 },
    { "{'key':[{'wrong-operator':true}]}", "Unrecognized match type wrong-operator", 31 },
    { "{'key':[{'suffix':'value','prefix':'value2'}]}", "Only one key allowed in match expression",
      37 },
    { "{'key':[{'suffix':100}]}", "suffix match pattern must be a string", 22 },
    { "{'key':[{'suffix':null}]}", "suffix match pattern must be a string", 23 },
    { "{'key':{'suffix':'value'}}", "'suffix' must be an object or an array", 19 },
    { "{'key':[{'suffix':[]}]}", "suffix match pattern must be a string", 20 },
    { "{'key':[{'suffix':['test','test2']}]}", "suffix match pattern must be a string", 20 },
    { "{'key':{'suffix':'value','prefix':'value'}}", "'suffix' must be an object or an array", 19 },
    { "{'key':{'not-an-operator':'value'}}", "'not-an-operator' must be an object or an array",
      28 },
    { "{'key':[{'numeric':[]}]}", "Invalid member in numeric match: ]", 22 },
    { "{'key':[{'numeric':['operator']}]}", "Unrecognized numeric range operator: operator", 32 },
    { "{'key':[{'numeric':[1,'<=']}]}", "Invalid member in numeric match: 1", 22 },
    { "{'key':[{'numeric':['=','000']}]}", "Value of equals must be numeric", 26 },
    { "{'key':[{'numeric':['>=']}]}", "Value of >= must be numeric", 26 },
    { "{'key':[{'numeric':['<',100,'>',10]}]}", "Too many elements in numeric expression", 30 },
    { "{'key':[{'numeric':['>=',1,'>',2]}]}", "Bad numeric range operator: >", 31 },
    { "{'key':[{'numeric':['>',3,'<',1]}]}", "Bottom must be less than top", 33 },
    { "{'key':[{'numeric':['>',20,'<=']}]}", "Value of <= must be numeric", 33 },
    { "{'key':[{'numeric':['>',20,30]}]}", "Bad value in numeric range: 30", 30 },
    { "{'key':[{'numeric':['>',20,'test']}]}", "Bad numeric range operator: test", 34 },
    { "{'key':[{'numeric':['>','20','<','30']}]}", "Value of > must be numeric", 26 },
    { "{'key':[{'numeric':['>',20,'<','30']}]}", "Value of < must be numeric", 33 },
    { "{'key':[{'numeric':['>',20,'<',30,'<',50]}]}", "Too many terms in numeric range expression",
      36 },
    { "{'key':[{'exists':null}]}", "exists match pattern must be either true or false.", 23 },
    { "{'key':[{'exists':'no'}]}", "exists match pattern must be either true or false.", 20 },
    { "{'key_a':'value_one'}", "'key_a' must be an object or an array", 11 },
    { "{'key': [{'wildcard': 'abc**def'}]}", "Consecutive wildcard characters at pos 4", 33 },
    { "[]", "Filter is not an object", 2 },
    { "{}", "Empty objects are not allowed", 3 },
    { "{'key':[]}", "Empty arrays are not allowed", 10 },
    { "{'$or':[{'a':[1]}]}", "Unrecognized match type a", 15 }, /* one object: no operator */
    { "{'$or':[{'a':[1]},{'prefix':['b']}]}", "Unrecognized match type a", 15 },
};

Test(pattern, refusals_are_aws_s)
{
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        struct arena arena;
        struct error err = { 0 };
        struct pattern_size size;
        json pattern;
        uint32_t line, column;
        arena_init(&arena);
        str text = quoted(&arena, refusals[i].pattern);
        cr_assert_not(pattern_check(text, A, &arena, &pattern, &size, &err), "%s",
                      refusals[i].pattern);
        str expected = quoted(&arena, refusals[i].text);
        cr_expect(str_eq(error_text(&err), expected), "%s: %.*s", refusals[i].pattern,
                  STR_ARGS(error_text(&err)));
        json_position(text, err.offset, &line, &column);
        cr_expect_eq(column, refusals[i].column, "%s: column %u", refusals[i].pattern, column);
        arena_close(&arena);
    }
}

/* The sizes of AWS's examples: nested levels count, branches of $or add up. */
Test(pattern, sizes)
{
    static const struct {
        const char *pattern;
        uint64_t combinations;
        size_t keys;
        bool nested;
    } cases[] = {
        { "{'a':['1','2','3'],'b':['1'],'c':['1','2']}", 6, 3, false },
        { "{'a':{'b':{'c':['1','2','3','4']}},'d':{'e':['1','2','3']}}", 72, 2, true },
        { "{'source':['1','2','3','4'],'$or':[{'m':['1','2','3','4','5','6']},"
          "{'t':['1','2','3','4'],'$or':[{'i':['1','2','3','4']},{'s':['1','2','3','4']}]}]}",
          152, 2, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena arena;
        struct error err = { 0 };
        struct pattern_size size;
        json pattern;
        arena_init(&arena);
        cr_assert(pattern_check(quoted(&arena, cases[i].pattern), B, &arena, &pattern, &size, &err),
                  "%s", cases[i].pattern);
        cr_expect_eq(size.combinations, cases[i].combinations, "%s: %llu", cases[i].pattern,
                     (unsigned long long)size.combinations);
        cr_expect_eq(size.keys, cases[i].keys);
        cr_expect_eq(size.nested, cases[i].nested);
        arena_close(&arena);
    }
}

Test(pattern, networks)
{
    struct pattern_network network;
    cr_expect_str_eq(pattern_network_read(STR("10.0.0.0"), &network),
                     "Malformed CIDR, one '/' required");
    cr_expect_str_eq(pattern_network_read(STR("10.0.0.0/8/9"), &network),
                     "Malformed CIDR, one '/' required");
    cr_expect_str_eq(pattern_network_read(STR("10.0.0.0/x"), &network),
                     "Malformed CIDR, mask bits must be an integer");
    cr_expect_str_eq(pattern_network_read(STR("10.0.0.0/-1"), &network),
                     "Malformed CIDR, mask bits must not be negative");
    cr_expect_str_eq(pattern_network_read(STR("10.0.0.0/32"), &network),
                     "IPv4 mask bits must be < 32");
    cr_expect_str_eq(pattern_network_read(STR("::/128"), &network), "IPv6 mask bits must be < 128");
    cr_expect_null(pattern_network_read(STR("10.0.0.0/0"), &network));
}
