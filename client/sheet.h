/* SPDX-License-Identifier: Apache-2.0 */
/* sheet.h -- rows and columns before they are shown: the same sheet becomes a table (table.c) or
 * CSV (csv_out.c).
 *
 * Numbers stay numbers until they are shown, so that a table can align them and a CSV need not
 * guard them. Errors stick (memory, SHEET_COLUMNS_MAX); check them once, in sheet_print. Memory:
 * cell texts are copied; keys and titles are borrowed (tables, or whoever outlives the sheet). */
#ifndef BF_SHEET_H
#define BF_SHEET_H

#include "client/client.h"

enum { SHEET_COLUMNS_MAX = 64, SHEET_RANK_MAX = 7 };

enum cell_type { CELL_NONE, CELL_TEXT, CELL_INT, CELL_FEN };

struct cell {
	enum cell_type type;
	int64_t number;
	size_t at, len; /* of `text` */
};

/* What a text is still worth reading in, and a number with the name that belongs to it. */
enum { SHEET_TEXT_LEAST = 12, SHEET_NAMED_LEAST = 24 };

/* How a column gives way where a table is wider than the screen. */
enum sheet_gives {
	SHEET_FIXED, /* in full or not at all: numbers, days, codes */
	SHEET_CUT,   /* its texts may be cut */
	SHEET_WRAPS, /* its texts go on in the lines below: a sentence, a fact */
};

struct sheet { /* zeroed is an empty one */
	struct {
		const char *key, *title;
		const char
		    *unit; /* of its numbers, or what of the title it is: told behind it; or NULL */
		bool right;   /* numbers */
		int decimals; /* that its money in 万元 needs: all cells have as many */
		bool shown;   /* set by the first cell that is not empty */
		bool always;  /* shown even when empty */
		bool never;   /* kept for its place, not shown */
		bool stays;       /* in each row, though all rows share it: by what one is told from another */
		enum sheet_gives gives;
		uint32_t least; /* columns of the screen below which it is left out instead */
		unsigned rank;  /* 0 to SHEET_RANK_MAX: the higher, the sooner it is left out */
	} columns[SHEET_COLUMNS_MAX];
	uint32_t column_count;
	bool common;        /* on a screen, what all rows share is said once above */
	bool untitled;      /* a table has no line of titles */
	bool *cut;          /* is set where a table lacks something, instead of a line that says so */
	struct cell *cells; /* row by row */
	size_t row_count, cell_cap;
	struct buf text;
	int err;
};

void sheet_fini(struct sheet *s);
/* Add a column, before the first row. Returns its index. A column that stays empty is not shown
 * unless `always`. */
uint32_t sheet_column(struct sheet *s, const char *key, const char *title, bool right, bool always);
/* Say how a column gives way; unsaid it is fixed, and of the first rank. */
void sheet_give(struct sheet *s, uint32_t column, unsigned rank, enum sheet_gives gives,
		uint32_t least);
/* Say that a column's numbers are money: a figure in 万元 that is read as yuan misleads. */
void sheet_money(const struct client *c, struct sheet *s, uint32_t column);
/* "金额（元）", appended to `out`. */
void sheet_title(const struct client *c, const struct sheet *s, uint32_t column, struct buf *out);
void sheet_row(struct sheet *s);
/* Fill a cell of the last row. */
void sheet_text(struct sheet *s, uint32_t column, struct bytes text);
void sheet_int(struct sheet *s, uint32_t column, int64_t number);
void sheet_fen(struct sheet *s, uint32_t column, int64_t fen);
const struct cell *sheet_cell(const struct sheet *s, size_t row, uint32_t column);
/* A cell as people read it, appended to `out`; a text as shown.h makes it fit. */
void sheet_cell_text(const struct client *c, const struct sheet *s, const struct cell *cell,
		     struct buf *out);
/* Show it as --format says (JSON is json_out.h's business: then nothing is printed). Returns an
 * exit code. */
int sheet_print(struct client *c, const struct sheet *s);
/* CSV in parts: its heading; then the rows so far, which are let go; what is written is held back no
 * longer. A table is printed whole: of one they do nothing. Each returns an exit code. */
int sheet_begin(struct client *c, const struct sheet *s);
int sheet_page(struct client *c, struct sheet *s);

/* Facts: a sheet of name and value, printed as lines. */
void sheet_facts(struct client *c, struct sheet *s);
void sheet_fact(struct sheet *s, const char *name, struct bytes value);
void sheet_fact_int(struct sheet *s, const char *name, int64_t value);

#endif
