/* SPDX-License-Identifier: Apache-2.0 */
/* look.h -- whether a record is the one that somebody looks for: by part of a name, by how it is
 * read (wxs, wangxiaoshan, 王xs), by a number or its end.
 *
 * What is compared follows from the schema: the texts by which people call a thing (`called`), and
 * numbers: F_KEY by any part, ID and phone whole or by their last LOOK_TAIL_MIN characters or more.
 * Half-width or full-width, capitals, blanks and the dots within a name make no difference. Pure. */
#ifndef BF_LOOK_H
#define BF_LOOK_H

#include "record.h"

enum {
	LOOK_BYTES_MAX = 63, /* of what was typed, blanks and dots left out */
	LOOK_TAIL_MIN = 4,
};

/* How well it fits: the lower the better. */
enum look_fit {
	LOOK_WHOLE = 1, /* it is the name or the number */
	LOOK_EDGE,      /* the name begins so, the number ends so */
	LOOK_PART,      /* it is somewhere within */
	LOOK_NONE,
};

struct look {
	char text[LOOK_BYTES_MAX + 1]; /* folded */
	size_t len;
	char number[LOOK_BYTES_MAX + 1]; /* the same without hyphens */
	bool letters; /* some of it may be pinyin */
};

/* 0; BF_EINVAL: nothing is left of it; BF_EBOUND: longer than LOOK_BYTES_MAX; BF_EFORMAT: no text. */
int look_take(struct look *l, struct bytes typed);
enum look_fit look_name(const struct look *l, struct bytes name);
/* The best that any field of it gives. */
enum look_fit look_record(const struct look *l, const struct record *r);
/* Whether records of the kind can be looked for at all. */
bool look_kind(const struct kind *k);
/* "whole", "edge", "part"; static. */
const char *look_fit_name(enum look_fit fit);

/* What people call it: the number, and the name as it may be shown to who typed `l`: masked where it is a person's,
 * but for the characters that he typed himself. Empty when it has none. */
struct look_called {
	struct bytes number; /* borrowed from the record */
	char name[256], initials[64];
};
void look_called(const struct look *l, const struct record *r, struct look_called *out);

#endif
