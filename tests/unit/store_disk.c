/* SPDX-License-Identifier: Apache-2.0 */
/* store_disk.c -- full and failing disks: they lose nothing that was promised, and lie to nobody.
 */
#include <errno.h>

#include "store_breaks.h"

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
	assert_int_equal(4, world_held(w, w->nodes[0].origin));
	assert_int_equal(5, store_pending(w->s));
	assert_int_equal(0, world_entries(w));
	breaks.free_bytes = STORE_FREE_BYTES_MIN - 4096;
	assert_int_equal(0, store_apply(w->s, 100, &w->f));
	assert_int_equal(5, world_entries(w));
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
		uint64_t asked = room_bytes(w->s, &w->s->room_held);

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
	breaks.free_bytes = ROOM_CONTROL_BYTES;
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
	assert_true(world_entries(w) > 0);
	assert_int_equal(saved, world_held(w, store_origin(w->s)));
	world_reopen(w); /* still full, still open */
	assert_int_equal(saved, world_held(w, store_origin(w->s)));
	w->options.map_bytes = UINT64_C(1) << 28;
	world_reopen(w);
	assert_int_equal(saved, world_entries(w));
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
			rc = roster_seen(w->s,
					 &(struct roster_visit){ .origin = w->nodes[0].origin,
								 .now_ms = 5,
								 .clock_ms = 0 },
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
			assert_int_equal(own, world_held(x, store_origin(x->s)));
		world_reopen(x);
		assert_true(world_held(x, store_origin(x->s)) >= own);
		assert_true(world_held(x, x->nodes[0].origin) >= node);
		struct run run = world_run(x, 0, 1, 15); /* the station sends again */
		struct accepted a;
		struct check_report report;

		assert_int_equal(0, store_accept(x->s, &run, &a, &x->f));
		assert_int_equal(0, store_sync(x->s, &x->f));
		world_apply(x);
		assert_int_equal(0, check_run(x->s, &report, NULL, NULL));
		assert_int_equal(0, report.findings);
		assert_int_equal(15, world_held(x, x->nodes[0].origin));
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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		T(below_the_free_space_nothing_new_is_taken_and_reads_go_on),
		T(a_batch_takes_no_more_than_the_room_it_asked_for),
		T(a_full_map_loses_nothing_and_a_larger_one_goes_on),
		T(a_failed_write_is_not_acknowledged),
		T(a_full_disk_at_the_journal_forgets_only_what_was_staged),
		T(a_failed_sync_ends_the_store),
		T(a_failed_commit_ends_the_store_and_replay_mends_it),
		T(a_full_map_at_commit_changes_nothing),
		T(a_full_map_at_any_put_changes_nothing),
		T(a_failed_put_ends_the_store),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
