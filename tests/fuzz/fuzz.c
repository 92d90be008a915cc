/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz.c -- see fuzz.h. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

uint8_t *fuzz_copy(struct bytes b)
{
	uint8_t *p = malloc(b.len == 0 ? 1 : b.len);

	FUZZ_REQUIRE(p != NULL);
	if (b.len > 0)
		memcpy(p, b.p, b.len);
	return p;
}

uint8_t fuzz_byte(struct bytes *in)
{
	if (in->len == 0)
		return 0;
	uint8_t v = in->p[0];

	*in = bytes_of(in->p + 1, in->len - 1);
	return v;
}
