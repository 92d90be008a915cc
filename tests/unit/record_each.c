/* SPDX-License-Identifier: Apache-2.0 */
/* record_each.c -- what is said of single ones of several: NUMBER=VALUE, kept under the ref. */
#include "record_fx.h"

#define A "0f3a9c1122334455-12"
#define B "0f3a9c1122334455-13"
#define C "0f3a9c1122334455-14"

static void visit(struct fx *f)
{
	fresh(f, KIND_VISIT);
	assert_int_equal(set(f, "households", A "," B), 0);
}

static void each_has_its_own_and_it_is_read_back(void **state)
{
	struct fx *f = *state;

	visit(f);
	assert_string_equal(through(f, "seen-each", A "=屋顶漏雨，已报\n" B "：老人=出院"),
			    A "=屋顶漏雨，已报\n" B "=老人=出院");
	/* What is set for one leaves the others; the order is that of the households. */
	assert_string_equal(through(f, "seen-each", " " B " ＝ 一户 \n\n"),
			    A "=屋顶漏雨，已报\n" B "=一户");
	assert_string_equal(through(f, "seen-each", A "="), B "=一户");
	assert_string_equal(through(f, "seen-each", A "=又"), A "=又\n" B "=一户");
	assert_string_equal(through(f, "seen-each", A "=\n" B ":"), "");
	assert_false(record_has(&f->rec, 11));
	assert_string_equal(through(f, "cash-each", A ":1.2万"), A "=12000.00");
	assert_int_equal(set(f, "seen-each", ""), 0);
	assert_string_equal(text_of(f, "seen-each", false, 'z'), "");
}

static void what_fits_nobody_is_refused_in_words(void **state)
{
	struct fx *f = *state;

	visit(f);
	assert_int_equal(set(f, "seen-each", A "=一"), 0);
	refused(f, "seen-each", C "=一", FAULT_EACH_STRANGER);
	assert_non_null(strstr(f->fault.zh, "走访户"));
	refused(f, "seen-each", A "=一\n" A "=二", FAULT_REF_TWICE);
	refused(f, "seen-each", "屋顶漏雨", FAULT_EACH_FORM);
	refused(f, "seen-each", "=屋顶漏雨", FAULT_EACH_FORM);
	refused(f, "cash-each", A "=很多", FAULT_FIELD_FEN);
	assert_string_equal(text_of(f, "seen-each", false, 'z'), A "=一");
	fresh(f, KIND_VISIT);
	refused(f, "seen-each", A "=一", FAULT_EACH_STRANGER);
}

static void a_value_has_the_bounds_of_its_field(void **state)
{
	struct fx *f = *state;
	char text[sizeof(A) + 1 + 2001 + 1] = A "=";

	visit(f);
	memset(text + sizeof(A), 'x', 2000);
	assert_int_equal(set(f, "seen-each", text), 0);
	text[sizeof(A) + 2000] = 'x';
	refused(f, "seen-each", text, FAULT_FIELD_LONG);
}

static void an_id_in_it_is_masked(void **state)
{
	struct fx *f = *state;

	visit(f);
	assert_int_equal(set(f, "seen-each", A "=证11010519491231002X"), 0);
	assert_string_equal(text_of(f, "seen-each", true, 'z'), A "=证110***********002X");
}

static void who_is_no_longer_named_takes_it_along(void **state)
{
	struct fx *f = *state;

	visit(f);
	assert_int_equal(set(f, "seen-each", A "=一\n" B "=二"), 0);
	assert_int_equal(set(f, "households", B "," C), 0);
	assert_int_equal(record_each_fit(&f->rec, &f->arena, &f->fault), 0);
	assert_string_equal(text_of(f, "seen-each", false, 'z'), B "=二");
	assert_int_equal(set(f, "households", C), 0);
	assert_int_equal(record_each_fit(&f->rec, &f->arena, &f->fault), 0);
	assert_false(record_has(&f->rec, 11));
}

/* A body that holds this alone as seen-each, or as cash-each. */
static int taken(struct fx *f, uint64_t tag, void (*put)(struct buf *b))
{
	buf_clear(&f->bytes);
	mp_put_map(&f->bytes, 1);
	mp_put_uint(&f->bytes, tag);
	put(&f->bytes);
	return record_take(&f->back, kind_by_id(KIND_VISIT), buf_bytes(&f->bytes));
}

static void put_ref(struct buf *b, uint64_t seq)
{
	uint8_t bin[REF_BYTES];

	ref_put((struct ref){ 7, seq }, bin);
	mp_put_bin(b, bytes_of(bin, sizeof(bin)));
}

static void put_pairs(struct buf *b, uint32_t count)
{
	mp_put_array(b, 2 * count);
	for (uint64_t i = 1; i <= count; i++) {
		put_ref(b, i);
		mp_put_uint(b, i);
	}
}

static void put_none(struct buf *b)
{
	put_pairs(b, 0);
}

static void put_64(struct buf *b)
{
	put_pairs(b, 64);
}

static void put_65(struct buf *b)
{
	put_pairs(b, 65);
}

static void put_odd(struct buf *b)
{
	mp_put_array(b, 3);
	put_ref(b, 1);
	mp_put_uint(b, 1);
	put_ref(b, 2);
}

static void put_twice(struct buf *b)
{
	mp_put_array(b, 4);
	put_ref(b, 1);
	mp_put_uint(b, 1);
	put_ref(b, 1);
	mp_put_uint(b, 2);
}

static void put_nobody(struct buf *b)
{
	mp_put_array(b, 2);
	put_ref(b, 0);
	mp_put_uint(b, 1);
}

static void put_map(struct buf *b)
{
	mp_put_map(b, 1);
	mp_put_uint(b, 1);
	mp_put_uint(b, 1);
}

static void put_deep(struct buf *b)
{
	mp_put_array(b, 2);
	put_ref(b, 1);
	mp_put_array(b, 1);
	mp_put_uint(b, 1);
}

static void a_body_of_another_form_is_malformed(void **state)
{
	struct fx *f = *state;

	assert_int_equal(taken(f, 12, put_64), 0);
	assert_int_equal(taken(f, 12, put_65), BF_EBOUND);
	assert_int_equal(taken(f, 11, put_64), BF_EFORMAT); /* numbers are no texts */
	assert_int_equal(taken(f, 12, put_none), BF_EFORMAT);
	assert_int_equal(taken(f, 12, put_odd), BF_EFORMAT);
	assert_int_equal(taken(f, 12, put_twice), BF_EFORMAT);
	assert_int_equal(taken(f, 12, put_nobody), BF_EFORMAT);
	assert_int_equal(taken(f, 12, put_map), BF_EFORMAT);
	assert_int_equal(taken(f, 12, put_deep), BF_EFORMAT);
	assert_int_equal(f->back.wrong, 12);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(each_has_its_own_and_it_is_read_back),  T(what_fits_nobody_is_refused_in_words),
		T(a_value_has_the_bounds_of_its_field),   T(an_id_in_it_is_masked),
		T(who_is_no_longer_named_takes_it_along), T(a_body_of_another_form_is_malformed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
