/* Tables: records, indexes, counts.
 *
 * KEY_TABLE: {"v":1,"id","uuid","created" (ms), and as in CreateTable: "AttributeDefinitions",
 * "KeySchema", "BillingMode", "ProvisionedThroughput" (with "increased" and "decreased" in ms),
 * "OnDemandThroughput", "StreamSpecification" (and "stream_label"), "SSESpecification", "Tags",
 * "TableClass", "DeletionProtectionEnabled"; "expiry": the attribute of the time to live;
 * "next_index"; "indexes": [{"id","global","filling","IndexName","KeySchema","Projection",
 * "ProvisionedThroughput","OnDemandThroughput"}]}. What is absent has its default.
 *
 * KEY_TABLE_COUNTS: {"v":1,"n": items,"b": bytes,"x": [index id, items, bytes, ...]}. */
#include "services/dynamodb/table.h"

#include "services/dynamodb/members.h"

/* ---- decoding ---- */

static json need(json record, const char *name)
{
    const json *value = json_find(record, str_from(name));
    if (!value) fatal("the record of a table lacks \"%s\": the store is damaged", name);
    return *value;
}

static struct key_attribute key_attribute_of(json definitions, json element)
{
    struct key_attribute out = { .name = json_str(need(element, "AttributeName")) };
    for (size_t i = 0; i < json_count(definitions); i++) {
        json definition = json_at(definitions, i);
        if (!str_eq(json_str(need(definition, "AttributeName")), out.name)) continue;
        if (!value_type_from_name(json_str(need(definition, "AttributeType")), &out.type)) break;
        return out;
    }
    fatal("a key attribute of a table has no type: the store is damaged");
}

static struct schema schema_of(json definitions, json keys)
{
    struct schema out = { .hash = key_attribute_of(definitions, json_at(keys, 0)) };
    if (json_count(keys) > 1) out.range = key_attribute_of(definitions, json_at(keys, 1));
    return out;
}

static void decode_index(json definitions, json record, struct table_index *out)
{
    json projection = need(record, "Projection");
    str type = json_str(need(projection, "ProjectionType"));
    *out = (struct table_index){
        .name = json_str(need(record, "IndexName")),
        .id = (uint32_t)json_i64_or(record, STR("id"), 0),
        .is_global = json_bool_or(record, STR("global"), false),
        .is_filling = json_bool_or(record, STR("filling"), false),
        .schema = schema_of(definitions, need(record, "KeySchema")),
        .projection = str_eq(type, STR("ALL"))       ? INDEX_ALL
                      : str_eq(type, STR("INCLUDE")) ? INDEX_INCLUDE
                                                     : INDEX_KEYS_ONLY,
        .record = record,
    };
    if (out->projection == INDEX_INCLUDE) out->include = need(projection, "NonKeyAttributes");
}

void table_decode(struct arena *arena, str name, json record, struct table *out)
{
    json definitions = need(record, "AttributeDefinitions");
    const json *indexes = json_find(record, STR("indexes"));
    *out = (struct table){
        .name = name,
        .id = (uint64_t)json_i64_or(record, STR("id"), 0),
        .schema = schema_of(definitions, need(record, "KeySchema")),
        .expiry = json_str_or(record, STR("expiry"), STR("")),
        .record = record,
    };
    if (!indexes) return;
    out->index_count = json_count(*indexes);
    ASSERT_CMP(out->index_count, <=, TABLE_INDEXES_MAX);
    out->indexes = arena_array(arena, out->index_count, sizeof *out->indexes);
    for (size_t i = 0; i < out->index_count; i++)
        decode_index(definitions, json_at(*indexes, i), &out->indexes[i]);
}

/* ---- finding ---- */

str table_arn(const struct source *source, str name)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:dynamodb:%.*s:%.*s:table/%.*s", STR_ARGS(region),
                        STR_ARGS(account), STR_ARGS(name));
}

str table_name_of(const struct source *source, str name_or_arn)
{
    if (!str_starts_with(name_or_arn, STR("arn:"))) return name_or_arn;
    str prefix = table_arn(source, STR(""));
    if (!str_starts_with(name_or_arn, prefix)) return STR("");
    str name = str_skip(name_or_arn, prefix.len);
    return str_slice(name, 0, str_find_char(name, '/', 0));
}

bool table_find(const struct source *source, str name, struct table *out)
{
    struct key key;
    json record;
    if (name.len == 0 || str_find_char(name, '\0', 0) < name.len) return false;
    key_table(&key, source->number, name);
    if (!source_find(source, &key, &record)) return false;
    table_decode(source->arena, name, record, out);
    return true;
}

bool table_load(const struct source *source, str name_or_arn, struct table *out, struct error *err)
{
    if (table_find(source, table_name_of(source, name_or_arn), out)) return true;
    return error_set(err, ERROR_DYNAMODB_RESOURCE_NOT_FOUND, "Requested resource not found");
}

bool table_load_named(const struct source *source, str name_or_arn, struct table *out,
                      struct error *err)
{
    str name = table_name_of(source, name_or_arn);
    if (table_find(source, name, out)) return true;
    if (name.len == 0) name = name_or_arn;
    return error_set_long(err, source->arena, ERROR_DYNAMODB_RESOURCE_NOT_FOUND,
                          "Requested resource not found: Table: %.*s not found", STR_ARGS(name));
}

void table_store(struct txn *txn, const struct source *source, str name, json record)
{
    struct key key;
    key_table(&key, source->number, name);
    txn_put(txn, &key, json_text(txn_arena(txn), record));
}

struct table_index *table_index_find(const struct table *table, str name)
{
    for (size_t i = 0; i < table->index_count; i++)
        if (str_eq(table->indexes[i].name, name)) return &table->indexes[i];
    return NULL;
}

/* ---- projections ---- */

bool index_holds(const struct table *table, const struct table_index *index, str name)
{
    if (index->projection == INDEX_ALL || schema_has(&table->schema, name) ||
        schema_has(&index->schema, name))
        return true;
    for (size_t i = 0; i < json_count(index->include); i++)
        if (str_eq(json_str(json_at(index->include, i)), name)) return true;
    return false;
}

json index_project(struct arena *arena, const struct table *table, const struct table_index *index,
                   json item)
{
    if (index->projection == INDEX_ALL) return item;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(item); i++) {
        str name = json_key_at(item, i);
        if (index_holds(table, index, name)) json_fields_add(&fields, name, json_value_at(item, i));
    }
    return json_fields_done(&fields);
}

/* ---- counts ---- */

void table_read_counts(const struct source *source, struct table *table)
{
    struct key key;
    json record;
    if (table->has_counts) return;
    table->has_counts = true;
    key_table_counts(&key, source->number, table->id);
    if (!source_find(source, &key, &record)) return;
    table->counts.items = json_i64_or(record, STR("n"), 0);
    table->counts.bytes = json_i64_or(record, STR("b"), 0);
    const json *triples = json_find(record, STR("x"));
    for (size_t i = 0; triples && i + 2 < json_count(*triples); i += 3) {
        int64_t numbers[3] = { 0 };
        for (size_t j = 0; j < 3; j++)
            if (!json_to_i64(json_at(*triples, i + j), &numbers[j])) numbers[j] = 0;
        for (size_t j = 0; j < table->index_count; j++)
            if (table->indexes[j].id == numbers[0])
                table->indexes[j].counts = (struct counts){ numbers[1], numbers[2] };
    }
}

void table_flush(struct txn *txn, const struct source *source, struct table *table)
{
    struct key key;
    struct buf out;
    if (!table->counts_changed) return;
    table->counts_changed = false;
    buf_init(&out, txn_arena(txn));
    buf_add(&out, STR("{\"v\":1,\"n\":"));
    buf_add_i64(&out, table->counts.items);
    buf_add(&out, STR(",\"b\":"));
    buf_add_i64(&out, table->counts.bytes);
    for (size_t i = 0; i < table->index_count; i++) {
        buf_add(&out, i == 0 ? STR(",\"x\":[") : STR(","));
        buf_add_u64(&out, table->indexes[i].id);
        buf_add_char(&out, ',');
        buf_add_i64(&out, table->indexes[i].counts.items);
        buf_add_char(&out, ',');
        buf_add_i64(&out, table->indexes[i].counts.bytes);
    }
    buf_add(&out, table->index_count > 0 ? STR("]}") : STR("}"));
    key_table_counts(&key, source->number, table->id);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- tables of one request ---- */

void table_set_init(struct table_set *set, struct arena *arena)
{
    *set = (struct table_set){ .arena = arena };
}

bool table_set_load(struct table_set *set, const struct source *source, str name_or_arn,
                    struct table **out, struct error *err)
{
    str name = table_name_of(source, name_or_arn);
    for (size_t i = 0; i < set->count; i++)
        if (str_eq(set->tables[i]->name, name)) {
            *out = set->tables[i];
            return true;
        }
    struct table *table = ARENA_NEW(set->arena, struct table);
    if (!table_load(source, name_or_arn, table, err)) return false;
    if (set->count == set->capacity) {
        size_t capacity = set->capacity ? set->capacity * 2 : 4;
        struct table **tables = arena_array(set->arena, capacity, sizeof(struct table *));
        if (set->count) memcpy(tables, set->tables, set->count * sizeof(struct table *));
        set->tables = tables;
        set->capacity = capacity;
    }
    set->tables[set->count++] = table;
    *out = table;
    return true;
}

void table_set_flush(struct table_set *set, struct txn *txn, const struct source *source)
{
    for (size_t i = 0; i < set->count; i++)
        table_flush(txn, source, set->tables[i]);
}
