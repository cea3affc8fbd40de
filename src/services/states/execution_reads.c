/* DescribeExecution and ListExecutions. */
#include "services/states/states.h"

enum {
    STATUSES = EXECUTION_ABORTED + 1,
    /* Entries looked at for one page: a filter by version or alias may pass over many. */
    LIST_LOOKED_AT_MAX = 10000,
};

/* ---- DescribeExecution ---- */

static void reply_redrive(struct buf *out, const struct source *source,
                          const struct execution_view *view)
{
    str obstacle = redrive_obstacle(source, view);
    reply_i64(out, "redriveCount", view->redrive.count);
    if (view->redrive.count > 0) reply_time(out, "redriveDate", view->redrive.date_ms);
    reply_str(out, "redriveStatus", obstacle.len ? STR("NOT_REDRIVABLE") : STR("REDRIVABLE"));
    reply_str_unless_empty(out, "redriveStatusReason", obstacle);
}

static void reply_end(struct buf *out, const struct execution_end *end, bool data)
{
    if (end->output.ptr) {
        if (data) reply_str(out, "output", end->output);
        reply_included(out, "outputDetails", data);
    }
    if (data && end->error.ptr) reply_str(out, "error", end->error);
    if (data && end->cause.ptr) reply_str(out, "cause", end->cause);
}

static void reply_execution(struct buf *out, const struct source *source,
                            const struct execution_view *view, bool data)
{
    const struct execution_identity *id = &view->id;
    enum execution_status status = view->ended ? view->end.status : EXECUTION_RUNNING;
    reply_str(out, "executionArn", id->arn);
    reply_str(out, "stateMachineArn", id->machine_arn);
    reply_str_unless_empty(out, "stateMachineVersionArn", id->version_arn);
    reply_str_unless_empty(out, "stateMachineAliasArn", id->alias_arn);
    reply_str(out, "name", id->name);
    reply_str(out, "status", execution_status_name(status));
    reply_time(out, "startDate", id->start_ms);
    if (view->ended) reply_time(out, "stopDate", view->end.stop_ms);
    if (data) reply_str(out, "input", id->input);
    reply_included(out, "inputDetails", data);
    if (view->ended) reply_end(out, &view->end, data);
    reply_str_unless_empty(out, "traceHeader", id->trace_header);
    reply_redrive(out, source, view);
}

bool execution_describe(const struct source *source, json params, struct buf *out,
                        struct error *err)
{
    struct execution_view view;
    if (!execution_view_load(source, json_str_or(params, STR("executionArn"), STR("")), &view, err))
        return false;
    bool data = !str_eq(json_str_or(params, STR("includedData"), STR("")), STR("METADATA_ONLY"));
    reply_execution(out, source, &view, data);
    return true;
}

enum handled handle_describe_execution(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct buf *out = reply_begin(request);
    if (!execution_describe(&source, request->params, out, err)) return HANDLED_FAILED;
    reply_close(out);
    return HANDLED;
}

/* ---- ListExecutions ---- */

/* One status of one machine, newest first. */
struct lane {
    struct store_cursor *cursor;
    enum execution_status status;
    bool there;
    uint64_t serial;
    json entry;
};

struct listing {
    const struct source *source;
    const struct target *target;
    str version_arn, alias_arn; /* empty: any */
    str redrive_filter;         /* empty: any */
    struct lane lanes[STATUSES];
    size_t lane_count;
};

static void lane_next(struct listing *listing, struct lane *lane)
{
    str key, value, machine;
    struct key_reader fields;
    uint8_t status;
    uint64_t complement;
    lane->there = false;
    if (!store_cursor_next(lane->cursor, &key, &value)) return;
    if (!key_read_begin(&fields, key) || !key_read_text(&fields, &machine) ||
        !key_read_u8(&fields, &status) || !key_read_u64(&fields, &complement))
        fatal("the key of a list entry does not decode");
    lane->serial = ~complement;
    lane->entry = source_parse(listing->source, value);
    /* Executions of an earlier machine of the same name are older than this machine, and the lane
     * is sorted by time. */
    lane->there = json_i64_or(lane->entry, STR("start"), 0) >= listing->target->machine.created_ms;
}

static void lane_open(struct listing *listing, enum execution_status status, uint64_t before)
{
    struct lane *lane = &listing->lanes[listing->lane_count++];
    struct key from, to;
    str machine = listing->target->machine.name;
    key_begin(&from, listing->source->number, KEY_LIST);
    key_add_text(&from, machine);
    key_add_u8(&from, (uint8_t)status);
    to = from;
    key_range_end(&to);
    if (before > 0) {
        key_list(&from, listing->source->number, machine, (uint8_t)status, before);
        key_add_u8(&from, 0); /* behind the last one shown */
    }
    *lane = (struct lane){
        .cursor = source_scan(listing->source, &from, &to, false),
        .status = status,
    };
    lane_next(listing, lane);
}

static struct lane *newest_lane(struct listing *listing)
{
    struct lane *newest = NULL;
    for (size_t i = 0; i < listing->lane_count; i++) {
        struct lane *lane = &listing->lanes[i];
        if (lane->there && (!newest || lane->serial > newest->serial)) newest = lane;
    }
    return newest;
}

static bool is_wanted(const struct listing *listing, json entry)
{
    str version = json_str_or(entry, STR("versionArn"), STR(""));
    str alias = json_str_or(entry, STR("aliasArn"), STR(""));
    bool redriven = json_i64_or(entry, STR("redrives"), 0) > 0;
    if (listing->redrive_filter.len > 0 &&
        redriven != str_eq(listing->redrive_filter, STR("REDRIVEN")))
        return false;
    return (listing->version_arn.len == 0 || str_eq(listing->version_arn, version)) &&
           (listing->alias_arn.len == 0 || str_eq(listing->alias_arn, alias));
}

static void reply_entry(const struct listing *listing, const struct lane *lane, struct buf *out)
{
    const struct source *source = listing->source;
    str machine = listing->target->machine.name;
    str name = json_str_or(lane->entry, STR("name"), STR(""));
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "executionArn", arn_execution_text(source, machine, name));
    reply_str(out, "stateMachineArn", arn_machine(source, machine));
    reply_str_unless_empty(out, "stateMachineVersionArn",
                           json_str_or(lane->entry, STR("versionArn"), STR("")));
    reply_str_unless_empty(out, "stateMachineAliasArn",
                           json_str_or(lane->entry, STR("aliasArn"), STR("")));
    reply_str(out, "name", name);
    reply_str(out, "status", execution_status_name(lane->status));
    reply_time(out, "startDate", json_i64_or(lane->entry, STR("start"), 0));
    if (lane->status != EXECUTION_RUNNING)
        reply_time(out, "stopDate", json_i64_or(lane->entry, STR("stop"), 0));
    int64_t redrives = json_i64_or(lane->entry, STR("redrives"), 0);
    reply_i64(out, "redriveCount", redrives);
    if (redrives > 0) reply_time(out, "redriveDate", json_i64_or(lane->entry, STR("redriven"), 0));
    reply_close(out);
}

/* The newest first over all lanes. The position is the serial of the last entry looked at. */
static void reply_entries(struct listing *listing, const struct page *page, struct buf *out)
{
    size_t shown = 0, looked_at = 0;
    uint64_t last = 0;
    struct lane *lane;
    while ((lane = newest_lane(listing)) != NULL) {
        if (shown == page->limit || looked_at == LIST_LOOKED_AT_MAX) break;
        looked_at++;
        last = lane->serial;
        if (is_wanted(listing, lane->entry)) {
            reply_entry(listing, lane, out);
            shown++;
        }
        lane_next(listing, lane);
    }
    buf_add_char(out, ']');
    if (lane)
        page_next(listing->source, page, out,
                  arena_printf(listing->source->arena, "%llu", (unsigned long long)last));
}

/* Which statuses a filter names. None can be PENDING_REDRIVE: a redrive runs at once. */
static bool is_filtered_out(json params, enum execution_status status)
{
    str filter;
    return json_find_str(params, STR("statusFilter"), &filter) &&
           !str_eq(filter, execution_status_name(status));
}

static bool list_target(const struct source *source, json params, struct target *target,
                        struct error *err)
{
    str text, map_run;
    bool has_machine = json_find_str(params, STR("stateMachineArn"), &text);
    bool has_map_run = json_find_str(params, STR("mapRunArn"), &map_run);
    if (has_machine == has_map_run)
        return error_set(err, ERROR_VALIDATION,
                         "Must provide exactly one of the State Machine ARN or Map Run ARN");
    if (has_map_run) {
        struct arn arn;
        if (!arn_expect(source, map_run, ARN_MAP_RUN, &arn, err)) return false;
        return fail_quoted(source, err, ERROR_RESOURCE_NOT_FOUND, "Resource not found: ", map_run);
    }
    if (!target_resolve(source, text, NULL, target, err)) return false;
    if (target->machine.type == ASL_STANDARD) return true;
    return error_set(err, ERROR_STATE_MACHINE_TYPE_NOT_SUPPORTED,
                     "This operation is not supported by this type of state machine");
}

/* The filters belong to the list, so that a token does not carry over to another one. */
static str list_scope(const struct source *source, json params)
{
    str arn = json_str_or(params, STR("stateMachineArn"), STR(""));
    str status = json_str_or(params, STR("statusFilter"), STR(""));
    str redrive = json_str_or(params, STR("redriveFilter"), STR(""));
    return arena_printf(source->arena, "ListExecutions %.*s %.*s %.*s", STR_ARGS(arn),
                        STR_ARGS(status), STR_ARGS(redrive));
}

enum handled handle_list_executions(const struct reader *reader, struct request *request,
                                    struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct target target = { 0 };
    struct page page;
    json params = request->params;
    int64_t before = 0;
    if (!list_target(&source, params, &target, err) ||
        !page_begin(&source, params, list_scope(&source, params), &page, err))
        return HANDLED_FAILED;
    if (page.position.len > 0 && !str_to_i64(page.position, &before))
        fatal("a page token of our own does not decode");
    struct listing listing = {
        .source = &source,
        .target = &target,
        .redrive_filter = json_str_or(params, STR("redriveFilter"), STR("")),
    };
    if (target.has_alias)
        listing.alias_arn = arn_alias_text(&source, target.machine.name, target.alias.name);
    else if (target.has_version)
        listing.version_arn =
            arn_version_text(&source, target.machine.name, target.version.version);
    for (int status = 0; status < STATUSES; status++)
        if (!is_filtered_out(params, (enum execution_status)status))
            lane_open(&listing, (enum execution_status)status, (uint64_t)before);
    struct buf *out = reply_begin(request);
    reply_name(out, "executions");
    buf_add_char(out, '[');
    reply_entries(&listing, &page, out);
    reply_close(out);
    for (size_t i = 0; i < listing.lane_count; i++)
        store_cursor_close(listing.lanes[i].cursor);
    return HANDLED;
}
