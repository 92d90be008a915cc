/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h -- whether there are threads for work off the loop.
 *
 * libuv makes the threads of its pool at the first work it is given, and aborts the process when
 * one cannot be made (TasksMax, ulimit -u, no memory for its stack). So before that first time as
 * many are made here and ended again; once the pool is there it stays. Most stations never need it.
 * Thread: loop only. */
#ifndef BF_POOL_H
#define BF_POOL_H

#include "protocol/fault.h"

enum { POOL_THREADS = 4 }; /* libuv's own number, unless UV_THREADPOOL_SIZE says another */

/* Before uv_queue_work and uv_getaddrinfo: 0 and give it work now; or BF_EBUSY with the fault said.
 */
int pool_ready(struct fault *f);

#endif
