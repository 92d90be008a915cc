/* SPDX-License-Identifier: Apache-2.0 */
/* link.c -- two ends of a link in one loop: who is let in, and how an orderly link ends. */
#include <sys/wait.h>
#include <unistd.h>

#include "link_fx.h"

#include <openssl/ssl.h>

#include "protocol/message.h"

enum { FOREIGN_PATIENCE_S = 3 };

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
		T(closing_twice_in_a_callback_reports_one_end),
		T(finishing_delivers_everything_that_was_queued),
		T(a_peer_that_never_reads_meets_the_bound),
		T(drained_is_said_when_all_is_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
