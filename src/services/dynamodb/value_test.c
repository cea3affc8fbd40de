/* Attribute values: what is taken and refused (texts as recorded from AWS), the normal form,
 * comparisons, sizes. */
#include <criterion/criterion.h>

#include "base/prng.h"
#include "services/dynamodb/expression_support_test.h"
#include "services/dynamodb/value_base64.h"

#define INVALID "One or more parameter values were invalid: "
#define EMPTY                                                                                      \
    "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
#define TOO_MANY                                                                                   \
    "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "    \
    "supported datatypes"

Test(dynamodb_value, has_a_normal_form)
{
    static const struct {
        const char *wire, *normal;
    } cases[] = {
        { "{'S':''}", "{'S':''}" },
        { "{'S':'a','N':null}", "{'S':'a'}" },
        { "{'N':'01.50'}", "{'N':'1.5'}" },
        { "{'B':'YWI='}", "{'B':'YWI='}" },
        { "{'B':''}", "{'B':''}" },
        { "{'BOOL':'No'}", "{'BOOL':false}" },
        { "{'NULL':'yes'}", "{'NULL':true}" },
        { "{'SS':['b','','a']}", "{'SS':['','a','b']}" },
        { "{'NS':['10','-1','9','1e2','0.5']}", "{'NS':['-1','0.5','9','10','100']}" },
        { "{'BS':['/w==','','AA==','AAA=']}", "{'BS':['','AA==','AAA=','/w==']}" },
        { "{'L':[]}", "{'L':[]}" },
        { "{'L':[{'N':'1.0'},{'L':[{'S':'x'}]}]}", "{'L':[{'N':'1'},{'L':[{'S':'x'}]}]}" },
        { "{'M':{}}", "{'M':{}}" },
        { "{'x':1,'S':'unknown names do not count'}", "{'S':'unknown names do not count'}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_json(value(&arena, cases[i].wire), cases[i].normal, cases[i].wire);
    json map = value_content(value(&arena, "{'M':{'b':{'S':'1'},'a':{'S':'2'},'ab':{'S':'3'}}}"));
    cr_expect(str_eq(json_key_at(map, 0), STR("a")), "maps are ordered by name");
    cr_expect(str_eq(json_key_at(map, 1), STR("ab")));
    json top = item(&arena, "{'b':{'S':'1'},'a':{'S':'2'}}");
    cr_expect(str_eq(json_key_at(top, 0), STR("b")), "items keep their order");
    arena_close(&arena);
}

Test(dynamodb_value, refuses_in_the_words_of_aws)
{
    static const struct {
        const char *wire, *message;
    } cases[] = {
        { "{}", EMPTY },
        { "{'a':''}", EMPTY },
        { "{'S':null}", EMPTY },
        { "{'M':{'a':{}}}", EMPTY },
        { "{'L':[{}]}", EMPTY },
        { "{'L':[{'a':{}}]}", EMPTY },
        { "{'S':'a','N':'1'}", TOO_MANY },
        { "{'S':'a','N':''}", "The parameter cannot be converted to a numeric value" },
        { "{'S':'a','N':'b'}", "The parameter cannot be converted to a numeric value: b" },
        { "{'NS':['1','']}", "The parameter cannot be converted to a numeric value" },
        { "{'NS':['1','b']}", "The parameter cannot be converted to a numeric value: b" },
        { "{'NS':['1','1']}", "Input collection contains duplicates" },
        { "{'NS':['1','2','1.0']}", "Input collection contains duplicates" },
        { "{'NULL':'no'}", INVALID "Null attribute value types must have the value of true" },
        { "{'NULL':false}", INVALID "Null attribute value types must have the value of true" },
        { "{'SS':[]}", INVALID "An string set  may not be empty" },
        { "{'NS':[]}", INVALID "An number set  may not be empty" },
        { "{'BS':[]}", INVALID "Binary sets should not be empty" },
        { "{'SS':['a','a']}", INVALID "Input collection [a, a] contains duplicates." },
        { "{'SS':['b','a','b']}", INVALID "Input collection [b, a, b] contains duplicates." },
        { "{'BS':['Yg==','Yg==']}",
          INVALID "Input collection [Yg==, Yg==]of type BS contains duplicates." },
        { "{'N':'1e126'}",
          "Number overflow. Attempting to store a number with magnitude larger than supported "
          "range" },
        { "{'M':{'':{'S':'x'}}}", "Empty attribute name" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json result;
        struct error err = { 0 };
        bool ok = value_normalise(&arena, wire(&arena, cases[i].wire), &result, &err);
        cr_expect_str_eq(outcome(&arena, ok, &err), cases[i].message, "%s: %s", cases[i].wire,
                         outcome(&arena, ok, &err));
        cr_expect_eq(err.code, ERROR_VALIDATION, "%s", cases[i].wire);
    }
    arena_close(&arena);
}

Test(dynamodb_value, refuses_wrong_json_types)
{
    static const struct {
        const char *wire, *message;
    } cases[] = {
        { "{'S':23}", "NUMBER_VALUE cannot be converted to String" },
        { "{'N':123}", "NUMBER_VALUE cannot be converted to String" },
        { "{'S':true}", "TRUE_VALUE cannot be converted to String" },
        { "{'S':false}", "FALSE_VALUE cannot be converted to String" },
        { "{'S':[]}", "Unrecognized collection type class java.lang.String" },
        { "{'S':{}}", "Start of structure or map found where not expected" },
        { "{'B':true}", "only base-64-encoded strings are convertible to bytes" },
        { "{'B':[]}", "Unrecognized collection type class java.nio.ByteBuffer" },
        { "{'B':'23456'}", "Base64 encoded length is expected a multiple of 4 bytes but found: 5" },
        { "{'B':'=+/='}", "Invalid last non-pad Base64 character dectected" },
        { "{'B':'+/+='}", "Invalid last non-pad Base64 character dectected" },
        { "{'B':'YW=='}", "Invalid last non-pad Base64 character dectected" },
        { "{'B':'a-bc'}", "Invalid Base64 character: '-'" },
        { "{'BOOL':'23'}", "Unexpected token received from parser" },
        { "{'BOOL':23}", "NUMBER_VALUE cannot be converted to Boolean" },
        { "{'BOOL':[]}", "Unrecognized collection type class java.lang.Boolean" },
        { "{'SS':'23'}", "Unexpected field type" },
        { "{'SS':{}}", "Start of structure or map found where not expected" },
        { "{'SS':[1]}", "NUMBER_VALUE cannot be converted to String" },
        { "{'L':'23'}", "Unexpected field type" },
        { "{'L':['a']}", "Unexpected value type in payload" },
        { "{'L':[[]]}",
          "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue" },
        { "{'M':'23'}", "Unexpected field type" },
        { "{'M':[]}", "Unrecognized collection type java.util.Map<java.lang.String, "
                      "com.amazonaws.dynamodb.v20120810.AttributeValue>" },
        { "'23'", "Unexpected value type in payload" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json result;
        struct error err = { 0 };
        bool ok = value_normalise(&arena, wire(&arena, cases[i].wire), &result, &err);
        cr_expect_str_eq(outcome(&arena, ok, &err), cases[i].message, "%s: %s", cases[i].wire,
                         outcome(&arena, ok, &err));
        cr_expect_eq(err.code, ERROR_SERIALIZATION, "%s", cases[i].wire);
    }
    arena_close(&arena);
}

/* A leaf in 31 maps or lists is the deepest that AWS takes. */
Test(dynamodb_value, bounds_nesting)
{
    struct arena arena;
    arena_init(&arena);
    for (int maps = 0; maps < 2; maps++) {
        json nested = wire(&arena, "{'S':'leaf'}");
        for (int depth = 1; depth <= 40; depth++) {
            struct json_fields fields;
            struct json_list list;
            json result;
            struct error err = { 0 };
            json_fields_init(&fields, &arena);
            json_list_init(&list, &arena);
            json_list_add(&list, nested);
            json_fields_add(&fields, STR("n"), nested);
            nested = value_make(&arena, maps ? VALUE_M : VALUE_L,
                                maps ? json_fields_done(&fields) : json_list_done(&list));
            bool ok = value_normalise(&arena, nested, &result, &err);
            cr_expect_eq(ok, depth <= 31, "%d", depth);
            if (ok)
                cr_expect_eq(value_depth(result), (size_t)depth + 1);
            else
                cr_expect_str_eq(outcome(&arena, ok, &err),
                                 "Nesting Levels have exceeded supported limits: Attributes in "
                                 "the item have nested levels beyond supported limit");
        }
    }
    arena_close(&arena);
}

Test(dynamodb_value, bounds_names)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t bytes = DYNAMODB_NAME_BYTES_MAX; bytes <= DYNAMODB_NAME_BYTES_MAX + 1; bytes++) {
        struct json_fields fields;
        struct error err = { 0 };
        json result;
        char *name = arena_alloc(&arena, bytes);
        memset(name, 'n', bytes);
        json_fields_init(&fields, &arena);
        json_fields_add(&fields, (str){ name, bytes }, wire(&arena, "{'S':'x'}"));
        bool ok = value_normalise_item(&arena, json_fields_done(&fields), &result, &err);
        cr_expect_str_eq(outcome(&arena, ok, &err),
                         bytes <= DYNAMODB_NAME_BYTES_MAX
                             ? "ok"
                             : "Attribute name is too large, must be less than 65536 bytes");
        if (ok) cr_expect_not_null(value_find(result, (str){ name, bytes }));
        if (ok) cr_expect_null(value_find(result, (str){ name, bytes - 1 }));
    }
    arena_close(&arena);
}

Test(dynamodb_value, compares)
{
    static const struct {
        const char *a, *b;
        bool equal, ordered;
        int order;
    } cases[] = {
        { "{'S':'a'}", "{'S':'a'}", true, true, 0 },
        { "{'S':'a'}", "{'S':'b'}", false, true, -1 },
        { "{'S':'a'}", "{'S':'aa'}", false, true, -1 },
        { "{'S':'Z'}", "{'S':'a'}", false, true, -1 },
        { "{'S':'z'}", "{'S':'\u00e9'}", false, true, -1 },
        { "{'N':'1.0'}", "{'N':'1'}", true, true, 0 },
        { "{'N':'10'}", "{'N':'9'}", false, true, 1 },
        { "{'N':'-10'}", "{'N':'9'}", false, true, -1 },
        { "{'N':'-10'}", "{'N':'-9'}", false, true, -1 },
        { "{'N':'0.1'}", "{'N':'0.11'}", false, true, -1 },
        { "{'S':'1'}", "{'N':'1'}", false, false, 0 },
        { "{'B':'YQ=='}", "{'B':'YWI='}", false, true, -1 },
        { "{'B':'/w=='}", "{'B':'AA=='}", false, true, 1 },
        { "{'B':'YQ=='}", "{'B':'YQA='}", false, true, -1 },
        { "{'BOOL':true}", "{'BOOL':true}", true, false, 0 },
        { "{'BOOL':true}", "{'BOOL':false}", false, false, 0 },
        { "{'NULL':true}", "{'NULL':true}", true, false, 0 },
        { "{'SS':['a','b']}", "{'SS':['b','a']}", true, false, 0 },
        { "{'SS':['a','b']}", "{'SS':['b']}", false, false, 0 },
        { "{'NS':['1','2.0']}", "{'NS':['2','1.00']}", true, false, 0 },
        { "{'SS':['1']}", "{'NS':['1']}", false, false, 0 },
        { "{'L':[{'S':'a'},{'S':'b'}]}", "{'L':[{'S':'b'},{'S':'a'}]}", false, false, 0 },
        { "{'L':[{'N':'1'}]}", "{'L':[{'N':'1.0'}]}", true, false, 0 },
        { "{'M':{'a':{'S':'1'},'b':{'N':'2'}}}", "{'M':{'b':{'N':'2.0'},'a':{'S':'1'}}}", true,
          false, 0 },
        { "{'M':{'a':{'S':'1'}}}", "{'M':{'b':{'S':'1'}}}", false, false, 0 },
        { "{'M':{'a':{'S':'1'}}}", "{'M':{}}", false, false, 0 },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        json a = value(&arena, cases[i].a);
        json b = value(&arena, cases[i].b);
        cr_expect_eq(attribute_equal(a, b), cases[i].equal, "%s %s", cases[i].a, cases[i].b);
        cr_expect_eq(attribute_equal(b, a), cases[i].equal, "%s %s", cases[i].a, cases[i].b);
        cr_expect_eq(attr_is_ordered(attr_of(a), attr_of(b)), cases[i].ordered, "%s %s", cases[i].a,
                     cases[i].b);
        if (!cases[i].ordered) continue;
        int order = value_compare(a, b);
        cr_expect_eq((order > 0) - (order < 0), cases[i].order, "%s %s", cases[i].a, cases[i].b);
    }
    arena_close(&arena);
}

/* Sizes by the rules of the Developer Guide, "DynamoDB item sizes and formats". */
Test(dynamodb_value, has_sizes)
{
    static const struct {
        const char *value;
        size_t bytes;
    } cases[] = {
        { "{'S':''}", 0 },
        { "{'S':'abc'}", 3 },
        { "{'S':'\u00e9\u00e9'}", 4 },
        { "{'N':'123'}", 3 },
        { "{'B':'YWI='}", 2 },
        { "{'BOOL':true}", 1 },
        { "{'NULL':true}", 1 },
        { "{'SS':['a','bcd']}", 4 },
        { "{'NS':['1','-42']}", 5 },
        { "{'BS':['YWI=','YQ==']}", 3 },
        { "{'L':[]}", 3 },
        { "{'L':[{'S':'ab'},{'NULL':true}]}", 3 + 1 + 2 + 1 + 1 },
        { "{'M':{}}", 3 },
        { "{'M':{'key':{'S':'ab'}}}", 3 + 1 + 3 + 2 },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect_eq(value_bytes(value(&arena, cases[i].value)), cases[i].bytes, "%s",
                     cases[i].value);
    cr_expect_eq(value_item_bytes(item(&arena, "{'id':{'S':'abc'},'n':{'N':'1'}}")), 2 + 3 + 1 + 2);
    cr_expect_eq(value_content_bytes(value(&arena, "{'B':'YWI='}")), 2);
    arena_close(&arena);
}

Test(dynamodb_value, bounds_items)
{
    struct arena arena;
    arena_init(&arena);
    for (size_t bytes = DYNAMODB_ITEM_BYTES_MAX; bytes <= DYNAMODB_ITEM_BYTES_MAX + 1; bytes++) {
        struct json_fields fields;
        struct error err = { 0 };
        char *text = arena_alloc(&arena, bytes);
        memset(text, 'x', bytes);
        json_fields_init(&fields, &arena);
        json_fields_add(&fields, STR("id"),
                        value_make(&arena, VALUE_S, json_string((str){ text, bytes - 2 })));
        json large = json_fields_done(&fields);
        bool fits = bytes == DYNAMODB_ITEM_BYTES_MAX;
        cr_expect_eq(value_check_item_size(large, false, &err), fits);
        if (!fits) cr_expect_str_eq(err.message, "Item size has exceeded the maximum allowed size");
        cr_expect_eq(value_check_item_size(large, true, &err), fits);
        if (!fits)
            cr_expect_str_eq(err.message, "Item size to update has exceeded the maximum allowed "
                                          "size");
    }
    arena_close(&arena);
}

Test(dynamodb_value, keys_have_the_order_of_the_values)
{
    static const char *const ascending[][5] = {
        { "{'S':''}", "{'S':'A'}", "{'S':'a'}", "{'S':'ab'}", "{'S':'\u00e9'}" },
        { "{'N':'-1e20'}", "{'N':'-1'}", "{'N':'0'}", "{'N':'0.5'}", "{'N':'1e20'}" },
        { "{'B':''}", "{'B':'AA=='}", "{'B':'AAA='}", "{'B':'YQ=='}", "{'B':'/w=='}" },
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t type = 0; type < 3; type++) {
        for (size_t i = 1; i < 5; i++) {
            struct buf low;
            struct buf high;
            buf_init(&low, &arena);
            buf_init(&high, &arena);
            value_key_bytes(&low, value(&arena, ascending[type][i - 1]));
            value_key_bytes(&high, value(&arena, ascending[type][i]));
            cr_expect_lt(str_compare(buf_str(&low), buf_str(&high)), 0, "%s", ascending[type][i]);
        }
    }
    arena_close(&arena);
}

/* ---- base64 ---- */

static str encode(struct arena *arena, str bytes)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < bytes.len; i += 3) {
        unsigned all = 0;
        for (size_t j = 0; j < 3; j++)
            all = all << 8 | (i + j < bytes.len ? (unsigned char)bytes.ptr[i + j] : 0);
        for (size_t j = 0; j < 4; j++)
            buf_add(&out,
                    i + j > bytes.len ? STR("=") : (str){ &alphabet[all >> (18 - 6 * j) & 63], 1 });
    }
    return buf_str(&out);
}

static str random_bytes(struct arena *arena, struct prng *prng, size_t max, unsigned alphabet)
{
    size_t count = prng_below(prng, max + 1);
    char *bytes = arena_alloc(arena, count);
    for (size_t i = 0; i < count; i++)
        bytes[i] = (char)(prng_below(prng, alphabet) * 127);
    return (str){ bytes, count };
}

/* The functions on texts agree with those on the bytes; few different bytes make many matches. */
Test(dynamodb_value, base64_is_as_good_as_its_bytes)
{
    struct prng prng;
    prng_seed(&prng, 3);
    for (int i = 0; i < 30000; i++) {
        struct arena arena;
        struct error err = { 0 };
        struct buf decoded;
        arena_init(&arena);
        unsigned alphabet = 1 + (unsigned)prng_below(&prng, 3);
        str a = random_bytes(&arena, &prng, 40, alphabet);
        str b = random_bytes(&arena, &prng, i % 2 ? 40 : 6, alphabet);
        str x = encode(&arena, a);
        str y = encode(&arena, b);
        cr_assert(base64_check(x, &err), "%s", err.message);
        cr_assert_eq(attribute_base64_bytes(x), a.len);
        int order = str_compare(a, b);
        int actual = base64_compare(x, y);
        cr_assert_eq((actual > 0) - (actual < 0), (order > 0) - (order < 0));
        cr_assert_eq(base64_begins_with(x, y), str_starts_with(a, b));
        cr_assert_eq(base64_contains(x, y), b.len == 0 || str_find(a, b, 0) < a.len);
        buf_init(&decoded, &arena);
        base64_decode(&decoded, x);
        cr_assert(str_eq(buf_str(&decoded), a));
        arena_close(&arena);
    }
}

/* ---- sets ---- */

Test(dynamodb_value, sets_unite_and_subtract)
{
    struct arena arena;
    arena_init(&arena);
    json a = value_content(value(&arena, "{'NS':['1','3','5','10']}"));
    json b = value_content(value(&arena, "{'NS':['0','3','7','10','11']}"));
    expect_json(value_set_union(&arena, VALUE_NS, a, b), "['0','1','3','5','7','10','11']", "");
    expect_json(value_set_difference(&arena, VALUE_NS, a, b), "['1','5']", "");
    expect_json(value_set_difference(&arena, VALUE_NS, a, a), "[]", "");
    arena_close(&arena);
}
