/* Callers that do not wait as long as a function may take (HTTP APIs): they are told in time, and
 * the function goes on. One timer for all, set for the earliest; most have the same patience, so
 * the list, in the order of time, is appended to. */
#include "effects/functions.h"

static void on_late_time(uv_timer_t *timer)
{
    struct functions *functions = timer->data;
    uint64_t now_ms = uv_now(&functions->effects->loop);
    while (functions->late_first && functions->late_first->late_at_ms <= now_ms) {
        struct run *run = functions->late_first;
        late_remove(functions, run);
        run->effect->late(run->effect);
    }
    if (functions->late_first && !functions->is_closed)
        uv_timer_start(timer, on_late_time, functions->late_first->late_at_ms - now_ms, 0);
}

void late_add(struct functions *functions, struct run *run)
{
    struct effect *effect = run->effect;
    if (!effect->late || effect->late_ms <= 0) return;
    uint64_t now_ms = uv_now(&functions->effects->loop);
    run->late_at_ms = now_ms + (uint64_t)effect->late_ms;
    struct run *before = functions->late_last;
    while (before && before->late_at_ms > run->late_at_ms)
        before = before->late_previous;
    run->late_previous = before;
    run->late_next = before ? before->late_next : functions->late_first;
    if (run->late_next)
        run->late_next->late_previous = run;
    else
        functions->late_last = run;
    if (before)
        before->late_next = run;
    else
        functions->late_first = run;
    run->is_awaited = true;
    if (functions->late_first == run || !uv_is_active((uv_handle_t *)&functions->late_timer))
        uv_timer_start(&functions->late_timer, on_late_time,
                       functions->late_first->late_at_ms - now_ms, 0);
}

void late_remove(struct functions *functions, struct run *run)
{
    if (!run->is_awaited) return;
    run->is_awaited = false;
    if (run->late_previous)
        run->late_previous->late_next = run->late_next;
    else
        functions->late_first = run->late_next;
    if (run->late_next)
        run->late_next->late_previous = run->late_previous;
    else
        functions->late_last = run->late_previous;
    if (!functions->late_first && !functions->is_closed) uv_timer_stop(&functions->late_timer);
}
