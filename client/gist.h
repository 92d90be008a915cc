/* SPDX-License-Identifier: Apache-2.0 */
/* gist.h -- one line that tells of an entry: what was saved, what was made void.
 *
 * "visit  2026-11-23  village  whom  how much  ref", out of what the node answers to `log` (or says
 * of the entry that `void` voided) and the table of kinds alone; so a new kind has its line without
 * one here. Personal fields come masked. Memory: appends to the caller's buf, sticky. */
#ifndef BF_GIST_H
#define BF_GIST_H

#include "client/client.h"

/* Append the line, fit to be shown on a terminal. `told` may lack what an older node does not tell.
 */
void gist_put(const struct client *c, struct mp_val told, struct buf *out);

#endif
