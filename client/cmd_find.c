/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_find.c -- whom or what somebody looks for, best fits first: enough of each to choose one by.
 *
 * As a list: a table is for eyes and ends after a screen or two, CSV and JSON are whole, and what a
 * limit cuts off is told. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/listing.h"
#include "client/prompt.h"

enum { FIND_TABLE_DEFAULT = 100, FIND_LIMIT_MAX = 1000000 };
enum {
	COLUMN_KIND,
	COLUMN_NUMBER,
	COLUMN_NAME,
	COLUMN_INITIALS,
	COLUMN_CODE,
	COLUMN_PLACE,
	COLUMN_OF,
	COLUMN_ID,
	COLUMN_PHONE,
	COLUMN_DAY,
	COLUMN_REF
};

/* In the order of a question. */
static int find_text(struct client *c, const struct args *a, char **asked, const char **text);
static void find_columns(const struct client *c, struct sheet *s);
static int find_all(struct client *c, const struct args *a, const char *text, uint64_t limit,
		    struct listing *l);
static int find_row(const struct client *c, struct mp_val row, struct listing *l);
static int find_told(struct client *c, const char *text, struct listing *l);

int cmd_find(struct client *c, const struct args *a)
{
	struct listing l = { .key = "rows", .method = "find", .row = find_row };
	uint64_t limit;
	const char *text;
	char *asked = NULL;
	int rc = args_uint(a, "limit", 1, FIND_LIMIT_MAX,
			   c->format == FORMAT_TABLE ? FIND_TABLE_DEFAULT : UINT64_MAX, &limit,
			   &c->fault);
	int code = rc != 0 ? CLIENT_USAGE : find_text(c, a, &asked, &text);

	if (code == CLIENT_DONE) {
		find_columns(c, &l.sheet);
		code = find_all(c, a, text, limit, &l);
	}
	if (code == CLIENT_DONE)
		code = find_told(c, text, &l);
	if (code == CLIENT_DONE)
		code = client_lacking(c, l.pending);
	listing_fini(&l);
	free(asked);
	return code;
}

static int find_text(struct client *c, const struct args *a, char **asked, const char **text)
{
	*text = a->words[0];
	if (strcmp(*text, "-") != 0)
		return CLIENT_DONE;
	int rc = prompt_word(c, say(c, "姓名、拼音或编号", "name, pinyin or number"), asked);

	if (rc != 0 && c->fault.code != FAULT_NONE)
		return CLIENT_USAGE;
	if (rc != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_WORD_MISSING, a->cmd->name, a->cmd->words,
				   NULL);
	*text = *asked;
	return CLIENT_DONE;
}

static void find_columns(const struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "kind", say(c, "种类", "kind"), false, true);
	(void)sheet_column(s, "number", say(c, "编号", "number"), false, false);
	(void)sheet_column(s, "name", say(c, "名称", "name"), false, true);
	(void)sheet_column(s, "initials", say(c, "首字母", "initials"), false, false);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, false);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, false);
	(void)sheet_column(s, "of", say(c, "所属", "belongs to"), false, false);
	(void)sheet_column(s, "id", say(c, "证件号码", "ID number"), false, false);
	(void)sheet_column(s, "phone", say(c, "电话", "phone"), false, false);
	(void)sheet_column(s, "day", say(c, "日期", "day"), false, false);
	(void)sheet_column(s, "ref", say(c, "记录号", "ref"), false, false);
	sheet_give(s, COLUMN_KIND, 0, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_NUMBER, 0, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_NAME, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, COLUMN_INITIALS, 1, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_PLACE, 1, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, COLUMN_OF, 2, SHEET_CUT, SHEET_NAMED_LEAST);
	sheet_give(s, COLUMN_ID, 3, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_PHONE, 4, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_DAY, 5, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_REF, 6, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_CODE, SHEET_RANK_MAX, SHEET_FIXED, 0);
	s->columns[COLUMN_KIND].stays = s->columns[COLUMN_NAME].stays = true;
	s->columns[COLUMN_INITIALS].stays = true;
	s->common = true;
}

static int find_all(struct client *c, const struct args *a, const char *text, uint64_t limit,
		    struct listing *l)
{
	const char *after = args_get(a, "after"), *kind = args_get(a, "kind");
	struct params asked = { .count = 0 };

	(void)bytes_cstr(bytes_str(after != NULL ? after : ""), l->after, sizeof(l->after));
	params_text(&asked, "text", text);
	if (kind != NULL)
		params_text(&asked, "kind", kind);
	if (a->word_count > 1)
		params_text(&asked, "division", a->words[1]);
	return listing_pages(c, &asked, limit, l);
}

/* What a row is: of a kind, or who bears its records. */
static const char *kind_word(const struct client *c, const struct kind *k)
{
	return k->bearer_en != NULL ? say(c, k->bearer_zh, k->bearer_en) : say(c, k->zh, k->name);
}

/* The fields by which one is told from another, whatever they are called: whose it is, ID, phone.
 */
static void find_fields(const struct client *c, const struct kind *k, struct mp_val row,
			struct sheet *s)
{
	static const uint32_t columns[] = {
		[T_REF] = COLUMN_OF, [T_ID] = COLUMN_ID, [T_PHONE] = COLUMN_PHONE
	};
	struct mp_val fields;
	struct buf shown = { 0 };

	for (size_t i = 0; answer_has(row, "fields", &fields) && i < k->count; i++) {
		const struct field *field = &k->fields[i];
		struct bytes text = answer_text(fields, field->name);

		if (text.len == 0 || field->type >= sizeof(columns) / sizeof(*columns) ||
		    columns[field->type] == 0)
			continue;
		buf_clear(&shown);
		answer_value(c, field, row, text, &shown);
		sheet_text(s, columns[field->type], buf_bytes(&shown));
	}
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
}

static int find_row(const struct client *c, struct mp_val row, struct listing *l)
{
	struct bytes name = answer_text(row, "kind");
	const struct kind *k = kind_by_name(name);
	struct sheet *s = &l->sheet;

	sheet_row(s);
	sheet_text(s, COLUMN_KIND, k != NULL ? bytes_str(kind_word(c, k)) : name);
	sheet_text(s, COLUMN_NUMBER, answer_text(row, "number"));
	sheet_text(s, COLUMN_NAME, answer_text(row, "name"));
	sheet_text(s, COLUMN_INITIALS, answer_text(row, "initials"));
	sheet_text(s, COLUMN_CODE, answer_text(row, "division"));
	sheet_text(s, COLUMN_PLACE, answer_text(row, "division_name"));
	sheet_text(s, COLUMN_REF, answer_text(row, "ref"));
	if (k != NULL && !k->versioned)
		sheet_text(s, COLUMN_DAY, answer_text(row, "day"));
	if (k != NULL)
		find_fields(c, k, row, s);
	return s->err;
}

static int find_told(struct client *c, const char *text, struct listing *l)
{
	char count[24], shown[FAULT_WHERE_MAX];

	if (c->format == FORMAT_JSON) {
		struct json_out j = json_out_object();

		json_out_set_int(&j, "count", (int64_t)l->given);
		json_out_set_bool(&j, "more", l->more);
		json_out_set_text(&j, "after", l->more ? l->after : NULL);
		if (l->pending > 0)
			json_out_set_int(&j, "pending", (int64_t)l->pending);
		int code = json_out_end(c, &j, l->given == 0);

		if (code != CLIENT_DONE)
			return code;
	} else if (c->format == FORMAT_TABLE && l->given > 0) {
		int code = sheet_print(c, &l->sheet);

		if (code != CLIENT_DONE)
			return code;
	}
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)l->given);
	if (l->more)
		client_note(c, FAULT_FIND_SHORT, NULL, count, l->after);
	if (l->given == 0 && c->format == FORMAT_TABLE)
		client_note(c, FAULT_FIND_NONE, NULL, fault_typed(bytes_str(text), shown), NULL);
	return CLIENT_DONE;
}
