/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h -- what makes an origin's log whole (I3): ids, hash chain, signed heads.
 *
 * origin = first 8 bytes of BLAKE2b-256("bangfu origin 1" || public key || u32 incarnation), never 0.
 * h(0) = BLAKE2b-256("bangfu log 1" || public key || u32 incarnation); h(n) = BLAKE2b-256(h(n-1) || bytes(n)).
 * head signature = Ed25519("bangfu head 1" || u64 origin || u64 seq || h(seq)).
 * checkpoint signature (by the hub) = Ed25519("bangfu checkpoint 1" || u64 epoch || u64 order length ||
 * order hash || u64 origin || u64 seq || h(seq)). */
#ifndef BF_CHAIN_H
#define BF_CHAIN_H

#include "crypto.h"
#include "entry.h"

struct head {
	uint64_t origin, seq;
	struct hash hash;
	struct signature sig;
};

/* What the hub hands back at each session: its own order, and how much of this node's log it holds. */
struct checkpoint {
	uint64_t epoch;        /* changes when a hub is restored */
	uint64_t order_length; /* entries in the hub's order */
	struct hash order_hash;
	uint64_t origin, seq;
	struct hash hash; /* of that origin at seq */
	struct signature sig;
};

/* What a checkpoint says beside an older one of the same hub and log. */
enum checkpoint_course {
	CHECKPOINT_BACK = -1,   /* in one epoch: less than the hub had signed for, or another order of that length */
	CHECKPOINT_SAME = 0,    /* nothing new */
	CHECKPOINT_FORWARD = 1, /* news: more, or another epoch, or the first of all */
};

/* Consecutive entries of one origin, with the signed head at the last. Borrowed. */
struct run {
	uint64_t origin, first, count;
	struct bytes entries; /* concatenated entry bytes */
	struct head head;
};

/* A node's or hub's name, for the operator's lists. */
enum { NAME_BYTES_MAX = 128 };

uint64_t chain_origin(const struct public_key *key, uint32_t incarnation);
struct hash chain_genesis(const struct public_key *key, uint32_t incarnation);
struct hash chain_next(const struct hash *before, struct bytes raw);
void head_sign(struct head *head, const struct key_pair *key); /* fills sig */
bool head_verify(const struct head *head, const struct public_key *key);
void checkpoint_sign(struct checkpoint *c, const struct key_pair *hub);
bool checkpoint_verify(const struct checkpoint *c, const struct public_key *hub);
/* The one place that knows what is news and what is a step back: both halves of a session and the store ask here.
 * `old` with origin 0 is none yet. Signatures are not looked at. */
enum checkpoint_course checkpoint_course(const struct checkpoint *old, const struct checkpoint *new);
/* The hub's order: H(0) = zeros; H(n) = BLAKE2b-256(H(n-1) || u64 origin || u64 first || u64 last || h(last)). One
 * step is one run: consecutive entries of one origin accepted together. */
struct hash order_next(const struct hash *before, uint64_t origin, uint64_t first, uint64_t last,
		       const struct hash *head);

#endif
