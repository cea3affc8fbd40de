/* ResultPath: a copy of the root in which one node is another; everything beside the way to it is
 * shared. */
#include "expr/internal.h"

struct put {
    const struct path *path;
    struct arena *arena;
    json value;
};

static bool put_at(const struct put *p, size_t at, const json *current, json *out);

static bool put_member(const struct put *p, size_t at, const json *current, json *out)
{
    str name = p->path->steps[at].member;
    struct json_fields fields;
    if (current && !json_is_object(*current)) return false;
    json inner = json_null();
    if (!put_at(p, at + 1, current ? json_find(*current, name) : NULL, &inner)) return false;
    if (current)
        json_fields_from(&fields, p->arena, *current);
    else
        json_fields_init(&fields, p->arena);
    json_fields_add(&fields, name, inner);
    *out = json_fields_done(&fields);
    return true;
}

static bool put_item(const struct put *p, size_t at, const json *current, json *out)
{
    int64_t index = p->path->steps[at].index;
    if (!current || !json_is_array(*current)) return false;
    int64_t count = (int64_t)json_count(*current);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    json *items = arena_array(p->arena, (size_t)count, sizeof *items);
    for (size_t i = 0; i < (size_t)count; i++)
        items[i] = json_at(*current, i);
    json old = items[index];
    if (!put_at(p, at + 1, &old, &items[index])) return false;
    *out = json_array(items, (size_t)count);
    return true;
}

/* As deep as the path has steps. `current` is NULL where nothing is yet. */
static bool put_at(const struct put *p, size_t at, const json *current, json *out)
{
    if (at == p->path->count) {
        *out = p->value;
        return true;
    }
    if (p->path->steps[at].kind == PATH_MEMBER) return put_member(p, at, current, out);
    return put_item(p, at, current, out);
}

bool expr_put(const struct expr *reference, const struct expr_env *env, json root, json value,
              json *out, struct expr_failure *failure)
{
    ASSERT(reference->kind == EXPR_KIND_PATH && reference->path.path.plain);
    struct put p = { .path = &reference->path.path, .arena = env->arena, .value = value };
    json result = json_null();
    if (put_at(&p, 0, &root, &result)) {
        *out = result;
        return true;
    }
    str text = json_text(env->arena, root);
    *failure = (struct expr_failure){
        .error = STR("States.ResultPathMatchFailure"),
        .cause = arena_printf(env->arena, "Unable to apply ReferencePath %.*s to input %.*s",
                              STR_ARGS(reference->source), STR_ARGS(text)),
    };
    return false;
}
