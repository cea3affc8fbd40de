/* The end of a nested execution, as the `.sync` task that waits for it sees it: what
 * DescribeExecution answers, with capitalised keys in alphabetical order and dates in milliseconds.
 * `.sync` gives input and output as JSON text, `.sync:2` as JSON. Sources: Developer Guide, "Start
 * workflow executions from a task state"; AWS's recorded histories. */
#include "shard/txn_private.h"

struct description {
    struct arena *arena;
    struct json_fields fields;
};

static void add_text(struct description *d, str key, str text)
{
    if (text.ptr) json_fields_add(&d->fields, key, json_string(text));
}

static void add_i64(struct description *d, str key, int64_t value)
{
    json_fields_add(&d->fields, key, json_i64(d->arena, value));
}

static void add_included(struct description *d, str key)
{
    struct json_fields fields;
    json_fields_init(&fields, d->arena);
    json_fields_add(&fields, STR("Included"), json_bool(true));
    json_fields_add(&d->fields, key, json_fields_done(&fields));
}

static void add_input(struct description *d, const struct execution *child, bool parsed)
{
    json value;
    struct error err;
    if (!parsed) {
        add_text(d, STR("Input"), child->id.input);
    } else {
        if (!json_parse(child->id.input, d->arena, &value, &err))
            fatal("execution %llu: its input does not decode",
                  (unsigned long long)child->id.serial);
        json_fields_add(&d->fields, STR("Input"), value);
    }
    add_included(d, STR("InputDetails"));
}

static void add_output(struct description *d, struct execution *child, bool parsed)
{
    if (!child->output) return;
    if (parsed)
        json_fields_add(&d->fields, STR("Output"), child->output->value);
    else
        add_text(d, STR("Output"), document_text(child->output, d->arena));
    add_included(d, STR("OutputDetails"));
}

/* A child that somebody waits for has not been redriven: whoever waited for it has been told at its
 * first end. */
static void add_redrive(struct description *d, const struct execution *child)
{
    add_i64(d, STR("RedriveCount"), 0);
    add_text(d, STR("RedriveStatus"), child->at_rest ? STR("REDRIVABLE") : STR("NOT_REDRIVABLE"));
    if (child->status == EXECUTION_SUCCEEDED)
        add_text(d, STR("RedriveStatusReason"),
                 STR("Execution is SUCCEEDED and cannot be redriven"));
    else if (!child->at_rest)
        add_text(d, STR("RedriveStatusReason"), STR("Execution history event limit exceeded"));
}

static json describe(struct arena *arena, struct execution *child, bool parsed)
{
    struct description d = { .arena = arena };
    json_fields_init(&d.fields, arena);
    const struct execution_identity *id = &child->id;
    add_text(&d, STR("Cause"), child->cause);
    add_text(&d, STR("Error"), child->error);
    add_text(&d, STR("ExecutionArn"), id->arn);
    add_input(&d, child, parsed);
    add_text(&d, STR("Name"), id->name);
    add_output(&d, child, parsed);
    add_redrive(&d, child);
    add_i64(&d, STR("StartDate"), id->start_ms);
    if (id->alias_arn.len) add_text(&d, STR("StateMachineAliasArn"), id->alias_arn);
    add_text(&d, STR("StateMachineArn"), id->machine_arn);
    if (id->version_arn.len) add_text(&d, STR("StateMachineVersionArn"), id->version_arn);
    add_text(&d, STR("Status"), execution_status_name(child->status));
    add_i64(&d, STR("StopDate"), child->stop_ms);
    if (id->trace_header.len) add_text(&d, STR("TraceHeader"), id->trace_header);
    return json_fields_done(&d.fields);
}

void nested_outcome(struct arena *arena, struct execution *child, enum asl_pattern pattern,
                    struct engine_event *event)
{
    ASSERT(child->status != EXECUTION_RUNNING);
    event->frame = child->id.parent_frame;
    event->task_event = child->id.parent_task;
    if (child->status == EXECUTION_SUCCEEDED) {
        event->kind = ENGINE_TASK_SUCCEEDED;
        event->value = describe(arena, child, pattern == ASL_SYNC_2);
        return;
    }
    /* The cause is a text that holds a text: input and output stay as they are in it. */
    event->kind = ENGINE_TASK_FAILED;
    event->error = STR("States.TaskFailed");
    event->cause = json_text(arena, describe(arena, child, false));
}
