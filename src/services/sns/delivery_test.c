/* Deliveries that take more than a transaction: HTTP and its retries, many subscribers, crashes;
 * and the bound of the outbox. */
#include <criterion/criterion.h>

#include "services/sns/support_test.h"

static void expect_text(str got, const char *expected)
{
    cr_expect(str_eq(got, str_from(expected)), "%.*s\nis not %s", STR_ARGS(got), expected);
}

/* A confirmed HTTP subscription of the topic "t"; its ARN. */
static str subscribe_http(struct api *api, const char *endpoint, const char *attributes)
{
    str arn = api_subscribe(api, "t", "http", endpoint, attributes);
    str body = api_field(api, api_http_request(api), "body");
    str params = arena_printf(&api->arena, "{'TopicArn':'" TOPIC "t','Token':'%.*s'}",
                              STR_ARGS(api_field(api, body, "Token")));
    (void)api_call(api, "ConfirmSubscription", arena_cstr(&api->arena, params));
    api_http_answer(api, 200);
    return arn;
}

static void wait(struct api *api, int64_t ms)
{
    api->now_ms += ms;
    api_run(api);
}

Test(sns_delivery, http_gets_headers_and_envelope)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    str arn = subscribe_http(&api, "http://user:p%40ss@127.0.0.1:9/x?y=1", "{}");
    str answer = api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    str request = api_http_request(&api);
    expect_text(api_field(&api, request, "url"), "http://127.0.0.1:9/x?y=1");
    expect_text(api_field(&api, request, "basic"), "{\"user\":\"user\",\"password\":\"p@ss\"}");
    expect_text(api_field(&api, request, "timeoutMs"), "15000");
    json headers = api_parse(&api, api_field(&api, request, "headers"));
    expect_text(json_str_or(headers, STR("x-amz-sns-message-type"), STR("")), "Notification");
    cr_expect(str_eq(json_str_or(headers, STR("x-amz-sns-message-id"), STR("")),
                     api_field(&api, answer, "MessageId")));
    expect_text(json_str_or(headers, STR("x-amz-sns-topic-arn"), STR("")), TOPIC "t");
    cr_expect(str_eq(json_str_or(headers, STR("x-amz-sns-subscription-arn"), STR("")), arn));
    expect_text(json_str_or(headers, STR("Content-Type"), STR("")), "text/plain; charset=UTF-8");
    expect_text(json_str_or(headers, STR("User-Agent"), STR("")),
                "Amazon Simple Notification Service Agent");
    cr_expect_null(json_find(headers, STR("x-amz-sns-rawdelivery")));
    expect_text(api_field(&api, api_field(&api, request, "body"), "Message"), "m");
    api_close(&api);
}

Test(sns_delivery, raw_http_and_its_content_type)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    (void)subscribe_http(&api, "http://127.0.0.1:9/x",
                         "{'RawMessageDelivery':'true','DeliveryPolicy':'{\\u0022requestPolicy"
                         "\\u0022:{\\u0022headerContentType\\u0022:\\u0022text/csv\\u0022}}'}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'a,b'}");
    str request = api_http_request(&api);
    expect_text(api_field(&api, request, "body"), "a,b");
    expect_text(api_field(&api, request, "headers.x-amz-sns-rawdelivery"), "true");
    expect_text(api_field(&api, request, "headers.Content-Type"), "text/csv");
    api_close(&api);
}

/* The default policy: three retries, 20 seconds apart; then the dead-letter queue. */
Test(sns_delivery, http_is_tried_again)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "dead");
    (void)subscribe_http(&api, "http://127.0.0.1:9/x",
                         "{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:\\u0022" QUEUE
                         "dead\\u0022}'}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    for (int i = 0; i < 3; i++) {
        api_http_answer(&api, i == 0 ? 0 : i == 1 ? 503 : 429);
        cr_expect_eq(api.effect_count, 0);
        wait(&api, 19000);
        cr_expect_eq(api.effect_count, 0, "not before its time");
        wait(&api, 1100);
        cr_assert_eq(api.effect_count, 1, "retry %d", i + 1);
    }
    cr_expect_eq(api_receive_count(&api, "dead"), 0);
    api_http_answer(&api, 500);
    str message = api_receive(&api, "dead");
    cr_assert_gt(message.len, 0);
    expect_text(api_field(&api, api_field(&api, message, "Body"), "Message"), "m");
    wait(&api, 3600000);
    cr_expect_eq(api.effect_count, 0);
    api_close(&api);
}

Test(sns_delivery, refusals_are_final_and_success_ends_it)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    api_queue(&api, "dead");
    str arn = subscribe_http(&api, "http://127.0.0.1:9/x",
                             "{'RedrivePolicy':'{\\u0022deadLetterTargetArn\\u0022:\\u0022" QUEUE
                             "dead\\u0022}'}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    api_http_answer(&api, 404);
    wait(&api, 100000);
    cr_expect_eq(api.effect_count, 0);
    cr_expect_eq(api_receive_count(&api, "dead"), 1);
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    api_http_answer(&api, 204);
    wait(&api, 100000);
    cr_expect_eq(api.effect_count, 0);
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    api_http_answer(&api, 500);
    str params = arena_printf(&api.arena, "{'SubscriptionArn':'%.*s'}", STR_ARGS(arn));
    (void)api_call(&api, "Unsubscribe", arena_cstr(&api.arena, params));
    api_http_answer(&api, 200); /* the confirmation of that */
    wait(&api, 21000);
    cr_assert_eq(api.effect_count, 1);
    api_http_answer(&api, 500);
    wait(&api, 100000);
    cr_expect_eq(api.effect_count, 0, "who has unsubscribed is left alone");
    api_close(&api);
}

Test(sns_delivery, http_survives_a_crash)
{
    struct api api;
    api_open(&api);
    api_topic(&api, "t");
    (void)subscribe_http(&api, "http://127.0.0.1:9/x", "{}");
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    str before = api_http_request(&api);
    api_reopen(&api);
    api_run(&api);
    cr_expect(str_eq(api_http_request(&api), before));
    api_http_answer(&api, 200);
    cr_expect_eq(api.effect_count, 0);
    api_close(&api);
}

/* ---- many subscribers ---- */

enum { MANY = 2 * SNS_DELIVERIES_PER_TXN_MAX + 50 };

static void subscribe_many(struct api *api)
{
    for (int i = 0; i < MANY; i++)
        (void)api_subscribe(api, "t", "sms", arena_printf(&api->arena, "+1555%07d", i).ptr, "{}");
}

/* How many different numbers are in the outbox, and in all. */
static size_t count_mails(struct api *api, size_t *different)
{
    struct json_fields seen;
    size_t count = 0;
    str params = STR("{}");
    json_fields_init(&seen, &api->arena);
    for (;;) {
        str answer = api_call(api, "ListOutbox", arena_cstr(&api->arena, params));
        json page = api_parse(api, answer), messages = *json_find(page, STR("messages"));
        for (size_t i = 0; i < json_count(messages); i++, count++)
            json_fields_add(&seen, json_str_or(json_at(messages, i), STR("endpoint"), STR("")),
                            json_null());
        str next;
        if (!json_find_str(page, STR("nextToken"), &next)) break;
        params = arena_printf(&api->arena, "{'nextToken':'%.*s'}", STR_ARGS(next));
    }
    *different = json_count(json_fields_done(&seen));
    return count;
}

Test(sns_delivery, many_subscribers_all_get_it_once)
{
    struct api api;
    size_t different;
    api_open(&api);
    api_topic(&api, "t");
    subscribe_many(&api);
    (void)api_call(&api, "Publish", "{'TopicArn':'" TOPIC "t','Message':'m'}");
    cr_expect_eq(count_mails(&api, &different), MANY);
    cr_expect_eq(different, MANY);
    api_close(&api);
}

static size_t count_tasks(struct api *api)
{
    struct reader reader;
    struct arena arena;
    struct key from, to;
    str key, value;
    size_t count = 0;
    arena_init(&arena);
    shard_read_begin(api->shard, &reader, &arena);
    key_begin(&from, 0, KEY_META);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(reader.store, reader.snapshot, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count += str_find(key, STR("sns.task."), 0) < key.len;
    store_cursor_close(cursor);
    shard_read_end(&reader);
    arena_close(&arena);
    return count;
}

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

/* One transaction delivers to the first of them; the rest is a record, and comes after a crash. */
Test(sns_delivery, the_rest_survives_a_crash)
{
    struct api api;
    size_t different;
    api_open(&api);
    api_topic(&api, "t");
    subscribe_many(&api);
    struct request *request = ARENA_NEW(&api.arena, struct request);
    bool done = false;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->operation = service_operation(&sns_service, STR("Publish"));
    request->params = api_parse(&api, api_quoted(&api, "{'TopicArn':'" TOPIC "t',"
                                                       "'Message':'m'}"));
    request->owner = &done;
    request->complete = complete;
    shard_submit(api.shard, request);
    (void)shard_step(api.shard); /* this call, and nothing that it has submitted */
    shard_sync(api.shard);
    arena_close(&request->arena);
    cr_assert(done);
    cr_assert_eq(count_tasks(&api), 1);
    api_reopen(&api);
    api_run(&api);
    cr_assert_eq(count_mails(&api, &different), MANY);
    cr_expect_eq(different, MANY);
    cr_expect_eq(count_tasks(&api), 0);
    api_close(&api);
}

Test(sns_delivery, the_outbox_is_bounded)
{
    struct api api;
    size_t different;
    api_open(&api);
    for (int i = 0; i < SNS_OUTBOX_MAX + 5; i++) {
        str params = arena_printf(&api.arena, "{'PhoneNumber':'+1555%07d','Message':'m'}", i);
        (void)api_call(&api, "Publish", arena_cstr(&api.arena, params));
    }
    cr_expect_eq(count_mails(&api, &different), SNS_OUTBOX_MAX);
    str newest = api_field(&api, api_call(&api, "ListOutbox", "{}"), "messages.0.endpoint");
    str expected = arena_printf(&api.arena, "+1555%07d", SNS_OUTBOX_MAX + 4);
    cr_expect(str_eq(newest, expected));
    api_close(&api);
}
