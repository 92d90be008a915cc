/* SPDX-License-Identifier: Apache-2.0 */
/* mp.c -- what the pre-validator lets through, msgpack-c reads to the same end, and writes to the
 * same bytes.
 *
 * The direction that matters: accept implies safe and canonical. Rejecting too much is for the unit
 * tests. */
#include "protocol/mp.h"

#include <msgpack.h>

#include "tests/fuzz/fuzz.h"

static const struct mp_limits canonical = { MP_CANONICAL, 5, 200, 4096 };
static const struct mp_limits loose = { MP_LOOSE, 8, 400, 8192 };

/* Values in all, keys counted, and the deepest container. */
static uint32_t count_items(const msgpack_object *o, uint32_t depth, uint32_t *deepest)
{
	uint32_t n = 1;
	bool holds = o->type == MSGPACK_OBJECT_ARRAY || o->type == MSGPACK_OBJECT_MAP;

	if (holds && depth + 1 > *deepest)
		*deepest = depth + 1;
	if (o->type == MSGPACK_OBJECT_ARRAY)
		for (uint32_t i = 0; i < o->via.array.size; i++)
			n += count_items(&o->via.array.ptr[i], depth + 1, deepest);
	if (o->type == MSGPACK_OBJECT_MAP)
		for (uint32_t i = 0; i < o->via.map.size; i++)
			n += count_items(&o->via.map.ptr[i].key, depth + 1, deepest) +
			     count_items(&o->via.map.ptr[i].val, depth + 1, deepest);
	FUZZ_REQUIRE(o->type != MSGPACK_OBJECT_EXT && o->type != MSGPACK_OBJECT_FLOAT32 &&
		     o->type != MSGPACK_OBJECT_FLOAT64);
	if (o->type == MSGPACK_OBJECT_STR)
		FUZZ_REQUIRE(bytes_utf8(bytes_of(o->via.str.ptr, o->via.str.size)));
	return n;
}

static void accepted(struct bytes in, size_t used, const struct mp_limits *limits)
{
	msgpack_unpacked u;
	msgpack_sbuffer out;
	msgpack_packer pk;
	size_t at = 0;
	uint32_t deepest = 0;

	FUZZ_REQUIRE(used > 0 && used <= in.len && used <= limits->bytes_max);
	msgpack_unpacked_init(&u);
	FUZZ_REQUIRE(msgpack_unpack_next(&u, (const char *)in.p, used, &at) ==
		     MSGPACK_UNPACK_SUCCESS);
	FUZZ_REQUIRE(at == used);
	FUZZ_REQUIRE(count_items(&u.data, 0, &deepest) <= limits->items_max);
	FUZZ_REQUIRE(deepest <= limits->depth_max);
	msgpack_sbuffer_init(&out);
	msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
	FUZZ_REQUIRE(msgpack_pack_object(&pk, u.data) == 0);
	if (limits->form == MP_CANONICAL)
		FUZZ_REQUIRE(bytes_equal(bytes_of(out.data, out.size), bytes_of(in.p, used)));
	else
		FUZZ_REQUIRE(out.size <= used);
	msgpack_sbuffer_destroy(&out);
	msgpack_unpacked_destroy(&u);
}

/* Any shorter piece is not yet a value; anything behind it is not looked at. */
static void ends_where_it_ends(struct bytes in, size_t used, const struct mp_limits *limits)
{
	size_t n;

	for (size_t cut = 0; cut < used; cut += 1 + used / 16) {
		uint8_t *piece = fuzz_copy(bytes_of(in.p, cut));

		FUZZ_REQUIRE(mp_scan(bytes_of(piece, cut), limits, &n) == BF_EMORE);
		free(piece);
	}
	uint8_t *whole = fuzz_copy(bytes_of(in.p, used));
	FUZZ_REQUIRE(mp_scan(bytes_of(whole, used), limits, &n) == 0 && n == used);
	struct mp_doc doc = { 0 };
	struct mp_val root;
	FUZZ_REQUIRE(mp_doc_read(&doc, bytes_of(whole, used), limits, &root) == 0);
	mp_doc_fini(&doc);
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct bytes in = bytes_of(p, len);
	size_t used = 0, used_loose = 0;
	int strict = mp_scan(in, &canonical, &used);
	int relaxed = mp_scan(in, &loose, &used_loose);

	if (strict == 0) {
		accepted(in, used, &canonical);
		ends_where_it_ends(in, used, &canonical);
		/* Loose keys may be strings, so a canonical value is only refused there for its
		 * keys. */
		FUZZ_REQUIRE(relaxed == 0 ? used_loose == used : relaxed == BF_EFORMAT);
	}
	if (relaxed == 0) {
		accepted(in, used_loose, &loose);
		ends_where_it_ends(in, used_loose, &loose);
	}
	return 0;
}
