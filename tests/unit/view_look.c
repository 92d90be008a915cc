/* SPDX-License-Identifier: Apache-2.0 */
/* view_look.c -- who is found: what he is called now, in the order of fit and place, page by page.
 */
#include "store_world.h"

enum { SEEN_MAX = 128 };

struct seen {
	uint32_t count;
	struct ref refs[SEEN_MAX];
	enum look_fit fits[SEEN_MAX];
	uint64_t divisions[SEEN_MAX];
};

static const struct ref none = { 0, 0 }, activity = { 1, 1 };
static const uint64_t here = 150722100200, there = 150722100201;

static int see(void *ctx, const struct look_row *row)
{
	struct seen *s = ctx;

	assert_true(s->count < SEEN_MAX);
	assert_non_null(row->record);
	s->refs[s->count] = row->ref;
	s->fits[s->count] = row->fit;
	s->divisions[s->count++] = row->division;
	return 0;
}

/* An entry of our own log, staged. */
static struct ref household(struct world *w, struct ref subject, const char *number,
			    const char *head, uint64_t division)
{
	struct buf b = { 0 };

	mp_put_map(&b, 2u + (number != NULL) + (head != NULL));
	if (number != NULL)
		body_text(&b, 1, number);
	body_uint(&b, 2, division);
	if (head != NULL)
		body_text(&b, 4, head);
	body_uint(&b, 34, WORLD_DAY);
	return world_save(w, KIND_HOUSEHOLD, subject, &b);
}

static struct ref service(struct world *w, const char *number, const char *name)
{
	struct buf b = { 0 };

	mp_put_map(&b, 6);
	body_ref(&b, 1, activity);
	body_uint(&b, 2, here);
	body_uint(&b, 3, WORLD_DAY);
	body_text(&b, 4, number);
	body_text(&b, 5, name);
	body_uint(&b, 6, 30);
	return world_save(w, KIND_SERVICE, none, &b);
}

static int looked(struct world *w, const char *text, struct look_query *q, struct seen *seen)
{
	struct look look;
	struct view v;

	assert_int_equal(0, look_take(&look, bytes_str(text)));
	world_look(w, &v);
	q->look = &look;
	*seen = (struct seen){ 0 };
	return view_done(&v, view_look(&v, q, see, seen));
}

static struct seen found(struct world *w, const char *text)
{
	struct look_query q = { .limit = 100 };
	struct seen seen;

	assert_int_equal(0, looked(w, text, &q, &seen));
	return seen;
}

static void the_best_fit_comes_first_then_place_then_seq(void **state)
{
	struct world *w = *state;
	struct ref part = household(w, none, "户1", "老王山", here);
	struct ref edge = household(w, none, "户2", "王山丹", there);
	struct ref second = household(w, none, "户3", "王山", there);
	struct ref first = household(w, none, "户4", "王山", here);
	struct ref last = household(w, none, "户5", "小王山", here);
	const struct ref order[] = { first, second, edge, part, last };
	struct seen seen = found(w, "王山");

	assert_int_equal(5, seen.count);
	for (uint32_t i = 0; i < seen.count; i++)
		assert_true(ref_equal(order[i], seen.refs[i]));
	assert_int_equal(LOOK_WHOLE, seen.fits[1]);
	assert_int_equal(LOOK_EDGE, seen.fits[2]);
	assert_int_equal(LOOK_PART, seen.fits[3]);
}

static void what_it_is_called_now_and_where_it_is_now_decides(void **state)
{
	struct world *w = *state;
	struct ref home = household(w, none, "户1", "王小山", here);
	struct look_query q = { .limit = 100, .division = there };
	struct seen seen;

	household(w, home, NULL, "李大山", here);
	assert_int_equal(0, found(w, "王小山").count);
	assert_int_equal(0, found(w, "wxs").count);
	seen = found(w, "lds");
	assert_int_equal(1, seen.count);
	assert_true(ref_equal(home, seen.refs[0]));
	assert_int_equal(0, looked(w, "李大山", &q, &seen));
	assert_int_equal(0, seen.count);
	household(w, home, NULL, NULL, there);
	assert_int_equal(0, looked(w, "李大山", &q, &seen));
	assert_int_equal(1, seen.count);
	assert_true(there == seen.divisions[0]);
	q.division = here;
	assert_int_equal(0, looked(w, "李大山", &q, &seen));
	assert_int_equal(0, seen.count);
	world_undo(w, home);
	assert_int_equal(0, found(w, "lds").count);
}

static void who_has_no_record_of_his_own_is_found_once(void **state)
{
	struct world *w = *state;
	struct ref one, other;

	one = service(w, "V1", "曾志愿");
	service(w, "V1", "曾志愿");
	other = service(w, "V2", "曾志愿");
	service(w, "V1", "曾志愿");
	struct seen seen = found(w, "zzy");

	assert_int_equal(2, seen.count);
	assert_true(ref_equal(one, seen.refs[0]) && ref_equal(other, seen.refs[1]));
	world_undo(w, one); /* the next that names him stands for him */
	seen = found(w, "zzy");
	assert_int_equal(2, seen.count);
	assert_false(ref_equal(one, seen.refs[0]));
}

/* Every page size gives the same rows. */
static void pages_are_the_whole(struct world *w, const char *text)
{
	struct seen whole = found(w, text);

	for (uint32_t size = 1; size <= whole.count + 1; size++) {
		struct look_query q = { .limit = size };
		uint32_t given = 0;

		for (;;) {
			struct seen page;

			assert_int_equal(0, looked(w, text, &q, &page));
			assert_true(page.count <= size);
			for (uint32_t i = 0; i < page.count; i++, given++) {
				assert_true(given < whole.count);
				assert_true(ref_equal(whole.refs[given], page.refs[i]));
			}
			if (page.count == 0)
				break;
			q.after = page.refs[page.count - 1];
			q.after_fit = page.fits[page.count - 1];
		}
		assert_int_equal(whole.count, given);
	}
}

static void pages_one_after_another_give_each_once(void **state)
{
	static const char *const names[] = { "王山", "王山丹", "老王山", "李四", "王山" };
	struct world *w = *state;
	char number[32];

	for (int i = 0; i < 40; i++) {
		(void)snprintf(number, sizeof number, "户%d", i);
		household(w, none, number, names[i % 5], i % 3 == 0 ? there : here);
		service(w, i % 4 == 0 ? "V1" : number, names[i % 3]);
	}
	pages_are_the_whole(w, "王山");
	pages_are_the_whole(w, "ws");
	pages_are_the_whole(w, "3");
}

static void a_page_goes_on_behind_what_is_there_alone(void **state)
{
	struct world *w = *state;
	struct ref home = household(w, none, "户1", "王山", here);
	struct look_query q = { .limit = 1, .after = home };
	struct seen seen;

	assert_int_equal(BF_EINVAL, looked(w, "王山", &q, &seen)); /* no fit is said */
	q.after_fit = LOOK_NONE;
	assert_int_equal(BF_EINVAL, looked(w, "王山", &q, &seen));
	q.after_fit = LOOK_WHOLE;
	assert_int_equal(0, looked(w, "王山", &q, &seen));
	assert_int_equal(0, seen.count);
	q.after.seq += 100;
	assert_int_equal(BF_ENOTFOUND, looked(w, "王山", &q, &seen));
}

static bool at_once(void *ctx)
{
	uint32_t *asked = ctx;

	return ++*asked == 3;
}

static void a_walk_is_left_when_it_is_told_to(void **state)
{
	struct world *w = *state;
	uint32_t asked = 0;
	struct look_query q = { .limit = 10, .stopped = at_once, .stopped_ctx = &asked };
	struct seen seen;

	for (int i = 0; i < 5; i++)
		household(w, none, i == 0 ? "户0" : i == 1 ? "户1" : "户2", "王山", here);
	assert_int_equal(BF_ECLOSED, looked(w, "没有", &q, &seen));
	assert_int_equal(3, asked);
}

static void up_to_4096_may_be_asked_for_and_no_more(void **state)
{
	struct world *w = *state;
	struct look_query q = { .limit = 4096 };
	struct seen seen;

	household(w, none, "户1", "王山", here);
	assert_int_equal(0, looked(w, "王山", &q, &seen));
	assert_int_equal(1, seen.count);
	q.limit = 4097;
	assert_int_equal(BF_EBOUND, looked(w, "王山", &q, &seen));
	q.limit = 0;
	assert_int_equal(BF_EBOUND, looked(w, "王山", &q, &seen));
}

static void up_to_65536_bearers_fit_and_no_more(void **state)
{
	struct world *w = *state;
	struct look_query q = { .limit = 1 };
	struct seen seen;
	char number[32];

	for (int i = 0; i < 65536; i++) {
		(void)snprintf(number, sizeof number, "V%d", i);
		service(w, number, "曾志愿");
		if (i % 2000 == 0) {
			assert_int_equal(0, store_sync(w->s, &w->f));
			world_apply(w);
		}
	}
	service(w, "V65535", "曾志愿"); /* again is no other */
	q.after = found(w, "v65535").refs[0];
	q.after_fit = LOOK_PART; /* so that the whole is walked */
	assert_int_equal(0, looked(w, "zzy", &q, &seen));
	service(w, "V65536", "曾志愿");
	assert_int_equal(BF_EBOUND, looked(w, "zzy", &q, &seen));
	assert_int_equal(0,
			 looked(w, "v65536", &q, &seen)); /* who fits is counted, and none else */
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_best_fit_comes_first_then_place_then_seq),
		test(what_it_is_called_now_and_where_it_is_now_decides),
		test(who_has_no_record_of_his_own_is_found_once),
		test(pages_one_after_another_give_each_once),
		test(a_page_goes_on_behind_what_is_there_alone),
		test(a_walk_is_left_when_it_is_told_to),
		test(up_to_4096_may_be_asked_for_and_no_more),
		test(up_to_65536_bearers_fit_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
