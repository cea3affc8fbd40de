/* OAuth access tokens of connections (client credentials, RFC 6749 section 4.4): asking for one,
 * and keeping it until it expires.
 *
 * KEY_META "oauth-token:CONNECTION-ARN"  {"v":1,"revision":s,"token":"Bearer ...","until":ms}
 * One record per connection that has been used; a changed connection's is not used any more. */
#include "services/integrations/call.h"

enum {
    TOKEN_LIFE_S_DEFAULT = 3600,  /* of an answer that does not say; a 401 ends it before */
    TOKEN_LIFE_S_MAX = 24 * 3600, /* whatever the answer says */
    TOKEN_MARGIN_MS = 60 * 1000,  /* not used in its last minute */
    TOKEN_NAME_BYTES_MAX = 1600,  /* of a connection's ARN; AWS's bound */
};

static bool token_key_of(const struct source *source, str connection, struct key *key)
{
    if (connection.len > TOKEN_NAME_BYTES_MAX ||
        str_find_char(connection, '\0', 0) != connection.len)
        return false;
    key_meta(key, source->number,
             arena_printf(source->arena, "oauth-token:%.*s", STR_ARGS(connection)));
    return true;
}

bool oauth_token_find(const struct source *source, const struct connection *connection,
                      str *credential)
{
    struct key key;
    json record;
    if (!token_key_of(source, connection->arn, &key) || !source_find(source, &key, &record))
        return false;
    if (!str_eq(json_str_or(record, STR("revision"), STR("")), connection->revision)) return false;
    if (json_i64_or(record, STR("until"), 0) - TOKEN_MARGIN_MS <= source->now_ms) return false;
    return json_find_str(record, STR("token"), credential);
}

void oauth_token_forget(struct txn *txn, const struct source *source, str connection)
{
    struct key key;
    if (token_key_of(source, connection, &key)) txn_delete(txn, &key);
}

static void token_keep(struct txn *txn, const struct source *source,
                       const struct connection *connection, str credential, int64_t life_s)
{
    struct key key;
    struct json_fields fields;
    if (!token_key_of(source, connection->arn, &key)) return;
    json_fields_init(&fields, source->arena);
    json_fields_add(&fields, STR("v"), json_i64(source->arena, 1));
    json_fields_add(&fields, STR("revision"), json_string(connection->revision));
    json_fields_add(&fields, STR("token"), json_string(credential));
    json_fields_add(&fields, STR("until"), json_i64(source->arena, source->now_ms + life_s * 1000));
    txn_put(txn, &key, json_text(source->arena, json_fields_done(&fields)));
}

/* ---- asking ---- */

static void add_pair(struct buf *form, str name, str value)
{
    if (form->len) buf_add_char(form, '&');
    integration_form_text(form, name);
    buf_add_char(form, '=');
    integration_form_text(form, value);
}

/* Client id and secret with what the connection adds, which wins. */
static str token_form(struct arena *arena, const struct connection *connection,
                      const struct connection_parameter *added, size_t count)
{
    const struct connection_parameter own[] = {
        { STR("grant_type"), STR("client_credentials") },
        { STR("client_id"), connection->name },
        { STR("client_secret"), connection->secret },
    };
    struct buf form;
    buf_init(&form, arena);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        bool replaced = false;
        for (size_t k = 0; k < count; k++)
            replaced = replaced || str_eq(added[k].name, own[i].name);
        if (!replaced) add_pair(&form, own[i].name, own[i].value);
    }
    for (size_t i = 0; i < count; i++)
        add_pair(&form, added[i].name, added[i].value);
    return buf_str(&form);
}

json oauth_token_request(struct arena *arena, const struct connection *connection, str region)
{
    const struct connection_extras *extras = &connection->token;
    bool in_url = str_eq(connection->token_method, STR("GET"));
    str form = token_form(arena, connection, extras->body, extras->body_count);
    struct json_fields request, headers;
    struct buf url, query;
    buf_init(&query, arena);
    if (in_url) buf_add(&query, form);
    for (size_t i = 0; i < extras->query_count; i++)
        add_pair(&query, extras->query[i].name, extras->query[i].value);
    buf_init(&url, arena);
    buf_add(&url, connection->token_endpoint);
    bool has_query = str_find_char(buf_str(&url), '?', 0) < url.len;
    if (query.len) buf_add_char(&url, has_query ? '&' : '?');
    buf_add(&url, buf_str(&query));

    json_fields_init(&headers, arena);
    if (!in_url)
        json_fields_add(&headers, STR("Content-Type"),
                        json_string(STR("application/x-www-form-urlencoded")));
    json_fields_add(
        &headers, STR("User-Agent"),
        json_string(arena_printf(arena, "Amazon|StepFunctions|HttpInvoke|%.*s", STR_ARGS(region))));
    for (size_t i = 0; i < extras->header_count; i++)
        json_fields_add(&headers, extras->headers[i].name, json_string(extras->headers[i].value));
    json_fields_init(&request, arena);
    json_fields_add(&request, STR("method"), json_string(connection->token_method));
    json_fields_add(&request, STR("url"), json_string(buf_str(&url)));
    json_fields_add(&request, STR("headers"), json_fields_done(&headers));
    if (!in_url) json_fields_add(&request, STR("body"), json_string(form));
    json_fields_add(&request, STR("timeoutMs"), json_i64(arena, INTEGRATION_TIMEOUT_MS));
    json_fields_add(&request, STR("bodyMax"), json_i64(arena, INTEGRATION_TOKEN_BYTES_MAX));
    json_fields_add(&request, STR("allowLocal"), json_bool(true));
    return json_fields_done(&request);
}

/* A token goes into a header: no more than RFC 6750 has. */
static bool is_token_text(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] == 0x7F) return false;
    return text.len > 0;
}

bool oauth_token_take(struct txn *txn, const struct source *source,
                      const struct connection *connection, const struct effect_result *result,
                      str *credential)
{
    struct error err = { 0 };
    json answer;
    str body = arena_str(source->arena, result->body), access;
    if (!result->ok || result->status < 200 || result->status >= 300 ||
        !json_parse(body, source->arena, &answer, &err) ||
        !json_find_str(answer, STR("access_token"), &access) || !is_token_text(access))
        return false;
    str type = json_str_or(answer, STR("token_type"), STR("Bearer"));
    bool bearer = !is_token_text(type) || str_eq(type, STR("bearer"));
    *credential = arena_printf(source->arena, "%.*s %.*s", STR_ARGS(bearer ? STR("Bearer") : type),
                               STR_ARGS(access));
    int64_t life_s = json_i64_or(answer, STR("expires_in"), TOKEN_LIFE_S_DEFAULT);
    if (life_s > TOKEN_LIFE_S_MAX) life_s = TOKEN_LIFE_S_MAX;
    if (life_s > 0) token_keep(txn, source, connection, *credential, life_s);
    return true;
}
