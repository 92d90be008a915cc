/* SPDX-License-Identifier: Apache-2.0 */
/* give.h -- the half of a session that has entries: greet, learn what the other holds, send the rest.
 *
 *   GREET --HELLO--> ASKED --WELCOME--> [CHAIN] --> FEED <--> (BATCH/STORED) --> BYE --> OVER
 *
 * CHAIN recomputes our own hash at the seq the hub holds, when that is not where our cursor was: an
 * acknowledgement was lost (hub ahead of cursor), or the hub was restored (behind it).
 * G1: only what the hub signed as held moves the cursor. G2: a hub whose hash differs from ours at
 * the seq it holds ends the session with FAULT_FORK; nothing is sent. G3: at most `window` batches
 * are under way. G4: the cursor is what the hub signed last, up or down; `seen` is the longest order it ever showed in
 * its epoch. A hub that shows less than `seen`, or another order of that length, was set back to an older copy: it is
 * given its entries again (nothing is lost), and from then on `seen` stands still as evidence until the hub has a new
 * epoch. It is judged beside what HELLO showed, which the hub had signed before it answered, so sessions that overlap
 * raise no false alarm. */
#ifndef BF_GIVE_H
#define BF_GIVE_H

#include "pack.h"
#include "sync.h"

struct give_start {
	const struct key_pair *key;       /* outlives the machine */
	uint32_t incarnation;
	struct public_key hub;            /* pinned */
	struct head head;                 /* of our log: origin, seq, hash */
	struct checkpoint cursor;         /* what this hub signed last; zeroed when none */
	struct checkpoint seen;           /* the longest order it showed in that epoch; HELLO shows this one */
	bool rewound;                     /* it was noticed before that the hub had gone back behind `seen` */
	int64_t now_ms;
	struct bytes program;             /* told to the hub's operator; outlives the machine; empty: unsaid */
	bool stay;                        /* keep the session open for EVENT_MORE instead of BYE (bench, "follow") */
};

struct give;
struct give *give_open(const struct give_start *start); /* NULL: no memory */
void give_close(struct give *g);
enum wish give_step(struct give *g, const struct event *in, struct wished *out);
/* For logs and the simulator's coverage: the state's name; entries acknowledged in this session. Static. */
const char *give_state(const struct give *g);
uint64_t give_acked(const struct give *g);
/* What the hub said last of our entries: how many it holds and cannot count, since they are malformed to it. False while
 * it has said nothing. An older hub never says any. Not signed: a report, for people. */
bool give_malformed(const struct give *g, struct malformed *out);
/* True while the hub is known to have gone back behind what it had signed in the same epoch. */
bool give_rewound(const struct give *g);

#endif
