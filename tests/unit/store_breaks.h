/* SPDX-License-Identifier: Apache-2.0 */
/* store_breaks.h -- a disk that breaks where our own calls reach it.
 *
 * pwrite, fdatasync, mdb_txn_commit, mdb_cursor_put and statvfs are wrapped by the linker: `breaks`
 * counts down to the call that fails. */
#ifndef BF_STORE_BREAKS_H
#define BF_STORE_BREAKS_H

#include "store_world.h"

enum broken { PWRITE, FDATASYNC, COMMIT, PUT, BROKEN_COUNT };
struct breaks {
	uint64_t after[BROKEN_COUNT]; /* fail at this call; 0 never */
	int code;
	uint64_t free_bytes; /* what statvfs says; 0 the truth */
};
extern struct breaks breaks;

#endif
