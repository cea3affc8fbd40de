/* The strict reading of a request's head: RFC 9112 without any of what it lets a server tolerate.
 */
#include "http/http_head.h"

enum { CONTENT_LENGTH_DIGITS_MAX = 15 };

/* A character of a token (RFC 9110, section 5.6.2). */
static bool is_token_char(unsigned char c)
{
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
    return c != '\0' && strchr("!#$%&'*+-.^_`|~", c) != NULL;
}

static bool is_token(str s)
{
    ASSERT(s.ptr);
    for (size_t i = 0; i < s.len; i++) {
        if (!is_token_char((unsigned char)s.ptr[i])) return false;
    }
    return s.len > 0;
}

static bool is_visible_ascii(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~') return false;
    }
    return s.len > 0;
}

/* METHOD SP TARGET SP HTTP/d.d, with exactly one space each. */
static bool is_request_line(str line)
{
    size_t first = str_find_char(line, ' ', 0);
    if (first == line.len) return false;
    size_t second = str_find_char(line, ' ', first + 1);
    if (second == line.len) return false;
    str version = str_skip(line, second + 1);
    return is_token(str_slice(line, 0, first)) &&
           is_visible_ascii(str_slice(line, first + 1, second)) && version.len == 8 &&
           str_starts_with(version, STR("HTTP/"));
}

bool http_head_check_lines(str head, const char **reason)
{
    ASSERT(str_ends_with(head, STR("\r\n\r\n")));
    size_t end = str_find_char(head, '\r', 0);
    if (!is_request_line(str_slice(head, 0, end))) {
        *reason = "The request line is malformed.";
        return false;
    }
    for (size_t at = end + 2; at < head.len - 2; at = end + 2) {
        end = str_find_char(head, '\r', at);
        str line = str_slice(head, at, end);
        if (!is_token(str_slice(line, 0, str_find_char(line, ':', 0))) ||
            str_find_char(line, ':', 0) == line.len) {
            *reason = "A header line has no valid name, or is folded.";
            return false;
        }
    }
    return true;
}

static bool reject(int *status, int code, const char **reason, const char *text)
{
    *status = code;
    *reason = text;
    return false;
}

/* Characters of a host with its port (RFC 3986, section 3.2), roughly: none that ends it. */
static bool is_host(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c > '~' || strchr("/?#@\\\"<>^`{|},", c)) return false;
    }
    return true;
}

static bool read_content_length(str value, uint64_t *out)
{
    if (value.len == 0 || value.len > CONTENT_LENGTH_DIGITS_MAX) return false;
    uint64_t length = 0;
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] < '0' || value.ptr[i] > '9') return false;
        length = length * 10 + (uint64_t)(value.ptr[i] - '0');
    }
    *out = length;
    return true;
}

/* Path and query of the target: "/path?query", or "http://host/path?query", which a client of a
 * proxy sends. */
static bool split_target(struct http_request *request)
{
    str target = request->path;
    if (str_find_char(target, '#', 0) < target.len) return false;
    if (str_eq(target, STR("*"))) return true;
    if (str_starts_with(target, STR("http://")) || str_starts_with(target, STR("https://"))) {
        target = str_skip(target, str_find(target, STR("://"), 0) + 3);
        target = str_skip(target, str_find_char(target, '/', 0));
        if (str_is_empty(target)) target = STR("/");
    }
    if (!str_starts_with(target, STR("/"))) return false;
    size_t question = str_find_char(target, '?', 0);
    request->path = str_slice(target, 0, question);
    request->query = question < target.len ? str_skip(target, question + 1) : (str){ 0 };
    return true;
}

struct field_counts {
    size_t host, content_length, transfer_encoding;
    bool expects_other;
};

static bool read_fields(struct http_request *request, struct http_framing *framing,
                        struct field_counts *counts)
{
    for (size_t i = 0; i < request->header_count; i++) {
        str name = request->headers[i].name, value = request->headers[i].value;
        if (http_name_eq(name, STR("host"))) {
            counts->host++;
            if (!is_host(value)) return false;
        } else if (http_name_eq(name, STR("content-length"))) {
            counts->content_length++;
            if (!read_content_length(value, &framing->content_length)) return false;
        } else if (http_name_eq(name, STR("transfer-encoding"))) {
            counts->transfer_encoding++;
            framing->is_chunked = http_name_eq(value, STR("chunked"));
        } else if (http_name_eq(name, STR("expect"))) {
            request->expects_continue = http_name_eq(value, STR("100-continue"));
            counts->expects_other |= !request->expects_continue;
        }
    }
    return true;
}

bool http_head_check_fields(struct http_request *request, struct http_framing *framing, int *status,
                            const char **reason)
{
    *framing = (struct http_framing){ 0 };
    struct field_counts counts = { 0 };
    if (!read_fields(request, framing, &counts))
        return reject(status, 400, reason, "The Host or Content-Length header is malformed.");
    if (counts.content_length > 1)
        return reject(status, 400, reason, "The request has more than one Content-Length.");
    if (counts.content_length && counts.transfer_encoding)
        return reject(status, 400, reason,
                      "The request has both Content-Length and Transfer-Encoding.");
    if (counts.transfer_encoding > 1 || (counts.transfer_encoding && !framing->is_chunked))
        return reject(status, 501, reason, "The only Transfer-Encoding that is known is chunked.");
    if (counts.transfer_encoding && request->minor_version == 0)
        return reject(status, 400, reason, "HTTP/1.0 has no Transfer-Encoding.");
    if (counts.host > 1 || (counts.host == 0 && request->minor_version > 0))
        return reject(status, 400, reason, "The request must have exactly one Host header.");
    if (counts.expects_other)
        return reject(status, 417, reason, "The only expectation that is known is 100-continue.");
    if (str_eq(request->method, STR("CONNECT")))
        return reject(status, 405, reason, "This is not a proxy.");
    if (!split_target(request))
        return reject(status, 400, reason, "The request target is malformed.");
    if (request->minor_version == 0) request->expects_continue = false;
    return true;
}
