/* SPDX-License-Identifier: Apache-2.0 */
/* checked.h -- a data directory looked through by `bangfud --check`, and what it said.
 *
 * The client knows nothing of the store: it runs the program that does, the one beside itself or
 * else the first in PATH, and reads its lines. Thread: one. Memory: caller's. */
#ifndef BF_CHECKED_H
#define BF_CHECKED_H

#include "client/client.h"

struct checked {
	char role[16], origin[24], newest[32]; /* "" when it did not say */
	uint64_t entries, origins, malformed, findings;
};

/* Whether there is a program to look through `dir` with: asked before anything is copied. */
int checked_possible(struct client *c, const char *dir);
/* CLIENT_DONE: it is whole. Else what was found stands on the error output and in the fault. */
int checked_run(struct client *c, const char *dir, struct checked *out);
/* What is in it, after a line that begins with `head`; or as one object or sheet. */
int checked_tell(struct client *c, const char *head, const char *dir, const struct checked *k);

#endif
