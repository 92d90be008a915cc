/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c -- what day it is when the clock is wrong, dead, or was wrong once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/clock.h"

#define DAY INT64_C(86400000)
#define NOW (INT64_C(20780) * DAY) /* the true time, in 2026 */

/* A program made a month ago; the hub was heard three days ago, before a restart. */
static struct clock_facts known(int64_t wall_ms, int64_t off_ms)
{
	return (struct clock_facts){ .wall_ms = wall_ms,
				     .build_ms = NOW - 30 * DAY,
				     .stamp_ms = NOW - DAY,
				     .measured = true,
				     .off_ms = off_ms,
				     .heard_ms = NOW - 3 * DAY,
				     .since_ms = -1 };
}

/* Nothing was ever heard. */
static struct clock_facts alone(int64_t wall_ms)
{
	struct clock_facts f = known(wall_ms, 0);

	f.measured = false;
	f.off_ms = f.heard_ms = 0;
	return f;
}

static void a_right_clock_is_believed(void **state)
{
	struct clock_facts f = alone(NOW);

	(void)state;
	assert_true(clock_judge(&f) == NOW);
	f = known(NOW, 0);
	assert_true(clock_judge(&f) == NOW);
}

static void a_dead_clock_is_no_earlier_than_what_is_past(void **state)
{
	struct clock_facts f = alone(0);

	(void)state;
	assert_true(clock_judge(&f) == f.stamp_ms);
	f.stamp_ms = 0;
	assert_true(clock_judge(&f) == f.build_ms);
	f.stamp_ms = 10957 * DAY; /* its own entries are of 2000 too */
	assert_true(clock_judge(&f) == f.build_ms);
	f = known(0, 0); /* died since the hub was heard */
	assert_true(clock_judge(&f) == f.stamp_ms);
	f.stamp_ms = 0;
	assert_true(clock_judge(&f) == f.heard_ms);
}

static void a_clock_that_is_off_is_corrected(void **state)
{
	struct clock_facts f = known(NOW + 5 * DAY, -5 * DAY);

	(void)state;
	f.stamp_ms = NOW + 4 * DAY; /* its entries were stamped ahead too */
	assert_true(clock_judge(&f) == NOW);
	f = known(NOW - 5 * DAY, 5 * DAY);
	assert_true(clock_judge(&f) == NOW);
	f = known(10957 * DAY, NOW - 10957 * DAY); /* begins at 2000 each time */
	assert_true(clock_judge(&f) == NOW);
}

static void a_clock_set_right_since_is_not_corrected_again(void **state)
{
	struct clock_facts f = known(NOW, -5 * DAY); /* was five days ahead */

	(void)state;
	f.stamp_ms = NOW + 4 * DAY; /* and so were its entries */
	assert_true(clock_judge(&f) == NOW);
	f = known(NOW, NOW - 10957 * DAY); /* was dead */
	assert_true(clock_judge(&f) == NOW);
}

static void what_the_hub_said_in_this_life_needs_no_clock(void **state)
{
	static const int64_t walls[] = { 0, NOW - 400 * DAY, NOW, NOW + 400 * DAY };

	(void)state;
	for (size_t i = 0; i < sizeof(walls) / sizeof(walls[0]); i++) {
		struct clock_facts f = known(walls[i], 77 * DAY);

		f.since_ms = 3 * DAY;
		f.stamp_ms = NOW + 400 * DAY; /* a clock was once a year ahead */
		assert_true(clock_judge(&f) == NOW);
	}
}

static void a_hub_that_is_before_our_program_is_not_believed(void **state)
{
	struct clock_facts f = known(NOW, -NOW);

	(void)state;
	f.heard_ms = 5;
	f.since_ms = 100;
	assert_true(clock_judge(&f) == NOW);
	f.since_ms = -1;
	assert_true(clock_judge(&f) == NOW);
}

static void what_no_calendar_has_is_not_heard(void **state)
{
	struct clock c;

	(void)state;
	clock_init(&c);
	int64_t before = clock_now_ms(&c);
	clock_heard(&c, INT64_MAX);
	clock_heard(&c, INT64_MIN);
	clock_heard(&c, 0);
	clock_remember(&c, INT64_MIN, INT64_MAX);
	clock_remember(&c, INT64_MIN, 0);
	assert_false(c.facts.measured);
	assert_true(clock_now_ms(&c) - before < DAY);
	clock_heard(&c, before + 100 * DAY);
	assert_true(clock_now_ms(&c) >= before + 100 * DAY);
	assert_true(clock_now_ms(&c) < before + 101 * DAY);
	clock_fini(&c);
}

#define YEAR (365 * DAY)

/* C4: the machine, the program and our own entries say 2026. */
static void a_hub_that_is_years_off_is_doubted(void **state)
{
	struct clock_facts f = alone(NOW);

	(void)state;
	assert_true(clock_doubts(&f, NOW + 5 * YEAR));
	assert_true(clock_doubts(&f, NOW - 7 * YEAR));
	assert_true(clock_doubts(&f, NOW + YEAR + 1));
	assert_true(clock_doubts(&f, NOW - YEAR - 1));
	assert_false(clock_doubts(&f, NOW + YEAR));
	assert_false(clock_doubts(&f, NOW - YEAR));
	f = known(NOW, 3 * DAY); /* it was right until now, in an earlier life or in this one */
	assert_true(clock_doubts(&f, NOW + 5 * YEAR));
	f.since_ms = 3 * DAY;
	assert_true(clock_doubts(&f, NOW + 5 * YEAR));
	f.wall_ms = 0; /* our clock died since, and that is no reason to believe it */
	assert_true(clock_doubts(&f, NOW + 5 * YEAR));
	assert_false(clock_doubts(&f, NOW + DAY));
}

static void a_dead_clock_is_no_reason_to_doubt_a_hub(void **state)
{
	static const int64_t dead[] = { 0, 10957 * DAY, NOW - 31 * DAY };
	struct clock_facts f;

	(void)state;
	for (size_t i = 0; i < sizeof dead / sizeof *dead; i++) {
		f = alone(dead[i]);
		assert_false(clock_doubts(&f, NOW));
		assert_false(
		    clock_doubts(&f, NOW + 5 * YEAR)); /* an old program, long in a drawer */
		assert_true(clock_doubts(&f, NOW - 7 * YEAR)); /* before it was made */
		f = known(dead[i], NOW - dead[i]);
		assert_false(clock_doubts(&f, NOW + 5 * YEAR));
	}
}

/* Set right at either end, or vouched for: the clocks agree with something again. */
static void a_hub_that_was_believed_with_its_years_stays_believed(void **state)
{
	struct clock_facts f = known(NOW, 5 * YEAR);

	(void)state;
	f.heard_ms = NOW + 5 * YEAR - DAY;
	assert_false(clock_doubts(&f, NOW + 5 * YEAR)); /* after a restart */
	f.since_ms = DAY;
	assert_false(clock_doubts(&f, NOW + 5 * YEAR)); /* the next night */
	assert_false(clock_doubts(&f, NOW));            /* it was set right */
	assert_true(clock_doubts(&f, NOW + 9 * YEAR));
}

static void today_waits_for_the_users_word(void **state)
{
	struct clock c;
	struct fault f;
	int64_t off_ms;

	(void)state;
	clock_init(&c);
	int64_t now = clock_now_ms(&c), hub = now + 5 * YEAR;
	assert_true(clock_heard(&c, now + DAY));
	assert_false(clock_say_doubt(&c, &f));
	assert_false(clock_heard(&c, hub));
	assert_true(clock_now_ms(&c) < now + 2 * DAY);
	assert_true(clock_doubted(&c, &off_ms));
	assert_true(off_ms > 5 * YEAR - DAY && off_ms < 5 * YEAR + DAY);
	assert_true(clock_say_doubt(&c, &f));
	assert_int_equal(f.code, FAULT_WARN_HUB_CLOCK);
	assert_non_null(strstr(f.en, "bangfu sync --believe-clock"));
	clock_believe(&c, true);
	clock_believe(&c, false); /* a session that did not come to it */
	assert_false(clock_heard(&c, hub));
	clock_believe(&c, true);
	assert_true(clock_heard(&c, hub));
	assert_true(clock_now_ms(&c) >= hub);
	assert_false(clock_say_doubt(&c, &f));
	assert_true(clock_heard(&c, hub));             /* the next night */
	assert_false(clock_heard(&c, hub + 5 * YEAR)); /* the word was for one hearing */
	assert_true(clock_heard(&c, now));             /* and the hub was set right */
	assert_true(clock_now_ms(&c) < now + DAY);
	clock_believe(&c, true);
	assert_false(clock_heard(&c, INT64_C(1546300800000))); /* 2019: nobody can vouch for that */
	assert_true(clock_say_doubt(&c, &f));
	assert_int_equal(f.code, FAULT_WARN_HUB_CLOCK_PAST);
	assert_true(clock_now_ms(&c) < now + DAY && clock_now_ms(&c) >= now);
	clock_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_right_clock_is_believed),
		cmocka_unit_test(a_dead_clock_is_no_earlier_than_what_is_past),
		cmocka_unit_test(a_clock_that_is_off_is_corrected),
		cmocka_unit_test(a_clock_set_right_since_is_not_corrected_again),
		cmocka_unit_test(what_the_hub_said_in_this_life_needs_no_clock),
		cmocka_unit_test(a_hub_that_is_before_our_program_is_not_believed),
		cmocka_unit_test(what_no_calendar_has_is_not_heard),
		cmocka_unit_test(a_hub_that_is_years_off_is_doubted),
		cmocka_unit_test(a_dead_clock_is_no_reason_to_doubt_a_hub),
		cmocka_unit_test(a_hub_that_was_believed_with_its_years_stays_believed),
		cmocka_unit_test(today_waits_for_the_users_word),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
