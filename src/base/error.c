/* Errors as values; see error.h for the convention. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"

static const struct {
    str name;
    int http_status;
} error_table[] = { [ERROR_NONE] = { STR_INIT(""), 200 },
#define X(code, name, status) [code] = { STR_INIT(name), status },
                    ERROR_LIST(X)
#undef X
};

static void error_begin(struct error *err, enum error_code code)
{
    ASSERT(code != ERROR_NONE);
    err->code = code;
    err->offset = 0;
    err->long_message = (str){ 0 };
    err->details = (str){ 0 };
    err->message[0] = '\0';
}

bool error_set(struct error *err, enum error_code code, const char *format, ...)
{
    error_begin(err, code);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool error_set_long(struct error *err, struct arena *arena, enum error_code code,
                    const char *format, ...)
{
    error_begin(err, code);
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(len >= 0);
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    err->long_message = (str){ text, (size_t)len };
    return false;
}

bool error_wrap(struct error *err, const char *format, ...)
{
    char prefix[ERROR_MESSAGE_BYTES_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(prefix, sizeof prefix, format, args);
    va_end(args);
    char wrapped[ERROR_MESSAGE_BYTES_MAX * 2 + 3];
    str text = error_text(err);
    int room = (int)(text.len < ERROR_MESSAGE_BYTES_MAX ? text.len : ERROR_MESSAGE_BYTES_MAX);
    snprintf(wrapped, sizeof wrapped, "%s: %.*s", prefix, room, text.ptr);
    memcpy(err->message, wrapped, sizeof err->message - 1);
    err->message[sizeof err->message - 1] = '\0';
    err->long_message = (str){ 0 };
    return false;
}

str error_text(const struct error *err)
{
    return err->long_message.len ? err->long_message : str_from(err->message);
}

str error_name(enum error_code code)
{
    return error_table[code].name;
}

int error_http_status(enum error_code code)
{
    return error_table[code].http_status;
}
