/* What the pools need beside processes: time, a look at the memory, functions that run elsewhere.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "effects/functions.h"

/* ---- time ---- */

static void on_idle_time(uv_timer_t *timer)
{
    struct functions *functions = timer->data;
    uint64_t now_ms = uv_now(&functions->effects->loop);
    uint64_t limit_ms = (uint64_t)functions->effects->options.idle_ms_max;
    if (now_ms >= limit_ms) functions_end_idle(functions, now_ms - limit_ms);
    functions_watch_idle(functions);
}

void functions_watch_idle(struct functions *functions)
{
    if (!functions->idle_first || functions->is_stopped) return;
    if (uv_is_active((uv_handle_t *)&functions->idle_timer)) return;
    uint64_t now_ms = uv_now(&functions->effects->loop);
    uint64_t due_ms =
        functions->idle_first->idle_since_ms + (uint64_t)functions->effects->options.idle_ms_max;
    uv_timer_start(&functions->idle_timer, on_idle_time, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void on_start_time(uv_timer_t *timer)
{
    struct functions *functions = timer->data;
    if (functions_pump_all(functions)) functions_watch_starts(functions);
}

void functions_watch_starts(struct functions *functions)
{
    if (functions->is_stopped || uv_is_active((uv_handle_t *)&functions->start_timer)) return;
    uv_timer_start(&functions->start_timer, on_start_time, FUNCTION_START_DELAY_MS_MAX / 10, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
    struct functions *functions = prepare->data;
    logs_flush(functions->effects->logs);
}

/* ---- memory ---- */

static void read_memory(uv_work_t *work)
{
    struct functions *functions = work->data;
    functions->rows = memory_read(&functions->row_count);
}

static void use_memory(uv_work_t *work, int status)
{
    struct functions *functions = work->data;
    functions->is_reading_memory = false;
    for (struct function *function = functions->first, *after; function && !status;
         function = after) {
        after = function->next;
        for (struct pool *pool = function->pools, *next; pool; pool = next) {
            next = pool->next;
            for (struct worker *worker = pool->workers; worker; worker = worker->next)
                process_sample(worker->process, functions->rows, functions->row_count);
        }
    }
    free(functions->rows);
    functions->rows = NULL;
    functions_consider_close(functions);
}

static bool is_any_busy(const struct functions *functions)
{
    for (struct function *function = functions->first; function; function = function->next) {
        if (function->running > 0) return true;
        for (struct pool *pool = function->pools; pool; pool = pool->next)
            if (pool->starting > 0) return true;
    }
    return false;
}

static void on_memory_time(uv_timer_t *timer)
{
    struct functions *functions = timer->data;
    bool is_active = functions->was_active || is_any_busy(functions);
    functions->was_active = false;
    if (!is_active) {
        uv_timer_stop(timer);
        return;
    }
    if (functions->is_reading_memory) return; /* a slow machine: less often */
    functions->memory_work.data = functions;
    functions->is_reading_memory = uv_queue_work(&functions->effects->loop, &functions->memory_work,
                                                 read_memory, use_memory) == 0;
}

void functions_watch_memory(struct functions *functions)
{
    if (functions->is_stopped || uv_is_active((uv_handle_t *)&functions->memory_timer)) return;
    uv_timer_start(&functions->memory_timer, on_memory_time, FUNCTION_SAMPLE_MS,
                   FUNCTION_SAMPLE_MS);
}

/* ---- functions elsewhere ---- */

struct url_run {
    struct http_call call; /* first */
    struct pool *pool;
    struct run *run;
};

/* What stands behind a header's name in the answer, or empty. */
static str find_answer_header(str headers, str name)
{
    while (headers.len > 0) {
        size_t end = str_find(headers, STR("\r\n"), 0);
        str line = str_slice(headers, 0, end);
        headers = str_skip(headers, end + 2 <= headers.len ? end + 2 : headers.len);
        size_t colon = str_find_char(line, ':', 0);
        if (colon != name.len || strncasecmp(line.ptr, name.ptr, name.len) != 0) continue;
        return str_trim(str_skip(line, colon + 1));
    }
    return (str){ NULL, 0 };
}

static void set_url_result(struct url_run *url)
{
    struct run *run = url->run;
    struct http_call *call = &url->call;
    struct effect_result *result = &run->effect->result;
    struct buf body;
    buf_init(&body, &run->effect->arena);
    *result = (struct effect_result){ .ok = true, .status = 200 };
    if (!call->ok) {
        outcome_error(&body, STR("Function.Unreachable"), call->cause);
        result->error = STR("Unhandled");
    } else {
        text_add_utf8(&body, buf_str(&call->answer));
        bool has_failed = call->status >= 400;
        str name = STR("X-Amz-Function-Error");
        if (has_failed || find_answer_header(buf_str(&call->headers), name).len)
            result->error = STR("Unhandled");
        struct error err;
        json ignored;
        if (has_failed && !json_parse(buf_str(&body), &run->effect->arena, &ignored, &err)) {
            str message = arena_printf(&run->effect->arena, "HTTP status %d: %.*s", call->status,
                                       STR_ARGS(buf_str(&body)));
            buf_init(&body, &run->effect->arena);
            outcome_error(&body, STR("Function.HttpError"), message);
        }
    }
    result->body = buf_str(&body);
}

static void on_url_done(struct http_call *call)
{
    struct url_run *url = (struct url_run *)call;
    struct report report = { .effects = call->effects, .stream = STR("url"), .init_us = -1 };
    set_url_result(url);
    report_end(&report, url->run,
               url->run->effect->result.error.len ? REPORT_ERROR : REPORT_SUCCESS);
    functions_url_done(url->pool, url->run);
}

void functions_send(struct pool *pool, struct run *run)
{
    struct functions *functions = pool->functions;
    struct arena *arena = &run->effect->arena;
    struct url_run *url = ARENA_NEW(arena, struct url_run);
    struct http_field *fields = arena_array(arena, 4, sizeof *fields);
    size_t count = 0;
    fields[count++] = (struct http_field){ STR("Content-Type"), STR("application/json") };
    fields[count++] =
        (struct http_field){ STR("Lambda-Runtime-Aws-Request-Id"), run->call.request_id };
    if (run->call.client_context.len)
        fields[count++] =
            (struct http_field){ STR("Lambda-Runtime-Client-Context"), run->call.client_context };
    pool->running++;
    pool->function->running++;
    run->begun_us = clock_monotonic_us();
    struct report report = { .effects = functions->effects, .stream = STR("url"), .init_us = -1 };
    report_start(&report, run);
    url->pool = pool;
    url->run = run;
    url->call = (struct http_call){
        .effects = functions->effects,
        .arena = arena,
        .method = STR("POST"),
        .url = run->spec.url,
        .body = run->call.payload,
        .fields = fields,
        .field_count = count,
        .timeout_ms = run->spec.timeout_ms,
        .body_bytes_max = FUNCTION_RESPONSE_BYTES_MAX,
        .allow_local = true,
        .done = on_url_done,
    };
    http_client_send(functions->effects->http, &url->call);
}

/* ---- opening and closing ---- */

struct functions *functions_new(struct effects *effects)
{
    struct functions *functions = calloc(1, sizeof *functions);
    if (!functions) fatal("out of memory");
    uv_loop_t *loop = &effects->loop;
    functions->effects = effects;
    uv_timer_init(loop, &functions->idle_timer);
    uv_timer_init(loop, &functions->start_timer);
    uv_timer_init(loop, &functions->memory_timer);
    uv_timer_init(loop, &functions->late_timer);
    uv_prepare_init(loop, &functions->flush);
    functions->idle_timer.data = functions->start_timer.data = functions->memory_timer.data =
        functions->late_timer.data = functions->flush.data = functions;
    uv_prepare_start(&functions->flush, on_prepare);
    return functions;
}

void functions_consider_close(struct functions *functions)
{
    if (!functions->is_stopped || functions->is_closed || functions->process_count > 0 ||
        functions->is_reading_memory)
        return;
    functions->is_closed = true;
    uv_close((uv_handle_t *)&functions->idle_timer, NULL);
    uv_close((uv_handle_t *)&functions->start_timer, NULL);
    uv_close((uv_handle_t *)&functions->memory_timer, NULL);
    uv_close((uv_handle_t *)&functions->late_timer, NULL);
    uv_close((uv_handle_t *)&functions->flush, NULL);
}

void functions_free(struct functions *functions)
{
    ASSERT(functions->is_closed && functions->queued == 0);
    ASSERT(!functions->first);
    free(functions);
}
