/* SPDX-License-Identifier: Apache-2.0 */
/* link_fx.h -- what the tests of a link share: two ends in one loop, and what their owners saw. */
#ifndef BF_LINK_FX_H
#define BF_LINK_FX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/tls.h"
#include "protocol/errors.h"

enum { PATIENCE_MS = 10000, FRAMES_KEPT = 8 };

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

/* ---- the names are the tests' own: they read better without a prefix ---- */

struct link_owner owner(struct end *e);
void short_deadlines(struct tls *t);
int setup(void **state);
/* The world must be empty: no handle left, no link that was not reported closed. */
int teardown(void **state);
void wait_for(struct fx *f, const unsigned *counter, unsigned value);
void wait_ms(struct fx *f, uint64_t ms);
void dial(struct fx *f, struct tls *tls, const struct public_key *expect, bool enrol);
void both_open(struct fx *f);
void send_frame(struct link *l, size_t size, uint8_t fill);

#endif
