/* link.c -- see link.h.
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
 * more than once. L2: frames are cut out in one place (cut), never recursively: link_pause(false)
 * only kicks the timer. One timer serves all deadlines: it is armed to the nearest and looks again
 * when it fires. */
#include "daemon/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/tls.h"
#include "protocol/errors.h"
#include "protocol/frame.h"

enum {
	LINK_ADDRESSES_MAX = 8,
	LINK_KEEP_BYTES = 8 * 1024, /* an empty buffer larger than this is given back */
	LINK_IN_BYTES_MAX =
	    3 * FRAME_BYTES_MAX, /* TCP bytes since the last whole frame: stops key update floods */
	LINK_LINGER_BYTES_MAX = 1 << 20,
};

enum link_state { RESOLVING, CONNECTING, SHAKING, OPEN, FINISHING, LINGERING, CLOSING };

struct link {
	uv_loop_t *loop;
	uv_tcp_t tcp;
	uv_timer_t timer;
	struct lookup *lookup; /* under way */
	uv_connect_t connect;
	uv_shutdown_t shutdown;
	unsigned holds; /* handles and requests of libuv that know us */
	enum link_state state;
	struct tls *tls;
	struct tls_channel *channel;
	struct link_owner owner;
	bool server, enrol, paused, cutting, ended, drained;
	struct public_key expect;
	struct sockaddr_storage addresses[LINK_ADDRESSES_MAX];
	unsigned address_count, address_next;
	struct buf in; /* plain bytes, not yet cut into frames */
	uint32_t frame_max;
	uint64_t in_since_frame, lingered;
	uint64_t shake_due, frame_due, idle_due, session_due, finish_due; /* 0 none; loop time */
	struct link_counters counters;
	struct fault why;
	char where[FAULT_WHERE_MAX]; /* the peer's address, as people write it */
};

/* In the order of a link's life. */
static struct link *link_new(uv_loop_t *loop, struct tls *tls, const struct link_owner *owner);
static int look_up(struct link *l, const char *host, uint16_t port);
static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list);
static void connect_next(struct link *l);
static void on_connected(uv_connect_t *req, int status);
static void shake(struct link *l);
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);
static void on_plain(struct link *l, int rc);
static void cut(struct link *l);
static void flush(struct link *l);
static void on_timer(uv_timer_t *timer);
static void on_shut(uv_shutdown_t *req, int status);
static void on_handle_closed(uv_handle_t *handle);
static void release(struct link *l);

/* ---- opening ---- */

static struct link *link_new(uv_loop_t *loop, struct tls *tls, const struct link_owner *owner)
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

static void kick(struct link *l)
{
	if (l->state != CLOSING)
		(void)uv_timer_start(&l->timer, on_timer, 0, 0);
}

static void name_peer(struct link *l)
{
	struct sockaddr_storage a;
	int len = sizeof a;
	char text[64] = "?";

	if (uv_tcp_getpeername(&l->tcp, (struct sockaddr *)&a, &len) == 0)
		(void)uv_ip_name((const struct sockaddr *)&a, text, sizeof text);
	(void)snprintf(l->where, sizeof l->where, "%s", text);
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
	shake(l);
	kick(l);
	return 0;
}

/* An enrolment is not tried again by itself, and may not promise it. */
static enum fault_code lost(const struct link *l, enum fault_code code)
{
	if (l->server || !l->enrol)
		return code;
	return code == FAULT_HUB_UNREACHABLE ? FAULT_ENROL_UNREACHABLE : FAULT_ENROL_CUT;
}

static void fail_uv(struct link *l, enum fault_code code, int status)
{
	struct fault f;
	(void)fault_say(&f, lost(l, code), l->where, uv_strerror(status), NULL);
	link_close(l, &f);
}

static bool numeric_address(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	return uv_ip4_addr(host, port, (struct sockaddr_in *)(void *)out) == 0 ||
	       uv_ip6_addr(host, port, (struct sockaddr_in6 *)(void *)out) == 0;
}

int link_connect(struct link **out, uv_loop_t *loop, const char *host, uint16_t port,
		 struct tls *tls, const struct public_key *expect, bool enrol,
		 const struct link_owner *owner)
{
	struct link *l = link_new(loop, tls, owner);

	if (l == NULL)
		return BF_ENOMEM;
	l->enrol = enrol;
	l->expect = *expect;
	(void)snprintf(l->where, sizeof l->where, "%.80s:%u", host, port);
	*out = l;
	/* A plain address needs no resolver, and so no thread pool: most stations never start one.
	 */
	if (numeric_address(host, port, &l->addresses[0])) {
		l->address_count = 1;
		connect_next(l);
	} else {
		int rc = look_up(l, host, port);
		if (rc != 0)
			fail_uv(l, FAULT_HUB_UNREACHABLE, rc);
	}
	kick(l);
	return 0;
}

/* Memory of its own: a resolver may hang for minutes and cannot be stopped, a link must end when it
 * is told to. */
struct lookup {
	uv_getaddrinfo_t req;
	struct link *link; /* NULL: it did not wait */
};

static int look_up(struct link *l, const char *host, uint16_t port)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
	struct lookup *u = calloc(1, sizeof *u);
	char service[8];

	if (u == NULL)
		return UV_ENOMEM;
	u->link = l;
	u->req.data = u;
	(void)snprintf(service, sizeof service, "%u", port);
	int rc = uv_getaddrinfo(l->loop, &u->req, on_resolved, host, service, &hints);
	if (rc != 0)
		free(u);
	else
		l->lookup = u;
	return rc;
}

static void on_resolved(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct lookup *u = req->data;
	struct link *l = u->link;

	free(u);
	if (l != NULL) {
		l->lookup = NULL;
		for (struct addrinfo *a = list; a != NULL && l->address_count < LINK_ADDRESSES_MAX;
		     a = a->ai_next)
			if (a->ai_addrlen <= sizeof l->addresses[0])
				memcpy(&l->addresses[l->address_count++], a->ai_addr,
				       a->ai_addrlen);
		if (status != 0 || l->address_count == 0)
			fail_uv(l, FAULT_HUB_UNREACHABLE, status != 0 ? status : UV_EAI_NODATA);
		else
			connect_next(l);
	}
	uv_freeaddrinfo(list);
}

/* Each address has a whole handshake's time: the first may be a black hole. */
static void connect_next(struct link *l)
{
	struct sockaddr *a = (struct sockaddr *)(void *)&l->addresses[l->address_next++];
	l->state = CONNECTING;
	l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
	int rc = uv_tcp_connect(&l->connect, &l->tcp, a, on_connected);
	if (rc != 0)
		on_connected(&l->connect, rc);
}

/* The handle of a failed connect is of no use: close it, and begin anew in its close callback. */
static void on_reopen(uv_handle_t *handle)
{
	struct link *l = handle->data;
	if (l->state != CONNECTING) {
		release(l);
		return;
	}
	BF_REQUIRE(uv_tcp_init(l->loop, &l->tcp) == 0);
	l->tcp.data = l;
	connect_next(l);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct link *l = req->data;
	if (l->state != CONNECTING || uv_is_closing((uv_handle_t *)&l->tcp))
		return;
	if (status == 0)
		shake(l);
	else if (l->address_next < l->address_count)
		uv_close((uv_handle_t *)&l->tcp, on_reopen);
	else
		fail_uv(l, FAULT_HUB_UNREACHABLE, status);
}

/* ---- the handshake ---- */

static bool on_peer(void *ctx, const struct public_key *key, bool enrol)
{
	struct link *l = ctx;
	if (!l->server)
		return key_equal(key, &l->expect);
	return l->owner.on_peer(l->owner.ctx, key, enrol);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct link *l = handle->data;
	(void)suggested;
	*buf = uv_buf_init(tls_scratch(l->tls), TLS_SCRATCH_BYTES);
}

static void read_start(struct link *l)
{
	int rc = uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read);
	if (rc != 0 && rc != UV_EALREADY)
		fail_uv(l, FAULT_LINK_CUT, rc);
}

static void shake(struct link *l)
{
	const struct tls_channel_start start = {
		.server = l->server, .enrol = l->enrol, .on_peer = on_peer, .ctx = l
	};
	struct fault f;

	l->state = SHAKING;
	l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
	(void)uv_tcp_nodelay(&l->tcp, 1);
	l->channel = tls_channel_open(l->tls, &start);
	if (l->channel == NULL) {
		(void)fault_say(&f, FAULT_NO_MEMORY, NULL, NULL, NULL);
		link_close(l, &f);
		return;
	}
	read_start(l);
	if (!l->server && l->state == SHAKING)
		on_plain(l, tls_channel_take(l->channel, bytes_of(NULL, 0), &l->in));
}

/* ---- reading ---- */

static void on_eof(struct link *l, int status)
{
	if (l->ended || l->state == FINISHING || l->state == LINGERING)
		link_close(l, NULL);
	else
		fail_uv(l, FAULT_LINK_CUT, status);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
	struct link *l = stream->data;

	if (l->state == CLOSING || count == 0)
		return;
	if (count < 0) {
		on_eof(l, (int)count);
		return;
	}
	l->counters.tcp_in += (uint64_t)count;
	if (l->state == FINISHING || l->state == LINGERING) {
		l->lingered += (uint64_t)count;
		if (l->lingered > LINK_LINGER_BYTES_MAX)
			link_close(l, NULL);
		return;
	}
	l->in_since_frame += (uint64_t)count;
	on_plain(l, tls_channel_take(l->channel, bytes_of(buf->base, (size_t)count), &l->in));
}

static void fail_tls(struct link *l)
{
	const char *text = "";
	struct fault f;

	switch (tls_channel_why(l->channel, &text)) {
	case TLS_WHY_KEY:
		(void)fault_say(&f, l->server ? FAULT_PEER_UNKNOWN : FAULT_HUB_KEY, l->where, NULL,
				NULL);
		break;
	case TLS_WHY_REFUSED:
		(void)fault_say(&f, l->server ? FAULT_TLS : FAULT_NODE_REFUSED, l->where, text,
				NULL);
		break;
	case TLS_WHY_NONE:
	case TLS_WHY_OTHER:
		(void)fault_say(&f, FAULT_TLS, l->where, text, NULL);
		break;
	}
	l->why = f;
	flush(l); /* the alert */
	if (l->state == CLOSING)
		return;
	/* What the peer has sent meanwhile is unread: linger, or a reset overtakes the alert. */
	l->state = FINISHING;
	l->finish_due = uv_now(l->loop) + tls_limits(l->tls)->linger_ms;
	l->holds++;
	if (uv_shutdown(&l->shutdown, (uv_stream_t *)&l->tcp, on_shut) != 0) {
		l->holds--;
		link_close(l, &f);
	}
	kick(l);
}

static void opened(struct link *l)
{
	uint64_t now = uv_now(l->loop);
	l->state = OPEN;
	l->enrol = tls_channel_enrol(l->channel);
	l->session_due = now + tls_limits(l->tls)->session_ms;
	l->idle_due = now + tls_limits(l->tls)->idle_ms;
	l->in_since_frame = 0;
	kick(l);
	l->owner.on_open(l->owner.ctx, l);
}

static void fail_bound(struct link *l, const char *what)
{
	struct fault f;
	(void)fault_say(&f, FAULT_LINK_BOUND, l->where, what, NULL);
	link_close(l, &f);
}

/* After the channel has taken bytes: rc is what it said. */
static void on_plain(struct link *l, int rc)
{
	flush(l);
	if (l->state == CLOSING)
		return;
	if (l->state == SHAKING && tls_channel_ready(l->channel))
		opened(l);
	else if (l->state == SHAKING && l->counters.tcp_in > TLS_SHAKE_BYTES_MAX)
		fail_bound(l, "in the handshake");
	if (rc == BF_ECLOSED)
		l->ended = true;
	if (l->state == OPEN)
		cut(l);
	if (rc != 0 && rc != BF_ECLOSED && (l->state == OPEN || l->state == SHAKING))
		fail_tls(l);
}

static void give_back(struct buf *b)
{
	if (b->len == 0 && b->cap > LINK_KEEP_BYTES)
		buf_fini(b);
}

void link_bound(struct link *l, uint32_t frame_bytes, uint64_t session_ms)
{
	l->frame_max = frame_bytes;
	l->session_due = uv_now(l->loop) + session_ms;
	kick(l);
}

/* Like frame_take, and as early: by the four bytes of the head alone. */
static int take_frame(const struct link *l, struct bytes rest, struct bytes *payload, size_t *used)
{
	if (rest.len >= FRAME_HEAD_BYTES && be32_get(rest.p) > l->frame_max)
		return BF_EBOUND;
	return frame_take(rest, payload, used);
}

/* Hand over whole frames while the owner takes them (L2). */
static void cut(struct link *l)
{
	struct bytes payload;
	size_t used = 0, at = 0;
	int rc = 0;

	if (l->cutting)
		return;
	l->cutting = true;
	while (l->state == OPEN && !l->paused) {
		struct bytes rest = bytes_of(l->in.p + at, l->in.len - at);
		rc = take_frame(l, rest, &payload, &used);
		if (rc != 0)
			break;
		at += used;
		l->counters.app_in += used;
		l->in_since_frame = 0;
		l->frame_due = 0;
		l->idle_due = uv_now(l->loop) + tls_limits(l->tls)->idle_ms;
		l->owner.on_frame(l->owner.ctx, l, payload);
	}
	buf_drop(&l->in, at);
	l->cutting = false;
	if (l->state != OPEN || l->paused)
		return;
	if (rc == BF_EBOUND)
		fail_bound(l, "within a frame");
	else if (l->ended && l->in.len == 0)
		link_close(l, NULL);
	else if (l->ended)
		fail_uv(l, FAULT_LINK_CUT, UV_EOF);
	else if (l->in_since_frame > LINK_IN_BYTES_MAX)
		fail_bound(l, "bytes without a frame");
	else if (l->in.len > 0 && l->frame_due == 0) {
		l->frame_due = uv_now(l->loop) + tls_limits(l->tls)->frame_ms;
		kick(l);
	}
	give_back(&l->in);
}

void link_pause(struct link *l, bool paused)
{
	if (l->state != OPEN || l->paused == paused)
		return;
	l->paused = paused;
	if (paused) {
		(void)uv_read_stop((uv_stream_t *)&l->tcp);
		return;
	}
	/* Our own waiting is not held against the peer. */
	l->idle_due = uv_now(l->loop) + tls_limits(l->tls)->idle_ms;
	if (l->frame_due != 0)
		l->frame_due = uv_now(l->loop) + tls_limits(l->tls)->frame_ms;
	read_start(l);
	kick(l);
}

/* ---- writing ---- */

struct write {
	uv_write_t req;
	struct link *link;
	char bytes[];
};

static void on_written(uv_write_t *req, int status)
{
	struct write *w = req->data;
	struct link *l = w->link;

	free(w);
	if (status != 0 && l->state != CLOSING)
		fail_uv(l, FAULT_LINK_CUT, status);
	else if (l->state == OPEN && uv_stream_get_write_queue_size((uv_stream_t *)&l->tcp) == 0) {
		l->drained = true;
		kick(l);
	}
	release(l);
}

static int queue(struct link *l, struct bytes rest)
{
	struct write *w = malloc(sizeof *w + rest.len);
	if (w == NULL)
		return UV_ENOMEM;
	w->link = l;
	w->req.data = w;
	memcpy(w->bytes, rest.p, rest.len);
	uv_buf_t buf = uv_buf_init(w->bytes, (unsigned)rest.len);
	int rc = uv_write(&w->req, (uv_stream_t *)&l->tcp, &buf, 1, on_written);
	if (rc != 0)
		free(w);
	else
		l->holds++;
	return rc;
}

/* Move what the channel offers to TCP: at once what the kernel takes, the rest queued. */
static void flush(struct link *l)
{
	struct bytes out = tls_channel_out(l->channel);
	int rc = 0;

	if (out.len == 0 || l->state == CLOSING)
		return;
	l->counters.tcp_out += out.len;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&l->tcp) == 0) {
		uv_buf_t buf = uv_buf_init((char *)(uintptr_t)out.p, (unsigned)out.len);
		rc = uv_try_write((uv_stream_t *)&l->tcp, &buf, 1);
		if (rc > 0)
			out = bytes_of(out.p + rc, out.len - (size_t)rc);
		if (rc > 0 || rc == UV_EAGAIN)
			rc = 0;
	}
	if (rc == 0 && out.len > 0)
		rc = queue(l, out);
	else if (rc == 0 && l->owner.on_drained != NULL) {
		l->drained = true;
		kick(l);
	}
	tls_channel_sent(l->channel);
	if (rc < 0)
		fail_uv(l, FAULT_LINK_CUT, rc);
}

int link_send(struct link *l, struct bytes frames)
{
	if (l->state != OPEN)
		return BF_ECLOSED;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&l->tcp) + frames.len >
	    LINK_OUT_BYTES_MAX) {
		fail_bound(l, "bytes not read by the peer");
		return BF_EBOUND;
	}
	l->counters.app_out += frames.len;
	int rc = tls_channel_put(l->channel, frames);
	flush(l);
	if (rc != 0 && l->state == OPEN)
		fail_tls(l);
	return l->state == CLOSING || rc != 0 ? BF_ECLOSED : 0;
}

/* ---- deadlines ---- */

static void earlier(uint64_t *due, uint64_t at)
{
	if (at != 0 && (*due == 0 || at < *due))
		*due = at;
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

/* True when the link was closed for it. */
static bool expire(struct link *l, const char *what)
{
	struct fault f;

	if (l->state == FINISHING || l->state == LINGERING) {
		link_close(l, NULL);
		return true;
	}
	if (l->state == CONNECTING && l->address_next < l->address_count &&
	    !uv_is_closing((uv_handle_t *)&l->tcp)) {
		l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
		uv_close((uv_handle_t *)&l->tcp, on_reopen);
		return false;
	}
	(void)fault_say(&f, lost(l, l->state < SHAKING ? FAULT_HUB_UNREACHABLE : FAULT_LINK_SLOW),
			l->where, l->state < SHAKING ? "timed out" : what, NULL);
	link_close(l, &f);
	return true;
}

static void on_timer(uv_timer_t *timer)
{
	struct link *l = timer->data;
	const char *what = "";

	if (l->state == OPEN && !l->cutting)
		cut(l);
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
	flush(l);
	if (l->state == CLOSING)
		return;
	l->holds++;
	if (uv_shutdown(&l->shutdown, (uv_stream_t *)&l->tcp, on_shut) != 0) {
		l->holds--;
		link_close(l, NULL);
		return;
	}
	read_start(l);
	kick(l);
}

static void on_shut(uv_shutdown_t *req, int status)
{
	struct link *l = req->data;

	if (l->state == FINISHING && (status != 0 || l->ended || !l->server)) {
		link_close(l, NULL);
	} else if (l->state == FINISHING) {
		l->state = LINGERING;
		l->finish_due = uv_now(l->loop) + tls_limits(l->tls)->linger_ms;
		kick(l);
	}
	release(l);
}

void link_close(struct link *l, const struct fault *why)
{
	if (l->state == CLOSING)
		return;
	if (why != NULL && l->why.code == FAULT_NONE)
		l->why = *why; /* the first reason is the true one */
	if (l->state == OPEN && !l->ended) {
		tls_channel_finish(l->channel);
		flush(l); /* may come back here; the state decides */
		if (l->state == CLOSING)
			return;
	}
	l->state = CLOSING;
	if (l->lookup != NULL) {
		l->lookup->link = NULL;
		(void)uv_cancel((uv_req_t *)&l->lookup->req);
	}
	if (!uv_is_closing((uv_handle_t *)&l->tcp))
		uv_close((uv_handle_t *)&l->tcp, on_handle_closed);
	uv_close((uv_handle_t *)&l->timer, on_handle_closed);
}

static void on_handle_closed(uv_handle_t *handle)
{
	release(handle->data);
}

/* L1: the last one turns off the light. */
static void release(struct link *l)
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
