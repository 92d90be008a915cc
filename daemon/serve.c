/* serve.c -- see serve.h.
 *
 * One client's life: on_connection, client_open (who is it?), on_read, client_step (cut out
 * requests, run their methods while there is room), client_answer, client_send, on_written,
 * client_close, on_client_closed. What becomes of a call is call.c's. The serve outlives both and
 * frees itself last. */
#include "daemon/serve_inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/caller.h"
#include "daemon/cut.h"
#include "daemon/desk.h"
#include "protocol/errors.h"

enum { READ_BYTES = 64 * 1024, BACKLOG = 128, DOOR_MS = 100 /* until one is let in again */ };

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct serve *serve;
	struct client *next, **link;
	struct asked *calls;
	uint32_t call_count;
	char author[AUTHOR_BYTES_MAX + 1];
	struct cut cut;
	struct buf in;          /* read and not yet run */
	struct buf out, flying; /* to be written, being written */
	bool reading, writing, stepping;
	bool ending; /* no more requests are taken: close when all is answered and written */
	bool closed;
};

struct serve {
	struct node *node;
	struct desk *desk;
	struct caller_rule rule;
	uv_pipe_t pipe;
	uv_timer_t alive; /* runs while there are clients */
	uv_timer_t door;  /* runs while one waits for whom there is no memory */
	struct client *clients;
	uint32_t client_count; /* those that are answered */
	uint32_t held;         /* handles open and calls under way */
	struct asked_spare spare;
	bool stopping;
	char chunk[READ_BYTES];
};

static int socket_clear(const char *path, struct fault *f);
static void on_connection(uv_stream_t *server, int status);
static struct client *client_open(struct serve *s);
static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *b);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b);
static void client_step(struct client *c);
static int client_take(struct client *c, struct bytes one);
static void client_refuse(struct client *c, const struct fault *f);
static void client_send(struct client *c, struct bytes text);
static void client_fly(struct client *c);
static void on_written(uv_write_t *w, int status);
static void client_pause(struct client *c);
static void on_client_closed(uv_handle_t *h);
static void on_alive(uv_timer_t *timer);
static void on_door(uv_timer_t *timer);

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
	BF_REQUIRE(uv_timer_init(node->loop, &s->alive) == 0 &&
		   uv_timer_init(node->loop, &s->door) == 0);
	s->alive.data = s->door.data = s;
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
	uv_close((uv_handle_t *)&s->door, on_server_closed);
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

/* ---- clients ---- */

static void on_connection(uv_stream_t *server, int status)
{
	struct serve *s = server->data;
	struct client *c = status != 0 || s->stopping ? NULL : client_open(s);
	struct fault f;
	uv_os_fd_t fd;

	/* While one waits to be accepted libuv lets nobody else in: it must be asked again. */
	if (c == NULL && status == 0 && !s->stopping)
		(void)uv_timer_start(&s->door, on_door, DOOR_MS, 0);
	if (c == NULL)
		return;
	if (uv_accept(server, (uv_stream_t *)&c->pipe) != 0 ||
	    uv_fileno((const uv_handle_t *)&c->pipe, &fd) != 0) {
		client_close(c);
		return;
	}
	if (!caller_admit(&s->rule, fd, c->author)) {
		fault_say(&f, s->rule.by_group ? FAULT_NOT_MEMBER : FAULT_NOT_ALLOWED, NULL,
			  c->author, s->node->config.socket_group);
		client_refuse(c, &f);
	} else if (s->client_count > SERVE_CLIENTS_MAX) {
		fault_say(&f, FAULT_CLIENTS_MAX, NULL, NULL, NULL);
		client_refuse(c, &f);
	} else {
		client_pause(c);
	}
}

static void on_door(uv_timer_t *timer)
{
	struct serve *s = timer->data;

	on_connection((uv_stream_t *)&s->pipe, 0);
}

static struct client *client_open(struct serve *s)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->serve = s;
	uv_pipe_init(s->node->loop, &c->pipe, 0);
	c->pipe.data = c;
	c->write.data = c;
	c->next = s->clients;
	c->link = &s->clients;
	if (c->next != NULL)
		c->next->link = &c->next;
	s->clients = c;
	if (s->client_count++ == 0 && !s->stopping)
		(void)uv_timer_start(&s->alive, on_alive, SERVE_ALIVE_MS, SERVE_ALIVE_MS);
	s->held++;
	return c;
}

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *b)
{
	struct client *c = h->data;

	(void)want;
	*b = uv_buf_init(c->serve->chunk, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b)
{
	struct client *c = stream->data;

	if (n > 0) {
		buf_put(&c->in, b->base, (size_t)n);
		if (c->in.err != 0) {
			client_close(c);
			return;
		}
	} else if (n == UV_EOF) {
		c->ending = true; /* what it asked is still answered */
	} else if (n < 0) {
		client_close(c);
		return;
	}
	client_step(c);
}

/* Room for one more call: neither too many under way nor too much unread by the peer. */
static bool client_room(const struct client *c)
{
	return c->call_count < SERVE_CALLS_MAX && c->out.len + c->flying.len < SERVE_OUT_BYTES_MAX;
}

static void client_step(struct client *c)
{
	size_t used = 0, size;
	bool refused = false;
	int rc = BF_EMORE;

	if (c->closed || c->stepping)
		return;
	c->stepping = true; /* a method that answers at once comes back here */
	while (!c->closed && !c->serve->stopping && client_room(c)) {
		struct bytes rest = { c->in.p + used, c->in.len - used };

		rc = rest.len == 0 ? BF_EMORE : cut_step(&c->cut, rest, &rpc_limits, &size);
		if (rc == BF_EMORE)
			break;
		rc = client_take(c, rc == 0 ? (struct bytes){ rest.p, size } : rest);
		refused = rc != 0;
		if (refused)
			break;
		c->cut = (struct cut){ 0 };
		used += size;
	}
	c->stepping = false;
	if (c->closed)
		return;
	buf_drop(&c->in, refused ? c->in.len : used);
	client_pause(c);
}

/* Run one whole request, or refuse the stream: after a malformed one nobody knows where the next
 * begins. */
static int client_take(struct client *c, struct bytes one)
{
	struct serve *s = c->serve;
	struct asked *a = asked_open(s, &s->spare);
	struct fault f = { 0 };
	struct bytes method;

	if (a == NULL) {
		client_close(c);
		return BF_ENOMEM;
	}
	int rc = asked_read(a, one, &method, &f);

	if (rc != 0) {
		asked_close(a);
		client_refuse(c, &f);
		return rc;
	}
	a->client = c;
	a->next = c->calls;
	a->link = &c->calls;
	if (a->next != NULL)
		a->next->link = &a->next;
	c->calls = a;
	c->call_count++;
	a->call.node = s->node;
	a->call.desk = s->desk;
	memcpy(a->call.author, c->author, sizeof(a->call.author));
	desk_run(&a->call, method);
	return 0;
}

/* Tell why, outside of any call, and close when it is written. */
static void client_refuse(struct client *c, const struct fault *f)
{
	struct buf b = { 0 };

	c->ending = true;
	rpc_put_error(&b, 0, f);
	if (b.err == 0)
		client_send(c, buf_bytes(&b));
	buf_fini(&b);
	client_pause(c);
}

/* ---- writing ---- */

void client_answer(struct client *c, struct asked *a)
{
	*a->link = a->next;
	if (a->next != NULL)
		a->next->link = a->link;
	c->call_count--;
	client_send(c, buf_bytes(&a->reply));
	asked_close(a);
	client_step(c);
}

void client_notice(struct client *c, struct bytes text)
{
	if (!c->writing)
		client_send(c, text);
}

static void client_send(struct client *c, struct bytes text)
{
	if (c->closed)
		return;
	if (!c->writing && c->out.len == 0) {
		uv_buf_t b = uv_buf_init((char *)(uintptr_t)text.p, (unsigned)text.len);
		int n = uv_try_write((uv_stream_t *)&c->pipe, &b, 1);

		if (n < 0 && n != UV_EAGAIN) {
			client_close(c);
			return;
		}
		text.p += n > 0 ? n : 0;
		text.len -= n > 0 ? (size_t)n : 0;
	}
	if (text.len == 0)
		return;
	buf_put_bytes(&c->out, text);
	client_fly(c);
}

static void client_fly(struct client *c)
{
	if (c->writing || c->out.len == 0)
		return;
	if (c->out.err != 0) {
		client_close(c);
		return;
	}
	struct buf swap = c->flying;

	c->flying = c->out;
	c->out = swap;
	uv_buf_t b = uv_buf_init((char *)c->flying.p, (unsigned)c->flying.len);

	c->writing = true;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &b, 1, on_written) != 0) {
		c->writing = false;
		client_close(c);
	}
}

static void on_written(uv_write_t *w, int status)
{
	struct client *c = w->data;

	c->writing = false;
	buf_clear(&c->flying);
	if (status != 0) {
		client_close(c);
		return;
	}
	client_fly(c);
	client_step(c);
}

/* Read on, stop, or close: whatever the present state asks for. */
static void client_pause(struct client *c)
{
	if (c->closed)
		return;
	if (c->ending && c->call_count == 0 && !c->writing && c->out.len == 0) {
		client_close(c);
		return;
	}
	bool want = !c->ending && client_room(c);

	if (want == c->reading)
		return;
	c->reading = want;
	if (!want)
		uv_read_stop((uv_stream_t *)&c->pipe);
	else if (uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read) != 0)
		client_close(c);
}

void client_close(struct client *c)
{
	if (c->closed)
		return;
	c->closed = true;
	for (struct asked *a = c->calls; a != NULL; a = a->next)
		a->client = NULL;
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	if (--c->serve->client_count == 0 && !c->serve->stopping)
		(void)uv_timer_stop(&c->serve->alive);
	uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *c = h->data;
	struct serve *s = c->serve;

	buf_fini(&c->in);
	buf_fini(&c->out);
	buf_fini(&c->flying);
	free(c);
	serve_let_go(s);
}

/* ---- a long answer ---- */

/* To a client one of whose calls was under way a tick ago already, unless bytes are on their way to
 * it as it is. */
static void on_alive(uv_timer_t *timer)
{
	struct serve *s = timer->data;
	struct buf b = { 0 };

	rpc_put_notice(&b, "progress");
	mp_put_map(&b, 0);
	for (struct client *c = s->clients, *next; c != NULL; c = next) {
		bool waits = false;

		next = c->next;
		for (struct asked *a = c->calls; a != NULL; a = a->next) {
			waits = waits || a->long_one;
			a->long_one = true;
		}
		if (waits && b.err == 0 && !c->writing && c->out.len == 0)
			client_send(c, buf_bytes(&b));
	}
	buf_fini(&b);
}
