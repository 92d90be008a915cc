/* SPDX-License-Identifier: Apache-2.0 */
/* flagged.c -- see flagged.h. */
#include "client/flagged.h"

#include "client/answer.h"
#include "client/listing.h"
#include "protocol/flag.h"

void flagged_tell(struct client *c, struct mp_val answer)
{
	FILE *out = c->quiet || c->format == FORMAT_CSV ? c->err : c->out;
	struct mp_rd r = answer_items(answer, "flags");
	struct mp_val one;

	while (answer_next(&r, &one)) {
		struct bytes words = answer_words(c, one);
		long long count = (long long)answer_int(one, "count");
		(void)fprintf(out, "%s%.*s", say(c, "提示：", "warning: "), (int)words.len,
			      (const char *)words.p);
		if (count > 0)
			(void)fprintf(out,
				      say(c, "共 %lld 条，第一条在第 %lld 行。",
					  " %lld entries, the first in line %lld."),
				      count, (long long)answer_int(one, "line"));
		(void)fputc('\n', out);
	}
}

void flagged_put(const struct client *c, struct mp_val entry, bool sentence, struct buf *out)
{
	struct mp_rd r = answer_items(entry, "flags");
	struct mp_val one;
	size_t begin = out->len;

	while (answer_next(&r, &one)) {
		struct bytes name = { 0 };
		enum flag flag;
		if (mp_get_str(one, &name) != 0)
			continue;
		if (out->len > begin)
			buf_put_bytes(out, bytes_str(say(c, "；", "; ")));
		if (flag_parse(name, &flag) != 0) { /* of a newer node */
			buf_put_bytes(out, name);
			continue;
		}
		const struct flag_rule *rule = flag_rule(flag);
		buf_put_bytes(out, bytes_str(say(c, rule->called.zh, rule->called.en)));
		if (!sentence)
			continue;
		buf_put_bytes(out, bytes_str(say(c, "：", ": ")));
		buf_put_bytes(out, bytes_str(say(c, rule->sentence.zh, rule->sentence.en)));
	}
}

/* ---- the list of all kinds ---- */

enum { LIST_TABLE_DEFAULT = 100, LIST_LIMIT_MAX = 1000000 };
enum {
	COLUMN_REF,
	COLUMN_KIND,
	COLUMN_DAY,
	COLUMN_CODE,
	COLUMN_PLACE,
	COLUMN_WHAT,
	COLUMN_FLAGS,
	COLUMN_AUTHOR
};

static int list_alone(struct client *c, const struct args *a);
static int list_kind(struct client *c, const struct args *a, const struct kind *k, uint64_t limit,
		     struct listing *l);
static int list_row(const struct client *c, struct mp_val entry, struct listing *l);
static void put_what(const struct client *c, const struct kind *k, struct mp_val entry,
		     struct buf *out);
static int list_end(struct client *c, struct listing *l);

int flagged_list(struct client *c, const struct args *a)
{
	uint64_t otherwise = c->format == FORMAT_TABLE ? LIST_TABLE_DEFAULT : UINT64_MAX;
	struct listing l = { .key = "rows", .method = "list", .row = list_row };
	uint64_t limit;
	int code = list_alone(c, a);

	if (code != CLIENT_DONE)
		return code;
	if (args_uint(a, "limit", 1, LIST_LIMIT_MAX, otherwise, &limit, &c->fault) != 0)
		return CLIENT_USAGE;
	(void)sheet_column(&l.sheet, "ref", say(c, "记录号", "ref"), false, true);
	(void)sheet_column(&l.sheet, "kind", say(c, "种类", "kind"), false, true);
	(void)sheet_column(&l.sheet, "day", say(c, "日期", "day"), false, true);
	(void)sheet_column(&l.sheet, "division", say(c, "区划代码", "division"), false, false);
	(void)sheet_column(&l.sheet, "division_name", say(c, "地点", "place"), false, false);
	(void)sheet_column(&l.sheet, "what", say(c, "内容", "what"), false, true);
	(void)sheet_column(&l.sheet, "flags", say(c, "提示", "warning"), false, true);
	(void)sheet_column(&l.sheet, "author", say(c, "记录人", "author"), false, true);
	/* Of use is the number by which it is looked up, and why. */
	sheet_give(&l.sheet, COLUMN_CODE, SHEET_RANK_MAX, SHEET_FIXED, 0);
	sheet_give(&l.sheet, COLUMN_AUTHOR, SHEET_RANK_MAX, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&l.sheet, COLUMN_PLACE, 3, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&l.sheet, COLUMN_WHAT, 1, SHEET_CUT, SHEET_TEXT_LEAST);
	l.sheet.common = true;
	for (size_t i = 0; code == CLIENT_DONE && kind_at(i) != NULL; i++)
		if (kind_counts(kind_at(i)))
			code = list_kind(c, a, kind_at(i), limit, &l);
	if (code == CLIENT_DONE)
		code = list_end(c, &l);
	listing_fini(&l);
	return code;
}

/* What has a meaning within one kind alone. */
static int list_alone(struct client *c, const struct args *a)
{
	static const char *const options[] = { "after", "last", "each" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (args_has(a, options[i]))
			return client_fail(c, CLIENT_USAGE, FAULT_KIND_ALONE, options[i], NULL,
					   NULL);
	return CLIENT_DONE;
}

static int list_kind(struct client *c, const struct args *a, const struct kind *k, uint64_t limit,
		     struct listing *l)
{
	struct params asked = { .count = 0 };
	struct query q;
	int code = query_take(c, a, k->name, &q);

	if (code != CLIENT_DONE)
		return listing_broken(c, code, l);
	l->after[0] = '\0';
	query_put(&q, a, &asked);
	query_entries(a, &asked);
	if (c->format == FORMAT_TABLE)
		params_bool(&asked, "newest", true);
	return listing_pages(c, &asked, limit, l);
}

static int list_row(const struct client *c, struct mp_val entry, struct listing *l)
{
	const struct kind *k = kind_by_name(answer_text(entry, "kind"));
	struct buf text = { 0 };
	struct sheet *s = &l->sheet;

	if (k == NULL)
		return BF_EFORMAT;
	sheet_row(s);
	sheet_text(s, COLUMN_REF, answer_text(entry, "ref"));
	sheet_text(s, COLUMN_KIND, bytes_str(say(c, k->zh, k->name)));
	sheet_text(s, COLUMN_DAY, answer_text(entry, "day"));
	sheet_text(s, COLUMN_CODE, answer_text(entry, "division"));
	sheet_text(s, COLUMN_PLACE, answer_text(entry, "division_name"));
	sheet_text(s, COLUMN_AUTHOR, answer_text(entry, "author"));
	put_what(c, k, entry, &text);
	sheet_text(s, COLUMN_WHAT, buf_bytes(&text));
	buf_clear(&text);
	flagged_put(c, entry, false, &text);
	sheet_text(s, COLUMN_FLAGS, buf_bytes(&text));
	if (text.err != 0)
		s->err = text.err;
	buf_fini(&text);
	return s->err;
}

/* What it is called, whom it is about and how much it is. */
static void put_what(const struct client *c, const struct kind *k, struct mp_val entry,
		     struct buf *out)
{
	struct mp_val fields;

	if (!answer_has(entry, "fields", &fields))
		return;
	for (size_t i = 0; i < k->count; i++) {
		const struct field *f = &k->fields[i];
		bool told = f->tag == k->called[0] || f->tag == k->called[1] || f->tag == k->sum;
		for (size_t n = 0; n < sizeof(k->about); n++)
			told = told || f->tag == k->about[n];
		for (size_t n = 0; n < DIMS_MAX; n++)
			told = told || f->tag == k->dims[n];
		struct bytes text = answer_text(fields, f->name);
		if (!told || text.len == 0)
			continue;
		if (out->len > 0)
			buf_put_bytes(out, BYTES_LIT("  "));
		answer_value(c, f, entry, text, out);
	}
}

static int list_end(struct client *c, struct listing *l)
{
	int code = CLIENT_DONE;
	char count[24];

	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)l->given);
	if (c->format == FORMAT_JSON) {
		struct json_out tail = json_out_object();
		json_out_set_int(&tail, "count", (int64_t)l->given);
		json_out_set_bool(&tail, "more", l->more);
		if (l->pending > 0)
			json_out_set_int(&tail, "pending", (int64_t)l->pending);
		code = json_out_end(c, &tail, l->given == 0);
	} else if (c->format == FORMAT_TABLE) {
		code = sheet_print(c, &l->sheet);
		if (code == CLIENT_DONE && !c->quiet)
			(void)fprintf(
			    c->out,
			    say(c, "可能记错的记录 %s 条。\n", "%s entries that may be wrong.\n"),
			    count);
	}
	if (code == CLIENT_DONE && l->more)
		client_note(c, FAULT_FLAGGED_SHORT, NULL, count, NULL);
	return code == CLIENT_DONE ? client_lacking(c, l->pending) : code;
}
