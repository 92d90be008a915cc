/* SPDX-License-Identifier: Apache-2.0 */
/* edit_inside.h -- what cmd_edit.c and edit_ask.c share. No other file includes it. */
#ifndef BF_EDIT_INSIDE_H
#define BF_EDIT_INSIDE_H

#include "client/edit.h"
#include "protocol/entry.h"

struct edit {
	const char *ref, *reason;
	bool back; /* to what stood before it was corrected */
	char own_ref[REF_TEXT_MAX];
	const struct kind *kind; /* that it must be of, or is */
	uint32_t count;
	struct change { /* of one field */
		const char *name;
		const char *text;
		char *own; /* when `text` was typed */
	} changes[FIELDS_MAX];
};

/* Field by field, with what stands; both are shown, and saved after a yes. */
int edit_ask(struct client *c, struct edit *e);
/* What stands: of which kind it is, and its whole ref, whatever is the last one by then. */
int edit_begin(struct client *c, struct edit *e, struct mp_val *before);
int edit_call(struct client *c, const struct edit *e, const struct change *changes, uint32_t count,
	      bool check, struct mp_val *answer);
/* One line of which became which; then both, marked where they differ. */
void edit_head(const struct client *c, struct mp_val answer);
void edit_both(const struct client *c, struct mp_val answer, FILE *to);
/* Rules that the new entry breaks. */
void edit_warn(struct client *c, struct mp_val answer);
/* What the entry says of the field, as a person reads it; the caller frees it. NULL: nothing. */
char *edit_stands(const struct client *c, const struct kind *k, const struct field *field,
		  struct mp_val entry);

#endif
