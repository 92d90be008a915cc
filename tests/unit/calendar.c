/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of calendar.h: days, months, the hybrid clock. */
#include "model_world.h"

static int32_t day(const char *text)
{
	int32_t d = INT32_MAX;

	return day_parse(bytes_str(text), &d) == 0 ? d : INT32_MAX;
}

static void every_form_of_a_date_means_the_same_day(void **state)
{
	static const char *const forms[] = { "2026-11-23",     "2026/11/23", "2026.11.23",
					     "2026年11月23日", "20261123",   "２０２６－１１－２３",
					     " 2026-11-23 " };

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(day(forms[i]), MODEL_TODAY);
	assert_int_equal(day("2026-1-3"), day("20260103"));
	assert_int_equal(day("1970-01-01"), 0);
	assert_int_equal(day("1969-12-31"), -1);
}

static void impossible_dates_are_refused(void **state)
{
	static const char *const bad[] = { "2026-02-29",  "2100-02-29", "1900-02-29",
					   "2026-13-01",  "2026-00-10", "2026-04-31",
					   "2026-11-23x", "26-11-23",   "2026-11/23",
					   "20261",       "",           "2026年11月23",
					   "1899-12-31",  "2101-01-01", "202611234" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(day(bad[i]), INT32_MAX);
	assert_int_equal(day("2000-02-29"), 11016);
}

static void the_bounds_are_1900_and_2100(void **state)
{
	(void)state;
	assert_int_equal(day("1900-01-01"), DAY_MIN);
	assert_int_equal(day("2100-12-31"), DAY_MAX);
}

static void every_day_of_two_centuries_goes_there_and_back(void **state)
{
	int last_y = 1899, last_m = 12, last_d = 31;

	(void)state;
	for (int32_t i = DAY_MIN; i <= DAY_MAX; i++) {
		int y, m, d;
		int32_t back;
		char s[11];
		day_split(i, &y, &m, &d);
		bool next = (y == last_y && m == last_m && d == last_d + 1) ||
			    (d == 1 && (m == last_m + 1 || (m == 1 && y == last_y + 1)));
		assert_true(next);
		assert_int_equal(day_of(y, m, d, &back), 0);
		assert_int_equal(back, i);
		assert_int_equal(day(day_print(i, s)), i);
		assert_int_equal(day_month(i), y * 12 + m - 1);
		last_y = y;
		last_m = m;
		last_d = d;
	}
}

static void a_day_may_be_said_by_a_word_or_without_its_year(void **state)
{
	static const struct {
		const char *text;
		int back;
	} good[] = { { "今天", 0 },      { " 昨天 ", 1 },   { "前天", 2 },      { "today", 0 },
		     { "yesterday", 1 }, { "11-23", 0 },    { "11/22", 1 },     { "11.22", 1 },
		     { "11月23日", 0 },  { "11月22号", 1 }, { "１１-２３", 0 }, { "2026-11-21", 2 },
		     { "20261121", 2 },  { "23号", 0 },     { "3号", 20 } };
	static const char *const bad[] = { "",        "明天",  "tomorrow", "11",   "11-",
					   "-23",     "13-01", "11-31",    "2-29", "11-23-26",
					   "2026-11", "11月",  "昨天1" };
	int32_t got, want;

	(void)state; /* today is 2026-11-23 */
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (day_typed(bytes_str(good[i].text), MODEL_TODAY, &got) != 0)
			fail_msg("%s is no day", good[i].text);
		assert_int_equal(got, MODEL_TODAY - good[i].back);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (day_typed(bytes_str(bad[i]), MODEL_TODAY, &got) != BF_EINVAL)
			fail_msg("%s is a day", bad[i]);
	/* What this year has not reached yet was last year; but 31 days ahead at most are a slip,
	 * and refused as such. */
	assert_int_equal(day_typed(BYTES_LIT("11-24"), MODEL_TODAY, &got), 0);
	assert_int_equal(got, MODEL_TODAY + 1);
	assert_int_equal(day_typed(BYTES_LIT("12-24"), MODEL_TODAY, &got), 0);
	assert_int_equal(got, MODEL_TODAY + 31);
	assert_int_equal(day_typed(BYTES_LIT("12-25"), MODEL_TODAY, &got), 0);
	assert_int_equal(day_of(2025, 12, 25, &want), 0);
	assert_int_equal(got, want);
	assert_int_equal(day_typed(BYTES_LIT("12-31"), MODEL_TODAY, &got), 0);
	assert_int_equal(day_of(2025, 12, 31, &want), 0);
	assert_int_equal(got, want);
	assert_int_equal(day_typed(BYTES_LIT("昨天"), DAY_MIN, &got), BF_EINVAL);
}

static void a_day_of_the_month_or_the_week_is_the_latest_one(void **state)
{
	static const struct {
		const char *text;
		int back;
	} good[] = { { "周一", 0 },
		     { "周二", 6 },
		     { "星期六", 2 },
		     { "周日", 1 },
		     { "星期天", 1 },
		     { "礼拜五", 3 },
		     { "24号", -1 } /* a slip: 7 days ahead at most */,
		     { "30号", -7 },
		     { "1日", 22 } };
	static const char *const bad[] = { "31号x", "0号", "32号", "周", "周八", "下周一", "号" };
	int32_t got, day;

	(void)state; /* today is Monday, 2026-11-23 */
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(day_typed(bytes_str(good[i].text), MODEL_TODAY, &got), 0);
		if (got != MODEL_TODAY - good[i].back)
			fail_msg("%s is %d days ago", good[i].text, MODEL_TODAY - got);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(day_typed(bytes_str(bad[i]), MODEL_TODAY, &got), BF_EINVAL);
	assert_int_equal(day_of(2026, 3, 2, &day), 0); /* February has no 31st */
	assert_int_equal(day_typed(BYTES_LIT("31号"), day, &got), BF_EINVAL);
	assert_int_equal(day_of(2026, 1, 2, &day), 0);
	assert_int_equal(day_typed(BYTES_LIT("31号"), day, &got), 0);
	assert_int_equal(day - got, 2); /* last year's */
	assert_int_equal(day_of(2026, 12, 3, &day), 0);
	assert_int_equal(day_typed(BYTES_LIT("10号"), day, &got), 0);
	assert_int_equal(got - day, 7);
	assert_int_equal(day_typed(BYTES_LIT("11号"), day, &got), 0);
	assert_int_equal(day - got, 22);
}

/* A fact is past; what is asked for may end ahead. */
static void a_day_of_a_question_may_lie_ahead(void **state)
{
	static const struct {
		const char *today, *text, *day;
	} cases[] = {
		{ "2026-11-28", "11-30", "2026-11-30" },   { "2026-11-28", "12-31", "2026-12-31" },
		{ "2026-11-28", "30号", "2026-11-30" },    { "2026-11-28", "1-1", "2026-01-01" },
		{ "2026-11-28", "11-1", "2026-11-01" },    { "2027-01-10", "12-1", "2026-12-01" },
		{ "2027-01-10", "6月30日", "2027-06-30" }, { "2026-02-10", "30号", "2026-01-30" },
		{ "2026-06-30", "12-30", "2026-12-30" },   { "2026-06-30", "12-31", "2025-12-31" },
		{ "2026-11-28", "周一", "2026-11-23" },
	};
	int32_t today, want, from, to;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(day_parse(bytes_str(cases[i].today), &today), 0);
		assert_int_equal(day_parse(bytes_str(cases[i].day), &want), 0);
		assert_int_equal(period_typed(bytes_str(cases[i].text), today, &from, &to), 0);
		if (from != want || to != want)
			fail_msg("%s on %s is %d", cases[i].text, cases[i].today, from);
	}
}

static void a_period_is_a_day_a_week_a_month_or_a_year(void **state)
{
	static const struct {
		const char *text, *from, *to;
	} good[] = {
		{ "今天", "2026-11-23", "2026-11-23" },
		{ "2026-11-27", "2026-11-27", "2026-11-27" },
		{ "11-27", "2026-11-27", "2026-11-27" },
		{ "周日", "2026-11-22", "2026-11-22" },
		{ "3号", "2026-11-03", "2026-11-03" },
		{ "本周", "2026-11-23", "2026-11-29" },
		{ "这个星期", "2026-11-23", "2026-11-29" },
		{ "上周", "2026-11-16", "2026-11-22" },
		{ "last-week", "2026-11-16", "2026-11-22" },
		{ "2026-11", "2026-11-01", "2026-11-30" },
		{ "２０２６年１１月", "2026-11-01", "2026-11-30" },
		{ "本月", "2026-11-01", "2026-11-30" },
		{ "这个月", "2026-11-01", "2026-11-30" },
		{ "上个月", "2026-10-01", "2026-10-31" },
		{ "last-month", "2026-10-01", "2026-10-31" },
		{ "11月", "2026-11-01", "2026-11-30" },
		{ "12月", "2025-12-01", "2025-12-31" },
		{ "2月份", "2026-02-01", "2026-02-28" },
		{ "2026", "2026-01-01", "2026-12-31" },
		{ "2024年", "2024-01-01", "2024-12-31" },
		{ "去年", "2025-01-01", "2025-12-31" },
		{ "this-year", "2026-01-01", "2026-12-31" },
	};
	static const char *const bad[] = { "",        "明天", "下周",      "13月", "0月",
					   "2026-13", "1899", "2101",      "周",   "last-",
					   "上上周",  "soon", "2026-02-30" };
	int32_t from, to;
	char a[11], b[11];

	(void)state; /* today is Monday, 2026-11-23 */
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (period_typed(bytes_str(good[i].text), MODEL_TODAY, &from, &to) != 0)
			fail_msg("%s is no period", good[i].text);
		assert_string_equal(day_print(from, a), good[i].from);
		assert_string_equal(day_print(to, b), good[i].to);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (period_typed(bytes_str(bad[i]), MODEL_TODAY, &from, &to) != BF_EINVAL)
			fail_msg("%s is a period", bad[i]);
	assert_int_equal(day_monday(0), -3); /* 1970-01-01 was a Thursday */
	for (int32_t day = -10; day < 10; day++)
		assert_true(day_monday(day) <= day && day - day_monday(day) < 7 &&
			    (day_monday(day) + 3) % 7 == 0);
}

static void a_day_begins_at_midnight_in_china(void **state)
{
	const int64_t midnight = (int64_t)MODEL_TODAY * 86400000 - 8 * 3600000;

	(void)state;
	assert_int_equal(day_of_ms(midnight), MODEL_TODAY);
	assert_int_equal(day_of_ms(midnight - 1), MODEL_TODAY - 1);
	assert_int_equal(day_of_ms(INT64_MAX), DAY_MAX);
	assert_int_equal(day_of_ms(INT64_MIN), DAY_MIN);
}

static void months_are_read_and_printed(void **state)
{
	uint32_t month = 0;
	char s[8];

	(void)state;
	assert_int_equal(month_parse(bytes_str("2026-11"), &month), 0);
	assert_int_equal(month, 2026 * 12 + 10);
	assert_string_equal(month_print(month, s), "2026-11");
	assert_int_equal(month_parse(bytes_str("202611"), &month), 0);
	assert_int_equal(month_parse(bytes_str("2026年1月"), &month), 0);
	assert_int_equal(month, 2026 * 12);
	assert_int_equal(month_parse(bytes_str("2026-13"), &month), BF_EINVAL);
	assert_int_equal(month_parse(bytes_str("2026-00"), &month), BF_EINVAL);
	assert_int_equal(month_parse(bytes_str("2026-11-23"), &month), BF_EINVAL);
	assert_int_equal(month_parse(bytes_str("2026"), &month), BF_EINVAL);
}

static void a_stamp_rises_whatever_the_wall_clock_does(void **state)
{
	struct rng r;
	uint64_t last = 0;

	(void)state;
	rng_seed(&r, model_seed(3), 0);
	for (int i = 0; i < 10000; i++) {
		uint64_t next = stamp_next(last, rng_between(&r, -1000000, 1900000000000));
		assert_true(next > last);
		last = next;
	}
	assert_int_equal(stamp_ms(stamp_next(0, 1700000000000)), 1700000000000);
	assert_true(stamp_next(UINT64_MAX, 5) == UINT64_MAX); /* the end of time is no overflow */
	assert_true(stamp_next(0, INT64_MAX) > 0);
}

static int age(const char *birth, const char *on)
{
	return day_age(day(birth), day(on));
}

static void an_age_is_full_years_and_grows_on_the_birthday(void **state)
{
	(void)state;
	assert_int_equal(age("1965-11-28", "2026-11-27"), 60);
	assert_int_equal(age("1965-11-28", "2026-11-28"), 61);
	assert_int_equal(age("1965-11-28", "2026-12-01"), 61);
	assert_int_equal(age("2026-11-28", "2026-11-28"), 0);
	assert_int_equal(age("2026-11-28", "2020-01-01"), 0); /* not born */
	assert_int_equal(age("2004-02-29", "2023-02-28"), 18);
	assert_int_equal(age("2004-02-29", "2023-03-01"), 19);
	assert_int_equal(age("2004-02-29", "2024-02-29"), 20);
	assert_int_equal(age("1900-01-01", "2100-12-31"), 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_of_a_date_means_the_same_day),
		cmocka_unit_test(impossible_dates_are_refused),
		cmocka_unit_test(the_bounds_are_1900_and_2100),
		cmocka_unit_test(every_day_of_two_centuries_goes_there_and_back),
		cmocka_unit_test(a_day_may_be_said_by_a_word_or_without_its_year),
		cmocka_unit_test(a_day_of_the_month_or_the_week_is_the_latest_one),
		cmocka_unit_test(a_period_is_a_day_a_week_a_month_or_a_year),
		cmocka_unit_test(a_day_of_a_question_may_lie_ahead),
		cmocka_unit_test(a_day_begins_at_midnight_in_china),
		cmocka_unit_test(an_age_is_full_years_and_grows_on_the_birthday),
		cmocka_unit_test(months_are_read_and_printed),
		cmocka_unit_test(a_stamp_rises_whatever_the_wall_clock_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
