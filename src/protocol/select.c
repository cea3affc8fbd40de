/* Finding the service of a Query call; see select.h. */
#include "protocol/select.h"

static const struct service *service_by(bool (*matches)(const struct service *service, str text),
                                        str text)
{
    size_t count;
    if (text.len == 0) return NULL;
    const struct service *const *services = services_all(&count);
    for (size_t i = 0; i < count; i++)
        if (services[i]->query_version.len > 0 && matches(services[i], text)) return services[i];
    return NULL;
}

static bool has_version(const struct service *service, str version)
{
    return str_eq(service->query_version, version);
}

static bool has_name(const struct service *service, str name)
{
    return http_name_eq(service->name, name);
}

static bool has_operation(const struct service *service, str action)
{
    return service_operation(service, action) != NULL;
}

str select_scope_service(str authorization)
{
    static const str begin = STR_INIT("Credential=");
    size_t at = str_find(authorization, begin, 0);
    if (at < authorization.len) authorization = str_skip(authorization, at + begin.len);
    str scope = str_slice(authorization, 0, str_find_char(authorization, ',', 0));
    if (!str_ends_with(scope, STR("/aws4_request"))) return (str){ 0 };
    size_t end = scope.len - strlen("/aws4_request"), from = end;
    while (from > 0 && scope.ptr[from - 1] != '/')
        from--;
    return from > 0 ? str_slice(scope, from, end) : (str){ 0 };
}

static const struct service *by_scope(const struct http_request *http, const struct form *form)
{
    str authorization;
    if (http_find_header(http, STR("Authorization"), &authorization))
        return service_by(has_name, select_scope_service(authorization));
    const str *credential = form_find(form, STR("X-Amz-Credential"));
    return credential ? service_by(has_name, select_scope_service(*credential)) : NULL;
}

/* "sqs.us-east-1.amazonaws.com", or SQS's old "us-east-1.queue.amazonaws.com". */
static const struct service *by_host(const struct http_request *http)
{
    str host;
    if (!http_find_header(http, STR("Host"), &host)) return NULL;
    size_t dot = str_find_char(host, '.', 0);
    if (dot == host.len) return NULL;
    str first = str_slice(host, 0, dot), rest = str_skip(host, dot + 1);
    if (http_name_eq(first, STR("queue")) || str_starts_with(rest, STR("queue.")))
        return service_by(has_name, STR("sqs"));
    return service_by(has_name, first);
}

static const struct service *by_members(const struct http_request *http, const struct form *form)
{
    if (form_find(form, STR("QueueUrl")) || select_is_queue_path(http->path))
        return service_by(has_name, STR("sqs"));
    if (form_find(form, STR("TopicArn"))) return service_by(has_name, STR("sns"));
    return NULL;
}

const struct service *select_query_service(const struct http_request *http, const struct form *form,
                                           str action)
{
    const str *version = form_find(form, STR("Version"));
    const struct service *service = version ? service_by(has_version, *version) : NULL;
    if (!service) service = by_scope(http, form);
    if (!service) service = by_host(http);
    if (!service) service = by_members(http, form);
    if (!service) service = service_by(has_operation, action);
    return service;
}

bool select_is_queue_path(str path)
{
    if (path.len > 1 && str_ends_with(path, STR("/"))) path = str_slice(path, 0, path.len - 1);
    size_t slash = str_find_char(path, '/', 1);
    return str_starts_with(path, STR("/")) && slash > 1 && slash + 1 < path.len &&
           str_find_char(path, '/', slash + 1) == path.len;
}
