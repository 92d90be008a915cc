/* SPDX-License-Identifier: Apache-2.0 */
/* view_list.c -- the entries behind a figure, and those about a subject: walks of the place and the
 * about index. */
#include "storage/inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"

static bool fits(const struct view_own *own, const struct list_query *q, const struct list_row *row)
{
	if (row->voided && !q->voided)
		return false;
	for (int i = 0; i < DIMS_MAX; i++)
		if (q->of.dim[i] != 0 && q->of.dim[i] != own->effects.dim[i])
			return false;
	return true;
}

static bool stopped(const struct list_query *q)
{
	return q->stopped != NULL && q->stopped(q->stopped_ctx);
}

static uint64_t area_end(const struct total_query *q)
{
	return q->division == 0 ? UINT64_C(1000000000000) : division_end(q->division);
}

int view_place_key(struct view *v, struct ref ref, struct place_key *out)
{
	struct view_own *own = view_own(v);
	struct list_row row;
	struct spot spot;
	int rc = view_spot(v, ref, &spot);

	if (rc == 0)
		rc = view_row(v, spot, &row);
	if (rc == 0 && !own->effects.placed)
		rc = BF_ENOTFOUND;
	if (rc == 0)
		*out = (struct place_key){ own->effects.kind->id, own->effects.division,
					   own->effects.day, spot };
	return rc;
}

/* Where the entry at which an earlier page ended stands in the index. One of another kind or place
 * never ended a page of this list: going on from there would begin in the midst of another one. */
static int key_of(struct view *v, const struct total_query *q, struct ref ref,
		  struct place_key *out)
{
	int rc = view_place_key(v, ref, out);
	bool ours = rc == 0 && out->kind == q->kind && out->division >= q->division &&
		    out->division < area_end(q);

	return rc == 0 && !ours ? BF_ENOTFOUND : rc;
}

/* Before all rows of a division from `day` on. */
static struct place_key row_before(const struct total_query *q, uint64_t division, int32_t day)
{
	return (struct place_key){ q->kind, division, day, { 0, 0 } };
}

static int take_key(const struct lmdb_scan *c, struct place_key *k)
{
	if (c->key.len != KEY_PLACE_BYTES)
		return BF_EDAMAGED;
	*k = key_place_take(c->key.p);
	return 0;
}

/* ---- by place and day ---- */

/* The months before and after those asked for are stepped over, not walked through. */
static bool step_over(const struct total_query *q, const struct place_key *k, struct place_key *to)
{
	uint32_t month = day_month(k->day);

	if (month >= q->month_from && month <= q->month_to)
		return false;
	*to = month < q->month_from ? row_before(q, k->division, month_day(q->month_from))
				    : row_before(q, k->division + 1, -DAY_BIAS);
	return true;
}

static int list_forward(struct view *v, const struct list_query *q,
			int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct view_own *own = view_own(v);
	struct place_key k = row_before(&q->of, q->of.division, -DAY_BIAS), to;
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	uint32_t given = 0;
	int rc = ref_none(q->after) ? 0 : key_of(v, &q->of, q->after, &k);

	if (rc != 0)
		return rc;
	k.spot.seq += !ref_none(q->after);
	key_place(key, &k);
	lmdb_scan(&c, &own->txn, TREE_PLACE, bytes_of(key, sizeof key));
	while (c.here && given < q->limit && rc == 0) {
		struct list_row row;

		rc = take_key(&c, &k);
		if (rc == 0 && stopped(q))
			rc = BF_ECLOSED;
		if (rc != 0 || k.kind != q->of.kind || k.division >= area_end(&q->of))
			break;
		if (step_over(&q->of, &k, &to)) {
			key_place(key, &to);
			lmdb_scan_seek(&c, bytes_of(key, sizeof key));
			continue;
		}
		rc = view_row(v, k.spot, &row);
		if (rc == 0 && fits(own, q, &row)) {
			given++;
			rc = each(ctx, &row);
		}
		lmdb_scan_next(&c);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

/* ---- the latest first ---- */

struct moment {
	int32_t day;
	struct spot spot;
};

static bool earlier(const struct moment *a, const struct moment *b)
{
	if (a->day != b->day)
		return a->day < b->day;
	return a->spot.no != b->spot.no ? a->spot.no < b->spot.no : a->spot.seq < b->spot.seq;
}

static int latest_first(const void *a, const void *b)
{
	return earlier(b, a) ? -1 : earlier(a, b);
}

/* The latest moments met so far: a heap with the earliest of them at its top. */
struct latest {
	struct moment *heap;
	uint32_t count, limit;
};

static void sift_down(struct latest *l)
{
	for (uint32_t at = 0, child; (child = 2 * at + 1) < l->count; at = child) {
		if (child + 1 < l->count && earlier(&l->heap[child + 1], &l->heap[child]))
			child++;
		if (!earlier(&l->heap[child], &l->heap[at]))
			return;
		struct moment swap = l->heap[at];

		l->heap[at] = l->heap[child];
		l->heap[child] = swap;
	}
}

static void latest_add(struct latest *l, struct moment m)
{
	uint32_t at = l->count;

	if (l->count == l->limit) {
		l->heap[0] = m;
		sift_down(l);
		return;
	}
	for (l->count++; at > 0 && earlier(&m, &l->heap[(at - 1) / 2]); at = (at - 1) / 2)
		l->heap[at] = l->heap[(at - 1) / 2];
	l->heap[at] = m;
}

/* Neither `m` nor anything before it can be among the latest any more. */
static bool latest_closed(const struct latest *l, const struct moment *m)
{
	return l->count == l->limit && !earlier(&l->heap[0], m);
}

/* The rows of a division that are too late or too early are stepped over to the one before `to`.
 * Those that earlier pages gave are too late, all the way to `after`. */
static bool step_back(const struct total_query *q, const struct latest *l,
		      const struct moment *after, const struct place_key *k, struct place_key *to)
{
	uint32_t month = day_month(k->day);
	const struct moment m = { k->day, k->spot };

	if (month > q->month_to)
		*to = row_before(q, k->division, month_day(q->month_to + 1));
	else if (after != NULL && !earlier(&m, after))
		*to = (struct place_key){ q->kind, k->division, after->day, after->spot };
	else if (month < q->month_from || latest_closed(l, &m))
		*to = row_before(q, k->division, -DAY_BIAS);
	else
		return false;
	return true;
}

/* Walk backwards, so that the latest of each place come first and the rest of it is stepped over.
 */
static int gather_latest(struct view *v, const struct list_query *q, const struct moment *after,
			 struct latest *l)
{
	struct view_own *own = view_own(v);
	struct place_key k = row_before(&q->of, area_end(&q->of), -DAY_BIAS), to;
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	key_place(key, &k);
	lmdb_scan(&c, &own->txn, TREE_PLACE, bytes_of(key, sizeof key));
	lmdb_scan_before(&c, bytes_of(key, sizeof key));
	while (c.here && rc == 0) {
		struct list_row row;

		rc = take_key(&c, &k);
		if (rc == 0 && stopped(q))
			rc = BF_ECLOSED;
		if (rc != 0 || k.kind != q->of.kind || k.division < q->of.division)
			break;
		struct moment m = { k.day, k.spot };

		if (step_back(&q->of, l, after, &k, &to)) {
			key_place(key, &to);
			lmdb_scan_before(&c, bytes_of(key, sizeof key));
			continue;
		}
		rc = view_row(v, k.spot, &row);
		if (rc == 0 && fits(own, q, &row))
			latest_add(l, m);
		lmdb_scan_back(&c);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

static int list_latest(struct view *v, const struct list_query *q,
		       int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct latest l = { .limit = q->limit };
	struct place_key k = { 0 };
	struct moment after;
	int rc = ref_none(q->after) ? 0 : key_of(v, &q->of, q->after, &k);

	if (rc != 0 || q->limit == 0)
		return rc;
	after = (struct moment){ k.day, k.spot };
	l.heap = calloc(q->limit, sizeof *l.heap);
	if (l.heap == NULL)
		return BF_ENOMEM;
	rc = gather_latest(v, q, ref_none(q->after) ? NULL : &after, &l);
	qsort(l.heap, l.count, sizeof *l.heap, latest_first);
	for (uint32_t i = 0; i < l.count && rc == 0; i++) {
		struct list_row row;

		rc = view_row(v, l.heap[i].spot, &row);
		if (rc == 0)
			rc = each(ctx, &row);
	}
	free(l.heap);
	return rc;
}

int view_list(struct view *v, const struct list_query *q,
	      int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	if ((q->of.division != 0 && !division_valid(q->of.division)) || q->of.kind > KIND_MAX)
		return BF_EINVAL;
	if (!q->newest)
		return list_forward(v, q, each, ctx);
	return q->limit > VIEW_NEWEST_MAX ? BF_EBOUND : list_latest(v, q, each, ctx);
}

/* ---- about a subject ---- */

int view_about(struct view *v, struct ref subject, uint32_t limit,
	       int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	uint8_t from[KEY_ABOUT_BYTES] = { 0 };
	struct lmdb_scan c;
	uint32_t given = 0;
	int rc = 0;

	if (ref_none(subject) || subject.seq > SEQ_MAX)
		return BF_EINVAL;
	key_ref(from, subject);
	for (lmdb_scan(&c, view_txn(v), TREE_ABOUT, bytes_of(from, sizeof from));
	     c.here && given < limit && rc == 0; lmdb_scan_next(&c)) {
		struct list_row row;

		if (c.key.len != KEY_ABOUT_BYTES) {
			rc = BF_EDAMAGED;
			break;
		}
		if (memcmp(c.key.p, from, KEY_REF_BYTES) != 0)
			break;
		rc = view_row(v, key_about_take(c.key.p).spot, &row);
		if (rc == 0)
			rc = each(ctx, &row);
		given++;
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}
