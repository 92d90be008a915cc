/* methods_total.c -- total and balance: a handful of rows from one short view on the loop. */
#include <stdio.h>
#include <string.h>

#include "daemon/asking.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/syncer.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

/* ---- total ---- */

enum { DIMS_KNOWN_MAX = 64 };
#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct totals {
	struct asking *ask;
	struct buf rows;
	/* The dimensions met so far as they stand in the answer: a few pairs of codes, in every
	 * month again. */
	struct known {
		uint16_t dim[DIMS_MAX];
		size_t at, len;
	} known[DIMS_KNOWN_MAX];
	uint32_t known_count;
	struct buf dims;
	/* The last row's division and month as they stand in the answer: most rows repeat them. */
	uint64_t division;
	uint32_t month;
	struct buf place, when;
	uint32_t row_count;
	uint64_t count;
	int64_t sum;
};

static void put_dims(struct buf *b, const struct asking *a, const struct total_row *row)
{
	static const uint32_t bits[DIMS_MAX] = { BY_DIM0, BY_DIM1 };
	uint32_t count = 0;

	for (size_t d = 0; d < DIMS_MAX; d++)
		count += (a->q.by & bits[d]) != 0;
	mp_put_cstr(b, "dims");
	mp_put_map(b, count);
	for (size_t d = 0; d < DIMS_MAX; d++) {
		if ((a->q.by & bits[d]) == 0)
			continue;
		const struct field *field = field_by_tag(a->kind, a->kind->dims[d]);
		const struct code *code = code_by_number(field->list, row->dim[d]);

		mp_put_cstr(b, field->name);
		mp_put_map(b, 3);
		reply_uint(b, "code", row->dim[d]);
		reply_cstr(b, "zh", code == NULL ? "" : code->zh);
		reply_cstr(b, "en", code == NULL ? "" : code->en);
	}
}

static struct bytes dims_of(struct totals *t, const struct total_row *row)
{
	struct known *k;

	for (uint32_t i = 0; i < t->known_count; i++) {
		k = &t->known[i];
		if (memcmp(k->dim, row->dim, sizeof(k->dim)) == 0)
			return bytes_of(t->dims.p + k->at, k->len);
	}
	if (t->known_count == DIMS_KNOWN_MAX) {
		t->known_count = 0;
		buf_clear(&t->dims);
	}
	k = &t->known[t->known_count++];
	memcpy(k->dim, row->dim, sizeof(k->dim));
	k->at = t->dims.len;
	put_dims(&t->dims, t->ask, row);
	k->len = t->dims.len - k->at;
	return bytes_of(t->dims.p + k->at, k->len);
}

static void put_place_and_month(struct totals *t, const struct total_row *row)
{
	char month[8];

	bool places = (t->ask->q.by & BY_PLACE) != 0; /* else the answer's own place is every row's */

	if (places && (t->row_count == 0 || row->division != t->division)) {
		buf_clear(&t->place);
		reply_place(&t->place, &t->ask->view, row->division);
		t->division = row->division;
	}
	if (t->row_count > 0 && row->month == t->month)
		return;
	buf_clear(&t->when);
	if ((t->ask->q.by & BY_MONTH) != 0)
		reply_cstr(&t->when, "month", month_print(row->month, month));
	else
		reply_nil(&t->when, "month");
	t->month = row->month;
}

static int add_total(void *ctx, const struct total_row *row)
{
	struct totals *t = ctx;

	if (t->row_count == TOTAL_ROWS_MAX)
		return BF_EBOUND;
	put_place_and_month(t, row);
	t->row_count++;
	t->count += row->count;
	mp_put_map(&t->rows, (t->ask->q.by & BY_PLACE) != 0 ? 6 : 4);
	buf_put_bytes(&t->rows, buf_bytes(&t->place));
	buf_put_bytes(&t->rows, buf_bytes(&t->when));
	buf_put_bytes(&t->rows, dims_of(t, row));
	reply_uint(&t->rows, "count", row->count);
	reply_int(&t->rows, "sum", row->sum);
	return fen_add(t->sum, row->sum, &t->sum);
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

static int put_fresh(struct call *c, struct buf *b, struct view *v)
{
	const struct desk_fresh *fresh = desk_fresh(c->desk, v, DESK_FRESH_MS);
	uint64_t nodes_day = fresh->nodes_day;
	struct view_stats stats;
	int rc = view_stats(v, &stats);

	if (c->node->config.role != PART_HUB)
		nodes_day = synced_within_a_day(c->node);
	mp_put_cstr(b, "fresh");
	mp_put_map(b, 5);
	reply_uint(b, "order_length", stats.order_length);
	reply_uint(b, "nodes", fresh->nodes);
	reply_uint(b, "nodes_day", nodes_day);
	reply_uint(b, "nodes_clock", fresh->clock);
	reply_int(b, "as_of_ms", wall_ms());
	return rc;
}

static int put_total(struct call *c, struct totals *t)
{
	struct asking *a = t->ask;
	struct buf *b = call_begin(c);

	mp_put_map(b, 8 + pending_members(c));
	reply_cstr(b, "kind", a->kind->name);
	reply_place(b, &a->view, a->q.division);
	mp_put_cstr(b, "dims");
	mp_put_array(b,
		     (uint32_t)((a->q.by & BY_DIM0) != 0) + (uint32_t)((a->q.by & BY_DIM1) != 0));
	for (size_t d = 0; d < DIMS_MAX; d++)
		if ((a->q.by & (d == 0 ? BY_DIM0 : BY_DIM1)) != 0)
			mp_put_cstr(b, field_by_tag(a->kind, a->kind->dims[d])->name);
	mp_put_cstr(b, "rows");
	mp_put_array(b, t->row_count);
	buf_put_bytes(b, buf_bytes(&t->rows));
	reply_uint(b, "count", t->count);
	put_pending(b, c);
	reply_int(b, "sum", t->sum);
	return put_fresh(c, b, &a->view);
}

static void total_then(struct call *c)
{
	struct fault f = { 0 };
	struct asking a;
	struct totals t = { .ask = &a };
	char text[24];
	int rc = asking_begin(c, &a, &f);

	if (rc == 0) {
		rc = view_total(&a.view, &a.q, add_total, &t);
		if (rc == BF_EBOUND) {
			snprintf(text, sizeof(text), "%d", TOTAL_ROWS_MAX);
			rc = fault_say(&f, FAULT_TOTAL_ROWS, "by", text, NULL);
		}
		if (rc == 0)
			rc = t.rows.err != 0    ? t.rows.err
			     : t.place.err != 0 ? t.place.err
			     : t.when.err != 0  ? t.when.err
						: t.dims.err;
		if (rc == 0)
			rc = put_total(c, &t);
		view_end(&a.view);
	}
	buf_fini(&t.rows);
	buf_fini(&t.dims);
	buf_fini(&t.place);
	buf_fini(&t.when);
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, &f);
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
