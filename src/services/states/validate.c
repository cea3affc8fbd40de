/* ValidateStateMachineDefinition: the compiler's diagnostics as an answer. */
#include "services/states/states.h"

static void reply_diagnostic(struct buf *out, const struct asl_diagnostic *diagnostic)
{
    if (out->ptr[out->len - 1] != '[') buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "severity", diagnostic->severity == ASL_ERROR ? STR("ERROR") : STR("WARNING"));
    reply_str(out, "code", diagnostic->code);
    reply_str(out, "message", diagnostic->message);
    reply_str_unless_empty(out, "location", diagnostic->location);
    reply_close(out);
}

enum handled handle_validate_state_machine_definition(const struct reader *reader,
                                                      struct request *request, struct error *err)
{
    (void)reader;
    (void)err;
    json params = request->params;
    const struct asl_machine *machine;
    struct asl_diagnostics diagnostics = { 0 };
    bool warnings = str_eq(json_str_or(params, STR("severity"), STR("")), STR("WARNING"));
    int64_t limit = json_i64_or(params, STR("maxResults"), 0);
    if (limit == 0) limit = ASL_DIAGNOSTICS_MAX;
    bool valid = asl_compile(json_str_or(params, STR("definition"), STR("")),
                             machine_type_parse(json_str_or(params, STR("type"), STR(""))),
                             &request->arena, &machine, &diagnostics);
    struct buf *out = reply_begin(request);
    reply_str(out, "result", valid ? STR("OK") : STR("FAIL"));
    reply_name(out, "diagnostics");
    buf_add_char(out, '[');
    int64_t shown = 0;
    bool truncated = false;
    for (size_t i = 0; i < diagnostics.count && !truncated; i++) {
        if (diagnostics.items[i].severity == ASL_WARNING && !warnings) continue;
        truncated = shown == limit;
        if (truncated) break;
        reply_diagnostic(out, &diagnostics.items[i]);
        shown++;
    }
    buf_add_char(out, ']');
    reply_bool(out, "truncated", truncated);
    reply_close(out);
    return HANDLED;
}
