/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c -- see fields.h. */
#include "client/fields.h"

#include "client/json_out.h"
#include "client/sheet.h"
#include "client/table.h"
#include "protocol/codes.h"

static void words_row(struct sheet *s, const struct kind *k, size_t at);
static void put_words(struct buf *out, const struct code_list *list);
static void fields_rows(const struct client *c, struct sheet *s, const struct kind *k);
static const struct code_list *words_of(const struct field *field);
static struct json_out field_json(const struct client *c, const struct field *field);

const char *fields_type(const struct client *c, const struct field *field)
{
	/* clang-format off */
	static const char *const words[][2] = {
		[T_TEXT] = { "文字", "text" },        [T_DIVISION] = { "区划", "division" },
		[T_DAY] = { "日期", "day" },          [T_FEN] = { "金额（元）", "amount in yuan" },
		[T_COUNT] = { "数量", "count" },      [T_MINUTES] = { "时长", "minutes" },
		[T_DECIMAL] = { "数量（两位小数）", "number, two decimals" },
		[T_CODE] = { "选一项", "one word of" }, [T_CODES] = { "选几项", "words of" },
		[T_BOOL] = { "是否", "yes or no" },   [T_ID] = { "证件号码", "ID number" },
		[T_PHONE] = { "电话", "phone" },      [T_BANK] = { "银行账号", "bank account" },
		[T_REF] = { "编号", "number" },       [T_REFS] = { "编号（可多个）", "numbers" },
		[T_ACCOUNT] = { "资金账户", "account" }, [T_EACH] = { "编号=内容（每户一次）", "NUMBER=VALUE each" },
	};
	/* clang-format on */
	if (field->type >= sizeof(words) / sizeof(words[0]))
		return "?";
	return say(c, words[field->type][0], words[field->type][1]);
}

enum { FIELDS_COLUMNS = 7 };

static void fields_columns(const struct client *c, struct sheet *s)
{
	uint32_t at = sheet_column(s, "option", say(c, "选项", "option"), false, true);

	(void)sheet_column(s, "term", say(c, "名称", "term"), false, true);
	(void)sheet_column(s, "type", say(c, "类型", "type"), false, true);
	(void)sheet_column(s, "list", say(c, "代码表", "list"), false, false);
	(void)sheet_column(s, "required", say(c, "必填", "required"), false, true);
	(void)sheet_column(s, "personal", say(c, "个人信息", "personal"), false, false);
	(void)sheet_column(s, "column", say(c, "全国系统列名", "national column"), false, false);
	sheet_give(s, at + 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	sheet_give(s, at + 3, 1, SHEET_FIXED, 0);
	sheet_give(s, at + 5, 2, SHEET_FIXED, 0);
	sheet_give(s, at + 6, 3, SHEET_FIXED, 0);
}

int fields_sheet(struct client *c, const struct kind *k)
{
	struct sheet s = { .row_count = 0 };

	if (k == NULL)
		(void)sheet_column(&s, "kind", say(c, "种类", "kind"), false, true);
	fields_columns(c, &s);
	for (size_t i = 0; kind_at(i) != NULL; i++) {
		if (k == NULL || kind_at(i) == k)
			fields_rows(c, &s, kind_at(i));
	}
	int code = sheet_print(c, &s);
	sheet_fini(&s);
	return code;
}

int fields_help(struct client *c, const struct kind *k)
{
	struct sheet s = { .row_count = 0 };

	fields_columns(c, &s);
	s.columns[3].never = true; /* its words follow below */
	s.columns[6].never = true; /* a matter of import */
	fields_rows(c, &s, k);
	int rc = s.err != 0 ? s.err : table_print(c, &s);
	sheet_fini(&s);
	return rc;
}

int fields_words(struct client *c, const struct kind *k)
{
	struct sheet s = { .untitled = true };

	(void)sheet_column(&s, "option", "", false, true);
	(void)sheet_column(&s, "words", "", false, true);
	sheet_give(&s, 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	for (size_t i = 0; i < k->count; i++)
		words_row(&s, k, i);
	int rc = s.err != 0 ? s.err : table_print(c, &s);
	sheet_fini(&s);
	return rc;
}

/* The words of the field at `at`, beside every option that takes them; unless an earlier one does.
 */
static void words_row(struct sheet *s, const struct kind *k, size_t at)
{
	const struct code_list *list = words_of(&k->fields[at]);
	struct buf text = { 0 };

	for (size_t i = 0; i < k->count && list != NULL; i++) {
		if (words_of(&k->fields[i]) != list)
			continue;
		if (i < at)
			return;
		buf_put_bytes(&text, bytes_str(i > at ? ", --" : "--"));
		buf_put_bytes(&text, bytes_str(k->fields[i].name));
	}
	if (list == NULL)
		return;
	sheet_row(s);
	sheet_text(s, 0, buf_bytes(&text));
	buf_clear(&text);
	put_words(&text, list);
	sheet_text(s, 1, buf_bytes(&text));
	if (text.err != 0)
		s->err = text.err;
	buf_fini(&text);
}

static void fields_rows(const struct client *c, struct sheet *s, const struct kind *k)
{
	uint32_t at = s->column_count - FIELDS_COLUMNS;

	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		char option[64];
		bool filled = (field->flags & (F_DEFAULT_TODAY | F_DEFAULT_HERE)) != 0;
		sheet_row(s);
		if (at > 0)
			sheet_text(s, 0, bytes_str(k->name));
		(void)snprintf(option, sizeof(option), "--%s", field->name);
		sheet_text(s, at, bytes_str(option));
		sheet_text(s, at + 1, bytes_str(say(c, field->zh, field->en)));
		sheet_text(s, at + 2,
			   bytes_str((field->flags & F_CLOCK) != 0 ? say(c, "时刻", "time of day")
								   : fields_type(c, field)));
		if (field->list != NULL)
			sheet_text(s, at + 3,
				   bytes_str(say(c, field->list->zh, field->list->name)));
		if ((field->flags & F_REQUIRED) != 0)
			sheet_text(s, at + 4,
				   bytes_str(filled ? say(c, "自动填写", "filled in")
						    : say(c, "必填", "yes")));
		else if ((field->flags & F_ASKED) != 0)
			sheet_text(s, at + 4, bytes_str(say(c, "询问", "asked")));
		if ((field->flags & F_PERSONAL) != 0)
			sheet_text(s, at + 5, bytes_str(say(c, "是", "yes")));
		if (field->column != NULL)
			sheet_text(s, at + 6, bytes_str(field->column));
	}
}

/* The words a field may hold; for an account those of the outside parties. */
static const struct code_list *words_of(const struct field *field)
{
	return field->type == T_ACCOUNT ? &list_party : field->list;
}

/* "1 日常走访 routine, 2 集中排查 screening" */
static void put_words(struct buf *out, const struct code_list *list)
{
	char number[16];

	for (size_t i = 0; i < list->count; i++) {
		(void)snprintf(number, sizeof(number), "%s%u ", i > 0 ? ", " : "",
			       (unsigned)list->codes[i].code);
		buf_put_bytes(out, bytes_str(number));
		buf_put_bytes(out, bytes_str(list->codes[i].zh));
		buf_u8(out, ' ');
		buf_put_bytes(out, bytes_str(list->codes[i].en));
	}
}

void fields_codes(const struct client *c, const struct kind *k)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct code_list *list = words_of(&k->fields[i]);
		bool seen = list == NULL;
		for (size_t j = 0; j < i && !seen; j++)
			seen = words_of(&k->fields[j]) == list;
		if (seen)
			continue;
		struct buf words = { 0 };
		put_words(&words, list);
		(void)fprintf(c->out, "%s: %.*s\n", say(c, list->zh, list->name), (int)words.len,
			      (const char *)words.p);
		buf_fini(&words);
	}
}

int fields_json(struct client *c, const struct kind *k)
{
	struct json_out all = json_out_array();

	for (size_t i = 0; kind_at(i) != NULL; i++) {
		const struct kind *each = kind_at(i);
		if (k != NULL && each != k)
			continue;
		struct json_out kind = json_out_object();
		struct json_out fields = json_out_array();
		json_out_set_text(&kind, "name", each->name);
		json_out_set_text(&kind, "zh", each->zh);
		json_out_set_text(&kind, "en", each->en);
		for (size_t n = 0; n < each->count; n++)
			json_out_append(&fields, field_json(c, &each->fields[n]));
		json_out_set(&kind, "fields", fields);
		json_out_append(&all, kind);
	}
	return json_out_print(c, &all);
}

static struct json_out field_json(const struct client *c, const struct field *field)
{
	struct client english = { .lang = 'e' };
	struct json_out j = json_out_object();

	(void)c;
	json_out_set_text(&j, "name", field->name);
	json_out_set_text(&j, "zh", field->zh);
	json_out_set_text(&j, "en", field->en);
	json_out_set_text(&j, "type", fields_type(&english, field));
	json_out_set_int(&j, "required", (field->flags & F_REQUIRED) != 0);
	json_out_set_int(&j, "asked", (field->flags & (F_REQUIRED | F_ASKED)) != 0);
	json_out_set_int(&j, "personal", (field->flags & F_PERSONAL) != 0);
	if (field->column != NULL)
		json_out_set_text(&j, "column", field->column);
	if (field->list == NULL)
		return j;
	struct json_out list = json_out_array();
	for (size_t i = 0; i < field->list->count; i++) {
		struct json_out code = json_out_object();
		json_out_set_int(&code, "code", field->list->codes[i].code);
		json_out_set_text(&code, "zh", field->list->codes[i].zh);
		json_out_set_text(&code, "en", field->list->codes[i].en);
		json_out_append(&list, code);
	}
	json_out_set(&j, "list", list);
	return j;
}
