/* The Query protocol's requests, which SNS speaks: a form of the action, the version of the API,
 * and the members by their paths. Source: "AWS Query protocol" (Smithy). */
#include "services/integrations/call.h"

/* A path like "MessageAttributes.entry.1.Name", made of parts on the stack of the recursion. */
struct part {
    const struct part *outer;
    str text;
    size_t index; /* from 1; 0: none */
};

struct query {
    struct buf *out;
    const struct callee *callee;
};

static void add_path(struct buf *out, const struct part *part)
{
    if (part->outer) {
        add_path(out, part->outer);
        buf_add_char(out, '.');
    }
    integration_url_encode(out, part->text);
    if (part->index) buf_printf(out, ".%zu", part->index);
}

static bool is_map(const struct callee *callee, str name)
{
    for (size_t i = 0; i < callee->map_count; i++)
        if (str_eq(callee->maps[i], name)) return true;
    return false;
}

static void add_member(const struct query *query, const struct part *part, json value, int depth);

/* SNS calls the halves of an attribute of a message Name and Value, those of all others key and
 * value. */
static void add_entries(const struct query *query, const struct part *part, json map, int depth)
{
    bool attributes = str_eq(part->text, STR("MessageAttributes"));
    for (size_t i = 0; i < json_count(map); i++) {
        struct part entry = { part, STR("entry"), i + 1 };
        struct part key = { &entry, attributes ? STR("Name") : STR("key"), 0 };
        struct part value = { &entry, attributes ? STR("Value") : STR("value"), 0 };
        add_member(query, &key, json_string(json_key_at(map, i)), depth + 1);
        add_member(query, &value, json_value_at(map, i), depth + 1);
    }
}

static void add_member(const struct query *query, const struct part *part, json value, int depth)
{
    ASSERT_CMP(depth, <=, 2 * JSON_DEPTH_MAX); /* call_fits has looked; an entry counts twice */
    if (json_is_object(value) && is_map(query->callee, part->text)) {
        add_entries(query, part, value, depth);
    } else if (json_is_object(value)) {
        for (size_t i = 0; i < json_count(value); i++) {
            struct part member = { part, json_key_at(value, i), 0 };
            add_member(query, &member, json_value_at(value, i), depth + 1);
        }
    } else if (json_is_array(value) && json_count(value) > 0) {
        for (size_t i = 0; i < json_count(value); i++) {
            struct part item = { part, STR("member"), i + 1 };
            add_member(query, &item, json_at(value, i), depth + 1);
        }
    } else if (!json_is_null(value)) {
        buf_add_char(query->out, '&');
        add_path(query->out, part);
        buf_add_char(query->out, '=');
        if (json_is_string(value))
            integration_url_encode(query->out, json_str(value));
        else if (!json_is_array(value))
            integration_url_encode(query->out, json_text(query->out->arena, value));
    }
}

str remote_query_form(struct arena *arena, const struct callee *callee, str operation, json params)
{
    struct buf out;
    buf_init(&out, arena);
    buf_add(&out, STR("Action="));
    integration_url_encode(&out, operation);
    buf_add(&out, STR("&Version="));
    integration_url_encode(&out, callee->service->query_version);
    struct query query = { &out, callee };
    for (size_t i = 0; i < json_count(params) && json_is_object(params); i++) {
        struct part member = { NULL, json_key_at(params, i), 0 };
        add_member(&query, &member, json_value_at(params, i), 0);
    }
    return buf_str(&out);
}
