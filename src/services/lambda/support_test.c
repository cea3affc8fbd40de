/* The API over a shard on a store in memory; see support_test.h. */
#include "services/lambda/support_test.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "services/shape.h"

/* Topics and event buses are above functions in the order of modules. Functions name their tables,
 * and the tests here send nothing to them. */

/* ---- the world ---- */

static int64_t world_now(void *world)
{
    return ((const struct api *)world)->now_ms;
}

static void finish(struct api *api, struct effect *effect)
{
    effect->result = api->answer;
    effect_finish(effect);
}

static void carry(void *context, struct effect *effect)
{
    struct api *api = context;
    api->carried++;
    api->last_kind = arena_str(&api->arena, effect->kind);
    api->last_request = json_copy(&api->arena, effect->request);
    if (api->holds) {
        cr_assert_null(api->held);
        api->held = effect;
        return;
    }
    finish(api, effect);
}

void api_release(struct api *api)
{
    struct effect *effect = api->held;
    cr_assert_not_null(effect);
    api->held = NULL;
    finish(api, effect);
    api_run(api);
}

static void open_shard(struct api *api)
{
    struct shard_options options = {
        .store = api->store,
        .region = STR("us-east-1"),
        .account = STR("000000000000"),
        .effect_handlers = lambda_service.effect_handlers,
        .effect_handler_count = lambda_service.effect_handler_count,
        .carrier = { .carry = carry, .context = api },
        .endpoint = STR("http://127.0.0.1:8083"),
        .files = str_from(api->files),
        .now_ms = world_now,
        .world = api,
        .seed = 1,
    };
    memset(options.token_key.current, 7, sizeof options.token_key.current);
    api->shard = shard_new(&options);
    shard_sync(api->shard);
    lambda_service.start(api->shard);
}

void api_open(struct api *api)
{
    *api = (struct api){ .now_ms = 1700000000123 };
    arena_init(&api->arena);
    strcpy(api->files, "/tmp/baton-lambda-test-XXXXXX");
    cr_assert_not_null(mkdtemp(api->files));
    api->store = store_open_memory();
    api_answers(api, "", "null");
    open_shard(api);
}

void api_reopen(struct api *api)
{
    shard_free(api->shard);
    open_shard(api);
}

void api_close(struct api *api)
{
    size_t budget = SIZE_MAX;
    shard_free(api->shard);
    store_close(api->store);
    cr_assert(files_remove(str_from(api->files), &budget, &api->arena));
    arena_close(&api->arena);
}

void api_answers(struct api *api, const char *error, const char *body)
{
    api->answer = (struct effect_result){
        .ok = true,
        .status = 200,
        .body = str_from(body),
        .error = str_from(error),
        .log = STR("START\nEND\n"),
        .version = LATEST,
    };
}

void api_refuses(struct api *api, const char *error)
{
    api->answer =
        (struct effect_result){ .error = str_from(error), .cause = STR("Rate Exceeded.") };
}

/* ---- calls ---- */

static str with_quotes(struct api *api, const char *text)
{
    str source = arena_str(&api->arena, str_from(text));
    char *copy = arena_alloc(&api->arena, source.len + 1);
    for (size_t i = 0; i <= source.len; i++)
        copy[i] = (char)(source.ptr[i] == '\'' ? '"' : source.ptr[i]);
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

static bool read_now(struct api *api, struct request *request, read_handler handler)
{
    struct reader reader;
    shard_read_begin(api->shard, &reader, &request->arena);
    enum handled handled = handler(&reader, request, &request->error);
    shard_read_end(&reader);
    if (handled == HANDLED_FAILED) complete(request);
    return handled == HANDLED;
}

static const struct operation *find_operation(const char *name)
{
    str text = str_from(name);
    if (!str_starts_with(text, STR("sqs:"))) return service_operation(&lambda_service, text);
    return service_operation(&sqs_service, str_skip(text, 4));
}

struct request *api_send(struct api *api, const char *operation, const char *params)
{
    struct request *request = ARENA_NEW(&api->arena, struct request);
    request->operation = find_operation(operation);
    cr_assert_not_null(request->operation, "%s", operation);
    arena_init(&request->arena);
    buf_init(&request->reply, &request->arena);
    request->id = STR("11111111-2222-4333-8444-555555555555");
    request->host = STR("127.0.0.1:8083");
    request->params = parse(api, with_quotes(api, params));
    request->complete = complete;
    request->owner = ARENA_NEW(&api->arena, bool);
    if (!shape_check(request->operation->input, request->params, &request->arena,
                     &request->error)) {
        complete(request);
    } else if (request->operation->read) {
        if (read_now(api, request, request->operation->read)) complete(request);
    } else if (!request->operation->prepare ||
               read_now(api, request, request->operation->prepare)) {
        shard_submit(api->shard, request);
    }
    return request;
}

void api_run(struct api *api)
{
    do {
        while (shard_step(api->shard) > 0)
            continue;
        shard_sync(api->shard);
    } while (shard_next_due_ms(api->shard) <= api->now_ms);
    while (shard_step(api->shard) > 0)
        shard_sync(api->shard);
}

void api_advance(struct api *api, int64_t ms)
{
    api->now_ms += ms;
    api_run(api);
}

str api_answer(struct api *api, const struct request *request)
{
    if (!*(const bool *)request->owner) return STR("");
    struct buf out;
    buf_init(&out, &api->arena);
    if (request->error.code == ERROR_NONE) {
        buf_add(&out, request->reply.len == 0 ? STR("{}") : buf_str(&request->reply));
        return buf_str(&out);
    }
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

/* ---- functions ---- */

str zip_of(struct arena *arena, const struct zip_entry *entries, size_t count)
{
    char path[] = "/tmp/baton-zip-test-XXXXXX";
    int fd = mkstemp(path), error;
    cr_assert(fd >= 0);
    close(fd);
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
    cr_assert_not_null(zip);
    for (size_t i = 0; i < count; i++) {
        zip_int64_t index;
        if (entries[i].content) {
            zip_source_t *content =
                zip_source_buffer(zip, entries[i].content, strlen(entries[i].content), 0);
            /* Names are kept as they are, so that two may be equal. */
            index = zip_file_add(zip, entries[i].name, content, 0);
        } else {
            index = zip_dir_add(zip, entries[i].name, 0);
        }
        cr_assert(index >= 0, "%s: %s", entries[i].name, zip_strerror(zip));
        zip_file_set_external_attributes(zip, (zip_uint64_t)index, 0,
                                         entries[i].mode ? ZIP_OPSYS_UNIX : ZIP_OPSYS_DOS,
                                         entries[i].mode << 16);
    }
    cr_assert(zip_close(zip) == 0, "%s", zip_strerror(zip));
    struct stat status;
    cr_assert(stat(path, &status) == 0);
    FILE *file = fopen(path, "rb");
    char *bytes = arena_alloc(arena, (size_t)status.st_size);
    cr_assert(fread(bytes, 1, (size_t)status.st_size, file) == (size_t)status.st_size);
    fclose(file);
    unlink(path);
    return (str){ bytes, (size_t)status.st_size };
}

const char *api_zip(struct api *api, const char *name, const char *content)
{
    struct zip_entry entry = { name, content, S_IFREG | 0644 };
    return arena_cstr(&api->arena, base64_text(&api->arena, zip_of(&api->arena, &entry, 1)));
}

void api_create(struct api *api, const char *name)
{
    str params =
        arena_printf(&api->arena,
                     "{'FunctionName':'%s','Runtime':'python3.7','Handler':'a.b','Role':'" ROLE
                     "','Code':{'ZipFile':'%s'}}",
                     name, api_zip(api, "a.py", name));
    api_expect(api, "CreateFunction", params.ptr, "{'State':'Active'}");
}

size_t api_count(struct api *api, enum key_tag tag)
{
    struct reader reader;
    struct key from, to;
    size_t count = 0;
    str key, value;
    shard_read_begin(api->shard, &reader, &api->arena);
    key_begin(&from, 0, tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor =
        store_scan(api->store, reader.snapshot, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        count++;
    store_cursor_close(cursor);
    shard_read_end(&reader);
    return count;
}

size_t api_code_count(struct api *api)
{
    size_t count = 0;
    const struct dirent *entry;
    str path = arena_printf(&api->arena, "%s/functions", api->files);
    DIR *directory = opendir(path.ptr);
    if (!directory) return 0;
    while ((entry = readdir(directory)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) count++;
    closedir(directory);
    return count;
}
