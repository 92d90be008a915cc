/* SPDX-License-Identifier: Apache-2.0 */
/* session.c -- what the daemon does with a machine's wishes, in virtual time. See world.h and
 * daemon/writer.h.
 *
 * A session begins after all that was saved is applied, so that what HELLO offers can be loaded.
 * Answers to HELD and STORE come through the hub's writer: grouped, late, or never. A node's clock
 * goes in; it decides nothing (I8). */
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, NEXT_S = 60 };

static int open_cables(const struct world *w, int station)
{
	int count = 0;

	for (int i = 0; i < CABLES_MAX; i++)
		if (w->cable[i].used && w->cable[i].station == station && w->cable[i].give != NULL)
			count++;
	return count;
}

/* A station's turn: queue the beginning of a session, and plan the next turn. */
void session_dial(struct world *w, struct node *n)
{
	int64_t next = w->healed ? rng_between(&w->rng, 30 * SECOND_MS, 90 * SECOND_MS)
				 : rng_between(&w->rng, SECOND_MS, 90 * MINUTE_MS);
	int limit = world_has(w, CHAOS_OVERLAP) ? CABLES_OF_ONE_MAX : 1;

	if (world_strikes(w, CHAOS_OVERLAP, 300))
		next = rng_between(&w->rng, 1, SECOND_MS);
	world_plan(w, next, HAPPEN_DIAL, n->index, -1, 0);
	if (!n->up || open_cables(w, n->index) >= limit)
		return;
	struct errand *e = calloc(1, sizeof *e);
	BF_REQUIRE(e != NULL);
	e->sort = ERRAND_DIAL;
	node_put(w, n, e);
}

static struct give *make_give(struct world *w, struct node *n)
{
	struct give_start start = { .key = &n->key, .incarnation = n->incarnation };
	struct peer peer;
	struct view v;

	BF_REQUIRE(view_begin(n->store, &v) == 0);
	int rc = view_head(&v, n->origin, &start.head);
	if (rc == 0)
		rc = peer_get(&v, &peer);
	view_end(&v);
	if (rc != 0)
		world_broken(w, "I1", "n%d: its own head or hub cannot be read: %s", n->index,
			     bf_error_name(rc));
	start.hub = w->node[0].key.public;
	start.cursor = peer.cursor;
	start.seen = peer.seen;
	start.rewound = peer.rewound_ms != 0;
	start.now_ms = world_clock(w, n);
	return give_open(&start);
}

/* All that was saved before is applied: connect. */
void session_dialled(struct world *w, struct node *n)
{
	struct node *hub = &w->node[0];

	if (!hub->up)
		return;
	struct cable *c = cable_open(w, n->index);
	if (c == NULL)
		return;
	struct take_start start = { .node = n->key.public, .incarnation = n->incarnation };
	start.origin = n->origin;
	start.now_ms = world_clock(w, hub);
	start.next_s = NEXT_S;
	c->give = make_give(w, n);
	c->take = take_open(&start);
	BF_REQUIRE(c->give != NULL && c->take != NULL);
	c->seen = n->seen;
	c->knew = n->rewound_ms != 0;
	if (open_cables(w, n->index) > 1)
		cover_hit(w->cover, "overlap", give_state(c->give));
	world_say(w, "n%d dials on c%d", n->index, cable_index(w, c));
	struct event go = { .type = EVENT_GO };
	session_step(w, c, HUB_SIDE, &go);
	session_step(w, c, STATION_SIDE, &go);
}

/* ---- the station's wishes ---- */

static void load(struct world *w, struct cable *c, const struct wished *out, struct buf *bytes,
		 struct event *answer)
{
	struct node *n = &w->node[c->station];
	struct view v;

	*answer = (struct event){ .type = EVENT_LOADED };
	answer->loaded.origin = out->origin;
	answer->loaded.first = out->first;
	BF_REQUIRE(view_begin(n->store, &v) == 0);
	buf_clear(bytes);
	answer->rc = view_load(&v, out->origin, out->first, out->limit_bytes, out->limit_count,
			       bytes, &answer->loaded.count);
	view_end(&v);
	answer->loaded.entries = buf_bytes(bytes);
	if (answer->rc != 0)
		world_broken(w, "I1", "n%d: loading %" PRIu64 " gives %s", n->index, out->first,
			     bf_error_name(answer->rc));
}

/* G4, in the world's own words: less than what the station had seen when it dialled. */
static bool is_less(const struct checkpoint *c, const struct checkpoint *seen)
{
	if (c->epoch != seen->epoch)
		return false;
	return c->seq < seen->seq || c->order_length < seen->order_length ||
	       (c->order_length == seen->order_length &&
		!hash_equal(&c->order_hash, &seen->order_hash));
}

/* G1, T1: what a station believes to be stored is stored. G4: it takes the hub for set back exactly
 * when it is, as far as a station can see. */
static void keep(struct world *w, struct cable *c, const struct wished *wished)
{
	const struct checkpoint *checkpoint = &wished->checkpoint;
	struct node *n = &w->node[c->station];
	struct errand *e = calloc(1, sizeof *e);

	BF_REQUIRE(e != NULL);
	c->back = c->back || is_less(checkpoint, &c->seen);
	bool rewound = c->back || (c->knew && checkpoint->epoch == c->seen.epoch);
	if (wished->rewound != rewound)
		world_broken(w, "CURSOR", "n%d takes the hub for %s, it is not", n->index,
			     rewound ? "true" : "set back");
	if (rewound && w->rewound_epoch != checkpoint->epoch)
		world_broken(w, "CURSOR", "n%d saw the hub go back, and it never did", n->index);
	if (checkpoint->epoch == w->node[0].epoch && checkpoint->seq > n->log.hub_synced &&
	    w->rewound_epoch != checkpoint->epoch)
		world_broken(w, "ACK",
			     "n%d keeps %" PRIu64 " as stored, the hub has synced %" PRIu64,
			     n->index, checkpoint->seq, n->log.hub_synced);
	e->sort = ERRAND_KEEP;
	e->keeping = (struct keeping){ *checkpoint, rewound };
	node_put(w, n, e);
}

static void say_end(struct world *w, struct cable *c, enum side side, enum wish wish,
		    const struct wished *out)
{
	world_say(w, "c%d %s %s %s", cable_index(w, c), side == HUB_SIDE ? "hub" : "station",
		  wish_name(wish), wish == WISH_FAIL ? fault_name(out->fault.code) : "");
	cover_hit(w->cover, side == HUB_SIDE ? "hub ends" : "station ends",
		  wish == WISH_FAIL ? fault_name(out->fault.code) : "well");
	if (wish == WISH_FAIL &&
	    out->fault.code == FAULT_INTERNAL) /* a mistake that noticed itself */
		world_broken(w, "LIVE", "c%d: %s", cable_index(w, c), out->fault.en);
}

static void step_station(struct world *w, struct cable *c, const struct event *in)
{
	struct event ev = *in;
	struct wished out;
	struct buf bytes = { 0 };
	uint32_t life = c->life;

	while (c->used && c->life == life && c->give != NULL) {
		enum wish wish = give_step(c->give, &ev, &out);

		ev = (struct event){ .type = EVENT_GO };
		if (wish == WISH_SEND)
			cable_send(w, c, STATION_SIDE, out.bytes);
		else if (wish == WISH_LOAD)
			load(w, c, &out, &bytes, &ev);
		else if (wish == WISH_KEEP)
			keep(w, c, &out);
		else if (wish == WISH_WAIT)
			break;
		else if (wish == WISH_DONE || wish == WISH_FAIL) {
			say_end(w, c, STATION_SIDE, wish, &out);
			cable_end(w, c, STATION_SIDE);
		} else {
			world_broken(w, "LIVE", "give wishes %s", wish_name(wish));
		}
	}
	buf_fini(&bytes);
}

/* Entries were saved and applied while a session is open. */
void session_more(struct world *w, struct node *n)
{
	struct event ev = { .type = EVENT_MORE };
	struct view v;

	BF_REQUIRE(view_begin(n->store, &v) == 0);
	int rc = view_head(&v, n->origin, &ev.held);
	view_end(&v);
	if (rc != 0)
		return;
	for (int i = 0; i < CABLES_MAX; i++) {
		struct cable *c = &w->cable[i];

		if (c->used && c->station == n->index && c->give != NULL) {
			cover_hit(w->cover, "more", give_state(c->give));
			step_station(w, c, &ev);
		}
	}
}

/* ---- the hub's wishes ---- */

static void put_hub(struct world *w, struct cable *c, enum errand_sort sort, const struct run *run,
		    bool spare)
{
	struct errand *e = calloc(1, sizeof *e);

	BF_REQUIRE(e != NULL);
	e->sort = sort;
	e->spare = spare;
	e->cable = cable_index(w, c);
	e->cable_life = c->life;
	e->run.origin = w->node[c->station].origin;
	if (run != NULL) {
		e->run = *run;
		e->bytes = malloc(run->entries.len + 1);
		BF_REQUIRE(e->bytes != NULL);
		memcpy(e->bytes, run->entries.p, run->entries.len);
		e->run.entries.p = e->bytes;
	}
	node_put(w, &w->node[0], e);
}

static void step_hub(struct world *w, struct cable *c, const struct event *in)
{
	struct event ev = *in;
	struct wished out;
	uint32_t life = c->life;

	while (c->used && c->life == life && c->take != NULL) {
		enum wish wish = take_step(c->take, &ev, &out);

		ev = (struct event){ .type = EVENT_GO };
		if (wish == WISH_SEND) {
			audit_said(w, c, out.bytes);
			cable_send(w, c, HUB_SIDE, out.bytes);
		} else if (wish == WISH_HELD) {
			put_hub(w, c, ERRAND_HELD, NULL, false);
		} else if (wish == WISH_STORE) {
			put_hub(w, c, ERRAND_STORE, &out.run, false);
			if (world_strikes(w, CHAOS_DUPLICATE, 300)) {
				put_hub(w, c, ERRAND_STORE, &out.run, true);
				put_hub(w, c, ERRAND_HELD, NULL, true);
				cover_hit(w->cover, "duplicate", take_state(c->take));
			}
		} else if (wish == WISH_WAIT) {
			break;
		} else if (wish == WISH_DONE || wish == WISH_FAIL) {
			say_end(w, c, HUB_SIDE, wish, &out);
			cable_end(w, c, HUB_SIDE);
		} else {
			world_broken(w, "LIVE", "take wishes %s", wish_name(wish));
		}
	}
}

void session_step(struct world *w, struct cable *c, enum side side, const struct event *in)
{
	if (side == HUB_SIDE)
		step_hub(w, c, in);
	else
		step_station(w, c, in);
}

static struct cable *asker(struct world *w, const struct errand *e)
{
	struct cable *c = &w->cable[e->cable];

	return c->used && c->life == e->cable_life && c->take != NULL ? c : NULL;
}

/* What HELLO showed is more than the hub has now, or another order, or the station had found it so
 * before: its operator hears of it. */
static void hub_heard(struct world *w, const struct cable *c, const struct checkpoint *now)
{
	struct checkpoint order = *now;

	order.seq = c->seen.seq; /* HELLO shows the order alone */
	bool less = is_less(&order, &c->seen);
	bool rewound = less || (c->knew && now->epoch == c->seen.epoch);
	if (take_rewound(c->take) != rewound)
		world_broken(w, "CURSOR", "the hub takes itself for %s, it is not",
			     rewound ? "true" : "set back");
	if (rewound)
		cover_hit(w->cover, "rewind", less ? "reported" : "outgrown");
}

static void answer(struct world *w, struct cable *c, const struct errand *e, enum event_type type)
{
	struct node *hub = &w->node[0];
	struct event ev = { .type = type, .rc = e->rc, .held = e->got.head };

	ev.ordinal = e->got.ordinal;
	ev.checkpoint = (struct checkpoint){
		.epoch = store_epoch(hub->store),
		.order_length = e->got.order_length,
		.order_hash = e->got.order_hash,
		.origin = e->got.head.origin,
		.seq = e->got.head.seq,
		.hash = e->got.head.hash,
	};
	checkpoint_sign(&ev.checkpoint, &hub->key);
	step_hub(w, c, &ev);
	if (type == EVENT_HELD && asker(w, e) == c && strcmp(take_state(c->take), "READY") == 0)
		hub_heard(w, c, &ev.checkpoint);
	if (c->used && c->life == e->cable_life)
		cable_read(w, c, HUB_SIDE); /* a place in the window is free again */
}

void session_held(struct world *w, const struct errand *e)
{
	struct cable *c = e->spare ? NULL : asker(w, e);

	if (e->got.head.seq > audit_log(w, e->run.origin)->hub_synced)
		world_broken(w, "ACK",
			     "the hub says that it holds %" PRIu64 ", it has synced %" PRIu64,
			     e->got.head.seq, audit_log(w, e->run.origin)->hub_synced);
	if (c != NULL)
		answer(w, c, e, EVENT_HELD);
}

void session_stored(struct world *w, const struct errand *e)
{
	struct cable *c = e->spare ? NULL : asker(w, e);

	if (c == NULL)
		return;
	if (world_strikes(w, CHAOS_ACK_LOST, 200)) {
		cover_hit(w->cover, "ack lost", take_state(c->take));
		cable_cut(w, c);
		return;
	}
	answer(w, c, e, EVENT_STORED);
}
