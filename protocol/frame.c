/* SPDX-License-Identifier: Apache-2.0 */
/* frame.c -- u32 length, then that many bytes. See frame.h. */
#include "frame.h"

#include "errors.h"

int frame_take(struct bytes in, struct bytes *payload, size_t *used)
{
	if (in.len < FRAME_HEAD_BYTES)
		return BF_EMORE;
	uint32_t size = be32_get(in.p);
	/* Judged before the bytes are there: a liar is found out after four bytes, not after 4 GiB.
	 */
	if (size == 0 || size > FRAME_BYTES_MAX)
		return BF_EBOUND;
	if (in.len - FRAME_HEAD_BYTES < size)
		return BF_EMORE;
	*payload = bytes_of(in.p + FRAME_HEAD_BYTES, size);
	*used = FRAME_HEAD_BYTES + (size_t)size;
	return 0;
}

int frame_put(struct buf *out, struct bytes payload)
{
	if (payload.len == 0 || payload.len > FRAME_BYTES_MAX)
		return BF_EBOUND;
	if (buf_reserve(out, FRAME_HEAD_BYTES + payload.len) != 0)
		return out->err;
	buf_u32(out, (uint32_t)payload.len);
	buf_put_bytes(out, payload);
	return out->err;
}
