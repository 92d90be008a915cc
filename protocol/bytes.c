/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.c -- borrowed and owned bytes, the two cursors and hex. Bytes as text stand in
 * bytes_text.c.
 *
 * The cursors share one habit: the first error stays, later calls do nothing and give zero. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

struct bytes bytes_of(const void *p, size_t len)
{
	return (struct bytes){ .p = p, .len = len };
}

struct bytes bytes_str(const char *s)
{
	return bytes_of(s, s == NULL ? 0 : strlen(s));
}

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

int bytes_compare(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len == 0 ? 0 : memcmp(a.p, b.p, len);

	if (order != 0)
		return order < 0 ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

/* ---- owned bytes ---- */

void buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){ 0 };
}

void buf_clear(struct buf *b)
{
	b->len = 0;
}

void buf_renew(struct buf *b)
{
	b->len = 0;
	b->err = 0;
}

static int buf_grow(struct buf *b, size_t more)
{
	size_t cap;
	uint8_t *p;

	if (more > BUF_BYTES_MAX - b->len)
		return b->err = BF_EBOUND;
	cap = b->cap < 64 ? 64 : b->cap;
	while (cap < b->len + more)
		cap *= 2;
	p = realloc(b->p, cap);
	if (p == NULL)
		return b->err = BF_ENOMEM;
	b->p = p;
	b->cap = cap;
	return 0;
}

int buf_reserve(struct buf *b, size_t more)
{
	if (b->err != 0)
		return b->err;
	return b->cap - b->len >= more ? 0 : buf_grow(b, more);
}

void buf_put(struct buf *b, const void *p, size_t len)
{
	if (len == 0 || buf_reserve(b, len) != 0)
		return;
	memcpy(b->p + b->len, p, len);
	b->len += len;
}

void buf_put_bytes(struct buf *b, struct bytes s)
{
	buf_put(b, s.p, s.len);
}

void buf_put_buf(struct buf *b, const struct buf *s)
{
	if (b->err == 0)
		b->err = s->err;
	buf_put(b, s->p, s->len);
}

void buf_u8(struct buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

void buf_u16(struct buf *b, uint16_t v)
{
	uint8_t p[2];

	be16_put(p, v);
	buf_put(b, p, sizeof(p));
}

void buf_u32(struct buf *b, uint32_t v)
{
	uint8_t p[4];

	be32_put(p, v);
	buf_put(b, p, sizeof(p));
}

void buf_u40(struct buf *b, uint64_t v)
{
	uint8_t p[5];

	be40_put(p, v);
	buf_put(b, p, sizeof(p));
}

void buf_u64(struct buf *b, uint64_t v)
{
	uint8_t p[8];

	be64_put(p, v);
	buf_put(b, p, sizeof(p));
}

void buf_drop(struct buf *b, size_t n)
{
	BF_REQUIRE(n <= b->len);
	if (n == 0)
		return;
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
}

struct bytes buf_bytes(const struct buf *b)
{
	return bytes_of(b->p, b->len);
}

/* ---- the reading cursor ---- */

struct rd rd_of(struct bytes b)
{
	return (struct rd){ .p = b.p, .end = b.len == 0 ? b.p : b.p + b.len };
}

size_t rd_left(const struct rd *r)
{
	return r->p == r->end ? 0 : (size_t)(r->end - r->p);
}

struct bytes rd_bytes(struct rd *r, size_t len)
{
	struct bytes got = { 0 };

	if (r->err != 0)
		return got;
	if (rd_left(r) < len) {
		r->err = BF_EMORE;
		return got;
	}
	got = bytes_of(r->p, len);
	if (len > 0)
		r->p += len;
	return got;
}

static uint64_t rd_number(struct rd *r, size_t len)
{
	struct bytes b = rd_bytes(r, len);
	uint64_t v = 0;

	for (size_t i = 0; i < b.len; i++)
		v = v << 8 | b.p[i];
	return v;
}

uint8_t rd_u8(struct rd *r)
{
	return (uint8_t)rd_number(r, 1);
}

uint16_t rd_u16(struct rd *r)
{
	return (uint16_t)rd_number(r, 2);
}

uint32_t rd_u32(struct rd *r)
{
	return (uint32_t)rd_number(r, 4);
}

uint64_t rd_u40(struct rd *r)
{
	return rd_number(r, 5);
}

uint64_t rd_u64(struct rd *r)
{
	return rd_number(r, 8);
}

int rd_end(const struct rd *r)
{
	if (r->err != 0)
		return r->err;
	return r->p == r->end ? 0 : BF_EFORMAT;
}

/* ---- fixed memory ---- */

static void be_put(uint8_t *p, uint64_t v, int count)
{
	for (int i = count - 1; i >= 0; i--) {
		p[i] = (uint8_t)v;
		v >>= 8;
	}
}

void be16_put(uint8_t *p, uint16_t v)
{
	be_put(p, v, 2);
}

void be32_put(uint8_t *p, uint32_t v)
{
	be_put(p, v, 4);
}

void be40_put(uint8_t *p, uint64_t v)
{
	be_put(p, v, 5);
}

void be64_put(uint8_t *p, uint64_t v)
{
	be_put(p, v, 8);
}

/* Written out, for compilers know these as one load and a swap: every key of a scan is read so. */
uint16_t be16_get(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

uint32_t be32_get(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

uint64_t be40_get(const uint8_t *p)
{
	return (uint64_t)be32_get(p) << 8 | p[4];
}

uint64_t be64_get(const uint8_t *p)
{
	return (uint64_t)be32_get(p) << 32 | be32_get(p + 4);
}
