/* SPDX-License-Identifier: Apache-2.0 */
/* store_gross.c -- what all logs together and each alone may say in fen: full at the bound and not
 * one fen earlier, and room that is given back. */
#include <errno.h>

#include "store_breaks.h"

/* ---- the bound of all ---- */

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
	assert_int_equal(0, world_held(w, full));
	assert_int_equal(20, world_held(w, open));

	set_log_gross(w, full, GROSS_LOG_MAX - sum);
	run = world_run(w, 0, 1, 30); /* the second one overlaps: what is held is not added again */
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_accept(w->s, &all, &a, &w->f));
	assert_int_equal(20, a.fresh);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_reopen(w);
	assert_int_equal(50, world_held(w, full));
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

/* One claim is held and one is staged when both must be made exact; then the staged one is
 * forgotten. */
static void claims_made_exact_are_forgotten_exactly(void **state)
{
	struct world *w = *state;
	uint64_t before = (uint64_t)INT64_MAX - 2 * (uint64_t)FEN_MAX;
	struct origin *o;

	world_fund(w, 1);
	world_fund(w, FEN_MAX);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	set_gross(w, before);
	assert_int_equal(0, append_again(w, 1));
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, append_again(w, 1));
	assert_int_equal(0, append_again(w, 2));
	assert_true(w->s->gross_held == before + 1);
	assert_true(w->s->gross_staged == before + 1 + 1 + FEN_MAX);
	sync_onto_a_full_disk(w);
	assert_true(w->s->gross_held == before + 1 && w->s->gross_staged == before + 1);
	assert_int_equal(0, origins_get(w->s, store_origin(w->s), &o));
	assert_true(o->gross_held == 2 + FEN_MAX && o->gross_staged == 2 + FEN_MAX);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		T(sums_stop_at_int64_and_not_one_fen_earlier),
		T(entries_that_wait_take_no_room_but_their_own),
		T(our_own_log_is_full_at_its_bound_and_not_one_fen_earlier),
		T(a_run_over_its_logs_bound_is_refused_whole_and_no_other_log),
		T(what_waits_in_a_log_takes_no_room_but_its_own),
		T(what_is_forgotten_gives_its_room_in_the_log_back_and_no_more),
		T(a_claim_that_was_settled_stays_so_when_later_ones_are_forgotten),
		T(claims_made_exact_are_forgotten_exactly),
		T(a_log_far_over_its_bound_has_no_room),
		T(no_entry_adds_more_than_its_kind_can),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
