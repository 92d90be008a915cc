/* serve_inside.h -- what the socket (serve.c) and the calls (call.c) know of one another. For them
 * alone; handlers know call.h.
 *
 * A call holds the serve from asked_open to asked_close. While its client is there it stands in the
 * client's list, which is serve.c's; when the client goes away `client` becomes NULL.
 * Thread: loop only. */
#ifndef BF_SERVE_INSIDE_H
#define BF_SERVE_INSIDE_H

#include "daemon/call.h"
#include "daemon/serve.h"

struct client;

/* Calls that are over, kept for the next ones with their memory. */
struct asked_spare {
	struct asked *first;
	uint32_t count;
};

struct asked {
	struct call call; /* first: a call * is an asked * */
	struct serve *serve;
	struct asked_spare *spare;
	struct client *client; /* NULL: it went away */
	struct asked *next, **link;
	uint64_t id;
	struct mp_doc doc;
	struct buf bytes, reply;
	struct job job;
	void (*then)(struct call *c);
	bool long_one; /* a tick of `alive` saw it already */
	bool question; /* answered from what is applied when the disk is full */
};

/* ---- call.c ---- */

struct asked *asked_open(struct serve *s, struct asked_spare *spare); /* NULL: no memory */
/* Copy one whole request and read it: id, parameters, and `method`, which borrows from it. Else a
 * BF_E with its fault. */
int asked_read(struct asked *a, struct bytes one, struct bytes *method, struct fault *f);
/* Over, answered or not. */
void asked_close(struct asked *a);
void asked_spare_fini(struct asked_spare *spare);

/* ---- serve.c ---- */

/* The call's answer is in its `reply`: off with it and with the call, and on to the next request.
 */
void client_answer(struct client *c, struct asked *a);
/* Text between, unless bytes are on their way: a peer that does not read misses progress, not the
 * answer. */
void client_notice(struct client *c, struct bytes text);
void client_close(struct client *c);

void serve_hold(struct serve *s);
void serve_let_go(struct serve *s); /* the last one frees it */
bool serve_stopping(const struct serve *s);

#endif
