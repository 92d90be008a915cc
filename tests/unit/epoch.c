/* SPDX-License-Identifier: Apache-2.0 */
/* epoch.c -- a store that was restored begins a new life, on the disk, and nothing else changes. */
#include "store_world.h"

#include "storage/epoch.h"

static void a_new_epoch_is_there_after_opening_again(void **state)
{
	struct world *w = *state;
	uint64_t was = store_epoch(w->s);

	assert_int_equal(0, epoch_renew(w->s, was + 2, NULL, &w->f));
	assert_true(store_epoch(w->s) == was + 2);
	world_reopen(w);
	assert_true(store_epoch(w->s) == was + 2);
}

static void no_epoch_and_the_present_one_are_refused(void **state)
{
	struct world *w = *state;
	uint64_t was = store_epoch(w->s);

	assert_int_equal(BF_EINVAL, epoch_renew(w->s, 0, NULL, &w->f));
	assert_int_equal(BF_EINVAL, epoch_renew(w->s, was, NULL, &w->f));
	world_reopen(w);
	assert_true(store_epoch(w->s) == was);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_new_epoch_is_there_after_opening_again),
		test(no_epoch_and_the_present_one_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
