/* SPDX-License-Identifier: Apache-2.0 */
/* deltas.h -- changes to many rows gathered in memory, so that each touched row is written once.
 *
 * A table from short keys to three numbers. deltas_add sums; deltas_sort gives the rows in key
 * order, as LMDB likes to be written. Emptying keeps the memory. Sums cannot overflow: the gross
 * bound of store.c covers all that is ever added. Thread: any one at a time. Memory: zeroed is
 * empty; deltas_fini frees. */
#ifndef BF_DELTAS_H
#define BF_DELTAS_H

#include "storage/keys.h"

enum { DELTA_KEY_MAX = 19, DELTA_NUMBERS = 4 };

struct delta {
	uint8_t len;
	uint8_t key[DELTA_KEY_MAX];
	int64_t n[DELTA_NUMBERS];
};
struct deltas {
	int err; /* BF_ENOMEM, sticky until cleared */
	size_t count;
	struct delta *rows;   /* in order of arrival, or sorted */
	uint32_t part, parts; /* with parts > 1 only keys of this part are kept: a big fold in
				 several passes */
	/* Below: the module's own. */
	size_t cap;
	uint32_t *slots;   /* index into rows + 1; 0 empty */
	size_t slot_count; /* a power of two */
};

/* The row of `key`, zeroed when new. NULL: not of this part, or no memory (err). Until the next
 * call. */
struct delta *deltas_at(struct deltas *d, struct bytes key);
void deltas_add(struct deltas *d, struct bytes key, int64_t a, int64_t b, int64_t c);
/* Sort by key; after it only reading, deltas_get not included, until deltas_clear. */
void deltas_sort(struct deltas *d);
/* True when keys like this one are another part's. */
bool deltas_elsewhere(const struct deltas *d, struct bytes key);
const struct delta *deltas_get(const struct deltas *d, struct bytes key); /* NULL */
void deltas_clear(struct deltas *d);
void deltas_fini(struct deltas *d);

/* Fixed-size index keys gathered and sorted the same way. */
struct rows {
	struct buf b;
	size_t width;
};
void rows_sort(struct rows *r);

#endif
