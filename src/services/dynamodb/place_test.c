/* Keys of the store: what is on disk must not change, and the longest keys must fit. */
#include <criterion/criterion.h>

#include "services/dynamodb/place.h"

/* Computed beside, from FNV-1a and the finalizer of MurmurHash3: partitions are on disk. */
Test(place, partitions_are_what_they_have_always_been)
{
    cr_expect_eq(place_partition(STR("")), 0xAB3E7C0Bu);
    cr_expect_eq(place_partition(STR("a")), 0x1A80B1B3u);
    cr_expect_eq(place_partition(STR("customer#1")), 0x7CD365ABu);
}

static str zeros(struct arena *arena, size_t bytes)
{
    return (str){ arena_zalloc(arena, bytes), bytes };
}

Test(place, the_longest_keys_fit_and_are_read_back)
{
    struct arena arena;
    struct key key;
    struct key_reader reader;
    uint64_t table = 0;
    uint32_t index = 0, partition = 0;
    str fields[4];
    arena_init(&arena);
    /* Every byte a NUL, which takes two. */
    struct item_place longest = {
        .hash = zeros(&arena, DYNAMODB_HASH_KEY_BYTES_MAX),
        .range = zeros(&arena, DYNAMODB_RANGE_KEY_BYTES_MAX),
    };
    place_entry_key(&key, 3, UINT64_MAX, UINT32_MAX, &longest, &longest);
    cr_assert(key_read_begin(&reader, key_str(&key)));
    cr_expect_eq(reader.tag, KEY_INDEX_ENTRY);
    cr_assert(key_read_u64(&reader, &table) && key_read_u32(&reader, &index) &&
              key_read_u32(&reader, &partition));
    cr_expect_eq(partition, place_partition(longest.hash));
    for (size_t i = 0; i < 4; i++)
        cr_assert(key_read_bytes(&reader, &arena, &fields[i]));
    cr_expect(str_eq(fields[0], longest.hash) && str_eq(fields[1], longest.range));
    cr_expect(str_eq(fields[2], longest.hash) && str_eq(fields[3], longest.range));
    cr_expect_eq(reader.rest.len, 0);
    arena_close(&arena);
}

Test(place, range_values_keep_their_order)
{
    /* In the order of their bytes; each key must be behind the one before, and before the end of
     * the range that begins with it. */
    static const str values[] = { STR_INIT(""),       STR_INIT("\0"),    STR_INIT("\0\0"),
                                  STR_INIT("\0\xFF"), STR_INIT("a"),     STR_INIT("a\0"),
                                  STR_INIT("a\0b"),   STR_INIT("a\x01"), STR_INIT("ab"),
                                  STR_INIT("\xFF") };
    struct key last = { .len = 0 };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct key key;
        place_item_key(&key, 0, 7, &(struct item_place){ STR("h"), values[i] });
        cr_expect_gt(str_compare(key_str(&key), key_str(&last)), 0, "value %zu", i);
        if (i > 0) {
            key_range_end(&last);
            cr_expect_geq(str_compare(key_str(&key), key_str(&last)), 0, "value %zu", i);
        }
        last = key;
    }
}
