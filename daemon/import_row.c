/* SPDX-License-Identifier: Apache-2.0 */
/* import_row.c -- see import_row.h. */
#include "daemon/import_row.h"

#include <stdio.h>
#include <string.h>

#include "protocol/errors.h"
#include "protocol/near.h"
#include "protocol/rules.h"

enum { HEADING_PLACES = 5, LIKE_HEADINGS_MAX = 3, LIKE_BYTES_MAX = 128 };

static bool is(struct bytes a, const char *word);
static int unknown_heading(struct bytes heading, struct fault *f);
static int row_place(struct row *row, struct resolve *ask, struct bytes code,
		     const struct bytes names[HEADING_PLACES], struct fault *f);
static const struct field *cell_field(const struct kind *k, const struct row *row,
				      const struct column *column);
static bool others_cell(const struct kind *k, const struct column *column, const struct row *row);
static int at_column(int rc, struct fault *f, struct bytes heading);

/* ---- what a heading means ---- */

struct column row_column(struct bytes heading)
{
	static const struct {
		const char *word;
		enum column_is is;
		uint32_t place;
	} words[] = {
		{ "省", COLUMN_PLACE, 0 },      { "市", COLUMN_PLACE, 1 },
		{ "县", COLUMN_PLACE, 2 },      { "乡", COLUMN_PLACE, 3 },
		{ "村", COLUMN_PLACE, 4 },      { "区划代码", COLUMN_CODE, 0 },
		{ "行政区划", COLUMN_CODE, 0 }, { "行政区划代码", COLUMN_CODE, 0 },
		{ "division", COLUMN_CODE, 0 }, { "户编号", COLUMN_NUMBER, 0 },
		{ "证件号码", COLUMN_ID, 0 },   { "人口编号", COLUMN_MEMBER_NUMBER, 0 },
		{ "姓名", COLUMN_NAME, 0 },     { "证件类型", COLUMN_DOCUMENT, 0 },
		{ "序号", COLUMN_SERIAL, 0 },
	};
	struct column c = { .heading = heading,
			    .household = field_by_name(kind_by_id(KIND_HOUSEHOLD), heading),
			    .member = field_by_name(kind_by_id(KIND_MEMBER), heading) };

	c.is = c.household != NULL || c.member != NULL ? COLUMN_FIELD : COLUMN_UNKNOWN;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(heading, words[i].word)) {
			c.is = words[i].is;
			c.place = words[i].place;
		}
	return c;
}

static bool is(struct bytes a, const char *word)
{
	return bytes_equal(a, bytes_str(word));
}

/* ---- whose row, and where ---- */

int row_read(struct row *row, const struct rows_row *from, const struct column *columns,
	     struct resolve *ask, struct fault *f)
{
	struct bytes names[HEADING_PLACES] = { 0 }, code = { 0 };
	int rc = 0;

	*row = (struct row){ .from = from, .columns = columns };
	if (from->form == ROW_LONG)
		return fault_say(f, FAULT_RECORD_LONG, NULL, "16000", NULL);
	if (from->form != ROW_SOUND)
		return fault_say(f, FAULT_IMPORT_ROW, NULL, NULL, NULL);
	for (uint32_t i = 0; i < from->count; i++) {
		const struct column *column = &columns[from->cells[i].heading];
		struct bytes text = from->cells[i].text;

		switch (column->is) {
		case COLUMN_UNKNOWN: /* the others still say whose row it is */
			rc = rc == 0 ? unknown_heading(column->heading, f) : rc;
			break;
		case COLUMN_PLACE:
			names[column->place] = text;
			break;
		case COLUMN_CODE:
			code = text;
			break;
		case COLUMN_NUMBER:
			row->number = text;
			break;
		case COLUMN_ID:
			row->id = text;
			break;
		case COLUMN_MEMBER_NUMBER:
			row->member_number = text;
			break;
		case COLUMN_NAME:
			row->name = text;
			break;
		case COLUMN_DOCUMENT:
			row->document = text;
			break;
		case COLUMN_FIELD:
		case COLUMN_SERIAL:
			break;
		}
	}
	if (rc == 0 && row->number.len == 0)
		rc = fault_say(f, FAULT_IMPORT_COLUMN, "户编号", NULL, NULL);
	return rc == 0 ? row_place(row, ask, code, names, f) : rc;
}

/* Columns that a heading which nothing knows may mean: those that hold it, or that it holds. */
static void like_heading(const char *typed, struct near *near, struct buf *out)
{
	static const uint16_t kinds[] = { KIND_HOUSEHOLD, KIND_MEMBER };
	uint32_t count = 0;

	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		const struct kind *kind = kind_by_id(kinds[k]);

		for (size_t i = 0; i < kind->count; i++) {
			const char *column = kind->fields[i].column;

			if (column == NULL || (k > 0 && field_by_name(kind_by_id(kinds[0]),
								      bytes_str(column)) != NULL))
				continue; /* a household and a member share some */
			near_try(near, column);
			if (count == LIKE_HEADINGS_MAX ||
			    (strstr(column, typed) == NULL && strstr(typed, column) == NULL))
				continue;
			buf_put_bytes(out, bytes_str(count++ == 0 ? "" : "、"));
			buf_put_bytes(out, bytes_str(column));
		}
	}
}

/* What a heading that nothing knows holds would be lost without a word. */
static int unknown_heading(struct bytes heading, struct fault *f)
{
	char shown[FAULT_WHERE_MAX], like[LIKE_BYTES_MAX],
	    zh[LIKE_BYTES_MAX + 16] = "", en[LIKE_BYTES_MAX + 16] = "";
	struct near near = { .typed = fault_typed(heading, shown) };
	struct buf words = { 0 };

	like_heading(near.typed, &near, &words);
	if (words.len == 0 && near_best(&near) != NULL)
		buf_put_bytes(&words, bytes_str(near_best(&near)));
	if (words.len > 0 && words.len < sizeof(like)) {
		bytes_cstr(buf_bytes(&words), like, sizeof(like));
		(void)snprintf(zh, sizeof(zh), "（相近的有：%s）", like);
		(void)snprintf(en, sizeof(en), " (near it: %s)", like);
	}
	buf_fini(&words);
	return fault_say_word(f, FAULT_IMPORT_HEADING, near.typed, zh, en, NULL);
}

/* The place: by code when there is one, else by the names from the province down. */
static int row_place(struct row *row, struct resolve *ask, struct bytes code,
		     const struct bytes names[HEADING_PLACES], struct fault *f)
{
	struct buf path = { 0 };
	int rc = 0;

	if (code.len > 0)
		return resolve_division(ask, code, &row->division, "区划代码", f);
	for (size_t i = 0; i < HEADING_PLACES; i++) {
		if (names[i].len == 0)
			continue;
		if (path.len > 0)
			buf_u8(&path, '/');
		buf_put_bytes(&path, names[i]);
	}
	if (path.len > 0 && path.err == 0)
		rc = resolve_division(ask, buf_bytes(&path), &row->division, "村", f);
	buf_fini(&path);
	return rc;
}

bool row_member(const struct row *row)
{
	return row->name.len + row->id.len + row->member_number.len > 0;
}

/* ---- what it gives of a kind ---- */

int row_take(const struct row *row, const struct kind *k, struct resolve *ask, struct record *out,
	     struct buf *arena, struct fault *f)
{
	int rc = 0;

	record_fini(out);
	record_init(out, k);
	buf_renew(arena);
	for (uint32_t i = 0; rc == 0 && i < row->from->count; i++) {
		const struct rows_cell *cell = &row->from->cells[i];
		const struct column *column = &row->columns[cell->heading];
		const struct field *field = cell_field(k, row, column);

		if (field != NULL)
			rc = at_column(record_set_text(out, field, cell->text, &ask->ask, arena, f),
				       f, column->heading);
	}
	if (rc == 0 && row->division != 0)
		record_slot(out, k->place)->u = row->division;
	return rc;
}

/* Where a cell belongs in a record of the kind; NULL when it does not. */
static const struct field *cell_field(const struct kind *k, const struct row *row,
				      const struct column *column)
{
	const struct field *field = k->id == KIND_MEMBER ? column->member : column->household;
	const struct code *document;

	if (field == NULL || field->type == T_DIVISION || field->type == T_REF ||
	    others_cell(k, column, row))
		return NULL;
	if (k->id == KIND_MEMBER && column->is == COLUMN_ID) {
		document =
		    code_by_text(field_by_name(k, BYTES_LIT("document"))->list, row->document);
		if (document != NULL && document->code != DOCUMENT_ID &&
		    document->code != DOCUMENT_DISABILITY)
			return field_by_name(k, BYTES_LIT("other-document"));
	}
	return field;
}

/* A heading that both kinds know belongs to the one whose column it is, else to the member. */
static bool others_cell(const struct kind *k, const struct column *column, const struct row *row)
{
	bool member = k->id == KIND_MEMBER;
	const struct field *field = member ? column->member : column->household;
	const struct field *there = member ? column->household : column->member;

	if (there == NULL || (field->column != NULL && is(column->heading, field->column)))
		return false;
	return (there->column != NULL && is(column->heading, there->column)) ||
	       (!member && row_member(row));
}

/* A fault of a field that came from a column names the column. */
static int at_column(int rc, struct fault *f, struct bytes heading)
{
	if (rc != 0 && f->code != FAULT_NONE)
		bytes_cstr(heading, f->where, sizeof(f->where));
	return rc;
}

/* ---- all that is wrong with it ---- */

/* The cell under the heading that a fault names. */
static uint32_t cell_of(const struct row *row, const struct fault *f)
{
	for (uint32_t i = 0; i < row->from->count; i++) {
		struct bytes heading = row->columns[row->from->cells[i].heading].heading;
		char shown[FAULT_WHERE_MAX];

		if (strcmp(bytes_cstr(heading, shown, sizeof(shown)), f->where) == 0)
			return i;
	}
	return UINT32_MAX;
}

void row_tell(const struct row *row, const struct fault *f, struct row_faults *to)
{
	uint32_t cell = cell_of(row, f), at = to->count;

	for (uint32_t i = 0; i < to->count; i++)
		if (to->all[i].fault.code == f->code &&
		    strcmp(to->all[i].fault.where, f->where) == 0)
			return;
	if (to->count == ROW_FAULTS_MAX) {
		to->more++;
		return;
	}
	for (; at > 0 && to->all[at - 1].cell > cell; at--)
		to->all[at] = to->all[at - 1];
	to->all[at] = (struct row_fault){ .cell = cell, .fault = *f };
	to->count++;
}

static void tell_kind(const struct row *row, const struct kind *k, struct resolve *ask,
		      struct record *out, struct buf *arena, struct row_faults *to)
{
	struct fault f = { 0 };

	record_fini(out);
	record_init(out, k);
	buf_renew(arena);
	for (uint32_t i = 0; i < row->from->count; i++) {
		const struct rows_cell *cell = &row->from->cells[i];
		const struct column *column = &row->columns[cell->heading];
		const struct field *field = cell_field(k, row, column);

		if (field != NULL &&
		    at_column(record_set_text(out, field, cell->text, &ask->ask, arena, &f), &f,
			      column->heading) != 0)
			row_tell(row, &f, to);
	}
	if (row_at_field(rules_check(out, &ask->ask, &f), &f, k) != 0)
		row_tell(row, &f, to);
}

void row_tell_all(const struct row *row, struct resolve *ask, struct record *out, struct buf *arena,
		  struct row_faults *to)
{
	for (uint32_t i = 0; i < row->from->count; i++) {
		const struct column *column = &row->columns[row->from->cells[i].heading];
		struct fault f = { 0 };

		if (column->is == COLUMN_UNKNOWN && unknown_heading(column->heading, &f) != 0)
			row_tell(row, &f, to);
	}
	tell_kind(row, kind_by_id(KIND_HOUSEHOLD), ask, out, arena, to);
	if (row_member(row))
		tell_kind(row, kind_by_id(KIND_MEMBER), ask, out, arena, to);
}

int row_at_field(int rc, struct fault *f, const struct kind *k)
{
	const struct field *field =
	    rc == 0 || f->code == FAULT_NONE ? NULL : field_by_name(k, bytes_str(f->where));

	if (field != NULL && field->column != NULL)
		bytes_cstr(bytes_str(field->column), f->where, sizeof(f->where));
	return rc;
}
