/* SPDX-License-Identifier: Apache-2.0 */
/* fake_store.h -- a store of counters in front of the real one (-Wl,--wrap), to be slow or full
 * when a test says so.
 *
 * Entries are only counted. The writer's thread runs it; tests set the knobs before they put the
 * jobs that meet them. */
#ifndef BF_FAKE_STORE_H
#define BF_FAKE_STORE_H

#include <stdatomic.h>

#include "storage/store.h"

struct fake_store {
	atomic_uint staged, journaled, applied; /* entries, by where they are */
	atomic_uint syncs, applies;
	atomic_int sync_rc, apply_rc; /* of the next ones */
	atomic_uint sync_ms;          /* a slow disk */
	unsigned stage_max;           /* fake_stage says BF_EBOUND beyond it */
};
extern struct fake_store fake;

/* What a job's run() calls instead of store_append. */
int fake_stage(unsigned entries);

#endif
