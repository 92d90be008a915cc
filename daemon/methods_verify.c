/* SPDX-License-Identifier: Apache-2.0 */
/* methods_verify.c -- every chain and every view checked on the pool, with progress told at most
 * NOTICES_PER_S times a second.
 *
 *   loop: methods_verify -> flush -> pool: check_run, on_progress -> async -> loop: a notice -> ...
 * -> answer
 *
 * The async's memory outlives the call by its close callback: it is freed there. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reply.h"
#include "protocol/errors.h"
#include "storage/check.h"

enum { NOTICES_PER_S = 5 };

struct verifying {
	struct call *call; /* NULL: answered, the async is closing */
	uv_async_t async;
	atomic_uint_fast64_t done, total;
	uint64_t told_ms; /* the pool's: when it last woke the loop */
	uint64_t started_ms;
	int rc;
	struct check_report report;
};

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct verifying *v = ctx;
	uint64_t now = mono_ms();

	if (desk_stopping(v->call->desk))
		return BF_ECLOSED;
	atomic_store(&v->done, done);
	atomic_store(&v->total, total);
	if (now - v->told_ms >= 1000 / NOTICES_PER_S) {
		v->told_ms = now;
		uv_async_send(&v->async);
	}
	return 0;
}

static void on_async(uv_async_t *async)
{
	struct verifying *v = async->data;
	struct buf *b;

	if (v->call == NULL)
		return;
	b = call_notice(v->call);
	mp_put_map(b, 2);
	reply_uint(b, "done", atomic_load(&v->done));
	reply_uint(b, "total", atomic_load(&v->total));
	call_notice_end(v->call);
}

static void on_async_closed(uv_handle_t *h)
{
	free(h->data);
}

static void verify_drop(void *own)
{
	struct verifying *v = own;

	desk_leave(v->call->desk, LONE_VERIFY);
	v->call = NULL;
	uv_close((uv_handle_t *)&v->async, on_async_closed);
}

static const char *what_name(enum check_what what)
{
	static const char *const names[] = {
		[CHECK_CHAIN] = "chain",         [CHECK_GAP] = "gap",
		[CHECK_SIGNATURE] = "signature", [CHECK_ENTRY] = "entry",
		[CHECK_ORDER] = "order",         [CHECK_TALLY] = "tally",
		[CHECK_LEDGER] = "ledger",       [CHECK_PLACE] = "place",
		[CHECK_ABOUT] = "about",         [CHECK_FIND] = "find",
		[CHECK_VOID] = "void",           [CHECK_BALANCE] = "balance",
		[CHECK_RECEIPT] = "receipt",     [CHECK_NODE] = "node",
		[CHECK_DIVISION] = "division",   [CHECK_FLAG] = "flag",
		[CHECK_DAMAGE] = "damage",
	};

	return (size_t)what < sizeof(names) / sizeof(*names) && names[what] != NULL ? names[what]
										    : "?";
}

static void put_malformed(struct buf *b, const struct check_report *r)
{
	uint32_t named =
	    (uint32_t)(r->malformed < CHECK_MALFORMED_MAX ? r->malformed : CHECK_MALFORMED_MAX);
	char text[REF_TEXT_MAX];

	mp_put_cstr(b, "first_malformed");
	mp_put_array(b, named);
	for (uint32_t i = 0; i < named; i++)
		mp_put_cstr(b, ref_print(r->first_malformed[i], text));
}

static void put_report(struct buf *b, const struct verifying *v)
{
	const struct check_report *r = &v->report;
	uint32_t shown =
	    (uint32_t)(r->findings < CHECK_FINDINGS_MAX ? r->findings : CHECK_FINDINGS_MAX);

	mp_put_map(b, 11 + pending_members(v->call));
	put_pending(b, v->call);
	reply_uint(b, "origins", r->origins);
	reply_uint(b, "entries", r->entries);
	reply_uint(b, "tally_rows", r->tally_rows);
	reply_uint(b, "ledger_rows", r->ledger_rows);
	reply_uint(b, "index_rows", r->index_rows);
	reply_int(b, "ledger_sum", r->ledger_sum);
	reply_uint(b, "findings", r->findings);
	mp_put_cstr(b, "first");
	mp_put_array(b, shown);
	for (uint32_t i = 0; i < shown; i++) {
		mp_put_map(b, 3);
		reply_cstr(b, "what", what_name(r->first[i].what));
		reply_ref(b, "ref", r->first[i].ref);
		reply_cstr(b, "text", r->first[i].text);
	}
	reply_uint(b, "malformed", r->malformed);
	put_malformed(b, r);
	reply_uint(b, "ms", mono_ms() - v->started_ms);
}

static void verify_work(void *own)
{
	struct verifying *v = own;

	v->rc = check_run(v->call->node->store, &v->report, on_progress, v);
}

static void verify_answer(struct call *c)
{
	const struct verifying *v = c->own;

	if (v->rc != 0) {
		methods_fail(c, v->rc, NULL);
		return;
	}
	put_report(call_begin(c), v);
	call_end(c);
}

static void verify_then(struct call *c)
{
	desk_work(c, verify_work, verify_answer);
}

void methods_verify(struct call *c)
{
	struct verifying *v = methods_own(c, sizeof(*v));
	struct fault f;

	if (v == NULL)
		return; /* the call has failed, and is gone */
	if (!desk_enter(c->desk, LONE_VERIFY)) {
		fault_say(&f, FAULT_VERIFY_RUNNING, NULL, NULL, NULL);
		call_fail(c, &f);
		return;
	}
	if (uv_async_init(c->node->loop, &v->async, on_async) != 0) {
		desk_leave(c->desk, LONE_VERIFY);
		methods_fail(c, BF_ENOMEM, NULL);
		return;
	}
	v->call = c;
	v->async.data = v;
	v->started_ms = mono_ms();
	c->drop = verify_drop;
	call_fresh(c, verify_then);
}
