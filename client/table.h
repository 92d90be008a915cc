/* table.h -- the wall around libsmartcols: a sheet as an aligned table; a Chinese character is two
 * columns wide. */
#ifndef BF_TABLE_H
#define BF_TABLE_H

#include "client/sheet.h"

/* Returns 0 or BF_ENOMEM. Nothing is ever cut: figures that lose a digit mislead. */
int table_print(struct client *c, const struct sheet *s);

#endif
