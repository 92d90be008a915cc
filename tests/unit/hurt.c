/* SPDX-License-Identifier: Apache-2.0 */
/* hurt.c -- one row that is none stops neither its log nor anybody else's, and verify names it.
 *
 * Rows are what an earlier fault or a hand has left; a page that cannot be read is another matter
 * (tests/faults/pages.c). */
#include "store_world.h"

#include "storage/lmdb.h"
#include "storage/malformed.h"
#include "storage/refold.h"
#include "storage/roster.h"

/* A visit in the village; `wrong`: its village is a word. */
static void say_visit(struct world *w, int i, bool wrong)
{
	struct buf b = { 0 };

	mp_put_map(&b, 3);
	mp_put_uint(&b, 1);
	wrong ? mp_put_cstr(&b, "here") : mp_put_uint(&b, UINT64_C(150722100200));
	body_uint(&b, 2, WORLD_DAY);
	body_uint(&b, 7, 1);
	world_say(w, i, KIND_VISIT, buf_bytes(&b));
	buf_fini(&b);
}

static void say_void(struct world *w, int i, uint64_t seq)
{
	struct buf b = { 0 };

	body_of_void(&b, (struct ref){ w->nodes[i].origin, seq });
	world_say(w, i, KIND_VOID, buf_bytes(&b));
	buf_fini(&b);
}

/* What node i has said, to the hub and into its trees. */
static void send(struct world *w, int i)
{
	struct node *n = &w->nodes[i];
	struct run run = world_run(w, i, n->sent + 1, n->head.seq);
	struct accepted a;

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	n->sent = n->head.seq;
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
}

static uint32_t no_of(struct world *w, int i)
{
	struct origin *o;

	assert_int_equal(0, origins_get(w->s, w->nodes[i].origin, &o));
	return o->row.no;
}

static void spoil(struct world *w, enum tree tree, struct bytes key, struct bytes value)
{
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, tree, key, value);
	assert_int_equal(0, lmdb_commit(&t));
}

static void lose_entry(struct world *w, int i, uint64_t seq)
{
	uint8_t key[KEY_LOG_BYTES];

	key_log(key, (struct spot){ no_of(w, i), seq });
	spoil(w, TREE_LOG, bytes_of(key, sizeof key), (struct bytes){ 0 });
}

static void lose_head(struct world *w, int i)
{
	uint8_t no[4];

	be32_put(no, no_of(w, i));
	spoil(w, TREE_HEAD, bytes_of(no, sizeof no), BYTES_LIT("short"));
}

static uint64_t findings(struct world *w)
{
	static struct check_report r;

	assert_int_equal(0, check_run(w->s, &r, NULL, NULL));
	return r.findings;
}

/* As after a cut: voids are looked at before anything is served. */
static void reopen_unclean(struct world *w)
{
	w->s->clean = false;
	world_reopen(w);
}

static void a_void_of_an_entry_that_was_lost_takes_nothing_out(void **state)
{
	struct world *w = *state;

	say_visit(w, 0, false);
	send(w, 0);
	lose_entry(w, 0, 1);
	uint64_t before = findings(w);

	assert_true(before > 0);
	say_void(w, 0, 1);
	send(w, 0); /* what is told as stored is applied */
	say_visit(w, 1, false);
	send(w, 1);
	reopen_unclean(w);
	assert_int_equal(world_held(w, w->nodes[0].origin), 2);
	assert_int_equal(world_held(w, w->nodes[1].origin), 1);
	assert_true(findings(w) > 0);
}

static void a_void_that_was_lost_itself_keeps_no_store_shut(void **state)
{
	struct world *w = *state;

	say_visit(w, 0, false);
	say_void(w, 0, 1);
	send(w, 0);
	lose_entry(w, 0, 2);
	reopen_unclean(w);
	assert_true(findings(w) > 0);
}

static int count_nodes(void *ctx, const struct node_row *row)
{
	uint64_t *unknown = ctx;

	*unknown += row->seq == NODE_SEQ_UNKNOWN;
	return 0;
}

static void a_log_whose_head_is_none_is_the_only_one_that_is_not_served(void **state)
{
	struct world *w = *state;
	uint64_t unknown = 0;
	struct accepted a;
	struct view v;

	say_visit(w, 0, false);
	send(w, 0);
	say_visit(w, 1, false);
	send(w, 1);
	lose_head(w, 0);
	reopen_unclean(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_done(&v, roster_walk(&v, count_nodes, &unknown)));
	assert_int_equal(unknown, 1);
	assert_int_equal(BF_EDAMAGED, store_held(w->s, w->nodes[0].origin, &a));
	say_visit(w, 1, false);
	send(w, 1);
	assert_true(findings(w) > 0);
}

static void a_count_of_malformed_entries_that_is_none_stops_no_entry(void **state)
{
	struct world *w = *state;
	uint8_t key[KEY_MALFORMED_BYTES];

	say_visit(w, 0, true);
	send(w, 0);
	assert_int_equal(findings(w), 0);
	key_malformed(key, no_of(w, 0));
	spoil(w, TREE_META, bytes_of(key, sizeof key), BYTES_LIT("short row!"));
	assert_true(findings(w) > 0);
	say_visit(w, 0, true);
	send(w, 0);
	reopen_unclean(w);
	say_visit(w, 0, false);
	send(w, 0);
	assert_int_equal(world_held(w, w->nodes[0].origin), 3);
	assert_true(findings(w) > 0);
}

static void a_sum_of_malformed_entries_that_is_none_is_found(void **state)
{
	struct world *w = *state;
	uint8_t far[24];
	uint64_t entries, logs;
	struct view v;

	say_visit(w, 0, true);
	send(w, 0);
	spoil(w, TREE_META, META_MALFORMED, BYTES_LIT("short row!"));
	assert_true(findings(w) > 0);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_EDAMAGED, malformed_all(&v, &entries, &logs));
	view_end(&v);
	say_visit(w, 0, true);
	send(w, 0);
	reopen_unclean(w);
	assert_true(findings(w) > 0);
	be64_put(far, 99); /* counted up to where there is nothing */
	be64_put(far + 8, 2);
	be64_put(far + 16, 1);
	spoil(w, TREE_META, META_MALFORMED, bytes_of(far, sizeof far));
	assert_true(findings(w) > 0);
}

static void a_check_in_parts_counts_malformed_entries_once(void **state)
{
	struct world *w = *state;
	static struct check_report r;

	for (int n = 0; n < 5; n++)
		say_visit(w, 0, true);
	send(w, 0);
	for (int n = 0; n < 20; n++)
		world_send(w, 1, 20);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	for (size_t rows = 4096; rows >= 16; rows /= 4) {
		assert_int_equal(0, check_bounded(w->s, &r, rows, NULL, NULL));
		assert_int_equal(r.malformed, 5);
		assert_int_equal(r.findings, 0);
	}
}

/* A signal handler asks by address whether a fault is the store's. */
static void what_lies_in_the_mapped_file_is_known_by_its_address(void **state)
{
	struct world *w = *state;
	struct lmdb *l = NULL;
	struct lmdb_txn t;
	struct bytes value;

	world_close(w);
	assert_int_equal(lmdb_open(&l, w->dir, 1 << 30, false), 0);
	assert_int_equal(lmdb_begin(l, false, &t), 0);
	assert_int_equal(lmdb_get(&t, TREE_META, META_FORMAT, &value), 0);
	assert_true(lmdb_met(value.p));
	assert_true(lmdb_met(value.p + (1 << 29)));
	assert_false(lmdb_met(value.p + (1 << 30)));
	assert_false(lmdb_met(w));
	lmdb_abort(&t);
	lmdb_close(l);
	assert_false(lmdb_met(value.p));
	world_open(w);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(a_void_of_an_entry_that_was_lost_takes_nothing_out),
		T(a_void_that_was_lost_itself_keeps_no_store_shut),
		T(a_log_whose_head_is_none_is_the_only_one_that_is_not_served),
		T(a_count_of_malformed_entries_that_is_none_stops_no_entry),
		T(a_sum_of_malformed_entries_that_is_none_is_found),
		T(a_check_in_parts_counts_malformed_entries_once),
		T(what_lies_in_the_mapped_file_is_known_by_its_address),
	};
#undef T
	return cmocka_run_group_tests(tests, NULL, NULL);
}
