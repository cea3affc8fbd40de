/* The writer: its loop, and the shard's life from shard_new to shard_free. */
#include "shard/shard.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "shard/shard_private.h"

/* ---- small answers ---- */

uint16_t shard_number(const struct shard *shard)
{
    return shard->options.number;
}

str shard_region(const struct shard *shard)
{
    return shard->options.region;
}

str shard_account(const struct shard *shard)
{
    return shard->options.account;
}

const struct token_key *shard_token_key(const struct shard *shard)
{
    return &shard->options.token_key;
}

const struct carrier *shard_carrier(const struct shard *shard)
{
    return &shard->options.carrier;
}

str shard_files(const struct shard *shard)
{
    return shard->options.files;
}

str shard_endpoint(const struct shard *shard)
{
    return shard->options.endpoint;
}

void shard_set_outside(struct shard *shard, str endpoint, struct carrier carrier)
{
    ASSERT(!shard->has_threads);
    shard->options.endpoint = endpoint;
    shard->options.carrier = carrier;
}

str shard_service_endpoint(const struct shard *shard, str service)
{
    return json_str_or(shard->options.endpoints, service, STR(""));
}

uint32_t shard_history_events_max(const struct shard *shard)
{
    return shard->options.history_events_max;
}

size_t shard_payload_bytes_max(const struct shard *shard)
{
    return shard->options.payload_bytes_max;
}

static int64_t world_now_ms(const struct shard *shard)
{
    return shard->options.now_ms ? shard->options.now_ms(shard->options.world) : clock_now_ms();
}

/* The writer's time. It does not follow the small steps back by which clocks are corrected; a large
 * one means that the clock was wrong before, and waiting until it is there again would stop all
 * timers. */
int64_t shard_now_ms(struct shard *shard)
{
    int64_t now_ms = world_now_ms(shard);
    if (now_ms < shard->latest_now_ms) {
        int64_t back_ms = shard->latest_now_ms - now_ms;
        if (back_ms <= SHARD_CLOCK_STEP_BACK_MS_MAX) return shard->latest_now_ms;
        log_line(LOG_WARN, "the clock was set back", "by_ms=%lld", (long long)back_ms);
    }
    shard->latest_now_ms = now_ms;
    return now_ms;
}

/* ---- new, free ---- */

static uint64_t read_serials(struct shard *shard)
{
    struct arena arena;
    struct key key;
    str text;
    uint64_t next = 1;
    arena_init(&arena);
    key_meta(&key, shard->options.number, STR("serials"));
    if (store_get(shard->options.store, NULL, key_str(&key), &arena, &text)) {
        json value;
        struct error err;
        int64_t stored = 0;
        if (json_parse(text, &arena, &value, &err)) stored = json_i64_or(value, STR("next"), 0);
        if (stored <= 0) fatal("the record of used serials does not decode: the store is damaged");
        next = (uint64_t)stored;
    }
    arena_close(&arena);
    return next;
}

static void set_defaults(struct shard_options *options)
{
    if (options->payload_bytes_max == 0) options->payload_bytes_max = ENGINE_PAYLOAD_BYTES_MAX;
    if (options->history_events_max == 0) options->history_events_max = ENGINE_HISTORY_EVENTS_MAX;
    if (options->seed == 0) entropy_fill(&options->seed, sizeof options->seed);
}

struct shard *shard_new(const struct shard_options *options)
{
    ASSERT(options->store != NULL);
    struct shard *shard = calloc(1, sizeof *shard);
    if (!shard) fatal("out of memory");
    shard->options = *options;
    set_defaults(&shard->options);
    shard->memory = store_open_memory();
    inbox_init(&shard->inbox);
    metrics_init(&shard->metrics);
    links_init(&shard->links, &options->link_keys);
    commit_init(&shard->commit, options->store, &shard->metrics, &shard->options.carrier);
    effects_init(shard);
    machines_init(&shard->machines);
    activities_init(&shard->activities);
    arena_init(&shard->txn_arena);
    arena_init(&shard->pass_arena);
    pthread_mutex_init(&shard->oldest_mutex, NULL);
    key_begin(&shard->oldest_waiting, options->number, KEY_WAITING);

    prng_seed(&shard->prng, shard->options.seed);
    shard->express_seed = prng_next(&shard->prng);
    shard->serial_next = shard->serial_limit = read_serials(shard);
    timers_init(&shard->timers[false], options->store, options->number);
    timers_init(&shard->timers[true], shard->memory, options->number);
    return shard;
}

/* Frees our own calls among those that are left; the others are their clients'. */
static void forget_own(struct request *list)
{
    while (list) {
        struct request *next = list->next;
        if (list->is_own) list->complete(list);
        list = next;
    }
}

void shard_free(struct shard *shard)
{
    ASSERT(!shard->has_threads);
    forget_own(shard->taken);
    forget_own(inbox_take(&shard->inbox));
    forget_own(shard->ready);
    forget_own(waiting_take_cancelled(&shard->waiting, true));
    forget_own(shard->commit.first);
    pthread_mutex_destroy(&shard->oldest_mutex);
    ages_close(&shard->metrics.ages);
    arena_close(&shard->pass_arena);
    arena_close(&shard->txn_arena);
    effects_close(shard);
    waiting_close(&shard->waiting);
    activities_close(&shard->activities);
    machines_close(&shard->machines);
    commit_close(&shard->commit);
    links_close(&shard->links);
    inbox_close(&shard->inbox);
    store_close(shard->memory);
    free(shard);
}

/* ---- requests ---- */

static void complete_now(struct request *list)
{
    while (list) {
        struct request *next = list->next;
        list->next = NULL;
        list->complete(list);
        list = next;
    }
}

void shard_submit(struct shard *shard, struct request *request)
{
    ASSERT(request->operation->write != NULL && request->complete != NULL);
    request->submitted_us = clock_monotonic_us();
    if (inbox_put(&shard->inbox, request)) return;
    request->next = NULL;
    (void)error_set(&request->error, ERROR_OVERLOADED,
                    "The server is overloaded or is shutting down. Try again later.");
    request->complete(request);
}

void shard_cancel(struct shard *shard, struct request *request)
{
    __atomic_store_n(&request->cancelled, true, __ATOMIC_RELEASE);
    atomic_store(&shard->cancels, true);
    inbox_nudge(&shard->inbox);
}

static void run(struct shard *shard, struct request *request)
{
    struct txn *txn = &shard->txn;
    txn_begin(txn, shard);
    enum handled handled = request->operation->write(txn, request, &request->error);
    ASSERT((handled == HANDLED_LATER) == txn->parked);
    switch (handled) {
    case HANDLED: txn_commit(txn, request); break;
    case HANDLED_LATER: txn_commit(txn, NULL); break;
    case HANDLED_FAILED:
        ASSERT(request->error.code != ERROR_NONE);
        request_keep_error(request);
        if (txn->keep_on_failure) {
            txn_commit(txn, request);
            break;
        }
        txn_rollback(txn);
        /* The error may tell of what was applied before and is not durable yet (a task that another
         * answer has ended): it waits for the sync like any other answer. */
        commit_add(&shard->commit, request, NULL, false);
        break;
    case HANDLED_ALREADY: fatal("%.*s: not for the writer", STR_ARGS(request->operation->name));
    }
}

static void take_inbox(struct shard *shard)
{
    /* Some are left of the last time: those come first, and the inbox keeps the others. */
    if (!shard->taken) shard->taken = inbox_take(&shard->inbox);
}

static size_t handle_commands(struct shard *shard)
{
    size_t count = 0;
    take_inbox(shard);
    while (shard->taken && count < SHARD_PASS_COMMANDS_MAX) {
        struct request *request = shard->taken;
        shard->taken = request->next;
        request->next = NULL;
        run(shard, request);
        inbox_handled(&shard->inbox);
        count++;
    }
    return count;
}

/* ---- requests that wait ---- */

void shard_wake(struct shard *shard, struct request *list)
{
    if (!list) return;
    if (shard->last_ready)
        shard->last_ready->next = list;
    else
        shard->ready = list;
    while (list->next)
        list = list->next;
    shard->last_ready = list;
}

/* Their last answers, which report nothing and need no sync. */
static void give_up(struct request *list)
{
    while (list) {
        struct request *next = list->next;
        list->next = NULL;
        if (list->give_up)
            list->give_up(list);
        else
            (void)error_set(&list->error, ERROR_OVERLOADED, "The server stops.");
        list->complete(list);
        list = next;
    }
}

/* Its client has gone meanwhile: whoever waits behind it is told instead. */
static void pass_on(struct shard *shard, struct request *request)
{
    if (request->woken_by.len > 0)
        shard_wake(shard, waiting_take_topic(&shard->waiting, request->woken_by, 1));
    give_up(request);
}

static size_t handle_ready(struct shard *shard)
{
    int64_t now_ms = shard_now_ms(shard);
    if (waiting_next_ms(&shard->waiting) <= now_ms)
        shard_wake(shard, waiting_take_due(&shard->waiting, now_ms, SHARD_PASS_TIMERS_MAX));
    size_t count = 0;
    while (shard->ready && count < SHARD_PASS_COMMANDS_MAX) {
        struct request *request = shard->ready;
        shard->ready = request->next;
        if (!shard->ready) shard->last_ready = NULL;
        request->next = NULL;
        count++;
        if (__atomic_load_n(&request->cancelled, __ATOMIC_ACQUIRE)) {
            pass_on(shard, request);
            continue;
        }
        if (request->is_own) own_renew(request);
        run(shard, request);
    }
    return count;
}

/* ---- timers and parked requests ---- */

static size_t fire_timers(struct shard *shard, bool express)
{
    struct timers *timers = &shard->timers[express];
    int64_t now_ms = shard_now_ms(shard);
    if (now_ms < timers->next_due_ms) return 0;
    str *keys = arena_array(&shard->pass_arena, SHARD_PASS_TIMERS_MAX, sizeof *keys);
    size_t count = timers_due(timers, now_ms, &shard->pass_arena, keys);
    for (size_t i = 0; i < count; i++) {
        txn_begin(&shard->txn, shard);
        txn_fire_timer(&shard->txn, express, keys[i]);
        txn_commit(&shard->txn, NULL);
    }
    arena_reset(&shard->pass_arena);
    return count;
}

/* Answers that report nothing need no sync. */
static void expire_parked(struct shard *shard, bool cancelled)
{
    complete_now(activities_expire(&shard->activities, shard_now_ms(shard), cancelled, false));
    complete_now(parked_late(&shard->parked_ends, shard_now_ms(shard)));
    if (!cancelled) return;
    complete_now(parked_give_up(&shard->parked_ends, false));
    give_up(waiting_take_cancelled(&shard->waiting, false));
}

static void publish_figures(struct shard *shard)
{
    atomic_store_explicit(
        &shard->metrics.parked,
        (int64_t)(shard->activities.parked + shard->parked_ends.count + shard->waiting.count),
        memory_order_relaxed);
}

static size_t pass(struct shard *shard, bool see_cancels)
{
    bool cancelled = see_cancels && atomic_exchange(&shard->cancels, false);
    expire_parked(shard, cancelled);
    size_t count = fire_timers(shard, false) + fire_timers(shard, true);
    count += handle_ready(shard) + handle_commands(shard) + effects_refill(shard);
    publish_figures(shard);
    return count;
}

/* ---- threads ---- */

static int64_t earliest_due_ms(struct shard *shard)
{
    int64_t due_ms = shard->timers[false].next_due_ms;
    if (shard->timers[true].next_due_ms < due_ms) due_ms = shard->timers[true].next_due_ms;
    int64_t poll_ms = activities_next_due_ms(&shard->activities);
    if (poll_ms < due_ms) due_ms = poll_ms;
    int64_t ends_ms = shard->parked_ends.due_ms;
    if (ends_ms > 0 && ends_ms < due_ms) due_ms = ends_ms;
    int64_t wake_ms = shard->ready ? 0 : waiting_next_ms(&shard->waiting);
    return wake_ms < due_ms ? wake_ms : due_ms;
}

static int64_t sleep_us(struct shard *shard)
{
    if (atomic_load(&shard->cancels)) return SHARD_CANCEL_INTERVAL_US;
    int64_t now_ms = shard_now_ms(shard);
    int64_t due_ms = earliest_due_ms(shard);
    if (due_ms <= now_ms) return 0;
    int64_t wait_ms = due_ms - now_ms;
    return (wait_ms < SHARD_SLEEP_MS_MAX ? wait_ms : SHARD_SLEEP_MS_MAX) * 1000;
}

static bool cancels_are_due(struct shard *shard)
{
    if (!atomic_load(&shard->cancels)) return false;
    int64_t now_us = clock_monotonic_us();
    if (now_us - shard->cancels_seen_us < SHARD_CANCEL_INTERVAL_US) return false;
    shard->cancels_seen_us = now_us;
    return true;
}

static void *writer_main(void *argument)
{
    struct shard *shard = argument;
    for (;;) {
        if (inbox_is_stopping(&shard->inbox)) break;
        if (pass(shard, cancels_are_due(shard)) > 0) continue;
        inbox_wait(&shard->inbox, sleep_us(shard));
    }
    /* Timers keep: only what was taken in is finished. */
    while (handle_commands(shard) > 0)
        continue;
    complete_now(activities_expire(&shard->activities, 0, false, true));
    complete_now(parked_give_up(&shard->parked_ends, true));
    give_up(shard->ready);
    shard->ready = shard->last_ready = NULL;
    give_up(waiting_take_cancelled(&shard->waiting, true));
    publish_figures(shard);
    return NULL;
}

static void *syncer_main(void *argument)
{
    struct shard *shard = argument;
    commit_run(&shard->commit);
    return NULL;
}

/* A thread of its own, so that a start with a million waiting tasks does not wait for the count. */
static void *counter_main(void *argument)
{
    struct shard *shard = argument;
    shard_count_waiting(shard, shard->count_view->snapshot);
    commit_view_release(&shard->commit, shard->count_view);
    shard->count_view = NULL;
    return NULL;
}

static void start_thread(pthread_t *thread, const char *name, void *(*function)(void *),
                         struct shard *shard)
{
    pthread_attr_t attributes;
    int code = pthread_attr_init(&attributes);
    if (code == 0) code = pthread_attr_setstacksize(&attributes, SHARD_STACK_BYTES);
    if (code == 0) code = pthread_create(thread, &attributes, function, shard);
    if (code != 0) fatal("a thread cannot be started: %s", strerror(code));
    pthread_attr_destroy(&attributes);
    (void)pthread_setname_np(*thread, name); /* for top and perf */
}

void shard_start(struct shard *shard)
{
    ASSERT(!shard->has_threads);
    shard->has_threads = true;
    shard->count_view = commit_view_acquire(&shard->commit);
    start_thread(&shard->counter, "shard-count", counter_main, shard);
    start_thread(&shard->syncer, "shard-sync", syncer_main, shard);
    start_thread(&shard->writer, "shard-writer", writer_main, shard);
}

void shard_stop(struct shard *shard)
{
    ASSERT(shard->has_threads);
    inbox_stop(&shard->inbox);
    pthread_join(shard->writer, NULL);
    commit_stop(&shard->commit);
    pthread_join(shard->syncer, NULL);
    pthread_join(shard->counter, NULL);
    shard->has_threads = false;
}

/* ---- without threads ---- */

size_t shard_step(struct shard *shard)
{
    ASSERT(!shard->has_threads);
    if (!atomic_load(&shard->metrics.waiting_counted)) shard_count_waiting(shard, NULL);
    return pass(shard, true);
}

void shard_sync(struct shard *shard)
{
    ASSERT(!shard->has_threads);
    (void)commit_flush(&shard->commit);
}

int64_t shard_next_due_ms(struct shard *shard)
{
    return earliest_due_ms(shard);
}

/* ---- reads ---- */

void shard_read_begin(struct shard *shard, struct reader *reader, struct arena *arena)
{
    struct view *view = commit_view_acquire(&shard->commit);
    *reader = (struct reader){
        .shard = shard,
        .store = shard->options.store,
        .snapshot = view->snapshot,
        .arena = arena,
        .now_ms = world_now_ms(shard),
        .view = view,
    };
}

void shard_read_end(struct reader *reader)
{
    commit_view_release(&reader->shard->commit, reader->view);
    reader->view = NULL;
    reader->snapshot = NULL;
}
