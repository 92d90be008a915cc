/* SPDX-License-Identifier: Apache-2.0 */
/* node.c -- see node.h: the order in which the parts of a daemon start, and the order in which they
 * stop.
 *
 *   start: directory, store, key, own log, writer, peer, listener or syncer, socket (last: who can
 * ask finds all there) stop:  node_stop closes what speaks to others; when their handles are closed
 * the loop runs out; then node_fini drains the writer (done() of every job is called), lets the
 * loop close what that freed, and closes the store. The store is closed last of all: work on the
 * pool may still read it until the loop has run out. */
#include "daemon/node.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/keyfile.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/notify.h"
#include "daemon/restored.h"
#include "daemon/serve.h"
#include "daemon/syncer.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/roster.h"

enum { NODE_INCARNATION = 1, WALK_TELL_MS = 10000, WALK_PATIENCE_S = 300 };

static int make_dir(const char *dir, struct fault *f);
static int open_store(struct node *n, struct fault *f);
static int open_key(struct node *n, struct fault *f);
static int read_peer(struct node *n, struct fault *f);
static int judge_role(struct node *n, struct fault *f);
static int read_clock(struct node *n, struct fault *f);
static int start_parts(struct node *n, struct fault *f);

int node_start(struct node *n, const struct config *config, uv_loop_t *loop, struct fault *f)
{
	memset(n, 0, sizeof *n);
	f->code = FAULT_NONE;
	n->loop = loop;
	n->config = *config;
	n->incarnation = NODE_INCARNATION;
	n->started_ms = wall_ms();
	clock_init(&n->clock);

	int rc = make_dir(n->config.dir, f);
	if (rc == 0)
		rc = node_judge_data(n->config.dir, f);
	if (rc == 0)
		rc = open_store(n, f);
	if (rc == 0)
		rc = open_key(n, f);
	if (rc == 0)
		rc = store_own(n->store, &n->key, n->incarnation, f);
	if (rc == 0)
		rc = read_peer(n, f);
	if (rc == 0)
		rc = judge_role(n, f);
	if (rc == 0)
		rc = read_clock(n, f);
	if (rc == 0)
		rc = start_parts(n, f);
	if (rc != 0 && f->code == FAULT_NONE)
		rc = node_fault(n, f, "start", rc);
	return rc;
}

int node_fault(const struct node *n, struct fault *f, const char *where, int rc)
{
	if (rc == BF_EDAMAGED) {
		log_error(ev("store_damaged"), ls("asked", where == NULL ? "" : where));
		return fault_say(f, FAULT_STORE_DAMAGED, n->config.dir, NULL, NULL);
	}
	(void)fault_of(f, rc, where);
	return rc;
}

/* With its parents, each 0700: a station's directory below a home that has no .local yet. */
static int make_dir(const char *dir, struct fault *f)
{
	char path[sizeof((struct config *)0)->dir];
	struct stat st;

	if (stat(dir, &st) == 0)
		return 0;
	(void)snprintf(path, sizeof path, "%s", dir);
	for (char *p = path + 1;; p++) {
		char c = *p;
		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(path, 0700) != 0 && errno != EEXIST)
			return fault_say(f, FAULT_DIR_MISSING, dir, strerror(errno), NULL);
		*p = c;
		if (c == '\0')
			return 0;
	}
}

static bool is_there(const char *dir, const char *leaf)
{
	char path[sizeof((struct config *)0)->dir + 16];
	struct stat st;

	(void)snprintf(path, sizeof path, "%s/%s", dir, leaf);
	return lstat(path, &st) == 0 || errno != ENOENT;
}

enum { DIR_SHOWN_MAX = 81 }; /* of a path, in whole characters */

/* A key is made after the store, so a key without data is a loss, never a beginning cut short: a
 * new store would hide it until the hub asks where the log has gone. A journal without data is the
 * store's own to refuse. */
int node_judge_data(const char *dir, struct fault *f)
{
	char path[FAULT_WHERE_MAX], head[DIR_SHOWN_MAX];

	if (is_there(dir, "data.mdb") || !is_there(dir, KEYFILE_NAME))
		return 0;
	(void)snprintf(path, sizeof path, "%s/data.mdb",
		       bytes_cstr(bytes_str(dir), head, sizeof head));
	return fault_say(f, FAULT_DATA_GONE, path, NULL, NULL);
}

/* An hour for a big hub on an old disk: said, so that nobody pulls the plug, and told to the
 * supervisor, so that it does not either. */
void node_walking(void *ctx, uint64_t done, uint64_t total)
{
	uint64_t *told_ms = ctx, now = mono_ms();

	if (done == 0)
		log_warn(ev("unclean_end"), lu("pages_to_walk", total));
	else if (now - *told_ms >= WALK_TELL_MS)
		log_info(ev("walking"), lu("pages", done), lu("of", total));
	else
		return;
	*told_ms = now;
	notify_slow(WALK_PATIENCE_S);
}

static int open_store(struct node *n, struct fault *f)
{
	uint64_t told_ms = 0;
	struct store_options options = { .dir = n->config.dir,
					 .journal_bytes = n->config.journal_mib << 20,
					 .map_bytes = n->config.map_mib << 20,
					 .free_bytes_min = n->config.free_mib_min << 20,
					 .epoch = random_epoch(),
					 .walking = node_walking,
					 .walking_ctx = &told_ms };

	return store_open(&n->store, &options, f);
}

int node_judge_key(const char *dir, uint64_t own, struct key_pair *key, struct fault *f)
{
	char path[FAULT_WHERE_MAX], head[DIR_SHOWN_MAX];
	int rc = keyfile_load(dir, key, f);

	(void)snprintf(path, sizeof path, "%s/" KEYFILE_NAME,
		       bytes_cstr(bytes_str(dir), head, sizeof head));
	if (rc == BF_ENOTFOUND && own != 0)
		return fault_say(f, FAULT_KEY_MISSING, path, NULL, NULL);
	if (rc == 0 && own != 0 && own != chain_origin(&key->public, NODE_INCARNATION))
		return fault_say(f, FAULT_KEY_OTHER, path, NULL, NULL);
	return rc;
}

/* A key is made once, in a store that has no log of its own. In any other case its absence is a
 * loss to be told. */
static int open_key(struct node *n, struct fault *f)
{
	uint8_t seed[SEED_BYTES];
	uint64_t own = store_origin(n->store);

	int rc = node_judge_key(n->config.dir, own, &n->key, f);
	if (rc == BF_ENOTFOUND && own == 0) {
		random_bytes(seed, sizeof seed);
		rc = keyfile_make(n->config.dir, seed, f);
		crypto_wipe(seed, sizeof seed);
		if (rc == 0)
			rc = keyfile_load(n->config.dir, &n->key, f);
		log_info(ev("key_made"));
	}
	if (rc != 0)
		return rc;
	n->origin = chain_origin(&n->key.public, n->incarnation);
	return 0;
}

/* What a view did not give is damaged, unless it is the memory that was lacking. */
static int unread(const struct node *n, int rc, struct fault *f)
{
	if (rc == BF_ENOMEM)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	return fault_say(f, FAULT_STORE_DAMAGED, n->config.dir, bf_error_name(rc), NULL);
}

static int read_peer(struct node *n, struct fault *f)
{
	struct view v;
	int rc = view_begin(n->store, &v);
	if (rc != 0)
		return unread(n, rc, f);
	rc = peer_get(&v, &n->peer);
	view_end(&v);
	n->has_peer = rc == 0;
	if (n->config.role == PART_HUB)
		n->division = n->config.division;
	else if (n->has_peer)
		n->division = n->peer.division;
	if (rc == BF_EVERSION)
		return fault_say(f, FAULT_PEER_VERSION, n->config.dir, NULL, NULL);
	if (rc != 0 && rc != BF_ENOTFOUND)
		return unread(n, rc, f);
	return 0;
}

struct role_facts {
	uint64_t area, outside; /* the first node's place that does not lie in the area */
	bool any;
};

static int see_node(void *ctx, const struct node_row *row)
{
	struct role_facts *s = ctx;

	s->any = true;
	if (s->area == 0 || division_within(row->division, s->area))
		return 0;
	s->outside = row->division;
	return 1;
}

/* A directory stays what it was: a hub that is started as a station by a forgotten option would ask
 * to be enrolled, and a station as a hub would take in strangers. */
static int judge_role(struct node *n, struct fault *f)
{
	bool hub = n->config.role == PART_HUB;
	struct role_facts s = { .area = hub ? n->config.division : 0 };
	char code[DIVISION_DIGITS + 1], area[DIVISION_DIGITS + 1];
	struct view_stats stats;
	struct view v;
	int rc = view_begin(n->store, &v);

	if (rc != 0)
		return unread(n, rc, f);
	rc = roster_walk(&v, see_node, &s);
	rc = rc < 0 ? rc : view_stats(&v, &stats);
	view_end(&v);
	if (rc != 0)
		return unread(n, rc, f);
	if (hub && n->has_peer)
		return fault_say(f, FAULT_ROLE_STATION, n->config.dir, NULL, NULL);
	if (!hub && !n->has_peer && (s.any || stats.places > 0))
		return fault_say(f, FAULT_ROLE_HUB, n->config.dir, NULL, NULL);
	if (s.outside == 0)
		return 0;
	return fault_say(f, FAULT_ROLE_DIVISION, "division", division_print(s.outside, code),
			 division_print(n->config.division, area));
}

static int see_stamp(void *ctx, const struct list_row *row)
{
	clock_saved(ctx, stamp_ms(row->entry.stamp));
	return 0;
}

/* What tells the time where the clock does not: the last measure, and our own newest entry. */
static int read_clock(struct node *n, struct fault *f)
{
	struct head head;
	struct view v;
	int64_t heard_ms = n->peer.cursor_ms > 0 ? n->peer.cursor_ms + n->peer.clock_ms : 0;

	if (n->has_peer)
		clock_remember(&n->clock, n->peer.clock_ms, heard_ms);
	int rc = view_begin(n->store, &v);
	if (rc != 0)
		return unread(n, rc, f);
	rc = view_head(&v, n->origin, &head);
	if (rc == 0 && head.seq > 0)
		rc = view_entry(&v, (struct ref){ n->origin, head.seq }, see_stamp, &n->clock);
	view_end(&v);
	if (rc != 0 && rc != BF_ENOTFOUND)
		return unread(n, rc, f);
	return 0;
}

static int start_parts(struct node *n, struct fault *f)
{
	int rc;

	if (n->config.role == PART_HUB)
		roster_ready(n->store);
	rc = writer_start(&n->writer, n->store, n->loop);
	if (rc == BF_EBUSY)
		return fault_say(f, FAULT_THREADS_FEW, NULL, "1", NULL);
	if (rc == 0 && n->config.role == PART_HUB)
		rc = listener_start(&n->listener, n, f);
	else if (rc == 0)
		rc = syncer_start(&n->syncer, n, f);
	if (rc == 0)
		rc = serve_start(&n->serve, n, f);
	return rc;
}

static int listen_anew(struct node *n, bool isolated, struct fault *f)
{
	listener_stop(n->listener); /* its port is free at once */
	n->listener = NULL;
	n->config.isolated = isolated;
	return listener_start(&n->listener, n, f);
}

/* The mark goes last: who was told that it is open finds it open after a crash, too. */
int node_admit(struct node *n, struct fault *f)
{
	struct fault again;
	int rc = listen_anew(n, false, f);

	if (rc == 0)
		rc = restored_clear(n->config.dir, f);
	if (rc !=
	    0) /* a hub without a door serves nobody: the supervisor starts it anew, isolated */
		BF_REQUIRE(listen_anew(n, true, &again) == 0);
	return rc;
}

void node_stop(struct node *n)
{
	if (n->syncer != NULL)
		syncer_stop(n->syncer);
	if (n->listener != NULL)
		listener_stop(n->listener);
	if (n->serve != NULL)
		serve_stop(n->serve);
}

void node_fini(struct node *n)
{
	struct writer *w = n->writer;

	writer_stop(w);
	n->writer = NULL; /* writer_put(NULL) says BF_ECLOSED */
	(void)uv_run(n->loop, UV_RUN_DEFAULT);
	n->serve = NULL;
	n->listener = NULL;
	n->syncer = NULL;
	store_close(n->store);
	n->store = NULL;
	crypto_wipe(&n->key, sizeof n->key);
	clock_fini(&n->clock);
}
