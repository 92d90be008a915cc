/* SPDX-License-Identifier: Apache-2.0 */
/* call.h -- one question under way: its parameters, who asks, and one answer.
 *
 * A method (methods.c and methods_*.c) is a row: name, which node has it, its handler. A handler
 * gets a `struct call` and answers it exactly once, now or from a later callback, by call_begin +
 * call_end, or call_fail. Replies may overtake one another; ids tell them apart. A call may outlive
 * its client; then its answer goes nowhere.
 * Thread: loop only. Memory: a call is its socket's (serve.h) and gone with its answer. */
#ifndef BF_CALL_H
#define BF_CALL_H

#include "daemon/node.h"
#include "protocol/rpc.h"

struct desk; /* desk.h: what the methods keep between calls */

struct call {
	struct node *node;
	struct desk *desk;
	struct mp_val params; /* a map; lives as long as the call */
	char author[AUTHOR_BYTES_MAX + 1];
	bool owner; /* root or the daemon's own user asks, and no mere member of the group */
	/* Entries that are saved and that views do not see, since the disk is full. */
	uint64_t pending;
	void *own; /* the handler's, while it waits for something; */
	void (*drop)(
	    void *own); /* called with it (unless NULL) when the call ends, however it ends */
};

/* Begin the result: append exactly one msgpack value to the returned buf, then call_end. After
 * either end the call is gone. If the connection went away meanwhile both are harmless. */
struct buf *call_begin(struct call *c);
/* Memory for an answer of so many bytes, before what it tells of is done: else it could be done and told
 * as failed. BF_ENOMEM. */
int call_reserve(struct call *c, size_t bytes);
void call_end(struct call *c);
void call_fail(struct call *c, const struct fault *f);
/* Nobody waits for the answer any more: work for it may be left out. */
bool call_gone(const struct call *c);
/* A "progress" notification between: append one map to the buf, then call_notice_end. Loop thread
 * only. */
struct buf *call_notice(struct call *c);
void call_notice_end(struct call *c);
/* For questions. Runs `then(c)` when everything saved before is visible to views: at once when
 * nothing is pending. On a full disk it runs too, and `pending` says how many entries the answer
 * lacks. When the node is stopping or the writer refuses, the call fails instead. */
void call_fresh(struct call *c, void (*then)(struct call *c));
/* For what is decided by what views show: flushes also what is only on its way into the writer, and
 * fails the call when that cannot be done. */
void call_applied(struct call *c, void (*then)(struct call *c));

/* The handlers, ended by a NULL name; in methods.c. Names, parts and parameters are those of
 * protocol/method.h. */
struct method_row {
	const char *name;
	void (*run)(struct call *c);
};
extern const struct method_row method_rows[];

#endif
