/* Values while an expression is being evaluated, and the state of one evaluation.
 *
 * A value is a `json` with a few more kinds (undefined, function, tuple) and, in its `user` field,
 * the marks that the reference keeps on arrays. Failure is a value too: KIND_FAILED runs up through
 * the callers, `ev->failure` says what happened. Values are passed in registers and arrays are
 * shared, never changed, so nothing is copied to become a sequence. Private to this folder. */
#ifndef EXPR_JSONATA_VALUE_H
#define EXPR_JSONATA_VALUE_H

#include "expr/jsonata/ast.h"

enum {
    KIND_UNDEFINED = 16,
    KIND_FUNCTION,
    KIND_TUPLE,
    KIND_TAIL, /* a call left to the caller; ev->tail says which */
    KIND_FAILED,
};

/* `user` of an array: what the language knows about it beyond its items. */
enum {
    IS_SEQUENCE = 1, /* made by a path or function: one item stands for itself */
    KEEP_ONE = 2,    /* a sequence that stays an array even with one item */
    IS_CONS = 4,     /* from an array constructor in a path: counts as one value */
    IS_OUTER = 8,    /* wraps an input that is an array */
    IS_TUPLES = 16,  /* its items are tuples */
    IS_RANGE = 32,   /* no items: `number` is the first of `count` consecutive integers */
    IS_CELL = 64,    /* an object that a transform may change: `members` is a struct cell */
};

struct binding {
    uint32_t symbol;
    json value;
};

/* The variables of one scope. */
struct frame {
    struct frame *outer;
    struct binding *items;
    uint32_t count;
    uint32_t capacity; /* 0: items are borrowed from a tuple and copied before a change */
};

/* One row of a join: a value and the variables bound on the way to it. */
struct tuple {
    json at;
    uint32_t count;
    struct binding items[];
};

/* The members of an object that is being transformed; all values that point here see a change. */
struct cell {
    struct json_member *members;
    uint32_t count, capacity;
};

struct ev;
struct jsonata_call;
typedef json (*builtin_fn)(struct jsonata_call *call);

enum function_type {
    FUNCTION_BUILTIN,
    FUNCTION_HOST,
    FUNCTION_LAMBDA,
    FUNCTION_TRANSFORM,
    FUNCTION_REGEX,
    FUNCTION_NEXT,    /* `next` of a match */
    FUNCTION_CHAIN,   /* f ~> g */
    FUNCTION_PARTIAL, /* f(?, x) of a function that is no lambda */
};

struct function {
    uint8_t type; /* enum function_type */
    uint8_t arity;
    const struct signature *signature; /* NULL: no check */
    union {
        builtin_fn builtin;
        jsonata_native_fn host;
        struct {
            const struct node *node; /* lambda, transform, regex */
            struct frame *frame;
            json input;
            struct node *const *parameters; /* of a lambda */
            uint32_t parameter_count;
        };
        struct {
            const struct regex *regex; /* next */
            str subject;
            size_t at; /* byte offset */
        };
        struct {
            json first, second; /* chain */
        };
        struct {
            const struct function *base; /* partial */
            const json *bound;           /* of `bound_count`; KIND_TAIL marks an open place */
            uint32_t bound_count;
        };
    };
};

/* One call of a built-in or host function. */
struct jsonata_call {
    struct ev *ev;
    const json *arguments;
    size_t count;
    json input;          /* the context of the call */
    struct frame *frame; /* the scope of the call */
    const struct function *self;
};

struct ev {
    const struct jsonata_env *env;
    struct arena *arena;
    struct {
        char code[8];
        uint32_t position; /* byte offset; 0 while nobody has said where */
        struct error_parts parts;
        bool in_tail; /* in a call that a lambda left to its caller: the caller's place stays out */
    } failure; /* set where it happens, completed on the way up, made into a message at the end */
    struct symbol_table *symbols;
    json root;     /* `$$` */
    json *globals; /* value of each symbol outside all frames; KIND_TAIL: not asked yet */
    uint32_t global_count;
    uint32_t depth, depth_max;
    int64_t steps;    /* left */
    size_t bytes_max; /* of arena->used_bytes */
    json *stack;      /* sequences that are being made, on top of each other */
    size_t stack_count, stack_capacity;
    bool uses_eval;  /* any name may be bound anywhere */
    bool surrogates; /* strings may hold halves of surrogate pairs */
    struct {
        const struct node *node;
        json input;
        struct frame *frame;
    } tail;
    void *match_data; /* PCRE2's, shared by all matches of this evaluation */
    str source;
};

/* ---- kinds ---- */

static inline json undefined(void)
{
    return (json){ .kind = KIND_UNDEFINED };
}

static inline json failed(void)
{
    return (json){ .kind = KIND_FAILED };
}

static inline bool is_undefined(json v)
{
    return v.kind == KIND_UNDEFINED;
}

static inline bool is_failed(json v)
{
    return v.kind == KIND_FAILED;
}

static inline bool is_function(json v)
{
    return v.kind == KIND_FUNCTION;
}

static inline bool is_sequence(json v)
{
    return v.kind == JSON_ARRAY && (v.user & IS_SEQUENCE);
}

static inline json function_value(const struct function *f)
{
    return (json){ .kind = KIND_FUNCTION, .items = (const json *)(const void *)f };
}

static inline const struct function *function_of(json v)
{
    return (const struct function *)(const void *)v.items;
}

static inline json tuple_value(const struct tuple *t)
{
    return (json){ .kind = KIND_TUPLE, .items = (const json *)(const void *)t };
}

static inline const struct tuple *tuple_of(json v)
{
    return (const struct tuple *)(const void *)v.items;
}

static inline json array_value(const json *items, size_t count, unsigned marks)
{
    return (json){
        .kind = JSON_ARRAY, .user = (uint16_t)marks, .count = (uint32_t)count, .items = items
    };
}

/* ---- arrays and objects ---- */

static inline json item_at(json v, uint32_t index)
{
    return v.user & IS_RANGE ? json_double(v.number + index) : v.items[index];
}

static inline const struct cell *cell_of(json v)
{
    return (const struct cell *)(const void *)v.members;
}

static inline const struct json_member *members_of(json v, uint32_t *count)
{
    if (v.user & IS_CELL) {
        *count = cell_of(v)->count;
        return cell_of(v)->members;
    }
    *count = v.count;
    return v.members;
}

/* The member of an object, or undefined. */
static inline json member_of(json object, str key)
{
    uint32_t count;
    const struct json_member *members = members_of(object, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (members[i].key_bytes == key.len && memcmp(members[i].key, key.ptr, key.len) == 0) {
            return members[i].value;
        }
    }
    return undefined();
}

/* ---- value.c ---- */

/* The number that a JSON_NUMBER is. */
double number_of(json v);
/* True for numbers that count as such: not NaN. Infinite ones fail with D1001, as the reference
 * does wherever it asks; *fail is then set. */
bool is_numeric(struct ev *ev, json v, bool *fail);
/* What `and`, predicates and $boolean make of a value. Deep only in nested arrays: false, with a
 * failure recorded, beyond the depth limit; callers see it in *fail. */
bool value_truth(struct ev *ev, json v, bool *fail);
bool value_equal(struct ev *ev, json a, json b, bool *fail);
/* Orders strings by UTF-16 unit, as the reference does. */
int string_compare(str a, str b);
/* JSON text as $string writes it. False after recording a failure. */
bool value_write(struct ev *ev, struct buf *buf, json v, bool pretty);
/* $string. `out` shares v's bytes if v is a string. */
bool value_string(struct ev *ev, json v, bool pretty, str *out);
/* ECMAScript's Number::toString. */
str number_text(struct ev *ev, double value);
/* A value fit for the outside: no marks, functions, ranges or cells. */
json value_export(struct ev *ev, json v);
/* A deep copy whose objects can be changed (as_cells), or the reverse. */
json value_clone(struct ev *ev, json v, bool as_cells);
/* For error messages: the JSON text of a value, cut at some length. */
str value_preview(struct ev *ev, json v);
size_t utf8_length(str s);
/* str_utf8_next for strings that may hold halves of surrogate pairs. */
uint32_t utf8_next(str s, size_t *at);
/* Such halves joined to characters where they meet, else replaced by U+FFFD. */
str well_formed(struct ev *ev, str text);

/* ---- state.c ---- */

/* Records the failure and returns the value that stands for it. */
json fail(struct ev *ev, const char *code, uint32_t position);
json fail_with(struct ev *ev, const char *code, uint32_t position, const struct error_parts *parts);
json fail_value(struct ev *ev, const char *code, uint32_t position, json value);

/* Records a failure that already has its text, such as one from the compiler or the host. */
json fail_text(struct ev *ev, const char *code, str message);
/* Turns the recorded failure into what the caller of jsonata_eval sees. */
void report_failure(struct ev *ev, struct jsonata_error *out);

/* False after recording D1012. */
bool spend(struct ev *ev, uint64_t steps);
/* Arena memory within the budget; NULL after recording D1017. */
void *ev_alloc(struct ev *ev, uint64_t bytes);
/* True if `bytes` more would stay within the budget; records D1017 otherwise. */
bool ev_can_alloc(struct ev *ev, uint64_t bytes);

bool ev_push(struct ev *ev, json v);
/* Pushes v, or its items if it is an array that is not one value. */
bool ev_push_flat(struct ev *ev, json v);
bool ev_push_items(struct ev *ev, json array);
/* Takes what was pushed since `base` as an array with these marks. */
json ev_take(struct ev *ev, size_t base, unsigned marks);
/* The items of an array in memory: a range is written out. NULL after a failure. */
const json *ev_items(struct ev *ev, json array);

struct frame *frame_new(struct ev *ev, struct frame *outer, uint32_t capacity);
/* A frame with the variables of a tuple. */
struct frame *frame_of_tuple(struct ev *ev, struct frame *outer, const struct tuple *tuple);
bool frame_bind(struct ev *ev, struct frame *frame, uint32_t symbol, json value);
json lookup_symbol(struct ev *ev, const struct frame *frame, uint32_t symbol);

/* ---- eval.c ---- */

json eval(struct ev *ev, const struct node *node, json input, struct frame *frame);
json lookup_field(struct ev *ev, json input, str key);
json append_values(struct ev *ev, json a, json b);

/* ---- steps.c ---- */

json eval_path(struct ev *ev, const struct node *path, json input, struct frame *frame);
json eval_filter(struct ev *ev, const struct node *predicate, json input, struct frame *frame);

/* ---- group.c ---- */

json eval_group(struct ev *ev, const struct node *object, json input, struct frame *frame);
json eval_sort(struct ev *ev, const struct node *sort, json input, struct frame *frame);
/* Sorts `count` items stably; `after(context, a, b)` says whether a belongs behind b: 1, 0, or -1
 * for failure. The items are indices into whatever the caller sorts. */
bool merge_sort(struct ev *ev, uint32_t *items, uint32_t count,
                int (*after)(void *context, uint32_t a, uint32_t b), void *context);

/* ---- call.c ---- */

json eval_function(struct ev *ev, const struct node *node, json input, struct frame *frame,
                   const json *applied);
json eval_partial(struct ev *ev, const struct node *node, json input, struct frame *frame);
json eval_apply(struct ev *ev, const struct node *node, json input, struct frame *frame);
json eval_lambda(struct ev *ev, const struct node *node, json input, struct frame *frame);
/* Calls a function value. `input` is the context that signatures with `-` fall back on. */
json call_function(struct ev *ev, json function, const json *arguments, uint32_t count, json input,
                   struct frame *frame);
uint8_t function_arity(json function);

/* ---- transform.c ---- */

json eval_transform(struct ev *ev, const struct node *node, json input, struct frame *frame);
json call_transform(struct ev *ev, const struct function *f, json object);

/* ---- signature.c ---- */

/* Checks and completes arguments: *arguments and *count become what the function is called with
 * (maybe in the arena). False after recording T0410, T0411 or T0412. */
bool signature_apply(struct ev *ev, const struct signature *signature, const json **arguments,
                     uint32_t *count, json context);

/* ---- regex.c ---- */

/* What a regular expression returns as a function: an object that describes the first match from
 * byte `at` on, or undefined. `again`: it follows another match and may not be empty. */
json call_regex(struct ev *ev, const struct regex *regex, str subject, size_t at, bool again);
/* A match as bytes of the subject. */
struct regex_match {
    size_t start, end;
    uint32_t group_count;
    const str *groups; /* a NULL pointer with length 0 for a group that took no part */
};
/* 1: found, 0: not found, -1: failed. */
int regex_match(struct ev *ev, const struct regex *regex, str subject, size_t at,
                struct regex_match *out);
uint32_t regex_group_count(const struct regex *regex);

/* ---- builtins.c ---- */

struct builtin {
    const char *name;
    const char *signature;
    builtin_fn call;
    uint8_t arity; /* of the reference's implementation */
};
const struct builtin *builtin_find(str name);

static inline json call_argument(const struct jsonata_call *call, size_t index)
{
    return index < call->count ? call->arguments[index] : undefined();
}

json builtin_sum(struct jsonata_call *call);
json builtin_count(struct jsonata_call *call);
json builtin_max(struct jsonata_call *call);
json builtin_min(struct jsonata_call *call);
json builtin_average(struct jsonata_call *call);
json builtin_string(struct jsonata_call *call);
json builtin_substring(struct jsonata_call *call);
json builtin_substring_before(struct jsonata_call *call);
json builtin_substring_after(struct jsonata_call *call);
json builtin_lowercase(struct jsonata_call *call);
json builtin_uppercase(struct jsonata_call *call);
json builtin_length(struct jsonata_call *call);
json builtin_trim(struct jsonata_call *call);
json builtin_pad(struct jsonata_call *call);
json builtin_match(struct jsonata_call *call);
json builtin_contains(struct jsonata_call *call);
json builtin_replace(struct jsonata_call *call);
json builtin_split(struct jsonata_call *call);
json builtin_join(struct jsonata_call *call);
json builtin_format_number(struct jsonata_call *call);
json builtin_format_base(struct jsonata_call *call);
json builtin_format_integer(struct jsonata_call *call);
json builtin_parse_integer(struct jsonata_call *call);
json builtin_number(struct jsonata_call *call);
json builtin_floor(struct jsonata_call *call);
json builtin_ceil(struct jsonata_call *call);
json builtin_round(struct jsonata_call *call);
json builtin_abs(struct jsonata_call *call);
json builtin_sqrt(struct jsonata_call *call);
json builtin_power(struct jsonata_call *call);
json builtin_random(struct jsonata_call *call);
json builtin_boolean(struct jsonata_call *call);
json builtin_not(struct jsonata_call *call);
json builtin_map(struct jsonata_call *call);
json builtin_zip(struct jsonata_call *call);
json builtin_filter(struct jsonata_call *call);
json builtin_single(struct jsonata_call *call);
json builtin_reduce(struct jsonata_call *call);
json builtin_sift(struct jsonata_call *call);
json builtin_keys(struct jsonata_call *call);
json builtin_lookup(struct jsonata_call *call);
json builtin_append(struct jsonata_call *call);
json builtin_exists(struct jsonata_call *call);
json builtin_spread(struct jsonata_call *call);
json builtin_merge(struct jsonata_call *call);
json builtin_reverse(struct jsonata_call *call);
json builtin_each(struct jsonata_call *call);
json builtin_error(struct jsonata_call *call);
json builtin_assert(struct jsonata_call *call);
json builtin_type(struct jsonata_call *call);
json builtin_sort(struct jsonata_call *call);
json builtin_shuffle(struct jsonata_call *call);
json builtin_distinct(struct jsonata_call *call);
json builtin_base64_encode(struct jsonata_call *call);
json builtin_base64_decode(struct jsonata_call *call);
json builtin_encode_url_component(struct jsonata_call *call);
json builtin_encode_url(struct jsonata_call *call);
json builtin_decode_url_component(struct jsonata_call *call);
json builtin_decode_url(struct jsonata_call *call);
json builtin_eval(struct jsonata_call *call);
json builtin_to_millis(struct jsonata_call *call);
json builtin_from_millis(struct jsonata_call *call);
json builtin_clone(struct jsonata_call *call);
json builtin_now(struct jsonata_call *call);
json builtin_millis(struct jsonata_call *call);

/* ---- letter_case.c ---- */

void letters_upper(struct buf *out, str text);
void letters_lower(struct buf *out, str text);

#endif
