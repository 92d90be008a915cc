/* SPDX-License-Identifier: Apache-2.0 */
/* complete.h -- the words that would go on with what is being typed: at a prompt's Tab and at the
 * shell's.
 *
 * Words of a list come from the schema, by their Chinese, their English, their pinyin's initials or
 * their number; households, people and places from the node. Whatever goes wrong there, no words
 * are the answer and nothing is said: somebody is typing. Thread: one. Memory: `words` is the
 * caller's. */
#ifndef BF_COMPLETE_H
#define BF_COMPLETE_H

#include "client/client.h"
#include "client/hints.h"
#include "protocol/schema.h"

enum { COMPLETE_FOUND_MAX = 20 /* households, people or places at once */ };

/* What fits `typed` as a value of the field. *from: where in it the word begins that is meant, behind the
 * last comma of a field that holds several. */
void complete_field(struct client *c, const struct field *field, struct bytes typed, size_t *from,
		    struct hints *words);
/* A place by a part of its name; an entity of the kind that `find` calls so. */
void complete_place(struct client *c, struct bytes typed, struct hints *words);
void complete_named(struct client *c, const char *kind, struct bytes typed, struct hints *words);

#endif
