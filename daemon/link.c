/* SPDX-License-Identifier: Apache-2.0 */
/* link.c -- see link.h: the life of a link and its deadlines. The way to a hub is link_dial.c,
 * bytes and frames are link_pump.c.
 *
 *   RESOLVING -> CONNECTING -> SHAKING -> OPEN -> FINISHING -> LINGERING -> CLOSING
 *   (client: the first two; any state may go to CLOSING at once)
 *
 * FINISHING: what is queued is written, then close_notify, then our half of TCP is shut. LINGERING
 * (server only): read and throw away until the peer closes: to close with bytes unread would send a
 * reset, which can overtake the REFUSE or the alert that says why. The owner hears of frames only
 * in OPEN.
 *
 * L1: on_closed is the last callback, called once, when no handle or request of libuv holds our
 * memory any more. So link_close may be called from any callback, even from inside link_send, and
 * more than once. One timer serves all deadlines: it is armed to the nearest and looks again when
 * it fires. */
#include "daemon/link_inside.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/files.h"
#include "protocol/errors.h"
#include "protocol/frame.h"

/* In the order of a link's life. */
static void name_peer(struct link *l);
static void on_timer(uv_timer_t *timer);
static uint64_t nearest(const struct link *l, const char **what);
static void earlier(uint64_t *due, uint64_t at);
static bool expire(struct link *l, const char *what);
static enum fault_code lost(const struct link *l, enum fault_code code);
static void on_shut(uv_shutdown_t *req, int status);
static void on_handle_closed(uv_handle_t *handle);

/* ---- opening ---- */

struct link *link_new(uv_loop_t *loop, struct tls *tls, const struct link_owner *owner)
{
	struct link *l = calloc(1, sizeof *l);
	if (l == NULL)
		return NULL;
	l->loop = loop;
	l->tls = tls;
	l->owner = *owner;
	l->frame_max = FRAME_BYTES_MAX;
	BF_REQUIRE(uv_tcp_init(loop, &l->tcp) == 0 && uv_timer_init(loop, &l->timer) == 0);
	l->tcp.data = l->timer.data = l;
	l->connect.data = l->shutdown.data = l;
	l->holds = 2;
	l->shake_due = uv_now(loop) + tls_limits(tls)->handshake_ms;
	return l;
}

int link_accept(struct link **out, uv_stream_t *server, struct tls *tls,
		const struct link_owner *owner)
{
	struct link *l = link_new(server->loop, tls, owner);
	if (l == NULL)
		return BF_ENOMEM;
	l->server = true;
	*out = l;
	if (uv_accept(server, (uv_stream_t *)&l->tcp) != 0) {
		link_close(l, NULL);
		return 0; /* the owner hears of it by on_closed, as of any other link */
	}
	name_peer(l);
	link_shake(l);
	link_kick(l);
	return 0;
}

/* uv_ip_name would do, from libuv 1.43 on. */
static void name_peer(struct link *l)
{
	struct sockaddr_storage a = { 0 };
	int len = sizeof a;
	char text[64] = "?";

	if (uv_tcp_getpeername(&l->tcp, (struct sockaddr *)&a, &len) == 0)
		(void)(a.ss_family == AF_INET6
			   ? uv_ip6_name((const struct sockaddr_in6 *)&a, text, sizeof text)
			   : uv_ip4_name((const struct sockaddr_in *)&a, text, sizeof text));
	(void)snprintf(l->where, sizeof l->where, "%s", text);
}

/* ---- deadlines ---- */

void link_kick(struct link *l)
{
	if (l->state != CLOSING)
		(void)uv_timer_start(&l->timer, on_timer, 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct link *l = timer->data;
	const char *what = "";

	if (l->state == OPEN && !l->cutting)
		link_cut(l);
	if (l->state == OPEN && l->drained) {
		l->drained = false;
		if (l->owner.on_drained != NULL)
			l->owner.on_drained(l->owner.ctx, l);
	}
	uint64_t due = nearest(l, &what), now = uv_now(l->loop);
	if (l->state == CLOSING || (due <= now && expire(l, what)))
		return;
	due = nearest(l, &what);
	/* A kick made above by a callback has armed the timer already for "now"; look again then.
	 */
	if (!uv_is_active((uv_handle_t *)timer))
		(void)uv_timer_start(timer, on_timer, due > now ? due - now : 1, 0);
}

/* The nearest deadline of the present state; *what names it. */
static uint64_t nearest(const struct link *l, const char **what)
{
	uint64_t due = 0;

	switch (l->state) {
	case RESOLVING:
	case CONNECTING:
	case SHAKING:
		*what = l->state == SHAKING ? "in the handshake" : "while connecting";
		return l->shake_due;
	case OPEN:
		due = l->session_due;
		if (!l->paused) {
			earlier(&due, l->frame_due);
			earlier(&due, l->idle_due);
		}
		*what = due == l->session_due ? "the whole session"
			: due == l->idle_due  ? "nothing was heard"
					      : "within a frame";
		return due;
	case FINISHING:
	case LINGERING:
		*what = "while closing";
		return l->finish_due;
	case CLOSING:
		break;
	}
	return 0;
}

static void earlier(uint64_t *due, uint64_t at)
{
	if (at != 0 && (*due == 0 || at < *due))
		*due = at;
}

/* True when the link was closed for it. */
static bool expire(struct link *l, const char *what)
{
	struct fault f;

	if (l->state == FINISHING || l->state == LINGERING) {
		link_close(l, NULL);
		return true;
	}
	if (l->state == CONNECTING && link_dial_next(l))
		return false;
	(void)fault_say(&f, lost(l, l->state < SHAKING ? FAULT_HUB_UNREACHABLE : FAULT_LINK_SLOW),
			l->where, l->state < SHAKING ? "timed out" : what, NULL);
	link_close(l, &f);
	return true;
}

/* ---- failing ---- */

/* An enrolment is not tried again by itself, and may not promise it. */
static enum fault_code lost(const struct link *l, enum fault_code code)
{
	if (l->server || !l->enrol)
		return code;
	return code == FAULT_HUB_UNREACHABLE ? FAULT_ENROL_UNREACHABLE : FAULT_ENROL_CUT;
}

void link_fail_uv(struct link *l, enum fault_code code, int status)
{
	struct fault f;
	if (status == UV_ENOMEM) {
		link_fail_memory(l);
		return;
	}
	if (status == UV_EMFILE || status == UV_ENFILE)
		(void)files_few(&f);
	else
		(void)fault_say(&f, lost(l, code), l->where, uv_strerror(status), NULL);
	link_close(l, &f);
}

void link_fail_bound(struct link *l, const char *what)
{
	struct fault f;
	(void)fault_say(&f, FAULT_LINK_BOUND, l->where, what, NULL);
	link_close(l, &f);
}

void link_fail_memory(struct link *l)
{
	struct fault f;
	(void)fault_say(&f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	link_close(l, &f);
}

/* ---- ending ---- */

void link_finish(struct link *l)
{
	if (l->state < OPEN) {
		link_close(l, NULL);
		return;
	}
	if (l->state != OPEN)
		return;
	l->state = FINISHING;
	l->finish_due = uv_now(l->loop) + tls_limits(l->tls)->frame_ms;
	tls_channel_finish(l->channel);
	link_flush(l);
	if (l->state != CLOSING)
		link_shut(l);
	if (l->state == CLOSING)
		return;
	link_read_start(l);
	link_kick(l);
}

void link_shut(struct link *l)
{
	l->holds++;
	if (uv_shutdown(&l->shutdown, (uv_stream_t *)&l->tcp, on_shut) != 0) {
		l->holds--;
		link_close(l, NULL);
	}
}

static void on_shut(uv_shutdown_t *req, int status)
{
	struct link *l = req->data;

	if (l->state == FINISHING && (status != 0 || l->ended || !l->server)) {
		link_close(l, NULL);
	} else if (l->state == FINISHING) {
		l->state = LINGERING;
		l->finish_due = uv_now(l->loop) + tls_limits(l->tls)->linger_ms;
		link_kick(l);
	}
	link_release(l);
}

void link_close(struct link *l, const struct fault *why)
{
	if (l->state == CLOSING)
		return;
	if (why != NULL && l->why.code == FAULT_NONE)
		l->why = *why; /* the first reason is the true one */
	if (l->state == OPEN && !l->ended) {
		tls_channel_finish(l->channel);
		link_flush(l); /* may come back here; the state decides */
		if (l->state == CLOSING)
			return;
	}
	l->state = CLOSING;
	link_dial_cancel(l);
	if (!uv_is_closing((uv_handle_t *)&l->tcp))
		uv_close((uv_handle_t *)&l->tcp, on_handle_closed);
	uv_close((uv_handle_t *)&l->timer, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	link_release(handle->data);
}

/* L1: the last one turns off the light. */
void link_release(struct link *l)
{
	if (--l->holds > 0)
		return;
	l->owner.on_closed(l->owner.ctx, l, &l->why);
	tls_channel_close(l->channel);
	buf_fini(&l->in);
	free(l);
}

/* ---- questions ---- */

const struct public_key *link_peer(const struct link *l)
{
	return tls_channel_peer(l->channel);
}

bool link_enrol(const struct link *l)
{
	return l->enrol;
}

struct link_counters link_counters(const struct link *l)
{
	return l->counters;
}

const char *link_where(const struct link *l)
{
	return l->where;
}
