/* SPDX-License-Identifier: Apache-2.0 */
/* changes.c -- see changes.h. */
#include "daemon/changes.h"

#include "daemon/methods.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

/* What a version says that the subject did not say before it. */
static bool changed(const struct list_version *v, uint32_t i)
{
	const struct record *now = v->row->record, *before = v->before;
	const struct field *field = &now->kind->fields[i];

	if ((now->has >> i & 1) == 0)
		return false;
	return (before->has >> i & 1) == 0 || !methods_same(field, &before->v[i], &now->v[i]);
}

static void put_side(struct buf *b, const char *key, const struct record *r, uint32_t i)
{
	struct buf text = { 0 };

	if ((r->has >> i & 1) == 0) {
		reply_nil(b, key);
		return;
	}
	record_text(r, &r->kind->fields[i], true, 'z', &text);
	reply_str(b, key, buf_bytes(&text));
	if (text.err != 0 && b->err == 0)
		b->err = text.err;
	buf_fini(&text);
}

static void put_fields(struct buf *b, const struct list_version *v)
{
	const struct record *now = v->row->record;
	uint32_t count = 0;

	for (uint32_t i = 0; i < now->kind->count; i++)
		count += changed(v, i);
	mp_put_cstr(b, "fields");
	mp_put_array(b, count);
	for (uint32_t i = 0; i < now->kind->count; i++) {
		if (!changed(v, i))
			continue;
		mp_put_map(b, 3);
		reply_cstr(b, "name", now->kind->fields[i].name);
		put_side(b, "from", v->before, i);
		put_side(b, "to", now, i);
	}
}

/* The day on which it was saved: the day among its fields is that of the first entry. A clock may
 * have said anything. */
static void put_day(struct buf *b, int64_t saved_ms)
{
	int32_t day = day_of_ms(saved_ms);
	char text[11];

	if (day < DAY_MIN || day > DAY_MAX)
		reply_nil(b, "day");
	else
		reply_cstr(b, "day", day_print(day, text));
}

static int add(void *ctx, const struct list_version *v)
{
	struct changes *ch = ctx;
	int64_t saved_ms = stamp_ms(v->row->entry.stamp);

	ch->count++;
	if (v->of - v->at > CHANGES_MAX)
		return 0;
	ch->at[ch->told++] = ch->rows.len;
	mp_put_map(&ch->rows, 5);
	reply_ref(&ch->rows, "ref", v->row->ref);
	put_day(&ch->rows, saved_ms);
	reply_str(&ch->rows, "author", v->row->entry.author);
	reply_int(&ch->rows, "saved_ms", saved_ms);
	put_fields(&ch->rows, v);
	reply_named_add(ch->named, v->before, true);
	reply_named_add(ch->named, v->row->record, true);
	return ch->rows.err;
}

int changes_take(struct changes *ch, struct view *v, struct ref subject, struct record *state)
{
	struct ref last;

	return view_history(v, subject, state, &last, add, ch);
}

static struct bytes slice(const struct changes *ch, uint32_t i)
{
	size_t end = i + 1 < ch->told ? ch->at[i + 1] : ch->rows.len;

	return bytes_of(ch->rows.p + ch->at[i], end - ch->at[i]);
}

void changes_put(struct buf *b, const struct changes *ch)
{
	uint32_t fit = 0;
	size_t bytes = 0;

	while (fit < ch->told) {
		bytes += slice(ch, ch->told - fit - 1).len;
		if (bytes > CHANGES_BYTES_MAX)
			break;
		fit++;
	}
	mp_put_cstr(b, "changes");
	mp_put_map(b, 2);
	reply_uint(b, "count", ch->count);
	mp_put_cstr(b, "rows");
	mp_put_array(b, fit);
	for (uint32_t i = 0; i < fit; i++)
		buf_put_bytes(b, slice(ch, ch->told - i - 1));
}

void changes_fini(struct changes *ch)
{
	buf_fini(&ch->rows);
}
