/* SPDX-License-Identifier: Apache-2.0 */
/* csv_out.h -- CSV as RFC 4180 writes it, safe to open in a spreadsheet.
 *
 * A text cell that a spreadsheet would take for a formula (it begins with = + - @, TAB, CR, or the
 * full-width forms of these), or would write otherwise, gets a leading apostrophe: a number with a
 * zero in front, with more than 15 digits or with an exponent, and what looks like a day and is not
 * written as ours. So does one that already has apostrophes before such a text; csv_in.h takes one
 * away again, so every text comes back as it was. Numbers are not guarded: they are written by us
 * from integers.
 */
#ifndef BF_CSV_OUT_H
#define BF_CSV_OUT_H

#include "client/sheet.h"

/* True when the text, after apostrophes or none, is one of those. */
bool csv_out_guarded(struct bytes text);
/* Append one text cell: guarded, quoted when it must be. */
void csv_out_text(struct buf *out, struct bytes text);
/* Append one cell as it is, quoted when it must be. */
void csv_out_raw(struct buf *out, struct bytes text);
/* Heading line and rows, lines ended by CRLF. Money is in yuan. Returns 0 or BF_ENOMEM, and then
 * has written nothing of what failed. */
int csv_out_sheet(struct client *c, const struct sheet *s);
/* The same in parts: the heading once, then the rows of one sheet after another. */
int csv_out_heading(struct client *c, const struct sheet *s);
int csv_out_rows(struct client *c, const struct sheet *s);

#endif
