/* SPDX-License-Identifier: Apache-2.0 */
/* pinyin.c -- how names are read: by Unicode's table, and as surnames are read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/pinyin.h"

/* "wang;xiao;shan": all readings of each character, the likeliest first. */
static const char *readings(const char *name)
{
	static char out[512];
	struct pinyin_char chars[16];
	uint32_t count = pinyin_name(bytes_str(name), chars, 16);
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		used += (size_t)snprintf(out + used, sizeof out - used, "%s", i > 0 ? ";" : "");
		for (uint32_t n = 0; n < chars[i].count; n++)
			used += (size_t)snprintf(out + used, sizeof out - used, "%s%s",
						 n > 0 ? "," : "", chars[i].readings[n]);
	}
	return out;
}

static const char *initials(const char *name)
{
	static char out[64];

	return pinyin_initials(bytes_str(name), out, sizeof out);
}

static void a_name_is_read_character_by_character(void **state)
{
	(void)state;
	assert_string_equal("wang;xiao;shan", readings("王小山"));
	assert_string_equal("qi;qi;ge", readings("其其格"));
	assert_string_equal("ba;te;er", readings("巴特尔"));
	assert_string_equal("lv;nv", readings("吕女"));
	assert_string_equal("zhong,chong;yang", readings("重阳"));
	assert_string_equal("", readings(""));
	assert_string_equal(";;", readings("A1·"));
}

static void a_surname_is_read_as_one_at_the_head_alone(void **state)
{
	static const struct {
		const char *name, *initials, *first;
	} rows[] = {
		{ "单玉兰", "syl", "shan,dan,chan" },
		{ "解放", "xf", "xie,jie" },
		{ "仇和", "qh", "qiu,chou" },
		{ "查良", "zl", "zha,cha" },
		{ "曾山", "zs", "zeng,ceng" },
		{ "区桃", "ot", "ou,qu" },
		{ "盖山", "gs", "ge,gai" },
		{ "朴山", "ps", "piao,pu,po" },
		{ "任山", "rs", "ren" },
		{ "华山", "hs", "hua" },
		{ "覃山", "qs", "qin,tan" },
		{ "翟山", "zs", "zhai,di" },
		{ "缪山", "ms", "miao,mou,miu" },
		{ "员山", "ys", "yun,yuan" },
		{ "黑山", "hs", "he,hei" },
		{ "万山", "ws", "wan,mo" },
		{ "尉山", "ws", "wei,yu" },
		{ "长孙", "zs", "zhang,chang" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		char first[64];

		assert_string_equal(rows[i].initials, initials(rows[i].name));
		(void)snprintf(first, sizeof first, "%.*s",
			       (int)strcspn(readings(rows[i].name), ";"), readings(rows[i].name));
		assert_string_equal(rows[i].first, first);
	}
	assert_string_equal("wang;dan,chan,shan", readings("王单"));
	assert_string_equal("wang;ceng,zeng", readings("王曾"));
	assert_string_equal("wang;cheng,sheng", readings("王晟"));
}

static void a_surname_of_two_characters_goes_before_its_first_alone(void **state)
{
	(void)state;
	assert_string_equal("mo,wan;qi,si", readings("万俟"));
	assert_string_equal("mqx", initials("万俟雄"));
	assert_string_equal("yu,wei;chi", readings("尉迟"));
	assert_string_equal("ycg", initials("尉迟恭"));
	assert_string_equal("chan,dan,shan;yu", readings("单于"));
	assert_string_equal("ttm", initials("澹台明"));
}

static void initials_leave_other_marks_out_and_are_cut_whole(void **state)
{
	char out[4];

	(void)state;
	assert_string_equal("bteqqg", initials("巴特尔·其其格"));
	assert_string_equal("bagana3", initials("Bagana 3"));
	assert_string_equal("", initials("——"));
	assert_string_equal("wxs", pinyin_initials(bytes_str("王小山丹"), out, sizeof out));
	assert_string_equal("w", initials("王\xff小"));
}

/* The whole table: all that stands in it is a syllable, and what people are named with is there. */
static void the_table_knows_the_characters_of_the_standard(void **state)
{
	uint32_t known = 0;

	(void)state;
	for (uint32_t cp = 0x4e00; cp <= 0x9fff; cp++) {
		char text[] = { (char)(0xe0 | cp >> 12), (char)(0x80 | (cp >> 6 & 0x3f)),
				(char)(0x80 | (cp & 0x3f)), '\0' };
		struct pinyin_char c;

		assert_int_equal(1, pinyin_name(bytes_str(text), &c, 1));
		known += c.count > 0;
		for (uint32_t i = 0; i < c.count; i++) {
			size_t len = strlen(c.readings[i]);

			assert_true(len >= 1 && len <= PINYIN_BYTES_MAX);
			assert_int_equal(len, strspn(c.readings[i], "abcdefghijklmnopqrstuvwxyz"));
			for (uint32_t n = 0; n < i; n++)
				assert_string_not_equal(c.readings[i], c.readings[n]);
		}
	}
	assert_true(known > 20800);
	/* Beyond the basic block: the first, one within and the last of the Standard; and one it
	 * has not. */
	assert_string_equal("zhou;han;chu", readings("㑇㘎𬺓"));
	assert_string_equal("", readings("㐀"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_read_character_by_character),
		cmocka_unit_test(a_surname_is_read_as_one_at_the_head_alone),
		cmocka_unit_test(a_surname_of_two_characters_goes_before_its_first_alone),
		cmocka_unit_test(initials_leave_other_marks_out_and_are_cut_whole),
		cmocka_unit_test(the_table_knows_the_characters_of_the_standard),
	};

	return cmocka_run_group_tests_name("pinyin", tests, NULL, NULL);
}
