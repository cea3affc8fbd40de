/* Signatures of functions, such as <s-nn?:s>: parsing them, and fitting arguments to them.
 *
 * The reference turns a signature into a regular expression over one letter per argument. Here the
 * same match is found by a table: which parameters can take the rest of the arguments from a given
 * one on. It costs parameters times arguments, whatever the signature. */
#include "expr/jsonata/value.h"

enum {
    TYPE_STRING = 1,
    TYPE_NUMBER = 2,
    TYPE_BOOLEAN = 4,
    TYPE_NULL = 8,
    TYPE_OBJECT = 16,
    TYPE_ARRAY = 32,
    TYPE_FUNCTION = 64,
    TYPE_MISSING = 128,
    TYPE_JSON = TYPE_STRING | TYPE_NUMBER | TYPE_BOOLEAN | TYPE_NULL | TYPE_OBJECT | TYPE_ARRAY |
                TYPE_MISSING,
    TYPE_ANY = TYPE_JSON | TYPE_FUNCTION,
    SIGNATURE_ARGUMENTS_MAX = 1000,
};

struct parameter {
    uint8_t types; /* what it accepts */
    bool is_array; /* a single value is wrapped */
    bool optional; /* `?` or `-` */
    bool many;     /* `+` */
    bool context;  /* `-`: the context stands in */
    char letter;   /* as written; 0 for a choice */
    str subtype;   /* of an array: "n" in a<n>; empty for none */
};

struct signature {
    struct parameter *parameters;
    uint32_t count;
};

static uint8_t type_of_letter(char c)
{
    switch (c) {
    case 's': return TYPE_STRING;
    case 'n': return TYPE_NUMBER;
    case 'b': return TYPE_BOOLEAN;
    case 'l': return TYPE_NULL;
    case 'o': return TYPE_OBJECT;
    case 'a': return TYPE_ARRAY;
    case 'f': return TYPE_FUNCTION;
    case 'm': return TYPE_MISSING;
    default: return 0;
    }
}

static uint8_t type_of(json v)
{
    switch (v.kind) {
    case JSON_NULL: return TYPE_NULL;
    case JSON_BOOL: return TYPE_BOOLEAN;
    case JSON_NUMBER: return TYPE_NUMBER;
    case JSON_STRING: return TYPE_STRING;
    case JSON_ARRAY: return TYPE_ARRAY;
    case KIND_TUPLE:
    case JSON_OBJECT: return TYPE_OBJECT;
    case KIND_FUNCTION: return TYPE_FUNCTION;
    default: return TYPE_MISSING;
    }
}

/* ---- parsing ---- */

static size_t closing(str text, size_t open, char open_char, char close_char)
{
    size_t depth = 1, at = open;
    while (++at < text.len) {
        if (text.ptr[at] == close_char && --depth == 0) break;
        if (text.ptr[at] == open_char) depth++;
    }
    return at;
}

static bool parse_plain(char c, struct parameter *out)
{
    *out = (struct parameter){ .letter = c };
    switch (c) {
    case 's':
    case 'n':
    case 'b':
    case 'l':
    case 'o': out->types = (uint8_t)(type_of_letter(c) | TYPE_MISSING); return true;
    case 'a':
        out->types = TYPE_ANY;
        out->is_array = true;
        return true;
    case 'f': out->types = TYPE_FUNCTION; return true;
    case 'j': out->types = TYPE_JSON; return true;
    case 'x': out->types = TYPE_ANY; return true;
    default: return false;
    }
}

static uint8_t choice_types(str choice)
{
    uint8_t types = TYPE_MISSING;
    for (size_t i = 0; i < choice.len; i++)
        types |= type_of_letter(choice.ptr[i]);
    return types;
}

struct parse {
    str text;
    size_t at;
    struct arena *arena;
    struct parameter *parameters;
    uint32_t count;
    struct jsonata_error *err;
};

static bool fail_parse(struct parse *p, const char *code, str value)
{
    return error_fill(p->err, p->arena, code, (uint32_t)p->at,
                      &(struct error_parts){ .value = error_quote(p->arena, value) });
}

static bool parse_modifier(struct parse *p, char c)
{
    struct parameter *last = p->count > 0 ? &p->parameters[p->count - 1] : NULL;
    if (c == '-' && last) {
        last->context = last->optional = true;
    } else if (c == '?' && last) {
        last->optional = true;
    } else if (c == '+' && last) {
        last->many = true;
    } else if (c == '<') {
        if (!last || (last->letter != 'a' && last->letter != 'f')) {
            return fail_parse(p, "S0401", last ? (str){ &last->letter, 1 } : (str){ 0 });
        }
        size_t end = closing(p->text, p->at, '<', '>');
        last->subtype = str_slice(p->text, p->at + 1, end);
        p->at = end;
    }
    return true;
}

bool signature_parse(str text, struct arena *arena, const struct signature **out,
                     struct jsonata_error *err)
{
    struct parse p = { .text = text, .at = 1, .arena = arena, .err = err };
    p.parameters = arena_array(arena, text.len + 1, sizeof *p.parameters);
    for (; p.at < text.len && text.ptr[p.at] != ':'; p.at++) {
        char c = text.ptr[p.at];
        if (parse_plain(c, &p.parameters[p.count])) {
            p.count++;
        } else if (c == '(') {
            size_t end = closing(text, p.at, '(', ')');
            str choice = str_slice(text, p.at + 1, end);
            if (str_find_char(choice, '<', 0) < choice.len) return fail_parse(&p, "S0402", choice);
            p.parameters[p.count++] = (struct parameter){ .types = choice_types(choice) };
            p.at = end;
        } else if (!parse_modifier(&p, c)) {
            return false;
        }
    }
    struct signature *signature = ARENA_NEW(arena, struct signature);
    signature->parameters = p.parameters;
    signature->count = p.count;
    *out = signature;
    return true;
}

/* ---- matching ---- */

/* rest[p * (count + 1) + a]: parameters from p on can take arguments from a on; all of them, or
 * with `prefix` some. */
static void fill_table(const struct parameter *parameters, uint32_t parameter_count,
                       const json *arguments, uint32_t count, bool prefix, uint8_t *rest)
{
    uint32_t row = count + 1;
    for (uint32_t a = 0; a <= count; a++) {
        rest[parameter_count * row + a] = prefix || a == count;
    }
    for (uint32_t p = parameter_count; p-- > 0;) {
        const struct parameter *parameter = &parameters[p];
        for (uint32_t a = row; a-- > 0;) {
            bool takes = a < count && (parameter->types & type_of(arguments[a]));
            bool ok = parameter->optional && rest[(p + 1) * row + a];
            if (takes) ok = ok || rest[(p + 1) * row + a + 1];
            if (takes && parameter->many) ok = ok || rest[p * row + a + 1];
            rest[p * row + a] = ok;
        }
    }
}

/* How many arguments from a on the greedy match gives to parameter p. */
static uint32_t taken_by(const struct parameter *parameters, const json *arguments, uint32_t count,
                         const uint8_t *rest, uint32_t p, uint32_t a)
{
    const struct parameter *parameter = &parameters[p];
    const uint8_t *next = rest + (size_t)(p + 1) * (count + 1);
    uint32_t longest = 0;
    bool found = parameter->optional && next[a];
    for (uint32_t k = 1; a + k <= count && (parameter->many || k == 1); k++) {
        if (!(parameter->types & type_of(arguments[a + k - 1]))) break;
        if (next[a + k]) {
            longest = k;
            found = true;
        }
    }
    ASSERT(found);
    return longest;
}

static bool fail_argument(struct ev *ev, const char *code, uint32_t index, str type)
{
    fail_with(ev, code, 0,
              &(struct error_parts){ .index = arena_printf(ev->arena, "%u", (unsigned)index),
                                     .type = type });
    return false;
}

/* The first argument that no beginning of the signature can take. */
static bool fail_mismatch(struct ev *ev, const struct signature *signature, const json *arguments,
                          uint32_t count, uint8_t *rest)
{
    uint32_t good = 0;
    for (uint32_t used = 1; used <= signature->count; used++) {
        fill_table(signature->parameters, used, arguments, count, true, rest);
        if (!rest[0]) break;
        uint32_t a = 0;
        for (uint32_t p = 0; p < used; p++) {
            a += taken_by(signature->parameters, arguments, count, rest, p, a);
        }
        good = a;
    }
    return fail_argument(ev, "T0410", good + 1, (str){ 0 });
}

static str subtype_name(str subtype)
{
    if (subtype.len != 1) return (str){ 0 };
    switch (subtype.ptr[0]) {
    case 'a': return STR("\"arrays\"");
    case 'b': return STR("\"booleans\"");
    case 'f': return STR("\"functions\"");
    case 'n': return STR("\"numbers\"");
    case 'o': return STR("\"objects\"");
    case 's': return STR("\"strings\"");
    default: return (str){ 0 };
    }
}

/* An array parameter with a subtype: an array of only that type, or one value of it. */
static bool fits_subtype(json v, const struct parameter *parameter, bool single)
{
    if (parameter->subtype.len == 0) return true;
    uint8_t wanted = type_of_letter(parameter->subtype.ptr[0]);
    if (v.kind != JSON_ARRAY) {
        return single && parameter->subtype.len == 1 && type_of(v) == wanted;
    }
    if (v.user & IS_RANGE) return wanted == TYPE_NUMBER || v.count == 0;
    for (uint32_t i = 0; i < v.count; i++) {
        if (type_of(v.items[i]) != wanted) return false;
    }
    return true;
}

static bool array_argument(struct ev *ev, const struct parameter *parameter, json *v,
                           uint32_t index, bool single)
{
    if (is_undefined(*v)) return true;
    if (v->kind == JSON_ARRAY && !spend(ev, v->count / 8)) return false;
    if (!fits_subtype(*v, parameter, single)) {
        return fail_argument(ev, "T0412", index, subtype_name(parameter->subtype));
    }
    if (v->kind == JSON_ARRAY) return true;
    json *item = ev_alloc(ev, sizeof *item);
    if (!item) return false;
    *item = *v;
    *v = array_value(item, 1, 0);
    return true;
}

struct fit {
    struct ev *ev;
    const json *arguments;
    uint32_t count;
    json context;
    json *out;
    uint32_t out_count;
    uint32_t at; /* argument that is next */
};

static bool fit_parameter(struct fit *f, const struct parameter *parameter, uint32_t taken)
{
    if (taken == 0 && parameter->context) {
        if (!(type_of(f->context) & parameter->types)) {
            return fail_argument(f->ev, "T0411", f->at + 1, (str){ 0 });
        }
        f->out[f->out_count++] = f->context;
        return true;
    }
    if (taken == 0) {
        f->out[f->out_count++] = f->at < f->count ? f->arguments[f->at] : undefined();
        f->at++;
        return true;
    }
    for (uint32_t i = 0; i < taken; i++) {
        json v = f->arguments[f->at];
        if (parameter->is_array && !array_argument(f->ev, parameter, &v, f->at + 1, taken == 1)) {
            return false;
        }
        f->out[f->out_count++] = v;
        f->at++;
    }
    return true;
}

/* The common case: as many arguments as parameters, and each is of a type that fits as it is. */
static bool fits_directly(const struct signature *signature, const json *arguments, uint32_t count)
{
    if (count != signature->count) return false;
    for (uint32_t i = 0; i < count; i++) {
        const struct parameter *parameter = &signature->parameters[i];
        if (!(type_of(arguments[i]) & parameter->types)) return false;
        if (parameter->is_array && arguments[i].kind != JSON_ARRAY) return false;
        if (parameter->subtype.len > 0 && parameter->is_array &&
            !fits_subtype(arguments[i], parameter, true)) {
            return false;
        }
    }
    return true;
}

bool signature_apply(struct ev *ev, const struct signature *signature, const json **arguments,
                     uint32_t *count, json context)
{
    if (fits_directly(signature, *arguments, *count)) return true;
    if (*count > SIGNATURE_ARGUMENTS_MAX) {
        return fail_argument(ev, "T0410", SIGNATURE_ARGUMENTS_MAX + 1, (str){ 0 });
    }
    size_t cells = (size_t)(signature->count + 1) * (*count + 1);
    if (!spend(ev, cells / 16)) return false;
    uint8_t *rest = ev_alloc(ev, cells);
    json *out = ev_alloc(ev, (*count + signature->count) * sizeof *out);
    if (!rest || !out) return false;
    fill_table(signature->parameters, signature->count, *arguments, *count, false, rest);
    if (!rest[0]) return fail_mismatch(ev, signature, *arguments, *count, rest);
    struct fit f = {
        .ev = ev, .arguments = *arguments, .count = *count, .context = context, .out = out
    };
    uint32_t a = 0;
    for (uint32_t p = 0; p < signature->count; p++) {
        uint32_t taken = taken_by(signature->parameters, *arguments, *count, rest, p, a);
        a += taken;
        if (!fit_parameter(&f, &signature->parameters[p], taken)) return false;
    }
    *arguments = f.out;
    *count = f.out_count;
    return true;
}
