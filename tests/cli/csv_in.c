/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of client/csv_in.h: what is read, and that each broken row is named by line and column and
 * costs only itself. */
#include "cli_world.h"

#include "client/csv_in.h"

static struct csv_in *opened(const struct world *w, const char *text)
{
	struct csv_in *in = NULL;
	struct fault f = { .code = FAULT_NONE };

	world_write(w, text, strlen(text));
	if (csv_in_open(&in, w->path, NULL, &f) != 0)
		fail_msg("%s", f.en);
	return in;
}

static void assert_cell(const struct csv_row *row, uint32_t i, const char *text)
{
	assert_true(i < row->count);
	assert_int_equal(row->cells[i].len, strlen(text));
	assert_memory_equal(row->cells[i].p, text, strlen(text));
}

/* The next row is broken with this fault at file:`place`. */
static void assert_broken(struct csv_in *in, const struct world *w, enum fault_code code,
			  const char *place)
{
	struct csv_row row;
	struct fault f = { .code = FAULT_NONE };
	char where[64];

	assert_true(csv_in_next(in, &row, &f) < 0);
	assert_int_equal(f.code, code);
	(void)snprintf(where, sizeof(where), "%s:%s", w->path, place);
	assert_string_equal(f.where, where);
	assert_non_null(strstr(f.zh, where));
	assert_non_null(strstr(f.en, where));
}

static void assert_row(struct csv_in *in, uint32_t line, const char *first)
{
	struct csv_row row;
	struct fault f = { .code = FAULT_NONE };

	int rc = csv_in_next(in, &row, &f);
	if (rc != CSV_ROW)
		fail_msg("%d %s", rc, f.en);
	assert_int_equal(row.line, line);
	assert_cell(&row, 0, first);
}

static void assert_end(struct csv_in *in)
{
	struct csv_row row;

	assert_int_equal(csv_in_next(in, &row, NULL), CSV_END);
	csv_in_close(in);
}

static void gb18030_is_found_by_looking(void **state)
{
	/* 姓名,村 / 张三,榆林 / and a four-byte character (U+20000) */
	static const char file[] = "\xd0\xd5\xc3\xfb,\xb4\xe5\n\xd5\xc5\xc8\xfd,\xd3\xdc\xc1\xd6\n"
				   "\x95\x32\x82\x36,\xb4\xe5\n";
	struct csv_row row;
	struct csv_in *in = opened(*state, file);

	assert_string_equal(csv_in_encoding(in), "GB18030");
	assert_cell(csv_in_heading(in), 0, "姓名");
	assert_int_equal(csv_in_column(in, "村"), 1);
	assert_int_equal(csv_in_next(in, &row, NULL), CSV_ROW);
	assert_cell(&row, 0, "张三");
	assert_cell(&row, 1, "榆林");
	assert_row(in, 3, "𠀀");
	assert_end(in);
}

static void a_mark_of_utf8_is_no_part_of_the_first_heading(void **state)
{
	struct csv_in *in = opened(*state, "\xEF\xBB\xBF姓名,村\n张三,榆林\n");

	assert_string_equal(csv_in_encoding(in), "UTF-8");
	assert_int_equal(csv_in_column(in, "姓名"), 0);
	assert_row(in, 2, "张三");
	assert_end(in);
}

static void quotes_commas_and_lines_inside_a_cell_are_kept(void **state)
{
	struct csv_row row;
	struct csv_in *in = opened(*state, "a,b\r\n\"x, \"\"y\"\"\nz\",2\r\nlast,3");

	assert_int_equal(csv_in_next(in, &row, NULL), CSV_ROW);
	assert_cell(&row, 0, "x, \"y\"\nz");
	assert_row(in, 4, "last");
	assert_end(in);
}

static void blank_lines_are_no_rows_but_count_as_lines(void **state)
{
	struct csv_in *in = opened(*state, "\n\na,b\n\n1,2\n   \n3,4\n\n,\n \t,\n5,6\n,\n");

	assert_row(in, 5, "1");
	assert_row(in, 7, "3");
	assert_row(in, 11,
		   "5"); /* cells without text are a blank line, as spreadsheets leave them */
	assert_end(in);
}

static void an_unclosed_quote_costs_its_own_line_and_names_it(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = opened(w, "a,b\n1,2\n3,\"open\n5,6\n7,8\n");

	assert_row(in, 2, "1");
	assert_broken(in, w, FAULT_CSV_QUOTE, "3:2");
	assert_row(in, 4, "5");
	assert_row(in, 5, "7");
	assert_end(in);
}

static void a_quote_inside_a_text_is_named(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = opened(w, "a,b\n1,x\"y\n\"z\"q,2\n3,4\n");

	assert_broken(in, w, FAULT_CSV_QUOTE, "2:2");
	assert_broken(in, w, FAULT_CSV_QUOTE, "3:1");
	assert_row(in, 4, "3");
	assert_end(in);
}

static void bytes_of_no_encoding_are_named_by_line_and_column(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = opened(w, "姓名,村\n张三,榆林\n李四,\xff\xff\n王五,宝山\n");

	assert_row(in, 2, "张三");
	assert_broken(in, w, FAULT_CSV_ENCODING, "3:2");
	assert_row(in, 4, "王五");
	assert_end(in);
}

static void too_many_and_too_few_columns_are_named(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = opened(w, "a,b\n1\n1,2,3\n4,5,,\n");

	assert_broken(in, w, FAULT_CSV_COLUMNS, "2:1");
	assert_broken(in, w, FAULT_CSV_COLUMNS, "3:3");
	assert_row(in, 4, "4"); /* empty ones at the end are what spreadsheets leave */
	assert_end(in);
}

static void headings_must_be_there_once_each(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = NULL;
	struct fault f;

	world_write(w, "a,a\n1,2\n", 8);
	assert_true(csv_in_open(&in, w->path, NULL, &f) < 0);
	assert_int_equal(f.code, FAULT_CSV_HEADING);
	world_write(w, "a,,b\n", 5);
	assert_true(csv_in_open(&in, w->path, NULL, &f) < 0);
	assert_int_equal(f.code, FAULT_CSV_HEADING);
	world_write(w, "\n\n", 2);
	assert_true(csv_in_open(&in, w->path, NULL, &f) < 0);
	assert_int_equal(f.code, FAULT_CSV_EMPTY);
	assert_null(in);
}

/* `text` as heading "a" and one row of a cell with `len` letters, quoted or not. */
static struct csv_in *with_cell(const struct world *w, size_t len, bool quoted)
{
	char *text = calloc(1, len + 16);

	assert_non_null(text);
	strcpy(text, quoted ? "a\n\"" : "a\n");
	memset(text + strlen(text), 'x', len);
	strcat(text, quoted ? "\"\n1\n" : "\n1\n");
	struct csv_in *in = opened(w, text);
	free(text);
	return in;
}

static void a_cell_may_have_CSV_FIELD_MAX_bytes_and_no_more(void **state)
{
	const struct world *w = *state;
	struct csv_row row;

	for (int quoted = 0; quoted < 2; quoted++) {
		struct csv_in *in = with_cell(w, CSV_FIELD_MAX, quoted != 0);
		assert_int_equal(csv_in_next(in, &row, NULL), CSV_ROW);
		assert_int_equal(row.cells[0].len, CSV_FIELD_MAX);
		assert_row(in, 3, "1");
		assert_end(in);
		in = with_cell(w, CSV_FIELD_MAX + 1, quoted != 0);
		assert_broken(in, w, FAULT_CSV_FIELD, "2:1");
		assert_row(in, 3, "1");
		assert_end(in);
	}
}

/* A line of `count` cells. */
static void put_cells(char *out, int count, const char *cell)
{
	for (int i = 0; i < count; i++)
		out += sprintf(out, "%s%s%d", i > 0 ? "," : "", cell, i);
	strcpy(out, "\n");
}

static void a_row_may_have_CSV_COLUMNS_MAX_cells_and_no_more(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = NULL;
	struct fault f;
	char text[16384];

	put_cells(text, CSV_COLUMNS_MAX, "h");
	put_cells(text + strlen(text), CSV_COLUMNS_MAX, "c");
	put_cells(text + strlen(text), CSV_COLUMNS_MAX + 1, "c");
	in = opened(w, text);
	assert_row(in, 2, "c0");
	assert_broken(in, w, FAULT_CSV_COLUMNS, "3:257");
	assert_end(in);
	put_cells(text, CSV_COLUMNS_MAX + 1, "h");
	world_write(w, text, strlen(text));
	assert_true(csv_in_open(&in, w->path, NULL, &f) < 0);
	assert_int_equal(f.code, FAULT_CSV_COLUMNS);
}

static void after_CSV_ROWS_MAX_rows_reading_ends_with_a_fault(void **state)
{
	const struct world *w = *state;
	size_t len = 2 + 2 * ((size_t)CSV_ROWS_MAX + 1);
	char *text = malloc(len + 1);
	struct csv_row row;
	struct fault f = { .code = FAULT_NONE };
	uint32_t rows = 0;
	int rc;

	assert_non_null(text);
	for (size_t i = 0; i < len; i += 2)
		memcpy(text + i, "a\n", 3);
	struct csv_in *in = opened(w, text);
	free(text);
	while ((rc = csv_in_next(in, &row, &f)) == CSV_ROW)
		rows++;
	assert_int_equal(rows, CSV_ROWS_MAX);
	assert_true(rc < 0);
	assert_int_equal(f.code, FAULT_CSV_ROWS);
	assert_end(in);
}

static void an_unknown_encoding_is_refused_by_name(void **state)
{
	const struct world *w = *state;
	struct csv_in *in = NULL;
	struct fault f;

	world_write(w, "a\n1\n", 4);
	assert_true(csv_in_open(&in, w->path, "klingon", &f) < 0);
	assert_int_equal(f.code, FAULT_CSV_ENCODING_NAME);
	assert_int_equal(csv_in_open(&in, w->path, "GBK", &f), 0);
	csv_in_close(in);
}

static void what_is_no_csv_is_refused_as_what_it_is(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		enum fault_code code;
		const char *told;
	} files[] = {
		{ "PK\3\4\24\0\6\0", 8, FAULT_FILE_WORKBOOK, ".xlsx" },
		{ "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", 9, FAULT_FILE_WORKBOOK, ".xls" },
		{ "\xff\xfe\x37\x62\x16\x7f", 6, FAULT_FILE_UTF16, "UTF-16" },
		{ "\xfe\xff\x62\x37\x7f\x16", 6, FAULT_FILE_UTF16, "UTF-16" },
		{ "a\0,\0b\0", 6, FAULT_FILE_UTF16, "UTF-16" },
		{ "\0a\0,\0b", 6, FAULT_FILE_UTF16, "UTF-16" },
		{ "户编号\t姓名\n1\t甲\n", 24, FAULT_CSV_TABS, "TAB" },
	};
	const struct world *w = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct csv_in *in = NULL;
		struct fault f = { .code = FAULT_NONE };
		world_write(w, files[i].bytes, files[i].len);
		assert_true(csv_in_open(&in, w->path, NULL, &f) < 0);
		assert_int_equal(f.code, files[i].code);
		assert_non_null(strstr(f.zh, files[i].told));
		assert_non_null(strstr(f.zh, "CSV"));
	}
	struct csv_in *in = opened(w, "户编号,备\t注\n1,甲\n"); /* a TAB within a cell */

	assert_row(in, 2, "1");
	assert_end(in);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(what_is_no_csv_is_refused_as_what_it_is),
		T(gb18030_is_found_by_looking),
		T(a_mark_of_utf8_is_no_part_of_the_first_heading),
		T(quotes_commas_and_lines_inside_a_cell_are_kept),
		T(blank_lines_are_no_rows_but_count_as_lines),
		T(an_unclosed_quote_costs_its_own_line_and_names_it),
		T(a_quote_inside_a_text_is_named),
		T(bytes_of_no_encoding_are_named_by_line_and_column),
		T(too_many_and_too_few_columns_are_named),
		T(headings_must_be_there_once_each),
		T(a_cell_may_have_CSV_FIELD_MAX_bytes_and_no_more),
		T(a_row_may_have_CSV_COLUMNS_MAX_cells_and_no_more),
		T(after_CSV_ROWS_MAX_rows_reading_ends_with_a_fault),
		T(an_unknown_encoding_is_refused_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
