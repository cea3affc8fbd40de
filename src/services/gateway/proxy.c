/* What a function of a proxy integration has answered, as an HTTP answer. */
#include "services/gateway/internal.h"

void outgoing_init(struct outgoing *out, struct arena *arena)
{
    *out = (struct outgoing){ .status = 200 };
    buf_init(&out->headers, arena);
}

static bool is_token(str name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!is_letter && !memchr(others, c, sizeof others - 1)) return false;
    }
    return name.len > 0;
}

static bool is_header_value(str value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7F) return false;
    }
    return true;
}

static bool is_servers(str name)
{
    static const str names[] = {
        STR_INIT("Connection"), STR_INIT("Content-Length"), STR_INIT("Transfer-Encoding"),
        STR_INIT("Keep-Alive"), STR_INIT("Upgrade"),        STR_INIT("Trailer"),
        STR_INIT("Date"),
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (http_name_eq(names[i], name)) return true;
    return false;
}

void outgoing_header(struct outgoing *out, str name, str value)
{
    if (!is_token(name) || !is_header_value(value) || is_servers(name)) return;
    if (http_name_eq(name, STR("Content-Type"))) {
        out->content_type = value;
        return;
    }
    buf_add(&out->headers, name);
    buf_add(&out->headers, STR(": "));
    buf_add(&out->headers, value);
    buf_add(&out->headers, STR("\r\n"));
}

/* ---- parts of an answer ---- */

static bool text_of(struct arena *arena, json value, str *out)
{
    if (json_is_string(value))
        *out = json_str(value);
    else if (json_is_number(value) || json_is_bool(value))
        *out = json_text(arena, value);
    else
        return false;
    return true;
}

bool status_is_final(int64_t status)
{
    return status >= 200 && status <= 599;
}

static bool read_status(json answer, int *status)
{
    json value = json_member_of(answer, STR("statusCode"));
    int64_t number;
    bool is_number = json_is_number(value)   ? json_to_i64(value, &number)
                     : json_is_string(value) ? str_to_i64(json_str(value), &number)
                                             : false;
    if (!is_number || !status_is_final(number)) return false;
    *status = (int)number;
    return true;
}

static bool is_object_or_null(json value)
{
    return json_is_null(value) || json_is_object(value);
}

static bool read_headers(struct arena *arena, json answer, struct outgoing *out)
{
    json single = json_member_of(answer, STR("headers"));
    json multi = json_member_of(answer, STR("multiValueHeaders"));
    str text;
    if (!is_object_or_null(single) || !is_object_or_null(multi)) return false;
    for (size_t i = 0; i < json_count(single); i++) {
        str name = json_key_at(single, i);
        if (header_in(multi, name).len > 0 || json_find(multi, name)) continue;
        if (text_of(arena, json_value_at(single, i), &text)) outgoing_header(out, name, text);
    }
    for (size_t i = 0; i < json_count(multi); i++) {
        json values = json_value_at(multi, i);
        for (size_t k = 0; json_is_array(values) && k < json_count(values); k++)
            if (text_of(arena, json_at(values, k), &text))
                outgoing_header(out, json_key_at(multi, i), text);
    }
    return true;
}

static bool read_body(const struct incoming *in, json answer, bool may_decode, struct outgoing *out)
{
    json body = json_member_of(answer, STR("body"));
    bool is_base64 = json_bool_or(answer, STR("isBase64Encoded"), false);
    if (json_is_null(body)) return true;
    if (!text_of(in->arena, body, &out->body)) return false;
    return !is_base64 || !may_decode || base64_decode_text(in->arena, out->body, &out->body);
}

static bool parse(const struct incoming *in, str body, json *answer)
{
    struct error err = { 0 };
    return json_parse(body, in->arena, answer, &err);
}

/* ---- formats ---- */

static bool has_only_known(json answer)
{
    static const str names[] = { STR_INIT("statusCode"), STR_INIT("body"), STR_INIT("headers"),
                                 STR_INIT("multiValueHeaders"), STR_INIT("isBase64Encoded") };
    for (size_t i = 0; i < json_count(answer); i++) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            is_known |= str_eq(json_key_at(answer, i), names[k]);
        if (!is_known) return false;
    }
    return true;
}

/* Of a REST API, base64 becomes bytes where the client accepts one of the API's binary types. */
static bool client_takes_bytes(const struct incoming *in)
{
    str accept = incoming_header(in, STR("Accept"));
    str first = media_type(in->arena, str_slice(accept, 0, str_find_char(accept, ',', 0)));
    return media_is_listed(in->binary_types, first.len > 0 ? first : STR("*/*"));
}

bool proxy_answer_v1(const struct incoming *in, str body, struct outgoing *out, const char **why)
{
    json answer;
    *why = "Malformed Lambda proxy response";
    if (!parse(in, body, &answer) || !json_is_object(answer)) return false;
    if (in->is_rest && !has_only_known(answer)) {
        *why = "Malformed Lambda proxy response: it has members other than statusCode, headers, "
               "multiValueHeaders, body and isBase64Encoded";
        return false;
    }
    if (json_find(answer, STR("statusCode")) && !read_status(answer, &out->status)) {
        *why = "Malformed Lambda proxy response: its statusCode is no HTTP status";
        return false;
    }
    out->content_type = in->is_rest ? STR("application/json") : STR("text/plain;charset=UTF-8");
    if (!read_headers(in->arena, answer, out)) {
        *why = "Malformed Lambda proxy response: its headers are no object";
        return false;
    }
    if (!in->is_rest || json_is_string(json_member_of(answer, STR("body"))) ||
        json_is_null(json_member_of(answer, STR("body"))))
        if (read_body(in, answer, !in->is_rest || client_takes_bytes(in), out)) return true;
    *why = "Malformed Lambda proxy response: its body is no text";
    return false;
}

/* Without a statusCode, the answer as a whole is the body. */
static bool inferred(json answer, str body, struct outgoing *out)
{
    out->content_type = STR("application/json");
    out->body = json_is_string(answer) ? json_str(answer) : body;
    return true;
}

bool proxy_answer_v2(const struct incoming *in, str body, struct outgoing *out, const char **why)
{
    json answer;
    *why = "the function's answer is no JSON";
    if (!parse(in, body, &answer)) return false;
    if (!json_is_object(answer) || !json_find(answer, STR("statusCode")))
        return inferred(answer, body, out);
    *why = "the answer's statusCode, headers or body is not valid";
    out->content_type = STR("text/plain;charset=UTF-8");
    if (!read_status(answer, &out->status) || !read_headers(in->arena, answer, out) ||
        !read_body(in, answer, true, out))
        return false;
    json cookies = json_member_of(answer, STR("cookies"));
    for (size_t i = 0; json_is_array(cookies) && i < json_count(cookies); i++)
        if (json_is_string(json_at(cookies, i)))
            outgoing_header(out, STR("Set-Cookie"), json_str(json_at(cookies, i)));
    return true;
}
