/* SPDX-License-Identifier: Apache-2.0 */
/* csv_in.h -- the wall around libcsv and iconv: a table file of people who live in spreadsheets,
 * row by row.
 *
 * UTF-8 with or without its mark, or GB18030 (with GBK and GB2312 inside it). Structure is read
 * from the raw bytes first: comma, quote and line end are below 0x30 and never the second half of a
 * GB18030 character; then each cell is decoded, so a bad byte is named by line and column and costs
 * its own row, not the file. A row that is broken (quote, columns, bytes, bound) is a fault with
 * file:line:column, and reading goes on with the line after the one where that row began: an
 * unclosed quote cannot swallow the file. A workbook, UTF-16 and columns parted by TABs are refused as
 * what they are. An apostrophe that guards a cell from being taken for a
 * formula or a number (csv_out.h) is no part of its text. Thread: one. Memory: cells live until the next call.
 */
#ifndef BF_CSV_IN_H
#define BF_CSV_IN_H

#include "protocol/bytes.h"
#include "protocol/fault.h"

enum {
	CSV_FIELD_MAX = 4096, /* bytes of one cell in the file */
	CSV_COLUMNS_MAX = 256,
	CSV_ROWS_MAX = 1000000, /* without the heading */
	CSV_BYTES_MAX = 64 << 20,
};

struct csv_in;

struct csv_row {
	uint32_t line; /* where it begins, from 1 */
	uint32_t count;
	const struct bytes *cells; /* UTF-8 */
};

enum { CSV_END = 0, CSV_ROW = 1 };

/* Open, find the encoding (`encoding` NULL: by looking), read the heading. BF_E... with fault. */
int csv_in_open(struct csv_in **out, const char *path, const char *encoding, struct fault *f);
/* CSV_ROW, CSV_END, or a BF_E... for one row (then `row->line` says which); after the last row, or
 * one too many, CSV_END however often. */
int csv_in_next(struct csv_in *in, struct csv_row *row, struct fault *f);
/* The heading. */
const struct csv_row *csv_in_heading(const struct csv_in *in);
/* Index of a column by its heading; -1 when there is none. */
int csv_in_column(const struct csv_in *in, const char *heading);
/* "UTF-8" or "GB18030". Static. */
const char *csv_in_encoding(const struct csv_in *in);
void csv_in_close(struct csv_in *in);

#endif
