/* SPDX-License-Identifier: Apache-2.0 */
/* backup.h -- a backup under way: the files of the directory as of one moment, until all are read.
 *
 * data.mdb and journal come from a snapshot of the store (storage/snapshot.h); node.key and
 * bangfud.conf are small and kept as they were. Who makes the copy reads them by name and offset,
 * at his own pace and as whom he is: this process could not write to his disk.
 *
 * One at a time, for a snapshot holds pages. B1: it is let go when nothing was asked for
 * BACKUP_IDLE_MS, and after BACKUP_LASTS_MS_MAX in any case, so data.mdb grows by no more than what
 * is written in that time; one that was silent for BACKUP_SILENT_MS gives way to the next. B2: a
 * read under way holds it, and so the store stays open. Thread: loop only, but for backup_read. */
#ifndef BF_BACKUP_H
#define BF_BACKUP_H

#include <uv.h>

#include "protocol/mp.h"
#include "storage/snapshot.h"

enum {
	BACKUP_PART_BYTES_MAX = 512 * 1024, /* of one answer; rpc.h allows twice that */
	BACKUP_SMALL_BYTES_MAX = 64 * 1024, /* of bangfud.conf, of node.key */
	BACKUP_SILENT_MS = 30 * 1000,
	BACKUP_IDLE_MS = 5 * 60 * 1000, /* a slow disk takes its time between two questions */
	BACKUP_LASTS_MS_MAX = 6 * 3600 * 1000,
};

struct backup; /* the one under way; NULL: none */

/* BF_EBUSY: another is under way. */
int backup_room(const struct backup *b);
/* Begin one in *slot with the small files of `dir` and the snapshot, which is its own from here on,
 * also on an error; name it. BF_EBUSY; BF_ENOMEM; BF_EBOUND: a small file is too large; BF_EIO,
 * BF_EACCES. */
int backup_begin(struct backup **slot, uv_loop_t *loop, const char *dir, struct snapshot *n,
		 uint64_t *session);
/* The session's; NULL when it is not (or no longer) known. */
struct backup *backup_of(struct backup *b, uint64_t session);
void backup_drop(struct backup **slot); /* none is fine */

uint32_t backup_files(const struct backup *b);
const char *backup_name(const struct backup *b, uint32_t file);
uint64_t backup_bytes(const struct backup *b, uint32_t file);
/* Which file is called so; backup_files when none is. */
uint32_t backup_find(const struct backup *b, struct bytes name);
const struct snapshot *backup_snapshot(const struct backup *b);

void backup_hold(struct backup *b);
void backup_release(struct backup *b);
/* Any thread that holds it: bytes from `offset` on, as many as there are and at most `len`, counted
 * in *got. */
int backup_read(const struct backup *b, uint32_t file, uint64_t offset, uint8_t *out, size_t len,
		size_t *got);

#endif
