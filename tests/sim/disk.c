/* SPDX-License-Identifier: Apache-2.0 */
/* disk.c -- see disk.h. */
#include "tests/sim/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SECTOR_BYTES = 512 };

static struct disk *at_work;

/* The calls of storage/ that change or judge a disk; the linker sends them here. */
ssize_t __real_pwrite(int fd, const void *p, size_t len, off_t offset);
ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t offset);
int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_rmdir(const char *path);
int __wrap_rmdir(const char *path);
int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);
int __real_fstatvfs(int fd, struct statvfs *out);
int __wrap_fstatvfs(int fd, struct statvfs *out);

void disk_use(struct disk *d)
{
	at_work = d;
}

static void forget(struct disk_write *write)
{
	free(write->before);
	*write = (struct disk_write){ 0 };
}

void disk_settle(struct disk *d)
{
	for (size_t i = 0; i < d->writes; i++)
		forget(&d->write[i]);
	d->writes = 0;
}

/* Count a call. Returns true when the process does not live to make it; *after when it dies just
 * behind it. */
static bool dies_before(struct disk *d, const char *before, const char *after, bool *dies_after)
{
	*dies_after = false;
	d->calls++;
	if (d->dead)
		return true;
	if (d->die_in < 0 || d->die_in-- > 0)
		return false;
	d->died_at = d->die_after ? after : before;
	*dies_after = d->die_after;
	if (!d->die_after)
		d->dead = true;
	return d->dead;
}

/* The journal in use: one that is still being made has no promise in it, and lock files none at
 * all. */
static bool is_journal(int fd)
{
	char link[40], path[512];

	(void)snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t len = readlink(link, path, sizeof path - 1);
	path[len < 0 ? 0 : len] = '\0';
	const char *name = strrchr(path, '/');
	return name != NULL && strcmp(name, "/journal") == 0 && strstr(path, "/store.new/") == NULL;
}

static void remember(struct disk *d, int fd, size_t len, off_t offset)
{
	if (d->writes == DISK_WRITES_MAX || !is_journal(fd))
		return; /* the oldest are kept; the rest survives every power cut */
	struct disk_write *write = &d->write[d->writes];
	uint8_t *before = malloc(len + 1);
	if (before == NULL)
		abort();
	ssize_t got = pread(fd, before, len, offset);
	*write = (struct disk_write){ .offset = offset, .len = len, .before = before };
	write->before_len = got < 0 ? 0 : (size_t)got;
	d->writes++;
}

/* Somebody else may take the last room between the look and the write: half of it fits, then no
 * more. Returns how much is written. */
static size_t note_journal(struct disk *d, size_t len, off_t offset)
{
	if (offset == 0 && d->journal_start > 0)
		d->rounds++;
	if (d->full_in >= 0 && d->full_in-- == 0) {
		d->full = true;
		len -= len / 2;
	}
	d->journal_start = offset;
	d->journal_end = (int64_t)offset + (int64_t)len;
	return len;
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t offset)
{
	struct disk *d = at_work;
	bool dies_after;

	if (d == NULL)
		return __real_pwrite(fd, p, len, offset);
	if (dies_before(d, "journal write", "journal written", &dies_after)) {
		errno = EIO;
		return -1;
	}
	if (d->full && (offset < d->journal_start || offset + (off_t)len > d->journal_end)) {
		errno = ENOSPC; /* only what was written last may be written over */
		return -1;
	}
	if (is_journal(fd))
		len = note_journal(d, len, offset);
	remember(d, fd, len, offset);
	ssize_t n = __real_pwrite(fd, p, len, offset);
	d->dead = dies_after;
	return n;
}

static int wrap_sync(int fd, int (*real)(int fd))
{
	struct disk *d = at_work;
	bool dies_after;

	if (d == NULL)
		return real(fd);
	if (dies_before(d, "fdatasync", "fdatasynced", &dies_after)) {
		errno = EIO;
		return -1;
	}
	int rc = real(fd);
	if (rc == 0 && is_journal(fd))
		disk_settle(d);
	d->dead = dies_after;
	return rc;
}

int __wrap_fdatasync(int fd)
{
	return wrap_sync(fd, __real_fdatasync);
}

int __wrap_fsync(int fd)
{
	return wrap_sync(fd, __real_fsync);
}

int __wrap_mdb_txn_commit(MDB_txn *txn)
{
	struct disk *d = at_work;
	bool dies_after;

	if (d == NULL)
		return __real_mdb_txn_commit(txn);
	if (dies_before(d, "commit", "committed", &dies_after)) {
		mdb_txn_abort(txn);
		return EIO;
	}
	int rc = __real_mdb_txn_commit(txn);
	d->dead = dies_after;
	return rc;
}

/* The dead tidy nothing up. */
int __wrap_unlink(const char *path)
{
	return at_work != NULL && at_work->dead ? -1 : __real_unlink(path);
}

int __wrap_rmdir(const char *path)
{
	return at_work != NULL && at_work->dead ? -1 : __real_rmdir(path);
}

int __wrap_rename(const char *from, const char *to)
{
	struct disk *d = at_work;
	bool dies_after;

	if (d == NULL)
		return __real_rename(from, to);
	if (dies_before(d, "rename", "renamed", &dies_after)) {
		errno = EIO;
		return -1;
	}
	int rc = __real_rename(from, to);
	d->dead = dies_after;
	return rc;
}

static int judge(int rc, struct statvfs *out)
{
	if (rc == 0 && at_work != NULL && at_work->full)
		out->f_bavail = out->f_bfree = 0;
	return rc;
}

int __wrap_statvfs(const char *path, struct statvfs *out)
{
	return judge(__real_statvfs(path, out), out);
}

int __wrap_fstatvfs(int fd, struct statvfs *out)
{
	return judge(__real_fstatvfs(fd, out), out);
}

/* ---- the power goes ---- */

static void put_back(int fd, const struct disk_write *write, size_t from, size_t len)
{
	if (from + len > write->before_len)
		len = from < write->before_len ? write->before_len - from : 0;
	if (len > 0 &&
	    __real_pwrite(fd, write->before + from, len, write->offset + (off_t)from) < 0)
		abort();
}

/* A sector under the head when the power went holds anything; what was synced before in it is
 * spared. */
static void spoil(int fd, const struct disk_write *write, struct rng *rng)
{
	uint8_t noise[SECTOR_BYTES];
	uint64_t hit = (uint64_t)write->offset + rng_below(rng, write->len);
	uint64_t from = hit / SECTOR_BYTES * SECTOR_BYTES, until = from + SECTOR_BYTES;

	if (from < (uint64_t)write->offset)
		from = (uint64_t)write->offset;
	if (until > (uint64_t)write->offset + write->len)
		until = (uint64_t)write->offset + write->len;
	rng_fill(rng, noise, (size_t)(until - from));
	if (__real_pwrite(fd, noise, (size_t)(until - from), (off_t)from) < 0)
		abort();
}

static void cut_one(int fd, const struct disk_write *write, struct rng *rng)
{
	switch (rng_below(rng, 5)) {
	case 0: /* it made it */
		return;
	case 1: /* nothing of it */
		put_back(fd, write, 0, write->len);
		return;
	case 2: { /* only its beginning */
		size_t kept = (size_t)rng_below(rng, write->len);

		put_back(fd, write, kept, write->len - kept);
		return;
	}
	case 3: /* some sectors of it, as the elevator pleased */
		for (size_t at = 0, n; at < write->len; at += n) {
			n = SECTOR_BYTES - ((size_t)write->offset + at) % SECTOR_BYTES;
			if (n > write->len - at)
				n = write->len - at;
			if (rng_chance(rng, 500))
				put_back(fd, write, at, n);
		}
		return;
	default:
		spoil(fd, write, rng);
	}
}

void disk_power_cut(struct disk *d, const char *dir, struct rng *rng)
{
	char path[512];

	(void)snprintf(path, sizeof path, "%s/journal", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		abort();
	for (size_t i = d->writes; i-- > 0;)
		cut_one(fd, &d->write[i], rng);
	(void)close(fd);
	disk_settle(d);
}
