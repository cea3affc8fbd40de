/* Base64 texts read in place; see value_base64.h. */
#include "services/dynamodb/value_base64.h"

#include <stddef.h>

/* The six bits of a character, or -1. */
static int sextet(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+') return 62;
    if (c == '/') return 63;
    return -1;
}

static size_t padding(str text)
{
    if (text.len == 0 || text.ptr[text.len - 1] != '=') return 0;
    return text.ptr[text.len - 2] == '=' ? 2 : 1;
}

/* One character of a checked text; padding is zeros. */
static unsigned bits(str text, size_t at)
{
    return text.ptr[at] == '=' ? 0 : (unsigned)sextet(text.ptr[at]);
}

static unsigned char byte_at(str text, size_t index)
{
    size_t group = index / 3 * 4;
    unsigned all = bits(text, group) << 18 | bits(text, group + 1) << 12 |
                   bits(text, group + 2) << 6 | bits(text, group + 3);
    return (unsigned char)(all >> (16 - index % 3 * 8));
}

static bool invalid_end(struct error *err)
{
    return error_set(err, ERROR_SERIALIZATION,
                     "Invalid last non-pad Base64 character dectected"); /* as AWS spells it */
}

static bool invalid_character(str text, size_t at, struct error *err)
{
    size_t behind = at;
    if (text.ptr[at] == '=' && at + 4 >= text.len) return invalid_end(err);
    (void)str_utf8_next(text, &behind);
    return error_set(err, ERROR_SERIALIZATION, "Invalid Base64 character: '%.*s'",
                     (int)(behind - at), text.ptr + at);
}

bool base64_check(str text, struct error *err)
{
    if (text.len % 4 != 0)
        return error_set(err, ERROR_SERIALIZATION,
                         "Base64 encoded length is expected a multiple of 4 bytes but found: %zu",
                         text.len);
    size_t pad = padding(text);
    for (size_t i = 0; i < text.len - pad; i++)
        if (sextet(text.ptr[i]) < 0) return invalid_character(text, i, err);
    unsigned unused = pad == 2 ? 0xF : pad == 1 ? 0x3 : 0;
    if (text.len > 0 && (bits(text, text.len - pad - 1) & unused) != 0) return invalid_end(err);
    return true;
}

size_t attribute_base64_bytes(str text)
{
    return text.len / 4 * 3 - padding(text);
}

int base64_compare(str a, str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < shorter; i++) {
        if (a.ptr[i] == b.ptr[i]) continue;
        /* Where a text ends, the other one has bytes left, be they zeros. */
        if (a.ptr[i] == '=') return -1;
        if (b.ptr[i] == '=') return 1;
        /* The last character before padding has zeros where the other one goes on. */
        if (sextet(a.ptr[i]) != sextet(b.ptr[i]))
            return sextet(a.ptr[i]) < sextet(b.ptr[i]) ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

bool base64_begins_with(str text, str prefix)
{
    size_t bytes = attribute_base64_bytes(prefix);
    if (bytes > attribute_base64_bytes(text)) return false;
    size_t whole = bytes / 3 * 4;
    if (whole > 0 && memcmp(text.ptr, prefix.ptr, whole) != 0) return false;
    for (size_t i = bytes / 3 * 3; i < bytes; i++)
        if (byte_at(text, i) != byte_at(prefix, i)) return false;
    return true;
}

/* ---- search: the Two-Way algorithm (Crochemore and Perrin 1991) ----
 *
 * memmem wants bytes, and evaluating a filter must not allocate them. The naive search would take
 * the product of both lengths, which one request could make endless. */

struct factor {
    ptrdiff_t at; /* index of the last byte of the left part */
    ptrdiff_t period;
};

/* The maximal suffix of x, in the order of bytes or in the reverse one. */
static struct factor maximal_suffix(str x, ptrdiff_t bytes, bool reverse)
{
    struct factor best = { -1, 1 };
    ptrdiff_t j = 0;
    ptrdiff_t k = 1;
    while (j + k < bytes) {
        unsigned char a = byte_at(x, (size_t)(j + k));
        unsigned char b = byte_at(x, (size_t)(best.at + k));
        if (a == b) {
            if (k != best.period) {
                k++;
            } else {
                j += best.period;
                k = 1;
            }
        } else if (reverse ? a > b : a < b) {
            j += k;
            k = 1;
            best.period = j - best.at;
        } else {
            best.at = j++;
            k = best.period = 1;
        }
    }
    return best;
}

static bool is_periodic(str x, struct factor factor)
{
    for (ptrdiff_t i = 0; i <= factor.at; i++)
        if (byte_at(x, (size_t)i) != byte_at(x, (size_t)(i + factor.period))) return false;
    return true;
}

static bool same(str x, ptrdiff_t i, str y, ptrdiff_t j)
{
    return byte_at(x, (size_t)i) == byte_at(y, (size_t)j);
}

bool base64_contains(str text, str needle)
{
    ptrdiff_t m = (ptrdiff_t)attribute_base64_bytes(needle);
    ptrdiff_t n = (ptrdiff_t)attribute_base64_bytes(text);
    if (m == 0 || m > n) return m == 0;
    struct factor factor = maximal_suffix(needle, m, false);
    struct factor other = maximal_suffix(needle, m, true);
    if (other.at >= factor.at) factor = other;
    bool periodic = factor.at + factor.period < m && is_periodic(needle, factor);
    if (!periodic) {
        ptrdiff_t right = m - factor.at - 1;
        factor.period = (factor.at + 1 > right ? factor.at + 1 : right) + 1;
    }
    ptrdiff_t known = -1; /* bytes up to here are known to match, after a shift by the period */
    for (ptrdiff_t j = 0; j <= n - m;) {
        ptrdiff_t i = (factor.at > known ? factor.at : known) + 1;
        while (i < m && same(needle, i, text, i + j))
            i++;
        if (i < m) {
            j += i - factor.at;
            known = -1;
            continue;
        }
        i = factor.at;
        while (i > known && same(needle, i, text, i + j))
            i--;
        if (i <= known) return true;
        j += factor.period;
        known = periodic ? m - factor.period - 1 : -1;
    }
    return false;
}

void base64_decode(struct buf *out, str text)
{
    size_t bytes = attribute_base64_bytes(text);
    char *at = buf_reserve(out, bytes);
    for (size_t i = 0; i < bytes; i++)
        at[i] = (char)byte_at(text, i);
    out->len += bytes;
}
