/* SPDX-License-Identifier: Apache-2.0 */
/* gross.c -- all amounts ever, which stay below two bounds: that of the store, so that no sum can
 * overflow, and that of each log, so that no log can use up the room of all.
 *
 * A run claims its room when it is staged. While there is room for the largest amounts that its
 * kinds allow, that much is claimed: the exact figure would cost a second fold of every entry of a
 * night. When the run is applied and folded anyway, the claim gives way to the exact figure.
 *
 * A run is refused for what was said, and never for how much of it waits: before that, every claim
 * that waits is made exact. So what was accepted before a crash has room again in replay, whatever
 * was applied meanwhile. */
#include "storage/inside.h"

#include <stdio.h>

#include "protocol/errors.h"

static uint64_t left(uint64_t most, uint64_t taken)
{
	return taken < most ? most - taken : 0;
}

static uint64_t room_for(const struct store *s, const struct origin *o)
{
	uint64_t all = left(INT64_MAX, s->gross_staged), log = left(GROSS_LOG_MAX, o->gross_staged);

	return all < log ? all : log;
}

/* What `run` adds, entry by entry. BF_EOVERFLOW: there is no room for entry *seq. */
static int measure(struct store *s, const struct run *run, uint64_t room, uint64_t *sum,
		   uint64_t *seq)
{
	struct bytes in = run->entries;
	struct entry e;
	size_t used;

	*sum = 0;
	for (uint64_t i = 0; i < run->count; i++) {
		int rc = entry_take_first(in, &e, &used);

		if (rc == 0)
			rc = fold_entry(&s->fold, &e, &s->effects);
		if (rc != 0)
			return rc;
		*sum += fold_gross(&s->effects);
		*seq = e.seq;
		if (*sum > room)
			return BF_EOVERFLOW;
		in = bytes_of(in.p + used, in.len - used);
	}
	return 0;
}

int gross_exact(struct store *s, const struct origin *o, const struct run *run, struct claim *claim)
{
	uint64_t seq;

	claim->exact = true;
	return measure(s, run, room_for(s, o), &claim->most, &seq);
}

void gross_stage(struct store *s, struct origin *o, struct claim claim)
{
	s->gross_staged += claim.most;
	o->gross_staged += claim.most;
}

void gross_settle(struct store *s, struct origin *o, struct journal_record *r, uint64_t exact,
		  bool held)
{
	BF_REQUIRE(exact <= r->claim.most);
	uint64_t over = r->claim.most - exact;

	r->claim = (struct claim){ exact, true };
	s->gross_staged -= over;
	o->gross_staged -= over;
	if (held) {
		s->gross_held -= over;
		o->gross_held -= over;
	}
}

static int settle_waiting(struct store *s)
{
	int rc = 0;

	for (size_t i = 0; i < journal_count(s->journal) && rc == 0; i++) {
		struct journal_record *r = journal_at(s->journal, i);
		struct run run = { r->origin, r->first, r->count, { 0 }, r->head };
		struct origin *o;
		uint64_t exact, seq;

		if (r->claim.exact)
			continue;
		rc = origins_get(s, r->origin, &o);
		if (rc == 0)
			rc = journal_read(s->journal, i, &run.entries);
		if (rc == 0)
			rc = measure(s, &run, r->claim.most, &exact, &seq);
		if (rc == 0)
			gross_settle(s, o, r, exact, i < journal_written(s->journal));
	}
	return rc;
}

/* `sum` has no room: the log's, or else everybody's, is used up. */
static int say_full(const struct origin *o, uint64_t sum, uint64_t seq, struct fault *f)
{
	bool log = sum > left(GROSS_LOG_MAX, o->gross_staged);
	char text[24], id[17];

	snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	snprintf(id, sizeof id, "%016llx", (unsigned long long)o->id);
	return fault_say(f, log ? FAULT_LOG_FULL : FAULT_SUM_OVERFLOW, log ? id : NULL, text, NULL);
}

int gross_claim(struct store *s, const struct origin *o, const struct run *run, struct claim *claim,
		struct fault *f)
{
	uint64_t seq;

	if (claim->most <= room_for(s, o))
		return 0;
	claim->exact = true;
	int rc = measure(s, run, room_for(s, o), &claim->most, &seq);

	if (rc == BF_EOVERFLOW) {
		rc = settle_waiting(s);
		if (rc == 0)
			rc = measure(s, run, room_for(s, o), &claim->most, &seq);
		if (rc == BF_EOVERFLOW)
			return say_full(o, claim->most, seq, f);
	}
	return rc;
}
