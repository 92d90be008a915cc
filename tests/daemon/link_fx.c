/* SPDX-License-Identifier: Apache-2.0 */
/* link_fx.c -- see link_fx.h. */
#include "link_fx.h"

#include "daemon/log.h"
#include "protocol/frame.h"

/* ---- owners ---- */

static bool on_peer(void *ctx, const struct public_key *key, bool enrol)
{
	struct end *e = ctx;
	e->peers++;
	e->enrol = enrol;
	return enrol || key_equal(key, &e->fx->node_key.public);
}

static void on_open(void *ctx, struct link *l)
{
	struct end *e = ctx;
	e->opens++;
	e->peer = *link_peer(l);
	if (e->narrow)
		link_bound(l, 64, 400);
}

static void on_frame(void *ctx, struct link *l, struct bytes payload)
{
	struct end *e = ctx;
	struct buf out = { 0 };

	if (e->frames < FRAMES_KEPT)
		e->bytes[e->frames] = payload.len;
	e->frames++;
	if (e->echo) {
		assert_int_equal(frame_put(&out, payload), 0);
		(void)link_send(l, buf_bytes(&out));
		buf_fini(&out);
	}
	if (e->pause_each)
		link_pause(l, true);
	if (e->close_in_frame)
		link_close(l, NULL);
	if (e->twice)
		link_close(l, NULL);
}

static void on_drained(void *ctx, struct link *l)
{
	struct end *e = ctx;
	(void)l;
	e->drained++;
}

static void on_closed(void *ctx, struct link *l, const struct fault *f)
{
	struct end *e = ctx;
	e->closes++;
	e->why = *f;
	e->counters = link_counters(l);
	e->link = NULL;
}

struct link_owner owner(struct end *e)
{
	return (struct link_owner){ e, on_peer, on_open, on_frame, on_drained, on_closed };
}

/* ---- the world ---- */

static void on_connection(uv_stream_t *server, int status)
{
	struct fx *f = server->data;
	struct link_owner o = owner(&f->hub);
	assert_int_equal(status, 0);
	assert_int_equal(link_accept(&f->hub.link, server, f->hub_tls, &o), 0);
}

static void on_guard(uv_timer_t *timer)
{
	struct fx *f = timer->data;
	f->patience_over = true;
}

static void on_beat(uv_timer_t *timer)
{
	(void)timer;
}

void short_deadlines(struct tls *t)
{
	*tls_limits(t) = (struct tls_limits){ .handshake_ms = 300,
					      .frame_ms = 300,
					      .idle_ms = 1000,
					      .session_ms = 5000,
					      .linger_ms = 300 };
}

int setup(void **state)
{
	static const uint8_t seeds[3][SEED_BYTES] = { { 1 }, { 2 }, { 3 } };
	struct fx *f = test_calloc(1, sizeof *f);
	struct sockaddr_in a;
	struct fault fault;
	int len = sizeof a;

	log_open(-1);
	key_from_seed(&f->hub_key, seeds[0]);
	key_from_seed(&f->node_key, seeds[1]);
	key_from_seed(&f->stranger_key, seeds[2]);
	assert_int_equal(tls_open(&f->hub_tls, &f->hub_key, &fault), 0);
	assert_int_equal(tls_open(&f->node_tls, &f->node_key, &fault), 0);
	assert_int_equal(tls_open(&f->stranger_tls, &f->stranger_key, &fault), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(uv_tcp_init(&f->loop, &f->server), 0);
	assert_int_equal(uv_timer_init(&f->loop, &f->guard), 0);
	assert_int_equal(uv_timer_init(&f->loop, &f->beat), 0);
	assert_int_equal(uv_timer_start(&f->beat, on_beat, 2, 2), 0);
	f->server.data = f->guard.data = f;
	assert_int_equal(uv_ip4_addr("127.0.0.1", 0, &a), 0);
	assert_int_equal(uv_tcp_bind(&f->server, (struct sockaddr *)&a, 0), 0);
	assert_int_equal(uv_listen((uv_stream_t *)&f->server, 8, on_connection), 0);
	assert_int_equal(uv_tcp_getsockname(&f->server, (struct sockaddr *)&a, &len), 0);
	f->port = ntohs(a.sin_port);
	f->hub.fx = f->node.fx = f;
	*state = f;
	return 0;
}

int teardown(void **state)
{
	struct fx *f = *state;

	if (f->hub.link != NULL)
		link_close(f->hub.link, NULL);
	if (f->node.link != NULL)
		link_close(f->node.link, NULL);
	uv_close((uv_handle_t *)&f->server, NULL);
	uv_close((uv_handle_t *)&f->guard, NULL);
	uv_close((uv_handle_t *)&f->beat, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	assert_null(f->hub.link);
	assert_null(f->node.link);
	tls_close(f->hub_tls);
	tls_close(f->node_tls);
	tls_close(f->stranger_tls);
	test_free(f);
	return 0;
}

void wait_for(struct fx *f, const unsigned *counter, unsigned value)
{
	f->patience_over = false;
	assert_int_equal(uv_timer_start(&f->guard, on_guard, PATIENCE_MS, 0), 0);
	while (*counter < value && !f->patience_over)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	(void)uv_timer_stop(&f->guard);
	assert_true(*counter >= value);
}

void wait_ms(struct fx *f, uint64_t ms)
{
	f->patience_over = false;
	assert_int_equal(uv_timer_start(&f->guard, on_guard, ms, 0), 0);
	while (!f->patience_over)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
}

void dial(struct fx *f, struct tls *tls, const struct public_key *expect, bool enrol)
{
	struct link_owner o = owner(&f->node);
	assert_int_equal(
	    link_connect(&f->node.link, &f->loop, "127.0.0.1", f->port, tls, expect, enrol, &o), 0);
}

void both_open(struct fx *f)
{
	dial(f, f->node_tls, &f->hub_key.public, false);
	wait_for(f, &f->node.opens, 1);
	wait_for(f, &f->hub.opens, 1);
}

void send_frame(struct link *l, size_t size, uint8_t fill)
{
	uint8_t *p = test_malloc(size);
	struct buf out = { 0 };
	memset(p, fill, size);
	assert_int_equal(frame_put(&out, bytes_of(p, size)), 0);
	assert_int_equal(link_send(l, buf_bytes(&out)), 0);
	buf_fini(&out);
	test_free(p);
}
