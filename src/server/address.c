/* Reading and writing the address that the server listens on. */
#include "server/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum { PORT_MAX = 65535, HOST_BYTES_MAX = 64 };

static bool split(str text, str *host, int64_t *port)
{
    size_t colon = text.len;
    while (colon > 0 && text.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0) return false;
    *host = str_slice(text, 0, colon - 1);
    if (str_starts_with(*host, STR("[")) && str_ends_with(*host, STR("]")))
        *host = str_slice(*host, 1, host->len - 1);
    return str_to_i64(str_skip(text, colon), port) && *port >= 0 && *port <= PORT_MAX &&
           host->len > 0 && host->len < HOST_BYTES_MAX;
}

static bool is_loopback_v4(const struct in_addr *address)
{
    return (ntohl(address->s_addr) >> 24) == 127;
}

bool address_parse(str text, struct sockaddr_storage *out, struct error *err)
{
    str host;
    int64_t port;
    if (!split(text, &host, &port))
        return error_set(err, ERROR_USAGE,
                         "'%.*s' is no address: it must be HOST:PORT, such as "
                         "127.0.0.1:8083 or [::1]:8083",
                         STR_ARGS(text));
    if (str_eq(host, STR("localhost"))) host = STR("127.0.0.1");
    char name[HOST_BYTES_MAX];
    memcpy(name, host.ptr, host.len);
    name[host.len] = '\0';

    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };
    struct sockaddr_storage address = { 0 };
    if (inet_pton(AF_INET, name, &v4.sin_addr) == 1 && is_loopback_v4(&v4.sin_addr)) {
        memcpy(&address, &v4, sizeof v4);
    } else if (inet_pton(AF_INET6, name, &v6.sin6_addr) == 1 &&
               IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr)) {
        memcpy(&address, &v6, sizeof v6);
    } else {
        return error_set(err, ERROR_USAGE,
                         "cannot listen on '%s': only loopback addresses "
                         "(127.0.0.1, ::1, localhost) are allowed, because "
                         "credentials are not checked",
                         name);
    }
    *out = address;
    return true;
}

void address_url(const struct sockaddr_storage *address, char *out, size_t out_bytes)
{
    char host[HOST_BYTES_MAX] = "";
    if (address->ss_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        inet_ntop(AF_INET6, &v6.sin6_addr, host, sizeof host);
        snprintf(out, out_bytes, "http://[%s]:%d", host, ntohs(v6.sin6_port));
        return;
    }
    struct sockaddr_in v4;
    memcpy(&v4, address, sizeof v4);
    inet_ntop(AF_INET, &v4.sin_addr, host, sizeof host);
    snprintf(out, out_bytes, "http://%s:%d", host, ntohs(v4.sin_port));
}
