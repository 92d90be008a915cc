/* SPDX-License-Identifier: Apache-2.0 */
/* refold.h -- the views folded anew in memory, and compared with what is stored.
 *
 * Fed with every entry in hub order, by check.c. Uses the same pure fold as apply.c but none of its
 * rows: voids, tally and ledger are kept here, in tables. When a table would pass REFOLD_ROWS_MAX
 * the whole is done again in twice as many parts, each holding the keys of its part only. Place,
 * about and find rows are looked up as their entries pass and counted; they are never taken away,
 * so it does not matter that the store grows meanwhile. Thread: any one at a time. Memory:
 * zeroed at first; refold_fini frees. */
#ifndef BF_REFOLD_H
#define BF_REFOLD_H

#include "storage/check.h"
#include "storage/inside.h"

enum { REFOLD_ROWS_MAX = 1 << 20 };

struct refold {
	struct deltas tally, ledger, voids;
	uint32_t part, parts;
	uint64_t place_rows, about_rows, find_rows; /* that should be there */
	/* Flags, by the key of their row, and what decides one of them: balances of divisions,
	 * which mean something in the order only (`ordered`). */
	struct deltas flags, balances;
	bool ordered, flags_asked, flags_kept; /* kept: they reach as far as the order */
	int32_t latest[KIND_MAX + 1];
	struct view_own judging;
	uint64_t gross, kinds[KIND_MAX + 1];
	size_t rows_max; /* REFOLD_ROWS_MAX, smaller in tests */
	struct fold fold, fold_target;
	struct effects effects, target;
	uint32_t blind; /* bit per tree that cannot be read: not looked at */
	struct check_report *report;
};

void refold_begin(struct refold *r, struct check_report *report, uint32_t part, uint32_t parts);
/* The next entry of its log, logs in any order. BF_EBOUND: a table is full, begin again with more
 * parts. BF_EDAMAGED: a tree cannot be read (t->at); begin again without it. */
int refold_entry(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot,
		 const struct entry *e);
/* All entries that `t` sees were given: compare. BF_EDAMAGED as above. */
int refold_compare(struct refold *r, struct lmdb_txn *t);
void refold_fini(struct refold *r);

/* check_run with tables of at most `rows_max` rows. */
int check_bounded(struct store *s, struct check_report *out, size_t rows_max,
		  int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx);

/* Roster and divisions (check_tables.c), but for the trees in `blind`. */
int check_tables(struct view *v, struct check_report *report, uint32_t blind);

/* Add a finding; `ref` none when it is not one entry. */
void refold_say(struct check_report *report, enum check_what what, struct ref ref,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
