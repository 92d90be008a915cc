/* SPDX-License-Identifier: Apache-2.0 */
/* fact.c -- see fact.h. */
#include "tests/sim/fact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_USUAL = 30, DAY_2025 = 20089, DAYS_TWO_YEARS = 730, REFS_MOST = 4 };

static const char *const syllables[] = { "走访", "慰问", "化肥", "羊", "低保",
					 "水",   "a",    "7",    "，", "é" };

/* ---- choosing ---- */

/* The creating entry of `kind` in the node's own log, any of them; none when there is none. */
static struct ref some_entity(struct world *w, const struct node *n, uint16_t kind)
{
	uint64_t at = rng_below(&w->facts, n->log.count);

	for (uint64_t i = 0; i < n->log.count; i++, at = (at + 1) % n->log.count)
		if (n->log.facts[at]->kind == kind && ref_none(n->log.facts[at]->subject))
			return (struct ref){ n->origin, at + 1 };
	return (struct ref){ 0 };
}

static struct ref newest_of(const struct node *n, struct ref subject)
{
	for (uint64_t i = n->log.count; i-- > 0;)
		if (ref_equal(n->log.facts[i]->subject, subject))
			return (struct ref){ n->origin, i + 1 };
	return subject;
}

/* What may be declared void: anything of its own; at the hub also what it has stored of others. */
static struct ref some_target(struct world *w, const struct node *n)
{
	const struct node *of = n;
	uint64_t count;

	if (n->hub && rng_chance(&w->facts, 500))
		of = &w->node[1 + rng_below(&w->facts, (uint64_t)w->nodes - 1)];
	count = of == n ? of->log.count : of->log.hub_synced;
	if (count == 0)
		return (struct ref){ 0 };
	uint64_t at = rng_below(&w->facts, count);
	if (of->log.facts[at]->kind == KIND_VOID)
		return (struct ref){ 0 };
	return (struct ref){ of->origin, at + 1 };
}

static uint16_t draw_kind(struct world *w, const struct node *n)
{
	static const uint16_t station[] = {
		KIND_VISIT, KIND_VISIT,     KIND_VISIT,     KIND_FUND,     KIND_FUND,
		KIND_AID,   KIND_HOUSEHOLD, KIND_AID,       KIND_ACTIVITY, KIND_SERVICE,
		KIND_VOID,  KIND_MEMBER,    KIND_HOUSEHOLD, KIND_VOID,
	};
	static const uint16_t hub[] = { KIND_FUND, KIND_FUND, KIND_FUND, KIND_VOID, KIND_VOID };

	return n->hub ? hub[rng_below(&w->facts, sizeof hub / sizeof *hub)]
		      : station[rng_below(&w->facts, sizeof station / sizeof *station)];
}

/* ---- values ---- */

static void put_text(struct rng *r, bool fat, const struct field *f, struct buf *b)
{
	int64_t most = rng_chance(r, fat ? 700 : 20) ? f->max
		       : f->max < TEXT_USUAL         ? f->max
						     : TEXT_USUAL;
	int64_t len = rng_between(r, f->min, most);
	struct buf text = { 0 };

	while ((int64_t)text.len < len) {
		const char *s = syllables[rng_below(r, sizeof syllables / sizeof *syllables)];

		if ((int64_t)(text.len + strlen(s)) > len)
			s = "x";
		buf_put(&text, s, strlen(s));
	}
	mp_put_str(b, buf_bytes(&text));
	buf_fini(&text);
}

static void put_digits(struct rng *r, size_t len, struct buf *b)
{
	char digits[40];

	for (size_t i = 0; i < len; i++)
		digits[i] = (char)('0' + rng_below(r, 10));
	mp_put_str(b, bytes_of(digits, len));
}

/* GB 11643-1999: seventeen digits and the character that makes the weighted sum 1 modulo 11. */
static void put_id(struct rng *r, struct buf *b)
{
	char id[24];
	unsigned sum = 0;
	unsigned year = (unsigned)rng_between(r, 1930, 2020);
	unsigned month = (unsigned)rng_between(r, 1, 12);
	unsigned day = (unsigned)rng_between(r, 1, 28);

	(void)snprintf(id, sizeof id, "150722%04u%02u%02u%03u", year, month, day,
		       (unsigned)rng_below(r, 1000));
	for (int i = 0; i < 17; i++)
		sum = (sum + (unsigned)(id[i] - '0')) * 2 % 11;
	id[17] = "0123456789X"[(12 - sum) % 11];
	mp_put_str(b, bytes_of(id, 18));
}

static int64_t draw_amount(struct rng *r, const struct field *f)
{
	if (rng_chance(r, 20))
		return rng_chance(r, 500) ? f->min : f->max;
	int64_t most = INT64_C(1) << rng_between(r, 1, 30);

	return f->min +
	       (int64_t)rng_below(r, (uint64_t)(most < f->max - f->min ? most : f->max - f->min));
}

static uint64_t draw_codes(struct rng *r, const struct code_list *l)
{
	uint64_t bits = 0;

	for (int k = 0; k < 2; k++) {
		uint16_t code = l->codes[rng_below(r, l->count)].code;

		if (code >= 1 && code <= 32)
			bits |= UINT64_C(1) << (code - 1);
	}
	return bits == 0 ? 1 : bits;
}

static size_t draw_account(struct world *w, const struct node *n, uint8_t out[ACCOUNT_BYTES_MAX])
{
	struct ref h = some_entity(w, n, KIND_HOUSEHOLD);
	uint64_t division = rng_chance(&w->facts, 500) ? UINT64_C(150000000000) : n->division;

	switch (rng_below(&w->facts, 3)) {
	case 0:
		if (!ref_none(h)) {
			out[0] = 2;
			ref_put(h, out + 1);
			return 17;
		}
		break;
	case 1:
		out[0] = 3;
		out[1] = (uint8_t)rng_between(&w->facts, 1, 3);
		return 2;
	default:
		break;
	}
	out[0] = 1;
	be64_put(out + 1, division);
	return 9;
}

/* Year and month of a day number, by counting days: slow and plain on purpose. */
static uint32_t month_of(int32_t day)
{
	static const int lengths[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = 1970, month = 0;

	for (;; month = 0, year++) {
		int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (; month < 12; month++) {
			int length = lengths[month] + (month == 1 ? leap : 0);

			if (day < length)
				return (uint32_t)(year * 12 + month);
			day -= length;
		}
	}
}

/* ---- one field ---- */

static bool among(const uint8_t *refs, size_t count, const uint8_t ref[REF_BYTES])
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(refs + i * REF_BYTES, ref, REF_BYTES) == 0)
			return true;
	return false;
}

/* One or several different ones; of an entry that nobody knows when there is none yet. */
static void put_refs(struct world *w, struct node *n, struct fact *x, const struct field *f,
		     struct buf *b)
{
	uint8_t raw[REFS_MOST * REF_BYTES];
	size_t tries = f->type == T_REFS ? 1 + (size_t)rng_below(&w->facts, REFS_MOST) : 1,
	       count = 0;

	for (size_t i = 0; i < tries; i++) {
		struct ref target = x->voids;

		if (x->kind != KIND_VOID)
			target = some_entity(w, n, f->of);
		if (ref_none(target))
			target = (struct ref){ UINT64_C(0x1122334455667788), 1 + i };
		ref_put(target, raw + count * REF_BYTES);
		count += !among(raw, count, raw + count * REF_BYTES);
	}
	if (f->type == T_REFS && x->counts)
		x->sum = (int64_t)count;
	mp_put_bin(b, bytes_of(raw, count * REF_BYTES));
}

static void put_account(struct world *w, struct node *n, struct fact *x, const struct field *f,
			struct buf *b)
{
	bool from = strcmp(f->name, "from") == 0;
	uint8_t *out = from ? x->from : x->to;
	size_t len = draw_account(w, n, out);

	if (from)
		x->from_len = len;
	else
		x->to_len = len;
	mp_put_bin(b, bytes_of(out, len));
}

/* A number, and what it means when it is one that the schema counts by. */
static void put_number(struct world *w, struct node *n, struct fact *x, const struct kind *k,
		       const struct field *f, struct buf *b)
{
	struct rng *r = &w->facts;
	uint64_t v = 0;

	if (f->type == T_DIVISION)
		v = rng_chance(r, 100) ? n->division / 1000000 * 1000000 : n->division;
	else if (f->type == T_CODE)
		v = f->list->codes[rng_below(r, f->list->count)].code;
	else if (f->type == T_CODES)
		v = draw_codes(r, f->list);
	else
		v = (uint64_t)draw_amount(r, f);
	for (int i = 0; i < DIMS_MAX; i++)
		if (k->dims[i] == f->tag)
			x->dim[i] = (uint16_t)v;
	if (k->place == f->tag)
		x->division = v;
	if (k->sum == f->tag)
		x->sum = (int64_t)v;
	mp_put_uint(b, v);
}

static void put_day(struct world *w, struct fact *x, const struct kind *k, const struct field *f,
		    struct buf *b)
{
	int32_t day = DAY_2025 + (int32_t)rng_below(&w->facts, DAYS_TWO_YEARS);

	if (k->day == f->tag)
		x->month = month_of(day);
	mp_put_int(b, day);
}

/* Of one that nobody knows: it is passed on and counts nowhere. */
static void put_each(struct world *w, const struct kind *k, const struct field *f, struct buf *b)
{
	const struct field *one = field_by_tag(k, (uint32_t)f->min);
	uint8_t bin[REF_BYTES];

	ref_put((struct ref){ UINT64_C(0x1122334455667788), 1 + rng_below(&w->facts, 9) }, bin);
	mp_put_array(b, 2);
	mp_put_bin(b, bytes_of(bin, sizeof bin));
	if (one->type == T_TEXT)
		put_text(&w->facts, w->fat, one, b);
	else
		mp_put_uint(b, (uint64_t)draw_amount(&w->facts, one));
}

static void put_field(struct world *w, struct node *n, struct fact *x, const struct kind *k,
		      const struct field *f, struct buf *b)
{
	switch ((enum field_type)f->type) {
	case T_TEXT:
		put_text(&w->facts, w->fat, f, b);
		return;
	case T_ID:
		put_id(&w->facts, b);
		return;
	case T_PHONE:
		put_digits(&w->facts, 11, b);
		return;
	case T_BANK:
		put_digits(&w->facts, 19, b);
		return;
	case T_BOOL:
		mp_put_bool(b, rng_chance(&w->facts, 500));
		return;
	case T_DAY:
		put_day(w, x, k, f, b);
		return;
	case T_REF:
	case T_REFS:
		put_refs(w, n, x, f, b);
		return;
	case T_ACCOUNT:
		put_account(w, n, x, f, b);
		return;
	case T_EACH:
		put_each(w, k, f, b);
		return;
	case T_DIVISION:
	case T_FEN:
	case T_COUNT:
	case T_DECIMAL:
	case T_MINUTES:
	case T_CODE:
	case T_CODES:
		put_number(w, n, x, k, f, b);
		return;
	}
}

/* A body that the product would not take proves nothing: the generator is wrong then. */
static void must_be_valid(struct world *w, const struct fact *x, const struct kind *k)
{
	struct record r = { 0 };

	record_init(&r, k);
	int rc = record_take(&r, k, bytes_of(x->body, x->body_len));
	record_fini(&r);
	if (rc != 0)
		world_broken(w, "SETUP", "a body of kind %s is refused: %s", k->name,
			     bf_error_name(rc));
}

static void draw_body(struct world *w, struct node *n, struct fact *x, const struct kind *k)
{
	struct buf pairs = { 0 }, body = { 0 };
	uint32_t count = 0;

	for (size_t i = 0; i < k->count; i++) {
		const struct field *f = &k->fields[i];

		if ((f->flags & F_REQUIRED) == 0 &&
		    !rng_chance(&w->facts, k->count > 20 ? 100 : 400))
			continue;
		mp_put_uint(&pairs, f->tag);
		put_field(w, n, x, k, f, &pairs);
		count++;
	}
	if (rng_chance(&w->facts, 50)) { /* a field of a newer program */
		mp_put_uint(&pairs, 120);
		mp_put_uint(&pairs, rng_u64(&w->facts));
		count++;
	}
	mp_put_map(&body, count);
	buf_put_bytes(&body, buf_bytes(&pairs));
	BF_REQUIRE(body.err == 0 && pairs.err == 0);
	buf_fini(&pairs);
	x->body = body.p;
	x->body_len = body.len;
	must_be_valid(w, x, k);
}

struct fact *fact_draw(struct world *w, struct node *n)
{
	struct fact *x = calloc(1, sizeof *x);
	struct ref target = some_target(w, n), entity;

	BF_REQUIRE(x != NULL);
	x->kind = draw_kind(w, n);
	if (x->kind == KIND_VOID && ref_none(target))
		x->kind = KIND_FUND;
	const struct kind *k = kind_by_id(x->kind);
	(void)snprintf(x->author, sizeof x->author, "u%u", (unsigned)rng_below(&w->facts, 5));
	if (x->kind == KIND_VOID) {
		x->subject = x->voids = target;
	} else if (k->versioned && rng_chance(&w->facts, 300)) {
		entity = some_entity(w, n, x->kind);
		x->subject = entity;
		if (!ref_none(entity) && rng_chance(&w->facts, 800))
			x->base = newest_of(n, entity);
	}
	x->counts = k->place != 0 && k->day != 0 && ref_none(x->subject);
	draw_body(w, n, x, k);
	x->moves = x->kind == KIND_FUND;
	return x;
}

void fact_draft(const struct fact *f, struct draft *d)
{
	d->author = bytes_str(f->author);
	d->kind = f->kind;
	d->subject = f->subject;
	d->base = f->base;
	d->body = bytes_of(f->body, f->body_len);
}

void fact_free(struct fact *f)
{
	if (f == NULL)
		return;
	free(f->body);
	free(f->raw);
	free(f);
}
