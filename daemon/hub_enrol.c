/* SPDX-License-Identifier: Apache-2.0 */
/* hub_enrol.c -- a new node spends its token: ENROL in, ENROLLED or REFUSE out.
 *
 * The key is the one the link authenticated, never one from a message. The answer carries the
 * node's place in the division table: the chain above and all within, as deep as a frame allows (a
 * team at the province gets no villages; a village gets everything it can name). */
#include "daemon/hub_session.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/log.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/token.h"
#include "storage/place.h"

enum { ENROL_PLACES_BYTES_MAX = 200 * 1024 }; /* leaves room for the rest of the frame */

struct enrol_job {
	struct session_job own;
	const struct node *node;
	struct public_key key;
	struct hash token;
	uint32_t incarnation;
	char name[NAME_BYTES_MAX + 1];
	bool keep_name;
	struct act act;
	int64_t now_ms;
	struct node_row row;
	struct buf reply; /* the ENROLLED frame */
};

static int run_enrol(struct job *job, struct store *st);
static int make_reply(struct enrol_job *j, struct store *st);
static int gather(struct view *v, uint64_t area, int depth, struct buf *out);
static void answer(struct session *s, struct session_job *own);
static void drop(struct session_job *own);

static void clean_name(struct bytes name, char out[NAME_BYTES_MAX + 1])
{
	if (name.len == 0 || name.len > NAME_BYTES_MAX || !bytes_utf8(name) || bytes_control(name))
		name = bytes_str("?");
	bytes_cstr(name, out, NAME_BYTES_MAX + 1);
}

void enrol_frame(struct session *s, struct bytes payload)
{
	struct mp_doc doc = { 0 };
	struct message m;
	struct fault f;
	struct enrol_job *j = NULL;
	int rc = message_take(payload, &doc, &m);

	if (rc != 0) {
		(void)sync_unread(rc, &f);
		session_refuse(s, &f);
	} else if (m.type != MESSAGE_ENROL || s->jobs > 0 || s->wait != NULL) {
		(void)fault_say(&f, FAULT_OUT_OF_TURN, NULL, message_name(m.type), "ENROL");
		session_refuse(s, &f);
	} else if ((j = calloc(1, sizeof *j)) == NULL || m.enrol.incarnation > UINT32_MAX) {
		(void)fault_say(&f, j == NULL ? FAULT_NO_MEMORY : FAULT_BAD_MESSAGE, NULL, "ENROL",
				NULL);
		session_refuse(s, &f);
		free(j);
	} else {
		j->own.job.sort = JOB_DIRECT;
		j->own.job.run = run_enrol;
		j->own.answer = answer;
		j->own.drop = drop;
		j->node = s->listener->node;
		j->key = *link_peer(s->link);
		j->token = token_hash(m.enrol.secret.p);
		j->incarnation = (uint32_t)m.enrol.incarnation;
		j->now_ms = s->started_ms;
		clean_name(m.enrol.name, j->name);
		j->keep_name = m.enrol.keep_name != 0;
		session_put(s, &j->own);
	}
	mp_doc_fini(&doc);
}

/* ---- on the writer ---- */

static int run_enrol(struct job *job, struct store *st)
{
	struct enrol_job *j = (struct enrol_job *)(void *)job;
	const struct roster_asks asks = { .token = &j->token,
					  .key = &j->key,
					  .incarnation = j->incarnation,
					  .name = bytes_str(j->name),
					  .keep_name = j->keep_name,
					  .now_ms = j->now_ms };

	j->act = act_by("");
	int rc = roster_enrol(st, &asks, &j->row, &j->act, &job->fault);
	if (rc == 0)
		rc = make_reply(j, st);
	if (rc != 0 && job->fault.code == FAULT_NONE)
		rc = node_fault(j->node, &job->fault, "enrol", rc);
	return rc;
}

static int make_reply(struct enrol_job *j, struct store *st)
{
	struct message m = { .type = MESSAGE_ENROLLED };
	struct buf places = { 0 };
	struct bytes edition = { 0 };
	struct view v;

	int rc = view_begin(st, &v);
	if (rc != 0)
		return rc;
	rc = place_edition(&v, &edition);
	if (rc == BF_ENOTFOUND)
		rc = 0;
	int depth = DIVISION_LEVELS;
	if (rc == 0)
		do
			rc = gather(&v, j->row.division, depth, &places);
		while (rc == BF_EBOUND && --depth > 0);
	if (rc == 0) {
		m.enrolled = (struct msg_enrolled){ .origin = j->row.origin,
						    .division = j->row.division,
						    .role = j->row.role,
						    .epoch = store_epoch(st),
						    .now_ms = j->now_ms,
						    .hub_name = bytes_str(j->node->config.name),
						    .edition = edition,
						    .places = buf_bytes(&places) };
		rc = message_put(&j->reply, &m);
	}
	rc = view_done(&v, rc);
	buf_fini(&places);
	return rc;
}

struct gathering {
	struct buf rows;
	uint32_t count;
	int depth;
};

static int on_place(void *ctx, struct place p)
{
	struct gathering *g = ctx;
	if (division_level(p.code) > g->depth)
		return 0;
	if (++g->count > PLACES_MAX || g->rows.len + p.name.len + 16 > ENROL_PLACES_BYTES_MAX)
		return BF_EBOUND;
	mp_put_uint(&g->rows, p.code);
	mp_put_str(&g->rows, p.name);
	return g->rows.err;
}

/* The msgpack array of message_places, down to level `depth`. BF_EBOUND when it is too long. */
static int gather(struct view *v, uint64_t area, int depth, struct buf *out)
{
	struct gathering g = { .depth = depth };
	int rc = place_walk(v, area, true, on_place, &g);

	buf_renew(out);
	if (rc == 0) {
		mp_put_array(out, g.count * 2);
		buf_put_buf(out, &g.rows);
		rc = out->err;
	}
	buf_fini(&g.rows);
	return rc;
}

/* ---- on the loop ---- */

static void answer(struct session *s, struct session_job *own)
{
	struct enrol_job *j = (struct enrol_job *)(void *)own;
	char division[DIVISION_DIGITS + 1];

	if (own->job.rc != 0) {
		session_refuse(s, &own->job.fault);
		return;
	}
	s->listener->counters.enrolled++;
	log_info(ev("enrolled"), lx("origin", j->row.origin), lu("role", j->row.role),
		 ls("division", division_print(j->row.division, division)),
		 ls("peer", link_where(s->link)));
	if (j->act.number != 0) /* the same answer once more is none */
		act_tell(&j->act);
	(void)link_send(s->link, buf_bytes(&j->reply));
	session_leave(s);
}

static void drop(struct session_job *own)
{
	struct enrol_job *j = (struct enrol_job *)(void *)own;
	buf_fini(&j->reply);
}
