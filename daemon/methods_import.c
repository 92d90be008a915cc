/* methods_import.c -- rows of the national export become households and members, each once.
 *
 * One row is one member and names its household; rows with the same 户编号 share one. What is known
 * already is compared field by field with what the row gives: equal is `same` and writes nothing,
 * so importing a file twice changes nothing; different is a new version with only what differs.
 *
 *   loop: methods_import -> flush -> pool: import_check (a plan: bodies, to whom they belong) ->
 * loop: import_save
 *   -> writer: import_run (all entries of the plan, one sync) -> loop: answer
 *
 * M1: nothing is staged before every row was judged; without `rest` one failing row means an empty
 * plan. M2: while an import runs no other call makes a household or member (desk.h, LONE_IMPORT),
 * so that what was judged absent is absent when it is written. M3: the writer may run import_run
 * again when its stage was full: `done` says what is staged already. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/import_plan.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"

enum { IMPORT_ROWS_MAX = 2000 };

struct import {
	struct job job;
	struct call *call;
	struct plan *plan;
	bool rest, check;
	uint64_t line;
	int rc;
};

static void import_drop(void *own)
{
	struct import *m = own;

	if (m->plan != NULL)
		desk_leave(m->call->desk, LONE_IMPORT);
	plan_close(m->plan);
	free(m);
}

static void put_counts(struct buf *b, const char *name, const struct plan_counts *n, bool refused)
{
	static const struct plan_counts none;

	n = refused ? &none : n;
	mp_put_cstr(b, name);
	mp_put_map(b, 3);
	reply_uint(b, "new", n->fresh);
	reply_uint(b, "changed", n->changed);
	reply_uint(b, "same", n->same);
}

static void import_answer(struct import *m)
{
	struct call *c = m->call;
	struct buf *b = call_begin(c);
	struct bytes failed;
	uint32_t count;

	plan_failed(m->plan, &failed, &count);
	bool refused = count > 0 && !m->rest && !m->check;

	mp_put_map(b, 3);
	put_counts(b, "households", plan_counts(m->plan, KIND_HOUSEHOLD), refused);
	put_counts(b, "members", plan_counts(m->plan, KIND_MEMBER), refused);
	mp_put_cstr(b, "failed");
	mp_put_array(b, count);
	buf_put_bytes(b, failed);
	call_end(c);
}

static struct import *of_job(struct job *job)
{
	return (struct import *)(void *)((char *)job - offsetof(struct import, job));
}

static int import_run(struct job *job, struct store *store)
{
	struct import *m = of_job(job);

	return plan_append(m->plan, store, m->call->author, wall_ms(), &job->fault);
}

static void import_done(struct job *job)
{
	struct import *m = of_job(job);

	if (job->rc != 0)
		methods_fail(m->call, job->rc, &job->fault);
	else
		import_answer(m);
}

static void import_save(struct call *c)
{
	struct import *m = c->own;
	struct bytes failed;
	uint32_t count;

	plan_failed(m->plan, &failed, &count);
	if (m->rc != 0) {
		methods_fail(c, m->rc, NULL);
		return;
	}
	if (m->check || plan_empty(m->plan) || (count > 0 && !m->rest)) {
		import_answer(m);
		return;
	}
	m->job = (struct job){ .sort = JOB_STAGE, .run = import_run, .done = import_done };
	int rc = writer_put(c->node->writer, &m->job);

	if (rc != 0)
		methods_fail(c, rc, NULL);
}

/* On the pool. */
static void import_check(void *own)
{
	struct import *m = own;
	struct mp_val rows;
	uint64_t line = m->line;

	param_value(m->call, "rows", &rows);
	m->rc = plan_begin(m->plan);
	for (struct mp_rd r = mp_rd_array(rows); m->rc == 0 && r.left > 0; line++) {
		struct mp_val row = mp_take(&r);

		m->rc = desk_stopping(m->call->desk) ? BF_ECLOSED : plan_row(m->plan, line, row);
	}
	plan_end(m->plan);
}

static void import_then(struct call *c)
{
	desk_work(c, import_check, import_save);
}

void methods_import(struct call *c)
{
	struct fault f = { 0 };
	struct mp_val rows;
	char text[24];
	struct import *m = methods_own(c, sizeof(*m));

	if (m == NULL)
		return;
	c->drop = import_drop;
	m->call = c;
	m->rest = param_bool(c, "rest");
	m->check = param_bool(c, "check");
	if (!param_uint(c, "line", &m->line))
		m->line = 1;
	param_value(c, "rows", &rows);
	if (mp_count(rows) > IMPORT_ROWS_MAX) {
		snprintf(text, sizeof(text), "%d", IMPORT_ROWS_MAX);
		fault_say(&f, FAULT_IMPORT_ROWS, "rows", text, NULL);
	} else if (c->node->division == 0) {
		fault_say(&f, FAULT_NOT_ENROLLED, NULL, NULL, NULL);
	} else if (!desk_enter(c->desk, LONE_IMPORT)) {
		fault_say(&f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	} else if ((m->plan = plan_open(c->node)) == NULL) {
		desk_leave(c->desk, LONE_IMPORT);
		fault_say(&f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	}
	if (f.code != FAULT_NONE)
		call_fail(c, &f);
	else
		call_applied(c, import_then); /* what was saved before is compared with */
}
