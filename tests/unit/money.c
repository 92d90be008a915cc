/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of money.h: fen and accounts. */
#include "model_world.h"

#include "protocol/money.h"

static int64_t fen(const char *text)
{
	int64_t v = -1;
	int rc = fen_parse(bytes_str(text), &v);

	return rc == 0 ? v : rc;
}

static void amounts_are_read_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		int64_t fen;
	} good[] = {
		{ "0", 0 },
		{ "1", 100 },
		{ "1234.5", 123450 },
		{ "1,234.50", 123450 },
		{ "1234元", 123400 },
		{ "1200元整", 120000 },
		{ "30块钱", 3000 },
		{ "3.2万", 3200000 },
		{ "3.2万元", 3200000 },
		{ "0.0001万", 100 },
		{ "１２３４．５", 123450 },
		{ "１，２３４", 123400 },
		{ "0.05", 5 },
		{ "12.340", 1234 },
		{ "¥1,000,000", 100000000 },
		{ "￥ 5", 500 },
		{ "+7", 700 },
		{ "-0", 0 },
		{ "007", 700 },
		{ "1.5 元", 150 },
		{ "100亿", 1000000000000 },
		{ "5角", 50 },
		{ "12分", 12 },
		{ "0.000001万", 1 },
		{ "200块", 20000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_int_equal(fen(good[i].text), good[i].fen);
}

static void what_is_no_amount_or_finer_than_a_fen_is_refused(void **state)
{
	static const char *const bad[] = { "",      "abc",         "1.2.3", "1.",     ".5",
					   "12,34", "1,2345",      ",123",  "1,,234", "1234,567",
					   "1.234", "0.005",       "1e5",   "0x10",   "1 2",
					   "12人",  "0.0000001万", "--5",   "1.5分",  "0.05角",
					   "NaN",   "一万" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(fen(bad[i]), BF_EINVAL);
}

static void the_bound_itself_is_allowed_and_one_fen_more_is_not(void **state)
{
	(void)state;
	assert_true(fen("10000000000") == FEN_MAX);
	assert_true(fen("9999999999.99") == FEN_MAX - 1);
	assert_int_equal(fen("10000000000.01"), BF_EBOUND);
	assert_int_equal(fen("100.0000000001亿"), BF_EBOUND);
	assert_int_equal(fen("99999999999999999999999999"), BF_EBOUND);
	assert_int_equal(fen("1844674407370955.1616万"), BF_EBOUND); /* would wrap 64 bits */
	assert_int_equal(fen("-0.01"), BF_EBOUND);
}

static void every_amount_printed_is_read_back(void **state)
{
	struct rng r;
	char s[32];

	(void)state;
	rng_seed(&r, model_seed(5), 0);
	for (int i = 0; i < 20000; i++) {
		int64_t v = rng_between(&r, 0, rng_chance(&r, 500) ? 10000 : FEN_MAX);
		assert_true(fen(fen_print(v, s)) == v);
	}
	assert_string_equal(fen_print(-5, s), "-0.05");
	assert_string_equal(fen_print(123450, s), "1234.50");
	assert_string_equal(fen_print(INT64_MIN, s), "-92233720368547758.08");
	assert_string_equal(fen_print(INT64_MAX, s), "92233720368547758.07");
}

static void a_sum_never_wraps(void **state)
{
	int64_t sum = 77;

	(void)state;
	assert_int_equal(fen_add(INT64_MAX, 1, &sum), BF_EOVERFLOW);
	assert_int_equal(fen_add(INT64_MIN, -1, &sum), BF_EOVERFLOW);
	assert_int_equal(sum, 77);
	assert_int_equal(fen_add(INT64_MAX, INT64_MIN, &sum), 0);
	assert_int_equal(sum, -1);
	assert_int_equal(fen_add(INT64_MAX - 1, 1, &sum), 0);
	assert_true(sum == INT64_MAX);
}

static void accounts_go_to_bytes_and_back(void **state)
{
	const struct account all[] = {
		{ .type = ACCOUNT_DIVISION, .division = MODEL_HERE },
		{ .type = ACCOUNT_HOUSEHOLD, .household = { 1, SEQ_MAX } },
		{ .type = ACCOUNT_OUTSIDE, .party = 255 },
	};
	const size_t sizes[] = { 9, 17, 2 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		uint8_t b[ACCOUNT_BYTES_MAX];
		struct account back;
		size_t n = account_put(&all[i], b);
		assert_int_equal(n, sizes[i]);
		assert_int_equal(account_take(bytes_of(b, n), &back), 0);
		assert_int_equal(back.type, all[i].type);
		assert_true(back.division == all[i].division);
		assert_true(ref_equal(back.household, all[i].household));
		assert_int_equal(back.party, all[i].party);
		assert_int_equal(account_take(bytes_of(b, n - 1), &back), BF_EFORMAT);
	}
}

static void bytes_that_are_no_account_are_refused(void **state)
{
	static const uint8_t none[] = { 0, 1 }, type4[] = { 4, 1 }, party0[] = { 3, 0 },
			     more[] = { 3, 1, 1 };
	uint8_t place[9] = { 1 }, house[17] = { 2 };
	struct account a;

	(void)state;
	assert_int_equal(account_take((struct bytes){ 0 }, &a), BF_EFORMAT);
	assert_int_equal(account_take(bytes_of(none, 2), &a), BF_EFORMAT);
	assert_int_equal(account_take(bytes_of(type4, 2), &a), BF_EFORMAT);
	assert_int_equal(account_take(bytes_of(party0, 2), &a), BF_EFORMAT);
	assert_int_equal(account_take(bytes_of(more, 3), &a), BF_EFORMAT);
	assert_int_equal(account_take(bytes_of(place, 9), &a), BF_EFORMAT);  /* division 0 */
	assert_int_equal(account_take(bytes_of(house, 17), &a), BF_EFORMAT); /* no household */
	ref_put((struct ref){ 1, SEQ_MAX + 1 }, house + 1);
	assert_int_equal(account_take(bytes_of(house, 17), &a), BF_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(amounts_are_read_as_people_write_them),
		cmocka_unit_test(what_is_no_amount_or_finer_than_a_fen_is_refused),
		cmocka_unit_test(the_bound_itself_is_allowed_and_one_fen_more_is_not),
		cmocka_unit_test(every_amount_printed_is_read_back),
		cmocka_unit_test(a_sum_never_wraps),
		cmocka_unit_test(accounts_go_to_bytes_and_back),
		cmocka_unit_test(bytes_that_are_no_account_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
