/* The request decoder on arbitrary bytes, split at arbitrary places: it must not crash, must give
 * the same requests however the bytes are cut, and what it accepts must satisfy what it promises.
 */
#include "http/http.h"

enum { REQUESTS_MAX = 8 };

struct result {
    enum http_step step;
    int status;
    size_t used;
    size_t body_bytes, header_count;
    uint32_t body_sum;
};

static const struct http_limits limits = {
    .header_bytes_max = 1024,
    .headers_max = 16,
    .body_bytes_max = 4096,
};

static void check_request(const struct http_request *request)
{
    ASSERT(request->method.len > 0 && request->path.len > 0);
    ASSERT(request->path.ptr[0] == '/' || str_eq(request->path, STR("*")));
    ASSERT(request->body.len <= limits.body_bytes_max);
    ASSERT(request->header_count <= limits.headers_max);
    size_t hosts = 0, lengths = 0, encodings = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        str name = request->headers[i].name, value = request->headers[i].value;
        ASSERT(name.len > 0);
        for (size_t j = 0; j < value.len; j++)
            ASSERT((unsigned char)value.ptr[j] >= ' ' || value.ptr[j] == '\t');
        hosts += http_name_eq(name, STR("host"));
        lengths += http_name_eq(name, STR("content-length"));
        encodings += http_name_eq(name, STR("transfer-encoding"));
    }
    ASSERT(hosts == 1 || (hosts == 0 && request->minor_version == 0));
    ASSERT(lengths + encodings <= 1);
}

static struct result read_result(const struct http_decoder *decoder, enum http_step step,
                                 size_t used)
{
    struct result result = { .step = step, .status = decoder->status };
    if (step == HTTP_REFUSED) {
        ASSERT(decoder->status >= 400 && decoder->reason);
        return result;
    }
    result.used = used;
    if (step == HTTP_MORE) return result;
    const struct http_request *request = &decoder->request;
    check_request(request);
    result.body_bytes = request->body.len;
    result.header_count = request->header_count;
    for (size_t i = 0; i < request->body.len; i++)
        result.body_sum = result.body_sum * 31 + (unsigned char)request->body.ptr[i];
    return result;
}

/* Decodes the first request of `text`; portions are 1 to 16 bytes long, as `cuts` says (a linear
 * congruence), or everything at once if it is 0. */
static struct result decode_one(str text, uint32_t cuts)
{
    struct arena arena;
    arena_init(&arena);
    struct http_decoder decoder;
    http_decoder_init(&decoder, &limits, &arena);
    enum http_step step = HTTP_MORE;
    size_t at = 0, used_in_all = 0;
    while (at < text.len && step == HTTP_MORE) {
        size_t portion = text.len - at;
        if (cuts) {
            cuts = cuts * 1664525u + 1013904223u;
            size_t short_one = (cuts >> 24) % 16 + 1;
            if (short_one < portion) portion = short_one;
        }
        size_t used = 0;
        step = http_decoder_feed(&decoder, str_slice(text, at, at + portion), &used);
        ASSERT(used <= portion && (step != HTTP_MORE || used == portion));
        used_in_all += used;
        at += portion;
    }
    struct result result = read_result(&decoder, step, used_in_all);
    arena_close(&arena);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 4) return 0;
    uint32_t cuts;
    memcpy(&cuts, data, sizeof cuts);
    str text = { (const char *)data + 4, size - 4 };
    for (int i = 0; i < REQUESTS_MAX && text.len > 0; i++) {
        struct result whole = decode_one(text, 0);
        struct result cut = decode_one(text, cuts | 1);
        ASSERT_CMP(whole.step, ==, cut.step);
        ASSERT_CMP(whole.status, ==, cut.status);
        ASSERT_CMP(whole.used, ==, cut.used);
        ASSERT_CMP(whole.body_bytes, ==, cut.body_bytes);
        ASSERT_CMP(whole.body_sum, ==, cut.body_sum);
        ASSERT_CMP(whole.header_count, ==, cut.header_count);
        if (whole.step != HTTP_DONE) break;
        text = str_skip(text, whole.used);
    }
    return 0;
}
