/* DynamoDB's numbers: decimals of up to 38 significant digits, zero or with a magnitude from 1E-130
 * to 9.9999999999999999999999999999999999999E+125 (Developer Guide, "Supported data types"). They
 * are exact: nothing is ever rounded into range, what does not fit is refused. */
#ifndef SERVICES_DYNAMODB_NUMBER_H
#define SERVICES_DYNAMODB_NUMBER_H

#include "base/base.h"

enum {
    NUMBER_DIGITS_MAX = 38,
    NUMBER_MAGNITUDE_MAX = 125,
    NUMBER_MAGNITUDE_MIN = -130,
    NUMBER_TEXT_BYTES_MAX = 176, /* "-0.", 129 zeros and 38 digits, with some room */
    NUMBER_KEY_BYTES_MAX = 22,   /* sign, magnitude, 19 pairs of digits, the end */
};

/* sign * d.ddd * 10^magnitude, digits without zeros at either end. Zero has sign 0, no digits and
 * magnitude 0: every value has exactly one representation. */
struct number {
    int8_t sign;                       /* -1, 0, 1 */
    uint8_t count;                     /* digits in use */
    int16_t magnitude;                 /* power of ten of the first digit */
    uint8_t digits[NUMBER_DIGITS_MAX]; /* 0 to 9 each, most significant first */
};

/* Reads decimal text with an optional sign, fraction and exponent ("+1.50e2"). False with
 * ERROR_VALIDATION and AWS's text if it is none, or beyond range or precision. Zero is checked too,
 * by the exponent that it is written with, as AWS does. */
MUST_CHECK bool number_parse(str text, struct number *out, struct error *err);

/* Reads text that number_write has written (a normal value); anything else is fatal. */
void number_read(str text, struct number *out);

/* The text that DynamoDB returns: plain decimals without an exponent and without needless zeros.
 * Returns the bytes written; there is no NUL. */
size_t number_write(const struct number *number, char out[NUMBER_TEXT_BYTES_MAX]);

/* number_write into the arena. */
str decimal_text(struct arena *arena, const struct number *number);

/* Orders by value: negative, 0 or positive. */
int number_compare(const struct number *a, const struct number *b);

/* The same for two texts of number_write, without reading them. Equal values have equal texts. */
int number_text_compare(str a, str b);

/* *out = a + b or a - b, exactly. False with ERROR_VALIDATION if that is beyond range or needs more
 * than 38 digits. `out` may be one of the operands. */
MUST_CHECK bool number_add(const struct number *a, const struct number *b, struct number *out,
                           struct error *err);
MUST_CHECK bool number_subtract(const struct number *a, const struct number *b, struct number *out,
                                struct error *err);

/* Bytes whose memcmp order is the order of the values; equal values have equal bytes and no
 * encoding is a prefix of another one. Returns the bytes written. */
size_t number_key(const struct number *number, unsigned char out[NUMBER_KEY_BYTES_MAX]);

/* Bytes that the number counts for in an item's size: one, one for two significant digits on each
 * side of the decimal point (begun pairs count), one for a minus sign. As measured on AWS; the
 * Developer Guide's rule ("DynamoDB item sizes and formats") is an approximation of it. */
size_t number_bytes(const struct number *number);

#endif
