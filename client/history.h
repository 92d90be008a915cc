/* SPDX-License-Identifier: Apache-2.0 */
/* history.h -- how a thing became what it is: who changed what, and by whom, when and why it does
 * not count, out of what the node answers to `show`.
 *
 * Values are in the reader's words, personal ones masked by the node. Memory: appends to the
 * caller's buf, sticky; not yet fit for a terminal (shown.h), which a sheet sees to. */
#ifndef BF_HISTORY_H
#define BF_HISTORY_H

#include "client/client.h"
#include "protocol/schema.h"

/* "已作废：2026-11-24 21:14 王，原因：…"; nothing when the answer does not say so. */
void history_voided(const struct client *c, struct mp_val answer, struct buf *out);
/* The latest `limit` changes of a subject of kind `k`, a line each, below one that counts them and,
 * when there are more, `all`: how to see them (NULL: nothing says how). Returns an exit code;
 * *cut as in sheet.h. */
int history_changes(struct client *c, const struct kind *k, struct mp_val answer, uint32_t limit,
		    const char *all, bool *cut);

#endif
