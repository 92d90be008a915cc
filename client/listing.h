/* SPDX-License-Identifier: Apache-2.0 */
/* listing.h -- entries of one query, page by page, with their own count and sum: a table is
 * gathered into a sheet, CSV and JSON are printed as the pages come.
 *
 * L1 (whole): a file of any length is printed in the memory of one page, in the order of place, day
 * and origin. Pages go on behind the last entry given, and where an entry stands never changes: so
 * what was there when the list began is given once, and what is saved meanwhile once or not at all.
 * L2 (never whole by mistake): what is broken off midway ends with an exit code, a sentence and, in
 * JSON, without its end; what stopped at a limit says so.
 * L3 (apart): in a file a number and the name behind it are two columns, so that one can be looked
 * up. With --each an entry that names several has a row for each, which says the how manieth of how
 * many: what else stands there is repeated, and whoever adds it up takes the first rows alone.
 * Count and sum are those of the entries. The sum is added up here from the entries shown, not
 * taken from the node: so the footer of `total
 * --list` is a second opinion about the total above it. */
#ifndef BF_LISTING_H
#define BF_LISTING_H

#include "client/apart.h"
#include "client/json_out.h"
#include "client/query.h"
#include "client/sheet.h"

struct listing;
/* A row of an answer as a row of the sheet, and what it adds to. Returns 0 or BF_E.... */
typedef int listing_row(const struct client *c, struct mp_val row, struct listing *l);

struct listing {            /* zeroed is empty */
	const char *key;    /* of the array in JSON */
	const char *method; /* that has the rows */
	listing_row *row;
	const struct kind *kind; /* of all rows; NULL: each is of one of its own */
	bool newest;             /* the latest day first */
	const struct field
	    *each;            /* --each: a row for each of those it names; NULL: for each entry */
	struct sheet sheet;   /* of a table all rows, of CSV those of the page */
	struct apart figures; /* of the entries that count: not voided */
	uint64_t given;       /* entries, voided ones too */
	uint64_t pending;     /* saved entries that are not in it */
	bool begun;           /* something of it was printed */
	bool more;            /* stopped at the limit */
	char after[64];       /* the last entry given, when there is more */
};

/* Fetch up to `limit` entries of the query, and print them unless they make a table. Returns an
 * exit code. JSON still lacks its end then: json_out_end. */
int listing_fetch(struct client *c, const struct args *a, const struct query *q, uint64_t limit,
		  struct listing *l);
/* The same of any method that gives rows page by page: `l` says which and has the columns; `asked`,
 * which is spent, is all but limit and after. It is asked once at the least, so that more is known
 * of even when `l` is at the limit already. */
int listing_pages(struct client *c, struct params *asked, uint64_t limit, struct listing *l);
/* Tell that it broke off, when something of it is printed. Returns `code`. */
int listing_broken(struct client *c, int code, const struct listing *l);
/* Tell on the error output that there is more and how to get it, when there is. */
void listing_note(struct client *c, const struct listing *l);
void listing_fini(struct listing *l);

#endif
