/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of person.h: the standard's vectors, what it must detect, what it says, what it hides. */
#include "model_world.h"

static int parse(const char *text, struct person *p, struct fault *f)
{
	return person_parse(bytes_str(text), MODEL_TODAY, "id", p, f);
}

static void the_vectors_of_the_standard_pass(void **state)
{
	struct person p;
	int y, m, d;

	(void)state;
	assert_int_equal(parse("11010519491231002X", &p, NULL), 0);
	assert_false(p.male);
	day_split(p.birth, &y, &m, &d);
	assert_int_equal(y * 10000 + m * 100 + d, 19491231);
	assert_int_equal(parse("440524188001010014", &p, NULL),
			 BF_EINVAL); /* born in 1880: sound, but no one lives */
	assert_int_equal(person_check_char("44052418800101001"), '4');
	assert_int_equal(person_check_char("11010519491231002"), 'X');
}

static void forms_people_type_are_made_one(void **state)
{
	static const char *const forms[] = { "11010519491231002x",
					     "　１１０１０５１９４９１２３１００２ｘ",
					     "110105 19491231 002X" };
	struct person p;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(parse(forms[i], &p, NULL), 0);
		assert_string_equal(p.text, "11010519491231002X");
		assert_int_equal(p.disability_kind, 0);
	}
}

static void a_number_of_1989_is_widened_and_says_so(void **state)
{
	struct person p;

	(void)state;
	assert_int_equal(parse("110105491231002", &p, NULL), 0);
	assert_string_equal(p.text, "11010519491231002X");
	assert_true(p.from15);
	assert_int_equal(parse("110105491331002", &p, NULL), BF_EINVAL);
	assert_int_equal(parse("11010549123100X", &p, NULL), BF_EINVAL);
}

static void a_disability_card_keeps_the_person_in_front(void **state)
{
	struct person p;
	struct fault f;

	(void)state;
	assert_int_equal(parse("11010519491231002X23", &p, NULL), 0);
	assert_int_equal(p.disability_kind, 2);
	assert_int_equal(p.disability_grade, 3);
	assert_memory_equal(p.text, "11010519491231002X", PERSON_KEY_BYTES);
	assert_int_equal(parse("11010519491231002X74b1", &p, NULL), 0);
	assert_string_equal(p.text, "11010519491231002X74B1"); /* PERSON_TEXT_MAX characters */
	assert_int_equal(parse("11010519491231002X83", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_DISABILITY);
	assert_non_null(strstr(f.zh, "第 19 位不对"));
	assert_int_equal(parse("11010519491231002X25", &p, &f), BF_EINVAL);
	assert_int_equal(parse("11010519491231002X23C1", &p, &f), BF_EINVAL);
	assert_int_equal(parse("11010519491231002X23B0", &p, &f), BF_EINVAL);
}

static void every_single_wrong_digit_is_seen(void **state)
{
	struct rng r;
	struct person p;

	(void)state;
	rng_seed(&r, model_seed(21), 0);
	for (int round = 0; round < 300; round++) {
		char id[19], s[19];
		model_id(&r, id);
		assert_int_equal(parse(id, &p, NULL), 0);
		for (int i = 0; i < 18; i++) {
			for (char c = '0'; c <= '9'; c++) {
				memcpy(s, id, sizeof(s));
				s[i] = c;
				if (c != id[i])
					assert_int_equal(parse(s, &p, NULL), BF_EINVAL);
			}
		}
	}
}

static void every_swap_of_neighbours_is_seen_and_suggested(void **state)
{
	struct rng r;
	struct person p;
	struct fault f;
	int suggested = 0, swaps = 0;

	(void)state;
	rng_seed(&r, model_seed(22), 0);
	for (int round = 0; round < 300; round++) {
		char id[19], s[19], wanted[32];
		model_id(&r, id);
		for (int i = 0; i < 17; i++) {
			if (id[i] == id[i + 1])
				continue;
			memcpy(s, id, sizeof(s));
			s[i] = id[i + 1];
			s[i + 1] = id[i];
			assert_int_equal(parse(s, &p, &f), BF_EINVAL);
			snprintf(wanted, sizeof(wanted), "%d-%d: ", i + 1, i + 2);
			swaps++;
			suggested += strstr(f.en, wanted) != NULL;
		}
	}
	/* All but those crowded out by two other swaps, or with an X moved inwards. */
	assert_true(suggested * 10 > swaps * 8);
}

static void a_failed_sum_says_where_the_slip_may_be_in_no_arithmetic_and_no_number(void **state)
{
	struct person p;
	struct fault f;

	(void)state;
	assert_int_equal(parse("110105194912310021", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_CHECKSUM);
	assert_int_equal(f.rc, BF_EINVAL);
	assert_string_equal(f.where, "id");
	assert_null(strstr(f.en, "mod"));
	assert_null(strstr(f.zh, "167"));
	assert_non_null(strstr(f.zh, "18: 1→X"));
	assert_null(strstr(f.en, "110105"));
	assert_null(strstr(f.zh, "1949"));
}

static void each_rule_has_its_own_sentence(void **state)
{
	struct person p;
	struct fault f;

	(void)state;
	assert_int_equal(parse("1101051949123100", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_LENGTH);
	assert_non_null(strstr(f.en, "has 16 characters"));
	assert_int_equal(parse("没有证件", &p, &f), BF_EINVAL);
	assert_non_null(strstr(f.zh, "有 4 位"));
	assert_int_equal(parse("1101051949123100zX", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_CHARACTER);
	assert_non_null(strstr(f.en, "Character 17"));
	assert_int_equal(parse("110105194912310029", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_CHECKSUM);
	assert_int_equal(parse("", &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_LENGTH);
}

static void a_birthday_must_exist_and_not_lie_ahead(void **state)
{
	char id[19] = "110105202611230020", later[19] = "110105202611240020",
	     never[19] = "110105202602300020";
	struct person p;
	struct fault f;

	(void)state;
	id[17] = person_check_char(id);
	later[17] = person_check_char(later);
	never[17] = person_check_char(never);
	assert_int_equal(parse(id, &p, &f), 0); /* born today */
	assert_int_equal(parse(later, &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_DATE);
	assert_int_equal(parse(never, &p, &f), BF_EINVAL);
	assert_int_equal(f.code, FAULT_ID_DATE);
	assert_null(strstr(f.en, "2026"));
}

static void masks_show_what_is_agreed_and_nothing_else(void **state)
{
	char out[64];

	(void)state;
	assert_string_equal(mask_id(bytes_str("150722199001011234"), out, sizeof(out)),
			    "150***********1234");
	assert_string_equal(mask_id(bytes_str("11010519491231002X23"), out, sizeof(out)),
			    "110*************2X23");
	assert_string_equal(mask_id(bytes_str("1507"), out, sizeof(out)), "****");
	assert_string_equal(mask_id(bytes_str(""), out, sizeof(out)), "");
	assert_string_equal(mask_phone(bytes_str("13812341234"), out, sizeof(out)), "138****1234");
	assert_string_equal(mask_phone(bytes_str("12345"), out, sizeof(out)), "*****");
	assert_string_equal(mask_bank(bytes_str("6217 0012 3456 7891234"), out, sizeof(out)),
			    "6217 **** **** 1234");
	assert_string_equal(mask_bank(bytes_str("12345678"), out, sizeof(out)), "********");
	assert_string_equal(mask_name(bytes_str("张小三"), out, sizeof(out)), "张*三");
	assert_string_equal(mask_name(bytes_str("张三"), out, sizeof(out)), "张*");
	assert_string_equal(mask_name(bytes_str("张"), out, sizeof(out)), "*");
	assert_string_equal(mask_name(bytes_str("阿拉坦·巴图"), out, sizeof(out)), "阿****图");
	assert_string_equal(mask_name(bytes_str("\xff\xfe\xfd"), out, sizeof(out)), "***");
}

static void a_mask_never_writes_past_its_room(void **state)
{
	char out[8];

	(void)state;
	for (size_t cap = 1; cap <= sizeof(out); cap++) {
		memset(out, '!', sizeof(out));
		mask_name(bytes_str("张小三"), out, cap);
		assert_true(strlen(out) < cap);
		mask_bank(bytes_str("6217001234567891234"), out, cap);
		assert_true(strlen(out) < cap);
		mask_id(bytes_str("150722199001011234"), out, cap);
		assert_true(strlen(out) < cap);
	}
}

static void a_households_number_of_the_own_province_is_shown_and_no_other(void **state)
{
	static const char *const rows[][2] = {
		{ "1507221022000382", "1507221022000382" },
		{ "150722102200-0382", "150722102200-0382" },
		{ "15072210220038", "15072210220038" },
		{ "１５０７２２１０２２０００３８２", "１５０７２２１０２２０００３８２" },
		{ "2107221022000382", "2107 **** **** 0382" },
		{ "150722198001011234", "150***********1234" },
		{ "15072219800101123", "1507 **** **** 1123" },   /* an ID with a digit too few */
		{ "1507221980010112345", "1507 **** **** 2345" }, /* and too many */
		{ "150722800101123", "150********1123" },
		{ "13812341234", "138****1234" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    mask_household(bytes_str(rows[i][0]), 150722102200, out, sizeof(out)),
		    rows[i][1]);
	assert_string_equal(mask_household(bytes_str(rows[0][0]), 0, out, sizeof(out)),
			    "1507 **** **** 0382"); /* where nothing is known of the place */
}

static void a_number_in_what_was_typed_is_masked_and_the_rest_stays(void **state)
{
	static const char *const rows[][2] = {
		{ "11010519491231002X", "110***********002X" },
		{ "11010519491231002x。", "110***********002X。" },
		{ "证件ID110105194912310029号", "证件ID110***********0029号" },
		{ "110105 19491231 002X", "110***********002X" },
		{ "110105-19491231-0029", "110***********0029" },
		{ "１１０１０５１９４９１２３１００２９", "110***********0029" },
		{ "11010519491231002X44", "110*************2X44" },
		{ "110105491231002", "110********1002" },
		{ "13812341234", "138****1234" },
		{ "打 138 1234 1234 找他", "打 138****1234 找他" },
		{ "0470-1234567", "047****4567" },
		{ "6217001234567891234", "6217 **** **** 1234" },
		{ "6217 0012 3456 7891 234", "6217 **** **** 1234" },
		{ "001234567890", "001*****7890" },
		{ "091234567890123", "091********0123" },
		/* These are no secrets. */
		{ "150722102200", "150722102200" },
		{ "150722100201 101团", "150722100201 101团" },
		{ "2026-11-23", "2026-11-23" },
		{ "12.50 元，第 3 行，20261123", "12.50 元，第 3 行，20261123" },
		{ "406cac23681d6ce3-2698", "406cac23681d6ce3-2698" },
		{ "1234567890123456-12", "1234567890123456-12" },
		{ "406cac23681d6ce3", "406cac23681d6ce3" },
		{ "--name", "--name" },
		{ "10.0.0.1:7450", "10.0.0.1:7450" },
		{ "a - 1 -", "a - 1 -" },
		{ "\xff\xfe", "??" },
		{ "", "" },
	};
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(mask_typed(bytes_str(rows[i][0]), out, sizeof(out)),
				    rows[i][1]);
		char again[128];
		assert_string_equal(mask_typed(bytes_str(out), again, sizeof(again)), out);
	}
}

static void a_typed_number_is_never_cut_in_two(void **state)
{
	char out[64];

	(void)state;
	for (size_t cap = 1; cap <= 30; cap++) {
		memset(out, '!', sizeof(out));
		mask_typed(bytes_str("身份证 110105194912310029 号"), out, cap);
		assert_true(strlen(out) < cap);
		assert_null(strstr(out, "1101"));
		assert_int_equal(out[cap], '!');
	}
}

static void a_fault_repeats_no_number(void **state)
{
	struct fault f;

	(void)state;
	fault_say(&f, FAULT_OPTION_BAD, "--110105194912310029", "13812341234",
		  "6217001234567891234");
	assert_string_equal(f.where, "--110***********0029");
	for (int i = 0; i < 2; i++) {
		const char *text = i == 0 ? f.zh : f.en;

		assert_null(strstr(text, "19491231"));
		assert_null(strstr(text, "13812341234"));
		assert_null(strstr(text, "0012345678"));
		assert_non_null(strstr(text, "138****1234"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_standard_pass),
		cmocka_unit_test(forms_people_type_are_made_one),
		cmocka_unit_test(a_number_of_1989_is_widened_and_says_so),
		cmocka_unit_test(a_disability_card_keeps_the_person_in_front),
		cmocka_unit_test(every_single_wrong_digit_is_seen),
		cmocka_unit_test(every_swap_of_neighbours_is_seen_and_suggested),
		cmocka_unit_test(
		    a_failed_sum_says_where_the_slip_may_be_in_no_arithmetic_and_no_number),
		cmocka_unit_test(each_rule_has_its_own_sentence),
		cmocka_unit_test(a_birthday_must_exist_and_not_lie_ahead),
		cmocka_unit_test(masks_show_what_is_agreed_and_nothing_else),
		cmocka_unit_test(a_mask_never_writes_past_its_room),
		cmocka_unit_test(a_households_number_of_the_own_province_is_shown_and_no_other),
		cmocka_unit_test(a_number_in_what_was_typed_is_masked_and_the_rest_stays),
		cmocka_unit_test(a_typed_number_is_never_cut_in_two),
		cmocka_unit_test(a_fault_repeats_no_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
