/* What is done in the background: one call of our own, which waits for the earliest job, does a
 * piece of it in a transaction, and looks again. A job that is not done adds itself anew. */
#include "services/sqs/internal.h"

static const char jobs_topic[] = "sqs:/jobs"; /* no queue is called that */

/* ---- records ---- */

static void job_key(const struct source *source, int64_t due_ms, uint64_t serial, struct key *key)
{
    str text = arena_printf(sqs_work_arena(source), "%016llx", (unsigned long long)serial);
    key_queue_note(key, source->number, 0, NOTE_JOB, (uint64_t)due_ms, text);
}

static struct buf begin(const struct source *source, const char *job)
{
    struct buf out;
    buf_init(&out, sqs_work_arena(source));
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "job", str_from(job));
    return out;
}

static uint64_t add(const struct source *source, int64_t due_ms, struct buf *out)
{
    struct key key;
    uint64_t serial = txn_serial(source->txn);
    reply_close(out);
    job_key(source, due_ms, serial, &key);
    txn_put(source->txn, &key, buf_str(out));
    txn_notify(source->txn, str_from(jobs_topic), 1);
    return serial;
}

void sqs_job_delete(const struct source *source, int64_t due_ms, uint64_t serial)
{
    struct key key;
    job_key(source, due_ms, serial, &key);
    txn_delete(source->txn, &key);
}

uint64_t sqs_job_expire(const struct source *source, int64_t due_ms, const struct queue *queue)
{
    struct buf out = begin(source, "expire");
    reply_str(&out, "queue", queue->name);
    reply_i64(&out, "id", (int64_t)queue->id);
    return add(source, due_ms, &out);
}

void sqs_job_move(const struct source *source, int64_t due_ms, str queue_name, uint64_t task)
{
    struct buf out = begin(source, "move");
    reply_str(&out, "queue", queue_name);
    reply_i64(&out, "id", (int64_t)task);
    (void)add(source, due_ms, &out);
}

/* ---- removing ranges ---- */

static str key_hex(const struct source *source, str key)
{
    return sqs_hex_text(sqs_work_arena(source), (const unsigned char *)key.ptr, key.len);
}

void sqs_job_clean(const struct source *source, int64_t due_ms, const struct key *prefixes,
                   size_t count)
{
    struct buf out = begin(source, "clean");
    reply_name(&out, "ranges");
    for (size_t i = 0; i < count; i++) {
        buf_add_char(&out, i == 0 ? '[' : ',');
        json_write_str(&out, key_hex(source, key_str(&prefixes[i])));
    }
    buf_add_char(&out, ']');
    (void)add(source, due_ms, &out);
}

void sqs_job_clean_queue(const struct source *source, uint64_t id)
{
    static const enum key_tag tags[] = { KEY_QUEUE_NOTE,    KEY_QUEUE_ORDER, KEY_QUEUE_HIDDEN,
                                         KEY_MESSAGE_STATE, KEY_QUEUE_GROUP, KEY_MESSAGE };
    enum { TAGS = sizeof tags / sizeof *tags };
    struct key *prefixes = arena_array(sqs_work_arena(source), TAGS, sizeof(struct key));
    for (size_t i = 0; i < TAGS; i++) {
        key_begin(&prefixes[i], source->number, tags[i]);
        key_add_u64(&prefixes[i], id);
    }
    sqs_job_clean(source, source->now_ms, prefixes, TAGS);
}

static void read_key(const struct source *source, str hex, struct key *key)
{
    str bytes;
    if (!sqs_hex_decode(sqs_work_arena(source), hex, &bytes) || bytes.len == 0 ||
        bytes.len > sizeof key->bytes)
        fatal("a job does not decode");
    memcpy(key->bytes, bytes.ptr, bytes.len);
    key->len = (uint16_t)bytes.len;
}

struct cleaning {
    struct key last; /* the last that was deleted; where the next piece begins */
    bool any;
    size_t records, bytes;
};

/* False if the piece is full before the end of the range. */
static bool clean_range(const struct source *source, const struct key *from, struct key *to,
                        struct cleaning *cleaning)
{
    str key, value;
    bool all = true;
    key_range_end(to);
    struct store_cursor *cursor = source_scan(source, from, to, false);
    while (all && store_cursor_next(cursor, &key, &value)) {
        ASSERT_CMP(key.len, <=, sizeof cleaning->last.bytes);
        memcpy(cleaning->last.bytes, key.ptr, key.len);
        cleaning->last.len = (uint16_t)key.len;
        cleaning->any = true;
        txn_delete(source->txn, &cleaning->last);
        cleaning->records++;
        cleaning->bytes += value.len;
        all = cleaning->records < SQS_PIECE_RECORDS_MAX && cleaning->bytes < SQS_PIECE_BYTES_MAX;
    }
    store_cursor_close(cursor);
    return all;
}

static void clean_again(const struct source *source, json ranges, size_t first,
                        const struct cleaning *cleaning)
{
    struct buf out = begin(source, "clean");
    reply_name(&out, "ranges");
    for (size_t i = first; i < json_count(ranges); i++) {
        buf_add_char(&out, i == first ? '[' : ',');
        json_write(&out, json_at(ranges, i));
    }
    buf_add_char(&out, ']');
    if (cleaning->any) reply_str(&out, "from", key_hex(source, key_str(&cleaning->last)));
    (void)add(source, source->now_ms, &out);
}

static void clean_piece(const struct source *source, json job)
{
    const json *ranges = json_find(job, STR("ranges"));
    struct cleaning *cleaning = ARENA_NEW(sqs_work_arena(source), struct cleaning);
    struct key from, to;
    str start = json_str_or(job, STR("from"), STR(""));
    if (!ranges) fatal("a job does not decode");
    for (size_t i = 0; i < json_count(*ranges); i++) {
        str prefix = json_str(json_at(*ranges, i));
        read_key(source, prefix, &to);
        read_key(source, i == 0 && start.len > 0 ? start : prefix, &from);
        if (clean_range(source, &from, &to, cleaning)) continue;
        clean_again(source, *ranges, i, cleaning);
        return;
    }
}

/* ---- the call ---- */

static void run(const struct source *source, json job)
{
    str kind = json_str_or(job, STR("job"), STR(""));
    if (str_eq(kind, STR("expire")))
        sqs_expire_piece(source, job);
    else if (str_eq(kind, STR("move")))
        sqs_move_piece(source, job);
    else if (str_eq(kind, STR("clean")))
        clean_piece(source, job);
    else
        fatal("a job of SQS is of no known kind");
}

/* The first job: its key and record; false if there is none. */
static bool first_job(const struct source *source, struct key *key, int64_t *due_ms, str *record)
{
    struct key from, to;
    struct key_reader fields;
    str found, value;
    uint64_t queue, due;
    uint8_t section;
    key_begin(&from, source->number, KEY_QUEUE_NOTE);
    key_add_u64(&from, 0);
    key_add_u8(&from, NOTE_JOB);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool any = store_cursor_next(cursor, &found, &value);
    if (any) {
        if (!key_read_begin(&fields, found) || !key_read_u64(&fields, &queue) ||
            !key_read_u8(&fields, &section) || !key_read_u64(&fields, &due))
            fatal("the key of a job does not decode");
        memcpy(key->bytes, found.ptr, found.len);
        key->len = (uint16_t)found.len;
        *due_ms = (int64_t)due;
        *record = arena_str(sqs_work_arena(source), value);
    }
    store_cursor_close(cursor);
    return any;
}

static enum handled handle_jobs(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct key key;
    int64_t due_ms = INT64_MAX;
    str record;
    if (first_job(&source, &key, &due_ms, &record) && due_ms <= source.now_ms) {
        txn_delete(txn, &key);
        run(&source, sqs_record_parse(&source, record));
        due_ms = source.now_ms;
    }
    return txn_wait(txn, request, str_from(jobs_topic), due_ms, err);
}

static const struct shape_field no_fields[] = { { .name = STR_INIT("none") } };
static const struct shape no_shape = { .fields = no_fields, .field_count = 0, .name = "Jobs" };

const struct operation sqs_jobs_operation = {
    .name = STR_INIT("Jobs"),
    .input = &no_shape,
    .write = handle_jobs,
};

void sqs_jobs_start(struct shard *shard)
{
    shard_submit_own(shard, &sqs_jobs_operation, (json){ .kind = JSON_OBJECT });
}
