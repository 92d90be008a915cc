/* gross.c -- all amounts ever, which stay below a bound so that no sum can overflow.
 *
 * A run claims its room when it is staged. While there is room for the largest amounts that its
 * kinds allow, that much is claimed: the exact figure would cost a second decoding of every entry
 * of a night. When the run is applied and decoded anyway, the claim gives way to the exact figure.
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

static uint64_t room_for(const struct store *s)
{
	return left(INT64_MAX, s->gross_staged);
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

int gross_exact(struct store *s, const struct run *run, struct claim *claim)
{
	uint64_t seq;

	claim->exact = true;
	return measure(s, run, room_for(s), &claim->most, &seq);
}

void gross_settle(struct store *s, struct journal_record *r, uint64_t exact, bool held)
{
	uint64_t over = r->claim.most - exact;

	BF_REQUIRE(exact <= r->claim.most);

	r->claim = (struct claim){ exact, true };
	s->gross_staged -= over;
	s->gross_held -= held ? over : 0;
}

static int settle_waiting(struct store *s)
{
	int rc = 0;

	for (size_t i = 0; i < journal_count(s->journal) && rc == 0; i++) {
		struct journal_record *r = journal_at(s->journal, i);
		struct run run = { r->origin, r->first, r->count, { 0 }, r->head };
		uint64_t exact, seq;

		if (r->claim.exact)
			continue;
		rc = journal_read(s->journal, i, &run.entries);
		if (rc == 0)
			rc = measure(s, &run, r->claim.most, &exact, &seq);
		if (rc == 0)
			gross_settle(s, r, exact, i < journal_written(s->journal));
	}
	return rc;
}

static int say_overflow(struct fault *f, uint64_t seq)
{
	char text[24];

	snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	return fault_say(f, FAULT_SUM_OVERFLOW, NULL, text, NULL);
}

int gross_claim(struct store *s, const struct run *run, struct claim *claim, struct fault *f)
{
	uint64_t seq;

	if (claim->most <= room_for(s))
		return 0;
	claim->exact = true;
	int rc = measure(s, run, room_for(s), &claim->most, &seq);

	if (rc == BF_EOVERFLOW) {
		rc = settle_waiting(s);
		if (rc == 0)
			rc = measure(s, run, room_for(s), &claim->most, &seq);
		if (rc == BF_EOVERFLOW)
			return say_overflow(f, seq);
	}
	return rc;
}
