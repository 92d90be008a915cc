/* SPDX-License-Identifier: Apache-2.0 */
/* record_set.h -- what the setters of record_set.c, record_key.c, record_number.c and record_each.c
 * share, and record.c with the last. No other file includes it. */
#ifndef BF_RECORD_SET_H
#define BF_RECORD_SET_H

#include "mp.h"
#include "record.h"

enum { SET_WORD_MAX = 192 };

struct set {
	const struct record *record; /* what was set before */
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

/* A copy that stays where it is as long as the record. */
int set_keep(struct set *s, struct bytes b, struct bytes *kept);
/* The entity of `kind` that people call `text`. */
int set_subject(struct set *s, uint16_t kind, struct bytes text, struct ref *ref);
/* By the type of s->field. */
int set_value(struct set *s, struct value *v);

/* The text of a F_KEY field becomes the half-width `out`, unless something bears it already as it
 * was typed. */
int set_key(struct set *s, char out[SET_WORD_MAX]);

int set_count(struct set *s, struct value *v);
int set_decimal(struct set *s, struct value *v);
int set_minutes(struct set *s, struct value *v);
int set_day(struct set *s, struct value *v);
int set_fen(struct set *s, struct value *v);
int set_bool(struct set *s, struct value *v);
int set_each(struct set *s, struct value *v);

/* One value as it stands on the wire. */
void record_put_value(const struct field *f, const struct value *v, struct buf *out);
/* Decode one value that was walked, and check its form. */
int record_take_value(const struct field *f, const struct mp_item *from, struct value *v);
/* The pairs of a T_EACH value, ref and value in turn: behind its header. How many. */
uint32_t record_each_pairs(struct bytes raw, struct bytes *pairs);
/* The next line of what is typed for a T_EACH, without the blanks around it. */
struct bytes record_each_line(struct bytes *rest);
/* "NUMBER=VALUE", with the marks that people type. False when there is none. */
bool record_each_part(struct bytes line, struct bytes *key, struct bytes *text);
/* As people read it: REF=VALUE, a line each. */
void record_each_text(const struct record *r, const struct field *field, bool mask, char lang,
		      struct buf *out);

#endif
