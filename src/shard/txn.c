/* A transaction: two batches over two stores, and what the writer's memory learns when they have
 * been applied. */
#include "shard/shard_private.h"

struct arena *txn_arena(struct txn *txn)
{
    return txn->arena;
}

int64_t txn_now_ms(const struct txn *txn)
{
    return txn->now_ms;
}

struct shard *txn_shard(struct txn *txn)
{
    return txn->shard;
}

struct prng *txn_prng(struct txn *txn)
{
    return &txn->shard->prng;
}

/* ---- records ---- */

static struct store *store_of(struct txn *txn, bool express)
{
    return express ? txn->shard->memory : txn->shard->options.store;
}

static struct store_batch *batch_of(struct txn *txn, bool express)
{
    return express ? &txn->express : &txn->durable;
}

static str keep_key(struct txn *txn, const struct key *key)
{
    char *bytes = arena_alloc(txn->arena, key->len);
    memcpy(bytes, key->bytes, key->len);
    return (str){ bytes, key->len };
}

bool txn_get_from(struct txn *txn, bool express, const struct key *key, str *out)
{
    str value;
    if (store_batch_find(batch_of(txn, express), key_str(key), &value)) {
        if (!value.ptr) return false;
        *out = value;
        return true;
    }
    return store_get(store_of(txn, express), NULL, key_str(key), txn->arena, out);
}

/* A definition that is replaced must not be found compiled. */
static void notice_write(struct txn *txn, str key)
{
    struct key_reader reader;
    str name;
    uint32_t revision;
    if (!key_read_begin(&reader, key) || reader.tag != KEY_REVISION) return;
    if (!key_read_text(&reader, &name) || !key_read_u32(&reader, &revision)) return;
    machines_forget(&txn->shard->machines, name, revision);
}

void txn_put_to(struct txn *txn, bool express, const struct key *key, str value)
{
    ASSERT(txn->open);
    store_batch_put(batch_of(txn, express), keep_key(txn, key), value);
}

void txn_delete_from(struct txn *txn, bool express, const struct key *key)
{
    ASSERT(txn->open);
    store_batch_delete(batch_of(txn, express), keep_key(txn, key));
}

bool txn_get(struct txn *txn, const struct key *key, str *out)
{
    return txn_get_from(txn, false, key, out);
}

void txn_put(struct txn *txn, const struct key *key, str value)
{
    notice_write(txn, key_str(key));
    txn_put_to(txn, false, key, value);
}

void txn_delete(struct txn *txn, const struct key *key)
{
    notice_write(txn, key_str(key));
    txn_delete_from(txn, false, key);
}

struct store_cursor *txn_scan(struct txn *txn, str from, str to, bool reverse)
{
    return store_scan_over(txn->shard->options.store, NULL, &txn->durable, from, to, reverse);
}

/* Room for one more in an array of the transaction's; returns where it is now. */
static void *one_more(struct txn *txn, void *array, size_t count, size_t *capacity, size_t bytes)
{
    if (count < *capacity) return array;
    size_t wanted = *capacity ? *capacity * 2 : 8;
    void *larger = arena_array(txn->arena, wanted, bytes);
    if (count) memcpy(larger, array, count * bytes);
    *capacity = wanted;
    return larger;
}

void txn_put_timer(struct txn *txn, bool express, int64_t due_ms, uint64_t serial, uint32_t frame,
                   uint8_t kind)
{
    struct key key;
    key_timer(&key, txn->shard->options.number, due_ms, serial, frame, kind);
    txn_put_to(txn, express, &key, STR(""));
    txn->timers =
        one_more(txn, txn->timers, txn->timer_count, &txn->timer_capacity, sizeof *txn->timers);
    txn->timers[txn->timer_count++] =
        (struct pending_timer){ keep_key(txn, &key), due_ms, express };
}

void txn_note_effect(struct txn *txn, const struct pending_effect *effect)
{
    txn->effects =
        one_more(txn, txn->effects, txn->effect_count, &txn->effect_capacity, sizeof *txn->effects);
    txn->effects[txn->effect_count++] = *effect;
}

void txn_note_wait(struct txn *txn, int64_t since_ms, int8_t delta, bool unbounded)
{
    txn->waits =
        one_more(txn, txn->waits, txn->wait_count, &txn->wait_capacity, sizeof *txn->waits);
    txn->waits[txn->wait_count++] = (struct pending_wait){ since_ms, delta, unbounded };
}

void txn_notify(struct txn *txn, str topic, size_t count)
{
    txn->notes =
        one_more(txn, txn->notes, txn->note_count, &txn->note_capacity, sizeof *txn->notes);
    txn->notes[txn->note_count++] = (struct pending_note){ arena_str(txn->arena, topic), count };
}

struct request *txn_call_begin(struct txn *txn)
{
    struct kept_request *kept = ARENA_NEW(txn->arena, struct kept_request);
    arena_init(&kept->request.arena);
    buf_init(&kept->request.reply, &kept->request.arena);
    kept->next = txn->kept;
    txn->kept = kept;
    txn->calling++;
    return &kept->request;
}

void txn_call_end(struct txn *txn)
{
    ASSERT_CMP(txn->calling, >, 0);
    txn->calling--;
}

struct txn_mark txn_mark(const struct txn *txn)
{
    return (struct txn_mark){
        .durable = txn->durable.count,
        .express = txn->express.count,
        .timers = txn->timer_count,
        .effects = txn->effect_count,
        .notes = txn->note_count,
        .loaded = txn->loaded_count,
        .waits = txn->wait_count,
        .serial_limit = txn->serial_limit,
    };
}

void txn_rewind(struct txn *txn, const struct txn_mark *mark)
{
    /* One that has only been looked at may stay. */
    for (size_t i = mark->loaded; i < txn->loaded_count; i++)
        ASSERT(txn->loaded[i]->execution->history_first == 0 &&
               !txn->loaded[i]->execution->started);
    store_batch_rewind(&txn->durable, mark->durable);
    store_batch_rewind(&txn->express, mark->express);
    txn->timer_count = mark->timers;
    txn->effect_count = mark->effects;
    txn->note_count = mark->notes;
    txn->wait_count = mark->waits;
    txn->memo = NULL;
    txn->serial_limit = mark->serial_limit; /* the block's record is gone, so it is not used */
}

void txn_keep_on_failure(struct txn *txn)
{
    if (txn->calling == 0) txn->keep_on_failure = true;
}

void **txn_memo(struct txn *txn)
{
    return &txn->memo;
}

uint64_t txn_serial(struct txn *txn)
{
    return txn_next_serial(txn, false);
}

/* Serials are reserved in blocks, by a record in the batch that first uses one: KEY_META "serials"
 * is
 * {"v":1,"next"}, and what is below `next` may have been used. After a crash the rest of the block
 * is left out. */
uint64_t txn_next_serial(struct txn *txn, bool express)
{
    struct shard *shard = txn->shard;
    uint64_t limit = txn->serial_limit ? txn->serial_limit : shard->serial_limit;
    if (shard->serial_next >= limit) {
        limit = shard->serial_next + SHARD_SERIAL_BLOCK;
        struct key key;
        key_meta(&key, shard->options.number, STR("serials"));
        txn_put(txn, &key,
                arena_printf(txn->arena, "{\"v\":1,\"next\":%llu}", (unsigned long long)limit));
        txn->serial_limit = limit;
    }
    uint64_t serial = shard->serial_next++;
    if (serial >= SERIAL_EXPRESS) fatal("all serials of this shard have been used");
    return express ? serial | SERIAL_EXPRESS : serial;
}

/* ---- the life of a transaction ---- */

static bool load_frame(void *context, uint64_t serial, uint32_t frame, struct arena *arena,
                       str *out)
{
    struct txn *txn = context;
    ASSERT(arena == txn->arena);
    struct key key;
    key_frame(&key, txn->shard->options.number, serial, frame);
    return txn_get_from(txn, serial_is_express(serial), &key, out);
}

static bool load_frame_data(void *context, uint64_t serial, uint32_t frame, struct arena *arena,
                            str *out)
{
    struct txn *txn = context;
    ASSERT(arena == txn->arena);
    struct key key;
    key_frame_data(&key, txn->shard->options.number, serial, frame);
    return txn_get_from(txn, serial_is_express(serial), &key, out);
}

void txn_begin(struct txn *txn, struct shard *shard)
{
    ASSERT(!txn->open);
    const struct shard_options *options = &shard->options;
    int64_t now_ms = shard_now_ms(shard);
    *txn = (struct txn){
        .shard = shard,
        .arena = &shard->txn_arena,
        .now_ms = now_ms,
        .open = true,
        .engine = {
            .loader = { txn, load_frame, load_frame_data },
            .now_ms = now_ms,
            .prng = &shard->prng,
            .token_key = &options->token_key,
            .link_keys = shard_link_keys(shard),
            .public_url = shard_public_url(shard),
            .shard = options->number,
            .region = options->region,
            .account = options->account,
            .payload_bytes_max = options->payload_bytes_max,
            .history_events_max = options->history_events_max,
            .turn_steps_max = ENGINE_TURN_STEPS_MAX,
        },
    };
    store_batch_init(&txn->durable, txn->arena);
    store_batch_init(&txn->express, txn->arena);
}

static void close_txn(struct txn *txn)
{
    txn->open = false;
    for (struct kept_request *kept = txn->kept; kept; kept = kept->next)
        arena_close(&kept->request.arena);
    arena_reset(txn->arena);
    machines_trim(&txn->shard->machines);
}

/* Behind those that are there: replies are given in the order in which they came about. */
void txn_reply(struct txn *txn, struct request *list)
{
    struct request **end = &txn->replies;
    while (*end)
        end = &(*end)->next;
    *end = list;
}

void request_keep_error(struct request *request)
{
    struct error *err = &request->error;
    if (err->long_message.len) err->long_message = arena_str(&request->arena, err->long_message);
    if (err->details.len) err->details = arena_str(&request->arena, err->details);
}

/* Runs the handler of a client's request that has waited inside this transaction, so that what it
 * waits for and its answer share a sync. False if it waits on. */
static bool answer_waiter(struct txn *txn, struct request *request)
{
    /* A background task has a transaction of its own; for a client that has gone the next one is
     * told. Both in the next pass. */
    if (request->is_own || __atomic_load_n(&request->cancelled, __ATOMIC_ACQUIRE)) {
        shard_wake(txn->shard, request);
        return true;
    }
    struct txn_mark mark = txn_mark(txn);
    bool parked = txn->parked;
    txn->parked = false;
    enum handled handled = request->operation->write(txn, request, &request->error);
    ASSERT((handled == HANDLED_LATER) == txn->parked);
    txn->parked = parked;
    if (handled == HANDLED_LATER) return false;
    if (handled == HANDLED_FAILED) {
        request_keep_error(request);
        txn_rewind(txn, &mark);
    }
    request->next = NULL;
    txn_reply(txn, request);
    return true;
}

/* What is left of the notes wakes waiters once the transaction is applied. */
static void hand_over_notes(struct txn *txn)
{
    size_t left = SHARD_HAND_OVERS_MAX;
    /* Handlers may add notes: count and place are read anew each time. */
    for (size_t i = 0; i < txn->note_count; i++) {
        while (txn->notes[i].count > 0 && left > 0) {
            struct request *request =
                waiting_take_topic(&txn->shard->waiting, txn->notes[i].topic, 1);
            if (!request) break;
            left--;
            txn->notes[i].count--;
            if (!answer_waiter(txn, request)) break;
        }
    }
}

static void hand_over_tasks(struct txn *txn)
{
    /* A hand-over may lead to further tasks: the count is read anew each time. */
    for (size_t i = 0; i < txn->task_count; i++) {
        struct loaded *loaded = txn->tasks[i].loaded;
        struct engine_op op = loaded->execution->ops[txn->tasks[i].op];
        activities_hand_over(txn, loaded->execution, &op);
    }
}

static void count_outcomes(struct txn *txn, const struct loaded *loaded)
{
    static const enum shard_counter ends[] = {
        [EXECUTION_SUCCEEDED] = COUNTER_EXECUTIONS_SUCCEEDED,
        [EXECUTION_FAILED] = COUNTER_EXECUTIONS_FAILED,
        [EXECUTION_TIMED_OUT] = COUNTER_EXECUTIONS_TIMED_OUT,
        [EXECUTION_ABORTED] = COUNTER_EXECUTIONS_ABORTED,
    };
    const struct execution *execution = loaded->execution;
    if (execution->started) shard_count_by(txn->shard, COUNTER_EXECUTIONS_STARTED, 1);
    if (loaded->before != EXECUTION_RUNNING)
        shard_count_by(txn->shard, COUNTER_EXECUTIONS_REDRIVEN, 1);
    if (execution->steps) shard_count_by(txn->shard, COUNTER_TRANSITIONS, execution->steps);
    if (execution->status != EXECUTION_RUNNING)
        shard_count_by(txn->shard, ends[execution->status], 1);
}

static void apply(struct txn *txn)
{
    if (txn->durable.count > 0) store_apply(txn->shard->options.store, &txn->durable);
    if (txn->express.count == 0) return;
    store_apply(txn->shard->memory, &txn->express);
    store_sync(txn->shard->memory); /* it has nothing to lose, and need not remember */
}

static void learn_waits(struct txn *txn)
{
    struct metrics *metrics = &txn->shard->metrics;
    int64_t more = 0;
    for (size_t i = 0; i < txn->wait_count; i++) {
        const struct pending_wait *wait = &txn->waits[i];
        more += wait->delta;
        ages_add(&metrics->ages, wait->since_ms, wait->delta, wait->unbounded);
    }
    if (more) atomic_fetch_add(&metrics->waiting, more);
}

/* What the writer keeps in memory about the records. */
static void learn(struct txn *txn)
{
    struct shard *shard = txn->shard;
    if (txn->serial_limit) shard->serial_limit = txn->serial_limit;
    for (size_t i = 0; i < txn->timer_count; i++)
        timers_lower(&shard->timers[txn->timers[i].express], txn->timers[i].key,
                     txn->timers[i].due_ms);
    learn_waits(txn);
    for (size_t i = 0; i < txn->note_count; i++)
        shard_wake(shard,
                   waiting_take_topic(&shard->waiting, txn->notes[i].topic, txn->notes[i].count));
    for (size_t i = 0; i < txn->loaded_count; i++)
        count_outcomes(txn, txn->loaded[i]);
}

void txn_commit(struct txn *txn, struct request *request)
{
    ASSERT(txn->open && !txn->following && !txn->work_first);
    hand_over_tasks(txn);
    hand_over_notes(txn);
    for (size_t i = 0; i < txn->loaded_count; i++) {
        persist_execution(txn, txn->loaded[i]);
        if (txn->loaded[i]->execution->status != EXECUTION_RUNNING)
            txn_reply(txn, parked_end_reached(&txn->shard->parked_ends, txn->loaded[i]->execution));
    }
    apply(txn);
    learn(txn);
    if (request) {
        request->next = NULL;
        txn_reply(txn, request);
    }
    effects_release(txn);
    for (size_t i = 0; i < txn->loaded_count; i++)
        if (txn->loaded[i]->execution->log) logged_release(txn, txn->loaded[i]->execution);
    commit_add(&txn->shard->commit, txn->replies, txn->release, txn->durable.count > 0);
    close_txn(txn);
}

void txn_rollback(struct txn *txn)
{
    ASSERT(txn->open && !txn->parked);
    close_txn(txn);
}
