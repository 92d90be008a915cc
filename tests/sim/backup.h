/* SPDX-License-Identifier: Apache-2.0 */
/* backup.h -- what becomes of a hub's disk: copied while it runs, lost, restored from the copy. */
#ifndef SIM_BACKUP_H
#define SIM_BACKUP_H

#include "tests/sim/world.h"

/* The hub is down and its disk has failed: it comes back empty with a new epoch, or as the last
 * copy. */
void backup_strike(struct world *w, struct node *hub);
/* Remove a directory of plain files, and those of one level below. */
void backup_remove(const char *dir);

#endif
