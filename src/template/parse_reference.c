/* References: $x.name.method(arguments)[index], ${x}, $!x, $!{x}. */
#include "template/internal.h"

/* What is being read; a growing list. */
struct steps {
    struct step *items;
    size_t count, capacity;
};

static struct step *add_step(struct parser *p, struct steps *steps)
{
    if (steps->count == steps->capacity) {
        size_t capacity = steps->capacity ? steps->capacity * 2 : 4;
        struct step *items = arena_array(p->arena, capacity, sizeof *items);
        if (steps->count > 0) memcpy(items, steps->items, steps->count * sizeof *items);
        steps->items = items;
        steps->capacity = capacity;
    }
    struct step *step = &steps->items[steps->count++];
    *step = (struct step){ 0 };
    return step;
}

/* Behind the opening parenthesis of a method. */
static bool parse_arguments(struct parser *p, struct step *step)
{
    struct expression *arguments = NULL;
    size_t capacity = 0;
    vtl_parser_skip_space(p);
    if (vtl_parser_take(p, ')')) return true;
    for (;;) {
        if (step->count == capacity) {
            capacity = capacity ? capacity * 2 : 2;
            struct expression *larger = arena_array(p->arena, capacity, sizeof *larger);
            if (step->count > 0) memcpy(larger, arguments, step->count * sizeof *larger);
            arguments = larger;
        }
        if (!vtl_parse_expression(p, &arguments[step->count])) return false;
        step->count++;
        step->arguments = arguments;
        vtl_parser_skip_space(p);
        if (vtl_parser_take(p, ')')) return true;
        if (!vtl_parser_take(p, ',')) return vtl_parser_fail(p, "expected , or )");
    }
}

static bool parse_name(struct parser *p, struct step *step)
{
    step->kind = STEP_PROPERTY;
    step->name = vtl_parser_identifier(p);
    if (!vtl_parser_take(p, '(')) return true;
    step->kind = STEP_METHOD;
    return parse_arguments(p, step);
}

static bool begins_index(char c)
{
    return c == '$' || c == '"' || c == '\'' || c == '-' || (c >= '0' && c <= '9');
}

/* At a `[`. Brackets that hold no index are text. */
static bool parse_index(struct parser *p, struct steps *steps, bool *found)
{
    size_t from = p->at++;
    vtl_parser_skip_space(p);
    *found = begins_index(str_at(p->text, p->at));
    if (!*found) {
        p->at = from;
        return true;
    }
    struct expression *index = ARENA_NEW(p->arena, struct expression);
    if (!vtl_parse_expression(p, index)) return false;
    vtl_parser_skip_space(p);
    if (!vtl_parser_take(p, ']')) return vtl_parser_fail(p, "expected ]");
    struct step *step = add_step(p, steps);
    *step = (struct step){ .kind = STEP_INDEX, .arguments = index, .count = 1 };
    return true;
}

static bool begins_name(const struct parser *p, size_t at)
{
    char c = str_at(p->text, at);
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool parse_steps(struct parser *p, struct reference *out)
{
    struct steps steps = { 0 };
    bool more = true;
    while (more) {
        char c = str_at(p->text, p->at);
        more = false;
        if (c == '.' && begins_name(p, p->at + 1)) {
            p->at++;
            more = true;
            struct step step;
            step = (struct step){ 0 };
            if (!parse_name(p, &step)) return false;
            *add_step(p, &steps) = step;
        } else if (c == '[') {
            if (!parse_index(p, &steps, &more)) return false;
        }
    }
    out->steps = steps.items;
    out->count = steps.count;
    return true;
}

bool vtl_parse_reference(struct parser *p, struct reference *out, bool *found)
{
    size_t from = p->at;
    *out = (struct reference){ 0 };
    *found = false;
    if (!vtl_parser_take(p, '$')) return true;
    out->quiet = vtl_parser_take(p, '!');
    bool braces = vtl_parser_take(p, '{');
    if (!begins_name(p, p->at)) {
        p->at = from;
        return true;
    }
    out->name = vtl_parser_identifier(p);
    if (!vtl_parser_enter(p) || !parse_steps(p, out)) return false;
    p->depth--;
    if (braces && !vtl_parser_take(p, '}')) return vtl_parser_fail(p, "expected }");
    out->source = str_slice(p->text, from, p->at);
    *found = true;
    return true;
}
