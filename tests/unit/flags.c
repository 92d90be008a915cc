/* SPDX-License-Identifier: Apache-2.0 */
/* flags.c -- what the store flags: what was wrong where it stands in the order and is wrong still,
 * whatever batches it came in, and whichever program applied it. */
#include <errno.h>

#include "protocol/flag.h"
#include "storage/refold.h"
#include "store_breaks.h"

static const uint64_t village = 150722100200, neighbour = 150722100201, town = 150722100000;
static const struct ref none = { 0, 0 };
static const char *const heads[] = { "150722197503120014", "150722197503120022",
				     "150722197503120030", "150722197503120049" };
enum { SPOUSE = 2, SON = 3, DAUGHTER = 4 };
enum { ALLOT = 1, SPEND = 3 };

/* ---- bodies ---- */

static struct ref save(struct world *w, uint32_t kind, struct ref subject, struct buf *b)
{
	struct ref ref = world_save(w, kind, subject, b);

	assert_int_equal(0, store_sync(w->s, &w->f));
	return ref;
}

static struct ref household(struct world *w, struct ref subject, const char *head)
{
	struct buf b = { 0 };

	mp_put_map(&b, 2u + (head != NULL));
	body_uint(&b, 2, village);
	if (head != NULL)
		body_text(&b, 5, head);
	body_uint(&b, 34, WORLD_DAY);
	return save(w, KIND_HOUSEHOLD, subject, &b);
}

static struct ref member(struct world *w, struct ref subject, struct ref of, uint64_t sex,
			 uint64_t relation)
{
	struct buf b = { 0 };

	mp_put_map(&b, 3u + !ref_none(of) + (relation != 0));
	if (!ref_none(of))
		body_ref(&b, 1, of);
	body_uint(&b, 2, village);
	body_uint(&b, 3, WORLD_DAY);
	body_uint(&b, 6, sex);
	if (relation != 0)
		body_uint(&b, 13, relation);
	return save(w, KIND_MEMBER, subject, &b);
}

static struct ref aid(struct world *w, struct ref of, struct ref to)
{
	struct buf b = { 0 };

	mp_put_map(&b, 5);
	body_uint(&b, 1, village);
	body_uint(&b, 2, WORLD_DAY);
	body_ref(&b, 3, of);
	body_uint(&b, 4, 1);
	body_ref(&b, 12, to);
	return save(w, KIND_AID, none, &b);
}

/* A division 0 is an outside party. */
static void account_field(struct buf *b, uint64_t tag, uint64_t division)
{
	struct account a = { .type = ACCOUNT_DIVISION, .division = division };
	uint8_t bin[ACCOUNT_BYTES_MAX];

	if (division == 0)
		a = (struct account){ .type = ACCOUNT_OUTSIDE, .party = 2 };
	mp_put_uint(b, tag);
	mp_put_bin(b, bytes_of(bin, account_put(&a, bin)));
}

static struct ref fund_on(struct world *w, uint64_t movement, uint64_t from, uint64_t to,
			  uint64_t fen, int32_t day)
{
	struct buf b = { 0 };

	mp_put_map(&b, 6);
	body_uint(&b, 1, village);
	body_uint(&b, 2, (uint64_t)day);
	body_uint(&b, 3, movement);
	account_field(&b, 6, from);
	account_field(&b, 7, to);
	body_uint(&b, 8, fen);
	return save(w, KIND_FUND, none, &b);
}

static struct ref fund(struct world *w, uint64_t movement, uint64_t from, uint64_t to, uint64_t fen)
{
	return fund_on(w, movement, from, to, fen, WORLD_DAY);
}

static struct ref undo(struct world *w, struct ref target)
{
	struct buf b = { 0 };

	body_of_void(&b, target);
	return save(w, KIND_VOID, none, &b);
}

/* ---- what is shown ---- */

static uint32_t flags(struct world *w, struct ref ref)
{
	uint32_t got;
	struct view v;

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, flags_of(&v, ref, WORLD_DAY, &got));
	view_end(&v);
	return got;
}

static uint32_t count_in(struct world *w, uint64_t area, int32_t today, uint32_t most)
{
	uint32_t count;
	bool more;
	struct view v;

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, flags_count(&v, area, today, most, &count, &more));
	assert_true(count <= most && (more || count < most));
	view_end(&v);
	return count;
}

static uint32_t count_all(struct world *w, int32_t today, uint32_t most)
{
	return count_in(w, 0, today, most);
}

static void sound_by(struct world *w, size_t rows)
{
	static struct check_report report;

	assert_int_equal(0, check_bounded(w->s, &report, rows, NULL, NULL));
	for (uint64_t i = 0; i < report.findings && i < CHECK_FINDINGS_MAX; i++)
		print_message("finding: %s\n", report.first[i].text);
	assert_int_equal(0, report.findings);
}

static void sound(struct world *w)
{
	sound_by(w, REFOLD_ROWS_MAX);
	sound_by(w, 4); /* in many parts */
}

/* ---- money ---- */

static void a_balance_may_be_spent_to_the_last_fen(void **state)
{
	struct world *w = *state;

	fund(w, ALLOT, 0, village, 100);
	struct ref all = fund(w, SPEND, village, 0, 100);
	struct ref more = fund(w, SPEND, village, 0, 1);

	assert_int_equal(0, flags(w, all));
	assert_int_equal(FLAG_BIT(FLAG_OVER_BALANCE), flags(w, more));
	assert_int_equal(1, count_all(w, WORLD_DAY, 10));
	sound(w);
	fund(w, ALLOT, 0, village, 1); /* what was missing */
	assert_int_equal(0, flags(w, more));
	assert_int_equal(0, count_all(w, WORLD_DAY, 10));
	sound(w);
}

static void an_earlier_void_makes_room_and_its_own_ends_a_flag(void **state)
{
	struct world *w = *state;

	fund(w, ALLOT, 0, village, 100);
	struct ref first = fund(w, SPEND, village, 0, 100);

	undo(w, first);
	struct ref second = fund(w, SPEND, village, 0, 100), third = fund(w, SPEND, village, 0, 7);

	assert_int_equal(0, flags(w, second));
	assert_int_equal(FLAG_BIT(FLAG_OVER_BALANCE), flags(w, third));
	undo(w, third);
	assert_int_equal(0, flags(w, third));
	sound(w);
}

static void two_rules_of_one_entry_are_both_kept(void **state)
{
	struct world *w = *state;
	struct ref ref = fund(w, ALLOT, village, town, 5);
	uint32_t both = FLAG_BIT(FLAG_OVER_BALANCE) | FLAG_BIT(FLAG_AGAINST_TREE);

	assert_int_equal(both, flags(w, ref));
	fund(w, ALLOT, 0, village, 9);
	assert_int_equal(FLAG_BIT(FLAG_AGAINST_TREE), flags(w, ref));
	undo(w, ref);
	assert_int_equal(0, flags(w, ref));
	assert_int_equal(0, count_all(w, WORLD_DAY, 10));
	sound(w);
}

/* ---- people ---- */

static void aid_is_judged_by_where_the_member_lived_then(void **state)
{
	struct world *w = *state;
	struct ref a = household(w, none, NULL), b = household(w, none, NULL);
	struct ref m = member(w, none, a, 1, SON);
	struct ref right = aid(w, a, m), wrong = aid(w, b, m);

	assert_int_equal(0, flags(w, right));
	assert_int_equal(FLAG_BIT(FLAG_OTHER_HOUSEHOLD), flags(w, wrong));
	struct ref moved = member(w, m, b, 1, 0);

	assert_int_equal(0, flags(w, right)); /* it was right when it was given */
	assert_int_equal(0, flags(w, wrong)); /* he lives there now */
	undo(w, moved);
	assert_int_equal(0, flags(w, right));
	assert_int_equal(FLAG_BIT(FLAG_OTHER_HOUSEHOLD), flags(w, wrong));
	sound(w);
}

static void all_of_a_batch_is_judged_by_what_stands_before_it(void **state)
{
	struct world *w = *state;
	struct ref a = household(w, none, NULL), b = household(w, none, NULL);
	struct ref m = member(w, none, a, 1, SON);

	world_apply(w);
	struct ref before = aid(w, b, m); /* and these three in one batch */
	member(w, m, b, 1, 0);
	struct ref after = aid(w, a, m);

	assert_int_equal(0, flags(w, before)); /* ended by the move */
	assert_int_equal(FLAG_BIT(FLAG_OTHER_HOUSEHOLD), flags(w, after));
	sound(w);
}

static void the_later_household_of_one_head_is_flagged(void **state)
{
	struct world *w = *state;
	struct ref a = household(w, none, heads[0]), b = household(w, none, heads[1]);
	struct ref c = household(w, none, heads[0]);

	assert_int_equal(0, flags(w, a));
	assert_int_equal(0, flags(w, b));
	assert_int_equal(FLAG_BIT(FLAG_HEAD_TWICE), flags(w, c));
	struct ref change = household(w, c, heads[2]);

	assert_int_equal(0, flags(w, c));
	undo(w, change);
	assert_int_equal(FLAG_BIT(FLAG_HEAD_TWICE), flags(w, c));
	household(w, c, heads[2]);
	household(w, b, heads[2]);
	assert_int_equal(FLAG_BIT(FLAG_HEAD_TWICE), flags(w, b));
	undo(w, a);
	sound(w);
	undo(w, c); /* nobody else heads it now */
	assert_int_equal(0, flags(w, b));
	sound(w);
}

static void a_void_of_a_correction_can_make_two_of_what_was_one(void **state)
{
	struct world *w = *state;
	struct ref a = household(w, none, heads[0]), change = household(w, a, heads[1]);
	struct ref b = household(w, none, heads[0]);

	assert_int_equal(0, flags(w, b));
	undo(w, change);
	assert_int_equal(FLAG_BIT(FLAG_HEAD_TWICE), flags(w, a));
	sound(w);
}

static void a_spouse_is_not_of_the_heads_sex(void **state)
{
	struct world *w = *state;
	struct ref man = household(w, none, heads[0]), nobody = household(w, none, NULL);
	struct ref wife = member(w, none, man, 2, SPOUSE), he = member(w, none, man, 1, SPOUSE);
	struct ref unknown = member(w, none, nobody, 1, SPOUSE);
	struct ref girl = member(w, none, nobody, 1, DAUGHTER);

	assert_int_equal(0, flags(w, wife));
	assert_int_equal(FLAG_BIT(FLAG_RELATION), flags(w, he));
	assert_int_equal(0, flags(w, unknown));
	assert_int_equal(FLAG_BIT(FLAG_RELATION), flags(w, girl));
	member(w, girl, none, 2, 0);
	assert_int_equal(0, flags(w, girl));
	sound(w);
}

/* ---- days ---- */

static void today_is_no_future_and_tomorrow_is_until_it_has_come(void **state)
{
	struct world *w = *state;
	uint32_t got;
	struct view v;

	fund(w, ALLOT, 0, village, 1);
	struct ref ref = fund_on(w, ALLOT, 0, village, 1, WORLD_DAY + 1);

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, flags_of(&v, ref, WORLD_DAY, &got));
	assert_int_equal(FLAG_BIT(FLAG_FUTURE), got);
	assert_int_equal(0, flags_of(&v, ref, WORLD_DAY + 1, &got));
	assert_int_equal(0, got);
	assert_int_equal(0, flags_of(&v, ref, 0, &got)); /* nobody said what day it is */
	assert_int_equal(0, got);
	view_end(&v);
	assert_int_equal(1, count_all(w, WORLD_DAY, 10));
	assert_int_equal(0, count_all(w, WORLD_DAY + 1, 10));
	sound(w);
}

/* It was over the balance, is not any more, and its day is yet to come. */
static void a_flag_that_ended_is_not_counted_beside_its_future_day(void **state)
{
	struct world *w = *state;

	fund_on(w, SPEND, village, 0, 5, WORLD_DAY + 1);
	assert_int_equal(1, count_all(w, WORLD_DAY, 10));
	assert_int_equal(1, count_in(w, village, WORLD_DAY, 10));
	assert_int_equal(0,
			 count_in(w, village + 1, WORLD_DAY, 10)); /* a station that moved there */
	fund(w, ALLOT, 0, village, 5);
	assert_int_equal(1, count_all(w, WORLD_DAY, 10));
	assert_int_equal(0, count_all(w, WORLD_DAY + 1, 10));
}

static bool counts_more(struct world *w)
{
	uint32_t count;
	struct view v;
	bool more;

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, flags_count(&v, 0, WORLD_DAY, 1000, &count, &more));
	view_end(&v);
	assert_int_equal(0, count);
	return more;
}

/* `status` asks on the thread that serves everybody. */
static void no_more_than_four_thousand_ended_flags_are_looked_at(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 4000; i++)
		fund(w, SPEND, village, 0, 1);
	fund(w, ALLOT, 0, village, 4000);
	assert_false(counts_more(w));
	fund(w, SPEND, village, 0, 1);
	fund(w, ALLOT, 0, village, 1);
	assert_true(counts_more(w));
}

/* ---- lists ---- */

struct seen {
	uint32_t count;
	struct ref refs[16];
	uint32_t flags[16];
};

static int see(void *ctx, const struct list_row *row)
{
	struct seen *s = ctx;

	assert_true(s->count < 16);
	assert_non_null(row->record);
	s->flags[s->count] = row->flags;
	s->refs[s->count++] = row->ref;
	return 0;
}

static struct seen list(struct world *w, uint32_t flagged, bool newest, struct ref after)
{
	const struct list_query q = {
		.of = { .kind = KIND_FUND, .division = 150000000000, .month_to = UINT32_MAX },
		.flagged = flagged,
		.newest = newest,
		.after = after,
		.today = WORLD_DAY + 3,
		.limit = 16
	};
	struct seen s = { 0 };
	struct view v;

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_list(&v, &q, see, &s));
	view_end(&v);
	return s;
}

static void expect(const struct seen *s, const struct ref *want, uint32_t count)
{
	assert_int_equal(count, s->count);
	for (uint32_t i = 0; i < count; i++)
		assert_true(ref_equal(want[i], s->refs[i]));
}

/* Flagged by their row, by their day, by both, and those between. */
static void a_list_of_the_flagged_is_whole_in_both_directions(void **state)
{
	struct world *w = *state;
	struct ref ref[6], want[4];

	fund_on(w, ALLOT, 0, village, 100, WORLD_DAY);
	ref[0] = fund_on(w, ALLOT, village, town, 1, WORLD_DAY + 1);
	fund_on(w, ALLOT, 0, village, 1, WORLD_DAY + 1);
	ref[1] = fund_on(w, ALLOT, village, town, 1, WORLD_DAY + 3);
	fund_on(w, ALLOT, 0, village, 1, WORLD_DAY + 3);
	ref[2] = fund_on(w, ALLOT, village, town, 1, WORLD_DAY + 4);
	ref[3] = fund_on(w, ALLOT, 0, village, 1, WORLD_DAY + 5);
	struct seen s = list(w, FLAG_ALL, false, none);

	expect(&s, ref, 4);
	assert_int_equal(FLAG_BIT(FLAG_AGAINST_TREE), s.flags[1]);
	assert_int_equal(FLAG_BIT(FLAG_AGAINST_TREE) | FLAG_BIT(FLAG_FUTURE), s.flags[2]);
	assert_int_equal(FLAG_BIT(FLAG_FUTURE), s.flags[3]);
	for (int i = 0; i < 4; i++)
		want[i] = ref[3 - i];
	s = list(w, FLAG_ALL, true, none);
	expect(&s, want, 4);
	assert_int_equal(FLAG_BIT(FLAG_FUTURE), s.flags[0]);
	s = list(w, FLAG_ALL, false, ref[1]);
	expect(&s, ref + 2, 2);
	s = list(w, FLAG_ALL, true, ref[2]);
	expect(&s, want + 2, 2);
	s = list(w, FLAG_BIT(FLAG_AGAINST_TREE), false, none);
	expect(&s, ref, 3);
	s = list(w, FLAG_BIT(FLAG_FUTURE), true, none);
	expect(&s, want, 2);
	s = list(w, FLAG_BIT(FLAG_RELATION), false, none);
	expect(&s, ref, 0);
	assert_int_equal(4, count_all(w, WORLD_DAY + 3, 10));
	assert_int_equal(3, count_all(w, WORLD_DAY + 3, 3)); /* no further */
}

static void no_more_than_a_thousand_are_counted(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 1000; i++)
		fund(w, ALLOT, village, town, 1);
	assert_int_equal(1000, count_all(w, WORLD_DAY, FLAGGED_COUNT_MAX));
	fund(w, ALLOT, village, town, 1);
	assert_int_equal(1000, count_all(w, WORLD_DAY, FLAGGED_COUNT_MAX));
	assert_int_equal(1001, count_all(w, WORLD_DAY, UINT32_MAX));
}

/* ---- a function of the order ---- */

/* One step of chance: whom it names may be anybody's. */
static void step(struct world *w, struct ref *hh, struct ref *mm, struct ref *own)
{
	struct rng *r = &w->rng;
	uint64_t h = (uint64_t)rng_between(r, 0, 7), m = (uint64_t)rng_between(r, 0, 7);
	const char *head = heads[rng_between(r, 0, 3)];
	uint64_t sex = (uint64_t)rng_between(r, 1, 2), relation = (uint64_t)rng_between(r, 1, 6);
	const uint64_t places[] = { village, neighbour, town, 0 };
	uint64_t from = places[rng_between(r, 0, 3)], to = places[rng_between(r, 0, 2)];
	struct ref *last = &own[rng_between(r, 0, 15)];

	switch (rng_between(r, 0, 6)) {
	case 0:
		*last = hh[h] = household(w, none, head);
		return;
	case 1:
		*last = household(w, hh[h], rng_chance(r, 500) ? head : NULL);
		return;
	case 2:
		*last = mm[m] = member(w, none, hh[h], sex, relation);
		return;
	case 3:
		*last = member(w, mm[m], rng_chance(r, 500) ? hh[h] : none, sex,
			       rng_chance(r, 500) ? relation : 0);
		return;
	case 4:
		*last = aid(w, hh[h], mm[m]);
		return;
	case 5:
		if (!ref_none(*last))
			undo(w, *last);
		return;
	default:
		*last = fund(w, (uint64_t)rng_between(r, 1, 7), from, to,
			     (uint64_t)rng_between(r, 1, 100));
	}
}

static void live(struct world *w, int steps)
{
	struct ref hh[8] = { { 0 } }, mm[8] = { { 0 } }, own[16] = { { 0 } };

	for (int i = 0; i < steps; i++) {
		step(w, hh, mm, own);
		if (rng_chance(&w->rng, 200))
			world_send(w, (int)rng_between(&w->rng, 0, 3), 3);
		if (rng_chance(&w->rng, 200))
			assert_int_equal(
			    0, store_apply(w->s, (uint64_t)rng_between(&w->rng, 1, 30), &w->f));
	}
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
}

/* As a program before this one left it: neither flags nor heads. */
static void strip(struct world *w)
{
	struct lmdb_txn t;
	struct lmdb_scan c;
	uint8_t keys[512][KEY_BYTES_MAX];
	size_t lens[512], count = 0;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	for (lmdb_scan(&c, &t, TREE_META, BYTES_LIT("flag")); c.here && count < 512;
	     lmdb_scan_next(&c)) {
		if (c.key.len < 4 || memcmp(c.key.p, "flag", 4) != 0)
			break;
		memcpy(keys[count], c.key.p, c.key.len);
		lens[count++] = c.key.len;
	}
	assert_int_equal(0, lmdb_scan_end(&c));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(0, lmdb_del(&t, TREE_META, bytes_of(keys[i], lens[i])));
	const uint8_t from = FIND_HEAD;

	count = 0;
	for (lmdb_scan(&c, &t, TREE_FIND, bytes_of(&from, 1)); c.here && count < 512;
	     lmdb_scan_next(&c))
		memcpy(keys[count++], c.key.p, KEY_FIND_BYTES);
	assert_int_equal(0, lmdb_scan_end(&c));
	for (size_t i = 0; i < count; i++)
		assert_int_equal(0, lmdb_del(&t, TREE_FIND, bytes_of(keys[i], KEY_FIND_BYTES)));
	assert_int_equal(0, lmdb_commit(&t));
}

static void batches_and_older_programs_leave_no_trace(void **state)
{
	struct world *w = *state;

	for (int round = 0; round < 4; round++) {
		live(w, 60);
		assert_true(count_all(w, WORLD_DAY, 1000) > 0);
		struct hash before = world_digest(w);

		sound(w);
		strip(w);
		struct hash without = world_digest(w);

		assert_false(hash_equal(&before, &without));
		world_reopen(w);
		struct hash again = world_digest(w);

		assert_true(hash_equal(&before, &again));
	}
}

static bool kept(struct world *w)
{
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	bool reach = flags_kept(&t);
	lmdb_abort(&t);
	return reach;
}

/* After an update on a disk that is nearly full: the store opens, the floor is not touched, and the
 * next start with room folds the rest. */
static void rows_that_found_no_room_are_folded_at_a_later_start(void **state)
{
	struct world *w = *state;

	live(w, 60);
	world_apply(w);
	struct hash before = world_digest(w);

	strip(w);
	breaks.free_bytes = STORE_FREE_BYTES_MIN + 1024 * 1024 / 2;
	breaks.code = EIO;
	breaks.after[COMMIT] = 2; /* behind that of opening the trees: what LMDB would say then */
	world_close(w);
	world_open(w);
	breaks.after[COMMIT] = 0;
	assert_false(kept(w));
	sound(w);
	breaks.free_bytes = STORE_FREE_BYTES_MIN + 8 * 1024 * 1024;
	world_reopen(w);
	breaks.free_bytes = 0;
	assert_true(kept(w));
	struct hash again = world_digest(w);

	assert_true(hash_equal(&before, &again));
}

static void an_older_programs_voids_give_back_what_was_spent(void **state)
{
	struct world *w = *state;

	fund(w, ALLOT, 0, village, 100);
	struct ref first = fund(w, SPEND, village, 0, 100);

	undo(w, first);
	struct ref second = fund(w, SPEND, village, 0, 100);

	world_apply(w);
	struct hash before = world_digest(w);

	strip(w);
	world_reopen(w);
	struct hash again = world_digest(w);

	assert_true(hash_equal(&before, &again));
	assert_int_equal(0, flags(w, second));
}

/* ---- verify ---- */

static void alter(struct world *w, struct bytes key, const uint8_t *value, size_t len)
{
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	if (value == NULL)
		assert_int_equal(0, lmdb_del(&t, TREE_META, key));
	else
		lmdb_put(&t, TREE_META, key, bytes_of(value, len));
	assert_int_equal(0, lmdb_commit(&t));
}

static void differs(struct world *w)
{
	static struct check_report report;

	assert_int_equal(0, check_run(w->s, &report, NULL, NULL));
	assert_int_equal(1, report.findings);
	assert_int_equal(CHECK_FLAG, report.first[0].what);
}

static void a_flag_that_was_changed_is_named(void **state)
{
	static const uint8_t other[ROW_FLAG_BYTES] = { 0, 0, 0, 8 };
	struct world *w = *state;
	struct ref ref = fund(w, ALLOT, village, town, 5);
	uint8_t key[KEY_FLAG_BYTES], row[ROW_FLAG_BYTES];

	fund(w, ALLOT, 0, village, 5);
	world_apply(w);
	struct place_key k = { KIND_FUND, village, WORLD_DAY, { 0, ref.seq } };
	struct origin_row origin;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, origins_row(view_txn(&v), ref.origin, &origin));
	view_end(&v);
	k.spot.no = origin.no;
	key_flag(key, &k);
	sound(w);
	alter(w, bytes_of(key, sizeof key), other, sizeof other);
	differs(w);
	alter(w, bytes_of(key, sizeof key), NULL, 0);
	differs(w);
	be32_put(row, FLAG_BIT(FLAG_OVER_BALANCE) | FLAG_BIT(FLAG_AGAINST_TREE));
	alter(w, bytes_of(key, sizeof key), row, sizeof row);
	sound(w);
	k.day++;
	key_flag(key, &k); /* of nothing */
	alter(w, bytes_of(key, sizeof key), row, sizeof row);
	differs(w);
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_balance_may_be_spent_to_the_last_fen),
		CASE(an_earlier_void_makes_room_and_its_own_ends_a_flag),
		CASE(two_rules_of_one_entry_are_both_kept),
		CASE(aid_is_judged_by_where_the_member_lived_then),
		CASE(all_of_a_batch_is_judged_by_what_stands_before_it),
		CASE(the_later_household_of_one_head_is_flagged),
		CASE(a_void_of_a_correction_can_make_two_of_what_was_one),
		CASE(a_spouse_is_not_of_the_heads_sex),
		CASE(today_is_no_future_and_tomorrow_is_until_it_has_come),
		CASE(a_flag_that_ended_is_not_counted_beside_its_future_day),
		CASE(no_more_than_four_thousand_ended_flags_are_looked_at),
		CASE(a_list_of_the_flagged_is_whole_in_both_directions),
		CASE(no_more_than_a_thousand_are_counted),
		CASE(batches_and_older_programs_leave_no_trace),
		CASE(rows_that_found_no_room_are_folded_at_a_later_start),
		CASE(an_older_programs_voids_give_back_what_was_spent),
		CASE(a_flag_that_was_changed_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
