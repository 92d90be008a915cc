/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of near.h. */
#include "model_world.h"

#include "protocol/near.h"

static const char *nearest(const char *typed)
{
	static const char *const words[] = { "check",       "dir",  "listen_host",
					     "listen_port", "lang", "config" };
	struct near n = { .typed = typed };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		near_try(&n, words[i]);
	return near_best(&n);
}

static void a_slip_of_the_hand_is_near(void **state)
{
	(void)state;
	assert_string_equal(nearest("chek"), "check");
	assert_string_equal(nearest("chekc"), "check");
	assert_string_equal(nearest("dri"), "dir");
	assert_string_equal(nearest("listen_prot"), "listen_port");
	assert_string_equal(nearest("conf"), "config");
}

static void of_equals_the_one_that_begins_alike_is_nearer(void **state)
{
	static const char *const verbs[] = { "list", "visit", "fund", "total" };
	static const char *const typed[][2] = { { "vist", "visit" },
						{ "undo", NULL },
						{ "today", NULL } };

	(void)state;
	for (size_t t = 0; t < 3; t++) {
		struct near n = { .typed = typed[t][0] };
		for (size_t i = 0; i < 4; i++)
			near_try(&n, verbs[i]);
		if (typed[t][1] == NULL)
			assert_null(near_best(&n));
		else
			assert_string_equal(near_best(&n), typed[t][1]);
	}
}

static void what_is_far_from_all_has_no_nearest(void **state)
{
	char longest[NEAR_BYTES_MAX + 2];
	struct near n = { .typed = longest };

	(void)state;
	assert_null(nearest(""));
	assert_null(nearest("x"));
	assert_null(nearest("zzzzzz"));
	assert_null(nearest("restored"));
	n.typed = "check";
	assert_null(near_best(&n)); /* nothing was tried */
	/* At the bound a word is still compared, past it never. */
	memset(longest, 'a', sizeof(longest));
	longest[NEAR_BYTES_MAX + 1] = '\0';
	n = (struct near){ .typed = longest };
	near_try(&n, longest);
	assert_null(near_best(&n));
	longest[NEAR_BYTES_MAX] = '\0';
	n = (struct near){ .typed = longest };
	near_try(&n, longest);
	assert_ptr_equal(near_best(&n), longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slip_of_the_hand_is_near),
		cmocka_unit_test(of_equals_the_one_that_begins_alike_is_nearer),
		cmocka_unit_test(what_is_far_from_all_has_no_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
