/* SPDX-License-Identifier: Apache-2.0 */
/* keep.h -- a directory of files that bears its name only when it is whole.
 *
 * It is made as DIR.part, 0700, its files 0600, and gets its name when all of them are written and
 * synced and whoever made it found them right. So what was cut short, by a full disk, a kill or a
 * power cut, is called .part and can be taken for nothing else. Nothing that is there is written
 * over.
 *
 * K1 Removed is only what this program wrote and did not finish: the part of this run when it comes
 * to nothing, unless all of it was written and it did not pass the check (it may be all that
 * somebody has); and a part that an earlier run left, known by a mark that is in it until it gets
 * its name and that who writes it holds locked. K2 With `sparse` zeros are left out of the files,
 * which are as long as ever; a journal is made of them. Not for what will be written to: there the
 * room must be taken. Returns are exit codes, with the fault left in `c`. Thread: one. */
#ifndef BF_KEEP_H
#define BF_KEEP_H

#include <sys/types.h>

#include "client/client.h"

enum { KEEP_PATH_MAX = 4000 };

#define KEEP_MARK ".bangfu-part"

struct keep { /* zero it, but for fd and mark, which are -1 */
	char dir[KEEP_PATH_MAX], part[KEEP_PATH_MAX + 8];
	bool begun; /* the part is there */
	int fd;     /* of the file being written */
	int mark;   /* locked as long as the part is ours */
	bool sparse;
	uint64_t unsynced;
};

/* Refuses a DIR.part that is there already and was not left by us, and a DIR, unless it will be out of the way by
 * keep_settle. */
int keep_begin(struct client *c, struct keep *k, const char *dir, bool replaces);
int keep_file(struct client *c, struct keep *k, const char *name);
int keep_write(struct client *c, struct keep *k, struct bytes b);
int keep_file_end(struct client *c, struct keep *k);
/* Give it its name. */
int keep_settle(struct client *c, struct keep *k);
/* It came to nothing: remove it, or say what is left of it (K1). Returns `code`. */
int keep_broken(struct client *c, struct keep *k, int code);
/* Copy a file there, told `each` of the bytes. */
int keep_copy(struct client *c, struct keep *k, const char *from, const char *name,
	      void (*each)(void *ctx, size_t bytes), void *ctx);
/* All of the part to this owner, for who may do that. */
int keep_owner(struct client *c, const struct keep *k, uid_t uid, gid_t gid);
/* Leave the fault that this file system said no at `path`. */
int keep_failed(struct client *c, const char *path);

#endif
