/* SPDX-License-Identifier: Apache-2.0 */
/* flags.h -- which entries broke a rule of flag.h, and which of them do so still.
 *
 * G1 (kept): a row is put for an entry, or for the subject that an entry changes, when it breaks a
 * rule *where it stands in the order*: with what stands before it, and nothing else. So the rows
 * are a function of the order (I4), and `verify` folds them anew. They are never taken away. G2
 * (shown): a flag is shown while the rule is broken *now* as well: a void, a correction, a member
 * moved into the household or money booked later ends it. What was right when it was said is never
 * flagged for what came later.
 * G3 FLAG_FUTURE has no row: whoever asks says what day it is, so a clock that was wrong when the
 * entry came, here or there, hides nothing. It ends when the day has come.
 *
 * Rows stand in `meta`, where programs before them never look. What such a program applied is
 * folded when the store is opened (flags_catch_up). Thread: those of the batch and flags_catch_up
 * are the writer's, the others any. Memory: caller's. */
#ifndef BF_FLAGS_H
#define BF_FLAGS_H

#include "protocol/flag.h"
#include "storage/deltas.h"
#include "storage/fold.h"
#include "storage/lmdb.h"
#include "storage/view.h"

enum { FLAGS_EDITION = 1 }; /* of the rules: with another all is folded anew */

/* ---- asking ---- */
/* What is shown of an entry. BF_ENOTFOUND: no such entry. */
int flags_of(struct view *v, struct ref ref, int32_t today, uint32_t *flags);
/* The same of the row at `k` of the place index. */
int flags_shown(struct view *v, const struct place_key *k, bool voided, int32_t today,
		uint32_t *flags);
/* How many entries of the area (0: all) are shown with a flag, at most `most` of them counted. Rows that are shown no
 * more cost as much, so no more than FLAG_LOOKS_MAX are looked at: true in *more when there are
 * others. */
enum { FLAG_LOOKS_MAX = 4000 };
int flags_count(struct view *v, uint64_t area, int32_t today, uint32_t most, uint32_t *count, bool *more);
/* What a record would break that is not saved yet: whole, of `subject` or (none) a new one.
 * `lately`: what its giver's account got that the view does not show. *holds: what that holds
 * before it. */
int flags_draft(struct view *v, const struct record *whole, struct ref subject, int64_t lately,
		uint32_t *flags, int64_t *holds);

/* ---- folding: what apply, flags_catch_up and refold share ---- */
struct flag_note {          /* an entry that may break a rule */
	struct ref subject; /* whose row it is: the entry, or what it changes */
	uint64_t ordinal;
	uint32_t sure;
	bool decided; /* by itself: `sure` is all, and its row stands at `key` */
	struct place_key key;
};
/* The rules that it breaks as of its ordinal, and where its row stands; 0: none, or it has no
 * place. */
int flags_look(struct view *v, const struct flag_note *n, struct place_key *key, uint32_t *flags);
struct flag_entry { /* one that was folded */
	struct ref self, subject;
	struct spot spot;
	uint64_t ordinal;
	bool over; /* it leaves its giver below zero */
};
/* Whether an entry with these effects must be looked at. */
bool flags_note(const struct effects *x, const struct flag_entry *e, struct flag_note *out);
/* The same of an entry that was just void: of a change, since what it changed is as before. */
bool flags_note_void(const struct effects *target, struct ref subject, uint64_t ordinal,
		     struct flag_note *out);
/* Add (1) or take out (-1) a movement where only the accounts of divisions are kept. */
void flags_move(struct deltas *balances, const struct effects *x, int64_t sign);
bool flags_below(const struct deltas *balances, const struct effects *x);

/* ---- in a write transaction ---- */
struct flags_batch {
	bool kept; /* rows and marker reach to where the batch begins */
	struct flags_row row;
	struct buf notes;
};
int flags_begin(struct lmdb_txn *t, uint64_t length, struct flags_batch *b);
void flags_entry(struct flags_batch *b, const struct effects *x, const struct flag_entry *e);
void flags_entry_void(struct flags_batch *b, const struct effects *target, struct ref subject,
		      uint64_t ordinal);
/* All rows of the batch are put: look at what was noted, and put the flags. */
int flags_flush(struct store *s, struct lmdb_txn *t, struct flags_batch *b, struct rows *rows,
		uint64_t length);
/* Fold what the rows lack, from the beginning. Not to the end when the disk has no room or a log
 * cannot be read: that is no reason to stay shut. */
int flags_catch_up(struct store *s);
/* They reach to the end of the order, by the rules of this program. */
bool flags_kept(struct lmdb_txn *t);
/* In a transaction: the marker; all zeros when there is none. BF_EDAMAGED. */
int flags_marker(struct lmdb_txn *t, struct flags_row *out);

#endif
