/* Batches: writes in the order of the calls, and a hash index to the newest write of each key. */
#include "store/store.h"

enum {
    BATCH_WRITES_MIN = 16,
    BATCH_WRITES_MAX = 1 << 30, /* positions are kept in 32 bits */
};

/* Eight bytes at a time, mixed by multiplication: keys are 10 to 700 bytes long and looked up
 * several times per turn. Nothing that is stored or visible depends on it. */
static uint64_t hash_key(str key)
{
    uint64_t hash = 0x9E3779B97F4A7C15u ^ key.len;
    size_t at = 0;
    while (at < key.len) {
        uint64_t word = 0;
        size_t bytes = key.len - at < sizeof word ? key.len - at : sizeof word;
        memcpy(&word, key.ptr + at, bytes);
        hash = (hash ^ word) * 0xBF58476D1CE4E5B9u;
        hash ^= hash >> 29;
        at += bytes;
    }
    return hash ^ hash >> 32;
}

/* The slot of `key`, or the free slot where it belongs. The index is never full, so this ends. */
static uint32_t *find_slot(const struct store_batch *batch, str key, uint64_t hash)
{
    size_t mask = batch->index_capacity - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &batch->index[i];
        if (*slot == 0) return slot;
        const struct store_write *write = &batch->writes[*slot - 1];
        if (write->hash == hash && str_eq(write->key, key)) return slot;
    }
}

/* Doubles the room for writes and for the index, which stays at most half full. */
static void grow(struct store_batch *batch)
{
    size_t capacity = batch->capacity ? batch->capacity * 2 : BATCH_WRITES_MIN;
    ASSERT_CMP(capacity, <=, BATCH_WRITES_MAX);
    struct store_write *writes = arena_array(batch->arena, capacity, sizeof *writes);
    if (batch->count > 0) memcpy(writes, batch->writes, batch->count * sizeof *writes);
    batch->writes = writes;
    batch->capacity = capacity;

    batch->index_capacity = capacity * 2;
    batch->index = arena_zalloc(batch->arena, batch->index_capacity * sizeof *batch->index);
    for (size_t i = 0; i < batch->count; i++) {
        if (writes[i].superseded) continue;
        *find_slot(batch, writes[i].key, writes[i].hash) = (uint32_t)i + 1;
    }
}

static void add(struct store_batch *batch, str key, str value, bool is_delete)
{
    ASSERT_CMP(key.len, >, 0);
    if (batch->count == batch->capacity) grow(batch);

    uint64_t hash = hash_key(key);
    uint32_t *slot = find_slot(batch, key, hash);
    if (*slot != 0) {
        struct store_write *older = &batch->writes[*slot - 1];
        older->superseded = true;
        batch->bytes -= older->key.len + older->value.len;
    }
    batch->writes[batch->count] =
        (struct store_write){ .key = key, .value = value, .hash = hash, .is_delete = is_delete };
    batch->count++;
    batch->bytes += key.len + value.len;
    *slot = (uint32_t)batch->count;
}

void store_batch_init(struct store_batch *batch, struct arena *arena)
{
    *batch = (struct store_batch){ .arena = arena };
}

void store_batch_put(struct store_batch *batch, str key, str value)
{
    /* An empty value is a value: only a deleted key has none. */
    if (!value.ptr) value = STR("");
    add(batch, key, value, false);
}

void store_batch_delete(struct store_batch *batch, str key)
{
    add(batch, key, (str){ NULL, 0 }, true);
}

bool store_batch_find(const struct store_batch *batch, str key, str *out)
{
    if (batch->count == 0) return false;
    uint32_t slot = *find_slot(batch, key, hash_key(key));
    if (slot == 0) return false;
    *out = batch->writes[slot - 1].value;
    return true;
}

void store_batch_rewind(struct store_batch *batch, size_t count)
{
    ASSERT_CMP(count, <=, batch->count);
    if (count == batch->count) return;
    struct store_write *writes = batch->writes;
    batch->count = 0;
    batch->bytes = 0;
    memset(batch->index, 0, batch->index_capacity * sizeof *batch->index);
    for (size_t i = 0; i < count; i++)
        add(batch, writes[i].key, writes[i].value, writes[i].is_delete);
}
