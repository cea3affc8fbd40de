/* The platform's own lines in a function's log, as AWS writes them. */
#include <stdio.h>

#include "base/clock.h"
#include "effects/private.h"

enum { LINE_BYTES_MAX = 1024, MEGABYTE = 1 << 20 };

void report_line(const struct report *report, struct run *run, str line)
{
    logs_add(report->effects->logs, run->spec.log_group, report->stream, clock_now_ms(), line);
    log_tail_add(&run->tail, line);
    log_tail_add(&run->tail, STR("\n"));
}

void report_start(const struct report *report, struct run *run)
{
    char line[LINE_BYTES_MAX];
    snprintf(line, sizeof line, "START RequestId: %.*s Version: %.*s",
             STR_ARGS(run->call.request_id), STR_ARGS(run->spec.version));
    report_line(report, run, str_from(line));
}

void report_error(const struct report *report, struct run *run)
{
    struct arena *arena = &run->effect->arena;
    json error;
    struct error err;
    if (!json_parse(run->effect->result.body, arena, &error, &err)) return;
    report_line(report, run, json_str_or(error, STR("errorMessage"), (str){ NULL, 0 }));
    report_line(report, run, json_str_or(error, STR("errorType"), (str){ NULL, 0 }));
}

static void add_numbers(const struct report *report, const struct run *run, struct buf *out)
{
    int64_t used_us = clock_monotonic_us() - run->begun_us;
    int64_t billed_ms = (used_us + 999) / 1000;
    buf_printf(out, "Duration: %.2f ms\tBilled Duration: %lld ms\tMemory Size: %lld MB\t",
               (double)used_us / 1000, (long long)billed_ms, (long long)run->spec.memory_mb);
    buf_printf(out, "Max Memory Used: %lld MB\t",
               (long long)((report->memory_bytes_max + MEGABYTE - 1) / MEGABYTE));
    if (report->init_us >= 0)
        buf_printf(out, "Init Duration: %.2f ms\t", (double)report->init_us / 1000);
}

void report_end(const struct report *report, struct run *run, enum report_status status)
{
    struct arena *arena = &run->effect->arena;
    struct buf line;
    buf_init(&line, arena);
    buf_printf(&line, "END RequestId: %.*s", STR_ARGS(run->call.request_id));
    report_line(report, run, buf_str(&line));
    line.len = 0;
    buf_printf(&line, "REPORT RequestId: %.*s\t", STR_ARGS(run->call.request_id));
    add_numbers(report, run, &line);
    if (status == REPORT_ERROR) buf_add(&line, STR("Status: error\t"));
    if (status == REPORT_TIMEOUT) buf_add(&line, STR("Status: timeout\t"));
    report_line(report, run, buf_str(&line));
    run->effect->result.log = log_tail_text(&run->tail, arena);
    run->effect->result.version = run->spec.version;
}
