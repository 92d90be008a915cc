/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c -- an entry that is taken is put to the same bytes, and so is its body, known fields and
 * unknown ones. */
#include "protocol/entry.h"

#include <string.h>

#include "protocol/errors.h"
#include "protocol/record.h"
#include "tests/fuzz/fuzz.h"

/* Showing a record must work for any body that was accepted, and never show more masked than
 * unmasked. */
static void show(const struct record *r)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < r->kind->count; i++) {
		const struct field *f = &r->kind->fields[i];

		if (!record_has(r, f->tag))
			continue;
		for (int form = 0; form < 4; form++) {
			buf_clear(&text);
			record_text(r, f, form % 2 == 0, form < 2 ? 'z' : 'e', &text);
			FUZZ_REQUIRE(text.err == 0 && bytes_utf8(buf_bytes(&text)));
		}
	}
	buf_fini(&text);
}

static void body(const struct kind *kind, struct bytes raw)
{
	struct record r = { 0 };
	struct buf again = { 0 };

	record_init(&r, kind);
	if (record_take(&r, kind, raw) == 0) {
		FUZZ_REQUIRE(record_put(&r, &again) == 0);
		FUZZ_REQUIRE(bytes_equal(buf_bytes(&again), raw));
		show(&r);
	}
	buf_fini(&again);
	record_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct bytes in = bytes_of(p, len);
	struct entry e, first;
	struct buf again = { 0 }, longer = { 0 };
	size_t used = 0;

	if (entry_take(in, &e) == 0) {
		FUZZ_REQUIRE(bytes_equal(e.raw, in) && len <= ENTRY_BYTES_MAX);
		FUZZ_REQUIRE(e.seq >= 1 && e.seq <= SEQ_MAX && e.author.len <= AUTHOR_BYTES_MAX);
		/* An author of control characters is read, and never written. */
		int rc = entry_put(&again, &e);
		FUZZ_REQUIRE(rc == (entry_author_sound(e.author) ? 0 : BF_EINVAL));
		FUZZ_REQUIRE(rc != 0 || bytes_equal(buf_bytes(&again), in));
		/* What follows does not matter to the first of several. */
		buf_put_bytes(&longer, in);
		buf_put(&longer, "\xff\x00\x91", 3);
		FUZZ_REQUIRE(entry_take_first(buf_bytes(&longer), &first, &used) == 0 &&
			     used == len);
		FUZZ_REQUIRE(first.seq == e.seq && bytes_equal(first.body, e.body));
		if (kind_by_id(e.kind) != NULL)
			body(kind_by_id(e.kind), e.body);
	} else if (len > 1 && kind_by_id(p[0]) != NULL) { /* the rest as a body of that kind */
		uint8_t *copy = fuzz_copy(bytes_of(p + 1, len - 1));

		body(kind_by_id(p[0]), bytes_of(copy, len - 1));
		free(copy);
	}
	buf_fini(&again);
	buf_fini(&longer);
	return 0;
}
