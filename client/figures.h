/* figures.h -- the rows of an answer to `total`: arrays of values, one for each of its `columns`,
 * with the words of codes once for all (protocol/README.md section 7).
 *
 * A column that the node did not give reads as zero or empty, as in answer.h. Memory: borrowed from
 * the answer. */
#ifndef BF_FIGURES_H
#define BF_FIGURES_H

#include "client/answer.h"
#include "client/json_out.h"

struct figures {
	struct mp_val answer, row;
	struct mp_rd left;
};

/* for (f = figures_of(answer); figures_next(&f);) */
struct figures figures_of(struct mp_val answer);
bool figures_next(struct figures *f);
bool figures_has(const struct figures *f, const char *column);
struct bytes figures_text(const struct figures *f, const char *column);
int64_t figures_int(const struct figures *f, const char *column);
/* What the node calls the code in a dimension's column, {code, zh, en}: it may know more codes than
 * we do. False where the field was left empty. */
bool figures_code(const struct figures *f, const char *column, struct mp_val *code);

/* The rows as objects that stand for themselves: {division?, division_name?, month, dims: {field:
 * {code, zh, en}}, count, sum}, with yuan beside fen (json_out.h). */
struct json_out figures_json(struct mp_val answer, const char *const *fen);

#endif
