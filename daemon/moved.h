/* SPDX-License-Identifier: Apache-2.0 */
/* moved.h -- the money that was moved a moment ago and that no view shows yet.
 *
 * A balance is what a view says and what was saved since: so a movement can be judged without
 * waiting until all that waits is applied. Only divisions have a balance that is judged (flag.h).
 * What is forgotten here (too much waits, an entry was void) is known again when it is applied;
 * moved_since says so. Thread: loop only. Memory: zeroed at first; moved_fini frees. */
#ifndef BF_MOVED_H
#define BF_MOVED_H

#include "protocol/record.h"

enum { MOVED_MAX = 8192 }; /* as many as wait to be applied, but for a full disk */

struct movement {
	uint64_t from, to; /* divisions; 0: somebody else */
	int64_t fen;       /* 0: no movement */
};
struct moved {
	struct buf rows;    /* by seq, none that a view has shown */
	uint64_t forgotten; /* up to this entry of our own log */
};

/* What the record moves. */
struct movement moved_of(const struct record *r);
/* Entry `seq` of our own log is saved, and moves this. */
void moved_add(struct moved *m, uint64_t seq, const struct movement *what);
/* It is saved, and what it does to balances is for the store to say. */
void moved_forget(struct moved *m, uint64_t seq);
/* What `division` has got (negative: given) in our own log behind entry `seq`, up to which a view
 * shows all. False: not known. */
bool moved_since(struct moved *m, uint64_t seq, uint64_t division, int64_t *fen);
void moved_fini(struct moved *m);

#endif
