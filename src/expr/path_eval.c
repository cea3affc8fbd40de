/* Evaluates compiled JSONPaths. A plain path walks members without allocation; any other is walked
 * recursively (the depth is bounded by the steps of the path and the depth of the document, the
 * work by a budget of visits). */
#include "expr/path.h"

struct walk {
    const struct path *path;
    const struct path_eval *eval;
    size_t end;                   /* the step to stop before */
    struct json_list nodes;       /* found so far */
    bool out_of_range;            /* the last step was an index beyond its array */
    struct path_problem *problem; /* written when a step function returns false */
};

void path_budget_init(struct path_budget *budget, const struct arena *arena)
{
    *budget = (struct path_budget){
        .visits_left = EXPR_PATH_VISITS_MAX,
        .arena_bytes_max = arena->used_bytes + EXPR_RESULT_BYTES_MAX,
    };
}

bool path_budget_take(const struct path_eval *eval, size_t count)
{
    struct path_budget *budget = eval->budget;
    if (budget->visits_left < count || eval->arena->used_bytes > budget->arena_bytes_max) {
        budget->visits_left = 0;
        return false;
    }
    budget->visits_left -= count;
    return true;
}

static enum path_status report(struct path_problem *problem, const struct path *path,
                               enum path_fault fault, size_t step, json model)
{
    *problem = (struct path_problem){ path, fault, step, model };
    bool absent = fault == PATH_NO_RESULTS || fault == PATH_MISSING_PROPERTY ||
                  fault == PATH_NOT_AN_OBJECT || fault == PATH_IS_NULL;
    return absent ? PATH_NOT_FOUND : PATH_INVALID;
}

/* A negative index counts from the end. False if there is no such item. */
static bool effective_index(json array, int64_t index, size_t *out)
{
    int64_t count = (int64_t)json_count(array);
    if (index < 0) index += count;
    if (index < 0 || index >= count) return false;
    *out = (size_t)index;
    return true;
}

/* ---- plain paths ---- */

static enum path_status evaluate_plain(const struct path *path, json model, json *out,
                                       struct path_problem *problem)
{
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        bool last = i + 1 == path->count;
        if (step->kind == PATH_MEMBER) {
            if (!json_is_object(model)) return report(problem, path, PATH_NOT_AN_OBJECT, i, model);
            const json *value = json_find(model, step->member);
            if (!value) {
                return report(problem, path, last ? PATH_NO_RESULTS : PATH_MISSING_PROPERTY, i,
                              model);
            }
            model = *value;
        } else {
            size_t index = 0;
            if (json_is_null(model)) return report(problem, path, PATH_IS_NULL, i, model);
            if (!json_is_array(model)) return report(problem, path, PATH_NOT_AN_ARRAY, i, model);
            if (!effective_index(model, step->index, &index)) {
                (void)report(problem, path, PATH_NO_RESULTS, i, model);
                return last ? PATH_OUT_OF_RANGE : PATH_NOT_FOUND;
            }
            model = json_at(model, index);
        }
    }
    *out = model;
    return PATH_FOUND;
}

/* ---- all others ---- */

/* `definite`: no step so far could have found several nodes. Then what does not fit is a fault;
 * behind an indefinite step it is passed over. False: w->problem says what stops the evaluation. */
static bool walk_step(struct walk *w, size_t at, json model, bool definite);

static bool stop(struct walk *w, enum path_fault fault, size_t at, json model)
{
    (void)report(w->problem, w->path, fault, at, model);
    return false;
}

static bool walk_name(struct walk *w, size_t at, json model, str name, bool definite)
{
    const json *value = json_find(model, name);
    if (value) return walk_step(w, at + 1, *value, definite);
    if (at + 1 == w->end) return w->eval->strict ? stop(w, PATH_NO_RESULTS, at, model) : true;
    if (definite || w->eval->strict) return stop(w, PATH_MISSING_PROPERTY, at, model);
    return true;
}

static bool walk_members(struct walk *w, size_t at, json model, bool definite)
{
    const struct path_step *step = &w->path->steps[at];
    if (!json_is_object(model)) {
        return definite ? stop(w, PATH_NOT_AN_OBJECT, at, model) : true;
    }
    if (step->kind == PATH_MEMBER) return walk_name(w, at, model, step->member, definite);
    if (at + 1 < w->end) {
        for (size_t i = 0; i < step->members.count; i++) {
            if (!walk_name(w, at, model, step->members.names[i], false)) return false;
        }
        return true;
    }
    struct json_fields merged;
    json_fields_init(&merged, w->eval->arena);
    for (size_t i = 0; i < step->members.count; i++) {
        const json *value = json_find(model, step->members.names[i]);
        if (value)
            json_fields_add(&merged, step->members.names[i], *value);
        else if (w->eval->strict)
            return stop(w, PATH_MISSING_PROPERTY, at, model);
    }
    return walk_step(w, at + 1, json_fields_done(&merged), definite);
}

static bool walk_index(struct walk *w, size_t at, json array, int64_t index, bool definite)
{
    size_t place = 0;
    if (effective_index(array, index, &place)) {
        return walk_step(w, at + 1, json_at(array, place), definite);
    }
    if (at + 1 == w->end) w->out_of_range = true;
    return true;
}

/* Jayway's three slices differ in what a negative number means: from the end in [a:] and [:b], but
 * in [a:b] the loop simply runs from a to b and each index counts from the end by itself. */
static bool walk_slice(struct walk *w, size_t at, json array)
{
    const struct path_step *step = &w->path->steps[at];
    int64_t count = (int64_t)json_count(array);
    int64_t from = 0, to = count;
    if (step->slice.has_from && step->slice.has_to) {
        from = step->slice.from < -count ? -count : step->slice.from;
        to = step->slice.to < count ? step->slice.to : count;
    } else if (step->slice.has_from) {
        from = step->slice.from < 0 ? count + step->slice.from : step->slice.from;
        if (from < 0) from = 0;
    } else {
        to = step->slice.to < 0 ? count + step->slice.to : step->slice.to;
        if (to > count) to = count;
    }
    for (int64_t i = from; i < to; i++) {
        if (!walk_index(w, at, array, i, false)) return false;
    }
    return true;
}

static bool walk_array(struct walk *w, size_t at, json model, bool definite)
{
    const struct path_step *step = &w->path->steps[at];
    if (!json_is_array(model)) {
        if (!definite) return true;
        return stop(w, json_is_null(model) ? PATH_IS_NULL : PATH_NOT_AN_ARRAY, at, model);
    }
    if (step->kind == PATH_INDEX) return walk_index(w, at, model, step->index, definite);
    if (step->kind == PATH_SLICE) return walk_slice(w, at, model);
    for (size_t i = 0; i < step->indexes.count; i++) {
        if (!walk_index(w, at, model, step->indexes.items[i], false)) return false;
    }
    return true;
}

static json child(json container, size_t index)
{
    return json_is_array(container) ? json_at(container, index) : json_value_at(container, index);
}

static bool walk_wildcard(struct walk *w, size_t at, json model)
{
    for (size_t i = 0; i < json_count(model); i++) {
        if (!walk_step(w, at + 1, child(model, i), false)) return false;
    }
    return true;
}

static bool walk_filter(struct walk *w, size_t at, json model, bool definite)
{
    const struct filter *filter = w->path->steps[at].filter;
    if (json_is_object(model)) {
        if (!filter_accepts(filter, w->eval, model)) return true;
        return walk_step(w, at + 1, model, false);
    }
    if (!json_is_array(model)) {
        return definite ? stop(w, PATH_NOT_FILTERABLE, at, model) : true;
    }
    for (size_t i = 0; i < json_count(model); i++) {
        json item = json_at(model, i);
        if (!filter_accepts(filter, w->eval, item)) continue;
        if (!walk_step(w, at + 1, item, false)) return false;
    }
    return true;
}

static bool has_all_members(const struct path_step *step, json model)
{
    if (!json_is_object(model)) return false;
    if (step->kind == PATH_MEMBER) return json_find(model, step->member) != NULL;
    for (size_t i = 0; i < step->members.count; i++) {
        if (!json_find(model, step->members.names[i])) return false;
    }
    return true;
}

/* True if the step behind a scan is to be tried at this container. */
static bool scan_matches(struct walk *w, size_t next, json model)
{
    const struct path_step *step = &w->path->steps[next];
    switch (step->kind) {
    case PATH_MEMBER: return has_all_members(step, model);
    case PATH_MEMBERS:
        return next + 1 < w->end ? json_is_object(model) : has_all_members(step, model);
    case PATH_INDEX:
    case PATH_INDEXES:
    case PATH_SLICE: return json_is_array(model);
    case PATH_WILDCARD: return true;
    case PATH_FILTER: return filter_accepts(step->filter, w->eval, model);
    case PATH_SCAN:
    case PATH_FUNCTION: return false;
    }
    return false;
}

/* Every container below and with `model`, itself first. */
static bool walk_scan(struct walk *w, size_t next, json model)
{
    if (!json_is_array(model) && !json_is_object(model)) return true;
    if (!path_budget_take(w->eval, 1)) return stop(w, PATH_BUDGET_USED_UP, next, model);
    if (scan_matches(w, next, model) && !walk_step(w, next, model, false)) return false;
    for (size_t i = 0; i < json_count(model); i++) {
        if (!walk_scan(w, next, child(model, i))) return false;
    }
    return true;
}

static bool walk_function(struct walk *w, size_t at, json model, bool nodes, bool definite)
{
    json result = json_null();
    if (!path_function_call(&w->path->steps[at], w->eval, model, nodes, &result)) {
        return stop(w, PATH_FUNCTION_FAILED, at, model);
    }
    return walk_step(w, at + 1, result, definite);
}

static bool walk_step(struct walk *w, size_t at, json model, bool definite)
{
    if (!path_budget_take(w->eval, 1)) return stop(w, PATH_BUDGET_USED_UP, at, model);
    if (at == w->end) {
        json_list_add(&w->nodes, model);
        return true;
    }
    switch (w->path->steps[at].kind) {
    case PATH_MEMBER:
    case PATH_MEMBERS: return walk_members(w, at, model, definite);
    case PATH_INDEX:
    case PATH_INDEXES:
    case PATH_SLICE: return walk_array(w, at, model, definite);
    case PATH_WILDCARD: return walk_wildcard(w, at, model);
    case PATH_SCAN: return at + 1 == w->end ? true : walk_scan(w, at + 1, model);
    case PATH_FILTER: return walk_filter(w, at, model, definite);
    case PATH_FUNCTION: return walk_function(w, at, model, false, definite);
    }
    return true;
}

/* A function behind a scan gets all nodes at once: $..price.sum(). */
static bool walk_folded(struct walk *w, json root)
{
    w->end = w->path->folded - 1;
    if (!walk_step(w, 0, root, true)) return false;
    json nodes = json_list_done(&w->nodes);
    json_list_init(&w->nodes, w->eval->arena);
    w->end = w->path->count;
    return walk_function(w, w->path->folded - 1, nodes, true, true);
}

enum path_status path_evaluate(const struct path *path, const struct path_eval *eval, json *out,
                               struct path_problem *problem)
{
    json root = path->root == PATH_ROOT_ITEM ? eval->item : eval->document;
    if (path->plain) return evaluate_plain(path, root, out, problem);
    struct walk w = { .path = path, .eval = eval, .end = path->count, .problem = problem };
    json_list_init(&w.nodes, eval->arena);
    bool ok = path->folded ? walk_folded(&w, root) : walk_step(&w, 0, root, true);
    if (!ok) {
        enum path_status status =
            report(problem, path, problem->fault, problem->step, problem->model);
        bool none = status == PATH_NOT_FOUND && !path->definite && !eval->strict;
        if (!none) return status;
        /* AWS answers [] when the way to an indefinite step is not there. */
        *out = json_array(NULL, 0);
        return PATH_FOUND;
    }
    if (eval->budget->visits_left == 0) {
        return report(problem, path, PATH_BUDGET_USED_UP, path->count, root);
    }
    if (!path->definite) {
        *out = json_list_done(&w.nodes);
        return PATH_FOUND;
    }
    if (w.nodes.count == 0) {
        (void)report(problem, path, PATH_NO_RESULTS, path->count, root);
        return w.out_of_range ? PATH_OUT_OF_RANGE : PATH_NOT_FOUND;
    }
    *out = w.nodes.items[w.nodes.count - 1];
    return PATH_FOUND;
}

/* ---- texts ---- */

void path_java_text(struct buf *buf, json value)
{
    switch ((enum json_kind)value.kind) {
    case JSON_STRING: buf_add(buf, json_str(value)); break;
    case JSON_ARRAY:
        buf_add_char(buf, '[');
        for (size_t i = 0; i < json_count(value); i++) {
            if (i > 0) buf_add(buf, STR(", "));
            path_java_text(buf, json_at(value, i));
        }
        buf_add_char(buf, ']');
        break;
    case JSON_OBJECT:
        buf_add_char(buf, '{');
        for (size_t i = 0; i < json_count(value); i++) {
            if (i > 0) buf_add(buf, STR(", "));
            buf_add(buf, json_key_at(value, i));
            buf_add_char(buf, '=');
            path_java_text(buf, json_value_at(value, i));
        }
        buf_add_char(buf, '}');
        break;
    case JSON_NULL:
    case JSON_BOOL:
    case JSON_NUMBER: json_write(buf, value); break;
    }
}

static const char *java_class(json value)
{
    int64_t integer = 0;
    switch ((enum json_kind)value.kind) {
    case JSON_NULL: return "null";
    case JSON_BOOL: return "java.lang.Boolean";
    case JSON_STRING: return "java.lang.String";
    case JSON_ARRAY: return "java.util.ArrayList";
    case JSON_OBJECT: return "java.util.LinkedHashMap";
    case JSON_NUMBER:
        if (!json_to_i64(value, &integer)) return "java.lang.Double";
        return integer >= INT32_MIN && integer <= INT32_MAX ? "java.lang.Integer"
                                                            : "java.lang.Long";
    }
    return "null";
}

static void add_steps(struct buf *buf, const struct path *path, size_t count)
{
    buf_add_char(buf, path->root == PATH_ROOT_ITEM ? '@' : '$');
    for (size_t i = 0; i < count && i < path->count; i++)
        buf_add(buf, path->steps[i].text);
}

str path_problem_text(const struct path_problem *problem, struct arena *arena)
{
    const struct path *path = problem->path;
    str step = problem->step < path->count ? path->steps[problem->step].text : STR("");
    struct buf buf;
    buf_init(&buf, arena);
    switch (problem->fault) {
    case PATH_NO_RESULTS:
        buf_add(&buf, STR("No results for path: "));
        add_steps(&buf, path, path->count);
        break;
    case PATH_MISSING_PROPERTY:
        buf_add(&buf, STR("Missing property in path "));
        add_steps(&buf, path, problem->step + 1);
        break;
    case PATH_NOT_AN_OBJECT:
        buf_printf(&buf, "Expected to find an object with property %.*s in path ", STR_ARGS(step));
        add_steps(&buf, path, problem->step);
        buf_printf(&buf,
                   " but found '%s'. This is not a json object according to the JsonProvider: "
                   "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
                   java_class(problem->model));
        break;
    case PATH_IS_NULL:
        buf_add(&buf, STR("The path "));
        add_steps(&buf, path, problem->step);
        buf_add(&buf, STR(" is null"));
        break;
    case PATH_NOT_AN_ARRAY:
        buf_printf(&buf, "Filter: %.*s can only be applied to arrays. Current context is: ",
                   STR_ARGS(step));
        path_java_text(&buf, problem->model);
        break;
    case PATH_NOT_FILTERABLE:
        buf_printf(&buf, "Filter: %.*s can not be applied to primitives. Current context is: ",
                   STR_ARGS(step));
        path_java_text(&buf, problem->model);
        break;
    case PATH_FUNCTION_FAILED:
        buf_printf(&buf, "Function %.*s could not be applied to: ", STR_ARGS(step));
        path_java_text(&buf, problem->model);
        break;
    case PATH_BUDGET_USED_UP: buf_add(&buf, STR("The path looks at too many nodes")); break;
    case PATH_NULL_DOCUMENT:
        buf_add(&buf, STR("Unable to apply Path transformation to null or empty input."));
        break;
    }
    return buf_str(&buf);
}
