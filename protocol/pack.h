/* SPDX-License-Identifier: Apache-2.0 */
/* pack.h -- the wall around zstd: one block, declared size, bounded ratio.
 *
 * One-shot only, into a buffer of the declared size, never more than BATCH_RAW_MAX: a bomb is "too small a
 * buffer", not memory. Frames without a content size, with a dictionary or skippable are BF_EFORMAT.
 * A ratio over PACK_RATIO_MAX is BF_EBOUND. */
#ifndef BF_PACK_H
#define BF_PACK_H

#include "bytes.h"

enum { PACK_RATIO_MAX = 200, PACK_LEVEL = 1 };

struct pack; /* reusable contexts of both directions */
struct pack *pack_open(void); /* NULL: no memory */
void pack_close(struct pack *p);
int pack_put(struct pack *p, struct bytes raw, struct buf *out);
int pack_take(struct pack *p, struct bytes packed, size_t raw_bytes, struct buf *out);

#endif
