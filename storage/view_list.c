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
	return q->of.stopped != NULL && q->of.stopped(q->of.stopped_ctx);
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

/* ---- only those with a flag ---- */

static bool in_future(const struct list_query *q, const struct place_key *k)
{
	return (q->flagged & FLAG_BIT(FLAG_FUTURE)) != 0 && q->today != 0 && k->day > q->today;
}

/* A flag that was asked for has a row (G3). */
static bool by_row(const struct list_query *q)
{
	return (q->flagged & ~FLAG_BIT(FLAG_FUTURE)) != 0;
}

static bool key_same(const struct place_key *a, const struct place_key *b)
{
	return a->kind == b->kind && a->division == b->division && a->day == b->day &&
	       a->spot.no == b->spot.no && a->spot.seq == b->spot.seq;
}

/* The flagged row at or behind `k`, or (back) at or before it. False: there is none of this kind.
 */
static bool flag_near(struct view *v, const struct place_key *k, bool back, struct place_key *out)
{
	uint8_t key[KEY_FLAG_BYTES];
	struct bytes at, unused;
	struct lmdb_scan c;
	bool found;

	key_flag(key, k);
	if (back)
		return lmdb_floor(view_txn(v), TREE_META, bytes_of(key, sizeof key), &at,
				  &unused) == 0 &&
		       key_flag_take(at, out) == 0 && out->kind == k->kind;
	lmdb_scan(&c, view_txn(v), TREE_META, bytes_of(key, sizeof key));
	found = c.here && key_flag_take(c.key, out) == 0 && out->kind == k->kind;
	(void)lmdb_scan_end(&c); /* an error stays in the view */
	return found;
}

/* From a row that has no flag: on to the next that may have one, by its own row or by its day. */
static bool step_to_flag(struct view *v, const struct list_query *q, const struct place_key *k,
			 struct place_key *to)
{
	struct place_key later = row_before(&q->of, k->division, q->today + 1), flag;

	if (q->flagged == 0 || in_future(q, k))
		return false;
	bool found = by_row(q) && flag_near(v, k, false, &flag);

	if (found && key_same(&flag, k))
		return false;
	*to = later;
	if (!in_future(q, &later))
		*to = row_before(&q->of, area_end(&q->of), -DAY_BIAS);
	if (found &&
	    (flag.division < to->division || (flag.division == to->division && flag.day < to->day)))
		*to = flag;
	return true;
}

/* The same backwards: to before `to`. */
static bool step_back_to_flag(struct view *v, const struct list_query *q, const struct place_key *k,
			      struct place_key *to)
{
	struct place_key flag;

	if (q->flagged == 0 || in_future(q, k))
		return false;
	bool found = by_row(q) && flag_near(v, k, true, &flag);

	if (found && key_same(&flag, k))
		return false;
	*to = row_before(&q->of, k->division, -DAY_BIAS);
	if (found && flag.division == k->division) {
		*to = flag;
		to->spot.seq++;
	}
	return true;
}

/* True when it is shown with a flag that was asked for. */
static int flagged(struct view *v, const struct list_query *q, const struct place_key *k,
		   struct list_row *row, bool *shown)
{
	uint32_t flags = 0;
	int rc = 0;

	*shown = true;
	if (q->flagged == 0)
		return 0;
	rc = flags_shown(v, k, row->voided, q->today, &flags);
	flags &= q->flagged;
	*shown = flags != 0;
	if (rc == 0 && *shown)
		rc = view_row(v, k->spot, row); /* what it looked at has spent it */
	row->flags = flags;
	return rc;
}

/* The same of a row that was met elsewhere than in the place index. */
static int flagged_at(struct view *v, const struct list_query *q, struct list_row *row, bool *shown)
{
	const struct effects *x = &view_own(v)->effects;
	struct spot spot;

	*shown = x->kind != NULL && x->placed;
	if (!*shown)
		return 0;
	int rc = view_spot(v, row->ref, &spot);
	struct place_key k = { x->kind->id, x->division, x->day, spot };

	return rc == 0 ? flagged(v, q, &k, row, shown) : rc;
}

/* ---- by place and day ---- */

struct span view_span(const struct total_query *q)
{
	struct span s = { q->day_from, q->day_to };

	if (q->days)
		return s;
	s.from = q->month_from <= day_month(DAY_MIN)  ? DAY_MIN
		 : q->month_from > day_month(DAY_MAX) ? DAY_MAX + 1
						      : month_day(q->month_from);
	s.to = q->month_to < day_month(DAY_MIN)    ? DAY_MIN - 1
	       : q->month_to >= day_month(DAY_MAX) ? DAY_MAX
						   : month_day(q->month_to + 1) - 1;
	return s;
}

/* The days before and after those asked for are stepped over, not walked through. */
static bool step_over(const struct total_query *q, const struct span *s, const struct place_key *k,
		      struct place_key *to)
{
	if (k->day >= s->from && k->day <= s->to)
		return false;
	*to = k->day < s->from && s->from <= s->to ? row_before(q, k->division, s->from)
						   : row_before(q, k->division + 1, -DAY_BIAS);
	return true;
}

static int list_forward(struct view *v, const struct list_query *q,
			int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct view_own *own = view_own(v);
	struct place_key k = row_before(&q->of, q->of.division, -DAY_BIAS), to;
	const struct span span = view_span(&q->of);
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	uint32_t given = 0;
	int rc = ref_none(q->after) ? 0 : key_of(v, &q->of, q->after, &k);

	if (rc != 0)
		return rc;
	k.spot.seq += !ref_none(q->after);
	key_place(key, &k);
	lmdb_scan(&c, view_txn(v), TREE_PLACE, bytes_of(key, sizeof key));
	while (c.here && given < q->limit && rc == 0) {
		struct list_row row;

		rc = take_key(&c, &k);
		if (rc == 0 && stopped(q))
			rc = BF_ECLOSED;
		if (rc != 0 || k.kind != q->of.kind || k.division >= area_end(&q->of))
			break;
		if (step_over(&q->of, &span, &k, &to) || step_to_flag(v, q, &k, &to)) {
			key_place(key, &to);
			lmdb_scan_seek(&c, bytes_of(key, sizeof key));
			continue;
		}
		bool shown = false;

		rc = view_row(v, k.spot, &row);
		if (rc == 0 && fits(own, q, &row))
			rc = flagged(v, q, &k, &row, &shown);
		if (rc == 0 && shown) {
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
static bool step_back(const struct total_query *q, const struct span *s, const struct latest *l,
		      const struct moment *after, const struct place_key *k, struct place_key *to)
{
	const struct moment m = { k->day, k->spot };

	if (k->day > s->to)
		*to = row_before(q, k->division, s->to + 1);
	else if (after != NULL && !earlier(&m, after))
		*to = (struct place_key){ q->kind, k->division, after->day, after->spot };
	else if (k->day < s->from || latest_closed(l, &m))
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
	const struct span span = view_span(&q->of);
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	key_place(key, &k);
	lmdb_scan(&c, view_txn(v), TREE_PLACE, bytes_of(key, sizeof key));
	lmdb_scan_before(&c, bytes_of(key, sizeof key));
	while (c.here && rc == 0) {
		struct list_row row;

		rc = take_key(&c, &k);
		if (rc == 0 && stopped(q))
			rc = BF_ECLOSED;
		if (rc != 0 || k.kind != q->of.kind || k.division < q->of.division)
			break;
		struct moment m = { k.day, k.spot };

		if (step_back(&q->of, &span, l, after, &k, &to) ||
		    step_back_to_flag(v, q, &k, &to)) {
			key_place(key, &to);
			lmdb_scan_before(&c, bytes_of(key, sizeof key));
			continue;
		}
		bool shown = false;

		rc = view_row(v, k.spot, &row);
		if (rc == 0 && fits(own, q, &row))
			rc = flagged(v, q, &k, &row, &shown);
		if (rc == 0 && shown)
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
		bool shown = true;

		rc = view_row(v, l.heap[i].spot, &row);
		if (rc == 0 && q->flagged != 0)
			rc = flagged_at(v, q, &row, &shown);
		if (rc == 0)
			rc = each(ctx, &row);
	}
	free(l.heap);
	return rc;
}

/* ---- of one subject ---- */

static int take_about(const struct lmdb_scan *c, struct ref subject, struct about_key *k)
{
	uint8_t own[KEY_REF_BYTES];

	if (c->key.len != KEY_ABOUT_BYTES || c->value.len != 1)
		return BF_EDAMAGED;
	*k = key_about_take(c->key.p);
	key_ref(own, subject);
	return memcmp(c->key.p, own, KEY_REF_BYTES) == 0 ? 0 : BF_ENOTFOUND;
}

/* Behind all rows of the subject. */
static void about_end(uint8_t key[KEY_ABOUT_BYTES], struct ref subject)
{
	memset(key, 0xff, KEY_ABOUT_BYTES);
	key_ref(key, subject);
}

/* Where the entry at which an earlier page ended stands among those of the subject. */
static int about_after(struct view *v, const struct list_query *q, struct about_key *out)
{
	struct view_own *own = view_own(v);
	uint8_t key[KEY_ABOUT_BYTES];
	struct list_row row;
	struct bytes kind;
	int rc = view_spot(v, q->after, &out->spot);

	if (rc == 0)
		rc = view_row(v, out->spot, &row);
	if (rc != 0)
		return rc;
	out->day = own->effects.day;
	key_about(key, out);
	rc = lmdb_get(&own->txn, TREE_ABOUT, bytes_of(key, sizeof key), &kind);
	return rc == 0 && q->of.kind != 0 && row.entry.kind != q->of.kind ? BF_ENOTFOUND : rc;
}

static bool fits_area(const struct view_own *own, const struct total_query *q)
{
	const struct effects *x = &own->effects;
	const struct span span = view_span(q);
	bool inside = q->division == 0 || (x->kind != NULL && x->placed &&
					   x->division >= q->division && x->division < area_end(q));

	return inside && x->day >= span.from && x->day <= span.to;
}

static int list_about(struct view *v, const struct list_query *q,
		      int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct view_own *own = view_own(v);
	struct about_key k = { .subject = q->about, .day = -DAY_BIAS };
	uint8_t key[KEY_ABOUT_BYTES];
	struct lmdb_scan c;
	uint32_t given = 0;
	int rc = ref_none(q->after) ? 0 : about_after(v, q, &k);

	if (rc != 0)
		return rc;
	k.spot.seq += !ref_none(q->after) && !q->newest;
	key_about(key, &k);
	if (q->newest && ref_none(q->after))
		about_end(key, q->about);
	lmdb_scan(&c, &own->txn, TREE_ABOUT, bytes_of(key, sizeof key));
	if (q->newest)
		lmdb_scan_before(&c, bytes_of(key, sizeof key));
	while (c.here && given < q->limit && rc == 0) {
		struct list_row row;

		rc = take_about(&c, q->about, &k);
		if (rc == 0 && stopped(q))
			rc = BF_ECLOSED;
		if (rc != 0)
			break;
		if (q->of.kind == 0 || c.value.p[0] == q->of.kind) {
			rc = view_row(v, k.spot, &row);
			bool shown = rc == 0 && fits(own, q, &row) && fits_area(own, &q->of);

			if (shown && q->flagged != 0)
				rc = flagged_at(v, q, &row, &shown);
			if (rc == 0 && shown) {
				given++;
				rc = each(ctx, &row);
			}
		}
		if (q->newest)
			lmdb_scan_back(&c);
		else
			lmdb_scan_next(&c);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 && rc != BF_ENOTFOUND ? rc : end_rc;
}

int view_counts(struct view *v, struct ref subject, uint64_t limit, uint64_t counts[KIND_MAX + 1],
		bool *more)
{
	uint8_t key[KEY_ABOUT_BYTES];
	struct about_key k;
	struct lmdb_scan c;
	uint64_t seen = 0;
	int rc = 0;

	memset(counts, 0, (KIND_MAX + 1) * sizeof *counts);
	*more = false;
	about_end(key, subject);
	lmdb_scan(&c, view_txn(v), TREE_ABOUT, bytes_of(key, sizeof key));
	for (lmdb_scan_before(&c, bytes_of(key, sizeof key)); c.here; lmdb_scan_back(&c)) {
		rc = take_about(&c, subject, &k);
		if (rc != 0)
			break;
		if (seen++ == limit) {
			*more = true;
			break;
		}
		rc = apply_voided(view_txn(v), k.spot);
		if (rc < 0)
			break;
		if (rc == 0 && c.value.p[0] <= KIND_MAX)
			counts[c.value.p[0]]++;
		rc = 0;
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 && rc != BF_ENOTFOUND ? rc : end_rc;
}

int view_list(struct view *v, const struct list_query *q,
	      int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	if ((q->of.division != 0 && !division_valid(q->of.division)) || q->of.kind > KIND_MAX)
		return BF_EINVAL;
	if (!ref_none(q->about))
		return q->about.seq > SEQ_MAX ? BF_EINVAL : list_about(v, q, each, ctx);
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
