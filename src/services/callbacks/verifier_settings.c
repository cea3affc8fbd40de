/* What may stand in a verifier, and what is shown of one. */
#include "services/callbacks/verifier_private.h"

enum { NAME_CHARS_MAX = 256 };

static const char secret_shown[] = "***";

/* ---- which members a type has ---- */

enum member_kind {
    MEMBER_TEXT,
    MEMBER_HEADER, /* the name of one */
    MEMBER_SECRETS,
    MEMBER_TOLERANCE,
    MEMBER_CONSENT, /* must be true */
};

struct member {
    str name;
    enum member_kind kind;
    bool required;
    const char *const *values; /* of a text; NULL: any */
};

static const char *const encodings[] = { "hex", "base64", "base64url", NULL };
static const char *const algorithms[] = { "sha1", "sha256", "sha512", NULL };
static const char *const secret_encodings[] = { "text", "base64", "hex", NULL };
static const char *const header_prefixes[] = { "webhook", "svix", NULL };

static const struct member none_members[] = {
    { STR_INIT("anybodyWhoKnowsTheKeyMayAnswer"), MEMBER_CONSENT, true, NULL },
};
static const struct member bearer_members[] = {
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
    { STR_INIT("header"), MEMBER_HEADER, false, NULL },
    { STR_INIT("prefix"), MEMBER_TEXT, false, NULL },
};
static const struct member basic_members[] = {
    { STR_INIT("username"), MEMBER_TEXT, true, NULL },
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
};
static const struct member hmac_members[] = {
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
    { STR_INIT("header"), MEMBER_HEADER, true, NULL },
    { STR_INIT("prefix"), MEMBER_TEXT, false, NULL },
    { STR_INIT("encoding"), MEMBER_TEXT, false, encodings },
    { STR_INIT("algorithm"), MEMBER_TEXT, false, algorithms },
    { STR_INIT("timestampHeader"), MEMBER_HEADER, false, NULL },
    { STR_INIT("toleranceSeconds"), MEMBER_TOLERANCE, false, NULL },
    { STR_INIT("idHeader"), MEMBER_HEADER, false, NULL },
    { STR_INIT("content"), MEMBER_TEXT, false, NULL },
    { STR_INIT("secretEncoding"), MEMBER_TEXT, false, secret_encodings },
};
static const struct member standard_members[] = {
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
    { STR_INIT("toleranceSeconds"), MEMBER_TOLERANCE, false, NULL },
    { STR_INIT("headerPrefix"), MEMBER_TEXT, false, header_prefixes },
};
static const struct member github_members[] = {
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
};
static const struct member timed_members[] = {
    { STR_INIT("secrets"), MEMBER_SECRETS, true, NULL },
    { STR_INIT("toleranceSeconds"), MEMBER_TOLERANCE, false, NULL },
};

struct type_row {
    str name;
    const struct member *members;
    size_t count;
};

/* The order of enum verifier_type. */
static const struct type_row types[] = {
    { STR_INIT("none"), none_members, sizeof none_members / sizeof *none_members },
    { STR_INIT("bearer"), bearer_members, sizeof bearer_members / sizeof *bearer_members },
    { STR_INIT("basic"), basic_members, sizeof basic_members / sizeof *basic_members },
    { STR_INIT("hmac"), hmac_members, sizeof hmac_members / sizeof *hmac_members },
    { STR_INIT("standard-webhooks"), standard_members,
      sizeof standard_members / sizeof *standard_members },
    { STR_INIT("github"), github_members, sizeof github_members / sizeof *github_members },
    { STR_INIT("stripe"), timed_members, sizeof timed_members / sizeof *timed_members },
    { STR_INIT("slack"), timed_members, sizeof timed_members / sizeof *timed_members },
};
enum { TYPES = sizeof types / sizeof *types };

bool verifier_type_find(json verifier, enum verifier_type *out)
{
    str name = json_str_or(verifier, STR("type"), STR(""));
    for (size_t i = 0; i < TYPES; i++) {
        if (!str_eq(types[i].name, name)) continue;
        *out = (enum verifier_type)i;
        return true;
    }
    return false;
}

/* ---- checking ---- */

static bool is_printable(str text)
{
    size_t chars;
    if (!str_utf8_count(text, &chars)) return false;
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7F) return false;
    }
    return true;
}

static bool is_header_name(str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       (c != '\0' && strchr(others, c));
        if (!is_good) return false;
    }
    return name.len > 0 && name.len <= NAME_CHARS_MAX;
}

static bool check_secret(enum verifier_type type, json verifier, json value, struct error *err)
{
    unsigned char key[VERIFIER_SECRET_BYTES_MAX];
    size_t key_bytes;
    if (!json_is_string(value) || value.count == 0)
        return error_set(err, ERROR_VALIDATION, "verifier: a secret must be a text");
    str text = json_str(value);
    if (text.len > VERIFIER_SECRET_BYTES_MAX)
        return error_set(err, ERROR_VALIDATION, "verifier: a secret has more than %d bytes",
                         VERIFIER_SECRET_BYTES_MAX);
    if (str_eq(text, str_from(secret_shown)))
        return error_set(err, ERROR_VALIDATION,
                         "verifier: a secret is '***', which is what is shown instead of one");
    if (!verifier_secret_key(type, verifier, text, key, &key_bytes))
        return error_set(err, ERROR_VALIDATION, "verifier: a secret is not in %s",
                         type == VERIFIER_STANDARD ? "base64 behind whsec_" : "its secretEncoding");
    return true;
}

static bool check_secrets(enum verifier_type type, json verifier, struct error *err)
{
    const json *one = json_find(verifier, STR("secret"));
    const json *many = json_find(verifier, STR("secrets"));
    if (!one == !many)
        return error_set(err, ERROR_VALIDATION,
                         "verifier: a %s verifier needs either 'secret' or 'secrets'",
                         types[type].name.ptr);
    if (one) return check_secret(type, verifier, *one, err);
    size_t count = json_count(*many);
    if (!json_is_array(*many) || count == 0 || count > VERIFIER_SECRETS_MAX)
        return error_set(err, ERROR_VALIDATION, "verifier: 'secrets' must be a list of 1 to %d",
                         VERIFIER_SECRETS_MAX);
    for (size_t i = 0; i < count; i++) {
        if (!check_secret(type, verifier, json_at(*many, i), err)) return false;
    }
    return true;
}

static bool is_one_of(const char *const *values, str text)
{
    for (; values && *values; values++) {
        if (str_eq(str_from(*values), text)) return true;
    }
    return !values;
}

static bool check_text(const struct member *member, json value, struct error *err)
{
    bool is_good = json_is_string(value) && value.count <= NAME_CHARS_MAX &&
                   is_printable(json_str(value)) && is_one_of(member->values, json_str(value));
    if (is_good) return true;
    if (!member->values)
        return error_set(err, ERROR_VALIDATION,
                         "verifier: '%s' must be a text of at most %d printable characters",
                         member->name.ptr, NAME_CHARS_MAX);
    (void)error_set(err, ERROR_VALIDATION, "verifier: '%s' must be one of", member->name.ptr);
    for (const char *const *at = member->values; *at; at++) {
        size_t len = strlen(err->message);
        snprintf(err->message + len, sizeof err->message - len, "%s %s",
                 at == member->values ? "" : ",", *at);
    }
    return false;
}

static bool check_member(enum verifier_type type, const struct member *member, json verifier,
                         struct error *err)
{
    if (member->kind == MEMBER_SECRETS) return check_secrets(type, verifier, err);
    const json *value = json_find(verifier, member->name);
    if (!value && member->required)
        return error_set(err, ERROR_VALIDATION, "verifier: a %s verifier needs '%s'",
                         types[type].name.ptr, member->name.ptr);
    if (!value) return true;
    int64_t number;
    switch (member->kind) {
    case MEMBER_SECRETS:
    case MEMBER_TEXT: return check_text(member, *value, err);
    case MEMBER_HEADER:
        if (json_is_string(*value) && is_header_name(json_str(*value))) return true;
        return error_set(err, ERROR_VALIDATION, "verifier: '%s' must be the name of a header",
                         member->name.ptr);
    case MEMBER_TOLERANCE:
        if (json_is_number(*value) && json_to_i64(*value, &number) && number >= 1 &&
            number <= VERIFIER_TOLERANCE_S_MAX)
            return true;
        return error_set(err, ERROR_VALIDATION,
                         "verifier: 'toleranceSeconds' must be a whole number from 1 to %d",
                         VERIFIER_TOLERANCE_S_MAX);
    case MEMBER_CONSENT:
        if (json_is_bool(*value) && value->boolean) return true;
        return error_set(err, ERROR_VALIDATION,
                         "verifier: type 'none' needs \"%s\": true, as nothing else keeps anybody "
                         "out",
                         member->name.ptr);
    }
    return true;
}

static bool is_member(const struct type_row *type, str name)
{
    for (size_t i = 0; i < type->count; i++) {
        if (str_eq(type->members[i].name, name)) return true;
        if (type->members[i].kind == MEMBER_SECRETS && str_eq(name, STR("secret"))) return true;
    }
    return str_eq(name, STR("type"));
}

static bool fail_type(struct error *err)
{
    return error_set(err, ERROR_VALIDATION,
                     "verifier: 'type' must be one of none, bearer, basic, hmac, "
                     "standard-webhooks, github, stripe, slack");
}

bool verifier_valid(json verifier, struct error *err)
{
    enum verifier_type type;
    if (!json_is_object(verifier))
        return error_set(err, ERROR_VALIDATION, "verifier: must be an object");
    if (!verifier_type_find(verifier, &type)) return fail_type(err);
    for (size_t i = 0; i < json_count(verifier); i++) {
        str name = json_key_at(verifier, i);
        if (!is_member(&types[type], name))
            return error_set(err, ERROR_VALIDATION, "verifier: a %s verifier has no '%.*s'",
                             types[type].name.ptr, STR_ARGS(name));
    }
    for (size_t i = 0; i < types[type].count; i++) {
        if (!check_member(type, &types[type].members[i], verifier, err)) return false;
    }
    if (type == VERIFIER_BASIC) {
        str username = json_str_or(verifier, STR("username"), STR(""));
        if (str_find_char(username, ':', 0) < username.len)
            return error_set(err, ERROR_VALIDATION, "verifier: 'username' must not have a colon");
    }
    return type != VERIFIER_HMAC || verifier_content_valid(verifier, err);
}

/* ---- what is shown ---- */

static bool is_secret(str name)
{
    return str_eq(name, STR("secret")) || str_eq(name, STR("secrets"));
}

static json hide(struct arena *arena, json value)
{
    if (!json_is_array(value)) return json_string(str_from(secret_shown));
    struct json_list list;
    json_list_init(&list, arena);
    for (size_t i = 0; i < json_count(value); i++)
        json_list_add(&list, json_string(str_from(secret_shown)));
    return json_list_done(&list);
}

json verifier_redacted(struct arena *arena, json verifier)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(verifier); i++) {
        str name = json_key_at(verifier, i);
        json value = json_value_at(verifier, i);
        json_fields_add(&fields, name, is_secret(name) ? hide(arena, value) : value);
    }
    return json_fields_done(&fields);
}

/* The secret at `index` of a verifier, whichever way it is written; null: it has fewer. */
static json secret_at(json verifier, size_t index)
{
    const json *one = json_find(verifier, STR("secret"));
    const json *many = json_find(verifier, STR("secrets"));
    if (one) return index == 0 ? *one : json_null();
    if (!many || !json_is_array(*many) || index >= json_count(*many)) return json_null();
    return json_at(*many, index);
}

static json kept(json value, json stored, size_t index)
{
    bool is_hidden = json_is_string(value) && str_eq(json_str(value), str_from(secret_shown));
    json old = is_hidden ? secret_at(stored, index) : json_null();
    return json_is_string(old) ? old : value;
}

json verifier_keep_secrets(struct arena *arena, json verifier, json stored)
{
    str type = json_str_or(verifier, STR("type"), STR(""));
    if (!json_is_object(verifier) || !json_is_object(stored) ||
        !str_eq(type, json_str_or(stored, STR("type"), STR(""))))
        return verifier;
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(verifier); i++) {
        str name = json_key_at(verifier, i);
        json value = json_value_at(verifier, i);
        if (is_secret(name) && json_is_array(value)) {
            struct json_list list;
            json_list_init(&list, arena);
            for (size_t k = 0; k < json_count(value); k++)
                json_list_add(&list, kept(json_at(value, k), stored, k));
            value = json_list_done(&list);
        } else if (is_secret(name)) {
            value = kept(value, stored, 0);
        }
        json_fields_add(&fields, name, value);
    }
    return json_fields_done(&fields);
}

bool verifier_hides(json verifier, str header)
{
    static const str always[] = {
        STR_INIT("Authorization"), STR_INIT("Proxy-Authorization"),  STR_INIT("Cookie"),
        STR_INIT("X-Api-Key"),     STR_INIT("X-Auth-Token"),         STR_INIT("X-Gitlab-Token"),
        STR_INIT("X-Csrf-Token"),  STR_INIT("X-Amz-Security-Token"),
    };
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        if (http_name_eq(always[i], header)) return true;
    }
    str own = json_str_or(verifier, STR("header"), STR(""));
    return str_eq(json_str_or(verifier, STR("type"), STR("")), STR("bearer")) &&
           http_name_eq(own, header);
}
