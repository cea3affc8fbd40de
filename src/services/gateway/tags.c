/* Tags of everything that has an ARN, and the settings of the account. */
#include "base/limits.h"
#include "services/gateway/internal.h"

/* ---- the account, tags ---- */

enum handled handle_get_account(const struct reader *reader, struct request *request,
                                struct error *err)
{
    (void)reader;
    (void)err;
    buf_init(&request->reply, &request->arena);
    buf_add(&request->reply, STR("{\"apiKeyVersion\":\"4\",\"features\":[\"UsagePlans\"],"
                                 "\"throttleSettings\":{\"burstLimit\":5000,\"rateLimit\":10000.0}"
                                 "}"));
    return HANDLED;
}

/* What an ARN ("arn:aws:apigateway:us-east-1::/restapis/ID/stages/NAME") names. */
struct tagged {
    str owner, id;
    enum gateway_kind kind;
    json record;
};

static bool find_tagged(const struct source *source, json params, const char *parameter,
                        struct tagged *out, struct error *err)
{
    static const struct {
        str path;
        enum gateway_kind kind;
    } rows[] = {
        { STR_INIT("/restapis/"), GATEWAY_REST_API },
        { STR_INIT("/apis/"), GATEWAY_HTTP_API },
        { STR_INIT("/apikeys/"), GATEWAY_KEY },
        { STR_INIT("/usageplans/"), GATEWAY_PLAN },
    };
    str arn = json_text_of(params, str_from(parameter));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t at = str_find(arn, rows[i].path, 0);
        if (at == arn.len) continue;
        str rest = str_skip(arn, at + rows[i].path.len);
        size_t slash = str_find_char(rest, '/', 0);
        *out = (struct tagged){ .id = str_slice(rest, 0, slash), .kind = rows[i].kind };
        if (str_starts_with(str_skip(rest, slash), STR("/stages/"))) {
            out->owner = out->id;
            out->id = str_skip(rest, slash + strlen("/stages/"));
            out->kind = GATEWAY_STAGE;
        }
        if (gateway_load(source, out->owner, out->kind, out->id, &out->record)) return true;
        break;
    }
    return error_set(err, ERROR_GATEWAY_NOT_FOUND, "Invalid resource ARN specified");
}

static enum handled tags_of(const struct reader *reader, struct request *request,
                            const char *parameter, struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct tagged tagged;
    if (!find_tagged(&source, request->params, parameter, &tagged, err)) return HANDLED_FAILED;
    struct buf *out = reply_begin(request);
    reply_json(out, "tags", json_object_of(tagged.record, STR("tags")));
    reply_close(out);
    return HANDLED;
}

static enum handled change_tags(struct txn *txn, struct request *request, const char *parameter,
                                struct error *err)
{
    struct source source = source_from_txn(txn, &request->arena);
    struct tagged tagged;
    if (!find_tagged(&source, request->params, parameter, &tagged, err)) return HANDLED_FAILED;
    json tags = json_object_of(tagged.record, STR("tags"));
    json added = json_object_of(request->params, STR("tags"));
    json keys = json_member_of(request->params, STR("tagKeys"));
    for (size_t i = 0; i < json_count(added) && i <= GATEWAY_TAGS_MAX; i++)
        tags = json_with(source.arena, tags, json_key_at(added, i), json_value_at(added, i));
    for (size_t i = 0; json_is_array(keys) && i < json_count(keys); i++)
        if (json_is_string(json_at(keys, i)))
            tags = json_without(source.arena, tags, json_str(json_at(keys, i)));
    if (json_count(tags) > GATEWAY_TAGS_MAX) {
        (void)error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Tags should be less than or equal to %d",
                        GATEWAY_TAGS_MAX);
        return HANDLED_FAILED;
    }
    gateway_store(txn, tagged.owner, tagged.kind, tagged.id,
                  json_with(source.arena, tagged.record, STR("tags"), tags));
    buf_init(&request->reply, &request->arena);
    return HANDLED;
}

enum handled handle_rest_tags(const struct reader *reader, struct request *request,
                              struct error *err)
{
    return tags_of(reader, request, "resource_arn", err);
}

enum handled handle_http_tags(const struct reader *reader, struct request *request,
                              struct error *err)
{
    return tags_of(reader, request, "resource-arn", err);
}

enum handled handle_rest_tag(struct txn *txn, struct request *request, struct error *err)
{
    return change_tags(txn, request, "resource_arn", err);
}

enum handled handle_http_tag(struct txn *txn, struct request *request, struct error *err)
{
    return change_tags(txn, request, "resource-arn", err);
}

enum handled handle_rest_untag(struct txn *txn, struct request *request, struct error *err)
{
    return change_tags(txn, request, "resource_arn", err);
}

enum handled handle_http_untag(struct txn *txn, struct request *request, struct error *err)
{
    return change_tags(txn, request, "resource-arn", err);
}
