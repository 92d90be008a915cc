/* SPDX-License-Identifier: Apache-2.0 */
/* audit_totals.h -- I4 and I7: what a node answers is what was fed in. */
#ifndef SIM_AUDIT_TOTALS_H
#define SIM_AUDIT_TOTALS_H

#include "tests/sim/world.h"

/* A few random questions, or `all` of them: every kind at every level, every account, the list, the
 * counts. */
void audit_totals(struct world *w, struct node *n, struct view *v, bool all);
/* A hash over everything the views of a node say. */
uint64_t audit_digest(struct world *w, struct node *n, struct view *v);

#endif
