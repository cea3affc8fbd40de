/* What can be done with everything that an API has: make, change, show, list, delete. */
#include "base/limits.h"
#include "services/gateway/internal.h"

bool gateway_missing(const struct source *source, const char *what, str id, struct error *err)
{
    return error_set_long(err, source->arena, ERROR_GATEWAY_NOT_FOUND,
                          "Invalid %s identifier specified %.*s", what, STR_ARGS(id));
}

bool collection_owner(const struct source *source, const struct collection *collection, json params,
                      str *owner, struct error *err)
{
    json record;
    *owner = STR("");
    if (collection->owner.len == 0) return true;
    *owner = json_text_of(params, collection->owner);
    if (gateway_load(source, STR(""), collection->owner_kind, *owner, &record)) return true;
    const char *what = collection->owner_kind == GATEWAY_PLAN ? "Usage Plan" : "API";
    return gateway_missing(source, what,
                           arena_printf(source->arena, "%.*s:%.*s",
                                        STR_ARGS(shard_account(source->shard)), STR_ARGS(*owner)),
                           err);
}

/* ---- answers ---- */

static void add_record(const struct source *source, const struct collection *collection,
                       json record, struct buf *out)
{
    if (collection->reply)
        collection->reply(source, record, out);
    else
        json_write(out, record);
}

void reply_record(const struct source *source, struct request *request,
                  const struct collection *collection, json record)
{
    buf_init(&request->reply, &request->arena);
    add_record(source, collection, record, &request->reply);
}

/* Epoch seconds in the first API, text in the second. */
static json date_of(const struct source *source, const struct collection *collection)
{
    if (!collection->is_v2) return json_i64(source->arena, source->now_ms / 1000);
    str text = iso_time(source->arena, source->now_ms);
    return json_string(
        arena_printf(source->arena, "%.*sZ", (int)strlen("2024-01-01T00:00:00"), text.ptr));
}

/* ---- changes ---- */

static bool begin(struct change *change, struct txn *txn, struct request *request,
                  const struct collection *collection, struct error *err)
{
    *change = (struct change){
        .txn = txn,
        .source = source_from_txn(txn, &request->arena),
        .request = request,
        .collection = collection,
    };
    return collection_owner(&change->source, collection, request->params, &change->owner, err);
}

static bool find(struct change *change, struct error *err)
{
    const struct collection *collection = change->collection;
    change->id = json_text_of(change->request->params, collection->parameter);
    if (gateway_load(&change->source, change->owner, collection->kind, change->id, &change->old))
        return true;
    return gateway_missing(&change->source, collection->what, change->id, err);
}

void collection_put_new(struct change *change)
{
    const struct collection *collection = change->collection;
    struct arena *arena = change->source.arena;
    if (change->id.len == 0) change->id = gateway_new_id(change->txn);
    change->record =
        json_with(arena, change->record, collection->id_member, json_string(change->id));
    if (collection->date)
        change->record = json_with(arena, change->record, str_from(collection->date),
                                   date_of(&change->source, collection));
    gateway_store(change->txn, change->owner, collection->kind, change->id, change->record);
}

static bool is_free(struct change *change, struct error *err)
{
    const struct collection *collection = change->collection;
    json there;
    if (collection->is_named) {
        change->id = json_text_of(change->record, collection->id_member);
        if (!gateway_id_is_sound(change->id))
            return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "%s name is not valid.",
                             collection->what);
        if (gateway_load(&change->source, change->owner, collection->kind, change->id, &there))
            return error_set_long(err, change->source.arena, ERROR_CONFLICT,
                                  "%s already exists: %.*s", collection->what,
                                  STR_ARGS(change->id));
    }
    if (gateway_count(&change->source, change->owner, collection->kind) < collection->max)
        return true;
    return error_set(err, ERROR_GATEWAY_LIMIT_EXCEEDED,
                     "Maximum number of %s resources for this account has been reached: %zu",
                     collection->what, collection->max);
}

enum handled collection_create(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err)
{
    struct change change;
    if (!begin(&change, txn, request, collection, err) ||
        !members_take(&change.source, &collection->members, request->params, json_null(),
                      &change.record, err) ||
        !is_free(&change, err) || (collection->create && !collection->create(&change, err)))
        return HANDLED_FAILED;
    collection_put_new(&change);
    if (collection->after && !collection->after(&change, err)) return HANDLED_FAILED;
    reply_record(&change.source, request, collection, change.record);
    return HANDLED;
}

static bool changed(struct change *change, struct error *err)
{
    const struct collection *collection = change->collection;
    json params = change->request->params;
    if (collection->is_v2)
        return members_take(&change->source, &collection->members, params, change->old,
                            &change->record, err);
    return members_patch(&change->source, &collection->members,
                         json_member_of(params, STR("patchOperations")), change->old,
                         &change->record, err);
}

enum handled collection_update(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err)
{
    struct change change;
    if (!begin(&change, txn, request, collection, err) || !find(&change, err) ||
        !changed(&change, err) || (collection->update && !collection->update(&change, err)))
        return HANDLED_FAILED;
    str id = json_text_of(change.record, collection->id_member);
    if (!str_eq(id, change.id))
        change.record = json_with(change.source.arena, change.record, collection->id_member,
                                  json_string(change.id)); /* names stay */
    gateway_store(txn, change.owner, collection->kind, change.id, change.record);
    if (collection->after && !collection->after(&change, err)) return HANDLED_FAILED;
    reply_record(&change.source, request, collection, change.record);
    return HANDLED;
}

enum handled collection_delete(struct txn *txn, struct request *request,
                               const struct collection *collection, struct error *err)
{
    struct change change;
    if (!begin(&change, txn, request, collection, err) || !find(&change, err) ||
        (collection->remove && !collection->remove(&change, err)))
        return HANDLED_FAILED;
    gateway_delete(txn, change.owner, collection->kind, change.id);
    if (collection->after && !collection->after(&change, err)) return HANDLED_FAILED;
    buf_init(&request->reply, &request->arena);
    return HANDLED;
}

/* ---- reads ---- */

enum handled collection_get(const struct reader *reader, struct request *request,
                            const struct collection *collection, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str owner, id = json_text_of(request->params, collection->parameter);
    json record;
    if (!collection_owner(&source, collection, request->params, &owner, err)) return HANDLED_FAILED;
    if (!gateway_load(&source, owner, collection->kind, id, &record)) {
        (void)gateway_missing(&source, collection->what, id, err);
        return HANDLED_FAILED;
    }
    reply_record(&source, request, collection, record);
    return HANDLED;
}

struct list {
    size_t limit, from; /* from: the number of the first record of the page */
    str scope;
};

static bool list_begin(const struct source *source, const struct collection *collection,
                       json params, str owner, struct list *list, struct error *err)
{
    str page_token = json_text_of(params, collection->is_v2 ? STR("nextToken") : STR("position"));
    str position;
    int64_t from = 0, limit = json_i64_or(params, STR("limit"), 0);
    str max_results = json_text_of(params, STR("maxResults"));
    if (collection->is_v2 && !str_to_i64(max_results, &limit)) limit = 0;
    list->limit = limit > 0 && limit < GATEWAY_PAGE_ITEMS_MAX ? (size_t)limit
                  : limit == 0 && !collection->is_v2          ? GATEWAY_PAGE_ITEMS_DEFAULT
                                                              : GATEWAY_PAGE_ITEMS_MAX;
    list->scope =
        arena_printf(source->arena, "gateway %d %.*s", (int)collection->kind, STR_ARGS(owner));
    list->from = 0;
    if (page_token.len == 0) return true;
    if (!page_token_decode(source, list->scope, page_token, &position, err) ||
        !str_to_i64(position, &from) || from < 0)
        return error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Invalid position parameter");
    list->from = (size_t)from;
    return true;
}

enum handled collection_list(const struct reader *reader, struct request *request,
                             const struct collection *collection, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct list list;
    str owner;
    if (!collection_owner(&source, collection, request->params, &owner, err) ||
        !list_begin(&source, collection, request->params, owner, &list, err))
        return HANDLED_FAILED;
    json records = gateway_list(&source, owner, collection->kind);
    size_t end = list.from + list.limit, count = json_count(records);
    struct buf *out = reply_begin(request);
    reply_name(out, collection->is_v2 ? "items" : "item");
    buf_add_char(out, '[');
    for (size_t i = list.from; i < end && i < count; i++) {
        if (i > list.from) buf_add_char(out, ',');
        add_record(&source, collection, json_at(records, i), out);
    }
    buf_add_char(out, ']');
    if (end < count)
        reply_str(out, collection->is_v2 ? "nextToken" : "position",
                  page_token_encode(&source, list.scope, arena_printf(source.arena, "%zu", end)));
    reply_close(out);
    return HANDLED;
}
