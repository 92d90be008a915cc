/* SPDX-License-Identifier: Apache-2.0 */
/* record_key.c -- tests of the numbers by which people call things: half-width, in form, and old
 * ones left alone. */
#include "record_fx.h"

/* One village, its county, and two households that an older program let in. */
static int division(void *ctx, struct bytes text, uint64_t *code, const char *where,
		    struct fault *f)
{
	(void)ctx;
	(void)where;
	(void)f;
	if (!bytes_equal(text, BYTES_LIT("150722102200")) &&
	    !bytes_equal(text, BYTES_LIT("150722200201")))
		return BF_ENOTFOUND;
	*code = 150722102200;
	return 0;
}

static int subject(void *ctx, uint16_t kind, struct bytes text, struct ref *out, const char *where,
		   struct fault *f)
{
	(void)ctx;
	(void)where;
	(void)f;
	*out = (struct ref){ 1, 1 };
	return kind == KIND_HOUSEHOLD && (bytes_equal(text, BYTES_LIT("王小山")) ||
					  bytes_equal(text, BYTES_LIT("１２３")))
		   ? 0
		   : BF_ENOTFOUND;
}

static void numbered(struct fx *f, uint16_t kind)
{
	fresh(f, kind);
	f->ask.division = division;
	f->ask.subject = subject;
	f->ask.here = 150722102200;
}

static void a_number_is_half_width_however_it_was_typed(void **state)
{
	struct fx *f = *state;

	numbered(f, KIND_HOUSEHOLD);
	assert_string_equal(through(f, "number", "150722102200010３"), "1507221022000103");
	assert_string_equal(through(f, "number", "１５０７２２１０２２０００１０３"),
			    "1507221022000103"); /* 48 bytes as it was typed */
	assert_string_equal(through(f, "number", "\xe3\x80\x80 150722102200－0103\t"),
			    "150722102200-0103");
	numbered(f, KIND_MEMBER);
	assert_string_equal(through(f, "number", "Ａ１２"), "A12");
	assert_string_equal(through(f, "other-document", "Ｇ１２３４５６７８"), "G12345678");
	numbered(f, KIND_SERVICE);
	assert_string_equal(through(f, "volunteer", "０４１"), "041");
	assert_string_equal(through(f, "note", "０４１"), "０４１"); /* a text stays a text */
}

static void a_household_is_numbered_by_12_to_19_digits_or_with_one_dash(void **state)
{
	static const char *const good[] = { "150799999999", "1507221022000382",
					    "1507221022000000382", "150722102200-0382", "1-2" };
	static const char *const bad[] = {
		"赵铁柱",
		"15079999999",
		"15072210220000003820",
		"=1+1",
		"户:12",
		"H00001",
		"-1",
		"1-",
		"1-2-3",
		"2026-11-27",
		"150722102200" /* a village */,
	};
	struct fx *f = *state;

	numbered(f, KIND_HOUSEHOLD);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(through(f, "number", good[i]), good[i]);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		refused(f, "number", bad[i], FAULT_HOUSEHOLD_NUMBER);
	assert_non_null(strstr(f->fault.zh, "12 至 19 位数字"));
	assert_non_null(strstr(f->fault.en, "12 to 19 digits"));
}

static void a_province_that_numbers_otherwise_may_but_not_by_what_nobody_can_point_at(void **state)
{
	static const char *const good[] = { "H00001", "赵铁柱", "户:12", "12/3" };
	static const char *const bad[] = { "1,2",  "1、2",     "1 2",
					   "1　2", "1;2",      "1；2",
					   "a\nb", "a\x1b[2J", "0f3a9c1122334455-12" };
	struct fx *f = *state;

	numbered(f, KIND_HOUSEHOLD);
	for (int any = 0; any <= 1; any++) {
		f->ask.any_number = any != 0;
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			refused(f, "number", bad[i], FAULT_HOUSEHOLD_WORD);
		/* It is shown unmasked wherever the household is named. */
		refused(f, "number", "11010519491231002x", FAULT_HOUSEHOLD_ID);
		assert_null(strstr(f->fault.zh, "19491231"));
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_string_equal(through(f, "number", good[i]), good[i]);
}

static void a_number_of_18_digits_that_begins_with_its_village_is_no_id(void **state)
{
	struct fx *f = *state;
	char number[] = "150722200201010010";

	numbered(f, KIND_HOUSEHOLD);
	number[17] = person_check_char(number); /* born on 2002-01-01, as far as digits tell */
	assert_string_equal(through(f, "number", number), number);
	number[11] = '2'; /* no village that is known */
	number[17] = person_check_char(number);
	refused(f, "number", number, FAULT_HOUSEHOLD_ID);
}

static void what_is_called_oddly_since_long_ago_keeps_its_name(void **state)
{
	struct fx *f = *state;

	numbered(f, KIND_HOUSEHOLD);
	assert_string_equal(through(f, "number", "王小山"), "王小山");
	assert_string_equal(through(f, "number", "１２３"), "１２３"); /* and not 123 */
	refused(f, "number", "王大山", FAULT_HOUSEHOLD_NUMBER);
	refused(f, "number", "１２４", FAULT_HOUSEHOLD_NUMBER);
}

static void a_refused_number_is_shown_as_it_was_typed(void **state)
{
	struct fx *f = *state;

	numbered(f, KIND_HOUSEHOLD);
	refused(f, "number", "1507221022O00382", FAULT_HOUSEHOLD_NUMBER); /* O for 0 */
	assert_non_null(strstr(f->fault.zh, "“1507221022O00382”"));
	refused(f, "number", "150722102200038２，", FAULT_HOUSEHOLD_WORD);
	assert_non_null(strstr(f->fault.zh, "“150722102200038２，”"));
	refused(f, "number", "13812341234", FAULT_HOUSEHOLD_NUMBER); /* a telephone */
	assert_null(strstr(f->fault.zh, "13812341234"));
	refused(f, "number", "a\nb", FAULT_HOUSEHOLD_WORD);
	assert_non_null(strstr(f->fault.zh, "“?”"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_number_is_half_width_however_it_was_typed),
		T(a_household_is_numbered_by_12_to_19_digits_or_with_one_dash),
		T(a_province_that_numbers_otherwise_may_but_not_by_what_nobody_can_point_at),
		T(a_number_of_18_digits_that_begins_with_its_village_is_no_id),
		T(what_is_called_oddly_since_long_ago_keeps_its_name),
		T(a_refused_number_is_shown_as_it_was_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
