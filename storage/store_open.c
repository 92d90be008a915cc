/* SPDX-License-Identifier: Apache-2.0 */
/* store_open.c -- opening and making a store; replay.
 *
 * A new store is made in DIR/store.new, committed and synced there, and then renamed into place,
 * journal first and data.mdb last: LMDB's very first commit is not crash-safe, and a file that half
 * exists would never open. So data.mdb in place means that the store was whole. What will not open
 * is never deleted or changed: it may be all that is left of somebody's records. */
#include "storage/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "protocol/errors.h"
#include "storage/check.h"
#include "storage/pages.h"

static int check_dir(const char *dir, struct fault *f);
static int lock_dir(struct store *s, bool *unclean, struct fault *f);
static int create(struct store *s, const struct store_options *o, struct fault *f);
static int walk_pages(struct store *s, const struct store_options *o, struct fault *f);
static int probe(struct store *s, struct fault *f);
/* A larger journal, when the disk keeps its reserve beside it. */
static uint64_t journal_grown(struct store *s, uint64_t bytes, uint64_t want)
{
	bool fits = want > bytes && room_beside(s, want - bytes);

	return fits ? want : bytes;
}

static int open_files(struct store *s, const struct store_options *o, struct fault *f);
static int replay(struct store *s, struct fault *f);

enum { NAME_ROOM = 64 };
#define PATH(name, s, leaf)                                                                        \
	char name[STORE_PATH_MAX + NAME_ROOM];                                                     \
	snprintf(name, sizeof name, "%s/%s", (s)->dir, leaf)

static uint64_t or_default(uint64_t given, uint64_t usual)
{
	return given == 0 ? usual : given;
}

static uint64_t journal_want(const struct store_options *o)
{
	uint64_t bytes = or_default(o->journal_bytes, STORE_JOURNAL_BYTES);

	return bytes < STORE_JOURNAL_BYTES_MIN ? STORE_JOURNAL_BYTES_MIN : bytes;
}

static bool has_data(const struct store *s)
{
	struct stat st;
	PATH(data, s, "data.mdb");
	return stat(data, &st) == 0;
}

int store_open(struct store **out, const struct store_options *options, struct fault *f)
{
	struct store *s = calloc(1, sizeof *s);
	bool unclean = false;
	int rc;

	*out = NULL;
	if (s == NULL)
		return BF_ENOMEM;
	s->lock_fd = -1;
	s->free_bytes_min = or_default(options->free_bytes_min, STORE_FREE_BYTES_MIN);
	if (strlen(options->dir) >= sizeof s->dir) {
		rc = BF_EBOUND;
		goto done;
	}
	strcpy(s->dir, options->dir);
	rc = check_dir(s->dir, f);
	if (rc == 0)
		rc = lock_dir(s, &unclean, f);
	unclean = (unclean || options->walk) && has_data(s);
	if (rc == 0)
		rc = create(s, options, f);
	if (rc == 0 && unclean)
		rc = walk_pages(s, options, f);
	if (rc == 0)
		rc = open_files(s, options, f);
	if (rc == 0 && unclean)
		rc = probe(s, f);
	if (rc == 0)
		rc = replay(s, f);
	s->clean = rc == 0;
done:
	if (rc != 0) {
		store_close(s);
		return rc;
	}
	*out = s;
	return 0;
}

void store_close(struct store *s)
{
	if (s == NULL)
		return;
	bool clean = s->clean && !s->dead && s->lmdb != NULL && !store_damaged(s);

	journal_close(s->journal);
	lmdb_close(s->lmdb);
	/* Not after an end that nobody chose: what the disk holds then is looked at first. */
	if (s->lock_fd >= 0 && clean && ftruncate(s->lock_fd, 0) != 0)
		errno = 0;
	if (s->lock_fd >= 0)
		close(s->lock_fd);
	origins_fini(&s->origins);
	fold_fini(&s->fold);
	fold_fini(&s->fold_target);
	deltas_fini(&s->batch.tally);
	deltas_fini(&s->batch.ledger);
	buf_fini(&s->batch.place.b);
	buf_fini(&s->batch.about.b);
	buf_fini(&s->batch.find.b);
	buf_fini(&s->batch.flags.b);
	buf_fini(&s->batch.flagged.notes);
	buf_fini(&s->batch.value);
	if (s->judging != NULL) {
		fold_fini(&s->judging->fold);
		versions_fini(&s->judging->versions);
	}
	free(s->judging);
	buf_fini(&s->draft);
	free(s);
}

/* ---- the directory ---- */

/* LMDB's locks and memory map do not hold across machines. The numbers are those of statfs(2). */
static bool remote(const char *dir)
{
	static const uint32_t magics[] = {
		0x6969 /* nfs */,      0xff534d42 /* cifs */, 0xfe534d42 /* smb2 */,
		0x517b /* smb */,      0x65735546 /* fuse */, 0x01021997 /* 9p */,
		0x00c36400 /* ceph */, 0x5346414f /* afs */,
	};
	struct statfs st;

	if (statfs(dir, &st) != 0)
		return false;
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		if ((uint32_t)st.f_type == magics[i])
			return true;
	return false;
}

static int check_dir(const char *dir, struct fault *f)
{
	struct stat st;

	if (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))
		return fault_say(f, FAULT_DIR_MISSING, dir, strerror(errno), NULL);
	if (access(dir, W_OK | X_OK) != 0)
		return fault_say(f, FAULT_DIR_READONLY, dir, strerror(errno), NULL);
	if (remote(dir))
		return fault_say(f, FAULT_REMOTE_FS, dir, NULL, NULL);
	return 0;
}

static int say_files(struct fault *f)
{
	struct rlimit files = { 0 };
	char have[24], need[24];

	(void)getrlimit(RLIMIT_NOFILE, &files);
	snprintf(have, sizeof have, "%llu", (unsigned long long)files.rlim_cur);
	snprintf(need, sizeof need, "%d", STORE_FILES_MIN);
	return fault_say(f, FAULT_FILES_FEW, NULL, have, need);
}

static int say_map(struct store *s, const struct store_options *o, struct fault *f)
{
	struct rlimit space = { .rlim_cur = RLIM_INFINITY };
	char need[24], have[24] = "?";

	(void)getrlimit(RLIMIT_AS, &space);
	snprintf(need, sizeof need, "%llu",
		 (unsigned long long)or_default(o->map_bytes, STORE_MAP_BYTES) >> 20);
	if (space.rlim_cur != RLIM_INFINITY)
		snprintf(have, sizeof have, "%llu MiB", (unsigned long long)space.rlim_cur >> 20);
	return fault_say(f, FAULT_MAP_LARGE, s->dir, need, have);
}

static int say_system(struct store *s, struct fault *f, int rc)
{
	switch (rc) {
	case 0:
		return rc;
	case BF_ENOMEM:
		return errno == EMFILE || errno == ENFILE ? say_files(f) : rc;
	case BF_EFULL:
		return fault_say(f, FAULT_DISK_FULL, s->dir, NULL, NULL);
	case BF_EACCES:
		return fault_say(f, FAULT_DIR_READONLY, s->dir, strerror(errno), NULL);
	case BF_EVERSION:
		return fault_say(f, FAULT_STORE_NEWER, s->dir, NULL, NULL);
	case BF_EDAMAGED:
		return fault_say(f, FAULT_STORE_DAMAGED, s->dir, NULL, NULL);
	default:
		fault_say(f, FAULT_STORE_IO, s->dir, bf_error_name(rc), NULL);
		return rc;
	}
}

static int of_errno(void)
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
	case ENOENT:
		return BF_EDAMAGED;
	case EMFILE:
	case ENFILE:
		return BF_ENOMEM; /* errno tells them apart */
	default:
		return BF_EIO;
	}
}

/* node.lock is empty after a clean end, and only then; as long as a store is open it holds the pid.
 * On a full disk it is a hole of one byte: growing a file takes no room. Synced before LMDB touches
 * the file, or a power cut would leave a torn store that says it ended well. */
static int mark_open(int fd)
{
	char pid[24];
	int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	bool told = pwrite(fd, pid, (size_t)len, 0) == len && ftruncate(fd, len) == 0;

	if (!told && ftruncate(fd, 1) != 0)
		return of_errno();
	return fsync(fd) != 0 ? BF_EIO : 0;
}

/* One process per store: the lock lives as long as the descriptor, so kill -9 frees it. */
static int lock_dir(struct store *s, bool *unclean, struct fault *f)
{
	char pid[24] = "";
	struct stat st;
	PATH(path, s, "node.lock");

	*unclean = stat(path, &st) != 0 || st.st_size != 0; /* without it nobody knows */
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return say_system(s, f, of_errno());
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0) {
		ssize_t n = pread(s->lock_fd, pid, sizeof pid - 1, 0);

		pid[n > 0 ? strcspn(pid, "\n") : 0] = '\0';
		return fault_say(f, FAULT_STORE_BUSY, s->dir, pid, NULL);
	}
	*unclean = *unclean || fstat(s->lock_fd, &st) != 0 || st.st_size != 0;
	return say_system(s, f, mark_open(s->lock_fd));
}

/* LMDB is let near the file only when every page of it makes sense (pages.h). */
static int walk_pages(struct store *s, const struct store_options *o, struct fault *f)
{
	struct pages_report *mine = calloc(1, sizeof *mine);
	struct pages_report *report = o->pages != NULL ? o->pages : mine;
	PATH(data, s, "data.mdb");
	if (mine == NULL)
		return BF_ENOMEM;
	int rc = pages_walk(data, report, o->walking, o->walking_ctx);

	if (rc == 0 && report->findings > 0)
		rc = BF_EDAMAGED;
	free(mine);
	return say_system(s, f, rc);
}

static int probe(struct store *s, struct fault *f)
{
	return say_system(s, f, check_voids(s));
}

/* ---- making a new one ---- */

static int sync_path(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | flags | O_CLOEXEC);

	if (fd < 0)
		return of_errno();
	int rc = fsync(fd) != 0 ? BF_EIO : 0;

	close(fd);
	return rc;
}

int store_sync_dir(const char *dir)
{
	return sync_path(dir, O_DIRECTORY);
}

static int put_first(struct lmdb *l, const struct store_options *o)
{
	uint8_t format[4], epoch[8], journal[8], order[ROW_LENGTH_BYTES],
	    applied[ROW_APPLIED_BYTES];
	struct lmdb_txn t;
	int rc = lmdb_begin(l, true, &t);

	be32_put(format, KEYS_FORMAT);
	be64_put(epoch, o->epoch);
	be64_put(journal, journal_want(o));
	row_length(order, &(struct length_row){ 0 });
	row_applied(applied, &(struct applied_row){ .generation = 1 });
	if (rc == 0) {
		lmdb_put(&t, TREE_META, META_FORMAT, bytes_of(format, sizeof format));
		lmdb_put(&t, TREE_META, META_EPOCH, bytes_of(epoch, sizeof epoch));
		lmdb_put(&t, TREE_META, META_JOURNAL, bytes_of(journal, sizeof journal));
		lmdb_put(&t, TREE_META, META_ORDER, bytes_of(order, sizeof order));
		lmdb_put(&t, TREE_META, META_APPLIED, bytes_of(applied, sizeof applied));
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	return rc;
}

static int make_parts(struct store *s, const char *dir, const struct store_options *o)
{
	struct lmdb *l = NULL;
	PATH(data, s, "store.new/data.mdb");
	PATH(lock, s, "store.new/lock.mdb");
	PATH(journal, s, "store.new/journal");
	unlink(data); /* left by a creation that was cut short: never in use */
	unlink(lock);
	unlink(journal);
	int rc = lmdb_open(&l, dir, or_default(o->map_bytes, STORE_MAP_BYTES), true);

	if (rc == 0)
		rc = put_first(l, o);
	lmdb_close(l);
	unlink(lock);
	if (rc == 0)
		rc = sync_path(data, 0);
	if (rc == 0)
		rc = journal_create(journal, journal_want(o));
	if (rc == 0)
		rc = store_sync_dir(dir);
	if (rc != 0) {
		unlink(data);
		unlink(journal);
		rmdir(dir);
	}
	return rc;
}

static int move_in(struct store *s, const char *dir)
{
	PATH(new_data, s, "store.new/data.mdb");
	PATH(new_journal, s, "store.new/journal");
	PATH(data, s, "data.mdb");
	PATH(journal, s, "journal");
	if (rename(new_journal, journal) != 0)
		return of_errno();
	int rc = store_sync_dir(s->dir);

	if (rc == 0 && rename(new_data, data) != 0)
		rc = of_errno();
	if (rc == 0)
		rc = store_sync_dir(s->dir);
	if (rc == 0)
		rmdir(dir);
	return rc;
}

/* A journal that was written to, without its data.mdb: somebody's records, not a creation cut
 * short. */
static bool journal_used(const char *path)
{
	uint8_t head[4] = { 0 };
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	bool used = pread(fd, head, sizeof head, 0) > 0 && be32_get(head) != 0;

	close(fd);
	return used;
}

static int create(struct store *s, const struct store_options *o, struct fault *f)
{
	struct stat st;
	PATH(data, s, "data.mdb");
	PATH(journal, s, "journal");
	PATH(dir, s, "store.new");
	if (stat(data, &st) == 0)
		return 0;
	if (errno != ENOENT)
		return say_system(s, f, of_errno());
	if (journal_used(journal))
		return fault_say(f, FAULT_DATA_LOST, data, NULL, NULL);
	int rc = room_floor(s, f);

	if (rc != 0)
		return rc;
	if (chmod(s->dir, 0700) != 0 || (mkdir(dir, 0700) != 0 && errno != EEXIST))
		return say_system(s, f, of_errno());
	rc = make_parts(s, dir, o);
	if (rc == BF_EBOUND)
		return say_map(s, o, f);
	if (rc == 0)
		rc = move_in(s, dir);
	return say_system(s, f, rc);
}

/* ---- opening ---- */

struct opened { /* what meta says */
	uint32_t format;
	uint64_t journal_bytes;
	struct applied_row applied;
};

static uint64_t meta_u64(struct lmdb_txn *t, struct bytes key, int *rc)
{
	struct bytes v;

	if (*rc == 0)
		*rc = lmdb_get(t, TREE_META, key, &v);
	if (*rc == 0 && v.len != 8)
		*rc = BF_EDAMAGED;
	return *rc == 0 ? be64_get(v.p) : 0;
}

/* A row that need not be there: 0 then. */
static uint64_t meta_optional(struct lmdb_txn *t, struct bytes key, int *rc)
{
	if (*rc != 0)
		return 0;
	uint64_t value = meta_u64(t, key, rc);

	*rc = *rc == BF_ENOTFOUND ? 0 : *rc;
	return value;
}

static int read_meta(struct store *s, struct opened *m)
{
	struct lmdb_txn t;
	struct bytes v;
	int rc = lmdb_begin(s->lmdb, false, &t);

	if (rc == 0)
		rc = lmdb_get(&t, TREE_META, META_FORMAT, &v);
	if (rc == 0)
		rc = v.len != 4 ? BF_EDAMAGED : 0;
	if (rc == 0)
		m->format = be32_get(v.p);
	if (rc == 0 && m->format != KEYS_FORMAT)
		rc = BF_EVERSION;
	s->epoch = meta_u64(&t, META_EPOCH, &rc);
	m->journal_bytes = meta_u64(&t, META_JOURNAL, &rc);
	if (rc == 0)
		rc = lmdb_get(&t, TREE_META, META_APPLIED, &v);
	if (rc == 0)
		rc = row_applied_take(v, &m->applied);
	if (rc == 0)
		rc = lmdb_get(&t, TREE_META, META_ORDER, &v);
	if (rc == 0)
		rc = row_length_take(v, &s->order_applied);
	s->gross_applied = meta_optional(&t, META_GROSS, &rc);
	s->own.origin = meta_optional(&t, META_OWN, &rc);
	lmdb_abort(&t);
	s->order_held = s->order_staged = s->order_applied;
	s->gross_held = s->gross_staged = s->gross_applied;
	return rc == BF_ENOTFOUND ? BF_EDAMAGED : rc;
}

static int keep_journal_bytes(struct store *s)
{
	struct lmdb_txn t;
	uint8_t value[8];
	int rc = lmdb_begin(s->lmdb, true, &t);

	be64_put(value, journal_bytes(s->journal));
	if (rc == 0) {
		lmdb_put(&t, TREE_META, META_JOURNAL, bytes_of(value, sizeof value));
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	return rc;
}

static int open_files(struct store *s, const struct store_options *o, struct fault *f)
{
	struct opened m = { 0 };
	PATH(path, s, "journal");
	int rc = lmdb_open(&s->lmdb, s->dir, or_default(o->map_bytes, STORE_MAP_BYTES), false);

	if (rc == BF_EBOUND)
		return say_map(s, o, f);
	if (rc == 0)
		rc = read_meta(s, &m);
	if (rc == 0)
		rc = journal_open(&s->journal, path, m.journal_bytes,
				  journal_grown(s, m.journal_bytes, journal_want(o)), &m.applied);
	if (rc == BF_EDAMAGED && s->lmdb != NULL && m.format == KEYS_FORMAT)
		return fault_say(f, FAULT_STORE_DAMAGED, path, NULL, NULL);
	if (rc == 0 && journal_bytes(s->journal) > m.journal_bytes)
		rc = keep_journal_bytes(s);
	if (rc == BF_EVERSION && m.format != 0 && m.format < KEYS_FORMAT)
		return fault_say(f, FAULT_STORE_OLDER, s->dir, NULL, NULL);
	return say_system(s, f, rc);
}

/* ---- replay ---- */

/* Take one record of the journal as held, as it was before the crash. */
static int replay_record(struct store *s, size_t i)
{
	struct journal_record *r = journal_at(s->journal, i);
	struct run run = { r->origin, r->first, r->count, { 0 }, r->head };
	struct length_row *order = &s->order_staged;
	struct judged judged = { 0 };
	struct origin *o;
	int rc = origins_get(s, r->origin, &o);

	if (rc == 0)
		rc = journal_read(s->journal, i, &run.entries);
	if (rc == 0 && (r->first != o->staged.seq + 1 || r->ordinal != order->length + 1))
		rc = BF_EDAMAGED;
	if (rc == 0)
		rc = accept_walk(s, o, &run, &judged);
	if (rc == 0)
		rc = gross_exact(s, o, &run, &r->claim);
	if (rc != 0)
		return rc == BF_ENOMEM || rc == BF_EIO ? rc : BF_EDAMAGED;
	r->room = judged.room;
	gross_stage(s, o, r->claim);
	room_add(&s->room_staged, &r->room);
	o->gross_held = o->gross_staged;
	accept_malformed(&o->malformed_staged, &judged.malformed);
	o->malformed_held = o->malformed_staged;
	o->staged = o->held = r->head;
	order->length += r->count;
	order->hash = order_next(&order->hash, r->origin, r->first, r->head.seq, &r->head.hash);
	s->pending += r->count;
	return 0;
}

static int replay(struct store *s, struct fault *f)
{
	int rc = malformed_catch_up(s); /* before any log is loaded, and anything applied */

	if (rc == 0)
		rc = flags_catch_up(s);

	for (size_t i = 0; i < journal_written(s->journal) && rc == 0; i++)
		rc = replay_record(s, i);
	s->order_held = s->order_staged;
	s->gross_held = s->gross_staged;
	s->room_held = s->room_staged;
	/* No room to apply is no reason to stay shut: reads work, and what is held stays held. */
	uint64_t limit = STORE_APPLY_MAX;

	while (rc == 0 && journal_written(s->journal) > 0) {
		rc = room_batch(s, &limit, NULL);
		if (rc == 0)
			rc = apply_batch(s, limit, false);
		limit = STORE_APPLY_MAX;
	}
	if (rc == 0 || rc == BF_EFULL)
		rc = store_own_stamp(s);
	return say_system(s, f, rc);
}
