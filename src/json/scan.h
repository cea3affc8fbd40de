/* Finding the bytes of a string that need attention, sixteen at a time where the machine can. Never
 * reads outside [at, end): texts may lie flush against an unreadable page. */
#ifndef JSON_SCAN_H
#define JSON_SCAN_H

#include "base/base.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

static inline bool json_byte_is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x80 && c != '"' && c != '\\';
}

static inline bool json_byte_needs_escape(char c)
{
    return (unsigned char)c < 0x20 || c == '"' || c == '\\';
}

#if defined(__SSE2__)

enum { JSON_SCAN_BYTES = 16 };

/* Bit i is set if at[i] ends a plain run. Signed "less than 0x20" also holds for 0x80 and above. */
static inline uint32_t json_scan_odd(const char *at)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i odd = _mm_cmplt_epi8(v, _mm_set1_epi8(0x20));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (uint32_t)_mm_movemask_epi8(odd);
}

/* Bit i is set if at[i] has to be escaped. */
static inline uint32_t json_scan_escapes(const char *at)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i odd = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('"')));
    odd = _mm_or_si128(odd, _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return (uint32_t)_mm_movemask_epi8(odd);
}

static inline uint32_t json_scan_not_blank(const char *at)
{
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)at);
    __m128i blank = _mm_cmpeq_epi8(v, _mm_set1_epi8(' '));
    return (uint32_t)_mm_movemask_epi8(blank) ^ 0xFFFF;
}

#else

enum { JSON_SCAN_BYTES = 8 };

static inline uint32_t json_scan_odd(const char *at)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < JSON_SCAN_BYTES; i++)
        mask |= (uint32_t)!json_byte_is_plain(at[i]) << i;
    return mask;
}

static inline uint32_t json_scan_escapes(const char *at)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < JSON_SCAN_BYTES; i++)
        mask |= (uint32_t)json_byte_needs_escape(at[i]) << i;
    return mask;
}

static inline uint32_t json_scan_not_blank(const char *at)
{
    uint32_t mask = 0;
    for (unsigned i = 0; i < JSON_SCAN_BYTES; i++)
        mask |= (uint32_t)(at[i] != ' ') << i;
    return mask;
}

#endif

/* Eight bytes in a word: a bit in the byte of each that has to be escaped; also in some behind the
 * first such one, which makes no difference to whether there is any. */
static inline uint64_t json_scan_escapes_8(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t control = word - ones * 0x20;
    uint64_t quote = (word ^ ones * '"') - ones;
    uint64_t backslash = (word ^ ones * '\\') - ones;
    return (control | quote | backslash) & ~word & ones * 0x80;
}

/* The first byte that is a quote, a backslash, a control character or not ASCII; or end. */
static inline const char *json_scan_plain(const char *at, const char *end)
{
    while (end - at >= JSON_SCAN_BYTES) {
        uint32_t odd = json_scan_odd(at);
        if (odd) return at + __builtin_ctz(odd);
        at += JSON_SCAN_BYTES;
    }
    while (at < end && json_byte_is_plain(*at))
        at++;
    return at;
}

/* The first byte that is no white space (RFC 8259, section 2); or end. */
static inline const char *json_skip_space(const char *at, const char *end)
{
    if (at < end && (unsigned char)*at > ' ') return at;
    for (;;) {
        while (end - at >= JSON_SCAN_BYTES && *at == ' ') {
            uint32_t other = json_scan_not_blank(at);
            if (other) {
                at += __builtin_ctz(other);
                break;
            }
            at += JSON_SCAN_BYTES;
        }
        if (at == end) return at;
        if (*at != ' ' && *at != '\n' && *at != '\r' && *at != '\t') return at;
        at++;
    }
}

#endif
