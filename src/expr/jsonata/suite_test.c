/* The conformance suite of JSONata: every case of every group below ../shared/conformance/jsonata.
 *
 * A case fails unless it is in the table of exceptions, and an exception that passes fails too, so
 * that the table stays true. */
#include "expr/jsonata/jsonata.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const SUITE = "../shared/conformance/jsonata";

/* Cases whose recorded answer is not given, each with the reason. */
static const struct {
    const char *name, *reason;
} EXCEPTIONS[] = {
    { "", "" },
};

struct suite {
    struct arena arena;   /* files, for the whole run */
    struct arena scratch; /* one case */
    json datasets;
    int passed, failed, excepted;
};

static bool read_file(struct arena *arena, const char *path, str *out)
{
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    struct buf buf;
    buf_init(&buf, arena);
    char block[8192];
    size_t count;
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        buf_add(&buf, (str){ block, count });
    }
    fclose(file);
    *out = buf_str(&buf);
    return true;
}

/* Half a surrogate pair as a JSON escape is no character for our parser; four cases have one inside
 * a string of the expression. There JSONata's own escape means the same. */
static str escape_halves(struct arena *arena, str text)
{
    struct buf buf;
    buf_init(&buf, arena);
    for (size_t i = 0; i < text.len; i++) {
        if (str_starts_with(str_skip(text, i), STR("\\uD800"))) buf_add_char(&buf, '\\');
        buf_add_char(&buf, text.ptr[i]);
    }
    return buf_str(&buf);
}

static json parse_file(struct arena *arena, const char *path)
{
    str text;
    json value;
    struct error err = { 0 };
    cr_assert(read_file(arena, path, &text), "cannot read %s", path);
    text = escape_halves(arena, text);
    cr_assert(json_parse(text, arena, &value, &err), "%s: %s", path, err.message);
    return value;
}

static bool near(double a, double b)
{
    return a == b || fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

/* As json_equal, but numbers may differ in the last digits, as the recorded ones do. */
static bool same(json a, json b)
{
    if (a.kind != b.kind) return false;
    switch (a.kind) {
    case JSON_NUMBER: return near(json_number(a), json_number(b));
    case JSON_ARRAY:
        if (json_count(a) != json_count(b)) return false;
        for (size_t i = 0; i < json_count(a); i++) {
            if (!same(json_at(a, i), json_at(b, i))) return false;
        }
        return true;
    case JSON_OBJECT:
        if (json_count(a) != json_count(b)) return false;
        for (size_t i = 0; i < json_count(a); i++) {
            const json *other = json_find(b, json_key_at(a, i));
            if (!other || !same(json_value_at(a, i), *other)) return false;
        }
        return true;
    default: return json_equal(a, b);
    }
}

/* The same items in any order. */
static bool same_set(json a, json b)
{
    if (!json_is_array(a) || json_count(a) != json_count(b)) return same(a, b);
    bool used[1000] = { false };
    for (size_t i = 0; i < json_count(a); i++) {
        size_t k = 0;
        while (k < json_count(b) && (used[k] || !same(json_at(a, i), json_at(b, k))))
            k++;
        if (k == json_count(b)) return false;
        used[k] = true;
    }
    return true;
}

struct outcome {
    bool ok, defined;
    json value;
    struct jsonata_error err;
};

static struct outcome run_case(struct suite *s, json c, str source, const json *input)
{
    static const json none = { .kind = JSON_NULL };
    struct outcome out = { .value = json_null() };
    const struct jsonata *compiled;
    struct prng prng;
    struct jsonata_binding bindings[64];
    prng_seed(&prng, 1);
    struct jsonata_env env = {
        .prng = &prng, .arena = &s->scratch, .bindings = bindings, .now_ms = 1700000000000
    };
    const json *given = json_find(c, STR("bindings"));
    for (size_t i = 0; given && i < json_count(*given) && i < 64; i++) {
        bindings[env.binding_count++] =
            (struct jsonata_binding){ json_key_at(*given, i), json_value_at(*given, i) };
    }
    env.budget.depth = (uint32_t)json_i64_or(c, STR("depth"), 0);
    env.budget.steps = (uint64_t)json_i64_or(c, STR("timelimit"), 0) * 2000;
    if (!jsonata_compile(source, &s->scratch, &compiled, &out.err)) return out;
    json value = input ? *input : jsonata_undefined();
    (void)none;
    out.ok = jsonata_eval(compiled, value, &env, &out.defined, &out.value, &out.err);
    return out;
}

/* The suite's code for exceeding depth or time is that of its own runner. */
static bool same_code(str expected, const char *code)
{
    if (str_eq(expected, STR("U1001"))) {
        return strcmp(code, "D1011") == 0 || strcmp(code, "D1012") == 0;
    }
    return str_eq(expected, str_from(code));
}

static bool agrees(json c, const struct outcome *out)
{
    str code, token;
    const json *error = json_find(c, STR("error"));
    const json *result = json_find(c, STR("result"));
    bool has_code = json_find_str(c, STR("code"), &code);
    if (error && json_find_str(*error, STR("code"), &code)) has_code = true;
    if (has_code) {
        if (out->ok || !same_code(code, out->err.code)) return false;
        str message;
        if (error && json_find_str(*error, STR("message"), &message) &&
            !str_eq(message, out->err.message)) {
            return false;
        }
        return !json_find_str(c, STR("token"), &token) || str_eq(token, out->err.token);
    }
    if (error) return !out->ok;
    if (!out->ok) return false;
    if (!result) return !out->defined;
    if (!out->defined) return false;
    return json_bool_or(c, STR("unordered"), false) ? same_set(*result, out->value)
                                                    : same(*result, out->value);
}

static const char *exception_of(const char *name)
{
    for (size_t i = 0; i < sizeof EXCEPTIONS / sizeof EXCEPTIONS[0]; i++) {
        if (EXCEPTIONS[i].name[0] && strcmp(EXCEPTIONS[i].name, name) == 0) {
            return EXCEPTIONS[i].reason;
        }
    }
    return NULL;
}

static void report(struct suite *s, const char *name, str source, json c, const struct outcome *out)
{
    const json *expected = json_find(c, STR("result"));
    str want = expected ? json_text(&s->scratch, *expected) : STR("(no result)");
    str got = out->ok ? (out->defined ? json_text(&s->scratch, out->value) : STR("undefined"))
                      : arena_printf(&s->scratch, "%s at %u: %.*s", out->err.code,
                                     (unsigned)out->err.position, STR_ARGS(out->err.message));
    str code = STR("");
    (void)!json_find_str(c, STR("code"), &code);
    fprintf(stderr, "FAIL %s\n  expr %.*s\n  want %.*s %.300s\n  got  %.300s\n", name,
            STR_ARGS(source), STR_ARGS(code), arena_cstr(&s->scratch, want),
            arena_cstr(&s->scratch, got));
}

static void check_case(struct suite *s, const char *group, const char *name, json c)
{
    str source, dataset, file;
    const json *input = json_find(c, STR("data"));
    if (json_find_str(c, STR("dataset"), &dataset)) input = json_find(s->datasets, dataset);
    if (json_find_str(c, STR("expr-file"), &file)) {
        str path = arena_printf(&s->scratch, "%s/groups/%s/%.*s", SUITE, group, STR_ARGS(file));
        cr_assert(read_file(&s->scratch, path.ptr, &source));
    } else {
        cr_assert(json_find_str(c, STR("expr"), &source), "%s has no expression", name);
    }
    struct outcome out = run_case(s, c, source, input);
    bool ok = agrees(c, &out);
    const char *reason = exception_of(name);
    if (ok && !reason) s->passed++;
    if (!ok && reason) s->excepted++;
    if (ok == (reason != NULL)) {
        s->failed++;
        report(s, name, source, c, &out);
    }
    arena_reset(&s->scratch);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names in a folder, sorted, that end in `ending`. */
static size_t list_folder(struct arena *arena, const char *path, const char *ending,
                          const char **names, size_t most)
{
    size_t count = 0;
    DIR *folder = opendir(path);
    cr_assert_not_null(folder, "cannot open %s", path);
    for (struct dirent *entry; (entry = readdir(folder));) {
        str name = str_from(entry->d_name);
        if (entry->d_name[0] == '.' || !str_ends_with(name, str_from(ending))) continue;
        cr_assert_lt(count, most);
        names[count++] = arena_cstr(arena, name);
    }
    closedir(folder);
    qsort(names, count, sizeof *names, compare_names);
    return count;
}

static void load_datasets(struct suite *s)
{
    const char *names[100];
    char path[300];
    struct json_fields all;
    json_fields_init(&all, &s->arena);
    snprintf(path, sizeof path, "%s/datasets", SUITE);
    size_t count = list_folder(&s->arena, path, ".json", names, 100);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/datasets/%s", SUITE, names[i]);
        str name = str_slice(str_from(names[i]), 0, strlen(names[i]) - 5);
        json_fields_add(&all, name, parse_file(&s->arena, path));
    }
    s->datasets = json_fields_done(&all);
}

static void check_group(struct suite *s, const char *group)
{
    const char *files[400];
    char path[300], name[300];
    snprintf(path, sizeof path, "%s/groups/%s", SUITE, group);
    size_t count = list_folder(&s->arena, path, ".json", files, 400);
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/groups/%s/%s", SUITE, group, files[i]);
        json cases = parse_file(&s->arena, path);
        snprintf(name, sizeof name, "%s/%s", group, files[i]);
        if (!json_is_array(cases)) {
            check_case(s, group, name, cases);
            continue;
        }
        for (size_t k = 0; k < json_count(cases); k++) {
            snprintf(name, sizeof name, "%s/%s#%zu", group, files[i], k);
            check_case(s, group, name, json_at(cases, k));
        }
    }
}

Test(jsonata_suite, gives_the_recorded_answer_in_every_case)
{
    static struct suite s;
    const char *groups[200];
    char path[300];
    arena_init(&s.arena);
    arena_init(&s.scratch);
    load_datasets(&s);
    snprintf(path, sizeof path, "%s/groups", SUITE);
    size_t count = list_folder(&s.arena, path, "", groups, 200);
    cr_assert_gt(count, 90, "the suite is not there");
    for (size_t i = 0; i < count; i++)
        check_group(&s, groups[i]);
    fprintf(stderr, "jsonata suite: %d passed, %d failed, %d excepted\n", s.passed, s.failed,
            s.excepted);
    cr_assert_gt(s.passed, 1000);
    cr_assert_eq(s.failed, 0);
    arena_close(&s.arena);
    arena_close(&s.scratch);
}
