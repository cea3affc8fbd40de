/* What a Query or a Scan asks for, read and checked; see walk.h. */
#include "services/dynamodb/legacy.h"
#include "services/dynamodb/members.h"
#include "services/dynamodb/walk.h"
#include "services/dynamodb/writes.h"

/* ---- parameters ---- */

static bool check_params(const struct walk *walk, json params, struct error *err)
{
    static const str query_expressions[] = { STR_INIT("ProjectionExpression"),
                                             STR_INIT("FilterExpression"),
                                             STR_INIT("KeyConditionExpression") };
    static const str query_legacy[] = { STR_INIT("AttributesToGet"), STR_INIT("QueryFilter"),
                                        STR_INIT("ConditionalOperator"),
                                        STR_INIT("KeyConditions") };
    static const str scan_legacy[] = { STR_INIT("AttributesToGet"), STR_INIT("ScanFilter"),
                                       STR_INIT("ConditionalOperator") };
    if (!walk->is_query)
        return expression_check_params(walk->source->arena, params, query_expressions, 2,
                                       scan_legacy, 3, err);
    /* KeyConditions may come with the other expressions. */
    size_t legacy = member_find(params, "KeyConditionExpression") ? 4 : 3;
    return expression_check_params(walk->source->arena, params, query_expressions, 3, query_legacy,
                                   legacy, err);
}

/* Query says this within its envelope, Scan does not. */
static bool select_fault(const struct walk *walk, struct error *err, const char *text)
{
    return error_set(err, ERROR_VALIDATION, "%s%s",
                     walk->is_query ? "1 validation error detected: " : "", text);
}

static bool read_select(struct walk *walk, json params, struct error *err)
{
    str select = json_str_or(params, STR("Select"), STR(""));
    bool expression = member_find(params, "ProjectionExpression") != NULL;
    bool names = expression || member_find(params, "AttributesToGet");
    walk->count_only = str_eq(select, STR("COUNT"));
    if (str_eq(select, STR("SPECIFIC_ATTRIBUTES")) && !names)
        return select_fault(walk, err,
                            "Must specify the AttributesToGet or ProjectionExpression when "
                            "choosing to get SPECIFIC_ATTRIBUTES");
    if (walk->count_only && names)
        return select_fault(walk, err,
                            expression ? "Cannot specify the ProjectionExpression when choosing "
                                         "to get only the Count"
                                       : "Cannot specify the AttributesToGet when choosing to get "
                                         "only the Count");
    if (str_eq(select, STR("ALL_ATTRIBUTES")) && names)
        return select_fault(walk, err,
                            expression ? "Cannot specify the ProjectionExpression when choosing "
                                         "to get ALL_ATTRIBUTES"
                                       : "Cannot specify the AttributesToGet when choosing to get "
                                         "ALL_ATTRIBUTES");
    if (!str_eq(select, STR("ALL_PROJECTED_ATTRIBUTES"))) return true;
    if (names)
        return select_fault(walk, err,
                            expression ? "Cannot specify the ProjectionExpression when choosing "
                                         "to get ALL_PROJECTED_ATTRIBUTES"
                                       : "Cannot specify the AttributesToGet when choosing to get "
                                         "ALL_PROJECTED_ATTRIBUTES");
    if (member_find(params, "IndexName")) return true;
    return select_fault(walk, err,
                        walk->is_query ? "ALL_PROJECTED_ATTRIBUTES can be used only when Querying "
                                         "using an IndexName"
                                       : "ALL_PROJECTED_ATTRIBUTES can be used only when Scanning "
                                         "using an IndexName");
}

static bool read_start(struct walk *walk, json params, struct error *err)
{
    const json *start = member_find(params, "ExclusiveStartKey");
    walk->start = json_null();
    if (!start || value_normalise_item(walk->source->arena, *start, &walk->start, err)) return true;
    return error_wrap(err, "The provided starting key is invalid");
}

static bool read_legacy(struct walk *walk, json params, const struct condition **key_condition,
                        struct error *err)
{
    struct arena *arena = walk->source->arena;
    const json *filter = member_find(params, walk->filter_name);
    const json *operator= member_find(params, "ConditionalOperator");
    const json *keys = member_find(params, "KeyConditions");
    const json *names = member_find(params, "AttributesToGet");
    walk->filter_is_legacy = filter != NULL;
    if ((filter || operator) && !legacy_parse_filter(arena, filter, operator, & walk->filter, err))
        return false;
    if (names && !legacy_parse_attributes(arena, names, &walk->projection, err)) return false;
    return !key_condition || !keys || member_find(params, "KeyConditionExpression") ||
           legacy_parse_key_conditions(arena, keys, key_condition, err);
}

static bool read_expressions(struct walk *walk, json params, const struct condition **key_condition,
                             struct error *err)
{
    struct expression_context context;
    const json *keys = key_condition ? member_find(params, "KeyConditionExpression") : NULL;
    const json *filter = member_find(params, "FilterExpression");
    const json *projection = member_find(params, "ProjectionExpression");
    if (!expression_context_init(&context, walk->source->arena,
                                 member_find(params, "ExpressionAttributeNames"),
                                 member_find(params, "ExpressionAttributeValues"), err))
        return false;
    if (keys &&
        !condition_parse(&context, EXPRESSION_KEY_CONDITION, json_str(*keys), key_condition, err))
        return false;
    if (filter &&
        !condition_parse(&context, EXPRESSION_FILTER, json_str(*filter), &walk->filter, err))
        return false;
    if (projection && !projection_parse(&context, json_str(*projection), &walk->projection, err))
        return false;
    return expression_context_finish(&context, err);
}

bool walk_read(struct walk *walk, json params, const struct condition **key_condition,
               struct error *err)
{
    walk->limit = (size_t)json_i64_or(params, STR("Limit"), 0);
    walk->consistent = json_bool_or(params, STR("ConsistentRead"), false);
    if (!check_params(walk, params, err) || !read_select(walk, params, err) ||
        !read_start(walk, params, err))
        return false;
    if (key_condition && !member_find(params, "KeyConditions") &&
        !member_find(params, "KeyConditionExpression"))
        return error_set(err, ERROR_VALIDATION,
                         "Either the KeyConditions or KeyConditionExpression parameter must be "
                         "specified in the request.");
    return read_legacy(walk, params, key_condition, err) &&
           read_expressions(walk, params, key_condition, err);
}

/* ---- the table and the index ---- */

bool walk_find(struct walk *walk, json params, struct error *err)
{
    const json *name = member_find(params, "IndexName");
    if (!table_load(walk->source, json_str(*member_find(params, "TableName")), &walk->table, err))
        return false;
    if (!name) return true;
    walk->index = table_index_find(&walk->table, json_str(*name));
    if (!walk->index && !walk->is_query && json_is_object(walk->start))
        return error_set(err, ERROR_VALIDATION, "The provided starting key is invalid");
    if (!walk->index)
        return error_set(err, ERROR_VALIDATION, "The table does not have the specified index: %.*s",
                         STR_ARGS(json_str(*name)));
    if (walk->index->is_filling)
        return error_set(err, ERROR_VALIDATION,
                         "Cannot read from backfilling global secondary index: %.*s",
                         STR_ARGS(walk->index->name));
    if (walk->index->is_global && walk->consistent)
        return error_set(err, ERROR_VALIDATION,
                         "Consistent reads are not supported on global secondary indexes");
    return true;
}

/* ---- projection and filter ---- */

static bool check_filter_key(const struct walk *walk, str name, struct error *err)
{
    if (name.len == 0 || condition_use(walk->filter, name) == PATH_UNUSED) return true;
    return error_set(err, ERROR_VALIDATION,
                     "%s can only contain non-primary key attributes: Primary key attribute: %.*s",
                     walk->filter_is_legacy ? walk->filter_name : "Filter Expression",
                     STR_ARGS(name));
}

/* A global index cannot give what it does not hold; for a local one the table is asked. */
static bool check_held(struct walk *walk, struct error *err)
{
    struct buf missing;
    size_t count = projection_name_count(walk->projection);
    buf_init(&missing, walk->source->arena);
    for (size_t i = 0; i < count; i++) {
        str name = projection_name(walk->projection, i);
        if (index_holds(&walk->table, walk->index, name)) continue;
        if (missing.len > 0) buf_add(&missing, STR(", "));
        buf_add(&missing, name);
    }
    if (missing.len == 0) return true;
    walk->fetches = !walk->index->is_global;
    if (walk->fetches) return true;
    return error_set_long(err, walk->source->arena, ERROR_VALIDATION,
                          "One or more parameter values were invalid: Global secondary index %.*s "
                          "does not project [%.*s]",
                          STR_ARGS(walk->index->name), STR_ARGS(buf_str(&missing)));
}

static bool check_index(struct walk *walk, json params, struct error *err)
{
    bool all = str_eq(json_str_or(params, STR("Select"), STR("")), STR("ALL_ATTRIBUTES"));
    if (all && walk->index->is_global && walk->index->projection != INDEX_ALL)
        return error_set(err, ERROR_VALIDATION,
                         "One or more parameter values were invalid: Select type ALL_ATTRIBUTES is "
                         "not supported for global secondary index %.*s because its projection "
                         "type is not ALL",
                         STR_ARGS(walk->index->name));
    walk->fetches = all && walk->index->projection != INDEX_ALL;
    return !walk->projection || check_held(walk, err);
}

bool walk_check(struct walk *walk, json params, struct error *err)
{
    const struct schema *schema = walk_schema(walk);
    if (!table_check_paths(&walk->table, NULL, walk->projection, NULL, err)) return false;
    if (walk->is_query && walk->filter &&
        (!check_filter_key(walk, schema->hash.name, err) ||
         !check_filter_key(walk, schema->range.name, err)))
        return false;
    if (walk->index && !check_index(walk, params, err)) return false;
    return table_check_paths(&walk->table, walk->filter, NULL, NULL, err);
}
