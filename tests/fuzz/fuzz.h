/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.h -- what a fuzz target is: one function from bytes to a verdict, with an oracle about their
 * meaning.
 *
 * With libFuzzer (clang, BF_FUZZ=ON, `make fuzz`) the function is driven by coverage. Without it
 * runner.c replays the corpus and mutates it at random for a given time, so that every oracle also
 * runs in `make test` and under gcc. A broken oracle aborts: both drivers keep the input. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "protocol/bytes.h"
#include "protocol/errors.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len);

#define FUZZ_REQUIRE(cond)                                                                         \
	((cond)                                                                                    \
	     ? (void)0                                                                             \
	     : (fprintf(stderr, "oracle broken: %s:%d %s\n", __FILE__, __LINE__, #cond), abort()))

/* A copy in memory of exactly that size, so that a read past the end is seen. Free it. */
uint8_t *fuzz_copy(struct bytes b);
/* Take one byte off the front; 0 when there is none. */
uint8_t fuzz_byte(struct bytes *in);

#endif
