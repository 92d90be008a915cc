/* SPDX-License-Identifier: Apache-2.0 */
/* check.h -- `bangfu verify`: every chain walked, every view refolded and compared (I3, I4, I7).
 *
 * Reads in slices (a new read transaction every CHECK_SLICE entries), so that a long check never
 * pins old pages; it covers the order up to the length it saw at its start. Names the first bad
 * entry of each origin, and each tally, ledger, place, about or find row that differs. A station's
 * own log is held against what its hub has signed for it, roster and divisions row against row.
 * What cannot be read is a finding, never silence: that tree is left out and the rest is checked;
 * an order that cannot be followed is left out too, and the logs are walked one after another.
 * Thread: any; several minutes on a big hub. */
#ifndef BF_CHECK_H
#define BF_CHECK_H

#include "storage/view.h"

enum { CHECK_SLICE = 20000, CHECK_FINDINGS_MAX = 100, CHECK_MALFORMED_MAX = 20 };

enum check_what {
	CHECK_CHAIN,
	CHECK_GAP,
	CHECK_SIGNATURE,
	CHECK_ENTRY,
	CHECK_ORDER,
	CHECK_TALLY,
	CHECK_LEDGER,
	CHECK_PLACE,
	CHECK_ABOUT,
	CHECK_FIND,
	CHECK_VOID,
	CHECK_BALANCE,
	CHECK_RECEIPT,
	CHECK_NODE,
	CHECK_DIVISION,
	CHECK_FLAG,
	CHECK_DAMAGE /* a page or row that cannot be read: what stands there is not known */
};
struct check_finding {
	enum check_what what;
	struct ref ref; /* none when it is not one entry */
	char text[160]; /* English, no personal data */
};
struct check_report {
	uint64_t origins, entries, tally_rows, ledger_rows, index_rows;
	uint64_t findings;  /* all of them; the first CHECK_FINDINGS_MAX are kept */
	int64_t ledger_sum; /* over all accounts: must be 0 */
	struct check_finding first[CHECK_FINDINGS_MAX];
	/* Entries with a body that breaks its kind's form: no finding, the store is right to hold
	 * them. The first in the order are named. */
	uint64_t malformed;
	struct ref first_malformed[CHECK_MALFORMED_MAX];
};
/* 0 when it ran to the end, whatever it found. `progress` may be NULL; non-zero from it stops with
 * that. */
int check_run(struct store *s, struct check_report *out,
	      int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx);

/* Every void leads to an entry that voids its target: asked when a store is opened after an unclean
 * end, so that no voided entry is shown as live. 0, or BF_EDAMAGED. */
int check_voids(struct store *s);

#endif
