/* link.c -- two ends of a link in one loop, and the peers nobody wants: strangers, drips, liars and
 * those who vanish. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/ssl.h>

#include "daemon/log.h"
#include "daemon/tls.h"
#include "protocol/errors.h"
#include "protocol/frame.h"
#include "protocol/message.h"

enum { PATIENCE_MS = 10000, FRAMES_KEPT = 8, FOREIGN_PATIENCE_S = 3 };

struct end { /* what one side's owner saw */
	struct fx *fx;
	struct link *link; /* NULL before and after */
	unsigned peers, opens, frames, drained, closes;
	bool enrol, echo, pause_each, close_in_frame, twice, narrow;
	struct public_key peer;
	struct fault why;
	size_t bytes[FRAMES_KEPT];
	struct link_counters counters;
};

struct fx {
	uv_loop_t loop;
	uv_tcp_t server;
	uv_timer_t guard,
	    beat; /* beat: UV_RUN_ONCE may fire all timers and then wait; it never waits long */
	uint16_t port;
	struct key_pair hub_key, node_key, stranger_key;
	struct tls *hub_tls, *node_tls, *stranger_tls;
	struct end hub, node;
	bool patience_over;
};

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

static struct link_owner owner(struct end *e)
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

static void short_deadlines(struct tls *t)
{
	*tls_limits(t) = (struct tls_limits){ .handshake_ms = 300,
					      .frame_ms = 300,
					      .idle_ms = 1000,
					      .session_ms = 5000,
					      .linger_ms = 300 };
}

static int setup(void **state)
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

/* The world must be empty: no handle left, no link that was not reported closed. */
static int teardown(void **state)
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

static void wait_for(struct fx *f, const unsigned *counter, unsigned value)
{
	f->patience_over = false;
	assert_int_equal(uv_timer_start(&f->guard, on_guard, PATIENCE_MS, 0), 0);
	while (*counter < value && !f->patience_over)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	(void)uv_timer_stop(&f->guard);
	assert_true(*counter >= value);
}

static void wait_ms(struct fx *f, uint64_t ms)
{
	f->patience_over = false;
	assert_int_equal(uv_timer_start(&f->guard, on_guard, ms, 0), 0);
	while (!f->patience_over)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
}

static void dial(struct fx *f, struct tls *tls, const struct public_key *expect, bool enrol)
{
	struct link_owner o = owner(&f->node);
	assert_int_equal(
	    link_connect(&f->node.link, &f->loop, "127.0.0.1", f->port, tls, expect, enrol, &o), 0);
}

static void both_open(struct fx *f)
{
	dial(f, f->node_tls, &f->hub_key.public, false);
	wait_for(f, &f->node.opens, 1);
	wait_for(f, &f->hub.opens, 1);
}

static void send_frame(struct link *l, size_t size, uint8_t fill)
{
	uint8_t *p = test_malloc(size);
	struct buf out = { 0 };
	memset(p, fill, size);
	assert_int_equal(frame_put(&out, bytes_of(p, size)), 0);
	assert_int_equal(link_send(l, buf_bytes(&out)), 0);
	buf_fini(&out);
	test_free(p);
}

/* ---- who may speak ---- */

static void a_known_key_is_let_in_and_frames_pass_both_ways(void **state)
{
	struct fx *f = *state;
	f->hub.echo = true;
	both_open(f);
	assert_true(key_equal(&f->hub.peer, &f->node_key.public));
	assert_true(key_equal(&f->node.peer, &f->hub_key.public));
	assert_false(f->hub.enrol);
	send_frame(f->node.link, 1, 7);
	send_frame(f->node.link, FRAME_BYTES_MAX, 8);
	wait_for(f, &f->node.frames, 2);
	assert_int_equal(f->node.bytes[0], 1);
	assert_int_equal(f->node.bytes[1], FRAME_BYTES_MAX);
	link_finish(f->node.link);
	wait_for(f, &f->node.closes, 1);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->node.why.code, FAULT_NONE);
	assert_int_equal(f->hub.why.code, FAULT_NONE);
	assert_int_equal(f->hub.counters.tcp_in, f->node.counters.tcp_out);
	assert_int_equal(f->hub.counters.app_in, f->node.counters.app_out);
	assert_int_equal(f->node.counters.app_out, 1 + FRAME_BYTES_MAX + 2 * FRAME_HEAD_BYTES);
}

static void an_unknown_key_is_refused_in_the_handshake(void **state)
{
	struct fx *f = *state;
	dial(f, f->stranger_tls, &f->hub_key.public, false);
	wait_for(f, &f->node.closes, 1);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.opens, 0);
	assert_int_equal(f->hub.frames, 0);
	assert_int_equal(f->hub.why.code, FAULT_PEER_UNKNOWN);
	assert_int_equal(f->node.why.code, FAULT_NODE_REFUSED);
}

/* A TLS 1.3 client speaks before the server has judged it: the alert must still reach it. */
static void the_refusal_is_heard_by_a_node_that_already_speaks(void **state)
{
	struct fx *f = *state;
	dial(f, f->stranger_tls, &f->hub_key.public, false);
	wait_for(f, &f->node.opens, 1);
	send_frame(f->node.link, 100 * 1000, 1);
	wait_for(f, &f->node.closes, 1);
	assert_int_equal(f->node.why.code, FAULT_NODE_REFUSED);
}

static void a_hub_with_another_key_is_sent_nothing(void **state)
{
	struct fx *f = *state;
	dial(f, f->node_tls, &f->stranger_key.public, false);
	wait_for(f, &f->node.closes, 1);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->node.opens, 0);
	assert_int_equal(f->node.why.code, FAULT_HUB_KEY);
	assert_int_equal(f->hub.peers, 0); /* our own key was not even shown */
}

static void a_stranger_may_enrol_and_is_said_to(void **state)
{
	struct fx *f = *state;
	dial(f, f->stranger_tls, &f->hub_key.public, true);
	wait_for(f, &f->hub.opens, 1);
	assert_true(f->hub.enrol);
	assert_true(link_enrol(f->hub.link));
	assert_true(key_equal(&f->hub.peer, &f->stranger_key.public));
}

/* What a foreign client says: blocking OpenSSL in a child. Exit 0: it read at least a byte or a
 * clean end; 1: its handshake was refused; 2: it was cut off; 3: it was let in and left waiting,
 * which is no refusal and must not take minutes to say so. */
struct foreign {
	const char *alpn; /* with length byte; NULL none */
	bool certificate, tls12;
};

static int foreign_client(const struct fx *f, const struct foreign *how)
{
	struct sockaddr_in a;
	char byte;
	const struct timeval patience = { .tv_sec = FOREIGN_PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
		return 9;
	if (uv_ip4_addr("127.0.0.1", f->port, &a) != 0 ||
	    connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return 9;
	if (how->tls12)
		(void)SSL_CTX_set_max_proto_version(ctx, TLS1_2_VERSION);
	if (how->certificate) {
		EVP_PKEY *key =
		    EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, f->node_key.secret, 32);
		X509 *x = X509_new();
		(void)X509_gmtime_adj(X509_getm_notBefore(x), 0);
		(void)X509_gmtime_adj(X509_getm_notAfter(x), 3600);
		if (X509_set_pubkey(x, key) != 1 || X509_sign(x, key, NULL) <= 0 ||
		    SSL_CTX_use_certificate(ctx, x) != 1 || SSL_CTX_use_PrivateKey(ctx, key) != 1)
			return 9;
	}
	SSL *ssl = SSL_new(ctx);
	if (how->alpn != NULL)
		(void)SSL_set_alpn_protos(ssl, (const unsigned char *)how->alpn,
					  (unsigned)strlen(how->alpn));
	(void)SSL_set_fd(ssl, fd);
	if (SSL_connect(ssl) != 1)
		return 1;
	errno = 0;
	int n = SSL_read(ssl, &byte, 1);
	if (n <= 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 3;
	return n > 0 || SSL_get_error(ssl, n) == SSL_ERROR_ZERO_RETURN ? 0 : 2;
}

static int foreign_exit(struct fx *f, struct foreign how)
{
	int status = 0;
	pid_t pid = fork();
	if (pid == 0)
		_exit(foreign_client(f, &how));
	while (waitpid(pid, &status, WNOHANG) == 0)
		wait_ms(f, 10);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void foreign_refused(struct fx *f, struct foreign how)
{
	int code = foreign_exit(f, how);
	assert_true(code == 1 || code == 2);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.opens, 0);
}

static void a_foreign_client_with_a_known_key_and_our_name_is_let_in(void **state)
{
	struct fx *f = *state;
	f->hub.echo = true;
	short_deadlines(f->hub_tls);
	tls_limits(f->hub_tls)->idle_ms = 100;
	assert_int_equal(foreign_exit(f, (struct foreign){ "\x0d" ALPN_SYNC, true, false }), 0);
	assert_int_equal(f->hub.opens, 1);
}

static void no_alpn_is_refused(void **state)
{
	struct fx *f = *state;
	foreign_refused(f, (struct foreign){ NULL, true, false });
	assert_int_equal(f->hub.peers, 0);
}

static void another_alpn_is_refused(void **state)
{
	struct fx *f = *state;
	foreign_refused(f, (struct foreign){ "\x02h2", true, false });
}

static void no_certificate_is_refused(void **state)
{
	struct fx *f = *state;
	foreign_refused(f, (struct foreign){ "\x0e" ALPN_ENROL, false, false });
}

static void tls_1_2_is_refused(void **state)
{
	struct fx *f = *state;
	foreign_refused(f, (struct foreign){ "\x0d" ALPN_SYNC, true, true });
}

/* ---- peers that are slow, or lie, or vanish ---- */

static int plain_socket(struct fx *f)
{
	struct sockaddr_in a;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_true(fd >= 0);
	assert_int_equal(uv_ip4_addr("127.0.0.1", f->port, &a), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void a_peer_that_never_shakes_hands_is_closed_in_time(void **state)
{
	struct fx *f = *state;
	short_deadlines(f->hub_tls);
	int fd = plain_socket(f);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
	(void)close(fd);
}

static void bytes_that_are_no_tls_are_refused(void **state)
{
	struct fx *f = *state;
	int fd = plain_socket(f);
	assert_int_equal(write(fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.opens, 0);
	assert_int_equal(f->hub.why.code, FAULT_TLS);
	(void)close(fd);
}

static void a_frame_that_drips_is_closed_at_its_deadline(void **state)
{
	struct fx *f = *state;
	uint8_t head[4] = { 0, 0, 1, 0 }, drop = 0;

	short_deadlines(f->hub_tls);
	both_open(f);
	assert_int_equal(link_send(f->node.link, bytes_of(head, sizeof head)), 0);
	for (int i = 0; i < 60 && f->node.link != NULL;
	     i++) { /* 60 bytes of 256, 20 ms apart: more than the deadline */
		(void)link_send(f->node.link, bytes_of(&drop, 1));
		wait_ms(f, 20);
	}
	assert_int_equal(f->hub.closes, 1);
	assert_int_equal(f->hub.frames, 0);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
}

static void a_silent_peer_is_closed_when_idle(void **state)
{
	struct fx *f = *state;
	short_deadlines(f->hub_tls);
	both_open(f);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
}

static void a_session_has_an_end_however_busy(void **state)
{
	struct fx *f = *state;
	short_deadlines(f->hub_tls);
	tls_limits(f->hub_tls)->session_ms = 500;
	both_open(f);
	for (int i = 0; i < 60 && f->node.link != NULL; i++) {
		send_frame(f->node.link, 10, 1);
		wait_ms(f, 20);
	}
	assert_int_equal(f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
}

static void a_narrow_link_takes_a_frame_at_its_bound_and_ends_early(void **state)
{
	struct fx *f = *state;
	uint8_t head[4];

	f->hub.narrow = true;
	both_open(f);
	send_frame(f->node.link, 64, 1);
	wait_for(f, &f->hub.frames, 1);
	be32_put(head, 65);
	assert_int_equal(link_send(f->node.link, bytes_of(head, sizeof head)), 0);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_BOUND);

	wait_for(f, &f->node.closes, 1);
	dial(f, f->node_tls, &f->hub_key.public, false);
	wait_for(f, &f->hub.closes, 2);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
}

static void while_we_pause_a_link_its_deadlines_wait(void **state)
{
	struct fx *f = *state;
	uint8_t half[10] = { 0, 0, 1, 0 };

	short_deadlines(f->hub_tls);
	tls_limits(f->hub_tls)->idle_ms = 300;
	f->hub.pause_each = true;
	both_open(f);
	send_frame(f->node.link, 10, 1);
	wait_for(f, &f->hub.frames, 1);
	assert_int_equal(link_send(f->node.link, bytes_of(half, sizeof half)), 0);
	wait_ms(f, 900);
	assert_int_equal(f->hub.closes, 0);
	link_pause(f->hub.link, false);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_SLOW);
}

static void frames_that_came_before_a_pause_wait_and_keep_their_order(void **state)
{
	struct fx *f = *state;
	f->hub.pause_each = true;
	both_open(f);
	for (size_t i = 1; i <= 4; i++)
		send_frame(f->node.link, i, 1);
	wait_for(f, &f->hub.frames, 1);
	for (unsigned i = 1; i <= 4; i++) {
		wait_ms(f, 20);
		assert_int_equal(f->hub.frames, i);
		assert_int_equal(f->hub.bytes[i - 1], i);
		link_pause(f->hub.link, false);
	}
}

/* A peer that said all and left: what it said is still heard, at our own pace. */
static void frames_before_a_close_are_heard_even_when_paused(void **state)
{
	struct fx *f = *state;
	f->hub.pause_each = true;
	both_open(f);
	for (size_t i = 1; i <= 3; i++)
		send_frame(f->node.link, i, 1);
	link_finish(f->node.link);
	for (unsigned i = 1; i <= 3; i++) {
		wait_for(f, &f->hub.frames, i);
		assert_int_equal(f->hub.closes, 0);
		link_pause(f->hub.link, false);
	}
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_NONE);
}

static void an_oversize_frame_closes_the_link_by_its_head_alone(void **state)
{
	struct fx *f = *state;
	uint8_t head[4];
	both_open(f);
	be32_put(head, FRAME_BYTES_MAX + 1);
	assert_int_equal(link_send(f->node.link, bytes_of(head, sizeof head)), 0);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_BOUND);
}

static void an_empty_frame_closes_the_link(void **state)
{
	struct fx *f = *state;
	uint8_t head[4] = { 0 };
	both_open(f);
	assert_int_equal(link_send(f->node.link, bytes_of(head, sizeof head)), 0);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_BOUND);
}

static void half_a_frame_before_the_end_is_no_orderly_end(void **state)
{
	struct fx *f = *state;
	uint8_t half[10] = { 0, 0, 1, 0 };
	both_open(f);
	assert_int_equal(link_send(f->node.link, bytes_of(half, sizeof half)), 0);
	link_finish(f->node.link);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_CUT);
	assert_int_equal(f->hub.frames, 0);
}

/* A peer without close_notify: an attacker may have cut the line, so it is told apart from an end.
 */
struct vanishing {
	uv_tcp_t tcp;
	uv_connect_t connect;
	struct tls_channel *channel;
	char buffer[65536];
	unsigned ready;
};

static bool accept_any(void *ctx, const struct public_key *key, bool enrol)
{
	(void)ctx;
	(void)key;
	(void)enrol;
	return true;
}

static void vanishing_flush(struct vanishing *v)
{
	struct bytes out = tls_channel_out(v->channel);
	uv_buf_t b = uv_buf_init((char *)(uintptr_t)out.p, (unsigned)out.len);
	if (out.len > 0)
		assert_int_equal(uv_try_write((uv_stream_t *)&v->tcp, &b, 1), out.len);
	tls_channel_sent(v->channel);
}

static void vanishing_alloc(uv_handle_t *h, size_t size, uv_buf_t *b)
{
	struct vanishing *v = h->data;
	(void)size;
	*b = uv_buf_init(v->buffer, sizeof v->buffer);
}

static void vanishing_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct vanishing *v = s->data;
	struct buf plain = { 0 };
	assert_true(n > 0);
	(void)tls_channel_take(v->channel, bytes_of(b->base, (size_t)n), &plain);
	vanishing_flush(v);
	v->ready = tls_channel_ready(v->channel);
	buf_fini(&plain);
}

static void vanishing_connected(uv_connect_t *req, int status)
{
	struct vanishing *v = req->data;
	struct buf plain = { 0 };
	assert_int_equal(status, 0);
	assert_int_equal(uv_read_start((uv_stream_t *)&v->tcp, vanishing_alloc, vanishing_read), 0);
	assert_int_equal(tls_channel_take(v->channel, bytes_of(NULL, 0), &plain), 0);
	vanishing_flush(v);
}

static void a_line_cut_without_close_notify_is_a_cut(void **state)
{
	struct fx *f = *state;
	struct vanishing *v = test_calloc(1, sizeof *v);
	const struct tls_channel_start start = { .on_peer = accept_any };
	struct sockaddr_in a;

	v->channel = tls_channel_open(f->node_tls, &start);
	assert_non_null(v->channel);
	assert_int_equal(uv_tcp_init(&f->loop, &v->tcp), 0);
	v->tcp.data = v->connect.data = v;
	assert_int_equal(uv_ip4_addr("127.0.0.1", f->port, &a), 0);
	assert_int_equal(
	    uv_tcp_connect(&v->connect, &v->tcp, (struct sockaddr *)&a, vanishing_connected), 0);
	wait_for(f, &v->ready, 1);
	wait_for(f, &f->hub.opens, 1);
	uv_close((uv_handle_t *)&v->tcp, NULL);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.why.code, FAULT_LINK_CUT);
	tls_channel_close(v->channel);
	test_free(v);
}

static void nobody_there_is_said_as_unreachable(void **state)
{
	struct fx *f = *state;
	struct link_owner o = owner(&f->node);
	int fd = plain_socket(f);
	struct sockaddr_in a;
	socklen_t len = sizeof a;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len),
			 0); /* a port where nobody listens */
	assert_int_equal(link_connect(&f->node.link, &f->loop, "127.0.0.1", ntohs(a.sin_port),
				      f->node_tls, &f->hub_key.public, false, &o),
			 0);
	wait_for(f, &f->node.closes, 1);
	assert_int_equal(f->node.why.code, FAULT_HUB_UNREACHABLE);
	(void)close(fd);
}

static void a_name_that_means_nothing_is_said_as_unreachable(void **state)
{
	struct fx *f = *state;
	struct link_owner o = owner(&f->node);
	assert_int_equal(link_connect(&f->node.link, &f->loop, "no-such-hub.invalid", 1,
				      f->node_tls, &f->hub_key.public, false, &o),
			 0);
	wait_for(f, &f->node.closes, 1);
	assert_int_equal(f->node.why.code, FAULT_HUB_UNREACHABLE);
}

/* The hub listens on IPv4 only, as "localhost" gives IPv6 first on many machines. */
static void the_next_address_of_a_name_is_tried(void **state)
{
	struct fx *f = *state;
	struct link_owner o = owner(&f->node);
	assert_int_equal(link_connect(&f->node.link, &f->loop, "localhost", f->port, f->node_tls,
				      &f->hub_key.public, false, &o),
			 0);
	wait_for(f, &f->node.opens, 1);
}

static void a_link_closed_while_its_name_is_looked_up_ends_once(void **state)
{
	struct fx *f = *state;
	struct link_owner o = owner(&f->node);
	assert_int_equal(link_connect(&f->node.link, &f->loop, "localhost", f->port, f->node_tls,
				      &f->hub_key.public, false, &o),
			 0);
	link_close(f->node.link, NULL);
	link_close(f->node.link, NULL);
	wait_for(f, &f->node.closes, 1);
	wait_ms(f, 50);
	assert_int_equal(f->node.closes, 1);
	assert_int_equal(f->node.opens, 0);
}

/* ---- closing ---- */

static void closing_twice_in_a_callback_reports_one_end(void **state)
{
	struct fx *f = *state;
	f->hub.close_in_frame = f->hub.twice = true;
	both_open(f);
	send_frame(f->node.link, 5, 1);
	send_frame(f->node.link, 6, 1);
	wait_for(f, &f->hub.closes, 1);
	wait_for(f, &f->node.closes, 1);
	assert_int_equal(f->hub.frames, 1);
	assert_int_equal(f->hub.closes, 1);
}

static void finishing_delivers_everything_that_was_queued(void **state)
{
	struct fx *f = *state;
	both_open(f);
	for (int i = 0; i < 12; i++)
		send_frame(f->node.link, FRAME_BYTES_MAX,
			   (uint8_t)i); /* far more than a socket buffer */
	link_finish(f->node.link);
	assert_int_equal(link_send(f->node.link, BYTES_LIT("x")), BF_ECLOSED);
	wait_for(f, &f->hub.closes, 1);
	assert_int_equal(f->hub.frames, 12);
	assert_int_equal(f->hub.why.code, FAULT_NONE);
	wait_for(f, &f->node.closes, 1);
}

static void a_peer_that_never_reads_meets_the_bound(void **state)
{
	struct fx *f = *state;
	struct buf out = { 0 };
	uint8_t *p = test_calloc(1, FRAME_BYTES_MAX);
	int rc = 0, sent = 0;

	f->hub.pause_each = true;
	both_open(f);
	send_frame(f->node.link, 1, 1);
	wait_for(f, &f->hub.frames, 1); /* from here on the hub does not read */
	assert_int_equal(frame_put(&out, bytes_of(p, FRAME_BYTES_MAX)), 0);
	while (rc == 0 && sent < 200) {
		rc = link_send(f->node.link, buf_bytes(&out));
		sent++;
		wait_ms(f, 1);
	}
	assert_int_equal(rc, BF_EBOUND);
	wait_for(f, &f->node.closes, 1);
	assert_int_equal(f->node.why.code, FAULT_LINK_BOUND);
	buf_fini(&out);
	test_free(p);
}

static void drained_is_said_when_all_is_written(void **state)
{
	struct fx *f = *state;
	both_open(f);
	f->node.drained = 0;
	send_frame(f->node.link, 100, 1);
	wait_for(f, &f->node.drained, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_known_key_is_let_in_and_frames_pass_both_ways),
		T(an_unknown_key_is_refused_in_the_handshake),
		T(the_refusal_is_heard_by_a_node_that_already_speaks),
		T(a_hub_with_another_key_is_sent_nothing),
		T(a_stranger_may_enrol_and_is_said_to),
		T(a_foreign_client_with_a_known_key_and_our_name_is_let_in),
		T(no_alpn_is_refused),
		T(another_alpn_is_refused),
		T(no_certificate_is_refused),
		T(tls_1_2_is_refused),
		T(a_peer_that_never_shakes_hands_is_closed_in_time),
		T(bytes_that_are_no_tls_are_refused),
		T(a_frame_that_drips_is_closed_at_its_deadline),
		T(a_silent_peer_is_closed_when_idle),
		T(a_session_has_an_end_however_busy),
		T(a_narrow_link_takes_a_frame_at_its_bound_and_ends_early),
		T(while_we_pause_a_link_its_deadlines_wait),
		T(frames_that_came_before_a_pause_wait_and_keep_their_order),
		T(frames_before_a_close_are_heard_even_when_paused),
		T(an_oversize_frame_closes_the_link_by_its_head_alone),
		T(an_empty_frame_closes_the_link),
		T(half_a_frame_before_the_end_is_no_orderly_end),
		T(a_line_cut_without_close_notify_is_a_cut),
		T(nobody_there_is_said_as_unreachable),
		T(a_name_that_means_nothing_is_said_as_unreachable),
		T(the_next_address_of_a_name_is_tried),
		T(a_link_closed_while_its_name_is_looked_up_ends_once),
		T(closing_twice_in_a_callback_reports_one_end),
		T(finishing_delivers_everything_that_was_queued),
		T(a_peer_that_never_reads_meets_the_bound),
		T(drained_is_said_when_all_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
