/* SPDX-License-Identifier: Apache-2.0 */
/* serve_client.c -- one connection at the local socket, see serve_inside.h.
 *
 * Its life: client_open, on_read, client_step (cut out requests, run their methods while there is
 * room), client_answer, client_send, on_written, client_close, on_client_closed, and client_free
 * when its last call is over too. Whether it may stay is seats.c's to say; what becomes of a call
 * is call.c's. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/desk.h"
#include "daemon/serve_inside.h"
#include "protocol/errors.h"

/* What a call takes beside its bytes, about: itself, and each value of its parameters. */
enum { CALL_BYTES = 8 * 1024, VALUE_BYTES = 48 };

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *b);
static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *b);
static void client_weigh(struct client *c);
static int client_take(struct client *c, struct bytes one, uint32_t items);
static void client_send(struct client *c, struct bytes text);
static void client_fly(struct client *c);
static void on_written(uv_write_t *w, int status);
static void client_pause(struct client *c);
static void on_client_closed(uv_handle_t *h);
static void client_free(struct client *c);

/* ---- reading ---- */

struct client *client_open(struct serve *s)
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
	serve_hold(s);
	serve_watch(s);
	return c;
}

/* Here it goes again: a byte moved, or a call is over. */
static void client_moved(struct client *c)
{
	c->seat.moved_ms = uv_now(c->serve->node->loop);
}

static void on_alloc(uv_handle_t *h, size_t want, uv_buf_t *b)
{
	struct client *c = h->data;

	(void)want;
	*b = uv_buf_init(c->serve->chunk, SERVE_READ_BYTES);
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
		client_moved(c);
		client_weigh(c);
		serve_ease(c->serve, c->seat.uid);
	} else if (n == UV_EOF) {
		c->ending = true; /* what it asked is still answered */
	} else if (n < 0) {
		client_close(c);
		return;
	}
	client_step(c);
}

static void client_weigh(struct client *c)
{
	struct seat *seat = &c->seat;
	size_t before = seat->bytes;

	seat->calls = c->call_count;
	seat->unread = c->gone ? 0 : c->out.len + c->flying.len;
	seat->bytes = c->in.len + seat->unread + c->call_bytes;
	if (seat->bytes < before)
		serve_wake(c->serve);
}

/* Room for one more call: neither too many under way nor too much unread by the peer, and not too
 * much held for its user (S5). */
static bool client_room(struct client *c)
{
	if (c->call_count >= SERVE_CALLS_MAX || c->out.len + c->flying.len >= SERVE_OUT_BYTES_MAX)
		return false;
	bool room = seats_room(&c->serve->seats, &c->seat);

	c->serve->waiting = c->serve->waiting || !room;
	return room;
}

static bool hung_up(const struct client *c)
{
	struct pollfd p = { 0 };

	return uv_fileno((const uv_handle_t *)&c->pipe, &p.fd) == 0 && poll(&p, 1, 0) == 1 &&
	       (p.revents & POLLHUP) != 0;
}

void client_step(struct client *c)
{
	size_t used = 0, size;
	bool refused = false, half = false;
	int rc;

	if (c->closed || c->stepping)
		return;
	c->stepping = true; /* a method that answers at once comes back here */
	while (!c->closed && !c->serve->stopping && client_room(c)) {
		struct bytes rest = { c->in.p + used, c->in.len - used };

		rc = rest.len == 0 ? BF_EMORE : cut_step(&c->cut, rest, &rpc_limits, &size);
		half = rc == BF_EMORE && rest.len > 0;
		if (rc == BF_EMORE)
			break;
		rc = client_take(c, rc == 0 ? (struct bytes){ rest.p, size } : rest, c->cut.items);
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
	if (!half)
		c->seat.half_ms = 0;
	else if (used > 0 || c->seat.half_ms == 0)
		c->seat.half_ms = uv_now(c->serve->node->loop);
	client_weigh(c);
	/* Who only shut its half waits for what it asked; who hung up waits for nothing. */
	if (c->ending && (half || c->in.len == 0) && hung_up(c))
		client_close(c);
	else
		client_pause(c);
}

/* Run one whole request, or refuse the stream: after a malformed one nobody knows where the next
 * begins. */
static int client_take(struct client *c, struct bytes one, uint32_t items)
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
	a->weight = CALL_BYTES + one.len + (size_t)items * VALUE_BYTES;
	a->next = c->calls;
	a->link = &c->calls;
	if (a->next != NULL)
		a->next->link = &a->next;
	c->calls = a;
	c->call_count++;
	c->call_bytes += a->weight;
	client_moved(c);
	client_weigh(c);
	a->call.node = s->node;
	a->call.desk = s->desk;
	memcpy(a->call.author, c->author, sizeof(a->call.author));
	a->call.owner = c->seat.uid == 0 || c->seat.uid == s->seats.own;
	desk_run(&a->call, method);
	return 0;
}

void client_refuse(struct client *c, const struct fault *f)
{
	struct buf b = { 0 };

	c->ending = true;
	rpc_put_error(&b, 0, f);
	if (b.err == 0)
		client_send(c, buf_bytes(&b));
	buf_fini(&b);
	client_pause(c);
}

void client_dismiss(struct client *c, enum fault_code why)
{
	struct buf b = { 0 };
	struct fault f;

	fault_say(&f, why, NULL, NULL, NULL);
	rpc_put_error(&b, 0, &f);
	if (b.err == 0 && !c->writing && c->out.len == 0)
		client_send(c, buf_bytes(&b));
	buf_fini(&b);
	client_close(c);
}

/* ---- writing ---- */

void client_answer(struct client *c, struct asked *a)
{
	*a->link = a->next;
	if (a->next != NULL)
		a->next->link = a->link;
	c->call_count--;
	c->call_bytes -= a->weight;
	client_moved(c);
	client_send(c, buf_bytes(&a->reply));
	asked_close(a);
	client_weigh(c);
	if (c->gone && c->call_count == 0)
		client_free(c);
	else
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
	client_weigh(c);
	serve_ease(c->serve, c->seat.uid);
	if (!c->closed)
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
	c->unsent = c->flying.len;
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
	client_moved(c);
	client_weigh(c);
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
	seats_close(&c->serve->seats, &c->seat);
	*c->link = c->next;
	if (c->next != NULL)
		c->next->link = c->link;
	client_weigh(c);
	serve_watch(c->serve);
	uv_close((uv_handle_t *)&c->pipe, on_client_closed);
}

static void on_client_closed(uv_handle_t *h)
{
	struct client *c = h->data;

	c->gone = true;
	buf_fini(&c->in);
	buf_fini(&c->out);
	buf_fini(&c->flying);
	client_weigh(c);
	if (c->call_count == 0)
		client_free(c);
}

static void client_free(struct client *c)
{
	struct serve *s = c->serve;

	seats_leave(&s->seats, &c->seat);
	serve_wake(s);
	free(c);
	serve_let_go(s);
}

/* ---- looked at now and then ---- */

void client_alive(struct client *c, struct bytes notice)
{
	bool waits = false;

	for (struct asked *a = c->calls; a != NULL; a = a->next) {
		waits = waits || a->long_one;
		a->long_one = true;
	}
	if (waits && !c->writing && c->out.len == 0)
		client_send(c, notice);
}

void client_look(struct client *c)
{
	size_t unsent = c->writing ? uv_stream_get_write_queue_size((uv_stream_t *)&c->pipe) : 0;

	if (unsent != c->unsent)
		client_moved(c);
	c->unsent = unsent;
	if (c->ending)
		client_step(c); /* it may have hung up since */
}
