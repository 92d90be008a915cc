/* SPDX-License-Identifier: Apache-2.0 */
/* serve.c -- see serve.h: the socket, its door, and the look at all connections now and then. One
 * connection's life is serve_client.c, what becomes of a call is call.c. The serve outlives both
 * and frees itself last. */
#include "daemon/serve_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/desk.h"
#include "daemon/log.h"
#include "protocol/errors.h"

enum { BACKLOG = 128, SERVE_RETRY_MS = 200 };

static int socket_clear(const char *path, struct fault *f);
static void on_connection(uv_stream_t *server, int status);
static void let_in(struct serve *s);
static void client_admit(struct client *c, uv_os_fd_t fd);
static void on_alive(uv_timer_t *timer);
static void on_wake(uv_timer_t *timer);

/* ---- the socket ---- */

int serve_start(struct serve **out, struct node *node, struct fault *f)
{
	const char *path = node->config.socket;
	struct serve *s = calloc(1, sizeof(*s));
	int rc = s == NULL ? BF_ENOMEM : desk_open(&s->desk, node);

	if (rc != 0) {
		free(s);
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	}
	s->node = node;
	rc = caller_rule_init(&s->rule, node->config.socket_group, f);
	if (rc == 0)
		rc = socket_clear(path, f);
	if (rc != 0) {
		desk_close(s->desk);
		free(s);
		return rc;
	}
	uv_pipe_init(node->loop, &s->pipe, 0);
	s->pipe.data = s;
	BF_REQUIRE(uv_timer_init(node->loop, &s->alive) == 0);
	s->alive.data = s;
	BF_REQUIRE(uv_timer_init(node->loop, &s->wake) == 0);
	s->wake.data = s;
	s->seats.own = geteuid();
	s->held = 3;
	mode_t mask = umask(0177);
	int uv = uv_pipe_bind(&s->pipe, path);
	int err = errno;

	umask(mask);
	if (uv == 0)
		rc = caller_open_file(&s->rule, node->config.socket_group, path, f);
	if (uv == 0 && rc == 0)
		uv = uv_listen((uv_stream_t *)&s->pipe, BACKLOG, on_connection);
	if (uv != 0) /* libuv says EACCES for a missing directory. */
		rc = fault_say(f, FAULT_SOCKET, path,
			       uv == UV_EACCES ? strerror(err) : uv_strerror(uv), NULL);
	if (rc != 0)
		serve_stop(s);
	else
		*out = s;
	return rc;
}

/* A socket file left by a daemon that died is removed; one that is answered is not ours to take. */
static int socket_clear(const char *path, struct fault *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct stat st;

	if (strlen(path) >= sizeof(at.sun_path))
		return fault_say(f, FAULT_SOCKET_LONG, path, NULL, NULL);
	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0
				       : fault_say(f, FAULT_SOCKET, path, strerror(errno), NULL);
	if (!S_ISSOCK(st.st_mode))
		return fault_say(f, FAULT_SOCKET, path, strerror(EEXIST), NULL);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return fault_say(f, FAULT_SOCKET, path, strerror(errno), NULL);
	memcpy(at.sun_path, path, strlen(path) + 1);
	int rc = connect(fd, (const struct sockaddr *)&at, sizeof(at));
	int err = errno;

	close(fd);
	if (rc == 0 || err == EAGAIN)
		return fault_say(f, FAULT_SOCKET_TAKEN, path, NULL, NULL);
	if (err == ENOENT || (err == ECONNREFUSED && (unlink(path) == 0 || errno == ENOENT)))
		return 0;
	return fault_say(f, FAULT_SOCKET, path, strerror(err), NULL);
}

static void on_server_closed(uv_handle_t *h)
{
	serve_let_go(h->data);
}

void serve_stop(struct serve *s)
{
	if (s == NULL || s->stopping)
		return;
	s->stopping = true;
	desk_stop(s->desk);
	while (s->clients != NULL)
		client_close(s->clients);
	uv_close((uv_handle_t *)&s->pipe, on_server_closed);
	uv_close((uv_handle_t *)&s->alive, on_server_closed);
	uv_close((uv_handle_t *)&s->wake, on_server_closed);
}

bool serve_stopping(const struct serve *s)
{
	return s->stopping;
}

void serve_hold(struct serve *s)
{
	s->held++;
}

void serve_let_go(struct serve *s)
{
	if (--s->held > 0)
		return;
	asked_spare_fini(&s->spare);
	desk_close(s->desk);
	free(s);
}

/* ---- the door ---- */

static void on_connection(uv_stream_t *server, int status)
{
	struct serve *s = server->data;

	if (status == 0 && !s->stopping)
		let_in(s);
}

static void let_in(struct serve *s)
{
	struct client *c = client_open(s);
	uv_os_fd_t fd;

	if (c == NULL) { /* libuv holds the one at the door, and asks no more until it is let in */
		s->door_shut = true;
		(void)uv_timer_start(&s->wake, on_wake, SERVE_RETRY_MS, 0);
		return;
	}
	if (uv_accept((uv_stream_t *)&s->pipe, (uv_stream_t *)&c->pipe) != 0 ||
	    uv_fileno((const uv_handle_t *)&c->pipe, &fd) != 0)
		client_close(c);
	else
		client_admit(c, fd);
}

static void client_admit(struct client *c, uv_os_fd_t fd)
{
	struct serve *s = c->serve;
	uint64_t now = uv_now(s->node->loop);
	struct seat *gives_way = NULL;
	struct fault f;
	uid_t uid;

	if (!caller_admit(&s->rule, fd, &uid, c->author)) {
		fault_say(&f, s->rule.by_group ? FAULT_NOT_MEMBER : FAULT_NOT_ALLOWED, NULL,
			  c->author, s->node->config.socket_group);
		client_refuse(c, &f);
		return;
	}
	enum fault_code why = seats_admit(&s->seats, uid, now, &gives_way);

	if (why != FAULT_NONE) {
		fault_say(&f, why, NULL, NULL, NULL);
		client_refuse(c, &f);
		return;
	}
	if (gives_way != NULL)
		client_dismiss(client_of(gives_way), FAULT_CONN_GAVE_WAY);
	seats_join(&s->seats, &c->seat, uid, now);
	client_step(c);
}

/* ---- what is held ---- */

void serve_ease(struct serve *s, uid_t uid)
{
	struct seat *seat;

	while ((seat = seats_heaviest(&s->seats, uid)) != NULL) {
		struct client *c = client_of(seat);

		log_warn(ev("unread_closed"), ls("user", c->author), lu("bytes", seat->bytes));
		client_close(c);
	}
}

void serve_wake(struct serve *s)
{
	if (s->waiting && !s->stopping) /* whoever waits at the door is looked at, too */
		(void)uv_timer_start(&s->wake, on_wake, 0, 0);
}

static void on_wake(uv_timer_t *timer)
{
	struct serve *s = timer->data;

	s->waiting = false;
	if (s->door_shut) {
		s->door_shut = false;
		let_in(s);
	}
	for (struct client *c = s->clients, *next; c != NULL; c = next) {
		next = c->next;
		client_step(c);
	}
}

/* ---- now and then ---- */

void serve_watch(struct serve *s)
{
	if (s->stopping)
		return;
	if (s->clients == NULL)
		(void)uv_timer_stop(&s->alive);
	else if (!uv_is_active((uv_handle_t *)&s->alive))
		(void)uv_timer_start(&s->alive, on_alive, SERVE_ALIVE_MS, SERVE_ALIVE_MS);
}

/* Who waits for a long answer hears that we are at it; who is overdue is sent away. */
static void on_alive(uv_timer_t *timer)
{
	struct serve *s = timer->data;
	struct buf b = { 0 };

	rpc_put_notice(&b, "progress");
	mp_put_map(&b, 0);
	for (struct client *c = s->clients, *next; c != NULL; c = next) {
		next = c->next;
		client_look(c);
		enum fault_code why = seats_overdue(&c->seat, uv_now(s->node->loop));

		if (why != FAULT_NONE)
			client_dismiss(c, why);
		else if (b.err == 0)
			client_alive(c, buf_bytes(&b));
	}
	buf_fini(&b);
}
