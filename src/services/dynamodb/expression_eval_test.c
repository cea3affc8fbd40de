/* Conditions on items: results as the Developer Guide describes them, and as others measured them
 * on AWS where it is silent. */
#include <criterion/criterion.h>

#include "services/dynamodb/expression_support_test.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const char document[] =
    "{'p':{'S':'key'},'i':{'N':'7'},'j':{'N':'12'},'s':{'S':'hello'},'b':{'B':'aGVsbG8='},"
    "'ss':{'SS':['a','b']},'ns':{'NS':['1','2','3']},'bs':{'BS':['YQ==','Yg==']},"
    "'l':{'L':[{'N':'1'},{'S':'two'},{'M':{'k':{'S':'v'}}},{'SS':['x']}]},"
    "'m':{'M':{'x':{'N':'1'},'y':{'M':{'z':{'S':'deep'}}}}},'t':{'BOOL':true},'f':{'BOOL':false},"
    "'n':{'NULL':true},'e':{'S':''},'u':{'S':'\u00e9\U0001F600'}}";

static const char values[] =
    "{':1':{'N':'1'},':2':{'N':'2'},':5':{'N':'5'},':7':{'N':'7.0'},':12':{'N':'12'},"
    "':he':{'S':'he'},':hello':{'S':'hello'},':zz':{'S':'zz'},':ll':{'S':'ll'},':empty':{'S':''},"
    "':bhe':{'B':'aGU='},':bll':{'B':'bGw='},':bhello':{'B':'aGVsbG8='},':a':{'S':'a'},"
    "':two':{'S':'two'},':true':{'BOOL':true},':null':{'NULL':true},':ba':{'SS':['b','a']},"
    "':kv':{'M':{'k':{'S':'v'}}},':x':{'SS':['x']},':N':{'S':'N'},':S':{'S':'S'},':M':{'S':'M'},"
    "':BOOL':{'S':'BOOL'},':NULL':{'S':'NULL'},':3':{'N':'3'},':list':{'L':[]},':4':{'N':'4'},"
    "':yq':{'B':'YQ=='}}";

static bool holds(struct arena *arena, const char *text, json on)
{
    struct expression_context c = context(arena, NULL, values);
    const struct condition *condition;
    struct error err = { 0 };
    bool ok = condition_parse(&c, EXPRESSION_CONDITION, str_from(text), &condition, &err);
    cr_assert(ok, "%s: %s", text, outcome(arena, ok, &err));
    return condition_is_true(condition, on);
}

static const char *const true_conditions[] = {
    "i = :7",
    "i <> :5",
    "i < :12",
    "i <= :7",
    "i > :5",
    "i >= :7",
    ":7 = i",
    "j > i",
    "s = :hello",
    "s < :zz",
    "s > :he",
    "e = :empty",
    "b = :bhello",
    "b > :bhe",
    "ss = :ba",
    "t = :true",
    "n = :null",
    "l[2] = :kv",
    "i BETWEEN :5 AND :12",
    "i between :7 and :7",
    "s BetWEen :he AnD :zz",
    "i between :5 and j",
    "i IN (:1, :7)",
    "s in (:he, :hello)",
    "l[2] in (:kv, :1)",
    "ss in (:ba)",
    "attribute_exists(i)",
    "attribute_exists(m.y.z)",
    "attribute_exists(l[3])",
    "attribute_not_exists(q)",
    "attribute_not_exists(m.q)",
    "attribute_not_exists(l[4])",
    "attribute_not_exists(i.x)",
    "attribute_not_exists(m[0])",
    "attribute_not_exists(l.x)",
    "attribute_type(i, :N)",
    "attribute_type(s, :S)",
    "attribute_type(m, :M)",
    "attribute_type(t, :BOOL)",
    "attribute_type(n, :NULL)",
    "begins_with(s, :he)",
    "begins_with(s, :empty)",
    "begins_with(b, :bhe)",
    "contains(s, :ll)",
    "contains(s, :empty)",
    "contains(b, :bll)",
    "contains(ss, :a)",
    "contains(ns, :2)",
    "contains(bs, :yq)",
    "contains(l, :two)",
    "contains(l, :1)",
    "contains(l, :kv)",
    "contains(l, :x)",
    "contains(ns, size(ss))",
    "size(s) = :5",
    "size(b) = :5",
    "size(ss) = :2",
    "size(ns) = :3",
    "size(l) = :4",
    "size(m) = :2",
    "size(s) < i",
    "size(s) between :1 and :5",
    "size(ss) in (:1, :2)",
    "size(:hello) = :5",
    "size(u) = :3",
    "size(e) < :1",
    "i = :7 AND s = :hello",
    "i = :5 OR s = :hello",
    "NOT i = :5",
    "not (i = :5 or j = :5)",
    "i = :5 or i = :7 and j = :12",
    "(i = :5 or i = :7) and j = :12",
    "NOT i = :5 AND j = :12",
    "not not i = :7",
    "(i) = (:7)",
    "((i) = :7)",
    "(m.y).z <> :a",
    "(m).x = :1",
    "m.y.z <> :a",
    "m.x = l[0]",
    "q <> :1",
    ":1 <> q",
    "i <> :hello",
    "q <> r",
    "size(i) <> :1",
};

Test(dynamodb_condition, is_true_of_items)
{
    struct arena arena;
    arena_init(&arena);
    json on = item(&arena, document);
    for (size_t i = 0; i < COUNT(true_conditions); i++) {
        cr_expect(holds(&arena, true_conditions[i], on), "%s", true_conditions[i]);
    }
    arena_close(&arena);
}

static const char *const false_conditions[] = {
    "i = :5",
    "i = :hello",
    "i <> :7",
    "i < :7",
    "i > :7",
    "s > :zz",
    "s = :he",
    "i < :hello",
    "q = :1",
    ":1 = q",
    "q < :1",
    "q >= :1",
    "q = r",
    "s between :1 and :5",
    "i BETWEEN :1 AND :5",
    "i between :12 and j",
    "q between :1 and :2",
    "i between q and j",
    "i IN (:1, :5)",
    "q in (:1)",
    "i in (q, :1)",
    "attribute_exists(q)",
    "attribute_exists(m.q)",
    "attribute_not_exists(m.y.z)",
    "attribute_type(i, :S)",
    "attribute_type(q, :S)",
    "begins_with(s, :ll)",
    "begins_with(i, :he)",
    "begins_with(q, :he)",
    "begins_with(b, :he)",
    "begins_with(s, i)",
    "contains(s, :zz)",
    "contains(s, :1)",
    "contains(ss, :zz)",
    "contains(ns, :a)",
    "contains(ss, :ba)",
    "contains(l, :zz)",
    "contains(m, :1)",
    "contains(t, :true)",
    "contains(i, :7)",
    "contains(q, :1)",
    "contains(s, q)",
    "contains(ns, size(l))",
    "size(i) = :1",
    "size(i) < :12",
    "size(i) >= :1",
    "size(t) = :1",
    "size(q) = :1",
    "size(s) = :1",
    "i = :7 AND s = :he",
    "i = :5 OR s = :he",
    "NOT i = :7",
    "ss = :a",
    "t = :null",
    "l = :list",
    "b = :bhe",
    "e > :empty",
};

Test(dynamodb_condition, is_false_of_items)
{
    struct arena arena;
    arena_init(&arena);
    json on = item(&arena, document);
    for (size_t i = 0; i < COUNT(false_conditions); i++)
        cr_expect(!holds(&arena, false_conditions[i], on), "%s", false_conditions[i]);
    arena_close(&arena);
}

Test(dynamodb_condition, knows_items_that_are_not_there)
{
    struct arena arena;
    arena_init(&arena);
    cr_expect(holds(&arena, "attribute_not_exists(p)", json_null()));
    cr_expect(!holds(&arena, "attribute_exists(p)", json_null()));
    cr_expect(!holds(&arena, "p = :1", json_null()));
    cr_expect(holds(&arena, "p <> :1", json_null()));
    cr_expect(condition_is_true(NULL, json_null()));
    arena_close(&arena);
}

Test(dynamodb_condition, evaluates_without_allocating)
{
    struct arena arena;
    struct error err = { 0 };
    const struct condition *condition;
    arena_init(&arena);
    json on = item(&arena, document);
    struct expression_context c = context(&arena, NULL, values);
    cr_assert(condition_parse(&c, EXPRESSION_FILTER,
                              STR("size(s) = :5 and contains(b, :bll) and ss = :ba and "
                                  "contains(ns, size(ss)) and begins_with(s, :he)"),
                              &condition, &err));
    size_t before = arena.used_bytes;
    for (int i = 0; i < 1000; i++)
        cr_assert(condition_is_true(condition, on));
    cr_expect_eq(arena.used_bytes, before);
    arena_close(&arena);
}
