/* SPDX-License-Identifier: Apache-2.0 */
/* reply.c -- see reply.h. */
#include "daemon/reply.h"

#include <stdio.h>
#include <string.h>

#include "daemon/flagging.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "storage/place.h"

void reply_str(struct buf *b, const char *key, struct bytes text)
{
	mp_put_cstr(b, key);
	mp_put_str(b, text);
}

void reply_cstr(struct buf *b, const char *key, const char *text)
{
	reply_str(b, key, bytes_str(text));
}

void reply_uint(struct buf *b, const char *key, uint64_t v)
{
	mp_put_cstr(b, key);
	mp_put_uint(b, v);
}

void reply_int(struct buf *b, const char *key, int64_t v)
{
	mp_put_cstr(b, key);
	mp_put_int(b, v);
}

void reply_bool(struct buf *b, const char *key, bool v)
{
	mp_put_cstr(b, key);
	mp_put_bool(b, v);
}

void reply_nil(struct buf *b, const char *key)
{
	mp_put_cstr(b, key);
	mp_put_nil(b);
}

void reply_list(struct buf *b, const char *key, const struct code_list *l)
{
	mp_put_cstr(b, key);
	mp_put_array(b, l == NULL ? 0 : (uint32_t)l->count);
	for (size_t i = 0; l != NULL && i < l->count; i++) {
		mp_put_map(b, 3);
		reply_uint(b, "code", l->codes[i].code);
		reply_cstr(b, "zh", l->codes[i].zh);
		reply_cstr(b, "en", l->codes[i].en);
	}
}

void reply_ref(struct buf *b, const char *key, struct ref ref)
{
	char text[REF_TEXT_MAX];

	if (ref_none(ref))
		reply_nil(b, key);
	else
		reply_cstr(b, key, ref_print(ref, text));
}

void reply_code(struct buf *b, const char *key, uint64_t division)
{
	char text[DIVISION_DIGITS + 1];

	if (division == 0)
		reply_nil(b, key);
	else
		reply_cstr(b, key, division_print(division, text));
}

void reply_origin(struct buf *b, const char *key, uint64_t origin)
{
	char text[17];

	snprintf(text, sizeof(text), "%016llx", (unsigned long long)origin);
	reply_cstr(b, key, text);
}

void reply_place(struct buf *b, struct view *v, uint64_t division)
{
	struct place p;

	reply_code(b, "division", division);
	if (division != 0 && place_get(v, division, &p) == 0)
		reply_str(b, "division_name", p.name);
	else
		reply_nil(b, "division_name");
}

void reply_sum(struct buf *b, const struct kind *k)
{
	if (k->sum == 0) {
		reply_nil(b, "sum");
		return;
	}
	mp_put_cstr(b, "sum");
	mp_put_map(b, 3);
	reply_cstr(b, "zh", k->sum_zh);
	reply_cstr(b, "en", k->sum_en);
	reply_bool(b, "fen", k->sum_is_fen != 0);
}

void reply_fields(struct buf *b, const struct record *r)
{
	struct buf text = { 0 };
	uint32_t count = 0;

	for (uint32_t i = 0; i < r->kind->count; i++)
		count += (r->has >> i & 1) != 0;
	mp_put_map(b, count);
	for (uint32_t i = 0; i < r->kind->count; i++) {
		if ((r->has >> i & 1) == 0)
			continue;
		buf_clear(&text);
		record_text(r, &r->kind->fields[i], true, 'z', &text);
		reply_str(b, r->kind->fields[i].name, buf_bytes(&text));
	}
	if (text.err != 0 && b->err == 0)
		b->err = text.err;
	buf_fini(&text);
}

static uint64_t uint_of(const struct record *r, uint8_t tag)
{
	const struct value *v = r == NULL || tag == 0 ? NULL : record_get(r, tag);

	return v == NULL ? 0 : v->u;
}

enum { ENTRY_PAIRS = 11 };

/* ---- whom a record names ---- */

static void name_add(struct named *n, struct ref ref)
{
	for (uint32_t i = 0; i < n->count; i++)
		if (ref_equal(n->refs[i], ref))
			return;
	if (n->count < NAMED_MAX)
		n->refs[n->count++] = ref;
}

static void name_place(struct named *n, uint64_t code)
{
	for (uint32_t i = 0; i < n->place_count; i++)
		if (n->places[i] == code)
			return;
	if (n->place_count < NAMED_MAX)
		n->places[n->place_count++] = code;
}

static void name_account(struct named *n, struct bytes bin)
{
	struct account account;

	if (account_take(bin, &account) != 0)
		return;
	if (account.type == ACCOUNT_HOUSEHOLD)
		name_add(n, account.household);
	if (account.type == ACCOUNT_DIVISION)
		name_place(n, account.division);
}

void reply_named_add(struct named *n, const struct record *r, bool place)
{
	for (uint32_t i = 0; i < r->kind->count; i++) {
		struct bytes bin = r->v[i].s;

		if ((r->has >> i & 1) == 0)
			continue;
		switch (r->kind->fields[i].type) {
		case T_REF:
		case T_REFS:
			for (size_t at = 0; at + REF_BYTES <= bin.len; at += REF_BYTES)
				name_add(n, ref_get(bin.p + at));
			break;
		case T_ACCOUNT:
			name_account(n, bin);
			break;
		case T_DIVISION:
			if (place)
				name_place(n, r->v[i].u);
			break;
		default:
			break;
		}
	}
}

/* What people call it, masked where it is a person's. */
void reply_called(const struct record *r, struct buf *out)
{
	for (size_t i = 0; i < sizeof(r->kind->called); i++) {
		const struct field *field = field_by_tag(r->kind, r->kind->called[i]);

		if (field == NULL || !record_has(r, field->tag))
			continue;
		if (out->len > 0)
			buf_u8(out, ' ');
		record_text(r, field, true, 'z', out);
	}
}

struct naming {
	struct buf *out;
};

static int name_entry(void *ctx, const struct list_row *row)
{
	struct naming *n = ctx;

	if (row->record != NULL)
		reply_called(row->record, n->out);
	return 0;
}

/* Of the refs. How many are known here. */
static uint32_t put_called(struct buf *map, struct view *v, const struct named *n)
{
	struct buf text = { 0 };
	struct naming naming = { &text };
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->count; i++) {
		struct record state = { 0 };
		char ref[REF_TEXT_MAX];
		struct ref last;

		buf_clear(&text);
		if (view_subject(v, n->refs[i], &state, &last) == 0)
			reply_called(&state, &text);
		else
			view_entry(v, n->refs[i], name_entry, &naming);
		record_fini(&state);
		if (text.len == 0)
			continue;
		reply_str(map, ref_print(n->refs[i], ref), buf_bytes(&text));
		count++;
	}
	if (map->err == 0)
		map->err = text.err;
	buf_fini(&text);
	return count;
}

/* "150722000000 莫力达瓦达斡尔族自治旗", as a household is its number and its head. */
static uint32_t put_placed(struct buf *map, struct view *v, const struct named *n)
{
	struct buf text = { 0 };
	uint32_t count = 0;

	for (uint32_t i = 0; i < n->place_count; i++) {
		char code[DIVISION_DIGITS + 1];
		struct place p;

		if (place_get(v, n->places[i], &p) != 0)
			continue;
		division_print(p.code, code);
		buf_clear(&text);
		buf_put_bytes(&text, bytes_str(code));
		buf_u8(&text, ' ');
		buf_put_bytes(&text, p.name);
		reply_str(map, code, buf_bytes(&text));
		count++;
	}
	if (map->err == 0)
		map->err = text.err;
	buf_fini(&text);
	return count;
}

uint32_t reply_named(struct buf *b, struct view *v, const struct named *n)
{
	struct buf map = { 0 };
	uint32_t count = put_called(&map, v, n);

	count += put_placed(&map, v, n);
	mp_put_cstr(b, "names");
	mp_put_map(b, count);
	buf_put_buf(b, &map);
	if (b->err == 0)
		b->err = map.err;
	buf_fini(&map);
	return count;
}

void reply_names(struct buf *b, struct view *v, const struct record *r)
{
	struct named named = { .count = 0 };

	reply_named_add(&named, r, false);
	reply_named(b, v, &named);
}

/* The fields as they are now, else as they were written; and whom they name. How many pairs. */
static uint32_t put_fields(struct buf *b, struct view *v, const struct list_row *row, bool now)
{
	struct record state = { 0 };
	struct named named = { .count = 0 };
	const struct record *r = row->record;
	struct ref last;

	now = now && r != NULL && r->kind->versioned && ref_none(row->entry.subject);
	if (now) /* on a failure the row's record is spent as well */
		r = view_subject(v, row->ref, &state, &last) == 0 ? &state : NULL;
	mp_put_cstr(b, "fields");
	if (r != NULL) {
		reply_fields(b, r);
		reply_named_add(&named, r, false);
	} else {
		mp_put_map(b, 0);
	}
	uint32_t pairs = 0;

	for (uint64_t has = r == NULL ? 0 : r->has; has != 0; has &= has - 1)
		pairs++;
	pairs += reply_named(b, v, &named); /* spends the row's record */
	record_fini(&state);
	return pairs;
}

static void put_day(struct buf *b, const struct value *day)
{
	char text[16];

	if (day == NULL)
		reply_nil(b, "day");
	else
		reply_cstr(b, "day", day_print((int32_t)day->i, text));
}

/* Where the body breaks its kind's form, and what it would be known by; never what stands there: it
 * may be a person's. */
enum { FLAW_PAIRS = 5 };
static void put_flaw(struct buf *b, const struct kind *k, const struct list_row *row)
{
	const struct field *field = field_by_tag(k, row->flaw.tag);
	struct hash hash = hash_one(row->entry.raw);
	char hex[2 * HASH_BYTES + 1];

	mp_put_cstr(b, "malformed");
	mp_put_map(b, FLAW_PAIRS);
	reply_uint(b, "tag", row->flaw.tag);
	if (field != NULL)
		reply_cstr(b, "field", field->name);
	else
		reply_nil(b, "field");
	reply_cstr(b, "breaks", row->flaw.rc == BF_EBOUND ? "bound" : "form");
	reply_uint(b, "bytes", row->entry.raw.len);
	reply_cstr(b, "hash", hex_put(bytes_of(hash.b, sizeof hash.b), hex));
}

uint32_t reply_entry(struct buf *b, struct view *v, const struct list_row *row, bool now)
{
	const struct kind *k = kind_by_id(row->entry.kind);
	const struct record *r = row->record;
	const struct value *day = r == NULL || k->day == 0 ? NULL : record_get(r, k->day);
	char text[16];

	bool malformed = row->flaw.rc != 0;
	uint32_t pairs = malformed ? ENTRY_PAIRS + 1 : ENTRY_PAIRS;

	mp_put_map(b, pairs);
	reply_ref(b, "ref", row->ref);
	snprintf(text, sizeof(text), "%u", (unsigned)row->entry.kind);
	reply_cstr(b, "kind", k == NULL ? text : k->name);
	put_day(b, day);
	reply_place(b, v, k == NULL ? 0 : uint_of(r, k->place));
	reply_str(b, "author", row->entry.author);
	reply_int(b, "saved_ms", stamp_ms(row->entry.stamp));
	reply_bool(b, "voided", row->voided);
	if (malformed)
		put_flaw(b, k, row);
	uint32_t fields = put_fields(b, v, row, now), flags = 0;
	int rc = flags_of(v, row->ref, v->today, &flags);

	if (rc != 0 && rc != BF_ENOTFOUND && b->err == 0)
		b->err = rc;
	flagging_put(b, flags);
	return 1 + 2 * (pairs + (malformed ? FLAW_PAIRS : 0) + fields) + FLAG_COUNT;
}

void reply_gist(struct buf *b, struct view *v, const struct record *r, struct ref subject)
{
	uint64_t division = uint_of(r, r->kind->place);
	struct record state = { 0 };
	struct named named = { .count = 0 };
	struct buf name = { 0 };
	struct ref last;

	mp_put_cstr(b, "fields");
	reply_fields(b, r);
	put_day(b, record_get(r, r->kind->day));
	reply_named_add(&named, r, false);
	if (ref_none(subject)) {
		reply_called(r, &name);
	} else if (view_subject(v, subject, &state, &last) == 0) { /* a row's record is spent */
		reply_called(&state, &name);
		division = division != 0 ? division : uint_of(&state, state.kind->place);
	}
	record_fini(&state);
	if (name.len > 0)
		reply_str(b, "name", buf_bytes(&name));
	else
		reply_nil(b, "name");
	reply_place(b, v, division);
	reply_named(b, v, &named);
	if (name.err != 0 && b->err == 0)
		b->err = name.err;
	buf_fini(&name);
}

void reply_head(struct buf *b, struct ref ref, const struct kind *kind, struct ref subject)
{
	mp_put_map(b, 3 + GIST_PAIRS);
	reply_ref(b, "ref", ref);
	reply_cstr(b, "kind", kind->name);
	reply_ref(b, "subject", subject);
}

void reply_told(struct buf *b, struct view *v, const struct list_row *row)
{
	const struct ref subject = row->entry.subject;

	reply_head(b, row->ref, row->record->kind, ref_none(subject) ? row->ref : subject);
	reply_gist(b, v, row->record, subject);
	uint32_t flags = 0;
	int rc = flags_of(v, row->ref, v->today, &flags);

	if (rc != 0 && rc != BF_ENOTFOUND && b->err == 0)
		b->err = rc;
	flagging_tell(b, flags, NULL);
}

static void add_word(char *out, size_t cap, const char *word)
{
	size_t at = strlen(out);

	snprintf(out + at, cap - at, "%s%s", at > 0 ? ", " : "", word);
}

const char *reply_kind_names(bool counted, char *out, size_t cap)
{
	const struct kind *k;

	out[0] = '\0';
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		if (counted ? kind_counts(k) : k->id != KIND_VOID)
			add_word(out, cap, k->name);
	return out;
}

const char *reply_field_names(const struct kind *k, char *out, size_t cap)
{
	out[0] = '\0';
	for (uint32_t i = 0; i < k->count; i++)
		add_word(out, cap, k->fields[i].name);
	return out;
}

const char *reply_code_names(const struct code_list *l, char *out, size_t cap)
{
	out[0] = '\0';
	for (size_t i = 0; i < l->count; i++)
		add_word(out, cap, l->codes[i].zh);
	return out;
}
