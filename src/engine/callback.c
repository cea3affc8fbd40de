/* Callbacks of a Task that waits for its token: the links in the context object, what its field
 * `Callback` says (evaluated when the task is scheduled), and what an outcome makes of an answer.
 * Keys, records and mailboxes are not known here: they are operations, and services/callbacks/
 * carries them out.
 *
 * The object of ENGINE_OP_CALLBACK_OPEN, each member absent where the state has none:
 *   name key duplicates        "REJECT" "FIRST" "ALL"; no key if it reads the response
 *   title show code comment    "REQUIRED" "NONE"
 *   identity                   the header's name
 *   outcomes                   [[name, label, fails] ...]; true: the default ones; absent: the
 *                              state has no field `Callback`
 *   linkExpiry                 seconds
 *   responders approve veto    of a quorum
 *   remind                     [{"afterMs","everyMs","target","address","message"} ...]
 *   undo                       {"target","address","message"} */
#include "engine/internal.h"
#include "engine/link.h"

static const struct asl_callback *callback_of(const struct frame *frame)
{
    return frame->state->task.callback;
}

bool callback_is_recorded(const struct frame *frame)
{
    const struct asl_task *task = &frame->state->task;
    return task->callback || task->reads_links || frame->watched;
}

/* ---- links ---- */

/* The same for every attempt of the wait but for its expiry, which begins with the attempt. */
static str link_url(struct turn *turn, const struct frame *frame, size_t outcome, size_t responder)
{
    const struct asl_callback *callback = callback_of(frame);
    struct link link = {
        .shard = turn->engine->shard,
        .serial = turn->x->id.serial,
        .frame = frame->number,
        .entered = frame->entered_event,
        .outcome = (uint8_t)outcome,
        .responder = (uint8_t)responder,
    };
    if (callback && callback->link_expiry_s > 0) {
        bool open = frame->status == FRAME_WAIT_TASK;
        int64_t from_ms = open ? frame->since_ms : turn->engine->now_ms;
        int64_t expires_s = from_ms / 1000 + callback->link_expiry_s;
        link.expires_s = expires_s < UINT32_MAX ? (uint32_t)expires_s : UINT32_MAX;
    }
    str path = link_encode(turn->engine->link_keys, &link, turn->arena);
    str base = turn->engine->public_url;
    char *text = arena_alloc(turn->arena, base.len + path.len);
    if (base.len) memcpy(text, base.ptr, base.len);
    memcpy(text + base.len, path.ptr, path.len);
    return (str){ text, base.len + path.len };
}

/* CallbackUrl and, with outcomes, CallbackUrls. */
static void add_links(struct turn *turn, const struct frame *frame, size_t responder,
                      struct json_fields *out)
{
    const struct asl_callback *callback = callback_of(frame);
    json_fields_add(out, STR("CallbackUrl"), json_string(link_url(turn, frame, 0, responder)));
    if (!callback) return;
    struct json_fields urls;
    json_fields_init(&urls, turn->arena);
    for (size_t i = 0; i < callback->outcome_count; i++)
        json_fields_add(&urls, callback->outcomes[i].name,
                        json_string(link_url(turn, frame, i + 1, responder)));
    json_fields_add(out, STR("CallbackUrls"), json_fields_done(&urls));
}

static json responder_links(struct turn *turn, const struct frame *frame)
{
    struct json_fields all;
    json_fields_init(&all, turn->arena);
    for (size_t i = 0; i < json_count(frame->responders); i++) {
        struct json_fields one;
        json_fields_init(&one, turn->arena);
        add_links(turn, frame, i + 1, &one);
        json_fields_add(&all, json_str(json_at(frame->responders, i)), json_fields_done(&one));
    }
    return json_fields_done(&all);
}

void callback_context(struct turn *turn, const struct frame *frame, struct json_fields *task)
{
    if (!json_is_null(turn->response)) json_fields_add(task, STR("Response"), turn->response);
    if (!json_is_null(turn->answer)) json_fields_add(task, STR("Answer"), turn->answer);
    if (!frame->state->task.reads_links) return;
    add_links(turn, frame, 0, task);
    if (json_count(frame->responders) > 0)
        json_fields_add(task, STR("Responders"), responder_links(turn, frame));
}

/* ---- values of the field ---- */

static bool invalid(struct turn *turn, const struct frame *frame, str field, const char *what,
                    struct failure *failure)
{
    return failure_runtime(turn, frame, failure, STR("Callback.Invalid"),
                           "The field '%.*s' of 'Callback' %s.", STR_ARGS(field), what);
}

static bool evaluate_value(struct turn *turn, struct frame *frame, const struct asl_value *value,
                           json input, json *out, struct failure *failure)
{
    struct evaluation evaluation;
    struct expr_failure why;
    evaluation_init(turn, frame, input, &evaluation);
    if (value->template)
        return evaluate_template(turn, frame, value->template, &evaluation.env, value->field, out,
                                 failure);
    if (expr_eval(value->expr, &evaluation.env, value->field, out, &why)) return true;
    failure_from_expr(turn, frame, &why, failure);
    return false;
}

/* The value and its size as text; false if it is larger. */
static bool evaluate_bounded(struct turn *turn, struct frame *frame, const struct asl_value *value,
                             json input, size_t bytes_max, json *out, struct failure *failure)
{
    if (!evaluate_value(turn, frame, value, input, out, failure)) return false;
    if (json_fits(*out, bytes_max)) return true;
    return invalid(turn, frame, value->field, "is too large", failure);
}

/* A text, a number or a boolean, as text. */
static bool evaluate_text(struct turn *turn, struct frame *frame, const struct asl_value *value,
                          json input, size_t bytes_max, str *out, struct failure *failure)
{
    json got = json_null();
    if (!evaluate_value(turn, frame, value, input, &got, failure)) return false;
    bool scalar = json_is_string(got) || json_is_number(got) || json_is_bool(got);
    if (!scalar)
        return invalid(turn, frame, value->field, "is neither a text, nor a number, nor a boolean",
                       failure);
    *out = json_is_string(got) ? json_str(got) : json_text(turn->arena, got);
    if (out->len >= 1 && out->len <= bytes_max) return true;
    return invalid(turn, frame, value->field, "is empty or too long", failure);
}

static bool has_control_characters(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7F) return true;
    }
    return false;
}

static bool evaluate_key(struct turn *turn, struct frame *frame, json input, str *key,
                         struct failure *failure)
{
    const struct asl_value *value = &callback_of(frame)->key;
    if (!evaluate_text(turn, frame, value, input, CALLBACK_KEY_BYTES_MAX, key, failure))
        return false;
    if (!has_control_characters(*key)) return true;
    return invalid(turn, frame, value->field, "has control characters", failure);
}

/* ---- responders ---- */

static bool is_responder(json name)
{
    if (!json_is_string(name)) return false;
    str text = json_str(name);
    return text.len > 0 && text.len <= CALLBACK_RESPONDER_CHARS_MAX &&
           !has_control_characters(text);
}

static bool is_repeated(json names, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (str_eq(json_str(json_at(names, i)), json_str(json_at(names, index)))) return true;
    return false;
}

bool callback_prepare(struct turn *turn, struct frame *frame, json input, struct failure *failure)
{
    const struct asl_callback *callback = callback_of(frame);
    if (!callback || !callback->quorum.present || json_is_array(frame->responders)) return true;
    const struct asl_value *of = &callback->quorum.of;
    json names = json_null();
    if (!evaluate_value(turn, frame, of, input, &names, failure)) return false;
    size_t count = json_count(names);
    if (!json_is_array(names) || count == 0 || count > CALLBACK_RESPONDERS_MAX)
        return invalid(turn, frame, of->field, "is no list of names", failure);
    for (size_t i = 0; i < count; i++)
        if (!is_responder(json_at(names, i)) || is_repeated(names, i))
            return invalid(turn, frame, of->field, "has a value that is no name, or one twice",
                           failure);
    if (callback->quorum.approve > (int64_t)count)
        return invalid(turn, frame, of->field, "has fewer names than approvals are needed",
                       failure);
    frame->responders = names;
    frame->dirty = true;
    return true;
}

/* ---- the plan ---- */

static json outcome_rows(struct turn *turn, const struct asl_callback *callback)
{
    struct json_list rows;
    json_list_init(&rows, turn->arena);
    for (size_t i = 0; i < callback->outcome_count; i++) {
        struct json_list row;
        json_list_init(&row, turn->arena);
        json_list_add(&row, json_string(callback->outcomes[i].name));
        json_list_add(&row, json_string(callback->outcomes[i].label));
        json_list_add(&row, json_bool(callback->outcomes[i].fails));
        json_list_add(&rows, json_list_done(&row));
    }
    return json_list_done(&rows);
}

static bool plan_hook(struct turn *turn, struct frame *frame, const struct asl_hook *hook,
                      json input, json *out, struct failure *failure)
{
    static const str targets[] = { STR_INIT("topic"), STR_INIT("queue"), STR_INIT("function"),
                                   STR_INIT("url") };
    struct json_fields fields;
    str address = STR("");
    json message = json_null();
    json_fields_init(&fields, turn->arena);
    if (!evaluate_text(turn, frame, &hook->address, input, HTTP_HEADER_BYTES_MAX / 16, &address,
                       failure))
        return false;
    json_fields_add(&fields, STR("target"), json_string(targets[hook->target]));
    json_fields_add(&fields, STR("address"), json_string(address));
    if (hook->after_s)
        json_fields_add(&fields, STR("afterMs"), json_i64(turn->arena, hook->after_s * 1000));
    if (hook->every_s)
        json_fields_add(&fields, STR("everyMs"), json_i64(turn->arena, hook->every_s * 1000));
    if (asl_value_is_present(&hook->message)) {
        if (!evaluate_bounded(turn, frame, &hook->message, input, CALLBACK_MESSAGE_BYTES_MAX,
                              &message, failure))
            return false;
        json_fields_add(&fields, STR("message"), message);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool plan_hooks(struct turn *turn, struct frame *frame, json input,
                       struct json_fields *fields, struct failure *failure)
{
    const struct asl_callback *callback = callback_of(frame);
    struct json_list reminders;
    json one = json_null();
    json_list_init(&reminders, turn->arena);
    for (size_t i = 0; i < callback->reminder_count; i++) {
        if (!plan_hook(turn, frame, &callback->reminders[i], input, &one, failure)) return false;
        json_list_add(&reminders, one);
    }
    if (callback->reminder_count)
        json_fields_add(fields, STR("remind"), json_list_done(&reminders));
    if (!callback->undo) return true;
    if (!plan_hook(turn, frame, callback->undo, input, &one, failure)) return false;
    json_fields_add(fields, STR("undo"), one);
    return true;
}

static bool plan_key(struct turn *turn, struct frame *frame, json input, struct json_fields *fields,
                     struct failure *failure)
{
    static const str policies[] = { STR_INIT("REJECT"), STR_INIT("FIRST"), STR_INIT("ALL") };
    const struct asl_callback *callback = callback_of(frame);
    str key = STR("");
    if (callback->name.len) json_fields_add(fields, STR("name"), json_string(callback->name));
    if (!asl_value_is_present(&callback->key)) return true;
    json_fields_add(fields, STR("duplicates"), json_string(policies[callback->duplicates]));
    if (callback->key_reads_response) return true;
    if (!evaluate_key(turn, frame, input, &key, failure)) return false;
    json_fields_add(fields, STR("key"), json_string(key));
    return true;
}

static bool plan_page(struct turn *turn, struct frame *frame, json input,
                      struct json_fields *fields, struct failure *failure)
{
    static const str comments[] = { STR_INIT(""), STR_INIT("REQUIRED"), STR_INIT("NONE") };
    const struct asl_callback *callback = callback_of(frame);
    str text = STR("");
    json show = json_null();
    if (asl_value_is_present(&callback->title)) {
        if (!evaluate_text(turn, frame, &callback->title, input, CALLBACK_TITLE_BYTES_MAX, &text,
                           failure))
            return false;
        json_fields_add(fields, STR("title"), json_string(text));
    }
    if (asl_value_is_present(&callback->code)) {
        if (!evaluate_text(turn, frame, &callback->code, input, CALLBACK_CODE_BYTES_MAX, &text,
                           failure))
            return false;
        json_fields_add(fields, STR("code"), json_string(text));
    }
    if (callback->comment != ASL_COMMENT_OPTIONAL)
        json_fields_add(fields, STR("comment"), json_string(comments[callback->comment]));
    if (callback->identity_header.len)
        json_fields_add(fields, STR("identity"), json_string(callback->identity_header));
    if (!asl_value_is_present(&callback->show)) return true;
    if (!evaluate_bounded(turn, frame, &callback->show, input, CALLBACK_SHOW_BYTES_MAX, &show,
                          failure))
        return false;
    if (!json_is_object(show))
        return invalid(turn, frame, callback->show.field, "is no object", failure);
    json_fields_add(fields, STR("show"), show);
    return true;
}

bool callback_plan(struct turn *turn, struct frame *frame, json input, json *out,
                   struct failure *failure)
{
    const struct asl_callback *callback = callback_of(frame);
    struct json_fields fields;
    json_fields_init(&fields, turn->arena);
    if (callback) {
        if (!plan_key(turn, frame, input, &fields, failure) ||
            !plan_page(turn, frame, input, &fields, failure) ||
            !plan_hooks(turn, frame, input, &fields, failure))
            return false;
        json_fields_add(&fields, STR("outcomes"),
                        callback->has_outcomes ? outcome_rows(turn, callback) : json_bool(true));
    }
    if (callback && callback->link_expiry_s)
        json_fields_add(&fields, STR("linkExpiry"), json_i64(turn->arena, callback->link_expiry_s));
    if (callback && callback->quorum.present) {
        json_fields_add(&fields, STR("responders"), frame->responders);
        json_fields_add(&fields, STR("approve"), json_i64(turn->arena, callback->quorum.approve));
        json_fields_add(&fields, STR("veto"), json_bool(callback->quorum.veto));
    }
    *out = json_fields_done(&fields);
    return true;
}

/* ---- operations ---- */

static struct engine_op *callback_op(struct turn *turn, const struct frame *frame,
                                     enum engine_op_kind kind)
{
    struct engine_op *op = op_add(turn, kind);
    op->frame = frame->number;
    op->entered = frame->entered_event;
    op->task_event = frame->task_event;
    return op;
}

void callback_open(struct turn *turn, struct frame *frame, json plan)
{
    struct engine_op *op = callback_op(turn, frame, ENGINE_OP_CALLBACK_OPEN);
    op->since_ms = frame->since_ms;
    op->text = frame->state->name;
    op->value = plan;
}

void callback_ready(struct turn *turn, struct frame *frame)
{
    (void)callback_op(turn, frame, ENGINE_OP_CALLBACK_READY);
}

bool callback_submitted(struct turn *turn, struct frame *frame, json response,
                        struct failure *failure)
{
    const struct asl_callback *callback = callback_of(frame);
    json input;
    str key = STR("");
    if (!callback || !callback->key_reads_response) return true;
    turn->response = response;
    bool good = effective_input(turn, frame, &input, failure) &&
                evaluate_key(turn, frame, input, &key, failure);
    turn->response = json_null();
    if (!good) return false;
    callback_op(turn, frame, ENGINE_OP_CALLBACK_KEY)->text = key;
    callback_ready(turn, frame);
    return true;
}

void callback_close(struct turn *turn, struct frame *frame, enum engine_wait_end end,
                    const struct engine_event *event)
{
    struct engine_op *op = callback_op(turn, frame, ENGINE_OP_CALLBACK_CLOSE);
    op->end = end;
    op->value = json_null();
    if (!event) return;
    op->value = event->answered_by;
    op->answer = (struct engine_answer){
        .failed = event->kind == ENGINE_TASK_FAILED,
        .output = event->value,
        .error = event->error,
        .cause = event->cause,
    };
}

/* ---- outcomes ---- */

/* The answer itself says why: who, and with which comment. */
static bool make_cause(struct turn *turn, struct frame *frame, const struct asl_outcome *outcome,
                       json input, json answer, str *cause, struct failure *failure)
{
    json value = answer;
    if (asl_value_is_present(&outcome->cause) &&
        !evaluate_value(turn, frame, &outcome->cause, input, &value, failure))
        return false;
    if (json_is_null(value)) return true; /* such as a comment that nobody has written */
    *cause = json_is_string(value) ? json_str(value) : json_text(turn->arena, value);
    return true;
}

bool callback_answered(struct turn *turn, struct frame *frame, const struct engine_event *event,
                       struct engine_event *out, struct failure *failure)
{
    const struct asl_callback *callback = callback_of(frame);
    ASSERT(callback && event->outcome < callback->outcome_count);
    const struct asl_outcome *outcome = &callback->outcomes[event->outcome];
    json input;
    *out = *event;
    out->text = STR("");
    turn->answer = event->value;
    bool good = effective_input(turn, frame, &input, failure);
    if (good && outcome->fails) {
        out->kind = ENGINE_TASK_FAILED;
        out->error = outcome->error;
        good = make_cause(turn, frame, outcome, input, event->value, &out->cause, failure);
    } else if (good) {
        out->kind = ENGINE_TASK_SUCCEEDED;
        if (asl_value_is_present(&outcome->output))
            good = evaluate_value(turn, frame, &outcome->output, input, &out->value, failure);
    }
    turn->answer = json_null();
    return good;
}
