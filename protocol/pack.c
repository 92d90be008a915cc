/* SPDX-License-Identifier: Apache-2.0 */
/* pack.c -- zstd, and nothing of it outside this file. See pack.h.
 *
 * Taking: every claim in the frame's head is checked against what the message declared, before one
 * byte is decompressed; then zstd writes into a buffer of exactly the declared size. Window size
 * needs no bound of its own: in one-shot form the output buffer is the window.
 *
 * Putting: entries that are all alike can be squeezed harder than PACK_RATIO_MAX, and an honest
 * batch must never look like a bomb. Such a batch travels in a frame of stored blocks, written here
 * by hand (RFC 8878, 3.1.1): it is rare, small, and any zstd reads it. */
#include "pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "errors.h"
#include "frame.h"
#include "message.h"

enum { ZSTD_BLOCK_MAX = 128 * 1024, ZSTD_HEAD_BYTES = 4 };

struct pack {
	ZSTD_CCtx *out;
	ZSTD_DCtx *in;
};

struct pack *pack_open(void)
{
	struct pack *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->out = ZSTD_createCCtx();
	p->in = ZSTD_createDCtx();
	if (p->out == NULL || p->in == NULL) {
		pack_close(p);
		return NULL;
	}
	(void)ZSTD_CCtx_setParameter(p->out, ZSTD_c_compressionLevel, PACK_LEVEL);
	(void)ZSTD_CCtx_setParameter(p->out, ZSTD_c_contentSizeFlag, 1);
	(void)ZSTD_CCtx_setParameter(p->out, ZSTD_c_checksumFlag, 0); /* the hash chain is better */
	return p;
}

void pack_close(struct pack *p)
{
	if (p == NULL)
		return;
	(void)ZSTD_freeCCtx(p->out);
	(void)ZSTD_freeDCtx(p->in);
	free(p);
}

static void le_put(struct buf *out, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_u8(out, (uint8_t)(v >> (8 * i)));
}

/* A frame with one segment, a content size of four bytes, and stored blocks only. */
static int put_stored(struct bytes raw, struct buf *out)
{
	enum { SINGLE_SEGMENT_SIZE4 = 0xa0, LAST_BLOCK = 1 };

	le_put(out, ZSTD_MAGICNUMBER, 4);
	buf_u8(out, SINGLE_SEGMENT_SIZE4);
	le_put(out, raw.len, 4);
	while (raw.len > 0) {
		size_t n = raw.len < ZSTD_BLOCK_MAX ? raw.len : ZSTD_BLOCK_MAX;

		le_put(out, (uint64_t)n << 3 | (n == raw.len ? LAST_BLOCK : 0), 3);
		buf_put(out, raw.p, n);
		raw = bytes_of(raw.p + n, raw.len - n);
	}
	return out->err;
}

int pack_put(struct pack *p, struct bytes raw, struct buf *out)
{
	if (raw.len == 0 || raw.len > BATCH_RAW_MAX)
		return BF_EBOUND;

	size_t cap = ZSTD_compressBound(raw.len);
	if (buf_reserve(out, cap) != 0)
		return out->err;
	size_t n = ZSTD_compress2(p->out, out->p + out->len, cap, raw.p, raw.len);
	if (ZSTD_isError(n))
		return BF_ENOMEM; /* the room is enough, so nothing else can be missing */
	if (raw.len > n * PACK_RATIO_MAX)
		return put_stored(raw, out);
	out->len += n;
	return 0;
}

/* One frame, ours in form, that says the very size the message said. */
static int check_head(struct bytes packed, size_t raw_bytes)
{
	static const uint8_t magic[ZSTD_HEAD_BYTES] = { 0x28, 0xb5, 0x2f, 0xfd };

	if (packed.len < ZSTD_HEAD_BYTES ||
	    !bytes_equal(bytes_of(packed.p, ZSTD_HEAD_BYTES), bytes_of(magic, sizeof magic)))
		return BF_EFORMAT; /* skippable and ancient frames have other numbers */
	if (ZSTD_getFrameContentSize(packed.p, packed.len) !=
	    raw_bytes) /* or unknown, or damaged */
		return BF_EFORMAT;
	if (ZSTD_getDictID_fromFrame(packed.p, packed.len) != 0)
		return BF_EFORMAT;
	if (ZSTD_findFrameCompressedSize(packed.p, packed.len) != packed.len) /* more behind it */
		return BF_EFORMAT;
	return 0;
}

int pack_take(struct pack *p, struct bytes packed, size_t raw_bytes, struct buf *out)
{
	if (raw_bytes == 0 || raw_bytes > BATCH_RAW_MAX || packed.len > FRAME_BYTES_MAX)
		return BF_EBOUND;
	if (raw_bytes > packed.len * PACK_RATIO_MAX)
		return BF_EBOUND;
	int rc = check_head(packed, raw_bytes);
	if (rc != 0)
		return rc;
	if (buf_reserve(out, raw_bytes) != 0)
		return out->err;
	size_t n = ZSTD_decompressDCtx(p->in, out->p + out->len, raw_bytes, packed.p, packed.len);
	if (ZSTD_isError(n) || n != raw_bytes)
		return BF_EFORMAT;
	out->len += n;
	return 0;
}
