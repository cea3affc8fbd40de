/* GetResources, GetTagKeys, GetTagValues. Source: "Resource Groups Tagging API Reference". */
#include "services/tagging/tagging.h"

enum { RESOURCES_PAGE_DEFAULT = 50, RESOURCES_PAGE_MAX = 100 };

/* ---- shapes, from botocore's resourcegroupstaggingapi/2017-01-26/service-2.json ---- */

static const struct shape_field filter_fields[] = {
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .min = 1, .max = 128 },
    { .name = STR_INIT("Values"),
      .kind = SHAPE_LIST,
      .max = 20,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
};
static const struct shape filter_shape = {
    .fields = filter_fields,
    .field_count = sizeof filter_fields / sizeof *filter_fields,
    .name = "TagFilter",
};
static const struct shape_field get_resources_fields[] = {
    { .name = STR_INIT("PaginationToken"), .kind = SHAPE_STRING, .max = 2048 },
    { .name = STR_INIT("TagFilters"),
      .kind = SHAPE_LIST,
      .max = 50,
      .item_kind = SHAPE_STRUCTURE,
      .shape = &filter_shape },
    { .name = STR_INIT("ResourcesPerPage"),
      .kind = SHAPE_INTEGER,
      .min = 1,
      .max = RESOURCES_PAGE_MAX },
    { .name = STR_INIT("TagsPerPage"), .kind = SHAPE_INTEGER, .min = 100, .max = 500 },
    { .name = STR_INIT("ResourceTypeFilters"),
      .kind = SHAPE_LIST,
      .max = 100,
      .item_kind = SHAPE_STRING,
      .item_max = 256 },
    { .name = STR_INIT("ResourceARNList"),
      .kind = SHAPE_LIST,
      .min = 1,
      .max = 100,
      .item_kind = SHAPE_STRING,
      .item_min = 1,
      .item_max = 1011 },
};
static const struct shape get_resources_shape = {
    .fields = get_resources_fields,
    .field_count = sizeof get_resources_fields / sizeof *get_resources_fields,
    .name = "GetResourcesInput",
};
static const struct shape_field get_keys_fields[] = {
    { .name = STR_INIT("PaginationToken"), .kind = SHAPE_STRING, .max = 2048 },
};
static const struct shape get_keys_shape = {
    .fields = get_keys_fields,
    .field_count = sizeof get_keys_fields / sizeof *get_keys_fields,
    .name = "GetTagKeysInput",
};
static const struct shape_field get_values_fields[] = {
    { .name = STR_INIT("PaginationToken"), .kind = SHAPE_STRING, .max = 2048 },
    { .name = STR_INIT("Key"), .kind = SHAPE_STRING, .required = true, .min = 1, .max = 128 },
};
static const struct shape get_values_shape = {
    .fields = get_values_fields,
    .field_count = sizeof get_values_fields / sizeof *get_values_fields,
    .name = "GetTagValuesInput",
};

/* ---- GetResources ---- */

struct page_of_resources {
    const struct source *source;
    json filters, types, arns; /* arrays, or null: all */
    size_t limit, shown;
    struct buf *out;
    str last; /* the place of the last one shown */
    bool more;
};

static json param_list(json params, const char *name)
{
    const json *list = json_find(params, str_from(name));
    return list && json_count(*list) > 0 ? *list : json_null();
}

static bool has_text(json list, str text)
{
    for (size_t i = 0; i < json_count(list); i++)
        if (json_is_string(json_at(list, i)) && str_eq(json_str(json_at(list, i)), text))
            return true;
    return false;
}

/* "states" takes every type of that service. */
static bool is_type(json types, str type)
{
    str service = str_slice(type, 0, str_find_char(type, ':', 0));
    return json_is_null(types) || has_text(types, type) || has_text(types, service);
}

/* Each filter must match; one without values asks only for the key. */
static bool passes(json filters, json tags)
{
    for (size_t i = 0; i < json_count(filters); i++) {
        json filter = json_at(filters, i);
        const json *value = json_find(tags, json_str_or(filter, STR("Key"), STR("")));
        const json *values = json_find(filter, STR("Values"));
        if (!value) return false;
        if (values && json_count(*values) > 0 &&
            !(json_is_string(*value) && has_text(*values, json_str(*value))))
            return false;
    }
    return true;
}

static void reply_resource(struct buf *out, const struct tagged_resource *resource)
{
    reply_open(out);
    reply_str(out, "ResourceARN", resource->arn);
    reply_name(out, "Tags");
    buf_add_char(out, '[');
    for (size_t i = 0; i < json_count(resource->tags); i++) {
        json value = json_value_at(resource->tags, i);
        if (i > 0) buf_add_char(out, ',');
        reply_open(out);
        reply_str(out, "Key", json_key_at(resource->tags, i));
        reply_str(out, "Value", json_is_string(value) ? json_str(value) : STR(""));
        reply_close(out);
    }
    buf_add_char(out, ']');
    reply_close(out);
}

static bool show(void *context, const struct tagged_resource *resource)
{
    struct page_of_resources *page = context;
    if (!is_type(page->types, resource->type) || !passes(page->filters, resource->tags))
        return true;
    if (!json_is_null(page->arns) && !has_text(page->arns, resource->arn)) return true;
    if (page->shown == page->limit) {
        page->more = true;
        return false;
    }
    if (page->shown++ > 0) buf_add_char(page->out, ',');
    reply_resource(page->out, resource);
    page->last = resource->place;
    return true;
}

static bool invalid_token(struct error *err)
{
    return error_set(err, ERROR_TAGGING_PAGINATION_TOKEN_EXPIRED,
                     "The PaginationToken is not valid.");
}

static enum handled handle_get_resources(const struct reader *reader, struct request *request,
                                         struct error *err)
{
    struct source source = source_from_reader(reader, request);
    json params = request->params;
    str scope = STR("page GetResources"), place = STR("");
    str given = json_str_or(params, STR("PaginationToken"), STR(""));
    if (given.len > 0 && !page_token_decode(&source, scope, given, &place, err)) {
        invalid_token(err);
        return HANDLED_FAILED;
    }
    struct page_of_resources page = {
        .source = &source,
        .filters = param_list(params, "TagFilters"),
        .types = param_list(params, "ResourceTypeFilters"),
        .arns = param_list(params, "ResourceARNList"),
        .limit = (size_t)json_i64_or(params, STR("ResourcesPerPage"), RESOURCES_PAGE_DEFAULT),
        .out = reply_begin(request),
    };
    reply_name(page.out, "ResourceTagMappingList");
    buf_add_char(page.out, '[');
    tagging_walk(&source, place, show, &page);
    buf_add_char(page.out, ']');
    reply_str(page.out, "PaginationToken",
              page.more ? page_token_encode(&source, scope, page.last) : STR(""));
    reply_close(page.out);
    return HANDLED;
}

/* ---- GetTagKeys, GetTagValues: all on one page ---- */

struct found_texts {
    struct json_fields texts; /* as the keys of an object: each once */
    str key;                  /* the values of this one; empty: the keys */
};

static bool gather(void *context, const struct tagged_resource *resource)
{
    struct found_texts *found = context;
    for (size_t i = 0; i < json_count(resource->tags); i++) {
        str key = json_key_at(resource->tags, i);
        json value = json_value_at(resource->tags, i);
        if (found->key.len == 0)
            json_fields_add(&found->texts, key, json_null());
        else if (str_eq(found->key, key) && json_is_string(value))
            json_fields_add(&found->texts, json_str(value), json_null());
    }
    return true;
}

static enum handled reply_texts(const struct reader *reader, struct request *request,
                                const char *name, str key)
{
    struct source source = source_from_reader(reader, request);
    struct found_texts found = { .key = key };
    json_fields_init(&found.texts, source.arena);
    tagging_walk(&source, STR(""), gather, &found);
    json texts = json_fields_done(&found.texts);
    struct buf *out = reply_begin(request);
    reply_name(out, name);
    buf_add_char(out, '[');
    for (size_t i = 0; i < json_count(texts); i++) {
        if (i > 0) buf_add_char(out, ',');
        json_write_str(out, json_key_at(texts, i));
    }
    buf_add_char(out, ']');
    reply_str(out, "PaginationToken", STR(""));
    reply_close(out);
    return HANDLED;
}

static enum handled handle_get_tag_keys(const struct reader *reader, struct request *request,
                                        struct error *err)
{
    (void)err;
    return reply_texts(reader, request, "TagKeys", STR(""));
}

static enum handled handle_get_tag_values(const struct reader *reader, struct request *request,
                                          struct error *err)
{
    (void)err;
    return reply_texts(reader, request, "TagValues",
                       json_str_or(request->params, STR("Key"), STR("")));
}

static const struct operation operations[] = {
    { .name = STR_INIT("GetResources"),
      .input = &get_resources_shape,
      .read = handle_get_resources },
    { .name = STR_INIT("GetTagKeys"), .input = &get_keys_shape, .read = handle_get_tag_keys },
    { .name = STR_INIT("GetTagValues"), .input = &get_values_shape, .read = handle_get_tag_values },
};

const struct service tagging_service = {
    .name = STR_INIT("tagging"),
    .sdk_name = STR_INIT("resourcegroupstaggingapi"),
    .exception = STR_INIT("ResourceGroupsTaggingApi"),
    .target_prefix = STR_INIT("ResourceGroupsTaggingAPI_20170126"),
    .json_version = STR_INIT("1.1"),
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
};
