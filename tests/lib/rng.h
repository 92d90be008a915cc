/* SPDX-License-Identifier: Apache-2.0 */
/* rng.h -- the one source of chance in tests: a seed gives the same numbers on every machine.
 *
 * xoshiro256** seeded by splitmix64. `stream` separates independent uses of one seed, so that
 * drawing more in one place does not shift another. Thread: one generator, one thread. Not for
 * secrets. */
#ifndef BF_RNG_H
#define BF_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rng {
	uint64_t s[4];
};

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream);
uint64_t rng_u64(struct rng *r);
/* 0 .. n-1; 0 when n is 0. */
uint64_t rng_below(struct rng *r, uint64_t n);
/* low .. high, both included. */
int64_t rng_between(struct rng *r, int64_t low, int64_t high);
/* True `per_mille` times in a thousand. */
bool rng_chance(struct rng *r, uint32_t per_mille);
void rng_fill(struct rng *r, void *out, size_t len);

#endif
