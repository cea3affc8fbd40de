/* The Query protocol's answers: XML, read by libxml2, as the JSON protocol would have them.
 *
 *   <PublishResponse><PublishResult><MessageId>..</MessageId></PublishResult>
 *     <ResponseMetadata><RequestId>..</RequestId></ResponseMetadata></PublishResponse>
 *   <ErrorResponse><Error><Type/><Code/><Message/></Error><RequestId/></ErrorResponse>
 *
 * XML does not say what an element is: children called "member" make a list, "entry" a map; of
 * those without children, and of booleans, this file knows the names. A document type is refused,
 * so that there are no entities but XML's own five. */
#include <limits.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "services/integrations/call.h"

enum { XML_DEPTH_MAX = 32 };

enum known { KNOWN_TEXT, KNOWN_LIST, KNOWN_MAP, KNOWN_BOOLEAN };

static enum known what_is(str name)
{
    static const struct {
        str name;
        enum known known;
    } rows[] = {
        { STR_INIT("Attributes"), KNOWN_MAP },
        { STR_INIT("attributes"), KNOWN_MAP },
        { STR_INIT("Endpoints"), KNOWN_LIST },
        { STR_INIT("Failed"), KNOWN_LIST },
        { STR_INIT("PhoneNumbers"), KNOWN_LIST },
        { STR_INIT("phoneNumbers"), KNOWN_LIST },
        { STR_INIT("PlatformApplications"), KNOWN_LIST },
        { STR_INIT("Subscriptions"), KNOWN_LIST },
        { STR_INIT("Successful"), KNOWN_LIST },
        { STR_INIT("Tags"), KNOWN_LIST },
        { STR_INIT("Topics"), KNOWN_LIST },
        { STR_INIT("SenderFault"), KNOWN_BOOLEAN },
        { STR_INIT("isOptedOut"), KNOWN_BOOLEAN },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].name, name)) return rows[i].known;
    return KNOWN_TEXT;
}

static str name_of(const xmlNode *node)
{
    return str_from((const char *)node->name);
}

static const xmlNode *next_element(const xmlNode *node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

static const xmlNode *first_child(const xmlNode *node)
{
    return next_element(node->children);
}

static const xmlNode *find_child(const xmlNode *node, str name)
{
    for (const xmlNode *child = first_child(node); child; child = next_element(child->next))
        if (str_eq(name_of(child), name)) return child;
    return NULL;
}

/* The characters of an element without children. */
static str text_of(struct arena *arena, const xmlNode *node)
{
    struct buf text;
    buf_init(&text, arena);
    for (const xmlNode *child = node->children; child; child = child->next)
        if ((child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) &&
            child->content)
            buf_add(&text, str_from((const char *)child->content));
    return buf_str(&text);
}

static str child_text(struct arena *arena, const xmlNode *node, str name)
{
    const xmlNode *child = node ? find_child(node, name) : NULL;
    return child ? text_of(arena, child) : STR("");
}

static bool read_element(struct arena *arena, const xmlNode *node, int depth, json *out);

static bool read_list(struct arena *arena, const xmlNode *node, int depth, json *out)
{
    struct json_list list;
    json_list_init(&list, arena);
    for (const xmlNode *child = first_child(node); child; child = next_element(child->next)) {
        json item;
        if (!read_element(arena, child, depth + 1, &item)) return false;
        json_list_add(&list, item);
    }
    *out = json_list_done(&list);
    return true;
}

static bool read_map(struct arena *arena, const xmlNode *node, int depth, json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (const xmlNode *child = first_child(node); child; child = next_element(child->next)) {
        const xmlNode *value = find_child(child, STR("value"));
        json item = json_string(STR(""));
        if (value && !read_element(arena, value, depth + 2, &item)) return false;
        json_fields_add(&fields, child_text(arena, child, STR("key")), item);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool read_structure(struct arena *arena, const xmlNode *node, int depth, json *out)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (const xmlNode *child = first_child(node); child; child = next_element(child->next)) {
        json member;
        if (!read_element(arena, child, depth + 1, &member)) return false;
        json_fields_add(&fields, arena_str(arena, name_of(child)), member);
    }
    *out = json_fields_done(&fields);
    return true;
}

static bool read_element(struct arena *arena, const xmlNode *node, int depth, json *out)
{
    if (depth > XML_DEPTH_MAX) return false;
    const xmlNode *child = first_child(node);
    enum known known = what_is(name_of(node));
    if (child && str_eq(name_of(child), STR("member"))) return read_list(arena, node, depth, out);
    if (child && str_eq(name_of(child), STR("entry"))) return read_map(arena, node, depth, out);
    if (child) return read_structure(arena, node, depth, out);
    str text = text_of(arena, node);
    if (known == KNOWN_LIST)
        *out = json_array(NULL, 0);
    else if (known == KNOWN_MAP)
        *out = (json){ .kind = JSON_OBJECT };
    else if (known == KNOWN_BOOLEAN)
        *out = json_bool(str_eq(text, STR("true")));
    else
        *out = json_string(text);
    return true;
}

static bool read_answer(struct arena *arena, const xmlNode *root, struct remote_answer *out)
{
    if (str_eq(name_of(root), STR("ErrorResponse"))) {
        const xmlNode *error = find_child(root, STR("Error"));
        out->ok = false;
        out->code = child_text(arena, error, STR("Code"));
        out->message = child_text(arena, error, STR("Message"));
        out->request_id = child_text(arena, root, STR("RequestId"));
        return error != NULL;
    }
    out->ok = true;
    out->value = (json){ .kind = JSON_OBJECT };
    out->request_id =
        child_text(arena, find_child(root, STR("ResponseMetadata")), STR("RequestId"));
    for (const xmlNode *child = first_child(root); child; child = next_element(child->next))
        if (str_ends_with(name_of(child), STR("Result")))
            return read_structure(arena, child, 0, &out->value);
    return true;
}

bool remote_xml_answer(struct arena *arena, str text, struct remote_answer *out)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING;
    if (text.len == 0 || text.len > INT_MAX || str_find(text, STR("<!DOCTYPE"), 0) != text.len)
        return false;
    /* The encoding is given, so that no declaration in the text chooses another. */
    xmlDoc *document = xmlReadMemory(text.ptr, (int)text.len, NULL, "UTF-8", options);
    if (!document) return false;
    const xmlNode *root = xmlDocGetRootElement(document);
    bool good = root && !document->intSubset && read_answer(arena, root, out);
    xmlFreeDoc(document);
    return good;
}
