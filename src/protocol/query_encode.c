/* Answers of the Query protocol: from the reply's JSON to XML. */
#include "protocol/query.h"
#include "protocol/xml.h"

struct encoder {
    const struct query_protocol *protocol;
    str operation;
    struct buf *out;
};

static void encode_value(const struct encoder *encoder, str name, json value);

static void encode_members(const struct encoder *encoder, json object);

/* Opens or closes an element that is named after the operation: CreateQueueResponse. */
static void add_named(const struct encoder *encoder, const char *begin, const char *suffix,
                      const char *end)
{
    buf_add(encoder->out, str_from(begin));
    buf_add(encoder->out, encoder->operation);
    buf_add(encoder->out, str_from(suffix));
    buf_add(encoder->out, str_from(end));
}

static str wire_name(const struct encoder *encoder, const struct query_collection *collection)
{
    if (str_at(collection->wire, 0) != '+') return collection->wire;
    return arena_printf(encoder->out->arena, "%.*s%.*s", STR_ARGS(encoder->operation),
                        STR_ARGS(str_skip(collection->wire, 1)));
}

static void encode_list(const struct encoder *encoder, str name,
                        const struct query_collection *collection, json list)
{
    bool is_flat = encoder->protocol->is_flat;
    str item = !is_flat ? STR("member") : collection ? wire_name(encoder, collection) : name;
    if (!is_flat && json_count(list) == 0) {
        xml_empty(encoder->out, name);
        return;
    }
    if (!is_flat) xml_open(encoder->out, name);
    for (size_t i = 0; i < json_count(list); i++)
        encode_value(encoder, item, json_at(list, i));
    if (!is_flat) xml_close(encoder->out, name);
}

static void encode_map(const struct encoder *encoder, str name,
                       const struct query_collection *collection, json map)
{
    bool is_flat = encoder->protocol->is_flat;
    str entry = is_flat ? wire_name(encoder, collection) : STR("entry");
    if (!is_flat && json_count(map) == 0) {
        xml_empty(encoder->out, name);
        return;
    }
    if (!is_flat) xml_open(encoder->out, name);
    for (size_t i = 0; i < json_count(map); i++) {
        xml_open(encoder->out, entry);
        xml_element(encoder->out, collection->key, json_key_at(map, i));
        encode_value(encoder, collection->value, json_value_at(map, i));
        xml_close(encoder->out, entry);
    }
    if (!is_flat) xml_close(encoder->out, name);
}

/* One element, whose content is not a collection of the tables. */
static void encode_value(const struct encoder *encoder, str name, json value)
{
    struct buf *out = encoder->out;
    if (json_is_array(value)) {
        encode_list(encoder, name, NULL, value);
        return;
    }
    xml_open(out, name);
    if (json_is_object(value))
        encode_members(encoder, value);
    else if (json_is_string(value))
        xml_text(out, json_str(value));
    else if (!json_is_null(value))
        json_write(out, value); /* a number, true or false */
    xml_close(out, name);
}

static void encode_members(const struct encoder *encoder, json object)
{
    for (size_t i = 0; i < json_count(object); i++) {
        str name = json_key_at(object, i);
        json value = json_value_at(object, i);
        const struct query_collection *collection = query_by_member(encoder->protocol, name);
        bool is_map = collection && collection->key.len > 0;
        if (json_is_null(value)) continue;
        if (json_is_array(value))
            encode_list(encoder, name, is_map ? NULL : collection, value);
        else if (json_is_object(value) && is_map)
            encode_map(encoder, name, collection, value);
        else
            encode_value(encoder, name, value);
    }
}

static bool has_result(const struct query_protocol *protocol, str operation)
{
    for (size_t i = 0; i < protocol->without_result_count; i++)
        if (str_eq(protocol->without_result[i], operation)) return false;
    return true;
}

void query_encode(const struct query_protocol *protocol, str operation, json reply, str request_id,
                  struct buf *out)
{
    const struct encoder encoder = { protocol, operation, out };
    buf_add(out, protocol->preamble);
    add_named(&encoder, "<", "Response", " xmlns=\"");
    xml_text(out, protocol->xmlns);
    buf_add(out, STR("\">"));
    if (has_result(protocol, operation)) {
        bool is_empty = json_count(reply) == 0;
        add_named(&encoder, "<", "Result", is_empty ? "/>" : ">");
        if (!is_empty) encode_members(&encoder, reply);
        if (!is_empty) add_named(&encoder, "</", "Result", ">");
    }
    buf_add(out, STR("<ResponseMetadata>"));
    xml_element(out, STR("RequestId"), request_id);
    buf_add(out, STR("</ResponseMetadata>"));
    add_named(&encoder, "</", "Response", ">");
}

void query_encode_error(const struct query_protocol *protocol, const struct error *error,
                        str request_id, struct buf *out)
{
    bool is_senders = error_http_status(error->code) < 500;
    if (protocol) buf_add(out, protocol->preamble);
    buf_add(out, STR("<ErrorResponse"));
    if (protocol) {
        buf_add(out, STR(" xmlns=\""));
        xml_text(out, protocol->xmlns);
        buf_add_char(out, '"');
    }
    buf_add(out, STR("><Error>"));
    xml_element(out, STR("Type"), is_senders ? STR("Sender") : STR("Receiver"));
    xml_element(out, STR("Code"), query_error_code(error->code));
    xml_element(out, STR("Message"), error_text(error));
    if (protocol) buf_add(out, protocol->error_extra);
    buf_add(out, STR("</Error>"));
    xml_element(out, STR("RequestId"), request_id);
    buf_add(out, STR("</ErrorResponse>"));
}
