/* SPDX-License-Identifier: Apache-2.0 */
/* query.h -- what total and list have in common: which kind, which place, which days, which
 * filters. */
#ifndef BF_QUERY_H
#define BF_QUERY_H

#include "client/command.h"

/* Rows of a page: as many as the node gives. Each costs it a walk to where the last one ended, in
 * every division again when the latest come first, and the figure of the whole. */
enum { QUERY_PAGE = 1000, QUERY_BY_MAX = 4 + DIMS_MAX, QUERY_TIME_MAX = 32 };

struct query {
	const struct kind *kind;
	const char *division; /* as typed, for the node to look up; NULL for its own area */
	/* As typed, for the node to read by its own day; both included; "" for no bound. */
	char from[QUERY_TIME_MAX], to[QUERY_TIME_MAX];
};

/* Read the options of `a`; `otherwise` names the kind when none is given. */
int query_take(struct client *c, const struct args *a, const char *otherwise, struct query *q);
/* Append the common parameters, the filters among them. */
void query_put(const struct query *q, const struct args *a, struct params *p);
/* Append which of the entries a list has: --about, --voided, --flagged, as given. */
void query_entries(const struct args *a, struct params *p);
/* Split and check --by. Names are those the node knows: month, place, or a dimension field's. */
int query_by(struct client *c, const struct query *q, const char *text,
	     const char *by[QUERY_BY_MAX], uint32_t *count);
/* The field of dimension `index` of the kind, or NULL. */
const struct field *query_dim(const struct kind *k, size_t index);

#endif
