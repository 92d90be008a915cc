/* SPDX-License-Identifier: Apache-2.0 */
/* backup.c -- see backup.h.
 *
 * A lost disk is a new store: new epoch, new incarnation of the hub's own log; the promises made
 * before are void, and the stations send everything again. A restored copy keeps its epoch until
 * the hub's operator says what was done: at once, later, or never. What it had stored after the
 * copy is gone, and the stations give it again; those that have seen more of it notice (G4). */
#include "tests/sim/backup.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/sim/fact.h"

static const char *const kept[] = { "data.mdb", "journal" };

static void path_of(char out[DIR_BYTES_MAX + 32], const char *dir, const char *name)
{
	(void)snprintf(out, DIR_BYTES_MAX + 32, "%s/%s", dir, name);
}

void backup_remove(const char *dir)
{
	DIR *d = opendir(dir);
	char path[DIR_BYTES_MAX + 300];

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL;) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
		if (unlink(path) != 0)
			backup_remove(path);
	}
	if (d != NULL)
		(void)closedir(d);
	(void)rmdir(dir);
}

static void copy_file(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	BF_REQUIRE(in >= 0 && out >= 0);
	for (ssize_t n; (n = read(in, bytes, sizeof bytes)) > 0;)
		BF_REQUIRE(write(out, bytes, (size_t)n) == n);
	(void)close(in);
	(void)close(out);
}

/* Between two calls of the store both files stand still, and fit each other. */
void node_copy(struct world *w, struct node *n)
{
	char from[DIR_BYTES_MAX + 32], to[DIR_BYTES_MAX + 32];

	if (!n->up || w->healed)
		return;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		path_of(from, n->dir, kept[i]);
		path_of(to, w->dir, kept[i]);
		copy_file(from, to);
	}
	for (int i = 1; i < w->nodes; i++)
		w->backup_seq[i] = w->node[i].log.hub_synced;
	w->backup_own = n->log.synced;
	w->backup_length = n->order_length;
	w->backup_hash = n->order_hash;
	w->backup = true;
	world_say(w, "hub copied");
}

static void forget_own(struct log *l, uint64_t kept_count)
{
	while (l->count > kept_count)
		fact_free(l->facts[--l->count]);
	l->synced = kept_count;
	l->own_seen = 0;
}

static void restore(struct world *w, struct node *hub)
{
	char from[DIR_BYTES_MAX + 32], to[DIR_BYTES_MAX + 32];

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		path_of(from, w->dir, kept[i]);
		path_of(to, hub->dir, kept[i]);
		copy_file(from, to);
	}
	for (int i = 1; i < w->nodes; i++) {
		struct log *l = &w->node[i].log;

		l->hub_synced = w->backup_seq[i];
		l->hub_seen =
		    0; /* what was applied when it was copied we do not know: look again */
	}
	forget_own(&hub->log, w->backup_own);
	hub->order_length = w->backup_length;
	hub->order_hash = w->backup_hash;
	w->rewound_epoch = hub->epoch;
	hub->declare = rng_chance(&w->rng, 300);
	world_say(w, "hub restored%s", hub->declare ? ", and told so" : "");
	if (!hub->declare)
		cover_hit(w->cover, "hub restored", "same epoch");
}

static void lose(struct world *w, struct node *hub)
{
	backup_remove(hub->dir);
	forget_own(&hub->log, 0);
	for (int i = 1; i < w->nodes; i++)
		w->node[i].log.hub_synced = w->node[i].log.hub_seen = 0;
	hub->order_length = 0;
	memset(&hub->order_hash, 0, sizeof hub->order_hash);
	hub->epoch = rng_u64(&w->rng) >> 1 | 1;
	hub->incarnation++;
	hub->fresh = true;
	world_say(w, "hub lost");
	cover_hit(w->cover, "hub lost", "new epoch");
}

void backup_strike(struct world *w, struct node *hub)
{
	if (world_has(w, CHAOS_HUB_LOST))
		lose(w, hub);
	else if (w->backup)
		restore(w, hub);
}
