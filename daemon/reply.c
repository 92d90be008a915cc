/* reply.c -- see reply.h. */
#include "daemon/reply.h"

#include <stdio.h>
#include <string.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
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

void reply_entry(struct buf *b, struct view *v, const struct list_row *row)
{
	const struct kind *k = kind_by_id(row->entry.kind);
	const struct record *r = row->record;
	const struct value *day = r == NULL || k->day == 0 ? NULL : record_get(r, k->day);
	char text[16];

	mp_put_map(b, 9);
	reply_ref(b, "ref", row->ref);
	snprintf(text, sizeof(text), "%u", (unsigned)row->entry.kind);
	reply_cstr(b, "kind", k == NULL ? text : k->name);
	if (day == NULL)
		reply_nil(b, "day");
	else
		reply_cstr(b, "day", day_print((int32_t)day->i, text));
	reply_place(b, v, k == NULL ? 0 : uint_of(r, k->place));
	reply_str(b, "author", row->entry.author);
	reply_int(b, "saved_ms", stamp_ms(row->entry.stamp));
	reply_bool(b, "voided", row->voided);
	mp_put_cstr(b, "fields");
	if (r != NULL)
		reply_fields(b, r);
	else
		mp_put_map(b, 0);
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
