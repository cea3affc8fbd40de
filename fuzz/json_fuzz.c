/* Fuzz target: what is parsed and written reads back as the same value, compact and pretty, and the
 * sizes that are foretold are true. */
#include "json/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reads_back(struct arena *arena, json value, str text)
{
    struct error err;
    json again;
    if (!json_parse(text, arena, &again, &err)) fatal("%.*s", STR_ARGS(error_text(&err)));
    ASSERT(json_equal(value, again));
    ASSERT(json_equal(again, value));
}

static void check_numbers(struct arena *arena, json value)
{
    if (value.kind == JSON_NUMBER) {
        double number = json_number(value);
        str text = json_text(arena, json_double(number));
        json again;
        struct error err;
        ASSERT(json_parse(text, arena, &again, &err));
        bool is_finite = again.kind == JSON_NUMBER;
        ASSERT(!is_finite || json_number(again) == number);
        int64_t integer;
        if (json_to_i64(value, &integer)) ASSERT(json_equal(json_i64(arena, integer), value));
    }
    for (size_t i = 0; value.kind == JSON_ARRAY && i < value.count; i++)
        check_numbers(arena, json_at(value, i));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    arena_init(&arena);
    str text = { (const char *)data, size };
    struct error err = { .code = ERROR_NONE };
    json value;
    if (json_parse(text, &arena, &value, &err)) {
        str written = json_text(&arena, value);
        ASSERT_CMP(written.len, ==, json_text_bytes(value));
        ASSERT(json_fits(value, written.len) && !json_fits(value, written.len - 1));
        check_reads_back(&arena, value, written);
        struct buf pretty;
        buf_init(&pretty, &arena);
        json_write_pretty(&pretty, value);
        check_reads_back(&arena, value, buf_str(&pretty));
        ASSERT(json_equal(json_copy(&arena, value), value));
        check_numbers(&arena, value);
    } else {
        ASSERT(err.code == ERROR_SYNTAX || err.code == ERROR_TOO_DEEP);
        ASSERT(err.offset <= size);
        size_t count;
        ASSERT(str_utf8_count(error_text(&err), &count) || !str_utf8_count(text, &count) ||
               error_text(&err).len >= ERROR_MESSAGE_BYTES_MAX - 1);
    }
    uint32_t line;
    uint32_t column;
    bool located = json_locate(text, STR("/a/0/b"), &line, &column);
    (void)located;
    arena_close(&arena);
    return 0;
}
