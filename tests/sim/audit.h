/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h -- the invariants, by name, and what breaks them. Each ends the process through
 * world_broken.
 *
 *   I1     saved survives; stored at the hub survives           (node.c, audit_step)
 *   I2     each (origin, seq) once
 *   I3     the hub's copy of a log is a prefix of it, byte for byte; the chain is ours
 *   I4     totals, list, voids and counts are what was fed in
 *   I7     every account's balance too; their sum is zero
 *   I8     stamps rise along a log, whatever the clock did
 *   ACK    nothing is acknowledged, on the wire or on disk, before it is durable
 *   CURSOR a station's cursor is what the hub signed last, and goes back only with the hub; what it
 *          has seen never goes back within an epoch, and stands still once the hub was found out;
 *          who takes the hub for set back is right, and says so until it has a new epoch
 *   ORDER  the hub's order only grows
 *   CHECK  `verify` finds nothing
 *   SAME   closing and opening again changes nothing
 *   LIVE   after healing all agree within a bound; nothing fails for no reason */
#ifndef SIM_AUDIT_H
#define SIM_AUDIT_H

#include "tests/sim/world.h"

struct log *audit_log(struct world *w, uint64_t origin);
/* After every step; cheap. */
void audit_step(struct world *w, int node);
/* After something was applied: what is new, and a few random questions. */
void audit_node(struct world *w, struct node *n);
/* The hub is about to say this to a station. */
void audit_said(struct world *w, struct cable *c, struct bytes frames);
/* n->writing was handed to the store, which says that it kept it or not, and what it holds now. */
void audit_kept(struct world *w, struct node *n, bool kept, const struct peer *told);
/* A station has started, and may have kept n->writing just before it died. */
void audit_started(struct world *w, struct node *n);
/* Everything, at the end. */
void audit_end(struct world *w);
/* Which node has not come to agree, for people. Static buffer. */
const char *audit_lag(const struct world *w);

#endif
