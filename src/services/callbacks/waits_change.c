/* CompleteWaits, FailWaits, HeartbeatWaits, ExtendWaits, ResendWaits, RevokeLinks: what operators
 * do to one wait or to all that fit a filter.
 *
 * A call changes at most CALLBACK_CHANGES_MAX waits in one transaction and gives nextToken for the
 * others. With "dryRun" it says which waits it would be and changes nothing. What has come of each
 * stands in its row of the answer: the call itself fails only if it cannot be carried out at
 * all. */
#include "services/callbacks/operations.h"

/* What is done to each wait of a call. Fills *out with what has come of it. */
struct change {
    void (*apply)(struct txn *txn, const struct change *change, struct waiting_task *task,
                  struct verdict *out);
    struct answer answer; /* of those that answer */
    int64_t seconds;      /* ExtendWaits */
    str outcome, responder;
};

/* ---- which ---- */

static bool find_one(const struct source *source, json params, struct waiting_task *out,
                     struct error *err)
{
    struct wait_view view;
    bool known;
    *out = (struct waiting_task){ 0 };
    if (!wait_find_named(source, params, &out->token, &view, &known, err)) return false;
    if (!known) return true;
    out->machine = view.machine;
    out->execution = view.execution;
    out->state = view.state;
    out->name = view.name;
    out->key = view.key;
    out->since_ms = view.since_ms;
    out->until_ms = view.until_ms;
    return true;
}

/* A call that names nothing is a mistake, not "all of them". */
static bool names_many(json params)
{
    const json *filter = json_find(params, STR("filter"));
    return json_bool_or(params, STR("all"), false) || (filter && json_count(*filter) > 0);
}

static bool find_many(const struct source *source, struct request *request,
                      struct waiting_task *out, size_t *count, struct page *page, str *next,
                      struct error *err)
{
    struct wait_filter filter;
    const json *given = json_find(request->params, STR("filter"));
    str scope = arena_printf(source->arena, "%.*s %.*s", STR_ARGS(request->operation->name),
                             STR_ARGS(given ? json_text(source->arena, *given) : STR("")));
    if (!wait_filter_read(source, request->params, &filter, err) ||
        !page_begin(source, request->params, scope, page, err))
        return false;
    page->limit = CALLBACK_CHANGES_MAX;
    *count = wait_filter_walk(source, &filter, page, out, next);
    return true;
}

/* ---- carrying out ---- */

static void write_row(const struct source *source, const struct waiting_task *task,
                      const struct verdict *verdict, struct buf *out)
{
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    waiting_task_write(source, task, out);
    if (!verdict) {
        reply_str(out, "status", STR("matched"));
    } else if (verdict_status(verdict) < 300) {
        reply_str(out, "status", verdict_name(verdict));
        if (verdict->kind == VERDICT_DUPLICATE) reply_bool(out, "duplicate", true);
    } else {
        reply_str(out, "error", verdict_name(verdict));
        reply_str(out, "message", json_str_or(verdict->detail, STR("message"), STR("")));
    }
    reply_close(out);
}

static enum handled run(struct txn *txn, struct request *request, const struct change *change,
                        struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct waiting_task *tasks = arena_array(source.arena, CALLBACK_CHANGES_MAX + 1, sizeof *tasks);
    struct page page = { 0 };
    str next = STR("");
    size_t count = 1;
    bool good = names_many(request->params)
                    ? find_many(&source, request, tasks, &count, &page, &next, err)
                    : find_one(&source, request->params, tasks, err);
    if (!good) return HANDLED_FAILED;
    bool dry = json_bool_or(request->params, STR("dryRun"), false);
    struct buf *out = reply_begin(request);
    reply_name(out, "waits");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        struct verdict verdict = { 0 };
        if (!dry) change->apply(txn, change, &tasks[i], &verdict);
        write_row(&source, &tasks[i], dry ? NULL : &verdict, out);
    }
    buf_add_char(out, ']');
    if (next.len > 0) page_next(&source, &page, out, next);
    reply_close(out);
    return HANDLED;
}

/* ---- answers ---- */

static void apply_answer(struct txn *txn, const struct change *change, struct waiting_task *task,
                         struct verdict *out)
{
    answer_by_token(txn, task->token, &change->answer, out);
}

static struct change answering(const struct request *request, enum answer_kind kind)
{
    return (struct change){
        .apply = apply_answer,
        .answer = { .kind = kind,
                    .output = json_null(),
                    .by = STR("operator"),
                    .via = STR("command line"),
                    .peer = request->peer },
    };
}

static bool read_output(struct request *request, struct answer *answer, struct error *err)
{
    struct error parsing = { 0 };
    if (!json_find_str(request->params, STR("output"), &answer->output_text)) {
        if (answer->kind == ANSWER_SUCCESS) {
            answer->output_text = STR("{}");
            answer->output = (json){ .kind = JSON_OBJECT };
        }
        return true;
    }
    if (json_parse(answer->output_text, &request->arena, &answer->output, &parsing)) return true;
    return error_set(err, ERROR_INVALID_OUTPUT, "Invalid Output: '%s'", parsing.message);
}

enum handled handle_complete_waits(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = answering(request, ANSWER_SUCCESS);
    struct answer *answer = &change.answer;
    if (json_find_str(request->params, STR("outcome"), &answer->outcome))
        answer->kind = ANSWER_OUTCOME;
    answer->comment = json_str_or(request->params, STR("comment"), STR(""));
    if (!read_output(request, answer, err)) return HANDLED_FAILED;
    return run(txn, request, &change, err);
}

enum handled handle_fail_waits(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = answering(request, ANSWER_FAILURE);
    change.answer.error = json_str_or(request->params, STR("error"), (str){ NULL, 0 });
    change.answer.cause = json_str_or(request->params, STR("cause"), (str){ NULL, 0 });
    return run(txn, request, &change, err);
}

enum handled handle_heartbeat_waits(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = answering(request, ANSWER_HEARTBEAT);
    return run(txn, request, &change, err);
}

/* ---- the others ---- */

static void apply_extend(struct txn *txn, const struct change *change, struct waiting_task *task,
                         struct verdict *out)
{
    int64_t from_ms = task->until_ms > 0 ? task->until_ms : txn_now_ms(txn);
    int64_t until_ms = from_ms + change->seconds * 1000;
    if (wait_extend(txn, task->token, until_ms, out)) task->until_ms = until_ms;
}

enum handled handle_extend_waits(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = { .apply = apply_extend,
                             .seconds = json_i64_or(request->params, STR("seconds"), 0) };
    return run(txn, request, &change, err);
}

static void apply_resend(struct txn *txn, const struct change *change, struct waiting_task *task,
                         struct verdict *out)
{
    (void)change;
    (void)wait_resend(txn, task->token, out);
}

enum handled handle_resend_waits(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = { .apply = apply_resend };
    return run(txn, request, &change, err);
}

static void apply_revoke(struct txn *txn, const struct change *change, struct waiting_task *task,
                         struct verdict *out)
{
    (void)wait_revoke(txn, task->token, change->outcome, change->responder, out);
}

enum handled handle_revoke_links(struct txn *txn, struct request *request, struct error *err)
{
    struct change change = {
        .apply = apply_revoke,
        .outcome = json_str_or(request->params, STR("outcome"), STR("")),
        .responder = json_str_or(request->params, STR("responder"), STR("")),
    };
    return run(txn, request, &change, err);
}
