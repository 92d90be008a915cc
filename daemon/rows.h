/* SPDX-License-Identifier: Apache-2.0 */
/* rows.h -- rows of a table on their way into the store: heading and text, kept small and read
 * once.
 *
 * A heading is kept once however many rows have it, an empty cell not at all; a row of the national
 * export takes half a kilobyte. Rows of a form that cannot be an entry (no map
 * of texts, too many cells, more text than any entry holds) are kept as just that, so that each can
 * be told by its line. Thread: any one at a time. Memory: a heading lives as long as the rows; a
 * row and its cells until the next rows_take, which gives back what it has passed. */
#ifndef BF_ROWS_H
#define BF_ROWS_H

#include "protocol/mp.h"

enum {
	ROWS_MAX = 200000,             /* of one file */
	ROWS_BYTES_MAX = 128 << 20,    /* kept at once */
	ROWS_HEADINGS_MAX = 512,       /* different ones; also cells of one row */
	ROWS_TEXT_MAX = 64 * 1024 - 1, /* of one row */
};

enum rows_form { ROW_SOUND, ROW_MALFORMED, ROW_LONG };

struct rows_cell {
	uint32_t heading;  /* index */
	struct bytes text; /* trimmed, not empty */
};

struct rows_row {
	uint32_t line;
	enum rows_form form;
	uint32_t count; /* of cells; 0 unless sound */
	const struct rows_cell *cells;
};

struct rows;

struct rows *rows_open(void);    /* NULL: no memory */
void rows_close(struct rows *r); /* NULL is fine */
/* Keep the rows of a list. `lines`: the number of each, as many; else nil, and they are numbered on
 * from `line`. BF_EFORMAT when `lines` do not fit (nothing is kept); BF_EBOUND over ROWS_MAX or
 * ROWS_BYTES_MAX and BF_ENOMEM (what is kept is then good for nothing but rows_close). */
int rows_put(struct rows *r, struct mp_val list, struct mp_val lines, uint64_t line);
uint32_t rows_count(const struct rows *r);
size_t rows_bytes(const struct rows *r); /* kept just now */
uint32_t rows_headings(const struct rows *r);
struct bytes rows_heading(const struct rows *r, uint32_t index);
/* The next row; false when there are no more. */
bool rows_take(struct rows *r, struct rows_row *out);

#endif
