/* SPDX-License-Identifier: Apache-2.0 */
/* record_each.c -- a field that holds another field's value for single ones of several refs: what
 * was seen at each household of one visit.
 *
 * The visit stays one entry, so it counts as one visit to as many households as before; whoever
 * knows nothing of the field keeps it and passes it on. A value is kept under its ref and not by
 * its place, since a correction may take a household out. */
#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "record_set.h"

/* The field whose values these are. */
static const struct field *one_of(const struct record *r, const struct field *each)
{
	return field_by_tag(r->kind, (uint32_t)each->min);
}

static bool among(const struct record *r, const struct field *each, const uint8_t bin[REF_BYTES])
{
	const struct value *refs = record_get(r, (uint8_t)each->of);

	for (size_t at = 0; refs != NULL && at + REF_BYTES <= refs->s.len; at += REF_BYTES)
		if (memcmp(refs->s.p + at, bin, REF_BYTES) == 0)
			return true;
	return false;
}

/* ---- from text ---- */

struct pairs { /* what was given; an empty value: nothing is said of this one any more */
	struct buf bytes;
	uint8_t refs[FIELD_REFS_MAX * REF_BYTES];
	size_t at[FIELD_REFS_MAX + 1]; /* where the value of each begins */
	uint32_t count;
};

struct bytes record_each_line(struct bytes *rest)
{
	const uint8_t *end = memchr(rest->p, '\n', rest->len);
	struct bytes line = bytes_of(rest->p, end != NULL ? (size_t)(end - rest->p) : rest->len);

	*rest = bytes_of(rest->p + line.len + (end != NULL), rest->len - line.len - (end != NULL));
	return bytes_trim(line);
}

bool record_each_part(struct bytes line, struct bytes *key, struct bytes *text)
{
	static const char *const marks[] = { "=", "＝", ":", "：" };

	for (size_t at = 0; at < line.len; at++)
		for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
			size_t len = strlen(marks[i]);

			if (line.len - at < len || memcmp(line.p + at, marks[i], len) != 0)
				continue;
			*key = bytes_trim(bytes_of(line.p, at));
			*text = bytes_trim(bytes_of(line.p + at + len, line.len - at - len));
			return key->len > 0;
		}
	return false;
}

/* Whose value it is: one of those that the record names, once. */
static int take_key(struct set *s, struct bytes key, struct pairs *p)
{
	const struct field *refs = field_by_tag(s->record->kind, s->field->of);
	uint8_t *bin = p->refs + p->count * REF_BYTES;
	char shown[FAULT_WHERE_MAX], number[16];
	struct ref ref;
	int rc = set_subject(s, refs->of, key, &ref);

	if (rc != 0)
		return s->f != NULL && s->f->code != FAULT_NONE
			   ? rc
			   : set_say(s, FAULT_FIELD_REF, "0123456789abcdef-12");
	if (p->count == FIELD_REFS_MAX || !among(s->record, s->field, (ref_put(ref, bin), bin)))
		return fault_say(s->f, FAULT_EACH_STRANGER, s->field->name, fault_typed(key, shown),
				 refs->zh);
	for (uint32_t i = 0; i < p->count; i++)
		if (memcmp(p->refs + i * REF_BYTES, bin, REF_BYTES) == 0) {
			snprintf(number, sizeof(number), "%u", p->count + 1);
			return set_say(s, FAULT_REF_TWICE, number);
		}
	p->at[p->count++] = p->bytes.len;
	return 0;
}

static int take_pair(struct set *s, struct bytes line, struct pairs *p)
{
	const struct field *one = one_of(s->record, s->field);
	struct field as = *one; /* faults name the field that was typed */
	struct set value = *s;
	struct value v = { .u = 0 };
	struct bytes key;

	if (!record_each_part(line, &key, &value.text))
		return set_say(s, FAULT_EACH_FORM, NULL);
	as.name = s->field->name;
	as.zh = s->field->zh;
	value.field = &as;
	int rc = take_key(s, key, p);

	if (rc == 0 && value.text.len > 0)
		rc = set_value(&value, &v);
	if (rc == 0 && value.text.len > 0)
		record_put_value(one, &v, &p->bytes);
	p->at[p->count] = p->bytes.len;
	return rc;
}

/* What was said of the ref before. Empty: nothing. */
static struct bytes said(const struct record *r, const struct field *each, const uint8_t *bin)
{
	const struct value *v = record_get(r, each->tag);
	struct bytes left;

	for (uint32_t n = v == NULL ? 0 : record_each_pairs(v->s, &left); n > 0; n--) {
		struct mp_item ref, value;

		if (mp_walk(&left, &ref) != 0)
			break;
		struct bytes begin = left;

		if (mp_walk(&left, &value) != 0)
			break;
		if (memcmp(ref.s.p, bin, REF_BYTES) == 0)
			return bytes_of(begin.p, begin.len - left.len);
	}
	return (struct bytes){ 0 };
}

/* What was given of the ref, else what was said before. */
static struct bytes now_of(const struct record *r, const struct field *each, const struct pairs *p,
			   const uint8_t *bin)
{
	for (uint32_t i = 0; i < p->count; i++)
		if (memcmp(p->refs + i * REF_BYTES, bin, REF_BYTES) == 0)
			return bytes_of(p->bytes.p + p->at[i], p->at[i + 1] - p->at[i]);
	return said(r, each, bin);
}

/* The array of all that holds now, in the order of the refs; empty when that is nothing. */
static int lay(struct set *s, const struct pairs *given, struct bytes *kept)
{
	const struct value *refs = record_get(s->record, (uint8_t)s->field->of);
	struct buf pairs = { 0 }, raw = { 0 };
	uint32_t count = 0;

	for (size_t at = 0; refs != NULL && at + REF_BYTES <= refs->s.len; at += REF_BYTES) {
		struct bytes value = now_of(s->record, s->field, given, refs->s.p + at);

		if (value.len == 0)
			continue;
		mp_put_bin(&pairs, bytes_of(refs->s.p + at, REF_BYTES));
		buf_put_bytes(&pairs, value);
		count++;
	}
	mp_put_array(&raw, 2 * count);
	buf_put_buf(&raw, &pairs);
	int rc = given->bytes.err != 0 ? given->bytes.err : raw.err;

	rc = rc != 0 ? fault_of(s->f, rc, s->field->name) : 0;
	*kept = (struct bytes){ 0 };
	if (rc == 0 && count > 0)
		rc = set_keep(s, buf_bytes(&raw), kept);
	buf_fini(&pairs);
	buf_fini(&raw);
	return rc;
}

int set_each(struct set *s, struct value *v)
{
	struct pairs p = { .count = 0 };
	struct bytes rest = s->text;
	int rc = 0;

	while (rc == 0 && rest.len > 0) {
		struct bytes line = record_each_line(&rest);

		if (line.len > 0)
			rc = take_pair(s, line, &p);
	}
	if (rc == 0)
		rc = lay(s, &p, &v->s);
	buf_fini(&p.bytes);
	return rc;
}

/* ---- when the refs are others ---- */

int record_each_fit(struct record *r, struct buf *arena, struct fault *f)
{
	const struct pairs none = { .count = 0 };
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < r->kind->count; i++) {
		const struct field *field = &r->kind->fields[i];
		struct set s = { .record = r, .field = field, .arena = arena, .f = f };

		if (field->type != T_EACH || (r->has >> i & 1) == 0)
			continue;
		rc = lay(&s, &none, &r->v[i].s);
		if (rc == 0 && r->v[i].s.len == 0)
			record_drop(r, field->tag);
	}
	return rc;
}

/* ---- to text ---- */

void record_each_text(const struct record *r, const struct field *field, bool mask, char lang,
		      struct buf *out)
{
	const struct field *one = one_of(r, field);
	const struct value *v = record_get(r, field->tag);
	struct record single;
	struct bytes left;
	char ref[REF_TEXT_MAX];
	bool first = true;

	record_init(&single, r->kind);
	for (uint32_t n = v == NULL ? 0 : record_each_pairs(v->s, &left); n > 0; n--) {
		struct mp_item key, from;

		if (mp_walk(&left, &key) != 0 || mp_walk(&left, &from) != 0 ||
		    record_take_value(one, &from, record_slot(&single, one->tag)) != 0)
			return;
		if (!first)
			buf_u8(out, '\n');
		first = false;
		buf_put_bytes(out, bytes_str(ref_print(ref_get(key.s.p), ref)));
		buf_u8(out, '=');
		record_text(&single, one, mask, lang, out);
	}
}
