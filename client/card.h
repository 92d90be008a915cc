/* SPDX-License-Identifier: Apache-2.0 */
/* card.h -- a household on one screen: what it is now, who lives there, the last visits, aid,
 * money, and who changed what; out of what the node answers to `show`.
 *
 * No line is wider than the screen; a list that is not whole says how many there are and how to see
 * the others. Who moved to another household is none of its members. */
#ifndef BF_CARD_H
#define BF_CARD_H

#include "client/client.h"

enum { CARD_ROWS = 3 }; /* of visits, aid and changes: so most cards fit 24 lines */

/* Print it; `changes`: all of those that are told. Returns an exit code. */
int card_told(struct client *c, struct mp_val answer, bool changes);

#endif
