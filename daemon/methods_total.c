/* SPDX-License-Identifier: Apache-2.0 */
/* methods_total.c -- total and balance: a handful of rows from one short view on the loop.
 *
 * Days that fill no month are added up entry by entry, of a province perhaps a million: on the
 * pool, as lists are (I10, D1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/asking.h"
#include "daemon/desk.h"
#include "daemon/fleet.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/syncer.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/place.h"

/* ---- total ---- */

enum {
	ROWS_BYTES = 8 * 1024, /* a year's months by one dimension: no growing on the way */
	COLUMNS_MAX = 4 + DIMS_MAX + 2
};
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct totals {
	struct asking ask;
	struct store *store;
	struct desk *desk;
	int rc;
	const struct field *dims[DIMS_MAX]; /* those asked by, else NULL */
	const char *columns[COLUMNS_MAX];
	uint32_t dim_count, column_count;
	struct buf rows;
	/* The last row's place and month as they stand in the answer: most rows repeat them. */
	uint64_t division;
	uint32_t month;
	struct buf place, when;
	uint32_t row_count;
	uint64_t count;
	int64_t sum;
};

/* What a row says, in the order of add_total. */
static void take_columns(struct totals *t)
{
	static const uint32_t bits[DIMS_MAX] = { BY_DIM0, BY_DIM1 };
	uint32_t by = t->ask.q.by;

	if ((by & BY_PLACE) != 0) {
		t->columns[t->column_count++] = "division";
		t->columns[t->column_count++] = "division_name";
	}
	if ((by & BY_MONTH) != 0)
		t->columns[t->column_count++] = "month";
	if ((by & (BY_DAY | BY_WEEK)) != 0)
		t->columns[t->column_count++] = (by & BY_DAY) != 0 ? "day" : "week";
	for (size_t d = 0; d < DIMS_MAX; d++)
		if ((by & bits[d]) != 0) {
			t->dims[d] = field_by_tag(t->ask.kind, t->ask.kind->dims[d]);
			t->dim_count++;
			t->columns[t->column_count++] = t->dims[d]->name;
		}
	t->columns[t->column_count++] = "count";
	t->columns[t->column_count++] = "sum";
}

static void put_place(struct totals *t, const struct total_row *row)
{
	char code[DIVISION_DIGITS + 1];
	struct place p;

	if (t->row_count == 0 || row->division != t->division) {
		buf_clear(&t->place);
		mp_put_cstr(&t->place, division_print(row->division, code));
		if (place_get(&t->ask.view, row->division, &p) == 0)
			mp_put_str(&t->place, p.name);
		else
			mp_put_nil(&t->place);
		t->division = row->division;
	}
	buf_put_buf(&t->rows, &t->place);
}

static void put_month(struct totals *t, const struct total_row *row)
{
	char month[8];

	if (t->row_count == 0 || row->month != t->month) {
		buf_clear(&t->when);
		mp_put_cstr(&t->when, month_print(row->month, month));
		t->month = row->month;
	}
	buf_put_buf(&t->rows, &t->when);
}

static int add_total(void *ctx, const struct total_row *row)
{
	struct totals *t = ctx;
	char day[11];

	mp_put_array(&t->rows, t->column_count);
	if ((t->ask.q.by & BY_PLACE) != 0)
		put_place(t, row);
	if ((t->ask.q.by & BY_MONTH) != 0)
		put_month(t, row);
	if ((t->ask.q.by & (BY_DAY | BY_WEEK)) != 0)
		mp_put_cstr(&t->rows, day_print(row->day, day));
	for (size_t d = 0; d < DIMS_MAX; d++)
		if (t->dims[d] != NULL)
			mp_put_uint(&t->rows, row->dim[d]);
	mp_put_uint(&t->rows, row->count);
	mp_put_int(&t->rows, row->sum);
	t->row_count++;
	t->count += row->count;
	return fen_add(t->sum, row->sum, &t->sum);
}

static void put_rows(const struct totals *t, struct buf *b)
{
	mp_put_cstr(b, "dims"); /* the words of the codes below, once for all rows */
	mp_put_map(b, t->dim_count);
	for (size_t d = 0; d < DIMS_MAX; d++)
		if (t->dims[d] != NULL)
			reply_list(b, t->dims[d]->name, t->dims[d]->list);
	mp_put_cstr(b, "columns");
	mp_put_array(b, t->column_count);
	for (uint32_t i = 0; i < t->column_count; i++)
		mp_put_cstr(b, t->columns[i]);
	mp_put_cstr(b, "rows");
	mp_put_array(b, t->row_count);
	buf_put_buf(b, &t->rows);
}

static bool within_a_day(int64_t at_ms)
{
	int64_t age_ms = wall_ms() - at_ms;

	return at_ms != 0 && age_ms >= -(int64_t)CLOCK_OFF_MS && age_ms <= DAY_MS;
}

/* A station knows of itself alone: when the hub last signed something new for it, or a session that
 * ended well with nothing new to sign. */
static bool synced_within_a_day(const struct node *n)
{
	struct syncer_state s = syncer_state(n->syncer);
	bool well = !s.running && s.last.rc == 0 && within_a_day(s.last_try_ms);

	return n->has_peer && n->peer.cursor_ms != 0 && (well || within_a_day(n->peer.cursor_ms));
}

static int put_fresh(struct call *c, struct buf *b, struct view *v, uint64_t area)
{
	const struct desk_fresh *fresh = desk_fresh(c->desk, v, area, DESK_FRESH_MS);
	uint64_t nodes_day = fresh->nodes_day;
	struct view_stats stats;
	int rc = view_stats(v, &stats);

	if (c->node->config.role != PART_HUB)
		nodes_day = synced_within_a_day(c->node);
	mp_put_cstr(b, "fresh");
	mp_put_map(b, 6);
	reply_uint(b, "order_length", stats.order_length);
	reply_uint(b, "nodes", fresh->nodes);
	reply_uint(b, "nodes_day", nodes_day);
	reply_uint(b, "nodes_clock", fresh->clock);
	reply_uint(b, "nodes_forked", fresh->forked);
	reply_int(b, "as_of_ms", wall_ms());
	return rc;
}

/* One end of the days that were asked about; nil: it is open. */
static void put_end(struct buf *b, const char *key, int32_t day, int32_t open)
{
	char text[11];

	if (day == open)
		reply_nil(b, key);
	else
		reply_cstr(b, key, day_print(day, text));
}

static int put_total(struct call *c, struct totals *t)
{
	struct asking *a = &t->ask;
	struct buf *b = call_begin(c);

	mp_put_map(b, 11 + pending_members(c));
	reply_cstr(b, "kind", a->kind->name);
	reply_place(b, &a->view, a->q.division);
	put_end(b, "from", a->q.day_from, DAY_MIN);
	put_end(b, "to", a->q.day_to, DAY_MAX);
	put_rows(t, b);
	reply_uint(b, "count", t->count);
	put_pending(b, c);
	reply_int(b, "sum", t->sum);
	return put_fresh(c, b, &a->view, a->q.division);
}

static void total_drop(void *own)
{
	struct totals *t = own;

	buf_fini(&t->rows);
	buf_fini(&t->place);
	buf_fini(&t->when);
	free(t);
}

static bool total_stopped(void *desk)
{
	return desk_stopping(desk);
}

/* All rows, in the view that is open. */
static int total_reckon(struct totals *t)
{
	take_columns(t);
	(void)buf_reserve(&t->rows, ROWS_BYTES);
	t->ask.q.rows_max = TOTAL_ROWS_MAX;
	int rc = view_total(&t->ask.view, &t->ask.q, add_total, t);

	return rc != 0 ? rc : t->rows.err;
}

/* On the pool. */
static void total_walk(void *own)
{
	struct totals *t = own;

	t->rc = view_begin(t->store, &t->ask.view);
	if (t->rc == 0)
		t->rc = view_done(&t->ask.view, total_reckon(t));
}

/* The answer, in the view that is open, which it ends. */
static void total_answer(struct call *c, struct totals *t, int rc)
{
	struct fault f = { 0 };
	char text[24];

	if (rc == BF_EBOUND) {
		(void)snprintf(text, sizeof(text), "%d", TOTAL_ROWS_MAX);
		rc = fault_say(&f, FAULT_TOTAL_ROWS, "by", text, NULL);
	}
	if (rc == 0)
		rc = put_total(c, t);
	rc = view_done(&t->ask.view, rc);
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, &f);
}

static void total_walked(struct call *c)
{
	struct totals *t = c->own;
	int rc = view_begin(t->store, &t->ask.view);

	if (rc == 0)
		total_answer(c, t, t->rc);
	else
		methods_fail(c, rc, NULL);
}

static void total_then(struct call *c)
{
	struct totals *t = methods_own(c, sizeof(*t));
	struct fault f = { 0 };

	if (t == NULL)
		return;
	c->drop = total_drop;
	t->store = c->node->store;
	t->desk = c->desk;
	int rc = asking_begin(c, &t->ask, &f);

	if (rc != 0) {
		methods_fail(c, rc, &f);
	} else if (view_walks(&t->ask.q)) {
		view_end(&t->ask.view);
		t->ask.q.stopped = total_stopped;
		t->ask.q.stopped_ctx = t->desk;
		desk_work(c, total_walk, total_walked);
	} else {
		total_answer(c, t, total_reckon(t));
	}
}

void methods_total(struct call *c)
{
	call_fresh(c, total_then);
}

/* ---- balance ---- */

/* An account is typed as in a fund record: the model reads and shows it through that field, here
 * the one field of a kind that has the name this question uses. */
static int balance_ask(struct call *c, struct view *v, struct fault *f)
{
	const struct kind *fund = kind_by_id(KIND_FUND);
	struct field typed_as = *field_by_name(fund, BYTES_LIT("from"));
	const struct field *field = &typed_as;
	struct kind asked = *fund;
	struct record record = { 0 };
	struct buf arena = { 0 }, text = { 0 };
	struct account account;
	struct resolve r;
	struct bytes typed;
	int64_t in = 0, out = 0;
	uint64_t count = 0;
	int rc = buf_reserve(&arena, ACCOUNT_BYTES_MAX);

	typed_as.name = "account";
	typed_as.zh = "账户";
	asked.fields = field;
	asked.count = 1;
	record_init(&record, &asked);
	resolve_init(&r, c->node, v, NULL, true);
	param_text(c, "account", &typed);
	if (rc == 0)
		rc = record_set_text(&record, field, typed, &r.ask, &arena, f);
	if (rc == 0 && !record_has(&record, field->tag))
		rc = fault_say(f, FAULT_MISSING_PARAM, "account", "balance", NULL);
	if (rc == 0)
		rc = account_take(record_get(&record, field->tag)->s, &account);
	if (rc == 0)
		rc = view_balance(v, &account, &in, &out, &count);
	if (rc == BF_ENOTFOUND && f->code == FAULT_NONE)
		rc = 0; /* an account that nothing moved holds nothing */
	if (rc == 0) {
		struct buf *b = call_begin(c);

		record_text(&record, field, true, 'z', &text);
		mp_put_map(b, 6 + pending_members(c));
		put_pending(b, c);
		reply_names(b, v, &record);
		reply_str(b, "account", buf_bytes(&text));
		reply_int(b, "in", in);
		reply_int(b, "out", out);
		reply_int(b, "balance", in - out);
		reply_uint(b, "count", count);
		rc = text.err;
	}
	buf_fini(&text);
	buf_fini(&arena);
	record_fini(&record);
	return rc;
}

static void balance_then(struct call *c)
{
	methods_view(c, balance_ask);
}

void methods_balance(struct call *c)
{
	call_fresh(c, balance_then);
}
