/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c -- rows are given out as they were put in, and what no entry could hold is kept as just
 * that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/rows.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"

struct fx {
	struct rows *rows;
	struct buf b, numbers; /* a list of rows, and of their lines, being written */
	struct mp_doc doc, lines;
};

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof(*f));

	f->rows = rows_open();
	*state = f;
	return f->rows != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	rows_close(f->rows);
	buf_fini(&f->b);
	buf_fini(&f->numbers);
	mp_doc_fini(&f->doc);
	mp_doc_fini(&f->lines);
	free(f);
	return 0;
}

static void cell(struct fx *f, const char *heading, const char *text)
{
	mp_put_cstr(&f->b, heading);
	mp_put_cstr(&f->b, text);
}

/* Put the list that was written. */
static int put(struct fx *f, uint64_t line)
{
	struct mp_val list, lines = { 0 };

	assert_int_equal(mp_doc_read(&f->doc, buf_bytes(&f->b), &rpc_limits, &list), 0);
	if (f->numbers.len > 0)
		assert_int_equal(
		    mp_doc_read(&f->lines, buf_bytes(&f->numbers), &rpc_limits, &lines), 0);
	int rc = rows_put(f->rows, list, lines, line);

	buf_clear(&f->b);
	buf_clear(&f->numbers);
	return rc;
}

static void next(struct fx *f, uint32_t line, enum rows_form form, uint32_t count,
		 struct rows_row *row)
{
	assert_true(rows_take(f->rows, row));
	assert_int_equal(row->line, line);
	assert_int_equal(row->form, form);
	assert_int_equal(row->count, count);
}

static void a_row_comes_out_trimmed_without_its_empty_cells(void **state)
{
	struct fx *f = *state;
	struct rows_row row;

	mp_put_array(&f->b, 2);
	mp_put_map(&f->b, 3);
	cell(f, " 户编号", "　12 ");
	cell(f, "姓名", " ");
	cell(f, "性别", "男");
	mp_put_map(&f->b, 1);
	cell(f, "性别", "女");
	assert_int_equal(put(f, 7), 0);
	next(f, 7, ROW_SOUND, 2, &row);
	assert_true(bytes_equal(rows_heading(f->rows, row.cells[0].heading), BYTES_LIT("户编号")));
	assert_true(bytes_equal(row.cells[0].text, BYTES_LIT("12")));
	assert_true(bytes_equal(row.cells[1].text, BYTES_LIT("男")));
	next(f, 8, ROW_SOUND, 1, &row);
	assert_true(bytes_equal(rows_heading(f->rows, row.cells[0].heading), BYTES_LIT("性别")));
	assert_false(rows_take(f->rows, &row));
	assert_int_equal(rows_headings(f->rows), 2);
}

static void what_is_no_row_is_known_by_its_line(void **state)
{
	struct fx *f = *state;
	struct rows_row row;
	static char text[ROWS_TEXT_MAX + 1];

	memset(text, 'x', sizeof(text) - 1);
	mp_put_array(&f->b, 5);
	mp_put_cstr(&f->b, "户编号");
	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, "户编号");
	mp_put_uint(&f->b, 7);
	mp_put_map(&f->b, 2);
	cell(f, "户编号", "1");
	cell(f, "备注", text);
	mp_put_map(&f->b, ROWS_HEADINGS_MAX + 1);
	for (int i = 0; i <= ROWS_HEADINGS_MAX; i++) {
		char heading[16];

		(void)snprintf(heading, sizeof(heading), "h%d", i);
		cell(f, heading, "x");
	}
	mp_put_map(&f->b, 1);
	cell(f, "户编号", "2");
	assert_int_equal(put(f, 1), 0);
	next(f, 1, ROW_MALFORMED, 0, &row);
	next(f, 2, ROW_MALFORMED, 0, &row);
	next(f, 3, ROW_LONG, 0, &row);
	next(f, 4, ROW_MALFORMED, 0, &row);
	next(f, 5, ROW_SOUND, 1, &row);
}

static void put_lines(struct fx *f, uint32_t count, uint64_t first)
{
	mp_put_array(&f->numbers, count);
	for (uint64_t i = 0; i < count; i++)
		mp_put_uint(&f->numbers, first + 2 * i);
}

static void lines_are_one_for_each_row_or_nothing_is_kept(void **state)
{
	struct fx *f = *state;
	struct rows_row row;

	for (uint32_t count = 1; count <= 3; count++) {
		mp_put_array(&f->b, 2);
		mp_put_map(&f->b, 0);
		mp_put_map(&f->b, 0);
		put_lines(f, count, 10);
		assert_int_equal(put(f, 1), count == 2 ? 0 : BF_EFORMAT);
	}
	mp_put_array(&f->b, 1);
	mp_put_map(&f->b, 0);
	put_lines(f, 1, UINT64_C(1) << 32);
	assert_int_equal(put(f, 1), BF_EFORMAT);
	mp_put_array(&f->b, 1);
	mp_put_map(&f->b, 0);
	mp_put_array(&f->numbers, 1);
	mp_put_cstr(&f->numbers, "1");
	assert_int_equal(put(f, 1), BF_EFORMAT);
	next(f, 10, ROW_SOUND, 0, &row);
	next(f, 12, ROW_SOUND, 0, &row);
	assert_false(rows_take(f->rows, &row));
}

static void many_rows(struct fx *f, uint32_t count, const char *text)
{
	mp_put_array(&f->b, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_map(&f->b, 1);
		cell(f, "备注", text);
	}
}

static void rows_cross_blocks_and_memory_goes_as_they_are_taken(void **state)
{
	enum { COUNT = 200, TIMES = 20 };
	struct fx *f = *state;
	struct rows_row row;
	char text[2000 + 1];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (uint32_t i = 0; i < TIMES; i++) {
		many_rows(f, COUNT, text);
		assert_int_equal(put(f, (uint64_t)i * COUNT), 0);
	}
	assert_true(rows_bytes(f->rows) > (size_t)COUNT * TIMES * 2000);
	for (uint32_t i = 0; i < COUNT * TIMES; i++) {
		next(f, i, ROW_SOUND, 1, &row);
		assert_true(bytes_equal(row.cells[0].text, bytes_str(text)));
	}
	assert_false(rows_take(f->rows, &row));
	assert_true(rows_bytes(f->rows) < 100);
	many_rows(f, 1, "z"); /* and they can be filled again */
	assert_int_equal(put(f, 1), 0);
	next(f, 1, ROW_SOUND, 1, &row);
}

static void the_bound_of_rows(void **state)
{
	enum { PART = 20000 };
	struct fx *f = *state;

	for (int i = 0; i < ROWS_MAX / PART; i++) {
		many_rows(f, PART, "x");
		assert_int_equal(put(f, 1), 0);
	}
	assert_int_equal(rows_count(f->rows), ROWS_MAX);
	many_rows(f, 1, "x");
	assert_int_equal(put(f, 1), BF_EBOUND);
}

static void the_bound_of_bytes(void **state)
{
	struct fx *f = *state;
	static char text[60000 + 1];
	int rc = 0;
	size_t put_bytes = 0;

	memset(text, 'x', sizeof(text) - 1);
	while (rc == 0) {
		many_rows(f, 16, text);
		rc = put(f, 1);
		put_bytes += (size_t)16 * 60000;
		assert_true(rows_bytes(f->rows) <= ROWS_BYTES_MAX);
	}
	assert_int_equal(rc, BF_EBOUND);
	assert_true(put_bytes > (size_t)ROWS_BYTES_MAX / 10 * 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_row_comes_out_trimmed_without_its_empty_cells),
		T(what_is_no_row_is_known_by_its_line),
		T(lines_are_one_for_each_row_or_nothing_is_kept),
		T(rows_cross_blocks_and_memory_goes_as_they_are_taken),
		T(the_bound_of_rows),
		T(the_bound_of_bytes),
#undef T
	};
	return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
