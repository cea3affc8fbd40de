/* Connections: how http:invoke authorises itself; and the tags of buses and rules.
 *
 * KEY_CONNECTION {"v":1,"uuid","created":ms,"modified":ms,"description"?,"type","state",
 *                 "parameters": AuthParameters as given, secrets included}
 * The file system's rights protect the secrets, as they do task tokens' keys; no answer shows them.
 */
#include "base/prng.h"
#include "services/events/internal.h"

static str connection_arn(const struct source *source, str name, json record)
{
    return arena_printf(source->arena, "arn:aws:events:%.*s:%.*s:connection/%.*s/%.*s",
                        STR_ARGS(shard_region(source->shard)),
                        STR_ARGS(shard_account(source->shard)), STR_ARGS(name),
                        STR_ARGS(json_str_or(record, STR("uuid"), STR(""))));
}

static bool find(const struct source *source, str name, json *out)
{
    struct key key;
    if (name.len == 0 || name.len > 64 || str_find_char(name, '\0', 0) < name.len) return false;
    key_connection(&key, source->number, name);
    return source_find(source, &key, out);
}

static bool expect(const struct source *source, str name, json *out, struct error *err)
{
    return find(source, name, out) ||
           error_set_long(err, source->arena, ERROR_EVENTS_RESOURCE_NOT_FOUND,
                          "Failed to describe the connection(s). Connection '%.*s' does not exist.",
                          STR_ARGS(name));
}

bool events_connection(const struct source *source, str arn, json *out)
{
    str marker = STR(":connection/");
    size_t at = str_find(arn, marker, 0);
    if (at == arn.len) return false;
    str name = str_skip(arn, at + marker.len);
    size_t slash = str_find_char(name, '/', 0);
    str uuid = slash == name.len ? STR("") : str_skip(name, slash + 1);
    name = str_slice(name, 0, slash);
    json record = json_null();
    if (!find(source, name, &record)) return false;
    if (uuid.len && !str_eq(uuid, json_str_or(record, STR("uuid"), STR("")))) return false;
    struct json_fields fields;
    json_fields_init(&fields, source->arena);
    const json *parameters = json_find(record, STR("parameters"));
    json_fields_add(&fields, STR("name"), json_string(name));
    json_fields_add(&fields, STR("authorizationType"),
                    json_string(json_str_or(record, STR("type"), STR(""))));
    json_fields_add(&fields, STR("state"), json_string(json_str_or(record, STR("state"), STR(""))));
    json_fields_add(&fields, STR("authParameters"), parameters ? *parameters : json_null());
    json_fields_add(&fields, STR("revision"),
                    json_string(arena_printf(source->arena, "%.*s %lld",
                                             STR_ARGS(json_str_or(record, STR("uuid"), STR(""))),
                                             (long long)json_i64_or(record, STR("modified"), 0))));
    *out = json_fields_done(&fields);
    return true;
}

/* ---- writing ---- */

static bool check_parameters(str type, json parameters, struct error *err)
{
    static const struct {
        str type, field;
    } kinds[] = {
        { STR_INIT("BASIC"), STR_INIT("BasicAuthParameters") },
        { STR_INIT("API_KEY"), STR_INIT("ApiKeyAuthParameters") },
        { STR_INIT("OAUTH_CLIENT_CREDENTIALS"), STR_INIT("OAuthParameters") },
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!str_eq(kinds[i].type, type) || json_find(parameters, kinds[i].field)) continue;
        return error_set(err, ERROR_VALIDATION,
                         "Parameter(s) %.*s must be specified for authorization type %.*s.",
                         STR_ARGS(kinds[i].field), STR_ARGS(type));
    }
    return true;
}

/* `old` is JSON_NULL for a new one; what is not given stays as it is. */
static json make_record(struct txn *txn, struct arena *arena, json params, json old)
{
    struct json_fields fields;
    bool is_new = !json_is_object(old);
    json_fields_init(&fields, arena);
    if (is_new) {
        char *uuid = arena_alloc(arena, PRNG_UUID_CHARS);
        prng_uuid(txn_prng(txn), uuid);
        json_fields_add(&fields, STR("v"), json_i64(arena, 1));
        json_fields_add(&fields, STR("uuid"), json_string((str){ uuid, PRNG_UUID_CHARS }));
        json_fields_add(&fields, STR("created"), json_i64(arena, txn_now_ms(txn)));
    } else {
        json_fields_from(&fields, arena, old);
    }
    static const struct {
        str field, name;
    } given[] = { { STR_INIT("description"), STR_INIT("Description") },
                  { STR_INIT("type"), STR_INIT("AuthorizationType") },
                  { STR_INIT("parameters"), STR_INIT("AuthParameters") } };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        const json *value = json_find(params, given[i].name);
        if (value) json_fields_add(&fields, given[i].field, *value);
    }
    json_fields_add(&fields, STR("state"), json_string(STR("AUTHORIZED")));
    json_fields_add(&fields, STR("modified"), json_i64(arena, txn_now_ms(txn)));
    return json_fields_done(&fields);
}

static void reply_state(const struct source *source, struct buf *out, str name, json record)
{
    int64_t modified_ms = json_i64_or(record, STR("modified"), 0);
    reply_str(out, "ConnectionArn", connection_arn(source, name, record));
    reply_str(out, "ConnectionState", json_str_or(record, STR("state"), STR("")));
    reply_time(out, "CreationTime", json_i64_or(record, STR("created"), 0));
    reply_time(out, "LastModifiedTime", modified_ms);
    reply_time(out, "LastAuthorizedTime", modified_ms);
}

static enum handled store(struct txn *txn, struct request *request, str name, json record)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct key key;
    key_connection(&key, source.number, name);
    txn_put(txn, &key, json_text(txn_arena(txn), record));
    struct buf *out = reply_begin(request);
    reply_state(&source, out, name, record);
    reply_close(out);
    return HANDLED;
}

enum handled events_create_connection(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params, old = json_null();
    str name = json_str_or(params, STR("Name"), STR(""));
    if (!event_name_check(name, "name", false, err)) return HANDLED_FAILED;
    if (find(&source, name, &old)) {
        error_set_long(err, source.arena, ERROR_EVENTS_RESOURCE_ALREADY_EXISTS,
                       "Connection %.*s already exists.", STR_ARGS(name));
        return HANDLED_FAILED;
    }
    struct key all;
    key_begin(&all, source.number, KEY_CONNECTION);
    if (!room_expect(&source, &all, EVENTS_CONNECTIONS_MAX, err)) return HANDLED_FAILED;
    str type = json_str_or(params, STR("AuthorizationType"), STR(""));
    if (!check_parameters(type, *json_find(params, STR("AuthParameters")), err))
        return HANDLED_FAILED;
    return store(txn, request, name, make_record(txn, source.arena, params, json_null()));
}

enum handled events_update_connection(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json old = json_null();
    if (!expect(&source, name, &old, err)) return HANDLED_FAILED;
    json record = make_record(txn, source.arena, request->params, old);
    const json *parameters = json_find(record, STR("parameters"));
    if (!check_parameters(json_str_or(record, STR("type"), STR("")),
                          parameters ? *parameters : json_null(), err))
        return HANDLED_FAILED;
    return store(txn, request, name, record);
}

enum handled events_deauthorize_connection(struct txn *txn, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json record = json_null(), state = json_string(STR("DEAUTHORIZED"));
    if (!expect(&source, name, &record, err)) return HANDLED_FAILED;
    record = object_with(source.arena, record, STR("state"), &state);
    return store(txn, request, name, object_with(source.arena, record, STR("parameters"), NULL));
}

enum handled events_delete_connection(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    struct key key;
    json record = json_null();
    if (!expect(&source, name, &record, err)) return HANDLED_FAILED;
    key_connection(&key, source.number, name);
    txn_delete(txn, &key);
    struct buf *out = reply_begin(request);
    reply_str(out, "ConnectionArn", connection_arn(&source, name, record));
    reply_str(out, "ConnectionState", STR("DELETING"));
    reply_close(out);
    return HANDLED;
}

/* ---- reading ---- */

static bool is_secret(str name, json owner)
{
    return str_eq(name, STR("Password")) || str_eq(name, STR("ApiKeyValue")) ||
           str_eq(name, STR("ClientSecret")) ||
           (str_eq(name, STR("Value")) && json_bool_or(owner, STR("IsValueSecret"), false));
}

/* The parameters without their secrets. Their depth is that of the shape. */
static json without_secrets(struct arena *arena, json value, int depth)
{
    if (depth == 0) return json_null();
    if (json_is_array(value)) {
        struct json_list list;
        json_list_init(&list, arena);
        for (size_t i = 0; i < json_count(value); i++)
            json_list_add(&list, without_secrets(arena, json_at(value, i), depth - 1));
        return json_list_done(&list);
    }
    if (!json_is_object(value)) return value;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(value); i++) {
        str name = json_key_at(value, i);
        if (!is_secret(name, value))
            json_fields_add(&fields, name,
                            without_secrets(arena, json_value_at(value, i), depth - 1));
    }
    return json_fields_done(&fields);
}

static void reply_connection(const struct source *source, struct buf *out, str name, json record)
{
    reply_str(out, "Name", name);
    reply_str(out, "AuthorizationType", json_str_or(record, STR("type"), STR("")));
    reply_state(source, out, name, record);
}

enum handled events_describe_connection(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json record = json_null();
    if (!expect(&source, name, &record, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_connection(&source, out, name, record);
    reply_str_unless_empty(out, "Description", json_str_or(record, STR("description"), STR("")));
    const json *parameters = json_find(record, STR("parameters"));
    if (parameters)
        reply_json(out, "AuthParameters", without_secrets(source.arena, *parameters, 8));
    reply_close(out);
    return HANDLED;
}

enum handled events_list_connections(const struct reader *reader, struct request *request,
                                     struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct listing listing;
    struct key from;
    str name;
    json record = json_null();
    key_begin(&from, source.number, KEY_CONNECTION);
    if (!listing_begin(&source, request->params, STR("ListConnections"), &from, &listing, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Connections");
    buf_add_char(out, '[');
    while (listing_next(&listing, &name, &record)) {
        if (listing.count > 1) buf_add_char(out, ',');
        reply_open(out);
        reply_connection(&source, out, name, record);
        reply_close(out);
    }
    buf_add_char(out, ']');
    listing_end(&listing, out);
    reply_close(out);
    return HANDLED;
}
