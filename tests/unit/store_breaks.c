/* SPDX-License-Identifier: Apache-2.0 */
/* store_breaks.c -- see store_breaks.h. */
#include "store_breaks.h"

#include <errno.h>
#include <lmdb.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct breaks breaks;

static bool break_now(enum broken what)
{
	return breaks.after[what] > 0 && --breaks.after[what] == 0;
}

ssize_t __real_pwrite(int fd, const void *p, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t len, off_t at)
{
	if (!break_now(PWRITE))
		return __real_pwrite(fd, p, len, at);
	errno = breaks.code;
	return -1;
}

int __real_fdatasync(int fd);
int __wrap_fdatasync(int fd);
int __wrap_fdatasync(int fd)
{
	if (!break_now(FDATASYNC))
		return __real_fdatasync(fd);
	errno = EIO;
	return -1;
}

int __real_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn);
int __wrap_mdb_txn_commit(MDB_txn *txn)
{
	if (!break_now(COMMIT))
		return __real_mdb_txn_commit(txn);
	mdb_txn_abort(txn);
	return breaks.code == ENOSPC ? MDB_MAP_FULL : EIO;
}

int __real_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags);
int __wrap_mdb_cursor_put(MDB_cursor *c, MDB_val *key, MDB_val *value, unsigned flags)
{
	if (!break_now(PUT))
		return __real_mdb_cursor_put(c, key, value, flags);
	return breaks.code == ENOSPC ? MDB_MAP_FULL : EIO;
}

int __real_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out);
int __wrap_statvfs(const char *path, struct statvfs *out)
{
	int rc = __real_statvfs(path, out);

	if (breaks.free_bytes > 0)
		out->f_bavail = breaks.free_bytes / out->f_frsize;
	return rc;
}
