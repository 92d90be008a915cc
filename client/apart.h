/* SPDX-License-Identifier: Apache-2.0 */
/* apart.h -- the figure under a total or a list: one, or one for each value of a dimension across
 * which sums must not be added.
 *
 * The schema names that dimension (schema.h, apart): of funds it is the movement, for 下达 and 支出
 * of one yuan are not two yuan. Where the question was filtered by it there is one figure again.
 * A1: no sum across it leaves this file. Codes that our list lacks are one row, code 0. */
#ifndef BF_APART_H
#define BF_APART_H

#include "client/command.h"
#include "client/json_out.h"

enum { APART_MAX = 64 };

struct apart {
	const struct field *field; /* NULL: one figure for all */
	struct apart_row {
		uint32_t code;
		uint64_t count;
		int64_t sum;
	} rows[APART_MAX]; /* codes rise */
	uint32_t row_count;
};

/* Empty; by what to tell apart is read from the kind and the filters given. */
void apart_init(struct apart *a, const struct kind *k, const struct args *args);
/* What was found under `code`; it is ignored when there is one figure. BF_EBOUND, BF_EOVERFLOW. */
int apart_add(struct apart *a, uint32_t code, uint64_t count, int64_t sum);
/* The code that an entry's text stands for. */
uint32_t apart_code(const struct apart *a, struct bytes text);
uint64_t apart_count(const struct apart *a); /* entries, of all values */
bool apart_equal(const struct apart *a, const struct apart *b);
/* One line for each figure: `before`, the value's word, `between`, count and sum, `after`. */
void apart_print(const struct client *c, const struct apart *a, const struct kind *k,
		 const char *before, const char *between, const char *after);
/* All figures in one line, for a sentence. */
void apart_words(const struct client *c, const struct apart *a, const struct kind *k, char *out,
		 size_t cap);
/* Into an answer: `sum`, or instead of it `sums: [{FIELD: {code, zh, en}, count, sum}]`. */
void apart_json(const struct apart *a, const struct kind *k, struct json_out *j);

#endif
