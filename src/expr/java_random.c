/* java.util.Random's generator, as its documentation specifies it: AWS's functions with a seed give
 * its numbers ($random(42) is 0.7275636800328681). */
#include "expr/internal.h"

#define STATE_MASK ((1ULL << 48) - 1)

void java_random_seed(struct java_random *random, int64_t seed)
{
    random->state = ((uint64_t)seed ^ 0x5DEECE66DULL) & STATE_MASK;
}

static uint64_t next_bits(struct java_random *random, int bits)
{
    random->state = (random->state * 0x5DEECE66DULL + 0xB) & STATE_MASK;
    return random->state >> (48 - bits);
}

uint64_t java_random_below(struct java_random *random, uint64_t bound)
{
    ASSERT(bound > 0);
    if (bound > INT32_MAX) return (next_bits(random, 32) << 32 | next_bits(random, 32)) % bound;
    if ((bound & (bound - 1)) == 0) return bound * next_bits(random, 31) >> 31;
    /* Draws of the last, incomplete multiple of the bound are thrown away; at least half are kept.
     */
    for (;;) {
        uint64_t bits = next_bits(random, 31);
        uint64_t value = bits % bound;
        if (bits - value + (bound - 1) <= INT32_MAX) return value;
    }
}

double java_random_double(struct java_random *random)
{
    uint64_t high = next_bits(random, 26);
    return (double)((high << 27) + next_bits(random, 27)) * 0x1.0p-53;
}
