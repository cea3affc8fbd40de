/* Structured log lines (logfmt) on standard error: time, level, message, then key=value pairs. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/assert.h"
#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };

/* Lines below `level` are dropped. Call once, before threads start. */
void log_set_level(enum log_level level);

/* `format` makes the rest of the line, as key=value pairs; may be "". Thread-safe: a line is
 * written with one write(). Values from outside go through log_quote. */
void log_line(enum log_level level, const char *message, const char *format, ...) PRINTF_LIKE(3, 4);

enum { LOG_QUOTED_BYTES_MAX = 256 };

/* `s` in quotes where logfmt needs them, escaped and cut to fit; NUL-terminated in `out`, which is
 * returned. */
const char *log_quote(str s, char out[LOG_QUOTED_BYTES_MAX]);

#endif
