/* Turns: activities and their clocks, limits, yielding, events that come too late. */
#include <stdio.h>

#include "engine/support_test.h"

static const char activity[] =
    "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
    "'arn:aws:states:us-east-1:000000000000:activity:a','TimeoutSeconds':100,"
    "'HeartbeatSeconds':30,'Catch':[{'ErrorEquals':['States.HeartbeatTimeout'],'Next':'H'},"
    "{'ErrorEquals':['States.Timeout'],'Next':'D'}],'End':true},"
    "'H':{'Type':'Pass','Result':'heartbeat','End':true},"
    "'D':{'Type':'Pass','Result':'deadline','End':true}}}";

static struct engine_event begin_activity(struct world *w, int64_t start_after_ms)
{
    world_begin(w, activity, "{}");
    cr_assert_eq(w->timer_count, 0, "the clocks start with the worker");
    cr_assert_eq(w->queue_count, 1);
    w->engine.now_ms += start_after_ms;
    struct engine_event started = world_entry_event(&w->queue[0], ENGINE_TASK_STARTED);
    started.text = STR("worker");
    cr_assert(world_event(w, &started));
    cr_assert_eq(w->queue_count, 0);
    cr_assert_eq(w->waiting_count, 1);
    cr_assert_eq(world_due_ms(w), start_after_ms + 30000);
    cr_assert(!world_event(w, &started), "a task is started once");
    return world_entry_event(&w->waiting[0], ENGINE_TASK_HEARTBEAT);
}

Test(engine_turn, a_missed_heartbeat)
{
    struct world w;
    struct engine_event heartbeat = begin_activity(&w, 3600000);
    world_run(&w);
    cr_assert_text(w.output, "\"heartbeat\"");
    cr_assert_eq(w.engine.now_ms - WORLD_START_MS, 3600000 + 30000);
    cr_assert(!world_event(&w, &heartbeat), "a late heartbeat is refused");
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_turn, heartbeats_keep_a_task_alive_until_its_deadline)
{
    struct world w;
    struct engine_event heartbeat = begin_activity(&w, 0);
    for (int64_t at_ms = 20000; at_ms < 100000; at_ms += 20000) {
        while (world_due_ms(&w) <= at_ms)
            cr_assert(world_fire(&w));
        w.engine.now_ms = WORLD_START_MS + at_ms;
        cr_assert(world_event(&w, &heartbeat), "%lld", (long long)at_ms);
    }
    world_run(&w);
    cr_assert_text(w.output, "\"deadline\"");
    cr_assert_eq(w.engine.now_ms - WORLD_START_MS, 100000);
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_turn, the_first_answer_counts)
{
    struct world w;
    struct engine_event event = begin_activity(&w, 0);
    struct engine_event other = event;
    other.kind = ENGINE_TASK_SUCCEEDED;
    other.value = json_bool(true);
    other.task_event++;
    cr_assert(!world_event(&w, &other), "another task's number");
    other.task_event--;
    other.frame = 1;
    cr_assert(!world_event(&w, &other), "another frame");
    other.frame = 0;
    cr_assert(world_event(&w, &other));
    cr_assert_text(w.output, "true");
    other.kind = ENGINE_TASK_FAILED;
    cr_assert(!world_event(&w, &other));
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_turn, a_nested_execution_is_stopped_when_its_callback_comes_first)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':"
                "'arn:aws:states:::states:startExecution.waitForTaskToken','Parameters':"
                "{'StateMachineArn':'m','Input':{'token.$':'$$.Task.Token'}},'End':true}}}",
                "{}");
    cr_assert(world_task_started(&w, 0));
    cr_assert(!world_task_started(&w, 0), "told twice");
    struct engine_event event = {
        .kind = ENGINE_TASK_SUBMITTED,
        .frame = w.calls[0].frame,
        .task_event = w.calls[0].task_event,
        .value = json_null(),
        .child_serial = 77,
    };
    cr_assert(world_event(&w, &event));
    cr_assert(!world_event(&w, &event), "told twice");
    cr_assert(world_task_succeeded(&w, 0, "1"));
    cr_assert_eq(w.stops, 1);
    cr_assert_eq(w.stopped_child, 77);
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    world_assert_empty(&w);
    world_close(&w);
}

/* ---- limits ---- */

static void begin_limited(struct world *w, const char *definition, uint32_t events_max)
{
    world_init(w, str_from(definition), STR("{}"));
    w->engine.history_events_max = events_max;
    world_start(w);
    world_run(w);
}

/* Two Pass states make six events: started, 2 x (entered, exited), succeeded. */
Test(engine_turn, history_limit)
{
    static const char definition[] =
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"},"
        "\"B\":{\"Type\":\"Pass\",\"End\":true}}}";
    for (uint32_t most = 2; most <= 7; most++) {
        struct world w;
        begin_limited(&w, definition, most);
        json history = world_history(&w);
        bool fits = most >= 6;
        cr_assert_eq(w.status, fits ? EXECUTION_SUCCEEDED : EXECUTION_FAILED, "limit %u", most);
        size_t count = fits ? 6 : most;
        cr_assert_eq(json_count(history), count, "limit %u: %s", most, world_types(&w));
        json last = json_at(history, count - 1);
        cr_assert_eq(json_i64_or(last, STR("id"), 0), (int64_t)count);
        cr_assert_text(json_str_or(last, STR("type"), (str){ 0 }),
                       fits ? "ExecutionSucceeded" : "ExecutionFailed");
        if (!fits) cr_assert_text(w.error, "States.Runtime");
        world_assert_empty(&w);
        world_close(&w);
    }
}

Test(engine_turn, history_limit_inside_map_and_parallel)
{
    static const char definition[] =
        "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemsPath\":\"$.items\","
        "\"ItemProcessor\":{\"StartAt\":\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\","
        "\"End\":true,\"Branches\":[{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\","
        "\"End\":true}}},{\"StartAt\":\"B\",\"States\":{\"B\":{\"Type\":\"Wait\",\"Seconds\":1,"
        "\"Next\":\"C\"},\"C\":{\"Type\":\"Pass\",\"End\":true}}}]}}},\"End\":true}}}";
    uint32_t whole = 0;
    for (uint32_t most = 200; whole == 0 || most > 1; most = whole == 0 ? most : most - 1) {
        struct world w;
        world_init(&w, str_from(definition), STR("{\"items\":[1,2,3]}"));
        w.engine.history_events_max = most;
        world_start(&w);
        world_run(&w);
        bool fits = whole == 0 || most >= whole;
        cr_assert_eq(w.status, fits ? EXECUTION_SUCCEEDED : EXECUTION_FAILED, "limit %u", most);
        if (whole == 0) {
            whole = w.last_event;
            most = whole + 2;
        }
        cr_assert_eq(w.last_event, fits ? whole : most);
        world_assert_empty(&w);
        world_close(&w);
    }
}

Test(engine_turn, payload_limit)
{
    static const char definition[] =
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Parameters\":"
        "{\"a.$\":\"$.a\"},\"End\":true}}}";
    for (size_t excess = 0; excess < 2; excess++) {
        struct world w;
        world_init(&w, str_from(definition), STR("{\"a\":\"0123456789\"}")); /* 18 bytes */
        w.engine.payload_bytes_max = 18 - excess;
        world_start(&w);
        cr_assert_eq(w.status, excess ? EXECUTION_FAILED : EXECUTION_SUCCEEDED);
        if (excess) cr_assert_text(w.error, "States.DataLimitExceeded");
        world_close(&w);
    }
}

Test(engine_turn, a_loop_gives_way)
{
    struct world w;
    static const char loop[] =
        "{'StartAt':'C','States':{'C':{'Type':'Choice','Choices':[{'Variable':'$.stop',"
        "'IsPresent':true,'Next':'S'}],'Default':'A'},'A':{'Type':'Pass','Next':'C'},"
        "'S':{'Type':'Succeed'}}}";
    world_begin(&w, loop, "{}");
    cr_assert_eq(w.timer_count, 1, "an endless loop gives way");
    cr_assert_eq(w.timers[0].timer, ENGINE_TIMER_CONTINUE);
    cr_assert_eq(world_due_ms(&w), 0);
    cr_assert(world_event(&w, &(struct engine_event){ .kind = ENGINE_STOP }));
    world_assert_empty(&w);
    world_close(&w);
}

/* ---- variables ---- */

Test(engine_turn, variables_of_outer_scopes_are_seen_and_not_changed)
{
    struct world w;
    world_begin(&w,
                "{'StartAt':'A','States':{'A':{'Type':'Pass','Assign':{'x':1},'Next':'P'},"
                "'P':{'Type':'Parallel','Next':'Z','Branches':[{'StartAt':'B','States':{'B':"
                "{'Type':'Pass','Assign':{'y.$':'$x'},'Next':'C'},'C':{'Type':'Pass',"
                "'Parameters':{'x.$':'$x','y.$':'$y'},'End':true}}}]},"
                "'Z':{'Type':'Pass','Assign':{'x':2},'Parameters':{'all.$':'$','x.$':'$x'},"
                "'End':true}}}",
                "{}");
    cr_assert_text(w.output, "{\"all\":[{\"x\":1,\"y\":1}],\"x\":1}");
    world_close(&w);
}

Test(engine_turn, size_of_one_assignment)
{
    for (size_t excess = 0; excess < 2; excess++) {
        struct world w;
        struct buf input;
        buf_init(&input, NULL);
        buf_add_char(&input, '"');
        while (input.len < EXPR_VARIABLE_BYTES_MAX - 1 + excess)
            buf_add_char(&input, 'x');
        buf_add(&input, (str){ "\"", 2 });
        world_init(&w,
                   STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"Result\":0,"
                       "\"Assign\":{\"x.$\":\"$$.Execution.Input\"},\"End\":true}}}"),
                   str_from(input.ptr));
        w.engine.payload_bytes_max = 1 << 20;
        world_start(&w);
        cr_assert_eq(w.status, excess ? EXECUTION_FAILED : EXECUTION_SUCCEEDED, "%zu %.*s", excess,
                     STR_ARGS(w.cause));
        world_close(&w);
        buf_close(&input);
    }
}
