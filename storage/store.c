/* SPDX-License-Identifier: Apache-2.0 */
/* store.c -- the writer's side: own entries, sync, apply, what is held.
 *
 * The life of an entry here: staged (store_append, store_accept) -> held (store_sync) -> applied
 * (store_apply). When a step fails with BF_EFULL everything staged is forgotten, and staged is
 * again what is held. After BF_EIO nothing on the disk can be trusted to be what we think: the
 * store refuses all that follows, and the process should end. */
#include "storage/inside.h"

#include "protocol/calendar.h"
#include "protocol/errors.h"

uint64_t store_epoch(const struct store *s)
{
	return s->epoch;
}

bool store_damaged(const struct store *s)
{
	return lmdb_damaged(s->lmdb);
}

uint64_t store_pending(const struct store *s)
{
	return s->pending;
}

uint64_t store_origin(const struct store *s)
{
	return s->own.origin;
}

/* On a full disk LMDB says EIO: the words should send nobody for a new disk. */
static enum fault_code what_failed(struct store *s)
{
	return room_gone(s) ? FAULT_DISK_FULL : FAULT_STORE_IO;
}

int store_failed(struct store *s, struct fault *f, int rc)
{
	switch (rc) {
	case 0:
	case BF_ENOMEM:
	case BF_EBUSY:
		return rc;
	case BF_EFULL:
		fault_say(f, FAULT_STORE_FULL, s->dir, NULL, NULL);
		return rc;
	case BF_EDAMAGED: /* nothing was changed; what was held before stays held */
		return fault_say(f, FAULT_STORE_DAMAGED, s->dir, NULL, NULL);
	default:
		s->dead = true;
		fault_say(f, what_failed(s), s->dir, bf_error_name(rc), NULL);
		return BF_EIO;
	}
}

/* ---- own log ---- */

/* The stamp of our newest entry, which the next one must not go behind (I8). */
int store_own_stamp(struct store *s)
{
	struct lmdb_txn t;
	struct origin *o;
	struct bytes raw;
	struct entry e;

	s->own.stamp_held = s->own.stamp_staged = 0;
	if (s->own.origin == 0)
		return 0;
	int rc = origins_get(s, s->own.origin, &o);

	if (rc != 0 || o->held.seq == 0)
		return rc == BF_ENOTFOUND ? BF_EDAMAGED : rc; /* meta names it: it must be known */
	rc = lmdb_begin(s->lmdb, false, &t);
	if (rc == 0)
		rc = accept_held(s, &t, o, o->held.seq, &raw);
	if (rc == 0)
		rc = entry_take(raw, &e);
	if (rc == 0)
		s->own.stamp_held = s->own.stamp_staged = e.stamp;
	lmdb_abort(&t);
	return rc == BF_ENOTFOUND || rc == BF_EFORMAT ? BF_EDAMAGED : rc;
}

int store_own(struct store *s, const struct key_pair *key, uint32_t incarnation, struct fault *f)
{
	uint64_t id = chain_origin(&key->public, incarnation);
	uint8_t value[8];
	struct origin_row row;
	struct lmdb_txn t;

	if (s->dead)
		return BF_EIO;
	if (id == s->own.origin)
		return 0;
	if (journal_staged(s->journal) > 0)
		return BF_EORDER;
	int rc = lmdb_begin(s->lmdb, true, &t);

	if (rc == 0)
		rc = origins_add(&t, id, &key->public, incarnation, &row);
	be64_put(value, id);
	if (rc == 0) {
		lmdb_put(&t, TREE_META, META_OWN, bytes_of(value, sizeof value));
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	if (rc == BF_EEXIST)
		return fault_say(f, FAULT_ORIGIN_TAKEN, NULL, NULL, NULL);
	if (rc == 0) {
		s->own.origin = id;
		rc = store_own_stamp(s);
	}
	return store_failed(s, f, rc);
}

int store_head(struct store *s, struct head *out)
{
	struct origin *o;

	if (s->own.origin == 0)
		return BF_ENOTFOUND;
	int rc = origins_get(s, s->own.origin, &o);

	if (rc == 0)
		*out = o->staged;
	return rc;
}

/* Encode one more entry of our log behind those of the run. */
static int draft_entry(struct store *s, const struct draft *d, struct run *run, uint64_t *stamp)
{
	struct entry e = { .seq = run->head.seq + 1,
			   .author = d->author,
			   .kind = d->kind,
			   .subject = d->subject,
			   .base = d->base,
			   .body = d->body };
	size_t before = s->draft.len;

	e.stamp = *stamp = stamp_next(*stamp, d->wall_ms);
	if (e.seq > SEQ_MAX)
		return BF_EBOUND;
	int rc = entry_put(&s->draft, &e); /* refuses what could not be read again */

	if (rc != 0)
		return rc;
	run->count++;
	run->head.seq = e.seq;
	run->head.hash =
	    chain_next(&run->head.hash, bytes_of(s->draft.p + before, s->draft.len - before));
	return 0;
}

/* The next entries of our log, in s->draft, as one run. */
static int draft_run(struct store *s, const struct draft *d, size_t count, const struct origin *o,
		     struct run *run, uint64_t *stamp)
{
	int rc = 0;

	*run = (struct run){ .origin = o->id, .first = o->staged.seq + 1, .head = o->staged };
	run->head.sig = (struct signature){ 0 };
	*stamp = s->own.stamp_staged;
	buf_renew(&s->draft);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = draft_entry(s, &d[i], run, stamp);
	run->entries = buf_bytes(&s->draft);
	return rc;
}

int store_append_all(struct store *s, const struct draft *d, size_t count, struct ref *refs,
		     struct fault *f)
{
	uint64_t stamp;
	struct judged judged;
	struct origin *o;
	struct run run;

	if (s->dead)
		return BF_EIO;
	if (s->own.origin == 0)
		return BF_EORDER;
	int rc = origins_get(s, s->own.origin, &o);

	if (rc == 0)
		rc = draft_run(s, d, count, o, &run, &stamp);
	if (rc == 0)
		rc = accept_check(s, o, &run, &judged, f);
	if (rc == 0)
		rc = accept_stage(s, o, &run, &judged);
	if (rc != 0)
		return rc;
	s->own.stamp_staged = stamp;
	for (size_t i = 0; i < count; i++)
		refs[i] = (struct ref){ o->id, run.first + i };
	return 0;
}

int store_append(struct store *s, const struct draft *d, struct ref *ref, struct fault *f)
{
	return store_append_all(s, d, 1, ref, f);
}

/* ---- sync ---- */

/* The origins of staged records: what was staged becomes held, or is forgotten. */
static void settle(struct store *s, size_t from, size_t until, bool keep)
{
	for (size_t i = from; i < until; i++) {
		const struct journal_record *r = journal_at(s->journal, i);
		struct origin *o;

		if (origins_get(s, r->origin, &o) != 0)
			continue; /* it is in memory since it was staged */
		if (keep) {
			o->held = o->staged;
			o->gross_held = o->gross_staged;
			o->malformed_held = o->malformed_staged;
			s->pending += r->count;
		} else {
			o->staged = o->held;
			o->gross_staged = o->gross_held;
			o->malformed_staged = o->malformed_held;
		}
	}
}

static void forget(struct store *s)
{
	settle(s, journal_written(s->journal), journal_count(s->journal), false);
	journal_forget(s->journal);
	s->order_staged = s->order_held;
	s->gross_staged = s->gross_held;
	s->room_staged = s->room_held;
	s->own.stamp_staged = s->own.stamp_held;
}

/* Apply all that is written, so that the journal begins again at the front. */
static int make_room(struct store *s, struct fault *f, bool *full)
{
	int rc = 0;

	do {
		uint64_t limit = STORE_APPLY_MAX;

		rc = room_batch(s, &limit, f);
		*full = rc != 0;
		if (rc == 0)
			rc = apply_batch(s, limit, true);
	} while (rc == 0 && journal_written(s->journal) > 0);
	return rc;
}

int store_sync(struct store *s, struct fault *f)
{
	int rc = 0;

	if (s->dead)
		return BF_EIO;
	if (journal_staged(s->journal) == 0)
		return 0;
	size_t written = journal_written(s->journal);
	bool full = false; /* and f says so */

	if (!journal_fits(s->journal)) {
		rc = make_room(s, f, &full);
		written = journal_written(s->journal);
	}
	if (rc == 0) {
		rc = room_promise(s, f);
		full = rc != 0;
	}
	if (rc == 0)
		rc = journal_sync(s->journal);
	if (rc != 0) {
		forget(s);
		return full ? rc : store_failed(s, f, rc);
	}
	settle(s, written, journal_written(s->journal), true);
	s->order_held = s->order_staged;
	s->gross_held = s->gross_staged;
	s->room_held = s->room_staged;
	s->own.stamp_held = s->own.stamp_staged;
	return 0;
}

int store_apply(struct store *s, uint64_t limit, struct fault *f)
{
	if (s->dead)
		return BF_EIO;
	if (journal_written(s->journal) == 0)
		return 0;
	int rc = room_batch(s, &limit, f);

	if (rc == 0)
		rc = store_failed(s, f, apply_batch(s, limit, false));
	return rc;
}

int store_held(struct store *s, uint64_t origin, struct accepted *out)
{
	struct origin *o;
	int rc = origins_get(s, origin, &o);

	if (rc == 0)
		*out = (struct accepted){ .head = o->held,
					  .order_length = s->order_held.length,
					  .order_hash = s->order_held.hash,
					  .malformed = o->malformed_held };
	return rc;
}
