/* SPDX-License-Identifier: Apache-2.0 */
/* tls.h -- the wall around OpenSSL: TLS 1.3 between two raw keys, over bytes, with no socket in
 * sight.
 *
 * A channel is fed what came from TCP and gives plain bytes; it is given plain bytes and offers
 * what is to be written to TCP. link.h does the waiting. Internal to link*.c and their tests;
 * others know link.h. Both ends must show an Ed25519 certificate; only its raw key is looked at: no
 * CA, no name, no date (a village clock may be wrong by years). No tickets, no resumption, no early
 * data, no renegotiation (TLS 1.3 has none). Thread: loop only. */
#ifndef BF_TLS_H
#define BF_TLS_H

#include "daemon/link.h"

enum {
	TLS_PLAIN_MAX = 16 * 1024, /* of one record */
	TLS_SCRATCH_BYTES = 32 * 1024,
	TLS_SHAKE_BYTES_MAX = 32 * 1024, /* what a peer may send before its handshake is done */
};

/* Both halves once with ourselves: OpenSSL loads at first use, and what it could not load it never
 * finds again. Part of tls_open. 0, or what failed. */
int tls_rehearse(struct tls *t);

/* The deadlines of all links of this node; tests make them short. */
struct tls_limits {
	uint64_t handshake_ms, frame_ms, idle_ms, session_ms, linger_ms;
};
struct tls_limits *tls_limits(struct tls *t);
/* TLS_SCRATCH_BYTES to read into; every link of the loop uses the same, within one callback. */
char *tls_scratch(struct tls *t);

enum tls_why {
	TLS_WHY_NONE,
	TLS_WHY_KEY,     /* we refused the peer's key */
	TLS_WHY_REFUSED, /* the peer refused ours */
	TLS_WHY_MEMORY,  /* there was none; nobody is to blame */
	TLS_WHY_OTHER,
};

struct tls_channel;
struct tls_channel_start {
	bool server, enrol; /* enrol: client only; at a server the peer says */
	/* Is this key allowed? Called once, in the handshake. */
	bool (*on_peer)(void *ctx, const struct public_key *key, bool enrol);
	void *ctx;
};
struct tls_channel *tls_channel_open(struct tls *t, const struct tls_channel_start *start);
void tls_channel_close(struct tls_channel *c);

/* Bytes from TCP (a client begins with none). Plain bytes are appended. 0; BF_ECLOSED after
 * close_notify; or the channel has failed and tls_channel_why says how. In each case there may be
 * bytes to send. */
int tls_channel_take(struct tls_channel *c, struct bytes in, struct buf *plain);
int tls_channel_put(struct tls_channel *c, struct bytes plain);
/* Say close_notify, once, if the channel is in a state to. */
void tls_channel_finish(struct tls_channel *c);
/* What is to be written to TCP: borrowed until the next call; then tell how much of it was taken
 * over. */
struct bytes tls_channel_out(struct tls_channel *c);
void tls_channel_sent(struct tls_channel *c);

bool tls_channel_ready(const struct tls_channel *c); /* handshake done, not failed */
bool tls_channel_enrol(const struct tls_channel *c);
const struct public_key *tls_channel_peer(const struct tls_channel *c);
enum tls_why tls_channel_why(const struct tls_channel *c, const char **text);

#endif
