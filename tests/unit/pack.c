/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c -- tests of protocol/pack.h: what goes in comes out, and bombs do not go off. */
#include "wire_world.h"

#include <zstd.h>

struct fx {
	struct pack *pack;
	struct buf packed, out;
	uint8_t raw[BATCH_RAW_MAX + 1];
};

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	f->pack = pack_open();
	*state = f;
	return f->pack != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	pack_close(f->pack);
	buf_fini(&f->packed);
	buf_fini(&f->out);
	free(f);
	return 0;
}

static void noise(struct fx *f, uint64_t seed, size_t bytes, unsigned alike)
{
	struct rng rng;

	rng_seed(&rng, seed, 0);
	for (size_t i = 0; i < bytes; i++)
		f->raw[i] = (uint8_t)rng_below(&rng, 256 / alike);
}

static void goes_round(struct fx *f, size_t bytes)
{
	buf_clear(&f->packed);
	buf_clear(&f->out);
	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, bytes), &f->packed), 0);
	assert_true(f->packed.len * PACK_RATIO_MAX >= bytes);
	assert_true(f->packed.len <= FRAME_BYTES_MAX - 1024);
	assert_int_equal(pack_take(f->pack, buf_bytes(&f->packed), bytes, &f->out), 0);
	assert_int_equal(f->out.len, bytes);
	assert_memory_equal(f->out.p, f->raw, bytes);
}

static void what_is_packed_comes_out_the_same(void **state)
{
	static const size_t sizes[] = {
		1, 2, 100, 4096, 128 * 1024, 128 * 1024 + 1, BATCH_RAW_MAX
	};
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (unsigned alike = 1; alike <= 256; alike *= 4) {
			noise(f, i, sizes[i], alike);
			goes_round(f, sizes[i]);
		}
}

static void a_batch_of_one_byte_all_over_is_stored_and_no_bomb(void **state)
{
	struct fx *f = *state;

	memset(f->raw, 'x', sizeof f->raw);
	goes_round(f, BATCH_RAW_MAX);
	assert_true(f->packed.len > BATCH_RAW_MAX); /* stored blocks */
	goes_round(f, 128 * 1024 + 1);
	goes_round(f, 5000);
}

static void nothing_and_too_much_are_not_packed(void **state)
{
	struct fx *f = *state;

	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, 0), &f->packed), BF_EBOUND);
	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, BATCH_RAW_MAX + 1), &f->packed),
			 BF_EBOUND);
	assert_int_equal(f->packed.len, 0);
}

static void a_gibibyte_of_zeros_costs_no_memory(void **state)
{
	enum { CHUNK = 1 << 20, CHUNKS = 1024 };
	struct fx *f = *state;
	ZSTD_CCtx *ctx = ZSTD_createCCtx();
	uint8_t *zeros = calloc(1, CHUNK), *bomb = malloc(64 * 1024);

	assert_true(ctx != NULL && zeros != NULL && bomb != NULL);
	assert_false(ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(ctx, (uint64_t)CHUNK * CHUNKS)));
	ZSTD_outBuffer out = { bomb, 64 * 1024, 0 };
	for (int i = 0; i < CHUNKS; i++) {
		ZSTD_inBuffer in = { zeros, CHUNK, 0 };

		while (in.pos < in.size)
			assert_false(
			    ZSTD_isError(ZSTD_compressStream2(ctx, &out, &in, ZSTD_e_continue)));
	}
	ZSTD_inBuffer end = { zeros, 0, 0 };
	assert_int_equal(ZSTD_compressStream2(ctx, &out, &end, ZSTD_e_end), 0);

	/* However its size is declared, it is refused before or by the buffer of that size. */
	struct bytes packed = bytes_of(bomb, out.pos);
	static const size_t said[] = { 1, 1000, BATCH_RAW_MAX, BATCH_RAW_MAX + 1, (size_t)1 << 30 };
	for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
		assert_true(pack_take(f->pack, packed, said[i], &f->out) < 0);
		assert_true(f->out.cap <= BATCH_RAW_MAX * 2);
	}
	ZSTD_freeCCtx(ctx);
	free(zeros);
	free(bomb);
}

static void a_ratio_over_the_bound_is_refused_and_at_the_bound_taken(void **state)
{
	struct fx *f = *state;
	uint8_t small[1024];

	memset(f->raw, 0, sizeof f->raw);
	size_t n = ZSTD_compress(small, sizeof small, f->raw, 4000, 1);
	size_t at = n * PACK_RATIO_MAX;
	assert_true(at < BATCH_RAW_MAX);
	size_t n_at = ZSTD_compress(small, sizeof small, f->raw, at, 1);
	assert_int_equal(n_at, n); /* zeros: the frame does not grow */
	assert_int_equal(pack_take(f->pack, bytes_of(small, n), at, &f->out), 0);
	n = ZSTD_compress(small, sizeof small, f->raw, at + 1, 1);
	assert_int_equal(pack_take(f->pack, bytes_of(small, n), at + 1, &f->out), BF_EBOUND);
}

static void a_size_that_is_not_the_frame_s_is_refused(void **state)
{
	struct fx *f = *state;

	noise(f, 3, 5000, 8);
	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, 5000), &f->packed), 0);
	for (int off = -2; off <= 2; off++) {
		int rc = pack_take(f->pack, buf_bytes(&f->packed), (size_t)(5000 + off), &f->out);
		assert_int_equal(rc, off == 0 ? 0 : BF_EFORMAT);
	}
	assert_int_equal(pack_take(f->pack, buf_bytes(&f->packed), 0, &f->out), BF_EBOUND);
}

/* A frame whose head lies: the size field is changed to what the message says, the blocks give
 * another. */
static void a_frame_that_declares_less_than_it_holds_is_refused(void **state)
{
	struct fx *f = *state;

	memset(f->raw, 'x', 5000);
	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, 5000), &f->packed), 0);
	/* magic 4, descriptor 1, then the size: little-endian, 4 bytes in a stored frame, 2 (+256)
	 * else */
	uint8_t *size = f->packed.p + 5;
	bool stored = f->packed.p[4] == 0xa0;
	for (unsigned lie = 300; lie <= 10000; lie += 97) {
		unsigned field = stored ? lie : lie - 256;

		size[0] = (uint8_t)field;
		size[1] = (uint8_t)(field >> 8);
		if (lie != 5000)
			assert_int_equal(pack_take(f->pack, buf_bytes(&f->packed), lie, &f->out),
					 BF_EFORMAT);
	}
}

static void frames_that_are_not_ours_in_form_are_refused(void **state)
{
	struct fx *f = *state;
	uint8_t packed[9000];
	ZSTD_CCtx *ctx = ZSTD_createCCtx();

	noise(f, 4, 4000, 4);
	/* without a content size */
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
	size_t n = ZSTD_compress2(ctx, packed, sizeof packed, f->raw, 4000);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n), 4000, &f->out), BF_EFORMAT);
	/* two frames, and bytes behind one */
	ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 1);
	n = ZSTD_compress2(ctx, packed, sizeof packed, f->raw, 4000);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n), 4000, &f->out), 0);
	size_t m = ZSTD_compress2(ctx, packed + n, sizeof packed - n, f->raw, 100);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n + m), 4000, &f->out), BF_EFORMAT);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n + 1), 4000, &f->out), BF_EFORMAT);
	/* a skippable frame, 0x184D2A50 of length 4 */
	static const uint8_t skip[] = { 0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4 };
	memcpy(packed + n, skip, sizeof skip); /* behind: it would add nothing to the content */
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n + sizeof skip), 4000, &f->out),
			 BF_EFORMAT);
	memmove(packed + sizeof skip, packed, n);
	memcpy(packed, skip, sizeof skip);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, n + sizeof skip), 4000, &f->out),
			 BF_EFORMAT);
	assert_int_equal(pack_take(f->pack, bytes_of(packed, sizeof skip), 4, &f->out), BF_EFORMAT);
	ZSTD_freeCCtx(ctx);
}

static void a_frame_that_names_a_dictionary_is_refused(void **state)
{
	struct fx *f = *state;
	/* magic; descriptor: single segment, 1-byte dictionary id; id 7; size 5; one stored block
	 * "hello" */
	static const uint8_t frame[] = { 0x28, 0xb5, 0x2f, 0xfd, 0x21, 7,   5,  0x29,
					 0,    0,    'h',  'e',  'l',  'l', 'o' };
	uint8_t plain[sizeof frame - 1];

	assert_int_equal(pack_take(f->pack, bytes_of(frame, sizeof frame), 5, &f->out), BF_EFORMAT);
	memcpy(plain, frame, 4); /* the same without a dictionary is fine */
	plain[4] = 0x20;
	memcpy(plain + 5, frame + 6, sizeof frame - 6);
	assert_int_equal(pack_take(f->pack, bytes_of(plain, sizeof plain), 5, &f->out), 0);
}

static void no_prefix_and_no_damage_gives_more_than_was_declared(void **state)
{
	struct fx *f = *state;
	struct rng rng;

	noise(f, 5, 3000, 16);
	assert_int_equal(pack_put(f->pack, bytes_of(f->raw, 3000), &f->packed), 0);
	for (size_t n = 0; n < f->packed.len; n++)
		assert_true(pack_take(f->pack, bytes_of(f->packed.p, n), 3000, &f->out) < 0);
	rng_seed(&rng, 6, 0);
	for (int i = 0; i < 3000; i++) {
		size_t at = rng_below(&rng, f->packed.len);
		uint8_t was = f->packed.p[at];

		buf_clear(&f->out);
		f->packed.p[at] = (uint8_t)rng_u64(&rng);
		if (pack_take(f->pack, buf_bytes(&f->packed), 3000, &f->out) == 0)
			assert_int_equal(f->out.len, 3000);
		f->packed.p[at] = was;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(what_is_packed_comes_out_the_same),
		T(a_batch_of_one_byte_all_over_is_stored_and_no_bomb),
		T(nothing_and_too_much_are_not_packed),
		T(a_gibibyte_of_zeros_costs_no_memory),
		T(a_ratio_over_the_bound_is_refused_and_at_the_bound_taken),
		T(a_size_that_is_not_the_frame_s_is_refused),
		T(a_frame_that_declares_less_than_it_holds_is_refused),
		T(frames_that_are_not_ours_in_form_are_refused),
		T(a_frame_that_names_a_dictionary_is_refused),
		T(no_prefix_and_no_damage_gives_more_than_was_declared),
#undef T
	};
	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
