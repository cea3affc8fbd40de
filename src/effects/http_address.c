/* Which addresses outgoing requests may go to.
 *
 * Who can make the server send a request (a state machine, a subscription) is not always who may
 * use the machine that it runs on: the metadata services of clouds hand out its credentials. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "effects/private.h"

struct network {
    uint32_t address; /* host byte order */
    int bits;
};

/* Never. */
static const struct network metadata_networks[] = {
    { 0xA9FE0000, 16 }, /* 169.254.0.0/16: link-local; AWS, Azure, Google ... */
    { 0x646464C8, 32 }, /* 100.100.100.200: Alibaba */
    { 0xA83F8110, 32 }, /* 168.63.129.16: Azure's wire server */
    { 0xC00000C0, 32 }, /* 192.0.0.192: Oracle */
    { 0xE0000000, 3 },  /* multicast and reserved */
};

/* Only where the caller allows what is local. */
static const struct network local_networks[] = {
    { 0x00000000, 8 },  /* 0.0.0.0/8: this machine */
    { 0x7F000000, 8 },  /* loopback */
    { 0x0A000000, 8 },  /* 10.0.0.0/8 */
    { 0xAC100000, 12 }, /* 172.16.0.0/12 */
    { 0xC0A80000, 16 }, /* 192.168.0.0/16 */
    { 0x64400000, 10 }, /* 100.64.0.0/10: carriers' */
};

static bool is_in(uint32_t address, const struct network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t mask = 0xFFFFFFFFu << (32 - networks[i].bits);
        if ((address & mask) == networks[i].address) return true;
    }
    return false;
}

static bool is_allowed_v4(uint32_t address, bool allow_local)
{
    if (is_in(address, metadata_networks, sizeof metadata_networks / sizeof *metadata_networks))
        return false;
    return allow_local ||
           !is_in(address, local_networks, sizeof local_networks / sizeof *local_networks);
}

static uint32_t v4_at(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* fd00:ec2::/32 is AWS's: metadata, time, DNS. */
static const unsigned char aws_prefix[] = { 0xFD, 0x00, 0x0E, 0xC2 };
/* 64:ff9b::/96 (RFC 6052): an IPv4 address is behind it. */
static const unsigned char nat64_prefix[] = { 0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0 };

static bool is_allowed_v6(const struct in6_addr *address, bool allow_local)
{
    const unsigned char *bytes = address->s6_addr;
    if (IN6_IS_ADDR_LOOPBACK(address) || IN6_IS_ADDR_UNSPECIFIED(address)) return allow_local;
    if (IN6_IS_ADDR_V4MAPPED(address) || IN6_IS_ADDR_V4COMPAT(address) ||
        memcmp(bytes, nat64_prefix, sizeof nat64_prefix) == 0)
        return is_allowed_v4(v4_at(bytes + 12), allow_local);
    if (bytes[0] == 0x20 && bytes[1] == 0x02) /* 6to4 */
        return is_allowed_v4(v4_at(bytes + 2), allow_local);
    if (IN6_IS_ADDR_LINKLOCAL(address) || IN6_IS_ADDR_MULTICAST(address)) return false;
    if (memcmp(bytes, aws_prefix, sizeof aws_prefix) == 0) return false;
    bool is_private = (bytes[0] & 0xFE) == 0xFC || IN6_IS_ADDR_SITELOCAL(address);
    return allow_local || !is_private;
}

bool http_address_is_allowed(const struct sockaddr *address, bool allow_local)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, address, sizeof v4);
        return is_allowed_v4(ntohl(v4.sin_addr.s_addr), allow_local);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, address, sizeof v6);
        return is_allowed_v6(&v6.sin6_addr, allow_local);
    }
    return false;
}
