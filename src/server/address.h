/* Addresses to listen on; private to server/. */
#ifndef SERVER_ADDRESS_H
#define SERVER_ADDRESS_H

#include <sys/socket.h>

#include "base/base.h"

/* Reads "127.0.0.1:8083", "[::1]:8083" or "localhost:8083". Only loopback addresses pass: any other
 * one would offer the service, without credentials, to the network. */
MUST_CHECK bool address_parse(str text, struct sockaddr_storage *out, struct error *err);

/* "http://127.0.0.1:8083" into `out`, NUL-terminated. */
void address_url(const struct sockaddr_storage *address, char *out, size_t out_bytes);

#endif
