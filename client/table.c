/* SPDX-License-Identifier: Apache-2.0 */
/* table.c -- see table.h. Two passes: how wide everything is, then the lines. */
#include "client/table.h"

#include <string.h>

#include "client/width.h"

enum { TABLE_GAP = 2 }; /* blanks between columns */

struct layout {
	uint32_t titles[SHEET_COLUMNS_MAX];
	uint32_t natural[SHEET_COLUMNS_MAX]; /* of the widest cell, or the title */
	uint32_t width[SHEET_COLUMNS_MAX];   /* as it is shown */
	bool shown[SHEET_COLUMNS_MAX];
	bool shared[SHEET_COLUMNS_MAX]; /* said above instead */
	bool hidden;                    /* some column is left out */
	bool cut;                       /* some cell is */
	uint32_t last;                  /* the last one shown: not padded */
};

static void layout_measure(const struct client *c, const struct sheet *s, struct layout *l,
			   struct buf *text);
static void layout_share(const struct client *c, const struct sheet *s, struct layout *l);
static void layout_choose(const struct client *c, const struct sheet *s, struct layout *l);
static void layout_spread(const struct sheet *s, struct layout *l, uint32_t spare);
static void table_shared(struct client *c, const struct sheet *s, const struct layout *l,
			 struct buf *text);
static void table_titles(struct client *c, const struct sheet *s, struct layout *l,
			 struct buf *text);
static void table_row(struct client *c, const struct sheet *s, struct layout *l, size_t row,
		      struct buf *text);
static void table_cell(const struct sheet *s, struct layout *l, uint32_t i, struct bytes text,
		       struct buf *line);
static void table_lacks(struct client *c, const struct sheet *s, const struct layout *l,
			struct buf *text);

int table_print(struct client *c, const struct sheet *s)
{
	struct layout l = { .last = 0 };
	struct buf text = { 0 };

	if (s->row_count == 0)
		return BF_OK;
	layout_measure(c, s, &l, &text);
	if (c->screen.columns != 0) {
		layout_share(c, s, &l);
		layout_choose(c, s, &l);
		table_shared(c, s, &l, &text);
	}
	for (uint32_t i = 0; i < s->column_count; i++)
		l.last = l.shown[i] ? i : l.last;
	if (!s->untitled)
		table_titles(c, s, &l, &text);
	for (size_t row = 0; row < s->row_count && text.err == 0; row++)
		table_row(c, s, &l, row, &text);
	table_lacks(c, s, &l, &text);
	int rc = text.err;
	buf_fini(&text);
	return rc;
}

static struct bytes cell_text(const struct client *c, const struct sheet *s, size_t row,
			      uint32_t column, struct buf *text)
{
	buf_clear(text);
	sheet_cell_text(c, s, sheet_cell(s, row, column), text);
	return buf_bytes(text);
}

static struct bytes title_text(const struct client *c, const struct sheet *s, uint32_t column,
			       struct buf *text)
{
	buf_clear(text);
	if (!s->untitled)
		sheet_title(c, s, column, text);
	return buf_bytes(text);
}

/* ---- how wide ---- */

static void layout_measure(const struct client *c, const struct sheet *s, struct layout *l,
			   struct buf *text)
{
	for (uint32_t i = 0; i < s->column_count; i++) {
		l->shown[i] = !s->columns[i].never && (s->columns[i].shown || s->columns[i].always);
		if (!l->shown[i])
			continue;
		l->natural[i] = l->titles[i] = width_of(title_text(c, s, i, text));
		for (size_t row = 0; row < s->row_count; row++) {
			uint32_t width = width_of(cell_text(c, s, row, i, text));
			l->natural[i] = width > l->natural[i] ? width : l->natural[i];
		}
		l->width[i] = l->natural[i];
	}
}

/* A text that is in every row; a long one is left below, where it is cut. */
static bool is_shared(const struct sheet *s, uint32_t column)
{
	const struct cell *first = sheet_cell(s, 0, column);

	for (size_t row = 0; row < s->row_count; row++) {
		const struct cell *cell = sheet_cell(s, row, column);
		if (cell->type != CELL_TEXT || cell->len != first->len ||
		    memcmp(s->text.p + cell->at, s->text.p + first->at, cell->len) != 0)
			return false;
	}
	return true;
}

static void layout_share(const struct client *c, const struct sheet *s, struct layout *l)
{
	for (uint32_t i = 0; s->common && s->row_count > 1 && i < s->column_count; i++) {
		l->shared[i] = l->shown[i] && !s->columns[i].stays &&
			       l->natural[i] <= c->screen.columns && is_shared(s, i);
		l->shown[i] = l->shown[i] && !l->shared[i];
	}
}

/* How narrow the column may become. */
static uint32_t least(const struct sheet *s, const struct layout *l, uint32_t i)
{
	uint32_t width = s->columns[i].least;

	if (width < l->titles[i])
		width = l->titles[i];

	if (s->columns[i].gives == SHEET_FIXED || width > l->natural[i])
		return l->natural[i];
	return width;
}

/* By rank, those of one rank as they stand: each gets at least its least, while there is room. */
static void layout_choose(const struct client *c, const struct sheet *s, struct layout *l)
{
	uint32_t used = 0;
	bool chosen[SHEET_COLUMNS_MAX] = { false };

	for (unsigned rank = 0; rank <= SHEET_RANK_MAX; rank++) {
		for (uint32_t i = 0; i < s->column_count; i++) {
			if (!l->shown[i] || s->columns[i].rank != rank)
				continue;
			uint32_t gap = used > 0 ? TABLE_GAP : 0;
			uint32_t width = least(s, l, i);
			if (used > 0 && used + gap + width > c->screen.columns) {
				l->hidden = true;
				continue;
			}
			chosen[i] = true;
			l->width[i] = width;
			used += gap + width;
		}
	}
	memcpy(l->shown, chosen, sizeof(chosen));
	layout_spread(s, l, used < c->screen.columns ? c->screen.columns - used : 0);
}

/* What is left over goes to the narrowest that could use it, a column at a time. */
static void layout_spread(const struct sheet *s, struct layout *l, uint32_t spare)
{
	while (spare > 0) {
		uint32_t most = s->column_count;
		for (uint32_t i = 0; i < s->column_count; i++)
			if (l->shown[i] && l->width[i] < l->natural[i] &&
			    (most == s->column_count || l->width[i] < l->width[most]))
				most = i;
		if (most == s->column_count)
			return;
		l->width[most]++;
		spare--;
	}
}

/* ---- lines ---- */

static void table_shared(struct client *c, const struct sheet *s, const struct layout *l,
			 struct buf *text)
{
	bool any = false;

	for (uint32_t i = 0; i < s->column_count; i++) {
		if (!l->shared[i])
			continue;
		(void)fprintf(c->out, "%s%s ",
			      any ? say(c, "；", "; ")
				  : say(c, "各行相同：", "the same in all rows: "),
			      s->columns[i].title);
		client_write(c, cell_text(c, s, 0, i, text));
		any = true;
	}
	if (any)
		(void)fputc('\n', c->out);
}

static void pad(struct buf *line, uint32_t columns)
{
	for (uint32_t i = 0; i < columns; i++)
		buf_u8(line, ' ');
}

static void end_line(struct client *c, struct buf *line)
{
	while (line->len > 0 && line->p[line->len - 1] == ' ')
		line->len--;
	buf_u8(line, '\n');
	client_write(c, buf_bytes(line));
	buf_clear(line);
}

static void table_titles(struct client *c, const struct sheet *s, struct layout *l,
			 struct buf *text)
{
	struct buf line = { 0 };

	for (uint32_t i = 0; i < s->column_count; i++)
		if (l->shown[i])
			table_cell(s, l, i, title_text(c, s, i, text), &line);
	end_line(c, &line);
	buf_fini(&line);
}

/* One line, and as many more as its wrapped cells need. */
static void table_row(struct client *c, const struct sheet *s, struct layout *l, size_t row,
		      struct buf *text)
{
	size_t at[SHEET_COLUMNS_MAX] = { 0 };
	struct buf line = { 0 };
	bool more = true;

	for (bool first = true; more; first = false) {
		more = false;
		for (uint32_t i = 0; i < s->column_count; i++) {
			if (!l->shown[i])
				continue;
			bool wraps = s->columns[i].gives == SHEET_WRAPS;
			struct bytes all = cell_text(c, s, row, i, text);
			struct bytes left = bytes_of(all.p + at[i], all.len - at[i]);
			size_t next = left.len;
			if (wraps && left.len > 0)
				left.len = width_line(left, l->width[i], &next);
			if (!first && !wraps)
				left.len = 0;
			at[i] += next;
			more = more || (wraps && at[i] < all.len);
			table_cell(s, l, i, left, &line);
		}
		end_line(c, &line);
	}
	if (line.err != 0)
		text->err = line.err;
	buf_fini(&line);
}

static void table_cell(const struct sheet *s, struct layout *l, uint32_t i, struct bytes text,
		       struct buf *line)
{
	uint32_t width = width_of(text), room = l->width[i];

	if (line->len > 0)
		pad(line, TABLE_GAP);
	if (width > room) {
		size_t before = line->len;
		l->cut = width_cut(text, room, line) || l->cut;
		width = width_of(bytes_of(line->p + before, line->len - before));
	} else {
		pad(line, s->columns[i].right ? room - width : 0);
		buf_put_bytes(line, text);
	}
	if (!s->columns[i].right && i != l->last)
		pad(line, room > width ? room - width : 0);
}

/* What the table lacks, and how to see it. */
static void table_lacks(struct client *c, const struct sheet *s, const struct layout *l,
			struct buf *text)
{
	const char *before = say(c, "未显示的列：", "not shown: ");

	if (s->cut != NULL) {
		*s->cut = *s->cut || l->hidden || l->cut;
		return;
	}
	for (uint32_t i = 0; l->hidden && i < s->column_count; i++) {
		bool there = !s->columns[i].never && (s->columns[i].shown || s->columns[i].always);
		if (!there || l->shown[i] || l->shared[i])
			continue;
		(void)fputs(before, c->out);
		client_write(c, title_text(c, s, i, text));
		before = say(c, "、", ", ");
	}
	if (l->hidden)
		(void)fprintf(c->out, "%s\n", say(c, "；用 --wide 查看。", "; --wide shows all."));
	else if (l->cut)
		table_cut(c);
}

void table_cut(const struct client *c)
{
	(void)fprintf(c->out, "%s\n",
		      say(c, "有“…”的没有写全；用 --wide 查看。",
			  "What ends with … is cut; --wide shows all."));
}
