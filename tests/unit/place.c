/* SPDX-License-Identifier: Apache-2.0 */
/* place.c -- the division table: whole or not at all, and names as people write them. */
#include "store_world.h"

/* clang-format off */
#define P(code, text) { code, { (const uint8_t *)(text), sizeof(text) - 1 } }
static const struct place rows[] = {
	P(150000000000, "内蒙古自治区"),
	P(150700000000, "呼伦贝尔市"),
	P(150722000000, "莫力达瓦达斡尔族自治旗"),
	P(150722100000, "尼尔基镇"),
	P(150722100200, "红旗村民委员会"),
	P(150722100201, "巴彦嘎查委员会"),
	P(150722101000, "红彦镇"),
	P(150722101200, "红旗村民委员会"),
	P(150722101001, "温都尔嘎查"),
	P(150722101002, "红彦社区居委会"),
	P(150722102000, "呼伦贝尔农牧场"),
	P(150722102200, "莫力村委会"),
	P(150722102201, "东山一村"),
	P(150722102202, "东山二村"),
	P(150722102203, "东山三村"),
	P(150722102204, "东山四村"),
	P(150722102205, "东山五村"),
	P(150722102206, "东山六村"),
};
/* clang-format on */
enum { ROWS = sizeof rows / sizeof *rows };

static int import(struct world *w, const struct place *list, size_t count)
{
	return place_import(w->s, BYTES_LIT("2023"), list, count, NULL, &w->f);
}

static uint64_t find(struct world *w, uint64_t area, const char *name, int expected)
{
	struct place_found found;
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(expected, place_find(&v, area, true, bytes_str(name), &found));
	view_end(&v);
	return found.count > 0 ? found.codes[0] : 0;
}

static void places_are_found_by_code_and_by_name(void **state)
{
	struct world *w = *state;
	struct place p;
	struct bytes edition;
	struct view v;

	assert_int_equal(0, import(w, rows, ROWS));
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, place_get(&v, 150722100000, &p));
	assert_true(bytes_equal(p.name, BYTES_LIT("尼尔基镇")));
	assert_int_equal(BF_ENOTFOUND, place_get(&v, 150723000000, &p));
	assert_int_equal(0, place_edition(&v, &edition));
	assert_true(bytes_equal(edition, BYTES_LIT("2023")));
	view_end(&v);
	assert_true(find(w, 150000000000, "尼尔基镇", 0) == 150722100000);
	assert_true(find(w, 150722100000, "红旗村民委员会", 0) == 150722100200);
	assert_true(find(w, 150722100000, "红旗村", 0) == 150722100200);
	assert_true(find(w, 150722100000, "红旗", 0) == 150722100200);
	assert_true(find(w, 150000000000, "巴彦嘎查", 0) == 150722100201);
	assert_true(find(w, 150000000000, "温都尔", 0) == 150722101001);
	assert_true(find(w, 150000000000, "红彦社区", 0) == 150722101002);
	find(w, 150000000000, "红旗村", BF_EEXIST);
	find(w, 150000000000, "没有这个村", BF_ENOTFOUND);
	find(w, 150000000000, "", BF_ENOTFOUND);
}

static void a_beginning_is_enough_where_it_fits_one_place(void **state)
{
	const uint64_t village = 150722100200;
	struct world *w = *state;

	assert_int_equal(0, import(w, rows, ROWS));
	assert_true(find(w, 150000000000, "内蒙古", 0) == 150000000000);
	assert_true(find(w, 150000000000, "内蒙", 0) == 150000000000);
	/* The highest level at which it fits any: the league, not the farm. */
	assert_true(find(w, 150000000000, "呼伦贝尔", 0) == 150700000000);
	assert_true(find(w, 150000000000, "莫力达瓦", 0) == 150722000000);
	/* A known suffix goes before a beginning, though that is of a higher level. */
	assert_true(find(w, 150000000000, "莫力", 0) == 150722102200);
	/* A town and a community of one name: the figures of which? */
	find(w, 150000000000, "红彦", BF_EEXIST);
	assert_true(find(w, 150000000000, "红彦镇", 0) == 150722101000);
	find(w, 150000000000, "内", BF_ENOTFOUND);
	find(w, 150000000000, "蒙古", BF_ENOTFOUND);
	/* What lies above may be named from within; but what is within goes first. */
	assert_true(find(w, village, "呼伦贝尔", 0) == 150700000000);
	assert_true(find(w, village, "尼尔基", 0) == 150722100000);
	assert_true(find(w, village, "尼尔基镇", 0) == 150722100000);
	assert_true(find(w, village, "红旗", 0) == village);
	find(w, village, "红彦镇", BF_ENOTFOUND);
}

static void of_several_that_fit_the_first_are_named(void **state)
{
	struct world *w = *state;
	struct place_found found;
	struct view v;

	assert_int_equal(0, import(w, rows, ROWS));
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(BF_EEXIST, place_find(&v, 150000000000, false, BYTES_LIT("东山"), &found));
	assert_int_equal(6, found.count);
	for (uint64_t i = 0; i < PLACE_CODES_MAX; i++)
		assert_true(found.codes[i] == 150722102201 + i);
	assert_int_equal(BF_EEXIST,
			 place_find(&v, 150000000000, false, BYTES_LIT("红旗村"), &found));
	assert_int_equal(2, found.count);
	/* Not asked about what lies above. */
	assert_int_equal(BF_ENOTFOUND,
			 place_find(&v, 150722100000, false, BYTES_LIT("内蒙古自治区"), &found));
	view_end(&v);
}

static void a_path_shows_unknown_areas_as_codes(void **state)
{
	struct world *w = *state;
	struct buf path = { 0 };
	struct view v;

	assert_int_equal(0, import(w, rows, ROWS));
	assert_int_equal(0, view_begin(w->s, &v));
	place_path(&v, 150722100200, &path);
	assert_true(bytes_equal(
	    buf_bytes(&path),
	    BYTES_LIT("内蒙古自治区/呼伦贝尔市/莫力达瓦达斡尔族自治旗/尼尔基镇/红旗村民委员会")));
	buf_clear(&path);
	place_path(&v, 150799000000, &path);
	assert_true(
	    bytes_equal(buf_bytes(&path), BYTES_LIT("内蒙古自治区/呼伦贝尔市/150799000000")));
	view_end(&v);
	buf_fini(&path);
}

static int add_code(void *ctx, struct place p)
{
	struct buf *b = ctx;

	buf_u64(b, p.code);
	return 0;
}

static void a_walk_gives_the_areas_above_first(void **state)
{
	struct world *w = *state;
	struct buf got = { 0 };
	struct view v;
	static const uint64_t want[] = { 150000000000, 150700000000, 150722000000,
					 150722100000, 150722100200, 150722100201 };

	assert_int_equal(0, import(w, rows, ROWS));
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, place_walk(&v, 150722100000, true, add_code, &got));
	assert_int_equal(sizeof want, got.len);
	for (size_t i = 0; i < sizeof want / sizeof *want; i++)
		assert_true(be64_get(got.p + 8 * i) == want[i]);
	buf_clear(&got);
	assert_int_equal(0, place_walk(&v, 0, false, add_code, &got));
	assert_int_equal(ROWS * 8, got.len);
	view_end(&v);
	buf_fini(&got);
}

static void one_bad_row_stops_the_whole_import(void **state)
{
	static const struct place bad[][2] = {
		{ P(150000000000, "内蒙古自治区"), P(1507, "呼伦贝尔市") },
		{ P(150000000000, "内蒙古自治区"), P(150722000000, "莫旗") }, /* no prefecture */
		{ P(150000000000, "内蒙古自治区"), P(150700000000, "") },
		{ P(150000000000, "内蒙古自治区"), P(150700000000, "呼伦\x01") },
		{ P(150000000000, "内蒙古自治区"), P(150700000000, "\xff\xfe") },
	};
	static const enum fault_code want[] = { FAULT_PLACE_CODE, FAULT_PLACE_PARENT,
						FAULT_PLACE_NAME, FAULT_PLACE_NAME,
						FAULT_PLACE_NAME };
	struct world *w = *state;
	struct view_stats stats;
	struct view v;

	for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
		assert_int_equal(BF_EINVAL, import(w, bad[i], 2));
		assert_int_equal(want[i], w->f.code);
		assert_string_equal("2", w->f.where);
	}
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_stats(&v, &stats));
	assert_int_equal(0, stats.places);
	view_end(&v);
}

static void a_parent_may_be_there_already(void **state)
{
	struct world *w = *state;

	assert_int_equal(0, import(w, rows, 2));
	assert_int_equal(0, import(w, rows + 2, ROWS - 2));
	assert_int_equal(0, import(w, rows, ROWS)); /* again */
}

static void a_name_has_a_bound(void **state)
{
	struct world *w = *state;
	char name[NAME_BYTES_MAX + 2];
	struct place p = { 150000000000, { (const uint8_t *)name, NAME_BYTES_MAX } };

	memset(name, 'a', sizeof name);
	assert_int_equal(0, import(w, &p, 1));
	p.name.len++;
	assert_int_equal(BF_EINVAL, import(w, &p, 1));
}

static void an_edition_is_named_in_1_to_32_bytes(void **state)
{
	static const uint8_t name[33] = "2023-10-31, corrected 2024-02-29.";
	struct world *w = *state;

	for (size_t n = 0; n <= sizeof name; n++)
		assert_int_equal(n >= 1 && n <= 32 ? 0 : BF_EINVAL,
				 place_import(w->s, bytes_of(name, n), rows, ROWS, NULL, &w->f));
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(places_are_found_by_code_and_by_name),
		test(a_beginning_is_enough_where_it_fits_one_place),
		test(of_several_that_fit_the_first_are_named),
		test(a_path_shows_unknown_areas_as_codes),
		test(a_walk_gives_the_areas_above_first),
		test(one_bad_row_stops_the_whole_import),
		test(a_parent_may_be_there_already),
		test(a_name_has_a_bound),
		test(an_edition_is_named_in_1_to_32_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
