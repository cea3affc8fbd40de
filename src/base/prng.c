/* xoshiro256** with splitmix64 seeding. */
#include "base/prng.h"

#include "base/assert.h"

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

void prng_seed(struct prng *prng, uint64_t seed)
{
    for (int i = 0; i < 4; i++)
        prng->state[i] = splitmix64(&seed);
}

static uint64_t rotate_left(uint64_t x, int count)
{
    return x << count | x >> (64 - count);
}

uint64_t prng_next(struct prng *prng)
{
    uint64_t *s = prng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t prng_below(struct prng *prng, uint64_t bound)
{
    ASSERT(bound > 0);
    uint64_t reject_below = -bound % bound; /* 2^64 mod bound: what would make the rest uneven */
    uint64_t value;
    do
        value = prng_next(prng);
    while (value < reject_below);
    return value % bound;
}

double prng_double(struct prng *prng)
{
    return (double)(prng_next(prng) >> 11) * 0x1.0p-53;
}

void prng_uuid(struct prng *prng, char out[PRNG_UUID_CHARS])
{
    static const char digits[] = "0123456789abcdef";
    uint64_t high = (prng_next(prng) & ~(uint64_t)0xF000) | 0x4000;
    uint64_t low = (prng_next(prng) & ~((uint64_t)3 << 62)) | (uint64_t)1 << 63;
    int at = 0;
    for (int nibble = 0; nibble < 32; nibble++) {
        if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) out[at++] = '-';
        uint64_t word = nibble < 16 ? high : low;
        out[at++] = digits[word >> (60 - 4 * (nibble % 16)) & 15];
    }
    ASSERT(at == PRNG_UUID_CHARS);
}
