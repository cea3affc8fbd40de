/* Retry and Catch: intervals, attempts, which errors are matched, what a catcher makes. Expected
 * values from "Errors" of the Amazon States Language and "Handling errors" in the Developer Guide.
 */
#include <stdio.h>

#include "engine/support_test.h"

#define LAMBDA "'arn:aws:lambda:us-east-1:000000000000:function:f'"

static int64_t now_ms(const struct world *w)
{
    return w->engine.now_ms - WORLD_START_MS;
}

/* A Task with the given fields, then the Pass 'Caught', where catchers may lead as well. */
static void begin_task(struct world *w, const char *fields, const char *input)
{
    static char text[8 << 10];
    int len = snprintf(text, sizeof text,
                       "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':" LAMBDA
                       ",%s'Next':'Caught'},"
                       "'Caught':{'Type':'Pass','End':true}}}",
                       fields);
    cr_assert(len > 0 && (size_t)len < sizeof text);
    world_begin(w, text, input);
}

static void fail_call(struct world *w, const char *error)
{
    cr_assert(world_task_started(w, 0));
    cr_assert(world_task_failed(w, 0, error, "because"));
}

Test(engine_retry, delays)
{
    static const struct {
        const char *fields;
        int64_t delays_ms[6]; /* ended by -1: no further attempt */
    } rows[] = {
        { "'Retry':[{'ErrorEquals':['States.ALL']}],", { 1000, 2000, 4000, -1 } },
        { "'Retry':[{'ErrorEquals':['E'],'IntervalSeconds':3,'MaxAttempts':2,'BackoffRate':1.5}],",
          { 3000, 4500, -1 } },
        { "'Retry':[{'ErrorEquals':['E'],'IntervalSeconds':10,'BackoffRate':10,'MaxAttempts':4,"
          "'MaxDelaySeconds':500}],",
          { 10000, 100000, 500000, 500000, -1 } },
        { "'Retry':[{'ErrorEquals':['E'],'BackoffRate':1.0,'MaxAttempts':2}],",
          { 1000, 1000, -1 } },
        { "'Retry':[{'ErrorEquals':['E'],'MaxAttempts':0}],", { -1 } },
        { "'Retry':[{'ErrorEquals':['F']}],", { -1 } },
        { "'Retry':[{'ErrorEquals':['E'],'MaxAttempts':1},{'ErrorEquals':['States.ALL']}],",
          { 1000, -1 } },
        { "'Retry':[{'ErrorEquals':['States.Timeout']},"
          "{'ErrorEquals':['States.TaskFailed'],'MaxAttempts':1,'IntervalSeconds':7}],",
          { 7000, -1 } },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        begin_task(&w, rows[i].fields, "{}");
        for (size_t j = 0; rows[i].delays_ms[j] >= 0; j++) {
            fail_call(&w, "E");
            cr_assert_eq(world_due_ms(&w) - now_ms(&w), rows[i].delays_ms[j], "row %zu, %zu", i, j);
            cr_assert(world_fire(&w));
            cr_assert_eq(w.call_count, 1);
        }
        fail_call(&w, "E");
        cr_assert_eq(w.status, EXECUTION_FAILED, "row %zu", i);
        cr_assert_text(w.error, "E");
        cr_assert_text(w.cause, "because");
        world_assert_empty(&w);
        world_close(&w);
    }
}

Test(engine_retry, full_jitter_stays_within_the_interval)
{
    int64_t least = INT64_MAX, most = 0;
    for (uint64_t seed = 0; seed < 50; seed++) {
        struct world w;
        begin_task(&w,
                   "'Retry':[{'ErrorEquals':['E'],'IntervalSeconds':10,"
                   "'JitterStrategy':'FULL'}],",
                   "{}");
        prng_seed(&w.prng, seed);
        fail_call(&w, "E");
        int64_t delay = world_due_ms(&w) - now_ms(&w);
        cr_assert(delay >= 0 && delay <= 10000, "%lld", (long long)delay);
        if (delay < least) least = delay;
        if (delay > most) most = delay;
        world_close(&w);
    }
    cr_assert(least < 2000 && most > 8000, "%lld .. %lld", (long long)least, (long long)most);
}

Test(engine_retry, each_retrier_counts_for_itself)
{
    struct world w;
    begin_task(&w,
               "'Retry':[{'ErrorEquals':['A'],'MaxAttempts':1},"
               "{'ErrorEquals':['B'],'MaxAttempts':2}],",
               "{}");
    static const char *const errors[] = { "A", "B", "B" };
    for (size_t i = 0; i < 3; i++) {
        fail_call(&w, errors[i]);
        cr_assert(world_fire(&w), "%zu", i);
    }
    fail_call(&w, "A");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    world_close(&w);
}

Test(engine_retry, counters_start_anew_when_the_state_is_entered_again)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':" LAMBDA
                ",'Retry':[{'ErrorEquals':['E'],'MaxAttempts':1}],'Next':'C'},"
                "'C':{'Type':'Choice','Choices':[{'Variable':'$.stop','IsPresent':true,"
                "'Next':'S'}],'Default':'T'},'S':{'Type':'Succeed'}}}",
                "{}");
    for (int round = 0; round < 3; round++) {
        fail_call(&w, "E");
        cr_assert(world_fire(&w), "round %d", round);
        cr_assert(world_task_started(&w, 0));
        cr_assert(world_task_succeeded(&w, 0, "{}"));
    }
    cr_assert_eq(w.status, EXECUTION_RUNNING);
    world_close(&w);
}

Test(engine_retry, a_retried_parallel_keeps_its_input)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'P','States':{'P':{'Type':'Pass','Result':{'a':1},'Next':'Q'},"
                "'Q':{'Type':'Parallel','Retry':[{'ErrorEquals':['E']}],'End':true,'Branches':["
                "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':" LAMBDA
                ",'End':true}}}]}}}",
                "{\"other\":2}");
    cr_assert_text(w.calls[0].parameters, "{\"a\":1}");
    fail_call(&w, "E");
    cr_assert(world_fire(&w));
    cr_assert_eq(w.call_count, 1);
    cr_assert_text(w.calls[0].parameters, "{\"a\":1}");
    cr_assert(world_task_started(&w, 0));
    cr_assert(world_task_succeeded(&w, 0, "3"));
    cr_assert_text(w.output, "[3]");
    world_assert_empty(&w);
    world_close(&w);
}

/* ---- Catch ---- */

Test(engine_catch, which_catcher_and_what_it_makes)
{
    static const struct {
        const char *catchers, *error, *output; /* NULL: the execution fails */
    } rows[] = {
        { "{'ErrorEquals':['States.ALL'],'Next':'Caught'}", "E",
          "{\"Error\":\"E\",\"Cause\":\"because\"}" },
        { "{'ErrorEquals':['E'],'Next':'Caught','ResultPath':'$.failure'}", "E",
          "{\"in\":1,\"failure\":{\"Error\":\"E\",\"Cause\":\"because\"}}" },
        { "{'ErrorEquals':['E'],'Next':'Caught','ResultPath':null}", "E", "{\"in\":1}" },
        { "{'ErrorEquals':['F'],'Next':'Caught'}", "E", NULL },
        { "{'ErrorEquals':['F','E'],'Next':'Caught','ResultPath':'$.first'},"
          "{'ErrorEquals':['States.ALL'],'Next':'Caught'}",
          "E", "{\"in\":1,\"first\":{\"Error\":\"E\",\"Cause\":\"because\"}}" },
        { "{'ErrorEquals':['States.TaskFailed'],'Next':'Caught','ResultPath':null}", "E",
          "{\"in\":1}" },
        { "{'ErrorEquals':['States.Timeout'],'Next':'Caught'}", "E", NULL },
        { "{'ErrorEquals':['States.TaskFailed'],'Next':'Caught'}", "States.Timeout", NULL },
        { "{'ErrorEquals':['States.Timeout'],'Next':'Caught','ResultPath':null}", "States.Timeout",
          "{\"in\":1}" },
        { "{'ErrorEquals':['States.ALL'],'Next':'Caught'}", "States.Runtime", NULL },
        /* Recorded: error_handling/states_errors.task_lambda_catch_state_all_data_limit... */
        { "{'ErrorEquals':['States.ALL'],'Next':'Caught','ResultPath':null}",
          "States.DataLimitExceeded", "{\"in\":1}" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char fields[1024];
        snprintf(fields, sizeof fields, "'Catch':[%s],", rows[i].catchers);
        struct world w;
        begin_task(&w, fields, "{\"in\":1}");
        fail_call(&w, rows[i].error);
        world_assert_empty(&w);
        cr_assert_eq(w.status, rows[i].output ? EXECUTION_SUCCEEDED : EXECUTION_FAILED, "row %zu",
                     i);
        if (rows[i].output) cr_assert_text(w.output, rows[i].output);
        world_close(&w);
    }
}

/* The input fits, the input with the error in it does not, whatever the error is: such a catcher
 * must not catch its own failure. */
Test(engine_catch, a_catcher_does_not_catch_itself)
{
    struct world w;
    struct buf input;
    buf_init(&input, NULL);
    buf_add(&input, STR("{\"in\":\""));
    while (input.len < ENGINE_PAYLOAD_BYTES_MAX - 20)
        buf_add_char(&input, 'x');
    buf_add(&input, STR("\"}"));
    buf_add_char(&input, '\0');
    begin_task(&w,
               "'Catch':[{'ErrorEquals':['E','States.TaskFailed'],'Next':'Caught',"
               "'ResultPath':'$.e'}],",
               input.ptr);
    fail_call(&w, "E");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert_text(w.error, "States.DataLimitExceeded");
    world_close(&w);
    buf_close(&input);
}
