/* SPDX-License-Identifier: Apache-2.0 */
/* sync_pair.c -- give and take together over a link cut anywhere: they always come to agree.
 *
 * One seed is one history: a station with a growing log, a hub that is an array, sessions one after
 * another. Bytes arrive in pieces of any size; loads, look-ups and stores are answered late and out
 * of step with the frames; the link is cut after any byte; the station dies before it has kept a
 * checkpoint; the hub is restored from a backup, with a new epoch or without; stores of a dead
 * session go on while the next one greets. After every step:
 *
 * - W1: the hub's log is the beginning of the station's, each entry counted once (I2).
 * - W2: what the station keeps as held the hub holds, with that hash (I1); it goes back only with
 *   the hub, and then, and only then, the station says so until the epoch is another (G4).
 * - W3: what was acknowledged and kept before a session is not sent in it; nothing is sent twice.
 * - W4: an honest pair knows no fault but the cut link.
 * - W5: memory that fails at any one allocation of a machine ends the session and nothing else.
 *
 * BF_SEED=n repeats one history; BF_SEEDS=n asks for more of them. */
#include "wire_world.h"

/* The linker sends our own calls through here (wire.cmake). Armed only within a machine's step. */
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);

static struct {
	bool armed, hit;
	unsigned after; /* this many succeed first */
} memory;

static bool memory_fails(void)
{
	if (!memory.armed || memory.after-- > 0)
		return false;
	memory.armed = false;
	memory.hit = true;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return memory_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return memory_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return memory_fails() ? NULL : __real_realloc(p, size);
}

enum { QUEUE_MAX = 64, SESSIONS = 6, STEPS_MAX = 200000 };

struct queued {
	struct buf bytes;
	struct run run;
	int session;
};

struct end {            /* one side of the link */
	struct buf in;  /* arrived, not yet whole frames */
	struct buf out; /* sent, not yet arrived */
	uint64_t sent_bytes;
	bool over;
};

struct fx {
	struct world_log log;
	struct world_hub hub;
	struct rng rng;
	struct give *g;
	struct take *t;
	struct end station, centre;
	struct checkpoint cursor, seen;
	bool rewound, set_back; /* noticed; it happened, in this epoch */
	uint64_t noticed;
	struct queued queue[QUEUE_MAX]; /* the hub's writer */
	size_t queue_head, queue_tail;
	int session;
	uint64_t first_allowed; /* W3 */
	bool loading, looking, cut, keeps_die;
	bool arm; /* memory of the machines may fail (W5) */
	struct wished load;
	uint64_t max_under_way, under_way, round_trips;
};

/* ---- checks ---- */

static void w1(const struct fx *f)
{
	assert_true(f->hub.seq <= f->log.seq);
	assert_int_equal(f->hub.order_length, f->hub.seq);
	assert_true(bytes_equal(bytes_of(f->hub.bytes.p, f->hub.bytes.len),
				bytes_of(f->log.bytes.p, f->log.at[f->hub.seq])));
}

/* Said once more, in the test's own words. */
static bool less(const struct checkpoint *c, const struct checkpoint *seen)
{
	return c->epoch == seen->epoch &&
	       (c->seq < seen->seq || c->order_length < seen->order_length ||
		(c->order_length == seen->order_length &&
		 memcmp(&c->order_hash, &seen->order_hash, sizeof c->order_hash) != 0));
}

static void keep(struct fx *f, const struct checkpoint *c, bool rewound)
{
	assert_true(checkpoint_verify(c, &f->hub.key.public));
	assert_true(c->seq <= f->hub.seq); /* W2 */
	assert_memory_equal(&c->hash, &f->hub.hash[c->seq], sizeof c->hash);
	if (c->epoch != f->seen.epoch)
		f->rewound = false;
	f->noticed += !f->rewound && less(c, &f->seen);
	f->rewound |= less(c, &f->seen);
	assert_int_equal(rewound, f->rewound);
	assert_true(!rewound || f->set_back);
	if (!f->rewound)
		f->seen = *c;
	f->cursor = *c;
}

/* ---- obeying ---- */

static struct event loaded(struct fx *f)
{
	f->loading = false;
	return (struct event){ .type = EVENT_LOADED,
			       .loaded = world_log_run(&f->log, f->load.first, f->load.limit_count,
						       f->load.limit_bytes) };
}

static struct event held(struct fx *f)
{
	f->looking = false;
	return (struct event){ .type = EVENT_HELD,
			       .held = world_hub_head(&f->hub),
			       .checkpoint = world_hub_checkpoint(&f->hub) };
}

static void ended(struct fx *f, struct end *e, enum wish wish, const struct fault *fault)
{
	e->over = true;
	if (wish == WISH_FAIL && memory.hit && fault->rc == BF_ENOMEM)
		return;
	if (wish == WISH_FAIL && fault->code != FAULT_LINK_CLOSED) /* W4 */
		fail_msg("%s: %s", e == &f->station ? "give" : "take", fault->en);
}

static void give_obey(struct fx *f, struct event in)
{
	struct wished w;

	for (;;) {
		memory.armed = f->arm && !memory.hit;
		enum wish wish = give_step(f->g, &in, &w);
		memory.armed = false;

		in = (struct event){ .type = EVENT_GO };
		switch (wish) {
		case WISH_SEND:
			buf_put_bytes(&f->station.out, w.bytes);
			f->station.sent_bytes += w.bytes.len;
			break;
		case WISH_KEEP:
			if (f->keeps_die) { /* the plug was pulled before it was on disk */
				f->cut = true;
				return;
			}
			keep(f, &w.checkpoint, w.rewound);
			break;
		case WISH_LOAD:
			f->load = w;
			f->loading = true;
			if (rng_chance(&f->rng, 500))
				in = loaded(f);
			break;
		case WISH_DONE:
		case WISH_FAIL:
			ended(f, &f->station, wish, &w.fault);
			return;
		case WISH_WAIT:
			return;
		case WISH_HELD:
		case WISH_STORE:
			fail_msg("give wished %s", wish_name(wish));
		}
	}
}

static void put_by(struct fx *f, const struct run *run)
{
	struct queued *q = &f->queue[f->queue_tail++ % QUEUE_MAX];

	assert_true(f->queue_tail - f->queue_head <= QUEUE_MAX);
	assert_true(run->first >= f->first_allowed); /* W3 */
	f->first_allowed = run->first + run->count;
	buf_clear(&q->bytes);
	buf_put_bytes(&q->bytes, run->entries);
	q->run = *run;
	q->run.entries = buf_bytes(&q->bytes);
	q->session = f->session;
	f->under_way++;
	if (f->under_way > f->max_under_way)
		f->max_under_way = f->under_way;
	assert_true(f->under_way <= BATCH_WINDOW);
}

static void take_obey(struct fx *f, struct event in)
{
	struct wished w;

	for (;;) {
		memory.armed = f->arm && !memory.hit;
		enum wish wish = take_step(f->t, &in, &w);
		memory.armed = false;

		in = (struct event){ .type = EVENT_GO };
		switch (wish) {
		case WISH_SEND:
			buf_put_bytes(&f->centre.out, w.bytes);
			f->centre.sent_bytes += w.bytes.len;
			break;
		case WISH_HELD:
			f->looking = true;
			if (rng_chance(&f->rng, 500))
				in = held(f);
			break;
		case WISH_STORE:
			put_by(f, &w.run);
			break;
		case WISH_DONE:
		case WISH_FAIL:
			ended(f, &f->centre, wish, &w.fault);
			return;
		case WISH_WAIT:
			return;
		case WISH_LOAD:
		case WISH_KEEP:
			fail_msg("take wished %s", wish_name(wish));
		}
	}
}

/* ---- what may happen next ---- */

static void store_one(struct fx *f)
{
	if (f->queue_head == f->queue_tail)
		return;
	struct queued *q = &f->queue[f->queue_head++ % QUEUE_MAX];
	struct event in = { .type = EVENT_STORED };

	assert_int_equal(world_hub_store(&f->hub, &q->run, &in.ordinal), 0);
	w1(f);
	if (q->session != f->session || f->t == NULL)
		return;
	f->under_way--;
	in.held = world_hub_head(&f->hub);
	in.checkpoint = world_hub_checkpoint(&f->hub);
	if (!f->centre.over)
		take_obey(f, in);
}

static void read_frames(struct fx *f, struct end *to, bool centre)
{
	struct bytes payload;
	size_t used;

	while (!to->over && !(centre && take_full(f->t)) &&
	       frame_take(buf_bytes(&to->in), &payload, &used) == 0) {
		struct event in = { .type = EVENT_FRAME, .payload = payload };

		if (centre)
			take_obey(f, in);
		else
			give_obey(f, in);
		buf_drop(&to->in, used);
		if (f->cut)
			return;
	}
}

static void deliver(struct fx *f, struct end *from, struct end *to, bool centre)
{
	size_t n = from->out.len;

	if (rng_chance(&f->rng, 700))
		n = (size_t)rng_below(&f->rng, n + 1);
	buf_put(&to->in, from->out.p, n);
	buf_drop(&from->out, n);
	read_frames(f, to, centre);
}

static void log_grows(struct fx *f)
{
	uint64_t n = rng_below(&f->rng, 4);

	for (uint64_t i = 0; i < n; i++)
		world_log_add(&f->log, rng_u64(&f->rng), rng_below(&f->rng, 200));
	if (f->g != NULL)
		give_obey(f, (struct event){ .type = EVENT_MORE,
					     .held = world_log_head(&f->log, f->log.seq) });
}

static void happen(struct fx *f, bool growing)
{
	switch (rng_below(&f->rng, 8)) {
	case 0:
	case 1:
		deliver(f, &f->station, &f->centre, true);
		break;
	case 2:
	case 3:
		deliver(f, &f->centre, &f->station, false);
		break;
	case 4:
		if (f->loading && !f->station.over)
			give_obey(f, loaded(f));
		break;
	case 5:
		if (f->looking && !f->centre.over)
			take_obey(f, held(f));
		break;
	case 6:
		store_one(f);
		read_frames(f, &f->centre, true); /* the window may have opened */
		break;
	case 7:
		if (growing && rng_chance(&f->rng, 100) && !f->station.over &&
		    f->log.seq + 4 < WORLD_LOG_MAX)
			log_grows(f);
		break;
	}
}

/* ---- a session ---- */

static void session_begin(struct fx *f)
{
	struct give_start gs = world_give_start(&f->log, &f->hub);
	struct take_start ts = world_take_start(&f->log);

	gs.cursor = f->cursor;
	gs.seen = f->seen;
	gs.rewound = f->rewound;
	f->session++;
	f->g = give_open(&gs);
	f->t = take_open(&ts);
	assert_true(f->g != NULL && f->t != NULL);
	uint64_t safe = f->cursor.seq < f->hub.seq ? f->cursor.seq : f->hub.seq;
	f->first_allowed = f->cursor.epoch == f->hub.epoch ? safe + 1 : 1;
	f->cut = f->loading = f->looking = false;
	f->under_way = 0;
	f->station.over = f->centre.over = false;
	f->station.sent_bytes = f->centre.sent_bytes = 0;
	buf_clear(&f->station.in);
	buf_clear(&f->station.out);
	buf_clear(&f->centre.in);
	buf_clear(&f->centre.out);
	give_obey(f, (struct event){ .type = EVENT_GO });
	take_obey(f, (struct event){ .type = EVENT_GO });
}

static void session_end(struct fx *f)
{
	if (!f->station.over && !f->cut)
		give_obey(f, (struct event){ .type = EVENT_CLOSED });
	if (!f->centre.over)
		take_obey(f, (struct event){ .type = EVENT_CLOSED });
	give_close(f->g);
	take_close(f->t);
	f->g = NULL;
	f->t = NULL;
}

/* `cut_after` bytes in either direction; SIZE_MAX: not cut. */
static void session(struct fx *f, uint64_t cut_after, bool growing)
{
	session_begin(f);
	for (int i = 0; !f->cut && !(f->station.over && f->centre.over); i++) {
		uint64_t under_way = f->station.out.len + f->centre.out.len;
		uint64_t arrived = f->station.sent_bytes + f->centre.sent_bytes - under_way;

		assert_true(i < STEPS_MAX); /* it comes to an end */
		if (arrived >= cut_after)
			break;
		happen(f, growing);
	}
	session_end(f);
}

static void fx_init(struct fx *f, uint64_t seed)
{
	memset(f, 0, sizeof *f);
	rng_seed(&f->rng, seed, 1);
	world_log_init(&f->log, 1, 1);
	world_hub_init(&f->hub, 200, &f->log);
}

static void fx_fini(struct fx *f)
{
	world_log_fini(&f->log);
	world_hub_fini(&f->hub);
	for (int i = 0; i < QUEUE_MAX; i++)
		buf_fini(&f->queue[i].bytes);
	buf_fini(&f->station.in);
	buf_fini(&f->station.out);
	buf_fini(&f->centre.in);
	buf_fini(&f->centre.out);
	free(f);
}

static uint64_t some_log(struct fx *f)
{
	static const uint64_t most[] = { 1, 20, 300, 3000 };
	uint64_t n = rng_below(&f->rng, most[rng_below(&f->rng, 4)] + 1);
	size_t text = (size_t)rng_below(&f->rng, n > 1000 ? 60 : 3000);

	for (uint64_t i = 0; i < n; i++)
		world_log_add(&f->log, rng_u64(&f->rng), rng_below(&f->rng, text + 1));
	return n;
}

static void history(struct fx *f)
{
	some_log(f);
	for (int i = 0; i < SESSIONS; i++) {
		f->keeps_die = rng_chance(&f->rng, 150);
		session(f,
			rng_below(&f->rng, 2) ? rng_below(&f->rng, 600)
					      : rng_below(&f->rng, f->log.bytes.len + 600),
			true);
		if (rng_chance(&f->rng, 100)) { /* restored: what waited in memory is gone */
			bool said = rng_chance(&f->rng, 500);

			f->queue_head = f->queue_tail;
			world_hub_restore(&f->hub, rng_below(&f->rng, f->hub.seq + 1),
					  f->hub.epoch + said);
			f->set_back = !said;
		}
	}
	f->keeps_die = false;
	session(f, UINT64_MAX, false);
	assert_int_equal(f->hub.seq, f->log.seq);
	assert_int_equal(f->cursor.seq, f->log.seq);
	assert_true(f->cursor.epoch == f->hub.epoch);
}

/* cmocka leaves a failed test by longjmp: the teardown says which history it was. */
static uint64_t seed_now;

static int say_seed(void **state)
{
	(void)state;
	print_message("last history: BF_SEED=%llu\n", (unsigned long long)seed_now);
	return 0;
}

static void give_and_take_agree_whatever_is_cut(void **state)
{
	const char *more = getenv("BF_SEEDS");
	bool one = getenv("BF_SEED") != NULL;
	uint64_t first = world_seed(1);
	uint64_t count = one ? 1 : more != NULL ? strtoull(more, NULL, 0) : 100;
	uint64_t overlaps = 0, restores = 0, noticed = 0;

	(void)state;
	for (uint64_t seed = first; seed < first + count; seed++) {
		struct fx *f = malloc(sizeof *f);

		assert_non_null(f);
		fx_init(f, seed);
		seed_now = seed;
		history(f);
		overlaps += f->hub.stored_twice > 0;
		noticed += f->noticed;
		restores += f->hub.epoch != UINT64_C(0xfedcba9876543210);
		fx_fini(f);
	}
	print_message(
	    "%llu histories, %llu with overlapping sessions, %llu with a restored hub, %llu "
	    "set back in silence and noticed\n",
	    (unsigned long long)count, (unsigned long long)overlaps, (unsigned long long)restores,
	    (unsigned long long)noticed);
	if (count >= 100) /* or the world has grown too kind */
		assert_true(overlaps > 0 && restores > 0 && noticed > 0);
}

/* ---- sizes ---- */

/* Whole frames at once, everything answered at once: what a quiet night costs. */
static void quiet_session(struct fx *f)
{
	session_begin(f);
	f->round_trips = 0;
	while (!f->station.over && !f->centre.over) {
		size_t up = f->station.out.len;

		buf_put(&f->centre.in, f->station.out.p, f->station.out.len);
		buf_clear(&f->station.out);
		read_frames(f, &f->centre, true);
		if (f->looking)
			take_obey(f, held(f));
		while (f->queue_head != f->queue_tail)
			store_one(f);
		size_t down = f->centre.out.len;
		buf_put(&f->station.in, f->centre.out.p, f->centre.out.len);
		buf_clear(&f->centre.out);
		read_frames(f, &f->station, false);
		while (f->loading)
			give_obey(f, loaded(f));
		f->round_trips += up > 0 && down > 0;
	}
	buf_put(&f->centre.in, f->station.out.p, f->station.out.len); /* BYE */
	read_frames(f, &f->centre, true);
	session_end(f);
}

static struct fx *quiet_fx(uint64_t entries, size_t text_bytes)
{
	struct fx *f = malloc(sizeof *f);

	assert_non_null(f);
	fx_init(f, 1);
	world_log_fill(&f->log, entries, text_bytes);
	return f;
}

static void a_night_with_nothing_new_is_one_round_trip_and_300_bytes(void **state)
{
	struct fx *f = quiet_fx(5000, 20);

	(void)state;
	quiet_session(f);
	f->hub.order_length = f->hub.seq; /* as a hub of a province: a long order */
	f->hub.order_length += 9000000;
	quiet_session(f); /* learns the longer order */
	quiet_session(f);
	uint64_t bytes = f->station.sent_bytes + f->centre.sent_bytes;
	print_message("nothing new: %llu bytes up, %llu down\n",
		      (unsigned long long)f->station.sent_bytes,
		      (unsigned long long)f->centre.sent_bytes);
	assert_true(bytes <= 300);
	assert_int_equal(f->round_trips, 1);
	fx_fini(f);
}

static void an_ordinary_night_is_two_round_trips(void **state)
{
	struct fx *f = quiet_fx(100, 150);

	(void)state;
	quiet_session(f);
	world_log_fill(&f->log, 17, 150);
	quiet_session(f);
	print_message("17 entries: %llu bytes up, %llu down\n",
		      (unsigned long long)f->station.sent_bytes,
		      (unsigned long long)f->centre.sent_bytes);
	assert_int_equal(f->round_trips, 2);
	assert_true(f->station.sent_bytes + f->centre.sent_bytes < 8000);
	assert_int_equal(f->hub.seq, 117);
	fx_fini(f);
}

static void memory_that_fails_anywhere_ends_the_session_and_nothing_else(void **state)
{
	unsigned at = 0, ended_early = 0;

	(void)state;
	for (bool hit = true; hit; at++) {
		struct fx *f = quiet_fx(60, 40);

		memory.after = at;
		memory.hit = false;
		f->arm = true;
		quiet_session(f);
		f->arm = false;
		hit = memory.hit;
		memory.hit = false;
		ended_early += f->hub.seq < 60;
		while (f->queue_head != f->queue_tail)
			store_one(f);
		quiet_session(f);
		assert_int_equal(f->hub.seq, 60);
		assert_int_equal(f->cursor.seq, 60);
		fx_fini(f);
	}
	print_message("%u allocations, %u of them cost the session\n", at - 1, ended_early);
	assert_true(at > 3 && ended_early > 0);
}

static void memory_that_fails_at_the_door_opens_nothing(void **state)
{
	struct fx *f = quiet_fx(1, 1);
	struct give_start gs = world_give_start(&f->log, &f->hub);
	struct take_start ts = world_take_start(&f->log);

	(void)state;
	for (unsigned at = 0; at < 2; at++) {
		memory.after = at;
		memory.armed = true;
		assert_null(give_open(&gs));
		memory.after = at;
		memory.armed = true;
		assert_null(take_open(&ts));
	}
	memory.armed = memory.hit = false;
	fx_fini(f);
}

static void a_long_log_fills_the_window_and_not_more(void **state)
{
	struct fx *f = quiet_fx(9000, 20);

	(void)state;
	quiet_session(f);
	assert_int_equal(f->hub.seq, 9000);
	assert_int_equal(f->max_under_way, BATCH_WINDOW);
	fx_fini(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(give_and_take_agree_whatever_is_cut, say_seed),
		cmocka_unit_test(a_night_with_nothing_new_is_one_round_trip_and_300_bytes),
		cmocka_unit_test(an_ordinary_night_is_two_round_trips),
		cmocka_unit_test(memory_that_fails_anywhere_ends_the_session_and_nothing_else),
		cmocka_unit_test(memory_that_fails_at_the_door_opens_nothing),
		cmocka_unit_test(a_long_log_fills_the_window_and_not_more),
	};
	return cmocka_run_group_tests_name("sync_pair", tests, NULL, NULL);
}
