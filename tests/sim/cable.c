/* SPDX-License-Identifier: Apache-2.0 */
/* cable.c -- bytes between a station and the hub: late, in pieces, and cut where it hurts. See
 * world.h.
 *
 * What a dead end has sent still arrives (a stalled TCP connection delivers hours later), and an
 * end may learn late that the other is gone: this is how sessions of one node come to overlap. */
#include "tests/sim/world.h"

#include <string.h>

enum {
	SECOND_MS = 1000,
	STATION_PATIENCE_MS = 10 * 60 * SECOND_MS,
	HUB_PATIENCE_MS = 40 * 60 * SECOND_MS,
	CUT_BYTES_MOST = 3000,
};

int cable_index(const struct world *w, const struct cable *c)
{
	return (int)(c - w->cable);
}

static struct stream *stream_to(struct cable *c, enum side to)
{
	return to == HUB_SIDE ? &c->up : &c->down;
}

static bool end_lives(const struct cable *c, enum side side)
{
	return side == HUB_SIDE ? c->take != NULL : c->give != NULL;
}

static const char *state_of(const struct cable *c)
{
	return c->give != NULL   ? give_state(c->give)
	       : c->take != NULL ? take_state(c->take)
				 : "NONE";
}

struct cable *cable_open(struct world *w, int station)
{
	struct cable *c = NULL;

	for (int i = 0; i < CABLES_MAX && c == NULL; i++)
		if (!w->cable[i].used)
			c = &w->cable[i];
	if (c == NULL)
		return NULL;
	uint32_t life = c->life + 1;
	memset(c, 0, sizeof *c);
	c->used = true;
	c->life = life;
	c->station = station;
	c->delay_ms = rng_between(&w->rng, 5, 400);
	c->chunk =
	    world_strikes(w, CHAOS_SLOW, 500) ? 1 + (uint32_t)rng_below(&w->rng, 64) : UINT32_MAX;
	c->cut_after =
	    world_strikes(w, CHAOS_CUT, 500) ? (int64_t)rng_below(&w->rng, CUT_BYTES_MOST) : -1;
	world_plan(w, rng_between(&w->rng, STATION_PATIENCE_MS / 4, STATION_PATIENCE_MS),
		   HAPPEN_GONE, station, cable_index(w, c), STATION_SIDE);
	world_plan(w, rng_between(&w->rng, STATION_PATIENCE_MS, HUB_PATIENCE_MS), HAPPEN_GONE, 0,
		   cable_index(w, c), HUB_SIDE);
	return c;
}

void cable_fini(struct cable *c)
{
	give_close(c->give);
	take_close(c->take);
	c->give = NULL;
	c->take = NULL;
	buf_fini(&c->up.flying);
	buf_fini(&c->up.got);
	buf_fini(&c->down.flying);
	buf_fini(&c->down.got);
	c->used = false;
}

static void free_when_over(struct cable *c)
{
	if (c->give == NULL && c->take == NULL)
		cable_fini(c);
}

static void schedule(struct world *w, struct cable *c, enum side to)
{
	struct stream *s = stream_to(c, to);
	int64_t delay = c->delay_ms + rng_between(&w->rng, 0, 20);

	if (s->scheduled)
		return;
	if (world_strikes(w, CHAOS_SLOW, 60)) {
		delay += rng_between(&w->rng, SECOND_MS, 5 * 60 * SECOND_MS);
		cover_hit(w->cover, "stall", state_of(c));
	}
	s->scheduled = true;
	world_plan(w, delay, HAPPEN_ARRIVE, c->station, cable_index(w, c), to);
}

void cable_send(struct world *w, struct cable *c, enum side from, struct bytes bytes)
{
	enum side to = from == HUB_SIDE ? STATION_SIDE : HUB_SIDE;
	struct stream *s = stream_to(c, to);
	struct buf altered = { 0 };

	if (!end_lives(c, to))
		return;
	if (to == HUB_SIDE)
		tamper_up(w, c, bytes, &altered);
	else
		tamper_down(w, c, bytes, &altered);
	buf_put_bytes(&s->flying, buf_bytes(&altered));
	buf_fini(&altered);
	schedule(w, c, to);
}

void cable_cut(struct world *w, struct cable *c)
{
	cover_hit(w->cover, "cut", state_of(c));
	world_say(w, "c%d cut in %s", cable_index(w, c), state_of(c));
	c->cut_after = -1;
	buf_clear(&c->down.flying);
	bool stale = world_strikes(w, CHAOS_STALE, 500);
	if (!stale)
		buf_clear(&c->up.flying);
	else
		cover_hit(w->cover, "stale", state_of(c));
	c->down.closed = true;
	world_plan(w, rng_between(&w->rng, 0, 50), HAPPEN_GONE, c->station, cable_index(w, c),
		   STATION_SIDE);
	world_plan(w, rng_between(&w->rng, 0, stale ? 30 * 60 * SECOND_MS : 5 * SECOND_MS),
		   HAPPEN_GONE, 0, cable_index(w, c), HUB_SIDE);
	if (stale && !c->up.scheduled && c->up.flying.len > 0) {
		c->up.scheduled = true;
		world_plan(w, rng_between(&w->rng, 0, 25 * 60 * SECOND_MS), HAPPEN_ARRIVE,
			   c->station, cable_index(w, c), HUB_SIDE);
	}
}

void cable_arrive(struct world *w, struct cable *c, enum side to)
{
	struct stream *s = stream_to(c, to);
	size_t n = s->flying.len;

	s->scheduled = false;
	if (n > c->chunk)
		n = 1 + (size_t)rng_below(&w->rng, c->chunk);
	bool cut = c->cut_after >= 0 && (uint64_t)c->cut_after <= n;
	if (cut)
		n = (size_t)c->cut_after;
	else if (c->cut_after >= 0)
		c->cut_after -= (int64_t)n;
	if (end_lives(c, to))
		buf_put(&s->got, s->flying.p, n);
	buf_drop(&s->flying, n);
	if (cut)
		cable_cut(w, c);
	cable_read(w, c, to);
	if (!c->used)
		return;
	s = stream_to(c, to);
	if (s->flying.len > 0)
		schedule(w, c, to);
	else if (s->closing && s->got.len == 0 && end_lives(c, to))
		cable_gone(w, c, to);
}

/* Hand whole frames to the machine that reads; a full window at the hub leaves the rest unread
 * (back-pressure). */
void cable_read(struct world *w, struct cable *c, enum side to)
{
	struct stream *s = stream_to(c, to);
	struct bytes payload;
	size_t used;
	uint32_t life = c->life;

	while (c->used && c->life == life && end_lives(c, to)) {
		if (to == HUB_SIDE && take_full(c->take)) {
			cover_hit(w->cover, "back-pressure", take_state(c->take));
			return;
		}
		int rc = frame_take(buf_bytes(&s->got), &payload, &used);
		if (rc == BF_EMORE)
			return;
		if (rc != 0) {
			cable_gone(w, c, to);
			return;
		}
		struct buf frame = { 0 }; /* the machine may end the cable and free what it reads */
		buf_put_bytes(&frame, payload);
		buf_drop(&s->got, used);
		struct event ev = { .type = EVENT_FRAME, .payload = buf_bytes(&frame) };
		session_step(w, c, to, &ev);
		buf_fini(&frame);
	}
}

/* One end learns that the link is gone. */
void cable_gone(struct world *w, struct cable *c, enum side side)
{
	struct event ev = { .type = EVENT_CLOSED };

	if (end_lives(c, side))
		session_step(w, c, side, &ev);
}

void cable_end(struct world *w, struct cable *c, enum side side)
{
	enum side other = side == HUB_SIDE ? STATION_SIDE : HUB_SIDE;
	struct stream *s = stream_to(c, other);

	if (side == HUB_SIDE) {
		take_close(c->take);
		c->take = NULL;
	} else {
		give_close(c->give);
		c->give = NULL;
	}
	s->closing = true;
	if (end_lives(c, other) && s->flying.len == 0 && !s->scheduled) {
		s->scheduled = true;
		world_plan(w, c->delay_ms, HAPPEN_ARRIVE, c->station, cable_index(w, c), other);
	}
	free_when_over(c);
}
