/* SPDX-License-Identifier: Apache-2.0 */
/* restored.c -- see restored.h. */
#include "daemon/restored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "protocol/errors.h"
#include "storage/store.h"

enum { PATH_BYTES_MAX = 4096 };

static const char fresh[] = "fresh\n", isolated[] = "isolated\n";

static void path_of(const char *dir, const char *leaf, char out[PATH_BYTES_MAX])
{
	(void)snprintf(out, PATH_BYTES_MAX, "%s/%s", dir, leaf);
}

enum restored restored_read(const char *dir)
{
	char path[PATH_BYTES_MAX], text[16] = "";

	path_of(dir, RESTORED_NAME, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? RESTORED_NOT : RESTORED_ISOLATED;
	ssize_t n = read(fd, text, sizeof text - 1);

	close(fd);
	return n > 0 && strcmp(text, fresh) == 0 ? RESTORED_FRESH : RESTORED_ISOLATED;
}

static int failed(const char *dir, struct fault *f)
{
	return fault_say(f,
			 errno == ENOSPC || errno == EDQUOT ? FAULT_DISK_FULL : FAULT_DIR_READONLY,
			 dir, strerror(errno), NULL);
}

static int write_new(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int why = 0;

	if (fd < 0)
		return -1;
	errno = EIO;
	if (write(fd, isolated, sizeof isolated - 1) != (ssize_t)sizeof isolated - 1 ||
	    fsync(fd) != 0)
		why = errno;
	close(fd);
	errno = why;
	return why == 0 ? 0 : -1;
}

int restored_isolate(const char *dir, struct fault *f)
{
	char path[PATH_BYTES_MAX], new[PATH_BYTES_MAX];

	path_of(dir, RESTORED_NAME, path);
	path_of(dir, RESTORED_NAME ".new", new);
	if (write_new(new) != 0 || rename(new, path) != 0 || store_sync_dir(dir) != 0)
		return failed(dir, f);
	return 0;
}

int restored_clear(const char *dir, struct fault *f)
{
	char path[PATH_BYTES_MAX];

	path_of(dir, RESTORED_NAME, path);
	if ((unlink(path) != 0 && errno != ENOENT) || store_sync_dir(dir) != 0)
		return failed(dir, f);
	return 0;
}
