/* Checking a request. All signing schemes are one: HMAC over a text that is made of parts of the
 * request, and a header with one or more signatures; they differ in a row of a table. */
#include "services/callbacks/verifier.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "services/callbacks/verifier_private.h"

enum encoding { ENCODING_HEX, ENCODING_BASE64, ENCODING_BASE64URL };

struct signing {
    str header;           /* with the signatures */
    str prefix;           /* of each signature; others are ignored */
    char separator;       /* between signatures; NUL: there is one */
    str timestamp_header; /* empty: none, or in the signatures' header */
    str timestamp_prefix; /* of the item of that header that is the timestamp */
    str id_header;        /* of the message's id; empty: it has none */
    str content;          /* what is signed, with {names} */
    enum encoding encoding;
    const EVP_MD *(*digest)(void);
    int64_t tolerance_s;
};

/* ---- encodings ---- */

static str hex_text(struct arena *arena, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    char *text = arena_alloc(arena, 2 * count);
    for (size_t i = 0; i < count; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return (str){ text, 2 * count };
}

static str without_padding(str text)
{
    while (text.len > 0 && text.ptr[text.len - 1] == '=')
        text.len--;
    return text;
}

/* Without padding, which some senders leave out. */
static str base64_text(struct arena *arena, const unsigned char *bytes, size_t count)
{
    unsigned char *text = arena_alloc(arena, (count + 2) / 3 * 4 + 1);
    int len = EVP_EncodeBlock(text, bytes, (int)count);
    return without_padding((str){ (const char *)text, (size_t)len });
}

static str to_base64url(struct arena *arena, str base64)
{
    char *text = arena_alloc(arena, base64.len);
    for (size_t i = 0; i < base64.len; i++) {
        text[i] = base64.ptr[i];
        if (text[i] == '+') text[i] = '-';
        if (text[i] == '/') text[i] = '_';
    }
    return (str){ text, base64.len };
}

static str lower_case(struct arena *arena, str text)
{
    char *copy = arena_alloc(arena, text.len);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = text.ptr[i];
        if (copy[i] >= 'A' && copy[i] <= 'Z') copy[i] = (char)(unsigned char)(copy[i] - 'A' + 'a');
    }
    return (str){ copy, text.len };
}

static str encode(struct arena *arena, enum encoding encoding, const unsigned char *bytes,
                  size_t count)
{
    switch (encoding) {
    case ENCODING_HEX: return hex_text(arena, bytes, count);
    case ENCODING_BASE64: return base64_text(arena, bytes, count);
    case ENCODING_BASE64URL: return to_base64url(arena, base64_text(arena, bytes, count));
    }
    return STR("");
}

/* As encode would have written it. */
static str normal(struct arena *arena, enum encoding encoding, str text)
{
    return encoding == ENCODING_HEX ? lower_case(arena, text) : without_padding(text);
}

static bool decode_base64(str text, unsigned char *out, size_t *count)
{
    unsigned char padded[VERIFIER_SECRET_BYTES_MAX + 4];
    unsigned char bytes[sizeof padded];
    text = without_padding(text);
    if (text.len == 0 || text.len > VERIFIER_SECRET_BYTES_MAX || text.len % 4 == 1) return false;
    for (size_t i = 0; i < text.len; i++) {
        /* OpenSSL would take white space at the ends for nothing. */
        if ((unsigned char)text.ptr[i] <= ' ') return false;
        padded[i] = (unsigned char)text.ptr[i];
    }
    size_t len = text.len;
    while (len % 4 != 0)
        padded[len++] = '=';
    int decoded = EVP_DecodeBlock(bytes, padded, (int)len);
    if (decoded < 0) return false;
    *count = (size_t)decoded - (len - text.len);
    memcpy(out, bytes, *count);
    return true;
}

static bool decode_hex(str text, unsigned char *out, size_t *count)
{
    static const char digits[] = "0123456789abcdef";
    if (text.len == 0 || text.len % 2 != 0) return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        const char *digit = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;
        if (!digit) return false;
        unsigned value = (unsigned)(digit - digits);
        out[i / 2] = (unsigned char)(i % 2 == 0 ? value << 4 : out[i / 2] | value);
    }
    *count = text.len / 2;
    return true;
}

bool verifier_secret_key(enum verifier_type type, json verifier, str secret,
                         unsigned char key[VERIFIER_SECRET_BYTES_MAX], size_t *key_bytes)
{
    static const str mark = STR_INIT("whsec_");
    str encoding = json_str_or(verifier, STR("secretEncoding"), STR("text"));
    if (type == VERIFIER_STANDARD) {
        if (str_starts_with(secret, mark)) secret = str_skip(secret, mark.len);
        return decode_base64(secret, key, key_bytes);
    }
    if (type == VERIFIER_HMAC && str_eq(encoding, STR("base64")))
        return decode_base64(secret, key, key_bytes);
    if (type == VERIFIER_HMAC && str_eq(encoding, STR("hex")))
        return decode_hex(secret, key, key_bytes);
    memcpy(key, secret.ptr, secret.len);
    *key_bytes = secret.len;
    return true;
}

/* ---- what is signed ---- */

enum part { PART_TEXT, PART_BODY, PART_TIMESTAMP, PART_ID, PART_METHOD, PART_PATH, PART_UNKNOWN };

/* Takes the next part off a content; false at its end. */
static bool next_part(str *content, enum part *part, str *text)
{
    static const struct {
        str name;
        enum part part;
    } names[] = {
        { STR_INIT("{body}"), PART_BODY }, { STR_INIT("{timestamp}"), PART_TIMESTAMP },
        { STR_INIT("{id}"), PART_ID },     { STR_INIT("{method}"), PART_METHOD },
        { STR_INIT("{path}"), PART_PATH },
    };
    if (content->len == 0) return false;
    size_t brace = str_find_char(*content, '{', 0);
    if (brace > 0) {
        *part = PART_TEXT;
        *text = str_slice(*content, 0, brace);
        *content = str_skip(*content, brace);
        return true;
    }
    size_t end = str_find_char(*content, '}', 0);
    *text = str_slice(*content, 0, end < content->len ? end + 1 : content->len);
    *content = str_skip(*content, text->len);
    *part = PART_UNKNOWN;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (str_eq(names[i].name, *text)) *part = names[i].part;
    }
    return true;
}

static str hmac_content(json verifier)
{
    bool is_timed = json_find(verifier, STR("timestampHeader")) != NULL;
    bool has_id = json_find(verifier, STR("idHeader")) != NULL;
    str usual = STR("{body}");
    if (is_timed) usual = STR("{timestamp}.{body}");
    if (has_id) usual = is_timed ? STR("{id}.{timestamp}.{body}") : STR("{id}.{body}");
    return json_str_or(verifier, STR("content"), usual);
}

bool verifier_content_valid(json verifier, struct error *err)
{
    bool has[PART_UNKNOWN + 1] = { false };
    str content = hmac_content(verifier), text;
    enum part part;
    while (next_part(&content, &part, &text)) {
        has[part] = true;
        if (part == PART_UNKNOWN)
            return error_set(err, ERROR_VALIDATION,
                             "verifier: 'content' has %.*s; it knows {body}, {timestamp}, {id}, "
                             "{method} and {path}",
                             STR_ARGS(text));
    }
    bool is_timed = json_find(verifier, STR("timestampHeader")) != NULL;
    bool has_id = json_find(verifier, STR("idHeader")) != NULL;
    if (!has[PART_BODY])
        return error_set(err, ERROR_VALIDATION, "verifier: 'content' must have {body}");
    if (has[PART_TIMESTAMP] != is_timed)
        return error_set(err, ERROR_VALIDATION,
                         is_timed ? "verifier: 'content' must have {timestamp}: else anybody could "
                                    "write a new one"
                                  : "verifier: 'content' has {timestamp}: 'timestampHeader' must "
                                    "say where it is");
    if (has[PART_ID] && !has_id)
        return error_set(err, ERROR_VALIDATION,
                         "verifier: 'content' has {id}: 'idHeader' must say where it is");
    if (!is_timed && json_find(verifier, STR("toleranceSeconds")))
        return error_set(err, ERROR_VALIDATION,
                         "verifier: 'toleranceSeconds' needs a 'timestampHeader'");
    return true;
}

static str signed_text(struct arena *arena, const struct signing *signing,
                       const struct http_request *http, str timestamp, str id)
{
    struct buf out;
    str content = signing->content, text;
    enum part part;
    buf_init(&out, arena);
    while (next_part(&content, &part, &text)) {
        switch (part) {
        case PART_UNKNOWN:
        case PART_TEXT: buf_add(&out, text); break;
        case PART_BODY: buf_add(&out, http->body); break;
        case PART_TIMESTAMP: buf_add(&out, timestamp); break;
        case PART_ID: buf_add(&out, id); break;
        case PART_METHOD: buf_add(&out, http->method); break;
        case PART_PATH:
            buf_add(&out, http->path);
            if (http->query.len > 0) buf_add_char(&out, '?');
            buf_add(&out, http->query);
            break;
        }
    }
    return buf_str(&out);
}

/* ---- signatures ---- */

static size_t secret_count(json verifier)
{
    const json *many = json_find(verifier, STR("secrets"));
    return many ? json_count(*many) : 1;
}

static str secret_text(json verifier, size_t index)
{
    const json *many = json_find(verifier, STR("secrets"));
    return many ? json_str(json_at(*many, index)) : json_str_or(verifier, STR("secret"), STR(""));
}

static bool bad(struct verifier_result *out, const char *reason)
{
    *out = (struct verifier_result){ .reason = reason };
    return false;
}

/* The header that occurs exactly once: of two, a proxy and we might look at different ones. */
static bool find_once(const struct http_request *http, str name, str *value)
{
    size_t count = 0;
    for (size_t i = 0; i < http->header_count; i++) {
        if (!http_name_eq(http->headers[i].name, name)) continue;
        *value = http->headers[i].value;
        count++;
    }
    return count == 1;
}

/* Takes the next signature or other item off a header. */
static bool next_item(str *rest, char separator, str *item)
{
    if (rest->len == 0) return false;
    size_t end = separator ? str_find_char(*rest, separator, 0) : rest->len;
    *item = str_trim(str_slice(*rest, 0, end));
    *rest = str_skip(*rest, end < rest->len ? end + 1 : rest->len);
    return true;
}

static bool find_timestamp(const struct signing *signing, const struct http_request *http,
                           str signatures, str *out)
{
    str item;
    if (signing->timestamp_header.len > 0) return find_once(http, signing->timestamp_header, out);
    size_t found = 0;
    while (next_item(&signatures, signing->separator, &item)) {
        if (!str_starts_with(item, signing->timestamp_prefix)) continue;
        *out = str_skip(item, signing->timestamp_prefix.len);
        found++;
    }
    return found == 1;
}

static const char *check_time(const struct signing *signing, str timestamp, int64_t now_ms)
{
    int64_t seconds;
    if (!str_to_i64(timestamp, &seconds) || seconds < 0 || seconds > INT64_MAX / 2000)
        return "the timestamp is not a number of seconds";
    int64_t age_s = now_ms / 1000 - seconds;
    if (age_s > signing->tolerance_s) return "the timestamp is too old";
    if (age_s < -signing->tolerance_s) return "the timestamp lies in the future";
    return NULL;
}

static bool has_signature(struct arena *arena, const struct signing *signing, str signatures,
                          str wanted)
{
    str item;
    bool found = false;
    for (size_t i = 0; i < VERIFIER_SIGNATURES_MAX; i++) {
        if (!next_item(&signatures, signing->separator, &item)) break;
        if (!str_starts_with(item, signing->prefix)) continue;
        str text = normal(arena, signing->encoding, str_skip(item, signing->prefix.len));
        found |= str_eq_constant_time(text, wanted);
    }
    return found;
}

static bool is_signed(struct arena *arena, const struct signing *signing, enum verifier_type type,
                      json verifier, str content, str signatures)
{
    unsigned char key[VERIFIER_SECRET_BYTES_MAX], mac[EVP_MAX_MD_SIZE];
    size_t key_bytes;
    bool found = false;
    for (size_t i = 0; i < secret_count(verifier); i++) {
        unsigned mac_bytes = 0;
        if (!verifier_secret_key(type, verifier, secret_text(verifier, i), key, &key_bytes))
            continue;
        const void *made = HMAC(signing->digest(), key, (int)key_bytes,
                                (const unsigned char *)content.ptr, content.len, mac, &mac_bytes);
        if (!made) fatal("a message authentication code could not be made");
        str wanted = encode(arena, signing->encoding, mac, mac_bytes);
        found |= has_signature(arena, signing, signatures, wanted);
    }
    OPENSSL_cleanse(key, sizeof key);
    return found;
}

static bool check_signature(const struct signing *signing, enum verifier_type type, json verifier,
                            const struct http_request *http, int64_t now_ms, struct arena *arena,
                            struct verifier_result *out)
{
    str signatures, timestamp = STR(""), id = STR("");
    if (!find_once(http, signing->header, &signatures))
        return bad(out, "there is not exactly one header with the signature");
    if (signing->id_header.len > 0 && (!find_once(http, signing->id_header, &id) || id.len == 0))
        return bad(out, "there is not exactly one header with the message's id");
    if (signing->timestamp_header.len > 0 || signing->timestamp_prefix.len > 0) {
        if (!find_timestamp(signing, http, signatures, &timestamp))
            return bad(out, "there is not exactly one timestamp");
        const char *reason = check_time(signing, timestamp, now_ms);
        if (reason) return bad(out, reason);
    }
    str content = signed_text(arena, signing, http, timestamp, id);
    if (!is_signed(arena, signing, type, verifier, content, signatures))
        return bad(out, "no signature fits");
    *out = (struct verifier_result){ .is_good = true, .message_id = id };
    return true;
}

/* ---- the schemes ---- */

static const struct signing standard_signing = {
    .header = STR_INIT("webhook-signature"),
    .prefix = STR_INIT("v1,"),
    .separator = ' ',
    .timestamp_header = STR_INIT("webhook-timestamp"),
    .id_header = STR_INIT("webhook-id"),
    .content = STR_INIT("{id}.{timestamp}.{body}"),
    .encoding = ENCODING_BASE64,
    .digest = EVP_sha256,
};
static const struct signing github_signing = {
    .header = STR_INIT("X-Hub-Signature-256"),
    .prefix = STR_INIT("sha256="),
    .content = STR_INIT("{body}"),
    .digest = EVP_sha256,
};
/* v0 is a signature for tests that must not count. */
static const struct signing stripe_signing = {
    .header = STR_INIT("Stripe-Signature"),
    .prefix = STR_INIT("v1="),
    .separator = ',',
    .timestamp_prefix = STR_INIT("t="),
    .content = STR_INIT("{timestamp}.{body}"),
    .digest = EVP_sha256,
};
static const struct signing slack_signing = {
    .header = STR_INIT("X-Slack-Signature"),
    .prefix = STR_INIT("v0="),
    .timestamp_header = STR_INIT("X-Slack-Request-Timestamp"),
    .content = STR_INIT("v0:{timestamp}:{body}"),
    .digest = EVP_sha256,
};

static struct signing hmac_signing(json verifier)
{
    str encoding = json_str_or(verifier, STR("encoding"), STR("hex"));
    str algorithm = json_str_or(verifier, STR("algorithm"), STR("sha256"));
    struct signing signing = {
        .header = json_str_or(verifier, STR("header"), STR("")),
        .prefix = json_str_or(verifier, STR("prefix"), STR("")),
        .timestamp_header = json_str_or(verifier, STR("timestampHeader"), STR("")),
        .id_header = json_str_or(verifier, STR("idHeader"), STR("")),
        .content = hmac_content(verifier),
        .digest = EVP_sha256,
    };
    if (str_eq(encoding, STR("base64"))) signing.encoding = ENCODING_BASE64;
    if (str_eq(encoding, STR("base64url"))) signing.encoding = ENCODING_BASE64URL;
    if (str_eq(algorithm, STR("sha1"))) signing.digest = EVP_sha1;
    if (str_eq(algorithm, STR("sha512"))) signing.digest = EVP_sha512;
    return signing;
}

static bool starts_with_any_case(str text, str prefix)
{
    return text.len >= prefix.len && http_name_eq(str_slice(text, 0, prefix.len), prefix);
}

static bool check_bearer(json verifier, const struct http_request *http,
                         struct verifier_result *out)
{
    str header = json_str_or(verifier, STR("header"), STR("Authorization")), value;
    bool is_usual = http_name_eq(header, STR("Authorization"));
    str prefix = json_str_or(verifier, STR("prefix"), is_usual ? STR("Bearer ") : STR(""));
    bool found = false;
    if (!find_once(http, header, &value))
        return bad(out, "there is not exactly one header with the secret");
    if (!starts_with_any_case(value, prefix)) return bad(out, "the header has another prefix");
    value = str_skip(value, prefix.len);
    for (size_t i = 0; i < secret_count(verifier); i++)
        found |= str_eq_constant_time(value, secret_text(verifier, i));
    if (!found) return bad(out, "the secret is another one");
    *out = (struct verifier_result){ .is_good = true };
    return true;
}

static bool check_basic(json verifier, const struct http_request *http, struct arena *arena,
                        struct verifier_result *out)
{
    static const str prefix = STR_INIT("Basic ");
    str username = json_str_or(verifier, STR("username"), STR("")), value;
    bool found = false;
    if (!find_once(http, STR("Authorization"), &value))
        return bad(out, "there is not exactly one Authorization header");
    if (!starts_with_any_case(value, prefix)) return bad(out, "the header has another prefix");
    value = without_padding(str_trim(str_skip(value, prefix.len)));
    for (size_t i = 0; i < secret_count(verifier); i++) {
        struct buf pair;
        buf_init(&pair, arena);
        buf_add(&pair, username);
        buf_add_char(&pair, ':');
        buf_add(&pair, secret_text(verifier, i));
        str wanted = base64_text(arena, (const unsigned char *)pair.ptr, pair.len);
        found |= str_eq_constant_time(value, wanted);
    }
    if (!found) return bad(out, "the user name or the secret is another one");
    *out = (struct verifier_result){ .is_good = true };
    return true;
}

/* Slack asks once, when the address is typed in, whether it is answered; signed like the rest. */
static void find_challenge(const struct http_request *http, struct arena *arena,
                           struct verifier_result *out)
{
    json body;
    struct error err;
    if (!json_parse(http->body, arena, &body, &err)) return;
    if (!str_eq(json_str_or(body, STR("type"), STR("")), STR("url_verification"))) return;
    out->challenge = json_str_or(body, STR("challenge"), STR(""));
}

bool verifier_check(json verifier, const struct http_request *http, int64_t now_ms,
                    struct arena *arena, struct verifier_result *out)
{
    enum verifier_type type;
    struct signing signing;
    bool is_good = false;
    if (!verifier_type_find(verifier, &type)) return bad(out, "there is no such verifier");
    switch (type) {
    case VERIFIER_NONE: *out = (struct verifier_result){ .is_good = true }; return true;
    case VERIFIER_BEARER: return check_bearer(verifier, http, out);
    case VERIFIER_BASIC: return check_basic(verifier, http, arena, out);
    case VERIFIER_HMAC: signing = hmac_signing(verifier); break;
    case VERIFIER_STANDARD:
        signing = standard_signing;
        if (str_eq(json_str_or(verifier, STR("headerPrefix"), STR("")), STR("svix"))) {
            signing.header = STR("svix-signature");
            signing.timestamp_header = STR("svix-timestamp");
            signing.id_header = STR("svix-id");
        }
        break;
    case VERIFIER_GITHUB: signing = github_signing; break;
    case VERIFIER_STRIPE: signing = stripe_signing; break;
    case VERIFIER_SLACK: signing = slack_signing; break;
    }
    signing.tolerance_s =
        json_i64_or(verifier, STR("toleranceSeconds"), VERIFIER_TOLERANCE_S_DEFAULT);
    is_good = check_signature(&signing, type, verifier, http, now_ms, arena, out);
    if (is_good && type == VERIFIER_SLACK) find_challenge(http, arena, out);
    if (is_good && type == VERIFIER_GITHUB)
        (void)find_once(http, STR("X-GitHub-Delivery"), &out->message_id);
    return is_good;
}
