/* SPDX-License-Identifier: Apache-2.0 */
/* clock.c -- the only readers of clocks and of randomness. Machines and store get both as
 * arguments. */
#include "daemon/node.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "protocol/calendar.h"
#include "protocol/errors.h"

int64_t wall_ms(void)
{
	struct timespec t;
	BF_REQUIRE(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t mono_ms(void)
{
	struct timespec t;
	BF_REQUIRE(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)(t.tv_nsec / 1000000);
}

/* Running time, sleep included: a laptop's lid is no gap. */
static uint64_t boot_ms(void)
{
	struct timespec t;
	BF_REQUIRE(clock_gettime(CLOCK_BOOTTIME, &t) == 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)(t.tv_nsec / 1000000);
}

/* ---- what day it is ---- */

#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* A time that a calendar has: what came over the wire may be anything. */
static bool sane(int64_t ms)
{
	return ms >= 0 && ms < (DAY_MAX + 1) * DAY_MS;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool near(int64_t a, int64_t b)
{
	return a - b <= CLOCK_DOUBT_MS && b - a <= CLOCK_DOUBT_MS;
}

int64_t clock_judge(const struct clock_facts *f)
{
	int64_t least = later(f->build_ms, f->measured ? f->heard_ms : 0);
	int64_t corrected = f->wall_ms + f->off_ms;
	/* A stamp may have been made by the clock that was ahead. */
	int64_t stamp = f->stamp_ms + (f->measured && f->off_ms < 0 ? f->off_ms : 0);
	/* Off by so much it was dead: once it is alive it is right. */
	bool dead = !near(f->off_ms, 0);

	if (f->measured && f->since_ms >= 0 && f->heard_ms + f->since_ms >= f->build_ms)
		return f->heard_ms + f->since_ms; /* C1 */
	/* A clock that is before what is surely past has changed since it was measured. */
	if (f->measured && corrected >= least && !(dead && f->wall_ms >= least))
		return corrected;                      /* C2 */
	return later(later(f->wall_ms, stamp), least); /* C3 */
}

/* A machine whose clock is dead knows only what is surely past, and any later time may be true. */
bool clock_doubts(const struct clock_facts *f, int64_t hub_ms)
{
	bool alive = f->wall_ms >= f->build_ms;
	bool heard = f->measured && (alive || f->since_ms >= 0);

	if (hub_ms + CLOCK_DOUBT_MS < f->build_ms)
		return true;
	if ((alive && near(hub_ms, f->wall_ms)) || (heard && near(hub_ms, clock_judge(f))))
		return false;
	return alive || heard;
}

void clock_init(struct clock *c)
{
	*c = (struct clock){ .facts.build_ms = BF_BUILD_DAY * DAY_MS };
	BF_REQUIRE(uv_mutex_init(&c->mutex) == 0);
}

void clock_fini(struct clock *c)
{
	uv_mutex_destroy(&c->mutex);
}

void clock_remember(struct clock *c, int64_t off_ms, int64_t heard_ms)
{
	if (!sane(heard_ms) || !sane(off_ms < 0 ? -(off_ms + 1) : off_ms))
		return;
	uv_mutex_lock(&c->mutex);
	c->facts.measured = true;
	c->facts.off_ms = off_ms;
	c->facts.heard_ms = heard_ms;
	c->heard_boot_ms = 0;
	uv_mutex_unlock(&c->mutex);
}

void clock_saved(struct clock *c, int64_t stamp_ms)
{
	uv_mutex_lock(&c->mutex);
	c->facts.stamp_ms = later(c->facts.stamp_ms, stamp_ms);
	uv_mutex_unlock(&c->mutex);
}

/* With the mutex held. */
static struct clock_facts facts_now(const struct clock *c)
{
	struct clock_facts f = c->facts;

	f.since_ms = c->heard_boot_ms == 0 ? -1 : (int64_t)(boot_ms() - c->heard_boot_ms);
	f.wall_ms = wall_ms();
	return f;
}

bool clock_heard(struct clock *c, int64_t hub_ms)
{
	if (hub_ms == 0 || !sane(hub_ms))
		return false;
	uv_mutex_lock(&c->mutex);
	struct clock_facts f = facts_now(c);

	c->doubted = clock_doubts(&f, hub_ms) && !(c->believe && hub_ms >= f.build_ms);
	c->doubt_off_ms = hub_ms - f.wall_ms;
	c->believe = false;
	if (!c->doubted) {
		c->facts.measured = true;
		c->facts.off_ms = hub_ms - f.wall_ms;
		c->facts.heard_ms = hub_ms;
		c->heard_boot_ms = boot_ms();
	}
	bool believed = !c->doubted;
	uv_mutex_unlock(&c->mutex);
	return believed;
}

void clock_believe(struct clock *c, bool hub)
{
	uv_mutex_lock(&c->mutex);
	c->believe = hub;
	uv_mutex_unlock(&c->mutex);
}

bool clock_doubted(struct clock *c, int64_t *off_ms)
{
	uv_mutex_lock(&c->mutex);
	bool doubted = c->doubted;

	*off_ms = c->doubt_off_ms;
	uv_mutex_unlock(&c->mutex);
	return doubted;
}

int64_t clock_now_ms(struct clock *c)
{
	uv_mutex_lock(&c->mutex);
	struct clock_facts f = facts_now(c);

	uv_mutex_unlock(&c->mutex);
	return clock_judge(&f);
}

/* What is before this program was made no word of anybody makes right. */
bool clock_say_doubt(struct clock *c, struct fault *f)
{
	char theirs[11], ours[11];
	int64_t off_ms;

	if (!clock_doubted(c, &off_ms))
		return false;
	int64_t hub_ms = wall_ms() + off_ms;
	(void)fault_say(
	    f, hub_ms < c->facts.build_ms ? FAULT_WARN_HUB_CLOCK_PAST : FAULT_WARN_HUB_CLOCK, NULL,
	    day_print(day_of_ms(hub_ms), theirs), day_print(day_of_ms(clock_now_ms(c)), ours));
	return true;
}

int32_t node_today(struct node *n)
{
	return day_of_ms(clock_now_ms(&n->clock));
}

void random_bytes(void *p, size_t len)
{
	uint8_t *at = p;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		BF_REQUIRE(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

/* It fits a signed integer of whoever reads it elsewhere, and is never 0. */
uint64_t random_epoch(void)
{
	uint64_t epoch;

	random_bytes(&epoch, sizeof epoch);
	return epoch >> 1 | 1;
}
