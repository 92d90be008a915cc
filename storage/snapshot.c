/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c -- see snapshot.h. */
#include "storage/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "protocol/errors.h"
#include "storage/inside.h"

struct snapshot {
	struct lmdb_txn txn; /* N2: pins the pages */
	struct lmdb_raw raw;
	struct buf metas; /* the pages that every commit writes over */
	struct applied_row applied;
	struct buf waiting; /* of the journal: what stands behind `applied` */
	uint64_t journal_bytes, entries;
};

/* Behind the end of the file are pages that were taken and never written: free ones. */
static int read_file(int fd, uint64_t offset, uint8_t *out, size_t len)
{
	while (len > 0) {
		ssize_t n = pread(fd, out, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return BF_EIO;
		if (n == 0) {
			memset(out, 0, len);
			return 0;
		}
		out += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int keep_metas(struct snapshot *n)
{
	int rc = buf_reserve(&n->metas, n->raw.meta_bytes);

	if (rc == 0)
		rc = read_file(n->raw.fd, 0, n->metas.p, n->raw.meta_bytes);
	if (rc == 0)
		n->metas.len = n->raw.meta_bytes;
	return rc;
}

/* What replay would begin with, as the transaction knows it: not as the journal does. */
static int read_applied(struct snapshot *n)
{
	struct bytes v;
	int rc = lmdb_get(&n->txn, TREE_META, META_APPLIED, &v);

	if (rc == 0)
		rc = row_applied_take(v, &n->applied);
	return rc == BF_ENOTFOUND ? BF_EDAMAGED : rc;
}

static int begin(struct snapshot *n, struct store *s)
{
	int rc = lmdb_begin(s->lmdb, false, &n->txn);

	if (rc == 0)
		rc = lmdb_raw(s->lmdb, &n->raw);
	if (rc == 0)
		rc = keep_metas(n);
	if (rc == 0)
		rc = read_applied(n);
	if (rc == 0)
		rc = journal_waiting(s->journal, &n->waiting);
	n->journal_bytes = journal_bytes(s->journal);
	n->entries = s->order_held.length;
	return rc;
}

int snapshot_open(struct snapshot **out, struct store *s, struct fault *f)
{
	struct snapshot *n;

	*out = NULL;
	if (s->dead)
		return BF_EIO;
	if (journal_staged(s->journal) > 0)
		return BF_EORDER;
	n = calloc(1, sizeof *n);
	if (n == NULL)
		return BF_ENOMEM;
	int rc = begin(n, s);

	if (rc != 0) {
		snapshot_close(n);
		if (rc != BF_ENOMEM && rc != BF_EBUSY)
			(void)fault_say(f, rc == BF_EDAMAGED ? FAULT_STORE_DAMAGED : FAULT_STORE_IO,
					s->dir, bf_error_name(rc), NULL);
		return rc;
	}
	*out = n;
	return 0;
}

void snapshot_close(struct snapshot *n)
{
	if (n == NULL)
		return;
	lmdb_abort(&n->txn);
	buf_fini(&n->metas);
	buf_fini(&n->waiting);
	free(n);
}

const char *snapshot_name(enum snapshot_file file)
{
	return file == SNAPSHOT_DATA ? "data.mdb" : "journal";
}

uint64_t snapshot_bytes(const struct snapshot *n, enum snapshot_file file)
{
	return file == SNAPSHOT_DATA ? n->raw.bytes : n->journal_bytes;
}

uint64_t snapshot_entries(const struct snapshot *n)
{
	return n->entries;
}

/* What of `piece`, which stands at `at` in the file, lies in the window is laid over it. */
static void lay(uint8_t *window, uint64_t offset, size_t len, struct bytes piece, uint64_t at)
{
	uint64_t from = at > offset ? at : offset;
	uint64_t to = at + piece.len < offset + len ? at + piece.len : offset + len;

	if (from < to)
		memcpy(window + (from - offset), piece.p + (from - at), (size_t)(to - from));
}

static void read_journal(const struct snapshot *n, uint64_t offset, uint8_t *out, size_t len)
{
	uint8_t front[JOURNAL_FRONT_BYTES];

	memset(out, 0, len);
	journal_front(&n->applied, front);
	lay(out, offset, len, bytes_of(front, sizeof front), 0);
	if (n->applied.offset > 0)
		lay(out, offset, len, bytes_of(n->applied.check, JOURNAL_CHECK_BYTES),
		    n->applied.offset - JOURNAL_CHECK_BYTES);
	lay(out, offset, len, buf_bytes(&n->waiting), n->applied.offset);
}

int snapshot_read(const struct snapshot *n, enum snapshot_file file, uint64_t offset, uint8_t *out,
		  size_t len)
{
	uint64_t bytes = snapshot_bytes(n, file);
	int rc = 0;

	if (offset > bytes || len > bytes - offset)
		return BF_EBOUND;
	if (file == SNAPSHOT_JOURNAL) {
		read_journal(n, offset, out, len);
		return 0;
	}
	rc = read_file(n->raw.fd, offset, out, len);
	if (rc == 0)
		lay(out, offset, len, buf_bytes(&n->metas), 0);
	return rc;
}
