/* SPDX-License-Identifier: Apache-2.0 */
/* hub_session.c -- one visit of a node: obeys the wishes of its take machine.
 *
 * link -> on_frame -> step: SEND to the link, HELD and STORE to the writer; writer -> done -> step.
 * Every callback records and steps. The roster is asked in the handshake, by a short view on the
 * loop (a few microseconds beside the handshake's near millisecond), so a revocation needs no cache
 * to be told of. */
#include "daemon/hub_session.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/log.h"
#include "daemon/slot.h"
#include "protocol/errors.h"

struct store_job {
	struct session_job own;
	struct accepted accepted;
	struct run run;       /* its entries are the copy below */
	struct key_pair *key; /* NULL for a look-up */
	uint8_t entries[];
};

/* In the order of a session. */
static bool on_peer(void *ctx, const struct public_key *key, bool enrol);
static void on_open(void *ctx, struct link *link);
static void on_frame(void *ctx, struct link *link, struct bytes payload);
static void step(struct session *s, struct event event);
static void look_up(struct session *s);
static void store(struct session *s, const struct run *run);
static void remember(struct session *s, enum fault_code fault);
static void done_well(struct session *s, const struct wished *w);
static void on_closed(void *ctx, struct link *link, const struct fault *f);
static void release(struct session *s);

/* ---- the door ---- */

void session_open(struct listener *l)
{
	struct session *s = calloc(1, sizeof *s);
	struct link_owner owner = { .ctx = s,
				    .on_peer = on_peer,
				    .on_open = on_open,
				    .on_frame = on_frame,
				    .on_closed = on_closed };

	if (s == NULL || link_accept(&s->link, (uv_stream_t *)&l->server, l->tls, &owner) != 0) {
		free(s);
		listener_shut(l); /* no memory: whoever waits goes on waiting */
		return;
	}
	s->wait_tail = &s->wait;
	s->started_ms = wall_ms();
	s->began_ms = mono_ms();
	listener_join(l, s);
}

/* The peer has not yet shown that the key is its own: nothing is given for it before on_open. */
static bool on_peer(void *ctx, const struct public_key *key, bool enrol)
{
	struct session *s = ctx;
	struct view v;

	if (enrol)
		return true;
	int rc = view_begin(s->listener->node->store, &v);
	if (rc == 0) {
		rc = roster_get(&v, key, &s->row);
		view_end(&v);
	}
	/* An alert would tell a station that it is not known here, which nobody has looked up. */
	s->unjudged = rc != 0 && rc != BF_ENOTFOUND;
	if (s->unjudged) {
		log_warn(ev("peer_unjudged"), ls("rc", bf_error_name(rc)));
		return true;
	}
	bool known = rc == 0 && s->row.state == NODE_ACTIVE;
	if (!known) /* what is left to do is the alert, and that nobody waits for */
		listener_move(s, SESSION_LEAVING);
	return known;
}

static uint64_t next_s(const struct session *s)
{
	const struct config *c = &s->listener->node->config;
	if (c->sync_every_s != 0)
		return c->sync_every_s;
	return (uint64_t)slot_wait_ms(s->row.origin, c->sync_hour_from, c->sync_hour_to,
				      s->started_ms) /
	       1000;
}

static void send_message(struct session *s, const struct message *m)
{
	struct buf out = { 0 };
	if (s->link != NULL && message_put(&out, m) == 0)
		(void)link_send(s->link, buf_bytes(&out));
	buf_fini(&out);
}

static void on_open(void *ctx, struct link *link)
{
	struct session *s = ctx;

	if (s->unjudged || !listener_admit(s)) {
		session_busy(s);
		return;
	}
	if (s->sort == SESSION_ENROL) {
		link_bound(link, LISTENER_ENROL_FRAME_MAX, LISTENER_ENROL_MS);
		return;
	}
	const struct take_start start = { .node = s->row.key,
					  .incarnation = s->row.incarnation,
					  .origin = s->row.origin,
					  .now_ms = s->started_ms,
					  .next_s = next_s(s) };
	s->take = take_open(&start);
	if (s->take == NULL) {
		session_busy(s);
		return;
	}
	step(s, (struct event){ .type = EVENT_GO });
}

static void on_frame(void *ctx, struct link *link, struct bytes payload)
{
	struct session *s = ctx;
	(void)link;
	if (s->over)
		return;
	if (s->sort == SESSION_ENROL)
		enrol_frame(s, payload);
	else
		step(s, (struct event){ .type = EVENT_FRAME, .payload = payload });
}

/* ---- the machine ---- */

/* Back-pressure: nobody reads for a session whose window or whose writer is full. */
static void pause_if_full(struct session *s)
{
	if (s->link != NULL)
		link_pause(s->link, s->wait != NULL || (s->take != NULL && take_full(s->take)));
}

/* How it ended, for the roster. What went wrong before the key was proved, or with an enrolment, is
 * nobody's. */
static void remember(struct session *s, enum fault_code fault)
{
	struct roster_visit seen = { .origin = s->row.origin,
				     .now_ms = s->started_ms,
				     .clock_ms = s->clock_ms,
				     .fault = fault };

	if (s->take == NULL || s->sort != SESSION_SYNC)
		return;
	seen.greeted = take_hello(s->take, &seen.head, seen.program);
	listener_seen(s->listener, &seen);
}

static void failed(struct session *s, const struct fault *f)
{
	remember(s, f->code);
	s->listener->counters.sessions_failed++;
	log_warn(ev("session_failed"), lx("origin", s->row.origin), lf(f),
		 lu("entries", take_stored(s->take)), ls("peer", link_where(s->link)));
	session_leave(s);
}

/* However the session ends: the operator must hear of it. */
static void hear_rewound(struct session *s)
{
	if (s->rewound || !take_rewound(s->take))
		return;
	s->rewound = true;
	listener_rewound(s->listener, s->row.origin);
}

static void step(struct session *s, struct event event)
{
	struct wished w;

	while (!s->over && s->link != NULL) {
		enum wish wish = take_step(s->take, &event, &w);
		hear_rewound(s);
		event = (struct event){ .type = EVENT_GO };
		if (w.peer_ms != 0 && s->clock_ms == 0)
			s->clock_ms = w.peer_ms - s->started_ms;
		switch (wish) {
		case WISH_SEND:
			if (link_send(s->link, w.bytes) != 0)
				return; /* on_closed comes */
			break;
		case WISH_HELD:
			look_up(s);
			break;
		case WISH_STORE:
			store(s, &w.run);
			break;
		case WISH_WAIT:
			pause_if_full(s);
			return;
		case WISH_DONE:
			done_well(s, &w);
			return;
		case WISH_FAIL:
			failed(s, &w.fault);
			return;
		case WISH_LOAD:
		case WISH_KEEP:
			BF_REQUIRE(wish == WISH_WAIT); /* the other half's: our bug */
		}
	}
}

static void done_well(struct session *s, const struct wished *w)
{
	(void)w;
	s->listener->counters.sessions_ok++;
	remember(s, FAULT_NONE);
	struct link_counters c = link_counters(s->link);
	log_info(ev("session_done"), lx("origin", s->row.origin),
		 lu("entries", take_stored(s->take)), lu("bytes_in", c.tcp_in),
		 lu("bytes_out", c.tcp_out), lu("ms", mono_ms() - s->began_ms),
		 li("clock_ms", s->clock_ms));
	session_leave(s);
}

/* ---- jobs ---- */

static int run_held(struct job *job, struct store *st)
{
	struct store_job *j = (struct store_job *)(void *)job;
	return store_held(st, j->run.origin, &j->accepted);
}

static int run_store(struct job *job, struct store *st)
{
	struct store_job *j = (struct store_job *)(void *)job;
	return store_accept(st, &j->run, &j->accepted, &job->fault);
}

/* The hub's word on how much it holds, and where its own order stood then. */
static struct checkpoint checkpoint(const struct node *n, const struct accepted *a)
{
	struct checkpoint c = { .epoch = store_epoch(n->store),
				.order_length = a->order_length,
				.order_hash = a->order_hash,
				.origin = a->head.origin,
				.seq = a->head.seq,
				.hash = a->head.hash };
	checkpoint_sign(&c, &n->key);
	return c;
}

static void answered(struct session *s, struct session_job *own, enum event_type type)
{
	struct store_job *j = (struct store_job *)(void *)own;
	struct event event = { .type = type, .rc = own->job.rc };

	if (event.rc == 0) {
		event.held = j->accepted.head;
		event.ordinal = j->accepted.ordinal;
		event.checkpoint = checkpoint(s->listener->node, &j->accepted);
		event.malformed = j->accepted.malformed;
	} else {
		const struct fault *why = &own->job.fault;

		event.why = why->code != FAULT_NONE ? why : NULL;
		log_warn(ev("store_refused"), lx("origin", s->row.origin),
			 ls("rc", bf_error_name(event.rc)),
			 ls("fault", event.why == NULL ? "" : fault_name(why->code)),
			 lu("first", j->run.first), lu("count", j->run.count));
	}
	step(s, event);
}

static void answer_held(struct session *s, struct session_job *own)
{
	answered(s, own, EVENT_HELD);
}

static void see_malformed(struct session *s, const struct malformed *more)
{
	if (s->malformed.count == 0)
		s->malformed.first = more->first;
	s->malformed.count += more->count;
}

static void answer_stored(struct session *s, struct session_job *own)
{
	struct store_job *j = (struct store_job *)(void *)own;
	if (own->job.rc == 0) {
		s->listener->counters.entries += j->accepted.fresh;
		see_malformed(s, &j->accepted.fresh_malformed);
		if (j->accepted.fresh > 0)
			s->listener->counters.full = 0;
	} else if (own->job.rc == BF_EFULL) {
		s->listener->counters.full++;
	}
	answered(s, own, EVENT_STORED);
}

static struct store_job *new_job(size_t bytes, int (*run)(struct job *, struct store *),
				 void (*answer)(struct session *, struct session_job *))
{
	struct store_job *j = calloc(1, sizeof *j + bytes);
	if (j != NULL) {
		j->own.job.sort = JOB_STAGE;
		j->own.job.run = run;
		j->own.answer = answer;
	}
	return j;
}

/* A stage job, though it stages nothing: it then rides with the group instead of cutting it in two.
 * What others have staged and not yet synced it does not see; entries sent again are dropped by the
 * store (I2). */
static void look_up(struct session *s)
{
	struct store_job *j = new_job(0, run_held, answer_held);
	if (j == NULL) {
		session_busy(s); /* no memory: come again */
		return;
	}
	j->run.origin = s->row.origin;
	session_put(s, &j->own);
}

static void store(struct session *s, const struct run *run)
{
	struct store_job *j = new_job(run->entries.len, run_store, answer_stored);
	if (j == NULL) {
		session_busy(s); /* no memory: come again */
		return;
	}
	memcpy(j->entries, run->entries.p, run->entries.len);
	j->run = *run;
	j->run.entries = bytes_of(j->entries, run->entries.len);
	session_put(s, &j->own);
}

static void free_job(struct session_job *j)
{
	if (j->drop != NULL)
		j->drop(j);
	free(j);
}

static void on_done(struct job *job)
{
	struct session_job *j = (struct session_job *)(void *)job;
	struct session *s = j->session;

	if (!s->over && s->link != NULL)
		j->answer(s, j);
	free_job(j);
	s->jobs--;
	release(s);
}

void session_put(struct session *s, struct session_job *j)
{
	j->session = s;
	j->job.done = on_done;
	j->next = NULL;
	*s->wait_tail = j;
	s->wait_tail = &j->next;
	session_retry(s);
}

static struct session_job *take_waiting(struct session *s)
{
	struct session_job *j = s->wait;
	s->wait = j->next;
	if (s->wait == NULL)
		s->wait_tail = &s->wait;
	return j;
}

void session_retry(struct session *s)
{
	while (s->wait != NULL) {
		int rc = writer_put(s->listener->node->writer, &s->wait->job);
		if (rc == BF_EBUSY) {
			listener_wait(s->listener);
			break;
		}
		struct session_job *j = take_waiting(s);
		if (rc == 0)
			s->jobs++;
		else
			free_job(j); /* stopping: the node asks again next time */
	}
	pause_if_full(s);
}

/* ---- ending ---- */

void session_refuse(struct session *s, const struct fault *f)
{
	struct buf out = { 0 };

	if (s->over || s->link == NULL)
		return;
	s->listener->counters.sessions_failed++;
	remember(s, f->code);
	log_warn(ev("session_refused"), lx("origin", s->row.origin), lf(f),
		 ls("peer", link_where(s->link)));
	if (sync_put_refuse(&out, f) == 0)
		(void)link_send(s->link, buf_bytes(&out));
	buf_fini(&out);
	session_leave(s);
}

void session_busy(struct session *s)
{
	struct message busy = { .type = MESSAGE_BUSY };

	s->listener->counters.busy++;
	busy.busy.retry_s = listener_crowd_s(s->listener);
	send_message(s, &busy);
	session_leave(s);
}

void session_leave(struct session *s)
{
	s->over = true;
	listener_move(s, SESSION_LEAVING);
	link_finish(s->link);
}

/* A node that hears BYE knows that nothing is wrong but the hour. */
void session_stop(struct session *s)
{
	struct message bye = { .type = MESSAGE_BYE };

	if (s->link == NULL)
		return;
	if (s->sort == SESSION_SYNC && s->take != NULL && !s->over) {
		bye.bye.entries = take_stored(s->take);
		send_message(s, &bye);
	}
	session_leave(s);
}

static void on_closed(void *ctx, struct link *link, const struct fault *f)
{
	struct session *s = ctx;
	struct listener *l = s->listener;
	struct link_counters c = link_counters(link);

	l->counters.bytes_in += c.tcp_in;
	l->counters.bytes_out += c.tcp_out;
	if (s->sort == SESSION_SHAKING || f->code == FAULT_PEER_UNKNOWN) {
		l->counters.refused++;
		log_info(ev("link_refused"), lf(f), ls("peer", link_where(link)));
	} else if (!s->over) {
		l->counters.sessions_failed++;
		remember(s, f->code != FAULT_NONE ? f->code : FAULT_LINK_CUT);
		log_info(ev("session_cut"), lx("origin", s->row.origin), lf(f),
			 ls("state", s->take != NULL ? take_state(s->take) : "ENROL"),
			 ls("peer", link_where(link)));
	}
	s->over = true;
	s->link = NULL;
	listener_move(s, SESSION_GONE);
	while (s->wait != NULL)
		free_job(take_waiting(s));
	release(s);
}

/* One line for each visit that brought any, of no contents: its node's program is wrong. */
static void tell_malformed(const struct session *s)
{
	if (s->malformed.count > 0)
		log_warn(ev("entries_malformed"), lx("origin", s->row.origin),
			 lu("count", s->malformed.count), lu("first", s->malformed.first));
}

static void release(struct session *s)
{
	if (s->link != NULL || s->jobs > 0) /* S1 */
		return;
	struct listener *l = s->listener;
	tell_malformed(s);
	listener_part(s);
	take_close(s->take);
	free(s);
	listener_release(l);
}
