/* The HTTP/1.1 request decoder; see http.h.
 *
 * The head is collected until its empty line, checked as a whole (http_head.c), and only then given
 * to http-parser. The framing of a chunked body is checked byte by byte before http-parser sees it.
 * Why so much care: http-parser, frozen since 2020 and built without its strict mode, accepts bare
 * LF, spaces in header names, folded lines, any two bytes behind a chunk, and chunk extensions. */
#include "http/http.h"

#include "http/http_head.h"

enum {
    CHUNK_DIGITS_MAX = 8,       /* far more than any body may have */
    BODY_RESERVE_BYTES = 65536, /* memory is given for bytes that have come, not for promises */
};

static enum http_step refuse(struct http_decoder *decoder, int status, const char *reason)
{
    decoder->phase = HTTP_PHASE_OVER;
    decoder->status = status;
    decoder->reason = reason;
    return HTTP_REFUSED;
}

/* ---- what http-parser reports ---- */

static int on_header_field(http_parser *parser, const char *at, size_t length)
{
    struct http_decoder *decoder = parser->data;
    struct http_request *request = &decoder->request;
    if (decoder->head_is_complete) return -1; /* a trailer, which the chunk check has refused */
    if (request->header_count >= decoder->limits->headers_max) {
        decoder->status = 431;
        decoder->reason = "The request has too many header lines.";
        return -1;
    }
    if (request->header_count == decoder->header_capacity) {
        size_t capacity = decoder->header_capacity ? decoder->header_capacity * 2 : 16;
        struct http_header *bigger =
            arena_array(decoder->arena, capacity, sizeof *request->headers);
        if (request->header_count)
            memcpy(bigger, request->headers, request->header_count * sizeof *bigger);
        request->headers = bigger;
        decoder->header_capacity = capacity;
    }
    request->headers[request->header_count++] = (struct http_header){ .name = { at, length } };
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t length)
{
    struct http_decoder *decoder = parser->data;
    if (decoder->head_is_complete || decoder->request.header_count == 0) return -1;
    struct http_header *header = &decoder->request.headers[decoder->request.header_count - 1];
    if (header->value.ptr) return -1; /* A value in two parts: a folded line. */
    header->value = str_trim((str){ at, length });
    return 0;
}

static int on_url(http_parser *parser, const char *at, size_t length)
{
    struct http_decoder *decoder = parser->data;
    if (decoder->request.path.ptr) return -1;
    decoder->request.path = (str){ at, length };
    return 0;
}

static int on_headers_complete(http_parser *parser)
{
    struct http_decoder *decoder = parser->data;
    decoder->head_is_complete = true;
    decoder->request.keep_alive = http_should_keep_alive(parser) != 0;
    parser->upgrade = 0; /* Offers to upgrade (curl --http2) are declined by not answering them. */
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t length)
{
    struct http_decoder *decoder = parser->data;
    if (length > decoder->limits->body_bytes_max - decoder->body.len) return -1;
    buf_add(&decoder->body, (str){ at, length });
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct http_decoder *decoder = parser->data;
    decoder->message_is_complete = true;
    return 0;
}

static const http_parser_settings parser_settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* False: http-parser does not accept the bytes; the refusal is then filled in. */
static bool parse(struct http_decoder *decoder, str bytes)
{
    if (bytes.len == 0) return true; /* To http-parser no bytes mean the end of the stream. */
    size_t parsed = http_parser_execute(&decoder->parser, &parser_settings, bytes.ptr, bytes.len);
    if (decoder->parser.http_errno == HPE_OK && parsed == bytes.len) return true;
    if (decoder->status == 0) {
        decoder->status = 400;
        decoder->reason = "The request is malformed.";
    }
    decoder->phase = HTTP_PHASE_OVER;
    return false;
}

/* ---- the head ---- */

/* Advances to behind the empty line that ends the head, or to the end of `bytes`. Line ends are
 * CR LF and nothing else. */
static bool find_head_end(struct http_decoder *decoder, str bytes, size_t *used)
{
    static const char line_end[] = "\r\n\r\n";
    ASSERT(bytes.ptr);
    uint8_t matched = decoder->line_end_matched;
    size_t i = 0;
    while (i < bytes.len && matched < 4) {
        unsigned char c = (unsigned char)bytes.ptr[i++];
        bool inside_line_end = matched == 1 || matched == 3;
        if (c == (unsigned char)line_end[matched]) {
            matched++;
        } else if (inside_line_end || c == '\n' || (c < ' ' && c != '\t' && c != '\r') ||
                   c == 0x7F) {
            return false;
        } else {
            matched = c == '\r';
        }
    }
    decoder->line_end_matched = matched;
    *used = i;
    return true;
}

/* The head is there as a whole: checks it, lets http-parser read it, and finds out what follows. */
static enum http_step finish_head(struct http_decoder *decoder)
{
    str head = buf_str(&decoder->head);
    if (!http_head_check_lines(head, &decoder->reason))
        return refuse(decoder, 400, decoder->reason);
    if (!parse(decoder, head)) return HTTP_REFUSED;
    if (!decoder->head_is_complete) return refuse(decoder, 400, "The request is malformed.");

    struct http_request *request = &decoder->request;
    request->method = str_from(http_method_str((enum http_method)decoder->parser.method));
    if (decoder->parser.http_major != 1 || decoder->parser.http_minor > 1)
        return refuse(decoder, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
    request->minor_version = (uint8_t)decoder->parser.http_minor;
    struct http_framing framing;
    if (!http_head_check_fields(request, &framing, &decoder->status, &decoder->reason))
        return refuse(decoder, decoder->status, decoder->reason);
    if (framing.content_length > decoder->limits->body_bytes_max)
        return refuse(decoder, 413, "The request body is too large.");

    decoder->body_bytes_left = framing.content_length;
    decoder->phase = framing.is_chunked ? HTTP_PHASE_CHUNKED : HTTP_PHASE_LENGTH;
    request->expects_continue &= framing.is_chunked || framing.content_length > 0;
    size_t expected = (size_t)framing.content_length;
    if (expected) {
        (void)buf_reserve(&decoder->body,
                          expected < BODY_RESERVE_BYTES ? expected : BODY_RESERVE_BYTES);
    }
    return HTTP_MORE;
}

static enum http_step feed_head(struct http_decoder *decoder, str bytes, size_t *used)
{
    if (bytes.len == 0) return HTTP_MORE;
    ASSERT(bytes.ptr);
    size_t taken = 0;
    /* One empty line before the request line is allowed (RFC 9112, section 2.2). */
    while (decoder->head.len == 0 && decoder->blank_line_matched < 2 && taken < bytes.len &&
           bytes.ptr[taken] == "\r\n"[decoder->blank_line_matched]) {
        decoder->blank_line_matched++;
        taken++;
    }
    if (taken < bytes.len && decoder->blank_line_matched == 1)
        return refuse(decoder, 400, "Lines must end with CR LF.");
    *used = taken;
    bytes = str_skip(bytes, taken);
    if (bytes.len == 0) return HTTP_MORE;

    size_t room = decoder->limits->header_bytes_max - decoder->head.len;
    if (!find_head_end(decoder, str_slice(bytes, 0, bytes.len < room ? bytes.len : room), &taken))
        return refuse(decoder, 400, "The head has a control character or a line without CR LF.");
    buf_add(&decoder->head, str_slice(bytes, 0, taken));
    *used += taken;
    if (decoder->line_end_matched == 4) return finish_head(decoder);
    if (taken == room) return refuse(decoder, 431, "The request's headers are too large.");
    return HTTP_MORE;
}

/* ---- the body ---- */

static int hex_digit_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* One byte of a chunk's size line. */
static bool check_chunk_size_byte(struct http_decoder *decoder, char c)
{
    int digit = hex_digit_value(c);
    if (digit >= 0) {
        if (decoder->chunk_digits == CHUNK_DIGITS_MAX) return false;
        decoder->chunk_digits++;
        decoder->chunk_bytes = decoder->chunk_bytes * 16 + (uint64_t)digit;
        return true;
    }
    if (c != '\r' || decoder->chunk_digits == 0) return false;
    decoder->chunk_phase = HTTP_CHUNK_SIZE_LF;
    return true;
}

/* One byte of the framing; false if it is not the one that must stand there. */
static bool check_chunk_byte(struct http_decoder *decoder, char c)
{
    switch (decoder->chunk_phase) {
    case HTTP_CHUNK_SIZE: return check_chunk_size_byte(decoder, c);
    case HTTP_CHUNK_SIZE_LF:
        decoder->chunk_digits = 0;
        decoder->chunk_phase = decoder->chunk_bytes ? HTTP_CHUNK_DATA : HTTP_CHUNK_LAST_CR;
        decoder->body_bytes_announced += decoder->chunk_bytes;
        return c == '\n';
    case HTTP_CHUNK_DATA_CR: decoder->chunk_phase = HTTP_CHUNK_DATA_LF; return c == '\r';
    case HTTP_CHUNK_DATA_LF: decoder->chunk_phase = HTTP_CHUNK_SIZE; return c == '\n';
    case HTTP_CHUNK_LAST_CR: decoder->chunk_phase = HTTP_CHUNK_LAST_LF; return c == '\r';
    case HTTP_CHUNK_LAST_LF: decoder->phase = HTTP_PHASE_OVER; return c == '\n';
    case HTTP_CHUNK_DATA: break;
    }
    return false;
}

static size_t skip_chunk_data(struct http_decoder *decoder, size_t available)
{
    size_t count = available < decoder->chunk_bytes ? available : (size_t)decoder->chunk_bytes;
    decoder->chunk_bytes -= count;
    if (decoder->chunk_bytes == 0) decoder->chunk_phase = HTTP_CHUNK_DATA_CR;
    return count;
}

static enum http_step feed_chunked(struct http_decoder *decoder, str bytes, size_t *used)
{
    if (bytes.len == 0) return HTTP_MORE;
    ASSERT(bytes.ptr);
    size_t i = 0;
    while (i < bytes.len && decoder->phase == HTTP_PHASE_CHUNKED) {
        if (decoder->chunk_phase == HTTP_CHUNK_DATA) {
            i += skip_chunk_data(decoder, bytes.len - i);
            continue;
        }
        if (!check_chunk_byte(decoder, bytes.ptr[i++]))
            return refuse(decoder, 400,
                          "The chunked body is malformed, or has extensions or "
                          "trailers, which are not accepted.");
        if (decoder->body_bytes_announced > decoder->limits->body_bytes_max)
            return refuse(decoder, 413, "The request body is too large.");
    }
    *used = i;
    return parse(decoder, str_slice(bytes, 0, i)) ? HTTP_MORE : HTTP_REFUSED;
}

static enum http_step feed_length(struct http_decoder *decoder, str bytes, size_t *used)
{
    size_t count =
        bytes.len < decoder->body_bytes_left ? bytes.len : (size_t)decoder->body_bytes_left;
    *used = count;
    if (count && !parse(decoder, str_slice(bytes, 0, count))) return HTTP_REFUSED;
    decoder->body_bytes_left -= count;
    if (decoder->body_bytes_left == 0) decoder->phase = HTTP_PHASE_OVER;
    return HTTP_MORE;
}

static enum http_step feed_phase(struct http_decoder *decoder, str bytes, size_t *used)
{
    switch (decoder->phase) {
    case HTTP_PHASE_HEAD: return feed_head(decoder, bytes, used);
    case HTTP_PHASE_LENGTH: return feed_length(decoder, bytes, used);
    case HTTP_PHASE_CHUNKED: return feed_chunked(decoder, bytes, used);
    case HTTP_PHASE_OVER: break;
    }
    ASSERT(decoder->phase != HTTP_PHASE_OVER);
    return HTTP_REFUSED;
}

/* ---- public ---- */

void http_decoder_init(struct http_decoder *decoder, const struct http_limits *limits,
                       struct arena *arena)
{
    *decoder = (struct http_decoder){ .limits = limits, .arena = arena };
    buf_init(&decoder->head, arena);
    buf_init(&decoder->body, arena);
    http_parser_init(&decoder->parser, HTTP_REQUEST);
    decoder->parser.data = decoder;
}

enum http_step http_decoder_feed(struct http_decoder *decoder, str bytes, size_t *used)
{
    *used = 0;
    for (;;) {
        size_t taken = 0;
        enum http_phase before = decoder->phase;
        enum http_step step = feed_phase(decoder, str_skip(bytes, *used), &taken);
        *used += taken;
        if (step == HTTP_REFUSED) return step;
        if (decoder->phase == HTTP_PHASE_OVER) break;
        if (decoder->phase == before) return HTTP_MORE;
    }
    /* The end that was counted here is the one that http-parser sees, or somebody could make the
     * two count differently. */
    if (!decoder->message_is_complete) return refuse(decoder, 400, "The request is malformed.");
    decoder->request.body = buf_str(&decoder->body);
    return HTTP_DONE;
}

bool http_decoder_has_begun(const struct http_decoder *decoder)
{
    return decoder->head.len > 0;
}

bool http_name_eq(str a, str b)
{
    if (a.len != b.len) return false;
    for (size_t i = 0; i < a.len; i++) {
        unsigned char x = (unsigned char)a.ptr[i], y = (unsigned char)b.ptr[i];
        if (x == y) continue;
        if ((x | 0x20) != (y | 0x20) || (x | 0x20) < 'a' || (x | 0x20) > 'z') return false;
    }
    return true;
}

bool http_find_header(const struct http_request *request, str name, str *value)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (!http_name_eq(request->headers[i].name, name)) continue;
        *value = request->headers[i].value;
        return true;
    }
    return false;
}
