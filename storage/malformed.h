/* SPDX-License-Identifier: Apache-2.0 */
/* malformed.h -- how many entries of each log are malformed, and which were the first.
 *
 * A malformed entry is of a kind we know and its body breaks that kind's form (record.h): it is
 * kept byte for byte, since the chain needs it, and counts nowhere. Somebody's program is wrong,
 * and its people must hear of it. What stands here is a function of the entries (I4): `verify`
 * counts anew.
 *
 * Kept in rows of `meta` that programs before this one never read, so that they still open the
 * store: one for each log that has any, and one for all, which says up to which length of the order
 * it was counted. A store that such a program wrote lacks the end, or all of it: it is counted when
 * the store is opened (malformed_catch_up).
 * Thread: malformed_note, malformed_begin, malformed_flush and malformed_catch_up are the writer's;
 * the others any. Memory: caller's. */
#ifndef BF_MALFORMED_H
#define BF_MALFORMED_H

#include "protocol/fault.h"
#include "storage/lmdb.h"
#include "storage/view.h"

/* What a write transaction adds to one log. */
struct malformed_run {
	uint64_t count;
	uint64_t first[MALFORMED_FIRST_MAX]; /* as many as there are, at most so many */
};
void malformed_note(struct malformed_run *run, uint64_t seq);

/* ---- in a write transaction ---- */
/* The sums as they are; sums->counted is false when the rows do not reach to `length`: then nothing
 * may be added, since the rows in between would be passed over. */
struct malformed_sums {
	uint64_t length; /* of the order, up to where it was counted */
	uint64_t entries, logs;
	bool counted;
};
int malformed_begin(struct lmdb_txn *t, uint64_t length, struct malformed_sums *sums);
int malformed_add(struct lmdb_txn *t, uint32_t no, const struct malformed_run *run,
		  struct malformed_sums *sums);
void malformed_flush(struct lmdb_txn *t, const struct malformed_sums *sums, uint64_t length);

/* Count what the rows lack, a part of the order per transaction. Not counted to the end when the
 * disk has no room or the log cannot be read: that is no reason to stay shut, and verify names it.
 */
int malformed_catch_up(struct store *s);

/* ---- asking ---- */
/* Of one log; all zeros when it has none. BF_EDAMAGED; of a row that is none without `t` being
 * spoilt by it. */
int malformed_get(struct lmdb_txn *t, uint32_t no, struct malformed_row *out);
int malformed_sums(struct lmdb_txn *t, struct malformed_sums *out); /* `counted` is not set */
/* The same in a view, by the log's name. BF_ENOTFOUND: no such log. */
int malformed_of(struct view *v, uint64_t origin, struct malformed_row *out);
int malformed_all(struct view *v, uint64_t *entries, uint64_t *logs);

#endif
