/* SPDX-License-Identifier: Apache-2.0 */
/* card.c -- the bounds of a household's card: at each all is told, past it the card says that it is
 * not all. */
#include "tests/unit/store_world.h"

#include "daemon/card.h"
#include "daemon/changes.h"
#include "daemon/reply.h"
#include "protocol/rpc.h"

enum { TODAY = WORLD_DAY + 100 };

struct fx {
	struct world *w;
	struct ref home;
	struct buf b;
	struct mp_doc doc;
	struct mp_val card;
};

static const struct ref none = { 0, 0 };

static struct ref save(struct fx *f, uint32_t kind, struct ref subject, struct buf *body)
{
	struct ref ref = world_save(f->w, kind, subject, body);

	if (ref.seq % 4096 == 0)
		assert_int_equal(0, store_sync(f->w->s, &f->w->f));
	return ref;
}

static struct ref household(struct fx *f, struct ref subject, const char *group)
{
	struct buf b = { 0 };

	mp_put_map(&b, 4);
	body_text(&b, 1, "户001");
	body_uint(&b, 2, 150722100200);
	body_text(&b, 3, group);
	body_uint(&b, 34, WORLD_DAY);
	return save(f, KIND_HOUSEHOLD, subject, &b);
}

static struct ref member(struct fx *f, struct ref home, int32_t day)
{
	struct buf b = { 0 };

	mp_put_map(&b, 5);
	body_ref(&b, 1, home);
	body_uint(&b, 2, 150722100200);
	body_uint(&b, 3, (uint64_t)day);
	body_text(&b, 5, "王小山");
	body_uint(&b, 13, 28);
	return save(f, KIND_MEMBER, none, &b);
}

static void visit(struct fx *f, int32_t day)
{
	struct buf b = { 0 };

	mp_put_map(&b, 4);
	body_uint(&b, 1, 150722100200);
	body_uint(&b, 2, (uint64_t)day);
	body_ref(&b, 3, f->home);
	body_uint(&b, 7, 1);
	save(f, KIND_VISIT, none, &b);
}

static void aid(struct fx *f, int32_t day, uint64_t fen)
{
	struct buf b = { 0 };

	mp_put_map(&b, 5);
	body_uint(&b, 1, 150722100200);
	body_uint(&b, 2, (uint64_t)day);
	body_ref(&b, 3, f->home);
	body_uint(&b, 4, 1);
	body_uint(&b, 9, fen);
	save(f, KIND_AID, none, &b);
}

static const struct mp_limits limits = { MP_LOOSE, RPC_DEPTH_MAX, RPC_ITEMS_MAX, RPC_BYTES_MAX };

/* The card as it is now. */
static void look(struct fx *f)
{
	struct view v;

	world_look(f->w, &v);
	buf_clear(&f->b);
	assert_int_equal(0, card_put(&f->b, &v, f->home, TODAY));
	assert_int_equal(0, view_done(&v, 0));
	assert_int_equal(0, f->b.err);
	assert_true(f->b.len <= CARD_BYTES_MAX);
	assert_int_equal(0, mp_doc_read(&f->doc, buf_bytes(&f->b), &limits, &f->card));
}

static struct mp_val at(struct mp_val map, const char *key)
{
	struct mp_val v;

	assert_true(mp_find(map, key, &v));
	return v;
}

static int64_t number(struct mp_val map, const char *key)
{
	int64_t n;

	assert_int_equal(0, mp_get_int(at(map, key), &n));
	return n;
}

static bool truth(struct mp_val map, const char *key)
{
	bool b;

	assert_int_equal(0, mp_get_bool(at(map, key), &b));
	return b;
}

static uint32_t rows(struct fx *f, const char *part)
{
	return mp_count(at(at(f->card, part), "rows"));
}

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);
	void *world = NULL;

	if (f == NULL || world_setup(&world) != 0)
		return -1;
	f->w = world;
	f->home = household(f, none, "一组");
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;
	void *world = f->w;

	buf_fini(&f->b);
	mp_doc_fini(&f->doc);
	free(f);
	return world_teardown(&world);
}

static void a_card_of_nothing_has_every_part_empty(void **state)
{
	struct fx *f = *state;

	look(f);
	assert_int_equal(0, mp_count(at(f->card, "members")));
	assert_int_equal(0, number(at(f->card, "visits"), "count"));
	assert_true(truth(at(f->card, "aid"), "whole"));
	assert_int_equal(0, number(at(f->card, "funds"), "balance"));
	assert_false(truth(f->card, "more"));
}

static void a_hundred_and_twenty_eight_members_are_told(void **state)
{
	struct fx *f = *state;

	for (int i = 0; i < 128; i++)
		member(f, f->home, WORLD_DAY);
	look(f);
	assert_int_equal(128, mp_count(at(f->card, "members")));
	assert_false(truth(f->card, "more"));
	member(f, f->home, WORLD_DAY);
	look(f);
	assert_int_equal(128, mp_count(at(f->card, "members")));
	assert_true(truth(f->card, "more"));
}

static void two_hundred_and_fifty_six_people_are_looked_up(void **state)
{
	struct fx *f = *state;
	struct ref other = household(f, none, "二组");

	for (int i = 0; i < 256; i++) {
		struct buf b = { 0 };

		mp_put_map(&b, 1);
		body_ref(&b, 1, other);
		save(f, KIND_MEMBER, member(f, f->home, WORLD_DAY), &b); /* moved away again */
	}
	look(f);
	assert_int_equal(0, mp_count(at(f->card, "members")));
	assert_false(truth(f->card, "more"));
	member(f, f->home, WORLD_DAY);
	look(f);
	assert_true(truth(f->card, "more"));
}

static void the_latest_of_each_are_told_and_all_are_counted(void **state)
{
	struct fx *f = *state;

	for (int i = 0; i < 20; i++) {
		visit(f, WORLD_DAY + i);
		aid(f, WORLD_DAY + i, 100);
		look(f);
		assert_int_equal(i + 1, number(at(f->card, "visits"), "count"));
		assert_int_equal(i + 1, number(at(f->card, "aid"), "count"));
		assert_int_equal(i < 5 ? i + 1 : 5, rows(f, "visits"));
		assert_int_equal(i < 10 ? i + 1 : 10, rows(f, "aid"));
	}
	assert_false(truth(f->card, "more"));
}

static void the_latest_two_thousand_of_aid_are_added_up(void **state)
{
	struct fx *f = *state;

	for (int i = 0; i < 2000; i++)
		aid(f, WORLD_DAY + i % 30, 100);
	look(f);
	struct mp_val told = at(f->card, "aid");

	assert_int_equal(200000, number(told, "sum"));
	assert_true(truth(told, "whole"));
	struct mp_rd r = mp_rd_array(at(told, "rows"));

	assert_int_equal(200000, number(mp_take(&r), "total"));
	assert_int_equal(199900, number(mp_take(&r), "total"));
	aid(f, WORLD_DAY - 1, 5); /* the earliest is the one that is left out */
	look(f);
	told = at(f->card, "aid");
	assert_int_equal(2001, number(told, "count"));
	assert_int_equal(200000, number(told, "sum"));
	assert_false(truth(told, "whole"));
}

static void a_hundred_thousand_entries_are_looked_at(void **state)
{
	struct fx *f = *state;

	member(f, f->home, WORLD_DAY);
	for (int i = 0; i < 99999; i++)
		visit(f, WORLD_DAY + 1 + i % 90);
	look(f);
	assert_int_equal(99999, number(at(f->card, "visits"), "count"));
	assert_int_equal(1, mp_count(at(f->card, "members")));
	assert_false(truth(f->card, "more"));
	visit(f, WORLD_DAY + 95);
	look(f);
	assert_true(truth(f->card, "more"));
	assert_int_equal(100000, number(at(f->card, "visits"), "count"));
	assert_int_equal(5, rows(f, "visits"));
	member(f, f->home, WORLD_DAY + 99); /* too late to be met */
	look(f);
	assert_int_equal(1, mp_count(at(f->card, "members")));
}

static void a_card_of_the_fullest_household_leaves_room_in_the_answer(void **state)
{
	struct fx *f = *state;

	for (int i = 0; i < 300; i++)
		member(f, f->home, WORLD_DAY);
	for (int i = 0; i < 30; i++) {
		visit(f, WORLD_DAY + i);
		aid(f, WORLD_DAY + i, 1);
	}
	look(f);
	const struct mp_limits card = { MP_LOOSE, RPC_DEPTH_MAX, CARD_VALUES_MAX, CARD_BYTES_MAX };
	size_t used;

	assert_int_equal(0, mp_scan(buf_bytes(&f->b), &card, &used));
	/* The most that members of every field, changes of every field and rows of every name take.
	 */
	assert_true(CARD_MEMBERS_MAX * (2 * FIELDS_MAX + 9) + CHANGES_MAX * (7 * FIELDS_MAX + 13) +
			(CARD_VISITS + CARD_AID + CARD_FUNDS) *
			    (2 * FIELDS_MAX + 2 * FIELD_REFS_MAX + 32) <
		    CARD_VALUES_MAX);
	assert_true(CARD_MEMBERS_BYTES_MAX + CHANGES_BYTES_MAX < CARD_BYTES_MAX);
	assert_in_range(REPLY_BYTES_MAX, CARD_BYTES_MAX + 1, RPC_BYTES_MAX);
	assert_in_range(REPLY_VALUES_MAX, CARD_VALUES_MAX + 1, RPC_ITEMS_MAX);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_card_of_nothing_has_every_part_empty),
		test(a_hundred_and_twenty_eight_members_are_told),
		test(two_hundred_and_fifty_six_people_are_looked_up),
		test(the_latest_of_each_are_told_and_all_are_counted),
		test(the_latest_two_thousand_of_aid_are_added_up),
		test(a_hundred_thousand_entries_are_looked_at),
		test(a_card_of_the_fullest_household_leaves_room_in_the_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
