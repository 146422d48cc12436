/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/rng.h"

#include <math.h>

#include <Random123/philox.h>

/* One index is one block of four words; uniform, integer and normal take different words of it, so that the same
 * index used for two of them still gives independent numbers. */
enum { WORD_UNIFORM = 0, WORD_INTEGER = 1, WORD_RADIUS = 2, WORD_ANGLE = 3 };

static philox4x64_ctr_t block(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index,
                              uint64_t attempt)
{
    philox4x64_key_t key = {{seed, trajectory}};
    philox4x64_ctr_t counter = {{step, (uint64_t)purpose << 32 | index, attempt, 0}};
    return philox4x64(counter, key);
}

/* An odd multiple of 2^-53: never 0 or 1, and symmetric about 1/2. */
static double open_unit(uint64_t word)
{
    return (double)(word >> 11 | 1) * 0x1p-53;
}

double dia_rng_uniform(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index)
{
    /* as `block`: here, every step of every trajectory, it is inlined */
    const philox4x64_key_t key = {{seed, trajectory}};
    const philox4x64_ctr_t counter = {{step, (uint64_t)purpose << 32 | index, 0, 0}};
    return open_unit(philox4x64(counter, key).v[WORD_UNIFORM]);
}

double dia_rng_normal(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index)
{
    const double tau = 6.283185307179586476925;
    philox4x64_ctr_t words = block(seed, trajectory, step, purpose, index, 0);
    /* Box and Muller, Ann. Math. Stat. 29, 610 (1958) */
    return sqrt(-2.0 * log(open_unit(words.v[WORD_RADIUS]))) * cos(tau * open_unit(words.v[WORD_ANGLE]));
}

uint64_t dia_rng_integer(uint64_t seed, uint64_t trajectory, uint64_t step, dia_purpose purpose, uint32_t index,
                         uint64_t n)
{
    if (n <= 1)
        return 0;
    /* The last, incomplete run of n words is rejected, so that every remainder is equally likely. */
    uint64_t last = UINT64_MAX - (UINT64_MAX % n + 1) % n;
    for (uint64_t attempt = 0;; attempt++) {
        uint64_t word = block(seed, trajectory, step, purpose, index, attempt).v[WORD_INTEGER];
        if (word <= last)
            return word % n;
    }
}
