/* Headers by which browsers say where a request comes from; see origin.h. */
#include "server/origin.h"

static bool is_notification_link(const struct http_request *request)
{
    static const str actions[] = { STR_INIT("Action=ConfirmSubscription"),
                                   STR_INIT("Action=Unsubscribe") };
    if (!str_eq(request->method, STR("GET"))) return false;
    for (size_t from = 0; from < request->query.len;) {
        size_t end = str_find_char(request->query, '&', from);
        str pair = str_slice(request->query, from, end);
        /* The first Action is the one that counts, also if its name hides behind a percent sign. */
        str name = str_slice(pair, 0, str_find_char(pair, '=', 0));
        if (str_find_char(name, '%', 0) < name.len) return false;
        if (str_eq(name, STR("Action")))
            return str_eq(pair, actions[0]) || str_eq(pair, actions[1]);
        from = end + 1;
    }
    return false;
}

/* A name that nobody else can make point here, as the owner of a domain can (DNS rebinding). */
static bool is_loopback(str host)
{
    if (str_starts_with(host, STR("["))) return str_starts_with(host, STR("[::1]"));
    str name = str_slice(host, 0, str_find_char(host, ':', 0));
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != '.' && (name.ptr[i] < '0' || name.ptr[i] > '9'))
            return http_name_eq(name, STR("localhost")) || str_ends_with(name, STR(".localhost"));
    return str_starts_with(name, STR("127."));
}

/* "http://127.0.0.1:8083" where the request was sent to 127.0.0.1:8083. */
static bool is_own(const struct http_request *request, str origin)
{
    str host;
    size_t slashes = str_find(origin, STR("://"), 0);
    return slashes < origin.len && http_find_header(request, STR("Host"), &host) &&
           is_loopback(host) && http_name_eq(str_skip(origin, slashes + 3), host);
}

bool origin_is_foreign(const struct http_request *request)
{
    str origin, site;
    if (http_find_header(request, STR("Origin"), &origin)) return !is_own(request, origin);
    if (!http_find_header(request, STR("Sec-Fetch-Site"), &site)) return false;
    if (http_name_eq(site, STR("same-origin")) || http_name_eq(site, STR("none"))) return false;
    return !is_notification_link(request);
}
