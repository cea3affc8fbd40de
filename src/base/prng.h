/* A deterministic pseudo-random generator (xoshiro256**, Blackman and Vigna 2018), seeded by the
 * caller: the pure modules take one as an argument, so that the same seed gives the same run. Not
 * for secrets. */
#ifndef BASE_PRNG_H
#define BASE_PRNG_H

#include <stdint.h>

struct prng {
    uint64_t state[4];
};

/* Any seed will do, 0 too. */
void prng_seed(struct prng *prng, uint64_t seed);

uint64_t prng_next(struct prng *prng);

/* Uniform in [0, bound); bound > 0. */
uint64_t prng_below(struct prng *prng, uint64_t bound);

/* Uniform in [0, 1), 53 bits. */
double prng_double(struct prng *prng);

enum { PRNG_UUID_CHARS = 36 };

/* A version 4 UUID in lower case (RFC 9562, section 5.4), not NUL-terminated. */
void prng_uuid(struct prng *prng, char out[PRNG_UUID_CHARS]);

#endif
