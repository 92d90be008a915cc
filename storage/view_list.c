/* view_list.c -- the entries behind a figure, and those about a subject: walks of the place and the
 * about index. */
#include "storage/inside.h"

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

/* The key just behind the entry at which an earlier page ended. */
static int key_behind(struct view *v, struct ref after, uint8_t key[KEY_PLACE_BYTES])
{
	struct view_own *own = view_own(v);
	struct list_row row;
	struct spot spot;
	int rc = view_spot(v, after, &spot);

	if (rc == 0)
		rc = view_row(v, spot, &row);
	if (rc == 0 && !own->effects.placed)
		rc = BF_ENOTFOUND;
	if (rc != 0)
		return rc;
	spot.seq++;
	struct place_key k = { own->effects.kind->id, own->effects.division, own->effects.day,
			       spot };

	key_place(key, &k);
	return 0;
}

static int first_key(struct view *v, const struct list_query *q, uint8_t key[KEY_PLACE_BYTES])
{
	struct place_key k = { q->of.kind, q->of.division, -DAY_BIAS, { 0, 0 } };

	if (!ref_none(q->after))
		return key_behind(v, q->after, key);
	key_place(key, &k);
	return 0;
}

int view_list(struct view *v, const struct list_query *q,
	      int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct view_own *own = view_own(v);
	uint64_t end = q->of.division == 0 ? UINT64_MAX : division_end(q->of.division);
	uint8_t from[KEY_PLACE_BYTES];
	struct lmdb_scan c;
	uint32_t given = 0;

	if ((q->of.division != 0 && !division_valid(q->of.division)) || q->of.kind > KIND_MAX)
		return BF_EINVAL;
	int rc = first_key(v, q, from);

	if (rc != 0)
		return rc;
	for (lmdb_scan(&c, &own->txn, TREE_PLACE, bytes_of(from, sizeof from));
	     c.here && given < q->limit && rc == 0; lmdb_scan_next(&c)) {
		if (c.key.len != KEY_PLACE_BYTES) {
			rc = BF_EFORMAT;
			break;
		}
		struct place_key k = key_place_take(c.key.p);
		struct list_row row;

		if (k.kind != q->of.kind || k.division >= end)
			break;
		uint32_t month = day_month(k.day);

		if (month < q->of.month_from || month > q->of.month_to)
			continue;
		rc = view_row(v, k.spot, &row);
		if (rc != 0 || !fits(own, q, &row))
			continue;
		given++;
		rc = each(ctx, &row);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

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

		if (c.key.len != KEY_ABOUT_BYTES || memcmp(c.key.p, from, KEY_REF_BYTES) != 0)
			break;
		rc = view_row(v, key_about_take(c.key.p).spot, &row);
		if (rc == 0)
			rc = each(ctx, &row);
		given++;
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}
