/* SPDX-License-Identifier: Apache-2.0 */
/* figures.h -- the rows of an answer to `total`: arrays of values, one for each of its `columns`,
 * with the words of codes once for all (protocol/README.md section 7).
 *
 * Figures are not guessed: an answer of another shape is no answer (F1). Columns we do not know are
 * left to JSON. Memory: borrowed from the answer. */
#ifndef BF_FIGURES_H
#define BF_FIGURES_H

#include "client/answer.h"
#include "client/json_out.h"

struct figures {
	struct mp_val answer, row;
	struct mp_rd left;
};

/* F1: each row has a value for every column, each column one name, `count` and `sum` are there and
 * are numbers, and those of all rows add up to the answer's own. */
bool figures_sound(struct mp_val answer);
/* Of a sound answer: for (f = figures_of(answer); figures_next(&f);) */
struct figures figures_of(struct mp_val answer);
bool figures_next(struct figures *f);
bool figures_has(const struct figures *f, const char *column);
struct bytes figures_text(const struct figures *f, const char *column);
int64_t figures_int(const struct figures *f, const char *column);
/* The code in a dimension's column, 0 where the field was left empty, and what the node calls it,
 * {code, zh, en}: it may know more codes than we do. False when it has no words for it either. */
bool figures_code(const struct figures *f, const char *column, int64_t *code, struct mp_val *words);

/* The rows as objects that stand for themselves: every column under its name, with yuan beside fen
 * (json_out.h), and those of dimensions in dims: {field: {code, zh, en}, or null when empty}. */
struct json_out figures_json(struct mp_val answer, const char *const *fen);

#endif
