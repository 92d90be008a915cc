/* SPDX-License-Identifier: Apache-2.0 */
/* moved.c -- money that no view shows yet: as much as was saved since, or known to be unknown. */
#include "daemon/moved.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint64_t a = 150722102200, b = 150722102201;

static void a_balance_has_what_was_saved_behind_the_view(void **state)
{
	const struct movement in = { 0, a, 100 }, across = { a, b, 30 }, none = { 0, 0, 0 };
	struct moved m = { .forgotten = 0 };
	int64_t fen;

	(void)state;
	assert_true(moved_since(&m, 0, a, &fen));
	assert_int_equal(0, fen);
	moved_add(&m, 5, &in);
	moved_add(&m, 6, &none);
	moved_add(&m, 7, &across);
	assert_true(moved_since(&m, 4, a, &fen));
	assert_int_equal(70, fen);
	assert_true(moved_since(&m, 4, b, &fen));
	assert_int_equal(30, fen);
	assert_true(moved_since(&m, 5, a, &fen));
	assert_int_equal(-30, fen);
	assert_true(moved_since(&m, 7, a, &fen));
	assert_int_equal(0, fen);
	moved_fini(&m);
}

static void after_a_void_only_the_store_knows(void **state)
{
	struct moved m = { .forgotten = 0 };
	int64_t fen;

	(void)state;
	moved_forget(&m, 9);
	moved_forget(&m, 8);
	assert_false(moved_since(&m, 8, a, &fen));
	assert_true(moved_since(&m, 9, a, &fen));
	moved_fini(&m);
}

static void at_the_bound_the_next_is_forgotten_and_said_to_be(void **state)
{
	const struct movement in = { 0, a, 1 };
	struct moved m = { .forgotten = 0 };
	int64_t fen;

	(void)state;
	for (uint64_t seq = 1; seq <= 8192; seq++)
		moved_add(&m, seq, &in);
	assert_true(moved_since(&m, 0, a, &fen));
	assert_int_equal(8192, fen);
	moved_add(&m, 8193, &in);
	assert_false(moved_since(&m, 0, a, &fen));
	assert_true(moved_since(&m, 8193, a, &fen));
	assert_int_equal(0, fen);
	moved_add(&m, 8194, &in); /* and goes on */
	assert_true(moved_since(&m, 8193, a, &fen));
	assert_int_equal(1, fen);
	moved_fini(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_balance_has_what_was_saved_behind_the_view),
		cmocka_unit_test(after_a_void_only_the_store_knows),
		cmocka_unit_test(at_the_bound_the_next_is_forgotten_and_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
