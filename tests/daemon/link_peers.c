/* SPDX-License-Identifier: Apache-2.0 */
/* link_peers.c -- peers that are slow, or lie, or vanish: drips, floods, silence and cut lines. */
#include <errno.h>
#include <unistd.h>

#include "link_fx.h"

#include "protocol/frame.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
