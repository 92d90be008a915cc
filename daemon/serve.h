/* SPDX-License-Identifier: Apache-2.0 */
/* serve.h -- the Unix socket: who asks, and what they ask, one answer each (call.h).
 *
 * Bounds: SERVE_CALLS_MAX calls under way on a connection (then reading stops), SERVE_OUT_BYTES_MAX
 * waiting to be read by its peer (then reading stops); how many connections there are, for how long,
 * and how much is held for one user stands in seats.h.
 * A call that takes longer than SERVE_ALIVE_MS gets an empty "progress" now and then, so that its
 * asker can tell a long answer from a node that stands still.
 * The author of what is logged is the socket's peer: its user name by SO_PEERCRED. Who is answered,
 * caller.h says: the daemon's own user, root, and with socket_group the members of that group; the
 * socket's mode is 0600, or 0660 for the group. Thread: loop only. */
#ifndef BF_SERVE_H
#define BF_SERVE_H

#include "daemon/node.h"

enum { SERVE_CALLS_MAX = 32, SERVE_OUT_BYTES_MAX = 4 << 20 };
enum { SERVE_ALIVE_MS = 3000 };

int serve_start(struct serve **out, struct node *node, struct fault *f);
void serve_stop(struct serve *s); /* closes; frees itself in the last close callback */

#endif
