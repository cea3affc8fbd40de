/* Answers by key: registered with the wait or with the response, taken keys, early ones in the
 * mailbox, repetitions by message id, unknown ones; and binding a key from outside. */
#include <criterion/criterion.h>

#include "services/callbacks/support_test.h"

#define TOKEN "'MessageBody.$':'$$.Task.Token'"
#define KEYED "'Callback':{'Name':'orders','Key.$':'$.ref'}"

static void begin(struct world *w, const char *fields)
{
    world_open(w);
    world_machine(w, "m", TOKEN, fields);
}

static void expect_status(struct world *w, const char *name, const char *expected)
{
    str status = world_status(w, "m", name);
    cr_assert(str_starts_with(status, str_from(expected)), "wanted %s\n got   %.*s", expected,
              STR_ARGS(status));
}

static const char *by_key(struct world *w, const char *key, const char *rest)
{
    return world_text(w, "{'door':'key','name':'orders','key':'%s'%s%s}", key, rest[0] ? "," : "",
                      rest);
}

#define SAID "'kind':'success','output':{'a':1}"

Test(callback_keys, the_first_answer_counts)
{
    struct world w;
    begin(&w, KEYED);
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", "'kind':'heartbeat'"), "200 {'status':'heartbeat'}");
    world_crash(&w);
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted','outcome':'success'}");
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    world_crash(&w);
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted','duplicate':true");
    world_expect(&w, by_key(&w, "r1", "'kind':'failure'"), "409 {'error':'AlreadyDecided'");
    world_expect(&w, by_key(&w, "r1", "'kind':'heartbeat'"), "409 {'error':'AlreadyDecided'");
    world_close(&w);
}

Test(callback_keys, the_key_may_be_in_the_response)
{
    struct world w;
    begin(&w, "'Callback':{'Name':'orders','Key.$':'$$.Task.Response.MessageId'}");
    world_start(&w, "m", "e", "{}");
    str history =
        world_call(&w, &states_service, "GetExecutionHistory",
                   "{'executionArn':'" ARN "execution:m:e','reverseOrder':true,'maxResults':1}");
    size_t at = str_find(history, STR("MessageId\\\":\\\""), 0) + strlen("MessageId\\\":\\\"");
    str id = str_slice(history, at, at + 36);
    world_expect(&w, by_key(&w, arena_cstr(&w.arena, id), SAID), "200 {'status':'accepted'");
    expect_status(&w, "e", "SUCCEEDED");
    world_close(&w);
}

Test(callback_keys, a_second_waiter_is_told_who_holds_the_key)
{
    struct world w;
    begin(&w, KEYED);
    world_start(&w, "m", "first", "{'ref':'r1'}");
    world_start(&w, "m", "second", "{'ref':'r1'}");
    expect_status(&w, "second",
                  "FAILED Callback.KeyTaken: The key 'r1' of 'orders' is taken by the state 'T' of "
                  "arn:aws:states:us-east-1:000000000000:execution:m:first, since 2023-11-14T");
    cr_assert(str_eq(world_history(&w, "m", "second"),
                     STR("ExecutionStarted TaskStateEntered TaskScheduled TaskFailed "
                         "ExecutionFailed")));
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "first", "SUCCEEDED");
    world_close(&w);
}

Test(callback_keys, the_oldest_or_all_waiters_get_it)
{
    struct world w;
    begin(&w, "'Callback':{'Name':'orders','Key.$':'$.ref','OnDuplicateKey':'FIRST'}");
    world_start(&w, "m", "e1", "{'ref':'r1'}");
    world_start(&w, "m", "e2", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "e1", "SUCCEEDED");
    expect_status(&w, "e2", "RUNNING");
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "e2", "SUCCEEDED");
    world_close(&w);
    begin(&w, "'Callback':{'Name':'orders','Key.$':'$.ref','OnDuplicateKey':'ALL'}");
    world_start(&w, "m", "e1", "{'ref':'r1'}");
    world_start(&w, "m", "e2", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "e1", "SUCCEEDED");
    expect_status(&w, "e2", "SUCCEEDED");
    world_close(&w);
}

Test(callback_keys, an_early_answer_is_kept_and_delivered_once)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"), "202 {'status':'kept','id':'");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"),
                 "200 {'status':'kept','duplicate':true");
    world_expect(&w, by_key(&w, "r2", SAID), "202 {'status':'kept'");
    world_crash(&w);
    world_start(&w, "m", "e", "{'ref':'r1'}");
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    cr_assert(str_eq(world_history(&w, "m", "e"),
                     STR("ExecutionStarted TaskStateEntered TaskScheduled TaskStarted "
                         "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded")));
    cr_assert_gt(world_message(&w).len, 0, "the call has gone out all the same");
    world_crash(&w);
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"),
                 "200 {'status':'accepted','duplicate':true");
    /* The id is not mistaken for an answer to the next wait of the same key. */
    world_start(&w, "m", "next", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"),
                 "200 {'status':'accepted','duplicate':true");
    expect_status(&w, "next", "RUNNING");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m2'"), "200 {'status':'accepted'");
    expect_status(&w, "next", "SUCCEEDED");
    world_close(&w);
}

Test(callback_keys, a_repetition_is_told_what_has_become_of_an_early_answer)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"), "202 {'status':'kept'");
    world_expect(&w, by_key(&w, "r1", "'kind':'success','output':2,'messageId':'m2'"), "202 ");
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"),
                 "200 {'status':'accepted','duplicate':true,'outcome':'success','decided':{");
    world_expect(&w, by_key(&w, "r1", "'kind':'success','output':2,'messageId':'m2'"),
                 "200 {'status':'kept','duplicate':true,'id':'");
    world_pass(&w, (int64_t)25 * 3600 * 1000); /* dropped: it may come again */
    world_expect(&w, by_key(&w, "r3", SAID ",'messageId':'m2'"), "202 {'status':'kept'");
    world_pass(&w, (int64_t)25 * 3600 * 1000);
    world_expect(&w, by_key(&w, "r3", SAID ",'messageId':'m2'"), "202 {'status':'kept'");
    world_close(&w);
}

Test(callback_keys, a_key_stays_with_its_wait_between_two_attempts)
{
    struct world w;
    begin(&w, KEYED ",'TimeoutSeconds':60,"
                    "'Retry':[{'ErrorEquals':['States.Timeout'],'IntervalSeconds':100}]");
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_pass(&w, 61000);
    world_start(&w, "m", "f", "{'ref':'r1'}");
    expect_status(&w, "f", "FAILED Callback.KeyTaken");
    world_pass(&w, 100000);
    world_expect(&w, by_key(&w, "r1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    world_start(&w, "m", "g", "{'ref':'r1'}");
    expect_status(&w, "g", "RUNNING");
    world_close(&w);
}

Test(callback_keys, early_answers_are_delivered_in_order)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "r1", "'output':1"), "202 ");
    world_pass(&w, 10);
    world_expect(&w, by_key(&w, "r1", "'output':2"), "202 ");
    world_start(&w, "m", "e1", "{'ref':'r1'}");
    expect_status(&w, "e1", "SUCCEEDED 1");
    world_start(&w, "m", "e2", "{'ref':'r1'}");
    expect_status(&w, "e2", "SUCCEEDED 2");
    world_start(&w, "m", "e3", "{'ref':'r1'}");
    expect_status(&w, "e3", "RUNNING");
    world_close(&w);
}

static struct mailbox_counts counts_of(struct world *w)
{
    struct reader reader;
    struct request *request = ARENA_NEW(&w->arena, struct request);
    struct mailbox_counts counts;
    arena_init(&request->arena);
    shard_read_begin(w->shard, &reader, &request->arena);
    struct source source = source_from_reader(&reader, request);
    mailbox_count(&source, STR("orders"), &counts);
    shard_read_end(&reader);
    arena_close(&request->arena);
    return counts;
}

Test(callback_keys, what_nobody_waits_for_in_time_is_dropped_and_counted)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "r1", SAID), "202 ");
    cr_assert_eq(counts_of(&w).entries, 1);
    world_pass(&w, (int64_t)CALLBACK_MAILBOX_TTL_S_DEFAULT * 1000 - 1000);
    cr_assert_eq(counts_of(&w).entries, 1);
    world_crash(&w);
    world_pass(&w, 2000);
    cr_assert_eq(counts_of(&w).entries, 0);
    cr_assert_eq(counts_of(&w).bytes, 0);
    cr_assert_eq(counts_of(&w).dropped, 1);
    world_start(&w, "m", "e", "{'ref':'r1'}");
    expect_status(&w, "e", "RUNNING");
    world_close(&w);
}

Test(callback_keys, a_late_answer_hears_why)
{
    struct world w;
    begin(&w, KEYED ",'TimeoutSeconds':60");
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_pass(&w, 61000);
    world_expect(&w, by_key(&w, "r1", SAID), "410 {'error':'TimedOut'");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m1'"), "410 {'error':'TimedOut'");
    world_close(&w);
}

Test(callback_keys, what_comes_between_two_attempts_is_for_the_next)
{
    struct world w;
    begin(&w, KEYED ",'TimeoutSeconds':60,'Retry':[{'ErrorEquals':['States.ALL'],"
                    "'IntervalSeconds':100}]");
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_pass(&w, 61000);
    world_expect(&w, by_key(&w, "r1", SAID), "202 {'status':'kept'");
    world_pass(&w, 100000);
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    world_close(&w);
}

Test(callback_keys, keys_that_cannot_be_are_unknown)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "", SAID), "404 {'error':'NotFound'");
    world_expect(&w, by_key(&w, "a\\nb", SAID), "404 {'error':'NotFound'");
    world_expect(&w, "{'door':'key','name':'no name','key':'k'}", "404 {'error':'NotFound'");
    world_expect(&w, by_key(&w, "r1", "'kind':'heartbeat'"), "404 {'error':'NotFound'");
    cr_assert_eq(counts_of(&w).unknown, 1);
    world_close(&w);
}

static str take_token(struct world *w)
{
    str text = world_message(w);
    cr_assert_gt(text.len, 0);
    return text;
}

static const char *bind(struct world *w, str task, const char *key)
{
    return world_text(w, "{'door':'bind','name':'orders','key':'%s','token':'%.*s'}", key,
                      STR_ARGS(task));
}

Test(callback_keys, a_key_can_be_bound_to_a_token)
{
    struct world w;
    begin(&w, "");
    world_start(&w, "m", "e", "{}");
    str task = take_token(&w);
    world_expect(&w, bind(&w, task, "k1"), "200 {'status':'bound'}");
    world_expect(&w, bind(&w, task, "k1"), "200 {'status':'bound'}");
    world_start(&w, "m", "other", "{}");
    world_expect(&w, bind(&w, take_token(&w), "k1"), "409 {'error':'KeyTaken','message':'The key ");
    world_crash(&w);
    world_expect(&w, by_key(&w, "k1", SAID), "200 {'status':'accepted'");
    expect_status(&w, "e", "SUCCEEDED");
    expect_status(&w, "other", "RUNNING");
    world_expect(&w, bind(&w, task, "k2"), "409 {'error':'AlreadyDecided','message':'This was ");
    world_expect(&w, by_key(&w, "k1", SAID), "200 {'status':'accepted','duplicate':true");
    world_close(&w);
}

Test(callback_keys, binding_delivers_what_came_early)
{
    struct world w;
    begin(&w, "");
    world_expect(&w, by_key(&w, "k1", SAID), "202 ");
    world_start(&w, "m", "e", "{}");
    world_expect(&w, bind(&w, take_token(&w), "k1"), "200 {'status':'bound'}");
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    world_close(&w);
}

static uint64_t first_order(struct world *w)
{
    struct reader reader;
    struct request *request = ARENA_NEW(&w->arena, struct request);
    struct mailbox_entry entry;
    arena_init(&request->arena);
    shard_read_begin(w->shard, &reader, &request->arena);
    struct source source = source_from_reader(&reader, request);
    cr_assert_eq(mailbox_list(&source, STR("orders"), STR(""), NULL, &entry, 1), 1);
    shard_read_end(&reader);
    arena_close(&request->arena);
    return entry.order;
}

Test(callback_keys, a_kept_answer_can_be_given_to_another_key)
{
    struct world w;
    begin(&w, KEYED);
    world_start(&w, "m", "e", "{'ref':'right'}");
    world_expect(&w, by_key(&w, "wrong", SAID), "202 ");
    const char *where = world_text(&w, "'name':'orders','key':'wrong','order':%llu",
                                   (unsigned long long)first_order(&w));
    world_expect(&w, world_text(&w, "{'door':'replay',%s}", where), "202 {'status':'kept'");
    world_expect(&w, world_text(&w, "{'door':'rekey',%s,'to':''}", where), "404 ");
    cr_assert_eq(counts_of(&w).entries, 1, "it is still there");
    world_expect(&w, world_text(&w, "{'door':'rekey',%s,'to':'right'}", where),
                 "200 {'status':'accepted'");
    expect_status(&w, "e", "SUCCEEDED");
    cr_assert_eq(counts_of(&w).entries, 0);
    world_expect(&w, world_text(&w, "{'door':'rekey',%s,'to':'right'}", where), "404 ");
    world_close(&w);
}

/* "KEY ORDER AT UNTIL" of what is kept, in the order in which it is listed. */
static str all_kept(struct world *w)
{
    enum { MAX = 8 };
    struct reader reader;
    struct request *request = ARENA_NEW(&w->arena, struct request);
    struct mailbox_entry entries[MAX];
    struct buf out;
    arena_init(&request->arena);
    shard_read_begin(w->shard, &reader, &request->arena);
    struct source source = source_from_reader(&reader, request);
    size_t count = mailbox_list(&source, STR("orders"), STR(""), NULL, entries, MAX);
    buf_init(&out, &w->arena);
    for (size_t i = 0; i < count; i++)
        buf_printf(&out, "%.*s %llu %lld %lld\n", STR_ARGS(entries[i].key),
                   (unsigned long long)entries[i].order, (long long)entries[i].at_ms,
                   (long long)entries[i].until_ms);
    shard_read_end(&reader);
    arena_close(&request->arena);
    return buf_str(&out);
}

Test(callback_keys, an_answer_that_gets_another_key_keeps_its_place_and_its_time)
{
    struct world w;
    begin(&w, KEYED);
    world_expect(&w, by_key(&w, "wrong", "'output':1,'messageId':'m1'"), "202 ");
    uint64_t order = first_order(&w);
    str before = all_kept(&w);
    const char *wanted = world_text(&w, "right%.*s", STR_ARGS(str_skip(before, strlen("wrong"))));
    world_pass(&w, 60000);
    world_expect(&w, by_key(&w, "right", "'output':2"), "202 ");
    world_expect(&w,
                 world_text(&w,
                            "{'door':'rekey','name':'orders','key':'wrong','order':%llu,"
                            "'to':'right'}",
                            (unsigned long long)order),
                 "202 {'status':'kept'");
    world_crash(&w);
    str after = all_kept(&w);
    cr_assert(str_starts_with(after, str_from(wanted)), "wanted %s\n got %.*s", wanted,
              STR_ARGS(after));
    cr_assert_eq(counts_of(&w).entries, 2);
    world_expect(&w, by_key(&w, "right", "'output':1,'messageId':'m1'"),
                 "200 {'status':'kept','duplicate':true");
    world_start(&w, "m", "e", "{'ref':'right'}");
    expect_status(&w, "e", "SUCCEEDED 1");
    world_close(&w);
}

Test(callback_keys, a_mailbox_is_bounded)
{
    struct world w;
    begin(&w, KEYED);
    for (int i = 0; i < CALLBACK_MAILBOX_PER_KEY_MAX; i++)
        world_expect(&w, by_key(&w, "r1", world_text(&w, "'output':%d", i)), "202 ");
    world_expect(&w, by_key(&w, "r1", "'output':'one more'"), "429 {'error':'MailboxFull'");
    world_expect(&w, by_key(&w, "r2", "'output':1"), "202 ");
    world_close(&w);
}

Test(callback_keys, a_running_execution_may_wait_for_its_key_again)
{
    struct world w;
    world_open(&w);
    world_machine(&w, "m", TOKEN,
                  KEYED ",'Retry':[{'ErrorEquals':['Again'],'IntervalSeconds':100}]");
    world_start(&w, "m", "e", "{'ref':'r1'}");
    world_expect(&w, by_key(&w, "r1", "'kind':'failure','error':'Again','messageId':'m1'"),
                 "200 {'status':'accepted'");
    world_expect(&w, by_key(&w, "r1", SAID ",'messageId':'m2'"), "202 {'status':'kept'");
    world_expect(&w, by_key(&w, "r1", "'kind':'failure','error':'Again'"),
                 "200 {'status':'accepted','duplicate':true");
    world_expect(&w, by_key(&w, "r1", "'output':3"), "202 {'status':'kept'");
    world_pass(&w, 100000);
    expect_status(&w, "e", "SUCCEEDED {\"a\":1}");
    world_close(&w);
}

Test(callback_keys, many_wait_for_one_key_in_their_order)
{
    enum { WAITERS = 40 };
    struct world w;
    begin(&w, "'Callback':{'Name':'orders','Key.$':'$.ref','OnDuplicateKey':'FIRST'}");
    for (int i = 0; i < WAITERS; i++)
        world_start(&w, "m", world_text(&w, "e%d", i), "{'ref':'r1'}");
    (void)world_call(&w, &states_service, "StopExecution",
                     "{'executionArn':'" ARN "execution:m:e1'}");
    for (int i = 0; i < WAITERS - 1; i++)
        world_expect(&w, by_key(&w, "r1", world_text(&w, "'output':%d", i)), "200 ");
    expect_status(&w, "e0", "SUCCEEDED 0");
    expect_status(&w, "e1", "ABORTED");
    expect_status(&w, "e2", "SUCCEEDED 1");
    expect_status(&w, "e39", "SUCCEEDED 38");
    world_expect(&w, by_key(&w, "r1", "'output':'x'"), "409 ");
    world_close(&w);
}

Test(callback_keys, a_waiter_beyond_the_bound_is_told_how_many_wait)
{
    struct world w;
    begin(&w, "'Callback':{'Name':'orders','Key.$':'$.ref','OnDuplicateKey':'FIRST'}");
    for (int i = 0; i <= CALLBACK_WAITERS_PER_KEY_MAX; i++)
        world_start(&w, "m", world_text(&w, "e%d", i), "{'ref':'r1'}");
    expect_status(&w, "e999", "RUNNING");
    expect_status(
        &w, "e1000",
        "FAILED Callback.KeyTaken: The key 'r1' of 'orders' has 1000 waits, the most that "
        "it may have: the oldest is the state 'T' of "
        "arn:aws:states:us-east-1:000000000000:execution:m:e0, since ");
    world_close(&w);
}
