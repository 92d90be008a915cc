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
 * Thread: clock_heard and clock_saved on the loop; clock_now_ms any. */
#ifndef BF_CLOCK_H
#define BF_CLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

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

struct clock {
	uv_mutex_t mutex;
	struct clock_facts facts; /* what is known between questions */
	uint64_t heard_boot_ms;   /* running time when the hub was heard; 0: before this process */
};

/* Nothing known but the build. */
void clock_init(struct clock *c);
void clock_fini(struct clock *c);
/* What the store remembers: the last measure (heard_ms 0: when is not known), and our newest stamp. */
void clock_remember(struct clock *c, int64_t off_ms, int64_t heard_ms);
void clock_saved(struct clock *c, int64_t stamp_ms);
/* The hub says it is `hub_ms`, just now; 0 and what no calendar has is no answer. */
void clock_heard(struct clock *c, int64_t hub_ms);
int64_t clock_now_ms(struct clock *c);

#endif
