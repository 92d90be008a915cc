/* SPDX-License-Identifier: Apache-2.0 */
/* table.h -- a sheet as an aligned table that fits the screen: what is most important in full, long
 * texts cut with "…", the rest named below.
 *
 * T1 (never whole by mistake): a text that is cut ends with "…", columns that are left out are
 * named in a line below the table, and what all rows share is said above it instead of in each. T2
 * (figures): numbers are never cut, however narrow the screen; figures that lose a digit mislead.
 * How a column gives way is the sheet's to say (sheet.h). Where nothing is to be cut (a file, a
 * pipe, --wide) every column stands in full. */
#ifndef BF_TABLE_H
#define BF_TABLE_H

#include "client/sheet.h"

/* Returns 0 or BF_ENOMEM. */
int table_print(struct client *c, const struct sheet *s);
/* The line that says so of texts that are cut. */
void table_cut(const struct client *c);

#endif
