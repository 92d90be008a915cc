/* SPDX-License-Identifier: Apache-2.0 */
/* store_room.c -- what is told as stored can be applied on the very disk on which it was told.
 *
 * The disk is a fake that knows how much data.mdb has grown: what statvfs says falls with every
 * page that a commit adds. A reader that was there from the start pins every page ever freed, so
 * that the file grows by all that a transaction writes, and the reckoning is held against that. */
#include "store_breaks.h"

enum { MIB = 1 << 20, RUN_BYTES_MAX = 192 * 1024, RUN_ENTRIES_MAX = 1024 };

/* A log that says what the test wants. */
struct saying {
	int node;
	struct head head;
	struct buf run; /* of the entries since the last run */
	uint64_t count;
};

static struct saying saying_of(struct world *w, int node)
{
	return (struct saying){ .node = node, .head = w->nodes[node].head };
}

static void say(struct saying *y, uint32_t kind, struct ref subject, struct bytes body)
{
	struct entry e = { .seq = y->head.seq + 1, .author = BYTES_LIT("a"), .kind = kind };
	size_t before = y->run.len;

	e.stamp = stamp_next(0, INT64_C(1780000000000) + (int64_t)e.seq);
	e.subject = subject;
	e.body = body;
	assert_int_equal(0, entry_put(&y->run, &e));
	y->head.hash = chain_next(&y->head.hash, bytes_of(y->run.p + before, y->run.len - before));
	y->head.seq = e.seq;
	y->count++;
}

static void say_record(struct saying *y, struct record *r)
{
	struct buf body = { 0 };

	assert_int_equal(0, record_put(r, &body));
	say(y, r->kind->id, (struct ref){ 0, 0 }, buf_bytes(&body));
	record_fini(r);
	buf_fini(&body);
}

/* A visit to `refs` households anywhere, with `text` bytes of what was seen. */
static void say_visit(struct world *w, struct saying *y, size_t refs, size_t text)
{
	static char seen[2000];
	uint8_t bin[FIELD_REFS_MAX * REF_BYTES];
	struct record r = { 0 };

	memset(seen, 'x', sizeof seen);
	for (size_t i = 0; i < refs; i++)
		ref_put((struct ref){ 1 + rng_below(&w->rng, UINT64_MAX - 1), 1 + i },
			bin + i * REF_BYTES);
	record_init(&r, kind_by_id(KIND_VISIT));
	record_slot(&r, 1)->u = 150722100200 + rng_below(&w->rng, 600) * 1000;
	record_slot(&r, 2)->i = WORLD_DAY + (int64_t)rng_below(&w->rng, 900);
	record_slot(&r, 3)->s = bytes_of(bin, refs * REF_BYTES);
	record_slot(&r, 7)->u = 1 + rng_below(&w->rng, 5);
	if (text > 0)
		record_slot(&r, 8)->s = bytes_of(seen, text);
	say_record(y, &r);
}

static void say_household(struct world *w, struct saying *y)
{
	struct record r = { 0 };
	char number[24];

	snprintf(number, sizeof number, "H%016llx",
		 (unsigned long long)rng_below(&w->rng, UINT64_MAX));
	record_init(&r, kind_by_id(KIND_HOUSEHOLD));
	record_slot(&r, 1)->s = bytes_str(number);
	record_slot(&r, 2)->u = 150722100200 + rng_below(&w->rng, 600) * 1000;
	record_slot(&r, 34)->i = WORLD_DAY + (int64_t)rng_below(&w->rng, 900);
	say_record(y, &r);
}

static void say_fund(struct world *w, struct saying *y)
{
	struct account from = { .type = ACCOUNT_HOUSEHOLD }, to = from;
	uint8_t a[ACCOUNT_BYTES_MAX], b[ACCOUNT_BYTES_MAX];
	struct record r = { 0 };

	from.household = (struct ref){ 1 + rng_below(&w->rng, UINT64_MAX - 1), 1 };
	to.household = (struct ref){ 1 + rng_below(&w->rng, UINT64_MAX - 1), 2 };
	record_init(&r, kind_by_id(KIND_FUND));
	record_slot(&r, 1)->u = 150722100200 + rng_below(&w->rng, 600) * 1000;
	record_slot(&r, 2)->i = WORLD_DAY + (int64_t)rng_below(&w->rng, 900);
	record_slot(&r, 3)->u = 3;
	record_slot(&r, 5)->u = 1 + rng_below(&w->rng, 3);
	record_slot(&r, 6)->s = bytes_of(a, account_put(&from, a));
	record_slot(&r, 7)->s = bytes_of(b, account_put(&to, b));
	record_slot(&r, 8)->i = 1 + (int64_t)rng_below(&w->rng, 1000);
	say_record(y, &r);
}

static void say_void(struct saying *y, uint64_t target)
{
	uint8_t bin[REF_BYTES];
	struct record r = { 0 };

	ref_put((struct ref){ y->head.origin, target }, bin);
	record_init(&r, kind_by_id(KIND_VOID));
	record_slot(&r, 1)->s = bytes_of(bin, sizeof bin);
	record_slot(&r, 2)->s = BYTES_LIT("x");
	say_record(y, &r);
}

/* Of a kind that nobody here knows, and as long as an entry can be. */
static void say_long(struct saying *y)
{
	static const uint8_t zeros[16000];
	struct buf body = { 0 };

	mp_put_map(&body, 1);
	mp_put_uint(&body, 1);
	mp_put_bin(&body, bytes_of(zeros, sizeof zeros));
	say(y, 60, (struct ref){ 0, 0 }, buf_bytes(&body));
	buf_fini(&body);
}

/* All that was said since the last one, as a run. */
static struct run run_of(struct world *w, struct saying *y)
{
	struct run run = { .origin = y->head.origin,
			   .first = y->head.seq - y->count + 1,
			   .count = y->count,
			   .entries = buf_bytes(&y->run),
			   .head = y->head };

	head_sign(&run.head, &w->nodes[y->node].key);
	return run;
}

static void said(struct saying *y)
{
	buf_clear(&y->run);
	y->count = 0;
}

static bool run_takes(const struct saying *y, size_t more)
{
	return y->count < RUN_ENTRIES_MAX && y->run.len + more <= RUN_BYTES_MAX;
}

/* The densest run that is legal: each ref a row in another place of the index. */
static void say_densest(struct world *w, struct saying *y)
{
	while (run_takes(y, 1200))
		say_visit(w, y, FIELD_REFS_MAX, 0);
}

static uint64_t file_bytes(const struct world *w)
{
	return lmdb_sizes(w->s->lmdb).file_bytes;
}

/* The disk has `bytes` free now; later as much less as the file has grown. */
struct fake {
	uint64_t bytes, began;
};

static void disk_is(struct world *w, struct fake *d, uint64_t bytes)
{
	*d = (struct fake){ bytes, file_bytes(w) };
	breaks.free_bytes = bytes;
}

static void disk_look(struct world *w, const struct fake *d)
{
	uint64_t grown = file_bytes(w) - d->began;

	assert_true(grown <= d->bytes); /* a real disk had been full inside LMDB */
	breaks.free_bytes = d->bytes - grown > 0 ? d->bytes - grown : 1;
}

static void apply_all(struct world *w, const struct fake *d)
{
	while (store_pending(w->s) > 0) {
		assert_int_equal(0, store_apply(w->s, STORE_APPLY_MAX, &w->f));
		disk_look(w, d);
	}
}

static int open_small_floor(void **state)
{
	int rc = world_setup(state);
	struct world *w = *state;

	world_close(w);
	w->options.free_bytes_min = MIB;
	w->options.journal_bytes = 8 * MIB;
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	rng_seed(&w->rng, world_seed(17), 0);
	return rc;
}

static int close_small_floor(void **state)
{
	breaks.free_bytes = 0;
	return world_teardown(state);
}

/* ---- the reckoning ---- */

/* Accept, hold and apply what was said; the file may grow by what was reckoned, and no more.
 * Returns how many parts in a hundred of it were used. */
static unsigned hold_against(struct world *w, struct saying *y)
{
	struct run run = run_of(w, y);
	struct room most;
	struct judged judged;
	struct origin *o;
	struct accepted a;

	assert_int_equal(0, origins_get(w->s, run.origin, &o));
	assert_int_equal(0, accept_walk(w->s, o, &run, &judged));
	most = judged.room;
	uint64_t asked = room_bytes(w->s, &most), before = file_bytes(w);

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	said(y);
	uint64_t took = file_bytes(w) - before;

	if (took > asked)
		print_message("took %llu of %llu\n", (unsigned long long)took,
			      (unsigned long long)asked);
	assert_true(took <= asked);
	return (unsigned)(took * 100 / asked);
}

/* Not enough for anything, and yet no floor: the run is counted, and refused. */
static void count(struct world *w, const struct run *run, struct room *room)
{
	uint64_t floor = w->s->free_bytes_min;

	w->s->free_bytes_min = 1;
	breaks.free_bytes = 8192;
	assert_int_equal(BF_EFULL, room_claim(w->s, run, room, &w->f));
	breaks.free_bytes = 0;
	w->s->free_bytes_min = floor;
}

static void the_exact_reckoning_is_no_larger_and_holds_too(struct world *w, struct saying *y)
{
	struct run run = run_of(w, y);
	struct room most, exact;
	struct judged judged;
	struct origin *o;
	struct accepted a;

	assert_int_equal(0, origins_get(w->s, run.origin, &o));
	assert_int_equal(0, accept_walk(w->s, o, &run, &judged));
	most = judged.room;
	exact = most;
	count(w, &run, &exact);
	for (int i = 0; i < ROOM_WHATS; i++)
		assert_true(exact.n[i] <= most.n[i]);
	uint64_t asked = room_bytes(w->s, &exact), before = file_bytes(w);

	assert_true(asked <= room_bytes(w->s, &most));
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	said(y);
	assert_true(file_bytes(w) - before <= asked);
}

static void a_run_takes_no_more_pages_than_were_reckoned(void **state)
{
	struct world *w = *state;
	struct saying y[WORLD_NODES];
	unsigned most = 0;
	struct view pin;

	assert_int_equal(0, view_begin(w->s, &pin));
	for (int i = 0; i < WORLD_NODES; i++)
		y[i] = saying_of(w, i);
	for (int round = 0; round < 60; round++) {
		struct saying *log = &y[rng_below(&w->rng, WORLD_NODES)];
		uint64_t sort = rng_below(&w->rng, 7), want = 1 + rng_below(&w->rng, 300);
		uint64_t start = log->head.seq;

		if (sort == 0)
			say_densest(w, log);
		for (uint64_t i = 0; i < want && run_takes(log, 17000); i++) {
			if (sort == 1)
				say_household(w, log);
			else if (sort == 2)
				say_fund(w, log);
			else if (sort == 3 && start > i) /* the last first */
				say_void(log, start - i);
			else if (sort == 4)
				say_long(log);
			else if (sort == 5)
				say_visit(w, log, 1, 100 + rng_below(&w->rng, 1800));
			else
				say_visit(w, log, 1 + rng_below(&w->rng, 4), 0);
		}
		if (round % 3 == 2) {
			the_exact_reckoning_is_no_larger_and_holds_too(w, log);
			continue;
		}
		unsigned used = hold_against(w, log);

		most = used > most ? used : most;
	}
	print_message("at most %u %% of what was reckoned\n", most);
	assert_true(most > 5); /* else nobody would believe in the figure */
	view_end(&pin);
	for (int i = 0; i < WORLD_NODES; i++)
		buf_fini(&y[i].run);
}

/* Runs of a whole group of sessions, applied together; of the longest entries, then of the
 * shortest, which use nothing but the log. */
static void a_group_of_runs_takes_no_more_pages_than_were_reckoned(void **state)
{
	struct world *w = *state;
	struct saying y[WORLD_NODES];
	struct view pin;

	assert_int_equal(0, view_begin(w->s, &pin));
	for (int i = 0; i < WORLD_NODES; i++)
		y[i] = saying_of(w, i);
	for (int round = 0; round < 8; round++) {
		for (int k = 0; k < 16; k++) {
			struct saying *log = &y[k % WORLD_NODES];
			struct accepted a;

			while (run_takes(log, 17000))
				if (round % 2 == 0)
					say_long(log);
				else
					say(log, 60, (struct ref){ 0, 0 }, BYTES_LIT("\x80"));
			struct run run = run_of(w, log);

			assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
			said(log);
		}
		assert_int_equal(0, store_sync(w->s, &w->f));
		uint64_t asked = room_bytes(w->s, &w->s->room_held), before = file_bytes(w);
		uint64_t waiting = store_pending(w->s);

		if (waiting > STORE_APPLY_MAX)
			world_apply(w);
		else
			assert_int_equal(0, store_apply(w->s, waiting, &w->f));
		assert_int_equal(0, store_pending(w->s));
		assert_true(file_bytes(w) - before <= asked);
		assert_true(round % 2 == 1 || asked / 8 < file_bytes(w) - before);
	}
	view_end(&pin);
	for (int i = 0; i < WORLD_NODES; i++)
		buf_fini(&y[i].run);
}

/* Our own entries are records of one; hundreds of them, and voids from the last to the first. */
static void own_entries_take_no_more_pages_than_were_reckoned(void **state)
{
	struct world *w = *state;
	struct view pin;

	assert_int_equal(0, view_begin(w->s, &pin));
	for (int round = 0; round < 12; round++) {
		for (int i = 0; i < 200; i++)
			world_append(w);
		assert_int_equal(0, store_sync(w->s, &w->f));
		uint64_t asked = room_bytes(w->s, &w->s->room_held), before = file_bytes(w);

		world_apply(w);
		assert_true(file_bytes(w) - before <= asked);
		assert_int_equal(0, room_bytes(w->s, &w->s->room_held));
	}
	view_end(&pin);
}

/* ---- the promise ---- */

/* Whatever is free: runs are refused before they are told, or applied on that same disk. */
static void sweep(void (*fill)(struct world *w, struct saying *y), uint64_t *taken_at_24)
{
	uint64_t refused = 0, stored = 0;

	for (uint64_t mib = 0; mib <= 80; mib += mib < 32 ? 2 : 8) {
		void *state;

		world_setup(&state);
		struct world *w = state;
		struct saying y = saying_of(w, 0);
		uint64_t told = 0;
		struct fake disk;
		int rc = 0;

		rng_seed(&w->rng, 5, 0);
		world_close(w);
		w->options.journal_bytes = 8 * MIB;
		world_open(w);
		disk_is(w, &disk, mib * MIB + 1);
		for (int i = 0; i < 9 && rc == 0;
		     i++) { /* three at a time, as a group of sessions */
			struct accepted a;

			fill(w, &y);
			struct run run = run_of(w, &y);

			rc = store_accept(w->s, &run, &a, &w->f);
			if (rc == 0 && i % 3 == 2) {
				assert_int_equal(0, store_sync(w->s, &w->f));
				told = a.head.seq;
				apply_all(w, &disk);
			}
			said(&y);
		}
		if (rc != 0) {
			assert_int_equal(BF_EFULL, rc);
			assert_int_equal(FAULT_DISK_FULL, w->f.code);
			refused++;
		}
		assert_int_equal(0, store_sync(w->s, &w->f));
		told = world_held(w, y.head.origin);
		apply_all(w, &disk);
		assert_int_equal(told, world_entries(w));
		stored += told > 0;
		if (mib == 24)
			*taken_at_24 = told;
		buf_fini(&y.run);
		breaks.free_bytes = 0;
		world_teardown(&state);
	}
	assert_true(refused > 0 && stored > 0);
}

static void fill_visits(struct world *w, struct saying *y)
{
	while (run_takes(y, 300))
		say_visit(w, y, 1 + rng_below(&w->rng, 3), 100);
}

static void whatever_is_free_the_densest_run_is_refused_or_applied(void **state)
{
	uint64_t at_24 = 0;

	(void)state;
	sweep(say_densest, &at_24);
	sweep(fill_visits, &at_24);
	assert_true(at_24 > 0); /* and an ordinary one is not refused for a dense one's sake */
}

/* A dense run of `y`, staged and not yet synced. */
static struct accepted stage_densest(struct world *w, struct saying *y)
{
	struct accepted a;

	say_densest(w, y);
	struct run run = run_of(w, y);

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	return a;
}

static void what_others_take_after_the_word_delays_and_loses_nothing(void **state)
{
	struct world *w = *state;
	struct saying y = saying_of(w, 0);
	struct accepted a = stage_densest(w, &y);

	assert_int_equal(0, store_sync(w->s, &w->f));
	breaks.free_bytes = 2 * MIB;
	assert_int_equal(BF_EFULL, store_apply(w->s, STORE_APPLY_MAX, &w->f));
	assert_int_equal(FAULT_DISK_FULL, w->f.code);
	world_reopen(w);
	assert_int_equal(a.head.seq, world_held(w, y.head.origin));
	assert_int_equal(a.head.seq, store_pending(w->s));
	assert_int_equal(BF_EFULL, store_apply(w->s, STORE_APPLY_MAX, &w->f));
	breaks.free_bytes = 64 * MIB;
	assert_int_equal(0, store_apply(w->s, STORE_APPLY_MAX, &w->f));
	assert_int_equal(a.head.seq, world_entries(w));
	buf_fini(&y.run);
}

/* Between the staging and the sync nobody has been told yet. */
static void what_others_take_before_the_word_is_a_refusal(void **state)
{
	struct world *w = *state;
	struct saying y = saying_of(w, 0);
	struct accepted a = stage_densest(w, &y);
	struct run run = run_of(w, &y);

	breaks.free_bytes = 2 * MIB;
	assert_int_equal(BF_EFULL, store_sync(w->s, &w->f));
	assert_int_equal(FAULT_DISK_FULL, w->f.code);
	assert_int_equal(0, world_held(w, y.head.origin));
	assert_int_equal(0, store_pending(w->s));
	breaks.free_bytes = 0;
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f)); /* sent again */
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(a.head.seq, world_entries(w));
	buf_fini(&y.run);
}

/* R2 */
static void control_takes_nothing_of_what_was_promised(void **state)
{
	struct world *w = *state;
	struct saying y = saying_of(w, 0);
	struct roster_visit visit = { .origin = w->nodes[1].origin, .now_ms = 5, .clock_ms = 0 };
	struct accepted a;

	say_densest(w, &y);
	struct run run = run_of(w, &y);

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	/* Room for what waits and not for a row more: what waits goes first. */
	breaks.free_bytes = room_bytes(w->s, &w->s->room_held) + 4096;
	assert_int_equal(0, roster_seen(w->s, &visit, 1));
	assert_int_equal(0, store_pending(w->s));
	assert_int_equal(a.head.seq, world_entries(w));
	/* Not even for what waits: then control waits too. */
	breaks.free_bytes = 0;
	said(&y);
	say_densest(w, &y);
	run = run_of(w, &y);
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	breaks.free_bytes = 2 * MIB;
	assert_int_equal(BF_EFULL, roster_seen(w->s, &visit, 1));
	assert_true(store_pending(w->s) > 0);
	buf_fini(&y.run);
}

/* What kinds could say at most would refuse it; what is said does not. */
static void a_run_is_judged_by_its_rows_when_its_kinds_would_refuse_it(void **state)
{
	struct world *w = *state;
	struct saying y = saying_of(w, 0);
	struct room most, exact;
	struct judged judged;
	struct origin *o;
	struct accepted a;
	struct run run;

	for (int i = 0; i < 6; i++) { /* an index of many pages */
		say_densest(w, &y);
		run = run_of(w, &y);
		assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
		assert_int_equal(0, store_sync(w->s, &w->f));
		world_apply(w);
		said(&y);
	}
	while (run_takes(&y, 1800))
		say_visit(w, &y, 1, 1600);
	run = run_of(w, &y);
	assert_int_equal(0, origins_get(w->s, run.origin, &o));
	assert_int_equal(0, accept_walk(w->s, o, &run, &judged));
	most = judged.room;
	exact = most;
	count(w, &run, &exact);
	breaks.free_bytes = (room_bytes(w->s, &most) + room_bytes(w->s, &exact)) / 2;
	assert_true(room_bytes(w->s, &exact) + MIB < room_bytes(w->s, &most));
	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_reopen(w); /* which reckons by kind again, and counts when that would not do */
	assert_int_equal(a.head.seq, world_entries(w));
	buf_fini(&y.run);
}

/* Replay reckons by kind; a disk that is only just large enough is large enough after it, too. */
static void what_waits_is_counted_before_its_batch_is_made_smaller(void **state)
{
	struct world *w = *state;
	struct saying y = saying_of(w, 0);
	struct room sum = { .exact = false };
	struct accepted a;

	for (int i = 0; i < 9; i++) {
		if (i < 6) /* an index of many pages */
			say_densest(w, &y);
		while (i >= 6 && run_takes(&y, 1800))
			say_visit(w, &y, 1, 1600);
		struct run run = run_of(w, &y);
		struct room room = { .n = { UINT32_MAX } };

		count(w, &run, &room);
		if (i >= 6)
			room_add(&sum, &room);
		assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
		assert_int_equal(0, store_sync(w->s, &w->f));
		if (i < 6)
			world_apply(w);
		said(&y);
	}
	assert_true(room_bytes(w->s, &w->s->room_held) > room_bytes(w->s, &sum) + 8192);
	breaks.free_bytes = 4096;
	world_reopen(w);
	assert_int_equal(a.head.seq, world_entries(w) + store_pending(w->s));
	breaks.free_bytes = room_bytes(w->s, &sum) + 4096;
	assert_int_equal(0, store_apply(w->s, STORE_APPLY_MAX, &w->f));
	assert_int_equal(0, store_pending(w->s));
	buf_fini(&y.run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, open_small_floor, close_small_floor)
		T(a_run_takes_no_more_pages_than_were_reckoned),
		T(a_group_of_runs_takes_no_more_pages_than_were_reckoned),
		T(own_entries_take_no_more_pages_than_were_reckoned),
		T(whatever_is_free_the_densest_run_is_refused_or_applied),
		T(what_others_take_after_the_word_delays_and_loses_nothing),
		T(what_others_take_before_the_word_is_a_refusal),
		T(control_takes_nothing_of_what_was_promised),
		T(a_run_is_judged_by_its_rows_when_its_kinds_would_refuse_it),
		T(what_waits_is_counted_before_its_batch_is_made_smaller),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
