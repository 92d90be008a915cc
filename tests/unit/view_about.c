/* SPDX-License-Identifier: Apache-2.0 */
/* view_about.c -- what points at one subject: listed, counted, its versions told one by one, and
 * who voided what. */
#include "store_world.h"

enum { SEEN_MAX = 2048 };

struct seen {
	uint32_t count;
	struct ref refs[SEEN_MAX];
	uint32_t stop_after; /* 0: never */
};

static const struct ref none = { 0, 0 };

static int see(void *ctx, const struct list_row *row)
{
	struct seen *seen = ctx;

	assert_true(seen->count < SEEN_MAX);
	seen->refs[seen->count++] = row->ref;
	return seen->count == seen->stop_after;
}

static struct ref household(struct world *w, struct ref subject, const char *group)
{
	struct buf b = { 0 };

	mp_put_map(&b, 4);
	body_text(&b, 1, "户001");
	body_uint(&b, 2, 150722100200);
	body_text(&b, 3, group);
	body_uint(&b, 34, WORLD_DAY);
	return world_save(w, KIND_HOUSEHOLD, subject, &b);
}

static struct ref visit(struct world *w, struct ref home, uint64_t division, int32_t day)
{
	struct buf b = { 0 };

	mp_put_map(&b, 4);
	body_uint(&b, 1, division);
	body_uint(&b, 2, (uint64_t)day);
	body_ref(&b, 3, home);
	body_uint(&b, 7, 1);
	return world_save(w, KIND_VISIT, none, &b);
}

static struct list_query about(struct ref subject, uint16_t kind)
{
	return (struct list_query){ .of = { .kind = kind, .month_to = UINT32_MAX },
				    .about = subject,
				    .limit = UINT32_MAX,
				    .voided = true };
}

static void is(struct view *v, struct list_query q, const struct ref *want, uint32_t count)
{
	struct seen seen = { 0 };

	assert_int_equal(0, view_list(v, &q, see, &seen));
	assert_int_equal(count, seen.count);
	for (uint32_t i = 0; i < count; i++)
		assert_true(ref_equal(want[i], seen.refs[i]));
}

static void what_is_about_a_subject_is_listed_by_day_either_way_with_the_filters_of_any_list(
    void **state)
{
	struct world *w = *state;
	struct view v;
	struct ref home = household(w, none, "一组"), other = household(w, none, "二组");
	struct ref late = visit(w, home, 150722100200, WORLD_DAY + 40);
	struct ref early = visit(w, home, 150722100201, WORLD_DAY);
	struct ref mid = visit(w, home, 150722100200, WORLD_DAY + 3);

	visit(w, other, 150722100200, WORLD_DAY);
	world_undo(w, mid);
	struct ref version = household(w, home, "三组");

	world_look(w, &v);
	struct list_query q = about(home, KIND_VISIT);

	is(&v, q, (struct ref[]){ early, mid, late }, 3);
	q.voided = false;
	is(&v, q, (struct ref[]){ early, late }, 2);
	q.newest = true;
	is(&v, q, (struct ref[]){ late, early }, 2);
	q.limit = 1;
	is(&v, q, &late, 1);
	q = about(home, KIND_VISIT);
	q.of.division = 150722100201;
	is(&v, q, &early, 1);
	q.of.division = 150722100000;
	is(&v, q, (struct ref[]){ early, mid, late }, 3);
	q.of.month_from = q.of.month_to = day_month(WORLD_DAY);
	is(&v, q, (struct ref[]){ early, mid }, 2);
	is(&v, about(home, KIND_HOUSEHOLD), &version, 1);
	q = about(home, 0); /* of every kind */
	struct seen all = { 0 };

	assert_int_equal(0, view_list(&v, &q, see, &all));
	assert_int_equal(4, all.count);
	q.about.seq = SEQ_MAX + 1;
	assert_int_equal(BF_EINVAL, view_list(&v, &q, see, &all));
	view_end(&v);
}

static bool points_at(const struct fact *f, struct ref subject)
{
	bool does = ref_equal(f->subject, subject);

	for (uint32_t i = 0; i < f->about_count; i++)
		does = does || ref_equal(f->about[i], subject);
	return does;
}

/* Pages of so many, one after another. */
static void page(struct view *v, struct list_query q, uint32_t limit, struct seen *all)
{
	struct seen one;

	*all = (struct seen){ 0 };
	q.limit = limit;
	do {
		one = (struct seen){ 0 };
		assert_int_equal(0, view_list(v, &q, see, &one));
		for (uint32_t i = 0; i < one.count; i++)
			all->refs[all->count++] = one.refs[i];
		if (one.count > 0)
			q.after = one.refs[one.count - 1];
	} while (one.count == limit);
}

/* Of a history of chance: what the world knows, counted without the code under test. */
static void check_subject(struct world *w, struct view *v, struct ref subject)
{
	static struct seen forward, back, paged;
	uint64_t counts[KIND_MAX + 1], want[KIND_MAX + 1] = { 0 }, rows = 0;
	bool more;

	forward = back = (struct seen){ 0 };
	for (size_t i = 0; i < w->fact_count; i++) {
		if (!points_at(&w->facts[i], subject) || kind_by_id(w->facts[i].kind) == NULL)
			continue;
		want[w->facts[i].kind] += !w->facts[i].voided;
		rows++;
	}
	struct list_query q = about(subject, 0);

	assert_int_equal(0, view_list(v, &q, see, &forward));
	assert_int_equal(rows, forward.count);
	q.newest = true;
	assert_int_equal(0, view_list(v, &q, see, &back));
	assert_int_equal(rows, back.count);
	for (uint32_t i = 0; i < back.count; i++)
		assert_true(ref_equal(back.refs[i], forward.refs[forward.count - 1 - i]));
	page(v, q, 3, &paged);
	assert_memory_equal(back.refs, paged.refs, back.count * sizeof back.refs[0]);
	q.newest = false;
	page(v, q, 3, &paged);
	assert_int_equal(forward.count, paged.count);
	assert_memory_equal(forward.refs, paged.refs, paged.count * sizeof paged.refs[0]);

	assert_int_equal(0, view_counts(v, subject, rows, counts, &more));
	assert_false(more); /* at its bound */
	assert_memory_equal(want, counts, sizeof counts);
	if (rows == 0)
		return;
	assert_int_equal(0, view_counts(v, subject, rows - 1, counts, &more));
	assert_true(more); /* and past it */
}

static void lists_and_counts_of_a_subject_are_those_of_the_history(void **state)
{
	struct world *w = *state;
	struct view v;
	size_t asked = 0;

	rng_seed(&w->rng, world_seed(77), 0);
	for (int i = 0; i < 6; i++)
		world_day(w);
	world_look(w, &v);
	for (size_t i = 0; i < w->fact_count && asked < 100; i++) {
		for (uint32_t n = 0; n < w->facts[i].about_count; n++) {
			check_subject(w, &v, w->facts[i].about[n]);
			asked++;
		}
	}
	assert_true(asked > 20);
	view_end(&v);
}

static void a_page_begins_behind_an_entry_about_the_same_subject_only(void **state)
{
	struct world *w = *state;
	struct seen seen = { 0 };
	struct view v;
	struct ref home = household(w, none, "一组"), other = household(w, none, "二组");
	struct ref ours = visit(w, home, 150722100200, WORLD_DAY);
	struct ref theirs = visit(w, other, 150722100200, WORLD_DAY);

	world_look(w, &v);
	for (int newest = 0; newest < 2; newest++) {
		struct list_query q = about(home, KIND_VISIT);

		q.newest = newest == 1;
		q.after = theirs;
		assert_int_equal(BF_ENOTFOUND, view_list(&v, &q, see, &seen));
		q.after = ours;
		assert_int_equal(0, view_list(&v, &q, see, &seen));
		q.of.kind = KIND_AID;
		assert_int_equal(BF_ENOTFOUND, view_list(&v, &q, see, &seen));
	}
	assert_int_equal(0, seen.count);
	view_end(&v);
}

struct told {
	uint32_t count;
	char before[8][16], now[8][16];
	size_t of;
};

static int tell(void *ctx, const struct list_version *version)
{
	struct told *t = ctx;

	assert_int_equal(t->count, version->at);
	bytes_cstr(record_get(version->before, 3)->s, t->before[t->count], 16);
	bytes_cstr(record_get(version->row->record, 3)->s, t->now[t->count], 16);
	t->of = version->of;
	t->count++;
	return t->count == 8 ? BF_EBOUND : 0;
}

static void each_version_is_told_with_the_state_it_found_and_voided_ones_are_not(void **state)
{
	struct world *w = *state;
	struct record r = { 0 };
	struct told t = { 0 };
	struct ref last;
	struct view v;
	struct ref home = household(w, none, "一组");

	household(w, home, "二组");
	world_undo(w, household(w, home, "九组"));
	struct ref newest = household(w, home, "三组");

	world_look(w, &v);
	record_init(&r, kind_by_id(KIND_HOUSEHOLD));
	assert_int_equal(0, view_history(&v, home, &r, &last, tell, &t));
	assert_true(ref_equal(newest, last));
	assert_int_equal(2, t.count);
	assert_int_equal(2, t.of);
	assert_string_equal("一组", t.before[0]);
	assert_string_equal("二组", t.now[0]);
	assert_string_equal("二组", t.before[1]);
	assert_string_equal("三组", t.now[1]);
	assert_true(bytes_equal(record_get(&r, 3)->s, BYTES_LIT("三组")));
	t.count = 0;
	assert_int_equal(BF_ENOTFOUND, view_history(&v, newest, &r, &last, tell, &t));
	assert_int_equal(0, t.count);
	record_fini(&r);
	view_end(&v);
}

static void a_voided_entry_names_the_first_that_voided_it(void **state)
{
	struct world *w = *state;
	struct ref by = none;
	struct view v;
	struct ref home = household(w, none, "一组");
	struct ref target = visit(w, home, 150722100200, WORLD_DAY);
	struct ref first = world_undo(w, target);

	world_undo(w, target);
	world_look(w, &v);
	assert_int_equal(0, view_voider(&v, target, &by));
	assert_true(ref_equal(first, by));
	assert_int_equal(BF_ENOTFOUND, view_voider(&v, home, &by));
	assert_int_equal(BF_ENOTFOUND, view_voider(&v, (struct ref){ 99, 1 }, &by));
	view_end(&v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(
		    what_is_about_a_subject_is_listed_by_day_either_way_with_the_filters_of_any_list),
		test(lists_and_counts_of_a_subject_are_those_of_the_history),
		test(a_page_begins_behind_an_entry_about_the_same_subject_only),
		test(each_version_is_told_with_the_state_it_found_and_voided_ones_are_not),
		test(a_voided_entry_names_the_first_that_voided_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
