/* SPDX-License-Identifier: Apache-2.0 */
/* cut.c -- tests of daemon/cut.h: it ends a value where the whole scan ends it, however the bytes
 * come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/cut.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"
#include "tests/lib/rng.h"

enum { ROUNDS = 3000, DEPTH = 5 };

struct fx {
	struct rng rng;
	uint64_t seed;
	struct buf b;
};

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof(*f));
	const char *seed = getenv("BF_SEED");

	if (f == NULL)
		return -1;
	f->seed = seed != NULL ? strtoull(seed, NULL, 10) : 20261123;
	rng_seed(&f->rng, f->seed, 0);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	buf_fini(&f->b);
	free(f);
	return 0;
}

static void put_bytes(struct fx *f, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		buf_u8(&f->b, (uint8_t)('a' + i % 26));
}

/* A length in any of the forms that can hold it: the stream is loose, not canonical. */
static void put_length(struct fx *f, uint8_t small, uint8_t first, bool has8, uint64_t n,
		       uint64_t small_max)
{
	uint64_t form = rng_below(&f->rng, 4);

	if (form == 0 && n <= small_max) {
		buf_u8(&f->b, (uint8_t)(small | n));
	} else if (form == 1 && has8 && n < 256) {
		buf_u8(&f->b, first);
		buf_u8(&f->b, (uint8_t)n);
	} else if (form <= 2) {
		buf_u8(&f->b, (uint8_t)(first + has8));
		buf_u16(&f->b, (uint16_t)n);
	} else {
		buf_u8(&f->b, (uint8_t)(first + 1 + has8));
		buf_u32(&f->b, (uint32_t)n);
	}
}

static void put_scalar(struct fx *f)
{
	static const uint8_t plain[] = { 0x00, 0x7f, 0xe0, 0xff, 0xc0, 0xc2, 0xc3 };
	uint64_t n = rng_below(&f->rng, 300);

	switch (rng_below(&f->rng, 5)) {
	case 0:
		buf_u8(&f->b, plain[rng_below(&f->rng, sizeof(plain))]);
		return;
	case 1: /* uint 8 to 64 */
		buf_u8(&f->b, (uint8_t)(0xcc + (n & 3)));
		put_bytes(f, UINT64_C(1) << (n & 3));
		return;
	case 2: /* int 8 to 64 */
		buf_u8(&f->b, (uint8_t)(0xd0 + (n & 3)));
		put_bytes(f, UINT64_C(1) << (n & 3));
		return;
	case 3:
		put_length(f, 0xa0, 0xd9, true, n, 31);
		put_bytes(f, n);
		return;
	default: /* bin 8 or 16 */
		buf_u8(&f->b, n < 256 ? 0xc4 : 0xc5);
		if (n < 256)
			buf_u8(&f->b, (uint8_t)n);
		else
			buf_u16(&f->b, (uint16_t)n);
		put_bytes(f, n);
	}
}

static void put_value(struct fx *f, int depth)
{
	uint64_t n = rng_below(&f->rng, 5);
	char key[24];

	if (depth == 0 || rng_below(&f->rng, 3) == 0) {
		put_scalar(f);
		return;
	}
	if (rng_below(&f->rng, 2) == 0) {
		put_length(f, 0x90, 0xdc, false, n, 15);
		while (n-- > 0)
			put_value(f, depth - 1);
		return;
	}
	put_length(f, 0x80, 0xde, false, n, 15);
	while (n-- > 0) { /* no key twice */
		snprintf(key, sizeof(key), "k%u", (unsigned)n);
		buf_u8(&f->b, (uint8_t)(0xa0 | strlen(key)));
		buf_put(&f->b, key, strlen(key));
		put_value(f, depth - 1);
	}
}

static void a_value_ends_where_the_scan_ends_it_however_it_comes(void **state)
{
	struct fx *f = *state;

	for (int round = 0; round < ROUNDS; round++) {
		struct cut c = { 0 };
		size_t size = 0, scanned = 0;
		int rc = BF_EMORE;

		buf_clear(&f->b);
		put_value(f, DEPTH);
		size_t whole = f->b.len;

		put_bytes(f, rng_below(&f->rng, 9)); /* the next request's beginning */
		assert_int_equal(mp_scan(buf_bytes(&f->b), &rpc_limits, &scanned), 0);
		for (size_t have = 0; rc == BF_EMORE && have <= f->b.len;
		     have += 1 + rng_below(&f->rng, 40)) {
			rc = cut_step(&c, (struct bytes){ f->b.p, have }, &rpc_limits, &size);
			if (rc == BF_EMORE)
				assert_true(have < whole);
		}
		if (rc == BF_EMORE)
			rc = cut_step(&c, buf_bytes(&f->b), &rpc_limits, &size);
		if (rc != 0 || size != scanned || size != whole)
			print_error("BF_SEED=%llu round %d\n", (unsigned long long)f->seed, round);
		assert_int_equal(rc, 0);
		assert_int_equal(size, scanned);
		assert_int_equal(size, whole);
	}
}

static int cut_all(const void *p, size_t len)
{
	struct cut c = { 0 };
	size_t size;

	return cut_step(&c, bytes_of(p, len), &rpc_limits, &size);
}

static void a_header_that_promises_too_much_is_refused_at_once(void **state)
{
	(void)state;
	assert_int_equal(cut_all("\xdd\xff\xff\xff\xff", 5), BF_EBOUND);
	assert_int_equal(cut_all("\xdf\x00\x00\x80\x01", 5), BF_EBOUND); /* 32769 pairs */
	assert_int_equal(cut_all("\xdf\x00\x00\x7f\xff", 5), BF_EMORE);
	assert_int_equal(cut_all("\xc6\x00\x0f\xff\xfb", 5), BF_EMORE);  /* 1 MiB in all */
	assert_int_equal(cut_all("\xc6\x00\x0f\xff\xfc", 5), BF_EBOUND); /* and one more */
	assert_int_equal(cut_all("\x91\x91\x91\x91\x91\x91\x91\x91", 8), BF_EMORE);
	assert_int_equal(cut_all("\x91\x91\x91\x91\x91\x91\x91\x91\x91", 9), BF_EBOUND);
}

static void the_byte_that_begins_nothing_is_refused(void **state)
{
	(void)state;
	assert_int_equal(cut_all("\xc1", 1), BF_EFORMAT);
	assert_int_equal(cut_all("\x92\x01\xc1", 3), BF_EFORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    a_value_ends_where_the_scan_ends_it_however_it_comes, setup, teardown),
		cmocka_unit_test(a_header_that_promises_too_much_is_refused_at_once),
		cmocka_unit_test(the_byte_that_begins_nothing_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
