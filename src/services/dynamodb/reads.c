/* Reading one item; see reads.h. */
#include "services/dynamodb/reads.h"

#include "services/dynamodb/legacy.h"
#include "services/dynamodb/members.h"

bool read_projection(struct arena *arena, json params, bool legacy, const struct projection **out,
                     struct error *err)
{
    static const str expression = STR_INIT("ProjectionExpression");
    static const str attributes = STR_INIT("AttributesToGet");
    struct expression_context context;
    const json *text = member_find(params, "ProjectionExpression");
    const json *names = member_find(params, "ExpressionAttributeNames");
    *out = NULL;
    if (!text && !names && !(legacy && member_find(params, "AttributesToGet"))) return true;
    if (!expression_check_params(arena, params, &expression, 1, &attributes, legacy ? 1 : 0, err))
        return false;
    if (!text)
        return legacy_parse_attributes(arena, member_find(params, "AttributesToGet"), out, err);
    return expression_context_init(&context, arena, names, NULL, err) &&
           projection_parse(&context, json_str(*text), out, err) &&
           expression_context_finish(&context, err);
}

bool read_key(struct arena *arena, json wire, json *normal, struct error *err)
{
    return value_normalise_item(arena, wire, normal, err);
}

bool read_key_place(struct arena *arena, const struct table *table, json normal,
                    struct item_place *out, struct error *err)
{
    size_t wanted = table->schema.range.name.len > 0 ? 2 : 1;
    if (json_count(normal) > wanted)
        return error_set(err, ERROR_VALIDATION, "The number of conditions on the keys is invalid");
    return place_read(arena, &table->schema, normal, PLACE_OF_KEY, out, err);
}

void read_write(struct buf *out, struct arena *arena, const struct projection *projection,
                struct stored_item *item)
{
    if (projection)
        json_write(out, projection_apply(projection, arena, item_parse(arena, item)));
    else
        buf_add(out, item->text);
}
