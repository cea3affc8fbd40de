/* Picture strings: $formatNumber, $formatBase, $formatInteger, $parseInteger, $fromMillis and
 * $toMillis.
 *
 * Doubles and strings in, strings and doubles out; nothing here knows about values, signatures or
 * evaluation. The caller deals with undefined arguments (each function of the language then gives
 * undefined) and hands failures on: picture_error has the code and, as JSON text, the {{value}} of
 * the message, ready for struct error_parts. All text is well-formed UTF-8; where the reference
 * counts UTF-16 units, what is counted here are code points.
 *
 * What a call costs is linear in the length of its texts, times the components of a picture. No
 * recursion. Results that would be large out of proportion (a Roman numeral of 1e300, a year padded
 * to a million digits) fail with D1017. Private to this folder. */
#ifndef EXPR_JSONATA_PICTURES_H
#define EXPR_JSONATA_PICTURES_H

#include "base/base.h"
#include "json/json.h"

struct picture_error {
    char code[6]; /* "D3080" ..., NUL-terminated */
    str value;    /* JSON text of the message's {{value}}, in the arena; empty if there is none */
};

/* $formatNumber: XPath 3.1 format-number as the reference has it. `options` is an object of
 * strings that overrides the decimal format ("zero-digit", "minus-sign" ...), or null. `value` is
 * finite. False: D3080 to D3093, or D1017 beyond 100 fractional digits. */
MUST_CHECK bool picture_format_number(double value, str picture, json options, struct arena *arena,
                                      str *out, struct picture_error *err);

/* $formatBase: `value` and `radix` are rounded half to even first; the default radix is 10. False:
 * D3100. */
MUST_CHECK bool picture_format_base(double value, double radix, struct arena *arena, str *out,
                                    struct picture_error *err);

/* $formatInteger: the floor of the finite `value`. False: D3130, D3131, D1017. */
MUST_CHECK bool picture_format_integer(double value, str picture, struct arena *arena, str *out,
                                       struct picture_error *err);

/* $parseInteger: the inverse. *out may become NaN, for a text that is no such number. False: D3130,
 * D3131, D1017. */
MUST_CHECK bool picture_parse_integer(str text, str picture, struct arena *arena, double *out,
                                      struct picture_error *err);

/* $fromMillis. `picture` and `zone` may be NULL: ISO 8601 with milliseconds, and UTC. `zone` is
 * "+hhmm" or "-hhmm". False: D3130 to D3135, or D1001 if `ms` is beyond what a date can be
 * (+-8.64e15), or the zone no number. */
MUST_CHECK bool picture_from_millis(double ms, const str *picture, const str *zone,
                                    struct arena *arena, str *out, struct picture_error *err);

/* $toMillis. `picture` may be NULL: ISO 8601, complete or in part. A date without its larger units
 * takes them from now_ms (UTC). True with *defined false: the text does not match the picture, the
 * function's result is undefined. *out may become NaN, as in the reference: 2017-13-01 has the
 * shape of a date. False: D3110 (without a picture), D3130 to D3136, D1017. */
MUST_CHECK bool picture_to_millis(str text, const str *picture, int64_t now_ms, struct arena *arena,
                                  bool *defined, double *out, struct picture_error *err);

#endif
