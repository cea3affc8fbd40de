/* Tables: made, described, changed, deleted. Texts: recorded errors of DynamoDB. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/dynamodb/support_test.h"

#define PK "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}]"
#define HASH "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}]"
#define ON_DEMAND "'BillingMode':'PAY_PER_REQUEST'"
#define UNITS "'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}"

Test(tables, are_described_as_they_were_created)
{
    struct api api;
    api_open(&api);
    api_expect(&api, "CreateTable", "{'TableName':'tab'," PK "," HASH "," UNITS "}",
               "{'TableDescription':{'TableName':'tab','TableStatus':'CREATING'," PK "," HASH ","
               "'CreationDateTime':1700000000.123,'ItemCount':0,'TableSizeBytes':0,"
               "'ProvisionedThroughput':{'NumberOfDecreasesToday':0,'ReadCapacityUnits':5,"
               "'WriteCapacityUnits':6},'TableArn':'" TABLE_ARN "tab',"
               "'DeletionProtectionEnabled':false}}");
    str answer = api_call(&api, "DescribeTable", "{'TableName':'" TABLE_ARN "tab'}");
    cr_expect(str_eq(api_field(&api, answer, "Table.TableStatus"), STR("ACTIVE")));
    cr_expect_eq(api_field(&api, answer, "Table.TableId").len, 36);
    cr_expect_eq(api_field(&api, answer, "Table.BillingModeSummary").len, 0);
    api_expect(&api, "CreateTable",
               "{'TableName':'other'," PK "," HASH "," ON_DEMAND ","
               "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'},"
               "'SSESpecification':{'Enabled':true},'TableClass':'STANDARD_INFREQUENT_ACCESS',"
               "'Tags':[{'Key':'k','Value':'v'}]}",
               "{'TableDescription':{'BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST'},"
               "'ProvisionedThroughput':{'ReadCapacityUnits':0},"
               "'StreamSpecification':{'StreamEnabled':true,'StreamViewType':'NEW_IMAGE'},"
               "'LatestStreamArn':'" TABLE_ARN "other/stream/2023-11-14T22:13:20.123',"
               "'SSEDescription':{'Status':'ENABLED','SSEType':'KMS','KMSMasterKeyArn':"
               "'arn:aws:kms:us-east-1:000000000000:alias/aws/dynamodb'},"
               "'TableClassSummary':{'TableClass':'STANDARD_INFREQUENT_ACCESS'}}}");
    api_expect_all(&api, "ListTagsOfResource", "{'ResourceArn':'" TABLE_ARN "other'}",
                   "{'Tags':[{'Key':'k','Value':'v'}]}");
    api_close(&api);
}

Test(tables, are_refused_with_a_reason)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "{" PK "," HASH "," ON_DEMAND "}",
          "The parameter 'TableName' is required but was not present in the request" },
        { "{'TableName':'ab'," PK "," HASH "," ON_DEMAND "}",
          "1 validation error detected: Value 'ab' at 'tableName' failed to satisfy constraint: "
          "Member must have length greater than or equal to 3" },
        { "{'TableName':'tab'," PK ",'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
          "{'AttributeName':'sk','KeyType':'RANGE'},{'AttributeName':'x','KeyType':'RANGE'}],"
          "" ON_DEMAND "}",
          "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
          "KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=x, "
          "keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length "
          "less than or equal to 2" },
        { "{'TableName':'tab'," PK ",'KeySchema':[{'AttributeName':'pk','KeyType':'INVALID'}],"
          "" ON_DEMAND "}",
          "1 validation error detected: Value 'INVALID' at 'keySchema.1.member.keyType' failed to "
          "satisfy constraint: Member must satisfy enum value set: [HASH, RANGE]" },
        { "{'TableName':'tab','AttributeDefinitions':[{'AttributeName':'pk',"
          "'AttributeType':'INVALID'}]," HASH "," ON_DEMAND "}",
          "1 validation error detected: Value 'INVALID' at "
          "'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must "
          "satisfy enum value set: [B, N, S]" },
        { "{'TableName':'tab'," PK "," HASH "}",
          "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits "
          "must both be specified when BillingMode is PROVISIONED" },
        { "{'TableName':'tab'," PK "," HASH "," UNITS "," ON_DEMAND "}",
          "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
          "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST" },
        { "{'TableName':'tab'," PK ",'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
          "{'AttributeName':'pk','KeyType':'RANGE'}]," ON_DEMAND "}",
          "Invalid KeySchema: Some index key attribute have no definition" },
        { "{'TableName':'tab'," PK ",'KeySchema':[{'AttributeName':'x','KeyType':'HASH'}],"
          "" ON_DEMAND "}",
          "One or more parameter values were invalid: Some index key attributes are not defined in "
          "AttributeDefinitions. Keys: [x], AttributeDefinitions: [pk]" },
        { "{'TableName':'tab','AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},"
          "{'AttributeName':'x','AttributeType':'S'}]," HASH "," ON_DEMAND "}",
          "One or more parameter values were invalid: Number of attributes in KeySchema does not "
          "exactly match number of attributes defined in AttributeDefinitions" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'LocalSecondaryIndexes':[{"
          "'IndexName':'lsi','KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
          "{'AttributeName':'x','KeyType':'RANGE'}],'Projection':{'ProjectionType':'ALL'}}]}",
          "One or more parameter values were invalid: Table KeySchema does not have a range key, "
          "which is required when specifying a LocalSecondaryIndex" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'GlobalSecondaryIndexes':[]}",
          "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'GlobalSecondaryIndexes':[{"
          "'IndexName':'g-1'," HASH ",'Projection':{'ProjectionType':'INCLUDE'}}]}",
          "One or more parameter values were invalid: ProjectionType is INCLUDE, but "
          "NonKeyAttributes is not specified" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'GlobalSecondaryIndexes':[{"
          "'IndexName':'same'," HASH ",'Projection':{'ProjectionType':'ALL'}},{'IndexName':'same',"
          "" HASH ",'Projection':{'ProjectionType':'ALL'}}]}",
          "One or more parameter values were invalid: Duplicate index name: same" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'GlobalSecondaryIndexes':[{"
          "'IndexName':'g1'," HASH ",'Projection':{'ProjectionType':'ALL'}}],"
          "'LocalSecondaryIndexes':[{'IndexName':'l1'," HASH ","
          "'Projection':{'ProjectionType':'ALL'}}]}",
          "2 validation errors detected: Value 'g1' at "
          "'globalSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must "
          "have length greater than or equal to 3; Value 'l1' at "
          "'localSecondaryIndexes.1.member.indexName' failed to satisfy constraint: Member must "
          "have length greater than or equal to 3" },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND ",'TableClass':'GOLD'}",
          "Invalid table-class parameter provided. Please try again with a valid table-class "
          "value: [STANDARD, STANDARD_INFREQUENT_ACCESS]." },
        { "{'TableName':'tab'," PK "," HASH "," ON_DEMAND
          ",'StreamSpecification':{'StreamEnabled':true}}",
          "One or more parameter values were invalid: Table is being created with a stream "
          "enabled, UpdateViewType is required" },
    };
    struct api api;
    api_open(&api);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        str wanted = arena_printf(&api.arena, "ValidationException: %s", cases[i].error);
        api_expect_error(&api, "CreateTable", cases[i].params, wanted.ptr);
    }
    cr_expect_eq(api_records(&api, 'B'), 0);
    api_create(&api, "tab");
    api_expect_error(&api, "CreateTable", "{'TableName':'tab'," PK "," HASH "," ON_DEMAND "}",
                     "ResourceInUseException: Table already exists: tab");
    api_close(&api);
}

Test(tables, that_are_not_there_are_named)
{
    static const char *const operations[] = { "DescribeTable", "DeleteTable", "DescribeTimeToLive",
                                              "DescribeContinuousBackups" };
    struct api api;
    api_open(&api);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        api_expect_error(&api, operations[i], "{'TableName':'none'}",
                         "ResourceNotFoundException: Requested resource not found: Table: none "
                         "not found");
    api_expect_error(
        &api, "ListTagsOfResource", "{'ResourceArn':'" TABLE_ARN "none'}",
        "ResourceNotFoundException: Requested resource not found: ResourcArn: " TABLE_ARN
        "none not found");
    api_close(&api);
}

Test(tables, are_listed_in_pages)
{
    struct api api;
    api_open(&api);
    static const char *const names[] = { "ccc", "aaa", "bbb" };
    for (size_t i = 0; i < 3; i++)
        api_create(&api, names[i]);
    api_expect_all(&api, "ListTables", "{}", "{'TableNames':['aaa','bbb','ccc']}");
    api_expect_all(&api, "ListTables", "{'Limit':2}",
                   "{'TableNames':['aaa','bbb'],'LastEvaluatedTableName':'bbb'}");
    api_expect_all(&api, "ListTables", "{'Limit':2,'ExclusiveStartTableName':'bbb'}",
                   "{'TableNames':['ccc']}");
    api_expect_all(&api, "ListTables", "{'Limit':3}", "{'TableNames':['aaa','bbb','ccc']}");
    api_expect_error(&api, "ListTables", "{'Limit':101}",
                     "ValidationException: 1 validation error detected: Value '101' at 'limit' "
                     "failed to satisfy constraint: Member must have value less than or equal to "
                     "100");
    api_close(&api);
}

Test(tables, leave_nothing_behind)
{
    struct api api;
    api_open(&api);
    api_do(&api, "CreateTable",
           "{'TableName':'tab'," ON_DEMAND ",'AttributeDefinitions':["
           "{'AttributeName':'pk','AttributeType':'S'},{'AttributeName':'g','AttributeType':'S'}],"
           "" HASH ",'GlobalSecondaryIndexes':[{'IndexName':'gsi','KeySchema':["
           "{'AttributeName':'g','KeyType':'HASH'}],'Projection':{'ProjectionType':'ALL'}}]}");
    for (int i = 0; i < 450; i++) /* more than a piece of a background task */
        api_callf(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%d'},'g':{'S':'g'}}}", i);
    cr_expect_eq(api_records(&api, 'D'), 450);
    cr_expect_eq(api_records(&api, 'y'), 450);
    api_expect(&api, "DeleteTable", "{'TableName':'tab'}",
               "{'TableDescription':{'TableStatus':'DELETING','ItemCount':450}}");
    cr_expect_eq(api_records(&api, 'B') + api_records(&api, 'b') + api_records(&api, 'D') +
                     api_records(&api, 'y') + api_records(&api, 'z'),
                 0);
    /* Another table of that name is empty. */
    api_create(&api, "tab");
    api_expect(&api, "Scan", "{'TableName':'tab'}", "{'Count':0}");
    api_close(&api);
}

Test(tables, may_be_protected_against_deletion)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect(&api, "UpdateTable", "{'TableName':'tab','DeletionProtectionEnabled':true}",
               "{'TableDescription':{'TableStatus':'UPDATING','DeletionProtectionEnabled':true}}");
    api_expect_error(&api, "DeleteTable", "{'TableName':'tab'}",
                     "ValidationException: Resource cannot be deleted as it is currently protected "
                     "against deletion. Disable deletion protection first.");
    api_do(&api, "UpdateTable", "{'TableName':'tab','DeletionProtectionEnabled':false}");
    api_do(&api, "DeleteTable", "{'TableName':'tab'}");
    api_close(&api);
}

Test(tables, change_their_throughput)
{
    struct api api;
    api_open(&api);
    api_do(&api, "CreateTable", "{'TableName':'tab'," PK "," HASH "," UNITS "}");
    api_expect_error(&api, "UpdateTable", "{'TableName':'tab'," UNITS "}",
                     "ValidationException: The provisioned throughput for the table will not "
                     "change. The requested value equals the current value. Current "
                     "ReadCapacityUnits provisioned for the table: 5. Requested ReadCapacityUnits: "
                     "5. Current WriteCapacityUnits provisioned for the table: 6. Requested "
                     "WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for "
                     "current limits and how to request higher limits.");
    api.now_ms += 1000;
    api_do(&api, "UpdateTable",
           "{'TableName':'tab','ProvisionedThroughput':"
           "{'ReadCapacityUnits':9,'WriteCapacityUnits':1}}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'TableStatus':'ACTIVE','ProvisionedThroughput':{'ReadCapacityUnits':9,"
               "'WriteCapacityUnits':1,'LastIncreaseDateTime':1700000001.123,"
               "'LastDecreaseDateTime':1700000001.123}}}");
    api_do(&api, "UpdateTable", "{'TableName':'tab'," ON_DEMAND "}");
    api_do(&api, "UpdateTable", "{'TableName':'tab'," ON_DEMAND "}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'BillingModeSummary':{'BillingMode':'PAY_PER_REQUEST',"
               "'LastUpdateToPayPerRequestDateTime':1700000001.123},"
               "'ProvisionedThroughput':{'ReadCapacityUnits':0,'WriteCapacityUnits':0}}}");
    api_expect_error(&api, "UpdateTable", "{'TableName':'tab','BillingMode':'PROVISIONED'}",
                     "ValidationException: One or more parameter values were invalid: "
                     "ProvisionedThroughput must be specified when BillingMode is PROVISIONED");
    api_do(&api, "UpdateTable", "{'TableName':'tab','BillingMode':'PROVISIONED'," UNITS "}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'BillingModeSummary':{'BillingMode':'PROVISIONED'},"
               "'ProvisionedThroughput':{'ReadCapacityUnits':5,'WriteCapacityUnits':6}}}");
    api_close(&api);
}

Test(tables, are_not_updated_without_a_reason)
{
    static const struct {
        const char *params, *error;
    } cases[] = {
        { "{'TableName':'none'," UNITS "}",
          "ResourceNotFoundException: Requested resource not found: Table: none not found" },
        { "{'TableName':'tab'," UNITS "}",
          "ValidationException: One or more parameter values were invalid: Neither "
          "ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST" },
        { "{'TableName':'tab','StreamSpecification':{'StreamEnabled':false}}",
          "ValidationException: Table has no stream to disable: TableName: tab" },
        { "{'TableName':'tab','SSESpecification':{'Enabled':true},"
          "'DeletionProtectionEnabled':true}",
          "ValidationException: One or more parameter values were invalid: Server-Side Encryption "
          "modification must be the only operation in the request" },
        { "{'TableName':'tab','GlobalSecondaryIndexUpdates':[{'Delete':{'IndexName':'none'}}]}",
          "ResourceNotFoundException: Requested resource not found: Index none for table tab" },
        { "{'TableName':'tab','GlobalSecondaryIndexUpdates':[{}]}",
          "ValidationException: One or more parameter values were invalid: One of "
          "GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
          "GlobalSecondaryIndexUpdate.Delete must not be null" },
        { "{'TableName':'tab','GlobalSecondaryIndexUpdates':[{'Create':{'IndexName':'gsi',"
          "'KeySchema':[{'AttributeName':'x','KeyType':'HASH'}],"
          "'Projection':{'ProjectionType':'ALL'}}}]}",
          "ValidationException: One or more parameter values were invalid: Some index key "
          "attributes are not defined in AttributeDefinitions. Keys: [x], AttributeDefinitions: "
          "[pk]" },
    };
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        api_expect_error(&api, "UpdateTable", cases[i].params, cases[i].error);
    str answer = api_call(&api, "UpdateTable", "{'TableName':'tab'}");
    cr_expect(str_starts_with(answer, STR("ValidationException: At least one of "
                                          "ProvisionedThroughput, BillingMode, ")),
              "%.*s", STR_ARGS(answer));
    api_close(&api);
}

Test(tables, have_tags)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_do(&api, "TagResource",
           "{'ResourceArn':'" TABLE_ARN "tab','Tags':[{'Key':'a','Value':'1'},"
           "{'Key':'b','Value':'2'}]}");
    api_do(&api, "TagResource",
           "{'ResourceArn':'" TABLE_ARN "tab','Tags':[{'Key':'a','Value':'3'}]}");
    api_expect_all(&api, "ListTagsOfResource", "{'ResourceArn':'" TABLE_ARN "tab'}",
                   "{'Tags':[{'Key':'b','Value':'2'},{'Key':'a','Value':'3'}]}");
    api_do(&api, "UntagResource", "{'ResourceArn':'" TABLE_ARN "tab','TagKeys':['b','x']}");
    api_expect_all(&api, "ListTagsOfResource", "{'ResourceArn':'" TABLE_ARN "tab'}",
                   "{'Tags':[{'Key':'a','Value':'3'}]}");
    api_expect_error(&api, "TagResource", "{'ResourceArn':'tab','Tags':[{'Key':'a','Value':'3'}]}",
                     "ValidationException: One or more parameter values were invalid: ARNs must "
                     "start with 'arn:': tab");
    api_expect_error(&api, "TagResource",
                     "{'ResourceArn':'" TABLE_ARN "tab','Tags':[{'Key':'aws:a','Value':'3'}]}",
                     "ValidationException: Tag Key cannot be prefixed with aws:, Key: aws:a");
    api_close(&api);
}

Test(tables, know_what_clients_ask_for)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect(&api, "DescribeLimits", "{}",
               "{'AccountMaxReadCapacityUnits':80000,'TableMaxWriteCapacityUnits':40000}");
    api_expect_all(&api, "DescribeEndpoints", "{}",
                   "{'Endpoints':[{'Address':'127.0.0.1:8083','CachePeriodInMinutes':1440}]}");
    api_expect_all(&api, "DescribeContinuousBackups", "{'TableName':'tab'}",
                   "{'ContinuousBackupsDescription':{'ContinuousBackupsStatus':'ENABLED',"
                   "'PointInTimeRecoveryDescription':{'PointInTimeRecoveryStatus':'DISABLED'}}}");
    api_close(&api);
}
