/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c -- tests of protocol/frame.h. */
#include "wire_world.h"

static void a_frame_comes_back_as_it_was_put(void **state)
{
	struct buf out = { 0 };
	struct bytes payload;
	size_t used;

	(void)state;
	assert_int_equal(frame_put(&out, BYTES_LIT("abc")), 0);
	assert_int_equal(frame_put(&out, BYTES_LIT("de")), 0);
	assert_int_equal(frame_take(buf_bytes(&out), &payload, &used), 0);
	assert_int_equal(used, 7);
	assert_memory_equal(payload.p, "abc", 3);
	buf_drop(&out, used);
	assert_int_equal(frame_take(buf_bytes(&out), &payload, &used), 0);
	assert_int_equal(payload.len, 2);
	buf_fini(&out);
}

static void every_shorter_prefix_asks_for_more(void **state)
{
	struct buf out = { 0 };
	struct bytes payload;
	size_t used;

	(void)state;
	assert_int_equal(frame_put(&out, BYTES_LIT("payload")), 0);
	for (size_t n = 0; n < out.len; n++)
		assert_int_equal(frame_take(bytes_of(out.p, n), &payload, &used), BF_EMORE);
	buf_fini(&out);
}

static void a_liar_about_length_is_known_by_four_bytes(void **state)
{
	static const struct {
		uint32_t size;
		int rc;
	} cases[] = { { 0, BF_EBOUND },
		      { 1, BF_EMORE },
		      { FRAME_BYTES_MAX, BF_EMORE },
		      { FRAME_BYTES_MAX + 1, BF_EBOUND },
		      { UINT32_MAX, BF_EBOUND } };
	uint8_t head[FRAME_HEAD_BYTES];
	struct bytes payload;
	size_t used;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		be32_put(head, cases[i].size);
		assert_int_equal(frame_take(bytes_of(head, sizeof head), &payload, &used),
				 cases[i].rc);
	}
}

static void the_longest_frame_fits_and_one_more_byte_does_not(void **state)
{
	uint8_t *big = calloc(1, FRAME_BYTES_MAX + 1);
	struct buf out = { 0 };
	struct bytes payload;
	size_t used;

	(void)state;
	assert_non_null(big);
	assert_int_equal(frame_put(&out, bytes_of(big, FRAME_BYTES_MAX + 1)), BF_EBOUND);
	assert_int_equal(frame_put(&out, bytes_of(big, 0)), BF_EBOUND);
	assert_int_equal(out.len, 0);
	assert_int_equal(frame_put(&out, bytes_of(big, FRAME_BYTES_MAX)), 0);
	assert_int_equal(frame_take(buf_bytes(&out), &payload, &used), 0);
	assert_int_equal(payload.len, FRAME_BYTES_MAX);
	buf_fini(&out);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_frame_comes_back_as_it_was_put),
		cmocka_unit_test(every_shorter_prefix_asks_for_more),
		cmocka_unit_test(a_liar_about_length_is_known_by_four_bytes),
		cmocka_unit_test(the_longest_frame_fits_and_one_more_byte_does_not),
	};
	return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
