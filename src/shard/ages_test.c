/* Counting waiting tasks by age. */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "shard/ages.h"

enum { MINUTE = 60 * 1000 };
static const int64_t now_ms = 1700000000000;

static struct ages *new_ages(void)
{
    struct ages *ages = calloc(1, sizeof *ages);
    cr_assert_not_null(ages);
    ages_init(ages);
    return ages;
}

static void expect(struct ages *ages, int64_t at_ms, const char *line)
{
    struct buf out;
    buf_init(&out, NULL);
    ages_write(ages, at_ms, &out);
    cr_expect_lt(str_find(buf_str(&out), str_from(line), 0), out.len, "%s: %.*s", line,
                 STR_ARGS(buf_str(&out)));
    buf_close(&out);
}

static void free_ages(struct ages *ages)
{
    ages_close(ages);
    free(ages);
}

Test(ages, come_age_and_go)
{
    struct ages *ages = new_ages();
    ages_add(ages, now_ms, 1, false);
    ages_add(ages, now_ms - 10 * MINUTE, 1, true);
    ages_add(ages, now_ms - 40LL * 24 * 60 * MINUTE, 1, false);
    expect(ages, now_ms, "bucket{le=\"60\"} 1\n");
    expect(ages, now_ms, "bucket{le=\"900\"} 2\n");
    expect(ages, now_ms, "bucket{le=\"2592000\"} 2\n");
    expect(ages, now_ms, "bucket{le=\"7776000\"} 3\n");
    expect(ages, now_ms, "bucket{le=\"+Inf\"} 3\n");
    expect(ages, now_ms, "count 3\n");
    expect(ages, now_ms, "without_timeout 1\n");
    expect(ages, now_ms + 20 * MINUTE, "bucket{le=\"900\"} 0\n");
    expect(ages, now_ms + 20 * MINUTE, "bucket{le=\"3600\"} 2\n");
    ages_add(ages, now_ms - 10 * MINUTE, -1, true);
    expect(ages, now_ms, "bucket{le=\"900\"} 1\n");
    expect(ages, now_ms, "without_timeout 0\n");
    expect(ages, now_ms, "sum 3456000\n");
    free_ages(ages);
}

/* A minute's place is taken over two days later; what was there counts by its hour. */
Test(ages, places_are_taken_over)
{
    struct ages *ages = new_ages();
    int64_t old_ms = now_ms - (int64_t)AGES_MINUTES * MINUTE;
    ages_add(ages, old_ms, 5, false);
    ages_add(ages, now_ms, 1, false);
    expect(ages, now_ms, "bucket{le=\"86400\"} 1\n");
    expect(ages, now_ms, "bucket{le=\"604800\"} 6\n");
    ages_add(ages, old_ms, -5, false);
    expect(ages, now_ms, "bucket{le=\"86400\"} 1\n");
    expect(ages, now_ms, "bucket{le=\"604800\"} 1\n");
    free_ages(ages);
}

/* What is counted behind the back of those that end meanwhile. */
Test(ages, never_fewer_than_none)
{
    struct ages *ages = new_ages();
    ages_add(ages, now_ms, -1, true);
    expect(ages, now_ms, "bucket{le=\"60\"} 0\n");
    expect(ages, now_ms, "count 0\n");
    ages_add(ages, now_ms, 2, true);
    expect(ages, now_ms, "count 1\n");
    free_ages(ages);
}
