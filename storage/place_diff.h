/* SPDX-License-Identifier: Apache-2.0 */
/* place_diff.h -- what rows of another edition change in the table of divisions, before they are put.
 *
 * A code that the new edition lacks is *gone*: its row stays, for old records bear it, and it is
 * marked so that the next edition does not tell of it again. Thread: as the view. Memory: names are
 * borrowed until the next change is told. */
#ifndef BF_PLACE_DIFF_H
#define BF_PLACE_DIFF_H

#include "storage/place.h"

enum place_change_what { PLACE_ADDED, PLACE_RENAMED, PLACE_GONE };
struct place_change {
	enum place_change_what what;
	uint64_t code;
	struct bytes was, is; /* empty: none */
	bool used;	      /* gone, and records or an active station stand there */
};
/* What of the table a set of rows claims to be whole for: codes from `from` up to, not including,
 * `until`; until 0: for nothing, so none is gone. */
struct place_range {
	uint64_t from, until;
};
/* Tell `each` of the changes, by rising code, until it returns non-zero, which is returned. The
 * rows rise and lie within the range, if it has one. BF_ENOMEM, BF_EDAMAGED. */
int place_compare(struct view *v, const struct place *rows, size_t count, struct place_range range,
		  int (*each)(void *ctx, const struct place_change *change), void *ctx);

#endif
