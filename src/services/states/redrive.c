/* RedriveExecution: who may be redriven, and who has asked before. Source: API reference,
 * "RedriveExecution" and redriveStatusReason of "DescribeExecution". */
#include "services/states/states.h"

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;

/* ---- the record ---- */

void redrive_load(const struct source *source, uint64_t serial, struct redrive_record *out)
{
    struct key key;
    json record;
    *out = (struct redrive_record){ .tokens = json_array(NULL, 0) };
    key_redrive(&key, source->number, serial);
    if (!source_find(source, &key, &record)) return;
    out->count = (uint32_t)json_i64_or(record, STR("count"), 0);
    out->date_ms = json_i64_or(record, STR("date"), 0);
    const json *tokens = json_find(record, STR("tokens"));
    if (tokens && json_is_array(*tokens)) out->tokens = *tokens;
}

static void redrive_store(struct txn *txn, uint64_t serial, const struct redrive_record *record)
{
    struct key key;
    struct buf out;
    buf_init(&out, txn_arena(txn));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "count", record->count);
    reply_i64(&out, "date", record->date_ms);
    reply_json(&out, "tokens", record->tokens);
    reply_close(&out);
    key_redrive(&key, shard_number(txn_shard(txn)), serial);
    txn_put(txn, &key, buf_str(&out));
}

/* ---- client tokens ---- */

static bool is_fresh(const struct source *source, json entry)
{
    int64_t most_ms = (int64_t)STATES_REDRIVE_TOKEN_MINUTES * 60 * 1000;
    return source->now_ms - json_i64_or(entry, STR("date"), 0) <= most_ms;
}

/* When the token has redriven the execution already. */
static bool find_token(const struct source *source, json tokens, str wanted, int64_t *date_ms)
{
    for (size_t i = 0; i < json_count(tokens); i++) {
        json entry = json_at(tokens, i);
        if (!is_fresh(source, entry) || !str_eq(json_str_or(entry, STR("token"), STR("")), wanted))
            continue;
        *date_ms = json_i64_or(entry, STR("date"), 0);
        return true;
    }
    return false;
}

/* Those that are still remembered, and the new one. */
static json add_token(const struct source *source, json tokens, str added, int64_t date_ms)
{
    struct json_list list;
    struct json_fields fields;
    size_t count = json_count(tokens);
    json_list_init(&list, source->arena);
    for (size_t i = 0; i < count; i++) {
        bool among_last = count - i < STATES_REDRIVE_TOKENS_MAX;
        if (among_last && is_fresh(source, json_at(tokens, i)))
            json_list_add(&list, json_at(tokens, i));
    }
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("token"), json_string(added));
    json_fields_add(&fields, STR("date"), json_i64(source->arena, date_ms));
    json_list_add(&list, json_fields_done(&fields));
    return json_list_done(&list);
}

/* ---- may it be redriven? ---- */

/* Its machine is gone, or another of the same name has taken its place. */
static bool machine_is_deleted(const struct source *source, const struct execution_identity *id)
{
    struct machine_record machine;
    return !machine_load(source, id->machine, &machine) || machine.status != MACHINE_ACTIVE ||
           machine.created_ms > id->start_ms;
}

str redrive_obstacle(const struct source *source, const struct execution_view *view)
{
    const struct execution_end *end = &view->end;
    int64_t now_ms = source->now_ms;
    if (!view->ended) return STR("Execution is RUNNING and cannot be redriven");
    if (end->status == EXECUTION_SUCCEEDED)
        return STR("Execution is SUCCEEDED and cannot be redriven");
    if (machine_is_deleted(source, &view->id)) return STR("State machine is in DELETING status");
    if (end->events == 0) return STR("Execution was started before the launch of RedriveExecution");
    if (!end->at_rest || end->events + 1 >= shard_history_events_max(source->shard))
        return STR("Execution history event limit exceeded");
    if (now_ms - view->id.start_ms > STATES_EXECUTION_DAYS_MAX * DAY_MS)
        return STR("Execution has exceeded the max execution time");
    if (now_ms - end->stop_ms > STATES_REDRIVE_DAYS * DAY_MS)
        return STR("Execution redrivable period exceeded");
    return STR("");
}

/* ---- RedriveExecution ---- */

static bool redrive(struct txn *txn, const struct source *source, json params, int64_t *date_ms,
                    struct error *err)
{
    struct execution_view view = { 0 };
    str asker = json_str_or(params, STR("clientToken"), STR(""));
    if (!execution_view_load(source, json_str_or(params, STR("executionArn"), STR("")), &view, err))
        return false;
    struct redrive_record *record = &view.redrive;
    if (asker.len > 0 && find_token(source, record->tokens, asker, date_ms)) return true;
    str obstacle = redrive_obstacle(source, &view);
    if (obstacle.len > 0)
        return error_set(err, ERROR_EXECUTION_NOT_REDRIVABLE, "%.*s", STR_ARGS(obstacle));
    record->count++;
    record->date_ms = *date_ms = source->now_ms;
    if (asker.len > 0) record->tokens = add_token(source, record->tokens, asker, *date_ms);
    /* Before the turn: what follows from it may look at the execution. */
    redrive_store(txn, view.serial, record);
    const struct execution *execution = txn_execution_redrive(txn, view.serial);
    if (!execution)
        fatal("execution %llu has lost its frames: the store is damaged",
              (unsigned long long)view.serial);
    ASSERT_CMP(execution->redrive_count, >=, record->count);
    return true;
}

enum handled handle_redrive_execution(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    int64_t date_ms = 0;
    if (!redrive(txn, &source, request->params, &date_ms, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_time(out, "redriveDate", date_ms);
    reply_close(out);
    return HANDLED;
}
