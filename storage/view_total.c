/* SPDX-License-Identifier: Apache-2.0 */
/* view_total.c -- totals from the tally: a short range scan at the right level, grouped as it goes.
 *
 * Rows of one area stand together in order of month and dimensions, so a question about one area is
 * one range; with BY_PLACE it is the range of its children, one level down, and what the area has
 * beyond them (entries at the area itself) is the difference. Groups are gathered in a small array:
 * neighbours are added on the spot, and what is left is sorted and joined at the end.
 *
 * The tally knows months. Days at the ends of a period that fill no month are added up from the
 * list of their entries, so a figure of days is that of the list behind it (I11). */
#include "storage/inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/calendar.h"
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
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
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

/* Rows from the tally: whole months, in q->month_from and q->month_to. */
static void add_months(struct view *v, const struct total_query *q, struct groups *g)
{
	int level = division_level(q->division);
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
		gather(v, q, area, g);
		return;
	}
	if (level < DIVISION_LEVELS)
		gather(v, q, children, g);
	if (level > 0)
		gather(v, q, area, g);
	if (level > 0 && level < DIVISION_LEVELS) {
		children.as = q->division;
		children.sign = -1;
		gather(v, q, children, g);
	}
}

/* Rows that other rows have taken everything from are none. */
static bool is_row(const struct total_row *r)
{
	return r->count != 0 || r->sum != 0;
}

static void check_rows(struct groups *g, uint32_t most)
{
	size_t count = 0;

	for (size_t i = 0; i < count_of(g); i++)
		count += is_row(&rows_of(g)[i]);
	if (most != 0 && count > most && g->err == 0)
		g->err = BF_EBOUND;
}

/* ---- days ---- */

struct day_walk {
	struct view *v;
	const struct total_query *q;
	struct groups *g;
};

/* The row to which an entry at `place` adds, as add_months names it. */
static uint64_t division_of(const struct total_query *q, uint64_t place)
{
	uint64_t own = q->division == 0 ? UINT64_MAX : q->division;
	uint64_t child = division_at(place, division_level(q->division) + 1);

	return !(q->by & BY_PLACE) || child == 0 ? own : child;
}

static int32_t day_shown(const struct total_query *q, int32_t day)
{
	if ((q->by & BY_DAY) != 0)
		return day;
	return (q->by & BY_WEEK) != 0 ? day_monday(day) : 0;
}

static int add_entry(void *ctx, const struct list_row *row)
{
	struct day_walk *w = ctx;
	const struct total_query *q = w->q;
	const struct effects *x = &view_own(w->v)->effects;

	(void)row;
	if (!x->counted)
		return 0;
	struct total_row r = { .division = division_of(q, x->division),
			       .month = q->by & BY_MONTH ? day_month(x->day) : 0,
			       .day = day_shown(q, x->day),
			       .dim = { q->by & BY_DIM0 ? x->dim[0] : 0,
					q->by & BY_DIM1 ? x->dim[1] : 0 },
			       .count = 1,
			       .sum = x->sum };
	add(w->g, &r);
	if (q->rows_max != 0 && count_of(w->g) > GROUPS_JOIN_MIN + 2 * (size_t)q->rows_max) {
		join(w->g);
		check_rows(w->g, q->rows_max);
	}
	return w->g->err;
}

static void add_days(struct view *v, const struct total_query *q, int32_t from, int32_t to,
		     struct groups *g)
{
	struct day_walk w = { v, q, g };
	struct list_query list = { .of = *q, .limit = UINT32_MAX };

	list.of.days = true;
	list.of.day_from = from;
	list.of.day_to = to;
	if (g->err != 0 || from > to)
		return;
	int rc = view_list(v, &list, add_entry, &w);

	g->err = g->err != 0 ? g->err : rc;
}

/* The first and the last month that a period fills; the first is after the last when there is none.
 */
static void months_within(const struct span *s, uint32_t *first, uint32_t *last)
{
	*first = day_month(s->from) + (month_day(day_month(s->from)) != s->from);
	*last = day_month(s->to) - (month_day(day_month(s->to) + 1) - 1 != s->to);
}

bool view_walks(const struct total_query *q)
{
	return q->days || (q->by & (BY_DAY | BY_WEEK)) != 0;
}

static void add_period(struct view *v, const struct total_query *q, struct groups *g)
{
	struct span span = view_span(q);
	struct total_query months = *q;

	if (span.from > span.to)
		return;
	months.days = false;
	months_within(&span, &months.month_from, &months.month_to);
	if ((q->by & (BY_DAY | BY_WEEK)) != 0 || months.month_from > months.month_to) {
		add_days(v, q, span.from, span.to, g);
		return;
	}
	add_months(v, &months, g);
	add_days(v, q, span.from, month_day(months.month_from) - 1, g);
	add_days(v, q, month_day(months.month_to + 1), span.to, g);
}

static int emit(struct groups *g, int (*each)(void *ctx, const struct total_row *row), void *ctx)
{
	int rc = g->err;

	for (size_t i = 0; i < count_of(g) && rc == 0; i++) {
		const struct total_row *r = &rows_of(g)[i];

		if (is_row(r))
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
	if (view_walks(q))
		add_period(v, q, &g);
	else
		add_months(v, q, &g);
	join(&g);
	check_rows(&g, q->rows_max);
	if (level == 0)
		for (size_t i = 0; i < count_of(&g); i++)
			if (rows_of(&g)[i].division == UINT64_MAX)
				rows_of(&g)[i].division = 0;
	int rc = emit(&g, each, ctx);

	buf_fini(&g.rows);
	return rc;
}
