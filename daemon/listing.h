/* SPDX-License-Identifier: Apache-2.0 */
/* listing.h -- rows gathered for one answer, mostly entries, up to a number and a size.
 *
 * Thread: any, each on one at a time. Memory: own buffer, freed by listing_fini; the view is the
 * caller's and must be open while rows are added. */
#ifndef BF_LISTING_H
#define BF_LISTING_H

#include "storage/view.h"

struct listing {
	struct view *view;
	struct buf rows;
	uint32_t count, limit, values;
	uint32_t values_max; /* of all rows, and bytes: less where they share an answer */
	size_t bytes_max;
	struct ref last; /* of the rows taken */
	bool more;       /* there was one that no longer fitted */
	bool now;        /* subjects as they are now, not as they were first written */
};

void listing_init(struct listing *l, struct view *v, uint32_t limit);
void listing_fini(struct listing *l);
/* For view_list and view_about: the row as reply_entry shows it. 1 ends the walk when the listing is
 * full. */
int listing_add(void *listing, const struct list_row *row);
/* The same of any row: whether it is full already; then, when the row stands behind the first
 * `before` bytes and is so many values, whether it fits. */
bool listing_full(struct listing *l);
int listing_keep(struct listing *l, size_t before, uint32_t values, struct ref ref);
/* `key` and the array of rows; what went wrong while they were added sticks to `b`. */
void listing_put(struct buf *b, const char *key, const struct listing *l);

#endif
