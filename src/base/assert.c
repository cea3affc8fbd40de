/* The two ways to stop: a broken assertion and a fault that must not be survived. */
#include "base/assert.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fatal(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("baton: fatal: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    abort();
}

void assert_failed(const char *file, int line, const char *condition, const char *function)
{
    fatal("%s:%d: %s: assertion failed: %s", file, line, function, condition);
}

void assert_compare_failed(const char *file, int line, const char *condition, int64_t a, int64_t b)
{
    fatal("%s:%d: assertion failed: %s (%" PRId64 " and %" PRId64 ")", file, line, condition, a, b);
}
