/* Times to live, with simulated time. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/dynamodb/support_test.h"

#define NOW 1700000000 /* the second at which tests begin */
#define TURN_ON                                                                                    \
    "{'TableName':'tab','TimeToLiveSpecification':{'Enabled':true,'AttributeName':'ttl'}}"

static void put(struct api *api, const char *pk, int64_t due_s)
{
    str answer =
        api_callf(api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'%s'},'ttl':{'N':'%lld'}}}",
                  pk, (long long)due_s);
    cr_assert(str_eq(answer, STR("{}")), "%.*s", STR_ARGS(answer));
}

static void expect_items(struct api *api, size_t count)
{
    cr_expect_eq(api_records(api, 'D'), count, "%zu items", api_records(api, 'D'));
}

Test(expiry, removes_items_when_their_time_has_come)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_expect_all(&api, "UpdateTimeToLive", TURN_ON,
                   "{'TimeToLiveSpecification':{'Enabled':true,'AttributeName':'ttl'}}");
    put(&api, "later", NOW + 100);
    put(&api, "soon", NOW + 10);
    put(&api, "moved", NOW + 10);
    put(&api, "moved", NOW + 200);
    api_do(&api, "PutItem", "{'TableName':'tab','Item':{'pk':{'S':'ever'},'ttl':{'S':'1'}}}");
    cr_expect_eq(shard_next_due_ms(api.shard), (NOW + 10) * INT64_C(1000) + 1);
    api.now_ms = (NOW + 10) * INT64_C(1000);
    api_run(&api);
    expect_items(&api, 4);
    api.now_ms++;
    api_run(&api);
    expect_items(&api, 3);
    api_expect_all(&api, "GetItem", "{'TableName':'tab','Key':{'pk':{'S':'soon'}}}", "{}");
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}", "{'Table':{'ItemCount':3}}");
    api.now_ms += 1000 * 1000;
    api_run(&api);
    expect_items(&api, 1);
    cr_expect_eq(api_records(&api, 'Y'), 0);
    api_close(&api);
}

Test(expiry, concerns_items_that_were_there_before)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    for (int i = 0; i < 450; i++) { /* more than two pieces of background tasks */
        char pk[16];
        snprintf(pk, sizeof pk, "%d", i);
        put(&api, pk, NOW + 50);
    }
    cr_expect_eq(api_records(&api, 'Y'), 0);
    api_do(&api, "UpdateTimeToLive", TURN_ON);
    cr_expect_eq(api_records(&api, 'Y'), 450);
    api_reopen(&api);
    api.now_ms += 51 * 1000;
    api_run(&api);
    expect_items(&api, 0);
    api_expect(&api, "DescribeTable", "{'TableName':'tab'}",
               "{'Table':{'ItemCount':0,'TableSizeBytes':0}}");
    api_close(&api);
}

Test(expiry, spares_what_is_not_to_expire)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    api_do(&api, "UpdateTimeToLive", TURN_ON);
    put(&api, "mistake", NOW - 6 * 366 * 24 * 3600); /* more than five years ago */
    put(&api, "past", NOW - 10);
    api_run(&api);
    expect_items(&api, 1);
    put(&api, "soon", NOW + 10);
    api_do(&api, "UpdateTimeToLive",
           "{'TableName':'tab','TimeToLiveSpecification':"
           "{'Enabled':false,'AttributeName':'ttl'}}");
    api.now_ms += 20 * 1000;
    api_run(&api);
    expect_items(&api, 2);
    /* A table of the same name has nothing to do with it. */
    api_do(&api, "UpdateTimeToLive", TURN_ON);
    put(&api, "next", NOW + 100);
    api_do(&api, "DeleteTable", "{'TableName':'tab'}");
    cr_expect_eq(api_records(&api, 'Y'), 0);
    api_create(&api, "tab");
    put(&api, "next", NOW + 100);
    api.now_ms += 1000 * 1000;
    api_run(&api);
    expect_items(&api, 1);
    api_close(&api);
}

Test(expiry, is_turned_on_and_off)
{
    struct api api;
    api_open(&api);
    api_create(&api, "tab");
    static const char off[] = "{'TableName':'tab','TimeToLiveSpecification':"
                              "{'Enabled':false,'AttributeName':'ttl'}}";
    api_expect_all(&api, "DescribeTimeToLive", "{'TableName':'tab'}",
                   "{'TimeToLiveDescription':{'TimeToLiveStatus':'DISABLED'}}");
    api_expect_error(&api, "UpdateTimeToLive", off,
                     "ValidationException: TimeToLive is already disabled");
    api_do(&api, "UpdateTimeToLive", TURN_ON);
    api_expect_all(&api, "DescribeTimeToLive", "{'TableName':'tab'}",
                   "{'TimeToLiveDescription':{'TimeToLiveStatus':'ENABLED',"
                   "'AttributeName':'ttl'}}");
    api_expect_error(&api, "UpdateTimeToLive", TURN_ON,
                     "ValidationException: TimeToLive is already enabled");
    api_expect_error(&api, "UpdateTimeToLive",
                     "{'TableName':'tab','TimeToLiveSpecification':"
                     "{'Enabled':true,'AttributeName':'other'}}",
                     "ValidationException: TimeToLive is active on a different AttributeName: "
                     "current AttributeName is ttl");
    api_do(&api, "UpdateTimeToLive", off);
    api_close(&api);
}
