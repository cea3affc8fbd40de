/* The hash table over the members of a large object.
 *
 * Its slots are placed by SipHash-1-3 (Aumasson and Bernstein 2012) of the key, keyed by the
 * address of the table. Addresses differ from run to run and are never shown, so that nobody can
 * send keys which all fall into one slot; a search is constant on average for hostile objects too.
 */
#include "json/private.h"

static uint64_t rotate(uint64_t x, int count)
{
    return x << count | x >> (64 - count);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static uint64_t sip_hash(uint64_t key, str s)
{
    uint64_t v[4] = { key ^ 0x736F6D6570736575u, key * 3 ^ 0x646F72616E646F6Du,
                      key ^ 0x6C7967656E657261u, key * 3 ^ 0x7465646279746573u };
    size_t at = 0;
    for (; s.len - at >= 8; at += 8) {
        uint64_t word = json_load_64(s.ptr + at);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t last = (uint64_t)s.len << 56;
    for (int shift = 0; at < s.len; at++, shift += 8)
        last |= (uint64_t)(unsigned char)s.ptr[at] << shift;
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xFF;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

size_t json_index_capacity(size_t count)
{
    size_t capacity = 64;
    while (capacity < count * 2)
        capacity *= 2;
    return capacity;
}

uint32_t *json_index_slot(uint32_t *slots, size_t capacity, const struct json_member *members,
                          str key, uint32_t hash)
{
    ASSERT(capacity > 0 && (capacity & (capacity - 1)) == 0);
    size_t at = (size_t)sip_hash((uint64_t)(uintptr_t)slots, key) & (capacity - 1);
    while (slots[at] != 0 && !json_member_has_key(&members[slots[at] - 1], key, hash))
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}
