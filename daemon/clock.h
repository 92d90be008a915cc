/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h -- what day it is, on a machine whose clock may be wrong.
 *
 * Village laptops have clocks that are days off, or begin at 1970 after the battery died. Stamps and order
 * never depend on them (I8), but a record's day does: today is its default, and no day may lie after it. So
 * today is the best that is known, in this order:
 *   C1  what the hub last said, and how long this machine has run since: no clock is asked at all.
 *   C2  after a restart: the clock, corrected by how far it was off when the hub was last heard.
 *   C3  else the clock, but never before the newest stamp of our own log, which was today once (less what the
 *       clock was ahead when it was measured).
 * In none of them before this program was built or the hub was last heard. C1 and C2 outweigh the stamps, for a
 * clock that was once a year ahead has left one. Recording never fails for a clock (I10): there is always a today.
 *   C4  A hub's clock may be the wrong one. When it is more than CLOCK_DOUBT_MS off a machine whose own clock is
 *       alive, and off what the hub itself made us believe before, nobody here can tell which of the two is right:
 *       today stays as it was, the hub's word is doubted, and the user says (clock_believe) if the hub is right.
 * Thread: clock_now_ms, clock_doubted and clock_say_doubt any; the others on the loop. */
#ifndef BF_CLOCK_H
#define BF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "protocol/fault.h"

/* Off by more, a clock has been dead or set by a slip, and is not merely wrong. */
#define CLOCK_DOUBT_MS (INT64_C(365) * 24 * 3600 * 1000)

struct clock_facts {
	int64_t wall_ms;  /* what the machine's clock says */
	int64_t build_ms; /* when this program was made */
	int64_t stamp_ms; /* the newest stamp of our own log; 0 none */
	bool measured;    /* the hub has told its time: the three below */
	int64_t off_ms;   /* hub's clock minus ours then */
	int64_t heard_ms; /* the hub's clock then; 0 unknown */
	int64_t since_ms; /* how long this machine has run since; -1: heard before this process began */
};
/* What time it is, by these. Pure. */
int64_t clock_judge(const struct clock_facts *f);
/* C4: is a hub that says `hub_ms` to be doubted? Pure. */
bool clock_doubts(const struct clock_facts *f, int64_t hub_ms);

struct clock {
	uv_mutex_t mutex;
	struct clock_facts facts; /* what is known between questions */
	uint64_t heard_boot_ms;   /* running time when the hub was heard; 0: before this process */
	bool believe;             /* the user's word on what is heard next */
	bool doubted;             /* C4, of what was heard last: */
	int64_t doubt_off_ms;     /* hub's clock minus ours then */
};

/* Nothing known but the build. */
void clock_init(struct clock *c);
void clock_fini(struct clock *c);
/* What the store remembers: the last measure (heard_ms 0: when is not known), and our newest stamp. */
void clock_remember(struct clock *c, int64_t off_ms, int64_t heard_ms);
void clock_saved(struct clock *c, int64_t stamp_ms);
/* The hub says it is `hub_ms`, just now; 0 and what no calendar has is no answer. True when it is
 * believed, and then worth being remembered; else nothing but the doubt has changed. */
bool clock_heard(struct clock *c, int64_t hub_ms);
/* The user says that the hub is right: what it says next is believed, once. Or not (false). */
void clock_believe(struct clock *c, bool hub);
/* Is the hub's clock doubted (C4)? *off_ms then is how far it is from ours. */
bool clock_doubted(struct clock *c, int64_t *off_ms);
/* The same as a sentence: what differs, and how to say which is right. */
bool clock_say_doubt(struct clock *c, struct fault *f);
int64_t clock_now_ms(struct clock *c);

#endif
