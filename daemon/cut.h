/* SPDX-License-Identifier: Apache-2.0 */
/* cut.h -- where the next request of a stream ends, found without reading any byte twice.
 *
 * msgpack-RPC has no length prefix. Scanning from the start each time more bytes come would cost
 * the square of a large request's size; this walks on from where it stopped and judges nothing but
 * structure. What it cuts out is then read by rpc_take_request, which judges everything. Thread:
 * any one at a time. Memory: none. */
#ifndef BF_CUT_H
#define BF_CUT_H

#include "protocol/bytes.h"
#include "protocol/mp.h"

struct cut {       /* zeroed: at the start of a value */
	size_t at; /* bytes walked, the present value's body included even when still to come */
	uint32_t items;              /* values seen */
	uint32_t depth;              /* containers open */
	uint64_t left[MP_DEPTH_MAX]; /* values still to come in each */
};

/* `in` begins where it began in every call since the cut was zeroed, and is never shorter. 0 with
 * the first value's *size (then zero the cut); BF_EMORE; BF_EBOUND when it is larger, deeper or
 * fuller than `limits`, known as early as the header that says so; BF_EFORMAT for the one byte that
 * begins nothing. */
int cut_step(struct cut *c, struct bytes in, const struct mp_limits *limits, size_t *size);

#endif
