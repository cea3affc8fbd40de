/* More than one answer, reminders, undo hooks, and what operators do. */
#include <criterion/criterion.h>
#include <stdio.h>

#include "services/callbacks/support_test.h"

static void expect_status(struct world *w, const char *expected)
{
    str status = world_status(w, "m", "e");
    cr_assert(str_starts_with(status, str_from(expected)), "wanted %s\n got   %.*s", expected,
              STR_ARGS(status));
}

#define QUORUM(veto) "'Callback':{'Quorum':{'Approve':2,'Of':['cfo','legal','ops']," veto "}}"

static json urls;

/* The link of a responder with an outcome. */
static str link_of(struct world *w, const char *who, const char *outcome)
{
    (void)w;
    json one = *json_find(urls, str_from(who));
    return json_str_or(*json_find(one, STR("CallbackUrls")), str_from(outcome), STR(""));
}

static void begin(struct world *w, const char *fields)
{
    struct error err;
    world_open(w);
    world_machine(w, "m", "'MessageBody.$':'$$.Task.Responders'", fields);
    world_start(w, "m", "e", "{}");
    cr_assert(json_parse(world_message(w), &w->arena, &urls, &err));
}

/* How many votes the wait's record shows. */
static size_t count_votes(struct world *w, str url)
{
    struct reader reader;
    struct request *request = ARENA_NEW(&w->arena, struct request);
    struct wait_view view;
    struct link link;
    arena_init(&request->arena);
    shard_read_begin(w->shard, &reader, &request->arena);
    struct source source = source_from_reader(&reader, request);
    cr_assert_eq(
        link_decode(shard_link_keys(w->shard), str_skip(url, strlen("http://b/c/")), &link),
        LINK_OK);
    cr_assert(wait_find_by_link(&source, &link, &view));
    size_t count = json_count(view.answers);
    shard_read_end(&reader);
    arena_close(&request->arena);
    return count;
}

#define DECIDED "'kind':'outcome','outcome':'approve'"
#define REFUSED "'kind':'outcome','outcome':'reject'"

Test(callback_quorum, is_reached_and_the_other_links_close)
{
    struct world w;
    begin(&w, QUORUM("'Veto':false"));
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "approve"), DECIDED ",'comment':'ok'"),
                 "200 {'status':'recorded','outcome':'approve','responder':'cfo','approvals':1,"
                 "'needed':2}");
    world_crash(&w);
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "approve"), DECIDED ",'comment':'ok'"),
                 "200 {'status':'recorded','duplicate':true");
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "reject"), REFUSED), "409 ");
    expect_status(&w, "RUNNING");
    world_expect(&w, world_link(&w, link_of(&w, "ops", "approve"), DECIDED),
                 "200 {'status':'accepted','outcome':'approve'}");
    expect_status(&w, "SUCCEEDED {\"outcome\":\"approve\",\"output\":null,\"by\":null,"
                      "\"comment\":null,\"answers\":[{\"responder\":\"cfo\",\"outcome\":"
                      "\"approve\",\"by\":null,\"at\":\"2023-11-14T22:13:20.123Z\",");
    world_expect(&w, world_link(&w, link_of(&w, "legal", "reject"), REFUSED),
                 "409 {'error':'AlreadyDecided'");
    cr_assert_eq(count_votes(&w, link_of(&w, "cfo", "approve")), 2);
    world_close(&w);
}

Test(callback_quorum, is_out_of_reach)
{
    struct world w;
    begin(&w, QUORUM("'Veto':false"));
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "reject"), REFUSED),
                 "200 {'status':'recorded'");
    world_expect(&w, world_link(&w, link_of(&w, "ops", "approve"), DECIDED),
                 "200 {'status':'recorded'");
    expect_status(&w, "RUNNING");
    world_expect(&w, world_link(&w, link_of(&w, "legal", "reject"), REFUSED),
                 "200 {'status':'accepted','outcome':'reject'}");
    expect_status(&w, "FAILED Rejected: {\"outcome\":\"reject\"");
    world_close(&w);
}

Test(callback_quorum, wrong_codes_lock_only_the_links_of_who_sends_them)
{
    struct world w;
    begin(&w, "'Callback':{'Code':'1234','Quorum':{'Approve':1,'Of':['cfo','ops']}}");
    for (int i = 1; i < CALLBACK_CODE_TRIES_MAX; i++)
        world_expect(&w, world_link(&w, link_of(&w, "cfo", "approve"), DECIDED ",'code':'1'"),
                     "403 {'error':'WrongCode'");
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "reject"), REFUSED ",'code':'1'"),
                 "403 {'error':'Locked'");
    world_crash(&w);
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "approve"), DECIDED ",'code':'1234'"),
                 "403 {'error':'Locked'");
    world_expect(&w, world_link(&w, link_of(&w, "ops", "approve"), DECIDED ",'code':'1234'"),
                 "200 {'status':'accepted'");
    world_close(&w);
}

Test(callback_quorum, a_veto_decides)
{
    struct world w;
    begin(&w, QUORUM("'Veto':true"));
    world_expect(&w, world_link(&w, link_of(&w, "cfo", "approve"), DECIDED),
                 "200 {'status':'recorded'");
    world_expect(&w, world_link(&w, link_of(&w, "legal", "reject"), REFUSED),
                 "200 {'status':'accepted'");
    expect_status(&w, "FAILED Rejected");
    world_close(&w);
}

Test(callback_quorum, a_link_without_a_responder_does_not_count)
{
    struct world w;
    world_open(&w);
    world_machine(&w, "m", "'MessageBody.$':'$$.Task.CallbackUrl'", QUORUM("'Veto':false"));
    world_start(&w, "m", "e", "{}");
    world_expect(&w, world_link(&w, world_message(&w), DECIDED), "403 {'error':'NotAnOutcome'");
    expect_status(&w, "RUNNING");
    world_close(&w);
}

/* ---- reminders and undo hooks ---- */

#define URL "'MessageBody.$':'$$.Task.CallbackUrl'"

static void expect_sent(struct world *w, const char *expected)
{
    cr_assert(str_find(buf_str(&w->sent), str_from(expected), 0) < w->sent.len ||
                  expected[0] == '\0',
              "wanted %s\n got   %.*s", expected, STR_ARGS(buf_str(&w->sent)));
    if (expected[0] == '\0') cr_assert_eq(w->sent.len, 0);
    w->sent.len = 0;
}

Test(callback_reminders, go_out_when_they_are_due_and_end_with_the_wait)
{
    struct world w;
    world_open(&w);
    world_machine(&w, "m", URL,
                  "'Callback':{'Title':'Loan','Remind':[{'AfterSeconds':60,'EverySeconds':30,'Url':"
                  "'http://r/x','Message':{'text':'hurry'}},{'AfterSeconds':100,'Queue':"
                  "'arn:aws:sqs:us-east-1:000000000000:q'}]}");
    world_start(&w, "m", "e", "{}");
    str url = world_message(&w);
    world_pass(&w, 59000);
    expect_sent(&w, "");
    world_pass(&w, 1000);
    expect_sent(&w, "http://r/x {\"text\":\"hurry\"}");
    world_crash(&w);
    world_pass(&w, 30000);
    expect_sent(&w, "http://r/x {\"text\":\"hurry\"}");
    world_pass(&w, 10000);
    str reminder = world_message(&w);
    cr_assert(str_starts_with(reminder, STR("{\"type\":\"baton.callback.reminder\"")), "%.*s",
              STR_ARGS(reminder));
    cr_assert(str_find(reminder, url, 0) < reminder.len);
    expect_sent(&w, "");
    world_expect(&w, world_link(&w, url, ""), "200 ");
    world_pass(&w, 1000000);
    expect_sent(&w, "");
    world_close(&w);
}

#define UNDO "'Callback':{'Undo':{'Url':'http://u/x'}}"

Test(callback_undo, is_called_unless_somebody_has_answered)
{
    struct world w;
    world_open(&w);
    world_machine(&w, "m", URL, UNDO ",'TimeoutSeconds':60");
    world_start(&w, "m", "e", "{}");
    world_expect(&w, world_link(&w, world_message(&w), ""), "200 ");
    expect_sent(&w, "");
    world_start(&w, "m", "late", "{}");
    world_pass(&w, 61000);
    expect_sent(&w, "http://u/x {\"type\":\"baton.callback.undo\",\"reason\":\"timedOut\"");
    world_start(&w, "m", "stopped", "{}");
    (void)world_call(&w, &states_service, "StopExecution",
                     "{'executionArn':'" ARN "execution:m:stopped'}");
    expect_sent(&w, "http://u/x {\"type\":\"baton.callback.undo\",\"reason\":\"stopped\"");
    world_close(&w);
}

Test(callback_undo, is_called_when_a_quorum_decides_against_it)
{
    struct world w;
    begin(&w, "'Callback':{'Undo':{'Url':'http://u/x'},'Quorum':{'Approve':1,'Of':['a','b'],"
              "'Veto':true}}");
    world_expect(&w, world_link(&w, link_of(&w, "a", "reject"), REFUSED), "200 ");
    expect_sent(&w, "http://u/x {\"type\":\"baton.callback.undo\",\"reason\":\"rejected\"");
    world_close(&w);
}

Test(callback_undo, one_that_is_not_taken_is_tried_again)
{
    struct world w;
    world_open(&w);
    w.http_status = 503;
    world_machine(&w, "m", URL, UNDO ",'TimeoutSeconds':60");
    world_start(&w, "m", "e", "{}");
    world_pass(&w, 61000);
    expect_sent(&w, "http://u/x");
    world_pass(&w, 10000);
    expect_sent(&w, "http://u/x");
    w.http_status = 404;
    world_pass(&w, 20000);
    expect_sent(&w, "http://u/x");
    world_pass(&w, 1000000);
    expect_sent(&w, "");
    world_close(&w);
}

/* ---- operators ---- */

static const char *with_token(struct world *w, const char *door, str task, const char *rest)
{
    return world_text(w, "{'door':'%s','token':'%.*s'%s}", door, STR_ARGS(task), rest);
}

Test(callback_operators, move_a_deadline_and_send_a_request_again)
{
    struct world w;
    world_open(&w);
    world_machine(&w, "m", "'MessageBody.$':'$$.Task.Token'", "'TimeoutSeconds':60");
    world_start(&w, "m", "e", "{}");
    str task = world_message(&w);
    char until[64];
    snprintf(until, sizeof until, ",'until':%lld", (long long)w.now_ms + 600000);
    world_expect(&w, with_token(&w, "extend", task, until), "200 {'status':'extended','until':");
    world_crash(&w);
    world_pass(&w, 500000);
    expect_status(&w, "RUNNING");
    world_expect(&w, with_token(&w, "resend", task, ""), "200 {'status':'resent'}");
    cr_assert(str_eq(world_message(&w), task), "the same token again");
    world_pass(&w, 101000);
    expect_status(&w, "FAILED States.Timeout");
    world_expect(&w, with_token(&w, "resend", task, ""), "410 ");
    world_expect(&w, with_token(&w, "extend", task, until), "410 ");
    world_expect(&w, with_token(&w, "token", task, ""), "410 ");
    world_close(&w);
}

Test(callback_undo, a_key_that_turns_out_to_be_taken_undoes_the_call)
{
    struct world w;
    world_open(&w);
    /* The MD5 of the message is the key. */
    world_machine(&w, "m", "'MessageBody':'b'",
                  "'Callback':{'Name':'n','Key':'92eb5ffee6ae2fec3ad71c777531578f','Undo':"
                  "{'Url':'http://u/x'}}");
    world_machine(&w, "late", "'MessageBody':'b'",
                  "'Callback':{'Name':'n','Key.$':'$$.Task.Response.MD5OfMessageBody','Undo':"
                  "{'Url':'http://u/x'}}");
    world_start(&w, "m", "e", "{}");
    world_start(&w, "m", "second", "{}");
    expect_sent(&w, "");
    world_start(&w, "late", "e", "{}");
    str status = world_status(&w, "late", "e");
    cr_assert(str_starts_with(status, STR("FAILED Callback.KeyTaken")), "%.*s", STR_ARGS(status));
    expect_sent(&w, "http://u/x {\"type\":\"baton.callback.undo\",\"reason\":\"keyTaken\"");
    world_close(&w);
}
