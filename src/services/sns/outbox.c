/* The outbox: mails and short messages that AWS would send. Baton keeps the last SNS_OUTBOX_MAX and
 * shows them (ListOutbox, an operation of Baton's own, and `baton outbox`), so that a test can read
 * a mail and open the link in it.
 *
 * KEY_OUTBOX              {"v":1,"at":ms,"type","protocol","endpoint","topicArn",
 *                          "subscriptionArn","messageId","subject","body","url"}
 * KEY_META "sns.outbox"   {"v":1,"count":n} */
#include "services/sns/internal.h"

static void count_key(const struct source *source, struct key *key)
{
    key_meta(key, source->number, STR("sns.outbox"));
}

static void whole_range(const struct source *source, struct key *from, struct key *to)
{
    key_begin(from, source->number, KEY_OUTBOX);
    *to = *from;
    key_range_end(to);
}

static void delete_oldest(struct txn *txn, const struct source *source)
{
    struct key from, to, oldest;
    str key, value;
    whole_range(source, &from, &to);
    struct store_cursor *cursor = source_scan(source, &from, &to, true);
    bool found = store_cursor_next(cursor, &key, &value);
    if (found) {
        oldest.len = (uint16_t)key.len;
        memcpy(oldest.bytes, key.ptr, key.len);
    }
    store_cursor_close(cursor);
    if (found) txn_delete(txn, &oldest);
}

static void make_room(struct txn *txn, const struct source *source)
{
    struct key key;
    json record;
    count_key(source, &key);
    int64_t count = source_find(source, &key, &record) ? json_i64_or(record, STR("count"), 0) : 0;
    if (count >= SNS_OUTBOX_MAX) {
        delete_oldest(txn, source);
        return;
    }
    txn_put(txn, &key,
            arena_printf(source->arena, "{\"v\":1,\"count\":%lld}", (long long)count + 1));
}

void sns_outbox_put(struct txn *txn, const struct source *source, const struct mail *mail)
{
    struct key key;
    struct buf out;
    make_room(txn, source);
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "at", source->now_ms);
    reply_str(&out, "type", str_from(mail->type));
    reply_str(&out, "protocol", mail->protocol);
    reply_str(&out, "endpoint", mail->endpoint);
    reply_str_unless_empty(&out, "topicArn", mail->topic_arn);
    reply_str_unless_empty(&out, "subscriptionArn", mail->subscription_arn);
    reply_str(&out, "messageId", mail->message_id);
    reply_str_unless_empty(&out, "subject", mail->subject);
    reply_str(&out, "body", mail->body);
    reply_str_unless_empty(&out, "url", mail->url);
    reply_close(&out);
    key_outbox(&key, source->number, txn_serial(txn));
    txn_put(txn, &key, buf_str(&out));
}

/* ---- ListOutbox ---- */

static bool read_limit(const struct source *source, json params, size_t *limit, struct error *err)
{
    int64_t number;
    str text = sns_text(source, params, STR("maxResults"));
    *limit = SNS_OUTBOX_PAGE_MAX;
    if (text.len == 0) return true;
    if (!str_to_i64(text, &number) || number < 1 || number > SNS_OUTBOX_PAGE_MAX)
        return sns_invalid(err, "maxResults");
    *limit = (size_t)number;
    return true;
}

static void reply_mail(struct buf *out, json record)
{
    static const char *const names[] = {
        "type",      "protocol", "endpoint", "topicArn", "subscriptionArn",
        "messageId", "subject",  "body",     "url"
    };
    reply_open(out);
    reply_time(out, "date", json_i64_or(record, STR("at"), 0));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        reply_str_unless_empty(out, names[i], json_str_or(record, str_from(names[i]), STR("")));
    reply_close(out);
}

/* The position is the id of the last one shown, in decimal. */
static bool begin(const struct source *source, json params, str scope, struct key *from,
                  struct key *to, struct error *err)
{
    int64_t id;
    str position, text = json_str_or(params, STR("nextToken"), STR(""));
    whole_range(source, from, to);
    if (text.len == 0) return true;
    if (!page_token_decode(source, scope, text, &position, err) || !str_to_i64(position, &id))
        return sns_invalid(err, "nextToken");
    key_outbox(from, source->number, (uint64_t)id);
    key_range_end(from);
    return true;
}

/* Newest first. Of one topic, or of all. At most SNS_OUTBOX_MAX records are looked at. */
enum handled handle_list_outbox(const struct reader *reader, struct request *request,
                                struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct key from, to;
    struct key_reader fields;
    str key, value, last = STR("");
    size_t limit, count = 0;
    uint64_t id;
    bool more = false;
    str topic = json_str_or(request->params, STR("topicArn"), STR(""));
    str scope = arena_printf(source.arena, "ListOutbox %.*s", STR_ARGS(topic));
    if (!read_limit(&source, request->params, &limit, err) ||
        !begin(&source, request->params, scope, &from, &to, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "messages");
    buf_add_char(out, '[');
    struct store_cursor *cursor = source_scan(&source, &from, &to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        json record = source_parse(&source, value);
        str of = json_str_or(record, STR("topicArn"), STR(""));
        if (topic.len > 0 && !str_eq(of, topic)) continue;
        more = count == limit;
        if (more) break;
        if (!key_read_begin(&fields, key) || !key_read_u64(&fields, &id))
            fatal("the key of a mail does not decode");
        id = ~id;
        last = arena_printf(source.arena, "%llu", (unsigned long long)id);
        if (count++ > 0) buf_add_char(out, ',');
        reply_mail(out, record);
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) reply_str(out, "nextToken", page_token_encode(&source, scope, last));
    reply_close(out);
    return HANDLED;
}
