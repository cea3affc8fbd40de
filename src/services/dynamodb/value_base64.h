/* Base64 texts as they stand for binary values: checked once, then read in place. Nothing here
 * allocates but the decoder; private to the files value*.c. */
#ifndef SERVICES_DYNAMODB_VALUE_BASE64_H
#define SERVICES_DYNAMODB_VALUE_BASE64_H

#include "base/base.h"

/* Checks a base64 text of RFC 4648, section 4, with padding and with zeros in the bits that mean
 * nothing: every binary has one text. False with ERROR_SERIALIZATION and AWS's text. */
MUST_CHECK bool base64_check(str text, struct error *err);

/* ---- of checked texts ---- */

/* Bytes that the text stands for. */
size_t attribute_base64_bytes(str text);

/* Orders by the bytes, unsigned, the shorter first where one is a prefix of the other. */
int base64_compare(str a, str b);

bool base64_begins_with(str text, str prefix);

/* True if the bytes of `needle` stand somewhere in those of `text`. Linear in both. */
bool base64_contains(str text, str needle);

/* Appends the bytes. */
void base64_decode(struct buf *out, str text);

#endif
