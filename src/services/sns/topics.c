/* CreateTopic, DeleteTopic, ListTopics. */
#include "services/sns/internal.h"

/* ---- CreateTopic ---- */

/* On the I/O thread: the first topic needs the key that messages are signed with, and making one
 * takes long. The writer makes it itself only if a workflow creates the very first topic. */
enum handled sns_prepare_create_topic(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    struct source source = source_from_reader(reader, request);
    str key, certificate;
    (void)err;
    if (reader->txn || signing_load(&source, &key)) return HANDLED;
    signing_make(source.arena, reader->now_ms, &key, &certificate);
    struct json_fields made, params;
    json_fields_init(&made, source.arena);
    json_fields_add(&made, STR("key"), json_string(key));
    json_fields_add(&made, STR("certificate"), json_string(certificate));
    json value = json_fields_done(&made);
    value.user = SNS_PREPARED;
    json_fields_from(&params, source.arena, request->params);
    json_fields_add(&params, STR("Prepared"), value);
    request->params = json_fields_done(&params);
    return HANDLED;
}

const json *sns_prepared_of(json params)
{
    const json *value = json_find(params, STR("Prepared"));
    return value && json_is_object(*value) && value->user == SNS_PREPARED ? value : NULL;
}

static void keep_signing_key(struct txn *txn, const struct source *source, json params)
{
    str key, certificate;
    const json *prepared = sns_prepared_of(params);
    if (signing_load(source, &key)) return;
    if (prepared) {
        key = json_str_or(*prepared, STR("key"), STR(""));
        certificate = json_str_or(*prepared, STR("certificate"), STR(""));
    } else {
        signing_make(source->arena, source->now_ms, &key, &certificate);
    }
    signing_store(txn, source, key, certificate);
}

static bool check_name(str name, bool fifo, struct error *err)
{
    if (sns_topic_name_is_valid(name, fifo)) return true;
    if (!fifo) return sns_invalid(err, "Topic Name");
    return sns_invalid(err, "Fifo Topic names must end with .fifo and must be made up of only "
                            "uppercase and lowercase ASCII letters, numbers, underscores, and "
                            "hyphens, and must be between 1 and 256 characters long.");
}

static str reply_arn(struct request *request, const struct source *source, str name)
{
    str arn = sns_topic_arn_text(source, name);
    struct buf *out = reply_begin(request);
    reply_str(out, "TopicArn", arn);
    reply_close(out);
    return arn;
}

/* The topic is there: what was asked for must be what it is, as far as it was said. */
static bool check_same(const struct topic *topic, json attributes, json tags, struct error *err)
{
    for (size_t i = 0; i < json_count(attributes); i++) {
        str value = json_str(json_value_at(attributes, i));
        str name = json_key_at(attributes, i);
        bool flag =
            str_eq(name, STR("FifoTopic")) || str_eq(name, STR("ContentBasedDeduplication"));
        str set = json_str_or(topic->attributes, name, flag ? STR("false") : STR(""));
        if (!str_eq(set, value))
            return sns_invalid(err, "Attributes Reason: Topic already exists with different "
                                    "attributes");
    }
    for (size_t i = 0; i < json_count(tags); i++) {
        bool found = false;
        for (size_t j = 0; j < json_count(topic->tags) && !found; j++)
            found = json_equal(json_at(topic->tags, j), json_at(tags, i));
        if (!found)
            return sns_invalid(err, "Tags Reason: Topic already exists with different tags");
    }
    return true;
}

static bool set_attributes(const struct source *source, struct topic *topic, json attributes,
                           struct error *err)
{
    for (size_t i = 0; i < json_count(attributes); i++)
        if (!topic_attribute_set(source, topic, json_key_at(attributes, i),
                                 json_str(json_value_at(attributes, i)), err))
            return false;
    if (topic_is_true(topic, "FifoTopic") ||
        !sns_has(topic->attributes, STR("ContentBasedDeduplication")))
        return true;
    return sns_invalid(err, "Attributes Reason: Content-based deduplication can only be set for "
                            "FIFO topics");
}

static json member_or_null(json params, str name)
{
    const json *value = json_find(params, name);
    return value ? *value : json_null();
}

enum handled handle_create_topic(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    str name = json_str_or(request->params, STR("Name"), STR(""));
    json attributes = member_or_null(request->params, STR("Attributes"));
    json tags = member_or_null(request->params, STR("Tags"));
    struct topic topic = { .name = name, .created_ms = source.now_ms, .attributes = json_null() };
    struct topic old;
    bool fifo = str_eq(json_str_or(attributes, STR("FifoTopic"), STR("")), STR("true"));
    if (!check_name(name, fifo, err) ||
        !sns_tags_merge(&source, json_null(), tags, &topic.tags, err))
        return HANDLED_FAILED;
    if (topic_load(&source, name, &old)) {
        if (!check_same(&old, attributes, tags, err)) return HANDLED_FAILED;
        reply_arn(request, &source, name);
        return HANDLED;
    }
    if (!set_attributes(&source, &topic, attributes, err)) return HANDLED_FAILED;
    keep_signing_key(txn, &source, request->params);
    topic.id = txn_serial(txn);
    topic_store(txn, &source, &topic);
    reply_arn(request, &source, name);
    return HANDLED;
}

/* ---- DeleteTopic ---- */

/* Deleting what is not there is no error. */
enum handled handle_delete_topic(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct topic topic;
    struct key key;
    if (topic_require(&source, request->params, "TopicArn", &topic, err)) {
        key_topic(&key, source.number, topic.name);
        txn_delete(txn, &key);
        sns_task_forget_topic(txn, &source, &topic);
    } else if (err->code != ERROR_SNS_NOT_FOUND) {
        return HANDLED_FAILED;
    }
    *err = (struct error){ 0 };
    reply_close(reply_begin(request));
    return HANDLED;
}

/* ---- ListTopics ---- */

bool sns_page_begin(const struct source *source, json params, str scope, struct page *page,
                    struct error *err)
{
    str text = json_str_or(params, STR("NextToken"), STR(""));
    *page = (struct page){ .scope = scope, .limit = SNS_LIST_MAX };
    if (text.len == 0) return true;
    if (page_token_decode(source, scope, text, &page->position, err)) return true;
    return sns_invalid(err, "NextToken");
}

enum handled handle_list_topics(const struct reader *reader, struct request *request,
                                struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    if (!sns_page_begin(&source, request->params, STR("ListTopics"), &page, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "Topics");
    buf_add_char(out, '[');
    struct store_cursor *cursor = page_scan_names(&source, &page, KEY_TOPIC);
    str key, value, name, last = STR("");
    struct key_reader fields;
    size_t count = 0;
    bool more = false;
    while (store_cursor_next(cursor, &key, &value)) {
        more = count == page.limit;
        if (more) break;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name))
            fatal("the key of a topic does not decode");
        last = arena_str(source.arena, name);
        if (count++ > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "TopicArn", sns_topic_arn_text(&source, last));
        reply_close(out);
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) reply_str(out, "NextToken", page_token_encode(&source, page.scope, last));
    reply_close(out);
    return HANDLED;
}
