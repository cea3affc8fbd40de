/* The API over a shard on a store in memory; see support_test.h. */
#include "services/sns/support_test.h"

#include <criterion/criterion.h>
#include <stdio.h>

static int64_t world_now(void *world)
{
    return ((const struct api *)world)->now_ms;
}

static void carry(void *context, struct effect *effect)
{
    struct api *api = context;
    cr_assert_lt(api->effect_count, API_EFFECTS_MAX);
    api->effects[api->effect_count++] = effect;
}

static void open_shard(struct api *api)
{
    static const struct service *const services[] = { &sns_service, &sqs_service, &lambda_service };
    struct effect_handler handlers[16];
    size_t count = 0;
    for (size_t i = 0; i < sizeof services / sizeof *services; i++)
        for (size_t j = 0; j < services[i]->effect_handler_count; j++)
            handlers[count++] = services[i]->effect_handlers[j];
    struct effect_handler *rows = arena_array(&api->arena, count, sizeof *rows);
    memcpy(rows, handlers, count * sizeof *rows);
    struct shard_options options = {
        .store = api->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .effect_handlers = rows,
        .effect_handler_count = count,
        .carrier = { carry, api },
        .endpoint = STR(ENDPOINT),
        .now_ms = world_now,
        .world = api,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    api->shard = shard_new(&options);
    shard_sync(api->shard);
    sns_service.start(api->shard);
}

void api_open(struct api *api)
{
    *api = (struct api){ .now_ms = 1700000000123 };
    arena_init(&api->arena);
    api->store = store_open_memory();
    open_shard(api);
}

static void drop_effects(struct api *api)
{
    for (size_t i = 0; i < api->effect_count; i++)
        effect_free(api->effects[i]);
    api->effect_count = 0;
}

void api_reopen(struct api *api)
{
    drop_effects(api);
    shard_free(api->shard);
    open_shard(api);
}

void api_close(struct api *api)
{
    drop_effects(api);
    shard_free(api->shard);
    store_close(api->store);
    arena_close(&api->arena);
}

str api_quoted(struct api *api, const char *text)
{
    str source = arena_str(&api->arena, str_from(text));
    char *copy = arena_alloc(&api->arena, source.len + 1);
    for (size_t i = 0; i <= source.len; i++)
        copy[i] = source.ptr[i] == '\'' ? '"' : source.ptr[i];
    return (str){ copy, source.len };
}

json api_parse(struct api *api, str text)
{
    json value;
    struct error err = { 0 };
    cr_assert(json_parse(text, &api->arena, &value, &err), "%.*s: %s", STR_ARGS(text), err.message);
    return value;
}

/* ---- calls ---- */

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

static bool on_io_thread(struct api *api, struct request *request, read_handler handler)
{
    struct reader reader;
    shard_read_begin(api->shard, &reader, &request->arena);
    enum handled handled = handler(&reader, request, &request->error);
    shard_read_end(&reader);
    return handled == HANDLED;
}

static void send(struct api *api, struct request *request)
{
    const struct operation *operation = request->operation;
    if (!shape_check(operation->input, request->params, &request->arena, &request->error) ||
        (operation->prepare && !on_io_thread(api, request, operation->prepare)))
        complete(request);
    else if (operation->write)
        shard_submit(api->shard, request);
    else {
        (void)on_io_thread(api, request, operation->read);
        complete(request);
    }
}

void api_run(struct api *api)
{
    do {
        while (shard_step(api->shard) > 0)
            continue;
        shard_sync(api->shard);
    } while (shard_step(api->shard) > 0);
    shard_sync(api->shard);
}

static str answer_of(struct api *api, const struct request *request)
{
    if (request->error.code == ERROR_NONE) return arena_str(&api->arena, buf_str(&request->reply));
    struct buf out;
    buf_init(&out, &api->arena);
    buf_add(&out, error_name(request->error.code));
    buf_add(&out, STR(": "));
    buf_add(&out, error_text(&request->error));
    return buf_str(&out);
}

str api_call_json(struct api *api, const char *operation, json params)
{
    str name = str_from(operation);
    bool sqs = str_starts_with(name, STR("sqs."));
    struct request *request = ARENA_NEW(&api->arena, struct request);
    request->operation =
        service_operation(sqs ? &sqs_service : &sns_service, sqs ? str_skip(name, 4) : name);
    cr_assert_not_null(request->operation, "%s", operation);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = params;
    request->id = arena_printf(&api->arena, "%zu", ++api->request_count);
    request->complete = complete;
    request->owner = ARENA_NEW(&api->arena, bool);
    send(api, request);
    api_run(api);
    cr_assert(*(const bool *)request->owner, "%s has not been answered", operation);
    str answer = answer_of(api, request);
    arena_close(&request->arena);
    return answer;
}

str api_call(struct api *api, const char *operation, const char *params)
{
    return api_call_json(api, operation, api_parse(api, api_quoted(api, params)));
}

static bool contains(json whole, json part)
{
    if (whole.kind != part.kind) return false;
    if (json_is_object(part)) {
        for (size_t i = 0; i < json_count(part); i++) {
            const json *member = json_find(whole, json_key_at(part, i));
            if (!member || !contains(*member, json_value_at(part, i))) return false;
        }
        return true;
    }
    if (!json_is_array(part)) return json_equal(whole, part);
    if (json_count(whole) != json_count(part)) return false;
    for (size_t i = 0; i < json_count(part); i++)
        if (!contains(json_at(whole, i), json_at(part, i))) return false;
    return true;
}

void api_expect(struct api *api, const char *operation, const char *params, const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_starts_with(answer, STR("{")), "%s %s: %.*s", operation, params,
              STR_ARGS(answer));
    json wanted = api_parse(api, api_quoted(api, expected));
    cr_assert(contains(api_parse(api, answer), wanted), "%s: %.*s\nlacks %s", operation,
              STR_ARGS(answer), expected);
}

void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_eq(answer, str_from(expected)), "%s %s: %.*s\nis not %s", operation, params,
              STR_ARGS(answer), expected);
}

str api_field(struct api *api, str answer, const char *path)
{
    json value = api_parse(api, answer);
    str rest = str_from(path);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '.', 0);
        str part = str_slice(rest, 0, end);
        int64_t index;
        rest = end < rest.len ? str_skip(rest, end + 1) : str_skip(rest, end);
        if (json_is_array(value) && str_to_i64(part, &index)) {
            cr_assert((size_t)index < json_count(value), "%s in %.*s", path, STR_ARGS(answer));
            value = json_at(value, (size_t)index);
            continue;
        }
        const json *member = json_find(value, part);
        cr_assert_not_null(member, "%s in %.*s", path, STR_ARGS(answer));
        value = *member;
    }
    return json_is_string(value) ? json_str(value) : json_text(&api->arena, value);
}

/* ---- topics, queues, subscriptions ---- */

str api_topic(struct api *api, const char *name)
{
    bool fifo = str_ends_with(str_from(name), STR(".fifo"));
    str params = arena_printf(&api->arena, "{'Name':'%s'%s}", name,
                              fifo ? ",'Attributes':{'FifoTopic':'true'}" : "");
    return api_field(api, api_call(api, "CreateTopic", arena_cstr(&api->arena, params)),
                     "TopicArn");
}

str api_queue(struct api *api, const char *name)
{
    bool fifo = str_ends_with(str_from(name), STR(".fifo"));
    str params = arena_printf(&api->arena, "{'QueueName':'%s'%s}", name,
                              fifo ? ",'Attributes':{'FifoQueue':'true'}" : "");
    return api_field(api, api_call(api, "sqs.CreateQueue", arena_cstr(&api->arena, params)),
                     "QueueUrl");
}

str api_subscribe(struct api *api, const char *topic, const char *protocol, const char *endpoint,
                  const char *attributes)
{
    str params = arena_printf(&api->arena,
                              "{'TopicArn':'" TOPIC "%s','Protocol':'%s','Endpoint':'%s',"
                              "'ReturnSubscriptionArn':true,'Attributes':%s}",
                              topic, protocol, endpoint, attributes);
    str answer = api_call(api, "Subscribe", arena_cstr(&api->arena, params));
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    return api_field(api, answer, "SubscriptionArn");
}

str api_receive(struct api *api, const char *queue)
{
    str params = arena_printf(&api->arena,
                              "{'QueueUrl':'" QUEUE "%s','MessageAttributeNames':['All'],"
                              "'AttributeNames':['All']}",
                              queue);
    str answer = api_call(api, "sqs.ReceiveMessage", arena_cstr(&api->arena, params));
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    const json *messages = json_find(api_parse(api, answer), STR("Messages"));
    if (!messages || json_count(*messages) == 0) return STR("");
    json message = json_at(*messages, 0);
    params = arena_printf(&api->arena, "{'QueueUrl':'" QUEUE "%s','ReceiptHandle':'%.*s'}", queue,
                          STR_ARGS(json_str_or(message, STR("ReceiptHandle"), STR(""))));
    (void)api_call(api, "sqs.DeleteMessage", arena_cstr(&api->arena, params));
    return json_text(&api->arena, message);
}

size_t api_receive_count(struct api *api, const char *queue)
{
    size_t count = 0;
    while (api_receive(api, queue).len > 0)
        count++;
    return count;
}

/* ---- HTTP ---- */

str api_http_request(struct api *api)
{
    cr_assert_gt(api->effect_count, 0, "nothing has been sent");
    return json_text(&api->arena, api->effects[0]->request);
}

void api_http_answer(struct api *api, int status)
{
    cr_assert_gt(api->effect_count, 0, "nothing has been sent");
    struct effect *effect = api->effects[0];
    api->effect_count--;
    memmove(api->effects, api->effects + 1, api->effect_count * sizeof *api->effects);
    effect->result = (struct effect_result){ .ok = status > 0, .status = status };
    if (status == 0) effect->result.error = STR("States.Http.Socket");
    effect_finish(effect);
    api_run(api);
}
