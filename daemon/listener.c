/* listener.c -- see listener.h; sessions are in hub_session.c.
 *
 * Admission. accept() never meets EMFILE, which libuv would hide from us by closing connections: we
 * count. Up to sessions_max sessions are served; LISTENER_BUSY_MAX more are let in to hear BUSY;
 * beyond that the door stays shut (libuv stops listening while its callback has not accepted) and
 * the kernel's queue holds whoever comes, until a session ends.
 *
 * What the roster remembers of each session (last seen, clock) is gathered and written once a
 * second: one commit for all, since a commit for each of a night's eleven thousand sessions would
 * cost more than their entries. */
#include "daemon/listener.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "daemon/hub_session.h"
#include "daemon/log.h"
#include "protocol/errors.h"

enum {
	LISTENER_BACKLOG = 1024,
	LISTENER_FILES_KEPT = 128, /* descriptors for the store, the socket's clients, the log */
};

struct seen_job {
	struct job job;
	struct listener *listener;
	size_t count;
	struct roster_visit rows[];
};

static int bind_here(struct listener *l, const struct config *c, struct fault *f);
static void on_connection(uv_stream_t *server, int status);
static void on_tick(uv_timer_t *timer);
static void on_retry(uv_timer_t *timer);
static void write_seen(struct listener *l);
static void on_handle_closed(uv_handle_t *handle);

/* Descriptors are the hard bound: fewer sessions rather than refused files. */
static void fit_sessions(struct config *c)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
		return;
	rlim_t room = files.rlim_cur > LISTENER_FILES_KEPT + LISTENER_BUSY_MAX + 1
			  ? files.rlim_cur - LISTENER_FILES_KEPT - LISTENER_BUSY_MAX
			  : 1;
	if (c->sessions_max > room) {
		log_warn(ev("sessions_limited"), lu("sessions_max", room),
			 lu("files", files.rlim_cur));
		c->sessions_max = (uint32_t)room;
	}
}

int listener_start(struct listener **out, struct node *node, struct fault *f)
{
	struct listener *l = calloc(1, sizeof *l);
	if (l == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	l->node = node;
	fit_sessions(&node->config);
	l->seen = calloc(LISTENER_SEEN_MAX, sizeof *l->seen);
	int rc = l->seen == NULL ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL)
				 : tls_open(&l->tls, &node->key, f);
	if (rc != 0) {
		free(l->seen);
		free(l);
		return rc;
	}
	BF_REQUIRE(uv_tcp_init(node->loop, &l->server) == 0 &&
		   uv_timer_init(node->loop, &l->tick) == 0 &&
		   uv_timer_init(node->loop, &l->retry) == 0);
	l->server.data = l->tick.data = l->retry.data = l;
	l->holds = 3;
	rc = bind_here(l, &node->config, f);
	if (rc != 0) {
		listener_stop(l);
		return rc;
	}
	(void)uv_timer_start(&l->tick, on_tick, LISTENER_TICK_MS, LISTENER_TICK_MS);
	log_info(ev("listening"), ls("host", node->config.listen_host), lu("port", l->port));
	*out = l;
	return 0;
}

static int bind_here(struct listener *l, const struct config *c, struct fault *f)
{
	struct sockaddr_storage a;
	int len = sizeof a;
	char where[FAULT_WHERE_MAX];

	(void)snprintf(where, sizeof where, "%.80s:%u", c->listen_host, c->listen_port);
	int rc = uv_ip4_addr(c->listen_host, c->listen_port, (struct sockaddr_in *)(void *)&a);
	if (rc != 0)
		rc = uv_ip6_addr(c->listen_host, c->listen_port, (struct sockaddr_in6 *)(void *)&a);
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
	if (l->counters.open >= (uint64_t)l->node->config.sessions_max + LISTENER_BUSY_MAX)
		l->door_shut = true;
	else
		session_open(l);
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
	for (struct session *s = l->sessions; s != NULL; s = s->next)
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
	return roster_seen_many(st, j->rows, j->count);
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
	write_seen(l);
}

/* ---- ending ---- */

void listener_drop(struct listener *l, uint64_t origin)
{
	struct fault f;

	for (struct session *s = l->sessions; s != NULL; s = s->next) {
		if (s->sort != SESSION_SYNC || s->link == NULL || s->row.origin != origin)
			continue;
		(void)fault_say(&f, FAULT_PEER_UNKNOWN, link_where(s->link), NULL, NULL);
		link_close(s->link, &f);
	}
}

void listener_stop(struct listener *l)
{
	if (l == NULL || l->stopping)
		return;
	l->stopping = true;
	for (struct session *s = l->sessions; s != NULL; s = s->next)
		session_stop(s);
	write_seen(l);
	uv_close((uv_handle_t *)&l->server, on_handle_closed);
	uv_close((uv_handle_t *)&l->tick, on_handle_closed);
	uv_close((uv_handle_t *)&l->retry, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	listener_release(handle->data);
}

/* One holder less; a session's end may let the next one in. */
void listener_release(struct listener *l)
{
	l->holds--;
	if (l->door_shut && !l->stopping &&
	    l->counters.open < (uint64_t)l->node->config.sessions_max + LISTENER_BUSY_MAX) {
		l->door_shut = false;
		session_open(l);
	}
	if (l->holds > 0)
		return;
	tls_close(l->tls);
	free(l->seen);
	free(l);
}

uint16_t listener_port(const struct listener *l)
{
	return l->port;
}

struct listener_counters listener_counters(const struct listener *l)
{
	return l->counters;
}
