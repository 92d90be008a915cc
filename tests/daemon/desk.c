/* SPDX-License-Identifier: Apache-2.0 */
/* desk.c -- what the desk remembers of what was told lately, up to its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "daemon/desk.h"

static uint64_t now_ms;

uint64_t __wrap_mono_ms(void);
uint64_t __wrap_mono_ms(void)
{
	return now_ms;
}

static int setup(void **state)
{
	struct desk *d = NULL;

	now_ms = 1000000;
	if (desk_open(&d, NULL) != 0)
		return -1;
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	return 0;
}

static struct hash fact(uint32_t n)
{
	return hash_one(bytes_of((const uint8_t *)&n, sizeof(n)));
}

static struct ref entry(uint64_t seq)
{
	return (struct ref){ 7, seq };
}

static void tell(struct desk *d, uint32_t n)
{
	const struct hash what = fact(n);
	int slot = desk_twice_fly(d, &what);

	assert_true(slot >= 0);
	desk_twice_land(d, slot, entry(n));
}

static enum recent asked(struct desk *d, uint32_t n, uint64_t *seq)
{
	const struct hash what = fact(n);
	struct ref ref = { 0 };
	uint64_t ago;
	enum recent recent = desk_twice(d, &what, &ref, &ago);

	*seq = ref.seq;
	return recent;
}

static void a_fact_is_remembered_for_its_time_and_no_longer(void **state)
{
	struct desk *d = *state;
	uint64_t seq;

	assert_int_equal(asked(d, 5, &seq), RECENT_NONE);
	tell(d, 5);
	now_ms += TWICE_MS - 1;
	assert_int_equal(asked(d, 5, &seq), RECENT_SAVED);
	assert_int_equal(seq, 5);
	now_ms++;
	assert_int_equal(asked(d, 5, &seq), RECENT_NONE);
}

static void the_oldest_of_many_is_forgotten_first(void **state)
{
	struct desk *d = *state;
	uint64_t seq;

	for (uint32_t n = 1; n <= TWICE_MAX; n++)
		tell(d, n);
	assert_int_equal(asked(d, 1, &seq), RECENT_SAVED);
	tell(d, TWICE_MAX + 1);
	assert_int_equal(asked(d, 1, &seq), RECENT_NONE);
	assert_int_equal(asked(d, 2, &seq), RECENT_SAVED);
}

static void what_is_on_its_way_is_neither_lost_nor_saved(void **state)
{
	struct desk *d = *state;
	const struct hash what = fact(9);
	int slot = desk_twice_fly(d, &what);
	uint64_t seq;

	for (uint32_t n = 10; n < 10 + TWICE_MAX; n++)
		tell(d, n);
	assert_int_equal(asked(d, 9, &seq), RECENT_FLYING);
	desk_twice_fall(d, slot);
	assert_int_equal(asked(d, 9, &seq), RECENT_NONE);
}

static void what_is_void_may_be_told_anew(void **state)
{
	struct desk *d = *state;
	uint64_t seq;

	tell(d, 3);
	desk_twice_forget(d, entry(4));
	assert_int_equal(asked(d, 3, &seq), RECENT_SAVED);
	desk_twice_forget(d, entry(3));
	assert_int_equal(asked(d, 3, &seq), RECENT_NONE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_fact_is_remembered_for_its_time_and_no_longer),
		TEST(the_oldest_of_many_is_forgotten_first),
		TEST(what_is_on_its_way_is_neither_lost_nor_saved),
		TEST(what_is_void_may_be_told_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
