/* serve.h -- the Unix socket: who asks, which method, one answer each.
 *
 * A method (methods.c and methods_*.c) is a row: name, which node has it, its handler. A handler
 * gets a `struct call` and answers it exactly once, now or from a later callback, by call_begin +
 * call_end, or call_fail. Replies may overtake one another; ids tell them apart. Bounds:
 * SERVE_CLIENTS_MAX connections, SERVE_CALLS_MAX calls under way on each (then reading stops),
 * SERVE_OUT_BYTES_MAX waiting to be read by the peer (then reading stops).
 * A call that takes longer than SERVE_ALIVE_MS gets an empty "progress" now and then, so that its
 * asker can tell a long answer from a node that stands still.
 * The author of what is logged is the socket's peer: its user name by SO_PEERCRED. Who is answered,
 * caller.h says: the daemon's own user, root, and with socket_group the members of that group; the
 * socket's mode is 0600, or 0660 for the group. Thread: loop only. */
#ifndef BF_SERVE_H
#define BF_SERVE_H

#include <sys/types.h>

#include "daemon/node.h"
#include "protocol/rpc.h"

enum { SERVE_CLIENTS_MAX = 64, SERVE_CALLS_MAX = 32, SERVE_OUT_BYTES_MAX = 4 << 20 };
enum { SERVE_ALIVE_MS = 3000 };

struct desk; /* desk.h: what the methods keep between calls */

struct call {
	struct node *node;
	struct desk *desk;
	struct mp_val params; /* a map; lives as long as the call */
	char author[AUTHOR_BYTES_MAX + 1];
	/* Entries that are saved and that views do not see, since the disk is full. */
	uint64_t pending;
	void *own; /* the handler's, while it waits for something; */
	void (*drop)(
	    void *own); /* called with it (unless NULL) when the call ends, however it ends */
};

int serve_start(struct serve **out, struct node *node, struct fault *f);
void serve_stop(struct serve *s); /* closes; frees itself in the last close callback */

/* Begin the result: append exactly one msgpack value to the returned buf, then call_end. After
 * either end the call is gone. If the connection went away meanwhile both are harmless. */
struct buf *call_begin(struct call *c);
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
