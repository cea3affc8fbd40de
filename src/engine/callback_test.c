/* The field Callback and the links of a Task that waits for its token, as the engine sees them:
 * what is evaluated when, which operations it leaves, what an outcome makes of an answer. */
#include <stdio.h>

#include "engine/support_test.h"

#define SQS "'arn:aws:states:::sqs:sendMessage.waitForTaskToken'"

/* One Task with that Callback; its Message is `message`. */
static void begin_task(struct world *w, const char *callback, const char *parameters,
                       const char *more, const char *input)
{
    static char text[8 << 10];
    int len =
        snprintf(text, sizeof text,
                 "{'StartAt':'T','States':{'T':{'Type':'Task','Resource':" SQS
                 ",'Parameters':%s,%s%s%s'End':true}}}",
                 parameters, callback[0] ? "'Callback':" : "", callback, callback[0] ? "," : "");
    cr_assert(len > 0 && (size_t)len < sizeof text);
    if (more[0]) {
        str whole = str_from(text);
        len = snprintf(text + whole.len - strlen("'End':true}}}"), 1024, "%s,'End':true}}}", more);
        cr_assert(len > 0 && len < 1024);
    }
    world_begin(w, text, input);
}

#define PLAIN "{'QueueUrl':'q','MessageBody':'b'}"

static struct engine_event task_event(struct world *w, enum engine_event_kind kind)
{
    cr_assert(w->waiting_count == 1);
    return world_entry_event(&w->waiting[0], kind);
}

static const char *callbacks(struct world *w)
{
    buf_add_char(&w->callbacks, '\0');
    w->callbacks.len--;
    return w->callbacks.ptr;
}

#define OUTCOMES "\"outcomes\":true"

Test(engine_callback, a_plain_wait_leaves_no_record)
{
    struct world w;
    begin_task(&w, "", "{'QueueUrl':'q','MessageBody.$':'$$.Task.Token'}", "", "{}");
    cr_assert_eq(w.callbacks.len, 0);
    world_close(&w);
}

Test(engine_callback, links_are_made_where_they_are_read)
{
    struct world w;
    struct link link;
    begin_task(&w, "", "{'QueueUrl':'q','MessageBody.$':'$$.Task.CallbackUrl'}", "", "{}");
    cr_assert_str_eq(callbacks(&w), "open {}; ready");
    json body = test_json(&w.arena, w.calls[0].parameters);
    str url = json_str_or(body, STR("MessageBody"), STR(""));
    cr_assert(str_starts_with(url, STR("http://b/c/")), "%.*s", STR_ARGS(url));
    cr_assert_eq(link_decode(&w.link_keys, str_skip(url, strlen("http://b/c/")), &link), LINK_OK);
    cr_assert_eq(link.serial, 1);
    cr_assert_eq(link.entered, 2);
    cr_assert_eq(link.outcome, 0);
    cr_assert_eq(link.expires_s, 0);
    world_close(&w);
}

Test(engine_callback, links_have_their_outcome_and_expiry_and_outlive_an_attempt)
{
    struct world w;
    struct link link;
    begin_task(&w, "{'LinkExpirySeconds':60}",
               "{'QueueUrl':'q','MessageBody.$':'$$.Task.CallbackUrls.reject'}",
               "'TimeoutSeconds':10,'Retry':[{'ErrorEquals':['States.ALL']}]", "{}");
    json body = test_json(&w.arena, w.calls[0].parameters);
    str url = json_str_or(body, STR("MessageBody"), STR(""));
    cr_assert_eq(link_decode(&w.link_keys, str_skip(url, strlen("http://b/c/")), &link), LINK_OK);
    cr_assert_eq(link.outcome, 2);
    cr_assert_eq(link.expires_s, WORLD_START_MS / 1000 + 60);
    cr_assert(world_task_started(&w, 0));
    cr_assert(world_fire(&w)); /* it times out ... */
    cr_assert(world_fire(&w)); /* ... and is tried again */
    cr_assert_str_eq(callbacks(&w), "open {" OUTCOMES ",\"linkExpiry\":60}; ready; close 2; "
                                    "open {" OUTCOMES ",\"linkExpiry\":60}; ready");
    world_close(&w);
}

/* What stands behind the first `before` in the text. */
static str behind(str text, const char *before)
{
    size_t at = str_find(text, str_from(before), 0);
    cr_assert_lt(at, text.len, "no %s in %.*s", before, STR_ARGS(text));
    return str_skip(text, at + strlen(before));
}

/* A link's path is 52 characters long, a token 44. */
static void expect_hidden(str text)
{
    size_t end = str_find(text, STR("..."), 0);
    cr_assert_eq(end, 6, "%.*s", STR_ARGS(text));
}

Test(engine_callback, causes_hide_links_and_tokens)
{
    struct world w;
    begin_task(&w, "{}", "{'QueueUrl':'q','MessageBody.$':'$$.Task.CallbackUrls.nope'}", "", "{}");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    expect_hidden(behind(w.cause, "/c/"));
    expect_hidden(behind(w.cause, "\"Token\":\""));
    world_close(&w);
    world_begin(
        &w,
        "{'QueryLanguage':'JSONata','StartAt':'T','States':{'T':{'Type':'Task','Resource':" SQS
        ",'Arguments':{'QueueUrl':'q','MessageBody':"
        "'{% $number($states.context.Task.CallbackUrl) %}'},'End':true}}}",
        "{}");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    expect_hidden(behind(w.cause, "/c/"));
    world_close(&w);
}

Test(engine_callback, a_key_of_the_input_is_known_before_the_call)
{
    struct world w;
    begin_task(&w,
               "{'Name':'valuation','Key.$':'$.ref','OnDuplicateKey':'ALL','Title.$':"
               "'$.ref','Show':{'Amount.$':'$.amount'},'Code':'42',"
               "'Comment':'REQUIRED','Identity':{'Header':'X-User'}}",
               PLAIN, "", "{\"ref\":17,\"amount\":3.50}");
    cr_assert_str_eq(callbacks(&w),
                     "open {\"name\":\"valuation\",\"duplicates\":\"ALL\",\"key\":\"17\","
                     "\"title\":\"17\",\"code\":\"42\",\"comment\":\"REQUIRED\","
                     "\"identity\":\"X-User\",\"show\":{\"Amount\":3.50}," OUTCOMES "}; ready");
    world_close(&w);
}

Test(engine_callback, a_key_of_the_response_is_known_with_it)
{
    struct world w;
    begin_task(&w, "{'Name':'v','Key.$':'$$.Task.Response.Id'}", PLAIN, "", "{}");
    cr_assert_str_eq(callbacks(&w),
                     "open {\"name\":\"v\",\"duplicates\":\"REJECT\"," OUTCOMES "}; ready");
    cr_assert(world_task_started(&w, 0));
    struct engine_event event = task_event(&w, ENGINE_TASK_SUBMITTED);
    event.value = test_json(&w.arena, STR("{\"Id\":\"abc\"}"));
    cr_assert(world_event(&w, &event));
    cr_assert(str_ends_with(str_from(callbacks(&w)), STR("}; ready; key abc; ready")));
    world_close(&w);
}

Test(engine_callback, a_response_without_the_key_fails_the_state)
{
    struct world w;
    begin_task(&w, "{'Name':'v','Key.$':'$$.Task.Response.Id'}", PLAIN, "", "{}");
    cr_assert(world_task_started(&w, 0));
    struct engine_event event = task_event(&w, ENGINE_TASK_SUBMITTED);
    event.value = test_json(&w.arena, STR("{}"));
    cr_assert(world_event(&w, &event));
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert(str_ends_with(str_from(callbacks(&w)), STR("; ready; close 1")));
    world_assert_empty(&w);
    world_close(&w);
}

Test(engine_callback, values_that_cannot_be_are_named)
{
    static const struct {
        const char *callback, *field;
    } rows[] = {
        { "{'Name':'v','Key.$':'$.object'}", "Key.$" },
        { "{'Name':'v','Key.$':'$.empty'}", "Key.$" },
        { "{'Name':'v','Key.$':'$.control'}", "Key.$" },
        { "{'Show.$':'$.text'}", "Show.$" },
        { "{'Quorum':{'Approve':1,'Of.$':'$.text'}}", "Of.$" },
        { "{'Quorum':{'Approve':2,'Of.$':'$.twice'}}", "Of.$" },
        { "{'Quorum':{'Approve':3,'Of.$':'$.two'}}", "Of.$" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct world w;
        begin_task(&w, rows[i].callback, PLAIN, "",
                   "{\"object\":{},\"empty\":\"\",\"control\":\"a\\nb\",\"text\":\"t\","
                   "\"twice\":[\"a\",\"a\"],\"two\":[\"a\",\"b\"]}");
        cr_assert_eq(w.status, EXECUTION_FAILED, "%s", rows[i].callback);
        cr_assert_text(w.error, "Callback.Invalid");
        cr_assert(str_find(w.cause, str_from(rows[i].field), 0) < w.cause.len, "%.*s",
                  STR_ARGS(w.cause));
        cr_assert_eq(w.callbacks.len, 0);
        world_assert_empty(&w);
        world_close(&w);
    }
}

static void answer(struct world *w, uint8_t outcome, const char *value)
{
    struct engine_event event = task_event(w, ENGINE_TASK_ANSWERED);
    event.outcome = outcome;
    event.value = test_json(&w->arena, str_from(value));
    cr_assert(world_event(w, &event));
}

Test(engine_callback, an_outcome_is_the_states_result)
{
    struct world w;
    begin_task(&w, "{}", PLAIN, "", "{}");
    cr_assert(world_task_started(&w, 0));
    answer(&w, 0, "{\"outcome\":\"approve\",\"output\":null}");
    cr_assert_eq(w.status, EXECUTION_SUCCEEDED);
    cr_assert_text(w.output, "{\"outcome\":\"approve\",\"output\":null}");
    cr_assert(str_ends_with(str_from(callbacks(&w)), STR("; ready; close 0")));
    world_close(&w);
}

Test(engine_callback, an_outcome_with_output_or_error_says_what_it_makes)
{
    struct world w;
    const char *callback = "{'Outcomes':{'ok':{'Label':'OK','Output':{'who.$':'$$.Task.Answer.by',"
                           "'ref.$':'$.ref'}},'no':{'Error':'Refused','Cause.$':"
                           "'$$.Task.Answer.by'}}}";
    begin_task(&w, callback, PLAIN, "", "{\"ref\":7}");
    cr_assert(world_task_started(&w, 0));
    answer(&w, 0, "{\"outcome\":\"ok\",\"by\":\"ann\"}");
    cr_assert_text(w.output, "{\"who\":\"ann\",\"ref\":7}");
    world_close(&w);
    begin_task(&w, callback, PLAIN, "", "{\"ref\":7}");
    cr_assert(world_task_started(&w, 0));
    answer(&w, 1, "{\"outcome\":\"no\",\"by\":\"ann\"}");
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert_text(w.error, "Refused");
    cr_assert_text(w.cause, "ann");
    world_close(&w);
}

Test(engine_callback, responders_have_links_of_their_own_that_stay)
{
    struct world w;
    struct link link;
    begin_task(&w, "{'Quorum':{'Approve':1,'Of.$':'$.who','Veto':true}}",
               "{'QueueUrl':'q','MessageBody.$':'$$.Task.Responders'}", "",
               "{\"who\":[\"a\",\"b\"]}");
    cr_assert_str_eq(callbacks(&w),
                     "open {" OUTCOMES ",\"responders\":[\"a\",\"b\"],\"approve\":1,\"veto\":true};"
                     " ready");
    json body = test_json(&w.arena, w.calls[0].parameters);
    json links = *json_find(*json_find(body, STR("MessageBody")), STR("b"));
    str url = json_str_or(*json_find(links, STR("CallbackUrls")), STR("approve"), STR(""));
    cr_assert_eq(link_decode(&w.link_keys, str_skip(url, strlen("http://b/c/")), &link), LINK_OK);
    cr_assert_eq(link.responder, 2);
    cr_assert_eq(link.outcome, 1);
    world_close(&w);
}

Test(engine_callback, the_deadline_moves_and_the_call_goes_out_again)
{
    struct world w;
    begin_task(&w, "{}", PLAIN, "'TimeoutSeconds':10", "{}");
    struct engine_event resend = task_event(&w, ENGINE_TASK_RESEND);
    cr_assert(!world_event(&w, &resend), "its first call has not been carried out yet");
    cr_assert(world_task_started(&w, 0));
    size_t calls = w.call_count;
    cr_assert(world_event(&w, &resend));
    cr_assert_eq(w.call_count, calls + 1);
    struct engine_event extend = task_event(&w, ENGINE_TASK_EXTENDED);
    extend.due_ms = WORLD_START_MS + 60000;
    cr_assert(world_event(&w, &extend));
    cr_assert(world_fire(&w));
    cr_assert_eq(w.status, EXECUTION_RUNNING, "the timer of the old deadline finds the new one");
    cr_assert_eq(world_due_ms(&w), 60000);
    cr_assert(world_fire(&w));
    cr_assert_eq(w.status, EXECUTION_FAILED);
    cr_assert_text(w.error, "States.Timeout");
    world_close(&w);
}

Test(engine_callback, the_whole_context_object_is_that_of_aws)
{
    struct world w;
    begin_task(&w, "", "{'QueueUrl':'q','MessageBody.$':'$$'}", "", "{}");
    json task = *json_find(
        *json_find(test_json(&w.arena, w.calls[0].parameters), STR("MessageBody")), STR("Task"));
    cr_assert_eq(json_count(task), 1);
    cr_assert(str_eq(json_key_at(task, 0), STR("Token")));
    cr_assert_eq(w.callbacks.len, 0);
    world_close(&w);
}
