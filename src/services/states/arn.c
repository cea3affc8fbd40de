/* ARNs of the Step Functions API, and the names in them.
 *
 *     arn:PARTITION:states:REGION:ACCOUNT:TYPE:NAME[...]
 */
#include "services/states/states.h"

/* The text up to the next colon, which is skipped; the whole rest if there is none. */
static str take_part(str *rest)
{
    size_t end = str_find_char(*rest, ':', 0);
    str part = str_slice(*rest, 0, end);
    *rest = end < rest->len ? str_skip(*rest, end + 1) : str_skip(*rest, end);
    return part;
}

static const struct {
    str type;
    enum arn_kind kind;
} arn_types[] = {
    { STR_INIT("stateMachine"), ARN_STATE_MACHINE },
    { STR_INIT("execution"), ARN_EXECUTION },
    { STR_INIT("express"), ARN_EXPRESS },
    { STR_INIT("activity"), ARN_ACTIVITY },
    { STR_INIT("mapRun"), ARN_MAP_RUN },
};

static bool find_kind(str type, enum arn_kind *kind)
{
    for (size_t i = 0; i < sizeof arn_types / sizeof *arn_types; i++) {
        if (!str_eq(arn_types[i].type, type)) continue;
        *kind = arn_types[i].kind;
        return true;
    }
    return false;
}

/* NAME and what may stand behind it. False if a part is missing or too many are there. */
static bool parse_resource(struct arn *arn, str rest)
{
    str name = take_part(&rest);
    size_t slash = str_find_char(name, '/', 0);
    arn->name = str_slice(name, 0, slash);
    arn->label = slash < name.len ? str_skip(name, slash + 1) : STR("");
    switch (arn->kind) {
    case ARN_STATE_MACHINE: arn->qualifier = take_part(&rest); break;
    case ARN_EXECUTION: arn->execution = take_part(&rest); break;
    case ARN_EXPRESS:
        arn->execution = take_part(&rest);
        arn->qualifier = take_part(&rest);
        break;
    case ARN_MAP_RUN: arn->qualifier = take_part(&rest); break;
    case ARN_ACTIVITY: break;
    }
    if (!name_is_valid(arn->name) || rest.len > 0) return false;
    bool needs_execution = arn->kind == ARN_EXECUTION || arn->kind == ARN_EXPRESS;
    return !needs_execution || name_is_valid(arn->execution);
}

bool arn_parse(const struct source *source, str text, struct arn *out, struct error *err)
{
    str rest = text;
    if (!str_eq(take_part(&rest), STR("arn")) || rest.len == 0)
        return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ",
                           arena_printf(source->arena, "Invalid ARN prefix: %.*s", STR_ARGS(text)));
    struct arn arn = { .text = text };
    str partition = take_part(&rest);
    str service = take_part(&rest);
    arn.region = take_part(&rest);
    arn.account = take_part(&rest);
    arn.type = take_part(&rest);
    bool whole = str_starts_with(partition, STR("aws")) && str_eq(service, STR("states")) &&
                 arn.region.len > 0 && arn.account.len > 0 && arn.type.len > 0;
    if (whole && !find_kind(arn.type, &arn.kind))
        return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ",
                           arena_printf(source->arena,
                                        "Resource type not valid in this context: %.*s",
                                        STR_ARGS(arn.type)));
    if (!whole || !parse_resource(&arn, rest))
        return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ", text);
    *out = arn;
    return true;
}

bool arn_expect(const struct source *source, str text, enum arn_kind kind, struct arn *out,
                struct error *err)
{
    struct arn arn = { 0 };
    if (!arn_parse(source, text, &arn, err)) return false;
    if (arn.kind != kind)
        return fail_quoted(source, err, ERROR_INVALID_ARN, "Invalid Arn: ",
                           arena_printf(source->arena,
                                        "Resource type not valid in this context: %.*s",
                                        STR_ARGS(arn.type)));
    *out = arn;
    return true;
}

bool arn_is_ours(const struct source *source, const struct arn *arn)
{
    return str_eq(arn->region, shard_region(source->shard)) &&
           str_eq(arn->account, shard_account(source->shard));
}

bool arn_version(str qualifier, uint32_t *version)
{
    int64_t number;
    if (!str_to_i64(qualifier, &number) || number < 1 || number > UINT32_MAX) return false;
    if (qualifier.ptr[0] == '0') return false; /* there is one way to write a number */
    *version = (uint32_t)number;
    return true;
}

/* ---- making them ---- */

static str make_arn(const struct source *source, const char *type, str name, str suffix)
{
    struct buf out;
    buf_init(&out, source->arena);
    buf_add(&out, STR("arn:aws:states:"));
    buf_add(&out, shard_region(source->shard));
    buf_add_char(&out, ':');
    buf_add(&out, shard_account(source->shard));
    buf_add_char(&out, ':');
    buf_add(&out, str_from(type));
    buf_add_char(&out, ':');
    buf_add(&out, name);
    if (suffix.len > 0) {
        buf_add_char(&out, ':');
        buf_add(&out, suffix);
    }
    return buf_str(&out);
}

str arn_machine(const struct source *source, str machine)
{
    return make_arn(source, "stateMachine", machine, STR(""));
}

str arn_version_text(const struct source *source, str machine, uint32_t version)
{
    return make_arn(source, "stateMachine", machine, arena_printf(source->arena, "%u", version));
}

str arn_alias_text(const struct source *source, str machine, str alias)
{
    return make_arn(source, "stateMachine", machine, alias);
}

str arn_activity_text(const struct source *source, str activity)
{
    return make_arn(source, "activity", activity, STR(""));
}

str arn_execution_text(const struct source *source, str machine, str execution)
{
    return make_arn(source, "execution", machine, execution);
}

/* ---- names ---- */

/* API reference: no white space, no < > { } [ ] ? * " # % \ ^ | ~ ` $ & , ; : /, no control
 * characters (U+0000-1F, U+7F-9F, U+FFFE-FFFF), no surrogates (never in our UTF-8). */
static bool is_name_char(uint32_t c)
{
    if (c <= 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE || c == 0xFFFF) return false;
    if (c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A)) return false;
    if (c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000) return false;
    return c > 0x7F || !strchr("<>{}[]?*\"#%\\^|~`$&,;:/", (int)c);
}

bool name_is_valid(str name)
{
    size_t count;
    if (!str_utf8_count(name, &count) || count < 1 || count > STATES_NAME_CHARS_MAX) return false;
    for (size_t at = 0; at < name.len;)
        if (!is_name_char(str_utf8_next(name, &at))) return false;
    return true;
}

bool name_check(const struct source *source, str name, struct error *err)
{
    return name_is_valid(name) ||
           fail_quoted(source, err, ERROR_INVALID_NAME, "Invalid Name: ", name);
}
