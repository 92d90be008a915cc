/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c -- P1: a late session moves nothing; P2: what was seen of a hub that went back stays. */
#include "store_world.h"

static struct peer some_peer(void)
{
	struct peer p = {
		.hub = { { 9 } }, .port = 7788, .division = 150722100200, .role = ROLE_VILLAGE
	};

	strcpy(p.host, "hub.example");
	strcpy(p.hub_name, "内蒙古自治区中心");
	return p;
}

static struct checkpoint at(uint64_t epoch, uint64_t length, uint64_t seq)
{
	return (struct checkpoint){ .epoch = epoch,
				    .order_length = length,
				    .origin = 3,
				    .seq = seq,
				    .order_hash = { { (uint8_t)length } },
				    .hash = { { (uint8_t)seq } },
				    .sig = { { 4 } } };
}

static struct peer get(struct world *w)
{
	struct peer p;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, peer_get(&v, &p));
	view_end(&v);
	return p;
}

static void before_enrolment_there_is_no_hub(void **state)
{
	struct world *w = *state;
	struct checkpoint c = at(1, 1, 1);
	struct peer p;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_ENOTFOUND, peer_get(&v, &p));
	view_end(&v);
	assert_int_equal(BF_ENOTFOUND, peer_keep(w->s, &c, false, 1, 0, &p));
}

static void a_peer_is_read_back_as_it_was_put(void **state)
{
	struct world *w = *state;
	struct peer p = some_peer();

	assert_int_equal(0, peer_put(w->s, &p, &w->f));
	world_reopen(w);
	struct peer back = get(w);

	assert_string_equal(p.host, back.host);
	assert_string_equal(p.hub_name, back.hub_name);
	assert_true(key_equal(&p.hub, &back.hub));
	assert_true(back.port == p.port && back.division == p.division && back.role == p.role);
	assert_int_equal(0, back.cursor.epoch);
}

/* A directory with places and without a hub is taken for a hub's, and never starts again. */
static void an_enrolment_is_kept_with_its_places_or_not_at_all(void **state)
{
	struct world *w = *state;
	struct peer p = some_peer(), back;
	const struct place orphan = { UINT64_C(150722102200), BYTES_LIT("宝山村委会") };
	const struct place rows[] = { { UINT64_C(150000000000), BYTES_LIT("内蒙古自治区") },
				      { UINT64_C(150700000000), BYTES_LIT("呼伦贝尔市") } };
	struct place got;
	struct view v;

	assert_int_equal(BF_EINVAL,
			 peer_enrol(w->s, &p, BYTES_LIT("2023"), &orphan, 1, NULL, &w->f));
	assert_int_equal(FAULT_PLACE_PARENT, w->f.code);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_ENOTFOUND, peer_get(&v, &back));
	assert_int_equal(BF_ENOTFOUND, place_get(&v, orphan.code, &got));
	view_end(&v);
	assert_int_equal(0, peer_enrol(w->s, &p, BYTES_LIT("2023"), rows, 2, NULL, &w->f));
	world_reopen(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, peer_get(&v, &back));
	assert_int_equal(0, place_get(&v, rows[1].code, &got));
	view_end(&v);
}

static int keep(struct world *w, struct checkpoint c, bool rewound, int64_t now_ms)
{
	struct peer told = { 0 };
	int rc = peer_keep(w->s, &c, rewound, now_ms, now_ms * 7, &told);
	struct peer disk = get(w);

	/* Whoever kept it knows what is on the disk. */
	assert_memory_equal(&told.cursor, &disk.cursor, sizeof disk.cursor);
	assert_memory_equal(&told.seen, &disk.seen, sizeof disk.seen);
	assert_true(told.cursor_ms == disk.cursor_ms && told.clock_ms == disk.clock_ms);
	assert_true(told.rewound_ms == disk.rewound_ms);
	assert_string_equal(told.hub_name, disk.hub_name);
	return rc;
}

static void enrol(struct world *w)
{
	struct peer p = some_peer();

	assert_int_equal(0, peer_put(w->s, &p, &w->f));
}

static void what_was_said_again_is_heard_again(void **state)
{
	struct world *w = *state;

	enrol(w);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 5, 50), false, 1000));
	assert_int_equal(PEER_LATE, keep(w, at(1, 5, 50), false, 2000));
	assert_int_equal(2000, get(w).cursor_ms);
	assert_int_equal(PEER_LATE, keep(w, at(1, 4, 40), false, 3000)); /* a late answer is not */
	assert_int_equal(2000, get(w).cursor_ms);
}

static void a_late_answer_changes_the_clock_alone_and_says_so(void **state)
{
	struct world *w = *state;
	struct checkpoint other = at(1, 120, 12), last = at(1, 120, 12);

	enrol(w);
	other.order_hash.b[0] ^= 1;
	assert_int_equal(PEER_KEPT, keep(w, at(1, 100, 10), false, 1));
	assert_int_equal(PEER_LATE, keep(w, at(1, 90, 8), false, 2));
	assert_int_equal(PEER_KEPT, keep(w, last, false, 3));
	assert_int_equal(PEER_LATE, keep(w, at(1, 130, 11), false, 4));
	assert_int_equal(PEER_LATE,
			 keep(w, at(1, 119, 13), false, 5)); /* by seq alone it is news */
	assert_int_equal(PEER_LATE, keep(w, other, false, 6));
	assert_int_equal(PEER_LATE, keep(w, last, false, 7));
	struct peer p = get(w);

	assert_memory_equal(&last, &p.cursor, sizeof last);
	assert_memory_equal(&last, &p.seen, sizeof last);
	assert_int_equal(7, p.cursor_ms); /* the last word, said again */
	assert_int_equal(49, p.clock_ms); /* the clock is measured each time */
	assert_int_equal(0, p.rewound_ms);
}

static void a_hub_set_back_takes_the_cursor_along_and_leaves_the_evidence(void **state)
{
	struct world *w = *state;
	struct checkpoint seen = at(1, 100, 25);

	enrol(w);
	assert_int_equal(PEER_KEPT, keep(w, seen, false, 1));
	assert_int_equal(PEER_KEPT, keep(w, at(1, 50, 20), true, 2));
	assert_int_equal(20, get(w).cursor.seq);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 65, 40), true, 3));
	assert_int_equal(40, get(w).cursor.seq);
	assert_int_equal(65, get(w).cursor.order_length);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 400, 41), true, 4)); /* past what was seen */
	world_reopen(w);
	struct peer p = get(w);

	assert_int_equal(400, p.cursor.order_length);
	assert_memory_equal(&seen, &p.seen, sizeof seen);
	assert_int_equal(2, p.rewound_ms); /* when it was found out */
	assert_string_equal("hub.example", p.host);
}

static void a_session_from_before_the_hub_was_found_out_moves_nothing(void **state)
{
	struct world *w = *state;

	enrol(w);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 100, 25), false, 1));
	assert_int_equal(PEER_KEPT, keep(w, at(1, 50, 20), true, 2));
	assert_int_equal(PEER_LATE, keep(w, at(1, 110, 27), false, 3));
	assert_int_equal(20, get(w).cursor.seq);
	assert_int_equal(100, get(w).seen.order_length);
}

static void a_hub_found_out_at_the_time_zero_is_found_out(void **state)
{
	struct world *w = *state;

	enrol(w);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 100, 25), false, 0));
	assert_int_equal(PEER_KEPT,
			 keep(w, at(1, 50, 20), true, 0)); /* a clock that was never set */
	assert_true(get(w).rewound_ms != 0);
}

static void a_new_epoch_is_taken_as_it_is_and_clears_what_was_found(void **state)
{
	struct world *w = *state;
	struct checkpoint new = at(2, 5, 3);

	enrol(w);
	assert_int_equal(PEER_KEPT, keep(w, at(1, 100, 10), false, 1));
	assert_int_equal(PEER_KEPT, keep(w, at(1, 50, 8), true, 2));
	assert_int_equal(PEER_KEPT, keep(w, new, false, 3));
	struct peer p = get(w);

	assert_memory_equal(&new, &p.cursor, sizeof new);
	assert_memory_equal(&new, &p.seen, sizeof new);
	assert_int_equal(0, p.rewound_ms);
}

static void a_row_of_another_version_is_refused_as_such(void **state)
{
	struct world *w = *state;
	static const uint8_t rows[][2] = { { 1, 0 }, { 3, 0 } };

	enrol(w);
	for (size_t i = 0; i < 2; i++) {
		struct lmdb_txn t;
		struct peer p;
		struct view v;

		assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
		lmdb_put(&t, TREE_PEER, BYTES_LIT("hub"), bytes_of(rows[i], 2));
		assert_int_equal(0, lmdb_commit(&t));
		assert_int_equal(0, view_begin(w->s, &v));
		assert_int_equal(BF_EVERSION, peer_get(&v, &p));
		view_end(&v);
	}
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(before_enrolment_there_is_no_hub),
		test(a_peer_is_read_back_as_it_was_put),
		test(an_enrolment_is_kept_with_its_places_or_not_at_all),
		test(what_was_said_again_is_heard_again),
		test(a_late_answer_changes_the_clock_alone_and_says_so),
		test(a_hub_set_back_takes_the_cursor_along_and_leaves_the_evidence),
		test(a_session_from_before_the_hub_was_found_out_moves_nothing),
		test(a_hub_found_out_at_the_time_zero_is_found_out),
		test(a_new_epoch_is_taken_as_it_is_and_clears_what_was_found),
		test(a_row_of_another_version_is_refused_as_such),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
