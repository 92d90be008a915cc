/* SPDX-License-Identifier: Apache-2.0 */
/* reserve.c -- room kept for the one thing that cannot wait for somebody to clear the disk:
 * shutting out a station. A hub whose disk other programs filled could otherwise not revoke a
 * stolen laptop.
 *
 * It is a file of zeros beside the store, made when there is room and a roster is written to, so at
 * hubs only. R3 What it holds was never counted as free, so who spends it takes nothing of what was
 * promised to entries (R1). Spent, it is made again by a later write, when there is room. */
#include "storage/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "protocol/errors.h"

enum { RESERVE_BYTES = 2 * ROOM_CONTROL_BYTES };

static void path_of(const struct store *s, char out[STORE_PATH_MAX + 16])
{
	(void)snprintf(out, STORE_PATH_MAX + 16, "%s/" RESERVE_NAME, s->dir);
}

void reserve_make(struct store *s)
{
	char path[STORE_PATH_MAX + 16];

	if (s->reserved || !room_beside(s, RESERVE_BYTES))
		return;
	path_of(s, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return;
	/* Without one the hub is no worse off than before. */
	s->reserved = posix_fallocate(fd, 0, RESERVE_BYTES) == 0 && fsync(fd) == 0;
	close(fd);
	if (!s->reserved)
		(void)unlink(path);
}

int reserve_spend(struct store *s, struct fault *f)
{
	char path[STORE_PATH_MAX + 16];
	int rc = room_control(s, f);

	if (rc != BF_EFULL)
		return rc;
	path_of(s, path);
	s->reserved = false;
	if (unlink(path) != 0 || room_gone(s))
		return rc;
	if (f != NULL)
		*f = (struct fault){ .code = FAULT_NONE };
	return 0;
}
