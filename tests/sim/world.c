/* SPDX-License-Identifier: Apache-2.0 */
/* world.c -- time, chance and the order of events. See world.h.
 *
 * Three phases: chaos (faults strike, people record, stations dial when they like), healing
 * (nothing fails any more, everyone is started and dials every minute), and the audit once all
 * agree. Agreement must come within HEAL_BOUND_MS of virtual time: that is the liveness half. */
#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/audit.h"
#include "tests/sim/fact.h"

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS, HEAL_BOUND_MS = 3 * HOUR_MS };

/* Entries of a world: mostly small ones, since most bugs need few; now and then a big one. */
enum { ENTRIES_MIN = 10, ENTRIES_MOST = 60, ENTRIES_MAX = 300, ENTRIES_FAT = 2000 };

static const char *const happening_names[HAPPEN_SORTS] = {
	"save",  "wake",  "done",  "apply", "dial", "arrive", "gone",
	"crash", "start", "clock", "disk",  "copy", "heal",
};

/* ---- the heap ---- */

static bool sooner(const struct plan *a, const struct plan *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void heap_put(struct world *w, const struct plan *p)
{
	if (w->heap_len == w->heap_cap) {
		w->heap_cap = w->heap_cap == 0 ? 256 : 2 * w->heap_cap;
		w->heap = realloc(w->heap, w->heap_cap * sizeof *w->heap);
		BF_REQUIRE(w->heap != NULL);
	}
	size_t i = w->heap_len++;
	while (i > 0 && sooner(p, &w->heap[(i - 1) / 2])) {
		w->heap[i] = w->heap[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	w->heap[i] = *p;
}

static struct plan heap_take(struct world *w)
{
	struct plan top = w->heap[0], last = w->heap[--w->heap_len];
	size_t i = 0;

	for (size_t child; (child = 2 * i + 1) < w->heap_len; i = child) {
		if (child + 1 < w->heap_len && sooner(&w->heap[child + 1], &w->heap[child]))
			child++;
		if (!sooner(&w->heap[child], &last))
			break;
		w->heap[i] = w->heap[child];
	}
	w->heap[i] = last;
	return top;
}

void world_plan(struct world *w, int64_t after_ms, enum happening what, int node, int cable,
		int64_t arg)
{
	struct plan p = { .at = w->now + after_ms, .order = w->order++, .what = what };

	p.node = node;
	p.cable = cable;
	p.arg = arg;
	p.life = cable >= 0 ? w->cable[cable].life : w->node[node].life;
	heap_put(w, &p);
}

/* ---- what the parts ask ---- */

bool world_has(const struct world *w, enum chaos c)
{
	return !w->healed && (w->chaos >> c & 1) != 0;
}

bool world_strikes(struct world *w, enum chaos c, uint32_t per_mille)
{
	return world_has(w, c) && rng_chance(&w->rng, per_mille);
}

int64_t world_clock(const struct world *w, const struct node *n)
{
	return INT64_C(1795000000000) + w->now + n->skew_ms; /* autumn of 2026 */
}

void world_mix(struct world *w, uint64_t x)
{
	w->trace = (w->trace ^ x) * UINT64_C(0x100000001b3);
	w->trace ^= w->trace >> 29;
}

void world_say(struct world *w, const char *format, ...)
{
	char line[256];
	va_list args;

	va_start(args, format);
	int n = vsnprintf(line, sizeof line, format, args);
	va_end(args);
	for (int i = 0; i < n && i < (int)sizeof line - 1; i++)
		world_mix(w, (uint8_t)line[i]);
	if (w->verbose)
		(void)printf("%6" PRIu64 " %9" PRId64 ".%03d  %s\n", w->step, w->now / 1000,
			     (int)(w->now % 1000), line);
}

void world_broken(struct world *w, const char *invariant, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(w->report->text, sizeof w->report->text, format, args);
	va_end(args);
	(void)snprintf(w->report->invariant, sizeof w->report->invariant, "%s", invariant);
	w->report->step = w->step;
	w->report->seed = w->seed;
	w->report->failed = true;
	(void)fflush(stdout);
	_exit(1);
}

/* ---- making a world ---- */

/* Where stations are: villages of two banners, a town, a street; and the hub's province. */
static uint64_t division_of(int index)
{
	static const uint64_t places[NODES_MAX] = {
		150000000000, 150722102204, 150722102205, 150723101200, 150723200201,
		150105101201, 150103007000, 150722000000, 150105101202,
	};
	return places[index];
}

static void choose_chaos(struct world *w)
{
	for (int c = 0; c < CHAOS_COUNT; c++)
		if (rng_chance(&w->rng, c >= CHAOS_TAMPER ? 250 : 500))
			w->chaos |= UINT32_C(1) << c;
	if (w->seed % 16 == 0)
		w->chaos = 0; /* peace must work too */
	if ((w->chaos >> CHAOS_CRASH & 1) == 0)
		w->chaos &= ~(UINT32_C(1) << CHAOS_TORN);
	/* A lost hub explains anything a restored one would do wrong, so not both. */
	if ((w->chaos >> CHAOS_HUB_LOST & 1) != 0)
		w->chaos &= ~(UINT32_C(1) << CHAOS_HUB_RESTORED);
}

static int64_t draw_skew(struct world *w)
{
	int64_t days = rng_between(&w->rng, -3650, 3650);

	return world_has(w, CHAOS_CLOCK) && rng_chance(&w->rng, 600) ? days * 24 * HOUR_MS : 0;
}

static void make_node(struct world *w, int index)
{
	struct node *n = &w->node[index];
	uint8_t seed[SEED_BYTES];

	n->index = index;
	n->hub = index == 0;
	n->division = division_of(index);
	(void)snprintf(n->dir, sizeof n->dir, "%.120s/n%d", w->dir, index);
	rng_fill(&w->rng, seed, sizeof seed);
	key_from_seed(&n->key, seed);
	n->origin = chain_origin(&n->key.public, 0);
	n->log.origin = n->origin;
	n->epoch = rng_u64(&w->rng) >> 1 | 1;
	n->skew_ms = draw_skew(w);
	n->disk.die_in = n->disk.full_in = -1;
}

static void plan_people(struct world *w, int64_t chaos_ms)
{
	uint64_t entries = (uint64_t)rng_between(&w->rng, ENTRIES_MIN, ENTRIES_MOST);

	w->fat = rng_chance(&w->rng, 25);
	if (w->fat || rng_chance(&w->rng, 20))
		entries = (uint64_t)rng_between(&w->rng, ENTRIES_MOST,
						w->fat ? ENTRIES_FAT : ENTRIES_MAX);
	for (uint64_t i = 0; i < entries; i++) {
		int64_t at = rng_between(&w->rng, 0, chaos_ms);
		/* An evening's entries come together: half of them just beside another. */
		if (i > 0 && rng_chance(&w->rng, 500))
			at = w->heap[rng_below(&w->rng, w->heap_len)].at;
		world_plan(w, at, HAPPEN_SAVE, (int)rng_below(&w->rng, (uint64_t)w->nodes), -1, 0);
	}
}

static void plan_faults(struct world *w, int64_t chaos_ms)
{
	for (int i = 0; i < w->nodes; i++) {
		if (i > 0)
			world_plan(w, rng_between(&w->rng, 0, chaos_ms / 4), HAPPEN_DIAL, i, -1, 0);
		for (int k = 0; k < 2 && world_strikes(w, CHAOS_CRASH, 500); k++)
			world_plan(w, rng_between(&w->rng, 0, chaos_ms), HAPPEN_CRASH, i, -1, 0);
		if (world_strikes(w, CHAOS_CLOCK, 500))
			world_plan(w, rng_between(&w->rng, 0, chaos_ms), HAPPEN_CLOCK, i, -1, 0);
		if (world_strikes(w, CHAOS_DISK_FULL, 500))
			world_plan(w, rng_between(&w->rng, 0, chaos_ms), HAPPEN_DISK, i, -1, 1);
		for (int k = 0; k < 3 && world_strikes(w, CHAOS_DISK_FULL, 500); k++)
			world_plan(w, rng_between(&w->rng, 0, chaos_ms), HAPPEN_DISK, i, -1, 2);
	}
	if (world_has(w, CHAOS_HUB_AWAY))
		world_plan(w, rng_between(&w->rng, 0, chaos_ms / 2), HAPPEN_CRASH, 0, -1, 1);
	if (world_has(w, CHAOS_HUB_RESTORED))
		world_plan(w, rng_between(&w->rng, 0, chaos_ms / 2), HAPPEN_COPY, 0, -1, 0);
	if (world_has(w, CHAOS_HUB_LOST) || world_has(w, CHAOS_HUB_RESTORED))
		world_plan(w, rng_between(&w->rng, chaos_ms / 2, chaos_ms), HAPPEN_CRASH, 0, -1, 2);
	if (world_strikes(w, CHAOS_HUB_RESTORED, 500))
		world_plan(w, rng_between(&w->rng, chaos_ms * 3 / 4, chaos_ms), HAPPEN_CRASH, 0, -1,
			   3);
}

int world_open(struct world *w, uint64_t seed, const char *dir)
{
	w->seed = seed;
	w->trace = UINT64_C(0xcbf29ce484222325);
	rng_seed(&w->rng, seed, 1);
	rng_seed(&w->facts, seed, 2);
	(void)snprintf(w->dir, sizeof w->dir, "%s", dir);
	choose_chaos(w);
	w->nodes = 1 + (int)rng_between(&w->rng, STATIONS_MIN, STATIONS_MAX);
	if (rng_chance(&w->rng, 700))
		w->nodes = 1 + STATIONS_MIN + (int)rng_below(&w->rng, 2);
	for (int i = 0; i < w->nodes; i++)
		make_node(w, i);
	for (int i = 0; i < w->nodes; i++)
		node_create(w, &w->node[i]);
	w->heal_at = rng_between(&w->rng, 1, 20) * HOUR_MS;
	w->bound_at = w->heal_at + HEAL_BOUND_MS;
	plan_people(w, w->heal_at);
	plan_faults(w, w->heal_at);
	world_plan(w, w->heal_at, HAPPEN_HEAL, 0, -1, 0);
	return 0;
}

void world_close(struct world *w)
{
	for (int i = 0; i < CABLES_MAX; i++)
		cable_fini(&w->cable[i]);
	for (int i = 0; i < w->nodes; i++) {
		struct node *n = &w->node[i];

		disk_use(&n->disk);
		store_close(n->store);
		disk_use(NULL);
		disk_settle(&n->disk);
		for (uint64_t k = 0; k < n->log.count; k++)
			fact_free(n->log.facts[k]);
		free(n->log.facts);
	}
	free(w->heap);
}

/* ---- letting it happen ---- */

static void heal(struct world *w)
{
	w->healed = true;
	world_say(w, "healed");
	for (int i = 0; i < w->nodes; i++) {
		struct node *n = &w->node[i];

		n->disk.full = false;
		n->disk.die_in = n->disk.full_in = -1;
		n->disk.dead = false;
		if (!n->up)
			node_start(w, n);
		if (i > 0)
			world_plan(w, rng_between(&w->rng, 1, MINUTE_MS), HAPPEN_DIAL, i, -1, 0);
	}
}

static void jump_clock(struct world *w, struct node *n)
{
	n->skew_ms += draw_skew(w);
	cover_hit(w->cover, "clock jump", n->hub ? "hub" : "station");
	if (!w->healed)
		world_plan(w, rng_between(&w->rng, MINUTE_MS, 4 * HOUR_MS), HAPPEN_CLOCK, n->index,
			   -1, 0);
}

static void fill_disk(struct world *w, struct node *n, bool full)
{
	n->disk.full = full && !w->healed;
	n->disk.known_full = n->disk.full;
	n->disk.full_in = -1;
	world_say(w, "n%d disk %s", n->index, n->disk.full ? "full" : "has room");
	if (n->disk.full) {
		cover_hit(w->cover, "disk full", n->hub ? "hub" : "station");
		world_plan(w, rng_between(&w->rng, 1000, 2 * HOUR_MS), HAPPEN_DISK, n->index, -1,
			   0);
	}
}

static void happen_to_node(struct world *w, const struct plan *p)
{
	struct node *n = &w->node[p->node];

	switch (p->what) {
	case HAPPEN_SAVE:
		node_save(w, n);
		break;
	case HAPPEN_WAKE:
		node_wake(w, n);
		break;
	case HAPPEN_DONE:
		node_done(w, n);
		break;
	case HAPPEN_APPLY:
		n->lazy = false;
		(void)node_apply(w, n, false);
		break;
	case HAPPEN_DIAL:
		session_dial(w, n);
		break;
	case HAPPEN_CRASH:
		if (w->healed || !n->up)
			break;
		n->declare = p->arg == 3 && w->rewound_epoch == n->epoch;
		node_crash(w, n, p->arg == 1 ? "away" : p->arg == 2 ? "disk lost" : "idle");
		break;
	case HAPPEN_START:
		node_start(w, n);
		break;
	case HAPPEN_CLOCK:
		jump_clock(w, n);
		break;
	case HAPPEN_DISK:
		if (p->arg == 2 && !w->healed)
			n->disk.full_in = (int64_t)rng_below(&w->rng, 3);
		else
			fill_disk(w, n, p->arg == 1);
		break;
	case HAPPEN_COPY:
		node_copy(w, n);
		break;
	case HAPPEN_HEAL:
		heal(w);
		break;
	default:
		BF_REQUIRE(false);
	}
}

/* Things of a process die with it; people, clocks, disks and the watch that starts it do not. */
static bool of_a_process(enum happening what)
{
	return what == HAPPEN_WAKE || what == HAPPEN_DONE || what == HAPPEN_APPLY;
}

static void happen(struct world *w, const struct plan *p)
{
	if (w->verbose && p->what != HAPPEN_ARRIVE)
		(void)printf("%6" PRIu64 " %9" PRId64 ".%03d  (%s n%d c%d)\n", w->step,
			     w->now / 1000, (int)(w->now % 1000), happening_names[p->what], p->node,
			     p->cable);
	if (p->cable >= 0) {
		struct cable *c = &w->cable[p->cable];

		if (!c->used || c->life != p->life)
			return;
		if (p->what == HAPPEN_ARRIVE)
			cable_arrive(w, c, (enum side)p->arg);
		else
			cable_gone(w, c, (enum side)p->arg);
		return;
	}
	if (of_a_process(p->what) && (w->node[p->node].life != p->life || !w->node[p->node].up))
		return;
	happen_to_node(w, p);
}

static bool agreed(const struct world *w)
{
	if (!w->healed)
		return false;
	for (int i = 0; i < w->nodes; i++) {
		const struct node *n = &w->node[i];

		if (!n->up || n->todo.count + n->done.count > 0 || n->log.synced != n->log.count)
			return false;
		if (n->hub || n->log.count == 0)
			continue;
		if (n->log.hub_synced != n->log.count || n->cursor.epoch != w->node[0].epoch)
			return false;
		if (n->cursor.seq != n->log.count)
			return false;
	}
	return true;
}

void world_run(struct world *w)
{
	while (w->heap_len > 0 && !agreed(w)) {
		struct plan p = heap_take(w);

		w->now = p.at;
		w->step++;
		w->report->step = w->step;
		world_mix(w, (uint64_t)p.at ^ (uint64_t)p.what << 56 ^ (uint64_t)p.node << 48);
		happen(w, &p);
		audit_step(w, p.cable < 0 ? p.node : 0);
		if (w->step > WORLD_STEPS_MAX)
			world_broken(w, "LIVE", "%d steps and no end", WORLD_STEPS_MAX);
		if (w->now > w->bound_at)
			break;
	}
	if (!agreed(w))
		world_broken(w, "LIVE", "no agreement %" PRId64 " s after healing: %s",
			     (w->now - w->heal_at) / 1000, audit_lag(w));
	audit_end(w);
}
