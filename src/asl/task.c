/* Task states: the resource, its request, timeouts and credentials. */
#include "asl/compile.h"

static void check_express(const struct site *site, const struct asl_task *task)
{
    str field = STR("Resource");
    if (site->c->type != ASL_EXPRESS) return;
    if (task->kind == ASL_RESOURCE_ACTIVITY) {
        site_field_error(site, field, "Express state machine does not support Activity ARN");
    } else if (task->pattern == ASL_SYNC || task->pattern == ASL_SYNC_2) {
        site_field_error(site, field,
                         "Express state machine does not support '.sync' service integration");
    } else if (task->pattern == ASL_WAIT_FOR_TASK_TOKEN) {
        /* The space at the end is AWS's. */
        site_field_error(
            site, field,
            "Express state machine does not support '.waitForTaskToken' service integration ");
    }
}

/* An integration needs a request, and some fields of it. What a JSONata expression gives as a whole
 * is known only when it runs. */
static void check_request(const struct site *site, const struct asl_task *task)
{
    str field = site->state->parameters_field, name;
    if (task->kind != ASL_RESOURCE_SERVICE && task->kind != ASL_RESOURCE_SDK) return;
    const json *request = json_find(site->object, field);
    if (!request) {
        site_error(site, "%.*s field is required for resource ARN: %.*s", STR_ARGS(field),
                   STR_ARGS(task->resource));
        return;
    }
    if (!json_is_object(*request)) return;
    for (size_t i = 0; resource_required_field(task, i, &name); i++) {
        str dynamic = arena_printf(site->c->arena, "%.*s.$", STR_ARGS(name));
        if (json_find(*request, name) || json_find(*request, dynamic)) continue;
        site_field_error(site, field, "The field '%.*s' is required but was missing",
                         STR_ARGS(name));
    }
}

static bool compile_resource(const struct site *site, struct asl_task *task)
{
    str field = STR("Resource"), arn;
    if (!site_require(site, &field, 1) || !site_string(site, field, &arn)) return false;
    switch (resource_parse(arn, task)) {
    case RESOURCE_OK:
        check_express(site, task);
        check_request(site, task);
        return true;
    case RESOURCE_NO_ARN:
        site_field_error(site, field, "Value is not a valid resource ARN");
        return false;
    case RESOURCE_NOT_KNOWN:
        site_field_error(site, field,
                         "The resource provided %.*s is not recognized. The value is not a valid "
                         "resource ARN, or the resource is not available in this region.",
                         STR_ARGS(arn));
        return false;
    }
    return false;
}

static void compile_timeouts(const struct site *site, struct asl_task *task)
{
    site_number(site, STR("TimeoutSeconds"), STR("TimeoutSecondsPath"), 1,
                ENGINE_TASK_TIMEOUT_S_DEFAULT, true, &task->timeout_s);
    site_number(site, STR("HeartbeatSeconds"), STR("HeartbeatSecondsPath"), 1,
                ENGINE_TASK_TIMEOUT_S_DEFAULT, true, &task->heartbeat_s);
    bool constant = task->timeout_s.value > 0 && task->heartbeat_s.value > 0;
    if (constant && task->heartbeat_s.value >= task->timeout_s.value) {
        site_field_error(site, STR("HeartbeatSeconds"),
                         "Value must be smaller than the value of 'TimeoutSeconds'");
    }
}

static void compile_credentials(const struct site *site, struct asl_task *task)
{
    static const struct field_rule rules[] = {
        { STR_INIT("RoleArn"), FIELD_ANY_TYPE, FIELD_BOTH },
        { STR_INIT("RoleArn.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    };
    str field = STR("Credentials");
    const json *value = json_find(site->object, field);
    struct place place;
    struct site below;
    if (!value) return;
    if (task->kind == ASL_RESOURCE_ACTIVITY) {
        site_field_error(site, field, "The field 'Credentials' is not supported for activities");
        return;
    }
    bool whole = site->language == EXPR_JSONATA && json_is_string(*value) &&
                 expr_is_jsonata(json_str(*value));
    if (!whole) {
        if (!site_object(site, field, &place, &below)) return;
        if (!site_has(&below, rules[0].name) && !site_has(&below, rules[1].name)) {
            /* AWS names this and not the other fields. */
            site_error(&below, "The field 'RoleArn' is required but was missing");
            return;
        }
        site_check_fields(&below, rules, 2, ASL_TASK, true);
    }
    task->credentials = site_template(site, field);
    task->credentials_source = *value;
}

void compile_task(struct site *site)
{
    struct asl_task *task = &site->state->task;
    bool known = compile_resource(site, task);
    compile_timeouts(site, task);
    compile_credentials(site, task);
    compile_callback(site, task);
    if (known) lint_task(site);
}
