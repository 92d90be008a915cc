/* SPDX-License-Identifier: Apache-2.0 */
/* flags_keep.c -- see flags.h: rows put as entries are applied, and those that a program before
 * them left out. */
#include "storage/flags.h"

#include <stdlib.h>

#include "protocol/errors.h"
#include "storage/inside.h"

/* Entries folded in one transaction; as few as that where the disk has room for no more. */
enum { CATCH_UP_SLICE = 1 << 14, CATCH_UP_LEAST = 1 << 8 };

/* ---- what must be looked at ---- */

bool flags_note(const struct effects *x, const struct flag_entry *e, struct flag_note *out)
{
	if (x->hint == 0 && !e->over)
		return false;
	*out = (struct flag_note){ .subject = x->creates ? e->self : e->subject,
				   .ordinal = e->ordinal,
				   .sure = e->over ? FLAG_BIT(FLAG_OVER_BALANCE) : 0,
				   .decided = flag_decided(x->kind->id) };
	if (!out->decided)
		return true;
	out->sure |= x->hint;
	out->key = (struct place_key){ x->kind->id, x->division, x->day, e->spot };
	return x->placed;
}

bool flags_note_void(const struct effects *target, struct ref subject, uint64_t ordinal,
		     struct flag_note *out)
{
	*out = (struct flag_note){ .subject = subject, .ordinal = ordinal };
	return target->kind->versioned && !target->creates && target->hint != 0;
}

static void move_one(struct deltas *balances, struct bytes account, int64_t fen)
{
	struct account a;

	if (account_take(account, &a) == 0 && a.type == ACCOUNT_DIVISION)
		deltas_add(balances, account, fen, 0, 0);
}

void flags_move(struct deltas *balances, const struct effects *x, int64_t sign)
{
	if (!x->moved)
		return;
	move_one(balances, x->from, -sign * x->amount);
	move_one(balances, x->to, sign * x->amount);
}

bool flags_below(const struct deltas *balances, const struct effects *x)
{
	if (!x->moved || !flag_draws(x->from, x->to))
		return false;
	const struct delta *d = deltas_get(balances, x->from);

	return d != NULL && d->n[0] < 0;
}

/* ---- a batch ---- */

int flags_marker(struct lmdb_txn *t, struct flags_row *out)
{
	struct bytes value;
	int rc = lmdb_get(t, TREE_META, META_FLAGS, &value);

	*out = (struct flags_row){ 0 };
	if (rc == 0)
		return row_flags_take(value, out);
	for (size_t i = 0; i <= KIND_MAX; i++)
		out->latest[i] = -DAY_BIAS;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

bool flags_kept(struct lmdb_txn *t)
{
	struct flags_row marker;
	struct length_row order;
	struct bytes value;

	return flags_marker(t, &marker) == 0 && lmdb_get(t, TREE_META, META_ORDER, &value) == 0 &&
	       row_length_take(value, &order) == 0 && marker.edition == FLAGS_EDITION &&
	       marker.length == order.length;
}

int flags_begin(struct lmdb_txn *t, uint64_t length, struct flags_batch *b)
{
	int rc = flags_marker(t, &b->row);

	/* Before the first entry there is no marker. */
	b->kept = rc == 0 && b->row.length == length &&
		  (b->row.edition == FLAGS_EDITION || (length == 0 && b->row.edition == 0));
	buf_renew(&b->notes);
	return t->err; /* of a row that is none verify says so; the entries go on */
}

static void gather(struct flags_batch *b, const struct flag_note *n)
{
	buf_put(&b->notes, n, sizeof *n);
}

void flags_entry(struct flags_batch *b, const struct effects *x, const struct flag_entry *e)
{
	struct flag_note n;

	if (x->placed && x->day > b->row.latest[x->kind->id])
		b->row.latest[x->kind->id] = x->day;
	if (flags_note(x, e, &n))
		gather(b, &n);
}

void flags_entry_void(struct flags_batch *b, const struct effects *target, struct ref subject,
		      uint64_t ordinal)
{
	struct flag_note n;

	if (flags_note_void(target, subject, ordinal, &n))
		gather(b, &n);
}

/* Add to what stands there. */
static void put(struct lmdb_txn *t, const uint8_t *p)
{
	struct bytes key = bytes_of(p, KEY_FLAG_BYTES), old;
	uint32_t flags = be32_get(p + KEY_FLAG_BYTES), had = 0;
	uint8_t row[ROW_FLAG_BYTES];

	if (lmdb_get(t, TREE_META, key, &old) == 0 && old.len == ROW_FLAG_BYTES)
		had = be32_get(old.p);
	if ((had | flags) == had)
		return;
	be32_put(row, had | flags);
	lmdb_put(t, TREE_META, key, bytes_of(row, sizeof row));
}

static int look(struct view *v, const struct flag_note *n, struct rows *rows)
{
	uint8_t row[KEY_FLAG_BYTES + ROW_FLAG_BYTES];
	struct place_key key;
	uint32_t flags;
	int rc = flags_look(v, n, &key, &flags);

	if (rc != 0 || flags == 0)
		return rc == BF_ENOMEM ? rc : 0; /* what cannot be read stops no entry */
	key_flag(row, &key);
	be32_put(row + KEY_FLAG_BYTES, flags);
	buf_put(&rows->b, row, sizeof row);
	return rows->b.err;
}

int flags_flush(struct store *s, struct lmdb_txn *t, struct flags_batch *b, struct rows *rows,
		uint64_t length)
{
	uint8_t marker[ROW_FLAGS_BYTES];
	int rc = b->notes.err;

	if (s->judging == NULL)
		s->judging = calloc(1, sizeof *s->judging);
	if (s->judging == NULL)
		return BF_ENOMEM;
	struct view v = { .store = s, .txn = t, .own = s->judging };

	buf_renew(&rows->b);
	rows->width = KEY_FLAG_BYTES + ROW_FLAG_BYTES;
	for (size_t at = 0; at < b->notes.len && rc == 0 && t->err == 0;
	     at += sizeof(struct flag_note))
		rc = look(&v, (const void *)(b->notes.p + at), rows);
	rows_sort(rows);
	for (size_t at = 0; at < rows->b.len && rc == 0 && t->err == 0; at += rows->width)
		put(t, rows->b.p + at);
	b->row.edition = FLAGS_EDITION;
	b->row.length = length;
	row_flags(marker, &b->row);
	if (rc == 0 && b->kept)
		lmdb_put(t, TREE_META, META_FLAGS, bytes_of(marker, sizeof marker));
	return rc != 0 ? rc : t->err;
}

/* ---- a store that was written by a program without flags ---- */

struct catching {
	struct store *s;
	struct lmdb_txn t;
	struct deltas balances; /* of divisions, up to where it is */
	struct flags_batch batch;
	struct rows rows;
	uint64_t done;  /* of the order */
	uint64_t slice; /* entries of the next transaction */
};

static int void_again(struct catching *c, struct spot self, uint64_t ordinal, struct ref aim)
{
	struct store *s = c->s;
	struct spot at = { self.no, aim.seq };
	uint8_t key[KEY_LOG_BYTES];
	struct bytes by, raw;
	struct entry target;

	key_log(key, at);
	int rc = lmdb_get(&c->t, TREE_VOID, bytes_of(key, sizeof key), &by);

	if (rc != 0 || by.len != KEY_LOG_BYTES || key_log_take(by.p).seq != self.seq)
		return rc == BF_ENOTFOUND ? 0 : rc;
	rc = view_log(&c->t, at, &raw);
	if (rc == 0)
		rc = entry_take(raw, &target);
	if (rc == 0)
		rc = fold_entry(&s->fold_target, &target, &s->target);
	if (rc != 0 || s->target.kind == NULL)
		return rc;
	flags_move(&c->balances, &s->target, -1);
	flags_entry_void(&c->batch, &s->target, target.subject, ordinal);
	return 0;
}

static int entry_again(struct catching *c, uint64_t origin, struct spot spot, struct bytes raw)
{
	struct store *s = c->s;
	const struct effects *x = &s->effects;
	struct ref self = { origin, spot.seq };
	uint8_t key[KEY_FIND_BYTES], row[ROW_FIND_BYTES];
	struct entry e;
	int rc = entry_take(raw, &e);

	if (rc == 0)
		rc = fold_entry(&s->fold, &e, &s->effects);
	if (rc != 0 || x->kind == NULL)
		return rc;
	flags_move(&c->balances, x, 1);
	struct flag_entry one = { self, e.subject, spot, c->done + 1,
				  flags_below(&c->balances, x) };

	flags_entry(&c->batch, x, &one);
	if (x->heads) {
		key_find(key, FIND_HEAD, x->head, spot);
		row_find(row, x->creates ? self : e.subject);
		buf_put(&s->batch.find.b, key, sizeof key);
		buf_put(&s->batch.find.b, row, sizeof row);
	}
	return x->voids ? void_again(c, spot, c->done + 1, x->target) : 0;
}

static int run_again(struct catching *c, const struct order_row *run)
{
	struct head_row head;
	int rc = origins_head(&c->t, run->no, &head);

	for (uint64_t seq = run->first; seq <= run->last && rc == 0; seq++, c->done += rc == 0) {
		struct spot spot = { run->no, seq };
		struct bytes raw;

		rc = view_log(&c->t, spot, &raw);
		if (rc == 0)
			rc = entry_again(c, head.head.origin, spot, raw);
	}
	return rc;
}

static int slice_again(struct catching *c)
{
	uint64_t begin = c->done, end = begin + c->slice;
	uint8_t from[KEY_ORDER_BYTES];
	struct lmdb_scan scan;
	struct order_row run;
	int rc = 0;

	be40_put(from, c->done + 1);
	for (lmdb_scan(&scan, &c->t, TREE_ORDER, bytes_of(from, sizeof from));
	     scan.here && rc == 0 && c->done < end; lmdb_scan_next(&scan)) {
		rc = row_order_take(scan.value, &run);
		if (rc == 0 && c->done > begin && run.last - run.first >= end - c->done)
			break; /* the room was for less */
		if (rc == 0)
			rc = run_again(c, &run);
	}
	int end_rc = lmdb_scan_end(&scan);

	return rc != 0 ? rc : end_rc;
}

static int put_again(struct catching *c)
{
	struct rows *find = &c->s->batch.find;

	rows_sort(find);
	for (size_t at = 0; at < find->b.len && c->t.err == 0; at += find->width)
		lmdb_put(&c->t, TREE_FIND, bytes_of(find->b.p + at, KEY_FIND_BYTES),
			 bytes_of(find->b.p + at + KEY_FIND_BYTES, ROW_FIND_BYTES));
	c->batch.kept = c->done == c->s->order_applied.length;
	return find->b.err != 0 ? find->b.err
				: flags_flush(c->s, &c->t, &c->batch, &c->rows, c->done);
}

static int catch_up(struct catching *c)
{
	uint64_t before = c->done;
	int rc = lmdb_begin(c->s->lmdb, true, &c->t);

	buf_renew(&c->s->batch.find.b);
	c->s->batch.find.width = KEY_FIND_BYTES + ROW_FIND_BYTES;
	buf_renew(&c->batch.notes);
	if (rc == 0)
		rc = slice_again(c);
	if (rc == 0 && c->done == before)
		rc = BF_EDAMAGED;
	if (rc == 0)
		rc = c->balances.err;
	if (rc == 0)
		rc = put_again(c);
	if (rc == 0)
		rc = lmdb_commit(&c->t);
	lmdb_abort(&c->t);
	return rc;
}

/* Its rows go beside what is promised to entries and the floor. A commit that met a full disk would
 * keep the store shut. */
static bool slice_fits(struct catching *c, uint64_t entries)
{
	/* In one transaction, where a page is copied once. */
	uint64_t once = entries < STORE_APPLY_MAX ? entries : STORE_APPLY_MAX;
	const struct room r = { .n = { [ROOM_RECORDS] = 1,
				       [ROOM_ENTRIES] = once,
				       [ROOM_FIND] = entries,
				       [ROOM_FLAG] = entries } };

	return room_beside(c->s, room_bytes(c->s, &r));
}

/* Entries of the run behind `done`, which is folded as a whole; 0: it cannot be read. */
static uint64_t next_run(struct catching *c)
{
	uint8_t key[KEY_ORDER_BYTES];
	struct order_row run;
	struct lmdb_txn t;
	struct bytes value;
	int rc = lmdb_begin(c->s->lmdb, false, &t);

	be40_put(key, c->done + 1);
	if (rc == 0)
		rc = lmdb_get(&t, TREE_ORDER, bytes_of(key, sizeof key), &value);
	if (rc == 0)
		rc = row_order_take(value, &run);
	lmdb_abort(&t);
	return rc != 0 || run.last < run.first ? 0 : run.last - run.first + 1;
}

/* How many entries there is room for; false: for none. */
static bool slice_next(struct catching *c)
{
	uint64_t run = next_run(c);

	for (uint64_t n = CATCH_UP_SLICE; n >= CATCH_UP_LEAST && run > 0; n /= 4) {
		c->slice = n > run ? n : run;
		if (slice_fits(c, c->slice))
			return true;
	}
	return false;
}

int flags_catch_up(struct store *s)
{
	struct catching c = { .s = s };
	uint64_t length = s->order_applied.length;
	int rc = lmdb_begin(s->lmdb, false, &c.t);

	if (rc == 0)
		rc = flags_begin(&c.t, length, &c.batch);
	lmdb_abort(&c.t);
	for (size_t i = 0; i <= KIND_MAX; i++)
		c.batch.row.latest[i] = -DAY_BIAS;
	if (!c.batch.kept)
		while (rc == 0 && c.done < length && slice_next(&c))
			rc = catch_up(&c);
	deltas_fini(&c.balances);
	buf_fini(&c.batch.notes);
	buf_fini(&c.rows.b);
	return rc == BF_ENOMEM || rc == BF_EIO ? rc : 0; /* verify says what cannot be read */
}
