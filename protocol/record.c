/* SPDX-License-Identifier: Apache-2.0 */
/* record.c -- a body's bytes to values and back, and the checks that follow from the table of
 * fields.
 *
 * Keys of a body rise, and so do the tags of a kind: decoding walks both in one pass. */
#include "record.h"

#include <string.h>

#include "calendar.h"
#include "division.h"
#include "errors.h"
#include "person.h"
#include "record_set.h"
#include "rules.h"

static const struct mp_limits body_limits = {
	.form = MP_CANONICAL,
	.depth_max = ENTRY_DEPTH_MAX - 1,
	.items_max = ENTRY_ITEMS_MAX,
	.bytes_max = ENTRY_BYTES_MAX,
};

_Static_assert(FIELDS_MAX <= 64, "one bit of `has` for each");

void record_init(struct record *r, const struct kind *kind)
{
	r->kind = kind;
	r->has = 0;
	r->older = r->anew = 0;
	r->body = (struct bytes){ 0 };
	r->unknown = 0;
	r->wrong = 0;
}

void record_fini(struct record *r)
{
	record_init(r, r->kind);
}

/* ---- the form of values, whoever wrote them ---- */

static int check_chars(struct bytes s, const char *allowed)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] == 0 || strchr(allowed, s.p[i]) == NULL)
			return BF_EFORMAT;
	return 0;
}

static int check_id(struct bytes s)
{
	if (s.len != 18 && s.len != 20 && s.len != 22)
		return BF_EBOUND;
	return check_chars(s, "0123456789XB");
}

/* Every 16 bytes a sound ref, none twice: a household visited "twice" in one visit would count
 * twice. */
static int check_refs(struct bytes s)
{
	if (s.len == 0 || s.len % REF_BYTES != 0)
		return BF_EFORMAT;
	if (s.len > (size_t)FIELD_REFS_MAX * REF_BYTES)
		return BF_EBOUND;
	for (size_t i = 0; i < s.len; i += REF_BYTES) {
		struct ref r = ref_get(s.p + i);
		if (r.origin == 0 || r.seq == 0 || r.seq > SEQ_MAX)
			return BF_EFORMAT;
		for (size_t j = 0; j < i; j += REF_BYTES)
			if (memcmp(s.p + i, s.p + j, REF_BYTES) == 0)
				return BF_EFORMAT;
	}
	return 0;
}

static int check_bin(const struct field *f, struct bytes s)
{
	struct account account;

	if (f->type == T_ACCOUNT)
		return account_take(s, &account);
	if (f->type == T_REF && s.len != REF_BYTES)
		return BF_EFORMAT;
	return check_refs(s);
}

static int check_str(const struct field *f, struct bytes s)
{
	if (f->type == T_ID)
		return check_id(s);
	if (s.len < (size_t)f->min || s.len > (size_t)f->max)
		return BF_EBOUND;
	if (f->type == T_TEXT)
		return bytes_control(s) ? BF_EFORMAT : 0;
	return check_chars(s, f->type == T_PHONE ? "0123456789-" : "0123456789");
}

static int check_uint(const struct field *f, uint64_t u)
{
	switch (f->type) {
	case T_DIVISION:
		return division_valid(u) ? 0 : BF_EBOUND;
	case T_CODE: /* codes of newer lists are kept */
		return u >= 1 && u <= UINT16_MAX ? 0 : BF_EBOUND;
	case T_CODES:
		return u >= 1 && u <= UINT32_MAX ? 0 : BF_EBOUND;
	default:
		return u >= (uint64_t)f->min && u <= (uint64_t)f->max ? 0 : BF_EBOUND;
	}
}

/* ---- decoding ---- */

static int take_int(const struct mp_item *from, int64_t *out)
{
	bool fits = from->type == MP_NEGINT || (from->type == MP_UINT && from->n <= INT64_MAX);

	*out = (int64_t)from->n;
	return fits ? 0 : BF_EFORMAT;
}

static int take_number(const struct field *f, const struct mp_item *from, struct value *v)
{
	int rc;

	switch (f->type) {
	case T_BOOL:
		v->b = from->n != 0;
		return from->type == MP_BOOL ? 0 : BF_EFORMAT;
	case T_DAY:
		rc = take_int(from, &v->i);
		if (rc != 0)
			return rc;
		return v->i >= DAY_MIN && v->i <= DAY_MAX ? 0 : BF_EBOUND;
	case T_FEN:
		rc = take_int(from, &v->i);
		if (rc != 0)
			return rc;
		return v->i >= f->min && v->i <= f->max ? 0 : BF_EBOUND;
	default:
		v->u = from->n;
		return from->type == MP_UINT ? check_uint(f, v->u) : BF_EFORMAT;
	}
}

int record_take_value(const struct field *f, const struct mp_item *from, struct value *v)
{
	switch (f->type) {
	case T_TEXT:
	case T_ID:
	case T_PHONE:
	case T_BANK:
		v->s = from->s;
		return from->type == MP_STR ? check_str(f, v->s) : BF_EFORMAT;
	case T_REF:
	case T_REFS:
	case T_ACCOUNT:
		v->s = from->s;
		return from->type == MP_BIN ? check_bin(f, v->s) : BF_EFORMAT;
	default:
		return take_number(f, from, v);
	}
}

uint32_t record_each_pairs(struct bytes raw, struct bytes *pairs)
{
	struct mp_item head;

	*pairs = raw;
	return mp_walk(pairs, &head) == 0 && head.type == MP_ARRAY ? (uint32_t)(head.n / 2) : 0;
}

/* Sound refs, none twice, each with a value that the field of tag `min` might have. */
static int take_each(const struct kind *k, const struct field *f, const struct mp_item *head,
		     struct bytes raw, struct value *v)
{
	const struct field *one = field_by_tag(k, (uint32_t)f->min);
	uint8_t refs[FIELD_REFS_MAX * REF_BYTES];
	struct mp_item ref, from;
	struct value value;
	struct bytes left;
	size_t used = 0;

	if (head->type != MP_ARRAY || head->n == 0 || head->n % 2 != 0)
		return BF_EFORMAT;
	if (head->n > 2 * (uint64_t)FIELD_REFS_MAX)
		return BF_EBOUND;
	for (uint32_t n = record_each_pairs(raw, &left); n > 0; n--) {
		if (mp_walk(&left, &ref) != 0 || ref.type != MP_BIN || ref.s.len != REF_BYTES ||
		    mp_walk(&left, &from) != 0)
			return BF_EFORMAT;
		int rc = record_take_value(one, &from, &value);

		if (rc != 0)
			return rc;
		memcpy(refs + used, ref.s.p, REF_BYTES);
		used += REF_BYTES;
	}
	v->s = raw;
	return check_refs(bytes_of(refs, used));
}

static uint64_t bit_of(const struct record *r, uint8_t tag)
{
	return UINT64_C(1) << (field_by_tag(r->kind, tag) - r->kind->fields);
}

static int fail_at(struct record *r, uint8_t tag, int rc)
{
	record_init(r, r->kind);
	r->wrong = tag;
	return rc;
}

/* A pair of a tag that is none of the kind's fields: an older one's, or a newer program's. */
static int take_other(struct record *r, uint64_t tag, const struct mp_item *from)
{
	const struct older *older = field_older(r->kind, tag);

	r->unknown++;
	if (older == NULL)
		return 0;
	if (from->type != MP_UINT)
		return fail_at(r, older->now, BF_EFORMAT);
	if (from->n < (uint64_t)older->min || from->n > (uint64_t)older->max)
		return fail_at(r, older->now, BF_EBOUND);
	record_slot(r, older->now)->u = from->n * older->times;
	r->older |= bit_of(r, older->now);
	return 0;
}

int record_take_scanned(struct record *r, const struct kind *kind, struct bytes body)
{
	struct bytes left = body;
	struct mp_item map, key, from;
	size_t i = 0;

	record_init(r, kind);
	if (mp_walk(&left, &map) != 0 || map.type != MP_MAP)
		return BF_EFORMAT;
	for (uint64_t pair = 0; pair < map.n; pair++) {
		if (mp_walk(&left, &key) != 0)
			return fail_at(r, 0, BF_EFORMAT);
		const uint8_t *begin = left.p;

		if (mp_walk(&left, &from) != 0 || mp_walk_within(&left, &from) != 0)
			return fail_at(r, 0, BF_EFORMAT);
		while (i < kind->count && kind->fields[i].tag < key.n)
			i++;
		if (i == kind->count || kind->fields[i].tag != key.n) {
			int other = take_other(r, key.n, &from);
			if (other != 0)
				return other;
			continue;
		}
		const struct field *field = &kind->fields[i];
		struct bytes raw = bytes_of(begin, (size_t)(left.p - begin));
		int rc = field->type == T_EACH ? take_each(kind, field, &from, raw, &r->v[i])
					       : record_take_value(field, &from, &r->v[i]);

		if (rc != 0)
			return fail_at(r, kind->fields[i].tag, rc);
		r->has |= UINT64_C(1) << i;
		r->older &= ~(UINT64_C(1) << i);
	}
	r->body = body;
	return 0;
}

int record_take(struct record *r, const struct kind *kind, struct bytes body)
{
	size_t used;
	int rc = mp_scan(body, &body_limits, &used);

	record_init(r, kind);
	if (rc == BF_EMORE || (rc == 0 && used != body.len))
		return BF_EFORMAT;
	return rc != 0 ? rc : record_take_scanned(r, kind, body);
}

/* ---- encoding ---- */

void record_put_value(const struct field *f, const struct value *v, struct buf *out)
{
	switch (f->type) {
	case T_TEXT:
	case T_ID:
	case T_PHONE:
	case T_BANK:
		mp_put_str(out, v->s);
		return;
	case T_REF:
	case T_REFS:
	case T_ACCOUNT:
		mp_put_bin(out, v->s);
		return;
	case T_EACH:
		buf_put_bytes(out, v->s);
		return;
	case T_BOOL:
		mp_put_bool(out, v->b);
		return;
	case T_DAY:
	case T_FEN:
		mp_put_int(out, v->i);
		return;
	default:
		mp_put_uint(out, v->u);
		return;
	}
}

/* One pair of a body that was read before: key and value as bytes. */
struct pair {
	uint64_t tag;
	struct bytes bytes;
};

/* Walks the pairs of a canonical map. */
struct pairs {
	struct bytes rest;
	uint32_t left;
};

static struct pairs pairs_of(struct bytes body)
{
	struct rd r = rd_of(body);
	uint8_t c = rd_u8(&r);
	uint32_t count = c & 15;

	if (c == 0xde)
		count = rd_u16(&r);
	else if (c == 0xdf)
		count = rd_u32(&r);
	return (struct pairs){ .rest = bytes_of(r.p, rd_left(&r)), .left = count };
}

static uint64_t tag_of(struct bytes key)
{
	struct rd r = rd_of(key);
	uint8_t c = rd_u8(&r);
	uint64_t tag = c;

	if (c == 0xcc)
		tag = rd_u8(&r);
	else if (c == 0xcd)
		tag = rd_u16(&r);
	else if (c == 0xce)
		tag = rd_u32(&r);
	else if (c == 0xcf)
		tag = rd_u64(&r);
	return tag;
}

/* It stands for a field that was set or taken out since. */
static bool is_past(const struct record *r, uint64_t tag)
{
	const struct older *older = field_older(r->kind, tag);

	return older != NULL && (r->anew & bit_of(r, older->now)) != 0;
}

/* The next pair whose tag the kind does not know and that still holds; false when there is none. */
static bool next_unknown(struct pairs *p, const struct record *r, struct pair *out)
{
	while (p->left > 0) {
		size_t key = 0, value = 0;
		/* It was scanned when it was taken: neither can fail unless somebody changed the
		 * bytes. */
		BF_REQUIRE(mp_scan(p->rest, &body_limits, &key) == 0);
		struct bytes after = bytes_of(p->rest.p + key, p->rest.len - key);
		BF_REQUIRE(mp_scan(after, &body_limits, &value) == 0);
		out->tag = tag_of(bytes_of(p->rest.p, key));
		out->bytes = bytes_of(p->rest.p, key + value);
		p->rest = bytes_of(after.p + value, after.len - value);
		p->left--;
		bool ours =
		    out->tag <= UINT8_MAX && field_by_tag(r->kind, (uint32_t)out->tag) != NULL;

		if (!ours && !is_past(r, out->tag))
			return true;
	}
	return false;
}

static uint32_t count_bits(uint64_t v)
{
	uint32_t count = 0;

	for (; v != 0; v &= v - 1)
		count++;
	return count;
}

static uint32_t count_unknown(const struct record *r)
{
	struct pairs pairs = pairs_of(r->body);
	struct pair unused;
	uint32_t count = 0;

	while (next_unknown(&pairs, r, &unused))
		count++;
	return count;
}

int record_put(const struct record *r, struct buf *out)
{
	const struct kind *k = r->kind;
	const uint64_t has = r->has & ~r->older; /* those stand in the body as they came */
	struct pairs pairs = { 0 };
	struct pair pair = { .tag = 0 };
	uint32_t unknown = r->unknown > 0 && r->anew != 0 ? count_unknown(r) : r->unknown;
	bool more = false;

	if (unknown > 0) {
		pairs = pairs_of(r->body);
		more = next_unknown(&pairs, r, &pair);
	}
	mp_put_map(out, count_bits(has) + unknown);
	for (size_t i = 0; i < k->count; i++) {
		if ((has >> i & 1) == 0)
			continue;
		while (more && pair.tag < k->fields[i].tag) {
			buf_put_bytes(out, pair.bytes);
			more = next_unknown(&pairs, r, &pair);
		}
		mp_put_uint(out, k->fields[i].tag);
		record_put_value(&k->fields[i], &r->v[i], out);
	}
	for (; more; more = next_unknown(&pairs, r, &pair))
		buf_put_bytes(out, pair.bytes);
	return out->err;
}

/* ---- one field ---- */

bool record_has(const struct record *r, uint8_t tag)
{
	return record_get(r, tag) != NULL;
}

struct bytes record_name(const struct field *field, struct bytes text)
{
	bool card = field->type == T_ID && text.len > PERSON_KEY_BYTES;

	return card ? bytes_of(text.p, PERSON_KEY_BYTES) : text;
}

const struct value *record_get(const struct record *r, uint8_t tag)
{
	const struct field *f = field_by_tag(r->kind, tag);
	size_t i;

	if (f == NULL)
		return NULL;
	i = (size_t)(f - r->kind->fields);
	return (r->has >> i & 1) != 0 ? &r->v[i] : NULL;
}

struct value *record_slot(struct record *r, uint8_t tag)
{
	const struct field *f = field_by_tag(r->kind, tag);
	size_t i;

	if (f == NULL)
		return NULL;
	i = (size_t)(f - r->kind->fields);
	r->has |= UINT64_C(1) << i;
	r->older &= ~(UINT64_C(1) << i);
	return &r->v[i];
}

void record_drop(struct record *r, uint8_t tag)
{
	const struct field *f = field_by_tag(r->kind, tag);

	if (f == NULL)
		return;
	r->has &= ~bit_of(r, tag);
	r->older &= ~bit_of(r, tag);
	r->anew |= bit_of(r, tag);
}

void record_renew(struct record *r)
{
	r->anew = UINT64_MAX;
	r->older = 0;
}

void record_copied(struct record *r)
{
	record_renew(r);
	r->body = (struct bytes){ 0 };
	r->unknown = 0;
}

/* ---- checking ---- */

static void fill_defaults(struct record *r, const struct resolver *ask)
{
	for (size_t i = 0; i < r->kind->count; i++) {
		const struct field *f = &r->kind->fields[i];
		if ((r->has >> i & 1) != 0)
			continue;
		if ((f->flags & F_DEFAULT_TODAY) != 0)
			record_slot(r, f->tag)->i = ask->today;
		else if ((f->flags & F_DEFAULT_HERE) != 0 && division_valid(ask->here))
			record_slot(r, f->tag)->u = ask->here;
	}
}

static int check_field(const struct field *f, const struct value *v, const struct resolver *ask,
		       struct fault *fault)
{
	char today[11];

	if (v == NULL) {
		if ((f->flags & F_REQUIRED) != 0)
			return fault_say(fault, FAULT_MISSING_FIELD, f->name, f->zh, NULL);
		return 0;
	}
	if ((f->flags & F_NOT_LATER) != 0 && v->i > ask->today)
		return fault_say(fault, FAULT_DAY_LATER, f->name, f->zh,
				 day_print(ask->today, today));
	return 0;
}

/* At least what the body will take on the wire: lengths, and a header, key or number for each. */
static size_t body_bytes(const struct record *r)
{
	size_t bytes = r->body.len * (r->unknown > 0);

	for (size_t i = 0; i < r->kind->count; i++) {
		uint8_t type = r->kind->fields[i].type;
		bool string = type == T_TEXT || type == T_ID || type == T_PHONE || type == T_BANK ||
			      type == T_REF || type == T_REFS || type == T_ACCOUNT ||
			      type == T_EACH;
		if ((r->has >> i & 1) != 0)
			bytes += 10 + (string ? r->v[i].s.len : 0);
	}
	return bytes;
}

int record_check(struct record *r, const struct resolver *ask, struct fault *f)
{
	enum { ENVELOPE_BYTES = 160 }; /* at most: the members beside the body */

	fill_defaults(r, ask);
	for (size_t i = 0; i < r->kind->count; i++) {
		const struct field *field = &r->kind->fields[i];
		int rc = check_field(field, record_get(r, field->tag), ask, f);
		if (rc != 0)
			return rc;
	}
	if (body_bytes(r) > ENTRY_BYTES_MAX - ENVELOPE_BYTES)
		return fault_say(f, FAULT_RECORD_LONG, "", "16000", NULL);
	int rc = rules_check(r, ask, f);
	const struct field *field =
	    rc == 0 || f == NULL ? NULL : field_by_name(r->kind, bytes_str(f->where));

	if (field != NULL)
		fault_term(f, field->name, field->zh);
	return rc;
}
