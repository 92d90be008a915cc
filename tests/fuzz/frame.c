/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c -- the same bytes give the same frames, however the network cuts them up. */
#include "protocol/frame.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* What was split off: the payloads one after another with their lengths, and how it ended. */
struct split {
	struct buf frames;
	int rc;
};

static void keep(struct split *s, struct bytes payload)
{
	buf_u32(&s->frames, (uint32_t)payload.len);
	buf_put_bytes(&s->frames, payload);
	FUZZ_REQUIRE(s->frames.err == 0);
}

static void take_all(struct buf *got, struct split *s)
{
	struct bytes payload;
	size_t used;

	while (s->rc == 0 && (s->rc = frame_take(buf_bytes(got), &payload, &used)) == 0) {
		FUZZ_REQUIRE(used == payload.len + FRAME_HEAD_BYTES && used <= got->len);
		keep(s, payload);
		buf_drop(got, used);
	}
	if (s->rc == BF_EMORE)
		s->rc = 0;
}

static void in_pieces(struct bytes in, struct bytes sizes, struct split *s)
{
	struct buf got = { 0 };

	for (size_t at = 0, i = 0; at < in.len && s->rc == 0; i++) {
		size_t n = sizes.len == 0 ? in.len : (size_t)1 + sizes.p[i % sizes.len];

		if (n > in.len - at)
			n = in.len - at;
		buf_put(&got, in.p + at, n);
		at += n;
		take_all(&got, s);
	}
	buf_fini(&got);
}

/* By hand, from the specification: four bytes of length, 1..FRAME_BYTES_MAX. */
static void reference(struct bytes in, struct split *s)
{
	while (in.len >= 4) {
		size_t n =
		    (size_t)in.p[0] << 24 | (size_t)in.p[1] << 16 | (size_t)in.p[2] << 8 | in.p[3];

		if (n == 0 || n > FRAME_BYTES_MAX) {
			s->rc = BF_EBOUND;
			return;
		}
		if (in.len - 4 < n)
			return;
		keep(s, bytes_of(in.p + 4, n));
		in = bytes_of(in.p + 4 + n, in.len - 4 - n);
	}
}

static void same(const struct split *a, const struct split *b)
{
	FUZZ_REQUIRE(a->rc == b->rc);
	FUZZ_REQUIRE(bytes_equal(buf_bytes(&a->frames), buf_bytes(&b->frames)));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct bytes in = bytes_of(p, len), sizes = { 0 };
	struct split whole = { 0 }, pieces = { 0 }, plain = { 0 };
	struct buf again = { 0 };

	sizes = bytes_of(p, fuzz_byte(&in) % 8 < in.len ? (size_t)p[0] % 8 : 0);
	in_pieces(in, (struct bytes){ 0 }, &whole);
	in_pieces(in, sizes, &pieces);
	reference(in, &plain);
	same(&whole, &plain);
	same(&pieces, &plain);
	int rc = frame_put(&again, in);
	FUZZ_REQUIRE(rc == (in.len == 0 || in.len > (size_t)FRAME_BYTES_MAX ? BF_EBOUND : 0));
	FUZZ_REQUIRE(rc == 0 ? again.len == in.len + 4 : again.len == 0);
	buf_fini(&whole.frames);
	buf_fini(&pieces.frames);
	buf_fini(&plain.frames);
	buf_fini(&again);
	return 0;
}
