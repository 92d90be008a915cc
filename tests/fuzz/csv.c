/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c -- a table file of any bytes: read the same twice, and what was read, written plainly, is
 * read again.
 *
 * Also, for files without quotes, a reference that splits lines at commas. */
#include "client/csv_in.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "client/csv_out.h"
#include "tests/fuzz/fuzz.h"

enum { ROWS_KEPT = 200 };

/* Rows as read: count, then each cell with its length. */
struct table {
	struct buf cells;
	uint32_t rows, faults;
};

static void keep_row(struct table *t, const struct csv_row *row)
{
	buf_u32(&t->cells, row->count);
	for (uint32_t i = 0; i < row->count; i++) {
		FUZZ_REQUIRE(bytes_utf8(row->cells[i]));
		buf_u32(&t->cells, (uint32_t)row->cells[i].len);
		buf_put_bytes(&t->cells, row->cells[i]);
	}
	FUZZ_REQUIRE(t->cells.err == 0);
	t->rows++;
}

static void read_rows(struct csv_in *in, struct table *t)
{
	uint32_t last = csv_in_heading(in)->line;
	int rc;

	for (;;) {
		struct csv_row row = { 0 };
		struct fault f = { 0 };

		rc = csv_in_next(in, &row, &f);
		if (rc == CSV_END)
			break;
		FUZZ_REQUIRE(row.line > last);
		last = row.line;
		if (rc == CSV_ROW) {
			FUZZ_REQUIRE(row.count == csv_in_heading(in)->count);
			keep_row(t, &row);
		} else {
			FUZZ_REQUIRE(rc < 0 && f.code != FAULT_NONE && f.where[0] != '\0');
			t->faults++;
		}
	}
}

static struct csv_in *open_bytes(struct bytes b, const char *encoding)
{
	struct csv_in *in = NULL;
	struct fault f = { 0 };
	char path[64];
	int fd = memfd_create("csv", MFD_CLOEXEC);

	FUZZ_REQUIRE(fd >= 0 && write(fd, b.p, b.len) == (ssize_t)b.len);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	int rc = csv_in_open(&in, path, encoding, &f);
	FUZZ_REQUIRE(rc == 0 ? in != NULL : in == NULL && f.code != FAULT_NONE);
	(void)close(fd);
	return in;
}

static void put_cell(struct buf *out, struct bytes cell, bool first)
{
	if (!first)
		buf_u8(out, ',');
	buf_u8(out, '"');
	if (csv_out_guarded(cell)) /* else reading would take an apostrophe of the text's own */
		buf_u8(out, '\'');
	for (size_t i = 0; i < cell.len; i++) {
		if (cell.p[i] == '"')
			buf_u8(out, '"');
		buf_u8(out, cell.p[i]);
	}
	buf_u8(out, '"');
}

static void put_table(struct buf *out, const struct csv_row *heading, const struct table *t)
{
	struct rd r = rd_of(buf_bytes(&t->cells));

	for (uint32_t i = 0; i < heading->count; i++)
		put_cell(out, heading->cells[i], i == 0);
	buf_u8(out, '\n');
	for (uint32_t k = 0; k < t->rows; k++) {
		uint32_t count = rd_u32(&r);

		for (uint32_t i = 0; i < count; i++) {
			uint32_t len = rd_u32(&r);

			put_cell(out, rd_bytes(&r, len), i == 0);
		}
		buf_u8(out, '\n');
	}
}

/* A byte-order mark as the first cell's first letter is eaten when it is read again, NULs among the
 * first letters are UTF-16: no differences. */
static bool begins_apart(const struct csv_row *heading)
{
	struct bytes first = heading->cells[0];

	return (first.len >= 3 && memcmp(first.p, "\xef\xbb\xbf", 3) == 0) ||
	       (first.len > 0 && memchr(first.p, 0, first.len < 4 ? first.len : 4) != NULL);
}

static void written_again(struct csv_in *in, const struct table *t)
{
	struct buf out = { 0 };
	struct table again = { 0 };

	if (begins_apart(csv_in_heading(in)))
		return;
	put_table(&out, csv_in_heading(in), t);
	struct csv_in *in2 = open_bytes(buf_bytes(&out), "utf-8");
	FUZZ_REQUIRE(in2 != NULL);
	read_rows(in2, &again);
	FUZZ_REQUIRE(again.faults == 0 && again.rows == t->rows);
	FUZZ_REQUIRE(bytes_equal(buf_bytes(&again.cells), buf_bytes(&t->cells)));
	csv_in_close(in2);
	buf_fini(&out);
	buf_fini(&again.cells);
}

/* Only letters, digits, commas and line feeds, no empty line: then a row is a line, a cell what
 * stands between. */
static bool plain(struct bytes b)
{
	for (size_t i = 0; i < b.len; i++) {
		uint8_t c = b.p[i];

		if (c == '\n' ? i == 0 || b.p[i - 1] == '\n' : c != ',' && (c < '0' || c > 'z'))
			return false;
	}
	return b.len > 0;
}

static uint32_t commas(struct bytes line)
{
	uint32_t n = 0;

	for (size_t i = 0; i < line.len; i++)
		n += line.p[i] == ',';
	return n;
}

/* Rows of exactly as many cells as the heading; the others are faults, or lose empty cells behind.
 */
static void compare_plain(struct bytes b, const struct csv_in *in, const struct table *t)
{
	uint32_t width = csv_in_heading(in)->count, exact = 0, lines = 0;

	for (size_t at = 0; at < b.len;) {
		size_t end = at;

		while (end < b.len && b.p[end] != '\n')
			end++;
		uint32_t here = commas(bytes_of(b.p + at, end - at));
		bool blank = lines > 0 && here == end - at; /* cells without text: no row */

		lines += !blank;
		exact += !blank && lines > 1 && here + 1 == width;
		at = end + 1;
	}
	FUZZ_REQUIRE(t->rows >= exact && t->rows + t->faults == lines - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static const char *const encodings[] = { NULL, "utf-8", "gb18030", NULL };
	struct bytes b = bytes_of(p, len);
	const char *encoding = encodings[fuzz_byte(&b) % 4];
	struct csv_in *in = open_bytes(b, encoding);
	struct table first = { 0 }, second = { 0 };

	if (in == NULL)
		return 0;
	read_rows(in, &first);
	csv_in_close(in);
	in = open_bytes(b, encoding);
	FUZZ_REQUIRE(in != NULL);
	read_rows(in, &second);
	FUZZ_REQUIRE(first.rows == second.rows && first.faults == second.faults);
	FUZZ_REQUIRE(bytes_equal(buf_bytes(&first.cells), buf_bytes(&second.cells)));
	if (first.rows <= ROWS_KEPT)
		written_again(in, &first);
	if (plain(b))
		compare_plain(b, in, &first);
	csv_in_close(in);
	buf_fini(&first.cells);
	buf_fini(&second.cells);
	return 0;
}
