/* SPDX-License-Identifier: Apache-2.0 */
/* station_enrol.c -- see station_session.h: ENROL out, ENROLLED in, then one job that keeps the
 * places and the hub.
 *
 * The peer is written last: a cut before it leaves a node that is not enrolled, and the same token
 * works again for the same key.
 *
 * E1: a node that has a hub and a place keeps them unless whoever asks said `move`: another hub
 * would get the whole log with the people in it. The hub is in the token, so it is judged before
 * anything is sent; the place comes with the answer, and then the token is spent, but spending it
 * again with `move` gets the same answer.
 *
 * E2: an answer is judged before anything of it is kept. A station with a place that its own table
 * lacks, with none or with a role nobody has would record under what no total ever finds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/log.h"
#include "daemon/station_session.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/sync.h"
#include "storage/place.h"
#include "storage/roster.h"

struct station_enrol {
	struct job job; /* first: on the writer this is all that is known */
	struct node *node;
	struct link *link; /* NULL once closed */
	struct token token;
	char name[NAME_BYTES_MAX + 1];
	bool keep_name;
	struct act act;
	void (*then)(void *ctx, const struct fault *f);
	void *ctx;
	struct peer peer;
	struct buf reply; /* ENROLLED's payload, for the writer */
	struct fault fault;
	bool over, saving, move;
};

static int judge_hub(const struct node *node, const struct token *token, struct fault *f);
static void on_open(void *ctx, struct link *link);
static void on_frame(void *ctx, struct link *link, struct bytes payload);
static int judge_answer(const struct node *node, const struct msg_enrolled *m, struct fault *f);
static int judge_place(const struct node *node, const struct msg_enrolled *m, struct fault *f);
static void save(struct station_enrol *e, const struct msg_enrolled *m, struct bytes payload);
static int run_save(struct job *job, struct store *store);
static void on_saved(struct job *job);
static void on_closed(void *ctx, struct link *link, const struct fault *f);
static void release(struct station_enrol *e);

int station_enrol_open(struct station_enrol **out, struct node *node, struct tls *tls,
		       const struct enrol_wish *wish,
		       void (*then)(void *ctx, const struct fault *f), void *ctx, struct fault *f)
{
	const struct token *token = wish->token;
	const char *name = wish->name;
	int rc = wish->move ? 0 : judge_hub(node, token, f);
	if (rc != 0)
		return rc;
	struct station_enrol *e = calloc(1, sizeof *e);
	if (e == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	const struct link_owner owner = {
		.ctx = e, .on_open = on_open, .on_frame = on_frame, .on_closed = on_closed
	};
	e->node = node;
	e->token = *token;
	e->move = wish->move;
	e->then = then;
	e->ctx = ctx;
	e->keep_name = name == NULL || name[0] == '\0';
	bytes_cstr(bytes_str(e->keep_name ? node->config.name : name), e->name, sizeof e->name);
	e->act = act_by(wish->who);
	rc = link_connect(&e->link, node->loop, token->host, token->port, tls, &token->hub, true,
			  &owner);
	if (rc != 0) {
		free(e);
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	}
	*out = e;
	return 0;
}

/* E1. A hub is its key: the same one at another address is no move. */
static int judge_hub(const struct node *node, const struct token *token, struct fault *f)
{
	const struct peer *p = &node->peer;
	char now[FAULT_WHERE_MAX], then[FAULT_WHERE_MAX], name[41];

	if (!node->has_peer || key_equal(&p->hub, &token->hub))
		return 0;
	(void)snprintf(now, sizeof now, "%s %.40s:%u",
		       bytes_cstr(bytes_str(p->hub_name), name, sizeof name), p->host, p->port);
	(void)snprintf(then, sizeof then, "%.80s:%u", token->host, token->port);
	return fault_say(f, FAULT_MOVE_HUB, NULL, now, then);
}

static void on_open(void *ctx, struct link *link)
{
	struct station_enrol *e = ctx;
	struct buf out = { 0 };
	struct message m = { .type = MESSAGE_ENROL };

	m.enrol = (struct msg_enrol){ .version = PROTOCOL_VERSION,
				      .secret = bytes_of(e->token.secret, sizeof e->token.secret),
				      .incarnation = e->node->incarnation,
				      .name = bytes_str(e->name),
				      .now_ms = wall_ms(),
				      .keep_name = e->keep_name };
	int rc = message_put(&out, &m);
	if (rc == 0)
		(void)link_send(link, buf_bytes(&out));
	else
		(void)fault_of(&e->fault, rc, "enrol");
	if (rc != 0)
		link_close(link, &e->fault);
	buf_fini(&out);
}

/* Nobody is told to wait for longer than a station would. */
static void say_busy(uint64_t retry_s, struct fault *f)
{
	char seconds[24];

	if (retry_s > SYNC_BUSY_S_MAX)
		retry_s = SYNC_BUSY_S_MAX;
	if (retry_s == 0)
		retry_s = SYNC_RETRY_MIN_S;
	(void)snprintf(seconds, sizeof seconds, "%llu", (unsigned long long)retry_s);
	(void)fault_say(f, FAULT_ENROL_BUSY, NULL, seconds, NULL);
}

static void on_frame(void *ctx, struct link *link, struct bytes payload)
{
	struct station_enrol *e = ctx;
	struct mp_doc doc = { 0 };
	struct message m;

	if (e->over)
		return;
	e->over = true;
	int rc = message_take(payload, &doc, &m);
	if (rc != 0) {
		(void)sync_unread(rc, &e->fault);
	} else if (m.type == MESSAGE_REFUSE) {
		sync_told(&m.refuse, &e->fault);
	} else if (m.type == MESSAGE_BUSY) {
		say_busy(m.busy.retry_s, &e->fault);
	} else if (m.type != MESSAGE_ENROLLED) {
		(void)fault_say(&e->fault, FAULT_OUT_OF_TURN, NULL, message_name(m.type), "ENROL");
	} else if (judge_answer(e->node, &m.enrolled, &e->fault) != 0) {
		; /* E2 */
	} else if (e->move || judge_place(e->node, &m.enrolled, &e->fault) == 0) {
		save(e, &m.enrolled, payload);
	}
	mp_doc_fini(&doc);
	link_finish(link);
}

struct naming {
	uint64_t code;
	bool there;
	char name[NAME_BYTES_MAX + 1];
};

static int on_name(void *ctx, struct place_row row)
{
	struct naming *n = ctx;
	if (row.code != n->code)
		return 0;
	n->there = true;
	bytes_cstr(row.name, n->name, sizeof n->name);
	return 0;
}

/* E2. */
static int judge_answer(const struct node *node, const struct msg_enrolled *m, struct fault *f)
{
	struct naming place = { .code = m->division };
	struct words what = { NULL, NULL };
	int rc = message_places(m->places, on_name, &place);

	if (rc != 0)
		return sync_unread(rc, f);
	if (m->origin != node->origin)
		what = (struct words){ "它说的不是本站的日志",
				       "it names a log that is not this node's" };
	else if (!division_valid(m->division))
		what =
		    (struct words){ "没有给出本站所在的区划", "it names no place for this node" };
	else if (!place.there)
		what =
		    (struct words){ "给本站的区划不在它给的区划表里",
				    "the place it names is not in the table of places it gives" };
	else if (m->role != ROLE_VILLAGE && m->role != ROLE_TEAM)
		what = (struct words){ "给本站的角色既不是村工作站也不是志愿服务队",
				       "the role it names is neither village nor team" };
	return what.en == NULL
		   ? 0
		   : fault_tell(f, FAULT_ENROL_ANSWER, NULL, what, (struct words){ NULL, NULL });
}

enum { PLACE_SHOWN_MAX = 81 }; /* of a name, in whole characters */

/* E1. Both places by code and name: who reads it knows them by name. */
static int judge_place(const struct node *node, const struct msg_enrolled *m, struct fault *f)
{
	struct naming there = { .code = m->division };
	char code[DIVISION_DIGITS + 1], now[FAULT_WHERE_MAX], then[FAULT_WHERE_MAX];
	char name[PLACE_SHOWN_MAX] = "", other[PLACE_SHOWN_MAX];
	struct place here;
	struct view v;

	if (!node->has_peer || node->division == m->division)
		return 0;
	if (view_begin(node->store, &v) == 0) {
		if (place_get(&v, node->division, &here) == 0)
			bytes_cstr(here.name, name, sizeof name);
		view_end(&v);
	}
	(void)message_places(m->places, on_name, &there);
	(void)snprintf(now, sizeof now, "%s %s", division_print(node->division, code), name);
	(void)snprintf(then, sizeof then, "%s %s", division_print(m->division, code),
		       bytes_cstr(bytes_str(there.name), other, sizeof other));
	return fault_say(f, FAULT_MOVE_DIVISION, NULL, now, then);
}

static void save(struct station_enrol *e, const struct msg_enrolled *m, struct bytes payload)
{
	e->peer = (struct peer){ .hub = e->token.hub,
				 .port = e->token.port,
				 .division = m->division,
				 .role = (uint32_t)m->role };
	if (e->node->has_peer && key_equal(&e->node->peer.hub, &e->token.hub)) {
		/* The same hub: what it signed before is still true of it. */
		e->peer.cursor = e->node->peer.cursor;
		e->peer.cursor_ms = e->node->peer.cursor_ms;
		e->peer.seen = e->node->peer.seen;
		e->peer.rewound_ms = e->node->peer.rewound_ms;
		e->peer.clock_ms = e->node->peer.clock_ms;
	}
	if (clock_heard(&e->node->clock, m->now_ms))
		e->peer.clock_ms = m->now_ms - wall_ms();
	bytes_cstr(bytes_str(e->token.host), e->peer.host, sizeof e->peer.host);
	bytes_cstr(m->hub_name, e->peer.hub_name, sizeof e->peer.hub_name);
	buf_put_bytes(&e->reply, payload);
	e->job = (struct job){ .sort = JOB_DIRECT, .run = run_save, .done = on_saved };
	int rc = e->reply.err != 0 ? e->reply.err : writer_put(e->node->writer, &e->job);
	e->saving = rc == 0;
	if (rc != 0)
		(void)fault_of(&e->fault, rc, "enrol");
}

/* ---- on the writer ---- */

struct rows {
	struct place *p;
	size_t count;
};

static int on_row(void *ctx, struct place_row row)
{
	struct rows *rows = ctx;
	if (rows->count == PLACES_MAX)
		return BF_EBOUND;
	rows->p[rows->count++] = (struct place){ row.code, row.name };
	return 0;
}

static int keep(struct store *store, const struct peer *peer, const struct msg_enrolled *m,
		struct act *act, struct fault *f)
{
	struct rows rows = { .p = calloc(PLACES_MAX, sizeof *rows.p) };
	if (rows.p == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	int rc = message_places(m->places, on_row, &rows);
	if (rc != 0 && rc != BF_ENOMEM)
		rc = fault_say(f, FAULT_BAD_MESSAGE, NULL, "ENROLLED", NULL);
	else if (rc == 0)
		rc = peer_enrol(store, peer, m->edition, rows.p, rows.count, act, f);
	free(rows.p);
	return rc;
}

static int run_save(struct job *job, struct store *store)
{
	struct station_enrol *e = (struct station_enrol *)(void *)job;
	struct mp_doc doc = { 0 };
	struct message m;

	int rc = message_take(buf_bytes(&e->reply), &doc, &m);
	if (rc == 0)
		rc = keep(store, &e->peer, &m.enrolled, &e->act, &job->fault);
	mp_doc_fini(&doc);
	if (rc != 0 && job->fault.code == FAULT_NONE)
		(void)fault_of(&job->fault, rc, "enrol");
	return rc;
}

/* ---- on the loop ---- */

/* From one hub or place to another, which was asked for by name. */
static void log_move(const struct node *node, const struct peer *to)
{
	const struct peer *from = &node->peer;
	char old_place[DIVISION_DIGITS + 1], new_place[DIVISION_DIGITS + 1];

	if (!node->has_peer || (key_equal(&from->hub, &to->hub) && from->division == to->division))
		return;
	log_warn(ev("enrol_moved"), ls("from_hub", from->host), lu("from_port", from->port),
		 ls("from_division", division_print(from->division, old_place)),
		 ls("to_hub", to->host), lu("to_port", to->port),
		 ls("to_division", division_print(to->division, new_place)));
}

static void on_saved(struct job *job)
{
	struct station_enrol *e = (struct station_enrol *)(void *)job;

	e->saving = false;
	if (job->rc != 0) {
		e->fault = job->fault;
	} else {
		log_move(e->node, &e->peer);
		act_tell(&e->act);
		e->node->peer = e->peer;
		e->node->has_peer = true;
		e->node->division = e->peer.division;
	}
	release(e);
}

void station_enrol_stop(struct station_enrol *e)
{
	if (e->link == NULL)
		return;
	if (!e->over)
		(void)fault_say(&e->fault, FAULT_STOPPING, NULL, NULL, NULL);
	e->over = true;
	link_close(e->link, NULL);
}

static void on_closed(void *ctx, struct link *link, const struct fault *f)
{
	struct station_enrol *e = ctx;

	if (!e->over && f->code != FAULT_NONE)
		e->fault = *f;
	else if (!e->over)
		(void)fault_say(&e->fault, FAULT_ENROL_CUT, link_where(link), "connection closed",
				NULL);
	e->over = true;
	e->link = NULL;
	release(e);
}

static void release(struct station_enrol *e)
{
	if (e->link != NULL || e->saving)
		return;
	e->then(e->ctx, e->fault.code == FAULT_NONE ? NULL : &e->fault);
	crypto_wipe(&e->token, sizeof e->token);
	buf_fini(&e->reply);
	free(e);
}
