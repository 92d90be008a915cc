/* SPDX-License-Identifier: Apache-2.0 */
/* view.c -- reading: what is applied, whole, and nothing else. */
#include "store_world.h"

struct seen {
	uint32_t count;
	struct ref refs[64];
	bool voided[64];
};

static const struct list_query all_funds = {
	.of = { .kind = KIND_FUND, .division = 150000000000, .month_to = UINT32_MAX }, .limit = 10
};

static int see(void *ctx, const struct list_row *row)
{
	struct seen *seen = ctx;

	assert_true(seen->count < 64);
	seen->voided[seen->count] = row->voided;
	seen->refs[seen->count++] = row->ref;
	return 0;
}

static struct ref household(struct world *w, struct ref subject, const char *number,
			    const char *group, uint64_t type)
{
	struct buf b = { 0 };

	mp_put_map(&b, 3u + (group != NULL) + (type != 0));
	body_text(&b, 1, number);
	body_uint(&b, 2, 150722100200);
	if (group != NULL)
		body_text(&b, 3, group);
	if (type != 0)
		body_uint(&b, 10, type);
	body_uint(&b, 34, WORLD_DAY);
	return world_save(w, KIND_HOUSEHOLD, subject, &b);
}

static const struct ref none = { 0, 0 };

static void a_subject_is_its_creation_overlaid_by_its_versions(void **state)
{
	struct world *w = *state;
	struct record r = { 0 };
	struct ref last;
	struct view v;
	struct ref home = household(w, none, "户001", "一组", 1);
	struct ref second = household(w, home, "户001", NULL, 2);
	struct ref third = household(w, home, "户001", "三组", 0);

	world_look(w, &v);
	record_init(&r, kind_by_id(KIND_HOUSEHOLD));
	assert_int_equal(0, view_subject(&v, home, &r, &last));
	assert_true(ref_equal(last, third));
	assert_int_equal(2, record_get(&r, 10)->u);
	assert_true(bytes_equal(record_get(&r, 3)->s, BYTES_LIT("三组")));
	view_end(&v);
	world_undo(w, third); /* what a voided version said is gone again */
	world_look(w, &v);
	assert_int_equal(0, view_subject(&v, home, &r, &last));
	assert_true(ref_equal(last, second));
	assert_true(bytes_equal(record_get(&r, 3)->s, BYTES_LIT("一组")));
	assert_int_equal(BF_ENOTFOUND, view_subject(&v, second, &r, &last));
	record_fini(&r);
	view_end(&v);
}

/* A version that says one area: tag 24 as programs before decimals wrote it, 36 as they do now. */
static void say_area(struct world *w, struct ref home, uint8_t tag, uint64_t area)
{
	struct buf b = { 0 };

	mp_put_map(&b, 1);
	mp_put_uint(&b, tag);
	mp_put_uint(&b, area);
	(void)world_save(w, KIND_HOUSEHOLD, home, &b);
}

static uint64_t area_now(struct world *w, struct ref home)
{
	struct record r = { 0 };
	struct ref last;
	struct view v;

	world_look(w, &v);
	record_init(&r, kind_by_id(KIND_HOUSEHOLD));
	assert_int_equal(0, view_subject(&v, home, &r, &last));
	uint64_t area = record_has(&r, 36) ? record_get(&r, 36)->u : 0;

	record_fini(&r);
	view_end(&v);
	return area;
}

static void the_newest_area_holds_whichever_program_wrote_it(void **state)
{
	struct world *w = *state;
	struct ref home = household(w, none, "户001", NULL, 0);

	assert_int_equal(0, area_now(w, home));
	say_area(w, home, 24, 85);
	assert_int_equal(8500, area_now(w, home));
	say_area(w, home, 36, 8550);
	assert_int_equal(8550, area_now(w, home));
	say_area(w, home, 24, 90);
	assert_int_equal(9000, area_now(w, home));
	say_area(w, home, 36, 12);
	assert_int_equal(12, area_now(w, home));
}

/* Whom the text names now; none when nobody. */
static struct ref named(struct world *w, uint16_t kind, const char *text)
{
	struct ref found = none;
	struct view v;

	world_look(w, &v);
	int rc = view_find(&v, kind, bytes_str(text), &found);

	assert_true(rc == 0 || rc == BF_ENOTFOUND);
	view_end(&v);
	return rc == 0 ? found : none;
}

static void a_name_leads_to_its_first_bearer_until_that_is_voided(void **state)
{
	struct world *w = *state;
	struct ref first = household(w, none, "户007", NULL, 0);
	struct ref second = household(w, none, "户007", NULL, 0);

	assert_true(ref_equal(first, named(w, KIND_HOUSEHOLD, "户007")));
	assert_true(ref_equal(first, named(w, KIND_HOUSEHOLD, "  户007 ")));
	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "户008")));
	assert_true(ref_none(named(w, KIND_VISIT, "户007")));
	world_undo(w, first);
	assert_true(ref_equal(second, named(w, KIND_HOUSEHOLD, "户007")));
	world_undo(w, second);
	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "户007")));
	struct ref third = household(w, none, "户007", NULL, 0);

	assert_true(ref_equal(third, named(w, KIND_HOUSEHOLD, "户007")));
}

static void a_number_of_an_older_program_is_found_as_it_was_written(void **state)
{
	struct world *w = *state;
	struct ref wide = household(w, none, "１２３", NULL, 0);
	struct ref odd = household(w, none, "户:12，3", NULL, 0);
	struct ref plain = household(w, none, "1507221022000103", NULL, 0);

	assert_true(ref_equal(wide, named(w, KIND_HOUSEHOLD, "１２３")));
	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "123")));
	assert_true(ref_equal(odd, named(w, KIND_HOUSEHOLD, "户:12，3")));
	assert_true(ref_equal(plain, named(w, KIND_HOUSEHOLD, "１５０７２２１０２２０００１０３")));
	struct ref narrow = household(w, none, "123", NULL, 0);

	assert_true(ref_equal(wide, named(w, KIND_HOUSEHOLD, "１２３")));
	assert_true(ref_equal(narrow, named(w, KIND_HOUSEHOLD, "123")));
}

static void a_corrected_number_is_free_for_whom_it_belongs_to(void **state)
{
	struct world *w = *state;
	struct ref one = household(w, none, "户A001", NULL, 0);
	struct ref corrected = household(w, one, "户B777", NULL, 0);

	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "户A001")));
	assert_true(ref_equal(one, named(w, KIND_HOUSEHOLD, "户B777")));
	struct ref other = household(w, none, "户A001", NULL, 0);

	assert_true(ref_equal(other, named(w, KIND_HOUSEHOLD, "户A001")));
	world_undo(w, corrected); /* now both bear it, and the first in the order was first */
	assert_true(ref_equal(one, named(w, KIND_HOUSEHOLD, "户A001")));
	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "户B777")));
	household(w, one, "户B777", NULL, 0);
	household(w, one, "户A001", NULL, 0); /* back again */
	assert_true(ref_equal(one, named(w, KIND_HOUSEHOLD, "户A001")));
	household(w, (struct ref){ 4711, 3 }, "户C001", NULL, 0); /* of a subject unknown here */
	assert_true(ref_none(named(w, KIND_HOUSEHOLD, "户C001")));
}

static void a_certified_person_is_the_same_person(void **state)
{
	struct world *w = *state;
	struct buf b = { 0 };

	mp_put_map(&b, 1);
	mp_put_uint(&b, kind_by_id(KIND_MEMBER)->text_key);
	mp_put_cstr(&b, "11010519491231002X");
	struct ref one = world_save(w, KIND_MEMBER, none, &b);

	assert_true(ref_equal(one, named(w, KIND_MEMBER, "11010519491231002X43")));
	assert_true(ref_equal(one, named(w, KIND_MEMBER, "11010519491231002x")));
	assert_true(ref_none(named(w, KIND_MEMBER, "440524188001010014")));
}

static void a_void_counts_once_and_only_backwards_in_its_own_log(void **state)
{
	struct world *w = *state;
	struct view v;
	struct account a = { .type = ACCOUNT_DIVISION, .division = 150000000000 };
	int64_t in, out;
	uint64_t count;
	struct ref fund = world_fund(w, 700), other = world_fund(w, 40);
	struct ref voiding = world_undo(w, fund);

	world_undo(w, fund);                                        /* again: nothing */
	world_undo(w, voiding);                                     /* a void cannot be voided */
	world_undo(w, (struct ref){ fund.origin, other.seq + 90 }); /* what is not there yet */
	world_undo(w, (struct ref){ w->nodes[0].origin, 1 });       /* another's */
	world_look(w, &v);
	assert_true(view_voided(&v, fund));
	assert_false(view_voided(&v, other));
	assert_false(view_voided(&v, voiding));
	assert_int_equal(0, view_balance(&v, &a, &in, &out, &count));
	assert_true(in == 0 && out == 40 && count == 1);
	view_end(&v);
}

static void a_voided_row_shows_only_when_asked(void **state)
{
	struct world *w = *state;
	struct list_query q = all_funds;
	struct seen seen = { 0 };
	struct view v;
	struct ref one = world_fund(w, 1), two = world_fund(w, 2);

	world_undo(w, one);
	world_look(w, &v);
	assert_int_equal(0, view_list(&v, &q, see, &seen));
	assert_int_equal(1, seen.count);
	assert_true(ref_equal(two, seen.refs[0]));
	q.voided = true;
	seen.count = 0;
	assert_int_equal(0, view_list(&v, &q, see, &seen));
	assert_int_equal(2, seen.count);
	assert_true(seen.voided[0] && !seen.voided[1]);
	q.after = seen.refs[0];
	seen.count = 0;
	assert_int_equal(0, view_list(&v, &q, see, &seen));
	assert_int_equal(1, seen.count);
	view_end(&v);
}

static void a_page_goes_on_only_behind_an_entry_of_its_own_list(void **state)
{
	struct world *w = *state;
	struct list_query q = all_funds;
	struct seen seen = { 0 };
	struct view v;
	struct ref one = world_fund(w, 1), home = household(w, none, "户001", NULL, 1);

	world_look(w, &v);
	for (int newest = 0; newest < 2; newest++) {
		q.newest = newest != 0;
		q.of.division = 150000000000;
		q.after = one;
		assert_int_equal(0, view_list(&v, &q, see, &seen));
		q.after = home;
		assert_int_equal(BF_ENOTFOUND, view_list(&v, &q, see, &seen));
		q.of.division = 0;
		q.after = one;
		assert_int_equal(0, view_list(&v, &q, see, &seen));
		q.of.division = 110000000000;
		assert_int_equal(BF_ENOTFOUND, view_list(&v, &q, see, &seen));
		q.of.division = 650000000000;
		assert_int_equal(BF_ENOTFOUND, view_list(&v, &q, see, &seen));
	}
	assert_int_equal(0, seen.count);
	view_end(&v);
}

static void what_is_about_a_subject_is_its_versions_and_voids_too(void **state)
{
	struct world *w = *state;
	struct seen seen = { 0 };
	struct view v;
	struct ref home = household(w, none, "户001", NULL, 1);
	struct ref version = household(w, home, "户001", "二组", 1);
	struct ref end = world_undo(w, home);

	world_look(w, &v);
	assert_int_equal(0, view_about(&v, home, 10, see, &seen));
	assert_int_equal(2, seen.count);
	assert_true(ref_equal(seen.refs[0], version) || ref_equal(seen.refs[0], end));
	seen.count = 0;
	assert_int_equal(0, view_about(&v, home, 1, see, &seen));
	assert_int_equal(1, seen.count);
	assert_int_equal(BF_EINVAL, view_about(&v, none, 1, see, &seen));
	view_end(&v);
}

static void a_log_is_loaded_byte_for_byte_within_its_limits(void **state)
{
	struct world *w = *state;
	struct node *n = &w->nodes[0];
	struct buf out = { 0 };
	struct view v;
	uint64_t count;

	world_send(w, 0, 20);
	world_send(w, 1, 20);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_look(w, &v);
	assert_int_equal(0, view_load(&v, n->origin, 1, SIZE_MAX, 100, &out, &count));
	assert_int_equal(20, count);
	assert_true(bytes_equal(buf_bytes(&out), buf_bytes(&n->entries)));
	buf_clear(&out);
	assert_int_equal(0, view_load(&v, n->origin, 6, SIZE_MAX, 3, &out, &count));
	assert_int_equal(3, count);
	assert_true(
	    bytes_equal(buf_bytes(&out), bytes_of(n->entries.p + n->at[5], n->at[8] - n->at[5])));
	buf_clear(&out);
	assert_int_equal(0, view_load(&v, n->origin, 1, n->at[2], 100, &out, &count));
	assert_int_equal(2, count);
	assert_int_equal(0, view_load(&v, n->origin, 1, n->at[2] - 1, 100, &out, &count));
	assert_int_equal(1, count);
	assert_int_equal(0, view_load(&v, n->origin, 21, SIZE_MAX, 100, &out, &count));
	assert_int_equal(0, count);
	assert_int_equal(0, view_load(&v, 4711, 1, SIZE_MAX, 100, &out, &count));
	assert_int_equal(0, count);
	view_end(&v);
	buf_fini(&out);
}

static void a_view_sees_what_was_applied_when_it_began(void **state)
{
	struct world *w = *state;
	struct view before, after;
	struct head head;

	world_send(w, 0, 3);
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, view_begin(w->s, &before));
	assert_int_equal(0, view_head(&before, w->nodes[0].origin, &head));
	assert_int_equal(0, head.seq);
	world_apply(w);
	assert_int_equal(0, view_head(&before, w->nodes[0].origin, &head));
	assert_int_equal(0, head.seq);
	view_end(&before);
	view_end(&before); /* twice is once */
	assert_int_equal(0, view_begin(w->s, &after));
	assert_int_equal(0, view_head(&after, w->nodes[0].origin, &head));
	assert_int_equal(3, head.seq);
	assert_true(head_verify(&head, &w->nodes[0].key.public));
	assert_int_equal(BF_ENOTFOUND, view_head(&after, 4711, &head));
	view_end(&after);
}

static void an_entry_is_found_by_its_name_alone(void **state)
{
	struct world *w = *state;
	struct seen seen = { 0 };
	struct view v;
	struct ref ref = world_fund(w, 5);

	assert_int_equal(0, store_sync(w->s, &w->f));
	world_look(w, &v);
	assert_int_equal(0, view_entry(&v, ref, see, &seen));
	assert_int_equal(1, seen.count);
	ref.seq++;
	assert_int_equal(BF_ENOTFOUND, view_entry(&v, ref, see, &seen));
	ref.seq = 0;
	assert_int_equal(BF_ENOTFOUND, view_entry(&v, ref, see, &seen));
	view_end(&v);
}

static void the_figures_of_the_store_are_those_of_its_entries(void **state)
{
	struct world *w = *state;
	struct view_stats stats;
	struct view v;
	uint64_t by_kind[KIND_MAX + 1] = { 0 };

	rng_seed(&w->rng, world_seed(21), 0);
	for (int i = 0; i < 5; i++)
		world_day(w);
	world_look(w, &v);
	for (size_t i = 0; i < w->fact_count; i++)
		by_kind[kind_by_id(w->facts[i].kind) == NULL ? 0 : w->facts[i].kind]++;
	assert_int_equal(0, view_stats(&v, &stats));
	assert_int_equal(w->fact_count, stats.entries);
	assert_int_equal(w->fact_count, stats.order_length);
	assert_int_equal(WORLD_NODES + 1, stats.origins);
	assert_memory_equal(by_kind, stats.by_kind, sizeof by_kind);
	assert_true(stats.readers >= 1 && stats.file_bytes > 0);
	view_end(&v);
}

static void the_latest_4096_may_be_asked_for_and_no_more(void **state)
{
	struct world *w = *state;
	struct list_query q = { .of = { .kind = KIND_FUND, .month_to = UINT32_MAX },
				.newest = true,
				.limit = 4096 };
	struct seen seen = { 0 };
	struct view v;

	world_fund(w, 5);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_look(w, &v);
	assert_int_equal(0, view_list(&v, &q, see, &seen));
	assert_int_equal(1, seen.count);
	q.limit = 4097;
	assert_int_equal(BF_EBOUND, view_list(&v, &q, see, &seen));
	q.newest = false; /* forwards nothing is gathered first */
	assert_int_equal(0, view_list(&v, &q, see, &seen));
	assert_int_equal(2, seen.count);
	view_end(&v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_subject_is_its_creation_overlaid_by_its_versions),
		test(the_newest_area_holds_whichever_program_wrote_it),
		test(a_name_leads_to_its_first_bearer_until_that_is_voided),
		test(a_number_of_an_older_program_is_found_as_it_was_written),
		test(a_corrected_number_is_free_for_whom_it_belongs_to),
		test(a_certified_person_is_the_same_person),
		test(a_void_counts_once_and_only_backwards_in_its_own_log),
		test(a_voided_row_shows_only_when_asked),
		test(a_page_goes_on_only_behind_an_entry_of_its_own_list),
		test(what_is_about_a_subject_is_its_versions_and_voids_too),
		test(a_log_is_loaded_byte_for_byte_within_its_limits),
		test(a_view_sees_what_was_applied_when_it_began),
		test(an_entry_is_found_by_its_name_alone),
		test(the_figures_of_the_store_are_those_of_its_entries),
		test(the_latest_4096_may_be_asked_for_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
