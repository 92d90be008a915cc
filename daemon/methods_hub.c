/* SPDX-License-Identifier: Apache-2.0 */
/* methods_hub.c -- the operator's side: tokens, who is shut out, the door. */
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

/* ---- one station: shut out, or what was wrong with it dealt with ---- */

struct changing {
	struct job job;
	struct call *call;
	uint64_t origin;
	struct act act;
};

static struct changing *changing_of(struct job *job)
{
	return (struct changing *)(void *)((char *)job - offsetof(struct changing, job));
}

static int revoking_run(struct job *job, struct store *store)
{
	struct changing *g = changing_of(job);

	return roster_revoke(store, g->origin, &g->act, &job->fault);
}

static int clearing_run(struct job *job, struct store *store)
{
	struct changing *g = changing_of(job);

	return roster_clear(store, g->origin, &g->act, &job->fault);
}

static void changing_done(struct job *job)
{
	struct changing *g = changing_of(job);

	if (job->rc != 0) {
		methods_fail(g->call, job->rc, &job->fault);
		return;
	}
	if (job->run == revoking_run)
		listener_drop(g->call->node->listener,
			      g->origin); /* what it is sending now ends too */
	if (g->act.number != 0)
		act_tell(&g->act);
	struct buf *b = call_begin(g->call);

	mp_put_map(b, 1);
	reply_origin(b, "origin", g->origin);
	call_end(g->call);
}

static void change(struct call *c, int (*run)(struct job *job, struct store *store))
{
	struct changing *g = methods_own(c, sizeof(*g));
	struct fault f = { 0 };

	if (g == NULL)
		return;
	g->call = c;
	g->act = act_by(c->author);
	g->job = (struct job){ .sort = JOB_DIRECT, .run = run, .done = changing_done };
	int rc = param_origin(c, "origin", &g->origin, &f);

	if (rc == 0)
		rc = writer_put(c->node->writer, &g->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}

void methods_revoke(struct call *c)
{
	change(c, revoking_run);
}

void methods_clear(struct call *c)
{
	change(c, clearing_run);
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
