/* ListWaits and DescribeWait: who waits for what, and all that is known of one wait. */
#include "services/callbacks/operations.h"

static void write_arns(const struct source *source, str machine, str execution, struct buf *out)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    if (machine.len == 0) return;
    reply_str(out, "executionArn",
              arena_printf(source->arena, "arn:aws:states:%.*s:%.*s:execution:%.*s:%.*s",
                           STR_ARGS(region), STR_ARGS(account), STR_ARGS(machine),
                           STR_ARGS(execution)));
    reply_str(out, "stateMachineArn",
              arena_printf(source->arena, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s",
                           STR_ARGS(region), STR_ARGS(account), STR_ARGS(machine)));
}

static void write_token(const struct source *source, token of, struct buf *out)
{
    reply_str(out, "taskToken", token_encode(shard_token_key(source->shard), of, source->arena));
}

void waiting_task_write(const struct source *source, const struct waiting_task *task,
                        struct buf *out)
{
    write_token(source, task->token, out);
    write_arns(source, task->machine, task->execution, out);
    reply_str_unless_empty(out, "stateName", task->state);
    reply_str_unless_empty(out, "resource", task->resource);
    reply_str_unless_empty(out, "name", task->name);
    reply_str_unless_empty(out, "key", task->key);
    reply_str_unless_empty(out, "title", task->title);
    if (task->since_ms > 0) reply_time(out, "since", task->since_ms);
    if (task->until_ms > 0) reply_time(out, "until", task->until_ms);
}

enum handled handle_list_waits(const struct reader *reader, struct request *request,
                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct wait_filter filter;
    struct page page;
    str next;
    const json *given = json_find(request->params, STR("filter"));
    str scope = arena_printf(source.arena, "ListWaits %.*s",
                             STR_ARGS(given ? json_text(source.arena, *given) : STR("")));
    if (!wait_filter_read(&source, request->params, &filter, err) ||
        !page_begin(&source, request->params, scope, &page, err))
        return HANDLED_FAILED;
    struct waiting_task *tasks = arena_array(source.arena, page.limit + 1, sizeof *tasks);
    size_t count = wait_filter_walk(&source, &filter, &page, tasks, &next);
    struct buf *out = reply_begin(request);
    reply_name(out, "waits");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        waiting_task_write(&source, &tasks[i], out);
        reply_close(out);
    }
    buf_add_char(out, ']');
    if (next.len > 0) page_next(&source, &page, out, next);
    reply_close(out);
    return HANDLED;
}

/* ---- DescribeWait ---- */

static struct link link_of(const struct source *source, const struct wait_view *view)
{
    return (struct link){ .shard = source->number,
                          .serial = view->serial,
                          .frame = view->frame,
                          .entered = view->entered };
}

/* The links that do not expire, for an operator to hand on. */
static void write_links(const struct source *source, const struct wait_view *view, struct buf *out)
{
    struct link link = link_of(source, view);
    reply_str(out, "callbackUrl", wait_link_url(source, &link));
    reply_name(out, "callbackUrls");
    reply_open(out);
    for (size_t i = 0; i < view->outcome_count; i++) {
        link.outcome = (uint8_t)(i + 1);
        reply_str(out, arena_cstr(source->arena, view->outcomes[i].name),
                  wait_link_url(source, &link));
    }
    reply_close(out);
}

static void write_outcomes(const struct wait_view *view, struct buf *out)
{
    reply_name(out, "outcomes");
    buf_add_char(out, '[');
    for (size_t i = 0; i < view->outcome_count; i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "name", view->outcomes[i].name);
        reply_str_unless_empty(out, "label", view->outcomes[i].label);
        reply_bool(out, "fails", view->outcomes[i].fails);
        reply_close(out);
    }
    buf_add_char(out, ']');
}

static void write_rules(const struct wait_view *view, struct buf *out)
{
    static const char *const comments[] = { "OPTIONAL", "REQUIRED", "NONE" };
    reply_str(out, "comment", str_from(comments[view->comment]));
    reply_bool(out, "needsCode", view->needs_code);
    if (view->code_locked) reply_bool(out, "codeLocked", true);
    reply_str_unless_empty(out, "identityHeader", view->identity_header);
    if (!json_is_array(view->responders)) return;
    reply_json(out, "responders", view->responders);
    reply_i64(out, "quorum", view->quorum);
    reply_json(out, "answers", view->answers);
}

static void write_view(const struct source *source, const struct wait_view *view, struct buf *out)
{
    struct waiting_task task = {
        .token = view->token,
        .machine = view->machine,
        .execution = view->execution,
        .state = view->state,
        .since_ms = view->since_ms,
        .until_ms = view->until_ms,
        .name = view->name,
        .key = view->key,
        .title = view->title,
    };
    waiting_task_write(source, &task, out);
    reply_bool(out, "open", view->open);
    reply_str_unless_empty(out, "closed", view->closed);
    if (json_is_object(view->show)) reply_json(out, "show", view->show);
    if (view->open) write_links(source, view, out);
    write_outcomes(view, out);
    write_rules(view, out);
    if (json_is_object(view->decided)) reply_json(out, "decided", view->decided);
    if (json_is_array(view->attempts)) reply_json(out, "attempts", view->attempts);
}

enum handled handle_describe_wait(const struct reader *reader, struct request *request,
                                  struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct wait_view view;
    token to;
    bool known;
    if (!wait_find_named(&source, request->params, &to, &view, &known, err)) return HANDLED_FAILED;
    if (!known) {
        error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no such wait.");
        return HANDLED_FAILED;
    }
    struct buf *out = reply_begin(request);
    write_view(&source, &view, out);
    reply_close(out);
    return HANDLED;
}
