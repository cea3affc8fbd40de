/* Query and Scan over tables: ranges, pages, filters, segments. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/dynamodb/support_test.h"

static void open_with(struct api *api, int hashes, int ranges)
{
    api_open(api);
    api_create_ranged(api, "tab");
    for (int i = 0; i < hashes; i++)
        for (int j = 0; j < ranges; j++)
            api_callf(api, "PutItem",
                      "{'TableName':'tab','Item':{'pk':{'S':'p%d'},'sk':{'N':'%d'},"
                      "'even':{'BOOL':%s}}}",
                      i, j - 2, j % 2 == 0 ? "true" : "false");
}

/* The range values of an answer's items: "-2 -1 0". */
static str ranges_of(struct api *api, str answer)
{
    struct buf out;
    char path[64];
    buf_init(&out, &api->arena);
    for (size_t i = 0;; i++) {
        snprintf(path, sizeof path, "Items.%zu.sk.N", i);
        str value = api_field(api, answer, path);
        if (value.len == 0) break;
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, value);
    }
    return buf_str(&out);
}

Test(query, walks_the_range_of_a_condition)
{
    static const struct {
        const char *condition, *values, *ranges;
    } cases[] = {
        { "pk = :p", "", "-2 -1 0 1 2 3" },
        { "pk = :p AND sk = :a", ",':a':{'N':'-1.0'}", "-1" },
        { "pk = :p AND sk < :a", ",':a':{'N':'1'}", "-2 -1 0" },
        { "pk = :p AND sk <= :a", ",':a':{'N':'1'}", "-2 -1 0 1" },
        { "pk = :p AND sk > :a", ",':a':{'N':'-1'}", "0 1 2 3" },
        { "pk = :p AND sk >= :a", ",':a':{'N':'-1'}", "-1 0 1 2 3" },
        { "pk = :p AND sk BETWEEN :a AND :b", ",':a':{'N':'-1'},':b':{'N':'2'}", "-1 0 1 2" },
        { "pk = :p AND sk > :a", ",':a':{'N':'9'}", "" },
    };
    struct api api;
    open_with(&api, 2, 6);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str answer = api_callf(&api, "Query",
                               "{'TableName':'tab','KeyConditionExpression':'%s',"
                               "'ExpressionAttributeValues':{':p':{'S':'p1'}%s}}",
                               cases[i].condition, cases[i].values);
        str ranges = ranges_of(&api, answer);
        cr_expect(str_eq(ranges, str_from(cases[i].ranges)), "%s: %.*s", cases[i].condition,
                  STR_ARGS(answer));
    }
    str answer = api_call(&api, "Query",
                          "{'TableName':'tab','ScanIndexForward':false,'KeyConditions':{"
                          "'pk':{'ComparisonOperator':'EQ','AttributeValueList':[{'S':'p0'}]},"
                          "'sk':{'ComparisonOperator':'LE','AttributeValueList':[{'N':'0'}]}}}");
    cr_expect(str_eq(ranges_of(&api, answer), STR("0 -1 -2")), "%.*s", STR_ARGS(answer));
    api_close(&api);
}

Test(query, finds_what_begins_with_a_text)
{
    static const char *const values[] = { "a", "ab", "ab\\u0000", "abc", "ac", "b" };
    struct api api;
    api_open(&api);
    api_do(&api, "CreateTable",
           "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
           "{'AttributeName':'pk','AttributeType':'B'},{'AttributeName':'sk',"
           "'AttributeType':'S'}],'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
           "{'AttributeName':'sk','KeyType':'RANGE'}]}");
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'B':'AA=='},'sk':{'S':'%s'}}}",
                  values[i]);
    api_expect(&api, "Query",
               "{'TableName':'tab','KeyConditionExpression':'pk = :p AND begins_with(sk, :s)',"
               "'ExpressionAttributeValues':{':p':{'B':'AA=='},':s':{'S':'ab'}}}",
               "{'Count':3,'Items':[{'sk':{'S':'ab'}},{'sk':{'S':'ab\\u0000'}},"
               "{'sk':{'S':'abc'}}]}");
    api_close(&api);
}

Test(query, goes_on_behind_the_last_key)
{
    struct api api;
    open_with(&api, 1, 6);
    static const char base[] = "'TableName':'tab','KeyConditionExpression':'pk = :p',"
                               "'ExpressionAttributeValues':{':p':{'S':'p0'}},'Limit':4";
    str first = api_callf(&api, "Query", "{%s}", base);
    cr_expect(str_eq(ranges_of(&api, first), STR("-2 -1 0 1")));
    cr_expect(str_eq(api_field(&api, first, "LastEvaluatedKey"),
                     STR("{\"pk\":{\"S\":\"p0\"},\"sk\":{\"N\":\"1\"}}")));
    str next =
        api_callf(&api, "Query", "{%s,'ExclusiveStartKey':{'pk':{'S':'p0'},'sk':{'N':'1'}}}", base);
    cr_expect(str_eq(ranges_of(&api, next), STR("2 3")));
    cr_expect_eq(api_field(&api, next, "LastEvaluatedKey").len, 0);
    str back = api_callf(&api, "Query",
                         "{%s,'ScanIndexForward':false,"
                         "'ExclusiveStartKey':{'pk':{'S':'p0'},'sk':{'N':'1'}}}",
                         base);
    cr_expect(str_eq(ranges_of(&api, back), STR("0 -1 -2")));
    /* As many as asked for: there may be more, and a key is given. */
    str exact = api_callf(&api, "Query",
                          "{%s,'ExclusiveStartKey':{'pk':{'S':'p0'},'sk':{'N':'-1'}}}", base);
    cr_expect(str_eq(ranges_of(&api, exact), STR("0 1 2 3")));
    cr_expect_gt(api_field(&api, exact, "LastEvaluatedKey").len, 0);
    api_close(&api);
}

Test(query, counts_and_filters)
{
    struct api api;
    open_with(&api, 1, 6);
    api_expect_all(&api, "Query",
                   "{'TableName':'tab','KeyConditionExpression':'pk = :p','Select':'COUNT',"
                   "'FilterExpression':'even = :t','ReturnConsumedCapacity':'TOTAL',"
                   "'ExpressionAttributeValues':{':p':{'S':'p0'},':t':{'BOOL':true}}}",
                   "{'Count':3,'ScannedCount':6,"
                   "'ConsumedCapacity':{'TableName':'tab','CapacityUnits':0.5}}");
    api_expect_all(&api, "Query",
                   "{'TableName':'tab','KeyConditionExpression':'pk = :p','Limit':2,"
                   "'FilterExpression':'even = :t','ProjectionExpression':'sk',"
                   "'ExpressionAttributeValues':{':p':{'S':'p0'},':t':{'BOOL':false}}}",
                   "{'Count':1,'ScannedCount':2,'Items':[{'sk':{'N':'-1'}}],"
                   "'LastEvaluatedKey':{'pk':{'S':'p0'},'sk':{'N':'-1'}}}");
    api_close(&api);
}

Test(query, is_refused_with_a_reason)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "'KeyConditionExpression':'sk = :v','ExpressionAttributeValues':{':v':{'N':'1'}}",
          "Query condition missed key schema element: pk" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'Select':'INVALID_VALUE'",
          "1 validation error detected: Value 'INVALID_VALUE' at 'select' failed to satisfy "
          "constraint: Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, "
          "ALL_ATTRIBUTES, ALL_PROJECTED_ATTRIBUTES]" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'Limit':0",
          "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must "
          "have value greater than or equal to 1" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'ExclusiveStartKey':{'bad':{'S':'p'}}",
          "The provided starting key is invalid" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'ExclusiveStartKey':{'pk':{'S':'b'},'sk':{'N':'1'}}",
          "The provided starting key is outside query boundaries based on provided conditions" },
        { "'KeyConditionExpression':'pk = :v AND sk > :w',"
          "'ExpressionAttributeValues':{':v':{'S':'a'},':w':{'N':'5'}},"
          "'ExclusiveStartKey':{'pk':{'S':'a'},'sk':{'N':'1'}}",
          "The provided starting key does not match the range key predicate" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'Select':'SPECIFIC_ATTRIBUTES'",
          "1 validation error detected: Must specify the AttributesToGet or ProjectionExpression "
          "when choosing to get SPECIFIC_ATTRIBUTES" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'Select':'COUNT','ProjectionExpression':'pk'",
          "1 validation error detected: Cannot specify the ProjectionExpression when choosing to "
          "get only the Count" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'IndexName':'none'",
          "The table does not have the specified index: none" },
        { "'KeyConditionExpression':'pk = :v','ExpressionAttributeValues':{':v':{'S':'a'}},"
          "'FilterExpression':'sk = :v'",
          "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
          "sk" },
        { "'Limit':1",
          "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
          "request." },
    };
    struct api api;
    open_with(&api, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params = arena_printf(&api.arena, "{'TableName':'tab',%s}", cases[i].params);
        str error = arena_printf(&api.arena, "ValidationException: %s", cases[i].error);
        api_expect_error(&api, "Query", params.ptr, error.ptr);
    }
    api_expect_error(&api, "Query",
                     "{'TableName':'none','KeyConditionExpression':'pk = :v',"
                     "'ExpressionAttributeValues':{':v':{'S':'a'}}}",
                     "ResourceNotFoundException: Requested resource not found");
    api_close(&api);
}

Test(scan, gives_every_item_once)
{
    struct api api;
    open_with(&api, 20, 2);
    struct buf start;
    size_t seen = 0, pages = 0;
    buf_init(&start, &api.arena);
    for (;;) {
        str answer =
            api_callf(&api, "Scan", "{'TableName':'tab','Limit':7%.*s}", STR_ARGS(buf_str(&start)));
        int64_t count = 0;
        cr_assert(str_to_i64(api_field(&api, answer, "Count"), &count));
        seen += (size_t)count;
        pages++;
        str last = api_field(&api, answer, "LastEvaluatedKey");
        if (last.len == 0) break;
        start.len = 0;
        buf_add(&start, STR(",'ExclusiveStartKey':"));
        buf_add(&start, last);
    }
    cr_expect_eq(seen, 40);
    cr_expect_eq(pages, 6);
    api_close(&api);
}

Test(scan, divides_a_table_into_segments)
{
    struct api api;
    open_with(&api, 40, 1);
    int64_t sum = 0;
    size_t used = 0;
    for (int i = 0; i < 4; i++) {
        int64_t count = 0;
        str answer =
            api_callf(&api, "Scan", "{'TableName':'tab','TotalSegments':4,'Segment':%d}", i);
        cr_assert(str_to_i64(api_field(&api, answer, "Count"), &count));
        sum += count;
        if (count > 2) used++;
    }
    cr_expect_eq(sum, 40);
    cr_expect_eq(used, 4, "every segment has its share");
    api_close(&api);
}

Test(scan, works_as_old_clients_use_it)
{
    struct api api;
    open_with(&api, 1, 6);
    str answer = api_call(&api, "Scan",
                          "{'TableName':'tab','Select':'SPECIFIC_ATTRIBUTES',"
                          "'AttributesToGet':['sk'],'ScanFilter':{'even':{"
                          "'ComparisonOperator':'EQ','AttributeValueList':[{'BOOL':true}]},"
                          "'sk':{'ComparisonOperator':'GT','AttributeValueList':[{'N':'-2'}]}}}");
    cr_expect(str_eq(ranges_of(&api, answer), STR("0 2")), "%.*s", STR_ARGS(answer));
    cr_expect(str_eq(api_field(&api, answer, "Items.0"), STR("{\"sk\":{\"N\":\"0\"}}")));
    api_close(&api);
}

Test(scan, stops_at_a_megabyte)
{
    struct api api;
    api_open(&api);
    api_create_ranged(&api, "tab");
    char *text = arena_alloc(&api.arena, 300001);
    memset(text, 'x', 300000);
    text[300000] = '\0';
    for (int i = 0; i < 6; i++)
        api_callf(&api, "PutItem",
                  "{'TableName':'tab','Item':{'pk':{'S':'p'},'sk':{'N':'%d'},'t':{'S':'%s'}}}", i,
                  text);
    str answer = api_call(&api, "Scan", "{'TableName':'tab','ReturnConsumedCapacity':'TOTAL'}");
    cr_expect(str_eq(api_field(&api, answer, "Count"), STR("4")));
    cr_expect(str_eq(api_field(&api, answer, "LastEvaluatedKey.sk.N"), STR("3")));
    /* 4 * 300,009 bytes are 293 times 4 KB, read eventually. */
    cr_expect(str_eq(api_field(&api, answer, "ConsumedCapacity.CapacityUnits"), STR("146.5")));
    api_close(&api);
}

Test(scan, is_refused_with_a_reason)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "'Segment':0",
          "The TotalSegments parameter is required but was not present in the request when Segment "
          "parameter is present" },
        { "'Segment':5,'TotalSegments':5",
          "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
          "Segment: 5 is not less than TotalSegments: 5" },
        { "'TotalSegments':4",
          "The Segment parameter is required but was not present in the request when parameter "
          "TotalSegments is present" },
        { "'Limit':0",
          "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: Member "
          "must have value greater than or equal to 1" },
        { "'ExclusiveStartKey':{'bad':{'S':'p'}}",
          "The provided starting key is invalid: The provided key element does not match the "
          "schema" },
        { "'Select':'SPECIFIC_ATTRIBUTES'",
          "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
          "SPECIFIC_ATTRIBUTES" },
        { "'Select':'COUNT','ProjectionExpression':'pk'",
          "Cannot specify the ProjectionExpression when choosing to get only the Count" },
    };
    struct api api;
    open_with(&api, 0, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params = arena_printf(&api.arena, "{'TableName':'tab',%s}", cases[i].params);
        str error = arena_printf(&api.arena, "ValidationException: %s", cases[i].error);
        api_expect_error(&api, "Scan", params.ptr, error.ptr);
    }
    api_close(&api);
}
