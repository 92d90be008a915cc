/* SPDX-License-Identifier: Apache-2.0 */
/* history.c -- see history.h. */
#include "client/history.h"

#include "client/answer.h"

static void put_change(const struct client *c, const struct kind *k, struct mp_val answer,
		       struct mp_val change, struct buf *out);
static void put_field(const struct client *c, const struct kind *k, struct mp_val answer,
		      struct mp_val changed, struct buf *out);
static void put_value(const struct client *c, const struct field *field, struct mp_val answer,
		      struct bytes text, struct buf *out);

static void put(struct buf *out, const char *text)
{
	buf_put_bytes(out, bytes_str(text));
}

void history_voided(const struct client *c, struct mp_val answer, struct buf *out)
{
	char when[TIME_TEXT_MAX];
	struct mp_val voided;

	if (!answer_has(answer, "voided", &voided))
		return;
	struct bytes reason = answer_text(voided, "reason");

	put(out, say(c, "已作废：", "void: "));
	put(out, time_text(answer_int(voided, "saved_ms"), when));
	put(out, " ");
	buf_put_bytes(out, answer_text(voided, "author"));
	if (reason.len == 0)
		return;
	put(out, say(c, "，原因：", ", because: "));
	buf_put_bytes(out, reason);
}

int history_changes(struct client *c, const struct kind *k, struct mp_val answer, uint32_t limit,
		    const char *all, bool *cut)
{
	struct sheet s = { .untitled = true, .cut = cut };
	struct buf text = { 0 };
	struct mp_val changes, change;

	if (!answer_has(answer, "changes", &changes) || answer_int(changes, "count") == 0)
		return CLIENT_DONE;
	int64_t count = answer_int(changes, "count");
	struct mp_rd r = answer_items(changes, "rows");

	limit = r.left < limit ? r.left : limit;
	(void)fprintf(c->out, say(c, "改动 %lld 次", "changes: %lld"), (long long)count);
	if (count > limit)
		(void)fprintf(c->out, say(c, "，最近 %u 次", ", the last %u"), limit);
	if (count > limit && all != NULL)
		(void)fprintf(c->out, say(c, "（全部：%s）", " (all: %s)"), all);
	(void)fprintf(c->out, "%s\n", say(c, "：", ""));
	(void)sheet_column(&s, "day", "", false, true);
	(void)sheet_column(&s, "author", "", false, true);
	(void)sheet_column(&s, "change", "", false, true);
	sheet_give(&s, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&s, 2, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	while (s.row_count < limit && answer_next(&r, &change)) {
		sheet_row(&s);
		buf_clear(&text);
		put(&text, "  ");
		buf_put_bytes(&text, answer_text(change, "day"));
		sheet_text(&s, 0, buf_bytes(&text));
		sheet_text(&s, 1, answer_text(change, "author"));
		buf_clear(&text);
		put_change(c, k, answer, change, &text);
		sheet_text(&s, 2, buf_bytes(&text));
	}
	if (text.err != 0)
		s.err = text.err;
	int code = sheet_print(c, &s);

	sheet_fini(&s);
	buf_fini(&text);
	return code;
}

static void put_change(const struct client *c, const struct kind *k, struct mp_val answer,
		       struct mp_val change, struct buf *out)
{
	struct mp_rd r = answer_items(change, "fields");
	struct mp_val field;
	bool first = true;

	while (answer_next(&r, &field)) {
		if (!first)
			put(out, say(c, "；", "; "));
		put_field(c, k, answer, field, out);
		first = false;
	}
	if (first)
		put(out, say(c, "各栏照旧", "nothing differs"));
}

/* "户类型 一般户 → 脱贫户". */
static void put_field(const struct client *c, const struct kind *k, struct mp_val answer,
		      struct mp_val changed, struct buf *out)
{
	struct bytes name = answer_text(changed, "name");
	struct bytes from = answer_text(changed, "from"), to = answer_text(changed, "to");
	const struct field *field = k == NULL ? NULL : field_by_name(k, name);

	buf_put_bytes(out, field == NULL ? name : bytes_str(say(c, field->zh, field->name)));
	put(out, " ");
	if (from.len > 0 && bytes_equal(from, to)) {
		put_value(c, field, answer, to, out);
		put(out, say(c, "（改了没有显示的部分）", " (changed where it is masked)"));
		return;
	}
	if (from.len == 0)
		put(out, say(c, "（空）", "(empty)"));
	else
		put_value(c, field, answer, from, out);
	put(out, " → ");
	put_value(c, field, answer, to, out);
}

static void put_value(const struct client *c, const struct field *field, struct mp_val answer,
		      struct bytes text, struct buf *out)
{
	if (field == NULL) /* a newer node's */
		buf_put_bytes(out, text);
	else
		answer_value(c, field, answer, text, out);
}
