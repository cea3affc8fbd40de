/* The field `Callback` of a Task that waits for its token, and which states read callback links.
 * Baton's own: AWS has no such field. Documented in docs/callback-reference.md. */
#include "asl/compile.h"

static const struct field_rule CALLBACK_FIELDS[] = {
    { STR_INIT("Name"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Key"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Key.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("OnDuplicateKey"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Outcomes"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("LinkExpirySeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Title"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Title.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Show"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Show.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Comment"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Code"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Code.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Identity"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Quorum"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Remind"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Undo"), FIELD_ANY_TYPE, FIELD_BOTH },
};

static const struct field_rule OUTCOME_FIELDS[] = {
    { STR_INIT("Label"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Output"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Output.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Error"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Cause"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Cause.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
};

static const struct field_rule IDENTITY_FIELDS[] = {
    { STR_INIT("Header"), FIELD_ANY_TYPE, FIELD_BOTH },
};

static const struct field_rule QUORUM_FIELDS[] = {
    { STR_INIT("Approve"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Of"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Of.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Veto"), FIELD_ANY_TYPE, FIELD_BOTH },
};

/* The first five are a reminder's and an undo hook's, the others a reminder's only. */
static const struct field_rule HOOK_FIELDS[] = {
    { STR_INIT("Topic"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Topic.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Queue"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Queue.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Function"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Function.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Url"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Url.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("Message"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("Message.$"), FIELD_ANY_TYPE, FIELD_JSONPATH },
    { STR_INIT("AfterSeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
    { STR_INIT("EverySeconds"), FIELD_ANY_TYPE, FIELD_BOTH },
};
enum { HOOK_FIELDS_OF_UNDO = 10 };

/* ---- small checks ---- */

static bool is_name(str text, const char *more, size_t chars_max)
{
    if (text.len == 0 || text.len > chars_max) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    (c != '\0' && strchr(more, c));
        if (!good) return false;
    }
    return true;
}

/* NAME, or NAME.$ with a path or an intrinsic function. */
static void read_value(const struct site *site, str name, struct asl_value *out)
{
    str dynamic = arena_printf(site->c->arena, "%.*s.$", STR_ARGS(name));
    const str names[] = { name, dynamic };
    *out = (struct asl_value){ 0 };
    (void)site_one_of(site, names, 2, true);
    if (site_has(site, dynamic)) {
        out->field = dynamic;
        (void)site_expr(site, dynamic, EXPR_ALLOW_PATH | EXPR_ALLOW_CONTEXT | EXPR_ALLOW_INTRINSIC,
                        &out->expr);
    } else if (site_has(site, name)) {
        out->field = name;
        out->template = site_template(site, name);
    }
}

/* True if the field is a constant text, which can be checked now. */
static bool constant_text(const struct site *site, str name, str *out)
{
    const json *value = json_find(site->object, name);
    if (!value || !json_is_string(*value)) return false;
    *out = json_str(*value);
    return !(site->language == EXPR_JSONATA && expr_is_jsonata(*out));
}

/* What is constant is wrong now and not only when an execution gets there. */
static void check_text(const struct site *site, str name, int bytes_max)
{
    str text;
    const json *value = json_find(site->object, name);
    if (value && (json_is_object(*value) || json_is_array(*value) || json_is_null(*value)))
        site_field_error(site, name, "Value must be a text, a number or a boolean");
    if (constant_text(site, name, &text) && (text.len == 0 || text.len > (size_t)bytes_max))
        site_field_error(site, name, "Value must have 1 to %d bytes", bytes_max);
}

static void check_show(const struct site *site)
{
    str text;
    const json *value = json_find(site->object, STR("Show"));
    if (!value || json_is_object(*value)) return;
    if (!json_is_string(*value) || constant_text(site, STR("Show"), &text))
        site_field_error(site, STR("Show"), "Value must be an object");
}

/* ---- what an expression may read ---- */

/* Links are there only for whom names them: whoever passes the whole context object on gets AWS's
 * (promise 7). */
static bool text_reads_links(str text)
{
    return str_find(text, STR("CallbackUrl"), 0) < text.len ||
           str_find(text, STR("Responders"), 0) < text.len;
}

static bool value_reads_links(json value, uint32_t depth)
{
    ASSERT_CMP(depth, <=, JSON_DEPTH_MAX);
    if (json_is_string(value)) return text_reads_links(json_str(value));
    for (size_t i = 0; i < json_count(value); i++) {
        json item = json_is_object(value) ? json_value_at(value, i) : json_at(value, i);
        if (value_reads_links(item, depth + 1)) return true;
    }
    return false;
}

/* ---- outcomes ---- */

static const struct asl_outcome *default_outcomes(struct arena *arena)
{
    struct asl_outcome *outcomes = arena_zalloc(arena, 2 * sizeof *outcomes);
    outcomes[0].name = STR("approve");
    outcomes[0].label = STR("Approve");
    outcomes[1].name = STR("reject");
    outcomes[1].label = STR("Reject");
    outcomes[1].fails = true;
    outcomes[1].error = STR("Rejected");
    return outcomes;
}

static void compile_outcome(struct site *site, struct asl_outcome *out)
{
    static const str results[] = { STR_INIT("Output"), STR_INIT("Error") };
    site_check_fields(site, OUTCOME_FIELDS, COUNT_OF(OUTCOME_FIELDS), ASL_TASK, true);
    out->label = out->name;
    size_t chars = 0;
    if (site_string(site, STR("Label"), &out->label) &&
        (!str_utf8_count(out->label, &chars) || chars == 0 || chars > CALLBACK_LABEL_CHARS_MAX))
        site_field_error(site, STR("Label"), "Value must have 1 to %d characters",
                         CALLBACK_LABEL_CHARS_MAX);
    out->fails = site_has(site, STR("Error"));
    (void)site_one_of(site, results, 2, true);
    if (site_string(site, STR("Error"), &out->error) &&
        (out->error.len == 0 || out->error.len > 256))
        site_field_error(site, STR("Error"), "Value must have 1 to 256 characters");
    read_value(site, STR("Output"), &out->output);
    read_value(site, STR("Cause"), &out->cause);
    if (asl_value_is_present(&out->cause) && !out->fails)
        site_error(site, "The field 'Cause' needs the field 'Error'");
}

static void compile_outcomes(const struct site *site, struct asl_callback *callback)
{
    str field = STR("Outcomes");
    struct place place, at;
    struct site below, one;
    if (!site_object(site, field, &place, &below)) return;
    size_t count = json_count(below.object);
    if (count == 0 || count > CALLBACK_OUTCOMES_MAX) {
        site_field_error(site, field, "Value must have 1 to %d outcomes", CALLBACK_OUTCOMES_MAX);
        return;
    }
    struct asl_outcome *outcomes = arena_zalloc(site->c->arena, count * sizeof *outcomes);
    for (size_t i = 0; i < count; i++) {
        outcomes[i].name = json_key_at(below.object, i);
        if (!is_name(outcomes[i].name, "_-", CALLBACK_OUTCOME_CHARS_MAX))
            site_error(&below, "'%.*s' is no name of an outcome: 1 to %d of A-Z a-z 0-9 _ -",
                       STR_ARGS(outcomes[i].name), CALLBACK_OUTCOME_CHARS_MAX);
        bool taken = str_eq(outcomes[i].name, STR("success")) ||
                     str_eq(outcomes[i].name, STR("failure")) ||
                     str_eq(outcomes[i].name, STR("heartbeat"));
        if (taken)
            site_error(&below,
                       "'%.*s' is no name of an outcome: it is part of every callback "
                       "address",
                       STR_ARGS(outcomes[i].name));
        if (site_object(&below, outcomes[i].name, &at, &one)) compile_outcome(&one, &outcomes[i]);
    }
    callback->has_outcomes = true;
    callback->outcomes = outcomes;
    callback->outcome_count = count;
}

/* ---- hooks ---- */

static void compile_hook(const struct site *site, struct asl_hook *hook)
{
    static const str targets[] = { STR_INIT("Topic"), STR_INIT("Queue"), STR_INIT("Function"),
                                   STR_INIT("Url") };
    size_t found = 0;
    for (size_t i = 0; i < COUNT_OF(targets); i++) {
        struct asl_value address;
        read_value(site, targets[i], &address);
        if (address.field.len == 0) continue;
        hook->target = (enum asl_hook_target)i;
        hook->address = address;
        found++;
    }
    if (found != 1)
        site_error(site, "This object should have exactly one of the following fields: [Topic, "
                         "Queue, Function, Url]");
    read_value(site, STR("Message"), &hook->message);
}

static void compile_reminders(const struct site *site, struct asl_callback *callback)
{
    static const str required[] = { STR_INIT("AfterSeconds") };
    struct place list = place_key(site->place, STR("Remind")), place;
    struct site below;
    json array;
    if (!site_array(site, list.key, true, &array)) return;
    size_t count = json_count(array);
    if (count > CALLBACK_REMINDERS_MAX) {
        site_field_error(site, list.key, "Value must have at most %d reminders",
                         CALLBACK_REMINDERS_MAX);
        return;
    }
    struct asl_hook *hooks = arena_zalloc(site->c->arena, count * sizeof *hooks);
    for (size_t i = 0; i < count; i++) {
        if (!site_item(site, &list, array, i, &place, &below)) continue;
        site_check_fields(&below, HOOK_FIELDS, COUNT_OF(HOOK_FIELDS), ASL_TASK, true);
        (void)site_require(&below, required, 1);
        (void)site_integer(&below, STR("AfterSeconds"), 1, ENGINE_TASK_TIMEOUT_S_DEFAULT,
                           &hooks[i].after_s);
        (void)site_integer(&below, STR("EverySeconds"), 1, ENGINE_TASK_TIMEOUT_S_DEFAULT,
                           &hooks[i].every_s);
        compile_hook(&below, &hooks[i]);
    }
    callback->reminders = hooks;
    callback->reminder_count = count;
}

static void compile_undo(const struct site *site, struct asl_callback *callback)
{
    struct place place;
    struct site below;
    if (!site_object(site, STR("Undo"), &place, &below)) return;
    struct asl_hook *hook = ARENA_NEW(site->c->arena, struct asl_hook);
    site_check_fields(&below, HOOK_FIELDS, HOOK_FIELDS_OF_UNDO, ASL_TASK, true);
    compile_hook(&below, hook);
    callback->undo = hook;
}

/* ---- quorum, identity, key ---- */

/* The names, where they are constants. */
static void check_responders(const struct site *site, json of, int64_t approve)
{
    struct asl_names names;
    str field = STR("Of");
    names_init(&names, site->c->arena);
    if (json_count(of) == 0 || json_count(of) > CALLBACK_RESPONDERS_MAX) {
        site_field_error(site, field, "Value must have 1 to %d names", CALLBACK_RESPONDERS_MAX);
        return;
    }
    for (size_t i = 0; i < json_count(of); i++) {
        json item = json_at(of, i);
        if (!json_is_string(item)) {
            site_field_error(site, field, "Expected value of type [STRING]");
            return;
        }
        str name = json_str(item);
        if (site->language == EXPR_JSONATA && expr_is_jsonata(name)) return;
        if (!is_name(name, "._-@+", CALLBACK_RESPONDER_CHARS_MAX))
            site_field_error(site, field, "'%.*s' is no name: 1 to %d of A-Z a-z 0-9 . _ - @ +",
                             STR_ARGS(name), CALLBACK_RESPONDER_CHARS_MAX);
        if (!names_add(&names, name))
            site_field_error(site, field, "'%.*s' is there twice", STR_ARGS(name));
    }
    if (approve > (int64_t)json_count(of))
        site_field_error(site, STR("Approve"), "Value must not be above the number of names");
}

static void compile_quorum(const struct site *site, struct asl_callback *callback)
{
    static const str required[] = { STR_INIT("Approve") };
    static const str of[] = { STR_INIT("Of"), STR_INIT("Of.$") };
    struct asl_quorum *quorum = &callback->quorum;
    struct place place;
    struct site below;
    if (!site_object(site, STR("Quorum"), &place, &below)) return;
    site_check_fields(&below, QUORUM_FIELDS, COUNT_OF(QUORUM_FIELDS), ASL_TASK, true);
    quorum->present = true;
    (void)site_require(&below, required, 1);
    (void)site_integer(&below, STR("Approve"), 1, CALLBACK_RESPONDERS_MAX, &quorum->approve);
    (void)site_bool(&below, STR("Veto"), &quorum->veto);
    if (!site_one_of(&below, of, 2, false)) return;
    read_value(&below, STR("Of"), &quorum->of);
    const json *names = json_find(below.object, STR("Of"));
    if (names && json_is_array(*names))
        check_responders(&below, *names, quorum->approve);
    else if (names && !(site->language == EXPR_JSONATA && json_is_string(*names)))
        site_field_error(&below, STR("Of"), "Expected value of type [ARRAY]");
}

static void compile_identity(const struct site *site, struct asl_callback *callback)
{
    static const str required[] = { STR_INIT("Header") };
    struct place place;
    struct site below;
    if (!site_object(site, STR("Identity"), &place, &below)) return;
    site_check_fields(&below, IDENTITY_FIELDS, COUNT_OF(IDENTITY_FIELDS), ASL_TASK, true);
    if (!site_require(&below, required, 1) ||
        !site_string(&below, required[0], &callback->identity_header))
        return;
    if (!is_name(callback->identity_header, "-_", CALLBACK_NAME_CHARS_MAX))
        site_field_error(&below, required[0], "Value is no name of an HTTP header");
}

/* An expression that refers to what the service has answered. */
static bool mentions_response(const struct site *site)
{
    static const str forms[] = { STR_INIT("Task.Response"), STR_INIT("Task[\"Response\"]"),
                                 STR_INIT("Task['Response']"), STR_INIT("Task.`Response`") };
    const json *value = json_find(site->object, STR("Key.$"));
    if (!value) value = json_find(site->object, STR("Key"));
    if (!value || !json_is_string(*value)) return false;
    str text = json_str(*value);
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (str_find(text, forms[i], 0) < text.len) return true;
    return false;
}

static void compile_key(const struct site *site, const struct asl_task *task,
                        struct asl_callback *callback)
{
    static const str policies[] = { STR_INIT("REJECT"), STR_INIT("FIRST"), STR_INIT("ALL") };
    size_t policy = 0;
    if (site_string(site, STR("Name"), &callback->name) &&
        !is_name(callback->name, "._-", CALLBACK_NAME_CHARS_MAX))
        site_field_error(site, STR("Name"), "Value must be 1 to %d of A-Z a-z 0-9 . _ -",
                         CALLBACK_NAME_CHARS_MAX);
    read_value(site, STR("Key"), &callback->key);
    bool has_key = callback->key.field.len > 0;
    if (has_key && !site_has(site, STR("Name")))
        site_error(site, "The field 'Key' needs the field 'Name'");
    check_text(site, STR("Key"), CALLBACK_KEY_BYTES_MAX);
    callback->key_reads_response = mentions_response(site);
    if (callback->key_reads_response && task->kind == ASL_RESOURCE_ACTIVITY)
        site_field_error(site, callback->key.field, "An activity has no response");
    if (site_enum(site, STR("OnDuplicateKey"), policies, COUNT_OF(policies), &policy) && !has_key)
        site_error(site, "The field 'OnDuplicateKey' needs the field 'Key'");
    callback->duplicates = (enum asl_duplicate_key)policy;
}

void compile_callback(const struct site *site, struct asl_task *task)
{
    static const str comments[] = { STR_INIT("OPTIONAL"), STR_INIT("REQUIRED"), STR_INIT("NONE") };
    struct asl_callback *callback = ARENA_NEW(site->c->arena, struct asl_callback);
    struct place place;
    struct site below;
    size_t comment = 0;
    bool waits = task->pattern == ASL_WAIT_FOR_TASK_TOKEN || task->kind == ASL_RESOURCE_ACTIVITY;
    task->reads_links = waits && value_reads_links(site->object, 0);
    if (!site_object(site, STR("Callback"), &place, &below)) return;
    if (!waits) {
        site_field_error(site, STR("Callback"),
                         "The field 'Callback' needs a resource that waits for an answer: an "
                         "activity, or a service with '.waitForTaskToken'");
        return;
    }
    site_check_fields(&below, CALLBACK_FIELDS, COUNT_OF(CALLBACK_FIELDS), ASL_TASK, true);
    callback->outcomes = default_outcomes(site->c->arena);
    callback->outcome_count = 2;
    compile_key(&below, task, callback);
    compile_outcomes(&below, callback);
    (void)site_integer(&below, STR("LinkExpirySeconds"), 1, ENGINE_TASK_TIMEOUT_S_DEFAULT,
                       &callback->link_expiry_s);
    read_value(&below, STR("Title"), &callback->title);
    read_value(&below, STR("Show"), &callback->show);
    read_value(&below, STR("Code"), &callback->code);
    check_text(&below, STR("Title"), CALLBACK_TITLE_BYTES_MAX);
    check_show(&below);
    check_text(&below, STR("Code"), CALLBACK_CODE_BYTES_MAX);
    (void)site_enum(&below, STR("Comment"), comments, COUNT_OF(comments), &comment);
    callback->comment = (enum asl_comment)comment;
    compile_identity(&below, callback);
    compile_quorum(&below, callback);
    compile_reminders(&below, callback);
    compile_undo(&below, callback);
    task->callback = callback;
}
