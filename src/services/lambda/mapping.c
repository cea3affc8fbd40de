/* Event source mappings: their records and the operations on them. Sources are queues of Baton's
 * own. What reads the queue is in mapping_poll.c.
 *
 * KEY_FUNCTION_MAPPING, part 0: {"v":1,"source":arn,"function":s,"qualifier":s,"enabled":b,
 * "batch":n,"window":s,"concurrency":n,"reports":b,"filters":[text],"tags":{},"modified":ms};
 * part 1, once there is something to say: {"v":1,"inFlight":n,"throttled":n,"pausedUntil":ms}. */
#include "services/lambda/lambda_private.h"

#include "services/pattern.h"
#include "services/sqs/sqs.h"

enum { PART_RECORD, PART_STATE };

/* ---- records ---- */

static struct mapping_record decode(str uuid, json record)
{
    const json *filters = json_find(record, STR("filters"));
    const json *tags = json_find(record, STR("tags"));
    ASSERT(filters && tags);
    return (struct mapping_record){
        .uuid = uuid,
        .source_arn = param_str(record, "source"),
        .function = param_str(record, "function"),
        .qualifier = param_str(record, "qualifier"),
        .enabled = json_bool_or(record, STR("enabled"), false),
        .batch_size = json_i64_or(record, STR("batch"), 10),
        .window_s = json_i64_or(record, STR("window"), 0),
        .concurrency = json_i64_or(record, STR("concurrency"), 0),
        .reports = json_bool_or(record, STR("reports"), false),
        .filters = *filters,
        .tags = *tags,
        .modified_ms = json_i64_or(record, STR("modified"), 0),
    };
}

bool mapping_load(const struct source *source, str uuid, struct mapping_record *out)
{
    struct key key;
    json record;
    if (uuid.len != 36 || str_find_char(uuid, '\0', 0) < uuid.len) return false;
    key_function_mapping(&key, source->number, uuid, PART_RECORD);
    if (!source_find(source, &key, &record)) return false;
    *out = decode(arena_str(source->arena, uuid), record);
    return true;
}

void mapping_store(struct txn *txn, const struct source *source,
                   const struct mapping_record *mapping)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "source", mapping->source_arn);
    reply_str(&out, "function", mapping->function);
    reply_str(&out, "qualifier", mapping->qualifier);
    reply_bool(&out, "enabled", mapping->enabled);
    reply_i64(&out, "batch", mapping->batch_size);
    reply_i64(&out, "window", mapping->window_s);
    reply_i64(&out, "concurrency", mapping->concurrency);
    reply_bool(&out, "reports", mapping->reports);
    reply_json(&out, "filters", mapping->filters);
    reply_json(&out, "tags", mapping->tags);
    reply_i64(&out, "modified", mapping->modified_ms);
    reply_close(&out);
    key_function_mapping(&key, source->number, mapping->uuid, PART_RECORD);
    txn_put(txn, &key, buf_str(&out));
}

struct mapping_state mapping_state_load(const struct source *source, str uuid)
{
    struct key key;
    json record;
    key_function_mapping(&key, source->number, uuid, PART_STATE);
    if (!source_find(source, &key, &record)) return (struct mapping_state){ 0 };
    return (struct mapping_state){
        .in_flight = json_i64_or(record, STR("inFlight"), 0),
        .throttled = json_i64_or(record, STR("throttled"), 0),
        .paused_until_ms = json_i64_or(record, STR("pausedUntil"), 0),
    };
}

void mapping_state_store(struct txn *txn, const struct source *source, str uuid,
                         const struct mapping_state *state)
{
    struct key key;
    key_function_mapping(&key, source->number, uuid, PART_STATE);
    txn_put(txn, &key,
            arena_printf(source->arena,
                         "{\"v\":1,\"inFlight\":%lld,\"throttled\":%lld,\"pausedUntil\":%lld}",
                         (long long)state->in_flight, (long long)state->throttled,
                         (long long)state->paused_until_ms));
}

str mapping_topic(struct arena *arena, str uuid)
{
    return arena_printf(arena, "lambda:mapping:%.*s", STR_ARGS(uuid));
}

struct store_cursor *mappings_scan(const struct source *source, str after)
{
    struct key from, to;
    key_begin(&from, source->number, KEY_FUNCTION_MAPPING);
    to = from;
    key_range_end(&to);
    if (after.len > 0) {
        key_add_text(&from, after);
        key_range_end(&from);
    }
    return source_scan(source, &from, &to, false);
}

bool mappings_next(const struct source *source, struct store_cursor *cursor,
                   struct mapping_record *out)
{
    str key, value, uuid;
    uint8_t part;
    struct key_reader fields;
    while (store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &uuid) ||
            !key_read_u8(&fields, &part))
            fatal("the key of an event source mapping does not decode");
        if (part != PART_RECORD) continue;
        uuid = arena_str(source->arena, uuid);
        *out = decode(uuid, source_parse(source, value));
        return true;
    }
    return false;
}

/* ---- answers ---- */

static void add_filters(struct buf *out, json filters)
{
    reply_name(out, "FilterCriteria");
    buf_add(out, STR("{\"Filters\":["));
    for (size_t i = 0; i < json_count(filters); i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "Pattern", json_str(json_at(filters, i)));
        reply_close(out);
    }
    buf_add(out, STR("]}"));
}

/* `state` NULL: what it is at. */
static void add_mapping(struct buf *out, const struct source *source,
                        const struct mapping_record *mapping, const char *state)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    if (!state) state = mapping->enabled ? "Enabled" : "Disabled";
    reply_str(out, "UUID", mapping->uuid);
    reply_i64(out, "BatchSize", mapping->batch_size);
    reply_i64(out, "MaximumBatchingWindowInSeconds", mapping->window_s);
    reply_str(out, "EventSourceArn", mapping->source_arn);
    reply_str(out, "FunctionArn", function_arn(source, mapping->function, mapping->qualifier));
    reply_time(out, "LastModified", mapping->modified_ms);
    reply_str(out, "State", str_from(state));
    reply_str(out, "StateTransitionReason", STR("USER_INITIATED"));
    reply_name(out, "FunctionResponseTypes");
    buf_add(out, mapping->reports ? STR("[\"ReportBatchItemFailures\"]") : STR("[]"));
    if (json_count(mapping->filters) > 0) add_filters(out, mapping->filters);
    if (mapping->concurrency > 0) {
        reply_name(out, "ScalingConfig");
        reply_open(out);
        reply_i64(out, "MaximumConcurrency", mapping->concurrency);
        reply_close(out);
    }
    reply_str(out, "EventSourceMappingArn",
              arena_printf(source->arena, "arn:aws:lambda:%.*s:%.*s:event-source-mapping:%.*s",
                           STR_ARGS(region), STR_ARGS(account), STR_ARGS(mapping->uuid)));
}

static enum handled reply_mapping(struct request *request, const struct source *source,
                                  const struct mapping_record *mapping, const char *state)
{
    struct buf *out = reply_begin(request);
    add_mapping(out, source, mapping, state);
    reply_close(out);
    return HANDLED;
}

/* ---- checks ---- */

static bool invalid(struct error *err, const char *text)
{
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE, "%s", text);
}

static bool read_filters(const struct source *source, json criteria, json *out, struct error *err)
{
    struct json_list list;
    const json *filters = param(criteria, "Filters");
    json_list_init(&list, source->arena);
    if (filters && json_count(*filters) > LAMBDA_MAPPING_FILTERS_MAX)
        return invalid(err, "Filter criteria must not have more than 5 filters.");
    for (size_t i = 0; filters && i < json_count(*filters); i++) {
        json pattern;
        struct pattern_size size;
        struct error why = { 0 };
        str text = param_str(json_at(*filters, i), "Pattern");
        if (!pattern_check(text, PATTERN_EVENT, source->arena, &pattern, &size, &why))
            return error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                                  "Invalid filter pattern definition. %.*s",
                                  STR_ARGS(error_text(&why)));
        json_list_add(&list, json_string(text));
    }
    *out = json_list_done(&list);
    return true;
}

/* The function must be there. */
static bool read_function(const struct source *source, str text, struct mapping_record *mapping,
                          int64_t *timeout_s, struct error *err)
{
    struct function_ref ref = { 0 };
    struct function_target target;
    struct error ignored = { 0 };
    if (!ref_read(source, text, STR(""), &ref, err)) return false;
    if (!target_find(source, &ref, &target, &ignored))
        return invalid(err, "Function does not exist");
    mapping->function = ref.name;
    mapping->qualifier = ref.qualifier;
    *timeout_s = json_i64_or(target.config.settings, STR("Timeout"), LAMBDA_TIMEOUT_S_DEFAULT);
    return true;
}

/* The queue must be there, and keep its messages away for as long as the function may take. */
static bool check_queue(struct txn *txn, const struct source *source,
                        const struct mapping_record *mapping, int64_t timeout_s, struct error *err)
{
    json reply;
    int64_t visibility_s;
    struct json_fields fields;
    struct json_list names;
    struct error missing = { 0 };
    json_list_init(&names, source->arena);
    json_list_add(&names, json_string(STR("VisibilityTimeout")));
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("QueueUrl"), json_string(mapping->source_arn));
    json_fields_add(&fields, STR("AttributeNames"), json_list_done(&names));
    if (!service_call(txn, &sqs_service, STR("GetQueueAttributes"), json_fields_done(&fields),
                      &reply, &missing))
        return invalid(err, "Error occurred while ReceiveMessage. SQS Error Code: "
                            "AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The "
                            "specified queue does not exist.");
    const json *attributes = param(reply, "Attributes");
    str text = attributes ? param_str(*attributes, "VisibilityTimeout") : STR("");
    if (!str_to_i64(text, &visibility_s) || visibility_s >= timeout_s) return true;
    return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                     "Queue visibility timeout: %lld seconds is less than Function timeout: %lld "
                     "seconds",
                     (long long)visibility_s, (long long)timeout_s);
}

static bool check_batch(const struct mapping_record *mapping, struct error *err)
{
    bool fifo = str_ends_with(mapping->source_arn, STR(".fifo"));
    if (fifo && mapping->batch_size > 10)
        return invalid(err, "Batch size must be less than or equal to 10 for FIFO queues.");
    if (fifo && mapping->window_s > 0)
        return invalid(err, "Batching window is not supported for FIFO queues.");
    return mapping->batch_size <= 10 || mapping->window_s > 0 ||
           invalid(err, "Maximum batch window in seconds must be greater than 0 if maximum batch "
                        "size is greater than 10");
}

/* Takes what the call gives into the mapping. */
static bool apply(const struct source *source, json params, struct mapping_record *mapping,
                  struct error *err)
{
    const json *types = param(params, "FunctionResponseTypes");
    const json *scaling = param(params, "ScalingConfig");
    const json *criteria = param(params, "FilterCriteria");
    mapping->enabled = json_bool_or(params, STR("Enabled"), mapping->enabled);
    mapping->batch_size = json_i64_or(params, STR("BatchSize"), mapping->batch_size);
    mapping->window_s =
        json_i64_or(params, STR("MaximumBatchingWindowInSeconds"), mapping->window_s);
    if (types) mapping->reports = json_count(*types) > 0;
    if (scaling) mapping->concurrency = json_i64_or(*scaling, STR("MaximumConcurrency"), 0);
    mapping->modified_ms = source->now_ms;
    if (criteria && !read_filters(source, *criteria, &mapping->filters, err)) return false;
    return check_batch(mapping, err);
}

/* One queue feeds a function once. At most LAMBDA_MAPPINGS_MAX are looked at. */
static bool check_others(const struct source *source, const struct mapping_record *mapping,
                         struct error *err)
{
    struct mapping_record other = { 0 };
    bool free = true;
    struct store_cursor *cursor = mappings_scan(source, STR(""));
    while (free && mappings_next(source, cursor, &other))
        free = !str_eq(other.source_arn, mapping->source_arn) ||
               !str_eq(other.function, mapping->function) ||
               !str_eq(other.qualifier, mapping->qualifier);
    store_cursor_close(cursor);
    return free ||
           error_set_long(err, source->arena, ERROR_LAMBDA_RESOURCE_CONFLICT,
                          "An event source mapping with SQS arn (\" %.*s \") and function (\" %.*s "
                          "\") already exists. Please update or delete the existing mapping with "
                          "UUID %.*s",
                          STR_ARGS(mapping->source_arn), STR_ARGS(mapping->function),
                          STR_ARGS(other.uuid));
}

static bool read_source(const struct source *source, json params, struct mapping_record *mapping,
                        struct error *err)
{
    str queue;
    mapping->source_arn = param_str(params, "EventSourceArn");
    if (mapping->source_arn.len == 0) return invalid(err, "Unrecognized event source.");
    return sqs_queue_name(source, mapping->source_arn, &queue) ||
           error_set_long(err, source->arena, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                          "Unrecognized event source, must be sqs. Unsupported source arn : %.*s",
                          STR_ARGS(mapping->source_arn));
}

/* ---- operations ---- */

/* Wakes the poller, whatever it waits for; others that wait for the queue look again, too. */
static void wake_poller(struct txn *txn, const struct source *source,
                        const struct mapping_record *mapping)
{
    str queue;
    txn_notify(txn, mapping_topic(source->arena, mapping->uuid), SIZE_MAX);
    if (sqs_queue_name(source, mapping->source_arn, &queue))
        txn_notify(txn, sqs_topic(source->arena, queue), SIZE_MAX);
}

static bool count_mapping(struct txn *txn, const struct source *source, int64_t change,
                          struct error *err)
{
    struct function_totals totals = totals_load(source);
    if (change > 0 && totals.mappings >= LAMBDA_MAPPINGS_MAX)
        return invalid(err, "The maximum number of event source mappings has been reached.");
    totals.mappings += change;
    totals_store(txn, source, &totals);
    return true;
}

enum handled handle_create_event_source_mapping(struct txn *txn, struct request *request,
                                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    int64_t timeout_s = 0;
    struct json_fields none;
    json_fields_init(&none, source.arena);
    const json *tags = param(params, "Tags");
    struct mapping_record mapping = {
        .enabled = true,
        .batch_size = 10,
        .filters = json_array(NULL, 0),
        .tags = tags ? *tags : json_fields_done(&none),
    };
    if (!read_source(&source, params, &mapping, err) ||
        !read_function(&source, param_str(params, "FunctionName"), &mapping, &timeout_s, err) ||
        !apply(&source, params, &mapping, err) || !check_others(&source, &mapping, err) ||
        !check_queue(txn, &source, &mapping, timeout_s, err) ||
        !count_mapping(txn, &source, 1, err))
        return HANDLED_FAILED;
    mapping.uuid = new_uuid(txn);
    mapping_store(txn, &source, &mapping);
    mapping_start(source.shard, mapping.uuid);
    return reply_mapping(request, &source, &mapping, "Creating");
}

static bool find_mapping(const struct source *source, json params, struct mapping_record *out,
                         struct error *err)
{
    return mapping_load(source, param_str(params, "UUID"), out) ||
           error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                     "The resource you requested does not exist.");
}

enum handled handle_update_event_source_mapping(struct txn *txn, struct request *request,
                                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct mapping_record mapping = { 0 };
    int64_t timeout_s = 0;
    str function = param_str(request->params, "FunctionName");
    if (!find_mapping(&source, request->params, &mapping, err)) return HANDLED_FAILED;
    bool before = mapping.enabled;
    if ((function.len > 0 && !read_function(&source, function, &mapping, &timeout_s, err)) ||
        !apply(&source, request->params, &mapping, err))
        return HANDLED_FAILED;
    mapping_store(txn, &source, &mapping);
    wake_poller(txn, &source, &mapping);
    const char *state = mapping.enabled == before ? "Updating"
                        : mapping.enabled         ? "Enabling"
                                                  : "Disabling";
    return reply_mapping(request, &source, &mapping, state);
}

enum handled handle_delete_event_source_mapping(struct txn *txn, struct request *request,
                                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct mapping_record mapping = { 0 };
    struct key key;
    if (!find_mapping(&source, request->params, &mapping, err) ||
        !count_mapping(txn, &source, -1, err))
        return HANDLED_FAILED;
    key_function_mapping(&key, source.number, mapping.uuid, PART_RECORD);
    txn_delete(txn, &key);
    key_function_mapping(&key, source.number, mapping.uuid, PART_STATE);
    txn_delete(txn, &key);
    wake_poller(txn, &source, &mapping);
    return reply_mapping(request, &source, &mapping, "Deleting");
}

enum handled handle_get_event_source_mapping(const struct reader *reader, struct request *request,
                                             struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct mapping_record mapping = { 0 };
    if (!find_mapping(&source, request->params, &mapping, err)) return HANDLED_FAILED;
    return reply_mapping(request, &source, &mapping, NULL);
}

/* Those of a source, of a function, or both; empty: any. */
struct wanted {
    str source_arn;
    struct function_ref function;
};

static bool is_wanted(const struct wanted *wanted, const struct mapping_record *mapping)
{
    if (wanted->source_arn.len > 0 && !str_eq(wanted->source_arn, mapping->source_arn))
        return false;
    if (wanted->function.name.len == 0) return true;
    return str_eq(wanted->function.name, mapping->function) &&
           (wanted->function.qualifier.len == 0 ||
            str_eq(wanted->function.qualifier, mapping->qualifier));
}

enum handled handle_list_event_source_mappings(const struct reader *reader, struct request *request,
                                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct wanted wanted = { .source_arn = param_str(request->params, "EventSourceArn") };
    struct mapping_record mapping = { 0 };
    struct page page;
    str function = param_str(request->params, "FunctionName"), last = STR("");
    size_t count = 0;
    bool more = false;
    if (function.len > 0 && !ref_read(&source, function, STR(""), &wanted.function, err))
        return HANDLED_FAILED;
    str scope = arena_printf(source.arena, "EventSourceMappings %.*s %.*s", STR_ARGS(function),
                             STR_ARGS(wanted.source_arn));
    if (!list_begin(&source, request->params, scope, &page, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "EventSourceMappings");
    buf_add_char(out, '[');
    struct store_cursor *cursor = mappings_scan(&source, page.position);
    while (mappings_next(&source, cursor, &mapping)) {
        if (!is_wanted(&wanted, &mapping)) continue;
        more = count == page.limit;
        if (more) break;
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        add_mapping(out, &source, &mapping, NULL);
        reply_close(out);
        last = mapping.uuid;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) list_next(&source, &page, out, last);
    reply_close(out);
    return HANDLED;
}
