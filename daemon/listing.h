/* SPDX-License-Identifier: Apache-2.0 */
/* listing.h -- entries gathered for one answer: rows of reply_entry up to a number and a size.
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
/* For view_list and view_about: 1 ends the walk when the listing is full. */
int listing_add(void *listing, const struct list_row *row);
/* `key` and the array of rows; what went wrong while they were added sticks to `b`. */
void listing_put(struct buf *b, const char *key, const struct listing *l);

#endif
