/* SPDX-License-Identifier: Apache-2.0 */
/* view.c -- see view.h: one entry, one log, one subject, balances. */
#include "storage/inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/calendar.h"
#include "protocol/errors.h"

int view_begin(struct store *s, struct view *v)
{
	struct view_own *own = calloc(1, sizeof *own);

	*v = (struct view){ .store = s, .own = own };
	if (own == NULL)
		return BF_ENOMEM;
	v->txn = &own->txn;
	own->versions.keeps = true;
	int rc = lmdb_begin(s->lmdb, false, &own->txn);

	if (rc != 0)
		view_end(v);
	return rc;
}

void view_end(struct view *v)
{
	struct view_own *own = v->own;

	if (own == NULL)
		return;
	lmdb_abort(&own->txn);
	fold_fini(&own->fold);
	versions_fini(&own->versions);
	free(own);
	*v = (struct view){ 0 };
}

int view_err(const struct view *v, int rc)
{
	return rc != 0 ? rc : v->own == NULL ? 0 : ((const struct view_own *)v->own)->txn.err;
}

int view_done(struct view *v, int rc)
{
	rc = view_err(v, rc);
	if (rc == BF_EDAMAGED && v->store != NULL)
		lmdb_note_damage(v->store->lmdb);
	view_end(v);
	return rc;
}

int view_log(struct lmdb_txn *t, struct spot spot, struct bytes *raw)
{
	uint8_t key[KEY_LOG_BYTES];

	key_log(key, spot);
	int rc = lmdb_get(t, TREE_LOG, bytes_of(key, sizeof key), raw);

	if (rc != 0)
		return rc;
	if (raw->len < CHECK_BYTES)
		return BF_EDAMAGED;
	raw->len -= CHECK_BYTES;
	return 0;
}

int view_spot(struct view *v, struct ref ref, struct spot *out)
{
	struct origin_row row;
	struct head_row head;

	if (ref.seq == 0 || ref.seq > SEQ_MAX)
		return BF_ENOTFOUND;
	int rc = origins_row(view_txn(v), ref.origin, &row);

	if (rc != 0)
		return rc;
	rc = origins_head(view_txn(v), row.no, &head);
	if (rc == BF_ENOTFOUND || (rc == 0 && head.head.origin != ref.origin))
		return BF_EDAMAGED;
	*out = (struct spot){ row.no, ref.seq };
	return rc == 0 && ref.seq > head.head.seq ? BF_ENOTFOUND : rc;
}

int view_there(struct lmdb_txn *t, struct spot spot, struct entry *out)
{
	struct bytes raw;
	int rc = view_log(t, spot, &raw);

	if (rc == 0)
		rc = entry_take(raw, out);
	if (rc == BF_ENOTFOUND || rc == BF_EFORMAT || (rc == 0 && out->seq != spot.seq))
		return BF_EDAMAGED;
	return rc;
}

int view_row(struct view *v, struct spot spot, struct list_row *out)
{
	struct view_own *own = view_own(v);
	struct head_row row;
	int rc = origins_head(view_txn(v), spot.no, &row);

	if (rc == BF_ENOTFOUND)
		rc = BF_EDAMAGED;
	if (rc == 0)
		rc = view_there(view_txn(v), spot, &out->entry);
	if (rc == 0)
		rc = fold_entry(&own->fold, &out->entry, &own->effects);
	if (rc == 0)
		rc = apply_voided(view_txn(v), spot);
	if (rc < 0)
		return rc;
	out->ref = (struct ref){ row.head.origin, spot.seq };
	out->record = own->effects.record;
	out->flaw = own->effects.flaw;
	out->voided = rc == 1;
	out->sum = own->effects.counted ? own->effects.sum : 0;
	out->flags = 0;
	return 0;
}

int view_entry(struct view *v, struct ref ref, int (*each)(void *ctx, const struct list_row *row),
	       void *ctx)
{
	struct list_row row;
	struct spot spot;
	int rc = view_spot(v, ref, &spot);

	if (rc == 0)
		rc = view_row(v, spot, &row);
	return rc == 0 ? each(ctx, &row) : rc;
}

int view_voided(struct view *v, struct ref ref)
{
	return apply_voided_ref(view_txn(v), ref);
}

int view_voider(struct view *v, struct ref ref, struct ref *by)
{
	uint8_t key[KEY_LOG_BYTES];
	struct head_row row;
	struct spot spot;
	struct bytes value;
	int rc = view_spot(v, ref, &spot);

	if (rc != 0)
		return rc;
	key_log(key, spot);
	rc = lmdb_get(view_txn(v), TREE_VOID, bytes_of(key, sizeof key), &value);
	if (rc != 0)
		return rc;
	if (value.len != KEY_LOG_BYTES)
		return BF_EDAMAGED;
	spot = key_log_take(value.p);
	rc = origins_head(view_txn(v), spot.no, &row);
	*by = (struct ref){ row.head.origin, spot.seq };
	return rc == BF_ENOTFOUND ? BF_EDAMAGED : rc;
}

/* ---- a subject's present state ---- */

/* Where in the hub's order an entry of the log stands. What is applied stands somewhere. */
int view_ordinal(struct lmdb_txn *t, struct spot spot, uint64_t *out)
{
	uint8_t key[KEY_LOG_BYTES];
	struct bytes at, value;

	key_log(key, spot);
	int rc = lmdb_floor(t, TREE_TURN, bytes_of(key, sizeof key), &at, &value);

	if (rc == BF_ENOTFOUND ||
	    (rc == 0 && (at.len != KEY_LOG_BYTES || value.len != KEY_ORDER_BYTES)))
		rc = BF_EDAMAGED;
	if (rc != 0)
		return rc;
	struct spot first = key_log_take(at.p);

	*out = be40_get(value.p) + (spot.seq - first.seq);
	return first.no == spot.no ? 0 : BF_EDAMAGED;
}

int view_voided_by(struct lmdb_txn *t, struct spot spot, uint64_t asof)
{
	uint8_t key[KEY_LOG_BYTES];
	struct bytes by;
	uint64_t ordinal;
	int rc = apply_voided(t, spot);

	if (rc != 1 || asof == UINT64_MAX)
		return rc;
	key_log(key, spot);
	rc = lmdb_get(t, TREE_VOID, bytes_of(key, sizeof key), &by);
	if (rc == 0)
		rc = view_ordinal(t, key_log_take(by.p), &ordinal);
	return rc != 0 ? rc : ordinal <= asof;
}

int view_changed(struct view *v, struct ref subject, uint32_t kind)
{
	const struct version *unused;
	size_t count;
	int rc = versions_find(v, subject, kind, UINT64_MAX, &unused, &count);

	return rc != 0 ? rc : count > 0;
}

/* Lay a later version over the state: what it says replaces, what it does not say stays. */
static void overlay(struct record *out, const struct record *later)
{
	for (size_t i = 0; i < out->kind->count; i++)
		if (later->has & (UINT64_C(1) << i)) {
			out->v[i] = later->v[i];
			out->has |= UINT64_C(1) << i;
			out->older &= ~(UINT64_C(1) << i);
		}
}

static int history(struct view *v, struct ref subject, uint64_t asof, struct record *out,
		   struct ref *last, int (*each)(void *ctx, const struct list_version *version),
		   void *ctx);

int view_subject(struct view *v, struct ref subject, struct record *out, struct ref *last)
{
	return history(v, subject, UINT64_MAX, out, last, NULL, NULL);
}

int view_subject_at(struct view *v, struct ref subject, uint64_t asof, struct record *out,
		    struct ref *last)
{
	return history(v, subject, asof, out, last, NULL, NULL);
}

int view_history(struct view *v, struct ref subject, struct record *out, struct ref *last,
		 int (*each)(void *ctx, const struct list_version *version), void *ctx)
{
	return history(v, subject, UINT64_MAX, out, last, each, ctx);
}

static int history(struct view *v, struct ref subject, uint64_t asof, struct record *out,
		   struct ref *last, int (*each)(void *ctx, const struct list_version *version),
		   void *ctx)
{
	const struct version *list = NULL;
	uint64_t ordinal = 0;
	size_t count = 0;
	struct spot spot;
	struct entry e;
	int rc = view_spot(v, subject, &spot);

	if (rc == 0)
		rc = view_there(view_txn(v), spot, &e);
	if (rc == 0 && asof != UINT64_MAX)
		rc = view_ordinal(view_txn(v), spot, &ordinal);
	if (rc == 0 && ordinal > asof)
		rc = BF_ENOTFOUND;
	if (rc != 0)
		return rc;
	const struct kind *kind = kind_by_id(e.kind);

	if (kind == NULL || !kind->versioned || !ref_none(e.subject))
		return BF_ENOTFOUND;
	record_fini(out);
	record_init(out, kind);
	if (record_take(out, kind, e.body) != 0) /* malformed: it has created nothing */
		return BF_ENOTFOUND;
	rc = versions_find(v, subject, e.kind, asof, &list, &count);
	if (rc != 0)
		return rc;
	*last = subject;
	for (size_t i = 0; i < count && rc == 0; i++) {
		struct list_row row;

		rc = view_row(v, list[i].spot, &row);
		if (rc != 0)
			break;
		if (row.record != NULL && each != NULL)
			rc = each(ctx, &(struct list_version){ out, &row, i, count });
		if (row.record != NULL)
			overlay(out, row.record);
		*last = row.ref;
	}
	return rc;
}

/* The form in which the kind's field keeps such a text; the text itself when it could not be one.
 */
static struct bytes normal_text(struct record *r, const struct field *field, struct bytes text,
				struct buf *arena)
{
	const struct resolver ask = { .today = DAY_MAX, .any_number = true };
	struct fault unused;

	if (buf_reserve(arena, 2 * (size_t)FIELD_TEXT_MAX) != 0 ||
	    record_set_text(r, field, text, &ask, arena, &unused) != 0)
		return text;
	const struct value *v = record_get(r, field->tag);

	return v == NULL ? text : v->s;
}

/* 1 when the subject's present state bears the text, 0 when not. */
static int bears(struct view *v, struct ref subject, const struct field *field, struct bytes name)
{
	struct record state = { 0 };
	struct ref last;
	int rc = view_subject(v, subject, &state, &last);
	const struct value *now = rc == 0 ? record_get(&state, field->tag) : NULL;
	int bears_it = now != NULL && bytes_equal(record_name(field, now->s), name);

	record_fini(&state);
	return rc == 0 || rc == BF_ENOTFOUND ? bears_it : rc;
}

/* One row of the text: into *out and *first when its subject bears it still, and earlier. */
static int consider(struct view *v, const struct lmdb_scan *c, const struct field *field,
		    struct bytes name, uint64_t *first, struct ref *out)
{
	struct lmdb_txn *t = view_txn(v);
	struct spot bearer = key_find_bearer(c->key.p);
	struct ref subject;
	int rc = row_find_take(c->value, &subject);

	uint64_t ordinal = 0;

	if (rc == 0)
		rc = apply_voided(t, bearer);
	if (rc == 0)
		rc = apply_voided_ref(t, subject);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = view_ordinal(t, bearer, &ordinal);
	if (rc != 0 || (*first != 0 && ordinal >= *first))
		return rc;
	rc = bears(v, subject, field, name);
	if (rc != 1)
		return rc;
	*first = ordinal;
	*out = subject;
	return 0;
}

/* V3: of the subjects whose present state bears the text, the one that was first in the order. */
static int find(struct view *v, const struct kind *kind, const struct field *field,
		struct bytes name, struct ref *out)
{
	uint8_t from[KEY_FIND_BYTES];
	struct lmdb_scan c;
	uint64_t first = 0;
	int rc = 0;

	key_find(from, kind->id, name, (struct spot){ 0, 0 });
	for (lmdb_scan(&c, view_txn(v), TREE_FIND, bytes_of(from, sizeof from)); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		if (c.key.len != KEY_FIND_BYTES)
			rc = BF_EDAMAGED;
		else if (memcmp(c.key.p, from, KEY_FIND_NAME_BYTES) != 0)
			break;
		else
			rc = consider(v, &c, field, name, &first, out);
	}
	int end_rc = lmdb_scan_end(&c);

	rc = rc != 0 ? rc : end_rc;
	return rc == 0 && first == 0 ? BF_ENOTFOUND : rc;
}

/* As it is, then in the form in which it would be kept today: an older program kept other forms. */
int view_find(struct view *v, uint16_t kind_id, struct bytes text, struct ref *out)
{
	const struct kind *kind = kind_by_id(kind_id);
	const struct field *field = kind == NULL ? NULL : field_by_tag(kind, kind->text_key);
	struct record r = { 0 };
	struct buf arena = { 0 };

	if (field == NULL)
		return BF_ENOTFOUND;
	record_init(&r, kind);
	struct bytes normal = normal_text(&r, field, text, &arena);
	int rc = find(v, kind, field, record_name(field, text), out);

	if (rc == BF_ENOTFOUND && !bytes_equal(normal, text))
		rc = find(v, kind, field, record_name(field, normal), out);
	record_fini(&r);
	buf_fini(&arena);
	return rc;
}

/* ---- logs ---- */

int view_head(struct view *v, uint64_t origin, struct head *out)
{
	struct origin_row row;
	struct head_row head;
	int rc = origins_row(view_txn(v), origin, &row);

	if (rc == 0)
		rc = origins_head(view_txn(v), row.no, &head);
	if (rc == 0)
		*out = head.head;
	return rc;
}

int view_load(struct view *v, uint64_t origin, uint64_t first, size_t limit_bytes,
	      uint32_t limit_count, struct buf *out, uint64_t *count)
{
	struct origin_row row;
	struct lmdb_scan c;
	uint8_t from[KEY_LOG_BYTES];
	size_t used = 0;
	int rc = origins_row(view_txn(v), origin, &row);

	*count = 0;
	if (rc == BF_ENOTFOUND || first > SEQ_MAX)
		return 0;
	if (rc != 0)
		return rc;
	key_log(from, (struct spot){ row.no, first });
	for (lmdb_scan(&c, view_txn(v), TREE_LOG, bytes_of(from, sizeof from));
	     c.here && *count < limit_count; lmdb_scan_next(&c)) {
		if (c.key.len != KEY_LOG_BYTES || c.value.len < CHECK_BYTES) {
			view_txn(v)->err = BF_EDAMAGED;
			break;
		}
		struct spot at = key_log_take(c.key.p);

		if (at.no != row.no || at.seq != first + *count ||
		    used + c.value.len - CHECK_BYTES > limit_bytes)
			break;
		buf_put(out, c.value.p, c.value.len - CHECK_BYTES);
		used += c.value.len - CHECK_BYTES;
		(*count)++;
	}
	rc = lmdb_scan_end(&c);
	if (rc == 0)
		rc = view_txn(v)->err;
	return rc != 0 ? rc : out->err;
}

/* ---- ledger and figures ---- */

int view_balance(struct view *v, const struct account *a, int64_t *in, int64_t *out,
		 uint64_t *count)
{
	uint8_t key[ACCOUNT_BYTES_MAX];
	struct ledger_row row;
	struct bytes value;
	size_t len = account_put(a, key);
	int rc = lmdb_get(view_txn(v), TREE_LEDGER, bytes_of(key, len), &value);

	if (rc == 0)
		rc = row_ledger_take(value, &row);
	if (rc != 0)
		return rc;
	*in = row.in;
	*out = row.out;
	*count = row.count;
	return 0;
}

int view_stats(struct view *v, struct view_stats *out)
{
	struct lmdb_txn *t = view_txn(v);
	struct lmdb_sizes sizes = lmdb_sizes(v->store->lmdb);
	struct applied_row applied = { 0 };
	struct length_row order = { 0 };
	struct bytes value;

	*out = (struct view_stats){ .entries = lmdb_rows(t, TREE_LOG),
				    .origins = lmdb_rows(t, TREE_ORIGIN),
				    .places = lmdb_rows(t, TREE_DIVISION),
				    .map_bytes = sizes.map_bytes,
				    .file_bytes = sizes.file_bytes,
				    .readers = sizes.readers };
	if (lmdb_get(t, TREE_META, META_KINDS, &value) == 0) {
		if (value.len != 8 * (KIND_MAX + 1))
			return BF_EDAMAGED;
		for (size_t i = 0; i <= KIND_MAX; i++)
			out->by_kind[i] = be64_get(value.p + 8 * i);
	}
	int rc = lmdb_get(t, TREE_META, META_ORDER, &value);

	if (rc == 0)
		rc = row_length_take(value, &order);
	if (rc == 0)
		rc = lmdb_get(t, TREE_META, META_APPLIED, &value);
	if (rc == 0)
		rc = row_applied_take(value, &applied);
	out->order_length = order.length;
	out->order_hash = order.hash;
	out->applied_generation = applied.generation;
	out->applied_offset = applied.offset;
	return rc == BF_ENOTFOUND ? BF_EDAMAGED : view_err(v, rc);
}

int view_newest(struct view *v, int64_t *wall_ms)
{
	struct lmdb_txn *t = view_txn(v);
	struct bytes key, value, raw;
	struct order_row run;
	struct entry e;
	int rc = lmdb_last(t, TREE_ORDER, &key, &value);

	if (rc == 0)
		rc = row_order_take(value, &run);
	if (rc == 0)
		rc = view_log(t, (struct spot){ run.no, run.last }, &raw);
	if (rc == 0)
		rc = entry_take(raw, &e);
	if (rc == 0)
		*wall_ms = stamp_ms(e.stamp);
	return rc;
}
