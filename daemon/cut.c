/* SPDX-License-Identifier: Apache-2.0 */
/* cut.c -- see cut.h. A header tells how many bytes follow it and how many values they hold. */
#include "daemon/cut.h"

#include "protocol/errors.h"

struct header {
	uint32_t bytes;  /* of the header itself */
	uint64_t body;   /* bytes of a scalar, string or bin after it */
	uint64_t values; /* of a container */
	bool container;
};

/* Bytes of the length that follows the first byte, by form; 0 when there is none. */
static uint32_t length_bytes(uint8_t first)
{
	switch (first) {
	case 0xc4: /* bin 8, 16, 32 */
	case 0xc7: /* ext 8, 16, 32 */
	case 0xd9: /* str 8, 16, 32 */
		return 1;
	case 0xc5:
	case 0xc8:
	case 0xda:
	case 0xdc: /* array 16, 32 */
	case 0xde: /* map 16, 32 */
		return 2;
	case 0xc6:
	case 0xc9:
	case 0xdb:
	case 0xdd:
	case 0xdf:
		return 4;
	default:
		return 0;
	}
}

static uint64_t length_get(const uint8_t *p, uint32_t bytes)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

/* Bytes after the first of a form without a length of its own. */
static uint64_t fixed_body(uint8_t first)
{
	switch (first) {
	case 0xcc: /* uint 8 to 64, int 8 to 64, float 32 and 64 */
	case 0xd0:
		return 1;
	case 0xcd:
	case 0xd1:
		return 2;
	case 0xca:
	case 0xce:
	case 0xd2:
		return 4;
	case 0xcb:
	case 0xcf:
	case 0xd3:
		return 8;
	case 0xd4: /* fixext: a type byte and 1, 2, 4, 8, 16 */
	case 0xd5:
	case 0xd6:
	case 0xd7:
	case 0xd8:
		return 1 + (UINT64_C(1) << (first - 0xd4));
	default:
		return 0;
	}
}

static int header_take(struct bytes in, struct header *h)
{
	uint8_t first = in.p[0];

	*h = (struct header){ .bytes = 1 };
	if (first == 0xc1)
		return BF_EFORMAT;
	if (first >= 0x80 && first <= 0x9f) {
		h->container = true;
		h->values = (uint64_t)(first & 0x0f) << (first < 0x90 ? 1 : 0);
		return 0;
	}
	if (first >= 0xa0 && first <= 0xbf) {
		h->body = first & 0x1f;
		return 0;
	}
	uint32_t n = length_bytes(first);

	if (n == 0) {
		h->body = fixed_body(first);
		return 0;
	}
	h->bytes = 1 + n;
	if (in.len < h->bytes)
		return BF_EMORE;
	uint64_t length = length_get(in.p + 1, n);

	h->container = first >= 0xdc;
	if (h->container)
		h->values = first >= 0xde ? length * 2 : length;
	else
		h->body = first >= 0xc7 && first <= 0xc9 ? length + 1 : length;
	return 0;
}

/* A value has ended: so have the containers it was the last of. True when nothing is open. */
static bool ended(struct cut *c)
{
	while (c->depth > 0) {
		if (c->left[c->depth - 1] > 0)
			return false;
		c->depth--;
	}
	return true;
}

int cut_step(struct cut *c, struct bytes in, const struct mp_limits *limits, size_t *size)
{
	for (;;) {
		struct header h;

		if (c->items > 0 && ended(c)) {
			if (in.len < c->at)
				return BF_EMORE;
			*size = c->at;
			return 0;
		}
		if (in.len <= c->at)
			return BF_EMORE;
		int rc = header_take((struct bytes){ in.p + c->at, in.len - c->at }, &h);
		if (rc != 0)
			return rc;
		if (h.body > limits->bytes_max || c->at + h.bytes + h.body > limits->bytes_max ||
		    h.values > limits->items_max || c->items + 1 > limits->items_max)
			return BF_EBOUND;
		if (c->depth > 0)
			c->left[c->depth - 1]--;
		c->items++;
		c->at += h.bytes + (size_t)h.body;
		if (!h.container)
			continue;
		if (c->depth >= limits->depth_max || c->depth >= MP_DEPTH_MAX)
			return BF_EBOUND;
		c->left[c->depth++] = h.values;
	}
}
