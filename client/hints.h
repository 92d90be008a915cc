/* SPDX-License-Identifier: Apache-2.0 */
/* hints.h -- the words that would go on with what was typed, and what is said beside each.
 *
 * Thread: any one at a time. Memory: zeroed is empty; texts are the struct's own until
 * hints_fini. */
#ifndef BF_HINTS_H
#define BF_HINTS_H

#include "protocol/bytes.h"

enum { HINTS_MAX = 100 /* that are kept */ };

struct hints {
	struct hint {
		struct bytes text, note; /* what is put; what it means, may be empty */
	} rows[HINTS_MAX];
	size_t count;
	bool more; /* there were others */
};

/* Copies both. The same text twice is one word. */
void hints_put(struct hints *w, struct bytes text, struct bytes note);
/* How far all of them begin alike: bytes, at the end of a character. */
size_t hints_alike(const struct hints *w);
/* Every one of them begins with `typed`. */
bool hints_begin(const struct hints *w, struct bytes typed);
void hints_fini(struct hints *w);

#endif
