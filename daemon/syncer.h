/* SPDX-License-Identifier: Apache-2.0 */
/* syncer.h -- at a station: when to reach the hub, with which patience, and what came of it.
 *
 * One session at a time. Nightly at a minute of the window drawn from our own key (so that nodes spread by themselves), or every
 * `sync_every_s`; after a failure with back-off SYNC_RETRY_MIN_S..MAX_S doubling with jitter, or when the hub said; at once on request,
 * and after enrolment. A hub that cannot be reached is a state, not an error: saving goes on (I10).
 * Thread: loop only. */
#ifndef BF_SYNCER_H
#define BF_SYNCER_H

#include "daemon/node.h"
#include "protocol/token.h"

enum { SYNC_RETRY_MIN_S = 5, SYNC_RETRY_MAX_S = 3600 };

struct sync_result {
	int rc;
	struct fault fault;
	uint64_t entries;                     /* acknowledged in this session */
	uint64_t bytes_in, bytes_out;         /* on the TCP connection, TLS included */
	uint64_t app_in, app_out, round_trips;
	uint64_t held;                        /* seq the hub has signed for */
	bool heard;                           /* the hub said: */
	struct malformed malformed;           /* so many of our entries it cannot count */
	int64_t started_ms, ms, clock_ms;     /* hub's clock minus ours */
};
struct syncer_state {
	bool running;
	int64_t last_try_ms, next_try_ms; /* 0 never, none */
	struct sync_result last;
	struct malformed malformed; /* as a session heard last, since the start */
};
int syncer_start(struct syncer **out, struct node *node, struct fault *f);
void syncer_stop(struct syncer *s);
/* Try now. `then` (may be NULL) is called once with the session's result. A session under way is joined, unless it has
 * already said BYE: then another follows. */
void syncer_now(struct syncer *s, void (*then)(void *ctx, const struct sync_result *r), void *ctx);
struct enrol_wish { /* both texts are copied */
	const struct token *token;
	const char *name; /* of this machine, for the hub's list; NULL: nobody chose one */
	const char *who;  /* asks for it */
	bool move;        /* also when it changes hub or place: else FAULT_MOVE_HUB, FAULT_MOVE_DIVISION */
};
/* Spend a token at the hub it names. On success the peer is stored, places imported, node->division set. */
void syncer_enrol(struct syncer *s, const struct enrol_wish *wish,
		  void (*then)(void *ctx, const struct fault *f /* NULL: done */), void *ctx);
struct syncer_state syncer_state(const struct syncer *s);

#endif
