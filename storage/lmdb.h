/* SPDX-License-Identifier: Apache-2.0 */
/* lmdb.h -- the wall around LMDB: named trees, transactions that remember their first error, range
 * scans.
 *
 * Only lmdb.c includes <lmdb.h>; its codes are translated there, once. Plain mode: no WRITEMAP, no
 * NOSYNC, no DUPSORT (a full map is an error and not a signal, and a commit that returned has
 * survived the plug). A write transaction begins and ends inside one call of store.h, on one
 * thread. Readers may be on any. Memory: keys and values that come out are mapped: borrowed until
 * the next write in the same transaction or its end. */
#ifndef BF_LMDB_H
#define BF_LMDB_H

#include "storage/keys.h"

struct lmdb;

struct lmdb_txn {
	struct lmdb *lmdb;
	/* The first error of any read or write, sticky: after it nothing more is read or written, so
	 * that who did not look at one answer is told at the next, or at the end. Only
	 * BF_ENOTFOUND is no error. */
	int err;
	enum tree at; /* where that was */
	bool write;
	/* Below: the module's own. */
	void *own;
	void *cursor[TREE_COUNT];
};

/* Open dir/data.mdb, which exists unless `create` (then also the trees are made and committed).
 * `create` wants an empty directory. BF_EVERSION a file of another LMDB; BF_EDAMAGED not a whole
 * store: shorter than its last page, no trees; BF_EBOUND: no address space for such a map; BF_ENOMEM
 * also where no descriptor is left, and then errno says so; BF_EFULL, BF_EIO, BF_EACCES. From here
 * on a page that cannot be followed is BF_EDAMAGED in every call, never BF_ENOTFOUND. */
int lmdb_open(struct lmdb **out, const char *dir, uint64_t map_bytes, bool create);
void lmdb_close(struct lmdb *l); /* NULL is fine; no transaction may be open */
/* Something could not be read since it was opened, or somebody found so. Any thread. */
void lmdb_note_damage(struct lmdb *l);
bool lmdb_damaged(const struct lmdb *l);
struct lmdb_sizes {
	uint64_t map_bytes, file_bytes; /* file: pages used so far */
	uint32_t readers;
};
struct lmdb_sizes lmdb_sizes(struct lmdb *l);
/* The file as plain bytes. `fd` is LMDB's own: positioned reads only. The first `meta_bytes` are what
 * each commit writes over; the rest is as a read transaction sees it, where it looks. */
struct lmdb_raw {
	int fd;
	uint64_t bytes; /* all pages in use or free; the file itself may end before */
	size_t meta_bytes;
};
int lmdb_raw(struct lmdb *l, struct lmdb_raw *out);
/* A page can rot under a running process. `on_lost` is called where LMDB would abort on one, on any
 * thread, and does not return; NULL: it aborts. */
void lmdb_watch(void (*on_lost)(void));
/* Whether a fault at `address` is the store's: it lies in the mapped file, or this thread is inside
 * LMDB. Safe in a signal handler. */
bool lmdb_met(const void *address);
int lmdb_free_stale(struct lmdb *l); /* reader slots of dead processes */

/* Begin. On an error *t can still be given to lmdb_abort. */
int lmdb_begin(struct lmdb *l, bool write, struct lmdb_txn *t);
void lmdb_abort(struct lmdb_txn *t); /* again or after a commit: nothing */
/* Commit and end. The first sticky error instead, and then nothing was changed. BF_EFULL: map full,
 * nothing was changed; BF_EDAMAGED: likewise. Any other error of the commit itself is BF_EIO: the process should end. */
int lmdb_commit(struct lmdb_txn *t);

void lmdb_put(struct lmdb_txn *t, enum tree tree, struct bytes key,
	      struct bytes value); /* sticky */
/* BF_ENOTFOUND is not sticky. The product deletes no row; tests do, to damage a store. */
int lmdb_del(struct lmdb_txn *t, enum tree tree, struct bytes key);
int lmdb_get(struct lmdb_txn *t, enum tree tree, struct bytes key,
	     struct bytes *value); /* BF_ENOTFOUND */
/* The row with the greatest key <= `key`. BF_ENOTFOUND. */
int lmdb_floor(struct lmdb_txn *t, enum tree tree, struct bytes key, struct bytes *at,
	       struct bytes *value);
int lmdb_last(struct lmdb_txn *t, enum tree tree, struct bytes *at,
	      struct bytes *value); /* BF_ENOTFOUND */
uint64_t lmdb_rows(struct lmdb_txn *t, enum tree tree); /* 0 on an error, which is sticky */
struct lmdb_shape { /* the pages of a tree */
	uint64_t depth, branch, leaf, overflow, page_bytes;
};
/* TREE_COUNT: the list of free pages, which a commit writes anew. BF_EIO. */
int lmdb_shape(struct lmdb_txn *t, enum tree tree, struct lmdb_shape *out);

/* for (lmdb_scan(&c, t, tree, from); c.here; lmdb_scan_next(&c)) ...; rc = lmdb_scan_end(&c); */
struct lmdb_scan {
	bool here; /* key and value stand on a row */
	struct bytes key, value;
	int err;
	void *cursor;
	struct lmdb_txn *txn; /* whose sticky error it sets */
	enum tree tree;
};
void lmdb_scan(struct lmdb_scan *c, struct lmdb_txn *t, enum tree tree, struct bytes from);
void lmdb_scan_next(struct lmdb_scan *c);
void lmdb_scan_seek(struct lmdb_scan *c, struct bytes from);
/* The same backwards: to the last row before `key`, and on from there. */
void lmdb_scan_before(struct lmdb_scan *c, struct bytes key);
void lmdb_scan_back(struct lmdb_scan *c);
int lmdb_scan_end(struct lmdb_scan *c); /* 0 or the error that stopped it */

#endif
