/* The API over a shard on a store in memory; see support_test.h. */
#include "services/sqs/support_test.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "services/shape.h"

static int64_t world_now(void *world)
{
    return ((const struct api *)world)->now_ms;
}

static void open_shard(struct api *api)
{
    struct shard_options options = {
        .store = api->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .endpoint = STR("http://localhost:8083"),
        .now_ms = world_now,
        .world = api,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    api->shard = shard_new(&options);
    sqs_service.start(api->shard);
    shard_sync(api->shard);
}

void api_open(struct api *api)
{
    *api = (struct api){ .now_ms = 1700000000123 };
    arena_init(&api->arena);
    api->store = store_open_memory();
    open_shard(api);
    api_run(api);
}

void api_reopen(struct api *api)
{
    shard_free(api->shard);
    open_shard(api);
    api_run(api);
}

void api_close(struct api *api)
{
    shard_free(api->shard);
    store_close(api->store);
    arena_close(&api->arena);
}

static str with_quotes(struct api *api, const char *text)
{
    str source = arena_str(&api->arena, str_from(text));
    char *copy = arena_alloc(&api->arena, source.len + 1);
    for (size_t i = 0; i <= source.len; i++)
        copy[i] = source.ptr[i] == '\'' ? '"' : source.ptr[i];
    return (str){ copy, source.len };
}

static json parse(struct api *api, str text)
{
    json value;
    struct error err = { 0 };
    cr_assert(json_parse(text, &api->arena, &value, &err), "%.*s: %s", STR_ARGS(text), err.message);
    return value;
}

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

static bool prepare(struct api *api, struct request *request)
{
    struct reader reader;
    if (!shape_check(request->operation->input, request->params, &request->arena, &request->error))
        return false;
    if (!request->operation->prepare) return true;
    shard_read_begin(api->shard, &reader, &request->arena);
    enum handled handled = request->operation->prepare(&reader, request, &request->error);
    shard_read_end(&reader);
    return handled == HANDLED;
}

static void read_now(struct api *api, struct request *request)
{
    struct reader reader;
    shard_read_begin(api->shard, &reader, &request->arena);
    (void)request->operation->read(&reader, request, &request->error);
    shard_read_end(&reader);
    complete(request);
}

struct request *api_send(struct api *api, const char *operation, const char *params)
{
    struct request *request = ARENA_NEW(&api->arena, struct request);
    request->operation = service_operation(&sqs_service, str_from(operation));
    cr_assert_not_null(request->operation, "%s", operation);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = parse(api, with_quotes(api, params));
    request->complete = complete;
    request->owner = ARENA_NEW(&api->arena, bool);
    if (!prepare(api, request))
        complete(request);
    else if (request->operation->read)
        read_now(api, request);
    else
        shard_submit(api->shard, request);
    return request;
}

void api_run(struct api *api)
{
    for (size_t i = 0; shard_step(api->shard) > 0; i++)
        cr_assert(i < 100000, "the shard does not come to rest");
    shard_sync(api->shard);
}

void api_advance(struct api *api, int64_t ms)
{
    int64_t end = api->now_ms + ms;
    while (api->now_ms < end) {
        int64_t due = shard_next_due_ms(api->shard);
        api->now_ms = due > api->now_ms && due < end ? due : end;
        api_run(api);
    }
}

str api_answer(struct api *api, const struct request *request)
{
    if (!*(const bool *)request->owner) return STR("");
    if (request->error.code == ERROR_NONE) return arena_str(&api->arena, buf_str(&request->reply));
    struct buf out;
    buf_init(&out, &api->arena);
    buf_add(&out, error_name(request->error.code));
    buf_add(&out, STR(": "));
    buf_add(&out, error_text(&request->error));
    return buf_str(&out);
}

str api_call(struct api *api, const char *operation, const char *params)
{
    struct request *request = api_send(api, operation, params);
    api_run(api);
    str answer = api_answer(api, request);
    cr_assert(answer.len > 0, "%s has not been answered", operation);
    arena_close(&request->arena);
    return answer;
}

str api_callf(struct api *api, const char *operation, const char *format, ...)
{
    static char params[4 << 20];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(params, sizeof params, format, args);
    va_end(args);
    cr_assert(len > 0 && (size_t)len < sizeof params);
    return api_call(api, operation, params);
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
    cr_assert(str_starts_with(answer, STR("{")), "%s: %.*s", operation, STR_ARGS(answer));
    json wanted = parse(api, with_quotes(api, expected));
    cr_assert(contains(parse(api, answer), wanted), "%s: %.*s\nlacks %s", operation,
              STR_ARGS(answer), expected);
}

void api_expect_exactly(struct api *api, const char *operation, const char *params,
                        const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_eq(answer, with_quotes(api, expected)), "%s: %.*s\nis not %s", operation,
              STR_ARGS(answer), expected);
}

void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_eq(answer, str_from(expected)), "%s: %.*s\nis not %s", operation,
              STR_ARGS(answer), expected);
}

static bool walk(struct api *api, str answer, const char *path, json *out)
{
    *out = parse(api, answer);
    str rest = str_from(path);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '.', 0);
        str part = str_slice(rest, 0, end);
        int64_t index;
        rest = end < rest.len ? str_skip(rest, end + 1) : str_skip(rest, end);
        if (json_is_array(*out) && str_to_i64(part, &index)) {
            if ((size_t)index >= json_count(*out)) return false;
            *out = json_at(*out, (size_t)index);
            continue;
        }
        const json *member = json_find(*out, part);
        if (!member) return false;
        *out = *member;
    }
    return true;
}

bool api_has(struct api *api, str answer, const char *path)
{
    json value;
    return walk(api, answer, path, &value);
}

size_t api_count(struct api *api, str answer, const char *path)
{
    json value;
    return walk(api, answer, path, &value) ? json_count(value) : 0;
}

str api_field(struct api *api, str answer, const char *path)
{
    json value;
    cr_assert(walk(api, answer, path, &value), "%s in %.*s", path, STR_ARGS(answer));
    return json_is_string(value) ? json_str(value) : json_text(&api->arena, value);
}

/* ---- queues ---- */

void queue_create(struct api *api, const char *name, const char *attributes)
{
    str answer =
        api_callf(api, "CreateQueue", "{'QueueName':'%s','Attributes':%s}", name, attributes);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
}

str queue_send(struct api *api, const char *name, const char *body, const char *more)
{
    str answer = api_callf(api, "SendMessage", "{'QueueUrl':'" URL "%s','MessageBody':'%s'%s}",
                           name, body, more);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    return answer;
}

str queue_bodies(struct api *api, const char *name, const char *more)
{
    struct buf out;
    str answer = api_callf(api, "ReceiveMessage",
                           "{'QueueUrl':'" URL "%s','MaxNumberOfMessages':10%s}", name, more);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    buf_init(&out, &api->arena);
    for (size_t i = 0; i < api_count(api, answer, "Messages"); i++) {
        char path[64];
        snprintf(path, sizeof path, "Messages.%zu.Body", i);
        if (i > 0) buf_add_char(&out, ' ');
        buf_add(&out, api_field(api, answer, path));
    }
    return buf_str(&out);
}

str queue_handle(struct api *api, const char *name)
{
    str answer = api_callf(api, "ReceiveMessage", "{'QueueUrl':'" URL "%s'}", name);
    return api_has(api, answer, "Messages.0") ? api_field(api, answer, "Messages.0.ReceiptHandle")
                                              : STR("");
}

void queue_delete_handle(struct api *api, const char *name, str handle)
{
    str answer = api_callf(api, "DeleteMessage", "{'QueueUrl':'" URL "%s','ReceiptHandle':'%.*s'}",
                           name, STR_ARGS(handle));
    cr_assert(str_eq(answer, STR("{}")), "%.*s", STR_ARGS(answer));
}

void queue_expect_counts(struct api *api, const char *name, int visible, int in_flight, int delayed)
{
    str answer = api_callf(api, "GetQueueAttributes",
                           "{'QueueUrl':'" URL "%s','AttributeNames':['All']}", name);
    char found[64], wanted[64];
    str a = api_field(api, answer, "Attributes.ApproximateNumberOfMessages");
    str b = api_field(api, answer, "Attributes.ApproximateNumberOfMessagesNotVisible");
    str c = api_field(api, answer, "Attributes.ApproximateNumberOfMessagesDelayed");
    snprintf(found, sizeof found, "%.*s %.*s %.*s", STR_ARGS(a), STR_ARGS(b), STR_ARGS(c));
    snprintf(wanted, sizeof wanted, "%d %d %d", visible, in_flight, delayed);
    cr_assert_str_eq(found, wanted, "%s: visible, in flight, delayed", name);
}

size_t records_count(struct api *api, enum key_tag tag)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, shard_number(api->shard), tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = store_scan(api->store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}
