/* SPDX-License-Identifier: Apache-2.0 */
/* store.h -- one node's store: its life, and the only way entries get in.
 *
 * Log first, index later. An entry is first appended to the journal file and fdatasync'ed: from
 * then on it is saved (I1). Afterwards, in batches, one LMDB transaction puts it into every tree
 * (log, head, order, place, about, find, tally, ledger, void) and moves `applied` along (I2:
 * idempotence and tally in the same transaction). After a crash the journal is replayed from
 * `applied`; replay gives the very same order numbers, since the journal's order is the order.
 * Everything that can refuse an entry is checked before it is journaled; applying cannot fail for a
 * logical reason.
 *
 *   store_append / store_accept   stage in memory, see earlier staged ones; nothing durable yet
 *   store_sync                    one write + one fdatasync for all that is staged: now durable
 *   store_apply                   one LMDB transaction for up to `limit` journaled entries
 *
 * BF_EIO from store_sync or store_apply means: end the process, open again (a failed sync
 * or meta page cannot be trusted afterwards). BF_EFULL: nothing changed, what was staged is
 * forgotten, reads still work. Thread: store_open/close with no other user; the functions below
 * "writer" all on one thread (any one, always the same between open and close); views (view.h) on
 * any thread at the same time. Files: data.mdb lock.mdb journal node.lock, 0600 in a 0700
 * directory. */
#ifndef BF_STORE_H
#define BF_STORE_H

#include "protocol/chain.h"
#include "protocol/entry.h"
#include "protocol/fault.h"
#include "protocol/record.h"

struct store;
struct pages_report;

enum {
	STORE_APPLY_MAX = 8192,          /* entries of one LMDB transaction */
	STORE_STAGE_BYTES_MAX = 4 << 20, /* staged and not yet synced */
};
#define STORE_FILES_MIN         16 /* descriptors, to say when one is missing */
#define STORE_MAP_BYTES         (UINT64_C(64) << 30)
#define STORE_JOURNAL_BYTES     (UINT64_C(8) << 20) /* station; the hub asks for more */
#define STORE_JOURNAL_BYTES_MIN (UINT64_C(1) << 20)
#define STORE_FREE_BYTES_MIN                                                                       \
	(UINT64_C(16) << 20) /* below this free disk new entries are refused: FAULT_DISK_FULL */

struct store_options {
	const char *dir;         /* exists; 0700 is set when we make files in it */
	uint64_t map_bytes;      /* 0: STORE_MAP_BYTES */
	uint64_t journal_bytes;  /* 0: STORE_JOURNAL_BYTES */
	uint64_t free_bytes_min; /* 0: STORE_FREE_BYTES_MIN */
	uint64_t epoch;          /* used when the store is created; random, from the caller */
	/* Walk the pages whatever node.lock says; what was found is in *pages, unless NULL. */
	bool walk;
	struct pages_report *pages;
	/* Called now and again while the pages are walked; NULL is fine. */
	void (*walking)(void *ctx, uint64_t done, uint64_t total);
	void *walking_ctx;
};

/* Open, or create (in a temporary directory, committed, fsynced, renamed). Replays the journal.
 * After an unclean end (node.lock says so) the pages are walked first (pages.h), and each void is
 * held against its entry. A store that will not open is never deleted or changed. Faults: FAULT_STORE_BUSY (another process
 * has it), FAULT_DIR_READONLY, FAULT_DIR_MISSING, FAULT_DISK_FULL, FAULT_STORE_DAMAGED,
 * FAULT_STORE_NEWER, FAULT_REMOTE_FS. */
int store_open(struct store **out, const struct store_options *options, struct fault *f);
void store_close(struct store *s); /* applies nothing; NULL is fine */
uint64_t store_epoch(const struct store *s);

/* ---- writer ---- */

/* Make this node's own log known (idempotent). Must precede store_append. Commits. */
int store_own(struct store *s, const struct key_pair *key, uint32_t incarnation, struct fault *f);

struct draft { /* borrowed during the call */
	int64_t wall_ms;
	struct bytes author;
	uint32_t kind;
	struct ref subject, base; /* none: an entry that creates */
	struct bytes body;        /* canonical map */
};
/* Write the next entry of our own log and stage it. *ref names it. BF_EFULL, BF_EOVERFLOW (the sums
 * would not fit int64, or this log is full: GROSS_LOG_MAX), BF_EBOUND (entry or stage too big: sync
 * first). */
int store_append(struct store *s, const struct draft *d, struct ref *ref, struct fault *f);
/* The same for several, which stand or fall together: they are one run, so one record of the
 * journal, and after a crash all are there or none is (J1). `count` is at least 1. */
int store_append_all(struct store *s, const struct draft *d, size_t count, struct ref *refs,
		     struct fault *f);

struct accepted {
	struct head head;      /* durable after the next store_sync */
	uint64_t fresh;        /* entries that were new; the rest were held before */
	uint64_t ordinal;      /* of the last fresh one, 0 when none */
	uint64_t order_length; /* of the hub's order after this run, with order_hash: for the
				  checkpoint */
	struct hash order_hash;
	struct malformed malformed;       /* of the log, up to `head` (malformed.h) */
	struct malformed fresh_malformed; /* of the entries that were new */
};
/* Stage a run of another node's log (its origin must be in the roster: BF_ENOTFOUND). The entries
 * have passed take.h; here only what depends on the store is checked, again: it continues or
 * overlaps what is held. BF_EFORK when an overlapping part differs, BF_EORDER when it would leave a
 * hole, BF_EOVERFLOW when all amounts of this log, or of all logs, would pass their bound; then
 * nothing is staged. */
int store_accept(struct store *s, const struct run *run, struct accepted *out, struct fault *f);

int store_sync(struct store *s, struct fault *f);
/* Entries journaled but not yet applied (synced ones only are applied). */
uint64_t store_pending(const struct store *s);
/* Something in it could not be read since it was opened. The next start walks every page. Any thread. */
bool store_damaged(const struct store *s);
int store_apply(struct store *s, uint64_t limit, struct fault *f);

/* What is durable of `origin` (journaled or applied, not merely staged), and the order after it. A
 * known origin with no entries has seq 0 and the genesis hash. BF_ENOTFOUND when the origin is
 * unknown. */
int store_held(struct store *s, uint64_t origin, struct accepted *out);
/* Own origin; 0 before store_own. And its head, staged ones included. */
uint64_t store_origin(const struct store *s);
int store_head(struct store *s, struct head *out);

/* What was made, renamed or removed in `dir` stays so. 0, or not, and errno says why. Any thread. */
int store_sync_dir(const char *dir);

#endif
