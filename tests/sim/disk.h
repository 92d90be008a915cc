/* SPDX-License-Identifier: Apache-2.0 */
/* disk.h -- the disk under the stores: what they write passes here, and here the power fails.
 *
 * Link-time wraps (-Wl,--wrap) of the few calls by which storage/ changes files. A process can be
 * made to die before or after the n-th of them: from then on nothing it does reaches the disk.
 * Every journal write since the last fdatasync is remembered with what stood there before, so that
 * a power cut can leave any legal mixture of the two. LMDB's own writes are not wrapped (it is a
 * shared library); its commit is, as one step: before or after. Thread: one. The disk whose node is
 * at work is set by disk_use. */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/rng.h"

enum { DISK_WRITES_MAX = 256 };

struct disk_write { /* not yet synced */
	int64_t offset;
	size_t len;
	uint8_t *before; /* what stood there */
	size_t before_len;
};

struct disk {
	bool full;      /* statvfs says so, writes get ENOSPC */
	bool known_full; /* the world has planned its end */
	int64_t full_in; /* journal writes until one meets ENOSPC half-way, unannounced; -1 never */
	bool dead;      /* the process has died: nothing reaches the disk any more */
	int64_t die_in; /* wrapped calls until it dies; -1 never */
	bool die_after; /* at that call: after it was done, else before */
	const char *died_at;
	struct disk_write write[DISK_WRITES_MAX];
	size_t writes;
	uint64_t calls;
	int64_t journal_start, journal_end; /* of the last journal write */
	uint64_t rounds;     /* the journal began again at its front so often */
};

void disk_use(struct disk *d); /* NULL: none, calls go through */
/* All of it is on the disk. A mere kill does not settle: the page cache outlives the process, not
 * the power. */
void disk_settle(struct disk *d);
/* The power is cut: each unsynced write to dir/journal, of this life or an earlier one, is kept,
 * kept in part by sectors, undone, or damaged. */
void disk_power_cut(struct disk *d, const char *dir, struct rng *rng);

#endif
