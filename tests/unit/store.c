/* SPDX-License-Identifier: Apache-2.0 */
/* store.c -- the store's life: saved is saved, again is nothing new, and our own log. */
#include "store_world.h"

/* ---- saved, held, applied ---- */

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
	assert_int_equal(5, world_held(w, w->nodes[0].origin));
	assert_int_equal(6, world_entries(w));
}

static void what_was_only_staged_is_neither_held_nor_there_again(void **state)
{
	struct world *w = *state;

	world_fund(w, 100);
	world_send(w, 1, 3);
	assert_int_equal(0, world_held(w, w->nodes[1].origin));
	assert_int_equal(0, world_held(w, store_origin(w->s)));
	assert_int_equal(0, store_pending(w->s));
	world_reopen(w);
	assert_int_equal(0, world_held(w, w->nodes[1].origin));
	assert_int_equal(0, world_entries(w));
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
	assert_int_equal(entries, world_entries(w));
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
	assert_int_equal(8, world_entries(w));
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
	assert_int_equal(0, world_held(w, w->nodes[0].origin));
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
	assert_int_equal(5, world_held(w, w->nodes[0].origin));
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

/* Written by a program of before that rule: from the journal, and from the pages. */
static void an_author_that_is_no_longer_written_is_still_read(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[0];
	struct draft d = { .author = BYTES_LIT("wang\x1b[7m"),
			   .kind = 60,
			   .body = BYTES_LIT("\x80") };
	struct accepted a;
	struct bytes raw;
	struct entry e;
	struct view v;
	struct ref ref;

	assert_int_equal(BF_EINVAL, store_append(w->s, &d, &ref, &w->f));
	world_grow(w, 0, 3);
	uint8_t *author = memchr(n->entries.p + n->at[1], 'n', 64); /* of "node", in entry 2 */
	assert_memory_equal(author, "node", 4);
	memcpy(author, "n\xe2\x80\xae", 4);
	struct run run = world_run(w, 0, 1, 3);
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	for (int i = 0; i < 2; i++) { /* in the journal alone, then applied */
		world_reopen(w);
		assert_int_equal(3, world_held(w, n->origin));
		world_apply(w);
	}
	assert_int_equal(0, view_begin(w->s, &v));
	struct buf out = { 0 };
	uint64_t count;
	assert_int_equal(0, view_load(&v, n->origin, 2, 65536, 1, &out, &count));
	raw = buf_bytes(&out);
	assert_int_equal(0, entry_take(raw, &e));
	assert_true(bytes_equal(e.author, BYTES_LIT("n\xe2\x80\xae")));
	view_end(&v);
	buf_fini(&out);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		T(what_was_synced_is_there_after_opening_again),
		T(what_was_only_staged_is_neither_held_nor_there_again),
		T(replay_gives_the_state_of_a_store_that_never_stopped),
		T(batches_of_any_size_give_the_same_state),
		T(the_journal_begins_again_many_times_and_loses_nothing),
		T(the_same_run_again_changes_nothing),
		T(an_overlapping_run_gives_only_its_new_part),
		T(a_hole_is_refused),
		T(a_log_that_is_not_enrolled_is_refused),
		T(a_fork_is_refused_wherever_the_old_part_lies),
		T(a_run_whose_bytes_do_not_fit_its_head_is_refused),
		T(a_clock_set_back_gives_stamps_that_rise),
		T(a_body_that_is_no_canonical_map_is_refused),
		T(an_author_that_is_no_longer_written_is_still_read),
		T(the_stage_has_a_bound_and_sync_makes_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
