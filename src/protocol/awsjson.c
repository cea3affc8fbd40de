/* Bodies and errors of AWS JSON; see awsjson.h. */
#include "protocol/awsjson.h"

#include "http/http.h"

bool awsjson_is_content_type(str content_type)
{
    str type = str_trim(str_slice(content_type, 0, str_find_char(content_type, ';', 0)));
    return str_is_empty(type) || http_name_eq(type, STR("application/x-amz-json-1.0")) ||
           http_name_eq(type, STR("application/x-amz-json-1.1")) ||
           http_name_eq(type, STR("application/json"));
}

bool awsjson_decode(str body, struct arena *arena, json *params, struct error *err)
{
    json value;
    if (str_is_empty(str_trim(body))) body = STR("{}");
    if (!json_parse(body, arena, &value, err)) return false;
    if (!json_is_object(value))
        return error_set(err, ERROR_SERIALIZATION, "The request body must be a JSON object.");
    *params = value;
    return true;
}

str awsjson_content_type(const struct service *service)
{
    if (service && str_eq(service->json_version, STR("1.1")))
        return STR("application/x-amz-json-1.1");
    return STR("application/x-amz-json-1.0");
}

/* Errors that are found before a service sees the call. */
static const enum error_code coral_codes[] = {
    ERROR_SYNTAX,        ERROR_TOO_DEEP, ERROR_TOO_LARGE,  ERROR_IO,
    ERROR_USAGE,         ERROR_INTERNAL, ERROR_OVERLOADED, ERROR_UNKNOWN_OPERATION,
    ERROR_SERIALIZATION,
};

/* Errors that have another name here than in Query. */
static const struct {
    enum error_code code;
    str name;
} json_names[] = {
    { ERROR_SQS_INVALID_PARAMETER_VALUE, STR_INIT("InvalidParameterValueException") },
    { ERROR_SQS_MISSING_PARAMETER, STR_INIT("MissingRequiredParameterException") },
};

/* The error's full name in two parts. True if it is one of Coral's. */
static bool find_name(const struct service *service, enum error_code code, str *prefix, str *name)
{
    static const str coral = STR_INIT("com.amazon.coral.service#");
    *prefix = service ? service->error_prefix : STR("");
    *name = error_name(code);
    if (prefix->len == 0) return false;
    for (size_t i = 0; i < sizeof coral_codes / sizeof *coral_codes; i++) {
        if (coral_codes[i] != code) continue;
        *prefix = coral;
        return true;
    }
    if (code == ERROR_VALIDATION) *prefix = STR("com.amazon.coral.validate#");
    for (size_t i = 0; i < sizeof json_names / sizeof *json_names; i++) {
        if (json_names[i].code != code) continue;
        *prefix = coral;
        *name = json_names[i].name;
    }
    return false;
}

void awsjson_encode_error(const struct service *service, const struct error *error, struct buf *out)
{
    str prefix, name;
    bool is_coral = find_name(service, error->code, &prefix, &name);
    buf_add(out, STR("{\"__type\":\""));
    buf_add(out, prefix);
    buf_add(out, name);
    /* Coral's own errors have their text in another member; SDKs read both. */
    buf_add(out, is_coral ? STR("\",\"Message\":") : STR("\",\"message\":"));
    json_write_str(out, error_text(error));
    buf_add(out, error->details);
    buf_add_char(out, '}');
}
