/* Records of executions as JSON text.
 *
 * KEY_FRAME. Names are short because the record is rewritten by every turn; absent means 0, none or
 * empty, so that a frame that merely waits for a token takes about 150 bytes.
 *
 *   v   version, 1            st  enum frame_status      sc  number of its scope
 *   p   parent                i   index                  s   name of the current state
 *   e   entered_event         b   before_event           l   last_event
 *   t   entered_ms            in  input; absent: the execution's input (root frame only)
 *   it  item                  va  variables              r   retries    rc  retry_count
 *   k   task_event            g   stage                  w   since_ms
 *   to  timeout_ms            td  timeout_due_ms         hb  heartbeat_ms  hd  heartbeat_due_ms
 *   tk  has_token             q   queued                 cs  child_serial  ca  child_arn
 *   tm  timer_ms
 *   ch  [first_child, child_count, next_child, running, failed, concurrency]      tl  tolerated
 *   o   outcome               out output                 er  error  cs2 cause  mh  missed_heartbeat
 *   root only:
 *   n   last_event of the execution   f  next_frame      d   deadline_ms
 *   vb  variables_bytes               rd ready
 *   rn  redrive_count     rt  redrive_ms
 *
 * KEY_FRAME_DATA: {"v":1,"in":input} of a frame that waits for children.
 */
#include "engine/record.h"

#include "engine/internal.h"

enum { RECORD_VERSION = 1 };

/* ---- writing ---- */

static void add_key(struct buf *out, str key)
{
    buf_add_char(out, ',');
    buf_add_char(out, '"');
    buf_add(out, key);
    buf_add(out, STR("\":"));
}

static void add_i64(struct buf *out, str key, int64_t value)
{
    if (value == 0) return;
    add_key(out, key);
    buf_add_i64(out, value);
}

static void add_str(struct buf *out, str key, str value)
{
    if (!value.ptr) return;
    add_key(out, key);
    json_write_str(out, value);
}

/* An empty text counts as absent. */
static void add_text(struct buf *out, str key, str value)
{
    if (value.len) add_str(out, key, value);
}

static void add_raw(struct buf *out, str key, str text)
{
    add_key(out, key);
    buf_add(out, text);
}

static void begin(struct buf *out, struct arena *arena)
{
    buf_init(out, arena);
    buf_add(out, STR("{\"v\":1"));
}

static str end(struct buf *out)
{
    buf_add_char(out, '}');
    return buf_str(out);
}

static void add_numbers(struct buf *out, str key, const uint32_t *numbers, size_t count)
{
    if (count == 0) return;
    add_key(out, key);
    for (size_t i = 0; i < count; i++) {
        buf_add_char(out, i == 0 ? '[' : ',');
        buf_add_u64(out, numbers[i]);
    }
    buf_add_char(out, ']');
}

str record_identity_encode(struct arena *arena, const struct execution_identity *id)
{
    struct buf out;
    begin(&out, arena);
    add_str(&out, STR("name"), id->name);
    add_str(&out, STR("machine"), id->machine);
    add_i64(&out, STR("revision"), id->revision);
    add_text(&out, STR("versionArn"), id->version_arn);
    add_text(&out, STR("aliasArn"), id->alias_arn);
    add_str(&out, STR("role"), id->role_arn);
    if (id->type == ASL_EXPRESS) add_str(&out, STR("type"), STR("EXPRESS"));
    add_i64(&out, STR("start"), id->start_ms);
    add_text(&out, STR("trace"), id->trace_header);
    add_i64(&out, STR("parent"), (int64_t)id->parent_serial);
    add_i64(&out, STR("parentFrame"), id->parent_frame);
    add_i64(&out, STR("parentTask"), id->parent_task);
    add_str(&out, STR("input"), id->input);
    return end(&out);
}

str record_end_encode(struct arena *arena, struct execution *x)
{
    ASSERT(x->status != EXECUTION_RUNNING);
    struct buf out;
    begin(&out, arena);
    add_i64(&out, STR("status"), (int64_t)x->status);
    add_i64(&out, STR("stop"), x->stop_ms);
    if (x->output) add_raw(&out, STR("output"), document_quoted(x->output, arena));
    add_str(&out, STR("error"), x->error);
    add_str(&out, STR("cause"), x->cause);
    add_i64(&out, STR("events"), x->last_event);
    add_i64(&out, STR("atRest"), x->at_rest);
    return end(&out);
}

static void add_task(struct buf *out, const struct frame *frame)
{
    add_i64(out, STR("k"), frame->task_event);
    add_i64(out, STR("g"), (int64_t)frame->stage);
    add_i64(out, STR("w"), frame->since_ms);
    add_i64(out, STR("to"), frame->timeout_ms);
    add_i64(out, STR("td"), frame->timeout_due_ms);
    add_i64(out, STR("hb"), frame->heartbeat_ms);
    add_i64(out, STR("hd"), frame->heartbeat_due_ms);
    add_i64(out, STR("tk"), frame->has_token);
    add_i64(out, STR("q"), frame->queued);
    add_i64(out, STR("cs"), (int64_t)frame->child_serial);
    add_text(out, STR("ca"), frame->child_arn);
}

static void add_children(struct buf *out, const struct frame *frame)
{
    uint32_t numbers[] = { frame->first_child, frame->child_count, frame->next_child,
                           frame->running,     frame->failed,      frame->concurrency };
    add_numbers(out, STR("ch"), numbers, sizeof numbers / sizeof *numbers);
    if (frame->tolerated > 0) {
        add_key(out, STR("tl"));
        json_write(out, json_double(frame->tolerated));
    }
}

static void add_outcome(struct buf *out, struct frame *frame, struct arena *arena)
{
    add_i64(out, STR("o"), (int64_t)frame->outcome);
    if (frame->output) add_raw(out, STR("out"), document_text(frame->output, arena));
    add_str(out, STR("er"), frame->error);
    add_str(out, STR("cs2"), frame->cause);
    add_i64(out, STR("mh"), frame->missed_heartbeat);
}

static void add_counters(struct buf *out, const struct execution *x)
{
    add_i64(out, STR("n"), x->last_event);
    add_i64(out, STR("f"), x->next_frame);
    add_i64(out, STR("d"), x->deadline_ms);
    add_i64(out, STR("vb"), (int64_t)x->variables_bytes);
    add_numbers(out, STR("rd"), x->ready, x->ready_count);
    add_i64(out, STR("rn"), x->redrive_count);
    add_i64(out, STR("rt"), x->redrive_ms);
}

static bool input_is_apart(const struct frame *frame)
{
    return frame->status == FRAME_WAIT_CHILDREN;
}

str record_frame_encode(struct arena *arena, struct execution *x, struct frame *frame)
{
    ASSERT(!frame->deleted);
    struct buf out;
    begin(&out, arena);
    add_i64(&out, STR("st"), (int64_t)frame->status);
    add_i64(&out, STR("sc"), frame->scope->number);
    if (frame->number != 0) {
        add_i64(&out, STR("p"), frame->parent);
        add_i64(&out, STR("i"), frame->index);
    }
    if (frame->state) add_str(&out, STR("s"), frame->state->name);
    add_i64(&out, STR("e"), frame->entered_event);
    add_i64(&out, STR("b"), frame->before_event);
    add_i64(&out, STR("l"), frame->last_event);
    add_i64(&out, STR("t"), frame->entered_ms);
    if (frame->input && frame->input != x->input && !input_is_apart(frame))
        add_raw(&out, STR("in"), document_text(frame->input, arena));
    if (frame->item) add_raw(&out, STR("it"), document_text(frame->item, arena));
    if (json_count(frame->variables) > 0)
        add_raw(&out, STR("va"), json_text(arena, frame->variables));
    ASSERT(frame->state || !frame->retries);
    if (frame->retries) add_numbers(&out, STR("r"), frame->retries, frame->state->retrier_count);
    add_i64(&out, STR("rc"), frame->retry_count);
    if (json_is_array(frame->responders))
        add_raw(&out, STR("rs"), json_text(arena, frame->responders));
    add_i64(&out, STR("wt"), frame->watched);
    if (frame->status == FRAME_WAIT_TASK) add_task(&out, frame);
    add_i64(&out, STR("tm"), frame->timer_ms);
    if (frame->child_count > 0 || frame->status == FRAME_WAIT_CHILDREN) add_children(&out, frame);
    if (frame->status == FRAME_DONE) add_outcome(&out, frame, arena);
    if (frame->number == 0) add_counters(&out, x);
    return end(&out);
}

str record_frame_data_encode(struct arena *arena, struct frame *frame)
{
    ASSERT(frame->input != NULL);
    struct buf out;
    begin(&out, arena);
    add_raw(&out, STR("in"), document_text(frame->input, arena));
    return end(&out);
}

/* ---- reading ---- */

static json parse_record(struct arena *arena, str text, const char *what)
{
    json value;
    struct error err;
    if (!json_parse(text, arena, &value, &err) || !json_is_object(value))
        fatal("%s does not decode; the store is damaged", what);
    int64_t version = json_i64_or(value, STR("v"), 0);
    if (version != RECORD_VERSION)
        fatal("%s has version %lld; this program knows version %d", what, (long long)version,
              RECORD_VERSION);
    return value;
}

static uint32_t get_u32(json record, str key)
{
    int64_t value = json_i64_or(record, key, 0);
    if (value < 0 || value > UINT32_MAX) fatal("a frame's record holds an impossible number");
    return (uint32_t)value;
}

void record_identity_decode(struct arena *arena, str text, struct execution_identity *id)
{
    json record = parse_record(arena, text, "an execution's record");
    id->name = json_str_or(record, STR("name"), (str){ 0 });
    id->machine = json_str_or(record, STR("machine"), (str){ 0 });
    id->revision = get_u32(record, STR("revision"));
    id->version_arn = json_str_or(record, STR("versionArn"), (str){ 0 });
    id->alias_arn = json_str_or(record, STR("aliasArn"), (str){ 0 });
    id->role_arn = json_str_or(record, STR("role"), (str){ 0 });
    bool express = json_find(record, STR("type")) != NULL;
    id->type = express ? ASL_EXPRESS : ASL_STANDARD;
    id->start_ms = json_i64_or(record, STR("start"), 0);
    id->trace_header = json_str_or(record, STR("trace"), (str){ 0 });
    id->parent_serial = (uint64_t)json_i64_or(record, STR("parent"), 0);
    id->parent_frame = get_u32(record, STR("parentFrame"));
    id->parent_task = get_u32(record, STR("parentTask"));
    id->input = json_str_or(record, STR("input"), (str){ 0 });
}

static str get_optional(json record, str key)
{
    return json_str_or(record, key, (str){ 0 });
}

void record_end_decode(struct arena *arena, str text, struct execution_end *end_out)
{
    json record = parse_record(arena, text, "the record of an execution's end");
    int64_t status = json_i64_or(record, STR("status"), 0);
    if (status <= EXECUTION_RUNNING || status > EXECUTION_ABORTED)
        fatal("the record of an execution's end holds status %lld", (long long)status);
    *end_out = (struct execution_end){
        .status = (enum execution_status)status,
        .stop_ms = json_i64_or(record, STR("stop"), 0),
        .output = get_optional(record, STR("output")),
        .error = get_optional(record, STR("error")),
        .cause = get_optional(record, STR("cause")),
        .events = get_u32(record, STR("events")),
        .at_rest = json_i64_or(record, STR("atRest"), 0) != 0,
    };
}

static struct document *get_document(struct arena *arena, json record, str key)
{
    const json *value = json_find(record, key);
    return value ? document_new(arena, *value) : NULL;
}

static const uint32_t *get_numbers(struct arena *arena, json record, str key, size_t *count)
{
    const json *list = json_find(record, key);
    *count = list ? json_count(*list) : 0;
    if (*count == 0) return NULL;
    uint32_t *numbers = arena_array(arena, *count, sizeof *numbers);
    for (size_t i = 0; i < *count; i++) {
        int64_t value;
        if (!json_to_i64(json_at(*list, i), &value) || value < 0 || value > UINT32_MAX)
            fatal("a frame's record holds an impossible number");
        numbers[i] = (uint32_t)value;
    }
    return numbers;
}

static void get_task(json record, struct frame *frame)
{
    frame->task_event = get_u32(record, STR("k"));
    frame->stage = (enum task_stage)json_i64_or(record, STR("g"), 0);
    frame->since_ms = json_i64_or(record, STR("w"), 0);
    frame->timeout_ms = json_i64_or(record, STR("to"), 0);
    frame->timeout_due_ms = json_i64_or(record, STR("td"), 0);
    frame->heartbeat_ms = json_i64_or(record, STR("hb"), 0);
    frame->heartbeat_due_ms = json_i64_or(record, STR("hd"), 0);
    frame->has_token = json_i64_or(record, STR("tk"), 0) != 0;
    frame->queued = json_i64_or(record, STR("q"), 0) != 0;
    frame->child_serial = (uint64_t)json_i64_or(record, STR("cs"), 0);
    frame->child_arn = json_str_or(record, STR("ca"), (str){ 0 });
    ASSERT_CMP(frame->stage, <=, TASK_SUBMITTED);
    ASSERT(frame->task_event != 0);
}

static void get_children(struct arena *arena, json record, struct frame *frame)
{
    size_t count;
    const uint32_t *n = get_numbers(arena, record, STR("ch"), &count);
    ASSERT_CMP(count, ==, 6);
    frame->first_child = n[0];
    frame->child_count = n[1];
    frame->next_child = n[2];
    frame->running = n[3];
    frame->failed = n[4];
    frame->concurrency = n[5];
    const json *tolerated = json_find(record, STR("tl"));
    frame->tolerated = tolerated ? json_number(*tolerated) : 0;
    if (frame->status != FRAME_WAIT_CHILDREN) return;
    frame->data_stored = true;
    frame->input = NULL;
}

static void get_outcome(struct arena *arena, json record, struct frame *frame)
{
    frame->outcome = (enum frame_outcome)json_i64_or(record, STR("o"), 0);
    frame->output = get_document(arena, record, STR("out"));
    frame->error = get_optional(record, STR("er"));
    frame->cause = get_optional(record, STR("cs2"));
    frame->missed_heartbeat = json_i64_or(record, STR("mh"), 0) != 0;
}

static void get_counters(struct execution *x, json record)
{
    x->last_event = get_u32(record, STR("n"));
    x->next_frame = get_u32(record, STR("f"));
    x->deadline_ms = json_i64_or(record, STR("d"), 0);
    x->variables_bytes = (size_t)json_i64_or(record, STR("vb"), 0);
    x->ready = get_numbers(x->arena, record, STR("rd"), &x->ready_count);
    x->redrive_count = get_u32(record, STR("rn"));
    x->redrive_ms = json_i64_or(record, STR("rt"), 0);
}

static void get_place(struct execution *x, json record, struct frame *frame)
{
    uint32_t scope = get_u32(record, STR("sc"));
    ASSERT_CMP(scope, <, x->machine->scope_count);
    frame->scope = x->machine->scopes[scope];
    str name;
    if (!json_find_str(record, STR("s"), &name)) return;
    frame->state = asl_find_state(frame->scope, name);
    if (!frame->state)
        fatal("execution %llu: its definition has no state '%.*s'",
              (unsigned long long)x->id.serial, STR_ARGS(name));
}

struct frame *record_frame_decode(struct execution *x, uint32_t number, str text)
{
    struct arena *arena = x->arena;
    json record = parse_record(arena, text, "a frame's record");
    struct frame *frame = ARENA_NEW(arena, struct frame);
    frame->number = number;
    frame->status = (enum frame_status)json_i64_or(record, STR("st"), 0);
    ASSERT_CMP(frame->status, <=, FRAME_AT_REST);
    frame->parent = get_u32(record, STR("p"));
    frame->index = get_u32(record, STR("i"));
    get_place(x, record, frame);
    frame->entered_event = get_u32(record, STR("e"));
    frame->before_event = get_u32(record, STR("b"));
    frame->last_event = get_u32(record, STR("l"));
    frame->entered_ms = json_i64_or(record, STR("t"), 0);
    frame->input = get_document(arena, record, STR("in"));
    bool has_input = frame->status != FRAME_PENDING && !json_find(record, STR("out"));
    if (!frame->input && has_input) frame->input = execution_input(x);
    frame->item = get_document(arena, record, STR("it"));
    const json *variables = json_find(record, STR("va"));
    frame->variables = variables ? *variables : (json){ .kind = JSON_OBJECT };
    size_t retriers;
    frame->retries = get_numbers(arena, record, STR("r"), &retriers);
    if (frame->retries) ASSERT_CMP(retriers, ==, frame->state->retrier_count);
    frame->retry_count = get_u32(record, STR("rc"));
    const json *responders = json_find(record, STR("rs"));
    frame->responders = responders ? *responders : json_null();
    frame->watched = json_i64_or(record, STR("wt"), 0) != 0;
    frame->timer_ms = json_i64_or(record, STR("tm"), 0);
    if (frame->status == FRAME_WAIT_TASK) get_task(record, frame);
    if (json_find(record, STR("ch"))) get_children(arena, record, frame);
    if (frame->status == FRAME_DONE) get_outcome(arena, record, frame);
    if (number == 0) get_counters(x, record);
    return frame;
}

void record_frame_data_decode(struct arena *arena, str text, struct frame *frame)
{
    json record = parse_record(arena, text, "a frame's data record");
    const json *input = json_find(record, STR("in"));
    if (!input) fatal("a frame's data record has no input; the store is damaged");
    frame->input = document_new(arena, *input);
}

void record_frame_peek(struct arena *arena, str text, struct frame_peek *out)
{
    json record = parse_record(arena, text, "a frame's record");
    int64_t status = json_i64_or(record, STR("st"), 0);
    bool waits = status == FRAME_WAIT_TASK;
    *out = (struct frame_peek){
        .waits = waits && json_i64_or(record, STR("tk"), 0) != 0,
        .retries = status == FRAME_WAIT_RETRY,
        .retry_ms = json_i64_or(record, STR("tm"), 0),
        .state = json_str_or(record, STR("s"), STR("")),
        .entered = get_u32(record, STR("e")),
        .task_event = get_u32(record, STR("k")),
        .since_ms = json_i64_or(record, STR("w"), 0),
    };
}
