/* SPDX-License-Identifier: Apache-2.0 */
/* methods_places.c -- another edition of the table of divisions: what it changes is told, and what
 * only a slip of the hand would do wants `force`.
 *
 *   rows -> compare with the table (loop) -> refuse, tell (check), or put (writer) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/place_diff.h"

enum { CHANGES_ROWS_MAX = 1000 /* told in one answer */ };

struct placing {
	struct job job;
	struct call *call;
	struct bytes edition;
	struct place *rows;
	size_t count;
	struct place_range range;
	bool check;
	struct act act;
	/* What it changes. */
	char before[64]; /* the edition; "": none yet */
	bool older;
	uint64_t foreign, first_foreign, added, renamed, used, first_used;
	struct buf gone; /* codes, a uint64_t each */
	struct buf changes;
	uint64_t after;
	uint32_t told;
	bool more;
};

static void placing_drop(void *own)
{
	struct placing *p = own;

	free(p->rows);
	buf_fini(&p->gone);
	buf_fini(&p->changes);
	free(p);
}

static struct placing *placing_of(struct job *job)
{
	return (struct placing *)(void *)((char *)job - offsetof(struct placing, job));
}

/* ---- the rows ---- */

/* A code as 12 digits or as a number, then its name. */
static int take_place(struct mp_rd *r, struct place *out)
{
	struct mp_val code = mp_take(r);
	struct bytes text;

	out->name = mp_take_str(r);
	if (r->err != 0)
		return r->err;
	if (mp_get_str(code, &text) == 0)
		return division_parse(bytes_trim(text), &out->code);
	return mp_get_uint(code, &out->code);
}

static int take_places(struct placing *p, struct fault *f)
{
	struct mp_val rows;
	char item[24];
	int rc = 0;

	param_value(p->call, "rows", &rows);
	struct mp_rd r = mp_rd_array(rows);

	p->rows = calloc(mp_count(rows) / 2 + 1, sizeof(*p->rows));
	if (p->rows == NULL)
		return BF_ENOMEM;
	while (rc == 0 && r.left > 0) {
		rc = take_place(&r, &p->rows[p->count]);
		p->count += rc == 0;
	}
	if (rc == 0 && p->count > 0)
		return 0;
	snprintf(item, sizeof(item), "%zu", p->count * 2 + 1);
	return fault_say(f, FAULT_ROWS_PAIRS, "rows", item, NULL);
}

/* ---- what they change ---- */

static const char *const change_names[] = {
	[PLACE_ADDED] = "added", [PLACE_RENAMED] = "renamed", [PLACE_GONE] = "gone"
};

static void put_text(struct buf *b, const char *key, struct bytes text)
{
	if (text.len > 0)
		reply_str(b, key, text);
	else
		reply_nil(b, key);
}

static void put_change(struct placing *p, const struct place_change *x)
{
	struct buf *b = &p->changes;

	if (!p->check || x->code <= p->after)
		return;
	p->more = p->told == CHANGES_ROWS_MAX;
	if (p->more)
		return;
	p->told++;
	mp_put_map(b, 5);
	reply_cstr(b, "change", change_names[x->what]);
	reply_code(b, "code", x->code);
	put_text(b, "was", x->was);
	put_text(b, "name", x->is);
	reply_bool(b, "used", x->used);
}

static int on_change(void *ctx, const struct place_change *x)
{
	struct placing *p = ctx;

	put_change(p, x);
	p->added += x->what == PLACE_ADDED;
	p->renamed += x->what == PLACE_RENAMED;
	if (x->used && p->used++ == 0)
		p->first_used = x->code;
	if (x->what == PLACE_GONE)
		buf_put(&p->gone, &x->code, sizeof x->code);
	return p->gone.err != 0 ? p->gone.err : p->changes.err;
}

static int by_code(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return (x->code > y->code) - (x->code < y->code);
}

/* A year before a year; what does not begin with one is neither older nor newer. */
static bool is_older(const char *edition, const char *than)
{
	long a = strtol(edition, NULL, 10), b = strtol(than, NULL, 10);

	return a > 0 && b > 0 && a < b;
}

static void weigh(struct placing *p, const struct node *n)
{
	char edition[64];

	p->older = is_older(bytes_cstr(p->edition, edition, sizeof(edition)), p->before);
	for (size_t i = 0; i < p->count; i++)
		if (n->division != 0 &&
		    division_at(p->rows[i].code, 1) != division_at(n->division, 1) &&
		    p->foreign++ == 0)
			p->first_foreign = p->rows[i].code;
}

/* The rows as they came are kept for those who are told of one by its number. */
static int compare(struct placing *p, struct view *v)
{
	struct place *sorted = malloc(p->count * sizeof(*sorted));
	struct bytes before;

	if (sorted == NULL)
		return BF_ENOMEM;
	memcpy(sorted, p->rows, p->count * sizeof(*sorted));
	qsort(sorted, p->count, sizeof(*sorted), by_code);
	if (place_edition(v, &before) == 0)
		(void)bytes_cstr(before, p->before, sizeof(p->before));
	weigh(p, p->call->node);
	/* More of the present edition only adds to it. */
	if (p->check && bytes_equal(p->edition, bytes_str(p->before)))
		p->range = (struct place_range){ 0 };
	int rc = place_compare(v, sorted, p->count, p->range, on_change, p);

	free(sorted);
	return rc;
}

static int refuse(const struct placing *p, struct fault *f)
{
	char count[24], code[DIVISION_DIGITS + 1], edition[64];

	if (param_bool(p->call, "force") || p->check)
		return 0;
	if (p->older)
		return fault_say(f, FAULT_PLACES_OLDER, NULL,
				 bytes_cstr(p->edition, edition, sizeof(edition)), p->before);
	if (p->foreign > 0) {
		snprintf(count, sizeof(count), "%llu", (unsigned long long)p->foreign);
		return fault_say(f, FAULT_PLACES_FOREIGN, NULL, count,
				 division_print(p->first_foreign, code));
	}
	snprintf(count, sizeof(count), "%llu", (unsigned long long)p->used);
	return p->used == 0 ? 0
			    : fault_say(f, FAULT_PLACES_USED, NULL, count,
					division_print(p->first_used, code));
}

/* ---- */

static void answer(struct placing *p)
{
	struct buf *b = call_begin(p->call);

	mp_put_map(b, p->check ? 10 : 8);
	reply_uint(b, "rows", p->count);
	put_text(b, "edition", bytes_str(p->before));
	reply_bool(b, "older", p->older);
	reply_uint(b, "foreign", p->foreign);
	reply_uint(b, "added", p->added);
	reply_uint(b, "renamed", p->renamed);
	reply_uint(b, "gone", p->gone.len / sizeof(uint64_t));
	reply_uint(b, "used", p->used);
	if (p->check) {
		mp_put_cstr(b, "changes");
		mp_put_array(b, p->told);
		buf_put_buf(b, &p->changes);
		reply_bool(b, "more", p->more);
	}
	call_end(p->call);
}

static int placing_run(struct job *job, struct store *store)
{
	struct placing *p = placing_of(job);

	return place_replace(store, p->edition, p->rows, p->count, (const void *)p->gone.p,
			     p->gone.len / sizeof(uint64_t), &p->act, &job->fault);
}

static void placing_done(struct job *job)
{
	struct placing *p = placing_of(job);

	if (job->rc != 0) {
		methods_fail(p->call, job->rc, &job->fault);
		return;
	}
	act_tell(&p->act);
	answer(p);
}

static int prepare(struct placing *p, struct fault *f)
{
	struct call *c = p->call;
	struct view v;

	(void)param_text(c, "edition", &p->edition);
	(void)param_uint(c, "from", &p->range.from);
	(void)param_uint(c, "until", &p->range.until);
	(void)param_uint(c, "after", &p->after);
	p->check = param_bool(c, "check");
	p->act = act_by(c->author);
	int rc = take_places(p, f);

	if (rc == 0)
		rc = view_begin(c->node->store, &v);
	if (rc == 0)
		rc = view_done(&v, compare(p, &v));
	return rc == 0 ? refuse(p, f) : rc;
}

static void places_then(struct call *c)
{
	struct placing *p = methods_own(c, sizeof(*p));
	struct fault f = { 0 };

	if (p == NULL)
		return;
	c->drop = placing_drop;
	p->call = c;
	p->job = (struct job){ .sort = JOB_DIRECT, .run = placing_run, .done = placing_done };
	int rc = prepare(p, &f);

	if (rc == 0 && p->check) {
		answer(p);
		return;
	}
	if (rc == 0)
		rc = writer_put(c->node->writer, &p->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}

/* Whether a code is in use is asked of what was saved before. */
void methods_places(struct call *c)
{
	call_fresh(c, places_then);
}
