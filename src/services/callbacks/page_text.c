/* Texts of the pages: escaping, times, durations. */
#include <inttypes.h>

#include "base/timestamp.h"
#include "services/callbacks/page.h"

static str replacement(char c)
{
    switch (c) {
    case '&': return STR("&amp;");
    case '<': return STR("&lt;");
    case '>': return STR("&gt;");
    case '"': return STR("&quot;");
    case '\'': return STR("&#39;");
    case '\0': return STR("\xEF\xBF\xBD"); /* which HTML cannot hold */
    default: return (str){ 0 };
    }
}

void page_escape(struct buf *out, str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        str better = replacement(text.ptr[i]);
        if (better.len == 0) continue;
        buf_add(out, str_slice(text, from, i));
        buf_add(out, better);
        from = i + 1;
    }
    buf_add(out, str_skip(text, from));
}

str page_time(struct arena *arena, str iso)
{
    static const char *const months[] = { "January",   "February", "March",    "April",
                                          "May",       "June",     "July",     "August",
                                          "September", "October",  "November", "December" };
    int64_t month, day;
    if (iso.len != TIMESTAMP_CHARS || !str_to_i64(str_slice(iso, 5, 7), &month) ||
        !str_to_i64(str_slice(iso, 8, 10), &day) || month < 1 || month > 12)
        return iso;
    return arena_printf(arena, "%d %s %.4s at %.5s UTC", (int)day, months[month - 1], iso.ptr,
                        iso.ptr + 11);
}

str page_duration(struct arena *arena, int64_t ms)
{
    static const struct {
        int64_t ms;
        const char *name;
    } units[] = {
        { 86400000, "day" },
        { 3600000, "hour" },
        { 60000, "minute" },
    };
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        int64_t count = ms / units[i].ms;
        if (count < 1) continue;
        return arena_printf(arena, "%" PRId64 " %s%s", count, units[i].name, count > 1 ? "s" : "");
    }
    return STR("less than a minute");
}
