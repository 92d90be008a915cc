/* SPDX-License-Identifier: Apache-2.0 */
/* wire_world.h -- what the tests of the wire share: a node's log in memory, a hub that is an array, golden files.
 *
 * The log is real (real entries, real hashes, real keys); only the disk is missing. Memory: world_* own theirs
 * until their fini. */
#ifndef BF_WIRE_WORLD_H
#define BF_WIRE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/hex.h"
#include "protocol/chain.h"
#include "protocol/errors.h"
#include "protocol/frame.h"
#include "protocol/give.h"
#include "protocol/take.h"
#include "tests/lib/rng.h"

enum { WORLD_LOG_MAX = 9000 };

struct world_log {
	struct key_pair key;
	uint32_t incarnation;
	uint64_t origin, seq;
	struct buf bytes;
	size_t at[WORLD_LOG_MAX + 1];       /* entry n lies at at[n-1] .. at[n] */
	struct hash hash[WORLD_LOG_MAX + 1]; /* h(n) */
};

void world_key(struct key_pair *key, uint8_t seed);
void world_log_init(struct world_log *l, uint8_t seed, uint32_t incarnation);
void world_log_fini(struct world_log *l);
/* Append one entry whose body holds `text_bytes` of noise made from `salt`. */
void world_log_add(struct world_log *l, uint64_t salt, size_t text_bytes);
void world_log_fill(struct world_log *l, uint64_t count, size_t text_bytes);
struct head world_log_head(const struct world_log *l, uint64_t seq);
struct run world_log_run(const struct world_log *l, uint64_t first, uint64_t count, size_t bytes_max);
struct bytes world_log_entries(const struct world_log *l, uint64_t first, uint64_t count);

/* A hub that holds one log. */
struct world_hub {
	struct key_pair key;
	uint64_t epoch, origin, seq, order_length, stored_twice;
	struct hash order, hash[WORLD_LOG_MAX + 1];
	struct buf bytes;
	size_t at[WORLD_LOG_MAX + 1];
};
void world_hub_init(struct world_hub *h, uint8_t seed, const struct world_log *of);
void world_hub_fini(struct world_hub *h);
/* As store_accept does: continue or overlap; BF_EORDER, BF_EFORK. *ordinal of the last fresh entry, or 0. */
int world_hub_store(struct world_hub *h, const struct run *run, uint64_t *ordinal);
struct checkpoint world_hub_checkpoint(const struct world_hub *h);
struct head world_hub_head(const struct world_hub *h);
/* Forget all after `seq` (a backup was restored), with another epoch or without. */
void world_hub_restore(struct world_hub *h, uint64_t seq, uint64_t epoch);

struct give_start world_give_start(const struct world_log *l, const struct world_hub *h);
struct take_start world_take_start(const struct world_log *l);

/* Steps with what a test wants to say in one line. */
enum wish world_give(struct give *g, struct event in, struct wished *out);
enum wish world_take(struct take *t, struct event in, struct wished *out);
struct event world_frame(struct buf *hold, const struct message *m); /* the payload lives in `hold` */
/* The one message in `frames`; fails the test when it is not exactly one. */
struct message world_message(struct bytes frames, struct mp_doc *doc);
/* How many of a type are among whole frames. */
unsigned world_count(struct bytes frames, struct mp_doc *doc, enum message_type type);

/* Compare with tests/golden/<name>.hex; with BF_GOLDEN_WRITE set, write it. */
void world_golden(const char *name, struct bytes got);
/* BF_SEED, or `otherwise`; printed by whoever asks. */
uint64_t world_seed(uint64_t otherwise);

#endif
