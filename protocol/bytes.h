/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h -- borrowed bytes, owned bytes, and cursors that remember their first error.
 *
 * `struct bytes` borrows, always; `struct buf` owns, always; there is no third kind.
 * Cursors are sticky: after the first error every further call does nothing and gives
 * zero, so that reading code is a straight line with one check at its end.
 * Thread: any one at a time. Memory: a buf is freed by buf_fini; NUL is not added. */
#ifndef BF_BYTES_H
#define BF_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A buf never grows past this: the ceiling of anything one process holds in one piece. */
#define BUF_BYTES_MAX ((size_t)256 << 20)

struct bytes {
	const uint8_t *p;
	size_t len;
};

struct buf {
	uint8_t *p;
	size_t len;
	size_t cap;
	int err; /* first error, BF_ENOMEM or BF_EBOUND, or 0 */
};

/* A cursor over borrowed bytes; big-endian numbers. */
struct rd {
	const uint8_t *p;
	const uint8_t *end;
	int err; /* first error, BF_EMORE, or 0 */
};

/* The literal's bytes without its NUL. */
#define BYTES_LIT(s) ((struct bytes){ .p = (const uint8_t *)("" s), .len = sizeof(s) - 1 })

struct bytes bytes_of(const void *p, size_t len);
struct bytes bytes_str(const char *s); /* NULL gives empty */
bool bytes_equal(struct bytes a, struct bytes b);
int bytes_compare(struct bytes a, struct bytes b); /* memcmp order, shorter first */
/* True when `b` is well-formed UTF-8 (no surrogates, no overlong forms). */
bool bytes_utf8(struct bytes b);
/* True when `b` holds a control character (C0 except none, DEL, C1), NUL, or a bidi control. */
bool bytes_control(struct bytes b);
/* Copy as a C string, cut at a whole UTF-8 character when it does not fit. Returns `out`. */
char *bytes_cstr(struct bytes b, char *out, size_t cap);
/* `b` without blanks (ASCII, U+00A0, U+3000, U+FEFF) at both ends. Borrowed from b. */
struct bytes bytes_trim(struct bytes b);
/* Cut the first part before one of , ， 、 ; ； off *rest (and before a blank, with `blanks`). Trimmed; it may be empty. */
struct bytes bytes_part(struct bytes *rest, bool blanks);
/* Trimmed, with full-width ASCII (U+FF01..U+FF5E) and U+3000 made half-width, as a C string: what an input
 * method leaves in numbers. False, and an empty string, when it does not fit. */
bool bytes_narrow(struct bytes b, char *out, size_t cap);
/* Bytes of the UTF-8 character at the front of `b`, its code point in *cp; 0 when `b` is empty or not UTF-8. */
size_t bytes_char(struct bytes b, uint32_t *cp);

/* A zeroed buf is a valid empty one. */
void buf_fini(struct buf *b);
/* Empty it. Its memory stays, and so does its first error: what was lost before is not forgotten by
 * writing the next, so that whoever uses a buf again and again needs one check at the end. */
void buf_clear(struct buf *b);
/* Empty it and forget its error. Only for work that begins anew, when whoever lost something was told. */
void buf_renew(struct buf *b);
/* Make room for `more` bytes. Returns 0 or the sticky error. */
int buf_reserve(struct buf *b, size_t more);
void buf_put(struct buf *b, const void *p, size_t len);
void buf_put_bytes(struct buf *b, struct bytes s);
/* What `s` holds, and its error when it has one: a part that is not whole makes nothing whole. */
void buf_put_buf(struct buf *b, const struct buf *s);
void buf_u8(struct buf *b, uint8_t v);
void buf_u16(struct buf *b, uint16_t v);
void buf_u32(struct buf *b, uint32_t v);
void buf_u40(struct buf *b, uint64_t v); /* 5 bytes; v < 2^40 */
void buf_u64(struct buf *b, uint64_t v);
/* Drop the first `n` bytes. */
void buf_drop(struct buf *b, size_t n);
struct bytes buf_bytes(const struct buf *b);

struct rd rd_of(struct bytes b);
uint8_t rd_u8(struct rd *r);
uint16_t rd_u16(struct rd *r);
uint32_t rd_u32(struct rd *r);
uint64_t rd_u40(struct rd *r);
uint64_t rd_u64(struct rd *r);
struct bytes rd_bytes(struct rd *r, size_t len); /* borrowed from what the cursor was made of */
size_t rd_left(const struct rd *r);
/* 0 when all was read without an error; BF_EFORMAT when bytes are left. */
int rd_end(const struct rd *r);

/* The same big-endian layout for fixed memory. */
void be16_put(uint8_t *p, uint16_t v);
void be32_put(uint8_t *p, uint32_t v);
void be40_put(uint8_t *p, uint64_t v);
void be64_put(uint8_t *p, uint64_t v);
uint16_t be16_get(const uint8_t *p);
uint32_t be32_get(const uint8_t *p);
uint64_t be40_get(const uint8_t *p);
uint64_t be64_get(const uint8_t *p);


#endif
