/* SPDX-License-Identifier: Apache-2.0 */
/* record_set.h -- what the setters of record_set.c, record_key.c and record_number.c share. No
 * other file includes it. */
#ifndef BF_RECORD_SET_H
#define BF_RECORD_SET_H

#include "record.h"

enum { SET_WORD_MAX = 192 };

struct set {
	const struct field *field;
	struct bytes text; /* trimmed, not empty */
	const struct resolver *ask;
	struct buf *arena;
	struct fault *f;
};

/* A fault about this field. Returns its BF_E... */
int set_say(struct set *s, enum fault_code code, const char *detail);
/* Half-width and without any blanks; false when it does not fit. */
bool set_squeeze(struct bytes text, char out[SET_WORD_MAX]);

/* The text of a F_KEY field becomes the half-width `out`, unless something bears it already as it was typed. */
int set_key(struct set *s, char out[SET_WORD_MAX]);

int set_count(struct set *s, struct value *v);
int set_decimal(struct set *s, struct value *v);
int set_minutes(struct set *s, struct value *v);
int set_day(struct set *s, struct value *v);
int set_fen(struct set *s, struct value *v);
int set_bool(struct set *s, struct value *v);

#endif
