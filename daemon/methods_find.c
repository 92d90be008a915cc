/* SPDX-License-Identifier: Apache-2.0 */
/* methods_find.c -- whom or what somebody looks for by part of a name, pinyin or a number.
 *
 * Every household and person of a province may have to be looked at, so it runs on the pool and
 * asks at each of them whether the node stops (I10, D1). Names leave masked, but for what the asker
 * has typed himself (I12): he must be able to tell whom he meant. */
#include <stdlib.h>
#include <string.h>

#include "daemon/listing.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

struct find_work {
	struct store *store;
	struct desk *desk;
	struct look look;
	struct look_query q;
	struct listing listing;
	enum look_fit last_fit; /* of the listing's last */
	int rc;
};

/* In the order of a question. */
static void find_then(struct call *c);
static int take(struct call *c, struct find_work *w, struct fault *f);
static void run(void *own);
static int add(void *ctx, const struct look_row *row);
static void told(struct call *c);

void methods_find(struct call *c)
{
	call_fresh(c, find_then);
}

static void drop(void *own)
{
	struct find_work *w = own;

	listing_fini(&w->listing);
	free(w);
}

static void find_then(struct call *c)
{
	struct find_work *w = methods_own(c, sizeof(*w));
	struct fault f = { 0 };

	if (w == NULL)
		return;
	c->drop = drop;
	w->store = c->node->store;
	w->desk = c->desk;
	int rc = take(c, w, &f);

	if (rc == 0)
		desk_work(c, run, told);
	else
		methods_fail(c, rc, &f);
}

/* ---- the question ---- */

static int take_text(const struct call *c, struct look *look, struct fault *f)
{
	char most[24];
	struct bytes text;

	param_text(c, "text", &text);
	switch (look_take(look, text)) {
	case 0:
		return 0;
	case BF_EBOUND:
		snprintf(most, sizeof(most), "%d", LOOK_BYTES_MAX / 3);
		return fault_say(f, FAULT_FIND_LONG, "text", most, NULL);
	default:
		return fault_say(f, FAULT_FIND_EMPTY, "text", NULL, NULL);
	}
}

/* A kind, or who bears its records: 志愿者. */
static int take_kind(struct call *c, uint16_t *out, struct fault *f)
{
	const struct kind *k;
	char names[FAULT_TEXT_MAX] = "", shown[FAULT_WHERE_MAX];
	struct bytes name;
	size_t used = 0;

	*out = 0;
	if (!param_text(c, "kind", &name) || name.len == 0)
		return 0;
	const struct kind *named = kind_by_name(name);

	for (size_t i = 0; (k = kind_at(i)) != NULL; i++) {
		const char *en = k->bearer_en != NULL ? k->bearer_en : k->name;
		bool bearer = k->bearer_en != NULL && (bytes_equal(name, bytes_str(k->bearer_en)) ||
						       bytes_equal(name, bytes_str(k->bearer_zh)));

		if (!look_kind(k))
			continue;
		if (k == named || bearer) {
			*out = k->id;
			return 0;
		}
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 used > 0 ? ", " : "", en);
	}
	return fault_say(f, FAULT_UNKNOWN_KIND, "kind", fault_typed(name, shown), names);
}

/* "edge:0f3a9c12d4e5b678-12": how well the last one given fits, and which it is. */
static int take_after(const struct call *c, struct look_query *q, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;

	if (!param_text(c, "after", &text) || text.len == 0)
		return 0;
	for (int fit = LOOK_WHOLE; fit < LOOK_NONE; fit++) {
		const char *name = look_fit_name((enum look_fit)fit);
		size_t len = strlen(name);

		if (text.len <= len || memcmp(text.p, name, len) != 0 || text.p[len] != ':')
			continue;
		q->after_fit = (enum look_fit)fit;
		if (ref_parse(bytes_of(text.p + len + 1, text.len - len - 1), &q->after) == 0)
			return 0;
	}
	return fault_say(f, FAULT_REF_FORM, "after", fault_typed(text, shown), NULL);
}

static int take_division(struct call *c, uint64_t *out, struct fault *f)
{
	struct bytes text;
	struct resolve r;
	struct view v;

	*out = 0;
	if (!param_text(c, "division", &text) || text.len == 0)
		return 0;
	int rc = view_begin(c->node->store, &v);

	if (rc != 0)
		return rc;
	resolve_init(&r, c->node, &v, NULL, true);
	rc = resolve_division(&r, text, out, "division", f);
	view_end(&v);
	return rc;
}

static int take(struct call *c, struct find_work *w, struct fault *f)
{
	uint64_t limit = 0;
	int rc = take_text(c, &w->look, f);

	if (rc == 0)
		rc = take_kind(c, &w->q.kind, f);
	if (rc == 0)
		rc = take_division(c, &w->q.division, f);
	if (rc == 0)
		rc = take_after(c, &w->q, f);
	if (rc == 0)
		rc = param_limit(c, "limit", LIST_ROWS_MAX, LIST_ROWS_DEFAULT, &limit, f);
	listing_init(&w->listing, NULL, (uint32_t)limit);
	w->q.look = &w->look;
	w->q.limit = (uint32_t)limit + 1; /* one more tells whether there is more */
	return rc;
}

/* ---- the walk, on the pool ---- */

static bool stopped(void *desk)
{
	return desk_stopping(desk);
}

static void run(void *own)
{
	struct find_work *w = own;
	struct view v;

	w->q.stopped = stopped;
	w->q.stopped_ctx = w->desk;
	w->rc = view_begin(w->store, &v);
	if (w->rc != 0)
		return;
	w->listing.view = &v;
	w->rc = view_look(&v, &w->q, add, w);
	w->rc = view_done(&v, w->rc < 0 ? w->rc : 0);
	if (w->rc == 0)
		w->rc = w->listing.rows.err;
}

static void put_day(struct buf *b, int32_t day)
{
	char text[16];

	reply_cstr(b, "day", day_print(day, text));
}

/* {ref, kind, fit, number, name, initials, day, division, division_name, fields, names}. Returns
 * how many values it is at most. */
static uint32_t put_row(struct find_work *w, const struct look_row *row)
{
	enum { PAIRS = 11 };
	struct buf *b = &w->listing.rows;
	struct look_called called;
	uint32_t fields = 0;

	for (uint64_t has = row->record->has; has != 0; has &= has - 1)
		fields++;
	look_called(&w->look, row->record, &called);
	mp_put_map(b, PAIRS);
	reply_ref(b, "ref", row->ref);
	reply_cstr(b, "kind", row->kind->name);
	reply_cstr(b, "fit", look_fit_name(row->fit));
	reply_str(b, "number", called.number);
	reply_cstr(b, "name", called.name);
	reply_cstr(b, "initials", called.initials);
	put_day(b, row->day);
	reply_place(b, w->listing.view, row->division);
	mp_put_cstr(b, "fields");
	reply_fields(b, row->record);
	reply_names(b, w->listing.view, row->record); /* spends the row's record */
	return 1 + 2 * (PAIRS + fields + (uint32_t)sizeof(row->kind->about));
}

static int add(void *ctx, const struct look_row *row)
{
	struct find_work *w = ctx;
	struct listing *l = &w->listing;
	size_t before = l->rows.len;
	int full = listing_full(l) ? 1 : listing_keep(l, before, put_row(w, row), row->ref);

	if (full == 0)
		w->last_fit = row->fit;
	return full;
}

static void told(struct call *c)
{
	struct find_work *w = c->own;
	char ref[REF_TEXT_MAX], after[REF_TEXT_MAX + 16], most[24];
	struct fault f = { 0 };

	if (w->rc == BF_ENOTFOUND)
		fault_say(&f, FAULT_REF_UNKNOWN, "after", ref_print(w->q.after, ref), NULL);
	if (w->rc == BF_EBOUND) {
		snprintf(most, sizeof(most), "%d", VIEW_BEARERS_MAX);
		fault_say(&f, FAULT_FIND_MANY, "text", most, NULL);
	}
	if (w->rc != 0) {
		methods_fail(c, w->rc, &f);
		return;
	}
	struct buf *b = call_begin(c);

	mp_put_map(b, 2 + pending_members(c));
	put_pending(b, c);
	listing_put(b, "rows", &w->listing);
	snprintf(after, sizeof(after), "%s:%s", look_fit_name(w->last_fit),
		 ref_print(w->listing.last, ref));
	if (w->listing.more)
		reply_cstr(b, "after", after);
	else
		reply_nil(b, "after");
	call_end(c);
}
