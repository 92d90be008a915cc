/* SPDX-License-Identifier: Apache-2.0 */
/* place_diff.c -- see place_diff.h. */
#include "storage/place_diff.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"
#include "storage/inside.h"
#include "storage/roster.h"

struct comparing {
	struct view *view;
	const struct place *rows;
	size_t count, at;
	struct place_range range;
	int (*each)(void *ctx, const struct place_change *change);
	void *ctx;
	struct buf stations; /* where active ones stand, a uint64_t each; rising */
};

/* ---- in use ---- */

static int add_station(void *ctx, const struct node_row *row)
{
	struct comparing *c = ctx;

	if (row->state == NODE_ACTIVE)
		buf_put(&c->stations, &row->division, sizeof row->division);
	return c->stations.err;
}

static int by_code(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static bool has_records(struct lmdb_txn *t, uint16_t kind, uint64_t division)
{
	enum { PREFIX_BYTES = 1 + 5 };
	const struct place_key first = { .kind = kind, .division = division, .day = -DAY_BIAS };
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;

	key_place(key, &first);
	lmdb_scan(&c, t, TREE_PLACE, bytes_of(key, sizeof key));
	bool found =
	    c.here && c.key.len == KEY_PLACE_BYTES && memcmp(c.key.p, key, PREFIX_BYTES) == 0;

	(void)lmdb_scan_end(&c); /* sticky */
	return found;
}

static bool is_used(const struct comparing *c, uint64_t code)
{
	const struct kind *k;

	if (c->stations.len > 0 && bsearch(&code, c->stations.p, c->stations.len / sizeof code,
					   sizeof code, by_code) != NULL)
		return true;
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		if (k->place != 0 && has_records(view_txn(c->view), k->id, code))
			return true;
	return false;
}

/* ---- the two side by side ---- */

/* The next row; one that says its code again counts no more. */
static const struct place *take(struct comparing *c)
{
	const struct place *p = &c->rows[c->at];

	while (c->at < c->count && c->rows[c->at].code == p->code)
		c->at++;
	return p;
}

static int tell_added(struct comparing *c)
{
	const struct place *p = take(c);
	const struct place_change change = { .what = PLACE_ADDED, .code = p->code, .is = p->name };

	return c->each(c->ctx, &change);
}

static int tell_gone(struct comparing *c, const struct place *p)
{
	if (c->range.until == 0 || place_is_gone(c->view, p->code))
		return 0;
	const struct place_change change = {
		.what = PLACE_GONE, .code = p->code, .was = p->name, .used = is_used(c, p->code)
	};

	return c->each(c->ctx, &change);
}

static int tell_same(struct comparing *c, const struct place *p)
{
	const struct place *new = take(c);
	const struct place_change renamed = {
		.what = PLACE_RENAMED, .code = p->code, .was = p->name, .is = new->name
	};
	const struct place_change back = { .what = PLACE_ADDED, .code = p->code, .is = new->name };

	if (place_is_gone(c->view, p->code))
		return c->each(c->ctx, &back);
	return bytes_equal(p->name, new->name) ? 0 : c->each(c->ctx, &renamed);
}

/* One row that is there, behind what is new before it. */
static int on_row(void *ctx, struct place p)
{
	struct comparing *c = ctx;
	int rc = 0;

	while (rc == 0 && c->at < c->count && c->rows[c->at].code < p.code)
		rc = tell_added(c);
	if (rc != 0)
		return rc;
	if (c->at < c->count && c->rows[c->at].code == p.code)
		return tell_same(c, &p);
	return tell_gone(c, &p);
}

static int compare(struct comparing *c)
{
	uint64_t from = c->range.until != 0 ? c->range.from : c->rows[0].code;
	uint64_t until = c->range.until != 0 ? c->range.until : c->rows[c->count - 1].code + 1;
	int rc = place_each(c->view, from, until, on_row, c);

	while (rc == 0 && c->at < c->count)
		rc = tell_added(c);
	return rc;
}

int place_compare(struct view *v, const struct place *rows, size_t count, struct place_range range,
		  int (*each)(void *ctx, const struct place_change *change), void *ctx)
{
	struct comparing c = {
		.view = v, .rows = rows, .count = count, .range = range, .each = each, .ctx = ctx
	};
	int rc = count == 0 ? BF_EINVAL : roster_walk(v, add_station, &c);

	if (rc == 0 && c.stations.len > 0)
		qsort(c.stations.p, c.stations.len / sizeof(uint64_t), sizeof(uint64_t), by_code);
	if (rc == 0)
		rc = compare(&c);
	buf_fini(&c.stations);
	return rc;
}
