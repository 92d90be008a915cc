/* SPDX-License-Identifier: Apache-2.0 */
/* methods_nodes.c -- at the hub: who its nodes are, and how each of them fares. */
#include "daemon/fleet.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "protocol/errors.h"
#include "storage/malformed.h"

struct walking {
	struct view *view;
	struct buf rows;
	uint32_t count, limit, named;
	uint64_t
	    after; /* rows come in no order of ours: those up to this origin were shown before */
	bool passed;
};

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
	reply_cstr(&w->rows, "role", fleet_role_name(row->role));
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
		rc = param_origin(c, "after", &w.after, &f);
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
