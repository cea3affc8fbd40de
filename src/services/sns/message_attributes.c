/* The rules for message attributes, with AWS's texts. */
#include <stdlib.h>

#include "services/sns/internal.h"

static bool fail(const struct source *source, struct error *err, const char *before, str name,
                 const char *after)
{
    return error_set_long(err, source->arena, ERROR_SNS_PARAMETER_VALUE_INVALID, "%s%.*s%s", before,
                          STR_ARGS(name), after);
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
}

static bool check_name(struct error *err, str name)
{
    enum error_code code = ERROR_SNS_PARAMETER_VALUE_INVALID;
    if (name.len == 0 || name.len >= SNS_ATTRIBUTE_NAME_BYTES_MAX)
        return error_set(err, code,
                         "Length of message attribute name must be less than 256 bytes.");
    if (name.ptr[0] == '.')
        return error_set(err, code,
                         "Invalid message attribute name starting with character '.' was found.");
    if (name.ptr[name.len - 1] == '.')
        return error_set(err, code,
                         "Invalid message attribute name ending with character '.' was found.");
    for (size_t i = 0; i < name.len; i++) {
        if (name.ptr[i] == '.' && str_at(name, i + 1) == '.')
            return error_set(err, code,
                             "Message attribute name can not have successive '.' character.");
        if (!is_name_character(name.ptr[i]))
            return error_set(err, code,
                             "Invalid non-alphanumeric character '#x%X' was found in the message "
                             "attribute name. Can only include alphanumeric characters, hyphens, "
                             "underscores, or dots.",
                             (unsigned)(unsigned char)name.ptr[i]);
    }
    return true;
}

/* "String", "Number", "Binary", or one of them with a dot and anything behind it. */
static bool is_type(str type)
{
    static const char *const types[] = { "String", "Number", "Binary" };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        str base = str_from(types[i]);
        if (!str_starts_with(type, base)) continue;
        return type.len == base.len || (type.len > base.len + 1 && type.ptr[base.len] == '.');
    }
    return false;
}

static str base_type(str type)
{
    return str_slice(type, 0, str_find_char(type, '.', 0));
}

static bool is_decimal(const struct source *source, str text)
{
    char *end;
    const char *terminated = arena_cstr(source->arena, text);
    if (text.len == 0 || text.len > 256) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E'))
            return false;
    }
    (void)strtod(terminated, &end);
    return end == terminated + text.len;
}

static bool check_value(const struct source *source, str name, str type, json attribute,
                        struct error *err)
{
    size_t count;
    bool binary = str_eq(base_type(type), STR("Binary"));
    bool has_text = sns_has(attribute, STR("StringValue"));
    bool has_bytes = sns_has(attribute, STR("BinaryValue"));
    str text = json_str_or(attribute, binary ? STR("BinaryValue") : STR("StringValue"), STR(""));
    str shown = base_type(type);
    if (binary ? has_text && !has_bytes : has_bytes && !has_text)
        return fail(source, err, "The message attribute '", name,
                    arena_printf(source->arena, "' with type '%.*s' must use field '%s'.",
                                 STR_ARGS(shown), binary ? "Binary" : "String")
                        .ptr);
    if (text.len == 0)
        return fail(source, err, "The message attribute '", name,
                    arena_printf(source->arena,
                                 "' must contain non-empty message attribute value for message "
                                 "attribute type '%.*s'.",
                                 STR_ARGS(type))
                        .ptr);
    if (binary && !sns_base64_bytes(text, &count))
        return fail(source, err, "The message attribute '", name,
                    "' must contain base64-encoded binary data.");
    if (str_eq(shown, STR("Number")) && !is_decimal(source, text))
        return fail(source, err, "Could not cast message attribute '", name, "' value to number.");
    return true;
}

bool sns_message_attributes_check(const struct source *source, json attributes, struct error *err)
{
    for (size_t i = 0; i < json_count(attributes); i++) {
        str name = json_key_at(attributes, i);
        json attribute = json_value_at(attributes, i);
        str type = json_str_or(attribute, STR("DataType"), STR(""));
        if (!check_name(err, name)) return false;
        if (!is_type(type))
            return fail(source, err, "The message attribute '", name,
                        "' has an invalid message attribute type, the set of supported type "
                        "prefixes is Binary, Number, and String.");
        if (!check_value(source, name, type, attribute, err)) return false;
    }
    return true;
}
