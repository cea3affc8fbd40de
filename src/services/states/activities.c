/* Activities: CreateActivity, DeleteActivity, DescribeActivity, ListActivities, GetActivityTask. */
#include "services/states/states.h"

/* ---- records ---- */

void activity_decode(const struct source *source, str text, struct activity_record *out)
{
    json record = source_parse(source, text);
    const json *encryption = json_find(record, STR("encryption"));
    const json *tags = json_find(record, STR("tags"));
    *out = (struct activity_record){
        .created_ms = json_i64_or(record, STR("created"), 0),
        .encryption = encryption ? *encryption : encryption_default(source),
        .tags = tags ? *tags : json_array(NULL, 0),
    };
}

bool activity_load(const struct source *source, str name, struct activity_record *out)
{
    struct key key;
    str text;
    key_activity(&key, source->number, name);
    if (!source_get(source, &key, &text)) return false;
    activity_decode(source, text, out);
    return true;
}

void activity_store(struct txn *txn, const struct source *source, str name,
                    const struct activity_record *record)
{
    struct key key;
    struct buf out;
    buf_init(&out, source->arena);
    reply_open(&out);
    reply_i64(&out, "v", 1);
    reply_i64(&out, "created", record->created_ms);
    reply_json(&out, "encryption", record->encryption);
    reply_json(&out, "tags", record->tags);
    reply_close(&out);
    key_activity(&key, source->number, name);
    txn_put(txn, &key, buf_str(&out));
}

static bool load_by_arn(const struct source *source, json params, struct arn *arn,
                        struct activity_record *out, struct error *err)
{
    str text = json_str_or(params, STR("activityArn"), STR(""));
    if (!arn_expect(source, text, ARN_ACTIVITY, arn, err)) return false;
    if (arn_is_ours(source, arn) && activity_load(source, arn->name, out)) return true;
    return fail_quoted(source, err, ERROR_ACTIVITY_DOES_NOT_EXIST,
                       "Activity Does Not Exist: ", text);
}

/* ---- create, delete, describe ---- */

enum handled handle_create_activity(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    json params = request->params;
    str name = json_str_or(params, STR("name"), STR(""));
    struct activity_record activity = { .created_ms = source.now_ms }, old;
    if (!name_check(&source, name, err) ||
        !encryption_read(&source, params, &activity.encryption, err))
        return HANDLED_FAILED;
    str arn = arn_activity_text(&source, name);
    if (activity_load(&source, name, &old)) {
        /* API reference: the same name and encryption is answered like the first time. */
        if (!json_equal(old.encryption, activity.encryption)) {
            fail_quoted(&source, err, ERROR_ACTIVITY_ALREADY_EXISTS,
                        "Activity Already Exists: ", arn);
            return HANDLED_FAILED;
        }
        activity = old;
    } else {
        const json *tags = json_find(params, STR("tags"));
        if (!tags_merge(&source, arn, json_null(), tags ? *tags : json_null(), &activity.tags, err))
            return HANDLED_FAILED;
        activity_store(txn, &source, name, &activity);
    }
    struct buf *out = reply_begin(request);
    reply_str(out, "activityArn", arn);
    reply_time(out, "creationDate", activity.created_ms);
    reply_close(out);
    return HANDLED;
}

enum handled handle_delete_activity(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arn arn;
    if (!arn_expect(&source, json_str_or(request->params, STR("activityArn"), STR("")),
                    ARN_ACTIVITY, &arn, err))
        return HANDLED_FAILED;
    if (arn_is_ours(&source, &arn)) {
        struct key key;
        key_activity(&key, source.number, arn.name);
        txn_delete(txn, &key); /* deleting what is not there is no error */
    }
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_describe_activity(const struct reader *reader, struct request *request,
                                      struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct arn arn;
    struct activity_record activity = { 0 };
    if (!load_by_arn(&source, request->params, &arn, &activity, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_str(out, "activityArn", arn.text);
    reply_str(out, "name", arn.name);
    reply_time(out, "creationDate", activity.created_ms);
    reply_json(out, "encryptionConfiguration", activity.encryption);
    reply_close(out);
    return HANDLED;
}

/* ---- the list ---- */

/* By name, as AWS lists them. The position is the last name shown. */
enum handled handle_list_activities(const struct reader *reader, struct request *request,
                                    struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    if (!page_begin(&source, request->params, STR("ListActivities"), &page, err))
        return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_name(out, "activities");
    buf_add_char(out, '[');
    struct store_cursor *cursor = page_scan_names(&source, &page, KEY_ACTIVITY);
    str key, value, name, last = STR("");
    struct key_reader fields;
    size_t count = 0;
    bool more = false;
    while (store_cursor_next(cursor, &key, &value)) {
        struct activity_record activity;
        more = count == page.limit;
        if (more) break;
        if (!key_read_begin(&fields, key) || !key_read_text(&fields, &name))
            fatal("the key of an activity does not decode");
        activity_decode(&source, value, &activity);
        if (count++ > 0) buf_add_char(out, ',');
        last = arena_str(source.arena, name);
        reply_open(out);
        reply_str(out, "activityArn", arn_activity_text(&source, last));
        reply_str(out, "name", last);
        reply_time(out, "creationDate", activity.created_ms);
        reply_close(out);
    }
    store_cursor_close(cursor);
    buf_add_char(out, ']');
    if (more) page_next(&source, &page, out, last);
    reply_close(out);
    return HANDLED;
}

/* ---- workers ---- */

enum handled handle_get_activity_task(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct arn arn;
    struct activity_record activity;
    str worker = STR("");
    if (!load_by_arn(&source, request->params, &arn, &activity, err)) return HANDLED_FAILED;
    if (json_find_str(request->params, STR("workerName"), &worker) &&
        !name_check(&source, worker, err))
        return HANDLED_FAILED;
    return txn_activity_poll(txn, request, arn.name, worker, err);
}
