/* API keys, usage plans, and which keys belong to which plans. */
#include "base/clock.h"
#include "base/limits.h"
#include "services/gateway/internal.h"

#define MEMBERS(array)                                                                             \
    {                                                                                              \
        (array), sizeof(array) / sizeof *(array)                                                   \
    }

/* ---- API keys and usage plans ---- */

enum { KEY_CHARS_MIN = 20, KEY_CHARS_MAX = 128, KEY_CHARS = 40 };

static str new_key_value(struct txn *txn)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    char *text = arena_alloc(txn_arena(txn), KEY_CHARS);
    unsigned char random[KEY_CHARS];
    entropy_fill(random, sizeof random);
    for (size_t i = 0; i < KEY_CHARS; i++)
        text[i] = digits[random[i] % (sizeof digits - 1)];
    return (str){ text, KEY_CHARS };
}

static bool key_create(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json there;
    str value = json_text_of(change->record, STR("value"));
    if (value.len == 0) value = new_key_value(change->txn);
    if (value.len < KEY_CHARS_MIN || value.len > KEY_CHARS_MAX || !gateway_id_is_sound(value))
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                         "API Key value should be at least 20 characters");
    if (gateway_load(&change->source, STR(""), GATEWAY_KEY_VALUE, value, &there))
        return error_set(err, ERROR_CONFLICT, "API Key already exists");
    change->record = json_with(arena, change->record, STR("value"), json_string(value));
    change->record = json_with(arena, change->record, STR("stageKeys"), json_array(NULL, 0));
    return true;
}

static bool key_after(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json there;
    (void)err;
    bool is_gone = !gateway_load(&change->source, STR(""), GATEWAY_KEY, change->id, &there);
    str value = json_text_of(is_gone ? change->old : change->record, STR("value"));
    if (!is_gone) {
        json entry = json_with(arena, json_empty(), STR("id"), json_string(change->id));
        gateway_store(change->txn, STR(""), GATEWAY_KEY_VALUE, value, entry);
        return true;
    }
    gateway_delete(change->txn, STR(""), GATEWAY_KEY_VALUE, value);
    json plans = gateway_list(&change->source, change->id, GATEWAY_KEY_PLAN);
    for (size_t i = 0; i < json_count(plans); i++)
        gateway_delete(change->txn, json_text_of(json_at(plans, i), STR("id")), GATEWAY_PLAN_KEY,
                       change->id);
    gateway_delete_all(change->txn, &change->source, change->id, GATEWAY_KEY_PLAN);
    return true;
}

static const struct member key_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("enabled"), MEMBER_BOOL, false, "false", NULL },
    { STR_INIT("value"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("customerId"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
};
static bool key_update(struct change *change, struct error *err)
{
    if (str_eq(json_text_of(change->record, STR("value")), json_text_of(change->old, STR("value"))))
        return true;
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid patch path  '/value' specified");
}
const struct collection rest_keys = {
    .kind = GATEWAY_KEY,
    .what = "API Key",
    .parameter = STR_INIT("api_Key"),
    .id_member = STR_INIT("id"),
    .date = "createdDate",
    .members = MEMBERS(key_items),
    .max = GATEWAY_KEYS_MAX,
    .create = key_create,
    .update = key_update,
    .after = key_after,
};

/* "/apiStages" add "API:STAGE" is a patch of its own form. */
static json stage_of_plan(struct arena *arena, str text)
{
    size_t colon = str_find_char(text, ':', 0);
    json stage =
        json_with(arena, json_empty(), STR("apiId"), json_string(str_slice(text, 0, colon)));
    return json_with(arena, stage, STR("stage"),
                     json_string(colon < text.len ? str_skip(text, colon + 1) : STR("")));
}

static json plan_stages(struct change *change, json stages, json operation)
{
    struct arena *arena = change->source.arena;
    struct json_list out;
    bool is_remove = str_eq(json_text_of(operation, STR("op")), STR("remove"));
    json named = stage_of_plan(arena, json_text_of(operation, STR("value")));
    json_list_init(&out, arena);
    for (size_t i = 0; i < json_count(stages); i++) {
        json stage = json_at(stages, i);
        bool is_it = str_eq(json_text_of(stage, STR("apiId")), json_text_of(named, STR("apiId"))) &&
                     str_eq(json_text_of(stage, STR("stage")), json_text_of(named, STR("stage")));
        if (!is_it) json_list_add(&out, stage);
    }
    if (!is_remove) json_list_add(&out, named);
    return json_list_done(&out);
}

/* Takes the patches of apiStages out of the call before the others are applied. */
enum handled handle_update_plan(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct change change = { .txn = txn, .source = source, .request = request };
    struct json_list others;
    json record, operations = json_member_of(request->params, STR("patchOperations"));
    str id = json_text_of(request->params, STR("usageplanId"));
    if (!gateway_load(&source, STR(""), GATEWAY_PLAN, id, &record)) {
        (void)gateway_missing(&source, "Usage Plan", id, err);
        return HANDLED_FAILED;
    }
    json stages = json_member_of(record, STR("apiStages"));
    json_list_init(&others, source.arena);
    for (size_t i = 0; i < json_count(operations); i++) {
        json operation = json_at(operations, i);
        if (str_eq(json_text_of(operation, STR("path")), STR("/apiStages")))
            stages = plan_stages(&change, stages, operation);
        else
            json_list_add(&others, operation);
    }
    gateway_store(txn, STR(""), GATEWAY_PLAN, id,
                  json_with(source.arena, record, STR("apiStages"), stages));
    request->params =
        json_with(source.arena, request->params, STR("patchOperations"), json_list_done(&others));
    return collection_update(txn, request, &rest_plans, err);
}

static bool plan_remove(struct change *change, struct error *err)
{
    if (gateway_count(&change->source, change->id, GATEWAY_PLAN_KEY) == 0) return true;
    return error_set(err, ERROR_GATEWAY_BAD_REQUEST,
                     "Cannot delete usage plan %.*s, because API keys are associated with it",
                     STR_ARGS(change->id));
}
static const struct member plan_items[] = {
    { STR_INIT("name"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("description"), MEMBER_TEXT, false, NULL, NULL },
    { STR_INIT("apiStages"), MEMBER_ITEMS, false, "[]", NULL },
    { STR_INIT("throttle"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("quota"), MEMBER_OBJECT, false, NULL, NULL },
    { STR_INIT("tags"), MEMBER_OBJECT, false, NULL, NULL },
};
const struct collection rest_plans = {
    .kind = GATEWAY_PLAN,
    .what = "Usage Plan",
    .parameter = STR_INIT("usageplanId"),
    .id_member = STR_INIT("id"),
    .members = MEMBERS(plan_items),
    .max = GATEWAY_PLANS_MAX,
    .remove = plan_remove,
};

static bool plan_key_create(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json key, there;
    change->id = json_text_of(change->request->params, STR("keyId"));
    if (!gateway_load(&change->source, STR(""), GATEWAY_KEY, change->id, &key))
        return gateway_missing(&change->source, "API Key", change->id, err);
    if (gateway_load(&change->source, change->owner, GATEWAY_PLAN_KEY, change->id, &there))
        return error_set(err, ERROR_CONFLICT, "Usage plan key already exists");
    static const char *const shown[] = { "name", "value" };
    change->record = json_with(arena, json_empty(), STR("type"), json_string(STR("API_KEY")));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        change->record = json_with(arena, change->record, str_from(shown[i]),
                                   json_string(json_text_of(key, str_from(shown[i]))));
    return true;
}

static bool plan_key_after(struct change *change, struct error *err)
{
    struct arena *arena = change->source.arena;
    json there, link = json_with(arena, json_empty(), STR("id"), json_string(change->owner));
    (void)err;
    if (gateway_load(&change->source, change->owner, GATEWAY_PLAN_KEY, change->id, &there))
        gateway_store(change->txn, change->id, GATEWAY_KEY_PLAN, change->owner, link);
    else
        gateway_delete(change->txn, change->id, GATEWAY_KEY_PLAN, change->owner);
    return true;
}
static const struct member plan_key_items[] = {
    { STR_INIT("keyId"), MEMBER_TEXT, true, NULL, NULL },
    { STR_INIT("keyType"), MEMBER_TEXT, true, NULL, NULL },
};
const struct collection rest_plan_keys = {
    .kind = GATEWAY_PLAN_KEY,
    .what = "API Key",
    .owner = STR_INIT("usageplanId"),
    .owner_kind = GATEWAY_PLAN,
    .parameter = STR_INIT("keyId"),
    .id_member = STR_INIT("id"),
    .members = MEMBERS(plan_key_items),
    .max = GATEWAY_KEYS_MAX,
    .create = plan_key_create,
    .after = plan_key_after,
};

/* ---- keys as they are shown ---- */

/* Without includeValue(s)=true the values stay out of answers. */
static bool shows_values(json params)
{
    static const str names[] = { STR_INIT("includeValue"), STR_INIT("includeValues") };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (str_eq(json_text_of(params, names[i]), STR("true"))) return true;
    return false;
}

static json parse_answer(struct request *request)
{
    json answer;
    struct error err = { 0 };
    str text = arena_str(&request->arena, buf_str(&request->reply));
    if (!json_parse(text, &request->arena, &answer, &err)) fatal("an answer does not decode");
    return answer;
}

static void write_answer(struct request *request, json answer)
{
    buf_init(&request->reply, &request->arena);
    json_write(&request->reply, answer);
}

enum handled handle_get_key(const struct reader *reader, struct request *request, struct error *err)
{
    enum handled handled = collection_get(reader, request, &rest_keys, err);
    if (handled == HANDLED && !shows_values(request->params))
        write_answer(request, json_without(&request->arena, parse_answer(request), STR("value")));
    return handled;
}

enum handled handle_get_keys(const struct reader *reader, struct request *request,
                             struct error *err)
{
    enum handled handled = collection_list(reader, request, &rest_keys, err);
    struct arena *arena = &request->arena;
    struct json_list list;
    if (handled != HANDLED || shows_values(request->params)) return handled;
    json answer = parse_answer(request), items = json_member_of(answer, STR("item"));
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(items); i++)
        json_list_add(&list, json_without(arena, json_at(items, i), STR("value")));
    write_answer(request, json_with(arena, answer, STR("item"), json_list_done(&list)));
    return handled;
}
