/* SPDX-License-Identifier: Apache-2.0 */
/* give_fx.h -- what the tests of give.h share: a station's log, a hub that says what it is told to,
 * and a driver that obeys every wish. */
#ifndef BF_GIVE_FX_H
#define BF_GIVE_FX_H

#include "wire_world.h"

struct fx {
	struct world_log log;
	struct world_hub hub;
	struct give_start start;
	struct give *g;
	struct wished w;
	struct buf frame, sent; /* sent: the last frames wished to be sent */
	struct mp_doc doc;
	struct checkpoint kept;
	bool kept_rewound;
	unsigned keeps, loads, refuses;
};

/* ---- the names are the tests' own: they read better without a prefix ---- */

int setup(void **state);
int teardown(void **state);
/* Obey wishes as a driver does; LOAD is answered at once from the log. Returns WAIT, DONE or FAIL.
 * What was sent is gathered in f->sent. */
enum wish run(struct fx *f, struct event in);
enum wish go(struct fx *f);
enum wish say(struct fx *f, const struct message *m);
struct message welcome(struct fx *f);
struct message stored(struct fx *f);
void hub_holds(struct fx *f, uint64_t seq);
/* What the hub holds now was kept in a session before. */
void knows(struct fx *f);
/* Counts messages of a type in f->sent. */
unsigned sent_of(struct fx *f, enum message_type type);
/* Up to one batch that is under way. */
void feed(struct fx *f);
void ended(struct fx *f, enum wish wish, enum fault_code code);

#endif
