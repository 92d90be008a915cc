/* SPDX-License-Identifier: Apache-2.0 */
/* frame.h -- length-prefixed frames: u32 big-endian count of payload bytes, then the payload.
 *
 * A payload is one message (message.h). The length is judged from its four bytes alone, before anything
 * is kept: 1..FRAME_BYTES_MAX. */
#ifndef BF_FRAME_H
#define BF_FRAME_H

#include "bytes.h"

enum { FRAME_HEAD_BYTES = 4, FRAME_BYTES_MAX = 256 * 1024 };

/* First whole frame in `in`: 0 with *payload (borrowed) and *used; BF_EMORE; BF_EBOUND (length 0 or over). */
int frame_take(struct bytes in, struct bytes *payload, size_t *used);
/* Append a frame; BF_EBOUND when the payload is empty or too long (nothing appended). */
int frame_put(struct buf *out, struct bytes payload);

#endif
