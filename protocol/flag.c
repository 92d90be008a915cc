/* SPDX-License-Identifier: Apache-2.0 */
/* flag.c -- see flag.h. To add a rule: its name there, a row here, and what decides it. */
#include "flag.h"

#include "calendar.h"
#include "division.h"
#include "errors.h"
#include "person.h"

/* clang-format off */
static const struct flag_rule rules[FLAG_COUNT] = {
	[FLAG_OVER_BALANCE] = { "over-balance", "R11.1", { "超出余额", "over the balance" },
		{ "付出的钱超过了付方账户的余额，该账户现为负数。请核对金额和付方，或补记收入。",
		  "more was given than the giver's account held, and it is below zero. Check amount and giver, or record the income that is missing." } },
	[FLAG_AGAINST_TREE] = { "against-tree", NULL, { "方向相反", "against the tree" },
		{ "下达、拨付应由上级到下级，退回、收回应由下级到上级，这一条相反。请核对付方和收方。",
		  "money is allotted and transferred downwards, refunded and withdrawn upwards; this goes the other way. Check giver and receiver." } },
	[FLAG_OTHER_HOUSEHOLD] = { "other-household", NULL, { "受助人不在该户", "member of another household" },
		{ "受助人登记在另一户。请核对户编号和受助人；人已搬户的，用 bangfu member --subject 改所在户。",
		  "the person is registered in another household. Check both; who has moved is recorded with bangfu member --subject." } },
	[FLAG_HEAD_TWICE] = { "head-twice", "R01", { "一人多户", "head of two households" },
		{ "户主的证件号码已是另一户的户主。请核对证件号码，或把多出的一户作废。",
		  "the head's ID number heads another household already. Check the number, or void the household that is one too many." } },
	[FLAG_RELATION] = { "relation-sex", "R02", { "关系与性别不符", "relation against sex" },
		{ "与户主关系和性别不符。请核对与户主关系、证件号码和性别。",
		  "the relation to the head does not fit the sex. Check relation, ID number and sex." } },
	[FLAG_FUTURE] = { "future-day", NULL, { "日期未到", "day yet to come" },
		{ "日期在今天之后，记录时电脑的时钟可能不对。请核对日期：作废后按实际日期再记。",
		  "its day is yet to come; the clock may have been wrong when it was recorded. Check the day: void it and log it again with the real one." } },
};
/* clang-format on */

const struct flag_rule *flag_rule(enum flag flag)
{
	return &rules[flag];
}

int flag_parse(struct bytes text, enum flag *out)
{
	for (int i = 0; i < FLAG_COUNT; i++) {
		const struct flag_rule *r = &rules[i];

		*out = (enum flag)i;
		if (bytes_equal(text, bytes_str(r->name)) ||
		    bytes_equal(text, bytes_str(r->called.zh)) ||
		    (r->number != NULL && bytes_equal(text, bytes_str(r->number))))
			return 0;
	}
	return BF_EINVAL;
}

/* Tags as in kinds.c. */
enum { HOUSEHOLD_HEAD_ID = 5 };
enum { MEMBER_HOUSEHOLD = 1, MEMBER_SEX = 6, MEMBER_ID = 9, MEMBER_RELATION = 13 };
enum { FUND_MOVEMENT = 3, FUND_FROM = 6, FUND_TO = 7, FUND_AMOUNT = 8 };
enum { AID_HOUSEHOLD = 3, AID_MEMBER = 12 };

static struct bytes text_of(const struct record *r, uint8_t tag)
{
	const struct value *v = record_get(r, tag);

	return v == NULL ? (struct bytes){ 0 } : v->s;
}

static uint64_t code_of(const struct record *r, uint8_t tag)
{
	const struct value *v = record_get(r, tag);

	return v == NULL ? 0 : v->u;
}

static struct ref ref_of(const struct record *r, uint8_t tag)
{
	struct bytes bin = text_of(r, tag);

	return bin.len == REF_BYTES ? ref_get(bin.p) : (struct ref){ 0 };
}

/* ---- money ---- */

/* Codes of list movement. */
enum { ALLOT = 1, TRANSFER = 2, REFUND = 4, WITHDRAW = 5 };

/* What a province gives came to it from above, which nobody books here: its account is not judged.
 */
bool flag_draws(struct bytes from, struct bytes to)
{
	struct account a;

	return account_take(from, &a) == 0 && a.type == ACCOUNT_DIVISION &&
	       division_level(a.division) != LEVEL_PROVINCE && !bytes_equal(from, to);
}

/* What is allotted goes to one's own area and nowhere else; what is transferred may go to a
 * neighbour, never up. */
bool flag_against_tree(const struct record *r)
{
	struct account from, to;

	if (account_take(text_of(r, FUND_FROM), &from) != 0 ||
	    account_take(text_of(r, FUND_TO), &to) != 0 || from.type != ACCOUNT_DIVISION ||
	    to.type != ACCOUNT_DIVISION || from.division == to.division)
		return false;
	switch (code_of(r, FUND_MOVEMENT)) {
	case ALLOT:
		return !division_within(to.division, from.division);
	case TRANSFER:
		return division_within(from.division, to.division);
	case REFUND:
	case WITHDRAW:
		return division_within(to.division, from.division);
	default:
		return false;
	}
}

bool flag_movement(const struct record *r, struct bytes *from, struct bytes *to, int64_t *fen)
{
	const struct value *amount = r->kind->id == KIND_FUND ? record_get(r, FUND_AMOUNT) : NULL;

	if (amount == NULL || !record_has(r, FUND_FROM) || !record_has(r, FUND_TO))
		return false;
	*from = text_of(r, FUND_FROM);
	*to = text_of(r, FUND_TO);
	*fen = amount->i;
	return true;
}

int64_t flag_amount(const struct record *r)
{
	struct bytes from, to;
	int64_t fen;

	return flag_movement(r, &from, &to, &fen) && flag_draws(from, to) ? fen : 0;
}

struct bytes flag_giver(const struct record *r)
{
	return text_of(r, FUND_FROM);
}

/* ---- people ---- */

enum { MALE = 1, FEMALE = 2 }; /* codes of list sex */
enum { SPOUSE = 2 };           /* of list relation */

/* What a relation says of its bearer's sex and of the head's: codes of list relation. */
static const struct {
	uint8_t own, head;
} relations[] = {
	[3] = { MALE, 0 },       [4] = { FEMALE, 0 },       [5] = { FEMALE, 0 },
	[6] = { MALE, 0 },       [7] = { MALE, 0 },         [8] = { FEMALE, 0 },
	[9] = { MALE, 0 },       [10] = { FEMALE, 0 },      [11] = { MALE, 0 },
	[12] = { FEMALE, 0 },    [13] = { MALE, MALE },     [14] = { FEMALE, MALE },
	[15] = { MALE, FEMALE }, [16] = { FEMALE, FEMALE }, [17] = { MALE, 0 },
	[18] = { FEMALE, 0 },    [19] = { MALE, 0 },        [20] = { FEMALE, 0 },
	[22] = { MALE, 0 },      [23] = { FEMALE, 0 },      [24] = { MALE, 0 },
	[25] = { FEMALE, 0 },    [26] = { FEMALE, 0 },      [27] = { MALE, 0 },
};
enum { RELATIONS = sizeof relations / sizeof *relations };

static uint64_t sex_of_id(struct bytes id)
{
	struct person p;

	if (id.len == 0 || person_parse(id, DAY_MAX, "id", &p, NULL) != 0)
		return 0;
	return p.male ? MALE : FEMALE;
}

static bool differ(uint64_t said, uint64_t sex)
{
	return said != 0 && sex != 0 && sex <= FEMALE && said != sex;
}

bool flag_relation(const struct record *r, uint64_t head_sex)
{
	uint64_t relation = code_of(r, MEMBER_RELATION), sex = code_of(r, MEMBER_SEX);

	if (sex == 0)
		sex = sex_of_id(text_of(r, MEMBER_ID));
	if (relation == SPOUSE)
		return sex != 0 && sex <= FEMALE && sex == head_sex;
	return relation < RELATIONS &&
	       (differ(relations[relation].own, sex) || differ(relations[relation].head, head_sex));
}

struct bytes flag_head_key(const struct record *r)
{
	struct bytes id = text_of(r, HOUSEHOLD_HEAD_ID);

	return id.len < PERSON_KEY_BYTES ? (struct bytes){ 0 } : bytes_of(id.p, PERSON_KEY_BYTES);
}

uint64_t flag_head_sex(const struct record *r)
{
	return sex_of_id(text_of(r, HOUSEHOLD_HEAD_ID));
}

struct ref flag_household(const struct record *r)
{
	return ref_of(r, r->kind->id == KIND_MEMBER ? MEMBER_HOUSEHOLD : AID_HOUSEHOLD);
}

struct ref flag_member(const struct record *r)
{
	return ref_of(r, AID_MEMBER);
}

/* ---- which rules to look at ---- */

bool flag_asks_head(const struct record *r)
{
	uint64_t relation = code_of(r, MEMBER_RELATION);

	return relation == SPOUSE || (relation < RELATIONS && relations[relation].head != 0);
}

/* Of a change only a part is here: whatever it touches must be looked at. */
static bool hint_member(const struct record *r)
{
	if (record_has(r, MEMBER_RELATION) && record_has(r, MEMBER_SEX) && !flag_asks_head(r))
		return flag_relation(r, 0);
	return record_has(r, MEMBER_RELATION) || record_has(r, MEMBER_SEX) ||
	       record_has(r, MEMBER_ID) || record_has(r, MEMBER_HOUSEHOLD);
}

bool flag_kind(uint16_t kind)
{
	return kind == KIND_HOUSEHOLD || kind == KIND_MEMBER || kind == KIND_FUND ||
	       kind == KIND_AID;
}

bool flag_decided(uint16_t kind)
{
	return kind == KIND_FUND;
}

uint32_t flag_hint(const struct record *r)
{
	switch (r->kind->id) {
	case KIND_HOUSEHOLD:
		return record_has(r, HOUSEHOLD_HEAD_ID) ? FLAG_BIT(FLAG_HEAD_TWICE) : 0;
	case KIND_MEMBER:
		return hint_member(r) ? FLAG_BIT(FLAG_RELATION) : 0;
	case KIND_FUND:
		return flag_against_tree(r) ? FLAG_BIT(FLAG_AGAINST_TREE) : 0;
	case KIND_AID:
		return record_has(r, AID_MEMBER) ? FLAG_BIT(FLAG_OTHER_HOUSEHOLD) : 0;
	default:
		return 0;
	}
}
