/* peer.c -- P1: the cursor never moves back within one epoch. */
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
	assert_int_equal(BF_ENOTFOUND, peer_keep(w->s, &c, 1, 0));
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

static void a_late_answer_never_moves_the_cursor_back(void **state)
{
	struct world *w = *state;
	struct peer p = some_peer();
	struct checkpoint c[] = { at(1, 100, 10), at(1, 90, 8), at(1, 120, 12), at(1, 130, 11),
				  at(1, 119, 13) };

	assert_int_equal(0, peer_put(w->s, &p, &w->f));
	for (size_t i = 0; i < sizeof c / sizeof *c; i++)
		assert_int_equal(0, peer_keep(w->s, &c[i], (int64_t)i, (int64_t)i * 7));
	p = get(w);
	assert_int_equal(12, p.cursor.seq);
	assert_int_equal(120, p.cursor.order_length);
	assert_int_equal(2, p.cursor_ms);
	assert_int_equal(28, p.clock_ms); /* the clock is measured each time */
	assert_memory_equal(&c[2], &p.cursor, sizeof c[2]);
}

static void a_restored_hub_has_a_new_epoch_and_may_begin_lower(void **state)
{
	struct world *w = *state;
	struct peer p = some_peer();
	struct checkpoint old = at(1, 100, 10), new = at(2, 5, 3);

	assert_int_equal(0, peer_put(w->s, &p, &w->f));
	assert_int_equal(0, peer_keep(w->s, &old, 1, 0));
	assert_int_equal(0, peer_keep(w->s, &new, 2, 0));
	assert_int_equal(3, get(w).cursor.seq);
	assert_int_equal(2, get(w).cursor.epoch);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(before_enrolment_there_is_no_hub),
		test(a_peer_is_read_back_as_it_was_put),
		test(a_late_answer_never_moves_the_cursor_back),
		test(a_restored_hub_has_a_new_epoch_and_may_begin_lower),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
