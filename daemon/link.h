/* SPDX-License-Identifier: Apache-2.0 */
/* link.h -- one TLS 1.3 connection: bytes in and out of libuv and OpenSSL's memory BIOs, frames to its owner.
 *
 * Both ends show an Ed25519 self-signed certificate and are known by its raw key alone: no CA, no names, no dates (village
 * clocks are wrong). No tickets, no resumption, no renegotiation, no early data. Frames (frame.h) are cut out before
 * the owner sees them; a peer that sends more than a frame's head without completing it within a deadline is closed.
 * Bounds: LINK_OUT_BYTES_MAX queued; link_send beyond it closes the link with BF_EBOUND.
 * link_close may be called twice; the memory is the link's own and goes in its last close callback, after on_closed.
 * Thread: loop only. */
#ifndef BF_LINK_H
#define BF_LINK_H

#include <uv.h>

#include "protocol/crypto.h"
#include "protocol/fault.h"

enum {
	LINK_OUT_BYTES_MAX = 4 << 20,
	LINK_HANDSHAKE_MS = 10 * 1000,
	LINK_FRAME_MS = 30 * 1000,
	LINK_IDLE_MS = 120 * 1000,
	LINK_SESSION_MS = 30 * 60 * 1000,
	LINK_LINGER_MS = 2 * 1000,
};

/* Shared by all links of a node: its certificate. */
struct tls;
int tls_open(struct tls **out, const struct key_pair *key, struct fault *f);
void tls_close(struct tls *t);

struct link;
struct link_owner { /* callbacks may close the link; none comes after on_closed */
	void *ctx;
	/* Server: is this key allowed with this ALPN? Called in the handshake. `known` is the owner's to remember. */
	bool (*on_peer)(void *ctx, const struct public_key *key, bool enrol);
	void (*on_open)(void *ctx, struct link *l);                      /* handshake done */
	void (*on_frame)(void *ctx, struct link *l, struct bytes payload);
	void (*on_drained)(void *ctx, struct link *l);                   /* all that was sent has been written */
	void (*on_closed)(void *ctx, struct link *l, const struct fault *f); /* f->code FAULT_NONE: closed in order */
};
struct link_counters {
	uint64_t tcp_in, tcp_out, app_in, app_out;
};
/* Take over an accepted connection of `server` (uv_accept is called inside). */
int link_accept(struct link **out, uv_stream_t *server, struct tls *tls, const struct link_owner *owner);
/* Resolve, connect, handshake; the peer's key must be `expect`. */
int link_connect(struct link **out, uv_loop_t *loop, const char *host, uint16_t port, struct tls *tls,
		 const struct public_key *expect, bool enrol, const struct link_owner *owner);
int link_send(struct link *l, struct bytes frames); /* copies */
/* Narrower than usual, from now on: frames of at most `frame_bytes` payload, and the link closed in `session_ms`. For who
 * is let in without being known; called in on_open, before any frame is looked at. */
void link_bound(struct link *l, uint32_t frame_bytes, uint64_t session_ms);
void link_pause(struct link *l, bool paused);       /* stop or go on reading; frames already here wait too */
/* Close after what is queued has been written (bounded by LINK_FRAME_MS); or at once. */
void link_finish(struct link *l);
void link_close(struct link *l, const struct fault *why /* NULL: in order */);
const struct public_key *link_peer(const struct link *l);
bool link_enrol(const struct link *l);
struct link_counters link_counters(const struct link *l);
/* The peer's address as people write it: for logs and sentences. */
const char *link_where(const struct link *l);

#endif
