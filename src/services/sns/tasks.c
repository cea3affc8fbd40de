/* Work that is too much for one transaction: the subscribers behind the first of a message, and
 * what a deleted topic leaves. A task is a record; whoever writes one submits a run, which does a
 * piece of the oldest task and submits the next run while there are tasks. After a crash the first
 * run comes from the start of the server, so nothing is lost.
 *
 * KEY_META "sns.task.N"  {"v":1,"task":"deliver","topic":name,"id":n,"after":uuid,"message":{...}}
 *                        {"v":1,"task":"forget","topic":name,"id":n,"after":uuid}
 */
#include "services/sns/internal.h"

static enum handled run_task(struct txn *txn, struct request *request, struct error *err);

static const struct operation run_operation = {
    .name = STR_INIT("RunSnsTask"),
    .input = &shape_sns_anything,
    .write = run_task,
};

static void submit(struct shard *shard)
{
    shard_submit_own(shard, &run_operation, (json){ .kind = JSON_OBJECT });
}

void sns_tasks_start(struct shard *shard)
{
    submit(shard);
}

/* ---- records ---- */

static void task_key(struct txn *txn, const struct source *source, struct key *key)
{
    key_meta(key, source->number,
             arena_printf(source->arena, "sns.task.%016llx", (unsigned long long)txn_serial(txn)));
}

static void put_deliver(struct txn *txn, const struct source *source, const struct key *key,
                        const struct message *message, str after)
{
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "task", STR("deliver"));
    reply_str(&out, "topic", message->topic->name);
    reply_i64(&out, "id", (int64_t)message->topic->id);
    reply_str(&out, "after", after);
    reply_json(&out, "message", sns_message_encode(source, message));
    reply_close(&out);
    txn_put(txn, key, buf_str(&out));
}

void sns_task_deliver(struct txn *txn, const struct source *source, const struct message *message,
                      str after)
{
    struct key key;
    task_key(txn, source, &key);
    put_deliver(txn, source, &key, message, after);
    submit(source->shard);
}

static void put_forget(struct txn *txn, const struct source *source, const struct key *key,
                       str topic, uint64_t id, str after)
{
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_str(&out, "task", STR("forget"));
    reply_str(&out, "topic", topic);
    reply_i64(&out, "id", (int64_t)id);
    reply_str(&out, "after", after);
    reply_close(&out);
    txn_put(txn, key, buf_str(&out));
}

void sns_task_forget_topic(struct txn *txn, const struct source *source, const struct topic *topic)
{
    struct key key;
    task_key(txn, source, &key);
    put_forget(txn, source, &key, topic->name, topic->id, STR(""));
    submit(source->shard);
}

/* ---- pieces ---- */

/* True if the task is over. */
static bool deliver_piece(struct txn *txn, const struct source *source, const struct key *key,
                          json record)
{
    struct topic topic;
    struct message message;
    str after = json_str_or(record, STR("after"), STR(""));
    uint64_t id = (uint64_t)json_i64_or(record, STR("id"), 0);
    str name = json_str_or(record, STR("topic"), STR(""));
    if (!topic_load(source, name, &topic) || topic.id != id) return true;
    sns_message_decode(source, *json_find(record, STR("message")), &topic, &message);
    if (!sns_deliver_some(txn, source, &message, &after)) return true;
    put_deliver(txn, source, key, &message, after);
    return false;
}

static void delete_key(struct txn *txn, str bytes)
{
    struct key key;
    key.len = (uint16_t)bytes.len;
    memcpy(key.bytes, bytes.ptr, bytes.len);
    txn_delete(txn, &key);
}

/* What FIFO topics remember of messages. True if nothing is left of it. */
static bool forget_published(struct txn *txn, const struct source *source, uint64_t topic)
{
    struct key from, to;
    str key, value, keys[SNS_CLEANUPS_PER_TXN_MAX];
    size_t count = 0;
    key_begin(&from, source->number, KEY_PUBLISHED);
    key_add_u64(&from, topic);
    to = from;
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (count < SNS_CLEANUPS_PER_TXN_MAX && store_cursor_next(cursor, &key, &value))
        keys[count++] = arena_str(source->arena, key);
    store_cursor_close(cursor);
    for (size_t i = 0; i < count; i++)
        delete_key(txn, keys[i]);
    return count < SNS_CLEANUPS_PER_TXN_MAX;
}

/* The next subscriptions of the deleted topic behind *after, and no others: a new topic of the same
 * name may be there. True if there are no more. */
static bool forget_subscriptions(struct txn *txn, const struct source *source, str topic,
                                 uint64_t topic_id, str *after)
{
    struct key from, to;
    struct key_reader fields;
    str key, value, ignored, id;
    size_t seen = 0, count = 0;
    struct subscription *old = arena_array(source->arena, SNS_CLEANUPS_PER_TXN_MAX, sizeof *old);
    key_subscription(&to, source->number, topic, STR(""));
    key_subscription(&from, source->number, topic, *after);
    if (after->len > 0) key_range_end(&from);
    key_range_end(&to);
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    while (seen < SNS_CLEANUPS_PER_TXN_MAX && store_cursor_next(cursor, &key, &value)) {
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &ignored) ||
            !key_read_text(&fields, &id))
            fatal("the key of a subscription does not decode");
        *after = arena_str(source->arena, id);
        subscription_decode(source, topic, *after, value, &old[count]);
        count += old[count].topic_id == topic_id;
        seen++;
    }
    store_cursor_close(cursor);
    for (size_t i = 0; i < count; i++)
        subscription_delete(txn, source, &old[i]);
    return seen < SNS_CLEANUPS_PER_TXN_MAX;
}

/* True if the task is over. */
static bool forget_piece(struct txn *txn, const struct source *source, const struct key *key,
                         json record)
{
    str topic = json_str_or(record, STR("topic"), STR(""));
    str after = json_str_or(record, STR("after"), STR(""));
    uint64_t id = (uint64_t)json_i64_or(record, STR("id"), 0);
    if (!forget_published(txn, source, id)) return false;
    if (forget_subscriptions(txn, source, topic, id, &after)) return true;
    put_forget(txn, source, key, topic, id, after);
    return false;
}

/* ---- runs ---- */

static bool find_task(const struct source *source, struct key *out, json *record)
{
    struct key from, to;
    str key, value;
    key_begin(&from, source->number, KEY_META);
    to = from;
    /* The names that begin with "sns.task.": up to the next character. */
    key_add_text(&from, STR("sns.task."));
    key_add_text(&to, STR("sns.task/"));
    struct store_cursor *cursor = source_scan(source, &from, &to, false);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        out->len = (uint16_t)key.len;
        memcpy(out->bytes, key.ptr, key.len);
        *record = source_parse(source, value);
    }
    store_cursor_close(cursor);
    return found;
}

static enum handled run_task(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct key key;
    json record;
    (void)err;
    reply_close(reply_begin(request));
    if (!find_task(&source, &key, &record)) return HANDLED;
    bool deliver = str_eq(json_str_or(record, STR("task"), STR("")), STR("deliver"));
    bool done = deliver ? deliver_piece(txn, &source, &key, record)
                        : forget_piece(txn, &source, &key, record);
    if (done) txn_delete(txn, &key);
    submit(source.shard);
    return HANDLED;
}
