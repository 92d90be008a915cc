/* SPDX-License-Identifier: Apache-2.0 */
/* upload.h -- the rows of a file that comes in several requests, until its last one.
 *
 * A file is judged as one whole, and one request cannot hold it. So its rows wait here, and nothing
 * else does: no lock, no view, no half-made plan. Who goes away in the middle leaves rows behind
 * and stops nobody. At most one file waits at a node (ROWS_BYTES_MAX of memory). It is dropped when
 * nothing came for UPLOAD_IDLE_MS, and gives way to another file's first rows after
 * UPLOAD_SILENT_MS. Thread: loop only. */
#ifndef BF_UPLOAD_H
#define BF_UPLOAD_H

#include <uv.h>

#include "daemon/rows.h"

enum { UPLOAD_SILENT_MS = 2000, UPLOAD_IDLE_MS = 60000 };

struct upload; /* the one that waits; NULL: none */

/* Begin one in *slot, with no rows, and name it. BF_EBUSY: another is under way. BF_ENOMEM. */
int upload_begin(struct upload **slot, uv_loop_t *loop, uint64_t *session);
/* The rows of the session, for more; NULL when it is not (or no longer) known. */
struct rows *upload_rows(struct upload *u, uint64_t session);
/* Take the rows out and forget the session. */
struct rows *upload_take(struct upload **slot);
void upload_drop(struct upload **slot); /* none is fine */

#endif
