/* References: from a name along properties, methods and indexes; and setting what they name. */
#include "template/internal.h"

/* ---- properties ---- */

static struct value loop_property(struct run *run, const struct loop *loop, str name)
{
    if (str_eq(name, STR("count"))) return vtl_value_integer(run, (int64_t)loop->index + 1);
    if (str_eq(name, STR("index"))) return vtl_value_integer(run, (int64_t)loop->index);
    if (str_eq(name, STR("hasNext"))) return vtl_value_boolean(loop->index + 1 < loop->count);
    if (str_eq(name, STR("first"))) return vtl_value_boolean(loop->index == 0);
    if (str_eq(name, STR("last"))) return vtl_value_boolean(loop->index + 1 == loop->count);
    if (str_eq(name, STR("parent")) && loop->outer)
        return (struct value){ .kind = VALUE_LOOP, .loop = loop->outer };
    return vtl_value_none();
}

static struct value input_property(struct run *run, str name)
{
    if (!str_eq(name, STR("body"))) return vtl_value_none();
    if (str_is_empty(run->input->body)) return vtl_value_string(STR("{}"));
    return vtl_value_string(vtl_text_well_formed(run->arena, run->input->body));
}

static bool property(struct run *run, struct value self, str name, struct value *out)
{
    *out = vtl_value_none();
    switch (self.kind) {
    case VALUE_MAP: return vtl_map_find(run, self.map, name, out);
    case VALUE_LOOP: *out = loop_property(run, self.loop, name); break;
    case VALUE_INPUT: *out = input_property(run, name); break;
    case VALUE_BLANK: out->kind = VALUE_BLANK; break;
    case VALUE_ENTRY:
        if (str_eq(name, STR("key"))) *out = vtl_value_string(self.entry->key);
        if (str_eq(name, STR("value"))) *out = self.entry->value;
        break;
    case VALUE_LIST:
        if (str_eq(name, STR("empty"))) *out = vtl_value_boolean(vtl_list_count(self.list) == 0);
        break;
    case VALUE_STRING:
        if (str_eq(name, STR("empty"))) *out = vtl_value_boolean(self.text.len == 0);
        break;
    case VALUE_NONE:
    case VALUE_BOOLEAN:
    case VALUE_NUMBER:
    case VALUE_UTIL: break;
    }
    return true;
}

/* ---- indexes ---- */

/* Where an index into a list of `count` leads; count where it leads nowhere. -1 is the last. */
static size_t list_place(struct value index, size_t count)
{
    int64_t at;
    if (index.kind != VALUE_NUMBER || !json_to_i64(index.number, &at)) return count;
    if (at < 0 && at >= -(int64_t)count) at += (int64_t)count;
    return at >= 0 && (uint64_t)at < count ? (size_t)at : count;
}

static bool indexed(struct run *run, struct value self, const struct expression *expression,
                    struct value *out)
{
    struct value index;
    *out = vtl_value_none();
    if (!vtl_evaluate(run, expression, &index)) return false;
    if (self.kind == VALUE_LIST)
        return vtl_list_at(run, self.list, list_place(index, vtl_list_count(self.list)), out);
    if (self.kind == VALUE_BLANK) out->kind = VALUE_BLANK;
    if (self.kind != VALUE_MAP) return true;
    str key;
    return vtl_value_text(run, index, &key) && vtl_map_find(run, self.map, key, out);
}

/* ---- methods ---- */

static struct method_table methods_of(struct value self)
{
    switch (self.kind) {
    case VALUE_BLANK:
    case VALUE_STRING: return vtl_string_methods();
    case VALUE_LIST: return vtl_list_methods();
    case VALUE_MAP: return vtl_map_methods();
    case VALUE_ENTRY: return vtl_entry_methods();
    case VALUE_BOOLEAN:
    case VALUE_NUMBER: return vtl_scalar_methods();
    case VALUE_INPUT: return vtl_input_methods();
    case VALUE_UTIL: return vtl_util_methods();
    case VALUE_NONE:
    case VALUE_LOOP: break;
    }
    return (struct method_table){ NULL, 0 };
}

static const struct method *find_method(struct method_table table, const struct step *step)
{
    for (size_t i = 0; i < table.count; i++) {
        const struct method *method = &table.methods[i];
        if (str_eq(method->name, step->name) && step->count >= method->min &&
            step->count <= method->max)
            return method;
    }
    return NULL;
}

/* getName() and isName() of what has the property `name`. */
static bool getter(struct run *run, struct value self, const struct step *step, struct value *out)
{
    *out = vtl_value_none();
    size_t prefix = str_starts_with(step->name, STR("get"))  ? 3
                    : str_starts_with(step->name, STR("is")) ? 2
                                                             : 0;
    if (prefix == 0 || step->name.len == prefix || step->count > 0) return true;
    if (self.kind == VALUE_MAP) return true; /* maps have no such methods */
    char *name = arena_alloc(run->arena, step->name.len);
    memcpy(name, step->name.ptr + prefix, step->name.len - prefix);
    if (name[0] >= 'A' && name[0] <= 'Z') name[0] = (char)(name[0] + 'a' - 'A');
    return property(run, self, (str){ name, step->name.len - prefix }, out);
}

static bool call_method(struct run *run, struct value self, const struct step *step,
                        struct value *out)
{
    *out = vtl_value_none();
    if (self.kind == VALUE_NONE) return true;
    const struct method *method = find_method(methods_of(self), step);
    struct value *arguments = arena_array(run->arena, step->count, sizeof *arguments);
    for (size_t i = 0; i < step->count; i++)
        if (!vtl_evaluate(run, &step->arguments[i], &arguments[i])) return false;
    if (!method) return getter(run, self, step, out);
    if (self.kind == VALUE_BLANK) self = vtl_value_string(STR(""));
    struct call call = { run, self, arguments, step->count };
    return method->call(&call, out);
}

/* ---- chains ---- */

static bool take_step(struct run *run, struct value self, const struct step *step,
                      struct value *out)
{
    if (!vtl_run_step(run, 1)) return false;
    switch (step->kind) {
    case STEP_PROPERTY: return property(run, self, step->name, out);
    case STEP_METHOD: return call_method(run, self, step, out);
    case STEP_INDEX: return indexed(run, self, &step->arguments[0], out);
    }
    return true;
}

static bool resolve_steps(struct run *run, const struct reference *reference, size_t count,
                          struct value *out)
{
    if (!vtl_map_find(run, &run->variables, reference->name, out)) return false;
    for (size_t i = 0; i < count && out->kind != VALUE_NONE; i++) {
        struct value self = *out;
        if (!take_step(run, self, &reference->steps[i], out)) return false;
    }
    return true;
}

bool vtl_resolve(struct run *run, const struct reference *reference, struct value *out)
{
    return resolve_steps(run, reference, reference->count, out);
}

static bool set_index(struct run *run, struct value holder, const struct step *step,
                      struct value value)
{
    struct value index;
    if (!vtl_evaluate(run, &step->arguments[0], &index)) return false;
    str key;
    if (holder.kind == VALUE_MAP)
        return vtl_value_text(run, index, &key) && vtl_map_put(run, holder.map, key, value);
    if (holder.kind != VALUE_LIST) return true;
    if (!vtl_list_open(run, holder.list)) return false;
    size_t place = list_place(index, holder.list->count);
    if (place < holder.list->count) holder.list->items[place] = value;
    return true;
}

/* Null is not set, as in Velocity 1.7: the variable keeps what it had. */
bool vtl_assign(struct run *run, const struct reference *reference, struct value value)
{
    if (value.kind == VALUE_NONE) return true;
    if (reference->count == 0) return vtl_map_put(run, &run->variables, reference->name, value);
    struct value holder;
    if (!resolve_steps(run, reference, reference->count - 1, &holder)) return false;
    const struct step *last = &reference->steps[reference->count - 1];
    if (last->kind == STEP_INDEX) return set_index(run, holder, last, value);
    if (holder.kind != VALUE_MAP) return true;
    return vtl_map_put(run, holder.map, last->name, value);
}
