/* One write of one item; see writes.h. */
#include "services/dynamodb/writes.h"

#include "services/dynamodb/legacy.h"
#include "services/dynamodb/members.h"

/* ---- the request ---- */

static bool check_params(struct arena *arena, json params, enum write_kind kind, bool with_legacy,
                         struct error *err)
{
    static const str expressions[] = { STR_INIT("UpdateExpression"),
                                       STR_INIT("ConditionExpression") };
    static const str legacy[] = { STR_INIT("AttributeUpdates"), STR_INIT("Expected"),
                                  STR_INIT("ConditionalOperator") };
    size_t skip = kind == WRITE_UPDATE ? 0 : 1;
    return expression_check_params(arena, params, expressions + skip, 2 - skip, legacy + skip,
                                   with_legacy ? 3 - skip : 0, err);
}

static bool check_return_values(json params, enum write_kind kind, struct error *err)
{
    str value = json_str_or(params, STR("ReturnValues"), STR("NONE"));
    if (kind == WRITE_UPDATE || str_eq(value, STR("NONE")) || str_eq(value, STR("ALL_OLD")))
        return true;
    return error_set(err, ERROR_VALIDATION, "ReturnValues can only be ALL_OLD or NONE");
}

static bool read_map(struct arena *arena, json params, struct write_plan *out, struct error *err)
{
    const json *map = member_find(params, out->kind == WRITE_PUT ? "Item" : "Key");
    ASSERT(map != NULL); /* members_check sees to it */
    return value_normalise_item(arena, *map, &out->map, err);
}

static bool read_text(json params, const char *name, str *out)
{
    const json *value = member_find(params, name);
    if (value) *out = json_str(*value);
    return value != NULL;
}

static bool read_expressions(struct arena *arena, json params, struct write_plan *out,
                             struct error *err)
{
    struct expression_context context;
    const json *names = member_find(params, "ExpressionAttributeNames");
    const json *values = member_find(params, "ExpressionAttributeValues");
    str text;
    if (!expression_context_init(&context, arena, names, values, err)) return false;
    if (out->kind == WRITE_UPDATE && read_text(params, "UpdateExpression", &text) &&
        !update_parse(&context, text, &out->update, err))
        return false;
    if (read_text(params, "ConditionExpression", &text) &&
        !condition_parse(&context, EXPRESSION_CONDITION, text, &out->condition, err))
        return false;
    return expression_context_finish(&context, err);
}

static bool read_legacy(struct arena *arena, json params, struct write_plan *out, struct error *err)
{
    if (out->kind == WRITE_UPDATE && member_find(params, "AttributeUpdates") &&
        !legacy_parse_updates(arena, member_find(params, "AttributeUpdates"), &out->update, err))
        return false;
    if (!member_find(params, "Expected") && !member_find(params, "ConditionalOperator"))
        return true;
    return legacy_parse_expected(arena, member_find(params, "Expected"),
                                 member_find(params, "ConditionalOperator"), &out->condition, err);
}

bool write_plan_read(struct arena *arena, json params, enum write_kind kind, bool legacy,
                     struct write_plan *out, struct error *err)
{
    *out = (struct write_plan){ .kind = kind };
    if (!read_text(params, "TableName", &out->table)) out->table = STR("");
    out->shows_item = str_eq(
        json_str_or(params, STR("ReturnValuesOnConditionCheckFailure"), STR("")), STR("ALL_OLD"));
    if (!check_params(arena, params, kind, legacy, err) || !read_map(arena, params, out, err))
        return false;
    if (legacy && !check_return_values(params, kind, err)) return false;
    if (kind == WRITE_PUT) {
        out->bytes = value_item_bytes(out->map);
        if (!value_check_item_size(out->map, false, err)) return false;
    }
    if (legacy && !read_legacy(arena, params, out, err)) return false;
    return read_expressions(arena, params, out, err);
}

/* ---- the table ---- */

static bool check_path(const struct condition *condition, const struct projection *projection,
                       const struct update *update, str name, const char *what, struct error *err)
{
    if (name.len == 0 || (condition_use(condition, name) != PATH_NESTED &&
                          projection_use(projection, name) != PATH_NESTED &&
                          update_use(update, name) != PATH_NESTED))
        return true;
    return error_set(err, ERROR_VALIDATION,
                     "Key attributes must be scalars; list random access '[]' and map lookup '.' "
                     "are not allowed: %s: %.*s",
                     what, STR_ARGS(name));
}

static bool check_paths_of(const struct schema *schema, const struct condition *condition,
                           const struct projection *projection, const struct update *update,
                           const char *what, struct error *err)
{
    return check_path(condition, projection, update, schema->hash.name, what, err) &&
           check_path(condition, projection, update, schema->range.name, what, err);
}

bool table_check_paths(const struct table *table, const struct condition *condition,
                       const struct projection *projection, const struct update *update,
                       struct error *err)
{
    if (!condition && !projection && !update) return true;
    if (!check_paths_of(&table->schema, condition, projection, update, "Key", err)) return false;
    for (size_t i = 0; i < table->index_count; i++)
        if (!check_paths_of(&table->indexes[i].schema, condition, projection, update, "IndexKey",
                            err))
            return false;
    return true;
}

static bool check_updated_names(const struct table *table, const struct update *update,
                                struct error *err)
{
    size_t count = update_name_count(update);
    for (size_t i = 0; i < count; i++) {
        str name = update_name(update, i);
        if (schema_has(&table->schema, name))
            return error_set(err, ERROR_VALIDATION,
                             "One or more parameter values were invalid: Cannot update attribute "
                             "%.*s. This attribute is part of the key",
                             STR_ARGS(name));
    }
    return true;
}

/* DynamoDB names the index whose name comes first. */
static bool check_indexes(const struct table *table, json item, struct error *err)
{
    str worst = { NULL, 0 };
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        struct error fault = { 0 };
        if (place_check_index(&index->schema, index->name, item, &fault)) continue;
        if (worst.ptr && str_compare(index->name, worst) > 0) continue;
        worst = index->name;
        *err = fault;
    }
    return worst.ptr == NULL;
}

static bool check_extra(const struct table *table, json key, struct error *err)
{
    size_t wanted = table->schema.range.name.len > 0 ? 2 : 1;
    if (json_count(key) <= wanted) return true;
    return error_set(err, ERROR_VALIDATION, "The number of conditions on the keys is invalid");
}

bool write_plan_place(const struct source *source, const struct table *table,
                      const struct write_plan *plan, enum place_words words, struct item_place *out,
                      struct error *err)
{
    if (plan->kind != WRITE_PUT && !check_extra(table, plan->map, err)) return false;
    if (!place_read(source->arena, &table->schema, plan->map, words, out, err)) return false;
    if (plan->kind == WRITE_PUT && !check_indexes(table, plan->map, err)) return false;
    return check_updated_names(table, plan->update, err) &&
           table_check_paths(table, plan->condition, NULL, plan->update, err);
}

/* ---- the item ---- */

static bool condition_failed(const struct source *source, const struct write_plan *plan,
                             const struct stored_item *old, struct error *err)
{
    struct buf details;
    error_set(err, ERROR_DYNAMODB_CONDITIONAL_CHECK_FAILED, "The conditional request failed");
    if (!plan->shows_item || !old->exists) return false;
    buf_init(&details, source->arena);
    buf_add(&details, STR(",\"Item\":"));
    buf_add(&details, old->text);
    err->details = buf_str(&details);
    return false;
}

static bool update_item(const struct source *source, const struct write_plan *plan,
                        struct item_change *change, struct error *err)
{
    json old = item_parse(source->arena, &change->old);
    if (!change->old.exists && !update_creates_item(plan->update)) return true;
    if (!change->old.exists) old = plan->map;
    if (!update_apply(plan->update, source->arena, old, &change->item, err) ||
        !value_check_item_size(change->item, true, err))
        return false;
    change->bytes = value_item_bytes(change->item);
    return check_indexes(change->table, change->item, err);
}

bool write_plan_evaluate(const struct source *source, const struct write_plan *plan,
                         struct item_change *change, struct error *err)
{
    item_read(source, change->table, &change->place, &change->old);
    change->item = json_null();
    if (plan->condition &&
        !condition_is_true(plan->condition, item_parse(source->arena, &change->old)))
        return condition_failed(source, plan, &change->old, err);
    switch (plan->kind) {
    case WRITE_PUT:
        change->item = plan->map;
        change->bytes = plan->bytes;
        return true;
    case WRITE_UPDATE: return update_item(source, plan, change, err);
    case WRITE_DELETE:
    case WRITE_CHECK: return true;
    }
    fatal("no such kind of write: %d", (int)plan->kind);
}

/* ---- metrics ---- */

bool metrics_wanted(json params, const struct table *table)
{
    str how = json_str_or(params, STR("ReturnItemCollectionMetrics"), STR("NONE"));
    if (str_eq(how, STR("NONE"))) return false;
    for (size_t i = 0; i < table->index_count; i++)
        if (!table->indexes[i].is_global) return true;
    return false;
}

void write_metrics(struct buf *out, const struct table *table, json map)
{
    const json *hash = value_find(map, table->schema.hash.name);
    ASSERT(hash != NULL); /* place_read saw it */
    buf_add(out, STR("{\"ItemCollectionKey\":{"));
    json_write_str(out, table->schema.hash.name);
    buf_add_char(out, ':');
    json_write(out, *hash);
    buf_add(out, STR("},\"SizeEstimateRangeGB\":[0.0,1.0]}"));
}
