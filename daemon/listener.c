/* SPDX-License-Identifier: Apache-2.0 */
/* listener.c -- see listener.h; sessions are in hub_session.c.
 *
 * Admission. A connection is one of five sorts (hub_session.h), each a crowd with a bound, the
 * oldest first:
 *
 *   SHAKING -> SYNC or ENROL -> LEAVING -> GONE     (each may go to GONE at once)
 *
 * A1: strangers never take what is kept for known keys: sessions_max counts SYNC alone, which is
 * entered when the key is proved and in the roster. A2: whoever is new and whoever is slow share
 * nothing but a bound, and at the bound the oldest gives way: a handshake after LISTENER_GRACE_MS,
 * a silent one after LISTENER_QUIET_MS (until then the door is shut and the kernel's queue holds
 * who comes), an enrolment that has not said ENROL at once, a leaving one at once. So a station
 * comes in when its turn in that queue comes, however many strangers hold on. A3: a key has
 * LISTENER_KEY_MAX sessions, and the next one ends its oldest: a station whose line died half-open
 * cannot be told from one that is silent, and only the key's owner can open the newer. Two, so that
 * what the older one has sent is still answered. A4: accept() never meets EMFILE, which libuv would
 * hide from us by closing connections: the bounds together stay below the descriptors there are.
 *
 * What the roster remembers of each session (last seen, clock) is gathered and written once a
 * second: one commit for all, since a commit for each of a night's eleven thousand sessions would
 * cost more than their entries. */
#include "daemon/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/files.h"
#include "daemon/hub_session.h"
#include "daemon/restored.h"
#include "daemon/log.h"
#include "protocol/errors.h"

enum {
	LISTENER_BACKLOG = 1024,
	LISTENER_FILES_KEPT = FILES_MIN, /* for the store, the socket's clients, the log */
	LISTENER_ROOM_MIN = 8,           /* connections, however few descriptors there are */
};

struct seen_job {
	struct job job;
	struct listener *listener;
	size_t count;
	struct roster_visit rows[];
};

static void set_bounds(struct listener *l, uint32_t sessions_max);
static const char *host_of(const struct config *c);
static int bind_here(struct listener *l, const struct config *c, struct fault *f);
static void on_connection(uv_stream_t *server, int status);
static bool door_room(struct listener *l);
static void on_door(uv_timer_t *timer);
static bool admit_enrol(struct listener *l);
static bool admit_sync(struct listener *l, const struct session *s);
static void on_tick(uv_timer_t *timer);
static void on_retry(uv_timer_t *timer);
static void write_seen(struct listener *l);
static void on_handle_closed(uv_handle_t *handle);

int listener_start(struct listener **out, struct node *node, struct fault *f)
{
	struct listener *l = calloc(1, sizeof *l);
	if (l == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	l->node = node;
	set_bounds(l, node->config.sessions_max);
	l->seen = calloc(LISTENER_SEEN_MAX, sizeof *l->seen);
	int rc = l->seen == NULL ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL)
				 : tls_open(&l->tls, &node->key, f);
	if (rc != 0) {
		free(l->seen);
		free(l);
		return rc;
	}
	BF_REQUIRE(
	    uv_tcp_init(node->loop, &l->server) == 0 && uv_timer_init(node->loop, &l->tick) == 0 &&
	    uv_timer_init(node->loop, &l->retry) == 0 && uv_timer_init(node->loop, &l->door) == 0);
	l->server.data = l->tick.data = l->retry.data = l->door.data = l;
	l->holds = 4;
	rc = bind_here(l, &node->config, f);
	if (rc != 0) {
		listener_stop(l);
		return rc;
	}
	(void)uv_timer_start(&l->tick, on_tick, LISTENER_TICK_MS, LISTENER_TICK_MS);
	log_info(ev("listening"), ls("host", host_of(&node->config)), lu("port", l->port));
	*out = l;
	return 0;
}

/* A4. With few descriptors the strangers' share shrinks first, to half of what there is. */
static void set_bounds(struct listener *l, uint32_t sessions_max)
{
	static const uint32_t most[SESSION_SORTS] = { [SESSION_SHAKING] = LISTENER_SHAKING_MAX,
						      [SESSION_ENROL] = LISTENER_ENROL_MAX,
						      [SESSION_LEAVING] = LISTENER_LEAVING_MAX };
	enum { STRANGERS = LISTENER_SHAKING_MAX + LISTENER_ENROL_MAX + LISTENER_LEAVING_MAX };
	struct rlimit files = { 0 };
	rlim_t want = STRANGERS + (rlim_t)sessions_max, room = want, strangers = STRANGERS;

	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY &&
	    files.rlim_cur < want + LISTENER_FILES_KEPT)
		room = files.rlim_cur > LISTENER_FILES_KEPT + LISTENER_ROOM_MIN
			   ? files.rlim_cur - LISTENER_FILES_KEPT
			   : LISTENER_ROOM_MIN;
	if (room < want && room / 2 < strangers)
		strangers = room / 2;
	rlim_t left = room;
	for (int i = 0; i < SESSION_SORTS; i++) {
		struct crowd *c = &l->crowds[i];
		c->last = &c->first;
		c->max = (uint32_t)(most[i] * strangers / STRANGERS);
		if (most[i] != 0 && c->max == 0)
			c->max = 1;
		left -= c->max;
	}
	l->crowds[SESSION_SYNC].max = left < sessions_max ? (uint32_t)left : sessions_max;
	if (left < sessions_max)
		log_warn(ev("sessions_limited"), lu("sessions_max", left),
			 lu("files", files.rlim_cur));
}

static const char *host_of(const struct config *c)
{
	return c->isolated ? RESTORED_HOST : c->listen_host;
}

static int bind_here(struct listener *l, const struct config *c, struct fault *f)
{
	struct sockaddr_storage a;
	int len = sizeof a;
	char where[FAULT_WHERE_MAX];
	const char *host = host_of(c);

	(void)snprintf(where, sizeof where, "%.80s:%u", host, c->listen_port);
	int rc = uv_ip4_addr(host, c->listen_port, (struct sockaddr_in *)(void *)&a);
	if (rc != 0)
		rc = uv_ip6_addr(host, c->listen_port, (struct sockaddr_in6 *)(void *)&a);
	if (rc != 0)
		return fault_say(f, FAULT_CONFIG_VALUE, "listen_host", c->listen_host,
				 "0.0.0.0 | :: | 10.1.2.3");
	rc = uv_tcp_bind(&l->server, (struct sockaddr *)&a, 0);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&l->server, LISTENER_BACKLOG, on_connection);
	if (rc == 0)
		rc = uv_tcp_getsockname(&l->server, (struct sockaddr *)&a, &len);
	if (rc != 0)
		return fault_say(f, FAULT_PORT_BUSY, where, uv_strerror(rc), NULL);
	l->port = ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&a)->sin6_port
						: ((struct sockaddr_in *)(void *)&a)->sin_port);
	return 0;
}

static void on_connection(uv_stream_t *server, int status)
{
	struct listener *l = server->data;

	if (status != 0 || l->stopping) {
		if (status != 0)
			log_warn(ev("accept_failed"), ls("why", uv_err_name(status)));
		return;
	}
	if (door_room(l))
		session_open(l);
	else
		l->door_shut = true;
}

/* ---- admission ---- */

void listener_join(struct listener *l, struct session *s)
{
	struct crowd *c = &l->crowds[SESSION_SHAKING];

	s->listener = l;
	s->sort = SESSION_SHAKING;
	s->next = NULL;
	s->at = c->last;
	*c->last = s;
	c->last = &s->next;
	c->count++;
	l->counters.accepted++;
	l->holds++;
}

/* Out of its crowd; whoever waits at the door for that place is let in from the loop. */
void listener_part(struct session *s)
{
	struct listener *l = s->listener;
	struct crowd *c = &l->crowds[s->sort];

	*s->at = s->next;
	if (s->next != NULL)
		s->next->at = s->at;
	else
		c->last = s->at;
	c->count--;
	if (s->sort == SESSION_SHAKING && l->door_shut && !l->stopping)
		(void)uv_timer_start(&l->door, on_door, 0, 0);
}

/* Close the oldest of a crowd for the sake of the next. */
static void push_out(struct session *s, const char *what)
{
	struct fault f;

	(void)fault_say(&f, FAULT_LINK_SLOW, link_where(s->link), what, NULL);
	s->listener->pushed++;
	s->over = true;
	listener_move(s, SESSION_GONE);
	link_close(s->link, &f); /* its descriptor is free when this returns */
}

void listener_move(struct session *s, enum session_sort to)
{
	struct listener *l = s->listener;
	struct crowd *c = &l->crowds[to];

	if (s->sort >= to)
		return;
	if (to == SESSION_LEAVING && c->count >= c->max && !l->stopping)
		push_out(c->first, "leaving");
	listener_part(s);
	s->sort = to;
	s->next = NULL;
	s->at = c->last;
	*c->last = s;
	c->last = &s->next;
	c->count++;
}

/* The oldest handshake that has had its time; NULL, and *wait_ms until the first will have. */
static struct session *overdue(const struct crowd *c, uint64_t *wait_ms)
{
	uint64_t now = mono_ms();

	*wait_ms = LISTENER_GRACE_MS;
	for (struct session *s = c->first; s != NULL; s = s->next) {
		uint64_t due =
		    s->began_ms +
		    (link_counters(s->link).tcp_in == 0 ? LISTENER_QUIET_MS : LISTENER_GRACE_MS);
		if (due <= now)
			return s;
		if (due - now < *wait_ms)
			*wait_ms = due - now;
	}
	return NULL;
}

/* Is there a place for one more handshake? A2. */
static bool door_room(struct listener *l)
{
	struct crowd *c = &l->crowds[SESSION_SHAKING];
	uint64_t wait_ms;

	if (c->count < c->max)
		return true;
	struct session *s = overdue(c, &wait_ms);
	if (s == NULL) {
		(void)uv_timer_start(&l->door, on_door, wait_ms, 0);
		return false;
	}
	l->counters.refused++;
	push_out(s, "handshake");
	return true;
}

void listener_shut(struct listener *l)
{
	l->door_shut = true;
	if (!l->stopping)
		(void)uv_timer_start(&l->door, on_door, LISTENER_GRACE_MS, 0);
}

static void on_door(uv_timer_t *timer)
{
	struct listener *l = timer->data;

	if (!l->door_shut || l->stopping || !door_room(l))
		return;
	l->door_shut = false;
	session_open(l);
}

bool listener_admit(struct session *s)
{
	struct listener *l = s->listener;
	bool enrol = link_enrol(s->link);

	if (l->stopping || !(enrol ? admit_enrol(l) : admit_sync(l, s)))
		return false;
	listener_move(s, enrol ? SESSION_ENROL : SESSION_SYNC);
	return true;
}

/* A2. Our own stations say ENROL in the same breath as the handshake's end. */
static bool admit_enrol(struct listener *l)
{
	struct crowd *c = &l->crowds[SESSION_ENROL];
	struct session *s = c->first;

	if (c->count < c->max)
		return true;
	while (s != NULL && (s->jobs > 0 || s->wait != NULL))
		s = s->next;
	if (s == NULL)
		return false;
	l->pushed++;
	session_busy(s);
	return true;
}

/* A3. At the bound of all, too, a key's own older session gives way before it is told BUSY. The
 * walk is as long as there are sessions: some microseconds beside a handshake's millisecond. */
static bool admit_sync(struct listener *l, const struct session *s)
{
	struct crowd *c = &l->crowds[SESSION_SYNC];
	struct session *oldest = NULL;
	unsigned own = 0;
	struct fault f;

	for (struct session *o = c->first; o != NULL; o = o->next) {
		if (o->row.origin != s->row.origin)
			continue;
		if (own++ == 0)
			oldest = o;
	}
	if (own >= LISTENER_KEY_MAX || (own > 0 && c->count >= c->max)) {
		(void)fault_say(&f, FAULT_SESSION_REPLACED, NULL, NULL, NULL);
		session_refuse(oldest, &f);
	}
	return c->count < c->max;
}

uint64_t listener_crowd_s(struct listener *l)
{
	uint32_t draw;
	random_bytes(&draw, sizeof draw);
	l->told_busy++;
	/* Come within the time in which about so many sessions can be served. */
	return 5 + draw % (30 + l->told_busy / 32);
}

void listener_wait(struct listener *l)
{
	if (!l->stopping && !uv_is_active((uv_handle_t *)&l->retry))
		(void)uv_timer_start(&l->retry, on_retry, LISTENER_RETRY_MS, 0);
}

static void on_retry(uv_timer_t *timer)
{
	struct listener *l = timer->data;
	for (struct session *s = l->crowds[SESSION_ENROL].first; s != NULL; s = s->next)
		session_retry(s);
	for (struct session *s = l->crowds[SESSION_SYNC].first; s != NULL; s = s->next)
		session_retry(s);
}

/* ---- the roster's memory ---- */

void listener_seen(struct listener *l, const struct roster_visit *seen)
{
	l->seen[l->seen_count++] = *seen;
	/* The first after a quiet second is written at once: whoever looks at one node's visit sees
	 * it. */
	if (l->seen_count == LISTENER_SEEN_MAX ||
	    uv_now(l->node->loop) - l->seen_written >= LISTENER_TICK_MS)
		write_seen(l);
}

static int run_seen(struct job *job, struct store *st)
{
	struct seen_job *j = (struct seen_job *)(void *)job;
	return roster_seen(st, j->rows, j->count);
}

static void on_seen(struct job *job)
{
	struct seen_job *j = (struct seen_job *)(void *)job;
	struct listener *l = j->listener;

	if (job->rc != 0)
		log_warn(ev("roster_seen_failed"), ls("rc", bf_error_name(job->rc)));
	l->seen_writing = false;
	free(j);
	listener_release(l);
}

/* It is a memory for people, not a promise: what cannot be written now is dropped when the next is
 * full. */
static void write_seen(struct listener *l)
{
	size_t bytes = l->seen_count * sizeof *l->seen;
	struct seen_job *j = NULL;

	if (l->seen_count == 0)
		return;
	if (!l->seen_writing)
		j = calloc(1, sizeof *j + bytes);
	if (j != NULL) {
		*j = (struct seen_job){
			.job = { .sort = JOB_DIRECT, .run = run_seen, .done = on_seen },
			.listener = l,
			.count = l->seen_count
		};
		memcpy(j->rows, l->seen, bytes);
	}
	if (j != NULL && writer_put(l->node->writer, &j->job) == 0) {
		l->seen_writing = true;
		l->seen_written = uv_now(l->node->loop);
		l->holds++;
		l->seen_count = 0;
		return;
	}
	free(j);
	if (l->seen_count == LISTENER_SEEN_MAX)
		l->seen_count = 0;
}

static void on_tick(uv_timer_t *timer)
{
	struct listener *l = timer->data;
	l->told_busy /= 2;
	if (l->pushed > 0) /* one line for all: who floods the door should not flood the log */
		log_warn(ev("crowded"), lu("closed", l->pushed),
			 lu("handshakes", l->crowds[SESSION_SHAKING].count),
			 lu("enrolments", l->crowds[SESSION_ENROL].count));
	l->pushed = 0;
	write_seen(l);
}

/* ---- reports that we were set back ---- */

static bool room_for_rewound(struct listener *l)
{
	if (l->counters.rewound < l->rewound_cap)
		return true;
	size_t cap = l->rewound_cap == 0 ? 16 : 2 * l->rewound_cap;
	uint64_t *more = l->rewound_cap < ROSTER_NODES_MAX
			     ? realloc(l->rewound, cap * sizeof *l->rewound)
			     : NULL;

	if (more == NULL)
		return false;
	l->rewound = more;
	l->rewound_cap = cap;
	return true;
}

/* Each node once, however often it comes: what they say is not signed, and one that lies must not
 * look like many. */
void listener_rewound(struct listener *l, uint64_t origin)
{
	for (uint64_t i = 0; i < l->counters.rewound; i++)
		if (l->rewound[i] == origin)
			return;
	log_warn(ev("rewound_reported"), lx("origin", origin));
	if (room_for_rewound(l))
		l->rewound[l->counters.rewound++] = origin;
}

/* ---- ending ---- */

/* Also who has shown the key and not yet proved it: the roster was asked before the revocation. */
void listener_drop(struct listener *l, uint64_t origin)
{
	static const enum session_sort sorts[] = { SESSION_SHAKING, SESSION_SYNC };
	struct fault f;

	for (size_t i = 0; i < sizeof sorts / sizeof sorts[0]; i++) {
		for (struct session *s = l->crowds[sorts[i]].first; s != NULL; s = s->next) {
			if (s->row.origin != origin)
				continue;
			(void)fault_say(&f, FAULT_PEER_UNKNOWN, link_where(s->link), NULL, NULL);
			link_close(s->link, &f);
		}
	}
}

void listener_stop(struct listener *l)
{
	if (l == NULL || l->stopping)
		return;
	l->stopping = true;
	for (enum session_sort sort = SESSION_SHAKING; sort < SESSION_LEAVING; sort++)
		while (l->crowds[sort].first != NULL)
			session_stop(l->crowds[sort].first);
	write_seen(l);
	uv_close((uv_handle_t *)&l->server, on_handle_closed);
	uv_close((uv_handle_t *)&l->tick, on_handle_closed);
	uv_close((uv_handle_t *)&l->retry, on_handle_closed);
	uv_close((uv_handle_t *)&l->door, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	listener_release(handle->data);
}

void listener_release(struct listener *l)
{
	if (--l->holds > 0)
		return;
	tls_close(l->tls);
	free(l->rewound);
	free(l->seen);
	free(l);
}

uint16_t listener_port(const struct listener *l)
{
	return l->port;
}

struct listener_counters listener_counters(const struct listener *l)
{
	struct listener_counters c = l->counters;

	c.open = l->crowds[SESSION_SYNC].count;
	return c;
}
