/* What every module stands on: strings, arenas, growing buffers, errors, assertions, limits.
 *
 * One include for all of it, because nearly every file needs nearly all of it. Nothing here does
 * input or output except log.h, clock.h and random.h, which the pure modules (engine, asl, expr,
 * json) must not include; they are therefore not part of this umbrella. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/assert.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"

#endif
