/* SPDX-License-Identifier: Apache-2.0 */
/* flags.c -- see flags.h: the rules, asked of the trees as they were at a place of the order. */
#include "storage/flags.h"

#include <string.h>

#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/inside.h"

/* ---- the rules that need others ---- */

/* One row of the ID: 1 when its household bears it, is not void and is not `self`. */
static int heads_too(struct view *v, const struct lmdb_scan *c, struct bytes id, struct ref self,
		     uint64_t asof)
{
	struct record state = { 0 };
	struct ref subject, last;
	struct spot spot;
	uint64_t ordinal;
	int rc = row_find_take(c->value, &subject);

	if (rc != 0 || ref_equal(subject, self))
		return rc;
	rc = view_ordinal(view_txn(v), key_find_bearer(c->key.p), &ordinal);
	if (rc != 0 || ordinal > asof)
		return rc;
	rc = view_spot(v, subject, &spot);
	if (rc == 0)
		rc = view_voided_by(view_txn(v), spot, asof);
	if (rc == 0) {
		rc = view_subject_at(v, subject, asof, &state, &last);
		rc = rc == 0 ? bytes_equal(flag_head_key(&state), id) : rc;
	} else if (rc == 1) {
		rc = 0;
	}
	record_fini(&state);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int head_twice(struct view *v, const struct record *r, struct ref self, uint64_t asof,
		      uint32_t *flags)
{
	struct bytes id = flag_head_key(r);
	uint8_t from[KEY_FIND_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	if (id.len == 0)
		return 0;
	key_find(from, FIND_HEAD, id, (struct spot){ 0, 0 });
	for (lmdb_scan(&c, view_txn(v), TREE_FIND, bytes_of(from, sizeof from)); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		if (c.key.len != KEY_FIND_BYTES)
			rc = BF_EDAMAGED;
		else if (memcmp(c.key.p, from, KEY_FIND_NAME_BYTES) != 0)
			break;
		else
			rc = heads_too(v, &c, id, self, asof);
	}
	int end_rc = lmdb_scan_end(&c);

	*flags |= rc == 1 ? FLAG_BIT(FLAG_HEAD_TWICE) : 0;
	return rc < 0 ? rc : end_rc;
}

/* The state of `ref` at that place, if it is of this kind; else an empty one. */
static int state_of(struct view *v, uint16_t kind, struct ref ref, uint64_t asof,
		    struct record *out)
{
	struct ref last;
	int rc = ref_none(ref) ? BF_ENOTFOUND : view_subject_at(v, ref, asof, out, &last);

	if (rc == BF_ENOTFOUND || (rc == 0 && out->kind->id != kind)) {
		record_fini(out);
		record_init(out, kind_by_id(kind));
		rc = 0;
	}
	return rc;
}

static int relation(struct view *v, const struct record *member, uint64_t asof, uint32_t *flags)
{
	struct record household = { 0 };
	uint64_t head = 0;
	int rc = 0;

	if (flag_asks_head(member)) {
		rc = state_of(v, KIND_HOUSEHOLD, flag_household(member), asof, &household);
		head = rc == 0 ? flag_head_sex(&household) : 0;
	}
	record_fini(&household);
	if (rc == 0 && flag_relation(member, head))
		*flags |= FLAG_BIT(FLAG_RELATION);
	return rc;
}

static int other_household(struct view *v, const struct record *aid, uint64_t asof, uint32_t *flags)
{
	struct ref of = flag_household(aid), lives = { 0 };
	struct record member = { 0 };
	int rc = state_of(v, KIND_MEMBER, flag_member(aid), asof, &member);

	if (rc == 0)
		lives = flag_household(&member);
	record_fini(&member);
	if (!ref_none(of) && !ref_none(lives) && !ref_equal(of, lives))
		*flags |= FLAG_BIT(FLAG_OTHER_HOUSEHOLD);
	return rc;
}

/* What the giver's account holds; 0 for one that nothing was ever given to. */
static int balance_of(struct view *v, struct bytes giver, int64_t *holds)
{
	struct account account;
	int64_t in = 0, out = 0;
	uint64_t count;

	*holds = 0;
	if (account_take(giver, &account) != 0)
		return 0;
	int rc = view_balance(v, &account, &in, &out, &count);

	*holds = in - out;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int judge(struct view *v, const struct record *r, struct ref self, uint64_t asof,
		 uint32_t *flags)
{
	switch (r->kind->id) {
	case KIND_HOUSEHOLD:
		return head_twice(v, r, self, asof, flags);
	case KIND_MEMBER:
		return relation(v, r, asof, flags);
	case KIND_FUND:
		*flags |= flag_against_tree(r) ? FLAG_BIT(FLAG_AGAINST_TREE) : 0;
		return 0;
	case KIND_AID:
		return other_household(v, r, asof, flags);
	default:
		return 0;
	}
}

int flags_look(struct view *v, const struct flag_note *n, struct place_key *key, uint32_t *flags)
{
	const struct effects *x = &view_own(v)->effects;
	struct record state = { 0 };
	struct list_row row;
	struct spot spot;
	struct ref last;

	*flags = n->sure;
	*key = n->key;
	if (n->decided)
		return 0;
	*flags = 0;
	int rc = view_spot(v, n->subject, &spot);

	if (rc == 0)
		rc = view_row(v, spot, &row);
	if (rc != 0 || !x->placed) /* of another log's subject, and that is not here */
		return rc == BF_ENOTFOUND ? 0 : rc;
	*key = (struct place_key){ x->kind->id, x->division, x->day, spot };
	if (x->kind->versioned)
		rc = view_subject_at(v, n->subject, n->ordinal, &state, &last);
	if (rc == 0)
		rc = judge(v, x->kind->versioned ? &state : row.record, n->subject, n->ordinal,
			   flags);
	record_fini(&state);
	*flags |= rc == 0 ? n->sure : 0;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* ---- what is shown ---- */

static int stored(struct view *v, const struct place_key *k, uint32_t *flags)
{
	uint8_t key[KEY_FLAG_BYTES];
	struct bytes value;

	*flags = 0;
	key_flag(key, k);
	int rc = lmdb_get(view_txn(v), TREE_META, bytes_of(key, sizeof key), &value);

	if (rc == 0 && value.len != ROW_FLAG_BYTES)
		return BF_EDAMAGED;
	*flags = rc == 0 ? be32_get(value.p) : 0;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* Those of `flags` that are broken still. */
static int still(struct view *v, const struct place_key *k, uint32_t *flags)
{
	struct flag_note n = { .ordinal = UINT64_MAX };
	struct place_key unused;
	struct list_row row;
	int64_t holds = 0;
	uint32_t now;
	int rc = view_row(v, k->spot, &row);

	if (rc == 0 && row.record != NULL && k->kind == KIND_FUND &&
	    (*flags & FLAG_BIT(FLAG_OVER_BALANCE)) != 0)
		rc = balance_of(v, flag_giver(row.record), &holds);
	n.subject = row.ref;
	n.sure = holds < 0 ? FLAG_BIT(FLAG_OVER_BALANCE) : 0;
	if (rc == 0)
		rc = flags_look(v, &n, &unused, &now);
	*flags &= rc == 0 ? now : 0;
	return rc;
}

int flags_shown(struct view *v, const struct place_key *k, bool voided, int32_t today,
		uint32_t *flags)
{
	int rc = 0;

	*flags = 0;
	if (voided)
		return 0;
	rc = stored(v, k, flags);
	if (rc == 0 && *flags != 0)
		rc = still(v, k, flags);
	if (today != 0 && k->day > today)
		*flags |= FLAG_BIT(FLAG_FUTURE);
	return rc;
}

int flags_of(struct view *v, struct ref ref, int32_t today, uint32_t *flags)
{
	const struct effects *x = &view_own(v)->effects;
	struct list_row row;
	struct spot spot;
	int rc = view_spot(v, ref, &spot);

	*flags = 0;
	if (rc == 0)
		rc = view_row(v, spot, &row);
	if (rc != 0 || !x->placed)
		return rc;
	struct place_key k = { x->kind->id, x->division, x->day, spot };

	return flags_shown(v, &k, row.voided, today, flags);
}

/* ---- how many ---- */

struct counting {
	struct view *v;
	uint64_t area; /* 0: everywhere */
	int32_t today;
	uint32_t count, most, looks;
};

static bool looked_enough(void *ctx)
{
	struct counting *n = ctx;

	return n->looks++ == FLAG_LOOKS_MAX;
}

/* One that has another flag as well is counted by its row. */
static int count_future(void *ctx, const struct list_row *row)
{
	struct counting *n = ctx;
	uint32_t flags;
	int rc = flags_of(n->v, row->ref, n->today, &flags);

	n->count += rc == 0 && flags == FLAG_BIT(FLAG_FUTURE);
	return rc != 0 ? rc : n->count >= n->most;
}

static int count_later(struct counting *n)
{
	struct list_query q = { .today = n->today,
				.flagged = FLAG_BIT(FLAG_FUTURE),
				.limit = UINT32_MAX };
	struct flags_row marker;
	int rc = flags_marker(view_txn(n->v), &marker);

	q.of.month_to = UINT32_MAX;
	q.of.division = n->area;
	q.of.stopped = looked_enough;
	q.of.stopped_ctx = n;
	for (uint16_t kind = 1; kind <= KIND_MAX && rc == 0 && n->count < n->most; kind++) {
		if (n->today == 0 || marker.latest[kind] <= n->today)
			continue;
		q.of.kind = kind;
		rc = view_list(n->v, &q, count_future, n);
	}
	return rc > 0 ? 0 : rc;
}

static int count_rows(struct counting *n)
{
	struct lmdb_txn *t = view_txn(n->v);
	struct lmdb_scan c;
	int rc = 0;

	for (lmdb_scan(&c, t, TREE_META, BYTES_LIT("flag")); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		struct place_key k;
		uint32_t flags = 0;

		if (key_flag_take(c.key, &k) != 0 || n->count == n->most)
			break;
		rc = looked_enough(n) ? BF_ECLOSED : 0;
		if (rc == 0 && n->area != 0 && !division_within(k.division, n->area))
			continue;
		if (rc == 0)
			rc = apply_voided(t, k.spot);
		if (rc >= 0)
			rc = flags_shown(n->v, &k, rc == 1, n->today, &flags);
		n->count += (flags & ~FLAG_BIT(FLAG_FUTURE)) != 0;
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

int flags_count(struct view *v, uint64_t area, int32_t today, uint32_t most, uint32_t *count,
		bool *more)
{
	struct counting n = { .v = v, .area = area, .today = today, .most = most };
	int rc = count_rows(&n);

	if (rc == 0)
		rc = count_later(&n);
	*count = n.count;
	*more = rc == BF_ECLOSED || n.count == most;
	return rc == BF_ECLOSED ? 0 : rc;
}

/* ---- before it is saved ---- */

int flags_draft(struct view *v, const struct record *whole, struct ref subject, int64_t lately,
		uint32_t *flags, int64_t *holds)
{
	int64_t amount = flag_amount(whole);
	int rc = 0;

	*flags = 0;
	*holds = 0;
	if (amount > 0)
		rc = balance_of(v, flag_giver(whole), holds);
	*holds += lately; /* of one log: far from the bound of all sums */
	if (rc == 0 && amount > 0 && *holds < amount)
		*flags |= FLAG_BIT(FLAG_OVER_BALANCE);
	return rc == 0 ? judge(v, whole, subject, UINT64_MAX, flags) : rc;
}
