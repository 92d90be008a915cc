/* store.c -- the store's life: saved is saved, again is nothing new, broken disks lie to nobody.
 *
 * pwrite, fdatasync, mdb_txn_commit and mdb_cursor_put are wrapped: `breaks` counts down to the
 * call that fails. */
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_world.h"

/* ---- the disk that breaks ---- */

enum broken { PWRITE, FDATASYNC, COMMIT, PUT, BROKEN_COUNT };
static struct {
	uint64_t after[BROKEN_COUNT]; /* fail at this call; 0 never */
	int code;
	uint64_t free_bytes; /* what statvfs says; 0 the truth */
} breaks;

static bool break_now(enum broken what)
{
	return breaks.after[what] > 0 && --breaks.after[what] == 0;
}

ssize_t __real_pwrite(int fd, const void *p, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t at)
{
	if (!break_now(PWRITE))
		return __real_pwrite(fd, p, len, at);
	errno = breaks.code;
	return -1;
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	if (!break_now(FDATASYNC))
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
	if (!break_now(COMMIT))
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return breaks.code == ENOSPC ? MDB_MAP_FULL : EIO;
}

int __real_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags)
{
	if (!break_now(PUT))
		return __real_mdb_cursor_put(c, key, value, flags);
	return breaks.code == ENOSPC ? MDB_MAP_FULL : EIO;
}

int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out)
{
	int rc = __real_statvfs(path, out);

	if (breaks.free_bytes > 0)
		out->f_bavail = breaks.free_bytes / out->f_frsize;
	return rc;
}

/* ---- saved, held, applied ---- */

static uint64_t held_seq(struct world *w, uint64_t origin)
{
	struct accepted a;

	assert_int_equal(0, store_held(w->s, origin, &a));
	return a.head.seq;
}

static uint64_t entries_in_view(struct world *w)
{
	struct view v;
	struct view_stats stats;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_stats(&v, &stats));
	view_end(&v);
	return stats.entries;
}

static void what_was_synced_is_there_after_opening_again(void **state)
{
	struct world *w = *state;
	struct head before, after;

	world_fund(w, 100);
	world_send(w, 0, 5);
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(6, store_pending(w->s));
	assert_int_equal(0, store_head(w->s, &before));
	world_reopen(w);
	assert_int_equal(0, store_head(w->s, &after));
	assert_true(hash_equal(&before.hash, &after.hash));
	assert_int_equal(5, held_seq(w, w->nodes[0].origin));
	assert_int_equal(6, entries_in_view(w));
}

static void what_was_only_staged_is_neither_held_nor_there_again(void **state)
{
	struct world *w = *state;

	world_fund(w, 100);
	world_send(w, 1, 3);
	assert_int_equal(0, held_seq(w, w->nodes[1].origin));
	assert_int_equal(0, held_seq(w, store_origin(w->s)));
	assert_int_equal(0, store_pending(w->s));
	world_reopen(w);
	assert_int_equal(0, held_seq(w, w->nodes[1].origin));
	assert_int_equal(0, entries_in_view(w));
}

static void replay_gives_the_state_of_a_store_that_never_stopped(void **state)
{
	struct world *w = *state;
	void *twin_state;

	world_setup(&twin_state);
	struct world *twin = twin_state;

	for (uint64_t day = 0; day < 12; day++) {
		rng_seed(&w->rng, 5, day);
		rng_seed(&twin->rng, 5, day);
		world_day(w);
		world_day(twin);
		world_reopen(w); /* as after kill -9: nothing is flushed at close */
	}
	world_apply(w);
	world_apply(twin);
	struct hash a = world_digest(w), b = world_digest(twin);

	assert_true(hash_equal(&a, &b));
	world_teardown(&twin_state);
}

static void batches_of_any_size_give_the_same_state(void **state)
{
	struct world *w = *state;
	void *twin_state;

	world_setup(&twin_state);
	struct world *twin = twin_state;

	rng_seed(&w->rng, 6, 0);
	rng_seed(&twin->rng, 6, 0);
	for (int i = 0; i < 60; i++) {
		world_append(w);
		world_send(w, i % WORLD_NODES, 3);
		world_append(twin);
		world_send(twin, i % WORLD_NODES, 3);
		assert_int_equal(0, store_sync(w->s, &w->f));
		assert_int_equal(0, store_apply(w->s, 1, &w->f));
	}
	assert_int_equal(0, store_sync(twin->s, &twin->f));
	world_apply(w);
	world_apply(twin);
	struct hash a = world_digest(w), b = world_digest(twin);

	assert_true(hash_equal(&a, &b));
	world_teardown(&twin_state);
}

static void the_journal_begins_again_many_times_and_loses_nothing(void **state)
{
	struct world *w = *state;
	uint64_t entries = 0;

	for (int i = 0; i < 60; i++) { /* some 6 MiB through a journal of one */
		world_grow(w, 0, 60);
		struct run run = world_run(w, 0, (uint64_t)i * 60 + 1, (uint64_t)i * 60 + 60);
		struct accepted a;

		assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
		assert_int_equal(0, store_sync(w->s, &w->f));
		for (int k = 0; k < 200; k++)
			world_fund(w, 1);
		assert_int_equal(0, store_sync(w->s, &w->f));
		entries += 260;
		if (i % 7 == 3)
			world_reopen(w);
	}
	world_apply(w);
	assert_int_equal(entries, entries_in_view(w));
	struct view v;
	struct view_stats stats;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_stats(&v, &stats));
	view_end(&v);
	assert_true(stats.applied_generation > 3);
}

/* ---- again, overlapping, with a hole, forked (I2, I3) ---- */

static void the_same_run_again_changes_nothing(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_send(w, 0, 8);
	for (int round = 0; round < 3; round++) { /* staged, held, applied */
		struct run run = world_run(w, 0, 1, 8);

		assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
		assert_int_equal(0, a.fresh);
		assert_int_equal(0, a.ordinal);
		assert_int_equal(8, a.head.seq);
		assert_int_equal(8, a.order_length);
		if (round == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
		else
			world_apply(w);
	}
	assert_int_equal(8, entries_in_view(w));
}

static void an_overlapping_run_gives_only_its_new_part(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_send(w, 0, 8);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_grow(w, 0, 4);
	struct run run = world_run(w, 0, 5, 12);

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(4, a.fresh);
	assert_int_equal(12, a.ordinal);
	run = world_run(w, 0, 2, 6); /* all of it old */
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, a.fresh);
	assert_int_equal(12, a.head.seq);
}

static void a_hole_is_refused(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_grow(w, 0, 6);
	struct run run = world_run(w, 0, 2, 6);

	assert_int_equal(BF_EORDER, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, held_seq(w, w->nodes[0].origin));
}

static void a_log_that_is_not_enrolled_is_refused(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_grow(w, 0, 2);
	struct run run = world_run(w, 0, 1, 2);

	run.origin = run.head.origin = 12345;
	assert_int_equal(BF_ENOTFOUND, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(BF_ENOTFOUND, store_held(w->s, 12345, &a));
}

/* Node 0's log again from its start, with other entries. */
static void rewrite(struct world *w, uint64_t count)
{
	struct node *n = &w->nodes[0];

	buf_clear(&n->entries);
	n->head = (struct head){ .origin = n->origin, .hash = chain_genesis(&n->key.public, 0) };
	world_grow(w, 0, count);
}

static void a_fork_is_refused_wherever_the_old_part_lies(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_send(w, 0, 5);
	for (int round = 0; round < 3; round++) {
		rewrite(w, 7);
		struct run run = world_run(w, 0, 1, 7);

		assert_int_equal(BF_EFORK, store_accept(w->s, &run, &a, &w->f));
		assert_int_equal(FAULT_FORK, w->f.code);
		run = world_run(w, 0, 6, 7); /* continues, but from another history */
		assert_int_equal(BF_ECHAIN, store_accept(w->s, &run, &a, &w->f));
		if (round == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
		else
			world_apply(w);
	}
	assert_int_equal(5, held_seq(w, w->nodes[0].origin));
}

static void a_run_whose_bytes_do_not_fit_its_head_is_refused(void **state)
{
	struct world *w = *state;
	struct accepted a;

	world_grow(w, 0, 5);
	struct run run = world_run(w, 0, 1, 5);

	run.head.hash.b[0] ^= 1;
	assert_int_equal(BF_ECHAIN, store_accept(w->s, &run, &a, &w->f));
	run = world_run(w, 0, 1, 5);
	run.entries.len--;
	assert_int_not_equal(0, store_accept(w->s, &run, &a, &w->f));
	run = world_run(w, 0, 1, 5);
	run.count = 4;
	assert_int_equal(BF_EFORMAT, store_accept(w->s, &run, &a, &w->f));
	run = world_run(w, 0, 1, 5);
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
}

/* ---- own log ---- */

static void a_clock_set_back_gives_stamps_that_rise(void **state)
{
	struct world *w = *state;
	struct draft d = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\x80") };
	const int64_t clocks[] = { 2000000000000, 1000, 0, 1999999999999 };
	uint64_t last = 0;
	struct ref ref;

	for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
		d.wall_ms = clocks[i];
		assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
		assert_int_equal(0, store_sync(w->s, &w->f));
		world_reopen(w);
		assert_true(w->s->own.stamp_held > last);
		last = w->s->own.stamp_held;
	}
}

static void a_body_that_is_no_canonical_map_is_refused(void **state)
{
	struct world *w = *state;
	struct draft d = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\xd9\x01x") };
	struct ref ref;

	assert_int_not_equal(0, store_append(w->s, &d, &ref, &w->f));
	d.body = BYTES_LIT("\x80");
	assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
	assert_int_equal(1, ref.seq);
}

static void the_stage_has_a_bound_and_sync_makes_room(void **state)
{
	struct world *w = *state;
	struct draft d = { .author = BYTES_LIT("a"), .kind = 60 };
	static const uint8_t much[15000];
	struct buf body = { 0 };
	struct ref ref;
	int rc = 0, count = 0;

	mp_put_map(&body, 1);
	mp_put_uint(&body, 1);
	mp_put_bin(&body, bytes_of(much, sizeof much));
	d.body = buf_bytes(&body);
	while (rc == 0) {
		rc = store_append(w->s, &d, &ref, &w->f);
		count += rc == 0;
	}
	assert_int_equal(BF_EBOUND, rc);
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
	assert_int_equal(count + 1, ref.seq);
	buf_fini(&body);
}

static void set_gross(struct world *w, uint64_t gross)
{
	uint8_t value[8];
	struct lmdb_txn t;

	be64_put(value, gross);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, TREE_META, META_GROSS, bytes_of(value, sizeof value));
	assert_int_equal(0, lmdb_commit(&t));
	world_reopen(w);
}

/* Append what our own entry `seq` says once more. */
static int append_again(struct world *w, uint64_t seq)
{
	struct draft d = { .author = BYTES_LIT("a"), .kind = KIND_FUND };
	struct ref ref;
	struct entry e;
	struct bytes raw;
	struct origin *o;
	struct lmdb_txn t;

	assert_int_equal(0, origins_get(w->s, store_origin(w->s), &o));
	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	assert_int_equal(0, accept_held(w->s, &t, o, seq, &raw));
	assert_int_equal(0, entry_take(raw, &e));
	d.body = e.body;
	int rc = store_append(w->s, &d, &ref, &w->f);

	lmdb_abort(&t);
	return rc;
}

static void sums_stop_at_int64_and_not_one_fen_earlier(void **state)
{
	struct world *w = *state;

	set_gross(w, (uint64_t)INT64_MAX - 1000);
	world_fund(w, 600);
	world_fund(w, 400);
	/* The next fen has no room; what was staged keeps its own. */
	assert_int_equal(BF_EOVERFLOW, append_again(w, 2));
	assert_int_equal(FAULT_SUM_OVERFLOW, w->f.code);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_true(w->s->gross_applied == (uint64_t)INT64_MAX);
}

/* With room for FEN_MAX + 3: one fen claims the most that a movement can say, until it is applied.
 */
static void wait_in_a_narrow_room(struct world *w, enum fault_code full)
{
	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_fund(w, FEN_MAX); /* beside what one fen has claimed there is no room for it */
	world_fund(w, 2);
	assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
	assert_int_equal(full, w->f.code);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_reopen(w);
	assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
	assert_int_equal(full, w->f.code);
	world_apply(w);
}

static void entries_that_wait_take_no_room_but_their_own(void **state)
{
	struct world *w = *state;

	set_gross(w, (uint64_t)INT64_MAX - FEN_MAX - 3);
	wait_in_a_narrow_room(w, FAULT_SUM_OVERFLOW);
	assert_true(w->s->gross_applied == (uint64_t)INT64_MAX);
	assert_true(w->s->gross_staged == w->s->gross_applied &&
		    w->s->gross_held == w->s->gross_applied);
}

/* ---- the bound of one log ---- */

static struct head_row head_row(struct world *w, uint64_t origin)
{
	struct origin_row row;
	struct head_row head;
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	assert_int_equal(0, origins_row(&t, origin, &row));
	assert_int_equal(0, origins_head(&t, row.no, &head));
	lmdb_abort(&t);
	return head;
}

/* As if the log had said so much before. */
static void set_log_gross(struct world *w, uint64_t origin, uint64_t gross)
{
	struct head_row head = head_row(w, origin);
	uint8_t no[4], bytes[ROW_HEAD_BYTES];
	struct origin_row row;
	struct lmdb_txn t;

	head.gross = gross;
	row_head(bytes, &head);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	assert_int_equal(0, origins_row(&t, origin, &row));
	be32_put(no, row.no);
	lmdb_put(&t, TREE_HEAD, bytes_of(no, sizeof no), bytes_of(bytes, sizeof bytes));
	assert_int_equal(0, lmdb_commit(&t));
	world_reopen(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
}

/* What the entries of `run` add, told by decoding them one by one. */
static uint64_t sum_of(struct world *w, struct run run)
{
	uint64_t sum = 0;
	struct entry e;
	size_t used;

	for (struct bytes in = run.entries; in.len > 0; in = bytes_of(in.p + used, in.len - used)) {
		assert_int_equal(0, entry_take_first(in, &e, &used));
		assert_int_equal(0, fold_entry(&w->s->fold, &e, &w->s->effects));
		sum += fold_gross(&w->s->effects);
	}
	return sum;
}

/* Nothing injected: as many of the largest amounts as it takes. */
static void our_own_log_is_full_at_its_bound_and_not_one_fen_earlier(void **state)
{
	struct world *w = *state;
	uint64_t whole = GROSS_LOG_MAX / FEN_MAX, rest = GROSS_LOG_MAX % FEN_MAX;
	struct draft other = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\x80") };
	struct ref ref;

	world_fund(w, 1);
	for (uint64_t i = 0; i < whole; i++) {
		world_fund(w, FEN_MAX);
		if (i % 500 == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
	}
	world_fund(w, (int64_t)rest - 1);
	for (int round = 0; round < 4; round++) { /* staged, held, replayed, applied */
		char id[17];

		assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
		assert_int_equal(FAULT_LOG_FULL, w->f.code);
		snprintf(id, sizeof id, "%016llx", (unsigned long long)store_origin(w->s));
		assert_string_equal(id, w->f.where);
		assert_int_equal(0, store_append(w->s, &other, &ref, &w->f));
		assert_true(ref.seq == whole + 3 + (uint64_t)round);
		world_send(w, 0, 5);
		assert_int_equal(0, store_sync(w->s, &w->f));
		if (round == 1)
			world_reopen(w);
		if (round == 2)
			world_apply(w);
	}
	world_apply(w);
	assert_true(head_row(w, store_origin(w->s)).gross == GROSS_LOG_MAX);
	struct check_report report;

	assert_int_equal(0, check_run(w->s, &report, NULL, NULL));
	assert_int_equal(0, report.findings);
}

static void a_run_over_its_logs_bound_is_refused_whole_and_no_other_log(void **state)
{
	struct world *w = *state;
	uint64_t full = w->nodes[0].origin, open = w->nodes[1].origin;
	struct accepted a;

	rng_seed(&w->rng, 66, 0);
	world_grow(w, 0, 50);
	struct run run = world_run(w, 0, 1, 50), all = run;
	uint64_t sum = sum_of(w, run);

	assert_true(sum > 0);
	set_log_gross(w, full, GROSS_LOG_MAX - sum + 1);
	assert_int_equal(BF_EOVERFLOW, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(FAULT_LOG_FULL, w->f.code);
	assert_int_equal(0, journal_staged(w->s->journal));
	world_send(w, 1, 20);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, held_seq(w, full));
	assert_int_equal(20, held_seq(w, open));

	set_log_gross(w, full, GROSS_LOG_MAX - sum);
	run = world_run(w, 0, 1, 30); /* the second one overlaps: what is held is not added again */
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_accept(w->s, &all, &a, &w->f));
	assert_int_equal(20, a.fresh);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_reopen(w);
	assert_int_equal(50, held_seq(w, full));
	world_apply(w);
	assert_true(head_row(w, full).gross == GROSS_LOG_MAX);
	do
		world_grow(w, 0, 1);
	while (sum_of(w, world_run(w, 0, 51, w->nodes[0].head.seq)) == 0);
	run = world_run(w, 0, 51, w->nodes[0].head.seq);
	assert_int_equal(BF_EOVERFLOW, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_accept(w->s, &all, &a, &w->f)); /* I2: full or not */
	assert_int_equal(0, a.fresh);
	world_send(w, 1, 20);
}

static void what_waits_in_a_log_takes_no_room_but_its_own(void **state)
{
	struct world *w = *state;

	set_log_gross(w, store_origin(w->s), GROSS_LOG_MAX - FEN_MAX - 3);
	wait_in_a_narrow_room(w, FAULT_LOG_FULL);
	assert_true(head_row(w, store_origin(w->s)).gross == GROSS_LOG_MAX);
}

static void sync_onto_a_full_disk(struct world *w)
{
	breaks.after[PWRITE] = 1;
	breaks.code = ENOSPC;
	assert_int_equal(BF_EFULL, store_sync(w->s, &w->f));
}

static void what_is_forgotten_gives_its_room_in_the_log_back_and_no_more(void **state)
{
	struct world *w = *state;
	struct draft other = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\x80") };
	struct ref ref;

	world_fund(w, FEN_MAX);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	set_log_gross(w, store_origin(w->s), GROSS_LOG_MAX - FEN_MAX);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(0, append_again(w, 1));
		assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
		sync_onto_a_full_disk(w);
	}
	assert_int_equal(0, append_again(w, 1));
	assert_int_equal(0, store_sync(w->s, &w->f));
	for (int round = 0; round < 3; round++) { /* held, replayed, applied */
		assert_int_equal(0, store_append(w->s, &other, &ref, &w->f));
		sync_onto_a_full_disk(w);
		assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
		if (round == 0)
			world_reopen(w);
		else
			world_apply(w);
	}
}

static void a_claim_that_was_settled_stays_so_when_later_ones_are_forgotten(void **state)
{
	struct world *w = *state;
	struct draft other = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\x80") };
	struct ref ref;

	set_log_gross(w, store_origin(w->s), GROSS_LOG_MAX - FEN_MAX - 1);
	set_gross(w, (uint64_t)INT64_MAX - FEN_MAX - 1);
	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, store_append(w->s, &other, &ref, &w->f));
	sync_onto_a_full_disk(w);
	world_fund(w, FEN_MAX);
	assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
}

/* A row of damage opens no bound: nothing is added to what is over it. */
static void a_log_far_over_its_bound_has_no_room(void **state)
{
	struct world *w = *state;

	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	set_log_gross(w, store_origin(w->s), UINT64_MAX);
	assert_int_equal(BF_EOVERFLOW, append_again(w, 1));
	world_send(w, 0, 5);
}

static void no_entry_adds_more_than_its_kind_can(void **state)
{
	struct world *w = *state;
	struct bytes in;
	struct entry e;
	size_t used, adds = 0;

	rng_seed(&w->rng, world_seed(65), 0);
	world_grow(w, 0, 3000);
	for (in = world_run(w, 0, 1, 3000).entries; in.len > 0;
	     in = bytes_of(in.p + used, in.len - used)) {
		assert_int_equal(0, entry_take_first(in, &e, &used));
		assert_int_equal(0, fold_entry(&w->s->fold, &e, &w->s->effects));
		assert_true(fold_gross(&w->s->effects) <= fold_most(e.kind));
		adds += fold_gross(&w->s->effects) > 0;
	}
	assert_true(adds > 500);
	assert_true(fold_most(KIND_FUND) == FEN_MAX && fold_most(KIND_AID) == FEN_MAX);
	assert_true(fold_most(KIND_VISIT) == FIELD_REFS_MAX);
	assert_true(fold_most(KIND_HOUSEHOLD) == 0 && fold_most(KIND_MAX) == 0);
}

/* ---- full and failing disks ---- */

static void below_the_free_space_nothing_new_is_taken_and_reads_go_on(void **state)
{
	struct world *w = *state;
	struct draft d = { .author = BYTES_LIT("a"), .kind = 60, .body = BYTES_LIT("\x80") };
	struct accepted a;
	struct ref ref;

	world_send(w, 0, 4);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_grow(w, 0, 1);
	struct run run = world_run(w, 0, 5, 5);

	breaks.free_bytes = STORE_FREE_BYTES_MIN;
	assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
	breaks.free_bytes = STORE_FREE_BYTES_MIN - 4096;
	assert_int_equal(BF_EFULL, store_append(w->s, &d, &ref, &w->f));
	assert_int_equal(FAULT_DISK_FULL, w->f.code);
	assert_int_equal(BF_EFULL, store_accept(w->s, &run, &a, &w->f));
	/* What was staged before may still be kept and read; then not even that. */
	assert_int_equal(0, store_sync(w->s, &w->f));
	breaks.free_bytes = 4096;
	assert_int_equal(BF_EFULL, store_apply(w->s, 100, &w->f));
	world_reopen(w);
	assert_int_equal(4, held_seq(w, w->nodes[0].origin));
	assert_int_equal(5, store_pending(w->s));
	assert_int_equal(0, entries_in_view(w));
	breaks.free_bytes = STORE_FREE_BYTES_MIN - 4096;
	assert_int_equal(0, store_apply(w->s, 100, &w->f));
	assert_int_equal(5, entries_in_view(w));
	breaks.free_bytes = 0;
}

/* A visit to as many households as one can name, each in another leaf of the about index. */
static void visit_everywhere(struct world *w)
{
	const struct kind *k = kind_by_id(KIND_VISIT);
	uint8_t bin[FIELD_REFS_MAX * REF_BYTES];
	struct draft d = { .author = BYTES_LIT("a"), .kind = KIND_VISIT };
	struct record r = { 0 };
	struct buf body = { 0 };
	struct ref ref;

	for (size_t i = 0; i < FIELD_REFS_MAX; i++)
		ref_put((struct ref){ 1 + rng_below(&w->rng, 1000000), 1 }, bin + i * REF_BYTES);
	record_init(&r, k);
	record_slot(&r, 1)->u = 150722100200;
	record_slot(&r, 2)->i = WORLD_DAY;
	record_slot(&r, 3)->s = bytes_of(bin, sizeof bin);
	record_slot(&r, 7)->u = 1;
	assert_int_equal(0, record_put(&r, &body));
	record_fini(&r);
	d.body = buf_bytes(&body);
	assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
	buf_fini(&body);
}

/* What is asked of the disk before a batch is never less than the batch takes. */
static void a_batch_takes_no_more_than_the_room_it_asked_for(void **state)
{
	struct world *w = *state;

	rng_seed(&w->rng, world_seed(64), 0);
	for (int round = 0; round < 40; round++) {
		uint64_t entries = 10, before = lmdb_sizes(w->s->lmdb).file_bytes;

		for (uint64_t i = 0; i < entries; i++)
			visit_everywhere(w);
		assert_int_equal(0, store_sync(w->s, &w->f));
		uint64_t asked = APPLY_ROOM_BASE + entries * APPLY_ROOM_ENTRY +
				 journal_unapplied(w->s->journal) * APPLY_ROOM_BYTE;

		world_apply(w);
		assert_true(lmdb_sizes(w->s->lmdb).file_bytes - before <= asked);
	}
	/* With less than that, fewer are taken at a time, and with almost nothing none. */
	for (int i = 0; i < 40; i++) {
		visit_everywhere(w);
		assert_int_equal(0, store_sync(w->s, &w->f));
	}
	breaks.free_bytes = 2 * 1024 * 1024;
	assert_int_equal(0, store_apply(w->s, 1000, &w->f));
	assert_true(store_pending(w->s) > 0 && store_pending(w->s) < 40);
	breaks.free_bytes = APPLY_ROOM_BASE;
	assert_int_equal(BF_EFULL, store_apply(w->s, 1000, &w->f));
	breaks.free_bytes = 0;
	world_apply(w);
}

static void a_full_map_loses_nothing_and_a_larger_one_goes_on(void **state)
{
	struct world *w = *state;
	int rc = 0;
	uint64_t saved = 0;

	world_close(w);
	world_remove(w);
	w->options.map_bytes = 256 * 1024;
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	while (rc == 0) {
		world_fund(w, 1);
		rc = store_sync(w->s, &w->f);
		saved += rc == 0;
		if (rc == 0 && saved % 50 == 0)
			rc = store_apply(w->s, STORE_APPLY_MAX, &w->f);
	}
	assert_int_equal(BF_EFULL, rc);
	assert_int_equal(FAULT_STORE_FULL, w->f.code);
	assert_true(entries_in_view(w) > 0);
	assert_int_equal(saved, held_seq(w, store_origin(w->s)));
	world_reopen(w); /* still full, still open */
	assert_int_equal(saved, held_seq(w, store_origin(w->s)));
	w->options.map_bytes = UINT64_C(1) << 28;
	world_reopen(w);
	assert_int_equal(saved, entries_in_view(w));
	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
}

/* One script of every step; returns the first error. *told is what was acknowledged. */
static int script(struct world *w, uint64_t *told_own, uint64_t *told_node)
{
	struct fault f;
	int rc = 0;

	for (int i = 0; i < 3 && rc == 0; i++) {
		struct draft d = { .author = BYTES_LIT("a"),
				   .kind = 60,
				   .body = BYTES_LIT("\x80") };
		struct run run = world_run(w, 0, (uint64_t)i * 5 + 1, (uint64_t)i * 5 + 5);
		struct accepted a = { .fresh = 0 };
		struct ref ref = { 0, 0 };

		rc = store_append(w->s, &d, &ref, &f);
		if (rc == 0)
			rc = store_accept(w->s, &run, &a, &f);
		if (rc == 0)
			rc = store_sync(w->s, &f);
		if (rc == 0) {
			*told_own = ref.seq;
			*told_node = a.head.seq;
		}
		if (rc == 0 && i != 1)
			rc = store_apply(w->s, i == 0 ? 3 : STORE_APPLY_MAX, &f);
		if (rc == 0 && i == 1)
			rc = roster_seen(w->s, &(struct roster_visit){ w->nodes[0].origin, 5, 0 },
					 1);
	}
	return rc;
}

/* Break the nth call of `what`, for every n until the script gets through: no lie, no loss, and the
 * same end. */
static void break_each(struct world *w, enum broken what, int code, int expected)
{
	bool through = false;
	uint64_t n = 0;

	while (!through) {
		uint64_t own = 0, node = 0;
		void *state;

		world_setup(&state);
		struct world *x = state;

		rng_seed(&x->rng, 3, 0);
		world_grow(x, 0, 15);
		breaks.code = code;
		breaks.after[what] = ++n;
		int rc = script(x, &own, &node);

		through = breaks.after[what] > 0;
		breaks.after[what] = 0;
		if (!through)
			assert_int_equal(expected, rc);
		if (expected == BF_EIO && !through)
			assert_int_equal(BF_EIO, store_sync(x->s, NULL)); /* stays shut */
		if (expected == BF_EFULL && !through)
			assert_int_equal(own, held_seq(x, store_origin(x->s)));
		world_reopen(x);
		assert_true(held_seq(x, store_origin(x->s)) >= own);
		assert_true(held_seq(x, x->nodes[0].origin) >= node);
		struct run run = world_run(x, 0, 1, 15); /* the station sends again */
		struct accepted a;
		struct check_report report;

		assert_int_equal(0, store_accept(x->s, &run, &a, &x->f));
		assert_int_equal(0, store_sync(x->s, &x->f));
		world_apply(x);
		assert_int_equal(0, check_run(x->s, &report, NULL, NULL));
		assert_int_equal(0, report.findings);
		assert_int_equal(15, held_seq(x, x->nodes[0].origin));
		world_teardown(&state);
	}
	print_message("%llu points\n", (unsigned long long)n - 1);
	assert_true(n > 1);
	(void)w;
}

static void a_failed_write_is_not_acknowledged(void **state)
{
	break_each(*state, PWRITE, EIO, BF_EIO);
}

static void a_full_disk_at_the_journal_forgets_only_what_was_staged(void **state)
{
	break_each(*state, PWRITE, ENOSPC, BF_EFULL);
}

static void a_failed_sync_ends_the_store(void **state)
{
	break_each(*state, FDATASYNC, EIO, BF_EIO);
}

static void a_failed_commit_ends_the_store_and_replay_mends_it(void **state)
{
	break_each(*state, COMMIT, EIO, BF_EIO);
}

static void a_full_map_at_commit_changes_nothing(void **state)
{
	break_each(*state, COMMIT, ENOSPC, BF_EFULL);
}

static void a_full_map_at_any_put_changes_nothing(void **state)
{
	break_each(*state, PUT, ENOSPC, BF_EFULL);
}

static void a_failed_put_ends_the_store(void **state)
{
	break_each(*state, PUT, EIO, BF_EIO);
}

/* ---- opening ---- */

/* Run `check` in a child, since it changes its own process; its exit code is the result. */
static int in_child(struct world *w, int (*check)(struct world *w))
{
	int status = -1;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0)
		_exit(check(w));
	assert_true(waitpid(child, &status, 0) == child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int open_code(struct world *w)
{
	struct store *s = NULL;
	struct fault f = { 0 };

	store_open(&s, &w->options, &f);
	store_close(s);
	return (int)f.code;
}

static void a_second_process_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(FAULT_STORE_BUSY, in_child(w, open_code));
	assert_int_equal(FAULT_STORE_BUSY, open_code(w));
}

static int open_as_nobody(struct world *w)
{
	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 255;
	return open_code(w);
}

static void a_directory_that_cannot_be_written_is_refused(void **state)
{
	struct world *w = *state;

	world_close(w);
	world_remove(w);
	chmod(w->dir, 0555);
	assert_int_equal(FAULT_DIR_READONLY, in_child(w, open_as_nobody));
	chmod(w->dir, 0700);
	w->options.dir = "/dev/shm/bangfu no such directory";
	assert_int_equal(FAULT_DIR_MISSING, open_code(w));
	w->options.dir = w->dir;
	world_open(w);
}

static int open_with_little_disk(struct world *w)
{
	const struct rlimit little = { 200 * 1024, 200 * 1024 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	return open_code(w);
}

static void a_creation_without_room_leaves_nothing_and_can_be_repeated(void **state)
{
	struct world *w = *state;
	char path[128];

	world_close(w);
	world_remove(w);
	assert_int_equal(FAULT_DISK_FULL, in_child(w, open_with_little_disk));
	snprintf(path, sizeof path, "%s/data.mdb", w->dir);
	assert_int_not_equal(0, access(path, F_OK));
	world_open(w);
}

static void a_creation_cut_short_is_done_again(void **state)
{
	struct world *w = *state;
	char path[128], name[128];

	world_close(w);
	/* As after a power cut between the two renames: the journal is in place, data.mdb is not.
	 */
	snprintf(path, sizeof path, "%s/store.new", w->dir);
	mkdir(path, 0700);
	snprintf(name, sizeof name, "%s/data.mdb", w->dir);
	snprintf(path, sizeof path, "%s/store.new/data.mdb", w->dir);
	assert_int_equal(0, rename(name, path));
	world_open(w);
	assert_int_equal(0, entries_in_view(w));
}

/* Damage one file, expect `code`, and that no byte of any file was changed. */
static void expect_damaged(struct world *w, const char *name, off_t cut, int code)
{
	char path[128], aside[128];
	struct stat before, after;

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	snprintf(aside, sizeof aside, "%s/copy", w->dir);
	world_copy(w, name, "copy");
	if (cut < 0)
		assert_int_equal(0, unlink(path));
	else
		assert_int_equal(0, truncate(path, cut));
	bool there = stat(path, &before) == 0;

	assert_int_equal(code, open_code(w));
	if (there) {
		assert_int_equal(0, stat(path, &after));
		assert_int_equal(before.st_size, after.st_size);
	}
	assert_int_equal(0, rename(aside, path));
}

static void a_store_that_is_not_whole_is_refused_and_not_touched(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 300; i++)
		world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_close(w);
	expect_damaged(w, "journal", -1, FAULT_STORE_DAMAGED);
	expect_damaged(w, "journal", 0, FAULT_STORE_DAMAGED);
	expect_damaged(w, "journal", 4096, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", -1, FAULT_STORE_DAMAGED); /* the journal has been used */
	expect_damaged(w, "data.mdb", 0, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", 4096, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", 3 * 4096, FAULT_STORE_DAMAGED);
	world_open(w);
	assert_int_equal(300, entries_in_view(w));
}

static void an_older_data_file_beside_a_newer_journal_is_refused(void **state)
{
	struct world *w = *state;
	char data[128], copy[128];

	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	world_close(w);
	world_copy(w, "data.mdb", "copy");
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	for (int i = 0; i < 6000; i++) {
		world_fund(w, 1);
		if (i % 500 == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
	}
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_close(w);
	snprintf(data, sizeof data, "%s/data.mdb", w->dir);
	snprintf(copy, sizeof copy, "%s/copy", w->dir);
	assert_int_equal(0, rename(copy, data));
	assert_int_equal(FAULT_STORE_DAMAGED, open_code(w));
	world_remove(w);
	world_open(w);
}

static void set_format(struct world *w, uint32_t number)
{
	uint8_t format[4];
	struct lmdb_txn t;

	be32_put(format, number);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, TREE_META, META_FORMAT, bytes_of(format, sizeof format));
	assert_int_equal(0, lmdb_commit(&t));
	world_close(w);
}

static void a_store_of_another_format_is_refused(void **state)
{
	struct world *w = *state;

	set_format(w, KEYS_FORMAT + 1);
	assert_int_equal(FAULT_STORE_NEWER, open_code(w));
	world_remove(w);
	world_open(w);
	set_format(w, KEYS_FORMAT - 1);
	assert_int_equal(FAULT_STORE_OLDER, open_code(w));
	world_remove(w);
	world_open(w);
}

static void a_larger_journal_may_be_asked_for_later(void **state)
{
	struct world *w = *state;
	struct stat st;
	char path[128];

	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	w->options.journal_bytes = 2 * STORE_JOURNAL_BYTES_MIN;
	world_reopen(w);
	snprintf(path, sizeof path, "%s/journal", w->dir);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(2 * STORE_JOURNAL_BYTES_MIN, st.st_size);
	assert_int_equal(0, st.st_mode & 077);
	w->options.journal_bytes = 0;
	world_reopen(w);
	assert_int_equal(1, entries_in_view(w));
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_was_synced_is_there_after_opening_again),
		test(what_was_only_staged_is_neither_held_nor_there_again),
		test(replay_gives_the_state_of_a_store_that_never_stopped),
		test(batches_of_any_size_give_the_same_state),
		test(the_journal_begins_again_many_times_and_loses_nothing),
		test(the_same_run_again_changes_nothing),
		test(an_overlapping_run_gives_only_its_new_part),
		test(a_hole_is_refused),
		test(a_log_that_is_not_enrolled_is_refused),
		test(a_fork_is_refused_wherever_the_old_part_lies),
		test(a_run_whose_bytes_do_not_fit_its_head_is_refused),
		test(a_clock_set_back_gives_stamps_that_rise),
		test(a_body_that_is_no_canonical_map_is_refused),
		test(the_stage_has_a_bound_and_sync_makes_room),
		test(sums_stop_at_int64_and_not_one_fen_earlier),
		test(entries_that_wait_take_no_room_but_their_own),
		test(our_own_log_is_full_at_its_bound_and_not_one_fen_earlier),
		test(a_run_over_its_logs_bound_is_refused_whole_and_no_other_log),
		test(what_waits_in_a_log_takes_no_room_but_its_own),
		test(what_is_forgotten_gives_its_room_in_the_log_back_and_no_more),
		test(a_claim_that_was_settled_stays_so_when_later_ones_are_forgotten),
		test(a_log_far_over_its_bound_has_no_room),
		test(no_entry_adds_more_than_its_kind_can),
		test(below_the_free_space_nothing_new_is_taken_and_reads_go_on),
		test(a_batch_takes_no_more_than_the_room_it_asked_for),
		test(a_full_map_loses_nothing_and_a_larger_one_goes_on),
		test(a_failed_write_is_not_acknowledged),
		test(a_full_disk_at_the_journal_forgets_only_what_was_staged),
		test(a_failed_sync_ends_the_store),
		test(a_failed_commit_ends_the_store_and_replay_mends_it),
		test(a_full_map_at_commit_changes_nothing),
		test(a_full_map_at_any_put_changes_nothing),
		test(a_failed_put_ends_the_store),
		test(a_second_process_is_refused),
		test(a_directory_that_cannot_be_written_is_refused),
		test(a_creation_without_room_leaves_nothing_and_can_be_repeated),
		test(a_creation_cut_short_is_done_again),
		test(a_store_that_is_not_whole_is_refused_and_not_touched),
		test(an_older_data_file_beside_a_newer_journal_is_refused),
		test(a_store_of_another_format_is_refused),
		test(a_larger_journal_may_be_asked_for_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
