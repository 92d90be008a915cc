/* SPDX-License-Identifier: Apache-2.0 */
/* csv_in.c -- see csv_in.h. The file is held whole: looking for its encoding needs all of it, and
 * 64 MiB is the bound.
 *
 * The parser is fed one physical line at a time. A line that ends inside a quote makes the record
 * go on with the next one; any other line ends its record. So the start of each record is known,
 * which libcsv alone does not tell. */
#include "client/csv_in.h"

#include <csv.h>
#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/conn.h"
#include "client/csv_out.h"
#include "protocol/errors.h"

enum { CSV_PATH_MAX = FAULT_WHERE_MAX - 24 }; /* leaves room for :line:column */

struct csv_in {
	char path[CSV_PATH_MAX];
	struct buf file;
	size_t at;     /* offset of the next line */
	uint32_t line; /* of the next line */
	uint32_t rows;
	bool over, gb;
	struct csv_row heading;
	struct bytes heading_cells[CSV_COLUMNS_MAX];
	struct buf heading_text;
	/* The record under way. */
	struct buf raw;
	struct {
		size_t at, len;
	} spans[CSV_COLUMNS_MAX];
	uint32_t count;
	bool ended, wide;
	/* The record given out. */
	struct buf text;
	struct bytes cells[CSV_COLUMNS_MAX];
};

static int csv_load(struct csv_in *in, const char *path, struct fault *f);
static int csv_foreign(const struct csv_in *in, struct fault *f);
static int csv_choose(struct csv_in *in, const char *encoding, struct fault *f);
static bool csv_guess_gb(struct bytes file);
static int csv_heading(struct csv_in *in, struct fault *f);
static int csv_record(struct csv_in *in, struct csv_row *row, struct fault *f);
static struct bytes csv_line(const struct csv_in *in, size_t at);
static void on_field(void *text, size_t len, void *ctx);
static void on_row(int end, void *ctx);
static int csv_decode(struct csv_in *in, struct csv_row *row, struct fault *f);
static int csv_widths(struct csv_in *in, struct csv_row *row, struct fault *f);
static bool gb_decode(struct bytes raw, struct buf *out);
static struct bytes csv_unguarded(struct bytes cell);
static char *csv_where(const struct csv_in *in, uint32_t line, uint32_t column, char *out);
static char *number(uint64_t n, char out[24]);

int csv_in_open(struct csv_in **out, const char *path, const char *encoding, struct fault *f)
{
	struct csv_in *in = calloc(1, sizeof(*in));
	int rc = in == NULL ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL) : BF_OK;

	*out = NULL;
	if (rc == 0)
		rc = csv_load(in, path, f);
	if (rc == 0)
		rc = csv_foreign(in, f);
	if (rc == 0)
		rc = csv_choose(in, encoding, f);
	if (rc == 0)
		rc = csv_heading(in, f);
	if (rc == 0)
		*out = in;
	else
		csv_in_close(in);
	return rc;
}

static int csv_load(struct csv_in *in, const char *path, struct fault *f)
{
	char mb[24];
	FILE *file = fopen(path, "rb");
	const char *name = strrchr(path, '/');

	/* Of a long path the file's own name says more than the beginning. */
	if (strlen(path) < sizeof(in->path) || name == NULL)
		name = path;
	(void)bytes_cstr(bytes_str(name), in->path, sizeof(in->path));
	if (file == NULL && (errno == EMFILE || errno == ENFILE))
		return conn_files_few(f);
	if (file == NULL)
		return fault_say(f, FAULT_FILE_OPEN, path, strerror(errno), NULL);
	for (;;) {
		enum { STEP = 64 * 1024 };
		if (buf_reserve(&in->file, STEP) != 0)
			break;
		size_t n = fread(in->file.p + in->file.len, 1, STEP, file);
		in->file.len += n;
		if (n < STEP || in->file.len > CSV_BYTES_MAX)
			break;
	}
	int why = ferror(file) != 0 ? errno : 0;
	(void)fclose(file);
	if (why != 0)
		return fault_say(f, FAULT_FILE_OPEN, path, strerror(why), NULL);
	if (in->file.err != 0)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	if (in->file.len > CSV_BYTES_MAX)
		return fault_say(f, FAULT_FILE_LARGE, path, number(CSV_BYTES_MAX >> 20, mb), NULL);
	return BF_OK;
}

static bool begins(struct bytes file, const char *magic, size_t len)
{
	return file.len >= len && memcmp(file.p, magic, len) == 0;
}

/* Text of two bytes each: its mark, or a NUL beside every one of the first characters, as commas
 * and digits have it without a mark. */
static bool is_utf16(struct bytes file)
{
	if (begins(file, "\xff\xfe", 2) || begins(file, "\xfe\xff", 2))
		return true;
	return file.len >= 4 &&
	       ((file.p[0] == 0 && file.p[2] == 0) || (file.p[1] == 0 && file.p[3] == 0));
}

/* A line with tabs between its cells and no comma: what stands in quotes separates nothing. */
static bool is_tabbed(struct bytes line)
{
	bool quoted = false, tabs = false, commas = false;

	for (size_t i = 0; i < line.len; i++) {
		quoted = quoted != (line.p[i] == '"');
		tabs = tabs || (!quoted && line.p[i] == '\t');
		commas = commas || line.p[i] == ',';
	}
	return tabs && !commas;
}

/* What is no CSV at all, told as what it is, and not by its first strange byte. */
static int csv_foreign(const struct csv_in *in, struct fault *f)
{
	struct bytes file = buf_bytes(&in->file), line = csv_line(in, 0);

	if (begins(file, "PK\3\4", 4))
		return fault_say(f, FAULT_FILE_WORKBOOK, in->path, ".xlsx", NULL);
	if (begins(file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
		return fault_say(f, FAULT_FILE_WORKBOOK, in->path, ".xls", NULL);
	if (is_utf16(file))
		return fault_say(f, FAULT_FILE_UTF16, in->path, NULL, NULL);
	if (is_tabbed(line))
		return fault_say(f, FAULT_CSV_TABS, in->path, NULL, NULL);
	return BF_OK;
}

static int csv_choose(struct csv_in *in, const char *encoding, struct fault *f)
{
	static const char *const gb[] = { "gb18030", "gbk", "gb2312", "cp936" };
	static const char *const utf[] = { "utf-8", "utf8" };
	struct bytes file = buf_bytes(&in->file);
	bool mark = file.len >= 3 && memcmp(file.p, "\xEF\xBB\xBF", 3) == 0;
	bool known = encoding == NULL;

	in->at = mark ? 3 : 0;
	in->line = 1;
	in->gb = !mark && encoding == NULL && csv_guess_gb(file);
	for (size_t i = 0; encoding != NULL && i < sizeof(gb) / sizeof(gb[0]); i++) {
		if (strcasecmp(encoding, gb[i]) == 0)
			known = in->gb = true;
	}
	for (size_t i = 0; encoding != NULL && i < sizeof(utf) / sizeof(utf[0]); i++)
		known = known || strcasecmp(encoding, utf[i]) == 0;
	return known ? BF_OK : fault_say(f, FAULT_CSV_ENCODING_NAME, "encoding", encoding, NULL);
}

/* All good as UTF-8: it is. Else the encoding under which fewer lines are broken. */
static bool csv_guess_gb(struct bytes file)
{
	struct csv_in whole = { .file = { .p = (uint8_t *)(uintptr_t)file.p, .len = file.len } };
	struct buf text = { 0 };
	size_t bad_utf = 0;
	size_t bad_gb = 0;

	if (bytes_utf8(file))
		return false;
	for (size_t at = 0; at < file.len;) {
		struct bytes line = csv_line(&whole, at);
		buf_clear(&text);
		bad_utf += !bytes_utf8(line);
		bad_gb += !gb_decode(line, &text);
		at += line.len;
	}
	buf_fini(&text);
	return bad_gb < bad_utf;
}

static int csv_heading(struct csv_in *in, struct fault *f)
{
	char name[96];
	char where[FAULT_WHERE_MAX];
	int rc = csv_record(in, &in->heading, f);

	if (rc == CSV_END)
		return fault_say(f, FAULT_CSV_EMPTY, in->path, NULL, NULL);
	if (rc < 0)
		return rc;
	while (in->heading.count > 0 && in->cells[in->heading.count - 1].len == 0)
		in->heading.count--; /* spreadsheets leave empty columns at the end */
	for (uint32_t i = 0; i < in->heading.count; i++) {
		bool bad = in->cells[i].len == 0;
		for (uint32_t j = 0; j < i; j++)
			bad = bad || bytes_equal(in->cells[i], in->cells[j]);
		if (bad)
			return fault_say(f, FAULT_CSV_HEADING,
					 csv_where(in, in->heading.line, i + 1, where),
					 bytes_cstr(in->cells[i], name, sizeof(name)), NULL);
	}
	if (in->heading.count == 0)
		return fault_say(f, FAULT_CSV_EMPTY, in->path, NULL, NULL);
	/* The heading outlives its row: its text moves over whole, so the cells stay where they
	 * point. */
	in->heading_text = in->text;
	in->text = (struct buf){ 0 };
	memcpy(in->heading_cells, in->cells, sizeof(in->cells));
	in->heading.cells = in->heading_cells;
	return BF_OK;
}

static bool is_empty(const struct csv_row *row)
{
	for (uint32_t i = 0; i < row->count; i++)
		if (bytes_trim(row->cells[i]).len > 0)
			return false;
	return true;
}

int csv_in_next(struct csv_in *in, struct csv_row *row, struct fault *f)
{
	char max[24];
	char where[FAULT_WHERE_MAX];
	int rc;

	do /* spreadsheets leave rows of nothing but commas */
		rc = in->over ? CSV_END : csv_record(in, row, f);
	while (rc == CSV_ROW && is_empty(row));
	if (rc == CSV_END) {
		in->over = true;
		return rc;
	}
	if (++in->rows > CSV_ROWS_MAX) {
		in->over = true;
		return fault_say(f, FAULT_CSV_ROWS, csv_where(in, row->line, 0, where),
				 number(CSV_ROWS_MAX, max), NULL);
	}
	return rc == CSV_ROW ? csv_widths(in, row, f) : rc;
}

/* One record: feed lines until one ends it. A broken one costs its first line; reading goes on
 * after that. */
static int csv_record(struct csv_in *in, struct csv_row *row, struct fault *f)
{
	struct csv_parser parser;
	char where[FAULT_WHERE_MAX];
	char max[24];
	int rc = CSV_END;
	size_t resume = 0;

	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	in->count = 0;
	in->ended = in->wide = false;
	buf_renew(&in->raw);
	row->line = in->line;
	for (uint32_t lines = 0; rc == CSV_END && in->at < in->file.len; lines++) {
		struct bytes line = csv_line(in, in->at);
		bool last = in->at + line.len == in->file.len;
		in->at += line.len;
		in->line++;
		if (lines == 0)
			resume = in->at;
		bool bad = csv_parse(&parser, line.p, line.len, on_field, on_row, in) != line.len;
		if (!bad && last && !in->ended)
			bad = csv_fini(&parser, on_field, on_row, in) != 0;
		bool opened = in->count > 0 || parser.entry_pos > 0;
		if (in->wide || parser.entry_pos > CSV_FIELD_MAX)
			rc = fault_say(f, FAULT_CSV_FIELD,
				       csv_where(in, row->line, in->count + !in->wide, where),
				       number(CSV_FIELD_MAX, max), NULL);
		else if (bad)
			rc = fault_say(f, FAULT_CSV_QUOTE,
				       csv_where(in, row->line, in->count + 1, where), NULL, NULL);
		else if (in->ended)
			rc = CSV_ROW;
		else if (!opened) { /* a blank line */
			row->line = in->line;
			lines = UINT32_MAX;
		}
	}
	csv_free(&parser);
	if (rc < 0) {
		in->at = resume;
		in->line = row->line + 1;
	}
	return rc == CSV_ROW ? csv_decode(in, row, f) : rc;
}

/* The line at `at` with its end: LF, CRLF or a lone CR. */
static struct bytes csv_line(const struct csv_in *in, size_t at)
{
	size_t end = at;

	while (end < in->file.len && in->file.p[end] != '\n' && in->file.p[end] != '\r')
		end++;
	if (end + 1 < in->file.len && in->file.p[end] == '\r' && in->file.p[end + 1] == '\n')
		end++;
	if (end < in->file.len)
		end++;
	return bytes_of(in->file.p + at, end - at);
}

static void on_field(void *text, size_t len, void *ctx)
{
	struct csv_in *in = ctx;

	if (len > CSV_FIELD_MAX)
		in->wide = true;
	if (in->count < CSV_COLUMNS_MAX) {
		in->spans[in->count].at = in->raw.len;
		in->spans[in->count].len = in->wide ? 0 : len;
		buf_put(&in->raw, text, in->wide ? 0 : len);
	}
	if (in->count <= CSV_COLUMNS_MAX)
		in->count++;
}

static void on_row(int end, void *ctx)
{
	struct csv_in *in = ctx;

	(void)end;
	in->ended = true;
}

static int csv_decode(struct csv_in *in, struct csv_row *row, struct fault *f)
{
	size_t ends[CSV_COLUMNS_MAX];
	char where[FAULT_WHERE_MAX];
	char found[24];
	char most[24];

	if (in->count > CSV_COLUMNS_MAX)
		return fault_say(f, FAULT_CSV_COLUMNS, csv_where(in, row->line, in->count, where),
				 number(in->count, found), number(CSV_COLUMNS_MAX, most));
	buf_renew(&in->text);
	/* A row of nothing but empty cells is in memory too: bytes begin nowhere otherwise. */
	if (buf_reserve(&in->text, 1) != 0 || buf_reserve(&in->raw, 1) != 0)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	for (uint32_t i = 0; i < in->count; i++) {
		struct bytes raw = bytes_of(in->raw.p + in->spans[i].at, in->spans[i].len);
		bool good = in->gb ? gb_decode(raw, &in->text) : bytes_utf8(raw);
		if (!good)
			return fault_say(f, FAULT_CSV_ENCODING,
					 csv_where(in, row->line, i + 1, where),
					 csv_in_encoding(in), NULL);
		if (!in->gb)
			buf_put_bytes(&in->text, raw);
		ends[i] = in->text.len;
	}
	if (in->text.err != 0 || in->raw.err != 0)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	for (uint32_t i = 0; i < in->count; i++) {
		size_t begin = i > 0 ? ends[i - 1] : 0;
		in->cells[i] = csv_unguarded(bytes_of(in->text.p + begin, ends[i] - begin));
	}
	row->count = in->count;
	row->cells = in->cells;
	return CSV_ROW;
}

/* The apostrophe that csv_out.h, or another careful program, put before what looks like a formula.
 */
static struct bytes csv_unguarded(struct bytes cell)
{
	bool guard = cell.len > 0 && cell.p[0] == '\'' &&
		     csv_out_guarded(bytes_of(cell.p + 1, cell.len - 1));

	return guard ? bytes_of(cell.p + 1, cell.len - 1) : cell;
}

/* As many cells as headings; empty ones beyond are what spreadsheets leave behind. */
static int csv_widths(struct csv_in *in, struct csv_row *row, struct fault *f)
{
	char where[FAULT_WHERE_MAX];
	char found[24];
	char wanted[24];

	while (row->count > in->heading.count && row->cells[row->count - 1].len == 0)
		row->count--;
	if (row->count == in->heading.count)
		return CSV_ROW;
	return fault_say(f, FAULT_CSV_COLUMNS, csv_where(in, row->line, row->count, where),
			 number(row->count, found), number(in->heading.count, wanted));
}

static bool gb_decode(struct bytes raw, struct buf *out)
{
	iconv_t cd;
	size_t room = raw.len * 2 + 8; /* two bytes become three, four become at most four */
	char *from = (char *)(uintptr_t)raw.p;
	size_t left = raw.len;

	if (raw.len == 0)
		return true;
	if (buf_reserve(out, room) != 0)
		return true; /* the buf remembers; the caller looks */
	cd = iconv_open("UTF-8", "GB18030");
	if (cd == (iconv_t)-1)
		return false;
	char *to = (char *)out->p + out->len;
	size_t free_bytes = room;
	size_t rc = iconv(cd, &from, &left, &to, &free_bytes);
	(void)iconv_close(cd);
	if (rc == (size_t)-1 || left != 0)
		return false;
	out->len += room - free_bytes;
	return true;
}

const struct csv_row *csv_in_heading(const struct csv_in *in)
{
	return &in->heading;
}

int csv_in_column(const struct csv_in *in, const char *heading)
{
	for (uint32_t i = 0; i < in->heading.count; i++) {
		if (bytes_equal(in->heading.cells[i], bytes_str(heading)))
			return (int)i;
	}
	return -1;
}

const char *csv_in_encoding(const struct csv_in *in)
{
	return in->gb ? "GB18030" : "UTF-8";
}

void csv_in_close(struct csv_in *in)
{
	if (in == NULL)
		return;
	buf_fini(&in->file);
	buf_fini(&in->raw);
	buf_fini(&in->text);
	buf_fini(&in->heading_text);
	free(in);
}

/* "file.csv:12:3"; without a column when it is 0. */
static char *csv_where(const struct csv_in *in, uint32_t line, uint32_t column, char *out)
{
	if (column > 0)
		(void)snprintf(out, FAULT_WHERE_MAX, "%s:%u:%u", in->path, line, column);
	else
		(void)snprintf(out, FAULT_WHERE_MAX, "%s:%u", in->path, line);
	return out;
}

static char *number(uint64_t n, char out[24])
{
	(void)snprintf(out, 24, "%llu", (unsigned long long)n);
	return out;
}
