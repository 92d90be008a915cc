/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of client/sheet.h and its two forms: the table's widths, CSV's guard and quotes, money
 * without rounding. */
#include "cli_world.h"

#include "client/answer.h"
#include "client/csv_in.h"
#include "client/csv_out.h"
#include "client/lang.h"
#include "client/width.h"

static void assert_guarded(const char *text, const char *expected)
{
	struct buf out = { 0 };

	csv_out_text(&out, bytes_str(text));
	assert_int_equal(out.len, strlen(expected));
	assert_memory_equal(out.p, expected, out.len);
	buf_fini(&out);
}

static void a_text_that_a_spreadsheet_would_compute_is_guarded(void **state)
{
	(void)state;
	assert_guarded("=1+1", "'=1+1");
	assert_guarded("+86", "'+86");
	assert_guarded("-5", "'-5");
	assert_guarded("@SUM", "'@SUM");
	assert_guarded("\tx", "'\tx");
	assert_guarded("\rx", "\"'\rx\"");
	assert_guarded("＝1", "'＝1");
	assert_guarded("1234567890123456", "'1234567890123456"); /* 16 digits: 15 are kept */
	assert_guarded("'1234567890123456", "''1234567890123456");
	assert_guarded("123456789012345", "123456789012345");
	assert_guarded("A1234567890123456", "A1234567890123456");
	assert_guarded("1,234,567,890,123,456", "\"'1,234,567,890,123,456\"");
	assert_guarded("007", "'007");
	assert_guarded("0", "0");
	assert_guarded("0.50", "0.50");
	assert_guarded("12E5", "'12E5");
	assert_guarded("1234567890123e-12", "'1234567890123e-12");
	assert_guarded("1e2e3", "1e2e3");
	assert_guarded("e12", "e12");
	assert_guarded("3/4", "'3/4");
	assert_guarded("1-2-3", "'1-2-3");
	assert_guarded("1-2/3", "1-2/3");
	assert_guarded("12345-6", "12345-6");
	assert_guarded("2026-11", "2026-11");
	assert_guarded("2026-11-24", "2026-11-24");
	assert_guarded("2026/11/24", "'2026/11/24");
	assert_guarded("1-", "1-");
	assert_guarded("", "");
	assert_guarded("＋1", "'＋1");
	assert_guarded("－1", "'－1");
	assert_guarded("＠1", "'＠1");
	assert_guarded("1-1", "'1-1");
	assert_guarded("张三", "张三");
	assert_guarded("=a,\"b\"", "\"'=a,\"\"b\"\"\"");
	assert_guarded("'=1+1", "''=1+1"); /* else it would be read back without its own */
	assert_guarded("''＠", "'''＠");
	assert_guarded("'quoted'", "'quoted'");
	assert_guarded("a=1", "a=1");
}

/* The sheet as it is printed with this format. */
static char *printed(struct client *c, const struct sheet *s, enum format format)
{
	char *text = NULL;
	size_t len = 0;

	c->format = format;
	c->out = open_memstream(&text, &len);
	assert_non_null(c->out);
	assert_int_equal(sheet_print(c, s), CLIENT_DONE);
	assert_int_equal(fclose(c->out), 0);
	return text;
}

static void sheet_of_two(struct sheet *s)
{
	(void)sheet_column(s, "name", "地区", false, true);
	(void)sheet_column(s, "sum", "金额", true, true);
	(void)sheet_column(s, "note", "备注", false, false);
	sheet_row(s);
	sheet_text(s, 0, bytes_str("莫力达瓦"));
	sheet_fen(s, 1, 123450);
	sheet_row(s);
	sheet_text(s, 0, bytes_str("abc"));
	sheet_fen(s, 1, -5);
}

static void a_chinese_character_is_two_columns_wide_in_a_table(void **state)
{
	struct client c = { .lang = 'z' };
	struct sheet s = { .row_count = 0 };

	(void)state;
	lang_widths();
	sheet_of_two(&s);
	char *text = printed(&c, &s, FORMAT_TABLE);
	assert_string_equal(text, "地区         金额\n"
				  "莫力达瓦  1234.50\n"
				  "abc         -0.05\n");
	free(text);
	sheet_fini(&s);
}

static void assert_lines(const char *text, uint32_t columns, const char *lines)
{
	struct bytes left = bytes_str(text);
	struct buf out = { 0 };
	size_t next;

	while (left.len > 0) {
		buf_put(&out, left.p, width_line(left, columns, &next));
		buf_u8(&out, '|');
		left = bytes_of(left.p + next, left.len - next);
	}
	buf_u8(&out, 0);
	assert_string_equal((const char *)out.p, lines);
	buf_fini(&out);
}

static void a_line_ends_between_words_and_never_before_a_closing_mark(void **state)
{
	(void)state;
	lang_widths();
	assert_lines("one two three", 7, "one two|three|");
	assert_lines("one two three", 8, "one two|three|");
	assert_lines("one   two", 3, "one|two|");
	assert_lines("one   two", 5, "one|two|");
	assert_lines("onetwothree", 4, "onet|woth|ree|");
	assert_lines("一二三四", 4, "一二|三四|");
	assert_lines("一二三四", 5, "一二|三四|");
	assert_lines("一二，三", 4, "一|二，|三|");
	assert_lines("一（二三", 4, "一|（二|三|");
	assert_lines("一二abc三", 6, "一二|abc三|"); /* no word is torn */
	assert_lines("一二", 1, "一|二|");           /* at least one character */
	assert_lines("", 5, "");
	assert_lines(" a", 5, " a|");
	assert_lines("\xff\xff\xff", 2, "\xff\xff|\xff|");
}

static void assert_cut(const char *text, uint32_t columns, const char *expected)
{
	struct buf out = { 0 };
	bool cut = width_cut(bytes_str(text), columns, &out);

	buf_u8(&out, 0);
	assert_string_equal((const char *)out.p, expected);
	assert_int_equal(cut, strcmp(text, expected) != 0);
	buf_fini(&out);
}

static void what_is_cut_ends_with_a_mark_and_takes_no_more_than_its_columns(void **state)
{
	(void)state;
	lang_widths();
	assert_cut("abcdef", 6, "abcdef");
	assert_cut("abcdef", 5, "abcd…");
	assert_cut("一二三", 6, "一二三");
	assert_cut("一二三", 5, "一二…");
	assert_cut("一二三", 4, "一…"); /* half a character is none */
	assert_cut("ab  cd", 5, "ab…");
	assert_cut("abc", 1, "…");
	assert_cut("abc", 0, "…");
	assert_cut("e\xcc\x81"
		   "e\xcc\x81",
		   2,
		   "e\xcc\x81"
		   "e\xcc\x81"); /* accents take none */
	assert_int_equal(width_of(BYTES_LIT("a旗\xf0\x9f\x8c\xbe")), 5);
	assert_int_equal(width_of(BYTES_LIT("\xf3\xa0\xba\xaa")), 2); /* unassigned: two at most */
	assert_int_equal(width_fit(BYTES_LIT("一二"), 3), 3);
}

static void numbers_stay_numbers_in_csv(void **state)
{
	struct client c = { .lang = 'z', .bom = true };
	struct sheet s = { .row_count = 0 };

	(void)state;
	sheet_of_two(&s);
	char *text = printed(&c, &s, FORMAT_CSV);
	assert_string_equal(text,
			    "\xEF\xBB\xBF地区,金额,备注\r\n莫力达瓦,1234.50,\r\nabc,-0.05,\r\n");
	free(text);
	sheet_fini(&s);
}

static void what_would_steer_a_terminal_is_shown_alike_in_tables_and_csv(void **state)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "a\x1b[31mb\a", "a\\x1b[31mb\\x07" },
		{ "a\rb\nc\td\x7f", "a\\x0db\\x0ac\\x09d\\x7f" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* CSI in one character */
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" }, /* right to left */
		{ "a\xe2\x80\xa8"
		  "b",
		  "a\\xe2\\x80\\xa8b" },   /* line separator */
		{ "\t=1+1", "\\x09=1+1" }, /* no formula any more */
		{ "a\xff\xe5"
		  "b",
		  "a\\xff\\xe5"
		  "b" },                                  /* no UTF-8 */
		{ "C:\\x41 旗 é 𠮷", "C:\\x41 旗 é 𠮷" }, /* as it is */
	};
	struct client c = { .lang = 'z' };
	char want[128];

	(void)state;
	lang_widths();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sheet s = { .row_count = 0 };

		(void)sheet_column(&s, "author", "记录人", false, true);
		sheet_row(&s);
		sheet_text(&s, 0, bytes_str(cases[i].text));
		char *text = printed(&c, &s, FORMAT_TABLE);
		(void)snprintf(want, sizeof(want), "记录人\n%s\n", cases[i].shown);
		assert_string_equal(text, want);
		free(text);
		text = printed(&c, &s, FORMAT_CSV);
		(void)snprintf(want, sizeof(want), "记录人\r\n%s\r\n", cases[i].shown);
		assert_string_equal(text, want);
		free(text);
		sheet_fini(&s);
	}
}

static void what_is_written_as_csv_reads_back_the_same(void **state)
{
	static const char *const texts[] = { "1234567890123456",
					     "'1234567890123456",
					     "plain",
					     "a,b",
					     "say \"no\"",
					     "two\nlines",
					     " blank ",
					     "彝族，阿依",
					     "\"",
					     ",",
					     "=1+1",
					     "+86",
					     "-5",
					     "@SUM",
					     "\tx",
					     "\rx",
					     "＝1",
					     "＋1",
					     "－1",
					     "＠1",
					     "'=1",
					     "''-2",
					     "'",
					     "'a'",
					     "\\x1b",
					     "=a,\"b\"" };
	const struct world *w = *state;
	struct buf out = { 0 };
	struct csv_in *in = NULL;
	struct csv_row row;

	buf_put_bytes(&out, bytes_str("a,b\r\n"));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		csv_out_text(&out, bytes_str(texts[i]));
		buf_put_bytes(&out, bytes_str(",x\r\n"));
	}
	world_write(w, out.p, out.len);
	buf_fini(&out);
	assert_int_equal(csv_in_open(&in, w->path, NULL, NULL), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		assert_int_equal(csv_in_next(in, &row, NULL), CSV_ROW);
		assert_int_equal(row.cells[0].len, strlen(texts[i]));
		assert_memory_equal(row.cells[0].p, texts[i], strlen(texts[i]));
	}
	csv_in_close(in);
}

static void money_in_wan_is_never_rounded(void **state)
{
	struct client c = { .wan = true };
	char text[MONEY_TEXT_MAX];

	(void)state;
	assert_string_equal(money_text(&c, 0, text), "0.00");
	assert_string_equal(money_text(&c, 1, text), "0.000001");
	assert_string_equal(money_text(&c, 123456789, text), "123.456789");
	assert_string_equal(money_text(&c, 1200000, text), "1.20");
	assert_string_equal(money_text(&c, -1500000, text), "-1.50");
	assert_string_equal(money_text(&c, INT64_MIN, text), "-9223372036854.775808");
	c.wan = false;
	assert_string_equal(money_text(&c, 123456789, text), "1234567.89");
}

static void time_is_told_in_plain_words(void **state)
{
	struct client zh = { .lang = 'z' };
	struct client en = { .lang = 'e' };
	char text[TIME_TEXT_MAX];
	int64_t now = INT64_C(1795439640000);

	(void)state;
	assert_string_equal(time_text(now, text), "2026-11-23 21:14");
	assert_string_equal(time_ago(&zh, now - 180000, now, text), "3 分钟前");
	assert_string_equal(time_ago(&en, now - 60000, now, text), "1 minute ago");
	assert_string_equal(time_ago(&en, now + 7200000, now, text), "in 2 hours");
	assert_string_equal(time_ago(&en, now - 30 * 3600000, now, text), "30 hours ago");
	assert_string_equal(time_ago(&en, now - 48 * 3600000, now, text), "2 days ago");
	assert_string_equal(time_ago(&zh, now, now, text), "刚才");
}

static void a_column_over_the_bound_is_refused(void **state)
{
	struct client c = { .lang = 'e', .out = stdout };
	struct sheet s = { .row_count = 0 };

	(void)state;
	for (int i = 0; i < SHEET_COLUMNS_MAX; i++)
		(void)sheet_column(&s, "k", "t", false, true);
	assert_int_equal(s.err, 0);
	(void)sheet_column(&s, "k", "t", false, true);
	assert_int_equal(s.err, BF_EBOUND);
	assert_int_equal(sheet_print(&c, &s), CLIENT_FAILED);
	sheet_fini(&s);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(a_text_that_a_spreadsheet_would_compute_is_guarded),
		T(a_chinese_character_is_two_columns_wide_in_a_table),
		T(a_line_ends_between_words_and_never_before_a_closing_mark),
		T(what_is_cut_ends_with_a_mark_and_takes_no_more_than_its_columns),
		T(numbers_stay_numbers_in_csv),
		T(what_would_steer_a_terminal_is_shown_alike_in_tables_and_csv),
		T(what_is_written_as_csv_reads_back_the_same),
		T(money_in_wan_is_never_rounded),
		T(time_is_told_in_plain_words),
		T(a_column_over_the_bound_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
