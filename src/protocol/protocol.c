/* AWS JSON 1.0 calls and answers; see protocol.h. */
#include "protocol/protocol.h"

#include "services/service.h"
#include "services/shape.h"

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static bool eq_ignoring_case(str a, str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        if (lower(a.ptr[i]) != lower(b.ptr[i])) return false;
    }
    return true;
}

/* AWS takes both versions of its JSON protocol, and plain JSON; curl users forget the header. What
 * a browser's form could send is refused. */
static bool is_json_content_type(str content_type)
{
    str type = str_trim(str_slice(content_type, 0, str_find_char(content_type, ';', 0)));
    return str_is_empty(type) || eq_ignoring_case(type, STR("application/x-amz-json-1.0")) ||
           eq_ignoring_case(type, STR("application/x-amz-json-1.1")) ||
           eq_ignoring_case(type, STR("application/json"));
}

static bool decode_params(str body, struct request *request, struct error *err)
{
    if (str_is_empty(str_trim(body))) body = STR("{}");
    json params;
    if (!json_parse(body, &request->arena, &params, err)) return false;
    if (!json_is_object(params))
        return error_set(err, ERROR_SERIALIZATION, "The request body must be a JSON object.");
    request->params = params;
    return true;
}

bool protocol_decode(const struct protocol_call *call, struct request *request, struct error *err)
{
    buf_init(&request->reply, &request->arena);
    request->operation = services_find(call->target);
    if (!request->operation && str_is_empty(call->target))
        return error_set(err, ERROR_UNKNOWN_OPERATION, "The X-Amz-Target header is missing.");
    if (!request->operation)
        return error_set(err, ERROR_UNKNOWN_OPERATION, "Unknown operation: %.*s",
                         (int)(call->target.len < 200 ? call->target.len : 200), call->target.ptr);
    ASSERT((request->operation->read == NULL) != (request->operation->write == NULL));
    if (!is_json_content_type(call->content_type))
        return error_set(err, ERROR_SERIALIZATION,
                         "The Content-Type must be application/x-amz-json-1.0.");
    return decode_params(call->body, request, err) &&
           shape_check(request->operation->input, request->params, &request->arena, err);
}

void protocol_read(struct shard *shard, struct request *request)
{
    struct reader reader;
    shard_read_begin(shard, &reader, &request->arena);
    enum handled handled = request->operation->read(&reader, request, &request->error);
    shard_read_end(&reader);
    ASSERT(handled != HANDLED_LATER);
    ASSERT((handled == HANDLED_FAILED) == (request->error.code != ERROR_NONE));
}

static str error_body(struct request *request, str name)
{
    struct buf body;
    buf_init(&body, &request->arena);
    buf_add(&body, STR("{\"__type\":\""));
    buf_add(&body, name);
    buf_add(&body, STR("\",\"message\":"));
    json_write_str(&body, error_text(&request->error));
    buf_add_char(&body, '}');
    return buf_str(&body);
}

void protocol_answer(struct request *request, struct protocol_answer *out)
{
    struct buf headers;
    buf_init(&headers, &request->arena);
    buf_add(&headers, STR("x-amzn-RequestId: "));
    buf_add(&headers, request->id);
    buf_add(&headers, STR("\r\n"));
    *out = (struct protocol_answer){
        .status = 200,
        .content_type = STR("application/x-amz-json-1.0"),
        .body = buf_str(&request->reply),
    };
    if (request->error.code != ERROR_NONE) {
        str name = error_name(request->error.code);
        out->status = error_http_status(request->error.code);
        out->body = error_body(request, name);
        buf_add(&headers, STR("x-amzn-ErrorType: "));
        buf_add(&headers, name);
        buf_add(&headers, STR("\r\n"));
    }
    out->headers = buf_str(&headers);
}
