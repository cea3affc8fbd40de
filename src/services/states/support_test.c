/* The API over a shard on a store in memory; see support_test.h. */
#include "services/states/support_test.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

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
        .integrations = states_service.integrations,
        .integration_count = states_service.integration_count,
        .now_ms = world_now,
        .world = api,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    api->shard = shard_new(&options);
    shard_sync(api->shard);
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
    open_shard(api);
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
    request->operation = service_operation(&states_service, str_from(operation));
    cr_assert_not_null(request->operation, "%s", operation);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = parse(api, with_quotes(api, params));
    request->complete = complete;
    request->owner = ARENA_NEW(&api->arena, bool);
    if (!shape_check(request->operation->input, request->params, &request->arena, &request->error))
        complete(request);
    else if (request->operation->read)
        read_now(api, request);
    else
        shard_submit(api->shard, request);
    return request;
}

void api_run(struct api *api)
{
    while (shard_step(api->shard) > 0)
        continue;
    shard_sync(api->shard);
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

void api_expect_error(struct api *api, const char *operation, const char *params,
                      const char *expected)
{
    str answer = api_call(api, operation, params);
    cr_assert(str_eq(answer, str_from(expected)), "%s: %.*s\nis not %s", operation,
              STR_ARGS(answer), expected);
}

str api_field(struct api *api, str answer, const char *path)
{
    json value = parse(api, answer);
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

/* ---- machines ---- */

void api_create(struct api *api, const char *name, const char *type)
{
    char params[512];
    snprintf(params, sizeof params,
             "{'name':'%s','type':'%s','roleArn':'arn:aws:iam::000000000000:role/r','definition':"
             "'{\\'StartAt\\':\\'A\\',\\'States\\':{\\'A\\':{\\'Type\\':\\'Pass\\',"
             "\\'End\\':true}}}'}",
             name, type);
    str answer = api_call(api, "CreateStateMachine", params);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
}

void api_create_waiting(struct api *api, const char *name)
{
    char params[768];
    snprintf(params, sizeof params,
             "{'name':'%s','roleArn':'arn:aws:iam::000000000000:role/r','definition':"
             "'{\\'StartAt\\':\\'A\\',\\'States\\':{\\'A\\':{\\'Type\\':\\'Task\\',"
             "\\'Resource\\':\\'" ACTIVITY "work\\',\\'End\\':true}}}'}",
             name);
    str answer = api_call(api, "CreateStateMachine", params);
    cr_assert(str_starts_with(answer, STR("{")), "%.*s", STR_ARGS(answer));
    api_expect(api, "CreateActivity", "{'name':'work'}", "{'activityArn':'" ACTIVITY "work'}");
}
