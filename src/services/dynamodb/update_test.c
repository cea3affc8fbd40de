/* UpdateExpression: its errors (as recorded from AWS), what it makes of items, and what it returns
 * of them. */
#include <criterion/criterion.h>

#include "services/dynamodb/expression_support_test.h"
#include "services/dynamodb/update.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

static const struct update *parse(struct arena *arena, const char *text, const char *names,
                                  const char *values, struct error *err)
{
    const struct update *update = NULL;
    struct expression_context c = context(arena, names, values);
    return update_parse(&c, str_from(text), &update, err) ? update : NULL;
}

/* ---- errors of the text ---- */

static const char parse_values[] =
    "{':a':{'S':'a'},':b':{'N':'1'},':c':{'B':'YQ=='},':d':{'BOOL':false},':e':{'NULL':true},"
    "':f':{'SS':['a']},':g':{'NS':['1']},':h':{'BS':['YQ==']},':i':{'M':{}},':j':{'L':[]}}";

Test(dynamodb_update, syntax_errors_show_the_place)
{
    static const char *const cases[][2] = {
        { "", "The expression can not be empty;" },
        { "INVALID SYNTAX HERE", "Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\"" },
        { "whatever", "Syntax error; token: \"whatever\", near: \"whatever\"" },
        { "set", "Syntax error; token: \"<EOF>\", near: \"set\"" },
        { "set a", "Syntax error; token: \"<EOF>\", near: \"a\"" },
        { "add a", "Syntax error; token: \"<EOF>\", near: \"a\"" },
        { "set a=set", "Syntax error; token: \"set\", near: \"=set\"" },
        { "remove a = b", "Syntax error; token: \"=\", near: \"a = b\"" },
        { "add a = b", "Syntax error; token: \"=\", near: \"a = b\"" },
        { "ADD hits : incr", "Syntax error; token: \":\", near: \"hits : incr\"" },
        { "delete a b", "Syntax error; token: \"b\", near: \"a b\"" },
        { "delete a if_not_exist(b)",
          "Syntax error; token: \"if_not_exist\", near: \"a if_not_exist(\"" },
        { "remove a b", "Syntax error; token: \"b\", near: \"a b\"" },
        { "set a b", "Syntax error; token: \"b\", near: \"a b\"" },
        { "set :a = b", "Syntax error; token: \":a\", near: \"set :a =\"" },
        { "remove :a", "Syntax error; token: \":a\", near: \"remove :a\"" },
        { "set a = b / c", "Syntax error; token: \"/\", near: \"b / c\"" },
        { "set a = b * c", "Syntax error; token: \"*\", near: \"b * c\"" },
        { "set a[1] = \"eight\"", "Syntax error; token: \"\"\", near: \"= \"eight\"" },
        { "set a[1] = 1", "Syntax error; token: \"1\", near: \"= 1\"" },
        { "SET path = VALUE 1", "Syntax error; token: \"1\", near: \"VALUE 1\"" },
        { "SET a = if_not_exist(a, 100)", "Syntax error; token: \"100\", near: \", 100)\"" },
        { "SET if_not_exist(a, b) = a", "Syntax error; token: \"(\", near: \"if_not_exist(a\"" },
        { "set (a = (b + c))", "Syntax error; token: \"(\", near: \"set (a\"" },
        { "set a = (b.c).d + e", "Syntax error; token: \".\", near: \").d\"" },
        { "set a = (b.c)[0] + e", "Syntax error; token: \"[\", near: \")[0\"" },
        { "set a = b + c + d", "Syntax error; token: \"+\", near: \"c + d\"" },
        { "set a = (b + c) + d", "Syntax error; token: \"+\", near: \") + d\"" },
        { "set a = b + (c + d)", "Syntax error; token: \"+\", near: \"c + d\"" },
        { "SET c = if_not_exists(c, :a+:b)", "Syntax error; token: \"+\", near: \":a+:b\"" },
        { "SET b = :a,", "Syntax error; token: \"<EOF>\", near: \",\"" },
        { "SET _123 = :a", "Syntax error; token: \"_\", near: \"SET _123\"" },
        { "SET 123 = :a", "Syntax error; token: \"123\", near: \"SET 123 =\"" },
        { "SET hi-there = :a", "Syntax error; token: \"-\", near: \"hi-there\"" },
        { "SET hi$there = :a", "Syntax error; token: \"$\", near: \"hi$there\"" },
        { "SET a[:b] = :a", "Syntax error; token: \":b\", near: \"[:b]\"" },
        { "SET a[#b] = :a", "Syntax error; token: \"#b\", near: \"[#b]\"" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        bool ok = parse(&arena, cases[i][0], NULL, NULL, &err) != NULL;
        str expected = arena_printf(&arena, "Invalid UpdateExpression: %s", cases[i][1]);
        cr_expect_str_eq(outcome(&arena, ok, &err), arena_cstr(&arena, expected), "%s: %s",
                         cases[i][0], outcome(&arena, ok, &err));
    }
    arena_close(&arena);
}

#define OVERLAP                                                                                    \
    "Two document paths overlap with each other; must remove or rewrite one of these paths; path " \
    "one: "
#define CONFLICT                                                                                   \
    "Two document paths conflict with each other; must remove or rewrite one of these paths; "     \
    "path one: "
#define ACTION_TYPE "Incorrect operand type for operator or function; operator: "
#define TYPE "Incorrect operand type for operator or function; operator or function: "
#define COUNTS "Incorrect number of operands for operator or function; operator or function: "

static const char *const refused_updates[][2] = {
    { " set #c = :c set abOrt = true ",
      "Attribute name is a reserved keyword; reserved keyword: abOrt" },
    { " remove Absolute ", "Attribute name is a reserved keyword; reserved keyword: Absolute" },
    { "SET status = :a", "Attribute name is a reserved keyword; reserved keyword: status" },
    { "set #c = if_not_exist(:c) set c = d", "Invalid function name; function: if_not_exist" },
    { "SET a = LIST_APPEND(:j, :j)", "Invalid function name; function: LIST_APPEND" },
    { "SET a = size(b)", "The function is not allowed in an update expression; function: size" },
    { "SET a = list_append(list_append(:j, :j), :j)",
      "The function is not allowed to be used this way in an expression; function: "
      "list_append" },
    { "set a = #c set c = :d",
      "The \"SET\" section can only be used once in an update expression;" },
    { "remove #d set a = b remove e",
      "The \"REMOVE\" section can only be used once in an update expression;" },
    { "add #d :e set a = b add e :f",
      "The \"ADD\" section can only be used once in an update expression;" },
    { "delete #d :e set a = b delete #e :f",
      "The \"DELETE\" section can only be used once in an update expression;" },
    { "SET #c = if_not_exists(:c)",
      "An expression attribute name used in the document path is not defined; attribute name: "
      "#c" },
    { "SET x = :v",
      "An expression attribute value used in expression is not defined; attribute value: :v" },
    { "SET a = if_not_exists(:zz)",
      "An expression attribute value used in expression is not defined; attribute value: "
      ":zz" },
    { "set d[1] = a, d.b = a, c[1].a = a, c = if_not_exists(a)",
      OVERLAP "[c, [1], a], path two: [c]" },
    { "set c[3].#three = a, c[3] = a", OVERLAP "[c, [3], [3]], path two: [c, [3]]" },
    { "SET a = :a REMOVE a", OVERLAP "[a], path two: [a]" },
    { "SET a = :a, #a = :a", OVERLAP "[a], path two: [a]" },
    { "SET a.b = :a, a.b.c.d.e = :a", OVERLAP "[a, b], path two: [a, b, c, d, e]" },
    { "SET a[1][1][1] = :a, a[1] = :a", OVERLAP "[a, [1], [1], [1]], path two: [a, [1]]" },
    { "set c[3].#three = a, c.#three[3] = if_not_exists(a)",
      CONFLICT "[c, [3], [3]], path two: [c, [3], [3]]" },
    { "remove a.c set a[1] = #three", CONFLICT "[a, c], path two: [a, [1]]" },
    { "set b = list_append(:a, a), c = if_not_exists(a) add a.b :a",
      ACTION_TYPE "ADD, operand type: STRING" },
    { "delete a.b :a", ACTION_TYPE "DELETE, operand type: STRING" },
    { "delete a.b :b", ACTION_TYPE "DELETE, operand type: NUMBER" },
    { "add a.b :c", ACTION_TYPE "ADD, operand type: BINARY" },
    { "add a.b :d", ACTION_TYPE "ADD, operand type: BOOLEAN" },
    { "add a.b :e", ACTION_TYPE "ADD, operand type: NULL" },
    { "delete a.b :e", ACTION_TYPE "DELETE, operand type: NULL" },
    { "add a.b :i", ACTION_TYPE "ADD, operand type: MAP" },
    { "add a.b :j", ACTION_TYPE "ADD, operand type: LIST" },
    { "set a = if_not_exists(c)", COUNTS "if_not_exists, number of operands: 1" },
    { "set a = list_append(c)", COUNTS "list_append, number of operands: 1" },
    { "set a = list_append(c, d, e)", COUNTS "list_append, number of operands: 3" },
    { "set a = if_not_exists(:a, c)",
      "Operator or function requires a document path; operator or function: if_not_exists" },
    { "set a = if_not_exists(if_not_exists(a, b), c)",
      "Operator or function requires a document path; operator or function: if_not_exists" },
    { "set a = list_append(:a, a)", TYPE "list_append, operand type: S" },
    { "set a = list_append(a, :b)", TYPE "list_append, operand type: N" },
    { "set a = list_append(:i, a)", TYPE "list_append, operand type: M" },
    { "set a = a + :a", TYPE "+, operand type: S" },
    { "set a = :c + a", TYPE "+, operand type: B" },
    { "set a = a + :j", TYPE "+, operand type: L" },
    { "set a = :a - :c", TYPE "-, operand type: S" },
    { "set a = a - :g", TYPE "-, operand type: NS" },
};

Test(dynamodb_update, refuses_in_the_words_of_aws)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(refused_updates); i++) {
        struct error err = { 0 };
        bool ok = parse(&arena, refused_updates[i][0], "{'#a':'a','#three':'[3]'}", parse_values,
                        &err) != NULL;
        str expected = arena_printf(&arena, "Invalid UpdateExpression: %s", refused_updates[i][1]);
        cr_expect_str_eq(outcome(&arena, ok, &err), arena_cstr(&arena, expected), "%s: %s",
                         refused_updates[i][0], outcome(&arena, ok, &err));
    }
    arena_close(&arena);
}

Test(dynamodb_update, has_limits)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t extra = 0; extra < 2; extra++) {
        struct buf text;
        struct error err = { 0 };
        buf_init(&text, &arena);
        buf_add(&text, STR("remove a"));
        while (text.len < DYNAMODB_EXPRESSION_BYTES_MAX + extra)
            buf_add_char(&text, 'a');
        bool ok = parse(&arena, arena_cstr(&arena, buf_str(&text)), NULL, NULL, &err) != NULL;
        cr_expect_str_eq(outcome(&arena, ok, &err),
                         extra ? "Invalid UpdateExpression: Expression size has exceeded the "
                                 "maximum allowed size;"
                               : "ok");
    }
    for (size_t sums = DYNAMODB_EXPRESSION_OPERATORS_MAX;
         sums <= DYNAMODB_EXPRESSION_OPERATORS_MAX + 1; sums++) {
        struct buf text;
        struct error err = { 0 };
        buf_init(&text, &arena);
        for (size_t i = 0; i < sums; i++)
            buf_printf(&text, "%sx%zu=y+z", i ? "," : "set ", i);
        bool ok = parse(&arena, arena_cstr(&arena, buf_str(&text)), NULL, NULL, &err) != NULL;
        cr_expect_str_eq(outcome(&arena, ok, &err),
                         sums > DYNAMODB_EXPRESSION_OPERATORS_MAX
                             ? "Invalid UpdateExpression: The expression contains too many "
                               "operators; operator count: 301"
                             : "ok");
    }
    arena_close(&arena);
}

/* ---- items ---- */

static const char document[] =
    "{'p':{'S':'k'},'n':{'N':'7'},'s':{'S':'hi'},'ss':{'SS':['a','b']},'ns':{'NS':['1','2']},"
    "'l':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'N':'3'}]},'m':{'M':{'x':{'N':'3'},'y':{'N':'4'},"
    "'c':{'M':{'y':{'N':'3'}}},'l':{'L':[{'S':'hi'},{'M':{'z':{'L':[{'N':'5'}]},'q':{'N':'2'}}}]}"
    "}},'e':{'L':[]}}";

static const char values[] =
    "{':1':{'N':'1'},':2':{'N':'2'},':s':{'S':'new'},':l':{'L':[{'S':'x'},{'S':'y'}]},"
    "':ab':{'SS':['a','b']},':bc':{'SS':['b','c']},':z':{'SS':['z']},':23':{'NS':['2.0','3']},"
    "':big':{'N':'1e50'},':m':{'M':{}}}";

/* Only the attributes that differ are listed; those that are null must be gone. */
struct update_case {
    const char *text, *changes;
};

static void expect_changes(struct arena *arena, json before, json after, const char *changes,
                           const char *text)
{
    struct json_fields expected;
    json wanted = wire(arena, changes);
    json_fields_init(&expected, arena);
    for (size_t i = 0; i < json_count(before); i++)
        if (!json_find(wanted, json_key_at(before, i)))
            json_fields_add(&expected, json_key_at(before, i), json_value_at(before, i));
    for (size_t i = 0; i < json_count(wanted); i++)
        if (!json_is_null(json_value_at(wanted, i)))
            json_fields_add(&expected, json_key_at(wanted, i), json_value_at(wanted, i));
    str expected_text = json_text(arena, json_fields_done(&expected));
    cr_expect(json_equal(after, json_fields_done(&expected)), "%s: %.*s instead of %.*s", text,
              STR_ARGS(json_text(arena, after)), STR_ARGS(expected_text));
}

Test(dynamodb_update, changes_items)
{
    static const struct update_case cases[] = {
        { "SET a = :1", "{'a':{'N':'1'}}" },
        { "set s = :s, a = s", "{'s':{'S':'new'},'a':{'S':'hi'}}" },
        { "SET n = n + :1", "{'n':{'N':'8'}}" },
        { "SET n = :1 - n, a = (n + n)", "{'n':{'N':'-6'},'a':{'N':'14'}}" },
        { "SET a = if_not_exists(n, :1), b = if_not_exists(q, :2)",
          "{'a':{'N':'7'},'b':{'N':'2'}}" },
        { "SET a = if_not_exists(q, if_not_exists(m.x, :1))", "{'a':{'N':'3'}}" },
        { "SET q = if_not_exists(q, :1)+:2", "{'q':{'N':'3'}}" },
        { "SET e = list_append(e, :l)", "{'e':{'L':[{'S':'x'},{'S':'y'}]}}" },
        { "SET e = list_append(if_not_exists(q, :l), e)", "{'e':{'L':[{'S':'x'},{'S':'y'}]}}" },
        { "REMOVE a", "{}" },
        { "REMOVE s SET a = s", "{'s':null,'a':{'S':'hi'}}" },
        { "SET l[1] = :s", "{'l':{'L':[{'N':'0'},{'S':'new'},{'N':'2'},{'N':'3'}]}}" },
        { "SET l[9] = :1, l[84] = :s, l[17] = :2",
          "{'l':{'L':[{'N':'0'},{'N':'1'},{'N':'2'},{'N':'3'},{'N':'1'},{'N':'2'},{'S':'new'}]}}" },
        { "REMOVE l[1] SET l[3] = :s", "{'l':{'L':[{'N':'0'},{'N':'2'},{'S':'new'}]}}" },
        { "REMOVE l[0], l[2], l[17]", "{'l':{'L':[{'N':'1'},{'N':'3'}]}}" },
        { "SET e[0] = :1", "{'e':{'L':[{'N':'1'}]}}" },
        { "ADD l[1] :2, l[7] :1",
          "{'l':{'L':[{'N':'0'},{'N':'3'},{'N':'2'},{'N':'3'},{'N':'1'}]}}" },
        { "SET m.x = :s, m.a = :1, m.z = :2 REMOVE m.y, m.c, m.l",
          "{'m':{'M':{'x':{'S':'new'},'a':{'N':'1'},'z':{'N':'2'}}}}" },
        { "REMOVE m.l[1].z[0], m.l[1].q, m.x, m.y, m.c.y",
          "{'m':{'M':{'c':{'M':{}},'l':{'L':[{'S':'hi'},{'M':{'z':{'L':[]}}}]}}}}" },
        { "SET m.c.y = m.x + m.y REMOVE m.x, m.y, m.l", "{'m':{'M':{'c':{'M':{'y':{'N':'7'}}}}}}" },
        { "ADD n :2, q :1", "{'n':{'N':'9'},'q':{'N':'1'}}" },
        { "ADD ss :bc, ns :23, q :z",
          "{'ss':{'SS':['a','b','c']},'ns':{'NS':['1','2','3']},'q':{'SS':['z']}}" },
        { "DELETE ss :bc, ns :23, q :z", "{'ss':{'SS':['a']},'ns':{'NS':['1']}}" },
        { "DELETE ss :ab", "{'ss':null}" },
        { "SET a = :1 ADD n :1 DELETE ss :z REMOVE s", "{'a':{'N':'1'},'n':{'N':'8'},'s':null}" },
    };
    struct arena arena;
    arena_init(&arena);
    json before = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        json after;
        const struct update *update = parse(&arena, cases[i].text, NULL, values, &err);
        bool ok = update && update_apply(update, &arena, before, &after, &err);
        cr_assert(ok, "%s: %s", cases[i].text, outcome(&arena, ok, &err));
        expect_changes(&arena, before, after, cases[i].changes, cases[i].text);
        expect_json(before, document, "the old item");
        /* What comes out is normal: normalising does not change its text. */
        json again;
        cr_assert(value_normalise_item(&arena, after, &again, &err));
        cr_expect(str_eq(json_text(&arena, after), json_text(&arena, again)), "%s", cases[i].text);
    }
    arena_close(&arena);
}

#define PATH "The document path provided in the update expression is invalid for update"
#define MISSING "The provided expression refers to an attribute that does not exist in the item"
#define DATA_TYPE "An operand in the update expression has an incorrect data type"

Test(dynamodb_update, fails_on_items_that_do_not_fit)
{
    static const char *const cases[][2] = {
        { "SET a = z", MISSING },
        { "SET z = z", MISSING },
        { "SET x = :1, y = x", MISSING },
        { "SET a = n + q", MISSING },
        { "SET a = list_append(q, :l)", MISSING },
        { "SET q.x = z", MISSING },
        { "SET a = n + s", DATA_TYPE },
        { "SET a = s - :1", DATA_TYPE },
        { "SET a = list_append(n, :l)", DATA_TYPE },
        { "SET a = list_append(:l, ss)", DATA_TYPE },
        { "ADD s :1", DATA_TYPE },
        { "ADD n :z", DATA_TYPE },
        { "ADD l :z", DATA_TYPE },
        { "ADD ns :z", DATA_TYPE },
        { "DELETE n :z", DATA_TYPE },
        { "SET s.x = :1", PATH },
        { "SET l.x = :1", PATH },
        { "SET q.x = :1", PATH },
        { "SET q.x.y = :1", PATH },
        { "SET m[0] = :1", PATH },
        { "SET n[0] = :1", PATH },
        { "SET q[0] = :1", PATH },
        { "SET l[17].x = :1", PATH },
        { "REMOVE s.x", PATH },
        { "REMOVE q.x", PATH },
        { "REMOVE s[0]", PATH },
        { "ADD q.x :1", PATH },
        { "DELETE q.x :z", PATH },
        { "SET a = :big + n",
          "Number overflow. Attempting to store a number with magnitude larger than supported "
          "range" },
    };
    struct arena arena;
    arena_init(&arena);
    json before = item(&arena, document);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        json after;
        const struct update *update = parse(&arena, cases[i][0], NULL, values, &err);
        cr_assert_not_null(update, "%s: %s", cases[i][0], outcome(&arena, false, &err));
        bool ok = update_apply(update, &arena, before, &after, &err);
        cr_expect_str_eq(outcome(&arena, ok, &err), cases[i][1], "%s: %s", cases[i][0],
                         outcome(&arena, ok, &err));
        cr_expect_eq(err.code, ERROR_VALIDATION);
    }
    arena_close(&arena);
}

/* A value in a place so deep that the item would be nested beyond the limit. */
Test(dynamodb_update, bounds_nesting)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t depth = 30; depth <= 31; depth++) {
        struct buf text;
        struct error err = { 0 };
        json after;
        buf_init(&text, &arena);
        buf_add(&text, STR("{':v':"));
        for (size_t i = 0; i < depth; i++)
            buf_add(&text, STR("{'L':["));
        buf_add(&text, STR("{'N':'1'}"));
        for (size_t i = 0; i < depth; i++)
            buf_add(&text, STR("]}"));
        buf_add(&text, STR("}"));
        const struct update *update =
            parse(&arena, "SET m.x = :v", NULL, arena_cstr(&arena, buf_str(&text)), &err);
        bool ok = update_apply(update, &arena, item(&arena, "{'m':{'M':{}}}"), &after, &err);
        cr_expect_str_eq(outcome(&arena, ok, &err),
                         depth == 30 ? "ok"
                                     : "Nesting Levels have exceeded supported limits: Attributes "
                                       "in the item have nested levels beyond supported limit");
    }
    arena_close(&arena);
}

/* ---- what is returned ---- */

Test(dynamodb_update, returns_what_it_wrote)
{
    static const struct {
        const char *text, *before, *old, *new;
    } cases[] = {
        { "SET b = :1, c = :2", "{'a':{'S':'hi'},'b':{'S':'dog'}}", "{'b':{'S':'dog'}}",
          "{'b':{'N':'1'},'c':{'N':'2'}}" },
        { "REMOVE b", "{'a':{'S':'hi'},'b':{'S':'dog'}}", "{'b':{'S':'dog'}}", "{}" },
        { "SET a = :1, b = :2 REMOVE c", "{'a':{'S':'hi'},'c':{'S':'dog'}}",
          "{'a':{'S':'hi'},'c':{'S':'dog'}}", "{'a':{'N':'1'},'b':{'N':'2'}}" },
        { "SET a.b = :s", "{'a':{'M':{'b':{'S':'dog'},'c':{'N':'1'}}}}",
          "{'a':{'M':{'b':{'S':'dog'}}}}", "{'a':{'M':{'b':{'S':'new'}}}}" },
        { "SET a.c[1] = :2, a.b = :s",
          "{'a':{'M':{'b':{'S':'yo'},'c':{'L':[{'N':'7'},{'N':'8'},"
          "{'N':'9'}]}}}}",
          "{'a':{'M':{'b':{'S':'yo'},'c':{'L':[{'N':'8'}]}}}}",
          "{'a':{'M':{'b':{'S':'new'},'c':{'L':[{'N':'2'}]}}}}" },
        { "REMOVE a[1], a[3]", "{'a':{'L':[{'N':'1'},{'N':'2'},{'N':'3'}]}}",
          "{'a':{'L':[{'N':'2'}]}}", "{'a':{'L':[{'N':'3'}]}}" },
        { "SET a.x = :1", "{'a':{'M':{}}}", "{}", "{'a':{'M':{'x':{'N':'1'}}}}" },
        { "SET a[100] = :1", "{'a':{'L':[]}}", "{}", "{}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct error err = { 0 };
        json after;
        json before = item(&arena, cases[i].before);
        const struct update *update = parse(&arena, cases[i].text, NULL, values, &err);
        cr_assert(update_apply(update, &arena, before, &after, &err));
        expect_json(update_project(update, &arena, before), cases[i].old, cases[i].text);
        expect_json(update_project(update, &arena, after), cases[i].new, cases[i].text);
    }
    expect_json(update_project(NULL, &arena, item(&arena, document)), "{}", "no update");
    arena_close(&arena);
}

Test(dynamodb_update, tells_what_it_writes)
{
    struct arena arena;
    struct error err = { 0 };
    arena_init(&arena);
    const struct update *update =
        parse(&arena, "SET b.x = c, b.y = d.e REMOVE #p", "{'#p':'pk'}", NULL, &err);
    cr_expect_eq(update_name_count(update), 2);
    cr_expect(str_eq(update_name(update, 0), STR("b")));
    cr_expect(str_eq(update_name(update, 1), STR("pk")));
    cr_expect_eq(update_use(update, STR("b")), PATH_NESTED);
    cr_expect_eq(update_use(update, STR("pk")), PATH_PLAIN);
    cr_expect_eq(update_use(update, STR("c")), PATH_PLAIN);
    cr_expect_eq(update_use(update, STR("d")), PATH_NESTED);
    cr_expect_eq(update_use(update, STR("e")), PATH_UNUSED);
    cr_expect(update_creates_item(update));
    cr_expect(update_creates_item(NULL));
    cr_expect(update_creates_item(parse(&arena, "ADD a :1", NULL, values, &err)));
    cr_expect(!update_creates_item(parse(&arena, "REMOVE a", NULL, NULL, &err)));
    cr_expect(!update_creates_item(parse(&arena, "DELETE a :z REMOVE b", NULL, values, &err)));
    cr_expect_eq(update_name_count(NULL), 0);
    arena_close(&arena);
}
