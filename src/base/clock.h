/* The real clocks and the system's entropy. Only the shard's world and the outer layers read them;
 * the pure modules get time and randomness as arguments. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Milliseconds since the Unix epoch. May jump. */
int64_t clock_now_ms(void);

/* Microseconds since some moment; never goes back. For durations. */
int64_t clock_monotonic_us(void);

/* Fills `out` with bytes fit for keys; fatal if the system has none. */
void entropy_fill(void *out, size_t bytes);

#endif
