/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.c -- see keyfile.h. */
#include "daemon/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/files.h"
#include "protocol/errors.h"
#include "storage/store.h"

enum { PATH_MAX_HERE = 4096 };

static int say_errno(struct fault *f, const char *path, int err)
{
	switch (err) {
	case EROFS:
	case EACCES:
	case EPERM:
		return fault_say(f, FAULT_DIR_READONLY, path, strerror(err), NULL);
	case ENOSPC:
	case EDQUOT:
		return fault_say(f, FAULT_DISK_FULL, path, NULL, NULL);
	case EMFILE:
	case ENFILE:
		return files_few(f);
	default:
		return fault_say(f, FAULT_KEY_DAMAGED, path, strerror(err), NULL);
	}
}

/* Exactly the seed and nothing after it. 0, or BF_EFORMAT, or BF_EIO. */
static int read_seed(int fd, uint8_t seed[SEED_BYTES])
{
	uint8_t raw[SEED_BYTES + 1];
	size_t len = 0;
	int rc = 0;

	while (len < sizeof raw) {
		ssize_t n = read(fd, raw + len, sizeof raw - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = BF_EIO;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	if (rc == 0 && len != SEED_BYTES)
		rc = BF_EFORMAT;
	if (rc == 0)
		memcpy(seed, raw, SEED_BYTES);
	crypto_wipe(raw, sizeof raw);
	return rc;
}

static int say_size(struct fault *f, const char *path, const struct stat *st)
{
	char size[24];

	(void)snprintf(size, sizeof size, "%lld", (long long)st->st_size);
	return fault_say(f, FAULT_KEY_SIZE, path, size, NULL);
}

int keyfile_load(const char *dir, struct key_pair *out, struct fault *f)
{
	char path[PATH_MAX_HERE];
	uint8_t seed[SEED_BYTES];
	struct stat st;
	int rc = 0;

	(void)snprintf(path, sizeof path, "%s/" KEYFILE_NAME, dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return errno == ENOENT ? BF_ENOTFOUND : say_errno(f, path, errno);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		rc = fault_say(f, FAULT_KEY_DAMAGED, path, "not a file", NULL);
	else if ((st.st_mode & 077) != 0)
		rc = fault_say(f, FAULT_KEY_OPEN, path, NULL, NULL);
	else if (read_seed(fd, seed) != 0)
		rc = say_size(f, path, &st);
	if (rc == 0)
		key_from_seed(out, seed);
	crypto_wipe(seed, sizeof seed);
	(void)close(fd);
	return rc;
}

static int write_seed(int fd, const uint8_t seed[SEED_BYTES])
{
	ssize_t n;
	do
		n = write(fd, seed, SEED_BYTES);
	while (n < 0 && errno == EINTR);
	if (n == SEED_BYTES)
		return fsync(fd);
	if (n >= 0)
		errno = ENOSPC;
	return -1;
}

int keyfile_make(const char *dir, const uint8_t seed[SEED_BYTES], struct fault *f)
{
	char path[PATH_MAX_HERE], temp[PATH_MAX_HERE];
	int rc = 0;

	(void)snprintf(path, sizeof path, "%s/" KEYFILE_NAME, dir);
	(void)snprintf(temp, sizeof temp, "%s/" KEYFILE_NAME ".new", dir);
	(void)unlink(temp); /* what a cut left behind was never anybody's key */
	int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return say_errno(f, dir, errno);
	if (write_seed(fd, seed) != 0)
		rc = say_errno(f, dir, errno);
	if (close(fd) != 0 && rc == 0)
		rc = say_errno(f, dir, errno);
	/* link, not rename: it refuses to replace a key that is there. */
	if (rc == 0 && link(temp, path) != 0)
		rc = errno == EEXIST ? BF_EEXIST : say_errno(f, dir, errno);
	(void)unlink(temp);
	if (rc == 0 && store_sync_dir(dir) != 0)
		rc = say_errno(f, dir, errno);
	return rc;
}
