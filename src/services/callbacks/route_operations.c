/* PutRoute, DescribeRoute, ListRoutes, DeleteRoute, and what `baton serve --config` puts. */
#include "services/callbacks/configure.h"
#include "services/callbacks/route_records.h"

/* ---- putting ---- */

/* The settings with the verifier's secrets of the stored route where they have "***". */
static json keep_secrets(const struct source *source, json settings,
                         const struct route_record *stored)
{
    const json *verifier = json_find(settings, STR("verifier"));
    const json *old = stored ? json_find(stored->settings, STR("verifier")) : NULL;
    struct json_fields fields;
    if (!verifier || !old) return settings;
    json_fields_from(&fields, source->arena, settings);
    json_fields_add(&fields, STR("verifier"),
                    verifier_keep_secrets(source->arena, *verifier, *old));
    return json_fields_done(&fields);
}

static bool put(struct txn *txn, const struct source *source, str name, json settings,
                bool is_from_file, struct error *err)
{
    struct route route;
    struct route_record stored, record;
    bool exists = route_load(source, name, &stored);
    str other = STR("");
    size_t count;
    settings = keep_secrets(source, settings, exists ? &stored : NULL);
    if (!route_compile(name, settings, source->arena, &route, err)) return false;
    if (route_path_taken(source, name, route.path, route.methods, &other, &count))
        return error_set(err, ERROR_CONFLICT, "route: 'path' is that of the route %.*s",
                         STR_ARGS(other));
    if (count >= ROUTES_MAX)
        return error_set(err, ERROR_VALIDATION, "route: there are %d routes, which is the limit",
                         ROUTES_MAX);
    record = (struct route_record){
        .name = name,
        .settings = settings,
        .created_ms = exists ? stored.created_ms : source->now_ms,
        .updated_ms = source->now_ms,
        .is_from_file = is_from_file,
    };
    route_store(txn, source, &record);
    txn_notify(txn, str_from(routes_sweep_topic), 1); /* it may keep less than before */
    return true;
}

enum handled handle_put_route(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("routeName"), STR(""));
    const json *settings = json_find(request->params, STR("route"));
    if (!put(txn, &source, name, *settings, false, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_str(out, "routeName", name);
    reply_str(out, "url",
              arena_printf(source.arena, "%.*s%.*s", STR_ARGS(shard_public_url(source.shard)),
                           STR_ARGS(json_str_or(*settings, STR("path"), STR("")))));
    reply_close(out);
    return HANDLED;
}

static bool missing(str name, struct error *err)
{
    return error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no route %.*s.", STR_ARGS(name));
}

enum handled handle_delete_route(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct route_record record;
    str name = json_str_or(request->params, STR("routeName"), STR(""));
    if (!route_load(&source, name, &record)) {
        missing(name, err);
        return HANDLED_FAILED;
    }
    route_remove(txn, &source, name);
    txn_notify(txn, str_from(routes_sweep_topic), 1); /* its deliveries go with it */
    return HANDLED;
}

/* ---- showing ---- */

enum handled handle_describe_route(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct route_record record;
    struct delivery_state state;
    str name = json_str_or(request->params, STR("routeName"), STR(""));
    if (!route_load(&source, name, &record)) {
        missing(name, err);
        return HANDLED_FAILED;
    }
    delivery_state_load(&source, name, &state);
    str path = json_str_or(record.settings, STR("path"), STR(""));
    json refusals = refusals_load(&source, name);
    const json *recent = json_find(refusals, STR("recent"));
    struct buf *out = reply_begin(request);
    reply_str(out, "routeName", name);
    reply_str(out, "url",
              arena_printf(source.arena, "%.*s%.*s", STR_ARGS(shard_public_url(source.shard)),
                           STR_ARGS(path)));
    reply_json(out, "route", route_redacted(source.arena, record.settings));
    reply_time(out, "createdAt", record.created_ms);
    reply_time(out, "updatedAt", record.updated_ms);
    reply_bool(out, "fromFile", record.is_from_file);
    reply_i64(out, "deliveries", state.total);
    reply_i64(out, "deliveriesKept", state.count);
    reply_i64(out, "bytesKept", state.bytes);
    reply_i64(out, "unusable", state.unusable);
    reply_i64(out, "refused", json_i64_or(refusals, STR("count"), 0));
    if (recent) reply_json(out, "refusals", shown_list(&source, *recent, true));
    reply_close(out);
    return HANDLED;
}

static void write_summary(const struct source *source, struct buf *out,
                          const struct route_record *record)
{
    struct delivery_state state;
    const json *verifier = json_find(record->settings, STR("verifier"));
    const json *methods = json_find(record->settings, STR("methods"));
    delivery_state_load(source, record->name, &state);
    reply_open(out);
    reply_str(out, "routeName", record->name);
    reply_str(out, "path", json_str_or(record->settings, STR("path"), STR("")));
    if (methods) reply_json(out, "methods", *methods);
    reply_str(out, "name", json_str_or(record->settings, STR("name"), STR("")));
    reply_str(out, "verifier", json_str_or(*verifier, STR("type"), STR("")));
    reply_i64(out, "deliveries", state.total);
    reply_i64(out, "unusable", state.unusable);
    reply_i64(out, "refused", json_i64_or(refusals_load(source, record->name), STR("count"), 0));
    reply_time(out, "updatedAt", record->updated_ms);
    reply_close(out);
}

enum handled handle_list_routes(const struct reader *reader, struct request *request,
                                struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    struct route_record records[ROUTE_LIST_MAX + 1];
    if (!page_begin(&source, request->params, STR("ListRoutes"), &page, err)) return HANDLED_FAILED;
    size_t count = route_list(&source, page.position, records, page.limit + 1);
    size_t shown = count > page.limit ? page.limit : count;
    struct buf *out = reply_begin(request);
    reply_name(out, "routes");
    buf_add_char(out, '[');
    for (size_t i = 0; i < shown; i++) {
        if (i > 0) buf_add_char(out, ',');
        write_summary(&source, out, &records[i]);
    }
    buf_add_char(out, ']');
    if (count > shown) page_next(&source, &page, out, records[shown - 1].name);
    reply_close(out);
    return HANDLED;
}

/* ---- the file of `baton serve --config` ---- */

static void remove_missing(struct txn *txn, const struct source *source, json routes)
{
    struct route_record *records = arena_array(source->arena, ROUTES_MAX, sizeof *records);
    size_t count = route_list(source, STR(""), records, ROUTES_MAX);
    for (size_t i = 0; i < count; i++) {
        if (records[i].is_from_file && !json_find(routes, records[i].name))
            route_remove(txn, source, records[i].name);
    }
}

/* Unchanged settings are left alone: a start of the server writes nothing then. */
static bool is_unchanged(const struct source *source, str name, json settings)
{
    struct route_record record;
    return route_load(source, name, &record) && record.is_from_file &&
           json_equal(record.settings, settings);
}

static bool put_routes(struct txn *txn, const struct source *source, json routes, struct error *err)
{
    remove_missing(txn, source, routes);
    for (size_t i = 0; i < json_count(routes); i++) {
        str name = json_key_at(routes, i);
        json settings = json_value_at(routes, i);
        if (is_unchanged(source, name, settings)) continue;
        if (!put(txn, source, name, settings, true, err))
            return error_wrap(err, "routes: %.*s", (int)(name.len < 64 ? name.len : 64), name.ptr);
    }
    return true;
}

/* A setting with a slip of the pen would silently be the default. */
static bool check_settings(json settings, struct error *err)
{
    static const char *const known[] = { "verifier", "mailboxTtlSeconds", "mailboxEntriesMax",
                                         "mailboxBytesMax" };
    if (!json_is_object(settings))
        return error_set(err, ERROR_VALIDATION, "settings must be an object");
    for (size_t i = 0; i < json_count(settings); i++) {
        str name = json_key_at(settings, i);
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof *known && !found; k++)
            found = str_eq(name, str_from(known[k]));
        if (!found)
            return error_set(err, ERROR_VALIDATION, "there is no setting '%.*s'",
                             (int)(name.len < 64 ? name.len : 64), name.ptr);
    }
    return true;
}

static bool put_name(struct txn *txn, const struct source *source, str name, json settings,
                     struct error *err)
{
    struct json_fields fields;
    json reply;
    if (!check_settings(settings, err)) return false;
    json_fields_from(&fields, source->arena, settings);
    json_fields_add(&fields, STR("name"), json_string(name));
    return service_call(txn, &callbacks_service, STR("PutCallbackName"), json_fields_done(&fields),
                        &reply, err);
}

static bool put_names(struct txn *txn, const struct source *source, json names, struct error *err)
{
    for (size_t i = 0; i < json_count(names); i++) {
        str name = json_key_at(names, i);
        if (!put_name(txn, source, name, json_value_at(names, i), err))
            return error_wrap(err, "callbacks: %.*s", (int)(name.len < 64 ? name.len : 64),
                              name.ptr);
    }
    return true;
}

/* params: {"routes": {name: settings}, "callbacks": {name: settings}}. All of it or nothing. */
static enum handled apply_configuration(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    const json *names = json_find(request->params, STR("callbacks"));
    const json *routes = json_find(request->params, STR("routes"));
    if (names && !put_names(txn, &source, *names, err)) return HANDLED_FAILED;
    if (routes && !put_routes(txn, &source, *routes, err)) return HANDLED_FAILED;
    return HANDLED;
}

const struct operation callbacks_apply_configuration = {
    .name = STR_INIT("ApplyConfiguration"),
    .write = apply_configuration,
};
