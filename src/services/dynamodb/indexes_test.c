/* Secondary indexes: what they hold, what writes cost, how they come and go. The units are those
 * that DynamoDB was measured to charge. */
#include <criterion/criterion.h>

#include "services/dynamodb/support_test.h"
#include "services/shape.h"

/* gsi: key g, with the attribute p; lsi: key l, everything; only: keys alone, by g and sk. */
static void open_indexed(struct api *api)
{
    api_open(api);
    api_do(api, "CreateTable",
           "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
           "{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'sk','AttributeType':'S'},"
           "{'AttributeName':'g','AttributeType':'S'},{'AttributeName':'l','AttributeType':'N'}],"
           "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
           "{'AttributeName':'sk','KeyType':'RANGE'}],"
           "'LocalSecondaryIndexes':[{'IndexName':'lsi','KeySchema':["
           "{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'l','KeyType':'RANGE'}],"
           "'Projection':{'ProjectionType':'ALL'}},"
           "{'IndexName':'lsi-keys','KeySchema':["
           "{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'l','KeyType':'RANGE'}],"
           "'Projection':{'ProjectionType':'KEYS_ONLY'}}],"
           "'GlobalSecondaryIndexes':[{'IndexName':'gsi','KeySchema':["
           "{'AttributeName':'g','KeyType':'HASH'}],"
           "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['p']}}]}");
}

static void put(struct api *api, const char *sk, const char *rest)
{
    str answer = api_callf(
        api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'a'},'sk':{'S':'%s'}%s}}", sk, rest);
    cr_assert(str_eq(answer, STR("{}")), "%.*s", STR_ARGS(answer));
}

Test(indexes, hold_what_they_project)
{
    struct api api;
    open_indexed(&api);
    put(&api, "1", ",'g':{'S':'x'},'p':{'S':'in'},'o':{'S':'out'}");
    put(&api, "2", ",'l':{'N':'10'},'o':{'S':'out'}");
    put(&api, "3", ",'l':{'N':'9'},'g':{'S':'x'}");
    put(&api, "4", "");
    api_expect_all(&api, "Query",
                   "{'TableName':'tab','IndexName':'gsi','KeyConditionExpression':'g = :g',"
                   "'ExpressionAttributeValues':{':g':{'S':'x'}}}",
                   "{'Count':2,'ScannedCount':2,'Items':["
                   "{'pk':{'S':'a'},'sk':{'S':'1'},'g':{'S':'x'},'p':{'S':'in'}},"
                   "{'pk':{'S':'a'},'sk':{'S':'3'},'g':{'S':'x'}}]}");
    api_expect_all(&api, "Query",
                   "{'TableName':'tab','IndexName':'lsi','KeyConditionExpression':'pk = :a',"
                   "'ExpressionAttributeValues':{':a':{'S':'a'}},'ConsistentRead':true}",
                   "{'Count':2,'ScannedCount':2,'Items':["
                   "{'pk':{'S':'a'},'sk':{'S':'3'},'l':{'N':'9'},'g':{'S':'x'}},"
                   "{'pk':{'S':'a'},'sk':{'S':'2'},'l':{'N':'10'},'o':{'S':'out'}}]}");
    api_expect(&api, "Scan", "{'TableName':'tab','IndexName':'gsi'}", "{'Count':2}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':4,'GlobalSecondaryIndexes':[{'IndexName':'gsi',"
               "'IndexStatus':'ACTIVE','ItemCount':2,'IndexArn':'" TABLE_ARN "tab/index/gsi'}],"
               "'LocalSecondaryIndexes':[{'ItemCount':2},{'ItemCount':2}]}}");
    api_close(&api);
}

Test(indexes, local_ones_look_the_rest_up)
{
    struct api api;
    open_indexed(&api);
    put(&api, "1", ",'l':{'N':'1'},'o':{'S':'out'}");
    api_expect_all(&api, "Query",
                   "{'TableName':'tab','IndexName':'lsi-keys','KeyConditionExpression':'pk = :a',"
                   "'ExpressionAttributeValues':{':a':{'S':'a'}}}",
                   "{'Count':1,'ScannedCount':1,"
                   "'Items':[{'pk':{'S':'a'},'sk':{'S':'1'},'l':{'N':'1'}}]}");
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'lsi-keys','KeyConditionExpression':'pk = :a',"
               "'Select':'ALL_ATTRIBUTES','ReturnConsumedCapacity':'INDEXES',"
               "'ExpressionAttributeValues':{':a':{'S':'a'}}}",
               "{'Items':[{'o':{'S':'out'}}],'ConsumedCapacity':{'CapacityUnits':1,"
               "'Table':{'CapacityUnits':0.5},"
               "'LocalSecondaryIndexes':{'lsi-keys':{'CapacityUnits':0.5}}}}");
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'lsi-keys','KeyConditionExpression':'pk = :a',"
               "'ProjectionExpression':'o','ExpressionAttributeValues':{':a':{'S':'a'}}}",
               "{'Items':[{'o':{'S':'out'}}]}");
    api_close(&api);
}

Test(indexes, are_walked_in_pages_over_equal_keys)
{
    struct api api;
    open_indexed(&api);
    put(&api, "1", ",'g':{'S':'x'}");
    put(&api, "2", ",'g':{'S':'x'}");
    put(&api, "3", ",'g':{'S':'x'}");
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'gsi','KeyConditionExpression':'g = :g','Limit':2,"
               "'ExpressionAttributeValues':{':g':{'S':'x'}}}",
               "{'Items':[{'sk':{'S':'1'}},{'sk':{'S':'2'}}],'LastEvaluatedKey':"
               "{'pk':{'S':'a'},'sk':{'S':'2'},'g':{'S':'x'}}}");
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'gsi','KeyConditionExpression':'g = :g','Limit':2,"
               "'ExclusiveStartKey':{'pk':{'S':'a'},'sk':{'S':'2'},'g':{'S':'x'}},"
               "'ExpressionAttributeValues':{':g':{'S':'x'}}}",
               "{'Items':[{'sk':{'S':'3'}}]}");
    api_expect(&api, "Scan",
               "{'TableName':'tab','IndexName':'gsi',"
               "'ExclusiveStartKey':{'pk':{'S':'a'},'sk':{'S':'1'},'g':{'S':'x'}}}",
               "{'Items':[{'sk':{'S':'2'}},{'sk':{'S':'3'}}]}");
    api_close(&api);
}

Test(indexes, follow_the_item)
{
    struct api api;
    open_indexed(&api);
    put(&api, "1", ",'g':{'S':'x'},'l':{'N':'1'}");
    cr_expect_eq(api_records(&api, 'y'), 3);
    put(&api, "1", ",'g':{'S':'y'}");
    cr_expect_eq(api_records(&api, 'y'), 1);
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'gsi','KeyConditionExpression':'g = :g',"
               "'ExpressionAttributeValues':{':g':{'S':'x'}}}",
               "{'Count':0,'Items':[]}");
    api_do(&api, "UpdateItem",
           "{'TableName':'tab','Key':{'pk':{'S':'a'},'sk':{'S':'1'}},"
           "'UpdateExpression':'REMOVE g'}");
    cr_expect_eq(api_records(&api, 'y'), 0);
    put(&api, "1", ",'g':{'S':'y'}");
    api_do(&api, "DeleteItem", "{'TableName':'tab','Key':{'pk':{'S':'a'},'sk':{'S':'1'}}}");
    cr_expect_eq(api_records(&api, 'y'), 0);
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':0,'TableSizeBytes':0,'GlobalSecondaryIndexes':["
               "{'ItemCount':0,'IndexSizeBytes':0}]}}");
    api_close(&api);
}

/* Capacity of a write: "TOTAL TABLE GSI", of "tab" with the one index gsi. */
static str cost(struct api *api, const char *operation, const char *params)
{
    str answer = api_callf(api, operation,
                           "{'TableName':'one','ReturnConsumedCapacity':'INDEXES'%s}", params);
    str total = api_field(api, answer, "ConsumedCapacity.CapacityUnits");
    str table = api_field(api, answer, "ConsumedCapacity.Table.CapacityUnits");
    str index = api_field(api, answer, "ConsumedCapacity.GlobalSecondaryIndexes.gsi.CapacityUnits");
    return arena_printf(&api->arena, "%.*s %.*s %.*s", STR_ARGS(total), STR_ARGS(table),
                        STR_ARGS(index));
}

Test(indexes, cost_what_changes)
{
    static const struct {
        const char *operation, *params, *units;
    } cases[] = {
        { "PutItem", ",'Item':{'pk':{'S':'a'},'g':{'S':'x'},'p':{'S':'1'}}", "2.0 1.0 1.0" },
        { "PutItem", ",'Item':{'pk':{'S':'a'},'g':{'S':'x'},'p':{'S':'1'}}", "1.0 1.0 " },
        { "PutItem", ",'Item':{'pk':{'S':'b'},'o':{'S':'x'}}", "1.0 1.0 " },
        { "UpdateItem",
          ",'Key':{'pk':{'S':'a'}},'UpdateExpression':'SET o = :v',"
          "'ExpressionAttributeValues':{':v':{'S':'2'}}",
          "1.0 1.0 " },
        { "UpdateItem",
          ",'Key':{'pk':{'S':'a'}},'UpdateExpression':'SET p = :v',"
          "'ExpressionAttributeValues':{':v':{'S':'2'}}",
          "2.0 1.0 1.0" },
        { "UpdateItem",
          ",'Key':{'pk':{'S':'a'}},'UpdateExpression':'SET g = :v',"
          "'ExpressionAttributeValues':{':v':{'S':'y'}}",
          "3.0 1.0 2.0" },
        { "UpdateItem", ",'Key':{'pk':{'S':'a'}},'UpdateExpression':'REMOVE g'", "2.0 1.0 1.0" },
        { "DeleteItem", ",'Key':{'pk':{'S':'a'}}", "1.0 1.0 " },
    };
    struct api api;
    api_open(&api);
    api_do(&api, "CreateTable",
           "{'TableName':'one','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
           "{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],"
           "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}],"
           "'GlobalSecondaryIndexes':[{'IndexName':'gsi','KeySchema':["
           "{'AttributeName':'g','KeyType':'HASH'}],"
           "'Projection':{'ProjectionType':'INCLUDE','NonKeyAttributes':['p']}}]}");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str units = cost(&api, cases[i].operation, cases[i].params);
        cr_expect(str_eq(units, str_from(cases[i].units)), "case %zu: %.*s", i, STR_ARGS(units));
    }
    api_close(&api);
}

Test(indexes, give_metrics_of_collections)
{
    struct api api;
    open_indexed(&api);
    api_expect_all(&api, "PutItem",
                   "{'TableName':'tab','Item':{'pk':{'S':'a'},'sk':{'S':'1'}},"
                   "'ReturnItemCollectionMetrics':'SIZE'}",
                   "{'ItemCollectionMetrics':{'ItemCollectionKey':{'pk':{'S':'a'}},"
                   "'SizeEstimateRangeGB':[0,1]}}");
    api_close(&api);
}

Test(indexes, refuse_keys_of_another_type)
{
    static const struct {
        const char *rest, *error;
    } cases[] = {
        { "'g':{'N':'1'}", "One or more parameter values were invalid: Type mismatch for Index Key "
                           "g Expected: S Actual: N IndexName: gsi" },
        { "'l':{'L':[]}", "One or more parameter values were invalid: Type mismatch for Index Key "
                          "l Expected: N Actual: L IndexName: lsi" },
        { "'g':{'S':''}",
          "One or more parameter values are not valid. A value specified for a secondary index key "
          "is not supported. The AttributeValue for a key attribute cannot contain an empty string "
          "value. IndexName: gsi, IndexKey: g" },
    };
    struct api api;
    open_indexed(&api);
    put(&api, "1", "");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params = arena_printf(&api.arena,
                                  "{'TableName':'tab','Item':{'pk':{'S':'a'},'sk':{'S':'2'},%s}}",
                                  cases[i].rest);
        str error = arena_printf(&api.arena, "ValidationException: %s", cases[i].error);
        api_expect_error(&api, "PutItem", params.ptr, error.ptr);
    }
    str params =
        arena_printf(&api.arena, "{'TableName':'tab','Key':{'pk':{'S':'a'},'sk':{'S':'1'}},"
                                 "'UpdateExpression':'SET g = :v',"
                                 "'ExpressionAttributeValues':{':v':{'N':'1'}}}");
    str error = arena_printf(&api.arena, "ValidationException: %s", cases[0].error);
    api_expect_error(&api, "UpdateItem", params.ptr, error.ptr);
    api_close(&api);
}

Test(indexes, refuse_what_they_cannot_give)
{
    static const struct {
        const char *operation, *params, *error;
    } cases[] = {
        { "Scan", "'IndexName':'gsi','ConsistentRead':true",
          "Consistent reads are not supported on global secondary indexes" },
        { "Scan", "'IndexName':'gsi','Select':'ALL_ATTRIBUTES'",
          "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is not supported "
          "for global secondary index gsi because its projection type is not ALL" },
        { "Scan", "'IndexName':'gsi','ProjectionExpression':'p, o'",
          "One or more parameter values were invalid: Global secondary index gsi does not project "
          "[o]" },
        { "Scan", "'IndexName':'none'", "The table does not have the specified index: none" },
        { "Scan", "'IndexName':'gsi','ExclusiveStartKey':{'pk':{'S':'a'},'sk':{'S':'1'}}",
          "The provided starting key is invalid" },
        { "Query",
          "'IndexName':'gsi','KeyConditionExpression':'g = :g',"
          "'ExpressionAttributeValues':{':g':{'S':'x'}},'FilterExpression':'g = :g'",
          "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
          "g" },
    };
    struct api api;
    open_indexed(&api);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str params = arena_printf(&api.arena, "{'TableName':'tab',%s}", cases[i].params);
        str error = arena_printf(&api.arena, "ValidationException: %s", cases[i].error);
        api_expect_error(&api, cases[i].operation, params.ptr, error.ptr);
    }
    api_close(&api);
}

/* ---- indexes of tables that have items ---- */

#define CREATE_GSI                                                                                 \
    "{'TableName':'tab','AttributeDefinitions':[{'AttributeName':'g','AttributeType':'S'}],"       \
    "'GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'new','KeySchema':["                    \
    "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}}]}"

Test(indexes, are_filled_with_what_is_there)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (int i = 0; i < 450; i++) /* more than two pieces */
        api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%d'}%s}}", i,
                  i % 2 ? ",'g':{'S':'x'}" : "");
    api_expect(&api, "UpdateTable", CREATE_GSI,
               "{'TableDescription':{'TableStatus':'UPDATING','AttributeDefinitions':["
               "{'AttributeName':'pk','AttributeType':'S'},"
               "{'AttributeName':'g','AttributeType':'S'}],'GlobalSecondaryIndexes':["
               "{'IndexName':'new','IndexStatus':'CREATING','Backfilling':true}]}}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'GlobalSecondaryIndexes':[{'IndexStatus':'ACTIVE','ItemCount':225}]}}");
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'new','KeyConditionExpression':'g = :g',"
               "'Select':'COUNT','ExpressionAttributeValues':{':g':{'S':'x'}}}",
               "{'Count':225}");
    api_expect_error(&api, "UpdateTable", CREATE_GSI,
                     "ValidationException: Attempting to create an index which already exists");
    api_close(&api);
}

/* Twenty-five puts of items from `first` on; those of even numbers have the key g. */
static str batch(struct api *api, int first, const char *g)
{
    struct buf out;
    buf_init(&out, &api->arena);
    buf_add(&out, STR("{'RequestItems':{'tab':["));
    for (int i = first; i < first + 25; i++) {
        buf_printf(&out, "%s{'PutRequest':{'Item':{'pk':{'S':'%d'}", i > first ? "," : "", i);
        if (i % 2 == 0) buf_printf(&out, ",'g':{'S':'%s'}", g);
        buf_add(&out, STR("}}}"));
    }
    buf_add(&out, STR("]}}"));
    buf_add_char(&out, '\0');
    return buf_str(&out);
}

/* A call of our own that writes the next batch and calls itself again, so that it takes turns with
 * the pieces of the background task. */
static enum handled write_next(struct txn *txn, struct request *request, struct error *err);
static const struct shape no_shape = { .name = "WriteNext" };
static const struct operation writer = {
    .name = STR_INIT("WriteNext"),
    .input = &no_shape,
    .write = write_next,
};

static void submit_next(struct shard *shard, struct arena *arena, int64_t first)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    json_fields_add(&fields, STR("first"), json_i64(arena, first));
    shard_submit_own(shard, &writer, json_fields_done(&fields));
}

static enum handled write_next(struct txn *txn, struct request *request, struct error *err)
{
    int64_t first = json_i64_or(request->params, STR("first"), 0);
    struct api scratch = { 0 };
    struct request inner = { .operation = api_operation("BatchWriteItem") };
    arena_init(&scratch.arena);
    arena_init(&inner.arena);
    str text = batch(&scratch, (int)first, first % 50 ? "y" : "x");
    inner.params = api_parse(&scratch, str_slice(text, 0, text.len - 1));
    enum handled handled = inner.operation->write(txn, &inner, err);
    cr_assert_eq(handled, HANDLED, "%s", err->message);
    if (first + 25 < 500) submit_next(txn_shard(txn), &scratch.arena, first + 25);
    arena_close(&inner.arena);
    arena_close(&scratch.arena);
    return HANDLED;
}

Test(indexes, are_right_whatever_is_written_meanwhile)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (int i = 0; i < 500; i += 25)
        api_do(&api, "BatchWriteItem", batch(&api, i, "x").ptr);
    submit_next(api.shard, &api.arena, 0);
    api_do(&api, "UpdateTable", CREATE_GSI);
    cr_expect_eq(api_records(&api, 'y'), 250);
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':500,'GlobalSecondaryIndexes':["
               "{'IndexStatus':'ACTIVE','ItemCount':250}]}}");
    /* Half of the batches began with an odd number, and have 12 even ones each. */
    api_expect(&api, "Query",
               "{'TableName':'tab','IndexName':'new','KeyConditionExpression':'g = :g',"
               "'Select':'COUNT','ExpressionAttributeValues':{':g':{'S':'y'}}}",
               "{'Count':120}");
    api_close(&api);
}

Test(indexes, are_filled_after_a_restart)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (int i = 0; i < 500; i += 25)
        api_do(&api, "BatchWriteItem", batch(&api, i, "x").ptr);
    api_send(&api, "UpdateTable", CREATE_GSI);
    (void)shard_step(api.shard);
    shard_sync(api.shard);
    str answer = api_field(&api, arena_str(&api.arena, buf_str(&api.sent->reply)),
                           "TableDescription.GlobalSecondaryIndexes.0.IndexStatus");
    cr_expect(str_eq(answer, STR("CREATING")));
    api_reopen(&api);
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'GlobalSecondaryIndexes':[{'IndexStatus':'ACTIVE','ItemCount':250}]}}");
    cr_expect_eq(api_records(&api, 'y'), 250);
    api_close(&api);
}

Test(indexes, have_limits)
{
    struct api api;
    api_open(&api);
    for (int global = 0; global < 2; global++) {
        struct buf list;
        buf_init(&list, &api.arena);
        for (int i = 0; i < (global ? 21 : 6); i++)
            buf_printf(&list,
                       "%s{'IndexName':'index%d','KeySchema':["
                       "{'AttributeName':'pk','KeyType':'HASH'},"
                       "{'AttributeName':'sk','KeyType':'RANGE'}],"
                       "'Projection':{'ProjectionType':'ALL'}}",
                       i > 0 ? "," : "", i);
        str answer = api_callf(
            &api, "CreateTable",
            "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST','AttributeDefinitions':["
            "{'AttributeName':'pk','AttributeType':'S'},"
            "{'AttributeName':'sk','AttributeType':'S'}],'KeySchema':["
            "{'AttributeName':'pk','KeyType':'HASH'},{'AttributeName':'sk','KeyType':'RANGE'}],"
            "'%sSecondaryIndexes':[%.*s]}",
            global ? "Global" : "Local", STR_ARGS(buf_str(&list)));
        cr_expect(str_eq(answer, global
                                     ? STR("ValidationException: One or more parameter values were "
                                           "invalid: GlobalSecondaryIndex count exceeds the "
                                           "per-table limit of 20")
                                     : STR("ValidationException: One or more parameter values were "
                                           "invalid: Number of LocalSecondaryIndexes exceeds "
                                           "per-table limit of 5")),
                  "%.*s", STR_ARGS(answer));
    }
    api_close(&api);
}

Test(indexes, need_throughput_where_their_table_has_it)
{
    struct api api;
    open_indexed(&api);
    static const char units[] =
        "'ProvisionedThroughput':{'ReadCapacityUnits':1,'WriteCapacityUnits':1}";
    str answer =
        api_callf(&api, "UpdateTable", "{'TableName':'tab','BillingMode':'PROVISIONED',%s}", units);
    cr_expect(str_eq(answer, STR("ValidationException: One or more parameter values were invalid: "
                                 "ProvisionedThroughput must be specified for index: gsi")),
              "%.*s", STR_ARGS(answer));
    answer = api_callf(&api, "UpdateTable",
                       "{'TableName':'tab','BillingMode':'PROVISIONED',%s,"
                       "'GlobalSecondaryIndexUpdates':[{'Update':{'IndexName':'gsi',%s}}]}",
                       units, units);
    cr_expect(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'GlobalSecondaryIndexes':[{'ProvisionedThroughput':"
               "{'ReadCapacityUnits':1}}]}}");
    api_do(&api, "UpdateTable", "{'TableName':'tab','BillingMode':'PAY_PER_REQUEST'}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'GlobalSecondaryIndexes':[{'ProvisionedThroughput':"
               "{'ReadCapacityUnits':0}}]}}");
    api_close(&api);
}

Test(indexes, go_with_all_their_entries)
{
    struct api api;
    open_indexed(&api);
    put(&api, "1", ",'g':{'S':'x'},'l':{'N':'1'}");
    api_expect_error(&api, "UpdateTable",
                     "{'TableName':'tab','GlobalSecondaryIndexUpdates':["
                     "{'Delete':{'IndexName':'lsi'}}]}",
                     "ValidationException: Cannot delete an index that is not a "
                     "GlobalSecondaryIndex: lsi");
    api_do(&api, "UpdateTable",
           "{'TableName':'tab','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'gsi'}}]}");
    cr_expect_eq(api_records(&api, 'y'), 2);
    str answer = api_call(&api, "DescribeTable", "{'TableName':'tab'}");
    cr_expect_eq(api_field(&api, answer, "Table.GlobalSecondaryIndexes").len, 0);
    cr_expect_eq(api_field(&api, answer, "Table.AttributeDefinitions.3").len, 0,
                 "what no key uses is no longer defined");
    /* One of the same name has nothing of the old one. */
    put(&api, "2", ",'g':{'S':'x'}");
    api_do(&api, "UpdateTable", CREATE_GSI);
    api_expect(&api, "Scan", "{'TableName':'tab','IndexName':'new','Select':'COUNT'}",
               "{'Count':2}");
    api_close(&api);
}
