/* SPDX-License-Identifier: Apache-2.0 */
/* apply.c -- from the journal into every tree, one LMDB transaction per batch.
 *
 * log, order, turn and void are written as entries come: the first three are appended in key order
 * anyway, and the last must be seen by later entries of the same batch. Tally, ledger, place, about
 * and find are gathered and written in key order at the end, each touched row once: random single
 * puts are five times slower and write ten times the bytes. `applied` moves in the same transaction
 * (I2), so replay begins exactly where this ended.
 *
 * V1 A void counts iff its target is an earlier entry of the same log, can be voided
 * (fold_voidable), and is not voided yet. V2 It takes out of the very rows what the target put in.
 * V3 Each entry that says the text by which people name its subject has a row in find, and no more
 * is decided here: whom a text names now is asked of the subjects' present states (view_find). */
#include "storage/inside.h"

#include <string.h>

#include "protocol/errors.h"

int apply_voided(struct lmdb_txn *t, struct spot spot)
{
	uint8_t key[KEY_LOG_BYTES];
	struct bytes value;

	key_log(key, spot);
	int rc = lmdb_get(t, TREE_VOID, bytes_of(key, sizeof key), &value);

	if (rc == 0 && value.len != KEY_LOG_BYTES)
		return BF_EDAMAGED;
	return rc == BF_ENOTFOUND ? 0 : rc == 0 ? 1 : rc;
}

int apply_voided_ref(struct lmdb_txn *t, struct ref ref)
{
	struct origin_row row;
	int rc = origins_row(t, ref.origin, &row);

	if (rc == BF_ENOTFOUND)
		return 0;
	return rc == 0 ? apply_voided(t, (struct spot){ row.no, ref.seq }) : rc;
}

/* An entry that stands before this one in the same log. BF_ENOTFOUND: it is not there, or is no
 * entry. Then the void takes nothing out: one lost entry stops neither its log nor anybody else's,
 * and verify names it. A page that cannot be read is BF_EDAMAGED. */
static int earlier(struct lmdb_txn *t, struct spot at, struct entry *out)
{
	struct bytes raw;
	int rc = view_log(t, at, &raw);

	if (t->err != 0)
		return t->err;
	return rc != 0 || entry_take(raw, out) != 0 ? BF_ENOTFOUND : 0;
}

static void fail(struct lmdb_txn *t, int rc)
{
	if (rc < 0 && t->err == 0)
		t->err = rc;
}

/* V1, V2 */
static void apply_void(struct store *s, struct lmdb_txn *t, const struct origin *o,
		       const struct entry *e, uint64_t ordinal)
{
	struct ref aim = s->effects.target;
	struct spot self = { o->row.no, e->seq }, at = { o->row.no, aim.seq };
	uint8_t key[KEY_LOG_BYTES], row[KEY_LOG_BYTES];
	struct entry target;

	if (aim.origin != o->id || aim.seq >= e->seq)
		return;
	int rc = apply_voided(t, at);

	if (rc == 0)
		rc = earlier(t, at, &target);
	if (rc == BF_ENOTFOUND)
		return;
	if (rc == 0)
		rc = fold_entry(&s->fold_target, &target, &s->target);
	fail(t, rc);
	if (rc != 0 || !fold_voidable(&s->target))
		return;
	tally_gather(&s->batch.tally, &s->target, -1);
	tally_gather_ledger(&s->batch.ledger, &s->target, -1);
	flags_entry_void(&s->batch.flagged, &s->target, target.subject, ordinal);
	key_log(key, at);
	key_log(row, self);
	lmdb_put(t, TREE_VOID, bytes_of(key, sizeof key), bytes_of(row, sizeof row));
}

static void apply_indexes(struct batch *b, const struct effects *x, struct ref subject,
			  struct spot spot)
{
	uint8_t key[KEY_BYTES_MAX], row[ROW_FIND_BYTES];

	if (x->placed) {
		struct place_key k = { x->kind->id, x->division, x->day, spot };

		key_place(key, &k);
		buf_put(&b->place.b, key, KEY_PLACE_BYTES);
	}
	for (uint32_t i = 0; i < x->about_count; i++) {
		struct about_key k = { x->about[i], x->day, spot };

		key_about(key, &k);
		buf_put(&b->about.b, key, KEY_ABOUT_BYTES);
		buf_u8(&b->about.b, (uint8_t)x->kind->id);
	}
	row_find(row, subject);
	if (x->named) {
		key_find(key, x->kind->id, x->text, spot);
		buf_put(&b->find.b, key, KEY_FIND_BYTES);
		buf_put(&b->find.b, row, ROW_FIND_BYTES);
	}
	if (x->heads) {
		key_find(key, FIND_HEAD, x->head, spot);
		buf_put(&b->find.b, key, KEY_FIND_BYTES);
		buf_put(&b->find.b, row, ROW_FIND_BYTES);
	}
}

/* The movement, which is gathered, leaves its giver below zero. */
static bool leaves_below(struct batch *b, struct lmdb_txn *t, const struct effects *x)
{
	struct ledger_row row = { 0 };
	struct bytes value;

	if (!x->moved || !flag_draws(x->from, x->to))
		return false;
	int rc = lmdb_get(t, TREE_LEDGER, x->from, &value);

	if (rc == 0 && row_ledger_take(value, &row) != 0)
		return false; /* the flush will say that this row is none */
	const struct delta *d = deltas_get(&b->ledger, x->from);

	return row.in - row.out + (d == NULL ? 0 : d->n[0] - d->n[1]) < 0;
}

static void apply_log(struct batch *b, struct lmdb_txn *t, struct spot spot, struct bytes raw,
		      const struct hash *hash)
{
	uint8_t key[KEY_LOG_BYTES];

	key_log(key, spot);
	buf_clear(&b->value);
	buf_put_bytes(&b->value, raw);
	buf_put(&b->value, hash->b, CHECK_BYTES);
	if (b->value.err != 0 && t->err == 0)
		t->err = b->value.err; /* and nothing is put: half an entry is none */
	lmdb_put(t, TREE_LOG, bytes_of(key, sizeof key), buf_bytes(&b->value));
}

static void apply_entry(struct store *s, struct lmdb_txn *t, const struct origin *o,
			const struct entry *e, const struct hash *hash, uint64_t ordinal,
			struct malformed_run *odd)
{
	struct effects *x = &s->effects;
	struct spot spot = { o->row.no, e->seq };
	struct ref self = { o->id, e->seq };

	apply_log(&s->batch, t, spot, e->raw, hash);
	s->batch.entries++;
	int rc = fold_entry(&s->fold, e, x);

	if (rc != 0 && t->err == 0)
		t->err = rc;
	s->batch.kinds[x->kind == NULL ? 0 : x->kind->id]++;
	if (x->flaw.rc != 0)
		malformed_note(odd, e->seq);
	if (x->kind == NULL)
		return;
	s->batch.gross += fold_gross(x);
	tally_gather(&s->batch.tally, x, 1);
	tally_gather_ledger(&s->batch.ledger, x, 1);
	apply_indexes(&s->batch, x, x->creates ? self : e->subject, spot);
	struct flag_entry one = { self, e->subject, spot, ordinal, leaves_below(&s->batch, t, x) };

	flags_entry(&s->batch.flagged, x, &one);
	if (x->voids)
		apply_void(s, t, o, e, ordinal);
}

/* One row of order, its way back, and the head: once per run. */
static void apply_order(struct lmdb_txn *t, const struct origin *o, const struct journal_record *r,
			uint64_t gross, struct length_row *order)
{
	uint8_t ordinal[KEY_ORDER_BYTES], turn[KEY_LOG_BYTES], no[4];
	uint8_t row[ROW_ORDER_BYTES], head[ROW_HEAD_BYTES];
	struct order_row run = { o->row.no, r->first, r->head.seq, r->head.hash };
	struct head_row after = { r->head, gross };

	be40_put(ordinal, order->length + 1);
	key_log(turn, (struct spot){ o->row.no, r->first });
	be32_put(no, o->row.no);
	row_order(row, &run);
	row_head(head, &after);
	lmdb_put(t, TREE_ORDER, bytes_of(ordinal, sizeof ordinal), bytes_of(row, sizeof row));
	lmdb_put(t, TREE_TURN, bytes_of(turn, sizeof turn), bytes_of(ordinal, sizeof ordinal));
	lmdb_put(t, TREE_HEAD, bytes_of(no, sizeof no), bytes_of(head, sizeof head));
	order->length += r->count;
	order->hash = order_next(&order->hash, r->origin, r->first, r->head.seq, &r->head.hash);
}

static int apply_run(struct store *s, struct lmdb_txn *t, size_t i, struct length_row *order)
{
	struct journal_record *r = journal_at(s->journal, i);
	struct origin *o;
	struct bytes in;
	struct head_row before;
	struct malformed_run odd = { 0 };
	struct entry e;
	size_t used;
	uint64_t gross = s->batch.gross;
	int rc = origins_get(s, r->origin, &o);

	if (rc == 0)
		rc = origins_head(t, o->row.no, &before);
	if (rc == 0)
		rc = journal_read(s->journal, i, &in);
	if (rc == BF_ENOTFOUND ||
	    (rc == 0 && (r->first != before.head.seq + 1 || r->ordinal != order->length + 1)))
		rc = BF_EDAMAGED;
	struct hash hash = before.head.hash;

	for (uint64_t n = 0; n < r->count && rc == 0 && t->err == 0; n++) {
		if (entry_take_first(in, &e, &used) != 0) {
			rc = BF_EDAMAGED;
			break;
		}
		hash = chain_next(&hash, e.raw);
		apply_entry(s, t, o, &e, &hash, r->ordinal + n, &odd);
		in = bytes_of(in.p + used, in.len - used);
	}
	if (rc == 0)
		rc = t->err;
	if (rc == 0 && !hash_equal(&hash, &r->head.hash))
		rc = BF_EDAMAGED; /* the journal is not what was written */
	if (rc == 0)
		rc = malformed_add(t, o->row.no, &odd, &s->batch.malformed);
	if (rc != 0)
		return rc;
	gross = s->batch.gross - gross;
	gross_settle(s, o, r, gross, true);
	apply_order(t, o, r, before.gross + gross, order);
	return 0;
}

static int begin(struct store *s, struct lmdb_txn *t)
{
	struct batch *b = &s->batch;
	struct bytes kinds;
	int rc = lmdb_begin(s->lmdb, true, t);

	deltas_clear(&b->tally);
	deltas_clear(&b->ledger);
	buf_renew(&b->place.b);
	buf_renew(&b->about.b);
	buf_renew(&b->find.b);
	buf_renew(&b->value);
	b->place.width = KEY_PLACE_BYTES;
	b->about.width = KEY_ABOUT_BYTES + 1;
	b->find.width = KEY_FIND_BYTES + ROW_FIND_BYTES;
	b->gross = s->gross_applied;
	b->entries = 0;
	memset(b->kinds, 0, sizeof b->kinds);
	if (rc == 0)
		rc = malformed_begin(t, s->order_applied.length, &b->malformed);
	if (rc == 0)
		rc = flags_begin(t, s->order_applied.length, &b->flagged);
	if (rc == 0)
		rc = lmdb_get(t, TREE_META, META_KINDS, &kinds);
	if (rc == BF_ENOTFOUND) /* before the first entry */
		return s->order_applied.length == 0 ? 0 : BF_EDAMAGED;
	if (rc == 0 && kinds.len != sizeof b->kinds)
		rc = BF_EDAMAGED;
	for (size_t i = 0; rc == 0 && i <= KIND_MAX; i++)
		b->kinds[i] = be64_get(kinds.p + 8 * i);
	return rc;
}

static void flush_rows(struct lmdb_txn *t, enum tree tree, struct rows *rows, size_t key_bytes)
{
	if (rows->b.err != 0 && t->err == 0)
		t->err = rows->b.err;
	rows_sort(rows);
	for (size_t at = 0; at < rows->b.len && t->err == 0; at += rows->width) {
		const uint8_t *p = rows->b.p + at;

		lmdb_put(t, tree, bytes_of(p, key_bytes),
			 bytes_of(p + key_bytes, rows->width - key_bytes));
	}
}

static void flush(struct store *s, struct lmdb_txn *t, const struct length_row *order,
		  const struct applied_row *at)
{
	struct batch *b = &s->batch;
	uint8_t kinds[8 * (KIND_MAX + 1)], gross[8], length[ROW_LENGTH_BYTES],
	    applied[ROW_APPLIED_BYTES];

	if (t->err == 0)
		t->err = b->tally.err != 0 ? b->tally.err : b->ledger.err;
	flush_rows(t, TREE_PLACE, &b->place, KEY_PLACE_BYTES);
	flush_rows(t, TREE_ABOUT, &b->about, KEY_ABOUT_BYTES);
	flush_rows(t, TREE_FIND, &b->find, KEY_FIND_BYTES);
	tally_flush(t, &b->tally);
	tally_flush_ledger(t, &b->ledger);
	int rc = t->err == 0 ? flags_flush(s, t, &b->flagged, &b->flags, order->length) : 0;

	fail(t, rc);
	for (size_t i = 0; i <= KIND_MAX; i++)
		be64_put(kinds + 8 * i, b->kinds[i]);
	be64_put(gross, b->gross);
	row_length(length, order);
	row_applied(applied, at);
	lmdb_put(t, TREE_META, META_KINDS, bytes_of(kinds, sizeof kinds));
	lmdb_put(t, TREE_META, META_GROSS, bytes_of(gross, sizeof gross));
	lmdb_put(t, TREE_META, META_ORDER, bytes_of(length, sizeof length));
	malformed_flush(t, &b->malformed, order->length);
	lmdb_put(t, TREE_META, META_APPLIED, bytes_of(applied, sizeof applied));
}

/* How many records make a batch of about `limit` entries: whole records, at least one. */
static size_t batch_records(const struct store *s, uint64_t limit)
{
	uint64_t entries = 0;
	size_t n = 0, most = journal_written(s->journal);

	while (n < most && (n == 0 || entries + journal_at(s->journal, n)->count <= limit))
		entries += journal_at(s->journal, n++)->count;
	return n;
}

int apply_batch(struct store *s, uint64_t limit, bool restart)
{
	struct lmdb_txn t;
	struct length_row order = s->order_applied;
	size_t n = batch_records(s, limit);
	struct applied_row at = journal_after(s->journal, n);
	int rc = begin(s, &t);

	if (n == journal_written(s->journal) &&
	    (restart || at.offset > journal_bytes(s->journal) / 2))
		at = (struct applied_row){ .generation = at.generation + 1 };
	for (size_t i = 0; i < n && rc == 0 && t.err == 0; i++)
		rc = apply_run(s, &t, i, &order);
	if (rc == 0)
		flush(s, &t, &order, &at);
	if (rc == 0)
		rc = lmdb_commit(&t);
	lmdb_abort(&t);
	if (rc != 0)
		return rc;
	s->gross_applied = s->batch.gross;
	for (size_t i = 0; i < n; i++) {
		room_less(&s->room_staged, &journal_at(s->journal, i)->room);
		room_less(&s->room_held, &journal_at(s->journal, i)->room);
	}
	journal_applied(s->journal, n, &at);
	s->order_applied = order;
	s->pending -= s->batch.entries;
	return 0;
}
