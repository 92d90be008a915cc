/* SPDX-License-Identifier: Apache-2.0 */
/* record_fx.h -- what the tests of record.h share: one record, set and read in text. */
#ifndef BF_RECORD_FX_H
#define BF_RECORD_FX_H

#include "model_world.h"

struct fx {
	struct record rec, back;
	struct buf arena, bytes, again, text;
	struct resolver ask;
	struct fault fault;
};

/* ---- the names are the tests' own: they read better without a prefix ---- */

int setup(void **state);
int teardown(void **state);
void fresh(struct fx *f, uint16_t kind);
int set(struct fx *f, const char *name, const char *text);
/* The field must be refused with this fault, in a sentence that names it. */
void refused(struct fx *f, const char *name, const char *text, enum fault_code code);
const char *text_of(struct fx *f, const char *name, bool mask, char lang);
/* Set, and read as people see it. */
const char *through(struct fx *f, const char *name, const char *text);

#endif
