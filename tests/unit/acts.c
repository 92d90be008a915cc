/* SPDX-License-Identifier: Apache-2.0 */
/* acts.c -- who did what: kept with what was done, or neither; numbered without a gap, for ever. */
#include "store_world.h"

static const struct hash token = { { 200 } }, second = { { 201 } };

struct told {
	struct act acts[64];
	size_t count, most;
};

static int keep(void *ctx, const struct act *act)
{
	struct told *t = ctx;

	assert_true(t->count < sizeof t->acts / sizeof *t->acts);
	t->acts[t->count++] = *act;
	return t->count == t->most;
}

static struct told told_before(struct world *w, uint64_t before, size_t most)
{
	struct told t = { .most = most };
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_done(&v, acts_walk(&v, before, keep, &t) < 0));
	return t;
}

static struct act by(const char *who, int64_t at)
{
	struct act a = { .at_ms = at };

	(void)snprintf(a.who, sizeof a.who, "%s", who);
	return a;
}

static void issue(struct world *w, const struct hash *t, int64_t at)
{
	struct act a = by("wang", at);

	assert_int_equal(0, roster_token_add(w->s, t, 150722100200, ROLE_VILLAGE, 1000, &a, &w->f));
}

static int enrol(struct world *w, const struct hash *t, bool keep_name, const char *name,
		 struct node_row *out)
{
	static const uint8_t seed[SEED_BYTES] = { 50 };
	struct key_pair key;
	struct act a = by("", 20);

	key_from_seed(&key, seed);
	return roster_enrol(
	    w->s, &(struct roster_asks){ t, &key.public, 0, bytes_str(name), keep_name, 20 }, out,
	    &a, &w->f);
}

static void each_act_has_who_when_and_whom_and_the_latest_comes_first(void **state)
{
	struct world *w = *state;
	struct node_row node;
	struct act a = by("li", 30);

	issue(w, &token, 10);
	assert_int_equal(0, enrol(w, &token, false, "s05", &node));
	assert_int_equal(0, roster_revoke(w->s, node.origin, &a, &w->f));
	assert_int_equal(0, roster_revoke(w->s, node.origin, &a, &w->f)); /* nothing was done */
	world_reopen(w);
	struct told t = told_before(w, 0, 0);

	assert_int_equal(3, t.count);
	assert_int_equal(ACT_REVOKED, t.acts[0].what);
	assert_string_equal("li", t.acts[0].who);
	assert_true(t.acts[0].at_ms == 30 && t.acts[0].origin == node.origin);
	assert_true(t.acts[0].number == 3 && t.acts[0].division == 150722100200);
	assert_int_equal(ACT_ENROLLED, t.acts[1].what);
	assert_string_equal("c8000000", t.acts[1].note); /* whose token it was */
	assert_int_equal(ACT_TOKEN_MADE, t.acts[2].what);
	assert_string_equal("wang", t.acts[2].who);
	assert_int_equal(1, told_before(w, 3, 1).count);
	assert_int_equal(2, (int)told_before(w, 3, 1).acts[0].number);
	assert_int_equal(0, told_before(w, 1, 0).count);
}

static void what_was_refused_is_no_act(void **state)
{
	struct world *w = *state;
	struct node_row node;
	struct act a = by("li", 30);

	assert_int_equal(BF_EACCES, enrol(w, &token, false, "s05", &node));
	assert_int_equal(BF_ENOTFOUND, roster_revoke(w->s, 4711, &a, &w->f));
	assert_int_equal(BF_EACCES, roster_token_cancel(w->s, &token, &a, &w->f));
	assert_int_equal(0, a.number);
	assert_int_equal(0, told_before(w, 0, 0).count);
	assert_int_equal(0, roster_revoke(w->s,
					  (issue(w, &token, 1),
					   enrol(w, &token, false, "s05", &node), node.origin),
					  NULL, &w->f)); /* nobody is behind it */
	assert_int_equal(2, told_before(w, 0, 0).count);
}

static void an_active_node_takes_a_new_token_of_its_place_and_stays_what_it_is(void **state)
{
	struct world *w = *state;
	struct node_row first, again;
	struct hash elsewhere = { { 202 } };

	issue(w, &token, 1);
	issue(w, &second, 2);
	assert_int_equal(0, enrol(w, &token, false, "s05", &first));
	assert_int_equal(
	    0, roster_token_add(w->s, &elsewhere, 150722102200, ROLE_VILLAGE, 1000, NULL, &w->f));
	assert_int_equal(BF_EEXIST, enrol(w, &elsewhere, true, "vm", &again));
	assert_int_equal(FAULT_NODE_EXISTS, w->f.code);
	assert_int_equal(0, enrol(w, &second, true, "vm", &again));
	assert_true(again.origin == first.origin && again.division == first.division);
	assert_string_equal("s05", again.name);
	assert_int_equal(ACT_REPOINTED, told_before(w, 0, 1).acts[0].what);
	assert_int_equal(0, enrol(w, &second, true, "vm", &again)); /* its answer was lost */
	assert_int_equal(4, told_before(w, 0, 0).count);
}

static void a_chosen_name_is_taken_by_who_comes_again(void **state)
{
	struct world *w = *state;
	struct node_row node;

	issue(w, &token, 1);
	issue(w, &second, 2);
	assert_int_equal(0, enrol(w, &token, true, "vm", &node));
	assert_string_equal("vm", node.name); /* there was none to keep */
	assert_int_equal(0, enrol(w, &second, false, "s05", &node));
	assert_string_equal("s05", node.name);
}

static void a_cancelled_token_admits_nobody_and_a_spent_one_is_not_cancelled(void **state)
{
	struct world *w = *state;
	struct node_row node;
	struct act a = by("li", 30);

	issue(w, &token, 1);
	assert_int_equal(0, roster_token_cancel(w->s, &token, &a, &w->f));
	assert_int_equal(2, a.number);
	assert_int_equal(0, roster_token_cancel(w->s, &token, &a, &w->f)); /* it is */
	assert_int_equal(2, told_before(w, 0, 0).count);
	world_reopen(w);
	assert_int_equal(BF_EACCES, enrol(w, &token, false, "s05", &node));
	assert_int_equal(FAULT_TOKEN_CANCELLED, w->f.code);
	issue(w, &second, 2);
	assert_int_equal(0, enrol(w, &second, false, "s05", &node));
	assert_int_equal(BF_EINVAL, roster_token_cancel(w->s, &second, &a, &w->f));
	assert_int_equal(FAULT_CANCEL_SPENT, w->f.code);
}

static void the_longest_texts_are_kept_whole(void **state)
{
	struct world *w = *state;
	struct act a = { .what = ACT_BACKUP, .at_ms = INT64_MAX, .count = UINT64_MAX };

	memset(a.who, 'w', 64);
	memset(a.note, 'n', 160);
	assert_int_equal(0, acts_keep(w->s, &a, &w->f));
	struct told t = told_before(w, 0, 0);

	assert_int_equal(1, t.count);
	assert_memory_equal(&a, &t.acts[0], sizeof a);
}

static void one_of_a_newer_program_is_shown_as_far_as_it_is_understood(void **state)
{
	struct world *w = *state;
	struct lmdb_txn t;
	uint8_t key[11] = { 'a', 'c', 't', 0, 0, 0, 0, 0, 0, 0, 1 };
	uint8_t row[33 + 3 + 1 + 5] = { 200 };

	row[33] = 2;
	memcpy(row + 34, "li", 2);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, TREE_META, bytes_of(key, sizeof key), bytes_of(row, sizeof row));
	assert_int_equal(0, lmdb_commit(&t));
	struct told told = told_before(w, 0, 0);

	assert_int_equal(1, told.count);
	assert_int_equal(ACT_COUNT, told.acts[0].what);
	assert_string_equal("?", act_name(told.acts[0].what));
	assert_string_equal("li", told.acts[0].who);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_act_has_who_when_and_whom_and_the_latest_comes_first),
		test(what_was_refused_is_no_act),
		test(an_active_node_takes_a_new_token_of_its_place_and_stays_what_it_is),
		test(a_chosen_name_is_taken_by_who_comes_again),
		test(a_cancelled_token_admits_nobody_and_a_spent_one_is_not_cancelled),
		test(the_longest_texts_are_kept_whole),
		test(one_of_a_newer_program_is_shown_as_far_as_it_is_understood),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
