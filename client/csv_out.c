/* SPDX-License-Identifier: Apache-2.0 */
/* csv_out.c -- see csv_out.h. */
#include "client/csv_out.h"

#include <string.h>

enum { SHEET_DIGITS_MAX = 15 };

static const char *const guarded[] = {
	"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠",
};

static void csv_row(const struct client *c, const struct sheet *s, size_t row, struct buf *text,
		    struct buf *out);

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* A number of which a spreadsheet would keep another writing: it drops zeros in front, all but 15
 * digits, and reads 12E5 as 1200000. */
static bool rewritten_number(struct bytes text)
{
	size_t digits = 0, exponents = 0;

	for (size_t i = 0; i < text.len; i++) {
		bool after_e = i > 0 && (text.p[i - 1] | 0x20) == 'e';

		if (digit(text.p[i]))
			digits++;
		else if ((text.p[i] | 0x20) == 'e')
			exponents++;
		else if (text.p[i] != '.' && text.p[i] != ',' && text.p[i] != ' ' &&
			 !(after_e && (text.p[i] == '+' || text.p[i] == '-')))
			return false;
	}
	if (text.len < 2 || !digit(text.p[0]) || exponents > 1)
		return false;
	return exponents == 1 || digits > SHEET_DIGITS_MAX ||
	       (text.p[0] == '0' && digit(text.p[1]));
}

/* 3/4 or 1-2-3 would become a day of some year; our own 2026-11-24 and 2026-11 are meant so. */
static bool made_a_day(struct bytes text)
{
	size_t parts = 1, run = 0;
	uint8_t mark = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (digit(text.p[i])) {
			if (++run > 4)
				return false;
			continue;
		}
		if ((text.p[i] != '-' && text.p[i] != '/') || run == 0 ||
		    (mark != 0 && mark != text.p[i]))
			return false;
		mark = text.p[i];
		parts++;
		run = 0;
	}
	if (run == 0 || (parts != 2 && parts != 3))
		return false;
	return mark != '-' || (text.len != 7 && text.len != 10) || text.p[4] != '-';
}

bool csv_out_guarded(struct bytes text)
{
	while (text.len > 0 && text.p[0] == '\'')
		text = bytes_of(text.p + 1, text.len - 1);
	if (rewritten_number(text) || made_a_day(text))
		return true;
	for (size_t i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		size_t len = strlen(guarded[i]);
		if (text.len >= len && memcmp(text.p, guarded[i], len) == 0)
			return true;
	}
	return false;
}

void csv_out_text(struct buf *out, struct bytes text)
{
	struct buf safe = { 0 };

	if (!csv_out_guarded(text)) {
		csv_out_raw(out, text);
		return;
	}
	buf_u8(&safe, '\'');
	buf_put_bytes(&safe, text);
	csv_out_raw(out, buf_bytes(&safe));
	if (safe.err != 0)
		out->err = safe.err;
	buf_fini(&safe);
}

void csv_out_raw(struct buf *out, struct bytes text)
{
	bool quote = text.len > 0 && (text.p[0] == ' ' || text.p[text.len - 1] == ' ');

	for (size_t i = 0; i < text.len && !quote; i++)
		quote = strchr(",\"\r\n", text.p[i]) != NULL;
	if (!quote) {
		buf_put_bytes(out, text);
		return;
	}
	buf_u8(out, '"');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '"')
			buf_u8(out, '"');
		buf_u8(out, text.p[i]);
	}
	buf_u8(out, '"');
}

int csv_out_sheet(struct client *c, const struct sheet *s)
{
	int rc = csv_out_heading(c, s);

	return rc != 0 ? rc : csv_out_rows(c, s);
}

int csv_out_heading(struct client *c, const struct sheet *s)
{
	struct buf out = { 0 }, title = { 0 };

	if (c->bom)
		buf_put_bytes(&out, bytes_str("\xEF\xBB\xBF"));
	for (uint32_t i = 0, put = 0; i < s->column_count; i++) {
		if (s->columns[i].never)
			continue;
		if (put++ > 0)
			buf_u8(&out, ',');
		buf_clear(&title);
		sheet_title(c, s, i, &title);
		csv_out_text(&out, buf_bytes(&title));
	}
	buf_put_bytes(&out, bytes_str("\r\n"));
	int rc = out.err != 0 ? out.err : title.err;
	buf_fini(&title);
	if (rc == 0)
		client_write(c, buf_bytes(&out));
	buf_fini(&out);
	return rc;
}

int csv_out_rows(struct client *c, const struct sheet *s)
{
	struct buf out = { 0 };
	struct buf text = { 0 };

	for (size_t row = 0; row < s->row_count; row++)
		csv_row(c, s, row, &text, &out);
	int rc = out.err != 0 ? out.err : text.err;
	if (rc == 0)
		client_write(c, buf_bytes(&out));
	buf_fini(&out);
	buf_fini(&text);
	return rc;
}

static void csv_row(const struct client *c, const struct sheet *s, size_t row, struct buf *text,
		    struct buf *out)
{
	for (uint32_t i = 0, put = 0; i < s->column_count; i++) {
		const struct cell *cell = sheet_cell(s, row, i);
		if (s->columns[i].never)
			continue;
		if (put++ > 0)
			buf_u8(out, ',');
		buf_clear(text);
		sheet_cell_text(c, s, cell, text);
		if (cell->type == CELL_TEXT)
			csv_out_text(out, buf_bytes(text));
		else
			csv_out_raw(out, buf_bytes(text));
	}
	buf_put_bytes(out, bytes_str("\r\n"));
}
