/* SPDX-License-Identifier: Apache-2.0 */
/* card.c -- see card.h. */
#include "daemon/card.h"

#include <stdlib.h>

#include "daemon/listing.h"
#include "daemon/reply.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"
#include "protocol/person.h"

struct person_row {
	struct ref ref;
	uint64_t relation; /* code; 0 when it is not said */
	int32_t birth, left;
	bool away; /* has left */
};

struct card {
	struct view *view;
	struct ref household;
	int32_t today;
	uint64_t counts[KIND_MAX + 1];
	uint32_t looks; /* of this walk */
	bool more;      /* something was beyond a bound */
	struct person_row people[CARD_SUBJECTS_MAX];
	uint32_t people_count;
};

static int put_members(struct buf *b, struct card *c);
static int put_latest(struct buf *b, struct card *c, uint16_t kind, uint32_t limit);
static int put_aid(struct buf *b, struct card *c);
static int put_funds(struct buf *b, struct card *c);

int card_put(struct buf *b, struct view *v, struct ref household, int32_t today)
{
	struct card *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return BF_ENOMEM;
	*c = (struct card){ .view = v, .household = household, .today = today };
	int rc = view_counts(v, household, CARD_LOOKS_MAX, c->counts, &c->more);

	mp_put_map(b, 5);
	if (rc == 0)
		rc = put_members(b, c);
	if (rc == 0) {
		mp_put_cstr(b, "visits");
		mp_put_map(b, 2);
		rc = put_latest(b, c, KIND_VISIT, CARD_VISITS);
	}
	if (rc == 0)
		rc = put_aid(b, c);
	if (rc == 0)
		rc = put_funds(b, c);
	reply_bool(b, "more", c->more);
	free(c);
	return rc;
}

/* ---- walks ---- */

static bool looked_enough(void *ctx)
{
	struct card *c = ctx;

	return c->looks++ == CARD_LOOKS_MAX;
}

/* 0 when it was ended by `each` or by its own bound. */
static int walk(struct card *c, uint16_t kind, uint32_t limit, bool newest,
		int (*each)(void *ctx, const struct list_row *row), void *ctx)
{
	struct list_query q = { .of = { .kind = kind,
					.month_to = UINT32_MAX,
					.stopped = looked_enough,
					.stopped_ctx = c },
				.about = c->household,
				.limit = limit,
				.newest = newest };

	c->looks = 0;
	int rc = view_list(c->view, &q, each, ctx);

	c->more = c->more || rc == BF_ECLOSED;
	return rc == BF_ECLOSED || rc > 0 ? 0 : rc;
}

/* count, rows: the latest entries of the kind. */
static int put_latest(struct buf *b, struct card *c, uint16_t kind, uint32_t limit)
{
	struct listing l;

	listing_init(&l, c->view, limit);
	int rc = walk(c, kind, limit, true, listing_add, &l);

	reply_uint(b, "count", c->counts[kind]);
	listing_put(b, "rows", &l);
	listing_fini(&l);
	return rc;
}

/* ---- members ---- */

static const struct value *field_of(const struct record *r, const char *name)
{
	return record_get(r, field_by_name(r->kind, bytes_str(name))->tag);
}

static bool born(const struct record *member, int32_t *birth)
{
	const struct value *day = field_of(member, "birth"), *id = field_of(member, "id");
	struct person person;

	if (day != NULL)
		*birth = (int32_t)day->i;
	else if (id != NULL && person_parse(id->s, DAY_MAX, NULL, &person, NULL) == 0)
		*birth = person.birth;
	else
		return false;
	return true;
}

int card_age(const struct record *member, int32_t today)
{
	const struct value *left = field_of(member, "left");
	int32_t birth;

	if (left != NULL && left->i < today)
		today = (int32_t)left->i;
	return born(member, &birth) && birth <= today ? day_age(birth, today) : -1;
}

/* An entry that named the household: of whom, for what is said of a person now is read afterwards.
 */
static int add_person(void *ctx, const struct list_row *row)
{
	struct card *c = ctx;
	struct ref ref = ref_none(row->entry.subject) ? row->ref : row->entry.subject;

	for (uint32_t i = 0; i < c->people_count; i++)
		if (ref_equal(c->people[i].ref, ref))
			return 0;
	if (c->people_count == CARD_SUBJECTS_MAX) {
		c->more = true;
		return 1;
	}
	c->people[c->people_count++].ref = ref;
	return 0;
}

/* 1 when the person is registered in the household now. */
static int lives_here(struct card *c, struct person_row *p)
{
	struct record now = { 0 };
	struct ref last;
	int rc = view_voided(c->view, p->ref);

	if (rc != 0)
		return rc < 0 ? rc : 0;
	rc = view_subject(c->view, p->ref, &now, &last);
	const struct value *home = rc == 0 ? field_of(&now, "household") : NULL;
	bool here = home != NULL && ref_equal(ref_get(home->s.p), c->household);

	if (here) {
		const struct value *relation = field_of(&now, "relation");
		const struct value *left = field_of(&now, "left");

		p->relation = relation == NULL ? 0 : relation->u;
		p->birth = DAY_MAX;
		(void)born(&now, &p->birth);
		p->away = left != NULL && left->i <= c->today;
		p->left = left == NULL ? 0 : (int32_t)left->i;
	}
	record_fini(&now);
	return rc == BF_ENOTFOUND ? 0 : rc < 0 ? rc : here;
}

/* Who lives there, the head first, the code list's order being that of kin; who has left, the last
 * first. */
static int by_standing(const void *a, const void *b)
{
	const struct person_row *x = a, *y = b;
	uint64_t i = x->relation == 0 ? UINT64_MAX : x->relation;
	uint64_t j = y->relation == 0 ? UINT64_MAX : y->relation;

	if (x->away != y->away)
		return x->away ? 1 : -1;
	if (x->away && x->left != y->left)
		return x->left > y->left ? -1 : 1;
	if (i != j)
		return i < j ? -1 : 1;
	return x->birth < y->birth ? -1 : x->birth > y->birth;
}

static int put_member(struct buf *b, struct card *c, const struct person_row *p)
{
	struct record now = { 0 };
	struct ref last;
	char day[11];
	int rc = view_subject(c->view, p->ref, &now, &last);

	if (rc == 0) {
		int age = card_age(&now, c->today);

		mp_put_map(b, 4);
		reply_ref(b, "ref", p->ref);
		if (age < 0)
			reply_nil(b, "age");
		else
			reply_uint(b, "age", (uint64_t)age);
		if (p->away)
			reply_cstr(b, "left", day_print(p->left, day));
		else
			reply_nil(b, "left");
		mp_put_cstr(b, "fields");
		reply_fields(b, &now);
	}
	record_fini(&now);
	return rc;
}

static int put_members(struct buf *b, struct card *c)
{
	struct buf rows = { 0 };
	uint32_t here = 0, told = 0;
	int rc = walk(c, KIND_MEMBER, UINT32_MAX, false, add_person, c);

	for (uint32_t i = 0; i < c->people_count && rc >= 0; i++) {
		rc = lives_here(c, &c->people[i]);
		if (rc == 1)
			c->people[here++] = c->people[i];
	}
	qsort(c->people, here, sizeof(c->people[0]), by_standing);
	rc = rc < 0 ? rc : 0;
	while (told < here && told < CARD_MEMBERS_MAX && rows.len < CARD_MEMBERS_BYTES_MAX &&
	       rc == 0)
		rc = put_member(&rows, c, &c->people[told++]);
	c->more = c->more || told < here;
	mp_put_cstr(b, "members");
	mp_put_array(b, told);
	buf_put_buf(b, &rows);
	if (rc == 0)
		rc = rows.err;
	buf_fini(&rows);
	return rc;
}

/* ---- aid and money ---- */

struct adding {
	const struct card *card;
	struct buf *rows;
	uint32_t read, told;
	int64_t sum; /* of the entry that is told and all before it */
};

static int add_amount(void *ctx, const struct list_row *row)
{
	struct adding *a = ctx;

	if (a->read == CARD_AID_MAX)
		return 1;
	a->read++;
	return fen_add(a->sum, row->sum, &a->sum);
}

static int tell_amount(void *ctx, const struct list_row *row)
{
	struct adding *a = ctx;
	int64_t amount = row->sum;

	mp_put_map(a->rows, 2);
	reply_int(a->rows, "total", a->sum);
	mp_put_cstr(a->rows, "entry");
	(void)reply_entry(a->rows, a->card->view, row, false); /* spends the row */
	a->sum -= amount;
	a->told++;
	return a->rows->err;
}

static int put_aid(struct buf *b, struct card *c)
{
	struct buf rows = { 0 };
	struct adding a = { .card = c, .rows = &rows };
	int rc = walk(c, KIND_AID, CARD_AID_MAX, true, add_amount, &a);

	mp_put_cstr(b, "aid");
	mp_put_map(b, 4);
	reply_uint(b, "count", c->counts[KIND_AID]);
	reply_int(b, "sum", a.sum);
	reply_bool(b, "whole", a.read >= c->counts[KIND_AID]);
	if (rc == 0)
		rc = walk(c, KIND_AID, CARD_AID, true, tell_amount, &a);
	mp_put_cstr(b, "rows");
	mp_put_array(b, a.told);
	buf_put_buf(b, &rows);
	if (rc == 0)
		rc = rows.err;
	buf_fini(&rows);
	return rc;
}

static int put_funds(struct buf *b, struct card *c)
{
	struct account account = { .type = ACCOUNT_HOUSEHOLD, .household = c->household };
	int64_t in = 0, out = 0;
	uint64_t count = 0;
	int rc = view_balance(c->view, &account, &in, &out, &count);

	if (rc != 0 && rc != BF_ENOTFOUND) /* an account that nothing moved holds nothing */
		return rc;
	mp_put_cstr(b, "funds");
	mp_put_map(b, 5);
	reply_int(b, "in", in);
	reply_int(b, "out", out);
	reply_int(b, "balance", in - out);
	return put_latest(b, c, KIND_FUND, CARD_FUNDS);
}
