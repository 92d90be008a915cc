/* SPDX-License-Identifier: Apache-2.0 */
/* methods_watch.c -- the operator's evening: which nodes are in trouble, worst first.
 *
 * Of each node that fits the filters its standing, 24 bytes, is kept (ROSTER_NODES_MAX of them
 * are 2.4 MB), and of those only one answer's rows are read. It runs on the pool: no sync waits for
 * it (I10). `after` names a standing and not a node: where the next page begins does not hang on
 * how a node fares meanwhile. A node that changes between two pages may so be met twice or, when it
 * becomes worse, not at all; `count` tells whoever needs every one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/fleet.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "storage/malformed.h"
#include "storage/place.h"

enum { SPOT_BYTES = 1 + 8 + 8, SPOT_TEXT = 2 * SPOT_BYTES, SPOTS_FIRST = 256 };

struct standing { /* where a node stands in the list */
	uint64_t order, origin;
	uint8_t plight;
};

struct watching {
	struct store *store;
	struct desk *desk;
	struct view view;
	int64_t now_ms;
	/* what is asked */
	uint64_t area, home, limit;
	int64_t before_ms; /* 0: all */
	bool trouble, never;
	bool on;
	struct standing after; /* with `on` */
	/* what is found */
	struct standing *spots;
	size_t count, cap; /* of those behind `after` */
	uint64_t nodes, fitting;
	struct buf rows;
	uint32_t row_count;
	struct standing last;
	struct buf path; /* of one row */
	int rc;
};

/* In the order of a question. */
static void watch_then(struct call *c);
static int take_filters(struct call *c, struct watching *w, struct view *v, struct fault *f);
static int take_spot(const struct call *c, struct watching *w, struct fault *f);
static void run(void *own);
static int see_node(void *ctx, const struct node_row *row);
static int by_spot(const void *a, const void *b);
static int put_rows(struct watching *w);
static int put_row(struct watching *w, const struct standing *spot);
static void told(struct call *c);

void methods_watch(struct call *c)
{
	call_fresh(c, watch_then);
}

static void drop(void *own)
{
	struct watching *w = own;

	free(w->spots);
	buf_fini(&w->rows);
	buf_fini(&w->path);
	free(w);
}

static void watch_then(struct call *c)
{
	struct watching *w = methods_own(c, sizeof(*w));
	struct fault f = { 0 };
	struct view v;

	if (w == NULL)
		return;
	c->drop = drop;
	w->store = c->node->store;
	w->desk = c->desk;
	w->now_ms = wall_ms();
	w->home = w->area = c->node->division;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0)
		rc = view_done(&v, take_filters(c, w, &v, &f));
	if (rc == 0)
		desk_work(c, run, told);
	else
		methods_fail(c, rc, &f);
}

static int take_filters(struct call *c, struct watching *w, struct view *v, struct fault *f)
{
	struct resolve r;
	struct bytes text;
	uint64_t before;
	int rc = param_limit(c, "limit", WATCH_ROWS_MAX, WATCH_ROWS_MAX, &w->limit, f);

	resolve_init(&r, c->node, v, NULL, true);
	if (rc == 0 && param_text(c, "division", &text))
		rc = resolve_division(&r, text, &w->area, "division", f);
	if (param_uint(c, "before", &before))
		w->before_ms = (int64_t)before;
	w->trouble = param_bool(c, "trouble");
	w->never = param_bool(c, "never");
	return rc == 0 ? take_spot(c, w, f) : rc;
}

static int take_spot(const struct call *c, struct watching *w, struct fault *f)
{
	char hex[SPOT_TEXT + 1], shown[FAULT_WHERE_MAX];
	uint8_t raw[SPOT_BYTES];
	struct bytes text;

	if (!param_text(c, "after", &text))
		return 0;
	if (text.len != SPOT_TEXT || hex_take(bytes_cstr(text, hex, sizeof hex), raw, sizeof raw))
		return fault_say(f, FAULT_SPOT_FORM, "after", fault_typed(text, shown), NULL);
	w->on = true;
	w->after = (struct standing){ be64_get(raw + 1), be64_get(raw + 9), raw[0] };
	return 0;
}

/* ---- on the pool ---- */

static void run(void *own)
{
	struct watching *w = own;

	w->rc = view_begin(w->store, &w->view);
	if (w->rc != 0)
		return;
	int rc = roster_walk(&w->view, see_node, w);

	if (rc == 0 && w->count > 0)
		qsort(w->spots, w->count, sizeof *w->spots, by_spot);
	if (rc == 0)
		rc = put_rows(w);
	w->rc = view_done(&w->view, rc);
}

static bool fits(const struct watching *w, const struct node_row *row, enum fleet_plight plight)
{
	int64_t since = row->last_ms != 0 ? row->last_ms : row->enrolled_ms;

	if (row->state == NODE_REVOKED)
		return w->before_ms == 0 && !w->trouble && !w->never;
	return (w->before_ms == 0 || since < w->before_ms) && (!w->never || row->last_ms == 0) &&
	       (!w->trouble || plight < PLIGHT_NONE);
}

static int find_malformed(struct view *v, uint64_t origin, struct malformed_row *out)
{
	int rc = malformed_of(v, origin, out);

	if (rc != 0)
		out->count = 0;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int keep(struct watching *w, struct standing spot)
{
	if (w->count == w->cap) {
		size_t cap = w->cap == 0 ? SPOTS_FIRST : 2 * w->cap;
		struct standing *more = realloc(w->spots, cap * sizeof *more);

		if (more == NULL)
			return BF_ENOMEM;
		w->spots = more;
		w->cap = cap;
	}
	w->spots[w->count++] = spot;
	return 0;
}

static struct standing spot_of(const struct watching *w, const struct node_row *row,
			       uint64_t malformed)
{
	enum fleet_plight plight = fleet_plight(row, malformed, w->now_ms);
	/* Unsigned and in the order of the signed figure. */
	uint64_t order = (uint64_t)fleet_order(plight, row) ^ UINT64_C(1) << 63;

	return (struct standing){ order, row->origin, (uint8_t)plight };
}

static int see_node(void *ctx, const struct node_row *row)
{
	struct watching *w = ctx;
	struct malformed_row odd;

	if (desk_stopping(w->desk)) /* D1 */
		return BF_ECLOSED;
	if (!division_within(row->division, w->area))
		return 0;
	int rc = find_malformed(&w->view, row->origin, &odd);
	struct standing spot = spot_of(w, row, odd.count);

	w->nodes++;
	if (rc != 0 || !fits(w, row, (enum fleet_plight)spot.plight))
		return rc;
	w->fitting++;
	return w->on && by_spot(&spot, &w->after) <= 0 ? 0 : keep(w, spot);
}

static int by_spot(const void *a, const void *b)
{
	const struct standing *x = a, *y = b;

	if (x->plight != y->plight)
		return x->plight < y->plight ? -1 : 1;
	if (x->order != y->order)
		return x->order < y->order ? -1 : 1;
	return x->origin < y->origin ? -1 : x->origin > y->origin;
}

/* ---- rows ---- */

static int put_rows(struct watching *w)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < w->count && w->row_count < w->limit &&
			   w->rows.len < REPLY_BYTES_MAX - 4096;
	     i++) {
		rc = put_row(w, &w->spots[i]);
		w->last = w->spots[i];
		w->row_count++;
	}
	return rc != 0 ? rc : w->rows.err;
}

static void reply_cstr_or_nil(struct buf *b, const char *key, const char *text)
{
	if (text == NULL || text[0] == '\0')
		reply_nil(b, key);
	else
		reply_cstr(b, key, text);
}

static void reply_seq(struct buf *b, const char *key, uint64_t seq)
{
	if (seq == NODE_SEQ_UNKNOWN)
		reply_nil(b, key);
	else
		reply_uint(b, key, seq);
}

/* What its log had when it was heard last, and is not stored: of a log that contradicts ours
 * nobody knows how much of it that is. */
static uint64_t unsent(const struct node_row *row)
{
	if (row->seq == NODE_SEQ_UNKNOWN || row->head == NODE_SEQ_UNKNOWN ||
	    row->split != NODE_WHOLE)
		return NODE_SEQ_UNKNOWN;
	return row->head > row->seq ? row->head - row->seq : 0;
}

/* Below the hub's own place, which all share. */
static void put_path(struct watching *w, uint64_t division)
{
	buf_clear(&w->path);
	place_path(&w->view, division, &w->path);
	struct bytes path = buf_bytes(&w->path);

	for (int level = division_level(w->home); level > 0 && path.len > 0 && division != w->home;
	     level--) {
		const uint8_t *slash = memchr(path.p, '/', path.len);

		if (slash == NULL)
			break;
		path = bytes_of(slash + 1, (size_t)(path.p + path.len - slash - 1));
	}
	reply_str(&w->rows, "path", path);
}

static int put_row(struct watching *w, const struct standing *spot)
{
	struct buf *b = &w->rows;
	struct node_row row;
	struct malformed_row odd;
	int rc = roster_find(&w->view, spot->origin, &row);

	if (rc == 0)
		rc = find_malformed(&w->view, spot->origin, &odd);
	if (rc != 0)
		return rc;
	mp_put_map(b, 22);
	reply_origin(b, "origin", row.origin);
	reply_cstr(b, "name", row.name);
	reply_cstr(b, "role", fleet_role_name(row.role));
	reply_cstr(b, "state", row.state == NODE_REVOKED ? "revoked" : "active");
	reply_place(b, &w->view, row.division);
	put_path(w, row.division);
	reply_cstr_or_nil(b, "trouble", fleet_plight_name((enum fleet_plight)spot->plight));
	reply_int(b, "enrolled_ms", row.enrolled_ms);
	reply_int(b, "last_ms", row.last_ms);
	reply_int(b, "tried_ms", row.tried_ms);
	reply_cstr_or_nil(b, "fault", row.fault);
	reply_int(b, "split_ms", row.split_ms);
	reply_uint(b, "splits", row.splits);
	reply_int(b, "clock_ms", row.clock_ms);
	reply_uint(b, "sessions", row.sessions);
	reply_seq(b, "seq", row.seq);
	reply_seq(b, "head", row.head);
	reply_seq(b, "unsent", unsent(&row));
	reply_uint(b, "malformed", odd.count);
	reply_ref(b, "first_malformed",
		  odd.count > 0 ? (struct ref){ row.origin, odd.first[0] } : (struct ref){ 0 });
	reply_cstr_or_nil(b, "program", row.program);
	return w->path.err;
}

static void put_after(struct buf *b, const struct watching *w)
{
	uint8_t raw[SPOT_BYTES] = { w->last.plight };
	char hex[SPOT_TEXT + 1];

	if (w->row_count == w->count) {
		reply_nil(b, "after");
		return;
	}
	be64_put(raw + 1, w->last.order);
	be64_put(raw + 9, w->last.origin);
	reply_cstr(b, "after", hex_put(bytes_of(raw, sizeof raw), hex));
}

static void told(struct call *c)
{
	struct watching *w = c->own;

	if (w->rc != 0) {
		methods_fail(c, w->rc, NULL);
		return;
	}
	struct buf *b = call_begin(c);

	mp_put_map(b, 5);
	reply_int(b, "now_ms", w->now_ms);
	reply_uint(b, "nodes", w->nodes);
	reply_uint(b, "count", w->fitting);
	put_after(b, w);
	mp_put_cstr(b, "rows");
	mp_put_array(b, w->row_count);
	buf_put_buf(b, &w->rows);
	call_end(c);
}
