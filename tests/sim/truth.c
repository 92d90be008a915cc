/* SPDX-License-Identifier: Apache-2.0 */
/* truth.c -- see truth.h. Twelve digits are cut by hand here, so that an error in division.c is
 * seen too. */
#include "tests/sim/truth.h"

#include <stdlib.h>
#include <string.h>

static const uint64_t unit[] = { 0, 10000000000, 100000000, 1000000, 1000, 1 };

static int level_of(uint64_t code)
{
	int level = 1;

	while (level < 5 && code % unit[level] != 0)
		level++;
	return level;
}

static uint64_t area_at(uint64_t code, int level)
{
	return code / unit[level] * unit[level];
}

/* A void counts for an earlier entry of its own log, be it the first or the second one; for nothing
 * else. */
static bool holds(const struct truth_entry *v, const struct truth_entry *target)
{
	return v->ref.origin == target->ref.origin && target->ref.seq < v->ref.seq &&
	       ref_equal(v->fact->voids, target->ref);
}

void truth_open(struct truth *t, const struct world *w, const uint64_t heads[NODES_MAX])
{
	*t = (struct truth){ 0 };
	for (int i = 0; i < w->nodes; i++)
		t->count += (size_t)heads[i];
	t->entry = calloc(t->count + 1, sizeof *t->entry);
	BF_REQUIRE(t->entry != NULL);
	size_t at = 0;
	for (int i = 0; i < w->nodes; i++)
		for (uint64_t k = 0; k < heads[i]; k++, at++) {
			t->entry[at].fact = w->node[i].log.facts[k];
			t->entry[at].ref = (struct ref){ w->node[i].origin, k + 1 };
			t->by_kind[t->entry[at].fact->kind]++;
		}
	for (size_t v = 0; v < t->count; v++)
		for (size_t k = 0; k < t->count && t->entry[v].fact->kind == KIND_VOID; k++)
			if (holds(&t->entry[v], &t->entry[k]))
				t->entry[k].voided = true;
}

void truth_close(struct truth *t)
{
	free(t->entry);
}

static bool matches(const struct truth_entry *e, const struct total_query *q)
{
	const struct fact *f = e->fact;
	int level = level_of(q->division);

	if (!f->counts || e->voided || f->kind != q->kind || f->month < q->month_from ||
	    f->month > q->month_to || area_at(f->division, level) != q->division)
		return false;
	for (int i = 0; i < DIMS_MAX; i++)
		if (q->dim[i] != 0 && q->dim[i] != f->dim[i])
			return false;
	return true;
}

static struct total_row row_of(const struct fact *f, const struct total_query *q)
{
	struct total_row r = { .division = q->division, .count = 1, .sum = f->sum };
	int level = level_of(q->division);

	if ((q->by & BY_PLACE) != 0 && level < 5)
		r.division = area_at(f->division, level + 1);
	if ((q->by & BY_MONTH) != 0)
		r.month = f->month;
	if ((q->by & BY_DIM0) != 0)
		r.dim[0] = f->dim[0];
	if ((q->by & BY_DIM1) != 0)
		r.dim[1] = f->dim[1];
	return r;
}

static int compare(const void *x, const void *y)
{
	const struct total_row *a = x, *b = y;

	if (a->division != b->division)
		return a->division < b->division ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	if (a->dim[0] != b->dim[0])
		return a->dim[0] < b->dim[0] ? -1 : 1;
	return a->dim[1] == b->dim[1] ? 0 : a->dim[1] < b->dim[1] ? -1 : 1;
}

void truth_total(const struct truth *t, const struct total_query *q, struct truth_rows *out)
{
	size_t rows = 0;

	out->row = calloc(t->count + 1, sizeof *out->row);
	BF_REQUIRE(out->row != NULL);
	for (size_t i = 0; i < t->count; i++)
		if (matches(&t->entry[i], q))
			out->row[rows++] = row_of(t->entry[i].fact, q);
	qsort(out->row, rows, sizeof *out->row, compare);
	out->count = 0;
	for (size_t i = 0; i < rows; i++) {
		struct total_row *last = out->count == 0 ? NULL : &out->row[out->count - 1];

		if (last != NULL && compare(last, &out->row[i]) == 0) {
			last->count++;
			last->sum += out->row[i].sum;
		} else {
			out->row[out->count++] = out->row[i];
		}
	}
}

void truth_balance(const struct truth *t, struct bytes account, int64_t *in, int64_t *out,
		   uint64_t *count)
{
	*in = *out = 0;
	*count = 0;
	for (size_t i = 0; i < t->count; i++) {
		const struct fact *f = t->entry[i].fact;

		if (!f->moves || t->entry[i].voided)
			continue;
		bool paid = bytes_equal(account, bytes_of(f->from, f->from_len));
		bool received = bytes_equal(account, bytes_of(f->to, f->to_len));
		*in += received ? f->sum : 0;
		*out += paid ? f->sum : 0;
		*count += (uint64_t)paid + (uint64_t)received;
	}
}
