/* SPDX-License-Identifier: Apache-2.0 */
/* station_session.c -- see station_session.h.
 *
 * Cursors are kept behind the machine's back: a KEEP only notes the newest, and one job at a time
 * writes it, so that a long upload costs a few commits and not one per batch. What the node shows
 * of its hub is the row that the job has written, never the wish. A cursor lost in a crash is found
 * again from WELCOME (give.h, CHAIN); the last one of a session is written before its result is
 * told. */
#include "daemon/station_session.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/log.h"
#include "protocol/errors.h"
#include "protocol/give.h"

enum { HEARD_AGAIN_MS = 3600 * 1000 };

struct station_session {
	struct node *node;
	struct link *link; /* NULL once closed */
	struct give *give;
	station_then *then;
	void *ctx;
	struct station_outcome outcome;
	struct job flush, keep;
	struct fault lacking; /* why the visit goes without what was saved last; or FAULT_NONE */
	struct fault unnoted; /* why the hub's last word is not on this disk; or FAULT_NONE */
	bool flushing, keeping, begun, over, well, heard_since_sent;
	struct {
		struct checkpoint checkpoint;
		bool rewound;
	} newest, writing; /* newest: wished */
	bool newest_new;
	struct peer row;                 /* what the disk holds after the write */
	int64_t clock_ms, clock_kept_ms; /* measured; and worth being remembered */
	bool clock_known, clock_by_word;
	uint64_t began_ms;
};

/* In the order of a visit. */
static void on_open(void *ctx, struct link *link);
static void on_flushed(struct job *job);
static void greet(struct station_session *s);
static void on_frame(void *ctx, struct link *link, struct bytes payload);
static void step(struct station_session *s, struct event event);
static struct event load(struct station_session *s, const struct wished *w, struct buf *entries);
static void heard_again(struct station_session *s);
static void keep_newest(struct station_session *s);
static void on_kept(struct job *job);
static void say_unnoted(struct station_session *s, const struct checkpoint *c, int rc);
static void end(struct station_session *s, const struct fault *f);
static void on_closed(void *ctx, struct link *link, const struct fault *f);
static void release(struct station_session *s);

int station_session_open(struct station_session **out, struct node *node, struct tls *tls,
			 station_then *then, void *ctx)
{
	struct station_session *s = calloc(1, sizeof *s);
	if (s == NULL)
		return BF_ENOMEM;
	const struct link_owner owner = {
		.ctx = s, .on_open = on_open, .on_frame = on_frame, .on_closed = on_closed
	};
	s->node = node;
	s->then = then;
	s->ctx = ctx;
	s->outcome.result.started_ms = wall_ms();
	s->outcome.result.held = node->peer.cursor.seq;
	s->clock_kept_ms = node->peer.clock_ms;
	s->began_ms = mono_ms();
	int rc = link_connect(&s->link, node->loop, node->peer.host, node->peer.port, tls,
			      &node->peer.hub, false, &owner);
	if (rc != 0) {
		free(s);
		return rc;
	}
	*out = s;
	return 0;
}

bool station_session_joinable(const struct station_session *s)
{
	return !s->begun && !s->over;
}

static void on_open(void *ctx, struct link *link)
{
	struct station_session *s = ctx;
	(void)link;
	s->begun = true;
	if (writer_pending(s->node->writer) == 0) {
		greet(s);
		return;
	}
	s->flush = (struct job){ .sort = JOB_APPLIED, .done = on_flushed };
	int rc = writer_put(s->node->writer, &s->flush);
	s->flushing = rc == 0;
	if (rc != 0) {
		(void)fault_say(&s->lacking, rc == BF_EBUSY ? FAULT_BUSY : FAULT_STOPPING, NULL,
				NULL, NULL);
		greet(s);
	}
}

static struct station_session *of_flush(struct job *job)
{
	return (struct station_session *)(void *)((char *)job -
						  offsetof(struct station_session, flush));
}

static struct station_session *of_keep(struct job *job)
{
	return (struct station_session *)(void *)((char *)job -
						  offsetof(struct station_session, keep));
}

static void on_flushed(struct job *job)
{
	struct station_session *s = of_flush(job);
	s->flushing = false;
	if (job->rc != 0)
		s->lacking = job->fault;
	if (job->rc != 0 && s->lacking.code == FAULT_NONE)
		(void)node_fault(s->node, &s->lacking, "sync", job->rc);
	if (s->link != NULL && !s->over && s->give == NULL)
		greet(s);
	release(s);
}

/* Where our log ends now, as far as it is applied; and say so. A full disk keeps what was saved
 * last out of the views: what is applied goes today, and the result says that it is not all. */
static void greet(struct station_session *s)
{
	struct node *n = s->node;
	struct give_start start = { .key = &n->key,
				    .incarnation = n->incarnation,
				    .hub = n->peer.hub,
				    .cursor = n->peer.cursor,
				    .seen = n->peer.seen,
				    .rewound = n->peer.rewound_ms != 0,
				    .now_ms = wall_ms(),
				    .program = bytes_str(BF_VERSION) };
	struct fault f;
	struct view v;

	int rc = view_begin(n->store, &v);
	if (rc == 0) {
		rc = view_head(&v, n->origin, &start.head);
		view_end(&v);
	}
	if (rc == BF_ENOTFOUND) { /* nothing was ever saved here */
		start.head = (struct head){ .origin = n->origin,
					    .hash = chain_genesis(&n->key.public, n->incarnation) };
		rc = 0;
	}
	if (rc == 0)
		s->give = give_open(&start);
	if (s->give == NULL) {
		(void)node_fault(n, &f, "sync", rc != 0 ? rc : BF_ENOMEM);
		end(s, &f);
		return;
	}
	step(s, (struct event){ .type = EVENT_GO });
}

static void on_frame(void *ctx, struct link *link, struct bytes payload)
{
	struct station_session *s = ctx;
	(void)link;
	if (s->over)
		return;
	if (!s->heard_since_sent)
		s->outcome.result.round_trips++;
	s->heard_since_sent = true;
	if (s->give != NULL) {
		step(s, (struct event){ .type = EVENT_FRAME, .payload = payload });
		return;
	}
	/* BUSY may come before we have greeted: the machine must be there to hear it. */
	greet(s);
	if (!s->over && s->give != NULL)
		step(s, (struct event){ .type = EVENT_FRAME, .payload = payload });
}

static void heard_clock(struct station_session *s, int64_t peer_ms)
{
	if (peer_ms == 0 || s->clock_known)
		return;
	s->clock_known = true;
	s->clock_ms = peer_ms - wall_ms();
	s->clock_by_word = s->node->clock.believe;
	if (clock_heard(&s->node->clock, peer_ms))
		s->node->peer.clock_ms = s->clock_kept_ms = s->clock_ms;
	else
		log_warn(ev("hub_clock_doubted"), li("clock_ms", s->clock_ms));
}

static void step(struct station_session *s, struct event event)
{
	struct wished w;
	struct buf entries = { 0 };
	bool more = true;

	while (more && !s->over && s->link != NULL) {
		enum wish wish = give_step(s->give, &event, &w);
		event = (struct event){ .type = EVENT_GO };
		heard_clock(s, w.peer_ms);
		if (w.retry_s != 0)
			s->outcome.retry_s = w.retry_s;
		switch (wish) {
		case WISH_SEND:
			s->heard_since_sent = false;
			more = link_send(s->link, w.bytes) == 0; /* else on_closed comes */
			break;
		case WISH_LOAD:
			event = load(s, &w, &entries);
			break;
		case WISH_KEEP:
			s->newest.checkpoint = w.checkpoint;
			s->newest.rewound = w.rewound;
			s->newest_new = true;
			keep_newest(s);
			break;
		case WISH_WAIT:
			more = false;
			break;
		case WISH_DONE:
			s->well = true;
			heard_again(s);
			end(s, NULL);
			break;
		case WISH_FAIL:
			end(s, &w.fault);
			break;
		case WISH_HELD:
		case WISH_STORE:
			BF_REQUIRE(wish == WISH_WAIT); /* the other half's: our bug */
		}
	}
	buf_fini(&entries);
}

/* At most BATCH_RAW_MAX from mapped memory: well under a millisecond, so the loop does it itself.
 */
static struct event load(struct station_session *s, const struct wished *w, struct buf *entries)
{
	struct event event = { .type = EVENT_LOADED };
	struct view v;

	buf_renew(entries);
	event.loaded.origin = w->origin;
	event.loaded.first = w->first;
	event.rc = view_begin(s->node->store, &v);
	if (event.rc != 0)
		return event;
	event.rc = view_load(&v, w->origin, w->first, w->limit_bytes, w->limit_count, entries,
			     &event.loaded.count);
	view_end(&v);
	event.loaded.entries = buf_bytes(entries);
	return event;
}

/* ---- the cursor ---- */

/* A hub that had nothing new is not a silent hub: when the last word that is on the disk is old, it
 * is written once more with today's time. So is a clock that the user wants believed. */
static void heard_again(struct station_session *s)
{
	const struct peer *p = &s->node->peer;

	if (s->newest_new || s->keeping || p->cursor.origin == 0 ||
	    (s->outcome.result.started_ms - p->cursor_ms < HEARD_AGAIN_MS && !s->clock_by_word))
		return;
	s->newest.checkpoint = p->cursor;
	s->newest.rewound = false;
	s->newest_new = true;
	keep_newest(s);
}

static int run_keep(struct job *job, struct store *store)
{
	struct station_session *s = of_keep(job);
	int rc = peer_keep(store, &s->writing.checkpoint, s->writing.rewound,
			   s->outcome.result.started_ms, s->clock_kept_ms, &s->row);

	return rc < 0 ? rc : 0;
}

static void keep_newest(struct station_session *s)
{
	if (!s->newest_new || s->keeping)
		return;
	s->writing = s->newest;
	s->keep = (struct job){ .sort = JOB_DIRECT, .run = run_keep, .done = on_kept };
	if (writer_put(s->node->writer, &s->keep) != 0)
		return; /* full: at the next KEEP, or at the end */
	s->newest_new = false;
	s->keeping = true;
}

static void say_change(const struct peer *was, const struct peer *is)
{
	if (was->rewound_ms == 0 && is->rewound_ms != 0)
		log_warn(ev("hub_rewound"), lu("seen_length", is->seen.order_length),
			 lu("seen_seq", is->seen.seq), lu("length", is->cursor.order_length),
			 lu("seq", is->cursor.seq));
	else if (was->cursor.origin != 0 && was->cursor.epoch != is->cursor.epoch)
		log_info(ev("hub_epoch"), lx("epoch", is->cursor.epoch), lu("seq", is->cursor.seq));
}

static void on_kept(struct job *job)
{
	struct station_session *s = of_keep(job);

	s->keeping = false;
	s->unnoted.code = FAULT_NONE;
	if (job->rc == 0) {
		say_change(&s->node->peer, &s->row);
		s->node->peer = s->row;
		s->outcome.result.held = s->row.cursor.seq;
	} else {
		log_warn(ev("cursor_not_kept"), ls("rc", bf_error_name(job->rc)));
		say_unnoted(s, &s->writing.checkpoint, job->rc);
	}
	keep_newest(s);
	release(s);
}

/* The hub has it and this disk does not know: whoever asks is told both. That the hub said once
 * more what is known here is no matter. */
static void say_unnoted(struct station_session *s, const struct checkpoint *c, int rc)
{
	static const struct words full = { "本机磁盘已满", "this machine's disk is full" },
				  busy = { "本机正忙", "this machine is busy" },
				  other = { "本机内存不足或读写出错",
					    "this machine has no memory or its disk failed" };
	char seq[24];

	if (checkpoint_course(&s->node->peer.cursor, c) == CHECKPOINT_SAME)
		return;
	(void)snprintf(seq, sizeof seq, "%llu", (unsigned long long)c->seq);
	(void)fault_tell(&s->unnoted, FAULT_STORED_UNNOTED, NULL, (struct words){ seq, seq },
			 rc == BF_EFULL   ? full
			 : rc == BF_EBUSY ? busy
					  : other);
}

/* ---- ending ---- */

static void end(struct station_session *s, const struct fault *f)
{
	s->over = true;
	if (f != NULL) {
		s->outcome.result.fault = *f;
		s->outcome.result.rc = f->rc;
	}
	if (s->link != NULL)
		link_finish(s->link);
}

void station_session_stop(struct station_session *s)
{
	struct fault f;
	if (s->link == NULL)
		return;
	(void)fault_say(&f, FAULT_STOPPING, NULL, NULL, NULL);
	if (!s->over) {
		s->outcome.result.fault = f;
		s->outcome.result.rc = f.rc;
	}
	s->over = true;
	link_close(s->link, &f);
}

static void on_closed(void *ctx, struct link *link, const struct fault *f)
{
	struct station_session *s = ctx;
	struct sync_result *r = &s->outcome.result;
	struct link_counters c = link_counters(link);

	r->bytes_in = c.tcp_in;
	r->bytes_out = c.tcp_out;
	r->app_in = c.app_in;
	r->app_out = c.app_out;
	if (!s->over) { /* the link ended before the machine did */
		if (f->code == FAULT_NONE)
			(void)fault_say(&r->fault, FAULT_LINK_CUT, link_where(link),
					"connection closed", NULL);
		else
			r->fault = *f;
		r->rc = r->fault.rc;
	}
	s->over = true;
	s->link = NULL;
	keep_newest(s);
	release(s);
}

static void release(struct station_session *s)
{
	if (s->link != NULL || s->flushing || s->keeping)
		return;
	struct sync_result *r = &s->outcome.result;
	if (s->give != NULL) {
		r->entries = give_acked(s->give);
		r->heard = give_malformed(s->give, &r->malformed);
	}
	r->clock_ms = s->clock_known ? s->clock_ms : s->node->peer.clock_ms;
	if (s->newest_new) /* the writer's queue was full to the end */
		say_unnoted(s, &s->newest.checkpoint, BF_EBUSY);
	if (r->rc == 0 && s->lacking.code != FAULT_NONE) { /* well, and not everything went */
		r->fault = s->lacking;
		r->rc = s->lacking.rc;
	}
	if (r->rc == 0 && s->unnoted.code != FAULT_NONE) {
		r->fault = s->unnoted;
		r->rc = s->unnoted.rc;
	}
	r->ms = (int64_t)(mono_ms() - s->began_ms);
	give_close(s->give);
	s->then(s->ctx, &s->outcome);
	free(s);
}
