/* SPDX-License-Identifier: Apache-2.0 */
/* syncer.c -- see syncer.h; the visit itself is in station_session.c and station_enrol.c.
 *
 * The plan is one wall-clock moment, next_try_ms, and the span it was planned with. The timer looks
 * at it at least every SYNCER_LOOK_MS, since libuv's clock stands still while a laptop sleeps; and
 * when the wall clock was set back so far that the moment lies further away than it was planned, it
 * is planned anew (I8). Whoever asks for a sync gets the result of a session that had not begun to
 * speak when they asked: what they saved before is in it. */
#include "daemon/syncer.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"
#include "daemon/slot.h"
#include "daemon/station_session.h"
#include "protocol/errors.h"

enum {
	SYNCER_LOOK_MS = 30 * 1000,
	SYNCER_WAITERS_MAX = 4096,
	SYNCER_START_S = 20, /* after the start, when the last night was missed */
	SYNCER_MISSED_MS = 20 * 3600 * 1000,
};

struct waiter {
	struct waiter *next;
	void (*then)(void *ctx, const struct sync_result *r);
	void *ctx;
};

struct syncer {
	struct node *node;
	struct tls *tls;
	uv_timer_t timer;
	struct syncer_state state;
	struct station_session *session;
	struct station_enrol *enrol;
	void (*enrolled)(void *ctx, const struct fault *f);
	void *enrolled_ctx;
	struct waiter *waiters, *later; /* later: for the session after this one */
	unsigned waiter_count, fails;
	int64_t span_ms;
	unsigned holds;
	bool stopping, again; /* again: another session follows at once */
};

static void plan(struct syncer *s, int64_t span_ms);
static void plan_usual(struct syncer *s, uint64_t hub_says_s);
static void plan_retry(struct syncer *s, uint64_t hub_says_s);
static void on_timer(uv_timer_t *timer);
static void begin(struct syncer *s);
static void on_ended(void *ctx, const struct station_outcome *o);
static void on_enrolled(void *ctx, const struct fault *f);
static void release(struct syncer *s);

int syncer_start(struct syncer **out, struct node *node, struct fault *f)
{
	struct syncer *s = calloc(1, sizeof *s);
	if (s == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	s->node = node;
	int rc = tls_open(&s->tls, &node->key, f);
	if (rc != 0) {
		free(s);
		return rc;
	}
	BF_REQUIRE(uv_timer_init(node->loop, &s->timer) == 0);
	s->timer.data = s;
	s->holds = 1;
	*out = s;
	if (!node->has_peer)
		return 0;
	int64_t age = wall_ms() - node->peer.cursor_ms;
	if (node->config.sync_every_s == 0 && age >= 0 && age < SYNCER_MISSED_MS)
		plan_usual(s, 0);
	else
		plan(s, (int64_t)SYNCER_START_S * 1000);
	return 0;
}

/* ---- when ---- */

static uint32_t draw(uint32_t below)
{
	uint32_t v;
	random_bytes(&v, sizeof v);
	return v % below;
}

static void arm(struct syncer *s)
{
	int64_t wait = s->state.next_try_ms - wall_ms();
	if (wait < 0)
		wait = 0;
	if (wait > SYNCER_LOOK_MS)
		wait = SYNCER_LOOK_MS;
	if (!s->stopping)
		(void)uv_timer_start(&s->timer, on_timer, (uint64_t)wait, 0);
}

static void plan(struct syncer *s, int64_t span_ms)
{
	s->span_ms = span_ms;
	s->state.next_try_ms = wall_ms() + span_ms;
	arm(s);
}

static void plan_usual(struct syncer *s, uint64_t hub_says_s)
{
	const struct config *c = &s->node->config;
	int64_t span;

	if (c->sync_every_s != 0) /* up to a tenth later, so that nodes set alike drift apart */
		span = (int64_t)c->sync_every_s * 1000 + draw(c->sync_every_s * 100);
	else if (hub_says_s != 0)
		span = (int64_t)hub_says_s * 1000;
	else
		span = slot_wait_ms(s->node->origin, c->sync_hour_from, c->sync_hour_to, wall_ms());
	plan(s, span);
}

/* A busy hub names its own time, and a quarter is drawn on top. Else doubling, with half of it
 * drawn: nodes that fell out together do not come back together. */
static void plan_retry(struct syncer *s, uint64_t hub_says_s)
{
	if (hub_says_s != 0) {
		plan(s, (int64_t)hub_says_s * 1000 + draw((uint32_t)hub_says_s * 250));
		return;
	}
	uint32_t base_s = SYNC_RETRY_MAX_S;
	if (s->fails < 10 && (SYNC_RETRY_MIN_S << s->fails) < SYNC_RETRY_MAX_S)
		base_s = (uint32_t)SYNC_RETRY_MIN_S << s->fails;
	s->fails++;
	plan(s, (int64_t)base_s * 500 + draw(base_s * 500));
}

static void on_timer(uv_timer_t *timer)
{
	struct syncer *s = timer->data;
	int64_t left = s->state.next_try_ms - wall_ms();

	if (s->state.next_try_ms == 0 || s->session != NULL || s->enrol != NULL)
		return;
	if (left > s->span_ms + SYNCER_LOOK_MS) /* the clock was set back */
		plan(s, s->span_ms);
	else if (left > 0)
		arm(s);
	else
		begin(s);
}

/* ---- a session ---- */

static void tell(struct syncer *s, struct waiter **list, const struct sync_result *r)
{
	struct waiter *w = *list;
	*list = NULL;
	while (w != NULL) {
		struct waiter *next = w->next;
		s->waiter_count--;
		w->then(w->ctx, r);
		free(w);
		w = next;
	}
}

static void tell_fault(void (*then)(void *, const struct sync_result *), void *ctx,
		       enum fault_code code)
{
	struct sync_result r = { .started_ms = wall_ms() };
	if (then == NULL)
		return;
	r.rc = fault_say(&r.fault, code, NULL, NULL, NULL);
	then(ctx, &r);
}

static void begin(struct syncer *s)
{
	s->state.last_try_ms = wall_ms();
	s->state.next_try_ms = 0;
	(void)uv_timer_stop(&s->timer);
	int rc = station_session_open(&s->session, s->node, s->tls, on_ended, s);
	if (rc != 0) {
		struct station_outcome o = { .result = { .started_ms = wall_ms() } };
		o.result.rc = fault_say(&o.result.fault, FAULT_NO_MEMORY, NULL, NULL, NULL);
		s->holds++;
		on_ended(s, &o);
		return;
	}
	s->holds++;
	s->state.running = true;
}

void syncer_now(struct syncer *s, void (*then)(void *ctx, const struct sync_result *r), void *ctx)
{
	struct waiter *w = NULL;

	if (s->stopping || !s->node->has_peer) {
		tell_fault(then, ctx, s->stopping ? FAULT_STOPPING : FAULT_NOT_ENROLLED);
		return;
	}
	if (then != NULL) {
		w = s->waiter_count < SYNCER_WAITERS_MAX ? calloc(1, sizeof *w) : NULL;
		if (w == NULL) {
			tell_fault(then, ctx, FAULT_SYNC_RUNNING);
			return;
		}
		w->then = then;
		w->ctx = ctx;
		s->waiter_count++;
	}
	bool join = s->session != NULL && station_session_joinable(s->session);
	struct waiter **list = s->session == NULL || join ? &s->waiters : &s->later;
	if (w != NULL) {
		w->next = *list;
		*list = w;
	}
	if (s->session != NULL)
		s->again = s->again || !join;
	else if (s->enrol != NULL)
		s->again = true;
	else
		begin(s);
}

static void log_result(const struct sync_result *r)
{
	if (r->rc != 0)
		log_warn(ev("sync_failed"), lf(&r->fault), lu("entries", r->entries),
			 li("ms", r->ms));
	else
		log_info(ev("sync_done"), lu("entries", r->entries), lu("held", r->held),
			 lu("bytes_in", r->bytes_in), lu("bytes_out", r->bytes_out),
			 lu("round_trips", r->round_trips), li("ms", r->ms),
			 li("clock_ms", r->clock_ms));
	if (r->malformed.count > 0)
		log_warn(ev("hub_malformed"), lu("count", r->malformed.count),
			 lu("first", r->malformed.first));
}

/* What the hub asked for was bounded, and drawn upon: whoever reads it is told what is done. */
static void say_wait(const struct syncer *s, struct fault *f)
{
	char seconds[24];

	if (f->code != FAULT_HUB_BUSY && f->code != FAULT_HUB_DISK_FULL)
		return;
	(void)snprintf(seconds, sizeof seconds, "%lld", (long long)((s->span_ms + 999) / 1000));
	(void)fault_say(f, f->code, NULL, seconds, NULL);
}

static void on_ended(void *ctx, const struct station_outcome *o)
{
	struct syncer *s = ctx;
	struct sync_result r = o->result;

	s->session = NULL;
	s->state.running = false;
	if (!s->again) /* a word that no session heard is no word for the next night's */
		clock_believe(&s->node->clock, false);
	if (r.heard)
		s->state.malformed = r.malformed;
	if (r.rc == 0) {
		s->fails = 0;
		plan_usual(s, o->retry_s);
	} else {
		plan_retry(s, o->retry_s);
		say_wait(s, &r.fault);
	}
	s->state.last = r;
	log_result(&r);
	struct waiter *told = s->waiters;
	bool again = s->again && !s->stopping;
	s->waiters = s->later;
	s->later = NULL;
	s->again = false;
	if (again)
		begin(s);
	tell(s, &told, &r); /* last: they may ask for another at once */
	release(s);
}

/* ---- enrolment ---- */

void syncer_enrol(struct syncer *s, const struct enrol_wish *wish,
		  void (*then)(void *ctx, const struct fault *f), void *ctx)
{
	struct fault f;

	if (s->stopping || s->session != NULL || s->enrol != NULL) {
		(void)fault_say(&f, s->stopping ? FAULT_STOPPING : FAULT_SYNC_RUNNING, NULL, NULL,
				NULL);
		then(ctx, &f);
		return;
	}
	s->enrolled = then;
	s->enrolled_ctx = ctx;
	if (station_enrol_open(&s->enrol, s->node, s->tls, wish, on_enrolled, s, &f) != 0) {
		then(ctx, &f);
		return;
	}
	s->holds++;
}

static void on_enrolled(void *ctx, const struct fault *f)
{
	struct syncer *s = ctx;

	s->enrol = NULL;
	if (f == NULL)
		log_info(ev("enrolled"), lx("origin", s->node->origin));
	else
		log_warn(ev("enrol_failed"), lf(f));
	s->enrolled(s->enrolled_ctx, f);
	if (!s->stopping && s->session == NULL && s->node->has_peer && (f == NULL || s->again)) {
		s->fails = 0;
		s->again = false;
		begin(s);
	} else if (!s->stopping && s->session == NULL && s->state.next_try_ms != 0) {
		arm(s); /* the timer may have fired meanwhile, and found us busy */
	}
	release(s);
}

/* ---- ending ---- */

static void on_timer_closed(uv_handle_t *handle)
{
	release(handle->data);
}

void syncer_stop(struct syncer *s)
{
	if (s == NULL || s->stopping)
		return;
	s->stopping = true;
	s->again = false;
	uv_close((uv_handle_t *)&s->timer, on_timer_closed);
	struct sync_result r = { .started_ms = wall_ms() };
	r.rc = fault_say(&r.fault, FAULT_STOPPING, NULL, NULL, NULL);
	tell(s, &s->later, &r);
	if (s->session ==
	    NULL) /* who asked during an enrolment waits for a session that never comes */
		tell(s, &s->waiters, &r);
	if (s->session != NULL)
		station_session_stop(s->session);
	if (s->enrol != NULL)
		station_enrol_stop(s->enrol);
}

static void release(struct syncer *s)
{
	if (--s->holds > 0)
		return;
	tls_close(s->tls);
	free(s);
}

struct syncer_state syncer_state(const struct syncer *s)
{
	return s->state;
}
