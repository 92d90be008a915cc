/* SPDX-License-Identifier: Apache-2.0 */
/* slot.c -- each node's turn lies in the window, today or tomorrow, and nodes spread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/slot.h"

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };
/* 2026-11-23 00:00 in China. */
static const int64_t midnight = INT64_C(1795363200000);

static void a_turn_lies_in_the_window_and_ahead(void **state)
{
	(void)state;
	for (uint64_t origin = 0; origin < 5000; origin += 7) {
		for (int64_t now = midnight - DAY; now <= midnight + DAY; now += 3 * HOUR + 1234) {
			int64_t wait = slot_wait_ms(origin, 21, 23, now);
			assert_true(wait > 0 && wait <= DAY);
			int64_t at = (now + wait - midnight) % DAY;
			if (at < 0)
				at += DAY;
			assert_true(at >= 21 * HOUR && at < 23 * HOUR);
		}
	}
}

static void at_the_turn_itself_the_next_one_is_tomorrow(void **state)
{
	(void)state;
	int64_t wait = slot_wait_ms(77, 21, 23, midnight);
	assert_int_equal(slot_wait_ms(77, 21, 23, midnight + wait), DAY);
	assert_int_equal(slot_wait_ms(77, 21, 23, midnight + wait - 1), 1);
}

static void a_whole_day_is_a_window_too(void **state)
{
	(void)state;
	assert_int_equal(slot_wait_ms(86399, 0, 24, midnight), 86399 * 1000);
	assert_int_equal(slot_wait_ms(86400, 0, 24, midnight), DAY);
}

static void a_clock_before_1970_gives_a_turn(void **state)
{
	(void)state;
	int64_t wait = slot_wait_ms(5, 0, 1, -123456789);
	assert_true(wait > 0 && wait <= DAY);
}

static void ten_thousand_nodes_do_not_crowd_one_minute(void **state)
{
	unsigned minute[120] = { 0 };
	uint64_t origin = 1;
	(void)state;
	for (int i = 0; i < 12000; i++) {
		origin = origin * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
		int64_t at = slot_wait_ms(origin, 21, 23, midnight) - 21 * HOUR;
		assert_true(++minute[at / 60000] < 200); /* the mean is 100 */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_turn_lies_in_the_window_and_ahead),
		cmocka_unit_test(at_the_turn_itself_the_next_one_is_tomorrow),
		cmocka_unit_test(a_whole_day_is_a_window_too),
		cmocka_unit_test(a_clock_before_1970_gives_a_turn),
		cmocka_unit_test(ten_thousand_nodes_do_not_crowd_one_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
