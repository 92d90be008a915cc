/* SPDX-License-Identifier: Apache-2.0 */
/* truth.h -- totals and balances worked out from what the world fed in: slowly, entry by entry,
 * with no code of storage/.
 *
 * A truth is about one node and what is applied there: of each log the first so many entries. */
#ifndef SIM_TRUTH_H
#define SIM_TRUTH_H

#include "tests/sim/fact.h"

struct truth_entry {
	const struct fact *fact;
	struct ref ref;
	bool voided;
};

struct truth {
	struct truth_entry *entry;
	size_t count;
	uint64_t by_kind[KIND_MAX + 1];
};

struct truth_rows {
	struct total_row *row;
	size_t count;
};

/* `heads[i]` entries of node i's log are visible. */
void truth_open(struct truth *t, const struct world *w, const uint64_t heads[NODES_MAX]);
void truth_close(struct truth *t);
/* Rows as view_total promises them, in its order, without those of count 0. Free row. */
void truth_total(const struct truth *t, const struct total_query *q, struct truth_rows *out);
/* What an account has received, paid, and in how many movements. */
void truth_balance(const struct truth *t, struct bytes account, int64_t *in, int64_t *out,
		   uint64_t *count);

#endif
