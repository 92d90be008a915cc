/* SPDX-License-Identifier: Apache-2.0 */
/* mp_walk.c -- one item after the other over bytes that mp_scan has accepted.
 *
 * What mp_scan has proved is not asked again: only that the bytes do not end, so that a mistake of
 * ours reads nothing beyond them. */
#include "errors.h"
#include "mp.h"

/* The big-endian number of so many bytes at the front; `left` moves behind it. */
static uint64_t number(struct bytes *left, size_t bytes, int *rc)
{
	uint64_t n = 0;

	if (left->len < bytes) {
		*rc = BF_EFORMAT;
		return 0;
	}
	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | left->p[i];
	*left = bytes_of(left->p + bytes, left->len - bytes);
	return n;
}

/* c0..df: what it is, and how many bytes of number follow. */
static int long_item(struct bytes *left, uint8_t c, struct mp_item *it)
{
	int rc = 0;

	if (c == 0xc0) {
		it->type = MP_NIL;
	} else if (c == 0xc2 || c == 0xc3) {
		it->type = MP_BOOL;
		it->n = c & 1;
	} else if (c >= 0xc4 && c <= 0xc6) {
		it->type = MP_BIN;
		it->n = number(left, (size_t)1 << (c - 0xc4), &rc);
	} else if (c >= 0xcc && c <= 0xcf) {
		it->type = MP_UINT;
		it->n = number(left, (size_t)1 << (c - 0xcc), &rc);
	} else if (c >= 0xd0 && c <= 0xd3) { /* canonical: always negative */
		size_t bytes = (size_t)1 << (c - 0xd0);

		it->type = MP_NEGINT;
		it->n = number(left, bytes, &rc);
		if (bytes < 8)
			it->n |= UINT64_MAX << (8 * bytes);
	} else if (c >= 0xd9 && c <= 0xdb) {
		it->type = MP_STR;
		it->n = number(left, (size_t)1 << (c - 0xd9), &rc);
	} else if (c >= 0xdc) {
		it->type = c < 0xde ? MP_ARRAY : MP_MAP;
		it->n = number(left, (c & 1) == 0 ? 2 : 4, &rc);
	} else {
		rc = BF_EFORMAT;
	}
	return rc;
}

int mp_walk(struct bytes *left, struct mp_item *it)
{
	int rc = 0;

	*it = (struct mp_item){ .type = MP_NIL };
	if (left->len == 0)
		return BF_EFORMAT;
	uint8_t c = left->p[0];

	*left = bytes_of(left->p + 1, left->len - 1);
	if (c < 0x80 || c >= 0xe0) {
		it->type = c < 0x80 ? MP_UINT : MP_NEGINT;
		it->n = c < 0x80 ? c : (uint64_t)(int64_t)(int8_t)c;
	} else if (c < 0xc0) {
		it->type = c < 0x90 ? MP_MAP : c < 0xa0 ? MP_ARRAY : MP_STR;
		it->n = c & (c < 0xa0 ? 15 : 31);
	} else {
		rc = long_item(left, c, it);
	}
	if (rc != 0 || (it->type != MP_STR && it->type != MP_BIN))
		return rc;
	if (it->n > left->len)
		return BF_EFORMAT;
	it->s = bytes_of(left->p, it->n);
	*left = bytes_of(left->p + it->n, left->len - it->n);
	return 0;
}

int mp_walk_within(struct bytes *left, const struct mp_item *of)
{
	uint64_t open = of->type == MP_ARRAY ? of->n : of->type == MP_MAP ? 2 * of->n : 0;
	struct mp_item it;
	int rc = 0;

	for (; open > 0 && rc == 0; open--) {
		rc = mp_walk(left, &it);
		open += it.type == MP_ARRAY ? it.n : it.type == MP_MAP ? 2 * it.n : 0;
	}
	return rc;
}
