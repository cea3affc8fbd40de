/* YAML documents as JSON values: the core schema of YAML 1.2, which is what OpenAPI documents are
 * written in. An alias stands for a copy; how large the whole may become is bounded, so that a
 * short text does not make an endless document. */
#include <yaml.h>

#include "base/limits.h"
#include "services/gateway/internal.h"

struct yaml_reader {
    yaml_document_t document;
    struct arena *arena;
    size_t nodes; /* made so far */
    struct error *err;
};

static bool fails(struct yaml_reader *reader, const yaml_node_t *node, const char *what)
{
    return error_set(reader->err, ERROR_GATEWAY_BAD_REQUEST, "Line %zu: %s",
                     node->start_mark.line + 1, what);
}

static bool is_one_of(str text, const char *const *names)
{
    for (; *names; names++)
        if (str_eq(text, str_from(*names))) return true;
    return false;
}

/* Digits with a sign, a fraction and an exponent, as JSON has them. */
static bool is_json_number(struct arena *arena, str text, json *out)
{
    struct error err = { 0 };
    bool may_be =
        text.len > 0 && (text.ptr[0] == '-' || (text.ptr[0] >= '0' && text.ptr[0] <= '9'));
    return may_be && json_parse(text, arena, out, &err) && json_is_number(*out);
}

static json plain(struct arena *arena, str text)
{
    static const char *const nulls[] = { "", "~", "null", "Null", "NULL", NULL };
    static const char *const trues[] = { "true", "True", "TRUE", NULL };
    static const char *const falses[] = { "false", "False", "FALSE", NULL };
    json number;
    if (is_one_of(text, nulls)) return json_null();
    if (is_one_of(text, trues)) return json_bool(true);
    if (is_one_of(text, falses)) return json_bool(false);
    if (is_json_number(arena, text, &number)) return number;
    return json_string(text);
}

static bool read_scalar(struct yaml_reader *reader, const yaml_node_t *node, json *out)
{
    str text = { (const char *)node->data.scalar.value, node->data.scalar.length };
    size_t chars;
    if (!str_utf8_count(text, &chars)) return fails(reader, node, "not well-formed UTF-8");
    text = arena_str(reader->arena, text);
    bool is_plain = node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    *out = is_plain ? plain(reader->arena, text) : json_string(text);
    return true;
}

static bool read_node(struct yaml_reader *reader, const yaml_node_t *node, int depth, json *out);

static bool read_at(struct yaml_reader *reader, int index, int depth, json *out)
{
    const yaml_node_t *node = yaml_document_get_node(&reader->document, index);
    ASSERT(node != NULL);
    return read_node(reader, node, depth, out);
}

static bool read_sequence(struct yaml_reader *reader, const yaml_node_t *node, int depth, json *out)
{
    struct json_list list;
    json value = json_null();
    json_list_init(&list, reader->arena);
    for (const yaml_node_item_t *item = node->data.sequence.items.start;
         item < node->data.sequence.items.top; item++) {
        if (!read_at(reader, *item, depth + 1, &value)) return false;
        json_list_add(&list, value);
    }
    *out = json_list_done(&list);
    return true;
}

static bool read_mapping(struct yaml_reader *reader, const yaml_node_t *node, int depth, json *out)
{
    struct json_fields fields;
    json value = json_null();
    json_fields_init(&fields, reader->arena);
    for (const yaml_node_pair_t *pair = node->data.mapping.pairs.start;
         pair < node->data.mapping.pairs.top; pair++) {
        const yaml_node_t *name = yaml_document_get_node(&reader->document, pair->key);
        ASSERT(name != NULL);
        if (name->type != YAML_SCALAR_NODE) return fails(reader, name, "a key is no text");
        str key = { (const char *)name->data.scalar.value, name->data.scalar.length };
        size_t chars;
        if (!str_utf8_count(key, &chars)) return fails(reader, name, "not well-formed UTF-8");
        if (!read_at(reader, pair->value, depth + 1, &value)) return false;
        json_fields_add(&fields, arena_str(reader->arena, key), value);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool is_standard_tag(const yaml_node_t *node)
{
    return !node->tag || strncmp((const char *)node->tag, "tag:yaml.org,2002:", 18) == 0;
}

static bool read_node(struct yaml_reader *reader, const yaml_node_t *node, int depth, json *out)
{
    if (depth > GATEWAY_DOCUMENT_DEPTH_MAX) return fails(reader, node, "nested too deep");
    if (++reader->nodes > GATEWAY_DOCUMENT_NODES_MAX)
        return fails(reader, node, "the document has too many values");
    if (!is_standard_tag(node))
        return fails(reader, node, "a tag that only templates of CloudFormation have");
    switch (node->type) {
    case YAML_SCALAR_NODE: return read_scalar(reader, node, out);
    case YAML_SEQUENCE_NODE: return read_sequence(reader, node, depth, out);
    case YAML_MAPPING_NODE: return read_mapping(reader, node, depth, out);
    case YAML_NO_NODE: break;
    }
    return fails(reader, node, "no value");
}

bool yaml_read(str text, struct arena *arena, json *out, struct error *err)
{
    yaml_parser_t parser;
    struct yaml_reader reader = { .arena = arena, .err = err };
    if (!yaml_parser_initialize(&parser)) fatal("out of memory");
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    if (!yaml_parser_load(&parser, &reader.document)) {
        const char *problem = parser.problem ? parser.problem : "no YAML";
        error_set(err, ERROR_GATEWAY_BAD_REQUEST, "Line %zu: %s", parser.problem_mark.line + 1,
                  problem);
        yaml_parser_delete(&parser);
        return false;
    }
    const yaml_node_t *root = yaml_document_get_root_node(&reader.document);
    bool good = root ? read_node(&reader, root, 0, out)
                     : error_set(err, ERROR_GATEWAY_BAD_REQUEST, "The document is empty.");
    yaml_document_delete(&reader.document);
    yaml_parser_delete(&parser);
    return good;
}
