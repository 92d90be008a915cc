/* SPDX-License-Identifier: Apache-2.0 */
/* rows.c -- see rows.h.
 *
 * A row lies in one block whole: line u32, form u8, cells u16, then of each cell heading u16, bytes
 * u16 and the text. Blocks are a queue: filled at the tail, given back at the head. */
#include "daemon/rows.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"

enum { BLOCK_BYTES = 256 * 1024 };

struct block {
	struct block *next;
	size_t bytes;
	uint8_t p[];
};

struct rows {
	struct block *first, *last;
	size_t held;    /* bytes of all blocks and headings */
	size_t at;      /* in `first`: the next row to take */
	uint32_t count; /* ever put */
	struct buf row; /* being written */
	struct bytes headings[ROWS_HEADINGS_MAX];
	uint32_t heading_count;
	struct rows_cell cells[ROWS_HEADINGS_MAX]; /* of the row given out */
};

struct rows *rows_open(void)
{
	return calloc(1, sizeof(struct rows));
}

static void drop_first(struct rows *r)
{
	struct block *b = r->first;

	r->first = b->next;
	r->at = 0;
	r->held -= sizeof(*b) + BLOCK_BYTES;
	free(b);
}

void rows_close(struct rows *r)
{
	if (r == NULL)
		return;
	while (r->first != NULL)
		drop_first(r);
	for (uint32_t i = 0; i < r->heading_count; i++)
		free((void *)(uintptr_t)r->headings[i].p);
	buf_fini(&r->row);
	free(r);
}

uint32_t rows_count(const struct rows *r)
{
	return r->count;
}

size_t rows_bytes(const struct rows *r)
{
	return r->held;
}

uint32_t rows_headings(const struct rows *r)
{
	return r->heading_count;
}

struct bytes rows_heading(const struct rows *r, uint32_t index)
{
	return r->headings[index];
}

/* ---- putting ---- */

static int heading_add(struct rows *r, struct bytes text)
{
	uint8_t *p = malloc(text.len + 1);

	if (p == NULL)
		return BF_ENOMEM;
	memcpy(p, text.p, text.len);
	r->headings[r->heading_count++] = bytes_of(p, text.len);
	r->held += text.len;
	return 0;
}

/* The heading's index, looked for first where the columns of a file follow one another.
 * ROWS_HEADINGS_MAX: there are too many. */
static int heading_index(struct rows *r, struct bytes text, uint32_t guess, uint32_t *index)
{
	*index = guess;
	if (guess < r->heading_count && bytes_equal(r->headings[guess], text))
		return 0;
	for (*index = 0; *index < r->heading_count; ++*index)
		if (bytes_equal(r->headings[*index], text))
			return 0;
	return r->heading_count == ROWS_HEADINGS_MAX ? 0 : heading_add(r, text);
}

static int cell_put(struct rows *r, struct mp_rd *rd, uint32_t *guess, uint32_t *cells,
		    enum rows_form *form)
{
	struct bytes heading = bytes_trim(mp_take_str(rd)), text = bytes_trim(mp_take_str(rd));
	uint32_t index;

	if (rd->err != 0)
		*form = ROW_MALFORMED;
	if (rd->err != 0 || text.len == 0)
		return 0;
	int rc = heading_index(r, heading, *guess, &index);

	if (rc != 0)
		return rc;
	*guess = index + 1;
	if (index == ROWS_HEADINGS_MAX || *cells == ROWS_HEADINGS_MAX)
		*form = ROW_MALFORMED;
	else if (r->row.len + text.len > ROWS_TEXT_MAX)
		*form = ROW_LONG;
	if (*form != ROW_SOUND)
		return 0;
	buf_u16(&r->row, (uint16_t)index);
	buf_u16(&r->row, (uint16_t)text.len);
	buf_put_bytes(&r->row, text);
	++*cells;
	return 0;
}

/* The row's bytes, into r->row. */
static int row_write(struct rows *r, struct mp_val map, uint32_t line)
{
	enum { HEAD_BYTES = 7 };
	enum rows_form form = mp_type_of(map) == MP_MAP ? ROW_SOUND : ROW_MALFORMED;
	uint32_t cells = 0, guess = 0;
	int rc = 0;

	buf_renew(&r->row);
	buf_u32(&r->row, line);
	buf_u8(&r->row, 0);
	buf_u16(&r->row, 0);
	if (form == ROW_SOUND)
		for (struct mp_rd rd = mp_rd_map(map); rc == 0 && form == ROW_SOUND && rd.left > 0;)
			rc = cell_put(r, &rd, &guess, &cells, &form);
	if (rc != 0 || r->row.err != 0)
		return rc != 0 ? rc : r->row.err;
	if (form != ROW_SOUND) {
		r->row.len = HEAD_BYTES;
		cells = 0;
	}
	r->row.p[4] = (uint8_t)form;
	be16_put(r->row.p + 5, (uint16_t)cells);
	return 0;
}

static int row_keep(struct rows *r)
{
	if (r->last == NULL || r->last->bytes + r->row.len > BLOCK_BYTES) {
		struct block *b;

		if (r->held + sizeof(*b) + BLOCK_BYTES > ROWS_BYTES_MAX)
			return BF_EBOUND;
		b = malloc(sizeof(*b) + BLOCK_BYTES);
		if (b == NULL)
			return BF_ENOMEM;
		b->next = NULL;
		b->bytes = 0;
		if (r->last == NULL)
			r->first = b;
		else
			r->last->next = b;
		r->last = b;
		r->held += sizeof(*b) + BLOCK_BYTES;
	}
	memcpy(r->last->p + r->last->bytes, r->row.p, r->row.len);
	r->last->bytes += r->row.len;
	r->count++;
	return 0;
}

static int lines_check(struct mp_val list, struct mp_val lines)
{
	struct mp_rd rd;

	if (mp_type_of(lines) == MP_NIL)
		return 0;
	if (mp_count(lines) != mp_count(list))
		return BF_EFORMAT;
	for (rd = mp_rd_array(lines); rd.err == 0 && rd.left > 0;)
		if (mp_take_uint(&rd) > UINT32_MAX)
			return BF_EFORMAT;
	return rd.err;
}

int rows_put(struct rows *r, struct mp_val list, struct mp_val lines, uint64_t line)
{
	bool numbered = mp_type_of(lines) != MP_NIL;
	struct mp_rd numbers = { 0 };
	int rc = lines_check(list, lines);

	if (rc != 0)
		return rc;
	if (r->count + mp_count(list) > ROWS_MAX)
		return BF_EBOUND;
	if (numbered)
		numbers = mp_rd_array(lines);
	for (struct mp_rd rd = mp_rd_array(list); rc == 0 && rd.left > 0; line++) {
		uint64_t n = numbered ? mp_take_uint(&numbers) : line;

		rc = row_write(r, mp_take(&rd), (uint32_t)n);
		if (rc == 0)
			rc = row_keep(r);
	}
	return rc;
}

/* ---- taking ---- */

bool rows_take(struct rows *r, struct rows_row *out)
{
	while (r->first != NULL && r->at == r->first->bytes) {
		if (r->first == r->last)
			r->last = NULL;
		drop_first(r);
	}
	if (r->first == NULL)
		return false;
	const uint8_t *begin = r->first->p + r->at;
	struct rd rd = rd_of(bytes_of(begin, r->first->bytes - r->at));

	out->line = rd_u32(&rd);
	out->form = rd_u8(&rd);
	out->count = rd_u16(&rd);
	out->cells = r->cells;
	for (uint32_t i = 0; i < out->count; i++) {
		r->cells[i].heading = rd_u16(&rd);
		r->cells[i].text = rd_bytes(&rd, rd_u16(&rd));
	}
	BF_REQUIRE(rd.err == 0); /* it was written above */
	r->at += (size_t)(rd.p - begin);
	return true;
}
