/* SPDX-License-Identifier: Apache-2.0 */
/* give_hub.c -- tests of protocol/give.h: a hub that is not where we thought, is not ours, or lies.
 */
#include "give_fx.h"

/* ---- where the hub is not where we thought ---- */

static void a_lost_acknowledgement_sends_nothing_twice(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 12);
	knows(f);
	hub_holds(f, 30); /* stored, but we never heard */
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.batch.first, 31);
	assert_int_equal(f->kept.seq, 30);
	assert_int_equal(f->loads, 2); /* 13..30 to follow the chain, 31..40 to send */
}

static void a_restored_hub_gets_what_it_lost(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	knows(f);
	world_hub_restore(&f->hub, 25, 2);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.batch.first, 26);
	assert_int_equal(f->kept.seq, 25); /* a new epoch: the cursor tells the truth */
	assert_int_equal(f->kept.epoch, 2);
	assert_false(f->kept_rewound);
	assert_false(give_rewound(f->g));
}

/* What was kept last. */
static void is_kept(struct fx *f, uint64_t seq, uint64_t length, bool rewound)
{
	assert_int_equal(f->kept.seq, seq);
	assert_int_equal(f->kept.order_length, length);
	assert_int_equal(f->kept_rewound, rewound);
	assert_int_equal(give_rewound(f->g), rewound);
}

static void a_hub_that_went_back_in_its_epoch_is_fed_and_the_cursor_follows_it(void **state)
{
	struct fx *f = *state;

	f->hub.order_length = 60; /* other nodes' entries */
	hub_holds(f, 40);
	knows(f);
	world_hub_restore(&f->hub, 25, f->hub.epoch);
	f->hub.order_length = 50;
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 1);
	is_kept(f, 25, 50, true); /* held is the truth: it goes down, */
	hub_holds(f, 40);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	is_kept(f, 40, 65, true); /* and up again; the order is still shorter than it was */
	assert_int_equal(f->keeps, 2);
}

static void an_order_that_is_shorter_or_another_is_noticed_also_when_all_of_ours_is_held(
    void **state)
{
	struct fx *f = *state;

	for (int other = 0; other < 2; other++) {
		f->hub.order_length = 60;
		hub_holds(f, 40);
		knows(f);
		if (other)
			f->hub.order.b[9] ^= 1;
		else
			f->hub.order_length--;
		give_close(f->g);
		assert_int_equal(go(f), WISH_WAIT);
		struct message m = welcome(f);
		assert_int_equal(say(f, &m), WISH_DONE);
		is_kept(f, 40, f->hub.order_length, true);
		assert_int_equal(f->keeps, 1 + other);
	}
}

static void a_longer_order_that_holds_less_of_ours_is_noticed(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	knows(f);
	world_hub_restore(&f->hub, 25, f->hub.epoch);
	f->hub.order_length = 900;
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	is_kept(f, 25, 900, true);
}

static void what_was_noticed_stays_until_the_hub_has_a_new_epoch(void **state)
{
	struct fx *f = *state;
	uint64_t epoch = f->hub.epoch;

	hub_holds(f, 12);
	knows(f);
	f->start.rewound = true; /* by an earlier session */
	hub_holds(f, 30);        /* the hub has grown past what was seen */
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	is_kept(f, 30, 30, true);

	give_close(f->g);
	world_hub_restore(&f->hub, 20, epoch + 1);
	assert_int_equal(go(f), WISH_WAIT);
	m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	is_kept(f, 20, 20, false);
	hub_holds(f, 40);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	is_kept(f, 40, 40, false);
}

static void the_same_answer_as_last_time_is_kept_only_once(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	knows(f);
	f->start.seen.order_length += 5;
	f->start.rewound = true;
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(f->keeps, 0);
}

static void a_cursor_that_never_was_starts_from_genesis(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 7);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	m = world_message(buf_bytes(&f->sent), &f->doc);
	assert_int_equal(m.batch.first, 8);
}

static void another_log_under_our_number_is_a_fork_and_nothing_is_sent(void **state)
{
	static const uint64_t held[] = { 1, 7, 39, 40 };
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof held / sizeof *held; i++) {
		for (int with_cursor = 0; with_cursor < 2; with_cursor++) {
			struct checkpoint c = { .epoch = 1,
						.order_length = held[i],
						.origin = f->log.origin,
						.seq = held[i],
						.hash = f->log.hash[held[i] - 1] };

			checkpoint_sign(&c, &f->hub.key);
			f->start.cursor = f->start.seen = (struct checkpoint){ 0 };
			if (with_cursor) {
				f->start.cursor = c;
				f->start.cursor.hash = f->log.hash[held[i]];
				f->start.seen = f->start.cursor;
			}
			give_close(f->g);
			assert_int_equal(go(f), WISH_WAIT);
			struct message m = welcome(f);
			m.welcome.checkpoint = c;
			enum wish wish = say(f, &m);
			assert_int_equal(sent_of(f, MESSAGE_BATCH), 0);
			assert_int_equal(sent_of(f, MESSAGE_REFUSE), 1);
			ended(f, wish, FAULT_FORK);
			assert_int_equal(f->keeps, 0);
		}
	}
}

static void a_store_older_than_the_hub_sends_nothing_and_says_what_to_do(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 40);
	f->start.head = world_log_head(&f->log, 33); /* an old image */
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	enum wish wish = say(f, &m);
	assert_int_equal(sent_of(f, MESSAGE_BATCH), 0);
	assert_non_null(strstr(f->w.fault.en, "40"));
	assert_non_null(strstr(f->w.fault.en, "33"));
	assert_int_equal(f->w.fault.rc, BF_EFORK);
	ended(f, wish, FAULT_ROLLED_BACK);
	assert_int_equal(f->keeps, 0);
}

/* ---- a hub that is not ours, or lies ---- */

static void a_welcome_not_signed_by_our_hub_moves_nothing(void **state)
{
	struct fx *f = *state;
	struct key_pair other;

	world_key(&other, 77);
	for (int i = 0; i < 6; i++) {
		give_close(f->g);
		hub_holds(f, 12);
		assert_int_equal(go(f), WISH_WAIT);
		struct message m = welcome(f);
		struct checkpoint *c = &m.welcome.checkpoint;
		if (i == 0)
			checkpoint_sign(c, &other);
		if (i == 1)
			c->seq--;
		if (i == 2)
			c->epoch++;
		if (i == 3)
			c->order_length++;
		if (i == 4)
			c->hash.b[3] ^= 1;
		if (i == 5)
			c->order_hash.b[3] ^= 1;
		enum wish wish = say(f, &m);
		assert_int_equal(sent_of(f, MESSAGE_BATCH), 0);
		ended(f, wish, FAULT_HUB_SIGNATURE);
	}
	assert_int_equal(f->keeps, 0);
}

static void an_acknowledgement_counts_only_signed_and_far_enough(void **state)
{
	struct fx *f = *state;

	hub_holds(f, 5);
	feed(f);
	hub_holds(f, 40);
	struct message m = stored(f);
	m.stored.checkpoint.sig.b[0] ^= 1;
	ended(f, say(f, &m), FAULT_HUB_SIGNATURE);

	give_close(f->g);
	world_hub_restore(&f->hub, 5, f->hub.epoch);
	feed(f);
	hub_holds(f, 39); /* the batch ends at 40 */
	m = stored(f);
	ended(f, say(f, &m), FAULT_OUT_OF_TURN);
	assert_int_equal(give_acked(f->g), 0);

	give_close(f->g);
	world_hub_restore(&f->hub, 5, f->hub.epoch);
	feed(f);
	hub_holds(f, 40);
	f->hub.epoch++; /* cannot change within a session */
	m = stored(f);
	ended(f, say(f, &m), FAULT_OUT_OF_TURN);
	assert_int_equal(f->keeps, 0);
}

static void an_acknowledgement_of_other_bytes_is_a_fork(void **state)
{
	struct fx *f = *state;

	feed(f);
	hub_holds(f, 40);
	struct message m = stored(f);
	m.stored.checkpoint.hash.b[0] ^= 1;
	m.stored.checkpoint.origin = f->log.origin;
	checkpoint_sign(&m.stored.checkpoint, &f->hub.key);
	ended(f, say(f, &m), FAULT_FORK);
	assert_int_equal(f->keeps, 0);
}

static void what_cannot_be_compared_is_not_kept(void **state)
{
	struct fx *f = *state;

	/* Another session of ours had stores under way: the hub is at 1500, the first batch ended
	 * at 1024, the second is not made yet. */
	world_log_fill(&f->log, 2000, 20);
	f->start.head = world_log_head(&f->log, f->log.seq);
	assert_int_equal(go(f), WISH_WAIT);
	struct message m = welcome(f);
	m.welcome.window = 1;
	assert_int_equal(say(f, &m), WISH_WAIT);
	f->keeps = 0;
	hub_holds(f, 1500);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_WAIT);
	assert_int_equal(f->keeps, 0);
	assert_int_equal(give_acked(f->g), 1024);
	hub_holds(f, 2040);
	m = stored(f);
	assert_int_equal(say(f, &m), WISH_DONE);
	assert_int_equal(f->kept.seq, 2040);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_lost_acknowledgement_sends_nothing_twice),
		T(a_restored_hub_gets_what_it_lost),
		T(a_hub_that_went_back_in_its_epoch_is_fed_and_the_cursor_follows_it),
		T(an_order_that_is_shorter_or_another_is_noticed_also_when_all_of_ours_is_held),
		T(a_longer_order_that_holds_less_of_ours_is_noticed),
		T(what_was_noticed_stays_until_the_hub_has_a_new_epoch),
		T(the_same_answer_as_last_time_is_kept_only_once),
		T(a_cursor_that_never_was_starts_from_genesis),
		T(another_log_under_our_number_is_a_fork_and_nothing_is_sent),
		T(a_store_older_than_the_hub_sends_nothing_and_says_what_to_do),
		T(a_welcome_not_signed_by_our_hub_moves_nothing),
		T(an_acknowledgement_counts_only_signed_and_far_enough),
		T(an_acknowledgement_of_other_bytes_is_a_fork),
		T(what_cannot_be_compared_is_not_kept),
	};
	return cmocka_run_group_tests_name("give_hub", tests, NULL, NULL);
}
