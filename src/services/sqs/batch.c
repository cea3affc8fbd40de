/* Batches: what is checked of the whole, and the answer in two lists. */
#include "services/sqs/internal.h"

static bool is_good_id(str id)
{
    if (id.len == 0 || id.len > SQS_NAME_CHARS_MAX) return false;
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '_' || c == '-';
        if (!good) return false;
    }
    return true;
}

str sqs_batch_id(const struct batch *batch, size_t index)
{
    return json_str_or(json_at(batch->entries, index), STR("Id"), STR(""));
}

static bool check_id(const struct source *source, const struct batch *batch, size_t index,
                     const char *entry, struct error *err)
{
    str id;
    if (!json_find_str(json_at(batch->entries, index), STR("Id"), &id))
        return sqs_fail_missing(source, err,
                                arena_printf(source->arena, "%s.%zu.Id", entry, index + 1));
    if (!is_good_id(id))
        return error_set(err, ERROR_SQS_INVALID_BATCH_ENTRY_ID,
                         "A batch entry id can only contain alphanumeric characters, hyphens and "
                         "underscores. It can be at most 80 letters long.");
    for (size_t i = 0; i < index; i++)
        if (str_eq(sqs_batch_id(batch, i), id))
            return error_set(err, ERROR_SQS_BATCH_ENTRY_IDS_NOT_DISTINCT, "Id %.*s repeated.",
                             STR_ARGS(id));
    return true;
}

bool sqs_batch_begin(const struct source *source, json params, const char *entry,
                     struct batch *batch, struct error *err)
{
    const json *entries = json_find(params, STR("Entries"));
    size_t count = entries ? json_count(*entries) : 0;
    if (count == 0)
        return error_set(err, ERROR_SQS_EMPTY_BATCH_REQUEST,
                         "There should be at least one %s in the request.", entry);
    if (count > SQS_BATCH_MAX)
        return error_set(err, ERROR_SQS_TOO_MANY_ENTRIES_IN_BATCH_REQUEST,
                         "Maximum number of entries per request are %d. You have sent %zu.",
                         SQS_BATCH_MAX, count);
    batch->entries = *entries;
    for (size_t i = 0; i < count; i++)
        if (!check_id(source, batch, i, entry, err)) return false;
    buf_init(&batch->good, source->arena);
    buf_init(&batch->bad, source->arena);
    return true;
}

static void begin_item(struct buf *out, str id)
{
    if (out->len > 0) buf_add_char(out, ',');
    reply_open(out);
    reply_str(out, "Id", id);
}

struct buf *sqs_batch_good(struct batch *batch, size_t index)
{
    begin_item(&batch->good, sqs_batch_id(batch, index));
    return &batch->good;
}

void sqs_batch_bad(struct batch *batch, size_t index, const struct error *err)
{
    begin_item(&batch->bad, sqs_batch_id(batch, index));
    reply_bool(&batch->bad, "SenderFault", error_http_status(err->code) < 500);
    reply_str(&batch->bad, "Code", error_name(err->code));
    reply_str(&batch->bad, "Message", error_text(err));
    reply_close(&batch->bad);
}

static void add_list(struct buf *out, const char *name, const struct buf *items)
{
    reply_name(out, name);
    buf_add_char(out, '[');
    buf_add(out, buf_str(items));
    buf_add_char(out, ']');
}

void sqs_batch_reply(struct batch *batch, struct request *request)
{
    struct buf *out = reply_begin(request);
    add_list(out, "Successful", &batch->good);
    add_list(out, "Failed", &batch->bad);
    reply_close(out);
}
