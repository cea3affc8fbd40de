/* Answers by link: first, again, otherwise, late, forged outcomes, revoked, expired; people. */
#include <criterion/criterion.h>

#include "services/callbacks/support_test.h"

#define URL "'MessageBody.$':'$$.Task.CallbackUrl'"

static void begin(struct world *w, const char *message, const char *fields)
{
    world_open(w);
    world_machine(w, "m", message, fields);
    world_start(w, "m", "e", "{'ref':'r1'}");
}

static void expect_status(struct world *w, const char *expected)
{
    str status = world_status(w, "m", "e");
    cr_assert(str_eq(status, str_from(expected)), "wanted %s\n got   %.*s", expected,
              STR_ARGS(status));
}

#define SAID "'kind':'success','output':{'a':1}"

Test(callback_links, the_first_answer_counts_and_a_repetition_hears_of_it)
{
    struct world w;
    begin(&w, URL, "");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'heartbeat'"), "200 {'status':'heartbeat'}");
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','outcome':'success'}");
    expect_status(&w, "SUCCEEDED {\"a\":1}");
    world_expect(&w, world_link(&w, url, SAID),
                 "200 {'status':'accepted','duplicate':true,'outcome':'success','decided':{");
    world_expect(&w, world_link(&w, url, "'kind':'success','output':2"),
                 "409 {'error':'AlreadyDecided','message':'This was decided as ");
    world_expect(&w, world_link(&w, url, "'kind':'failure','error':'E'"),
                 "409 {'error':'AlreadyDecided'");
    world_close(&w);
}

Test(callback_links, it_is_the_same_across_a_crash)
{
    struct world w;
    begin(&w, URL, "");
    str url = world_message(&w);
    world_crash(&w);
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','outcome':'success'}");
    world_crash(&w);
    expect_status(&w, "SUCCEEDED {\"a\":1}");
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','duplicate':true");
    world_expect(&w, world_link(&w, url, "'kind':'failure'"), "409 {'error':'AlreadyDecided'");
    world_close(&w);
}

Test(callback_links, an_answer_on_the_aws_face_is_known_here)
{
    struct world w;
    begin(&w, "'MessageBody':{'t.$':'$$.Task.Token','u.$':'$$.Task.CallbackUrl'}", "");
    str body = world_message(&w);
    struct error err;
    json both;
    cr_assert(json_parse(body, &w.arena, &both, &err), "%.*s", STR_ARGS(body));
    str task = json_str_or(both, STR("t"), STR("")), url = json_str_or(both, STR("u"), STR(""));
    const char *send =
        world_text(&w, "{'taskToken':'%.*s','output':'{\\'a\\':1}'}", STR_ARGS(task));
    str done = world_call(&w, &states_service, "SendTaskSuccess", send);
    cr_assert(str_eq(done, STR("{}")), "%.*s", STR_ARGS(done));
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','duplicate':true");
    world_expect(&w, world_link(&w, url, "'kind':'success','output':2"), "409 ");
    str again = world_call(&w, &states_service, "SendTaskSuccess", send);
    cr_assert(str_starts_with(again, STR("TaskTimedOut: ")), "%.*s", STR_ARGS(again));
    world_close(&w);
}

Test(callback_links, a_late_answer_hears_why)
{
    struct world w;
    begin(&w, URL, "'TimeoutSeconds':60");
    str url = world_message(&w);
    world_pass(&w, 61000);
    expect_status(&w, "FAILED States.Timeout: ");
    world_expect(&w, world_link(&w, url, SAID),
                 "410 {'error':'TimedOut','message':'Nobody answered in time, at 2023-");
    world_close(&w);
    begin(&w, URL, "");
    url = world_message(&w);
    (void)world_call(&w, &states_service, "StopExecution",
                     "{'executionArn':'" ARN "execution:m:e'}");
    world_expect(&w, world_link(&w, url, SAID), "410 {'error':'Stopped'");
    world_close(&w);
}

#define RETRY "'TimeoutSeconds':60,'Retry':[{'ErrorEquals':['States.ALL'],'IntervalSeconds':100}]"

Test(callback_links, a_link_is_good_for_the_next_attempt_and_between_two)
{
    struct world w;
    begin(&w, URL, RETRY);
    str url = world_message(&w);
    world_pass(&w, 61000);
    world_expect(&w, world_link(&w, url, SAID), "202 {'status':'kept','id':'");
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'kept','duplicate':true");
    world_crash(&w);
    world_pass(&w, 100000);
    expect_status(&w, "SUCCEEDED {\"a\":1}");
    cr_assert(str_eq(world_message(&w), url), "the second attempt has the same link");
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','duplicate':true");
    world_close(&w);
}

Test(callback_links, between_two_attempts_a_link_says_no_more_than_it_may)
{
    struct world w;
    begin(&w, "'MessageBody.$':'$$.Task.CallbackUrls.reject'", "'Callback':{'Code':'1234'}," RETRY);
    str url = world_message(&w);
    world_pass(&w, 61000);
    world_expect(&w, world_link(&w, url, SAID), "403 {'error':'WrongCode'");
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'approve','code':'1234'"),
                 "403 {'error':'NotAnOutcome'");
    world_expect(&w, world_link(&w, url, SAID ",'code':'1234'"), "202 {'status':'kept'");
    world_pass(&w, 100000);
    expect_status(&w, "RUNNING"); /* its error is tried again, too */
    world_expect(&w, world_link(&w, url, SAID ",'code':'1234'"),
                 "200 {'status':'accepted','duplicate':true,'outcome':'reject'");
    world_close(&w);
}

Test(callback_links, after_a_failure_that_is_retried_an_answer_is_for_the_next_attempt)
{
    struct world w;
    begin(&w, URL, RETRY);
    str url = world_message(&w);
#define FAILED "'kind':'failure','error':'Again','messageId':'m1'"
    world_expect(&w, world_link(&w, url, FAILED), "200 {'status':'accepted'");
    world_expect(&w, world_link(&w, url, FAILED), "200 {'status':'accepted','duplicate':true");
    world_expect(&w, world_link(&w, url, "'kind':'failure','error':'Again'"),
                 "200 {'status':'accepted','duplicate':true");
    world_expect(&w, world_link(&w, url, SAID), "202 {'status':'kept'");
    world_crash(&w);
    world_pass(&w, 100000);
    expect_status(&w, "SUCCEEDED {\"a\":1}");
    world_expect(&w, world_link(&w, url, FAILED), "200 {'status':'accepted','duplicate':true");
    world_expect(&w, world_link(&w, url, "'output':2"), "409 {'error':'AlreadyDecided'");
    world_close(&w);
}

Test(callback_links, outcomes_are_inside_the_link)
{
    struct world w;
    begin(&w, "'MessageBody.$':'$$.Task.CallbackUrls.approve'", "'Callback':{}");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'reject'"),
                 "403 {'error':'NotAnOutcome'");
    world_expect(&w, world_link(&w, url, "'kind':'failure'"), "403 {'error':'NotAnOutcome'");
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'approve','by':'ann'"),
                 "200 {'status':'accepted','outcome':'approve'}");
    expect_status(&w, "SUCCEEDED {\"outcome\":\"approve\",\"output\":null,\"by\":\"ann\","
                      "\"comment\":null}");
    world_close(&w);
}

Test(callback_links, a_link_of_an_outcome_gives_no_heartbeat)
{
    struct world w;
    begin(&w, "'MessageBody.$':'$$.Task.CallbackUrls.approve'", "'Callback':{}");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'heartbeat'"),
                 "403 {'error':'NotAnOutcome','message':'This link is for the outcome ");
    world_expect(&w, world_link(&w, url, "'kind':'success'"), "200 ");
    world_close(&w);
}

Test(callback_links, a_failing_outcome_fails_the_state)
{
    struct world w;
    begin(&w, URL, "'Callback':{}");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'maybe'"),
                 "404 {'error':'NotAnOutcome'");
    world_expect(&w,
                 world_link(&w, url, "'kind':'outcome','outcome':'reject','comment':'too dear'"),
                 "200 {'status':'accepted','outcome':'reject'}");
    expect_status(&w, "FAILED Rejected: {\"outcome\":\"reject\",\"output\":null,\"by\":null,"
                      "\"comment\":\"too dear\"}");
    world_close(&w);
}

Test(callback_links, what_a_state_asks_of_people_holds)
{
    struct world w;
    begin(&w, URL,
          "'Callback':{'Code':'1234','Comment':'REQUIRED','Identity':{'Header':'X-User'}}");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'approve'"),
                 "403 {'error':'IdentityMissing'");
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'approve','by':'ann'"),
                 "403 {'error':'WrongCode'");
    world_expect(&w,
                 world_link(&w, url,
                            "'kind':'outcome','outcome':'approve','by':'ann','code':'1234',"
                            "'form':true"),
                 "400 {'error':'CommentMissing'");
    world_expect(&w,
                 world_link(&w, url,
                            "'kind':'outcome','outcome':'approve','by':'ann','code':'1234',"
                            "'form':true,'comment':'fine'"),
                 "200 {'status':'accepted'");
    expect_status(&w, "SUCCEEDED {\"outcome\":\"approve\",\"output\":null,\"by\":\"ann\","
                      "\"comment\":\"fine\"}");
    world_close(&w);
}

Test(callback_links, a_code_can_be_guessed_only_so_often)
{
    struct world w;
    begin(&w, URL, "'Callback':{'Code':'1234'}");
    str url = world_message(&w);
    for (int i = 1; i < CALLBACK_CODE_TRIES_MAX; i++)
        world_expect(&w, world_link(&w, url, "'code':'1111'"), "403 {'error':'WrongCode'");
    world_crash(&w);
    world_expect(&w, world_link(&w, url, "'code':'1111'"), "403 {'error':'Locked'");
    world_expect(&w, world_link(&w, url, "'code':'1234'"), "403 {'error':'Locked'");
    expect_status(&w, "RUNNING");
    world_close(&w);
}

Test(callback_links, revoked_and_expired_ones_are_void)
{
    struct world w;
    begin(&w, "'MessageBody':{'t.$':'$$.Task.Token','u.$':'$$.Task.CallbackUrls'}",
          "'Callback':{'LinkExpirySeconds':600}");
    struct error err;
    json both;
    cr_assert(json_parse(world_message(&w), &w.arena, &both, &err));
    str task = json_str_or(both, STR("t"), STR(""));
    json urls = *json_find(both, STR("u"));
    str approve = json_str_or(urls, STR("approve"), STR(""));
    str reject = json_str_or(urls, STR("reject"), STR(""));
    world_expect(
        &w, world_text(&w, "{'door':'revoke','token':'%.*s','outcome':'approve'}", STR_ARGS(task)),
        "200 {'status':'revoked'}");
    world_expect(&w, world_link(&w, approve, ""), "410 {'error':'Revoked'");
    world_pass(&w, 601000);
    world_expect(&w, world_link(&w, reject, ""), "410 {'error':'Expired'");
    world_expect(&w, world_text(&w, "{'door':'token','token':'%.*s'}", STR_ARGS(task)),
                 "200 {'status':'accepted'");
    world_close(&w);
}

Test(callback_links, a_plain_wait_can_be_given_a_link_too)
{
    struct world w;
    begin(&w, "'MessageBody.$':'$$.Task.Token'", "");
    str text = world_message(&w);
    token to;
    cr_assert(token_decode(shard_token_key(w.shard), text, &to));
    struct link link = { .serial = to.serial, .frame = to.frame, .entered = 2 };
    str path = link_encode(shard_link_keys(w.shard), &link, &w.arena);
    world_expect(&w, world_link(&w, path, SAID), "200 {'status':'accepted','outcome':'success'}");
    world_expect(&w, world_link(&w, path, SAID), "200 {'status':'accepted','duplicate':true");
    link.entered = 3;
    path = link_encode(shard_link_keys(w.shard), &link, &w.arena);
    world_expect(&w, world_link(&w, path, SAID), "410 {'error':'Closed'");
    world_close(&w);
}

static json attempts_of(struct world *w, str url)
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
    json attempts = json_copy(&w->arena, view.attempts);
    shard_read_end(&reader);
    arena_close(&request->arena);
    return attempts;
}

Test(callback_links, the_record_keeps_the_first_attempts_and_the_newest)
{
    struct world w;
    begin(&w, URL, "");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, SAID), "200 ");
    for (int i = 0; i < 50; i++)
        world_expect(&w, world_link(&w, url, world_text(&w, "'kind':'success','output':%d", i)),
                     "409 ");
    json attempts = attempts_of(&w, url);
    cr_assert_eq(json_count(attempts), CALLBACK_ATTEMPTS_FIRST + CALLBACK_ATTEMPTS_LAST);
    cr_assert(str_eq(json_str_or(json_at(attempts, 0), STR("verdict"), STR("")), STR("accepted")));
    cr_assert(
        str_eq(json_str_or(json_at(attempts, 31), STR("verdict"), STR("")), STR("AlreadyDecided")));
    world_close(&w);
}

Test(callback_links, a_redriven_execution_keeps_its_links)
{
    struct world w;
    begin(&w, URL, "'Callback':{'Name':'n','Key':'k'}");
    str url = world_message(&w);
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'reject','messageId':'m1'"),
                 "200 {'status':'accepted'");
    expect_status(&w, "FAILED Rejected: {\"outcome\":\"reject\",\"output\":null,\"by\":null,"
                      "\"comment\":null}");
    world_expect(&w, world_link(&w, url, SAID), "409 ");
    (void)world_call(&w, &states_service, "RedriveExecution",
                     "{'executionArn':'" ARN "execution:m:e'}");
    cr_assert(str_eq(world_message(&w), url));
    world_expect(&w, world_link(&w, url, "'kind':'outcome','outcome':'reject','messageId':'m1'"),
                 "200 {'status':'accepted','duplicate':true");
    world_expect(&w, "{'door':'key','name':'n','key':'k','kind':'heartbeat'}", "200 ");
    world_expect(&w, world_link(&w, url, SAID), "200 {'status':'accepted','outcome':'success'}");
    expect_status(&w, "SUCCEEDED {\"a\":1}");
    world_close(&w);
}
