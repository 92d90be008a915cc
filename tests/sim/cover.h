/* SPDX-License-Identifier: Apache-2.0 */
/* cover.h -- which fault met which state, how often: a campaign that never cut a session in CHAIN
 * proves nothing about it.
 *
 * One table per process in memory shared with the parent, which adds them up. */
#ifndef SIM_COVER_H
#define SIM_COVER_H

#include <stdint.h>

enum { COVER_ROWS_MAX = 256, COVER_NAME_MAX = 48 };

struct cover_row {
	char name[COVER_NAME_MAX];
	uint64_t count;
};
struct cover {
	struct cover_row row[COVER_ROWS_MAX];
};

/* Count "fault @ state". */
void cover_hit(struct cover *c, const char *fault, const char *state);
void cover_add(struct cover *to, const struct cover *from);
/* Print all rows sorted; returns the number of pairs in the list of those that must occur which did
 * not. */
unsigned cover_print(struct cover *c);

#endif
