/* ListDeliveries, DescribeDelivery, ReplayDeliveries. */
#include "services/callbacks/route_records.h"

enum {
    PAGE_VISITS_MAX = 1000,         /* records that one page looks at */
    PAGE_VISIT_BYTES_MAX = 8 << 20, /* and their size */
};

/* ---- which ---- */

struct filter {
    json verdicts; /* array; null: all */
    int64_t since_ms, until_ms;
};

/* Those that have come to nothing by a fault that a change of the route can mend. */
static const char *const mendable[] = { "unusable",  "not started", "no such outcome",
                                        "too large", "unknown",     "mailbox full" };

static bool read_time(json params, const char *name, int64_t fallback, int64_t *out,
                      struct error *err)
{
    const json *value = json_find(params, str_from(name));
    *out = fallback;
    if (!value || json_is_null(*value)) return true;
    double seconds = json_number(*value);
    if (!(seconds >= 0 && seconds <= 1e11))
        return error_set(err, ERROR_VALIDATION, "'%s' must be seconds since 1970.", name);
    *out = (int64_t)(seconds * 1000);
    return true;
}

static bool read_filter(json params, struct filter *out, struct error *err)
{
    const json *verdicts = json_find(params, STR("verdicts"));
    out->verdicts = verdicts ? *verdicts : json_null();
    return read_time(params, "since", 0, &out->since_ms, err) &&
           read_time(params, "until", INT64_MAX, &out->until_ms, err);
}

static bool passes(const struct filter *filter, const struct delivery_record *record)
{
    if (record->delivery.at_ms < filter->since_ms || record->delivery.at_ms >= filter->until_ms)
        return false;
    if (json_is_null(filter->verdicts)) return true;
    for (size_t i = 0; i < json_count(filter->verdicts); i++) {
        if (str_eq(json_str(json_at(filter->verdicts, i)), record->verdict)) return true;
    }
    return false;
}

static json mendable_verdicts(struct arena *arena)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < sizeof mendable / sizeof *mendable; i++)
        json_list_add(&list, json_string(str_from(mendable[i])));
    return json_list_done(&list);
}

/* ---- showing ---- */

static void write_summary(const struct source *source, struct buf *out, str route,
                          const struct delivery_record *record)
{
    const struct delivery *delivery = &record->delivery;
    reply_str(out, "routeName", route);
    reply_str(out, "deliveryId",
              arena_printf(source->arena, "%llu", (unsigned long long)record->number));
    reply_time(out, "at", delivery->at_ms);
    reply_str(out, "method", delivery->method);
    reply_str(out, "path", delivery->path);
    reply_str_unless_empty(out, "peer", delivery->peer);
    reply_str(out, "verdict", record->verdict);
    reply_i64(out, "status", record->status);
    reply_str_unless_empty(out, "key", record->key);
    reply_str_unless_empty(out, "messageId", delivery->message_id);
    reply_str_unless_empty(out, "executionArn", record->execution);
    reply_i64(out, "bodyBytes", (int64_t)delivery->body.len);
    if (record->replays == 0) return;
    reply_i64(out, "replays", record->replays);
    reply_time(out, "replayedAt", record->replayed_ms);
}

/* ---- ListDeliveries ---- */

struct listing {
    const struct source *source;
    struct filter filter;
    struct buf *out;
    size_t left, visits, bytes, shown;
    str route;       /* where it stands: behind this delivery ... */
    uint64_t number; /* ... of this route; UINT64_MAX: at its newest */
};

/* False when the page is full; route and number are then where the next one begins. */
static bool list_route(struct listing *l)
{
    struct delivery_record record;
    struct store_cursor *cursor = delivery_scan(l->source, l->route, 0, l->number, true);
    bool goes_on = true;
    while (goes_on && delivery_next(l->source, cursor, &record)) {
        l->number = record.number;
        l->bytes += record.bytes;
        l->visits++;
        if (passes(&l->filter, &record)) {
            if (l->shown++ > 0) buf_add_char(l->out, ',');
            reply_open(l->out);
            write_summary(l->source, l->out, l->route, &record);
            reply_close(l->out);
            l->left--;
        }
        goes_on = l->left > 0 && l->visits < PAGE_VISITS_MAX && l->bytes < PAGE_VISIT_BYTES_MAX;
    }
    store_cursor_close(cursor);
    return goes_on;
}

/* "ROUTE/NUMBER" */
static bool read_position(str position, struct listing *l, struct error *err)
{
    int64_t number = 0;
    if (position.len == 0) return true;
    size_t slash = str_find_char(position, '/', 0);
    if (slash == position.len || !str_to_i64(str_skip(position, slash + 1), &number) || number < 0)
        return error_set(err, ERROR_INVALID_TOKEN, "Invalid Token: 'Invalid token'");
    l->route = str_slice(position, 0, slash);
    l->number = (uint64_t)number;
    return true;
}

static bool list_all(struct listing *l)
{
    if (l->route.len > 0 && !list_route(l)) return false;
    while (delivery_next_route(l->source, l->route, &l->route)) {
        l->number = UINT64_MAX;
        if (!list_route(l)) return false;
    }
    return true;
}

enum handled handle_list_deliveries(const struct reader *reader, struct request *request,
                                    struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct listing l = { .source = &source, .number = UINT64_MAX };
    struct page page;
    str route = json_str_or(request->params, STR("routeName"), STR(""));
    str scope = arena_printf(source.arena, "ListDeliveries %.*s", STR_ARGS(route));
    if (!page_begin(&source, request->params, scope, &page, err) ||
        !read_filter(request->params, &l.filter, err))
        return HANDLED_FAILED;
    l.route = route;
    if (!read_position(page.position, &l, err)) return HANDLED_FAILED;
    l.left = page.limit;
    l.out = reply_begin(request);
    reply_name(l.out, "deliveries");
    buf_add_char(l.out, '[');
    bool is_over = route.len > 0 ? list_route(&l) : list_all(&l);
    buf_add_char(l.out, ']');
    if (!is_over)
        page_next(&source, &page, l.out,
                  arena_printf(source.arena, "%.*s/%llu", STR_ARGS(l.route),
                               (unsigned long long)l.number));
    reply_close(l.out);
    return HANDLED;
}

/* ---- DescribeDelivery ---- */

static bool find_one(const struct source *source, str route, str id, struct delivery_record *out,
                     struct error *err)
{
    int64_t number;
    if (name_is_callback_name(route) && str_to_i64(id, &number) && number > 0 &&
        delivery_load(source, route, (uint64_t)number, out))
        return true;
    return error_set(err, ERROR_RESOURCE_NOT_FOUND,
                     "The route %.*s has no delivery %.*s (any more).", STR_ARGS(route),
                     STR_ARGS(id));
}

enum handled handle_describe_delivery(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct delivery_record record = { 0 };
    struct error ignored;
    json answer;
    size_t chars;
    str route = json_str_or(request->params, STR("routeName"), STR(""));
    str id = json_str_or(request->params, STR("deliveryId"), STR(""));
    if (!find_one(&source, route, id, &record, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    write_summary(&source, out, route, &record);
    reply_str_unless_empty(out, "query", record.delivery.query);
    reply_json(out, "headers", record.delivery.headers);
    if (str_utf8_count(record.delivery.body, &chars))
        reply_str(out, "body", record.delivery.body);
    else
        reply_str(out, "bodyBase64", delivery_body_base64(source.arena, record.delivery.body));
    if (json_parse(record.answer, source.arena, &answer, &ignored))
        reply_json(out, "answer", answer);
    reply_close(out);
    return HANDLED;
}

/* ---- ReplayDeliveries ---- */

struct replay {
    struct delivery_record record;
    struct mapped mapped;
};

/* What the preparation hands to the writer. */
struct replays {
    struct route route;
    struct replay *list;
    size_t count;
    bool has_more; /* within the time, but beyond ROUTE_REPLAY_MAX */
};

static bool collect_ids(const struct source *source, str route, json ids, struct replays *out,
                        struct error *err)
{
    for (size_t i = 0; i < json_count(ids); i++) {
        if (!find_one(source, route, json_str(json_at(ids, i)), &out->list[out->count].record, err))
            return false;
        out->count++;
    }
    return true;
}

/* Oldest first, as they came. */
static bool collect_times(const struct source *source, str route, json params, struct replays *out,
                          struct error *err)
{
    struct filter filter;
    struct delivery_record record;
    size_t bytes = 0;
    if (!read_filter(params, &filter, err)) return false;
    if (json_is_null(filter.verdicts)) filter.verdicts = mendable_verdicts(source->arena);
    struct store_cursor *cursor = delivery_scan(source, route, 0, UINT64_MAX, false);
    while (delivery_next(source, cursor, &record)) {
        if (!passes(&filter, &record)) continue;
        bytes += record.bytes;
        out->has_more =
            out->count == ROUTE_REPLAY_MAX || (out->count > 0 && bytes > PAGE_VISIT_BYTES_MAX);
        if (out->has_more) break;
        out->list[out->count++].record = record;
    }
    store_cursor_close(cursor);
    return true;
}

enum handled prepare_replay_deliveries(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct route_record record;
    struct replays *replays = ARENA_NEW(&request->arena, struct replays);
    str name = json_str_or(request->params, STR("routeName"), STR(""));
    const json *ids = json_find(request->params, STR("deliveryIds"));
    if (!route_load(&source, name, &record)) {
        error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no route %.*s.", STR_ARGS(name));
        return HANDLED_FAILED;
    }
    if (!route_compile(name, record.settings, &request->arena, &replays->route, err))
        return HANDLED_FAILED;
    replays->list = arena_array(&request->arena, ROUTE_REPLAY_MAX, sizeof *replays->list);
    bool is_good = ids && !json_is_null(*ids)
                       ? collect_ids(&source, name, *ids, replays, err)
                       : collect_times(&source, name, request->params, replays, err);
    if (!is_good) return HANDLED_FAILED;
    for (size_t i = 0; i < replays->count; i++) {
        struct replay *replay = &replays->list[i];
        route_map(&replays->route, &replay->record.delivery, &request->arena, &replay->mapped);
    }
    request->prepared = replays;
    return HANDLED;
}

/* What it would be, as far as that can be said without doing it. */
static void foresee(struct txn *txn, const struct route *route, const struct mapped *mapped,
                    struct applied *out)
{
    *out = (struct applied){ .verdict = STR("unusable"), .status = mapped->status };
    if (mapped->kind == MAPPED_IGNORED) out->verdict = STR("ignored");
    if (mapped->kind != MAPPED_ANSWER) return;
    bool is_awaited = waits_by_key(txn, route->callback, mapped->key);
    out->verdict = is_awaited ? STR("awaited") : STR("not awaited");
}

static void write_replay(struct buf *out, const struct replay *replay, str before,
                         const struct applied *applied)
{
    reply_open(out);
    buf_printf(out, "\"deliveryId\":\"%llu\"", (unsigned long long)replay->record.number);
    reply_str(out, "before", before);
    reply_str(out, "verdict", applied->verdict);
    reply_str_unless_empty(out, "key", replay->mapped.key);
    reply_str_unless_empty(out, "message", replay->mapped.reason);
    reply_str_unless_empty(out, "executionArn", applied->execution);
    reply_close(out);
}

static void replay_one(struct txn *txn, const struct source *source, const struct route *route,
                       struct replay *replay, struct applied *out)
{
    struct delivery_record *record = &replay->record;
    route_apply(txn, source, route, &replay->mapped, out);
    record->verdict = out->verdict;
    record->status = out->status;
    record->key = replay->mapped.key;
    record->answer = out->body;
    record->execution = out->execution;
    record->replays++;
    record->replayed_ms = source->now_ms;
    delivery_update(txn, source, route->name, record);
}

enum handled handle_replay_deliveries(struct txn *txn, struct request *request, struct error *err)
{
    (void)err;
    struct source source = source_from_txn(txn, &request->arena);
    const struct replays *replays = request->prepared;
    bool is_dry = json_bool_or(request->params, STR("dryRun"), false);
    struct buf *out = reply_begin(request);
    reply_name(out, "deliveries");
    buf_add_char(out, '[');
    size_t shown = 0;
    for (size_t i = 0; i < replays->count; i++) {
        struct replay *replay = &replays->list[i];
        struct delivery_record now;
        struct applied applied;
        str before = replay->record.verdict;
        /* It may have been removed since the snapshot. */
        if (!delivery_load(&source, replays->route.name, replay->record.number, &now)) continue;
        if (is_dry)
            foresee(txn, &replays->route, &replay->mapped, &applied);
        else
            replay_one(txn, &source, &replays->route, replay, &applied);
        if (shown++ > 0) buf_add_char(out, ',');
        write_replay(out, replay, before, &applied);
    }
    buf_add_char(out, ']');
    reply_bool(out, "dryRun", is_dry);
    reply_bool(out, "hasMore", replays->has_more);
    reply_close(out);
    return HANDLED;
}
