/* SPDX-License-Identifier: Apache-2.0 */
/* take.c -- tests of protocol/take.h: what a hub does with everything a station may send. */
#include "wire_world.h"

#include "protocol/pack.h"

enum { RUNS_MAX = 16 };

struct fx {
	struct world_log log;
	struct world_hub hub;
	struct take_start start;
	struct take *t;
	struct wished w;
	struct buf frame, sent, raw, packed;
	struct pack *pack;
	struct mp_doc doc;
	struct buf runs[RUNS_MAX]; /* stores that were wished, copied as a driver does */
	struct run run[RUNS_MAX];
	unsigned run_count;
	struct malformed malformed; /* what the store says of the log */
};

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	world_log_init(&f->log, 1, 1);
	world_log_fill(&f->log, 40, 50);
	world_hub_init(&f->hub, 200, &f->log);
	f->start = world_take_start(&f->log);
	f->pack = pack_open();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	take_close(f->t);
	pack_close(f->pack);
	world_log_fini(&f->log);
	world_hub_fini(&f->hub);
	for (int i = 0; i < RUNS_MAX; i++)
		buf_fini(&f->runs[i]);
	buf_fini(&f->frame);
	buf_fini(&f->sent);
	buf_fini(&f->raw);
	buf_fini(&f->packed);
	mp_doc_fini(&f->doc);
	free(f);
	return 0;
}

static struct event held(struct fx *f)
{
	return (struct event){ .type = EVENT_HELD,
			       .held = world_hub_head(&f->hub),
			       .checkpoint = world_hub_checkpoint(&f->hub),
			       .malformed = f->malformed };
}

/* Obey wishes; HELD is answered at once, stores are put by for the test. */
static enum wish run(struct fx *f, struct event in)
{
	buf_clear(&f->sent);
	for (;;) {
		enum wish wish = take_step(f->t, &in, &f->w);

		in = (struct event){ .type = EVENT_GO };
		switch (wish) {
		case WISH_SEND:
			buf_put_bytes(&f->sent, f->w.bytes);
			break;
		case WISH_HELD:
			assert_true(f->w.origin == f->log.origin);
			in = held(f);
			break;
		case WISH_STORE:
			assert_true(f->run_count < RUNS_MAX);
			buf_clear(&f->runs[f->run_count]);
			buf_put_bytes(&f->runs[f->run_count], f->w.run.entries);
			f->run[f->run_count] = f->w.run;
			f->run[f->run_count].entries = buf_bytes(&f->runs[f->run_count]);
			f->run_count++;
			break;
		case WISH_WAIT:
		case WISH_DONE:
		case WISH_FAIL:
			return wish;
		case WISH_LOAD:
		case WISH_KEEP:
			fail_msg("take wished %s", wish_name(wish));
		}
	}
}

static enum wish say(struct fx *f, const struct message *m)
{
	return run(f, world_frame(&f->frame, m));
}

static struct message hello(struct fx *f)
{
	return (struct message){ .type = MESSAGE_HELLO,
				 .hello = { .version = 1,
					    .origin = f->log.origin,
					    .seq = f->log.seq,
					    .hash = f->log.hash[f->log.seq],
					    .now_ms = 5 } };
}

static void open_session(struct fx *f)
{
	take_close(f->t);
	f->t = take_open(&f->start);
	assert_non_null(f->t);
	f->run_count = 0;
	assert_int_equal(run(f, (struct event){ .type = EVENT_GO }), WISH_WAIT);
	assert_int_equal(f->sent.len, 0);
}

static void greet(struct fx *f)
{
	open_session(f);
	struct message m = hello(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.type, MESSAGE_WELCOME);
	assert_string_equal(take_state(f->t), "READY");
}

/* A batch of any bytes, packed here; its head signed by `key`. */
static struct message batch_of(struct fx *f, uint64_t first, uint64_t count, struct bytes raw,
			       struct hash end, const struct key_pair *key)
{
	struct message m = { .type = MESSAGE_BATCH };

	buf_clear(&f->packed);
	assert_int_equal(pack_put(f->pack, raw, &f->packed), 0);
	m.batch = (struct msg_batch){ .origin = f->log.origin,
				      .first = first,
				      .count = count,
				      .raw_bytes = raw.len,
				      .packed = buf_bytes(&f->packed) };
	m.batch.head =
	    (struct head){ .origin = f->log.origin, .seq = first + count - 1, .hash = end };
	head_sign(&m.batch.head, key);
	return m;
}

static struct message batch(struct fx *f, uint64_t first, uint64_t count)
{
	return batch_of(f, first, count, world_log_entries(&f->log, first, count),
			f->log.hash[first + count - 1], &f->log.key);
}

static enum wish send_batch(struct fx *f, uint64_t first, uint64_t count)
{
	struct message m = batch(f, first, count);

	return say(f, &m);
}

static struct event stored(struct fx *f, unsigned i)
{
	uint64_t ordinal = 0;
	struct event in = held(f);

	in.rc = world_hub_store(&f->hub, &f->run[i], &ordinal);
	in.type = EVENT_STORED;
	in.held = world_hub_head(&f->hub);
	in.checkpoint = world_hub_checkpoint(&f->hub);
	in.ordinal = ordinal;
	return in;
}

static unsigned sent_of(struct fx *f, enum message_type type)
{
	return world_count(buf_bytes(&f->sent), &f->doc, type);
}

/* It ended with this fault, told the node, stored nothing more, and stays ended. */
static void refused(struct fx *f, enum wish wish, enum fault_code code)
{
	unsigned runs = f->run_count;

	assert_int_equal(wish, WISH_FAIL);
	assert_string_equal(fault_name(f->w.fault.code), fault_name(code));
	assert_int_equal(sent_of(f, MESSAGE_REFUSE), 1);
	struct message m = hello(f);
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_int_equal(f->sent.len, 0);
	assert_int_equal(f->run_count, runs);
}

/* ---- the ordinary night ---- */

static void what_a_node_says_of_itself_outlives_its_frame(void **state)
{
	struct fx *f = *state;
	char program[PROGRAM_BYTES_MAX + 1];
	uint64_t seq;

	open_session(f);
	assert_false(take_hello(f->t, &seq, program));
	struct message m = hello(f);
	m.hello.program = BYTES_LIT("0.9.1-longest-name-of-32-bytes--");
	assert_int_equal(m.hello.program.len, 32);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(send_batch(f, 1, 3), WISH_WAIT);
	assert_true(take_hello(f->t, &seq, program));
	assert_true(seq == f->log.seq);
	assert_string_equal(program, "0.9.1-longest-name-of-32-bytes--");
	greet(f); /* an older node does not say it */
	assert_true(take_hello(f->t, &seq, program));
	assert_string_equal(program, "");
}

static void welcome_says_what_is_held_and_signed(void **state)
{
	struct fx *f = *state;

	open_session(f);
	struct run part = world_log_run(&f->log, 1, 12, SIZE_MAX);
	uint64_t ordinal;
	assert_int_equal(world_hub_store(&f->hub, &part, &ordinal), 0);
	struct message m = hello(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.type, MESSAGE_WELCOME);
	assert_int_equal(m.welcome.checkpoint.seq, 12);
	assert_int_equal(m.welcome.next_s, 86400);
	assert_int_equal(m.welcome.window, BATCH_WINDOW);
	m.welcome.checkpoint.origin = f->log.origin;
	assert_true(checkpoint_verify(&m.welcome.checkpoint, &f->hub.key.public));
	assert_int_equal(f->w.peer_ms, 5);
}

static void stored_is_sent_only_when_durable_and_in_order(void **state)
{
	struct fx *f = *state;

	greet(f);
	assert_int_equal(send_batch(f, 1, 10), WISH_WAIT);
	assert_int_equal(f->sent.len, 0); /* T1 */
	assert_int_equal(send_batch(f, 11, 10), WISH_WAIT);
	assert_int_equal(f->run_count, 2);
	assert_true(bytes_equal(f->run[1].entries, world_log_entries(&f->log, 11, 10)));
	assert_int_equal(run(f, stored(f, 0)), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.stored.checkpoint.seq, 10);
	assert_int_equal(m.stored.ordinal, 10);
	assert_int_equal(take_stored(f->t), 10);
	assert_int_equal(run(f, stored(f, 1)), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.stored.checkpoint.seq, 20);
	m = (struct message){ .type = MESSAGE_BYE };
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(take_stored(f->t), 20);
}

static void malformed_entries_are_told_in_welcome_and_in_every_answer(void **state)
{
	struct fx *f = *state;

	open_session(f);
	f->malformed = (struct malformed){ 3, 5 };
	struct message m = hello(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.welcome.malformed.count, 3);
	assert_int_equal(m.welcome.malformed.first, 5);
	assert_int_equal(send_batch(f, 1, 10), WISH_WAIT);
	f->malformed = (struct malformed){ 4, 5 };
	assert_int_equal(run(f, stored(f, 0)), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.type, MESSAGE_STORED);
	assert_int_equal(m.stored.malformed.count, 4);
	assert_int_equal(m.stored.malformed.first, 5);
}

/* I8: a station's clock went back, or its writer never heard of the rule. */
static void a_stamp_that_goes_back_decides_nothing(void **state)
{
	static const uint64_t stamps[] = { UINT64_MAX, 9, 9, 0 };
	struct fx *f = *state;
	struct world_log *l = &f->log;

	world_log_fini(l);
	world_log_init(l, 1, 1);
	for (uint64_t seq = 1; seq <= 4; seq++) {
		struct entry e = {
			.seq = seq, .stamp = stamps[seq - 1], .kind = 3, .body = BYTES_LIT("\x80")
		};

		assert_int_equal(entry_put(&l->bytes, &e), 0);
		l->seq = seq;
		l->at[seq] = l->bytes.len;
		l->hash[seq] = chain_next(&l->hash[seq - 1], world_log_entries(l, seq, 1));
	}
	greet(f);
	assert_int_equal(send_batch(f, 1, 4), WISH_WAIT);
	assert_int_equal(run(f, stored(f, 0)), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.stored.checkpoint.seq, 4);
}

static void a_full_window_says_so_and_one_more_batch_is_out_of_turn(void **state)
{
	struct fx *f = *state;

	greet(f);
	for (unsigned i = 0; i < BATCH_WINDOW; i++) {
		assert_false(take_full(f->t));
		assert_int_equal(send_batch(f, 1 + 2 * i, 2), WISH_WAIT);
	}
	assert_true(take_full(f->t));
	assert_int_equal(run(f, stored(f, 0)), WISH_WAIT);
	assert_false(take_full(f->t));
	assert_int_equal(send_batch(f, 1 + 2 * BATCH_WINDOW, 2), WISH_WAIT);
	refused(f, send_batch(f, 3 + 2 * BATCH_WINDOW, 2), FAULT_OUT_OF_TURN);
	assert_int_equal(f->run_count, BATCH_WINDOW + 1);
}

static void a_store_that_came_further_meanwhile_is_acknowledged_as_it_is(void **state)
{
	struct fx *f = *state;
	uint64_t ordinal;

	greet(f);
	assert_int_equal(send_batch(f, 1, 10), WISH_WAIT);
	/* an older session of this node had 1..15 under way */
	struct run older = world_log_run(&f->log, 1, 15, SIZE_MAX);
	assert_int_equal(world_hub_store(&f->hub, &older, &ordinal), 0);
	assert_int_equal(run(f, stored(f, 0)), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.stored.checkpoint.seq, 15);
	assert_int_equal(m.stored.ordinal, 0);              /* nothing was fresh */
	assert_int_equal(send_batch(f, 11, 30), WISH_WAIT); /* T3: after what was accepted here */
	assert_int_equal(run(f, stored(f, 1)), WISH_WAIT);
	assert_int_equal(f->hub.seq, 40);
	assert_int_equal(f->hub.order_length, 40);
}

static void the_same_head_on_both_sides_sends_no_hash(void **state)
{
	struct fx *f = *state;
	static const struct hash zero;
	uint64_t ordinal;
	struct run all = world_log_run(&f->log, 1, 40, SIZE_MAX);

	assert_int_equal(world_hub_store(&f->hub, &all, &ordinal), 0);
	open_session(f);
	struct message m = hello(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_memory_equal(&m.welcome.checkpoint.hash, &zero, sizeof zero);
}

/* ---- what is refused ---- */

static void a_log_that_is_not_the_key_s_is_refused(void **state)
{
	struct fx *f = *state;

	open_session(f);
	struct message m = hello(f);
	m.hello.origin++;
	refused(f, say(f, &m), FAULT_WRONG_ORIGIN);

	greet(f);
	m = batch(f, 1, 3);
	m.batch.origin++;
	refused(f, say(f, &m), FAULT_OUT_OF_TURN);
}

static void another_log_of_the_same_length_is_a_fork(void **state)
{
	struct fx *f = *state;
	uint64_t ordinal;
	struct run all = world_log_run(&f->log, 1, 40, SIZE_MAX);

	assert_int_equal(world_hub_store(&f->hub, &all, &ordinal), 0);
	open_session(f);
	struct message m = hello(f);
	m.hello.hash.b[5] ^= 1;
	refused(f, say(f, &m), FAULT_FORK);
}

static void a_batch_that_does_not_start_where_this_session_is_ends_it(void **state)
{
	struct fx *f = *state;

	greet(f);
	refused(f, send_batch(f, 2, 3), FAULT_OUT_OF_TURN); /* a hole */
	greet(f);
	assert_int_equal(send_batch(f, 1, 10), WISH_WAIT);
	refused(f, send_batch(f, 5, 10), FAULT_OUT_OF_TURN); /* over again */
	assert_int_equal(f->run_count, 1);
}

static void one_changed_bit_anywhere_stores_nothing(void **state)
{
	struct fx *f = *state;
	struct bytes five = world_log_entries(&f->log, 1, 5);

	for (size_t bit = 0; bit < five.len * 8; bit += 7) {
		greet(f);
		buf_clear(&f->raw);
		buf_put_bytes(&f->raw, five);
		f->raw.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		struct message m =
		    batch_of(f, 1, 5, buf_bytes(&f->raw), f->log.hash[5], &f->log.key);
		assert_int_equal(say(f, &m), WISH_FAIL);
		assert_true(f->w.fault.code == FAULT_BAD_ENTRY ||
			    f->w.fault.code == FAULT_ENTRY_NEWER || /* in the format */
			    f->w.fault.code == FAULT_BROKEN_CHAIN);
		assert_int_equal(f->run_count, 0);
	}
}

static void entries_dropped_doubled_or_swapped_store_nothing(void **state)
{
	/* which entries are sent as 1..4 */
	static const uint64_t as_sent[][4] = {
		{ 1, 2, 3, 5 }, { 1, 2, 2, 3 }, { 1, 3, 2, 4 }, { 2, 3, 4, 5 }, { 1, 2, 3, 4 }
	};
	struct fx *f = *state;

	for (size_t i = 0; i < 5; i++) {
		greet(f);
		buf_clear(&f->raw);
		for (int j = 0; j < 4; j++)
			buf_put_bytes(&f->raw, world_log_entries(&f->log, as_sent[i][j], 1));
		struct message m =
		    batch_of(f, 1, 4, buf_bytes(&f->raw), f->log.hash[4], &f->log.key);
		enum wish wish = say(f, &m);
		if (i == 4)
			assert_int_equal(wish, WISH_WAIT);
		else
			refused(f, wish, FAULT_BAD_ENTRY);
		assert_int_equal(f->run_count, i == 4);
	}
}

static void a_count_that_is_not_the_entries_stores_nothing(void **state)
{
	struct fx *f = *state;
	struct bytes five = world_log_entries(&f->log, 1, 5);

	for (uint64_t count = 4; count <= 6; count++) {
		greet(f);
		struct message m = batch_of(f, 1, count, five, f->log.hash[count], &f->log.key);
		enum wish wish = say(f, &m);
		if (count != 5)
			refused(f, wish, FAULT_BAD_ENTRY);
		assert_int_equal(f->run_count, count == 5);
	}
}

/* The first five entries with some bytes changed, chained and signed by their node as if all were
 * well. */
static struct message doctored(struct fx *f, size_t offset, struct bytes with)
{
	struct hash hash = f->log.hash[0];

	buf_clear(&f->raw);
	buf_put_bytes(&f->raw, world_log_entries(&f->log, 1, 5));
	memcpy(f->raw.p + offset, with.p, with.len);
	for (uint64_t seq = 1; seq <= 5; seq++)
		hash = chain_next(&hash, bytes_of(f->raw.p + f->log.at[seq - 1],
						  f->log.at[seq] - f->log.at[seq - 1]));
	return batch_of(f, 1, 5, buf_bytes(&f->raw), hash, &f->log.key);
}

/* The class of the REFUSE that was sent: what another program reads, whatever its language. */
static uint64_t refused_rc(struct fx *f, enum fault_code code)
{
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);

	assert_int_equal(m.type, MESSAGE_REFUSE);
	assert_true(bytes_equal(m.refuse.name, bytes_str(fault_name(code))));
	return m.refuse.rc;
}

static void an_entry_of_a_newer_format_is_refused_as_one_and_not_as_broken(void **state)
{
	struct fx *f = *state;

	greet(f);
	struct message m =
	    doctored(f, f->log.at[2] + 1, BYTES_LIT("\2")); /* the format of entry 3 */
	enum wish wish = say(f, &m);
	assert_int_equal(refused_rc(f, FAULT_ENTRY_NEWER), 16);
	assert_non_null(strstr(f->w.fault.en, "Entry 3 "));
	assert_non_null(strstr(f->w.fault.en, "written by a newer program"));
	assert_non_null(strstr(f->w.fault.zh, "由更新的程序写成"));
	refused(f, wish, FAULT_ENTRY_NEWER);
	assert_int_equal(f->run_count, 0);
}

static void a_message_of_an_unknown_type_is_refused_as_a_newer_programs(void **state)
{
	struct fx *f = *state;
	static const uint8_t ten[] = { 0x91, 10 };

	greet(f);
	enum wish wish =
	    run(f, (struct event){ .type = EVENT_FRAME, .payload = bytes_of(ten, sizeof ten) });
	assert_int_equal(refused_rc(f, FAULT_MESSAGE_NEWER), 16);
	refused(f, wish, FAULT_MESSAGE_NEWER);
}

static void an_author_that_would_turn_a_line_around_stores_nothing(void **state)
{
	static const char *const authors[] = { "\xe2\x80\xaexx", "c\033[7m", "cadr\n",
					       "cad\xc2\x9b" };
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof authors / sizeof *authors; i++) {
		struct bytes third = world_log_entries(&f->log, 3, 1);
		const uint8_t *author = memchr(third.p, 'c', third.len); /* of "cadre" */

		assert_memory_equal(author, "cadre", 5);
		greet(f);
		struct message m =
		    doctored(f, f->log.at[2] + (size_t)(author - third.p), bytes_str(authors[i]));
		enum wish wish = say(f, &m);
		assert_int_equal(refused_rc(f, FAULT_BAD_ENTRY), 3);
		refused(f, wish, FAULT_BAD_ENTRY);
		assert_int_equal(f->run_count, 0);
	}
}

static void a_head_not_signed_by_the_node_stores_nothing(void **state)
{
	struct fx *f = *state;
	struct key_pair other;

	world_key(&other, 66);
	greet(f);
	struct message m =
	    batch_of(f, 1, 5, world_log_entries(&f->log, 1, 5), f->log.hash[5], &other);
	refused(f, say(f, &m), FAULT_HEAD_SIGNATURE);
	greet(f);
	m = batch(f, 1, 5);
	m.batch.head.sig.b[40] ^= 1;
	refused(f, say(f, &m), FAULT_HEAD_SIGNATURE);
	greet(f); /* a signature under a head of other content */
	m = batch_of(f, 1, 5, world_log_entries(&f->log, 1, 5), f->log.hash[6], &f->log.key);
	refused(f, say(f, &m), FAULT_BROKEN_CHAIN);
	assert_int_equal(f->run_count, 0);
}

static void a_packed_part_that_lies_stores_nothing(void **state)
{
	struct fx *f = *state;

	greet(f);
	struct message m = batch(f, 1, 5);
	m.batch.raw_bytes++;
	refused(f, say(f, &m), FAULT_BAD_MESSAGE);
	greet(f);
	m = batch(f, 1, 5);
	m.batch.packed.len--;
	refused(f, say(f, &m), FAULT_BAD_MESSAGE);
	greet(f);
	m = batch(f, 1, 5);
	m.batch.packed = BYTES_LIT("no zstd at all");
	refused(f, say(f, &m), FAULT_BAD_MESSAGE);
	assert_int_equal(f->run_count, 0);
}

static void what_the_store_refuses_is_told(void **state)
{
	struct fx *f = *state;
	static const struct {
		int rc;
		enum fault_code code;
		bool busy;
	} cases[] = {
		{ BF_EFORK, FAULT_FORK, false },        { BF_EFULL, FAULT_NOT_STORED, true },
		{ BF_EBUSY, FAULT_NOT_STORED, true },   { BF_EIO, FAULT_NOT_STORED, false },
		{ BF_EORDER, FAULT_NOT_STORED, false }, { BF_EOVERFLOW, FAULT_NOT_STORED, false }
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		greet(f);
		assert_int_equal(send_batch(f, 1, 5), WISH_WAIT);
		assert_int_equal(send_batch(f, 6, 5), WISH_WAIT);
		struct event in = { .type = EVENT_STORED, .rc = cases[i].rc };
		assert_int_equal(run(f, in), WISH_FAIL);
		assert_int_equal(f->w.fault.code, cases[i].code);
		assert_int_equal(f->w.fault.rc, cases[i].rc);
		assert_int_equal(f->w.retry_s > 0, cases[i].busy);
		assert_int_equal(sent_of(f, MESSAGE_BUSY), cases[i].busy);
		assert_int_equal(sent_of(f, MESSAGE_REFUSE), !cases[i].busy);
		assert_int_equal(sent_of(f, MESSAGE_STORED), 0);
		/* The second store ends later and is not acknowledged: the session is over. */
		assert_int_equal(run(f, stored(f, 0)), WISH_FAIL);
		assert_int_equal(f->sent.len, 0);
		world_hub_restore(&f->hub, 0, 1);
	}
}

/* Of its own disk the hub says no more than that it is full; and a station of before the reason
 * reads the time alone. */
static void a_full_store_is_told_as_a_full_disk_and_a_busy_one_is_not(void **state)
{
	static const struct {
		int rc;
		const char *name;
		uint64_t retry_s;
	} cases[] = { { BF_EFULL, "hub_disk_full", 600 }, { BF_EBUSY, "", 60 } };
	struct fx *f = *state;
	struct message m;
	struct bytes payload;
	struct fault why;
	size_t used;

	for (size_t i = 0; i < 2; i++) {
		struct event in = { .type = EVENT_STORED, .rc = cases[i].rc, .why = &why };

		greet(f);
		assert_int_equal(send_batch(f, 1, 5), WISH_WAIT);
		(void)fault_say(&why, FAULT_DISK_FULL, "/var/lib/bangfu", "3 MiB", NULL);
		assert_int_equal(run(f, in), WISH_FAIL);
		assert_int_equal(f->w.retry_s, cases[i].retry_s);
		assert_int_equal(frame_take(buf_bytes(&f->sent), &payload, &used), 0);
		assert_int_equal(message_take(payload, &f->doc, &m), 0);
		assert_int_equal(m.type, MESSAGE_BUSY);
		assert_int_equal(m.busy.retry_s, cases[i].retry_s);
		assert_true(bytes_equal(m.busy.name, bytes_str(cases[i].name)));
		assert_null(memmem(f->sent.p, f->sent.len, "/var", 4));
		world_hub_restore(&f->hub, 0, 1);
	}
}

/* The node must read which of its entries is wrong, and whole: a REFUSE holds less than a fault.
 * The store's sentence about a disk is none of its business. */
static void what_is_wrong_with_the_run_is_told_in_the_stores_words(void **state)
{
	struct fx *f = *state;
	struct message m;
	struct bytes payload;
	struct fault why;
	size_t used;

	(void)fault_say(&why, FAULT_LOG_FULL, "0123456789abcdef", "1099511627775", NULL);
	greet(f);
	assert_int_equal(send_batch(f, 1, 5), WISH_WAIT);
	struct event in = { .type = EVENT_STORED, .rc = why.rc, .why = &why };
	assert_int_equal(run(f, in), WISH_FAIL);
	assert_int_equal(f->w.fault.code, FAULT_LOG_FULL);
	assert_int_equal(frame_take(buf_bytes(&f->sent), &payload, &used), 0);
	assert_int_equal(message_take(payload, &f->doc, &m), 0);
	assert_int_equal(m.type, MESSAGE_REFUSE);
	assert_true(bytes_equal(m.refuse.name, BYTES_LIT("log_full")));
	assert_true(bytes_equal(m.refuse.zh, bytes_str(why.zh)));
	assert_true(bytes_equal(m.refuse.en, bytes_str(why.en)));
	(void)fault_say(&why, FAULT_DISK_FULL, "/var/lib/hub", "1 MiB", NULL);
	greet(f);
	assert_int_equal(send_batch(f, 1, 5), WISH_WAIT);
	in.rc = why.rc;
	assert_int_equal(run(f, in), WISH_FAIL);
	assert_int_equal(f->w.fault.code, FAULT_NOT_STORED);
}

static void a_store_that_did_not_reach_the_batch_is_a_bug_and_not_acknowledged(void **state)
{
	struct fx *f = *state;

	greet(f);
	assert_int_equal(send_batch(f, 1, 5), WISH_WAIT);
	struct event in = held(f);
	in.type = EVENT_STORED; /* still 0 */
	refused(f, run(f, in), FAULT_INTERNAL);
	assert_int_equal(sent_of(f, MESSAGE_STORED), 0);
}

static void a_hub_that_cannot_look_up_says_come_back(void **state)
{
	struct fx *f = *state;

	open_session(f);
	struct message m = hello(f);
	struct event in = world_frame(&f->frame, &m);
	assert_int_equal(take_step(f->t, &in, &f->w), WISH_HELD);
	assert_int_equal(run(f, (struct event){ .type = EVENT_GO }), WISH_WAIT);
	assert_int_equal(run(f, (struct event){ .type = EVENT_HELD, .rc = BF_EBUSY }), WISH_FAIL);
	assert_int_equal(sent_of(f, MESSAGE_BUSY), 1);
}

static void the_node_s_words_are_carried_in_the_fault(void **state)
{
	struct fx *f = *state;

	greet(f);
	struct message m = { .type = MESSAGE_REFUSE,
			     .refuse = { .rc = (uint64_t)-BF_EFORK,
					 .name = BYTES_LIT("rolled_back"),
					 .zh = BYTES_LIT("旧的"),
					 .en = BYTES_LIT("It is old.") } };
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_int_equal(f->sent.len, 0);
	assert_int_equal(f->w.fault.code, FAULT_ROLLED_BACK);
	assert_string_equal(f->w.fault.en, "It is old.");
}

static void a_hub_that_went_back_in_its_epoch_is_noticed(void **state)
{
	struct fx *f = *state;
	uint64_t ordinal;
	struct run all = world_log_run(&f->log, 1, 40, SIZE_MAX);

	assert_int_equal(world_hub_store(&f->hub, &all, &ordinal), 0);
	struct checkpoint seen = world_hub_checkpoint(&f->hub);
	for (int i = 0; i < 6; i++) {
		struct message m = hello(f);
		m.hello.rewound = i >= 4; /* noticed once, and outgrown since */
		m.hello.seen_epoch = seen.epoch;
		m.hello.seen_length = seen.order_length + (i == 1);
		m.hello.seen_order = seen.order_hash;
		if (i == 2)
			m.hello.seen_order.b[0] ^= 1;
		if (i == 3) {
			m.hello.seen_epoch++; /* another life of the hub */
			m.hello.seen_length++;
		}
		if (i == 5)
			m.hello.seen_epoch++;
		open_session(f);
		assert_int_equal(say(f, &m), WISH_WAIT);
		assert_int_equal(take_rewound(f->t), i == 1 || i == 2 || i == 4);
	}
}

/* ---- every message in every state ---- */

enum at { AT_LISTEN, AT_LOOKUP, AT_READY, AT_STORING, AT_FULL, AT_OVER, AT_COUNT };

static void bring_to(struct fx *f, enum at at)
{
	struct message m = hello(f);

	open_session(f);
	if (at == AT_LISTEN)
		return;
	if (at == AT_LOOKUP) {
		struct event in = world_frame(&f->frame, &m);
		assert_int_equal(take_step(f->t, &in, &f->w), WISH_HELD);
		return;
	}
	assert_int_equal(say(f, &m), WISH_WAIT);
	for (unsigned i = 0; i < (at == AT_FULL ? BATCH_WINDOW : at == AT_STORING ? 1 : 0); i++)
		assert_int_equal(send_batch(f, 1 + i, 1), WISH_WAIT);
	m = (struct message){ .type = MESSAGE_BYE };
	if (at == AT_OVER)
		assert_int_equal(say(f, &m), WISH_DONE);
}

/* W wait, F fail, D done; columns HELLO WELCOME BATCH STORED BYE BUSY REFUSE ENROL ENROLLED
 * garbage. */
static const char *const table[AT_COUNT] = {
	[AT_LISTEN] = "WFFFFFFFFF",  [AT_LOOKUP] = "FFFFFFFFFF", [AT_READY] = "FFWFDFFFFF",
	[AT_STORING] = "FFWFFFFFFF", [AT_FULL] = "FFFFFFFFFF",   [AT_OVER] = "DDDDDDDDDD",
};

static struct message any(struct fx *f, int type, uint64_t first)
{
	static const uint8_t secret[TOKEN_SECRET_BYTES], array[] = { 0x90 };
	struct message m = { .type = (enum message_type)type };

	switch (m.type) {
	case MESSAGE_HELLO:
		return hello(f);
	case MESSAGE_WELCOME:
		m.welcome.version = m.welcome.window = 1;
		break;
	case MESSAGE_BATCH:
		return batch(f, first, 1);
	case MESSAGE_REFUSE:
		m.refuse.rc = 1;
		break;
	case MESSAGE_ENROL:
		m.enrol.version = 1;
		m.enrol.secret = bytes_of(secret, sizeof secret);
		break;
	case MESSAGE_ENROLLED:
		m.enrolled.origin = 1;
		m.enrolled.places = bytes_of(array, 1);
		break;
	default:
		break;
	}
	return m;
}

static void every_message_in_every_state_has_its_one_answer(void **state)
{
	static const char letters[] = { [WISH_WAIT] = 'W', [WISH_DONE] = 'D', [WISH_FAIL] = 'F' };
	struct fx *f = *state;

	for (int at = 0; at < AT_COUNT; at++) {
		for (int type = MESSAGE_HELLO; type <= MESSAGE_COUNT; type++) {
			bring_to(f, (enum at)at);
			struct event in = { .type = EVENT_FRAME,
					    .payload = BYTES_LIT("\xc1garbage") };
			if (type < MESSAGE_COUNT) {
				struct message m = any(f, type, f->run_count + 1);
				in = world_frame(&f->frame, &m);
			}
			enum wish wish = run(f, in);
			if (letters[wish] != table[at][type - 1])
				fail_msg("state %d, %s: %s, not %c", at,
					 message_name((enum message_type)type), wish_name(wish),
					 table[at][type - 1]);
			if (wish == WISH_FAIL)
				assert_int_equal(sent_of(f, MESSAGE_REFUSE),
						 type != MESSAGE_REFUSE);
		}
	}
}

static void events_out_of_turn_are_a_bug_and_not_a_crash(void **state)
{
	/* GO FRAME LOADED HELD STORED MORE CLOSED; FRAME is empty */
	static const char *const want[AT_COUNT] = {
		[AT_LISTEN] = "WFFFFFF",  [AT_LOOKUP] = "WFFWFFF", [AT_READY] = "WFFFFFF",
		[AT_STORING] = "WFFFFFF", [AT_FULL] = "WFFFFFF",   [AT_OVER] = "DDDDDDD",
	};
	static const char letters[] = { [WISH_WAIT] = 'W', [WISH_DONE] = 'D', [WISH_FAIL] = 'F' };
	struct fx *f = *state;

	for (int at = 0; at < AT_COUNT; at++)
		for (int type = EVENT_GO; type <= EVENT_CLOSED; type++) {
			bring_to(f, (enum at)at);
			struct event in = held(f); /* as STORED: too little */
			in.type = (enum event_type)type;
			enum wish wish = run(f, in);
			if (letters[wish] != want[at][type])
				fail_msg("state %d, %s: %s", at, event_name(in.type),
					 wish_name(wish));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(welcome_says_what_is_held_and_signed),
		T(what_a_node_says_of_itself_outlives_its_frame),
		T(stored_is_sent_only_when_durable_and_in_order),
		T(malformed_entries_are_told_in_welcome_and_in_every_answer),
		T(a_stamp_that_goes_back_decides_nothing),
		T(a_full_window_says_so_and_one_more_batch_is_out_of_turn),
		T(a_store_that_came_further_meanwhile_is_acknowledged_as_it_is),
		T(the_same_head_on_both_sides_sends_no_hash),
		T(a_log_that_is_not_the_key_s_is_refused),
		T(another_log_of_the_same_length_is_a_fork),
		T(a_batch_that_does_not_start_where_this_session_is_ends_it),
		T(one_changed_bit_anywhere_stores_nothing),
		T(entries_dropped_doubled_or_swapped_store_nothing),
		T(a_count_that_is_not_the_entries_stores_nothing),
		T(an_entry_of_a_newer_format_is_refused_as_one_and_not_as_broken),
		T(a_message_of_an_unknown_type_is_refused_as_a_newer_programs),
		T(an_author_that_would_turn_a_line_around_stores_nothing),
		T(a_head_not_signed_by_the_node_stores_nothing),
		T(a_packed_part_that_lies_stores_nothing),
		T(what_the_store_refuses_is_told),
		T(a_full_store_is_told_as_a_full_disk_and_a_busy_one_is_not),
		T(what_is_wrong_with_the_run_is_told_in_the_stores_words),
		T(a_store_that_did_not_reach_the_batch_is_a_bug_and_not_acknowledged),
		T(a_hub_that_cannot_look_up_says_come_back),
		T(the_node_s_words_are_carried_in_the_fault),
		T(a_hub_that_went_back_in_its_epoch_is_noticed),
		T(every_message_in_every_state_has_its_one_answer),
		T(events_out_of_turn_are_a_bug_and_not_a_crash),
#undef T
	};
	return cmocka_run_group_tests_name("take", tests, NULL, NULL);
}
