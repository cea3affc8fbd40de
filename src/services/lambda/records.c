/* The records of functions, versions and aliases, and what all handlers need of a call.
 *
 * KEY_FUNCTION  {"v":1,"latest":CONFIG,"versionLast":n,"versions":n,"aliases":n,"reserved":n,
 *                "tags":{}}; under the empty name the totals of all functions:
 *               {"v":1,"functions":n,"codeBytes":n,"reserved":n,"mappings":n}
 * KEY_FUNCTION_VERSION  CONFIG
 * KEY_FUNCTION_ALIAS    {"v":1,"version":s,"description":s,"weights":{},"revisionId":s}
 *
 * CONFIG is {"v":1,"version":s,"settings":{members of AWS's
 * FunctionConfiguration},"code":{"kind":s,
 * "place":s,"sha256":s,"bytes":n},"revisionId":s,"modified":ms,"build":n}. */
#include "base/prng.h"
#include "services/lambda/lambda_private.h"

/* ---- members of a call ---- */

const json *param(json params, const char *name)
{
    const json *member = json_find(params, str_from(name));
    return member && !json_is_null(*member) ? member : NULL;
}

str param_str(json params, const char *name)
{
    return json_str_or(params, str_from(name), STR(""));
}

bool revision_check(json params, str revision_id, struct error *err)
{
    str wanted = param_str(params, "RevisionId");
    return wanted.len == 0 || str_eq(wanted, revision_id) ||
           error_set(err, ERROR_LAMBDA_PRECONDITION_FAILED,
                     "The Revision Id provided does not match the latest Revision Id. Call the "
                     "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

str new_uuid(struct txn *txn)
{
    char *text = arena_alloc(txn_arena(txn), PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), text);
    return (str){ text, PRNG_UUID_CHARS };
}

enum handled reply_empty(struct request *request, int status)
{
    buf_init(&request->reply, &request->arena);
    request->head = ARENA_NEW(&request->arena, struct reply_head);
    request->head->status = status;
    return HANDLED;
}

/* ---- configurations ---- */

static void config_encode(struct buf *out, const struct function_config *config)
{
    reply_open(out);
    reply_i64(out, "v", 1);
    reply_str(out, "version", config->version);
    reply_json(out, "settings", config->settings);
    reply_name(out, "code");
    reply_open(out);
    reply_str(out, "kind", config->code.kind);
    reply_str(out, "place", config->code.place);
    reply_str(out, "sha256", config->code.sha256);
    reply_i64(out, "bytes", config->code.bytes);
    reply_close(out);
    reply_str(out, "revisionId", config->revision_id);
    reply_i64(out, "modified", config->modified_ms);
    reply_i64(out, "build", (int64_t)config->build);
    reply_close(out);
}

static struct function_config config_decode(json record)
{
    const json *settings = json_find(record, STR("settings"));
    const json *code = json_find(record, STR("code"));
    ASSERT(settings && code);
    return (struct function_config){
        .version = param_str(record, "version"),
        .settings = *settings,
        .code = { .kind = param_str(*code, "kind"),
                  .place = param_str(*code, "place"),
                  .sha256 = param_str(*code, "sha256"),
                  .bytes = json_i64_or(*code, STR("bytes"), 0) },
        .revision_id = param_str(record, "revisionId"),
        .modified_ms = json_i64_or(record, STR("modified"), 0),
        .build = (uint64_t)json_i64_or(record, STR("build"), 0),
    };
}

/* ---- functions ---- */

bool function_load(const struct source *source, str name, struct function_record *out)
{
    struct key key;
    json record;
    if (name.len == 0) return false; /* that one is the totals */
    key_function(&key, source->number, name);
    if (!source_find(source, &key, &record)) return false;
    const json *latest = json_find(record, STR("latest"));
    const json *tags = json_find(record, STR("tags"));
    ASSERT(latest && tags);
    *out = (struct function_record){
        .name = arena_str(source->arena, name),
        .latest = config_decode(*latest),
        .version_last = (uint32_t)json_i64_or(record, STR("versionLast"), 0),
        .version_count = (uint32_t)json_i64_or(record, STR("versions"), 0),
        .alias_count = (uint32_t)json_i64_or(record, STR("aliases"), 0),
        .reserved = json_i64_or(record, STR("reserved"), -1),
        .tags = *tags,
    };
    return true;
}

void function_store(struct txn *txn, const struct source *source,
                    const struct function_record *function)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_name(&out, "latest");
    config_encode(&out, &function->latest);
    reply_i64(&out, "versionLast", function->version_last);
    reply_i64(&out, "versions", function->version_count);
    reply_i64(&out, "aliases", function->alias_count);
    reply_i64(&out, "reserved", function->reserved);
    reply_json(&out, "tags", function->tags);
    reply_close(&out);
    key_function(&key, source->number, function->name);
    txn_put(txn, &key, buf_str(&out));
}

static bool missing(const struct source *source, str name, str qualifier, struct error *err)
{
    return error_set_long(err, source->arena, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                          "Function not found: %.*s",
                          STR_ARGS(function_arn(source, name, qualifier)));
}

bool function_find(const struct source *source, str name, str qualifier,
                   struct function_record *out, struct error *err)
{
    return function_load(source, name, out) || missing(source, name, qualifier, err);
}

struct function_totals totals_load(const struct source *source)
{
    struct key key;
    json record;
    key_function(&key, source->number, STR(""));
    if (!source_find(source, &key, &record)) return (struct function_totals){ 0 };
    return (struct function_totals){
        .functions = json_i64_or(record, STR("functions"), 0),
        .code_bytes = json_i64_or(record, STR("codeBytes"), 0),
        .reserved = json_i64_or(record, STR("reserved"), 0),
        .mappings = json_i64_or(record, STR("mappings"), 0),
    };
}

void totals_store(struct txn *txn, const struct source *source,
                  const struct function_totals *totals)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "functions", totals->functions);
    reply_i64(&out, "codeBytes", totals->code_bytes);
    reply_i64(&out, "reserved", totals->reserved);
    reply_i64(&out, "mappings", totals->mappings);
    reply_close(&out);
    key_function(&key, source->number, STR(""));
    txn_put(txn, &key, buf_str(&out));
}

/* ---- versions and aliases ---- */

bool function_version_load(const struct source *source, str name, uint32_t version,
                           struct function_config *out)
{
    struct key key;
    json record;
    key_function_version(&key, source->number, name, version);
    if (!source_find(source, &key, &record)) return false;
    *out = config_decode(record);
    return true;
}

void version_store(struct txn *txn, const struct source *source, str name,
                   const struct function_config *config)
{
    struct key key;
    struct buf out;
    uint32_t version;
    bool numbered = qualifier_version(config->version, &version);
    ASSERT(numbered);
    buf_init(&out, source->arena);
    config_encode(&out, config);
    key_function_version(&key, source->number, name, version);
    txn_put(txn, &key, buf_str(&out));
}

struct store_cursor *versions_scan(const struct source *source, str name, uint32_t after)
{
    struct key from, to;
    key_begin(&to, source->number, KEY_FUNCTION_VERSION);
    key_add_text(&to, name);
    key_range_end(&to);
    key_function_version(&from, source->number, name, after + 1);
    return source_scan(source, &from, &to, false);
}

bool versions_next(const struct source *source, struct store_cursor *cursor,
                   struct function_config *out)
{
    str key, value;
    if (!store_cursor_next(cursor, &key, &value)) return false;
    *out = config_decode(source_parse(source, value));
    return true;
}

bool function_alias_load(const struct source *source, str name, str alias, struct alias_record *out)
{
    struct key key;
    json record;
    key_function_alias(&key, source->number, name, alias);
    if (!source_find(source, &key, &record)) return false;
    const json *weights = json_find(record, STR("weights"));
    ASSERT(weights);
    *out = (struct alias_record){
        .name = arena_str(source->arena, alias),
        .version = param_str(record, "version"),
        .description = param_str(record, "description"),
        .weights = *weights,
        .revision_id = param_str(record, "revisionId"),
    };
    return true;
}

void alias_store(struct txn *txn, const struct source *source, str name,
                 const struct alias_record *alias)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "version", alias->version);
    reply_str(&out, "description", alias->description);
    reply_json(&out, "weights", alias->weights);
    reply_str(&out, "revisionId", alias->revision_id);
    reply_close(&out);
    key_function_alias(&key, source->number, name, alias->name);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- what a qualifier stands for ---- */

static bool version_find(const struct source *source, const struct function_record *function,
                         str qualifier, struct function_config *out)
{
    uint32_t version;
    if (qualifier.len == 0 || str_eq(qualifier, LATEST)) {
        *out = function->latest;
        return true;
    }
    return qualifier_version(qualifier, &version) &&
           function_version_load(source, function->name, version, out);
}

bool target_find(const struct source *source, const struct function_ref *ref,
                 struct function_target *out, struct error *err)
{
    if (!function_find(source, ref->name, ref->qualifier, &out->function, err)) return false;
    out->arn = function_arn(source, ref->name, ref->qualifier);
    out->is_alias = qualifier_is_alias(ref->qualifier) &&
                    function_alias_load(source, ref->name, ref->qualifier, &out->alias);
    str version = out->is_alias ? out->alias.version : ref->qualifier;
    return version_find(source, &out->function, version, &out->config) ||
           missing(source, ref->name, ref->qualifier, err);
}

/* ---- lists ---- */

bool list_begin(const struct source *source, json params, str scope, struct page *page,
                struct error *err)
{
    str marker = param_str(params, "Marker"), position = STR("");
    int64_t items = json_i64_or(params, STR("MaxItems"), LAMBDA_PAGE_ITEMS_MAX);
    ASSERT_CMP(items, >=, 1); /* the shapes see to it */
    struct error bad = { 0 };
    if (marker.len > 0 && !page_token_decode(source, scope, marker, &position, &bad))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE, "The Marker is not valid.");
    *page = (struct page){
        .scope = scope,
        .position = position,
        .limit = items < LAMBDA_PAGE_ITEMS_MAX ? (size_t)items : LAMBDA_PAGE_ITEMS_MAX,
    };
    return true;
}

void list_next(const struct source *source, const struct page *page, struct buf *out, str position)
{
    reply_str(out, "NextMarker", page_token_encode(source, page->scope, position));
}
