/* SPDX-License-Identifier: Apache-2.0 */
/* give.c -- tests of protocol/give.h: what a station does in an ordinary night, when it is refused,
 * and with every message in every state. give_hub.c: a hub that is set back, or lies. */
#include "give_fx.h"

#include "protocol/pack.h"

/* ---- the ordinary night ---- */

static void hello_says_where_our_log_ends_and_what_was_seen(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 12);
	knows(f);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.type, MESSAGE_HELLO);
	assert_true(m.hello.origin == f->log.origin);
	assert_int_equal(m.hello.seq, 40);
	assert_memory_equal(&m.hello.hash, &f->log.hash[40], sizeof(struct hash));
	assert_true(m.hello.seen_epoch == f->hub.epoch);
	assert_int_equal(m.hello.seen_length, 12);
	assert_int_equal(m.hello.rewound, 0);
	assert_int_equal(m.hello.program.len, 0);
}

static void hello_names_the_program_when_there_is_one_to_name(void **state)
{
	struct fx *f = *state;

	f->start.program = BYTES_LIT("1.2.3");
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_true(bytes_equal(m.hello.program, BYTES_LIT("1.2.3")));
}

static void hello_shows_the_longest_order_and_not_the_last(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 30);
	knows(f);
	f->start.rewound = true;
	world_hub_restore(&f->hub, 12, f->hub.epoch);
	f->start.cursor = world_hub_checkpoint(&f->hub);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.hello.seen_length, 30);
	assert_memory_equal(&m.hello.seen_order, &f->start.seen.order_hash, sizeof(struct hash));
	assert_int_equal(m.hello.rewound, 1);
}

static void nothing_new_is_one_bye_and_no_load(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	knows(f);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(sent_of(f, MESSAGE_BYE), 1);
	assert_int_equal(f->loads + f->keeps, 0);
	assert_int_equal(f->w.retry_s, 77);
	assert_int_equal(f->w.peer_ms, 5);
}

static void expect_malformed(struct fx *f, bool heard, uint64_t count, uint64_t first)
{
	struct malformed told;

	assert_true(give_malformed(f->g, &told) == heard);
	assert_int_equal(told.count, count);
	assert_int_equal(told.first, first);
}

static void what_the_hub_cannot_count_is_heard_and_changes_nothing(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 12);
	assert_int_equal(go(f), WISH_WAIT);
	expect_malformed(f, false, 0, 0);
	struct message m = welcome(f);
	m.welcome.malformed = (struct malformed){ 2, 7 };
	assert_int_equal(say(f, &m), WISH_WAIT);
	expect_malformed(f, true, 2, 7);
	hub_holds(f, 40);
	m = stored(f);
	m.stored.malformed = (struct malformed){ 5, 7 };
	assert_int_equal(say(f, &m), WISH_DONE);
	expect_malformed(f, true, 5, 7);
	assert_int_equal(f->kept.seq, 40);
}

/* A hub that learned to read them; and one that is older, or is back to it. */
static void the_last_word_of_the_hub_holds_also_when_it_is_none(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 12);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	m.welcome.malformed = (struct malformed){ 2, 7 };
	assert_int_equal(say(f, &m), WISH_WAIT);
	hub_holds(f, 40);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	expect_malformed(f, true, 0, 0);
}

static void a_figure_of_malformed_entries_that_cannot_be_is_none(void **state)
{
	struct fx *f = *state;
	static const struct malformed cannot[] = { { 41, 1 }, { 1, 41 }, { 0, 1 }, { 1, 0 } };

	hub_holds(f, 40);
	for (size_t i = 0; i < sizeof cannot / sizeof *cannot; i++) {
		assert_int_equal(go(f), WISH_WAIT);
		struct message m = welcome(f);
		m.welcome.malformed = cannot[i];
		assert_int_equal(say(f, &m), WISH_DONE);
		expect_malformed(f, true, 0, 0);
		give_close(f->g);
		f->g = NULL;
	}
}

static void a_missing_hash_in_welcome_is_that_of_our_hello(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	memset(&m.welcome.checkpoint.hash, 0, sizeof m.welcome.checkpoint.hash);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(f->keeps, 1);
	assert_memory_equal(&f->kept.hash, &f->log.hash[40], sizeof(struct hash));
}

static void what_is_new_goes_out_in_one_signed_batch(void **state)
{
	struct fx *f = *state;
	struct buf raw = { 0 };

	hub_holds(f, 12);
	knows(f);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.type, MESSAGE_BATCH);
	assert_int_equal(m.batch.first, 13);
	assert_int_equal(m.batch.count, 28);
	assert_true(head_verify(&m.batch.head, &f->log.key.public));
	struct pack *p = pack_open();
	assert_int_equal(pack_take(p, m.batch.packed, m.batch.raw_bytes, &raw), 0);
	assert_true(bytes_equal(buf_bytes(&raw), world_log_entries(&f->log, 13, 28)));
	pack_close(p);
	buf_fini(&raw);

	hub_holds(f, 40);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(f->keeps, 1);
	assert_int_equal(f->kept.seq, 40);
	assert_int_equal(give_acked(f->g), 28);
	assert_int_equal(sent_of(f, MESSAGE_BYE), 1);
}

static void no_more_batches_than_the_window_are_under_way(void **state)
{
	struct fx *f = *state;

	world_log_fill(&f->log, 8000, 20);
	f->start.head = world_log_head(&f->log, f->log.seq);
	for (uint64_t window = 1; window <= 6; window++) {
		give_close(f->g);
		assert_int_equal(go(f), WISH_WAIT);
		struct message m = welcome(f);
		m.welcome.window = window;
		assert_int_equal(say(f, &m), WISH_WAIT);
		assert_int_equal(sent_of(f, MESSAGE_BATCH),
				 window < BATCH_WINDOW ? window : BATCH_WINDOW);
		for (int i = 0; i < 3; i++)
			assert_int_equal(run(f, (struct event){ .type = EVENT_GO }), WISH_WAIT);
		assert_int_equal(f->sent.len, 0);
	}
	/* one acknowledged, one more goes */
	hub_holds(f, BATCH_ENTRIES_MAX);
	struct message m = stored(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 1);
}

static void a_batch_stays_within_count_and_bytes(void **state)
{
	struct fx *f = *state;

	world_log_fill(&f->log, 60, 15000);
	f->start.head = world_log_head(&f->log, f->log.seq);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	struct bytes left = buf_bytes(&f->sent), payload;
	size_t used;
	while (frame_take(left, &payload, &used) == 0) {
		assert_int_equal(message_take(payload, &f->doc, &m), 0);
		assert_true(m.batch.raw_bytes <= BATCH_RAW_MAX);
		left = bytes_of(left.p + used, left.len - used);
	}
}

static void what_is_saved_during_the_session_goes_too(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	world_log_fill(&f->log, 3, 50);
	struct event more = { .type = EVENT_MORE, .held = world_log_head(&f->log, 43) };
	assert_int_equal(run(f, more), WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 1);
	/* an older head that comes late changes nothing */
	more.held = world_log_head(&f->log, 41);
	assert_int_equal(run(f, more), WISH_WAIT);
	hub_holds(f, 40);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	hub_holds(f, 43);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(give_acked(f->g), 43);
}

static void a_session_that_stays_waits_for_more_and_never_says_bye(void **state)
{
	struct fx *f = *state;

	f->start.stay = true;
	hub_holds(f, 40);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(f->sent.len, 0);
	world_log_fill(&f->log, 1, 50);
	assert_int_equal(
	    run(f, (struct event){ .type = EVENT_MORE, .held = world_log_head(&f->log, 41) }),
	    WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 1);
	hub_holds(f, 41);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BYE), 0);
}

/* ---- refusals ---- */

static void a_busy_hub_is_asked_again_when_it_said(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = { .type = MESSAGE_BUSY, .busy = { .retry_s = 600 } };
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_int_equal(f->w.retry_s, 600);
	assert_int_equal(f->w.fault.rc, BF_EBUSY);
	assert_int_equal(f->sent.len, 0);
	ended(f, WISH_FAIL, FAULT_HUB_BUSY);
}

/* 2^32-1 seconds are 136 years. */
static void no_word_of_a_hub_keeps_a_station_silent_for_long(void **state)
{
	static const uint64_t asked[] = { 0, 14399, 14400, 14401, 172801, UINT32_MAX },
			      waited[] = { 0, 14399, 14400, 14400, 14400, 14400 };
	static const uint64_t next[] = { 172799, 172800, 172801, UINT32_MAX },
			      kept[] = { 172799, 172800, 0, 0 };
	struct fx *f = *state;
	struct message m = { .type = MESSAGE_BUSY };
	char seconds[24];

	for (size_t i = 0; i < sizeof asked / sizeof *asked; i++) {
		give_close(f->g);
		assert_int_equal(go(f), WISH_WAIT);
		m.busy.retry_s = asked[i];
		assert_int_equal(say(f, &m), WISH_FAIL);
		assert_int_equal(f->w.retry_s, waited[i]);
		(void)snprintf(seconds, sizeof seconds, " %u s.", (unsigned)waited[i]);
		assert_non_null(strstr(f->w.fault.en, seconds));
	}
	hub_holds(f, f->log.seq);
	knows(f);
	for (size_t i = 0; i < sizeof next / sizeof *next; i++) {
		give_close(f->g);
		assert_int_equal(go(f), WISH_WAIT);
		m = welcome(f);
		m.welcome.next_s = next[i];
		assert_int_equal(say(f, &m), WISH_DONE);
		assert_int_equal(f->w.retry_s, kept[i]);
	}
}

static void a_hub_whose_disk_is_full_says_so_and_is_asked_again(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = { .type = MESSAGE_BUSY,
			     .busy = { .retry_s = 600, .name = BYTES_LIT("hub_disk_full") } };
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_int_equal(f->w.retry_s, 600);
	assert_int_equal(f->w.fault.rc, BF_EFULL);
	assert_non_null(strstr(f->w.fault.zh, "腾出"));
	assert_non_null(strstr(f->w.fault.en, "make room"));
	assert_int_equal(f->sent.len, 0);
	ended(f, WISH_FAIL, FAULT_HUB_DISK_FULL);
}

/* A hub of later years has reasons that are not known here. */
static void an_unknown_reason_is_a_busy_hub(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = { .type = MESSAGE_BUSY,
			     .busy = { .retry_s = 60, .name = BYTES_LIT("disk_full") } };
	assert_int_equal(say(f, &m), WISH_FAIL);
	ended(f, WISH_FAIL, FAULT_HUB_BUSY);
}

static void the_hub_s_words_are_carried_in_the_fault(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = { .type = MESSAGE_REFUSE,
			     .refuse = { .rc = (uint64_t)-BF_EACCES,
					 .name = BYTES_LIT("revoked_by_moon"),
					 .zh = BYTES_LIT("月亮不许"),
					 .en = BYTES_LIT("The moon forbids it.") } };
	assert_int_equal(say(f, &m), WISH_FAIL);
	assert_string_equal(f->w.fault.zh, "月亮不许");
	assert_string_equal(f->w.fault.en, "The moon forbids it.");
	assert_int_equal(f->w.fault.rc, BF_EACCES);
	ended(f, WISH_FAIL, FAULT_FOREIGN);
}

static void a_hub_that_speaks_a_newer_protocol_only_is_told_so(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	m.welcome.version = PROTOCOL_VERSION + 1;
	enum wish wish = say(f, &m);
	assert_int_equal(sent_of(f, MESSAGE_REFUSE), 1);
	ended(f, wish, FAULT_PROTOCOL);
}

static void a_cut_link_ends_in_every_state(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	assert_int_equal(run(f, (struct event){ .type = EVENT_CLOSED }), WISH_FAIL);
	assert_int_equal(f->sent.len, 0);
	ended(f, WISH_FAIL, FAULT_LINK_CLOSED);
	give_close(f->g);
	feed(f);
	ended(f, run(f, (struct event){ .type = EVENT_CLOSED }), FAULT_LINK_CLOSED);
}

/* ---- our own store ---- */

static void a_store_that_says_there_is_more_and_gives_none_is_a_bug(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	struct event in = world_frame(&f->frame, &m);
	enum wish wish;
	while ((wish = give_step(f->g, &in, &f->w)) != WISH_LOAD) {
		assert_true(wish == WISH_KEEP || wish == WISH_SEND);
		in = (struct event){ .type = EVENT_GO };
	}
	enum wish end =
	    run(f, (struct event){ .type = EVENT_LOADED, .loaded = { .first = f->w.first } });
	assert_int_equal(f->w.fault.rc, BF_EBUG);
	ended(f, end, FAULT_INTERNAL);
}

static void a_damaged_own_log_is_not_sent(void **state)
{
	struct fx *f = *state;

	for (int i = 0; i < 4; i++) {
		give_close(f->g);
		assert_int_equal(go(f), WISH_WAIT);
		uint8_t *at = f->log.bytes.p + f->log.at[20] + 12; /* within entry 21 */
		uint8_t was = *at;
		*at ^= (uint8_t)(1 << i);
		struct message m = welcome(f);
		enum wish wish = say(f, &m);
		*at = was;
		assert_int_equal(sent_of(f, MESSAGE_BATCH), 0);
		assert_int_equal(wish, WISH_FAIL);
		ended(f, wish, FAULT_OWN_LOG);
	}
}

/* Whole by its hashes, and still no log: the seq jumps. */
static void an_own_log_with_a_hole_is_not_sent(void **state)
{
	struct fx *f = *state;
	struct world_log *l = &f->log;
	uint8_t *at = l->bytes.p + l->at[39] + 2; /* 0x98, format, seq */

	assert_int_equal(*at, 40);
	*at = 42;
	l->hash[40] = chain_next(&l->hash[39], world_log_entries(l, 40, 1));
	f->start.head = world_log_head(l, 40);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	ended(f, say(f, &m), FAULT_OWN_LOG);
}

static void a_store_that_cannot_read_ends_the_session(void **state)
{
	struct fx *f = *state;

	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	struct event in = world_frame(&f->frame, &m);
	while (give_step(f->g, &in, &f->w) != WISH_LOAD)
		in = (struct event){ .type = EVENT_GO };
	ended(f, run(f, (struct event){ .type = EVENT_LOADED, .rc = BF_EIO }), FAULT_OWN_LOG);
}

/* ---- every message in every state ---- */

enum at { AT_ASKED, AT_CHAIN, AT_FEED, AT_STAY, AT_OVER, AT_COUNT };

static void bring_to(struct fx *f, enum at at)
{
	struct message m;

	give_close(f->g);
	if (f->hub.seq > 0)
		world_hub_restore(&f->hub, 0, 1);
	f->hub.order_length = 0;
	f->start.stay = at == AT_STAY;
	if (at == AT_CHAIN)
		hub_holds(f, 7);
	if (at == AT_STAY || at == AT_OVER)
		hub_holds(f, 40);
	assert_int_equal(go(f), WISH_WAIT);
	if (at == AT_ASKED)
		return;
	m = welcome(f);
	if (at == AT_CHAIN) { /* the load is not answered yet */
		struct event in = world_frame(&f->frame, &m);
		assert_int_equal(give_step(f->g, &in, &f->w), WISH_LOAD);
		assert_string_equal(give_state(f->g), "CHAIN");
		return;
	}
	assert_int_equal(say(f, &m), at == AT_OVER ? WISH_DONE : WISH_WAIT);
}

/* W wait, F fail, D done; columns HELLO WELCOME BATCH STORED BYE BUSY REFUSE ENROL ENROLLED
 * garbage. */
static const char *const table[AT_COUNT] = {
	[AT_ASKED] = "FWFFFFFFFF", [AT_CHAIN] = "FFFFFFFFFF", [AT_FEED] = "FFFDFFFFFF",
	[AT_STAY] = "FFFFFFFFFF",  [AT_OVER] = "DDDDDDDDDD",
};

static struct message any(struct fx *f, int type)
{
	static const uint8_t secret[TOKEN_SECRET_BYTES], array[] = { 0x90 };
	struct message m = { .type = (enum message_type)type };

	switch (m.type) {
	case MESSAGE_HELLO:
		m.hello.version = 1;
		m.hello.origin = f->log.origin;
		break;
	case MESSAGE_WELCOME:
		return welcome(f);
	case MESSAGE_BATCH:
		m.batch = (struct msg_batch){ .origin = f->log.origin,
					      .first = 1,
					      .count = 1,
					      .raw_bytes = 1,
					      .packed = bytes_of(array, 1) };
		break;
	case MESSAGE_STORED:
		m = stored(f);
		break;
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
			if (at == AT_FEED)
				hub_holds(f, 40);
			struct event in = { .type = EVENT_FRAME,
					    .payload = BYTES_LIT("\xc1garbage") };
			if (type < MESSAGE_COUNT) {
				struct message m = any(f, type);
				in = world_frame(&f->frame, &m);
			}
			enum wish wish = run(f, in);
			if (letters[wish] != table[at][type - 1])
				fail_msg("state %d, %s: %s, not %c", at,
					 message_name((enum message_type)type), wish_name(wish),
					 table[at][type - 1]);
			/* Only in turn: an out-of-turn message is refused aloud, BUSY, REFUSE and
			 * BYE are not answered. */
			bool quiet = type >= MESSAGE_BYE && type <= MESSAGE_REFUSE &&
				     !(type == MESSAGE_BYE && at < AT_FEED);
			if (wish == WISH_FAIL)
				assert_int_equal(sent_of(f, MESSAGE_REFUSE), quiet ? 0 : 1);
		}
	}
}

static void events_of_the_other_half_are_a_bug_and_not_a_crash(void **state)
{
	struct fx *f = *state;

	for (int at = 0; at < AT_COUNT; at++)
		for (int type = EVENT_GO; type <= EVENT_CLOSED; type++) {
			bring_to(f, (enum at)at);
			enum wish wish = run(f, (struct event){ .type = (enum event_type)type,
								.payload = BYTES_LIT("") });
			if (type == EVENT_HELD || type == EVENT_STORED)
				assert_int_equal(wish, at == AT_OVER ? WISH_DONE : WISH_FAIL);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(hello_says_where_our_log_ends_and_what_was_seen),
		T(hello_names_the_program_when_there_is_one_to_name),
		T(hello_shows_the_longest_order_and_not_the_last),
		T(nothing_new_is_one_bye_and_no_load),
		T(what_the_hub_cannot_count_is_heard_and_changes_nothing),
		T(the_last_word_of_the_hub_holds_also_when_it_is_none),
		T(a_figure_of_malformed_entries_that_cannot_be_is_none),
		T(a_missing_hash_in_welcome_is_that_of_our_hello),
		T(what_is_new_goes_out_in_one_signed_batch),
		T(no_more_batches_than_the_window_are_under_way),
		T(a_batch_stays_within_count_and_bytes),
		T(what_is_saved_during_the_session_goes_too),
		T(a_session_that_stays_waits_for_more_and_never_says_bye),
		T(a_busy_hub_is_asked_again_when_it_said),
		T(no_word_of_a_hub_keeps_a_station_silent_for_long),
		T(a_hub_whose_disk_is_full_says_so_and_is_asked_again),
		T(an_unknown_reason_is_a_busy_hub),
		T(the_hub_s_words_are_carried_in_the_fault),
		T(a_hub_that_speaks_a_newer_protocol_only_is_told_so),
		T(a_cut_link_ends_in_every_state),
		T(a_store_that_says_there_is_more_and_gives_none_is_a_bug),
		T(a_damaged_own_log_is_not_sent),
		T(an_own_log_with_a_hole_is_not_sent),
		T(a_store_that_cannot_read_ends_the_session),
		T(every_message_in_every_state_has_its_one_answer),
		T(events_of_the_other_half_are_a_bug_and_not_a_crash),
	};
	return cmocka_run_group_tests_name("give", tests, NULL, NULL);
}
