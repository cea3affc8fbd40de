/* DescribeStateMachine, DescribeStateMachineForExecution, ListStateMachines. */
#include "services/states/states.h"

static bool wants_data(json params)
{
    return !str_eq(json_str_or(params, STR("includedData"), STR("")), STR("METADATA_ONLY"));
}

static void reply_revision(struct buf *out, const struct revision_record *revision, bool data)
{
    if (data) reply_str(out, "definition", revision->definition);
    reply_str(out, "roleArn", revision->role_arn);
    reply_json(out, "loggingConfiguration", revision->logging);
    reply_name(out, "tracingConfiguration");
    reply_open(out);
    reply_bool(out, "enabled", revision->tracing);
    reply_close(out);
    reply_json(out, "encryptionConfiguration", revision->encryption);
    reply_str_unless_empty(out, "revisionId", revision->revision_id);
    if (data && json_is_object(revision->references))
        reply_json(out, "variableReferences", revision->references);
}

enum handled handle_describe_state_machine(const struct reader *reader, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct target target;
    struct revision_record revision;
    if (!target_resolve(&source, json_str_or(request->params, STR("stateMachineArn"), STR("")),
                        NULL, &target, err))
        return HANDLED_FAILED;
    revision_load(&source, target.machine.name, target.revision, &revision);
    struct buf *out = reply_begin(request);
    reply_str(out, "stateMachineArn", target.arn.text);
    reply_str(out, "name", target.machine.name);
    reply_str(out, "status", machine_status_name(target.machine.status));
    reply_str(out, "type", machine_type_name(target.machine.type));
    reply_time(out, "creationDate",
               target.has_version ? target.version.created_ms : target.machine.created_ms);
    if (target.has_version) reply_str_unless_empty(out, "description", target.version.description);
    reply_revision(out, &revision, wants_data(request->params));
    reply_close(out);
    return HANDLED;
}

enum handled handle_describe_state_machine_for_execution(const struct reader *reader,
                                                         struct request *request, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct execution_view view;
    struct revision_record revision;
    if (!execution_view_load(&source, json_str_or(request->params, STR("executionArn"), STR("")),
                             &view, err))
        return HANDLED_FAILED;
    revision_load(&source, view.id.machine, view.id.revision, &revision);
    struct buf *out = reply_begin(request);
    reply_str(out, "stateMachineArn", view.id.machine_arn);
    reply_str(out, "name", view.id.machine);
    reply_time(out, "updateDate", revision.created_ms);
    reply_revision(out, &revision, wants_data(request->params));
    reply_close(out);
    return HANDLED;
}

/* ---- the list ---- */

static void reply_entry(struct buf *out, const struct source *source,
                        const struct machine_record *machine)
{
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "stateMachineArn", arn_machine(source, machine->name));
    reply_str(out, "name", machine->name);
    reply_str(out, "type", machine_type_name(machine->type));
    reply_time(out, "creationDate", machine->created_ms);
    reply_close(out);
}

/* By name, as AWS lists them. The position is the last name shown. */
enum handled handle_list_state_machines(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    if (!page_begin(&source, request->params, STR("ListStateMachines"), &page, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "stateMachines");
    buf_add_char(out, '[');
    struct store_cursor *cursor = page_scan_names(&source, &page, KEY_MACHINE);
    str key, value, name, last = STR("");
    struct key_reader fields;
    size_t count = 0;
    bool more = false;
    while (!more && store_cursor_next(cursor, &key, &value)) {
        struct machine_record machine;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name))
            fatal("the key of a state machine does not decode");
        machine_decode(&source, name, value, &machine);
        if (machine.status == MACHINE_DELETED) continue;
        more = count == page.limit;
        if (more) break;
        reply_entry(out, &source, &machine);
        last = machine.name;
        count++;
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) page_next(&source, &page, out, last);
    reply_close(out);
    return HANDLED;
}
