/* SPDX-License-Identifier: Apache-2.0 */
/* acts.h -- who did what to this node's administration, and when: tokens, enrolments, revocations,
 * tables of places, restores, backups.
 *
 * A1 The row of an act is written in the very transaction that does it: what was done is told, what
 * is told was done. A2 Rows are numbered from 1 without a gap, never changed and never removed;
 * they are few. A3 None holds a citizen's data: logins, places, numbers of stations and of tokens.
 *
 * They stand in `meta`, where programs before them never look: those open the store and add none.
 * Whoever does an act gives a `struct act` with who and when (NULL: no operator is behind it, as in
 * tests and simulations), and it comes back with the rest, for the log. Thread: as the transaction.
 */
#ifndef BF_ACTS_H
#define BF_ACTS_H

#include "protocol/entry.h"
#include "storage/view.h"

/* Numbers are for ever. */
enum act_what {
	ACT_NONE,
	ACT_TOKEN_MADE,
	ACT_TOKEN_CANCELLED,
	ACT_ENROLLED,   /* at the hub: a station; at a station: itself */
	ACT_REPOINTED,  /* known and active, by a new token */
	ACT_REINSTATED, /* revoked before */
	ACT_REVOKED,
	ACT_PLACES,
	ACT_RESTORED, /* the epoch was renewed */
	ACT_OPENED,
	ACT_BACKUP,
	ACT_CLEARED, /* what was wrong with a station is dealt with */
	ACT_COUNT
};
enum { ACT_NOTE_BYTES_MAX = 160 };

struct act {
	uint64_t number;
	int64_t at_ms;
	enum act_what what;        /* ACT_COUNT: of a newer program */
	uint64_t origin, division; /* whom and where it concerns; 0: none */
	uint64_t count;            /* rows of places, entries of a backup */
	char who[AUTHOR_BYTES_MAX +
		 1]; /* login at the socket; "" is the station itself, or the start */
	char note[ACT_NOTE_BYTES_MAX + 1]; /* a token's number, an edition, an address */
};

const char *act_name(enum act_what what); /* "token_made"; static */
/* Append it in a transaction, which must be committed for it to count; sticky. NULL is fine. */
struct lmdb_txn;
void acts_put(struct lmdb_txn *t, struct act *act);
/* One that no row of ours goes with, in a transaction of its own. BF_EFULL and its fault. */
struct store;
int acts_keep(struct store *s, struct act *act, struct fault *f);
/* The newest first, from the one before `before` on (0: from the last). Until `each` returns
 * non-zero, which is returned. */
int acts_walk(struct view *v, uint64_t before, int (*each)(void *ctx, const struct act *act),
	      void *ctx);

#endif
