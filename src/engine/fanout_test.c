/* Parallel and Map: what happens to the others when one fails, how many run at a time, what comes
 * of their results. Expected values from "Parallel state" and "Map state" of the Amazon States
 * Language. */
#include <stdio.h>

#include "engine/support_test.h"

#define LAMBDA "'Type':'Task','Resource':'arn:aws:lambda:us-east-1:000000000000:function:f'"
#define CALLBACK                                                                                   \
    "'Type':'Task','Resource':'arn:aws:states:::sqs:sendMessage.waitForTaskToken',"                \
    "'Parameters':{'QueueUrl':'q','MessageBody.$':'$$.Task.Token'},'TimeoutSeconds':50"
#define ACTIVITY "'Type':'Task','Resource':'arn:aws:states:us-east-1:000000000000:activity:a'"
#define CAUGHT "'Caught':{'Type':'Pass','End':true}"

static const char everything_open[] =
    "{'StartAt':'P','States':{'P':{'Type':'Parallel','End':true,"
    "'Catch':[{'ErrorEquals':['E'],'Next':'Caught','ResultPath':null}],'Branches':["
    "{'StartAt':'A','States':{'A':{" LAMBDA ",'End':true}}},"
    "{'StartAt':'B','States':{'B':{" CALLBACK ",'End':true}}},"
    "{'StartAt':'C','States':{'C':{" ACTIVITY ",'End':true}}},"
    "{'StartAt':'D','States':{'D':{'Type':'Wait','Seconds':100,'End':true}}},"
    "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','MaxConcurrency':1,"
    "'ItemProcessor':{'StartAt':'Q','States':{'Q':{'Type':'Parallel','End':true,'Branches':["
    "{'StartAt':'X','States':{'X':{" ACTIVITY ",'End':true}}},"
    "{'StartAt':'Y','States':{'Y':{'Type':'Wait','Seconds':70,'End':true}}}]}}},'End':true}}}"
    "]}," CAUGHT "}}";

Test(engine_fanout, a_failing_branch_closes_all_others)
{
    struct world w;
    world_begin(&w, everything_open, "{\"items\":[1,2]}");
    cr_assert_eq(w.call_count, 2);
    cr_assert_eq(w.queue_count, 2);
    cr_assert_eq(w.waiting_count, 3);
    cr_assert_eq(w.timer_count, 3);
    cr_assert(world_task_started(&w, 0));
    cr_assert(world_task_failed(&w, 0, "E", "because"));
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_fanout, a_stop_closes_everything)
{
    struct world w;
    world_begin(&w, everything_open, "{\"items\":[1,2]}");
    struct engine_event stop = {
        .kind = ENGINE_STOP,
        .error = STR("Enough"),
        .cause = STR("said somebody"),
    };
    cr_assert(world_event(&w, &stop));
    cr_assert_eq(w.status, EXECUTION_ABORTED);
    cr_assert_text(w.error, "Enough");
    cr_assert_text(w.cause, "said somebody");
    world_assert_empty(&w);
    cr_assert(!world_event(&w, &stop), "an execution that has ended takes no events");
    world_close(&w);
}

Test(engine_fanout, the_time_limit_closes_everything)
{
    struct world w;
    static char text[8 << 10];
    snprintf(text, sizeof text, "{'TimeoutSeconds':30,%s", everything_open + 1);
    world_begin(&w, text, "{\"items\":[1,2]}");
    cr_assert_eq(world_due_ms(&w), 30000);
    cr_assert(world_fire(&w));
    cr_assert_eq(w.status, EXECUTION_TIMED_OUT);
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_fanout, a_call_that_was_planned_in_the_same_turn_does_not_happen)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'P','States':{'P':{'Type':'Parallel','End':true,'Branches':["
                "{'StartAt':'A','States':{'A':{" LAMBDA ",'End':true}}},"
                "{'StartAt':'B','States':{'B':{'Type':'Fail','Error':'E'}}}]}}}",
                "{}");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert_eq(w.call_count, 0);
    world_assert_empty(&w);
    world_close(&w);
}

static void begin_map(struct world *w, const char *fields, const char *input)
{
    static char text[4 << 10];
    snprintf(text, sizeof text,
             "{'StartAt':'M','States':{'M':{'Type':'Map',%s'ItemProcessor':{'StartAt':'T',"
             "'States':{'T':{" LAMBDA ",'End':true}}},'End':true}}}",
             fields);
    world_begin(w, text, input);
}

Test(engine_fanout, map_runs_so_many_at_a_time_and_keeps_the_order)
{
    struct world w;
    begin_map(&w, "'MaxConcurrency':2,", "[10,11,12,13,14]");
    static const char *const outputs[] = { "\"b\"", "\"c\"", "\"d\"", "\"e\"" };
    for (size_t i = 0; i < 4; i++) {
        cr_assert_eq(w.call_count, 2, "round %zu: %zu", i, w.call_count);
        cr_assert(world_task_started(&w, 1));
        cr_assert(world_task_succeeded(&w, 1, outputs[i]));
    }
    cr_assert_eq(w.call_count, 1);
    cr_assert_text(w.calls[0].parameters, "10");
    cr_assert(world_task_started(&w, 0));
    cr_assert(world_task_succeeded(&w, 0, "\"a\""));
    cr_assert_text(w.output, "[\"a\",\"b\",\"c\",\"d\",\"e\"]");
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_fanout, map_runs_at_most_forty_at_a_time)
{
    static const char *const limits[] = { "", "'MaxConcurrency':0,", "'MaxConcurrency':100," };
    for (size_t i = 0; i < 3; i++) {
        char input[256] = "[0";
        for (int item = 1; item < 45; item++)
            snprintf(input + strlen(input), sizeof input - strlen(input), ",%d", item);
        strcat(input, "]");
        struct world w;
        begin_map(&w, limits[i], input);
        cr_assert_eq(w.call_count, ENGINE_MAP_CONCURRENCY_DEFAULT, "row %zu", i);
        world_close(&w);
    }
}

Test(engine_fanout, map_tolerates_so_many_failures)
{
    static const struct {
        const char *fields;
        int failures; /* of four */
        const char *error;
    } rows[] = {
        { "", 1, "E" },
        { "'ToleratedFailureCount':1,", 1, NULL },
        { "'ToleratedFailureCount':1,", 2, "States.ExceedToleratedFailureThreshold" },
        { "'ToleratedFailurePercentage':50,", 2, NULL },
        { "'ToleratedFailurePercentage':50,", 3, "States.ExceedToleratedFailureThreshold" },
        { "'ToleratedFailurePercentage':100,", 4, NULL },
        { "'ToleratedFailureCount':3,'ToleratedFailurePercentage':25,", 2,
          "States.ExceedToleratedFailureThreshold" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        begin_map(&w, rows[i].fields, "[1,2,3,4]");
        for (int j = 0; j < rows[i].failures; j++) {
            cr_assert(world_task_started(&w, 0));
            cr_assert(world_task_failed(&w, 0, "E", "because"), "row %zu", i);
        }
        while (w.status == EXECUTION_RUNNING) {
            cr_assert(world_task_started(&w, 0));
            cr_assert(world_task_succeeded(&w, 0, "1"));
        }
        if (rows[i].error)
            cr_assert_text(w.error, rows[i].error);
        else
            cr_assert_eq(w.status, EXECUTION_SUCCEEDED, "row %zu", i);
        world_assert_empty(&w);
        world_close(&w);
    }
}

Test(engine_fanout, the_variables_of_an_iteration_count_only_while_it_runs)
{
    static const char definition[] =
        "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':1,'ItemsPath':'$.items',"
        "'ItemSelector':{'text.$':'$.text'},"
        "'ItemProcessor':{'StartAt':'A','States':{'A':{'Type':'Pass','Assign':{'v.$':'$.text'},"
        "'Next':'B'},'B':{'Type':'Pass','Result':0,'End':true}}},'End':true}}}";
    struct buf input;
    buf_init(&input, NULL);
    buf_add(&input, STR("{\"items\":[0"));
    for (int i = 0; i < 59; i++)
        buf_add(&input, STR(",0"));
    buf_add(&input, STR("],\"text\":\""));
    for (int i = 0; i < 200000; i++)
        buf_add_char(&input, 'x');
    buf_add(&input, (str){ "\"}", 3 });
    struct world w; /* 60 iterations, 12 MB of variables in all, 200 kB at a time */
    world_begin(&w, definition, input.ptr);
    world_run(&w);
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED, "%.*s", STR_ARGS(w.cause));
    world_close(&w);
    buf_close(&input);
}
