/* SPDX-License-Identifier: Apache-2.0 */
/* methods_hub.c -- the operator's side: tokens, the nodes, the door. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/act.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/token.h"
#include "storage/malformed.h"

#define HOUR_MS (INT64_C(3600) * 1000)

/* ---- token ---- */

struct making {
	struct job job;
	struct call *call;
	struct token token;
	uint64_t division;
	uint32_t role;
	int64_t expires_ms;
	struct act act;
};

static struct making *making_of(struct job *job)
{
	return (struct making *)(void *)((char *)job - offsetof(struct making, job));
}

static int making_run(struct job *job, struct store *store)
{
	struct making *m = making_of(job);
	struct hash hash = token_hash(m->token.secret);

	return roster_token_add(store, &hash, m->division, m->role, m->expires_ms, &m->act,
				&job->fault);
}

static void making_done(struct job *job)
{
	struct making *m = making_of(job);
	char text[TOKEN_TEXT_MAX];
	struct buf *b;

	if (job->rc == 0) {
		b = call_begin(m->call);
		act_tell(&m->act);
		mp_put_map(b, 3);
		reply_cstr(b, "token", token_put(&m->token, text));
		reply_cstr(b, "id", m->act.note);
		reply_int(b, "expires_ms", m->expires_ms);
		call_end(m->call);
	} else {
		methods_fail(m->call, job->rc, &job->fault);
	}
	crypto_wipe(text, sizeof(text));
}

/* Where stations find us: `advertise`, else this machine's name and our port. */
static void take_address(const struct node *n, struct token *t)
{
	const char *from = n->config.advertise;
	char name[TOKEN_HOST_MAX];

	t->port = listener_port(n->listener);
	if (from[0] != '\0') {
		BF_REQUIRE(token_address(bytes_str(from), t->host, &t->port) == 0); /* config.c */
		return;
	}
	if (gethostname(name, sizeof(name)) != 0)
		snprintf(name, sizeof(name), "localhost");
	name[sizeof(name) - 1] = '\0';
	snprintf(t->host, sizeof(t->host), "%s", name);
}

static int take_role(const struct call *c, uint32_t *role, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;

	param_text(c, "role", &text);
	*role = bytes_equal(text, BYTES_LIT("village")) ? ROLE_VILLAGE
		: bytes_equal(text, BYTES_LIT("team"))  ? ROLE_TEAM
							: 0;
	if (*role != 0)
		return 0;
	return fault_say(f, FAULT_TOKEN_ROLE, "role", fault_typed(text, shown), NULL);
}

/* A village's station stands in a village; a team's in a street, township or village. */
static int take_division(struct making *m, struct view *v, struct fault *f)
{
	struct call *c = m->call;
	char code[DIVISION_DIGITS + 1], here[DIVISION_DIGITS + 1];
	int least = m->role == ROLE_VILLAGE ? LEVEL_VILLAGE : LEVEL_TOWNSHIP;
	struct resolve r;
	struct bytes text;

	param_text(c, "division", &text);
	resolve_init(&r, c->node, v, NULL, true);
	int rc = resolve_division(&r, text, &m->division, "division", f);

	if (rc != 0)
		return rc;
	if (division_level(m->division) < least)
		return fault_say(
		    f, FAULT_DIVISION_LEVEL, "division", division_print(m->division, code),
		    least == LEVEL_VILLAGE ? "嘎查村、社区 village"
					   : "苏木乡镇、街道或嘎查村 township or village");
	if (!division_within(m->division, c->node->division))
		return fault_say(f, FAULT_DIVISION_OUTSIDE, "division",
				 division_print(m->division, code),
				 division_print(c->node->division, here));
	return 0;
}

static int making_prepare(struct making *m, struct fault *f)
{
	uint64_t hours;
	struct view v;
	int rc = take_role(m->call, &m->role, f);

	if (rc == 0)
		rc = param_limit(m->call, "hours", TOKEN_HOURS_MAX, TOKEN_HOURS_DEFAULT, &hours, f);
	if (rc == 0)
		rc = view_begin(m->call->node->store, &v);
	if (rc != 0)
		return rc;
	rc = view_done(&v, take_division(m, &v, f));
	m->act = act_by(m->call->author);
	m->expires_ms = m->act.at_ms + (int64_t)hours * HOUR_MS;
	m->token.hub = m->call->node->key.public;
	take_address(m->call->node, &m->token);
	random_bytes(m->token.secret, sizeof(m->token.secret));
	return rc;
}

static void making_drop(void *own)
{
	crypto_wipe(own, sizeof(struct making));
	free(own);
}

void methods_token(struct call *c)
{
	struct making *m = methods_own(c, sizeof(*m));
	struct fault f = { 0 };

	if (m == NULL)
		return;
	c->drop = making_drop;
	m->call = c;
	m->job = (struct job){ .sort = JOB_DIRECT, .run = making_run, .done = making_done };
	int rc = making_prepare(m, &f);

	if (rc == 0)
		rc = writer_put(c->node->writer, &m->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}

/* ---- nodes ---- */

struct walking {
	struct view *view;
	struct buf rows;
	uint32_t count, limit, named;
	uint64_t
	    after; /* rows come in no order of ours: those up to this origin were shown before */
	bool passed;
};

static const char *role_name(uint32_t role)
{
	return role == ROLE_VILLAGE ? "village" : role == ROLE_TEAM ? "team" : "hub";
}

/* How many of a node's malformed entries are named: of all rows no more than the answer has room
 * for. */
static uint32_t take_named(struct walking *w, const struct malformed_row *odd)
{
	uint32_t named =
	    odd->count < MALFORMED_FIRST_MAX ? (uint32_t)odd->count : MALFORMED_FIRST_MAX;

	if (named > NODES_NAMED_MAX - w->named)
		named = NODES_NAMED_MAX - w->named;
	w->named += named;
	return named;
}

static void put_named(struct buf *b, uint64_t origin, const struct malformed_row *odd,
		      uint32_t named)
{
	char text[REF_TEXT_MAX];

	mp_put_cstr(b, "first_malformed");
	mp_put_array(b, named);
	for (uint32_t i = 0; i < named; i++)
		mp_put_cstr(b, ref_print((struct ref){ origin, odd->first[i] }, text));
}

static int add_node(void *ctx, const struct node_row *row)
{
	struct walking *w = ctx;

	if (!w->passed) {
		w->passed = row->origin == w->after;
		return 0;
	}
	if (w->count == w->limit)
		return 1;
	w->count++;
	struct malformed_row odd;
	int rc = malformed_of(w->view, row->origin, &odd);

	if (rc != 0 && rc != BF_ENOTFOUND)
		return rc;
	if (rc != 0)
		odd.count = 0;
	uint32_t named = take_named(w, &odd);

	mp_put_map(&w->rows, named > 0 ? 13 : 12);
	reply_origin(&w->rows, "origin", row->origin);
	reply_cstr(&w->rows, "name", row->name);
	reply_cstr(&w->rows, "role", role_name(row->role));
	reply_cstr(&w->rows, "state", row->state == NODE_REVOKED ? "revoked" : "active");
	reply_place(&w->rows, w->view, row->division);
	reply_int(&w->rows, "enrolled_ms", row->enrolled_ms);
	reply_int(&w->rows, "last_ms", row->last_ms);
	reply_int(&w->rows, "clock_ms", row->clock_ms);
	reply_uint(&w->rows, "sessions", row->sessions);
	if (row->seq == NODE_SEQ_UNKNOWN)
		reply_nil(&w->rows, "seq");
	else
		reply_uint(&w->rows, "seq", row->seq);
	reply_uint(&w->rows, "malformed", odd.count);
	if (named > 0)
		put_named(&w->rows, row->origin, &odd, named);
	return 0;
}

static int origin_of(const struct call *c, const char *key, uint64_t *out, struct fault *f)
{
	char text[17] = "", shown[FAULT_WHERE_MAX];
	struct bytes given;
	uint8_t raw[8];

	param_text(c, key, &given);
	if (given.len == 16 &&
	    hex_take(bytes_cstr(given, text, sizeof(text)), raw, sizeof(raw)) == 0) {
		*out = be64_get(raw);
		return 0;
	}
	return fault_say(f, FAULT_ORIGIN_FORM, key, fault_typed(given, shown), NULL);
}

static void nodes_then(struct call *c)
{
	struct walking w = { .passed = true };
	struct fault f = { 0 };
	struct bytes after;
	struct view v;
	uint64_t limit;
	int rc = param_limit(c, "limit", NODES_ROWS_MAX, NODES_ROWS_MAX, &limit, &f);

	w.limit = (uint32_t)limit;
	if (rc == 0 && param_text(c, "after", &after)) {
		w.passed = false;
		rc = origin_of(c, "after", &w.after, &f);
	}
	if (rc == 0)
		rc = view_begin(c->node->store, &v);
	if (rc == 0) {
		w.view = &v;
		rc = view_done(&v, roster_walk(&v, add_node, &w));
	}
	if (rc >= 0)
		rc = w.rows.err;
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_array(b, w.count);
		buf_put_buf(b, &w.rows);
		call_end(c);
	} else {
		methods_fail(c, rc, &f);
	}
	buf_fini(&w.rows);
}

void methods_nodes(struct call *c)
{
	call_fresh(c, nodes_then);
}

/* ---- revoke ---- */

struct revoking {
	struct job job;
	struct call *call;
	uint64_t origin;
	struct act act;
};

static struct revoking *revoking_of(struct job *job)
{
	return (struct revoking *)(void *)((char *)job - offsetof(struct revoking, job));
}

static int revoking_run(struct job *job, struct store *store)
{
	struct revoking *r = revoking_of(job);

	return roster_revoke(store, r->origin, &r->act, &job->fault);
}

static void revoking_done(struct job *job)
{
	struct revoking *r = revoking_of(job);

	if (job->rc != 0) {
		methods_fail(r->call, job->rc, &job->fault);
		return;
	}
	listener_drop(r->call->node->listener, r->origin); /* what it is sending now ends too */
	if (r->act.number != 0)
		act_tell(&r->act);
	struct buf *b = call_begin(r->call);

	mp_put_map(b, 1);
	reply_origin(b, "origin", r->origin);
	call_end(r->call);
}

void methods_revoke(struct call *c)
{
	struct revoking *r = methods_own(c, sizeof(*r));
	struct fault f = { 0 };

	if (r == NULL)
		return;
	r->call = c;
	r->act = act_by(c->author);
	r->job = (struct job){ .sort = JOB_DIRECT, .run = revoking_run, .done = revoking_done };
	int rc = origin_of(c, "origin", &r->origin, &f);

	if (rc == 0)
		rc = writer_put(c->node->writer, &r->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}

/* ---- open: after a restore ---- */

struct opening {
	struct job job;
	struct call *call;
	struct act act;
};

static struct opening *opening_of(struct job *job)
{
	return (struct opening *)(void *)((char *)job - offsetof(struct opening, job));
}

/* The door is no row of the store, so the act is written first: one more that was tried is better
 * than one that nobody knows of. */
static int opening_run(struct job *job, struct store *store)
{
	return acts_keep(store, &opening_of(job)->act, &job->fault);
}

static void opening_done(struct job *job)
{
	struct opening *o = opening_of(job);
	struct node *n = o->call->node;
	int rc = job->rc != 0 ? job->rc : node_admit(n, &job->fault);

	if (rc != 0) {
		methods_fail(o->call, rc, &job->fault);
		return;
	}
	act_tell(&o->act);
	log_warn(ev("opened"), ls("user", o->call->author));
	struct buf *b = call_begin(o->call);

	mp_put_map(b, 2);
	reply_cstr(b, "host", n->config.listen_host);
	reply_uint(b, "port", listener_port(n->listener));
	call_end(o->call);
}

void methods_open(struct call *c)
{
	struct opening *o = methods_own(c, sizeof(*o));
	struct fault f = { 0 };
	int rc = 0;

	if (o == NULL)
		return;
	o->call = c;
	o->act = act_by(c->author);
	o->act.what = ACT_OPENED;
	o->job = (struct job){ .sort = JOB_DIRECT, .run = opening_run, .done = opening_done };
	if (!c->node->config.isolated)
		rc = fault_say(&f, FAULT_NOT_ISOLATED, NULL, NULL, NULL);
	if (rc == 0)
		rc = writer_put(c->node->writer, &o->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}
