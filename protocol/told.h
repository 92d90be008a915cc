/* SPDX-License-Identifier: Apache-2.0 */
/* told.h -- a fault that another program told us about, made ours again.
 *
 * A fault crosses the wire as name, rc, where and both sentences (rpc.h, MESSAGE_REFUSE). What
 * comes is a stranger's text: it is cut to our bounds and its control characters become '?', so
 * that it can be shown on a terminal. */
#ifndef BF_TOLD_H
#define BF_TOLD_H

#include "bytes.h"
#include "fault.h"

struct told { /* borrowed */
	struct bytes name, where, zh, en;
	uint64_t rc; /* -BF_E... */
};
/* Fill `f`. A name this program does not know becomes FAULT_FOREIGN, with the sentences as told if
 * there are any; an impossible rc becomes that of our catalogue. */
void told_fault(const struct told *t, struct fault *f);

#endif
