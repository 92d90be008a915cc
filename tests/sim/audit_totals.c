/* SPDX-License-Identifier: Apache-2.0 */
/* audit_totals.c -- see audit_totals.h. */
#include "tests/sim/audit_totals.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit.h"
#include "tests/sim/truth.h"

enum { QUESTIONS = 3, LIST_MANY = 1000000 };

static const uint64_t areas[] = {
	150000000000, 150100000000, 150700000000, 150722000000, 150722102000,
	150723000000, 150105000000, 150722102204, 150103007000, 150105101201,
};

struct compared {
	struct world *w;
	struct node *n;
	const struct total_query *q;
	struct truth_rows want;
	size_t at;
	uint64_t count;
	int64_t sum;
};

static _Noreturn void differs(struct compared *c, const struct total_row *got)
{
	const struct total_row *want = c->at < c->want.count ? &c->want.row[c->at] : NULL;

	world_broken(c->w, "I4",
		     "n%d total kind %u of %" PRIu64 " by %u, row %zu: has %" PRIu64
		     "/%u/%u/%u %" PRIu64 " %" PRId64 ", fed in %" PRIu64 "/%u/%u/%u %" PRIu64
		     " %" PRId64,
		     c->n->index, c->q->kind, c->q->division, c->q->by, c->at,
		     got == NULL ? 0 : got->division, got == NULL ? 0 : got->month,
		     got == NULL ? 0 : got->dim[0], got == NULL ? 0 : got->dim[1],
		     got == NULL ? 0 : got->count, got == NULL ? 0 : got->sum,
		     want == NULL ? 0 : want->division, want == NULL ? 0 : want->month,
		     want == NULL ? 0 : want->dim[0], want == NULL ? 0 : want->dim[1],
		     want == NULL ? 0 : want->count, want == NULL ? 0 : want->sum);
}

static int compare_row(void *ctx, const struct total_row *got)
{
	struct compared *c = ctx;

	if (got->count == 0 && got->sum == 0)
		return 0;
	const struct total_row *want = c->at < c->want.count ? &c->want.row[c->at] : NULL;
	if (want == NULL || want->division != got->division || want->month != got->month ||
	    want->dim[0] != got->dim[0] || want->dim[1] != got->dim[1] ||
	    want->count != got->count || want->sum != got->sum)
		differs(c, got);
	c->count += got->count;
	c->sum += got->sum;
	c->at++;
	return 0;
}

static void ask(struct world *w, struct node *n, struct view *v, const struct truth *t,
		const struct total_query *q, struct compared *c)
{
	*c = (struct compared){ .w = w, .n = n, .q = q };
	truth_total(t, q, &c->want);
	int rc = view_total(v, q, compare_row, c);
	if (rc != 0)
		world_broken(w, "I4", "n%d: total gives %s", n->index, bf_error_name(rc));
	if (c->at != c->want.count)
		differs(c, NULL);
	free(c->want.row);
}

static void ask_some(struct world *w, struct node *n, struct view *v, const struct truth *t)
{
	struct compared c;

	for (int i = 0; i < QUESTIONS; i++) {
		struct total_query q = { .month_to = UINT32_MAX };

		q.kind = (uint16_t)rng_between(&w->rng, KIND_HOUSEHOLD, KIND_SERVICE);
		q.division = rng_chance(&w->rng, 400)
				 ? areas[0]
				 : areas[rng_below(&w->rng, sizeof areas / sizeof *areas)];
		q.by = (uint32_t)rng_below(&w->rng, 16);
		if (rng_chance(&w->rng, 300))
			q.month_from = (uint32_t)(2025 * 12 + rng_below(&w->rng, 24));
		if (rng_chance(&w->rng, 300))
			q.month_to = (uint32_t)(2025 * 12 + rng_below(&w->rng, 24));
		if (rng_chance(&w->rng, 200))
			q.dim[rng_below(&w->rng, DIMS_MAX)] = (uint16_t)rng_between(&w->rng, 1, 4);
		ask(w, n, v, t, &q, &c);
	}
}

/* ---- the list behind a figure ---- */

struct listed {
	uint64_t count;
	uint64_t digest;
};

static int count_row(void *ctx, const struct list_row *row)
{
	struct listed *l = ctx;

	l->count++;
	l->digest = (l->digest ^ row->ref.origin ^ row->ref.seq << 1 ^ (uint64_t)row->voided) *
		    UINT64_C(0x100000001b3);
	return 0;
}

static void ask_all(struct world *w, struct node *n, struct view *v, const struct truth *t)
{
	struct compared c;

	for (uint16_t kind = KIND_HOUSEHOLD; kind <= KIND_SERVICE; kind++) {
		for (size_t i = 0; i < sizeof areas / sizeof *areas; i++) {
			struct total_query q = { .kind = kind,
						 .division = areas[i],
						 .month_to = UINT32_MAX };

			q.by = BY_MONTH | BY_DIM0 | BY_DIM1;
			ask(w, n, v, t, &q, &c);
			q.by = BY_PLACE;
			ask(w, n, v, t, &q, &c);
			struct list_query lq = { .of = q, .limit = LIST_MANY };
			struct listed got = { 0 };
			int rc = view_list(v, &lq, count_row, &got);
			if (rc != 0 || got.count != c.count)
				world_broken(w, "I4",
					     "n%d: %" PRIu64 " entries behind a total of %" PRIu64,
					     n->index, got.count, c.count);
		}
	}
}

/* ---- accounts ---- */

static void one_account(struct world *w, struct node *n, struct view *v, const struct truth *t,
			struct bytes raw, int64_t *net)
{
	struct account account;
	int64_t in = 0, out = 0, want_in, want_out;
	uint64_t count = 0, want_count;

	BF_REQUIRE(account_take(raw, &account) == 0);
	truth_balance(t, raw, &want_in, &want_out, &want_count);
	int rc = view_balance(v, &account, &in, &out, &count);
	if (rc != 0 && rc != BF_ENOTFOUND)
		world_broken(w, "I7", "n%d: balance gives %s", n->index, bf_error_name(rc));
	if (in != want_in || out != want_out || count != want_count)
		world_broken(w, "I7",
			     "n%d account %u: in %" PRId64 " out %" PRId64 " of %" PRIu64
			     ", fed in %" PRId64 " %" PRId64 " %" PRIu64,
			     n->index, raw.p[0], in, out, count, want_in, want_out, want_count);
	*net += in - out;
}

static bool named_before(const struct truth *t, size_t at, struct bytes raw, bool payer)
{
	for (size_t i = 0; i <= at; i++) {
		const struct fact *f = t->entry[i].fact;

		if (!f->moves)
			continue;
		if ((i < at || !payer) && bytes_equal(raw, bytes_of(f->from, f->from_len)))
			return true;
		if (i < at && bytes_equal(raw, bytes_of(f->to, f->to_len)))
			return true;
	}
	return false;
}

/* I7: every account once, and all of them together nothing. */
static void all_accounts(struct world *w, struct node *n, struct view *v, const struct truth *t)
{
	int64_t net = 0;

	for (size_t i = 0; i < t->count; i++) {
		const struct fact *f = t->entry[i].fact;
		struct bytes from = bytes_of(f->from, f->from_len), to = bytes_of(f->to, f->to_len);

		if (!f->moves)
			continue;
		if (!named_before(t, i, from, true))
			one_account(w, n, v, t, from, &net);
		if (!named_before(t, i, to, false))
			one_account(w, n, v, t, to, &net);
	}
	if (net != 0)
		world_broken(w, "I7", "n%d: the accounts add up to %" PRId64, n->index, net);
}

static void some_account(struct world *w, struct node *n, struct view *v, const struct truth *t)
{
	int64_t net = 0;

	if (t->count == 0)
		return;
	const struct fact *f = t->entry[rng_below(&w->rng, t->count)].fact;
	if (f->moves) {
		one_account(w, n, v, t, bytes_of(f->from, f->from_len), &net);
		one_account(w, n, v, t, bytes_of(f->to, f->to_len), &net);
	}
}

/* ---- all of it ---- */

static void visible(struct world *w, struct node *n, struct view *v, uint64_t heads[NODES_MAX])
{
	struct head head;

	for (int i = 0; i < w->nodes; i++) {
		const struct node *of = &w->node[i];

		heads[i] = 0;
		if ((n->hub || of == n) && view_head(v, of->origin, &head) == 0)
			heads[i] = head.seq;
	}
}

static void counts(struct world *w, struct node *n, struct view *v, const struct truth *t)
{
	struct view_stats s;

	BF_REQUIRE(view_stats(v, &s) == 0);
	if (s.entries != t->count)
		world_broken(w, "I2", "n%d counts %" PRIu64 " entries of %zu", n->index, s.entries,
			     t->count);
	for (int k = 0; k <= KIND_MAX; k++)
		if (s.by_kind[k] != t->by_kind[k])
			world_broken(w, "I2", "n%d counts %" PRIu64 " of kind %d, fed in %" PRIu64,
				     n->index, s.by_kind[k], k, t->by_kind[k]);
}

void audit_totals(struct world *w, struct node *n, struct view *v, bool all)
{
	uint64_t heads[NODES_MAX];
	struct truth t;

	visible(w, n, v, heads);
	truth_open(&t, w, heads);
	counts(w, n, v, &t);
	if (all) {
		ask_all(w, n, v, &t);
		all_accounts(w, n, v, &t);
	} else {
		ask_some(w, n, v, &t);
		some_account(w, n, v, &t);
	}
	truth_close(&t);
}

static int digest_row(void *ctx, const struct total_row *row)
{
	uint64_t *d = ctx;
	const uint64_t words[] = { row->division, row->month, row->dim[0],
				   row->dim[1],   row->count, (uint64_t)row->sum };

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		*d = (*d ^ words[i]) * UINT64_C(0x100000001b3);
	return 0;
}

uint64_t audit_digest(struct world *w, struct node *n, struct view *v)
{
	struct view_stats s;
	uint64_t digest = n->origin;

	(void)w;
	BF_REQUIRE(view_stats(v, &s) == 0);
	digest ^= s.entries << 40 ^ s.origins << 20 ^ s.order_length ^ be64_get(s.order_hash.b);
	for (uint16_t kind = KIND_HOUSEHOLD; kind <= KIND_SERVICE; kind++) {
		struct total_query q = { .kind = kind,
					 .division = areas[0],
					 .month_to = UINT32_MAX };
		struct list_query lq = { .of = q, .limit = LIST_MANY, .voided = true };
		struct listed listed = { 0 };

		q.by = BY_MONTH | BY_DIM0 | BY_DIM1;
		BF_REQUIRE(view_total(v, &q, digest_row, &digest) == 0);
		BF_REQUIRE(view_list(v, &lq, count_row, &listed) == 0);
		digest = (digest ^ listed.digest ^ listed.count) * UINT64_C(0x100000001b3);
	}
	return digest;
}
