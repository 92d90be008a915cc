/* SPDX-License-Identifier: Apache-2.0 */
/* check.c -- verify finds what somebody changed behind the store's back, and names it.
 *
 * Each test writes into LMDB directly, as an intruder with `mdb_load` would. */
#include "storage/peer.h"
#include "storage/place.h"
#include "storage/refold.h"
#include "storage/roster.h"
#include "store_world.h"

enum { DAYS = 6, DAMAGES = 400 };

static void fill(struct world *w)
{
	rng_seed(&w->rng, world_seed(8), 0);
	for (int day = 0; day < DAYS; day++)
		world_day(w);
	world_apply(w);
}

static void begin(struct world *w, struct lmdb_txn *t)
{
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, t));
}

static struct check_report *verify(struct world *w)
{
	static struct check_report report;

	assert_int_equal(0, check_run(w->s, &report, NULL, NULL));
	return &report;
}

/* There is a finding of that sort; when `ref` is not none, about that entry and first of all. */
static void expect(struct world *w, enum check_what what, struct ref ref)
{
	struct check_report *report = verify(w);
	bool found = false;

	assert_true(report->findings > 0);
	for (uint64_t i = 0; i < report->findings && i < CHECK_FINDINGS_MAX; i++) {
		found |= report->first[i].what == what &&
			 (ref_none(ref) || ref_equal(ref, report->first[i].ref));
		assert_true(strlen(report->first[i].text) > 0);
	}
	if (!found)
		print_message("%d instead of %d: %s\n", (int)report->first[0].what, (int)what,
			      report->first[0].text);
	assert_true(found);
}

/* The nth row of a tree, copied. */
struct row {
	uint8_t key[64], value[ENTRY_BYTES_MAX + CHECK_BYTES];
	struct bytes k, v;
};

static struct row *nth(struct lmdb_txn *t, enum tree tree, uint64_t n)
{
	static struct row row;
	struct lmdb_scan c;
	uint64_t i = 0;

	for (lmdb_scan(&c, t, tree, (struct bytes){ 0 }); c.here && i < n; lmdb_scan_next(&c))
		i++;
	assert_true(c.here);
	memcpy(row.key, c.key.p, c.key.len);
	memcpy(row.value, c.value.p, c.value.len);
	row.k = bytes_of(row.key, c.key.len);
	row.v = bytes_of(row.value, c.value.len);
	lmdb_scan_end(&c);
	return &row;
}

static void flip(struct world *w, enum tree tree, uint64_t n, size_t at)
{
	struct lmdb_txn t;

	begin(w, &t);
	struct row *row = nth(&t, tree, n);

	row->value[at % row->v.len] ^= 1;
	lmdb_put(&t, tree, row->k, row->v);
	assert_int_equal(0, lmdb_commit(&t));
}

static void drop(struct world *w, enum tree tree, uint64_t n)
{
	struct lmdb_txn t;

	begin(w, &t);
	assert_int_equal(0, lmdb_del(&t, tree, nth(&t, tree, n)->k));
	assert_int_equal(0, lmdb_commit(&t));
}

static void add(struct world *w, enum tree tree, struct bytes key, struct bytes value)
{
	struct lmdb_txn t;

	begin(w, &t);
	lmdb_put(&t, tree, key, value);
	assert_int_equal(0, lmdb_commit(&t));
}

static uint64_t rows_of(struct world *w, enum tree tree)
{
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	uint64_t rows = lmdb_rows(&t, tree);

	lmdb_abort(&t);
	return rows;
}

/* The entry that stands in row n of the log. */
static struct ref ref_of(struct world *w, uint64_t n)
{
	struct lmdb_txn t;
	struct head_row row;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	struct spot spot = key_log_take(nth(&t, TREE_LOG, n)->k.p);

	assert_int_equal(0, origins_head(&t, spot.no, &row));
	lmdb_abort(&t);
	return (struct ref){ row.head.origin, spot.seq };
}

static const struct ref anything = { 0, 0 };

static void a_sound_store_has_no_finding(void **state)
{
	struct world *w = *state;
	struct check_report *report = verify(w); /* empty */

	assert_int_equal(0, report->findings);
	fill(w);
	report = verify(w);
	assert_int_equal(0, report->findings);
	assert_int_equal(w->fact_count, report->entries);
	assert_int_equal(WORLD_NODES + 1, report->origins);
	assert_true(report->tally_rows > 0 && report->ledger_rows > 0 && report->index_rows > 0);
	assert_int_equal(0, report->ledger_sum);
}

static void a_fold_in_many_parts_finds_the_same(void **state)
{
	struct world *w = *state;
	struct check_report report;

	fill(w);
	for (size_t rows = 512; rows >= 16; rows /= 2) {
		assert_int_equal(0, check_bounded(w->s, &report, rows, NULL, NULL));
		assert_int_equal(0, report.findings);
		assert_int_equal(rows_of(w, TREE_TALLY), report.tally_rows);
		assert_int_equal(rows_of(w, TREE_LEDGER), report.ledger_rows);
	}
	flip(w, TREE_TALLY, 30, 7);
	flip(w, TREE_LEDGER, 3, 7);
	assert_int_equal(0, check_bounded(w->s, &report, 16, NULL, NULL));
	assert_true(report.findings >= 2);
}

static void a_changed_entry_is_named(void **state)
{
	struct world *w = *state;

	fill(w);
	for (uint64_t n = 0; n < rows_of(w, TREE_LOG); n += 5) {
		struct ref ref = ref_of(w, n);
		size_t at = (size_t)(20 + n * 7);

		flip(w, TREE_LOG, n, at);
		struct check_report *report = verify(w);

		assert_true(report->findings > 0);
		assert_true(ref_equal(report->first[0].ref, ref));
		assert_true(report->first[0].what == CHECK_CHAIN ||
			    report->first[0].what == CHECK_ENTRY);
		flip(w, TREE_LOG, n, at);
	}
	assert_int_equal(0, verify(w)->findings);
}

/* A changed entry with its check made anew does not escape: the run's hash, the head and its
 * signature stand against it. */
static void an_entry_changed_with_its_check_is_found(void **state)
{
	struct world *w = *state;
	struct lmdb_txn t;

	fill(w);
	begin(w, &t);
	struct row *row = nth(&t, TREE_LOG, 12);
	struct spot spot = key_log_take(row->k.p);
	struct head_row last;

	assert_int_equal(0, origins_head(&t, spot.no, &last));
	spot.seq--;
	row->value[row->v.len - CHECK_BYTES - 1] ^= 1;
	/* The intruder recomputes what he can from the entries before. */
	struct origin_row origin;

	assert_int_equal(0, origins_row(&t, last.head.origin, &origin));
	struct hash h = chain_genesis(&origin.key, origin.incarnation);

	for (uint64_t seq = 1; seq <= spot.seq; seq++) {
		struct bytes raw;

		assert_int_equal(0, view_log(&t, (struct spot){ spot.no, seq }, &raw));
		h = chain_next(&h, raw);
	}
	h = chain_next(&h, bytes_of(row->value, row->v.len - CHECK_BYTES));
	memcpy(row->value + row->v.len - CHECK_BYTES, h.b, CHECK_BYTES);
	lmdb_put(&t, TREE_LOG, row->k, row->v);
	assert_int_equal(0, lmdb_commit(&t));
	struct check_report *report = verify(w);

	assert_true(report->findings > 0);
	assert_true(report->first[0].ref.origin == last.head.origin);
	assert_true(report->first[0].ref.seq >= spot.seq + 1);
}

static void a_dropped_entry_is_named(void **state)
{
	struct world *w = *state;

	fill(w);
	struct ref ref = ref_of(w, 9);

	drop(w, TREE_LOG, 9);
	expect(w, CHECK_GAP, ref);
}

static void the_last_entry_dropped_is_named(void **state)
{
	struct world *w = *state;

	fill(w);
	uint64_t last = rows_of(w, TREE_LOG) - 1;
	struct ref ref = ref_of(w, last);

	drop(w, TREE_LOG, last);
	expect(w, CHECK_GAP, ref);
}

static void an_inserted_entry_is_named(void **state)
{
	struct world *w = *state;
	struct lmdb_txn t;
	uint8_t key[KEY_LOG_BYTES];

	fill(w);
	struct origin_row row;
	struct head_row last;

	begin(w, &t);
	assert_int_equal(0, origins_row(&t, w->nodes[1].origin, &row));
	assert_int_equal(0, origins_head(&t, row.no, &last));
	key_log(key, (struct spot){ row.no, last.head.seq + 1 });
	struct row *some = nth(&t, TREE_LOG, 4);

	lmdb_put(&t, TREE_LOG, bytes_of(key, sizeof key), some->v);
	assert_int_equal(0, lmdb_commit(&t));
	expect(w, CHECK_GAP, (struct ref){ w->nodes[1].origin, last.head.seq + 1 });
}

static void a_head_that_its_node_did_not_sign_is_found(void **state)
{
	struct world *w = *state;
	struct lmdb_txn t;
	uint8_t no[4], bytes[ROW_HEAD_BYTES];
	struct origin_row row;
	struct head_row last;

	fill(w);
	begin(w, &t);
	assert_int_equal(0, origins_row(&t, w->nodes[2].origin, &row));
	assert_int_equal(0, origins_head(&t, row.no, &last));
	last.head.sig.b[3] ^= 1;
	be32_put(no, row.no);
	row_head(bytes, &last);
	lmdb_put(&t, TREE_HEAD, bytes_of(no, sizeof no), bytes_of(bytes, sizeof bytes));
	assert_int_equal(0, lmdb_commit(&t));
	expect(w, CHECK_SIGNATURE, (struct ref){ last.head.origin, last.head.seq });
}

static void a_head_set_back_is_found(void **state)
{
	struct world *w = *state;

	fill(w);
	flip(w, TREE_HEAD, 2, 12); /* its seq */
	expect(w, CHECK_GAP, anything);
}

/* The figure decides what a log may still say: set back, it opens the bound, and set up, it shuts
 * the log out. */
static void a_gross_total_of_a_log_that_its_entries_do_not_give_is_found(void **state)
{
	struct world *w = *state;

	fill(w);
	for (uint64_t n = 0; n < rows_of(w, TREE_HEAD); n++) {
		for (size_t at = ROW_HEAD_BYTES - 8; at < ROW_HEAD_BYTES; at++) {
			flip(w, TREE_HEAD, n, at);
			expect(w, CHECK_TALLY, anything);
			assert_int_equal(1, verify(w)->findings);
			flip(w, TREE_HEAD, n, at);
		}
	}
	assert_int_equal(0, verify(w)->findings);
}

/* Numbers that index a table here: none may be believed before it is looked up. */
static void a_log_number_of_any_size_is_a_finding(void **state)
{
	static const uint32_t numbers[] = { 0, 1000, 0x7fffffff, 0x80000000, UINT32_MAX };
	struct world *w = *state;
	struct lmdb_txn t;

	fill(w);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		begin(w, &t);
		struct row run = *nth(&t, TREE_ORDER, 3), head = *nth(&t, TREE_HEAD, 1);

		run.k.p = run.key;
		run.v.p = run.value;
		head.v.p = head.value;
		uint8_t key[4], kept[4];

		memcpy(kept, run.value, sizeof kept);
		be32_put(key, numbers[i]);
		be32_put(run.value, numbers[i]);
		lmdb_put(&t, TREE_ORDER, run.k, run.v);
		lmdb_put(&t, TREE_HEAD, bytes_of(key, sizeof key), head.v);
		assert_int_equal(0, lmdb_commit(&t));
		expect(w, CHECK_ORDER, anything);
		begin(w, &t);
		memcpy(run.value, kept, sizeof kept);
		lmdb_put(&t, TREE_ORDER, run.k, run.v);
		assert_int_equal(0, lmdb_del(&t, TREE_HEAD, bytes_of(key, sizeof key)));
		assert_int_equal(0, lmdb_commit(&t));
		assert_int_equal(0, verify(w)->findings);
	}
}

static void a_void_that_another_log_speaks_is_found(void **state)
{
	struct world *w = *state;

	fill(w);
	flip(w, TREE_VOID, 0, 3); /* the last byte of its log's number */
	expect(w, CHECK_VOID, anything);
}

/* Every row of these trees: a bit changed, a row dropped; each must be found. */
static void every_row_of_every_view_is_checked(void **state)
{
	static const struct {
		enum tree tree;
		enum check_what what;
	} views[] = {
		{ TREE_TALLY, CHECK_TALLY }, { TREE_LEDGER, CHECK_LEDGER },
		{ TREE_FIND, CHECK_FIND },   { TREE_VOID, CHECK_VOID },
		{ TREE_PLACE, CHECK_PLACE }, { TREE_ABOUT, CHECK_ABOUT },
		{ TREE_ORDER, CHECK_ORDER }, { TREE_TURN, CHECK_ORDER },
	};
	struct world *w = *state;

	fill(w);
	for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
		uint64_t rows = rows_of(w, views[i].tree);

		assert_true(rows > 0);
		for (uint64_t n = 0; n < rows; n += 1 + rows / 9) {
			struct lmdb_txn t;

			assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
			struct row kept = *nth(&t, views[i].tree, n);

			lmdb_abort(&t);
			kept.k.p = kept.key;
			kept.v.p = kept.value;
			drop(w, views[i].tree, n);
			expect(w, views[i].what, anything);
			add(w, views[i].tree, kept.k, kept.v);
			if (kept.v.len > 0) {
				flip(w, views[i].tree, n, kept.v.len - 1);
				assert_true(verify(w)->findings > 0);
				add(w, views[i].tree, kept.k, kept.v);
			}
		}
	}
	assert_int_equal(0, verify(w)->findings);
}

static void rows_that_no_entry_gives_are_found(void **state)
{
	struct world *w = *state;
	const struct tally_key tally = {
		.kind = KIND_FUND, .month = 24000, .level = 1, .division = 150000000000
	};
	struct place_key place = { KIND_FUND, 150722100200, 1, { 1, 1 } };
	struct about_key about = { { 5, 5 }, 1, { 1, 1 } };
	uint8_t key[KEY_BYTES_MAX], row[ROW_LEDGER_BYTES] = { 0 };

	fill(w);
	key_tally(key, &tally);
	row[7] = 1;
	add(w, TREE_TALLY, bytes_of(key, KEY_TALLY_BYTES), bytes_of(row, ROW_TALLY_BYTES));
	expect(w, CHECK_TALLY, anything);
	key_place(key, &place);
	add(w, TREE_PLACE, bytes_of(key, KEY_PLACE_BYTES), (struct bytes){ 0 });
	expect(w, CHECK_PLACE, anything);
	key_about(key, &about);
	add(w, TREE_ABOUT, bytes_of(key, KEY_ABOUT_BYTES), BYTES_LIT("\4"));
	expect(w, CHECK_ABOUT, anything);
	key_log(key, (struct spot){ 1, 1 });
	add(w, TREE_VOID, bytes_of(key, KEY_LOG_BYTES), bytes_of(key, KEY_LOG_BYTES));
	expect(w, CHECK_VOID, anything);
}

static void a_hundred_findings_are_told_and_the_others_counted(void **state)
{
	struct world *w = *state;
	struct tally_key tally = { .kind = KIND_FUND, .level = 1, .division = 150000000000 };
	uint8_t key[KEY_BYTES_MAX], row[ROW_TALLY_BYTES] = { [7] = 1 };

	fill(w);
	for (uint16_t i = 1; i <= 101; i++) {
		tally.month = (uint16_t)(20000 + i);
		key_tally(key, &tally);
		add(w, TREE_TALLY, bytes_of(key, KEY_TALLY_BYTES), bytes_of(row, sizeof row));
		if (i < 100)
			continue;
		struct check_report *report = verify(w);

		assert_int_equal(i, report->findings);
		assert_int_equal(CHECK_TALLY, report->first[99].what);
		assert_true(strlen(report->first[99].text) > 0);
	}
}

static void money_that_comes_from_nowhere_is_found(void **state)
{
	struct world *w = *state;
	struct account a = { .type = ACCOUNT_OUTSIDE, .party = 1 };
	uint8_t key[ACCOUNT_BYTES_MAX], row[ROW_LEDGER_BYTES];
	struct ledger_row ledger = { 500, 0, 1 };

	fill(w);
	size_t len = account_put(&a, key);

	row_ledger(row, &ledger);
	add(w, TREE_LEDGER, bytes_of(key, len), bytes_of(row, sizeof row));
	expect(w, CHECK_LEDGER, anything);
	expect(w, CHECK_BALANCE, anything);
	assert_true(verify(w)->ledger_sum != 0);
}

/* Our own head has no signature at rest; the hub's over it is what stands against an intruder. */
static void our_own_log_is_held_against_the_hubs_receipt(void **state)
{
	struct world *w = *state;
	struct peer peer = {
		.host = "hub", .port = 7450, .division = 150722100200, .role = ROLE_VILLAGE
	};
	const uint8_t seed[SEED_BYTES] = { 9 };
	struct accepted own;
	struct key_pair hub;

	fill(w);
	key_from_seed(&hub, seed);
	assert_int_equal(0, store_held(w->s, store_origin(w->s), &own));
	peer.hub = hub.public;
	peer.cursor = (struct checkpoint){ .epoch = 3,
					   .order_length = 90,
					   .origin = own.head.origin,
					   .seq = own.head.seq,
					   .hash = own.head.hash };
	checkpoint_sign(&peer.cursor, &hub);
	assert_int_equal(0, peer_put(w->s, &peer, &w->f));
	assert_int_equal(0, verify(w)->findings);

	peer.cursor.seq++; /* the log was cut */
	checkpoint_sign(&peer.cursor, &hub);
	assert_int_equal(0, peer_put(w->s, &peer, &w->f));
	expect(w, CHECK_RECEIPT, (struct ref){ own.head.origin, own.head.seq + 1 });

	peer.cursor.seq--;
	peer.cursor.hash.b[0] ^= 1; /* the log was another, and was chained anew */
	checkpoint_sign(&peer.cursor, &hub);
	assert_int_equal(0, peer_put(w->s, &peer, &w->f));
	expect(w, CHECK_RECEIPT, (struct ref){ own.head.origin, own.head.seq });

	peer.cursor.hash = own.head.hash; /* the receipt was changed with it */
	assert_int_equal(0, peer_put(w->s, &peer, &w->f));
	expect(w, CHECK_RECEIPT, anything);

	checkpoint_sign(&peer.cursor, &hub);
	peer.seen =
	    peer.cursor; /* a hub that was set back signs for less: the old receipt stands */
	peer.cursor.seq = 0;
	peer.seen.hash.b[0] ^= 1;
	checkpoint_sign(&peer.cursor, &hub);
	checkpoint_sign(&peer.seen, &hub);
	assert_int_equal(0, peer_put(w->s, &peer, &w->f));
	expect(w, CHECK_RECEIPT, (struct ref){ own.head.origin, own.head.seq });
}

static void a_row_of_the_roster_that_fits_no_other_is_found(void **state)
{
	enum {
		DIVISION_AT = KEY_BYTES,
		INCARNATION_AT = DIVISION_AT + 8,
		ROLE_AT = INCARNATION_AT + 4,
		STATE_AT = ROLE_AT + 4
	};
	static const size_t bytes[] = { 0,       KEY_BYTES - 1, DIVISION_AT + 7, INCARNATION_AT + 3,
					ROLE_AT, STATE_AT };
	struct world *w = *state;

	fill(w);
	assert_true(rows_of(w, TREE_NODE) > 1);
	for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
		flip(w, TREE_NODE, 1, bytes[i]);
		if (bytes[i] != DIVISION_AT + 7) /* the next village is a place too */
			expect(w, CHECK_NODE, anything);
		flip(w, TREE_NODE, 1, bytes[i]);
	}
	flip(w, TREE_NODE_KEY, 1, 3);
	expect(w, CHECK_NODE, anything);
	flip(w, TREE_NODE_KEY, 1, 3);
	assert_int_equal(0, verify(w)->findings);
	drop(w, TREE_NODE, 1);
	expect(w, CHECK_NODE, anything);
}

static void a_division_without_name_or_parent_is_found(void **state)
{
	const struct place rows[] = {
		{ 150000000000, BYTES_LIT("内蒙古自治区") },
		{ 150700000000, BYTES_LIT("呼伦贝尔市") },
		{ 150722000000, BYTES_LIT("莫力达瓦达斡尔族自治旗") },
	};
	struct world *w = *state;
	struct lmdb_txn t;

	fill(w);
	assert_int_equal(0, place_import(w->s, BYTES_LIT("2023"), rows, 3, NULL, &w->f));
	assert_int_equal(0, verify(w)->findings);
	begin(w, &t);
	struct row kept = *nth(&t, TREE_DIVISION, 1);

	lmdb_abort(&t);
	kept.k.p = kept.key;
	add(w, TREE_DIVISION, kept.k, BYTES_LIT("\xff\xfe"));
	expect(w, CHECK_DIVISION, anything);
	drop(w, TREE_DIVISION, 1);
	expect(w, CHECK_DIVISION, anything);
}

static void the_order_hash_covers_the_order(void **state)
{
	struct world *w = *state;
	struct lmdb_txn t;
	struct bytes v;
	uint8_t row[ROW_LENGTH_BYTES];

	fill(w);
	begin(w, &t);
	assert_int_equal(0, lmdb_get(&t, TREE_META, META_ORDER, &v));
	memcpy(row, v.p, sizeof row);
	row[20] ^= 1;
	lmdb_put(&t, TREE_META, META_ORDER, bytes_of(row, sizeof row));
	assert_int_equal(0, lmdb_commit(&t));
	expect(w, CHECK_ORDER, anything);
}

/* Whatever stands in a row, of any length: it is a finding, and put back, it is none. TREE_META is
 * left out: it is read, and refused, when a store is opened. */
static void any_damage_of_any_row_is_found_and_harms_nothing(void **state)
{
	static const enum tree trees[] = { TREE_LOG,   TREE_ORDER,  TREE_TURN,  TREE_HEAD,
					   TREE_TALLY, TREE_LEDGER, TREE_PLACE, TREE_ABOUT,
					   TREE_FIND,  TREE_VOID };
	static uint8_t noise[ENTRY_BYTES_MAX + CHECK_BYTES];
	struct world *w = *state;

	fill(w);
	for (int i = 0; i < DAMAGES; i++) {
		enum tree tree = trees[(size_t)i % (sizeof trees / sizeof *trees)];
		struct lmdb_txn t;

		begin(w, &t);
		struct row *row = nth(&t, tree, rng_below(&w->rng, lmdb_rows(&t, tree)));
		size_t len = row->v.len, most = rng_chance(&w->rng, 500) ? len : 2 * len + 8;
		size_t put = (size_t)rng_below(&w->rng, most + 1);

		rng_fill(&w->rng, noise, sizeof noise);
		if (rng_chance(&w->rng, 500))
			memcpy(noise, row->value, len);
		if (put == len && memcmp(noise, row->value, len) == 0)
			put = len > 0 ? len - 1 : 1;
		if (put > sizeof noise)
			put = sizeof noise;
		lmdb_put(&t, tree, row->k, bytes_of(noise, put));
		assert_int_equal(0, lmdb_commit(&t));
		struct check_report *report = verify(w);

		if (report->findings == 0)
			print_message("tree %d: %zu bytes instead of %zu pass\n", (int)tree, put,
				      len);
		assert_true(report->findings > 0);
		add(w, tree, row->k, row->v);
	}
	assert_int_equal(0, verify(w)->findings);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	assert_true(done <= total);
	return 42;
}

static void progress_can_stop_it(void **state)
{
	struct world *w = *state;
	struct check_report report;

	fill(w);
	assert_int_equal(42, check_run(w->s, &report, stop, NULL));
}

/* The writer goes on between the slices; the check must not mistake that for damage. */
static int work_on(void *ctx, uint64_t done, uint64_t total)
{
	struct world *w = ctx;

	(void)done, (void)total;
	world_day(w);
	world_apply(w);
	return 0;
}

static void a_store_that_grows_meanwhile_is_sound(void **state)
{
	struct world *w = *state;
	struct check_report report;

	fill(w);
	for (int i = 1; i <= 22000; i++) {
		world_fund(w, 5);
		if (i % 1000 == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
	}
	world_apply(w);
	assert_int_equal(0, check_run(w->s, &report, work_on, w));
	assert_int_equal(0, report.findings);
	assert_true(report.entries > 22000);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_sound_store_has_no_finding),
		test(a_fold_in_many_parts_finds_the_same),
		test(a_changed_entry_is_named),
		test(an_entry_changed_with_its_check_is_found),
		test(a_dropped_entry_is_named),
		test(the_last_entry_dropped_is_named),
		test(an_inserted_entry_is_named),
		test(a_head_that_its_node_did_not_sign_is_found),
		test(a_head_set_back_is_found),
		test(a_gross_total_of_a_log_that_its_entries_do_not_give_is_found),
		test(a_log_number_of_any_size_is_a_finding),
		test(a_void_that_another_log_speaks_is_found),
		test(every_row_of_every_view_is_checked),
		test(rows_that_no_entry_gives_are_found),
		test(a_hundred_findings_are_told_and_the_others_counted),
		test(money_that_comes_from_nowhere_is_found),
		test(our_own_log_is_held_against_the_hubs_receipt),
		test(a_row_of_the_roster_that_fits_no_other_is_found),
		test(a_division_without_name_or_parent_is_found),
		test(the_order_hash_covers_the_order),
		test(any_damage_of_any_row_is_found_and_harms_nothing),
		test(progress_can_stop_it),
		test(a_store_that_grows_meanwhile_is_sound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
