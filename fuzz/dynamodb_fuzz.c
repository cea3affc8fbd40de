/* Runs requests of arbitrary JSON against a table with indexes, items and a time to live. The first
 * byte chooses the operation; the rest is its parameters, in which the name of the table is given.
 * After each, what the answers say of the table must still be true of it. */
#include "services/service.h"
#include "services/shape.h"
#include "store/keys.h"

static const char create[] =
    "{\"TableName\":\"tab\",\"BillingMode\":\"PAY_PER_REQUEST\",\"AttributeDefinitions\":["
    "{\"AttributeName\":\"p\",\"AttributeType\":\"S\"},{\"AttributeName\":\"s\","
    "\"AttributeType\":\"N\"},{\"AttributeName\":\"g\",\"AttributeType\":\"B\"}],"
    "\"KeySchema\":[{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"s\","
    "\"KeyType\":\"RANGE\"}],\"LocalSecondaryIndexes\":[{\"IndexName\":\"lsi\",\"KeySchema\":["
    "{\"AttributeName\":\"p\",\"KeyType\":\"HASH\"},{\"AttributeName\":\"g\",\"KeyType\":\"RANGE\"}"
    "],\"Projection\":{\"ProjectionType\":\"KEYS_ONLY\"}}],\"GlobalSecondaryIndexes\":[{"
    "\"IndexName\":\"gsi\",\"KeySchema\":[{\"AttributeName\":\"g\",\"KeyType\":\"HASH\"}],"
    "\"Projection\":{\"ProjectionType\":\"ALL\"}}]}";
static const char turn_on[] =
    "{\"TableName\":\"tab\",\"TimeToLiveSpecification\":{\"Enabled\":true,\"AttributeName\":\"t\"}"
    "}";
static const char put[] =
    "{\"TableName\":\"tab\",\"Item\":{\"p\":{\"S\":\"a\"},\"s\":{\"N\":\"1\"},"
    "\"g\":{\"B\":\"AA==\"},\"t\":{\"N\":\"1800000000\"}}}";

static int64_t now(void *world)
{
    (void)world;
    return INT64_C(1700000000000);
}

static void complete(struct request *request)
{
    *(bool *)request->owner = true;
}

static const struct operation *find(const char *name)
{
    for (size_t i = 0; i < dynamodb_service.operation_count; i++)
        if (str_eq(dynamodb_service.operations[i].name, str_from(name)))
            return &dynamodb_service.operations[i];
    fatal("there is no operation %s", name);
}

/* The answer's JSON, in the arena; JSON_NULL for an error or no body. */
static json call(struct shard *shard, struct arena *arena, const struct operation *operation,
                 str params)
{
    struct request request = { .operation = operation, .complete = complete };
    struct error err = { 0 };
    bool done = false;
    json answer = json_null();
    request.owner = &done;
    arena_init(&request.arena);
    buf_init(&request.reply, &request.arena);
    if (!json_parse(params, &request.arena, &request.params, &err) ||
        !shape_check(operation->input, request.params, &request.arena, &request.error)) {
        arena_close(&request.arena);
        return answer;
    }
    if (operation->read) {
        struct reader reader;
        shard_read_begin(shard, &reader, &request.arena);
        (void)operation->read(&reader, &request, &request.error);
        shard_read_end(&reader);
        done = true;
    } else {
        shard_submit(shard, &request);
    }
    while (shard_step(shard) > 0)
        continue;
    shard_sync(shard);
    ASSERT(done);
    if (request.error.code != ERROR_NONE)
        ASSERT(error_text(&request.error).len > 0);
    else if (request.reply.len > 0 &&
             !json_parse(arena_str(arena, buf_str(&request.reply)), arena, &answer, &err))
        fatal("an answer is no JSON: %s", err.message);
    arena_close(&request.arena);
    return answer;
}

static size_t count(struct store *store, enum key_tag tag)
{
    struct key from, to;
    str key, value;
    size_t sum = 0;
    key_begin(&from, 0, tag);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = store_scan(store, NULL, key_str(&from), key_str(&to), false);
    while (store_cursor_next(cursor, &key, &value))
        sum++;
    store_cursor_close(cursor);
    return sum;
}

/* Counts are those of the records, in every table that there is. */
static void check(struct shard *shard, struct store *store, struct arena *arena)
{
    size_t items = 0, entries = 0;
    json list = call(shard, arena, find("ListTables"), STR("{}"));
    const json *names = json_find(list, STR("TableNames"));
    ASSERT(names != NULL);
    for (size_t i = 0; i < json_count(*names); i++) {
        str params =
            arena_printf(arena, "{\"TableName\":\"%.*s\"}", STR_ARGS(json_str(json_at(*names, i))));
        json answer = call(shard, arena, find("DescribeTable"), params);
        const json *table = json_find(answer, STR("Table"));
        ASSERT(table != NULL);
        items += (size_t)json_i64_or(*table, STR("ItemCount"), -1);
        static const str kinds[] = { STR_INIT("LocalSecondaryIndexes"),
                                     STR_INIT("GlobalSecondaryIndexes") };
        for (size_t k = 0; k < 2; k++) {
            const json *indexes = json_find(*table, kinds[k]);
            for (size_t j = 0; indexes && j < json_count(*indexes); j++)
                entries += (size_t)json_i64_or(json_at(*indexes, j), STR("ItemCount"), -1);
        }
    }
    ASSERT_CMP(items, ==, count(store, KEY_ITEM));
    ASSERT_CMP(entries, ==, count(store, KEY_INDEX_ENTRY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    struct arena arena;
    struct store *store = store_open_memory();
    struct shard_options options = { .store = store,
                                     .region = STR("us-east-1"),
                                     .account = STR("000000000000"),
                                     .endpoint = STR("http://127.0.0.1:8083"),
                                     .now_ms = now,
                                     .seed = 1 };
    struct shard *shard = shard_new(&options);
    arena_init(&arena);
    dynamodb_service.start(shard);
    call(shard, &arena, find("CreateTable"), str_from(create));
    call(shard, &arena, find("UpdateTimeToLive"), str_from(turn_on));
    call(shard, &arena, find("PutItem"), str_from(put));
    call(shard, &arena, &dynamodb_service.operations[data[0] % dynamodb_service.operation_count],
         (str){ (const char *)data + 1, size - 1 });
    check(shard, store, &arena);
    shard_free(shard);
    store_close(store);
    arena_close(&arena);
    return 0;
}
