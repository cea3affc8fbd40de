/* The state of one evaluation: budget, failures, scopes, and the stack on which sequences are made.
 */
#include "expr/jsonata/value.h"

/* ---- failures ---- */

json fail_with(struct ev *ev, const char *code, uint32_t position, const struct error_parts *parts)
{
    memset(&ev->failure, 0, sizeof ev->failure);
    str text = str_from(code);
    ASSERT_CMP(text.len, <, sizeof ev->failure.code);
    memcpy(ev->failure.code, text.ptr, text.len);
    ev->failure.position = position;
    if (parts) ev->failure.parts = *parts;
    return failed();
}

json fail_text(struct ev *ev, const char *code, str message)
{
    return fail_with(ev, code, 0, &(struct error_parts){ .message = message, .has_text = true });
}

void report_failure(struct ev *ev, struct jsonata_error *out)
{
    error_fill(out, ev->arena, ev->failure.code, error_units(ev->source, ev->failure.position),
               &ev->failure.parts);
    out->token = well_formed(ev, out->token);
    out->message = well_formed(ev, out->message);
}

json fail(struct ev *ev, const char *code, uint32_t position)
{
    return fail_with(ev, code, position, NULL);
}

json fail_value(struct ev *ev, const char *code, uint32_t position, json value)
{
    str text = value_preview(ev, value);
    return fail_with(ev, code, position, &(struct error_parts){ .value = text });
}

/* ---- budget ---- */

bool spend(struct ev *ev, uint64_t steps)
{
    if (steps <= (uint64_t)INT64_MAX && ev->steps >= (int64_t)steps) {
        ev->steps -= (int64_t)steps;
        return true;
    }
    ev->steps = 0;
    fail(ev, "D1012", 0);
    return false;
}

bool ev_can_alloc(struct ev *ev, uint64_t bytes)
{
    size_t used = ev->arena->used_bytes;
    if (used <= ev->bytes_max && bytes <= ev->bytes_max - used) return true;
    fail(ev, "D1017", 0);
    return false;
}

void *ev_alloc(struct ev *ev, uint64_t bytes)
{
    return ev_can_alloc(ev, bytes) ? arena_alloc(ev->arena, (size_t)bytes) : NULL;
}

/* ---- sequences ---- */

static bool grow_stack(struct ev *ev, size_t more)
{
    size_t capacity = ev->stack_capacity ? ev->stack_capacity * 2 : 32;
    while (capacity - ev->stack_count < more)
        capacity *= 2;
    json *stack = ev_alloc(ev, (uint64_t)capacity * sizeof *stack);
    if (!stack) return false;
    if (ev->stack_count > 0) memcpy(stack, ev->stack, ev->stack_count * sizeof *stack);
    ev->stack = stack;
    ev->stack_capacity = capacity;
    return true;
}

bool ev_push(struct ev *ev, json v)
{
    if (ev->stack_count == ev->stack_capacity && !grow_stack(ev, 1)) return false;
    ev->stack[ev->stack_count++] = v;
    return true;
}

bool ev_push_items(struct ev *ev, json array)
{
    if (array.count == 0) return true;
    if (!spend(ev, array.count / 8)) return false;
    if (ev->stack_capacity - ev->stack_count < array.count && !grow_stack(ev, array.count)) {
        return false;
    }
    json *to = ev->stack + ev->stack_count;
    if (array.user & IS_RANGE) {
        for (uint32_t i = 0; i < array.count; i++)
            to[i] = item_at(array, i);
    } else if (array.count > 0) {
        memcpy(to, array.items, array.count * sizeof *to);
    }
    ev->stack_count += array.count;
    return true;
}

bool ev_push_flat(struct ev *ev, json v)
{
    bool one = v.kind != JSON_ARRAY || (v.user & IS_CONS);
    return one ? ev_push(ev, v) : ev_push_items(ev, v);
}

json ev_take(struct ev *ev, size_t base, unsigned marks)
{
    size_t count = ev->stack_count - base;
    json *items = NULL;
    if (count > 0) {
        items = ev_alloc(ev, (uint64_t)count * sizeof *items);
        if (!items) return failed();
        memcpy(items, ev->stack + base, count * sizeof *items);
    }
    ev->stack_count = base;
    return array_value(items, count, marks);
}

const json *ev_items(struct ev *ev, json array)
{
    if (!(array.user & IS_RANGE)) return array.items;
    if (!spend(ev, array.count / 8)) return NULL;
    json *items = ev_alloc(ev, (uint64_t)array.count * sizeof *items);
    if (!items) return NULL;
    for (uint32_t i = 0; i < array.count; i++)
        items[i] = item_at(array, i);
    return items;
}

/* ---- scopes ---- */

struct frame *frame_new(struct ev *ev, struct frame *outer, uint32_t capacity)
{
    if (capacity == 0) capacity = 2;
    struct frame *frame = ev_alloc(ev, sizeof *frame + capacity * sizeof(struct binding));
    if (!frame) return NULL;
    *frame = (struct frame){ .outer = outer, .capacity = capacity };
    frame->items = (struct binding *)(void *)(frame + 1);
    return frame;
}

struct frame *frame_of_tuple(struct ev *ev, struct frame *outer, const struct tuple *tuple)
{
    struct frame *frame = ev_alloc(ev, sizeof *frame);
    if (!frame) return NULL;
    struct binding *items;
    memcpy(&items, &(const struct binding *){ tuple->items }, sizeof items);
    *frame = (struct frame){ .outer = outer, .items = items, .count = tuple->count };
    return frame;
}

static bool make_room(struct ev *ev, struct frame *frame)
{
    if (frame->count < frame->capacity) return true;
    uint32_t capacity = frame->count ? frame->count * 2 : 4;
    struct binding *items = ev_alloc(ev, (uint64_t)capacity * sizeof *items);
    if (!items) return false;
    if (frame->count > 0) memcpy(items, frame->items, frame->count * sizeof *items);
    frame->items = items;
    frame->capacity = capacity;
    return true;
}

bool frame_bind(struct ev *ev, struct frame *frame, uint32_t symbol, json value)
{
    if (frame->capacity == 0 && !make_room(ev, frame)) return false;
    for (uint32_t i = frame->count; i-- > 0;) {
        if (frame->items[i].symbol == symbol) {
            frame->items[i].value = value;
            return true;
        }
    }
    if (!make_room(ev, frame)) return false;
    frame->items[frame->count++] = (struct binding){ symbol, value };
    return true;
}

/* `$$`, the host's variables, then its functions, then the built-ins. */
static json ask_outside(struct ev *ev, const struct symbol *symbol)
{
    const struct jsonata_env *env = ev->env;
    if (str_eq(symbol->name, STR("$"))) return ev->root;
    for (size_t i = 0; i < env->binding_count; i++) {
        if (str_eq(env->bindings[i].name, symbol->name)) return env->bindings[i].value;
    }
    json value;
    if (env->lookup && env->lookup(env->context, symbol->name, &value)) return value;
    for (size_t i = 0; i < env->native_count; i++) {
        const struct jsonata_native *native = &env->natives[i];
        if (!str_eq(native->name, symbol->name)) continue;
        struct function *f = arena_zalloc(ev->arena, sizeof *f);
        f->type = FUNCTION_HOST;
        f->arity = native->arity;
        f->host = native->call;
        struct jsonata_error err;
        if (native->signature.len > 0 &&
            !signature_parse(native->signature, ev->arena, &f->signature, &err)) {
            return fail_text(ev, err.code, err.message);
        }
        return function_value(f);
    }
    return symbol->builtin ? function_value(symbol->builtin) : undefined();
}

/* $eval may have added symbols since the table was made. */
static bool grow_globals(struct ev *ev, uint32_t count)
{
    json *globals = ev_alloc(ev, (uint64_t)count * sizeof *globals);
    if (!globals) return false;
    if (ev->global_count > 0) memcpy(globals, ev->globals, ev->global_count * sizeof *globals);
    for (uint32_t i = ev->global_count; i < count; i++)
        globals[i] = (json){ .kind = KIND_TAIL };
    ev->globals = globals;
    ev->global_count = count;
    return true;
}

json lookup_symbol(struct ev *ev, const struct frame *frame, uint32_t symbol)
{
    if (ev->symbols->items[symbol].is_bound || ev->uses_eval) {
        for (; frame; frame = frame->outer) {
            for (uint32_t i = frame->count; i-- > 0;) {
                if (frame->items[i].symbol == symbol) return frame->items[i].value;
            }
        }
    }
    if (symbol >= ev->global_count && !grow_globals(ev, ev->symbols->count)) return failed();
    json value = ev->globals[symbol];
    if (value.kind != KIND_TAIL) return value;
    value = ask_outside(ev, &ev->symbols->items[symbol]);
    ev->globals[symbol] = value;
    return value;
}
