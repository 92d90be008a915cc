/* SPDX-License-Identifier: Apache-2.0 */
/* view_look.c -- whom or what somebody looks for: a walk over all that can be found, each as it is
 * now.
 *
 * What a thing is called now stands in no index: a name may have been corrected, and is found by
 * any part of it. So every one of them is looked at, in the order of the place index, and the best
 * hits are kept: one row of room for each that is asked for and each degree of fit. A page goes on
 * behind a fit and a place in that order; what fits less well is walked for only when that page has
 * room for it. */
#include "storage/inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/division.h"
#include "protocol/errors.h"

struct hit {
	struct place_key key;
	uint64_t division; /* where it is now */
};

/* Bearers met: of one who bears no record of his own (a volunteer), the first entry that names him
 * stands for him. A set of hashes, at most half full. */
struct bearers {
	uint64_t *slots;
	uint32_t count, slot_count;
};

struct looking {
	struct view *view;
	const struct look_query *q;
	struct hit *hits[LOOK_NONE]; /* by fit, each with room for the limit */
	uint32_t count[LOOK_NONE];
	struct place_key after; /* kind 0: from the first */
	struct bearers bearers;
	enum look_fit best;  /* what fits better is not wanted any more */
	enum look_fit least; /* nor what fits worse */
};

/* In the order of a question. */
static int look_begin(struct looking *l);
static int walk_all(struct looking *l, bool on);
static int walk_kind(struct looking *l, const struct kind *k, const struct place_key *from);
static int consider(struct looking *l, const struct kind *k, const struct place_key *at);
static int give(struct looking *l, int (*each)(void *ctx, const struct look_row *row), void *ctx);

int view_look(struct view *v, const struct look_query *q,
	      int (*each)(void *ctx, const struct look_row *row), void *ctx)
{
	struct looking l = { .view = v, .q = q, .best = LOOK_WHOLE, .least = LOOK_PART };
	int rc = q->limit == 0 || q->limit > VIEW_LOOK_MAX ? BF_EBOUND : look_begin(&l);
	bool page = rc == 0 && l.after.kind != 0;

	if (page) { /* first the rest of what fits as well as the last one given */
		l.best = l.least = q->after_fit;
		rc = walk_all(&l, true);
		l.best = q->after_fit + 1;
		l.least = LOOK_PART;
	}
	if (rc == 0 && l.best <= l.least && !(page && l.count[q->after_fit] == q->limit))
		rc = walk_all(&l, false);
	if (rc == 0)
		rc = give(&l, each, ctx);
	for (int fit = LOOK_WHOLE; fit < LOOK_NONE; fit++)
		free(l.hits[fit]);
	free(l.bearers.slots);
	return rc;
}

static int look_begin(struct looking *l)
{
	const struct look_query *q = l->q;

	for (int fit = LOOK_WHOLE; fit < LOOK_NONE; fit++) {
		l->hits[fit] = calloc(q->limit, sizeof *l->hits[fit]);
		if (l->hits[fit] == NULL)
			return BF_ENOMEM;
	}
	if (ref_none(q->after))
		return 0;
	if (q->after_fit < LOOK_WHOLE || q->after_fit >= LOOK_NONE)
		return BF_EINVAL;
	return view_place_key(l->view, q->after, &l->after);
}

/* ---- the walk ---- */

/* No row before this one is wanted of the kind. */
static void row_first(struct place_key *out, const struct kind *k)
{
	*out = (struct place_key){ .kind = k->id, .day = -DAY_BIAS };
}

/* All kinds in the order of their table; `on`: from the entry given last. */
static int walk_all(struct looking *l, bool on)
{
	const struct kind *k;
	bool passed = !on;
	int rc = 0;

	for (size_t i = 0; rc == 0 && (k = kind_at(i)) != NULL; i++) {
		bool here = on && k->id == l->after.kind;
		struct place_key from;

		passed = passed || here;
		if (!passed || !look_kind(k) || (l->q->kind != 0 && k->id != l->q->kind))
			continue;
		row_first(&from, k);
		/* Who has no record of his own is known by having been met: from the first on. */
		if (here && k->bearer_en == NULL)
			from = l->after;
		l->bearers.count = 0;
		if (l->bearers.slots != NULL)
			memset(l->bearers.slots, 0,
			       l->bearers.slot_count * sizeof *l->bearers.slots);
		rc = walk_kind(l, k, &from);
	}
	return rc;
}

static bool full(const struct looking *l)
{
	return l->count[l->best] == l->q->limit;
}

static int walk_kind(struct looking *l, const struct kind *k, const struct place_key *from)
{
	const struct look_query *q = l->q;
	uint8_t key[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	key_place(key, from);
	for (lmdb_scan(&c, view_txn(l->view), TREE_PLACE, bytes_of(key, sizeof key));
	     c.here && rc == 0 && !full(l); lmdb_scan_next(&c)) {
		if (c.key.len != KEY_PLACE_BYTES) {
			rc = BF_EDAMAGED;
			break;
		}
		struct place_key at = key_place_take(c.key.p);

		if (at.kind != k->id)
			break;
		rc = q->stopped != NULL && q->stopped(q->stopped_ctx) ? BF_ECLOSED
								      : consider(l, k, &at);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

/* ---- one of them ---- */

static bool is_behind(const struct place_key *a, const struct place_key *b)
{
	uint8_t x[KEY_PLACE_BYTES], y[KEY_PLACE_BYTES];

	key_place(x, a);
	key_place(y, b);
	return memcmp(x, y, sizeof x) > 0;
}

/* As it is now: 0 and *out, which may be `state`; BF_ENOTFOUND: it is void, or stands for nothing.
 */
static int now(struct looking *l, const struct kind *k, struct spot spot, struct record *state,
	       struct list_row *row, const struct record **out)
{
	struct ref last;
	int rc = view_row(l->view, spot, row);

	if (rc != 0 || row->voided || row->record == NULL || !ref_none(row->entry.subject))
		return rc != 0 ? rc : BF_ENOTFOUND;
	*out = row->record;
	rc = k->versioned ? view_changed(l->view, row->ref, k->id) : 0;
	if (rc != 1)
		return rc;
	*out = state;
	return view_subject(l->view, row->ref, state, &last);
}

static uint64_t bearer_hash(const struct kind *k, const struct record *r)
{
	struct buf b = { 0 };

	for (size_t i = 0; i < sizeof k->called; i++) {
		const struct value *v = record_get(r, k->called[i]);

		if (v != NULL)
			buf_put_bytes(&b, v->s);
		buf_u8(&b, 0);
	}
	struct hash h = hash_one(buf_bytes(&b));

	buf_fini(&b);
	return be64_get(h.b) | 1; /* 0 is an empty slot */
}

/* Where the hash stands, or would. */
static uint64_t *bearers_slot(const struct bearers *b, uint64_t hash)
{
	uint32_t at = (uint32_t)(hash >> 1) & (b->slot_count - 1);

	while (b->slots[at] != 0 && b->slots[at] != hash)
		at = (at + 1) & (b->slot_count - 1);
	return &b->slots[at];
}

static int bearers_grow(struct bearers *b)
{
	struct bearers more = { .count = b->count,
				.slot_count = b->slot_count == 0 ? 256 : 2 * b->slot_count };

	more.slots = calloc(more.slot_count, sizeof *more.slots);
	if (more.slots == NULL)
		return BF_ENOMEM;
	for (uint32_t i = 0; i < b->slot_count; i++)
		if (b->slots[i] != 0)
			*bearers_slot(&more, b->slots[i]) = b->slots[i];
	free(b->slots);
	*b = more;
	return 0;
}

/* 1: never met before; 0: met. */
static int bearers_add(struct bearers *b, uint64_t hash)
{
	int rc = 2 * (b->count + 1) > b->slot_count ? bearers_grow(b) : 0;

	if (rc != 0)
		return rc;
	uint64_t *slot = bearers_slot(b, hash);

	if (*slot == hash)
		return 0;
	if (b->count == VIEW_BEARERS_MAX)
		return BF_EBOUND;
	*slot = hash;
	b->count++;
	return 1;
}

static bool is_there(const struct looking *l, uint64_t division)
{
	return l->q->division == 0 || division_within(division, l->q->division);
}

static void keep(struct looking *l, enum look_fit fit, const struct place_key *at,
		 uint64_t division)
{
	bool given = fit == l->q->after_fit && l->after.kind != 0 && !is_behind(at, &l->after);

	if (fit < l->best || fit > l->least || given || l->count[fit] == l->q->limit)
		return;
	l->hits[fit][l->count[fit]++] = (struct hit){ *at, division };
}

static int consider(struct looking *l, const struct kind *k, const struct place_key *at)
{
	struct record state = { 0 };
	const struct record *r = NULL;
	struct list_row row;
	int rc = now(l, k, at->spot, &state, &row, &r);
	enum look_fit fit = rc == 0 ? look_record(l->q->look, r) : LOOK_NONE;

	if (fit != LOOK_NONE) {
		const struct value *place = record_get(r, k->place);
		uint64_t division = place == NULL ? at->division : place->u;
		int fresh = !is_there(l, division) ? 0
			    : k->bearer_en == NULL ? 1
						   : bearers_add(&l->bearers, bearer_hash(k, r));

		rc = fresh < 0 ? fresh : 0;
		if (fresh == 1)
			keep(l, fit, at, division);
	}
	record_fini(&state);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* ---- giving ---- */

static int give_one(struct looking *l, enum look_fit fit, const struct hit *hit,
		    int (*each)(void *ctx, const struct look_row *row), void *ctx)
{
	const struct kind *k = kind_by_id(hit->key.kind);
	struct record state = { 0 };
	struct list_row row;
	struct look_row out = {
		.kind = k, .fit = fit, .division = hit->division, .day = hit->key.day
	};
	int rc = now(l, k, hit->key.spot, &state, &row, &out.record);

	out.ref = row.ref;
	if (rc == 0)
		rc = each(ctx, &out);
	record_fini(&state);
	return rc;
}

static int give(struct looking *l, int (*each)(void *ctx, const struct look_row *row), void *ctx)
{
	uint32_t given = 0;
	int rc = 0;

	for (int fit = LOOK_WHOLE; fit < LOOK_NONE; fit++)
		for (uint32_t i = 0; i < l->count[fit] && given < l->q->limit && rc == 0;
		     i++, given++)
			rc = give_one(l, fit, &l->hits[fit][i], each, ctx);
	return rc;
}
