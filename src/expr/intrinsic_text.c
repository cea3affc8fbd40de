/* The intrinsic functions on texts: format, JSON, base64, digests, split; and merging objects. */
#include <openssl/evp.h>

#include "expr/internal.h"

static bool text_argument(const struct intrinsic_values *v, size_t index,
                          struct intrinsic_eval *eval, str *out)
{
    if (!json_is_string(v->items[index])) {
        return intrinsic_fail(eval, "Argument %zu must be a string", index + 1);
    }
    *out = json_str(v->items[index]);
    return true;
}

/* ---- States.Format ---- */

/* `{}` takes the next argument; a backslash takes the next character as it is. Values are shown as
 * Java shows them: {a=1}. */
static bool format(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    str text = { 0 };
    if (!text_argument(v, 0, eval, &text)) return false;
    if (v->first_is_literal) text = v->first_raw;
    struct buf buf;
    buf_init(&buf, eval->env->arena);
    size_t used = 1;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        char next = str_at(text, i + 1);
        if (c == '\\' && (next == '{' || next == '}' || next == '\\' || next == '\'')) {
            buf_add_char(&buf, next);
            i++;
        } else if (c == '{' && next == '}') {
            if (used == v->count) {
                return intrinsic_fail(eval, "There are more {} in the template than arguments");
            }
            path_java_text(&buf, v->items[used++]);
            i++;
        } else {
            buf_add_char(&buf, c);
        }
        if (buf.len > EXPR_RESULT_BYTES_MAX) return intrinsic_fail(eval, "The text is too long");
    }
    if (used < v->count) {
        return intrinsic_fail(eval, "There are more arguments than {} in the template");
    }
    *out = json_string(text_of(&buf));
    return true;
}

/* ---- JSON ---- */

static bool string_to_json(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    str text = { 0 };
    if (!text_argument(v, 0, eval, &text)) return false;
    if (str_trim(text).len == 0) {
        *out = json_null();
        return true;
    }
    struct error err;
    if (json_parse(text, eval->env->arena, out, &err)) return true;
    str why = error_text(&err);
    return intrinsic_fail(eval, "%.*s", STR_ARGS(why));
}

static bool json_merge(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    if (!json_is_object(v->items[0]) || !json_is_object(v->items[1])) {
        return intrinsic_fail(eval, "The first two arguments must be objects");
    }
    if (!json_is_bool(v->items[2])) {
        return intrinsic_fail(eval, "The third argument must be a boolean");
    }
    if (v->items[2].boolean) {
        return intrinsic_fail(eval, "Deep merging is not supported: the third argument must be "
                                    "false");
    }
    struct json_fields fields;
    json_fields_from(&fields, eval->env->arena, v->items[0]);
    for (size_t i = 0; i < json_count(v->items[1]); i++)
        json_fields_add(&fields, json_key_at(v->items[1], i), json_value_at(v->items[1], i));
    *out = json_fields_done(&fields);
    return true;
}

/* ---- base64, digests ---- */

/* The text, if its length is at most `chars_max`. */
static bool short_text(const struct intrinsic_values *v, size_t chars_max,
                       struct intrinsic_eval *eval, str *out)
{
    size_t chars = 0;
    if (!text_argument(v, 0, eval, out)) return false;
    if (!str_utf8_count(*out, &chars) || chars > chars_max) {
        return intrinsic_fail(eval, "Argument 1 must have at most %zu characters", chars_max);
    }
    return true;
}

static bool base64_encode(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    str text = { 0 };
    if (!short_text(v, EXPR_BASE64_CHARS_MAX, eval, &text)) return false;
    unsigned char *encoded = arena_alloc(eval->env->arena, (text.len + 2) / 3 * 4 + 1);
    int length = EVP_EncodeBlock(encoded, (const unsigned char *)text.ptr, (int)text.len);
    *out = json_string((str){ (const char *)encoded, (size_t)length });
    return true;
}

static bool is_base64(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool known = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                     c == '+' || c == '/';
        if (!known) return false;
    }
    return text.len % 4 != 1;
}

/* Strings are Unicode: bytes that are no UTF-8 become U+FFFD, as in Java. */
static str replace_malformed(struct arena *arena, str bytes)
{
    size_t chars = 0;
    if (str_utf8_count(bytes, &chars)) return bytes;
    struct buf out;
    buf_init(&out, arena);
    for (size_t i = 0; i < bytes.len;) {
        size_t length = 1;
        while (length <= 4 && length <= bytes.len - i &&
               !str_utf8_count(str_slice(bytes, i, i + length), &chars))
            length++;
        if (length > 4 || length > bytes.len - i) {
            buf_add(&out, STR("\xEF\xBF\xBD"));
            i++;
        } else {
            buf_add(&out, str_slice(bytes, i, i + length));
            i += length;
        }
    }
    return text_of(&out);
}

static bool base64_decode(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    struct arena *arena = eval->env->arena;
    str text = { 0 };
    if (!short_text(v, EXPR_BASE64_CHARS_MAX, eval, &text)) return false;
    bool padded = text.len > 0 && text.ptr[text.len - 1] == '=';
    if (padded && text.len % 4 != 0) return intrinsic_fail(eval, "Invalid Base64 text");
    for (int i = 0; i < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; i++)
        text.len--;
    if (!is_base64(text)) return intrinsic_fail(eval, "Invalid Base64 text");
    size_t padding = (4 - text.len % 4) % 4;
    str whole = arena_printf(arena, "%.*s%.*s", STR_ARGS(text), (int)padding, "==");
    unsigned char *decoded = arena_alloc(arena, whole.len / 4 * 3 + 1);
    int length = EVP_DecodeBlock(decoded, (const unsigned char *)whole.ptr, (int)whole.len);
    if (length < (int)padding) return intrinsic_fail(eval, "Invalid Base64 text");
    str bytes = { (const char *)decoded, (size_t)length - padding };
    *out = json_string(replace_malformed(arena, bytes));
    return true;
}

bool intrinsic_digest(struct arena *arena, str algorithm, str data, str *out)
{
    static const struct {
        str name;
        const char *openssl;
    } algorithms[] = {
        { STR_INIT("MD5"), "MD5" },        { STR_INIT("SHA-1"), "SHA1" },
        { STR_INIT("SHA-256"), "SHA256" }, { STR_INIT("SHA-384"), "SHA384" },
        { STR_INIT("SHA-512"), "SHA512" },
    };
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (!str_eq(algorithms[i].name, algorithm)) continue;
        unsigned char digest[EVP_MAX_MD_SIZE];
        size_t length = 0;
        const char *bytes = data.ptr ? data.ptr : "";
        if (!EVP_Q_digest(NULL, algorithms[i].openssl, NULL, bytes, data.len, digest, &length)) {
            return false; /* a provider without MD5 (FIPS) */
        }
        struct buf hex;
        buf_init(&hex, arena);
        for (size_t k = 0; k < length; k++)
            buf_printf(&hex, "%02x", digest[k]);
        *out = buf_str(&hex);
        return true;
    }
    return false;
}

static bool hash(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    struct arena *arena = eval->env->arena;
    str algorithm = { 0 }, result = { 0 };
    if (!text_argument(v, 1, eval, &algorithm)) return false;
    str data = json_is_string(v->items[0]) ? json_str(v->items[0]) : json_text(arena, v->items[0]);
    size_t chars = 0;
    if (!str_utf8_count(data, &chars) || chars > EXPR_HASH_CHARS_MAX) {
        return intrinsic_fail(eval, "Argument 1 must have at most %d characters",
                              EXPR_HASH_CHARS_MAX);
    }
    if (!intrinsic_digest(arena, algorithm, data, &result)) {
        return intrinsic_fail(eval, "The algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, "
                                    "SHA-512");
    }
    *out = json_string(result);
    return true;
}

/* ---- States.StringSplit ---- */

/* A set of code points: a bit for each, so that a long delimiter costs no more than a short one. */
struct char_set {
    uint64_t *bits;
    uint32_t count; /* code points below which `bits` has an answer */
};

static struct char_set char_set(struct arena *arena, str chars)
{
    struct char_set set = { .count = 128 };
    for (size_t i = 0; i < chars.len && set.count == 128; i++) {
        if ((unsigned char)chars.ptr[i] >= 0x80) set.count = 0x110000;
    }
    set.bits = arena_zalloc(arena, set.count / 8);
    for (size_t i = 0; i < chars.len;) {
        uint32_t c = str_utf8_next(chars, &i);
        set.bits[c / 64] |= 1ULL << (c % 64);
    }
    return set;
}

static bool char_set_has(const struct char_set *set, uint32_t c)
{
    return c < set->count && (set->bits[c / 64] >> (c % 64) & 1) != 0;
}

/* Each character of the delimiter separates, and empty parts are left out (AWS's guide splits
 * "This.is+a,test=string" with ".+,=", and its record drops the parts between ",,,"). */
static bool string_split(const struct intrinsic_values *v, struct intrinsic_eval *eval, json *out)
{
    str text = { 0 }, delimiters = { 0 };
    if (!text_argument(v, 0, eval, &text) || !text_argument(v, 1, eval, &delimiters)) return false;
    struct char_set separators = char_set(eval->env->arena, delimiters);
    struct json_list parts;
    json_list_init(&parts, eval->env->arena);
    size_t from = 0;
    for (size_t at = 0; at < text.len;) {
        size_t here = at;
        if (!char_set_has(&separators, str_utf8_next(text, &at))) continue;
        if (here > from) json_list_add(&parts, json_string(str_slice(text, from, here)));
        from = at;
    }
    if (text.len > from) json_list_add(&parts, json_string(str_skip(text, from)));
    *out = json_list_done(&parts);
    return true;
}

bool intrinsic_text_function(enum intrinsic_function function, const struct intrinsic_values *v,
                             struct intrinsic_eval *eval, json *out)
{
    switch (function) {
    case INTRINSIC_FORMAT: return format(v, eval, out);
    case INTRINSIC_STRING_TO_JSON: return string_to_json(v, eval, out);
    case INTRINSIC_BASE64_ENCODE: return base64_encode(v, eval, out);
    case INTRINSIC_BASE64_DECODE: return base64_decode(v, eval, out);
    case INTRINSIC_HASH: return hash(v, eval, out);
    case INTRINSIC_JSON_MERGE: return json_merge(v, eval, out);
    case INTRINSIC_STRING_SPLIT: return string_split(v, eval, out);
    default:
        ASSERT(function == INTRINSIC_JSON_TO_STRING);
        *out = json_string(json_text(eval->env->arena, v->items[0]));
        return true;
    }
}
