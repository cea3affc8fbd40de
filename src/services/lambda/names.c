/* Names and ARNs of functions.
 *
 *     [arn:PARTITION:lambda:] [REGION:] [ACCOUNT:] [function:] NAME [:QUALIFIER]
 */
#include "services/lambda/lambda_private.h"

enum { NAME_BYTES_MAX = 256 /* AWS: of a name in any form; also for callers without a shape */ };

/* ---- parsing ---- */

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [a-zA-Z0-9-_] and those of `others`. */
static bool is_word(str value, const char *others)
{
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        bool letter = is_lower(c) || (c >= 'A' && c <= 'Z');
        if (!letter && !is_digit(c) && c != '-' && c != '_' && (c == '\0' || !strchr(others, c)))
            return false;
    }
    return value.len > 0;
}

static size_t count_lower(str s, size_t from)
{
    size_t end = from;
    while (is_lower(str_at(s, end)))
        end++;
    return end - from;
}

/* (eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d */
bool name_is_region(str text)
{
    str rest = str_starts_with(text, STR("eusc-")) ? str_skip(text, 5) : text;
    if (count_lower(rest, 0) != 2) return false;
    size_t at = 2;
    if (str_starts_with(str_skip(rest, at), STR("-gov-")) ||
        str_starts_with(str_skip(rest, at), STR("-iso-")))
        at += 4;
    else if (str_starts_with(str_skip(rest, at), STR("-iso")) && is_lower(str_at(rest, at + 4)) &&
             str_at(rest, at + 5) == '-')
        at += 5;
    if (str_at(rest, at++) != '-') return false;
    size_t word = count_lower(rest, at);
    at += word;
    return word > 0 && at + 2 == rest.len && rest.ptr[at] == '-' && is_digit(rest.ptr[at + 1]);
}

static bool is_account(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i])) return false;
    return text.len == 12;
}

/* What stands before the next colon; the rest if there is none. */
static str peek(str rest)
{
    return str_slice(rest, 0, str_find_char(rest, ':', 0));
}

/* Takes the next part if more follows it and it is of that kind. */
static bool take_if(str *rest, bool (*is)(str), str *part)
{
    str next = peek(*rest);
    if (next.len == rest->len || !is(next)) return false;
    *part = next;
    *rest = str_skip(*rest, next.len + 1);
    return true;
}

static bool is_function_word(str text)
{
    return str_eq(text, STR("function"));
}

static bool is_partition(str text)
{
    if (text.len == 0) return true;
    if (!str_starts_with(text, STR("aws"))) return false;
    for (size_t i = 3; i < text.len; i++)
        if (text.ptr[i] != '-' && !is_lower(text.ptr[i])) return false;
    return true;
}

static bool is_lambda(str text)
{
    return str_eq(text, STR("lambda"));
}

bool name_split(str text, struct name_parts *out)
{
    struct name_parts parts = { 0 };
    str rest = text, ignored;
    if (str_starts_with(text, STR("arn:"))) {
        rest = str_skip(rest, 4);
        if (!take_if(&rest, is_partition, &ignored) || !take_if(&rest, is_lambda, &ignored))
            return false;
    }
    (void)take_if(&rest, name_is_region, &parts.region);
    (void)take_if(&rest, is_account, &parts.account);
    (void)take_if(&rest, is_function_word, &ignored);
    parts.name = peek(rest);
    if (!is_word(parts.name, ".")) return false;
    if (parts.name.len < rest.len) {
        parts.qualifier = str_skip(rest, parts.name.len + 1);
        bool latest =
            str_eq(parts.qualifier, LATEST) || str_eq(parts.qualifier, STR("$LATEST.PUBLISHED"));
        if (!latest && !is_word(parts.qualifier, "")) return false;
    }
    *out = parts;
    return true;
}

/* ---- references ---- */

static bool check_place(const struct source *source, const struct name_parts *parts,
                        struct error *err)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    if (parts->region.len > 0 && !str_eq(parts->region, region))
        return error_set(err, ERROR_LAMBDA_RESOURCE_NOT_FOUND,
                         "Functions from '%.*s' are not reachable in this region ('%.*s')",
                         STR_ARGS(parts->region), STR_ARGS(region));
    if (parts->account.len > 0 && !str_eq(parts->account, account))
        return error_set(err, ERROR_LAMBDA_ACCESS_DENIED,
                         "Functions of the account %.*s are not reachable from the account %.*s",
                         STR_ARGS(parts->account), STR_ARGS(account));
    return true;
}

bool ref_read(const struct source *source, str text, str qualifier, struct function_ref *out,
              struct error *err)
{
    struct name_parts parts;
    if (text.len > NAME_BYTES_MAX || qualifier.len > NAME_BYTES_MAX)
        return error_set(err, ERROR_VALIDATION,
                         "1 validation error detected: Value at 'functionName' failed to satisfy "
                         "constraint: Member must have length less than or equal to %d",
                         NAME_BYTES_MAX);
    if (!name_split(text, &parts))
        return error_set_long(err, source->arena, ERROR_VALIDATION,
                              "1 validation error detected: Value '%.*s' at 'functionName' failed "
                              "to satisfy constraint: Member must satisfy regular expression "
                              "pattern: %s",
                              STR_ARGS(text), namespaced_name_pattern.text);
    if (!check_place(source, &parts, err)) return false;
    if (qualifier.len > 0 && parts.qualifier.len > 0 && !str_eq(qualifier, parts.qualifier))
        return error_set(err, ERROR_LAMBDA_INVALID_PARAMETER_VALUE,
                         "The derived qualifier from the function name does not match the "
                         "specified qualifier.");
    out->name = parts.name;
    out->qualifier = qualifier.len > 0 ? qualifier : parts.qualifier;
    return true;
}

bool ref_params(const struct source *source, json params, struct function_ref *out,
                struct error *err)
{
    return ref_read(source, param_str(params, "FunctionName"), param_str(params, "Qualifier"), out,
                    err);
}

/* ---- qualifiers and ARNs ---- */

bool qualifier_version(str qualifier, uint32_t *version)
{
    int64_t number;
    if (!str_to_i64(qualifier, &number) || number < 1 || number > UINT32_MAX) return false;
    if (qualifier.ptr[0] == '0') return false; /* there is one way to write a number */
    *version = (uint32_t)number;
    return true;
}

bool qualifier_is_alias(str qualifier)
{
    for (size_t i = 0; i < qualifier.len; i++)
        if (!is_digit(qualifier.ptr[i])) return is_word(qualifier, "");
    return false;
}

str function_arn(const struct source *source, str name, str qualifier)
{
    str region = shard_region(source->shard), account = shard_account(source->shard);
    return arena_printf(source->arena, "arn:aws:lambda:%.*s:%.*s:function:%.*s%s%.*s",
                        STR_ARGS(region), STR_ARGS(account), STR_ARGS(name),
                        qualifier.len > 0 ? ":" : "", STR_ARGS(qualifier));
}
