/* SPDX-License-Identifier: Apache-2.0 */
/* import_judge.h -- what a row says of its household and its member, beside what the rows before
 * and the store say: new, changed, the same, or refused.
 *
 * Keeps P1 (a refused row leaves the items as they were), P2 (one person, one household) and P3
 * (equal is not written) of import_plan.h. All rows are judged against one view.
 * Thread: judge_begin..judge_end on one thread (any). Memory: the caller's, zeroed before the first
 * begin; the items and what a row borrows must outlive the call. */
#ifndef BF_IMPORT_JUDGE_H
#define BF_IMPORT_JUDGE_H

#include "daemon/import_items.h"
#include "daemon/import_row.h"
#include "storage/view.h"

struct judge {
	struct resolve ask; /* for row_read */
	/* Below: the module's own. */
	struct node *node;
	struct items *items;
	struct view view;
	bool viewing;
	struct record given, sofar, state; /* of one row; of the rows so far; before the import */
	struct bytes head;         /* the row's member, when he is the head of his household */
	struct buf arena, scratch; /* texts of `given`; the body that `sofar` reads */
};

int judge_begin(struct judge *j, struct node *node, struct items *items);
bool judge_end(struct judge *j); /* false: it had not begun, or was over */
void judge_fini(struct judge *j);
/* 0: the items say what the row says too. BF_E with a fault: refused; without: the plan cannot go
 * on. In both cases the items are as they were. */
int judge_row(struct judge *j, const struct row *row, struct fault *f);

/* Of a row that was refused: what else of it is wrong. */
void judge_tell(struct judge *j, const struct row *row, struct row_faults *to);

/* The household that a member's record points at; NULL: none. */
const struct value *judge_household(const struct record *member);
void judge_set_household(struct record *member, const uint8_t ref[REF_BYTES]); /* borrowed */

#endif
