/* SPDX-License-Identifier: Apache-2.0 */
/* node.c -- a process: its writer's queue, its group commits, its deaths and its starts. See
 * world.h.
 *
 * The writer does what daemon/writer.h says: it takes what is queued, stages it, syncs once, and
 * only then answers; indexes follow when it is idle. Between any two of these steps, and inside
 * store_sync and store_apply between any two writes (disk.h), the process may die. A crash drops
 * machines and queues; what the store then remembers is compared with what was promised. */
#include "tests/sim/world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "storage/epoch.h"
#include "storage/roster.h"
#include "tests/sim/audit.h"
#include "tests/sim/backup.h"
#include "tests/sim/fact.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	ARM_CALLS_MAX = 12, /* a death inside the store comes within so many disk calls */
};

/* ---- errands ---- */

static void errands_add(struct errands *q, struct errand *e)
{
	e->next = NULL;
	if (q->last != NULL)
		q->last->next = e;
	else
		q->first = e;
	q->last = e;
	q->count++;
}

static struct errand *errands_take(struct errands *q)
{
	struct errand *e = q->first;

	if (e != NULL) {
		q->first = e->next;
		if (q->first == NULL)
			q->last = NULL;
		q->count--;
	}
	return e;
}

static void errand_free(struct errand *e)
{
	if (e == NULL)
		return;
	fact_free(e->fact); /* when it was not staged */
	free(e->bytes);
	free(e);
}

static void errands_drop(struct errands *q)
{
	for (struct errand *e; (e = errands_take(q)) != NULL;)
		errand_free(e);
}

void node_put(struct world *w, struct node *n, struct errand *e)
{
	errands_add(&n->todo, e);
	if (!n->waking) {
		n->waking = true;
		world_plan(w, rng_between(&w->rng, 0, 30), HAPPEN_WAKE, n->index, -1, 0);
	}
}

/* ---- death ---- */

static void drop_cables(struct world *w, struct node *n)
{
	for (int i = 0; i < CABLES_MAX; i++) {
		struct cable *c = &w->cable[i];

		if (!c->used || (!n->hub && c->station != n->index))
			continue;
		if (n->hub && c->take != NULL)
			cover_hit(w->cover, "hub dies", take_state(c->take));
		if (!n->hub && c->give != NULL)
			cover_hit(w->cover, "station dies", give_state(c->give));
		if ((n->hub ? (void *)c->take : (void *)c->give) != NULL)
			cable_end(w, c, n->hub ? HUB_SIDE : STATION_SIDE);
	}
}

void node_crash(struct world *w, struct node *n, const char *where)
{
	bool cut = world_strikes(w, CHAOS_TORN, 600);
	bool away = strcmp(where, "away") == 0;

	world_say(w, "n%d dies: %s%s", n->index, where, cut ? ", power cut" : "");
	cover_hit(w->cover, n->hub ? "hub crash" : "station crash", where);
	drop_cables(w, n);
	errands_drop(&n->todo);
	errands_drop(&n->done);
	if (cut) {
		if (n->disk.writes > 0)
			cover_hit(w->cover, "power cut", "unsynced journal");
		disk_power_cut(&n->disk, n->dir, &w->rng);
	}
	n->disk.dead = true; /* closing must not save what a dead process could not */
	disk_use(&n->disk);
	store_close(n->store);
	disk_use(NULL);
	n->disk.dead = false;
	n->disk.die_in = -1;
	n->store = NULL;
	n->up = n->waking = n->lazy = false;
	n->life++;
	if (strcmp(where, "disk lost") == 0)
		backup_strike(w, n);
	else if (!n->disk.full && world_strikes(w, CHAOS_DISK_FULL, n->disk.writes > 0 ? 800 : 50))
		world_plan(w, 1, HAPPEN_DISK, n->index, -1, 1);
	world_plan(w,
		   away ? rng_between(&w->rng, HOUR_MS, 5 * HOUR_MS)
			: rng_between(&w->rng, 10, 5 * MINUTE_MS),
		   HAPPEN_START, n->index, -1, 0);
}

/* A step between two calls of the store. */
static bool dies_of(struct world *w, struct node *n, const char *where, uint32_t per_mille)
{
	if (n->disk.dead) {
		node_crash(w, n, n->disk.died_at);
		return true;
	}
	if (!world_strikes(w, CHAOS_CRASH, per_mille))
		return false;
	node_crash(w, n, where);
	return true;
}

static bool dies(struct world *w, struct node *n, const char *where)
{
	return dies_of(w, n, where, 8);
}

/* From here to disk_use(NULL) the node's writes are on its disk; its process may die inside. */
static void at_work(struct world *w, struct node *n)
{
	disk_use(&n->disk);
	if (n->disk.die_in < 0 && world_strikes(w, CHAOS_CRASH, 15)) {
		n->disk.die_in = (int64_t)rng_below(&w->rng, ARM_CALLS_MAX);
		n->disk.die_after = rng_chance(&w->rng, 500);
	}
}

/* BF_EIO from a living disk, or any error that is neither full nor a refusal, is a bug or a lie. */
static void expect(struct world *w, struct node *n, int rc, const struct fault *f, const char *what)
{
	disk_use(NULL);
	if (n->disk.full && !n->disk.known_full) {
		cover_hit(w->cover, "disk fills", n->hub ? "hub" : "station");
		n->disk.known_full = true;
		world_plan(w, rng_between(&w->rng, SECOND_MS, HOUR_MS), HAPPEN_DISK, n->index, -1,
			   0);
	}
	if (rc == 0 || n->disk.dead || (rc == BF_EFULL && n->disk.full))
		return;
	world_broken(w, "LIVE", "n%d %s gives %s: %s", n->index, what, bf_error_name(rc), f->en);
}

/* ---- birth ---- */

/* BF_EIO when the process died of it. */
static int open_store(struct world *w, struct node *n, struct fault *f)
{
	struct store_options o = { .dir = n->dir,
				   .map_bytes = UINT64_C(64) << 20,
				   .journal_bytes = STORE_JOURNAL_BYTES_MIN,
				   .epoch = n->epoch };

	at_work(w, n);
	int rc = store_open(&n->store, &o, f);
	if (n->disk.dead) {
		store_close(n->store);
		n->store = NULL;
		rc = BF_EIO;
	}
	disk_use(NULL);
	return rc;
}

/* What died while it was opened or made is started again; nothing it wrote may be in the way. */
static bool died_opening(struct world *w, struct node *n, const char *what)
{
	if (!n->disk.dead)
		return false;
	cover_hit(w->cover, what, n->hub ? "hub" : "station");
	world_say(w, "n%d %s at %s", n->index, what, n->disk.died_at);
	n->disk.dead = false;
	n->disk.die_in = -1;
	return true;
}

/* Make the hub know its stations. */
static void enrol_all(struct world *w, struct node *hub)
{
	struct fault f = { 0 };
	struct node_row row;

	for (int i = 1; i < w->nodes; i++) {
		const struct node *n = &w->node[i];
		struct hash token = hash_one(bytes_of(n->key.public.b, sizeof n->key.public.b));

		int rc = roster_token_add(hub->store, &token, n->division, ROLE_VILLAGE, INT64_MAX,
					  NULL, &f);
		if (rc == 0)
			rc = roster_enrol(hub->store,
					  &(struct roster_asks){ &token, &n->key.public,
								 n->incarnation, BYTES_LIT("sim"),
								 false, 1 },
					  &row, NULL, &f);
		if (rc != 0 || row.origin != n->origin)
			world_broken(w, "SETUP", "enrolment: %s", f.en);
	}
}

static void know_hub(struct world *w, struct node *n)
{
	struct peer p = { .hub = w->node[0].key.public, .host = "hub", .port = 1 };
	struct fault f = { 0 };

	p.division = n->division;
	p.role = ROLE_VILLAGE;
	if (peer_put(n->store, &p, &f) != 0)
		world_broken(w, "SETUP", "peer: %s", f.en);
}

/* A new store in an empty directory; the hub's needs to know everyone. */
void node_create(struct world *w, struct node *n)
{
	struct fault f = { 0 };

	if (mkdir(n->dir, 0700) != 0 && errno != EEXIST)
		world_broken(w, "SETUP", "mkdir %s", n->dir);
	int rc = open_store(w, n, &f);
	while (died_opening(w, n, "creation dies"))
		rc = open_store(w, n, &f);
	if (rc != 0 || store_own(n->store, &n->key, n->incarnation, &f) != 0)
		world_broken(w, "SETUP", "n%d: %s", n->index, f.en);
	n->up = true;
	n->life++;
	n->origin = store_origin(n->store);
	n->log.origin = n->origin;
	if (n->origin != chain_origin(&n->key.public, n->incarnation))
		world_broken(w, "I2", "n%d has another origin than its key's", n->index);
	if (n->hub)
		enrol_all(w, n);
	else
		know_hub(w, n);
}

/* I1: what was synced is there. More may be: what was written and not yet answered. */
static void own_survived(struct world *w, struct node *n)
{
	struct accepted held;
	int rc = store_held(n->store, n->origin, &held);

	if (rc != 0 || held.head.seq < n->log.synced || held.head.seq > n->log.count)
		world_broken(w, "I1",
			     "n%d had saved %" PRIu64 " of %" PRIu64 ", after a restart %" PRIu64,
			     n->index, n->log.synced, n->log.count, rc == 0 ? held.head.seq : 0);
	while (n->log.count > held.head.seq)
		fact_free(n->log.facts[--n->log.count]);
	n->log.synced = held.head.seq;
	world_say(w, "n%d starts with %" PRIu64, n->index, held.head.seq);
}

static void others_survived(struct world *w, struct node *hub)
{
	for (int i = 1; i < w->nodes; i++) {
		struct log *l = &w->node[i].log;
		struct accepted held;
		int rc = store_held(hub->store, l->origin, &held);

		if (rc != 0 || held.head.seq < l->hub_synced || held.head.seq > l->count)
			world_broken(w, "I1",
				     "hub had stored %" PRIu64 " of n%d, after a restart %" PRIu64,
				     l->hub_synced, i, rc == 0 ? held.head.seq : 0);
		l->hub_synced = held.head.seq;
	}
}

/* The operator says that the hub was restored: a new epoch, before anyone is served. A death in
 * there leaves the old one or the new one, and then nothing remains to be said. */
static int declare(struct world *w, struct node *n, struct fault *f)
{
	int rc = 0;

	if (n->draw == 0 || store_epoch(n->store) != n->draw) {
		n->draw = rng_u64(&w->rng) >> 1 | 1;
		at_work(w, n);
		rc = epoch_renew(n->store, n->draw, NULL, f);
		disk_use(NULL);
	}
	if (rc != 0 || n->disk.dead) {
		disk_use(&n->disk);
		store_close(n->store);
		disk_use(NULL);
		n->store = NULL;
		return n->disk.dead ? BF_EIO : rc;
	}
	n->epoch = n->draw;
	n->declare = false;
	n->draw = 0;
	world_say(w, "hub has a new epoch");
	cover_hit(w->cover, "hub restored", "new epoch");
	return 0;
}

static int open_again(struct world *w, struct node *n, struct fault *f)
{
	int rc = open_store(w, n, f);

	if (rc == 0 && n->declare)
		rc = declare(w, n, f);
	return rc;
}

void node_start(struct world *w, struct node *n)
{
	struct fault f = { 0 };

	if (n->up)
		return;
	if (n->fresh) {
		n->fresh = false;
		n->disk.full = false; /* a new disk has room */
		node_create(w, n);
		return;
	}
	int rc = open_again(w, n, &f);
	while (died_opening(w, n, "replay dies"))
		rc = open_again(w, n, &f);
	if (rc == BF_EFULL && n->disk.full) {
		cover_hit(w->cover, "disk full", "start");
		world_plan(w, rng_between(&w->rng, SECOND_MS, 10 * MINUTE_MS), HAPPEN_START,
			   n->index, -1, 0);
		return;
	}
	if (rc != 0)
		world_broken(w, "I1", "n%d does not start: %s", n->index, f.en);
	n->up = true;
	n->life++;
	if (store_epoch(n->store) != n->epoch)
		world_broken(w, "G4", "n%d changed its epoch", n->index);
	own_survived(w, n);
	if (n->hub)
		others_survived(w, n);
	else
		audit_started(w, n);
	if (store_pending(n->store) > 0)
		world_plan(w, rng_between(&w->rng, 1, SECOND_MS), HAPPEN_APPLY, n->index, -1, 0);
	audit_node(w, n);
	/* Whatever killed it may still be there: what replay took for saved must be. */
	if (world_strikes(w, CHAOS_CRASH, n->disk.full ? 600 : 50))
		world_plan(w, rng_between(&w->rng, 1, SECOND_MS), HAPPEN_CRASH, n->index, -1, 0);
}

/* ---- people ---- */

void node_save(struct world *w, struct node *n)
{
	if (!n->up) { /* they try again later */
		world_plan(w, rng_between(&w->rng, SECOND_MS, 20 * MINUTE_MS), HAPPEN_SAVE,
			   n->index, -1, 0);
		return;
	}
	struct errand *e = calloc(1, sizeof *e);
	BF_REQUIRE(e != NULL);
	e->sort = ERRAND_SAVE;
	node_put(w, n, e);
}

/* ---- the writer ---- */

static void log_add(struct log *l, struct fact *f)
{
	if (l->count == l->cap) {
		l->cap = l->cap == 0 ? 32 : 2 * l->cap;
		l->facts = realloc(l->facts, l->cap * sizeof(struct fact *));
		BF_REQUIRE(l->facts != NULL);
	}
	l->facts[l->count++] = f;
}

static void stage_save(struct world *w, struct node *n, struct errand *e)
{
	struct draft d = { .wall_ms = world_clock(w, n) };
	struct ref ref = { 0 };
	struct fault f = { 0 };

	e->fact = fact_draw(w, n);
	fact_draft(e->fact, &d);
	at_work(w, n);
	e->rc = store_append(n->store, &d, &ref, &f);
	expect(w, n, e->rc, &f, "append");
	if (e->rc != 0)
		return;
	if (ref.origin != n->origin || ref.seq != n->log.count + 1)
		world_broken(w, "I2", "n%d: entry %" PRIu64 " was given number %" PRIu64, n->index,
			     n->log.count + 1, ref.seq);
	log_add(&n->log, e->fact);
	e->fact = NULL;
}

static void stage(struct world *w, struct node *n, struct errand *e)
{
	struct fault f = { 0 };

	switch (e->sort) {
	case ERRAND_SAVE:
		stage_save(w, n, e);
		break;
	case ERRAND_STORE:
		at_work(w, n);
		e->rc = store_accept(n->store, &e->run, &e->got, &f);
		if (e->rc == BF_EORDER) /* an earlier run was refused for want of room */
			disk_use(NULL);
		else
			expect(w, n, e->rc, &f, "accept");
		break;
	case ERRAND_HELD: /* in its turn: what others have staged before it is not durable yet */
		e->rc = store_held(n->store, e->run.origin, &e->got);
		if (e->rc != 0)
			world_broken(w, "I1", "hub does not know a station: %s",
				     bf_error_name(e->rc));
		break;
	case ERRAND_KEEP:
	case ERRAND_DIAL:
		break;
	}
}

/* What store_sync has confirmed is a promise. */
static void promise(struct world *w, struct node *n, struct errand *first)
{
	n->log.synced = n->log.count;
	for (struct errand *e = first; e != NULL; e = e->next) {
		if (e->sort != ERRAND_STORE || e->rc != 0)
			continue;
		struct log *l = audit_log(w, e->run.origin);

		if (e->got.head.seq > l->hub_synced)
			l->hub_synced = e->got.head.seq;
	}
}

/* Nothing was changed, and what was staged is forgotten. */
static void forget_staged(struct node *n, struct errand *first, int rc)
{
	while (n->log.count > n->log.synced)
		fact_free(n->log.facts[--n->log.count]);
	for (struct errand *e = first; e != NULL; e = e->next)
		if (e->rc == 0 && (e->sort == ERRAND_SAVE || e->sort == ERRAND_STORE))
			e->rc = rc;
}

static void keep(struct world *w, struct node *n, struct errand *e)
{
	struct fault f = { 0 };
	struct peer row;

	n->writing = e->keeping;
	n->is_writing = true; /* when it dies in here, either is right afterwards */
	at_work(w, n);
	e->rc = peer_keep(n->store, &e->keeping.checkpoint, e->keeping.rewound, world_clock(w, n),
			  0, &row);
	expect(w, n, e->rc < 0 ? e->rc : 0, &f, "peer_keep");
	if (n->disk.dead)
		return;
	if (e->rc >= 0)
		audit_kept(w, n, e->rc == PEER_KEPT, &row);
	n->is_writing = false;
}

/* What needs the synced state: commits of its own, and reads. */
static int finish(struct world *w, struct node *n, struct errand *e)
{
	switch (e->sort) {
	case ERRAND_KEEP:
		keep(w, n, e);
		return 0;
	case ERRAND_DIAL:
		return node_apply(w, n, true) ? 0 : BF_EIO;
	case ERRAND_HELD:
	case ERRAND_SAVE:
	case ERRAND_STORE:
		return 0;
	}
	return 0;
}

static bool stage_all(struct world *w, struct node *n, struct errands *group)
{
	for (struct errand *e = group->first; e != NULL; e = e->next) {
		stage(w, n, e);
		if (dies(w, n, "staging"))
			return false;
	}
	return true;
}

/* Log first: one write, one fdatasync. False: it died of it. */
static bool sync_all(struct world *w, struct node *n, struct errands *group)
{
	struct fault f = { 0 };

	at_work(w, n);
	int rc = store_sync(n->store, &f);
	expect(w, n, rc, &f, "sync");
	if (dies(w, n, "synced"))
		return false;
	if (n->disk.rounds > n->rounds) {
		n->rounds = n->disk.rounds;
		cover_hit(w->cover, "journal begun again", n->hub ? "hub" : "station");
	}
	if (rc == 0)
		promise(w, n, group->first);
	else
		forget_staged(n, group->first, rc);
	return true;
}

void node_wake(struct world *w, struct node *n)
{
	struct errands group = { 0 };
	size_t take = n->todo.count;

	n->waking = false;
	if (rng_chance(&w->rng, 300))
		take = 1 + (size_t)rng_below(&w->rng, take);
	while (group.count < take)
		errands_add(&group, errands_take(&n->todo));
	bool alive = stage_all(w, n, &group) && sync_all(w, n, &group);
	for (struct errand *e = group.first; alive && e != NULL; e = e->next)
		alive = finish(w, n, e) == 0 && !dies(w, n, "finishing");
	if (!alive) {
		errands_drop(&group);
		return;
	}
	for (struct errand *e; (e = errands_take(&group)) != NULL;)
		errands_add(&n->done, e);
	world_plan(w, rng_between(&w->rng, 0, 5), HAPPEN_DONE, n->index, -1, 0);
	if (n->todo.count > 0 && !n->waking) {
		n->waking = true;
		world_plan(w, rng_between(&w->rng, 0, 10), HAPPEN_WAKE, n->index, -1, 0);
	}
	if (!n->lazy) {
		uint64_t latest = rng_chance(&w->rng, 200) ? HOUR_MS : 50;

		n->lazy = true;
		world_plan(w, rng_between(&w->rng, 1, (int64_t)latest), HAPPEN_APPLY, n->index, -1,
			   0);
	}
}

/* The loop hears what its writer did, in order. */
void node_done(struct world *w, struct node *n)
{
	uint32_t life = n->life;

	for (struct errand *e; n->life == life && (e = errands_take(&n->done)) != NULL;) {
		world_mix(w, (uint64_t)e->sort << 8 ^ (uint64_t)-e->rc ^ e->got.head.seq << 16);
		if (e->sort == ERRAND_DIAL)
			session_dialled(w, n);
		else if (e->sort == ERRAND_HELD)
			session_held(w, e);
		else if (e->sort == ERRAND_STORE)
			session_stored(w, e);
		else if (e->sort == ERRAND_SAVE && e->rc != 0) /* they were told, and try again */
			world_plan(w, rng_between(&w->rng, SECOND_MS, HOUR_MS), HAPPEN_SAVE,
				   n->index, -1, 0);
		errand_free(e);
		if (dies(w, n, "answering"))
			return;
	}
}

bool node_apply(struct world *w, struct node *n, bool all)
{
	struct fault f = { 0 };
	int rc = 0;

	while (rc == 0 && store_pending(n->store) > 0) {
		uint64_t pending = store_pending(n->store);
		uint64_t limit =
		    rng_chance(&w->rng, 300) ? 1 + rng_below(&w->rng, pending) : STORE_APPLY_MAX;

		at_work(w, n);
		rc = store_apply(n->store, limit, &f);
		expect(w, n, rc, &f, "apply");
		/* Where the journal fills up it begins again, and a death between that and the next
		 * write finds old records at its front. */
		if (dies(w, n, "applied") || (w->fat && dies_of(w, n, "applied", 60)))
			return false;
		if (rc == 0)
			audit_node(w, n);
		if (!all)
			break;
	}
	if (!n->hub && store_pending(n->store) == 0 && rng_chance(&w->rng, 300))
		session_more(w, n);
	else if (!n->lazy && store_pending(n->store) > 0) {
		n->lazy = true;
		world_plan(w, rng_between(&w->rng, 1, rc == 0 ? SECOND_MS : 10 * MINUTE_MS),
			   HAPPEN_APPLY, n->index, -1, 0);
	}
	return true;
}
