/* SPDX-License-Identifier: Apache-2.0 */
/* room.c -- room on the disk: what is accepted can be applied.
 *
 * LMDB that meets a full disk in a commit says EIO and cannot be trusted afterwards, so the disk is
 * asked before. R1 A run is held only when applying all that waits, this run with it, fits into
 * what is free. R2 Nothing else of ours takes of that room (room_control). So what was told as
 * stored is applied on this very disk, unless other programs fill it; then it waits, is lost
 * nowhere, and is applied when they give way.
 *
 * Reckoned in pages, since a page is what LMDB writes: a put copies the path from the root to its
 * leaf, and may split each page of it. An entry's kind alone says how many rows it can put at most,
 * and a tree of few pages cannot have many of them touched: for most runs that decides. When it
 * would refuse, the run is decoded and its rows are counted. Why a page splits no oftener than
 * assumed here is in README.md, section 5.
 *
 * A run is one record of the journal and one row of the order, and is applied whole or not at all:
 * `applied` has no place inside a record, and no signature is there for a head inside a run. */
#include "storage/inside.h"

#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "protocol/division.h"
#include "protocol/errors.h"

enum {
	QUICK_BYTES = 1 << 20, /* no row can take more: 16 pages of the largest size */
	SPREAD = 32,           /* rows in order that a page takes after its split, at least */
	LOG_STARTS = 6,        /* pages of the log that split before those of a run fill up */
	LOG_PAGE_BYTES = 1000, /* of entries that a page of the log then takes, at least */
	LOG_OWN_BYTES = 800, /* of an entry that has pages of its own, in each of them, at least */
	LOG_ROW_BYTES = 35,  /* a row of the log beside the entry's bytes */
	FREE_LIST = 500,     /* freed pages that a page of their list names */
	DISK_SHARE = 64,     /* the file system's own share: a block map, an extent tree */
};

/* ---- what a run puts ---- */

void room_begin(struct room *r, const struct run *run)
{
	uint64_t bytes = run->entries.len + run->count * LOG_ROW_BYTES;
	uint64_t pages = LOG_STARTS + bytes / LOG_PAGE_BYTES;

	*r = (struct room){ .n = { [ROOM_RECORDS] = 1, [ROOM_ENTRIES] = run->count } };
	r->n[ROOM_LOG] = pages < run->count ? pages : run->count;
	r->n[ROOM_LOG] += run->entries.len / LOG_OWN_BYTES;
}

static uint64_t refs_most(const struct field *field, const struct entry *e)
{
	uint64_t fit = e->body.len / REF_BYTES;

	if (field->type != T_REFS)
		return 1;
	return fit < FIELD_REFS_MAX ? fit : FIELD_REFS_MAX;
}

void room_count(struct room *r, const struct entry *e)
{
	const struct kind *k = kind_by_id(e->kind);

	if (k == NULL)
		return;
	bool voids = k->id == KIND_VOID; /* its target may be of any kind */

	r->n[ROOM_PLACE] += k->place != 0;
	r->n[ROOM_FIND] += (k->text_key != 0) + (k->id == KIND_HOUSEHOLD);
	r->n[ROOM_FLAG] += voids || flag_kind(k->id);
	r->n[ROOM_VOID] += voids;
	r->n[ROOM_TALLY] += voids || kind_counts(k) ? DIVISION_LEVELS : 0;
	r->n[ROOM_LEDGER] += voids || k->id == KIND_FUND ? 2 : 0;
	r->n[ROOM_ABOUT] += !ref_none(e->subject);
	for (size_t i = 0; i < sizeof k->about; i++)
		if (k->about[i] != 0)
			r->n[ROOM_ABOUT] += refs_most(field_by_tag(k, k->about[i]), e);
}

void room_add(struct room *sum, const struct room *r)
{
	for (size_t i = 0; i < ROOM_WHATS; i++)
		sum->n[i] += r->n[i];
}

void room_less(struct room *sum, const struct room *r)
{
	for (size_t i = 0; i < ROOM_WHATS; i++) {
		BF_REQUIRE(r->n[i] <= sum->n[i]);
		sum->n[i] -= r->n[i];
	}
}

static void count_effects(struct store *s, const struct effects *x, struct room *r)
{
	if (x->kind == NULL)
		return;
	r->n[ROOM_PLACE] += x->placed;
	r->n[ROOM_FIND] += x->named + x->heads;
	r->n[ROOM_FLAG] += x->voids || x->hint != 0 || (x->moved && flag_draws(x->from, x->to));
	r->n[ROOM_ABOUT] += x->about_count;
	tally_gather(&s->batch.tally, x, 1);
	tally_gather_ledger(&s->batch.ledger, x, 1);
	if (x->voids) {
		r->n[ROOM_VOID]++;
		r->n[ROOM_TALLY] += DIVISION_LEVELS;
		r->n[ROOM_LEDGER] += 2;
	}
}

/* The rows that the run really puts; of tally and ledger each is written once. *room: what the walk
 * reckoned at most, and knows exactly of malformed entries. */
static int count_exactly(struct store *s, const struct run *run, struct room *room)
{
	struct bytes in = run->entries;
	struct room r;
	struct entry e;
	size_t used;
	int rc = 0;

	room_begin(&r, run);
	r.exact = true;
	r.n[ROOM_MALFORMED] = room->n[ROOM_MALFORMED];
	deltas_clear(&s->batch.tally);
	deltas_clear(&s->batch.ledger);
	for (uint64_t i = 0; i < run->count && rc == 0; i++) {
		rc = entry_take_first(in, &e, &used);
		if (rc == 0)
			rc = fold_entry(&s->fold, &e, &s->effects);
		if (rc != 0)
			return rc;
		count_effects(s, &s->effects, &r);
		in = bytes_of(in.p + used, in.len - used);
	}
	if (s->batch.tally.err != 0 || s->batch.ledger.err != 0)
		return BF_ENOMEM;
	r.n[ROOM_TALLY] += s->batch.tally.count;
	r.n[ROOM_LEDGER] += s->batch.ledger.count;
	*room = r;
	return 0;
}

/* ---- what that takes ---- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* The trees that entries reach. Rows of those in order come sorted by key: then a page that was
 * split takes SPREAD of them before the next split. */
static const struct {
	enum tree tree;
	enum room_what rows;
	bool in_order;
} trees[] = {
	{ TREE_LOG, ROOM_RECORDS, false },    { TREE_ORDER, ROOM_RECORDS, true },
	{ TREE_TURN, ROOM_RECORDS, false },   { TREE_HEAD, ROOM_RECORDS, false },
	{ TREE_PLACE, ROOM_PLACE, true },     { TREE_ABOUT, ROOM_ABOUT, true },
	{ TREE_FIND, ROOM_FIND, true },       { TREE_TALLY, ROOM_TALLY, true },
	{ TREE_LEDGER, ROOM_LEDGER, true },   { TREE_VOID, ROOM_VOID, false },
	{ TREE_META, ROOM_MALFORMED, false }, { TREE_META, ROOM_FLAG, true },
};

/* Pages of one tree that `rows` puts write. With `once` all of them in one transaction, so that a
 * page is copied once at most. */
static uint64_t tree_pages(const struct lmdb_shape *t, uint64_t rows, uint64_t splits,
			   bool in_order, bool once)
{
	uint64_t above = t->depth > 0 ? t->depth : 1; /* levels, and one more: the tree may grow */
	uint64_t leaves = once ? least(rows, t->leaf) : rows;
	uint64_t branches = once ? least(rows * above, t->branch) : rows * above;

	if (rows == 0)
		return 0;
	if (in_order)
		splits = least(splits, leaves + rows / SPREAD + 1);
	uint64_t starts = in_order ? branches + above : 2 * rows * above;
	uint64_t higher = least(splits * above, starts + splits / SPREAD);

	return leaves + splits + branches + higher + 2;
}

static uint64_t all_pages(struct lmdb_txn *t, const struct room *r, struct lmdb_shape *shape,
			  int *rc)
{
	bool once = r->n[ROOM_ENTRIES] <= STORE_APPLY_MAX;
	uint64_t pages = 0;

	for (size_t i = 0; i < sizeof trees / sizeof *trees && *rc == 0; i++) {
		uint64_t rows = r->n[trees[i].rows];
		uint64_t splits = trees[i].tree == TREE_LOG ? r->n[ROOM_LOG] : rows;

		*rc = lmdb_shape(t, trees[i].tree, shape);
		if (*rc == 0)
			pages += tree_pages(shape, rows, splits, trees[i].in_order, once);
	}
	if (*rc == 0)
		*rc = lmdb_shape(t, TREE_COUNT, shape);
	return pages + pages / FREE_LIST + 2 * (shape->branch + shape->leaf + shape->overflow);
}

/* Not to be asked of a database that cannot say: then as much as any row could take. */
static uint64_t quick_bytes(const struct room *r)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < ROOM_WHATS; i++)
		rows += r->n[i];
	return rows == 0 ? 0 : rows * QUICK_BYTES + 2 * (uint64_t)ROOM_CONTROL_BYTES;
}

uint64_t room_bytes(struct store *s, const struct room *r)
{
	/* Two transactions that follow one another take more than STORE_APPLY_MAX entries. */
	uint64_t batches = 1 + 2 * (r->n[ROOM_ENTRIES] / STORE_APPLY_MAX);
	struct lmdb_shape shape = { 0 };
	struct lmdb_txn t;

	if (r->n[ROOM_RECORDS] == 0)
		return 0;
	int rc = lmdb_begin(s->lmdb, false, &t);
	uint64_t pages = rc == 0 ? all_pages(&t, r, &shape, &rc) : 0;

	lmdb_abort(&t);
	if (rc != 0)
		return quick_bytes(r);
	uint64_t bytes = pages * shape.page_bytes;

	return bytes + bytes / DISK_SHARE + batches * ROOM_CONTROL_BYTES;
}

/* ---- what is free ---- */

/* Free bytes of the disk; all there could be when it cannot be said: the write will. */
static uint64_t disk_left(const struct store *s)
{
	struct statvfs st;

	return statvfs(s->dir, &st) == 0 ? (uint64_t)st.f_bavail * st.f_frsize : UINT64_MAX;
}

static int say_full(const struct store *s, uint64_t left, struct fault *f)
{
	char free_mib[24];

	snprintf(free_mib, sizeof free_mib, "%llu MiB", (unsigned long long)(left >> 20));
	return fault_say(f, FAULT_DISK_FULL, s->dir, free_mib, NULL);
}

/* Beside `more` there is room to apply `r`. */
static bool fits(struct store *s, const struct room *r, uint64_t more, uint64_t left)
{
	if (left < more)
		return false;
	return quick_bytes(r) <= left - more || room_bytes(s, r) <= left - more;
}

/* What is accepted is applied from below the floor: that is what it is for. */
static bool claim_fits(struct store *s, const struct room *room, uint64_t left)
{
	struct room all = s->room_staged;

	room_add(&all, room);
	return left >= s->free_bytes_min && fits(s, &all, 0, left);
}

int room_claim(struct store *s, const struct run *run, struct room *room, struct fault *f)
{
	uint64_t left = disk_left(s);

	if (claim_fits(s, room, left))
		return 0;
	if (left < s->free_bytes_min)
		return say_full(s, left, f);
	int rc = count_exactly(s, run, room);

	if (rc != 0)
		return rc;
	return claim_fits(s, room, left) ? 0 : say_full(s, left, f);
}

int room_promise(struct store *s, struct fault *f)
{
	uint64_t left = disk_left(s);

	return fits(s, &s->room_staged, 0, left) ? 0 : say_full(s, left, f);
}

static int make_exact(struct store *s, size_t i)
{
	struct journal_record *r = journal_at(s->journal, i);
	struct run run = { r->origin, r->first, r->count, { 0 }, r->head };
	struct room exact = r->room;
	int rc = journal_read(s->journal, i, &run.entries);

	if (rc == 0)
		rc = count_exactly(s, &run, &exact);
	if (rc != 0)
		return rc;
	room_less(&s->room_staged, &r->room);
	room_less(&s->room_held, &r->room);
	r->room = exact;
	room_add(&s->room_staged, &exact);
	room_add(&s->room_held, &exact);
	return 0;
}

/* What the first records that make `limit` entries put. */
static struct room first_records(const struct store *s, uint64_t limit)
{
	struct room sum = { .exact = false };

	for (size_t i = 0; i < journal_written(s->journal) && sum.n[ROOM_ENTRIES] < limit; i++)
		room_add(&sum, &journal_at(s->journal, i)->room);
	return sum;
}

/* As many records of them as `left` is enough for, in entries; 0 when not even one. */
static uint64_t entries_that_fit(struct store *s, uint64_t limit, uint64_t left)
{
	struct room sum = { .exact = false };

	for (size_t i = 0; i < journal_written(s->journal) && sum.n[ROOM_ENTRIES] < limit; i++) {
		struct room more = sum;

		room_add(&more, &journal_at(s->journal, i)->room);
		if (!fits(s, &more, 0, left))
			break;
		sum = more;
	}
	return sum.n[ROOM_ENTRIES];
}

/* The records of the first `limit` entries, that were taken for more than they are. */
static int count_first(struct store *s, uint64_t limit)
{
	uint64_t entries = 0;
	int rc = 0;

	for (size_t i = 0; i < journal_written(s->journal) && entries < limit && rc == 0; i++) {
		entries += journal_at(s->journal, i)->count;
		if (!journal_at(s->journal, i)->room.exact)
			rc = make_exact(s, i);
	}
	return rc;
}

/* What new entries may not touch is kept for this: what was accepted before the disk filled up can
 * be applied, and then be read. When others took of it, in small batches. */
int room_batch(struct store *s, uint64_t *limit, struct fault *f)
{
	uint64_t left = disk_left(s);
	struct room wanted = first_records(s, *limit);

	if (fits(s, &wanted, 0, left))
		return 0;
	int rc = count_first(s, *limit);

	if (rc != 0)
		return store_failed(s, f, rc);
	uint64_t entries = entries_that_fit(s, *limit, left);

	if (entries == 0)
		return say_full(s, left, f);
	*limit = least(*limit, entries);
	return 0;
}

/* R2. On a disk with little room what waits goes first: applied, it takes far less than it might.
 */
static int beside_waiting(struct store *s, uint64_t bytes, struct fault *f)
{
	uint64_t left = disk_left(s);

	while (s->pending > 0 && !fits(s, &s->room_held, bytes, left)) {
		int rc = store_apply(s, STORE_APPLY_MAX, f);

		if (rc != 0)
			return rc;
		left = disk_left(s);
	}
	return left >= bytes ? 0 : say_full(s, left, f);
}

int room_control(struct store *s, struct fault *f)
{
	return beside_waiting(s, ROOM_CONTROL_BYTES, f);
}

int room_floor(struct store *s, struct fault *f)
{
	return beside_waiting(s, s->free_bytes_min, f);
}

bool room_beside(const struct store *s, uint64_t bytes)
{
	return disk_left(s) >= bytes + s->free_bytes_min + ROOM_CONTROL_BYTES;
}

bool room_gone(const struct store *s)
{
	return disk_left(s) < ROOM_CONTROL_BYTES;
}
