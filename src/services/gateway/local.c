/* Where APIs are reached: for `baton apis`, and in the environments of functions. */
#include "services/gateway/internal.h"

static str address_of_api(const struct source *source, str api)
{
    return arena_printf(source->arena, "%.*s/apis/%.*s", STR_ARGS(shard_endpoint(source->shard)),
                        STR_ARGS(api));
}

/* ---- addresses of AWS in texts ---- */

static bool is_id(str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9')) return false;
    }
    return text.len > 0 && text.len <= 32;
}

static bool is_ours(const struct source *source, str api)
{
    json record;
    return is_id(api) && (gateway_load(source, STR(""), GATEWAY_REST_API, api, &record) ||
                          gateway_load(source, STR(""), GATEWAY_HTTP_API, api, &record));
}

/* The end of "REGION.amazonaws.com", in whatever partition, that begins at `at`; `at` if there is
 * none. */
static size_t host_end(str text, size_t at)
{
    size_t end = at;
    while (end < text.len) {
        char c = text.ptr[end];
        bool is_host = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        if (!is_host) break;
        end++;
    }
    str host = str_slice(text, at, end);
    return str_ends_with(host, STR(".amazonaws.com")) ||
                   str_ends_with(host, STR(".amazonaws.com.cn"))
               ? end
               : at;
}

str gateway_local_addresses(const struct source *source, str text)
{
    static const str scheme = STR_INIT("https://"), middle = STR_INIT(".execute-api.");
    struct buf out;
    if (str_find(text, middle, 0) == text.len) return text;
    buf_init(&out, source->arena);
    while (text.len > 0) {
        size_t at = str_find(text, scheme, 0), dot = str_find(text, middle, at);
        if (dot == text.len) break;
        str api = str_slice(text, at + scheme.len, dot);
        size_t from = dot + middle.len, end = host_end(text, from);
        if (end > from && is_ours(source, api)) {
            buf_add(&out, str_slice(text, 0, at));
            buf_add(&out, address_of_api(source, api));
        } else {
            end = at + scheme.len;
            buf_add(&out, str_slice(text, 0, end));
        }
        text = str_skip(text, end);
    }
    buf_add(&out, text);
    return buf_str(&out);
}

/* ---- Baton's own operations ---- */

enum handled handle_list_addresses(const struct reader *reader, struct request *request,
                                   struct error *err)
{
    static const struct {
        enum gateway_kind kind;
        const char *id;
    } kinds[] = { { GATEWAY_HTTP_API, "apiId" }, { GATEWAY_REST_API, "id" } };
    struct source source = source_from_reader(reader, request);
    (void)err;
    struct buf *out = reply_begin(request);
    struct json_list ids;
    json_list_init(&ids, source.arena);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        json all = gateway_list(&source, STR(""), kinds[i].kind);
        for (size_t k = 0; k < json_count(all); k++)
            json_list_add(&ids, json_member_of(json_at(all, k), str_from(kinds[i].id)));
    }
    reply_json(out, "items", json_list_done(&ids));
    reply_close(out);
    return HANDLED;
}

/* "GET /x, POST /y" of a deployment. */
static json routes_of(const struct source *source, str api, str deployment)
{
    struct json_list list;
    json table = json_empty();
    json_list_init(&list, source->arena);
    (void)gateway_load(source, api, GATEWAY_TABLE, deployment, &table);
    json routes = json_member_of(table, STR("routes"));
    for (size_t i = 0; i < json_count(routes); i++)
        json_list_add(
            &list, json_string(arena_printf(source->arena, "%.*s %.*s",
                                            STR_ARGS(json_text_of(json_at(routes, i), STR("m"))),
                                            STR_ARGS(json_text_of(json_at(routes, i), STR("p"))))));
    return json_list_done(&list);
}

static json stages_of(const struct source *source, str api, str *addresses)
{
    struct buf text;
    json stages = gateway_list(source, api, GATEWAY_STAGE), out = json_empty();
    buf_init(&text, source->arena);
    for (size_t i = 0; i < json_count(stages); i++) {
        json stage = json_at(stages, i);
        str name = json_text_of(stage, STR("stageName"));
        bool is_default = str_eq(name, STR("$default"));
        bool is_live = json_bool_or(stage, STR("autoDeploy"), false);
        str deployment = is_live ? GATEWAY_LIVE : json_text_of(stage, STR("deploymentId"));
        out = json_with(source->arena, out, name, routes_of(source, api, deployment));
        if (text.len > 0) buf_add_char(&text, ' ');
        buf_add(&text, address_of_api(source, api));
        if (is_default) continue;
        buf_add_char(&text, '/');
        buf_add(&text, name);
    }
    *addresses = buf_str(&text);
    return out;
}

enum handled handle_describe_address(const struct reader *reader, struct request *request,
                                     struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json record;
    str addresses, id = json_text_of(request->params, STR("apiId"));
    bool is_rest = gateway_load(&source, STR(""), GATEWAY_REST_API, id, &record);
    if (!is_rest && !gateway_load(&source, STR(""), GATEWAY_HTTP_API, id, &record)) {
        (void)gateway_missing(&source, "API", id, err);
        return HANDLED_FAILED;
    }
    json stages = stages_of(&source, id, &addresses);
    struct buf *out = reply_begin(request);
    reply_str(out, "apiId", id);
    reply_str(out, "name", json_text_of(record, STR("name")));
    reply_str(out, "kind", is_rest ? STR("REST") : STR("HTTP"));
    reply_str(out, "address", addresses.len > 0 ? addresses : STR("no stage"));
    reply_json(out, "stages", stages);
    reply_close(out);
    return HANDLED;
}
