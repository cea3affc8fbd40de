/* See run_support_test.h. */
#include "services/integrations/run_support_test.h"

#include <criterion/criterion.h>

#include "services/shape.h"

static int64_t world_now(void *world)
{
    return ((const struct run *)world)->now_ms;
}

static void keep(void *context, struct effect *effect)
{
    struct run *run = context;
    cr_assert(run->effect_count < RUN_EFFECTS_MAX);
    run->effects[run->effect_count++] = effect;
}

void run_open(struct run *run, const char *endpoints)
{
    *run = (struct run){ .now_ms = 1700000000123 };
    arena_init(&run->arena);
    run->store = store_open_memory();
    struct shard_options options = {
        .store = run->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .integrations = integrations_table,
        .integration_count = integrations_count,
        .carrier = { keep, run },
        .endpoints = test_json(&run->arena, endpoints),
        .now_ms = world_now,
        .world = run,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    run->shard = shard_new(&options);
    shard_sync(run->shard);
}

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

static void settle(struct run *run)
{
    do
        shard_sync(run->shard);
    while (shard_step(run->shard) > 0);
    shard_sync(run->shard);
}

static str answer_of(struct run *run, struct request *request)
{
    if (request->error.code == ERROR_NONE) return arena_str(&run->arena, buf_str(&request->reply));
    str name = error_name(request->error.code), text = error_text(&request->error);
    return arena_printf(&run->arena, "%.*s: %.*s", STR_ARGS(name), STR_ARGS(text));
}

str run_call_of(struct run *run, const struct service *service, const char *operation, json params)
{
    struct request *request = ARENA_NEW(&run->arena, struct request);
    bool done = false;
    request->operation = service_operation(service, str_from(operation));
    cr_assert_not_null(request->operation, "%s", operation);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->params = json_copy(&request->arena, params);
    request->complete = complete;
    request->owner = &done;
    cr_assert(
        shape_check(request->operation->input, request->params, &request->arena, &request->error),
        "%s", request->error.message);
    if (request->operation->read) {
        struct reader reader;
        shard_read_begin(run->shard, &reader, &request->arena);
        (void)request->operation->read(&reader, request, &request->error);
        shard_read_end(&reader);
        done = true;
    } else {
        shard_submit(run->shard, request);
    }
    settle(run);
    cr_assert(done, "%s has not been answered", operation);
    str answer = answer_of(run, request);
    arena_close(&request->arena);
    return answer;
}

str run_call(struct run *run, const char *operation, json params)
{
    return run_call_of(run, &states_service, operation, params);
}

static void create_machine(struct run *run, const char *name, str definition)
{
    struct json_fields fields;
    json_fields_init(&fields, &run->arena);
    json_fields_add(&fields, STR("name"), json_string(str_from(name)));
    json_fields_add(&fields, STR("roleArn"), json_string(STR("arn:aws:iam::000000000000:role/r")));
    json_fields_add(&fields, STR("definition"), json_string(definition));
    str created = run_call(run, "CreateStateMachine", json_fields_done(&fields));
    cr_assert(str_starts_with(created, STR("{")), "%.*s", STR_ARGS(created));
}

void run_create_child(struct run *run)
{
    create_machine(run, "m",
                   STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}"));
}

void run_task(struct run *run, const char *resource, const char *parameters)
{
    str given = json_text(&run->arena, test_json(&run->arena, parameters));
    create_machine(run, "p",
                   arena_printf(&run->arena,
                                "{\"StartAt\":\"T\",\"States\":{\"T\":{\"Type\":\"Task\","
                                "\"Resource\":\"%s\",\"Parameters\":%.*s,\"End\":true}}}",
                                resource, STR_ARGS(given)));
    run_start(run, "e");
}

void run_start(struct run *run, const char *name)
{
    str params = arena_printf(&run->arena, "{'stateMachineArn':'" MACHINE "p','name':'%s'}", name);
    str started =
        run_call(run, "StartExecution", test_json(&run->arena, arena_cstr(&run->arena, params)));
    cr_assert(str_starts_with(started, STR("{")), "%.*s", STR_ARGS(started));
}

json run_describe_of(struct run *run, const char *name)
{
    str params = arena_printf(&run->arena, "{'executionArn':'" EXECUTION "p:%s'}", name);
    str answer =
        run_call(run, "DescribeExecution", test_json(&run->arena, arena_cstr(&run->arena, params)));
    struct error err = { 0 };
    json value = json_null();
    cr_assert(json_parse(answer, &run->arena, &value, &err), "%.*s", STR_ARGS(answer));
    return value;
}

json run_describe(struct run *run)
{
    return run_describe_of(run, "e");
}

json run_request(struct run *run, size_t index)
{
    cr_assert(index < run->effect_count, "effect %zu has not left", index);
    return run->effects[index]->request;
}

void run_answer(struct run *run, size_t index, const struct effect_result *result)
{
    cr_assert(index < run->effect_count && run->effects[index]);
    struct effect *effect = run->effects[index];
    run->effects[index] = NULL;
    effect->result = *result;
    effect_finish(effect);
    settle(run);
}

void run_close(struct run *run)
{
    for (size_t i = 0; i < run->effect_count; i++)
        if (run->effects[i]) run_answer(run, i, &(struct effect_result){ .error = STR("Stopped") });
    shard_free(run->shard);
    store_close(run->store);
    arena_close(&run->arena);
}

str run_field(struct run *run, json value, const char *path)
{
    str rest = str_from(path);
    while (rest.len > 0) {
        size_t end = str_find_char(rest, '.', 0);
        struct error err = { 0 };
        if (json_is_string(value)) {
            str text = json_str(value);
            cr_assert(json_parse(text, &run->arena, &value, &err), "%.*s", STR_ARGS(text));
        }
        const json *member = json_find(value, str_slice(rest, 0, end));
        str whole = json_text(&run->arena, value);
        cr_assert_not_null(member, "%s in %.*s", path, STR_ARGS(whole));
        value = *member;
        rest = str_skip(rest, end < rest.len ? end + 1 : end);
    }
    return json_is_string(value) ? json_str(value) : json_text(&run->arena, value);
}

void run_expect(struct run *run, const char *path, const char *wanted)
{
    str got = run_field(run, run_describe(run), path);
    cr_expect(str_eq(got, str_from(wanted)), "%s\nwanted %s\ngot    %.*s", path, wanted,
              STR_ARGS(got));
}
