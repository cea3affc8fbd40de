/* AWS's recorded cases against the engine alone, and the engine's properties on the way: each case
 * runs three times, reloaded from its records between any two events, kept in memory, and yielding
 * after every step; all three must leave the same history. */
#include <glob.h>
#include <stdio.h>
#include <time.h>

#include "engine/support_test.h"

/* ---- comparing with a recording (../shared/conformance/README.md, "Comparison rules") ---- */

enum { MATCH_DEPTH_MAX = 200 };

static size_t placeholder_bytes(str text, size_t at)
{
    if (at >= text.len || text.ptr[at] != '<') return 0;
    size_t end = str_find_char(text, '>', at);
    if (end == text.len || end == at + 1) return 0;
    for (size_t i = at + 1; i < end; i++) {
        char c = text.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && (!strchr("_ .:-", c) || i == at + 1)) return 0;
    }
    return end + 1 - at;
}

/* The bytes of an ISO 8601 time at `at`, 0 if there is none. */
static size_t time_bytes(str text, size_t at)
{
    size_t end = at;
    while (end < text.len && strchr("0123456789-:.TZ", text.ptr[end]) && text.ptr[end])
        end++;
    return end - at >= 20 ? end - at : 0;
}

static bool text_matches(str expected, size_t e, str got, size_t g, int depth)
{
    while (e < expected.len) {
        size_t hole = placeholder_bytes(expected, e);
        if (hole && depth < MATCH_DEPTH_MAX) {
            for (size_t to = g; to <= got.len; to++)
                if (text_matches(expected, e + hole, got, to, depth + 1)) return true;
            return false;
        }
        size_t time = time_bytes(got, g);
        if (time && str_starts_with(str_skip(expected, e), STR("date"))) {
            e += 4;
            g += time;
            continue;
        }
        if (g >= got.len || expected.ptr[e] != got.ptr[g]) return false;
        e++;
        g++;
    }
    return g == got.len;
}

static bool is_time_word(json v)
{
    if (!json_is_string(v)) return false;
    str text = json_str(v);
    return str_eq(text, STR("timestamp")) || str_eq(text, STR("datetime")) ||
           str_eq(text, STR("date"));
}

/* Good enough for a time: Baton must not have to know what "2016-12-05 21:29:29Z" is. */
static bool starts_with_digit(json v)
{
    return json_is_string(v) && v.count > 0 && v.text[0] >= '0' && v.text[0] <= '9';
}

static bool looks_like_json(json v)
{
    return json_is_string(v) && v.count > 0 && (v.text[0] == '{' || v.text[0] == '[');
}

static bool matches(struct arena *arena, json expected, json got, int depth);

static bool members_match(struct arena *arena, json expected, json got, int depth)
{
    if (!json_is_object(got) || json_count(got) != json_count(expected)) return false;
    for (size_t i = 0; i < json_count(expected); i++) {
        const json *value = json_find(got, json_key_at(expected, i));
        if (!value || !matches(arena, json_value_at(expected, i), *value, depth + 1)) return false;
    }
    return true;
}

static bool items_match(struct arena *arena, json expected, json got, int depth)
{
    if (!json_is_array(got) || json_count(got) != json_count(expected)) return false;
    for (size_t i = 0; i < json_count(expected); i++)
        if (!matches(arena, json_at(expected, i), json_at(got, i), depth + 1)) return false;
    return true;
}

static bool matches(struct arena *arena, json expected, json got, int depth)
{
    struct error err;
    if (depth > MATCH_DEPTH_MAX) return false;
    if (is_time_word(expected) && (json_is_number(got) || starts_with_digit(got))) return true;
    bool text_only = json_is_string(expected) || json_is_null(expected);
    if (!text_only && json_is_string(got) && !json_parse(json_str(got), arena, &got, &err))
        return false;
    if (json_is_object(expected)) return members_match(arena, expected, got, depth);
    if (json_is_array(expected)) return items_match(arena, expected, got, depth);
    if (!json_is_string(expected)) return json_equal(expected, got);
    str text = json_str(expected);
    if (text.len > 0 && placeholder_bytes(text, 0) == text.len) return true;
    if (!json_is_string(got)) return false;
    if (text_matches(text, 0, json_str(got), 0, 0)) return true;
    json left, right;
    return looks_like_json(expected) && looks_like_json(got) &&
           json_parse(text, arena, &left, &err) && json_parse(json_str(got), arena, &right, &err) &&
           matches(arena, left, right, depth + 1);
}

/* ---- histories ---- */

static json without_ids(struct arena *arena, json event)
{
    struct json_fields fields;
    json_fields_init(&fields, arena);
    for (size_t i = 0; i < json_count(event); i++) {
        str key = json_key_at(event, i);
        if (!str_eq(key, STR("id")) && !str_eq(key, STR("previousEventId")))
            json_fields_add(&fields, key, json_value_at(event, i));
    }
    return json_fields_done(&fields);
}

/* The sorted recordings left this event out: their ids show that there was one. */
static bool may_be_extra(json event)
{
    return str_eq(json_str_or(event, STR("type"), (str){ 0 }), STR("ParallelStateSucceeded"));
}

/* NULL if the histories are the same, a sentence otherwise. */
static const char *compare_multisets(struct arena *arena, json expected, json got)
{
    bool *used = arena_zalloc(arena, json_count(got) + 1);
    for (size_t i = 0; i < json_count(expected); i++) {
        json event = without_ids(arena, json_at(expected, i));
        size_t j = 0;
        while (j < json_count(got) &&
               (used[j] || !matches(arena, event, without_ids(arena, json_at(got, j)), 0)))
            j++;
        if (j == json_count(got))
            return arena_cstr(arena, arena_printf(arena, "no event like %.*s",
                                                  STR_ARGS(json_text(arena, event))));
        used[j] = true;
    }
    for (size_t j = 0; j < json_count(got); j++)
        if (!used[j] && !may_be_extra(json_at(got, j)))
            return "there are more events than expected";
    return NULL;
}

static const char *compare_strictly(struct arena *arena, json expected, json got)
{
    for (size_t i = 0; i < json_count(expected) && i < json_count(got); i++) {
        if (matches(arena, json_at(expected, i), json_at(got, i), 0)) continue;
        return arena_cstr(arena, arena_printf(arena, "expected %.*s\n     got %.*s",
                                              STR_ARGS(json_text(arena, json_at(expected, i))),
                                              STR_ARGS(json_text(arena, json_at(got, i)))));
    }
    return json_count(got) == json_count(expected) ? NULL : "the number of events differs";
}

/* ---- running a case ---- */

struct subject {
    const char *name;
    str definition, input;
    str compare;
    json expect;
};

/* A recording that ends while the execution waits is compared at that point; it is stopped after.
 */
static void run_subject_in(struct world *w, const struct subject *subject)
{
    world_start(w);
    if (!str_eq(json_str_or(subject->expect, STR("status"), (str){ 0 }), STR("RUNNING")))
        world_run(w);
}

static void stop_running(struct world *w)
{
    if (w->status == EXECUTION_RUNNING)
        cr_assert(world_event(w, &(struct engine_event){ .kind = ENGINE_STOP }));
}

static const char *judge(struct world *w, const struct subject *subject)
{
    struct arena *arena = &w->arena;
    str status = json_str_or(subject->expect, STR("status"), (str){ 0 });
    if (!str_eq(status, execution_status_name(w->status)))
        return arena_cstr(
            arena, arena_printf(arena, "expected %.*s; %s", STR_ARGS(status), world_types(w)));
    const json *output = json_find(subject->expect, STR("output"));
    if (output && !matches(arena, *output, json_string(w->output), 0))
        return arena_cstr(arena, arena_printf(arena, "output %.*s", STR_ARGS(w->output)));
    const json *history = json_find(subject->expect, STR("history"));
    if (!history) return NULL;
    if (str_eq(subject->compare, STR("strict")))
        return compare_strictly(arena, *history, world_history(w));
    if (str_eq(subject->compare, STR("branches-loose"))) return NULL;
    return compare_multisets(arena, *history, world_history(w));
}

/* The other ways to run it must come to the same history. */
static const char *check_properties(struct world *first, const struct subject *subject)
{
    static const struct {
        bool keep;
        size_t steps;
        const char *fault;
    } ways[] = {
        { false, ENGINE_TURN_STEPS_MAX, "a second run gives other bytes" },
        { true, ENGINE_TURN_STEPS_MAX, "kept in memory, the history is another" },
        { false, 1, "yielding after each step, the history is another" },
    };
    const char *fault = NULL;
    for (size_t i = 0; i < sizeof ways / sizeof *ways && !fault; i++) {
        struct world w;
        world_init(&w, subject->definition, subject->input);
        w.keep = ways[i].keep;
        w.engine.turn_steps_max = ways[i].steps;
        run_subject_in(&w, subject);
        stop_running(&w);
        world_assert_empty(&w);
        bool same = str_eq(buf_str(&first->history), buf_str(&w.history));
        if (i == 0) same = same && str_eq(buf_str(&first->written), buf_str(&w.written));
        /* Branches that take turns step by step are interleaved in another way. */
        if (i == 2 && strstr(world_types(&w), "StateStarted")) same = first->status == w.status;
        if (!same) fault = ways[i].fault;
        world_close(&w);
    }
    return fault;
}

static bool run_subject(const struct subject *subject)
{
    struct world w;
    world_init(&w, subject->definition, subject->input);
    run_subject_in(&w, subject);
    const char *fault = judge(&w, subject);
    if (fault) fprintf(stderr, "%s: %s\n", subject->name, fault);
    stop_running(&w);
    world_assert_empty(&w);
    if (!fault) {
        fault = check_properties(&w, subject);
        if (fault) fprintf(stderr, "%s: %s\n", subject->name, fault);
    }
    world_close(&w);
    return fault == NULL;
}

/* "${now}" and "${now+SECONDS}": a time without its zone. */
static str fill_now(struct arena *arena, str text)
{
    size_t at = str_find(text, STR("${now"), 0);
    if (at == text.len) return text;
    size_t end = str_find_char(text, '}', at);
    int64_t seconds = 0;
    if (text.ptr[at + 5] == '+') cr_assert(str_to_i64(str_slice(text, at + 6, end), &seconds));
    time_t when = (time_t)(WORLD_START_MS / 1000 + seconds);
    struct tm tm;
    char shown[64];
    gmtime_r(&when, &tm);
    strftime(shown, sizeof shown, "%Y-%m-%dT%H:%M:%S", &tm);
    return arena_printf(arena, "%.*s%s%.*s", (int)at, text.ptr, shown,
                        STR_ARGS(str_skip(text, end + 1)));
}

static str text_of(struct arena *arena, json value)
{
    return fill_now(arena, json_is_string(value) ? json_str(value) : json_text(arena, value));
}

static size_t run_execution(struct arena *arena, const char *name, json test, json execution)
{
    const json *definition = json_find(execution, STR("definition"));
    if (!definition) definition = json_find(test, STR("definition"));
    const json *input = json_find(execution, STR("input"));
    const json *input_text = json_find(execution, STR("input_text"));
    struct subject subject = {
        .name = name,
        .definition = text_of(arena, *definition),
        .input = input_text ? json_str(*input_text)
                 : input    ? fill_now(arena, json_text(arena, *input))
                            : STR("{}"),
        .compare = json_str_or(test, STR("compare"), STR("strict")),
        .expect = *json_find(execution, STR("expect")),
    };
    return run_subject(&subject) ? 0 : 1;
}

static bool needs_only_the_engine(json test, bool jsonata)
{
    const json *requires = json_find(test, STR("requires"));
    bool uses_jsonata = false;
    for (size_t i = 0; i < json_count(*requires); i++) {
        str word = json_str(json_at(*requires, i));
        if (str_eq(word, STR("jsonata")))
            uses_jsonata = true;
        else if (!str_eq(word, STR("core")) && !str_eq(word, STR("slow")))
            return false;
    }
    return uses_jsonata == jsonata;
}

static void run_cases(bool jsonata, size_t at_least)
{
    struct arena arena;
    arena_init(&arena);
    glob_t files;
    cr_assert_eq(glob("../shared/conformance/asl/*/*.json", 0, NULL, &files), 0,
                 "the recorded cases are missing (they lie beside the checkout)");
    size_t played = 0, failed = 0;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        json test = test_json(&arena, test_read_file(&arena, files.gl_pathv[i]));
        if (!needs_only_the_engine(test, jsonata)) continue;
        const char *name = files.gl_pathv[i] + strlen("../shared/conformance/asl/");
        const json *executions = json_find(test, STR("executions"));
        for (size_t j = 0; executions && j < json_count(*executions); j++, played++)
            failed += run_execution(&arena, name, test, json_at(*executions, j));
        const json *expect = json_find(test, STR("expect"));
        if (executions || !expect || json_find(*expect, STR("create_error"))) continue;
        failed += run_execution(&arena, name, test, test);
        played++;
    }
    globfree(&files);
    arena_close(&arena);
    cr_assert_eq(failed, 0, "%zu of %zu executions differ", failed, played);
    cr_assert_geq(played, at_least);
}

Test(engine_cases, jsonpath)
{
    run_cases(false, 100);
}

Test(engine_cases, jsonata)
{
    run_cases(true, 50);
}
