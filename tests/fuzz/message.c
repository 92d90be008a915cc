/* SPDX-License-Identifier: Apache-2.0 */
/* message.c -- a message that is taken is put to the same payload, but for members that a newer
 * peer added. */
#include "protocol/message.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static struct bytes put(const struct message *m, struct buf *out)
{
	struct bytes payload = { 0 };
	size_t used;

	FUZZ_REQUIRE(message_put(out, m) == 0);
	FUZZ_REQUIRE(frame_take(buf_bytes(out), &payload, &used) == 0 && used == out->len);
	return payload;
}

static int count_place(void *ctx, struct place_row row)
{
	FUZZ_REQUIRE(row.name.len == 0 || row.name.p != NULL);
	return ++*(int *)ctx > PLACES_MAX;
}

/* True when the array has just the members that this program knows. */
static bool no_more_members(const struct message *m, struct bytes payload)
{
	size_t fields;

	FUZZ_REQUIRE(message_fields(m->type, &fields) != NULL);
	return payload.p[0] == (0x90 | (fields + 1));
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct mp_doc doc = { 0 }, doc2 = { 0 };
	struct message m, m2;
	struct buf out = { 0 }, out2 = { 0 };
	int places = 0;

	if (len <= FRAME_BYTES_MAX && message_take(bytes_of(p, len), &doc, &m) == 0) {
		FUZZ_REQUIRE(m.type >= MESSAGE_HELLO && m.type < MESSAGE_COUNT);
		struct bytes again = put(&m, &out);
		FUZZ_REQUIRE(again.len <= len);
		if (no_more_members(&m, bytes_of(p, len)))
			FUZZ_REQUIRE(bytes_equal(again, bytes_of(p, len)));
		FUZZ_REQUIRE(message_take(again, &doc2, &m2) == 0);
		FUZZ_REQUIRE(bytes_equal(put(&m2, &out2), again));
		if (m.type == MESSAGE_ENROLLED)
			(void)message_places(m.enrolled.places, count_place, &places);
	}
	mp_doc_fini(&doc);
	mp_doc_fini(&doc2);
	buf_fini(&out);
	buf_fini(&out2);
	return 0;
}
