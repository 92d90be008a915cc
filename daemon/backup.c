/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c -- see backup.h. */
#include "daemon/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/keyfile.h"
#include "daemon/node.h"
#include "protocol/errors.h"

enum { SMALL_FILES = 2, FILES_ALL = (int)SNAPSHOT_FILES + SMALL_FILES, PATH_BYTES_MAX = 4096 };

struct backup {
	uv_timer_t timer; /* first: it is freed with it */
	struct backup **slot;
	struct snapshot *n;
	struct buf small[SMALL_FILES];
	uint32_t files;
	uint64_t session;
	uint64_t began_ms, heard_ms; /* monotonic */
	unsigned holds;              /* the timer and each read under way */
};

/* Settings last: they need not be there. */
static const char *const small_names[SMALL_FILES] = { KEYFILE_NAME, "bangfud.conf" };

static int of_errno(void)
{
	return errno == ENOENT ? BF_ENOTFOUND : errno == EACCES ? BF_EACCES : BF_EIO;
}

static int take_small(const char *dir, const char *name, struct buf *out)
{
	char path[PATH_BYTES_MAX];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return of_errno();
	int rc = buf_reserve(out, BACKUP_SMALL_BYTES_MAX + 1);
	ssize_t n = rc == 0 ? read(fd, out->p, BACKUP_SMALL_BYTES_MAX + 1) : 0;

	if (n < 0)
		rc = BF_EIO;
	else if (n > BACKUP_SMALL_BYTES_MAX)
		rc = BF_EBOUND;
	else
		out->len = (size_t)n;
	close(fd);
	return rc;
}

static int take_all_small(struct backup *b, const char *dir)
{
	int rc = 0;

	b->files = (uint32_t)SNAPSHOT_FILES;
	for (int i = 0; i < SMALL_FILES && rc == 0; i++) {
		rc = take_small(dir, small_names[i], &b->small[i]);
		b->files += rc == 0;
	}
	return rc == BF_ENOTFOUND && b->files == FILES_ALL - 1 ? 0 : rc;
}

static void backup_free(struct backup *b)
{
	snapshot_close(b->n);
	for (int i = 0; i < SMALL_FILES; i++) {
		crypto_wipe(b->small[i].p, b->small[i].len);
		buf_fini(&b->small[i]);
	}
	free(b);
}

/* B1 */
static void on_late(uv_timer_t *timer)
{
	struct backup *b = timer->data;

	backup_drop(b->slot);
}

static void hear(struct backup *b)
{
	b->heard_ms = mono_ms();
	uint64_t end = b->began_ms + BACKUP_LASTS_MS_MAX;
	uint64_t left = end > b->heard_ms ? end - b->heard_ms : 0;

	(void)uv_timer_start(&b->timer, on_late, left < BACKUP_IDLE_MS ? left : BACKUP_IDLE_MS, 0);
}

int backup_room(const struct backup *b)
{
	return b != NULL && mono_ms() - b->heard_ms < BACKUP_SILENT_MS ? BF_EBUSY : 0;
}

int backup_begin(struct backup **slot, uv_loop_t *loop, const char *dir, struct snapshot *n,
		 uint64_t *session)
{
	struct backup *b = calloc(1, sizeof(*b));
	int rc = b == NULL ? BF_ENOMEM : backup_room(*slot);

	if (b == NULL) {
		snapshot_close(n);
		return rc;
	}
	b->n = n;
	if (rc == 0)
		rc = take_all_small(b, dir);
	if (rc != 0) {
		backup_free(b);
		return rc;
	}
	backup_drop(slot);
	(void)uv_timer_init(loop, &b->timer);
	uv_unref((uv_handle_t *)&b->timer);
	b->timer.data = b;
	b->holds = 1;
	b->slot = slot;
	b->began_ms = mono_ms();
	random_bytes(&b->session, sizeof(b->session)); /* no number of before comes again */
	b->session >>= 1;
	hear(b);
	*session = b->session;
	*slot = b;
	return 0;
}

struct backup *backup_of(struct backup *b, uint64_t session)
{
	if (b == NULL || b->session != session)
		return NULL;
	hear(b);
	return b;
}

static void on_closed(uv_handle_t *h)
{
	backup_release(h->data);
}

void backup_drop(struct backup **slot)
{
	struct backup *b = *slot;

	if (b == NULL)
		return;
	*slot = NULL;
	uv_close((uv_handle_t *)&b->timer, on_closed);
}

void backup_hold(struct backup *b)
{
	b->holds++;
}

void backup_release(struct backup *b)
{
	if (--b->holds == 0)
		backup_free(b);
}

uint32_t backup_files(const struct backup *b)
{
	return b->files;
}

const char *backup_name(const struct backup *b, uint32_t file)
{
	(void)b;
	return file < (uint32_t)SNAPSHOT_FILES ? snapshot_name((enum snapshot_file)file)
					       : small_names[file - (uint32_t)SNAPSHOT_FILES];
}

uint64_t backup_bytes(const struct backup *b, uint32_t file)
{
	return file < (uint32_t)SNAPSHOT_FILES ? snapshot_bytes(b->n, (enum snapshot_file)file)
					       : b->small[file - (uint32_t)SNAPSHOT_FILES].len;
}

uint32_t backup_find(const struct backup *b, struct bytes name)
{
	uint32_t i = 0;

	while (i < b->files && !bytes_equal(name, bytes_str(backup_name(b, i))))
		i++;
	return i;
}

const struct snapshot *backup_snapshot(const struct backup *b)
{
	return b->n;
}

int backup_read(const struct backup *b, uint32_t file, uint64_t offset, uint8_t *out, size_t len,
		size_t *got)
{
	uint64_t bytes = backup_bytes(b, file);

	*got = 0;
	if (offset >= bytes)
		return 0;
	if (len > bytes - offset)
		len = (size_t)(bytes - offset);
	*got = len;
	if (file < (uint32_t)SNAPSHOT_FILES)
		return snapshot_read(b->n, (enum snapshot_file)file, offset, out, len);
	memcpy(out, b->small[file - (uint32_t)SNAPSHOT_FILES].p + offset, len);
	return 0;
}
