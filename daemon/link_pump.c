/* SPDX-License-Identifier: Apache-2.0 */
/* link_pump.c -- bytes and frames of a link: TCP into the channel, plain bytes into frames, and
 * back.
 *
 * L2: frames are cut out in one place (link_cut), never recursively: link_pause(false) only kicks
 * the timer. Back-pressure: a paused link reads nothing, so TCP makes the peer wait; what we send
 * and the peer does not read is bounded (LINK_OUT_BYTES_MAX). */
#include "daemon/link_inside.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"
#include "protocol/frame.h"

enum {
	LINK_KEEP_BYTES = 8 * 1024, /* an empty buffer larger than this is given back */
	LINK_IN_BYTES_MAX =
	    3 * FRAME_BYTES_MAX, /* TCP bytes since the last whole frame: stops key update floods */
	LINK_LINGER_BYTES_MAX = 1 << 20,
};

struct write {
	uv_write_t req;
	struct link *link;
	char bytes[];
};

/* In the order in which bytes come, and go. */
static bool on_peer(void *ctx, const struct public_key *key, bool enrol);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf);
static void on_eof(struct link *l, int status);
static void on_plain(struct link *l, int rc);
static void opened(struct link *l);
static void fail_tls(struct link *l);
static int take_frame(const struct link *l, struct bytes rest, struct bytes *payload, size_t *used);
static void give_back(struct buf *b);
static int queue(struct link *l, struct bytes rest);
static void on_written(uv_write_t *req, int status);

/* ---- the handshake ---- */

void link_shake(struct link *l)
{
	const struct tls_channel_start start = {
		.server = l->server, .enrol = l->enrol, .on_peer = on_peer, .ctx = l
	};

	l->state = SHAKING;
	l->shake_due = uv_now(l->loop) + tls_limits(l->tls)->handshake_ms;
	(void)uv_tcp_nodelay(&l->tcp, 1);
	l->channel = tls_channel_open(l->tls, &start);
	if (l->channel == NULL) {
		link_fail_memory(l);
		return;
	}
	link_read_start(l);
	if (!l->server && l->state == SHAKING)
		on_plain(l, tls_channel_take(l->channel, bytes_of(NULL, 0), &l->in));
}

static bool on_peer(void *ctx, const struct public_key *key, bool enrol)
{
	struct link *l = ctx;
	if (!l->server)
		return key_equal(key, &l->expect);
	return l->owner.on_peer(l->owner.ctx, key, enrol);
}

void link_read_start(struct link *l)
{
	int rc = uv_read_start((uv_stream_t *)&l->tcp, on_alloc, on_read);
	if (rc != 0 && rc != UV_EALREADY)
		link_fail_uv(l, FAULT_LINK_CUT, rc);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct link *l = handle->data;
	(void)suggested;
	*buf = uv_buf_init(tls_scratch(l->tls), TLS_SCRATCH_BYTES);
}

/* ---- reading ---- */

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

static void on_eof(struct link *l, int status)
{
	if (l->ended || l->state == FINISHING || l->state == LINGERING)
		link_close(l, NULL);
	else
		link_fail_uv(l, FAULT_LINK_CUT, status);
}

/* After the channel has taken bytes: rc is what it said. */
static void on_plain(struct link *l, int rc)
{
	link_flush(l);
	if (l->state == CLOSING)
		return;
	if (l->state == SHAKING && tls_channel_ready(l->channel))
		opened(l);
	else if (l->state == SHAKING && l->counters.tcp_in > TLS_SHAKE_BYTES_MAX)
		link_fail_bound(l, "in the handshake");
	if (rc == BF_ECLOSED)
		l->ended = true;
	if (l->state == OPEN)
		link_cut(l);
	if (rc != 0 && rc != BF_ECLOSED && (l->state == OPEN || l->state == SHAKING))
		fail_tls(l);
}

static void opened(struct link *l)
{
	uint64_t now = uv_now(l->loop);
	l->state = OPEN;
	l->enrol = tls_channel_enrol(l->channel);
	l->session_due = now + tls_limits(l->tls)->session_ms;
	l->idle_due = now + tls_limits(l->tls)->idle_ms;
	l->in_since_frame = 0;
	link_kick(l);
	l->owner.on_open(l->owner.ctx, l);
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
	case TLS_WHY_MEMORY:
		(void)fault_say(&f, FAULT_NO_MEMORY, NULL, NULL, NULL);
		break;
	case TLS_WHY_NONE:
	case TLS_WHY_OTHER:
		(void)fault_say(&f, FAULT_TLS, l->where, text, NULL);
		break;
	}
	l->why = f;
	link_flush(l); /* the alert */
	if (l->state == CLOSING)
		return;
	/* What the peer has sent meanwhile is unread: linger, or a reset overtakes the alert. */
	l->state = FINISHING;
	l->finish_due = uv_now(l->loop) + tls_limits(l->tls)->linger_ms;
	link_shut(l);
	link_kick(l);
}

/* ---- frames ---- */

void link_cut(struct link *l)
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
		link_fail_bound(l, "within a frame");
	else if (l->ended && l->in.len == 0)
		link_close(l, NULL);
	else if (l->ended)
		link_fail_uv(l, FAULT_LINK_CUT, UV_EOF);
	else if (l->in_since_frame > LINK_IN_BYTES_MAX)
		link_fail_bound(l, "bytes without a frame");
	else if (l->in.len > 0 && l->frame_due == 0) {
		l->frame_due = uv_now(l->loop) + tls_limits(l->tls)->frame_ms;
		link_kick(l);
	}
	give_back(&l->in);
}

/* Like frame_take, and as early: by the four bytes of the head alone. */
static int take_frame(const struct link *l, struct bytes rest, struct bytes *payload, size_t *used)
{
	if (rest.len >= FRAME_HEAD_BYTES && be32_get(rest.p) > l->frame_max)
		return BF_EBOUND;
	return frame_take(rest, payload, used);
}

static void give_back(struct buf *b)
{
	if (b->len == 0 && b->cap > LINK_KEEP_BYTES)
		buf_fini(b);
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
	link_read_start(l);
	link_kick(l);
}

void link_bound(struct link *l, uint32_t frame_bytes, uint64_t session_ms)
{
	l->frame_max = frame_bytes;
	l->session_due = uv_now(l->loop) + session_ms;
	link_kick(l);
}

/* ---- writing ---- */

int link_send(struct link *l, struct bytes frames)
{
	if (l->state != OPEN)
		return BF_ECLOSED;
	if (uv_stream_get_write_queue_size((uv_stream_t *)&l->tcp) + frames.len >
	    LINK_OUT_BYTES_MAX) {
		link_fail_bound(l, "bytes not read by the peer");
		return BF_EBOUND;
	}
	l->counters.app_out += frames.len;
	int rc = tls_channel_put(l->channel, frames);
	link_flush(l);
	if (rc != 0 && l->state == OPEN)
		fail_tls(l);
	return l->state == CLOSING || rc != 0 ? BF_ECLOSED : 0;
}

void link_flush(struct link *l)
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
		link_kick(l);
	}
	tls_channel_sent(l->channel);
	if (rc < 0)
		link_fail_uv(l, FAULT_LINK_CUT, rc);
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

static void on_written(uv_write_t *req, int status)
{
	struct write *w = req->data;
	struct link *l = w->link;

	free(w);
	if (status != 0 && l->state != CLOSING)
		link_fail_uv(l, FAULT_LINK_CUT, status);
	else if (l->state == OPEN && uv_stream_get_write_queue_size((uv_stream_t *)&l->tcp) == 0) {
		l->drained = true;
		link_kick(l);
	}
	link_release(l);
}
