/* Reading paths and headers of requests to callback addresses; see address.h. */
#include "services/callbacks/address.h"

#include "http/form.h"

/* ---- paths ---- */

/* The next segment of `rest`, without its slash; false at the end. */
static bool take_segment(str *rest, str *segment)
{
    if (rest->len == 0 || rest->ptr[0] != '/') return false;
    size_t end = str_find_char(*rest, '/', 1);
    *segment = str_slice(*rest, 1, end);
    *rest = str_skip(*rest, end);
    return true;
}

static bool decode_segment(str *rest, struct arena *arena, str *out)
{
    str segment;
    struct error err;
    return take_segment(rest, &segment) && form_decode(segment, false, arena, out, &err);
}

static bool read_part(str *rest, struct arena *arena, struct address *out)
{
    if (rest->len == 0) return true;
    return decode_segment(rest, arena, &out->part) && out->part.len > 0 && rest->len == 0;
}

static bool read_link(str rest, struct arena *arena, struct address *out)
{
    out->kind = ADDRESS_LINK;
    return take_segment(&rest, &out->link) && out->link.len > 0 && read_part(&rest, arena, out);
}

static bool read_key(str rest, struct arena *arena, struct address *out)
{
    out->kind = ADDRESS_KEY;
    return decode_segment(&rest, arena, &out->name) && decode_segment(&rest, arena, &out->key) &&
           name_is_callback_name(out->name) && callback_key_is_good(out->key) &&
           read_part(&rest, arena, out);
}

void callback_address_parse(str path, struct arena *arena, struct address *out)
{
    bool good = false;
    *out = (struct address){ .kind = ADDRESS_NONE };
    if (str_starts_with(path, STR("/c/"))) good = read_link(str_skip(path, 2), arena, out);
    if (str_starts_with(path, STR("/callbacks/"))) good = read_key(str_skip(path, 10), arena, out);
    if (!good) out->kind = ADDRESS_NONE;
}

/* ---- headers ---- */

/* The next piece of a list, without white space around it; false at the end. */
static bool take_piece(str *rest, char separator, str *piece)
{
    if (rest->len == 0) return false;
    size_t end = str_find_char(*rest, separator, 0);
    *piece = str_trim(str_slice(*rest, 0, end));
    *rest = str_skip(*rest, end < rest->len ? end + 1 : end);
    return true;
}

/* Thousandths of "q=0.8" (RFC 9110, 12.4.2); 1000 for anything else. */
static int read_weight(str text)
{
    int weight = 0, place = 1000;
    if (!str_starts_with(text, STR("q=")) && !str_starts_with(text, STR("Q="))) return 1000;
    for (size_t i = 2; i < text.len && place > 0; i++) {
        char c = text.ptr[i];
        if (c == '.' && i == 3) continue;
        if (c < '0' || c > '9') break;
        weight += (c - '0') * place;
        place /= 10;
    }
    return weight > 1000 ? 1000 : weight;
}

bool callback_wants_page(const struct http_request *http, bool by_default)
{
    str accept, range, parameter, piece;
    int page = -1, data = -1;
    if (!http_find_header(http, STR("Accept"), &accept)) return by_default;
    while (take_piece(&accept, ',', &range)) {
        int weight = 1000;
        str rest = range;
        if (!take_piece(&rest, ';', &piece)) continue;
        while (take_piece(&rest, ';', &parameter))
            if (parameter.len > 1 && (parameter.ptr[0] | 32) == 'q')
                weight = read_weight(parameter);
        if (http_name_eq(piece, STR("text/html")) && weight > page) page = weight;
        if (http_name_eq(piece, STR("application/json")) && weight > data) data = weight;
    }
    if (page == data) return by_default;
    return page > data;
}

bool callback_has_form(const struct http_request *http)
{
    str type, piece;
    if (!http_find_header(http, STR("Content-Type"), &type)) return false;
    if (!take_piece(&type, ';', &piece) ||
        !http_name_eq(piece, STR("application/x-www-form-urlencoded")))
        return false;
    char first = str_at(str_trim(http->body), 0);
    return first != '{' && first != '[' && first != '"';
}

bool callback_message_id(const struct http_request *http, str *out)
{
    static const str names[] = { STR_INIT("Idempotency-Key"), STR_INIT("webhook-id"),
                                 STR_INIT("X-Message-Id") };
    size_t chars;
    *out = (str){ 0 };
    for (size_t i = 0; i < sizeof names / sizeof *names && out->len == 0; i++)
        (void)http_find_header(http, names[i], out);
    return out->len <= CALLBACK_MESSAGE_ID_BYTES_MAX && str_utf8_count(*out, &chars);
}
