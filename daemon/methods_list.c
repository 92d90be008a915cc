/* SPDX-License-Identifier: Apache-2.0 */
/* methods_list.c -- the entries behind a figure, personal fields masked.
 *
 * A list may have to look at every entry of a province to find the few that fit, so it runs on the
 * pool: neither a sync nor a cadre waits for a leader's question (I10), nor a stop: each row that
 * is looked at asks desk_stopping (D1). Its own count and sum are those of total, read in the same
 * view (I11); where they are added up entry by entry (days, one subject, flags) only the first page
 * says them, or a list of n pages would read all n times. */
#include <stdlib.h>

#include "daemon/asking.h"
#include "daemon/flagging.h"
#include "daemon/listing.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/errors.h"

struct list_work {
	struct store *store;
	struct desk *desk;
	struct list_query q;
	struct listing listing;
	bool figures; /* count and sum are told */
	uint64_t count;
	int64_t sum;
	int rc;
};

/* In the order of a question. */
static void list_then(struct call *c);
static int take_page(struct call *c, struct list_query *q, struct fault *f);
static int take_about(struct call *c, struct view *v, struct list_query *q, struct fault *f);
static bool walks(const struct list_query *q);
static void run(void *own);
static void told(struct call *c);

void methods_list(struct call *c)
{
	call_fresh(c, list_then);
}

static void drop(void *own)
{
	struct list_work *w = own;

	listing_fini(&w->listing);
	free(w);
}

static void list_then(struct call *c)
{
	struct list_work *w = methods_own(c, sizeof(*w));
	struct asking a;
	struct fault f = { 0 };

	if (w == NULL)
		return;
	c->drop = drop;
	int rc = asking_begin(c, &a, &f);

	if (rc == 0) {
		w->store = c->node->store;
		w->desk = c->desk;
		w->q.of = a.q;
		rc = take_page(c, &w->q, &f);
		if (rc == 0)
			rc = take_about(c, &a.view, &w->q, &f);
		w->figures = ref_none(w->q.after) || !walks(&w->q);
		rc = view_done(&a.view, rc);
	}
	if (rc == 0)
		desk_work(c, run, told);
	else
		methods_fail(c, rc, &f);
}

static int take_page(struct call *c, struct list_query *q, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;
	uint64_t limit;
	int rc = param_limit(c, "limit", LIST_ROWS_MAX, LIST_ROWS_DEFAULT, &limit, f);

	if (rc != 0)
		return rc;
	q->limit = (uint32_t)limit;
	q->voided = param_bool(c, "voided");
	q->newest = param_bool(c, "newest");
	q->today = flagging_today(c->node);
	rc = flagging_param(c, &q->flagged, f);
	if (rc != 0)
		return rc;
	if (!param_text(c, "after", &text) || ref_parse(text, &q->after) == 0)
		return 0;
	return fault_say(f, FAULT_REF_FORM, "after", fault_typed(text, shown), NULL);
}

/* A household by its number, another by its kind's or by its ref. What is about it may be elsewhere
 * too, so the area is everywhere unless one is given. */
static int take_about(struct call *c, struct view *v, struct list_query *q, struct fault *f)
{
	struct resolve r;
	struct bytes text;
	struct ref ref;

	if (!param_text(c, "about", &text))
		return 0;
	if (!param_text(c, "division", &(struct bytes){ 0 }))
		q->of.division = 0;
	resolve_init(&r, c->node, v, NULL, true);
	uint16_t kind = ref_parse(bytes_trim(text), &ref) == 0 ? 0 : KIND_HOUSEHOLD;

	return resolve_subject(&r, kind, text, &q->about, "about", f);
}

/* No tally knows them: they are added up. */
static bool walks(const struct list_query *q)
{
	return view_walks(&q->of) || !ref_none(q->about) || q->flagged != 0;
}

/* Count and sum of the whole selection: what total says of it. */
static int add_all(void *ctx, const struct total_row *row)
{
	struct list_work *w = ctx;

	if (desk_stopping(w->desk))
		return BF_ECLOSED;
	w->count += row->count;
	return fen_add(w->sum, row->sum, &w->sum);
}

/* The same of one subject, which no total knows, or of those with a flag, which are few. */
static int add_one(void *ctx, const struct list_row *row)
{
	struct list_work *w = ctx;

	w->count++;
	return fen_add(w->sum, row->sum, &w->sum);
}

static int count_all(struct list_work *w, struct view *v, const struct list_query *q)
{
	struct list_query all = *q;

	if (ref_none(q->about) && q->flagged == 0)
		return view_total(v, &q->of, add_all, w);
	all.after = (struct ref){ 0, 0 };
	all.limit = UINT32_MAX;
	all.newest = all.voided = false;
	return view_list(v, &all, add_one, w);
}

static bool stopped(void *desk)
{
	return desk_stopping(desk);
}

/* On the pool. */
static void run(void *own)
{
	struct list_work *w = own;
	struct list_query q = w->q;
	struct view v;

	w->rc = view_begin(w->store, &v);
	if (w->rc != 0)
		return;
	v.today = q.today;
	listing_init(&w->listing, &v, q.limit);
	w->listing.now = true;
	q.of.stopped = stopped;
	q.of.stopped_ctx = w->desk;
	q.limit += 1; /* one more tells whether there is more */
	w->rc = view_list(&v, &q, listing_add, &w->listing);
	w->rc = w->rc > 0 ? 0 : w->rc; /* it was ended by the limit */
	if (w->rc == 0 && w->figures)
		w->rc = count_all(w, &v, &q);
	w->rc = view_done(&v, w->rc);
}

static void told(struct call *c)
{
	struct list_work *w = c->own;
	struct fault f = { 0 };
	char name[REF_TEXT_MAX];

	if (w->rc == BF_ENOTFOUND)
		fault_say(&f, FAULT_REF_UNKNOWN, "after", ref_print(w->q.after, name), NULL);
	if (w->rc != 0) {
		methods_fail(c, w->rc, &f);
		return;
	}
	struct buf *b = call_begin(c);

	mp_put_map(b, 4 + pending_members(c));
	put_pending(b, c);
	listing_put(b, "rows", &w->listing);
	reply_ref(b, "after", w->listing.more ? w->listing.last : (struct ref){ 0 });
	if (w->figures) {
		reply_uint(b, "count", w->count);
		reply_int(b, "sum", w->sum);
	} else {
		reply_nil(b, "count");
		reply_nil(b, "sum");
	}
	call_end(c);
}
