/* ListSubscriptions and ListSubscriptionsByTopic: walks over the records of subscriptions, which
 * are ordered by topic. */
#include "services/sns/internal.h"

struct walk {
    struct source source;
    struct page page;
    struct buf *out;
    struct topic topic; /* of the entry before */
    bool topic_exists;
    size_t count;
    str position;
};

static void reply_entry(struct walk *walk, const struct subscription *subscription)
{
    struct buf *out = walk->out;
    if (walk->count++ > 0) buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "SubscriptionArn",
              subscription->pending ? STR("PendingConfirmation")
                                    : sns_subscription_arn_text(&walk->source, subscription->topic,
                                                                subscription->id));
    reply_str(out, "Owner", shard_account(walk->source.shard));
    reply_str(out, "Protocol", subscription->protocol);
    reply_str(out, "Endpoint", subscription->endpoint);
    reply_str(out, "TopicArn", sns_topic_arn_text(&walk->source, subscription->topic));
    reply_close(out);
}

/* False for what is left of a deleted topic. */
static bool is_alive(struct walk *walk, const struct subscription *subscription)
{
    if (!str_eq(walk->topic.name, subscription->topic)) {
        walk->topic_exists = topic_load(&walk->source, subscription->topic, &walk->topic);
        walk->topic.name = subscription->topic;
    }
    return walk->topic_exists && walk->topic.id == subscription->topic_id;
}

/* Positions are "TOPIC ID" of the last entry shown. */
static void begin_behind(struct walk *walk, struct key *from)
{
    str position = walk->page.position;
    size_t space = str_find_char(position, ' ', 0);
    if (space == position.len) return;
    key_subscription(from, walk->source.number, str_slice(position, 0, space),
                     str_skip(position, space + 1));
    key_range_end(from);
}

static void walk_range(struct walk *walk, struct key *from, const struct key *to)
{
    struct key_reader fields;
    str key, value, topic, id;
    bool more = false;
    begin_behind(walk, from);
    reply_name(walk->out, "Subscriptions");
    buf_add_char(walk->out, '[');
    struct store_cursor *cursor = source_scan(&walk->source, from, to, false);
    while (store_cursor_next(cursor, &key, &value)) {
        struct subscription subscription;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &topic) ||
            !key_read_text(&fields, &id))
            fatal("the key of a subscription does not decode");
        more = walk->count == walk->page.limit;
        if (more) break;
        topic = arena_str(walk->source.arena, topic);
        id = arena_str(walk->source.arena, id);
        subscription_decode(&walk->source, topic, id, value, &subscription);
        if (!is_alive(walk, &subscription)) continue;
        reply_entry(walk, &subscription);
        walk->position =
            arena_printf(walk->source.arena, "%.*s %.*s", STR_ARGS(topic), STR_ARGS(id));
    }
    store_cursor_close(cursor);
    buf_add_char(walk->out, ']');
    if (more)
        reply_str(walk->out, "NextToken",
                  page_token_encode(&walk->source, walk->page.scope, walk->position));
}

enum handled handle_list_subscriptions(const struct reader *reader, struct request *request,
                                       struct error *err)
{
    struct walk walk = { .source = source_from_reader(reader, request) };
    struct key from, to;
    if (!sns_page_begin(&walk.source, request->params, STR("ListSubscriptions"), &walk.page, err))
        return HANDLED_FAILED;
    key_begin(&from, walk.source.number, KEY_SUBSCRIPTION);
    to = from;
    key_range_end(&to);
    walk.out = reply_begin(request);
    walk_range(&walk, &from, &to);
    reply_close(walk.out);
    return HANDLED;
}

enum handled handle_list_subscriptions_by_topic(const struct reader *reader,
                                                struct request *request, struct error *err)
{
    struct walk walk = { .source = source_from_reader(reader, request) };
    struct key from, to;
    if (!topic_require(&walk.source, request->params, "TopicArn", &walk.topic, err))
        return HANDLED_FAILED;
    walk.topic_exists = true;
    str scope =
        arena_printf(walk.source.arena, "ListSubscriptionsByTopic %.*s", STR_ARGS(walk.topic.name));
    if (!sns_page_begin(&walk.source, request->params, scope, &walk.page, err))
        return HANDLED_FAILED;
    key_subscription(&from, walk.source.number, walk.topic.name, STR(""));
    to = from;
    key_range_end(&to);
    walk.out = reply_begin(request);
    walk_range(&walk, &from, &to);
    reply_close(walk.out);
    return HANDLED;
}
