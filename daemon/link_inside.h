/* SPDX-License-Identifier: Apache-2.0 */
/* link_inside.h -- what the three files of a link know of one another: its life (link.c), the way
 * to a hub (link_dial.c), and bytes and frames (link_pump.c). For them alone; others know link.h.
 *
 * Thread: loop only. Memory: as in link.h; link_release may free the link. */
#ifndef BF_LINK_INSIDE_H
#define BF_LINK_INSIDE_H

#include "daemon/link.h"
#include "daemon/tls.h"

enum { LINK_ADDRESSES_MAX = 8 };

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

/* ---- link.c ---- */

/* New, in RESOLVING, with its two handles; NULL: no memory. */
struct link *link_new(uv_loop_t *loop, struct tls *tls, const struct link_owner *owner);
/* The timer looks at everything anew, from the loop. */
void link_kick(struct link *l);
void link_fail_uv(struct link *l, enum fault_code code, int status);
void link_fail_bound(struct link *l, const char *what);
void link_fail_memory(struct link *l);
/* Shut our half of TCP after what is queued; closes the link when not even that can be done. */
void link_shut(struct link *l);
/* One hold less. */
void link_release(struct link *l);

/* ---- link_dial.c ---- */

/* The time of this address is over: go on to the next one, if there is any. */
bool link_dial_next(struct link *l);
/* The link closes: whoever still looks for an address forgets it. */
void link_dial_cancel(struct link *l);

/* ---- link_pump.c ---- */

/* TCP is there: begin the handshake. */
void link_shake(struct link *l);
void link_read_start(struct link *l);
/* Hand over whole frames while the owner takes them (L2). */
void link_cut(struct link *l);
/* Move what the channel offers to TCP: at once what the kernel takes, the rest queued. */
void link_flush(struct link *l);

#endif
