/* SPDX-License-Identifier: Apache-2.0 */
/* rules.c -- rules of single kinds; see rules.h. */
#include "rules.h"

#include <string.h>

#include "errors.h"
#include "person.h"

/* Tags as in kinds.c. */
enum { VISIT_START = 5, VISIT_END = 6 };
enum { SERVICE_ACTIVITY = 1, SERVICE_CATEGORY = 7, ACTIVITY_CATEGORY = 4 };
enum { FUND_MOVEMENT = 3, FUND_FROM = 6, FUND_TO = 7 };
enum { HOUSEHOLD_FOUND = 13, HOUSEHOLD_CLEARED = 15, HOUSEHOLD_CAUSES = 17, HOUSEHOLD_RISKS = 18 };
enum {
	MEMBER_SEX = 6,
	MEMBER_BIRTH = 7,
	MEMBER_ID = 9,
	MEMBER_EDUCATION = 14,
	MEMBER_STUDENT = 15
};

/* Codes of list movement. */
enum { ALLOT = 1, TRANSFER, SPEND, REFUND, WITHDRAW, RECOVER, CARRY };

/* ---- money: the two sides fit the kind of movement ---- */

enum {
	DIVISION = 1 << ACCOUNT_DIVISION,
	HOUSEHOLD = 1 << ACCOUNT_HOUSEHOLD,
	OUTSIDE = 1 << ACCOUNT_OUTSIDE,
	ANYONE = DIVISION | HOUSEHOLD | OUTSIDE,
};

static const struct sides {
	int from, to; /* who may stand there */
	enum fault_code from_fault, to_fault;
} sides[] = {
	[ALLOT] = { DIVISION | OUTSIDE, DIVISION, FAULT_FUND_FROM_PUBLIC, FAULT_FUND_TO_DIVISION },
	[TRANSFER] = { DIVISION, DIVISION, FAULT_FUND_FROM_DIVISION, FAULT_FUND_TO_DIVISION },
	[SPEND] = { DIVISION, HOUSEHOLD | OUTSIDE, FAULT_FUND_FROM_DIVISION, FAULT_FUND_TO_PAYEE },
	[REFUND] = { ANYONE, DIVISION, FAULT_NONE, FAULT_FUND_TO_DIVISION },
	[WITHDRAW] = { ANYONE, DIVISION, FAULT_NONE, FAULT_FUND_TO_DIVISION },
	[RECOVER] = { HOUSEHOLD | OUTSIDE, DIVISION, FAULT_FUND_FROM_PAYEE,
		      FAULT_FUND_TO_DIVISION },
	[CARRY] = { DIVISION, DIVISION, FAULT_FUND_FROM_DIVISION, FAULT_FUND_TO_DIVISION },
};

/* "下达/allot" */
static void movement_word(const struct record *r, uint64_t movement, char out[64])
{
	const struct field *field = field_by_tag(r->kind, FUND_MOVEMENT);
	const struct code *c = code_by_number(field->list, (uint32_t)movement);

	snprintf(out, 64, "%s/%s", c == NULL ? "?" : c->zh, c == NULL ? "?" : c->en);
}

static int check_fund(struct record *r, const struct resolver *ask, struct fault *f)
{
	const struct value *movement = record_get(r, FUND_MOVEMENT);
	const struct value *from = record_get(r, FUND_FROM), *to = record_get(r, FUND_TO);
	struct account giver, taker;
	char word[64];

	(void)ask;
	if (movement == NULL || from == NULL || to == NULL || movement->u < ALLOT ||
	    movement->u > CARRY)
		return 0; /* a movement of a newer list: its rules are not ours */
	if (account_take(from->s, &giver) != 0 || account_take(to->s, &taker) != 0)
		return BF_EFORMAT;
	const struct sides *s = &sides[movement->u];
	movement_word(r, movement->u, word);
	if ((s->from & 1 << giver.type) == 0)
		return fault_say(f, s->from_fault, "from", word, NULL);
	if ((s->to & 1 << taker.type) == 0)
		return fault_say(f, s->to_fault, "to", word, NULL);
	if (movement->u != CARRY && bytes_equal(from->s, to->s))
		return fault_say(f, FAULT_FUND_SAME, "to", NULL, NULL);
	return 0;
}

/* ---- the others ---- */

static int check_visit(struct record *r, const struct resolver *ask, struct fault *f)
{
	const struct value *start = record_get(r, VISIT_START), *end = record_get(r, VISIT_END);

	(void)ask;
	if (start != NULL && end != NULL && end->u <= start->u)
		return fault_say(f, FAULT_END_EARLY, "end", NULL, NULL);
	return 0;
}

static int at_most(const struct record *r, uint8_t tag, int most, struct fault *f)
{
	const struct value *v = record_get(r, tag);
	const struct field *field = field_by_tag(r->kind, tag);
	char b[16];
	int count = 0;

	for (uint64_t bits = v == NULL ? 0 : v->u; bits != 0; bits &= bits - 1)
		count++;
	if (count <= most)
		return 0;
	snprintf(b, sizeof(b), "%d", most);
	return fault_say(f, FAULT_CODES_MANY, field->name, field->zh, b);
}

static int check_household(struct record *r, const struct resolver *ask, struct fault *f)
{
	enum { CAUSES_MAX = 2, RISKS_MAX = 5 };
	const struct value *found = record_get(r, HOUSEHOLD_FOUND);
	const struct value *cleared = record_get(r, HOUSEHOLD_CLEARED);
	int rc;

	(void)ask;
	if (found != NULL && cleared != NULL && cleared->i < found->i)
		return fault_say(f, FAULT_CLEARED_EARLY, "risk-cleared", NULL, NULL);
	rc = at_most(r, HOUSEHOLD_CAUSES, CAUSES_MAX, f);
	return rc != 0 ? rc : at_most(r, HOUSEHOLD_RISKS, RISKS_MAX, f);
}

/* An ID says sex and birthday. Where they were not given they are filled in; where they differ, one
 * is a slip. */
static int check_identity(struct record *r, const struct resolver *ask, struct fault *f)
{
	const struct value *id = record_get(r, MEMBER_ID);
	const struct value *sex = record_get(r, MEMBER_SEX), *birth = record_get(r, MEMBER_BIRTH);
	struct person person;
	int rc;

	if (id == NULL)
		return 0;
	rc = person_parse(id->s, ask->today, "id", &person, f);
	if (rc != 0)
		return rc;
	if (sex == NULL)
		record_slot(r, MEMBER_SEX)->u = person.male ? 1 : 2;
	else if (sex->u <= 2 && sex->u != (person.male ? 1 : 2))
		return fault_say(f, FAULT_SEX_DIFFERS, "sex", NULL, NULL);
	if (birth == NULL)
		record_slot(r, MEMBER_BIRTH)->i = person.birth;
	else if (birth->i != person.birth)
		return fault_say(f, FAULT_BIRTH_DIFFERS, "birth", NULL, NULL);
	return 0;
}

static int check_member(struct record *r, const struct resolver *ask, struct fault *f)
{
	/* Neither of the two is only a gap (a finding of the registry's rules); both contradict
	 * each other. */
	if (record_has(r, MEMBER_EDUCATION) && record_has(r, MEMBER_STUDENT))
		return fault_say(f, FAULT_SCHOOLING_TWICE, "student", NULL, NULL);
	return check_identity(r, ask, f);
}

/* Service is of the kind of its activity, unless somebody says otherwise: else the hours of one
 * activity fall apart in the totals. */
static int check_service(struct record *r, const struct resolver *ask)
{
	const struct value *of = record_get(r, SERVICE_ACTIVITY);
	uint64_t category;

	if (of == NULL || record_has(r, SERVICE_CATEGORY) || ask->code == NULL)
		return 0;
	int rc = ask->code(ask->ctx, KIND_ACTIVITY, ref_get(of->s.p), ACTIVITY_CATEGORY, &category);

	if (rc == 0)
		record_slot(r, SERVICE_CATEGORY)->u = category;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

bool rules_once(const struct record *r)
{
	return kind_counts(r->kind) && r->kind->versioned == 0;
}

int rules_check(struct record *r, const struct resolver *ask, struct fault *f)
{
	switch (r->kind->id) {
	case KIND_HOUSEHOLD:
		return check_household(r, ask, f);
	case KIND_MEMBER:
		return check_member(r, ask, f);
	case KIND_VISIT:
		return check_visit(r, ask, f);
	case KIND_FUND:
		return check_fund(r, ask, f);
	case KIND_SERVICE:
		return check_service(r, ask);
	default:
		return 0;
	}
}
