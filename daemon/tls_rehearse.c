/* SPDX-License-Identifier: Apache-2.0 */
/* tls_rehearse.c -- a handshake with ourselves, before there is anybody to blame.
 *
 * OpenSSL loads what it needs when it is first used. What could not be loaded for want of memory is
 * unknown to it from then on ("unsupported"), until the process ends: each hub would be told that
 * its connection is at fault, and none would be reached any more. So both halves shake hands,
 * speak and take leave once when the context is made, where a failure ends the start in words. */
#include "daemon/tls.h"
#include "protocol/errors.h"

enum { TURNS_MAX = 8 }; /* a handshake takes three */

static bool anybody(void *ctx, const struct public_key *key, bool enrol)
{
	(void)ctx;
	(void)key;
	(void)enrol;
	return true;
}

/* What one end has to send, to the other. 0 also when there is nothing. */
static int carry(struct tls_channel *from, struct tls_channel *to, struct buf *plain)
{
	struct bytes out = tls_channel_out(from);
	int rc = out.len > 0 ? tls_channel_take(to, out, plain) : 0;

	tls_channel_sent(from);
	return rc;
}

static int converse(struct tls_channel *client, struct tls_channel *server, struct buf *plain)
{
	int rc = tls_channel_take(client, (struct bytes){ 0 }, plain);

	for (int turn = 0; rc == 0 && turn < TURNS_MAX; turn++) {
		rc = carry(client, server, plain);
		if (rc == 0)
			rc = carry(server, client, plain);
	}
	if (rc == 0 && !(tls_channel_ready(client) && tls_channel_ready(server)))
		rc = BF_EBUG;
	if (rc == 0)
		rc = tls_channel_put(client, BYTES_LIT("?"));
	if (rc == 0)
		rc = carry(client, server, plain);
	if (rc == 0 && !bytes_equal(buf_bytes(plain), BYTES_LIT("?")))
		rc = BF_EBUG;
	tls_channel_finish(client);
	return rc == 0 && carry(client, server, plain) != BF_ECLOSED ? BF_EBUG : rc;
}

int tls_rehearse(struct tls *t)
{
	const struct tls_channel_start ours = { .on_peer = anybody };
	const struct tls_channel_start theirs = { .server = true, .on_peer = anybody };
	struct tls_channel *client = tls_channel_open(t, &ours);
	struct tls_channel *server = tls_channel_open(t, &theirs);
	struct buf plain = { 0 };
	int rc = client != NULL && server != NULL ? converse(client, server, &plain) : BF_ENOMEM;

	tls_channel_close(client);
	tls_channel_close(server);
	buf_fini(&plain);
	return rc;
}
