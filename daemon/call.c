/* SPDX-License-Identifier: Apache-2.0 */
/* call.c -- see call.h. One call's life: asked_open, asked_read, its method, call_begin..call_end
 * or call_fail, asked_close. */
#include "daemon/call.h"

#include <stdlib.h>

#include "daemon/serve_inside.h"
#include "protocol/errors.h"

enum {
	SPARE_MAX = SERVE_CALLS_MAX,
	SPARE_BYTES_MAX = 64 * 1024,
	SPARE_WEIGHT_MAX = 2 * SPARE_BYTES_MAX, /* its doc's memory stays with it */
};

static void asked_free(struct asked *a);
static void buf_trim(struct buf *b);
static void flush(struct call *c, void (*then)(struct call *c), bool question);
static void on_applied(struct job *job);

/* ---- asked ---- */

struct asked *asked_open(struct serve *s, struct asked_spare *spare)
{
	struct asked *a = spare->first;

	if (a != NULL) {
		spare->first = a->next;
		spare->count--;
	} else if ((a = calloc(1, sizeof(*a))) == NULL) {
		return NULL;
	}
	a->serve = s;
	a->spare = spare;
	serve_hold(s);
	return a;
}

int asked_read(struct asked *a, struct bytes one, struct bytes *method, struct fault *f)
{
	struct rpc_request request;
	size_t used;

	buf_put_bytes(&a->bytes, one);
	int rc = a->bytes.err;

	if (rc == 0)
		rc = rpc_take_request(buf_bytes(&a->bytes), &a->doc, &request, &used, f);
	if (rc != 0) {
		if (f->code == FAULT_NONE && rc == BF_ENOMEM)
			fault_of(f, rc, NULL);
		else if (f->code == FAULT_NONE)
			fault_say(f, FAULT_RPC_FORM, NULL, bf_error_name(rc), NULL);
		return rc;
	}
	a->id = request.id;
	a->long_one = false;
	a->call = (struct call){ .params = request.params };
	*method = request.method;
	return 0;
}

void asked_close(struct asked *a)
{
	struct serve *s = a->serve;
	struct asked_spare *spare = a->spare;
	bool large = a->weight > SPARE_WEIGHT_MAX;

	if (a->call.drop != NULL)
		a->call.drop(a->call.own);
	a->call = (struct call){ 0 };
	if (spare->count >= SPARE_MAX || large || serve_stopping(s)) {
		asked_free(a);
	} else {
		buf_trim(&a->bytes);
		buf_trim(&a->reply);
		a->client = NULL;
		a->next = spare->first;
		spare->first = a;
		spare->count++;
	}
	serve_let_go(s);
}

static void asked_free(struct asked *a)
{
	mp_doc_fini(&a->doc);
	buf_fini(&a->bytes);
	buf_fini(&a->reply);
	free(a);
}

static void buf_trim(struct buf *b)
{
	if (b->cap > SPARE_BYTES_MAX)
		buf_fini(b);
	buf_renew(b);
}

void asked_spare_fini(struct asked_spare *spare)
{
	while (spare->first != NULL) {
		struct asked *a = spare->first;

		spare->first = a->next;
		asked_free(a);
	}
}

/* ---- answered ---- */

static struct asked *asked_of(struct call *c)
{
	return (struct asked *)(void *)c;
}

bool call_gone(const struct call *c)
{
	return ((const struct asked *)(const void *)c)->client->closed;
}

struct buf *call_begin(struct call *c)
{
	struct asked *a = asked_of(c);

	buf_renew(&a->reply);
	rpc_put_result(&a->reply, a->id);
	return &a->reply;
}

int call_reserve(struct call *c, size_t bytes)
{
	struct asked *a = asked_of(c);

	buf_renew(&a->reply);
	return buf_reserve(&a->reply, bytes);
}

void call_end(struct call *c)
{
	struct asked *a = asked_of(c);
	struct fault f;

	if (a->reply.err != 0) {
		fault_say(&f, a->reply.err == BF_ENOMEM ? FAULT_NO_MEMORY : FAULT_ANSWER_LARGE,
			  NULL, NULL, NULL);
		call_fail(c, &f);
		return;
	}
	client_answer(a->client, a);
}

void call_fail(struct call *c, const struct fault *f)
{
	struct asked *a = asked_of(c);

	buf_renew(&a->reply);
	rpc_put_error(&a->reply, a->id, f);
	if (a->reply.err != 0) /* no memory even for that: a closed connection is an answer too */
		client_close(a->client);
	client_answer(a->client, a);
}

/* ---- between ---- */

struct buf *call_notice(struct call *c)
{
	struct asked *a = asked_of(c);

	buf_renew(&a->reply);
	rpc_put_notice(&a->reply, "progress");
	return &a->reply;
}

void call_notice_end(struct call *c)
{
	struct asked *a = asked_of(c);

	if (a->reply.err == 0)
		client_notice(a->client, buf_bytes(&a->reply));
}

/* ---- what views show ---- */

void call_applied(struct call *c, void (*then)(struct call *c))
{
	flush(c, then, false);
}

void call_fresh(struct call *c, void (*then)(struct call *c))
{
	if (writer_pending(c->node->writer) > 0)
		flush(c, then, true);
	else
		then(c);
}

static void flush(struct call *c, void (*then)(struct call *c), bool question)
{
	struct asked *a = asked_of(c);
	struct fault f;

	a->then = then;
	a->question = question;
	a->job = (struct job){ .sort = JOB_APPLIED, .done = on_applied };
	if (!serve_stopping(a->serve) && writer_put(c->node->writer, &a->job) == 0)
		return;
	fault_say(&f, serve_stopping(a->serve) ? FAULT_STOPPING : FAULT_BUSY, NULL, NULL, NULL);
	call_fail(c, &f);
}

static void on_applied(struct job *job)
{
	struct asked *a = (struct asked *)(void *)((char *)job - offsetof(struct asked, job));
	struct fault f;

	/* A full disk applies nothing. A question is answered all the same from what is applied,
	 * and says how much it lacks. */
	bool lacking = job->rc == BF_EFULL && a->question;

	if ((job->rc == 0 || lacking) && !serve_stopping(a->serve)) {
		a->call.pending = lacking ? job->left : 0;
		a->then(&a->call);
		return;
	}
	f = job->fault;
	if (job->rc == 0)
		fault_say(&f, FAULT_STOPPING, NULL, NULL, NULL);
	else if (f.code == FAULT_NONE)
		(void)node_fault(a->call.node, &f, NULL, job->rc);
	call_fail(&a->call, &f);
}
