/* SPDX-License-Identifier: Apache-2.0 */
/* accept.c -- what may enter: another node's run, checked against what is held, and staged.
 *
 * Everything that can refuse stands here, before the journal; applying only does what was decided.
 * A run that begins at or before what is held is cut to its new part (I2), after the old part was
 * compared byte for byte: two different entries with one name are a fork and never overwritten
 * (I3). */
#include "storage/inside.h"

#include <stdio.h>

#include "protocol/errors.h"

void accept_malformed(struct malformed *of, const struct malformed *more)
{
	if (of->count == 0)
		of->first = more->first;
	of->count += more->count;
}

int accept_walk(struct store *s, const struct origin *o, const struct run *run,
		struct judged *judged)
{
	struct claim *claim = &judged->claim;
	struct bytes in = run->entries;
	struct hash hash = o->staged.hash;
	struct entry e;
	size_t used;

	*judged = (struct judged){ 0 };
	room_begin(&judged->room, run);
	for (uint64_t i = 0; i < run->count; i++) {
		int rc = entry_take_first(in, &e, &used);
		bool malformed = false;

		if (rc == 0 && e.seq != run->first + i)
			rc = BF_EFORMAT;
		if (rc == 0)
			rc = fold_judge(&s->fold, &e, &malformed);
		if (rc != 0)
			return rc;
		if (malformed)
			accept_malformed(&judged->malformed, &(struct malformed){ 1, e.seq });
		judged->room.n[ROOM_MALFORMED] |= malformed;
		hash = chain_next(&hash, e.raw);
		if (claim->most <= INT64_MAX) /* beyond that there is no room for any more */
			claim->most += fold_most(e.kind);
		room_count(&judged->room, &e);
		in = bytes_of(in.p + used, in.len - used);
	}
	if (in.len > 0)
		return BF_EFORMAT;
	return hash_equal(&hash, &run->head.hash) ? 0 : BF_ECHAIN;
}

int accept_check(struct store *s, const struct origin *o, const struct run *run,
		 struct judged *judged, struct fault *f)
{
	int rc = accept_walk(s, o, run, judged);

	if (rc == 0)
		rc = room_claim(s, run, &judged->room, f);
	return rc == 0 ? gross_claim(s, o, run, &judged->claim, f) : rc;
}

int accept_stage(struct store *s, struct origin *o, const struct run *run,
		 const struct judged *judged)
{
	struct length_row *order = &s->order_staged;
	int rc = journal_put(s->journal, run, order->length + 1, judged->claim);

	if (rc != 0)
		return rc;
	o->staged = run->head;
	order->length += run->count;
	order->hash =
	    order_next(&order->hash, run->origin, run->first, run->head.seq, &run->head.hash);
	gross_stage(s, o, judged->claim);
	accept_malformed(&o->malformed_staged, &judged->malformed);
	journal_at(s->journal, journal_count(s->journal) - 1)->room = judged->room;
	room_add(&s->room_staged, &judged->room);
	return 0;
}

/* The record of the journal that holds entry `seq` of `o`, and its entries from there on. */
static int journal_from(struct store *s, const struct origin *o, uint64_t seq,
			struct bytes *entries)
{
	for (size_t i = 0; i < journal_count(s->journal); i++) {
		const struct journal_record *r = journal_at(s->journal, i);
		struct entry e;
		size_t used;

		if (r->origin != o->id || seq < r->first || seq >= r->first + r->count)
			continue;
		int rc = journal_read(s->journal, i, entries);

		for (uint64_t at = r->first; rc == 0 && at < seq; at++) {
			rc = entry_take_first(*entries, &e, &used);
			if (rc == 0)
				*entries = bytes_of(entries->p + used, entries->len - used);
		}
		return rc;
	}
	return BF_ENOTFOUND;
}

/* A walk over what is held, entry by entry: a record of the journal is read once. */
struct held_walk {
	struct bytes left; /* of the record, from `next` on */
	uint64_t next;
};

static int held_step(struct store *s, struct lmdb_txn *t, const struct origin *o,
		     struct held_walk *h, uint64_t seq, struct bytes *raw)
{
	struct entry e;
	size_t used;
	int rc = 0;

	if (h->left.len == 0 || h->next != seq) {
		h->left = (struct bytes){ 0 };
		rc = view_log(t, (struct spot){ o->row.no, seq }, raw);
		if (rc != BF_ENOTFOUND)
			return rc;
		rc = journal_from(s, o, seq, &h->left);
	}
	if (rc == 0)
		rc = entry_take_first(h->left, &e, &used);
	if (rc != 0)
		return rc;
	*raw = e.raw;
	h->left = bytes_of(h->left.p + used, h->left.len - used);
	h->next = seq + 1;
	return 0;
}

int accept_held(struct store *s, struct lmdb_txn *t, const struct origin *o, uint64_t seq,
		struct bytes *raw)
{
	struct held_walk h = { .next = 0 };

	return held_step(s, t, o, &h, seq, raw);
}

static int say_fork(struct fault *f, uint64_t seq)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	return fault_say(f, FAULT_FORK, NULL, text, NULL);
}

/* Compare the part of `run` that is held, and cut it off. */
static int cut_overlap(struct store *s, const struct origin *o, struct run *run, struct fault *f)
{
	struct held_walk h = { .next = 0 };
	struct lmdb_txn t;
	int rc = lmdb_begin(s->lmdb, false, &t);

	while (rc == 0 && run->count > 0 && run->first <= o->staged.seq) {
		struct bytes ours;
		struct entry e;
		size_t used = 0;

		rc = entry_take_first(run->entries, &e, &used);
		if (rc == 0 && e.seq != run->first)
			rc = BF_EFORMAT;
		if (rc == 0)
			rc = held_step(s, &t, o, &h, e.seq, &ours);
		if (rc == 0 && !bytes_equal(ours, e.raw))
			rc = say_fork(f, e.seq);
		run->first++;
		run->count--;
		run->entries = bytes_of(run->entries.p + used, run->entries.len - used);
	}
	lmdb_abort(&t);
	/* The same entries under another hash: the history before them differs. */
	if (rc == 0 && run->head.seq == o->staged.seq &&
	    !hash_equal(&run->head.hash, &o->staged.hash))
		rc = say_fork(f, run->head.seq);
	return rc;
}

static bool run_sound(const struct run *run)
{
	return run->count > 0 && run->first > 0 && run->first <= SEQ_MAX &&
	       run->count <= SEQ_MAX - run->first + 1 && run->head.origin == run->origin &&
	       run->head.seq == run->first + run->count - 1;
}

int store_accept(struct store *s, const struct run *given, struct accepted *out, struct fault *f)
{
	struct run run = *given;
	struct origin *o;
	struct judged judged = { 0 };

	if (s->dead)
		return BF_EIO;
	if (!run_sound(&run))
		return BF_EFORMAT;
	int rc = origins_get(s, run.origin, &o);

	if (rc == 0 && run.first > o->staged.seq + 1)
		rc = BF_EORDER;
	if (rc == 0 && run.first <= o->staged.seq)
		rc = cut_overlap(s, o, &run, f);
	if (rc == 0 && run.count > 0)
		rc = accept_check(s, o, &run, &judged, f);
	if (rc == 0 && run.count > 0)
		rc = accept_stage(s, o, &run, &judged);
	if (rc != 0)
		return rc;
	*out = (struct accepted){ .head = o->staged,
				  .fresh = run.count,
				  .ordinal = run.count > 0 ? s->order_staged.length : 0,
				  .order_length = s->order_staged.length,
				  .order_hash = s->order_staged.hash,
				  .malformed = o->malformed_staged,
				  .fresh_malformed = judged.malformed };
	return 0;
}
