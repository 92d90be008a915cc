/* keep.h -- a directory of files that bears its name only when it is whole.
 *
 * It is made as DIR.part, 0700, its files 0600, and gets its name when all of them are written and
 * synced and whoever made it found them right. So what was cut short, by a full disk, a kill or a power
 * cut, is called .part and can be taken for nothing else. Nothing that is there is written over, and
 * nothing is removed: a part may be all that somebody has.
 * Returns are exit codes, with the fault left in `c`. Thread: one. */
#ifndef BF_KEEP_H
#define BF_KEEP_H

#include "client/client.h"

enum { KEEP_PATH_MAX = 4000 };

struct keep { /* zero it */
	char dir[KEEP_PATH_MAX], part[KEEP_PATH_MAX + 8];
	bool begun; /* the part is there */
	int fd;     /* of the file being written */
	uint64_t unsynced;
};

/* Refuses a DIR or DIR.part that is there already. */
int keep_begin(struct client *c, struct keep *k, const char *dir);
int keep_file(struct client *c, struct keep *k, const char *name);
int keep_write(struct client *c, struct keep *k, struct bytes b);
int keep_file_end(struct client *c, struct keep *k);
/* Give it its name. */
int keep_settle(struct client *c, struct keep *k);
/* It came to nothing: say what is left of it. Returns `code`. */
int keep_broken(struct client *c, struct keep *k, int code);
/* Leave the fault that this file system said no at `path`. */
int keep_failed(struct client *c, const char *path);

#endif
