/* SPDX-License-Identifier: Apache-2.0 */
/* roster_news.c -- what the roster remembers of how a node fared, and rows of programs that did
 * not.
 */
#include "store_world.h"

static struct node_row row_of(struct world *w, unsigned node)
{
	struct node_row row;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, roster_find(&v, w->nodes[node].origin, &row));
	view_end(&v);
	return row;
}

static void comes(struct world *w, unsigned node, int64_t now_ms, enum fault_code fault)
{
	struct roster_visit v = { .origin = w->nodes[node].origin,
				  .now_ms = now_ms,
				  .clock_ms = now_ms + 1,
				  .fault = fault,
				  .greeted = true,
				  .head = (uint64_t)now_ms * 10,
				  .program = "0.1.0" };

	assert_int_equal(0, roster_seen(w->s, &v, 1));
}

static void a_failed_session_is_kept_beside_the_last_good_one(void **state)
{
	struct world *w = *state;
	struct node_row row = row_of(w, 0);

	assert_true(row.tried_ms == 0 && row.head == NODE_SEQ_UNKNOWN && row.split == NODE_WHOLE);
	assert_string_equal(row.program, "");
	comes(w, 0, 100, FAULT_NONE);
	comes(w, 0, 200, FAULT_OWN_LOG);
	world_reopen(w);
	row = row_of(w, 0);
	assert_true(row.last_ms == 100 && row.tried_ms == 200 && row.sessions == 1);
	assert_string_equal(row.fault, "own_log");
	assert_string_equal(row.program, "0.1.0");
	assert_true(row.head == 2000 && row.clock_ms == 201);
	/* Cut before it had greeted: what it said the last time stands. */
	const struct roster_visit cut = { .origin = w->nodes[0].origin,
					  .now_ms = 300,
					  .fault = FAULT_LINK_CUT };
	assert_int_equal(0, roster_seen(w->s, &cut, 1));
	row = row_of(w, 0);
	assert_true(row.tried_ms == 300 && row.head == 2000 && row.clock_ms == 201);
	assert_string_equal(row.fault, "link_cut");
	comes(w, 0, 400, FAULT_NONE);
	row = row_of(w, 0);
	assert_true(row.last_ms == 400 && row.sessions == 2);
	assert_string_equal(row.fault, "");
}

static void a_split_stands_through_good_sessions_until_it_is_cleared(void **state)
{
	struct world *w = *state;
	struct node_row row;

	comes(w, 1, 100, FAULT_ROLLED_BACK);
	comes(w, 1, 200, FAULT_NONE); /* the other copy */
	row = row_of(w, 1);
	assert_int_equal(row.split, NODE_ROLLED_BACK);
	assert_true(row.split_ms == 100 && row.splits == 1 && row.last_ms == 200);
	comes(w, 1, 300, FAULT_FORK);
	comes(w, 1, 400, FAULT_ROLLED_BACK);
	world_reopen(w);
	row = row_of(w, 1);
	assert_int_equal(row.split, NODE_FORKED); /* the worse of the two */
	assert_true(row.split_ms == 100 && row.splits == 3);
	assert_int_equal(0, roster_clear(w->s, w->nodes[1].origin, NULL, &w->f));
	row = row_of(w, 1);
	assert_true(row.split == NODE_WHOLE && row.split_ms == 0 && row.splits == 0);
	assert_string_equal(row.fault, "");
	assert_true(row.last_ms == 200 && row.state == NODE_ACTIVE);
	comes(w, 1, 500, FAULT_FORK); /* and is back when it is met again */
	row = row_of(w, 1);
	assert_true(row.split == NODE_FORKED && row.split_ms == 500);
	assert_int_equal(BF_ENOTFOUND, roster_clear(w->s, 4711, NULL, &w->f));
	assert_int_equal(FAULT_NODE_UNKNOWN, w->f.code);
}

/* ---- rows of other programs ---- */

enum { FIXED = 84 }; /* storage/README.md section 3: what stands before the name */

static void put_raw(struct world *w, unsigned node, struct bytes row)
{
	struct lmdb_txn t;
	uint8_t id[8];

	be64_put(id, w->nodes[node].origin);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, TREE_NODE, bytes_of(id, sizeof id), row);
	assert_int_equal(0, lmdb_commit(&t));
}

static size_t get_raw(struct world *w, unsigned node, uint8_t *out, size_t cap)
{
	struct lmdb_txn t;
	struct bytes row;
	uint8_t id[8];

	be64_put(id, w->nodes[node].origin);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	assert_int_equal(0, lmdb_get(&t, TREE_NODE, bytes_of(id, sizeof id), &row));
	assert_true(row.len <= cap);
	memcpy(out, row.p, row.len);
	lmdb_abort(&t);
	return row.len;
}

static void a_row_that_ends_with_the_name_is_read_and_what_it_lacks_is_unknown(void **state)
{
	struct world *w = *state;
	uint8_t raw[512];
	struct node_row row, was;

	comes(w, 2, 77, FAULT_NONE);
	was = row_of(w, 2);
	(void)get_raw(w, 2, raw, sizeof raw);
	put_raw(w, 2, bytes_of(raw, FIXED + strlen(was.name))); /* as programs before wrote it */
	world_reopen(w);
	row = row_of(w, 2);
	assert_string_equal(row.name, was.name);
	assert_true(row.last_ms == 77 && row.division == was.division && row.clock_ms == 78);
	assert_true(row.tried_ms == 0 && row.head == NODE_SEQ_UNKNOWN && row.split == NODE_WHOLE);
	assert_string_equal(row.program, "");
	assert_string_equal(row.fault, "");
	comes(w, 2, 80, FAULT_FORK); /* it grows when it is written next */
	row = row_of(w, 2);
	assert_true(row.split == NODE_FORKED && row.last_ms == 77);
	assert_string_equal(row.name, was.name);
	put_raw(w, 2, bytes_of(raw, FIXED)); /* nameless */
	assert_string_equal(row_of(w, 2).name, "");
}

static void what_a_newer_program_adds_at_the_end_is_passed_over(void **state)
{
	struct world *w = *state;
	uint8_t raw[512];

	comes(w, 3, 77, FAULT_LINK_SLOW);
	size_t len = get_raw(w, 3, raw, sizeof raw - 9);

	memset(raw + len, 0xee, 9);
	put_raw(w, 3, bytes_of(raw, len + 9));
	assert_string_equal(row_of(w, 3).fault, "link_slow");
}

static void a_row_that_is_cut_anywhere_behind_the_name_is_damaged(void **state)
{
	struct world *w = *state;
	uint8_t raw[512];
	struct node_row row;
	struct view v;

	comes(w, 3, 77, FAULT_LINK_SLOW);
	size_t len = get_raw(w, 3, raw, sizeof raw), name = strlen(row_of(w, 3).name);

	for (size_t cut = FIXED + name + 1; cut < len; cut++) {
		put_raw(w, 3, bytes_of(raw, cut));
		assert_int_equal(0, view_begin(w->s, &v));
		assert_int_equal(BF_EDAMAGED, roster_find(&v, w->nodes[3].origin, &row));
		view_end(&v);
	}
	raw[len - 1 - strlen("link_slow")] = 65; /* one more than a name of a fault has */
	put_raw(w, 3, bytes_of(raw, len));
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_EDAMAGED, roster_find(&v, w->nodes[3].origin, &row));
	view_end(&v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_failed_session_is_kept_beside_the_last_good_one),
		test(a_split_stands_through_good_sessions_until_it_is_cleared),
		test(a_row_that_ends_with_the_name_is_read_and_what_it_lacks_is_unknown),
		test(what_a_newer_program_adds_at_the_end_is_passed_over),
		test(a_row_that_is_cut_anywhere_behind_the_name_is_damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
