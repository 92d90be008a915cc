/* SPDX-License-Identifier: Apache-2.0 */
/* flagged.h -- warnings, as people read them: after a record was saved, and as a list of all that
 * has one.
 *
 * A list without --kind is of all kinds; its rows say what they are in one column, since no two
 * kinds share their fields. Memory: borrowed from the answer. */
#ifndef BF_FLAGGED_H
#define BF_FLAGGED_H

#include "client/command.h"

/* The answer's flags: [{name, zh, en}], a line each. With `count` and `line` in it, of an import,
 * so many entries. On the error output where the standard one is for a program. */
void flagged_tell(struct client *c, struct mp_val answer);
/* An entry's flags: [name], in a word or two each; with `sentence` in full. Appended to `out`. */
void flagged_put(const struct client *c, struct mp_val entry, bool sentence, struct buf *out);
/* `bangfu list --flagged` without a kind. */
int flagged_list(struct client *c, const struct args *a);

#endif
