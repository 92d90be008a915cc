/* SPDX-License-Identifier: Apache-2.0 */
/* flag.c -- the rules of flag.h, each at its bound. */
#include "protocol/flag.h"

#include "record_fx.h"

#define MAN   "150722197503120014"
#define WOMAN "150722197503120022"

/* ---- money ---- */

static void division(struct record *r, const char *name, uint64_t code,
		     uint8_t bin[ACCOUNT_BYTES_MAX])
{
	struct account a = { .type = ACCOUNT_DIVISION, .division = code };
	size_t len = account_put(&a, bin);

	record_slot(r, field_by_name(r->kind, bytes_str(name))->tag)->s = bytes_of(bin, len);
}

static bool against(struct fx *f, uint64_t movement, uint64_t from, uint64_t to)
{
	uint8_t a[ACCOUNT_BYTES_MAX], b[ACCOUNT_BYTES_MAX];

	fresh(f, KIND_FUND);
	record_slot(&f->rec, 3)->u = movement;
	division(&f->rec, "from", from, a);
	division(&f->rec, "to", to, b);
	bool said = flag_against_tree(&f->rec);

	assert_int_equal(said ? FLAG_BIT(FLAG_AGAINST_TREE) : 0, flag_hint(&f->rec));
	return said;
}

enum { ALLOT = 1, TRANSFER, SPEND, REFUND, WITHDRAW, RECOVER, CARRY };
static const uint64_t province = 150000000000, banner = 150722000000, town = 150722102000,
		      village = 150722102200, neighbour = 150722102201, other = 150723000000;

static void what_is_allotted_goes_down_and_only_down(void **state)
{
	struct fx *f = *state;

	assert_false(against(f, ALLOT, province, village));
	assert_false(against(f, ALLOT, town, village));
	assert_true(against(f, ALLOT, village, town));
	assert_true(against(f, ALLOT, village, province));
	assert_true(against(f, ALLOT, village, neighbour));
	assert_true(against(f, ALLOT, banner, other));
}

static void what_is_transferred_may_go_to_a_neighbour(void **state)
{
	struct fx *f = *state;

	assert_false(against(f, TRANSFER, banner, village));
	assert_false(against(f, TRANSFER, village, neighbour));
	assert_true(against(f, TRANSFER, village, banner));
}

static void what_comes_back_goes_up(void **state)
{
	struct fx *f = *state;

	for (uint64_t m = REFUND; m <= WITHDRAW; m++) {
		assert_false(against(f, m, village, town));
		assert_false(against(f, m, village, neighbour));
		assert_true(against(f, m, town, village));
	}
	for (uint64_t m = CARRY; m <= CARRY + 1; m++) { /* and a movement of a newer list */
		assert_false(against(f, m, village, province));
		assert_false(against(f, m, province, village));
	}
}

static void only_divisions_have_a_balance_and_not_against_themselves(void **state)
{
	uint8_t one[ACCOUNT_BYTES_MAX], two[ACCOUNT_BYTES_MAX];
	struct account a = { .type = ACCOUNT_DIVISION, .division = village };
	struct account out = { .type = ACCOUNT_OUTSIDE, .party = 2 };
	struct bytes x = bytes_of(one, account_put(&a, one));
	struct bytes y = bytes_of(two, account_put(&out, two));

	(void)state;
	assert_true(flag_draws(x, y));
	assert_false(flag_draws(x, x));
	assert_false(flag_draws(y, x));
	assert_false(flag_draws((struct bytes){ 0 }, x));
	a.division = province;
	x = bytes_of(one, account_put(&a, one));
	assert_false(flag_draws(x, y)); /* its money came from above */
}

/* ---- people ---- */

static bool relation(struct fx *f, const char *word, const char *id, const char *head)
{
	struct record household = { 0 };

	fresh(f, KIND_MEMBER);
	through(f, "relation", word);
	if (id != NULL)
		through(f, "id", id);
	record_init(&household, kind_by_id(KIND_HOUSEHOLD));
	if (head != NULL)
		record_slot(&household, 5)->s = bytes_str(head);
	bool said = flag_relation(&f->rec, flag_head_sex(&household));

	record_fini(&household);
	return said;
}

static void each_relation_says_the_sex_that_its_word_says(void **state)
{
	static const char *const men[] = { "之子",     "之女婿",   "之孙子", "之外孙子",
					   "之父",     "之岳父",   "之公公", "之祖父",
					   "之外祖父", "之曾孙子", "之侄儿", "之叔伯" };
	static const char *const women[] = { "之女",     "之儿媳",   "之孙女", "之外孙女",
					     "之母",     "之岳母",   "之婆婆", "之祖母",
					     "之外祖母", "之曾孙女", "之侄女", "之兄弟媳妇" };
	static const char *const either[] = { "户主", "配偶", "之兄弟姐妹", "其他" };
	struct fx *f = *state;

	for (size_t i = 0; i < 12; i++) {
		assert_false(relation(f, men[i], MAN, NULL));
		assert_true(relation(f, men[i], WOMAN, NULL));
		assert_false(relation(f, women[i], WOMAN, NULL));
		assert_true(relation(f, women[i], MAN, NULL));
	}
	for (size_t i = 0; i < 4; i++) {
		assert_false(relation(f, either[i], MAN, NULL));
		assert_false(relation(f, either[i], WOMAN, NULL));
	}
	/* All of the list: who adds a relation says here what it implies. */
	const struct code_list *list =
	    field_by_name(kind_by_id(KIND_MEMBER), BYTES_LIT("relation"))->list;

	assert_int_equal(12 + 12 + 4, list->count);
}

static void some_relations_say_the_sex_of_the_head(void **state)
{
	struct fx *f = *state;

	assert_true(relation(f, "配偶", MAN, MAN));
	assert_true(relation(f, "配偶", WOMAN, WOMAN));
	assert_false(relation(f, "配偶", WOMAN, MAN));
	assert_true(relation(f, "之公公", MAN, MAN));
	assert_false(relation(f, "之公公", MAN, WOMAN));
	assert_true(relation(f, "之岳母", WOMAN, WOMAN));
	assert_false(relation(f, "之岳母", WOMAN, MAN));
	assert_true(relation(f, "之岳父", MAN, WOMAN));
	assert_false(relation(f, "之岳父", MAN, MAN));
	assert_true(relation(f, "之婆婆", WOMAN, MAN));
	assert_false(relation(f, "之婆婆", WOMAN, WOMAN));
	assert_false(relation(f, "之子", MAN, MAN));
}

static void what_is_not_known_is_not_said(void **state)
{
	struct fx *f = *state;

	assert_false(relation(f, "之女", NULL, MAN));                 /* no sex */
	assert_false(relation(f, "配偶", MAN, NULL));                 /* no head */
	assert_false(relation(f, "配偶", MAN, "150722197503120015")); /* a number that is none */
	fresh(f, KIND_MEMBER); /* no relation, and one of a newer list */
	through(f, "id", MAN);
	assert_false(flag_relation(&f->rec, 1));
	record_slot(&f->rec, 13)->u = 29;
	assert_false(flag_relation(&f->rec, 1));
}

static void a_sex_that_was_written_outweighs_the_number(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	through(f, "relation", "之女");
	through(f, "sex", "女");
	assert_false(flag_relation(&f->rec, 0));
	assert_int_equal(0, flag_hint(&f->rec));
	record_slot(&f->rec, 6)->u = 1;
	assert_true(flag_relation(&f->rec, 0));
	assert_int_equal(FLAG_BIT(FLAG_RELATION), flag_hint(&f->rec));
}

static void the_head_is_known_by_the_first_18_characters(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_HOUSEHOLD);
	assert_int_equal(0, flag_head_key(&f->rec).len);
	assert_int_equal(0, flag_hint(&f->rec));
	record_slot(&f->rec, 5)->s = BYTES_LIT(MAN "44B1");
	assert_true(bytes_equal(flag_head_key(&f->rec), BYTES_LIT(MAN)));
	assert_int_equal(FLAG_BIT(FLAG_HEAD_TWICE), flag_hint(&f->rec));
}

/* ---- names ---- */

static void each_rule_is_found_by_each_of_its_names(void **state)
{
	enum flag found;

	(void)state;
	for (int i = 0; i < FLAG_COUNT; i++) {
		const struct flag_rule *r = flag_rule((enum flag)i);

		assert_int_equal(0, flag_parse(bytes_str(r->name), &found));
		assert_int_equal(i, found);
		assert_int_equal(0, flag_parse(bytes_str(r->called.zh), &found));
		assert_int_equal(i, found);
		if (r->number != NULL)
			assert_int_equal(0, flag_parse(bytes_str(r->number), &found));
		assert_int_equal(i, found);
		assert_true(bytes_utf8(bytes_str(r->sentence.zh)));
	}
	assert_int_equal(BF_EINVAL, flag_parse(BYTES_LIT("all"), &found));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_allotted_goes_down_and_only_down, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_transferred_may_go_to_a_neighbour, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_comes_back_goes_up, setup, teardown),
		cmocka_unit_test(only_divisions_have_a_balance_and_not_against_themselves),
		cmocka_unit_test_setup_teardown(each_relation_says_the_sex_that_its_word_says,
						setup, teardown),
		cmocka_unit_test_setup_teardown(some_relations_say_the_sex_of_the_head, setup,
						teardown),
		cmocka_unit_test_setup_teardown(what_is_not_known_is_not_said, setup, teardown),
		cmocka_unit_test_setup_teardown(a_sex_that_was_written_outweighs_the_number, setup,
						teardown),
		cmocka_unit_test_setup_teardown(the_head_is_known_by_the_first_18_characters, setup,
						teardown),
		cmocka_unit_test(each_rule_is_found_by_each_of_its_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
