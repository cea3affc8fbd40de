/* Requests to addresses (HTTP and HTTP_PROXY integrations), and their answers. */
#include "base/limits.h"
#include "services/gateway/run.h"

static bool goes_on(str name)
{
    static const str names[] = {
        STR_INIT("Host"),    STR_INIT("Connection"), STR_INIT("Content-Length"),
        STR_INIT("Upgrade"), STR_INIT("Keep-Alive"), STR_INIT("Transfer-Encoding"),
        STR_INIT("Expect"),  STR_INIT("TE"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (http_name_eq(name, names[i])) return false;
    return true;
}

json address_headers(const struct incoming *in)
{
    json headers = json_empty();
    for (size_t i = 0; i < json_count(in->headers); i++)
        if (goes_on(json_key_at(in->headers, i)))
            headers = json_with(in->arena, headers, json_key_at(in->headers, i),
                                json_value_at(in->headers, i));
    return headers;
}

void address_escape(struct buf *out, str text, bool keeps_slash)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~' ||
                        (c == '/' && keeps_slash);
        if (is_plain)
            buf_add_char(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

/* Fills in {name}s, or {name+}s, from the parameters. */
str address_of(struct arena *arena, str uri, json params)
{
    struct buf out;
    buf_init(&out, arena);
    while (uri.len > 0) {
        size_t at = str_find_char(uri, '{', 0), end = str_find_char(uri, '}', at);
        buf_add(&out, str_slice(uri, 0, end == uri.len ? end : at));
        if (end == uri.len) break;
        str name = str_slice(uri, at + 1, end);
        bool is_greedy = str_ends_with(name, STR("+"));
        if (is_greedy) name = str_slice(name, 0, name.len - 1);
        address_escape(&out, json_text_of(params, name), true);
        uri = str_skip(uri, end + 1);
    }
    return buf_str(&out);
}

json address_request(struct arena *arena, str method, str url, json headers, str body,
                     int64_t timeout_ms)
{
    json request = json_with(arena, json_empty(), STR("method"), json_string(method));
    request = json_with(arena, request, STR("url"), json_string(url));
    request = json_with(arena, request, STR("headers"), headers);
    if (body.len > 0) request = json_with(arena, request, STR("body"), json_string(body));
    request = json_with(arena, request, STR("timeoutMs"), json_i64(arena, timeout_ms));
    request = json_with(arena, request, STR("allowLocal"), json_bool(true));
    return json_with(arena, request, STR("bodyMax"), json_i64(arena, GATEWAY_BODY_BYTES_MAX));
}

void address_answer(struct call *call, const struct backend_result *result)
{
    struct outgoing out;
    str lines = result->headers;
    outgoing_init(&out, call->in.arena);
    out.status = result->status;
    while (lines.len > 0) {
        size_t end = str_find(lines, STR("\r\n"), 0);
        str line = str_slice(lines, 0, end);
        size_t colon = str_find_char(line, ':', 0);
        if (colon < line.len)
            outgoing_header(&out, str_slice(line, 0, colon), str_trim(str_skip(line, colon + 1)));
        lines = str_skip(lines, end < lines.len ? end + 2 : end);
    }
    out.body = result->body;
    call_answer(call, &out);
}
