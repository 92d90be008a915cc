/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.h -- whose data a directory holds and up to when, in lines for --check: so that of
 * several backups the right one is put back. No personal data. Thread: any, no other user of the
 * store. */
#ifndef BF_INVENTORY_H
#define BF_INVENTORY_H

#include "daemon/config.h"
#include "storage/store.h"

/* Prints `role`, `origin` and, when there is any entry, `newest`: when the last one of the order
 * was recorded, by the clock there. What cannot be read is left out: the check says why. */
void inventory_print(struct store *s, const struct config *c);

#endif
