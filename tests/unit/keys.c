/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c -- golden bytes of every key and row, and that they sort as they should.
 *
 * tests/golden/keys.txt: a difference there is a change of the store's format and needs a new
 * KEYS_FORMAT. With BF_GOLDEN_WRITE set the file is written. */
#include "protocol/hex.h"
#include "store_world.h"

static const struct spot spot = { 258, 0x0102030405 };

static void line(struct buf *out, const char *name, const uint8_t *p, size_t len)
{
	char hex[2 * 512 + 1];

	buf_put_bytes(out, bytes_str(name));
	buf_u8(out, ' ');
	buf_put_bytes(out, bytes_str(hex_put(bytes_of(p, len), hex)));
	buf_u8(out, '\n');
}

static void put_keys(struct buf *out)
{
	const struct place_key place = { KIND_FUND, 150722100200, 20780, spot };
	const struct place_key early = { KIND_FUND, 150722100200, -1, spot };
	const struct about_key about = { { 0x1122334455667788, 9 }, 20780, spot };
	const struct tally_key tally = { .kind = KIND_FUND,
					 .month = 24322,
					 .level = 3,
					 .division = 150722000000,
					 .dim = { 2, 11 } };
	uint8_t k[KEY_BYTES_MAX];

	key_log(k, spot);
	line(out, "log", k, KEY_LOG_BYTES);
	key_ref(k, (struct ref){ 0x1122334455667788, 9 });
	line(out, "ref", k, KEY_REF_BYTES);
	key_place(k, &place);
	line(out, "place", k, KEY_PLACE_BYTES);
	key_place(k, &early);
	line(out, "place_before_1970", k, KEY_PLACE_BYTES);
	key_about(k, &about);
	line(out, "about", k, KEY_ABOUT_BYTES);
	key_tally(k, &tally);
	line(out, "tally", k, KEY_TALLY_BYTES);
	key_find(k, KIND_HOUSEHOLD, BYTES_LIT("150722100200-0012"), spot);
	line(out, "find", k, KEY_FIND_BYTES);
	key_find(k, FIND_HEAD, BYTES_LIT("150722197503120014"), spot);
	line(out, "find_head", k, KEY_FIND_BYTES);
	key_flag(k, &place);
	line(out, "flag", k, KEY_FLAG_BYTES);
	key_malformed(k, 258);
	line(out, "malformed", k, KEY_MALFORMED_BYTES);
}

static void put_rows(struct buf *out)
{
	struct origin_row origin = { 258, 3, { { 0xaa } } };
	struct head_row head = { { 0x1122334455667788, 9, { { 0xbb } }, { { 0xcc } } }, 123456 };
	struct order_row order = { 258, 5, 9, { { 0xbb } } };
	struct ledger_row ledger = { 100, 250, 3 };
	struct applied_row applied = { 4, 4096, { 0xdd } };
	struct length_row length = { 77, { { 0xee } } };
	struct malformed_row two = { 2, { 5, 0x0102030405 } };
	struct malformed_row nine = { 9, { 1, 2, 3, 4, 5, 6, 7, 8 } };
	struct flags_row flags = { .edition = 1, .length = 77, .latest = { [KIND_AID] = 20454 } };
	uint8_t r[512];

	row_origin(r, &origin);
	line(out, "row_origin", r, ROW_ORIGIN_BYTES);
	row_head(r, &head);
	line(out, "row_head", r, ROW_HEAD_BYTES);
	row_order(r, &order);
	line(out, "row_order", r, ROW_ORDER_BYTES);
	row_ledger(r, &ledger);
	line(out, "row_ledger", r, ROW_LEDGER_BYTES);
	row_find(r, (struct ref){ 0x1122334455667788, 9 });
	line(out, "row_find", r, ROW_FIND_BYTES);
	row_applied(r, &applied);
	line(out, "row_applied", r, ROW_APPLIED_BYTES);
	row_length(r, &length);
	line(out, "row_length", r, ROW_LENGTH_BYTES);
	row_flags(r, &flags);
	line(out, "row_flags", r, ROW_FLAGS_BYTES);
	line(out, "row_malformed_two", r, row_malformed(r, &two));
	line(out, "row_malformed_nine", r, row_malformed(r, &nine));
}

/* A row as it lies in the store: roster.c and place.c keep theirs to themselves. */
static void stored(struct world *w, struct buf *out, const char *name, enum tree tree,
		   struct bytes key)
{
	struct bytes value;
	struct lmdb_txn t;
	char key_name[32];

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	assert_int_equal(0, lmdb_get(&t, tree, key, &value));
	(void)snprintf(key_name, sizeof key_name, "%s", name + sizeof "row_" - 1);
	line(out, key_name, key.p, key.len);
	line(out, name, value.p, value.len);
	lmdb_abort(&t);
}

/* A token that was cancelled, and the act of it. */
static void put_cancelled(struct world *w, struct buf *out)
{
	const struct hash cancelled = { { 0xa3 } };
	struct act act = { .at_ms = 7000, .who = "wang" };
	uint8_t key[11] = "act";

	assert_int_equal(
	    0, roster_token_add(w->s, &cancelled, 150722100200, ROLE_TEAM, 9002, NULL, &w->f));
	assert_int_equal(0, roster_token_cancel(w->s, &cancelled, &act, &w->f));
	key[10] = 1;
	stored(w, out, "row_token_cancelled", TREE_TOKEN, bytes_of(cancelled.b, HASH_BYTES));
	stored(w, out, "row_act", TREE_META, bytes_of(key, sizeof key));
}

/* A village's token, spent by the key of seed 07*32 in its third incarnation; a token nobody came
 * with; one place. */
static void put_stored(struct world *w, struct buf *out)
{
	const struct hash spent = { { 0xa1 } }, unspent = { { 0xa2 } };
	const struct place place = { 150000000000, BYTES_LIT("内蒙古自治区") };
	uint8_t seed[SEED_BYTES], id[8], code[5];
	struct key_pair key;
	struct node_row node;

	memset(seed, 7, sizeof seed);
	key_from_seed(&key, seed);
	assert_int_equal(
	    0, roster_token_add(w->s, &spent, 150722100200, ROLE_VILLAGE, 9000, NULL, &w->f));
	assert_int_equal(
	    0, roster_token_add(w->s, &unspent, 150722100201, ROLE_TEAM, 9001, NULL, &w->f));
	assert_int_equal(
	    0, roster_enrol(w->s,
			    &(struct roster_asks){ &spent, &key.public, 3,
						   BYTES_LIT("村委会的电脑"), false, 5000 },
			    &node, NULL, &w->f));
	assert_int_equal(0,
			 roster_seen(w->s,
				     &(struct roster_visit){
					 .origin = node.origin, .now_ms = 6000, .clock_ms = -250 },
				     1));
	assert_int_equal(0, roster_revoke(w->s, node.origin, NULL, &w->f));
	assert_int_equal(0, place_import(w->s, BYTES_LIT("2023"), &place, 1, NULL, &w->f));
	be64_put(id, node.origin);
	be40_put(code, place.code);
	stored(w, out, "row_division", TREE_DIVISION, bytes_of(code, sizeof code));
	stored(w, out, "row_token", TREE_TOKEN, bytes_of(unspent.b, HASH_BYTES));
	stored(w, out, "row_token_spent", TREE_TOKEN, bytes_of(spent.b, HASH_BYTES));
	stored(w, out, "row_node", TREE_NODE, bytes_of(id, sizeof id));
	stored(w, out, "row_node_key", TREE_NODE_KEY, bytes_of(key.public.b, KEY_BYTES));
	put_cancelled(w, out);
}

static void keys_and_rows_have_their_golden_bytes(void **state)
{
	struct world *w = *state;
	struct buf got = { 0 };
	char want[8192] = "";

	for (int i = 0; i < TREE_COUNT; i++) {
		buf_put_bytes(&got, BYTES_LIT("tree "));
		buf_put_bytes(&got, bytes_str(keys_tree_names[i]));
		buf_u8(&got, '\n');
	}
	put_keys(&got);
	put_stored(w, &got);
	put_rows(&got);
	if (getenv("BF_GOLDEN_WRITE") != NULL) {
		FILE *f = fopen(GOLDEN_DIR "/keys.txt", "w");

		assert_non_null(f);
		fwrite(got.p, 1, got.len, f);
		fclose(f);
	}
	FILE *f = fopen(GOLDEN_DIR "/keys.txt", "r");

	assert_non_null(f);
	size_t n = fread(want, 1, sizeof want - 1, f);

	fclose(f);
	buf_u8(&got, 0);
	want[n] = 0;
	assert_string_equal(want, (const char *)got.p);
	buf_fini(&got);
}

static void keys_are_read_back_and_sort_by_their_parts(void **state)
{
	struct rng r;
	uint8_t a[KEY_BYTES_MAX], b[KEY_BYTES_MAX];

	(void)state;
	rng_seed(&r, world_seed(11), 0);
	for (int i = 0; i < 2000; i++) {
		struct place_key x = { (uint16_t)rng_below(&r, 3),
				       rng_below(&r, 3) + 150722100200,
				       (int32_t)rng_between(&r, DAY_MIN, DAY_MAX),
				       { (uint32_t)rng_below(&r, 3), rng_below(&r, SEQ_MAX) } };
		struct place_key y = x;

		y.day += (int32_t)rng_between(&r, -3, 3);
		key_place(a, &x);
		key_place(b, &y);
		int order = memcmp(a, b, KEY_PLACE_BYTES);

		assert_true((order < 0) == (x.day < y.day) && (order == 0) == (x.day == y.day));
		struct place_key back = key_place_take(a);

		assert_true(back.day == x.day && back.division == x.division &&
			    back.spot.no == x.spot.no && back.spot.seq == x.spot.seq);
	}
}

static void a_row_that_is_too_short_is_refused(void **state)
{
	static const uint8_t zeros[256];
	struct origin_row origin;
	struct head_row head;
	struct order_row order;
	struct ledger_row ledger;
	struct ref find;
	struct applied_row applied;
	struct length_row length;
	struct malformed_row malformed;

	(void)state;
	assert_int_equal(BF_EDAMAGED,
			 row_origin_take(bytes_of(zeros, ROW_ORIGIN_BYTES - 1), &origin));
	assert_int_equal(BF_EDAMAGED, row_head_take(bytes_of(zeros, ROW_HEAD_BYTES - 1), &head));
	assert_int_equal(BF_EDAMAGED, row_order_take(bytes_of(zeros, ROW_ORDER_BYTES - 1), &order));
	assert_int_equal(BF_EDAMAGED,
			 row_ledger_take(bytes_of(zeros, ROW_LEDGER_BYTES - 1), &ledger));
	assert_int_equal(BF_EDAMAGED, row_find_take(bytes_of(zeros, ROW_FIND_BYTES - 1), &find));
	assert_int_equal(BF_EDAMAGED,
			 row_applied_take(bytes_of(zeros, ROW_APPLIED_BYTES - 1), &applied));
	assert_int_equal(BF_EDAMAGED,
			 row_length_take(bytes_of(zeros, ROW_LENGTH_BYTES - 1), &length));
	assert_int_equal(BF_EDAMAGED, row_malformed_take(bytes_of(zeros, 7), &malformed));
	assert_int_equal(BF_EDAMAGED, row_malformed_take(bytes_of(zeros, 9), &malformed));
}

static void deltas_sum_and_sort_any_keys(void **state)
{
	struct deltas d = { 0 };
	int64_t want[300] = { 0 };
	struct rng r;

	(void)state;
	rng_seed(&r, world_seed(12), 0);
	for (int i = 0; i < 20000; i++) {
		uint8_t key[9] = { 0 };
		uint64_t n = rng_below(&r, 300);
		int64_t add = rng_between(&r, -50, 50);

		be64_put(key + 1, n * UINT64_C(0x123456789));
		want[n] += add;
		deltas_add(&d, bytes_of(key, sizeof key), add, 1, 0);
	}
	assert_int_equal(300, d.count);
	deltas_sort(&d);
	for (size_t i = 0; i < d.count; i++) {
		assert_true(d.rows[i].n[0] == want[i]);
		if (i > 0)
			assert_true(memcmp(d.rows[i - 1].key, d.rows[i].key, 9) < 0);
	}
	deltas_clear(&d);
	assert_int_equal(0, d.count);
	deltas_fini(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keys_and_rows_have_their_golden_bytes, world_setup,
						world_teardown),
		cmocka_unit_test(keys_are_read_back_and_sort_by_their_parts),
		cmocka_unit_test(a_row_that_is_too_short_is_refused),
		cmocka_unit_test(deltas_sum_and_sort_any_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
