/* Times as text: ISO 8601 in UTC with milliseconds, as AWS writes them. */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum { TIMESTAMP_CHARS = 24 };

/* "2016-03-14T01:59:00.123Z" from milliseconds since the Unix epoch, in the arena. Years beyond
 * 9999 or before 0 are clamped. */
str timestamp_text(struct arena *arena, int64_t ms);

#endif
