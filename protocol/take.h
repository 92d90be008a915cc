/* SPDX-License-Identifier: Apache-2.0 */
/* take.h -- the half of a session that keeps entries: answer what is held, check, store, acknowledge.
 *
 *   LISTEN --HELLO--> LOOKUP --HELD--> READY <--> (BATCH: check, STORE, STORED) --BYE--> OVER
 *
 * T1: STORED is sent only after EVENT_STORED said the run is durable, in the order of the batches.
 * T2: a batch is wished to store only if it continues the chain from what is held or has been
 * accepted before it in this session, entry by entry, seq without holes, its head signed by the node's key.
 * T3: a BATCH starts exactly one after what this session has accepted (WELCOME told the node where that is), else the
 * session ends: a chain cannot be followed from its middle. That two sessions of one node overlap (the older one's
 * stores were still under way) is the store's to see: it compares the bytes, and EVENT_STORED may then report a head
 * beyond the batch. T4: at most BATCH_WINDOW stores are under way.
 * T5: an entry that is not canonical, over a bound, or whose envelope does not fit is refused with the session. */
#ifndef BF_TAKE_H
#define BF_TAKE_H

#include "pack.h"
#include "sync.h"

struct take_start {
	struct public_key node;    /* the key the link authenticated */
	uint32_t incarnation;
	uint64_t origin;           /* chain_origin of the two: a HELLO for another is refused */
	int64_t now_ms;
	uint64_t next_s;           /* slot: when the node should come again */
};

struct take;
struct take *take_open(const struct take_start *start);
void take_close(struct take *t);
enum wish take_step(struct take *t, const struct event *in, struct wished *out);
const char *take_state(const struct take *t);
uint64_t take_stored(const struct take *t);
/* What the node said of itself: where its own log ends and, "" when it did not say, its program. False before HELLO.
 * Not checked against anything: for people. */
bool take_hello(const struct take *t, uint64_t *seq, char program[PROGRAM_BYTES_MAX + 1]);
/* True while the window is full: the driver stops reading the link (back-pressure). */
bool take_full(const struct take *t);
/* True once the node has shown an order of this epoch that is longer than ours, or another one of our length: this hub
 * was set back to an older copy and nobody said so. The session goes on (nothing is lost); the operator must know. */
bool take_rewound(const struct take *t);

#endif
