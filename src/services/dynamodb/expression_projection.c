/* ProjectionExpression. */
#include "services/dynamodb/expression_tree.h"

bool projection_parse(struct expression_context *context, str text, const struct projection **out,
                      struct error *err)
{
    struct expression_parser parser;
    struct node *path;
    if (!parser_init(&parser, context, EXPRESSION_PROJECTION, text, err)) return false;
    for (;;) {
        if (!parser_path(&parser, &path)) return false;
        if (!parser_at(&parser, ",")) break;
        lexer_advance(&parser.lexer);
    }
    if (parser.lexer.current.kind != TOKEN_END) return parser_syntax_error(&parser);
    if (!check_reserved(&parser)) return false;
    struct projection *projection = ARENA_NEW(context->arena, struct projection);
    projection->tree = ARENA_NEW(context->arena, struct path_tree);
    struct path_clash clash = { 0 };
    for (path = parser.paths; path; path = path->next_path)
        if (!resolve_path(&parser, &path->path)) return false;
    for (path = parser.paths; path; path = path->next_path)
        path_tree_add(context->arena, projection->tree, &path->path, NULL, &clash);
    *out = projection;
    return check_clash(&parser, &clash);
}

json projection_apply(const struct projection *projection, struct arena *arena, json item)
{
    return projection ? path_tree_project(projection->tree, arena, item) : item;
}

enum path_use projection_use(const struct projection *projection, str name)
{
    const struct path_tree *child = projection ? path_tree_child(projection->tree, name) : NULL;
    if (!child) return PATH_UNUSED;
    return child->is_leaf ? PATH_PLAIN : PATH_NESTED;
}

size_t projection_name_count(const struct projection *projection)
{
    return projection ? projection->tree->count : 0;
}

str projection_name(const struct projection *projection, size_t index)
{
    ASSERT(index < projection_name_count(projection));
    return projection->tree->children[index]->step.name;
}
