/* Addresses of integrations with AWS's services. */
#include "services/gateway/internal.h"

static bool cut(str *text, char at, str *part)
{
    size_t end = str_find_char(*text, at, 0);
    if (end == text->len) return false;
    *part = str_slice(*text, 0, end);
    *text = str_skip(*text, end + 1);
    return true;
}

bool aws_uri_read(str uri, struct aws_uri *out)
{
    str arn, partition, gateway, region, kind;
    *out = (struct aws_uri){ 0 };
    if (!cut(&uri, ':', &arn) || !str_eq(arn, STR("arn")) || !cut(&uri, ':', &partition) ||
        !cut(&uri, ':', &gateway) || !str_eq(gateway, STR("apigateway")) ||
        !cut(&uri, ':', &region) || !cut(&uri, ':', &out->service))
        return false;
    size_t dot = str_find_char(out->service, '.', 0); /* "SUBDOMAIN.SERVICE" */
    if (dot < out->service.len) out->service = str_skip(out->service, dot + 1);
    if (!cut(&uri, '/', &kind)) return false;
    if (str_eq(kind, STR("action")))
        out->action = uri;
    else if (str_eq(kind, STR("path")))
        out->path = uri;
    else
        return false;
    return true;
}

str uri_function(str uri)
{
    static const str begin = STR_INIT("/functions/"), end = STR_INIT("/invocations");
    struct aws_uri parts;
    size_t colons = 0;
    for (size_t i = 0; i < uri.len; i++)
        colons += uri.ptr[i] == ':';
    if (str_starts_with(uri, STR("arn:")) && str_find(uri, STR(":lambda:"), 0) < uri.len &&
        str_find(uri, STR(":function:"), 0) < uri.len && colons <= 7 &&
        str_find_char(uri, '/', 0) == uri.len)
        return uri;
    if (!aws_uri_read(uri, &parts) || !str_eq(parts.service, STR("lambda"))) return STR("");
    size_t at = str_find(parts.path, begin, 0);
    if (at == parts.path.len || !str_ends_with(parts.path, end)) return STR("");
    at += begin.len;
    size_t to = parts.path.len - end.len;
    return at < to ? str_slice(parts.path, at, to) : STR("");
}

const struct operation *uri_operation(const struct aws_uri *uri)
{
    size_t count;
    const struct service *const *services = services_all(&count);
    if (str_eq(uri->service, STR("sqs")) && uri->path.len > 0)
        return service_operation(&sqs_service, STR("SendMessage"));
    if (uri->action.len == 0) return NULL;
    for (size_t i = 0; i < count; i++)
        if (str_eq(services[i]->name, uri->service) && services[i]->target_prefix.len > 0)
            return service_operation(services[i], uri->action);
    return NULL;
}
