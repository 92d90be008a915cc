/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.c -- see sheet.h. */
#include "client/sheet.h"

#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/csv_out.h"
#include "client/shown.h"
#include "client/table.h"

static struct cell *sheet_last(struct sheet *s, uint32_t column);

void sheet_fini(struct sheet *s)
{
	free(s->cells);
	buf_fini(&s->text);
	memset(s, 0, sizeof(*s));
}

uint32_t sheet_column(struct sheet *s, const char *key, const char *title, bool right, bool always)
{
	if (s->column_count == SHEET_COLUMNS_MAX) {
		s->err = BF_EBOUND;
		return 0;
	}
	s->columns[s->column_count].key = key;
	s->columns[s->column_count].title = title;
	s->columns[s->column_count].right = right;
	s->columns[s->column_count].always = always;
	return s->column_count++;
}

void sheet_give(struct sheet *s, uint32_t column, unsigned rank, enum sheet_gives gives,
		uint32_t least)
{
	if (column >= s->column_count)
		return;
	s->columns[column].rank = rank < SHEET_RANK_MAX ? rank : SHEET_RANK_MAX;
	s->columns[column].gives = gives;
	s->columns[column].least = least;
}

void sheet_money(const struct client *c, struct sheet *s, uint32_t column)
{
	if (column < s->column_count)
		s->columns[column].unit = money_unit(c);
}

void sheet_title(const struct client *c, const struct sheet *s, uint32_t column, struct buf *out)
{
	buf_put_bytes(out, bytes_str(s->columns[column].title));
	if (s->columns[column].unit == NULL)
		return;
	buf_put_bytes(out, bytes_str(say(c, "（", " (")));
	buf_put_bytes(out, bytes_str(s->columns[column].unit));
	buf_put_bytes(out, bytes_str(say(c, "）", ")")));
}

void sheet_row(struct sheet *s)
{
	size_t need = (s->row_count + 1) * s->column_count;

	if (s->err != 0)
		return;
	if (need > s->cell_cap) {
		size_t cap = need * 2;
		struct cell *cells = realloc(s->cells, cap * sizeof(*cells));
		if (cells == NULL) {
			s->err = BF_ENOMEM;
			return;
		}
		s->cells = cells;
		s->cell_cap = cap;
	}
	memset(s->cells + s->row_count * s->column_count, 0, s->column_count * sizeof(struct cell));
	s->row_count++;
}

static struct cell *sheet_last(struct sheet *s, uint32_t column)
{
	if (s->err != 0 || s->row_count == 0 || column >= s->column_count)
		return NULL;
	return &s->cells[(s->row_count - 1) * s->column_count + column];
}

void sheet_text(struct sheet *s, uint32_t column, struct bytes text)
{
	struct cell *cell = sheet_last(s, column);

	if (cell == NULL || text.len == 0)
		return;
	*cell = (struct cell){ .type = CELL_TEXT, .at = s->text.len, .len = text.len };
	buf_put_bytes(&s->text, text);
	if (s->text.err != 0)
		s->err = s->text.err;
	s->columns[column].shown = true;
}

void sheet_int(struct sheet *s, uint32_t column, int64_t number)
{
	struct cell *cell = sheet_last(s, column);

	if (cell == NULL)
		return;
	*cell = (struct cell){ .type = CELL_INT, .number = number };
	s->columns[column].shown = true;
}

void sheet_fen(struct sheet *s, uint32_t column, int64_t fen)
{
	struct cell *cell = sheet_last(s, column);

	sheet_int(s, column, fen);
	if (cell == NULL)
		return;
	cell->type = CELL_FEN;
	int decimals = 6; /* of 万元: a fen */
	for (; decimals > 2 && fen % 10 == 0; decimals--)
		fen /= 10;
	if (decimals > s->columns[column].decimals)
		s->columns[column].decimals = decimals;
}

const struct cell *sheet_cell(const struct sheet *s, size_t row, uint32_t column)
{
	return &s->cells[row * s->column_count + column];
}

/* "17.00" to "17.00000", so that a column's points stand below each other. */
static void fill_decimals(char number[MONEY_TEXT_MAX], int decimals)
{
	size_t len = strlen(number);
	const char *point = strchr(number, '.');

	for (int has = point == NULL ? decimals : (int)(number + len - point) - 1;
	     has < decimals && len + 1 < MONEY_TEXT_MAX; has++)
		number[len++] = '0';
	number[len] = '\0';
}

void sheet_cell_text(const struct client *c, const struct sheet *s, const struct cell *cell,
		     struct buf *out)
{
	char number[MONEY_TEXT_MAX] = "";

	switch (cell->type) {
	case CELL_NONE:
		return;
	case CELL_TEXT:
		shown_put(out, bytes_of(s->text.p + cell->at, cell->len));
		return;
	case CELL_INT:
		(void)snprintf(number, sizeof(number), "%lld", (long long)cell->number);
		break;
	case CELL_FEN:
		(void)money_text(c, cell->number, number);
		if (c->wan)
			fill_decimals(
			    number,
			    s->columns[(size_t)(cell - s->cells) % s->column_count].decimals);
		break;
	}
	buf_put_bytes(out, bytes_str(number));
}

static int sheet_told(struct client *c, int rc)
{
	if (rc == 0)
		return CLIENT_DONE;
	return client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "sheet", bf_error_name(rc), NULL);
}

int sheet_print(struct client *c, const struct sheet *s)
{
	int rc = s->err;

	if (rc == 0 && c->format == FORMAT_TABLE)
		rc = table_print(c, s);
	else if (rc == 0 && c->format == FORMAT_CSV)
		rc = csv_out_sheet(c, s);
	return sheet_told(c, rc);
}

int sheet_begin(struct client *c, const struct sheet *s)
{
	return sheet_told(c, c->format == FORMAT_CSV ? csv_out_heading(c, s) : 0);
}

int sheet_page(struct client *c, struct sheet *s)
{
	int rc = s->err;

	if (c->format == FORMAT_TABLE)
		return CLIENT_DONE;
	if (rc == 0 && c->format == FORMAT_CSV)
		rc = csv_out_rows(c, s);
	s->row_count = 0;
	s->text.len = 0;
	return rc == 0 ? client_flush(c) /* nothing more is asked for when nobody can take it */
		       : sheet_told(c, rc);
}

void sheet_facts(struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "name", say(c, "项目", "item"), false, true);
	(void)sheet_column(s, "value", say(c, "内容", "value"), false, true);
	sheet_give(s, 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
}

void sheet_fact(struct sheet *s, const char *name, struct bytes value)
{
	sheet_row(s);
	sheet_text(s, 0, bytes_str(name));
	sheet_text(s, 1, value);
}

void sheet_fact_int(struct sheet *s, const char *name, int64_t value)
{
	sheet_row(s);
	sheet_text(s, 0, bytes_str(name));
	sheet_int(s, 1, value);
}
