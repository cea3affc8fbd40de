/* The API over a shard on a store in memory; see support_test.h. */
#include "services/dynamodb/support_test.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>

#include "services/shape.h"
#include "store/keys.h"

static int64_t world_now(void *world)
{
    return ((const struct api *)world)->now_ms;
}

static void forget_sent(struct api *api)
{
    if (api->sent) arena_close(&api->sent->arena);
    api->sent = NULL;
}

static void open_shard(struct api *api)
{
    struct shard_options options = {
        .store = api->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .endpoint = STR("http://127.0.0.1:8083"),
        .now_ms = world_now,
        .world = api,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    api->shard = shard_new(&options);
    dynamodb_service.start(api->shard);
    api_run(api);
}

void api_open(struct api *api)
{
    *api = (struct api){ .now_ms = 1700000000123 };
    arena_init(&api->arena);
    api->store = store_open_memory();
    open_shard(api);
}

void api_reopen(struct api *api)
{
    shard_free(api->shard);
    forget_sent(api);
    open_shard(api);
}

void api_close(struct api *api)
{
    shard_free(api->shard);
    forget_sent(api);
    store_close(api->store);
    arena_close(&api->arena);
}

void api_run(struct api *api)
{
    while (shard_step(api->shard) > 0)
        continue;
    shard_sync(api->shard);
    forget_sent(api);
}

json api_parse(struct api *api, str text)
{
    json value;
    struct error err = { 0 };
    char *copy = arena_alloc(&api->arena, text.len + 1);
    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.ptr[i] == '\'' ? '"' : text.ptr[i];
    cr_assert(json_parse((str){ copy, text.len }, &api->arena, &value, &err), "%.*s: %s",
              STR_ARGS(text), err.message);
    return value;
}

static json parse_answer(struct api *api, str text)
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

const struct operation *api_operation(const char *name)
{
    for (size_t i = 0; i < dynamodb_service.operation_count; i++)
        if (str_eq(dynamodb_service.operations[i].name, str_from(name)))
            return &dynamodb_service.operations[i];
    cr_assert_fail("there is no operation %s", name);
    return NULL;
}

static void read_now(struct api *api, struct request *request)
{
    struct reader reader;
    shard_read_begin(api->shard, &reader, &request->arena);
    (void)request->operation->read(&reader, request, &request->error);
    shard_read_end(&reader);
    complete(request);
}

static str answer_of(struct api *api, const struct request *request)
{
    if (request->error.code == ERROR_NONE) return arena_str(&api->arena, buf_str(&request->reply));
    struct buf out;
    buf_init(&out, &api->arena);
    buf_add(&out, error_name(request->error.code));
    buf_add(&out, STR(": "));
    buf_add(&out, error_text(&request->error));
    buf_add(&out, request->error.details);
    return buf_str(&out);
}

str api_call(struct api *api, const char *operation, const char *params)
{
    struct request request = { .operation = api_operation(operation), .complete = complete };
    bool done = false;
    arena_init(&request.arena);
    buf_init(&request.reply, &request.arena);
    request.params = api_parse(api, str_from(params));
    request.owner = &done;
    if (!shape_check(request.operation->input, request.params, &request.arena, &request.error))
        complete(&request);
    else if (request.operation->read)
        read_now(api, &request);
    else
        shard_submit(api->shard, &request);
    api_run(api);
    cr_assert(done, "%s has not been answered", operation);
    str answer = answer_of(api, &request);
    arena_close(&request.arena);
    return answer;
}

void api_send(struct api *api, const char *operation, const char *params)
{
    struct request *request = ARENA_NEW(&api->arena, struct request);
    cr_assert_null(api->sent);
    request->operation = api_operation(operation);
    request->complete = complete;
    request->owner = &api->answered;
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = api_parse(api, str_from(params));
    api->sent = request;
    shard_submit(api->shard, request);
    (void)shard_step(api->shard);
}

str api_callf(struct api *api, const char *operation, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc(&api->arena, (size_t)bytes + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)bytes + 1, format, args);
    va_end(args);
    return api_call(api, operation, text);
}

void api_do(struct api *api, const char *operation, const char *params)
{
    str answer = api_call(api, operation, params);
    cr_assert(answer.len == 0 || answer.ptr[0] == '{', "%s: %.*s", operation, STR_ARGS(answer));
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
    cr_assert(contains(parse_answer(api, answer), api_parse(api, str_from(expected))),
              "%s: %.*s\nlacks %s", operation, STR_ARGS(answer), expected);
}

void api_expect_all(struct api *api, const char *operation, const char *params,
                    const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_starts_with(answer, STR("{")), "%s: %.*s", operation, STR_ARGS(answer));
    cr_assert(json_equal(parse_answer(api, answer), api_parse(api, str_from(expected))),
              "%s: %.*s\nis not %s", operation, STR_ARGS(answer), expected);
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
    json value = parse_answer(api, answer);
    str rest = str_from(path);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '.', 0);
        str part = str_slice(rest, 0, end);
        int64_t index;
        rest = end < rest.len ? str_skip(rest, end + 1) : str_skip(rest, end);
        if (json_is_array(value) && str_to_i64(part, &index)) {
            if ((size_t)index >= json_count(value)) return STR("");
            value = json_at(value, (size_t)index);
            continue;
        }
        const json *member = json_find(value, part);
        if (!member) return STR("");
        value = *member;
    }
    return json_is_string(value) ? json_str(value) : json_text(&api->arena, value);
}

size_t api_records(struct api *api, char tag)
{
    struct key from, to;
    str key, value;
    size_t count = 0;
    key_begin(&from, 0, (enum key_tag)tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = store_scan(api->store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    return count;
}

void api_create(struct api *api, const char *name)
{
    str answer = api_callf(api, "CreateTable",
                           "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST',"
                           "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'}],"
                           "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'}]}",
                           name);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
}

void api_create_ranged(struct api *api, const char *name)
{
    str answer = api_callf(api, "CreateTable",
                           "{'TableName':'%s','BillingMode':'PAY_PER_REQUEST',"
                           "'AttributeDefinitions':[{'AttributeName':'pk','AttributeType':'S'},"
                           "{'AttributeName':'sk','AttributeType':'N'}],"
                           "'KeySchema':[{'AttributeName':'pk','KeyType':'HASH'},"
                           "{'AttributeName':'sk','KeyType':'RANGE'}]}",
                           name);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
}
