/* CreateStateMachine, UpdateStateMachine, DeleteStateMachine.
 *
 * A revision is never changed: an update makes the next one, and running executions keep theirs. */
#include "base/prng.h"
#include "services/states/states.h"

static bool is_deleting(const struct source *source, const struct machine_record *machine,
                        struct error *err)
{
    if (machine->status != MACHINE_DELETING) return false;
    fail_quoted(source, err, ERROR_STATE_MACHINE_DELETING,
                "State Machine is being deleted: ", arn_machine(source, machine->name));
    return true;
}

static bool description_check(json params, bool publish, struct error *err)
{
    str text;
    if (publish || !json_find_str(params, STR("versionDescription"), &text)) return true;
    return error_set(err, ERROR_VALIDATION,
                     "Version description can only be set when publish is true");
}

/* ---- create ---- */

static bool read_configuration(const struct source *source, json params,
                               struct revision_record *revision, struct error *err)
{
    revision->tracing = tracing_read(params, false);
    return logging_read(source, params, &revision->logging, err) &&
           encryption_read(source, params, &revision->encryption, err);
}

static bool read_definition(const struct source *source, json params,
                            struct revision_record *revision, struct error *err)
{
    revision->definition = json_str_or(params, STR("definition"), STR(""));
    revision->role_arn = json_str_or(params, STR("roleArn"), STR(""));
    revision->type = machine_type_parse(json_str_or(params, STR("type"), STR("")));
    return role_check(source, revision->role_arn, err) &&
           definition_check(source, revision->definition, revision->type, &revision->references,
                            err);
}

static bool same_configuration(const struct revision_record *a, const struct revision_record *b)
{
    return str_eq(a->definition, b->definition) && a->type == b->type && a->tracing == b->tracing &&
           json_equal(a->logging, b->logging) && json_equal(a->encryption, b->encryption);
}

static void reply_created(struct request *request, const struct source *source,
                          const struct machine_record *machine,
                          const struct version_record *version)
{
    struct buf *out = reply_begin(request);
    reply_time(out, "creationDate", machine->created_ms);
    reply_str(out, "stateMachineArn", arn_machine(source, machine->name));
    if (version)
        reply_str(out, "stateMachineVersionArn",
                  arn_version_text(source, machine->name, version->version));
    reply_close(out);
}

/* API reference: a repeated request is answered like the first when name, definition, type,
 * logging, tracing, encryption, publish and versionDescription are the same; role and tags are not
 * looked at.
 */
static bool answer_repeated(struct request *request, const struct source *source,
                            const struct machine_record *machine,
                            const struct revision_record *wanted)
{
    struct revision_record current;
    struct version_record version;
    bool publish = json_bool_or(request->params, STR("publish"), false);
    revision_load(source, machine->name, machine->revision, &current);
    if (!same_configuration(&current, wanted)) return false;
    if (publish && (!version_load_newest(source, machine->name, &version) ||
                    version.revision != machine->revision ||
                    !str_eq(version.description,
                            json_str_or(request->params, STR("versionDescription"), STR("")))))
        return false;
    reply_created(request, source, machine, publish ? &version : NULL);
    return true;
}

static bool create(struct txn *txn, const struct source *source, struct request *request,
                   struct machine_record *machine, struct revision_record *revision,
                   struct error *err)
{
    struct version_record version;
    json params = request->params;
    const json *tags = json_find(params, STR("tags"));
    if (!tags_merge(source, arn_machine(source, machine->name), json_null(),
                    tags ? *tags : json_null(), &machine->tags, err))
        return false;
    if (!logging_prepare(txn, revision->logging, err)) return false;
    revision->created_ms = source->now_ms;
    revision_store(txn, source, machine->name, machine->revision, revision);
    bool publish = json_bool_or(params, STR("publish"), false);
    if (publish &&
        !version_publish(txn, source, machine,
                         json_str_or(params, STR("versionDescription"), STR("")), &version, err))
        return false;
    machine_store(txn, source, machine);
    reply_created(request, source, machine, publish ? &version : NULL);
    return true;
}

enum handled handle_create_state_machine(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    str name = json_str_or(params, STR("name"), STR(""));
    struct revision_record revision = { 0 };
    if (!name_check(&source, name, err) ||
        !description_check(params, json_bool_or(params, STR("publish"), false), err) ||
        !read_definition(&source, params, &revision, err) ||
        !read_configuration(&source, params, &revision, err))
        return HANDLED_FAILED;

    struct machine_record old;
    bool known = machine_load(&source, name, &old);
    if (known && is_deleting(&source, &old, err)) return HANDLED_FAILED;
    if (known && old.status == MACHINE_ACTIVE) {
        if (answer_repeated(request, &source, &old, &revision)) return HANDLED;
        fail_quoted(&source, err, ERROR_STATE_MACHINE_ALREADY_EXISTS,
                    "State Machine Already Exists: ", arn_machine(&source, name));
        return HANDLED_FAILED;
    }
    struct machine_record machine = {
        .name = name,
        .status = MACHINE_ACTIVE,
        .type = revision.type,
        .created_ms = source.now_ms,
        .revision = known ? old.revision + 1 : 1,
        .role_arn = revision.role_arn,
    };
    return create(txn, &source, request, &machine, &revision, err) ? HANDLED : HANDLED_FAILED;
}

/* ---- update ---- */

static bool has(json params, const char *name)
{
    const json *value = json_find(params, str_from(name));
    return value && !json_is_null(*value);
}

static bool anything_to_update(json params, struct error *err)
{
    if (has(params, "definition") || has(params, "roleArn") ||
        has(params, "loggingConfiguration") || has(params, "tracingConfiguration") ||
        has(params, "encryptionConfiguration"))
        return true;
    return error_set(err, ERROR_MISSING_REQUIRED_PARAMETER,
                     "Either the definition, the role ARN, the LoggingConfiguration, the "
                     "TracingConfiguration, or the EncryptionConfiguration must be specified");
}

/* Puts what params name into the copy of the current revision. */
static bool apply_update(const struct source *source, json params, struct revision_record *revision,
                         struct error *err)
{
    if (json_find_str(params, STR("roleArn"), &revision->role_arn) &&
        !role_check(source, revision->role_arn, err))
        return false;
    if (json_find_str(params, STR("definition"), &revision->definition) &&
        !definition_check(source, revision->definition, revision->type, &revision->references, err))
        return false;
    if (has(params, "loggingConfiguration") &&
        !logging_read(source, params, &revision->logging, err))
        return false;
    if (has(params, "encryptionConfiguration") &&
        !encryption_read(source, params, &revision->encryption, err))
        return false;
    revision->tracing = tracing_read(params, revision->tracing);
    return true;
}

static void store_update(struct txn *txn, const struct source *source,
                         struct machine_record *machine, struct revision_record *revision)
{
    char *uuid = arena_alloc(source->arena, PRNG_UUID_CHARS);
    prng_uuid(txn_prng(txn), uuid);
    revision->revision_id = (str){ uuid, PRNG_UUID_CHARS };
    revision->created_ms = source->now_ms;
    machine->revision++;
    machine->role_arn = revision->role_arn;
    revision_store(txn, source, machine->name, machine->revision, revision);
}

static void reply_updated(struct request *request, const struct source *source,
                          const struct machine_record *machine,
                          const struct revision_record *revision,
                          const struct version_record *version)
{
    struct buf *out = reply_begin(request);
    reply_time(out, "updateDate", source->now_ms);
    reply_str_unless_empty(out, "revisionId", revision->revision_id);
    if (version)
        reply_str(out, "stateMachineVersionArn",
                  arn_version_text(source, machine->name, version->version));
    reply_close(out);
}

enum handled handle_update_state_machine(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    bool publish = json_bool_or(params, STR("publish"), false);
    struct target target;
    if (!target_machine(&source, json_str_or(params, STR("stateMachineArn"), STR("")), &target,
                        err) ||
        is_deleting(&source, &target.machine, err) || !anything_to_update(params, err) ||
        !description_check(params, publish, err))
        return HANDLED_FAILED;

    struct revision_record old, revision;
    struct version_record version;
    revision_load(&source, target.machine.name, target.machine.revision, &old);
    revision = old;
    if (!apply_update(&source, params, &revision, err) ||
        !logging_prepare(txn, revision.logging, err))
        return HANDLED_FAILED;
    if (!same_configuration(&old, &revision) || !str_eq(old.role_arn, revision.role_arn))
        store_update(txn, &source, &target.machine, &revision);
    if (publish &&
        !version_publish(txn, &source, &target.machine,
                         json_str_or(params, STR("versionDescription"), STR("")), &version, err))
        return HANDLED_FAILED;
    machine_store(txn, &source, &target.machine);
    reply_updated(request, &source, &target.machine, &revision, publish ? &version : NULL);
    return HANDLED;
}

/* ---- delete ---- */

enum handled handle_delete_state_machine(struct txn *txn, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arn arn;
    struct machine_record machine;
    if (!arn_expect(&source, json_str_or(request->params, STR("stateMachineArn"), STR("")),
                    ARN_STATE_MACHINE, &arn, err))
        return HANDLED_FAILED;
    if (arn.qualifier.len > 0 || arn.label.len > 0) {
        fail_quoted(&source, err, ERROR_INVALID_ARN, "Invalid Arn: ", arn.text);
        return HANDLED_FAILED;
    }
    /* Deleting what is not there is no error. */
    reply_close(reply_begin(request));
    if (!arn_is_ours(&source, &arn) || !machine_load(&source, arn.name, &machine) ||
        machine.status != MACHINE_ACTIVE)
        return HANDLED;
    versions_delete_all(txn, &source, machine.name);
    aliases_delete_all(txn, &source, machine.name);
    machine.version_count = 0;
    machine.alias_count = 0;
    machine.tags = json_array(NULL, 0);
    machine.status =
        machine_has_running(&source, machine.name) ? MACHINE_DELETING : MACHINE_DELETED;
    machine_store(txn, &source, &machine);
    return HANDLED;
}
