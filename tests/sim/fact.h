/* SPDX-License-Identifier: Apache-2.0 */
/* fact.h -- one entry as the simulator feeds it in, with what it means, worked out here and not by
 * the product.
 *
 * Bodies of every kind are drawn from the schema: required fields always, others sometimes, values
 * within their bounds and now and then at them. */
#ifndef SIM_FACT_H
#define SIM_FACT_H

#include "tests/sim/world.h"

enum { FACT_AUTHOR_MAX = 16 };

struct fact {
	uint16_t kind;
	struct ref subject, base;
	char author[FACT_AUTHOR_MAX];
	uint8_t *body;
	size_t body_len;
	/* What it means. */
	bool counts; /* once, in the tally, at `division` in `month` */
	uint64_t division;
	uint32_t month;
	uint16_t dim[DIMS_MAX];
	int64_t sum;
	bool moves; /* `sum` fen go from one account to the other */
	uint8_t from[ACCOUNT_BYTES_MAX], to[ACCOUNT_BYTES_MAX];
	size_t from_len, to_len;
	struct ref voids;
	/* As it was found in its own node's log. */
	uint64_t stamp;
	uint8_t *raw;
	size_t raw_len;
	struct hash chain;
};

/* Draw the next thing that someone at this node records. */
struct fact *fact_draw(struct world *w, struct node *n);
void fact_draft(const struct fact *f, struct draft *d); /* wall_ms is left alone */
void fact_free(struct fact *f);

#endif
