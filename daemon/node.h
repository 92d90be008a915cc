/* SPDX-License-Identifier: Apache-2.0 */
/* node.h -- one running daemon: its parts, and the loop they live on.
 *
 * Station or hub is the list of parts node_start starts (station: serve + syncer; hub: serve + listener), not a flag
 * asked everywhere. Thread: loop only, except where a part says otherwise. */
#ifndef BF_NODE_H
#define BF_NODE_H

#include <uv.h>

#include "daemon/clock.h"
#include "daemon/config.h"
#include "daemon/writer.h"
#include "protocol/chain.h"
#include "storage/peer.h"
#include "storage/roster.h"

struct serve;    /* Unix socket: local questions */
struct listener; /* hub: TLS sessions of nodes */
struct syncer;   /* station: when and how to reach the hub */

struct node {
	uv_loop_t *loop;
	struct config config;
	struct key_pair key;
	uint32_t incarnation;
	uint64_t origin;
	struct store *store;
	struct writer *writer;
	struct serve *serve;
	struct listener *listener; /* NULL at a station */
	struct syncer *syncer;     /* NULL at a hub */
	struct peer peer;          /* station: copy of what is stored; valid when has_peer */
	bool has_peer;
	struct clock clock;        /* what day it is */
	int64_t started_ms;
	uint64_t division;         /* where this node is: config (hub) or enrolment; 0 unknown */
};

/* Refuses a directory with a key and no data: BF_ENOTFOUND, with the fault said. */
int node_judge_data(const char *dir, struct fault *f);
/* The key of a directory whose own log is `own`, 0 when it has none: there, readable, and the one that wrote it. BF_ENOTFOUND
 * without a fault: none is there and none was. */
int node_judge_key(const char *dir, uint64_t own, struct key_pair *key, struct fault *f);
int node_start(struct node *n, const struct config *config, uv_loop_t *loop, struct fault *f);
/* A hub that was restored and is isolated lets its stations in, from now on and after any restart. 0, or
 * the fault said and nothing changed. */
int node_admit(struct node *n, struct fault *f);
/* Begin a clean stop: links closed, queue drained, store closed; the loop then runs out. */
void node_stop(struct node *n);
/* After the loop ran out. */
void node_fini(struct node *n);

/* What nobody foresaw, in words: `rc` from a read of the store is the store's, all else our own. */
int node_fault(const struct node *n, struct fault *f, const char *where, int rc);

/* How far the walk of a store's pages is: to the log, and to the supervisor. ctx: a uint64_t, 0 at first. */
void node_walking(void *ctx, uint64_t done, uint64_t total);

int64_t wall_ms(void);
uint64_t mono_ms(void);
int32_t node_today(struct node *n);              /* civil day here, clock.h; any thread */
void random_bytes(void *p, size_t len);
uint64_t random_epoch(void);                     /* of a store's order: 1..2^63-1 */

#endif
