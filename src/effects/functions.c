/* Which process serves which invocation.
 *
 *     function (ARN) -> pools (version, revision) -> workers (a process each) and a queue
 *
 * A pool starts as many processes as it has invocations waiting, within the function's concurrency
 * and the number of processes in all. When these are used up, an idle process of another pool ends
 * to make room, the one that has been idle for longest; if none is idle, the pool waits in the list
 * of those that are blocked, and the next process that becomes idle makes room, if the invocation
 * that waits there is older than what its own pool has waiting, or of a function that has no
 * process at all. The last processes are kept for such functions, too, so that one that is slow
 * does not stop the others (FUNCTION_SPARE_SHARE). */
#include <stdlib.h>

#include "base/clock.h"
#include "effects/functions.h"

enum {
    START_DELAY_US = 50 * 1000,
    FAILED_KEPT_US = 10 * 1000 * 1000,
    RETURN_US = 50 * 1000, /* for a process that has answered to ask for more */
};

static void pump(struct pool *pool);
static void pump_blocked(struct functions *functions);

/* ---- lists ---- */

static void idle_add(struct functions *functions, struct worker *worker)
{
    ASSERT(!worker->is_idle);
    worker->is_idle = true;
    worker->idle_since_ms = uv_now(&functions->effects->loop);
    worker->idle_next = NULL;
    worker->idle_previous = functions->idle_last;
    if (functions->idle_last)
        functions->idle_last->idle_next = worker;
    else
        functions->idle_first = worker;
    functions->idle_last = worker;
}

static void idle_remove(struct functions *functions, struct worker *worker)
{
    if (!worker->is_idle) return;
    worker->is_idle = false;
    if (worker->idle_previous)
        worker->idle_previous->idle_next = worker->idle_next;
    else
        functions->idle_first = worker->idle_next;
    if (worker->idle_next)
        worker->idle_next->idle_previous = worker->idle_previous;
    else
        functions->idle_last = worker->idle_previous;
}

static void set_blocked(struct pool *pool, bool is_blocked)
{
    struct functions *functions = pool->functions;
    if (pool->is_blocked == is_blocked) return;
    pool->is_blocked = is_blocked;
    if (is_blocked) {
        struct pool **at = &functions->blocked;
        while (*at)
            at = &(*at)->blocked_next;
        *at = pool;
        pool->blocked_next = NULL;
        functions->blocked_count++;
        return;
    }
    struct pool **at = &functions->blocked;
    while (*at != pool)
        at = &(*at)->blocked_next;
    *at = pool->blocked_next;
    functions->blocked_count--;
}

/* ---- queues ---- */

static void enqueue(struct pool *pool, struct run *run)
{
    run->next = NULL;
    if (pool->last)
        pool->last->next = run;
    else
        pool->first = run;
    pool->last = run;
    pool->waiting++;
    pool->function->waiting++;
    pool->functions->queued++;
    pool->functions->queued_bytes += run->call.payload.len;
}

static struct run *dequeue(struct pool *pool)
{
    struct run *run = pool->first;
    ASSERT(run);
    pool->first = run->next;
    if (!pool->first) pool->last = NULL;
    pool->waiting--;
    pool->function->waiting--;
    pool->functions->queued--;
    pool->functions->queued_bytes -= run->call.payload.len;
    return run;
}

/* ---- pools ---- */

static struct function *find_function(struct functions *functions, str arn)
{
    struct function **at = &functions->first;
    while (*at && !str_eq(str_from((*at)->arn), arn))
        at = &(*at)->next;
    struct function *function = *at;
    if (!function) return NULL;
    *at = function->next; /* to the front: the next call is likely for the same */
    function->next = functions->first;
    functions->first = function;
    return function;
}

static struct function *make_function(struct functions *functions, str arn)
{
    struct function *function = calloc(1, sizeof *function);
    if (!function || !(function->arn = strndup(arn.ptr ? arn.ptr : "", arn.len)))
        fatal("out of memory");
    function->next = functions->first;
    functions->first = function;
    return function;
}

static void drop_function(struct functions *functions, struct function *function)
{
    struct function **at = &functions->first;
    while (*at != function)
        at = &(*at)->next;
    *at = function->next;
    free(function->arn);
    free(function);
}

static void drop_pool(struct pool *pool)
{
    struct function *function = pool->function;
    struct pool **at = &function->pools;
    while (*at != pool)
        at = &(*at)->next;
    *at = pool->next;
    set_blocked(pool, false);
    if (!function->pools) drop_function(pool->functions, function);
    arena_close(&pool->arena);
    free(pool);
}

/* Frees a pool that nobody needs. One whose processes die at their start is remembered for a while,
 * so that it does not start them as fast as it can. */
static void consider_drop(struct pool *pool)
{
    if (pool->workers || pool->waiting > 0 || pool->running > 0) return;
    bool is_remembered = pool->failures > 0 && !pool->is_forgotten &&
                         !pool->functions->is_stopped &&
                         clock_monotonic_us() < pool->next_start_us + FAILED_KEPT_US;
    if (!is_remembered) drop_pool(pool);
}

static void end_worker(struct worker *worker, str cause)
{
    struct functions *functions = worker->pool->functions;
    idle_remove(functions, worker);
    if (worker->is_ending) return;
    worker->is_ending = true;
    functions->ending_count++;
    process_end(worker->process, cause);
}

/* No more new work; what waits is still done. */
static void forget_pool(struct pool *pool)
{
    pool->is_forgotten = true;
    for (struct worker *worker = pool->workers; worker; worker = worker->next) {
        if (worker->is_idle) end_worker(worker, (str){ NULL, 0 });
    }
}

static struct pool *make_pool(struct functions *functions, struct function *function,
                              const struct function_spec *spec)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool) fatal("out of memory");
    pool->functions = functions;
    pool->function = function;
    arena_init(&pool->arena);
    pool->spec = function_spec_copy(&pool->arena, spec);
    pool->next = function->pools;
    function->pools = pool;
    return pool;
}

/* The pool for a spec. Those of the same version with another revision take no more work. */
static struct pool *find_pool(struct functions *functions, const struct function_spec *spec)
{
    struct function *function = find_function(functions, spec->arn);
    if (!function) function = make_function(functions, spec->arn);
    struct pool *found = function->pools;
    while (found && (found->is_forgotten || !str_eq(found->spec.version, spec->version) ||
                     !str_eq(found->spec.revision, spec->revision)))
        found = found->next;
    if (found) return found;
    for (struct pool *pool = function->pools; pool; pool = pool->next) {
        if (str_eq(pool->spec.version, spec->version)) forget_pool(pool);
    }
    return make_pool(functions, function, spec);
}

/* ---- the end of a run ---- */

static void finish_run(struct pool *pool, struct run *run)
{
    pool->running--;
    pool->function->running--;
    late_remove(pool->functions, run);
    effect_finish(run->effect);
}

/* A run that no process has had. */
static void fail_waiting(struct pool *pool, str body, const struct log_tail *tail)
{
    struct run *run = dequeue(pool);
    run->begun_us = clock_monotonic_us();
    if (tail) run->tail = *tail;
    struct report report = { .effects = pool->functions->effects,
                             .stream = STR("platform"),
                             .init_us = -1 };
    report_start(&report, run);
    outcome_set(run, body);
    report_error(&report, run);
    report_end(&report, run, REPORT_ERROR);
    late_remove(pool->functions, run);
    effect_finish(run->effect);
}

static void refuse(struct run *run, str error, str cause)
{
    effect_fail(run->effect, error, cause);
}

static void refuse_too_many(struct run *run)
{
    refuse(run, STR("Lambda.TooManyRequestsException"), STR("Rate Exceeded."));
}

/* ---- processes ---- */

static bool has_process(const struct function *function)
{
    for (const struct pool *pool = function->pools; pool; pool = pool->next)
        if (pool->workers) return true;
    return false;
}

/* How many processes there may be in all for this pool to start one more. */
static size_t processes_allowed(const struct pool *pool)
{
    size_t max = pool->functions->effects->options.processes_max;
    return has_process(pool->function) ? max - max / FUNCTION_SPARE_SHARE : max;
}

/* Whether the process is to make room for somebody who comes before what waits in its own pool, and
 * who could use the room. One that has not done anything yet stays, or two functions could end each
 * other's processes for ever. */
static bool is_preceded(const struct worker *worker)
{
    const struct pool *pool = worker->pool;
    const struct functions *functions = pool->functions;
    size_t others = functions->process_count - functions->ending_count - 1;
    if (functions->ending_count >= functions->blocked_count) return false;
    for (const struct pool *other = functions->blocked; other; other = other->blocked_next) {
        if (other == pool || others >= processes_allowed(other)) continue;
        if (!pool->first || other->first->queued_us < pool->first->queued_us) return true;
        if (worker->has_served && !has_process(other->function)) return true;
    }
    return false;
}

static void on_idle(void *owner)
{
    struct worker *worker = owner;
    struct pool *pool = worker->pool;
    struct functions *functions = pool->functions;
    if (worker->is_starting) {
        worker->is_starting = false;
        pool->starting--;
        pool->failures = 0;
        pool->has_been_ready = true;
    }
    functions->was_active = true;
    worker->answered_us = 0;
    idle_add(functions, worker);
    if (is_preceded(worker)) {
        end_worker(worker, (str){ NULL, 0 });
        return;
    }
    pump(pool);
    if (worker->is_idle && pool->is_forgotten) end_worker(worker, (str){ NULL, 0 });
    functions_watch_idle(functions);
}

static void pump_function(struct function *function)
{
    for (struct pool *pool = function->pools; pool; pool = pool->next)
        if (pool->waiting) pump(pool);
}

static void on_done(void *owner, struct run *run)
{
    struct worker *worker = owner;
    struct pool *pool = worker->pool;
    bool was_limited = pool->function->waiting > 0;
    worker->answered_us = clock_monotonic_us();
    finish_run(pool, run);
    if (was_limited) pump_function(pool->function);
}

static void note_failure(struct pool *pool, str failure, const struct log_tail *tail)
{
    if (pool->failures < 16) pool->failures++;
    int64_t delay_us = (int64_t)START_DELAY_US << pool->failures;
    if (delay_us > (int64_t)FUNCTION_START_DELAY_MS_MAX * 1000)
        delay_us = (int64_t)FUNCTION_START_DELAY_MS_MAX * 1000;
    if (pool->failures == 1) delay_us = 0;
    pool->next_start_us = clock_monotonic_us() + delay_us;
    /* What never worked will not work for the others that wait either. */
    size_t count = pool->has_been_ready ? 1 : pool->waiting;
    for (; count > 0 && pool->waiting > 0; count--)
        fail_waiting(pool, failure, tail);
    functions_watch_starts(pool->functions);
}

static void on_gone(void *owner, str failure, const struct log_tail *tail)
{
    struct worker *worker = owner;
    struct pool *pool = worker->pool;
    struct functions *functions = pool->functions;
    idle_remove(functions, worker);
    struct worker **at = &pool->workers;
    while (*at != worker)
        at = &(*at)->next;
    *at = worker->next;
    functions->process_count--;
    if (worker->is_ending) functions->ending_count--;
    if (worker->is_starting) pool->starting--;
    bool has_failed = failure.len > 0 && worker->is_starting && !worker->is_ending;
    free(worker);
    if (has_failed) note_failure(pool, failure, tail);
    if (!functions->is_stopped) {
        pump_blocked(functions); /* first: the room may have been made for one of these */
        pump(pool);
    }
    consider_drop(pool);
    if (functions->is_stopped) functions_consider_close(functions);
}

static bool start_worker(struct pool *pool)
{
    struct functions *functions = pool->functions;
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker) fatal("out of memory");
    worker->pool = pool;
    struct process_owner owner = {
        .is_idle = on_idle, .is_done = on_done, .is_gone = on_gone, .owner = worker
    };
    struct buf failure;
    buf_init(&failure, NULL);
    bool started =
        process_start(functions->effects, &pool->spec, &owner, &worker->process, &failure);
    if (started) {
        worker->is_starting = true;
        worker->next = pool->workers;
        pool->workers = worker;
        pool->starting++;
        functions->process_count++;
        functions_watch_memory(functions);
    } else {
        free(worker);
        note_failure(pool, buf_str(&failure), NULL);
    }
    buf_close(&failure);
    return started;
}

static size_t above(size_t count, size_t limit)
{
    return count > limit ? count - limit : 0;
}

/* Ends the processes of other pools that have been idle for longest, so that `needed` more can be
 * started here; none if not even one could. */
static void make_room(struct pool *pool, size_t needed)
{
    struct functions *functions = pool->functions;
    size_t allowed = processes_allowed(pool), idle = 0;
    size_t staying = functions->process_count - functions->ending_count;
    for (struct worker *worker = functions->idle_first; worker; worker = worker->idle_next)
        idle += worker->pool != pool;
    if (idle < above(staying + 1, allowed)) return;
    size_t to_end = above(staying + needed, allowed);
    for (struct worker *worker = functions->idle_first, *next; worker && to_end; worker = next) {
        next = worker->idle_next;
        if (worker->pool == pool) continue;
        end_worker(worker, (str){ NULL, 0 });
        to_end--;
    }
}

static bool has_room(const struct pool *pool)
{
    int64_t limit = pool->limit;
    return limit < 0 || (int64_t)pool->function->running < limit;
}

static struct worker *find_idle(struct pool *pool)
{
    for (struct worker *worker = pool->workers; worker; worker = worker->next) {
        if (worker->is_idle && process_state(worker->process) == PROCESS_IDLE) return worker;
    }
    return NULL;
}

static void give(struct pool *pool, struct worker *worker)
{
    struct functions *functions = pool->functions;
    struct run *run = dequeue(pool);
    idle_remove(functions, worker);
    worker->has_served = true;
    pool->running++;
    pool->function->running++;
    functions->was_active = true;
    functions_watch_memory(functions);
    process_give(worker->process, run);
}

/* Processes that are about to be idle: whoever calls again as soon as it has its answer is not to
 * start another one. */
static size_t processes_returning(const struct pool *pool)
{
    size_t count = 0;
    int64_t since_us = clock_monotonic_us() - RETURN_US;
    for (struct worker *worker = pool->workers; worker; worker = worker->next)
        count += worker->answered_us > since_us && process_state(worker->process) == PROCESS_BUSY;
    if (count) functions_watch_starts(pool->functions);
    return count;
}

/* How many more processes the waiting invocations need. */
static size_t processes_needed(const struct pool *pool)
{
    if (pool->waiting == 0) return 0;
    size_t wanted = pool->waiting;
    if (pool->limit >= 0) {
        size_t running = pool->function->running;
        size_t limit = (size_t)pool->limit;
        size_t room = running < limit ? limit - running : 0;
        if (room < wanted) wanted = room;
    }
    size_t coming = pool->starting + processes_returning(pool);
    return wanted > coming ? wanted - coming : 0;
}

static void start_workers(struct pool *pool)
{
    struct functions *functions = pool->functions;
    size_t needed = processes_needed(pool);
    if (needed > 0 && clock_monotonic_us() < pool->next_start_us) {
        functions_watch_starts(functions);
        return;
    }
    while (needed > 0 && functions->process_count < processes_allowed(pool)) {
        if (!start_worker(pool)) break;
        needed--;
    }
    needed = processes_needed(pool);
    if (functions->process_count < processes_allowed(pool)) needed = 0;
    if (needed) make_room(pool, needed);
    set_blocked(pool, needed > 0 && pool->waiting > 0);
}

/* Gives what waits to idle processes, and starts processes for the rest. */
static void pump(struct pool *pool)
{
    if (pool->functions->is_stopped) return;
    if (pool->spec.url.len) {
        while (pool->waiting > 0 && has_room(pool))
            functions_send(pool, dequeue(pool));
        return;
    }
    struct worker *worker;
    while (pool->waiting > 0 && has_room(pool) && (worker = find_idle(pool)))
        give(pool, worker);
    start_workers(pool);
}

static void pump_blocked(struct functions *functions)
{
    struct pool *pool = functions->blocked;
    for (size_t i = functions->blocked_count; i > 0 && pool; i--) {
        struct pool *next = pool->blocked_next;
        pump(pool);
        pool = next;
    }
}

bool functions_pump_all(struct functions *functions)
{
    bool has_failing = false;
    for (struct function *function = functions->first, *after; function; function = after) {
        after = function->next;
        for (struct pool *pool = function->pools, *next; pool; pool = next) {
            next = pool->next;
            if (pool->waiting) pump(pool);
            has_failing |= pool->failures > 0;
            consider_drop(pool);
        }
    }
    return has_failing;
}

void functions_url_done(struct pool *pool, struct run *run)
{
    finish_run(pool, run);
    pump(pool);
    consider_drop(pool);
}

void functions_end_idle(struct functions *functions, uint64_t before_ms)
{
    while (functions->idle_first && functions->idle_first->idle_since_ms <= before_ms)
        end_worker(functions->idle_first, (str){ NULL, 0 });
}

/* ---- invocations ---- */

/* Whether it must be told to come again. */
static bool is_too_many(const struct pool *pool, const struct run *run)
{
    const struct functions *functions = pool->functions;
    int64_t limit = run->spec.concurrency;
    if (limit == 0) return true;
    if (functions->queued >= FUNCTION_QUEUE_MAX ||
        functions->queued_bytes + run->call.payload.len > FUNCTION_QUEUE_BYTES_MAX)
        return true;
    if (run->call.may_queue) return false;
    if (limit > 0 && (int64_t)(pool->function->running + pool->function->waiting) >= limit)
        return true;
    if (run->spec.url.len) return false;
    /* Every process is for somebody: no room can be made for one more. */
    size_t free_processes = functions->effects->options.processes_max - functions->process_count;
    return !functions->idle_first && functions->queued >= free_processes + functions->ending_count;
}

static void take_run(struct effects *effects, struct job *job)
{
    struct run *run = (struct run *)job;
    struct functions *functions = effects->functions;
    if (functions->is_stopped) {
        refuse(run, STR("Lambda.ServiceException"), STR("The server is stopping."));
        return;
    }
    struct pool *pool = find_pool(functions, &run->spec);
    pool->limit = run->spec.concurrency;
    if (is_too_many(pool, run)) {
        refuse_too_many(run);
        consider_drop(pool);
        return;
    }
    run->queued_us = clock_monotonic_us();
    late_add(functions, run);
    enqueue(pool, run);
    pump(pool);
    consider_drop(pool);
}

struct function_spec function_spec_copy(struct arena *arena, const struct function_spec *spec)
{
    struct function_spec copy = *spec;
    copy.name = arena_str(arena, spec->name);
    copy.version = arena_str(arena, spec->version);
    copy.arn = arena_str(arena, spec->arn);
    copy.revision = arena_str(arena, spec->revision);
    copy.runtime = arena_str(arena, spec->runtime);
    copy.handler = arena_str(arena, spec->handler);
    copy.code_directory = arena_str(arena, spec->code_directory);
    copy.url = arena_str(arena, spec->url);
    copy.environment = json_copy(arena, spec->environment);
    copy.log_group = arena_str(arena, spec->log_group);
    if (copy.timeout_ms < 1) copy.timeout_ms = 1;
    if (copy.memory_mb < 1) copy.memory_mb = 1;
    return copy;
}

/* AWS's form: Root=1-TIME-RANDOM. */
static str make_trace_id(struct arena *arena)
{
    uint32_t random[3];
    entropy_fill(random, sizeof random);
    return arena_printf(arena, "Root=1-%08llx-%08x%08x%08x;Sampled=0",
                        (unsigned long long)clock_now_ms() / 1000, random[0], random[1], random[2]);
}

void functions_invoke(struct effects *effects, const struct function_spec *spec,
                      const struct invocation *invocation)
{
    struct effect *effect = invocation->effect;
    struct arena *arena = &effect->arena;
    struct run *run = ARENA_NEW(arena, struct run);
    run->job.run = take_run;
    run->effect = effect;
    run->spec = function_spec_copy(arena, spec);
    run->call = (struct invocation){
        .effect = effect,
        .payload = arena_str(arena, invocation->payload),
        .request_id = arena_str(arena, invocation->request_id),
        .invoked_arn = arena_str(arena, invocation->invoked_arn),
        .client_context = arena_str(arena, invocation->client_context),
        .may_queue = invocation->may_queue,
    };
    run->trace_id = make_trace_id(arena);
    if (!effects_submit(effects, &run->job))
        refuse(run, STR("Lambda.ServiceException"), STR("The server is stopping."));
}

/* ---- forgetting ---- */

struct forget_job {
    struct job job; /* first */
    size_t len;
    char arn[];
};

static void take_forget(struct effects *effects, struct job *job)
{
    struct forget_job *forget = (struct forget_job *)job;
    struct functions *functions = effects->functions;
    struct function *function = find_function(functions, (str){ forget->arn, forget->len });
    for (struct pool *pool = function ? function->pools : NULL, *next; pool; pool = next) {
        next = pool->next;
        forget_pool(pool);
        consider_drop(pool); /* with the last one goes the function */
    }
    free(forget);
}

void functions_forget(struct effects *effects, str arn)
{
    struct forget_job *forget = malloc(sizeof *forget + arn.len);
    if (!forget) fatal("out of memory");
    forget->job.run = take_forget;
    forget->len = arn.len;
    if (arn.len) memcpy(forget->arn, arn.ptr, arn.len);
    if (!effects_submit(effects, &forget->job)) free(forget);
}

/* ---- the end ---- */

void functions_stop(struct functions *functions)
{
    str cause = STR("The server is stopping.");
    functions->is_stopped = true;
    for (struct function *function = functions->first, *after; function; function = after) {
        after = function->next;
        for (struct pool *pool = function->pools, *next; pool; pool = next) {
            next = pool->next;
            while (pool->waiting > 0) {
                struct run *run = dequeue(pool);
                late_remove(functions, run);
                refuse(run, STR("Lambda.ServiceException"), cause);
            }
            for (struct worker *worker = pool->workers; worker; worker = worker->next)
                end_worker(worker, cause);
            consider_drop(pool);
        }
    }
    functions_consider_close(functions);
}
