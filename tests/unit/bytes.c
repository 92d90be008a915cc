/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of bytes.h: cursors, buffers, UTF-8, hex. */
#include "model_world.h"

static void a_reading_cursor_keeps_its_first_error(void **state)
{
	const uint8_t raw[] = { 1, 2, 3 };
	struct rd r = rd_of(bytes_of(raw, sizeof(raw)));

	(void)state;
	assert_int_equal(rd_u16(&r), 0x0102);
	assert_int_equal(rd_u16(&r), 0);
	assert_int_equal(r.err, BF_EMORE);
	assert_int_equal(rd_u8(&r), 0); /* the byte is there, but the cursor has failed */
	assert_int_equal(rd_end(&r), BF_EMORE);
}

static void bytes_left_over_are_a_format_error(void **state)
{
	const uint8_t raw[] = { 1, 2 };
	struct rd r = rd_of(bytes_of(raw, sizeof(raw)));

	(void)state;
	rd_u8(&r);
	assert_int_equal(rd_left(&r), 1);
	assert_int_equal(rd_end(&r), BF_EFORMAT);
	rd_u8(&r);
	assert_int_equal(rd_end(&r), 0);
	r = rd_of((struct bytes){ 0 });
	assert_int_equal(rd_bytes(&r, 0).len, 0);
	assert_int_equal(rd_end(&r), 0);
}

static void every_number_comes_back_as_it_was_put(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_u8(&b, 0xfe);
	buf_u16(&b, 0xfedc);
	buf_u32(&b, 0xfedcba98);
	buf_u40(&b, SEQ_MAX);
	buf_u64(&b, UINT64_MAX - 1);
	assert_int_equal(b.len, 1 + 2 + 4 + 5 + 8);
	struct rd r = rd_of(buf_bytes(&b));
	assert_int_equal(rd_u8(&r), 0xfe);
	assert_int_equal(rd_u16(&r), 0xfedc);
	assert_int_equal(rd_u32(&r), 0xfedcba98);
	assert_true(rd_u40(&r) == SEQ_MAX);
	assert_true(rd_u64(&r) == UINT64_MAX - 1);
	assert_int_equal(rd_end(&r), 0);
	buf_drop(&b, 7);
	assert_true(be40_get(b.p) == SEQ_MAX);
	assert_int_equal(b.len, 13);
	buf_fini(&b);
}

static void a_buffer_over_its_bound_fails_and_stays_failed(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_u8(&b, 1);
	assert_int_equal(buf_reserve(&b, BUF_BYTES_MAX), BF_EBOUND);
	buf_u8(&b, 2);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.err, BF_EBOUND);
	buf_fini(&b);
}

static void what_a_buffer_lost_is_not_forgotten_by_the_next_it_holds(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(buf_reserve(&b, BUF_BYTES_MAX + 1), BF_EBOUND);
	buf_clear(&b);
	buf_u8(&b, 1);
	assert_int_equal(b.len, 0);
	assert_int_equal(b.err, BF_EBOUND);
	struct buf whole = { 0 };
	buf_u8(&whole, 7);
	buf_put_buf(&whole, &b); /* and goes on to what it is put into */
	assert_int_equal(whole.err, BF_EBOUND);
	buf_renew(&b);
	buf_u8(&b, 1);
	assert_int_equal(b.len, 1);
	assert_int_equal(b.err, 0);
	buf_fini(&b);
	buf_fini(&whole);
}

static void order_is_by_bytes_and_then_by_length(void **state)
{
	(void)state;
	assert_int_equal(bytes_compare(bytes_str("a"), bytes_str("ab")), -1);
	assert_int_equal(bytes_compare(bytes_str("b"), bytes_str("ab")), 1);
	assert_int_equal(bytes_compare(bytes_str(""), bytes_str(NULL)), 0);
	assert_int_equal(bytes_compare(bytes_str("\xff"), bytes_str("a")), 1);
	assert_true(bytes_equal(bytes_str("户"), BYTES_LIT("户")));
}

static void utf8_that_is_overlong_surrogate_or_cut_is_refused(void **state)
{
	static const char *const bad[] = { "\x80",
					   "\xc0\x80",
					   "\xc1\xbf",
					   "\xe0\x9f\xbf",
					   "\xed\xa0\x80",
					   "\xed\xbf\xbf",
					   "\xf0\x8f\xbf\xbf",
					   "\xf4\x90\x80\x80",
					   "\xf8\x88\x80\x80\x80",
					   "\xe6\x88",
					   "a\xff",
					   "\xc3(" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(bytes_utf8(bytes_str(bad[i])));
	assert_true(bytes_utf8(bytes_str("")));
	assert_true(bytes_utf8(bytes_str("ASCII é 嘎查 𠮷 \xf4\x8f\xbf\xbf \xef\xbf\xbf")));
	assert_true(bytes_utf8(BYTES_LIT("a\0b")));
}

static void control_and_bidi_characters_are_seen(void **state)
{
	static const char *const bad[] = { "\x1b[31m", "a\nb",   "\t",     "\x7f",
					   "\xc2\x85", "\u202e", "\u2066", "\u200f" };

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_true(bytes_control(bytes_str(bad[i])));
	assert_true(bytes_control(BYTES_LIT("a\0b")));
	assert_false(bytes_control(bytes_str("走访 · 嘎查 é")));
}

static void a_copy_is_cut_at_a_whole_character(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(bytes_cstr(bytes_str("户户户"), out, 8), "户户");
	assert_string_equal(bytes_cstr(bytes_str("户户"), out, 7), "户户");
	assert_string_equal(bytes_cstr(bytes_str("户"), out, 3), "");
	assert_string_equal(bytes_cstr(bytes_str("abc"), out, 1), "");
	assert_string_equal(bytes_cstr(bytes_str(NULL), out, 4), "");
}

static void what_an_input_method_leaves_becomes_half_width(void **state)
{
	char out[16];

	(void)state;
	assert_true(bytes_narrow(bytes_str("　１５０７２２　"), out, sizeof(out)));
	assert_string_equal(out, "150722");
	assert_true(bytes_narrow(bytes_str("Ｘ：（２）元"), out, sizeof(out)));
	assert_string_equal(out, "X:(2)元");
	assert_true(bytes_narrow(bytes_str("\ufeff a　b\u00a0"), out, sizeof(out)));
	assert_string_equal(out, "a b");
	assert_true(
	    bytes_narrow(bytes_str("123456789012345"), out, sizeof(out))); /* exactly fits */
	assert_false(bytes_narrow(bytes_str("1234567890123456"), out, sizeof(out)));
	assert_string_equal(out, "");
	assert_false(bytes_narrow(BYTES_LIT("a\0b"), out, sizeof(out)));
}

static void hex_goes_both_ways_and_refuses_other_letters(void **state)
{
	uint8_t raw[4];
	char hex[9];

	(void)state;
	assert_int_equal(hex_take("00fFa9Zz", raw, 3), 0);
	assert_string_equal(hex_put(bytes_of(raw, 3), hex), "00ffa9");
	assert_int_equal(hex_take("00fFa9Zz", raw, 4), BF_EFORMAT);
	assert_int_equal(hex_take("00f", raw, 2), BF_EFORMAT); /* stops at the NUL */
}

/* RFC 4648: fb ff is "-_8"; its last letter has two spare bits, and with one of them set it is
 * another text of the same bytes. */
static void base64_is_strict_and_has_one_text(void **state)
{
	uint8_t raw[4];
	char text[8];

	(void)state;
	assert_string_equal(base64_put(BYTES_LIT("\xfb\xff"), text), "-_8");
	assert_int_equal(base64_take(BYTES_LIT("-_8"), raw, 2), 0);
	assert_memory_equal(raw, "\xfb\xff", 2);
	assert_int_equal(base64_take(BYTES_LIT("-_9"), raw, 2), BF_EFORMAT);
	assert_int_equal(base64_take(BYTES_LIT("-_8="), raw, 2), BF_EFORMAT);
	assert_int_equal(base64_take(BYTES_LIT("+/8"), raw, 2), BF_EFORMAT);
	assert_int_equal(base64_take(BYTES_LIT("-_8"), raw, 3), BF_EFORMAT);
	assert_int_equal(base64_take(BYTES_LIT("-_8A"), raw, 2), BF_EFORMAT);
	assert_int_equal(base64_take(BYTES_LIT("-\0008"), raw, 2), BF_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reading_cursor_keeps_its_first_error),
		cmocka_unit_test(bytes_left_over_are_a_format_error),
		cmocka_unit_test(every_number_comes_back_as_it_was_put),
		cmocka_unit_test(a_buffer_over_its_bound_fails_and_stays_failed),
		cmocka_unit_test(what_a_buffer_lost_is_not_forgotten_by_the_next_it_holds),
		cmocka_unit_test(order_is_by_bytes_and_then_by_length),
		cmocka_unit_test(utf8_that_is_overlong_surrogate_or_cut_is_refused),
		cmocka_unit_test(control_and_bidi_characters_are_seen),
		cmocka_unit_test(a_copy_is_cut_at_a_whole_character),
		cmocka_unit_test(what_an_input_method_leaves_becomes_half_width),
		cmocka_unit_test(hex_goes_both_ways_and_refuses_other_letters),
		cmocka_unit_test(base64_is_strict_and_has_one_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
