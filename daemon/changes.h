/* SPDX-License-Identifier: Apache-2.0 */
/* changes.h -- who changed what of a household or a person: of each later version its day, its
 * author, and every field that it made another.
 *
 * Values are as reply.h gives them: personal ones masked, so two that differ may read the same. The
 * latest CHANGES_MAX are told, the last first, within CHANGES_BYTES_MAX; all are counted. Thread:
 * any. Memory: own buffers, freed by changes_fini. */
#ifndef BF_CHANGES_H
#define BF_CHANGES_H

#include "daemon/reply.h"

enum { CHANGES_MAX = 50, CHANGES_BYTES_MAX = 128 * 1024 };

struct changes {             /* zeroed */
	struct named *named; /* gets whom the values name */
	struct buf rows;
	size_t at[CHANGES_MAX]; /* where each of them begins */
	uint32_t told, count;
};

/* Gather them, and leave in `state` what the subject is now (view_subject). */
int changes_take(struct changes *ch, struct view *v, struct ref subject, struct record *state);
/* changes: {count, rows: [{ref, day, author, saved_ms, fields: [{name, from, to}]}]} */
void changes_put(struct buf *b, const struct changes *ch);
void changes_fini(struct changes *ch);

#endif
