/* SPDX-License-Identifier: Apache-2.0 */
/* each.h -- one command for several people: `service --volunteer 001,002,003` is three records.
 *
 * Fields that hold one each (F_EACH) may be given as a list; the lists of a command go side by side.
 * Memory: the parts are the struct's own until each_fini. */
#ifndef BF_EACH_H
#define BF_EACH_H

#include "protocol/fault.h"
#include "protocol/schema.h"

enum { EACH_MAX = 64 /* records of one command */ };

struct each {
	uint32_t count; /* 0: no field is a list */
	char *parts[EACH_MAX][FIELDS_MAX]; /* NULL: the field is none of the lists */
};

/* Split what was typed for the fields of `k`. 0 or BF_E... with fault: too many, one twice, lists
 * that do not go together. */
int each_take(struct each *e, const struct kind *k, const char *const text[FIELDS_MAX],
	      struct fault *f);
void each_fini(struct each *e);

#endif
