/* The functions at the end of a JSONPath: $.a.length(), $.a.sum(), $.a.concat("x", $.b). */
#include <math.h>

#include "expr/path.h"

static const struct {
    str name;
    enum path_function function;
} functions[] = {
    { STR_INIT("min"), PATH_FN_MIN },        { STR_INIT("max"), PATH_FN_MAX },
    { STR_INIT("avg"), PATH_FN_AVG },        { STR_INIT("sum"), PATH_FN_SUM },
    { STR_INIT("stddev"), PATH_FN_STDDEV },  { STR_INIT("length"), PATH_FN_LENGTH },
    { STR_INIT("size"), PATH_FN_LENGTH },    { STR_INIT("keys"), PATH_FN_KEYS },
    { STR_INIT("concat"), PATH_FN_CONCAT },  { STR_INIT("append"), PATH_FN_APPEND },
    { STR_INIT("first"), PATH_FN_FIRST },    { STR_INIT("last"), PATH_FN_LAST },
    { STR_INIT("index"), PATH_FN_INDEX_OF },
};

bool path_function_find(str name, enum path_function *out)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (str_eq(functions[i].name, name)) {
            *out = functions[i].function;
            return true;
        }
    }
    return false;
}

static bool argument_value(const struct path_argument *argument, const struct path_eval *eval,
                           json *out)
{
    if (!argument->path) {
        *out = argument->value;
        return true;
    }
    struct path_problem ignored;
    return path_evaluate(argument->path, eval, out, &ignored) == PATH_FOUND;
}

/* The items of `model` if it is an array, then the arguments, arrays among them opened. */
static bool collect(const struct path_step *step, const struct path_eval *eval, json model,
                    struct json_list *out)
{
    json_list_init(out, eval->arena);
    if (json_is_array(model)) {
        for (size_t i = 0; i < json_count(model); i++)
            json_list_add(out, json_at(model, i));
    }
    for (size_t k = 0; k < step->call.count; k++) {
        json value = json_null();
        if (!argument_value(&step->call.arguments[k], eval, &value)) return false;
        if (!json_is_array(value)) {
            json_list_add(out, value);
            continue;
        }
        for (size_t i = 0; i < json_count(value); i++)
            json_list_add(out, json_at(value, i));
    }
    return true;
}

static bool aggregate(const struct path_step *step, const struct path_eval *eval, json model,
                      json *out)
{
    struct json_list values;
    if (!collect(step, eval, model, &values)) return false;
    double sum = 0, squares = 0, least = INFINITY, most = -INFINITY, count = 0;
    for (size_t i = 0; i < values.count; i++) {
        if (!json_is_number(values.items[i])) continue;
        double x = json_number(values.items[i]);
        sum += x;
        squares += x * x;
        least = fmin(least, x);
        most = fmax(most, x);
        count++;
    }
    if (count == 0) return false;
    double result = 0;
    switch (step->call.function) {
    case PATH_FN_MIN: result = least; break;
    case PATH_FN_MAX: result = most; break;
    case PATH_FN_AVG: result = sum / count; break;
    case PATH_FN_STDDEV: result = sqrt(fmax(0, squares / count - sum * sum / count / count)); break;
    default: result = sum; break;
    }
    if (!isfinite(result)) return false;
    *out = json_double(result);
    return true;
}

/* Behind a scan Jayway counts what is inside the nodes found, not the nodes. */
static bool length(const struct path_eval *eval, json model, bool nodes, json *out)
{
    size_t count = json_count(model);
    if (nodes) {
        count = 0;
        for (size_t i = 0; i < json_count(model); i++)
            count += json_count(json_at(model, i));
    } else if (!json_is_array(model) && !json_is_object(model)) {
        *out = json_null();
        return true;
    }
    *out = json_i64(eval->arena, (int64_t)count);
    return true;
}

static bool keys(const struct path_eval *eval, json model, json *out)
{
    *out = json_null();
    if (!json_is_object(model)) return true;
    struct json_list names;
    json_list_init(&names, eval->arena);
    for (size_t i = 0; i < json_count(model); i++)
        json_list_add(&names, json_string(json_key_at(model, i)));
    *out = json_list_done(&names);
    return true;
}

static bool concat(const struct path_step *step, const struct path_eval *eval, json model,
                   json *out)
{
    struct json_list values;
    if (!collect(step, eval, model, &values)) return false;
    struct buf text;
    buf_init(&text, eval->arena);
    for (size_t i = 0; i < values.count; i++) {
        if (json_is_string(values.items[i]))
            buf_add(&text, json_str(values.items[i]));
        else if (json_is_number(values.items[i]))
            json_write(&text, values.items[i]);
        if (text.len > EXPR_RESULT_BYTES_MAX) return false;
    }
    *out = json_string(text_of(&text));
    return true;
}

static bool append(const struct path_step *step, const struct path_eval *eval, json model,
                   json *out)
{
    *out = model;
    if (!json_is_array(model)) return true;
    struct json_list items;
    json_list_init(&items, eval->arena);
    for (size_t i = 0; i < json_count(model); i++)
        json_list_add(&items, json_at(model, i));
    for (size_t i = 0; i < step->call.count; i++) {
        json value = json_null();
        if (!argument_value(&step->call.arguments[i], eval, &value)) return false;
        json_list_add(&items, value);
    }
    *out = json_list_done(&items);
    return true;
}

static bool pick(const struct path_step *step, const struct path_eval *eval, json model, json *out)
{
    int64_t index = step->call.function == PATH_FN_LAST ? -1 : 0;
    if (!json_is_array(model)) return false;
    if (step->call.function == PATH_FN_INDEX_OF) {
        json value = json_null();
        if (step->call.count == 0) return false;
        if (!argument_value(&step->call.arguments[0], eval, &value)) return false;
        if (!json_is_number(value) || !json_to_i64(value, &index)) return false;
    }
    int64_t count = (int64_t)json_count(model);
    if (index < -count || index >= count) return false;
    *out = json_at(model, (size_t)(index < 0 ? index + count : index));
    return true;
}

bool path_function_call(const struct path_step *step, const struct path_eval *eval, json model,
                        bool nodes, json *out)
{
    switch (step->call.function) {
    case PATH_FN_MIN:
    case PATH_FN_MAX:
    case PATH_FN_AVG:
    case PATH_FN_SUM:
    case PATH_FN_STDDEV: return aggregate(step, eval, model, out);
    case PATH_FN_LENGTH: return length(eval, model, nodes, out);
    case PATH_FN_KEYS: return keys(eval, model, out);
    case PATH_FN_CONCAT: return concat(step, eval, model, out);
    case PATH_FN_APPEND: return append(step, eval, model, out);
    case PATH_FN_FIRST:
    case PATH_FN_LAST:
    case PATH_FN_INDEX_OF: return pick(step, eval, model, out);
    }
    return false;
}
