/* SPDX-License-Identifier: Apache-2.0 */
/* malformed.c -- entries of a known kind whose body is none: kept, without effect, and counted.
 *
 * tests/golden/store_format3 is a store as the program before this count wrote it (format 3, four
 * nodes, five entries still in the journal): such stores are in the field. */
#include <errno.h>
#include <zstd.h>

#include "store_breaks.h"

enum { HERE = 0, ROUNDS = 12 };
static const uint64_t village = 150722100200;

/* ---- bodies ---- */

/* A visit of a day in a village; `wrong`: whose village is a word. */
static void visit(struct buf *b, bool wrong)
{
	buf_clear(b);
	mp_put_map(b, 3);
	mp_put_uint(b, 1);
	wrong ? mp_put_cstr(b, "here") : mp_put_uint(b, village);
	body_uint(b, 2, WORLD_DAY);
	body_uint(b, 7, 1);
}

static void fund(struct buf *b, uint64_t fen)
{
	buf_clear(b);
	mp_put_map(b, 3);
	body_uint(b, 1, village);
	body_uint(b, 2, WORLD_DAY);
	body_uint(b, 8, fen);
}

static void say(struct world *w, int i, uint32_t kind, struct buf *body)
{
	world_say(w, i, kind, buf_bytes(body));
}

/* `count` visits of node i, each malformed or not. */
static void say_visits(struct world *w, int i, uint64_t count, bool wrong)
{
	struct buf b = { 0 };

	visit(&b, wrong);
	for (uint64_t n = 0; n < count; n++)
		say(w, i, KIND_VISIT, &b);
	buf_fini(&b);
}

static struct accepted accept(struct world *w, int i)
{
	struct node *n = &w->nodes[i];
	struct run run = world_run(w, i, n->sent + 1, n->head.seq);
	struct accepted a = { .fresh = 0 };

	assert_int_equal(0, store_accept(w->s, &run, &a, &w->f));
	n->sent = n->head.seq;
	return a;
}

/* ---- what is told ---- */

static struct malformed_row row_of(struct world *w, int i)
{
	struct malformed_row row;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, malformed_of(&v, w->nodes[i].origin, &row));
	view_end(&v);
	return row;
}

static void expect_all(struct world *w, uint64_t entries, uint64_t logs)
{
	uint64_t e, l;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, malformed_all(&v, &e, &l));
	view_end(&v);
	assert_int_equal(entries, e);
	assert_int_equal(logs, l);
}

static struct check_report *verify(struct world *w)
{
	static struct check_report report;

	assert_int_equal(0, check_run(w->s, &report, NULL, NULL));
	for (uint64_t i = 0; i < report.findings && i < CHECK_FINDINGS_MAX; i++)
		print_message("finding: %s\n", report.first[i].text);
	return &report;
}

static int see_flaw(void *ctx, const struct list_row *row)
{
	assert_null(row->record);
	*(struct flaw *)ctx = row->flaw;
	return 0;
}

static struct flaw flaw_of(struct world *w, int i, uint64_t seq)
{
	struct flaw flaw = { 0 };
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0,
			 view_entry(&v, (struct ref){ w->nodes[i].origin, seq }, see_flaw, &flaw));
	view_end(&v);
	return flaw;
}

static int no_row(void *ctx, const struct total_row *row)
{
	*(uint64_t *)ctx += row->count;
	return 0;
}

static uint64_t total_of(struct world *w, uint16_t kind)
{
	struct total_query q = { .kind = kind, .division = 150000000000, .month_to = UINT32_MAX };
	uint64_t count = 0;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_total(&v, &q, no_row, &count));
	view_end(&v);
	return count;
}

/* ---- tests ---- */

static void a_malformed_entry_is_kept_and_counts_nowhere(void **state)
{
	struct world *w = *state;
	struct view_stats stats;
	struct buf b = { 0 };
	struct view v;

	say_visits(w, HERE, 1, false);
	say_visits(w, HERE, 1, true);
	fund(&b, FEN_MAX);
	say(w, HERE, KIND_FUND, &b);
	fund(&b, FEN_MAX + 1);
	say(w, HERE, KIND_FUND, &b);
	struct accepted a = accept(w, HERE);

	assert_int_equal(4, a.fresh);
	assert_int_equal(2, a.malformed.count);
	assert_int_equal(2, a.malformed.first);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(1, total_of(w, KIND_VISIT));
	assert_int_equal(1, total_of(w, KIND_FUND));
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_stats(&v, &stats));
	view_end(&v);
	assert_int_equal(4, stats.entries);
	assert_int_equal(2, stats.by_kind[0]);
	assert_int_equal(2, row_of(w, HERE).count);
	assert_int_equal(2, row_of(w, HERE).first[0]);
	assert_int_equal(4, row_of(w, HERE).first[1]);
	expect_all(w, 2, 1);
	assert_int_equal(0, verify(w)->findings);
	assert_int_equal(2, verify(w)->malformed);
	assert_true(
	    ref_equal((struct ref){ w->nodes[HERE].origin, 4 }, verify(w)->first_malformed[1]));
	buf_fini(&b);
}

static void a_view_says_which_field_and_why(void **state)
{
	struct world *w = *state;
	struct buf b = { 0 };

	say_visits(w, HERE, 1, true);
	fund(&b, FEN_MAX + 1);
	say(w, HERE, KIND_FUND, &b);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(BF_EFORMAT, flaw_of(w, HERE, 1).rc);
	assert_int_equal(1, flaw_of(w, HERE, 1).tag);
	assert_int_equal(BF_EBOUND, flaw_of(w, HERE, 2).rc);
	assert_int_equal(8, flaw_of(w, HERE, 2).tag);
	buf_fini(&b);
}

/* The two sorts of what has no effect are not mixed up: a newer program's kind is normal. */
static void an_unknown_kind_is_not_malformed(void **state)
{
	struct world *w = *state;
	struct buf b = { 0 };

	mp_put_map(&b, 1);
	body_uint(&b, 1, 5);
	say(w, HERE, 63, &b);
	visit(&b, false);
	b.p[0]++; /* a tag that no visit has today */
	body_uint(&b, 99, 5);
	say(w, HERE, KIND_VISIT, &b);
	assert_int_equal(0, accept(w, HERE).malformed.count);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, flaw_of(w, HERE, 1).rc);
	expect_all(w, 0, 0);
	assert_int_equal(0, verify(w)->malformed);
	assert_int_equal(1, total_of(w, KIND_VISIT));
	buf_fini(&b);
}

static void a_void_of_a_malformed_entry_changes_nothing(void **state)
{
	struct world *w = *state;
	struct buf b = { 0 };

	say_visits(w, HERE, 2, true);
	buf_clear(&b);
	body_of_void(&b, (struct ref){ w->nodes[HERE].origin, 1 });
	say(w, HERE, KIND_VOID, &b);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(2, row_of(w, HERE).count);
	assert_int_equal(1, row_of(w, HERE).first[0]);
	assert_int_equal(0, total_of(w, KIND_VISIT));
	assert_int_equal(0, verify(w)->findings);
	buf_fini(&b);
}

static void the_first_eight_of_a_log_and_twenty_of_all_are_named(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 3; i++) {
		say_visits(w, i, 8, true);
		accept(w, i);
	}
	say_visits(w, HERE, 1, true);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	struct malformed_row row = row_of(w, HERE);

	assert_int_equal(9, row.count);
	assert_int_equal(8, row.first[7]);
	expect_all(w, 25, 3);
	const struct check_report *r = verify(w);

	assert_int_equal(25, r->malformed);
	assert_true(ref_equal((struct ref){ w->nodes[2].origin, 4 }, r->first_malformed[19]));
	assert_int_equal(0, r->findings);
}

/* However it came: in whatever runs and batches, with crashes between. The truth is counted here.
 */
static void the_count_is_a_function_of_the_entries(void **state)
{
	struct world *w = *state;
	uint64_t want[WORLD_NODES] = { 0 }, first[WORLD_NODES] = { 0 }, all = 0, logs = 0;

	rng_seed(&w->rng, world_seed(31), 0);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < WORLD_NODES; i++) {
			struct node *n = &w->nodes[i];

			for (uint64_t k = rng_below(&w->rng, 6) + 1; k > 0; k--) {
				bool wrong = i > 0 && rng_chance(&w->rng, 300);

				if (wrong && want[i]++ == 0)
					first[i] = n->head.seq + 1;
				if (wrong || rng_chance(&w->rng, 300))
					say_visits(w, i, 1, wrong);
				else
					world_grow(w, i, 1);
			}
			struct accepted a = accept(w, i);

			assert_int_equal(want[i], a.malformed.count);
			assert_int_equal(first[i], a.malformed.first);
			if (rng_chance(&w->rng, 500))
				assert_int_equal(0, store_sync(w->s, &w->f));
			if (rng_chance(&w->rng, 300))
				assert_int_equal(
				    0, store_apply(w->s, rng_below(&w->rng, 9) + 1, &w->f));
		}
		assert_int_equal(0, store_sync(w->s, &w->f));
		if (rng_chance(&w->rng, 400))
			world_reopen(w);
	}
	world_apply(w);
	for (int i = 0; i < WORLD_NODES; i++) {
		struct accepted held;

		assert_int_equal(0, store_held(w->s, w->nodes[i].origin, &held));
		assert_int_equal(want[i], held.malformed.count);
		assert_int_equal(first[i], held.malformed.first);
		assert_int_equal(want[i], row_of(w, i).count);
		all += want[i];
		logs += want[i] > 0;
	}
	expect_all(w, all, logs);
	assert_true(all > 20);
	assert_int_equal(0, verify(w)->findings);
	assert_int_equal(all, verify(w)->malformed);
}

static void what_was_staged_and_forgotten_is_not_counted(void **state)
{
	struct world *w = *state;
	struct accepted held;

	say_visits(w, HERE, 2, true);
	accept(w, HERE);
	breaks.code = ENOSPC;
	breaks.after[PWRITE] = 1;
	assert_int_equal(BF_EFULL, store_sync(w->s, &w->f));
	assert_int_equal(0, store_held(w->s, w->nodes[HERE].origin, &held));
	assert_int_equal(0, held.malformed.count);
	w->nodes[HERE].sent = 0;
	assert_int_equal(2, accept(w, HERE).malformed.count);
	assert_int_equal(0, store_sync(w->s, &w->f));
	/* The same again, and one more: what was held is not new, and is of the log. */
	say_visits(w, HERE, 1, true);
	w->nodes[HERE].sent = 0;
	struct accepted a = accept(w, HERE);

	assert_int_equal(1, a.fresh_malformed.count);
	assert_int_equal(3, a.fresh_malformed.first);
	assert_int_equal(3, a.malformed.count);
	assert_int_equal(1, a.malformed.first);
}

static void rows_that_the_entries_do_not_give_are_found(void **state)
{
	struct world *w = *state;
	uint8_t key[KEY_MALFORMED_BYTES], value[ROW_MALFORMED_BYTES_MAX];
	struct origin_row origin;
	struct malformed_row was, row;
	struct lmdb_txn t;

	say_visits(w, HERE, 2, true);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	was = row_of(w, HERE);
	for (int i = 0; i < 4; i++) {
		row = was;
		row.count += i == 0;
		row.first[1] += i == 1;
		assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
		assert_int_equal(0, origins_row(&t, w->nodes[HERE].origin, &origin));
		key_malformed(key, origin.no);
		size_t bytes = row_malformed(value, &row) - (i == 2);

		lmdb_put(&t, TREE_META, bytes_of(key, sizeof key), bytes_of(value, bytes));
		if (i == 3) { /* the sums */
			be64_put(value, w->s->order_applied.length);
			be64_put(value + 8, 2);
			be64_put(value + 16, 2);
			lmdb_put(&t, TREE_META, META_MALFORMED,
				 bytes_of(value, ROW_MALFORMED_SUMS_BYTES));
		}
		assert_int_equal(0, lmdb_commit(&t));
		assert_true(verify(w)->findings > 0);
	}
}

/* ---- stores of programs that did not count ---- */

/* As a program that knows of no such row leaves a store that it made. */
static void uncount(struct world *w)
{
	uint8_t key[KEY_MALFORMED_BYTES];
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	for (uint32_t no = 1; no <= lmdb_rows(&t, TREE_HEAD); no++) {
		key_malformed(key, no);
		(void)lmdb_del(&t, TREE_META, bytes_of(key, sizeof key));
	}
	assert_int_equal(0, lmdb_del(&t, TREE_META, META_MALFORMED));
	assert_int_equal(0, lmdb_commit(&t));
}

static void a_store_without_the_count_is_counted_when_it_is_opened(void **state)
{
	struct world *w = *state;

	say_visits(w, HERE, 3, true);
	say_visits(w, HERE, 2, false);
	accept(w, HERE);
	say_visits(w, 1, 4, true);
	accept(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	struct hash counted = world_digest(w);

	uncount(w);
	assert_int_equal(0, verify(w)->findings); /* not counted is no finding */
	assert_int_equal(7, verify(w)->malformed);
	world_reopen(w);
	expect_all(w, 7, 2);
	struct hash again = world_digest(w);

	assert_true(hash_equal(&counted, &again));
}

/* One that was counted, then written by an older program, then by this one again. */
static void only_what_the_older_program_added_is_counted(void **state)
{
	struct world *w = *state;
	uint8_t key[KEY_MALFORMED_BYTES], row[ROW_MALFORMED_BYTES_MAX];
	struct malformed_sums sums;
	struct origin_row origin;
	struct lmdb_txn t;

	say_visits(w, HERE, 2, true);
	say_visits(w, HERE, 5, false);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	struct malformed_row before = row_of(w, HERE);
	uint64_t until = w->s->order_applied.length;

	say_visits(w, HERE, 3, true);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	struct hash counted = world_digest(w);

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	assert_int_equal(0, origins_row(&t, w->nodes[HERE].origin, &origin));
	key_malformed(key, origin.no);
	lmdb_put(&t, TREE_META, bytes_of(key, sizeof key),
		 bytes_of(row, row_malformed(row, &before)));
	sums = (struct malformed_sums){ .entries = 2, .logs = 1, .counted = true };
	malformed_flush(&t, &sums, until);
	assert_int_equal(0, lmdb_commit(&t));
	assert_int_equal(0, verify(w)->findings);
	world_reopen(w);
	struct hash again = world_digest(w);

	assert_true(hash_equal(&counted, &again));
	assert_int_equal(5, row_of(w, HERE).count);
	assert_int_equal(8, row_of(w, HERE).first[2]);
}

/* The disk is full at the start: the store opens, adds nothing to rows with a gap, and the next
 * start counts. */
static void a_count_that_found_no_room_is_made_at_the_next_start(void **state)
{
	struct world *w = *state;

	say_visits(w, HERE, 3, true);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	uncount(w);
	breaks.free_bytes = 4096;
	world_reopen(w);
	breaks.free_bytes = 0;
	say_visits(w, 1, 2, true);
	accept(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	expect_all(w, 0, 0);
	assert_int_equal(0, verify(w)->findings);
	world_reopen(w);
	expect_all(w, 5, 2);
	assert_int_equal(0, verify(w)->findings);
}

/* What cannot be read is verify's to name: the store opened before there was a count, and still
 * does. */
static void a_count_that_meets_damage_keeps_no_store_shut(void **state)
{
	struct world *w = *state;
	uint8_t key[KEY_LOG_BYTES];
	struct origin_row origin;
	struct lmdb_txn t;

	say_visits(w, HERE, 3, true);
	accept(w, HERE);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	uncount(w);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	assert_int_equal(0, origins_row(&t, w->nodes[HERE].origin, &origin));
	key_log(key, (struct spot){ origin.no, 2 });
	lmdb_put(&t, TREE_LOG, bytes_of(key, sizeof key), BYTES_LIT("no entry at all"));
	assert_int_equal(0, lmdb_commit(&t));
	world_reopen(w);
	expect_all(w, 0, 0);
	assert_true(verify(w)->findings > 0);
}

static void unpack(struct world *w, const char *name)
{
	static uint8_t packed[65536], out[2 << 20];
	char from[512], to[128];

	snprintf(from, sizeof from, "%s/store_format3/%s.zst", GOLDEN_DIR, name);
	snprintf(to, sizeof to, "%s/%s", w->dir, name);
	FILE *f = fopen(from, "rb");

	assert_non_null(f);
	size_t n = fread(packed, 1, sizeof packed, f), bytes;

	fclose(f);
	bytes = ZSTD_decompress(out, sizeof out, packed, n);
	assert_false(ZSTD_isError(bytes));
	f = fopen(to, "wb");
	assert_non_null(f);
	assert_int_equal(bytes, fwrite(out, 1, bytes, f));
	fclose(f);
}

static void a_store_of_the_field_opens_whole_and_is_counted(void **state)
{
	struct world *w = *state;
	struct accepted held;

	world_close(w);
	world_remove(w);
	unpack(w, "data.mdb");
	unpack(w, "journal");
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	/* Its nodes are ours: made of the same seeds. */
	assert_int_equal(7, world_held(w, w->nodes[0].origin));
	assert_int_equal(23, world_held(w, w->nodes[1].origin));
	assert_int_equal(35, world_entries(w));
	assert_int_equal(2, row_of(w, 0).count);
	assert_int_equal(2, row_of(w, 0).first[0]);
	assert_int_equal(3, row_of(w, 0).first[1]);
	assert_int_equal(17, row_of(w, 1).count);
	assert_int_equal(0, row_of(w, 2).count);
	expect_all(w, 19, 2);
	assert_int_equal(0, store_held(w->s, w->nodes[1].origin, &held));
	assert_int_equal(17, held.malformed.count);
	assert_int_equal(1, held.malformed.first);
	assert_int_equal(0, verify(w)->findings);
	assert_int_equal(19, verify(w)->malformed);
}

static int setup(void **state)
{
	breaks = (struct breaks){ .code = 0 };
	return world_setup(state);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_malformed_entry_is_kept_and_counts_nowhere),
		test(a_view_says_which_field_and_why),
		test(an_unknown_kind_is_not_malformed),
		test(a_void_of_a_malformed_entry_changes_nothing),
		test(the_first_eight_of_a_log_and_twenty_of_all_are_named),
		test(the_count_is_a_function_of_the_entries),
		test(what_was_staged_and_forgotten_is_not_counted),
		test(rows_that_the_entries_do_not_give_are_found),
		test(a_store_without_the_count_is_counted_when_it_is_opened),
		test(only_what_the_older_program_added_is_counted),
		test(a_count_that_found_no_room_is_made_at_the_next_start),
		test(a_count_that_meets_damage_keeps_no_store_shut),
		test(a_store_of_the_field_opens_whole_and_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
