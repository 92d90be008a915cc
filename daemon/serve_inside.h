/* SPDX-License-Identifier: Apache-2.0 */
/* serve_inside.h -- what the socket (serve.c), its connections (serve_client.c) and the calls
 * (call.c) know of one another. For them alone; handlers know call.h.
 *
 * A call holds the serve from asked_open to asked_close, and its client until then: a client that
 * went away is `closed`, and freed when its handle is closed and its calls are over.
 * Thread: loop only. */
#ifndef BF_SERVE_INSIDE_H
#define BF_SERVE_INSIDE_H

#include "daemon/call.h"
#include "daemon/caller.h"
#include "daemon/cut.h"
#include "daemon/seats.h"
#include "daemon/serve.h"

enum { SERVE_READ_BYTES = 64 * 1024 };

/* Calls that are over, kept for the next ones with their memory. */
struct asked_spare {
	struct asked *first;
	uint32_t count;
};

struct asked {
	struct call call; /* first: a call * is an asked * */
	struct serve *serve;
	struct asked_spare *spare;
	struct client *client; /* who asks, perhaps gone already */
	struct asked *next, **link;
	uint64_t id;
	size_t weight; /* bytes it takes until it is over, about */
	struct mp_doc doc;
	struct buf bytes, reply;
	struct job job;
	void (*then)(struct call *c);
	bool long_one; /* a tick of `alive` saw it already */
	bool question; /* answered from what is applied when the disk is full */
};

struct client {
	uv_pipe_t pipe;
	uv_write_t write;
	struct serve *serve;
	struct client *next, **link; /* of those that are open */
	struct seat seat;            /* in serve's seats once it was admitted */
	struct asked *calls;
	uint32_t call_count;
	size_t call_bytes;
	char author[AUTHOR_BYTES_MAX + 1];
	struct cut cut;
	struct buf in;          /* read and not yet run */
	struct buf out, flying; /* to be written, being written */
	size_t unsent;          /* of `flying`, when the sweep last looked */
	bool reading, writing, stepping;
	bool ending; /* no more requests are taken: close when all is answered and written */
	bool closed; /* no more is read or written */
	bool gone;   /* its handle is closed, too */
};

static inline struct client *client_of(struct seat *seat)
{
	return (struct client *)(void *)((char *)seat - offsetof(struct client, seat));
}

struct serve {
	struct node *node;
	struct desk *desk;
	struct caller_rule rule;
	uv_pipe_t pipe;
	uv_timer_t alive; /* runs while there are clients */
	uv_timer_t wake;  /* those that wait for their user's other connections (S5) */
	bool waiting;     /* there are such */
	bool door_shut;   /* no memory for the one at the door */
	struct client *clients;
	struct seats seats;
	uint32_t held; /* handles open, clients and calls under way */
	struct asked_spare spare;
	bool stopping;
	char chunk[SERVE_READ_BYTES];
};

/* ---- call.c ---- */

struct asked *asked_open(struct serve *s, struct asked_spare *spare); /* NULL: no memory */
/* Copy one whole request and read it: id, parameters, and `method`, which borrows from it. Else a
 * BF_E with its fault. */
int asked_read(struct asked *a, struct bytes one, struct bytes *method, struct fault *f);
/* Over, answered or not. */
void asked_close(struct asked *a);
void asked_spare_fini(struct asked_spare *spare);

/* ---- serve_client.c ---- */

/* New, not yet accepted, with its handle; NULL: no memory. */
struct client *client_open(struct serve *s);
/* Read, run, or close: whatever its state asks for. */
void client_step(struct client *c);
/* Tell why, outside of any call, and close when it is written. */
void client_refuse(struct client *c, const struct fault *f);
/* Tell why as far as that goes at once, and close. */
void client_dismiss(struct client *c, enum fault_code why);
/* An empty "progress" if one of its calls was under way at the last tick already and no bytes are
 * on their way as it is. */
void client_alive(struct client *c, struct bytes notice);
/* What the peer took of a long answer since the last look counts as a movement. */
void client_look(struct client *c);
void client_close(struct client *c);

/* The call's answer is in its `reply`: off with it and with the call, and on to the next request.
 */
void client_answer(struct client *c, struct asked *a);
/* Text between, unless bytes are on their way: a peer that does not read misses progress, not the
 * answer. */
void client_notice(struct client *c, struct bytes text);

/* ---- serve.c ---- */

/* A client was opened or closed; the timer that tells and sweeps runs while there is one. */
void serve_watch(struct serve *s);
/* Close who holds too much, since this user holds more (S5). */
void serve_ease(struct serve *s, uid_t uid);
/* Something was let go: those that wait for it look again, from the loop. */
void serve_wake(struct serve *s);
void serve_hold(struct serve *s);
void serve_let_go(struct serve *s); /* the last one frees it */
bool serve_stopping(const struct serve *s);

#endif
