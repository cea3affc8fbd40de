/* PutCallbackName, DescribeCallbackName, ListCallbackNames, DeleteCallbackName: who may answer at
 * /callbacks/NAME/..., and how long answers that nobody waits for yet are kept. */
#include "services/callbacks/operations.h"
#include "services/callbacks/verifier.h"

static bool check_name(str name, struct error *err)
{
    if (name_is_callback_name(name)) return true;
    return error_set(err, ERROR_VALIDATION,
                     "name must be 1 to %d letters, digits, dots, hyphens or underscores.",
                     CALLBACK_NAME_CHARS_MAX);
}

static void write_settings(const struct source *source, const struct callback_name *settings,
                           struct buf *out)
{
    struct mailbox_counts counts;
    mailbox_count(source, settings->name, &counts);
    reply_str(out, "name", settings->name);
    reply_i64(out, "mailboxTtlSeconds", settings->ttl_s);
    reply_i64(out, "mailboxEntriesMax", settings->entries_max);
    reply_i64(out, "mailboxBytesMax", settings->bytes_max);
    if (json_is_object(settings->verifier))
        reply_json(out, "verifier", verifier_redacted(source->arena, settings->verifier));
    if (settings->created_ms > 0) reply_time(out, "creationDate", settings->created_ms);
    if (settings->updated_ms > 0) reply_time(out, "updateDate", settings->updated_ms);
    reply_i64(out, "mailboxEntries", counts.entries);
    reply_i64(out, "mailboxBytes", counts.bytes);
    reply_i64(out, "mailboxDropped", counts.dropped);
    reply_i64(out, "unknownKeys", counts.unknown);
}

static bool read_verifier(const struct source *source, json params, struct callback_name *settings,
                          struct error *err)
{
    const json *given = json_find(params, STR("verifier"));
    if (!given) return true;
    json verifier = *given;
    if (!json_is_null(verifier)) {
        verifier = verifier_keep_secrets(source->arena, verifier, settings->verifier);
        if (!verifier_valid(verifier, err)) return false;
    }
    settings->verifier = verifier;
    return true;
}

/* What is not given stays as it is, or is the default. */
enum handled handle_put_callback_name(struct txn *txn, struct request *request, struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct callback_name settings;
    json params = request->params;
    str name = json_str_or(params, STR("name"), STR(""));
    if (!check_name(name, err)) return HANDLED_FAILED;
    bool found = callback_name_load(&source, name, &settings);
    settings.name = name;
    settings.ttl_s = json_i64_or(params, STR("mailboxTtlSeconds"), settings.ttl_s);
    settings.entries_max = json_i64_or(params, STR("mailboxEntriesMax"), settings.entries_max);
    settings.bytes_max = json_i64_or(params, STR("mailboxBytesMax"), settings.bytes_max);
    if (!read_verifier(&source, params, &settings, err)) return HANDLED_FAILED;
    if (!found) settings.created_ms = source.now_ms;
    settings.updated_ms = source.now_ms;
    callback_name_store(txn, &settings);
    struct buf *out = reply_begin(request);
    write_settings(&source, &settings, out);
    reply_close(out);
    return HANDLED;
}

enum handled handle_describe_callback_name(const struct reader *reader, struct request *request,
                                           struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct callback_name settings;
    str name = json_str_or(request->params, STR("name"), STR(""));
    if (!check_name(name, err)) return HANDLED_FAILED;
    (void)callback_name_load(&source, name, &settings);
    settings.name = name;
    struct buf *out = reply_begin(request);
    write_settings(&source, &settings, out);
    reply_close(out);
    return HANDLED;
}

enum handled handle_delete_callback_name(struct txn *txn, struct request *request,
                                         struct error *err)
{
    str name = json_str_or(request->params, STR("name"), STR(""));
    if (!check_name(name, err)) return HANDLED_FAILED;
    if (!callback_name_delete(txn, name)) {
        error_set(err, ERROR_RESOURCE_NOT_FOUND, "The name has no settings.");
        return HANDLED_FAILED;
    }
    reply_close(reply_begin(request));
    return HANDLED;
}

enum handled handle_list_callback_names(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct page page;
    if (!page_begin(&source, request->params, STR("ListCallbackNames"), &page, err))
        return HANDLED_FAILED;
    struct callback_name *names = arena_array(source.arena, page.limit + 1, sizeof *names);
    size_t count = callback_name_list(&source, page.position, names, page.limit + 1);
    struct buf *out = reply_begin(request);
    reply_name(out, "names");
    buf_add_char(out, '[');
    for (size_t i = 0; i < count && i < page.limit; i++) {
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        write_settings(&source, &names[i], out);
        reply_close(out);
    }
    buf_add_char(out, ']');
    if (count > page.limit) page_next(&source, &page, out, names[page.limit - 1].name);
    reply_close(out);
    return HANDLED;
}
