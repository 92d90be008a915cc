/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of mp.h: mp_scan against msgpack-c itself, its bounds, and the cursors. */
#include "model_world.h"

#include <msgpack.h>

static const struct mp_limits canonical = { MP_CANONICAL, MP_DEPTH_MAX, 4096, 65536 };
static const struct mp_limits loose = { MP_LOOSE, MP_DEPTH_MAX, 4096, 65536 };

static int scan(const struct mp_limits *limits, const char *raw, size_t len)
{
	size_t used = 0;
	int rc = mp_scan(bytes_of(raw, len), limits, &used);

	assert_true(rc != 0 ? used == 0 : used <= len);
	return rc;
}

#define SCAN(limits, raw) scan(limits, raw, sizeof(raw) - 1)

/* ---- values of chance ---- */

static void random_scalar(struct rng *r, struct buf *out)
{
	uint8_t noise[300];
	size_t len = rng_chance(r, 800) ? rng_below(r, 40) : rng_below(r, sizeof(noise));
	uint64_t v = rng_u64(r) >> rng_below(r, 64);

	memset(noise, 'a', sizeof(noise));
	switch (rng_below(r, 6)) {
	case 0:
		mp_put_nil(out);
		break;
	case 1:
		mp_put_bool(out, rng_chance(r, 500));
		break;
	case 2:
		mp_put_uint(out, v);
		break;
	case 3:
		mp_put_int(out, (int64_t)(rng_chance(r, 500) ? v : ~v));
		break;
	case 4:
		mp_put_str(out, bytes_of(noise, len));
		break;
	default:
		mp_put_bin(out, bytes_of(noise, len));
		break;
	}
}

static void random_value(struct rng *r, struct buf *out, int depth)
{
	uint32_t count = (uint32_t)(rng_chance(r, 900) ? rng_below(r, 5) : rng_below(r, 20));
	uint64_t key = 0;

	if (depth == 0 || rng_chance(r, 500)) {
		random_scalar(r, out);
		return;
	}
	if (rng_chance(r, 500)) {
		mp_put_array(out, count);
		for (uint32_t i = 0; i < count; i++)
			random_value(r, out, depth - 1);
		return;
	}
	mp_put_map(out, count);
	for (uint32_t i = 0; i < count; i++) {
		key += 1 + (rng_u64(r) >> (20 + rng_below(r, 43)));
		mp_put_uint(out, key);
		random_value(r, out, depth - 1);
	}
}

/* msgpack-c reads it and writes the same bytes. */
static bool same_again(struct bytes in)
{
	msgpack_unpacked u;
	msgpack_sbuffer s;
	msgpack_packer p;
	size_t off = 0;
	bool same = false;

	msgpack_unpacked_init(&u);
	msgpack_sbuffer_init(&s);
	msgpack_packer_init(&p, &s, msgpack_sbuffer_write);
	if (msgpack_unpack_next(&u, (const char *)in.p, in.len, &off) == MSGPACK_UNPACK_SUCCESS) {
		msgpack_pack_object(&p, u.data);
		same = off == in.len && bytes_equal(in, bytes_of(s.data, s.size));
	}
	msgpack_sbuffer_destroy(&s);
	msgpack_unpacked_destroy(&u);
	return same;
}

static void whatever_our_writer_writes_is_canonical(void **state)
{
	struct rng r;
	struct buf b = { 0 };
	size_t used;

	(void)state;
	rng_seed(&r, model_seed(31), 0);
	for (int i = 0; i < 5000; i++) {
		buf_clear(&b);
		random_value(&r, &b, 3);
		if (b.len > canonical.bytes_max)
			continue;
		int rc = mp_scan(buf_bytes(&b), &canonical, &used);
		if (rc == BF_EBOUND)
			continue; /* too many items: chance went wild */
		assert_int_equal(rc, 0);
		assert_int_equal(used, b.len);
		assert_true(same_again(buf_bytes(&b)));
		assert_int_equal(mp_scan(buf_bytes(&b), &loose, &used), 0);
	}
	buf_fini(&b);
}

/* The item at the front of *left is what the tree of msgpack-c says, and all within it. */
static void walk_as(struct bytes *left, struct mp_val v)
{
	struct mp_rd r = mp_type_of(v) == MP_MAP ? mp_rd_map(v) : mp_rd_array(v);
	struct mp_item it;
	struct bytes s;
	uint64_t u;
	int64_t i;
	bool b;

	assert_int_equal(mp_walk(left, &it), 0);
	assert_int_equal(it.type, mp_type_of(v));
	if (mp_get_str(v, &s) == 0 || mp_get_bin(v, &s) == 0)
		assert_true(bytes_equal(it.s, s));
	else if (mp_get_bool(v, &b) == 0)
		assert_true(b == (it.n != 0));
	else if (mp_get_uint(v, &u) == 0)
		assert_true(it.n == u);
	else if (mp_get_int(v, &i) == 0)
		assert_true((int64_t)it.n == i);
	else
		assert_true(it.n == mp_count(v));
	while (r.err == 0 && r.left > 0)
		walk_as(left, mp_take(&r));
}

static void a_walk_meets_what_the_tree_has(void **state)
{
	struct rng r;
	struct buf b = { 0 };
	struct mp_doc doc = { 0 };
	struct mp_val root;
	struct mp_item it;

	(void)state;
	rng_seed(&r, model_seed(33), 0);
	for (int i = 0; i < 5000; i++) {
		buf_clear(&b);
		random_value(&r, &b, 3);
		if (mp_doc_read(&doc, buf_bytes(&b), &canonical, &root) != 0)
			continue; /* too many items: chance went wild */
		struct bytes left = buf_bytes(&b), whole = left;

		walk_as(&left, root);
		assert_int_equal(left.len, 0);
		assert_int_equal(mp_walk(&whole, &it), 0);
		assert_int_equal(mp_walk_within(&whole, &it), 0);
		assert_int_equal(whole.len, 0);
		/* Never scanned, and cut: it says so and reads nothing beyond (AddressSanitizer).
		 */
		size_t cut = (size_t)rng_below(&r, b.len);
		uint8_t *copy = malloc(cut + 1);

		memcpy(copy, b.p, cut);
		copy = realloc(copy, cut > 0 ? cut : 1);
		whole = bytes_of(copy, cut);
		assert_true(mp_walk(&whole, &it) != 0 || mp_walk_within(&whole, &it) != 0);
		free(copy);
	}
	mp_doc_fini(&doc);
	buf_fini(&b);
}

static void what_the_canonical_form_accepts_msgpack_c_writes_the_same_again(void **state)
{
	struct rng r;
	struct buf b = { 0 };
	size_t used;
	int accepted = 0;

	(void)state;
	rng_seed(&r, model_seed(32), 0);
	for (int i = 0; i < 60000; i++) {
		buf_clear(&b);
		if (rng_chance(&r, 300)) {
			uint8_t noise[24];
			rng_fill(&r, noise, sizeof(noise));
			buf_put(&b, noise, 1 + rng_below(&r, sizeof(noise)));
		} else {
			random_value(&r, &b, 3);
			for (uint64_t n = rng_below(&r, 4); n > 0 && b.len > 0; n--)
				b.p[rng_below(&r, b.len)] = (uint8_t)rng_u64(&r);
		}
		if (mp_scan(buf_bytes(&b), &canonical, &used) != 0)
			continue;
		accepted++;
		assert_true(same_again(bytes_of(b.p, used)));
	}
	assert_true(accepted > 5000);
	buf_fini(&b);
}

static void a_prefix_of_a_value_asks_for_more(void **state)
{
	struct rng r;
	struct buf b = { 0 };
	size_t used;

	(void)state;
	rng_seed(&r, model_seed(33), 0);
	for (int i = 0; i < 300; i++) {
		buf_clear(&b);
		random_value(&r, &b, 3);
		if (mp_scan(buf_bytes(&b), &canonical, &used) != 0)
			continue;
		for (size_t cut = 0; cut < b.len; cut++) {
			assert_int_equal(mp_scan(bytes_of(b.p, cut), &canonical, &used), BF_EMORE);
			assert_int_equal(mp_scan(bytes_of(b.p, cut), &loose, &used), BF_EMORE);
		}
	}
	buf_fini(&b);
}

/* ---- the form ---- */

static void longer_encodings_are_loose_but_not_canonical(void **state)
{
#define LONG(s)                                                                                    \
	{                                                                                          \
		s, sizeof(s) - 1                                                                   \
	}
	static const struct {
		const char *p;
		size_t len;
	} forms[] = {
		LONG("\xcc\x7f"),
		LONG("\xcd\0\xff"),
		LONG("\xce\0\0\xff\xff"),
		LONG("\xcf\0\0\0\0\xff\xff\xff\xff"),
		LONG("\xd0\x05"),
		LONG("\xd0\xe0"),
		LONG("\xd1\xff\x80"),
		LONG("\xd2\xff\xff\x80\0"),
		LONG("\xd3\xff\xff\xff\xff\x80\0\0\0"),
		LONG("\xd3\0\0\0\0\0\0\0\1"),
		LONG("\xd9\1a"),
		LONG("\xda\0\1a"),
		LONG("\xdb\0\0\0\1a"),
		LONG("\xc5\0\1a"),
		LONG("\xc6\0\0\0\1a"),
		LONG("\xdc\0\1\1"),
		LONG("\xdd\0\0\0\1\1"),
		LONG("\xde\0\1\1\1"),
		LONG("\xdf\0\0\0\1\1\1"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		assert_int_equal(scan(&canonical, forms[i].p, forms[i].len), BF_EFORMAT);
		assert_int_equal(scan(&loose, forms[i].p, forms[i].len), 0);
	}
	/* And the first that need them. */
	assert_int_equal(SCAN(&canonical, "\xcc\x80"), 0);
	assert_int_equal(SCAN(&canonical, "\xcd\1\0"), 0);
	assert_int_equal(SCAN(&canonical, "\xce\0\1\0\0"), 0);
	assert_int_equal(SCAN(&canonical, "\xcf\0\0\0\1\0\0\0\0"), 0);
	assert_int_equal(SCAN(&canonical, "\xd0\xdf"), 0);
	assert_int_equal(SCAN(&canonical, "\xd1\xff\x7f"), 0);
	assert_int_equal(SCAN(&canonical, "\xd2\xff\xff\x7f\xff"), 0);
	assert_int_equal(SCAN(&canonical, "\xd3\xff\xff\xff\xff\x7f\xff\xff\xff"), 0);
	assert_int_equal(SCAN(&canonical, "\xc4\0"), 0);
}

static void floats_extensions_and_the_unused_byte_are_refused_in_both_forms(void **state)
{
	static const char bytes[] = "\xc1\xc7\xc8\xc9\xca\xcb\xd4\xd5\xd6\xd7\xd8";

	(void)state;
	for (size_t i = 0; i + 1 < sizeof(bytes); i++) {
		char raw[20] = { bytes[i] };
		assert_int_equal(scan(&canonical, raw, sizeof(raw)), BF_EFORMAT);
		assert_int_equal(scan(&loose, raw, sizeof(raw)), BF_EFORMAT);
		assert_int_equal(scan(&canonical, raw, 1),
				 BF_EFORMAT); /* no more bytes could mend it */
	}
}

static void canonical_keys_are_numbers_that_rise(void **state)
{
	(void)state;
	assert_int_equal(SCAN(&canonical, "\x82\1\0\2\0"), 0);
	assert_int_equal(SCAN(&canonical, "\x82\0\0\xcc\x80\0"), 0);
	assert_int_equal(SCAN(&canonical, "\x82\1\0\1\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&canonical, "\x82\2\0\1\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&canonical, "\x81\xa1k\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&canonical, "\x81\xff\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&canonical, "\x81\xc0\0"), BF_EFORMAT);
	/* A map inside does not disturb the order of its parent. */
	assert_int_equal(SCAN(&canonical, "\x82\5\x81\1\0\6\0"), 0);
	assert_int_equal(SCAN(&canonical, "\x82\5\x81\1\0\5\0"), BF_EFORMAT);
}

static void loose_keys_are_words_or_numbers_and_never_twice(void **state)
{
	(void)state;
	assert_int_equal(SCAN(&loose, "\x83\xa1k\0\1\0\xa1m\0"), 0);
	assert_int_equal(SCAN(&loose, "\x82\xa1k\0\xa1k\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&loose, "\x82\xa1k\0\xd9\1k\0"),
			 BF_EFORMAT); /* the same word, longer */
	assert_int_equal(SCAN(&loose, "\x82\5\0\xcc\5\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&loose, "\x82\1\0\xa0\0"), 0); /* 1 and "" */
	assert_int_equal(SCAN(&loose, "\x81\xc4\1k\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&loose, "\x81\xc3\0"), BF_EFORMAT);
	/* The same key in two maps is no duplicate; after an inner map the outer one is remembered.
	 */
	assert_int_equal(SCAN(&loose, "\x92\x81\xa1k\0\x81\xa1k\0"), 0);
	assert_int_equal(SCAN(&loose, "\x82\xa1k\x81\xa1k\0\xa1k\0"), BF_EFORMAT);
	assert_int_equal(SCAN(&loose, "\x82\xa1k\x81\xa1m\0\xa1m\0"), 0);
}

static void text_must_be_utf8_and_bytes_need_not(void **state)
{
	(void)state;
	assert_int_equal(SCAN(&canonical, "\xa2\xc3\xa9"), 0);
	assert_int_equal(SCAN(&canonical, "\xa1\xff"), BF_EFORMAT);
	assert_int_equal(SCAN(&loose, "\xa1\xff"), BF_EFORMAT);
	assert_int_equal(SCAN(&canonical, "\xc4\1\xff"), 0);
	assert_int_equal(SCAN(&canonical, "\xa2\xff"), BF_EMORE);
}

/* ---- the bounds ---- */

static void a_promise_over_a_bound_is_refused_at_its_header(void **state)
{
	static const struct mp_limits small = { MP_CANONICAL, 4, 100, 1000 };

	(void)state;
	assert_int_equal(SCAN(&small, "\xdd\x0f\xff\xff\xff"), BF_EBOUND);
	assert_int_equal(SCAN(&small, "\xdf\xff\xff\xff\xff"), BF_EBOUND);
	assert_int_equal(SCAN(&small, "\xdb\xff\xff\xff\xff"), BF_EBOUND);
	assert_int_equal(SCAN(&small, "\xc6\0\1\0\0"), BF_EBOUND);
	assert_int_equal(SCAN(&small, "\xdc\0\x63"),
			 BF_EMORE); /* 99 and itself: may still come right */
	assert_int_equal(SCAN(&small, "\xdc\0\x64"), BF_EBOUND); /* 101 */
	assert_int_equal(SCAN(&small, "\xde\0\x31"), BF_EMORE);  /* 49 pairs and itself */
	assert_int_equal(SCAN(&small, "\xde\0\x32"), BF_EBOUND);
	assert_int_equal(SCAN(&small, "\xda\3\xe5"), BF_EMORE); /* 3 + 997 */
	assert_int_equal(SCAN(&small, "\xda\3\xe6"), BF_EBOUND);
	/* Two items that are still owed take at least two bytes more. */
	assert_int_equal(SCAN(&small, "\x93\xda\3\xe2"), BF_EMORE); /* 1 + 3 + 994 + 2 */
	assert_int_equal(SCAN(&small, "\x93\xda\3\xe3"), BF_EBOUND);
}

static void the_last_item_allowed_passes_and_the_next_does_not(void **state)
{
	struct mp_limits limits = { MP_CANONICAL, 1, 6, 100 };

	(void)state;
	assert_int_equal(SCAN(&limits, "\x95\1\1\1\1\1"), 0);
	assert_int_equal(SCAN(&limits, "\x96\1\1\1\1\1\1"), BF_EBOUND);
	limits.bytes_max = 6;
	assert_int_equal(SCAN(&limits, "\x95\1\1\1\1\1"), 0);
	limits.bytes_max = 5;
	assert_int_equal(SCAN(&limits, "\x95\1\1\1\1\1"), BF_EBOUND);
	limits.bytes_max = 0;
	assert_int_equal(SCAN(&limits, "\1"), BF_EBOUND);
	limits = (struct mp_limits){ MP_CANONICAL, 1, 0, 100 };
	assert_int_equal(SCAN(&limits, "\1"), BF_EBOUND);
}

static void depth_stands_exactly_at_its_bound(void **state)
{
	struct mp_limits limits = canonical;
	char raw[MP_DEPTH_MAX + 2];

	(void)state;
	for (uint32_t depth = 1; depth <= MP_DEPTH_MAX + 1U; depth++) {
		memset(raw, '\x91', sizeof(raw));
		raw[depth] = 1;
		limits.depth_max = depth;
		assert_int_equal(scan(&limits, raw, depth + 1),
				 depth <= MP_DEPTH_MAX ? 0 : BF_EBOUND);
		limits.depth_max = depth - 1;
		assert_int_equal(scan(&limits, raw, depth + 1), BF_EBOUND);
	}
	limits.depth_max = 0;
	assert_int_equal(SCAN(&limits, "\1"), 0);
	assert_int_equal(SCAN(&limits, "\x90"), BF_EBOUND);
}

static void open_loose_maps_hold_1024_keys_and_no_more(void **state)
{
	struct mp_limits limits = { MP_LOOSE, 4, 65536, 1 << 20 };
	struct buf b = { 0 };
	size_t used;

	(void)state;
	for (uint32_t n = 1024; n <= 1025; n++) {
		buf_clear(&b);
		mp_put_map(&b, n);
		for (uint32_t i = 0; i < n; i++) {
			mp_put_uint(&b, n - i);
			mp_put_nil(&b);
		}
		assert_int_equal(mp_scan(buf_bytes(&b), &limits, &used), n == 1024 ? 0 : BF_EBOUND);
	}
	/* Closed maps give their keys back. */
	buf_clear(&b);
	mp_put_array(&b, 40);
	for (int m = 0; m < 40; m++) {
		mp_put_map(&b, 200);
		for (uint32_t i = 0; i < 200; i++) {
			mp_put_uint(&b, i);
			mp_put_nil(&b);
		}
	}
	assert_int_equal(mp_scan(buf_bytes(&b), &limits, &used), 0);
	buf_fini(&b);
}

/* ---- reading ---- */

static void a_document_is_exactly_one_value(void **state)
{
	struct mp_doc doc = { 0 };
	struct mp_val v;

	(void)state;
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x91\1"), &canonical, &v), 0);
	assert_int_equal(mp_count(v), 1);
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x91\1\1"), &canonical, &v), BF_EFORMAT);
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x91"), &canonical, &v), BF_EFORMAT);
	assert_int_equal(mp_doc_read(&doc, (struct bytes){ 0 }, &canonical, &v), BF_EFORMAT);
	assert_int_equal(mp_type_of(v), MP_NIL); /* after a failure there is nothing */
	for (int i = 0; i < 3; i++)
		assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x82\1\xa1k\2\xc3"), &canonical, &v),
				 0);
	assert_int_equal(mp_type_of(v), MP_MAP);
	mp_doc_fini(&doc);
	mp_doc_fini(&doc);
}

static void a_cursor_keeps_its_first_error_and_gives_nothing_after(void **state)
{
	struct mp_doc doc = { 0 };
	struct mp_val v;

	(void)state;
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x94\1\xa1k\xff\xc3"), &canonical, &v), 0);
	struct mp_rd r = mp_rd_array(v);
	assert_int_equal(mp_peek(&r), MP_UINT);
	assert_int_equal(mp_take_uint(&r), 1);
	assert_int_equal(mp_take_str(&r).len, 1);
	assert_int_equal(mp_rd_end(&r), BF_EFORMAT); /* two are left */
	assert_int_equal(mp_take_int(&r), -1);
	assert_true(mp_take_bool(&r));
	assert_int_equal(mp_rd_end(&r), 0);
	assert_int_equal(mp_type_of(mp_take(&r)), MP_NIL);
	assert_int_equal(r.err, BF_EFORMAT); /* one too many */
	r = mp_rd_array(v);
	assert_int_equal(mp_take_bin(&r).len, 0);
	assert_int_equal(r.err, BF_EFORMAT);
	assert_int_equal(mp_take_uint(&r), 0);
	r = mp_rd_map(v);
	assert_int_equal(mp_rd_end(&r), BF_EFORMAT);
	mp_doc_fini(&doc);
}

static void a_map_gives_key_and_value_in_turn_and_finds_words(void **state)
{
	struct mp_doc doc = { 0 };
	struct mp_val v, found;
	uint64_t u = 0;

	(void)state;
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\x82\xa4name\7\5\xc0"), &loose, &v), 0);
	assert_true(mp_find(v, "name", &found));
	assert_int_equal(mp_get_uint(found, &u), 0);
	assert_int_equal(u, 7);
	assert_false(mp_find(v, "nam", &found));
	assert_false(mp_find(found, "x", &found));
	struct mp_rd r = mp_rd_map(v);
	assert_int_equal(mp_take_str(&r).len, 4);
	assert_int_equal(mp_take_uint(&r), 7);
	assert_int_equal(mp_take_uint(&r), 5);
	assert_int_equal(mp_type_of(mp_take(&r)), MP_NIL);
	assert_int_equal(mp_rd_end(&r), 0);
	mp_doc_fini(&doc);
}

static void a_signed_number_does_not_take_what_is_over_int64(void **state)
{
	struct mp_doc doc = { 0 };
	struct mp_val v;
	int64_t i = 0;

	(void)state;
	assert_int_equal(
	    mp_doc_read(&doc, BYTES_LIT("\xcf\x7f\xff\xff\xff\xff\xff\xff\xff"), &canonical, &v),
	    0);
	assert_int_equal(mp_get_int(v, &i), 0);
	assert_true(i == INT64_MAX);
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\xcf\x80\0\0\0\0\0\0\0"), &canonical, &v), 0);
	assert_int_equal(mp_get_int(v, &i), BF_EFORMAT);
	assert_int_equal(mp_doc_read(&doc, BYTES_LIT("\xd3\x80\0\0\0\0\0\0\0"), &canonical, &v), 0);
	assert_int_equal(mp_get_int(v, &i), 0);
	assert_true(i == INT64_MIN);
	mp_doc_fini(&doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_our_writer_writes_is_canonical),
		cmocka_unit_test(a_walk_meets_what_the_tree_has),
		cmocka_unit_test(what_the_canonical_form_accepts_msgpack_c_writes_the_same_again),
		cmocka_unit_test(a_prefix_of_a_value_asks_for_more),
		cmocka_unit_test(longer_encodings_are_loose_but_not_canonical),
		cmocka_unit_test(floats_extensions_and_the_unused_byte_are_refused_in_both_forms),
		cmocka_unit_test(canonical_keys_are_numbers_that_rise),
		cmocka_unit_test(loose_keys_are_words_or_numbers_and_never_twice),
		cmocka_unit_test(text_must_be_utf8_and_bytes_need_not),
		cmocka_unit_test(a_promise_over_a_bound_is_refused_at_its_header),
		cmocka_unit_test(the_last_item_allowed_passes_and_the_next_does_not),
		cmocka_unit_test(depth_stands_exactly_at_its_bound),
		cmocka_unit_test(open_loose_maps_hold_1024_keys_and_no_more),
		cmocka_unit_test(a_document_is_exactly_one_value),
		cmocka_unit_test(a_cursor_keeps_its_first_error_and_gives_nothing_after),
		cmocka_unit_test(a_map_gives_key_and_value_in_turn_and_finds_words),
		cmocka_unit_test(a_signed_number_does_not_take_what_is_over_int64),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
