/* methods_ask.c -- total, list, show, balance: one short view on the loop, no waiting.
 *
 * total and list read the same question (struct asking), so a figure and the list behind it cannot
 * differ (I11). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"

enum { SHOW_ABOUT_MAX = 200 };

/* ---- the question ---- */

struct month_bound {
	const char *key;
	uint32_t unset;
	bool last;
};

/* "2026-11", "2026", or a day that is the first (or last) of its month. */
static int param_month(const struct call *c, const struct month_bound *m, uint32_t *out,
		       struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;
	int32_t day, next;
	uint64_t year;

	*out = m->unset;
	if (!param_text(c, m->key, &text) || text.len == 0)
		return 0;
	if (month_parse(text, out) == 0)
		return 0;
	if (text.len == 4 && strspn(bytes_cstr(text, shown, 5), "0123456789") == 4) {
		year = strtoul(shown, NULL, 10);
		*out = (uint32_t)year * 12 + (m->last ? 11 : 0);
		return 0;
	}
	if (day_parse(text, &day) == 0) {
		next = day + (m->last ? 1 : -1);
		*out = day_month(day);
		if (day_month(next) != *out)
			return 0;
	}
	return fault_say(f, FAULT_MONTH, m->key,
			 bytes_control(text) ? "?" : bytes_cstr(text, shown, sizeof(shown)), NULL);
}

static int take_months(const struct call *c, struct total_query *q, struct fault *f)
{
	static const struct month_bound from = { "from", 0, false },
					to = { "to", UINT32_MAX, true };
	char a[8], b[8];
	int rc = param_month(c, &from, &q->month_from, f);

	if (rc == 0)
		rc = param_month(c, &to, &q->month_to, f);
	if (rc != 0 || q->month_from <= q->month_to)
		return rc;
	return fault_say(f, FAULT_MONTH_ORDER, "from", month_print(q->month_from, a),
			 month_print(q->month_to, b));
}

/* Words that `by` and `where` know for this kind. */
static const char *dim_names(const struct kind *k, const char *more, char *out, size_t cap)
{
	snprintf(out, cap, "%s", more);
	for (size_t d = 0; d < DIMS_MAX; d++)
		if (k->dims[d] != 0) {
			size_t at = strlen(out);

			snprintf(out + at, cap - at, "%s%s", at > 0 ? ", " : "",
				 field_by_tag(k, k->dims[d])->name);
		}
	return out;
}

/* Which dimension a word names; DIMS_MAX when none. */
static size_t dim_find(const struct kind *k, struct bytes word)
{
	const struct field *field = field_by_name(k, word);

	for (size_t d = 0; field != NULL && d < DIMS_MAX; d++)
		if (k->dims[d] == field->tag)
			return d;
	return DIMS_MAX;
}

static int not_dim(const struct kind *k, const char *where, const char *more, struct bytes word,
		   struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];

	return fault_say(f, FAULT_NOT_DIMENSION, where,
			 bytes_control(word) ? "?" : bytes_cstr(word, shown, sizeof(shown)),
			 dim_names(k, more, names, sizeof(names)));
}

static int take_by(const struct call *c, const struct kind *k, struct total_query *q,
		   struct fault *f)
{
	struct mp_val list;

	if (!param_value(c, "by", &list))
		return 0;
	for (struct mp_rd r = mp_rd_array(list); r.left > 0;) {
		struct bytes word = mp_take_str(&r);
		size_t d = r.err == 0 ? dim_find(k, word) : DIMS_MAX;

		if (bytes_equal(word, BYTES_LIT("month")))
			q->by |= BY_MONTH;
		else if (bytes_equal(word, BYTES_LIT("place")))
			q->by |= BY_PLACE;
		else if (d < DIMS_MAX)
			q->by |= d == 0 ? BY_DIM0 : BY_DIM1;
		else
			return not_dim(k, "by", "month, place", word, f);
	}
	return 0;
}

static int take_code(const struct field *field, struct mp_val v, uint16_t *out, struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX] = "?";
	const struct code *code = NULL;
	struct bytes text = { 0 };
	uint64_t n;

	if (mp_get_uint(v, &n) == 0) {
		code = n <= UINT16_MAX ? code_by_number(field->list, (uint32_t)n) : NULL;
		snprintf(shown, sizeof(shown), "%llu", (unsigned long long)n);
	} else if (mp_get_str(v, &text) == 0) {
		code = code_by_text(field->list, text);
		if (!bytes_control(text))
			bytes_cstr(text, shown, sizeof(shown));
	}
	if (code != NULL) {
		*out = code->code;
		return 0;
	}
	return fault_say(f, FAULT_CODE_UNKNOWN, field->name, shown,
			 reply_code_names(field->list, names, sizeof(names)));
}

static int take_where(const struct call *c, const struct kind *k, struct total_query *q,
		      struct fault *f)
{
	struct mp_val map;
	int rc = 0;

	if (!param_value(c, "where", &map))
		return 0;
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes word = mp_take_str(&r);
		struct mp_val v = mp_take(&r);
		size_t d = r.err == 0 ? dim_find(k, word) : DIMS_MAX;

		if (d == DIMS_MAX)
			return not_dim(k, "where", "", word, f);
		rc = take_code(field_by_tag(k, k->dims[d]), v, &q->dim[d], f);
	}
	return rc;
}

struct asking {
	const struct kind *kind;
	struct total_query q;
	struct view view;
};

/* Begins the view, which the caller ends when 0 is returned. */
static int ask(struct call *c, struct asking *a, struct fault *f)
{
	struct bytes text;
	struct resolve r;

	*a = (struct asking){ 0 };
	int rc = param_kind(c, true, &a->kind, f);

	if (rc == 0)
		rc = take_months(c, &a->q, f);
	if (rc == 0)
		rc = take_by(c, a->kind, &a->q, f);
	if (rc == 0)
		rc = take_where(c, a->kind, &a->q, f);
	if (rc == 0)
		rc = view_begin(c->node->store, &a->view);
	if (rc != 0)
		return rc;
	a->q.kind = a->kind->id;
	a->q.division = c->node->division;
	if (param_text(c, "division", &text) && text.len > 0) {
		resolve_init(&r, c->node, &a->view, NULL, true);
		rc = resolve_division(&r, text, &a->q.division, "division", f);
	} else if (a->q.division == 0) {
		rc = fault_say(f, FAULT_NO_PLACES, "division", NULL, NULL);
	}
	if (rc != 0)
		view_end(&a->view);
	return rc;
}

/* ---- total ---- */

struct totals {
	struct asking *ask;
	struct buf rows;
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

static void put_place_and_month(struct totals *t, const struct total_row *row)
{
	char month[8];

	if (t->row_count == 0 || row->division != t->division) {
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
	mp_put_map(&t->rows, 6);
	buf_put_bytes(&t->rows, buf_bytes(&t->place));
	buf_put_bytes(&t->rows, buf_bytes(&t->when));
	put_dims(&t->rows, t->ask, row);
	reply_uint(&t->rows, "count", row->count);
	reply_int(&t->rows, "sum", row->sum);
	return fen_add(t->sum, row->sum, &t->sum);
}

static int put_fresh(struct call *c, struct buf *b, struct view *v)
{
	const struct desk_fresh *fresh = desk_fresh(c->desk, v, DESK_FRESH_MS);
	struct view_stats stats;
	int rc = view_stats(v, &stats);

	mp_put_cstr(b, "fresh");
	mp_put_map(b, 4);
	reply_uint(b, "order_length", stats.order_length);
	reply_uint(b, "nodes", fresh->nodes);
	reply_uint(b, "nodes_day", fresh->nodes_day);
	reply_int(b, "as_of_ms", wall_ms());
	return rc;
}

static int put_total(struct call *c, struct totals *t)
{
	struct asking *a = t->ask;
	struct buf *b = call_begin(c);

	mp_put_map(b, 8);
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
	reply_int(b, "sum", t->sum);
	return put_fresh(c, b, &a->view);
}

static void total_then(struct call *c)
{
	struct fault f = { 0 };
	struct asking a;
	struct totals t = { .ask = &a };
	char text[24];
	int rc = ask(c, &a, &f);

	if (rc == 0) {
		rc = view_total(&a.view, &a.q, add_total, &t);
		if (rc == BF_EBOUND) {
			snprintf(text, sizeof(text), "%d", TOTAL_ROWS_MAX);
			rc = fault_say(&f, FAULT_TOTAL_ROWS, "by", text, NULL);
		}
		if (rc == 0)
			rc = t.rows.err != 0    ? t.rows.err
			     : t.place.err != 0 ? t.place.err
						: t.when.err;
		if (rc == 0)
			rc = put_total(c, &t);
		view_end(&a.view);
	}
	buf_fini(&t.rows);
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

/* ---- list ---- */

struct listing {
	struct view *view;
	struct buf rows;
	uint32_t count, limit;
	struct ref last;
	bool more;
};

static int add_entry(void *ctx, const struct list_row *row)
{
	struct listing *l = ctx;

	if (l->count == l->limit || l->rows.len > REPLY_BYTES_MAX) {
		l->more = true;
		return 1;
	}
	l->count++;
	l->last = row->ref;
	reply_entry(&l->rows, l->view, row);
	return 0;
}

/* Count and sum of the whole selection: what total says of it. */
static int add_all(void *ctx, const struct total_row *row)
{
	struct totals *t = ctx;

	t->count += row->count;
	return fen_add(t->sum, row->sum, &t->sum);
}

static void put_listing(struct buf *b, const struct listing *l)
{
	mp_put_cstr(b, "rows");
	mp_put_array(b, l->count);
	buf_put_bytes(b, buf_bytes(&l->rows));
	if (l->rows.err != 0 && b->err == 0)
		b->err = l->rows.err;
}

static int take_after(struct call *c, struct list_query *q, struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;

	q->voided = param_bool(c, "voided");
	if (!param_text(c, "after", &text) || ref_parse(text, &q->after) == 0)
		return 0;
	return fault_say(f, FAULT_REF_FORM, "after",
			 bytes_control(text) ? "?" : bytes_cstr(text, shown, sizeof(shown)), NULL);
}

static int list_ask(struct call *c, struct asking *a, struct fault *f)
{
	struct list_query q = { .limit = 0 };
	struct totals all = { .ask = a };
	struct listing l = { .view = &a->view };
	uint64_t limit;
	int rc = param_limit(c, "limit", LIST_ROWS_MAX, LIST_ROWS_DEFAULT, &limit, f);

	if (rc == 0)
		rc = take_after(c, &q, f);
	if (rc != 0)
		return rc;
	l.limit = (uint32_t)limit;
	q.of = a->q;
	q.limit = l.limit + 1; /* one more tells whether there is more */
	rc = view_list(&a->view, &q, add_entry, &l);
	if (rc >= 0)
		rc = view_total(&a->view, &a->q, add_all, &all);
	if (rc == BF_ENOTFOUND) {
		char name[REF_TEXT_MAX];

		fault_say(f, FAULT_REF_UNKNOWN, "after", ref_print(q.after, name), NULL);
	}
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, 4);
		put_listing(b, &l);
		reply_ref(b, "after", l.more ? l.last : (struct ref){ 0 });
		reply_uint(b, "count", all.count);
		reply_int(b, "sum", all.sum);
	}
	buf_fini(&l.rows);
	return rc;
}

static void list_then(struct call *c)
{
	struct fault f = { 0 };
	struct asking a;
	int rc = ask(c, &a, &f);

	if (rc == 0) {
		rc = list_ask(c, &a, &f);
		view_end(&a.view);
	}
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, &f);
}

void methods_list(struct call *c)
{
	call_fresh(c, list_then);
}

/* ---- show ---- */

struct showing {
	struct view *view;
	struct buf entry;
	const struct kind *kind;
	struct ref subject;
};

static int show_entry(void *ctx, const struct list_row *row)
{
	struct showing *s = ctx;

	s->kind = kind_by_id(row->entry.kind);
	s->subject = ref_none(row->entry.subject) ? row->ref : row->entry.subject;
	reply_entry(&s->entry, s->view, row);
	return 0;
}

static int put_state(struct buf *b, struct view *v, const struct showing *s)
{
	struct record state = { 0 };
	struct ref last;
	int rc = 0;

	mp_put_cstr(b, "state");
	if (s->kind == NULL || !s->kind->versioned) {
		mp_put_nil(b);
		return 0;
	}
	record_init(&state, s->kind);
	rc = view_subject(v, s->subject, &state, &last);
	if (rc == 0)
		reply_fields(b, &state);
	record_fini(&state);
	return rc;
}

static int put_shown(struct call *c, struct view *v, struct ref ref, struct fault *f)
{
	struct showing s = { .view = v };
	struct listing about = { .view = v, .limit = SHOW_ABOUT_MAX };
	char name[REF_TEXT_MAX];
	int rc = view_entry(v, ref, show_entry, &s);

	if (rc == BF_ENOTFOUND)
		rc = fault_say(f, FAULT_REF_UNKNOWN, "ref", ref_print(ref, name), NULL);
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, 3);
		mp_put_cstr(b, "entry");
		buf_put_bytes(b, buf_bytes(&s.entry));
		rc = s.entry.err != 0 ? s.entry.err : put_state(b, v, &s);
		if (rc == 0)
			rc = view_about(v, s.subject, SHOW_ABOUT_MAX, add_entry, &about);
		mp_put_cstr(b, "about");
		mp_put_array(b, about.count);
		buf_put_bytes(b, buf_bytes(&about.rows));
		if (rc >= 0)
			rc = about.rows.err;
	}
	buf_fini(&s.entry);
	buf_fini(&about.rows);
	return rc;
}

static int show_ask(struct call *c, struct view *v, struct fault *f)
{
	const struct kind *kind;
	struct resolve r;
	struct bytes text, word;
	struct ref ref;
	int rc;

	resolve_init(&r, c->node, v, NULL, true);
	if (param_text(c, "ref", &text)) {
		rc = ref_parse(text, &ref) == 0 ? 0 : resolve_subject(&r, 0, text, &ref, "ref", f);
	} else if (!param_text(c, "key", &text)) {
		return fault_say(f, FAULT_MISSING_PARAM, "ref", "show", NULL);
	} else if (!param_text(c, "kind", &word)) {
		return fault_say(f, FAULT_MISSING_PARAM, "kind", "show", NULL);
	} else {
		rc = param_kind(c, false, &kind, f);
		if (rc == 0)
			rc = resolve_subject(&r, kind->id, text, &ref, "key", f);
	}
	return rc == 0 ? put_shown(c, v, ref, f) : rc;
}

static void with_view(struct call *c, int (*run)(struct call *c, struct view *v, struct fault *f))
{
	struct fault f = { 0 };
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0) {
		rc = run(c, &v, &f);
		view_end(&v);
	}
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, &f);
}

static void show_then(struct call *c)
{
	with_view(c, show_ask);
}

void methods_show(struct call *c)
{
	call_fresh(c, show_then);
}

/* ---- balance ---- */

/* An account is typed as in a fund record: the model reads and shows it through that field. */
static int balance_ask(struct call *c, struct view *v, struct fault *f)
{
	const struct kind *fund = kind_by_id(KIND_FUND);
	const struct field *field = field_by_name(fund, BYTES_LIT("from"));
	struct record record = { 0 };
	struct buf arena = { 0 }, text = { 0 };
	struct account account;
	struct resolve r;
	struct bytes typed;
	int64_t in = 0, out = 0;
	uint64_t count = 0;
	int rc = buf_reserve(&arena, ACCOUNT_BYTES_MAX);

	record_init(&record, fund);
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
		mp_put_map(b, 5);
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
	with_view(c, balance_ask);
}

void methods_balance(struct call *c)
{
	call_fresh(c, balance_then);
}
