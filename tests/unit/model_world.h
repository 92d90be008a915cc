/* SPDX-License-Identifier: Apache-2.0 */
/* model_world.h -- what the tests of the model share: records of chance and of rule, a resolver,
 * golden files. */
#ifndef BF_MODEL_WORLD_H
#define BF_MODEL_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "protocol/person.h"
#include "protocol/record.h"
#include "tests/lib/rng.h"

/* 2026-11-23, and a village that the resolver knows. */
enum { MODEL_TODAY = 20780 };
#define MODEL_HERE UINT64_C(150722100200)

/* BF_SEED, or `otherwise`; printed, so that a failure can be replayed. */
uint64_t model_seed(uint64_t otherwise);

/* A generator of canonical bytes that are text, with control characters never and Chinese often. */
struct bytes model_text(struct rng *r, size_t least, size_t most, struct buf *arena);
/* 18 characters that pass the check, with a birthday before MODEL_TODAY. */
void model_id(struct rng *r, char out[19]);

/* Fill random fields (all of them when per_mille is 1000) with values the table allows. The arena
 * is empty before. */
void model_random(struct rng *r, struct record *rec, const struct kind *k, uint32_t per_mille,
		  struct buf *arena);

/* Knows every well-formed division; a subject is a ref, or any text (by its hash). "没有" and
 * "nobody" are unknown. */
struct resolver model_resolver(void);

/* Compare with tests/golden/<name>.hex; with BF_GOLDEN_WRITE set, write it. */
void model_golden(const char *name, struct bytes got);

#endif
