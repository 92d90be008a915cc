/* SPDX-License-Identifier: Apache-2.0 */
/* look.c -- what fits what was typed, and how well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/errors.h"
#include "protocol/look.h"

static struct look typed(const char *text)
{
	struct look l;

	assert_int_equal(0, look_take(&l, bytes_str(text)));
	return l;
}

static enum look_fit fit(const char *text, const char *name)
{
	struct look l = typed(text);

	return look_name(&l, bytes_str(name));
}

static void characters_fit_whole_at_the_head_or_within(void **state)
{
	(void)state;
	assert_int_equal(LOOK_WHOLE, fit("王小山", "王小山"));
	assert_int_equal(LOOK_WHOLE, fit(" 王小山　", "王小山"));
	assert_int_equal(LOOK_EDGE, fit("王小", "王小山"));
	assert_int_equal(LOOK_PART, fit("小山", "王小山"));
	assert_int_equal(LOOK_PART, fit("山", "王小山"));
	assert_int_equal(LOOK_NONE, fit("王山", "王小山"));
	assert_int_equal(LOOK_NONE, fit("王小山丹", "王小山"));
	assert_int_equal(LOOK_WHOLE, fit("阿木尔", "阿·木尔"));
	assert_int_equal(LOOK_WHOLE, fit("阿•木尔", "阿・木 尔"));
}

static void pinyin_fits_as_an_input_method_takes_it(void **state)
{
	static const char *const good[] = {
		"w",      "wx",           "wxs",      "wxsh",   "wxsha", "wxshan",         "wang",
		"wangxs", "wangxiaoshan", "WangXiao", "wxiaos", "wa",    "wang'xiao'shan", "王xs",
		"w小山",  "王小shan",     "wangxsh"
	};
	static const char *const bad[] = { "wxx",     "wax",           "wangx小", "wxsx",
					   "wxshanx", "wangxiaosha山", "waxs",    "wxiass",
					   "v",       "王ss",          "wxs1" };
	static const char *const within[] = { "xs", "x", "shan", "xiaoshan", "小s", "sh" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (fit(good[i], "王小山") != LOOK_EDGE)
			fail_msg("%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (fit(bad[i], "王小山") != LOOK_NONE)
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i < sizeof within / sizeof *within; i++)
		if (fit(within[i], "王小山") != LOOK_PART)
			fail_msg("%s", within[i]);
}

static void every_reading_of_a_character_is_taken(void **state)
{
	(void)state;
	assert_int_equal(LOOK_EDGE, fit("zys", "曾玉山"));
	assert_int_equal(LOOK_EDGE, fit("zengys", "曾玉山"));
	assert_int_equal(LOOK_EDGE, fit("cys", "曾玉山"));
	assert_int_equal(LOOK_EDGE, fit("qin", "覃玉山"));
	assert_int_equal(LOOK_EDGE, fit("tan", "覃玉山"));
	assert_int_equal(LOOK_EDGE, fit("yuchi", "尉迟恭"));
	assert_int_equal(LOOK_EDGE, fit("mqx", "万俟雄"));
	assert_int_equal(LOOK_EDGE, fit("zgb", "查干巴拉"));
	assert_int_equal(LOOK_EDGE, fit("chagan", "查干巴拉"));
	assert_int_equal(LOOK_EDGE, fit("lvm", "吕梅"));
	assert_int_equal(LOOK_EDGE, fit("qiqige", "其其格"));
	assert_int_equal(LOOK_PART, fit("teer", "巴特尔"));
	/* Where a syllable ends is not said: 西安 and 先. */
	assert_int_equal(LOOK_EDGE, fit("xian", "西安娜"));
	assert_int_equal(LOOK_EDGE, fit("xian", "先明"));
}

static void latin_names_fit_as_they_are_written(void **state)
{
	(void)state;
	assert_int_equal(LOOK_WHOLE, fit("bagana", "Bagana"));
	assert_int_equal(LOOK_EDGE, fit("bag", "Bagana"));
	assert_int_equal(LOOK_PART, fit("gan", "Bagana"));
	assert_int_equal(LOOK_WHOLE, fit("3", "３"));
}

/* ---- records ---- */

static struct record record;

/* The named field of the record under test. */
static void put(const char *name, const char *text)
{
	const struct field *field = field_by_name(record.kind, bytes_str(name));

	assert_non_null(field);
	record_slot(&record, field->tag)->s = bytes_str(text);
}

static enum look_fit fits(const char *text)
{
	struct look l = typed(text);

	return look_record(&l, &record);
}

static int begin(void **state)
{
	(void)state;
	record_init(&record, kind_by_id(KIND_HOUSEHOLD));
	put("number", "1507221022000103");
	put("head", "王小山");
	put("head-id", "11010519491231002X");
	put("phone", "0470-1234567");
	put("bank-account", "6217000011112222333");
	put("group", "张三组");
	put("note", "备注李四");
	return 0;
}

static int end(void **state)
{
	(void)state;
	record_fini(&record);
	return 0;
}

static void numbers_fit_whole_by_their_end_or_by_a_part(void **state)
{
	(void)state;
	assert_int_equal(LOOK_WHOLE, fits("1507221022000103"));
	assert_int_equal(LOOK_WHOLE, fits("１５０７ 2210-2200-0103"));
	assert_int_equal(LOOK_EDGE, fits("0103"));
	assert_int_equal(LOOK_EDGE, fits("3"));
	assert_int_equal(LOOK_PART, fits("1507"));
	assert_int_equal(LOOK_NONE, fits("9999"));
	assert_int_equal(LOOK_NONE, fits("15072210220001033"));
	put("number", "户-A001");
	assert_int_equal(LOOK_WHOLE, fits("户a001"));
	assert_int_equal(LOOK_EDGE, fits("A001"));
}

static void an_id_and_a_phone_fit_whole_or_by_four_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(LOOK_WHOLE, fits("11010519491231002x"));
	assert_int_equal(LOOK_EDGE, fits("31002X"));
	assert_int_equal(LOOK_EDGE, fits("002X"));
	assert_int_equal(LOOK_NONE, fits("02X"));
	assert_int_equal(LOOK_NONE, fits("19491231"));
	assert_int_equal(LOOK_WHOLE, fits("04701234567"));
	assert_int_equal(LOOK_WHOLE, fits("0470 1234567"));
	assert_int_equal(LOOK_EDGE, fits("4567"));
	assert_int_equal(LOOK_NONE, fits("567"));
	assert_int_equal(LOOK_NONE, fits("12345"));
	put("head-id", "11010519491231002X43B1");
	assert_int_equal(LOOK_EDGE, fits("002X"));
	assert_int_equal(LOOK_EDGE, fits("43B1"));
	assert_int_equal(LOOK_WHOLE, fits("11010519491231002X"));
}

static void what_nobody_is_called_by_is_not_looked_at(void **state)
{
	(void)state;
	assert_int_equal(LOOK_NONE, fits("张三"));
	assert_int_equal(LOOK_NONE, fits("李四"));
	assert_int_equal(LOOK_NONE, fits("3333"));
	assert_int_equal(LOOK_NONE, fits("6217000011112222333"));
	assert_false(look_kind(kind_by_id(KIND_VISIT)));
	assert_false(look_kind(kind_by_id(KIND_FUND)));
	assert_true(look_kind(kind_by_id(KIND_SERVICE)));
}

static void a_name_shows_what_was_typed_and_the_customary_ends(void **state)
{
	static const char *const rows[][2] = {
		{ "wxs", "王*山" },     { "王", "王*山" },   { "小", "王小山" },
		{ "王小山", "王小山" }, { "0103", "王*山" }, { "大小", "王小山" },
		{ "王xs", "王*山" },
	};
	struct look_called called;

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct look l = typed(rows[i][0]);

		look_called(&l, &record, &called);
		assert_string_equal(rows[i][1], called.name);
		assert_string_equal("wxs", called.initials);
		assert_true(bytes_equal(called.number, BYTES_LIT("1507221022000103")));
	}
	put("head", "山");
	struct look l = typed("王");

	look_called(&l, &record, &called);
	assert_string_equal("*", called.name);
	l = typed("山");
	look_called(&l, &record, &called);
	assert_string_equal("山", called.name);
	put("head", "王小小山");
	look_called(&l, &record, &called);
	assert_string_equal("王**山", called.name);
}

static void what_is_typed_is_taken_up_to_its_bound(void **state)
{
	char text[80];
	struct look l;

	(void)state;
	memset(text, 'x', sizeof text);
	assert_int_equal(0, look_take(&l, bytes_of(text, 63)));
	assert_int_equal(63, l.len);
	assert_int_equal(LOOK_WHOLE, look_name(&l, bytes_of(text, 63)));
	assert_int_equal(LOOK_EDGE, look_name(&l, bytes_of(text, 64)));
	assert_int_equal(BF_EBOUND, look_take(&l, bytes_of(text, 64)));
	assert_int_equal(BF_EINVAL, look_take(&l, BYTES_LIT("")));
	assert_int_equal(BF_EINVAL, look_take(&l, BYTES_LIT(" · ")));
	assert_int_equal(BF_EFORMAT, look_take(&l, BYTES_LIT("\xff")));
	assert_int_equal(BF_EFORMAT, look_take(&l, BYTES_LIT("王\n")));
	/* A name of the greatest length, one longer, and 63 characters of what a hand may type. */
	char name[301];

	memset(name, 'w', sizeof name);
	l = typed("wwww");
	assert_int_equal(LOOK_EDGE, look_name(&l, bytes_of(name, 200)));
	assert_int_equal(LOOK_NONE, look_name(&l, bytes_of(name, 300)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters_fit_whole_at_the_head_or_within),
		cmocka_unit_test(pinyin_fits_as_an_input_method_takes_it),
		cmocka_unit_test(every_reading_of_a_character_is_taken),
		cmocka_unit_test(latin_names_fit_as_they_are_written),
		cmocka_unit_test_setup_teardown(numbers_fit_whole_by_their_end_or_by_a_part, begin,
						end),
		cmocka_unit_test_setup_teardown(an_id_and_a_phone_fit_whole_or_by_four_at_the_end,
						begin, end),
		cmocka_unit_test_setup_teardown(what_nobody_is_called_by_is_not_looked_at, begin,
						end),
		cmocka_unit_test_setup_teardown(a_name_shows_what_was_typed_and_the_customary_ends,
						begin, end),
		cmocka_unit_test(what_is_typed_is_taken_up_to_its_bound),
	};

	return cmocka_run_group_tests_name("look", tests, NULL, NULL);
}
