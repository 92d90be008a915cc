/* SPDX-License-Identifier: Apache-2.0 */
/* record_rules.c -- tests of record.h: defaults, and the rules that a whole record of a kind must
 * keep. */
#include "record_fx.h"

static int check(struct fx *f)
{
	return record_check(&f->rec, &f->ask, &f->fault);
}

static void judged(struct fx *f, enum fault_code code, const char *where)
{
	assert_true(check(f) < 0);
	if (f->fault.code != code)
		fail_msg("%s", f->fault.en);
	assert_string_equal(f->fault.where, where);
}

static void defaults_are_today_and_here(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	judged(f, FAULT_MISSING_FIELD, "households");
	assert_int_equal(record_get(&f->rec, 2)->i, MODEL_TODAY);
	assert_true(record_get(&f->rec, 1)->u == MODEL_HERE);
	through(f, "households", "1001");
	judged(f, FAULT_MISSING_FIELD, "purpose");
	through(f, "purpose", "日常走访");
	assert_int_equal(check(f), 0);
	f->ask.here = 0; /* a node without a place has no default */
	fresh(f, KIND_VISIT);
	judged(f, FAULT_MISSING_FIELD, "division");
}

static void today_is_allowed_and_tomorrow_is_not(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	through(f, "households", "1001");
	through(f, "purpose", "日常走访");
	through(f, "day", "2026-11-23");
	assert_int_equal(check(f), 0);
	through(f, "day", "2026-11-24");
	judged(f, FAULT_DAY_LATER, "day");
	/* A cadre whose clock is wrong sees it. */
	assert_non_null(strstr(f->fault.zh, "本机认为今天是 2026-11-23"));
	assert_non_null(strstr(f->fault.en, "2026-11-23"));
}

static void who_types_may_say_yesterday_and_a_file_may_not(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	refused(f, "day", "昨天", FAULT_FIELD_DAY);
	refused(f, "day", "11-22", FAULT_FIELD_DAY);
	f->ask.typing = true;
	through(f, "day", "昨天");
	assert_int_equal(record_get(&f->rec, 2)->i, MODEL_TODAY - 1);
	through(f, "day", "11月22日");
	assert_int_equal(record_get(&f->rec, 2)->i, MODEL_TODAY - 1);
	fresh(f, KIND_MEMBER);
	refused(f, "birth", "11-22", FAULT_FIELD_DAY); /* of which year? */
}

static void a_time_of_day_out_of_range_is_answered_by_times_of_day(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	refused(f, "start", "25:00", FAULT_FIELD_RANGE);
	assert_non_null(strstr(f->fault.zh, "00:00–23:59"));
	assert_non_null(strstr(f->fault.en, "00:00–23:59"));
	through(f, "start", "23:59");
	refused(f, "start", "24:00", FAULT_FIELD_RANGE);
}

static void a_visit_ends_after_it_begins(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	through(f, "households", "1001");
	through(f, "purpose", "1");
	through(f, "start", "9:30");
	assert_int_equal(check(f), 0);
	through(f, "end", "9:30");
	judged(f, FAULT_END_EARLY, "end");
	through(f, "end", "9:31");
	assert_int_equal(check(f), 0);
}

static void the_two_sides_of_money_fit_the_movement(void **state)
{
	static const char *const A = "150000", *const B = "150722", *const H = "户:1001",
				 *const S = "supplier", *const C = "central";
	const struct {
		const char *movement, *from, *to;
		enum fault_code code;
	} all[] = {
		{ "下达", A, B, FAULT_NONE },
		{ "下达", C, A, FAULT_NONE },
		{ "下达", H, B, FAULT_FUND_FROM_PUBLIC },
		{ "下达", A, H, FAULT_FUND_TO_DIVISION },
		{ "下达", A, A, FAULT_FUND_SAME },
		{ "拨付", A, B, FAULT_NONE },
		{ "拨付", C, B, FAULT_FUND_FROM_DIVISION },
		{ "拨付", A, S, FAULT_FUND_TO_DIVISION },
		{ "支出", B, H, FAULT_NONE },
		{ "支出", B, S, FAULT_NONE },
		{ "支出", B, A, FAULT_FUND_TO_PAYEE },
		{ "支出", H, S, FAULT_FUND_FROM_DIVISION },
		{ "退回", B, A, FAULT_NONE },
		{ "退回", H, B, FAULT_NONE },
		{ "退回", S, B, FAULT_NONE },
		{ "退回", B, H, FAULT_FUND_TO_DIVISION },
		{ "收回", B, A, FAULT_NONE },
		{ "收回", A, C, FAULT_FUND_TO_DIVISION },
		{ "追缴", H, B, FAULT_NONE },
		{ "追缴", S, B, FAULT_NONE },
		{ "追缴", A, B, FAULT_FUND_FROM_PAYEE },
		{ "追缴", H, S, FAULT_FUND_TO_DIVISION },
		{ "结转", B, B, FAULT_NONE },
		{ "结转", A, B, FAULT_NONE },
		{ "结转", H, B, FAULT_FUND_FROM_DIVISION },
	};
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fresh(f, KIND_FUND);
		through(f, "movement", all[i].movement);
		through(f, "channel", "衔接资金");
		through(f, "from", all[i].from);
		through(f, "to", all[i].to);
		through(f, "amount", "3.2万");
		through(f, "document", "内财农〔2026〕1号");
		f->fault.code = FAULT_NONE;
		int rc = check(f);
		if (f->fault.code != all[i].code || (rc == 0) != (all[i].code == FAULT_NONE))
			fail_msg("%s %s -> %s: %d %s", all[i].movement, all[i].from, all[i].to, rc,
				 f->fault.en);
	}
}

static void fund_fields_that_are_required_are_asked_for(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_FUND);
	judged(f, FAULT_MISSING_FIELD, "movement");
	through(f, "movement", "spend");
	judged(f, FAULT_MISSING_FIELD, "channel");
	through(f, "channel", "donation");
	judged(f, FAULT_MISSING_FIELD, "from");
	through(f, "from", "150722");
	judged(f, FAULT_MISSING_FIELD, "to");
	through(f, "to", "self");
	judged(f, FAULT_MISSING_FIELD, "amount");
	through(f, "amount", "1");
	judged(f, FAULT_MISSING_FIELD, "document");
}

static void an_id_gives_sex_and_birthday_and_may_not_contradict_them(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	through(f, "household", "1001");
	through(f, "name", "张测三");
	through(f, "id", "11010519491231002X");
	assert_int_equal(check(f), 0);
	assert_string_equal(text_of(f, "sex", false, 'z'), "女");
	assert_string_equal(text_of(f, "birth", false, 'z'), "1949-12-31");
	through(f, "sex", "男");
	judged(f, FAULT_SEX_DIFFERS, "sex");
	through(f, "sex", "女");
	through(f, "birth", "1949-12-30");
	judged(f, FAULT_BIRTH_DIFFERS, "birth");
}

static void who_attends_school_has_not_finished_it(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	through(f, "household", "1001");
	through(f, "name", "张测三");
	through(f, "education", "小学");
	assert_int_equal(check(f), 0);
	through(f, "student", "小学");
	judged(f, FAULT_SCHOOLING_TWICE, "student");
	through(f, "education", "");
	assert_int_equal(check(f), 0);
}

static void a_household_has_two_further_causes_and_five_risks_at_most(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_HOUSEHOLD);
	through(f, "number", "1001");
	through(f, "other-causes", "因病,因残");
	through(f, "risks", "因病,因残,因学,因灾,意外事故");
	assert_int_equal(check(f), 0);
	through(f, "other-causes", "因病,因残,因学");
	judged(f, FAULT_CODES_MANY, "other-causes");
	through(f, "other-causes", "");
	through(f, "risks", "1,2,3,4,5,6");
	judged(f, FAULT_CODES_MANY, "risks");
	through(f, "risks", "");
	through(f, "risk-found", "2026-05-02");
	through(f, "risk-cleared", "2026-05-01");
	judged(f, FAULT_CLEARED_EARLY, "risk-cleared");
	through(f, "risk-cleared", "2026-05-02");
	assert_int_equal(check(f), 0);
}

static void a_resolver_without_functions_refuses(void **state)
{
	struct fx *f = *state;

	f->ask = (struct resolver){ .today = MODEL_TODAY };
	fresh(f, KIND_VISIT);
	refused(f, "division", "150722", FAULT_FIELD_DIVISION);
	refused(f, "households", "1001", FAULT_FIELD_REF);
	fresh(f, KIND_VOID);
	assert_int_equal(set(f, "target", "0f3a9c1122334455-12"), 0); /* a ref needs nobody */
	refused(f, "target", "1001", FAULT_FIELD_REF);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(defaults_are_today_and_here),
		T(today_is_allowed_and_tomorrow_is_not),
		T(who_types_may_say_yesterday_and_a_file_may_not),
		T(a_time_of_day_out_of_range_is_answered_by_times_of_day),
		T(a_visit_ends_after_it_begins),
		T(the_two_sides_of_money_fit_the_movement),
		T(fund_fields_that_are_required_are_asked_for),
		T(an_id_gives_sex_and_birthday_and_may_not_contradict_them),
		T(who_attends_school_has_not_finished_it),
		T(a_household_has_two_further_causes_and_five_risks_at_most),
		T(a_resolver_without_functions_refuses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
