/* logfmt lines; see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { LOG_LINE_BYTES_MAX = 2048 };

static enum log_level lowest = LOG_INFO; /* written before threads start, read afterwards */

void log_set_level(enum log_level level)
{
    lowest = level;
}

void log_line(enum log_level level, const char *message, const char *format, ...)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    if (level < lowest) return;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc;
    gmtime_r(&now.tv_sec, &utc);
    char line[LOG_LINE_BYTES_MAX];
    size_t len = strftime(line, sizeof line, "time=%Y-%m-%dT%H:%M:%S", &utc);
    len += (size_t)snprintf(line + len, sizeof line - len, ".%03ldZ level=%s msg=\"%s\"",
                            now.tv_nsec / 1000000, names[level], message);
    if (format[0] != '\0' && len < sizeof line - 2) {
        line[len++] = ' ';
        va_list args;
        va_start(args, format);
        int more = vsnprintf(line + len, sizeof line - len, format, args);
        va_end(args);
        if (more > 0) len += (size_t)more;
    }
    if (len > sizeof line - 1) len = sizeof line - 1; /* cut; the newline takes the last byte */
    line[len++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, len);
    (void)written; /* A log that cannot be written has nowhere to say so. */
}

const char *log_quote(str s, char out[LOG_QUOTED_BYTES_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    out[at++] = '"';
    for (size_t i = 0; i < s.len && at < LOG_QUOTED_BYTES_MAX - 7; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\') {
            out[at++] = '\\';
            out[at++] = (char)c;
        } else if (c < 0x20 || c == 0x7F) {
            out[at++] = '\\';
            out[at++] = 'x';
            out[at++] = digits[c >> 4];
            out[at++] = digits[c & 15];
        } else {
            out[at++] = (char)c;
        }
    }
    out[at++] = '"';
    out[at] = '\0';
    return out;
}
