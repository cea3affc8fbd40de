/* The regular expressions of the Lambda API's service model, as functions. All of them are over
 * ASCII, and all of them match the whole value. */
#include "services/lambda/lambda_private.h"

/* ---- classes of characters ---- */

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One or more of letters, digits and the characters of `others`. */
static bool is_made_of(str value, const char *others)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (!is_letter(c) && !is_digit(c) && (c == '\0' || !strchr(others, c))) return false;
    }
    return value.len > 0;
}

static bool is_digits(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (!is_digit(value.ptr[i])) return false;
    return value.len > 0;
}

/* Takes what stands before the first `c`, and `c`. False if there is none. */
static bool take_until(str *rest, char c, str *part)
{
    size_t end = str_find_char(*rest, c, 0);
    if (end == rest->len) return false;
    *part = str_slice(*rest, 0, end);
    *rest = str_skip(*rest, end + 1);
    return true;
}

/* ---- names ---- */

static bool is_function(str value)
{
    struct name_parts parts;
    return name_split(value, &parts) && str_find_char(parts.name, '.', 0) == parts.name.len;
}

static bool is_namespaced(str value)
{
    struct name_parts parts;
    return name_split(value, &parts);
}

static bool is_statement_id(str value)
{
    return is_made_of(value, "-_");
}

static bool is_namespaced_statement_id(str value)
{
    return is_made_of(value, "-_.");
}

static bool is_alias(str value)
{
    return is_made_of(value, "-_") && !is_digits(value);
}

static bool is_qualifier(str value)
{
    return str_eq(value, STR("$LATEST.PUBLISHED")) || is_made_of(value, "-_$");
}

static bool is_version(str value)
{
    return str_eq(value, STR("$LATEST")) || str_eq(value, STR("$LATEST.PUBLISHED")) ||
           is_digits(value);
}

static bool is_variable(str value)
{
    return value.len > 1 && is_letter(value.ptr[0]) && is_made_of(value, "_");
}

/* ---- ARNs ---- */

/* arn:aws...:SERVICE:REGION or none:ACCOUNT or none:anything */
static bool is_arn(str value)
{
    str rest = value, part;
    if (!take_until(&rest, ':', &part) || !str_eq(part, STR("arn"))) return false;
    if (!take_until(&rest, ':', &part) || !str_starts_with(part, STR("aws")) ||
        !is_made_of(part, "-"))
        return false;
    if (!take_until(&rest, ':', &part) || !is_made_of(part, "-")) return false;
    if (!take_until(&rest, ':', &part) || (part.len > 0 && !name_is_region(part))) return false;
    return take_until(&rest, ':', &part) && (part.len == 0 || (part.len == 12 && is_digits(part)));
}

static bool is_destination(str value)
{
    return value.len == 0 || is_arn(value);
}

/* (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|() */
static bool is_resource_arn(str value)
{
    str rest = value, part;
    if (value.len == 0) return true;
    if (!take_until(&rest, ':', &part) || !str_eq(part, STR("arn"))) return false;
    if (!take_until(&rest, ':', &part) || (part.len > 0 && !str_starts_with(part, STR("aws"))))
        return false;
    return take_until(&rest, ':', &part) && is_made_of(part, "-.");
}

/* arn:aws:iam::ACCOUNT:role/... */
static bool is_role(str value)
{
    str rest = value, part;
    if (!take_until(&rest, ':', &part) || !str_eq(part, STR("arn"))) return false;
    if (!take_until(&rest, ':', &part) || (part.len > 0 && !str_starts_with(part, STR("aws"))))
        return false;
    if (!take_until(&rest, ':', &part) || !str_eq(part, STR("iam"))) return false;
    if (!take_until(&rest, ':', &part) || part.len > 0) return false;
    if (!take_until(&rest, ':', &part) || part.len != 12 || !is_digits(part)) return false;
    return str_starts_with(rest, STR("role")) && is_made_of(str_skip(rest, 4), "+=,.@-_/");
}

static bool is_taggable(str value)
{
    str rest = value, part;
    if (!is_arn(value)) return false;
    for (int i = 0; i < 5; i++) {
        if (!take_until(&rest, ':', &part)) return false;
        if (i == 2 && !str_eq(part, STR("lambda"))) return false;
        if (i > 2 && part.len == 0) return false;
    }
    if (!take_until(&rest, ':', &part)) return false;
    if (str_eq(part, STR("event-source-mapping"))) return rest.len == 36 && is_made_of(rest, "-");
    struct name_parts name;
    return str_eq(part, STR("function")) && is_function(value) && name_split(value, &name);
}

/* ---- others ---- */

static bool has_no_space(str value)
{
    for (size_t i = 0; i < value.len; i++)
        if (value.ptr[i] == ' ' || (value.ptr[i] >= '\t' && value.ptr[i] <= '\r')) return false;
    return value.len > 0;
}

static bool is_action(str value)
{
    if (str_eq(value, STR("*")) || str_eq(value, STR("lambda:*"))) return true;
    if (!str_starts_with(value, STR("lambda:")) || value.len == 7) return false;
    for (size_t i = 7; i < value.len; i++)
        if (!is_letter(value.ptr[i])) return false;
    return true;
}

static bool is_log_group(str value)
{
    return is_made_of(value, ".-_/#");
}

static bool is_account(str value)
{
    return value.len == 12 && is_digits(value);
}

static bool is_token(str value)
{
    return is_made_of(value, "._-");
}

static bool is_organization(str value)
{
    return str_starts_with(value, STR("o-")) && value.len >= 12 && value.len <= 34 &&
           is_made_of(str_skip(value, 2), "");
}

#define REGION "(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}"

const struct shape_pattern function_name_pattern = {
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?(" REGION ":)?(\\d{12}:)?(function:)?([a-zA-Z0-9-_]+)"
    "(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
    is_function,
};
const struct shape_pattern namespaced_name_pattern = {
    "(arn:(aws[a-zA-Z-]*)?:lambda:" REGION ":\\d{12}:|(((" REGION ":)?(\\d{12}:)?))(function:)?"
    "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
    is_namespaced,
};
const struct shape_pattern statement_id_pattern = { "([a-zA-Z0-9-_]+)", is_statement_id };
const struct shape_pattern namespaced_statement_id_pattern = {
    "([a-zA-Z0-9-_.]+)",
    is_namespaced_statement_id,
};
const struct shape_pattern alias_pattern = { "(?!^[0-9]+$)([a-zA-Z0-9-_]+)", is_alias };
const struct shape_pattern qualifier_pattern = {
    "\\$(LATEST(\\.PUBLISHED)?)|[a-zA-Z0-9-_$]+",
    is_qualifier,
};
const struct shape_pattern version_pattern = {
    "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)",
    is_version,
};
const struct shape_pattern digits_pattern = { "[0-9]+", is_digits };
const struct shape_pattern variable_pattern = { "[a-zA-Z]([a-zA-Z0-9_])+", is_variable };
const struct shape_pattern arn_pattern = {
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:(" REGION ")?:(\\d{12})?:(.*)",
    is_arn,
};
const struct shape_pattern destination_pattern = {
    "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:"
    "(" REGION ")?:(\\d{12})?:(.*)",
    is_destination,
};
const struct shape_pattern resource_arn_pattern = {
    "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()",
    is_resource_arn,
};
const struct shape_pattern role_pattern = {
    "arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    is_role,
};
const struct shape_pattern taggable_pattern = {
    "arn:(aws[a-zA-Z-]*):lambda:" REGION ":\\d{12}:(function:[a-zA-Z0-9-_]+(:(\\$LATEST|"
    "[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-"
    "[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|"
    "network-connector):[a-zA-Z0-9-_]{1,64})",
    is_taggable,
};
const struct shape_pattern no_space_pattern = { "[^\\s]+", has_no_space };
const struct shape_pattern action_pattern = { "(lambda:[*]|lambda:[a-zA-Z]+|[*])", is_action };
const struct shape_pattern log_group_pattern = { "[\\.\\-_/#A-Za-z0-9]+", is_log_group };
const struct shape_pattern account_pattern = { "\\d{12}", is_account };
const struct shape_pattern token_pattern = { "[a-zA-Z0-9._\\-]+", is_token };
const struct shape_pattern organization_pattern = { "o-[a-z0-9]{10,32}", is_organization };
