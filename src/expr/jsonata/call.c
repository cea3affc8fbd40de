/* Calling functions: built-in, the host's, lambdas, chains, partial applications. */
#include "expr/jsonata/value.h"

#include <stdarg.h>
#include <stdio.h>

enum { CALL_ARGUMENTS_INLINE = 6 };

uint8_t function_arity(json function)
{
    return function_of(function)->arity;
}

/* ---- the kinds of functions ---- */

static json call_lambda(struct ev *ev, const struct function *f, const json *arguments,
                        uint32_t count)
{
    struct frame *frame = frame_new(ev, f->frame, f->parameter_count + 2);
    if (!frame) return failed();
    for (uint32_t i = 0; i < f->parameter_count; i++) {
        frame->items[i] =
            (struct binding){ f->parameters[i]->symbol, i < count ? arguments[i] : undefined() };
    }
    frame->count = f->parameter_count;
    return eval(ev, f->node->lhs, f->input, frame);
}

static json call_host(struct ev *ev, const struct function *f, struct jsonata_call *call)
{
    json *plain = ev_alloc(ev, (call->count + 1) * sizeof *plain);
    if (!plain) return failed();
    for (size_t i = 0; i < call->count; i++) {
        json v = call->arguments[i];
        plain[i] = is_undefined(v) || is_function(v) ? v : value_export(ev, v);
        if (is_failed(plain[i])) return failed();
    }
    call->arguments = plain;
    json out = undefined();
    if (f->host(call, &out)) return out;
    /* A host's own failure may have a text without a code. */
    bool explained = ev->failure.code[0] != '\0' || ev->failure.parts.has_text;
    return explained ? failed() : fail(ev, "T1006", 0);
}

static json call_match(struct ev *ev, const struct function *f, const json *arguments,
                       uint32_t count)
{
    if (f->type == FUNCTION_NEXT) {
        if (f->at >= f->subject.len) return undefined();
        return call_regex(ev, f->regex, f->subject, f->at, true);
    }
    if (count == 0 || arguments[0].kind != JSON_STRING) {
        return fail_with(ev, "T0410", 0, &(struct error_parts){ .index = STR("1") });
    }
    str subject = json_str(arguments[0]);
    size_t at = 0;
    if (count > 1 && arguments[1].kind == JSON_NUMBER) {
        double units = number_of(arguments[1]);
        while (at < subject.len && (double)error_units(subject, at) < units)
            at++;
    }
    return call_regex(ev, f->node->regex, subject, at, false);
}

/* The open places take the arguments in their order. */
static json call_partial(struct ev *ev, const struct function *f, const json *arguments,
                         uint32_t count, struct frame *frame)
{
    json *all = ev_alloc(ev, ((uint64_t)f->bound_count + 1) * sizeof *all);
    if (!all) return failed();
    uint32_t next = 0;
    for (uint32_t i = 0; i < f->bound_count; i++) {
        all[i] = f->bound[i];
        if (all[i].kind != KIND_TAIL) continue;
        all[i] = next < count ? arguments[next] : undefined();
        next++;
    }
    return call_function(ev, function_value(f->base), all, f->bound_count, undefined(), frame);
}

static json call_once(struct ev *ev, const struct function *f, const json *arguments,
                      uint32_t count, json input, struct frame *frame)
{
    if (f->signature && !signature_apply(ev, f->signature, &arguments, &count, input)) {
        return failed();
    }
    struct jsonata_call call = {
        .ev = ev, .arguments = arguments, .count = count, .input = input, .frame = frame, .self = f
    };
    switch ((enum function_type)f->type) {
    case FUNCTION_BUILTIN: return f->builtin(&call);
    case FUNCTION_HOST: return call_host(ev, f, &call);
    case FUNCTION_LAMBDA: return call_lambda(ev, f, arguments, count);
    case FUNCTION_TRANSFORM: return call_transform(ev, f, call_argument(&call, 0));
    case FUNCTION_REGEX:
    case FUNCTION_NEXT: return call_match(ev, f, arguments, count);
    case FUNCTION_PARTIAL: return call_partial(ev, f, arguments, count, frame);
    case FUNCTION_CHAIN: {
        json argument = call_argument(&call, 0);
        json v = call_function(ev, f->first, &argument, 1, input, frame);
        return is_failed(v) ? v : call_function(ev, f->second, &v, 1, input, frame);
    }
    }
    return undefined();
}

/* ---- arguments ---- */

struct arguments {
    json items_inline[CALL_ARGUMENTS_INLINE];
    json *items;
    uint32_t count;
};

static bool eval_arguments(struct ev *ev, const struct node *node, json input, struct frame *frame,
                           const json *applied, struct arguments *out)
{
    uint32_t total = node->list.count + (applied != NULL);
    out->items = out->items_inline;
    out->count = 0;
    if (total > CALL_ARGUMENTS_INLINE) {
        out->items = ev_alloc(ev, (uint64_t)total * sizeof *out->items);
        if (!out->items) return false;
    }
    if (applied) out->items[out->count++] = *applied;
    for (uint32_t i = 0; i < node->list.count; i++) {
        json v = eval(ev, node->list.items[i], input, frame);
        if (is_failed(v)) return false;
        out->items[out->count++] = v;
    }
    return true;
}

/* ---- calls ---- */

/* The call that a lambda left to its caller. Its arguments are evaluated where it stands, its
 * context is that of the caller, as in the reference. */
static json call_tail(struct ev *ev, json input, struct frame *frame)
{
    const struct node *node = ev->tail.node;
    json tail_input = ev->tail.input;
    struct frame *tail_frame = ev->tail.frame;
    json next = eval(ev, node->lhs, tail_input, tail_frame);
    if (is_failed(next)) return next;
    struct arguments arguments;
    if (!eval_arguments(ev, node, tail_input, tail_frame, NULL, &arguments)) return failed();
    json result;
    if (is_function(next)) {
        result = call_once(ev, function_of(next), arguments.items, arguments.count, input, frame);
    } else {
        result = fail(ev, "T1006", node->position);
    }
    if (!is_failed(result)) return result;
    if (ev->failure.parts.token.len == 0) ev->failure.parts.token = node_token(node->lhs);
    ev->failure.position = node->position;
    return result;
}

json call_function(struct ev *ev, json function, const json *arguments, uint32_t count, json input,
                   struct frame *frame)
{
    if (!is_function(function)) return fail(ev, "T1006", 0);
    if (ev->depth >= ev->depth_max) return fail(ev, "D1011", 0);
    ev->depth++;
    json result = call_once(ev, function_of(function), arguments, count, input, frame);
    while (result.kind == KIND_TAIL) {
        if (!spend(ev, 1)) return failed();
        result = call_tail(ev, input, frame);
        if (is_failed(result)) ev->failure.in_tail = true;
    }
    ev->depth--;
    return result;
}

static str procedure_name(const struct node *procedure)
{
    const struct node *named = procedure;
    if (procedure->type == NODE_PATH) named = procedure->list.items[0];
    bool has_name = named->type == NODE_NAME || named->type == NODE_VARIABLE;
    return has_name ? json_str(named->value) : (str){ 0 };
}

/* `sum(x)` where `$sum(x)` was meant. */
static bool looks_like_variable(struct ev *ev, const struct node *node, json procedure,
                                struct frame *frame)
{
    if (!is_undefined(procedure) || node->symbol == SYMBOL_NONE) return false;
    json v = lookup_symbol(ev, frame, node->symbol);
    return !is_undefined(v) && !is_failed(v);
}

static json fail_procedure(struct ev *ev, const struct node *node, const char *code)
{
    return fail_with(ev, code, node->position,
                     &(struct error_parts){ .token = procedure_name(node->lhs) });
}

json eval_function(struct ev *ev, const struct node *node, json input, struct frame *frame,
                   const json *applied)
{
    if ((node->flags & NODE_TAIL) && !applied) {
        ev->tail.node = node;
        ev->tail.input = input;
        ev->tail.frame = frame;
        return (json){ .kind = KIND_TAIL };
    }
    json procedure = eval(ev, node->lhs, input, frame);
    if (is_failed(procedure)) return procedure;
    if (looks_like_variable(ev, node, procedure, frame)) {
        return fail_procedure(ev, node, "T1005");
    }
    struct arguments arguments;
    if (!eval_arguments(ev, node, input, frame, applied, &arguments)) return failed();
    if (!is_function(procedure)) return fail_procedure(ev, node, "T1006");
    json result = call_function(ev, procedure, arguments.items, arguments.count, input, frame);
    if (!is_failed(result)) return result;
    if (ev->failure.parts.token.len == 0) ev->failure.parts.token = procedure_name(node->lhs);
    if (!ev->failure.in_tail || ev->failure.position == 0) ev->failure.position = node->position;
    ev->failure.in_tail = false;
    return result;
}

json eval_lambda(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f) return failed();
    uint32_t count = node->list.count;
    *f = (struct function){ .type = FUNCTION_LAMBDA,
                            .arity = count > UINT8_MAX ? UINT8_MAX : (uint8_t)count,
                            .signature = node->signature,
                            .node = node,
                            .frame = frame,
                            .input = input,
                            .parameters = node->list.items,
                            .parameter_count = count };
    return function_value(f);
}

json eval_apply(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    json left = eval(ev, node->lhs, input, frame);
    if (is_failed(left)) return left;
    if (node->rhs->type == NODE_FUNCTION) {
        return eval_function(ev, node->rhs, input, frame, &left);
    }
    json right = eval(ev, node->rhs, input, frame);
    if (is_failed(right)) return right;
    if (!is_function(right)) return fail_value(ev, "T2006", node->position, right);
    if (!is_function(left)) return call_function(ev, right, &left, 1, json_null(), frame);
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f) return failed();
    *f = (struct function){ .type = FUNCTION_CHAIN, .arity = 1, .first = left, .second = right };
    return function_value(f);
}

/* ---- partial application ---- */

/* Parameters with a value are bound in a scope of their own, the others are left over. */
static json partial_lambda(struct ev *ev, const struct function *from, const json *arguments,
                           uint32_t count)
{
    struct frame *frame = frame_new(ev, from->frame, from->parameter_count);
    struct function *f = ev_alloc(ev, sizeof *f);
    struct node **open =
        ev_alloc(ev, ((uint64_t)from->parameter_count + 1) * sizeof(struct node *));
    if (!frame || !f || !open) return failed();
    uint32_t open_count = 0;
    for (uint32_t i = 0; i < from->parameter_count; i++) {
        if (i < count && arguments[i].kind == KIND_TAIL) {
            open[open_count++] = from->parameters[i];
            continue;
        }
        json v = i < count ? arguments[i] : undefined();
        if (!frame_bind(ev, frame, from->parameters[i]->symbol, v)) return failed();
    }
    *f = *from;
    f->signature = NULL;
    f->frame = frame;
    f->parameters = open;
    f->parameter_count = open_count;
    f->arity = open_count > UINT8_MAX ? UINT8_MAX : (uint8_t)open_count;
    return function_value(f);
}

static json partial_native(struct ev *ev, const struct function *from, const json *arguments,
                           uint32_t count)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    json *bound = ev_alloc(ev, ((uint64_t)count + 1) * sizeof *bound);
    if (!f || !bound) return failed();
    uint32_t open = 0;
    for (uint32_t i = 0; i < count; i++) {
        bound[i] = arguments[i];
        if (bound[i].kind == KIND_TAIL) open++;
    }
    *f = (struct function){ .type = FUNCTION_PARTIAL,
                            .arity = open > UINT8_MAX ? UINT8_MAX : (uint8_t)open,
                            .base = from,
                            .bound = bound,
                            .bound_count = count };
    return function_value(f);
}

json eval_partial(struct ev *ev, const struct node *node, json input, struct frame *frame)
{
    uint32_t count = node->list.count;
    json *arguments = ev_alloc(ev, (uint64_t)count * sizeof *arguments);
    if (!arguments) return failed();
    for (uint32_t i = 0; i < count; i++) {
        const struct node *item = node->list.items[i];
        bool open = item->type == NODE_OPERATOR && item->op == TOKEN_QUESTION;
        arguments[i] = open ? (json){ .kind = KIND_TAIL } : eval(ev, item, input, frame);
        if (is_failed(arguments[i])) return failed();
    }
    json procedure = eval(ev, node->lhs, input, frame);
    if (is_failed(procedure)) return procedure;
    if (looks_like_variable(ev, node, procedure, frame)) {
        return fail_procedure(ev, node, "T1007");
    }
    if (!is_function(procedure)) return fail_procedure(ev, node, "T1008");
    const struct function *f = function_of(procedure);
    return f->type == FUNCTION_LAMBDA ? partial_lambda(ev, f, arguments, count)
                                      : partial_native(ev, f, arguments, count);
}

/* ---- for host functions ---- */

json jsonata_undefined(void)
{
    return undefined();
}

bool jsonata_is_undefined(json value)
{
    return is_undefined(value);
}

bool jsonata_is_function(json value)
{
    return is_function(value);
}

size_t jsonata_call_count(const struct jsonata_call *call)
{
    return call->count;
}

json jsonata_call_argument(const struct jsonata_call *call, size_t index)
{
    return call_argument(call, index);
}

void *jsonata_call_context(const struct jsonata_call *call)
{
    return call->ev->env->context;
}

struct arena *jsonata_call_arena(const struct jsonata_call *call)
{
    return call->ev->arena;
}

const struct jsonata_env *jsonata_call_env(const struct jsonata_call *call)
{
    return call->ev->env;
}

bool jsonata_call_spend(struct jsonata_call *call, uint64_t count)
{
    return spend(call->ev, count);
}

bool jsonata_call_fail(struct jsonata_call *call, const char *code, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    fail_text(call->ev, code, arena_str(call->ev->arena, str_from(text)));
    return false;
}
