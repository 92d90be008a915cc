/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c -- totals, lists and balances against counting the facts by hand.
 *
 * BF_SEED replays a run. The reference here knows nothing of keys, levels or deltas: it loops over
 * the facts. */
#include "store_world.h"

enum { DAYS = 25, QUERIES = 300 };

static const uint64_t areas[] = {
	0,
	150000000000,
	150700000000,
	150722000000,
	150722100000,
	150722100200,
	150723000000,
	150100000000,
	150103007000,
	150103007001,
	210000000000,
	150722101201,
	150102000000 /* nothing there */,
};

struct total_rows {
	struct total_row row[4096];
	size_t count;
};

static int collect(void *ctx, const struct total_row *row)
{
	struct total_rows *rows = ctx;

	assert_true(rows->count < sizeof rows->row / sizeof *rows->row);
	rows->row[rows->count++] = *row;
	return 0;
}

static bool matches(const struct fact *f, const struct total_query *q)
{
	uint32_t month = f->counted ? day_month(f->day) : 0;
	bool fits = f->counted && !f->voided && f->kind == q->kind &&
		    (q->division == 0 || division_within(f->division, q->division)) &&
		    (q->days ? f->day >= q->day_from && f->day <= q->day_to
			     : month >= q->month_from && month <= q->month_to);

	for (int i = 0; i < DIMS_MAX; i++)
		fits = fits && (q->dim[i] == 0 || q->dim[i] == f->dim[i]);
	return fits;
}

/* The area one level below `area` in which `place` lies; the area itself when there is none. */
static uint64_t child_of(uint64_t place, uint64_t area)
{
	int level = area == 0 ? 0 : division_level(area);
	uint64_t child = division_at(place, level + 1);

	return child == 0 ? area : child;
}

static bool row_matches(const struct fact *f, const struct total_query *q,
			const struct total_row *row)
{
	if (!matches(f, q))
		return false;
	if ((q->by & BY_PLACE) && child_of(f->division, q->division) != row->division)
		return false;
	if ((q->by & BY_MONTH) && day_month(f->day) != row->month)
		return false;
	if ((q->by & BY_DAY) && f->day != row->day)
		return false;
	if ((q->by & (BY_DAY | BY_WEEK)) == BY_WEEK && day_monday(f->day) != row->day)
		return false;
	if ((q->by & BY_DIM0) && f->dim[0] != row->dim[0])
		return false;
	return !(q->by & BY_DIM1) || f->dim[1] == row->dim[1];
}

/* Each group is one row, and the rows rise. */
static bool rises(const struct total_row *a, const struct total_row *b)
{
	const uint64_t x[] = { a->division, a->month, (uint64_t)a->day, a->dim[0], a->dim[1] };
	const uint64_t y[] = { b->division, b->month, (uint64_t)b->day, b->dim[0], b->dim[1] };

	for (size_t i = 0; i < sizeof x / sizeof *x; i++)
		if (x[i] != y[i])
			return x[i] < y[i];
	return false;
}

/* Every row has what the facts give, and the rows together have all. */
static void check_total(struct world *w, struct view *v, const struct total_query *q)
{
	static struct total_rows rows;
	uint64_t all = 0, in_rows = 0;
	int64_t sum = 0, sum_rows = 0;

	rows.count = 0;
	assert_int_equal(0, view_total(v, q, collect, &rows));
	for (size_t i = 0; i < w->fact_count; i++)
		if (matches(&w->facts[i], q)) {
			all++;
			sum += w->facts[i].sum;
		}
	for (size_t k = 0; k < rows.count; k++) {
		const struct total_row *row = &rows.row[k];
		uint64_t count = 0;
		int64_t row_sum = 0;

		for (size_t i = 0; i < w->fact_count; i++)
			if (row_matches(&w->facts[i], q, row)) {
				count++;
				row_sum += w->facts[i].sum;
			}
		assert_int_equal(count, row->count);
		assert_true(row_sum == row->sum);
		if (k > 0)
			assert_true(rises(&row[-1], row));
		in_rows += row->count;
		sum_rows += row->sum;
	}
	assert_int_equal(all, in_rows);
	assert_true(sum == sum_rows);
}

static void put_tally(struct lmdb_txn *t, uint8_t level, uint64_t division, uint16_t month,
		      uint16_t dim0, uint16_t dim1)
{
	struct tally_key k = { .kind = KIND_FUND,
			       .level = level,
			       .division = division,
			       .month = month,
			       .dim = { dim0, dim1 } };
	uint8_t key[KEY_TALLY_BYTES], row[ROW_TALLY_BYTES];

	key_tally(key, &k);
	be64_put(row, 1);
	be64_put(row + 8, 100);
	lmdb_put(t, TREE_TALLY, bytes_of(key, sizeof key), bytes_of(row, sizeof row));
}

/* A question that joins all of them has one row for each of the two codes. */
static void check_two_rows(struct world *w, uint64_t division, uint32_t by, uint64_t each)
{
	static struct total_rows rows;
	struct total_query q = {
		.kind = KIND_FUND, .division = division, .month_to = UINT32_MAX, .by = by
	};
	struct view v;

	rows.count = 0;
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_total(&v, &q, collect, &rows));
	view_end(&v);
	assert_int_equal(2, rows.count);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(each, rows.row[k].count);
		assert_int_equal(100 * each, rows.row[k].sum);
		assert_int_equal(k + 1, rows.row[k].dim[1]);
		assert_int_equal(by & BY_PLACE ? 150722102200 : division, rows.row[k].division);
	}
}

/* More groups on the way than are kept unjoined (view_total.c joins at 4,096): wherever the last of
 * them falls each is one row in the end, and what stands on both levels is taken off. */
static void groups_joined_on_the_way_are_joined_at_the_end_too(void **state)
{
	enum { ABOUT = 4096, AROUND = 40 };
	static const uint64_t township = 150722102000, village = 150722102200;
	struct world *w = *state;
	uint16_t put = 0;

	for (uint16_t each = ABOUT / 6 - AROUND; each < ABOUT / 2 + AROUND; each++) {
		/* Two groups for each, or six with those of the level below, twice. */
		bool near = each % (ABOUT / 6) > ABOUT / 6 - AROUND || each % (ABOUT / 6) < AROUND;
		if (!near)
			continue;
		struct lmdb_txn t;

		assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
		for (; put < each; put++)
			for (uint16_t code = 1; code <= 2; code++) {
				put_tally(&t, 5, village, 1400, put + 1, code);
				put_tally(&t, 4, township, 1400, put + 1, code);
			}
		assert_int_equal(0, lmdb_commit(&t));
		check_two_rows(w, village, BY_DIM1, each);
		check_two_rows(w, township, BY_DIM1 | BY_MONTH, each);
		check_two_rows(w, township, BY_DIM1 | BY_PLACE, each);
	}
}

static struct total_query some_query(struct rng *r)
{
	static const uint16_t kinds[] = { KIND_HOUSEHOLD, KIND_VISIT, KIND_FUND, KIND_AID,
					  KIND_ACTIVITY };
	uint32_t first = day_month(WORLD_DAY);
	struct total_query q = { .kind = kinds[rng_below(r, 5)],
				 .division = areas[rng_below(r, sizeof areas / sizeof *areas)],
				 .month_to = UINT32_MAX,
				 .by = (uint32_t)rng_below(r, rng_chance(r, 300) ? 64 : 16) };

	if (rng_chance(r, 400)) {
		q.month_from = first + (uint32_t)rng_below(r, 14);
		q.month_to = q.month_from + (uint32_t)rng_below(r, 5);
	} else if (rng_chance(r, 500)) { /* a day, a few, or many months and parts of two */
		q.days = true;
		q.day_from = WORLD_DAY - 5 + (int32_t)rng_below(r, 400);
		q.day_to = q.day_from - 1 + (int32_t)rng_below(r, rng_chance(r, 500) ? 9 : 200);
	}
	for (int i = 0; i < DIMS_MAX; i++)
		if (rng_chance(r, 200))
			q.dim[i] = (uint16_t)rng_between(r, 1, 4);
	return q;
}

struct listed {
	const struct world *w;
	const struct total_query *q;
	uint64_t count;
	int64_t sum;
	struct ref last;
	uint64_t division;
	int32_t day;
	bool voided, newest;
};

static const struct fact *fact_of(const struct world *w, struct ref ref)
{
	for (size_t i = 0; i < w->fact_count; i++)
		if (ref_equal(w->facts[i].ref, ref))
			return &w->facts[i];
	fail_msg("a ref that nobody made");
	return NULL;
}

static int see_listed(void *ctx, const struct list_row *row)
{
	struct listed *l = ctx;
	const struct fact *f = fact_of(l->w, row->ref);

	assert_true(f->voided == row->voided);
	assert_true(l->voided || matches(f, l->q));
	if (l->newest) {
		assert_true(l->division == 0 || f->day <= l->day);
	} else {
		assert_true(f->division >= l->division);
		if (f->division == l->division)
			assert_true(f->day >= l->day);
	}
	l->division = f->division;
	l->day = f->day;
	l->last = row->ref;
	if (!f->voided) {
		l->count++;
		l->sum += f->sum;
	}
	return 0;
}

/* The list behind a figure, taken page by page in either order, has the figure's count and sum. */
static void check_list(struct world *w, struct view *v, const struct total_query *q, bool voided,
		       bool newest)
{
	struct listed l = { .w = w, .q = q, .voided = voided, .newest = newest };
	struct list_query list = { .of = *q, .voided = voided, .newest = newest };
	uint64_t count = 0, before;
	int64_t sum = 0;

	for (size_t i = 0; i < w->fact_count; i++)
		if (matches(&w->facts[i], q)) {
			count++;
			sum += w->facts[i].sum;
		}
	list.limit = (uint32_t)rng_below(&w->rng, 7) + 1;
	do {
		before = l.count;
		struct ref from = l.last;

		list.after = from;
		assert_int_equal(0, view_list(v, &list, see_listed, &l));
		if (ref_equal(from, l.last))
			break;
	} while (l.count > before || voided);
	assert_int_equal(count, l.count);
	assert_true(sum == l.sum);
}

static void check_balances(struct world *w, struct view *v)
{
	for (size_t i = 0; i < w->fact_count; i++) {
		if (!w->facts[i].moved)
			continue;
		struct bytes account =
		    bytes_of(w->facts[i].account[0], w->facts[i].account_bytes[0]);
		int64_t in = 0, out = 0, stored_in, stored_out;
		uint64_t count = 0, stored_count;
		struct account a;

		for (size_t k = 0; k < w->fact_count; k++) {
			const struct fact *f = &w->facts[k];

			if (!f->moved || f->voided)
				continue;
			for (int side = 0; side < 2; side++) {
				if (!bytes_equal(account, bytes_of(f->account[side],
								   f->account_bytes[side])))
					continue;
				*(side == 0 ? &out : &in) += f->sum;
				count++;
			}
		}
		assert_int_equal(0, account_take(account, &a));
		assert_int_equal(0, view_balance(v, &a, &stored_in, &stored_out, &stored_count));
		assert_true(in == stored_in && out == stored_out);
		assert_int_equal(count, stored_count);
	}
}

static void totals_lists_and_balances_are_what_the_facts_give(void **state)
{
	struct world *w = *state;
	struct check_report report;
	struct view v;

	rng_seed(&w->rng, world_seed(2026), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	for (int i = 0; i < QUERIES; i++) {
		struct total_query q = some_query(&w->rng);

		check_total(w, &v, &q);
		if (i % 3 == 0)
			check_list(w, &v, &q, i % 2 == 0, i % 4 < 2);
	}
	check_balances(w, &v);
	view_end(&v);
	assert_int_equal(0, check_run(w->s, &report, NULL, NULL));
	if (report.findings > 0)
		print_message("%s\n", report.first[0].text);
	assert_int_equal(0, report.findings);
	assert_int_equal(0, report.ledger_sum);
	assert_int_equal(w->fact_count, report.entries);
}

struct walk {
	unsigned looked_at, stop_at, given;
	struct ref last;
};

static bool look(void *ctx)
{
	struct walk *x = ctx;
	return ++x->looked_at == x->stop_at;
}

static int give(void *ctx, const struct list_row *row)
{
	struct walk *x = ctx;
	x->given++;
	x->last = row->ref;
	return 0;
}

static struct list_query everything(bool newest)
{
	return (struct list_query){ .of = { .kind = KIND_FUND,
					    .division = UINT64_C(150000000000),
					    .month_to = UINT32_MAX },
				    .limit = VIEW_NEWEST_MAX,
				    .voided = true,
				    .newest = newest };
}

/* A page looks at what it gives and at two rows of each place: where it begins there, and where it
 * need not go on. It was at all rows from the end on. */
static void a_late_page_of_the_latest_walks_no_further_than_an_early_one(void **state)
{
	enum { PAGE = 10 };
	struct world *w = *state;
	struct walk all = { 0 }, x = { .given = PAGE };
	struct list_query q = everything(true);
	struct view v;

	rng_seed(&w->rng, world_seed(2026), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	for (int i = 0; i < 30 * PAGE; i++) /* all on one day */
		(void)world_fund(w, 100);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_list(&v, &q, give, &all));
	assert_true(all.given > 20 * PAGE);
	q.limit = PAGE;
	q.of.stopped = look;
	q.of.stopped_ctx = &x;
	unsigned given = 0, most = 0;
	while (x.given == PAGE) {
		q.after = x.last;
		x = (struct walk){ .last = x.last };
		assert_int_equal(0, view_list(&v, &q, give, &x));
		given += x.given;
		most = x.looked_at > most ? x.looked_at : most;
	}
	view_end(&v);
	assert_int_equal(all.given, given);
	assert_true(most <= PAGE * 4 + WORLD_PLACES * 4);
}

static void a_walk_ends_when_it_is_told_to(void **state)
{
	struct world *w = *state;
	struct view v;

	rng_seed(&w->rng, world_seed(2026), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	for (int newest = 0; newest < 2; newest++) {
		struct walk x = { .stop_at = 7 };
		struct list_query q = everything(newest != 0);

		q.of.stopped = look;
		q.of.stopped_ctx = &x;
		assert_int_equal(BF_ECLOSED, view_list(&v, &q, give, &x));
		assert_int_equal(7, x.looked_at);
	}
	view_end(&v);
}

static void a_wrong_area_is_refused(void **state)
{
	struct world *w = *state;
	struct total_query q = { .kind = KIND_FUND, .division = 15, .month_to = UINT32_MAX };
	struct list_query list = { .of = q, .limit = 1 };
	struct total_rows *rows = calloc(1, sizeof *rows);
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_EINVAL, view_total(&v, &q, collect, rows));
	assert_int_equal(BF_EINVAL, view_list(&v, &list, NULL, NULL));
	view_end(&v);
	free(rows);
}

/* rows_max is exact, whether the rows come from the tally or are added up from days. */
static void more_rows_than_are_wanted_are_a_bound(void **state)
{
	struct world *w = *state;
	static struct total_rows rows;
	struct view v;

	rng_seed(&w->rng, world_seed(2026), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	for (int days = 0; days < 2; days++) {
		struct total_query q = { .kind = KIND_FUND,
					 .division = UINT64_C(150000000000),
					 .month_to = UINT32_MAX,
					 .by = days ? BY_DAY | BY_PLACE : BY_MONTH | BY_DIM0 };

		rows.count = 0;
		assert_int_equal(0, view_total(&v, &q, collect, &rows));
		assert_true(rows.count > 3);
		q.rows_max = (uint32_t)rows.count;
		rows.count = 0;
		assert_int_equal(0, view_total(&v, &q, collect, &rows));
		assert_int_equal(q.rows_max, rows.count);
		q.rows_max--;
		rows.count = 0;
		assert_int_equal(BF_EBOUND, view_total(&v, &q, collect, &rows));
		assert_int_equal(0, rows.count);
	}
	view_end(&v);
}

static void a_sum_of_days_ends_when_it_is_told_to(void **state)
{
	struct world *w = *state;
	struct walk x = { .stop_at = 7 };
	struct total_query q = everything(false).of;
	struct view v;

	rng_seed(&w->rng, world_seed(2026), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	world_apply(w);
	q.stopped = look;
	q.stopped_ctx = &x;
	assert_int_equal(0, view_begin(w->s, &v));
	assert_false(view_walks(&q));
	q.by = BY_DAY;
	assert_true(view_walks(&q));
	static struct total_rows rows;

	rows.count = 0;
	assert_int_equal(BF_ECLOSED, view_total(&v, &q, collect, &rows));
	assert_int_equal(0, rows.count);
	assert_int_equal(7, x.looked_at);
	view_end(&v);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(totals_lists_and_balances_are_what_the_facts_give),
		test(a_late_page_of_the_latest_walks_no_further_than_an_early_one),
		test(a_walk_ends_when_it_is_told_to),
		test(groups_joined_on_the_way_are_joined_at_the_end_too),
		test(more_rows_than_are_wanted_are_a_bound),
		test(a_sum_of_days_ends_when_it_is_told_to),
		test(a_wrong_area_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
