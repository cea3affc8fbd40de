/* A connection of EventBridge as http:invoke wants it: its kind of authorisation, its secrets, and
 * what it adds to requests. Source: CreateConnection in the EventBridge API reference. */
#include "services/events/events.h"
#include "services/integrations/call.h"

static json member(json object, str name)
{
    const json *found = json_find(object, name);
    return found ? *found : json_null();
}

static str text(json object, str name)
{
    return json_str_or(object, name, STR(""));
}

/* [{"Key","Value"}] */
static size_t read_list(struct arena *arena, json list, const struct connection_parameter **out)
{
    size_t count = json_is_array(list) ? json_count(list) : 0;
    struct connection_parameter *items = arena_array(arena, count, sizeof *items);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct connection_parameter){ text(json_at(list, i), STR("Key")),
                                                  text(json_at(list, i), STR("Value")) };
    *out = items;
    return count;
}

/* False if something cannot stand in a header where it has to. */
static bool read_extras(struct arena *arena, json parameters, struct connection_extras *out)
{
    out->header_count =
        read_list(arena, member(parameters, STR("HeaderParameters")), &out->headers);
    out->query_count =
        read_list(arena, member(parameters, STR("QueryStringParameters")), &out->query);
    out->body_count = read_list(arena, member(parameters, STR("BodyParameters")), &out->body);
    for (size_t i = 0; i < out->header_count; i++)
        if (!header_name_is_valid(out->headers[i].name) ||
            !header_text_is_valid(out->headers[i].value))
            return false;
    return true;
}

static bool read_authorization(json record, struct connection *out)
{
    str type = text(record, STR("authorizationType"));
    json parameters = member(record, STR("authParameters"));
    if (str_eq(type, STR("BASIC"))) {
        json basic = member(parameters, STR("BasicAuthParameters"));
        out->auth = CONNECTION_BASIC;
        out->name = text(basic, STR("Username"));
        out->secret = text(basic, STR("Password"));
        return true;
    }
    if (str_eq(type, STR("API_KEY"))) {
        json key = member(parameters, STR("ApiKeyAuthParameters"));
        out->auth = CONNECTION_API_KEY;
        out->name = text(key, STR("ApiKeyName"));
        out->secret = text(key, STR("ApiKeyValue"));
        return header_name_is_valid(out->name) && header_text_is_valid(out->secret);
    }
    json oauth = member(parameters, STR("OAuthParameters"));
    json client = member(oauth, STR("ClientParameters"));
    out->auth = CONNECTION_OAUTH;
    out->name = text(client, STR("ClientID"));
    out->secret = text(client, STR("ClientSecret"));
    out->token_endpoint = text(oauth, STR("AuthorizationEndpoint"));
    out->token_method = json_str_or(oauth, STR("HttpMethod"), STR("POST"));
    return out->token_endpoint.len > 0;
}

enum connection_state connection_find(const struct source *source, str arn, struct connection *out)
{
    json record;
    if (!events_connection(source, arn, &record)) return CONNECTION_MISSING;
    struct connection found = { .arn = arn, .revision = text(record, STR("revision")) };
    json parameters = member(record, STR("authParameters"));
    json oauth = member(parameters, STR("OAuthParameters"));
    if (!str_eq(text(record, STR("state")), STR("AUTHORIZED")) ||
        !read_authorization(record, &found) ||
        !read_extras(source->arena, member(parameters, STR("InvocationHttpParameters")),
                     &found.extras) ||
        !read_extras(source->arena, member(oauth, STR("OAuthHttpParameters")), &found.token))
        return CONNECTION_UNAUTHORIZED;
    *out = found;
    return CONNECTION_AUTHORIZED;
}
