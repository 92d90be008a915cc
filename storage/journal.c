/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c -- see journal.h.
 *
 * The crash argument. A record counts from the moment journal_sync has returned. Before that its
 * bytes may be on the disk whole, in part or not at all; journal_open takes the longest unbroken
 * chain of checks (J1), so what it takes was staged in that order, and what was acknowledged is
 * always part of it. It syncs before it answers: a record read from the page cache after kill -9 is
 * not durable yet. */
#include "storage/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/crypto.h"
#include "protocol/errors.h"
#include "storage/store.h"

enum { FILL_BYTES = 64 * 1024, RECORDS_MIN = 64 };

struct slot {
	struct journal_record record;
	uint8_t check[JOURNAL_CHECK_BYTES]; /* this record's own; set when written */
};

struct journal {
	int fd;
	uint64_t bytes;
	struct applied_row start; /* generation; offset and check before slot `begin` */
	uint64_t end;             /* of what is written */
	struct slot *slots;       /* [begin, begin + count); staged ones last */
	size_t begin, count, written, cap;
	struct buf stage, scratch;
};

static int io_error(void)
{
	switch (errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return BF_EFULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return BF_EACCES;
	case EMFILE:
	case ENFILE:
		return BF_ENOMEM; /* errno tells them apart */
	default:
		return BF_EIO;
	}
}

/* *done, unless NULL: the bytes that were written, also when it fails. */
static int write_all(int fd, struct bytes b, uint64_t offset, size_t *done)
{
	size_t wrote = 0;

	if (done == NULL)
		done = &wrote;
	*done = 0;
	while (b.len > 0) {
		ssize_t n = pwrite(fd, b.p, b.len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? io_error() : BF_EIO;
		b = bytes_of(b.p + n, b.len - (size_t)n);
		offset += (uint64_t)n;
		*done += (size_t)n;
	}
	return 0;
}

static int read_all(int fd, uint8_t *p, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t n = pread(fd, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return BF_EIO;
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

static int fill(int fd, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[FILL_BYTES];
	int rc = 0;

	for (uint64_t at = from; at < to && rc == 0; at += FILL_BYTES)
		rc = write_all(
		    fd, bytes_of(zeros, to - at < FILL_BYTES ? (size_t)(to - at) : FILL_BYTES), at,
		    NULL);
	if (rc == 0 && fsync(fd) != 0)
		rc = io_error();
	return rc;
}

int journal_create(const char *path, uint64_t bytes)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return io_error();
	int rc = fill(fd, 0, bytes);

	close(fd);
	if (rc != 0)
		unlink(path);
	return rc;
}

/* ---- one record's bytes ---- */

static struct hash check_of(const uint8_t before[JOURNAL_CHECK_BYTES], struct bytes record)
{
	return hash_two(bytes_of(before, JOURNAL_CHECK_BYTES), record);
}

/* Generation and durable offset are filled in when the record is written. */
static void put_record(struct buf *b, const struct run *run, uint64_t ordinal)
{
	buf_u32(b, JOURNAL_MAGIC);
	buf_u32(b, (uint32_t)run->entries.len);
	buf_u64(b, 0);
	buf_u64(b, 0);
	buf_u64(b, run->origin);
	buf_u64(b, run->first);
	buf_u64(b, ordinal);
	buf_u32(b, (uint32_t)run->count);
	buf_put(b, run->head.hash.b, HASH_BYTES);
	buf_put(b, run->head.sig.b, SIGNATURE_BYTES);
	buf_put_bytes(b, run->entries);
	buf_put(b, (const uint8_t[JOURNAL_CHECK_BYTES]){ 0 }, JOURNAL_CHECK_BYTES);
}

static bool take_head(const uint8_t *p, uint64_t generation, struct journal_record *out)
{
	if (be32_get(p) != JOURNAL_MAGIC || be64_get(p + 8) != generation)
		return false;
	uint64_t bytes = (uint64_t)be32_get(p + 4) + JOURNAL_HEAD_BYTES + JOURNAL_CHECK_BYTES;

	if (bytes > UINT32_MAX)
		return false;
	*out = (struct journal_record){ .bytes = (uint32_t)bytes,
					.durable = be64_get(p + 16),
					.origin = be64_get(p + 24),
					.first = be64_get(p + 32),
					.ordinal = be64_get(p + 40),
					.count = be32_get(p + 48) };
	out->head.origin = out->origin;
	out->head.seq = out->first + out->count - 1;
	memcpy(out->head.hash.b, p + 52, HASH_BYTES);
	memcpy(out->head.sig.b, p + 52 + HASH_BYTES, SIGNATURE_BYTES);
	return true;
}

/* ---- the list of records ---- */

static struct slot *add_slot(struct journal *j)
{
	if (j->begin + j->count == j->cap) {
		if (j->begin > j->cap / 2) {
			memmove(j->slots, j->slots + j->begin, j->count * sizeof *j->slots);
			j->begin = 0;
		} else {
			size_t cap = j->cap == 0 ? RECORDS_MIN : 2 * j->cap;
			struct slot *slots = realloc(j->slots, cap * sizeof *slots);

			if (slots == NULL)
				return NULL;
			j->slots = slots;
			j->cap = cap;
		}
	}
	return &j->slots[j->begin + j->count++];
}

size_t journal_count(const struct journal *j)
{
	return j->count;
}

size_t journal_written(const struct journal *j)
{
	return j->written;
}

struct journal_record *journal_at(const struct journal *j, size_t i)
{
	return &j->slots[j->begin + i].record;
}

uint64_t journal_bytes(const struct journal *j)
{
	return j->bytes;
}

uint64_t journal_unapplied(const struct journal *j)
{
	return j->end - j->start.offset + j->stage.len;
}

/* ---- open: replay ---- */

/* The record at `offset`, when it fits behind `before`. 1 it does, 0 it does not, or BF_EIO,
 * BF_ENOMEM. */
static int scan_record(struct journal *j, uint64_t offset,
		       const uint8_t before[JOURNAL_CHECK_BYTES], struct slot *out)
{
	uint8_t head[JOURNAL_HEAD_BYTES];

	if (offset + JOURNAL_HEAD_BYTES + JOURNAL_CHECK_BYTES > j->bytes)
		return 0;
	int rc = read_all(j->fd, head, sizeof head, offset);

	if (rc != 0)
		return rc;
	if (!take_head(head, j->start.generation, &out->record) ||
	    out->record.bytes > j->bytes - offset)
		return 0;
	size_t bytes = out->record.bytes;

	buf_renew(&j->scratch);
	rc = buf_reserve(&j->scratch, bytes);
	if (rc == 0)
		rc = read_all(j->fd, j->scratch.p, bytes, offset);
	if (rc != 0)
		return rc;
	struct hash h = check_of(before, bytes_of(j->scratch.p, bytes - JOURNAL_CHECK_BYTES));

	out->record.offset = offset;
	memcpy(out->check, h.b, sizeof out->check);
	return memcmp(j->scratch.p + bytes - JOURNAL_CHECK_BYTES, h.b, JOURNAL_CHECK_BYTES) == 0;
}

/* J5 for one place: 1 when a whole record stands there that was written after the break had been
 * durable. */
static int look(struct journal *j, uint64_t offset)
{
	uint8_t before[JOURNAL_CHECK_BYTES];
	struct slot found;
	int rc = read_all(j->fd, before, sizeof before, offset - sizeof before);

	if (rc == 0)
		rc = scan_record(j, offset, before, &found);
	return rc == 1 ? found.record.durable > j->end : rc;
}

/* The record at the break, were its check not the one that fits: what stands right behind it. */
static int look_next(struct journal *j, const uint8_t before[JOURNAL_CHECK_BYTES])
{
	struct slot broken, next;
	int rc;

	broken.record.bytes = 0;
	rc = scan_record(j, j->end, before, &broken);
	if (rc != 0 || broken.record.bytes == 0 || broken.record.bytes > j->bytes - j->end)
		return rc < 0 ? rc : 0;
	rc = scan_record(j, j->end + broken.record.bytes, broken.check, &next);
	return rc == 1 ? next.record.durable > j->end : rc;
}

/* Says of itself that it was written after the break had been durable. */
static bool says_so(const struct journal *j, const uint8_t *p, uint64_t offset)
{
	struct journal_record r;

	return take_head(p, j->start.generation, &r) && r.durable > j->end && r.durable <= offset &&
	       offset >= JOURNAL_CHECK_BYTES;
}

/* The next place in the window where a record may begin; `len` when there is none. */
static size_t next_magic(const uint8_t *window, size_t at, size_t len)
{
	uint8_t magic[4];

	be32_put(magic, JOURNAL_MAGIC);
	const uint8_t *found = memmem(window + at, len - at, magic, sizeof magic);

	return found == NULL ? len : (size_t)(found - window);
}

/* J5: whether what the replay ended at was durable once. A hostile log may hold bytes that look
 * like records, so only so many are looked at; an honest break has a record right behind it. */
static int rotten(struct journal *j, const uint8_t before[JOURNAL_CHECK_BYTES])
{
	struct buf window = { 0 };
	uint32_t looks = 0;
	int rc = look_next(j, before);

	if (rc == 0)
		rc = buf_reserve(&window, FILL_BYTES);
	for (uint64_t at = j->end + 1; rc == 0 && at + JOURNAL_HEAD_BYTES <= j->bytes;
	     at += FILL_BYTES - JOURNAL_HEAD_BYTES + 1) {
		size_t len = j->bytes - at < FILL_BYTES ? (size_t)(j->bytes - at) : FILL_BYTES;

		rc = read_all(j->fd, window.p, len, at);
		for (size_t i = next_magic(window.p, 0, len);
		     rc == 0 && i + JOURNAL_HEAD_BYTES <= len; i = next_magic(window.p, i + 1, len))
			if (says_so(j, window.p + i, at + i) && looks++ < JOURNAL_LOOKS_MAX)
				rc = look(j, at + i);
	}
	buf_fini(&window);
	return rc;
}

static int scan(struct journal *j)
{
	uint8_t check[JOURNAL_CHECK_BYTES];
	struct slot found;
	int rc;

	memcpy(check, j->start.check, sizeof check);
	while ((rc = scan_record(j, j->end, check, &found)) == 1) {
		struct slot *slot = add_slot(j);

		if (slot == NULL)
			return BF_ENOMEM;
		*slot = found;
		memcpy(check, found.check, sizeof check);
		j->end += found.record.bytes;
	}
	j->written = j->count;
	if (rc == 0)
		rc = rotten(j, check);
	if (rc == 1)
		return BF_EDAMAGED;
	if (rc == 0 && j->count > 0 && fdatasync(j->fd) != 0)
		rc = BF_EIO;
	return rc;
}

/* The front when nothing of this generation is applied: the first record of the last generation,
 * that of this one, or, byte by byte, a write of it that was torn or taken back (unwrite). The last
 * generation had one, or it would not have ended. In the first one the front was zeros, and
 * whatever a torn write has left is no record. */
static bool front_fits(const struct journal *j, const uint8_t head[JOURNAL_HEAD_BYTES])
{
	static const uint8_t zeros[JOURNAL_HEAD_BYTES];
	uint8_t magic[4], before[8], now[8];
	bool first = j->start.generation == 1;

	be32_put(magic, JOURNAL_MAGIC);
	be64_put(before, j->start.generation - 1);
	be64_put(now, j->start.generation);
	if (first && memcmp(head, magic, sizeof magic) != 0)
		return true;
	for (size_t i = 0; i < sizeof magic; i++)
		if (head[i] != magic[i] && head[i] != 0)
			return false;
	for (size_t i = 0; i < sizeof now; i++)
		if (head[8 + i] != before[i] && head[8 + i] != now[i])
			return false;
	return memcmp(head, zeros, sizeof zeros) != 0;
}

/* J6: what `at` knows of the file stands in it. A journal that has gone on without this data.mdb
 * holds entries that replay would not see; one that was put back, emptied or made anew has lost
 * some. */
static int belongs(struct journal *j)
{
	uint8_t head[JOURNAL_HEAD_BYTES], check[JOURNAL_CHECK_BYTES];
	int rc = read_all(j->fd, head, sizeof head, 0);

	if (rc != 0)
		return rc;
	if (j->start.generation == 0)
		return BF_EDAMAGED;
	if (j->start.offset == 0)
		return front_fits(j, head) ? 0 : BF_EDAMAGED;
	if (j->start.offset < JOURNAL_HEAD_BYTES + JOURNAL_CHECK_BYTES ||
	    be32_get(head) != JOURNAL_MAGIC || be64_get(head + 8) != j->start.generation)
		return BF_EDAMAGED;
	rc = read_all(j->fd, check, sizeof check, j->start.offset - sizeof check);
	if (rc != 0)
		return rc;
	return memcmp(check, j->start.check, sizeof check) == 0 ? 0 : BF_EDAMAGED;
}

/* What stands behind the journal was left by a growing that was cut short: zeros, which growing may
 * write over. Anything else are records, and `bytes` is not their journal's size. */
static int tail_blank(struct journal *j, uint64_t end)
{
	uint8_t window[4096];
	int rc = 0;

	for (uint64_t at = j->bytes; rc == 0 && at < end; at += sizeof window) {
		size_t len = end - at < sizeof window ? (size_t)(end - at) : sizeof window;

		rc = read_all(j->fd, window, len, at);
		for (size_t i = 0; rc == 0 && i < len; i++)
			rc = window[i] == 0 ? 0 : BF_EDAMAGED;
	}
	return rc;
}

int journal_open(struct journal **out, const char *path, uint64_t bytes, uint64_t want,
		 const struct applied_row *at)
{
	struct journal *j = calloc(1, sizeof *j);
	struct stat st;
	int rc = 0;

	*out = NULL;
	if (j == NULL)
		return BF_ENOMEM;
	j->start = *at;
	j->end = at->offset;
	j->bytes = bytes;
	j->fd = open(path, O_RDWR | O_CLOEXEC);
	if (j->fd < 0)
		rc = errno == ENOENT ? BF_EDAMAGED : io_error();
	else if (fstat(j->fd, &st) != 0)
		rc = BF_EIO;
	else if ((uint64_t)st.st_size < bytes || bytes < JOURNAL_HEAD_BYTES || at->offset > bytes)
		rc = BF_EDAMAGED;
	if (rc == 0)
		rc = tail_blank(j, (uint64_t)st.st_size);
	if (rc == 0)
		rc = belongs(j);
	if (rc == 0 && want > bytes) {
		if (fill(j->fd, bytes, want) == 0)
			j->bytes = want;
		else if (ftruncate(j->fd, (off_t)bytes) != 0)
			rc = io_error(); /* no room to grow is no reason to stay shut */
	}
	if (rc == 0)
		rc = scan(j);
	if (rc != 0) {
		journal_close(j);
		return rc;
	}
	*out = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->slots);
	buf_fini(&j->stage);
	buf_fini(&j->scratch);
	free(j);
}

/* ---- stage and sync ---- */

int journal_put(struct journal *j, const struct run *run, uint64_t ordinal, struct claim claim)
{
	uint64_t bytes = JOURNAL_HEAD_BYTES + (uint64_t)run->entries.len + JOURNAL_CHECK_BYTES;
	uint64_t most = j->bytes < STORE_STAGE_BYTES_MAX ? j->bytes : STORE_STAGE_BYTES_MAX;

	if (j->stage.len + bytes > most || run->count > UINT32_MAX)
		return BF_EBOUND;
	if (buf_reserve(&j->stage, (size_t)bytes) != 0)
		return BF_ENOMEM;
	struct slot *slot = add_slot(j);

	if (slot == NULL)
		return BF_ENOMEM;
	slot->record = (struct journal_record){ .offset = j->stage.len,
						.bytes = (uint32_t)bytes,
						.origin = run->origin,
						.first = run->first,
						.count = run->count,
						.ordinal = ordinal,
						.head = run->head,
						.claim = claim };
	put_record(&j->stage, run, ordinal);
	return j->stage.err;
}

void journal_forget(struct journal *j)
{
	j->count = j->written;
	buf_renew(&j->stage);
}

uint64_t journal_staged(const struct journal *j)
{
	return j->stage.len;
}

bool journal_fits(const struct journal *j)
{
	return j->stage.len <= j->bytes - j->end;
}

/* Give each staged record its generation and its place in the chain of checks (J1). */
static void seal_stage(struct journal *j)
{
	const uint8_t *before =
	    j->written > 0 ? j->slots[j->begin + j->written - 1].check : j->start.check;

	for (size_t i = j->written; i < j->count; i++) {
		struct slot *slot = &j->slots[j->begin + i];
		uint8_t *p = j->stage.p + slot->record.offset;
		size_t body = slot->record.bytes - JOURNAL_CHECK_BYTES;

		be64_put(p + 8, j->start.generation);
		be64_put(p + 16, j->end);
		struct hash h = check_of(before, bytes_of(p, body));

		memcpy(slot->check, h.b, JOURNAL_CHECK_BYTES);
		memcpy(p + body, h.b, JOURNAL_CHECK_BYTES);
		before = slot->check;
	}
}

/* What a write that failed has left may hold whole records, and those who staged them are told that
 * nothing was saved: no replay may find them. */
static int unwrite(struct journal *j)
{
	static const uint8_t no_magic[4];
	int rc = write_all(j->fd, bytes_of(no_magic, sizeof no_magic), j->end, NULL);

	return rc == 0 && fdatasync(j->fd) == 0 ? 0 : BF_EIO;
}

int journal_sync(struct journal *j)
{
	if (j->stage.len == 0)
		return 0;
	BF_REQUIRE(journal_fits(j));
	seal_stage(j);
	size_t done;
	int rc = write_all(j->fd, buf_bytes(&j->stage), j->end, &done);

	if (rc == BF_EFULL)
		return done == 0 || unwrite(j) == 0 ? BF_EFULL : BF_EIO;
	if (rc == 0 && fdatasync(j->fd) != 0)
		rc = BF_EIO; /* even for ENOSPC: what the disk holds is unknown now */
	if (rc != 0)
		return BF_EIO;
	for (size_t i = j->written; i < j->count; i++)
		j->slots[j->begin + i].record.offset += j->end;
	j->end += j->stage.len;
	j->written = j->count;
	buf_renew(&j->stage);
	return 0;
}

int journal_read(struct journal *j, size_t i, struct bytes *entries)
{
	const struct journal_record *r = journal_at(j, i);
	size_t len = r->bytes - JOURNAL_HEAD_BYTES - JOURNAL_CHECK_BYTES;

	if (i >= j->written) {
		*entries = bytes_of(j->stage.p + r->offset + JOURNAL_HEAD_BYTES, len);
		return 0;
	}
	buf_renew(&j->scratch);
	int rc = buf_reserve(&j->scratch, len);

	if (rc == 0)
		rc = read_all(j->fd, j->scratch.p, len, r->offset + JOURNAL_HEAD_BYTES);
	*entries = bytes_of(j->scratch.p, len);
	return rc;
}

/* ---- applied ---- */

struct applied_row journal_after(const struct journal *j, size_t n)
{
	struct applied_row at = j->start;

	if (n > 0) {
		const struct slot *last = &j->slots[j->begin + n - 1];

		at.offset = last->record.offset + last->record.bytes;
		memcpy(at.check, last->check, sizeof at.check);
	}
	return at;
}

void journal_applied(struct journal *j, size_t n, const struct applied_row *at)
{
	if (at->generation != j->start.generation) {
		BF_REQUIRE(n == j->written && at->offset == 0);
		j->end = 0;
	}
	j->start = *at;
	j->begin += n;
	j->count -= n;
	j->written -= n;
}

/* ---- a copy ---- */

/* At offset 0 a generation but the first one stands behind the records of the one before. */
void journal_front(const struct applied_row *at, uint8_t out[JOURNAL_FRONT_BYTES])
{
	uint64_t generation = at->generation - (at->offset == 0);

	memset(out, 0, JOURNAL_FRONT_BYTES);
	if (generation == 0)
		return;
	be32_put(out, JOURNAL_MAGIC);
	be64_put(out + 8, generation);
}

int journal_waiting(const struct journal *j, struct buf *out)
{
	size_t len = (size_t)(j->end - j->start.offset);
	int rc = buf_reserve(out, len);

	if (rc == 0 && len > 0)
		rc = read_all(j->fd, out->p, len, j->start.offset);
	if (rc == 0)
		out->len = len;
	return rc;
}
