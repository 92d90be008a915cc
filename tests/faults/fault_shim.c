/* SPDX-License-Identifier: Apache-2.0 */
/* fault_shim.c -- makes the n-th allocation, write or sync of a real process fail.
 *
 * Told by the environment, read before main:
 *   BF_FAULT       own | any | write | sync   (what is counted: allocations of the program itself,
 * of it and all its libraries, writes to regular files, syncs of them) BF_FAULT_AT    the first
 * that fails, from 1; 0: none, only count BF_FAULT_LAST  the last that fails (default: the same);
 * 0: all from there on BF_FAULT_ERRNO what a write says (default EIO; a sync always says EIO)
 *   BF_FAULT_COUNT a file: how many were met is written there at the end, and "hit" when one has
 * failed BF_FAULT_ABORT when set, abort there: the stack tells whose it is Built twice: a library
 * to be preloaded, for any; and linked into a copy of the program by --wrap, which sees the
 * program's own calls alone and works under AddressSanitizer, which must come first in any other
 * way. */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { PATH_ROOM = 512 };

static struct {
	bool allocations, writes, syncs;
	unsigned long first, last;
	int code;
	char report[PATH_ROOM];
	atomic_ulong met, failed;
} plan;

__attribute__((constructor)) static void read_plan(void)
{
	const char *what = getenv("BF_FAULT"), *at = getenv("BF_FAULT_AT"),
		   *last = getenv("BF_FAULT_LAST"), *code = getenv("BF_FAULT_ERRNO"),
		   *report = getenv("BF_FAULT_COUNT");

	if (what == NULL)
		return;
	plan.first = at == NULL ? 0 : strtoul(at, NULL, 10);
	plan.last = last == NULL ? plan.first : strtoul(last, NULL, 10);
	if (last != NULL && plan.last == 0)
		plan.last = (unsigned long)-1;
	plan.code = code == NULL ? EIO : atoi(code);
	if (report != NULL)
		snprintf(plan.report, sizeof plan.report, "%s", report);
	plan.writes = strcmp(what, "write") == 0;
	plan.syncs = strcmp(what, "sync") == 0;
	plan.allocations = !plan.writes && !plan.syncs;
}

/* Also before _exit and a signal: rewritten at each hit, and at a clean end. Raw calls: ours are
 * watched. */
static void tell(void)
{
	char text[64];

	if (plan.report[0] == '\0')
		return;
	int n = snprintf(text, sizeof text, "%lu%s\n", atomic_load(&plan.met),
			 atomic_load(&plan.failed) > 0 ? " hit" : "");
	int fd = open(plan.report, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0) {
		if (dprintf(fd, "%.*s", n, text) < 0)
			errno = 0;
		close(fd);
	}
}

__attribute__((destructor)) static void end(void)
{
	plan.allocations = plan.writes = plan.syncs = false;
	tell();
}

static bool fails(bool counted)
{
	if (!counted)
		return false;
	unsigned long n = atomic_fetch_add(&plan.met, 1) + 1;

	if (plan.first == 0 || n < plan.first || n > plan.last)
		return false;
	if (getenv("BF_FAULT_ABORT") != NULL)
		abort();
	if (atomic_fetch_add(&plan.failed, 1) == 0) {
		int saved = errno;
		bool allocations = plan.allocations, writes = plan.writes;

		plan.allocations = plan.writes = false;
		tell();
		plan.allocations = allocations;
		plan.writes = writes;
		errno = saved;
	}
	return true;
}

#ifdef BF_FAULT_WRAP
#define OURS(name)   __wrap_##name
#define THEIRS(name) __real_##name
void *THEIRS(malloc)(size_t n);
void *THEIRS(calloc)(size_t n, size_t size);
void *THEIRS(realloc)(void *p, size_t n);
#else
#define OURS(name)   name
#define THEIRS(name) __libc_##name
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);
#endif
void *OURS(malloc)(size_t n);
void *OURS(calloc)(size_t n, size_t size);
void *OURS(realloc)(void *p, size_t n);

void *OURS(malloc)(size_t n)
{
	if (!fails(plan.allocations))
		return THEIRS(malloc)(n);
	errno = ENOMEM;
	return NULL;
}

void *OURS(calloc)(size_t n, size_t size)
{
	if (!fails(plan.allocations))
		return THEIRS(calloc)(n, size);
	errno = ENOMEM;
	return NULL;
}

void *OURS(realloc)(void *p, size_t n)
{
	if (!fails(plan.allocations))
		return THEIRS(realloc)(p, n);
	errno = ENOMEM;
	return NULL;
}

#ifndef BF_FAULT_WRAP
#include <dlfcn.h>

/* The next in line. A data pointer made a function's, as dlsym(3) has it. */
#define NEXT(type, name)                                                                           \
	static type *next;                                                                         \
	if (next == NULL)                                                                          \
	*(void **)(void *)&next = dlsym(RTLD_NEXT, name)

static bool regular(int fd)
{
	struct stat st;

	return fd > STDERR_FILENO && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

typedef ssize_t pwrite_call(int fd, const void *p, size_t len, off_t at);
typedef ssize_t write_call(int fd, const void *p, size_t len);
typedef ssize_t writev_call(int fd, const struct iovec *v, int count);
typedef int sync_call(int fd);

ssize_t pwrite(int fd, const void *p, size_t len, off_t at)
{
	NEXT(pwrite_call, "pwrite");
	if (!fails(plan.writes && regular(fd)))
		return next(fd, p, len, at);
	errno = plan.code;
	return -1;
}

ssize_t pwrite64(int fd, const void *p, size_t len, off_t at)
{
	return pwrite(fd, p, len, at);
}

ssize_t write(int fd, const void *p, size_t len)
{
	NEXT(write_call, "write");
	if (!fails(plan.writes && regular(fd)))
		return next(fd, p, len);
	errno = plan.code;
	return -1;
}

ssize_t writev(int fd, const struct iovec *v, int count)
{
	NEXT(writev_call, "writev");
	if (!fails(plan.writes && regular(fd)))
		return next(fd, v, count);
	errno = plan.code;
	return -1;
}

int fdatasync(int fd)
{
	NEXT(sync_call, "fdatasync");
	if (!fails(plan.syncs && regular(fd)))
		return next(fd);
	errno = EIO;
	return -1;
}

int fsync(int fd)
{
	NEXT(sync_call, "fsync");
	if (!fails(plan.syncs && fd > STDERR_FILENO))
		return next(fd);
	errno = EIO;
	return -1;
}
#endif
