/* listing.h -- entries of one query, page by page, gathered into a sheet or into JSON, with their
 * own count and sum.
 *
 * The sum is added up here from the entries shown, not taken from the node: so the footer of `total
 * --list` is a second opinion about the total above it. */
#ifndef BF_LISTING_H
#define BF_LISTING_H

#include "client/apart.h"
#include "client/json_out.h"
#include "client/query.h"
#include "client/sheet.h"

struct listing { /* zeroed is empty */
	struct sheet sheet;
	struct json_out json; /* with --format json: an array of entries */
	struct apart figures; /* of the entries that count: not voided */
	uint64_t pending;     /* saved entries that are not in it */
	bool more;            /* stopped at the limit */
};

/* Fetch up to `limit` entries of the query. Returns an exit code. */
int listing_fetch(struct client *c, const struct args *a, const struct query *q, uint64_t limit,
		  struct listing *l);
/* An entry's columns: for a sheet of its kind made by listing_columns. */
void listing_columns(const struct client *c, const struct kind *k, struct sheet *s);
int listing_row(const struct client *c, const struct kind *k, struct mp_val entry, struct sheet *s);
void listing_fini(struct listing *l);

#endif
