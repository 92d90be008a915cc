/* SPDX-License-Identifier: Apache-2.0 */
/* versions.h -- the entries that say of a subject what it is, found among all that are about it.
 *
 * The about index has them by day, among all visits of a household: who asks after it walks all of
 * its rows. An answer names the same few subjects in each of its rows, so what a walk found is kept
 * for the next question of the view: a view is one snapshot, so it is true until the view ends, and
 * ends with it. Views within the writer's transactions see what is being put: they keep nothing.
 * Thread: the view's. Memory: what the bounds hold, and the versions of the subject asked last. */
#ifndef BF_VERSIONS_H
#define BF_VERSIONS_H

#include "storage/deltas.h"

struct view;

struct version {
	uint64_t ordinal;
	struct spot spot;
};

/* So many are kept, of so many subjects; then all are forgotten, and what is asked is walked for.
 */
enum { VERSIONS_KEPT_MAX = 4096, VERSIONS_SUBJECTS_MAX = 1024 };
struct versions {               /* zeroed */
	bool keeps;             /* the view is one snapshot */
	struct deltas subjects; /* ref and kind -> place in `found`, number */
	struct buf found;       /* struct version, each subject's in the order */
	struct buf answer;
};
void versions_fini(struct versions *vs);

/* The entries of the subject's own kind that name it, in the order, up to `asof` (UINT64_MAX: now);
 * those that were void by then are left out. *out is borrowed until the next call. */
int versions_find(struct view *v, struct ref subject, uint32_t kind, uint64_t asof,
		  const struct version **out, size_t *count);

#endif
