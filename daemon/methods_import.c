/* SPDX-License-Identifier: Apache-2.0 */
/* methods_import.c -- rows of the national export become households and members, each once.
 *
 * One row is one member and names its household; rows with the same 户编号 share one. What is known
 * already is compared field by field with what the row gives: equal is `same` and writes nothing,
 * so importing a file twice changes nothing; different is a new version with only what differs.
 *
 * A file that fits no request comes in several, with `more`: its rows wait in upload.h. The last
 * request is the import:
 *
 *   FLUSH (writer) -> JUDGE (pool: all rows, one view)
 *   -> SAVE (writer: a part) -> APPLY (writer) -> SAVE the next ... -> answer
 *
 * M1: nothing is written before every row of the file was judged; without `rest` one failing row
 * means that nothing is. M2: while an import runs no other call makes a household or member
 * (desk.h, LONE_IMPORT), so that what was judged absent is absent when it is written; rows that
 * only wait hold no such lock, so a client that goes away in the middle stops nobody. M3: it is
 * written in parts of PLAN_SAVE_MAX entries, each with its own sync and applied before the next,
 * between which the writer serves others: a visit waits for one part at most. M4: what is told as
 * saved is exactly what is durable. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/flagging.h"
#include "daemon/import_plan.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/upload.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"

enum {
	IMPORT_ROWS_MAX = 2000,  /* of one request */
	IMPORT_TRIM_ROWS = 10000 /* after so many it is worth a walk through the heap */
};

enum step { STEP_FLUSH, STEP_SAVE, STEP_APPLY };

struct import {
	struct job job;
	struct call *call;
	struct rows *rows;
	struct plan *plan; /* from then on LONE_IMPORT is ours */
	enum step step;    /* what the job under way is for */
	bool rest, check;
	uint32_t count;  /* of rows */
	uint64_t roomed; /* entries saved when the full disk was last given room, and one more */
	int rc;          /* of the judging, then of the last part */
	struct fault fault;
};

static int import_rows(struct call *c, struct rows **out, struct fault *f);
static int import_more(struct call *c, struct fault *f);
static int import_open(struct import *m, struct fault *f);
static void import_put(struct import *m, enum step step);
static void import_step(struct job *job);
static void import_judge(void *own);
static void import_judged(struct call *c);
static int import_save(struct job *job, struct store *store);
static void import_notice(struct import *m);
static void import_next(struct import *m);
static void import_answer(struct import *m);
static void import_fail(struct import *m, int rc, const struct fault *f);
static void import_drop(void *own);

void methods_import(struct call *c)
{
	struct fault f = { 0 };
	struct import *m;
	int rc = 0;

	if (c->node->division == 0)
		rc = fault_say(&f, FAULT_NOT_ENROLLED, NULL, NULL, NULL);
	else if (param_bool(c, "more"))
		rc = import_more(c, &f);
	else if ((m = methods_own(c, sizeof(*m))) == NULL)
		return;
	else {
		c->drop = import_drop;
		m->call = c;
		m->rest = param_bool(c, "rest");
		m->check = param_bool(c, "check");
		rc = import_rows(c, &m->rows, &f);
		if (rc == 0)
			rc = import_open(m, &f);
		if (rc == 0)
			import_put(m, STEP_FLUSH);
	}
	if (rc != 0)
		methods_fail(c, rc, &f);
}

/* ---- the rows ---- */

static int too_many(uint32_t most, struct fault *f)
{
	char text[24];

	snprintf(text, sizeof(text), "%u", most);
	return fault_say(f, FAULT_IMPORT_ROWS, "rows", text, NULL);
}

static int too_large(size_t most, struct fault *f)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", most >> 20);
	return fault_say(f, FAULT_IMPORT_LARGE, "rows", text, NULL);
}

/* Add the call's rows to those of its file. */
static int rows_add(struct call *c, struct rows *to, struct fault *f)
{
	struct mp_val rows, lines;
	struct mp_val none = { 0 };
	uint64_t line;

	param_value(c, "rows", &rows);
	if (!param_value(c, "lines", &lines))
		lines = none;
	if (!param_uint(c, "line", &line))
		line = (uint64_t)rows_count(to) + 1;
	if (mp_count(rows) > IMPORT_ROWS_MAX)
		return too_many(IMPORT_ROWS_MAX, f);
	int rc = rows_put(to, rows, lines, line);

	if (rc == BF_EFORMAT)
		return fault_say(f, FAULT_BAD_PARAM, "lines", "count or type",
				 "a number for each row");
	if (rc == BF_EBOUND && rows_count(to) + mp_count(rows) > ROWS_MAX)
		return too_many(ROWS_MAX, f);
	return rc == BF_EBOUND ? too_large(ROWS_BYTES_MAX, f) : rc;
}

/* The rows that wait, when the call goes on with them; else NULL. */
static int rows_before(struct call *c, struct rows **out, struct fault *f)
{
	uint64_t session;

	*out = NULL;
	if (!param_uint(c, "session", &session))
		return 0;
	*out = upload_rows(*desk_upload(c->desk), session);
	return *out != NULL ? 0 : fault_say(f, FAULT_IMPORT_LOST, NULL, NULL, NULL);
}

/* All rows of the file, the last of which the call brings. */
static int import_rows(struct call *c, struct rows **out, struct fault *f)
{
	struct rows *before;
	int rc = rows_before(c, &before, f);

	if (rc == 0 && desk_inside(c->desk, LONE_IMPORT)) /* the rows stay where they wait */
		return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	if (rc == 0)
		*out = before != NULL ? upload_take(desk_upload(c->desk)) : rows_open();
	if (rc == 0)
		rc = *out != NULL ? rows_add(c, *out, f) : BF_ENOMEM;
	return rc;
}

/* Keep the call's rows until others of their file come. */
static int import_more(struct call *c, struct fault *f)
{
	struct upload **upload = desk_upload(c->desk);
	struct rows *rows;
	uint64_t session;
	int rc = rows_before(c, &rows, f);

	if (rc == 0 && rows == NULL) {
		rc = desk_inside(c->desk, LONE_IMPORT)
			 ? BF_EBUSY
			 : upload_begin(upload, c->node->loop, &session);
		if (rc == BF_EBUSY)
			return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
		rows = rc == 0 ? upload_rows(*upload, session) : NULL;
	} else {
		param_uint(c, "session", &session);
	}
	if (rc != 0)
		return rc;
	rc = rows_add(c, rows, f);
	if (rc != 0) { /* of a file with a hole nothing may be saved */
		upload_drop(upload);
		return rc;
	}
	struct buf *b = call_begin(c);

	mp_put_map(b, 2);
	reply_uint(b, "session", session);
	reply_uint(b, "rows", rows_count(rows));
	call_end(c);
	return 0;
}

/* ---- the import ---- */

static int import_open(struct import *m, struct fault *f)
{
	if (!desk_enter(m->call->desk, LONE_IMPORT))
		return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	m->plan = plan_open(m->call->node);
	if (m->plan == NULL) {
		desk_leave(m->call->desk, LONE_IMPORT);
		return BF_ENOMEM;
	}
	return 0;
}

/* Queue the job of a step. What was saved before must be visible to the judging, and what is saved
 * now to whoever asks after the answer. */
static void import_put(struct import *m, enum step step)
{
	bool save = step == STEP_SAVE;

	m->step = step;
	m->job = (struct job){ .sort = save ? JOB_DIRECT : JOB_APPLIED,
			       .run = save ? import_save : NULL,
			       .done = import_step };
	int rc = writer_put(m->call->node->writer, &m->job);

	if (rc != 0)
		import_fail(m, rc, NULL);
}

static struct import *of_job(struct job *job)
{
	return (struct import *)(void *)((char *)job - offsetof(struct import, job));
}

static void import_step(struct job *job)
{
	struct import *m = of_job(job);

	switch (m->step) {
	case STEP_FLUSH: /* against half of what is saved nothing can be judged */
		if (job->rc != 0)
			import_fail(m, job->rc, &job->fault);
		else
			desk_work(m->call, import_judge, import_judged);
		return;
	case STEP_SAVE:
		m->rc = job->rc;
		m->fault = job->fault;
		import_notice(m);
		import_put(m, STEP_APPLY);
		return;
	case STEP_APPLY: /* it is saved, whether it could be applied or not */
		import_next(m);
		return;
	}
}

/* On the pool. */
static void import_judge(void *own)
{
	struct import *m = own;
	struct rows_row row;

	m->count = rows_count(m->rows);
	m->rc = plan_begin(m->plan, m->rows);
	while (m->rc == 0 && rows_take(m->rows, &row))
		m->rc = desk_stopping(m->call->desk) ? BF_ECLOSED : plan_row(m->plan, &row);
	int rc = plan_end(m->plan);

	m->rc = m->rc != 0 ? m->rc : rc;
	rows_close(m->rows);
	m->rows = NULL;
}

static bool import_refused(const struct import *m)
{
	struct bytes failed;
	uint32_t listed;

	return plan_failed(m->plan, &failed, &listed) > 0 && !m->rest;
}

static void import_judged(struct call *c)
{
	struct import *m = c->own;
	struct fault f = { 0 };

	if (m->rc == BF_EBOUND)
		import_fail(m, too_large(PLAN_BYTES_MAX, &f), &f);
	else if (m->rc != 0)
		import_fail(m, m->rc, NULL);
	else if (m->check || import_refused(m) || plan_to_save(m->plan) == 0)
		import_answer(m);
	else
		import_put(m, STEP_SAVE);
}

/* On the writer. */
static int import_save(struct job *job, struct store *store)
{
	struct import *m = of_job(job);

	return plan_save(m->plan, store, m->call->author, wall_ms(), &job->fault);
}

static void import_notice(struct import *m)
{
	struct buf *b = call_notice(m->call);

	mp_put_map(b, 2);
	reply_uint(b, "done", plan_saved(m->plan));
	reply_uint(b, "total", plan_to_save(m->plan));
	call_notice_end(m->call);
}

static void import_next(struct import *m)
{
	uint64_t saved = plan_saved(m->plan);

	if (m->rc == 0 && saved == plan_to_save(m->plan)) {
		import_answer(m);
	} else if (m->rc == 0) {
		import_put(m, STEP_SAVE);
	} else if (m->rc == BF_EFULL && saved >= m->roomed) {
		/* A disk that is nearly full counts what waits to be applied; applied, it takes
		 * less. As long as that helps. */
		m->roomed = saved + 1;
		import_put(m, STEP_SAVE);
	} else {
		import_fail(m, m->rc, &m->fault);
	}
}

/* ---- the answer ---- */

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

static void put_flags(struct buf *b, const struct plan_flag *flags, bool refused)
{
	uint32_t rules = 0;

	for (int i = 0; i < FLAG_COUNT && !refused; i++)
		rules += flags[i].count > 0;
	mp_put_cstr(b, "flags");
	mp_put_array(b, rules);
	for (int i = 0; i < FLAG_COUNT && !refused; i++) {
		if (flags[i].count == 0)
			continue;
		mp_put_map(b, FLAGGING_PAIRS + 2);
		flagging_words(b, (enum flag)i, NULL);
		reply_uint(b, "count", flags[i].count);
		reply_uint(b, "line", flags[i].line);
	}
}

static void import_answer(struct import *m)
{
	struct buf *b = call_begin(m->call);
	bool refused = import_refused(m);
	struct bytes failed;
	uint32_t listed;

	mp_put_map(b, 5);
	put_counts(b, "households", plan_counts(m->plan, KIND_HOUSEHOLD), refused);
	put_counts(b, "members", plan_counts(m->plan, KIND_MEMBER), refused);
	reply_uint(b, "wrong", plan_failed(m->plan, &failed, &listed));
	mp_put_cstr(b, "failed");
	mp_put_array(b, listed);
	buf_put_bytes(b, failed);
	put_flags(b, plan_flags(m->plan), refused);
	call_end(m->call);
}

static struct words stop_words(int rc)
{
	switch (rc) {
	case BF_ENOMEM:
		return (struct words){ "内存不足", "out of memory" };
	case BF_ECLOSED:
		return (struct words){ "程序正在停止", "the program is stopping" };
	default:
		return (struct words){ bf_error_name(rc), bf_error_name(rc) };
	}
}

/* What stopped it, and how much of it is there nevertheless (M4). */
static void import_fail(struct import *m, int rc, const struct fault *f)
{
	uint64_t saved = m->plan == NULL ? 0 : plan_saved(m->plan);
	struct fault said = { 0 };
	char count[24];

	snprintf(count, sizeof(count), "%llu", (unsigned long long)saved);
	if (saved == 0 && f != NULL)
		said = *f;
	else if (saved > 0 && rc == BF_EFULL)
		rc = fault_say(&said, FAULT_IMPORT_DISK, NULL, count, NULL);
	else if (saved > 0)
		rc = fault_tell(&said, FAULT_IMPORT_STOPPED, NULL, (struct words){ count, count },
				stop_words(rc));
	methods_fail(m->call, rc, &said);
}

static void import_drop(void *own)
{
	struct import *m = own;

	if (m->plan != NULL)
		desk_leave(m->call->desk, LONE_IMPORT);
	plan_close(m->plan);
	rows_close(m->rows);
	if (m->count > IMPORT_TRIM_ROWS)
		(void)malloc_trim(0); /* the heap would keep what a large file took */
	free(m);
}
