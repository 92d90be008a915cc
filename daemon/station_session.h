/* SPDX-License-Identifier: Apache-2.0 */
/* station_session.h -- one visit of this node at its hub: obeys the wishes of its give machine.
 *
 * Internal to syncer.c. What is saved before the visit begins to speak (station_session_joinable)
 * is in it: the session flushes the writer when the link is up, and only then looks where our log
 * ends. When the flush fails what is applied is sent all the same, and the result is the flush's
 * fault. `then` is called once, after the link is closed and the last cursor is kept; the session
 * is gone when it returns. Thread: loop only. */
#ifndef BF_STATION_SESSION_H
#define BF_STATION_SESSION_H

#include "daemon/link.h"
#include "daemon/syncer.h"

struct station_session;
struct station_outcome {
	struct sync_result result;
	uint64_t retry_s; /* when the hub wants us again (sync.h bounds it); 0 unsaid */
};
typedef void station_then(void *ctx, const struct station_outcome *o);

int station_session_open(struct station_session **out, struct node *node, struct tls *tls,
			 station_then *then, void *ctx);
bool station_session_joinable(const struct station_session *s);
void station_session_stop(struct station_session *s);

/* station_enrol.c: spend a token. Same life; `then` gets NULL when the peer is stored. Not opened:
 * FAULT_MOVE_HUB, or no memory, and `then` is not called. */
struct station_enrol;
int station_enrol_open(struct station_enrol **out, struct node *node, struct tls *tls,
		       const struct enrol_wish *wish,
		       void (*then)(void *ctx, const struct fault *f), void *ctx, struct fault *f);
void station_enrol_stop(struct station_enrol *e);

#endif
