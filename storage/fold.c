/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c -- see fold.h. */
#include "storage/fold.h"

#include <stdlib.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/flag.h"

static const struct value *value_of(const struct record *r, uint8_t tag)
{
	return tag == 0 ? NULL : record_get(r, tag);
}

/* The number a tally adds up: the value itself, or how many are named (人次). */
static int64_t sum_of(const struct record *r)
{
	uint8_t tag = r->kind->sum;
	const struct value *v = value_of(r, tag);

	if (v == NULL)
		return 0;
	switch (field_by_tag(r->kind, tag)->type) {
	case T_FEN:
		return v->i;
	case T_COUNT:
	case T_MINUTES:
		return v->u > INT64_MAX ? INT64_MAX : (int64_t)v->u;
	case T_REFS:
		return (int64_t)(v->s.len / REF_BYTES);
	default:
		return 0;
	}
}

/* The kind's own record, used again and again. */
static struct record *slot_of(struct fold *fold, const struct kind *kind)
{
	struct record **slot = &fold->records[kind->id];

	if (*slot == NULL)
		*slot = calloc(1, sizeof **slot);
	return *slot;
}

/* The decoded body; *out NULL when it is not understood, and `flaw` says where it is malformed. */
static int decode(struct fold *fold, const struct entry *e, const struct record **out,
		  struct flaw *flaw)
{
	const struct kind *kind = kind_by_id(e->kind);

	*out = NULL;
	*flaw = (struct flaw){ 0 };
	if (kind == NULL || kind->id > KIND_MAX)
		return 0;
	struct record *r = slot_of(fold, kind);

	if (r == NULL)
		return BF_ENOMEM;
	flaw->rc = record_take_scanned(r, kind, e->body);
	flaw->tag = r->wrong;
	if (flaw->rc != 0)
		return 0;
	int64_t sum = sum_of(r);

	if (sum < 0 || sum > FOLD_SUM_MAX)
		*flaw = (struct flaw){ BF_EBOUND, kind->sum };
	else
		*out = r;
	return 0;
}

int fold_judge(struct fold *fold, const struct entry *e, bool *malformed)
{
	const struct record *unused;
	struct flaw flaw;
	int rc = decode(fold, e, &unused, &flaw);

	*malformed = flaw.rc != 0;
	return rc;
}

static uint16_t dim_of(const struct record *r, uint8_t tag)
{
	const struct value *v = value_of(r, tag);

	if (v == NULL)
		return 0;
	switch (field_by_tag(r->kind, tag)->type) {
	case T_CODE:
	case T_CODES:
		return v->u > UINT16_MAX ? UINT16_MAX : (uint16_t)v->u;
	case T_BOOL:
		return v->b;
	default:
		return 0;
	}
}

/* Where and when. A kind that counts needs both from the body; for others the place is enough, and
 * the day is that of the stamp, so that they can still be listed. */
static void put_place(const struct entry *e, const struct record *r, struct effects *out)
{
	const struct value *place = value_of(r, r->kind->place);
	const struct value *day = value_of(r, r->kind->day);
	int32_t stamped = day_of_ms(stamp_ms(e->stamp));

	out->day = stamped < DAY_MIN || stamped > DAY_MAX ? 0 : stamped;
	if (day != NULL && day->i >= DAY_MIN && day->i <= DAY_MAX)
		out->day = (int32_t)day->i;
	else if (kind_counts(r->kind))
		return;
	if (!out->creates || place == NULL || !division_valid(place->u))
		return;
	out->placed = true;
	out->division = place->u;
	out->counted = kind_counts(r->kind);
	out->month = (uint16_t)day_month(out->day);
	for (int i = 0; i < DIMS_MAX; i++)
		out->dim[i] = dim_of(r, r->kind->dims[i]);
}

/* Both sides or none: the sum over all accounts stays zero (I7). */
static void put_sides(const struct fold *fold, const struct record *r, struct effects *out)
{
	const struct value *a = value_of(r, fold->from);
	const struct value *b = value_of(r, fold->to);
	struct account account;

	if (!out->creates || a == NULL || b == NULL || account_take(a->s, &account) != 0 ||
	    account_take(b->s, &account) != 0)
		return;
	out->moved = true;
	out->from = a->s;
	out->to = b->s;
}

static void put_about(struct effects *out, struct ref r)
{
	if (!ref_none(r) && r.seq <= SEQ_MAX && out->about_count < FOLD_ABOUT_MAX)
		out->about[out->about_count++] = r;
}

static void put_refs(const struct record *r, uint8_t tag, struct effects *out)
{
	const struct value *v = value_of(r, tag);
	struct account account;

	if (v == NULL)
		return;
	switch (field_by_tag(r->kind, tag)->type) {
	case T_REF:
	case T_REFS:
		for (size_t at = 0; at + REF_BYTES <= v->s.len; at += REF_BYTES)
			put_about(out, ref_get(v->s.p + at));
		return;
	case T_ACCOUNT:
		if (account_take(v->s, &account) == 0 && account.type == ACCOUNT_HOUSEHOLD)
			put_about(out, account.household);
		return;
	default:
		return;
	}
}

/* The field says it; the subject, when there is no such field. */
static void put_target(const struct fold *fold, const struct entry *e, const struct record *r,
		       struct effects *out)
{
	const struct value *v = value_of(r, fold->target);

	out->target = v != NULL && v->s.len == REF_BYTES ? ref_get(v->s.p) : e->subject;
	out->voids = !ref_none(out->target);
}

static void put_name(const struct record *r, struct ref subject, struct effects *out)
{
	const struct value *text = value_of(r, r->kind->text_key);

	if (text == NULL || text->s.len == 0 || subject.seq > SEQ_MAX)
		return;
	out->named = true;
	out->text = record_name(field_by_tag(r->kind, r->kind->text_key), text->s);
}

static void put_head(const struct record *r, struct ref subject, struct effects *out)
{
	if (r->kind->id != KIND_HOUSEHOLD || subject.seq > SEQ_MAX)
		return;
	out->head = flag_head_key(r);
	out->heads = out->head.len > 0;
}

static uint8_t tag_of(uint32_t kind, struct bytes name)
{
	const struct kind *k = kind_by_id(kind);
	const struct field *field = k == NULL ? NULL : field_by_name(k, name);

	return field == NULL ? 0 : field->tag;
}

/* Looking a field up by name is for people: once, not for each entry. */
static void find_tags(struct fold *fold)
{
	fold->from = tag_of(KIND_FUND, BYTES_LIT("from"));
	fold->to = tag_of(KIND_FUND, BYTES_LIT("to"));
	fold->target = tag_of(KIND_VOID, BYTES_LIT("target"));
	fold->ready = true;
}

int fold_entry(struct fold *fold, const struct entry *e, struct effects *out)
{
	const struct record *r;

	if (!fold->ready)
		find_tags(fold);
	/* Not the whole struct: `about` is large and counted. */
	out->kind = NULL;
	out->creates = ref_none(e->subject);
	out->voids = out->placed = out->counted = out->moved = out->named = out->heads = false;
	out->hint = 0;
	out->sum = out->amount = 0;
	out->day = 0;
	out->about_count = 0;
	int rc = decode(fold, e, &r, &out->flaw);

	out->record = r;
	if (r == NULL)
		return rc;
	out->kind = r->kind;
	out->sum = out->amount = sum_of(r);
	if (r->kind->id == KIND_VOID)
		put_target(fold, e, r, out);
	put_place(e, r, out);
	if (r->kind->id == KIND_FUND)
		put_sides(fold, r, out);
	put_name(r, e->subject, out);
	put_head(r, e->subject, out);
	out->hint = flag_hint(r);
	put_about(out, e->subject);
	for (size_t i = 0; i < sizeof r->kind->about; i++)
		put_refs(r, r->kind->about[i], out);
	return 0;
}

uint64_t fold_gross(const struct effects *x)
{
	int64_t most = x->counted ? x->sum : 0;

	if (x->moved && x->amount > most)
		most = x->amount;
	BF_REQUIRE(most >= 0 && most <= FOLD_SUM_MAX);
	return (uint64_t)most;
}

uint64_t fold_most(uint32_t id)
{
	const struct kind *kind = kind_by_id(id);
	const struct field *sum = kind == NULL ? NULL : field_by_tag(kind, kind->sum);

	if (sum == NULL)
		return 0;
	return sum->type == T_REFS ? FIELD_REFS_MAX : (uint64_t)sum->max;
}

bool fold_voidable(const struct effects *x)
{
	return x->kind != NULL && x->kind->id != KIND_VOID &&
	       (kind_counts(x->kind) || x->kind->versioned);
}

void fold_fini(struct fold *fold)
{
	for (size_t i = 0; i <= KIND_MAX; i++) {
		if (fold->records[i] == NULL)
			continue;
		record_fini(fold->records[i]);
		free(fold->records[i]);
		fold->records[i] = NULL;
	}
}
