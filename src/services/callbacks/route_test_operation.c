/* TestRoute: what a request would mean by a route, without any effect. */
#include "services/callbacks/route_records.h"

static bool wrong(struct error *err, const char *text)
{
    return error_set(err, ERROR_VALIDATION, "request: %s", text);
}

static bool read_headers(json object, struct arena *arena, struct http_request *out,
                         struct error *err)
{
    const json *headers = json_find(object, STR("headers"));
    size_t count = headers ? json_count(*headers) : 0;
    if (headers && !json_is_object(*headers)) return wrong(err, "'headers' must be an object");
    if (count > HTTP_HEADERS_MAX) return wrong(err, "there are too many 'headers'");
    out->headers = arena_array(arena, count, sizeof *out->headers);
    for (size_t i = 0; i < count; i++) {
        json value = json_value_at(*headers, i);
        if (!json_is_string(value)) return wrong(err, "a header must be a text");
        out->headers[i] = (struct http_header){ json_key_at(*headers, i), json_str(value) };
    }
    out->header_count = count;
    return true;
}

/* {"method","path","query","headers":{...},"body"}: a body that is no text is sent as JSON. */
static bool read_request(json object, str usual_path, struct arena *arena, struct http_request *out,
                         struct error *err)
{
    const json *body = json_find(object, STR("body"));
    if (!json_is_object(object)) return wrong(err, "it must be an object");
    *out = (struct http_request){
        .method = json_str_or(object, STR("method"), STR("POST")),
        .path = json_str_or(object, STR("path"), usual_path),
        .query = json_str_or(object, STR("query"), STR("")),
    };
    size_t question = str_find_char(out->path, '?', 0);
    if (question < out->path.len) {
        out->query = str_skip(out->path, question + 1);
        out->path = str_slice(out->path, 0, question);
    }
    if (body && json_is_string(*body))
        out->body = json_str(*body);
    else if (body && !json_is_null(*body))
        out->body = json_text(arena, *body);
    if (out->body.len > ROUTE_BODY_BYTES_MAX) return wrong(err, "'body' is too large");
    return read_headers(object, arena, out, err);
}

static bool load(const struct source *source, json params, struct route *out, struct error *err)
{
    struct route_record record;
    const json *settings = json_find(params, STR("route"));
    str name = json_str_or(params, STR("routeName"), STR(""));
    if (settings && !json_is_null(*settings))
        return route_compile(name.len > 0 ? name : STR("test"), *settings, source->arena, out, err);
    if (!route_load(source, name, &record))
        return error_set(err, ERROR_RESOURCE_NOT_FOUND, "There is no route %.*s.", STR_ARGS(name));
    return route_compile(name, record.settings, source->arena, out, err);
}

static str kind_word(const struct mapped *mapped)
{
    if (mapped->kind == MAPPED_IGNORED) return STR("ignored");
    if (mapped->kind == MAPPED_UNUSABLE) return STR("unusable");
    switch (mapped->answer.kind) {
    case ANSWER_SUCCESS: return STR("success");
    case ANSWER_FAILURE: return STR("failure");
    case ANSWER_HEARTBEAT: return STR("heartbeat");
    case ANSWER_OUTCOME: return mapped->answer.outcome;
    }
    return STR("");
}

static void write_answer(const struct source *source, struct buf *out, const struct route *route,
                         const struct mapped *mapped)
{
    const struct answer *answer = &mapped->answer;
    struct wait_view wait;
    reply_str(out, "name", route->callback);
    reply_str(out, "key", mapped->key);
    reply_str_unless_empty(out, "messageId", answer->message_id);
    if (answer->kind == ANSWER_SUCCESS || answer->kind == ANSWER_OUTCOME)
        reply_json(out, "output", answer->output);
    if (answer->kind == ANSWER_FAILURE) {
        reply_str_unless_empty(out, "error", answer->error);
        reply_str_unless_empty(out, "cause", answer->cause);
    }
    bool is_awaited = wait_find_by_key(source, route->callback, mapped->key, &wait) && wait.open;
    reply_bool(out, "awaited", is_awaited);
    if (mapped->start_input.len == 0) return;
    reply_name(out, "start");
    reply_open(out);
    reply_str(out, "stateMachine", route->start_machine);
    reply_str(out, "input", mapped->start_input);
    reply_str_unless_empty(out, "name", mapped->start_name);
    reply_close(out);
}

static void write_response(struct buf *out, const struct mapped *mapped)
{
    if (mapped->response.status == 0) return;
    reply_name(out, "response");
    reply_open(out);
    reply_i64(out, "status", mapped->response.status);
    reply_str_unless_empty(out, "headers", mapped->response.headers);
    reply_str_unless_empty(out, "body", mapped->response_body);
    reply_bool(out, "canBeMade", mapped->response_is_good);
    reply_close(out);
}

static void write_result(const struct source *source, struct buf *out, const struct route *route,
                         const struct mapped *mapped)
{
    reply_str(out, "outcome", kind_word(mapped));
    if (mapped->kind == MAPPED_ANSWER) write_answer(source, out, route, mapped);
    if (mapped->kind == MAPPED_UNUSABLE) {
        reply_i64(out, "status", mapped->status);
        reply_str(out, "error", mapped->error);
        reply_str(out, "message", mapped->reason);
    }
    write_response(out, mapped);
}

enum handled handle_test_route(const struct reader *reader, struct request *request,
                               struct error *err)
{
    struct source source = source_from_reader(reader, request);
    struct route route = { 0 };
    struct http_request http = { 0 };
    struct verifier_result verified;
    struct delivery delivery;
    struct mapped mapped;
    const json *object = json_find(request->params, STR("request"));
    if (!load(&source, request->params, &route, err) ||
        !read_request(*object, route.path, source.arena, &http, err))
        return HANDLED_FAILED;
    bool is_good = verifier_check(route.verifier, &http, reader->now_ms, source.arena, &verified);
    struct buf *out = reply_begin(request);
    reply_bool(out, "matches", route_path_match(route.path, http.path, source.arena, NULL));
    reply_bool(out, "verified", is_good);
    if (!is_good) reply_str(out, "reason", str_from(verified.reason));
    reply_str_unless_empty(out, "challenge", verified.challenge);
    delivery_from_http(&http, &route, &verified, request->id, STR("test"), reader->now_ms,
                       source.arena, &delivery);
    route_map(&route, &delivery, source.arena, &mapped);
    write_result(&source, out, &route, &mapped);
    reply_close(out);
    return HANDLED;
}
