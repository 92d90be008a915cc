/* SPDX-License-Identifier: Apache-2.0 */
/* roster.c -- a token works once, for one key; the same answer again when it was lost. */
#include "store_world.h"

static const struct hash token = { { 200 } };

static struct key_pair key_of(uint8_t what)
{
	uint8_t seed[SEED_BYTES];
	struct key_pair key;

	memset(seed, what, sizeof seed);
	key_from_seed(&key, seed);
	return key;
}

static int enrol(struct world *w, const struct hash *t, uint8_t key, int64_t now,
		 struct node_row *out)
{
	struct key_pair pair = key_of(key);

	w->f.code = FAULT_NONE;
	return roster_enrol(
	    w->s,
	    &(struct roster_asks){ t, &pair.public, 0, BYTES_LIT("村委会的电脑"), false, now }, out,
	    NULL, &w->f);
}

static void issue(struct world *w, const struct hash *t)
{
	assert_int_equal(0, roster_token_add(w->s, t, 150722100200, ROLE_TEAM, 1000, NULL, &w->f));
}

static void a_token_admits_one_key_and_repeats_its_answer(void **state)
{
	struct world *w = *state;
	struct node_row first, again;

	issue(w, &token);
	assert_int_equal(0, enrol(w, &token, 50, 10, &first));
	assert_true(first.division == 150722100200 && first.role == ROLE_TEAM);
	assert_int_equal(NODE_ACTIVE, first.state);
	assert_int_equal(0, enrol(w, &token, 50, 5000, &again)); /* even after it expired */
	assert_true(first.origin == again.origin && again.enrolled_ms == 10);
	assert_int_equal(BF_EACCES, enrol(w, &token, 51, 11, &again));
	assert_int_equal(FAULT_TOKEN_USED, w->f.code);
	struct accepted a;

	assert_int_equal(0, store_held(w->s, first.origin, &a));
	assert_int_equal(0, a.head.seq);
}

static void tokens_that_are_unknown_or_late_are_refused(void **state)
{
	struct world *w = *state;
	struct node_row row;
	struct hash other = { { 201 } };

	assert_int_equal(BF_EACCES, enrol(w, &token, 50, 10, &row));
	assert_int_equal(FAULT_TOKEN_UNKNOWN, w->f.code);
	issue(w, &token);
	assert_int_equal(
	    BF_EEXIST, roster_token_add(w->s, &token, 150722100200, ROLE_TEAM, 1000, NULL, &w->f));
	assert_int_equal(BF_EACCES, enrol(w, &token, 50, 1000, &row));
	assert_int_equal(FAULT_TOKEN_EXPIRED, w->f.code);
	assert_int_equal(0, enrol(w, &token, 50, 999, &row));
	assert_int_equal(
	    0, roster_token_add(w->s, &other, 150722100201, ROLE_TEAM, 1000, NULL, &w->f));
	assert_int_equal(BF_EEXIST, enrol(w, &other, 50, 10, &row));
	assert_int_equal(FAULT_NODE_EXISTS, w->f.code);
	assert_int_equal(0, enrol(w, &other, 51, 10, &row)); /* a refusal spends nothing */
}

static void a_revoked_node_comes_back_with_a_new_token_and_not_with_its_old_one(void **state)
{
	struct world *w = *state;
	struct node_row first, again;
	struct hash fresh = { { 203 } }, late = { { 204 } };
	struct view v;

	issue(w, &token);
	assert_int_equal(0, enrol(w, &token, 50, 10, &first));
	assert_int_equal(0, roster_seen(w->s,
					&(struct roster_visit){
					    .origin = first.origin, .now_ms = 20, .clock_ms = 0 },
					1));
	assert_int_equal(0, roster_revoke(w->s, first.origin, NULL, &w->f));
	assert_int_equal(BF_EACCES, enrol(w, &token, 50, 30, &again));
	assert_int_equal(FAULT_NODE_REVOKED, w->f.code);
	assert_int_equal(BF_EACCES, enrol(w, &token, 51, 30, &again)); /* another's: as ever */
	assert_int_equal(FAULT_TOKEN_USED, w->f.code);
	assert_int_equal(
	    0, roster_token_add(w->s, &late, 150722102200, ROLE_VILLAGE, 25, NULL, &w->f));
	assert_int_equal(BF_EACCES, enrol(w, &late, 50, 30, &again));
	assert_int_equal(FAULT_TOKEN_EXPIRED, w->f.code);

	assert_int_equal(
	    0, roster_token_add(w->s, &fresh, 150722102200, ROLE_VILLAGE, 1000, NULL, &w->f));
	assert_int_equal(0, enrol(w, &fresh, 50, 40, &again));
	assert_true(again.origin == first.origin && again.state == NODE_ACTIVE);
	assert_true(again.division == 150722102200 && again.role == ROLE_VILLAGE);
	assert_true(again.enrolled_ms == 40 && again.last_ms == 20 && again.sessions == 1);
	world_reopen(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, roster_get(&v, &first.key, &again));
	view_end(&v);
	assert_true(again.state == NODE_ACTIVE && again.division == 150722102200);
	assert_int_equal(0, enrol(w, &fresh, 50, 41, &again)); /* its answer was lost */
	assert_int_equal(0, roster_revoke(w->s, first.origin, NULL, &w->f));
	assert_int_equal(BF_EACCES, enrol(w, &fresh, 50, 42, &again));
	assert_int_equal(FAULT_NODE_REVOKED, w->f.code);
}

static void our_own_log_is_not_anothers(void **state)
{
	struct world *w = *state;
	struct hash t = { { 202 } };
	struct lmdb_txn txn;
	struct origin_row row;
	struct key_pair mine = key_of(60), other = key_of(61);

	/* Two keys with one 64-bit number: made by hand, since chance will not. */
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &txn));
	assert_int_equal(0,
			 origins_add(&txn, chain_origin(&mine.public, 0), &other.public, 0, &row));
	assert_int_equal(0, lmdb_commit(&txn));
	issue(w, &t);
	struct node_row node;

	assert_int_equal(BF_EEXIST, enrol(w, &t, 60, 10, &node));
	assert_int_equal(FAULT_ORIGIN_TAKEN, w->f.code);
}

static int count_nodes(void *ctx, const struct node_row *row)
{
	assert_true(strlen(row->name) > 0);
	++*(int *)ctx;
	return 0;
}

static void revoked_and_seen_are_kept(void **state)
{
	struct world *w = *state;
	const struct roster_visit first = { .origin = w->nodes[0].origin,
					    .now_ms = 77,
					    .clock_ms = -5000 };
	const struct roster_visit more[] = {
		{ .origin = 4711, .now_ms = 78 },
		{ .origin = w->nodes[0].origin, .now_ms = 78, .clock_ms = 5000 }
	};
	struct node_row row;
	struct view v;
	int count = 0;

	world_send(w, 0, 7);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, roster_seen(w->s, &first, 1));
	assert_int_equal(0, roster_seen(w->s, more, 2)); /* 4711 is nobody: passed over */
	assert_int_equal(0, roster_revoke(w->s, w->nodes[1].origin, NULL, &w->f));
	assert_int_equal(BF_ENOTFOUND, roster_revoke(w->s, 4711, NULL, &w->f));
	assert_int_equal(FAULT_NODE_UNKNOWN, w->f.code);
	world_reopen(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, roster_get(&v, &w->nodes[0].key.public, &row));
	assert_true(row.last_ms == 78 && row.clock_ms == 5000 && row.sessions == 2 && row.seq == 7);
	assert_int_equal(0, roster_get(&v, &w->nodes[1].key.public, &row));
	assert_int_equal(NODE_REVOKED, row.state);
	assert_int_equal(BF_ENOTFOUND, roster_get(&v, &w->own.public, &row));
	assert_int_equal(0, roster_walk(&v, count_nodes, &count));
	assert_int_equal(WORLD_NODES, count);
	view_end(&v);
}

static void a_name_of_the_longest_kind_is_kept_whole(void **state)
{
	struct world *w = *state;
	struct key_pair key = key_of(70);
	char name[NAME_BYTES_MAX + 1];
	struct node_row row;

	memset(name, 'x', sizeof name);
	issue(w, &token);
	assert_int_equal(BF_EINVAL, roster_enrol(w->s,
						 &(struct roster_asks){
						     &token, &key.public, 0,
						     bytes_of(name, NAME_BYTES_MAX + 1), false, 1 },
						 &row, NULL, &w->f));
	assert_int_equal(
	    0, roster_enrol(w->s,
			    &(struct roster_asks){ &token, &key.public, 0,
						   bytes_of(name, NAME_BYTES_MAX), false, 1 },
			    &row, NULL, &w->f));
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, roster_get(&v, &key.public, &row));
	assert_int_equal(NAME_BYTES_MAX, strlen(row.name));
	view_end(&v);
}

/* Rows of nodes that never were, written as a hub of years would have them, until there are
 * `count`. */
static void fill_roster(struct world *w, uint64_t count)
{
	static const uint8_t row[84]; /* README.md section 3: a node without a name */
	struct lmdb_txn t;
	uint8_t id[8];

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	for (uint64_t i = 1; lmdb_rows(&t, TREE_NODE) < count; i++) {
		be64_put(id, i);
		lmdb_put(&t, TREE_NODE, bytes_of(id, sizeof id), bytes_of(row, sizeof row));
	}
	assert_int_equal(0, lmdb_commit(&t));
}

static void the_hundred_thousandth_node_is_admitted_and_no_other(void **state)
{
	struct world *w = *state;
	struct hash other = { { 203 } };
	struct node_row row;

	fill_roster(w, 99999);
	issue(w, &token);
	issue(w, &other);
	assert_int_equal(0, enrol(w, &token, 50, 10, &row));
	assert_int_equal(BF_EBOUND, enrol(w, &other, 51, 10, &row));
	assert_int_equal(FAULT_ROSTER_FULL, w->f.code);
	assert_non_null(strstr(w->f.en, "100000"));
	assert_int_equal(0, enrol(w, &token, 50, 10, &row)); /* who is in stays in */
	assert_int_equal(0, roster_revoke(w->s, row.origin, NULL, &w->f));
	assert_int_equal(BF_EBOUND, enrol(w, &other, 51, 10, &row)); /* a refusal spends nothing */
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_token_admits_one_key_and_repeats_its_answer),
		test(tokens_that_are_unknown_or_late_are_refused),
		test(a_revoked_node_comes_back_with_a_new_token_and_not_with_its_old_one),
		test(our_own_log_is_not_anothers),
		test(revoked_and_seen_are_kept),
		test(a_name_of_the_longest_kind_is_kept_whole),
		test(the_hundred_thousandth_node_is_admitted_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
