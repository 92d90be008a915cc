/* SPDX-License-Identifier: Apache-2.0 */
/* versions.c -- what a view keeps of the subjects it was asked for: never more than so much, and
 * never anything else than the trees say. */
#include "store_world.h"

static const struct ref none = { 0, 0 };

static struct ref household(struct world *w, struct ref subject, uint64_t type)
{
	struct buf b = { 0 };

	mp_put_map(&b, 4);
	body_text(&b, 1, "户001");
	body_uint(&b, 2, 150722100200);
	body_uint(&b, 10, type);
	body_uint(&b, 34, WORLD_DAY);
	return world_save(w, KIND_HOUSEHOLD, subject, &b);
}

/* The state says what the version `last` said. */
static void assert_now(struct view *v, struct ref home, uint64_t type, struct ref last)
{
	struct record r = { 0 };
	struct ref newest = none;

	assert_int_equal(0, view_subject(v, home, &r, &newest));
	assert_int_equal(type, record_get(&r, 10)->u);
	assert_true(ref_equal(last, newest));
	record_fini(&r);
}

static size_t subjects_kept(struct view *v)
{
	return view_own(v)->versions.subjects.count;
}

static size_t versions_kept(struct view *v)
{
	return view_own(v)->versions.found.len / sizeof(struct version);
}

static void what_was_kept_ends_with_its_view(void **state)
{
	struct world *w = *state;
	struct view before, after;
	struct ref home = household(w, none, 1);

	world_look(w, &before);
	assert_now(&before, home, 1, home);
	struct ref later = household(w, home, 2);

	world_look(w, &after);
	assert_now(&before, home, 1, home); /* one snapshot */
	assert_now(&after, home, 2, later);
	view_end(&before);
	view_end(&after);
}

static void an_earlier_state_is_told_from_what_the_present_one_kept(void **state)
{
	struct world *w = *state;
	struct record r = { 0 };
	struct ref last = none;
	struct spot spot;
	uint64_t ordinal;
	struct view v;
	struct ref home = household(w, none, 1), second = household(w, home, 2);
	struct ref third = household(w, home, 3);

	world_look(w, &v);
	assert_now(&v, home, 3, third);
	assert_int_equal(0, view_spot(&v, second, &spot));
	assert_int_equal(0, view_ordinal(view_txn(&v), spot, &ordinal));
	assert_int_equal(0, view_subject_at(&v, home, ordinal, &r, &last));
	assert_true(ref_equal(second, last));
	assert_int_equal(2, record_get(&r, 10)->u);
	assert_now(&v, home, 3, third);
	assert_int_equal(1, subjects_kept(&v));
	record_fini(&r);
	view_end(&v);
}

static void of_1024_subjects_all_are_kept_and_of_one_more_only_that_one(void **state)
{
	struct world *w = *state;
	struct ref home[1025], last[1025];
	struct view v;

	for (uint64_t i = 0; i < 1025; i++) {
		home[i] = household(w, none, 1);
		last[i] = i % 2 != 0 ? home[i] : household(w, home[i], i + 2);
	}
	world_look(w, &v);
	for (uint64_t i = 0; i < 1024; i++)
		assert_now(&v, home[i], i % 2 != 0 ? 1 : i + 2, last[i]);
	assert_int_equal(1024, subjects_kept(&v));
	for (uint64_t i = 0; i < 1024; i++) /* all of them once more */
		assert_now(&v, home[i], i % 2 != 0 ? 1 : i + 2, last[i]);
	assert_int_equal(1024, subjects_kept(&v));
	assert_int_equal(512, versions_kept(&v));
	assert_now(&v, home[1024], 1026, last[1024]);
	assert_int_equal(1, subjects_kept(&v));
	assert_int_equal(1, versions_kept(&v));
	assert_now(&v, home[0], 2, last[0]);
	assert_int_equal(2, subjects_kept(&v));
	view_end(&v);
}

static void at_4096_versions_all_are_forgotten_and_one_subject_may_have_more(void **state)
{
	static const uint64_t versions[4] = { 4095, 1, 1, 4097 };
	struct world *w = *state;
	struct ref home[4], last[4] = { 0 };
	struct view v;

	for (int i = 0; i < 4; i++) {
		assert_int_equal(0, store_sync(w->s, &w->f)); /* no more fit in one */
		home[i] = household(w, none, 1);
		for (uint64_t n = 0; n < versions[i]; n++)
			last[i] = household(w, home[i], n + 2);
	}
	world_look(w, &v);
	assert_now(&v, home[0], 4096, last[0]);
	assert_now(&v, home[1], 2, last[1]); /* 4,095 leave room for more */
	assert_int_equal(2, subjects_kept(&v));
	assert_int_equal(4096, versions_kept(&v));
	assert_now(&v, home[0], 4096, last[0]); /* what is kept needs none */
	assert_int_equal(2, subjects_kept(&v));
	assert_now(&v, home[2], 2, last[2]);
	assert_int_equal(1, subjects_kept(&v));
	assert_int_equal(1, versions_kept(&v));
	assert_now(&v, home[3], 4098, last[3]);
	assert_now(&v, home[3], 4098, last[3]);
	assert_int_equal(2, subjects_kept(&v));
	assert_now(&v, home[1], 2, last[1]);
	assert_int_equal(1, subjects_kept(&v));
	view_end(&v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_was_kept_ends_with_its_view),
		test(an_earlier_state_is_told_from_what_the_present_one_kept),
		test(of_1024_subjects_all_are_kept_and_of_one_more_only_that_one),
		test(at_4096_versions_all_are_forgotten_and_one_subject_may_have_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
