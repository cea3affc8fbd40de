/* Redrive: what runs again and what does not, with which input, counters, clocks and tokens.
 * Expected values from "Restarting state machine executions with redrive" in the Developer Guide,
 * and from ExecutionRedriven in the API reference. */
#include <stdio.h>

#include "engine/support_test.h"

#define LAMBDA "'Type':'Task','Resource':'arn:aws:lambda:us-east-1:000000000000:function:f'"
#define ACTIVITY "'Type':'Task','Resource':'arn:aws:states:us-east-1:000000000000:activity:a'"

static bool redrive(struct world *w)
{
    return world_event(w, &(struct engine_event){ .kind = ENGINE_REDRIVE });
}

static void stop(struct world *w)
{
    cr_assert(world_event(w, &(struct engine_event){ .kind = ENGINE_STOP }));
    w->call_count = 0; /* nobody waits for them any more */
    world_assert_empty(w);
}

/* The parameters of the calls that are open, and take them: they are answered by hand. */
static const char *calls(struct world *w)
{
    struct buf out;
    buf_init(&out, &w->arena);
    for (size_t i = 0; i < w->call_count; i++)
        buf_printf(&out, "%s%.*s", i ? " " : "", STR_ARGS(w->calls[i].parameters));
    return arena_cstr(&w->arena, buf_str(&out));
}

static const char *types_since_redrive(struct world *w)
{
    const char *all = world_types(w), *last = NULL;
    for (const char *at = all; (at = strstr(at, "ExecutionRedriven")) != NULL; at++)
        last = at;
    cr_assert(last != NULL, "%s", all);
    return last;
}

/* ---- one state ---- */

static const char one_task[] =
    "{'StartAt':'A','States':{'A':{'Type':'Pass','Assign':{'v':7},'Next':'T'},"
    "'T':{" LAMBDA ",'Parameters':{'in.$':'$.x','v.$':'$v','count.$':'$$.Execution.RedriveCount',"
    "'retries.$':'$$.State.RetryCount'},"
    "'Retry':[{'ErrorEquals':['Busy'],'MaxAttempts':1}],'Next':'Z'},"
    "'Z':{'Type':'Pass','Parameters':{'time.$':'$$.Execution.RedriveTime'},'End':true}}}";

Test(engine_redrive, a_failed_task_runs_again_with_the_same_input)
{
    for (int keep = 0; keep < 2; keep++) {
        struct world w;
        world_begin(&w, one_task, "{\"x\":1}");
        w.keep = keep != 0;
        cr_assert_str_eq(calls(&w), "{\"in\":1,\"v\":7,\"count\":0,\"retries\":0}");
        cr_assert(world_task_failed(&w, 0, "Broken", "because"));
        cr_assert_eq(w.status, EXECUTION_FAILED);
        world_assert_empty(&w);
        w.engine.now_ms += 1000;
        cr_assert(redrive(&w));
        cr_assert_eq(w.status, EXECUTION_RUNNING);
        cr_assert_str_eq(calls(&w), "{\"in\":1,\"v\":7,\"count\":1,\"retries\":0}");
        cr_assert_str_eq(world_chain(&w),
                         "1:ExecutionStarted<0 2:PassStateEntered<0 3:PassStateExited<2 "
                         "4:TaskStateEntered<3 5:LambdaFunctionScheduled<4 "
                         "6:LambdaFunctionFailed<5 7:ExecutionFailed<6 8:ExecutionRedriven<7 "
                         "9:LambdaFunctionScheduled<6");
        json event = json_at(world_history(&w), 7);
        cr_assert_text(json_text(&w.arena, *json_find(event, STR("executionRedrivenEventDetails"))),
                       "{\"redriveCount\":1}");
        cr_assert(world_task_succeeded(&w, 0, "{}"));
        cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
        cr_assert_text(w.output, "{\"time\":\"2023-11-14T22:13:21.000Z\"}");
        world_assert_empty(&w);
        world_close(&w);
    }
}

Test(engine_redrive, retries_begin_anew)
{
    struct world w;
    world_begin(&w, one_task, "{\"x\":1}");
    for (int life = 0; life < 3; life++) {
        for (int attempt = 0; attempt < 2; attempt++) {
            str expected = arena_printf(&w.arena, "{\"in\":1,\"v\":7,\"count\":%d,\"retries\":%d}",
                                        life, attempt);
            cr_assert_str_eq(calls(&w), arena_cstr(&w.arena, expected));
            cr_assert(world_task_failed(&w, 0, "Busy", "because"));
            if (attempt == 0) cr_assert(world_fire(&w));
        }
        cr_assert_eq(w.status, EXECUTION_FAILED);
        cr_assert(redrive(&w));
    }
    world_close(&w);
}

Test(engine_redrive, an_old_answer_does_not_count)
{
    struct world w;
    world_begin(&w, "{'StartAt':'A','States':{'A':{" ACTIVITY ",'TimeoutSeconds':5,'End':true}}}",
                "{}");
    struct engine_event old = world_entry_event(&w.waiting[0], ENGINE_TASK_SUCCEEDED);
    stop(&w);
    cr_assert(redrive(&w));
    cr_assert_eq(w.queue_count, 1);
    cr_assert_eq(w.waiting_count, 1);
    cr_assert(!world_event(&w, &old));
    struct engine_event answer = world_entry_event(&w.waiting[0], ENGINE_TASK_SUCCEEDED);
    cr_assert_eq(answer.frame, old.frame);
    cr_assert_neq(answer.task_event, old.task_event);
    cr_assert(world_event(&w, &answer));
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_redrive, the_time_limits_begin_anew)
{
    struct world w;
    world_begin(&w,
                "{'TimeoutSeconds':60,'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':50,"
                "'Next':'T'},'T':{" LAMBDA ",'TimeoutSeconds':20,'End':true}}}",
                "{}");
    cr_assert(world_fire(&w));
    cr_assert(world_fire(&w));
    cr_assert_eq(w.status, EXECUTION_TIMED_OUT);
    w.call_count = 0;
    world_assert_empty(&w);
    w.engine.now_ms += 100000; /* 160 s after the start */
    cr_assert(redrive(&w));
    cr_assert_eq(world_due_ms(&w), 180000); /* the task's */
    cr_assert(world_fire(&w));
    cr_assert_eq(w.status, EXECUTION_FAILED);
    w.call_count = 0;
    cr_assert(redrive(&w));
    cr_assert_eq(w.timer_count, 2);
    stop(&w);
    world_close(&w);
}

/* Seconds count from the redrive; a Timestamp that has passed is over at once. */
Test(engine_redrive, waits)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':50,'Next':'X'},'X':"
                "{'Type':'Wait','Timestamp':'2023-11-14T22:15:00Z','End':true}}}", /* after 100 s */
                "{}");
    stop(&w);
    w.engine.now_ms += 10000;
    cr_assert(redrive(&w));
    cr_assert_eq(world_due_ms(&w), 60000);
    cr_assert(world_fire(&w));
    cr_assert_eq(world_due_ms(&w), 100000);
    stop(&w);
    w.engine.now_ms += 100000;
    cr_assert(redrive(&w));
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    cr_assert_str_eq(world_types(&w),
                     "ExecutionStarted WaitStateEntered ExecutionAborted ExecutionRedriven "
                     "WaitStateExited WaitStateEntered ExecutionAborted ExecutionRedriven "
                     "WaitStateExited ExecutionSucceeded");
    world_close(&w);
}

Test(engine_redrive, a_fail_state_fails_again)
{
    struct world w;
    world_begin(&w, "{'StartAt':'F','States':{'F':{'Type':'Fail','Error':'E'}}}", "{}");
    for (int i = 0; i < 3; i++) {
        cr_assert(redrive(&w));
        cr_assert_eq(w.status, EXECUTION_FAILED);
        cr_assert_text(w.error, "E");
    }
    cr_assert_str_eq(types_since_redrive(&w), "ExecutionRedriven ExecutionFailed");
    world_close(&w);
}

/* ---- Parallel ---- */

static const char branches[] =
    "{'StartAt':'P','States':{'P':{'Type':'Parallel','ResultPath':'$.r','End':true,'Branches':["
    "{'StartAt':'A','States':{'A':{" LAMBDA ",'Parameters':'a','End':true}}},"
    "{'StartAt':'B','States':{'B':{" LAMBDA ",'Parameters':'b','Next':'B2'},"
    "'B2':{'Type':'Pass','Result':'done','End':true}}},"
    "{'StartAt':'W','States':{'W':{'Type':'Wait','Seconds':10,'End':true}}}]}}}";

Test(engine_redrive, only_branches_without_success_run_again)
{
    struct world w;
    world_begin(&w, branches, "{\"x\":1}");
    cr_assert(world_task_succeeded(&w, 0, "\"first\""));
    cr_assert(world_task_failed(&w, 0, "E", "because"));
    cr_assert_eq(w.status, EXECUTION_FAILED);
    world_assert_empty(&w);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "\"b\"");
    cr_assert_eq(w.timer_count, 1, "and the wait");
    cr_assert(world_task_succeeded(&w, 0, "0"));
    world_run(&w);
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    cr_assert_text(w.output, "{\"x\":1,\"r\":[\"first\",\"done\",{\"x\":1}]}");
    cr_assert_str_eq(types_since_redrive(&w),
                     "ExecutionRedriven LambdaFunctionScheduled LambdaFunctionSucceeded "
                     "TaskStateExited PassStateEntered PassStateExited WaitStateExited "
                     "ParallelStateSucceeded ParallelStateExited ExecutionSucceeded");
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_redrive, all_branches_that_were_stopped_run_again)
{
    struct world w;
    world_begin(&w, branches, "{\"x\":1}");
    stop(&w);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "\"a\" \"b\"");
    cr_assert(world_task_succeeded(&w, 0, "1"));
    stop(&w);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "\"b\"");
    cr_assert(world_task_succeeded(&w, 0, "2"));
    world_run(&w);
    cr_assert_text(w.output, "{\"x\":1,\"r\":[1,\"done\",{\"x\":1}]}");
    world_assert_empty(&w);
    world_close(&w);
}

/* What has been caught or tried again is over: nothing of it is kept. */
Test(engine_redrive, a_retried_parallel_begins_anew)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'P','States':{'P':{'Type':'Parallel','Retry':[{'ErrorEquals':['E']}],"
                "'Catch':[{'ErrorEquals':['F'],'Next':'T'}],'Next':'T','Branches':["
                "{'StartAt':'A','States':{'A':{" LAMBDA ",'Parameters':'a','End':true}}},"
                "{'StartAt':'B','States':{'B':{" LAMBDA ",'Parameters':'b','End':true}}}]},"
                "'T':{" LAMBDA ",'Parameters':'t','End':true}}}",
                "{}");
    cr_assert(world_task_succeeded(&w, 0, "1"));
    cr_assert(world_task_failed(&w, 0, "E", "because"));
    cr_assert(world_fire(&w));
    cr_assert_str_eq(calls(&w), "\"a\" \"b\"");
    cr_assert(world_task_succeeded(&w, 0, "1"));
    cr_assert(world_task_failed(&w, 0, "F", "because"));
    cr_assert_str_eq(calls(&w), "\"t\"");
    for (size_t i = 1; i < w.record_count; i++)
        cr_assert(w.records[i].frame.ptr == NULL);
    cr_assert(world_task_failed(&w, 0, "G", "because"));
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "\"t\"");
    world_close(&w);
}

/* The branches have succeeded, what is made of their results has not: only that is done again. */
Test(engine_redrive, results_are_kept_when_the_state_itself_fails)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'P','States':{'P':{'Type':'Parallel','Assign':{'bad':"
                "'{% $states.context.Execution.RedriveCount > 0 ? 1 : $error() %}'},"
                "'End':true,'Branches':[{'StartAt':'A','States':{'A':{'Type':'Task',"
                "'Resource':'arn:aws:lambda:us-east-1:000000000000:function:f','End':true}}}]}},"
                "'QueryLanguage':'JSONata'}",
                "{}");
    cr_assert(world_task_succeeded(&w, 0, "5"));
    cr_assert_eq(w.status, EXECUTION_FAILED, "%s", world_types(&w));
    world_assert_empty(&w);
    cr_assert(redrive(&w));
    cr_assert_eq(w.call_count, 0);
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED, "%.*s", STR_ARGS(w.cause));
    cr_assert_text(w.output, "[5]");
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_redrive, too_large_results_are_made_anew)
{
    struct world w;
    world_init(&w,
               STR("{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"End\":true,"
                   "\"Branches\":[{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\","
                   "\"Resource\":\"arn:aws:lambda:us-east-1:000000000000:function:f\","
                   "\"End\":true}}}]}}}"),
               STR("{}"));
    w.engine.payload_bytes_max = 6;
    world_start(&w);
    cr_assert(world_task_succeeded(&w, 0, "\"long\"")); /* 6 bytes, 8 in a list */
    cr_assert_text(w.error, "States.DataLimitExceeded");
    cr_assert(redrive(&w));
    cr_assert_eq(w.call_count, 1);
    cr_assert(world_task_succeeded(&w, 0, "\"s\""));
    cr_assert_text(w.output, "[\"s\"]");
    world_assert_empty(&w);
    world_close(&w);
}

/* ---- Map ---- */

static const char items[] =
    "{'StartAt':'M','States':{'M':{'Type':'Map','MaxConcurrency':2,'End':true,%s"
    "'ItemsPath':'$.items','ItemProcessor':{'StartAt':'A','States':{'A':{" LAMBDA
    ",'Parameters':{'i.$':'$$.Map.Item.Index','v.$':'$$.Map.Item.Value'},'End':true}}}}}}";

static void begin_map(struct world *w, const char *fields, const char *input)
{
    static char text[8 << 10];
    int len = snprintf(text, sizeof text, items, fields);
    cr_assert(len > 0 && (size_t)len < sizeof text);
    world_begin(w, text, input);
}

Test(engine_redrive, only_iterations_without_success_run_again)
{
    struct world w;
    begin_map(&w, "", "{\"items\":[\"a\",\"b\",\"c\",\"d\",\"e\"]}");
    cr_assert(world_task_succeeded(&w, 0, "0"));     /* 0; 2 begins */
    cr_assert(world_task_succeeded(&w, 1, "2"));     /* 2; 3 begins */
    cr_assert(world_task_failed(&w, 0, "E", "why")); /* 1; 3 is aborted, 4 has not begun */
    cr_assert_eq(w.status, EXECUTION_FAILED);
    w.call_count = 0;
    world_assert_empty(&w);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "{\"i\":1,\"v\":\"b\"} {\"i\":3,\"v\":\"d\"}");
    cr_assert(world_task_succeeded(&w, 0, "1"));
    cr_assert_str_eq(calls(&w), "{\"i\":3,\"v\":\"d\"} {\"i\":4,\"v\":\"e\"}");
    cr_assert(world_task_succeeded(&w, 0, "3"));
    cr_assert(world_task_failed(&w, 0, "E", "why"));
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "{\"i\":4,\"v\":\"e\"}");
    cr_assert(world_task_succeeded(&w, 0, "4"));
    cr_assert_text(w.output, "[0,1,2,3,4]");
    cr_assert_str_eq(types_since_redrive(&w),
                     "ExecutionRedriven LambdaFunctionScheduled LambdaFunctionSucceeded "
                     "TaskStateExited MapIterationSucceeded MapStateSucceeded MapStateExited "
                     "ExecutionSucceeded");
    world_assert_empty(&w);
    world_close(&w);
}

/* Failures that were tolerated are tried again too, and tolerated anew. */
Test(engine_redrive, tolerated_failures_run_again)
{
    struct world w;
    begin_map(&w, "'ToleratedFailureCount':1,", "{\"items\":[0,1,2]}");
    cr_assert(world_task_failed(&w, 0, "E", "why"));
    cr_assert(world_task_succeeded(&w, 0, "1"));
    cr_assert(world_task_failed(&w, 0, "E", "why"));
    cr_assert_text(w.error, "States.ExceedToleratedFailureThreshold");
    world_assert_empty(&w);
    cr_assert(redrive(&w));
    cr_assert_str_eq(calls(&w), "{\"i\":0,\"v\":0} {\"i\":2,\"v\":2}");
    cr_assert(world_task_failed(&w, 1, "E", "why"));
    cr_assert(world_task_succeeded(&w, 0, "0"));
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    cr_assert_text(w.output, "[0,1]");
    world_assert_empty(&w);
    world_close(&w);
}

/* Each life of the execution fails one more place of a Map of Parallels of Maps, or is stopped; the
 * results of all lives come together in the last one. */
static const char nested[] =
    "{'StartAt':'M','States':{'M':{'Type':'Map','ItemsPath':'$.items','End':true,"
    "'ItemProcessor':{'StartAt':'V','States':{'V':{'Type':'Pass','Assign':{'n.$':"
    "'$$.Map.Item.Index'},'Next':'P'},'P':{'Type':'Parallel','End':true,'Branches':["
    "{'StartAt':'N','States':{'N':{'Type':'Map','ItemsPath':'$.inner','MaxConcurrency':1,"
    "'End':true,'ItemProcessor':{'StartAt':'A','States':{'A':{" LAMBDA
    ",'Parameters':{'n.$':'$n','v.$':'$$.Map.Item.Value'},'End':true}}}}}},"
    "{'StartAt':'B','States':{'B':{" LAMBDA ",'Parameters':{'n.$':'$n'},'End':true}}}]}}}}}}";

static void run_nested(struct world *w, struct prng *prng, size_t *done, size_t *lives)
{
    for (*done = *lives = 0; w->status != EXECUTION_SUCCEEDED;) {
        if (w->status != EXECUTION_RUNNING) {
            world_assert_empty(w);
            w->call_count = 0;
            cr_assert(redrive(w));
            (*lives)++;
            continue;
        }
        while (w->call_count == 0)
            cr_assert(world_fire(w), "it waits for nothing");
        size_t at = prng_below(prng, w->call_count);
        uint64_t what = prng_below(prng, 8);
        if (what == 0) {
            cr_assert(world_task_failed(w, at, "E", "because"));
        } else if (what == 1) {
            stop(w);
        } else {
            const char *output = arena_cstr(&w->arena, w->calls[at].parameters);
            cr_assert(world_task_succeeded(w, at, output));
            (*done)++;
        }
    }
}

Test(engine_redrive, at_any_depth_each_task_succeeds_once)
{
    size_t all_lives = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct world w;
        struct prng prng;
        size_t done, lives;
        prng_seed(&prng, seed);
        world_begin(&w, nested,
                    "{\"items\":[{\"inner\":[\"x\",\"y\",\"z\"]},{\"inner\":[\"x\",\"y\"]}]}");
        if (seed % 2) w.engine.turn_steps_max = 3; /* yields in the middle of a redrive */
        run_nested(&w, &prng, &done, &lives);
        cr_assert_eq(done, 7, "seed %d: %zu tasks have succeeded", (int)seed, done);
        cr_assert_text(w.output, "[[[{\"n\":0,\"v\":\"x\"},{\"n\":0,\"v\":\"y\"},"
                                 "{\"n\":0,\"v\":\"z\"}],{\"n\":0}],"
                                 "[[{\"n\":1,\"v\":\"x\"},{\"n\":1,\"v\":\"y\"}],{\"n\":1}]]");
        world_assert_empty(&w);
        world_close(&w);
        all_lives += lives;
    }
    cr_assert_gt(all_lives, 60);
}

/* ---- who may not ---- */

Test(engine_redrive, what_runs_has_succeeded_or_is_full_is_refused)
{
    struct world w;
    world_begin(&w, one_task, "{\"x\":1}");
    cr_assert(!redrive(&w), "it runs");
    cr_assert(world_task_succeeded(&w, 0, "{}"));
    cr_assert_eq(w.status, EXECUTION_FAILED, "there is no RedriveTime");
    uint32_t events = w.last_event;
    w.engine.history_events_max = events + 1;
    cr_assert(!redrive(&w), "no room for ExecutionRedriven and one more");
    w.engine.history_events_max = events + 2;
    cr_assert(redrive(&w));
    cr_assert_eq(w.last_event, events + 2);
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert(w.records[0].frame.ptr == NULL,
              "a state lacks events: there is nothing to go on from");
    world_close(&w);

    world_begin(&w, "{'StartAt':'A','States':{'A':{'Type':'Succeed'}}}", "{}");
    cr_assert(w.records[0].frame.ptr == NULL, "it has succeeded");
    world_close(&w);

    world_init_type(&w, STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Fail\"}}}"),
                    ASL_EXPRESS, STR("{}"));
    world_start(&w);
    cr_assert(w.records[0].frame.ptr == NULL, "Express");
    world_close(&w);
}
