/* Tests of keys: the layouts in words, order, and reading back. */
#include "store/keys.h"

#include "base/prng.h"

#include <signal.h>

#include <criterion/criterion.h>

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

static void expect_description(const struct key *key, const char *wanted)
{
    struct arena arena;
    arena_init(&arena);
    str got = key_describe(key_str(key), &arena);
    cr_assert(str_eq(got, str_from(wanted)), "got %.*s, wanted %s", STR_ARGS(got), wanted);
    arena_close(&arena);
}

Test(keys, every_layout_reads_as_words)
{
    struct key key;
    key_meta(&key, 0, STR("schema"));
    expect_description(&key, "meta(name=\"schema\")");
    key_machine(&key, 0, STR("m"));
    expect_description(&key, "machine(machine=\"m\")");
    key_revision(&key, 0, STR("m"), 7);
    expect_description(&key, "revision(machine=\"m\", revision=7)");
    key_version(&key, 0, STR("m"), 3);
    expect_description(&key, "version(machine=\"m\", version=3)");
    key_alias(&key, 0, STR("m"), STR("live"));
    expect_description(&key, "alias(machine=\"m\", alias=\"live\")");
    key_activity(&key, 0, STR("weigh"));
    expect_description(&key, "activity(activity=\"weigh\")");
    key_activity_task(&key, 0, STR("weigh"), 1500, 12, 3);
    expect_description(&key,
                       "activity_task(activity=\"weigh\", since_ms=1500, serial=12, frame=3)");
    key_execution(&key, 0, 12);
    expect_description(&key, "execution(serial=12)");
    key_end(&key, 0, UINT64_MAX);
    expect_description(&key, "end(serial=18446744073709551615)");
    key_frame(&key, 0, 12, 4);
    expect_description(&key, "frame(serial=12, frame=4)");
    key_frame_data(&key, 0, 12, 4);
    expect_description(&key, "frame_data(serial=12, frame=4)");
    key_history(&key, 0, 12, 21);
    expect_description(&key, "history(serial=12, first_event_id=21)");
    key_name(&key, 0, STR("m"), STR("order 7"));
    expect_description(&key, "name(machine=\"m\", execution=\"order 7\")");
    key_list(&key, 0, STR("m"), 1, 12);
    expect_description(&key, "list(machine=\"m\", status=1, serial=12)");
    key_timer(&key, 0, 1700000000000, 12, 4, 2);
    expect_description(&key, "timer(due_ms=1700000000000, serial=12, frame=4, kind=2)");
    key_waiting(&key, 0, 1700000000000, 12, 4);
    expect_description(&key, "waiting(since_ms=1700000000000, serial=12, frame=4)");
    key_wait(&key, 0, 12, 4, 2);
    expect_description(&key, "wait(serial=12, frame=4, entered=2)");
    key_callback_key(&key, 0, STR("orders"), STR("r 1"));
    expect_description(&key, "callback_key(name=\"orders\", key=\"r 1\")");
    key_callback_name(&key, 0, STR("orders"));
    expect_description(&key, "callback_name(name=\"orders\")");
    key_mailbox(&key, 0, STR("orders"), STR("r1"), 7);
    expect_description(&key, "mailbox(name=\"orders\", key=\"r1\", order=7)");
    key_callback_note(&key, 0, 1, 99, STR("orders"), STR("m1"));
    expect_description(&key, "callback_note(section=1, number=99, name=\"orders\", id=\"m1\")");
}

Test(keys, what_is_no_key_of_ours_is_shown_as_bytes)
{
    struct key key;
    key_begin(&key, 0, (enum key_tag)'?');
    expect_description(&key, "unknown(00003f)");
    key_execution(&key, 0, 1);
    key.len--;
    expect_description(&key, "unknown(00007800000000000000)");
    key_execution(&key, 0, 1);
    key_add_u8(&key, 9);
    expect_description(&key, "unknown(000078000000000000000109)");
    key.len = 2;
    expect_description(&key, "unknown(0000)");
    key.len = 0;
    expect_description(&key, "unknown()");
}

Test(keys, names_are_shown_safe_for_a_terminal_and_other_shards_are_named)
{
    struct key key;
    key_machine(&key, 3, STR("a\x1B[2J\"\\"));
    expect_description(&key, "machine(shard=3, machine=\"a\\x1B[2J\\x22\\x5C\")");
    key_machine(&key, 0, STR("caf\xC3\xA9"));
    expect_description(&key, "machine(machine=\"caf\xC3\xA9\")");
    key_machine(&key, 0, STR("\xC3("));
    expect_description(&key, "machine(machine=\"\\xC3(\")");
}

/* A tuple of one field of each kind, the text from an alphabet with the awkward bytes. */
struct tuple {
    uint16_t shard;
    char text[4];
    size_t text_bytes;
    uint8_t a;
    uint32_t b;
    uint64_t c;
    uint64_t newest_first;
};

static uint64_t edge(struct prng *prng, uint64_t max)
{
    uint64_t edges[] = { 0, 1, 0x7F, 0x80, 0xFF, 0x100, max - 1, max };
    uint64_t value = edges[prng_below(prng, 8)];
    return prng_below(prng, 4) == 0 ? prng_next(prng) & max : value & max;
}

static struct tuple random_tuple(struct prng *prng)
{
    static const char alphabet[] = { '\x01', ' ', 'a', '\x7F', (char)0x80, (char)0xFF };
    struct tuple t = { .shard = (uint16_t)edge(prng, 3),
                       .text_bytes = (size_t)prng_below(prng, sizeof t.text + 1),
                       .a = (uint8_t)edge(prng, UINT8_MAX),
                       .b = (uint32_t)edge(prng, UINT32_MAX),
                       .c = edge(prng, UINT64_MAX),
                       .newest_first = edge(prng, UINT64_MAX) };
    for (size_t i = 0; i < t.text_bytes; i++)
        t.text[i] = alphabet[prng_below(prng, sizeof alphabet)];
    return t;
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare_tuples(const struct tuple *x, const struct tuple *y)
{
    int order = compare_u64(x->shard, y->shard);
    if (order == 0)
        order = sign(str_compare((str){ x->text, x->text_bytes }, (str){ y->text, y->text_bytes }));
    if (order == 0) order = compare_u64(x->a, y->a);
    if (order == 0) order = compare_u64(x->b, y->b);
    if (order == 0) order = compare_u64(x->c, y->c);
    if (order == 0) order = compare_u64(y->newest_first, x->newest_first);
    return order;
}

static void encode(struct key *key, const struct tuple *t)
{
    key_begin(key, t->shard, KEY_META);
    key_add_text(key, (str){ t->text, t->text_bytes });
    key_add_u8(key, t->a);
    key_add_u32(key, t->b);
    key_add_u64(key, t->c);
    key_add_u64(key, ~t->newest_first);
}

static void expect_reads_back(const struct key *key, const struct tuple *t)
{
    struct key_reader reader;
    str text;
    uint8_t a;
    uint32_t b;
    uint64_t c;
    uint64_t newest_first;
    cr_assert(key_read_begin(&reader, key_str(key)));
    cr_assert(reader.shard == t->shard && reader.tag == KEY_META);
    cr_assert(key_read_text(&reader, &text) && key_read_u8(&reader, &a));
    cr_assert(key_read_u32(&reader, &b) && key_read_u64(&reader, &c));
    cr_assert(key_read_u64(&reader, &newest_first));
    cr_assert(str_eq(text, (str){ t->text, t->text_bytes }));
    cr_assert(a == t->a && b == t->b && c == t->c && ~newest_first == t->newest_first);
    cr_assert_not(key_read_u8(&reader, &a));
    cr_assert_not(key_read_text(&reader, &text));
}

Test(keys, encoding_keeps_the_order_of_the_fields_and_reads_back)
{
    struct prng prng;
    prng_seed(&prng, 1);
    for (int i = 0; i < 100000; i++) {
        struct tuple x = random_tuple(&prng);
        struct tuple y = prng_below(&prng, 2) ? x : random_tuple(&prng);
        if (prng_below(&prng, 2)) y.c = edge(&prng, UINT64_MAX);
        if (prng_below(&prng, 2)) y.newest_first = edge(&prng, UINT64_MAX);
        struct key kx;
        struct key ky;
        encode(&kx, &x);
        encode(&ky, &y);
        cr_assert_eq(sign(str_compare(key_str(&kx), key_str(&ky))), compare_tuples(&x, &y));
        expect_reads_back(&kx, &x);
    }
}

Test(keys, lists_and_versions_show_the_newest_first)
{
    struct key older;
    struct key newer;
    key_list(&older, 0, STR("m"), 1, 41);
    key_list(&newer, 0, STR("m"), 1, 42);
    cr_assert_lt(str_compare(key_str(&newer), key_str(&older)), 0);
    key_version(&older, 0, STR("m"), 9);
    key_version(&newer, 0, STR("m"), 10);
    cr_assert_lt(str_compare(key_str(&newer), key_str(&older)), 0);
}

Test(keys, a_range_holds_exactly_the_keys_with_its_prefix)
{
    struct prng prng;
    prng_seed(&prng, 2);
    for (int i = 0; i < 50000; i++) {
        struct tuple t = random_tuple(&prng);
        struct tuple other = random_tuple(&prng);
        if (prng_below(&prng, 2)) other = t;
        other.c = edge(&prng, UINT64_MAX);
        struct key prefix;
        struct key end;
        struct key key;
        key_begin(&prefix, t.shard, KEY_META);
        key_add_text(&prefix, (str){ t.text, t.text_bytes });
        key_add_u8(&prefix, t.a);
        if (prng_below(&prng, 2)) key_add_u32(&prefix, t.b);
        end = prefix;
        key_range_end(&end);
        encode(&key, &other);
        bool inside = str_compare(key_str(&key), key_str(&prefix)) >= 0 &&
                      str_compare(key_str(&key), key_str(&end)) < 0;
        cr_assert_eq(inside, str_starts_with(key_str(&key), key_str(&prefix)));
    }
}

Test(keys, the_longest_names_fit)
{
    static char name[STATES_NAME_CHARS_MAX * 4];
    for (size_t i = 0; i < sizeof name; i += 4)
        memcpy(name + i, "\xF0\x9F\x98\x80", 4);
    str longest = { name, sizeof name };
    struct key key;
    key_name(&key, 0, longest, longest);
    key_alias(&key, 0, longest, longest);
    key_list(&key, 0, longest, 1, 1);
    key_activity_task(&key, 0, longest, 1, 1, 1);
    cr_assert_leq(key.len, sizeof key.bytes);
}

Test(keys, a_text_with_a_nul_is_our_mistake, .signal = SIGABRT)
{
    struct key key;
    key_machine(&key, 0, STR("a\0b"));
}

Test(keys, a_text_that_does_not_fit_is_our_mistake, .signal = SIGABRT)
{
    static char name[sizeof((struct key *)0)->bytes];
    memset(name, 'x', sizeof name);
    struct key key;
    key_machine(&key, 0, (str){ name, sizeof name });
}

Test(keys, a_time_before_1970_is_our_mistake, .signal = SIGABRT)
{
    struct key key;
    key_waiting(&key, 0, -1, 1, 1);
}

/* ---- bytes ---- */

Test(keys, bytes_sort_as_they_are_and_come_back)
{
    static const str values[] = {
        STR_INIT(""),    STR_INIT("\0"), STR_INIT("\0\0"), STR_INIT("\0\1"),
        STR_INIT("\1"),  STR_INIT("a"),  STR_INIT("a\0"),  STR_INIT("a\0b"),
        STR_INIT("a\1"), STR_INIT("ab"), STR_INIT("\xFF"), STR_INIT("\xFF\0"),
    };
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct key key, next;
        struct key_reader reader;
        str back;
        uint8_t behind;
        key_begin(&key, 0, KEY_META);
        key_add_bytes(&key, values[i]);
        key_add_u8(&key, 255);
        cr_assert(key_read_begin(&reader, key_str(&key)));
        cr_assert(key_read_bytes(&reader, &arena, &back) && str_eq(back, values[i]), "%zu", i);
        cr_assert(key_read_u8(&reader, &behind) && behind == 255 && reader.rest.len == 0);
        if (i == 0) continue;
        key_begin(&next, 0, KEY_META);
        key_add_bytes(&next, values[i - 1]);
        key_add_u8(&next, 255);
        cr_assert_lt(str_compare(key_str(&next), key_str(&key)), 0, "%zu", i);
    }
    arena_close(&arena);
}
