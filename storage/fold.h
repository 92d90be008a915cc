/* SPDX-License-Identifier: Apache-2.0 */
/* fold.h -- what one entry means for the views: the pure step from which tally, ledger and indexes
 * follow (I4).
 *
 * The same function is used when a batch is applied and when `verify` folds anew, so the two can
 * only differ if rows do. Pure: entry in, effects out; whether a void holds (is its target earlier,
 * not voided yet) depends on what came before, and is asked by the caller. Two sorts of entries
 * have no effects and are kept: those of an unknown kind, which a newer program wrote, and
 * *malformed* ones, of a kind we know with a body that breaks its form: the program that wrote it
 * is wrong. Memory: effects borrow from the entry's bytes, which entry_take has accepted; a fold
 * owns its record. */
#ifndef BF_FOLD_H
#define BF_FOLD_H

#include "protocol/record.h"

enum { FOLD_ABOUT_MAX = 3 * FIELD_REFS_MAX + 1 };
/* No entry adds more than this to a sum: one that says more is malformed (record.h has the
 * bounds), so that one wrong entry cannot use up the room of all. */
#define FOLD_SUM_MAX FEN_MAX

struct fold {                     /* zeroed at first; one per thread */
	bool ready;               /* the tags below are known */
	uint8_t from, to, target; /* of a fund movement, of a void */
	struct record
	    *records[KIND_MAX + 1]; /* one per kind met: their memory is used again and again */
};

struct effects {
	const struct kind *kind;     /* NULL: not understood, nothing below but `flaw` counts */
	const struct record *record; /* decoded; until the fold's next entry */
	struct flaw flaw;            /* where it is malformed; rc 0: it is not */
	bool creates;                /* no subject: the entry is its own */
	bool voids;                  /* `target` is declared not to count */
	bool placed;                 /* division and day stand in the place index */
	bool counted;                /* count 1 and sum go to the tally */
	bool moved;                  /* amount moves from `from` to `to` */
	bool named;                  /* says the text that names its subject */
	bool heads;                  /* says whose ID heads the household: `head`, a person key */
	uint32_t hint;               /* rules of flag.h that it may break */
	uint64_t division;
	int32_t day;
	uint16_t month;
	uint16_t dim[DIMS_MAX];
	int64_t sum, amount;
	struct ref target;
	struct bytes from, to, text, head; /* text: a record_name */
	uint32_t about_count;
	struct ref about[FOLD_ABOUT_MAX]; /* may repeat */
};

/* 0 or BF_ENOMEM: what is not understood is no error. */
int fold_entry(struct fold *fold, const struct entry *e, struct effects *out);
/* Only whether the entry is malformed, as fold_entry judges it. 0 or BF_ENOMEM. */
int fold_judge(struct fold *fold, const struct entry *e, bool *malformed);
/* The largest number this entry adds to any one sum. */
uint64_t fold_gross(const struct effects *x);
/* The largest that any entry of this kind can add: known without its body. */
uint64_t fold_most(uint32_t kind);
/* True when an entry with these effects can be voided. */
bool fold_voidable(const struct effects *x);
void fold_fini(struct fold *fold);

#endif
