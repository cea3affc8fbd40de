/* Answers, written straight as JSON text. */
#include <time.h>

#include "services/source.h"

void reply_open(struct buf *out)
{
    buf_add_char(out, '{');
}

void reply_close(struct buf *out)
{
    buf_add_char(out, '}');
}

struct buf *reply_begin(struct request *request)
{
    buf_init(&request->reply, &request->arena);
    reply_open(&request->reply);
    return &request->reply;
}

/* `name` is one of ours and needs no escaping. */
void reply_name(struct buf *out, const char *name)
{
    ASSERT(out->len > 0);
    if (out->ptr[out->len - 1] != '{') buf_add_char(out, ',');
    buf_add_char(out, '"');
    buf_add(out, str_from(name));
    buf_add(out, STR("\":"));
}

void reply_str(struct buf *out, const char *name, str value)
{
    reply_name(out, name);
    json_write_str(out, value);
}

void reply_str_unless_empty(struct buf *out, const char *name, str value)
{
    if (!str_is_empty(value)) reply_str(out, name, value);
}

void reply_i64(struct buf *out, const char *name, int64_t value)
{
    reply_name(out, name);
    buf_add_i64(out, value);
}

void reply_bool(struct buf *out, const char *name, bool value)
{
    reply_name(out, name);
    buf_add(out, value ? STR("true") : STR("false"));
}

void reply_json(struct buf *out, const char *name, json value)
{
    reply_name(out, name);
    json_write(out, value);
}

void reply_time(struct buf *out, const char *name, int64_t ms)
{
    int64_t rest = ms < 0 ? 0 : ms % 1000;
    char fraction[4] = { '.', (char)('0' + rest / 100), (char)('0' + rest / 10 % 10),
                         (char)('0' + rest % 10) };
    reply_name(out, name);
    buf_add_i64(out, ms < 0 ? 0 : ms / 1000);
    buf_add(out, (str){ fraction, sizeof fraction });
}

void reply_included(struct buf *out, const char *name, bool included)
{
    reply_name(out, name);
    buf_add(out, included ? STR("{\"included\":true}") : STR("{\"included\":false}"));
}

str iso_time(struct arena *arena, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm parts;
    char text[32];
    if (!gmtime_r(&seconds, &parts)) return STR("");
    size_t len = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return arena_printf(arena, "%.*s.%03dZ", (int)len, text, (int)(ms % 1000));
}
