/* Histories in pages. A machine of many states makes a chunk per turn: it waits for a worker in the
 * middle, so that pages begin and end inside chunks and between them. */
#include <criterion/criterion.h>

#include "services/states/support_test.h"

#define E "'executionArn':'" EXECUTION "m:e'"

/* ExecutionStarted, Pass in and out, ActivityScheduled ... : 11 events in four chunks. */
static void run_execution(struct api *api)
{
    api_call(api, "CreateActivity", "{'name':'work'}");
    api_call(api, "CreateStateMachine",
             "{'name':'m','roleArn':'arn:aws:iam::1:role/r','definition':'{\\'StartAt\\':\\'A\\',"
             "\\'States\\':{\\'A\\':{\\'Type\\':\\'Pass\\',\\'Next\\':\\'B\\'},\\'B\\':{\\'Type\\':"
             "\\'Task\\',\\'Resource\\':\\'" ACTIVITY "work\\',\\'Next\\':\\'C\\'},\\'C\\':{"
             "\\'Type\\':\\'Pass\\',\\'End\\':true}}}'}");
    api_call(api, "StartExecution",
             "{'stateMachineArn':'" MACHINE "m','name':'e','input':'{\\'text\\':\\'a ] } , "
             "\\\\\\' b\\'}'}");
    str task = api_call(api, "GetActivityTask", "{'activityArn':'" ACTIVITY "work'}");
    str text = api_field(api, task, "taskToken");
    str params = arena_printf(&api->arena, "{'taskToken':'%.*s','output':'{\\'x\\':\\'[{\\'}'}",
                              STR_ARGS(text));
    api_expect(api, "SendTaskSuccess", arena_cstr(&api->arena, params), "{}");
}

static const char *const types[] = {
    "ExecutionStarted",  "PassStateEntered", "PassStateExited",    "TaskStateEntered",
    "ActivityScheduled", "ActivityStarted",  "ActivitySucceeded",  "TaskStateExited",
    "PassStateEntered",  "PassStateExited",  "ExecutionSucceeded",
};
enum { EVENTS = sizeof types / sizeof *types };

/* All pages of `limit` events, in order; every event is checked. */
static void read_pages(struct api *api, int limit, bool reverse)
{
    str text = STR("");
    int seen = 0, pages = 0;
    do {
        str token_field =
            text.len ? arena_printf(&api->arena, ",'nextToken':'%.*s'", STR_ARGS(text)) : STR("");
        str params = arena_printf(&api->arena, "{" E ",'maxResults':%d,'reverseOrder':%s%.*s}",
                                  limit, reverse ? "true" : "false", STR_ARGS(token_field));
        str answer = api_call(api, "GetExecutionHistory", arena_cstr(&api->arena, params));
        json page;
        struct error err;
        cr_assert(json_parse(answer, &api->arena, &page, &err));
        json events = *json_find(page, STR("events"));
        cr_assert(json_count(events) <= (size_t)limit && json_count(events) > 0);
        for (size_t i = 0; i < json_count(events); i++, seen++) {
            int id = reverse ? EVENTS - seen : seen + 1;
            json event = json_at(events, i);
            cr_expect_eq(json_i64_or(event, STR("id"), 0), id);
            cr_expect(str_eq(json_str_or(event, STR("type"), STR("")), str_from(types[id - 1])));
        }
        text = json_str_or(page, STR("nextToken"), STR(""));
        pages++;
    } while (text.len > 0);
    cr_expect_eq(seen, EVENTS);
    cr_expect_eq(pages, (EVENTS + limit - 1) / limit);
}

Test(history, pages_of_any_size_hold_every_event_once)
{
    struct api api;
    api_open(&api);
    run_execution(&api);
    for (int limit = 1; limit <= EVENTS + 1; limit++) {
        read_pages(&api, limit, false);
        read_pages(&api, limit, true);
    }
    api_close(&api);
}

Test(history, text_in_events_comes_back_whole)
{
    struct api api;
    api_open(&api);
    run_execution(&api);
    str answer = api_call(&api, "GetExecutionHistory", "{" E "}");
    str input = api_field(&api, answer, "events.0.executionStartedEventDetails.input");
    cr_expect(str_eq(input, STR("{\"text\":\"a ] } , \\\" b\"}")), "%.*s", STR_ARGS(input));
    str output = api_field(&api, answer, "events.6.activitySucceededEventDetails.output");
    cr_expect(str_eq(output, STR("{\"x\":\"[{\"}")), "%.*s", STR_ARGS(output));
    api_close(&api);
}

Test(history, data_can_be_left_out)
{
    struct api api;
    api_open(&api);
    run_execution(&api);
    str answer = api_call(&api, "GetExecutionHistory", "{" E ",'includeExecutionData':false}");
    cr_expect(str_eq(api_field(&api, answer, "events.1.stateEnteredEventDetails.name"), STR("A")));
    cr_expect_eq(str_find(answer, STR("\"input"), 0), answer.len);
    cr_expect_eq(str_find(answer, STR("\"output"), 0), answer.len);
    api_close(&api);
}

Test(history, token_belongs_to_its_list)
{
    struct api api;
    api_open(&api);
    run_execution(&api);
    str answer = api_call(&api, "GetExecutionHistory", "{" E ",'maxResults':2}");
    str text = api_field(&api, answer, "nextToken");
    str params =
        arena_printf(&api.arena, "{" E ",'reverseOrder':true,'nextToken':'%.*s'}", STR_ARGS(text));
    api_expect_error(&api, "GetExecutionHistory", arena_cstr(&api.arena, params),
                     "InvalidToken: Invalid Token: 'Invalid token'");
    api_close(&api);
}

Test(history, max_results_zero_is_the_default)
{
    struct api api;
    api_open(&api);
    api_create(&api, "m", "STANDARD");
    api_call(&api, "StartExecution", "{'stateMachineArn':'" MACHINE "m','name':'e'}");
    api_expect(&api, "GetExecutionHistory", "{" E ",'maxResults':0}",
               "{'events':[{'id':1},{'id':2},{'id':3},{'id':4}]}");
    api_close(&api);
}
