/* SPDX-License-Identifier: Apache-2.0 */
/* inside.h -- what the files of storage/ share and nobody else sees: the store's struct.
 *
 * Three states of the same thing stand side by side: *staged* (in memory, after store_append or
 * store_accept), *held* (in the journal, durable, what others may be told) and *applied* (in LMDB,
 * what views see). store_sync turns staged into held, or back when it fails; store_apply turns held
 * into applied. Thread: all but `lmdb` and `dir` belong to the writer. */
#ifndef BF_INSIDE_H
#define BF_INSIDE_H

#include "storage/deltas.h"
#include "storage/flags.h"
#include "storage/fold.h"
#include "storage/journal.h"
#include "storage/lmdb.h"
#include "storage/malformed.h"
#include "storage/store.h"
#include "storage/versions.h"
#include "storage/view.h"

enum { STORE_PATH_MAX = 4096 };

/* One log known here. */
struct origin {
	uint64_t id;
	struct origin_row row;
	struct head staged, held; /* seq 0 and the genesis hash before the first entry */
	/* All amounts ever of this log; what is applied exactly (that part alone is in its row),
	 * the rest at most. */
	uint64_t gross_staged, gross_held;
	struct malformed malformed_staged, malformed_held;
};
/* Origins met so far, by id; loaded from LMDB at first touch. */
struct origins {
	struct origin **slots;
	size_t count, slot_count;
};

/* What a transaction gathers before it writes in key order. */
struct batch {
	struct deltas tally, ledger;
	struct rows place, about, find, flags;
	struct flags_batch flagged;
	struct buf value; /* one row of the log */
	uint64_t kinds[KIND_MAX + 1];
	uint64_t gross, entries;
	struct malformed_sums malformed;
};

struct view_own;
struct store {
	char dir[STORE_PATH_MAX];
	struct lmdb *lmdb;
	struct journal *journal;
	int lock_fd;
	bool clean; /* this end may be called clean: store_close says so in node.lock */
	bool dead;  /* the disk failed: nothing more is trusted (BF_EIO for ever) */
	bool reserved; /* reserve.c */
	uint64_t epoch, free_bytes_min;
	struct origins origins;
	struct length_row order_staged, order_held, order_applied;
	/* The same of all logs. Below 2^63, so no sum can overflow. */
	uint64_t gross_staged, gross_held, gross_applied;
	uint64_t pending;                   /* entries held and not applied */
	struct room room_staged, room_held; /* of all records that are not applied */
	struct {
		uint64_t origin; /* 0 before store_own */
		uint64_t stamp_staged, stamp_held;
	} own;
	struct fold fold, fold_target;
	struct effects effects, target; /* 3 KiB each: not on the stack */
	struct batch batch;
	struct buf draft;
	struct view_own *judging; /* of flags, in the writer's transactions; NULL at first */
};

/* ---- origins.c ---- */
/* BF_ENOTFOUND. *out is good until store_close. */
int origins_get(struct store *s, uint64_t id, struct origin **out);
void origins_fini(struct origins *o);
/* Make an origin known. 0 also when it is there with the same key; BF_EEXIST with another key. */
int origins_add(struct lmdb_txn *t, uint64_t id, const struct public_key *key, uint32_t incarnation,
		struct origin_row *out);
/* In a transaction: id -> row, no -> head. BF_ENOTFOUND. */
int origins_row(struct lmdb_txn *t, uint64_t id, struct origin_row *out);
int origins_head(struct lmdb_txn *t, uint32_t no, struct head_row *out);

/* ---- accept.c ---- */
struct judged {             /* what a walk found in a run */
	struct claim claim; /* the most that its kinds can add to any sum */
	struct room room;   /* the most rows that its kinds can put */
	struct malformed malformed;
};
/* Walk `run`, whose first entry continues `o`. BF_EFORMAT, BF_ECHAIN, BF_ENOMEM. */
int accept_walk(struct store *s, const struct origin *o, const struct run *run,
		struct judged *judged);
/* The same, and there is room for both on the disk and in the sums. BF_EFULL, BF_EOVERFLOW. */
int accept_check(struct store *s, const struct origin *o, const struct run *run,
		 struct judged *judged, struct fault *f);
/* Stage a run that was checked: journal, head, order. BF_EBOUND, BF_ENOMEM. */
int accept_stage(struct store *s, struct origin *o, const struct run *run,
		 const struct judged *judged);
/* So many more of the log are malformed. */
void accept_malformed(struct malformed *of, const struct malformed *more);
/* An entry of `o` that is applied, journaled or staged. Borrowed until the next call or the end of
 * `t`. BF_ENOTFOUND. */
int accept_held(struct store *s, struct lmdb_txn *t, const struct origin *o, uint64_t seq,
		struct bytes *raw);

/* ---- gross.c ---- */
/* All amounts ever of one log: 2^52 - 1 fen, 45 trillion yuan, where a village's year is millions.
 * 2,048 logs that are full to the last fen still leave no sum beyond 2^63, and each costs a token
 * of the hub's operator; filling one takes 4,503 entries of the largest amount, not the nine
 * million that would have shut out everybody. Smaller, and runs of a log that sends its whole past
 * would be decoded twice, since what waits would claim all of it. */
#define GROSS_LOG_MAX (INT64_MAX >> 11)
/* Room for a run of `o` that was walked: its claim as it is, or made exact. BF_EOVERFLOW. */
int gross_claim(struct store *s, const struct origin *o, const struct run *run, struct claim *claim,
		struct fault *f);
/* The exact claim of a run that had room before a crash. BF_EOVERFLOW: it cannot have had. */
int gross_exact(struct store *s, const struct origin *o, const struct run *run,
		struct claim *claim);
void gross_stage(struct store *s, struct origin *o, struct claim claim);
/* The claim of a record of `o` gives way to what it really adds; `held`, or only staged. */
void gross_settle(struct store *s, struct origin *o, struct journal_record *r, uint64_t exact,
		  bool held);

/* ---- room.c ---- */
/* The most that a run of one kind's entries puts: counted entry by entry as the run is walked. */
void room_begin(struct room *r, const struct run *run);
void room_count(struct room *r, const struct entry *e);
void room_add(struct room *sum, const struct room *r);
void room_less(struct room *sum, const struct room *r);
/* Bytes of disk that applying rows in one transaction can take at the very most. */
uint64_t room_bytes(struct store *s, const struct room *r);
enum { ROOM_CONTROL_BYTES = 512 * 1024 }; /* a path in every tree: a row or two of control */
/* A run that was walked: beside what waits the disk has room for it, and the floor is free. *room
 * is made exact when that decides. FAULT_DISK_FULL. */
int room_claim(struct store *s, const struct run *run, struct room *room, struct fault *f);
/* Once more before anybody is told: what will be held can be applied. FAULT_DISK_FULL. */
int room_promise(struct store *s, struct fault *f);
/* How many entries the next batch may take of `*limit`: at least one record, else FAULT_DISK_FULL.
 */
int room_batch(struct store *s, uint64_t *limit, struct fault *f);
/* For a row or two of control, or for as much as the floor: what waits keeps its own, or is applied
 * first. FAULT_DISK_FULL. */
int room_control(struct store *s, struct fault *f);
int room_floor(struct store *s, struct fault *f);
bool room_beside(const struct store *s, uint64_t bytes); /* so much more than the floor is free */
/* On a full disk LMDB says EIO. */
bool room_gone(const struct store *s);

/* ---- reserve.c ---- */
#define RESERVE_NAME "reserve"
void reserve_make(struct store *s); /* unless it is there, or there is no room for it */
/* Room for a row of control on a disk that is full, once. FAULT_DISK_FULL: it is spent, or others
 * took it. */
int reserve_spend(struct store *s, struct fault *f);

/* ---- store.c ---- */
int store_own_stamp(struct store *s);
int store_failed(struct store *s, struct fault *f,
		 int rc); /* say what failed; BF_EIO kills the store */

/* ---- place.c ---- */
struct place;
int place_check(struct bytes edition, const struct place *rows, size_t count, struct fault *f);
/* Checked rows, in a transaction that is then committed or not. BF_EINVAL and its fault: the area
 * above one is missing. */
int place_put(struct lmdb_txn *t, struct bytes edition, const struct place *rows, size_t count,
	      struct fault *f);

/* ---- apply.c ---- */
/* One transaction; with `restart` the journal begins again at the front when nothing is left. */
int apply_batch(struct store *s, uint64_t limit, bool restart);
/* ---- fold over the trees: what apply and views ask ---- */
/* 1 voided, 0 not, or the error that left it unknown: a voided entry is never shown as live because
 * a page could not be read. */
int apply_voided(struct lmdb_txn *t, struct spot spot);
int apply_voided_ref(struct lmdb_txn *t, struct ref ref);

/* ---- tally.c ---- */
/* Add (sign 1) or take out again (sign -1) what an entry counts. */
void tally_gather(struct deltas *tally, const struct effects *x, int64_t sign);
void tally_gather_ledger(struct deltas *ledger, const struct effects *x, int64_t sign);
void tally_flush(struct lmdb_txn *t, struct deltas *tally);
void tally_flush_ledger(struct lmdb_txn *t, struct deltas *ledger);

/* ---- a view's own ---- */
struct view_own {
	struct lmdb_txn txn;
	struct fold fold;
	struct effects effects;
	struct versions versions;
};
static inline struct lmdb_txn *view_txn(struct view *v)
{
	return v->txn;
}
static inline struct view_own *view_own(struct view *v)
{
	return v->own;
}
/* The days a question asks for; `from` after `to`: none. */
struct span {
	int32_t from, to;
};
struct span view_span(const struct total_query *q);
/* Entry bytes without the check behind them. BF_ENOTFOUND, BF_EDAMAGED. */
int view_log(struct lmdb_txn *t, struct spot spot, struct bytes *raw);
/* The entry that must be there, taken apart. */
int view_there(struct lmdb_txn *t, struct spot spot, struct entry *out);
/* Fill a row for the callback: entry, record, voided. The spot stands in an index or is
 * view_spot's: an entry that is not there is BF_EDAMAGED. */
int view_row(struct view *v, struct spot spot, struct list_row *out);
/* Where in the order an entry that is applied stands. */
int view_ordinal(struct lmdb_txn *t, struct spot spot, uint64_t *out);
/* 1 when it was void already at that place of the order (UINT64_MAX: now), 0, or why that is not
 * known. */
int view_voided_by(struct lmdb_txn *t, struct spot spot, uint64_t asof);
/* view_subject as it was at that place of the order. */
int view_subject_at(struct view *v, struct ref subject, uint64_t asof, struct record *out,
		    struct ref *last);
/* 1 when later entries of its kind, not void, say more of the subject than the one that created it;
 * else 0, and that one's record is its state. */
int view_changed(struct view *v, struct ref subject, uint32_t kind);
/* Where an entry stands in the place index. BF_ENOTFOUND: it does not. */
int view_place_key(struct view *v, struct ref ref, struct place_key *out);
/* Where an entry of a log that is known here stands; beyond that log's end it is BF_ENOTFOUND. */
int view_spot(struct view *v, struct ref ref, struct spot *out);

#endif
