/* Which requests are for a service's own addresses; see web.h. */
#include "protocol/web.h"

#include "json/json.h"

static bool fits_prefix(str path, str prefix)
{
    if (!str_starts_with(path, prefix)) return false;
    return path.len == prefix.len || path.ptr[prefix.len] == '/';
}

/* The label behind the first one: "execute-api" in "abc.execute-api.us-east-1.amazonaws.com". */
static str second_label(str host)
{
    size_t first = str_find_char(host, '.', 0);
    if (first >= host.len) return (str){ 0 };
    str rest = str_skip(host, first + 1);
    size_t end = str_find_char(rest, '.', 0);
    if (end == rest.len) end = str_find_char(rest, ':', 0);
    return str_slice(rest, 0, end);
}

static bool fits(const struct web_route *route, str path, str label)
{
    if (route->domain.len > 0) return http_name_eq(route->domain, label);
    return fits_prefix(path, route->prefix);
}

const struct web_route *web_find(const struct http_request *http, const struct service **service)
{
    str host = { 0 };
    size_t count;
    const struct web_route *found = NULL;
    const struct service *const *services = services_all(&count);
    (void)http_find_header(http, STR("Host"), &host);
    str label = second_label(host);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < services[i]->web_route_count; k++) {
            const struct web_route *route = &services[i]->web_routes[k];
            if (!fits(route, http->path, label)) continue;
            if (found && route->domain.len == 0) continue;
            if (!route->operation(http)) continue;
            found = route;
            *service = services[i];
            if (route->domain.len > 0) return found;
        }
    }
    return found;
}

void web_encode_error(const struct error *error, struct buf *out)
{
    buf_add(out, STR("{\"error\":"));
    json_write_str(out, error_name(error->code));
    buf_add(out, STR(",\"message\":"));
    json_write_str(out, error_text(error));
    buf_add(out, error->details);
    buf_add_char(out, '}');
}
