/* SPDX-License-Identifier: Apache-2.0 */
/* view_total.c -- totals from the tally: a short range scan at the right level, grouped as it goes.
 *
 * Rows of one area stand together in order of month and dimensions, so a question about one area is
 * one range; with BY_PLACE it is the range of its children, one level down, and what the area has
 * beyond them (entries at the area itself) is the difference. Groups are gathered in a small array:
 * neighbours are added on the spot, and what is left is sorted and joined at the end. */
#include "storage/inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/division.h"
#include "protocol/errors.h"

enum { GROUPS_JOIN_MIN = 4096 };

struct groups {
	struct buf rows; /* struct total_row */
	size_t join_at;  /* sort and join when there are so many */
	bool unsorted;   /* one came before its neighbour: else there is nothing to join */
	int err;
};

static int compare(const void *a, const void *b)
{
	const struct total_row *x = a, *y = b;

	if (x->division != y->division)
		return x->division < y->division ? -1 : 1;
	if (x->month != y->month)
		return x->month < y->month ? -1 : 1;
	for (int i = 0; i < DIMS_MAX; i++)
		if (x->dim[i] != y->dim[i])
			return x->dim[i] < y->dim[i] ? -1 : 1;
	return 0;
}

static struct total_row *rows_of(struct groups *g)
{
	return (struct total_row *)(void *)g->rows.p;
}

static size_t count_of(const struct groups *g)
{
	return g->rows.len / sizeof(struct total_row);
}

static void join_two(struct groups *g, struct total_row *into, const struct total_row *r)
{
	into->count += r->count;
	if (fen_add(into->sum, r->sum, &into->sum) != 0)
		g->err = BF_EOVERFLOW;
}

static void join(struct groups *g)
{
	struct total_row *rows = rows_of(g);
	size_t count = count_of(g), kept = 0;

	if (!g->unsorted)
		return;
	qsort(rows, count, sizeof *rows, compare);
	for (size_t i = 1; i < count; i++) {
		if (compare(&rows[kept], &rows[i]) == 0)
			join_two(g, &rows[kept], &rows[i]);
		else
			rows[++kept] = rows[i];
	}
	g->rows.len = (kept + 1) * sizeof *rows;
	g->unsorted = false;
}

static void add(struct groups *g, const struct total_row *r)
{
	if (count_of(g) >= g->join_at) { /* before anything is compared: it moves the last row */
		join(g);
		g->join_at = 2 * count_of(g) < GROUPS_JOIN_MIN ? GROUPS_JOIN_MIN : 2 * count_of(g);
	}
	size_t count = count_of(g);
	int order = count == 0 ? -1 : compare(&rows_of(g)[count - 1], r);

	if (order == 0) {
		join_two(g, &rows_of(g)[count - 1], r);
		return;
	}
	g->unsorted = g->unsorted || order > 0;
	buf_put(&g->rows, r, sizeof *r);
	if (g->rows.err != 0)
		g->err = g->rows.err;
}

static bool fits(const struct total_query *q, const struct tally_key *k)
{
	if (k->month < q->month_from || k->month > q->month_to)
		return false;
	for (int i = 0; i < DIMS_MAX; i++)
		if (q->dim[i] != 0 && q->dim[i] != k->dim[i])
			return false;
	return true;
}

/* Gather the tally rows of `level` in [from, end). Each keeps what the question asks by; the
 * division as `as` says (0: the row's own). With `sign` -1 they are taken away. */
struct range {
	int level;
	uint64_t from, end, as;
	int64_t sign;
};

static void gather(struct view *v, const struct total_query *q, struct range range,
		   struct groups *g)
{
	struct tally_key first = { .kind = q->kind,
				   .level = (uint8_t)range.level,
				   .division = range.from,
				   .month = q->month_from > UINT16_MAX ? UINT16_MAX
								       : (uint16_t)q->month_from };
	uint8_t from[KEY_TALLY_BYTES];
	struct lmdb_scan c;

	key_tally(from, &first);
	for (lmdb_scan(&c, view_txn(v), TREE_TALLY, bytes_of(from, sizeof from));
	     c.here && g->err == 0; lmdb_scan_next(&c)) {
		if (c.key.len != KEY_TALLY_BYTES || c.value.len != ROW_TALLY_BYTES) {
			g->err = BF_EDAMAGED;
			break;
		}
		struct tally_key k = key_tally_take(c.key.p);

		if (k.kind != q->kind || k.level != range.level || k.division >= range.end)
			break;
		if (!fits(q, &k))
			continue;
		struct total_row r = { .division = range.as == 0 ? k.division : range.as,
				       .month = q->by & BY_MONTH ? k.month : 0,
				       .dim = { q->by & BY_DIM0 ? k.dim[0] : 0,
						q->by & BY_DIM1 ? k.dim[1] : 0 },
				       .count = be64_get(c.value.p) * (uint64_t)range.sign,
				       .sum = (int64_t)be64_get(c.value.p + 8) * range.sign };
		add(g, &r);
	}
	int rc = lmdb_scan_end(&c);

	if (g->err == 0)
		g->err = rc;
}

static int emit(struct groups *g, int (*each)(void *ctx, const struct total_row *row), void *ctx)
{
	int rc = g->err;

	for (size_t i = 0; i < count_of(g) && rc == 0; i++) {
		const struct total_row *r = &rows_of(g)[i];

		if (r->count != 0 || r->sum != 0)
			rc = each(ctx, r);
	}
	return rc;
}

int view_total(struct view *v, const struct total_query *q,
	       int (*each)(void *ctx, const struct total_row *row), void *ctx)
{
	struct groups g = { .join_at = GROUPS_JOIN_MIN };
	int level = division_level(q->division);

	if ((level == 0 && q->division != 0) || q->kind > KIND_MAX)
		return BF_EINVAL;
	/* Division 0 is everything: the rows of all provinces. */
	struct range area = { .level = level == 0 ? 1 : level,
			      .from = q->division,
			      .end = level == 0 ? UINT64_MAX : q->division + 1,
			      .as = level == 0 ? UINT64_MAX : q->division,
			      .sign = 1 };
	struct range children = { .level = level + 1,
				  .from = q->division,
				  .end = level == 0 ? UINT64_MAX : division_end(q->division),
				  .sign = 1 };

	if (!(q->by & BY_PLACE)) {
		gather(v, q, area, &g);
	} else {
		if (level < DIVISION_LEVELS)
			gather(v, q, children, &g);
		if (level > 0)
			gather(v, q, area, &g);
		if (level > 0 && level < DIVISION_LEVELS) {
			children.as = q->division;
			children.sign = -1;
			gather(v, q, children, &g);
		}
	}
	join(&g);
	if (level == 0)
		for (size_t i = 0; i < count_of(&g); i++)
			if (rows_of(&g)[i].division == UINT64_MAX)
				rows_of(&g)[i].division = 0;
	int rc = emit(&g, each, ctx);

	buf_fini(&g.rows);
	return rc;
}
