/* SPDX-License-Identifier: Apache-2.0 */
/* keep.c -- see keep.h. */
#include "client/keep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* So often, so that a slow disk is never a gigabyte behind. */
enum { KEEP_SYNC_BYTES = 64 << 20, HOLE_BYTES = 64 << 10 };

static bool there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 || errno != ENOENT;
}

int keep_failed(struct client *c, const char *path)
{
	return client_fail(c, CLIENT_FAILED, FAULT_KEEP_FILE, path, strerror(errno), NULL);
}

/* ---- the part ---- */

static int open_mark(const struct keep *k, int flags)
{
	char path[sizeof(k->part) + 32];

	(void)snprintf(path, sizeof(path), "%s/" KEEP_MARK, k->part);
	return open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | flags, 0600);
}

/* What we write: files, none in a directory of its own. Something else in it stops this. */
static int remove_part(const char *part)
{
	DIR *d = opendir(part);
	struct dirent *e;
	int rc = d == NULL ? -1 : 0;

	while (rc == 0 && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = unlinkat(dirfd(d), e->d_name, 0);
	if (d != NULL)
		closedir(d);
	return rc == 0 ? rmdir(part) : rc;
}

/* K1 */
static int take_over(struct client *c, const struct keep *k)
{
	struct stat st;
	int mark = lstat(k->part, &st) == 0 && S_ISDIR(st.st_mode) ? open_mark(k, 0) : -1;

	if (mark < 0)
		return client_fail(c, CLIENT_FAILED, FAULT_KEEP_PART, k->part, NULL, NULL);
	int rc = flock(mark, LOCK_EX | LOCK_NB);
	enum fault_code why = rc != 0 ? FAULT_KEEP_RUNNING : FAULT_KEEP_PART;

	if (rc == 0)
		rc = remove_part(k->part);
	close(mark);
	if (rc != 0)
		return client_fail(c, CLIENT_FAILED, why, k->part, NULL, NULL);
	client_note(c, FAULT_KEEP_TAKEN, k->part, NULL, NULL);
	return CLIENT_DONE;
}

static int make_part(struct client *c, struct keep *k)
{
	if (mkdir(k->part, 0700) != 0)
		return keep_failed(c, k->part);
	k->begun = true;
	k->mark = open_mark(k, O_CREAT | O_EXCL);
	return k->mark < 0 || flock(k->mark, LOCK_EX | LOCK_NB) != 0 ? keep_failed(c, k->part)
								     : CLIENT_DONE;
}

static void drop_mark(struct keep *k)
{
	if (k->mark >= 0)
		close(k->mark);
	k->mark = -1;
}

/* ---- */

int keep_begin(struct client *c, struct keep *k, const char *dir, bool replaces)
{
	size_t len = strlen(dir);

	k->fd = -1;
	while (len > 1 && dir[len - 1] == '/')
		len--;
	if (len >= sizeof(k->dir)) {
		errno = ENAMETOOLONG;
		return keep_failed(c, dir);
	}
	memcpy(k->dir, dir, len);
	k->dir[len] = '\0';
	(void)snprintf(k->part, sizeof(k->part), "%s.part", k->dir);
	if (!replaces && there(k->dir))
		return client_fail(c, CLIENT_FAILED, FAULT_KEEP_EXISTS, k->dir, NULL, NULL);
	int code = there(k->part) ? take_over(c, k) : CLIENT_DONE;

	return code == CLIENT_DONE ? make_part(c, k) : code;
}

int keep_file(struct client *c, struct keep *k, const char *name)
{
	char path[sizeof(k->part) + 256];

	(void)snprintf(path, sizeof(path), "%s/%s", k->part, name);
	k->unsynced = 0;
	k->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	return k->fd < 0 ? keep_failed(c, path) : CLIENT_DONE;
}

static bool is_zero(struct bytes b)
{
	return b.p[0] == 0 && memcmp(b.p, b.p + 1, b.len - 1) == 0;
}

/* The next of it: how many bytes went, or a hole in their place. */
static ssize_t put_some(const struct keep *k, struct bytes b)
{
	if (!k->sparse)
		return write(k->fd, b.p, b.len);
	b.len = b.len < HOLE_BYTES ? b.len : HOLE_BYTES;
	if (!is_zero(b))
		return write(k->fd, b.p, b.len);
	return lseek(k->fd, (off_t)b.len, SEEK_CUR) < 0 ? -1 : (ssize_t)b.len;
}

int keep_write(struct client *c, struct keep *k, struct bytes b)
{
	k->unsynced += b.len;
	while (b.len > 0) {
		ssize_t n = put_some(k, b);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return keep_failed(c, k->part);
		b = bytes_of(b.p + n, b.len - (size_t)n);
	}
	if (k->unsynced < KEEP_SYNC_BYTES)
		return CLIENT_DONE;
	k->unsynced = 0;
	return fdatasync(k->fd) != 0 ? keep_failed(c, k->part) : CLIENT_DONE;
}

int keep_file_end(struct client *c, struct keep *k)
{
	/* A hole at the end is one only when the file is said to reach so far. */
	off_t end = k->sparse ? lseek(k->fd, 0, SEEK_CUR) : 0;
	int failed =
	    end < 0 || (end > 0 && ftruncate(k->fd, end) != 0) || fsync(k->fd) != 0 ? errno : 0;

	if (close(k->fd) != 0 && failed == 0)
		failed = errno;
	k->fd = -1;
	errno = failed;
	return failed != 0 ? keep_failed(c, k->part) : CLIENT_DONE;
}

int keep_copy(struct client *c, struct keep *k, const char *from, const char *name,
	      void (*each)(void *ctx, size_t bytes), void *ctx)
{
	static uint8_t chunk[512 * 1024];
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = 1;

	if (fd < 0)
		return keep_failed(c, from);
	int code = keep_file(c, k, name);

	while (code == CLIENT_DONE && n != 0) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		code = n < 0 ? keep_failed(c, from) : keep_write(c, k, bytes_of(chunk, (size_t)n));
		if (code == CLIENT_DONE)
			each(ctx, (size_t)n);
	}
	close(fd);
	return code == CLIENT_DONE ? keep_file_end(c, k) : code;
}

int keep_owner(struct client *c, const struct keep *k, uid_t uid, gid_t gid)
{
	char path[sizeof(k->part) + 256];
	DIR *d = opendir(k->part);
	struct dirent *e;
	int rc = d == NULL ? -1 : lchown(k->part, uid, gid);

	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", k->part, e->d_name);
		rc = lchown(path, uid, gid);
	}
	if (rc != 0)
		(void)keep_failed(c, k->part);
	if (d != NULL)
		closedir(d);
	return rc == 0 ? CLIENT_DONE : CLIENT_FAILED;
}

static int sync_dir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	int rc = fsync(fd);

	close(fd);
	return rc;
}

static int sync_above(const char *path)
{
	char above[KEEP_PATH_MAX];
	char *slash;

	(void)snprintf(above, sizeof(above), "%s", path);
	slash = strrchr(above, '/');
	if (slash == NULL)
		return sync_dir(".");
	slash[slash == above] = '\0';
	return sync_dir(above);
}

int keep_settle(struct client *c, struct keep *k)
{
	char mark[sizeof(k->part) + 32];

	(void)snprintf(mark, sizeof(mark), "%s/" KEEP_MARK, k->part);
	if (sync_dir(k->part) != 0)
		return keep_failed(c, k->part);
	if (there(k->dir)) /* since it was begun */
		return client_fail(c, CLIENT_FAILED, FAULT_KEEP_EXISTS, k->dir, NULL, NULL);
	if (unlink(mark) != 0 || sync_dir(k->part) != 0)
		return keep_failed(c, k->part);
	if (rename(k->part, k->dir) != 0)
		return keep_failed(c, k->dir);
	k->begun = false;
	drop_mark(k);
	return sync_above(k->dir) != 0 ? keep_failed(c, k->dir) : CLIENT_DONE;
}

int keep_broken(struct client *c, struct keep *k, int code)
{
	if (k->fd >= 0)
		close(k->fd);
	k->fd = -1;
	client_progress_end(c);
	/* K1 */
	if (k->begun && (c->fault.code == FAULT_CHECK_FOUND || remove_part(k->part) != 0))
		client_note(c, FAULT_KEEP_LEFT, k->part, NULL, NULL);
	drop_mark(k);
	return code;
}
