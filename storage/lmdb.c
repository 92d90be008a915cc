/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb.c -- see lmdb.h. */
#include "storage/lmdb.h"

#include <errno.h>
#include <inttypes.h>
#include <lmdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/errors.h"

struct lmdb {
	MDB_env *env;
	MDB_dbi dbi[TREE_COUNT], main; /* main: names of the others */
	atomic_bool damaged;
};

enum { PATH_BYTES_MAX = 4096, META_PAGES = 2, PAGE_BYTES_MIN = 4096 };

/* Which of us is inside LMDB, and where the file is mapped: asked by a signal handler. */
static _Thread_local volatile sig_atomic_t inside;
static struct {
	_Atomic uintptr_t from, to;
} mapped;
static void (*_Atomic lost)(void);

static int leave(int rc)
{
	inside--;
	return rc;
}
#define IN(call) leave((inside++, (call)))

void lmdb_watch(void (*on_lost)(void))
{
	lost = on_lost;
}

bool lmdb_met(const void *address)
{
	uintptr_t at = (uintptr_t)address;

	return inside > 0 || (at >= mapped.from && at < mapped.to);
}

/* LMDB would abort: a page it followed makes no sense. */
static void on_assert(MDB_env *env, const char *what)
{
	void (*tell)(void) = lost;

	(void)env;
	(void)what;
	if (tell != NULL)
		tell();
}

/* The one place where LMDB's codes and errno become ours. */
static int translate(int rc)
{
	switch (rc) {
	case 0:
		return 0;
	case MDB_NOTFOUND:
		return BF_ENOTFOUND;
	case MDB_KEYEXIST:
		return BF_EEXIST;
	case MDB_MAP_FULL:
	case ENOSPC:
	case EDQUOT:
		return BF_EFULL;
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		errno = rc; /* tells them apart */
		return BF_ENOMEM;
	case EACCES:
	case EPERM:
	case EROFS:
		return BF_EACCES;
	case MDB_INVALID:
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_CURSOR_FULL:  /* deeper than any tree that was written */
	case MDB_INCOMPATIBLE: /* a tree's name leads to what is none */
	case MDB_BAD_TXN:      /* LMDB met an error and told nobody (mdb_stat, mdb_cursor_open) */
	case ENOENT:
		return BF_EDAMAGED;
	case MDB_VERSION_MISMATCH:
		return BF_EVERSION;
	case MDB_READERS_FULL:
	case EAGAIN:
	case EBUSY:
		return BF_EBUSY;
	case MDB_BAD_VALSIZE:
	case MDB_BAD_DBI:
	case EINVAL:
		return BF_EBUG;
	default: /* MDB_PANIC, EIO, and whatever else the disk says */
		return BF_EIO;
	}
}

/* A read or write of `t` ended so: its first error stays. */
static int keep(struct lmdb_txn *t, enum tree tree, int rc)
{
	if (rc != 0 && rc != BF_ENOTFOUND && t->err == 0) {
		t->err = rc;
		t->at = tree;
		if (rc == BF_EDAMAGED)
			lmdb_note_damage(t->lmdb);
	}
	return rc;
}

static MDB_val val_of(struct bytes b)
{
	/* LMDB does not write through these. */
	return (MDB_val){ .mv_size = b.len, .mv_data = (void *)(uintptr_t)b.p };
}

static struct bytes bytes_of_val(MDB_val v)
{
	return bytes_of(v.mv_data, v.mv_size);
}

/* LMDB would silently start a new database in an empty file, and crash on a missing page. */
static int file_whole(const char *dir, MDB_env *env)
{
	char path[PATH_BYTES_MAX];
	struct stat st;
	uint64_t need = META_PAGES * PAGE_BYTES_MIN;

	snprintf(path, sizeof path, "%s/data.mdb", dir);
	if (stat(path, &st) != 0)
		return BF_EDAMAGED;
	if (env != NULL) {
		MDB_envinfo info;
		MDB_stat pages;

		if (mdb_env_info(env, &info) != 0 || mdb_env_stat(env, &pages) != 0)
			return BF_EDAMAGED;
		need = ((uint64_t)info.me_last_pgno + 1) * pages.ms_psize;
	}
	return (uint64_t)st.st_size < need ? BF_EDAMAGED : 0;
}

static int open_trees(struct lmdb *l, bool create)
{
	MDB_txn *txn = NULL;
	int rc = IN(mdb_txn_begin(l->env, NULL, create ? 0 : MDB_RDONLY, &txn));

	if (rc != 0)
		return translate(rc);
	rc = IN(mdb_dbi_open(txn, NULL, 0, &l->main));
	for (int i = 0; i < TREE_COUNT && rc == 0; i++)
		rc = IN(mdb_dbi_open(txn, keys_tree_names[i], create ? MDB_CREATE : 0, &l->dbi[i]));
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc == MDB_NOTFOUND ? BF_EDAMAGED : translate(rc);
	}
	return translate(IN(mdb_txn_commit(txn))); /* keeps the handles */
}

/* LMDB does not say where it maps the file; the kernel does. A page bears its number, but where a
 * page begins cannot be told on a machine whose own pages are smaller than those of the file. */
static void note_map(struct lmdb *l, uint64_t map_bytes)
{
	struct lmdb_txn t;
	struct bytes value;
	uintptr_t from, to, at = 0;
	uint64_t offset;
	char line[PATH_BYTES_MAX + 128];
	FILE *maps = fopen("/proc/self/maps", "re");

	if (lmdb_begin(l, false, &t) == 0 && lmdb_get(&t, TREE_META, META_FORMAT, &value) == 0)
		at = (uintptr_t)value.p;
	while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %*s %" SCNx64, &from, &to, &offset) ==
			3 &&
		    at >= from && at < to) {
			mapped.from = from - offset;
			mapped.to = mapped.from + map_bytes;
		}
	}
	if (maps != NULL)
		(void)fclose(maps);
	lmdb_abort(&t);
}

/* LMDB maps the file as large as it may grow: that takes address space, not memory. */
static bool map_fits(uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		return false;
	munmap(p, bytes);
	return true;
}

int lmdb_open(struct lmdb **out, const char *dir, uint64_t map_bytes, bool create)
{
	struct lmdb *l = calloc(1, sizeof *l);
	int rc = create ? 0 : file_whole(dir, NULL);

	*out = NULL;
	if (l == NULL)
		return BF_ENOMEM;
	if (rc != 0)
		goto done;
	rc = translate(mdb_env_create(&l->env));
	if (rc == 0)
		rc = translate(mdb_env_set_mapsize(l->env, map_bytes));
	if (rc == 0)
		rc = translate(mdb_env_set_maxdbs(l->env, TREE_COUNT));
	if (rc == 0)
		rc = translate(mdb_env_set_assert(l->env, on_assert));
	/* NOTLS: a reader's slot belongs to its transaction, since views may move between threads.
	 */
	if (rc == 0)
		rc = translate(IN(mdb_env_open(l->env, dir, MDB_NOTLS, 0600)));
	if (rc == BF_ENOMEM && errno == ENOMEM && !map_fits(map_bytes))
		rc = BF_EBOUND;
	if (rc == 0 && !create)
		rc = file_whole(dir, l->env);
	if (rc == 0)
		rc = lmdb_free_stale(l);
	if (rc == 0)
		rc = open_trees(l, create);
	if (rc == 0 && !create)
		note_map(l, map_bytes);
done:
	if (rc != 0) {
		lmdb_close(l);
		return rc;
	}
	*out = l;
	return 0;
}

void lmdb_close(struct lmdb *l)
{
	if (l == NULL)
		return;
	mapped.from = mapped.to = 0;
	if (l->env != NULL)
		mdb_env_close(l->env);
	free(l);
}

void lmdb_note_damage(struct lmdb *l)
{
	atomic_store(&l->damaged, true);
}

bool lmdb_damaged(const struct lmdb *l)
{
	return atomic_load(&l->damaged);
}

struct lmdb_sizes lmdb_sizes(struct lmdb *l)
{
	struct lmdb_sizes sizes = { 0 };
	MDB_envinfo info;
	MDB_stat pages;

	if (mdb_env_info(l->env, &info) == 0 && mdb_env_stat(l->env, &pages) == 0) {
		sizes.map_bytes = info.me_mapsize;
		sizes.file_bytes = ((uint64_t)info.me_last_pgno + 1) * pages.ms_psize;
		sizes.readers = info.me_numreaders;
	}
	return sizes;
}

int lmdb_raw(struct lmdb *l, struct lmdb_raw *out)
{
	MDB_stat pages;
	int rc = mdb_env_get_fd(l->env, &out->fd);

	if (rc == 0)
		rc = mdb_env_stat(l->env, &pages);
	if (rc != 0)
		return translate(rc);
	out->bytes = lmdb_sizes(l).file_bytes;
	out->meta_bytes = META_PAGES * (size_t)pages.ms_psize;
	return out->bytes < out->meta_bytes ? BF_EIO : 0;
}

int lmdb_free_stale(struct lmdb *l)
{
	return translate(IN(mdb_reader_check(l->env, NULL)));
}

/* A tree whose name is lost would look empty: each of its rows "not there". */
static int has_tree(struct lmdb_txn *t, enum tree tree)
{
	MDB_val name = val_of(bytes_str(keys_tree_names[tree])), value;
	int rc = IN(mdb_get(t->own, t->lmdb->main, &name, &value));

	return rc == MDB_NOTFOUND ? BF_EDAMAGED : translate(rc);
}

int lmdb_begin(struct lmdb *l, bool write, struct lmdb_txn *t)
{
	MDB_txn *txn = NULL;

	*t = (struct lmdb_txn){ .lmdb = l, .write = write };
	int rc = IN(mdb_txn_begin(l->env, NULL, write ? 0 : MDB_RDONLY, &txn));

	if (rc == MDB_READERS_FULL) {
		lmdb_free_stale(l);
		rc = IN(mdb_txn_begin(l->env, NULL, write ? 0 : MDB_RDONLY, &txn));
	}
	t->own = txn;
	t->err = translate(rc);
	for (int i = 0; i < TREE_COUNT && t->err == 0; i++)
		t->err = has_tree(t, (enum tree)i);
	return t->err;
}

/* Cursors of a write transaction are freed with it; those of a read transaction are ours to close.
 */
static void close_cursors(struct lmdb_txn *t)
{
	for (int i = 0; i < TREE_COUNT; i++) {
		if (t->cursor[i] != NULL)
			mdb_cursor_close(t->cursor[i]);
		t->cursor[i] = NULL;
	}
}

void lmdb_abort(struct lmdb_txn *t)
{
	if (t->own == NULL)
		return;
	close_cursors(t);
	mdb_txn_abort(t->own);
	t->own = NULL;
}

int lmdb_commit(struct lmdb_txn *t)
{
	if (t->err != 0) {
		lmdb_abort(t);
		return t->err;
	}
	close_cursors(t);
	int rc = IN(mdb_txn_commit(t->own));

	t->own = NULL; /* a commit frees the transaction even when it fails */
	if (rc == 0)
		return 0;
	if (rc == MDB_MAP_FULL)
		return BF_EFULL;
	rc = translate(rc);
	return rc == BF_ENOMEM || rc == BF_EDAMAGED ? rc : BF_EIO;
}

static MDB_cursor *cursor_of(struct lmdb_txn *t, enum tree tree)
{
	if (t->cursor[tree] == NULL && t->err == 0) {
		MDB_cursor *c = NULL;

		(void)keep(t, tree, translate(IN(mdb_cursor_open(t->own, t->lmdb->dbi[tree], &c))));
		t->cursor[tree] = c;
	}
	return t->cursor[tree];
}

void lmdb_put(struct lmdb_txn *t, enum tree tree, struct bytes key, struct bytes value)
{
	MDB_val k = val_of(key), v = val_of(value);
	MDB_cursor *c = cursor_of(t, tree);

	if (t->err == 0)
		(void)keep(t, tree, translate(IN(mdb_cursor_put(c, &k, &v, 0))));
}

int lmdb_del(struct lmdb_txn *t, enum tree tree, struct bytes key)
{
	MDB_val k = val_of(key);

	if (t->err != 0)
		return t->err;
	return keep(t, tree, translate(IN(mdb_del(t->own, t->lmdb->dbi[tree], &k, NULL))));
}

int lmdb_get(struct lmdb_txn *t, enum tree tree, struct bytes key, struct bytes *value)
{
	MDB_val k = val_of(key), v;

	*value = (struct bytes){ 0 };
	if (t->err != 0)
		return t->err;
	int rc = keep(t, tree, translate(IN(mdb_get(t->own, t->lmdb->dbi[tree], &k, &v))));

	if (rc == 0)
		*value = bytes_of_val(v);
	return rc;
}

int lmdb_floor(struct lmdb_txn *t, enum tree tree, struct bytes key, struct bytes *at,
	       struct bytes *value)
{
	MDB_cursor *c = cursor_of(t, tree);
	MDB_val k = val_of(key), v;

	if (t->err != 0)
		return t->err;
	int rc = IN(mdb_cursor_get(c, &k, &v, MDB_SET_RANGE));

	if (rc == MDB_NOTFOUND)
		rc = IN(mdb_cursor_get(c, &k, &v, MDB_LAST));
	else if (rc == 0 && bytes_compare(bytes_of_val(k), key) > 0)
		rc = IN(mdb_cursor_get(c, &k, &v, MDB_PREV));
	if (rc == 0) {
		*at = bytes_of_val(k);
		*value = bytes_of_val(v);
	}
	return keep(t, tree, translate(rc));
}

int lmdb_last(struct lmdb_txn *t, enum tree tree, struct bytes *at, struct bytes *value)
{
	MDB_cursor *c = cursor_of(t, tree);
	MDB_val k, v;

	if (t->err != 0)
		return t->err;
	int rc = IN(mdb_cursor_get(c, &k, &v, MDB_LAST));

	if (rc == 0) {
		*at = bytes_of_val(k);
		*value = bytes_of_val(v);
	}
	return keep(t, tree, translate(rc));
}

uint64_t lmdb_rows(struct lmdb_txn *t, enum tree tree)
{
	MDB_stat st;

	if (t->err != 0)
		return 0;
	/* The first call may meet a bad page and still say 0; the second knows of it. */
	(void)IN(mdb_stat(t->own, t->lmdb->dbi[tree], &st));
	return keep(t, tree, translate(IN(mdb_stat(t->own, t->lmdb->dbi[tree], &st)))) == 0
		   ? st.ms_entries
		   : 0;
}

int lmdb_shape(struct lmdb_txn *t, enum tree tree, struct lmdb_shape *out)
{
	enum { FREE_PAGES_DBI = 0 }; /* LMDB's own */
	MDB_stat st;
	int rc =
	    IN(mdb_stat(t->own, tree == TREE_COUNT ? FREE_PAGES_DBI : t->lmdb->dbi[tree], &st));

	if (rc != 0)
		return translate(rc);
	*out = (struct lmdb_shape){ .depth = st.ms_depth,
				    .branch = st.ms_branch_pages,
				    .leaf = st.ms_leaf_pages,
				    .overflow = st.ms_overflow_pages,
				    .page_bytes = st.ms_psize };
	return 0;
}

static void scan_step(struct lmdb_scan *c, struct bytes from, MDB_cursor_op op)
{
	MDB_val k = val_of(from), v;

	c->here = false;
	if (c->err == 0)
		c->err = c->txn->err;
	if (c->err != 0 || c->cursor == NULL)
		return;
	int rc = IN(mdb_cursor_get(c->cursor, &k, &v, op));

	if (rc == MDB_NOTFOUND)
		return;
	c->err = keep(c->txn, c->tree, translate(rc));
	if (rc != 0)
		return;
	c->here = true;
	c->key = bytes_of_val(k);
	c->value = bytes_of_val(v);
}

void lmdb_scan(struct lmdb_scan *c, struct lmdb_txn *t, enum tree tree, struct bytes from)
{
	MDB_cursor *cursor = NULL;

	*c = (struct lmdb_scan){ .err = t->err, .txn = t, .tree = tree };
	if (c->err == 0)
		c->err = keep(t, tree,
			      translate(IN(mdb_cursor_open(t->own, t->lmdb->dbi[tree], &cursor))));
	c->cursor = cursor;
	lmdb_scan_seek(c, from);
}

void lmdb_scan_seek(struct lmdb_scan *c, struct bytes from)
{
	/* An empty key is no key to LMDB: begin at the first row. */
	scan_step(c, from, from.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

void lmdb_scan_next(struct lmdb_scan *c)
{
	scan_step(c, (struct bytes){ 0 }, MDB_NEXT);
}

void lmdb_scan_before(struct lmdb_scan *c, struct bytes key)
{
	scan_step(c, key, MDB_SET_RANGE);
	scan_step(c, (struct bytes){ 0 }, c->here ? MDB_PREV : MDB_LAST);
}

void lmdb_scan_back(struct lmdb_scan *c)
{
	scan_step(c, (struct bytes){ 0 }, MDB_PREV);
}

int lmdb_scan_end(struct lmdb_scan *c)
{
	if (c->cursor != NULL)
		mdb_cursor_close(c->cursor);
	c->cursor = NULL;
	c->here = false;
	return c->err;
}
