/* SPDX-License-Identifier: Apache-2.0 */
/* record_text.c -- a field as people read it. Whatever is printed here, record_set_text reads back
 * (unless masked). */
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "codes.h"
#include "division.h"
#include "person.h"
#include "record_set.h"

enum { MASK_BYTES = 256 };

static void put_cstr(struct buf *out, const char *s)
{
	buf_put_bytes(out, bytes_str(s));
}

static void put_number(struct buf *out, uint64_t v)
{
	char s[24];

	snprintf(s, sizeof(s), "%llu", (unsigned long long)v);
	put_cstr(out, s);
}

/* "85", "85.5", "85.25". */
static void put_decimal(struct buf *out, uint64_t hundredths)
{
	char s[8];

	put_number(out, hundredths / 100);
	if (hundredths % 100 == 0)
		return;
	snprintf(s, sizeof(s), ".%02u", (unsigned)(hundredths % 100));
	s[hundredths % 10 == 0 ? 2 : 3] = '\0';
	put_cstr(out, s);
}

static void put_code(struct buf *out, const struct code_list *list, uint64_t code, char lang)
{
	const struct code *c = code > UINT16_MAX ? NULL : code_by_number(list, (uint32_t)code);

	if (c == NULL) /* of a newer list */
		put_number(out, code);
	else
		put_cstr(out, lang == 'e' ? c->en : c->zh);
}

static void put_codes(struct buf *out, const struct code_list *list, uint64_t bits, char lang)
{
	bool first = true;

	for (uint32_t code = 1; code <= 32; code++) {
		if ((bits >> (code - 1) & 1) == 0)
			continue;
		if (!first)
			put_cstr(out, ",");
		put_code(out, list, code, lang);
		first = false;
	}
}

static void put_refs(struct buf *out, struct bytes refs)
{
	char s[REF_TEXT_MAX];

	for (size_t i = 0; i + REF_BYTES <= refs.len; i += REF_BYTES) {
		if (i > 0)
			put_cstr(out, ",");
		put_cstr(out, ref_print(ref_get(refs.p + i), s));
	}
}

static void put_account(struct buf *out, struct bytes bin, char lang)
{
	struct account a;
	char s[REF_TEXT_MAX];

	if (account_take(bin, &a) != 0)
		return;
	switch (a.type) {
	case ACCOUNT_DIVISION:
		put_cstr(out, division_print(a.division, s));
		break;
	case ACCOUNT_HOUSEHOLD:
		put_cstr(out, lang == 'e' ? "household:" : "户:");
		put_cstr(out, ref_print(a.household, s));
		break;
	case ACCOUNT_OUTSIDE:
		put_code(out, &list_party, a.party, lang);
		break;
	}
}

static void put_day(struct buf *out, int64_t day, bool masked)
{
	char s[11];

	day_print((int32_t)day, s);
	if (masked) { /* the year alone: an age, not a birthday */
		buf_put(out, s, 5);
		put_cstr(out, "**-**");
		return;
	}
	put_cstr(out, s);
}

static void put_minutes(struct buf *out, uint64_t minutes, bool clock)
{
	char s[32];

	if (!clock) {
		put_number(out, minutes);
		return;
	}
	snprintf(s, sizeof(s), "%02llu:%02llu", (unsigned long long)minutes / 60,
		 (unsigned long long)minutes % 60);
	put_cstr(out, s);
}

static void put_string(struct buf *out, const struct field *field, struct bytes s, bool masked)
{
	char shown[MASK_BYTES];

	if (!masked) {
		buf_put_bytes(out, s);
		return;
	}
	if (field->type == T_ID)
		mask_id(s, shown, sizeof(shown));
	else if (field->type == T_PHONE)
		mask_phone(s, shown, sizeof(shown));
	else if (field->type == T_BANK)
		mask_bank(s, shown, sizeof(shown));
	else if ((field->flags & F_NAME) != 0)
		mask_name(s, shown, sizeof(shown));
	else
		bytes_cstr(BYTES_LIT("****"), shown, sizeof(shown)); /* not even its length */
	put_cstr(out, shown);
}

static bool word(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c | 0x20) == 'x';
}

/* I12: a field that is not personal may hold an ID number all the same: a note, or a volunteer or
 * household that goes by it. Numbers that check stand masked; any other number is what it is. */
static void put_without_ids(struct buf *out, struct bytes s)
{
	char shown[MASK_BYTES];
	struct person person;
	size_t from = 0;

	for (size_t at = 0; at < s.len;) {
		size_t end = at;

		while (end < s.len && word(s.p[end]))
			end++;
		struct bytes number = bytes_of(s.p + at, end - at);

		if (number.len >= PERSON_KEY_BYTES && number.len <= PERSON_TEXT_MAX &&
		    person_parse(number, DAY_MAX, "", &person, NULL) == 0) {
			buf_put(out, s.p + from, at - from);
			put_cstr(out, mask_id(number, shown, sizeof(shown)));
			from = end;
		}
		at = end == at ? at + 1 : end;
	}
	buf_put(out, s.p + from, s.len - from);
}

void record_text(const struct record *r, const struct field *field, bool mask, char lang,
		 struct buf *out)
{
	const struct value *v = record_get(r, field->tag);
	bool masked = mask && (field->flags & F_PERSONAL) != 0;
	char s[32];

	if (v == NULL)
		return;
	switch ((enum field_type)field->type) {
	case T_TEXT:
		if (mask && !masked)
			put_without_ids(out, v->s);
		else
			put_string(out, field, v->s, masked);
		break;
	case T_ID:
	case T_PHONE:
	case T_BANK:
		put_string(out, field, v->s, masked);
		break;
	case T_DIVISION:
		put_cstr(out, division_print(v->u, s));
		break;
	case T_DAY:
		put_day(out, v->i, masked);
		break;
	case T_FEN:
		put_cstr(out, fen_print(v->i, s));
		break;
	case T_COUNT:
		put_number(out, v->u);
		break;
	case T_DECIMAL:
		put_decimal(out, v->u);
		break;
	case T_MINUTES:
		put_minutes(out, v->u, (field->flags & F_CLOCK) != 0);
		break;
	case T_CODE:
		put_code(out, field->list, v->u, lang);
		break;
	case T_CODES:
		put_codes(out, field->list, v->u, lang);
		break;
	case T_BOOL:
		put_cstr(out, lang == 'e' ? (v->b ? "yes" : "no") : (v->b ? "是" : "否"));
		break;
	case T_REF:
	case T_REFS:
		put_refs(out, v->s);
		break;
	case T_ACCOUNT:
		put_account(out, v->s, lang);
		break;
	case T_EACH:
		record_each_text(r, field, mask, lang, out);
		break;
	}
}
