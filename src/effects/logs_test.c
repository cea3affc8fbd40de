/* Logs, lines, and text from outside. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "effects/support_test.h"

static struct world world;
static struct logs *logs;

static void open_logs(void)
{
    logs =
        logs_new(&world.arena, arena_printf(&world.arena, "%.*s/logs", STR_ARGS(world.directory)));
}

static void set_up(void)
{
    world_init(&world);
    open_logs();
}

static void tear_down(void)
{
    logs_free(logs);
    world_close(&world);
}

TestSuite(effects_logs, .init = set_up, .fini = tear_down, .timeout = 60);

static void add(const char *group, const char *line)
{
    logs_add(logs, str_from(group), STR("s"), 1700000000000, str_from(line));
}

static void expect(const char *group, uint64_t after, size_t count, const char *lines,
                   uint64_t expected_next)
{
    struct buf out;
    buf_init(&out, &world.arena);
    uint64_t next;
    logs_read(logs, str_from(group), after, count, &out, &next);
    cr_assert_str_eq(world_text(&world, buf_str(&out)), lines);
    cr_assert_eq(next, expected_next);
}

#define LINE(id, message)                                                                          \
    "{\"id\":" #id ",\"timestamp\":1700000000000,\"stream\":\"s\",\"message\":\"" message "\"}"

Test(effects_logs, lines_are_read_from_any_place)
{
    expect("/g", 0, 10, "", 0);
    add("/g", "one");
    add("/g", "two \"x\"\r");
    add("/h", "other");
    add("/g", "a\rb\xFF");
    expect("/g", 0, 10,
           LINE(1, "one") "," LINE(2, "two \\\"x\\\"") "," LINE(3, "a\\nb\xEF\xBF\xBD"), 3);
    expect("/g", 1, 1, LINE(2, "two \\\"x\\\""), 2);
    expect("/g", 3, 10, "", 3);
    expect("/g", 99, 10, "", 99);
    expect("/h", 0, 0, "", 0);
    expect("/h", 0, 1, LINE(1, "other"), 1);
}

Test(effects_logs, ids_go_on_after_a_restart)
{
    add("/g", "one");
    logs_free(logs);
    open_logs();
    add("/g", "two");
    expect("/g", 0, 10, LINE(1, "one") "," LINE(2, "two"), 2);
}

Test(effects_logs, half_a_line_of_a_crash_is_forgotten)
{
    add("/g", "one");
    logs_flush(logs);
    str path = arena_printf(&world.arena, "%.*s/logs/f%%2Fg.1", STR_ARGS(world.directory));
    int file = open(world_text(&world, path), O_WRONLY | O_APPEND | O_CLOEXEC);
    cr_assert_eq(write(file, "{\"id\":2,\"time", 13), 13);
    close(file);
    expect("/g", 0, 10, LINE(1, "one"), 1);
    logs_free(logs);
    open_logs();
    add("/g", "two");
    expect("/g", 0, 10, LINE(1, "one") "," LINE(2, "two"), 2);
}

Test(effects_logs, the_oldest_lines_go_first)
{
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    enum { COUNT = 3 * FUNCTION_LOG_BYTES_MAX / 1000 };
    for (int i = 0; i < COUNT; i++)
        add("/aws/lambda/g", line);
    struct buf out;
    buf_init(&out, &world.arena);
    uint64_t next;
    logs_read(logs, STR("/aws/lambda/g"), 0, SIZE_MAX, &out, &next);
    cr_assert_eq(next, COUNT);
    cr_assert_leq(out.len, FUNCTION_LOG_BYTES_MAX + (256 << 10));
    cr_assert_geq(out.len, FUNCTION_LOG_BYTES_MAX / 2);
    out.len = 0;
    logs_read(logs, STR("/aws/lambda/g"), COUNT - 2, SIZE_MAX, &out, &next);
    char start[32];
    snprintf(start, sizeof start, "{\"id\":%d,", COUNT - 1);
    cr_assert(str_starts_with(buf_str(&out), str_from(start)));
}

static size_t count_lines(str text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

Test(effects_logs, other_groups_keep_more_are_read_as_a_whole_and_deleted)
{
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    enum { COUNT = 2 * FUNCTION_LOG_BYTES_MAX / 1000 };
    cr_assert_eq(logs_bytes(logs, STR("/g")), 0);
    for (int i = 0; i < COUNT; i++)
        logs_add_message(logs, STR("/g"), STR("s"), 1700000000000, str_from(line));
    cr_assert_eq(count_lines(logs_text(logs, STR("/g"), &world.arena)), COUNT);
    cr_assert_gt(logs_bytes(logs, STR("/g")), 1000 * (uint64_t)COUNT);
    logs_delete(logs, STR("/g"));
    cr_assert_eq(logs_bytes(logs, STR("/g")), 0);
    logs_add_message(logs, STR("/g"), STR("s"), 1700000000000, STR("a\rb"));
    str text = logs_text(logs, STR("/g"), &world.arena);
    cr_assert_eq(count_lines(text), 1);
    cr_assert(str_find(text, STR("a\\rb"), 0) < text.len);
}

Test(effects_logs, more_groups_than_are_held)
{
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < FUNCTION_LOG_GROUPS_HELD_MAX + 10; i++) {
            char group[32];
            snprintf(group, sizeof group, "/g%d", i);
            add(group, round ? "two" : "one");
            if (i % 100 == 0) logs_flush(logs);
        }
        logs_flush(logs);
    }
    expect("/g0", 0, 10, LINE(1, "one") "," LINE(2, "two"), 2);
}

/* ---- text ---- */

Test(effects_logs, text_becomes_well_formed)
{
    static const struct {
        const char *bytes, *text;
    } rows[] = {
        { "", "" },
        { "plain", "plain" },
        { "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80" },
        { "\xC3", "\xEF\xBF\xBD" },
        { "a\xC0\x80z", "a\xEF\xBF\xBD\xEF\xBF\xBDz" },
        { "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD" },
        { "\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD" },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, &world.arena);
        text_add_utf8(&out, str_from(rows[i].bytes));
        cr_assert_str_eq(world_text(&world, buf_str(&out)), rows[i].text);
        cr_assert_eq(text_is_utf8(str_from(rows[i].bytes)),
                     strcmp(rows[i].bytes, rows[i].text) == 0);
    }
}

static str file_name(const char *name, size_t len)
{
    struct buf out;
    buf_init(&out, &world.arena);
    text_add_file_name(&out, (str){ name, len });
    return buf_str(&out);
}

Test(effects_logs, names_become_one_component_of_a_path)
{
    cr_assert_str_eq(world_text(&world, file_name("", 0)), "f");
    cr_assert_str_eq(world_text(&world, file_name("..", 2)), "f%2E%2E");
    cr_assert_str_eq(world_text(&world, file_name("/aws/lambda/a-b_C9", 18)),
                     "f%2Faws%2Flambda%2Fa-b_C9");
    cr_assert_str_eq(world_text(&world, file_name("a\0%", 3)), "fa%00%25");
    char name[512];
    memset(name, '/', sizeof name);
    str one = file_name(name, 512), other = file_name(name, 511);
    cr_assert(one.len <= 200 && other.len <= 200 && !str_eq(one, other));
}

static void collect(void *context, str line)
{
    struct buf *out = context;
    buf_printf(out, "[%.*s]", STR_ARGS(line));
}

Test(effects_logs, lines_are_cut_however_they_arrive)
{
    static const char text[] = "one\n\ntwo\nthree";
    for (size_t portion = 1; portion <= sizeof text; portion++) {
        struct line_cutter cutter = { 0 };
        struct buf out;
        buf_init(&out, &world.arena);
        for (size_t at = 0; at < sizeof text - 1; at += portion) {
            size_t end = at + portion < sizeof text - 1 ? at + portion : sizeof text - 1;
            line_cutter_feed(&cutter, (str){ text + at, end - at }, collect, &out);
        }
        line_cutter_finish(&cutter, collect, &out);
        cr_assert_str_eq(world_text(&world, buf_str(&out)), "[one][][two][three]");
    }
}

static void measure(void *context, str line)
{
    size_t *lengths = context;
    lengths[++lengths[0]] = line.len;
}

Test(effects_logs, a_line_without_end_is_cut)
{
    static char text[FUNCTION_LOG_LINE_BYTES_MAX * 2 + 6];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\n';
    struct line_cutter cutter = { 0 };
    size_t lengths[8] = { 0 };
    line_cutter_feed(&cutter, (str){ text, sizeof text }, measure, lengths);
    line_cutter_finish(&cutter, measure, lengths);
    cr_assert_eq(lengths[0], 3);
    cr_assert_eq(lengths[1], FUNCTION_LOG_LINE_BYTES_MAX);
    cr_assert_eq(lengths[2], FUNCTION_LOG_LINE_BYTES_MAX);
    cr_assert_eq(lengths[3], 5);
}

Test(effects_logs, the_tail_is_the_last_four_kilobytes)
{
    struct log_tail tail = { 0 };
    for (int i = 0; i < 3000; i++) {
        char piece[16];
        int len = snprintf(piece, sizeof piece, "%d\xC3\xA9", i);
        log_tail_add(&tail, (str){ piece, (size_t)len });
    }
    str text = log_tail_text(&tail, &world.arena);
    cr_assert_leq(text.len, FUNCTION_LOG_TAIL_BYTES);
    cr_assert_geq(text.len, FUNCTION_LOG_TAIL_BYTES - 3);
    cr_assert(str_ends_with(text, STR("2998\xC3\xA9"
                                      "2999\xC3\xA9")));
    cr_assert(text_is_utf8(text) && str_find(text, STR("\xEF\xBF\xBD"), 0) == text.len);
}
