/* SPDX-License-Identifier: Apache-2.0 */
/* journal.h -- the file into which entries go first: one write and one fdatasync make all that is
 * staged durable.
 *
 * A record is one run: consecutive entries of one origin, with the head they lead to.
 * Fixed size, filled with real zeros when made, so that fdatasync has no metadata to write. Written
 * from the front; when all of it is applied it begins again at offset 0 with the next generation.
 *
 * J1 Each record's check covers the check before it: a record that stood behind a torn or forgotten
 * one never fits again. J2 A record of another generation never fits. J3 What is staged is in
 * memory only, and can be forgotten as a whole. J4 Where replay begins (`applied`: generation,
 * offset, check before it) is kept by LMDB, in the same transaction as the entries; the journal
 * itself is never read for it. J5 Each record says up to where the file was durable before it was
 * written: one that stands behind a break and says that the break was durable proves that what was
 * acknowledged has rotted, and is no torn tail. J6 What `applied` knows of the file stands in it:
 * the check before its offset, or at offset 0 a first record of this generation or the one before.
 * Thread: any one at a time. Memory: journal_open allocates, journal_close frees. */
#ifndef BF_JOURNAL_H
#define BF_JOURNAL_H

#include "protocol/chain.h"
#include "storage/keys.h"

enum {
	JOURNAL_MAGIC = 0x42464a32, /* "BFJ2" */
	JOURNAL_HEAD_BYTES = 4 + 4 + 8 + 8 + 8 + 8 + 8 + 4 + HASH_BYTES + SIGNATURE_BYTES,
	JOURNAL_CHECK_BYTES = 16,
	JOURNAL_LOOKS_MAX = 64,          /* records looked at behind a break */
	JOURNAL_FRONT_BYTES = 4 + 4 + 8, /* magic, n, generation */
};

struct journal;

/* What a run takes of the bounds on all amounts (gross.c): at most so much, or exactly. */
struct claim {
	uint64_t most;
	bool exact;
};

/* How many rows applying a run puts into the trees, at most: what its room on the disk is reckoned
 * from (room.c). */
enum room_what {
	ROOM_RECORDS,
	ROOM_ENTRIES,
	ROOM_LOG, /* pages that the entries' bytes add to the log */
	ROOM_PLACE,
	ROOM_ABOUT,
	ROOM_FIND,
	ROOM_TALLY,
	ROOM_LEDGER,
	ROOM_VOID,
	ROOM_MALFORMED, /* counts of a log's malformed entries */
	ROOM_FLAG,      /* of entries that may break a rule */
	ROOM_WHATS,
};
struct room {
	uint64_t n[ROOM_WHATS];
	bool exact; /* of one run: its rows were counted, and not what its kinds may put */
};

/* One record: where it stands, and what it says. */
struct journal_record {
	uint64_t offset;  /* in the file, or in the stage when not yet synced */
	uint32_t bytes;   /* all of it */
	uint64_t durable; /* what stood before this offset was synced when it was written */
	uint64_t origin, first, count;
	uint64_t ordinal;   /* of its first entry */
	struct head head;   /* at its last entry */
	struct claim claim; /* in memory only, as is room */
	struct room room;
};

/* Make a file of `bytes` zeros, fsynced. BF_EFULL, BF_EACCES, BF_EIO; a part that was written is
 * removed. */
int journal_create(const char *path, uint64_t bytes);
/* Open; `at` is where the unapplied part begins. A file shorter than `bytes` is BF_EDAMAGED; so is
 * one that is not the file of `at` (J6: an older data.mdb beside it, an older journal, zeros), and
 * one in which a record that was acknowledged no longer fits (J5). A shorter one that should grow
 * to `want` is filled with zeros; when that fails it keeps its size. */
int journal_open(struct journal **out, const char *path, uint64_t bytes, uint64_t want,
		 const struct applied_row *at);
void journal_close(struct journal *j);

/* Stage one run. BF_EBOUND when the stage is full, BF_ENOMEM. */
int journal_put(struct journal *j, const struct run *run, uint64_t ordinal, struct claim claim);
void journal_forget(struct journal *j);           /* what is staged */
uint64_t journal_staged(const struct journal *j); /* bytes */
/* True when what is staged fits behind what is written. */
bool journal_fits(const struct journal *j);
/* Write and fdatasync what is staged. 0; BF_EFULL: nothing durable, nothing changed, still staged;
 * BF_EIO. */
int journal_sync(struct journal *j);

/* Records in order, from the first unapplied one: written ones, then staged ones. */
size_t journal_count(const struct journal *j);   /* with the staged */
size_t journal_written(const struct journal *j); /* without */
struct journal_record *journal_at(const struct journal *j, size_t i);
/* The entries of record i; borrowed until the next call. BF_EIO; BF_EDAMAGED when it is not what
 * was written. */
int journal_read(struct journal *j, size_t i, struct bytes *entries);

/* Where `applied` stands after the first n written records. */
struct applied_row journal_after(const struct journal *j, size_t n);
/* The first n are applied and committed: drop them. When `at` is of the next generation, begin
 * again at the front. */
void journal_applied(struct journal *j, size_t n, const struct applied_row *at);
/* What a journal that is none but the one of `at` (J6) begins with, though no record of before it
 * is in it: with the check right before the offset, and zeros else, it opens and replays nothing.
 * For a copy of the data.mdb that says `at`. */
void journal_front(const struct applied_row *at, uint8_t out[JOURNAL_FRONT_BYTES]);
/* The bytes of the written records that are not applied, from the offset of `applied` on, into the
 * empty `out`. BF_ENOMEM, BF_EIO. */
int journal_waiting(const struct journal *j, struct buf *out);
uint64_t journal_bytes(const struct journal *j);
uint64_t journal_unapplied(const struct journal *j); /* bytes of records, staged ones too */

#endif
