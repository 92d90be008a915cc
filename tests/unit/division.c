/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of division.h. */
#include "model_world.h"

static uint64_t parse(const char *text)
{
	uint64_t code = 0;

	return division_parse(bytes_str(text), &code) == 0 ? code : 0;
}

static void short_forms_are_filled_with_zeros(void **state)
{
	(void)state;
	assert_true(parse("15") == UINT64_C(150000000000));
	assert_true(parse("1507") == UINT64_C(150700000000));
	assert_true(parse(" 150722 ") == UINT64_C(150722000000));
	assert_true(parse("１５０７２２１００") == UINT64_C(150722100000));
	assert_true(parse("150722100200") == UINT64_C(150722100200));
}

static void what_is_no_code_is_refused(void **state)
{
	static const char *const bad[] = {
		"",   "1",  "150", "15072",  "1507221", "15072210020",  "1507221002001",
		"10", "01", "00",  "15072x", "-15072",  "150722 00200", "莫旗"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(parse(bad[i]) == 0);
	assert_true(parse("11") != 0); /* the least province */
	assert_false(division_valid(UINT64_C(109999999999)));
	assert_true(division_valid(UINT64_C(999999999999)));
	assert_false(division_valid(UINT64_C(1000000000000)));
}

static void levels_are_read_from_trailing_zeros(void **state)
{
	(void)state;
	assert_int_equal(division_level(UINT64_C(150000000000)), LEVEL_PROVINCE);
	assert_int_equal(division_level(UINT64_C(150700000000)), LEVEL_PREFECTURE);
	assert_int_equal(division_level(UINT64_C(150722000000)), LEVEL_COUNTY);
	assert_int_equal(division_level(UINT64_C(150722100000)), LEVEL_TOWNSHIP);
	assert_int_equal(division_level(UINT64_C(150722100200)), LEVEL_VILLAGE);
	assert_int_equal(division_level(15), 0);
	assert_int_equal(division_level(UINT64_MAX), 0);
}

static void an_area_holds_itself_and_what_lies_in_it_and_no_more(void **state)
{
	uint64_t banner = parse("150722");

	(void)state;
	assert_true(division_within(banner, banner));
	assert_true(division_within(parse("150722100200"), banner));
	assert_true(division_within(UINT64_C(150722999999), banner));
	assert_false(division_within(UINT64_C(150723000000), banner));
	assert_false(division_within(parse("1507"), banner));
	assert_true(division_end(banner) == UINT64_C(150723000000));
	assert_true(division_end(parse("15")) == UINT64_C(160000000000));
	assert_true(division_end(parse("150722100200")) == UINT64_C(150722100201));
	assert_true(division_end(7) == 0);
	assert_false(division_within(7, 7));
	assert_false(division_within(banner, 0));
}

static void the_area_above_is_found_and_none_below(void **state)
{
	uint64_t village = parse("150722100200");

	(void)state;
	assert_true(division_at(village, LEVEL_PROVINCE) == parse("15"));
	assert_true(division_at(village, LEVEL_COUNTY) == parse("150722"));
	assert_true(division_at(village, LEVEL_VILLAGE) == village);
	assert_true(division_at(parse("150722"), LEVEL_TOWNSHIP) == 0);
	assert_true(division_at(village, 0) == 0);
	assert_true(division_at(village, 6) == 0);
}

static void every_level_agrees_with_its_range(void **state)
{
	struct rng r;

	(void)state;
	rng_seed(&r, model_seed(11), 0);
	for (int i = 0; i < 20000; i++) {
		uint64_t code = (uint64_t)rng_between(&r, 110000000000, 999999999999);
		for (int zeros = (int)rng_below(&r, 11); zeros > 0; zeros--)
			code /= 10;
		while (code < UINT64_C(110000000000))
			code *= 10;
		for (int level = 1; level <= division_level(code); level++) {
			uint64_t area = division_at(code, level);
			assert_true(division_within(code, area));
			assert_true(division_level(area) <= level);
			assert_false(division_within(division_end(area), area));
		}
	}
}

static void a_code_prints_as_twelve_digits_and_levels_have_names(void **state)
{
	char s[13];

	(void)state;
	assert_string_equal(division_print(UINT64_C(150722100200), s), "150722100200");
	assert_string_equal(division_print(7, s), "000000000007");
	for (int level = 1; level <= DIVISION_LEVELS; level++)
		assert_int_equal(division_level_parse(bytes_str(division_level_name(level))),
				 level);
	assert_int_equal(division_level_parse(bytes_str("旗")), LEVEL_COUNTY);
	assert_int_equal(division_level_parse(bytes_str("galaxy")), 0);
	assert_string_equal(division_level_name(0), "");
	assert_string_equal(division_level_name(6), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_forms_are_filled_with_zeros),
		cmocka_unit_test(what_is_no_code_is_refused),
		cmocka_unit_test(levels_are_read_from_trailing_zeros),
		cmocka_unit_test(an_area_holds_itself_and_what_lies_in_it_and_no_more),
		cmocka_unit_test(the_area_above_is_found_and_none_below),
		cmocka_unit_test(every_level_agrees_with_its_range),
		cmocka_unit_test(a_code_prints_as_twelve_digits_and_levels_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
